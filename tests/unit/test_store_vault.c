/* test_store_vault.c: secrets and encrypted sessions in a profile's database, over restarts, key
 * files that are gone or wrong, passphrases that change, and repairs without any key. */

#include "unit/vault_fixture.h"

TestSuite (store_vault, .init = setup, .fini = teardown);

/* ---- Secrets --------------------------------------------------------------------------------- */

Test (store_vault, a_secret_is_there_after_a_restart_and_in_no_file)
{
    set ("one", VALUE);
    assert_secret ("one", VALUE, 0);
    struct stat info;
    cr_assert_eq (stat (key_path, &info), 0);
    cr_assert_eq (info.st_mode & 0777, 0600);
    cr_assert_eq (store_export_now (&db, begin_ms, NULL), 0);
    restart ();
    assert_secret ("one", VALUE, 0);
    assert_secret ("two", NULL, STUI_E_NOT_FOUND);
    cr_assert_not (is_in_files (directory, VALUE));
    set ("one", "another");
    assert_secret ("one", "another", 0);
}

Test (store_vault, a_removed_secret_does_not_come_back_when_the_database_is_rebuilt)
{
    set ("one", VALUE);
    set ("two", VALUE);
    cr_assert_eq (store_export_now (&db, begin_ms, NULL), 0);
    cr_assert_eq (store_secret_remove (&db, "one", begin_ms, NULL), 0);
    cr_assert_eq (store_secret_remove (&db, "one", begin_ms, NULL), STUI_E_NOT_FOUND);
    store_db_close (&db);
    char *command = stui_printf ("rm -f '%s'/db/*", directory);
    cr_assert_eq (system (command), 0);
    free (command);
    begin ();
    assert_secret ("one", NULL, STUI_E_NOT_FOUND);
    assert_secret ("two", VALUE, 0);
    struct json *names;
    cr_assert_eq (store_secret_names (&db, &names, NULL), 0);
    cr_assert_eq (json_count (names), 1);
    json_destroy (&names);
}

Test (store_vault, a_moved_secret_does_not_open)
{
    char *value;
    size_t size;
    set ("one", VALUE);
    cr_assert_eq (db.functions->get (db.engine, "secret/one", &value, &size, NULL), 0);
    struct record record;
    cr_assert_eq (records_decode ("secret/one", value, size, &record), RECORDS_GOOD);
    char *body = stui_strndup (record.body, record.body_size);
    char *moved = records_encode ("secret/two", body, true, 1, begin_ms, &size);
    struct engine_change change = {"secret/two", moved, size};
    cr_assert_eq (db.functions->write (db.engine, &change, 1, NULL), 0);
    assert_secret ("two", NULL, STUI_E_MALFORMED);
    free (moved);
    free (body);
    free (value);
}

/* ---- Key files --------------------------------------------------------------------------------- */

Test (store_vault, a_missing_damaged_or_open_key_file_is_told_and_destroys_nothing)
{
    set ("one", VALUE);
    char *aside = stui_printf ("%s.kept", key_path);
    rename (key_path, aside);
    restart ();
    cr_assert_eq (db.vault.state, VAULT_KEYLESS);
    cr_assert_not_null (strstr (db.vault.why, "is missing"), "%s", db.vault.why);
    assert_secret ("one", NULL, STUI_E_LOCKED);
    cr_assert_eq (store_secret_set (&db, "two", "x", begin_ms, NULL), STUI_E_LOCKED);
    cr_assert_neq (access (key_path, F_OK), 0, "no other key may take its place");

    FILE *file = fopen (key_path, "w");
    fputs ("no key\n", file);
    fclose (file);
    chmod (key_path, 0600);
    restart ();
    cr_assert_not_null (strstr (db.vault.why, "is damaged"), "%s", db.vault.why);

    rename (aside, key_path);
    chmod (key_path, 0644);
    restart ();
    cr_assert_not_null (strstr (db.vault.why, "is open to others (mode 644)"), "%s", db.vault.why);
    assert_secret ("one", NULL, STUI_E_LOCKED);
    chmod (key_path, 0600);
    cr_assert_eq (store_vault_unlock (&db, "", NULL), 0);
    assert_secret ("one", VALUE, 0);
    free (aside);
}

