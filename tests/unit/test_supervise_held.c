/* test_supervise_held.c: what one image's supervision holds, what it sends by the user's word, what it
 * has in doubt, and what the store knows of that when. It is long: what is held, in doubt and unawaited are
 * states of one list, and their tests share its beginnings. */

#include "unit/supervise_fixture.h"

#include "actors/routes.h"

TestSuite (supervise_held, .init = setup, .fini = teardown);

#define CODE "{\"code\":\"3+4\"}"

/* Nothing was held before. */
static void
nothing_held (void)
{
    answer (MSG_HELD_LOAD, "{\"held\":null}");
}

static void
hold (uint64_t ref, uint64_t wait_ms)
{
    tell (msg_new (TERMINAL, MSG_HOLD, ref, "evaluate", CODE, wait_ms, "a terminal"));
}

static void
pass (int64_t ms)
{
    now_ms += ms;
    supervise_time (&self, now ());
}

/* The image is off the list of those that are tried, so that nothing else happens. */
static void
go_away (void)
{
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
    tell (msg_new (TERMINAL, MSG_DISABLE, 90));
    forget ();
}

/* One that is held; its id. */
static const char *
held_one (void)
{
    nothing_held ();
    go_away ();
    hold (1, 0);
    pass (0);
    answer (MSG_HELD_SAVE, "{}");
    forget ();
    return self.held.items[0]->id;
}

static void
retry (void)
{
    tell (msg_new (TERMINAL, MSG_RETRY, 91));
    come_online ("boot", "ours", NULL);
    answer (MSG_SESSIONS_LOAD, "{\"sessions\":[],\"damaged\":0}");
}

static void
send_held (const char *id, uint64_t ref)
{
    tell (msg_new (TERMINAL, MSG_HELD_SEND, ref, id, (uint64_t) 1000, "sends", (uint64_t) 0));
}

Test (supervise_held, what_is_asked_for_while_offline_is_held_once_that_is_stored)
{
    nothing_held ();
    go_away ();
    hold (1, 0);
    pass (0);
    cr_assert_null (sent_find (MSG_ERROR, TERMINAL), "it is not stored yet");
    const struct msg *save = sent_find (MSG_HELD_SAVE, "store");
    cr_assert_not_null (save);
    cr_assert_not_null (strstr (msg_text (save, 1), "3+4"));
    answer (MSG_HELD_SAVE, "{}");
    assert_refused ("Held");
    const struct msg *error = sent_find (MSG_ERROR, TERMINAL);
    cr_assert_not_null (strstr (msg_text (error, 2), self.held.items[0]->id));
    cr_assert_eq (requests_count_kind (&self.requests, REQUEST_COMMAND), 0);
}

Test (supervise_held, a_hold_of_an_image_that_is_online_is_sent)
{
    nothing_held ();
    go_online ();
    hold (1, 0);
    reply ("evaluate", "{\"result\":\"7\"}", NULL);
    cr_assert_not_null (sent_find (MSG_OK, TERMINAL));
    cr_assert_eq (held_count (&self.held), 0);
}

/* Symptom: code that was to be held rather than lost went at once to an image that had missed its pings. */
Test (supervise_held, a_hold_of_an_image_that_does_not_answer_its_pings_is_held)
{
    nothing_held ();
    go_online ();
    while (!self.suspect) {
        now_ms = self.next_ping_ms;
        supervise_time (&self, now ());
    }
    hold (1, 100);
    cr_assert_null (wire_find ("evaluate"));
    evaluate (2); /* who said nothing of holding it waits for the answer */
    char *id = wire_find ("evaluate");
    cr_assert_not_null (id);
    free (id);
    pass (100);
    answer (MSG_HELD_SAVE, "{}");
    answer (MSG_HELD_SAVE, "{}");
    assert_refused ("Held");
    cr_assert_str_eq (self.held.items[1]->why,
                      "one did not answer its pings when it was asked for");
}

