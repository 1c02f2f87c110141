/* test_supervise.c: one image's supervision, step by step: the test plays registry, store,
 * terminal and image, and looks at what the supervisor asks for. Long: each case is a
 * conversation of its own. */

#include "unit/supervise_fixture.h"

/* Two terminals of one profile. */
static const char ours[] = "0199c82c-0000-7000-8000-0000000000aa";
static const char theirs[] = "0199c82c-0000-7000-8000-0000000000bb";

TestSuite (supervise, .init = setup, .fini = teardown);

/* ---- Commands -------------------------------------------------------------------------------------- */

/* Symptom: a retry of several images began the attempts anew of those that had answered already, so that they
 * came online later than without it. */
Test (supervise, a_retry_leaves_an_attempt_alone_that_the_image_has_answered)
{
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
    connect_link ();
    reply ("hello", "{\"image_id\":\"" IMAGE "\",\"boot_id\":\"boot\"}", NULL);
    cr_assert_eq (self.phase, LIFE_JUDGING);
    int64_t attempt = (int64_t) self.attempt;
    tell (msg_new (TERMINAL, MSG_RETRY, 7));
    cr_assert_not_null (sent_find (MSG_OK, TERMINAL), "whoever asked is answered");
    cr_assert_eq (self.phase, LIFE_JUDGING);
    answer (MSG_JUDGE, "{\"verdict\":\"ours\"}");
    answer (MSG_CLAIM_NEXT, "{\"client_id\":\"c\",\"generation\":5,\"counter\":1}");
    tell (msg_new (TERMINAL, MSG_RETRY, 8));
    reply ("hello", "{\"image_id\":\"" IMAGE "\",\"boot_id\":\"boot\"}", NULL);
    tell (msg_new (TERMINAL, MSG_RETRY, 9));
    reply ("ping", "{}", NULL);
    cr_assert_eq (self.phase, LIFE_LIVE);
    tell (msg_new (TERMINAL, MSG_RETRY, 10));
    cr_assert_eq (self.phase, LIFE_LIVE);
    cr_assert_eq ((int64_t) self.attempt, attempt);
}

Test (supervise, an_evaluation_is_sent_and_answered)
{
    go_online ();
    evaluate (1);
    reply ("evaluate", "{\"result\":\"7\"}", NULL);
    const struct msg *ok = sent_find (MSG_OK, TERMINAL);
    cr_assert_not_null (ok);
    cr_assert_eq (ok->ref, 1);
    cr_assert_not_null (strstr (msg_text (ok, 0), "\"7\""));
}

Test (supervise, what_is_asked_for_while_offline_waits_for_online)
{
    evaluate (1);
    cr_assert_null (wire_find ("evaluate"));
    go_online ();
    reply ("evaluate", "{\"result\":\"7\"}", NULL);
    cr_assert_not_null (sent_find (MSG_OK, TERMINAL));
}

Test (supervise, after_a_cut_the_image_is_asked_what_became_of_it)
{
    go_online ();
    evaluate (1);
    cut ();
    come_online ("boot", "ours", NULL);
    reply ("get_result", "{\"state\":\"never_run\"}", NULL);
    assert_refused ("NeverRun");
    cr_assert_eq (requests_count_kind (&self.requests, REQUEST_COMMAND), 0);
}

Test (supervise, a_new_boot_leaves_it_in_doubt)
{
    go_online ();
    evaluate (1);
    cut ();
    come_online ("another boot", "ours", NULL);
    assert_refused ("InDoubt");
    /* Symptom: "nobody can say whether it ran: look before you repeat it; nobody can say …". What
     * to do is said once, by whoever shows it. */
    cr_assert_str_eq (msg_text (sent_find (MSG_ERROR, TERMINAL), 1),
                      "the image was started again meanwhile: nobody can say whether it ran");
}

/* Symptom: of an evaluation whose image was replaced by another one it was said that the image was
 * started again. */
Test (supervise, an_evaluation_of_a_replaced_image_is_in_doubt_with_that_reason)
{
    go_online ();
    evaluate (1);
    cut ();
    connect_link ();
    reply ("hello", "{\"image_id\":\"another\",\"boot_id\":\"another boot\"}", NULL);
    answer (MSG_JUDGE, "{\"verdict\":\"replaced\"}");
    answer (MSG_CLAIM_NEXT, "{\"client_id\":\"c\",\"generation\":5,\"counter\":2}");
    reply ("hello", "{}", NULL);
    reply ("ping", "{}", NULL);
    assert_refused ("InDoubt");
    cr_assert_str_eq (
        msg_text (sent_find (MSG_ERROR, TERMINAL), 1),
        "another image answers there now than it was sent to: nobody can say whether it ran");
}

/* Symptom: right after the start a command was told that the image is disabled. */
Test (supervise, a_command_before_it_is_loaded_waits)
{
    evaluate (1);
    cr_assert_null (sent_find (MSG_ERROR, TERMINAL));
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
    cr_assert_null (sent_find (MSG_ERROR, TERMINAL));
}

/* Symptom: who had asked before the image proved to be an alias was never answered. */
Test (supervise, an_alias_answers_what_waited_for_the_image)
{
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
    evaluate (1);
    come_online ("boot", "alias", NULL);
    assert_refused ("Unreachable");
}

/* Symptom: code for a disabled image or another route was refused with "`stui image test` says where
 * it fails", where nothing fails. */
Test (supervise, a_refusal_says_what_helps)
{
    go_online ();
    supervise_live (&self, LIFE_EV_DISABLE);
    evaluate (1);
    assert_refused ("Unreachable");
    const char *text = msg_text (sent_find (MSG_ERROR, TERMINAL), 1);
    cr_assert_str_eq (text, "nothing was sent to one: it is disabled; 'stui image enable one' "
                            "takes it up again");
}