Test (store_vault, the_record_of_the_keys_is_fetched_from_an_export_when_it_is_gone)
{
    set ("one", VALUE);
    cr_assert_eq (store_export_now (&db, begin_ms, NULL), 0);
    struct engine_change change = {KEYS_VAULT, NULL, 0};
    cr_assert_eq (db.functions->write (db.engine, &change, 1, NULL), 0);
    restart ();
    assert_secret ("one", VALUE, 0);
}

/* ---- Passphrases ------------------------------------------------------------------------------- */

Test (store_vault, a_passphrase_takes_the_place_of_the_key_file_and_gives_it_back)
{
    char current[CRYPT_HEX_SIZE] = "";
    set ("one", VALUE);
    cr_assert_eq (rekey ("first", current), 0);
    assert_secret ("one", VALUE, 0);
    cr_assert_neq (access (key_path, F_OK), 0);
    restart ();
    cr_assert_eq (db.vault.state, VAULT_LOCKED);
    assert_secret ("one", NULL, STUI_E_LOCKED);
    char wrong[CRYPT_HEX_SIZE];
    memset (wrong, 'a', sizeof wrong - 1);
    wrong[sizeof wrong - 1] = '\0';
    cr_assert_eq (store_vault_unlock (&db, wrong, NULL), STUI_E_PERMISSION);
    cr_assert_eq (store_vault_unlock (&db, "", NULL), STUI_E_INVALID_REQUEST);
    cr_assert_eq (store_vault_unlock (&db, current, NULL), 0);
    assert_secret ("one", VALUE, 0);

    cr_assert_eq (rekey ("second", wrong), STUI_E_PERMISSION, "it asks for the one so far");
    char old[CRYPT_HEX_SIZE];
    memcpy (old, current, sizeof old);
    cr_assert_eq (rekey ("second", current), 0);
    restart ();
    cr_assert_eq (store_vault_unlock (&db, old, NULL), STUI_E_PERMISSION);
    cr_assert_eq (store_vault_unlock (&db, current, NULL), 0);
    cr_assert_eq (store_vault_rekey (&db, current, "", NULL, begin_ms, NULL), 0);
    restart ();
    assert_secret ("one", VALUE, 0);
    cr_assert_eq (access (key_path, F_OK), 0);
}

/* A process that ends between the files and the batch, and after it: whichever key the record names
 * is found. */
Test (store_vault, a_change_that_was_cut_off_leaves_the_key_that_the_record_names)
{
    set ("one", VALUE);
    char *old = stui_printf ("%s.old", key_path), *new = stui_printf ("%s.new", key_path);
    rename (key_path, old); /* a passphrase was to be set */
    restart ();
    assert_secret ("one", VALUE, 0);
    cr_assert_eq (access (key_path, F_OK), 0);
    cr_assert_neq (access (old, F_OK), 0);
    char current[CRYPT_HEX_SIZE] = "";
    cr_assert_eq (rekey ("first", current), 0);
    cr_assert_eq (store_vault_rekey (&db, current, "", NULL, begin_ms, NULL), 0);
    rename (key_path, new); /* a passphrase was removed */
    restart ();
    assert_secret ("one", VALUE, 0);
    cr_assert_eq (access (key_path, F_OK), 0);
    free (new);
    free (old);
}

Test (store_vault, exports_of_before_a_new_passphrase_go)
{
    char current[CRYPT_HEX_SIZE] = "", id[CRYPT_ID_SIZE];
    set ("one", VALUE);
    cr_assert_eq (store_export_now (&db, begin_ms, NULL), 0);
    cr_assert_eq (store_export_now (&db, begin_ms, NULL), 0);
    memcpy (id, db.vault.root_id, sizeof id);
    cr_assert (is_in_files (db.exports, id));
    cr_assert_eq (rekey ("first", current), 0);
    cr_assert_not (is_in_files (db.exports, id));
    int64_t made_at_ms;
    cr_assert_eq (store_export_count (db.exports, &made_at_ms), 1);
}

/* ---- Sessions ---------------------------------------------------------------------------------- */

Test (store_vault, encrypted_sessions_are_in_no_file_and_come_back)
{
    cr_assert_eq (store_vault_encrypt_sessions (&db, true, begin_ms, NULL), 0);
    save ("s1", WORDS);
    cr_assert_eq (store_export_now (&db, begin_ms, NULL), 0);
    assert_session (WORDS);
    restart (); /* nobody says it again */
    save ("s1", WORDS " at all");
    assert_session (WORDS " at all");
    struct json *versions;
    cr_assert_eq (store_db_versions (&db, "img", "s1", &versions, NULL), 0);
    cr_assert_eq (json_count (json_get (versions, "versions")), 2);
    json_destroy (&versions);
    cr_assert_not (is_in_files (directory, WORDS));
}