/* Symptom: what was held was said to be held because its image "is not online" long after it was online again. */
Test (supervise_held, why_it_is_held_is_said_as_it_was)
{
    held_one ();
    cr_assert_str_eq (self.held.items[0]->why, "one was not online when it was asked for");
}

Test (supervise_held, what_carries_no_code_cannot_be_held)
{
    tell (msg_new (TERMINAL, MSG_HOLD, 1, "snapshot", "{}", (uint64_t) 0, ""));
    assert_refused ("InvalidRequest");
}

/* Symptom: what was said to be held was gone after a crash. */
Test (supervise_held, what_cannot_be_stored_is_refused_and_not_held)
{
    nothing_held ();
    go_away ();
    hold (1, 0);
    pass (0);
    answer (MSG_HELD_SAVE, NULL);
    assert_refused ("StorageError");
    cr_assert_eq (self.held.count, 0);
}

Test (supervise_held, nothing_is_sent_unasked_when_the_image_is_back)
{
    held_one ();
    retry ();
    cr_assert_null (wire_find ("evaluate"));
    cr_assert_eq (held_count (&self.held), 1);
    struct json *state = supervise_state (&self);
    cr_assert_eq (json_get_number (state, "held", 0), 1);
    cr_assert_eq (json_get_number (state, "in_doubt", 9), 0);
    json_destroy (&state);
}

/* Symptom: a stui that was killed took what it had sent for what it had not, and it ran twice. */
Test (supervise_held, what_is_sent_by_the_users_word_is_stored_as_sent_before_it_goes)
{
    char id[STUI_UUID_LEN + 1];
    strcpy (id, held_one ());
    retry ();
    send_held (id, 2);
    cr_assert_null (wire_find ("evaluate"), "the store does not know yet");
    const struct msg *save = sent_find (MSG_HELD_SAVE, "store");
    cr_assert_not_null (strstr (msg_text (save, 1), "\"sent\""));
    answer (MSG_HELD_SAVE, "{}");
    reply ("evaluate", "{\"result\":\"7\"}", NULL);
    cr_assert_not_null (sent_find (MSG_OK, TERMINAL));
    cr_assert_eq (self.held.count, 0);
}

Test (supervise_held, what_cannot_be_stored_as_sent_is_not_sent_and_stays_held)
{
    char id[STUI_UUID_LEN + 1];
    strcpy (id, held_one ());
    retry ();
    send_held (id, 2);
    answer (MSG_HELD_SAVE, NULL);
    assert_refused ("StorageError");
    cr_assert_null (wire_find ("evaluate"));
    cr_assert_eq (held_count (&self.held), 1);
}

/* Symptom: code held for one image went to another one, which was added under the same name. */
Test (supervise_held, what_was_asked_of_another_image_is_not_sent_without_a_word)
{
    char id[STUI_UUID_LEN + 1];
    strcpy (id, held_one ());
    strcpy (self.held.items[0]->image, "0199c82c-0000-7000-8000-00000000000f");
    retry ();
    send_held (id, 2);
    assert_refused ("PermissionDenied");
    cr_assert_null (wire_find ("evaluate"));
    cr_assert_eq (held_count (&self.held), 1);
    answer (MSG_HELD_SAVE, "{}");
    forget ();
    tell (msg_new (TERMINAL, MSG_HELD_SEND, 3, id, (uint64_t) 1000, "sends", (uint64_t) 1));
    answer (MSG_HELD_SAVE, "{}");
    char *on_wire = wire_find ("evaluate");
    cr_assert_not_null (on_wire);
    free (on_wire);
}

Test (supervise_held, one_is_sent_only_once_at_a_time)
{
    char id[STUI_UUID_LEN + 1];
    strcpy (id, held_one ());
    retry ();
    send_held (id, 2);
    send_held (id, 3);
    assert_refused ("AlreadyExists");
    cr_assert_eq (sent_find (MSG_ERROR, TERMINAL)->ref, 3);
    tell (msg_new (TERMINAL, MSG_HELD_DROP, 4, id));
    cr_assert_eq (self.held.count, 1);
}

