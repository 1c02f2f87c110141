/* test_store_actor.c: the store as the other actors see it, over a bare switchboard, with an
 * engine in between that counts, fails and waits when told to. Long: it is one fixture and a
 * test for each promise of store.h. */

#include "actors/store.h"

#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <criterion/criterion.h>

#include "actors/engine.h"
#include "actors/keys.h"
#include "actors/owner.h"
#include "actors/records.h"
#include "actors/store_ledger.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/crypt.h"
#include "runtime/json.h"
#include "support/scratch.h"
#include "support/switchboard.h"

/* ---- An engine that does as it is told ----------------------------------------------------- */

/* One a process, as the store is: Criterion runs each test in its own. */
static struct {
    atomic_int writes;      /* that reached the disk */
    atomic_bool fail_write; /* until it is set false */
    atomic_bool hold;       /* the next write says so by `held` and waits for `go` */
    sem_t held, go;
} gate;

static int
gate_write (struct engine *engine, const struct engine_change *changes, size_t count,
            struct stui_cause *cause)
{
    if (atomic_exchange (&gate.hold, false)) {
        sem_post (&gate.held);
        sem_wait (&gate.go);
    }
    if (atomic_load (&gate.fail_write))
        return stui_fail (cause, STUI_E_STORAGE, "No space left on device");
    atomic_fetch_add (&gate.writes, 1);
    return engine_leveldb.write (engine, changes, count, cause);
}

static int
gate_open (const char *path, struct engine **engine, struct stui_cause *cause)
{
    return engine_leveldb.open (path, engine, cause);
}

static int
gate_get (struct engine *engine, const char *key, char **value, size_t *size,
          struct stui_cause *cause)
{
    return engine_leveldb.get (engine, key, value, size, cause);
}

static int
gate_scan (struct engine *engine, const char *prefix, const char *from, engine_visitor *visit,
           void *context, struct stui_cause *cause)
{
    return engine_leveldb.scan (engine, prefix, from, visit, context, cause);
}

static void
gate_close (struct engine **engine)
{
    engine_leveldb.close (engine);
}

static int
gate_repair (const char *path, struct stui_cause *cause)
{
    return engine_leveldb.repair (path, cause);
}

static const struct engine_functions gate_engine = {
    .open = gate_open,
    .get = gate_get,
    .scan = gate_scan,
    .write = gate_write,
    .close = gate_close,
    .repair = gate_repair,
};

/* ---- A store on a switchboard ---------------------------------------------------------------- */

static char directory[SCRATCH_SIZE];
static struct switchboard switchboard;
static zactor_t *store;
static struct json *opened; /* of the last start: {client_id, generation} */
static uint64_t last_ref;

static void
store_begin (void)
{
    struct store_args args = {.state_dir = directory, .engine = &gate_engine};
    store = switchboard_start (&switchboard, store_actor, "store", &args);
    static const char *const listeners[] = {"registry", "control", "main"};
    for (int index = 0; index < 3; index++) {
        struct msg *msg = switchboard_expect (&switchboard, MSG_OPENED);
        cr_assert_str_eq (msg->peer, listeners[index]);
        json_destroy (&opened);
        opened = json_object ();
        json_set_text (opened, "client_id", msg_text (msg, 0));
        json_set_number (opened, "generation", (int64_t) msg_number (msg, 1));
        msg_destroy (&msg);
    }
    atomic_store (&gate.writes, 0);
}

static void
store_end (void)
{
    switchboard_stop (&switchboard, &store);
}

static void
fixture_init (void)
{
    sem_init (&gate.held, 0, 0);
    sem_init (&gate.go, 0, 0);
    scratch_open (directory);
    switchboard_open (&switchboard);
}

static void
fixture_fini (void)
{
    json_destroy (&opened);
    switchboard_close (&switchboard);
    scratch_close (directory);
}

static uint64_t
post (struct msg *msg)
{
    msg->ref = ++last_ref;
    switchboard_send (&switchboard, "store", &msg);
    return last_ref;
}

/* What registry was told of the disk last. */
static char trouble[STUI_CAUSE_MAX];

/* How often marks had changed, as registry was told last. */
static uint64_t marks_changed;

/* The next message but reports of trouble and of marks, which must be of this VERB. */
static struct msg *
expect (enum msg_verb verb)
{
    for (;;) {
        struct msg *msg = switchboard_poll (&switchboard, SWITCHBOARD_PATIENCE_MS);
        cr_assert_not_null (msg, "nothing came");
        if (msg->verb != MSG_STORE_TROUBLE && msg->verb != MSG_MARKS_CHANGED) {
            cr_assert_eq (msg->verb, verb, "%s came", msg_word (msg->verb));
            return msg;
        }
        if (msg->verb == MSG_MARKS_CHANGED)
            marks_changed = msg_number (msg, 0);
        else
            snprintf (trouble, sizeof trouble, "%s", msg_text (msg, 0));
        msg_destroy (&msg);
    }
}

/* The next answer, which must be to REF and of this VERB; the result, or {error, text, kept}. */
static struct json *
answer (uint64_t ref, enum msg_verb verb)
{
    struct msg *msg = expect (verb);
    cr_assert_eq (msg->ref, ref);
    const char *text = msg_text (msg, msg->field_count - 1);
    struct json *result = json_parse_text (text);
    cr_assert (json_is_object (result), "%s", text);
    if (verb == MSG_ERROR) {
        json_set_text (result, "error", msg_text (msg, 0));
        json_set_text (result, "text", msg_text (msg, 1));
    }
    msg_destroy (&msg);
    return result;
}

static struct json *
ask (struct msg *msg)
{
    return answer (post (msg), MSG_OK);
}

/* An answer of which only the coming counts. */
static void
done (struct json *result)
{
    json_destroy (&result);
}

static void
expect_only (enum msg_verb verb)
{
    struct msg *msg = expect (verb);
    msg_destroy (&msg);
}

