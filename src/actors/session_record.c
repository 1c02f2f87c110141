/* session_record.c: what is stored of a session, what of it can be taken in from an export, and
 * what others are shown. Part of sessions.h. Pure but for the heap. */

#include "actors/sessions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "runtime/json_scan.h"
#include "runtime/untagged.h"
#include "runtime/uuid.h"

/* ---- Name, note, tags, counts ------------------------------------------------------------------ */

static void
about_take_name (struct session *self, const struct json *name)
{
    session_text_replace (&self->name, json_text (name));
}

static void
about_take_note (struct session *self, const struct json *note)
{
    const char *text = json_text (note);
    session_text_replace (&self->note, text && *text ? text : NULL);
}

/* Each once, in their order. */
static void
about_take_tags (struct session *self, const struct json *tags)
{
    struct json *kept = json_array ();
    for (const struct json *tag = json_first (tags); tag; tag = json_next (tag)) {
        const struct json *same = json_first (kept);
        while (same && strcmp (json_text (same), json_text (tag)) != 0)
            same = json_next (same);
        if (!same)
            json_push (kept, json_copy (tag));
    }
    json_destroy (&self->tags);
    self->tags = kept;
    if (json_count (kept) == 0)
        json_destroy (&self->tags);
}

static int
about_check_tags (const struct json *tags, struct stui_cause *cause)
{
    if (!json_is_array (tags) || json_count (tags) > SESSION_TAGS_MAX)
        return stui_fail (cause, STUI_E_INVALID_REQUEST, "tags must be a list of at most %d texts",
                          SESSION_TAGS_MAX);
    size_t at = 0;
    for (const struct json *tag = json_first (tags); tag; tag = json_next (tag), at++) {
        const char *text = json_text (tag);
        if (!text || !*text || strlen (text) > SESSION_TAG_MAX)
            return stui_fail (cause, STUI_E_INVALID_REQUEST,
                              "tags[%zu] must be a text of 1 to %d bytes", at, SESSION_TAG_MAX);
    }
    return 0;
}

static int
about_check_name (const struct json *name, struct stui_cause *cause)
{
    const char *text = json_text (name);
    if (text && *text && strlen (text) <= SESSION_NAME_MAX)
        return 0;
    return stui_fail (cause, STUI_E_INVALID_REQUEST, "name must be a text of 1 to %d bytes",
                      SESSION_NAME_MAX);
}

static void
about_take_current (struct session *self, const struct json *current)
{
    self->current = json_is_true (current);
}

static int
about_check_current (const struct json *current, struct stui_cause *cause)
{
    return session_is_flag (current)
               ? 0
               : stui_fail (cause, STUI_E_INVALID_REQUEST, "current must be true or false");
}

static int
about_check_note (const struct json *note, struct stui_cause *cause)
{
    const char *text = json_text (note);
    if (json_is_null (note) || (text && strlen (text) <= SESSION_NOTE_MAX))
        return 0;
    return stui_fail (cause, STUI_E_INVALID_REQUEST, "note must be a text of at most %d bytes",
                      SESSION_NOTE_MAX);
}

/* The members that say what a session is, each with what it must be and how it is taken. */
static const struct {
    const char *key;
    int (*check) (const struct json *value, struct stui_cause *cause);
    void (*take) (struct session *self, const struct json *value);
} abouts[] = {
    {"name", about_check_name, about_take_name},
    {"note", about_check_note, about_take_note},
    {"tags", about_check_tags, about_take_tags},
    {"current", about_check_current, about_take_current},
};
enum { ABOUTS = sizeof abouts / sizeof *abouts };

static int
about_check (const struct json *about, struct stui_cause *cause)
{
    int err = 0;
    for (size_t at = 0; at < ABOUTS && !err; at++) {
        const struct json *value = json_get (about, abouts[at].key);
        err = value ? abouts[at].check (value, cause) : 0;
    }
    return err;
}

/* Takes what of ABOUT is as it must be. */
static void
about_take (struct session *self, const struct json *about)
{
    for (size_t at = 0; at < ABOUTS; at++) {
        const struct json *value = json_get (about, abouts[at].key);
        if (value && abouts[at].check (value, NULL) == 0)
            abouts[at].take (self, value);
    }
}

int
session_set_about (struct session *self, const struct json *about, int64_t now_ms,
                   struct stui_cause *cause)
{
    int err = about_check (about, cause);
    if (err)
        return err;
    about_take (self, about);
    session_touch (self, false, now_ms);
    self->save_now = true;
    return 0;
}

