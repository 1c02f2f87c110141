/* network.c: networks that come and go, and such as swallow everything. How long after the network is back all images are online again, and their sessions restored: real images on another
 * machine of a network that the bench makes (lan.h), taken away in four ways. The last is seen by
 * nobody, so that only attempts find out: its images are tried often, as their settings say. And whether images
 * that cannot be reached, and a dead name server, disturb those that can. */

#include "bench.h"
#include "place.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "support/lan.h"
#include "support/name_server.h"

#define SWALLOWED_NET "10.77.3." /* what the router takes to there comes to nobody */

enum {
    IMAGES = 8,
    ROUNDS = 5,
    BUDGET_MS = 1000,
    SWALLOWED = 200,
    EVALUATIONS = 2000,
    FAULT_ROUTE = 2
};

/* What takes the network away, on which machine, and what brings it back; $N is new in each round. */
struct fault {
    const char *what, *settings;
    enum lan_machine machine;
    const char *away, *back;
};

#define PATIENT "ping_ms = 100\n"
#define BRISK   "ping_ms = 100\nhandshake_ms = 200\nbackoff_min_ms = 50\nbackoff_max_ms = 200\n"
#define ROUTE   "ip route replace default via 10.77.1.1"

static const struct fault faults[] = {
    {"interface down and up: 8 images restored after", PATIENT, LAN_HERE, "ip link set wire down",
     "ip link set wire up && " ROUTE},
    {"address changed: 8 images restored after", PATIENT, LAN_HERE, "ip address flush dev wire",
     "ip address add 10.77.1.$N/24 dev wire && " ROUTE},
    [FAULT_ROUTE] = {"route gone and back: 8 images restored after", PATIENT, LAN_HERE,
                     "ip route del default", ROUTE},
    {"packets dropped, then not: 8 images restored after", BRISK, LAN_ROUTER,
     "echo 0 >/proc/sys/net/ipv4/ip_forward", "echo 1 >/proc/sys/net/ipv4/ip_forward"},
};

/* Starts image "sim-INDEX" (as bench_ask_all calls them) on the far machine; its port. */
static int
image_start (int index, pid_t *pid)
{
    char name[16], line[256] = "";
    int out;
    snprintf (name, sizeof name, "sim-%d", index);
    const char *const words[] = {"--name", name, "--port", "0", "--host", LAN_FAR_HOST, NULL};
    *pid = bench_spawn (getenv ("STUI_IMAGE"), words, &out);
    FILE *lines = fdopen (out, "r");
    const char *port = fgets (line, sizeof line, lines) ? strrchr (line, ':') : NULL;
    if (!port)
        bench_fail ("an image did not start: %s", line);
    fclose (lines);
    return atoi (port + 1);
}

static struct msg *
new_session (const char *peer)
{
    return msg_new (peer, MSG_SESSION_NEW, 0, "work", "{\"workspace\":{\"text\":\"3 + 4\"}}");
}

/* The longest of several rounds, in ms. */
static int64_t
fault_measure (const struct fault *fault, const struct lan *lan, struct client *client)
{
    int64_t longest_us = 0;
    for (int round = 0; round < ROUNDS; round++) {
        lan_run (lan, fault->machine, "%s", fault->away);
        bench_await_state (client, IMAGES, "offline");
        int64_t start_us = clock_mono_us ();
        lan_run (lan, fault->machine, "N=%d; %s", 3 + round, fault->back);
        bench_await_state (client, IMAGES, "online");
        bench_await_restored (client, IMAGES);
        int64_t took_us = clock_mono_us () - start_us;
        longest_us = took_us > longest_us ? took_us : longest_us;
    }
    return longest_us / 1000;
}

/* The configuration of the images on PORTS; caller frees. */
static char *
config_make (const char *settings, const int *ports)
{
    char *config = stui_printf ("[stui]\n%s", settings);
    for (int index = 0; index < IMAGES; index++) {
        char *longer = stui_printf ("%s[image \"sim-%d\"]\naddress = tcp://" LAN_FAR_HOST ":%d\n",
                                    config, index + 1, ports[index]);
        free (config);
        config = longer;
    }
    return config;
}

/* An owner with a place of its own, and its client. */
struct side {
    struct bench_place place;
    pid_t owner;
    struct client *client;
};

