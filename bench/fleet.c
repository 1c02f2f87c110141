/* fleet.c: the whole program with a thousand simulated images: what each takes of memory and
 * processor time beside bare sockets, and how long starting, stopping and coming back take. The
 * owner is a process of its own, as users run it; the images are in another. */

#include "bench.h"
#include "place.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"

enum {
    IMAGES = 1000,
    BASE = 21000, /* first port of the images whose ports must be known */
    BARE_BASE = 23000,
    THREADS_BASE = 25000,
    PINGS = 600,
    MEMORY_PING_MS = 500,
    CPU_PING_MS = 2000,
    SETTLE_MS = 20000, /* until saves, first reports and frames are over */
    CPU_MS = 60000,
};

/* ---- what several of them need ------------------------------------------------------------------ */

static struct msg *
new_session (const char *peer)
{
    return msg_new (peer, MSG_SESSION_NEW, 0, "work", "{\"workspace\":{\"text\":\"3 + 4\"}}");
}

static struct msg *
retry (const char *peer)
{
    return msg_new (peer, MSG_RETRY, 0);
}

/* ---- memory -------------------------------------------------------------------------------------- */

/* What a process of ours and one of the reference take before there are images. */
static double
empty_kb (void)
{
    struct bench_place place;
    bench_place_open (&place);
    bench_place_configure (&place, "[stui]\n");
    pid_t owner = bench_owner_start (&place);
    struct client *client = bench_attach (&place);
    double kb = bench_resident_kb (owner);
    client_close (&client);
    bench_end_us (owner, SIGTERM, NULL);
    bench_place_close (&place);
    return kb;
}

void
bench_memory (void)
{
    struct bench_place place;
    double before_kb = empty_kb ();
    pid_t sim = bench_fleet_begin (&place, IMAGES, "ping_ms = 500", BASE),
          other = bench_sim (IMAGES, BARE_BASE, NULL);
    pid_t bare = bench_bare_start ("threads", BARE_BASE, IMAGES, MEMORY_PING_MS);
    pid_t owner = bench_owner_start (&place);
    struct client *client = bench_attach (&place);
    bench_await_state (client, IMAGES, "online");
    bench_ask_all (client, IMAGES, new_session);
    client_close (&client);
    bench_pass ((int64_t) PINGS * MEMORY_PING_MS);
    double ours_kb = (bench_resident_kb (owner) - before_kb) / IMAGES;
    double bare_kb = bench_resident_kb (bare) / IMAGES;
    double stacks_kb = bench_stacks_kb (owner) / IMAGES,
           bare_stacks_kb = bench_stacks_kb (bare) / IMAGES;
    bench_row_most ("memory per connected image, 1,000 of them, 600 pings", "KB", ours_kb, bare_kb,
                    200);
    bench_row_part ("  of it the threads' stacks", "KB", stacks_kb, bare_stacks_kb);
    bench_row_part ("  of it sockets, queues and what is known", "KB", ours_kb - stacks_kb,
                    bare_kb - bare_stacks_kb);
    bench_end_us (owner, SIGTERM, NULL);
    bench_end_us (bare, SIGKILL, NULL);
    bench_end_us (sim, SIGKILL, NULL);
    bench_end_us (other, SIGKILL, NULL);
    bench_place_close (&place);
}

void
bench_one_image (void)
{
    enum { SESSIONS = 5 };
    struct bench_place place;
    double before_kb = empty_kb ();
    char *config;
    bench_place_open (&place);
    pid_t sim = bench_sim (1, 0, &config);
    bench_place_configure (&place, config);
    pid_t owner = bench_owner_start (&place);
    struct client *client = bench_attach (&place);
    bench_await_state (client, 1, "online");
    for (int session = 0; session < SESSIONS; session++)
        bench_ask_all (client, 1, new_session);
    bench_row_most ("one image with 5 sessions, over an owner without", "KB",
                    bench_resident_kb (owner) - before_kb, BENCH_NO_REFERENCE, 5 * 1024);
    client_close (&client);
    bench_end_us (owner, SIGTERM, NULL);
    bench_end_us (sim, SIGKILL, NULL);
    free (config);
    bench_place_close (&place);
}

