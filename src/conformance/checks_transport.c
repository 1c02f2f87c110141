/* checks_transport.c: the section Transport: greetings, mechanisms, commands, frames, envelopes. */

#include <stdlib.h>
#include <string.h>

#include "conformance/parts.h"
#include "runtime/json.h"

enum {
    CLOSE_MS = 5000,      /* for an image to close what it should */
    HANDSHAKE_MS = 10000, /* the page's limit */
    HANDSHAKE_SLACK = 3000,
    WRONG_TOKEN_MS = 1000, /* the page's delay */
};

/* Hello on a line that has shaken hands, for those that know it, else a session command. */
static const struct kit_answer *
greet (struct kit_line *line)
{
    struct kit *kit = line->kit;
    if (kit->is_older)
        return kit_ask (line, "get_session_statistics", "{}");
    return kit_ask_raw (line, NULL, "hello", kit_hello_parameters (kit, kit_client (kit), false));
}

/* Greets with these, and sends NAME with a Socket-Type (NULL: nothing more). */
static struct kit_line *
shake (struct kit *kit, int version, const char *mechanism, const char *socket_type)
{
    struct kit_line *line = kit_dial (kit);
    struct kit_bytes out = {0};
    char greeting[KIT_GREETING_BYTES];
    kit_greeting (greeting, version, mechanism);
    kit_bytes_add (&out, greeting, sizeof greeting);
    if (socket_type)
        kit_ready_put (&out, "READY", socket_type);
    kit_write (line, out.bytes, out.size);
    kit_bytes_fini (&out);
    return line;
}

static void
check_null_handshake (struct kit *kit)
{
    struct kit_line *line = shake (kit, 3, "NULL", "DEALER");
    struct stui_cause cause = {0};
    struct kit_frame frame = {0};
    const char *body = NULL;
    size_t size = 0;
    const char *greeting = kit_read (line, KIT_GREETING_BYTES, KIT_WAIT_MS);
    if (!kit_expect (kit, greeting != NULL, "a greeting of 64 bytes, got none"))
        return;
    kit_expect (kit, kit_greeting_check (greeting, &cause) == 0, "a greeting of ZMTP 3, but %s",
                cause.text);
    kit_expect (kit, strcmp (greeting + 12, "NULL") == 0,
                "the mechanism NULL in the greeting, got '%.20s'", greeting + 12);
    if (!kit_expect (kit, kit_read_frame (line, &frame, KIT_WAIT_MS), "READY, got nothing")
        || !kit_expect (kit, kit_command_is (&frame, "READY", &body, &size),
                        "READY, got another frame"))
        return;
    char *type = kit_property (body, size, "Socket-Type");
    kit_expect (kit, type && (kit->is_older || strcmp (type, "ROUTER") == 0),
                "READY with the Socket-Type ROUTER, got %s", type ? type : "none");
    free (type);
    kit_succeeds (greet (line));
}

static void
check_socket_types (struct kit *kit)
{
    static const char *const types[] = {"DEALER", "REQ", "ROUTER"};
    struct kit_frame frame;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct kit_line *line = shake (kit, 3, "NULL", types[i]);
        kit_read (line, KIT_GREETING_BYTES, KIT_WAIT_MS);
        kit_expect (kit, kit_read_frame (line, &frame, KIT_WAIT_MS),
                    "a peer that is a %s to be taken, got no READY", types[i]);
        kit_succeeds (greet (line));
    }
}

static void
check_low_version (struct kit *kit)
{
    struct kit_line *line = shake (kit, 2, "NULL", NULL);
    kit_expect (kit, kit_closes (line, CLOSE_MS),
                "a peer of ZMTP version 2 to be disconnected, got nothing in %d s",
                CLOSE_MS / 1000);
}

static void
check_strange_mechanism (struct kit *kit)
{
    struct kit_line *line = shake (kit, 3, "NONSENSE", "DEALER");
    kit_expect (kit, kit_closes (line, CLOSE_MS),
                "a peer with the mechanism NONSENSE to be disconnected, got nothing in %d s",
                CLOSE_MS / 1000);
}