/* The key, in hex, of a passphrase, and its argon2id; caller frees. */
static char *
passphrase (char hex[CRYPT_HEX_SIZE])
{
    struct crypt_kdf kdf;
    crypt_kdf_new (&kdf);
    kdf.operations = 1;
    kdf.memory_bytes = 8192;
    struct crypt_key *key = crypt_key_from_passphrase ("words", &kdf, NULL);
    crypt_key_hex (key, hex);
    crypt_key_destroy (&key);
    struct json *json = crypt_kdf_to_json (&kdf);
    char *text = json_print (json);
    json_destroy (&json);
    return text;
}

/* Asks for a change of the secrets, which registry hears of. */
static void
ask_secrets (struct msg *msg)
{
    uint64_t ref = post (msg);
    expect_only (MSG_SECRETS_CHANGED);
    done (answer (ref, MSG_OK));
}

/* Asks, and expects to be refused with ERROR. Answers whether the body was kept. */
static bool
refused (struct msg *msg, int error)
{
    struct json *result = answer (post (msg), MSG_ERROR);
    cr_assert_str_eq (json_get_text (result, "error"), stui_err_word (error), "%s",
                      json_get_text (result, "text"));
    bool kept = json_get_bool (result, "kept", false);
    json_destroy (&result);
    return kept;
}

static struct msg *
save_of (const char *image, const char *session, const char *text)
{
    char *record = stui_printf ("{\"session_id\":\"%s\",\"image_id\":\"%s\",\"state\":\"modified\","
                                "\"context\":{\"text\":\"%s\"}}",
                                session, image, text);
    struct msg *msg = msg_new ("image/one#1", MSG_SESSION_SAVE, 0, image, session, record, "{}");
    free (record);
    return msg;
}

static int64_t
save (const char *image, const char *session, const char *text)
{
    struct json *result = ask (save_of (image, session, text));
    int64_t generation = json_get_number (result, "generation", -1);
    json_destroy (&result);
    return generation;
}

static struct json *
load (const char *image)
{
    return ask (msg_new ("image/one#1", MSG_SESSIONS_LOAD, 0, image));
}

static const struct json *
session_at (const struct json *result, size_t index)
{
    return json_at (json_get (result, "sessions"), index);
}

static const char *
text_of (const struct json *session)
{
    return json_get_text (json_get (session, "context"), "text");
}

static struct msg *
events_of (int count)
{
    struct json *events = json_array ();
    for (int index = 0; index < count; index++) {
        struct json *event = json_object ();
        json_set_text (event, "kind", "test");
        json_set_number (event, "index", index);
        json_push (events, event);
    }
    char *text = json_print (events);
    struct msg *msg = msg_new ("image/one#1", MSG_EVENTS_PUT, 0, text);
    free (text);
    json_destroy (&events);
    return msg;
}

static struct msg *
events_get (uint64_t after, uint64_t limit, bool wait)
{
    return msg_new ("ui#1", MSG_EVENTS_GET, 0, after, limit, (uint64_t) wait);
}

/* Follows the events until one of KIND comes; its text, which the caller frees. */
static char *
event_await (const char *kind)
{
    uint64_t after = 0;
    for (;;) {
        struct json *result = ask (events_get (after, 100, true));
        const struct json *event = json_first (json_get (result, "events"));
        for (; event; event = json_next (event))
            if (strcmp (json_get_text (event, "kind"), kind) == 0) {
                char *text = stui_strdup (json_get_text (event, "text"));
                json_destroy (&result);
                return text;
            }
        after = (uint64_t) json_get_number (result, "last_seq", 0);
        json_destroy (&result);
    }
}

/* The closed database's keys under PREFIX, one after another with a blank; caller frees. */
static bool
keys_visit (void *context, const char *key, size_t key_size, const char *value, size_t value_size)
{
    (void) value, (void) value_size;
    char **text = context;
    char *longer = stui_printf ("%s%.*s ", *text, (int) key_size, key);
    free (*text);
    *text = longer;
    return true;
}

static struct engine *
database_open (void)
{
    char *path = stui_printf ("%s/db", directory);
    struct engine *engine;
    struct stui_cause cause = {0};
    cr_assert_eq (engine_leveldb.open (path, &engine, &cause), 0, "%s", cause.text);
    free (path);
    return engine;
}

static char *
database_keys (const char *prefix)
{
    struct engine *engine = database_open ();
    char *text = stui_strdup ("");
    cr_assert_eq (engine_leveldb.scan (engine, prefix, NULL, keys_visit, &text, NULL), 0);
    engine_leveldb.close (&engine);
    return text;
}

static void
database_put (const char *key, const char *value, size_t size)
{
    struct engine *engine = database_open ();
    struct engine_change change = {key, value, size};
    cr_assert_eq (engine_leveldb.write (engine, &change, 1, NULL), 0);
    engine_leveldb.close (&engine);
}

/* Tests that fork are of the suite store_processes: they do so before the runtime starts. */
TestSuite (store_actor, .init = fixture_init, .fini = fixture_fini, .timeout = 60);

/* ---- Identity -------------------------------------------------------------------------------- */

Test (store_actor, the_client_id_stays_and_the_generation_rises_with_each_opening)
{
    int64_t before = clock_wall_ms () / 1000;
    store_begin ();
    char *client_id = stui_strdup (json_get_text (opened, "client_id"));
    int64_t generation = json_get_number (opened, "generation", 0);
    cr_assert_eq (strlen (client_id), STUI_UUID_LEN);
    cr_assert_geq (generation, before);
    store_end ();
    store_begin ();
    cr_assert_str_eq (json_get_text (opened, "client_id"), client_id);
    cr_assert_gt (json_get_number (opened, "generation", 0), generation);
    store_end ();
    free (client_id);
}

static int64_t
claim (const char *image_id)
{
    struct json *result = ask (msg_new ("image/one#1", MSG_CLAIM_NEXT, 0, image_id, (uint64_t) 0));
    cr_assert_str_eq (json_get_text (result, "client_id"), json_get_text (opened, "client_id"));
    cr_assert_eq (json_get_number (result, "generation", 0),
                  json_get_number (opened, "generation", -1));
    int64_t counter = json_get_number (result, "counter", 0);
    json_destroy (&result);
    return counter;
}

