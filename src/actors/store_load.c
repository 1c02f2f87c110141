/* store_load.c: sessions and events read from the database (store_db.h), each record checked.
 *
 * Sessions come from one scan. The generations of a session follow each other, the newest
 * last, so a session is judged when the key after its last one is met. */

#include "actors/store_db.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "actors/keys.h"
#include "actors/migrate.h"
#include "actors/records.h"
#include "actors/store_index.h"
#include "actors/store_repair.h"
#include "actors/store_vault.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "runtime/json_scan.h"
#include "runtime/log.h"

/* A scan over sessions on its way. */
struct gather {
    struct store_db *db;
    const struct store_policy *waiting;
    bool contexts; /* wanted */
    char *text; /* owned: the answer so far: its beginning and the sessions, with commas between */
    size_t size, capacity;
    size_t damaged;
    size_t locked; /* sessions whose newest state is encrypted, and its key is not here */
    struct stui_cause reason;                                 /* why not, of the last one */
    char image[KEYS_IMAGE_MAX + 1], name[KEYS_IMAGE_MAX + 1]; /* of the last one, and its name */
    char subject[KEYS_SIZE]; /* of the session whose generations come; "" before the first */
    struct records_candidate candidates[RECORDS_GENERATIONS]; /* bytes owned */
    size_t count;
};

static const char context_mark[] = ",\"context\":{";

/* How many bytes the context in BODY has, which is what users are told of a session that is open as
 * well; all of BODY when it is not as store.c puts it there. */
static size_t
context_bytes (const char *body, size_t body_size)
{
    const char *mark = memmem (body, body_size, context_mark, sizeof context_mark - 1);
    size_t before = mark ? (size_t) (mark - body) + sizeof context_mark - 2 : 0;
    return mark ? body_size - before - 1 : body_size; /* 1: the record's own bracket */
}

struct json *
store_db_summary (const char *body, size_t body_size)
{
    const char *context = memmem (body, body_size, context_mark, sizeof context_mark - 1);
    if (!context)
        return NULL;
    size_t size = (size_t) (context - body);
    char *text = stui_memdup (body, size + 1);
    text[size] = '}';
    struct json *summary = json_parse (text, size + 1, NULL);
    free (text);
    return summary;
}

static void
gather_add (struct gather *self, const char *bytes, size_t size)
{
    if (self->size + size > self->capacity) {
        self->capacity = 2 * (self->size + size);
        self->text = stui_realloc (self->text, self->capacity);
    }
    memcpy (self->text + self->size, bytes, size);
    self->size += size;
}

static const char gather_begin[] = "{\"sessions\":[";

/* Before each session but the first. */
static void
gather_add_comma (struct gather *self)
{
    gather_add (self, ",", self->size > sizeof gather_begin - 1);
}

static void
gather_add_json (struct gather *self, struct json **session)
{
    char *text = json_print (*session);
    gather_add_comma (self);
    gather_add (self, text, strlen (text));
    free (text);
    json_destroy (session);
}

/* Adds a session with BODY to the result as it stands, without its context unless that is wanted. False,
 * and nothing is added, when only its tree can tell what is to be shown: it is of an older schema, has
 * one of our members already, or is damaged. */
static bool
gather_push_text (struct gather *self, const char *body, size_t body_size, int64_t schema,
                  uint64_t generation, bool waiting)
{
    const char *context = memmem (body, body_size, context_mark, sizeof context_mark - 1);
    size_t before = self->size, size = body_size - 1;
    char more[96];
    if (schema < RECORDS_SCHEMA || !context || body[body_size - 1] != '}')
        return false;
    if (!self->contexts)
        size = (size_t) (context - body);
    int more_size =
        snprintf (more, sizeof more, ",\"generation\":%" PRIu64 ",\"bytes\":%zu%s}", generation,
                  context_bytes (body, body_size), waiting ? ",\"waiting\":true" : "");
    gather_add_comma (self);
    size_t start = self->size;
    gather_add (self, body, size);
    gather_add (self, more, (size_t) more_size);
    if (json_scan (self->text + start, self->size - start, NULL) == 0)
        return true;
    self->size = before;
    return false;
}