Test (supervise_held, what_cannot_be_sent_in_time_stays_held)
{
    char id[STUI_UUID_LEN + 1];
    strcpy (id, held_one ());
    retry ();
    cut ();
    forget ();
    send_held (id, 2);
    pass (2000);
    assert_refused ("Unreachable");
    cr_assert_eq (held_count (&self.held), 1);
}

Test (supervise_held, what_is_dropped_is_gone_once_that_is_stored)
{
    char id[STUI_UUID_LEN + 1];
    strcpy (id, held_one ());
    tell (msg_new (TERMINAL, MSG_HELD_DROP, 2, id));
    cr_assert_null (sent_find (MSG_OK, TERMINAL));
    answer (MSG_HELD_SAVE, "{}");
    cr_assert_not_null (sent_find (MSG_OK, TERMINAL));
    cr_assert_eq (self.held.count, 0);
    tell (msg_new (TERMINAL, MSG_HELD_DROP, 3, id));
    assert_refused ("NotFound");
}

/* Symptom: what a user dropped before it was stored was said to be held, and nobody had it. */
Test (supervise_held, what_is_dropped_before_it_is_stored_is_not_said_to_be_held)
{
    nothing_held ();
    go_away ();
    hold (1, 0);
    pass (0);
    tell (msg_new (TERMINAL, MSG_HELD_DROP, UINT64_C (2), self.held.items[0]->id));
    cr_assert_null (sent_find (MSG_ERROR, TERMINAL));
    answer (MSG_HELD_SAVE, "{}");
    answer (MSG_HELD_SAVE, "{}");
    assert_refused ("Unreachable");
    cr_assert_eq (sent_find (MSG_ERROR, TERMINAL)->ref, 1);
    cr_assert_not_null (sent_find (MSG_OK, TERMINAL));
}

Test (supervise_held, what_was_never_run_is_held)
{
    nothing_held ();
    go_online ();
    evaluate (1);
    cut ();
    come_online ("boot", "ours", NULL);
    reply ("get_result", "{\"state\":\"never_run\"}", NULL);
    assert_refused ("NeverRun");
    cr_assert_eq (held_count (&self.held), 1);
    cr_assert_not_null (
        strstr (msg_text (sent_find (MSG_ERROR, TERMINAL), 1), "stui held send one"));
}

/* Symptom: code too long to be kept, which was never run, was said to be held, and was nowhere. */
Test (supervise_held, what_was_never_run_and_is_not_kept_is_not_said_to_be_held)
{
    char *code = stui_alloc (HELD_BYTES_MAX + 1);
    nothing_held ();
    go_online ();
    memset (code, '1', HELD_BYTES_MAX);
    char *parameters = stui_printf ("{\"code\":\"%s\"}", code);
    tell (msg_new (TERMINAL, MSG_COMMAND, UINT64_C (1), "evaluate", parameters, UINT64_C (1000),
                   "a terminal"));
    cut ();
    come_online ("boot", "ours", NULL);
    reply ("get_result", "{\"state\":\"never_run\"}", NULL);
    assert_refused ("NeverRun");
    cr_assert_eq (self.held.count, 0);
    const char *said = msg_text (sent_find (MSG_ERROR, TERMINAL), 1);
    cr_assert_null (strstr (said, "held"), "%s", said);
    free (parameters);
    free (code);
}

static void
doubtful_one (char id[STUI_UUID_LEN + 1])
{
    nothing_held ();
    go_online ();
    evaluate (1);
    answer (MSG_HELD_SAVE, "{}");
    cut ();
    come_online ("another boot", "ours", NULL);
    assert_refused ("InDoubt");
    cr_assert_eq (held_count_doubtful (&self.held), 1);
    strcpy (id, self.held.items[0]->id);
    forget ();
}

