/* test_relay.c: the relay actor between a main and an ui that the test plays and an owner that it
 * plays too, on a real socket. What would start an owner is a script that counts. */

#include <criterion/criterion.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <stui/actor.h>

#include "actors/relay.h"
#include "runtime/alloc.h"
#include "runtime/frame.h"
#include "runtime/json.h"
#include "support/scratch.h"

enum { PATIENCE_MS = 20000, OWNER_PID = 4711 };

static char directory[SCRATCH_SIZE], socket_path[100], script[SCRATCH_SIZE + 16];
static zactor_t *relay;
static zsock_t *ui;
static int listener = -1, fd = -1;
static struct frame_reader in;

/* ---- the owner ---- */

static void
owner_listen (void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy (address.sun_path, socket_path);
    unlink (socket_path);
    listener = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq (bind (listener, (struct sockaddr *) &address, sizeof address), 0);
    cr_assert_eq (listen (listener, 4), 0);
}

static void
owner_await (int readable)
{
    struct pollfd ready = {.fd = readable, .events = POLLIN};
    cr_assert_eq (poll (&ready, 1, PATIENCE_MS), 1, "the relay says nothing");
}

static void
owner_put (char *frame, size_t size)
{
    cr_assert_eq (send (fd, frame, size, MSG_NOSIGNAL), (ssize_t) size);
    free (frame);
}

static void
owner_say (const char *text)
{
    size_t size;
    char *frame = frame_encode (text, strlen (text), &size);
    owner_put (frame, size);
}

/* The next frame; the caller owns it. */
static struct json *
owner_take (void)
{
    struct json *json;
    while (frame_take (&in, &json, NULL) == 0) {
        char bytes[4096];
        owner_await (fd);
        ssize_t got = recv (fd, bytes, sizeof bytes, 0);
        cr_assert_gt (got, 0, "the relay closed");
        frame_feed (&in, bytes, (size_t) got);
    }
    return json;
}

/* Takes the next request, to TO and of VERB, and returns its ref. */
static uint64_t
owner_expect (const char *to, const char *verb)
{
    struct json *request = owner_take ();
    cr_assert_str_eq (json_get_text (request, "to"), to);
    cr_assert_str_eq (json_get_text (request, "verb"), verb);
    uint64_t ref = (uint64_t) json_get_number (request, "ref", 0);
    json_destroy (&request);
    return ref;
}

static void
owner_ok (uint64_t ref, const char *result)
{
    char *text = stui_printf ("{\"verb\":\"ok\",\"ref\":%d,\"fields\":[%s]}", (int) ref, result);
    owner_say (text);
    free (text);
}

/* Takes a client and its hello. */
static void
owner_accept (void)
{
    owner_await (listener);
    fd = accept (listener, NULL, NULL);
    frame_reader_fini (&in);
    struct json *hello = owner_take ();
    cr_assert_eq (json_get_number (hello, "pid", 0), getpid ());
    json_destroy (&hello);
}

static void
owner_greet (void)
{
    size_t size;
    owner_accept ();
    char *hello = frame_hello (OWNER_PID, &size);
    owner_put (hello, size);
    for (int question = 0; question < 2; question++)
        owner_ok (owner_expect ("main", "status"), "{}");
}

static void
owner_close (void)
{
    close (fd);
    fd = -1;
}

/* What starts an owner: adds a line to the file `started`, and says SAYS. */
static void
owner_script (const char *says)
{
    FILE *file = fopen (script, "w");
    fprintf (file, "#!/bin/sh\necho \"$@\" >>%s/started\necho '%s'\n", directory, says);
    fclose (file);
    chmod (script, 0700);
}

/* ---- the ui ---- */

static struct msg *
ui_take (void)
{
    struct mail mail;
    cr_assert (mailbox_receive (ui, 0, &mail), "nothing comes");
    cr_assert_not_null (mail.msg, "%s", mail.cause.text);
    return mail.msg;
}

static void
ui_put (struct msg *msg)
{
    cr_assert_eq (mailbox_send (ui, NULL, msg), 0);
    msg_destroy (&msg);
}

/* The next message is VERB, with FIRST in the first field, under REF. */
static void
ui_expect (enum msg_verb verb, uint64_t ref, const char *first)
{
    struct msg *msg = ui_take ();
    cr_assert_eq (msg->verb, verb, "%s came: %s", msg_word (msg->verb), msg_text (msg, 0));
    cr_assert_eq (msg->ref, ref);
    cr_assert (strstr (msg_text (msg, 0), first), "%s", msg_text (msg, 0));
    msg_destroy (&msg);
}

/* ---- the relay ---- */

