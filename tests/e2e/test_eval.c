/* test_eval.c: `stui eval` and what goes with it, against real images of GNU Smalltalk. */

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "support/pty.h"
#include "support/run.h"

#define LISTENING "listening on "
#define CTRL_Q    "\x11"

enum { IMAGES_MAX = 3 };

static struct run_place place;
static struct run_result result;
static struct run_process images[IMAGES_MAX];
static size_t image_count;
static char config[1024];

static void
setup (void)
{
    run_place_open (&place, NULL);
}

static void
teardown (void)
{
    run_result_fini (&result);
    for (size_t i = 0; i < image_count; i++)
        run_end (&images[i], SIGKILL);
    run_place_close (&place);
}

TestSuite (eval, .init = setup, .fini = teardown, .timeout = 180);

/* Starts an image and puts it into the configuration. */
static void
start (const char *name)
{
    const char *launcher = getenv ("STUI_IMAGE");
    struct run_process *image = &images[image_count++];
    run_start (image, &place, launcher != NULL ? launcher : "smalltalk/gst/stui-image",
               (const char *const[]){"--name", name, "--port", "0", NULL});
    const char *line = run_await (image, run_line_contains, LISTENING);
    size_t used = strlen (config);
    snprintf (config + used, sizeof config - used, "[image \"%s\"]\naddress = %s\n", name,
              line + strlen (LISTENING));
    run_place_configure (&place, config);
}

#define run(...) (run_result_fini (&result), result = run_stui (__VA_ARGS__))

static void
expect (int status, const char *out, const char *err)
{
    cr_assert_eq (result.status, status, "status %d, out: %s, err: %s", result.status, result.out,
                  result.err);
    if (out != NULL)
        cr_assert_str_eq (result.out, out, "out is: %s, err: %s", result.out, result.err);
    if (err != NULL)
        cr_assert_not_null (strstr (result.err, err), "err is: %s", result.err);
}

/* The one object that was printed. The caller owns it. */
static struct json *
printed (void)
{
    struct json *json = json_parse (result.out, strlen (result.out), NULL);
    cr_assert_not_null (json, "no JSON: %s", result.out);
    return json;
}

static void
expect_text (const struct json *json, const char *key, const char *text)
{
    const char *got = json_get_text (json, key);
    cr_assert (got != NULL && strcmp (got, text) == 0, "%s is %s in %s", key, got, result.out);
}

/* ---- one image ------------------------------------------------------------------------------------ */

Test (eval, one_image_prints_just_the_result)
{
    start ("one");
    run ("eval", "one", "-e", "3 + 4");
    expect (0, "7\n", NULL);
    cr_assert_str_empty (result.err);
    run_result_fini (&result);
    result = run_with ("'from ', 'stdin'", "eval", "one", "-");
    expect (0, "'from stdin'\n", NULL);

    char *path = stui_printf ("%s/code.st", place.directory);
    FILE *file = fopen (path, "w");
    fputs ("\"a file\"\n#(1 2 3) inject: 0 into:\n\t[:a :b | a + b]\n", file);
    fclose (file);
    run ("eval", "one", path);
    expect (0, "6\n", NULL);
    run ("eval", "one", "/no/such/file.st");
    expect (1, "", "the file /no/such/file.st cannot be read");
    free (path);
}

Test (eval, an_error_prints_class_message_and_stack_and_exits_1)
{
    start ("one");
    run ("eval", "one", "-e", "1/0");
    expect (1, "", "ZeroDivide: ");
    cr_assert_not_null (strstr (result.err, "\n    "), "no stack: %s", result.err);
    run ("eval", "one", "-e", "self error: 'mine'");
    expect (1, "", "mine");
}

Test (eval, a_syntax_error_says_its_line_and_exits_1)
{
    start ("one");
    run ("eval", "one", "-e", "3 + 4.\n(5 + ");
    expect (1, "", "CompileError");
    expect (1, "", "line 2");
    run ("eval", "one", "-e", "3 + 4.\n(5 + ", "--json");
    expect (1, NULL, NULL);
    struct json *json = printed ();
    expect_text (json, "error_type", "CompileError");
    cr_assert_eq (json_get_number (json, "line", 0), 2);
    json_destroy (&json);
}