/* Note, tags and counts, as members of JSON. */
static void
about_to_json (const struct session *self, struct json *json)
{
    struct json *counts = json_object ();
    json_set_number (counts, "evaluations", self->evaluations);
    json_set_number (counts, "errors", self->errors);
    json_set_number (counts, "opened", self->opened);
    json_set_number (counts, "open_ms", self->open_ms);
    json_set (json, "counts", counts);
    if (self->terminal)
        json_set_bool (json, "terminal", true);
    if (self->note)
        json_set_text (json, "note", self->note);
    if (self->tags)
        json_set (json, "tags", json_copy (self->tags));
    if (self->current)
        json_set_bool (json, "current", true);
}

static void
counts_load (struct session *self, const struct json *counts)
{
    self->evaluations = json_get_number (counts, "evaluations", 0);
    self->errors = json_get_number (counts, "errors", 0);
    self->opened = json_get_number (counts, "opened", 0);
    self->open_ms = json_get_number (counts, "open_ms", 0);
}

/* ---- Records ----------------------------------------------------------------------------------- */

static enum stui_session_state
state_from_word (const char *word)
{
    enum stui_session_state state = stui_session_state_from_word (word);
    return state < STUI_SESSION_COUNT ? state : STUI_SESSION_STORED;
}

void
session_take_record (struct session *session, const struct json *record)
{
    const char *name = json_get_text (record, "name");
    session_text_replace (&session->name, name ? name : "");
    session->open = json_get_bool (record, "open", false);
    session->state = state_from_word (json_get_text (record, "state"));
    if (session->open && session->state != STUI_SESSION_ORPHANED)
        session->state = STUI_SESSION_PRESERVED;
    session->created_wall_ms = clock_parse (json_get_text (record, "created_at"));
    session->modified_wall_ms = clock_parse (json_get_text (record, "last_modified"));
    session->version = json_get_number (record, "version", 0);
    session_text_replace (&session->stamp, json_get_text (record, "stamp"));
    session_text_replace (&session->remote_id, json_get_text (record, "remote_id"));
    session->terminal = json_get_bool (record, "terminal", false);
    session->was_there = json_get_bool (record, "was_there", false);
    json_destroy (&session->adopted_from);
    if (json_is_object (json_get (record, "adopted_from")))
        session->adopted_from = json_copy (json_get (record, "adopted_from"));
    session->left_there = json_get_bool (record, "left_there", false);
    session->close_there = json_get_bool (record, "close_there", false);
    session->maybe_there =
        session->open || session->was_there || session->left_there || session->close_there;
    session->gave_place = json_get_bool (record, "gave_place", false);
    about_take (session, record); /* a name of before there was a limit stays as it is */
    session->current = json_is_true (json_get (record, "current"));
    counts_load (session, json_get (record, "counts"));
    session_variables_load (session, json_get (record, "variables"));
    session->generation = (uint64_t) json_get_number (record, "generation", 0);
    const struct json *context = json_get (record, "context");
    json_destroy (&session->context);
    session->context = json_is_object (context) ? json_copy (context) : json_object ();
    session->wished =
        session->change + 1; /* where it waits for the disk that may be somebody's work */
    /* What waits for the disk, because that takes nothing, is not called saved: it is saved anew. */
    bool waiting = json_get_bool (record, "waiting", false);
    session->change++;
    session->saved = waiting ? 0 : session->change;
    session->save_now = waiting;
    session->worked = session->base = 0;
    /* What the image has of it is asked, not believed. */
    session->told = json_get_bool (record, "told", false) ? session->change : 0;
    session_marks_load (session, json_get (record, "marks"));
    if (session->open && !session->told) /* a record is written before its state is told */
        session_marks_add (session, session->context);
}

static void
sessions_load_one (struct sessions *self, const struct json *record)
{
    const char *id = json_get_text (record, "session_id");
    if (!id || strlen (id) != STUI_UUID_LEN
        || state_from_word (json_get_text (record, "state")) == STUI_SESSION_LOCKED)
        return;
    struct session *session = sessions_find (self, id);
    if (!session)
        session_take_record (sessions_push (self, id, ""), record);
    else if (session->overtaken)
        session_read_anew (session, self, record);
}

/* Of those that are current the newest stays so; the others are saved as what they are now. */
static void
sessions_keep_current (struct sessions *self)
{
    struct session *newest = sessions_current (self);
    for (size_t index = 0; index < self->count; index++)
        if (self->items[index]->current
            && self->items[index]->modified_wall_ms > newest->modified_wall_ms)
            newest = self->items[index];
    for (size_t index = 0; index < self->count; index++) {
        struct session *session = self->items[index];
        if (!session->current || session == newest)
            continue;
        bool told = session->told == session->change;
        session->current = false;
        session->change++;
        session->told = told ? session->change : session->told;
        session->save_now = true;
    }
}

