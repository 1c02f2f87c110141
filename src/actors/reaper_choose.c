/* reaper_choose.c: which sessions an order of the reaper's is about, why, and how old they are. Part
 * of reaper.h. Pure but for the heap. */

#include "actors/reaper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"

/* What holds for all of one turn. */
struct choice {
    struct reaper *reaper;
    struct reaper_order *order;
    struct reaper_index index;
    struct reaper_image target; /* REAPER_CARRY: whose they are to be; its name NULL: nobody's */
};

/* A session as the store shows it, and what is known of its image. */
struct candidate {
    const struct json *record;
    const char *id, *key, *name; /* name: the image's */
    enum stui_session_state state;
    enum reaper_presence presence;
    struct reaper_image image;
    int64_t age_ms;
};

static bool
list_has (const struct json *list, const char *text)
{
    for (const struct json *one = json_first (list); one; one = json_next (one))
        if (json_text (one) && strcmp (json_text (one), text) == 0)
            return true;
    return false;
}

/* Whether TEXT is what the candidate's is said to be, as far as that is said. */
static bool
is_said (const char *said, const char *text)
{
    return !said || (text && strcmp (said, text) == 0);
}

/* Whether SESSIONS, of a wish, have the candidate: by its id, which another image's session may have too,
 * or by id and image. */
static bool
sessions_have (const struct json *sessions, const struct candidate *candidate)
{
    for (const struct json *one = json_first (sessions); one; one = json_next (one)) {
        const char *id = json_text (one) ? json_text (one) : json_get_text (one, "session_id");
        if (id && strcmp (id, candidate->id) == 0
            && is_said (json_get_text (one, "image_id"), candidate->key)
            && is_said (json_get_text (one, "image"), candidate->name))
            return true;
    }
    return false;
}

/* Open on an image that is there: it stays, whoever asks. */
static bool
is_live (const struct candidate *self)
{
    return json_get_bool (self->record, "open", false) && self->presence == REAPER_PRESENT;
}

/* What users see of it: the record may be older than what its supervisor knows. */
static enum stui_session_state
candidate_state (const struct candidate *self)
{
    const char *word = json_get_text (self->record, "state");
    static const enum stui_session_state lasting[] = {STUI_SESSION_CLOSED, STUI_SESSION_ORPHANED,
                                                      STUI_SESSION_FAILED};
    for (size_t at = 0; word && at < sizeof lasting / sizeof *lasting; at++)
        if (strcmp (word, stui_session_state_word (lasting[at])) == 0)
            return lasting[at];
    bool open = json_get_bool (self->record, "open", false);
    if (is_live (self))
        return STUI_SESSION_RESTORED;
    return open && self->presence != REAPER_UNLISTED ? STUI_SESSION_PRESERVED : STUI_SESSION_STORED;
}

/* Its image is what makes it old where that is gone; else its own last change. */
static int64_t
candidate_age (const struct reaper *self, const struct candidate *candidate)
{
    int64_t modified_ms = clock_parse (json_get_text (candidate->record, "last_modified"));
    int64_t since_ms = self->now.wall_ms - modified_ms;
    bool rests = candidate->state == STUI_SESSION_CLOSED || candidate->presence == REAPER_PRESENT
                 || candidate->presence == REAPER_RESTING;
    int64_t away_ms = reaper_away_ms (self, candidate->key, candidate->presence, &candidate->image);
    int64_t age_ms = candidate->state == STUI_SESSION_ORPHANED || !rests
                         ? (away_ms < since_ms ? away_ms : since_ms)
                         : since_ms;
    return age_ms > 0 ? age_ms : 0;
}

