/* test_control_actor.c: the control actor between real clients on a real socket and a bare
 * switchboard. Long, since every rule of that socket is tried here. */

#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "actors/control.h"
#include "runtime/frame.h"
#include "runtime/json.h"
#include "support/switchboard.h"

static struct switchboard board;
static zactor_t *actor;
static char directory[64], path[96];

static void
setup (void)
{
    switchboard_open (&board);
    strcpy (directory, "/tmp/test-control-XXXXXX");
    cr_assert_not_null (mkdtemp (directory));
    snprintf (path, sizeof path, "%s/one.sock", directory);
}

static void
teardown (void)
{
    if (actor)
        switchboard_stop (&board, &actor);
    cr_assert_eq (access (path, F_OK), -1, "the socket was left behind");
    switchboard_close (&board);
    rmdir (directory);
}

/* Starts the actor, its profile open, and waits until it listens. */
static void
start (struct control_args args)
{
    args.socket_path = path;
    args.opened = true;
    actor = switchboard_start (&board, control_actor, "control", &args);
    struct msg *listening = switchboard_expect (&board, MSG_LISTENING);
    cr_assert_str_eq (msg_text (listening, 0), path);
    msg_destroy (&listening);
}

/* ---- a client ---- */

struct client {
    int fd;
    struct frame_reader in;
};

static int
try_connect (void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy (address.sun_path, path);
    int fd = socket (AF_UNIX, SOCK_STREAM, 0);
    if (connect (fd, (struct sockaddr *) &address, sizeof address) == 0)
        return fd;
    close (fd);
    return -1;
}

static struct client
client_connect (void)
{
    struct client client = {.fd = try_connect ()};
    cr_assert_geq (client.fd, 0, "%s", strerror (errno));
    return client;
}

static void
client_send (struct client *client, char *frame, size_t size)
{
    cr_assert_eq (send (client->fd, frame, size, MSG_NOSIGNAL), (ssize_t) size);
    free (frame);
}

static void
client_say (struct client *client, const char *text)
{
    size_t size;
    char *frame = frame_encode (text, strlen (text), &size);
    client_send (client, frame, size);
}

/* The next frame; NULL when the other end closed first. */
static struct json *
client_hear (struct client *client)
{
    struct json *json;
    struct stui_cause cause = {0};
    int taken;
    while ((taken = frame_take (&client->in, &json, &cause)) == 0) {
        char bytes[4096];
        struct pollfd ready = {.fd = client->fd, .events = POLLIN};
        cr_assert_eq (poll (&ready, 1, SWITCHBOARD_PATIENCE_MS), 1, "nothing came");
        ssize_t got = recv (client->fd, bytes, sizeof bytes, 0);
        if (got <= 0)
            return NULL;
        frame_feed (&client->in, bytes, (size_t) got);
    }
    cr_assert_eq (taken, 1, "%s", cause.text);
    return json;
}

static void
client_close (struct client *client)
{
    close (client->fd);
    frame_reader_fini (&client->in);
}

static struct client
client_attach (void)
{
    struct client client = client_connect ();
    size_t size;
    char *hello = frame_hello (getpid (), &size);
    client_send (&client, hello, size);
    struct json *json = client_hear (&client);
    cr_assert_eq (frame_hello_check (json, false, 0, NULL), 0);
    json_destroy (&json);
    return client;
}

static void
client_ask (struct client *client, uint64_t ref, const char *to, const char *rest)
{
    char text[256];
    snprintf (text, sizeof text, "{\"to\":\"%s\",\"ref\":%llu,%s}", to, (unsigned long long) ref,
              rest);
    client_say (client, text);
}

#define ASK_STATUS   "\"verb\":\"status\",\"fields\":[]"
#define EDITOR       "0199c82c-0000-7000-8000-0000000000aa"
#define ASK_LEASE    "\"verb\":\"session_lease\",\"fields\":[\"one\",\"" EDITOR "\"]"
#define ASK_CONFIG   "\"verb\":\"config_get\",\"fields\":[\"one\"]"
#define ASK_EVALUATE "\"verb\":\"command\",\"fields\":[\"evaluate\",{\"code\":\"1\"},5000,\"tag\"]"

