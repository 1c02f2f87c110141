/* test_cli.c: the command line as people use it, without any image. */

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "support/await.h"
#include "support/pty.h"
#include "support/run.h"

#define CTRL_Q "\x11"

static struct run_place place;
static struct run_result result;

static void
setup (void)
{
    run_place_open (&place, NULL);
}

static void
teardown (void)
{
    run_result_fini (&result);
    run_place_close (&place);
}

TestSuite (cli, .init = setup, .fini = teardown, .timeout = 120);

/* Runs stui anew; RESULT is what came of it. */
#define run(...) (run_result_fini (&result), result = run_stui (__VA_ARGS__))

static void
expect (int status, const char *out, const char *err)
{
    cr_assert_eq (result.status, status, "status %d, out: %s, err: %s", result.status, result.out,
                  result.err);
    if (out != NULL)
        cr_assert_not_null (strstr (result.out, out), "out is: %s", result.out);
    if (err != NULL)
        cr_assert_not_null (strstr (result.err, err), "err is: %s", result.err);
}

static void
expect_out (const char *out)
{
    expect (0, NULL, NULL);
    cr_assert_str_eq (result.out, out, "out is: %s, err: %s", result.out, result.err);
}

/* ---- help and usage ------------------------------------------------------------------------------ */

Test (cli, help_goes_to_stdout_and_names_every_command)
{
    static const char *const commands[] = {"demo",       "serve",   "stop",    "image",   "eval",
                                           "filein",     "fileout", "status",  "session", "events",
                                           "doctor",     "backup",  "restore", "do",      "sim",
                                           "completion", "help"};
    run ("--help");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        expect (0, commands[i], NULL);
    cr_assert_str_empty (result.err);
}

/* Symptom: the manual's synopsis did not know `stui sim`. */
Test (cli, the_manual_has_every_command_in_its_synopsis)
{
    char page[8192], name[32];
    FILE *file = fopen ("docs/stui.1", "r");
    cr_assert_not_null (file);
    page[fread (page, 1, sizeof page - 1, file)] = '\0';
    fclose (file);
    char *end = strstr (page, ".Sh DESCRIPTION");
    cr_assert_not_null (end);
    *end = '\0';
    run ("--help");
    size_t found = 0;
    const char *line = strstr (result.out, "commands:\n");
    cr_assert_not_null (line);
    while ((line = strchr (line, '\n')) && strncmp (++line, "  ", 2) == 0
           && sscanf (line, "  %31[a-z]", name) == 1) {
        char *word = stui_printf (".Nm\n.Cm %s", name);
        cr_expect_not_null (strstr (page, word), "%s is missing", name);
        free (word);
        found++;
    }
    cr_expect_geq (found, 13);
}

/* Symptom: nothing said what retry does to a supervisor that hangs, nor whose sessions cleanup takes. */
Test (cli, help_says_what_else_is_touched)
{
    run ("help", "image", "retry");
    expect (0, "A supervisor that answers nothing", NULL);
    run ("help", "image", "test");
    expect (0, "The check cleanup has it\nclean up orphaned sessions", NULL);
}

Test (cli, help_of_a_command_says_the_same_in_three_ways)
{
    run ("help", "image", "add");
    expect (0, "usage: stui image add NAME ADDRESS", NULL);
    char *first = stui_strdup (result.out);
    run ("image", "add", "--help");
    expect_out (first);
    run ("image", "--help", "add");
    expect_out (first);
    free (first);
}

Test (cli, version_is_one_line)
{
    run ("--version");
    expect (0, "stui ", NULL);
    cr_assert_str_empty (result.err);
}

