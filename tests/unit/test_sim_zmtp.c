/* test_sim_zmtp.c: bytes of a peer to messages, however they are cut, and whatever they are. */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/random.h"
#include "sim/sim_zmtp.h"

#define READY "\4\51\5READY\13Socket-Type\0\0\0\6DEALER\10Identity\0\0\0\0"

static struct sim_zmtp peer;
static struct sim_bytes out;
static struct sim_zmtp_message message;

static void
teardown (void)
{
    sim_zmtp_fini (&peer);
    sim_bytes_fini (&out);
}

TestSuite (sim_zmtp, .fini = teardown);

/* A peer's greeting. */
static void
greet (struct sim_bytes *to, const char *mechanism)
{
    char greeting[64] = {[0] = (char) 0xFF, [9] = 0x7F, [10] = 3};
    memcpy (greeting + 12, mechanism, strlen (mechanism));
    sim_bytes_append (to, greeting, sizeof greeting);
}

static void
shake_hands (void)
{
    struct sim_bytes greeting = {0};
    greet (&greeting, "NULL");
    sim_zmtp_feed (&peer, greeting.bytes, greeting.size);
    sim_zmtp_feed (&peer, READY, sizeof READY - 1);
    cr_assert_eq (sim_zmtp_take (&peer, &message, &out), SIM_ZMTP_MORE);
    cr_assert_eq (peer.phase, SIM_ZMTP_OPEN);
    sim_bytes_fini (&greeting);
    sim_bytes_fini (&out);
}

Test (sim_zmtp, shakes_hands_and_says_it_is_a_router)
{
    struct sim_bytes greeting = {0};
    sim_zmtp_greet (&out);
    greet (&greeting, "NULL");
    sim_zmtp_feed (&peer, greeting.bytes, greeting.size);
    cr_assert_eq (sim_zmtp_take (&peer, &message, &out), SIM_ZMTP_MORE);
    cr_assert_arr_eq (out.bytes + 12, "NULL", 5);
    cr_assert_not_null (memmem (out.bytes, out.size, "ROUTER", 6));
    cr_assert_eq ((size_t) out.bytes[64 + 1], out.size - 64 - 2);
    sim_bytes_fini (&greeting);
}

Test (sim_zmtp, takes_messages_with_their_envelope)
{
    shake_hands ();
    sim_zmtp_feed (&peer, "\1\0\0\3abc\1\2xy\1\0\0\1z", 16);
    cr_assert_eq (sim_zmtp_take (&peer, &message, &out), SIM_ZMTP_MESSAGE);
    cr_assert_eq (message.size, 3);
    cr_assert_arr_eq (message.body, "abc", 3);
    cr_assert_eq (message.envelope_size, 2);
    cr_assert_eq (sim_zmtp_take (&peer, &message, &out), SIM_ZMTP_MESSAGE);
    cr_assert_eq (message.envelope_size, 6);
    cr_assert_arr_eq (message.envelope, "\1\2xy\1\0", 6);
    cr_assert_eq (sim_zmtp_take (&peer, &message, &out), SIM_ZMTP_MORE);
    cr_assert_null (peer.in.bytes, "an idle peer keeps a buffer");
}

Test (sim_zmtp, one_byte_at_a_time_is_enough)
{
    struct sim_bytes all = {0};
    char *text = stui_alloc (1001);
    memset (text, 'x', 1000);
    greet (&all, "NULL");
    sim_bytes_append (&all, READY, sizeof READY - 1);
    sim_zmtp_write (&all, NULL, 0, text, 1000);
    size_t messages = 0;
    for (size_t i = 0; i < all.size; i++) {
        sim_zmtp_feed (&peer, all.bytes + i, 1);
        enum sim_zmtp_item item = sim_zmtp_take (&peer, &message, &out);
        cr_assert_neq (item, SIM_ZMTP_ERROR);
        messages += item == SIM_ZMTP_MESSAGE && message.size == 1000;
    }
    cr_assert_eq (messages, 1);
    sim_bytes_fini (&all);
    free (text);
}