/* The next frame is the answer to REF, of this verb and with this first field. */
static void
expect_answer (struct client *client, uint64_t ref, const char *verb, const char *first)
{
    struct json *json = client_hear (client);
    cr_assert_not_null (json, "closed");
    char *text = json_print (json), *field = json_print (json_at (json_get (json, "fields"), 0));
    cr_assert_eq (json_get_number (json, "ref", 0), (int64_t) ref, "%s", text);
    cr_assert_str_eq (json_get_text (json, "verb"), verb, "%s", text);
    cr_assert_str_eq (field, first, "%s", text);
    free (field);
    free (text);
    json_destroy (&json);
}

/* The other end says {"error": …WORDS…}, and closes. */
static void
expect_expelled (struct client *client, const char *words)
{
    struct json *json = client_hear (client);
    cr_assert_not_null (json, "closed without a word");
    const char *error = json_get_text (json, "error");
    cr_assert (error && strstr (error, words), "%s", error);
    json_destroy (&json);
    cr_assert_null (client_hear (client));
}

/* Answers REQUEST, and frees it. */
static void
answer (struct msg *request, const char *result)
{
    struct msg *ok = msg_new (request->peer, MSG_OK, request->ref, result);
    switchboard_send (&board, "control", &ok);
    msg_destroy (&request);
}

/* ---- binding ---- */

Test (control_actor, binds_only_when_the_profile_is_open_and_for_us_alone, .init = setup,
      .fini = teardown)
{
    struct control_args args = {.socket_path = path};
    actor = switchboard_start (&board, control_actor, "control", &args);
    cr_assert_lt (try_connect (), 0);
    struct msg *opened = msg_new ("store#1", MSG_OPENED, 0, "client", UINT64_C (7));
    switchboard_send (&board, "control", &opened);
    struct msg *listening = switchboard_expect (&board, MSG_LISTENING);
    cr_assert_str_eq (listening->peer, "main");
    msg_destroy (&listening);
    struct stat info;
    cr_assert_eq (stat (path, &info), 0);
    cr_assert_eq (info.st_mode & 0777, 0600);
    struct client client = client_attach ();
    client_close (&client);
}

Test (control_actor, takes_the_place_of_a_socket_that_a_dead_owner_left, .init = setup,
      .fini = teardown)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy (address.sun_path, path);
    int fd = socket (AF_UNIX, SOCK_STREAM, 0);
    cr_assert_eq (bind (fd, (struct sockaddr *) &address, sizeof address), 0);
    close (fd);
    start ((struct control_args){0});
    struct client client = client_attach ();
    client_close (&client);
}

Test (control_actor, ends_with_a_reason_when_its_directory_is_open_to_others, .init = setup,
      .fini = teardown)
{
    chmod (directory, 0755);
    struct control_args args = {.socket_path = path, .opened = true};
    actor = switchboard_start (&board, control_actor, "control", &args);
    struct msg *ended = switchboard_expect (&board, MSG_ENDED);
    cr_assert_not_null (strstr (msg_text (ended, 0), "PermissionDenied: "), "%s",
                        msg_text (ended, 0));
    msg_destroy (&ended);
    zactor_destroy (&actor);
}

/* ---- hello ---- */

Test (control_actor, refuses_another_version_with_a_sentence, .init = setup, .fini = teardown)
{
    start ((struct control_args){0});
    struct client client = client_connect ();
    client_say (&client, "{\"stui\":\"99.0\",\"vocabulary\":1,\"pid\":1}");
    expect_expelled (&client, "you are stui 99.0");
    client_close (&client);
}

Test (control_actor, refuses_who_asks_before_hello, .init = setup, .fini = teardown)
{
    start ((struct control_args){0});
    struct client client = client_connect ();
    client_ask (&client, 1, "main", ASK_STATUS);
    expect_expelled (&client, "not a hello");
    client_close (&client);
}

Test (control_actor, lets_go_of_who_never_says_hello, .init = setup, .fini = teardown)
{
    start ((struct control_args){.patience_ms = 50});
    struct client client = client_connect ();
    cr_assert_null (client_hear (&client));
    client_close (&client);
}

Test (control_actor, turns_away_one_client_too_many, .init = setup, .fini = teardown)
{
    start ((struct control_args){0});
    struct client clients[CONTROL_CLIENTS_MAX];
    for (int index = 0; index < CONTROL_CLIENTS_MAX; index++)
        clients[index] = client_attach ();
    struct client late = client_connect ();
    expect_expelled (&late, "attached");
    client_close (&late);
    client_ask (&clients[0], 1, "main", ASK_STATUS);
    answer (switchboard_expect (&board, MSG_STATUS), "{}");
    expect_answer (&clients[0], 1, "ok", "{}");
    for (int index = 0; index < CONTROL_CLIENTS_MAX; index++)
        client_close (&clients[index]);
}