static bool
candidate_read (const struct choice *choice, struct candidate *candidate, const struct json *record)
{
    *candidate = (struct candidate){.record = record,
                                    .id = json_get_text (record, "session_id"),
                                    .key = json_get_text (record, "image_id"),
                                    .name = json_get_text (record, "image")};
    if (!candidate->id || strlen (candidate->id) > KEYS_SESSION_MAX || !candidate->key
        || strlen (candidate->key) > KEYS_IMAGE_MAX)
        return false;
    const char *state = json_get_text (record, "state");
    if (state && strcmp (state, stui_session_state_word (STUI_SESSION_LOCKED)) == 0)
        return false; /* nobody knows what it is: it stays where it is */
    candidate->presence =
        reaper_index_find (&choice->index, candidate->key, candidate->name, &candidate->image);
    if (candidate->image.name)
        candidate->name = candidate->image.name;
    candidate->name = candidate->name ? candidate->name : "";
    candidate->state = candidate_state (candidate);
    candidate->age_ms = candidate_age (choice->reaper, candidate);
    return true;
}

static const char *
candidate_why (const struct candidate *self)
{
    if (self->presence == REAPER_UNLISTED && self->state != STUI_SESSION_CLOSED)
        return "its image is not in the list any more";
    if (is_live (self))
        return "it stays: its image is there, close it first";
    switch (self->state) {
    case STUI_SESSION_CLOSED:
        return "it is closed";
    case STUI_SESSION_FAILED:
        return "it has failed";
    case STUI_SESSION_STORED:
        return self->presence == REAPER_AWAY ? "its image is gone" : "it is open on no image";
    default:
        return "its image is gone";
    }
}

/* By itself: what is left of an image that is gone, and what was closed long ago. */
static bool
is_due (const struct reaper *self, const struct candidate *candidate)
{
    static const int64_t day_ms = 86400000;
    bool gone = candidate->presence == REAPER_AWAY || candidate->presence == REAPER_UNLISTED;
    bool listed = candidate->presence != REAPER_UNLISTED;
    int64_t after_ms = listed ? candidate->image.reap_after_ms : self->reap_after_ms;
    return candidate->state == STUI_SESSION_CLOSED
               ? candidate->age_ms >= REAPER_CLOSED_DAYS * day_ms
               : gone && candidate->age_ms >= after_ms;
}

/* Whether STATES name the candidate's. Of one that is live the record may be some seconds behind: any
 * word for such a one means it. */
static bool
states_have (const struct json *states, const struct candidate *candidate)
{
    static const enum stui_session_state lively[] = {STUI_SESSION_FRESH, STUI_SESSION_RESTORING,
                                                     STUI_SESSION_RESTORED, STUI_SESSION_MODIFIED};
    for (size_t at = 0; is_live (candidate) && at < sizeof lively / sizeof *lively; at++)
        if (list_has (states, stui_session_state_word (lively[at])))
            return true;
    return list_has (states, stui_session_state_word (candidate->state));
}

/* For a terminal: without a word about states what nobody can miss by accident. */
static bool
is_wished (const struct json *wish, const struct candidate *candidate)
{
    const struct json *images = json_get (wish, "images"), *states = json_get (wish, "states");
    const struct json *sessions = json_get (wish, "sessions");
    bool left = candidate->state == STUI_SESSION_STORED && candidate->presence == REAPER_UNLISTED;
    bool usual = left || candidate->state == STUI_SESSION_CLOSED
                 || (candidate->state == STUI_SESSION_ORPHANED && !is_live (candidate));
    if (sessions)
        return sessions_have (sessions, candidate);
    return (!images || list_has (images, candidate->name))
           && (states ? states_have (states, candidate) : usual)
           && candidate->age_ms >= json_get_number (wish, "older_ms", 0);
}

