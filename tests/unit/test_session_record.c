/* test_session_record.c: what is stored of a session and taken in from an export, and what goes when
 * it is too much. */

#include "actors/sessions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/json.h"

static const char id[] = "0199c82c-0000-7000-8000-000000000001";
static const char fresh[] = "0199c82c-0000-7000-8000-0000000000ff";

static struct sessions set;
static struct session *session;

static void
setup (void)
{
    snprintf (set.key, sizeof set.key, "image");
    session = sessions_new (&set, id, "work", json_object (), 1000, 1769855400123);
}

static void
teardown (void)
{
    sessions_fini (&set);
}

TestSuite (session_record, .init = setup, .fini = teardown);

/* Sets TEXT as name, note and tags; the error's sentence, or NULL. */
static const char *
set_about (const char *text)
{
    static struct stui_cause cause;
    struct json *about = json_parse_text (text);
    cause = (struct stui_cause){0};
    int err = session_set_about (session, about, 2000, &cause);
    json_destroy (&about);
    return err ? cause.text : NULL;
}

/* What a start makes of the record of SESSION. */
static struct session *
reload (struct sessions *other)
{
    struct json *records = json_array ();
    json_push (records, session_save_begin (session, "image", "one"));
    sessions_load (other, "image", records);
    json_destroy (&records);
    return sessions_find (other, id);
}

Test (session_record, name_note_tags_counts_and_time_open_come_back)
{
    cr_assert_null (
        set_about ("{\"name\":\"reports\",\"note\":\"for Ada\",\"tags\":[\"a\",\"b\"]}"));
    session_note_input (session, "3 + 4", 61000, 61000);
    session_note_result (session, true, 62000);
    struct sessions other = {0};
    struct session *again = reload (&other);
    cr_assert_str_eq (again->name, "reports");
    cr_assert_str_eq (again->note, "for Ada");
    cr_assert_eq (json_count (again->tags), 2);
    cr_assert_eq (again->evaluations, 1);
    cr_assert_eq (again->errors, 1);
    cr_assert_eq (again->open_ms, 61000, "%lld", (long long) again->open_ms);
    cr_assert_eq (again->saved, again->change, "nothing of it is to be saved");
    cr_assert_null (sessions_save_due (&other, STUI_NEVER - 1));
    sessions_fini (&other);
}

/* Symptom: the time that a session was closed was counted as time open, and not the time before. */
Test (session_record, time_open_is_the_time_between_opening_and_closing)
{
    sessions_close (&set, session, 61000, 61000);
    cr_assert_eq (session->open_ms, 60000);
    sessions_open (&set, session, 3661000);
    cr_assert_eq (session->open_ms, 60000);
    session_give_place (session, 3662000);
    sessions_open (&set, session, 9000000);
    sessions_store_open (&set, 9000500);
    cr_assert_eq (session->open_ms, 61500);
}

Test (session_record, time_open_goes_on_after_a_start)
{
    struct sessions other = {0};
    struct session *again = reload (&other);
    sessions_tick (&other, 500000);
    session_note_input (again, "3 + 4", 502000, 502000);
    cr_assert_eq (again->open_ms, 2000);
    sessions_fini (&other);
}

/* Symptom: a session whose name was of before there was a limit lost its note and its tags. */
Test (session_record, note_and_tags_come_back_whatever_the_name_is)
{
    cr_assert_null (set_about ("{\"note\":\"for Ada\",\"tags\":[\"a\"]}"));
    for (int at = 0; at < 2; at++) {
        struct json *records = json_array (),
                    *record = session_save_begin (session, "image", "one");
        char *name = stui_alloc (SESSION_NAME_MAX + 2);
        memset (name, 'n', at * (SESSION_NAME_MAX + 1));
        json_set_text (record, "name", name);
        json_push (records, record);
        struct sessions other = {0};
        sessions_load (&other, "image", records);
        struct session *again = sessions_find (&other, id);
        cr_assert_str_eq (again->name, name);
        cr_assert_str_eq (again->note, "for Ada");
        cr_assert_eq (json_count (again->tags), 1);
        sessions_fini (&other);
        json_destroy (&records);
        free (name);
    }
}