static void
resolve (const char *id, const char *how)
{
    tell (msg_new (TERMINAL, MSG_DOUBT_RESOLVE, 5, id, how));
}

Test (supervise_held, what_is_in_doubt_is_listed_until_it_is_resolved)
{
    char id[STUI_UUID_LEN + 1];
    doubtful_one (id);
    tell (msg_new (TERMINAL, MSG_HELD_LIST, 4));
    cr_assert_not_null (strstr (msg_text (sent_find (MSG_OK, TERMINAL), 0), "\"doubt\""));
    forget ();
    resolve (id, "perhaps");
    assert_refused ("InvalidRequest");
    resolve (id, "ran");
    cr_assert_eq (self.held.count, 0);
}

Test (supervise_held, what_is_to_be_run_again_is_held_until_it_is_sent)
{
    char id[STUI_UUID_LEN + 1];
    doubtful_one (id);
    resolve (id, "again");
    cr_assert_eq (held_count (&self.held), 1);
    cr_assert_null (wire_find ("evaluate"));
    resolve (id, "ran");
    assert_refused ("NotFound");
}

/* ---- Over the end of stui ---- */

#define SENT                                                                                       \
    "{\"held\":{\"entries\":[{\"id\":\"a\",\"state\":\"sent\",\"command\":\"evaluate\","           \
    "\"parameters\":{\"code\":\"3+4\"},\"request\":\"0199c82c-0000-7000-8000-00000000000b\","      \
    "\"boot_id\":\"boot\"}]}}"

Test (supervise_held, what_an_earlier_run_had_sent_is_in_doubt_until_the_image_says)
{
    answer (MSG_HELD_LOAD, SENT);
    cr_assert_eq (held_count_doubtful (&self.held), 1);
    go_online ();
    look ();
    bool asked = false;
    for (size_t index = 0; index < wired_count; index++)
        asked = asked || (strstr (wired[index], "get_result") && strstr (wired[index], "0000b"));
    cr_assert (asked);
}

/* Go online, but answer the question about the one that was sent. */
static void
online_with (const char *boot, const char *state)
{
    answer (MSG_HELD_LOAD, SENT);
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
    come_live (boot, "ours");
    reply ("get_result", "{\"results\":[]}", NULL);
    forget ();
    if (!state)
        return;
    const struct request *question = requests_find_about (&self.requests, REQUEST_RESULT,
                                                          "0199c82c-0000-7000-8000-00000000000b");
    cr_assert_not_null (question);
    char *text =
        stui_printf ("{\"id\":\"%s\",\"status\":\"success\",\"result\":%s}", question->id, state);
    supervise_receive (&self, text, strlen (text), now ());
    free (text);
}

Test (supervise_held, what_an_earlier_run_had_sent_and_is_done_is_told)
{
    online_with ("boot", "{\"state\":\"done\",\"reply\":{\"id\":\"0199c82c-0000-7000-8000-"
                         "00000000000b\",\"status\":\"success\",\"result\":{\"result\":\"7\"}}}");
    cr_assert_eq (self.held.count, 0);
    char *events = json_print (self.events);
    cr_assert_not_null (strstr (events, "'3+4', for which nobody waited any more, answered: 7"),
                        "%s", events);
    free (events);
}

Test (supervise_held, what_an_earlier_run_had_sent_and_never_ran_is_held)
{
    online_with ("boot", "{\"state\":\"never_run\"}");
    cr_assert_eq (held_count (&self.held), 1);
}

Test (supervise_held, what_an_earlier_run_had_sent_to_another_start_of_the_image_is_in_doubt)
{
    online_with ("another boot", NULL);
    cr_assert_eq (held_count (&self.held), 0);
    cr_assert_eq (self.held.items[0]->state, HELD_STATE_DOUBT);
}

/* Symptom: what was in doubt after a crash was said to be in doubt by each stop, too. */
Test (supervise_held, what_an_earlier_run_had_sent_is_asked_for_after_another_stop_too)
{
    answer (MSG_HELD_LOAD, SENT);
    supervise_finish (&self, now ());
    cr_assert_eq (self.held.items[0]->state, HELD_STATE_SENT);
}