Test (eval, text_of_every_language_goes_there_and_back)
{
    start ("one");
    run ("eval", "one", "-e", "'Grüße, 世界 🎈'");
    expect (0, "'Grüße, 世界 🎈'\n", NULL);
    run ("eval", "one", "-e", "'Grüße, 世界 🎈'", "--json");
    struct json *json = printed ();
    expect_text (json, "result", "'Grüße, 世界 🎈'");
    json_destroy (&json);
}

Test (eval, json_has_the_documented_fields)
{
    start ("one");
    run ("eval", "one", "-e", "3 + 4", "--json");
    expect (0, NULL, NULL);
    struct json *json = printed ();
    expect_text (json, "image", "one");
    expect_text (json, "status", "success");
    expect_text (json, "result", "7");
    expect_text (json, "result_type", "SmallInteger");
    cr_assert (json_is_number (json_get (json, "execution_time_ms")), "%s", result.out);
    json_destroy (&json);

    run ("eval", "one", "-e", "1/0", "--json");
    expect (1, NULL, NULL);
    json = printed ();
    expect_text (json, "status", "error");
    expect_text (json, "error_type", "ZeroDivide");
    cr_assert_gt (json_count (json_get (json, "stack")), 0, "%s", result.out);
    json_destroy (&json);
}

/* ---- time ------------------------------------------------------------------------------------------ */

Test (eval, code_that_takes_too_long_is_ended)
{
    start ("one");
    run ("eval", "one", "-e", "[true] whileTrue", "--timeout", "0.5");
    expect (1, "", "EvaluationError");
    run ("eval", "one", "-e", "3 + 4");
    expect (0, "7\n", NULL);
}

/* Symptom: `stui eval` of an image that died while it ran waited and said nothing. */
Test (eval, an_image_that_dies_while_it_runs_is_said_with_the_way_out)
{
    struct pty terminal = {0};
    start ("one");
    pty_stui (&terminal, "eval", "one", "-e", "[true] whileTrue");
    pty_await (&terminal, "waiting for the answer of 1 image; ^C interrupts");
    run_end (&images[0], SIGKILL);
    pty_await (&terminal, "stui: one is offline, ");
    pty_type (&terminal, "\x03");
    pty_await (&terminal, "^C again gives up");
    pty_type (&terminal, "\x03");
    cr_assert_eq (pty_end (&terminal, 0), 130);
    pty_close (&terminal);
}

Test (eval, an_image_saves_itself_and_says_where)
{
    start ("one");
    run ("image", "save", "one", "--read-only");
    expect (2, "", "--read-only forbids `stui image save`");
    run ("image", "save", "one");
    cr_assert_eq (result.status, 0, "%s", result.err);
    cr_assert_not_null (strstr (result.out, "one has saved itself in /"), "%s", result.out);
}

Test (eval, control_c_interrupts_the_code)
{
    start ("one");
    struct run_process evaluation;
    /* The first image prints at once that everything is on its way; the loop comes after it. */
    start ("two");
    run_start (&evaluation, &place, NULL,
               (const char *const[]){"eval", "--all", "--json", "-e",
                                     "((Smalltalk getenv: 'STUI_NAME') = 'one') ifTrue: ['here'] "
                                     "ifFalse: [[true] whileTrue]",
                                     NULL});
    run_await (&evaluation, run_line_contains, "\"image\":\"one\"");
    kill (evaluation.pid, SIGINT);
    const char *line = run_await (&evaluation, run_line_contains, "\"image\":\"two\"");
    cr_assert_not_null (strstr (line, "\"status\":\"error\""), "%s", line);
    cr_assert_eq (run_end (&evaluation, 0), 1);
    run ("eval", "two", "-e", "3 + 4");
    expect (0, "7\n", NULL);
}

/* ---- many images ------------------------------------------------------------------------------------- */

