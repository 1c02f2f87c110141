/* test_sim.c: `stui sim` as a process of its own: with stui on many of its images, and with bare
 * sockets. */

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "support/raw_peer.h"
#include "support/run.h"
#include "support/wire_client.h"

enum { MANY = 50 };

#define ME "0e0c6a2f-1d0c-4f5b-9a52-000000000001"

static struct run_place place;
static struct run_process sim, serve;

static void
setup (void)
{
    run_place_open (&place, NULL);
}

static void
teardown (void)
{
    run_end (&serve, SIGTERM);
    run_end (&sim, SIGTERM);
    run_place_close (&place);
}

TestSuite (sim, .init = setup, .fini = teardown, .timeout = 180);

/* Starts `stui sim` with WORDS and waits until it says LINE. */
static void
start_sim (const char *const *words, const char *line)
{
    run_start (&sim, &place, NULL, words);
    run_await (&sim, run_line_contains, line);
}

#define start(line, ...) start_sim ((const char *const[]){"sim", __VA_ARGS__, NULL}, line)

/* The port of the only image. */
static int
start_one (const char *option, const char *value)
{
    run_start (&sim, &place, NULL, (const char *const[]){"sim", "1", option, value, NULL});
    const char *line = run_await (&sim, run_line_contains, "sim-1 listening on tcp://127.0.0.1:");
    return atoi (strrchr (line, ':') + 1);
}

/* Serves COUNT simulated images with stui, and waits until all are online. */
static void
serve_many (int count)
{
    char number[16], last[64];
    snprintf (number, sizeof number, "%d", count);
    snprintf (last, sizeof last, "# %d simulated image", count);
    start (last, number, "--print-config");
    char *config = stui_alloc (sim.out.size + 1);
    for (size_t i = 0; i < sim.out.size; i++) /* run_await has ended each line with a NUL */
        config[i] = (char) (sim.out.text[i] ? sim.out.text[i] : '\n');
    run_place_configure (&place, config);
    free (config);
    run_serve (&serve, &place, "default", NULL);
    int online = 0;
    while (online < count) {
        struct run_result status = run_stui ("status", "--json");
        cr_assert_neq (status.status, 1, "%s", status.err);
        online = 0;
        for (const char *at = status.out; (at = strstr (at, "\"state\":\"online\"")); at++)
            online++;
        run_result_fini (&status);
    }
}

/* ---- with stui ------------------------------------------------------------------------------- */

Test (sim, fifty_images_come_online_and_answer)
{
    serve_many (MANY);
    struct run_result eval = run_stui ("eval", "--all", "--json", "-e", "3 + 4");
    cr_assert_eq (eval.status, 0, "%s", eval.err);
    int answers = 0;
    for (const char *at = eval.out; (at = strstr (at, "\"result\":\"7\"")); at++)
        answers++;
    cr_assert_eq (answers, MANY, "%s", eval.out);
    run_result_fini (&eval);
}

/* Whether NAME's evaluator is busy. */
static bool
is_busy (const char *name)
{
    struct run_result result = run_stui ("status", "--json");
    struct json *status = json_parse_text (result.out);
    const struct json *image = json_first (json_get (status, "images"));
    while (image && strcmp (json_get_text (image, "name"), name) != 0)
        image = json_next (image);
    const char *evaluator = json_get_text (image, "evaluator");
    bool busy = evaluator && strcmp (evaluator, "busy") == 0;
    json_destroy (&status);
    run_result_fini (&result);
    return busy;
}

/* Symptom: when the owner was killed, images that had never been asked were called in doubt. */
Test (sim, images_that_were_not_asked_when_the_owner_went_are_not_in_doubt)
{
    enum { ASKED = 128, MORE = 7 }; /* so many are asked at a time */
    struct run_process eval;
    size_t in_doubt = 0, not_asked = 0;
    serve_many (ASKED + MORE);
    run_start (&eval, &place, NULL,
               (const char *const[]){"eval", "--all", "--json", "-e", "[true] whileTrue", NULL});
    while (!is_busy ("sim-128"))
        ; /* each look is a process of its own */
    kill (serve.pid, SIGKILL);
    for (int i = 0; i < ASKED + MORE; i++) {
        const char *line = run_await (&eval, NULL, NULL);
        in_doubt += strstr (line, "\"status\":\"in_doubt\"") != NULL;
        not_asked += strstr (line, "it was not asked") != NULL;
    }
    cr_expect_eq (run_end (&eval, 0), 4);
    cr_expect_eq (in_doubt, ASKED, "%zu are in doubt", in_doubt);
    cr_expect_eq (not_asked, MORE, "%zu were not asked", not_asked);
    run_end (&serve, 0);
}

