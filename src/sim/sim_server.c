/* sim_server.c: sockets around pure images. Owns listeners, connections, images and the epoll; one
 * thread does everything. In: bytes, signals, the time. Out: bytes.
 *
 * A turn: wait for the kernel or the next deadline; serve what is ready; let images that are due
 * go on, a few at a time, so that a thousand endless loops do not keep a ping waiting. Only what is
 * ready is touched: the cost of a message does not grow with the number of images. Deadlines are
 * looked through only when the earliest one has come.
 *
 * It is long because a connection's whole life, from accept to burial, is told in one place, and what a
 * script of faults does to it. */

#include "sim/sim_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/sig.h"
#include "sim/sim_faults.h"
#include "sim/sim_late.h"
#include "sim/sim_identity.h"
#include "sim/sim_image.h"
#include "sim/sim_zmtp.h"

enum {
    CONNECTIONS_PER_IMAGE_MAX = 256,
    READ_BYTES = 65536,
    EVENTS_A_TURN = 256,
    IMAGES_A_TURN = 16, /* that go on before the sockets are looked at again */
    HANDSHAKE_MS = 10000,
    WRITE_PATIENCE_MS = 10000, /* for a peer that takes nothing while output waits */
    FAREWELL_MS = 100,         /* for a dismissed peer to read why */
    LOOK_MS = 1000,            /* between two looks at connections with a deadline */
    DESCRIPTORS_BESIDE = 64,
    PAUSE_BYTES = 2097152, /* of waiting output: nothing more is read from the peer, and events
                               * are dropped, which it can ask for again */
    OUTPUT_MAX = 33554432, /* of waiting output: the peer is given up */
    /* Messages that are still coming, above LONG_BYTES each: of all connections of an image. */
    LONG_BYTES = 65536,
    INCOMING_MAX = 67108864,
};

enum source_kind { SOURCE_SIGNAL, SOURCE_LISTENER, SOURCE_CONNECTION };

struct source { /* what an epoll event points at; first member of what it is */
    enum source_kind kind;
    int fd;
};

struct connection {
    struct source source;
    uint64_t number;                    /* never used again */
    struct served *served;              /* borrowed */
    struct connection *next, *previous; /* all of them */
    struct connection *next_of_image, *previous_of_image;
    struct sim_zmtp in;
    size_t incoming; /* bytes of a long message of which more is to come */
    struct sim_bytes out;
    int64_t opened_ms, blocked_ms; /* blocked: since when it takes nothing; 0: it takes */
    int64_t close_ms;              /* when it is closed at last; 0: it is not dismissed */
    int64_t refuse_ms;             /* when it is told that its password is wrong; 0: it is not */
    bool is_proven;                /* its image knows that it has shown the token */
    uint32_t events;               /* asked of the kernel */
    bool is_dead;                  /* to be freed at the end of the turn */
};

struct served { /* an image and its listener */
    struct source source;
    struct sim_image *image; /* owned */
    struct connection *connections;
    size_t connection_count;
    size_t incoming;  /* of all of them */
    char *name;       /* owned */
    size_t number;    /* its place, from 1 on */
    uint64_t *counts; /* owned: of the script's rules; NULL without one */
    char image_id[STUI_UUID_LEN + 1];
    int port;
};

struct sim_server {
    struct source signal;
    int epoll_fd;         /* owned */
    struct served *items; /* owned */
    size_t count;
    struct connection *connections; /* owned */
    struct connection *dead;        /* the same; off the list above, by NEXT */
    uint64_t last_number;
    struct sim_outbox outbox;
    struct sim_late late;              /* what the script has late; its images by number */
    struct sim_server_options options; /* its texts are borrowed */
    struct sim_time now;
    int64_t began_ms;
    int64_t due_ms;  /* before this no image has to go on */
    int64_t look_ms; /* when connections are looked at next; STUI_NEVER: none has a deadline */
    size_t due_from; /* where the images left off that did not get their turn */
    bool is_stopping;
    char buffer[READ_BYTES];
};

static void
look_at_clock (struct sim_server *self)
{
    self->now = (struct sim_time){clock_mono_ms (), clock_wall_ms ()};
}

static void
look_soon (struct sim_server *self)
{
    if (self->look_ms == STUI_NEVER)
        self->look_ms = self->now.mono_ms + LOOK_MS;
}

