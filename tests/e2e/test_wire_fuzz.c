/* test_wire_fuzz.c: what no client would send, sent to a real image: valid requests with values of the
 * wrong kind, bytes changed, frames cut and handshakes broken. The image answers all the while,
 * and its memory stays within bounds.
 *
 * STUI_TEST_MESSAGES of them (5,000), from STUI_TEST_SEED (1): the same seed makes the same messages,
 * but for the ids of requests and sessions. A witness pings after each batch, and a failure says in
 * which one. */

#include <criterion/criterion.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/image.h"
#include "support/raw_peer.h"
#include "support/wire_expect.h"

enum { BATCH = 100, BODY_MAX = 4096 };

#define GROWTH_KB 64000

static struct image image;
static struct wire_client *witness;
static char session[WIRE_ID_SIZE];
static uint64_t state;

static void
s_start (void)
{
    cr_assert_eq (image_start (&image, "fuzz", NULL, 0, NULL), 0);
    witness = wire_claimed (&image, WIRE_CLIENT_B);
    wire_create_session (witness, session);
}

static void
s_stop (void)
{
    wire_client_destroy (&witness);
    image_stop (&image);
}

TestSuite (wire_fuzz, .init = s_start, .fini = s_stop, .timeout = 3600);

/* xorshift64*: the same numbers everywhere. */
static unsigned
s_random (unsigned below)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (unsigned) ((state * 2685821657736338717ULL >> 33) % below);
}

static long
s_setting (const char *name, long otherwise)
{
    const char *text = getenv (name);
    return text && *text ? atol (text) : otherwise;
}

/* ---- messages ---- */

/* @ stands for the session's id. None of the code does harm when a letter of it changes. */
static const char *const requests[] = {
    "'ping','parameters':{'message':'there?'}",
    "'hello','parameters':{'client_id':'fuzz','protocol':'1.1'}",
    "'hello','parameters':{'client_id':'fuzz','protocol':'1.1','client_epoch':{'generation':1,"
    "'counter':1}}",
    "'create_session','parameters':{'client_id':'fuzz','name':'a','state_data':{'a':[1,2.5e3]},"
    "'timeout':60}",
    "'restore_session','parameters':{'session_id':'@'}",
    "'update_session_state','parameters':{'session_id':'@','state_data':{'b':{}},"
    "'base_version':1}",
    "'close_session','parameters':{'session_id':'none'}",
    "'get_session_info','parameters':{'session_id':'@'}",
    "'list_client_sessions','parameters':{'client_id':'fuzz'}",
    "'get_session_statistics','parameters':{}",
    "'evaluate','parameters':{'code':'3 + 4','mode':'printIt','session_id':'@','timeout_ms':900}",
    "'evaluate','parameters':{'code':'nil zork','on_error':'debug','session_id':'@',"
    "'timeout_ms':900}",
    "'evaluate','parameters':{'code':'Array new: 9','mode':'inspectIt','session_id':'@',"
    "'timeout_ms':900}",
    "'evaluate','parameters':{'code':'a := (1 to: 3) inject: 0 into: [:x :y | x + y]',"
    "'session_id':'@','timeout_ms':900}",
    "'get_result','parameters':{'id':'018f0000-0000-7000-8000-000000000001'}",
    "'get_result','parameters':{}",
    "'interrupt','parameters':{'id':'018f0000-0000-7000-8000-000000000001'}",
    "'inspect','parameters':{'session_id':'@','target':'3 @ 4','depth':2,'from':0,'count':9,"
    "'timeout_ms':900}",
    "'inspect','parameters':{'session_id':'@','object_id':'x'}",
    "'release','parameters':{'session_id':'@','object_ids':['a','b']}",
    "'debug','parameters':{'session_id':'@','debug_id':'x','operation':'stack','frame':0}",
    "'system_info','parameters':{'kind':'vm'}",
    "'subscribe','parameters':{'events':['transcript'],'session_id':'@','last_seq':0}",
    "'list_image_sessions','parameters':{'include_orphaned':true}",
    "'cleanup_image_sessions','parameters':{'orphaned':true,'max_age_hours':0,'dry_run':false}",
    "'get_image_session_stats','parameters':{}",
};

/* What takes the place of a value. */
static const char *const values[] = {
    "null",
    "true",
    "-1",
    "0",
    "1e999",
    "999999999999999",
    "1.5",
    "\"\"",
    "[]",
    "{}",
    "[[[[[]]]]]",
    "123456789012345678901234567890",
    "\"@\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"\xff\xfe\"",
    "{\"a\":{\"a\":1}}",
    "\"\\\"",
    "2147483648",
    "\"\xf0\x9f\x98\x80\"",
    "-0",
    "01",
    "nul",
    "\"id\"",
};

