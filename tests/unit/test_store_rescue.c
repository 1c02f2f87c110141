/* test_store_rescue.c: what a repair, an opening and a restore may rely on: copies that nothing writes
 * into, bytes that are copied whole, and steps that a full disk or a crash may stop at any place
 * without a record being lost, or said to be. A disk without room is a limit on the size of files. */

#include "actors/store_db.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "actors/engine_batch.h"
#include "actors/keys.h"
#include "actors/logscan.h"
#include "actors/store_export.h"
#include "actors/store_files.h"
#include "actors/store_index.h"
#include "actors/store_ledger.h"
#include "actors/store_repair.h"
#include "actors/store_restore.h"
#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/random.h"
#include "support/scratch.h"

enum { SESSIONS = 8 };

static char directory[SCRATCH_SIZE];
static struct store_db db;
static int64_t wall_ms = INT64_C (1800000000000);

static void
setup (void)
{
    scratch_open (directory);
    signal (SIGXFSZ, SIG_IGN);
}

static void
teardown (void)
{
    store_db_close (&db);
    scratch_close (directory);
}

TestSuite (store_rescue, .init = setup, .fini = teardown, .timeout = 120);

static int
begin (struct stui_cause *cause)
{
    struct random_source random = {.state = 7};
    wall_ms += 1000;
    return store_db_open (&db, directory, &engine_leveldb, wall_ms, &random, cause);
}

static void
begin_well (void)
{
    struct stui_cause cause = {0};
    cr_assert_eq (begin (&cause), 0, "%s", cause.text);
}

static void
save (int session, const char *text)
{
    enum { BYTES = 9000 };
    char subject[KEYS_SIZE];
    struct stui_cause cause = {0};
    char *filler = stui_alloc (BYTES + 1);
    for (int at = 0; at < BYTES; at++)
        filler[at] = (char) ('a' + random () % 26); /* so that tables are larger than the limit */
    snprintf (subject, sizeof subject, "session/img/s%03d/", session);
    char *body = stui_printf ("{\"session_id\":\"s%03d\",\"context\":{\"text\":\"%s\","
                              "\"filler\":\"%s\"}}",
                              session, text, filler);
    struct store_write write = {
        .kind = STORE_WRITE_SESSION, .subject = subject, .body = body, .bytes = strlen (body)};
    cr_assert_eq (store_db_commit (&db, &write, 1, wall_ms, &cause), 0, "%s", cause.text);
    free (body);
    free (filler);
}

static void
save_all (const char *text)
{
    for (int session = 0; session < SESSIONS; session++)
        save (session, text);
}

/* How many sessions are loaded whose text is TEXT; an error is -1. */
static int
count (const char *text)
{
    char *loaded;
    struct store_policy waiting = {0};
    int found = 0;
    if (store_db_sessions_load (&db, &waiting, "img", wall_ms, &loaded, NULL) < 0)
        return -1;
    struct json *result = json_parse_text (loaded);
    free (loaded);
    const struct json *session = json_first (json_get (result, "sessions"));
    for (; session; session = json_next (session))
        found += strcmp (json_get_text (json_get (session, "context"), "text"), text) == 0;
    json_destroy (&result);
    return found;
}

static int
noticed (const char *kind)
{
    int found = 0;
    const struct json *notice = json_first (db.notices);
    for (; notice; notice = json_next (notice))
        found += strcmp (json_get_text (notice, "kind"), kind) == 0;
    return found;
}

/* Runs a shell command with DIRECTORY as its $1. */
static void
shell (const char *text)
{
    char *command = stui_printf ("set -- '%s'; %s", directory, text);
    cr_assert_eq (system (command), 0, "%s", text);
    free (command);
}

static void
limit_files (bool limited)
{
    struct rlimit limit = {limited ? 16384 : RLIM_INFINITY, RLIM_INFINITY};
    cr_assert_eq (setrlimit (RLIMIT_FSIZE, &limit), 0);
}

/* ---- Bytes ----------------------------------------------------------------------------------- */

