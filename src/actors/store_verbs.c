/* store_verbs.c: what the store is asked: one function a verb, in the order of the table at the end
 * (store_parts.h). It is as long as the list of what the store is asked for. */

#include "actors/store_parts.h"

#include "actors/keys.h"
#include "actors/store_archive.h"
#include "actors/store_aside.h"
#include "actors/store_check.h"
#include "actors/store_connections.h"
#include "actors/store_held.h"
#include "actors/store_index.h"
#include "actors/store_lines.h"
#include "actors/store_input.h"
#include "actors/store_report.h"
#include "actors/store_vault.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"

/* The end of a question: an error, or *RESULT, which it takes over then. */
static void
store_reply (struct store *self, const struct msg *msg, int err, const struct stui_cause *cause,
             struct json **result)
{
    if (err < 0)
        store_refuse (self, msg, cause);
    else
        store_answer (self, msg, result);
}

/* ---- The verbs --------------------------------------------------------------------------- */

/* Field INDEX as an object or an array, or NULL after a refusal. Caller owns. */
static struct json *
field_parse (struct store *self, const struct msg *msg, int index, bool array)
{
    struct stui_cause cause = {0};
    const char *text = msg_text (msg, index);
    struct json *json = json_parse (text, strlen (text), &cause);
    if (!json)
        store_refuse (self, msg, &cause);
    else if (!(array ? json_is_array (json) : json_is_object (json))) {
        actor_refuse (self->actor, msg, STUI_E_INVALID_REQUEST, "field %d of %s is not an %s",
                      index + 1, msg_word (msg->verb), array ? "array" : "object");
        json_destroy (&json);
    }
    return json;
}

static void
store_claim_next (void *context, const struct msg *msg)
{
    struct store *self = context;
    const char *image_id = msg_text (msg, 0);
    if (!keys_image_id_is_valid (image_id))
        actor_refuse (self->actor, msg, STUI_E_INVALID_REQUEST,
                      "'%.80s' is not an image id that can be claimed", image_id);
    else if (self->policy.state != STORE_POLICY_HEALTHY)
        store_refuse (self, msg, &self->cause);
    else {
        struct json *claim = store_db_claim (&self->db, image_id, msg_number (msg, 1));
        char *result = json_print (claim);
        char *body = NULL;
        store_put (self, msg, STORE_WRITE_IDENTITY, KEYS_IDENTITY, &body, &result);
        json_destroy (&claim);
    }
}

/* Whom the last write of a message answers. */
struct connection_put {
    struct store *store;
    const struct msg *msg;
};

static void
connection_put (void *context, enum store_write_kind kind, const char *key, char **body, bool last)
{
    const struct connection_put *self = context;
    store_put (self->store, last ? self->msg : NULL, kind, key, body, NULL);
}

static void
store_image_load (void *context, const struct msg *msg)
{
    struct store *self = context;
    struct json *result = NULL;
    struct stui_cause cause = {0};
    uint64_t seq = 0;
    struct connection_put put = {self, NULL};
    int err = store_db_image_load (&self->db, &self->policy, msg_text (msg, 0), clock_wall_ms (),
                                   &result, &cause);
    if (!err)
        err = store_connections_last (&self->db, &self->policy, msg_text (msg, 0), clock_mono_ms (),
                                      clock_wall_ms (), connection_put, &put, &seq, &cause);
    if (err) {
        json_destroy (&result);
        store_refuse (self, msg, &cause);
        return;
    }
    json_set_number (result, "connection", (int64_t) seq);
    store_answer (self, msg, &result);
}

static void
store_image_save (void *context, const struct msg *msg)
{
    struct store *self = context;
    struct stui_cause cause = {0};
    char key[KEYS_SIZE];
    if (keys_image (key, msg_text (msg, 0), &cause) < 0) {
        store_refuse (self, msg, &cause);
        return;
    }
    struct json *image = field_parse (self, msg, 1, false);
    if (!image)
        return;
    char *body = json_print (image);
    store_put (self, msg, STORE_WRITE_IMAGE, key, &body, NULL);
    json_destroy (&image);
}

