/* session_file.c: see session_file.h. */

#include "cli/session_file.h"

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/untagged.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct json *
session_file_entry (const struct json *shown)
{
    static const char *const keys[] = {"session_id", "image",     "image_id",   "name",
                                       "note",       "tags",      "created_at", "last_modified",
                                       "counts",     "variables", "context"};
    struct json *entry = json_object ();
    for (size_t at = 0; at < sizeof keys / sizeof *keys; at++) {
        const struct json *value = json_get (shown, keys[at]);
        if (value != NULL && !json_is_null (value))
            json_set (entry, keys[at],
                      strcmp (keys[at], "context") == 0 ? context_untagged (value)
                                                        : json_copy (value));
    }
    return entry;
}

struct json *
session_file_duplicate (const struct json *shown, const char *name)
{
    struct json *entry = json_object ();
    const char *its = json_get_text (shown, "name");
    char *copy = stui_printf ("%s copy", its != NULL ? its : "session");
    json_set_text (entry, "name", name != NULL ? name : copy);
    json_set (entry, "context", json_copy (json_get (shown, "context")));
    free (copy);
    return entry;
}

char *
session_file_print (const struct json *entries)
{
    struct json *file = json_object ();
    json_set_number (file, "stui_sessions", SESSION_FILE_VERSION);
    json_set (file, "sessions", json_copy (entries));
    char *pretty = json_print_pretty (file);
    char *text = stui_printf ("%s\n", pretty);
    free (pretty);
    json_destroy (&file);
    return text;
}

/* Says in CAUSE, which has a byte's offset, which line of TEXT that is. */
static void
cause_add_line (struct stui_cause *cause, const char *text, size_t size)
{
    const char *at = strstr (cause->text, "byte ");
    size_t offset = at != NULL ? strtoull (at + strlen ("byte "), NULL, 10) : size;
    size_t line = 1;
    for (size_t i = 0; i < size && i < offset; i++)
        line += text[i] == '\n';
    char *whole = stui_printf ("line %zu: %s", line, cause->text);
    snprintf (cause->text, sizeof cause->text, "%s", whole);
    free (whole);
}

struct json *
session_file_parse (const char *text, size_t size, struct stui_cause *cause)
{
    struct json *file = json_parse (text, size, cause);
    if (file == NULL) {
        cause_add_line (cause, text, size);
        return NULL;
    }
    const struct json *version = json_get (file, "stui_sessions");
    struct json *entries = NULL;
    if (!json_is_number (version))
        stui_fail (cause, STUI_E_MALFORMED,
                   "it is no export of sessions: stui_sessions is missing");
    else if (json_value (version, 0) != SESSION_FILE_VERSION)
        stui_fail (cause, STUI_E_MALFORMED,
                   "stui_sessions is %lld: this stui reads version %d, a newer one wrote it",
                   (long long) json_value (version, 0), SESSION_FILE_VERSION);
    else if (!json_is_array (json_get (file, "sessions")))
        stui_fail (cause, STUI_E_MALFORMED, "sessions must be a list");
    else
        entries = json_take (file, "sessions");
    json_destroy (&file);
    return entries;
}
