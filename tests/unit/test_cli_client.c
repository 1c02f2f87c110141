/* test_cli_client.c: the client of the control socket against a small owner that the test plays in
 * a child process. */

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/client.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/frame.h"
#include "runtime/json.h"
#include "runtime/path.h"
#include "support/scratch.h"

static char directory[SCRATCH_SIZE];
static pid_t owner;
static struct stui_cause cause;
static struct cli_options cli = {.profile = "test"};

static void
setup (void)
{
    scratch_open (directory);
    setenv ("XDG_RUNTIME_DIR", directory, 1);
    setenv ("XDG_STATE_HOME", directory, 1);
}

static void
teardown (void)
{
    if (owner > 0) {
        kill (owner, SIGKILL);
        waitpid (owner, NULL, 0);
    }
    scratch_close (directory);
}

/* ---- the owner that the test plays ---------------------------------------------------------------- */

static void
put (int fd, char *frame, size_t size)
{
    if (send (fd, frame, size, MSG_NOSIGNAL) != (ssize_t) size)
        _exit (1);
    free (frame);
}

static void
put_text (int fd, const char *text)
{
    size_t size;
    char *frame = frame_encode (text, strlen (text), &size);
    put (fd, frame, size);
}

static struct json *
take (int fd, struct frame_reader *reader)
{
    struct json *json;
    while (frame_take (reader, &json, NULL) == 0) {
        char bytes[4096];
        ssize_t got = recv (fd, bytes, sizeof bytes, 0);
        if (got <= 0)
            _exit (0);
        frame_feed (reader, bytes, (size_t) got);
    }
    return json;
}

/* Greets, and answers the two questions by which a client makes sure that we stay. */
static void
say_hello (int fd, struct frame_reader *reader)
{
    struct json *hello = take (fd, reader);
    size_t size;
    json_destroy (&hello);
    char *ours = frame_hello (getpid (), &size);
    put (fd, ours, size);
    for (int question = 0; question < 2; question++) {
        struct json *request = take (fd, reader);
        char *text = stui_printf ("{\"verb\":\"ok\",\"ref\":%lld,\"fields\":[{}]}",
                                  (long long) json_get_number (request, "ref", 0));
        put_text (fd, text);
        json_destroy (&request);
        free (text);
    }
}

/* Listens, and lets PLAY serve the first client, in a child. */
static void
play_owner (void (*play) (int fd, struct frame_reader *reader))
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char *path = path_socket (cli.profile, NULL);
    char *parent = stui_strndup (path, (size_t) (strrchr (path, '/') - path));
    snprintf (address.sun_path, sizeof address.sun_path, "%s", path);
    mkdir (parent, 0700);
    free (parent);
    free (path);
    int listener = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq (bind (listener, (struct sockaddr *) &address, sizeof address), 0);
    cr_assert_eq (listen (listener, 1), 0);
    owner = fork ();
    if (owner == 0) {
        struct frame_reader reader = {0};
        play (accept (listener, NULL, NULL), &reader);
        _exit (0);
    }
    close (listener);
}

/* Greets, and says that its configuration is at /etc/mine whenever it is asked. */
static void
play_configured (int fd, struct frame_reader *reader)
{
    say_hello (fd, reader);
    for (;;) {
        struct json *request = take (fd, reader);
        char *text =
            stui_printf ("{\"verb\":\"ok\",\"ref\":%lld,\"fields\":[{\"config\":\"/etc/mine\"}]}",
                         (long long) json_get_number (request, "ref", 0));
        put_text (fd, text);
        json_destroy (&request);
        free (text);
    }
}

static struct client *
attach (void)
{
    struct client *client = client_attach (&cli, &cause);
    cr_assert_not_null (client, "%s", cause.text);
    return client;
}

/* ---- the tests ------------------------------------------------------------------------------------- */

Test (cli_client, says_when_nobody_listens, .init = setup, .fini = teardown)
{
    cr_assert_null (client_attach (&cli, &cause));
    cr_assert_eq (cause.err, STUI_E_NOT_FOUND);
}

static void
play_refusal (int fd, struct frame_reader *reader)
{
    struct json *hello = take (fd, reader);
    json_destroy (&hello);
    put_text (fd, "{\"error\":\"this owner is stui 9.9, quit it\"}");
}

