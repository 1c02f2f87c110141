/* test_store_damage.c: whatever happens to the files of a database, it opens again, every session
 * that comes back is byte for byte one that was written, and each that is not the newest is named.
 *
 * A corpus is written once, by the store's own code, into a few tables, a log and the rest; what is
 * in a generation of a session can be computed. Then its files are cut, changed, emptied and
 * removed, each time on a fresh copy. STUI_TEST_DAMAGES is how many random damages there are, and
 * STUI_TEST_SEED the first seed; a failure says its own. So it is with what images have held, a record
 * each. It is long since all damages are done to one corpus. */

#include "actors/store_db.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "actors/keys.h"
#include "actors/records.h"
#include "actors/store_files.h"
#include "actors/store_held.h"
#include "actors/store_index.h"
#include "actors/store_repair.h"
#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/random.h"
#include "support/scratch.h"

enum { SESSIONS = 24, IMAGES = 3, ROUNDS = 5, HELD = 3, WALL_MS = 1800000000 };

static char directory[SCRATCH_SIZE];
static uint64_t newest[SESSIONS]; /* generation of each session */
static char client_id[STUI_UUID_LEN + 1];
static uint64_t last_generation; /* the profile's */
static int64_t wall_ms = WALL_MS * INT64_C (1000);

/* ---- The corpus ---------------------------------------------------------------------------- */

static uint64_t
mix (uint64_t state)
{
    state += UINT64_C (0x9E3779B97F4A7C15);
    state = (state ^ state >> 30) * UINT64_C (0xBF58476D1CE4E5B9);
    state = (state ^ state >> 27) * UINT64_C (0x94D049BB133111EB);
    return state ^ state >> 31;
}

static void
session_names (int session, char image[32], char id[32])
{
    snprintf (image, 32, "image-%d", session % IMAGES);
    snprintf (id, 32, "session-%02d", session);
}

/* What generation GENERATION of SESSION says; hard to compress, so that tables are large. Caller
 * frees. */
static char *
body_of (int session, uint64_t generation)
{
    char image[32], id[32];
    session_names (session, image, id);
    uint64_t state = mix ((uint64_t) session * 1000 + generation);
    size_t length = 200 + state % (session % 4 == 0 ? 60000 : 4000);
    char *text = stui_alloc (length + 1);
    for (size_t at = 0; at < length; at++) {
        state = mix (state);
        text[at] = (char) ('0' + state % 75);
        if (text[at] == '\\')
            text[at] = ' ';
    }
    char *body = stui_printf ("{\"session_id\":\"%s\",\"image_id\":\"%s\",\"name\":\"work %d\","
                              "\"context\":{\"generation\":%d,\"text\":\"%s\"}}",
                              id, image, session, (int) generation, text);
    free (text);
    return body;
}

static char *
image_body (int image)
{
    return stui_printf ("{\"key\":\"image-%d\",\"boot_id\":\"boot %d\"}", image, ROUNDS);
}

static int
open_database (struct store_db *db, struct stui_cause *cause)
{
    struct random_source random = {.state = 7};
    wall_ms += 1000;
    return store_db_open (db, directory, &engine_leveldb, wall_ms, &random, cause);
}

static void
commit_session (struct store_db *db, int session, uint64_t generation)
{
    char image[32], id[32], subject[KEYS_SIZE];
    struct stui_cause cause = {0};
    session_names (session, image, id);
    keys_session_prefix (subject, image, id, NULL);
    char *body = body_of (session, generation);
    struct store_write write = {
        .kind = STORE_WRITE_SESSION, .subject = subject, .body = body, .bytes = strlen (body)};
    cr_assert_eq (store_db_commit (db, &write, 1, wall_ms, &cause), 0, "%s", cause.text);
    cr_assert_eq (write.number, generation);
    newest[session] = generation;
    free (body);
}

static void
commit_images (struct store_db *db)
{
    for (int image = 0; image < IMAGES; image++) {
        char subject[KEYS_SIZE];
        snprintf (subject, sizeof subject, KEYS_IMAGES "one-%d", image);
        char *body = image_body (image);
        struct store_write write = {
            .kind = STORE_WRITE_IMAGE, .subject = subject, .body = body, .bytes = strlen (body)};
        cr_assert_eq (store_db_commit (db, &write, 1, wall_ms, NULL), 0);
        free (body);
    }
}

