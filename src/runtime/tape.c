/* tape.c: see tape.h. What was had is known by the image's own numbers; whatever stands before something
 * that is known was had too, also what an earlier start of the image wrote. Pure. */

#include "runtime/tape.h"

#include <stdio.h>
#include <string.h>

#include "runtime/json.h"

static bool
is_text (const struct json *entry)
{
    const char *kind = json_get_text (entry, "kind");
    return kind && strcmp (kind, "text") == 0;
}

static bool
is_known (const struct tape *self, const struct json *entry)
{
    const char *boot = json_get_text (entry, "boot_id"), *text = json_get_text (entry, "text");
    int64_t seq = json_get_number (entry, "seq", 0);
    if (is_text (entry))
        return boot && strcmp (boot, self->boot) == 0 && seq > 0 && seq <= self->seq;
    return text && self->mark[0] && json_get_number (entry, "at_ms", 0) == self->mark_ms
           && strncmp (text, self->mark, sizeof self->mark - 1) == 0;
}

const struct json *
tape_first_new (const struct tape *self, const struct json *entries)
{
    const struct json *first = json_first (entries);
    for (const struct json *entry = first; entry; entry = json_next (entry))
        if (is_known (self, entry))
            first = json_next (entry);
    return first;
}

void
tape_pass (struct tape *self, const struct json *entry)
{
    const char *boot = json_get_text (entry, "boot_id"), *text = json_get_text (entry, "text");
    self->after = (uint64_t) json_get_number (entry, "position", (int64_t) self->after);
    if (is_text (entry)) {
        snprintf (self->boot, sizeof self->boot, "%s", boot ? boot : "");
        self->seq = json_get_number (entry, "seq", 0);
        return;
    }
    self->mark_ms = json_get_number (entry, "at_ms", 0);
    snprintf (self->mark, sizeof self->mark, "%s", text ? text : "");
}