Test (sim_zmtp, answers_a_ping_with_its_context)
{
    shake_hands ();
    sim_zmtp_feed (&peer, "\4\12\4PING\0\1ctx", 12);
    cr_assert_eq (sim_zmtp_take (&peer, &message, &out), SIM_ZMTP_MORE);
    cr_assert_eq (out.size, 10);
    cr_assert_arr_eq (out.bytes, "\4\10\4PONGctx", 10);
}

Test (sim_zmtp, a_body_too_large_goes_by_without_taking_memory)
{
    static char zeros[65536];
    size_t size = STUI_MESSAGE_MAX + 1;
    unsigned char head[9] = {2};
    for (int i = 8, shift = 0; i > 0; i--, shift += 8)
        head[i] = (unsigned char) (size >> shift);
    shake_hands ();
    sim_zmtp_feed (&peer, "\1\0", 2);
    sim_zmtp_feed (&peer, head, sizeof head);
    sim_zmtp_feed (&peer, "{\"id\"", 5);
    for (size_t left = size - 5; left > 0;) {
        size_t piece = left < sizeof zeros ? left : sizeof zeros;
        cr_assert_eq (sim_zmtp_take (&peer, &message, &out), SIM_ZMTP_MORE);
        sim_zmtp_feed (&peer, zeros, piece);
        cr_assert_lt (peer.in.room, 2 * sizeof zeros);
        left -= piece;
    }
    cr_assert_eq (sim_zmtp_take (&peer, &message, &out), SIM_ZMTP_TOO_LARGE);
    cr_assert_eq (peer.too_large, size);
    cr_assert_eq (message.size, SIM_ZMTP_HEAD_MAX);
    cr_assert_arr_eq (message.body, "{\"id\"", 5);
    cr_assert_eq (message.envelope_size, 2);
    sim_zmtp_feed (&peer, "\1\0\0\3abc", 7);
    cr_assert_eq (sim_zmtp_take (&peer, &message, &out), SIM_ZMTP_MESSAGE);
    cr_assert_eq (message.size, 3);
}

Test (sim_zmtp, of_nothing_nothing_is_taken)
{
    cr_assert_eq (sim_zmtp_take (&peer, &message, &out), SIM_ZMTP_MORE);
    cr_assert_eq (out.size, 0);
}

Test (sim_zmtp, what_speaks_something_else_is_an_error)
{
    static const struct {
        const char *bytes;
        size_t size;
    } strangers[] = {
        {"GET / HTTP/1.1\r\n\r\n", 18},
        {"\377\0\0\0\0\0\0\0\0\1", 10},
    };
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
        sim_zmtp_fini (&peer);
        peer = (struct sim_zmtp){0};
        sim_zmtp_feed (&peer, strangers[i].bytes, strangers[i].size);
        cr_assert_eq (sim_zmtp_take (&peer, &message, &out), SIM_ZMTP_ERROR);
        cr_assert_eq (sim_zmtp_take (&peer, &message, &out), SIM_ZMTP_ERROR);
    }
    sim_zmtp_fini (&peer);
    peer = (struct sim_zmtp){0};
    shake_hands ();
    sim_zmtp_feed (&peer, "\2\377\377\377\377\377\377\377\377", 9);
    cr_assert_eq (sim_zmtp_take (&peer, &message, &out), SIM_ZMTP_ERROR);
}

Test (sim_zmtp, random_bytes_break_nothing)
{
    struct random_source random = {.state = 11};
    for (int round = 0; round < 2000; round++) {
        char bytes[256];
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (char) random_below (&random, round % 2 ? 256 : 8);
        sim_zmtp_fini (&peer);
        peer = (struct sim_zmtp){0};
        shake_hands ();
        sim_zmtp_feed (&peer, bytes, sizeof bytes);
        enum sim_zmtp_item item;
        int items = 0;
        while ((item = sim_zmtp_take (&peer, &message, &out)) == SIM_ZMTP_MESSAGE)
            cr_assert_lt (items++, 256);
        sim_bytes_fini (&out);
    }
}