static void
check_no_zmtp (struct kit *kit)
{
    static const char text[] = "GET / HTTP/1.1\r\nHost: an image, of all things\r\n\r\n"
                               "...............................................";
    struct kit_line *line = kit_dial (kit);
    kit_write (line, text, sizeof text);
    kit_expect (kit, kit_closes (line, CLOSE_MS),
                "a peer that speaks HTTP to be disconnected, got nothing in %d s", CLOSE_MS / 1000);
}

/* ---- PLAIN ------------------------------------------------------------------------------------------ */

/* Greets with PLAIN and says HELLO with that password. */
static struct kit_line *
plain_hello (struct kit *kit, const char *password)
{
    struct kit_line *line = shake (kit, 3, "PLAIN", NULL);
    struct kit_bytes body = {0}, out = {0};
    char size = (char) strlen (password);
    kit_bytes_add (&body, "\3kit", 4);
    kit_bytes_add (&body, &size, 1);
    kit_bytes_add (&body, password, strlen (password));
    kit_command_put (&out, "HELLO", body.bytes, body.size);
    kit_expect (kit, kit_read (line, KIT_GREETING_BYTES, KIT_WAIT_MS) != NULL,
                "a greeting to a peer with PLAIN, got none");
    kit_write (line, out.bytes, out.size);
    kit_bytes_fini (&body);
    kit_bytes_fini (&out);
    return line;
}

static bool
expect_command (struct kit_line *line, const char *name, const char *after)
{
    struct kit_frame frame = {0};
    const char *body;
    size_t size;
    bool came = kit_read_frame (line, &frame, KIT_WAIT_MS);
    return kit_expect (line->kit, came && kit_command_is (&frame, name, &body, &size),
                       "%s after PLAIN's %s, got %s", name, after,
                       came           ? "another frame"
                       : line->fd < 0 ? "the end of the connection"
                                      : "nothing");
}

static void
check_plain (struct kit *kit)
{
    const char *token = kit->asks_token ? kit_token (kit) : "any";
    if (strlen (token) > 255) {
        kit_skip (kit, "the token is longer than a password can be");
        return;
    }
    struct kit_line *line = plain_hello (kit, token);
    struct kit_bytes out = {0};
    expect_command (line, "WELCOME", "HELLO");
    kit_ready_put (&out, "INITIATE", "DEALER");
    kit_write (line, out.bytes, out.size);
    kit_bytes_fini (&out);
    expect_command (line, "READY", "INITIATE");
    kit_succeeds (kit_ask (line, "hello", "{'client_id':'%s','protocol':'1.1'}", kit_client (kit)));
}

static void
check_plain_wrong (struct kit *kit)
{
    int64_t begun_ms = kit_now_ms ();
    struct kit_line *line = plain_hello (kit, "surely not the token");
    struct kit_frame frame = {0};
    const char *body = "";
    size_t size = 0;
    bool came = kit_read_frame (line, &frame, KIT_WAIT_MS);
    kit_expect (kit, came && kit_command_is (&frame, "ERROR", &body, &size),
                "ERROR after a wrong password, got %s", came ? "another frame" : "nothing");
    if (!kit_goes_on (kit))
        return;
    kit_expect (kit, size == 20 && memcmp (body, "\x13Invalid credentials", 20) == 0,
                "the reason Invalid credentials, got '%.*s'", size > 1 ? (int) size - 1 : 0,
                size > 1 ? body + 1 : "");
    int64_t took_ms = kit_now_ms () - begun_ms;
    kit_expect (kit, took_ms >= WRONG_TOKEN_MS - 50, "it after a second, got it after %lld ms",
                (long long) took_ms);
    kit_expect (kit, kit_closes (line, CLOSE_MS), "the connection to be closed then, got it open");
}

/* ---- commands and frames ------------------------------------------------------------------------------- */