static void
side_open (struct side *self, const char *config)
{
    bench_place_open (&self->place);
    bench_place_configure (&self->place, config);
    self->owner = bench_owner_start (&self->place);
    self->client = bench_attach (&self->place);
    bench_await_state (self->client, IMAGES, "online");
    bench_ask_all (self->client, IMAGES, new_session);
}

/* How long it took to end, in ms. */
static int64_t
side_close (struct side *self)
{
    client_close (&self->client);
    int64_t took_us = bench_end_us (self->owner, SIGTERM, NULL);
    bench_place_close (&self->place);
    return took_us / 1000;
}

static void
fault_bench (const struct fault *fault, const struct lan *lan, const int *ports)
{
    struct side side;
    char *config = config_make (fault->settings, ports);
    side_open (&side, config);
    bench_row_most (fault->what, "ms", (double) fault_measure (fault, lan, side.client),
                    BENCH_NO_REFERENCE, BUDGET_MS);
    side_close (&side);
    free (config);
}

/* ---- what cannot be reached ------------------------------------------------------------------- */

static struct msg *
evaluate (const char *peer)
{
    return msg_new (peer, MSG_COMMAND, 0, "evaluate", "{\"code\":\"3 + 4\"}", (uint64_t) 5000, "");
}

static int64_t
evaluate_us (struct client *client)
{
    int64_t start_us = clock_mono_us ();
    struct json *result = bench_ask (client, evaluate ("image/sim-1"));
    json_destroy (&result);
    return clock_mono_us () - start_us;
}

/* Two owners of the same images, one with those that cannot be reached beside them, asked in turns. */
static void
swallowed_bench (const struct lan *lan, const int *ports)
{
    static int64_t alone_us[EVALUATIONS], beside_us[EVALUATIONS];
    struct side alone, beside;
    char *config = config_make ("ping_ms = 100\n", ports);
    side_open (&alone, config);
    for (int index = 0; index < SWALLOWED; index++) {
        bool by_name = index % 10 == 0;
        char *longer = stui_printf ("%s[image \"gone-%d\"]\naddress = tcp://%s%d%s:4000\n", config,
                                    index, by_name ? "gone-" : SWALLOWED_NET, index + 1,
                                    by_name ? ".example.test" : "");
        free (config);
        config = longer;
    }
    side_open (&beside, config);
    free (config);
    for (int index = 0; index < EVALUATIONS; index++) {
        alone_us[index] = evaluate_us (alone.client);
        beside_us[index] = evaluate_us (beside.client);
    }
    for (int percent = 50; percent <= 99; percent += 49) {
        char what[80];
        snprintf (what, sizeof what, "evaluate beside %d images out of reach: p%d", SWALLOWED,
                  percent);
        bench_row (what, "us", (double) bench_percentile (beside_us, EVALUATIONS, percent),
                   (double) bench_percentile (alone_us, EVALUATIONS, percent), 1.2, 0);
    }
    bench_row_most ("  route gone and back: 8 images restored after", "ms",
                    (double) fault_measure (&faults[FAULT_ROUTE], lan, beside.client),
                    BENCH_NO_REFERENCE, BUDGET_MS);
    bench_row_most ("  stop", "ms", (double) side_close (&beside), BENCH_NO_REFERENCE, 2000);
    side_close (&alone);
}

void
bench_network (void)
{
    struct lan lan;
    struct name_server names;
    pid_t images[IMAGES];
    int ports[IMAGES];
    struct bench_place place; /* of the images: it outlives the owners' */
    bench_place_open (&place);
    if (!lan_open (&lan) || !name_server_open (&names, place.directory, SWALLOWED_NET "250"))
        bench_fail ("namespaces are root's: %s", strerror (errno));
    lan_run (&lan, LAN_ROUTER, "ip route add blackhole " SWALLOWED_NET "0/24");
    lan_enter (&lan, LAN_FAR);
    for (int index = 0; index < IMAGES; index++)
        ports[index] = image_start (index + 1, &images[index]);
    lan_enter (&lan, LAN_HERE);
    for (size_t index = 0; index < sizeof faults / sizeof *faults; index++)
        fault_bench (&faults[index], &lan, ports);
    swallowed_bench (&lan, ports);
    for (int index = 0; index < IMAGES; index++)
        bench_end_us (images[index], SIGKILL, NULL);
    name_server_close (&names);
    bench_place_close (&place);
    lan_close (&lan);
}
