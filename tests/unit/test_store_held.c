/* test_store_held.c: what images have held, in a profile's database: over restarts, encrypted, damaged. */

#include "actors/store_held.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "actors/keys.h"
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
    cr_assert_eq (store_vault_encrypt_sessions (&db, true, begin_ms, &cause), 0, "%s", cause.text);
    save ("one", "mySecretCode");
    cr_assert_eq (db.functions->get (db.engine, "held/one", &value, &size, NULL), 0);
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

Test (store_held, a_damaged_list_is_set_aside_and_nothing_is_held)
{
    struct engine_change change = {"held/one", "damaged", 7};
    db.functions->write (db.engine, &change, 1, NULL);
    assert_held ("one", NULL, 0);
    cr_assert_gt (json_count (db.notices), 0);
}
