/* test_dump.c: files of records outside of the database, a LevelDB log, and older schemas: what is
 * whole comes back, what is not is known for it. */

#include "actors/dump.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "actors/engine.h"
#include "actors/logscan.h"
#include "actors/migrate.h"
#include "actors/records.h"
#include "actors/store_files.h"
#include "actors/store_ledger.h"
#include "runtime/alloc.h"
#include "runtime/json.h"
#include "support/scratch.h"

#define CLIENT "00000000-0000-7000-8000-000000000001"

/* ---- Dumps ----------------------------------------------------------------------------------- */

/* Three lines: the first, a record, the last. */
struct three {
    char *lines[3];
    size_t sizes[3];
};

static struct three
three_make (void)
{
    struct three three;
    struct dump dump = {0};
    three.lines[0] = dump_begin (&dump, CLIENT, 7, 5, &three.sizes[0]);
    three.lines[1] = dump_record (&dump, "image/one", "{\"a\":1}", 7, &three.sizes[1]);
    three.lines[2] = dump_end (&dump, &three.sizes[2]);
    return three;
}

static void
three_free (struct three *three)
{
    for (int index = 0; index < 3; index++)
        free (three->lines[index]);
}

Test (dump, lines_come_back_as_they_were)
{
    struct three three = three_make ();
    struct dump dump = {0};
    struct dump_entry entry;
    for (int index = 0; index < 3; index++) {
        cr_assert_eq (three.lines[index][three.sizes[index] - 1], '\n');
        struct json *json = json_parse (three.lines[index], three.sizes[index], NULL);
        cr_assert (json_is_object (json), "line %d is no JSON object", index);
        json_destroy (&json);
    }
    cr_assert_eq (dump_read (&dump, three.lines[0], three.sizes[0] - 1, &entry), DUMP_LINE_BEGIN);
    cr_assert_str_eq (dump.client_id, CLIENT);
    cr_assert_eq (dump.generation, 7);
    cr_assert_eq (dump_read (&dump, three.lines[1], three.sizes[1] - 1, &entry), DUMP_LINE_RECORD);
    cr_assert_str_eq (entry.key, "image/one");
    cr_assert_eq (entry.record_size, 7);
    cr_assert_eq (memcmp (entry.record, "{\"a\":1}", 7), 0);
    cr_assert_eq (dump_read (&dump, three.lines[2], three.sizes[2] - 1, &entry), DUMP_LINE_END);
    cr_assert (dump.ended);
    three_free (&three);
}

Test (dump, every_flipped_bit_and_every_cut_of_a_line_is_seen)
{
    struct three three = three_make ();
    struct dump_entry entry;
    for (int index = 0; index < 3; index++) {
        for (size_t bit = 0; bit < (three.sizes[index] - 1) * 8; bit++) {
            struct dump dump = {0};
            three.lines[index][bit / 8] ^= (char) (1 << bit % 8);
            cr_assert_eq (dump_read (&dump, three.lines[index], three.sizes[index] - 1, &entry),
                          DUMP_LINE_DAMAGED, "line %d, bit %zu", index, bit);
            three.lines[index][bit / 8] ^= (char) (1 << bit % 8);
        }
        for (size_t cut = 0; cut < three.sizes[index] - 1; cut++) {
            struct dump dump = {0};
            char *part = malloc (cut + 1); /* of its own, so that reading beyond it is seen */
            memcpy (part, three.lines[index], cut);
            cr_assert_eq (dump_read (&dump, part, cut, &entry), DUMP_LINE_DAMAGED);
            free (part);
        }
    }
    three_free (&three);
}

Test (dump, a_line_that_is_missing_is_seen_at_the_end)
{
    struct three three = three_make ();
    struct dump dump = {0};
    struct dump_entry entry;
    dump_read (&dump, three.lines[0], three.sizes[0] - 1, &entry);
    cr_assert_eq (dump_read (&dump, three.lines[2], three.sizes[2] - 1, &entry), DUMP_LINE_FOREIGN);
    cr_assert_not (dump.ended);
    three_free (&three);
}

/* ---- A LevelDB log --------------------------------------------------------------------------- */

/* What a log shows: how many of the writes are as they were made. */
struct seen {
    int good, bad;
};

static char *
value_of (int number)
{
    char *value = stui_alloc (20000 + 1);
    memset (value, 'a' + number % 26, 20000);
    return value;
}

static void
see (void *context, const char *key, size_t key_size, const char *value, size_t value_size)
{
    struct seen *self = context;
    char *text = stui_strndup (key, key_size), *expected;
    int number = atoi (text + strspn (text, "k"));
    expected = value_of (number);
    if (value_size == strlen (expected) && memcmp (value, expected, value_size) == 0)
        self->good++;
    else
        self->bad++;
    free (expected);
    free (text);
}

struct log {
    char *bytes;
    size_t size;
};

static void
log_take (void *context, const char *bytes, size_t size)
{
    struct log *log = context;
    log->bytes = stui_strndup ("", 0);
    log->bytes = stui_realloc (log->bytes, size + 1);
    memcpy (log->bytes, bytes, size);
    log->size = size;
}

