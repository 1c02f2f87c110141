/* test_attach.c: several terminals on one profile and the owner behind them, which is killed,
 * stopped, and outlives the terminal that started it. Real processes, a real image; what counts is
 * what the terminals show. */

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "runtime/launch.h"
#include "runtime/path.h"
#include "support/await.h"
#include "support/pty.h"
#include "support/stage.h"

enum { TAKE_OVER_MS = 2000 };

#define SAVED      " saved  session"
#define CTRL_Q     "\x11"
#define CTRL_Z     "\x1a"
#define EDIT       "\033e" /* M-e */
#define TO_THE_END "\033>" /* M-> */

static struct stage stage;
static struct pty one, two, three;

static void
setup (void)
{
    stage_open (&stage, "ping_ms = 200\nbackoff_min_ms = 10\nbackoff_max_ms = 200\n");
    stage_add_image (&stage, "alpha");
}

static void
teardown (void)
{
    pty_close (&one);
    pty_close (&two);
    pty_close (&three);
    struct launch_holder holder = launch_read_holder ("default");
    if (holder.stopped)
        kill (holder.pid, SIGCONT);
    stage_close (&stage);
}

TestSuite (attach, .init = setup, .fini = teardown, .timeout = 180);

/* ---- helpers ---- */

/* How many processes hold the profile's lock, by the kernel's own list. */
static int
owners (void)
{
    char *directory = path_state ("default"), *path = stui_printf ("%s/owner", directory);
    char line[256], inode[32];
    struct stat info;
    int count = 0;
    cr_assert_eq (stat (path, &info), 0);
    snprintf (inode, sizeof inode, ":%lu ", (unsigned long) info.st_ino);
    FILE *locks = fopen ("/proc/locks", "r");
    while (fgets (line, sizeof line, locks))
        count += strstr (line, "FLOCK") && strstr (line, inode) && !strstr (line, "->");
    fclose (locks);
    free (path);
    free (directory);
    return count;
}

/* Waits for another owner than FORMER (0: for any). Its process. */
static pid_t
await_owner (pid_t former)
{
    int64_t deadline = clock_mono_ms () + RUN_GUARD_MS;
    struct launch_holder holder;
    char *directory = path_state ("default");
    int watch = await_directory (directory); /* who owns it writes so */
    while ((holder = launch_read_holder ("default")).pid == 0 || holder.pid == former)
        cr_assert (await_news (watch, 0, deadline), "nobody owns the profile");
    close (watch);
    free (directory);
    return holder.pid;
}

static void
await_no_owner (void)
{
    int64_t deadline = clock_mono_ms () + RUN_GUARD_MS;
    pid_t owner;
    while ((owner = launch_read_holder ("default").pid) != 0)
        cr_assert (await_end (owner, deadline), "an owner stays");
}

/* Starts a terminal and opens the workspace of alpha in it. */
static void
open_workspace (struct pty *terminal)
{
    pty_stui (terminal, "--ascii");
    pty_await (terminal, "online");
    pty_type (terminal, "\r");
    pty_await (terminal, SAVED);
}

/* Starts a further terminal, which comes up where the work was left, and only looks on. */
static void
look_on (struct pty *terminal)
{
    pty_stui (terminal, "--ascii");
    pty_await (terminal, "edited by terminal");
}

/* The edit lease is this terminal's: only who edits says whether all is saved. */
static void
take_over (struct pty *terminal)
{
    pty_type (terminal, EDIT);
    pty_await (terminal, SAVED);
}

/* Types TEXT at the end of the workspace and waits until it is shown as saved. */
static void
write_text (struct pty *terminal, const char *text)
{
    pty_type (terminal, TO_THE_END);
    pty_type (terminal, text);
    pty_await (terminal, text);
    pty_await (terminal, SAVED);
}

/* ---- the tests ---- */

