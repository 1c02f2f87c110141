/* fuzz_json.c: bytes that claim to be JSON. What json_parse takes is printed, read again and
 * printed again: the value and the text must stay the same, and the size be what was told. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/json.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    struct stui_cause cause = {0};
    struct json *json = json_parse ((const char *) data, size, &cause);
    assert (json || (cause.err == STUI_E_MALFORMED && cause.text[0]));
    if (!json)
        return 0;
    char *text = json_print (json), *pretty = json_print_pretty (json);
    assert (strlen (text) == json_size (json));
    struct json *again = json_parse (text, strlen (text), &cause);
    assert (again && json_equal (json, again));
    char *text_again = json_print (again);
    assert (strcmp (text, text_again) == 0);
    struct json *from_pretty = json_parse_text (pretty), *copy = json_copy (json);
    assert (json_equal (json, from_pretty) && json_equal (copy, json));
    json_destroy (&json);
    json_destroy (&again);
    json_destroy (&from_pretty);
    json_destroy (&copy);
    free (text);
    free (pretty);
    free (text_again);
    return 0;
}
