/* test_load.c: one real image under load. Whatever one client does to it, a second client's pings are
 * answered meanwhile, and the image's memory stays within bounds.
 *
 * PATIENCE_MS is what a ping may take on a machine that has ten other things to do per core; on an
 * idle one the longest is some tens of milliseconds. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/image.h"
#include "support/raw_peer.h"
#include "support/wire_expect.h"

#define PATIENCE_MS 3000

static struct image image;
static struct wire_client *witness; /* whose pings are answered */

static void
s_start (void)
{
    cr_assert_eq (image_start (&image, "load", NULL, 0, NULL), 0);
    witness = wire_claimed (&image, WIRE_CLIENT_B);
}

/* The image's own processes are still there: of a busy image's, some were no longer woken by their
 * Delays, and were collected. */
static void
s_expect_own_processes (void)
{
    static const char *const names[] = {"stui server",        "stui acceptor", "stui ticker",
                                        "stui session watch", "stui poller",   "stui deadlines"};
    cJSON *answer = wire_client_call (witness, "system_info", wire_json ("{'kind':'processes'}"));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        bool found = false;
        const cJSON *process;
        cJSON_ArrayForEach (process, wire_item (answer, "result.processes")) found =
            found || strcmp (wire_string (process, "name"), names[i]) == 0;
        cr_expect (found, "the process %s is gone", names[i]);
    }
    cJSON_Delete (answer);
}

static void
s_stop (void)
{
    s_expect_own_processes ();
    wire_client_destroy (&witness);
    image_stop (&image);
}

TestSuite (load, .init = s_start, .fini = s_stop, .timeout = 240);

/* ---- helpers ---- */

static void
s_expect_quick_pings (int count, const char *while_what)
{
    long longest = wire_ping_longest_ms (witness, count);
    cr_expect_lt (longest, PATIENCE_MS, "%s: a ping took %ld ms", while_what, longest);
}

/* Expects the image to have grown by at most so much since BEFORE_KB. */
static void
s_expect_grown_below (long before_kb, long kb, const char *after_what)
{
    long grown = image_resident_kb (&image) - before_kb;
    cr_expect_lt (grown, kb, "%s: %ld KB more", after_what, grown);
}

/* How many connections the image says that it has. */
static int
s_connections (void)
{
    cJSON *answer = wire_client_call (witness, "system_info", wire_json ("{'kind':'vm'}"));
    int count = (int) wire_number (answer, "result.vm.connections");
    cJSON_Delete (answer);
    return count;
}

/* Pings until the image has that many connections. */
static void
s_await_connections (int count)
{
    for (long begun = wire_now_ms (); s_connections () != count;)
        cr_assert_lt (wire_now_ms () - begun, 30000, "%d connections", s_connections ());
}

/* ---- code that runs away ---- */

/* Evaluates CODE, which does not end by itself, until the image ends it for REASON; the longest ping
 * of the witness meanwhile, in ms. */
static long
s_run_away (const char *code, int timeout_ms, const char *reason)
{
    static int claims; /* each client takes the image over from the one before */
    struct wire_client *client = wire_client_new (image.port);
    cr_assert (wire_client_claim (client, WIRE_CLIENT_A, 1, ++claims, NULL));
    char id[WIRE_ID_SIZE];
    cJSON *parameters = wire_json ("{'timeout_ms':%d}", timeout_ms);
    cJSON_AddStringToObject (parameters, "code", code);
    wire_client_send (client, "evaluate", parameters, id);
    long longest = 0;
    do {
        long took = wire_ping_longest_ms (witness, 1);
        longest = took > longest ? took : longest;
    } while (!wire_client_poll (client, 0));
    wire_expect (wire_client_answer (client, id), "details.reason", reason);
    wire_client_destroy (&client);
    return longest;
}

Test (load, runaway_code_slows_nobody)
{
    static const char *const rows[] = {
        "[true] whileTrue",
        "[[true] whileTrue] on: Exception do: [:e | e retry]",
        "[Transcript showCr: 'flood'] repeat",
        "10 timesRepeat: [[[true] whileTrue] fork]. [true] whileTrue",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        long longest = s_run_away (rows[i], 1500, "timeout");
        cr_expect_lt (longest, PATIENCE_MS, "%s: a ping took %ld ms", rows[i], longest);
    }
}

