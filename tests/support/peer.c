/* peer.c: see peer.h. The thread owns the connection, of which there is one at a time: a new one
 * replaces the old. What the test wants and what was done is under the lock. */

#include "support/peer.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/json.h"

enum {
    GREETING_BYTES = 64,
    FLAG_MORE = 1,
    FLAG_LONG = 2,
    FLAG_COMMAND = 4,
    NOISE_BYTES = 4096,
    HUGE_BYTES = 20 << 20,
    HELLO_BYTES = 2 << 20,
    HELLO_MEMBERS = 1000,
    DEPTH = 10000,
    STRAYS = 100,
    REFUSAL_LETTERS = 2000,
    GUARD_S = 60,
};

struct peer {
    pthread_t thread;
    pthread_mutex_t lock; /* over the next five */
    pthread_cond_t changed;
    enum peer_fault fault;
    unsigned orders; /* raised by each change of behaviour */
    size_t count;
    bool stopping;
    int wake[2], listener; /* owned */
    char address[40], name[64], image_id[37], boot_id[37];
    /* the thread's */
    enum peer_fault doing;
    unsigned obeyed;
    int fd; /* owned; -1: none */
    unsigned char *in;
    size_t in_size, in_capacity; /* owned: what was received and not yet understood */
    bool greeted, proved;
    int refusals;
};

/* ---- bytes out ---------------------------------------------------------------------------------- */

static void
peer_hang_up (struct peer *self)
{
    if (self->fd >= 0)
        close (self->fd);
    self->fd = -1;
    self->in_size = 0;
    self->greeted = self->proved = false;
}

/* All of it, unless the other side is gone. */
static void
peer_write (struct peer *self, const void *bytes, size_t size)
{
    for (size_t done = 0; self->fd >= 0 && done < size;) {
        ssize_t put = send (self->fd, (const char *) bytes + done, size - done, MSG_NOSIGNAL);
        if (put <= 0)
            peer_hang_up (self);
        else
            done += (size_t) put;
    }
}

static void
peer_write_head (struct peer *self, int flags, uint64_t size)
{
    unsigned char head[9] = {(unsigned char) (flags | FLAG_LONG)};
    for (int at = 0; at < 8; at++)
        head[1 + at] = (unsigned char) (size >> (56 - 8 * at));
    peer_write (self, head, sizeof head);
}

static void
peer_write_message (struct peer *self, const char *text, size_t size)
{
    static const char delimiter[] = {FLAG_MORE, 0};
    peer_write (self, delimiter, sizeof delimiter);
    peer_write_head (self, 0, size);
    peer_write (self, text, size);
}

static void
peer_say (struct peer *self, char *text)
{
    peer_write_message (self, text, strlen (text));
    free (text);
}

static void
peer_write_noise (struct peer *self)
{
    unsigned char noise[NOISE_BYTES];
    uint32_t state = 2463534242U;
    for (size_t at = 0; at < sizeof noise; at++) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        noise[at] = (unsigned char) state;
    }
    peer_write (self, noise, sizeof noise);
}

static void
peer_did (struct peer *self)
{
    pthread_mutex_lock (&self->lock);
    if (self->orders == self->obeyed)
        self->count++;
    pthread_cond_broadcast (&self->changed);
    pthread_mutex_unlock (&self->lock);
}

/* ---- faults --------------------------------------------------------------------------------------- */

static void
peer_greet (struct peer *self)
{
    static const char http[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
                               "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    unsigned char greeting[GREETING_BYTES] = {
        0xFF, [9] = 0x7F, [10] = 3, [12] = 'N', [13] = 'U', [14] = 'L', [15] = 'L'};
    switch (self->doing) {
    case PEER_NOISE_FIRST:
        peer_write_noise (self);
        break;
    case PEER_OTHER_PROTOCOL:
        peer_write (self, http, sizeof http - 1);
        break;
    case PEER_OTHER_MECHANISM:
        memcpy (greeting + 12, "WORD", 4);
        peer_write (self, greeting, sizeof greeting);
        break;
    case PEER_HALF_GREETING:
        peer_write (self, greeting, sizeof greeting / 2);
        break;
    default:
        peer_write (self, greeting, sizeof greeting);
        return;
    }
    peer_did (self);
}

static void
peer_write_large_hello (struct peer *self, const char *id)
{
    char *filler = stui_alloc (HELLO_BYTES + 1);
    memset (filler, 'x', HELLO_BYTES);
    struct json *result = json_object ();
    json_set_text (result, "image_id", self->image_id);
    json_set_text (result, "boot_id", self->boot_id);
    json_set_text (result, "image_name", filler);
    for (int at = 0; at < HELLO_MEMBERS; at++) {
        char key[32];
        snprintf (key, sizeof key, "member_%d", at);
        json_set_text (result, key, "of no use");
    }
    char *text = json_print (result);
    peer_say (self, stui_printf ("{\"id\":\"%s\",\"status\":\"success\",\"result\":%s}", id, text));
    free (text);
    json_destroy (&result);
    free (filler);
}