Test (supervise, a_refusal_of_another_route_names_the_one_to_use)
{
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
    evaluate (1);
    come_online ("boot", "alias", NULL);
    const char *text = msg_text (sent_find (MSG_ERROR, TERMINAL), 1);
    cr_assert_not_null (strstr (text, "; use the name "), "%s", text);
    cr_assert_null (strstr (text, "image test"), "%s", text);
}

/* Symptom: the same, when the command had been sent before the link went. */
/* Symptom: after the supervisors of two routes to one image had ended in turn, both held its sessions. */
Test (supervise, an_alias_lets_go_of_the_sessions_that_it_had_read)
{
    go_online ();
    tell (msg_new (TERMINAL, MSG_SESSION_NEW, 3, "work", "{}"));
    answer (MSG_SESSION_SAVE, "{\"generation\":1}");
    cr_assert_eq (self.sessions.count, 1);
    cut ();
    while (self.phase == LIFE_WAITING) {
        now_ms = supervise_deadline (&self);
        supervise_time (&self, now ());
    }
    come_online ("boot", "alias", NULL);
    answer (MSG_SESSIONS_LOAD, "{\"sessions\":[],\"damaged\":0}");
    cr_assert_eq (self.sessions.count, 0);
    cr_assert_str_neq (self.sessions.key, self.image_id);
}

/* Symptom: after each start both routes to an image had its sessions until they were judged, for one had
 * been called the image's once, and was remembered as that. */
Test (supervise, an_alias_is_not_remembered_as_the_image)
{
    go_online ();
    answer (MSG_IMAGE_SAVE, "{\"generation\":1}");
    cut ();
    while (self.phase == LIFE_WAITING) {
        now_ms = supervise_deadline (&self);
        supervise_time (&self, now ());
    }
    come_online ("boot", "alias", NULL);
    const struct msg *save = sent_find (MSG_IMAGE_SAVE, "store");
    cr_assert_not_null (save);
    cr_assert_null (strstr (msg_text (save, 1), IMAGE), "%s", msg_text (save, 1));
}

Test (supervise, an_alias_leaves_nothing_lost_open)
{
    go_online ();
    evaluate (1);
    cut ();
    come_online ("boot", "alias", NULL);
    assert_refused ("InDoubt");
}

/* Symptom: a command that was on the wire when the image was disabled was never answered. */
Test (supervise, a_disabled_image_leaves_nothing_lost_open)
{
    go_online ();
    evaluate (1);
    tell (msg_new (TERMINAL, MSG_DISABLE, 2));
    assert_refused ("InDoubt");
}

/* Symptom: an image whose settings cannot work stayed "waiting" for ever, without a timer. */
Test (supervise, settings_that_cannot_work_fail_and_say_why)
{
    teardown ();
    setup_with ("{\"name\":\"one\",\"address\":\"tcp://127.0.0.1:9\",\"server_key\":\"x\"}");
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
    cr_assert_eq (self.phase, LIFE_FAILED);
    cr_assert_neq (self.cause.text[0], '\0');
}

/* Symptom: 65 requests were held for an image, where 64 are the bound. */
Test (supervise, interrupts_are_bounded_too)
{
    go_online ();
    for (uint64_t ref = 1; ref <= STUI_IMAGE_ROOM; ref++)
        evaluate (ref);
    for (uint64_t ref = 100; ref < 100 + 2 * SUPERVISE_INTERRUPTS_MAX; ref++)
        tell (msg_new (TERMINAL, MSG_INTERRUPT, ref, "tag"));
    cr_assert_eq (requests_count_kind (&self.requests, REQUEST_COMMAND),
                  STUI_IMAGE_ROOM + SUPERVISE_INTERRUPTS_MAX);
    assert_refused ("QueueFull");
}

/* ---- Ids ----------------------------------------------------------------------------------------------- */

/* Symptom: after a clock was set back an image took new requests for old ones. */
Test (supervise, ids_stay_above_those_that_the_image_remembers)
{
    static const char latest[] = "0199ffff-ffff-7000-8000-000000000001";
    evaluate (1);
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
    connect_link ();
    reply ("hello", "{\"image_id\":\"" IMAGE "\",\"boot_id\":\"boot\"}", NULL);
    answer (MSG_JUDGE, "{\"verdict\":\"ours\"}");
    answer (MSG_CLAIM_NEXT, "{\"client_id\":\"c\",\"generation\":5,\"counter\":1}");
    reply ("hello", "{}", NULL);
    reply ("ping", "{}", NULL);
    cr_assert_null (wire_find ("evaluate"), "nothing is sent before the ids are known");
    reply ("get_result",
           "{\"results\":[{\"id\":\"0199ffff-ffff-7000-8000-000000000001\",\"state\":\"done\"}]}",
           NULL);
    char *id = wire_find ("evaluate");
    cr_assert_not_null (id);
    cr_assert_gt (strcmp (id, latest), 0);
    free (id);
}

/* Symptom: an evaluation was answered ok and had not run: the image had "forgotten" its id. */
Test (supervise, what_the_image_takes_for_forgotten_was_never_run)
{
    go_online ();
    evaluate (1);
    char *first = wire_find ("evaluate");
    char *result = stui_printf ("{\"id\":\"%s\",\"state\":\"forgotten\"}", first);
    reply ("evaluate", result, NULL);
    assert_refused ("NeverRun");
    evaluate (2);
    char *second = wire_find ("evaluate");
    cr_assert_gt (strncmp (second, first, 13), 0, "put ahead in time");
    free (first);
    free (second);
    free (result);
}

/* ---- Sessions ---------------------------------------------------------------------------------------- */

static char session_id[STUI_UUID_LEN + 1];

static void
session_make (uint64_t ref)
{
    tell (msg_new (TERMINAL, MSG_SESSION_NEW, ref, "work", "{\"text\":1}"));
    answer (MSG_SESSION_SAVE, "{\"generation\":1}");
    memcpy (session_id, self.sessions.items[self.sessions.count - 1]->id, sizeof session_id);
}