static void
look_at (struct sim_server *self, int64_t mono_ms)
{
    self->look_ms = mono_ms < self->look_ms ? mono_ms : self->look_ms;
}

/* ---- connections ------------------------------------------------------------------------------- */

static void
connection_close (struct sim_server *self, struct connection *connection)
{
    if (connection->is_dead)
        return;
    struct served *served = connection->served;
    connection->is_dead = true;
    close (connection->source.fd); /* leaves the epoll with it */
    sim_image_disconnected (served->image, connection->number, self->now);
    *(connection->previous ? &connection->previous->next : &self->connections) = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
    *(connection->previous_of_image ? &connection->previous_of_image->next_of_image
                                    : &served->connections) = connection->next_of_image;
    if (connection->next_of_image)
        connection->next_of_image->previous_of_image = connection->previous_of_image;
    served->connection_count--;
    served->incoming -= connection->incoming;
    connection->next = self->dead;
    self->dead = connection;
}

/* Frees those closed in this turn: until its end events may point at them. */
static void
bury (struct sim_server *self)
{
    while (self->dead) {
        struct connection *connection = self->dead;
        self->dead = connection->next;
        sim_zmtp_fini (&connection->in);
        sim_bytes_fini (&connection->out);
        free (connection);
    }
}

/* Asks the kernel for what matters now: reading, unless much waits to be written; writing, while
 * something does. */
static void
connection_rearm (struct sim_server *self, struct connection *connection)
{
    uint32_t events = (connection->out.size < PAUSE_BYTES ? EPOLLIN : 0)
                      | (connection->out.size > 0 ? EPOLLOUT : 0);
    if (connection->is_dead || events == connection->events)
        return;
    struct epoll_event event = {.events = events, .data.ptr = connection};
    connection->events = events;
    epoll_ctl (self->epoll_fd, EPOLL_CTL_MOD, connection->source.fd, &event);
}

/* Writes what the socket takes. */
static void
connection_flush (struct sim_server *self, struct connection *connection)
{
    size_t written = 0;
    while (!connection->is_dead && written < connection->out.size) {
        ssize_t count = send (connection->source.fd, connection->out.bytes + written,
                              connection->out.size - written, MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && errno != EAGAIN)
            connection_close (self, connection);
        if (count < 0)
            break;
        written += (size_t) count;
    }
    if (connection->is_dead)
        return;
    if (written > 0 || connection->out.size == 0)
        connection->blocked_ms = 0;
    if (written > 0)
        sim_bytes_drop (&connection->out, written);
    if (connection->out.size > 0 && connection->blocked_ms == 0) {
        connection->blocked_ms = self->now.mono_ms;
        look_soon (self);
    }
    if (connection->out.size > OUTPUT_MAX)
        connection_close (self, connection);
    connection_rearm (self, connection);
}

/* Starts the image anew. */
static void
served_boot (struct sim_server *self, struct served *served)
{
    char boot_id[STUI_UUID_LEN + 1], host[256] = "localhost";
    sim_identity_new (boot_id);
    gethostname (host, sizeof host - 1);
    struct sim_image_options of_image = {
        .name = served->name,
        .image_id = served->image_id,
        .boot_id = boot_id,
        .token = self->options.token,
        .is_read_only = self->options.is_read_only,
        .host = host,
        .pid = getpid (),
    };
    clock_random (&of_image.seed, sizeof of_image.seed);
    served->image = sim_image_new (&of_image, self->now);
}

static struct connection *
connection_find (const struct served *served, uint64_t number)
{
    struct connection *connection = served->connections;
    while (connection && connection->number != number)
        connection = connection->next_of_image;
    return connection;
}

/* What was written to it still goes; nothing more is taken from it. */
static void
connection_dismiss (struct sim_server *self, struct connection *connection)
{
    connection->close_ms = self->now.mono_ms + FAREWELL_MS;
    look_at (self, connection->close_ms);
}

static void
connection_send (struct sim_server *self, struct connection *connection,
                 const struct sim_output *output)
{
    sim_zmtp_send (&connection->in, &connection->out, output->envelope, output->envelope_size,
                   output->text, output->size);
    connection_flush (self, connection);
}

/* ---- faults of a script ------------------------------------------------------------------------ */

static void
connection_send_half (struct sim_server *self, struct connection *connection,
                      const struct sim_output *output)
{
    size_t before = connection->out.size;
    sim_zmtp_send (&connection->in, &connection->out, output->envelope, output->envelope_size,
                   output->text, output->size);
    connection->out.size = before + (connection->out.size - before) / 2;
    connection_flush (self, connection);
    if (!connection->is_dead)
        connection_dismiss (self, connection);
}

