/* loopback.c: what a user waits for with images on this machine: an image that is added, a new
 * session, another image's workspace on the screen; and, with a thousand images and ten thousand
 * stored sessions, the first frame and the sessions after a start. */

#include "bench.h"
#include "place.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <stui/actor.h>

#include "actors/registry.h"
#include "actors/store.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "runtime/path.h"
#include "runtime/sig.h"

enum {
    ROUNDS = 20,
    IMAGES = 1000,
    SESSIONS = 10000,
    AT_ONCE = 64,
    FRAME_BYTES = 500, /* a first frame has more, what enters the screen has less */
    PATIENCE_MS = 30000,
    OUTPUT_MAX = 1 << 20,
};

#define FIRST  "aaaaaaaaaaaaaaaa"
#define SECOND "zzzzzzzzzzzzzzzz"

/* ---- a terminal ---------------------------------------------------------------------------------- */

struct screen {
    pid_t pid;
    int fd;
    char *bytes; /* owned: what was written since the last key, with a NUL */
    size_t size;
};

static void
screen_open (struct screen *self, const struct bench_place *place)
{
    struct winsize size = {.ws_row = 50, .ws_col = 200};
    const char *program = getenv ("STUI");
    self->bytes = stui_alloc (OUTPUT_MAX + 1);
    self->size = 0;
    self->pid = forkpty (&self->fd, NULL, NULL, &size);
    if (self->pid == 0) {
        sig_restore ();
        setenv ("TERM", "xterm-256color", 1);
        execl (program, program, "--config", place->cli.config_path, (char *) NULL);
        _exit (127);
    }
    fcntl (self->fd, F_SETFL, O_NONBLOCK);
}

static void
screen_close (struct screen *self)
{
    bench_end_us (self->pid, SIGTERM, NULL);
    close (self->fd);
    free (self->bytes);
}

/* Waits until it has written TEXT (NULL: as many bytes as a frame has) since the last key. */
static void
screen_await (struct screen *self, const char *text)
{
    int64_t deadline_ms = clock_mono_ms () + PATIENCE_MS;
    while (text ? !strstr (self->bytes, text) : self->size < FRAME_BYTES) {
        struct pollfd ready = {.fd = self->fd, .events = POLLIN};
        if (clock_mono_ms () > deadline_ms)
            bench_fail ("the terminal does not show '%s'", text ? text : "anything");
        poll (&ready, 1, 10);
        if (self->size == OUTPUT_MAX)
            self->size = 0;
        ssize_t got = read (self->fd, self->bytes + self->size, OUTPUT_MAX - self->size);
        if (got > 0)
            self->size += (size_t) got;
        self->bytes[self->size] = '\0';
    }
}

static void
screen_type (struct screen *self, const char *keys)
{
    self->size = 0;
    self->bytes[0] = '\0';
    if (write (self->fd, keys, strlen (keys)) < 0)
        bench_fail ("the terminal is gone");
}

/* ---- connect, new session, switch ------------------------------------------------------------------ */

static void
connect_and_create (struct client *client, const char *config)
{
    static int64_t connects[ROUNDS], creates[ROUNDS];
    const char *at = config;
    for (int round = 0; round < ROUNDS; round++) {
        char address[64], name[16], peer[32];
        at = strstr (at + 1, "tcp://");
        if (!at || sscanf (at, "%63s", address) != 1)
            bench_fail ("there are too few images");
        snprintf (name, sizeof name, "sim-%d", round + 1);
        snprintf (peer, sizeof peer, "image/%s", name);
        struct json *settings = json_object ();
        json_set_text (settings, "address", address);
        char *text = json_print (settings);
        int64_t start_us = clock_mono_us ();
        struct json *added = bench_ask (client, msg_new ("main", MSG_IMAGE_ADD, 0, name, text));
        bench_await_state (client, round + 1, "online");
        connects[round] = clock_mono_us () - start_us;
        char *context = stui_printf ("{\"workspace\":{\"text\":\"%s\",\"cursor\":0}}",
                                     round % 2 ? SECOND : FIRST);
        start_us = clock_mono_us ();
        struct json *made = bench_ask (client, msg_new (peer, MSG_SESSION_NEW, 0, "work", context));
        creates[round] = clock_mono_us () - start_us;
        free (context);
        free (text);
        json_destroy (&made);
        json_destroy (&added);
        json_destroy (&settings);
    }
    bench_row_most ("connect on loopback, from `image add` to online, p99", "ms",
                    (double) bench_percentile (connects, ROUNDS, 99) / 1000, BENCH_NO_REFERENCE,
                    500);
    bench_row_most ("new session, until it is stored, p99", "ms",
                    (double) bench_percentile (creates, ROUNDS, 99) / 1000, BENCH_NO_REFERENCE,
                    100);
}

/* From one image's workspace to the next one's by the keys for the list, the cursor and Enter. */
static void
switch_images (const struct bench_place *place)
{
    static int64_t switches[ROUNDS];
    struct screen screen;
    screen_open (&screen, place);
    screen_await (&screen, "sim-2");
    screen_type (&screen, "\0331g\r");
    screen_await (&screen, FIRST);
    for (int round = 0; round < ROUNDS; round++) { /* sim-10, with the other text, is below sim-1 */
        int64_t start_us = clock_mono_us ();
        screen_type (&screen, round % 2 ? "\0331k\r" : "\0331j\r");
        screen_await (&screen, round % 2 ? FIRST : SECOND);
        switches[round] = clock_mono_us () - start_us;
    }
    bench_row_most ("image switch, from the key to the other workspace, p99", "ms",
                    (double) bench_percentile (switches, ROUNDS, 99) / 1000, BENCH_NO_REFERENCE,
                    100);
    screen_close (&screen);
}