static void
check_ping_pong (struct kit *kit)
{
    struct kit_line *line = kit_connect (kit);
    struct kit_bytes out = {0};
    struct kit_frame frame = {0};
    const char *body = "";
    size_t size = 0;
    kit_command_put (&out, "PING", "\0\144a context", 11);
    kit_write (line, out.bytes, out.size);
    kit_bytes_fini (&out);
    bool came = kit_read_frame (line, &frame, KIT_WAIT_MS);
    if (!kit_expect (kit, came && kit_command_is (&frame, "PONG", &body, &size),
                     "PONG after PING, got %s", came ? "another frame" : "nothing"))
        return;
    kit_expect (kit, size == 9 && memcmp (body, "a context", 9) == 0,
                "PONG to hold the context 'a context', got '%.*s'", (int) size, body);
    kit_succeeds (greet (line));
}

static void
check_strange_command (struct kit *kit)
{
    struct kit_line *line = kit_connect (kit);
    struct kit_bytes out = {0};
    kit_command_put (&out, "WEATHER", "fine", 4);
    kit_write (line, out.bytes, out.size);
    kit_bytes_fini (&out);
    kit_succeeds (greet (line));
}

static void
check_error_command (struct kit *kit)
{
    struct kit_line *line = kit_connect (kit);
    struct kit_bytes out = {0};
    kit_command_put (&out, "ERROR", "\3bad", 4);
    kit_write (line, out.bytes, out.size);
    kit_bytes_fini (&out);
    kit_expect (kit, kit_closes (line, CLOSE_MS),
                "the connection to end after the command ERROR, got it open");
}

/* A request in ENVELOPE's frames comes back in the same. */
static void
expect_envelope (struct kit_line *line, const char *const *envelope, size_t count)
{
    struct kit *kit = line->kit;
    struct kit_bytes out = {0};
    struct kit_frame frame = {0};
    const char *body = kit_request (kit, kit_id (kit), "get_session_statistics", "{}");
    for (size_t i = 0; i < count; i++)
        kit_frame_put (&out, KIT_FRAME_MORE, envelope[i], strlen (envelope[i]));
    kit_frame_put (&out, 0, body, strlen (body));
    kit_write (line, out.bytes, out.size);
    kit_bytes_fini (&out);
    for (size_t i = 0; i <= count && kit_goes_on (kit); i++) {
        if (!kit_expect (kit, kit_read_frame (line, &frame, KIT_WAIT_MS),
                         "an answer in an envelope of %zu frames, got %zu frames of it", count, i))
            return;
        bool more = frame.flags & KIT_FRAME_MORE;
        kit_expect (kit, more == (i < count), "an envelope of %zu frames before the answer, got %s",
                    count, more ? "more" : kit_text (kit, "%zu", i));
        if (kit_goes_on (kit) && i < count)
            kit_expect (kit,
                        frame.size == strlen (envelope[i])
                            && memcmp (frame.bytes, envelope[i], frame.size) == 0,
                        "frame %zu of the envelope as it was sent (%s), got '%.*s'", i, envelope[i],
                        (int) frame.size, frame.bytes);
    }
}

static void
check_envelope (struct kit *kit)
{
    static const char *const short_one[] = {""}, *const long_one[] = {"one", "two", ""};
    struct kit_line *line = kit_connect (kit);
    kit_succeeds (greet (line));
    expect_envelope (line, short_one, 1);
    expect_envelope (line, long_one, 3);
}

static void
check_long_length (struct kit *kit)
{
    struct kit_line *line = kit_connect (kit);
    struct kit_bytes out = {0};
    const char *id = kit_id (kit);
    const char *body = kit_request (kit, id, "get_session_statistics", "{}");
    kit_succeeds (greet (line));
    kit_frame_put (&out, KIT_FRAME_MORE | KIT_FRAME_LONG, NULL, 0);
    kit_frame_put (&out, KIT_FRAME_LONG, body, strlen (body));
    kit_write (line, out.bytes, out.size);
    kit_bytes_fini (&out);
    kit_await (line, id);
}

