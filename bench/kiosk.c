/* kiosk.c: what a wall costs: `stui --kiosk` on 200x50 with a thousand simulated images for $MINUTES
 * (10): bytes written to its terminal, processor time of it and its owner beside one thread that pings
 * as many other images at the same time, and what both have grown by in the second half of that time. */

#include "bench.h"
#include "place.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/clock.h"

enum {
    IMAGES = 1000,
    BARE_BASE = 23000, /* first port of those that are only pinged */
    PING_MS = 2000,
    DEFAULT_MINUTES = 10,
    SETTLE_MS = 30000, /* until all figures of a page are there, and all frames of the start */
    BYTES_A_S = 2048,  /* a page is turned every 20 s, a line moves on every 10 */
    GROWTH_KB = 1024,  /* socket queues become resident with use */
};

/* Reads what it writes for so long. How many bytes that was; in how many tenths of a second any came. */
static size_t
wall_drain (int fd, int64_t ms, int *frames)
{
    char bytes[65536];
    size_t count = 0;
    *frames = 0;
    for (int64_t until_ms = clock_mono_ms () + ms; clock_mono_ms () < until_ms; bench_pass (100)) {
        ssize_t got;
        size_t before = count;
        while ((got = read (fd, bytes, sizeof bytes)) > 0)
            count += (size_t) got;
        *frames += count > before;
    }
    return count;
}

void
bench_kiosk (void)
{
    struct bench_place place;
    const char *minutes = getenv ("MINUTES");
    int64_t ms = (minutes && *minutes ? atoi (minutes) : DEFAULT_MINUTES) * INT64_C (60000);
    int fd, frames;
    pid_t sim = bench_fleet_begin (&place, IMAGES, "ping_ms = 2000", 0);
    pid_t bare_sim = bench_sim (IMAGES, BARE_BASE, NULL);
    pid_t bare = bench_bare_start ("loop", BARE_BASE, IMAGES, PING_MS);
    pid_t owner = bench_owner_start (&place);
    struct client *client = bench_attach (&place);
    bench_await_state (client, IMAGES, "online");
    client_close (&client);
    pid_t wall = bench_terminal (&place, "--kiosk", &fd);
    wall_drain (fd, SETTLE_MS, &frames);
    double owner_ms = bench_threads_cpu_ms (owner, ""), wall_ms = bench_threads_cpu_ms (wall, ""),
           bare_ms = bench_threads_cpu_ms (bare, "");
    double bytes = (double) wall_drain (fd, ms / 2, &frames);
    double owner_kb = bench_resident_kb (owner), wall_kb = bench_resident_kb (wall);
    int more;
    bytes += (double) wall_drain (fd, ms / 2, &more);
    frames += more;
    double seconds = (double) ms / 1000;
    owner_ms = bench_threads_cpu_ms (owner, "") - owner_ms;
    wall_ms = bench_threads_cpu_ms (wall, "") - wall_ms;
    bare_ms = bench_threads_cpu_ms (bare, "") - bare_ms;
    bench_row_most ("a wall of 1,000 images: bytes a second", "bytes", bytes / seconds,
                    BENCH_NO_REFERENCE, BYTES_A_S);
    bench_row_most ("  frames a minute", "", frames * 60 / seconds, BENCH_NO_REFERENCE, 60);
    bench_row_most ("  processor time of owner and wall", "%",
                    (owner_ms + wall_ms) * 100 / (double) ms, bare_ms * 100 / (double) ms, 8);
    bench_row_part ("    of it the wall", "%", wall_ms * 100 / (double) ms, BENCH_NO_REFERENCE);
    bench_row_most ("  the wall has grown by", "KB", bench_resident_kb (wall) - wall_kb,
                    BENCH_NO_REFERENCE, GROWTH_KB);
    /* Its sockets' queues become resident with use: `make bench ROWS=memory` is about that. */
    bench_row_part ("  the owner has grown by", "KB", bench_resident_kb (owner) - owner_kb,
                    BENCH_NO_REFERENCE);
    bench_row_most ("  the wall has resident", "KB", bench_resident_kb (wall), BENCH_NO_REFERENCE,
                    32 * 1024);
    bench_end_us (wall, SIGTERM, NULL);
    close (fd);
    bench_end_us (owner, SIGTERM, NULL);
    const pid_t rest[] = {bare, bare_sim, sim};
    for (size_t index = 0; index < sizeof rest / sizeof *rest; index++)
        bench_end_us (rest[index], SIGKILL, NULL);
    bench_place_close (&place);
}
