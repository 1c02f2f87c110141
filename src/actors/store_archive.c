/* store_archive.c: see store_archive.h. The ledger is told after the batch, as after any other; a
 * deletion is told it before, so that no export brings back what went on purpose. */

#include "actors/store_archive.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/keys.h"
#include "actors/migrate.h"
#include "actors/records.h"
#include "actors/store_index.h"
#include "actors/store_input.h"
#include "actors/store_repair.h"
#include "actors/store_vault.h"
#include "runtime/alloc.h"
#include "runtime/json.h"

/* Both places of a session. */
struct place {
    char subject[KEYS_SIZE]; /* session/IMAGE/SESSION/ */
    char archive[KEYS_SIZE];
    const struct store_index_entry *entry; /* its generations outside of the archive; NULL: none */
};

static int
place_find (struct place *self, struct store_db *db, const char *image, const char *session,
            struct stui_cause *cause)
{
    self->entry = NULL;
    int err = store_db_closed (db, cause);
    if (!err)
        err = keys_session_prefix (self->subject, image, session, cause);
    if (!err)
        err = keys_archive (self->archive, image, session, cause);
    if (!err)
        err = store_index_find (db, self->subject, &self->entry, cause);
    return err;
}

static int
archive_write (struct store_db *db, const struct engine_change *changes, size_t count,
               struct stui_cause *cause)
{
    int err = db->functions->write (db->engine, changes, count, cause);
    if (!err && store_db_is_lost (db))
        err = stui_fail (cause, STUI_E_STORAGE, "the directory %.180s is gone", db->path);
    return err;
}

/* The deletions of all generations at PLACE; KEYS holds their keys. How many. */
static size_t
place_leave (const struct place *place, char keys[RECORDS_GENERATIONS][KEYS_SIZE + 16],
             struct engine_change changes[RECORDS_GENERATIONS])
{
    for (size_t index = 0; index < place->entry->count; index++) {
        snprintf (keys[index], KEYS_SIZE + 16, "%s%016" PRIx64, place->subject,
                  place->entry->generations[index]);
        changes[index] = (struct engine_change){keys[index], NULL, 0};
    }
    return place->entry->count;
}

/* Whether SESSION is at PLACE as GENERATION, and nothing newer of it is WAITING. 0, or an error with
 * CAUSE. */
static int
place_check (const struct place *place, const struct store_policy *waiting, const char *session,
             uint64_t generation, struct stui_cause *cause)
{
    size_t count = place->entry ? place->entry->count : 0;
    if (count == 0)
        return stui_fail (cause, STUI_E_NOT_FOUND, "there is no session %.64s any more", session);
    if (store_policy_find (waiting, place->subject)
        || place->entry->generations[count - 1] != generation)
        return stui_fail (cause, STUI_E_INVALID_REQUEST, "it has been changed meanwhile");
    return 0;
}

/* A record that was read, and opened if it was sealed. Zeroed: none. */
struct reading {
    char *value, *plain;  /* owned */
    struct record record; /* in one of them */
};

static void
reading_fini (struct reading *self)
{
    free (self->value);
    crypt_free (&self->plain);
    *self = (struct reading){0};
}

/* The record under KEY, whole. */
static int
archive_read (struct store_db *db, const char *key, struct reading *reading,
              struct stui_cause *cause)
{
    struct record *record = &reading->record;
    char **value = &reading->value;
    size_t size;
    int err = db->functions->get (db->engine, key, value, &size, cause);
    if (err)
        return err;
    enum records_verdict verdict = records_decode (key, *value, size, record);
    if (verdict == RECORDS_GOOD)
        err = store_vault_open_record (db, key, record, &reading->plain, cause);
    if (err == STUI_E_LOCKED)
        return err;
    if (verdict == RECORDS_GOOD && !err && record->body_size > 2 && record->body[0] == '{')
        return 0;
    if (verdict != RECORDS_NEWER)
        store_db_set_aside (db, key, *value, size);
    return stui_fail (cause, verdict == RECORDS_NEWER ? STUI_E_UNSUPPORTED : STUI_E_MALFORMED,
                      verdict == RECORDS_NEWER ? "%s was written by a newer stui: start that one"
                                               : "the record %s is damaged and was set aside",
                      key);
}

/* ---- There ------------------------------------------------------------------------------- */

