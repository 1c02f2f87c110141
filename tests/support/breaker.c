/* breaker.c: see breaker.h. The thread owns all connections; breaker_close tells it to end by a
 * pipe. Writing is blocking: both ends read all the time, and what is written is small but for a
 * request that is too large on purpose. */

#include "support/breaker.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"

enum {
    GREETING_BYTES = 64,
    READ_BYTES = 65536,
    FLAG_MORE = 1,
    FLAG_LONG = 2,
    FLAG_COMMAND = 4,
    PAIRS_MAX = 300,
};

struct bytes {
    char *bytes; /* owned */
    size_t size, capacity;
};

/* A message that waits. */
struct held {
    char *bytes; /* owned: whole frames */
    size_t size;
    int to;
    int64_t due_ms; /* INT64_MAX: until it is released */
};

struct way { /* one direction of a connection */
    int from, to;
    struct bytes in;
    struct bytes message; /* the frames of the message that is being read, whole */
    size_t body_at;       /* of the last frame there */
    bool is_greeted;
};

struct breaker_pair {
    struct way up, down;
    struct held *held;
    size_t held_count, held_capacity;
    int64_t number;
    bool is_releasing;
};

struct entry {
    char *text, *value; /* owned */
};

struct breaker {
    const struct breaker_rule *rule; /* borrowed */
    struct sockaddr_in target;
    char address[40];
    int listener, stop[2]; /* owned */
    pthread_t thread;
    struct breaker_pair *pairs[PAIRS_MAX];
    size_t pair_count;
    struct entry *commands, *memory; /* id: command; the rule's own */
    size_t command_count, command_capacity, memory_count, memory_capacity;
};

static void
bytes_add (struct bytes *self, const void *bytes, size_t size)
{
    if (self->size + size > self->capacity) {
        self->capacity = 2 * (self->size + size);
        self->bytes = stui_realloc (self->bytes, self->capacity);
    }
    if (size > 0)
        memcpy (self->bytes + self->size, bytes, size);
    self->size += size;
}

static void
bytes_drop (struct bytes *self, size_t size)
{
    self->size -= size;
    memmove (self->bytes, self->bytes + size, self->size);
}

static void
frame_add (struct bytes *out, int flags, const char *bytes, size_t size)
{
    unsigned char head[9] = {(unsigned char) (flags | (size > 255 ? FLAG_LONG : 0))};
    size_t length = size > 255 ? 8 : 1, rest = size;
    for (size_t i = length; i > 0; i--, rest >>= 8)
        head[i] = (unsigned char) rest;
    bytes_add (out, head, 1 + length);
    bytes_add (out, bytes, size);
}

/* The frame at the start of BYTES: its head and size; false when it is not whole. */
static bool
frame_look (const struct bytes *in, int *flags, size_t *head, size_t *size)
{
    const unsigned char *at = (const unsigned char *) in->bytes;
    if (in->size < 2)
        return false;
    *flags = at[0];
    size_t length = *flags & FLAG_LONG ? 8 : 1;
    if (in->size < 1 + length)
        return false;
    *head = 1 + length;
    *size = 0;
    for (size_t i = 1; i <= length; i++)
        *size = *size << 8 | at[i];
    return in->size - *head >= *size;
}

static void
write_all (int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t count = send (fd, bytes, size, MSG_NOSIGNAL);
        if (count <= 0)
            return; /* it is gone: its reader will say so */
        bytes += count;
        size -= (size_t) count;
    }
}

/* ---- what rules do --------------------------------------------------------------------------- */

struct json *
breaker_change (struct breaker_turn *turn)
{
    turn->is_changed = turn->json != NULL;
    return turn->json;
}

static void
send_text (int fd, const char *text)
{
    struct bytes out = {0};
    frame_add (&out, FLAG_MORE, NULL, 0);
    frame_add (&out, 0, text, strlen (text));
    write_all (fd, out.bytes, out.size);
    free (out.bytes);
}

