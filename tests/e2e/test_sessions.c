/* test_sessions.c: sessions as things that people name, copy, carry from one profile to another and
 * settle when two have changed them. Real images; two profiles of one user. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/path.h"
#include "support/owner_client.h"
#include "support/stage.h"

#define TIMINGS "ping_ms = 100\nbackoff_min_ms = 10\nbackoff_max_ms = 200\n"

static struct stage stage;
static struct run_process other; /* `serve` of the second profile */

static void
setup (void)
{
    stage_open (&stage, TIMINGS);
    stage_serve_one (&stage);
}

static void
teardown (void)
{
    run_end (&other, SIGTERM);
    stage_close (&stage);
}

TestSuite (sessions_e2e, .init = setup, .fini = teardown, .timeout = 120);

/* ---- helpers ---- */

#define printed(...) run_printed (0, (const char *const[]){__VA_ARGS__, NULL})

static void
done_words (const char *const *words)
{
    free (run_printed (0, words));
}

#define done(...) done_words ((const char *const[]){__VA_ARGS__, NULL})

/* The id of a new session of image one in which CODE was evaluated. Caller frees. */
static char *
begin (const char *code)
{
    char *id = printed ("session", "new", "one", "work");
    id[strcspn (id, "\n")] = '\0';
    done ("eval", "one", "--session", id, "-e", code);
    return id;
}

/* `session show` of ID. Caller owns. */
static struct json *
shown (const char *id)
{
    char *text = printed ("session", "show", id, "--json");
    struct json *session = stage_parse (text);
    free (text);
    return session;
}

/* Shows ID until its member KEY is TEXT. Caller owns. */
static struct json *
shown_once (const char *id, const char *key, const char *text)
{
    for (;;) {
        struct json *session = shown (id);
        const char *its = json_get_text (session, key);
        if (its && strcmp (its, text) == 0)
            return session;
        json_destroy (&session);
    }
}

/* The last input of SESSION. */
static const char *
last_input (const struct json *session)
{
    const struct json *history = json_get (json_get (session, "context"), "history");
    return json_text (json_at (history, json_count (history) - 1));
}

/* That WORDS print one line: the session's id, and SAID. */
static void
expect_said (const char *id, const char *said, const char *const *words)
{
    char *text = run_printed (0, words), *line = stui_printf ("%s %s\n", id, said);
    cr_assert_str_eq (text, line, "%s %s said: %s", words[0], words[1], text);
    free (line);
    free (text);
}

#define expect_says(id, said, ...) expect_said (id, said, (const char *const[]){__VA_ARGS__, NULL})

static size_t
session_count (void)
{
    char *text = printed ("session", "ls", "--json");
    struct json *list = stage_parse (text);
    size_t count = json_count (list);
    json_destroy (&list);
    free (text);
    return count;
}

/* A file in the test's place. Static text. */
static const char *
file_path (const char *name)
{
    static char path[SCRATCH_SIZE + 32];
    snprintf (path, sizeof path, "%s/%s", stage.place.directory, name);
    return path;
}

static const char *
file_with (const char *text)
{
    const char *path = file_path ("import.json");
    cr_assert_eq (path_replace (path, text, strlen (text), 0600, NULL), 0);
    return path;
}

/* ---- names, notes, copies ---- */

/* Symptom: renaming, noting and tagging a session were answered with "restored", closing with "closed"
 * and no word of the variables that go. */
Test (sessions_e2e, what_was_done_to_a_session_is_said)
{
    char *id = begin ("x := 3");
    expect_says (id, "renamed to play", "session", "rename", id, "play");
    expect_says (id, "has the note: look at x", "session", "note", id, "look at x");
    expect_says (id, "has no note now", "session", "note", id);
    expect_says (id, "tagged lab, old", "session", "tag", id, "lab", "old");
    expect_says (id, "has no tags now", "session", "tag", id);
    expect_says (id, "closed: its texts are kept, its variables are gone from the image", "session",
                 "close", id);
    expect_says (id, "is closed already", "session", "close", id);
    free (id);
}

