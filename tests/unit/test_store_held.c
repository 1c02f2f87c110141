/* test_store_held.c: what images have held, in a profile's database: over restarts, encrypted, damaged. It is long:
 * what is held and what came of it are records of one list, and their tests share its beginnings. */

#include "actors/store_held.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "actors/keys.h"
#include "actors/outcomes.h"
#include "actors/records.h"
#include "actors/store_export.h"
#include "actors/store_index.h"
#include "actors/store_restore.h"
#include "actors/store_vault.h"
#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/random.h"
#include "support/scratch.h"

static const int64_t begin_ms = INT64_C (1800000000000);

static char directory[SCRATCH_SIZE];
static struct store_db db;
static struct store_policy nothing;

static void
begin (void)
{
    struct random_source random = {.state = 7};
    struct stui_cause cause = {0};
    cr_assert_eq (store_db_open (&db, directory, &engine_leveldb, begin_ms, &random, &cause), 0,
                  "%s", cause.text);
}

static void
setup (void)
{
    scratch_open (directory);
    begin ();
}

static void
teardown (void)
{
    store_db_close (&db);
    scratch_close (directory);
}

TestSuite (store_held, .init = setup, .fini = teardown);

/* Image NAME has one that is held, with CODE. */
static void
save (const char *name, const char *code)
{
    char key[KEYS_SIZE];
    struct stui_cause cause = {0};
    keys_held (key, name, NULL);
    char *body = stui_printf ("{\"entries\":[{\"id\":\"a\",\"state\":\"held\",\"command\":"
                              "\"evaluate\",\"parameters\":{\"code\":\"%s\"}}]}",
                              code);
    struct store_write write = {
        .kind = STORE_WRITE_HELD, .subject = key, .body = body, .bytes = strlen (body)};
    cr_assert_eq (store_db_commit (&db, &write, 1, begin_ms, &cause), 0, "%s", cause.text);
    free (body);
}

/* CODE is what image NAME has held; NULL: nothing; or it cannot be read, because of ERR. */
static void
assert_held (const char *name, const char *code, int err)
{
    struct json *result = NULL;
    struct stui_cause cause = {0};
    cr_assert_eq (store_held_load (&db, &nothing, name, begin_ms, &result, &cause), err, "%s",
                  cause.text);
    const struct json *entry = json_first (json_get (json_get (result, "held"), "entries"));
    const char *found = json_get_text (json_get (entry, "parameters"), "code");
    cr_assert_eq (code == NULL, found == NULL);
    if (code)
        cr_assert_str_eq (found, code);
    json_destroy (&result);
}

Test (store_held, what_is_held_is_there_after_a_restart)
{
    assert_held ("one", NULL, 0);
    save ("one", "3 + 4");
    save ("one", "5 + 6");
    store_db_close (&db);
    begin ();
    assert_held ("one", "5 + 6", 0);
    assert_held ("two", NULL, 0);
}

Test (store_held, all_images_are_listed_those_that_wait_to_be_written_too)
{
    struct store_policy waiting = {0};
    struct json *result = NULL;
    save ("one", "3 + 4");
    save ("two", "5 + 6");
    char *body = stui_strdup ("{\"entries\":[]}");
    store_policy_put (&waiting, STORE_WRITE_HELD, "held/two", &body, NULL, 0);
    cr_assert_eq (store_held_all (&db, &waiting, begin_ms, &result, NULL), 0);
    const struct json *images = json_get (result, "images");
    cr_assert_eq (json_count (images), 1);
    cr_assert_str_eq (json_get_text (json_first (json_get (images, "one")), "code"), "3 + 4");
    json_destroy (&result);
    store_policy_fini (&waiting);
}

/* Settles the one of image NAME in the way HOW; the error, or 0. */
static int
settle (const char *name, const char *id, const char *how)
{
    char key[KEYS_SIZE], *body = NULL;
    struct stui_cause cause = {0};
    int err = store_held_settle (&db, &nothing, name, id, how, begin_ms, &body, &cause);
    if (!err) {
        keys_held (key, name, NULL);
        struct store_write write = {
            .kind = STORE_WRITE_HELD, .subject = key, .body = body, .bytes = strlen (body)};
        cr_assert_eq (store_db_commit (&db, &write, 1, begin_ms, &cause), 0, "%s", cause.text);
    }
    free (body);
    return err;
}