void
sessions_load (struct sessions *self, const char *key, const struct json *records)
{
    if (strcmp (self->key, key) != 0) { /* KEY may be the set's own */
        sessions_forget (self);
        snprintf (self->key, sizeof self->key, "%s", key);
    }
    for (const struct json *record = json_first (records); record; record = json_next (record))
        sessions_load_one (self, record);
    sessions_keep_current (self);
}

struct json *
session_save_begin (struct session *self, const char *image_key, const char *image)
{
    char created[CLOCK_TEXT_SIZE], modified[CLOCK_TEXT_SIZE];
    struct json *record = json_object ();
    json_set_text (record, "session_id", self->id);
    json_set_text (record, "image_id", image_key);
    json_set_text (record, "image", image);
    json_set_text (record, "name", self->name);
    json_set_text (record, "state", stui_session_state_word (self->state));
    json_set_bool (record, "open", self->open);
    json_set_text (record, "created_at", clock_format (self->created_wall_ms, created));
    json_set_text (record, "last_modified", clock_format (self->modified_wall_ms, modified));
    json_set_number (record, "version", self->version);
    if (self->stamp)
        json_set_text (record, "stamp", self->stamp);
    if (self->remote_id)
        json_set_text (record, "remote_id", self->remote_id);
    if (self->adopted_from)
        json_set (record, "adopted_from", json_copy (self->adopted_from));
    json_set_bool (record, "was_there", self->was_there);
    json_set_bool (record, "close_there", self->close_there);
    if (self->left_there)
        json_set_bool (record, "left_there", true);
    if (self->gave_place)
        json_set_bool (record, "gave_place", true);
    json_set_bool (record, "told", self->told == self->change);
    json_set (record, "marks", session_marks_to_json (self));
    about_to_json (self, record);
    if (self->variables && session_variables_fit (self))
        json_set (record, "variables", json_copy (self->variables));
    char work[17];
    snprintf (work, sizeof work, "%016llx", (unsigned long long) session_work_mark (self->context));
    json_set_text (record, "work", work);
    json_set (record, "context", json_copy (self->context));
    self->saving = self->change;
    self->saving_state = session_context_mark (self->context);
    self->save_now = false;
    return record;
}

struct json *
session_save_about (const struct session *self)
{
    struct json *about = json_object ();
    char text[17];
    snprintf (text, sizeof text, "%016llx",
              (unsigned long long) (self->base ? self->base : self->saving_state));
    json_set_text (about, "base", text);
    snprintf (text, sizeof text, "%016llx", (unsigned long long) self->saving_state);
    json_set_text (about, "state", text);
    return about;
}

/* ---- Imports ----------------------------------------------------------------------------------- */

/* The moment that MEMBER of EXPORTED names, NOW_MS when it names none; false when that is no time. */
static bool
import_moment (const struct json *exported, const char *member, int64_t now_ms, int64_t *wall_ms)
{
    const struct json *value = json_get (exported, member);
    *wall_ms = value ? clock_parse (json_text (value)) : now_ms;
    return !value || (json_is_string (value) && *wall_ms >= 0);
}

/* Whether CONTEXT can be read again from within what the store keeps and answers. */
static bool
context_is_flat (const struct json *context)
{
    char *text = json_print (context);
    int depth = json_scan_depth (text, strlen (text), NULL);
    free (text);
    return depth >= 0 && depth <= SESSION_DEPTH_MAX;
}

/* What is wrong with EXPORTED, its context and its variables apart. */
static int
import_check_frame (const struct json *exported, struct stui_cause *cause)
{
    int64_t moment_ms;
    static const char *const numbers[] = {"evaluations", "errors", "opened", "open_ms"};
    const struct json *id = json_get (exported, "session_id");
    const struct json *context = json_get (exported, "context");
    const struct json *counts = json_get (exported, "counts");
    if (!json_is_object (exported))
        return stui_fail (cause, STUI_E_INVALID_REQUEST, "a session must be an object");
    if (id && (!json_text (id) || !uuid_is_valid (json_text (id))))
        return stui_fail (cause, STUI_E_INVALID_REQUEST, "session_id must be a UUID");
    if (!json_get (exported, "name"))
        return stui_fail (cause, STUI_E_INVALID_REQUEST, "name is missing");
    if (!json_is_object (context))
        return stui_fail (cause, STUI_E_INVALID_REQUEST, "context must be an object");
    if (json_size (context) > SESSION_CONTEXT_MAX)
        return stui_fail (cause, STUI_E_TOO_LARGE, "context has %zu bytes, a session may have %d",
                          json_size (context), STUI_SESSION_MAX);
    if (!context_is_flat (context))
        return stui_fail (cause, STUI_E_TOO_LARGE,
                          "context is nested deeper than the %d levels that a session may have",
                          SESSION_DEPTH_MAX);
    if (counts && !json_is_object (counts))
        return stui_fail (cause, STUI_E_INVALID_REQUEST, "counts must be an object");
    for (size_t at = 0; at < sizeof numbers / sizeof *numbers; at++)
        if (json_get_number (counts, numbers[at], json_get (counts, numbers[at]) ? -1 : 0) < 0)
            return stui_fail (cause, STUI_E_INVALID_REQUEST,
                              "counts.%s must be a number of 0 or more", numbers[at]);
    if (!import_moment (exported, "created_at", 0, &moment_ms)
        || !import_moment (exported, "last_modified", 0, &moment_ms))
        return stui_fail (
            cause, STUI_E_INVALID_REQUEST,
            "created_at and last_modified must be times like 2026-01-31T10:30:00.123Z");
    return about_check (exported, cause);
}