Test (eval, of_many_images_the_highest_status_counts)
{
    start ("one");
    start ("two");
    const char *code = "((Smalltalk getenv: 'STUI_NAME') = 'one') ifTrue: [1/0] ifFalse: [3 + 4]";
    run ("eval", "--all", "-e", code);
    expect (1, "two: 7\n", "one: ZeroDivide: ");
    run ("eval", "two", "-e", code);
    expect (0, "7\n", NULL);

    size_t used = strlen (config);
    snprintf (config + used, sizeof config - used,
              "[image \"away\"]\naddress = %s\ntags = far, lab\n", run_closed_address ());
    run_place_configure (&place, config);
    run ("eval", "--all", "--wait", "2", "-e", code);
    expect (3, "two: 7\n", "away: Unreachable: ");
    expect (3, NULL, "'stui image test away' says where it fails");
    run ("eval", "two", "--tag", "lab", "--wait", "0.2", "-e", code);
    expect (3, "two: 7\n", NULL);
    run ("eval", "--tag", "none", "-e", code);
    expect (2, "", "no image has the tag 'none'");
}

Test (eval, lines_of_many_images_are_indented)
{
    start ("one");
    start ("two");
    run ("eval", "one", "two", "-e", "'a', (String with: (Character value: 10)), 'b'");
    expect (0, NULL, NULL);
    cr_assert_not_null (strstr (result.out, "one: 'a\n  b'\n"), "%s", result.out);
    cr_assert_not_null (strstr (result.out, "two: 'a\n  b'\n"), "%s", result.out);
}

/* ---- what goes with it ---------------------------------------------------------------------------------- */

Test (eval, status_and_test_say_that_an_image_answers)
{
    start ("one");
    run ("status", "--json");
    expect (0, NULL, NULL);
    struct json *json = printed ();
    const struct json *image = json_at (json_get (json, "images"), 0);
    expect_text (image, "state", "online");
    expect_text (image, "link", "up");
    expect_text (image, "image", "answers");
    cr_assert_not_null (json_get_text (image, "image_id"));
    cr_assert_not_null (json_get_text (image, "boot_id"));
    json_destroy (&json);
    run ("image", "test", "one");
    expect (0, NULL, NULL);
    cr_assert_not_null (strstr (result.out, "ping       ok: "), "%s", result.out);
    run ("image", "show", "one");
    cr_assert_not_null (strstr (result.out, "GNU Smalltalk"), "%s", result.out);
}

Test (eval, a_session_keeps_its_variables_from_one_command_to_the_next)
{
    start ("one");
    run ("session", "new", "one", "work", "--json");
    expect (0, NULL, NULL);
    struct json *session = printed ();
    const char *id = json_get_text (session, "session_id");
    cr_assert_not_null (id, "%s", result.out);
    run ("eval", "one", "--session", id, "-e", "x := 20");
    expect (0, "20\n", NULL);
    run ("eval", "one", "--session", id, "-e", "x + 1");
    expect (0, "21\n", NULL);
    run ("session", "ls", "--json");
    expect (0, NULL, NULL);
    struct json *list = printed ();
    expect_text (json_at (list, 0), "session_id", id);
    expect_text (json_at (list, 0), "name", "work");
    json_destroy (&list);
    run ("session", "show", id, "--json");
    cr_assert_not_null (strstr (result.out, "x + 1"), "no history: %s", result.out);
    run ("image", "rm", "one");
    cr_assert_not_null (strstr (result.out, "1 session is kept as stored"), "%s", result.out);
    json_destroy (&session);
}

/* Symptom: the commands about sessions took a shortened id, eval did not. */
Test (eval, a_session_is_named_by_the_beginning_of_its_id)
{
    start ("one");
    run ("session", "new", "one", "first");
    char *first = stui_strndup (result.out, strcspn (result.out, "\n"));
    run ("session", "new", "one", "second");
    char *second = stui_strndup (result.out, strcspn (result.out, "\n"));
    size_t common = 0;
    while (first[common] == second[common])
        common++;
    char *brief = stui_strndup (first, common + 1), *both = stui_strndup (first, common);
    run ("eval", "one", "--session", brief, "-e", "x := 20");
    expect (0, "20\n", NULL);
    run ("eval", "one", "--session", first, "-e", "x + 1");
    expect (0, "21\n", NULL);
    run ("eval", "one", "--session", both, "-e", "x");
    expect (2, "", "2 sessions begin with '");
    expect (2, "", first);
    expect (2, "", second);
    expect (2, "", "(second, in one)");
    run ("eval", "one", "--session", "xyzzy", "-e", "x");
    expect (2, "", "there is no session 'xyzzy' in the image; `stui session ls` lists them");
    free (both);
    free (brief);
    free (second);
    free (first);
}