/* Symptom: what was held of an image that was removed could not be dropped. */
Test (store_held, what_is_held_of_an_image_that_nobody_supervises_is_dropped)
{
    save ("one", "3 + 4");
    cr_assert_eq (settle ("one", "b", "drop"), STUI_E_NOT_FOUND);
    cr_assert_eq (settle ("two", "a", "drop"), STUI_E_NOT_FOUND);
    cr_assert_eq (settle ("one", "a", "ran"), STUI_E_NOT_FOUND, "it is not in doubt");
    assert_held ("one", "3 + 4", 0);
    cr_assert_eq (settle ("one", "a", "drop"), 0);
    assert_held ("one", NULL, 0);
}

/* Symptom: with encrypted sessions the code that was held lay in the database for everybody to read. */
Test (store_held, code_that_is_held_is_encrypted_as_sessions_are)
{
    struct stui_cause cause = {0};
    char *value;
    size_t size;
    save ("one", "mySecretCode");
    cr_assert_eq (store_vault_encrypt_sessions (&db, true, begin_ms, &cause), 0, "%s", cause.text);
    save ("one", "mySecretCode");
    cr_assert_eq (db.functions->get (db.engine, "held/one/a", &value, &size, NULL), 0);
    cr_assert_null (memmem (value, size, "mySecretCode", 12));
    free (value);
    assert_held ("one", "mySecretCode", 0);
    store_db_close (&db);
    char *key = stui_printf ("%s/key", directory);
    remove (key);
    free (key);
    begin ();
    assert_held ("one", NULL, STUI_E_LOCKED);
}

/* ---- A record each --------------------------------------------------------------------------- */

/* Image one has those with the IDS held, one letter each; the code of each is CODE. */
static void
save_all (const char *ids, const char *code)
{
    struct json *list = json_object (), *entries = json_array ();
    struct stui_cause cause = {0};
    for (const char *at = ids; *at; at++) {
        struct json *entry = json_object (), *parameters = json_object ();
        char id[] = {*at, '\0'};
        json_set_text (entry, "id", id);
        json_set_text (entry, "state", "held");
        json_set_text (entry, "command", "evaluate");
        json_set_text (parameters, "code", code);
        json_set (entry, "parameters", parameters);
        json_push (entries, entry);
    }
    json_set (list, "entries", entries);
    char *body = json_print (list), subject[] = "held/one";
    struct store_write write = {
        .kind = STORE_WRITE_HELD, .subject = subject, .body = body, .bytes = strlen (body)};
    cr_assert_eq (store_db_commit (&db, &write, 1, begin_ms, &cause), 0, "%s", cause.text);
    free (body);
    json_destroy (&list);
}

/* The ids of what image one has held are IDS, in that order. */
static void
assert_ids (const char *ids)
{
    struct json *result = NULL;
    struct stui_cause cause = {0};
    char found[16] = "";
    cr_assert_eq (store_held_load (&db, &nothing, "one", begin_ms, &result, &cause), 0, "%s",
                  cause.text);
    const struct json *entry = json_first (json_get (json_get (result, "held"), "entries"));
    for (; entry; entry = json_next (entry))
        strncat (found, json_get_text (entry, "id"), 1);
    cr_assert_str_eq (found, ids);
    json_destroy (&result);
}

static uint64_t
generation_of (const char *key)
{
    char *value = NULL;
    size_t size;
    struct record record = {0};
    if (db.functions->get (db.engine, key, &value, &size, NULL) == 0)
        records_decode (key, value, size, &record);
    free (value);
    return record.generation;
}

static void
put (const char *key, const char *value, size_t size)
{
    struct engine_change change = {key, value, size};
    cr_assert_eq (db.functions->write (db.engine, &change, 1, NULL), 0);
}