Test (cli, wrong_usage_exits_2_and_says_what_to_do)
{
    run ("evla");
    expect (2, NULL, "there is no command 'evla' (did you mean 'eval'?); `stui help` lists them");
    run ("image", "lss");
    expect (2, NULL, "there is no command 'image lss' (did you mean 'ls'?)");
    run ("status", "--jsno");
    expect (2, NULL, "unknown option '--jsno' (did you mean 'json'?)");
    run ("stop", "one");
    expect (2, NULL, "'one' is one word too many");
    run ("image", "add", "one");
    expect (2, NULL, "something is missing");
    run ("eval", "one", "-e", "3", "--timeout", "soon");
    expect (2, NULL, "--timeout takes seconds");
    run ("eval", "one", "-e", "3", "--mode", "guess");
    expect (2, NULL, "--mode takes doIt, printIt or inspectIt");
    run ("eval", "one", "-e", "3", "--timeout", "0");
    expect (2, NULL, "--timeout takes seconds from 0.001 to 604800, not '0'");
    run ("eval", "-e", "3");
    expect (2, NULL, "no image is named");
    run ("filein", "Point.st");
    expect (2, NULL, "no image is named; the last word is the file");
    run ("filein");
    expect (2, NULL, "there is nothing to file in");
    run ("eval", "one", "-e", "3", "--file-in", "a.st");
    expect (2, NULL, "not both");
    run ("eval", "one", "--mode", "doIt", "--file-in", "a.st");
    expect (2, NULL, "--mode is for code that is evaluated");
    run ("--profile", "no/such", "status");
    expect (2, NULL, "is no profile name");
    run ("--log-level", "loud", "status");
    expect (2, NULL, "--log-level takes error, warn, info or debug");
    cr_assert_str_empty (result.out);
}

Test (cli, without_a_command_it_needs_a_terminal)
{
    run ("--read-only");
    expect (2, NULL, "stdin or stdout is none; `stui help` lists the commands");
}

/* Symptom: `stui events --image nosuch` printed nothing and exited 0. */
Test (cli, events_of_an_image_that_is_unknown_are_a_wrong_use)
{
    run ("events", "--image", "nosuch");
    expect (2, "", "there is no image 'nosuch'");
}

/* ---- an empty profile ------------------------------------------------------------------------------- */

Test (cli, status_of_an_empty_profile)
{
    run ("status", "--json");
    expect (0, NULL, NULL);
    struct json *status = json_parse (result.out, strlen (result.out), NULL);
    cr_assert_not_null (status, "no JSON: %s", result.out);
    cr_assert_str_eq (json_get_text (status, "profile"), "default");
    cr_assert_gt (json_get_number (status, "owner_pid", 0), 0);
    cr_assert_geq (json_get_number (status, "uptime_s", -1), 0);
    cr_assert (json_is_array (json_get (status, "images")));
    cr_assert_eq (json_count (json_get (status, "images")), 0);
    json_destroy (&status);
    run ("status");
    expect (0, "no images yet; `stui image add NAME ADDRESS` adds one", NULL);
}

Test (cli, lists_of_an_empty_profile)
{
    run ("session", "ls", "--json");
    expect_out ("[]\n");
    run ("session", "ls");
    expect (0, "no sessions yet", NULL);
    run ("image", "ls", "--json");
    expect_out ("[]\n");
    run ("eval", "--all", "-e", "3");
    expect (2, NULL, "there are no images yet");
}

Test (cli, an_unknown_image_exits_2_with_near_misses)
{
    run_place_configure (&place, "[image \"one\"]\naddress = 127.0.0.1:1\n"
                                 "[image \"two\"]\naddress = 127.0.0.1:1\n");
    run ("eval", "one", "tow", "-e", "3 + 4");
    expect (2, NULL, "there is no image 'tow' (did you mean 'two'?); `stui image ls` lists them");
    cr_assert_str_empty (result.out);
    run ("image", "show", "oen");
    expect (2, NULL, "did you mean 'one'?");
    run ("session", "new", "xyzzy");
    expect (2, NULL, "there is no image 'xyzzy'; `stui image ls`");
    run ("session", "show", "01234567");
    expect (2, NULL, "there is no session '01234567'; `stui session ls`");
}

/* ---- the list of images --------------------------------------------------------------------------- */

Test (cli, an_image_is_added_listed_and_removed)
{
    run_place_configure (&place, "# mine\n");
    run ("image", "add", "one", "Localhost:4711", "--tag", "lab", "--tag", "old", "--protected");
    expect (0, "added one at tcp://localhost:4711", NULL);
    run ("image", "add", "one", "localhost:4712");
    expect (1, NULL, "one");
    run ("image", "ls", "--json");
    expect (0, "\"name\":\"one\",\"address\":\"tcp://localhost:4711\"", NULL);
    expect (0, "\"protected\":true", NULL);
    run ("image", "ls");
    expect (0, "lab, old  protected", NULL);
    run ("image", "rm", "one");
    expect (0, "removed one; it had no sessions", NULL);
    run ("image", "ls", "--json");
    expect_out ("[]\n");
    run ("image", "rm", "one");
    expect (2, NULL, "there is no image 'one'");

    char *path = stui_printf ("%s/config/stui/config", place.directory), text[64] = "";
    FILE *file = fopen (path, "r");
    cr_assert_not_null (fgets (text, sizeof text, file));
    cr_assert_str_eq (text, "# mine\n");
    fclose (file);
    free (path);
}