/* ---- requests ---- */

Test (control_actor, brings_each_client_its_own_answer, .init = setup, .fini = teardown)
{
    start ((struct control_args){0});
    struct client one = client_attach (), other = client_attach ();
    client_ask (&one, 7, "main", ASK_CONFIG);
    struct msg *first = switchboard_expect (&board, MSG_CONFIG_GET);
    client_ask (&other, 7, "main", ASK_STATUS);
    struct msg *second = switchboard_expect (&board, MSG_STATUS);
    cr_assert_str_eq (first->peer, "main");
    cr_assert_str_eq (msg_text (first, 0), "one");
    cr_assert_neq (first->ref, second->ref);
    answer (second, "{\"b\":2}");
    answer (first, "{\"a\":1}");
    expect_answer (&one, 7, "ok", "{\"a\":1}");
    expect_answer (&other, 7, "ok", "{\"b\":2}");
    client_close (&one);
    client_close (&other);
}

Test (control_actor, refuses_what_is_not_for_terminals, .init = setup, .fini = teardown)
{
    static const char *const forbidden[] = {
        "\"verb\":\"state\",\"fields\":[{}]",  "\"verb\":\"up\",\"fields\":[]",
        "\"verb\":\"ok\",\"fields\":[{}]",     "\"verb\":\"tick\",\"fields\":[1]",
        "\"verb\":\"drain\",\"fields\":[]",    "\"verb\":\"status\",\"fields\":[1]",
        "\"verb\":\"images\",\"fields\":[{}]",
    };
    start ((struct control_args){0});
    struct client client = client_attach ();
    for (uint64_t index = 0; index < sizeof forbidden / sizeof *forbidden; index++) {
        client_ask (&client, index + 1, "registry", forbidden[index]);
        expect_answer (&client, index + 1, "error", "\"InvalidRequest\"");
    }
    client_ask (&client, 99, "main", "\"verb\":\"dance\",\"fields\":[]");
    expect_answer (&client, 99, "error", "\"UnknownVerb\"");
    client_say (&client, "{\"to\":\"main\",\"verb\":\"status\",\"fields\":[]}");
    expect_expelled (&client, "ref");
    client_close (&client);
}

Test (control_actor, refuses_requests_beyond_a_terminals_room_at_once, .init = setup,
      .fini = teardown)
{
    enum { ASKED = 300 };
    start ((struct control_args){0});
    struct client client = client_attach ();
    for (uint64_t ref = 1; ref <= ASKED; ref++)
        client_ask (&client, ref, "main", ASK_STATUS);
    for (uint64_t ref = STUI_TERMINAL_ROOM + 1; ref <= ASKED; ref++)
        expect_answer (&client, ref, "error", "\"QueueFull\"");
    answer (switchboard_expect (&board, MSG_STATUS), "{}");
    expect_answer (&client, 1, "ok", "{}");
    client_ask (&client, 1000, "main", ASK_CONFIG); /* there is room again */
    answer (switchboard_await (&board, MSG_CONFIG_GET), "{}");
    expect_answer (&client, 1000, "ok", "{}");
    client_close (&client);
}

Test (control_actor, refuses_a_ref_that_is_still_open, .init = setup, .fini = teardown)
{
    start ((struct control_args){0});
    struct client client = client_attach ();
    client_ask (&client, 5, "main", ASK_STATUS);
    client_ask (&client, 5, "main", ASK_STATUS);
    expect_answer (&client, 5, "error", "\"InvalidRequest\"");
    client_close (&client);
}

/* ---- bad bytes, and leaving ---- */

Test (control_actor, closes_who_announces_a_frame_too_large, .init = setup, .fini = teardown)
{
    start ((struct control_args){0});
    struct client client = client_attach ();
    cr_assert_eq (send (client.fd, "\xff\xff\xff\xff", 4, MSG_NOSIGNAL), 4);
    expect_expelled (&client, "announced");
    client_close (&client);
}

Test (control_actor, survives_half_a_frame_and_serves_the_next, .init = setup, .fini = teardown)
{
    start ((struct control_args){0});
    struct client client = client_attach ();
    cr_assert_eq (send (client.fd, "\0\0\1\0{\"to\"", 9, MSG_NOSIGNAL), 9);
    client_close (&client);
    client = client_attach ();
    client_ask (&client, 1, "main", ASK_STATUS);
    answer (switchboard_expect (&board, MSG_STATUS), "{}");
    expect_answer (&client, 1, "ok", "{}");
    client_close (&client);
}

