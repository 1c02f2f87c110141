/* test_rep.c: an image of the published protocol alone: a plain REP that knows seven commands,
 * chooses session ids of its own, and has never heard of hello. It is online, keeps sessions,
 * and what it cannot know is said to be in doubt. What `filein` and `fileout` make of an answer is
 * tried here too: the server answers what the test says. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/path.h"
#include "support/proxy.h"
#include "support/rep_server.h"
#include "support/stage.h"

#define TIMINGS "ping_ms = 100\nbackoff_min_ms = 10\nbackoff_max_ms = 100\n"

static struct stage stage;
static struct rep_server server;
static struct proxy *proxy;

static void
setup (void)
{
    rep_server_start (&server); /* forks: before any thread */
    stage_open (&stage, TIMINGS);
    proxy = proxy_open (server.address);
    stage_list (&stage, "old", proxy_address (proxy));
    stage_serve (&stage);
    stage_pass (&stage, "old", "online");
}

static void
teardown (void)
{
    stage_close (&stage);
    proxy_close (&proxy);
    rep_server_stop (&server);
}

TestSuite (rep, .init = setup, .fini = teardown, .timeout = 120);

/* Runs a command of `stui session` with --json; what it said, owned by the caller. */
static struct json *
session (const char *verb, const char *one, const char *two)
{
    struct run_result result = run_stui ("session", verb, "--json", one, two);
    cr_assert_eq (result.status, 0, "session %s: %s", verb, result.err);
    struct json *said = stage_parse (result.out);
    run_result_fini (&result);
    return said;
}

static void
expect_text (const struct json *json, const char *key, const char *text)
{
    const char *got = json_get_text (json, key);
    cr_assert (got && strcmp (got, text) == 0, "%s is %s instead of %s", key, got ? got : "null",
               text);
}

Test (rep, it_is_online_without_hello)
{
    struct json *state = stage_state ("old");
    expect_text (state, "state", "online");
    expect_text (state, "dialect", "seven commands");
    cr_assert_eq (strncmp (json_get_text (state, "image_id"), "rep-", 4), 0);
    json_destroy (&state);
    /* Its pings are answered: no suspicion after some rounds of them. */
    rep_server_await (&server, "get_session_statistics", 10);
    state = stage_state ("old");
    expect_text (state, "state", "online");
    json_destroy (&state);
}

Test (rep, a_session_is_made_updated_and_listed)
{
    struct json *made = session ("new", "old", "work");
    char *id = stui_strdup (json_get_text (made, "session_id"));
    json_destroy (&made);
    rep_server_await (&server, "create_session", 1);
    struct run_result eval = run_stui ("eval", "old", "--session", id, "-e", "3 + 4");
    run_result_fini (&eval); /* noted in the session, though the image cannot do it */
    rep_server_await (&server, "update_session_state", 1);
    struct run_result list = run_stui ("session", "ls", "--json");
    cr_assert_not_null (strstr (list.out, id), "%s", list.out);
    run_result_fini (&list);
    struct json *shown = session ("show", id, NULL);
    char *text = json_print (shown);
    cr_assert_not_null (strstr (text, "3 + 4"), "%s", text);
    free (text);
    json_destroy (&shown);
    made = session ("close", id, NULL);
    json_destroy (&made);
    rep_server_await (&server, "close_session", 1);
    free (id);
}

/* Until the image's answer to the session's creation has come. */
static void
await_restored (void)
{
    for (bool restored = false; !restored;) {
        struct run_result list = run_stui ("session", "ls", "--json");
        restored = strstr (list.out, "\"state\":\"restored\"") != NULL;
        run_result_fini (&list);
    }
}

Test (rep, its_own_session_ids_outlive_a_cut)
{
    struct json *made = session ("new", "old", "work");
    json_destroy (&made);
    await_restored (); /* by an image that picks its ids an answer that is lost is a session that is lost */
    proxy_cut_all (proxy, PROXY_RST);
    stage_pass (&stage, "old", "offline");
    stage_pass (&stage, "old", "online");
    stage_pass (&stage, "old", "session_restored");
    cr_assert_eq (rep_server_count (&server, "create_session"), 1, "it was made a second time");
}

Test (rep, evaluate_answers_the_image_s_own_refusal)
{
    struct run_result eval = run_stui ("eval", "old", "--json", "-e", "3 + 4");
    cr_assert_eq (eval.status, 1, "status %d: %s", eval.status, eval.err);
    struct json *said = stage_parse (eval.out);
    expect_text (said, "status", "error");
    cr_assert_not_null (strstr (json_get_text (said, "error"), "Unknown command"), "%s",
                        json_get_text (said, "error"));
    json_destroy (&said);
    run_result_fini (&eval);
}

Test (rep, a_cut_during_a_request_is_in_doubt)
{
    proxy_arm (proxy, "evaluate", PROXY_REPLY, PROXY_RST);
    struct run_result eval = run_stui ("eval", "old", "--json", "-e", "3 + 4");
    cr_assert_eq (eval.status, 4, "status %d: %s%s", eval.status, eval.out, eval.err);
    struct json *said = stage_parse (eval.out);
    expect_text (said, "status", "in_doubt");
    json_destroy (&said);
    run_result_fini (&eval);
    cr_assert_eq (rep_server_count (&server, "evaluate"), 1, "it was sent again");
    stage_pass (&stage, "old", "in_doubt");
}

