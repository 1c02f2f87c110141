/* test_fencing.c: one client, two connections. When an image has accepted the claim of the newer
 * one, nothing of the older runs any more that had not begun: not what was still in its network,
 * not what the image had not read, not what waited its turn. First over bare sockets, where each
 * case is made to happen; then with two profiles of stui copied from one another. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "support/proxy.h"
#include "support/stage.h"
#include "support/wire_client.h"

enum { ROUNDS = 30 };

#define TIMINGS "ping_ms = 100\nbackoff_min_ms = 10\nbackoff_max_ms = 100\n"
#define CLIENT  "0e0c6a2f-1d0c-4f5b-9a52-000000000001"
#define WITNESS "0e0c6a2f-1d0c-4f5b-9a52-000000000002"
#define PREPARE                                                                                    \
    "Smalltalk at: #StuiRan put: (Array new: 100 withAll: 0). "                                    \
    "Smalltalk at: #StuiBegun put: Semaphore new. "                                                \
    "Smalltalk at: #StuiGate put: Semaphore new. 1"
#define COUNT "(Smalltalk at: #StuiRan) at: %d put: ((Smalltalk at: #StuiRan) at: %d) + 1. 1"
#define WAIT  "(Smalltalk at: #StuiBegun) signal. (Smalltalk at: #StuiGate) wait. 1"

static struct stage stage;
static struct image *image;
static struct wire_client *witness; /* another client, who looks */
static int counter;                 /* of the epoch claimed last */

static void
setup (void)
{
    stage_open (&stage, TIMINGS);
    image = stage_start_image (&stage, "one");
    witness = wire_client_new (image->port);
    cr_assert (wire_client_claim (witness, WITNESS, 1, 1, NULL));
}

static void
teardown (void)
{
    wire_client_destroy (&witness);
    stage_close (&stage);
}

TestSuite (fencing, .init = setup, .fini = teardown, .timeout = 180);

/* ---- Small words -------------------------------------------------------------------------- */

/* A number that CODE answers to the witness. */
static int
ask (const char *code)
{
    cJSON *reply = wire_client_evaluate (witness, NULL, code);
    cr_assert_str_eq (wire_string (reply, "status"), "success", "%s: %s", code,
                      wire_string (reply, "error"));
    int number = atoi (wire_string (reply, "result.result"));
    cJSON_Delete (reply);
    return number;
}

static int
ran (int number)
{
    char code[64];
    snprintf (code, sizeof code, "(Smalltalk at: #StuiRan) at: %d", number);
    return ask (code);
}

/* A connection to PORT, or to the image (0), with the next epoch of the one client. */
static struct wire_client *
connect_next (int port)
{
    struct wire_client *client = wire_client_new (port ? port : image->port);
    cr_assert (wire_client_claim (client, CLIENT, 1, ++counter, NULL), "epoch 1.%d was refused",
               counter);
    return client;
}

static void
send_count (struct wire_client *client, const char *session, int number, char *id)
{
    char code[160];
    snprintf (code, sizeof code, COUNT, number, number);
    cJSON *parameters = cJSON_CreateObject ();
    cJSON_AddStringToObject (parameters, "code", code);
    cJSON_AddStringToObject (parameters, "mode", "printIt");
    if (session)
        cJSON_AddStringToObject (parameters, "session_id", session);
    wire_client_send (client, "evaluate", parameters, id);
}

/* What CLIENT hears of the request ID: never_run, running, done or forgotten. Caller frees. */
static char *
state_of (struct wire_client *client, const char *id)
{
    cJSON *reply = wire_client_call (client, "get_result", wire_json ("{'id':'%s'}", id));
    char *state = stui_strdup (wire_string (reply, "result.state"));
    cJSON_Delete (reply);
    return state;
}

static void
expect_state (struct wire_client *client, const char *id, const char *state)
{
    char *got = state_of (client, id);
    cr_assert_str_eq (got, state);
    free (got);
}

/* ---- Who is let in -------------------------------------------------------------------------- */

Test (fencing, the_older_connection_is_told_and_closed)
{
    struct wire_client *older = connect_next (0), *newer = connect_next (0);
    cJSON *told = wire_client_recv (older);
    cr_assert_str_eq (wire_string (told, "error_type"), "Fenced");
    cJSON_Delete (told);
    cJSON *reply = wire_client_evaluate (newer, NULL, "3 + 4");
    cr_assert_str_eq (wire_string (reply, "result.result"), "7");
    cJSON_Delete (reply);
    wire_client_destroy (&older);
    wire_client_destroy (&newer);
}