/* The answer to REF, to be freed; it must be there. */
static struct json *
answered (uint64_t ref)
{
    struct json *result = NULL;
    look ();
    for (size_t index = 0; index < sent_count && !result; index++)
        if (sent[index]->verb == MSG_OK && sent[index]->ref == ref)
            result = json_parse_text (msg_text (sent[index], 0));
    cr_assert_not_null (result, "request %d was not answered", (int) ref);
    return result;
}

Test (supervise, a_new_session_is_answered_once_it_is_stored_and_made)
{
    go_online ();
    tell (msg_new (TERMINAL, MSG_SESSION_NEW, 3, "work", "{}"));
    cr_assert_null (sent_find (MSG_OK, TERMINAL));
    answer (MSG_SESSION_SAVE, "{\"generation\":1}");
    cr_assert_null (sent_find (MSG_OK, TERMINAL), "the image may take no more");
    reply ("create_session", "{\"version\":1}", NULL);
    cr_assert_not_null (sent_find (MSG_OK, TERMINAL));
}

Test (supervise, a_new_session_is_not_waited_for_where_the_image_does_not_answer)
{
    go_online ();
    tell (msg_new (TERMINAL, MSG_SESSION_NEW, 3, "work", "{}"));
    answer (MSG_SESSION_SAVE, "{\"generation\":1}");
    for (int pings = 0; pings < 20 && !self.suspect; pings++) {
        now_ms = self.next_ping_ms;
        supervise_time (&self, now ());
    }
    cr_assert (self.suspect);
    cr_assert_not_null (sent_find (MSG_OK, TERMINAL));
}

/* Symptom: restoring a session that had failed on the image was never answered. */
Test (supervise, a_session_asked_for_right_after_online_waits_until_sessions_are_read)
{
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
    come_online ("boot", "ours", NULL);
    tell (msg_new (TERMINAL, MSG_SESSION_NEW, UINT64_C (7), "today", "{}"));
    cr_assert_null (sent_find (MSG_ERROR, TERMINAL), "it has been online: nothing to refuse");
    answer (MSG_SESSIONS_LOAD, "{\"sessions\":[],\"damaged\":0}");
    cr_assert_not_null (sent_find (MSG_SESSION_SAVE, NULL), "made, and on its way to the disk");
    answer (MSG_SESSION_SAVE, "{\"generation\":1}");
    reply ("create_session", "{\"version\":1}", NULL);
    cr_assert_not_null (sent_find (MSG_OK, TERMINAL));
}

Test (supervise, one_terminal_writes_until_it_is_gone)
{
    go_online ();
    session_make (7);
    tell (msg_new (TERMINAL, MSG_SESSION_LEASE, UINT64_C (8), session_id, ours));
    tell (msg_new (TERMINAL, MSG_SESSION_WRITE, UINT64_C (9), session_id, theirs, "{\"a\":1}"));
    struct msg *refusal = sent_find (MSG_ERROR, TERMINAL);
    cr_assert_str_eq (msg_text (refusal, 0), "PermissionDenied");
    forget ();
    tell (msg_new (TERMINAL, MSG_SESSION_RELEASE, UINT64_C (11), session_id, ours));
    tell (msg_new (TERMINAL, MSG_SESSION_LEASE, UINT64_C (12), session_id, ours));
    cr_assert_null (sent_find (MSG_ERROR, TERMINAL), "let go, and taken again");
    now_ms += SESSION_LEASE_MS;
    supervise_time (&self, now ());
    forget ();
    tell (msg_new (TERMINAL, MSG_SESSION_WRITE, UINT64_C (10), session_id, theirs, "{\"a\":1}"));
    cr_assert_null (sent_find (MSG_ERROR, TERMINAL),
                    "the other terminal has said nothing for long");
}

/* Whether WORDS were said in an event. */
static bool
was_said (const char *words)
{
    look ();
    for (size_t index = 0; index < sent_count; index++)
        if (sent[index]->verb == MSG_EVENTS_PUT && strstr (msg_text (sent[index], 0), words))
            return true;
    const struct json *event = json_first (self.events);
    for (; event; event = json_next (event))
        if (strstr (json_get_text (event, "kind"), words)
            || strstr (json_get_text (event, "text"), words))
            return true;
    return false;
}

/* The user is told what the limit of a session cost. */
Test (supervise, a_session_that_is_full_says_what_was_dropped)
{
    enum { INPUTS = 8, INPUT_BYTES = STUI_SESSION_MAX / 8 };
    go_online ();
    session_make (7);
    reply ("create_session", "{\"session_id\":\"r1\",\"version\":1}", NULL);
    char *code = stui_alloc (INPUT_BYTES + 1);
    memset (code, 'x', INPUT_BYTES);
    char *parameters = stui_printf ("{\"code\":\"%s\",\"session_id\":\"%s\"}", code, session_id);
    for (uint64_t input = 0; input < INPUTS; input++) {
        cr_assert_not (was_said ("session_full"), "after %d inputs", (int) input);
        tell (msg_new (TERMINAL, MSG_COMMAND, 10 + input, "evaluate", parameters, UINT64_C (60000),
                       "tag"));
        reply ("evaluate", "{\"value\":\"1\"}", NULL);
        if (sent_find (MSG_SESSION_SAVE, NULL))
            answer (MSG_SESSION_SAVE, "{\"generation\":2}");
    }
    cr_assert (was_said ("session_full"));
    cr_assert (was_said ("session work has reached 1048576 bytes: the 1 oldest of its transcript, "
                         "results and history are not kept"));
    free (parameters);
    free (code);
}