static void
store_held_load_verb (void *context, const struct msg *msg)
{
    struct store *self = context;
    struct json *result;
    struct stui_cause cause = {0};
    const char *name = msg_text (msg, 0);
    int err =
        *name ? store_held_load (&self->db, &self->policy, name, clock_wall_ms (), &result, &cause)
              : store_held_all (&self->db, &self->policy, clock_wall_ms (), &result, &cause);
    store_reply (self, msg, err, &cause, &result);
}

static void
store_held_save (void *context, const struct msg *msg)
{
    struct store *self = context;
    struct stui_cause cause = {0};
    char key[KEYS_SIZE];
    int err = keys_held (key, msg_text (msg, 0), &cause);
    if (!err && store_vault_check_sessions (&self->db, clock_wall_ms (), &cause) < 0
        && cause.err == STUI_E_LOCKED)
        err = cause.err;
    if (err) {
        store_refuse (self, msg, &cause);
        return;
    }
    struct json *held = field_parse (self, msg, 1, false);
    if (!held)
        return;
    char *body = stui_strdup (msg_text (msg, 1));
    store_put (self, msg, STORE_WRITE_HELD, key, &body, NULL);
    json_destroy (&held);
}

static void
store_held_settle_verb (void *context, const struct msg *msg)
{
    struct store *self = context;
    struct stui_cause cause = {0};
    char key[KEYS_SIZE], *body = NULL;
    const char *name = msg_text (msg, 0);
    int err = keys_held (key, name, &cause);
    if (!err)
        err = store_held_settle (&self->db, &self->policy, name, msg_text (msg, 1),
                                 msg_text (msg, 2), clock_wall_ms (), &body, &cause);
    if (err)
        store_refuse (self, msg, &cause);
    else
        store_put (self, msg, STORE_WRITE_HELD, key, &body, NULL);
}

static void
store_connection_save (void *context, const struct msg *msg)
{
    struct store *self = context;
    struct stui_cause cause = {0};
    struct connection_put put = {self, msg};
    store_connected (self);
    if (store_connections_save (&self->db, msg_text (msg, 0), msg_text (msg, 1), clock_mono_ms (),
                                connection_put, &put, &cause)
        < 0)
        store_refuse (self, msg, &cause);
}

static void
store_image_history (void *context, const struct msg *msg)
{
    struct store *self = context;
    struct json *result;
    struct stui_cause cause = {0};
    int err = store_connections_report (&self->db, &self->policy, msg_text (msg, 0),
                                        (size_t) msg_number (msg, 1), clock_mono_ms (),
                                        clock_wall_ms (), &result, &cause);
    store_reply (self, msg, err, &cause, &result);
}

/* The marks, and that the name in MSG can be one; NULL after a refusal, if MSG wants one. */
static struct json *
marks_load (struct store *self, const struct msg *msg, bool named)
{
    char key[KEYS_SIZE];
    struct json *marks = NULL;
    struct stui_cause cause = {0};
    int err = named ? keys_image (key, msg_text (msg, 0), &cause) : 0;
    if (!err)
        err = store_marks_load (&self->db, &self->policy, &marks, &cause);
    if (err && msg_kind (msg->verb) == MSG_REQUEST)
        store_refuse (self, msg, &cause);
    return marks;
}

/* MSG: whose change it is, and who waits for it: other terminals are told; NULL: nobody's. Takes MARKS over. */
static void
marks_put (struct store *self, const struct msg *msg, struct json *marks)
{
    char *body = json_print (marks);
    store_put (self, msg, STORE_WRITE_META, KEYS_MARKS, &body, NULL);
    json_destroy (&marks);
    if (!msg)
        return;
    struct msg *changed = msg_new ("registry", MSG_MARKS_CHANGED, 0, ++self->marks);
    actor_send (self->actor, &changed);
}

static void
store_image_mark (void *context, const struct msg *msg)
{
    struct json *marks = marks_load (context, msg, true);
    if (!marks)
        return;
    store_marks_set (marks, msg_text (msg, 0), msg_number (msg, 1) == 1);
    marks_put (context, msg, marks);
}

static void
store_image_used (void *context, const struct msg *msg)
{
    struct json *marks = marks_load (context, msg, true);
    if (!marks)
        return;
    store_marks_use (marks, msg_text (msg, 0), clock_wall_ms ());
    marks_put (context, NULL, marks);
}

static void
store_image_marks (void *context, const struct msg *msg)
{
    struct json *marks = marks_load (context, msg, false);
    if (marks)
        store_answer (context, msg, &marks);
}