/* Puts the request of that template into BODY, as it should be; its size. */
static size_t
s_write (const char *template, char *body)
{
    char id[WIRE_ID_SIZE];
    wire_id_make (id);
    size_t size = (size_t) sprintf (body, "{\"id\":\"%s\",\"command\":", id);
    for (const char *c = template; *c; c++) {
        if (*c == '@')
            size += (size_t) sprintf (body + size, "%s", session);
        else
            body[size++] = *c == '\'' ? '"' : *c;
    }
    body[size++] = '}';
    return size;
}

/* Replaces REMOVE bytes at AT by those of TEXT. */
static size_t
s_splice (char *body, size_t size, size_t at, size_t remove, const char *text, size_t length)
{
    if (size - remove + length > BODY_MAX)
        return size;
    memmove (body + at + length, body + at + remove, size - at - remove);
    memcpy (body + at, text, length);
    return size - remove + length;
}

/* Another value where one stood: what follows a colon, up to the next comma or bracket. */
static size_t
s_change_value (char *body, size_t size)
{
    size_t at = s_random ((unsigned) size);
    while (at < size && body[at] != ':')
        at++;
    if (at >= size)
        return size;
    size_t end = ++at;
    bool quoted = false;
    while (end < size && (quoted || !strchr (",]}", body[end]))) {
        if (body[end] == '"')
            quoted = !quoted;
        end++;
    }
    const char *value = values[s_random (sizeof values / sizeof *values)];
    return s_splice (body, size, at, end - at, value, strlen (value));
}

static size_t
s_mutate (char *body, size_t size)
{
    for (unsigned changes = 1 + s_random (3); changes > 0 && size > 8; changes--) {
        size_t at = s_random ((unsigned) size), length = 1 + s_random (8);
        char byte = (char) s_random (256);
        if (at + length > size)
            length = size - at;
        switch (s_random (8)) {
        case 0:
            body[at] ^= (char) (1 << s_random (8));
            break;
        case 1:
            body[at] = byte;
            break;
        case 2:
            size = s_splice (body, size, at, length, "", 0);
            break;
        case 3:
            size = s_splice (body, size, at, 0, &byte, 1);
            break;
        case 4:
            size = at + 1;
            break;
        default:
            size = s_change_value (body, size);
            break;
        }
    }
    return size;
}

/* ---- peers ---- */

/* A new connection that has shaken hands and claimed, or only has connected. */
static int
s_peer (bool shake)
{
    static unsigned counter;
    int fd = raw_connect (image.port, 0);
    if (!shake)
        return fd;
    raw_shake_hands (fd);
    char body[BODY_MAX], template[256];
    snprintf (template, sizeof template,
              "'hello','parameters':{'client_id':'%s','protocol':'1.1','client_epoch':"
              "{'generation':1,'counter':%u}}",
              WIRE_CLIENT_A, ++counter);
    raw_send (fd, body, s_write (template, body));
    return fd;
}

/* A stream from its first byte on, with something wrong in it. */
static void
s_send_broken_stream (void)
{
    unsigned char stream[2 * BODY_MAX] = {0xff, [9] = 0x7f, [10] = 3};
    char body[BODY_MAX + 16];
    memcpy (stream + 12, s_random (4) ? "NULL\0" : "PLAIN", 5);
    static const char ready[] = "\4\34\5READY\13Socket-Type\0\0\0\6DEALER";
    memcpy (stream + 64, ready, sizeof ready - 1);
    size_t size = 64 + sizeof ready - 1;
    const char *template = requests[s_random (sizeof requests / sizeof *requests)];
    size_t length = s_write (template, body);
    size += raw_frame (body, length, stream + size);
    for (unsigned changes = 1 + s_random (4); changes > 0; changes--)
        stream[s_random (4) ? s_random ((unsigned) size) : 64 + s_random (40)] =
            (unsigned char) s_random (256);
    if (s_random (3) == 0)
        size = 1 + s_random ((unsigned) size);
    int fd = s_peer (false);
    raw_write (fd, stream, size);
    close (fd);
}

/* A message on a connection that has shaken hands, its body changed. False: the image has closed. */
static bool
s_send_broken_message (int fd)
{
    char body[BODY_MAX + 16];
    size_t size = s_write (requests[s_random (sizeof requests / sizeof *requests)], body);
    if (s_random (10) > 0)
        size = s_mutate (body, size);
    return raw_send (fd, body, size) && raw_drain (fd);
}