static struct log
log_write (int count)
{
    char path[SCRATCH_SIZE];
    struct engine *engine;
    struct log log = {0};
    scratch_open (path);
    cr_assert_eq (engine_leveldb.open (path, &engine, NULL), 0);
    for (int number = 0; number < count; number++) {
        char key[16], *value = value_of (number);
        snprintf (key, sizeof key, "k%d", number);
        struct engine_change changes[] = {{"gone", NULL, 0}, {key, value, strlen (value)}};
        cr_assert_eq (engine_leveldb.write (engine, changes, 2, NULL), 0);
        free (value);
    }
    engine_leveldb.close (&engine);
    store_files_each_log (path, log_take, &log);
    scratch_close (path);
    return log;
}

Test (logscan, all_writes_of_a_log_are_shown)
{
    enum { COUNT = 12 };
    struct log log = log_write (COUNT);
    struct seen seen = {0};
    logscan_read (log.bytes, log.size, see, &seen);
    cr_assert_eq (seen.good, COUNT);
    cr_assert_eq (seen.bad, 0);
    free (log.bytes);
}

Test (logscan, what_is_whole_of_a_damaged_log_is_shown)
{
    enum { COUNT = 12 };
    struct log log = log_write (COUNT);
    for (size_t at = 0; at < log.size; at += 997) {
        struct seen seen = {0};
        log.bytes[at] ^= (char) 0x90;
        logscan_read (log.bytes, log.size, see, &seen);
        cr_assert_geq (seen.good, COUNT - 3, "a byte at %zu spoils more than its block", at);
        log.bytes[at] ^= (char) 0x90;
        char *part = malloc (at + 1);
        memcpy (part, log.bytes, at);
        logscan_read (part, at, see, &seen);
        free (part);
    }
    free (log.bytes);
}

/* Symptom: a fragment without bytes, as the first of all, moved a pointer to nothing. */
Test (logscan, an_empty_fragment_is_no_batch)
{
    static const char log[] = {0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 4};
    struct seen seen = {0};
    logscan_read (log, sizeof log, see, &seen);
    cr_assert_eq (seen.good + seen.bad, 0);
}

/* ---- The ledger ------------------------------------------------------------------------------ */

Test (ledger, what_was_noted_is_there_after_opening_and_damaged_lines_are_passed_over)
{
    char directory[SCRATCH_SIZE];
    scratch_open (directory);
    char *path = stui_printf ("%s/ledger", directory);
    struct store_ledger ledger;
    store_ledger_open (&ledger, path);
    cr_assert (store_ledger_is_empty (&ledger));
    store_ledger_note (&ledger, "session/i/s/", 1);
    store_ledger_note (&ledger, "image/one", 4);
    store_ledger_note (&ledger, "client/" CLIENT, 9);
    store_ledger_note (&ledger, "session/i/s/", 2);
    store_ledger_write (&ledger);
    store_ledger_note (&ledger, "session/i/s/", 1); /* a loss: the number stays taken */
    store_ledger_write (&ledger);
    store_ledger_close (&ledger);
    int fd = open (path, O_WRONLY | O_APPEND);
    cr_assert_eq (write (fd, "0123456789abcdef 9 9 session/i/s/\nhalf", 38), 38);
    close (fd);
    for (int time = 0; time < 2; time++) {
        store_ledger_open (&ledger, path);
        const struct store_ledger_entry *entry = store_ledger_find (&ledger, "session/i/s/");
        cr_assert_eq (entry->highest, 2);
        cr_assert_eq (entry->present, 1);
        cr_assert_eq (store_ledger_find (&ledger, "image/one")->present, 4);
        cr_assert_str_eq (store_ledger_client (&ledger), CLIENT);
        cr_assert_null (store_ledger_find (&ledger, "image/two"));
        store_ledger_note (&ledger, "image/three", 1); /* not glued to the half line */
        store_ledger_write (&ledger);
        store_ledger_close (&ledger);
    }
    store_ledger_open (&ledger, path);
    cr_assert_not_null (store_ledger_find (&ledger, "image/three"));
    store_ledger_close (&ledger);
    free (path);
    scratch_close (directory);
}

/* ---- Older schemas --------------------------------------------------------------------------- */

Test (migrate, records_of_every_schema_that_ever_landed_are_read)
{
    for (int schema = 1; schema < RECORDS_SCHEMA; schema++) {
        char path[64], *line = NULL;
        size_t capacity = 0;
        ssize_t size;
        int sessions = 0, lines = 0;
        snprintf (path, sizeof path, "tests/fixtures/store-schema-%d/records.txt", schema);
        FILE *file = fopen (path, "r");
        cr_assert_not_null (file, "%s is not there: was the test started elsewhere?", path);
        while ((size = getline (&line, &capacity, file)) > 0) {
            char *blank = strchr (line, ' ');
            cr_assert_not_null (blank);
            *blank = '\0';
            struct record record;
            struct keys_key key;
            cr_assert_eq (keys_parse (line, strlen (line), &key), 0, "%s", line);
            cr_assert_eq (
                records_decode (line, blank + 1, (size_t) size - strlen (line) - 2, &record),
                RECORDS_GOOD, "%s", line);
            cr_assert_eq (record.schema, schema);
            struct json *body = migrate_body (key.kind, &record);
            cr_assert (json_is_object (body), "%s", line);
            if (key.kind == KEYS_KIND_SESSION) {
                cr_assert_str_eq (json_get_text (body, "session_id"), key.session);
                cr_assert (json_is_object (json_get (body, "context")));
                sessions++;
            }
            json_destroy (&body);
            lines++;
        }
        cr_assert_gt (sessions, 0);
        cr_assert_gt (lines, 5);
        free (line);
        fclose (file);
    }
}
