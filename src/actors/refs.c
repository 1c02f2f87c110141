/* refs.c: see refs.h. Pure but for the heap. */

#include "actors/refs.h"

#include <stdio.h>
#include <string.h>

#include "actors/reaper.h"
#include "runtime/json.h"
#include "runtime/wire.h"

void
refs_fini (struct refs *self)
{
    for (size_t index = 0; index < STUI_TERMINAL_ROOM; index++)
        refs_remove (&self->entries[index]);
}

struct refs_entry *
refs_add (struct refs *self, const char *from, struct msg **request, struct stui_cause *cause)
{
    struct refs_entry *place = NULL;
    for (size_t index = 0; index < STUI_TERMINAL_ROOM; index++) {
        struct refs_entry *entry = &self->entries[index];
        if (entry->theirs == (*request)->ref && strcmp (entry->from, from) == 0) {
            stui_fail (cause, STUI_E_INVALID_REQUEST, "this ref is open already");
            return NULL;
        }
        if (!place && entry->from[0] == '\0')
            place = entry;
    }
    if (!place) {
        stui_fail (cause, STUI_E_QUEUE_FULL, "queue full: this terminal has %d requests open",
                   STUI_TERMINAL_ROOM);
        return NULL;
    }
    snprintf (place->from, sizeof place->from, "%s", from);
    snprintf (place->to, sizeof place->to, "%s", (*request)->peer);
    place->theirs = (*request)->ref;
    place->verb = (*request)->verb;
    place->held = *request;
    *request = NULL;
    return place;
}

struct refs_entry *
refs_find (struct refs *self, uint64_t ours)
{
    size_t cursor = 0;
    struct refs_entry *entry;
    while ((entry = refs_next (self, &cursor)) != NULL)
        if (entry->ours == ours && ours != 0)
            return entry;
    return NULL;
}

struct refs_entry *
refs_next (struct refs *self, size_t *cursor)
{
    while (*cursor < STUI_TERMINAL_ROOM) {
        struct refs_entry *entry = &self->entries[(*cursor)++];
        if (entry->from[0] != '\0')
            return entry;
    }
    return NULL;
}

void
refs_remove (struct refs_entry *entry)
{
    msg_destroy (&entry->held);
    *entry = (struct refs_entry){0};
}

void
refs_forget (struct refs *self, const char *from)
{
    size_t cursor = 0;
    struct refs_entry *entry;
    while ((entry = refs_next (self, &cursor)) != NULL)
        if (strcmp (entry->from, from) == 0)
            refs_remove (entry);
}

struct msg *
refs_lost (const struct refs_entry *entry, const char *why)
{
    int err = STUI_E_ACTOR_ENDED;
    const char *meaning = "";
    if (msg_reaches_image (entry->verb)) {
        err = entry->ours ? STUI_E_IN_DOUBT : STUI_E_UNREACHABLE;
        meaning = entry->ours ? ": nobody can say whether it ran" : ": nothing was sent";
    }
    char text[STUI_CAUSE_MAX * 2];
    snprintf (text, sizeof text, "%s%s", why, meaning);
    return msg_new (entry->from, MSG_ERROR, entry->theirs, stui_err_word (err), text, NULL);
}

/* Whether a wish of the reaper's is more than a question for what there is. */
static bool
wish_acts (const struct msg *request)
{
    struct json *wish = json_parse_text (msg_text (request, 0));
    bool acts = reaper_acts (reaper_kind (request->verb), wish);
    json_destroy (&wish);
    return acts;
}

/* What a terminal may ask that is only to look, so that what is thought of later is refused until it is
 * here. Files are the user's own. */
static bool
request_looks (const struct msg *request)
{
    switch (request->verb) {
    case MSG_COMMAND:
        return !wire_command_changes (msg_text (request, 0));
    case MSG_STORE_CHECK: /* 1: it puts right what it finds */
        return msg_number (request, 0) == 0;
    case MSG_CLEANUP:
    case MSG_UNDO_CLEANUP:
    case MSG_ADOPT_STORED:
        return !wish_acts (request);
    case MSG_CONNECT:
    case MSG_WATCH:
    case MSG_PROBE:
    case MSG_HELD_LIST:
    case MSG_AWAIT:
    case MSG_INTERRUPT: /* of what it asked itself */
    case MSG_TRANSCRIPT_GET:
    case MSG_SESSION_LIST:
    case MSG_SESSION_SHOW:
    case MSG_SESSION_WATCH:
    case MSG_SESSION_LEFT:
    case MSG_IMAGE_HISTORY:
    case MSG_IMAGE_MARKS:
    case MSG_HELD_LOAD:
    case MSG_SESSIONS_LOAD:
    case MSG_SESSION_VERSIONS:
    case MSG_ARCHIVE_LIST:
    case MSG_EVENTS_GET:
    case MSG_STORE_STATUS:
    case MSG_BACKUP:
    case MSG_SECRET_LIST:
    case MSG_FILE_READ:
    case MSG_FILE_WRITE:
    case MSG_STATUS:
    case MSG_CONFIG_GET:
        return true;
    default:
        return false;
    }
}

int
refs_permit (const struct msg *request, bool is_read_only, struct stui_cause *cause)
{
    if (!is_read_only || request_looks (request))
        return 0;
    return stui_fail (cause, STUI_E_PERMISSION, "this terminal is read-only: '%s' was not sent",
                      request->verb == MSG_COMMAND ? msg_text (request, 0)
                                                   : msg_word (request->verb));
}
