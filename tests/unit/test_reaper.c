/* test_reaper.c: what is cleaned away when, and back, under a clock that the test turns. The store and
 * the supervisors are played here, which makes it long. */

#include "actors/reaper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"

static const int64_t hour_ms = 3600000, day_ms = 86400000;

enum { SESSIONS_MAX = 40 };

static struct reaper self;
static struct reaper_now now;
static struct reaper_image image;
static struct reaper_image other; /* a second one in the list, when it has a name */
static bool is_listed;

/* What the store has. */
static struct session {
    char id[24];
    const char *state;
    bool open, archived;
    int64_t modified_ms, generation;
    char *about;  /* owned: in the archive, or of its new image */
    char key[24]; /* of its image; empty: "img" */
} sessions[SESSIONS_MAX];
static size_t session_count;
static char *saved; /* owned: the reaper's own record */

static const char *refusal; /* of the supervisor; NULL: it may */
static bool is_lost;        /* the supervisor ends before it answers */
static bool is_full;        /* the store cannot bring anything back */
static char record[256];    /* the last one that came back */
static uint64_t unanswered; /* the question that is; UINT64_MAX: the next one will be */
static size_t asked, reaped, thawed, returned;
static char events[16384];
static struct msg *told; /* owned: the last answer to a terminal */

static bool
look (const void *context, size_t index, struct reaper_image *one)
{
    (void) context;
    *one = index == 0 ? image : other;
    return is_listed && (index == 0 || (index == 1 && other.name));
}

static struct session *
session_find (const char *id)
{
    for (size_t index = 0; index < session_count; index++)
        if (strcmp (sessions[index].id, id) == 0)
            return &sessions[index];
    return NULL;
}

static struct json *
session_to_json (const struct session *session)
{
    char text[CLOCK_TEXT_SIZE];
    struct json *json = json_object ();
    json_set_text (json, "session_id", session->id);
    json_set_text (json, "image_id", session->key[0] ? session->key : "img");
    if (session->key[0]) {
        struct json *from = json_parse_text ("{\"image_id\":\"img\",\"image\":\"one\"}");
        json_set (json, "adopted_from", from);
    }
    json_set_text (json, "image", "one");
    json_set_text (json, "name", session->id);
    json_set_text (json, "state", session->state);
    json_set_bool (json, "open", session->open);
    json_set_text (json, "last_modified", clock_format (session->modified_ms, text));
    json_set_number (json, "generation", session->generation);
    if (session->archived)
        json_set (json, "archived", json_parse_text (session->about));
    return json;
}

static char *
list_text (bool archived)
{
    struct json *result = json_object (), *list = json_array ();
    for (size_t index = 0; index < session_count; index++)
        if (sessions[index].archived == archived)
            json_push (list, session_to_json (&sessions[index]));
    json_set (result, "sessions", list);
    char *text = json_print (result);
    json_destroy (&result);
    return text;
}

static struct msg *
store_archive (const struct msg *msg)
{
    struct session *session = session_find (msg_text (msg, 1));
    if (!session || session->generation != (int64_t) msg_number (msg, 2))
        return msg_error (msg, STUI_E_INVALID_REQUEST, "it has been changed meanwhile", NULL);
    session->archived = true;
    free (session->about);
    session->about = stui_strdup (msg_text (msg, 3));
    return msg_ok (msg, "{}");
}

static struct msg *
store_undo (const struct msg *msg)
{
    struct session *session = session_find (msg_text (msg, 1));
    if (is_full)
        return msg_error (msg, STUI_E_STORAGE, "the disk is full", NULL);
    session->archived = session->open = false;
    session->state = "stored";
    session->generation++;
    struct json *result = json_object ();
    json_set (result, "session", session_to_json (session));
    char *text = json_print (result);
    struct msg *answer = msg_ok (msg, text);
    free (text);
    json_destroy (&result);
    return answer;
}

static struct msg *
store_carry (const struct msg *msg)
{
    struct session *session = session_find (msg_text (msg, 1));
    if (session->generation != (int64_t) msg_number (msg, 2))
        return msg_error (msg, STUI_E_INVALID_REQUEST, "it has been changed meanwhile", NULL);
    struct json *about = json_parse_text (msg_text (msg, 3));
    const char *to = json_get_text (about, "to");
    snprintf (session->key, sizeof session->key, "%s", strcmp (to, "img") == 0 ? "" : to);
    json_destroy (&about);
    session->open = false;
    session->state = "stored";
    session->generation++;
    struct json *result = json_object ();
    json_set (result, "session", session_to_json (session));
    char *text = json_print (result);
    struct msg *answer = msg_ok (msg, text);
    free (text);
    json_destroy (&result);
    return answer;
}

static struct msg *
store_drop (const struct msg *msg)
{
    struct session *session = session_find (msg_text (msg, 1));
    free (session->about);
    *session = sessions[--session_count];
    sessions[session_count].about = NULL;
    return msg_ok (msg, "{}");
}