static struct reaper_row *
row_add (struct reaper_order *order, const struct json *record, const char *name)
{
    static const char *const kept[] = {"session_id", "image_id", "name", "last_modified", "bytes"};
    struct reaper_row *row = stui_alloc (sizeof *row);
    row->json = json_object ();
    for (size_t at = 0; at < sizeof kept / sizeof *kept; at++) {
        const struct json *value = json_get (record, kept[at]);
        json_set (row->json, kept[at], value ? json_copy (value) : json_null ());
    }
    json_set_text (row->json, "image", name);
    json_set_bool (row->json, "done", false);
    snprintf (row->image, sizeof row->image, "%s", name);
    snprintf (row->key, sizeof row->key, "%s", json_get_text (record, "image_id"));
    snprintf (row->id, sizeof row->id, "%s", json_get_text (record, "session_id"));
    row->generation = (uint64_t) json_get_number (record, "generation", 0);
    stui_grow (&order->rows, &order->capacity, order->count, sizeof *order->rows);
    order->rows[order->count++] = row;
    return row;
}

static void
choose_session (const struct choice *choice, const struct json *record)
{
    struct reaper_order *order = choice->order;
    struct candidate candidate;
    if (!candidate_read (choice, &candidate, record))
        return;
    /* One that is live is told of only to who names its state or itself: that it stays, and why. */
    bool chosen = order->wish ? is_wished (order->wish, &candidate)
                              : !is_live (&candidate) && is_due (choice->reaper, &candidate);
    if (!chosen)
        return;
    struct reaper_row *row = row_add (order, record, candidate.name);
    row->stays = is_live (&candidate);
    json_set_text (row->json, "state", stui_session_state_word (candidate.state));
    json_set_number (row->json, "age_ms", candidate.age_ms);
    json_set_text (row->json, "why", candidate_why (&candidate));
}

/* ---- The archive ------------------------------------------------------------------------------- */

static void
choose_archived (const struct choice *choice, const struct json *record)
{
    struct reaper *self = choice->reaper;
    struct reaper_order *order = choice->order;
    struct candidate candidate;
    const struct json *archived = json_get (record, "archived");
    const struct json *sessions = json_get (order->wish, "sessions");
    char at[CLOCK_TEXT_SIZE], until[CLOCK_TEXT_SIZE];
    int64_t put_ms = json_get_number (archived, "ran_ms", 0);
    if (!candidate_read (choice, &candidate, record))
        return;
    int64_t ran_ms = reaper_ran_ms (self);
    if (put_ms > ran_ms) { /* what was saved of it is lost: from here on, then */
        self->ran_ms += put_ms - ran_ms;
        ran_ms = put_ms;
    }
    int64_t undo_for_ms = candidate.image.name ? candidate.image.undo_for_ms : self->undo_for_ms;
    int64_t left_ms = undo_for_ms - (ran_ms - put_ms);
    bool live = json_get_bool (record, "live", false);
    bool wanted = order->kind == REAPER_DROP ? left_ms <= 0
                  : live                     ? false
                                             : !sessions || sessions_have (sessions, &candidate);
    if (!wanted)
        return;
    struct reaper_row *row = row_add (order, record, candidate.name);
    row->quiet = live;
    const char *why = json_get_text (archived, "why");
    json_set_text (row->json, "state", json_get_text (record, "state"));
    json_set_text (row->json, "why", why ? why : "");
    json_set_text (row->json, "archived_at",
                   clock_format (json_get_number (archived, "at_ms", 0), at));
    json_set_text (row->json, "until",
                   clock_format (self->now.wall_ms + (left_ms > 0 ? left_ms : 0), until));
}

/* ---- From one image to another ----------------------------------------------------------------- */

/* The listed image that is called NAME, once it is known under which key its sessions are kept. */
static void
carry_target (const struct reaper *self, const char *name, struct reaper_image *target)
{
    for (size_t index = 0; name && self->look (self->context, index, target); index++)
        if (strcmp (target->name, name) == 0 && target->key && *target->key)
            return;
    *target = (struct reaper_image){0};
}

