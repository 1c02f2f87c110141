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
    /* Of the time. The first is for caches and pools to fill, the second is compared to the last. */
    PARTS = 8,
    CALM_MS = 8000, /* after each return, so that queues and saves are empty */
    FEW = 8,        /* descriptors that come and go: files of the database, clients */
};

/* What the owner has at a moment when all images are online. */
struct holds {
    double threads, descriptors, resident_kb;
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

/* Flaps for so long; what the owner holds on average, at the moments when all is calm, is said and put
 * into *MEAN. How often that was. */
static int
flap_for (struct client *client, pid_t owner, pid_t *sim, int64_t ms, struct holds *mean)
{
    int64_t until_ms = clock_mono_ms () + ms;
    double threads = 0, descriptors = 0, resident_kb = 0;
    int flaps = 0;
    do {
        flap (client, sim);
        flaps++;
        struct holds holds = holds_now (owner);
        threads += holds.threads;
        descriptors += holds.descriptors;
        resident_kb += holds.resident_kb;
    } while (clock_mono_ms () < until_ms);
    *mean = (struct holds){threads / flaps, descriptors / flaps, resident_kb / flaps};
    fprintf (stderr, "flapping: %.1f threads, %.1f descriptors, %.0f KB on average of %d times\n",
             mean->threads, mean->descriptors, mean->resident_kb, flaps);
    return flaps;
}

void
bench_flapping (void)
{
    struct bench_place place;
    const char *minutes = getenv ("MINUTES");
    int64_t part_ms =
        (minutes && *minutes ? atoi (minutes) : DEFAULT_MINUTES) * INT64_C (60000) / PARTS;
    char what[80];
    pid_t sim = bench_fleet_begin (&place, IMAGES, "backoff_max_ms = 1000", BASE);
    pid_t owner = bench_owner_start (&place);
    struct client *client = bench_attach (&place);
    bench_await_state (client, IMAGES, "online");
    bench_ask_all (client, IMAGES, new_session);
    struct holds first, before, after;
    int flaps = flap_for (client, owner, &sim, part_ms, &first);
    flaps += flap_for (client, owner, &sim, part_ms, &before);
    for (int part = 2; part < PARTS; part++)
        flaps += flap_for (client, owner, &sim, part_ms, &after);
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
