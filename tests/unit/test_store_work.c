/* test_store_work.c: which generations of a session are kept: those with other work of the user's. */

#include "actors/store_work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "actors/sessions.h"
#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/random.h"
#include "support/scratch.h"

#define ID "0199c82c-0000-7000-8000-000000000001"

static char directory[SCRATCH_SIZE];
static struct store_db db;
static struct sessions set;

static void
open_it (void)
{
    struct random_source random = {.state = 7};
    struct stui_cause cause = {0};
    cr_assert_eq (store_db_open (&db, directory, &engine_leveldb, 1, &random, &cause), 0, "%s",
                  cause.text);
}

static void
setup (void)
{
    scratch_open (directory);
    open_it ();
    sessions_new (&set, ID, "work", NULL, 0, 0);
}

static void
teardown (void)
{
    sessions_fini (&set);
    store_db_close (&db);
    scratch_close (directory);
}

TestSuite (store_work, .init = setup, .fini = teardown);

/* Saves the session as it is. */
static void
save (void)
{
    struct json *record = session_save_begin (set.items[0], "img", "one");
    char *body = json_print (record);
    struct store_write write = {.kind = STORE_WRITE_SESSION,
                                .subject = (char *) "session/img/" ID "/",
                                .body = body,
                                .bytes = strlen (body)};
    cr_assert_eq (store_db_commit (&db, &write, 1, 1, NULL), 0);
    session_save_end (set.items[0], true, write.number, 0);
    free (body);
    json_destroy (&record);
}

static void
edit (const char *patch)
{
    struct json *json = json_parse_text (patch);
    size_t dropped;
    cr_assert_eq (session_edit (set.items[0], json, 0, 0, &dropped, NULL), 0);
    json_destroy (&json);
    save ();
}

static void
type (const char *text, int cursor)
{
    char *patch =
        stui_printf ("{\"workspace\":{\"text\":\"%s\",\"cursor\":%d},\"view\":{\"screen\":\"%d\"}}",
                     text, cursor, cursor);
    edit (patch);
    free (patch);
}

static void
rename_it (int number)
{
    char text[40];
    snprintf (text, sizeof text, "{\"name\":\"name %d\"}", number);
    struct json *about = json_parse_text (text);
    cr_assert_eq (session_set_about (set.items[0], about, 0, NULL), 0);
    json_destroy (&about);
    save ();
}

/* The texts of the generations that are kept, newest first, and the name in the newest. */
static void
assert_kept (const char *texts, const char *name)
{
    struct json *result;
    char found[80] = "";
    cr_assert_eq (store_db_versions (&db, "img", ID, &result, NULL), 0);
    const struct json *versions = json_get (result, "versions");
    cr_assert_str_eq (json_get_text (json_first (versions), "name"), name);
    for (const struct json *one = json_first (versions); one; one = json_next (one)) {
        size_t size = strlen (found);
        const struct json *workspace = json_get (json_get (one, "context"), "workspace");
        snprintf (found + size, sizeof found - size, "%s ", json_get_text (workspace, "text"));
    }
    cr_assert_str_eq (found, texts);
    json_destroy (&result);
}

/* Symptom: whoever renamed a session three times had no older text of it any more. */
Test (store_work, ten_renames_leave_the_older_texts)
{
    type ("one", 1);
    type ("two", 1);
    type ("three", 1);
    for (int number = 1; number <= 10; number++)
        rename_it (number);
    assert_kept ("three two one ", "name 10");
    type ("four", 1);
    assert_kept ("four three two ", "name 10");
}

/* Nor does a start in between: what is stored is looked at. */
Test (store_work, renames_after_a_start_leave_the_older_texts)
{
    type ("one", 1);
    type ("two", 1);
    for (int number = 1; number <= 4; number++) {
        store_db_close (&db);
        open_it ();
        rename_it (number);
    }
    assert_kept ("two one ", "name 4");
}

Test (store_work, neither_where_the_cursor_is_nor_what_was_answered_pushes_a_text_out)
{
    type ("one", 1);
    type ("two", 1);
    type ("two", 2);
    edit ("{\"results\":[{\"result\":\"7\"}]}");
    edit ("{\"transcript\":{\"tail\":[\"x\"]}}");
    assert_kept ("two one ", "work");
}

Test (store_work, an_input_and_the_text_of_another_buffer_are_work)
{
    type ("one", 1);
    edit ("{\"history\":[\"3+4\"]}");
    edit ("{\"workspace\":{\"text\":\"one\",\"buffers\":[{\"name\":\"b\",\"text\":\"x\"}]}}");
    assert_kept ("one one one ", "work");
}

/* A text that a user types cannot be taken for the record's own mark. */
Test (store_work, the_mark_is_the_records_own)
{
    static const char typed[] =
        "{\"name\":\"a\",\"note\":\",\\\"work\\\":\\\"00000000000000ff\\\"\",\"context\":{}}";
    cr_assert_eq (store_work_of (typed, strlen (typed)), 0);
    static const char own[] = "{\"name\":\"a\",\"work\":\"00000000000000ff\",\"context\":{}}";
    cr_assert_eq (store_work_of (own, strlen (own)), 255);
    cr_assert_eq (store_work_of (own, sizeof "{\"name\":\"a\",\"work\":\"0000" - 1), 0, "cut");
}