/* Symptom: the next terminal could not edit for 17 s what one had edited that was killed. */
Test (supervise, the_lease_of_a_terminal_that_has_gone_ends_with_it)
{
    go_online ();
    session_make (7);
    tell (msg_new (TERMINAL, MSG_SESSION_LEASE, UINT64_C (8), session_id, ours));
    forget ();
    tell (msg_new ("registry#1", MSG_TERMINAL_GONE, 0, theirs));
    cr_assert_str_eq (self.sessions.items[0]->holder, ours);
    uint64_t change = self.sessions.items[0]->change;
    tell (msg_new (TERMINAL, MSG_SESSION_WATCH, UINT64_C (9), session_id, change, ""));
    tell (msg_new ("registry#1", MSG_TERMINAL_GONE, 0, ours));
    cr_assert_not_null (sent_find (MSG_OK, TERMINAL), "whoever watches hears of it");
    cr_assert (session_may_write (self.sessions.items[0], theirs, now_ms));
}

/* Symptom: a terminal that had lost a session to another let it go in that one's place, and a third could
 * write into it. */
Test (supervise, a_terminal_that_does_not_hold_the_lease_cannot_let_it_go)
{
    go_online ();
    session_make (7);
    tell (msg_new (TERMINAL, MSG_SESSION_LEASE, UINT64_C (8), session_id, ours));
    forget ();
    tell (msg_new (TERMINAL, MSG_SESSION_RELEASE, UINT64_C (9), session_id, theirs));
    tell (msg_new (TERMINAL, MSG_SESSION_RELEASE, UINT64_C (10), session_id, ""));
    cr_assert_str_eq (self.sessions.items[0]->holder, ours);
    cr_assert_str_eq (msg_text (sent_find (MSG_ERROR, TERMINAL), 0), "PermissionDenied");
    forget ();
    tell (msg_new (TERMINAL, MSG_SESSION_LEASE, UINT64_C (11), session_id, ""));
    cr_assert_str_eq (msg_text (sent_find (MSG_ERROR, TERMINAL), 0), "InvalidRequest");
    cr_assert_str_eq (self.sessions.items[0]->holder, ours);
    tell (msg_new (TERMINAL, MSG_SESSION_RELEASE, UINT64_C (12), session_id, ours));
    cr_assert_str_eq (self.sessions.items[0]->holder, "");
}

/* Symptom: what had been typed within the second before another terminal took over was nowhere. */
Test (supervise, what_was_typed_last_is_stored_before_another_terminal_has_the_lease)
{
    go_online ();
    session_make (7);
    struct session *session = self.sessions.items[0];
    tell (msg_new (TERMINAL, MSG_SESSION_LEASE, UINT64_C (8), session_id, ours));
    answer (MSG_SESSION_SAVE, "{\"generation\":2}");
    tell (msg_new (TERMINAL, MSG_SESSION_WATCH, UINT64_C (9), session_id, session->change, ""));
    forget ();
    tell (msg_new (TERMINAL, MSG_SESSION_LEASE, UINT64_C (10), session_id, theirs));
    struct msg *news = sent_find (MSG_OK, TERMINAL);
    cr_assert_eq (news->ref, 9, "who has it is told that another wants it");
    cr_assert_not_null (strstr (msg_text (news, 0), "\"wanted\":true"));
    forget ();
    tell (
        msg_new (TERMINAL, MSG_SESSION_WRITE, UINT64_C (11), session_id, ours, "{\"a\":\"last\"}"));
    cr_assert_null (sent_find (MSG_ERROR, TERMINAL));
    now_ms += SESSION_HANDOVER_MS;
    supervise_time (&self, now ());
    cr_assert_str_eq (session->holder, theirs);
    look ();
    for (size_t index = 0; index < sent_count; index++)
        cr_assert_neq (sent[index]->ref, 10, "not before it is stored");
    while (sent_find (MSG_SESSION_SAVE, NULL))
        answer (MSG_SESSION_SAVE, "{\"generation\":3}");
    struct json *result = answered (10);
    cr_assert_str_eq (json_get_text (result, "holder"), theirs);
    json_destroy (&result);
    cr_assert_str_eq (json_get_text (session->context, "a"), "last");
}

Test (supervise, who_wanted_the_lease_and_went_gets_none)
{
    go_online ();
    session_make (7);
    tell (msg_new (TERMINAL, MSG_SESSION_LEASE, UINT64_C (8), session_id, ours));
    tell (msg_new (TERMINAL, MSG_SESSION_LEASE, UINT64_C (9), session_id, theirs));
    tell (msg_new ("registry#1", MSG_TERMINAL_GONE, 0, theirs));
    now_ms += SESSION_HANDOVER_MS;
    supervise_time (&self, now ());
    cr_assert_str_eq (self.sessions.items[0]->holder, ours);
}

Test (supervise, a_late_renewal_takes_no_lease_back)
{
    go_online ();
    session_make (7);
    tell (msg_new (TERMINAL, MSG_SESSION_LEASE, UINT64_C (8), session_id, ours));
    uint64_t change = self.sessions.items[0]->change;
    tell (msg_new (TERMINAL, MSG_SESSION_LEASE, UINT64_C (9), session_id, theirs));
    now_ms += SESSION_HANDOVER_MS;
    supervise_time (&self, now ());
    cr_assert_gt (self.sessions.items[0]->change, change, "whoever watches later hears of it too");
    tell (msg_new (TERMINAL, MSG_SESSION_LEASE, UINT64_C (10), session_id, ours));
    cr_assert_str_eq (msg_text (sent_find (MSG_ERROR, TERMINAL), 0), "PermissionDenied");
    cr_assert_str_eq (self.sessions.items[0]->holder, theirs);
    forget ();
    now_ms += SESSION_TAKEN_MS;
    tell (msg_new (TERMINAL, MSG_SESSION_LEASE, UINT64_C (11), session_id, ours));
    cr_assert_null (sent_find (MSG_ERROR, TERMINAL), "asked for again, it is the user's wish");
}

Test (supervise, a_save_that_was_refused_keeps_nobody_waiting)
{
    go_online ();
    tell (msg_new (TERMINAL, MSG_SESSION_NEW, UINT64_C (7), "work", "{}"));
    answer (MSG_SESSION_SAVE, NULL);
    cr_assert_str_eq (msg_text (sent_find (MSG_ERROR, TERMINAL), 0), "StorageError");
}