static struct msg *
supervisor_answer (const struct msg *msg)
{
    asked++;
    if (unanswered == UINT64_MAX) {
        unanswered = msg->ref;
        return NULL;
    }
    if (is_lost)
        return msg_error (msg, STUI_E_UNREACHABLE, "its supervisor ended", NULL);
    char *text =
        stui_printf ("{\"may\":%s,\"why\":\"%s\",\"session\":\"%s\"}", refusal ? "false" : "true",
                     refusal ? refusal : "", msg_text (msg, 0));
    struct msg *answer = msg_ok (msg, text);
    free (text);
    return answer;
}

/* The answer to MSG, or NULL. */
static struct msg *
answer_to (const struct msg *msg)
{
    char *text = NULL;
    switch (msg->verb) {
    case MSG_REAPER_LOAD:
        text = stui_printf ("{\"reaper\":%s}", saved ? saved : "null");
        break;
    case MSG_REAPER_SAVE:
        free (saved);
        saved = stui_strdup (msg_text (msg, 0));
        break;
    case MSG_SESSIONS_LOAD:
        text = list_text (false);
        break;
    case MSG_ARCHIVE_LIST:
        text = list_text (true);
        break;
    case MSG_ARCHIVE:
        return store_archive (msg);
    case MSG_ARCHIVE_UNDO:
        return store_undo (msg);
    case MSG_SESSION_CARRY:
        return store_carry (msg);
    case MSG_ARCHIVE_DROP:
        return store_drop (msg);
    case MSG_MAY_REAP:
        return supervisor_answer (msg);
    case MSG_REAPED:
        reaped += msg_number (msg, 1) >= 1;
        thawed += msg_number (msg, 1) == 0;
        return NULL;
    case MSG_RETURNED:
        returned++;
        snprintf (record, sizeof record, "%s", msg_text (msg, 0));
        return NULL;
    case MSG_EVENTS_PUT:
        snprintf (events + strlen (events), sizeof events - strlen (events), "%s",
                  msg_text (msg, 0));
        break;
    default:
        cr_assert_fail ("%s is not for anybody here", msg_word (msg->verb));
    }
    struct msg *answer = msg_ok (msg, text ? text : "{}");
    free (text);
    return answer;
}

/* All that is asked is answered, until nothing is. */
static void
settle (void)
{
    while (self.out_count > 0) {
        struct msg *msg = self.out[0];
        memmove (self.out, self.out + 1, --self.out_count * sizeof *self.out);
        if (msg_kind (msg->verb) == MSG_ANSWER) {
            msg_destroy (&told);
            told = msg;
            continue;
        }
        struct msg *answer = answer_to (msg);
        if (answer)
            reaper_answer (&self, answer, now);
        msg_destroy (&answer);
        msg_destroy (&msg);
    }
}

/* All clocks go on. */
static void
let_go (int64_t ms)
{
    now.mono_ms += ms;
    now.boot_ms += ms;
    now.wall_ms += ms;
}

/* Time passes while stui runs. */
static void
pass (int64_t ms)
{
    int64_t until_ms = now.mono_ms + ms;
    while (now.mono_ms < until_ms) {
        int64_t next_ms = reaper_deadline (&self);
        next_ms = next_ms > until_ms ? until_ms : next_ms;
        let_go (next_ms - now.mono_ms);
        reaper_time (&self, now);
        settle ();
    }
}

static void
begin (void)
{
    reaper_init (&self, look, NULL);
    reaper_settings (&self, 30 * day_ms, 7 * day_ms);
    reaper_begin (&self, now);
    settle ();
}

/* stui ends, is off for MS, and is started again. */
static void
off_for (int64_t ms)
{
    reaper_fini (&self);
    now.wall_ms += ms;
    now.mono_ms = now.boot_ms = 500;
    image.gone_ms = 0;
    begin ();
}

static void
add (const char *id, const char *state, bool open)
{
    struct session *session = &sessions[session_count++];
    *session =
        (struct session){.state = state, .open = open, .modified_ms = now.wall_ms, .generation = 3};
    snprintf (session->id, sizeof session->id, "%s", id);
}

static void
leave (void)
{
    image.answers = false;
    image.away = true;
    image.gone_ms = now.mono_ms;
}

static void
come_back (void)
{
    image.answers = true;
    image.away = false;
}

static size_t
archived (void)
{
    size_t count = 0;
    for (size_t index = 0; index < session_count; index++)
        count += sessions[index].archived;
    return count;
}

/* A terminal asks; its answer. Caller owns. */
static struct json *
ask (enum msg_verb verb, const char *wish)
{
    struct msg *msg = msg_new ("one#9", verb, 77, wish);
    reaper_message (&self, msg, now);
    msg_destroy (&msg);
    settle ();
    cr_assert_not_null (told, "no answer");
    cr_assert_eq (told->verb, MSG_OK, "%s", msg_text (told, 0));
    return json_parse_text (msg_text (told, 0));
}

/* How many sessions the answer to it has. */
static size_t
ask_count (enum msg_verb verb, const char *wish)
{
    struct json *result = ask (verb, wish);
    size_t count = json_count (json_get (result, "sessions"));
    json_destroy (&result);
    return count;
}

static void
setup (void)
{
    now = (struct reaper_now){1000000, 5000000, INT64_C (1760000000000)};
    image = (struct reaper_image){.name = "one",
                                  .key = "img",
                                  .id = "one#1",
                                  .answers = true,
                                  .reap_after_ms = 30 * day_ms,
                                  .undo_for_ms = 7 * day_ms};
    is_listed = true;
    begin ();
    add ("s1", "orphaned", true);
    pass (hour_ms);
}