static void
connection_send_spoilt (struct sim_server *self, struct connection *connection,
                        struct sim_output *output, const struct sim_faults_deed *deed)
{
    char *text = sim_faults_spoil (deed, output->text, &output->size);
    free (output->text);
    output->text = text;
    connection_send (self, connection, output);
}

/* Another start of an image: its connections are closed, and what it knew is gone. */
static void
served_restart (struct sim_server *self, struct served *served, bool is_new_identity)
{
    while (served->connections)
        connection_close (self, served->connections);
    if (is_new_identity)
        sim_identity_new (served->image_id);
    sim_image_destroy (&served->image);
    served_boot (self, served);
}

static struct sim_faults_deed
served_deed (const struct sim_server *self, struct served *served, const struct sim_output *output)
{
    struct sim_faults_reply reply = {
        .image = served->number,
        .command = output->command,
        .since_ms = self->now.mono_ms - self->began_ms,
    };
    if (!self->options.faults || !output->command)
        return (struct sim_faults_deed){.kind = SIM_FAULTS_NONE};
    return sim_faults_at (self->options.faults, served->counts, &reply);
}

/* Sends a reply, or does with it what the script says. */
static void
reply_send (struct sim_server *self, struct served *served, struct connection *connection,
            struct sim_output *output)
{
    struct sim_faults_deed deed = served_deed (self, served, output);
    switch (deed.kind) {
    case SIM_FAULTS_LATE:
        if (!sim_late_add (&self->late, served->number, output, self->now.mono_ms + deed.ms))
            connection_send (self, connection, output);
        break;
    case SIM_FAULTS_PARTIAL:
        connection_send_half (self, connection, output);
        break;
    case SIM_FAULTS_WRONG:
    case SIM_FAULTS_HUGE:
        connection_send_spoilt (self, connection, output, &deed);
        break;
    case SIM_FAULTS_SILENT:
        break;
    case SIM_FAULTS_RESTART:
        served_restart (self, served, deed.is_new_identity);
        break;
    case SIM_FAULTS_FORGET:
        sim_image_forget (served->image);
        connection_dismiss (self, connection);
        break;
    case SIM_FAULTS_LEAK:
        sim_image_leak (served->image, self->now);
        connection_send (self, connection, output);
        break;
    case SIM_FAULTS_DUPLICATE:
        connection_send (self, connection, output);
        if (!connection->is_dead)
            connection_send (self, connection, output);
        break;
    case SIM_FAULTS_NONE:
    case SIM_FAULTS_COUNT:
        connection_send (self, connection, output);
        break;
    }
}

/* Sends what was late until now, to whoever is still there. */
static void
send_late (struct sim_server *self)
{
    struct sim_late_item item;
    while (sim_late_take (&self->late, self->now.mono_ms, &item)) {
        struct connection *connection =
            connection_find (&self->items[item.image - 1], item.output.peer);
        if (connection && connection->close_ms == 0)
            connection_send (self, connection, &item.output);
        sim_output_fini (&item.output);
    }
}

/* Hands an image's outputs to its connections. */
static void
deliver (struct sim_server *self, struct served *served)
{
    for (size_t i = 0; i < self->outbox.count; i++) {
        struct sim_output *output = &self->outbox.items[i];
        struct connection *connection = connection_find (served, output->peer);
        if (!connection || connection->close_ms > 0)
            continue;
        if (output->action == SIM_CLOSE)
            connection_dismiss (self, connection);
        else if (output->action == SIM_SEND)
            reply_send (self, served, connection, output);
        else if (connection->out.size <= PAUSE_BYTES)
            connection_send (self, connection, output);
    }
    sim_outbox_clear (&self->outbox);
    int64_t deadline = sim_image_deadline (served->image);
    self->due_ms = deadline < self->due_ms ? deadline : self->due_ms;
}

/* Takes apart what has come. A dismissed peer's bytes are read and forgotten: closing with some
 * unread would take back what was written to it. */
