/* test_engine.c: what every engine promises, held against LevelDB. */

#include "actors/engine.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "support/scratch.h"

static const struct engine_functions *const functions = &engine_leveldb;

/* A directory and the database in it. */
struct fixture {
    char path[SCRATCH_SIZE];
    char db[SCRATCH_SIZE + 8];
    struct engine *engine;
};

static void
fixture_reopen (struct fixture *self)
{
    struct stui_cause cause = {0};
    functions->close (&self->engine);
    cr_assert_eq (functions->open (self->db, &self->engine, &cause), 0, "%s", cause.text);
}

static void
fixture_open (struct fixture *self)
{
    memset (self, 0, sizeof *self);
    scratch_open (self->path);
    snprintf (self->db, sizeof self->db, "%s/db", self->path);
    fixture_reopen (self);
}

static void
fixture_close (struct fixture *self)
{
    functions->close (&self->engine);
    scratch_close (self->path);
}

static void
put (struct fixture *self, const char *key, const char *value)
{
    struct engine_change change = {key, value, value ? strlen (value) : 0};
    cr_assert_eq (functions->write (self->engine, &change, 1, NULL), 0);
}

static void
expect (struct fixture *self, const char *key, const char *expected)
{
    char *value;
    size_t size;
    int err = functions->get (self->engine, key, &value, &size, NULL);
    if (!expected)
        cr_assert_eq (err, STUI_E_NOT_FOUND);
    else {
        cr_assert_eq (err, 0);
        cr_assert_eq (size, strlen (expected));
        cr_assert_str_eq (value, expected);
    }
    free (value);
}

/* Gathers what a scan shows, as "KEY=VALUE ", at most `left` of them. */
struct seen {
    char text[256];
    int left;
};

static bool
see (void *context, const char *key, size_t key_size, const char *value, size_t value_size)
{
    struct seen *self = context;
    size_t length = strlen (self->text);
    snprintf (self->text + length, sizeof self->text - length, "%.*s=%.*s ", (int) key_size, key,
              (int) value_size, value);
    return --self->left > 0;
}

Test (engine, what_was_written_is_read_back_after_reopening)
{
    struct fixture fixture;
    fixture_open (&fixture);
    put (&fixture, "a", "one");
    put (&fixture, "b", "");
    fixture_reopen (&fixture);
    expect (&fixture, "a", "one");
    expect (&fixture, "b", "");
    expect (&fixture, "c", NULL);
    fixture_close (&fixture);
}

Test (engine, a_batch_is_applied_in_order)
{
    struct fixture fixture;
    fixture_open (&fixture);
    put (&fixture, "gone", "x");
    struct engine_change changes[] = {
        {"a", "first", 5}, {"gone", NULL, 0}, {"a", "second", 6}, {"b", "x", 1}, {"b", NULL, 0}};
    cr_assert_eq (functions->write (fixture.engine, changes, 5, NULL), 0);
    expect (&fixture, "a", "second");
    expect (&fixture, "b", NULL);
    expect (&fixture, "gone", NULL);
    fixture_close (&fixture);
}

Test (engine, a_scan_shows_its_prefix_in_order_from_where_it_is_told)
{
    struct fixture fixture;
    fixture_open (&fixture);
    static const char *const keys[] = {"p/2", "p/1", "p/3", "o/9", "p0"};
    for (size_t index = 0; index < sizeof keys / sizeof *keys; index++)
        put (&fixture, keys[index], "v");
    struct seen all = {.left = 9}, from = {.left = 9}, two = {.left = 2}, none = {.left = 9};
    cr_assert_eq (functions->scan (fixture.engine, "p/", NULL, see, &all, NULL), 0);
    cr_assert_str_eq (all.text, "p/1=v p/2=v p/3=v ");
    cr_assert_eq (functions->scan (fixture.engine, "p/", "p/2", see, &from, NULL), 0);
    cr_assert_str_eq (from.text, "p/2=v p/3=v ");
    cr_assert_eq (functions->scan (fixture.engine, "p/", NULL, see, &two, NULL), 0);
    cr_assert_str_eq (two.text, "p/1=v p/2=v ");
    cr_assert_eq (functions->scan (fixture.engine, "q/", NULL, see, &none, NULL), 0);
    cr_assert_str_eq (none.text, "");
    fixture_close (&fixture);
}

Test (engine, a_database_is_opened_once)
{
    struct fixture fixture;
    fixture_open (&fixture);
    struct engine *second;
    struct stui_cause cause = {0};
    cr_assert_eq (functions->open (fixture.db, &second, &cause), STUI_E_STORAGE);
    cr_assert_null (second);
    cr_assert (strstr (cause.text, fixture.db), "%s", cause.text);
    fixture_close (&fixture);
}

Test (engine, a_place_that_cannot_be_is_a_sentence)
{
    struct engine *engine;
    struct stui_cause cause = {0};
    cr_assert_eq (functions->open ("/proc/no/such/place", &engine, &cause), STUI_E_STORAGE);
    cr_assert_eq (cause.err, STUI_E_STORAGE);
    cr_assert_gt (strlen (cause.text), 20);
    cr_assert_eq (strncmp (cause.text, "No such file", 12), 0, "the reason first, not cut off: %s",
                  cause.text);
}

Test (engine, closing_nothing_is_allowed)
{
    struct engine *engine = NULL;
    functions->close (&engine);
    functions->close (NULL);
}

/* Points CURRENT at a manifest that is not there. */
static void
break_database (const struct fixture *fixture)
{
    char path[SCRATCH_SIZE + 32];
    snprintf (path, sizeof path, "%s/CURRENT", fixture->db);
    int fd = open (path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    cr_assert_geq (fd, 0);
    cr_assert_eq (write (fd, "MANIFEST-999999\n", 16), 16);
    close (fd);
}

Test (engine, a_damaged_database_is_told_from_one_that_cannot_be_opened)
{
    struct fixture fixture;
    fixture_open (&fixture);
    put (&fixture, "a", "one");
    functions->close (&fixture.engine);
    break_database (&fixture);
    cr_assert_eq (functions->open (fixture.db, &fixture.engine, NULL), STUI_E_MALFORMED);
    fixture_close (&fixture);
}