Test (store_vault, encrypted_sessions_are_so_in_the_archive_and_come_back_from_there)
{
    struct json *about = json_parse_text ("{\"why\":\"gone\",\"ran_ms\":1}"), *result;
    cr_assert_eq (store_vault_encrypt_sessions (&db, true, begin_ms, NULL), 0);
    save ("s1", WORDS);
    cr_assert_eq (store_archive_put (&db, &nothing, "img", "s1", 1, about, begin_ms, NULL), 0);
    restart ();
    cr_assert_not (is_in_files (directory, WORDS));
    cr_assert_eq (store_archive_list (&db, begin_ms, &result, NULL), 0);
    const struct json *one = json_first (json_get (result, "sessions"));
    cr_assert_str_eq (json_get_text (json_get (one, "archived"), "why"), "gone");
    json_destroy (&result);
    cr_assert_eq (store_archive_back (&db, &nothing, "img", "s1", begin_ms, &result, NULL), 0);
    json_destroy (&result);
    json_destroy (&about);
    assert_session (WORDS);
    cr_assert_not (is_in_files (directory, WORDS));
}

Test (store_vault, sessions_saved_before_are_read_counted_and_replaced)
{
    save ("s1", "plain");
    cr_assert_eq (store_vault_encrypt_sessions (&db, true, begin_ms, NULL), 0);
    assert_session ("plain");
    for (int64_t left = 1; left >= 0; left--) {
        struct json *found = store_check_look (&db, NULL);
        cr_assert_eq (json_get_number (found, "plain_sessions", -1), left);
        json_destroy (&found);
        for (int generation = 0; generation < RECORDS_GENERATIONS; generation++)
            save ("s1", "sealed");
    }
    cr_assert_eq (store_vault_encrypt_sessions (&db, false, begin_ms, NULL), 0);
    save ("s1", "plain again");
    restart ();
    assert_session ("plain again");
}

/* Not even the wish may lead to a session in plain. */
Test (store_vault, locked_sessions_are_neither_given_out_nor_saved_in_plain)
{
    char current[CRYPT_HEX_SIZE] = "";
    cr_assert_eq (store_vault_encrypt_sessions (&db, true, begin_ms, NULL), 0);
    save ("s1", WORDS);
    cr_assert_eq (rekey ("first", current), 0);
    save ("s2", WORDS);
    restart ();
    assert_session (NULL);
    cr_assert_eq (store_vault_check_sessions (&db, begin_ms, NULL), STUI_E_LOCKED);
    cr_assert_eq (store_vault_encrypt_sessions (&db, false, begin_ms, NULL), STUI_E_LOCKED);
    struct json *all = load ("");
    cr_assert_eq (json_get_number (all, "locked", 0), 2);
    json_destroy (&all);
    cr_assert_eq (store_vault_unlock (&db, current, NULL), 0);
    assert_session (WORDS);
}

Test (store_vault, a_repair_needs_no_key_and_keeps_what_is_encrypted)
{
    char current[CRYPT_HEX_SIZE] = "";
    cr_assert_eq (store_vault_encrypt_sessions (&db, true, begin_ms, NULL), 0);
    set ("one", VALUE);
    save ("s1", WORDS);
    cr_assert_eq (rekey ("first", current), 0);
    store_db_close (&db);
    char *command = stui_printf ("rm -f '%s'/db/*", directory);
    cr_assert_eq (system (command), 0);
    free (command);
    begin (); /* from the exports */
    cr_assert_eq (db.vault.state, VAULT_LOCKED);
    struct json *found = store_check_repair (&db, begin_ms, NULL);
    cr_assert_eq (json_get_number (found, "damaged", -1), 0);
    cr_assert_eq (json_get_number (found, "missing", -1), 0);
    json_destroy (&found);
    cr_assert_eq (store_vault_unlock (&db, current, NULL), 0);
    assert_secret ("one", VALUE, 0);
    assert_session (WORDS);
}