static void
connection_take (struct sim_server *self, struct connection *connection)
{
    struct served *served = connection->served;
    struct sim_zmtp_message message;
    enum sim_zmtp_item item;
    while (!connection->is_dead && connection->close_ms == 0 && connection->refuse_ms == 0
           && (item = sim_zmtp_take (&connection->in, &message, &connection->out))
                  != SIM_ZMTP_MORE) {
        if (item == SIM_ZMTP_ERROR) {
            connection_close (self, connection);
            return;
        }
        if (item == SIM_ZMTP_REFUSED) {
            connection->refuse_ms = self->now.mono_ms + SIM_REFUSAL_MS;
            look_at (self, connection->refuse_ms);
            break;
        }
        if (item == SIM_ZMTP_DISMISSED) {
            connection_dismiss (self, connection);
            break;
        }
        if (connection->in.is_proven && !connection->is_proven) {
            connection->is_proven = true;
            sim_image_prove (served->image, connection->number);
        }
        struct sim_envelope envelope = {message.envelope, message.envelope_size};
        if (item == SIM_ZMTP_MESSAGE)
            sim_image_receive (served->image, connection->number, envelope, message.body,
                               message.size, self->now, &self->outbox);
        else
            sim_image_refuse (served->image, connection->number, envelope, message.body,
                              message.size, connection->in.too_large, self->now, &self->outbox);
        deliver (self, served);
    }
    connection_flush (self, connection);
}

/* Counts what is here of a message that has not come to its end. The connection for which there is
 * no room is closed: it is the one that asked for more. */
static void
connection_count_incoming (struct sim_server *self, struct connection *connection)
{
    struct served *served = connection->served;
    size_t waiting = sim_zmtp_waiting (&connection->in), size = waiting > LONG_BYTES ? waiting : 0;
    if (connection->is_dead)
        return;
    served->incoming += size - connection->incoming;
    connection->incoming = size;
    if (served->incoming > INCOMING_MAX)
        connection_close (self, connection);
}