Test (sim, sessions_keep_their_variables)
{
    serve_many (2);
    struct run_result made = run_stui ("session", "new", "sim-2", "work");
    cr_assert_eq (made.status, 0, "%s", made.err);
    char id[64] = "";
    sscanf (made.out, "%36s", id);
    run_result_fini (&made);
    struct run_result eval = run_stui ("eval", "sim-2", "--session", id, "-e", "x := 20. x");
    cr_assert_eq (eval.status, 0, "%s", eval.err);
    run_result_fini (&eval);
    eval = run_stui ("eval", "sim-2", "--session", id, "-e", "x + 1");
    cr_assert_str_eq (eval.out, "21\n", "%s", eval.err);
    run_result_fini (&eval);
    eval = run_stui ("eval", "sim-1", "-e", "x + 1");
    cr_assert_eq (eval.status, 1);
    run_result_fini (&eval);
}

Test (sim, errors_and_time_limits_are_told_apart)
{
    serve_many (1);
    struct run_result eval = run_stui ("eval", "sim-1", "-e", "1/0");
    cr_assert_eq (eval.status, 1);
    cr_assert_not_null (strstr (eval.err, "ZeroDivide"), "%s", eval.err);
    run_result_fini (&eval);
    eval = run_stui ("eval", "sim-1", "--timeout", "0.3", "-e", "[true] whileTrue");
    cr_assert_eq (eval.status, 1);
    cr_assert_not_null (strstr (eval.err, "timed out after 300 ms"), "%s", eval.err);
    run_result_fini (&eval);
    eval = run_stui ("eval", "sim-1", "-e", "3 + 4");
    cr_assert_str_eq (eval.out, "7\n");
    run_result_fini (&eval);
}

/* ---- what it says of itself -------------------------------------------------------------------- */

Test (sim, an_image_keeps_its_id_and_changes_its_boot_id)
{
    char ids[2][2][64];
    for (int life = 0; life < 2; life++) {
        int port = start_one (NULL, NULL);
        struct wire_client *client = wire_client_new (port);
        cJSON *hello = wire_client_call (client, "hello",
                                         wire_json ("{'client_id':'" ME "','protocol':'1.1'}"));
        cr_assert_str_eq (wire_string (hello, "result.dialect"), "simulated");
        snprintf (ids[life][0], 64, "%s", wire_string (hello, "result.image_id"));
        snprintf (ids[life][1], 64, "%s", wire_string (hello, "result.boot_id"));
        cJSON_Delete (hello);
        wire_client_destroy (&client);
        cr_assert_eq (run_end (&sim, SIGTERM), 0);
    }
    cr_assert_str_eq (ids[0][0], ids[1][0]);
    cr_assert_str_neq (ids[0][1], ids[1][1]);
}

Test (sim, lists_its_images_as_json)
{
    start ("\"image_id\"", "2", "--prefix", "load", "--json");
    struct json *list = json_parse_text (sim.out.text);
    cr_assert_eq (json_count (list), 2);
    cr_assert_str_eq (json_get_text (json_at (list, 1), "name"), "load-2");
    json_destroy (&list);
}