/* How session AT is listed. Static text. */
static const char *
shown_state (size_t at)
{
    static char word[32];
    struct json *shown = session_to_json (self.sessions.items[at], &self.sessions, "one", false);
    snprintf (word, sizeof word, "%s", json_get_text (shown, "state"));
    json_destroy (&shown);
    return word;
}

/* Symptom: on a full disk a session that was refused was listed as fresh; then as closed. */
Test (supervise, a_new_session_that_was_refused_is_not_open)
{
    go_online ();
    tell (msg_new (TERMINAL, MSG_SESSION_NEW, UINT64_C (7), "work", "{}"));
    answer (MSG_SESSION_SAVE, NULL);
    cr_assert_str_eq (shown_state (0), "failed");
    cr_assert_not (self.sessions.items[0]->open);
    look ();
    cr_assert_null (wire_find ("create_session"), "nor is it on the image");
    now_ms += SESSION_SAVE_LATEST_MS;
    supervise_time (&self, now ());
    answer (MSG_SESSION_SAVE, "{\"generation\":1}");
    cr_assert_str_eq (shown_state (0), "closed", "it was stored after all");
}

/* Symptom: on a full disk a session that was refused was listed as closed, as if it had been had and stored. */
Test (supervise, a_new_session_that_was_refused_says_that_it_is_not_kept)
{
    go_online ();
    tell (msg_new (TERMINAL, MSG_SESSION_NEW, UINT64_C (7), "work", "{}"));
    answer (MSG_SESSION_SAVE, NULL);
    const struct session *session = self.sessions.items[0];
    cr_assert_eq (strncmp (session->reason, "not kept: ", 10), 0, "%s", session->reason);
    now_ms += SESSION_SAVE_LATEST_MS;
    look ();
    answer (MSG_SESSION_SAVE, "{\"generation\":1}");
    cr_assert_str_empty (session->reason, "the disk works again: it is stored, as closed");
}

/* Symptom: a second close said again that the variables were gone now. */
Test (supervise, a_second_close_says_that_it_was_closed)
{
    go_online ();
    session_make (3);
    reply ("create_session", "{\"version\":1}", NULL);
    tell (msg_new (TERMINAL, MSG_SESSION_CLOSE, UINT64_C (4), session_id, UINT64_C (0),
                   "stui session close"));
    tell (msg_new (TERMINAL, MSG_SESSION_CLOSE, UINT64_C (5), session_id, UINT64_C (0),
                   "stui session close"));
    struct json *again = answered (5);
    cr_assert (json_get_bool (again, "already", false));
    json_destroy (&again);
}

/* Symptom: that a terminal edits a session was asked of a list: one that took it meanwhile had it closed
 * under its hands. */
Test (supervise, one_that_a_terminal_edits_is_closed_only_anyway)
{
    go_online ();
    session_make (3);
    reply ("create_session", "{\"version\":1}", NULL);
    tell (msg_new (TERMINAL, MSG_SESSION_LEASE, UINT64_C (4), session_id, IMAGE));
    forget ();
    tell (msg_new (TERMINAL, MSG_SESSION_CLOSE, UINT64_C (5), session_id, UINT64_C (0),
                   "stui session close"));
    assert_refused ("PermissionDenied");
    cr_assert_eq (sessions_find (&self.sessions, session_id)->open, true);
    tell (msg_new (TERMINAL, MSG_SESSION_CLOSE, UINT64_C (6), session_id, UINT64_C (1),
                   "stui session close"));
    cr_assert_eq (sessions_find (&self.sessions, session_id)->state, STUI_SESSION_CLOSED);
}

/* Symptom: a terminal that had it open was told only that it is closed. */
Test (supervise, whoever_watches_a_session_hears_who_closed_it)
{
    go_online ();
    session_make (7);
    reply ("create_session", "{\"version\":1}", NULL);
    forget ();
    tell (msg_new (TERMINAL, MSG_SESSION_WATCH, UINT64_C (9), session_id,
                   self.sessions.items[0]->change, ""));
    tell (msg_new ("control#2", MSG_SESSION_CLOSE, UINT64_C (4), session_id, UINT64_C (0),
                   "stui session close"));
    struct json *news = answered (9);
    cr_assert_str_eq (json_get_text (news, "closed_by"), "stui session close");
    json_destroy (&news);
    tell (msg_new (TERMINAL, MSG_SESSION_RESTORE, UINT64_C (10), session_id));
    cr_assert_str_empty (self.sessions.items[0]->closed_by, "it is open again");
}

/* Symptom: with the image gone a workspace's line went on to say "modified". */
Test (supervise, whoever_watches_a_session_hears_that_its_image_is_gone)
{
    go_online ();
    session_make (7);
    forget ();
    const struct session *session = self.sessions.items[0];
    tell (msg_new (TERMINAL, MSG_SESSION_WATCH, UINT64_C (9), session->id, session->change,
                   stui_session_state_word (session->state)));
    cr_assert_null (sent_find (MSG_OK, TERMINAL), "nothing is new yet");
    cut ();
    const struct msg *told = sent_find (MSG_OK, TERMINAL);
    cr_assert_not_null (told);
    struct json *news = json_parse_text (msg_text (told, 0));
    cr_assert_str_eq (json_get_text (news, "state"), "preserved");
    cr_assert_null (json_get (news, "context"), "it is what it was");
    json_destroy (&news);
}

Test (supervise, gone_watchers_of_a_session_do_not_lock_the_image)
{
    go_online ();
    session_make (7);
    reply ("create_session", "{\"version\":1}", NULL);
    uint64_t change = self.sessions.items[0]->change;
    for (uint64_t ref = 10; ref < 30; ref++)
        tell (msg_new (TERMINAL, MSG_SESSION_WATCH, ref, session_id, change, ""));
    cr_assert_leq (self.sessions.items[0]->waiter_count, SESSION_WATCHERS_MAX);
    forget ();
    tell (msg_new (TERMINAL, MSG_SESSION_CLOSE, UINT64_C (31), session_id, UINT64_C (0),
                   "stui session close"));
    answer (MSG_SESSION_SAVE, "{\"generation\":2}");
    cr_assert_not_null (sent_find (MSG_OK, TERMINAL));
}