/* Symptom: a value with a NUL in it was copied up to there, and read beyond. */
Test (store_rescue, a_value_with_a_nul_in_it_is_copied_whole)
{
    static const char value[] = "damaged\0and more of it";
    struct engine_change change = {"session/img/s000/0000000000000009", value, sizeof value};
    begin_well ();
    cr_assert_eq (db.functions->write (db.engine, &change, 1, NULL), 0);
    store_db_close (&db);
    begin_well (); /* from the log into a table: what is damaged in a log is not shown */
    store_db_close (&db);
    shell ("rm \"$1\"/db/CURRENT");
    begin_well ();
    char place[KEYS_SIZE], *copy;
    size_t size;
    keys_quarantine (place, change.key);
    cr_assert_eq (db.functions->get (db.engine, place, &copy, &size, NULL), 0);
    cr_assert_eq (size, sizeof value);
    cr_assert_eq (memcmp (copy, value, size), 0);
    free (copy);
}

static void
count_line (void *context, const char *subject, const struct store_ledger_entry *entry)
{
    (void) subject, (void) entry;
    ++*(int *) context;
}

/* Symptom: a file that is one endless line was read into memory as a whole. */
Test (store_rescue, an_endless_line_is_passed_over_by_the_ledger_and_refused_by_a_restore)
{
    char *path = stui_printf ("%s/file", directory);
    struct store_ledger ledger;
    store_ledger_open (&ledger, path);
    store_ledger_note (&ledger, "session/img/one/", 3);
    store_ledger_write (&ledger);
    store_ledger_close (&ledger);
    shell ("head -c 40000000 /dev/zero >>\"$1\"/file; echo >>\"$1\"/file");
    store_ledger_open (&ledger, path);
    store_ledger_note (&ledger, "session/img/two/", 4);
    store_ledger_write (&ledger);
    store_ledger_close (&ledger);
    store_ledger_open (&ledger, path);
    int entries = 0;
    store_ledger_each (&ledger, "", count_line, &entries);
    cr_assert_eq (entries, 2);
    store_ledger_close (&ledger);

    struct store_restore_report report;
    struct stui_cause cause = {0};
    begin_well ();
    save_all ("kept");
    cr_assert_eq (store_export_now (&db, wall_ms, NULL), 0);
    shell ("head -n 3 \"$1\"/exports/00000001.jsonl >\"$1\"/file;"
           "head -c 40000000 /dev/zero | tr '\\0' x >>\"$1\"/file; echo >>\"$1\"/file;"
           "tail -n +4 \"$1\"/exports/00000001.jsonl >>\"$1\"/file");
    cr_assert_eq (store_restore_look (path, &report, &cause), STUI_E_TOO_LARGE);
    cr_assert_not_null (strstr (cause.text, "line 4"), "%s", cause.text);
    cr_assert_eq (store_restore_look ("/dev/zero", &report, &cause), STUI_E_SYSTEM);
    free (path);
}

/* ---- What is kept before an opening ---------------------------------------------------------- */

/* The database's only table, which its manifest knows, and one beside it that it does not know of
 * and whose number it will give to a new file. */
static void
make_unknown_table (void)
{
    begin_well ();
    save_all ("text");
    store_db_close (&db);
    begin_well (); /* the log becomes a table */
    store_db_close (&db);
    shell ("table=$(ls \"$1\"/db/*.ldb | head -n 1);"
           "for number in $(seq 100 140); do cp \"$table\" \"$1\"/db/000$number.ldb; done;"
           "rm -rf \"$1\"/db.before*");
}

/* Symptom: LevelDB cut a table off and wrote it anew under the same number, and with it the one that
 * was kept for a rescue, a link to it. */
Test (store_rescue, a_table_that_is_written_anew_is_not_the_one_that_was_kept)
{
    char *path = stui_printf ("%s/db", directory), *kept = stui_printf ("%s/kept", directory);
    struct stui_cause cause = {0};
    make_unknown_table ();
    cr_assert_eq (store_files_rescue (path, kept, &cause), 0, "%s", cause.text);
    shell ("for table in \"$1\"/db/0001*.ldb; do : >\"$table\"; done;"
           "for table in \"$1\"/kept/0001*.ldb; do test -s \"$table\" || exit 1; done");
    /* and it costs nothing: what the manifest knows is a link */
    shell ("for table in \"$1\"/db/0000*.ldb; do"
           "  test \"$table\" -ef \"$1\"/kept/\"${table##*/}\" || exit 1; done");
    free (kept);
    free (path);
}