Test (control_actor, drops_the_answer_of_a_client_that_left, .init = setup, .fini = teardown)
{
    start ((struct control_args){0});
    struct client leaver = client_attach ();
    client_ask (&leaver, 7, "main", ASK_STATUS);
    struct msg *open = switchboard_expect (&board, MSG_STATUS);
    client_close (&leaver);
    struct client stayer = client_attach ();
    client_ask (&stayer, 7, "main", ASK_CONFIG);
    struct msg *asked = switchboard_expect (&board, MSG_CONFIG_GET);
    answer (open, "{\"for\":\"leaver\"}");
    answer (asked, "{\"for\":\"stayer\"}");
    expect_answer (&stayer, 7, "ok", "{\"for\":\"stayer\"}");
    client_close (&stayer);
}

/* Symptom: what a terminal had edited that was killed was read-only for 17 s. */
Test (control_actor, tells_at_once_that_a_terminal_that_edits_has_gone, .init = setup,
      .fini = teardown)
{
    start ((struct control_args){0});
    struct client reader = client_attach (), editor = client_attach (), again = client_attach ();
    client_ask (&editor, 7, "image/one", ASK_LEASE);
    struct msg *asked = switchboard_expect (&board, MSG_SESSION_LEASE);
    client_ask (&again, 7, "image/one", ASK_LEASE);
    struct msg *next = switchboard_expect (&board, MSG_SESSION_LEASE);
    client_close (&reader); /* it edits nothing: nothing is told */
    client_close (&editor); /* it has attached anew */
    client_close (&again);
    struct msg *gone = switchboard_expect (&board, MSG_TERMINAL_GONE);
    cr_assert_str_eq (msg_text (gone, 0), EDITOR);
    msg_destroy (&gone);
    msg_destroy (&asked);
    msg_destroy (&next);
}

/* Symptom: code whose asker was killed, or gave up waiting, was known to nobody. */
Test (control_actor, tells_a_supervisor_whose_answer_nobody_waits_for, .init = setup,
      .fini = teardown)
{
    start ((struct control_args){0});
    struct client answered = client_attach (), client = client_attach ();
    client_ask (&answered, 7, "image/one", ASK_EVALUATE);
    answer (switchboard_expect (&board, MSG_COMMAND), "{}");
    expect_answer (&answered, 7, "ok", "{}");
    client_close (&answered); /* it had its answer: nothing is told */
    client_ask (&client, 7, "image/one", ASK_EVALUATE);
    client_ask (&client, 8, "main", ASK_STATUS);
    struct msg *asked = switchboard_expect (&board, MSG_COMMAND);
    struct msg *other = switchboard_expect (&board, MSG_STATUS);
    client_close (&client);
    struct msg *gone = switchboard_expect (&board, MSG_ASKER_GONE);
    cr_assert_eq (msg_number (gone, 0), asked->ref);
    msg_destroy (&gone);
    msg_destroy (&asked);
    msg_destroy (&other);
}

/* ---- large answers ---- */

/* {"x":"…"} of SIZE bytes in the string; caller frees. */
static char *
large_result (size_t size)
{
    char *text = malloc (size + 16);
    strcpy (text, "{\"x\":\"");
    memset (text + 6, 'x', size);
    strcpy (text + 6 + size, "\"}");
    return text;
}

Test (control_actor, sends_a_large_answer_in_parts_and_waits_for_acknowledgements, .init = setup,
      .fini = teardown)
{
    enum { SIZE = 3 * 1024 * 1024 };
    start ((struct control_args){0});
    struct client client = client_attach ();
    client_ask (&client, 7, "main", ASK_STATUS);
    char *result = large_result (SIZE);
    answer (switchboard_expect (&board, MSG_STATUS), result);

    struct frame_join join = {0};
    int last = 0;
    for (int parts = 0; last == 0; parts++) {
        if (parts == FRAME_UNACKED_PARTS) {
            /* The window is full: a small answer comes now, and then nothing before an ack. */
            client_ask (&client, 8, "main", ASK_CONFIG);
            answer (switchboard_expect (&board, MSG_CONFIG_GET), "{}");
            expect_answer (&client, 8, "ok", "{}");
            for (int acked = 0; acked < FRAME_UNACKED_PARTS; acked++)
                client_say (&client, "{\"ack\":7}");
        }
        else if (parts > FRAME_UNACKED_PARTS) {
            client_say (&client, "{\"ack\":7}");
        }
        struct json *part = client_hear (&client);
        uint64_t ref = 0;
        cr_assert (part && frame_is_part (part, &ref) && ref == 7, "part %d", parts);
        cr_assert_geq (last = frame_join (&join, part, NULL), 0);
        json_destroy (&part);
    }
    struct msg *msg = frame_join_msg (&join, "owner", NULL);
    cr_assert (msg && msg->verb == MSG_OK && msg->ref == 7);
    cr_assert_str_eq (msg_text (msg, 0), result);
    msg_destroy (&msg);
    frame_join_fini (&join);
    free (result);
    client_close (&client);
}

