/* vault_fixture.h: a profile's database with secrets and sessions, for tests of what is encrypted. */

#ifndef TESTS_UNIT_VAULT_FIXTURE_H
#define TESTS_UNIT_VAULT_FIXTURE_H

#include "actors/store_vault.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "actors/keys.h"
#include "actors/records.h"
#include "actors/store_archive.h"
#include "actors/store_aside.h"
#include "actors/store_check.h"
#include "actors/store_db.h"
#include "actors/store_repair.h"
#include "actors/store_restore.h"
#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/random.h"
#include "support/scratch.h"

#define VALUE "t0ken-0f-the-1mage"
#define WORDS "words that nobody may read"

static const int64_t begin_ms = INT64_C (1800000000000);

static char directory[SCRATCH_SIZE];
static struct store_db db;
static struct store_policy nothing;
static char key_path[SCRATCH_SIZE + 8];

static inline void
begin (void)
{
    struct random_source random = {.state = 7};
    struct stui_cause cause = {0};
    cr_assert_eq (store_db_open (&db, directory, &engine_leveldb, begin_ms, &random, &cause), 0,
                  "%s", cause.text);
}

static inline void
restart (void)
{
    store_db_close (&db);
    begin ();
}

static inline void
setup (void)
{
    scratch_open (directory);
    snprintf (key_path, sizeof key_path, "%s/key", directory);
    begin ();
}

static inline void
teardown (void)
{
    store_db_close (&db);
    scratch_close (directory);
}

static inline void
set (const char *name, const char *value)
{
    struct stui_cause cause = {0};
    cr_assert_eq (store_secret_set (&db, name, value, begin_ms, &cause), 0, "%s", cause.text);
}

/* The secret NAME is VALUE; NULL: it cannot be had, because of ERR. */
static inline void
assert_secret (const char *name, const char *value, int err)
{
    char *found;
    struct stui_cause cause = {0};
    cr_assert_eq (store_secret_get (&db, name, &found, &cause), err, "%s", cause.text);
    if (value)
        cr_assert_str_eq (found, value);
    crypt_free (&found);
}

static inline void
save (const char *id, const char *text)
{
    char subject[KEYS_SIZE];
    struct stui_cause cause = {0};
    snprintf (subject, sizeof subject, "session/img/%s/", id);
    char *body = stui_printf ("{\"session_id\":\"%s\",\"state\":\"restored\",\"open\":true,"
                              "\"context\":{\"text\":\"%s\"}}",
                              id, text);
    struct store_write write = {
        .kind = STORE_WRITE_SESSION, .subject = subject, .body = body, .bytes = strlen (body)};
    cr_assert_eq (store_db_commit (&db, &write, 1, begin_ms, &cause), 0, "%s", cause.text);
    free (body);
}

/* What can be loaded; caller owns. */
static inline struct json *
load (const char *image)
{
    char *text;
    struct stui_cause cause = {0};
    cr_assert_eq (store_db_sessions_load (&db, &nothing, image, begin_ms, &text, &cause), 0, "%s",
                  cause.text);
    struct json *result = json_parse_text (text);
    free (text);
    return result;
}

/* The text of the first session; NULL: it is there, and locked. */
static inline void
assert_session (const char *text)
{
    struct json *result = load ("img");
    const struct json *session = json_first (json_get (result, "sessions"));
    const char *state = json_get_text (session, "state");
    const char *found = json_get_text (json_get (session, "context"), "text");
    cr_assert_eq (strcmp (state, "locked") == 0, text == NULL, "%s", state);
    if (text)
        cr_assert_str_eq (found, text);
    else
        cr_assert_null (found);
    json_destroy (&result);
}

/* Cheap enough for a test; the numbers are today's smallest. */
static inline struct crypt_key *
passphrase (const char *words, struct crypt_kdf *kdf)
{
    crypt_kdf_new (kdf);
    kdf->operations = 1;
    kdf->memory_bytes = 8192;
    return crypt_key_from_passphrase (words, kdf, NULL);
}

/* The root key becomes that of WORDS; CURRENT in hex, and then the new one. */
static inline int
rekey (const char *words, char current[CRYPT_HEX_SIZE])
{
    struct crypt_kdf kdf;
    struct crypt_key *key = passphrase (words, &kdf);
    char hex[CRYPT_HEX_SIZE];
    crypt_key_hex (key, hex);
    crypt_key_destroy (&key);
    int err = store_vault_rekey (&db, current, hex, &kdf, begin_ms, NULL);
    if (!err)
        memcpy (current, hex, sizeof hex);
    return err;
}

/* Whether some file below PATH holds TEXT. */
static inline bool
is_in_files (const char *path, const char *text)
{
    char *command = stui_printf ("grep -rqaF -- '%s' '%s'", text, path);
    int status = system (command);
    free (command);
    cr_assert (WIFEXITED (status) && WEXITSTATUS (status) <= 1);
    return WEXITSTATUS (status) == 0;
}

#endif