Test (store_rescue, where_no_manifest_says_what_is_written_anew_all_is_copied)
{
    char *path = stui_printf ("%s/db", directory), *kept = stui_printf ("%s/kept", directory);
    make_unknown_table ();
    shell ("rm \"$1\"/db/CURRENT");
    cr_assert_eq (store_files_rescue (path, kept, NULL), 0);
    shell ("for table in \"$1\"/db/*.ldb; do"
           "  test \"$table\" -ef \"$1\"/kept/\"${table##*/}\" && exit 1; done; true");
    cr_assert_eq (logscan_manifest_floor ("no manifest at all", 18), 0);
    free (kept);
    free (path);
}

/* Symptom: a second start removed what the first had kept, before anybody had looked whether the
 * first had lost something. */
Test (store_rescue, what_one_opening_lost_is_found_after_the_next_one)
{
    begin_well ();
    save_all ("text");
    store_db_close (&db);
    shell ("rm -rf \"$1\"/db.before*");
    begin_well (); /* keeps the log */
    store_db_close (&db);
    cr_assert (db.engine == NULL);
    /* That opening lost the sessions: a database that knows nothing, and is whole. */
    shell ("mv \"$1\"/db \"$1\"/elsewhere; mv \"$1\"/ledger \"$1\"/ledger-kept;"
           "mv \"$1\"/db.before \"$1\"/before-kept; rm -rf \"$1\"/exports");
    begin_well ();
    store_db_close (&db);
    shell ("rm -rf \"$1\"/db.before*; mv \"$1\"/before-kept \"$1\"/db.before;"
           "mv \"$1\"/ledger-kept \"$1\"/ledger");
    begin_well ();
    cr_assert_eq (count ("text"), SESSIONS);
    cr_assert_eq (noticed ("session_lost"), 0);
    store_db_close (&db);
    shell ("test -e \"$1\"/db.before && test -e \"$1\"/db.before.2");
    begin_well (); /* so many wait that they are compared at once */
    shell ("for kept in \"$1\"/db.before*; do test ! -e \"$kept\" || exit 1; done");
    cr_assert_eq (count ("text"), SESSIONS);
}

/* ---- A disk without room --------------------------------------------------------------------- */

/* Symptom: a damaged database on a full disk was told as SystemError, and stui did not start. */
Test (store_rescue, a_damaged_database_on_a_full_disk_opens_later)
{
    struct stui_cause cause = {0};
    begin_well ();
    save_all ("text");
    char client_id[STUI_UUID_LEN + 1];
    memcpy (client_id, db.client_id, sizeof client_id);
    store_db_close (&db);
    shell ("rm \"$1\"/db/CURRENT");
    limit_files (true);
    cr_assert_eq (begin (&cause), STUI_E_STORAGE);
    cr_assert_str_eq (db.client_id, client_id, "it knows who it is: %s", cause.text);
    cr_assert_eq (count ("text"), -1);
    cr_assert_eq (store_db_reopen (&db, wall_ms, &cause), STUI_E_STORAGE);
    limit_files (false);
    cr_assert_eq (store_db_reopen (&db, wall_ms, &cause), 0, "%s", cause.text);
    cr_assert_eq (count ("text"), SESSIONS);
    cr_assert_eq (noticed ("session_lost"), 0);
}

/* Symptom: when the disk had no room for a copy of what was kept, all that could have been found in
 * it was said to be lost. */
Test (store_rescue, what_could_not_be_copied_is_looked_for_later_and_not_lost)
{
    struct engine_batch batch = {0};
    begin_well ();
    save_all ("text");
    store_db_close (&db);
    begin_well (); /* keeps all in db.before, and what it opened loses it */
    for (int session = 0; session < SESSIONS; session++) {
        char key[KEYS_SIZE];
        snprintf (key, sizeof key, "session/img/s%03d/0000000000000001", session);
        engine_batch_delete (&batch, key);
    }
    cr_assert_eq (engine_batch_write (&batch, db.functions, db.engine, NULL), 0);
    engine_batch_fini (&batch);
    zhashx_purge (db.sessions);
    limit_files (true);
    cr_assert_eq (count ("text"), -1);
    cr_assert_eq (count ("text"), -1);
    cr_assert_eq (noticed ("repair_postponed"), 1, "said once");
    cr_assert_eq (noticed ("session_lost"), 0);
    cr_assert_eq (json_count (db.losses), 0);
    limit_files (false);
    cr_assert_eq (count ("text"), SESSIONS);
    cr_assert_eq (noticed ("session_lost"), 0);
}

