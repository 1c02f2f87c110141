/* model_sessions.c: see model_sessions.h. */

#include "ui/model_sessions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"

static void
session_fini (struct model_session *self)
{
    free (self->key);
    free (self->name);
    free (self->note);
    free (self->tags);
    free (self->reason);
}

void
model_sessions_fini (struct model_sessions *self)
{
    for (size_t at = 0; at < self->count; at++)
        session_fini (&self->items[at]);
    free (self->items);
    *self = (struct model_sessions){0};
}

/* ---- reading ---- */

/* Whether SESSION is that of ID in IMAGE, kept under KEY (NULL: not known). */
static bool
session_is (const struct model_session *session, const char *id, const char *image, const char *key)
{
    if (strcmp (session->id, id) != 0)
        return false;
    return key && session->key ? strcmp (session->key, key) == 0
                               : strcmp (session->image, image) == 0;
}

static struct model_session *
sessions_find (const struct model_sessions *self, const char *id, const char *image,
               const char *key)
{
    for (size_t at = 0; at < self->count; at++)
        if (session_is (&self->items[at], id, image, key))
            return &self->items[at];
    return NULL;
}

static void
text_set (char **text, const char *value)
{
    char *copy = value && *value ? stui_strdup (value) : NULL;
    free (*text);
    *text = copy;
}

/* "a, b"; NULL when there is none. Caller frees. */
static char *
tags_text (const struct json *tags)
{
    char *text = NULL;
    for (const struct json *tag = json_first (tags); tag; tag = json_next (tag)) {
        char *longer = stui_printf ("%s%s%s", text ? text : "", text ? ", " : "",
                                    json_text (tag) ? json_text (tag) : "?");
        free (text);
        text = longer;
    }
    return text;
}

/* What a record says of a session that no supervisor has told of: nothing of it is on an image. */
static enum stui_session_state
record_state (const struct json *record, enum stui_session_state said)
{
    bool lasting = said == STUI_SESSION_CLOSED || said == STUI_SESSION_ORPHANED
                   || said == STUI_SESSION_FAILED || said == STUI_SESSION_LOCKED;
    if (lasting)
        return said;
    return json_get_bool (record, "open", false) ? STUI_SESSION_PRESERVED : STUI_SESSION_STORED;
}

static enum stui_session_state
state_from_word (const char *word)
{
    for (int state = 0; word && state < STUI_SESSION_COUNT; state++)
        if (strcmp (stui_session_state_word ((enum stui_session_state) state), word) == 0)
            return (enum stui_session_state) state;
    return STUI_SESSION_STORED;
}

static void
session_take (struct model_session *self, const struct json *json, bool live)
{
    const char *image = json_get_text (json, "image"), *name = json_get_text (json, "name");
    const struct json *counts = json_get (json, "counts");
    enum stui_session_state state = state_from_word (json_get_text (json, "state"));
    snprintf (self->image, sizeof self->image, "%s", image ? image : "");
    text_set (&self->key, json_get_text (json, "image_id"));
    text_set (&self->name, name && *name                  ? name
                           : state == STUI_SESSION_LOCKED ? "(encrypted)"
                                                          : "(no name)");
    text_set (&self->note, json_get_text (json, "note"));
    char *tags = tags_text (json_get (json, "tags"));
    text_set (&self->tags, tags);
    free (tags);
    self->modified_ms = clock_parse (json_get_text (json, "last_modified"));
    self->bytes = json_get_number (json, "bytes", 0);
    self->evaluations = json_get_number (counts, "evaluations", 0);
    self->errors = json_get_number (counts, "errors", 0);
    if (!live && self->live)
        return; /* its supervisor knows better */
    self->live = live;
    self->state = live ? state : record_state (json, state);
    self->conflict = json_get_bool (json, "conflict", false);
    self->saved = json_get_bool (json, "saved", true);
    text_set (&self->reason, json_get_text (json, "reason"));
}

/* A new one of ID; NULL when that is none. */
static struct model_session *
sessions_add (struct model_sessions *self, const char *id)
{
    if (!id || strlen (id) != STUI_UUID_LEN)
        return NULL;
    stui_grow (&self->items, &self->capacity, self->count, sizeof *self->items);
    struct model_session *session = &self->items[self->count++];
    *session = (struct model_session){0};
    memcpy (session->id, id, sizeof session->id);
    return session;
}