/* Symptom: the altered state of a session hid the good one before it. */
Test (store_vault, an_altered_session_is_set_aside_and_the_state_before_it_is_used)
{
    char *value;
    size_t size;
    cr_assert_eq (store_vault_encrypt_sessions (&db, true, begin_ms, NULL), 0);
    save ("s1", "older");
    save ("s1", "newer");
    static const char key[] = "session/img/s1/0000000000000002";
    cr_assert_eq (db.functions->get (db.engine, key, &value, &size, NULL), 0);
    char *sealed = strstr (value, "\"sealed\":\"") + strlen ("\"sealed\":\"") + 50;
    *sealed = *sealed == 'A' ? 'B' : 'A';
    records_seal (value, size); /* by somebody who knows checksums, not the key */
    struct engine_change change = {key, value, size};
    cr_assert_eq (db.functions->write (db.engine, &change, 1, NULL), 0);
    assert_session ("older");
    free (value);
}

/* Symptom: after `secret reset` an image with one session that does not open had none at all, and took
 * no new one: those in plain did not open either. */
Test (store_vault, one_session_that_does_not_open_leaves_the_image_all_its_others)
{
    char current[CRYPT_HEX_SIZE] = "";
    save ("s0", "plain");
    cr_assert_eq (store_vault_encrypt_sessions (&db, true, begin_ms, NULL), 0);
    save ("s1", WORDS);
    cr_assert_eq (rekey ("forgotten", current), 0);
    restart ();
    assert_session ("plain");
    struct json *locked = load ("img");
    const struct json *sealed = json_at (json_get (locked, "sessions"), 1);
    cr_assert (json_get_bool (locked, "waits", false));
    cr_assert_not_null (strstr (json_get_text (locked, "refusal"), "stui secret unlock"));
    cr_assert_str_eq (json_get_text (sealed, "session_id"), "s1");
    cr_assert_str_eq (json_get_text (sealed, "image_id"), "img");
    cr_assert (json_get_number (sealed, "bytes", 0) > 0);
    cr_assert_str_eq (json_get_text (sealed, "last_modified"), "2027-01-15T08:00:00.000Z");
    json_destroy (&locked);
    cr_assert_eq (store_aside_reset (&db, begin_ms, NULL), 0);
    locked = load ("img");
    cr_assert_not (json_get_bool (locked, "waits", true));
    cr_assert_str_eq (json_get_text (locked, "refusal"), "");
    cr_assert_eq (json_get_number (locked, "locked", 0), 1);
    cr_assert_eq (json_count (json_get (locked, "sessions")), 2);
    json_destroy (&locked);
    save ("s2", WORDS);
    restart (); /* nobody says again that they are to be encrypted */
    save ("s3", WORDS);
    cr_assert_not (is_in_files (directory, WORDS));
    assert_session ("plain");
}

/* Symptom: after the record of the keys was damaged, and no export had it, sessions were saved in plain. */
Test (store_vault, sessions_are_not_saved_in_plain_because_the_record_of_the_keys_is_damaged)
{
    cr_assert_eq (store_vault_encrypt_sessions (&db, true, begin_ms, NULL), 0);
    save ("s1", WORDS);
    struct engine_change damage = {KEYS_VAULT, "{}", 2};
    cr_assert_eq (db.functions->write (db.engine, &damage, 1, NULL), 0);
    char *command = stui_printf ("rm -rf '%s'/exports", directory);
    cr_assert_eq (system (command), 0);
    free (command);
    restart ();
    cr_assert_eq (db.vault.state, VAULT_KEYLESS);
    cr_assert_eq (store_vault_check_sessions (&db, begin_ms, NULL), STUI_E_LOCKED);
    assert_session (NULL);
    /* The user gives up what cannot be read: from then on they are encrypted under a new key. */
    cr_assert_eq (store_aside_reset (&db, begin_ms, NULL), 0);
    cr_assert_eq (store_vault_check_sessions (&db, begin_ms, NULL), 0);
    cr_assert (db.vault.encrypts_sessions);
}

Test (store_vault, a_directory_that_was_removed_comes_back_with_its_key)
{
    set ("one", VALUE);
    store_db_close (&db);
    begin ();
    char *command = stui_printf ("rm -rf '%s'/*", directory);
    cr_assert_eq (system (command), 0);
    free (command);
    cr_assert (store_db_is_lost (&db));
    mkdir (db.path, 0700);
    struct stui_cause cause = {0};
    cr_assert_eq (store_db_reopen (&db, begin_ms, &cause), 0, "%s", cause.text);
    restart ();
    assert_secret ("one", VALUE, 0);
}