/* When number NUMBER changed last, in ROUND or before: every second one does in each. */
static int
held_round (int number, int round)
{
    int first = number < HELD ? 0 : number - HELD + 1;
    return number % 2 == 0 ? round : first;
}

/* What image IMAGE has held as number NUMBER, as it was in ROUND. Caller owns. */
static struct json *
held_entry (int image, int number, int round)
{
    char id[32], code[3072];
    uint64_t state = mix ((uint64_t) (image * 100 + number) * 1000 + (uint64_t) round);
    size_t length = 100 + state % (sizeof code - 100);
    struct json *entry = json_object (), *parameters = json_object ();
    for (size_t at = 0; at < length; at++) {
        state = mix (state);
        code[at] = (char) ('A' + state % 26);
    }
    code[length - 1] = '\0';
    snprintf (id, sizeof id, "held-%d", number);
    json_set_text (entry, "id", id);
    json_set_text (entry, "state", "held");
    json_set_text (entry, "command", "evaluate");
    json_set_number (entry, "asked_at_ms", round);
    json_set_text (parameters, "code", code);
    json_set (entry, "parameters", parameters);
    return entry;
}

/* In each round the oldest of three is settled and one is held anew; of the two that stay one changes. */
static void
commit_held (struct store_db *db, int round)
{
    for (int image = 0; image < IMAGES; image++) {
        char subject[KEYS_SIZE];
        snprintf (subject, sizeof subject, KEYS_HELDS "one-%d", image);
        struct json *list = json_object (), *entries = json_array ();
        for (int number = round; number < round + HELD; number++)
            json_push (entries, held_entry (image, number, held_round (number, round)));
        json_set (list, "entries", entries);
        char *body = json_print (list);
        struct store_write write = {
            .kind = STORE_WRITE_HELD, .subject = subject, .body = body, .bytes = strlen (body)};
        cr_assert_eq (store_db_commit (db, &write, 1, wall_ms, NULL), 0);
        free (body);
        json_destroy (&list);
    }
}

/* Closed and opened between rounds, so that there are several tables, and a log at the end. */
static void
corpus_write (bool with_export)
{
    struct stui_cause cause = {0};
    struct store_db db;
    for (int round = 0; round < ROUNDS; round++) {
        cr_assert_eq (open_database (&db, &cause), 0, "%s", cause.text);
        for (int session = 0; session < SESSIONS; session++)
            if (round == 0 || (session + round) % 3 != 0)
                commit_session (&db, session, newest[session] + 1);
        commit_images (&db);
        commit_held (&db, round);
        if (round == ROUNDS - 1 && with_export)
            cr_assert_eq (store_export_now (&db, wall_ms, &cause), 0, "%s", cause.text);
        snprintf (client_id, sizeof client_id, "%s", db.client_id);
        last_generation = db.generation;
        store_db_close (&db);
    }
}

static void
setup (void)
{
    scratch_open (directory);
}

static void
teardown (void)
{
    scratch_close (directory);
}

TestSuite (store_damage, .init = setup, .fini = teardown, .timeout = 300);

/* ---- Fresh copies ---------------------------------------------------------------------------- */

/* The corpus is kept aside as DIRECTORY.kept, and DIRECTORY is that again. */
static void
tree_copy (const char *from, const char *to)
{
    char *command = stui_printf ("rm -rf '%s' && cp -a '%s' '%s'", to, from, to);
    cr_assert_eq (system (command), 0);
    free (command);
}

static char kept[SCRATCH_SIZE + 8];

static void
corpus_keep (void)
{
    snprintf (kept, sizeof kept, "%s.kept", directory);
    tree_copy (directory, kept);
}

static void
corpus_remove (void)
{
    scratch_close (kept);
}

/* ---- What came back -------------------------------------------------------------------------- */

static bool
is_named (const struct store_db *db, const char *id)
{
    const struct json *notice = json_first (db->notices);
    for (; notice; notice = json_next (notice)) {
        const char *kind = json_get_text (notice, "kind");
        if ((strcmp (kind, "session_older") == 0 || strcmp (kind, "session_lost") == 0)
            && strstr (json_get_text (notice, "text"), id))
            return true;
    }
    return false;
}