static void
carry_add (struct reaper_order *order, const struct candidate *candidate, const char *to,
           const char *to_image, bool same, const char *why)
{
    struct reaper_row *row = row_add (order, candidate->record, candidate->name);
    row->same = same;
    snprintf (row->to, sizeof row->to, "%s", to);
    snprintf (row->to_image, sizeof row->to_image, "%s", to_image);
    json_set_text (row->json, "state", stui_session_state_word (candidate->state));
    json_set_number (row->json, "age_ms", candidate->age_ms);
    json_set_text (row->json, "why", why);
}

/* What could be TARGET's: it is kept under an id that no image of the list has, or under that of the very
 * image that answers there now. Unless it is asked for by its own id, only what had TARGET's name. */
static void
choose_carried (struct reaper_order *order, const struct candidate *candidate,
                const struct reaper_image *target)
{
    const struct json *sessions = json_get (order->wish, "sessions");
    const char *name = json_get_text (candidate->record, "image");
    bool moved = target->image_id && strcmp (candidate->key, target->image_id) == 0;
    bool left =
        candidate->presence == REAPER_UNLISTED || (moved && candidate->presence != REAPER_PRESENT);
    bool named = name && strcmp (name, target->name) == 0;
    bool wanted = sessions ? sessions_have (sessions, candidate)
                           : (named || moved) && candidate->state != STUI_SESSION_CLOSED;
    if (strcmp (candidate->key, target->key) != 0 && left && wanted)
        carry_add (order, candidate, target->key, target->name, moved,
                   moved   ? "its image is at another address now"
                   : named ? "another image is at its address now"
                           : "its image is not in the list any more");
}

/* What was carried, and can go back. */
static void
choose_back (struct reaper_order *order, const struct candidate *candidate)
{
    const struct json *from = json_get (candidate->record, "adopted_from");
    const struct json *sessions = json_get (order->wish, "sessions");
    const char *key = json_get_text (from, "image_id"), *name = json_get_text (from, "image");
    if (key && *key && strlen (key) <= KEYS_IMAGE_MAX && name
        && (!sessions || sessions_have (sessions, candidate)))
        carry_add (order, candidate, key, name, false, "it was adopted from another image");
}

static void
choose_carry (const struct choice *choice, const struct json *record)
{
    struct candidate candidate;
    if (!candidate_read (choice, &candidate, record))
        return;
    if (json_get_bool (choice->order->wish, "undo", false))
        choose_back (choice->order, &candidate);
    else if (choice->target.name)
        choose_carried (choice->order, &candidate, &choice->target);
}

/* ---- All of them ------------------------------------------------------------------------------- */

static void
choose_one (const struct choice *choice, const struct json *record)
{
    struct reaper *reaper = choice->reaper;
    const struct reaper_order *order = choice->order;
    const char *key = json_get_text (record, "image_id");
    bool stored = order->kind == REAPER_CLEAN || order->kind == REAPER_CARRY;
    if (stored && key && strlen (key) <= KEYS_IMAGE_MAX)
        reaper_meet (reaper, key);
    /* By itself nothing goes while the clock cannot be believed. */
    if (!order->wish && reaper_is_suspended (reaper))
        return;
    if (order->kind == REAPER_CLEAN)
        choose_session (choice, record);
    else if (order->kind == REAPER_CARRY)
        choose_carry (choice, record);
    else
        choose_archived (choice, record);
}

bool
reaper_choose (struct reaper *self, struct reaper_order *order)
{
    struct choice choice = {.reaper = self, .order = order};
    reaper_index_init (&choice.index, self);
    if (order->kind == REAPER_CARRY)
        carry_target (self, json_get_text (order->wish, "image"), &choice.target);
    size_t size;
    const char *text = NULL;
    for (int read = 0; read < REAPER_SLICE && (text = json_walk_next (&order->walk, &size));
         read++) {
        struct stui_cause cause;
        struct json *record = json_parse (text, size, &cause);
        if (record)
            choose_one (&choice, record);
        json_destroy (&record);
    }
    reaper_index_fini (&choice.index);
    return text != NULL;
}
