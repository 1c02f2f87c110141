/* test_stuck.c: a supervisor's thread that hangs, held by ptrace as a debugger would: it is shown,
 * given up when the user says so, and nobody waits for it. */

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "support/stage.h"

static struct stage stage;

static void
setup (void)
{
    stage_open (&stage, "ping_ms = 100\nbackoff_min_ms = 10\n");
    stage_add_image (&stage, "one");
    stage_add_image (&stage, "two");
    stage_serve (&stage);
    for (size_t index = 0; index < stage.image_count; index++) {
        struct json *state = stage_await_state (index == 0 ? "one" : "two", "state", "online");
        json_destroy (&state);
    }
}

static void
teardown (void)
{
    stage_close (&stage);
}

TestSuite (stuck, .init = setup, .fini = teardown, .timeout = 120);

/* The thread of serve that bears NAME. */
static pid_t
thread_named (const char *name)
{
    char *path = stui_printf ("/proc/%d/task", (int) stage.serve.pid);
    DIR *tasks = opendir (path);
    pid_t found = 0;
    for (struct dirent *entry; !found && (entry = readdir (tasks)) != NULL;) {
        char comm[32] = "", file[320];
        snprintf (file, sizeof file, "%s/%s/comm", path, entry->d_name);
        FILE *stream = fopen (file, "r");
        if (stream && fgets (comm, sizeof comm, stream)) {
            comm[strcspn (comm, "\n")] = '\0';
            if (strcmp (comm, name) == 0)
                found = (pid_t) atoi (entry->d_name);
        }
        if (stream)
            fclose (stream);
    }
    closedir (tasks);
    free (path);
    cr_assert_gt (found, 0, "serve has no thread %s", name);
    return found;
}

static pid_t
hang (const char *name)
{
    pid_t thread = thread_named (name);
    cr_assert_eq (ptrace (PTRACE_SEIZE, thread, 0, 0), 0, "%s cannot be traced", name);
    cr_assert_eq (ptrace (PTRACE_INTERRUPT, thread, 0, 0), 0);
    cr_assert_eq (waitpid (thread, NULL, __WALL), thread);
    for (bool stuck = false; !stuck;) {
        struct json *state = stage_state (strrchr (name, '/') + 1);
        stuck = json_get_bool (state, "stuck", false);
        json_destroy (&state);
    }
    return thread;
}

/* How many supervisors hang, as the program itself counts them. */
static int64_t
given_up (void)
{
    struct run_result result = run_stui ("status", "--json");
    struct json *status = stage_parse (result.out);
    int64_t count = json_get_number (status, "supervisors_given_up", -1);
    json_destroy (&status);
    run_result_fini (&result);
    return count;
}

static void
expect_done (const char *verb, const char *name)
{
    struct run_result result = run_stui ("image", verb, name);
    cr_assert_eq (result.status, 0, "%s %s: %s", verb, name, result.err);
    run_result_fini (&result);
}

Test (stuck, a_supervisor_that_hangs_is_given_up_on_retry_and_its_image_is_served_by_another)
{
    struct run_result result = run_stui ("session", "new", "one", "work");
    cr_assert_eq (result.status, 0, "%s", result.err);
    run_result_fini (&result);
    pid_t thread = hang ("image/one");
    stage_expect_eval ("two", "3 + 4", "7");
    expect_done ("retry", "one");
    stage_pass (&stage, "one", "session_restored");
    stage_expect_eval ("one", "3 + 4", "7");
    cr_assert_eq (given_up (), 1);
    /* It comes back to life: it does nothing more than end. */
    cr_assert_eq (ptrace (PTRACE_DETACH, thread, 0, 0), 0);
    while (given_up () > 0)
        ;
    stage_expect_eval ("one", "3 + 4", "7");
    cr_assert_eq (stage_end_serve (&stage, SIGTERM), 0);
}

Test (stuck, a_supervisor_that_hangs_hinders_neither_the_removal_of_its_image_nor_the_stop)
{
    pid_t thread = hang ("image/one");
    expect_done ("rm", "one");
    stage_expect_eval ("two", "3 + 4", "7");
    kill (stage.serve.pid, SIGTERM);
    /* Who traces a thread has to take leave of it before its process is gone. */
    cr_assert_eq (waitpid (thread, NULL, __WALL), thread);
    cr_assert_eq (stage_end_serve (&stage, 0), 0);
}