static int
session_order (const void *one_p, const void *other_p)
{
    const struct model_session *one = one_p, *other = other_p;
    int by_image = strverscmp (one->image, other->image);
    bool closed = one->state == STUI_SESSION_CLOSED;
    if (by_image != 0)
        return by_image;
    if (closed != (other->state == STUI_SESSION_CLOSED))
        return closed ? 1 : -1;
    if (one->modified_ms != other->modified_ms)
        return one->modified_ms < other->modified_ms ? 1 : -1;
    int by_id = strcmp (one->id, other->id);
    return by_id != 0 || !one->key || !other->key ? by_id : strcmp (one->key, other->key);
}

static bool
session_matches (const struct model_session *session, const char *filter)
{
    const char *texts[] = {session->name,
                           session->image,
                           session->note,
                           session->tags,
                           session->reason,
                           session->id,
                           session->conflict ? "conflict"
                                             : stui_session_state_word (session->state)};
    for (size_t at = 0; at < sizeof texts / sizeof *texts; at++)
        if (texts[at] && strcasestr (texts[at], filter))
            return true;
    return false;
}

static bool
session_is_shown (const struct model_sessions *self, const struct model_session *session)
{
    return (!self->of[0] || strcmp (session->image, self->of) == 0)
           && (!self->filter[0] || session_matches (session, self->filter));
}

/* The session under the cursor, kept while the list changes. */
struct sessions_cursor {
    char id[STUI_UUID_LEN + 1], image[STUI_NAME_MAX + 1];
    char *key; /* owned; NULL */
};

/* Puts all in order; the cursor stays on the session of CURSOR, which is freed. */
static void
sessions_sort (struct model_sessions *self, struct sessions_cursor *cursor)
{
    size_t place = 0;
    if (self->count > 1)
        qsort (self->items, self->count, sizeof *self->items, session_order);
    for (size_t at = 0; at < self->count; at++) {
        if (session_is (&self->items[at], cursor->id, cursor->image, cursor->key))
            self->selected = place;
        place += session_is_shown (self, &self->items[at]);
    }
    model_sessions_select (self, self->selected);
    free (cursor->key);
}

static struct sessions_cursor
sessions_mark (const struct model_sessions *self)
{
    struct sessions_cursor cursor = {0};
    const struct model_session *session = model_sessions_selected (self);
    if (session) {
        memcpy (cursor.id, session->id, sizeof cursor.id);
        memcpy (cursor.image, session->image, sizeof cursor.image);
        text_set (&cursor.key, session->key);
    }
    return cursor;
}

static int
session_order_id (const void *one_p, const void *other_p)
{
    const struct model_session *one = one_p, *other = other_p;
    return strcmp (one->id, other->id);
}

/* The session ID of the store's record among those of BEFORE, which are in the order of their ids, and
 * were not taken yet; NULL. */
static struct model_session *
known_find (const struct model_sessions *before, const char *id, const struct json *record)
{
    const char *image = json_get_text (record, "image"), *key = json_get_text (record, "image_id");
    struct model_session wanted, *end = before->items + before->count;
    memcpy (wanted.id, id, sizeof wanted.id);
    struct model_session *one = before->count == 0
                                    ? NULL
                                    : bsearch (&wanted, before->items, before->count,
                                               sizeof *before->items, session_order_id);
    while (one && one > before->items && strcmp (one[-1].id, id) == 0)
        one--;
    for (; one && one < end && strcmp (one->id, id) == 0; one++)
        if (one->name && session_is (one, id, image ? image : "", key))
            return one;
    return NULL;
}

void
model_sessions_take_stored (struct model_sessions *self, const struct json *sessions)
{
    struct sessions_cursor cursor = sessions_mark (self);
    struct model_sessions before = *self;
    self->items = NULL;
    self->count = self->capacity = 0;
    if (before.count > 1)
        qsort (before.items, before.count, sizeof *before.items, session_order_id);
    for (const struct json *one = json_first (sessions); one; one = json_next (one)) {
        struct model_session *session = sessions_add (self, json_get_text (one, "session_id"));
        struct model_session *known = session ? known_find (&before, session->id, one) : NULL;
        if (known) {
            *session = *known;
            known->key = known->name = known->note = known->tags = known->reason = NULL; /* moved */
        }
        if (session)
            session_take (session, one, false);
    }
    for (size_t at = 0; at < before.count; at++)
        session_fini (&before.items[at]);
    free (before.items);
    self->listed = true;
    sessions_sort (self, &cursor);
}

