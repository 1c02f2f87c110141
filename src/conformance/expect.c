/* expect.c: what checks expect of answers; each failure says what was asked, what was expected
 * and what came. See check.h. */

#include <stdlib.h>
#include <string.h>

#include "conformance/parts.h"
#include "runtime/alloc.h"
#include "runtime/json.h"

/* What came, short. */
static const char *
shown (const struct kit_answer *answer, const struct json *value)
{
    char *text = kit_shown (value, KIT_SHOWN_BYTES);
    return kit_keep (answer->kit, text);
}

/* The whole of an answer in a few words. */
static const char *
summary (const struct kit_answer *answer)
{
    struct kit *kit = answer->kit;
    if (answer->is_nothing)
        return "nothing";
    if (!answer->json)
        return kit_text (kit, "what is no JSON as the page has it: %s", answer->fault.text);
    if (*kit_string (answer, "error_type"))
        return kit_text (kit, "%s (%.100s)", kit_string (answer, "error_type"),
                         kit_string (answer, "error"));
    return shown (answer, answer->json);
}

bool
kit_succeeds (const struct kit_answer *answer)
{
    return kit_expect (answer->kit,
                       strcmp (kit_string (answer, "status"), "success") == 0
                           && json_is_object (kit_value (answer, "result")),
                       "%s to succeed, got %s", answer->asked, summary (answer));
}

bool
kit_refuses (const struct kit_answer *answer, const char *error_type)
{
    return kit_expect (answer->kit,
                       strcmp (kit_string (answer, "status"), "error") == 0
                           && strcmp (kit_string (answer, "error_type"), error_type) == 0,
                       "%s to be answered with the error %s, got %s", answer->asked, error_type,
                       summary (answer));
}

/* A value that is expected in what may be an error instead. */
static bool
is_readable (const struct kit_answer *answer, const char *path)
{
    if (strncmp (path, "result", 6) == 0)
        return kit_succeeds (answer);
    return kit_expect (answer->kit, answer->json != NULL, "%s to answer, got %s", answer->asked,
                       summary (answer));
}

bool
kit_says (const struct kit_answer *answer, const char *path, const char *text)
{
    const struct json *value = kit_value (answer, path);
    const char *got = json_text (value);
    return is_readable (answer, path)
           && kit_expect (answer->kit, got && strcmp (got, text) == 0,
                          "%s: %s to be \"%s\", got %s", answer->asked, path, text,
                          shown (answer, value));
}

bool
kit_counts (const struct kit_answer *answer, const char *path, int64_t number)
{
    const struct json *value = kit_value (answer, path);
    return is_readable (answer, path)
           && kit_expect (answer->kit, json_value (value, number - 1) == number,
                          "%s: %s to be %lld, got %s", answer->asked, path, (long long) number,
                          shown (answer, value));
}

bool
kit_ranges (const struct kit_answer *answer, const char *path, int64_t low, int64_t high)
{
    const struct json *value = kit_value (answer, path);
    int64_t got = json_value (value, low - 1);
    return is_readable (answer, path)
           && kit_expect (answer->kit, got >= low && got <= high,
                          "%s: %s to be from %lld to %lld, got %s", answer->asked, path,
                          (long long) low, (long long) high, shown (answer, value));
}

bool
kit_is (const struct kit_answer *answer, const char *path, bool wanted)
{
    const struct json *value = kit_value (answer, path);
    char *text = kit_shown (value, KIT_SHOWN_BYTES);
    bool holds = strcmp (text, wanted ? "true" : "false") == 0;
    free (text);
    return is_readable (answer, path)
           && kit_expect (answer->kit, holds, "%s: %s to be %s, got %s", answer->asked, path,
                          wanted ? "true" : "false", shown (answer, value));
}

bool
kit_lacks (const struct kit_answer *answer, const char *path)
{
    const struct json *value = kit_value (answer, path);
    return is_readable (answer, path)
           && kit_expect (answer->kit, !value || json_is_null (value), "%s: no %s, got %s",
                          answer->asked, path, shown (answer, value));
}

bool
kit_equals (const struct kit_answer *answer, const char *path, const char *json)
{
    const struct json *value = kit_value (answer, path);
    struct json *wanted = json_parse_text (json);
    bool holds = value && json_equal (value, wanted);
    json_destroy (&wanted);
    return is_readable (answer, path)
           && kit_expect (answer->kit, holds, "%s: %s to be %s, got %s", answer->asked, path, json,
                          shown (answer, value));
}

bool
kit_has (const struct kit_answer *answer, const char *path, const char *fields)
{
    if (!is_readable (answer, path))
        return false;
    char *fault = kit_fields_fault (kit_value (answer, path), fields);
    bool holds = kit_expect (answer->kit, !fault, "%s: in %s %s", answer->asked,
                             *path ? path : "the message", fault ? fault : "");
    free (fault);
    return holds;
}

const struct json *
kit_row_of (const struct kit_answer *answer, const char *path, const char *member,
            const char *value)
{
    for (const struct json *row = json_first (kit_value (answer, path)); row;
         row = json_next (row)) {
        const char *text = member ? json_get_text (row, member) : json_text (row);
        if (text && strcmp (text, value) == 0)
            return row;
    }
    return NULL;
}

bool
kit_lists (const struct kit_answer *answer, const char *path, const char *member, const char *value)
{
    return is_readable (answer, path)
           && kit_expect (answer->kit, kit_row_of (answer, path, member, value) != NULL,
                          "%s: %s to hold %s%s%s, got %s", answer->asked, path,
                          member ? member : "", member ? " " : "", value,
                          shown (answer, kit_value (answer, path)));
}