Test (fencing, an_epoch_that_is_not_above_the_last_is_refused)
{
    struct wire_client *holder = wire_client_new (image->port);
    cr_assert (wire_client_claim (holder, CLIENT, 5, 5, NULL));
    static const int lower[][2] = {{5, 5}, {5, 4}, {4, 9}};
    for (size_t index = 0; index < sizeof lower / sizeof *lower; index++) {
        struct wire_client *late = wire_client_new (image->port);
        cr_assert_not (wire_client_claim (late, CLIENT, lower[index][0], lower[index][1], NULL),
                       "epoch %d.%d was accepted after 5.5", lower[index][0], lower[index][1]);
        wire_client_destroy (&late);
    }
    cJSON *reply = wire_client_evaluate (holder, NULL, "3 + 4");
    cr_assert_str_eq (wire_string (reply, "result.result"), "7");
    cJSON_Delete (reply);
    wire_client_destroy (&holder);
}

/* ---- What does not run any more ---------------------------------------------------------------- */

Test (fencing, what_was_still_on_its_way_never_runs)
{
    ask (PREPARE);
    for (int round = 1; round <= ROUNDS; round++) {
        char id[WIRE_ID_SIZE];
        struct proxy *proxy = proxy_open (image->address);
        struct wire_client *older = connect_next (atoi (strrchr (proxy_address (proxy), ':') + 1));
        proxy_set_mode (proxy, PROXY_BLACK_HOLE);
        send_count (older, NULL, round, id);
        struct wire_client *newer = connect_next (0);
        expect_state (newer, id, "never_run");
        proxy_set_mode (proxy, PROXY_PASS); /* now it arrives, where nobody listens any more */
        cJSON *told = wire_client_recv (older);
        cr_assert_str_eq (wire_string (told, "error_type"), "Fenced");
        cJSON_Delete (told);
        expect_state (newer, id, "never_run");
        wire_client_destroy (&older);
        wire_client_destroy (&newer);
        proxy_close (&proxy);
    }
    for (int round = 1; round <= ROUNDS; round++)
        cr_assert_eq (ran (round), 0, "evaluation %d ran after get_result had said never_run",
                      round);
}

/* The image is stopped while both, evaluate and claim, arrive in its kernel: which is read first
 * is the image's business. Whatever it says then has to stay true. */
Test (fencing, what_get_result_says_of_an_unread_request_stays_true)
{
    int never_run = 0, expected[ROUNDS + 1];
    ask (PREPARE);
    struct proxy *proxy = proxy_open (image->address);
    for (int round = 1; round <= ROUNDS; round++) {
        char id[WIRE_ID_SIZE], claim[WIRE_ID_SIZE];
        struct wire_client *older = connect_next (atoi (strrchr (proxy_address (proxy), ':') + 1));
        struct wire_client *newer = wire_client_new (image->port);
        cJSON *known = wire_client_call (newer, "ping", NULL);
        cJSON_Delete (known);
        stage_pause_image (image);
        proxy_arm (proxy, "evaluate", PROXY_RUNNING, PROXY_FIN);
        wire_client_send (newer, "hello",
                          wire_json ("{'client_id':'" CLIENT "','protocol':'1.1',"
                                     "'client_epoch':{'generation':1,'counter':%d}}",
                                     ++counter),
                          claim);
        send_count (older, NULL, round, id);
        proxy_await_held (proxy); /* it lies in the image's socket */
        stage_continue_image (image);
        cJSON *claimed = wire_client_answer (newer, claim);
        cr_assert_str_eq (wire_string (claimed, "status"), "success");
        cJSON_Delete (claimed);
        char *state = state_of (newer, id);
        expected[round] = strcmp (state, "never_run") != 0;
        never_run += !expected[round];
        cr_assert_str_neq (state, "forgotten");
        free (state);
        proxy_cut_held (proxy);
        wire_client_destroy (&older);
        wire_client_destroy (&newer);
    }
    for (int round = 1; round <= ROUNDS; round++)
        cr_assert_eq (ran (round), expected[round], "evaluation %d ran %d times", round,
                      ran (round));
    cr_log_info ("%d of %d had not been read", never_run, ROUNDS);
    proxy_close (&proxy);
}