Test (rep, an_image_that_owes_an_answer_is_busy_and_not_asked)
{
    rep_server_pause_at (&server, "evaluate");
    struct run_process eval;
    run_start (&eval, &stage.place, NULL,
               (const char *const[]){"eval", "old", "--json", "-e", "3 + 4", NULL});
    rep_server_await (&server, "evaluate", 1);
    struct json *state = stage_await_state ("old", "evaluator", "busy");
    expect_text (state, "state", "online");
    json_destroy (&state);
    size_t pings = rep_server_count (&server, "get_session_statistics");
    kill (eval.pid, SIGINT); /* there is no interrupt: it runs on */
    rep_server_continue (&server);
    struct json *said = stage_parse (run_await (&eval, NULL, NULL));
    expect_text (said, "status", "error");
    json_destroy (&said);
    run_end (&eval, 0);
    rep_server_await (&server, "get_session_statistics", pings + 2);
}

/* ---- filein, fileout ----------------------------------------------------------------------------- */

static void
expect_run (const char *out, int status, const char *err, struct run_result result)
{
    cr_assert_eq (result.status, status, "status %d, out: %s, err: %s", result.status, result.out,
                  result.err);
    cr_assert_str_eq (result.out, out, "out: %s, err: %s", result.out, result.err);
    cr_assert_not_null (strstr (result.err, err), "err: %s", result.err);
    run_result_fini (&result);
}

/* A file of chunks in the test's place; caller frees its path. */
static char *
write_chunks (void)
{
    char *path = stui_printf ("%s/point.st", stage.place.directory);
    FILE *file = fopen (path, "w");
    fputs ("Object subclass: #Point!\n", file);
    fclose (file);
    return path;
}

Test (rep, filein_prints_what_was_defined_and_each_error_with_its_line)
{
    char *path = write_chunks (), *error = stui_printf ("%s:3: undeclared variable foo\n", path);
    rep_server_answer (&server, "file_in",
                       "{\"definitions\":[\"Point\",\"Point>>x\"],\"definition_count\":2,"
                       "\"errors\":[],\"error_count\":0}");
    rep_server_answer (&server, "file_in",
                       "{\"definitions\":[\"Point\"],\"definition_count\":1,\"errors\":"
                       "[{\"line\":3,\"text\":\"undeclared variable foo\"}],\"error_count\":1}");
    expect_run ("Point\nPoint>>x\n", 0, "", run_stui ("filein", "old", path));
    expect_run ("Point\n", 1, error, run_stui ("filein", "old", path));
    expect_run ("Point\n", 1, error, run_stui ("eval", "old", "--file-in", path));
    expect_run ("Point\n", 1, "stdin:3: undeclared variable foo\n",
                run_with ("Object subclass: #Point!", "filein", "old", "-"));
    expect_run ("{\"image\":\"old\",\"status\":\"error\",\"definitions\":[\"Point\"],"
                "\"definition_count\":1,\"errors\":[{\"line\":3,\"text\":\"undeclared variable "
                "foo\"}],\"error_count\":1}\n",
                1, "", run_stui ("filein", "old", path, "--json"));
    expect_run ("", 1, "the file /no/such/file.st cannot be read",
                run_stui ("filein", "old", "/no/such/file.st"));
    free (error);
    free (path);
}

Test (rep, a_filein_whose_answer_is_cut_off_is_in_doubt)
{
    char *path = write_chunks ();
    proxy_arm (proxy, "file_in", PROXY_REPLY, PROXY_RST);
    expect_run (
        "", 4,
        "old: InDoubt: the link went before the answer came, and this image keeps no results: "
        "nobody can say whether it ran; look before you repeat it\n",
        run_stui ("filein", "old", path));
    cr_assert_eq (rep_server_count (&server, "file_in"), 1, "it was sent again");
    free (path);
}

/* What is in the file PATH; caller frees. */
static char *
read_back (const char *path)
{
    char *text = path_read (path, 1 << 20, NULL);
    cr_assert_not_null (text, "there is no %s", path);
    return text;
}

Test (rep, fileout_puts_parts_together_and_replaces_the_file_at_once)
{
    char *path = stui_printf ("%s/out.st", stage.place.directory);
    rep_server_answer (&server, "file_out", "{\"source\":\"Grü\",\"from\":0,\"total_size\":6}");
    rep_server_answer (&server, "file_out", "{\"source\":\"ße!\",\"from\":3,\"total_size\":6}");
    rep_server_answer (&server, "file_out", "{\"source\":\"Grü\",\"from\":0,\"total_size\":6}");
    rep_server_answer (&server, "file_out", "{\"source\":\"ße!\",\"from\":3,\"total_size\":6}");
    rep_server_answer (&server, "file_out", "{\"source\":\"half\",\"from\":0,\"total_size\":9}");
    rep_server_answer (&server, "file_out", "{\"source\":\"\",\"from\":4,\"total_size\":8}");
    expect_run ("Grüße!", 0, "", run_stui ("fileout", "old", "Point"));
    expect_run ("", 0, "", run_stui ("fileout", "old", "--package", "Geometry", "-o", path));
    char *text = read_back (path);
    cr_assert_str_eq (text, "Grüße!");
    free (text);
    expect_run ("", 1, "the source changed while it was fetched: try again",
                run_stui ("fileout", "old", "Point", "-o", path));
    text = read_back (path);
    cr_assert_str_eq (text, "Grüße!", "half of it was written: %s", text);
    free (text);
    free (path);
}

Test (rep, fileout_says_what_the_image_refuses)
{
    expect_run ("", 1, "Unknown command: file_out", run_stui ("fileout", "old", "Point"));
    expect_run ("", 2, "give a CLASS or --package NAME", run_stui ("fileout", "old"));
    expect_run ("", 2, "not both", run_stui ("fileout", "old", "Point", "--package", "Geometry"));
    expect_run ("", 1, "the file /no/such/place/a.st cannot be written",
                run_stui ("fileout", "old", "Point", "-o", "/no/such/place/a.st"));
}