Test (attach, a_second_terminal_sees_the_same_and_edits_only_when_it_takes_over)
{
    open_workspace (&one);
    write_text (&one, "first");
    pid_t owner = await_owner (0);
    look_on (&two);
    pty_await (&two, "first");
    pty_type (&two, TO_THE_END "intruder");
    write_text (&one, "second");
    pty_await (&two, "firstsecond");
    take_over (&two);
    pty_await (&one, "edited by terminal");
    write_text (&two, "third");
    pty_await (&one, "firstsecondthird");
    cr_assert_not (pty_shows (&one, "intruder"));
    cr_assert_eq (await_owner (0), owner);
    cr_assert_eq (owners (), 1);
}

/* Symptom: what had been typed within the second before another terminal took over was nowhere. */
Test (attach, what_was_typed_last_is_there_when_another_terminal_takes_over)
{
    open_workspace (&one);
    write_text (&one, "first");
    look_on (&two);
    pty_type (&one, " last words");
    pty_await (&one, "first last words");
    take_over (&two);
    pty_await (&two, "first last words");
    write_text (&two, ", and more");
    pty_await (&one, "first last words, and more");
}

Test (attach, a_killed_owner_is_followed_by_one_other_and_nothing_is_lost)
{
    enum { TIMES = 3 };
    char text[32];
    open_workspace (&one);
    write_text (&one, "begun");
    look_on (&two);
    for (int time = 0; time < TIMES; time++) {
        pid_t owner = await_owner (0);
        int64_t killed_ms = clock_mono_ms ();
        kill (owner, SIGKILL);
        await_owner (owner);
        cr_assert_leq (clock_mono_ms () - killed_ms, TAKE_OVER_MS);
        pty_await_gone (&one, "unlinked");
        pty_await_gone (&two, "unlinked");
        cr_assert_leq (clock_mono_ms () - killed_ms, TAKE_OVER_MS);
        cr_assert_eq (owners (), 1);
        snprintf (text, sizeof text, ".%d.", time);
        write_text (&one, text);
        pty_await (&two, text);
    }
    pty_await (&two, "begun.0..1..2.");
}

/* Symptom: `stui stop` with terminals open was answered by another owner at once. */
Test (attach, an_ordered_stop_is_said_and_started_again_only_when_the_user_wants_it)
{
    open_workspace (&one);
    write_text (&one, "kept");
    look_on (&two);
    pid_t owner = await_owner (0);
    struct run_result stop = run_stui ("stop");
    cr_assert_eq (stop.status, 0, "%s", stop.err);
    run_result_fini (&stop);
    pty_await (&one, "stui was stopped, as `stui stop` asked");
    pty_await (&two, "stui was stopped, as `stui stop` asked");
    cr_assert_eq (launch_read_holder ("default").pid, 0, "another owner was started");
    pty_type (&two, "\033xretry\r");
    await_owner (owner);
    pty_await_gone (&one, "unlinked");
    pty_await_gone (&two, "unlinked");
    cr_assert_eq (owners (), 1);
    write_text (&one, " and more");
    pty_await (&two, "kept and more");
}

/* The text of the one session that there is; caller frees. */
static char *
stored_text (void)
{
    struct run_result list = run_stui ("session", "ls", "--json");
    struct json *sessions = json_parse_text (list.out);
    const char *id = json_get_text (json_first (sessions), "session_id");
    struct run_result show = run_stui ("session", "show", id ? id : "none", "--json");
    struct json *session = json_parse_text (show.out);
    const struct json *context = json_get (session, "context");
    const char *text = json_get_text (json_get (context, "workspace"), "text");
    char *copy = stui_strdup (text ? text : "");
    json_destroy (&session);
    json_destroy (&sessions);
    run_result_fini (&show);
    run_result_fini (&list);
    return copy;
}

static void
stop_owner (void)
{
    struct run_result stop = run_stui ("stop");
    cr_assert_eq (stop.status, 0, "%s", stop.err);
    run_result_fini (&stop);
    pty_await (&one, "stui was stopped, as `stui stop` asked");
}

/* Symptom: what was typed after `stui stop` was stored by nobody. */
Test (attach, what_is_typed_after_an_ordered_stop_is_stored)
{
    open_workspace (&one);
    write_text (&one, "kept");
    pid_t owner = await_owner (0);
    stop_owner ();
    write_text (&one, " and more");
    await_owner (owner);
    char *text = stored_text ();
    cr_assert_str_eq (text, "kept and more");
    free (text);
}