/* Symptom: while the disk was full a supervisor that was started anew called its sessions saved. */
Test (session_record, what_waits_for_the_disk_is_not_called_saved_after_a_restart)
{
    struct sessions next = {0};
    struct json *records = json_parse_text (
        "[{\"session_id\":\"0199c82c-0000-7000-8000-000000000002\",\"name\":\"work\",\"open\":true,"
        "\"context\":{\"text\":2},\"waiting\":true}]");
    sessions_load (&next, "image", records);
    struct json *json = session_to_json (next.items[0], &next, "one", false);
    cr_assert_not (json_get_bool (json, "saved", true));
    cr_assert_eq (sessions_save_due (&next, 0), next.items[0]);
    json_destroy (&json);
    json_destroy (&records);
    sessions_fini (&next);
}

/* Symptom: records of two current sessions, of an `undo` say, made two of one image. */
Test (session_record, of_two_that_are_current_the_newest_is_after_a_load)
{
    static const char second[] = "0199c82c-0000-7000-8000-000000000002";
    struct sessions next = {0};
    struct json *records = json_parse_text (
        "[{\"session_id\":\"0199c82c-0000-7000-8000-000000000001\",\"name\":\"a\",\"current\":true,"
        "\"last_modified\":\"2026-01-31T10:30:00.000Z\",\"context\":{}},"
        "{\"session_id\":\"0199c82c-0000-7000-8000-000000000002\",\"name\":\"b\",\"current\":true,"
        "\"last_modified\":\"2026-01-31T10:31:00.000Z\",\"context\":{}},"
        "{\"session_id\":\"0199c82c-0000-7000-8000-000000000003\",\"name\":\"c\",\"current\":true,"
        "\"context\":{}}]");
    sessions_load (&next, "image", records);
    cr_assert_eq (sessions_current (&next), sessions_find (&next, second));
    size_t count = 0;
    for (size_t at = 0; at < next.count; at++)
        count += next.items[at]->current;
    cr_assert_eq (count, 1);
    cr_assert_not_null (sessions_save_due (&next, 0), "the others are stored so");
    json_destroy (&records);
    sessions_fini (&next);
}

/* Symptom: `session tag ID red red` kept both. */
Test (session_record, a_tag_is_kept_once)
{
    struct sessions next = {0};
    struct json *records = json_parse_text (
        "[{\"session_id\":\"0199c82c-0000-7000-8000-000000000002\",\"name\":\"work\","
        "\"tags\":[\"red\",\"old\",\"red\"],\"context\":{}}]");
    sessions_load (&next, "image", records);
    cr_assert_eq (json_count (next.items[0]->tags), 2);
    cr_assert_str_eq (json_text (json_at (next.items[0]->tags, 1)), "old");
    json_destroy (&records);
    sessions_fini (&next);
}

Test (session_record, a_note_and_tags_can_be_taken_away)
{
    cr_assert_null (set_about ("{\"note\":\"for Ada\",\"tags\":[\"a\"]}"));
    cr_assert_null (set_about ("{\"note\":null,\"tags\":[]}"));
    cr_assert_null (session->note);
    cr_assert_null (session->tags);
    cr_assert_str_eq (session->name, "work");
}

Test (session_record, what_is_no_name_note_or_tag_changes_nothing)
{
    cr_assert_not_null (set_about ("{\"name\":\"\"}"));
    cr_assert_not_null (set_about ("{\"name\":7}"));
    cr_assert_not_null (set_about ("{\"name\":\"new\",\"note\":[]}"));
    cr_assert_not_null (strstr (set_about ("{\"name\":\"new\",\"tags\":[\"a\",1]}"), "tags[1]"));
    cr_assert_str_eq (session->name, "work");
}

/* ---- too much ---- */

/* An array of COUNT texts of 1,000 bytes. */
static struct json *
texts (size_t count)
{
    char text[1001];
    struct json *array = json_array ();
    for (size_t at = 0; at < count; at++) {
        memset (text, 'x', sizeof text - 1);
        snprintf (text, sizeof text, "%zu ", at);
        text[strlen (text)] = 'x';
        text[sizeof text - 1] = '\0';
        json_push (array, json_string (text));
    }
    return array;
}