/* The generation of SESSION that came back, 0 for none; fails when it is not what was written. */
static uint64_t
session_check (struct json *sessions, int session, const char *what)
{
    char image[32], id[32];
    session_names (session, image, id);
    const struct json *found = json_first (sessions);
    while (found && strcmp (json_get_text (found, "session_id"), id) != 0)
        found = json_next (found);
    if (!found)
        return 0;
    struct json *copy = json_copy (found);
    uint64_t generation = (uint64_t) json_get_number (copy, "generation", 0);
    json_set (copy, "generation", NULL);
    json_set (copy, "bytes", NULL);
    char *text = json_print (copy), *written = body_of (session, generation);
    cr_assert_str_eq (text, written, "%s: %s is not what was written as generation %d", what, id,
                      (int) generation);
    free (text);
    free (written);
    json_destroy (&copy);
    return generation;
}

static bool
held_is_named (const struct store_db *db, int image)
{
    char name[32], key[KEYS_SIZE];
    snprintf (name, sizeof name, "one-%d", image);
    snprintf (key, sizeof key, KEYS_HELDS "%s", name);
    const struct json *notice = json_first (db->notices);
    for (; notice; notice = json_next (notice)) {
        const char *kind = json_get_text (notice, "kind");
        if ((strcmp (kind, "held_lost") == 0 && strcmp (json_get_text (notice, "image"), name) == 0)
            || (strcmp (kind, "record_damaged") == 0
                && strstr (json_get_text (notice, "text"), key)))
            return true;
    }
    return false;
}

/* Whether what image IMAGE has held is all that it had, and in its newest state; fails when something is
 * not what was written. */
static bool
held_is_whole (struct store_db *db, int image, const char *what)
{
    char name[32];
    struct store_policy waiting = {0};
    struct json *result;
    struct stui_cause cause = {0};
    int number, due = ROUNDS - 1;
    bool whole = true;
    snprintf (name, sizeof name, "one-%d", image);
    cr_assert_eq (store_held_load (db, &waiting, name, wall_ms, &result, &cause), 0, "%s: %s", what,
                  cause.text);
    const struct json *entry = json_first (json_get (json_get (result, "held"), "entries"));
    for (; entry; entry = json_next (entry), due++) {
        cr_assert_eq (sscanf (json_get_text (entry, "id"), "held-%d", &number), 1, "%s", what);
        int round = (int) json_get_number (entry, "asked_at_ms", -1);
        struct json *written = held_entry (image, number, round);
        char *text = json_print (entry), *wanted = json_print (written);
        cr_assert_str_eq (text, wanted, "%s: %s is not what was written", what, name);
        cr_assert_eq (round, held_round (number, round), "%s", what);
        whole = whole && number == due && round == held_round (number, ROUNDS - 1);
        free (wanted);
        free (text);
        json_destroy (&written);
    }
    json_destroy (&result);
    return whole && due == ROUNDS - 1 + HELD;
}

/* Opens what is left and compares all with what was written. Answers how many sessions are not the
 * newest, each of which is named. */