Test (control_actor, detaches_a_reader_that_takes_nothing_and_tells, .init = setup,
      .fini = teardown)
{
    start ((struct control_args){.patience_ms = 100});
    struct client sleeper = client_attach ();
    client_ask (&sleeper, 7, "main", ASK_STATUS);
    char *result = large_result (4 * 1024 * 1024);
    answer (switchboard_expect (&board, MSG_STATUS), result);
    free (result);
    struct msg *put = switchboard_expect (&board, MSG_EVENTS_PUT);
    cr_assert_str_eq (put->peer, "store");
    struct json *events = json_parse_text (msg_text (put, 0));
    cr_assert_str_eq (json_get_text (json_at (events, 0), "kind"), "terminal_detached");
    json_destroy (&events);
    answer (put, "{\"last_seq\":1}");
    struct json *json;
    while ((json = client_hear (&sleeper)) != NULL) /* what the kernel still held */
        json_destroy (&json);
    client_close (&sleeper);
}

/* Symptom: an owner that had been busy itself for longer than its patience detached terminals whose
 * answers it had not begun to write. */
Test (control_actor, its_own_long_turn_detaches_nobody_who_reads, .init = setup, .fini = teardown)
{
    enum { BEFORE = 2, LARGE = 30 }; /* a turn of some hundred ms */
    start ((struct control_args){.patience_ms = 50});
    struct client sleeper = client_attach (), reader = client_attach ();
    struct msg *asked[LARGE];
    char *result = large_result (2 * 1024 * 1024);
    for (int at = 0; at < LARGE; at++) {
        client_ask (&sleeper, (uint64_t) at + 1, "main", ASK_STATUS);
        asked[at] = switchboard_expect (&board, MSG_STATUS);
    }
    client_ask (&reader, 1, "main", ASK_CONFIG);
    struct msg *small = switchboard_expect (&board, MSG_CONFIG_GET);
    for (int at = 0; at < LARGE; at++) {
        answer (asked[at], result);
        if (at == BEFORE)
            answer (small, "{\"a\":1}");
    }
    expect_answer (&reader, 1, "ok", "{\"a\":1}");
    answer (switchboard_expect (&board, MSG_EVENTS_PUT), "{\"last_seq\":1}"); /* the sleeper goes */
    client_ask (&reader, 2, "main", ASK_STATUS);
    answer (switchboard_expect (&board, MSG_STATUS), "{}");
    expect_answer (&reader, 2, "ok", "{}");
    free (result);
    client_close (&reader);
    client_close (&sleeper);
}

/* Symptom: a client that read nothing had 2,000 whole files made for it, hundreds of megabytes at a
 * time. */
Test (control_actor, whole_files_are_asked_for_a_few_at_a_time, .init = setup, .fini = teardown)
{
    enum { FEW = 8 };
    start ((struct control_args){0});
    struct client client = client_attach ();
    for (uint64_t ref = 1; ref <= FEW + 1; ref++)
        client_ask (&client, ref, "worker", "\"verb\":\"file_read\",\"fields\":[\"/tmp/one\"]");
    expect_answer (&client, FEW + 1, "error", "\"QueueFull\"");
    struct msg *first = switchboard_expect (&board, MSG_FILE_READ);
    answer (first, "{}");
    expect_answer (&client, 1, "ok", "{}");
    client_ask (&client, FEW + 2, "worker", "\"verb\":\"file_read\",\"fields\":[\"/tmp/one\"]");
    static const char *const others[] = {"\"verb\":\"sessions_load\",\"fields\":[\"\"]",
                                         "\"verb\":\"session_versions\",\"fields\":[\"a\",\"b\"]",
                                         "\"verb\":\"session_show\",\"fields\":[\"a\"]",
                                         "\"verb\":\"backup\",\"fields\":[0,{}]"};
    for (uint64_t at = 0; at < sizeof others / sizeof *others; at++) {
        client_ask (&client, FEW + 3 + at, "store", others[at]);
        expect_answer (&client, FEW + 3 + at, "error", "\"QueueFull\"");
    }
    for (int at = 1; at <= FEW; at++)
        answer (switchboard_expect (&board, MSG_FILE_READ), "{}");
    for (uint64_t ref = 2; ref <= FEW; ref++)
        expect_answer (&client, ref, "ok", "{}");
    expect_answer (&client, FEW + 2, "ok", "{}");
    client_close (&client);
}