static void
start (bool is_read_only)
{
    struct relay_args extra = {
        .socket_path = socket_path,
        .owner = {.program = script, .profile = "test", .config_path = "/none"},
        .read_only = is_read_only,
    };
    struct actor_args args = {.name = "registry", .incarnation = 1, .extra = &extra};
    relay = actor_spawn (relay_actor, &args);
    ui = zsock_new (ZMQ_DEALER);
    zsock_set_identity (ui, "ui#1");
    zsock_set_rcvtimeo (ui, PATIENCE_MS);
    cr_assert_eq (zsock_connect (ui, "%s", ACTOR_SWITCHBOARD), 0);
    ui_put (msg_new ("registry", MSG_UP, 0));
}

static void
start_linked (void)
{
    owner_listen ();
    start (false);
    owner_greet ();
    ui_expect (MSG_LINKED, 0, "4711");
}

static void
setup (void)
{
    struct stui_cause cause = {0};
    scratch_open (directory);
    setenv ("XDG_STATE_HOME", directory, 1);
    cr_assert_lt (snprintf (socket_path, sizeof socket_path, "%s/socket", directory), 100);
    snprintf (script, sizeof script, "%s/script", directory);
    owner_script ("failed SystemError no owner today");
    cr_assert_eq (actor_system_init (64, &cause), 0, "%s", cause.text);
}

static void
teardown (void)
{
    zactor_destroy (&relay);
    zsock_destroy (&ui);
    actor_system_fini ();
    frame_reader_fini (&in);
    if (fd >= 0)
        close (fd);
    if (listener >= 0)
        close (listener);
    scratch_close (directory);
}

/* ---- the tests ---- */

Test (relay, requests_cross_under_other_refs_and_come_back_under_their_own, .init = setup,
      .fini = teardown)
{
    start_linked ();
    ui_put (msg_new ("image/one", MSG_RETRY, 501));
    ui_put (msg_new ("main", MSG_STATUS, 502));
    uint64_t retry = owner_expect ("image/one", "retry"), status = owner_expect ("main", "status");
    owner_ok (status, "{\"which\":\"status\"}");
    owner_ok (retry, "{\"which\":\"retry\"}");
    ui_expect (MSG_OK, 502, "status");
    ui_expect (MSG_OK, 501, "retry");
}

Test (relay, long_answers_come_together, .init = setup, .fini = teardown)
{
    enum { LONG = 3 * FRAME_PART_BYTES };
    start_linked ();
    ui_put (msg_new ("image/one", MSG_RETRY, 1));
    uint64_t ref = owner_expect ("image/one", "retry");
    char *filling = stui_alloc (LONG + 1);
    memset (filling, 'x', LONG);
    char *text = stui_printf ("{\"verb\":\"ok\",\"ref\":%d,\"fields\":[{\"text\":\"%s\"}]}",
                              (int) ref, filling);
    size_t length = strlen (text), offset = 0, size;
    while (offset < length) {
        char *part = frame_part (ref, text, length, &offset, &size);
        owner_put (part, size);
        struct json *ack = owner_take ();
        cr_assert_eq (json_get_number (ack, "ack", 0), (int64_t) ref);
        json_destroy (&ack);
    }
    struct msg *answer = ui_take ();
    cr_assert_gt (strlen (msg_text (answer, 0)), LONG);
    msg_destroy (&answer);
    free (text);
    free (filling);
}

Test (relay, a_lost_owner_answers_everything_before_it_is_told_and_the_next_is_found, .init = setup,
      .fini = teardown)
{
    start_linked ();
    ui_put (msg_new ("image/one", MSG_COMMAND, 7, "evaluate", "{}", (uint64_t) 0, "tag"));
    ui_put (msg_new ("registry", MSG_WATCH, 8, (uint64_t) 1));
    owner_expect ("image/one", "command");
    owner_expect ("registry", "watch");
    owner_close ();
    ui_expect (MSG_ERROR, 7, "InDoubt");
    ui_expect (MSG_ERROR, 8, "ActorEnded");
    ui_expect (MSG_UNLINKED, 0, "owner 4711 is gone");
    owner_greet ();
    ui_expect (MSG_LINKED, 0, "4711");
}

Test (relay, requests_before_the_first_link_wait_for_it, .init = setup, .fini = teardown)
{
    owner_listen ();
    start (false);
    ui_put (msg_new ("image/one", MSG_RETRY, 3));
    owner_greet ();
    ui_expect (MSG_LINKED, 0, "4711");
    owner_ok (owner_expect ("image/one", "retry"), "{}");
    ui_expect (MSG_OK, 3, "{}");
}