/* MSG changed MARKS, which are taken over, or could not: ERR and CAUSE. */
static void
marks_end (struct store *self, const struct msg *msg, struct json *marks, int err,
           const struct stui_cause *cause)
{
    if (!err) {
        marks_put (self, msg, marks);
        return;
    }
    store_refuse (self, msg, cause);
    json_destroy (&marks);
}

static void
store_images_marked (void *context, const struct msg *msg)
{
    struct stui_cause cause = {0};
    struct json *marks = marks_load (context, msg, false);
    struct json *changes = marks ? field_parse (context, msg, 0, false) : NULL;
    if (changes)
        marks_end (context, msg, marks, store_marks_mark (marks, changes, &cause), &cause);
    else
        json_destroy (&marks);
    json_destroy (&changes);
}

static void
store_layout_save (void *context, const struct msg *msg)
{
    struct stui_cause cause = {0};
    struct json *marks = marks_load (context, msg, false);
    bool deletes = strcmp (msg_text (msg, 1), "null") == 0; /* that word alone */
    struct json *panes = marks && !deletes ? field_parse (context, msg, 1, false) : NULL;
    if (marks && (panes || deletes))
        marks_end (
            context, msg, marks,
            store_marks_layout (marks, msg_text (msg, 0), panes, msg_number (msg, 2) == 1, &cause),
            &cause);
    else
        json_destroy (&marks);
    json_destroy (&panes);
}

static void
store_sessions_load (void *context, const struct msg *msg)
{
    struct store *self = context;
    char *result;
    struct stui_cause cause = {0};
    if (store_db_sessions_load (&self->db, &self->policy, msg_text (msg, 0), clock_wall_ms (),
                                &result, &cause)
        < 0) {
        store_refuse (self, msg, &cause);
        return;
    }
    actor_answer (self->actor, msg, result);
    free (result);
}

static void
store_session_versions (void *context, const struct msg *msg)
{
    struct store *self = context;
    struct json *result;
    struct stui_cause cause = {0};
    int err = store_db_versions (&self->db, msg_text (msg, 0), msg_text (msg, 1), &result, &cause);
    store_reply (self, msg, err, &cause, &result);
}

static void
store_session_save (void *context, const struct msg *msg)
{
    struct store *self = context;
    struct stui_cause cause = {0};
    char subject[KEYS_SIZE];
    if (keys_session_prefix (subject, msg_text (msg, 0), msg_text (msg, 1), &cause) < 0) {
        store_refuse (self, msg, &cause);
        return;
    }
    char *body = store_vault_check_sessions (&self->db, clock_wall_ms (), &cause) < 0
                         && cause.err == STUI_E_LOCKED
                     ? NULL
                     : store_input_session (msg_text (msg, 2), msg_text (msg, 1), &cause);
    struct json *about = body ? field_parse (self, msg, 3, false) : NULL;
    if (body && about && !store_lines_take (self->lines, subject, msg->peer, about))
        stui_fail (&cause, STUI_E_CONFLICT,
                   "session %.64s was saved under another name of its image meanwhile",
                   msg_text (msg, 1));
    else if (about)
        store_put (self, msg, STORE_WRITE_SESSION, subject, &body, NULL);
    if (cause.err)
        store_refuse (self, msg, &cause);
    json_destroy (&about);
    free (body);
}

/* ---- The archive ------------------------------------------------------------------------- */

/* Whether the database can be written to now; else MSG was refused: what waited until it can, a
 * session might have been changed by then. */
static bool
archive_may_change (struct store *self, const struct msg *msg)
{
    if (self->policy.state == STORE_POLICY_HEALTHY)
        return true;
    store_refuse (self, msg, &self->cause);
    return false;
}

static void
archive_answer (struct store *self, const struct msg *msg, int err, const struct stui_cause *cause)
{
    struct json *result = json_object ();
    if (err)
        store_refuse (self, msg, cause);
    else
        store_answer (self, msg, &result);
    json_destroy (&result);
}

static void
store_archive (void *context, const struct msg *msg)
{
    struct store *self = context;
    struct stui_cause cause = {0};
    struct json *about = archive_may_change (self, msg) ? field_parse (self, msg, 3, false) : NULL;
    if (!about)
        return;
    int err = store_archive_put (&self->db, &self->policy, msg_text (msg, 0), msg_text (msg, 1),
                                 msg_number (msg, 2), about, clock_wall_ms (), &cause);
    archive_answer (self, msg, err, &cause);
    json_destroy (&about);
}

