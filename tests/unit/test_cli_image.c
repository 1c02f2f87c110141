/* test_cli_image.c: an image's capabilities in groups. */

#include <criterion/criterion.h>
#include <stdlib.h>

#include "cli/image_capabilities.h"
#include "runtime/json.h"

static void
expect_groups (const char *capabilities, const char *groups)
{
    struct json *list = json_parse_text (capabilities);
    struct json *grouped = image_capabilities_group (list);
    char *got = json_print (grouped);
    cr_assert_str_eq (got, groups, "got %s", got);
    free (got);
    json_destroy (&grouped);
    json_destroy (&list);
}

Test (cli_image, each_capability_is_in_one_group)
{
    expect_groups ("[\"no:debugger\",\"event:transcript\",\"evaluate\",\"file_in\",\"inspect\","
                   "\"create_session\",\"hello\",\"simulated\",\"debug\",\"debug:step_into\"]",
                   "{\"sessions\":[\"create_session\"],\"evaluation\":[\"evaluate\"],"
                   "\"code\":[\"file_in\"],\"objects\":[\"inspect\"],"
                   "\"debugging\":[\"debug\",\"debug:step_into\"],\"image\":[\"hello\"],"
                   "\"events\":[\"transcript\"],\"not there\":[\"debugger\"],"
                   "\"other\":[\"simulated\"]}");
}

Test (cli_image, groups_that_are_empty_are_left_out)
{
    expect_groups ("[]", "{}");
    expect_groups ("[7,\"evaluate\"]", "{\"evaluation\":[\"evaluate\"]}");
}