/* Symptom: a name that is too long was exit status 1, as if something had failed. */
Test (sessions_e2e, a_name_that_is_too_long_is_a_misuse)
{
    char name[200];
    memset (name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    struct run_result made = run_stui ("session", "new", "one", name);
    cr_assert_eq (made.status, 2, "%s", made.err);
    cr_assert_not_null (strstr (made.err, "at most 128 bytes"), "%s", made.err);
    run_result_fini (&made);
}

/* Symptom: the sixth session threw another's variables away, and its restore said "restored". */
Test (sessions_e2e, whose_variables_went_for_a_sixth_session_is_said)
{
    char *first = begin ("x := 5");
    for (int at = 0; at < 4; at++)
        done ("session", "new", "one", "more");
    struct run_result sixth = run_stui ("session", "new", "one", "sixth");
    cr_assert_eq (sixth.status, 0, "%s", sixth.err);
    cr_assert_not_null (strstr (sixth.err, "session work gave its place"), "%s", sixth.err);
    run_result_fini (&sixth);
    expect_says (first,
                 "restored from stui's copy: its texts are here, its variables' values are gone",
                 "session", "restore", first);
    struct run_result stays = run_stui ("session", "cleanup", "--state", "restored", "--yes");
    cr_assert_eq (stays.status, 1, "%s", stays.out);
    cr_assert_not_null (strstr (stays.err, "stays: its image is there: close it first"), "%s",
                        stays.err);
    run_result_fini (&stays);
    free (first);
}

Test (sessions_e2e, names_notes_and_tags_outlive_the_owner)
{
    char *id = begin ("x := 3");
    done ("session", "rename", id, "reports");
    done ("session", "note", id, "für Ada");
    done ("session", "tag", id, "weekly", "money");
    stage_end_serve (&stage, SIGKILL);
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
    struct json *session = shown (id);
    cr_assert_str_eq (json_get_text (session, "name"), "reports");
    cr_assert_str_eq (json_get_text (session, "note"), "für Ada");
    cr_assert_str_eq (json_text (json_at (json_get (session, "tags"), 1)), "money");
    cr_assert_eq (json_get_number (json_get (session, "counts"), "evaluations", 0), 1);
    json_destroy (&session);
    struct run_result empty = run_stui ("session", "rename", id, "");
    cr_assert_eq (empty.status, 1);
    cr_assert_not_null (strstr (empty.err, "name must be"), "%s", empty.err);
    run_result_fini (&empty);
    free (id);
}

Test (sessions_e2e, a_duplicate_has_the_texts_and_variables_of_its_own)
{
    char *id = begin ("x := 3");
    char *copy = printed ("session", "duplicate", id);
    copy[strcspn (copy, " \n")] = '\0';
    cr_assert_str_neq (copy, id);
    struct json *session = shown (copy);
    cr_assert_str_eq (json_get_text (session, "name"), "work copy");
    cr_assert_str_eq (last_input (session), "x := 3");
    json_destroy (&session);
    char *result = printed ("eval", "one", "--session", copy, "-e", "x := 4. x");
    cr_assert_str_eq (result, "4\n");
    free (result);
    result = printed ("eval", "one", "--session", id, "-e", "x");
    cr_assert_str_eq (result, "3\n");
    free (result);
    free (copy);
    free (id);
}

Test (sessions_e2e, a_fresh_start_begins_without_and_loses_nothing)
{
    char *id = begin ("x := 3");
    stage_end_serve (&stage, SIGTERM);
    run_serve (&stage.serve, &stage.place, "default", "--fresh");
    struct json *session = shown_once (id, "state", "stored");
    cr_assert_str_eq (last_input (session), "x := 3");
    json_destroy (&session);
    done ("session", "restore", id);
    char *result = printed ("eval", "one", "--session", id, "-e", "x");
    cr_assert_str_eq (result, "3\n", "the image kept its variables");
    free (result);
    free (id);
}

/* ---- from profile to profile ---- */

Test (sessions_e2e, what_is_exported_and_imported_elsewhere_is_the_same_byte_for_byte)
{
    char *id = begin ("'größer' , (String with: (Character value: 9))");
    done ("session", "note", id, "für Ada");
    done ("session", "close", id);
    char *exported = printed ("session", "export", id);
    const char *path = file_with (exported);
    done ("--profile", "other", "session", "import", path);
    char *again = printed ("--profile", "other", "session", "export", "--all");
    cr_assert_str_eq (again, exported);
    /* Once more: it is there, and was said to be imported. */
    char *said = printed ("--profile", "other", "session", "import", path);
    cr_assert_not_null (strstr (said, "already, nothing was changed"), "%s", said);
    free (said);
    struct run_result piped = run_with (exported, "--profile", "other", "session", "import", "-");
    cr_assert_eq (piped.status, 0, "a pipe is taken too: %s", piped.err);
    run_result_fini (&piped);
    free (again);
    again = printed ("--profile", "other", "session", "export", "--all", "-o", file_path ("again"));
    cr_assert_str_eq (again, "");
    free (again);
    again = path_read (file_path ("again"), 1 << 20, NULL);
    cr_assert_str_eq (again, exported);
    free (again);
    free (exported);
    free (id);
}

#define SESSION(members) "{\"stui_sessions\":1,\"sessions\":[{\"image\":\"one\"," members "}]}"

Test (sessions_e2e, an_import_that_is_wrong_is_refused_with_what_and_where_and_changes_nothing)
{
    static const char *const wrong[][2] = {
        {"", "line 1"},
        {"{\n\"stui_sessions\":1,\n\"sessions\":[{]}", "line 3"},
        {"{\"sessions\":[]}", "stui_sessions is missing"},
        {"{\"stui_sessions\":2,\"sessions\":[]}", "reads version 1"},
        {"{\"stui_sessions\":1,\"sessions\":{}}", "sessions must be a list"},
        {"{\"stui_sessions\":1,\"sessions\":[7]}", "sessions[0] names no image"},
        {"{\"stui_sessions\":1,\"sessions\":[{\"image\":\"nope\",\"name\":\"w\",\"context\":{}}]}",
         "'nope'"},
        {SESSION ("\"name\":\"w\",\"context\":[]"), "sessions[0]: context must be an object"},
        {SESSION ("\"name\":\"w\",\"session_id\":\"../../x\",\"context\":{}"),
         "session_id must be a UUID"},
        {SESSION ("\"name\":7,\"context\":{}"), "name must be"},
        {SESSION ("\"name\":\"w\",\"created_at\":\"soon\",\"context\":{}"), "must be times"},
        {"{\"stui_sessions\":1,\"sessions\":[{\"image\":\"one\",\"name\":\"good\",\"context\":{}},"
         "{\"image\":\"one\",\"context\":{}}]}",
         "sessions[1]: name is missing"},
    };
    for (size_t at = 0; at < sizeof wrong / sizeof *wrong; at++) {
        struct run_result import = run_stui ("session", "import", file_with (wrong[at][0]));
        cr_assert_eq (import.status, 1, "%s: %s", wrong[at][0], import.err);
        cr_assert_not_null (strstr (import.err, wrong[at][1]), "%s: %s", wrong[at][0], import.err);
        cr_assert_not_null (strstr (import.err, "nothing was imported"), "%s", import.err);
        run_result_fini (&import);
    }
    cr_assert_eq (session_count (), 0);
}

/* JSON that is deep, and JSON that is long: each a sentence. */
Test (sessions_e2e, an_import_that_would_choke_a_parser_is_refused)
{
    enum { DEEP = 100000, LONG = 1100000 };
    char *deep = stui_alloc (DEEP + 64);
    strcpy (deep, "{\"stui_sessions\":1,\"sessions\":");
    memset (deep + strlen (deep), '[', DEEP);
    struct run_result import = run_stui ("session", "import", file_with (deep));
    cr_assert_eq (import.status, 1);
    cr_assert_not_null (strstr (import.err, "line 1"), "%s", import.err);
    run_result_fini (&import);
    char *text = stui_alloc (LONG + 1);
    memset (text, 'x', LONG);
    char *large = stui_printf (SESSION ("\"name\":\"w\",\"context\":{\"a\":\"%s\"}"), text);
    import = run_stui ("session", "import", file_with (large));
    cr_assert_eq (import.status, 1);
    cr_assert_not_null (strstr (import.err, "sessions[0]: context has"), "%s", import.err);
    run_result_fini (&import);
    cr_assert_eq (session_count (), 0);
    free (large);
    free (text);
    free (deep);
}

/* ---- conflicts ---- */

/* A session that both profiles have open under one id, and both have changed: here the last input is
 * 'mine', on the image 'theirs'. Its id; caller frees. */
static char *
conflict (void)
{
    char *id = begin ("'before'");
    struct json *session = shown_once (id, "state", "restored"); /* the image has it all */
    json_destroy (&session);
    char *exported = printed ("session", "export", id);
    const char *path = file_with (exported);
    run_serve (&other, &stage.place, "other", NULL);
    done ("--profile", "other", "session", "import", path);
    done ("--profile", "other", "session", "restore", id);
    done ("--profile", "other", "eval", "one", "--session", id, "-e", "'theirs'");
    /* What the other profile evaluated is on the image once its session is in step. */
    for (bool told = false; !told;) {
        char *text = printed ("--profile", "other", "session", "show", id, "--json");
        session = stage_parse (text);
        told = strcmp (json_get_text (session, "state"), "restored") == 0;
        json_destroy (&session);
        free (text);
    }
    done ("eval", "one", "--session", id, "-e", "'mine'");
    stage_pass (&stage, "one", "conflict");
    session = shown (id);
    cr_assert (json_get_bool (session, "conflict", false));
    cr_assert_str_eq (last_input (session), "'mine'");
    json_destroy (&session);
    free (exported);
    return id;
}

/* Writes TEXT to a file and imports it: STATUS is expected, and SAID on stderr (NULL: nothing certain). */
static void
import_text (const char *text, int status, const char *said)
{
    char *path = stui_printf ("%s/import.json", stage.place.directory);
    cr_assert_eq (path_replace (path, text, strlen (text), 0600, NULL), 0);
    struct run_result result = run_stui ("session", "import", path);
    cr_assert_eq (result.status, status, "%s%s", result.out, result.err);
    cr_assert (!said || strstr (result.err, said), "%s", result.err);
    cr_assert_null (strstr (result.err, "frame"), "%s", result.err);
    run_result_fini (&result);
    free (path);
}

/* Symptom: a session that stood in a file twice was made twice; one of 12 MB was refused in words of the
 * wire; a text that is a number was taken. */
Test (sessions_e2e, an_import_takes_each_session_once_and_says_what_is_wrong_in_plain_words)
{
    static const char form[] = "{\"stui_sessions\":1,\"sessions\":[%s]}";
    static const char one[] = "{\"session_id\":\"018f0000-0000-7000-8000-0000000000aa\",\"image\":"
                              "\"one\",\"name\":\"w\",\"context\":{}}";
    char *twice = stui_printf ("%s,%s", one, one), *text = stui_printf (form, twice);
    import_text (text, 0, "sessions[1] is in the file before");
    cr_assert_eq (session_count (), 1);
    free (text);
    free (twice);
    import_text ("{\"stui_sessions\":1,\"sessions\":[{\"image\":\"one\",\"name\":\"w\",\"context\":"
                 "{\"workspace\":{\"text\":5}}}]}",
                 1, "text must be a text");
    enum { BYTES = 12 << 20 };
    char *much = stui_alloc (BYTES + 1);
    memset (much, 'a', BYTES);
    much[BYTES] = '\0';
    text = stui_printf (
        "{\"stui_sessions\":1,\"sessions\":[{\"image\":\"one\",\"name\":\"w\",\"context\":"
        "{\"workspace\":{\"text\":\"%s\"}}}]}",
        much);
    import_text (text, 1, "a session may have");
    free (text);
    free (much);
    cr_assert_eq (session_count (), 1);
    char *list = printed ("session", "ls", "one");
    cr_assert_not_null (strstr (list, "0000000000aa"), "%s", list);
    free (list);
    struct run_result none = run_stui ("session", "ls", "two");
    cr_assert_eq (none.status, 2, "%s", none.out);
    run_result_fini (&none);
}

/* Symptom: code could be evaluated in a session only by naming it each time. */
Test (sessions_e2e, switch_chooses_the_session_that_eval_works_in)
{
    char id[STUI_UUID_LEN + 1];
    stage_new_session ("one", "work", id);
    done ("session", "switch", id);
    done ("eval", "one", "-e", "x := 42");
    char *value = printed ("eval", "one", "-e", "x");
    cr_assert_str_eq (value, "42\n");
    free (value);
    struct run_result none = run_stui ("eval", "one", "--session", "-", "-e", "x");
    cr_assert_eq (none.status, 1, "%s", none.out);
    run_result_fini (&none);
    done ("session", "switch", "--none", "one");
    none = run_stui ("eval", "one", "-e", "x");
    cr_assert_eq (none.status, 1, "%s", none.out);
    run_result_fini (&none);
}

/* Symptom: `session ls` did not say which session was current, no backup had it, and after it was closed `eval`
 * was refused. */
Test (sessions_e2e, the_current_session_is_marked_backed_up_and_ends_with_its_close)
{
    char id[STUI_UUID_LEN + 1];
    stage_new_session ("one", "work", id);
    done ("session", "switch", id);
    char *list = printed ("session", "ls");
    cr_assert_not_null (strstr (list, "work (current)"), "%s", list);
    free (list);
    char *path = stui_printf ("%s/profile.backup", stage.place.directory);
    done ("backup", path);
    done ("--profile", "other", "restore", path);
    char *current = printed ("--profile", "other", "session", "switch", "--json");
    cr_assert_not_null (strstr (current, id), "%s", current);
    free (current);
    struct run_result close = run_stui ("session", "close", id);
    cr_assert_eq (close.status, 0, "%s", close.err);
    cr_assert_not_null (strstr (close.err, "it was the current one"), "%s", close.err);
    run_result_fini (&close);
    char *value = printed ("eval", "one", "-e", "3 + 4");
    cr_assert_str_eq (value, "7\n");
    free (value);
    free (path);
}

/* Symptom: what the variables of a session were was said nowhere once its image was gone. */
Test (sessions_e2e, what_variables_were_is_shown_and_exported)
{
    char id[STUI_UUID_LEN + 1];
    stage_new_session ("one", "work", id);
    done ("eval", "one", "--session", id, "-e", "seen := 3 + 4");
    for (bool told = false; !told;) {
        char *shown = printed ("session", "show", id, "--json");
        told = strstr (shown, "\"seen\"") != NULL;
        free (shown);
    }
    char *exported = printed ("session", "export", id);
    done ("--profile", "other", "session", "import", file_with (exported));
    char *shown = printed ("--profile", "other", "session", "show", id);
    cr_assert_not_null (strstr (shown, "seen = 7"), "%s", shown);
    char *again = printed ("--profile", "other", "session", "export", id);
    cr_assert_str_eq (again, exported);
    free (again);
    free (shown);
    free (exported);
}

/* Symptom: --json printed the plain diff; that had the whole undo list as a line of JSON, and compared
 * the two newest though they were equal. */
Test (sessions_e2e, the_diff_is_with_the_newest_version_that_differs_and_without_the_undo_list)
{
    char id[STUI_UUID_LEN + 1];
    stage_new_session ("one", "work", id);
    struct owner_client client;
    owner_client_open (&client);
    static const char *const edits[] = {
        "{\"workspace\":{\"text\":\"first\",\"undo\":{\"edits\":[\"uuuu\"]}}}",
        "{\"workspace\":{\"text\":\"second\",\"undo\":{\"edits\":[\"vvvv\"]}}}",
    };
    for (size_t at = 0; at < sizeof edits / sizeof *edits; at++) {
        struct json *done =
            owner_client_ask (&client, msg_new ("image/one", MSG_SESSION_WRITE, 0, id,
                                                "00000000-0000-4000-8000-000000000001", edits[at]));
        json_destroy (&done);
    }
    owner_client_close (&client);
    char *diff = printed ("session", "diff", id);
    cr_assert_not_null (strstr (diff, "stored are generations "), "%s", diff);
    cr_assert_not_null (strstr (diff, "-  first"), "%s", diff);
    cr_assert_not_null (strstr (diff, "+  second"), "%s", diff);
    cr_assert_not_null (strstr (diff, "undo differs"), "%s", diff);
    cr_assert_null (strstr (diff, "uuuu"), "%s", diff);
    free (diff);
    diff = printed ("session", "diff", id, "--json");
    struct json *parsed = stage_parse (diff);
    cr_assert_eq (json_count (json_get (parsed, "generations")), 3);
    cr_assert (json_get_bool (parsed, "undo_differs", false));
    json_destroy (&parsed);
    free (diff);
}

Test (sessions_e2e, of_a_conflict_mine_is_kept)
{
    char *id = conflict ();
    struct run_result restore = run_stui ("session", "restore", id);
    cr_assert_eq (restore.status, 1, "%s", restore.out);
    cr_assert_not_null (strstr (restore.err, "--keep mine|theirs|both"), "%s", restore.err);
    run_result_fini (&restore);
    done ("session", "restore", id, "--keep", "mine");
    struct json *session = shown_once (id, "state", "restored");
    cr_assert_not (json_get_bool (session, "conflict", true));
    cr_assert_str_eq (last_input (session), "'mine'");
    json_destroy (&session);
    stage_pass (&stage, "one", "conflict_resolved");
    cr_assert_eq (session_count (), 1);
    free (id);
}

/* Symptom: of a session in conflict image diagnose said only that it has failed. */
Test (sessions_e2e, of_a_conflict_diagnose_names_the_way_out)
{
    char *id = conflict ();
    struct run_result found = run_stui ("image", "diagnose", "one");
    cr_assert_eq (found.status, 1, "%s", found.out);
    char *way = stui_printf ("'stui session restore %s --keep mine|theirs|both'", id);
    cr_assert_not_null (strstr (found.out, way), "%s", found.out);
    free (way);
    run_result_fini (&found);
    char *listed = printed ("session", "ls");
    cr_assert_not_null (strstr (listed, "in conflict"), "%s", listed);
    free (listed);
    free (id);
}

Test (sessions_e2e, of_a_conflict_theirs_is_kept)
{
    char *id = conflict ();
    char *diff = printed ("session", "diff", id);
    cr_assert_not_null (strstr (diff, "-  'mine'"), "%s", diff);
    cr_assert_not_null (strstr (diff, "+  'theirs'"), "%s", diff);
    free (diff);
    diff = printed ("session", "diff", id, "--json");
    struct json *parsed = stage_parse (diff);
    cr_assert (json_get_bool (parsed, "differs", false));
    cr_assert_not_null (strstr (json_get_text (parsed, "diff"), "+  'theirs'"), "%s", diff);
    json_destroy (&parsed);
    free (diff);
    done ("session", "restore", id, "--keep", "theirs");
    struct json *session = shown (id);
    cr_assert_not (json_get_bool (session, "conflict", true));
    cr_assert_str_eq (last_input (session), "'theirs'");
    json_destroy (&session);
    free (id);
}

Test (sessions_e2e, of_a_conflict_both_are_kept)
{
    char *id = conflict ();
    expect_says (id, "is the image's version now; yours is session work (mine)", "session",
                 "restore", id, "--keep", "both");
    struct json *session = shown (id);
    cr_assert_str_eq (last_input (session), "'theirs'");
    json_destroy (&session);
    char *text = printed ("session", "ls", "--json");
    struct json *list = stage_parse (text);
    cr_assert_eq (json_count (list), 2);
    for (const struct json *one = json_first (list); one; one = json_next (one))
        if (strcmp (json_get_text (one, "session_id"), id) != 0) {
            cr_assert_str_eq (json_get_text (one, "name"), "work (mine)");
            session = shown (json_get_text (one, "session_id"));
            cr_assert_str_eq (last_input (session), "'mine'");
            json_destroy (&session);
        }
    json_destroy (&list);
    free (text);
    free (id);
}

Test (sessions_e2e, what_is_in_no_conflict_or_away_is_not_settled)
{
    char *id = begin ("1");
    struct run_result keep = run_stui ("session", "restore", id, "--keep", "theirs");
    cr_assert_eq (keep.status, 1);
    cr_assert_not_null (strstr (keep.err, "is in no conflict"), "%s", keep.err);
    run_result_fini (&keep);
    keep = run_stui ("session", "restore", id, "--keep", "everything");
    cr_assert_eq (keep.status, 2);
    run_result_fini (&keep);
    free (id);
}