static int
check_all (const char *what)
{
    struct store_db db;
    struct stui_cause cause = {0};
    struct store_policy waiting = {0};
    int losses = 0;
    cr_assert_eq (open_database (&db, &cause), 0, "%s: %s", what, cause.text);
    cr_assert_gt (db.generation, last_generation, "%s: the epoch fell", what);
    cr_assert_str_eq (db.client_id, client_id, "%s: another identity", what);
    for (int image = 0; image < IMAGES; image++) {
        char name[32];
        char *text;
        snprintf (name, sizeof name, "image-%d", image);
        cr_assert_eq (store_db_sessions_load (&db, &waiting, name, wall_ms, &text, &cause), 0,
                      "%s: %s", what, cause.text);
        struct json *result = json_parse_text (text);
        free (text);
        struct json *sessions = json_take (result, "sessions");
        for (int session = image; session < SESSIONS; session += IMAGES) {
            char key[32], id[32];
            session_names (session, key, id);
            uint64_t generation = session_check (sessions, session, what);
            cr_assert_leq (generation, newest[session]);
            losses += generation < newest[session];
            cr_assert (generation == newest[session] || is_named (&db, id),
                       "%s: %s came back as generation %d of %d, and nobody said so", what, id,
                       (int) generation, (int) newest[session]);
        }
        json_destroy (&sessions);
        json_destroy (&result);
        bool whole = held_is_whole (&db, image, what);
        losses += !whole;
        cr_assert (whole || held_is_named (&db, image),
                   "%s: what one-%d has held is not all or not the newest, and nobody said so",
                   what, image);
    }
    /* And it works: what is saved from here on is there at the next start. */
    char image[32], id[32], subject[KEYS_SIZE];
    session_names (0, image, id);
    keys_session_prefix (subject, image, id, NULL);
    struct store_write write = {
        .kind = STORE_WRITE_SESSION, .subject = subject, .body = (char *) "{\"session_id\":\"x\"}"};
    write.bytes = strlen (write.body);
    int err = store_db_commit (&db, &write, 1, wall_ms, &cause);
    if (err
        == STUI_E_MALFORMED) { /* the engine met by itself what nobody had read: as the store does */
        cr_assert_eq (store_db_reopen (&db, wall_ms, &cause), 0, "%s: %s", what, cause.text);
        err = store_db_commit (&db, &write, 1, wall_ms, &cause);
    }
    cr_assert_eq (err, 0, "%s: %s", what, cause.text);
    cr_assert_gt (write.number, newest[0], "%s: a generation fell", what);
    store_db_close (&db);
    cr_assert_eq (open_database (&db, &cause), 0, "%s: %s", what, cause.text);
    const struct store_index_entry *entry;
    cr_assert_eq (store_index_find (&db, subject, &entry, &cause), 0);
    cr_assert_eq (entry->generations[entry->count - 1], write.number, "%s", what);
    store_db_close (&db);
    return losses;
}

/* ---- Damage ---------------------------------------------------------------------------------- */

enum damage { REMOVED, EMPTIED, CUT, FLIPPED, ZEROED, OVERWRITTEN, DAMAGE_COUNT };

static const char *const damage_words[DAMAGE_COUNT] = {
    "removed", "emptied", "cut", "with a bit flipped", "with a sector of zeroes", "overwritten"};

static void
damage_file (const char *path, enum damage damage, uint64_t random)
{
    struct stat info;
    cr_assert_eq (stat (path, &info), 0, "%s", path);
    off_t at = info.st_size > 0 ? (off_t) (random % (uint64_t) info.st_size) : 0;
    if (damage == REMOVED)
        unlink (path);
    else if (damage == EMPTIED || damage == CUT)
        cr_assert_eq (truncate (path, damage == CUT ? at : 0), 0);
    else {
        char bytes[512] = {0};
        size_t size = damage == FLIPPED ? 1 : sizeof bytes;
        int fd = open (path, O_RDWR | O_CLOEXEC);
        if (damage == ZEROED)
            at -= at % (off_t) sizeof bytes;
        if (damage == FLIPPED) {
            (void) !pread (fd, bytes, 1, at);
            bytes[0] ^= (char) (1 << random / 7 % 8);
        }
        if (damage == OVERWRITTEN)
            for (size_t index = 0; index < sizeof bytes; index++)
                bytes[index] = (char) mix (random + index);
        if (at + (off_t) size > info.st_size)
            size = (size_t) (info.st_size - at);
        cr_assert_eq (pwrite (fd, bytes, size, at), (ssize_t) size);
        close (fd);
    }
}

static int
is_file (const struct dirent *entry)
{
    return entry->d_name[0] != '.' && strcmp (entry->d_name, "LOCK") != 0
           && strcmp (entry->d_name, "LOG") != 0 && strcmp (entry->d_name, "LOG.old") != 0;
}

/* Damages file number INDEX of the database; what was done, which the caller frees. */
static char *
damage_database (uint64_t index, enum damage damage, uint64_t random)
{
    struct dirent **files;
    char *db = stui_printf ("%s/db", directory);
    int count = scandir (db, &files, is_file, alphasort);
    cr_assert_gt (count, 1);
    const char *name = files[index % (uint64_t) count]->d_name;
    char *path = stui_printf ("%s/%s", db, name);
    damage_file (path, damage, random);
    char *what =
        stui_printf ("%s %s (%llu)", name, damage_words[damage], (unsigned long long) random);
    for (int at = 0; at < count; at++)
        free (files[at]);
    free (files);
    free (path);
    free (db);
    return what;
}

