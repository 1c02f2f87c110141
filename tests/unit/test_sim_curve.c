/* test_sim_curve.c: libzmq's own CURVE client against a simulated image's side, over a connection of
 * loopback; and peers that cut, alter or repeat what it said. */

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#include "runtime/alloc.h"
#include "runtime/z85.h"
#include "sim/sim_zmtp.h"

enum { GUARD_MS = 30000, NONE = -1 };

static struct sim_curve_keys keys;
static void *context, *client;
static int listener = NONE, fd = NONE;
static struct sim_zmtp peer;
static struct sim_bytes out, heard; /* heard: all that the client has sent */
static struct sim_zmtp_message message;
static size_t piece = 65536; /* bytes of the client's that are fed at once */
static long altered = NONE;  /* which of them arrives as another one */
static size_t messages;

/* A client that takes SERVER_KEY for ours, on a connection of its own. */
static void
dial (const char *server_key, int heartbeat_ms)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl (INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    char public_key[Z85_KEY_CHARACTERS + 1], secret_key[Z85_KEY_CHARACTERS + 1], endpoint[64];
    int zero = 0, never = -1;
    listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq (bind (listener, (struct sockaddr *) &address, size), 0);
    cr_assert_eq (listen (listener, 4), 0);
    getsockname (listener, (struct sockaddr *) &address, &size);
    client = zmq_socket (context, ZMQ_DEALER);
    zmq_curve_keypair (public_key, secret_key);
    zmq_setsockopt (client, ZMQ_LINGER, &zero, sizeof zero);
    zmq_setsockopt (client, ZMQ_RECONNECT_IVL, &never, sizeof never);
    zmq_setsockopt (client, ZMQ_HEARTBEAT_IVL, &heartbeat_ms, sizeof heartbeat_ms);
    zmq_setsockopt (client, ZMQ_CURVE_SERVERKEY, server_key, sizeof public_key);
    zmq_setsockopt (client, ZMQ_CURVE_PUBLICKEY, public_key, sizeof public_key);
    zmq_setsockopt (client, ZMQ_CURVE_SECRETKEY, secret_key, sizeof secret_key);
    snprintf (endpoint, sizeof endpoint, "tcp://127.0.0.1:%d", ntohs (address.sin_port));
    cr_assert_eq (zmq_connect (client, endpoint), 0);
    fd = accept (listener, NULL, NULL);
    cr_assert_geq (fd, 0);
    peer = (struct sim_zmtp){.keys = &keys};
    sim_zmtp_greet (&out);
}

static void
hang_up (void)
{
    if (client)
        zmq_close (client);
    if (fd != NONE)
        close (fd);
    if (listener != NONE)
        close (listener);
    client = NULL;
    fd = listener = NONE;
    sim_zmtp_fini (&peer);
    sim_bytes_fini (&out);
    sim_bytes_fini (&heard);
    messages = 0;
    altered = NONE;
}

static void
setup (void)
{
    context = zmq_ctx_new ();
    crypt_box_pair (keys.public_key, keys.secret_key);
}

static void
teardown (void)
{
    hang_up ();
    zmq_ctx_term (context);
}

TestSuite (sim_curve, .init = setup, .fini = teardown, .timeout = 60);

static void
dial_rightly (void)
{
    char text[Z85_KEY_CHARACTERS + 1];
    z85_from_key (keys.public_key, text);
    dial (text, 0);
}

/* Takes apart what was fed; echoes each message. */
static enum sim_zmtp_item
take_all (void)
{
    enum sim_zmtp_item item;
    while ((item = sim_zmtp_take (&peer, &message, &out)) == SIM_ZMTP_MESSAGE) {
        messages++;
        sim_zmtp_send (&peer, &out, message.envelope, message.envelope_size, message.body,
                       message.size);
    }
    return item;
}

/* Feeds SIZE bytes in pieces. */
static enum sim_zmtp_item
feed (const char *bytes, size_t size)
{
    enum sim_zmtp_item item = SIM_ZMTP_MORE;
    for (size_t at = 0; at < size && item == SIM_ZMTP_MORE; at += piece) {
        sim_zmtp_feed (&peer, bytes + at, size - at < piece ? size - at : piece);
        item = take_all ();
    }
    return item;
}

static void
flush (void)
{
    size_t written = 0;
    while (written < out.size) {
        ssize_t count = send (fd, out.bytes + written, out.size - written, MSG_NOSIGNAL);
        cr_assert_gt (count, 0);
        written += (size_t) count;
    }
    sim_bytes_fini (&out);
}

/* Carries bytes both ways until WANTED messages have come, or something else than MORE is to be said;
 * ERROR also when the client hangs up. */