Test (store_actor, claim_counters_rise_for_each_image_and_outlive_the_process)
{
    store_begin ();
    cr_assert_eq (claim ("a"), 1);
    cr_assert_eq (claim ("a"), 2);
    cr_assert_eq (claim ("b"), 1);
    cr_assert_eq (atomic_load (&gate.writes), 3, "a claim is synced before it is answered");
    store_end ();
    store_begin ();
    cr_assert_eq (claim ("a"), 3);
    refused (msg_new ("image/one#1", MSG_CLAIM_NEXT, 0, "rep-0", (uint64_t) 0),
             STUI_E_INVALID_REQUEST);
    refused (msg_new ("image/one#1", MSG_CLAIM_NEXT, 0, "a/b", (uint64_t) 0),
             STUI_E_INVALID_REQUEST);
    store_end ();
}

/* A user who took an image back from another stui was fenced again by the next start: what it was claimed
 * above was not kept. */
Test (store_actor, a_generation_that_was_claimed_above_another_is_kept_and_later_ones_are_above_it)
{
    enum { MUCH = 1000000 };
    store_begin ();
    int64_t theirs = json_get_number (opened, "generation", 0) + MUCH;
    struct json *result = ask (msg_new ("image/one#1", MSG_CLAIM_NEXT, 0, "a", (uint64_t) theirs));
    cr_assert_eq (json_get_number (result, "generation", 0), theirs + 1);
    json_destroy (&result);
    result = ask (msg_new ("image/two#1", MSG_CLAIM_NEXT, 0, "b", (uint64_t) theirs - 1));
    cr_assert_eq (json_get_number (result, "generation", 0), theirs + 1);
    json_destroy (&result);
    result = ask (msg_new ("image/two#1", MSG_CLAIM_NEXT, 0, "b", (uint64_t) 999999999999999));
    cr_assert_eq (json_get_number (result, "generation", 0), theirs + 1, "no integer is above it");
    json_destroy (&result);
    store_end ();
    store_begin ();
    cr_assert_gt (json_get_number (opened, "generation", 0), theirs + 1);
    store_end ();
}

/* ---- Connections, favourites, recents --------------------------------------------------------- */

Test (store_actor, a_connection_is_confirmed_once_it_is_synced_and_its_number_goes_on)
{
    store_begin ();
    done (ask (msg_new ("image/one#1", MSG_CONNECTION_SAVE, 0, "one",
                        "[{\"seq\":1,\"from_ms\":5,\"ended_at_ms\":9,\"cause\":\"closed\"},"
                        "{\"seq\":2,\"from_ms\":9}]")));
    cr_assert_eq (atomic_load (&gate.writes), 1, "one batch");
    refused (msg_new ("image/one#1", MSG_CONNECTION_SAVE, 0, "one", "[{}]"),
             STUI_E_INVALID_REQUEST);
    struct json *history = ask (msg_new ("cli#1", MSG_IMAGE_HISTORY, 0, "one", (uint64_t) 1));
    cr_assert_eq (json_count (json_get (history, "connections")), 1, "as many as were asked for");
    json_destroy (&history);
    store_end ();
    store_begin ();
    struct json *image = ask (msg_new ("image/one#2", MSG_IMAGE_LOAD, 0, "one"));
    cr_assert_eq (json_get_number (image, "connection", -1), 2);
    json_destroy (&image);
    history = ask (msg_new ("cli#1", MSG_IMAGE_HISTORY, 0, "one", (uint64_t) 10));
    const struct json *newest = json_at (json_get (history, "connections"), 0);
    cr_assert_str_eq (json_get_text (newest, "cause"), "stui_ended");
    json_destroy (&history);
    store_end ();
}

Test (store_actor, favourites_and_recents_outlive_the_process)
{
    store_begin ();
    done (ask (msg_new ("cli#1", MSG_IMAGE_MARK, 0, "one", (uint64_t) 1)));
    done (ask (msg_new ("cli#1", MSG_IMAGE_MARK, 0, "two", (uint64_t) 1)));
    done (ask (msg_new ("cli#1", MSG_IMAGE_MARK, 0, "one", (uint64_t) 0)));
    refused (msg_new ("cli#1", MSG_IMAGE_MARK, 0, "a/b", (uint64_t) 1), STUI_E_INVALID_REQUEST);
    post (msg_new ("image/one#1", MSG_IMAGE_USED, 0, "one"));
    post (msg_new ("image/one#1", MSG_IMAGE_USED, 0, "a/b")); /* a report: nobody is refused */
    store_end ();
    store_begin ();
    struct json *marks = ask (msg_new ("cli#1", MSG_IMAGE_MARKS, 0));
    cr_assert_eq (json_count (json_get (marks, "favourites")), 1);
    cr_assert_str_eq (json_text (json_at (json_get (marks, "favourites"), 0)), "two");
    cr_assert_eq (json_count (json_get (marks, "recents")), 1);
    cr_assert_str_eq (json_get_text (json_at (json_get (marks, "recents"), 0), "name"), "one");
    json_destroy (&marks);
    store_end ();
}