Test (session_record, the_oldest_transcript_goes_first_then_results_then_history)
{
    size_t dropped = 0;
    struct json *patch = json_object (), *transcript = json_object ();
    json_set (transcript, "tail", texts (600));
    json_set (patch, "transcript", transcript);
    json_set (patch, "results", texts (300));
    json_set (patch, "history", texts (300));
    cr_assert_eq (session_edit (session, patch, 2000, 2000, &dropped, NULL), 0);
    const struct json *tail = json_get (json_get (session->context, "transcript"), "tail");
    cr_assert_eq (json_count (tail), 600 - dropped);
    cr_assert_gt (dropped, 100);
    cr_assert_str_not_empty (json_text (json_at (tail, 0)));
    cr_assert_eq (atoi (json_text (json_at (tail, json_count (tail) - 1))), 599,
                  "the newest stays");
    cr_assert_eq (json_count (json_get (session->context, "results")), 300);
    cr_assert_eq (json_count (json_get (session->context, "history")), 300);
    cr_assert_leq (json_size (session->context), SESSION_CONTEXT_MAX);
    json_destroy (&patch);
}

Test (session_record, text_that_alone_is_too_long_is_refused_and_changes_nothing)
{
    size_t dropped = 0;
    struct stui_cause cause = {0};
    struct json *patch = json_object ();
    char *text = stui_alloc (STUI_SESSION_MAX + 1);
    memset (text, 'x', STUI_SESSION_MAX);
    json_set (patch, "history", texts (10));
    json_set_text (patch, "workspace", text);
    cr_assert_eq (session_edit (session, patch, 2000, 2000, &dropped, &cause), STUI_E_TOO_LARGE);
    cr_assert_not_null (strstr (cause.text, "shorten"));
    cr_assert_null (json_get (session->context, "history"));
    json_destroy (&patch);
    free (text);
}

Test (session_record, a_long_history_makes_place_for_the_newest_input)
{
    size_t dropped = 0;
    struct json *patch = json_object ();
    json_set (patch, "history", texts (990));
    cr_assert_eq (session_edit (session, patch, 2000, 2000, &dropped, NULL), 0);
    char *code = stui_alloc (100001);
    memset (code, 'y', 100000);
    cr_assert_gt (session_note_input (session, code, 3000, 3000), 40);
    const struct json *history = json_get (session->context, "history");
    cr_assert_str_eq (json_text (json_at (history, json_count (history) - 1)), code);
    cr_assert_leq (json_size (session->context), SESSION_CONTEXT_MAX);
    json_destroy (&patch);
    free (code);
}

/* ---- imports ---- */

static struct session *
import (const char *text, struct stui_cause *cause)
{
    struct json *exported = json_parse_text (text);
    struct session *taken = session_import_check (exported, cause) == 0
                                ? sessions_import (&set, exported, fresh, 5000, 5000)
                                : NULL;
    json_destroy (&exported);
    return taken;
}

Test (session_record, an_import_keeps_id_times_counts_and_context)
{
    struct session *taken =
        import ("{\"session_id\":\"0199c82c-0000-7000-8000-000000000002\",\"name\":\"two\","
                "\"note\":\"n\",\"tags\":[\"t\"],\"created_at\":\"2026-01-31T10:30:00.123Z\","
                "\"last_modified\":\"2026-01-31T10:31:00.000Z\","
                "\"counts\":{\"evaluations\":3,\"errors\":1,\"opened\":2,\"open_ms\":70},"
                "\"context\":{\"workspace\":{\"text\":\"3 + 4\"}}}",
                NULL);
    cr_assert_not_null (taken);
    cr_assert_str_eq (taken->id, "0199c82c-0000-7000-8000-000000000002");
    cr_assert_eq (taken->created_wall_ms, 1769855400123);
    cr_assert_eq (taken->evaluations, 3);
    cr_assert_eq (taken->open_ms, 70);
    cr_assert_eq (taken->state, STUI_SESSION_STORED);
    cr_assert_not (taken->open);
    cr_assert_str_eq (json_get_text (json_get (taken->context, "workspace"), "text"), "3 + 4");
    cr_assert_neq (taken->saved, taken->change, "it is to be stored");
}