static void
teardown (void)
{
    reaper_fini (&self);
    for (size_t index = 0; index < session_count; index++)
        free (sessions[index].about);
    free (saved);
    msg_destroy (&told);
}

TestSuite (reaper, .init = setup, .fini = teardown);

/* ---- By itself ------------------------------------------------------------------------------- */

Test (reaper, what_an_image_left_goes_after_thirty_days_and_is_deleted_after_seven_more)
{
    leave ();
    pass (30 * day_ms - 2 * hour_ms);
    cr_assert_eq (archived (), 0, "too early");
    pass (4 * hour_ms);
    cr_assert_eq (archived (), 1);
    cr_assert_eq (asked, 1);
    cr_assert_eq (reaped, 1, "its supervisor forgets it");
    cr_assert (strstr (events, "session_reaped"));
    pass (7 * day_ms - 4 * hour_ms);
    cr_assert_eq (session_count, 1, "deleted too early");
    pass (8 * hour_ms);
    cr_assert_eq (session_count, 0);
    cr_assert (strstr (events, "session_expired"));
}

Test (reaper, an_image_that_returns_begins_anew)
{
    leave ();
    pass (29 * day_ms);
    come_back ();
    pass (10 * day_ms);
    leave ();
    pass (29 * day_ms);
    cr_assert_eq (archived (), 0);
    pass (2 * day_ms);
    cr_assert_eq (archived (), 1);
}

/* Symptom: with two names for one image, a short visit by way of the second did not count. */
Test (reaper, an_image_that_was_back_by_another_route_begins_anew)
{
    other = image;
    other.name = "two";
    other.answers = false;
    leave ();
    pass (29 * day_ms);
    let_go (60000);
    other.gone_ms = now.mono_ms; /* it answered, and does not any more, between two steps */
    pass (2 * day_ms);
    cr_assert_eq (archived (), 0);
    pass (29 * day_ms);
    cr_assert_eq (archived (), 1);
}

/* Symptom: stui was killed while the image was back for less than an hour, and its age went on. */
Test (reaper, a_short_return_counts_though_stui_is_killed_meanwhile)
{
    leave ();
    pass (29 * day_ms);
    come_back ();
    reaper_returned (&self, now);
    pass (60000);
    off_for (60000);
    leave ();
    image.gone_ms = 0;
    pass (2 * day_ms);
    cr_assert_eq (archived (), 0);
    pass (29 * day_ms);
    cr_assert_eq (archived (), 1);
}

/* Symptom: an image came back, its user let go of it within the second, and its sessions were cleaned away
 * as if it had never been there. */
Test (reaper, a_short_return_counts_though_the_image_is_let_go_at_once)
{
    leave ();
    pass (29 * day_ms);
    come_back ();
    reaper_returned (&self, now);
    let_go (300);
    leave ();
    image.away = false; /* nobody tries it */
    pass (60000);
    off_for (60000);
    leave ();
    image.gone_ms = 0;
    pass (2 * day_ms);
    cr_assert_eq (archived (), 0);
    pass (29 * day_ms);
    cr_assert_eq (archived (), 1);
}

Test (reaper, what_went_is_counted_by_rule_and_the_counts_outlive_a_restart)
{
    leave ();
    int64_t gone_ms = now.wall_ms;
    pass (30 * day_ms + 2 * hour_ms);
    cr_assert_eq (archived (), 1);
    off_for (60000);
    const struct json *counts = json_get (self.counts, "one");
    cr_assert_eq (json_get_number (counts, "reaped", 0), 1);
    cr_assert_eq (json_get_number (counts, "asked", 0), 0);
    cr_assert_eq (json_get_number (json_get (counts, "rules"), "its image is gone", 0), 1);
    cr_assert_geq (json_get_number (counts, "since_ms", 0), gone_ms + 30 * day_ms - hour_ms);
    json_destroy (&(struct json *){ask (MSG_UNDO_CLEANUP, "{\"all\":true}")});
    add ("s2", "closed", false);
    json_destroy (&(struct json *){ask (MSG_CLEANUP, "{\"do\":true}")});
    off_for (60000);
    counts = json_get (self.counts, "one");
    cr_assert_eq (json_get_number (counts, "reaped", 0), 2);
    cr_assert_eq (json_get_number (counts, "asked", 0), 1);
    cr_assert_eq (json_get_number (counts, "returned", 0), 1);
    cr_assert_eq (json_get_number (json_get (counts, "rules"), "it is closed", 0), 1);
}

/* It is back between the look and the question. */
Test (reaper, what_its_supervisor_refuses_stays)
{
    refusal = "its image is there: close it first";
    leave ();
    pass (40 * day_ms);
    cr_assert_eq (archived (), 0);
    cr_assert_gt (asked, 0);
    cr_assert_eq (reaped + thawed, 0);
    refusal = NULL;
    is_lost = true;
    pass (day_ms);
    cr_assert_eq (archived (), 0);
    is_lost = false;
    pass (day_ms);
    cr_assert_eq (archived (), 1);
}