Test (eval, a_protected_image_evaluates_only_with_its_name)
{
    start ("one");
    strcat (config, "protected = true\n");
    run_place_configure (&place, config);
    run ("eval", "one", "-e", "Smalltalk at: #Touched put: 1");
    expect (2, "", "one is protected");
    run ("eval", "one", "--yes", "one", "-e", "Smalltalk includesKey: #Touched");
    expect (0, "false\n", NULL);
    run ("session", "new", "one", "work", "--yes", "one");
    expect (0, NULL, NULL);
    char *id = stui_strndup (result.out, strcspn (result.out, "\n"));
    run ("session", "close", id);
    expect (2, "", "add `--yes one`");
    run ("session", "close", id, "--yes", "one");
    expect (0, NULL, NULL);
    run ("session", "restore", id);
    expect (2, "", "add `--yes one`");
    free (id);
}

Test (eval, what_runs_in_an_image_is_interrupted_from_outside)
{
    start ("one");
    run ("image", "interrupt", "one");
    expect (0, "one: nothing runs there\n", NULL);
    struct run_process evaluation;
    run_start (&evaluation, &place, NULL,
               (const char *const[]){"eval", "one", "--json", "-e", "[true] whileTrue", NULL});
    do /* until it has begun: an image that is asked too soon says so */
        run ("image", "interrupt", "one", "--json");
    while (strstr (result.out, "\"id\":null") != NULL);
    expect (0, NULL, NULL);
    struct json *json = printed ();
    cr_assert (json_get_bool (json, "interrupted", false), "%s", result.out);
    json_destroy (&json);
    const char *line = run_await (&evaluation, run_line_contains, "\"status\":\"error\"");
    cr_assert_not_null (strstr (line, "EvaluationError"), "%s", line);
    cr_assert_eq (run_end (&evaluation, 0), 1);
}