void
bench_loopback (void)
{
    struct bench_place place;
    char *config;
    bench_place_open (&place);
    bench_place_configure (&place, "[stui]\n");
    pid_t sim = bench_sim (ROUNDS, 0, &config);
    pid_t owner = bench_stui ("serve", "--config", place.cli.config_path);
    struct client *client = bench_attach (&place);
    connect_and_create (client, config);
    switch_images (&place);
    client_close (&client);
    bench_end_us (owner, SIGTERM, NULL);
    bench_end_us (sim, SIGKILL, NULL);
    free (config);
    bench_place_close (&place);
}

/* ---- start --------------------------------------------------------------------------------------------- */

static void
post (zsock_t *sock, struct msg *msg)
{
    mailbox_send (sock, NULL, msg);
    msg_destroy (&msg);
}

/* The next answer, or the next message of VERB. */
static void
take (zsock_t *sock, enum msg_verb verb)
{
    for (bool came = false; !came;) {
        struct mail mail;
        mailbox_receive (sock, 0, &mail);
        came = mail.msg && mail.msg->verb == verb;
        mail_clear (&mail);
    }
}

/* Ten thousand sessions of the thousand images, written by the store actor into the profile. */
static void
sessions_store (void)
{
    char *state = path_state ("default");
    struct actor_args registry_args = {.name = "registry", .incarnation = 1};
    zactor_t *registry = actor_spawn (registry_actor, &registry_args);
    zsock_t *mailbox = zsock_new (ZMQ_DEALER);
    zsock_set_identity (mailbox, "main#1");
    zsock_connect (mailbox, "%s", ACTOR_SWITCHBOARD);
    post (mailbox, msg_new ("registry", MSG_UP, 0));
    struct store_args extra = {.state_dir = state};
    struct actor_args store_args = {.name = "store", .incarnation = 1, .extra = &extra};
    zactor_t *store = actor_spawn (store_actor, &store_args);
    take (mailbox, MSG_OPENED);
    for (int session = 0; session < SESSIONS; session++) {
        char image[64], id[STUI_UUID_LEN + 1];
        snprintf (image, sizeof image, "0192f0c1-0000-4000-8000-%012d", session % IMAGES);
        snprintf (id, sizeof id, "0192f0c1-0000-7000-8000-%012d", session);
        char *record = stui_printf (
            "{\"session_id\":\"%s\",\"image\":\"image-%d\",\"name\":\"session %d\",\"state\":"
            "\"stored\",\"open\":false,\"version\":3,\"created_at\":\"2026-01-31T10:30:00.123Z\","
            "\"last_modified\":\"2026-01-31T10:30:00.123Z\",\"context\":{\"workspace\":{\"text\":"
            "\"%0500d\"}}}",
            id, session % IMAGES, session, session);
        post (mailbox,
              msg_new ("store", MSG_SESSION_SAVE, (uint64_t) session + 1, image, id, record, "{}"));
        free (record);
        if (session >= AT_ONCE)
            take (mailbox, MSG_OK);
    }
    for (int open = 0; open < AT_ONCE; open++)
        take (mailbox, MSG_OK);
    zactor_destroy (&store);
    zactor_destroy (&registry);
    zsock_destroy (&mailbox);
    free (state);
}

void
bench_start (void)
{
    struct bench_place place;
    struct screen screen;
    char *config;
    bench_place_open (&place);
    pid_t sim = bench_sim (IMAGES, 0, &config);
    bench_place_configure (&place, config);
    sessions_store ();

    int64_t start_us = clock_mono_us ();
    pid_t owner = bench_stui ("serve", "--config", place.cli.config_path);
    struct client *client = bench_attach (&place);
    struct json *all = bench_ask (client, msg_new ("store", MSG_SESSIONS_LOAD, 0, ""));
    double read_ms = (double) (clock_mono_us () - start_us) / 1000;
    double cpu_ms = bench_cpu_ms (owner);
    size_t count = json_count (json_get (all, "sessions"));
    if (count != SESSIONS)
        bench_fail ("%zu sessions were stored, not %d", count, SESSIONS);
    json_destroy (&all);
    client_close (&client);
    bench_end_us (owner, SIGTERM, NULL);

    start_us = clock_mono_us ();
    screen_open (&screen, &place);
    screen_await (&screen, NULL);
    double frame_ms = (double) (clock_mono_us () - start_us) / 1000;
    bench_row_most ("start, 1,000 images, 10,000 sessions: first frame", "ms", frame_ms,
                    BENCH_NO_REFERENCE, 50);
    bench_row_most ("start, 1,000 images, 10,000 sessions: all sessions told", "ms", read_ms,
                    BENCH_NO_REFERENCE, 500);
    bench_row_part ("  the owner's processor time until then, images and all", "ms", cpu_ms,
                    BENCH_NO_REFERENCE);
    screen_close (&screen);
    bench_end_us (sim, SIGKILL, NULL);
    free (config);
    bench_place_close (&place);
}