void
breaker_send_up (struct breaker_turn *turn, const char *text)
{
    send_text (turn->pair->up.to, text);
}

void
breaker_send_down (struct breaker_turn *turn, const char *text)
{
    send_text (turn->pair->down.to, text);
}

static struct held *
held_new (struct breaker_turn *turn, int64_t due_ms)
{
    struct breaker_pair *pair = turn->pair;
    stui_grow (&pair->held, &pair->held_capacity, pair->held_count, sizeof *pair->held);
    struct held *held = &pair->held[pair->held_count++];
    *held = (struct held){.due_ms = due_ms};
    return held;
}

void
breaker_delay (struct breaker_turn *turn, int64_t delay_ms)
{
    held_new (turn, clock_mono_ms () + delay_ms);
}

void
breaker_hold (struct breaker_turn *turn)
{
    held_new (turn, INT64_MAX);
}

void
breaker_release (struct breaker_turn *turn)
{
    turn->pair->is_releasing = true;
}

int64_t *
breaker_number (struct breaker_turn *turn)
{
    return &turn->pair->number;
}

static struct entry *
entry_find (struct entry *entries, size_t count, const char *text)
{
    for (size_t i = count; i > 0; i--)
        if (strcmp (entries[i - 1].text, text) == 0)
            return &entries[i - 1];
    return NULL;
}

static void
entry_add (struct entry **entries, size_t *count, size_t *capacity, const char *text,
           const char *value)
{
    stui_grow (entries, capacity, *count, sizeof **entries);
    (*entries)[(*count)++] = (struct entry){stui_strdup (text), value ? stui_strdup (value) : NULL};
}

bool
breaker_put (struct breaker_turn *turn, const char *text, const char *value)
{
    struct breaker *self = turn->breaker;
    bool was_there = entry_find (self->memory, self->memory_count, text) != NULL;
    entry_add (&self->memory, &self->memory_count, &self->memory_capacity, text, value);
    return was_there;
}

const char *
breaker_found (struct breaker_turn *turn, const char *text)
{
    struct breaker *self = turn->breaker;
    struct entry *entry = entry_find (self->memory, self->memory_count, text);
    return entry ? entry->value : NULL;
}

/* ---- one message ------------------------------------------------------------------------------- */

/* Sends what was held and is due. */
static void
held_flush (struct breaker_pair *pair)
{
    int64_t now_ms = clock_mono_ms ();
    size_t kept = 0;
    for (size_t i = 0; i < pair->held_count; i++) {
        struct held held = pair->held[i];
        if (held.due_ms > now_ms && !(pair->is_releasing && held.due_ms == INT64_MAX)) {
            pair->held[kept++] = held;
            continue;
        }
        write_all (held.to, held.bytes, held.size);
        free (held.bytes);
    }
    pair->held_count = kept;
    pair->is_releasing = false;
}

static void
turn_note (struct breaker *self, struct breaker_turn *turn, bool is_reply)
{
    const char *id = json_get_text (turn->json, "id");
    const char *command = json_get_text (turn->json, "command");
    turn->command = "";
    if (!is_reply && id && command) {
        entry_add (&self->commands, &self->command_count, &self->command_capacity, id, command);
        turn->command = command;
    }
    else if (id) {
        struct entry *entry = entry_find (self->commands, self->command_count, id);
        turn->command = entry ? entry->value : "";
    }
}