static enum sim_zmtp_item
carry (size_t wanted)
{
    enum sim_zmtp_item item = SIM_ZMTP_MORE;
    while (item == SIM_ZMTP_MORE && messages < wanted) {
        char bytes[65536];
        struct pollfd ready = {fd, POLLIN, 0};
        flush ();
        cr_assert_gt (poll (&ready, 1, GUARD_MS), 0, "the client says nothing");
        ssize_t count = recv (fd, bytes, sizeof bytes, 0);
        if (count <= 0)
            return SIM_ZMTP_ERROR;
        long at = altered - (long) heard.size;
        sim_bytes_append (&heard, bytes, (size_t) count);
        if (altered != NONE && at >= 0 && at < count)
            bytes[at] ^= 0x40;
        item = feed (bytes, (size_t) count);
    }
    flush ();
    return item;
}

static void
expect_echo (const char *text, size_t size)
{
    char *back = stui_alloc (size + 1);
    cr_assert_eq (zmq_recv (client, back, size + 1, 0), 0, "the delimiter");
    cr_assert_eq (zmq_recv (client, back, size + 1, 0), (int) size);
    cr_assert_arr_eq (back, text, size);
    free (back);
}

static void
say (const char *text, size_t size)
{
    zmq_send (client, "", 0, ZMQ_SNDMORE);
    cr_assert_eq (zmq_send (client, text, size, 0), (int) size);
}

/* ---- With libzmq ----------------------------------------------------------------------------- */

Test (sim_curve, a_client_of_libzmq_is_answered)
{
    dial_rightly ();
    say ("{\"id\":1}", 8);
    cr_assert_eq (carry (1), SIM_ZMTP_MORE);
    cr_assert_eq (message.envelope_size, 2);
    expect_echo ("{\"id\":1}", 8);
    cr_assert_null (memmem (heard.bytes, heard.size, "\"id\"", 4), "it went in plain");
}

Test (sim_curve, long_messages_and_single_bytes)
{
    enum { LONG = 300000 };
    char *text = stui_alloc (LONG);
    memset (text, 'x', LONG);
    dial_rightly ();
    piece = 1;
    for (size_t round = 1; round <= 3; round++) {
        size_t size = round == 2 ? LONG : 200 + round; /* 200: with and without long lengths */
        say (text, size);
        cr_assert_eq (carry (round), SIM_ZMTP_MORE);
        expect_echo (text, size);
    }
    cr_assert_null (peer.in.bytes, "an idle peer keeps a buffer");
    cr_assert_null (peer.sealed.bytes, "an idle peer keeps a buffer");
    free (text);
}

/* libzmq closes when its PING is not answered in time: then no message comes any more. */
Test (sim_curve, heartbeats_are_answered)
{
    char text[Z85_KEY_CHARACTERS + 1];
    z85_from_key (keys.public_key, text);
    dial (text, 50);
    say ("1", 1);
    cr_assert_eq (carry (1), SIM_ZMTP_MORE);
    size_t before = heard.size;
    while (heard.size < before + 400) { /* several PINGs */
        char bytes[4096];
        ssize_t count = recv (fd, bytes, sizeof bytes, 0);
        cr_assert_gt (count, 0, "the client has hung up");
        sim_bytes_append (&heard, bytes, (size_t) count);
        cr_assert_eq (feed (bytes, (size_t) count), SIM_ZMTP_MORE);
        flush ();
    }
}

Test (sim_curve, a_body_too_large_is_told)
{
    size_t size = STUI_MESSAGE_MAX + 1;
    char *text = stui_alloc (size);
    dial_rightly ();
    say (text, size);
    cr_assert_eq (carry (1), SIM_ZMTP_TOO_LARGE);
    cr_assert_eq (peer.too_large, size);
    free (text);
}

Test (sim_curve, a_frame_that_nobody_should_send_is_an_error)
{
    size_t size = STUI_RECEIVE_MAX + 1;
    char *text = stui_alloc (size);
    dial_rightly ();
    say (text, size);
    cr_assert_eq (carry (1), SIM_ZMTP_ERROR);
    free (text);
}

/* What the client's monitor says last of the handshake: its event. */
static unsigned
monitored (void *monitor)
{
    unsigned char event[6];
    char address[256];
    uint16_t number;
    int guard_ms = GUARD_MS;
    zmq_setsockopt (monitor, ZMQ_RCVTIMEO, &guard_ms, sizeof guard_ms);
    cr_assert_eq (zmq_recv (monitor, event, sizeof event, 0), 6);
    zmq_recv (monitor, address, sizeof address, 0);
    memcpy (&number, event, sizeof number);
    return number;
}