/* ---- processor time ---------------------------------------------------------------------------------- */

/* Reads what the terminal is sent for so long. How many bytes that was. */
static size_t
terminal_drain (int fd, int64_t ms)
{
    char bytes[65536];
    size_t count = 0;
    for (int64_t until_ms = clock_mono_ms () + ms; clock_mono_ms () < until_ms; bench_pass (100)) {
        ssize_t got;
        while ((got = read (fd, bytes, sizeof bytes)) > 0)
            count += (size_t) got;
    }
    return count;
}

/* Processor time so far, by what runs. */
struct spent {
    double all_ms, images_ms, switchboard_ms, io_ms;
};

static struct spent
spent_now (pid_t pid)
{
    return (struct spent){
        .all_ms = bench_threads_cpu_ms (pid, ""),
        .images_ms = bench_threads_cpu_ms (pid, "image"),
        .switchboard_ms = bench_threads_cpu_ms (pid, "registry"),
        .io_ms = bench_threads_cpu_ms (pid, "ZMQbg/IO"),
    };
}

/* What PID spent since BEFORE, in percent of a core. */
static struct spent
spent_since (pid_t pid, const struct spent *before)
{
    const double scale = 100.0 / CPU_MS;
    struct spent now = spent_now (pid);
    return (struct spent){
        .all_ms = (now.all_ms - before->all_ms) * scale,
        .images_ms = (now.images_ms - before->images_ms) * scale,
        .switchboard_ms = (now.switchboard_ms - before->switchboard_ms) * scale,
        .io_ms = (now.io_ms - before->io_ms) * scale,
    };
}

/* All at the same time, each on a thousand images of its own: the owner with its terminal; one thread
 * that pings all; and bare threads, which are what the owner's parts are beside. */
void
bench_cpu (void)
{
    struct bench_place place;
    int fd;
    pid_t sim = bench_fleet_begin (&place, IMAGES, "ping_ms = 2000", BASE);
    pid_t loop_sim = bench_sim (IMAGES, BARE_BASE, NULL),
          threads_sim = bench_sim (IMAGES, THREADS_BASE, NULL);
    pid_t loop = bench_bare_start ("loop", BARE_BASE, IMAGES, CPU_PING_MS),
          threads = bench_bare_start ("threads", THREADS_BASE, IMAGES, CPU_PING_MS);
    pid_t owner = bench_owner_start (&place);
    struct client *client = bench_attach (&place);
    bench_await_state (client, IMAGES, "online");
    client_close (&client);
    pid_t terminal = bench_terminal (&place, NULL, &fd);
    terminal_drain (fd, SETTLE_MS);
    struct spent of_owner = spent_now (owner), of_loop = spent_now (loop),
                 of_terminal = spent_now (terminal), of_threads = spent_now (threads);
    size_t bytes = terminal_drain (fd, CPU_MS);
    of_owner = spent_since (owner, &of_owner);
    of_loop = spent_since (loop, &of_loop);
    of_terminal = spent_since (terminal, &of_terminal);
    of_threads = spent_since (threads, &of_threads);
    bench_row_most ("CPU, 1,000 idle images pinged every 2 s, a terminal on", "%",
                    of_owner.all_ms + of_terminal.all_ms, of_loop.all_ms, 8);
    bench_row_part ("  of it supervisors, beside bare threads with sockets", "%",
                    of_owner.images_ms, of_threads.images_ms);
    bench_row_part ("  of it the switchboard, beside a bare ROUTER", "%", of_owner.switchboard_ms,
                    of_threads.switchboard_ms);
    bench_row_part ("  of it libzmq's I/O thread, beside the bare threads'", "%", of_owner.io_ms,
                    of_threads.io_ms);
    bench_row_part ("  of it the terminal's process", "%", of_terminal.all_ms, BENCH_NO_REFERENCE);
    bench_row_most ("  bytes a second to that terminal", "bytes", (double) bytes * 1000 / CPU_MS,
                    BENCH_NO_REFERENCE, 4 * 64 * 50);
    bench_end_us (terminal, SIGTERM, NULL);
    close (fd);
    bench_end_us (owner, SIGTERM, NULL);
    const pid_t rest[] = {loop, threads, sim, loop_sim, threads_sim};
    for (size_t index = 0; index < sizeof rest / sizeof *rest; index++)
        bench_end_us (rest[index], SIGKILL, NULL);
    bench_place_close (&place);
}