static void
connection_read (struct sim_server *self, struct connection *connection)
{
    ssize_t count = recv (connection->source.fd, self->buffer, sizeof self->buffer, 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (count <= 0) {
        connection_close (self, connection);
        return;
    }
    if (connection->close_ms == 0 && connection->refuse_ms == 0)
        sim_zmtp_feed (&connection->in, self->buffer, (size_t) count);
    connection_take (self, connection);
    connection_count_incoming (self, connection);
}

static void
connection_serve (struct sim_server *self, struct connection *connection, uint32_t events)
{
    if (!connection->is_dead && events & EPOLLOUT)
        connection_flush (self, connection);
    if (!connection->is_dead && events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        connection_read (self, connection);
}

static void
connection_open (struct sim_server *self, struct served *served, int fd)
{
    int yes = 1;
    setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes); /* else 40 ms a round trip */
    struct connection *connection = stui_alloc (sizeof *connection);
    connection->source = (struct source){SOURCE_CONNECTION, fd};
    connection->number = ++self->last_number;
    connection->served = served;
    connection->opened_ms = self->now.mono_ms;
    connection->next = self->connections;
    if (self->connections)
        self->connections->previous = connection;
    self->connections = connection;
    connection->next_of_image = served->connections;
    if (served->connections)
        served->connections->previous_of_image = connection;
    served->connections = connection;
    served->connection_count++;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    connection->events = EPOLLIN;
    epoll_ctl (self->epoll_fd, EPOLL_CTL_ADD, fd, &event);
    connection->in.password = self->options.token;
    connection->in.keys = self->options.keys;
    sim_zmtp_greet (&connection->out);
    connection_flush (self, connection);
    look_soon (self);
}

static void
listener_serve (struct sim_server *self, struct served *served)
{
    int fd;
    while ((fd = accept4 (served->source.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
        if (served->connection_count < CONNECTIONS_PER_IMAGE_MAX)
            connection_open (self, served, fd);
        else
            close (fd);
}

/* Tells a peer with a wrong password so. It stays until it can have read that. */
static void
connection_refuse (struct sim_server *self, struct connection *connection)
{
    connection->refuse_ms = 0;
    connection->close_ms = self->now.mono_ms + FAREWELL_MS;
    sim_zmtp_refuse (&connection->out);
    connection_flush (self, connection);
}

static bool
is_over (const struct sim_server *self, const struct connection *connection)
{
    int64_t now_ms = self->now.mono_ms;
    return (connection->in.phase < SIM_ZMTP_OPEN && now_ms - connection->opened_ms > HANDSHAKE_MS)
           || (connection->blocked_ms > 0 && now_ms - connection->blocked_ms > WRITE_PATIENCE_MS)
           || (connection->close_ms > 0 && now_ms >= connection->close_ms
               && connection->out.size == 0);
}

/* Closes the connections whose time is over, and says when to look again. */
static void
look_at_connections (struct sim_server *self)
{
    int64_t now_ms = self->now.mono_ms;
    self->look_ms = STUI_NEVER;
    for (struct connection *connection = self->connections, *next; connection; connection = next) {
        next = connection->next;
        if (connection->refuse_ms > 0 && now_ms >= connection->refuse_ms)
            connection_refuse (self, connection);
        if (connection->is_dead)
            continue;
        if (is_over (self, connection)) {
            connection_close (self, connection);
            continue;
        }
        if (connection->refuse_ms > 0)
            look_at (self, connection->refuse_ms);
        if (connection->close_ms > now_ms)
            look_at (self, connection->close_ms);
        else if (connection->in.phase < SIM_ZMTP_OPEN || connection->blocked_ms > 0)
            look_at (self, now_ms + LOOK_MS);
    }
}

/* ---- images ------------------------------------------------------------------------------------ */

/* Lets images that are due go on, each for one slice, at most IMAGES_A_TURN. */
static void
advance_images (struct sim_server *self)
{
    int64_t earliest = STUI_NEVER;
    size_t advanced = 0;
    self->due_ms = STUI_NEVER;
    for (size_t i = 0; i < self->count; i++) {
        struct served *served = &self->items[(self->due_from + i) % self->count];
        int64_t deadline = sim_image_deadline (served->image);
        if (deadline <= self->now.mono_ms && advanced < IMAGES_A_TURN) {
            sim_image_advance (served->image, self->now, &self->outbox);
            deliver (self, served);
            if (++advanced == IMAGES_A_TURN)
                self->due_from = (self->due_from + i + 1) % self->count;
            deadline = sim_image_deadline (served->image);
        }
        earliest = deadline < earliest ? deadline : earliest;
    }
    self->due_ms = earliest < self->due_ms ? earliest : self->due_ms;
}

static void
quit_images (struct sim_server *self)
{
    for (size_t i = 0; i < self->count; i++) {
        sim_image_quit (self->items[i].image, self->now, &self->outbox);
        deliver (self, &self->items[i]);
    }
}

/* ---- a turn ------------------------------------------------------------------------------------ */

static void
signal_serve (struct sim_server *self)
{
    int number;
    while ((number = sig_next (self->signal.fd)) != 0)
        self->is_stopping |= number == SIGINT || number == SIGTERM || number == SIGHUP;
}

static void
source_serve (struct sim_server *self, struct source *source, uint32_t events)
{
    switch (source->kind) {
    case SOURCE_SIGNAL:
        signal_serve (self);
        break;
    case SOURCE_LISTENER:
        listener_serve (self, (struct served *) source);
        break;
    case SOURCE_CONNECTION:
        connection_serve (self, (struct connection *) source, events);
        break;
    }
}

static int
turn_timeout (const struct sim_server *self)
{
    enum { LONGEST_MS = 3600000 };
    int64_t deadline = self->due_ms < self->look_ms ? self->due_ms : self->look_ms;
    int64_t late_ms = sim_late_deadline (&self->late);
    deadline = late_ms < deadline ? late_ms : deadline;
    if (deadline == STUI_NEVER)
        return -1;
    int64_t left = deadline - clock_mono_ms ();
    return left < 0 ? 0 : left > LONGEST_MS ? LONGEST_MS : (int) left;
}

void
sim_server_run (struct sim_server *self)
{
    struct epoll_event events[EVENTS_A_TURN];
    while (!self->is_stopping) {
        int ready = epoll_wait (self->epoll_fd, events, EVENTS_A_TURN, turn_timeout (self));
        look_at_clock (self);
        for (int i = 0; i < ready; i++)
            source_serve (self, events[i].data.ptr, events[i].events);
        if (self->due_ms <= self->now.mono_ms)
            advance_images (self);
        send_late (self);
        if (self->look_ms <= self->now.mono_ms)
            look_at_connections (self);
        bury (self);
    }
    quit_images (self);
    bury (self);
}

/* ---- life -------------------------------------------------------------------------------------- */

static int
raise_limit (size_t count, struct stui_cause *cause)
{
    struct rlimit limit;
    rlim_t wanted = 2 * count + DESCRIPTORS_BESIDE; /* a listener and a connection each */
    getrlimit (RLIMIT_NOFILE, &limit);
    if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < wanted)
        return stui_fail (cause, STUI_E_SYSTEM,
                          "%zu images need %llu open files, but the hard limit is %llu: raise it "
                          "with 'ulimit -Hn %llu'",
                          count, (unsigned long long) wanted, (unsigned long long) limit.rlim_max,
                          (unsigned long long) wanted);
    limit.rlim_cur = limit.rlim_max;
    setrlimit (RLIMIT_NOFILE, &limit);
    return 0;
}

static int
watch (struct sim_server *self, struct source *source)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = source};
    return epoll_ctl (self->epoll_fd, EPOLL_CTL_ADD, source->fd, &event);
}

static int
listener_open (struct sim_server *self, struct served *served, int port, struct stui_cause *cause)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons ((uint16_t) port),
        .sin_addr.s_addr = htonl (INADDR_LOOPBACK),
    };
    socklen_t size = sizeof address;
    int yes = 1, fd = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    served->source = (struct source){SOURCE_LISTENER, fd};
    if (fd < 0 || setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0
        || bind (fd, (struct sockaddr *) &address, size) != 0 || listen (fd, SOMAXCONN) != 0
        || getsockname (fd, (struct sockaddr *) &address, &size) != 0
        || watch (self, &served->source) != 0)
        return stui_fail (cause, STUI_E_SYSTEM, "port %d of 127.0.0.1 cannot be listened on: %s",
                          port, strerror (errno));
    served->port = ntohs (address.sin_port);
    return 0;
}