/* In pieces of one byte, each a packet of its own (TCP_NODELAY). */
static void
check_pieces (struct kit *kit)
{
    struct kit_line *line = kit_connect (kit);
    struct kit_bytes out = {0};
    const char *id = kit_id (kit);
    const char *body = kit_request (kit, id, "get_session_statistics", "{}");
    kit_succeeds (greet (line));
    kit_frame_put (&out, KIT_FRAME_MORE, NULL, 0);
    kit_frame_put (&out, 0, body, strlen (body));
    kit_frame_put (&out, KIT_FRAME_MORE, NULL, 0);
    kit_frame_put (&out, 0, body, strlen (body));
    for (size_t i = 0; i < out.size; i++)
        kit_write (line, out.bytes + i, 1);
    kit_bytes_fini (&out);
    kit_await (line, id);
    kit_await (line, id);
}

/* The line was opened when the run began: most of its time has passed when this is asked. */
static void
check_handshake_limit (struct kit *kit)
{
    struct kit_line line = {.kit = kit, .fd = kit->idle_fd};
    int64_t age_ms = kit_now_ms () - kit->idle_since_ms;
    int64_t left_ms = HANDSHAKE_MS + HANDSHAKE_SLACK - age_ms;
    kit->idle_fd = -1;
    kit_expect (
        kit, line.fd >= 0 && kit_closes (&line, left_ms > 0 ? left_ms : 0),
        "a connection without a handshake to be closed after 10 s, got it open after %lld s",
        (long long) (kit_now_ms () - kit->idle_since_ms) / 1000);
    kit_hang_up (&line);
    kit_bytes_fini (&line.in);
}

static const struct kit_check checks[] = {
    {"null-handshake",
     "An image shakes hands with the mechanism NULL and says that it is a ROUTER.", KIT_BOTH, NULL,
     check_null_handshake},
    {"socket-types", "Peers that are a DEALER, a REQ or a ROUTER are taken.", KIT_NEWER, NULL,
     check_socket_types},
    {"low-version", "A peer whose ZMTP version is below 3 is disconnected.", KIT_NEWER, NULL,
     check_low_version},
    {"strange-mechanism", "A peer whose mechanism is not known is disconnected.", KIT_BOTH, NULL,
     check_strange_mechanism},
    {"no-zmtp", "A peer that speaks no ZMTP is disconnected.", KIT_NEWER, NULL, check_no_zmtp},
    {"plain",
     "With the mechanism PLAIN and the right password the handshake succeeds, and hello needs no "
     "token.",
     KIT_NEWER, "plain", check_plain},
    {"plain-wrong",
     "A wrong password is answered with ERROR Invalid credentials after a second, and the end.",
     KIT_NEWER, "plain token", check_plain_wrong},
    {"ping-pong", "A PING command is answered with a PONG that holds its context.", KIT_BOTH, NULL,
     check_ping_pong},
    {"strange-command", "Commands of ZMTP that are not known are ignored.", KIT_NEWER, NULL,
     check_strange_command},
    {"error-command", "The command ERROR ends the connection.", KIT_NEWER, NULL,
     check_error_command},
    {"envelope", "The frames before the body come back before the answer, as they were.", KIT_BOTH,
     NULL, check_envelope},
    {"long-length", "A short frame may have a length of 8 bytes.", KIT_BOTH, NULL,
     check_long_length},
    {"pieces", "A request is answered in whatever pieces its bytes arrive.", KIT_NEWER, NULL,
     check_pieces},
    {0},
};

static const struct kit_check slow_checks[] = {
    {"handshake-limit", "A connection must finish its handshake within 10 s.", KIT_NEWER, NULL,
     check_handshake_limit},
    {0},
};

const struct kit_section kit_transport = {"transport", checks};
const struct kit_section kit_patience = {"transport", slow_checks};
