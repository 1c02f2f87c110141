/* session_variables.c: what the variables of a session were when code ran in it last: names and print
 * strings, so that they can still be read when the image that had the values is gone. The image is never
 * told of them: it has them. Part of sessions.h. Pure but for the heap. */

#include "actors/sessions.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "runtime/utf8.h"

void
session_variables_want (struct session *self, int64_t now_ms)
{
    if (self->variables_ms <= now_ms)
        self->variables_ms = now_ms;
    self->variables_wanted = true;
}

void
session_variables_asked (struct session *self, int64_t now_ms)
{
    self->variables_wanted = false;
    self->variables_ms = now_ms + SESSION_VARIABLES_EVERY_MS;
}

static void
text_keep (struct json *kept, const char *key, const char *text)
{
    char *cut = stui_strndup (text, utf8_cut (text, strlen (text), SESSION_VARIABLE_BYTES));
    json_set_text (kept, key, cut);
    free (cut);
}

/* Those in VARIABLES, an image's list, that are kept. Caller owns. */
static struct json *
list_keep (const struct json *variables)
{
    struct json *list = json_array ();
    size_t bytes = 0;
    const struct json *one = json_first (variables);
    for (size_t count = 0; one && count < SESSION_VARIABLES_MAX; one = json_next (one)) {
        const char *name = json_get_text (one, "name"), *value = json_get_text (one, "value");
        const char *class = json_get_text (one, "class");
        if (!name || !value)
            continue;
        struct json *kept = json_object ();
        text_keep (kept, "name", name);
        text_keep (kept, "value", value);
        if (class)
            text_keep (kept, "class", class);
        bytes += json_size (kept) + 1;
        if (bytes > SESSION_VARIABLES_BYTES
                        - SESSION_VARIABLE_BYTES) { /* the rest is what is around it */
            json_destroy (&kept);
            break;
        }
        json_push (list, kept);
        count++;
    }
    return list;
}

void
session_variables_take (struct session *self, const struct json *result, int64_t now_ms,
                        int64_t wall_ms)
{
    const struct json *variables = json_get (result, "variables");
    if (!json_is_array (variables))
        return;
    int64_t count = (int64_t) json_count (variables);
    int64_t total = json_get_number (result, "total_count", count);
    total = total > count ? total : count;
    struct json *list = list_keep (variables);
    bool same = json_equal (list, json_get (self->variables, "list"))
                && total == json_get_number (self->variables, "total", 0);
    bool none = !self->variables && json_count (list) == 0;
    if (same || none) {
        json_destroy (&list);
        return;
    }
    char at[CLOCK_TEXT_SIZE];
    json_destroy (&self->variables);
    self->variables = json_object ();
    json_set_text (self->variables, "at", clock_format (wall_ms, at));
    json_set_number (self->variables, "total", total);
    json_set (self->variables, "list", list);
    session_touch_there (self, now_ms);
    self->save_now = true;
}

void
session_variables_load (struct session *self, const struct json *variables)
{
    json_destroy (&self->variables);
    if (json_is_object (variables) && session_variables_check (variables, NULL) == 0)
        self->variables = json_copy (variables);
}

bool
session_variables_fit (const struct session *self)
{
    return json_size (self->context) + json_size (self->variables) <= SESSION_CONTEXT_MAX;
}