static void
peer_write_refusal (struct peer *self, const char *id)
{
    char *text = stui_alloc (REFUSAL_LETTERS * 3 + 1);
    self->refusals++;
    for (int at = 0; at < REFUSAL_LETTERS; at++)
        memcpy (text + 3 * at, "\u3042", 3);
    peer_say (self, stui_printf ("{\"id\":\"%s\",\"status\":\"error\",\"error\":\"%*s%s\","
                                 "\"error_type\":\"PermissionDenied\"}",
                                 id, self->refusals, "", text));
    free (text);
}

static void
peer_write_deep (struct peer *self)
{
    char *text = stui_alloc (2 * DEPTH + 64);
    strcpy (text, "{\"status\":\"success\",\"result\":");
    char *end = text + strlen (text);
    memset (end, '[', DEPTH);
    memset (end + DEPTH, ']', DEPTH);
    strcpy (end + 2 * DEPTH, "}");
    peer_say (self, text);
}

/* What is done once, when the first ping was answered. */
static void
peer_turn_bad (struct peer *self)
{
    char *huge;
    switch (self->doing) {
    case PEER_NOISE_LATER:
        peer_write_noise (self);
        break;
    case PEER_HUGE_LENGTH:
        peer_write_head (self, 0, UINT64_C (1) << 62);
        break;
    case PEER_HUGE_FRAME:
        huge = stui_alloc (HUGE_BYTES);
        memset (huge, 'x', HUGE_BYTES);
        peer_write_message (self, huge, HUGE_BYTES);
        free (huge);
        break;
    case PEER_HALF_FRAME:
        peer_write_head (self, 0, 1000);
        peer_write (self, "{\"id\":", 6);
        break;
    case PEER_NO_JSON:
        peer_write_message (self, "this is no JSON", 15);
        break;
    case PEER_DEEP_JSON:
        peer_write_deep (self);
        break;
    case PEER_STRAY_REPLIES:
        for (int at = 0; at < STRAYS; at++)
            peer_say (self, stui_printf ("{\"id\":\"0192f0c1-0000-7000-8000-%012d\",\"status\":"
                                         "\"success\",\"result\":{\"result\":\"stray\"}}",
                                         at));
        break;
    default:
        return;
    }
    peer_did (self);
}

/* ---- answers ---------------------------------------------------------------------------------------- */

/* The parameter KEY, or OTHERWISE; borrowed. */
static const char *
parameter (const struct json *request, const char *key, const char *otherwise)
{
    const char *text = json_get_text (json_get (request, "parameters"), key);
    return text ? text : otherwise;
}

/* The body of an answer after its id. CODE with "wire" in it is answered by an error, with "raise"
 * by an exception. Caller frees. */
static char *
peer_evaluate (const struct peer *self, const struct json *request)
{
    const char *code = parameter (request, "code", "");
    const char *nasty = self->doing == PEER_ESCAPES ? PEER_NASTY : "";
    if (strstr (code, "wire"))
        return stui_printf (
            "\"status\":\"error\",\"error\":\"refused %s\",\"error_type\":\"Odd%s\","
            "\"details\":{\"%s\":\"%s\"}",
            nasty, nasty, nasty, nasty);
    bool raised = strstr (code, "raise") != NULL;
    return stui_printf ("\"status\":\"success\",\"result\":{\"result\":\"7%s\",\"result_type\":"
                        "\"Type%s\",\"has_error\":%s,\"execution_time\":1,\"stack\":[\"in %s\"]}",
                        nasty, nasty, raised ? "true" : "false", nasty);
}

static char *
peer_hello (const struct peer *self)
{
    const char *nasty = self->doing == PEER_ESCAPES ? PEER_NASTY : "";
    return stui_printf ("\"status\":\"success\",\"result\":{\"image_id\":\"%s\",\"boot_id\":\"%s\","
                        "\"image_name\":\"%s%s\",\"dialect\":\"By hand%s\",\"dialect_version\":"
                        "\"1%s\",\"vm_version\":\"1%s\",\"host\":\"here%s\",\"pid\":1,"
                        "\"protocol\":\"1.1\",\"capabilities\":[\"evaluate\",\"ping%s\"],"
                        "\"%s\":{\"%s\":\"%s\"},\"max_message_bytes\":10485760}",
                        self->image_id, self->boot_id, self->name, nasty, nasty, nasty, nasty,
                        nasty, nasty, nasty, nasty, nasty);
}