/* The body in the archive: ABOUT and the time before the members of RECORD, which stay as they are.
 * Caller frees. */
static char *
archived_body (const struct record *record, const struct json *about, int64_t wall_ms)
{
    struct json *archived = json_copy (about);
    json_set_number (archived, "at_ms", wall_ms);
    char *text = json_print (archived);
    char *body =
        stui_printf ("{\"archived\":%s,%.*s", text, (int) record->body_size - 1, record->body + 1);
    free (text);
    json_destroy (&archived);
    return body;
}

static int
archive_move (struct store_db *db, const struct place *place, const struct record *record,
              const struct json *about, int64_t wall_ms, struct stui_cause *cause)
{
    struct engine_change changes[RECORDS_GENERATIONS + 1];
    char keys[RECORDS_GENERATIONS][KEYS_SIZE + 16];
    size_t size;
    char *body = archived_body (record, about, wall_ms);
    char *value = store_vault_encode (db, place->archive, body, db->vault.encrypts_sessions,
                                      record->generation, wall_ms, &size);
    changes[0] = (struct engine_change){place->archive, value, size};
    size_t count = place_leave (place, keys, changes + 1);
    int err = archive_write (db, changes, count + 1, cause);
    free (value);
    free (body);
    return err;
}

int
store_archive_put (struct store_db *db, const struct store_policy *waiting, const char *image,
                   const char *session, uint64_t generation, const struct json *about,
                   int64_t wall_ms, struct stui_cause *cause)
{
    struct place place;
    struct reading reading = {0};
    char key[KEYS_SIZE + 16];
    int err = place_find (&place, db, image, session, cause);
    if (!err)
        err = place_check (&place, waiting, session, generation, cause);
    if (err)
        return err;
    snprintf (key, sizeof key, "%s%016" PRIx64, place.subject, generation);
    err = archive_read (db, key, &reading, cause);
    if (!err)
        err = store_vault_check_sessions (db, wall_ms, cause);
    if (!err)
        err = archive_move (db, &place, &reading.record, about, wall_ms, cause);
    reading_fini (&reading);
    if (err)
        return err;
    zhashx_delete (db->sessions, place.subject);
    store_ledger_note (&db->ledger, place.subject, 0);
    store_ledger_note (&db->ledger, place.archive, generation);
    store_ledger_write (&db->ledger);
    db->commits++;
    return 0;
}

/* ---- What is there ----------------------------------------------------------------------- */

struct list {
    struct store_db *db;
    struct json *sessions; /* owned: the result so far */
    int err;               /* LOCKED: one cannot be read now, and why */
    struct stui_cause *cause;
};

static bool
list_visit (void *context, const char *bytes, size_t size, const char *value, size_t value_size)
{
    struct list *self = context;
    struct keys_key parts;
    struct record record;
    char key[KEYS_SIZE];
    if (keys_parse (bytes, size, &parts) < 0)
        return true; /* not ours */
    snprintf (key, sizeof key, "%.*s", (int) size, bytes);
    enum records_verdict verdict = records_decode (key, value, value_size, &record);
    if (verdict == RECORDS_DAMAGED)
        store_db_set_aside (self->db, key, value, value_size);
    if (verdict != RECORDS_GOOD)
        return true;
    char *plain;
    int err = store_vault_open_record (self->db, key, &record, &plain, self->cause);
    if (err == STUI_E_LOCKED)
        self->err = err;
    struct json *session = err ? NULL : store_db_summary (record.body, record.body_size);
    if (!err && !session)
        session = migrate_body (KEYS_KIND_ARCHIVE, &record);
    crypt_free (&plain);
    if (!session)
        return !self->err;
    json_set (session, "context", NULL);
    json_set_text (session, "image_id", parts.image);
    json_set_text (session, "session_id", parts.session);
    json_set_number (session, "bytes", (int64_t) value_size);
    json_push (self->sessions, session);
    return true;
}

/* Those that are outside of the archive too. Not while it is scanned: to look there is a scan. */
static struct json *
list_mark (struct store_db *db, const struct json *sessions)
{
    struct json *marked = json_array ();
    for (const struct json *one = json_first (sessions); one; one = json_next (one)) {
        struct json *session = json_copy (one);
        struct place place;
        if (place_find (&place, db, json_get_text (one, "image_id"),
                        json_get_text (one, "session_id"), NULL)
                == 0
            && place.entry)
            json_set_bool (session, "live", true);
        json_push (marked, session);
    }
    return marked;
}