static int
served_open (struct sim_server *self, size_t index, const struct sim_server_options *options,
             struct stui_cause *cause)
{
    struct served *served = &self->items[index];
    served->source.fd = -1;
    served->number = index + 1;
    if (options->faults)
        served->counts = stui_alloc ((options->faults->count + 1) * sizeof *served->counts);
    self->count = index + 1; /* from here on it is freed with the others */
    served->name = stui_printf ("%s-%zu", options->prefix, index + 1);
    int port = options->base_port > 0 ? options->base_port + (int) index : 0;
    int rc = listener_open (self, served, port, cause);
    if (rc == 0)
        rc = sim_identity_load (served->name, served->image_id, cause);
    if (rc == 0)
        served_boot (self, served);
    return rc;
}

struct sim_server *
sim_server_new (const struct sim_server_options *options, int signal_fd, struct stui_cause *cause)
{
    if (raise_limit (options->count, cause) < 0)
        return NULL;
    struct sim_server *self = stui_alloc (sizeof *self);
    self->items = stui_alloc (options->count * sizeof *self->items);
    self->signal = (struct source){SOURCE_SIGNAL, signal_fd};
    self->options = *options;
    self->due_ms = self->look_ms = STUI_NEVER;
    look_at_clock (self);
    self->began_ms = self->now.mono_ms;
    self->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
    int rc = self->epoll_fd >= 0 && watch (self, &self->signal) == 0
                 ? 0
                 : stui_fail (cause, STUI_E_SYSTEM, "epoll: %s", strerror (errno));
    for (size_t i = 0; rc == 0 && i < options->count; i++)
        rc = served_open (self, i, options, cause);
    if (rc < 0)
        sim_server_destroy (&self);
    return self;
}

size_t
sim_server_count (const struct sim_server *self)
{
    return self->count;
}

const char *
sim_server_name (const struct sim_server *self, size_t index)
{
    return self->items[index].name;
}

const char *
sim_server_image_id (const struct sim_server *self, size_t index)
{
    return self->items[index].image_id;
}

int
sim_server_port (const struct sim_server *self, size_t index)
{
    return self->items[index].port;
}

void
sim_server_destroy (struct sim_server **self_p)
{
    struct sim_server *self = *self_p;
    if (!self)
        return;
    while (self->connections)
        connection_close (self, self->connections);
    bury (self);
    for (size_t i = 0; i < self->count; i++) {
        sim_image_destroy (&self->items[i].image);
        if (self->items[i].source.fd >= 0)
            close (self->items[i].source.fd);
        free (self->items[i].name);
        free (self->items[i].counts);
    }
    sim_late_fini (&self->late);
    sim_outbox_fini (&self->outbox);
    if (self->epoll_fd >= 0)
        close (self->epoll_fd);
    free (self->items);
    free (self);
    *self_p = NULL;
}