/* Symptom: of two terminals that marked images the one that did so last wiped the marks of the other. */
Test (store_actor, marks_of_two_terminals_are_kept_together_and_all_are_told)
{
    store_begin ();
    marks_changed = 0;
    done (ask (msg_new ("ui#1", MSG_IMAGES_MARKED, 0, "{\"mark\":[\"one\",\"two\"]}")));
    done (
        ask (msg_new ("ui#2", MSG_IMAGES_MARKED, 0, "{\"mark\":[\"six\"],\"unmark\":[\"two\"]}")));
    struct json *marks = ask (msg_new ("ui#1", MSG_IMAGE_MARKS, 0));
    char *marked = json_print (json_get (marks, "marked"));
    cr_assert_str_eq (marked, "[\"one\",\"six\"]");
    cr_assert_eq (marks_changed, 2);
    free (marked);
    json_destroy (&marks);
    done (ask (msg_new ("ui#1", MSG_LAYOUT_SAVE, 0, "both", "{\"focus\":0}", (uint64_t) 0)));
    refused (msg_new ("ui#2", MSG_LAYOUT_SAVE, 0, "both", "{\"focus\":1}", (uint64_t) 0),
             STUI_E_EXISTS);
    done (ask (msg_new ("ui#2", MSG_LAYOUT_SAVE, 0, "both", "{\"focus\":1}", (uint64_t) 1)));
    store_end ();
}

/* ---- Sessions -------------------------------------------------------------------------------- */

/* Symptom: a layout was deleted by panes that could not be read, and all marks by such names. */
Test (store_actor, marks_and_layouts_that_cannot_be_read_change_nothing)
{
    store_begin ();
    done (ask (msg_new ("ui#1", MSG_IMAGES_MARKED, 0, "{\"mark\":[\"one\"]}")));
    done (ask (msg_new ("ui#1", MSG_LAYOUT_SAVE, 0, "wide", "{}", UINT64_C (0))));
    static const char *const wrong[] = {"[", "[]", "3", ""};
    for (size_t index = 0; index < sizeof wrong / sizeof *wrong; index++) {
        uint64_t refs[] = {
            post (msg_new ("ui#1", MSG_LAYOUT_SAVE, 0, "wide", wrong[index], UINT64_C (1))),
            post (msg_new ("ui#1", MSG_IMAGES_MARKED, 0, wrong[index]))};
        for (size_t ref = 0; ref < 2; ref++)
            done (answer (refs[ref], MSG_ERROR));
    }
    struct json *marks = ask (msg_new ("ui#1", MSG_IMAGE_MARKS, 0));
    cr_assert_eq (json_count (json_get (marks, "layouts")), 1);
    cr_assert_eq (json_count (json_get (marks, "marked")), 1);
    json_destroy (&marks);
    done (ask (msg_new ("ui#1", MSG_LAYOUT_SAVE, 0, "wide", "null", UINT64_C (1))));
    marks = ask (msg_new ("ui#1", MSG_IMAGE_MARKS, 0));
    cr_assert_eq (json_count (json_get (marks, "layouts")), 0);
    json_destroy (&marks);
    store_end ();
}

Test (store_actor, a_saved_session_is_loaded_after_a_restart)
{
    store_begin ();
    cr_assert_eq (save ("img", "s1", "one"), 1);
    cr_assert_eq (save ("img", "s1", "two"), 2);
    cr_assert_eq (save ("img", "s2", "other"), 1);
    cr_assert_eq (save ("img2", "s3", "elsewhere"), 1);
    store_end ();
    store_begin ();
    struct json *result = load ("img");
    cr_assert_eq (json_get_number (result, "damaged", -1), 0);
    cr_assert_eq (json_count (json_get (result, "sessions")), 2);
    const struct json *session = session_at (result, 0);
    cr_assert_str_eq (json_get_text (session, "session_id"), "s1");
    cr_assert_str_eq (text_of (session), "two");
    cr_assert_eq (json_get_number (session, "generation", 0), 2);
    cr_assert_eq (json_get_number (session, "bytes", 0),
                  (int64_t) json_size (json_get (session, "context")), "as of one that is open");
    json_destroy (&result);
    store_end ();
}

Test (store_actor, all_sessions_are_listed_without_their_contexts)
{
    store_begin ();
    save ("img", "s1", "one");
    save ("img2", "s2", "two");
    struct json *result = load ("");
    cr_assert_eq (json_count (json_get (result, "sessions")), 2);
    cr_assert_null (json_get (session_at (result, 0), "context"));
    cr_assert_str_eq (json_get_text (session_at (result, 1), "image_id"), "img2");
    json_destroy (&result);
    store_end ();
}

Test (store_actor, a_record_that_was_loaded_can_be_saved_as_it_is)
{
    store_begin ();
    save ("img", "s1", "one");
    struct json *result = load ("img");
    char *record = json_print (session_at (result, 0));
    json_destroy (&result);
    result = ask (msg_new ("image/one#1", MSG_SESSION_SAVE, 0, "img", "s1", record, "{}"));
    json_destroy (&result);
    free (record);
    result = load ("img");
    cr_assert_eq (json_get_number (session_at (result, 0), "generation", 0), 2);
    cr_assert_str_eq (text_of (session_at (result, 0)), "one");
    json_destroy (&result);
    store_end ();
}

/* Symptom: two supervisors had read one session; what one of them wrote down beside an older text was saved
 * over the newer text of the other. */
Test (store_actor, a_save_that_builds_on_an_older_text_than_the_stored_one_is_refused)
{
    static const char record[] = "{\"session_id\":\"s1\",\"context\":{\"text\":\"%s\"}}";
    char *newer = stui_printf (record, "newer"), *older = stui_printf (record, "older");
    store_begin ();
    done (ask (msg_new ("image/one#1", MSG_SESSION_SAVE, 0, "img", "s1", newer,
                        "{\"base\":\"a\",\"state\":\"b\"}")));
    refused (msg_new ("image/two#2", MSG_SESSION_SAVE, 0, "img", "s1", older,
                      "{\"base\":\"a\",\"state\":\"a\"}"),
             STUI_E_CONFLICT);
    struct json *result = load ("img");
    cr_assert_str_eq (json_get_text (json_get (session_at (result, 0), "context"), "text"),
                      "newer");
    json_destroy (&result);
    done (ask (msg_new ("image/two#2", MSG_SESSION_SAVE, 0, "img", "s1", older,
                        "{\"base\":\"b\",\"state\":\"a\"}")));
    free (newer);
    free (older);
    store_end ();
}