/* Symptom: each evaluation wrote all that an image had held anew, up to 1 MB. */
Test (store_held, what_did_not_change_is_not_written_again)
{
    save_all ("ab", "3 + 4");
    save_all ("abc", "3 + 4");
    cr_assert_eq (generation_of ("held/one/a"), 1);
    cr_assert_eq (generation_of ("held/one/c"), 2);
    cr_assert_eq (generation_of ("held/one"), 2);
    save_all ("ac", "3 + 4");
    cr_assert_eq (generation_of ("held/one/b"), 0, "what was settled is gone");
    cr_assert_eq (generation_of ("held/one/a"), 1);
    store_db_close (&db);
    begin ();
    assert_ids ("ac");
    save_all ("ca", "5 + 6");
    assert_ids ("ca");
}

/* Symptom: a flipped bit cost all that was held and in doubt of an image. */
Test (store_held, damage_of_one_costs_one)
{
    save_all ("abc", "3 + 4");
    put ("held/one/b", "damaged", 7);
    assert_ids ("ac");
    size_t notices = json_count (db.notices);
    cr_assert_gt (notices, 0);
    assert_ids ("ac");
    cr_assert_eq (json_count (db.notices), notices, "it is said once");
    save_all ("acd", "3 + 4");
    assert_ids ("acd");
}

Test (store_held, one_that_is_missing_is_fetched_from_an_export_or_said_to_be_lost)
{
    save_all ("abc", "3 + 4");
    cr_assert_eq (store_export_now (&db, begin_ms, NULL), 0);
    save_all ("abcd", "3 + 4");
    put ("held/one/b", NULL, 0);
    assert_ids ("abcd");
    cr_assert_eq (json_count (db.notices), 0);
    put ("held/one/d", NULL, 0);
    assert_ids ("abc");
    cr_assert_eq (json_count (db.notices), 1);
    cr_assert_str_eq (json_get_text (json_first (db.notices), "kind"), "held_lost");
    assert_ids ("abc");
    cr_assert_eq (json_count (db.notices), 1, "it is said once");
}

Test (store_held, without_the_record_that_names_them_all_that_are_there_count)
{
    save_all ("abc", "3 + 4");
    put ("held/one", "damaged", 7);
    assert_ids ("abc");
    cr_assert_gt (json_count (db.notices), 0);
    struct json *result = NULL;
    cr_assert_eq (store_held_all (&db, &nothing, begin_ms, &result, NULL), 0);
    cr_assert_eq (json_count (json_get (json_get (result, "images"), "one")), 3);
    json_destroy (&result);
    save_all ("bc", "3 + 4");
    assert_ids ("bc");
}

/* Symptom it must not have: an evaluation that was sent comes back as one that was not. */
Test (store_held, what_was_settled_does_not_come_back_from_an_older_file)
{
    char *value;
    size_t size;
    save_all ("ab", "3 + 4");
    cr_assert_eq (db.functions->get (db.engine, "held/one/b", &value, &size, NULL), 0);
    save_all ("a", "3 + 4");
    store_db_close (&db);
    begin ();
    put ("held/one/b", value, size);
    assert_ids ("a");
    save_all ("ac", "3 + 4");
    assert_ids ("ac");
    cr_assert_eq (generation_of ("held/one/b"), 0);
    free (value);
}

/* ---- What came of it ------------------------------------------------------------------------- */

#define HELD_A                                                                                     \
    "{\"id\":\"a\",\"state\":\"held\",\"command\":\"evaluate\",\"asked_by\":\"tag a\","            \
    "\"parameters\":{\"code\":\"3 + 4\"}}"
#define SETTLED_B                                                                                  \
    "{\"id\":\"b\",\"state\":\"settled\",\"asked_by\":\"tag b\",\"at_ms\":1799999999999,"          \
    "\"result\":{\"result\":\"mySecretAnswer\"}}"

/* Image one has the ENTRIES and SETTLED, JSON texts without their brackets. */
static void
save_lists (const char *entries, const char *settled)
{
    struct stui_cause cause = {0};
    char subject[] = "held/one",
         *body = stui_printf ("{\"entries\":[%s],\"settled\":[%s]}", entries, settled);
    struct store_write write = {
        .kind = STORE_WRITE_HELD, .subject = subject, .body = body, .bytes = strlen (body)};
    cr_assert_eq (store_db_commit (&db, &write, 1, begin_ms, &cause), 0, "%s", cause.text);
    free (body);
}