/* Symptom: after a holiday all that was preserved was gone. */
Test (reaper, a_month_in_which_stui_was_off_does_not_count)
{
    leave ();
    pass (10 * day_ms);
    off_for (40 * day_ms);
    pass (19 * day_ms);
    cr_assert_eq (archived (), 0);
    pass (2 * day_ms);
    cr_assert_eq (archived (), 1);
    off_for (30 * day_ms);
    pass (5 * day_ms);
    cr_assert_eq (archived (), 1, "nor for the archive");
    pass (3 * day_ms);
    cr_assert_eq (session_count, 0);
}

Test (reaper, a_process_that_was_stopped_did_not_run)
{
    leave ();
    pass (10 * day_ms);
    let_go (40 * day_ms);
    reaper_time (&self, now);
    settle ();
    cr_assert_eq (archived (), 0);
}

Test (reaper, a_session_is_not_older_than_its_last_change)
{
    leave ();
    pass (25 * day_ms);
    sessions[0].modified_ms = now.wall_ms;
    pass (10 * day_ms);
    cr_assert_eq (archived (), 0);
    pass (21 * day_ms);
    cr_assert_eq (archived (), 1);
}

Test (reaper, what_is_closed_goes_after_thirty_days_though_its_image_is_there)
{
    sessions[0].state = "closed";
    sessions[0].open = false;
    pass (29 * day_ms);
    cr_assert_eq (archived (), 0);
    pass (2 * day_ms);
    cr_assert_eq (archived (), 1);
}

Test (reaper, sessions_of_an_image_that_is_not_listed_go_without_a_question)
{
    is_listed = false;
    pass (31 * day_ms);
    cr_assert_eq (archived (), 1);
    cr_assert_eq (asked, 0);
}

Test (reaper, what_nobody_tries_stays)
{
    image.answers = false;
    pass (100 * day_ms);
    cr_assert_eq (archived (), 0);
}

Test (reaper, there_are_more_than_can_be_asked_about_at_a_time)
{
    for (int index = 0; index < 30; index++) {
        char id[24];
        snprintf (id, sizeof id, "more%d", index);
        add (id, "preserved", true);
    }
    leave ();
    pass (31 * day_ms);
    cr_assert_eq (archived (), 31);
    cr_assert_eq (reaped, 31);
}

/* How many of the messages that it has not sent yet are VERB. */
static size_t
to_send (enum msg_verb verb)
{
    size_t count = 0;
    for (size_t index = 0; index < self.out_count; index++)
        count += self.out[index]->verb == verb;
    return count;
}

/* Symptom: an older copy in the archive was due, the session was put there anew meanwhile, and that one
 * was deleted. */
Test (reaper, what_is_to_be_deleted_is_looked_up_after_what_is_put_into_the_archive)
{
    leave ();
    pass (hour_ms);
    let_go (hour_ms);
    reaper_time (&self, now);
    cr_assert_eq (to_send (MSG_SESSIONS_LOAD), 1);
    cr_assert_eq (to_send (MSG_ARCHIVE_LIST), 0);
    settle ();
    cr_assert_eq (self.order_count, 0, "both were done");
}

/* While the store does VERB a new supervisor comes up; `reaped` counts a hundred for it. */
static void
ask_and_restart (enum msg_verb verb, const char *wish, enum msg_verb during)
{
    struct msg *msg = msg_new ("one#9", verb, 77, wish);
    reaper_message (&self, msg, now);
    msg_destroy (&msg);
    while (self.out_count > 0) {
        msg = self.out[0];
        memmove (self.out, self.out + 1, --self.out_count * sizeof *self.out);
        if (msg->verb == during)
            image.id = "one#2";
        if (msg->verb == MSG_REAPED)
            reaped += 100 * (strcmp (msg->peer, "one#2") == 0);
        struct msg *answer = msg_kind (msg->verb) == MSG_ANSWER ? NULL : answer_to (msg);
        if (answer)
            reaper_answer (&self, answer, now);
        msg_destroy (&answer);
        msg_destroy (&msg);
    }
}

/* Symptom: it showed, as saved, what lay in the archive alone. */
Test (reaper, a_supervisor_that_was_started_meanwhile_hears_of_it_too)
{
    leave ();
    pass (hour_ms);
    ask_and_restart (MSG_CLEANUP, "{\"do\":true}", MSG_ARCHIVE);
    cr_assert_eq (archived (), 1);
    cr_assert_eq (reaped, 102, "both are told");
}

/* ---- Supervisors that do not answer ---------------------------------------------------------- */

/* Symptom: one stuck supervisor, and nothing was cleaned away any more. */
Test (reaper, a_stuck_supervisor_is_not_asked)
{
    image.stuck = true;
    leave ();
    pass (31 * day_ms);
    cr_assert_eq (asked + archived (), 0);
    struct json *result = ask (MSG_CLEANUP, "{\"do\":true}");
    const struct json *row = json_first (json_get (result, "sessions"));
    cr_assert (strstr (json_get_text (row, "kept"), "does not answer"));
    json_destroy (&result);
    image.stuck = false;
    pass (day_ms);
    cr_assert_eq (archived (), 1);
}

