/* test_curve.c: images behind CURVE: simulated ones and bare sockets of libzmq are reached with the
 * server's key; without it, with another one, or where there is none, it is said which it was. */

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <criterion/criterion.h>
#include <zmq.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "support/stage.h"

enum { KEY_SIZE = 41 };

/* A key that is nobody's. */
#define OTHER_KEY "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"

struct guard {
    void *context;         /* borrowed */
    sem_t *ready;          /* borrowed */
    unsigned char key[32]; /* the public key of who may come in */
};

static struct stage stage;
static struct run_process sim;
static char address[128], key[KEY_SIZE];

static void
setup (void)
{
    stage_open (&stage, "ping_ms = 100\nbackoff_min_ms = 10\nbackoff_max_ms = 200\n"
                        "handshake_ms = 4000\n");
}

static void
teardown (void)
{
    run_end (&sim, SIGTERM);
    stage_close (&stage);
}

TestSuite (curve, .init = setup, .fini = teardown, .timeout = 180);

/* A simulated image, with CURVE or without; its address, and its key. */
static void
start_sim (bool encrypted)
{
    run_start (&sim, &stage.place, NULL,
               (const char *const[]){"sim", "1", encrypted ? "--curve" : NULL, NULL});
    const char *line = run_await (&sim, run_line_contains, "sim-1 listening on ");
    key[0] = '\0';
    int found = sscanf (line, "sim-1 listening on %127s with the server key %40s", address, key);
    cr_assert_eq (found, encrypted ? 2 : 1, "%s", line);
}

/* The image "one" at the sim's address, with the key TEXT (NULL: none). */
static void
list_one (const char *text)
{
    char *settings = text ? stui_printf ("%s\nserver_key = %s", address, text) : NULL;
    stage_list (&stage, "one", text ? settings : address);
    free (settings);
}

static void
expect_trouble (const char *trouble, const char *part)
{
    struct run_result result = run_stui ("image", "diagnose", "one", "--json");
    cr_assert_eq (result.status, 3, "%s%s", result.out, result.err);
    struct json *found = stage_parse (result.out);
    cr_expect_str_eq (json_get_text (found, "trouble"), trouble, "%s", result.out);
    cr_expect_str_eq (json_get_text (found, "phase"), "handshaking", "%s", result.out);
    cr_expect_not_null (strstr (json_get_text (found, "cause"), part), "%s", result.out);
    cr_expect_gt (strlen (json_get_text (found, "advice")), 20, "%s", result.out);
    json_destroy (&found);
    run_result_fini (&result);
}

static void
expect_run (int status, const char *part, struct run_result result)
{
    cr_assert_eq (result.status, status, "%s%s", result.out, result.err);
    cr_assert (strstr (result.out, part) || strstr (result.err, part), "%s%s", result.out,
               result.err);
    run_result_fini (&result);
}

Test (curve, an_image_is_reached_by_its_key)
{
    start_sim (true);
    list_one (key);
    stage_serve (&stage);
    struct json *state = stage_await_state ("one", "state", "online");
    json_destroy (&state);
    stage_expect_eval ("one", "3 + 4", "7");
    expect_run (0, "handshake  ok", run_stui ("image", "test", "one"));
    expect_run (0, "one is well", run_stui ("image", "diagnose", "one"));
    expect_run (1, "this image speaks CURVE alone",
                run_stui ("image", "test", "one", "--conformance"));
}

Test (curve, another_key_than_the_servers)
{
    start_sim (true);
    list_one (OTHER_KEY);
    expect_trouble ("wrong_key", "its key is another one than server_key");
}

Test (curve, the_server_has_a_key_and_we_do_not)
{
    start_sim (true);
    list_one (NULL);
    expect_trouble ("key_wanted", "no server_key is set");
}

Test (curve, we_have_a_key_and_the_server_does_not)
{
    start_sim (false);
    list_one (OTHER_KEY);
    expect_trouble ("no_curve", "does not speak CURVE");
}

Test (curve, a_real_image_has_no_key)
{
    struct image *image = stage_start_image (&stage, "real");
    snprintf (address, sizeof address, "%s", image->address);
    list_one (OTHER_KEY);
    expect_trouble ("no_curve", "does not speak CURVE");
}

/* libzmq's server says nothing when it closes upon another key. */
Test (curve, a_server_of_libzmqs_with_another_key)
{
    char public_key[KEY_SIZE], secret_key[KEY_SIZE];
    size_t size = sizeof address;
    int yes = 1;
    void *context = zmq_ctx_new (), *server = zmq_socket (context, ZMQ_ROUTER);
    zmq_curve_keypair (public_key, secret_key);
    zmq_setsockopt (server, ZMQ_CURVE_SERVER, &yes, sizeof yes);
    zmq_setsockopt (server, ZMQ_CURVE_SECRETKEY, secret_key, sizeof secret_key);
    cr_assert_eq (zmq_bind (server, "tcp://127.0.0.1:*"), 0);
    zmq_getsockopt (server, ZMQ_LAST_ENDPOINT, address, &size);
    list_one (OTHER_KEY);
    expect_trouble ("wrong_key", "most likely");
    zmq_close (server);
    zmq_ctx_term (context);
}

/* ---- A server that knows its clients by their keys ----------------------------------------------- */