int
store_archive_list (struct store_db *db, int64_t wall_ms, struct json **result,
                    struct stui_cause *cause)
{
    struct list list = {.db = db, .sessions = json_array (), .cause = cause};
    int err = store_db_closed (db, cause);
    if (!err && store_repair_check (db, KEYS_ARCHIVE, wall_ms, cause) < 0)
        err = cause ? cause->err : STUI_E_STORAGE;
    if (!err)
        err = db->functions->scan (db->engine, KEYS_ARCHIVE, NULL, list_visit, &list, cause);
    err = err ? err : list.err;
    if (!err) {
        *result = json_object ();
        json_set (*result, "sessions", list_mark (db, list.sessions));
    }
    json_destroy (&list.sessions);
    return err;
}

/* ---- And back ---------------------------------------------------------------------------- */

/* Where a session goes: its body is made of RECORD, of KIND. */
struct arrival {
    const struct place *place;
    const struct record *record;
    enum keys_kind kind;
    const char *session, *image; /* image: its new IMAGE key; NULL: as it was */
    const struct json *about;    /* of its new image; see store_archive_carry */
    const char *leaves;          /* the subject where it was, for the ledger */
};

/* The body there: not open, not known to be gone from its image, and not the current session: another may
 * have been chosen meanwhile. Caller frees; NULL with CAUSE. */
static char *
arrival_body (const struct arrival *self, struct stui_cause *cause)
{
    struct json *body = migrate_body (self->kind, self->record);
    bool was_open = json_get_bool (body, "open", false);
    const struct json *from = json_get (self->about, "from");
    json_set (body, "archived", NULL);
    json_set (body, "current", NULL);
    json_set_text (body, "state", stui_session_state_word (STUI_SESSION_STORED));
    json_set_bool (body, "open", false);
    bool same = !self->image || json_get_bool (self->about, "same", false);
    if (!same)
        json_set (body, "left_there", NULL); /* the other image has never had it */
    else if (was_open)                       /* a create may have been on its way when it went */
        json_set_bool (body, "left_there", true);
    if (self->image) {
        json_set_text (body, "image_id", self->image);
        json_set_text (body, "image", json_get_text (self->about, "image"));
        json_set (body, "adopted_from", json_is_object (from) ? json_copy (from) : NULL);
    }
    json_set (body, "context", json_take (body, "context")); /* the last member */
    char *text = json_print (body), *checked = store_input_session (text, self->session, cause);
    free (text);
    json_destroy (&body);
    return checked;
}

/* Writes it there, under a generation that no state of it had, in one batch with the LEAVING ones; then
 * index and ledger. *RESULT {session}, owned by the caller. */
static int
arrival_write (struct store_db *db, const struct arrival *self, const struct engine_change *leaving,
               size_t count, int64_t wall_ms, struct json **result, struct stui_cause *cause)
{
    const char *subject = self->place->subject;
    const struct store_ledger_entry *known = store_ledger_find (&db->ledger, subject);
    uint64_t generation = self->record->generation;
    generation = (known && known->highest > generation ? known->highest : generation) + 1;
    struct engine_change changes[RECORDS_GENERATIONS + 1];
    char key[KEYS_SIZE + 16];
    size_t size;
    char *body = arrival_body (self, cause);
    if (!body)
        return cause->err;
    snprintf (key, sizeof key, "%s%016" PRIx64, subject, generation);
    char *value =
        store_vault_encode (db, key, body, db->vault.encrypts_sessions, generation, wall_ms, &size);
    changes[0] = (struct engine_change){key, value, size};
    memcpy (changes + 1, leaving, count * sizeof *leaving);
    int err = archive_write (db, changes, count + 1, cause);
    free (value);
    if (!err) {
        store_index_add (db, subject, generation);
        store_ledger_note (&db->ledger, self->leaves, 0);
        store_ledger_note (&db->ledger, subject, generation);
        store_ledger_write (&db->ledger);
        db->commits++;
        struct json *session = json_parse_text (body);
        json_set_number (session, "generation", (int64_t) generation);
        *result = json_object ();
        json_set (*result, "session", session);
    }
    free (body);
    return err;
}

