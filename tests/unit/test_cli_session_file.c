/* test_cli_session_file.c: what a file has of a session. */

#include <criterion/criterion.h>
#include <stdlib.h>

#include "cli/session_file.h"
#include "runtime/json.h"

/* Symptom: a session with a held result was another file after it had been imported elsewhere. */
Test (cli_session_file, a_held_result_is_exported_without_the_tag_of_who_holds_it)
{
    struct json *shown = json_parse_text (
        "{\"session_id\":\"s\",\"context\":{\"results\":[{\"code\":\"1\",\"kind\":\"held\","
        "\"asked_by\":\"t-1\"}],\"history\":[\"1\"]}}");
    struct json *entry = session_file_entry (shown);
    char *text = json_print (entry);
    cr_assert_str_eq (text, "{\"session_id\":\"s\",\"context\":{\"results\":[{\"code\":\"1\","
                            "\"kind\":\"held\"}],\"history\":[\"1\"]}}");
    free (text);
    json_destroy (&entry);
    json_destroy (&shown);
}