static void
store_archive_list_verb (void *context, const struct msg *msg)
{
    struct store *self = context;
    struct stui_cause cause = {0};
    struct json *result;
    int err = store_archive_list (&self->db, clock_wall_ms (), &result, &cause);
    store_reply (self, msg, err, &cause, &result);
}

static void
store_archive_undo (void *context, const struct msg *msg)
{
    struct store *self = context;
    struct stui_cause cause = {0};
    struct json *result;
    if (!archive_may_change (self, msg))
        return;
    int err = store_archive_back (&self->db, &self->policy, msg_text (msg, 0), msg_text (msg, 1),
                                  clock_wall_ms (), &result, &cause);
    store_reply (self, msg, err, &cause, &result);
}

static void
store_session_carry (void *context, const struct msg *msg)
{
    struct store *self = context;
    struct stui_cause cause = {0};
    struct json *result;
    struct json *about = archive_may_change (self, msg) ? field_parse (self, msg, 3, false) : NULL;
    if (!about)
        return;
    const char *to = json_get_text (about, "to");
    const struct store_archive_way way = {msg_text (msg, 0), to ? to : "", msg_text (msg, 1),
                                          msg_number (msg, 2), about};
    char subject[KEYS_SIZE];
    int err =
        store_archive_carry (&self->db, &self->policy, &way, clock_wall_ms (), &result, &cause);
    /* What came there, or may have (the disk failed), nobody there has gone on with. */
    if ((!err || err == STUI_E_STORAGE)
        && keys_session_prefix (subject, way.to, way.session, NULL) == 0)
        store_lines_forget (self->lines, subject);
    store_reply (self, msg, err, &cause, &result);
    json_destroy (&about);
}

static void
store_archive_drop_verb (void *context, const struct msg *msg)
{
    struct store *self = context;
    struct stui_cause cause = {0};
    if (archive_may_change (self, msg))
        archive_answer (
            self, msg, store_archive_drop (&self->db, msg_text (msg, 0), msg_text (msg, 1), &cause),
            &cause);
}

static void
store_reaper_load (void *context, const struct msg *msg)
{
    struct store *self = context;
    struct stui_cause cause = {0};
    struct json *reaper = NULL;
    const struct store_write *write = store_policy_find (&self->policy, KEYS_REAPER);
    int err = 0;
    if (write)
        reaper = json_parse (write->body, write->bytes, NULL);
    else if (store_db_closed (&self->db, &cause) == 0)
        err = store_db_get (&self->db, KEYS_REAPER, &reaper, &cause);
    else
        err = cause.err;
    if (err) {
        store_refuse (self, msg, &cause);
        return;
    }
    struct json *result = json_object ();
    json_set (result, "reaper", reaper ? reaper : json_null ());
    store_answer (self, msg, &result);
}

static void
store_reaper_save (void *context, const struct msg *msg)
{
    struct store *self = context;
    struct json *reaper = field_parse (self, msg, 0, false);
    if (!reaper)
        return;
    char *body = json_print (reaper);
    store_put (self, msg, STORE_WRITE_META, KEYS_REAPER, &body, NULL);
    json_destroy (&reaper);
}

static void
store_events_put (void *context, const struct msg *msg)
{
    struct store *self = context;
    struct stui_cause cause = {0};
    struct json *events = field_parse (self, msg, 0, true);
    if (!events)
        return;
    if (store_input_events (events, &cause) < 0)
        store_refuse (self, msg, &cause);
    else if (json_count (events) == 0) {
        struct json *result = json_object ();
        json_set_number (result, "last_seq", (int64_t) self->db.last_seq);
        store_answer (self, msg, &result);
    }
    for (const struct json *event = cause.err ? NULL : json_first (events); event;) {
        /* The last one stands for all: they share a batch, or it comes in a later one. */
        const struct json *next = json_next (event);
        struct json *copy = json_copy (event);
        json_set (copy, "seq", NULL);
        char *body = json_print (copy);
        store_put (self, next ? NULL : msg, STORE_WRITE_EVENT, "", &body, NULL);
        json_destroy (&copy);
        event = next;
    }
    json_destroy (&events);
}