static char *
peer_session (const struct peer *self, const struct json *request)
{
    const char *nasty = self->doing == PEER_ESCAPES ? PEER_NASTY : "";
    return stui_printf ("\"status\":\"success\",\"result\":{\"session_id\":\"%s\",\"client_id\":"
                        "\"%s\",\"name\":\"%s\",\"created_at\":\"2026-01-31T10:30:00.123Z\","
                        "\"timeout\":3600,\"is_active\":true,\"version\":1,"
                        "\"update_successful\":true}",
                        parameter (request, "session_id", ""), parameter (request, "client_id", ""),
                        nasty);
}

/* The answer to COMMAND after its id. Caller frees. */
static char *
peer_answer (const struct peer *self, const struct json *request, const char *command)
{
    if (strcmp (command, "hello") == 0)
        return peer_hello (self);
    if (strcmp (command, "ping") == 0)
        return stui_printf (
            "\"status\":\"success\",\"result\":{\"message\":\"%s\",\"status\":\"ok\","
            "\"uptime\":1}",
            self->doing == PEER_ESCAPES ? PEER_NASTY : "");
    if (strcmp (command, "get_result") == 0)
        return stui_printf ("\"status\":\"success\",\"result\":{\"results\":[],\"id\":\"%s\","
                            "\"state\":\"never_run\"}",
                            parameter (request, "id", ""));
    if (strcmp (command, "evaluate") == 0)
        return peer_evaluate (self, request);
    if (strstr (command, "session"))
        return peer_session (self, request);
    return stui_strdup ("\"status\":\"error\",\"error\":\"not here\","
                        "\"error_type\":\"UnsupportedOperation\"");
}

static void
peer_reply (struct peer *self, const struct json *request)
{
    const char *id = json_get_text (request, "id"), *command = json_get_text (request, "command");
    if (!id || !command)
        return;
    if (self->doing == PEER_REFUSES && strcmp (command, "hello") == 0) {
        peer_write_refusal (self, id);
        peer_did (self);
        return;
    }
    if (self->doing == PEER_LARGE_HELLO && strcmp (command, "hello") == 0) {
        peer_write_large_hello (self, id);
        peer_did (self);
        return;
    }
    char *answer = peer_answer (self, request, command);
    bool is_ping = strcmp (command, "ping") == 0;
    int times = self->doing == PEER_DOUBLE_REPLIES ? 2 : 1;
    for (int time = 0; time < times; time++)
        peer_say (self, stui_printf ("{\"id\":\"%s\",%s}", id, answer));
    free (answer);
    if (self->doing == PEER_ESCAPES)
        peer_say (self, stui_printf ("{\"event\":\"transcript\",\"seq\":1,\"data\":{\"text\":"
                                     "\"%s\"}}",
                                     PEER_NASTY));
    if (is_ping
        && (self->doing == PEER_BEHAVES || self->doing == PEER_DOUBLE_REPLIES
            || self->doing == PEER_ESCAPES))
        peer_did (self);
    if (is_ping && !self->proved) {
        self->proved = true;
        peer_turn_bad (self);
    }
}

/* ---- bytes in ---------------------------------------------------------------------------------------- */

/* Understands one frame of what was received: its bytes, or 0 when more are needed. */
static size_t
peer_take_frame (struct peer *self)
{
    static const char ready[] = "\4\34\5READY\13Socket-Type\0\0\0\6ROUTER";
    const unsigned char *bytes = self->in;
    if (self->in_size < 2)
        return 0;
    size_t head = bytes[0] & FLAG_LONG ? 9 : 2, size = bytes[1];
    if (self->in_size < head)
        return 0;
    for (size_t at = 2; at < head; at++)
        size = size << 8 | bytes[at];
    if (self->in_size < head + size)
        return 0;
    if (bytes[0] & FLAG_COMMAND) {
        if (size > 6 && memcmp (bytes + head, "\5READY", 6) == 0)
            peer_write (self, ready, sizeof ready - 1);
    }
    else if (size > 0) {
        struct json *request = json_parse ((const char *) bytes + head, size, NULL);
        peer_reply (self, request);
        json_destroy (&request);
    }
    return head + size;
}

static void
peer_understand (struct peer *self)
{
    size_t taken = 0;
    if (!self->greeted && self->in_size >= GREETING_BYTES) {
        self->greeted = true;
        taken = GREETING_BYTES;
    }
    do {
        if (self->fd < 0 || taken > self->in_size)
            return; /* it hung up meanwhile */
        self->in_size -= taken;
        memmove (self->in, self->in + taken, self->in_size);
        taken = self->greeted ? peer_take_frame (self) : 0;
    } while (taken > 0);
}