Test (supervise, restoring_a_failed_session_is_answered)
{
    go_online ();
    session_make (3);
    reply ("create_session", NULL, "SessionLimitExceeded");
    forget ();
    tell (msg_new (TERMINAL, MSG_SESSION_RESTORE, 4, session_id));
    reply ("restore_session", NULL, "SessionNotFound");
    answer (MSG_SESSION_SAVE, "{\"generation\":2}");
    reply ("create_session", NULL, "SessionLimitExceeded");
    const struct msg *ok = sent_find (MSG_OK, TERMINAL);
    cr_assert_not_null (ok);
    cr_assert_eq (ok->ref, 4);
}

/* Symptom: the sixth session on an image failed, though five others lay idle there. */
Test (supervise, the_session_used_least_recently_gives_its_place)
{
    char first[STUI_UUID_LEN + 1];
    go_online ();
    session_make (3);
    memcpy (first, session_id, sizeof first);
    reply ("create_session", "{\"version\":1}", NULL);
    now_ms += 500;
    session_make (4);
    reply ("create_session", NULL, "SessionLimitExceeded");
    answer (MSG_SESSION_SAVE, "{\"generation\":2}");
    const struct session *stored = sessions_find (&self.sessions, first);
    cr_assert_eq (stored->state, STUI_SESSION_STORED);
    cr_assert_not (stored->open);
    reply ("close_session", "{\"closed\":true}", NULL);
    reply ("create_session", "{\"version\":1}", NULL);
    const struct session *made = sessions_find (&self.sessions, session_id);
    cr_assert (made->open && made->known_there, "%s", made->reason);
}

/* Whether an event of KIND, or its text, with TEXT in it is on its way to the store or waits for that. */
static bool
event_was_told (const char *kind, const char *text)
{
    look ();
    for (size_t index = 0; index < sent_count; index++)
        for (int field = 0; field < sent[index]->field_count; field++)
            if (strstr (sent[index]->fields[field], kind)
                && strstr (sent[index]->fields[field], text))
                return true;
    char *waiting = self.events ? json_print (self.events) : stui_strdup ("");
    bool told = strstr (waiting, kind) && strstr (waiting, text);
    free (waiting);
    return told;
}

/* Symptom: the sixth session on an image threw another's variables away, and nobody was told. */
Test (supervise, whose_variables_went_for_a_sixth_session_is_said)
{
    char first[STUI_UUID_LEN + 1];
    go_online ();
    session_make (3);
    memcpy (first, session_id, sizeof first);
    reply ("create_session", "{\"version\":1}", NULL);
    now_ms += 500;
    session_make (4);
    reply ("create_session", NULL, "SessionLimitExceeded");
    cr_assert (event_was_told ("session_stored", "its variables are gone"));
    answer (MSG_SESSION_SAVE, "{\"generation\":2}");
    reply ("close_session", "{\"closed\":true}", NULL);
    reply ("create_session", "{\"version\":1}", NULL);
    struct json *made = answered (4);
    cr_assert_str_eq (json_get_text (json_get (made, "gave_place"), "session_id"), first);
    json_destroy (&made);

    tell (msg_new (TERMINAL, MSG_SESSION_RESTORE, 5, first));
    reply ("restore_session", NULL, "SessionNotFound");
    answer (MSG_SESSION_SAVE, "{\"generation\":3}");
    answer (MSG_SESSION_SAVE, "{\"generation\":4}"); /* that its versions begin again */
    reply ("create_session", "{\"version\":1}", NULL);
    cr_assert (event_was_told ("session_recreated", "its variables' values are gone"));
    struct json *restored = answered (5);
    cr_assert (json_get_bool (restored, "recreated", false));
    json_destroy (&restored);
}

/* Symptom: a restore that had not come to its turn when the session was closed was never answered. */
Test (supervise, a_restore_whose_session_is_closed_before_its_turn_is_answered)
{
    static const char stored[] = "0199c82c-0000-7000-8000-000000000001";
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
    come_live ("boot", "ours"); /* nothing else goes out before it has listed what it remembers */
    char *records = stui_printf ("{\"sessions\":[{\"session_id\":\"%s\",\"name\":\"work\","
                                 "\"state\":\"stored\",\"created_at\":\"2026-01-31T10:30:00.000Z\","
                                 "\"last_modified\":\"2026-01-31T10:30:00.000Z\"}],\"damaged\":0}",
                                 stored);
    answer (MSG_SESSIONS_LOAD, records);
    free (records);
    tell (msg_new (TERMINAL, MSG_SESSION_RESTORE, UINT64_C (4), stored));
    cr_assert_null (sent_find (MSG_OK, TERMINAL));
    tell (msg_new (TERMINAL, MSG_SESSION_CLOSE, UINT64_C (5), stored, UINT64_C (0),
                   "stui session close"));
    const struct msg *ok = sent_find (MSG_OK, TERMINAL);
    cr_assert_not_null (ok);
    cr_assert_eq (ok->ref, 4);
}

/* Symptom: who waited for a session to be restored was forgotten when the link went. */
Test (supervise, a_restore_is_answered_when_the_link_goes)
{
    go_online ();
    session_make (3);
    tell (msg_new (TERMINAL, MSG_SESSION_RESTORE, 4, session_id));
    forget ();
    supervise_link (&self, SUPERVISE_LINK_CLOSED, STUI_TROUBLE_CLOSED, "cut", now ());
    const struct msg *ok = sent_find (MSG_OK, TERMINAL);
    cr_assert_not_null (ok);
    cr_assert_not_null (strstr (msg_text (ok, 0), "preserved"));
}