static void
store_events_get (void *context, const struct msg *msg)
{
    struct store *self = context;
    uint64_t after = msg_number (msg, 0);
    size_t limit = (size_t) msg_number (msg, 1);
    bool wait = msg_number (msg, 2) == 1 && limit > 0;
    bool readable = self->db.engine != NULL; /* else who waits waits on, until it is */
    if (!wait || (readable && after != self->db.last_seq)) {
        store_answer_events (self, msg, after, limit);
        return;
    }
    store_await_events (self, msg, after, limit);
}

static void
store_status (void *context, const struct msg *msg)
{
    struct store *self = context;
    struct json *result = store_report (&self->db, &self->policy, &self->cause);
    store_answer (self, msg, &result);
}

static void
store_check (void *context, const struct msg *msg)
{
    struct store *self = context;
    struct stui_cause cause = {0};
    bool repair = msg_number (msg, 0) == 1;
    if (repair && self->policy.state != STORE_POLICY_HEALTHY) {
        store_refuse (self, msg, &self->cause);
        return;
    }
    struct json *result = repair ? store_check_repair (&self->db, clock_wall_ms (), &cause)
                                 : store_check_look (&self->db, &cause);
    if (result)
        store_answer (self, msg, &result);
    else
        store_refuse (self, msg, &cause);
}

static void
backup_end (struct store *self)
{
    store_export_cancel (&self->backup);
    self->backup_peer[0] = '\0';
}

/* The vault of a backup with a passphrase of its own; without one, or without any secrets, *VAULT
 * stays NULL. */
static int
backup_wrap (struct store *self, const struct msg *msg, char **vault, struct stui_cause *cause)
{
    struct crypt_kdf kdf;
    struct json *options = json_parse (msg_text (msg, 1), strlen (msg_text (msg, 1)), cause);
    const char *key = json_get_text (options, "key");
    int err = options ? 0 : STUI_E_INVALID_REQUEST;
    if (key && !crypt_kdf_from_json (json_get (options, "argon2id"), &kdf))
        err = stui_fail (cause, STUI_E_INVALID_REQUEST, "a key needs its argon2id beside it");
    else if (key && self->db.vault.state != VAULT_EMPTY) {
        *vault = store_vault_wrap (&self->db, key, &kdf, cause);
        err = *vault ? 0 : cause->err;
    }
    json_destroy (&options);
    return err;
}

static void
store_backup (void *context, const struct msg *msg)
{
    struct store *self = context;
    struct stui_cause cause = {0};
    if (msg_number (msg, 0) == 0) {
        backup_end (self);
        char *vault = NULL;
        if (backup_wrap (self, msg, &vault, &cause) < 0) {
            store_refuse (self, msg, &cause);
            return;
        }
        snprintf (self->backup_peer, sizeof self->backup_peer, "%s", msg->peer);
        store_export_begin_text (&self->backup, &self->db, &self->policy, &vault, clock_wall_ms ());
        self->backup_part = 0;
    }
    if (strcmp (self->backup_peer, msg->peer) != 0 || msg_number (msg, 0) != self->backup_part) {
        actor_refuse (self->actor, msg, STUI_E_INVALID_REQUEST,
                      "this backup was ended by another one: begin again");
        return;
    }
    self->backup_part++;
    int more = store_export_step (&self->backup, &self->db, &cause);
    if (more < 0) {
        backup_end (self);
        store_refuse (self, msg, &cause);
        return;
    }
    struct json *result = json_object ();
    json_set_text (result, "text", self->backup.text ? self->backup.text : "");
    json_set_bool (result, "more", more > 0);
    json_set_number (result, "records", (int64_t) self->backup.dump.records);
    json_set_bool (result, "complete", self->db.engine != NULL);
    self->backup.text_size = 0;
    if (self->backup.text)
        self->backup.text[0] = '\0';
    store_answer (self, msg, &result);
    if (more == 0)
        backup_end (self);
}

/* ---- Secrets ------------------------------------------------------------------------------- */

static void
secrets_changed (struct store *self, const char *why)
{
    struct msg *changed = msg_new ("registry", MSG_SECRETS_CHANGED, 0, why);
    actor_send (self->actor, &changed);
}