Test (supervise_held, what_runs_when_stui_stops_is_asked_for_by_the_next_start)
{
    nothing_held ();
    go_online ();
    evaluate (1);
    answer (MSG_HELD_SAVE, "{}");
    supervise_finish (&self, now ());
    assert_refused ("InDoubt");
    cr_assert_eq (self.held.items[0]->state, HELD_STATE_SENT);
}

/* Symptom: a list that could not be read was written over with an empty one. */
Test (supervise_held, a_list_that_cannot_be_read_is_not_written_over)
{
    answer (MSG_HELD_LOAD, NULL);
    go_online ();
    evaluate (1);
    pass (10);
    cr_assert_null (sent_find (MSG_HELD_SAVE, NULL));
    pass (2000);
    answer (MSG_HELD_LOAD, SENT);
    cr_assert_eq (self.held.count, 2);
    cr_assert_not_null (sent_find (MSG_HELD_SAVE, NULL));
}

/* ---- Nobody waits any more ---------------------------------------------------------------------- */

static void
asker_leaves (uint64_t ref)
{
    tell (msg_new (TERMINAL, MSG_ASKER_GONE, 0, ref));
}

/* The list of what is in doubt has one, and its state is shown. */
static void
expect_in_doubt (int64_t count)
{
    struct json *state = supervise_state (&self);
    cr_assert_eq (json_get_number (state, "in_doubt", 9), count);
    json_destroy (&state);
}

/* Symptom: an evaluation whose asker gave up waiting was in no list, and what became of it was never
 * told. */
Test (supervise_held, what_nobody_waits_for_is_in_doubt_until_it_is_answered)
{
    nothing_held ();
    go_online ();
    evaluate (1);
    answer (MSG_HELD_SAVE, "{}");
    asker_leaves (1);
    /* Symptom: after some 70 that had left, an idle image refused everything: its room was taken. */
    cr_assert_str_eq (msg_text (sent_find (MSG_ERROR, TERMINAL), 0), "InDoubt");
    expect_in_doubt (1);
    reply ("evaluate", "{\"result\":\"7\"}", NULL);
    cr_assert_null (sent_find (MSG_OK, TERMINAL));
    expect_in_doubt (0);
    cr_assert_eq (self.requests.count, 0);
}

/* Symptom: what was evaluated, and what came of it, was in an event, in plain. */
Test (supervise_held, what_nobody_waited_for_is_named_by_its_id_where_sessions_are_encrypted)
{
    nothing_held ();
    go_online ();
    self.veiled = true;
    evaluate (1);
    answer (MSG_HELD_SAVE, "{}");
    asker_leaves (1);
    reply ("evaluate", "{\"result\":\"secret-answer\"}", NULL);
    supervise_time (&self, now ());
    for (size_t index = 0; index < sent_count; index++)
        if (sent[index] && sent[index]->verb == MSG_EVENTS_PUT)
            cr_assert_null (strstr (msg_text (sent[index], 0), "secret-answer"));
    char *events = json_print (self.events);
    cr_assert_null (strstr (events, "secret-answer"), "%s", events);
    free (events);
}

/* Symptom: an image that answered "QueueFull" was asked again and again. */
Test (supervise_held, an_image_does_not_speak_for_stui)
{
    nothing_held ();
    go_online ();
    evaluate (1);
    answer (MSG_HELD_SAVE, "{}");
    reply ("evaluate", NULL, "QueueFull");
    cr_assert_str_eq (msg_text (sent_find (MSG_ERROR, TERMINAL), 0), "InternalError");
}

/* Symptom: after some 70 `stui eval` that were killed while they ran the idle image refused everything with
 * "queue full": each kept its place for ever. */