Test (store_actor, the_three_newest_generations_are_kept)
{
    store_begin ();
    for (int round = 0; round < 3; round++)
        save ("img", "s1", "text");
    store_end ();
    store_begin ();
    for (int round = 0; round < 2; round++)
        save ("img", "s1", "text");
    store_end ();
    char *keys = database_keys ("session/");
    cr_assert_str_eq (keys, "session/img/s1/0000000000000003 session/img/s1/0000000000000004 "
                            "session/img/s1/0000000000000005 ");
    free (keys);
}

Test (store_actor, what_is_not_a_session_record_is_refused)
{
    store_begin ();
    static const char *const bad[][3] = {
        {"img", "s1", "{}"},
        {"img", "s1", "[]"},
        {"img", "s1", "{\"session_id\":\"s2\"}"},
        {"img", "a/b", "{\"session_id\":\"a/b\"}"},
        {"", "s1", "{\"session_id\":\"s1\"}"},
    };
    for (size_t index = 0; index < sizeof bad / sizeof *bad; index++)
        refused (msg_new ("image/one#1", MSG_SESSION_SAVE, 0, bad[index][0], bad[index][1],
                          bad[index][2], "{}"),
                 STUI_E_INVALID_REQUEST);
    refused (msg_new ("image/one#1", MSG_SESSION_SAVE, 0, "img", "s1", "{", "{}"),
             STUI_E_MALFORMED);
    char *huge = stui_alloc (STUI_SESSION_MAX + 1);
    memset (huge, 'x', STUI_SESSION_MAX);
    refused (save_of ("img", "s1", huge), STUI_E_TOO_LARGE);
    free (huge);
    refused (msg_new ("image/one#1", MSG_SESSIONS_LOAD, 0, "a/b"), STUI_E_INVALID_REQUEST);
    refused (msg_new ("image/one#1", MSG_RESOLVE, 0, "localhost"), STUI_E_UNKNOWN_VERB);
    cr_assert_eq (save ("img", "s1", "still alive"), 1);
    store_end ();
}

/* ---- Batches --------------------------------------------------------------------------------- */

Test (store_actor, saves_that_come_while_one_is_written_share_the_next_batch)
{
    enum { SAVES = 64 };
    store_begin ();
    atomic_store (&gate.hold, true);
    uint64_t first = post (save_of ("img", "s0", "text"));
    sem_wait (&gate.held);
    for (int index = 1; index < SAVES; index++) {
        char session[16];
        snprintf (session, sizeof session, "s%d", index);
        post (save_of ("img", session, "text"));
    }
    cr_assert_null (switchboard_poll (&switchboard, 0), "confirmed before it was written");
    sem_post (&gate.go);
    for (int index = 0; index < SAVES; index++) {
        struct json *result = answer (first + (uint64_t) index, MSG_OK);
        cr_assert_eq (json_get_number (result, "generation", 0), 1);
        json_destroy (&result);
    }
    /* A turn takes ACTOR_TURN_MAX messages at most, so one may be left over. */
    cr_assert_leq (atomic_load (&gate.writes), 3);
    store_end ();
}

Test (store_actor, saves_of_one_session_that_wait_become_one_generation)
{
    store_begin ();
    atomic_store (&gate.hold, true);
    uint64_t first = post (save_of ("img", "s1", "0"));
    sem_wait (&gate.held);
    for (int index = 1; index < 5; index++)
        post (save_of ("img", "s1", index < 4 ? "between" : "last"));
    sem_post (&gate.go);
    for (uint64_t index = 0; index < 5; index++) {
        struct json *result = answer (first + index, MSG_OK);
        cr_assert_eq (json_get_number (result, "generation", 0), index == 0 ? 1 : 2);
        json_destroy (&result);
    }
    struct json *result = load ("img");
    cr_assert_str_eq (text_of (session_at (result, 0)), "last");
    json_destroy (&result);
    store_end ();
}

Test (store_actor, saves_that_wait_in_the_mailbox_at_the_stop_are_written)
{
    store_begin ();
    atomic_store (&gate.hold, true);
    post (save_of ("img", "s1", "one"));
    sem_wait (&gate.held);
    post (save_of ("img", "s2", "two"));
    zstr_send (store, "$TERM");
    sem_post (&gate.go);
    store_end ();
    store_begin ();
    struct json *result = load ("img");
    cr_assert_eq (json_count (json_get (result, "sessions")), 2);
    json_destroy (&result);
    store_end ();
}

Test (store_processes, what_was_confirmed_outlives_a_kill, .timeout = 60)
{
    scratch_open (directory);
    pid_t child = fork ();
    if (child == 0) {
        sem_init (&gate.go, 0, 0); /* the second write waits for ever */
        switchboard_open (&switchboard);
        store_begin ();
        save ("img", "s1", "confirmed");
        atomic_store (&gate.hold, true);
        post (save_of ("img", "s1", "not confirmed"));
        raise (SIGKILL);
    }
    int status;
    cr_assert_eq (waitpid (child, &status, 0), child);
    cr_assert (WIFSIGNALED (status));
    switchboard_open (&switchboard);
    store_begin ();
    struct json *result = load ("img");
    cr_assert_str_eq (text_of (session_at (result, 0)), "confirmed");
    json_destroy (&result);
    store_end ();
    fixture_fini ();
}

/* ---- Damage ---------------------------------------------------------------------------------- */

/* A record of s1 that nobody ever wrote whole, though the store confirmed it. */
static void
put_damaged (const char *key, uint64_t generation)
{
    database_put (key, "{\"checksum\":\"damaged", 20);
    struct store_ledger ledger;
    char *path = stui_printf ("%s/ledger", directory);
    store_ledger_open (&ledger, path);
    store_ledger_note (&ledger, "session/img/s1/", generation);
    store_ledger_write (&ledger);
    store_ledger_close (&ledger);
    free (path);
}