Test (sim, wrong_words_are_refused_before_anything_listens)
{
    static const struct {
        const char *const words[6];
        int status;
        const char *text;
    } cases[] = {
        {{"sim"}, 2, "something is missing"},
        {{"sim", "0"}, 2, "0"},
        {{"sim", "3", "--port", "65534"}, 2, "go beyond 65535"},
        {{"sim", "1", "--prefix", "no/slash"}, 2, "begins no name"},
        {{"sim", "1", "--token-file", "/no/such/file"}, 1, "/no/such/file"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct run_result result = run_words (NULL, cases[i].words);
        cr_assert_eq (result.status, cases[i].status, "%d: %s", result.status, result.err);
        cr_assert_not_null (strstr (result.err, cases[i].text), "%s", result.err);
        run_result_fini (&result);
    }
}

Test (sim, a_port_that_is_taken_is_named)
{
    char port[16];
    snprintf (port, sizeof port, "%d", start_one (NULL, NULL));
    struct run_result result = run_stui ("sim", "1", "--port", port);
    cr_assert_eq (result.status, 1);
    cr_assert_not_null (strstr (result.err, port), "%s", result.err);
    run_result_fini (&result);
}

/* ---- with bare sockets --------------------------------------------------------------------------- */

/* Whether the image of ASKER knows a session that nobody is connected for. */
static bool
is_alone (struct wire_client *asker, int orphaned)
{
    cJSON *list = wire_client_call (asker, "list_image_sessions", NULL);
    bool is_it = (int) wire_number (list, "result.orphaned_count") == orphaned;
    cJSON_Delete (list);
    return is_it;
}

Test (sim, an_older_connection_is_fenced_and_never_answered_again)
{
    int port = start_one (NULL, NULL);
    struct wire_client *older = wire_client_new (port), *newer = wire_client_new (port);
    cr_assert (wire_client_claim (older, ME, 1, 1, NULL));
    cr_assert (wire_client_claim (newer, ME, 1, 2, NULL));
    cJSON *fenced = wire_client_recv (older);
    cr_assert_str_eq (wire_string (fenced, "error_type"), "Fenced");
    cJSON_Delete (fenced);
    wire_client_send (older, "evaluate", wire_json ("{'code':'Counter next'}"), NULL);
    cJSON *counter = wire_client_evaluate (newer, NULL, "Counter value");
    cr_assert_str_eq (wire_string (counter, "result.result"), "0");
    cJSON_Delete (counter);
    wire_client_destroy (&older);
    wire_client_destroy (&newer);
}

/* What the image on PORT writes to a peer that sends these SIZE bytes, until it closes; *MS: after
 * how long. Caller frees. */
static char *
listen_until_closed (int port, const char *bytes, size_t size, size_t *heard, int64_t *ms)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons ((uint16_t) port),
        .sin_addr.s_addr = htonl (INADDR_LOOPBACK),
    };
    int peer = socket (AF_INET, SOCK_STREAM, 0);
    int64_t begun_ms = clock_mono_ms ();
    char *text = stui_alloc (65536);
    ssize_t count;
    cr_assert_eq (connect (peer, (struct sockaddr *) &address, sizeof address), 0);
    cr_assert_eq (write (peer, bytes, size), (ssize_t) size);
    *heard = 0;
    while (*heard < 65535 && (count = read (peer, text + *heard, 65535 - *heard)) > 0)
        *heard += (size_t) count;
    *ms = clock_mono_ms () - begun_ms;
    close (peer);
    return text;
}

/* A greeting with MECHANISM, then REST. */
static char *
after_greeting (const char *mechanism, const char *rest, size_t size)
{
    char *bytes = stui_alloc (64 + size);
    bytes[0] = (char) 0xFF;
    bytes[9] = 0x7F;
    bytes[10] = 3;
    memcpy (bytes + 12, mechanism, strlen (mechanism));
    memcpy (bytes + 64, rest, size);
    return bytes;
}

Test (sim, a_wrong_token_is_refused_after_a_second_and_the_connection_closed)
{
    static const char ready[] = "\4\31\5READY\13Socket-Type\0\0\0\3REQ\1\0";
    static const char hello[] = "{\"id\":\"x\",\"command\":\"hello\",\"parameters\":"
                                "{\"client_id\":\"c\",\"protocol\":\"1.1\",\"token\":\"no\"}}";
    int port = start_one ("--token", "secret");
    struct wire_client *client = wire_client_new (port);
    cJSON *refused = wire_client_call (client, "ping", NULL);
    cr_assert_str_eq (wire_string (refused, "error_type"), "AuthenticationError");
    cJSON_Delete (refused);
    cr_assert (wire_client_claim (client, ME, 1, 1, "secret"));

    char rest[sizeof ready + sizeof hello + 2];
    memcpy (rest, ready, sizeof ready - 1);
    rest[sizeof ready - 1] = 0;
    rest[sizeof ready] = (char) (sizeof hello - 1);
    memcpy (rest + sizeof ready + 1, hello, sizeof hello - 1);
    size_t size = sizeof ready + sizeof hello, heard;
    int64_t ms;
    char *bytes = after_greeting ("NULL", rest, size);
    char *text = listen_until_closed (port, bytes, 64 + size, &heard, &ms);
    cr_assert_not_null (memmem (text, heard, "AuthenticationError", 19));
    cr_assert_geq (ms, 1000);
    free (text);
    free (bytes);
    cJSON *answer = wire_client_evaluate (client, NULL, "3 + 4");
    cr_assert_str_eq (wire_string (answer, "result.result"), "7");
    cJSON_Delete (answer);
    wire_client_destroy (&client);
}

