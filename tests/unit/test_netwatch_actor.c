/* test_netwatch_actor.c: the netwatch actor with a name server that the test plays itself, on
 * loopback, datagram by datagram. */

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actors/netwatch.h"
#include "runtime/json.h"
#include "support/scratch.h"
#include "support/switchboard.h"

static struct switchboard board;
static zactor_t *actor;
static int server;
static char servers[64];

enum { PATIENT_MS = 20000, SHORT_MS = 50 };

static void
setup (void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl (INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    server = socket (AF_INET, SOCK_DGRAM, 0);
    cr_assert_eq (bind (server, (struct sockaddr *) &address, size), 0);
    cr_assert_eq (getsockname (server, (struct sockaddr *) &address, &size), 0);
    snprintf (servers, sizeof servers, "127.0.0.1:%d", ntohs (address.sin_port));
    switchboard_open (&board);
}

static void
start (int timeout_ms)
{
    struct netwatch_args args = {.servers = servers, .timeout_ms = timeout_ms};
    actor = switchboard_start (&board, netwatch_actor, "netwatch", &args);
}

static void
teardown (void)
{
    switchboard_stop (&board, &actor);
    switchboard_close (&board);
    close (server);
}

/* ---- the name server ---- */

enum { TYPE_A = 1, TYPE_AAAA = 28, CODE_OK = 0, CODE_NO_NAME = 3 };

/* Takes one question and answers with CODE, and 10.1.2.3 where an A record was asked for. */
static void
serve_one (int code)
{
    unsigned char packet[600];
    struct sockaddr_in peer;
    socklen_t size = sizeof peer;
    struct pollfd ready = {.fd = server, .events = POLLIN};
    cr_assert_eq (poll (&ready, 1, SWITCHBOARD_PATIENCE_MS), 1, "no question came");
    ssize_t got = recvfrom (server, packet, 512, 0, (struct sockaddr *) &peer, &size);
    cr_assert_gt (got, 12);
    size_t end = 12;
    while (packet[end] != 0)
        end += packet[end] + 1u;
    int type = packet[end + 1] << 8 | packet[end + 2];
    end += 5; /* the root label, type and class */
    bool found = code == CODE_OK && type == TYPE_A;
    packet[2] |= 0x80;                         /* a response, */
    packet[3] = (unsigned char) (0x80 | code); /* of one that recurses */
    memset (packet + 6, 0, 6);
    packet[7] = found;
    static const unsigned char record[] = {0xc0, 12, 0, TYPE_A, 0,  1, 0, 0,
                                           0,    60, 0, 4,      10, 1, 2, 3};
    if (found)
        memcpy (packet + end, record, sizeof record);
    end += found ? sizeof record : 0;
    sendto (server, packet, end, 0, (struct sockaddr *) &peer, size);
}

static bool
server_was_asked (void)
{
    char byte;
    return recv (server, &byte, 1, MSG_DONTWAIT | MSG_PEEK) >= 0 || errno != EAGAIN;
}

/* ---- asking ---- */

static void
send_resolve (uint64_t ref, const char *host)
{
    struct msg *request = msg_new ("image/one#1", MSG_RESOLVE, ref, host);
    switchboard_send (&board, "netwatch", &request);
}

/* The next answer is to REF: these addresses, or an error of this word. */
static void
expect (uint64_t ref, const char *addresses_or_word)
{
    struct msg *answer = switchboard_poll (&board, SWITCHBOARD_PATIENCE_MS);
    cr_assert_not_null (answer, "no answer came");
    cr_assert_eq (answer->ref, ref);
    cr_assert_str_eq (answer->peer, "image/one#1");
    cr_assert_str_eq (msg_text (answer, 0), addresses_or_word);
    if (answer->verb == MSG_ERROR)
        cr_assert_gt (strlen (msg_text (answer, 1)), 20, "no sentence");
    msg_destroy (&answer);
}

Test (netwatch_actor, answers_numeric_hosts_at_once_and_asks_nobody, .init = setup,
      .fini = teardown)
{
    start (PATIENT_MS);
    send_resolve (1, "192.0.2.1");
    expect (1, "{\"addresses\":[\"192.0.2.1\"]}");
    send_resolve (2, "2001:db8::1");
    expect (2, "{\"addresses\":[\"2001:db8::1\"]}");
    send_resolve (3, "fe80::1%lo");
    expect (3, "{\"addresses\":[\"fe80::1%lo\"]}");
    cr_assert_not (server_was_asked ());
}

Test (netwatch_actor, looks_into_the_hosts_file_first, .init = setup, .fini = teardown)
{
    start (PATIENT_MS);
    send_resolve (1, "localhost");
    struct msg *answer = switchboard_expect (&board, MSG_OK);
    struct json *result = json_parse_text (msg_text (answer, 0));
    const struct json *addresses = json_get (result, "addresses");
    bool found = false;
    for (const struct json *one = json_first (addresses); one; one = json_next (one))
        found |= strcmp (json_text (one), "127.0.0.1") == 0;
    cr_assert (found, "%s", msg_text (answer, 0));
    json_destroy (&result);
    msg_destroy (&answer);
    cr_assert_not (server_was_asked ());
}

Test (netwatch_actor, asks_the_name_server, .init = setup, .fini = teardown)
{
    start (PATIENT_MS);
    send_resolve (1, "one.stui.test");
    serve_one (CODE_OK);
    serve_one (CODE_OK);
    expect (1, "{\"addresses\":[\"10.1.2.3\"]}");
}

Test (netwatch_actor, asks_once_for_equal_names_asked_for_at_the_same_time, .init = setup,
      .fini = teardown)
{
    start (PATIENT_MS);
    send_resolve (1, "one.stui.test");
    send_resolve (2, "ONE.stui.test");
    send_resolve (3, "one.stui.test");
    send_resolve (4, "127.0.0.1");
    expect (4, "{\"addresses\":[\"127.0.0.1\"]}"); /* the others were taken before it */
    serve_one (CODE_OK);
    serve_one (CODE_OK); /* one for A, one for AAAA */
    for (uint64_t ref = 1; ref <= 3; ref++)
        expect (ref, "{\"addresses\":[\"10.1.2.3\"]}");
    cr_assert_not (server_was_asked ());
}

Test (netwatch_actor, says_that_a_name_is_not_known, .init = setup, .fini = teardown)
{
    start (PATIENT_MS);
    send_resolve (1, "no.stui.test.");
    serve_one (CODE_NO_NAME);
    serve_one (CODE_NO_NAME);
    expect (1, "NotFound");
}

Test (netwatch_actor, says_that_no_name_server_answered, .init = setup, .fini = teardown)
{
    start (SHORT_MS);
    send_resolve (1, "slow.stui.test.");
    expect (1, "Timeout");
    cr_assert (server_was_asked ());
}

Test (netwatch_actor, refuses_what_cannot_be_a_name, .init = setup, .fini = teardown)
{
    start (SHORT_MS);
    send_resolve (1, "");
    expect (1, "NotFound");
    send_resolve (2, "a..b");
    expect (2, "NotFound");
}

Test (netwatch_actor, refuses_more_questions_than_it_keeps, .init = setup, .fini = teardown)
{
    start (PATIENT_MS);
    for (uint64_t ref = 1; ref <= NETWATCH_WAITING_MAX; ref++)
        send_resolve (ref, "slow.stui.test.");
    send_resolve (NETWATCH_WAITING_MAX + 1, "slow.stui.test.");
    expect (NETWATCH_WAITING_MAX + 1, "QueueFull");
}

Test (netwatch_actor, ends_in_time_with_questions_open, .init = setup, .fini = teardown)
{
    start (PATIENT_MS);
    send_resolve (1, "slow.stui.test.");
    serve_one (CODE_OK); /* it is being asked; the other question stays open */
}

/* ---- SSH tunnels ---- */

/* Symptom: sockets were made below a directory that others may write to, /tmp/stui-UID of another user. */
Test (netwatch_actor, no_tunnel_begins_below_a_directory_that_others_may_write_to, .init = setup,
      .fini = teardown)
{
    char scratch[SCRATCH_SIZE], directory[SCRATCH_SIZE + 16];
    scratch_open (scratch);
    chmod (scratch, 0777);
    snprintf (directory, sizeof directory, "%s/p.ssh", scratch);
    setenv ("STUI_SSH", "/bin/false", 1);
    struct netwatch_args args = {
        .servers = servers, .timeout_ms = PATIENT_MS, .tunnels = directory};
    actor = switchboard_start (&board, netwatch_actor, "netwatch", &args);
    struct msg *ask =
        msg_new ("image/one#1", MSG_TUNNEL, 1, "gate", "tcp://127.0.0.1:1", (uint64_t) 1);
    switchboard_send (&board, "netwatch", &ask);
    struct msg *answer = switchboard_expect (&board, MSG_ERROR);
    cr_assert_eq (answer->ref, 1);
    cr_assert_not_null (strstr (msg_text (answer, 1), "is open to others"), "%s",
                        msg_text (answer, 1));
    cr_assert_neq (access (directory, F_OK), 0);
    msg_destroy (&answer);
    scratch_close (scratch);
}