Test (store_actor, a_damaged_record_is_put_back_from_the_export_made_at_the_end)
{
    store_begin ();
    save ("img", "s1", "one");
    save ("img", "s1", "two");
    store_end ();
    database_put ("session/img/s1/0000000000000002", "{\"checksum\":\"damaged", 20);
    store_begin ();
    struct json *result = load ("img");
    cr_assert_eq (json_get_number (result, "damaged", 0), 1);
    cr_assert_str_eq (text_of (session_at (result, 0)), "two");
    json_destroy (&result);
    free (event_await ("record_damaged"));
    struct json *status = ask (msg_new ("ui#1", MSG_STORE_STATUS, 0));
    cr_assert_eq (json_count (json_get (status, "losses")), 0);
    cr_assert_eq (json_get_number (status, "exports", 0), 1);
    cr_assert_eq (json_get_number (status, "quarantined", 0), 1);
    json_destroy (&status);
    store_end ();
}

Test (store_actor, a_damaged_record_is_set_aside_and_the_generation_before_it_used)
{
    store_begin ();
    save ("img", "s1", "one");
    store_end ();
    put_damaged ("session/img/s1/0000000000000002", 2);
    store_begin ();
    struct json *result = load ("img");
    cr_assert_eq (json_get_number (result, "damaged", 0), 1);
    cr_assert_str_eq (text_of (session_at (result, 0)), "one");
    json_destroy (&result);
    char *text = event_await ("record_damaged");
    cr_assert (strstr (text, "quarantine/session/img/s1/0000000000000002"), "%s", text);
    free (text);
    text = event_await ("session_older");
    cr_assert (strstr (text, "session s1"), "%s", text);
    free (text);
    struct json *status = ask (msg_new ("ui#1", MSG_STORE_STATUS, 0));
    const struct json *loss = json_first (json_get (status, "losses"));
    cr_assert_str_eq (json_get_text (loss, "session_id"), "s1");
    cr_assert_eq (json_get_number (loss, "generation", 0), 2);
    cr_assert_eq (json_get_number (loss, "used", 0), 1);
    json_destroy (&status);
    result = load ("img");
    cr_assert_eq (json_get_number (result, "damaged", 1), 0);
    json_destroy (&result);
    cr_assert_eq (save ("img", "s1", "three"), 3, "a number is never used for two states");
    store_end ();
    char *keys = database_keys ("quarantine/");
    cr_assert_str_eq (keys, "quarantine/session/img/s1/0000000000000002 ");
    free (keys);
}

Test (store_actor, a_whole_record_whose_body_is_no_object_is_damaged)
{
    store_begin ();
    save ("img", "s1", "one");
    store_end ();
    size_t size;
    char *record = records_encode ("session/img/s1/0000000000000002", "[1]", false, 2, 0, &size);
    database_put ("session/img/s1/0000000000000002", record, size);
    free (record);
    store_begin ();
    struct json *result = load ("img");
    cr_assert_eq (json_get_number (result, "damaged", 0), 1);
    cr_assert_str_eq (text_of (session_at (result, 0)), "one");
    json_destroy (&result);
    store_end ();
}

Test (store_actor, a_session_without_a_good_generation_is_counted_and_the_others_load)
{
    store_begin ();
    save ("img", "s2", "two");
    store_end ();
    put_damaged ("session/img/s1/0000000000000001", 1);
    store_begin ();
    struct json *result = load ("img");
    cr_assert_eq (json_get_number (result, "damaged", 0), 1);
    cr_assert_eq (json_count (json_get (result, "sessions")), 1);
    cr_assert_str_eq (text_of (session_at (result, 0)), "two");
    json_destroy (&result);
    store_end ();
}

Test (store_actor, a_damaged_identity_is_replaced_and_set_aside)
{
    store_begin ();
    store_end ();
    database_put (KEYS_IDENTITY, "nonsense", 8);
    store_begin ();
    cr_assert_eq (strlen (json_get_text (opened, "client_id")), STUI_UUID_LEN);
    char *text = event_await ("record_damaged");
    cr_assert (strstr (text, KEYS_IDENTITY), "%s", text);
    free (text);
    store_end ();
}

Test (store_actor, a_damaged_database_is_repaired_and_said_so)
{
    store_begin ();
    save ("img", "s1", "one");
    store_end ();
    char *path = stui_printf ("%s/db/CURRENT", directory);
    FILE *file = fopen (path, "w");
    fputs ("MANIFEST-999999\n", file);
    fclose (file);
    free (path);
    store_begin ();
    struct json *result = load ("img");
    cr_assert_str_eq (text_of (session_at (result, 0)), "one");
    json_destroy (&result);
    char *text = event_await ("database_repaired");
    cr_assert (strstr (text, "db.damaged-"), "%s", text);
    free (text);
    store_end ();
}

/* ---- A disk that refuses --------------------------------------------------------------------- */

static bool
is_degraded (void)
{
    struct json *status = ask (msg_new ("ui#1", MSG_STORE_STATUS, 0));
    bool degraded = json_get_bool (status, "degraded", false);
    cr_assert_eq (degraded, json_get_text (status, "cause")[0] != '\0');
    json_destroy (&status);
    return degraded;
}

Test (store_actor, while_the_disk_refuses_the_newest_state_is_kept_and_written_when_it_heals)
{
    store_begin ();
    save ("img", "s1", "stored");
    cr_assert_not (is_degraded ());
    atomic_store (&gate.fail_write, true);
    cr_assert (refused (save_of ("img", "s1", "newer"), STUI_E_STORAGE), "not kept");
    cr_assert (is_degraded ());
    cr_assert (refused (save_of ("img", "s1", "newest"), STUI_E_STORAGE), "not kept");
    cr_assert (refused (save_of ("img", "s2", "other"), STUI_E_STORAGE), "not kept");
    cr_assert (
        refused (msg_new ("image/one#1", MSG_IMAGE_SAVE, 0, "one", "{\"a\":1}"), STUI_E_STORAGE));
    cr_assert_not (
        refused (msg_new ("image/one#1", MSG_CLAIM_NEXT, 0, "img", (uint64_t) 0), STUI_E_STORAGE));
    struct json *result = load ("img");
    cr_assert_str_eq (text_of (session_at (result, 0)), "newest", "a load shows what is kept");
    cr_assert_str_eq (text_of (session_at (result, 1)), "other");
    json_destroy (&result);
    cr_assert (strstr (trouble, "No space left"), "registry was told '%s'", trouble);
    atomic_store (&gate.fail_write, false);
    free (event_await ("store_healed"));
    cr_assert_not (is_degraded ());
    cr_assert_str_eq (trouble, "");
    store_end ();
    store_begin ();
    result = load ("img");
    cr_assert_str_eq (text_of (session_at (result, 0)), "newest");
    cr_assert_str_eq (text_of (session_at (result, 1)), "other");
    json_destroy (&result);
    char *text = event_await ("store_degraded");
    cr_assert (strstr (text, "No space left"), "%s", text);
    free (text);
    store_end ();
}