/* Symptom: where the key could not be written the first time, it never was: stui said that the database
 * works again, and from the next start on nothing that was sealed could be opened. */
Test (store_vault, a_key_that_could_not_be_written_beside_a_new_directory_is_written_later)
{
    set ("one", VALUE);
    char *command = stui_printf ("rm -rf '%s'/*", directory);
    cr_assert_eq (system (command), 0);
    free (command);
    cr_assert (store_db_is_lost (&db));
    mkdir (db.path, 0700);
    mkdir (key_path, 0700); /* nothing can take this place */
    cr_assert_lt (store_db_reopen (&db, begin_ms, NULL), 0);
    rmdir (key_path);
    struct stui_cause cause = {0};
    cr_assert_eq (store_db_reopen (&db, begin_ms, &cause), 0, "%s", cause.text);
    restart ();
    assert_secret ("one", VALUE, 0);
}

/* Symptom: a database that was opened again, and did not show the record of the keys, took the open vault
 * with it. */
Test (store_vault, an_open_vault_outlives_its_record)
{
    set ("one", VALUE);
    static const char *const left[] = {NULL, "{}"};
    for (size_t index = 0; index < 2; index++) {
        struct engine_change change = {KEYS_VAULT, left[index], left[index] ? 2 : 0};
        cr_assert_eq (db.functions->write (db.engine, &change, 1, NULL), 0);
        cr_assert_eq (store_db_reopen (&db, begin_ms, NULL), 0);
        assert_secret ("one", VALUE, 0);
        restart ();
        assert_secret ("one", VALUE, 0);
    }
}

/* ---- Backups ----------------------------------------------------------------------------------- */

/* A backup of DB in the file NAME; *VAULT: with a passphrase of its own. */
static void
back_up (const char *name, char **vault)
{
    struct store_export export;
    FILE *file = fopen (name, "w");
    store_export_begin_text (&export, &db, &nothing, vault, begin_ms);
    int more;
    do {
        more = store_export_step (&export, &db, NULL);
        cr_assert_geq (more, 0);
        fputs (export.text, file);
        export.text_size = 0;
    } while (more);
    fclose (file);
    store_export_cancel (&export);
}

Test (store_vault, a_backup_stays_encrypted_and_opens_with_its_own_passphrase_when_it_has_one)
{
    struct crypt_kdf kdf;
    struct crypt_key *key = passphrase ("of the backup", &kdf);
    char hex[CRYPT_HEX_SIZE], *none = NULL;
    crypt_key_hex (key, hex);
    crypt_key_destroy (&key);
    cr_assert_eq (store_vault_encrypt_sessions (&db, true, begin_ms, NULL), 0);
    set ("one", VALUE);
    save ("s1", WORDS);
    char *plain = stui_printf ("%s/plain.backup", directory);
    char *wrapped = stui_printf ("%s/wrapped.backup", directory);
    char *vault = store_vault_wrap (&db, hex, &kdf, NULL);
    back_up (plain, &none);
    back_up (wrapped, &vault);
    store_db_close (&db);
    cr_assert_not (is_in_files (directory, WORDS));
    cr_assert_not (is_in_files (directory, VALUE));
    char *kept = stui_printf ("%s.kept", key_path);
    rename (key_path, kept); /* another machine */

    struct store_restore_report report;
    struct stui_cause cause = {0};
    cr_assert_eq (store_restore (directory, wrapped, &engine_leveldb, begin_ms, &report, &cause), 0,
                  "%s", cause.text);
    cr_assert (report.has_vault && report.has_passphrase);
    begin ();
    assert_session (NULL);
    cr_assert_eq (store_vault_unlock (&db, hex, &cause), 0, "%s", cause.text);
    assert_session (WORDS);
    assert_secret ("one", VALUE, 0);
    store_db_close (&db);

    cr_assert_eq (store_restore (directory, plain, &engine_leveldb, begin_ms + 1, &report, &cause),
                  0, "%s", cause.text);
    cr_assert (report.has_vault && !report.has_passphrase);
    begin ();
    cr_assert_eq (db.vault.state, VAULT_KEYLESS);
    rename (kept, key_path);
    cr_assert_eq (store_vault_unlock (&db, "", NULL), 0);
    assert_session (WORDS);
    free (kept);
    free (wrapped);
    free (plain);
}