/* The same with its frame changed, upon which nothing more can be expected of the connection. */
static void
s_send_broken_frame (int fd)
{
    char body[BODY_MAX + 16];
    unsigned char frame[BODY_MAX + 32];
    size_t size = s_write (requests[s_random (sizeof requests / sizeof *requests)], body);
    size = raw_frame (body, size, frame);
    frame[s_random (12)] = (unsigned char) s_random (256);
    raw_write (fd, frame, size);
    close (fd);
}

/* Waits until the image has answered all that was sent on the connection; what it answered is passed
 * over. False: it has closed it, or does not answer. */
static bool
s_await_all (int fd)
{
    static unsigned number;
    char body[128], id[32], *seen = malloc (70000);
    size_t kept = 0;
    bool answered = false;
    snprintf (id, sizeof id, "all-%u-", ++number);
    int size = snprintf (body, sizeof body, "{\"id\":\"%s\",\"command\":\"ping\"}", id);
    raw_send (fd, body, (size_t) size);
    while (!answered) {
        ssize_t n = read (fd, seen + kept, 65536);
        if (n <= 0) {
            cr_log_error ("%s; answered last: %.*s", n == 0 ? "closed" : strerror (errno),
                          (int) kept, seen);
            break;
        }
        kept += (size_t) n;
        answered = memmem (seen, kept, id, strlen (id)) != NULL;
        /* The id may come in two pieces; what was answered last tells why nothing more is. */
        size_t tail = kept < 400 ? kept : 400;
        memmove (seen, seen + kept - tail, tail);
        kept = tail;
    }
    free (seen);
    return answered;
}

/* ---- */

/* What became of the image, for the report of a failure: its state and processor time so far. */
static const char *
s_image_state (void)
{
    static char line[512];
    char path[64];
    snprintf (path, sizeof path, "/proc/%d/stat", (int) image.pid);
    FILE *file = fopen (path, "r");
    if (!file || !fgets (line, sizeof line, file))
        snprintf (line, sizeof line, "there is no process");
    if (file)
        fclose (file);
    return line;
}

static int
s_processes (void)
{
    cJSON *answer = wire_client_call (witness, "system_info", wire_json ("{'kind':'processes'}"));
    int count = cJSON_GetArraySize (wire_item (answer, "result.processes"));
    cJSON_Delete (answer);
    return count;
}

Test (wire_fuzz, an_image_answers_whatever_is_sent_to_it)
{
    long count = s_setting ("STUI_TEST_MESSAGES", 5000), seed = s_setting ("STUI_TEST_SEED", 1);
    long warm_kb = 0, longest = 0, connections = 0;
    state = (uint64_t) seed * 0x9e3779b97f4a7c15ULL + 1;
    int fd = -1;
    for (long sent = 0; sent < count; sent++) {
        if (fd < 0) {
            fd = s_peer (true);
            connections++;
        }
        if (s_random (20) == 0)
            s_send_broken_stream ();
        else if (s_random (50) == 0) {
            s_send_broken_frame (fd);
            fd = -1;
        }
        else
            cr_assert (s_send_broken_message (fd), "seed %ld, message %ld: closed", seed, sent);
        if (sent % BATCH == BATCH - 1) {
            cr_assert (fd < 0 || s_await_all (fd), "seed %ld, message %ld: no answer; %s", seed,
                       sent, s_image_state ());
            long took = wire_ping_longest_ms (witness, 1);
            longest = took > longest ? took : longest;
            wire_expect (wire_client_call (witness, "restore_session",
                                           wire_json ("{'session_id':'%s'}", session)),
                         "result.session_id", session);
            if (took > 5000)
                fprintf (stderr, "seed %ld, message %ld: %ld ms; %s", seed, sent, took,
                         s_image_state ());
            cr_assert_lt (took, 20000, "seed %ld, message %ld: a ping took %ld ms", seed, sent,
                          took);
        }
        if (sent == count / 5)
            warm_kb = image_resident_kb (&image);
    }
    if (fd >= 0)
        close (fd);
    wire_expect (wire_client_evaluate (witness, session, "3 + 4"), "result.result", "7");
    long grown = image_resident_kb (&image) - warm_kb;
    cr_log_info ("seed %ld: %ld messages, %ld connections, longest ping %ld ms, %ld KB more", seed,
                 count, connections, longest, grown);
    cr_expect_lt (grown, GROWTH_KB, "%ld KB more", grown);
    /* Debuggers wait, eight at most; all else that ran is over. */
    for (long begun = wire_now_ms (); s_processes () > 30;)
        cr_assert_lt (wire_now_ms () - begun, 30000, "%d processes", s_processes ());
}