/* The whole message in WAY goes on, as the rule leaves it. */
static void
way_pass_message (struct breaker *self, struct breaker_pair *pair, struct way *way, size_t body)
{
    bool is_reply = way == &pair->down;
    const char *at = way->message.bytes + body;
    size_t size = way->message.size - body, held_before = pair->held_count;
    char *text = stui_strndup (at, size);
    struct breaker_turn turn = {.breaker = self, .pair = pair, .text = text};
    turn.json = size < READ_BYTES ? json_parse (at, size, NULL) : NULL;
    turn_note (self, &turn, is_reply);
    void (*rule) (struct breaker_turn *) = is_reply ? self->rule->on_reply : self->rule->on_request;
    if (rule)
        rule (&turn);
    struct bytes out = {0};
    char *printed = turn.replaced     ? stui_strdup (turn.replaced)
                    : turn.is_changed ? json_print (turn.json)
                                      : NULL;
    if (turn.loses_envelope)
        frame_add (&out, FLAG_MORE, NULL, 0);
    else
        bytes_add (&out, way->message.bytes, way->body_at);
    frame_add (&out, 0, printed ? printed : at, printed ? strlen (printed) : size);
    if (pair->held_count > held_before) {
        struct held *held = &pair->held[pair->held_count - 1];
        held->bytes = out.bytes;
        held->size = out.size;
        held->to = way->to;
    }
    else {
        if (!turn.is_dropped)
            write_all (way->to, out.bytes, out.size);
        free (out.bytes);
    }
    held_flush (pair);
    free (printed);
    free (turn.replaced);
    free (text);
    json_destroy (&turn.json);
}

static void
way_pass_frame (struct breaker *self, struct breaker_pair *pair, struct way *way, int flags,
                size_t head, size_t size)
{
    const char *bytes = way->in.bytes;
    if (flags & FLAG_COMMAND) {
        if (way != &pair->down || !self->rule->drops_command
            || !self->rule->drops_command (bytes + head, size))
            write_all (way->to, bytes, head + size);
        return;
    }
    way->body_at = way->message.size;
    bytes_add (&way->message, bytes, head + size);
    if (!(flags & FLAG_MORE)) {
        way_pass_message (self, pair, way, way->body_at + head);
        way->message.size = 0;
    }
}

/* Passes on what has come whole. */
static void
way_pass (struct breaker *self, struct breaker_pair *pair, struct way *way)
{
    int flags;
    size_t head, size;
    if (!way->is_greeted) {
        if (way->in.size < GREETING_BYTES)
            return;
        if (way == &pair->up && self->rule->on_greeting)
            self->rule->on_greeting (way->in.bytes);
        write_all (way->to, way->in.bytes, GREETING_BYTES);
        bytes_drop (&way->in, GREETING_BYTES);
        way->is_greeted = true;
    }
    while (frame_look (&way->in, &flags, &head, &size)) {
        way_pass_frame (self, pair, way, flags, head, size);
        bytes_drop (&way->in, head + size);
    }
}

/* ---- connections --------------------------------------------------------------------------------- */

static void
pair_free (struct breaker_pair *pair)
{
    close (pair->up.from);
    close (pair->up.to);
    free (pair->up.in.bytes);
    free (pair->up.message.bytes);
    free (pair->down.in.bytes);
    free (pair->down.message.bytes);
    while (pair->held_count > 0)
        free (pair->held[--pair->held_count].bytes);
    free (pair->held);
    free (pair);
}

/* Reads once. False: that side has closed. What is no whole greeting goes on as it is then. */
static bool
way_read (struct breaker *self, struct breaker_pair *pair, struct way *way)
{
    char bytes[READ_BYTES];
    ssize_t count = recv (way->from, bytes, sizeof bytes, 0);
    if (count <= 0)
        return count < 0 && errno == EINTR;
    bytes_add (&way->in, bytes, (size_t) count);
    if (!way->is_greeted && (unsigned char) way->in.bytes[0] != 0xFF) {
        write_all (way->to, way->in.bytes, way->in.size); /* no ZMTP: the image's to judge */
        bytes_drop (&way->in, way->in.size);
        return true;
    }
    way_pass (self, pair, way);
    return true;
}