/* What is kept of image one for whoever asks by TAG is ANSWER, or the sentence of an error; NULL: nothing. */
static void
assert_settled (const char *tag, const char *answer)
{
    struct json *result = NULL;
    struct stui_cause cause = {0};
    struct outcomes outcomes = {0};
    cr_assert_eq (store_held_load (&db, &nothing, "one", begin_ms, &result, &cause), 0, "%s",
                  cause.text);
    outcomes_load (&outcomes, json_get (json_get (result, "held"), "settled"), begin_ms);
    const struct outcome *one = outcomes_find (&outcomes, tag);
    cr_assert_eq (one == NULL, answer == NULL, "%s", one ? "it is kept" : "it is not kept");
    if (one)
        cr_assert_not_null (strstr (one->result ? one->result : one->text, answer));
    outcomes_fini (&outcomes);
    json_destroy (&result);
}

/* Symptom: the answer that a stui had fetched was gone when that ended. */
Test (store_held, what_came_of_it_is_there_after_a_restart_and_is_not_held)
{
    save_all ("ab", "3 + 4");
    save_lists (HELD_A, SETTLED_B);
    store_db_close (&db);
    begin ();
    assert_ids ("a");
    assert_settled ("tag b", "mySecretAnswer");
    struct json *result = NULL;
    cr_assert_eq (store_held_all (&db, &nothing, begin_ms, &result, NULL), 0);
    cr_assert_eq (json_count (json_get (json_get (result, "images"), "one")), 1);
    json_destroy (&result);
    save_lists (HELD_A, "");
    assert_settled ("tag b", NULL);
    cr_assert_eq (generation_of ("held/one/b"), 0, "what is kept no more is gone");
}

Test (store_held, an_answer_that_is_kept_is_encrypted_as_sessions_are)
{
    struct stui_cause cause = {0};
    char *value;
    size_t size;
    cr_assert_eq (store_vault_encrypt_sessions (&db, true, begin_ms, &cause), 0, "%s", cause.text);
    save_lists ("", SETTLED_B);
    cr_assert_eq (db.functions->get (db.engine, "held/one/b", &value, &size, NULL), 0);
    cr_assert_null (memmem (value, size, "mySecretAnswer", 14));
    free (value);
    assert_settled ("tag b", "mySecretAnswer");
}

Test (store_held, without_the_record_that_names_them_answers_are_no_code_that_is_held)
{
    save_lists (HELD_A, SETTLED_B);
    put ("held/one", "damaged", 7);
    assert_ids ("a");
    assert_settled ("tag b", "mySecretAnswer");
}

Test (store_held, an_answer_that_is_lost_is_no_code_that_is_lost)
{
    save_lists (HELD_A, SETTLED_B);
    put ("held/one/b", NULL, 0);
    assert_settled ("tag b", NULL);
    assert_ids ("a");
    cr_assert_eq (json_count (db.notices), 1, "it is said once");
    cr_assert_not_null (
        strstr (json_get_text (json_first (db.notices), "text"), "1 answers that were kept"));
}

/* Image one has HELD_A, and what is settled of it stays as it is. */
static void
save_held (void)
{
    char subject[] = "held/one", body[] = "{\"entries\":[" HELD_A "]}";
    struct stui_cause cause = {0};
    struct store_write write = {
        .kind = STORE_WRITE_HELD, .subject = subject, .body = body, .bytes = strlen (body)};
    cr_assert_eq (store_db_commit (&db, &write, 1, begin_ms, &cause), 0, "%s", cause.text);
}

/* Symptom: each evaluation had all answers that were kept written out and read again, up to 1 MB. */
Test (store_held, answers_stay_as_they_are_when_they_are_not_said_again)
{
    save_lists ("", SETTLED_B);
    save_held ();
    assert_ids ("a");
    assert_settled ("tag b", "mySecretAnswer");
    cr_assert_eq (generation_of ("held/one/b"), 1);
    store_db_close (&db); /* what another process left is not in memory */
    begin ();
    save_held ();
    save_held ();
    assert_ids ("a");
    assert_settled ("tag b", "mySecretAnswer");
    cr_assert_eq (generation_of ("held/one/b"), 1);
    save_lists (HELD_A, "");
    assert_settled ("tag b", NULL);
    save_held ();
    assert_settled ("tag b", NULL);
}

