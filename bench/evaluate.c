/* evaluate.c: what the road from a mailbox through registry, supervisor and wire costs, beside a
 * bare libzmq DEALER that asks the same image the same thing, in turns; on a real image and on a
 * simulated one. */

#include "bench.h"
#include "place.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stui/actor.h>

#include "actors/registry.h"
#include "actors/store.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "runtime/random.h"
#include "runtime/sig.h"
#include "runtime/uuid.h"

enum { ROUNDS = 2000, WARM_UP = 200 };

struct image {
    pid_t pid;
    char address[128];
};

/* A real image of its own, on a free port. Ends the program with a sentence when there is none. */
static struct image
image_start (const char *dir)
{
    const char *launcher = getenv ("STUI_IMAGE");
    struct image image = {0};
    int out[2];
    if (!launcher || pipe (out) != 0) {
        fprintf (stderr, "bench: STUI_IMAGE names no launcher: run it by 'make bench'\n");
        exit (EXIT_FAILURE);
    }
    image.pid = fork ();
    if (image.pid == 0) {
        sig_restore ();
        dup2 (out[1], STDOUT_FILENO);
        setenv ("XDG_STATE_HOME", dir, 1);
        execl (launcher, launcher, "--name", "bench", "--port", "0", (char *) NULL);
        _exit (127);
    }
    close (out[1]);
    FILE *lines = fdopen (out[0], "r");
    char line[256];
    while (lines && fgets (line, sizeof line, lines))
        if (sscanf (line, "listening on %127s", image.address) == 1)
            break;
    if (!image.address[0]) {
        fprintf (stderr, "bench: the image did not start\n");
        exit (EXIT_FAILURE);
    }
    return image; /* its pipe stays open: it may yet print */
}

/* ---- The reference --------------------------------------------------------------------------- */

struct bare {
    zsock_t *sock;
    struct uuid_source uuid;
    struct random_source random;
};

static void
bare_round (struct bare *self, const char *command, const char *parameters)
{
    char id[STUI_UUID_LEN + 1];
    uuid_next (&self->uuid, clock_wall_ms (), &self->random, id);
    char *text = stui_printf ("{\"id\":\"%s\",\"command\":\"%s\",\"parameters\":%s}", id, command,
                              parameters);
    void *sock = zsock_resolve (self->sock);
    zmq_send (sock, "", 0, ZMQ_SNDMORE);
    zmq_send (sock, text, strlen (text), 0);
    free (text);
    zmsg_t *answer = zmsg_recv (self->sock);
    zmsg_destroy (&answer);
}

/* ---- Ours ------------------------------------------------------------------------------------- */

static zsock_t *
mailbox_open (void)
{
    zsock_t *sock = zsock_new (ZMQ_DEALER);
    zsock_set_identity (sock, "main#1");
    zsock_connect (sock, "%s", ACTOR_SWITCHBOARD);
    return sock;
}

static void
mailbox_post (zsock_t *sock, struct msg *msg)
{
    mailbox_send (sock, NULL, msg);
    msg_destroy (&msg);
}

/* The next answer to REF, or the next message of VERB. Caller owns. */
static struct msg *
mailbox_await (zsock_t *sock, uint64_t ref, enum msg_verb verb)
{
    for (;;) {
        struct mail mail;
        mailbox_receive (sock, 0, &mail);
        struct msg *msg = mail.msg;
        bool answer = msg && msg_kind (msg->verb) == MSG_ANSWER;
        if (msg && (answer ? ref > 0 && msg->ref == ref : msg->verb == verb))
            return msg;
        msg_destroy (&msg);
    }
}

struct ours {
    zactor_t *registry, *store;
    zsock_t *mailbox;
    uint64_t ref;
};

static void
ours_await_online (struct ours *self)
{
    uint64_t version = 0;
    for (;;) {
        mailbox_post (self->mailbox, msg_new ("registry", MSG_WATCH, ++self->ref, version));
        struct msg *msg = mailbox_await (self->mailbox, self->ref, MSG_OK);
        struct json *result = json_parse_text (msg_text (msg, 0));
        const struct json *image = json_first (json_get (result, "images"));
        const char *state = json_get_text (image, "state");
        bool online = state && strcmp (state, "online") == 0;
        version = (uint64_t) json_get_number (result, "version", 0);
        json_destroy (&result);
        msg_destroy (&msg);
        if (online)
            return;
    }
}