/* Symptom: it became stuck when it was asked: the question was open for ever, and with it the order. */
Test (reaper, a_question_that_is_not_answered_is_given_up_and_a_late_yes_is_taken_back)
{
    unanswered = UINT64_MAX;
    leave ();
    pass (2 * hour_ms);
    struct msg *msg = msg_new ("one#9", MSG_CLEANUP, 77, "{\"do\":true}");
    reaper_message (&self, msg, now);
    msg_destroy (&msg);
    settle ();
    cr_assert_null (told);
    pass (REAPER_ANSWER_MS);
    cr_assert_not_null (told, "nobody waits for ever");
    cr_assert (strstr (msg_text (told, 0), "no answer"), "%s", msg_text (told, 0));
    cr_assert_eq (self.order_count, 0);
    msg = msg_new ("one#1", MSG_OK, unanswered, "{\"may\":true,\"session\":\"s1\"}");
    reaper_answer (&self, msg, now);
    settle ();
    cr_assert_eq (thawed, 1, "it froze the session, and is told to go on");
    msg_destroy (&msg);
    pass (31 * day_ms);
    cr_assert_eq (archived (), 1, "it is asked again");
}

/* ---- Many ------------------------------------------------------------------------------------ */

/* Symptom: nobody's messages were passed on while ten thousand sessions were looked at. */
Test (reaper, a_long_list_is_read_in_slices_between_which_others_are_served)
{
    enum { MANY = 3 * REAPER_SLICE + 1 };
    struct msg *msg = msg_new ("one#9", MSG_CLEANUP, 77, "{}");
    leave ();
    pass (hour_ms);
    reaper_message (&self, msg, now);
    msg_destroy (&msg);
    struct json *list = json_object (), *records = json_array ();
    for (int index = 0; index < MANY; index++)
        json_push (records, session_to_json (&sessions[0]));
    json_set (list, "sessions", records);
    char *text = json_print (list);
    json_destroy (&list);
    msg = msg_ok (self.out[0], text);
    free (text);
    msg_destroy (&self.out[0]);
    self.out_count = 0;
    reaper_answer (&self, msg, now);
    msg_destroy (&msg);
    for (int slice = 1; slice <= 3; slice++) {
        cr_assert_eq (self.orders[0]->count, (size_t) (slice * REAPER_SLICE));
        cr_assert_eq (self.out_count, 0, "it answers when it has read all");
        cr_assert_eq (reaper_deadline (&self), now.mono_ms + REAPER_PAUSE_MS);
        pass (REAPER_PAUSE_MS);
    }
    struct json *result = json_parse_text (msg_text (told, 0));
    cr_assert_eq (json_count (json_get (result, "sessions")), MANY);
    json_destroy (&result);
}

/* ---- The clock ------------------------------------------------------------------------------- */

static void
jump (int64_t ms)
{
    leave ();
    pass (30 * day_ms - 3 * hour_ms);
    now.wall_ms += ms;
    pass (20 * hour_ms);
    cr_assert_eq (archived (), 0, "nothing goes by itself while the clock cannot be believed");
    cr_assert (strstr (events, "reaper_suspended"));
    cr_assert_null (strstr (events, "reaper_resumed"));
    struct json *result = ask (MSG_CLEANUP, "{}");
    cr_assert_not_null (json_get (result, "suspended"), "it is told");
    json_destroy (&result);
    pass (6 * hour_ms);
    cr_assert (strstr (events, "reaper_resumed"));
    cr_assert_eq (archived (), 1);
}

Test (reaper, a_clock_that_jumps_ahead_suspends_it_for_a_day)
{
    jump (61 * 60000);
}

Test (reaper, a_clock_that_jumps_back_suspends_it_for_a_day)
{
    jump (-61 * 60000);
}

Test (reaper, a_clock_that_is_set_by_less_than_an_hour_does_not_suspend_it)
{
    leave ();
    pass (30 * day_ms - 3 * hour_ms);
    now.wall_ms += 59 * 60000;
    pass (5 * hour_ms);
    cr_assert_eq (archived (), 1);
    cr_assert_null (strstr (events, "reaper_suspended"));
}

/* Symptom: after eight hours of sleep "the clock jumped by +479 minutes": whoever closes the lid each
 * night never had anything cleaned away. */
Test (reaper, a_machine_that_slept_does_not_suspend_it)
{
    leave ();
    for (int night = 0; night < 30; night++) {
        pass (day_ms - hour_ms / 2);
        cr_assert_eq (archived (), 0);
        now.boot_ms += 8 * hour_ms;
        now.wall_ms += 8 * hour_ms;
    }
    pass (day_ms);
    cr_assert_eq (archived (), 1);
    cr_assert_null (strstr (events, "reaper_suspended"));
}

/* Symptom: a clock that went wrong by a second a day suspended it after ten years; one that is set each
 * hour, after a week. */
Test (reaper, short_differences_of_the_clock_do_not_add_up)
{
    leave ();
    for (int hour = 0; hour < 24 * 31; hour++) {
        now.wall_ms += 60000;
        pass (hour_ms);
    }
    cr_assert_eq (archived (), 1);
    cr_assert_null (strstr (events, "reaper_suspended"));
}