/* Adds a session with BODY to the result, as `waiting` when that is not on the disk yet; false when
 * BODY is no object. */
static bool
gather_push (struct gather *self, const char *body, size_t body_size, int64_t schema,
             uint64_t generation, bool waiting)
{
    if (gather_push_text (self, body, body_size, schema, generation, waiting))
        return true;
    struct json *session = self->contexts ? NULL : store_db_summary (body, body_size);
    if (!session)
        session = json_parse (body, body_size, NULL);
    if (!json_is_object (session)) {
        json_destroy (&session);
        return false;
    }
    migrate_json (KEYS_KIND_SESSION, schema, session);
    if (!self->contexts)
        json_set (session, "context", NULL);
    json_set_number (session, "generation", (int64_t) generation);
    json_set_number (session, "bytes", (int64_t) context_bytes (body, body_size));
    if (waiting)
        json_set_bool (session, "waiting", true);
    gather_add_json (self, &session);
    return true;
}

static void
gather_set_aside (struct gather *self, const struct records_candidate *candidate)
{
    char key[KEYS_SIZE + 16];
    snprintf (key, sizeof key, "%s%016" PRIx64, self->subject, candidate->generation);
    self->damaged++;
    store_db_set_aside (self->db, key, candidate->bytes, candidate->size);
}

/* Takes candidate INDEX out: the others close up. */
static void
gather_drop (struct gather *self, size_t index)
{
    free ((void *) self->candidates[index].bytes);
    self->count--;
    memmove (self->candidates + index, self->candidates + index + 1,
             (self->count - index) * sizeof *self->candidates);
}

/* Adds a session that does not open: that it is there, and what can be seen of it from outside. */
static void
gather_push_locked (struct gather *self, const char *key, const struct record *record, size_t bytes)
{
    char written[CLOCK_TEXT_SIZE];
    struct keys_key parts;
    struct json *session = json_object ();
    keys_parse (key, strlen (key), &parts);
    if (strcmp (self->image, parts.image) != 0)
        store_index_image_name (self->db, parts.image, self->name);
    snprintf (self->image, sizeof self->image, "%s", parts.image);
    json_set_text (session, "session_id", parts.session);
    json_set_text (session, "image_id", parts.image);
    json_set_text (session, "image", self->name[0] ? self->name : NULL);
    json_set_text (session, "state", stui_session_state_word (STUI_SESSION_LOCKED));
    json_set_text (session, "reason", self->reason.text);
    json_set_text (session, "last_modified", clock_format (record->written_at_ms, written));
    json_set_number (session, "generation", (int64_t) record->generation);
    json_set_number (session, "bytes", (int64_t) bytes);
    gather_add_json (self, &session);
}

/* Adds the session that RECORD of candidate INDEX holds. 0, or why it cannot be shown. */
static int
gather_push_record (struct gather *self, size_t index, struct record *record)
{
    char key[KEYS_SIZE + 16], *plain;
    snprintf (key, sizeof key, "%s%016" PRIx64, self->subject, self->candidates[index].generation);
    struct stui_cause cause = {0};
    int err = store_vault_open_record (self->db, key, record, &plain, &cause);
    if (err == STUI_E_LOCKED) {
        self->locked++;
        self->reason = cause;
        gather_push_locked (self, key, record, self->candidates[index].size);
    }
    else if (!err
             && !gather_push (self, record->body, record->body_size, record->schema,
                              record->generation, false))
        err = STUI_E_MALFORMED;
    crypt_free (&plain);
    return err;
}

/* Judges the session whose generations were met. A whole record whose body is no object is
 * damaged as well, so this goes on until one is good or none is left. */