void
model_sessions_store_unlisted (struct model_sessions *self, const struct model *model)
{
    for (size_t index = 0; model->listed && index < self->count; index++) {
        struct model_session *session = &self->items[index];
        if (model_find (model, session->image) || session->state == STUI_SESSION_CLOSED)
            continue;
        session->live = false;
        session->state = STUI_SESSION_STORED;
    }
}

void
model_sessions_take_live (struct model_sessions *self, const char *image,
                          const struct json *sessions)
{
    struct sessions_cursor cursor = sessions_mark (self);
    for (size_t at = 0; at < self->count; at++)
        if (strcmp (self->items[at].image, image) == 0)
            self->items[at].live = false;
    for (const struct json *one = json_first (sessions); one; one = json_next (one)) {
        const char *its = json_get_text (one, "session_id");
        const char *key = json_get_text (one, "image_id");
        struct model_session *session = its ? sessions_find (self, its, image, key) : NULL;
        session = session ? session : sessions_add (self, its);
        if (session)
            session_take (session, one, true);
    }
    sessions_sort (self, &cursor);
}

/* ---- what is shown ---- */

void
model_sessions_show (struct model_sessions *self, const char *image)
{
    struct sessions_cursor cursor = sessions_mark (self);
    snprintf (self->of, sizeof self->of, "%s", image);
    sessions_sort (self, &cursor);
}

void
model_sessions_set_filter (struct model_sessions *self, const char *filter)
{
    struct sessions_cursor cursor = sessions_mark (self);
    snprintf (self->filter, sizeof self->filter, "%s", filter);
    sessions_sort (self, &cursor);
}

size_t
model_sessions_count (const struct model_sessions *self)
{
    size_t count = 0;
    for (size_t at = 0; at < self->count; at++)
        count += session_is_shown (self, &self->items[at]);
    return count;
}

const struct model_session *
model_sessions_at (const struct model_sessions *self, size_t place)
{
    for (size_t at = 0; at < self->count; at++)
        if (session_is_shown (self, &self->items[at]) && place-- == 0)
            return &self->items[at];
    return NULL;
}

const struct model_session *
model_sessions_selected (const struct model_sessions *self)
{
    return model_sessions_at (self, self->selected);
}

void
model_sessions_select (struct model_sessions *self, size_t place)
{
    size_t count = model_sessions_count (self);
    self->selected = place < count ? place : count > 0 ? count - 1 : 0;
}

bool
model_sessions_select_id (struct model_sessions *self, const char *image, const char *id)
{
    size_t count = model_sessions_count (self);
    for (size_t place = 0; place < count; place++)
        if (session_is (model_sessions_at (self, place), id, image, NULL)) {
            self->selected = place;
            return true;
        }
    return false;
}

const struct model_session *
model_sessions_resume (const struct model_sessions *self, const char *image)
{
    const struct model_session *latest = NULL;
    for (const struct model_session *one = self->items; one < self->items + self->count; one++)
        if (one->state != STUI_SESSION_CLOSED && (!*image || strcmp (one->image, image) == 0)
            && (!latest || one->modified_ms > latest->modified_ms))
            latest = one;
    return latest;
}

/* ---- how a state looks ---- */

static const struct {
    const char *symbol;
    enum role role;
} looks[STUI_SESSION_COUNT] = {
    [STUI_SESSION_FRESH] = {"◌", ROLE_PENDING},     [STUI_SESSION_RESTORING] = {"◌", ROLE_PENDING},
    [STUI_SESSION_RESTORED] = {"●", ROLE_ONLINE},   [STUI_SESSION_MODIFIED] = {"◐", ROLE_ONLINE},
    [STUI_SESSION_PRESERVED] = {"○", ROLE_SUSPECT}, [STUI_SESSION_ORPHANED] = {"?", ROLE_WARNING},
    [STUI_SESSION_FAILED] = {"✗", ROLE_FAILED},     [STUI_SESSION_STORED] = {"·", ROLE_NORMAL},
    [STUI_SESSION_CLOSED] = {" ", ROLE_DISABLED},   [STUI_SESSION_LOCKED] = {"#", ROLE_WARNING},
};

enum role
model_session_role (const struct model_session *session)
{
    return session->conflict ? ROLE_ERROR : looks[session->state].role;
}

const char *
model_session_symbol (const struct model_session *session)
{
    return session->conflict ? "!" : looks[session->state].symbol;
}