/* Symptom: after the store could not be read the image's sessions were missing until a restart. */
Test (supervise, sessions_that_could_not_be_read_are_asked_for_again)
{
    answer (MSG_IMAGE_LOAD, "{\"image\":{\"image_id\":\"" IMAGE "\"}}");
    answer (MSG_SESSIONS_LOAD, NULL);
    cr_assert_null (sent_find (MSG_SESSIONS_LOAD, NULL));
    now_ms += SUPERVISE_LOAD_MS;
    supervise_time (&self, now ());
    answer (MSG_SESSIONS_LOAD, "{\"sessions\":[],\"damaged\":0}");
    cr_assert_str_eq (self.sessions.key, IMAGE);
}

/* Symptom: after the store could not be read one supervisor took the sessions of another's. */
Test (supervise, it_does_not_begin_before_what_was_learnt_is_read)
{
    answer (MSG_IMAGE_LOAD, NULL);
    cr_assert_null (sent_find (MSG_PERMIT, NULL));
    now_ms = supervise_deadline (&self);
    supervise_time (&self, now ());
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
    cr_assert_not_null (sent_find (MSG_PERMIT, NULL));
}

/* Symptom: two supervisors held the same session, and the older text overwrote the newer. */
Test (supervise, one_that_moved_does_not_take_its_rivals_sessions)
{
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
    come_online ("boot", "moved", NULL);
    cr_assert_str_neq (self.wanted_key, IMAGE);
    cut ();
    come_online ("boot", "ours", NULL);
    cr_assert_str_neq (self.wanted_key, IMAGE, "kept apart from then on");
}

Test (supervise, another_image_at_the_address_gets_its_own_sessions)
{
    go_online ();
    session_make (3);
    reply ("create_session", "{\"version\":1}", NULL);
    cut ();
    tell (msg_new (TERMINAL, MSG_SESSION_EDIT, 5, session_id, "{\"text\":2}"));
    connect_link ();
    reply ("hello", "{\"image_id\":\"another\",\"boot_id\":\"boot\"}", NULL);
    answer (MSG_JUDGE, "{\"verdict\":\"new\"}");
    answer (MSG_CLAIM_NEXT, "{\"client_id\":\"c\",\"generation\":5,\"counter\":2}");
    reply ("hello", "{}", NULL);
    reply ("ping", "{}", NULL);
    cr_assert_null (sent_find (MSG_SESSIONS_LOAD, NULL), "the old one's are not saved yet");
    answer (MSG_SESSION_SAVE, "{\"generation\":2}");
    now_ms += SESSION_SAVE_LATEST_MS;
    supervise_time (&self, now ());
    while (sent_find (MSG_SESSION_SAVE, NULL))
        answer (MSG_SESSION_SAVE, "{\"generation\":3}");
    answer (MSG_SESSIONS_LOAD, "{\"sessions\":[],\"damaged\":0}");
    cr_assert_str_eq (self.sessions.key, "another");
    cr_assert_eq (self.sessions.count, 0);
}

/* ---- REP images ---------------------------------------------------------------------------------------- */

static void
go_online_rep (void)
{
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
    connect_link ();
    reply ("hello", NULL, "UnknownCommand");
    reply ("get_session_statistics", "{}", NULL);
    cr_assert (self.rep);
    answer (MSG_SESSIONS_LOAD, "{\"sessions\":[],\"damaged\":0}");
}

Test (supervise, a_rep_image_is_asked_one_thing_at_a_time)
{
    go_online_rep ();
    evaluate (1);
    forget ();
    evaluate (2);
    supervise_tick (&self);
    look ();
    cr_assert_eq (wired_count, 0);
}

/* Symptom: while stui stopped, a REP image was sent a request before it had answered another. */
Test (supervise, a_rep_image_is_sent_nothing_more_while_stopping)
{
    go_online_rep ();
    evaluate (1);
    tell (msg_new (TERMINAL, MSG_SESSION_NEW, 3, "work", "{}"));
    forget ();
    supervise_finish (&self, now ());
    assert_refused ("InDoubt");
    cr_assert_eq (wired_count, 0);
}

/* Symptom: a REP image that owed the answer to upkeep was believed online for ever. */
Test (supervise, a_rep_image_may_owe_an_answer_for_ten_minutes)
{
    go_online_rep ();
    session_make (3);
    now_ms += SUPERVISE_REP_PATIENCE_MS - 1;
    supervise_time (&self, now ());
    cr_assert_eq (self.phase, LIFE_LIVE);
    now_ms = self.next_ping_ms;
    supervise_time (&self, now ());
    cr_assert_eq (self.phase, LIFE_WAITING);
}

/* ---- Silence ------------------------------------------------------------------------------------------- */

static void
tick (int count)
{
    for (int index = 0; index < count; index++) {
        now_ms = self.next_ping_ms;
        supervise_time (&self, now ());
    }
}

Test (supervise, pings_lie_on_one_grid_for_all_images_of_a_period)
{
    go_online ();
    int64_t first_ms = self.next_ping_ms;
    cr_assert_gt (first_ms, now_ms);
    cr_assert_leq (supervise_deadline (&self), first_ms);
    cr_assert_leq (first_ms, now_ms + self.timings.ping_ms);
    cr_assert_eq (first_ms % self.timings.ping_ms,
                  self.slot * self.timings.ping_ms / SUPERVISE_SLOTS);
    now_ms = first_ms + 700; /* late: the next one lies on the grid again */
    supervise_time (&self, now ());
    cr_assert_eq (self.next_ping_ms, first_ms + self.timings.ping_ms);
}