/* Symptom: a terminal that was closed after `stui stop` took with it what had been typed. */
Test (attach, what_is_typed_after_an_ordered_stop_outlives_its_terminal)
{
    open_workspace (&one);
    write_text (&one, "kept");
    await_owner (0);
    stop_owner ();
    pty_type (&one, TO_THE_END " last words");
    pty_await (&one, "kept last words");
    pty_end (&one, SIGHUP);
    char *text = stored_text ();
    cr_assert_str_eq (text, "kept last words");
    free (text);
}

/* Symptom: `session close` closed a session in which a terminal was typing, without a word. */
Test (attach, a_session_that_a_terminal_edits_is_closed_only_by_order)
{
    open_workspace (&one);
    write_text (&one, "mine");
    struct run_result list = run_stui ("session", "ls", "--json");
    struct json *sessions = json_parse_text (list.out);
    const char *id = json_get_text (json_first (sessions), "session_id");
    struct run_result close = run_stui ("session", "close", id);
    cr_assert_eq (close.status, 1, "%s", close.out);
    cr_assert_not_null (strstr (close.err, "a terminal edits session"), "%s", close.err);
    run_result_fini (&close);
    close = run_stui ("session", "close", id, "--anyway");
    cr_assert_eq (close.status, 0, "%s", close.err);
    run_result_fini (&close);
    json_destroy (&sessions);
    run_result_fini (&list);
}

Test (attach, the_terminal_that_started_the_owner_quits_and_the_others_go_on)
{
    open_workspace (&one);
    write_text (&one, "kept");
    pid_t owner = await_owner (0);
    look_on (&two);
    pty_type (&one, CTRL_Q);
    cr_assert_eq (pty_end (&one, 0), 0);
    cr_assert (pty_is_clean (&one));
    take_over (&two);
    write_text (&two, " and more");
    cr_assert_eq (await_owner (0), owner, "the owner changed");
    pty_type (&two, CTRL_Q);
    cr_assert_eq (pty_end (&two, 0), 0);
    await_no_owner ();
}

Test (attach, a_killed_terminal_takes_nothing_with_it)
{
    open_workspace (&one);
    write_text (&one, "kept");
    pid_t owner = await_owner (0);
    look_on (&two);
    pty_end (&one, SIGKILL);
    take_over (&two);
    write_text (&two, " too");
    pty_await (&two, "kept too");
    cr_assert_eq (await_owner (0), owner);
}

Test (attach, a_stopped_owner_is_named_and_what_was_typed_meanwhile_is_saved_later)
{
    char stopped[64];
    open_workspace (&one);
    write_text (&one, "before");
    pid_t owner = await_owner (0);
    snprintf (stopped, sizeof stopped, "owner %ld stopped", (long) owner);
    kill (owner, SIGSTOP);
    pty_await (&one, stopped);
    pty_stui (&two, "--ascii");
    pty_await (&two, stopped);
    pty_type (&one, TO_THE_END " while");
    pty_await (&one, "before while");
    cr_assert_not (pty_shows (&one, SAVED), "nobody can have saved it");
    cr_assert_eq (owners (), 1, "somebody else owns the profile");
    kill (owner, SIGCONT);
    pty_await_gone (&one, stopped);
    pty_await_gone (&two, stopped);
    pty_await (&one, SAVED);
    pty_await (&two, "before while");
    cr_assert_eq (await_owner (0), owner);
}

Test (attach, a_terminal_stopped_by_its_user_disturbs_nobody_and_comes_back)
{
    open_workspace (&one);
    write_text (&one, "asleep");
    look_on (&two);
    pty_type (&one, CTRL_Z);
    pty_await_stopped (&one);
    cr_assert (pty_is_clean (&one), "the terminal was not given back");
    take_over (&two);
    write_text (&two, " awake");
    /* The one that started the owner sleeps; who is awake gets another. */
    pid_t owner = await_owner (0);
    kill (owner, SIGKILL);
    await_owner (owner);
    write_text (&two, " still");
    kill (one.pid, SIGCONT);
    pty_await (&one, "asleep awake still");
    pty_await (&one, "edited by terminal");
    cr_assert_eq (owners (), 1);
}