Test (session_record, an_import_never_takes_the_place_of_a_session)
{
    char text[256];
    snprintf (text, sizeof text, "{\"session_id\":\"%s\",\"name\":\"w\",\"context\":{\"a\":1}}",
              id);
    struct session *taken = import (text, NULL);
    cr_assert_str_eq (taken->id, fresh);
    cr_assert_eq (json_count (session->context), 0);
}

Test (session_record, the_same_import_twice_is_one_session)
{
    const char *text = "{\"session_id\":\"0199c82c-0000-7000-8000-000000000002\",\"name\":\"two\","
                       "\"context\":{\"a\":1}}";
    cr_assert_eq (import (text, NULL), import (text, NULL));
    cr_assert_eq (set.count, 2);
}

Test (session_record, what_is_no_session_is_refused_with_what_is_wrong)
{
    static const char *const wrong[][2] = {
        {"7", "an object"},
        {"{\"context\":{}}", "name is missing"},
        {"{\"name\":\"w\"}", "context must be an object"},
        {"{\"name\":\"w\",\"context\":[]}", "context must be an object"},
        {"{\"name\":\"w\",\"session_id\":\"../..\",\"context\":{}}", "session_id must be a UUID"},
        {"{\"name\":\"w\",\"session_id\":1,\"context\":{}}", "session_id must be a UUID"},
        {"{\"name\":\"w\",\"counts\":[],\"context\":{}}", "counts must be an object"},
        {"{\"name\":\"w\",\"counts\":{\"errors\":-1},\"context\":{}}", "counts.errors"},
        {"{\"name\":\"w\",\"counts\":{\"opened\":\"1\"},\"context\":{}}", "counts.opened"},
        {"{\"name\":\"w\",\"created_at\":\"yesterday\",\"context\":{}}", "must be times"},
        {"{\"name\":\"w\",\"last_modified\":5,\"context\":{}}", "must be times"},
        {"{\"name\":\"w\",\"tags\":\"a\",\"context\":{}}", "tags must be"},
        {"{\"name\":\"w\",\"current\":1,\"context\":{}}", "current must be true or false"},
        {"{\"name\":\"w\",\"current\":null,\"context\":{}}", "current must be true or false"},
        {"{\"name\":\"w\",\"context\":{\"workspace\":{\"text\":5}}}", "text must be a text"},
        {"{\"name\":\"w\",\"context\":{\"history\":\"3\"}}", "context.history must be a list"},
    };
    for (size_t at = 0; at < sizeof wrong / sizeof *wrong; at++) {
        struct stui_cause cause = {0};
        cr_assert_null (import (wrong[at][0], &cause), "%s", wrong[at][0]);
        cr_assert_not_null (strstr (cause.text, wrong[at][1]), "%s: %s", wrong[at][0], cause.text);
    }
    cr_assert_eq (set.count, 1);
}