/* Symptom: a machine that started with a clock of ten years ahead had all closed sessions cleaned away. */
Test (reaper, a_start_with_a_clock_far_ahead_suspends_it_until_it_ran_for_a_day)
{
    sessions[0].state = "closed";
    sessions[0].open = false;
    pass (day_ms);
    for (int start = 0; start < 2; start++) {
        off_for (3650 * day_ms * (start == 0));
        pass (10 * hour_ms);
        cr_assert_eq (archived (), 0, "at start %d", start);
        cr_assert (strstr (events, "ahead of when stui last ran"));
    }
    pass (6 * hour_ms);
    cr_assert (strstr (events, "reaper_resumed"));
    cr_assert_eq (archived (), 1);
}

Test (reaper, a_clock_that_jumps_by_years_deletes_nothing_from_the_archive)
{
    leave ();
    pass (31 * day_ms);
    cr_assert_eq (archived (), 1);
    now.wall_ms += 3650 * day_ms;
    pass (5 * day_ms);
    cr_assert_eq (archived (), 1);
    off_for (3650 * day_ms);
    pass (hour_ms);
    cr_assert_eq (archived (), 1);
}

/* ---- Terminals ------------------------------------------------------------------------------- */

Test (reaper, without_do_it_says_what_why_and_how_old_and_moves_nothing)
{
    leave ();
    pass (2 * day_ms);
    struct json *result = ask (MSG_CLEANUP, "{}");
    const struct json *row = json_first (json_get (result, "sessions"));
    cr_assert_str_eq (json_get_text (row, "session_id"), "s1");
    cr_assert_str_eq (json_get_text (row, "why"), "its image is gone");
    cr_assert_eq (json_get_number (row, "age_ms", 0) / hour_ms, 48);
    cr_assert_not (json_get_bool (row, "done", true));
    json_destroy (&result);
    cr_assert_eq (asked + archived (), 0);
}

/* Symptom: of two images with a session of one id, one yes put both into the archive. */
Test (reaper, one_id_in_two_images_is_two_sessions_and_one_of_them_goes)
{
    add ("s1", "closed", false);
    snprintf (sessions[1].key, sizeof sessions[1].key, "copied");
    leave ();
    pass (hour_ms);
    struct json *result =
        ask (MSG_CLEANUP, "{\"sessions\":[{\"session_id\":\"s1\",\"image_id\":\"copied\"}]}");
    cr_assert_eq (json_count (json_get (result, "sessions")), 1);
    cr_assert_str_eq (json_get_text (json_first (json_get (result, "sessions")), "image_id"),
                      "copied");
    json_destroy (&result);
    cr_assert_eq (ask_count (MSG_CLEANUP,
                             "{\"sessions\":[{\"session_id\":\"s1\",\"image_id\":\"img\"},7,"
                             "{\"image_id\":\"copied\"}]}"),
                  1);
    cr_assert_eq (
        ask_count (MSG_CLEANUP, "{\"sessions\":[{\"session_id\":\"s1\",\"image\":\"none\"}]}"), 0);
    cr_assert_eq (ask_count (MSG_CLEANUP, "{\"sessions\":[\"s1\"]}"), 2, "by its id alone: both");
}

Test (reaper, conditions_hold)
{
    add ("shut", "closed", false);
    leave ();
    pass (2 * day_ms);
    cr_assert_eq (ask_count (MSG_CLEANUP, "{}"), 2);
    cr_assert_eq (ask_count (MSG_CLEANUP, "{\"images\":[\"two\"]}"), 0);
    cr_assert_eq (ask_count (MSG_CLEANUP, "{\"images\":[\"one\"]}"), 2);
    cr_assert_eq (ask_count (MSG_CLEANUP, "{\"states\":[\"closed\"]}"), 1);
    cr_assert_eq (ask_count (MSG_CLEANUP, "{\"older_ms\":259200000}"), 0);
    cr_assert_eq (ask_count (MSG_CLEANUP, "{\"sessions\":[\"shut\"]}"), 1);
}

Test (reaper, an_open_session_of_an_image_that_is_there_is_never_meant_by_itself)
{
    cr_assert_eq (ask_count (MSG_CLEANUP, "{\"do\":true}"), 0);
    pass (400 * day_ms);
    cr_assert_eq (archived (), 0);
}

/* Symptom: `session cleanup --state restored` said that there was nothing to clean away. */
Test (reaper, an_open_session_of_an_image_that_is_there_stays_and_why_is_said)
{
    static const char *const wishes[] = {"{\"sessions\":[\"s1\"],\"do\":true}",
                                         "{\"states\":[\"restored\"],\"do\":true}"};
    sessions[0].state = "fresh"; /* in the record, which is a little behind */
    for (size_t at = 0; at < sizeof wishes / sizeof *wishes; at++) {
        struct json *result = ask (MSG_CLEANUP, wishes[at]);
        const struct json *row = json_first (json_get (result, "sessions"));
        cr_assert_not (json_get_bool (row, "done", true), "%s", wishes[at]);
        cr_assert_str_eq (json_get_text (row, "kept"), "its image is there: close it first");
        json_destroy (&result);
    }
    cr_assert_eq (ask_count (MSG_CLEANUP, "{\"states\":[\"orphaned\"],\"do\":true}"), 0);
    cr_assert_eq (asked + archived (), 0, "nobody is asked");
}