Test (store_actor, a_full_disk_is_survived_by_reopening_leveldb_itself)
{
    /* Files may not grow: to LevelDB that is a full disk, after which it refuses everything. */
    struct rlimit limit, full;
    store_begin ();
    cr_assert_eq (getrlimit (RLIMIT_FSIZE, &limit), 0);
    full = (struct rlimit){.rlim_cur = 1, .rlim_max = limit.rlim_max};
    signal (SIGXFSZ, SIG_IGN);
    cr_assert_eq (setrlimit (RLIMIT_FSIZE, &full), 0);
    bool kept = refused (save_of ("img", "s1", "kept"), STUI_E_STORAGE);
    cr_assert_eq (setrlimit (RLIMIT_FSIZE, &limit), 0);
    cr_assert (kept);
    free (event_await ("store_healed"));
    cr_assert_eq (save ("img", "s1", "newer"), 2);
    store_end ();
    store_begin ();
    struct json *result = load ("img");
    cr_assert_str_eq (text_of (session_at (result, 0)), "newer");
    done (result);
    store_end ();
}

Test (store_actor, at_the_end_a_disk_that_refused_gets_one_more_chance)
{
    store_begin ();
    atomic_store (&gate.fail_write, true);
    refused (save_of ("img", "s1", "kept"), STUI_E_STORAGE);
    atomic_store (&gate.fail_write, false);
    store_end ();
    store_begin ();
    struct json *result = load ("img");
    cr_assert_str_eq (text_of (session_at (result, 0)), "kept");
    json_destroy (&result);
    store_end ();
}

Test (store_actor, a_disk_that_refuses_to_the_end_does_not_keep_the_store_from_ending)
{
    store_begin ();
    atomic_store (&gate.fail_write, true);
    refused (save_of ("img", "s1", "lost"), STUI_E_STORAGE);
    store_end ();
}

/* Symptom: a session that had come while the disk was full, and could not be encrypted by the time it
 * was not any more, kept everything else from being saved for ever. */
Test (store_actor, a_session_that_waits_for_its_keys_keeps_nothing_else_from_being_saved)
{
    char hex[CRYPT_HEX_SIZE], *argon2id = passphrase (hex);
    store_begin ();
    ask_secrets (msg_new ("ui#1", MSG_VAULT_REKEY, 0, "", hex, argon2id));
    store_end ();
    store_begin (); /* locked from now on */
    atomic_store (&gate.fail_write, true);
    cr_assert (refused (save_of ("img", "s1", "waits"), STUI_E_STORAGE), "not kept");
    post (msg_new ("main#1", MSG_ENCRYPT_SESSIONS, 0, UINT64_C (1)));
    cr_assert_not (refused (save_of ("img", "s1", "locked"), STUI_E_LOCKED));
    atomic_store (&gate.fail_write, false);
    free (event_await ("store_healed"));
    done (ask (msg_new ("image/one#1", MSG_IMAGE_SAVE, 0, "two", "{\"a\":1}")));
    char *why = event_await ("sessions_locked");
    free (why);
    ask_secrets (msg_new ("ui#1", MSG_VAULT_UNLOCK, 0, hex));
    cr_assert_eq (save ("img", "s2", "saved at once"), 1);
    store_end ();
    store_begin ();
    ask_secrets (msg_new ("ui#1", MSG_VAULT_UNLOCK, 0, hex));
    struct json *result = load ("img");
    cr_assert_str_eq (text_of (session_at (result, 0)), "waits");
    done (result);
    store_end ();
    free (argon2id);
}

/* ---- Events ---------------------------------------------------------------------------------- */

Test (store_actor, events_are_numbered_and_read_on_from_any_number)
{
    store_begin ();
    struct json *result = ask (events_of (3));
    cr_assert_eq (json_get_number (result, "last_seq", 0), 3);
    json_destroy (&result);
    result = ask (events_get (1, 1, false));
    cr_assert_eq (json_count (json_get (result, "events")), 1);
    const struct json *event = json_first (json_get (result, "events"));
    cr_assert_eq (json_get_number (event, "seq", 0), 2);
    cr_assert_eq (json_get_number (event, "index", 0), 1);
    cr_assert_eq (json_get_number (result, "last_seq", 0), 2);
    json_destroy (&result);
    result = ask (events_get (3, 10, false));
    cr_assert_eq (json_count (json_get (result, "events")), 0);
    cr_assert_eq (json_get_number (result, "last_seq", 0), 3);
    json_destroy (&result);
    store_end ();
    store_begin ();
    result = ask (events_of (1));
    cr_assert_eq (json_get_number (result, "last_seq", 0), 4);
    json_destroy (&result);
    store_end ();
}

Test (store_actor, who_waits_for_an_event_gets_the_next_one)
{
    store_begin ();
    done (ask (events_of (1)));
    uint64_t waiting = post (events_get (1, 10, true));
    uint64_t putting = post (events_of (1));
    done (answer (putting, MSG_OK));
    struct json *result = answer (waiting, MSG_OK);
    cr_assert_eq (json_get_number (json_first (json_get (result, "events")), "seq", 0), 2);
    json_destroy (&result);
    store_end ();
}

