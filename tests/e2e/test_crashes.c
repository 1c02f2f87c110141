/* test_crashes.c: stui is killed again and again, at random moments, while sessions are edited and
 * evaluated. After each start everything that was shown as saved is there, the rest is at most two
 * seconds old, and it always starts.
 *
 * STUI_TEST_ROUNDS is how many crashes there are, STUI_TEST_SEED what they begin with; a failure
 * says its round. Time is the subject here, so that, other than elsewhere, the moment of the kill is
 * one of the clock: nobody waits for it in vain. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "runtime/random.h"
#include "support/owner_client.h"
#include "support/stage.h"

enum {
    SESSIONS = 5,
    TEXT_MAX = 20000,
    ALIVE_MAX_MS = 2600, /* beyond the 2 s after which an edit must be stored */
    OLD_MAX_MS = 2000,
    SLACK_MS = 500, /* for a machine that does other things: a save takes its time as well */
    HISTORY = 100000,
};

#define TIMINGS "ping_ms = 200\nbackoff_min_ms = 10\nbackoff_max_ms = 100\n"

/* What one knows of a session who watches from outside. */
struct watched {
    char id[STUI_UUID_LEN + 1];
    int typed;     /* the number at the beginning of the newest text that was taken */
    int shown;     /* the greatest that was shown together with `saved` */
    int64_t *when; /* owned: when each number was typed */
};

static struct stage stage;
static struct watched sessions[SESSIONS];
static struct random_source source;

static uint64_t
setting (const char *name, uint64_t otherwise)
{
    const char *text = getenv (name);
    return text && *text ? strtoull (text, NULL, 10) : otherwise;
}

static void
setup (void)
{
    stage_open (&stage, TIMINGS);
    stage_serve_one (&stage);
}

static void
teardown (void)
{
    for (int index = 0; index < SESSIONS; index++)
        free (sessions[index].when);
    stage_close (&stage);
}

TestSuite (crashes, .init = setup, .fini = teardown, .timeout = 7200);

/* ---- While it lives -------------------------------------------------------------------------- */

static void
make_sessions (void)
{
    for (int index = 0; index < SESSIONS; index++) {
        char name[32];
        snprintf (name, sizeof name, "work %d", index);
        stage_new_session ("one", name, sessions[index].id);
        sessions[index].when = stui_alloc (HISTORY * sizeof (int64_t));
    }
}

/* An edit that puts the next number into a session, with a text of random length behind it. */
static struct msg *
next_edit (struct watched *session)
{
    size_t length = random_below (&source, TEXT_MAX);
    char *filler = stui_alloc (length + 1);
    memset (filler, 'a' + (int) random_below (&source, 26), length);
    char *text = stui_printf ("%d %s", ++session->typed, filler);
    cr_assert_lt (session->typed, HISTORY);
    session->when[session->typed] = clock_mono_ms ();
    struct json *patch = json_object (), *workspace = json_object ();
    json_set_text (workspace, "text", text);
    json_set (patch, "workspace_context", workspace);
    char *printed = json_print (patch);
    struct msg *edit = msg_new ("image/one", MSG_SESSION_EDIT, 0, session->id, printed);
    free (printed);
    free (text);
    free (filler);
    json_destroy (&patch);
    return edit;
}

static int
number_in (const struct json *session)
{
    const struct json *context = json_get (session, "context");
    const char *text = json_get_text (json_get (context, "workspace_context"), "text");
    return text ? atoi (text) : 0;
}

static void
look_at (struct owner_client *client, struct watched *session)
{
    struct json *shown =
        owner_client_ask (client, msg_new ("image/one", MSG_SESSION_SHOW, 0, session->id));
    if (json_get_bool (shown, "saved", false) && number_in (shown) > session->shown)
        session->shown = number_in (shown);
    json_destroy (&shown);
}

/* Whatever it is: soon after a start the image is not there yet. */
static void
await_answer (struct owner_client *client, uint64_t ref)
{
    bool is_it = false;
    while (!is_it) {
        struct msg *answer = owner_client_next (client);
        is_it = answer->ref == ref;
        msg_destroy (&answer);
    }
}

/* Edits and looks until the moment has come, and a little beyond: the last requests are on their way
 * when it dies. */
static void
work_for (int64_t alive_ms)
{
    struct owner_client client;
    owner_client_open (&client);
    int64_t end_ms = clock_mono_ms () + alive_ms;
    while (clock_mono_ms () < end_ms) {
        struct watched *session = &sessions[random_below (&source, SESSIONS)];
        uint64_t kind = random_below (&source, 10);
        if (kind < 5)
            look_at (&client, session);
        else if (kind < 9) {
            struct json *done = owner_client_ask (&client, next_edit (session));
            json_destroy (&done);
        }
        else { /* it is stored at once then */
            char *parameters = stui_printf ("{\"code\":\"3 + 4\",\"mode\":\"printIt\","
                                            "\"session_id\":\"%s\"}",
                                            session->id);
            uint64_t ref =
                owner_client_send (&client, msg_new ("image/one", MSG_COMMAND, 0, "evaluate",
                                                     parameters, (uint64_t) 0, ""));
            await_answer (&client, ref);
            free (parameters);
        }
    }
    for (int index = 0; index < SESSIONS; index++)
        owner_client_send (&client, next_edit (&sessions[index]));
    usleep ((useconds_t) random_below (&source, 4000));
    stage_end_serve (&stage, SIGKILL);
    owner_client_close (&client);
}

/* ---- After it died --------------------------------------------------------------------------- */

static void
check_session (struct watched *session, int64_t died_ms, int round)
{
    struct run_result shown = run_stui ("session", "show", session->id, "--json");
    cr_assert_eq (shown.status, 0, "round %d, session %s: %s", round, session->id, shown.err);
    struct json *now = stage_parse (shown.out);
    int number = number_in (now);
    cr_assert_geq (number, session->shown, "round %d: %d was shown as saved, %d is there", round,
                   session->shown, number);
    cr_assert_leq (number, session->typed, "round %d: nobody ever typed %d", round, number);
    if (number < session->typed) {
        int64_t age_ms = died_ms - session->when[number + 1];
        cr_assert_leq (age_ms, OLD_MAX_MS + SLACK_MS,
                       "round %d: %d is there, though %d was typed %lld ms before", round, number,
                       number + 1, (long long) age_ms);
    }
    session->typed = session->shown = number;
    json_destroy (&now);
    run_result_fini (&shown);
}

Test (crashes, what_was_shown_as_saved_is_there_and_the_rest_is_at_most_two_seconds_old)
{
    enum { ROUNDS = 25 };
    int rounds = (int) setting ("STUI_TEST_ROUNDS", ROUNDS);
    source.state = setting ("STUI_TEST_SEED", 1);
    make_sessions ();
    for (int round = 1; round <= rounds; round++) {
        /* Mostly soon after the start, which is when there is most to do. */
        uint64_t longest = random_below (&source, 3) == 0 ? ALIVE_MAX_MS : 600;
        work_for ((int64_t) random_below (&source, longest));
        int64_t died_ms = clock_mono_ms ();
        stage_serve (&stage);
        for (int index = 0; index < SESSIONS; index++)
            check_session (&sessions[index], died_ms, round);
    }
}