Test (sim, a_plain_client_with_the_token_as_password_needs_none_in_its_hello)
{
    int port = start_one ("--token", "secret");
    struct wire_client *client = wire_client_new_plain (port, "anybody", "secret");
    cr_assert (wire_client_claim (client, ME, 1, 1, NULL));
    cJSON *answer = wire_client_evaluate (client, NULL, "3 + 4");
    cr_assert_str_eq (wire_string (answer, "result.result"), "7");
    cJSON_Delete (answer);
    wire_client_destroy (&client);
}

Test (sim, a_plain_client_with_another_password_is_told_after_a_second)
{
    static const char hello[] = "\4\13\5HELLO\1a\2no";
    int port = start_one ("--token", "secret");
    size_t heard;
    int64_t ms;
    char *bytes = after_greeting ("PLAIN", hello, sizeof hello - 1);
    char *text = listen_until_closed (port, bytes, 64 + sizeof hello - 1, &heard, &ms);
    cr_assert_not_null (memmem (text, heard, "\5ERROR\23Invalid credentials", 26));
    cr_assert_geq (ms, 1000);
    free (text);
    free (bytes);
}

Test (sim, a_plain_client_may_use_an_image_without_token)
{
    int port = start_one (NULL, NULL);
    struct wire_client *client = wire_client_new_plain (port, "anybody", "anything");
    cr_assert (wire_client_claim (client, ME, 1, 1, NULL));
    wire_client_destroy (&client);
}

Test (sim, read_only_images_are_looked_at_only)
{
    int port = start_one ("--read-only", NULL);
    struct wire_client *client = wire_client_new (port);
    cr_assert (wire_client_claim (client, ME, 1, 1, NULL));
    cJSON *answer = wire_client_evaluate (client, NULL, "3 + 4");
    cr_assert_str_eq (wire_string (answer, "error_type"), "PermissionDenied");
    cJSON_Delete (answer);
    answer = wire_client_call (client, "browse_class", wire_json ("{'class_name':'Object'}"));
    cr_assert_str_eq (wire_string (answer, "result.class_info.name"), "Object");
    cJSON_Delete (answer);
    wire_client_destroy (&client);
}

Test (sim, a_class_is_defined_used_debugged_and_gone_with_the_process)
{
    int port = start_one (NULL, NULL);
    struct wire_client *client = wire_client_new (port);
    cr_assert (wire_client_claim (client, ME, 1, 1, NULL));
    cJSON_Delete (wire_client_call (client, "create_session", wire_json ("{'session_id':'s'}")));
    cJSON *answer =
        wire_client_call (client, "define_class",
                          wire_json ("{'class_name':'Foo','source':'Object subclass: #Foo'}"));
    cr_assert_str_eq (wire_string (answer, "result.name"), "Foo");
    cJSON_Delete (answer);
    answer =
        wire_client_call (client, "compile_method",
                          wire_json ("{'class_name':'Foo','source':'half: n\\n\\t^n / (n - n)'}"));
    cr_assert_str_eq (wire_string (answer, "result.name"), "half:");
    cJSON_Delete (answer);
    answer = wire_client_call (client, "evaluate",
                               wire_json ("{'session_id':'s','on_error':'debug',"
                                          "'code':'(Foo new half: 6) isNil'}"));
    cJSON *proceed = wire_json ("{'session_id':'s','operation':'proceed','debug_id':'%s'}",
                                wire_string (answer, "result.debug_id"));
    cJSON_Delete (answer);
    answer = wire_client_call (client, "debug", proceed);
    cr_assert_str_eq (wire_string (answer, "result.result"), "true");
    cJSON_Delete (answer);
    wire_client_destroy (&client);
    cr_assert_eq (run_end (&sim, SIGTERM), 0);
}