Test (cli_client, passes_on_why_an_owner_refuses_it, .init = setup, .fini = teardown)
{
    play_owner (play_refusal);
    cr_assert_null (client_attach (&cli, &cause));
    cr_assert_eq (cause.err, STUI_E_UNSUPPORTED);
    cr_assert_str_eq (cause.text, "this owner is stui 9.9, quit it");
}

static void
play_leaving (int fd, struct frame_reader *reader)
{
    struct json *hello = take (fd, reader);
    json_destroy (&hello);
    close (fd);
}

Test (cli_client, takes_an_owner_that_is_just_leaving_for_none, .init = setup, .fini = teardown)
{
    play_owner (play_leaving);
    cr_assert_null (client_attach (&cli, &cause));
    cr_assert_eq (cause.err, STUI_E_NOT_FOUND, "%s", cause.text);
}

/* Greets, but is on its way out: the second question is refused. */
static void
play_stopping (int fd, struct frame_reader *reader)
{
    static const char *const answers[] = {
        "\"ok\",\"ref\":1,\"fields\":[{}]}",
        "\"error\",\"ref\":2,\"fields\":[\"Stopping\",\"bye\",{}]}"};
    struct json *hello = take (fd, reader);
    size_t size;
    json_destroy (&hello);
    char *ours = frame_hello (getpid (), &size);
    put (fd, ours, size);
    for (int question = 0; question < 2; question++) {
        struct json *request = take (fd, reader);
        char *text = stui_printf ("{\"verb\":%s", answers[question]);
        json_destroy (&request);
        put_text (fd, text);
        free (text);
    }
}

Test (cli_client, takes_an_owner_that_greets_while_it_stops_for_none, .init = setup,
      .fini = teardown)
{
    play_owner (play_stopping);
    cr_assert_null (client_attach (&cli, &cause));
    cr_assert_eq (cause.err, STUI_E_NOT_FOUND, "%s", cause.text);
}

/* Answers two requests in the reverse order. */
static void
play_reversed (int fd, struct frame_reader *reader)
{
    say_hello (fd, reader);
    int64_t refs[2];
    for (int i = 0; i < 2; i++) {
        struct json *request = take (fd, reader);
        refs[i] = json_get_number (request, "ref", 0);
        json_destroy (&request);
    }
    for (int i = 1; i >= 0; i--) {
        char *text = stui_printf ("{\"verb\":\"ok\",\"ref\":%lld,\"fields\":[{\"number\":%d}]}",
                                  (long long) refs[i], i);
        put_text (fd, text);
        free (text);
    }
    struct json *last = take (fd, reader);
    json_destroy (&last);
}

Test (cli_client, keeps_answers_that_come_while_it_waits_for_another, .init = setup,
      .fini = teardown)
{
    play_owner (play_reversed);
    struct client *client = attach ();
    struct msg *first = msg_new ("main", MSG_STATUS, 0);
    uint64_t ref = client_send (client, &first, &cause);
    cr_assert_null (first);
    struct json *second = client_ask (client, msg_new ("main", MSG_STATUS, 0), &cause);
    cr_assert_eq (json_get_number (second, "number", -1), 1);
    struct reply reply;
    cr_assert_eq (client_next (client, STUI_NEVER, &reply, &cause), CLIENT_REPLY);
    cr_assert_eq (reply.ref, ref);
    cr_assert_eq (json_get_number (reply.json, "number", -1), 0);
    reply_fini (&reply);
    json_destroy (&second);
    client_close (&client);
}

enum { LONG_BYTES = 3000000, PARTS_AHEAD = 4 };

/* Answers with a long text in parts, PARTS_AHEAD of them unacknowledged at most. */
static void
play_parts (int fd, struct frame_reader *reader)
{
    say_hello (fd, reader);
    struct json *request = take (fd, reader);
    uint64_t ref = (uint64_t) json_get_number (request, "ref", 0);
    json_destroy (&request);
    char *filling = stui_alloc (LONG_BYTES + 1);
    memset (filling, 'x', LONG_BYTES);
    char *text = stui_printf ("{\"verb\":\"ok\",\"ref\":%llu,\"fields\":[{\"text\":\"%s\"}]}",
                              (unsigned long long) ref, filling);
    size_t length = strlen (text), offset = 0, open = 0, size;
    while (offset < length || open > 0) {
        if (offset < length && open < PARTS_AHEAD) {
            char *part = frame_part (ref, text, length, &offset, &size);
            put (fd, part, size);
            open++;
            continue;
        }
        struct json *ack = take (fd, reader);
        open -= json_get_number (ack, "ack", 0) == (int64_t) ref;
        json_destroy (&ack);
    }
}

