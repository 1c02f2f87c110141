/* test_store_seal.c: what was saved before sessions were encrypted is in no file of the profile
 * afterwards, whatever ends in between. */

#include "unit/vault_fixture.h"

#include "actors/store_held.h"
#include "actors/store_seal.h"
#include "actors/store_vault_batch.h"

TestSuite (store_seal, .init = setup, .fini = teardown, .timeout = 60);

/* Words that lie in a file as they are: nothing repeats in them that could be compressed. */
static void
save_words (const char *id, int round)
{
    char *text = stui_printf (WORDS " %s %d", id, round);
    save (id, text);
    free (text);
}

static void
hold_words (void)
{
    char subject[] = "held/one";
    char body[] = "{\"entries\":[{\"id\":\"a\",\"state\":\"held\",\"command\":\"evaluate\","
                  "\"parameters\":{\"code\":\"" WORDS "\"}}]}";
    struct store_write write = {
        .kind = STORE_WRITE_HELD, .subject = subject, .body = body, .bytes = sizeof body - 1};
    cr_assert_eq (store_db_commit (&db, &write, 1, begin_ms, NULL), 0);
}

/* Carries out all that is to be done; how many steps it took. */
static int
seal_all (void)
{
    int steps = 0;
    struct stui_cause cause = {0};
    for (; store_seal_is_due (&db); steps++)
        cr_assert_eq (store_seal_step (&db, begin_ms, &cause), 0, "%s", cause.text);
    return steps;
}

static size_t
notices_of (const char *kind)
{
    size_t count = 0;
    for (const struct json *one = json_first (db.notices); one; one = json_next (one))
        count += strcmp (json_get_text (one, "kind"), kind) == 0;
    return count;
}

/* Sessions of several generations, one closed and archived, one deleted, something held; exports, and
 * files of before an opening. */
static void
work_in_plain (void)
{
    struct json *about = json_parse_text ("{\"why\":\"gone\",\"ran_ms\":1}");
    for (int round = 0; round < 5; round++) {
        save_words ("s1", round);
        save_words ("s2", round);
    }
    cr_assert_eq (store_archive_put (&db, &nothing, "img", "s2", 5, about, begin_ms, NULL), 0);
    hold_words ();
    cr_assert_eq (store_export_now (&db, begin_ms, NULL), 0);
    restart ();
    save_words ("s1", 5);
    restart ();
    json_destroy (&about);
    cr_assert (is_in_files (directory, WORDS));
}

/* Symptom: the text of sessions lay in LevelDB's older tables, in db.before and in the exports for
 * weeks after they were to be encrypted. */
Test (store_seal, what_was_saved_before_is_in_no_file_afterwards)
{
    work_in_plain ();
    cr_assert_not (store_seal_is_due (&db), "nobody wants it");
    cr_assert_eq (store_vault_encrypt_sessions (&db, true, begin_ms, NULL), 0);
    cr_assert (store_seal_is_due (&db));
    cr_assert_gt (seal_all (), 0);
    cr_assert_not (is_in_files (directory, WORDS));
    cr_assert_eq (notices_of ("sessions_sealed"), 1);
    assert_session (WORDS " s1 5");
    restart ();
    assert_session (WORDS " s1 5");
    struct json *found = store_check_look (&db, NULL), *held = NULL;
    cr_assert_eq (json_get_number (found, "plain_sessions", -1), 0);
    cr_assert (json_get_bool (found, "sealed", false));
    cr_assert_eq (json_get_number (found, "missing", -1), 0);
    cr_assert_eq (store_held_load (&db, &nothing, "one", begin_ms, &held, NULL), 0);
    cr_assert_eq (json_count (json_get (json_get (held, "held"), "entries")), 1);
    json_destroy (&held);
    cr_assert_eq (store_archive_back (&db, &nothing, "img", "s2", begin_ms, &held, NULL), 0);
    cr_assert_eq (seal_all (), 1, "it is seen that it was done");
    cr_assert_eq (notices_of ("sessions_sealed"), 0);
    json_destroy (&held);
    json_destroy (&found);
}

static void
save_image_words (void)
{
    char subject[] = "image/one";
    char body[] = "{\"key\":\"k\",\"transcript\":{\"text\":\"" WORDS "\"}}";
    struct store_write write = {
        .kind = STORE_WRITE_IMAGE, .subject = subject, .body = body, .bytes = sizeof body - 1};
    cr_assert_eq (store_db_commit (&db, &write, 1, begin_ms, NULL), 0);
}

/* Symptom: what an image printed stayed in plain in its record, and a supervisor that had not heard of
 * the encryption went on writing it. */
Test (store_seal, what_an_image_printed_is_in_no_file_afterwards)
{
    save_image_words ();
    cr_assert (is_in_files (directory, WORDS));
    cr_assert_eq (store_vault_encrypt_sessions (&db, true, begin_ms, NULL), 0);
    seal_all ();
    cr_assert_not (is_in_files (directory, WORDS));
    save_image_words ();
    cr_assert_not (is_in_files (directory, WORDS));
}

/* Symptom: a profile that an older stui had encrypted, which left what images printed as it was, was not
 * looked at again. */