static void
gather_finish (struct gather *self)
{
    enum records_verdict verdicts[RECORDS_GENERATIONS];
    struct record record;
    bool pushed = false, locked = false;
    while (self->count > 0 && !pushed && !locked) {
        int best = records_choose (self->subject, self->candidates, self->count, verdicts, &record);
        const struct store_write *write = store_policy_find (self->waiting, self->subject);
        if (best >= 0) {
            int err = 0;
            if (!write)
                err = gather_push_record (self, (size_t) best, &record);
            else if (!gather_push (self, write->body, write->bytes, RECORDS_SCHEMA,
                                   record.generation, true))
                err = STUI_E_MALFORMED;
            pushed = !err;
            locked = err == STUI_E_LOCKED;
            if (err == STUI_E_MALFORMED)
                verdicts[best] = RECORDS_DAMAGED;
        }
        for (size_t index = self->count; index-- > 0;)
            if (verdicts[index] == RECORDS_DAMAGED) {
                gather_set_aside (self, &self->candidates[index]);
                gather_drop (self, index);
            }
        if (best < 0)
            break;
    }
    if (!pushed && !locked && self->count > 0)
        log_warn ("store", "all of %s was written by a newer stui and is left alone",
                  self->subject);
    while (self->count > 0)
        gather_drop (self, self->count - 1);
}

static bool
gather_visit (void *context, const char *bytes, size_t size, const char *value, size_t value_size)
{
    struct gather *self = context;
    struct keys_key key;
    char subject[KEYS_SIZE];
    if (!store_index_subject (bytes, size, &key, subject))
        return true; /* not ours */
    if (strcmp (subject, self->subject) != 0) {
        gather_finish (self);
        snprintf (self->subject, sizeof self->subject, "%s", subject);
    }
    if (self->count == RECORDS_GENERATIONS)
        gather_drop (self, 0);
    self->candidates[self->count++] =
        (struct records_candidate){stui_memdup (value, value_size), value_size, key.number};
    store_index_add (self->db, subject, key.number);
    return true;
}

/* Sessions under PREFIX that wait for their first write. */
static void
gather_waiting (struct gather *self, const char *prefix)
{
    for (size_t index = 0; index < self->waiting->count; index++) {
        const struct store_write *write = &self->waiting->writes[index];
        if (write->kind == STORE_WRITE_SESSION
            && strncmp (write->subject, prefix, strlen (prefix)) == 0
            && !zhashx_lookup (self->db->sessions, write->subject))
            gather_push (self, write->body, write->bytes, RECORDS_SCHEMA, 0, true);
    }
}

/* One pass over the sessions under PREFIX. */
static int
gather_scan (struct gather *self, const char *prefix, struct stui_cause *cause)
{
    self->size = 0;
    gather_add (self, gather_begin, sizeof gather_begin - 1);
    self->subject[0] = '\0';
    struct engine *engine = self->db->engine;
    int err = self->db->functions->scan (engine, prefix, NULL, gather_visit, self, cause);
    gather_finish (self);
    return err;
}

static int
gather_again (struct gather *self, const char *prefix, struct stui_cause *cause)
{
    self->locked = 0;
    return gather_scan (self, prefix, cause);
}

/* All sessions under PREFIX. A part of the database that cannot be read has it rebuilt; what the
 * ledger misses is fetched; either way they are read once more then. */
static int
gather_all (struct gather *self, const char *prefix, int64_t wall_ms, struct stui_cause *cause)
{
    struct store_db *db = self->db;
    int err = gather_scan (self, prefix, cause);
    if (err == STUI_E_MALFORMED && db->rebuilds < STORE_DB_REBUILDS) {
        db->damaged = true;
        err = store_db_reopen (db, wall_ms, cause);
        if (err)
            return err;
        err = gather_again (self, prefix, cause);
    }
    if (err == STUI_E_MALFORMED) {
        /* The rest was shown: better fewer sessions, and said so, than none. */
        store_db_notice (db, "database_damaged", "", "some sessions cannot be read: %s",
                         cause ? cause->text : "the database is damaged");
        self->damaged++;
        err = 0;
    }
    int back = err ? err : store_repair_check (db, prefix, wall_ms, cause);
    return back > 0 ? gather_again (self, prefix, cause) : back;
}

/* What the verb's `ok` carries. Its sessions are not made into a tree and printed again: there may be ten
 * thousand. */