Test (control_actor, answers_in_place_of_what_a_frame_cannot_carry, .init = setup, .fini = teardown)
{
    start ((struct control_args){0});
    struct client client = client_attach ();
    client_ask (&client, 7, "main", ASK_STATUS);
    answer (switchboard_expect (&board, MSG_STATUS), "{\"cut\":");
    expect_answer (&client, 7, "error", "\"Malformed\"");
    client_close (&client);
}

/* ---- the end ---- */

Test (control_actor, asks_once_to_shut_down_when_the_last_client_left, .init = setup,
      .fini = teardown)
{
    start ((struct control_args){.once = true});
    struct client one = client_attach (), other = client_attach ();
    client_close (&one);
    client_ask (&other, 1, "main", ASK_CONFIG); /* one is gone, and nobody shuts down */
    answer (switchboard_expect (&board, MSG_CONFIG_GET), "{}");
    expect_answer (&other, 1, "ok", "{}");
    client_close (&other);
    struct msg *shutdown = switchboard_expect (&board, MSG_SHUTDOWN);
    cr_assert_str_eq (shutdown->peer, "main");
    answer (shutdown, "{}");
}

Test (control_actor, asks_to_shut_down_when_nobody_came, .init = setup, .fini = teardown)
{
    start ((struct control_args){.once = true, .patience_ms = 50});
    struct msg *shutdown = switchboard_expect (&board, MSG_SHUTDOWN);
    msg_destroy (&shutdown);
}

Test (control_actor, drains_with_all_answers_delivered_and_nobody_new, .init = setup,
      .fini = teardown)
{
    start ((struct control_args){0});
    struct client client = client_attach ();
    client_ask (&client, 1, "main", "\"verb\":\"shutdown\",\"fields\":[]");
    answer (switchboard_expect (&board, MSG_SHUTDOWN), "{}");
    struct msg *drain = msg_new ("main#1", MSG_DRAIN, 44);
    struct msg *drained = switchboard_ask (&board, "control", &drain);
    cr_assert_eq (drained->verb, MSG_OK);
    cr_assert_str_eq (drained->peer, "main#1");
    msg_destroy (&drained);
    expect_answer (&client, 1, "ok", "{}");
    cr_assert_lt (try_connect (), 0);
    client_ask (&client, 2, "main", ASK_STATUS);
    expect_answer (&client, 2, "error", "\"Stopping\"");
    client_close (&client);
}

static void
drained (void)
{
    struct msg *drain = msg_new ("main#1", MSG_DRAIN, 44);
    struct msg *answer = switchboard_ask (&board, "control", &drain);
    msg_destroy (&answer);
}

/* Symptom: `stui stop` with terminals open: they took it for a crash, and started another owner. */
Test (control_actor, tells_the_others_that_a_client_had_it_stopped, .init = setup, .fini = teardown)
{
    start ((struct control_args){0});
    struct client client = client_attach (), other = client_attach ();
    client_ask (&client, 1, "main", "\"verb\":\"shutdown\",\"fields\":[]");
    answer (switchboard_expect (&board, MSG_SHUTDOWN), "{}");
    drained ();
    expect_answer (&client, 1, "ok", "{}");
    struct json *frame = client_hear (&other);
    cr_assert_not_null (frame_stopped_text (frame));
    json_destroy (&frame);
    client_close (&other);
    client_close (&client);
}

Test (control_actor, else_it_tells_nobody_so, .init = setup, .fini = teardown)
{
    start ((struct control_args){0});
    struct client client = client_attach ();
    drained ();
    client_ask (&client, 1, "main", ASK_STATUS);
    expect_answer (&client, 1, "error", "\"Stopping\"");
    client_close (&client);
}