static void
ours_start (struct ours *self, const char *dir, const char *address)
{
    struct actor_args registry = {.name = "registry", .incarnation = 1};
    self->registry = actor_spawn (registry_actor, &registry);
    self->mailbox = mailbox_open ();
    mailbox_post (self->mailbox, msg_new ("registry", MSG_UP, 0));
    struct store_args extra = {.state_dir = dir};
    struct actor_args store = {.name = "store", .incarnation = 1, .extra = &extra};
    self->store = actor_spawn (store_actor, &store);
    struct msg *opened = mailbox_await (self->mailbox, 0, MSG_OPENED);
    msg_destroy (&opened);
    char *images = stui_printf ("{\"autoconnect\":true,\"images\":[{\"name\":\"bench\","
                                "\"address\":\"%s\"}]}",
                                address);
    mailbox_post (self->mailbox, msg_new ("registry", MSG_IMAGES, 0, images));
    free (images);
    ours_await_online (self);
}

static void
ours_round (struct ours *self, const char *parameters)
{
    mailbox_post (self->mailbox, msg_new ("image/bench", MSG_COMMAND, ++self->ref, "evaluate",
                                          parameters, (uint64_t) 0, ""));
    struct msg *msg = mailbox_await (self->mailbox, self->ref, MSG_OK);
    if (msg->verb != MSG_OK) {
        fprintf (stderr, "bench: %s\n", msg_text (msg, 1));
        exit (EXIT_FAILURE);
    }
    msg_destroy (&msg);
}

static void
ours_stop (struct ours *self)
{
    mailbox_post (self->mailbox, msg_new ("registry", MSG_DRAIN, ++self->ref));
    struct msg *drained = mailbox_await (self->mailbox, self->ref, MSG_OK);
    msg_destroy (&drained);
    zactor_destroy (&self->store);
    zactor_destroy (&self->registry);
    zsock_destroy (&self->mailbox);
}

/* On the image at ADDRESS, called KIND; state in DIR. */
static void
evaluate_on (const char *kind, const char *address, const char *dir, double limit, double slack_us)
{
    static const char parameters[] = "{\"code\":\"3+4\",\"mode\":\"printIt\"}";
    static const int percents[] = {50, 99};
    static int64_t through[ROUNDS], direct[ROUNDS], floors[ROUNDS];
    struct ours ours = {0};
    ours_start (&ours, dir, address);
    struct bare bare = {.sock = zsock_new_dealer (address), .random = {1}};
    bare_round (&bare, "hello",
                "{\"client_id\":\"00000000-0000-4000-8000-000000000001\",\"protocol\":\"1.1\","
                "\"client_epoch\":{\"generation\":1,\"counter\":1}}");
    struct bench_hops *threads = bench_hops_new ();
    for (int round = -WARM_UP; round < ROUNDS; round++) {
        int64_t start_us = clock_mono_us ();
        ours_round (&ours, parameters);
        int64_t middle_us = clock_mono_us ();
        bare_round (&bare, "evaluate", parameters);
        int64_t end_us = clock_mono_us ();
        bench_hops_round (threads);
        if (round >= 0) {
            through[round] = middle_us - start_us;
            direct[round] = end_us - middle_us;
            floors[round] = direct[round] + clock_mono_us () - end_us;
        }
    }
    bench_hops_destroy (&threads);
    for (size_t index = 0; index < sizeof percents / sizeof *percents; index++) {
        char what[64];
        snprintf (what, sizeof what, "evaluate 3+4 on %s, p%d", kind, percents[index]);
        bench_row (what, "us", (double) bench_percentile (through, ROUNDS, percents[index]),
                   (double) bench_percentile (direct, ROUNDS, percents[index]), limit, slack_us);
    }
    bench_row ("  beside bare and four bare hops between threads, p50", "us",
               (double) bench_percentile (through, ROUNDS, 50),
               (double) bench_percentile (floors, ROUNDS, 50), limit, 0);
    zsock_destroy (&bare.sock);
    ours_stop (&ours);
}

void
bench_evaluate (void)
{
    struct bench_place place;
    bench_place_open (&place);
    char *real = stui_printf ("%s/real", place.directory);
    char *simulated = stui_printf ("%s/simulated", place.directory);
    struct image image = image_start (place.directory);
    evaluate_on ("GNU Smalltalk", image.address, real, 1.2, 100);
    bench_end_us (image.pid, SIGKILL, NULL);
    char *config, address[64] = "";
    pid_t sim = bench_sim (1, 0, &config);
    const char *at = strstr (config, "tcp://");
    if (!at || sscanf (at, "%63s", address) != 1)
        bench_fail ("the simulated image has no address");
    evaluate_on ("a simulated image", address, simulated, 2, 0);
    bench_end_us (sim, SIGKILL, NULL);
    free (config);
    free (simulated);
    free (real);
    bench_place_close (&place);
}