int
session_import_check (const struct json *exported, struct stui_cause *cause)
{
    int err = import_check_frame (exported, cause);
    const struct json *variables = json_get (exported, "variables");
    if (!err)
        err = session_context_check (json_get (exported, "context"), cause);
    if (!err && variables)
        err = session_variables_check_beside (variables, json_get (exported, "context"), cause);
    return err;
}

int
session_left_check (const struct json *exported, struct stui_cause *cause)
{
    int err = import_check_frame (exported, cause);
    return err ? err : session_context_check_left (json_get (exported, "context"), cause);
}

struct session *
sessions_same (struct sessions *self, const struct json *exported)
{
    const char *id = json_get_text (exported, "session_id");
    struct session *there = id ? sessions_find (self, id) : NULL;
    if (!there || strcmp (there->name, json_get_text (exported, "name")) != 0)
        return NULL;
    struct json *ours = context_untagged (there->context);
    struct json *theirs = context_untagged (json_get (exported, "context"));
    bool same = json_equal (ours, theirs);
    json_destroy (&ours);
    json_destroy (&theirs);
    return same ? there : NULL;
}

struct session *
sessions_import (struct sessions *self, const struct json *exported, const char *fresh_id,
                 int64_t now_ms, int64_t wall_ms)
{
    const char *id = json_get_text (exported, "session_id");
    const char *name = json_get_text (exported, "name");
    struct session *same = sessions_same (self, exported);
    if (same)
        return same;
    bool is_free = id && !sessions_find (self, id);
    struct session *session = sessions_push (self, is_free ? id : fresh_id, name);
    session->state = STUI_SESSION_STORED;
    import_moment (exported, "created_at", wall_ms, &session->created_wall_ms);
    import_moment (exported, "last_modified", wall_ms, &session->modified_wall_ms);
    session->context = context_untagged (json_get (exported, "context"));
    session_set_about (session, exported, now_ms, NULL);
    session->current = false; /* which one that is here is chosen here */
    counts_load (session, json_get (exported, "counts"));
    session_variables_load (session, json_get (exported, "variables"));
    session_touch (session, true, now_ms);
    return session;
}

/* ---- As others see it -------------------------------------------------------------------------- */

struct json *
session_to_json (const struct session *self, const struct sessions *set, const char *image,
                 bool context)
{
    char created[CLOCK_TEXT_SIZE], modified[CLOCK_TEXT_SIZE];
    struct json *json = json_object ();
    json_set_text (json, "session_id", self->id);
    json_set_text (json, "image", image);
    json_set_text (json, "image_id", set->key[0] ? set->key : NULL);
    json_set_text (json, "name", self->name);
    json_set_text (json, "state",
                   stui_session_state_word (self->refused ? STUI_SESSION_FAILED : self->state));
    json_set_text (json, "reason", self->reason[0] ? self->reason : NULL);
    json_set_bool (json, "saved", self->saved == self->change);
    json_set_bool (json, "conflict", self->conflict);
    json_set_text (json, "created_at", clock_format (self->created_wall_ms, created));
    json_set_text (json, "last_modified", clock_format (self->modified_wall_ms, modified));
    json_set_number (json, "version", self->version);
    json_set_number (json, "evaluations", self->evaluations);
    json_set_number (json, "errors", self->errors);
    json_set_number (json, "bytes", (int64_t) json_size (self->context));
    json_set_number (json, "change", (int64_t) self->change);
    about_to_json (self, json);
    json_set_text (json, "holder", self->holder[0] ? self->holder : NULL);
    if (self->wanted_by[0])
        json_set_bool (json, "wanted", true);
    if (self->closed_by[0] && self->state == STUI_SESSION_CLOSED)
        json_set_text (json, "closed_by", self->closed_by);
    if (context && self->theirs)
        json_set (json, "theirs", json_copy (self->theirs));
    if (context && self->variables && session_variables_fit (self)) /* as a start finds it */
        json_set (json, "variables", json_copy (self->variables));
    if (context)
        json_set (json, "context", json_copy (self->context));
    return json;
}