Test (supervise, a_live_one_says_unasked_that_it_lives_and_seldom)
{
    enum { PINGS = 30 };
    go_online ();
    size_t words = 0;
    for (int pings = 0; pings < PINGS; pings++) {
        forget ();
        tick (1);
        reply ("ping", "{}", NULL);
        words += sent_find (MSG_TOCK, NULL) != NULL;
    }
    int64_t seconds = PINGS * self.timings.ping_ms / 1000;
    cr_assert_geq (words, (size_t) seconds / 5, "%zu words: registry asks after 5 s", words);
    cr_assert_leq (words, (size_t) seconds * 1000 / SUPERVISE_TOCK_MS);
}

/* Symptom: of a thousand idle images a hundred told a new latency each second, though it only jumped
 * to and fro. */
Test (supervise, a_latency_that_jumps_to_and_fro_is_no_news_and_one_that_rises_is)
{
    go_online ();
    for (int pings = 0; pings < 60; pings++) {
        forget ();
        tick (1);
        now_ms += pings % 2 ? 1 : 4;
        reply ("ping", "{}", NULL);
        answer_reports ();
        cr_assert (pings < 20 || !sent_find (MSG_STATE, NULL), "ping %d", pings);
    }
    bool told = false;
    for (int pings = 0; pings < 10; pings++) {
        forget ();
        tick (1);
        now_ms += 90;
        reply ("ping", "{}", NULL);
        told = told || sent_find (MSG_STATE, NULL);
    }
    cr_assert (told);
}

Test (supervise, silence_makes_it_suspect_and_then_offline)
{
    go_online ();
    tick (1 + (int) self.timings.suspect_after);
    cr_assert_eq (supervise_shown (&self), STUI_IMAGE_SUSPECT);
    reply ("ping", "{}", NULL);
    cr_assert_eq (supervise_shown (&self), STUI_IMAGE_ONLINE);
    tick (1 + (int) self.timings.offline_after);
    cr_assert_eq (supervise_shown (&self), STUI_IMAGE_OFFLINE);
}

Test (supervise, busy_is_not_dead_for_a_while)
{
    go_online ();
    evaluate (1);
    tick (1 + (int) self.timings.offline_after);
    cr_assert_eq (supervise_shown (&self), STUI_IMAGE_SUSPECT);
    tick ((int) self.timings.busy_patience_ms / 2000);
    cr_assert_eq (supervise_shown (&self), STUI_IMAGE_OFFLINE);
}

Test (supervise, one_report_is_on_its_way_at_a_time)
{
    look ();
    size_t reports = 0;
    for (size_t index = 0; index < sent_count; index++)
        reports += sent[index]->verb == MSG_STATE;
    cr_assert_eq (reports, 1);
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
    look ();
    struct msg *first = sent_find (MSG_STATE, NULL);
    first->verb = MSG_VERB_COUNT;
    supervise_live (&self, LIFE_EV_DISABLE);
    supervise_settle (&self);
    cr_assert_null (sent_find (MSG_STATE, NULL));
    tell (msg_ok (first, "{}"));
    cr_assert_not_null (sent_find (MSG_STATE, NULL), "the newest follows the credit");
}

/* Symptom: a thousand images that came back at once told ten thousand states of steps that took a
 * few ms, and the last ones waited for seconds. */
Test (supervise, an_attempt_that_does_not_dwell_is_told_by_what_comes_of_it)
{
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
    answer_reports ();
    struct msg *before;
    while ((before = sent_find (MSG_STATE, NULL)))
        before->verb = MSG_VERB_COUNT;
    come_live ("boot", "ours");
    look ();
    size_t reports = 0;
    for (size_t index = 0; index < sent_count; index++)
        reports += sent[index]->verb == MSG_STATE;
    cr_assert_eq (reports, 1);
}

/* Symptom: `stui image retry` said that the image has failed, when the attempt had only begun. */
Test (supervise, the_state_is_told_before_a_retry_is_answered)
{
    go_online ();
    answer_reports ();
    supervise_link (&self, SUPERVISE_LINK_CLOSED, STUI_TROUBLE_CLOSED, "cut", now ());
    answer_reports ();
    forget ();
    tell (msg_new (TERMINAL, MSG_RETRY, 9));
    look ();
    size_t told = sent_count, answered = sent_count;
    for (size_t index = sent_count; index-- > 0;) {
        told = sent[index]->verb == MSG_STATE ? index : told;
        answered = sent[index]->verb == MSG_OK ? index : answered;
    }
    cr_assert_lt (told, answered);
    cr_assert_lt (answered, sent_count);
}

Test (supervise, an_attempt_that_dwells_is_told_with_its_phase)
{
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
    answer_reports ();
    answer (MSG_PERMIT, "{}");
    forget ();
    now_ms = supervise_deadline (&self);
    supervise_time (&self, now ());
    const struct msg *report = sent_find (MSG_STATE, NULL);
    cr_assert_not_null (report);
    cr_assert_not_null (strstr (msg_text (report, 0), life_phase_word (self.phase)));
}

/* Symptom: a byte of a hello was spoilt on its way, the image said that it was none, and stui gave it up
 * until somebody said `image retry`. */
Test (supervise, a_hello_that_was_spoilt_on_its_way_is_tried_again)
{
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
    connect_link ();
    reply ("hello", NULL, "InvalidRequest");
    cr_assert_eq (self.phase, LIFE_WAITING);
}

/* Symptom: a byte of an evaluation was spoilt on its way, the image could not say whose it was, and whoever
 * had asked waited for ever. */
Test (supervise, a_request_that_was_spoilt_on_its_way_is_asked_for)
{
    static const char spoilt[] = "{\"id\":null,\"status\":\"error\",\"error\":\"no UTF-8\","
                                 "\"error_type\":\"InvalidRequest\"}";
    go_online ();
    evaluate (1);
    supervise_receive (&self, spoilt, sizeof spoilt - 1, now ());
    cr_assert_eq (self.phase, LIFE_WAITING);
    now_ms = supervise_deadline (&self);
    supervise_time (&self, now ());
    come_online ("boot", "ours", NULL);
    reply ("get_result", "{\"state\":\"never_run\"}", NULL);
    assert_refused ("NeverRun");
}