/* ---- stop --------------------------------------------------------------------------------------------- */

/* How long an owner with a thousand images takes to end; with STOPPED images none of them answers. */
static double
stop_ms (bool stopped, double *cpu_ms)
{
    struct bench_place place;
    pid_t sim = bench_fleet_begin (&place, IMAGES, "ping_ms = 2000", 0);
    pid_t owner = bench_owner_start (&place);
    struct client *client = bench_attach (&place);
    bench_await_state (client, IMAGES, "online");
    bench_ask_all (client, IMAGES, new_session);
    client_close (&client);
    if (stopped)
        kill (sim, SIGSTOP);
    double ms = (double) bench_end_us (owner, SIGTERM, cpu_ms) / 1000;
    bench_end_us (sim, SIGKILL, NULL);
    bench_place_close (&place);
    return ms;
}

void
bench_stop (void)
{
    double cpu_ms, ms = stop_ms (false, &cpu_ms);
    bench_row_most ("stop, 1,000 images with a session each", "ms", ms, BENCH_NO_REFERENCE, 2000);
    bench_row_most ("  its processor time for that", "ms", cpu_ms, BENCH_NO_REFERENCE, 2000);
    ms = stop_ms (true, &cpu_ms);
    bench_row_most ("stop, 1,000 images that have just been suspended", "ms", ms,
                    BENCH_NO_REFERENCE, 2000);
    bench_row_most ("  its processor time for that", "ms", cpu_ms, BENCH_NO_REFERENCE, 2000);
}

/* ---- gone and back --------------------------------------------------------------------------------------- */

void
bench_return (void)
{
    struct bench_place place;
    pid_t sim = bench_fleet_begin (&place, IMAGES, "ping_ms = 2000", BASE);
    pid_t owner = bench_owner_start (&place);
    struct client *client = bench_attach (&place);
    bench_await_state (client, IMAGES, "online");
    bench_ask_all (client, IMAGES, new_session);
    bench_end_us (sim, SIGKILL, NULL);
    bench_await_state (client, IMAGES, "offline");
    sim = bench_sim (IMAGES, BASE, NULL);
    double cpu_ms = bench_cpu_ms (owner);
    int64_t start_us = clock_mono_us ();
    bench_ask_all (client, IMAGES, retry);
    bench_await_state (client, IMAGES, "online");
    double online_ms = (double) (clock_mono_us () - start_us) / 1000;
    bench_await_restored (client, IMAGES);
    double restored_ms = (double) (clock_mono_us () - start_us) / 1000;
    cpu_ms = bench_cpu_ms (owner) - cpu_ms;
    bench_row_most ("1,000 images back at once: all online", "ms", online_ms, BENCH_NO_REFERENCE,
                    3000);
    bench_row_most ("1,000 images back at once: all sessions restored", "ms", restored_ms,
                    BENCH_NO_REFERENCE, 3000);
    bench_row_most ("  its processor time for that", "ms", cpu_ms, BENCH_NO_REFERENCE, 3000);
    client_close (&client);
    bench_end_us (owner, SIGTERM, NULL);
    bench_end_us (sim, SIGKILL, NULL);
    bench_place_close (&place);
}