static char *
gather_result (struct gather *self, const char *refusal)
{
    const struct store_db *db = self->db;
    struct json *rest = json_object ();
    json_set_number (rest, "damaged", (int64_t) self->damaged);
    json_set_number (rest, "locked", (int64_t) self->locked);
    json_set_text (rest, "why", self->reason.text);
    json_set_text (rest, "refusal", refusal);
    json_set_bool (rest, "waits",
                   db->vault.state == VAULT_LOCKED || db->vault.state == VAULT_KEYLESS);
    json_set_bool (rest, "encrypted", db->vault.encrypts_sessions);
    char *text = json_print (rest);
    gather_add (self, "],", 2);
    gather_add (self, text + 1, strlen (text)); /* without its bracket, with its NUL */
    free (text);
    json_destroy (&rest);
    char *result = self->text;
    self->text = NULL;
    return result;
}

int
store_db_sessions_load (struct store_db *self, const struct store_policy *waiting,
                        const char *image, int64_t wall_ms, char **result, struct stui_cause *cause)
{
    char prefix[KEYS_SIZE] = KEYS_SESSIONS;
    int err = image[0] ? keys_session_prefix (prefix, image, NULL, cause) : 0;
    if (!err)
        err = store_db_closed (self, cause);
    struct stui_cause refusal = {0}; /* why none can be saved, though those in plain can be read */
    if (!err && image[0])
        err = store_vault_check_sessions (self, wall_ms, &refusal);
    if (err && err != STUI_E_LOCKED)
        return refusal.err ? stui_fail (cause, err, "%s", refusal.text) : err;
    struct gather gather = {.db = self, .waiting = waiting, .contexts = image[0] != '\0'};
    err = gather_all (&gather, prefix, wall_ms, cause);
    if (!err) {
        if (!image[0])
            self->indexed = true;
        gather_waiting (&gather, prefix);
        *result = gather_result (&gather, refusal.text);
    }
    free (gather.text);
    return err;
}

/* ---- Events ------------------------------------------------------------------------------ */

static const size_t answer_bytes_max = 1 << 20;

struct pick {
    struct store_db *db;
    struct json *events; /* owned: the result so far */
    size_t limit, count, bytes;
    uint64_t last_seq; /* of the last one looked at */
};

static bool
pick_visit (void *context, const char *bytes, size_t size, const char *value, size_t value_size)
{
    struct pick *self = context;
    struct keys_key key;
    if (keys_parse (bytes, size, &key) < 0)
        return true;
    if (self->count == self->limit || self->bytes > answer_bytes_max)
        return false;
    struct record record;
    struct json *event = NULL;
    char text[KEYS_SIZE];
    keys_event (text, key.number);
    enum records_verdict verdict = records_decode (text, value, value_size, &record);
    if (verdict == RECORDS_GOOD)
        event = migrate_body (KEYS_KIND_EVENT, &record);
    if (event) {
        json_set_number (event, "seq", (int64_t) key.number);
        json_push (self->events, event);
        self->count++;
        self->bytes += value_size;
    }
    else if (verdict != RECORDS_NEWER)
        store_db_set_aside (self->db, text, value, value_size);
    self->last_seq = key.number;
    return true;
}

int
store_db_events_get (struct store_db *self, uint64_t after, size_t limit, struct json **result,
                     struct stui_cause *cause)
{
    if (!self->engine) { /* none for now: go on from where you are */
        *result = json_object ();
        json_set (*result, "events", json_array ());
        json_set_number (*result, "last_seq", (int64_t) after);
        return 0;
    }
    struct pick pick = {.db = self,
                        .events = json_array (),
                        .limit = limit < STORE_DB_EVENTS_ANSWER ? limit : STORE_DB_EVENTS_ANSWER};
    char from[KEYS_SIZE];
    keys_event (from, after + 1);
    int err = self->functions->scan (self->engine, KEYS_EVENTS, from, pick_visit, &pick, cause);
    if (err == STUI_E_MALFORMED)
        err = 0; /* a gap in the numbers, which whoever reads them sees */
    if (err) {
        json_destroy (&pick.events);
        return err;
    }
    *result = json_object ();
    json_set (*result, "events", pick.events);
    json_set_number (*result, "last_seq",
                     (int64_t) (pick.last_seq ? pick.last_seq : self->last_seq));
    return 0;
}