Test (cli, names_and_addresses_are_checked_before_anything_is_changed)
{
    run ("image", "add", "no/slash", "localhost:4711");
    expect (2, NULL, "'no/slash' is no name for an image");
    run ("image", "add", "one", "localhost:99999");
    expect (2, NULL, "99999");
    run ("image", "add", "one", "localhost:4711", "--token-file", "/no/such/file");
    expect (1, NULL, "the token file /no/such/file cannot be read");
    char *path = stui_printf ("%s/config/stui/config", place.directory);
    cr_assert_neq (access (path, F_OK), 0, "a configuration was written");
    free (path);
}

Test (cli, a_wrong_configuration_is_said_with_its_line)
{
    run_place_configure (&place, "[image \"one\"]\naddress = 127.0.0.1:1\ncolour = red\n");
    run ("status");
    expect (1, NULL, "3");
    run ("doctor");
    expect (1, "problem  config", NULL);
}

/* ---- images that are away ---------------------------------------------------------------------------- */

/* Configures image one, at which nothing listens, and a disabled image two. Its address. */
static const char *
configure_away (void)
{
    const char *address = run_closed_address ();
    char *config = stui_printf ("[image \"one\"]\naddress = %s\n"
                                "[image \"two\"]\naddress = %s\ndisabled = true\n",
                                address, address);
    run_place_configure (&place, config);
    free (config);
    return address;
}

Test (cli, an_image_that_is_away_exits_3_and_says_what_to_do)
{
    const char *address = configure_away ();
    run ("eval", "one", "-e", "3 + 4", "--wait", "0.5");
    expect (3, NULL, "nothing was sent: ");
    cr_assert_str_empty (result.out);
    run ("eval", "one", "-e", "3 + 4", "--wait", "0.5", "--json");
    expect (3, "{\"image\":\"one\",\"status\":\"error\"", NULL);
    expect (3, "\"error_type\":\"Unreachable\"", NULL);
    run ("image", "test", "one");
    expect (3, "failed: ", NULL);
    run ("image", "retry", "one");
    expect (3, "one: offline", NULL);
    run ("image", "show", "one");
    expect (0, address, NULL);
}

Test (cli, status_ends_after_one_failed_attempt)
{
    configure_away ();
    run ("status");
    expect (3, "offline", NULL);
    expect (3, "disabled", NULL);
    run ("status", "--json");
    expect (3, "\"state\":\"offline\"", NULL);
    expect (3, "\"state\":\"disabled\"", NULL);
    run ("events", "--image", "one");
    expect (0, "unreachable", NULL);
    run ("events", "--image", "two", "--json");
    expect_out ("");
}

/* ---- protected images ------------------------------------------------------------------------------------ */

/* Symptom: the terminal asks for the name of a protected image, the command line did not. */
Test (cli, a_protected_image_is_changed_only_when_it_is_named_again)
{
    const char *address = run_closed_address ();
    char *config = stui_printf ("[image \"one\"]\naddress = %s\nprotected = true\n"
                                "[image \"two\"]\naddress = %s\nprotected = true\n"
                                "[image \"free\"]\naddress = %s\n",
                                address, address, address);
    run_place_configure (&place, config);
    free (config);
    run ("eval", "one", "-e", "3", "--wait", "0.2");
    expect (2, NULL,
            "one is protected, so nothing was sent to any image; if it is to be changed, "
            "add `--yes one`");
    run ("eval", "--all", "-e", "3", "--wait", "0.2", "--yes", "two");
    expect (2, NULL, "one is protected");
    run ("eval", "--all", "-e", "3", "--wait", "0.2");
    expect (2, NULL, "one, two are protected");
    cr_assert_not_null (strstr (result.err, "`--yes one --yes two`"), "%s", result.err);
    run ("eval", "free", "-e", "3", "--wait", "0.2");
    expect (3, NULL, "Unreachable");
    run ("eval", "one", "-e", "3", "--wait", "0.2", "--yes", "one");
    expect (3, NULL, "Unreachable");
    run ("filein", "one", "-");
    expect (2, NULL, "add `--yes one`");
    run ("session", "new", "one");
    expect (2, NULL, "add `--yes one`");
    run ("image", "interrupt", "one");
    expect (2, NULL, "add `--yes one`");
    run ("session", "ls", "--json");
    expect_out ("[]\n");
}

/* ---- output that cannot be written ------------------------------------------------------------------- */