/* Symptom: an export of which the undo list, the cursor or the screen was no such thing was taken. */
Test (session_record, a_context_that_no_screen_could_read_is_refused_with_what_and_where)
{
    static const char *const wrong[][2] = {
        {"{\"workspace\":[]}", "context.workspace must be an object"},
        {"{\"history\":[\"1\",2]}", "context.history[1] must be a text"},
        {"{\"results\":[{\"code\":\"1\"},\"x\"]}", "context.results[1] must be an object"},
        {"{\"results\":[{\"at\":\"soon\"}]}", "context.results[0].at must be a time"},
        {"{\"results\":[{\"asked_by\":1}]}", "context.results[0].asked_by must be a text"},
        {"{\"workspace\":{\"text\":\"ab\",\"cursor\":\"1\"}}",
         "context.workspace.cursor must be a number of 0 or more"},
        {"{\"workspace\":{\"text\":\"ab\",\"cursor\":-1}}", "context.workspace.cursor must be"},
        {"{\"workspace\":{\"text\":\"ab\",\"cursor\":3}}",
         "context.workspace.cursor is behind the end of its text of 2 bytes"},
        {"{\"workspace\":{\"text\":\"ab\",\"selection\":[]}}",
         "context.workspace.selection must be a number of 0 or more, or null"},
        {"{\"workspace\":{\"undo\":7}}", "context.workspace.undo must be an object"},
        {"{\"workspace\":{\"undo\":{\"edits\":{}}}}",
         "context.workspace.undo.edits must be a list"},
        {"{\"workspace\":{\"undo\":{\"done\":2,\"edits\":[]}}}",
         "context.workspace.undo.done is more than its 0 edits"},
        {"{\"workspace\":{\"undo\":{\"edits\":[{\"at\":0,\"removed\":\"\"}]}}}",
         "context.workspace.undo.edits[0].inserted is missing"},
        {"{\"workspace\":{\"undo\":{\"edits\":[{\"at\":0,\"removed\":\"\",\"inserted\":\"\","
         "\"typed\":1}]}}}",
         "context.workspace.undo.edits[0].typed must be true or false"},
        {"{\"workspace\":{\"buffers\":[{\"text\":\"a\",\"cursor\":9}]}}",
         "context.workspace.buffers[0].cursor is behind"},
        {"{\"view\":\"workspace\"}", "context.view must be an object, or null"},
        {"{\"view\":{\"screen\":1}}", "context.view.screen must be a text"},
        {"{\"panes\":{\"tree\":{\"panes\":[{},{\"screen\":7}]}}}",
         "context.panes.tree.panes[1].screen must be a text"},
        {"{\"inspector\":{\"path\":[1]}}", "context.inspector.path[0] must be a text"},
        {"{\"transcript\":{\"tail\":[{\"text\":1}]}}", "context.transcript.tail[0].text must be"},
        {"{\"browser\":[]}", "context.browser must be an object, or null"},
    };
    for (size_t at = 0; at < sizeof wrong / sizeof *wrong; at++) {
        struct stui_cause cause = {0};
        char *text = stui_printf ("{\"name\":\"w\",\"context\":%s}", wrong[at][0]);
        cr_assert_null (import (text, &cause), "%s", text);
        cr_assert_not_null (strstr (cause.text, wrong[at][1]), "%s: %s", text, cause.text);
        free (text);
    }
    static const char *const beside[][2] = {
        {"[]", "variables must be an object"},
        {"{\"at\":\"2026-01-31T10:30:00.123Z\",\"list\":[]}", "variables.total is missing"},
        {"{\"at\":\"2026-01-31T10:30:00.123Z\",\"total\":1,\"list\":[{\"name\":\"x\"}]}",
         "variables.list[0].value is missing"},
    };
    for (size_t at = 0; at < sizeof beside / sizeof *beside; at++) {
        struct stui_cause cause = {0};
        char *text =
            stui_printf ("{\"name\":\"w\",\"variables\":%s,\"context\":{}}", beside[at][0]);
        cr_assert_null (import (text, &cause), "%s", text);
        cr_assert_not_null (strstr (cause.text, beside[at][1]), "%s: %s", text, cause.text);
        free (text);
    }
    cr_assert_eq (set.count, 1);
}

/* Symptom: an export with a result whose time is not known could not be imported: such a time is written as the
 * first there is. */
Test (session_record, times_that_are_not_known_are_imported_as_they_are_exported)
{
    struct session *taken = import (
        "{\"name\":\"w\",\"created_at\":\"1970-01-01T00:00:00.000Z\","
        "\"last_modified\":\"1970-01-01T00:00:00.000Z\",\"context\":{\"results\":[{\"code\":\"1\","
        "\"at\":\"1970-01-01T00:00:00.000Z\"}]}}",
        NULL);
    cr_assert_not_null (taken);
    cr_assert_eq (taken->created_wall_ms, 0);
}