/* Lets in who has the key of ARGS, as ZAP says (ZeroMQ RFC 27), until its context ends. */
static void *
guard (void *args)
{
    const struct guard *self = args;
    void *door = zmq_socket (self->context, ZMQ_REP);
    enum { VERSION, ID, DOMAIN, ADDRESS, IDENTITY, MECHANISM, KEY, PARTS };
    char parts[PARTS][64];
    int linger = 0;
    zmq_setsockopt (door, ZMQ_LINGER, &linger, sizeof linger);
    zmq_bind (door, "inproc://zeromq.zap.01");
    sem_post (self->ready);
    while (zmq_recv (door, parts[VERSION], sizeof parts[VERSION], 0) >= 0) {
        int size = 0;
        for (int part = ID; part < PARTS; part++) {
            int count = zmq_recv (door, parts[part], sizeof parts[part], 0);
            size = part == ID ? count : size;
        }
        bool is_known = memcmp (parts[KEY], self->key, sizeof self->key) == 0;
        zmq_send (door, "1.0", 3, ZMQ_SNDMORE);
        zmq_send (door, parts[ID], (size_t) size, ZMQ_SNDMORE);
        zmq_send (door, is_known ? "200" : "400", 3, ZMQ_SNDMORE);
        zmq_send (door, "", 0, ZMQ_SNDMORE);
        zmq_send (door, "", 0, ZMQ_SNDMORE);
        zmq_send (door, "", 0, 0);
    }
    zmq_close (door);
    return NULL;
}

/* Who is let in gets no answer to hello: the server is none of ours. */
Test (curve, our_own_key_is_kept_as_a_secret)
{
    char server_public[KEY_SIZE], server_secret[KEY_SIZE], our_public[KEY_SIZE];
    char our_secret[KEY_SIZE];
    size_t size = sizeof address;
    int yes = 1;
    sem_t ready;
    pthread_t thread;
    struct guard self = {.context = zmq_ctx_new (), .ready = &ready};
    zmq_curve_keypair (server_public, server_secret);
    zmq_curve_keypair (our_public, our_secret);
    zmq_z85_decode (self.key, our_public);
    sem_init (&ready, 0, 0);
    pthread_create (&thread, NULL, guard, &self);
    sem_wait (&ready);
    void *server = zmq_socket (self.context, ZMQ_ROUTER);
    zmq_setsockopt (server, ZMQ_CURVE_SERVER, &yes, sizeof yes);
    zmq_setsockopt (server, ZMQ_CURVE_SECRETKEY, server_secret, sizeof server_secret);
    zmq_setsockopt (server, ZMQ_ZAP_DOMAIN, "images", 6);
    cr_assert_eq (zmq_bind (server, "tcp://127.0.0.1:*"), 0);
    zmq_getsockopt (server, ZMQ_LAST_ENDPOINT, address, &size);
    list_one (server_public);
    expect_trouble ("wrong_key", "knows its clients by their keys");
    expect_run (0, "", run_with (our_secret, "secret", "set", "mine"));
    expect_run (0, "client_key_secret of one is",
                run_stui ("image", "set", "one", "client_key_secret", "mine"));
    struct run_result result = run_stui ("image", "diagnose", "one", "--json");
    struct json *found = stage_parse (result.out);
    cr_expect_str_eq (json_get_text (found, "phase"), "hello", "%s", result.out);
    cr_expect_null (strstr (result.out, our_secret));
    json_destroy (&found);
    run_result_fini (&result);
    zmq_close (server);
    zmq_ctx_shutdown (self.context);
    pthread_join (thread, NULL);
    zmq_ctx_term (self.context);
}

Test (curve, the_key_is_given_by_add_and_set_and_test)
{
    start_sim (true);
    expect_run (0, "added one",
                run_stui ("image", "add", "one", address, "--server-key", OTHER_KEY));
    expect_run (3, "handshake  failed", run_stui ("image", "test", "one"));
    expect_run (0, "ping       ok", run_stui ("image", "test", "one", "--server-key", key));
    expect_run (0, "ping       ok", run_stui ("image", "test", address, "--server-key", key));
    expect_run (3, "server_key is no key of CURVE",
                run_stui ("image", "test", "one", "--server-key", "short"));
    expect_run (0, "server_key of one is", run_stui ("image", "set", "one", "server_key", key));
    expect_run (1, "a CURVE key of 40 characters",
                run_stui ("image", "set", "one", "server_key", "short"));
    stage_expect_eval ("one", "3 + 4", "7");
    expect_run (0, "is taken away", run_stui ("image", "set", "one", "server_key"));
    expect_run (3, "no server_key is set", run_stui ("image", "test", "one"));
}

/* A supervisor that runs goes on once the key is right. */
Test (curve, the_right_key_is_taken_up_at_once)
{
    start_sim (true);
    list_one (OTHER_KEY);
    stage_serve (&stage);
    struct json *state = stage_await_state ("one", "trouble", "wrong_key");
    json_destroy (&state);
    expect_run (0, "server_key of one is", run_stui ("image", "set", "one", "server_key", key));
    state = stage_await_state ("one", "state", "online");
    json_destroy (&state);
}

/* ---- The key of a simulated image -------------------------------------------------------------- */

Test (curve, a_key_stays_the_same_and_is_nobody_elses)
{
    char before[KEY_SIZE];
    struct stat status;
    start_sim (true);
    memcpy (before, key, sizeof before);
    run_end (&sim, SIGTERM);
    start_sim (true);
    cr_expect_str_eq (key, before);
    run_end (&sim, SIGTERM);
    const char *base = getenv ("XDG_STATE_HOME");
    char *path = stui_printf ("%s/stui-image/sim.curve", base);
    cr_assert_eq (stat (path, &status), 0, "%s", path);
    cr_expect_eq (status.st_mode & 0777, 0600);
    chmod (path, 0644);
    expect_run (1, "can be read by others", run_stui ("sim", "1", "--curve"));
    FILE *file = fopen (path, "w");
    fputs ("nonsense\n", file);
    fclose (file);
    chmod (path, 0600);
    expect_run (1, "holds no secret key of CURVE", run_stui ("sim", "1", "--curve"));
    free (path);
}