/* Symptom: a rebuild that failed while sessions were read left no engine, which was used. */
static int
scan_damaged (struct engine *engine, const char *prefix, const char *from, engine_visitor *visit,
              void *context, struct stui_cause *cause)
{
    (void) engine, (void) prefix, (void) from, (void) visit, (void) context;
    return stui_fail (cause, STUI_E_MALFORMED, "a damaged block");
}

Test (store_rescue, a_rebuild_that_fails_while_sessions_are_read_is_an_error)
{
    struct engine_functions functions = engine_leveldb;
    begin_well ();
    save_all ("text");
    functions.scan = scan_damaged;
    db.functions = &functions;
    cr_assert_eq (count ("text"), -1);
    cr_assert_null (db.engine);
    db.functions = &engine_leveldb;
    cr_assert_eq (store_db_reopen (&db, wall_ms, NULL), 0);
    cr_assert_eq (count ("text"), SESSIONS);
}

/* ---- Restore --------------------------------------------------------------------------------- */

/* A profile with "before" in all sessions, and a backup, FILE, with "after" in them. */
static void
make_backup (void)
{
    begin_well ();
    save_all ("after");
    cr_assert_eq (store_export_now (&db, wall_ms, NULL), 0);
    shell ("cp \"$1\"/exports/00000001.jsonl \"$1\"/file");
    save_all ("before");
    store_db_close (&db);
}

static int
restore (struct stui_cause *cause)
{
    struct store_restore_report report;
    char *file = stui_printf ("%s/file", directory);
    int err = store_restore (directory, file, &engine_leveldb, wall_ms, &report, cause);
    free (file);
    return err;
}

/* Symptom: a restore that failed halfway said that nothing was changed, and ledger and exports were
 * gone. */
Test (store_rescue, a_restore_without_room_leaves_everything_as_it_was)
{
    struct stui_cause cause = {0};
    make_backup ();
    shell ("find \"$1\" -type f ! -name LOCK | sort | xargs cksum >\"$1\".sums");
    limit_files (true);
    cr_assert_neq (restore (&cause), 0);
    limit_files (false);
    shell ("find \"$1\" -type f ! -name LOCK | sort | xargs cksum | cmp - \"$1\".sums;"
           "status=$?; rm \"$1\".sums; exit $status");
    begin_well ();
    cr_assert_eq (count ("before"), SESSIONS);
}

/* Nothing can be set aside as NAME at AT_MS: somebody's directory is there, and not empty. */
static void
block_aside (const char *name, int64_t at_ms)
{
    char *aside = stui_printf ("%s/%s.replaced-%016lld", directory, name, (long long) at_ms);
    char *in_the_way = stui_printf ("%s/file", aside);
    cr_assert_eq (mkdir (aside, 0700), 0);
    cr_assert_eq (mkdir (in_the_way, 0700), 0);
    free (in_the_way);
    free (aside);
}

/* Once it is decided nothing stops it: whatever it could not move, the next start does. */
Test (store_rescue, a_restore_that_stops_halfway_is_finished_by_the_next_start)
{
    static const char *const names[] = {"exports", "db"};
    for (size_t index = 0; index < sizeof names / sizeof *names; index++) {
        struct stui_cause cause = {0};
        make_backup ();
        for (int way = 0; way <= STORE_FILES_ASIDE; way++)
            block_aside (names[index], wall_ms + way);
        cr_assert_eq (restore (&cause), 0, "%s", cause.text);
        shell ("test -d \"$1\"/restored");
        begin_well ();
        shell ("test ! -e \"$1\"/restored");
        cr_assert_eq (count ("after"), SESSIONS, "%s", names[index]);
        cr_assert_eq (noticed ("session_lost") + noticed ("session_older"), 0);
        store_db_close (&db);
        scratch_close (directory);
        scratch_open (directory);
    }
}

/* Symptom: the second of two restores within a millisecond, or after the clock was set back, was not
 * finished: what the first had set aside was in the way. */
Test (store_rescue, two_restores_at_one_moment_keep_what_was_there_twice)
{
    struct stui_cause cause = {0};
    make_backup ();
    cr_assert_eq (restore (&cause), 0, "%s", cause.text);
    cr_assert_eq (restore (&cause), 0, "%s", cause.text);
    shell ("test ! -e \"$1\"/restored && test $(ls -d \"$1\"/db.replaced-* | wc -l) = 2");
}