Test (reaper, a_terminal_cleans_lists_the_archive_and_has_it_back)
{
    leave ();
    pass (hour_ms);
    struct json *result = ask (MSG_CLEANUP, "{\"do\":true}");
    cr_assert (json_get_bool (json_first (json_get (result, "sessions")), "done", false));
    json_destroy (&result);
    cr_assert_eq (archived (), 1);
    result = ask (MSG_UNDO_CLEANUP, "{}");
    const struct json *row = json_first (json_get (result, "sessions"));
    cr_assert_str_eq (json_get_text (row, "why"), "its image is gone");
    cr_assert_eq (clock_parse (json_get_text (row, "until")) / day_ms,
                  (now.wall_ms + 7 * day_ms) / day_ms);
    json_destroy (&result);
    cr_assert_eq (archived (), 1, "it was only listed");
    cr_assert_eq (ask_count (MSG_UNDO_CLEANUP, "{\"sessions\":[\"s1\"]}"), 1);
    cr_assert_eq (archived (), 0);
    cr_assert_eq (returned, 1, "its supervisor takes it in");
    cr_assert_eq (ask_count (MSG_UNDO_CLEANUP, "{\"all\":true}"), 0);
}

/* Symptom: a return that had failed was on the disk after all: its supervisor did not know the session
 * before its next start, and neither screen nor archive had it. */
Test (reaper, whose_session_may_be_back_is_told_to_look_once_the_disk_works)
{
    leave ();
    pass (hour_ms);
    cr_assert_eq (ask_count (MSG_CLEANUP, "{\"do\":true}"), 1);
    is_full = true;
    cr_assert_eq (ask_count (MSG_UNDO_CLEANUP, "{\"sessions\":[\"s1\"]}"), 1);
    cr_assert_eq (returned, 0);
    for (int time = 0; time < 2; time++) { /* once is enough */
        reaper_healed (&self, now);
        settle ();
        cr_assert_eq (returned, 1);
        cr_assert_str_eq (record, "{\"image_id\":\"img\"}");
    }
}

Test (reaper, what_was_changed_after_the_look_is_kept_and_thawed)
{
    leave ();
    pass (hour_ms);
    struct msg *msg = msg_new ("one#9", MSG_CLEANUP, 77, "{\"do\":true}");
    reaper_message (&self, msg, now);
    msg_destroy (&msg);
    struct msg *answer = answer_to (self.out[0]); /* the list, as it was */
    sessions[0].generation++;
    msg_destroy (&self.out[0]);
    self.out_count = 0;
    reaper_answer (&self, answer, now);
    msg_destroy (&answer);
    settle ();
    struct json *result = json_parse_text (msg_text (told, 0));
    const struct json *row = json_first (json_get (result, "sessions"));
    cr_assert_str_eq (json_get_text (row, "kept"), "it has been changed meanwhile");
    json_destroy (&result);
    cr_assert_eq (archived (), 0);
    cr_assert_eq (thawed, 1);
}

Test (reaper, a_wish_that_is_no_object_and_one_before_the_database_is_open_are_refused)
{
    struct msg *msg = msg_new ("one#9", MSG_CLEANUP, 77, "[]");
    reaper_message (&self, msg, now);
    settle ();
    cr_assert_eq (told->verb, MSG_ERROR);
    msg_destroy (&msg);
    reaper_fini (&self);
    reaper_init (&self, look, NULL);
    msg = msg_new ("one#9", MSG_CLEANUP, 77, "{}");
    reaper_message (&self, msg, now);
    settle ();
    cr_assert_str_eq (msg_text (told, 0), stui_err_word (STUI_E_STORAGE));
    msg_destroy (&msg);
}

/* Symptom: `stui session cleanup` without a running stui said 'try again'. */
Test (reaper, a_wish_that_comes_before_its_record_is_read_waits_for_it)
{
    leave ();
    pass (2 * day_ms);
    reaper_fini (&self);
    reaper_init (&self, look, NULL);
    reaper_settings (&self, 30 * day_ms, 7 * day_ms);
    reaper_begin (&self, now);
    struct json *result = ask (MSG_CLEANUP, "{}");
    const struct json *row = json_first (json_get (result, "sessions"));
    cr_assert_geq (json_get_number (row, "age_ms", 0) / hour_ms, 47);
    json_destroy (&result);
}

Test (reaper, when_its_record_cannot_be_read_whoever_waits_hears_so)
{
    reaper_fini (&self);
    reaper_init (&self, look, NULL);
    reaper_begin (&self, now);
    struct msg *msg = msg_new ("one#9", MSG_CLEANUP, 77, "{}");
    reaper_message (&self, msg, now);
    msg_destroy (&msg);
    struct msg *answer = msg_error (self.out[0], STUI_E_STORAGE, "it is closed", NULL);
    msg_destroy (&self.out[0]);
    self.out_count = 0;
    reaper_answer (&self, answer, now);
    msg_destroy (&answer);
    settle ();
    cr_assert_str_eq (msg_text (told, 1), "it is closed");
    cr_assert_eq (self.order_count, 0);
}

/* ---- From one image to another --------------------------------------------------------------- */