/* Runs stui by a shell with its stdout as REDIRECTED ("/dev/full"): its exit status, stderr in the
 * file `err` of the place. */
static int
run_redirected (const char *words, const char *redirected)
{
    const char *program = getenv ("STUI");
    char *line = stui_printf ("%s %s >%s 2>%s/err", program != NULL ? program : "build/stui", words,
                              redirected, place.directory);
    int status = system (line);
    free (line);
    return WIFEXITED (status) ? WEXITSTATUS (status) : -1;
}

static void
expect_complaint (const char *text)
{
    char *path = stui_printf ("%s/err", place.directory), said[1024] = "";
    FILE *file = fopen (path, "r");
    size_t size = fread (said, 1, sizeof said - 1, file);
    fclose (file);
    said[size] = '\0';
    cr_assert_not_null (strstr (said, text), "err is: %s", said);
    free (path);
}

/* Symptom: `stui eval … >/dev/full` exited 0. */
Test (cli, output_that_cannot_be_written_is_exit_1_with_a_sentence)
{
    static const char *const commands[] = {"--help", "--version",        "help eval",
                                           "status", "status --json",    "image ls --json",
                                           "doctor", "session ls --json"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        int status = run_redirected (commands[i], "/dev/full");
        cr_assert_eq (status, 1, "%s exits %d", commands[i], status);
        expect_complaint ("not all of the output could be written to stdout: No space left");
        status = run_redirected (commands[i], "&-");
        cr_assert_eq (status, 1, "%s exits %d with a closed stdout", commands[i], status);
        expect_complaint ("not all of the output could be written to stdout: Bad file descriptor");
    }
    cr_assert_eq (run_redirected ("image show xyzzy", "/dev/full"), 2, "what is worse stays");
}

/* ---- owners ---------------------------------------------------------------------------------------------- */

static struct run_process serving;

/* Starts `stui serve`, which owns the profile then. */
static void
serve (void)
{
    run_serve (&serving, &place, "default", NULL);
}

Test (cli, a_second_stui_attaches_to_the_owner)
{
    serve ();
    run ("status", "--json");
    struct json *status = json_parse_text (result.out);
    cr_assert_eq (json_get_number (status, "owner_pid", 0), serving.pid, "serve does not own it");
    json_destroy (&status);
    run ("stop");
    expect (0, "has ended", NULL);
    cr_assert_eq (run_end (&serving, 0), 0);
    run ("stop");
    expect (0, "nothing to stop", NULL);
}

Test (cli, serve_waits_for_an_owner_that_is_leaving)
{
    run ("status");
    serve ();
    run ("status", "--json");
    struct json *status = json_parse_text (result.out);
    cr_assert_eq (json_get_number (status, "owner_pid", 0), serving.pid, "serve does not own it");
    json_destroy (&status);
    cr_assert_eq (run_end (&serving, SIGTERM), 0);
}

/* Symptom: --config FILE was ignored without a word when an owner ran with another one. */
Test (cli, another_configuration_than_the_owners_is_refused_with_both_names)
{
    char *path = stui_printf ("%s/config/stui/config", place.directory);
    run_place_configure (&place, "# mine\n");
    serve ();
    run ("status", "--config", "/no/such/config");
    expect (1, NULL, "not /no/such/config");
    expect (1, NULL, path);
    run ("status", "--config", path);
    expect (0, NULL, NULL);
    cr_assert_eq (run_end (&serving, SIGTERM), 0);
    run ("status", "--config", "/no/such/config");
    expect (0, NULL, NULL);
    free (path);
}

Test (cli, two_that_race_for_an_empty_profile_both_succeed)
{
    enum { RACERS = 6 };
    struct run_process racers[RACERS];
    for (int i = 0; i < RACERS; i++)
        run_start (&racers[i], &place, NULL, (const char *const[]){"status", "--json", NULL});
    for (int i = 0; i < RACERS; i++) {
        run_await (&racers[i], run_line_contains, "\"images\":[]");
        cr_assert_eq (run_end (&racers[i], 0), 0);
    }
}

Test (cli, a_stopped_owner_is_said_at_once)
{
    serve ();
    kill (serving.pid, SIGSTOP);
    char *sentence = stui_printf ("owner %ld stopped", (long) serving.pid);
    run ("status");
    expect (1, NULL, sentence);
    run ("stop");
    expect (1, NULL, sentence);
    run ("doctor");
    expect (1, sentence, NULL);
    free (sentence);
    kill (serving.pid, SIGCONT);
    cr_assert_eq (run_end (&serving, SIGTERM), 0);
}