Test (cli_client, puts_long_answers_together_and_acknowledges_each_part, .init = setup,
      .fini = teardown)
{
    play_owner (play_parts);
    struct client *client = attach ();
    struct json *answer = client_ask (client, msg_new ("main", MSG_STATUS, 0), &cause);
    cr_assert_not_null (answer, "%s", cause.text);
    cr_assert_eq (strlen (json_get_text (answer, "text")), LONG_BYTES);
    json_destroy (&answer);
    client_close (&client);
}

static void
play_error (int fd, struct frame_reader *reader)
{
    say_hello (fd, reader);
    struct json *request = take (fd, reader);
    char *text =
        stui_printf ("{\"verb\":\"error\",\"ref\":%lld,\"fields\":[\"NotFound\",\"no image\","
                     "{\"line\":3}]}",
                     (long long) json_get_number (request, "ref", 0));
    put_text (fd, text);
    json_destroy (&request);
    free (text);
}

Test (cli_client, tells_errors_with_their_details_and_then_a_lost_owner, .init = setup,
      .fini = teardown)
{
    play_owner (play_error);
    struct client *client = attach ();
    struct msg *request = msg_new ("main", MSG_STATUS, 0);
    struct reply reply;
    client_send (client, &request, &cause);
    cr_assert_eq (client_next (client, STUI_NEVER, &reply, &cause), CLIENT_REPLY);
    cr_assert_eq (reply.err, STUI_E_NOT_FOUND);
    cr_assert_str_eq (reply.type, "NotFound");
    cr_assert_str_eq (reply.text, "no image");
    cr_assert_eq (json_get_number (reply.json, "line", 0), 3);
    reply_fini (&reply);
    cr_assert_eq (client_next (client, STUI_NEVER, &reply, &cause), CLIENT_LOST);
    cr_assert_eq (cause.err, STUI_E_ACTOR_ENDED);
    client_close (&client);
}

static void
play_silence (int fd, struct frame_reader *reader)
{
    say_hello (fd, reader);
    struct json *request = take (fd, reader);
    json_destroy (&request);
}

Test (cli_client, gives_up_at_the_deadline_and_on_a_caught_signal, .init = setup, .fini = teardown)
{
    play_owner (play_silence);
    struct client *client = attach ();
    struct reply reply;
    cr_assert_eq (client_next (client, clock_mono_ms (), &reply, &cause), CLIENT_TIMEOUT);
    client_catch_signals (client);
    kill (getpid (), SIGINT);
    cr_assert_eq (client_next (client, STUI_NEVER, &reply, &cause), CLIENT_SIGNAL);
    cr_assert_eq (client_signal (client), SIGINT);
    client_close (&client);
}

/* ---- another owner ---------------------------------------------------------------------------------- */

/* Greets, and is gone once it is asked something. */
static struct client *
attach_to_a_mortal (void)
{
    play_owner (play_silence);
    struct client *client = attach ();
    struct msg *request = msg_new ("main", MSG_STATUS, 0);
    struct reply reply;
    client_send (client, &request, &cause);
    cr_assert_eq (client_next (client, STUI_NEVER, &reply, &cause), CLIENT_LOST);
    waitpid (owner, NULL, 0);
    char *path = path_socket (cli.profile, NULL);
    unlink (path);
    free (path);
    owner = 0;
    return client;
}

/* A process that holds the profile, and has no socket yet: this very one. */
static void
hold_profile (void)
{
    unsigned long long start = 0;
    char *stat = path_read ("/proc/self/stat", 4096, NULL), *rest = strrchr (stat, ')') + 1;
    for (int field = 3; field <= 22; field++)
        start = strtoull (strtok_r (field == 3 ? rest : NULL, " ", &rest), NULL, 10);
    free (stat);
    char *state = path_state (cli.profile), *path = stui_printf ("%s/owner", state);
    mkdir (state, 0700);
    FILE *file = fopen (path, "w");
    cr_assert_not_null (file);
    fprintf (file, "%ld %llu\n", (long) getpid (), start);
    fclose (file);
    free (path);
    free (state);
}