Test (supervise_held, who_leaves_gives_its_place_back)
{
    struct routes *routes = routes_new ();
    routes_up (routes, TERMINAL);
    routes_up (routes, "image/one#2");
    nothing_held ();
    go_online ();
    for (uint64_t ref = 1; ref <= STUI_IMAGE_ROOM + 1; ref++) {
        struct msg *asked = msg_new ("image/one", MSG_RETRY, ref);
        cr_assert_eq (routes_pass (routes, TERMINAL, asked).verdict, ROUTE_FORWARD, "the %dth",
                      (int) ref);
        msg_destroy (&asked);
        forget ();
        evaluate (ref);
        asker_leaves (ref);
        reply ("evaluate", "{\"result\":\"7\"}", NULL);
        for (size_t index = 0; index < sent_count; index++)
            if (strcmp (sent[index]->peer, TERMINAL) == 0)
                routes_pass (routes, "image/one#2", sent[index]);
    }
    cr_assert_eq (routes_open (routes, "image/one"), 0);
    routes_destroy (&routes);
}

/* What nobody waits for any more is bounded as well: an image that answers nothing fills no memory. */
Test (supervise_held, what_nobody_waits_for_is_bounded)
{
    nothing_held ();
    go_online ();
    for (uint64_t ref = 1; ref <= HELD_ALL_MAX; ref++) {
        evaluate (ref);
        asker_leaves (ref);
        forget ();
    }
    evaluate (HELD_ALL_MAX + 1);
    assert_refused ("QueueFull");
    cr_assert_eq (requests_count_kind (&self.requests, REQUEST_COMMAND), HELD_ALL_MAX);
}

/* Symptom: the same over an outage: the image was never asked for it when it was back. */
Test (supervise_held, what_nobody_waits_for_is_asked_for_when_the_image_is_back)
{
    nothing_held ();
    go_online ();
    evaluate (1);
    cut ();
    asker_leaves (1);
    expect_in_doubt (1);
    come_online ("boot", "ours", NULL);
    reply ("get_result",
           "{\"state\":\"done\",\"reply\":{\"id\":\"0\",\"status\":\"success\",\"result\":"
           "{\"result\":\"7\"}}}",
           NULL);
    expect_in_doubt (0);
    cr_assert_eq (self.requests.count, 0);
}

/* Symptom: who gave up before it was sent had it run later all the same. */
Test (supervise_held, what_was_not_sent_when_its_asker_left_is_not_sent)
{
    nothing_held ();
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
    evaluate (1);
    asker_leaves (1);
    come_online ("boot", "ours", NULL);
    answer (MSG_SESSIONS_LOAD, "{\"sessions\":[],\"damaged\":0}");
    cr_assert_null (wire_find ("evaluate"));
    expect_in_doubt (0);
}

Test (supervise_held, what_another_asked_by_the_same_number_goes_on)
{
    nothing_held ();
    go_online ();
    evaluate (1);
    tell (msg_new ("two#1", MSG_ASKER_GONE, 0, UINT64_C (1)));
    reply ("evaluate", "{\"result\":\"7\"}", NULL);
    cr_assert_not_null (sent_find (MSG_OK, TERMINAL));
}

/* Symptom: what was in doubt because the image was not asked again (let go, or its tunnel refused) was
 * not asked for when it was back. */
Test (supervise_held, a_doubt_of_an_image_that_is_not_asked_is_asked_for_when_it_is)
{
    nothing_held ();
    go_online ();
    evaluate (1);
    answer (MSG_HELD_SAVE, "{}");
    supervise_link (&self, SUPERVISE_LINK_CLOSED, STUI_TROUBLE_CLOSED, "cut", now ());
    tell (msg_new (TERMINAL, MSG_DISABLE, 90));
    assert_refused ("InDoubt");
    expect_in_doubt (1);
    tell (msg_new (TERMINAL, MSG_DISABLE, 92));
    expect_in_doubt (1);
    tell (msg_new (TERMINAL, MSG_RETRY, 91));
    come_online ("boot", "ours", NULL);
    reply ("get_result", "{\"state\":\"never_run\"}", NULL);
    expect_in_doubt (0);
    cr_assert_eq (held_count (&self.held), 1, "it is held: it was never run");
}