Test (load, code_that_eats_memory_is_ended_and_everybody_is_answered)
{
    /* Collecting a heap of hundreds of MB takes its time, in which nothing else is done. */
    long before = image_resident_kb (&image);
    s_run_away ("| b | b := nil. b := [:n | (b value: n + 1) + 1]. b value: 1", 200000, "memory");
    s_run_away ("| c | c := OrderedCollection new. [c add: (Array new: 1000)] repeat", 200000,
                "memory");
    s_expect_grown_below (before, 700000, "code that eats memory, twice");
    wire_do (witness, NULL, "3"); /* after the collection that follows the answer */
    s_expect_quick_pings (50, "afterwards");
}

/* ---- floods ---- */

Test (load, a_flood_of_requests_slows_nobody)
{
    enum { PEERS = 4, REQUESTS = 5000 };
    static const char ping[] = "{\"id\":\"a\",\"command\":\"ping\",\"parameters\":{}}";
    int fds[PEERS];
    for (int i = 0; i < PEERS; i++) {
        fds[i] = raw_connect (image.port, 0);
        raw_shake_hands (fds[i]);
    }
    long before = image_resident_kb (&image);
    for (int k = 0; k < REQUESTS; k++) {
        for (int i = 0; i < PEERS; i++) {
            cr_assert (raw_send (fds[i], ping, sizeof ping - 1));
            raw_drain (fds[i]);
        }
        if (k % 50 == 0)
            s_expect_quick_pings (1, "a flood of pings");
    }
    s_expect_grown_below (before, 40000, "20,000 pings");
    for (int i = 0; i < PEERS; i++)
        close (fds[i]);
}

Test (load, long_messages_of_one_client_do_not_hold_up_the_pings_of_another)
{
    size_t size = 4000000;
    char *body = malloc (size + 200);
    int used = sprintf (body, "{\"id\":\"long\",\"command\":\"create_session\",\"parameters\":"
                              "{\"client_id\":\"long\",\"state_data\":{\"text\":[");
    for (size_t i = used; i < size; i += 2)
        memcpy (body + i, "1,", 2);
    strcpy (body + size, "1]}}}");
    struct wire_client *client = wire_client_new (image.port);
    long before = image_resident_kb (&image);
    for (int i = 0; i < 3; i++) {
        wire_client_send_bytes (client, body, strlen (body));
        while (!wire_client_poll (client, 0))
            s_expect_quick_pings (1, "a message of 4 MB");
        wire_expect (wire_client_answer (client, "long"), "status", "success");
    }
    s_expect_grown_below (before, 200000, "three sessions of 4 MB");
    free (body);
    wire_client_destroy (&client);
}

Test (load, a_client_that_only_opens_and_closes_connections_leaves_nothing_behind)
{
    long before = 0;
    for (int i = 0; i < 1000; i++) {
        int fd = raw_connect (image.port, 0);
        if (i % 3 == 0)
            raw_shake_hands (fd);
        close (fd);
        if (i % 50 == 0)
            s_expect_quick_pings (1, "connections that come and go");
        if (i == 200)
            before = image_resident_kb (&image);
    }
    s_await_connections (1);
    s_expect_grown_below (before, 20000, "800 connections");
}

/* ---- peers that do nothing ---- */

Test (load, silent_connections_are_dropped_after_ten_seconds_and_hold_up_nobody)
{
    enum { COUNT = 255 };
    int fds[COUNT];
    for (int i = 0; i < COUNT; i++)
        fds[i] = raw_connect (image.port, 0);
    long begun = wire_now_ms ();
    s_await_connections (COUNT + 1);
    /* There is no place for one more. */
    int more = raw_connect (image.port, 0);
    cr_expect (raw_await_close (more));
    close (more);
    s_expect_quick_pings (200, "255 silent connections");
    for (int i = 0; i < COUNT; i++)
        cr_assert (raw_await_close (fds[i]), "connection %d", i);
    cr_expect_geq (wire_now_ms () - begun, 9000);
    for (int i = 0; i < COUNT; i++)
        close (fds[i]);
    s_await_connections (1);
    struct wire_client *late = wire_claimed (&image, WIRE_CLIENT_A);
    wire_client_destroy (&late);
}

