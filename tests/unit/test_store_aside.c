/* test_store_aside.c: what `secret reset` sets aside stays, comes back with its key, and goes by its own word
 * alone. */

#include "actors/store_aside.h"

#include "unit/vault_fixture.h"

TestSuite (store_aside, .init = setup, .fini = teardown);

/* So many resets lie aside, the first with so many secrets. */
static void
assert_aside (size_t resets, int64_t secrets)
{
    struct json *list = store_aside_list (&db);
    cr_assert_eq (json_count (list), resets);
    cr_assert_eq (json_get_number (json_first (list), "secrets", 0), secrets);
    json_destroy (&list);
}

/* What the key in HEX opens comes back: so many secrets, and so many that were set anew stay. */
static void
back (const char *hex, size_t secrets, size_t kept)
{
    struct json *result;
    struct stui_cause cause = {0};
    cr_assert_eq (store_aside_restore (&db, hex, begin_ms, &result, &cause), 0, "%s", cause.text);
    cr_assert_eq (json_count (json_get (result, "secrets")), secrets);
    cr_assert_eq (json_count (json_get (result, "kept")), kept);
    json_destroy (&result);
}

Test (store_aside, a_reset_sets_aside_and_begins_another_vault)
{
    set ("one", VALUE);
    unlink (key_path);
    restart ();
    cr_assert_eq (store_aside_reset (&db, begin_ms, NULL), 0);
    assert_secret ("one", NULL, STUI_E_NOT_FOUND);
    set ("two", "new");
    restart ();
    assert_secret ("two", "new", 0);
    assert_aside (1, 1);
}

/* Symptom: doctor called what a reset had set aside damaged, and offered to delete it. */
Test (store_aside, a_repair_leaves_what_a_reset_set_aside)
{
    set ("one", VALUE);
    cr_assert_eq (store_aside_reset (&db, begin_ms, NULL), 0);
    struct json *found = store_check_repair (&db, begin_ms, NULL);
    cr_assert_eq (json_get_number (found, "quarantined", -1), 0);
    cr_assert_eq (json_get_number (found, "damaged", -1), 0);
    json_destroy (&found);
    char *command = stui_printf ("rm -rf '%s'/db '%s'/db.before*", directory, directory);
    store_db_close (&db);
    cr_assert_eq (system (command), 0);
    free (command);
    begin (); /* out of the export */
    assert_aside (1, 1);
    back ("", 1, 0);
    assert_secret ("one", VALUE, 0);
}

/* Symptom: when the passphrase turned up again after a reset, nothing that it had sealed opened. */
Test (store_aside, what_was_set_aside_comes_back_with_its_passphrase_and_its_sessions_open)
{
    char forgotten[CRYPT_HEX_SIZE] = "";
    set ("one", VALUE);
    set ("two", "old");
    cr_assert_eq (store_vault_encrypt_sessions (&db, true, begin_ms, NULL), 0);
    save ("s1", WORDS);
    cr_assert_eq (rekey ("forgotten", forgotten), 0);
    save ("s1", WORDS " since");
    restart ();
    cr_assert_eq (store_aside_reset (&db, begin_ms, NULL), 0);
    assert_session (NULL);
    set ("two", "new");
    save ("s2", "after");
    struct json *result;
    char wrong[CRYPT_HEX_SIZE] = {0};
    memset (wrong, 'a', sizeof wrong - 1);
    cr_assert_eq (store_aside_restore (&db, wrong, begin_ms, &result, NULL), STUI_E_PERMISSION);
    assert_aside (1, 2);
    back (forgotten, 1, 1);
    assert_aside (0, 0);
    restart ();
    assert_secret ("one", VALUE, 0);
    assert_secret ("two", "new", 0);
    assert_session (WORDS " since");
    cr_assert_not (is_in_files (directory, WORDS));
}

/* Symptom: what was damaged before the reset still lay under quarantine/ after `secret restore`, and
 * nothing said so. */
Test (store_aside, what_a_reset_met_damaged_is_told_of_when_the_rest_is_back)
{
    struct json *result;
    struct engine_change change = {"secret/two", "damaged", 7};
    set ("one", VALUE);
    cr_assert_eq (db.functions->write (db.engine, &change, 1, NULL), 0);
    cr_assert_eq (store_aside_reset (&db, begin_ms, NULL), 0);
    cr_assert_eq (store_aside_restore (&db, "", begin_ms, &result, NULL), 0);
    cr_assert_eq (json_count (json_get (result, "secrets")), 1);
    cr_assert_eq (json_get_number (result, "quarantined", -1), 1);
    json_destroy (&result);
    assert_secret ("one", VALUE, 0);
}

Test (store_aside, a_key_file_that_turns_up_again_opens_what_was_set_aside)
{
    struct json *result;
    char *kept = stui_printf ("%s/kept", directory),
         *back_there = stui_printf ("%s.aside-found", key_path);
    set ("one", VALUE);
    cr_assert_eq (rename (key_path, kept), 0);
    restart ();
    cr_assert_eq (store_aside_reset (&db, begin_ms, NULL), 0);
    cr_assert_eq (store_aside_reset (&db, begin_ms, NULL), 0, "there is nothing more to set aside");
    set ("two", "new");
    cr_assert_eq (store_aside_reset (&db, begin_ms, NULL), 0);
    assert_aside (2, 1);
    back ("", 1, 0); /* of the second reset, whose key lies there */
    assert_secret ("two", "new", 0);
    cr_assert_eq (store_aside_restore (&db, "", begin_ms, &result, NULL), STUI_E_PERMISSION);
    cr_assert_eq (rename (kept, back_there), 0);
    back ("", 1, 0);
    assert_secret ("one", VALUE, 0);
    free (back_there);
    free (kept);
}

Test (store_aside, what_was_set_aside_goes_by_its_own_word_and_does_not_come_back)
{
    size_t count;
    set ("one", VALUE);
    cr_assert_eq (store_aside_reset (&db, begin_ms, NULL), 0);
    cr_assert_eq (store_export_now (&db, begin_ms, NULL), 0);
    cr_assert_eq (store_aside_discard (&db, begin_ms, &count, NULL), 0);
    cr_assert_eq (count, 1);
    assert_aside (0, 0);
    cr_assert_eq (store_repair_rebuild (&db, begin_ms, NULL), 0);
    store_db_close (&db);
    begin ();
    assert_aside (0, 0);
}

/* What one reset set aside is not overwritten by the next, be the clock as it may. */
Test (store_aside, two_resets_at_one_time_keep_both_keys)
{
    set ("one", VALUE);
    cr_assert_eq (store_aside_reset (&db, begin_ms, NULL), 0);
    set ("two", "second");
    cr_assert_eq (store_aside_reset (&db, begin_ms, NULL), 0);
    assert_aside (2, 1);
    back ("", 2, 0);
    assert_secret ("one", VALUE, 0);
    assert_secret ("two", "second", 0);
}
