/* test_cli_reaped.c: what was cleaned away, as people read it. */

#include "cli/reaped.h"

#include <stdlib.h>

#include <criterion/criterion.h>

#include "runtime/json.h"

static void
expect (const char *name, const char *wanted)
{
    struct json *counts = json_parse_text (
        "{\"one\":{\"since_ms\":1760000000000,\"reaped\":3,\"asked\":1,\"returned\":1,"
        "\"rules\":{\"its image is gone\":2,\"it is closed\":1}},"
        "\"two\":{\"since_ms\":1750000000000,\"reaped\":1,\"deleted\":1,"
        "\"rules\":{\"it is closed\":1}},\"three\":{\"returned\":1}}");
    char *text = reaped_text (counts, name);
    if (wanted)
        cr_assert_str_eq (text, wanted);
    else
        cr_assert_null (text);
    free (text);
    json_destroy (&counts);
}

Test (cli_reaped, says_by_which_rule_and_since_when)
{
    expect ("one",
            "3 sessions since 2025-10-09: 2 its image is gone, 1 it is closed; 1 by a user's "
            "word; 1 brought back");
    expect ("two", "1 session since 2025-06-15: 1 it is closed; 1 deleted since");
}

Test (cli_reaped, sums_up_all_images)
{
    expect (NULL, "4 sessions since 2025-06-15: 2 its image is gone, 2 it is closed; 1 by a user's "
                  "word; 2 brought back; 1 deleted since");
}

Test (cli_reaped, says_nothing_where_nothing_was_cleaned_away)
{
    expect ("three", NULL);
    expect ("four", NULL);
}