Test (load, messages_that_stop_in_the_middle_are_given_up_and_bounded)
{
    enum { COUNT = 60, SENT = 2000000 };
    static const unsigned char head[] = {1, 0, 2, 0, 0, 0, 0, 0, 0x90, 0, 0};
    int fds[COUNT];
    char *bytes = calloc (1, SENT);
    long before = image_resident_kb (&image);
    for (int i = 0; i < COUNT; i++) {
        fds[i] = raw_connect (image.port, 0);
        raw_shake_hands (fds[i]);
        cr_assert (raw_write (fds[i], head, sizeof head));
        raw_write (fds[i], bytes, SENT); /* the image may have closed: there is no room for all */
        if (i % 5 == 0)
            s_expect_quick_pings (1, "halves of messages");
    }
    s_expect_grown_below (before, 200000, "60 halves of messages of 9 MB");
    for (int i = 0; i < COUNT; i++)
        cr_assert (raw_await_close (fds[i]), "connection %d", i);
    for (int i = 0; i < COUNT; i++)
        close (fds[i]);
    s_await_connections (1);
    /* What they held is free for others. */
    cJSON *parameters = wire_json ("{'client_id':'x'}");
    memset (bytes, 'x', SENT - 1);
    cJSON_AddStringToObject (cJSON_AddObjectToObject (parameters, "state_data"), "text", bytes);
    wire_expect (wire_client_call (witness, "create_session", parameters), "status", "success");
    free (bytes);
}

Test (load, a_client_that_stops_reading_is_dropped_and_holds_up_nobody)
{
    static const char subscribe[] =
        "{\"id\":\"0189\",\"command\":\"subscribe\",\"parameters\":{\"events\":[\"transcript\"]}}";
    static const char hello[] =
        "{\"id\":\"1\",\"command\":\"hello\",\"parameters\":{\"client_id\":\"" WIRE_CLIENT_A
        "\",\"protocol\":\"1.1\",\"client_epoch\":{\"generation\":1,\"counter\":1}}}";
    int fd = raw_connect (image.port, 4096);
    raw_shake_hands (fd);
    cr_assert (raw_send (fd, hello, sizeof hello - 1));
    cr_assert (raw_send (fd, subscribe, sizeof subscribe - 1));
    /* More than the kernel keeps for a peer. */
    char id[WIRE_ID_SIZE];
    cJSON *parameters = cJSON_CreateObject ();
    cJSON_AddStringToObject (parameters, "code",
                             "150 timesRepeat: [Transcript showCr: (String new: 60000 withAll: "
                             "$x). (Delay forMilliseconds: 10) wait]");
    long before = image_resident_kb (&image);
    wire_client_send (witness, "evaluate", parameters, id);
    do
        s_expect_quick_pings (1, "a subscriber that does not read");
    while (!wire_client_poll (witness, 0));
    wire_expect (wire_client_answer (witness, id), "status", "success");
    s_expect_grown_below (before, 60000, "9 MB of transcript for a deaf one");
    s_await_connections (1); /* 10 s after it took the last byte */
    cr_expect (raw_await_close (fd));
    close (fd);
}

Test (load, the_kernel_looks_after_peers_that_go_without_a_word)
{
    int fd = raw_connect (image.port, 0);
    raw_shake_hands (fd);
    char path[64], line[512], local[32];
    snprintf (path, sizeof path, "/proc/%d/net/tcp", (int) image.pid);
    snprintf (local, sizeof local, "0100007F:%04X", (unsigned) image.port);
    int kept = 0, connected = 0;
    /* While something is unacknowledged another timer is shown. */
    for (long begun = wire_now_ms (); kept < 2 && wire_now_ms () - begun < 10000;) {
        kept = connected = 0;
        FILE *file = fopen (path, "r");
        while (fgets (line, sizeof line, file)) {
            char from[32] = "", timer[32] = "";
            unsigned state = 0;
            if (sscanf (line, " %*d: %31s %*s %x %*s %31s", from, &state, timer) == 3 && state == 1
                && strcmp (from, local) == 0) {
                connected++;
                kept += strncmp (timer, "02:", 3) == 0;
            }
        }
        fclose (file);
    }
    cr_expect_eq (connected, 2);
    cr_expect_eq (kept, 2, "%d of %d have a keepalive timer", kept, connected);
    close (fd);
}