/* ---- PLAIN --------------------------------------------------------------------------------------- */

#define INITIATE "\4\54\10INITIATE\13Socket-Type\0\0\0\6DEALER\10Identity\0\0\0\0"

static enum sim_zmtp_item
say_hello (const char *hello, size_t size)
{
    struct sim_bytes greeting = {0};
    greet (&greeting, "PLAIN");
    sim_zmtp_feed (&peer, greeting.bytes, greeting.size);
    sim_zmtp_feed (&peer, hello, size);
    sim_bytes_fini (&greeting);
    return sim_zmtp_take (&peer, &message, &out);
}

Test (sim_zmtp, a_plain_peer_with_the_password_is_welcome)
{
    peer.password = "secret";
    cr_assert_eq (say_hello ("\4\21\5HELLO\3you\6secret", 19), SIM_ZMTP_MORE);
    cr_assert_arr_eq (out.bytes, "PLAIN", 6, "the greeting names another mechanism");
    cr_assert_arr_eq (out.bytes + out.size - 10, "\4\10\7WELCOME", 10);
    cr_assert (peer.is_proven);
    sim_zmtp_feed (&peer, INITIATE, sizeof INITIATE - 1);
    cr_assert_eq (sim_zmtp_take (&peer, &message, &out), SIM_ZMTP_MORE);
    cr_assert_eq (peer.phase, SIM_ZMTP_OPEN);
    cr_assert_not_null (memmem (out.bytes, out.size, "\5READY\13Socket-Type\0\0\0\6ROUTER", 28));
    sim_zmtp_feed (&peer, "\1\0\0\3abc", 7);
    cr_assert_eq (sim_zmtp_take (&peer, &message, &out), SIM_ZMTP_MESSAGE);
}

Test (sim_zmtp, a_plain_peer_with_another_password_is_refused)
{
    peer.password = "secret";
    cr_assert_eq (say_hello ("\4\21\5HELLO\3you\6secreT", 19), SIM_ZMTP_REFUSED);
    cr_assert_not (peer.is_proven);
    sim_bytes_fini (&out);
    sim_zmtp_refuse (&out);
    cr_assert_eq (out.size, 28);
    cr_assert_arr_eq (out.bytes, "\4\32\5ERROR\23Invalid credentials", 28);
    sim_zmtp_feed (&peer, INITIATE, sizeof INITIATE - 1);
    cr_assert_eq (sim_zmtp_take (&peer, &message, &out), SIM_ZMTP_ERROR);
}

Test (sim_zmtp, without_a_token_any_password_will_do)
{
    cr_assert_eq (say_hello ("\4\10\5HELLO\0\0", 10), SIM_ZMTP_MORE);
    cr_assert_eq (peer.phase, SIM_ZMTP_INITIATE);
}

Test (sim_zmtp, a_malformed_hello_is_an_error)
{
    static const struct {
        const char *bytes;
        size_t size;
    } hellos[] = {
        {"\4\7\5HELLO\377", 9},    /* a name longer than the frame */
        {"\4\10\5HELLO\0\1", 10},  /* a password longer than the frame */
        {"\4\11\5HELLO\0\0x", 11}, /* something behind it */
        {"\4\6\5READY", 8},        /* of another mechanism */
        {"\0\10\5HELLO\0\0", 10},  /* no command */
    };
    for (size_t i = 0; i < sizeof hellos / sizeof *hellos; i++) {
        sim_zmtp_fini (&peer);
        peer = (struct sim_zmtp){0};
        cr_assert_eq (say_hello (hellos[i].bytes, hellos[i].size), SIM_ZMTP_ERROR, "%zu", i);
    }
}