Test (store_held, answers_are_read_also_while_a_list_without_them_waits_to_be_written)
{
    struct store_policy waiting = {0};
    struct json *result = NULL;
    save_lists ("", SETTLED_B);
    char *body = stui_strdup ("{\"entries\":[" HELD_A "]}");
    store_policy_put (&waiting, STORE_WRITE_HELD, "held/one", &body, NULL, 0);
    cr_assert_eq (store_held_load (&db, &waiting, "one", begin_ms, &result, NULL), 0);
    cr_assert_eq (json_count (json_get (json_get (result, "held"), "entries")), 1);
    cr_assert_eq (json_count (json_get (json_get (result, "held"), "settled")), 1);
    json_destroy (&result);
    store_policy_fini (&waiting);
}

/* As it was before answers were kept. */
Test (store_held, a_record_that_names_no_answers_is_read)
{
    size_t size;
    save_lists (HELD_A, SETTLED_B);
    char *index = records_encode ("held/one", "{\"records\":{\"a\":1}}", false, 1, begin_ms, &size);
    put ("held/one", index, size);
    free (index);
    assert_ids ("a");
    assert_settled ("tag b", NULL);
    save_lists (HELD_A, SETTLED_B);
    assert_ids ("a");
    assert_settled ("tag b", "mySecretAnswer");
    cr_assert_eq (json_count (db.notices), 0);
}

/* Symptom: an answer that came with the list was forgotten when something of an image on no list was dropped. */
Test (store_held, what_is_settled_without_a_supervisor_is_kept_for_who_asks_later)
{
    save_lists (HELD_A, SETTLED_B);
    cr_assert_eq (settle ("one", "a", "drop"), 0);
    assert_held ("one", NULL, 0);
    assert_settled ("tag a", "was dropped");
    assert_settled ("tag b", "mySecretAnswer");
}

/* Puts the records of the fixture of schema 2 into an empty database, as its own code left them. */
static void
begin_with_fixture (void)
{
    char *line = NULL;
    size_t capacity = 0;
    ssize_t size;
    struct engine *engine;
    store_db_close (&db);
    scratch_close (directory);
    scratch_open (directory);
    char *place = stui_printf ("%s/db", directory);
    FILE *file = fopen ("tests/fixtures/store-schema-2/records.txt", "r");
    cr_assert_not_null (file);
    cr_assert_eq (engine_leveldb.open (place, &engine, NULL), 0);
    while ((size = getline (&line, &capacity, file)) > 0) {
        char *blank = strchr (line, ' ');
        *blank = '\0';
        struct engine_change change = {line, blank + 1, (size_t) size - strlen (line) - 2};
        cr_assert_eq (engine_leveldb.write (engine, &change, 1, NULL), 0);
    }
    engine_leveldb.close (&engine);
    free (line);
    free (place);
    fclose (file);
    begin ();
}

Test (store_held, a_list_of_schema_2_goes_on_with_all_that_is_in_it)
{
    static const char *const codes[] = {"2 + 2", "3 + 3"};
    struct json *result = NULL;
    begin_with_fixture ();
    assert_held ("two", "1 + 1", 0);
    assert_held ("one", "[true] whileTrue", 0);
    cr_assert_eq (settle ("two", "01a218fb-0910-7254-ae6d-d51171a25c5a", "drop"), 0);
    cr_assert_eq (settle ("one", "01a218fb-0d01-767e-8918-d66c228e8a15", "again"), 0);
    store_db_close (&db);
    begin ();
    cr_assert_eq (store_held_load (&db, &nothing, "two", begin_ms, &result, NULL), 0);
    const struct json *entry = json_first (json_get (json_get (result, "held"), "entries"));
    for (size_t index = 0; index < 2; index++, entry = json_next (entry))
        cr_assert_str_eq (json_get_text (json_get (entry, "parameters"), "code"), codes[index]);
    cr_assert_null (entry);
    json_destroy (&result);
    cr_assert_eq (generation_of ("held/two/01a218fb-09c7-74e2-88b0-6c10880081fb"), 4);
    assert_held ("one", "[true] whileTrue", 0);
    cr_assert_eq (json_count (db.notices), 0);
}

