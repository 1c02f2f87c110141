/* network.c: how long after the network is back all images are online again, and their sessions restored: real images on another
 * machine of a network that the bench makes (lan.h), taken away in four ways. The last is seen by
 * nobody, so that only attempts find out: its images are tried often, as their settings say. */

#include "bench.h"
#include "place.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "support/lan.h"

enum { IMAGES = 8, ROUNDS = 5, BUDGET_MS = 1000 };

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
    {"route gone and back: 8 images restored after", PATIENT, LAN_HERE, "ip route del default",
     ROUTE},
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

static void
fault_bench (const struct fault *fault, const struct lan *lan, const int *ports)
{
    struct bench_place place;
    bench_place_open (&place);
    char *config = stui_printf ("[stui]\n%s", fault->settings);
    for (int index = 0; index < IMAGES; index++) {
        char *longer = stui_printf ("%s[image \"sim-%d\"]\naddress = tcp://" LAN_FAR_HOST ":%d\n",
                                    config, index + 1, ports[index]);
        free (config);
        config = longer;
    }
    bench_place_configure (&place, config);
    free (config);
    pid_t owner = bench_owner_start (&place);
    struct client *client = bench_attach (&place);
    bench_await_state (client, IMAGES, "online");
    bench_ask_all (client, IMAGES, new_session);
    bench_row_most (fault->what, "ms", (double) fault_measure (fault, lan, client),
                    BENCH_NO_REFERENCE, BUDGET_MS);
    client_close (&client);
    bench_end_us (owner, SIGTERM, NULL);
    bench_place_close (&place);
}

void
bench_network (void)
{
    struct lan lan;
    pid_t images[IMAGES];
    int ports[IMAGES];
    if (!lan_open (&lan)) {
        printf ("network: left out, namespaces are root's: %s\n", strerror (errno));
        lan_close (&lan);
        return;
    }
    struct bench_place place; /* of the images: theirs outlives the owners' */
    bench_place_open (&place);
    lan_enter (&lan, LAN_FAR);
    for (int index = 0; index < IMAGES; index++)
        ports[index] = image_start (index + 1, &images[index]);
    lan_enter (&lan, LAN_HERE);
    for (size_t index = 0; index < sizeof faults / sizeof *faults; index++)
        fault_bench (&faults[index], &lan, ports);
    for (int index = 0; index < IMAGES; index++)
        bench_end_us (images[index], SIGKILL, NULL);
    bench_place_close (&place);
    lan_close (&lan);
}