Test (sim, sessions_of_a_peer_that_went_are_orphaned)
{
    int port = start_one (NULL, NULL);
    struct wire_client *one = wire_client_new (port), *other = wire_client_new (port);
    cr_assert (wire_client_claim (one, ME, 1, 1, NULL));
    cr_assert (wire_client_claim (other, "0e0c6a2f-1d0c-4f5b-9a52-000000000002", 1, 1, NULL));
    cJSON *made = wire_client_call (one, "create_session", NULL);
    cr_assert_str_eq (wire_string (made, "status"), "success");
    cJSON_Delete (made);
    cr_assert (is_alone (other, 0));
    wire_client_destroy (&one);
    while (!is_alone (other, 1)) /* each time after an answer */
        ;
    wire_client_destroy (&other);
}

Test (sim, a_large_message_and_strangers_disturb_nobody)
{
    int port = start_one (NULL, NULL);
    struct wire_client *client = wire_client_new (port);
    cr_assert (wire_client_claim (client, ME, 1, 1, NULL));
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons ((uint16_t) port),
        .sin_addr.s_addr = htonl (INADDR_LOOPBACK),
    };
    int stranger = socket (AF_INET, SOCK_STREAM, 0);
    cr_assert_eq (connect (stranger, (struct sockaddr *) &address, sizeof address), 0);
    cr_assert_eq (write (stranger, "GET / HTTP/1.1\r\n\r\n", 18), 18);
    char greeting[64];
    while (read (stranger, greeting, sizeof greeting) > 0)
        ; /* until it is closed */
    close (stranger);

    size_t size = 10485761;
    char *large = stui_alloc (size);
    memset (large, 'x', size);
    memcpy (large, "{\"id\":\"big\",", 12);
    wire_client_send_bytes (client, large, size);
    free (large);
    cJSON *answer = wire_client_answer (client, "big");
    cr_assert_str_eq (wire_string (answer, "error_type"), "MessageTooLarge");
    cJSON_Delete (answer);
    answer = wire_client_evaluate (client, NULL, "3 + 4");
    cr_assert_str_eq (wire_string (answer, "result.result"), "7");
    cJSON_Delete (answer);
    wire_client_destroy (&client);
}

/* Symptom: 256 connections could each leave 10 MB of a message in an image that takes no token. */
Test (sim, halves_of_messages_take_64_megabytes_together)
{
    enum { PEERS = 7 }; /* six halves of the largest message are below the limit */
    int port = start_one (NULL, NULL);
    struct pollfd peers[PEERS];
    size_t size = 10485760, closed = 0;
    char *body = stui_alloc (size);
    memset (body, ' ', size);
    memcpy (body, "{\"id\":\"late\",\"command\":\"ping\"", 29);
    body[size - 1] = '}';
    unsigned char *bytes = stui_alloc (size + 16);
    size = raw_frame (body, size, bytes);
    for (int i = 0; i < PEERS; i++) {
        peers[i] = (struct pollfd){.fd = raw_connect (port, 0), .events = POLLIN};
        raw_shake_hands (peers[i].fd);
        raw_write (peers[i].fd, bytes, size - 1); /* the last one may be cut off meanwhile */
    }
    cr_assert_eq (poll (peers, PEERS, 30000), 1);
    while (peers[closed].revents == 0)
        closed++;
    cr_expect (raw_await_close (peers[closed].fd));
    /* The others go on where they were. */
    for (size_t i = 0; i < PEERS; i++) {
        unsigned char answer[2];
        if (i != closed) {
            cr_expect (raw_write (peers[i].fd, bytes + size - 1, 1));
            cr_expect_eq (raw_read (peers[i].fd, answer, 2), 2, "peer %zu is not answered", i);
        }
        close (peers[i].fd);
    }
    free (bytes);
    free (body);
}

Test (sim, says_that_it_ends)
{
    int port = start_one (NULL, NULL);
    struct wire_client *client = wire_client_new (port);
    cr_assert (wire_client_claim (client, ME, 1, 1, NULL));
    cJSON *answer =
        wire_client_call (client, "subscribe", wire_json ("{'events':['image_quitting']}"));
    cJSON_Delete (answer);
    kill (sim.pid, SIGINT);
    cJSON *event = wire_client_event (client, "image_quitting");
    cr_assert_not_null (event);
    cJSON_Delete (event);
    cr_assert_eq (run_end (&sim, 0), 0);
    wire_client_destroy (&client);
}