/* Symptom: a held result that was imported into another profile said "held no more": its tag is one of the
 * profile that holds it. */
Test (session_record, a_held_result_is_imported_without_the_tag_of_who_holds_it)
{
    static const char text[] =
        "{\"session_id\":\"0199c82c-0000-7000-8000-000000000002\",\"name\":\"w\",\"context\":{"
        "\"results\":[{\"code\":\"1\",\"kind\":\"held\",\"asked_by\":\"t-1\"},{\"code\":\"2\"}],"
        "\"history\":[]}}";
    const struct session *taken = import (text, NULL);
    const struct json *results = json_get (taken->context, "results");
    cr_assert_eq (json_count (results), 2);
    cr_assert_null (json_get (json_at (results, 0), "asked_by"));
    cr_assert_str_eq (json_get_text (json_at (results, 0), "kind"), "held");
    cr_assert_eq (import (text, NULL), taken, "it is the same as it was");
    cr_assert_eq (set.count, 2);
}

/* Symptom: what a session's variables were was kept nowhere. */
Test (session_record, variables_and_browser_go_through_an_import_and_a_start_unchanged)
{
    static const char text[] =
        "{\"name\":\"w\",\"current\":true,\"variables\":{\"at\":\"2026-01-31T10:30:00.123Z\","
        "\"total\":1,\"list\":[{\"name\":\"x\",\"value\":\"7\",\"class\":\"SmallInteger\"}]},"
        "\"context\":{\"browser\":{\"class\":\"Object\",\"of\":[1,{\"a\":null}]}}}";
    struct json *exported = json_parse_text (text);
    session = import (text, NULL);
    cr_assert_not (session->current, "which one is current is chosen here");
    struct sessions other = {0};
    struct json *records = json_array (), *record = session_save_begin (session, "image", "one");
    json_push (records, record);
    sessions_load (&other, "image", records);
    struct json *shown = session_to_json (sessions_find (&other, session->id), &other, "one", true);
    cr_assert (json_equal (json_get (shown, "variables"), json_get (exported, "variables")));
    cr_assert (json_equal (json_get (shown, "context"), json_get (exported, "context")));
    json_destroy (&shown);
    json_destroy (&records);
    json_destroy (&exported);
    sessions_fini (&other);
}

Test (session_record, variables_are_bounded_and_those_that_are_the_same_are_no_change)
{
    struct json *result = json_object (), *list = json_array ();
    for (int at = 0; at < 2 * SESSION_VARIABLES_MAX; at++) {
        char *value = stui_alloc (2 * SESSION_VARIABLE_BYTES + 1);
        memset (value, 'v', 2 * SESSION_VARIABLE_BYTES);
        struct json *one = json_object ();
        json_set_text (one, "name", "n");
        json_set_text (one, "value", value);
        json_push (list, one);
        free (value);
    }
    json_set (result, "variables", list);
    json_set_number (result, "total_count", 1000);
    session_variables_take (session, result, 3000, 3000);
    cr_assert_leq (json_size (session->variables), SESSION_VARIABLES_BYTES);
    cr_assert_eq (session_variables_check (session->variables, NULL), 0);
    cr_assert_gt (json_count (json_get (session->variables, "list")), 10);
    cr_assert_eq (json_get_number (session->variables, "total", 0), 1000);
    uint64_t change = session->change;
    session_variables_take (session, result, 4000, 4000);
    cr_assert_eq (session->change, change);
    json_destroy (&result);
}