/* The same, and it was resolved meanwhile. */
Test (supervise_held, a_doubt_that_is_resolved_is_not_asked_for)
{
    nothing_held ();
    go_online ();
    evaluate (1);
    answer (MSG_HELD_SAVE, "{}");
    cut ();
    tell (msg_new (TERMINAL, MSG_DISABLE, 90));
    resolve (self.held.items[0]->id, "ran");
    expect_in_doubt (0);
    forget ();
    tell (msg_new (TERMINAL, MSG_RETRY, 91));
    come_online ("boot", "ours", NULL);
    cr_assert_null (wire_find ("get_result"));
}

/* Symptom: code that was held for a session went without a word when the session had been made anew and
 * its variables were gone. */
Test (supervise_held, what_finds_its_session_made_anew_is_not_sent_without_a_word)
{
    struct session other = {.id = "0199c82c-0000-7000-8000-000000000008"},
                   its = {.id = "0199c82c-0000-7000-8000-000000000009"};
    char id[STUI_UUID_LEN + 1];
    strcpy (id, held_one ());
    strcpy (self.held.items[0]->session, its.id);
    retry ();
    supervise_held_anew (&self, &other);
    cr_assert_not (self.held.items[0]->anew);
    supervise_held_anew (&self, &its);
    send_held (id, 2);
    answer (MSG_HELD_SAVE, "{}");
    assert_refused ("PermissionDenied");
    cr_assert_not_null (strstr (msg_text (sent_find (MSG_ERROR, TERMINAL), 1), "--anyway"));
    cr_assert_null (wire_find ("evaluate"));
    struct json *stored = held_to_json (&self.held);
    struct held read = {0};
    held_load (&read, stored);
    cr_assert (read.items[0]->anew, "it is known after the next start too");
    held_fini (&read);
    json_destroy (&stored);
    answer (MSG_HELD_SAVE, "{}"); /* and why it stays */
    forget ();
    tell (msg_new (TERMINAL, MSG_HELD_SEND, 3, id, (uint64_t) 1000, "sends",
                   (uint64_t) MSG_SEND_ANYWAY));
    answer (MSG_HELD_SAVE, "{}");
    char *on_wire = wire_find ("evaluate");
    cr_assert_not_null (on_wire);
    free (on_wire);
}

/* Symptom: code with parameters nested as deep as a message may be made the whole list of what is held unreadable:
 * the store refused it for ever, with all that came after it. */
Test (supervise_held, parameters_nested_too_deep_to_be_stored_are_refused)
{
    static const int levels[] = {HELD_DEPTH_MAX, HELD_DEPTH_MAX - 1};
    char opened[STUI_JSON_DEPTH + 1] = "", closed[STUI_JSON_DEPTH + 1] = "";
    nothing_held ();
    go_away ();
    memset (opened, '[', STUI_JSON_DEPTH);
    memset (closed, ']', STUI_JSON_DEPTH);
    for (size_t index = 0; index < sizeof levels / sizeof *levels; index++) {
        char *deep = stui_printf ("{\"code\":\"1\",\"deep\":%.*s%.*s}", levels[index], opened,
                                  levels[index], closed);
        forget ();
        tell (msg_new (TERMINAL, MSG_HOLD, 1, "evaluate", deep, (uint64_t) 0, "a terminal"));
        pass (0);
        free (deep);
    }
    cr_assert_eq (held_count (&self.held), 1, "the one that can be stored");
    struct json *held = held_to_json (&self.held);
    char *list = json_print (held);
    json_destroy (&held);
    char *loaded = stui_printf ("{\"held\":%s}", list);
    struct json *read = json_parse_text (loaded);
    cr_assert_not_null (read, "what the store is to answer is no JSON: %s", loaded);
    json_destroy (&read);
    free (loaded);
    free (list);
}