Test (eval, image_show_says_what_the_image_says_of_itself)
{
    start ("one");
    run ("image", "show", "one");
    expect (0, NULL, NULL);
    static const char *const words[] = {"what it says of itself\n",
                                        "  dialect              GNU",
                                        "  started_at           2",
                                        "  pid ",
                                        "  host ",
                                        "what it can do\n",
                                        "  evaluation           evaluate",
                                        "  not there ",
                                        "what it says of its system\n",
                                        "  memory\n",
                                        "  vm\n"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        cr_assert_not_null (strstr (result.out, words[i]), "no '%s' in: %s", words[i], result.out);
    /* Symptom: a number of milliseconds since 1970, and words of stui's own, stood among what people read. */
    cr_assert_not_null (strstr (result.out, "  since                2"), "%s", result.out);
    cr_assert_null (strstr (result.out, "since_ms"), "%s", result.out);
    cr_assert_null (strstr (result.out, "  verdict "), "%s", result.out);
    run ("image", "show", "one", "--json");
    struct json *json = printed ();
    const struct json *image = json_get (json, "image");
    expect_text (image, "dialect", "GNU Smalltalk");
    cr_assert_not_null (json_get_text (image, "image_id"));
    cr_assert_not_null (json_get_text (image, "boot_id"));
    cr_assert_gt (json_get_number (image, "pid", 0), 0);
    cr_assert_gt (json_count (json_get (image, "capabilities")), 0);
    cr_assert_gt (json_get_number (json_get (json_get (json, "system"), "memory"), "heap_bytes", 0),
                  0, "%s", result.out);
    cr_assert_not_null (json_get (json_get (json, "system"), "vm"));
    json_destroy (&json);
    run_end (&images[0], SIGKILL);
    run ("image", "show", "one", "--json");
    json = printed ();
    cr_assert (json_is_null (json_get (json, "system")), "%s", result.out);
    json_destroy (&json);
}

Test (eval, a_closed_session_is_listed_as_closed_and_can_be_restored)
{
    start ("one");
    run ("session", "new", "one");
    expect (0, NULL, NULL);
    char *id = stui_strndup (result.out, strcspn (result.out, "\n"));
    run ("session", "close", id);
    expect (0, NULL, NULL);
    run ("session", "ls");
    cr_assert_not_null (strstr (result.out, "closed"), "%s", result.out);
    run ("session", "restore", id);
    expect (0, NULL, NULL);
    cr_assert_null (strstr (result.out, "closed"), "%s", result.out);
    free (id);
}

Test (eval, read_only_evaluates_nothing)
{
    start ("one");
    run ("eval", "one", "-e", "3 + 4", "--read-only");
    expect (2, "", "--read-only forbids `stui eval`: nothing was done");
}

Test (eval, demo_shows_real_images_and_leaves_nothing_behind)
{
    setenv ("TMPDIR", place.directory, 1);
    run ("demo", "2");
    expect (0, NULL, NULL);
    cr_assert_not_null (strstr (result.out, "real images: GNU Smalltalk 3"), "%s", result.out);
    cr_assert_not_null (strstr (result.out, "stui eval two"), "%s", result.out);
    cr_assert_not_null (strstr (result.out, "online"), "%s", result.out);
    char *pattern = stui_printf ("ls -d %s/stui-demo-* 2>/dev/null | grep -q .", place.directory);
    cr_assert_neq (system (pattern), 0, "the demo left files behind");
    free (pattern);
}

/* Symptom: when its window was made smaller the demo went on as it was: another thread took the signal. */
Test (eval, the_demo_follows_the_size_of_its_window)
{
    struct pty terminal = {0};
    struct winsize narrow = {.ws_row = PTY_ROWS, .ws_col = 59},
                   wide = {.ws_row = PTY_ROWS, .ws_col = PTY_COLUMNS};
    setenv ("TMPDIR", place.directory, 1);
    pty_stui (&terminal, "demo", "1", "--ascii");
    pty_await (&terminal, "1 online");
    ioctl (terminal.slave, TIOCSWINSZ, &narrow); /* where not all keys have room */
    pty_await_gone (&terminal, "Space mark");
    ioctl (terminal.slave, TIOCSWINSZ, &wide);
    pty_await (&terminal, "1 online");
    pty_type (&terminal, CTRL_Q);
    cr_assert_eq (pty_end (&terminal, 0), 0);
    pty_close (&terminal);
}

/* What a visitor tries first. */
Test (eval, an_image_of_the_demo_that_is_killed_comes_back)
{
    struct pty terminal = {0};
    setenv ("TMPDIR", place.directory, 1);
    pty_stui (&terminal, "demo", "2", "--ascii");
    pty_await (&terminal, "2 online");
    const char *process = strstr (terminal.written, "one: process ");
    cr_assert_not_null (process);
    cr_assert_eq (kill ((pid_t) strtol (process + strlen ("one: process "), NULL, 10), SIGKILL), 0);
    pty_await (&terminal, "1 offline");
    pty_await (&terminal, "2 online");
    pty_type (&terminal, CTRL_Q);
    pty_await (&terminal, "the images of GNU Smalltalk have ended");
    cr_assert_eq (pty_end (&terminal, 0), 0);
    pty_close (&terminal);
}

Test (eval, a_demo_that_is_interrupted_ends_its_images)
{
    struct run_process demo;
    setenv ("TMPDIR", place.directory, 1);
    run_start (&demo, &place, NULL, (const char *const[]){"demo", "2", NULL});
    const char *line = run_await (&demo, run_line_contains, "one: process ");
    long image = strtol (strstr (line, "process ") + strlen ("process "), NULL, 10);
    cr_assert_gt (image, 0);
    cr_assert_eq (run_end (&demo, SIGTERM), 1);
    cr_assert_neq (kill ((pid_t) image, 0), 0, "image %ld still runs", image);
}