static void
breaker_accept (struct breaker *self)
{
    int on = 1, client = accept4 (self->listener, NULL, NULL, SOCK_CLOEXEC);
    int image = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client < 0 || self->pair_count == PAIRS_MAX
        || connect (image, (struct sockaddr *) &self->target, sizeof self->target) != 0) {
        close (client);
        close (image);
        return;
    }
    setsockopt (client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt (image, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct breaker_pair *pair = stui_alloc (sizeof *pair);
    pair->up = (struct way){.from = client, .to = image};
    pair->down = (struct way){.from = image, .to = client};
    self->pairs[self->pair_count++] = pair;
}

/* How long poll may wait. */
static int
patience_ms (const struct breaker *self)
{
    int64_t due_ms = INT64_MAX, now_ms = clock_mono_ms ();
    for (size_t i = 0; i < self->pair_count; i++)
        for (size_t k = 0; k < self->pairs[i]->held_count; k++)
            if (self->pairs[i]->held[k].due_ms < due_ms)
                due_ms = self->pairs[i]->held[k].due_ms;
    return due_ms == INT64_MAX ? -1 : due_ms <= now_ms ? 0 : (int) (due_ms - now_ms);
}

static void *
breaker_run (void *argument)
{
    struct breaker *self = argument;
    for (;;) {
        struct pollfd items[2 + 2 * PAIRS_MAX] = {{.fd = self->stop[0], .events = POLLIN},
                                                  {.fd = self->listener, .events = POLLIN}};
        size_t count = self->pair_count;
        for (size_t i = 0; i < count; i++) {
            items[2 + 2 * i] = (struct pollfd){.fd = self->pairs[i]->up.from, .events = POLLIN};
            items[3 + 2 * i] = (struct pollfd){.fd = self->pairs[i]->down.from, .events = POLLIN};
        }
        poll (items, (nfds_t) (2 + 2 * count), patience_ms (self));
        if (items[0].revents)
            return NULL;
        for (size_t i = count; i > 0; i--) {
            struct breaker_pair *pair = self->pairs[i - 1];
            bool lives = !items[2 * i].revents || way_read (self, pair, &pair->up);
            lives = lives && (!items[2 * i + 1].revents || way_read (self, pair, &pair->down));
            held_flush (pair);
            if (lives)
                continue;
            pair_free (pair);
            self->pairs[i - 1] = self->pairs[--self->pair_count];
        }
        if (items[1].revents)
            breaker_accept (self);
    }
}

/* ---- the test's side ---------------------------------------------------------------------------------- */

struct breaker *
breaker_open (const char *target, const struct breaker_rule *rule)
{
    struct breaker *self = stui_alloc (sizeof *self);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK)};
    socklen_t size = sizeof here;
    self->rule = rule;
    self->target = here;
    self->target.sin_port = htons ((uint16_t) atoi (strrchr (target, ':') + 1));
    self->listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq (bind (self->listener, (struct sockaddr *) &here, size), 0);
    cr_assert_eq (listen (self->listener, SOMAXCONN), 0);
    cr_assert_eq (getsockname (self->listener, (struct sockaddr *) &here, &size), 0);
    snprintf (self->address, sizeof self->address, "tcp://127.0.0.1:%d", ntohs (here.sin_port));
    cr_assert_eq (pipe2 (self->stop, O_CLOEXEC), 0);
    cr_assert_eq (pthread_create (&self->thread, NULL, breaker_run, self), 0);
    return self;
}

const char *
breaker_address (const struct breaker *self)
{
    return self->address;
}

static void
entries_free (struct entry *entries, size_t count)
{
    while (count > 0) {
        free (entries[--count].text);
        free (entries[count].value);
    }
    free (entries);
}

void
breaker_close (struct breaker **self_p)
{
    struct breaker *self = *self_p;
    if (!self)
        return;
    close (self->stop[1]);
    pthread_join (self->thread, NULL);
    while (self->pair_count > 0)
        pair_free (self->pairs[--self->pair_count]);
    close (self->stop[0]);
    close (self->listener);
    entries_free (self->commands, self->command_count);
    entries_free (self->memory, self->memory_count);
    free (self);
    *self_p = NULL;
}