static void
peer_read (struct peer *self)
{
    unsigned char bytes[65536];
    ssize_t got = recv (self->fd, bytes, sizeof bytes, 0);
    if (got <= 0) {
        peer_hang_up (self);
        return;
    }
    while (self->in_size + (size_t) got > self->in_capacity) {
        self->in_capacity = self->in_capacity ? self->in_capacity * 2 : sizeof bytes;
        self->in = stui_realloc (self->in, self->in_capacity);
    }
    memcpy (self->in + self->in_size, bytes, (size_t) got);
    self->in_size += (size_t) got;
    peer_understand (self);
}

/* ---- the thread ---------------------------------------------------------------------------------------- */

static void
peer_accept (struct peer *self)
{
    const int one = 1;
    int fd = accept4 (self->listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        return;
    peer_hang_up (self);
    self->fd = fd;
    setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    peer_greet (self);
}

/* Takes note of what the test wants. False: the thread is to end. */
static bool
peer_obey (struct peer *self)
{
    pthread_mutex_lock (&self->lock);
    bool differs = self->obeyed != self->orders;
    self->doing = self->fault;
    self->obeyed = self->orders;
    bool goes_on = !self->stopping;
    pthread_mutex_unlock (&self->lock);
    if (differs || !goes_on)
        peer_hang_up (self);
    return goes_on;
}

static void *
peer_run (void *context)
{
    struct peer *self = context;
    while (peer_obey (self)) {
        struct pollfd ready[] = {{.fd = self->wake[0], .events = POLLIN},
                                 {.fd = self->listener, .events = POLLIN},
                                 {.fd = self->fd, .events = POLLIN}};
        if (poll (ready, 3, -1) <= 0)
            continue;
        char word;
        if (ready[0].revents && read (self->wake[0], &word, 1) == 1)
            continue;
        if (ready[2].revents)
            peer_read (self);
        if (ready[1].revents)
            peer_accept (self);
    }
    free (self->in);
    return NULL;
}

/* ---- the test's side ------------------------------------------------------------------------------------- */

static void
peer_wake (struct peer *self)
{
    cr_assert_eq (write (self->wake[1], "", 1), 1);
}

struct peer *
peer_open (const char *name, enum peer_fault fault)
{
    static unsigned opened;
    struct peer *self = stui_alloc (sizeof *self);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl (INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    self->fd = -1;
    self->doing = self->fault = fault;
    opened++;
    snprintf (self->name, sizeof self->name, "%s", name);
    snprintf (self->image_id, sizeof self->image_id, "0192f0c1-2f6e-4c31-9c55-%012x", opened);
    snprintf (self->boot_id, sizeof self->boot_id, "0192f0c1-2f6e-4c31-9c56-%012x", opened);
    self->listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert (pipe2 (self->wake, O_CLOEXEC) == 0 && self->listener >= 0);
    cr_assert (bind (self->listener, (struct sockaddr *) &address, size) == 0
               && listen (self->listener, 16) == 0
               && getsockname (self->listener, (struct sockaddr *) &address, &size) == 0);
    snprintf (self->address, sizeof self->address, "tcp://127.0.0.1:%d", ntohs (address.sin_port));
    pthread_mutex_init (&self->lock, NULL);
    pthread_cond_init (&self->changed, NULL);
    cr_assert_eq (pthread_create (&self->thread, NULL, peer_run, self), 0);
    return self;
}

void
peer_close (struct peer **self_p)
{
    struct peer *self = *self_p;
    if (!self)
        return;
    pthread_mutex_lock (&self->lock);
    self->stopping = true;
    pthread_mutex_unlock (&self->lock);
    peer_wake (self);
    pthread_join (self->thread, NULL);
    close (self->listener);
    close (self->wake[0]);
    close (self->wake[1]);
    pthread_cond_destroy (&self->changed);
    pthread_mutex_destroy (&self->lock);
    free (self);
    *self_p = NULL;
}

const char *
peer_address (const struct peer *self)
{
    return self->address;
}

void
peer_set_fault (struct peer *self, enum peer_fault fault)
{
    pthread_mutex_lock (&self->lock);
    self->fault = fault;
    self->orders++;
    self->count = 0;
    pthread_mutex_unlock (&self->lock);
    peer_wake (self);
}

size_t
peer_count (struct peer *self)
{
    pthread_mutex_lock (&self->lock);
    size_t count = self->count;
    pthread_mutex_unlock (&self->lock);
    return count;
}

void
peer_await (struct peer *self, size_t count)
{
    struct timespec deadline;
    clock_gettime (CLOCK_REALTIME, &deadline);
    deadline.tv_sec += GUARD_S;
    int rc = 0;
    pthread_mutex_lock (&self->lock);
    while (self->count < count && rc == 0)
        rc = pthread_cond_timedwait (&self->changed, &self->lock, &deadline);
    size_t reached = self->count;
    pthread_mutex_unlock (&self->lock);
    cr_assert_geq (reached, count, "the peer did it %zu times, not %zu", reached, count);
}