static uint64_t
setting (const char *name, uint64_t otherwise)
{
    const char *text = getenv (name);
    return text ? strtoull (text, NULL, 10) : otherwise;
}

/* Does all kinds to all files, and then as many random damages as wanted, two at a time. */
static int
damage_all (const char *take_away)
{
    enum { FILES = 8 };
    int losses = 0;
    for (uint64_t file = 0; file < FILES; file++)
        for (enum damage damage = 0; damage < DAMAGE_COUNT; damage++) {
            tree_copy (kept, directory);
            char *gone = stui_printf ("%s/%s", directory, take_away);
            store_files_remove (gone);
            char *what = damage_database (file, damage, mix (file * DAMAGE_COUNT + damage));
            losses += check_all (what);
            free (what);
            free (gone);
        }
    uint64_t first = setting ("STUI_TEST_SEED", 1), count = setting ("STUI_TEST_DAMAGES", 20);
    for (uint64_t seed = first; seed < first + count; seed++) {
        tree_copy (kept, directory);
        char *gone = stui_printf ("%s/%s", directory, take_away);
        store_files_remove (gone);
        uint64_t random = mix (seed);
        char *one =
            damage_database (random, (enum damage) (random >> 8) % DAMAGE_COUNT, mix (random));
        char *two = damage_database (random >> 16, (enum damage) (random >> 24) % (DAMAGE_COUNT),
                                     mix (random + 1));
        char *what = stui_printf ("seed %llu: %s, %s", (unsigned long long) seed, one, two);
        losses += check_all (what);
        free (what);
        free (two);
        free (one);
        free (gone);
    }
    return losses;
}

Test (store_damage, with_exports_a_damaged_database_loses_nothing)
{
    corpus_write (true);
    corpus_keep ();
    cr_assert_eq (damage_all ("nothing-of-this-name"), 0);
    corpus_remove ();
}

static int writes_refused; /* so many from here on */

static int
write_or_refuse (struct engine *engine, const struct engine_change *changes, size_t count,
                 struct stui_cause *cause)
{
    if (writes_refused == 0)
        return engine_leveldb.write (engine, changes, count, cause);
    writes_refused--;
    return stui_fail (cause, STUI_E_MALFORMED, "Corruption: block checksum mismatch");
}

/* Symptom: on a busy machine LevelDB met the damage by itself between the opening and what was put back, and took no
 * write from then on: no session was shown until something else was saved. */
Test (store_damage, damage_that_is_met_while_lost_records_are_put_back_has_it_rebuilt)
{
    corpus_write (true);
    struct engine_functions functions = engine_leveldb;
    struct random_source random = {.state = 7};
    struct store_policy waiting = {0};
    struct stui_cause cause = {0};
    struct store_db db;
    char key[KEYS_SIZE], image[32], id[32], *text = NULL;
    functions.write = write_or_refuse;
    cr_assert_eq (store_db_open (&db, directory, &functions, wall_ms + 1000, &random, &cause), 0);
    session_names (0, image, id);
    cr_assert_eq (keys_session (key, image, id, newest[0], &cause), 0);
    struct engine_change lost = {key, NULL, 0};
    cr_assert_eq (engine_leveldb.write (db.engine, &lost, 1, &cause), 0);
    writes_refused = 1;
    cr_assert_eq (store_db_sessions_load (&db, &waiting, image, wall_ms, &text, &cause), 0, "%s",
                  cause.text);
    cr_assert_eq (writes_refused, 0);
    struct json *result = json_parse_text (text);
    struct json *sessions = json_take (result, "sessions");
    cr_assert_eq (session_check (sessions, 0, "refused"), newest[0]);
    json_destroy (&sessions);
    json_destroy (&result);
    free (text);
    store_db_close (&db);
}

Test (store_damage, without_exports_each_session_is_what_was_written_or_named)
{
    corpus_write (false);
    corpus_keep ();
    damage_all ("exports");
    corpus_remove ();
}