/* ---- What came with a backup ------------------------------------------------------------------ */

/* A backup of the profile; its file, which the caller frees. */
static char *
back_up (void)
{
    struct store_export export;
    char *path = stui_printf ("%s/one.backup", directory), *none = NULL;
    FILE *file = fopen (path, "w");
    int more;
    cr_assert_not_null (file);
    store_export_begin_text (&export, &db, &nothing, &none, begin_ms);
    do {
        more = store_export_step (&export, &db, NULL);
        cr_assert_geq (more, 0);
        fputs (export.text, file);
        export.text_size = 0;
    } while (more);
    fclose (file);
    store_export_cancel (&export);
    return path;
}

static void
restore (const char *path, int64_t wall_ms)
{
    struct store_restore_report report;
    struct stui_cause cause = {0};
    store_db_close (&db);
    cr_assert_eq (store_restore (directory, path, &engine_leveldb, wall_ms, &report, &cause), 0,
                  "%s", cause.text);
    begin ();
}

/* The states of what image NAME has are STATES, a letter each; each in doubt says why. */
static void
assert_states (const char *name, const char *states)
{
    struct json *result = NULL;
    struct stui_cause cause = {0};
    char found[16] = "";
    cr_assert_eq (store_held_load (&db, &nothing, name, begin_ms, &result, &cause), 0, "%s",
                  cause.text);
    const struct json *entry = json_first (json_get (json_get (result, "held"), "entries"));
    for (; entry; entry = json_next (entry)) {
        strncat (found, json_get_text (entry, "state"), 1);
        if (*json_get_text (entry, "state") == 'd')
            cr_assert_not_null (strstr (json_get_text (entry, "why"), "came with the backup of"));
    }
    cr_assert_str_eq (found, states);
    json_destroy (&result);
}

/* Symptom: what was held in a backup was held in each profile that it was restored into, and ran once
 * from each. */
Test (store_held, what_came_with_a_backup_is_in_doubt)
{
    save_all ("ab", "3 + 4");
    char *path = back_up ();
    restore (path, begin_ms);
    assert_states ("one", "dd");
    restore (path, begin_ms + 1); /* once more, over it */
    assert_states ("one", "dd");
    cr_assert_eq (settle ("one", "a", "again"), 0);
    assert_states ("one", "hd");
    save ("two", "5 + 6");
    store_db_close (&db);
    begin ();
    assert_states ("one", "hd");
    assert_states ("two", "h");
    free (path);
}

Test (store_held, what_came_encrypted_with_a_backup_is_in_doubt)
{
    cr_assert_eq (store_vault_encrypt_sessions (&db, true, begin_ms, NULL), 0);
    save_all ("a", "3 + 4");
    char *path = back_up ();
    restore (path, begin_ms);
    assert_states ("one", "d");
    free (path);
}

Test (store_held, a_list_of_schema_2_that_came_with_a_backup_is_in_doubt)
{
    begin_with_fixture ();
    char *path = back_up ();
    restore (path, begin_ms);
    assert_states ("two", "ddd");
    free (path);
}

/* Symptom it must not have: an older stui takes the new form for an empty list, and writes that. */
Test (store_held, an_older_stui_leaves_the_database_alone)
{
    cr_assert_gt (STORE_DB_SCHEMA, 2, "it refuses a greater one: store_open.c");
    struct json *schema;
    cr_assert_eq (store_db_get (&db, "meta/schema", &schema, NULL), 0);
    cr_assert_eq (json_get_number (schema, "schema", 0), STORE_DB_SCHEMA);
    json_destroy (&schema);
}

Test (store_held, a_damaged_list_is_set_aside_and_nothing_is_held)
{
    struct engine_change change = {"held/one", "damaged", 7};
    db.functions->write (db.engine, &change, 1, NULL);
    assert_held ("one", NULL, 0);
    cr_assert_gt (json_count (db.notices), 0);
}