/* Symptom: variables of a session made by hand that found no room were let go without a word. */
Test (session_record, variables_without_room_are_refused_with_which_and_why)
{
    static const char variables[] =
        "{\"at\":\"2026-01-31T10:30:00.123Z\",\"total\":2,\"list\":[{\"name\":\"x\","
        "\"value\":\"7\"},{\"name\":\"much\",\"value\":\"%s\"}]}";
    size_t count = set.count;
    for (int round = 0; round < 2; round++) { /* beside a long text; more than variables may have */
        struct stui_cause cause = {0};
        char *text = stui_alloc (SESSION_CONTEXT_MAX), *value = stui_alloc (SESSION_CONTEXT_MAX);
        memset (text, 'x', round == 0 ? SESSION_CONTEXT_MAX - 150 : 1);
        memset (value, 'y', round == 0 ? 100 : SESSION_VARIABLES_BYTES);
        char *list = stui_printf (variables, value);
        char *exported = stui_printf ("{\"name\":\"w\",\"variables\":%s,\"context\":{\"workspace\":"
                                      "{\"text\":\"%s\"}}}",
                                      list, text);
        cr_assert_null (import (exported, &cause));
        cr_assert_not_null (strstr (cause.text, "variables.list[1] (much) finds no room"), "%s",
                            cause.text);
        cr_assert_not_null (strstr (cause.text, round == 0 ? "with its texts" : "16384"), "%s",
                            cause.text);
        free (exported);
        free (list);
        free (value);
        free (text);
    }
    cr_assert_eq (set.count, count);
}

/* Symptom: an export near 1 MB had variables that a start, and an import, let go without a word. */
Test (session_record, variables_without_room_beside_the_context_are_in_no_export_either)
{
    struct json *result =
        json_parse_text ("{\"variables\":[{\"name\":\"x\",\"value\":\"7\"}],\"total_count\":1}");
    session_variables_take (session, result, 3000, 3000);
    char *text = stui_alloc (SESSION_CONTEXT_MAX);
    memset (text, 'x', SESSION_CONTEXT_MAX - 40);
    for (int round = 0; round < 2; round++) { /* with room, and without */
        struct json *shown = session_to_json (session, &set, "one", true);
        struct json *record = session_save_begin (session, "image", "one");
        cr_assert_eq (json_get (shown, "variables") != NULL, round == 0);
        cr_assert_eq (json_get (record, "variables") != NULL, round == 0);
        json_destroy (&shown);
        json_destroy (&record);
        size_t dropped = 0;
        struct json *patch = json_object ();
        json_set_text (patch, "workspace", text);
        cr_assert_eq (session_edit (session, patch, 4000, 4000, &dropped, NULL), 0);
        json_destroy (&patch);
    }
    free (text);
    json_destroy (&result);
}

/* Symptom: an image that says a smaller total than it lists had its session saved at each question. */
Test (session_record, a_total_below_the_count_of_those_listed_is_no_change_each_time)
{
    struct json *result =
        json_parse_text ("{\"variables\":[{\"name\":\"x\",\"value\":\"7\"}],\"total_count\":0}");
    session_variables_take (session, result, 3000, 3000);
    cr_assert_eq (json_get_number (session->variables, "total", 0), 1);
    uint64_t change = session->change;
    session_variables_take (session, result, 4000, 4000);
    cr_assert_eq (session->change, change);
    json_destroy (&result);
}

/* Symptom: one session nested as deep as an export may be made all those of its image unreadable: what the store
 * answers with them was more than is read of JSON. */
Test (session_record, whatever_is_imported_can_be_read_from_the_list_of_all)
{
    char lists[2][STUI_JSON_DEPTH];
    memset (lists[0], '[', sizeof lists[0]);
    memset (lists[1], ']', sizeof lists[1]);
    int taken = 0;
    for (int levels = SESSION_DEPTH_MAX - 2; levels <= STUI_JSON_DEPTH - 2; levels++) {
        char *text = stui_printf ("{\"name\":\"deep %d\",\"context\":{\"a\":%.*s%.*s}}", levels,
                                  levels, lists[0], levels, lists[1]);
        struct session *deep = import (text, NULL);
        free (text);
        if (!deep)
            continue;
        taken++;
        struct json *record = session_save_begin (deep, "image", "one");
        char *saved = json_print (record);
        json_destroy (&record);
        char *answer = stui_printf ("{\"sessions\":[%s]}", saved);
        struct json *read = json_parse_text (answer);
        cr_assert_not_null (read, "%d levels: %s", levels + 1, answer);
        json_destroy (&read);
        free (answer);
        free (saved);
    }
    cr_assert_eq (taken, 2, "those up to SESSION_DEPTH_MAX");
}