/* Symptom: what was lost of an image was told as a session without a name. */
Test (store_damage, with_nothing_left_each_session_and_each_image_is_named)
{
    corpus_write (false);
    char *gone = stui_printf ("rm -rf '%s'/db/*.ldb '%s'/db/*.log '%s'/db.before*", directory,
                              directory, directory);
    cr_assert_eq (system (gone), 0);
    struct store_db db;
    cr_assert_eq (open_database (&db, NULL), 0);
    struct store_policy waiting = {0};
    struct json *result;
    char *text;
    cr_assert_eq (store_db_sessions_load (&db, &waiting, "", wall_ms, &text, NULL), 0);
    free (text);
    cr_assert_eq (store_db_image_load (&db, &waiting, "one-0", wall_ms, &result, NULL), 0);
    json_destroy (&result);
    for (int session = 0; session < SESSIONS; session++) {
        char image[32], id[32];
        session_names (session, image, id);
        cr_assert (is_named (&db, id), "%s", id);
    }
    int images = 0;
    const struct json *notice = json_first (db.notices);
    for (; notice; notice = json_next (notice))
        images += strcmp (json_get_text (notice, "kind"), "image_older") == 0
                  && strncmp (json_get_text (notice, "image"), "one-", 4) == 0;
    cr_assert_eq (images, IMAGES);
    cr_assert_eq (json_count (db.losses), SESSIONS + 2 * IMAGES);
    store_db_close (&db);
    free (gone);
}

Test (store_damage, a_database_that_is_gone_is_rebuilt_from_the_exports)
{
    corpus_write (true);
    char *db = stui_printf ("%s/db", directory);
    store_files_remove (db);
    cr_assert_eq (mkdir (db, 0700), 0);
    cr_assert_eq (check_all ("no database"), 0);
    free (db);
}

Test (store_damage, a_database_at_which_starts_end_is_left_alone_after_some)
{
    corpus_write (true);
    char *marker = stui_printf ("%s/opening", directory);
    for (int tries = 3; tries <= 6; tries += 3) {
        FILE *file = fopen (marker, "w");
        fprintf (file, "%d\n", tries);
        fclose (file);
        struct store_db db;
        cr_assert_eq (open_database (&db, NULL), 0);
        cr_assert_eq (db.rebuilds, 1);
        store_db_close (&db);
        cr_assert_neq (access (marker, F_OK), 0, "the count was not taken back");
    }
    cr_assert_eq (check_all ("after many starts"), 0);
    free (marker);
}

Test (store_damage, the_damaged_database_is_kept_as_it_was_three_times_at_most)
{
    corpus_write (true);
    for (int time = 0; time < 5; time++) {
        char *current = stui_printf ("%s/db/CURRENT", directory);
        damage_file (current, REMOVED, 0);
        struct store_db db;
        cr_assert_eq (open_database (&db, NULL), 0);
        store_db_close (&db);
        free (current);
    }
    char *db = stui_printf ("%s/db", directory);
    cr_assert_eq (store_files_bound (db, ".damaged-", SIZE_MAX), 3);
    free (db);
}

Test (store_damage, files_that_leveldb_would_delete_are_found_again)
{
    /* A manifest cut in its middle opens well, and does not know of the later tables. */
    corpus_write (false);
    corpus_keep ();
    struct dirent **files;
    char *db = stui_printf ("%s/db", directory);
    int count = scandir (db, &files, is_file, alphasort);
    char *manifest = NULL;
    for (int index = 0; index < count; index++) {
        if (strncmp (files[index]->d_name, "MANIFEST", 8) == 0)
            manifest = stui_printf ("%s/%s", db, files[index]->d_name);
        free (files[index]);
    }
    free (files);
    struct stat info;
    cr_assert_eq (stat (manifest, &info), 0);
    for (off_t size = info.st_size - 1; size > 0; size -= 61) {
        tree_copy (kept, directory);
        cr_assert_eq (truncate (manifest, size), 0);
        char *what = stui_printf ("the manifest cut at %ld", (long) size);
        cr_assert_eq (check_all (what), 0, "%s", what);
        free (what);
    }
    free (manifest);
    free (db);
    corpus_remove ();
}