/* Another image answers at the address of "one"; the session of the old one stays under its id. */
static void
replace_image (void)
{
    image.key = image.image_id = "new";
}

Test (reaper, what_a_replaced_image_left_is_offered_to_the_new_one_and_goes_back)
{
    replace_image ();
    struct json *result = ask (MSG_ADOPT_STORED, "{\"image\":\"one\"}");
    const struct json *row = json_first (json_get (result, "sessions"));
    cr_assert_str_eq (json_get_text (row, "why"), "another image is at its address now");
    json_destroy (&result);
    cr_assert_str_eq (sessions[0].key, "", "it was only listed");
    cr_assert_eq (ask_count (MSG_ADOPT_STORED, "{\"image\":\"one\",\"sessions\":[\"s1\"]}"), 1);
    cr_assert_str_eq (sessions[0].key, "new");
    cr_assert_eq (asked, 0, "nobody has it");
    cr_assert_eq (returned, 1, "the supervisor of the new one takes it in");
    cr_assert (strstr (events, "session_adopted"), "%s", events);
    cr_assert_eq (ask_count (MSG_ADOPT_STORED, "{\"image\":\"one\"}"), 0);
    cr_assert_eq (ask_count (MSG_ADOPT_STORED, "{\"undo\":true}"), 1);
    cr_assert_str_eq (sessions[0].key, "new", "it was only listed");
    refusal = "its image is there: close it first";
    cr_assert_eq (ask_count (MSG_ADOPT_STORED, "{\"undo\":true,\"sessions\":[\"s1\"]}"), 1);
    cr_assert_str_eq (sessions[0].key, "new");
    refusal = NULL;
    cr_assert_eq (ask_count (MSG_ADOPT_STORED, "{\"undo\":true,\"sessions\":[\"s1\"]}"), 1);
    cr_assert_str_eq (sessions[0].key, "");
    cr_assert_eq (reaped, 1, "its supervisor forgets it");
}

/* Symptom: it went on with a session that was another image's by then. */
Test (reaper, a_supervisor_that_was_started_meanwhile_hears_of_an_adoption_too)
{
    replace_image ();
    cr_assert_eq (ask_count (MSG_ADOPT_STORED, "{\"image\":\"one\",\"all\":true}"), 1);
    ask_and_restart (MSG_ADOPT_STORED, "{\"undo\":true,\"all\":true}", MSG_SESSION_CARRY);
    cr_assert_str_eq (sessions[0].key, "");
    cr_assert_eq (reaped, 102, "both are told");
}

Test (reaper, nothing_is_adopted_by_an_image_that_is_not_known_or_from_one_that_is_listed)
{
    static const char one[] = "{\"image\":\"one\",\"sessions\":[\"s1\"]}";
    cr_assert_eq (ask_count (MSG_ADOPT_STORED, one), 0, "it is its own");
    cr_assert_eq (ask_count (MSG_ADOPT_STORED, "{\"image\":\"two\",\"all\":true}"), 0);
    replace_image ();
    image.key = "";
    cr_assert_eq (ask_count (MSG_ADOPT_STORED, one), 0, "there is nothing to keep it under");
    image.key = NULL;
    cr_assert_eq (ask_count (MSG_ADOPT_STORED, one), 0, "it may be its own");
    cr_assert_str_eq (sessions[0].key, "");
}

Test (reaper, what_a_moved_image_left_at_its_old_address_is_offered_to_it)
{
    image.name = "two";
    image.key = "rep-two";
    image.image_id = "img"; /* kept apart by its address, since another supervisor had it */
    struct json *result = ask (MSG_ADOPT_STORED, "{\"image\":\"two\"}");
    const struct json *row = json_first (json_get (result, "sessions"));
    cr_assert_str_eq (json_get_text (row, "why"), "its image is at another address now");
    json_destroy (&result);
}

Test (reaper, the_session_of_an_image_that_is_not_listed_is_adopted_by_its_id_only)
{
    image.name = "two";
    image.key = image.image_id = "new";
    cr_assert_eq (ask_count (MSG_ADOPT_STORED, "{\"image\":\"two\",\"all\":true}"), 0);
    cr_assert_eq (ask_count (MSG_ADOPT_STORED, "{\"image\":\"two\",\"sessions\":[\"s1\"]}"), 1);
    cr_assert_str_eq (sessions[0].key, "new");
}

/* Symptom: "kept until" was now and seven days each time that the archive was listed between two steps. */
Test (reaper, what_is_kept_is_kept_until_the_same_moment_however_often_one_asks)
{
    int64_t until_ms[2];
    leave ();
    pass (hour_ms);
    cr_assert_eq (ask_count (MSG_CLEANUP, "{\"do\":true}"), 1);
    int64_t begun_ms = now.wall_ms;
    for (int at = 0; at < 2; at++) {
        struct json *result = ask (MSG_UNDO_CLEANUP, "{}");
        until_ms[at] =
            clock_parse (json_get_text (json_first (json_get (result, "sessions")), "until"));
        json_destroy (&result);
        let_go (reaper_deadline (&self) - now.mono_ms - 1); /* no step comes in between */
    }
    cr_assert_eq (until_ms[0], begun_ms + 7 * day_ms);
    cr_assert_eq (until_ms[1], until_ms[0]);
}