Test (cli, a_started_owner_ends_with_its_client)
{
    run ("status", "--json");
    struct json *status = json_parse_text (result.out);
    pid_t owner = (pid_t) json_get_number (status, "owner_pid", 0);
    json_destroy (&status);
    cr_assert (await_end (owner, clock_mono_ms () + RUN_GUARD_MS), "process %ld stays",
               (long) owner);
}

/* ---- doctor ------------------------------------------------------------------------------------------------ */

Test (cli, doctor_finds_nothing_wrong_in_a_fresh_profile)
{
    run ("doctor");
    expect (0, "ok       database", NULL);
    run ("doctor", "--json");
    expect (0, "{\"check\":\"database\",\"verdict\":\"ok\"", NULL);
}

Test (cli, doctor_says_when_the_profile_is_open_to_others)
{
    run ("status");
    char *path = stui_printf ("%s/state/stui/default", place.directory);
    cr_assert_eq (chmod (path, 0755), 0);
    run ("doctor");
    expect (1, "open to others (mode 755)", NULL);
    chmod (path, 0700);
    free (path);
}

/* Symptom: doctor was content, and no image behind SSH came online. */
Test (cli, doctor_says_when_images_are_behind_ssh_and_there_is_none)
{
    run ("doctor");
    cr_assert_null (strstr (result.out, "ssh "), "nobody needs it: %s", result.out);
    run_place_configure (&place, "[image \"one\"]\naddress = 127.0.0.1:9\nvia = gate.invalid\n"
                                 "disabled = yes\n");
    setenv ("STUI_SSH", "/bin/true", 1);
    run ("doctor");
    expect (0, "ok       ssh         /bin/true, for 1 image with via", NULL);
    setenv ("STUI_SSH", "/nonexistent/ssh", 1);
    run ("doctor");
    expect (1, "problem  ssh         1 image has via, and $STUI_SSH is '/nonexistent/ssh'", NULL);
    expect (1, "openssh-client", NULL);
}

/* ---- demo ------------------------------------------------------------------------------------------------ */

/* A place without GNU Smalltalk: no gst on PATH, none beside the program, STUI_GST unset. */
static void
leave_smalltalk (void)
{
    const char *program = getenv ("STUI");
    char *copy = stui_printf ("%s/stui", place.directory);
    char *line = stui_printf ("cp %s %s", program != NULL ? program : "build/stui", copy);
    cr_assert_eq (system (line), 0);
    unsetenv ("STUI_GST");
    unsetenv ("STUI_IMAGE");
    setenv ("PATH", place.directory, 1);
    setenv ("TMPDIR", place.directory, 1);
    setenv ("STUI", copy, 1);
    free (line);
    free (copy);
}

Test (cli, demo_without_smalltalk_shows_simulated_images_and_says_so)
{
    leave_smalltalk ();
    run ("demo", "2");
    expect (0, "no GNU Smalltalk was found, so the images are simulated", NULL);
    expect (0, "starting 2 simulated images", NULL);
    expect (0, "$ stui eval sim-2", NULL);
    expect (0, "the simulated images have ended", NULL);
    const char *process = strstr (result.out, "sim-1: process ");
    cr_assert_not_null (process);
    pid_t pid = (pid_t) strtol (process + strlen ("sim-1: process "), NULL, 10);
    cr_assert (pid > 0 && kill (pid, 0) != 0, "process %ld still runs", (long) pid);
}

Test (cli, demo_in_a_terminal_without_smalltalk_says_that_images_are_simulated)
{
    struct pty terminal = {0};
    leave_smalltalk ();
    pty_stui (&terminal, "demo", "2", "--ascii");
    pty_await (&terminal, "sim-2");
    pty_await (&terminal, "2 online");
    pty_type (&terminal, CTRL_Q);
    pty_await (&terminal, "the simulated images have ended");
    cr_assert (pty_shows (&terminal, "no GNU Smalltalk was found"));
    cr_assert_eq (pty_end (&terminal, 0), 0);
    pty_close (&terminal);
}

Test (cli, demo_with_a_wrong_gst_says_what_to_do)
{
    setenv ("STUI_GST", "/no/such/gst", 1);
    run ("demo");
    expect (1, NULL, "STUI_GST is set to /no/such/gst, which cannot be run");
    run ("demo", "0");
    expect (2, NULL, "demo takes a number from 1 to 20");
}