Test (store_actor, who_is_ahead_of_the_numbers_is_not_left_waiting)
{
    store_begin ();
    struct json *result = ask (events_get (1000, 10, true));
    cr_assert_eq (json_get_number (result, "last_seq", -1), 0);
    json_destroy (&result);
    store_end ();
}

Test (store_actor, of_too_many_that_wait_the_oldest_is_answered_empty)
{
    enum { ROOM = 256 };
    store_begin ();
    uint64_t first = post (events_get (0, 10, true));
    for (int index = 0; index < ROOM; index++)
        post (events_get (0, 10, true));
    struct json *result = answer (first, MSG_OK);
    cr_assert_eq (json_count (json_get (result, "events")), 0);
    json_destroy (&result);
    store_end ();
}

Test (store_actor, the_newest_ten_thousand_events_are_kept)
{
    enum { PUTS = 11, EACH = 1000 };
    store_begin ();
    for (int put = 0; put < PUTS; put++)
        done (ask (events_of (EACH)));
    struct json *result = ask (msg_new ("ui#1", MSG_STORE_STATUS, 0));
    cr_assert_eq (json_get_number (result, "events", 0), 10000);
    json_destroy (&result);
    result = ask (events_get (0, 1, false));
    cr_assert_eq (json_get_number (json_first (json_get (result, "events")), "seq", 0), 1001);
    json_destroy (&result);
    refused (events_of (EACH + 1), STUI_E_TOO_LARGE);
    store_end ();
}

/* ---- Images and status ----------------------------------------------------------------------- */

Test (store_actor, what_was_learnt_of_an_image_is_kept_by_its_name)
{
    store_begin ();
    struct json *result = ask (msg_new ("image/one#1", MSG_IMAGE_LOAD, 0, "one"));
    cr_assert (json_is_null (json_get (result, "image")));
    json_destroy (&result);
    result = ask (msg_new ("image/one#1", MSG_IMAGE_SAVE, 0, "one", "{\"boot_id\":\"b\"}"));
    json_destroy (&result);
    store_end ();
    store_begin ();
    result = ask (msg_new ("image/one#1", MSG_IMAGE_LOAD, 0, "one"));
    cr_assert_str_eq (json_get_text (json_get (result, "image"), "boot_id"), "b");
    json_destroy (&result);
    refused (msg_new ("image/one#1", MSG_IMAGE_SAVE, 0, "../one", "{}"), STUI_E_INVALID_REQUEST);
    refused (msg_new ("image/one#1", MSG_IMAGE_SAVE, 0, "one", "7"), STUI_E_INVALID_REQUEST);
    store_end ();
}

Test (store_actor, the_status_counts_what_is_there)
{
    store_begin ();
    save ("img", "s1", "one");
    save ("img", "s1", "two");
    save ("img2", "s2", "one");
    done (ask (msg_new ("x#1", MSG_IMAGE_SAVE, 0, "one", "{}")));
    done (ask (events_of (5)));
    store_end ();
    store_begin ();
    struct json *status = ask (msg_new ("ui#1", MSG_STORE_STATUS, 0));
    cr_assert_eq (json_get_number (status, "sessions", 0), 2);
    cr_assert_eq (json_get_number (status, "images", 0), 1);
    cr_assert_eq (json_get_number (status, "events", 0), 5);
    cr_assert_eq (json_get_number (status, "generation", 0),
                  json_get_number (opened, "generation", -1));
    cr_assert (strstr (json_get_text (status, "path"), directory));
    json_destroy (&status);
    store_end ();
}

/* ---- Not ours -------------------------------------------------------------------------------- */

/* Starts a store that cannot live; why it ended, which the caller frees. */
static char *
store_refuses (void)
{
    struct store_args args = {.state_dir = directory, .engine = &gate_engine};
    store = switchboard_start (&switchboard, store_actor, "store", &args);
    struct msg *ended = switchboard_expect (&switchboard, MSG_ENDED);
    char *why = stui_strdup (msg_text (ended, 0));
    msg_destroy (&ended);
    zactor_destroy (&store);
    return why;
}

Test (store_processes, the_profile_of_another_process_is_not_touched, .timeout = 60)
{
    int ready[2], hold[2];
    scratch_open (directory);
    cr_assert (pipe (ready) == 0 && pipe (hold) == 0);
    pid_t child = fork ();
    if (child == 0) {
        struct owner owner = {0};
        char byte = (char) owner_take (&owner, directory, NULL);
        close (hold[1]);
        (void) !write (ready[1], &byte, 1);
        (void) !read (hold[0], &byte, 1);
        _exit (0);
    }
    char byte = 1;
    cr_assert_eq (read (ready[0], &byte, 1), 1);
    cr_assert_eq (byte, 0);
    switchboard_open (&switchboard);
    char *why = store_refuses ();
    char *expected = stui_printf ("process %ld", (long) child);
    cr_assert_eq (strncmp (why, "ProfileOwned: ", 14), 0, "%s", why);
    cr_assert (strstr (why, expected), "%s", why);
    free (expected);
    free (why);
    char *path = stui_printf ("%s/db", directory);
    cr_assert_neq (access (path, F_OK), 0, "the database was looked at");
    free (path);
    close (hold[1]);
    cr_assert_eq (waitpid (child, NULL, 0), child);
    store_begin ();
    store_end ();
    fixture_fini ();
}

Test (store_actor, a_newer_database_is_left_alone)
{
    store_begin ();
    store_end ();
    size_t size;
    char *record = records_encode (KEYS_SCHEMA, "{\"schema\":99}", false, 0, 0, &size);
    database_put (KEYS_SCHEMA, record, size);
    free (record);
    char *why = store_refuses ();
    cr_assert_eq (strncmp (why, "UnsupportedOperation: ", 22), 0, "%s", why);
    cr_assert (strstr (why, "newer stui"), "%s", why);
    free (why);
}