Test (relay, after_a_lost_link_requests_are_refused_at_once, .init = setup, .fini = teardown)
{
    start_linked ();
    close (listener);
    listener = -1;
    unlink (socket_path);
    owner_close ();
    ui_expect (MSG_UNLINKED, 0, "owner 4711 is gone");
    ui_expect (MSG_UNLINKED, 0, "nobody owns profile test");
    ui_expect (MSG_UNLINKED, 0, "no owner today");
    ui_put (msg_new ("image/one", MSG_COMMAND, 9, "evaluate", "{}", (uint64_t) 0, "tag"));
    struct msg *msg;
    while ((msg = ui_take ())->verb == MSG_UNLINKED)
        msg_destroy (&msg);
    cr_assert_eq (msg->ref, 9);
    cr_assert_str_eq (msg_text (msg, 0), "Unreachable");
    msg_destroy (&msg);
}

Test (relay, starts_an_owner_for_its_profile_when_there_is_none, .init = setup, .fini = teardown)
{
    owner_script ("failed ProfileOwned somebody was faster");
    start (false);
    ui_expect (MSG_UNLINKED, 0, "nobody owns profile test: starting an owner");
    owner_listen (); /* the one that was faster */
    owner_greet ();
    ui_expect (MSG_LINKED, 0, "4711");
    char line[256] = "", *path = stui_printf ("%s/started", directory);
    FILE *file = fopen (path, "r");
    cr_assert_not_null (fgets (line, sizeof line, file));
    cr_assert_str_eq (line, "serve --once --profile test --config /none --log-level error\n");
    fclose (file);
    free (path);
}

/* Symptom: a wall that had met an owner of another version never came back. */
Test (relay, an_owner_of_ours_in_the_place_of_another_version_is_found_without_a_key, .init = setup,
      .fini = teardown)
{
    owner_listen ();
    start (false);
    owner_accept ();
    owner_say ("{\"error\":\"this owner is stui 9.9, quit it\"}");
    ui_expect (MSG_UNLINKED, 0, "this owner is stui 9.9, quit it");
    owner_close ();
    owner_greet ();
    ui_expect (MSG_LINKED, 0, "4711");
}

Test (relay, another_version_is_told_and_not_tried_again_at_once, .init = setup, .fini = teardown)
{
    owner_listen ();
    start (false);
    owner_accept ();
    owner_say ("{\"error\":\"this owner is stui 9.9, quit it\"}");
    ui_expect (MSG_UNLINKED, 0, "this owner is stui 9.9, quit it");
    owner_close ();
    struct pollfd ready = {.fd = listener, .events = POLLIN};
    cr_assert_eq (poll (&ready, 1, 300), 0, "it tried again");
    ui_put (msg_new ("registry", MSG_RESUME, 0));
    owner_greet ();
    ui_expect (MSG_LINKED, 0, "4711");
}

Test (relay, an_owner_that_is_just_leaving_is_no_trouble, .init = setup, .fini = teardown)
{
    owner_listen ();
    start (false);
    owner_accept ();
    owner_close ();
    owner_greet ();
    ui_expect (MSG_LINKED, 0, "4711");
}

Test (relay, a_read_only_terminal_sends_no_evaluation, .init = setup, .fini = teardown)
{
    owner_listen ();
    start (true);
    owner_greet ();
    ui_expect (MSG_LINKED, 0, "4711");
    ui_put (msg_new ("image/one", MSG_COMMAND, 4, "evaluate", "{}", (uint64_t) 0, "tag"));
    ui_expect (MSG_ERROR, 4, "PermissionDenied");
}

Test (relay, messages_among_main_and_ui_stay_here, .init = setup, .fini = teardown)
{
    start_linked ();
    zsock_t *actor = zsock_new (ZMQ_DEALER);
    zsock_set_identity (actor, "main#1");
    zsock_connect (actor, "%s", ACTOR_SWITCHBOARD);
    struct msg *const sent[] = {msg_new ("registry", MSG_UP, 0), msg_new ("ui", MSG_SUSPEND, 21)};
    for (size_t i = 0; i < 2; i++) {
        struct msg *msg = sent[i];
        cr_assert_eq (mailbox_send (actor, NULL, msg), 0);
        msg_destroy (&msg);
    }
    struct msg *suspend = ui_take ();
    cr_assert_eq (suspend->verb, MSG_SUSPEND);
    ui_put (msg_ok (suspend, NULL));
    msg_destroy (&suspend);
    zsock_set_rcvtimeo (actor, PATIENCE_MS);
    struct mail answer;
    cr_assert (mailbox_receive (actor, 0, &answer));
    cr_assert_eq (answer.msg->verb, MSG_OK);
    cr_assert_eq (answer.msg->ref, 21);
    mail_clear (&answer);
    zsock_destroy (&actor);
}