static pid_t told;

/* The waiting was told that PID is starting: it takes clients now. */
static void
tell_ready (pid_t pid)
{
    told = pid;
    play_owner (play_configured);
}

/* Symptom: `stui eval`, whose owner was killed, gave up after 3 s though another one was opening a large database. */
Test (cli_client, an_owner_that_starts_is_waited_for_longer_than_one_that_may_come, .init = setup,
      .fini = teardown)
{
    struct client *client = attach_to_a_mortal ();
    hold_profile ();
    struct client_patience patience = {.deadline_ms = STUI_NEVER, .tell = tell_ready};
    cr_assert (client_again (client, &cli, &patience, &cause), "%s", cause.text);
    cr_assert_eq (told, getpid ());
    cr_assert_eq (client_owner_pid (client), owner);
    struct json *status = client_ask (client, msg_new ("main", MSG_STATUS, 0), &cause);
    cr_assert_not_null (status, "%s", cause.text);
    json_destroy (&status);
    client_close (&client);
}

static void
tell_interrupt (pid_t pid)
{
    told = pid;
    kill (getpid (), SIGINT);
}

Test (cli_client, a_signal_ends_the_waiting_for_one_that_starts, .init = setup, .fini = teardown)
{
    struct client *client = attach_to_a_mortal ();
    client_catch_signals (client);
    hold_profile ();
    struct client_patience patience = {.deadline_ms = STUI_NEVER, .tell = tell_interrupt};
    cr_assert_not (client_again (client, &cli, &patience, &cause));
    cr_assert_eq (cause.err, STUI_E_STOPPING, "%s", cause.text);
    cr_assert_eq (told, getpid ());
    client_close (&client);
}

Test (cli_client, where_nobody_starts_one_there_is_none, .init = setup, .fini = teardown)
{
    struct client *client = attach_to_a_mortal ();
    struct client_patience patience = {.deadline_ms = STUI_NEVER, .tell = tell_ready};
    cr_assert_not (client_again (client, &cli, &patience, &cause));
    cr_assert_eq (cause.err, STUI_E_NOT_FOUND);
    cr_assert_str_eq (cause.text, "nobody started one");
    hold_profile ();
    patience.deadline_ms = clock_mono_ms ();
    cr_assert_not (client_again (client, &cli, &patience, &cause), "its time was over");
    cr_assert_eq (cause.err, STUI_E_TIMEOUT, "%s", cause.text);
    cr_assert_eq (told, 0);
    client_close (&client);
}

/* Symptom: one that refuses whoever asks was asked again and again for 3 s. */
Test (cli_client, one_that_refuses_is_not_waited_for, .init = setup, .fini = teardown)
{
    struct client *client = attach_to_a_mortal ();
    play_owner (play_refusal);
    struct client_patience patience = {
        .wait_ms = INT64_C (1) << 40, .deadline_ms = STUI_NEVER, .tell = tell_ready};
    cr_assert_not (client_again (client, &cli, &patience, &cause));
    cr_assert_eq (cause.err, STUI_E_UNSUPPORTED, "%s", cause.text);
    client_close (&client);
}

/* Symptom: --config FILE was ignored without a word when an owner with another one was running. */
Test (cli_client, another_configuration_than_the_owners_is_refused_with_both_names, .init = setup,
      .fini = teardown)
{
    play_owner (play_configured);
    struct client *client = client_attach (&cli, &cause);
    cr_assert_not_null (client, "%s", cause.text);
    cli.config_path = (char *) "/etc/other";
    cr_assert_eq (client_check_config (client, &cli, &cause), 0, "it was not named");
    cli.config_named = true;
    cr_assert_eq (client_check_config (client, &cli, &cause), STUI_E_INVALID_REQUEST);
    cr_assert_not_null (strstr (cause.text, "/etc/mine"), "%s", cause.text);
    cr_assert_not_null (strstr (cause.text, "/etc/other"), "%s", cause.text);
    cli.config_path = (char *) "/etc/mine";
    cr_assert_eq (client_check_config (client, &cli, &cause), 0);
    client_close (&client);
}