/* Answers a change of the secrets that ended with ERR. */
static void
secrets_answer (struct store *self, const struct msg *msg, int err, const struct stui_cause *cause,
                const char *why)
{
    if (err < 0) {
        store_refuse (self, msg, cause);
        return;
    }
    secrets_changed (self, why);
    actor_answer (self->actor, msg, NULL);
}

/* Changes nothing while nothing can be written. */
static bool
secrets_are_refused (struct store *self, const struct msg *msg)
{
    bool refused = self->policy.state != STORE_POLICY_HEALTHY;
    if (refused)
        store_refuse (self, msg, &self->cause);
    return refused;
}

static void
store_secret_get_verb (void *context, const struct msg *msg)
{
    struct store *self = context;
    struct stui_cause cause = {0};
    char *value;
    if (store_secret_get (&self->db, msg_text (msg, 0), &value, &cause) < 0) {
        store_refuse (self, msg, &cause);
        return;
    }
    struct json *result = json_object ();
    json_set_text (result, "value", value);
    store_answer (self, msg, &result);
    crypt_free (&value);
}

static void
store_secret_set_verb (void *context, const struct msg *msg)
{
    struct store *self = context;
    struct stui_cause cause = {0};
    if (!secrets_are_refused (self, msg))
        secrets_answer (self, msg,
                        store_secret_set (&self->db, msg_text (msg, 0), msg_text (msg, 1),
                                          clock_wall_ms (), &cause),
                        &cause, "a secret was set");
}

static void
store_secret_remove_verb (void *context, const struct msg *msg)
{
    struct store *self = context;
    struct stui_cause cause = {0};
    if (!secrets_are_refused (self, msg))
        secrets_answer (
            self, msg, store_secret_remove (&self->db, msg_text (msg, 0), clock_wall_ms (), &cause),
            &cause, "a secret was removed");
}

static void
store_secret_list_verb (void *context, const struct msg *msg)
{
    struct store *self = context;
    struct stui_cause cause = {0};
    struct json *names;
    if (store_secret_names (&self->db, &names, &cause) < 0) {
        store_refuse (self, msg, &cause);
        return;
    }
    struct json *result = store_vault_report (&self->db);
    json_set (result, "names", names);
    store_answer (self, msg, &result);
}

static void
store_vault_unlock_verb (void *context, const struct msg *msg)
{
    struct store *self = context;
    struct stui_cause cause = {0};
    int err = store_vault_unlock (&self->db, msg_text (msg, 0), &cause);
    secrets_answer (self, msg, err, &cause, "the secrets were unlocked");
}

static void
store_vault_rekey_verb (void *context, const struct msg *msg)
{
    struct store *self = context;
    struct stui_cause cause = {0};
    struct crypt_kdf kdf;
    if (secrets_are_refused (self, msg))
        return;
    struct json *json = field_parse (self, msg, 2, false);
    if (!json)
        return;
    bool has_key = *msg_text (msg, 1) != '\0';
    int err = has_key && !crypt_kdf_from_json (json, &kdf)
                  ? stui_fail (&cause, STUI_E_INVALID_REQUEST, "a key needs its argon2id beside it")
                  : store_vault_rekey (&self->db, msg_text (msg, 0), msg_text (msg, 1),
                                       has_key ? &kdf : NULL, clock_wall_ms (), &cause);
    json_destroy (&json);
    secrets_answer (self, msg, err, &cause, "the secrets have another key");
}

static void
store_vault_reset_verb (void *context, const struct msg *msg)
{
    struct store *self = context;
    struct stui_cause cause = {0};
    if (!secrets_are_refused (self, msg))
        secrets_answer (self, msg, store_aside_reset (&self->db, clock_wall_ms (), &cause), &cause,
                        "the secrets were set aside");
}

static void
store_vault_restore_verb (void *context, const struct msg *msg)
{
    struct store *self = context;
    struct stui_cause cause = {0};
    struct json *result;
    if (secrets_are_refused (self, msg))
        return;
    if (store_aside_restore (&self->db, msg_text (msg, 0), clock_wall_ms (), &result, &cause) < 0) {
        store_refuse (self, msg, &cause);
        return;
    }
    secrets_changed (self, "the secrets that were set aside are back");
    store_answer (self, msg, &result);
}