Test (sim_curve, a_client_with_another_key_is_told_so)
{
    unsigned char other_public[CRYPT_BOX_KEY_BYTES], other_secret[CRYPT_BOX_KEY_BYTES];
    char text[Z85_KEY_CHARACTERS + 1];
    crypt_box_pair (other_public, other_secret);
    z85_from_key (other_public, text);
    dial (text, 0);
    zmq_socket_monitor (client, "inproc://monitor", ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
    void *monitor = zmq_socket (context, ZMQ_PAIR);
    zmq_connect (monitor, "inproc://monitor");
    cr_assert_eq (carry (1), SIM_ZMTP_DISMISSED);
    cr_assert_eq (monitored (monitor), ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
    zmq_socket_monitor (client, NULL, 0);
    zmq_close (monitor);
}

/* ---- Other mechanisms ------------------------------------------------------------------------ */

static void
expect_dismissed (const struct sim_curve_keys *ours, const char *theirs, const char *told)
{
    char greeting[64] = {[0] = (char) 0xFF, [9] = 0x7F, [10] = 3};
    memcpy (greeting + 12, theirs, strlen (theirs));
    peer = (struct sim_zmtp){.keys = ours};
    sim_zmtp_feed (&peer, greeting, sizeof greeting);
    cr_expect_eq (sim_zmtp_take (&peer, &message, &out), SIM_ZMTP_DISMISSED, "%s", theirs);
    cr_expect_eq (out.size, 52);
    cr_expect_str_eq (out.bytes, told);
    cr_expect_eq (sim_zmtp_take (&peer, &message, &out), SIM_ZMTP_ERROR);
    sim_zmtp_fini (&peer);
    sim_bytes_fini (&out);
}

Test (sim_curve, who_speaks_another_mechanism_is_told_ours)
{
    expect_dismissed (&keys, "NULL", "CURVE");
    expect_dismissed (&keys, "PLAIN", "CURVE");
    expect_dismissed (NULL, "CURVE", "NULL");
    expect_dismissed (NULL, "GSSAPI", "NULL");
}

/* ---- Hostile peers --------------------------------------------------------------------------- */

/* All that a client of libzmq sends until its first message has come. Caller frees. */
static struct sim_bytes
record (void)
{
    dial_rightly ();
    say ("{\"id\":1}", 8);
    cr_assert_eq (carry (1), SIM_ZMTP_MORE);
    struct sim_bytes all = heard;
    heard = (struct sim_bytes){0};
    hang_up ();
    return all;
}

Test (sim_curve, a_handshake_sent_again_lets_nobody_in)
{
    struct sim_bytes all = record ();
    peer = (struct sim_zmtp){.keys = &keys};
    cr_expect_eq (feed (all.bytes, all.size), SIM_ZMTP_ERROR);
    cr_expect_eq (messages, 0);
    sim_bytes_fini (&all);
}

Test (sim_curve, a_handshake_that_is_cut_waits_and_lets_nobody_in)
{
    struct sim_bytes all = record ();
    size_t hello_end = 64 + 2 + 200;
    for (size_t size = 0; size <= hello_end; size++) {
        peer = (struct sim_zmtp){.keys = &keys};
        cr_expect_eq (feed (all.bytes, size), SIM_ZMTP_MORE, "%zu", size);
        cr_expect_lt (peer.phase, SIM_ZMTP_OPEN);
        sim_zmtp_fini (&peer);
        sim_bytes_fini (&out);
    }
    sim_bytes_fini (&all);
}

/* Every byte of HELLO that CURVE has a meaning for, and of the first frames behind it in steps; each
 * with a handshake of its own, since nothing that was recorded opens. */
Test (sim_curve, a_byte_that_was_altered_on_the_way_lets_nobody_in)
{
    struct sim_bytes all = record ();
    size_t hello = 64 + 2, padding = hello + 8, key = padding + 72, end = all.size;
    sim_bytes_fini (&all);
    for (size_t at = hello; at < end; at += at < key + 8 ? 5 : 11) {
        if (at >= padding && at < key)
            continue; /* zeros that nobody looks at */
        dial_rightly ();
        say ("{\"id\":1}", 8);
        altered = (long) at;
        enum sim_zmtp_item item = carry (1);
        cr_expect (item == SIM_ZMTP_ERROR || item == SIM_ZMTP_DISMISSED, "byte %zu", at);
        cr_expect_eq (messages, 0, "byte %zu", at);
        hang_up ();
    }
}

/* A message that was recorded on this very connection, and is sent again on it. */
Test (sim_curve, a_message_sent_again_is_an_error)
{
    dial_rightly ();
    say ("{\"id\":1}", 8);
    cr_assert_eq (carry (1), SIM_ZMTP_MORE);
    size_t before = heard.size;
    say ("{\"id\":2}", 8);
    cr_assert_eq (carry (2), SIM_ZMTP_MORE);
    cr_assert_eq (feed (heard.bytes + before, heard.size - before), SIM_ZMTP_ERROR);
    cr_assert_eq (messages, 2);
}

Test (sim_curve, what_goes_in_plain_after_the_handshake_is_an_error)
{
    dial_rightly ();
    say ("{\"id\":1}", 8);
    cr_assert_eq (carry (1), SIM_ZMTP_MORE);
    cr_assert_eq (feed ("\1\0\0\10{\"id\":2}", 12), SIM_ZMTP_ERROR);
    cr_assert_eq (messages, 1);
}
