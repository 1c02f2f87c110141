/* test_kiosk.c: `stui --kiosk` on simulated images, as who walks past sees it: it comes and goes
 * without a trace in the owner, finds every owner again by itself, and takes no key but those that
 * end it. */

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "runtime/alloc.h"
#include "runtime/launch.h"
#include "runtime/path.h"
#include "support/pty.h"
#include "support/run.h"

enum { IMAGES = 20, ROUNDS = 100, WARM = 20, GROWTH_KB = 1024 };

#define ALL_ONLINE "* 20 online"

static struct run_place place;
static struct run_process sim, serve;
static struct pty wall;

static void
setup (void)
{
    char count[16], last[64];
    snprintf (count, sizeof count, "%d", IMAGES);
    snprintf (last, sizeof last, "# %d simulated image", IMAGES);
    run_place_open (&place, NULL);
    run_start (&sim, &place, NULL, (const char *const[]){"sim", count, "--print-config", NULL});
    run_await (&sim, run_line_contains, last);
    char *config = stui_alloc (sim.out.size + 1);
    for (size_t i = 0; i < sim.out.size; i++) /* run_await has ended each line with a NUL */
        config[i] = (char) (sim.out.text[i] ? sim.out.text[i] : '\n');
    run_place_configure (&place, config);
    free (config);
}

static void
teardown (void)
{
    pty_close (&wall);
    run_end (&serve, SIGTERM);
    run_end (&sim, SIGTERM);
    run_place_close (&place);
}

TestSuite (kiosk, .init = setup, .fini = teardown, .timeout = 300);

/* A number of the owner's, as the kernel counts it: KEY of its status. */
static long
owner_has (pid_t pid, const char *key)
{
    char path[64], line[256];
    long value = -1;
    snprintf (path, sizeof path, "/proc/%d/status", (int) pid);
    FILE *file = fopen (path, "r");
    cr_assert_not_null (file, "the owner is gone");
    while (value < 0 && fgets (line, sizeof line, file))
        if (strncmp (line, key, strlen (key)) == 0)
            value = atol (line + strlen (key) + 1);
    fclose (file);
    return value;
}

Test (kiosk, a_hundred_walls_leave_no_trace_in_the_owner)
{
    long before_kb = 0, threads = 0;
    run_serve (&serve, &place, "default", NULL);
    for (int round = 0; round < ROUNDS; round++) {
        if (round == WARM) {
            before_kb = owner_has (serve.pid, "VmRSS:");
            threads = owner_has (serve.pid, "Threads:");
        }
        pty_stui (&wall, "--kiosk", "--ascii");
        pty_await (&wall, ALL_ONLINE);
        if (round % 2 == 0) {
            pty_type (&wall, "q");
            cr_assert_eq (pty_end (&wall, 0), 0);
            cr_assert (pty_is_clean (&wall));
        }
        else
            pty_end (&wall, SIGKILL); /* somebody pulls the plug */
        pty_close (&wall);
    }
    long growth_kb = owner_has (serve.pid, "VmRSS:") - before_kb;
    cr_assert_leq (growth_kb, GROWTH_KB, "the owner grew by %ld KB", growth_kb);
    cr_assert_leq (owner_has (serve.pid, "Threads:"), threads);
}

Test (kiosk, starts_an_owner_finds_the_next_and_takes_no_keys)
{
    pty_stui (&wall, "--kiosk", "--ascii");
    pty_await (&wall, ALL_ONLINE);
    pty_type (&wall, "1:2d\rx?\033[A");
    pid_t owner = launch_read_holder ("default").pid;
    cr_assert_gt (owner, 0);
    kill (owner, SIGKILL);
    pty_await_gone (&wall, ALL_ONLINE); /* while they are had again */
    pty_await (&wall, ALL_ONLINE);
    cr_assert_neq (launch_read_holder ("default").pid, owner);
    pty_await (&wall, " linked");
    cr_assert_not (pty_shows (&wall, "Commands"));
    pty_type (&wall, "\x03");
    cr_assert_eq (pty_end (&wall, 0), 0);
    cr_assert (pty_is_clean (&wall));
}

Test (kiosk, waits_for_an_owner_that_was_stopped_and_says_how_old_all_is)
{
    run_serve (&serve, &place, "default", NULL);
    pty_stui (&wall, "--kiosk", "--ascii");
    pty_await (&wall, ALL_ONLINE);
    struct run_result stop = run_stui ("stop");
    cr_assert_eq (stop.status, 0, "%s", stop.err);
    run_result_fini (&stop);
    cr_assert_eq (run_end (&serve, 0), 0);
    pty_await (&wall, "unlinked");
    pty_await (&wall, "was online");
    pty_await (&wall, " s old");
    run_serve (&serve, &place, "default", NULL);
    pty_await (&wall, " linked");
    pty_await (&wall, ALL_ONLINE);
}

/* An owner of another version: says so to who comes first, and is gone then. */
static void
be_of_another_version (int listener)
{
    static const char refusal[] = "{\"error\":\"this owner is stui 9.9, quit it\"}";
    uint32_t size = htonl (sizeof refusal - 1);
    int fd = accept (listener, NULL, NULL);
    cr_assert_geq (fd, 0);
    cr_assert_eq (write (fd, &size, sizeof size), sizeof size);
    cr_assert_eq (write (fd, refusal, sizeof refusal - 1), (ssize_t) sizeof refusal - 1);
    pty_await (&wall, "9.9");
    close (fd);
}

/* Symptom: a wall that had met an owner of another version never came back: it has no key for that. */
Test (kiosk, finds_an_owner_of_its_own_version_in_the_place_of_another)
{
    struct stui_cause cause = {0};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char *path = path_socket ("default", &cause);
    cr_assert_not_null (path, "%s", cause.text);
    cr_assert_eq (path_make_private_parent (path, &cause), 0, "%s", cause.text);
    snprintf (address.sun_path, sizeof address.sun_path, "%s", path);
    int listener = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq (bind (listener, (struct sockaddr *) &address, sizeof address), 0);
    cr_assert_eq (listen (listener, 1), 0);
    pty_stui (&wall, "--kiosk", "--ascii");
    be_of_another_version (listener);
    close (listener);
    unlink (path);
    free (path);
    run_serve (&serve, &place, "default", NULL);
    pty_await (&wall, " linked");
    pty_await (&wall, ALL_ONLINE);
}

Test (kiosk, is_not_for_commands)
{
    struct run_result result = run_stui ("--kiosk", "status");
    cr_assert_eq (result.status, 2);
    cr_assert_not_null (strstr (result.err, "--kiosk"), "%s", result.err);
    run_result_fini (&result);
}
