/* flapping.c: a thousand simulated images that are killed and started again, over and over, for
 * $MINUTES (2): whether the owner's threads, descriptors and memory stay where they were after the
 * first of the time. Each image has a session, which has to be restored in the end. */

#include "bench.h"
#include "place.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/clock.h"

enum {
    IMAGES = 1000,
    BASE = 27000,
    DEFAULT_MINUTES = 2,
    FIRST_PART = 8,    /* one of so many of the time is for caches and pools to fill … */
    FIRST_MS = 300000, /* … or so long, if that is less */
    SAMPLE_MS = 60000,
    CALM_MS = 8000, /* after each return, so that queues and saves are empty */
    FEW = 8,        /* descriptors that come and go: files of the database, clients */
};

/* What the owner has at a moment when all images are online. */
struct holds {
    int threads, descriptors;
    double resident_kb;
};

static struct holds
holds_now (pid_t pid)
{
    return (struct holds){bench_count (pid, "task"), bench_count (pid, "fd"),
                          bench_resident_kb (pid)};
}

static struct msg *
new_session (const char *peer)
{
    return msg_new (peer, MSG_SESSION_NEW, 0, "work", "{\"workspace\":{\"text\":\"3 + 4\"}}");
}

/* All images killed, and all back, and calm. */
static void
flap (struct client *client, pid_t *sim)
{
    bench_end_us (*sim, SIGKILL, NULL);
    bench_await_state (client, IMAGES, "offline");
    *sim = bench_sim (IMAGES, BASE, NULL);
    bench_await_state (client, IMAGES, "online");
    bench_pass (CALM_MS);
}

/* Flaps until UNTIL_MS, and says what the owner holds now and then. How often that was. */
static int
flap_until (struct client *client, pid_t owner, pid_t *sim, int64_t until_ms)
{
    int flaps = 0;
    int64_t told_ms = clock_mono_ms ();
    do {
        flap (client, sim);
        flaps++;
        if (clock_mono_ms () - told_ms < SAMPLE_MS)
            continue;
        told_ms += SAMPLE_MS;
        struct holds holds = holds_now (owner);
        fprintf (stderr, "flapping: %d threads, %d descriptors, %.0f KB\n", holds.threads,
                 holds.descriptors, holds.resident_kb);
    } while (clock_mono_ms () < until_ms);
    return flaps;
}

void
bench_flapping (void)
{
    struct bench_place place;
    const char *minutes = getenv ("MINUTES");
    int64_t whole_ms = (minutes && *minutes ? atoi (minutes) : DEFAULT_MINUTES) * INT64_C (60000);
    int64_t first_ms = whole_ms / FIRST_PART < FIRST_MS ? whole_ms / FIRST_PART : FIRST_MS;
    char what[80];
    pid_t sim = bench_fleet_begin (&place, IMAGES, "backoff_max_ms = 1000", BASE);
    pid_t owner = bench_owner_start (&place);
    struct client *client = bench_attach (&place);
    bench_await_state (client, IMAGES, "online");
    bench_ask_all (client, IMAGES, new_session);
    int64_t start_ms = clock_mono_ms ();
    int flaps = flap_until (client, owner, &sim, start_ms + first_ms);
    struct holds before = holds_now (owner);
    flaps += flap_until (client, owner, &sim, start_ms + whole_ms);
    struct holds after = holds_now (owner);
    bench_await_restored (client, IMAGES);
    snprintf (what, sizeof what, "1,000 images flapped %d times: threads", flaps);
    bench_row (what, "", after.threads, before.threads, 1.0, 0);
    bench_row ("  descriptors", "", after.descriptors, before.descriptors, 1.0, FEW);
    bench_row ("  resident memory", "KB", after.resident_kb, before.resident_kb, 1.1, 0);
    client_close (&client);
    bench_end_us (owner, SIGTERM, NULL);
    bench_end_us (sim, SIGKILL, NULL);
    bench_place_close (&place);
}