int
store_archive_back (struct store_db *db, const struct store_policy *waiting, const char *image,
                    const char *session, int64_t wall_ms, struct json **result,
                    struct stui_cause *cause)
{
    struct place place;
    struct reading reading = {0};
    int err = place_find (&place, db, image, session, cause);
    if (err)
        return err;
    if (place.entry || store_policy_find (waiting, place.subject))
        return stui_fail (cause, STUI_E_EXISTS, "session %.64s is there already", session);
    err = archive_read (db, place.archive, &reading, cause);
    if (err == STUI_E_NOT_FOUND)
        return stui_fail (cause, err, "session %.64s is not in the archive", session);
    if (!err)
        err = store_vault_check_sessions (db, wall_ms, cause);
    if (!err)
        err = arrival_write (db,
                             &(struct arrival){.place = &place,
                                               .record = &reading.record,
                                               .kind = KEYS_KIND_ARCHIVE,
                                               .session = session,
                                               .leaves = place.archive},
                             &(struct engine_change){place.archive, NULL, 0}, 1, wall_ms, result,
                             cause);
    reading_fini (&reading);
    return err;
}

int
store_archive_drop (struct store_db *db, const char *image, const char *session,
                    struct stui_cause *cause)
{
    struct place place;
    int err = place_find (&place, db, image, session, cause);
    if (err)
        return err;
    const struct store_ledger_entry *known = store_ledger_find (&db->ledger, place.archive);
    uint64_t present = known ? known->present : 0;
    store_ledger_note (&db->ledger, place.archive, 0);
    store_ledger_write (&db->ledger);
    err = archive_write (db, &(struct engine_change){place.archive, NULL, 0}, 1, cause);
    if (err && present > 0) { /* it is there still, and would be missed */
        store_ledger_note (&db->ledger, place.archive, present);
        store_ledger_write (&db->ledger);
    }
    db->commits++;
    return err;
}

/* ---- From one image to another --------------------------------------------------------------- */

/* The ledger is told first, as of a deletion: the state that is left behind is not missed, and no
 * export brings it back. */
static int
archive_carry (struct store_db *db, const struct place *from, const struct arrival *arrival,
               int64_t wall_ms, struct json **result, struct stui_cause *cause)
{
    char keys[RECORDS_GENERATIONS][KEYS_SIZE + 16];
    struct engine_change leaving[RECORDS_GENERATIONS];
    size_t count = place_leave (from, keys, leaving);
    store_ledger_note (&db->ledger, from->subject, 0);
    store_ledger_write (&db->ledger);
    int err = arrival_write (db, arrival, leaving, count, wall_ms, result, cause);
    if (err) {
        store_ledger_note (&db->ledger, from->subject, arrival->record->generation);
        store_ledger_write (&db->ledger);
    }
    else
        zhashx_delete (db->sessions, from->subject);
    return err;
}

int
store_archive_carry (struct store_db *db, const struct store_policy *waiting,
                     const struct store_archive_way *way, int64_t wall_ms, struct json **result,
                     struct stui_cause *cause)
{
    struct place from, to;
    struct store_index_entry entry;
    struct reading reading = {0};
    char key[KEYS_SIZE + 16];
    int err = place_find (&from, db, way->from, way->session, cause);
    if (!err)
        err = place_check (&from, waiting, way->session, way->generation, cause);
    if (err)
        return err;
    entry = *from.entry; /* before another one is looked for */
    from.entry = &entry;
    err = place_find (&to, db, way->to, way->session, cause);
    if (!err && (to.entry || store_policy_find (waiting, to.subject)))
        err = stui_fail (cause, STUI_E_EXISTS, "that image has a session %.64s already",
                         way->session);
    snprintf (key, sizeof key, "%s%016" PRIx64, from.subject, way->generation);
    if (!err)
        err = archive_read (db, key, &reading, cause);
    if (!err)
        err = store_vault_check_sessions (db, wall_ms, cause);
    if (!err)
        err = archive_carry (db, &from,
                             &(struct arrival){.place = &to,
                                               .record = &reading.record,
                                               .kind = KEYS_KIND_SESSION,
                                               .session = way->session,
                                               .image = way->to,
                                               .about = way->about,
                                               .leaves = from.subject},
                             wall_ms, result, cause);
    reading_fini (&reading);
    return err;
}