static void
store_vault_discard_verb (void *context, const struct msg *msg)
{
    struct store *self = context;
    struct stui_cause cause = {0};
    size_t count;
    if (secrets_are_refused (self, msg))
        return;
    if (store_aside_discard (&self->db, clock_wall_ms (), &count, &cause) < 0) {
        store_refuse (self, msg, &cause);
        return;
    }
    struct json *result = json_object ();
    json_set_number (result, "resets", (int64_t) count);
    store_answer (self, msg, &result);
}

/* For a client; one that cannot be done changes nothing. */
static void
store_vault_encrypt_verb (void *context, const struct msg *msg)
{
    struct store *self = context;
    struct stui_cause cause = {0};
    bool was = self->db.encrypts_sessions, were = self->db.vault.encrypts_sessions;
    if (secrets_are_refused (self, msg))
        return;
    if (store_vault_encrypt_sessions (&self->db, true, clock_wall_ms (), &cause) < 0) {
        self->db.encrypts_sessions = was;
        store_refuse (self, msg, &cause);
        return;
    }
    struct json *result = json_object ();
    json_set_bool (result, "was", were);
    store_answer (self, msg, &result);
}

void
store_encrypt (struct store *self, bool encrypt)
{
    struct stui_cause cause = {0};
    if (store_vault_encrypt_sessions (&self->db, encrypt, clock_wall_ms (), &cause) < 0)
        store_db_notice (&self->db, "sessions_locked", "", "sessions %s: %s",
                         encrypt ? "are to be encrypted and cannot be saved until they are"
                                 : "stay encrypted",
                         cause.text);
}

static void
store_encrypt_sessions (void *context, const struct msg *msg)
{
    store_encrypt (context, msg_number (msg, 0) == 1);
}

const struct actor_verb store_verbs[] = {
    {MSG_CLAIM_NEXT, store_claim_next},
    {MSG_IMAGE_LOAD, store_image_load},
    {MSG_IMAGE_SAVE, store_image_save},
    {MSG_HELD_LOAD, store_held_load_verb},
    {MSG_HELD_SAVE, store_held_save},
    {MSG_HELD_SETTLE, store_held_settle_verb},
    {MSG_CONNECTION_SAVE, store_connection_save},
    {MSG_IMAGE_USED, store_image_used},
    {MSG_IMAGE_HISTORY, store_image_history},
    {MSG_IMAGE_MARK, store_image_mark},
    {MSG_IMAGE_MARKS, store_image_marks},
    {MSG_IMAGES_MARKED, store_images_marked},
    {MSG_LAYOUT_SAVE, store_layout_save},
    {MSG_SESSIONS_LOAD, store_sessions_load},
    {MSG_SESSION_VERSIONS, store_session_versions},
    {MSG_SESSION_SAVE, store_session_save},
    {MSG_ARCHIVE, store_archive},
    {MSG_ARCHIVE_LIST, store_archive_list_verb},
    {MSG_ARCHIVE_UNDO, store_archive_undo},
    {MSG_ARCHIVE_DROP, store_archive_drop_verb},
    {MSG_SESSION_CARRY, store_session_carry},
    {MSG_REAPER_LOAD, store_reaper_load},
    {MSG_REAPER_SAVE, store_reaper_save},
    {MSG_EVENTS_PUT, store_events_put},
    {MSG_EVENTS_GET, store_events_get},
    {MSG_STORE_STATUS, store_status},
    {MSG_STORE_CHECK, store_check},
    {MSG_BACKUP, store_backup},
    {MSG_SECRET_GET, store_secret_get_verb},
    {MSG_SECRET_SET, store_secret_set_verb},
    {MSG_SECRET_REMOVE, store_secret_remove_verb},
    {MSG_SECRET_LIST, store_secret_list_verb},
    {MSG_VAULT_UNLOCK, store_vault_unlock_verb},
    {MSG_VAULT_REKEY, store_vault_rekey_verb},
    {MSG_VAULT_RESET, store_vault_reset_verb},
    {MSG_VAULT_RESTORE, store_vault_restore_verb},
    {MSG_VAULT_DISCARD, store_vault_discard_verb},
    {MSG_VAULT_ENCRYPT, store_vault_encrypt_verb},
    {MSG_ENCRYPT_SESSIONS, store_encrypt_sessions},
    {0, NULL},
};