/* A session runs one at a time: the second waits in the image for the first. */
Test (fencing, what_waited_for_its_turn_never_runs)
{
    ask (PREPARE);
    struct wire_client *older = connect_next (0);
    cJSON *made =
        wire_client_call (older, "create_session", wire_json ("{'client_id':'" CLIENT "'}"));
    char *session = stui_strdup (wire_string (made, "result.session_id"));
    cJSON_Delete (made);
    for (int round = 1; round <= ROUNDS; round++) {
        char first[WIRE_ID_SIZE], second[WIRE_ID_SIZE];
        wire_client_send (older, "evaluate",
                          wire_json ("{'code':'" WAIT "','session_id':'%s'}", session), first);
        ask ("(Smalltalk at: #StuiBegun) wait. 1");
        send_count (older, session, round, second);
        cJSON *read = wire_client_call (older, "ping", NULL); /* so the image has read it too */
        cJSON_Delete (read);
        struct wire_client *newer = connect_next (0);
        expect_state (newer, second, "never_run");
        expect_state (newer, first, "running");
        ask ("(Smalltalk at: #StuiGate) signal. 1");
        cJSON *reply = wire_client_answer (newer, first); /* it goes to the newest connection */
        cr_assert_str_eq (wire_string (reply, "status"), "success");
        cJSON_Delete (reply);
        expect_state (newer, second, "never_run");
        wire_client_destroy (&older);
        older = newer;
    }
    cJSON *reply = wire_client_evaluate (older, session, "3 + 4"); /* behind all of them */
    cr_assert_str_eq (wire_string (reply, "result.result"), "7");
    cJSON_Delete (reply);
    for (int round = 1; round <= ROUNDS; round++)
        cr_assert_eq (ran (round), 0, "evaluation %d ran after get_result had said never_run",
                      round);
    wire_client_destroy (&older);
    free (session);
}

/* ---- Two stuis of one identity ------------------------------------------------------------------- */

/* Copies the default profile's state to the profile `copy`. */
static void
copy_profile (void)
{
    char *command = stui_printf ("cp -a %s/state/stui/default %s/state/stui/copy",
                                 stage.place.directory, stage.place.directory);
    cr_assert_eq (system (command), 0);
    free (command);
}

/* Opening a profile raises its generation: twice is above one that was opened before. */
static void
raise_generation (void)
{
    for (int time = 0; time < 2; time++) {
        struct run_result list = run_stui ("--profile", "copy", "session", "ls");
        cr_assert_eq (list.status, 0, "%s", list.err);
        run_result_fini (&list);
    }
}

Test (fencing, of_two_copied_profiles_the_older_generation_fails_and_is_not_retried)
{
    struct run_process copy = {.out.fd = -1};
    stage_list (&stage, "one", image->address);
    stage_expect_eval ("one", "3 + 4", "7"); /* makes the identity, and knows the image */
    copy_profile ();
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
    raise_generation ();
    run_start (
        &copy, &stage.place, NULL,
        (const char *const[]){"--profile", "copy", "serve", "--log-file", "/dev/null", NULL});
    struct json *event = stage_await (&stage, "one", "failed");
    cr_assert_not_null (
        strstr (json_get_text (event, "text"), "another stui of this identity has claimed it"),
        "%s", json_get_text (event, "text"));
    json_destroy (&event);
    struct json *state = stage_await_state ("one", "state", "failed");
    cr_assert (json_is_null (json_get (state, "next_retry_ms")));
    cr_assert_str_eq (json_get_text (state, "phase"), "failed");
    int64_t attempt = json_get_number (state, "attempt", 0);
    json_destroy (&state);

    struct run_result theirs = run_stui ("--profile", "copy", "eval", "one", "-e", "3 + 4");
    cr_assert_str_eq (theirs.out, "7\n", "%s", theirs.err);
    run_result_fini (&theirs);
    struct run_result ours = run_stui ("eval", "one", "-e", "3 + 4");
    cr_assert_eq (ours.status, 3, "status %d: %s", ours.status, ours.err);
    run_result_fini (&ours);
    state = stage_state ("one");
    cr_assert_eq (json_get_number (state, "attempt", 0), attempt, "it was tried again unasked");
    json_destroy (&state);

    /* Asked for, it is taken back, and the other one learns by whom. */
    struct run_result retry = run_stui ("image", "retry", "one");
    run_result_fini (&retry);
    stage_pass (&stage, "one", "online");
    ours = run_stui ("eval", "one", "-e", "3 + 4");
    cr_assert_str_eq (ours.out, "7\n", "%s", ours.err);
    run_result_fini (&ours);
    theirs = run_stui ("--profile", "copy", "image", "show", "one");
    cr_assert_not_null (
        strstr (theirs.out, "another stui of this identity has claimed it after us"), "%s",
        theirs.out);
    run_result_fini (&theirs);
    run_end (&copy, SIGTERM);
}
