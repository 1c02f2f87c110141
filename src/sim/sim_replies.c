/* sim_replies.c: entries sorted by id for finding them, and on two lists: by arrival, from which
 * ids are dropped, and by end, from which replies are. */

#include "sim/sim_replies.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"

static void
entry_free (struct sim_entry *entry)
{
    free (entry->session_id);
    free (entry->reply);
    free (entry);
}

void
sim_replies_fini (struct sim_replies *self)
{
    for (size_t i = 0; i < self->count; i++)
        entry_free (self->by_id[i]);
    free (self->by_id);
    *self = (struct sim_replies){0};
}

/* Where ID is or would be. Ids rise, so the end is looked at first. */
static size_t
place_of (const struct sim_replies *self, const char *id)
{
    size_t low = 0, high = self->count;
    if (high > 0 && strcmp (self->by_id[high - 1]->id, id) < 0)
        return high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp (self->by_id[middle]->id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct sim_entry *
sim_replies_find (const struct sim_replies *self, const char *id)
{
    size_t place = place_of (self, id);
    return place < self->count && strcmp (self->by_id[place]->id, id) == 0 ? self->by_id[place]
                                                                           : NULL;
}

bool
sim_replies_may_have_run (const struct sim_replies *self, const char *id)
{
    return strcmp (id, self->greatest_dropped) <= 0;
}

void
sim_replies_note_dropped (struct sim_replies *self, const char *id)
{
    if (strcmp (id, self->greatest_dropped) > 0)
        snprintf (self->greatest_dropped, sizeof self->greatest_dropped, "%s", id);
}

/* ---- the two lists ------------------------------------------------------------------------- */

static void
arrival_append (struct sim_replies *self, struct sim_entry *entry)
{
    entry->older = self->newest;
    entry->newer = NULL;
    *(self->newest ? &self->newest->newer : &self->oldest) = entry;
    self->newest = entry;
}

static void
arrival_unlink (struct sim_replies *self, struct sim_entry *entry)
{
    *(entry->older ? &entry->older->newer : &self->oldest) = entry->newer;
    *(entry->newer ? &entry->newer->older : &self->newest) = entry->older;
}

static void
replied_append (struct sim_replies *self, struct sim_entry *entry)
{
    entry->replied_older = self->replied_newest;
    *(self->replied_newest ? &self->replied_newest->replied_newer : &self->replied_oldest) = entry;
    self->replied_newest = entry;
    self->replied_count++;
    self->reply_bytes += entry->reply_size;
}

/* Drops the reply of ENTRY; its id stays known. */
static void
drop_reply (struct sim_replies *self, struct sim_entry *entry)
{
    *(entry->replied_older ? &entry->replied_older->replied_newer : &self->replied_oldest) =
        entry->replied_newer;
    *(entry->replied_newer ? &entry->replied_newer->replied_older : &self->replied_newest) =
        entry->replied_older;
    self->replied_count--;
    self->reply_bytes -= entry->reply_size;
    free (entry->reply);
    entry->reply = NULL;
    entry->reply_size = 0;
    entry->replied_older = entry->replied_newer = NULL;
}

/* ---- coming and going ------------------------------------------------------------------------ */

static void
forget (struct sim_replies *self, struct sim_entry *entry)
{
    size_t place = place_of (self, entry->id);
    if (entry->reply)
        drop_reply (self, entry);
    arrival_unlink (self, entry);
    memmove (self->by_id + place, self->by_id + place + 1,
             (--self->count - place) * sizeof (struct sim_entry *));
    entry_free (entry);
}

/* What still runs is passed over: it goes behind all others, and is not looked for endlessly. */
static void
drop_ids (struct sim_replies *self)
{
    enum { TRIES_MAX = 1000 };
    for (int tries = 0; self->count > SIM_IDS_MAX && tries < TRIES_MAX;) {
        struct sim_entry *entry = self->oldest;
        if (entry->is_done) {
            sim_replies_note_dropped (self, entry->id);
            forget (self, entry);
            continue;
        }
        arrival_unlink (self, entry);
        arrival_append (self, entry);
        tries++;
    }
}

struct sim_entry *
sim_replies_add (struct sim_replies *self, const char *id, const char *command,
                 const char *session_id)
{
    struct sim_entry *entry = stui_alloc (sizeof *entry);
    snprintf (entry->id, sizeof entry->id, "%s", id);
    entry->command = command;
    entry->session_id = session_id ? stui_strdup (session_id) : NULL;
    size_t place = place_of (self, entry->id);
    stui_grow (&self->by_id, &self->room, self->count, sizeof *self->by_id);
    memmove (self->by_id + place + 1, self->by_id + place,
             (self->count++ - place) * sizeof (struct sim_entry *));
    self->by_id[place] = entry;
    arrival_append (self, entry);
    drop_ids (self);
    return entry;
}

void
sim_replies_remove (struct sim_replies *self, struct sim_entry **entry)
{
    forget (self, *entry);
    *entry = NULL;
}

void
sim_replies_finish (struct sim_replies *self, struct sim_entry *entry, const char *reply,
                    size_t size)
{
    entry->is_done = true;
    entry->reply = stui_strndup (reply, size);
    entry->reply_size = size;
    replied_append (self, entry);
    while (self->replied_count > SIM_REPLIES_MAX
           || (self->reply_bytes > SIM_REPLY_BYTES_MAX && self->replied_count > 1))
        drop_reply (self, self->replied_oldest);
}

void
sim_replies_forget (struct sim_replies *self)
{
    for (struct sim_entry *entry = self->oldest, *next; entry; entry = next) {
        next = entry->newer;
        if (entry->is_done) {
            sim_replies_note_dropped (self, entry->id);
            forget (self, entry);
        }
    }
}

const char *
sim_replies_greatest (const struct sim_replies *self)
{
    const char *last = self->count > 0 ? self->by_id[self->count - 1]->id : "";
    return strcmp (last, self->greatest_dropped) > 0 ? last : self->greatest_dropped;
}

bool
sim_replies_has_running (const struct sim_replies *self)
{
    for (const struct sim_entry *entry = self->oldest; entry; entry = entry->newer)
        if (!entry->is_done)
            return true;
    return false;
}