Test (store_seal, what_an_older_stui_left_in_plain_is_in_no_file_after_the_next_start)
{
    save ("s1", "kept");
    cr_assert_eq (store_vault_encrypt_sessions (&db, true, begin_ms, NULL), 0);
    seal_all ();
    db.vault.encrypts_sessions = false; /* as that one wrote an image's record */
    save_image_words ();
    db.vault.encrypts_sessions = true;
    struct store_vault_batch batch = {.db = &db, .wall_ms = begin_ms};
    store_vault_batch_put (&batch, KEYS_SEALED, "{}", NULL);
    cr_assert_eq (store_vault_batch_end (&batch), 0);
    restart ();
    cr_assert (is_in_files (directory, WORDS));
    cr_assert_gt (seal_all (), 0);
    cr_assert_not (is_in_files (directory, WORDS));
    cr_assert_eq (notices_of ("sessions_sealed"), 1);
    restart ();
    cr_assert_eq (seal_all (), 1, "it is seen that it was done");
    cr_assert_eq (notices_of ("sessions_sealed"), 0);
}

/* Symptom: a backup that was made while an image's record waited to be written had it in plain. */
Test (store_seal, what_an_image_printed_and_waits_to_be_written_is_in_no_backup)
{
    char subject[] = "image/one";
    char body[] = "{\"key\":\"k\",\"transcript\":{\"text\":\"" WORDS "\"}}";
    struct store_write write = {
        .kind = STORE_WRITE_IMAGE, .subject = subject, .body = body, .bytes = sizeof body - 1};
    struct store_policy waits = {.writes = &write, .count = 1};
    struct store_export backup;
    struct stui_cause cause = {0};
    char *vault = NULL;
    bool has_image = false;
    int more = 1;
    cr_assert_eq (store_vault_encrypt_sessions (&db, true, begin_ms, NULL), 0);
    store_export_begin_text (&backup, &db, &waits, &vault, begin_ms);
    while (more == 1) {
        more = store_export_step (&backup, &db, &cause);
        cr_assert_geq (more, 0, "%s", cause.text);
        cr_assert_null (backup.text ? strstr (backup.text, WORDS) : NULL);
        has_image = has_image || (backup.text && strstr (backup.text, "image/one"));
        free (backup.text);
        backup.text = NULL;
    }
    cr_assert (has_image);
}

/* Symptom: exports of before stayed because new ones could not be written, and were said to be gone. */
Test (store_seal, exports_that_cannot_be_renewed_are_not_said_to_be_gone)
{
    struct stui_cause cause = {0};
    int err = 0;
    work_in_plain ();
    cr_assert_eq (store_vault_encrypt_sessions (&db, true, begin_ms, NULL), 0);
    char *beside = stui_printf ("%s.beside", db.exports);
    cr_assert_eq (rename (db.exports, beside), 0);
    cr_assert_eq (fclose (fopen (db.exports, "w")), 0); /* no directory */
    while (!err && store_seal_is_due (&db))
        err = store_seal_step (&db, begin_ms, &cause);
    cr_assert_lt (err, 0, "%s", cause.text);
    cr_assert_not (store_seal_is_done (&db));
    cr_assert_eq (unlink (db.exports), 0);
    cr_assert_eq (rename (beside, db.exports), 0);
    free (beside);
    restart ();
    seal_all ();
    cr_assert (store_seal_is_done (&db));
    cr_assert_not (is_in_files (directory, WORDS));
}

Test (store_seal, what_was_cut_off_is_done_by_the_next_start)
{
    char *large = stui_alloc (STUI_SESSION_MAX / 2 + 1);
    memset (large, 'x', STUI_SESSION_MAX / 2);
    memcpy (large, WORDS, strlen (WORDS));
    for (int index = 0; index < 8; index++) {
        char id[] = {'s', (char) ('0' + index), '\0'};
        save (id, large);
    }
    struct stui_cause cause = {0};
    cr_assert_eq (store_vault_encrypt_sessions (&db, true, begin_ms, NULL), 0);
    cr_assert_eq (store_seal_step (&db, begin_ms, &cause), 0, "%s", cause.text);
    cr_assert (store_seal_is_due (&db), "there is more");
    restart ();
    struct json *found = store_check_look (&db, NULL);
    cr_assert_gt (json_get_number (found, "plain_sessions", 0), 0);
    cr_assert_not (json_get_bool (found, "sealed", true));
    json_destroy (&found);
    cr_assert_gt (seal_all (), 1);
    cr_assert_not (is_in_files (directory, WORDS));
    free (large);
}

Test (store_seal, who_saves_in_plain_again_has_it_done_again)
{
    cr_assert_eq (store_vault_encrypt_sessions (&db, true, begin_ms, NULL), 0);
    seal_all ();
    cr_assert_eq (store_vault_encrypt_sessions (&db, false, begin_ms, NULL), 0);
    save ("s1", WORDS);
    cr_assert_not (store_seal_is_due (&db));
    cr_assert (is_in_files (directory, WORDS));
    cr_assert_eq (store_vault_encrypt_sessions (&db, true, begin_ms, NULL), 0);
    seal_all ();
    cr_assert_not (is_in_files (directory, WORDS));
}
