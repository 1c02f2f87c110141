/* changes.c: see changes.h. */

#include "actors/changes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <stui/types.h>

#include "runtime/alloc.h"

void
changes_note (struct changes *self, unsigned kinds, int64_t now_ms)
{
    if (kinds == 0)
        return;
    if (self->kinds == 0)
        self->first_ms = now_ms;
    self->kinds |= kinds;
    self->last_ms = now_ms;
}

void
changes_note_clocks (struct changes *self, const struct changes_clocks *before,
                     const struct changes_clocks *now)
{
    int64_t awake_ms = now->mono_ms - before->mono_ms, passed_ms = now->boot_ms - before->boot_ms;
    int64_t slept_ms = passed_ms - awake_ms;
    int64_t set_ms = now->wall_ms - before->wall_ms - passed_ms;
    if (slept_ms >= CHANGES_SLEPT_MS) {
        self->slept_ms += slept_ms;
        changes_note (self, CHANGES_WAKE, now->mono_ms);
    }
    if (set_ms >= CHANGES_SLEPT_MS || set_ms <= -CHANGES_SLEPT_MS) {
        self->set_ms += set_ms;
        changes_note (self, CHANGES_CLOCK, now->mono_ms);
    }
}

int64_t
changes_deadline (const struct changes *self)
{
    if (self->kinds == 0)
        return STUI_NEVER;
    int64_t quiet = self->last_ms + CHANGES_QUIET_MS, longest = self->first_ms + CHANGES_LONGEST_MS;
    return quiet < longest ? quiet : longest;
}

/* TEXT as one more member of a list: "a", "a and b". The last "and" becomes a comma before. */
static void
list_add (char **list, const char *text)
{
    char *longer = *list ? stui_printf ("%s, %s", *list, text) : stui_strdup (text);
    free (*list);
    *list = longer;
}

char *
changes_take (struct changes *self, unsigned *kinds)
{
    static const struct {
        unsigned kind;
        const char *text;
    } words[] = {{CHANGES_LINK, "an interface"},
                 {CHANGES_ADDRESS, "an address of this machine"},
                 {CHANGES_ROUTE, "a route"}};
    char *text = NULL;
    for (size_t index = 0; index < sizeof words / sizeof *words; index++)
        if (self->kinds & words[index].kind)
            list_add (&text, words[index].text);
    if (text) {
        char *changed = stui_printf ("the network changed: %s", text);
        free (text);
        text = changed;
    }
    char part[96];
    if (self->kinds & CHANGES_WAKE) {
        snprintf (part, sizeof part, "this machine slept for %" PRId64 " s", self->slept_ms / 1000);
        list_add (&text, part);
    }
    if (self->kinds & CHANGES_CLOCK) {
        snprintf (part, sizeof part, "its clock was set %s by %" PRId64 " s",
                  self->set_ms < 0 ? "back" : "on",
                  (self->set_ms < 0 ? -self->set_ms : self->set_ms) / 1000);
        list_add (&text, part);
    }
    *kinds = self->kinds;
    *self = (struct changes){0};
    return text ? text : stui_strdup ("");
}
