/* test_sim_image.c: the protocol as a simulated image speaks it, message by message under a clock
 * of the test's own. It is long because the protocol is. */

#include "sim/sim_sessions.h"
#include "sim_fixture.h"

TestSuite (sim_image, .init = setup, .fini = teardown, .timeout = 60);

/* ---- hello, permission, token -------------------------------------------------------------------- */

Test (sim_image, says_that_it_is_simulated)
{
    const struct json *hello = result_of (1, "hello", "{'client_id':'" ME "','protocol':'1.1'}");
    cr_assert_str_eq (json_get_text (hello, "dialect"), "simulated");
    cr_assert_str_eq (json_get_text (hello, "image_name"), "sim-1");
    cr_assert_str_eq (json_get_text (hello, "protocol"), "1.1");
    cr_assert_eq (json_get_number (hello, "pid", 0), 42);
    cr_assert_eq (json_get_number (hello, "max_message_bytes", 0), STUI_MESSAGE_MAX);
    bool is_simulated = false, can_snapshot = false, takes_plain = false;
    const struct json *word = json_first (json_get (hello, "capabilities"));
    for (; word; word = json_next (word)) {
        is_simulated |= strcmp (json_text (word), "simulated") == 0;
        can_snapshot |= strcmp (json_text (word), "snapshot") == 0;
        takes_plain |= strcmp (json_text (word), "plain") == 0;
    }
    cr_assert (is_simulated);
    cr_assert_not (can_snapshot);
    cr_assert (takes_plain);
}

Test (sim_image, an_introduced_connection_may_only_ping)
{
    result_of (1, "hello", "{'client_id':'" ME "','protocol':'1.1'}");
    result_of (1, "ping", "{}");
    expect_error (ask (1, "evaluate", "{'code':'3'}"), "PermissionDenied");
    expect_error (ask (1, "create_session", "{'client_id':'" ME "'}"), "PermissionDenied");
    claim (1, ME, 1, 1);
    result_of (1, "evaluate", "{'code':'3'}");
}

Test (sim_image, asks_for_its_token)
{
    sim_image_destroy (&image);
    image = make_image ("secret", false);
    expect_error (ask (1, "ping", "{}"), "AuthenticationError");
    expect_error (ask (1, "create_session", "{'client_id':'" ME "'}"), "AuthenticationError");
    expect_error (ask (1, "hello", "{'client_id':'" ME "','protocol':'1.1'}"),
                  "AuthenticationError");
    result_of (1, "hello", "{'client_id':'" ME "','protocol':'1.1','token':'secret'}");
    result_of (1, "ping", "{}");
}

Test (sim_image, a_wrong_token_is_answered_after_a_second_and_its_connection_closed)
{
    sim_image_destroy (&image);
    image = make_image ("secret", false);
    int number = request (1, "hello", "{'client_id':'" ME "','protocol':'1.1','token':'secreT'}");
    request (1, "hello", "{'client_id':'" ME "','protocol':'1.1','token':'secret'}");
    cr_assert_eq (outbox.count, 0, "guessing goes on within the second");
    cr_assert_eq (sim_image_deadline (image), now.mono_ms + 1000);
    advance (999);
    cr_assert_eq (outbox.count, 0);
    advance (1);
    cr_assert (find (1, id_of (number)));
    expect_error (last, "AuthenticationError");
    cr_assert_eq (outbox.count, 2);
    cr_assert_eq (outbox.items[1].action, SIM_CLOSE);
    cr_assert_eq (sim_image_deadline (image), STUI_NEVER);
}

Test (sim_image, a_connection_that_goes_within_the_second_is_not_answered)
{
    sim_image_destroy (&image);
    image = make_image ("secret", false);
    request (1, "hello", "{'client_id':'" ME "','protocol':'1.1','token':'secreT'}");
    sim_image_disconnected (image, 1, now);
    advance (1000);
    cr_assert_eq (outbox.count, 0);
}

Test (sim_image, a_peer_that_has_shown_the_token_before_needs_none)
{
    sim_image_destroy (&image);
    image = make_image ("secret", false);
    sim_image_prove (image, 1);
    result_of (1, "hello", "{'client_id':'" ME "','protocol':'1.1'}");
    result_of (1, "ping", "{}");
}

Test (sim_image, a_read_only_image_refuses_what_changes_it_and_keeps_sessions)
{
    static const char *const refused[] = {
        "evaluate",     "compile_method",         "define_class", "remove_method",
        "remove_class", "rename_category",        "file_in",      "debug",
        "snapshot",     "cleanup_image_sessions",
    };
    sim_image_destroy (&image);
    image = make_image (NULL, true);
    claim (1, ME, 1, 1);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        expect_error (ask (1, refused[i], "{'code':'3'}"), "PermissionDenied");
    result_of (1, "create_session", "{'session_id':'s'}");
    expect_error (ask (1, "inspect", "{'session_id':'s','target':'3'}"), "PermissionDenied");
    result_of (1, "browse_class", "{'class_name':'Object'}");
    const struct json *hello = result_of (2, "hello", "{'client_id':'" ME "','protocol':'1.1'}");
    cr_assert (has (json_get (hello, "capabilities"), NULL, "read_only"));
}

Test (sim_image, an_evaluation_of_more_than_a_second_says_each_second_that_it_runs)
{
    claim (1, ME, 1, 1);
    result_of (1, "subscribe", "{'events':['evaluation_progress']}");
    int number = request (1, "evaluate", "{'code':'(Delay forMilliseconds: 2500) wait'}");
    advance (999);
    cr_assert_eq (outbox.count, 0);
    advance (1);
    cr_assert (find (1, NULL));
    cr_assert_str_eq (json_get_text (json_get (last, "data"), "id"), id_of (number));
    cr_assert_eq (json_get_number (json_get (last, "data"), "elapsed_ms", 0), 1000);
    cr_assert_eq (sim_image_deadline (image), now.mono_ms + 1000);
    advance (1000);
    cr_assert_eq (outbox.count, 2);
    advance (500);
    cr_assert_eq (outbox.count, 3, "what has ended says that it runs");
    cr_assert (find (1, id_of (number)));
}

Test (sim_image, a_client_of_the_seven_commands_needs_no_hello)
{
    const struct json *made = result_of (1, "create_session", "{'client_id':'" ME "'}");
    cr_assert_eq (strlen (json_get_text (made, "session_id")), STUI_UUID_LEN);
    cr_assert_eq (
        json_get_number (result_of (1, "get_session_statistics", "{}"), "total_sessions", 0), 1);
}

Test (sim_image, what_is_no_request_is_answered_with_a_reason)
{
    static const struct {
        const char *text, *id, *sentence;
    } cases[] = {
        {"{\"id\":\"a\",", "a", "byte"},
        {"[]", NULL, "a request is a JSON object"},
        {"{\"id\":7,\"command\":\"ping\"}", NULL, "id must be a string"},
        {"{\"id\":\"a\"}", "a", "command must be a string"},
        {"{\"id\":\"a\",\"command\":\"ping\",\"parameters\":[]}", "a",
         "parameters must be an object"},
        {"{\"id\":\"a\",\"command\":\"ping\",\"parameters\":{\"message\":1}}", "a",
         "message must be a string"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sim_image_receive (image, 1, (struct sim_envelope){0}, cases[i].text,
                           strlen (cases[i].text), now, &outbox);
        cr_assert_eq (outbox.count, 1);
        json_destroy (&last);
        last = json_parse_text (outbox.items[0].text);
        expect_error (last, "InvalidRequest");
        cr_assert_not_null (strstr (json_get_text (last, "error"), cases[i].sentence), "%s",
                            json_get_text (last, "error"));
        if (cases[i].id)
            cr_assert_str_eq (json_get_text (last, "id"), cases[i].id);
        sim_outbox_clear (&outbox);
    }
    claim (1, ME, 1, 1);
    expect_error (ask (1, "dance", "{}"), "UnknownCommand");
    expect_error (ask (1, "snapshot", "{}"), "UnsupportedOperation");
}

Test (sim_image, a_message_too_large_is_answered_by_its_id)
{
    static const char head[] = "{\"id\":\"big\",\"command\":\"evaluate\",";
    sim_image_refuse (image, 1, (struct sim_envelope){0}, head, strlen (head), 20000000, now,
                      &outbox);
    cr_assert (find (1, "big"));
    expect_error (last, "MessageTooLarge");
}

Test (sim_image, the_envelope_goes_back_before_the_answer)
{
    static const char text[] = "{\"id\":\"a\",\"command\":\"ping\"}";
    sim_image_receive (image, 1, (struct sim_envelope){"\1\2ab\1\0", 6}, text, strlen (text), now,
                       &outbox);
    cr_assert_eq (outbox.items[0].envelope_size, 6);
    cr_assert_arr_eq ((char *) outbox.items[0].envelope, "\1\2ab\1\0", 6);
}

/* ---- fencing ----------------------------------------------------------------------------------- */

Test (sim_image, a_newer_claim_fences_and_closes_the_older_connection)
{
    claim (1, ME, 1, 1);
    int number = request (2, "hello",
                          "{'client_id':'" ME "','protocol':'1.1',"
                          "'client_epoch':{'generation':1,'counter':2}}");
    cr_assert_eq (outbox.count, 3);
    cr_assert_eq (outbox.items[0].peer, 1);
    cr_assert_not_null (strstr (outbox.items[0].text, "\"Fenced\""));
    cr_assert_eq (outbox.items[1].action, SIM_CLOSE);
    cr_assert_eq (outbox.items[1].peer, 1);
    cr_assert (find (2, id_of (number)));
    sim_outbox_clear (&outbox);
    request (1, "evaluate", "{'code':'Counter next'}");
    cr_assert_eq (outbox.count, 0, "a fenced connection was answered");
    const struct json *counter = result_of (2, "evaluate", "{'code':'Counter value'}");
    cr_assert_str_eq (json_get_text (counter, "result"), "0");
}

Test (sim_image, a_lower_or_equal_epoch_is_fenced)
{
    claim (1, ME, 2, 5);
    claim (1, ME, 2, 5); /* its own, again */
    expect_error (ask (2, "hello",
                       "{'client_id':'" ME "','protocol':'1.1',"
                       "'client_epoch':{'generation':2,'counter':5}}"),
                  "Fenced");
    const struct json *answer = ask (3, "hello",
                                     "{'client_id':'" ME "','protocol':'1.1',"
                                     "'client_epoch':{'generation':1,'counter':9}}");
    expect_error (answer, "Fenced");
    cr_assert_eq (json_get_number (json_get (answer, "details"), "generation", 0), 2);
    claim (4, OTHER, 1, 1); /* another client is not concerned */
    result_of (1, "ping", "{}");
}

Test (sim_image, what_waited_when_a_newer_claim_came_never_runs)
{
    claim (1, ME, 1, 1);
    result_of (1, "create_session", "{'session_id':'s'}");
    int running =
        request (1, "evaluate", "{'session_id':'s','code':'(Delay forMilliseconds: 500) wait. 1'}");
    int waiting = request (1, "evaluate", "{'session_id':'s','code':'Counter next'}");
    sim_outbox_clear (&outbox);
    claim (2, ME, 1, 2);
    cr_assert_str_eq (state_of (2, waiting), "never_run");
    cr_assert_str_eq (state_of (2, running), "running");
    advance (500);
    cr_assert (find (2, id_of (running)), "the reply did not go to the newest connection");
    sim_outbox_clear (&outbox);
    cr_assert_str_eq (state_of (2, running), "done");
    const struct json *counter = result_of (2, "evaluate", "{'code':'Counter value'}");
    cr_assert_str_eq (json_get_text (counter, "result"), "0");
}

/* ---- at most once -------------------------------------------------------------------------------- */

Test (sim_image, a_request_sent_twice_runs_once)
{
    claim (1, ME, 1, 1);
    int number = request (1, "evaluate", "{'code':'Counter next'}");
    sim_outbox_clear (&outbox);
    send_as (1, number, "evaluate", "{'code':'Counter next'}");
    cr_assert (find (1, id_of (number)));
    const struct json *result = json_get (last, "result");
    cr_assert_str_eq (json_get_text (result, "state"), "done");
    const struct json *reply = json_get (result, "reply");
    cr_assert_str_eq (json_get_text (json_get (reply, "result"), "result"), "1");
    sim_outbox_clear (&outbox);
    const struct json *counter = result_of (1, "evaluate", "{'code':'Counter value'}");
    cr_assert_str_eq (json_get_text (counter, "result"), "1");
}

Test (sim_image, get_result_lists_what_it_keeps)
{
    claim (1, ME, 1, 1);
    result_of (1, "evaluate", "{'code':'3'}");
    request (1, "evaluate", "{'code':'(Delay forSeconds: 5) wait'}");
    const struct json *list = result_of (1, "get_result", "{}");
    cr_assert_eq (json_get_number (list, "total_count", 0), 2);
    const struct json *rows = json_get (list, "results");
    cr_assert_str_eq (json_get_text (json_at (rows, 0), "state"), "done");
    cr_assert_str_eq (json_get_text (json_at (rows, 1), "state"), "running");
    cr_assert_str_eq (json_get_text (json_at (rows, 1), "command"), "evaluate");
}

Test (sim_image, a_reply_made_while_nobody_was_there_is_kept)
{
    claim (1, ME, 1, 1);
    int number = request (1, "evaluate", "{'code':'(Delay forSeconds: 1) wait. 7'}");
    sim_image_disconnected (image, 1, now);
    advance (1000);
    cr_assert_eq (outbox.count, 0);
    claim (2, ME, 1, 2);
    cr_assert_str_eq (state_of (2, number), "done");
}

Test (sim_image, an_id_that_is_no_uuid_is_refused_where_it_matters)
{
    static const char text[] =
        "{\"id\":\"7\",\"command\":\"evaluate\",\"parameters\":{\"code\":\"3\"}}";
    claim (1, ME, 1, 1);
    sim_image_receive (image, 1, (struct sim_envelope){0}, text, strlen (text), now, &outbox);
    cr_assert (find (1, "7"));
    expect_error (last, "InvalidRequest");
}

/* ---- evaluating ---------------------------------------------------------------------------------- */

Test (sim_image, a_result_has_type_and_time)
{
    claim (1, ME, 1, 1);
    const struct json *result = result_of (1, "evaluate", "{'code':'3 + 4'}");
    cr_assert_str_eq (json_get_text (result, "result"), "7");
    cr_assert_str_eq (json_get_text (result, "result_type"), "SmallInteger");
    cr_assert_not (json_get_bool (result, "has_error", true));
    cr_assert_not (json_get_bool (result, "truncated", true));
    cr_assert_eq (json_get_number (result, "execution_time", -1), 0);
    cr_assert_eq (json_count (json_get (result, "stack")), 0);
    result = result_of (1, "evaluate", "{'code':'3 + 4','mode':'doIt'}");
    cr_assert_str_empty (json_get_text (result, "result"));
}

Test (sim_image, an_exception_is_a_success_with_a_stack)
{
    claim (1, ME, 1, 1);
    const struct json *result = result_of (1, "evaluate", "{'code':'1/0'}");
    cr_assert (json_get_bool (result, "has_error", false));
    cr_assert_str_eq (json_get_text (result, "result_type"), "ZeroDivide");
    cr_assert_gt (json_count (json_get (result, "stack")), 0);
}

Test (sim_image, a_compile_error_has_its_place)
{
    claim (1, ME, 1, 1);
    const struct json *answer = ask (1, "evaluate", "{'code':'3.\\n(5 +'}");
    expect_error (answer, "CompileError");
    cr_assert_eq (json_get_number (json_get (answer, "details"), "line", 0), 2);
}

Test (sim_image, wrong_parameters_are_refused)
{
    claim (1, ME, 1, 1);
    expect_error (ask (1, "evaluate", "{}"), "InvalidRequest");
    expect_error (ask (1, "evaluate", "{'code':'3','mode':'guess'}"), "InvalidRequest");
    expect_error (ask (1, "evaluate", "{'code':'3','timeout_ms':0}"), "InvalidRequest");
    expect_error (ask (1, "evaluate", "{'code':'3','session_id':'none'}"), "SessionNotFound");
}

Test (sim_image, a_ping_says_with_what_it_is_busy)
{
    claim (1, ME, 1, 1);
    cr_assert_null (json_get (result_of (1, "ping", "{}"), "busy_with"));
    int number = request (1, "evaluate", "{'code':'[true] whileTrue'}");
    const struct json *busy = json_get (result_of (1, "ping", "{'message':'x'}"), "busy_with");
    cr_assert_str_eq (json_get_text (busy, "id"), id_of (number));
    cr_assert_str_eq (json_get_text (json_get (last, "result"), "message"), "x");
}

Test (sim_image, an_endless_loop_is_interrupted_and_costs_little)
{
    claim (1, ME, 1, 1);
    int number = request (1, "evaluate", "{'code':'[true] whileTrue'}");
    int64_t turns = 0, end_ms = now.mono_ms + 60000;
    while (sim_image_deadline (image) < end_ms) {
        int64_t wait = sim_image_deadline (image) - now.mono_ms;
        advance (wait > 0 ? wait : 0);
        turns++;
    }
    cr_assert_lt (turns, 1000, "%lld turns in a minute", (long long) turns);
    char *parameters = stui_printf ("{'id':'%s'}", id_of (number));
    request (1, "interrupt", parameters);
    free (parameters);
    cr_assert (find (1, id_of (number)));
    expect_error (last, "EvaluationError");
    cr_assert_str_eq (json_get_text (json_get (last, "details"), "reason"), "interrupted");
    cr_assert (find (1, id_of (requests)));
    cr_assert (json_get_bool (json_get (last, "result"), "interrupted", false));
    cr_assert_eq (sim_image_deadline (image), STUI_NEVER);
}

Test (sim_image, a_time_limit_ends_an_evaluation)
{
    claim (1, ME, 1, 1);
    int number = request (1, "evaluate", "{'code':'(Delay forSeconds: 9) wait','timeout_ms':500}");
    advance (500);
    cr_assert_eq (outbox.count, 0);
    cr_assert_eq (sim_image_deadline (image), now.mono_ms + 1);
    advance (1);
    cr_assert (find (1, id_of (number)));
    expect_error (last, "EvaluationError");
    cr_assert_str_eq (json_get_text (json_get (last, "details"), "reason"), "timeout");
}

Test (sim_image, a_session_runs_one_evaluation_at_a_time_in_order)
{
    claim (1, ME, 1, 1);
    result_of (1, "create_session", "{'session_id':'s'}");
    request (1, "evaluate",
             "{'session_id':'s','code':'x := 1. (Delay forSeconds: 1) wait. x := 2'}");
    int second = request (1, "evaluate", "{'session_id':'s','code':'x'}");
    const struct json *free_one = result_of (1, "evaluate", "{'code':'3'}");
    cr_assert_str_eq (json_get_text (free_one, "result"), "3");
    advance (1000);
    cr_assert (find (1, id_of (second)));
    cr_assert_str_eq (json_get_text (json_get (last, "result"), "result"), "2");
}

Test (sim_image, refuses_the_513th_unfinished_evaluation)
{
    claim (1, ME, 1, 1);
    for (int i = 0; i < SIM_UNFINISHED_MAX; i++)
        request (1, "evaluate", "{'code':'(Delay forSeconds: 60) wait'}");
    cr_assert_eq (outbox.count, 0);
    expect_error (ask (1, "evaluate", "{'code':'3'}"), "EvaluationError");
}

/* Symptom: 512 requests of 10 MB each could wait in one image. */
Test (sim_image, refuses_what_waits_beyond_32_megabytes)
{
    enum { PIECE = 8000000, HELD = 4 }; /* four are below the limit, five above */
    char *waste = stui_alloc (PIECE + 1);
    memset (waste, 'x', PIECE);
    char *large = stui_printf ("{'code':'(Delay forSeconds: 60) wait','waste':'%s'}", waste);
    claim (1, ME, 1, 1);
    for (int i = 0; i < HELD; i++)
        request (1, "evaluate", large);
    cr_assert_eq (outbox.count, 0);
    int held = requests;
    expect_error (ask (1, "evaluate", large), "EvaluationError");
    result_of (1, "evaluate", "{'code':'3'}");
    /* One that ends gives its place. */
    char *parameters = stui_printf ("{'id':'%s'}", id_of (held));
    result_of (1, "interrupt", parameters);
    request (1, "evaluate", large);
    cr_assert_eq (outbox.count, 0);
    free (parameters);
    free (large);
    free (waste);
}

/* ---- sessions ---------------------------------------------------------------------------------- */

Test (sim_image, a_stale_update_is_a_conflict)
{
    claim (1, ME, 1, 1);
    const struct json *made = result_of (1, "create_session", "{'session_id':'s','name':'work'}");
    cr_assert_eq (json_get_number (made, "version", 0), 1);
    const struct json *updated = result_of (
        1, "update_session_state", "{'session_id':'s','state_data':{'a':1},'base_version':1}");
    cr_assert_eq (json_get_number (updated, "version", 0), 2);
    const struct json *answer =
        ask (1, "update_session_state", "{'session_id':'s','state_data':{'a':2},'base_version':1}");
    expect_error (answer, "Conflict");
    const struct json *details = json_get (answer, "details");
    cr_assert_eq (json_get_number (details, "version", 0), 2);
    cr_assert_eq (json_get_number (json_get (details, "session_state"), "a", 0), 1);
}

/* Symptom: a state came back in another form, and one with a long number was refused. */
Test (sim_image, a_state_is_kept_byte_for_byte)
{
    static const char state[] = "{ 'workspace_context' : {'n': 12345678901234567890} , 'a':1.50 }";
    char *parameters = stui_printf ("{'session_id':'s','state_data':{},'state_data':%s}", state);
    char *quoted = stui_strdup (state);
    for (char *c = quoted; *c; c++)
        *c = (char) (*c == '\'' ? '"' : *c);
    claim (1, ME, 1, 1);
    request (1, "create_session", parameters);
    request (1, "restore_session", "{'session_id':'s'}");
    cr_assert_eq (outbox.count, 2);
    const char *restored = outbox.items[1].text;
    cr_assert_not_null (strstr (restored, quoted), "%s", restored);
    cr_assert_not_null (strstr (restored, "\"workspace_context\":{\"n\": 12345678901234567890},"));
    cr_assert_not_null (strstr (restored, "\"object_registry\":{}}"));
    sim_outbox_clear (&outbox);
    /* The answer that is kept has it too. */
    int updated = request (1, "update_session_state", parameters);
    char *ask_again = stui_printf ("{'id':'%s'}", id_of (updated));
    sim_outbox_clear (&outbox);
    request (1, "get_result", ask_again);
    cr_assert_not_null (strstr (outbox.items[0].text, quoted), "%s", outbox.items[0].text);
    free (ask_again);
    free (quoted);
    free (parameters);
}

Test (sim_image, creating_a_session_that_exists_restores_it)
{
    claim (1, ME, 1, 1);
    result_of (1, "create_session",
               "{'session_id':'s','state_data':{'workspace_context':{'t':1}}}");
    const struct json *again = result_of (1, "create_session", "{'session_id':'s'}");
    cr_assert_eq (json_get_number (json_get (again, "workspace_context"), "t", 0), 1);
}

Test (sim_image, a_client_may_have_five_sessions)
{
    claim (1, ME, 1, 1);
    for (int i = 0; i < 5; i++)
        result_of (1, "create_session", "{}");
    expect_error (ask (1, "create_session", "{}"), "SessionLimitExceeded");
    cr_assert_eq (json_get_number (result_of (1, "list_client_sessions", "{}"), "session_count", 0),
                  5);
}

/* Symptom: with many client_ids there was no end to the sessions of an image. */
Test (sim_image, refuses_the_1001st_session_of_all_clients)
{
    claim (1, ME, 1, 1);
    for (int i = 0; i < SIM_SESSIONS_MAX; i++) {
        char *parameters = stui_printf ("{'client_id':'client %d'}", i / SIM_SESSIONS_PER_CLIENT);
        result_of (1, "create_session", parameters);
        free (parameters);
    }
    expect_error (ask (1, "create_session", "{}"), "SessionLimitExceeded");
}

/* Symptom: a few sessions could hold gigabytes. */
Test (sim_image, sessions_hold_128_megabytes_together)
{
    enum { PIECE = 10000000, HELD = 13 }; /* 13 are below the limit, 14 above */
    char *state = stui_alloc (PIECE + 1);
    memset (state, 'x', PIECE);
    claim (1, ME, 1, 1);
    for (int i = 0; i <= HELD; i++) {
        char *parameters = stui_printf (
            "{'session_id':'%d','client_id':'%d','state_data':{'a':'%s'}}", i, i, state);
        if (i < HELD)
            result_of (1, "create_session", parameters);
        else
            expect_error (ask (1, "create_session", parameters), "SessionLimitExceeded");
        free (parameters);
    }
    result_of (1, "create_session", "{'session_id':'small'}");
    char *update = stui_printf ("{'session_id':'small','state_data':{'a':'%s'}}", state);
    expect_error (ask (1, "update_session_state", update), "SessionLimitExceeded");
    result_of (1, "update_session_state", "{'session_id':'0','state_data':{}}");
    result_of (1, "update_session_state", update);
    free (update);
    free (state);
}

Test (sim_image, closing_a_session_ends_what_runs_in_it)
{
    claim (1, ME, 1, 1);
    result_of (1, "create_session", "{'session_id':'s'}");
    int running = request (1, "evaluate", "{'session_id':'s','code':'[true] whileTrue'}");
    int waiting = request (1, "evaluate", "{'session_id':'s','code':'3'}");
    request (1, "close_session", "{'session_id':'s'}");
    cr_assert (find (1, id_of (running)));
    expect_error (last, "EvaluationError");
    cr_assert (find (1, id_of (waiting)));
    expect_error (last, "EvaluationError");
    sim_outbox_clear (&outbox);
    expect_error (ask (1, "restore_session", "{'session_id':'s'}"), "SessionNotFound");
}

Test (sim_image, sessions_of_clients_that_left_are_orphaned_and_cleaned)
{
    claim (1, ME, 1, 1);
    claim (2, OTHER, 1, 1);
    result_of (1, "create_session", "{'session_id':'mine'}");
    result_of (2, "create_session", "{'session_id':'theirs'}");
    sim_image_disconnected (image, 2, now);
    const struct json *list = result_of (1, "list_image_sessions", "{}");
    cr_assert_eq (json_get_number (list, "orphaned_count", -1), 1);
    const struct json *asked =
        result_of (1, "cleanup_image_sessions", "{'orphaned':true,'dry_run':true}");
    cr_assert_eq (json_get_number (asked, "sessions_cleaned", -1), 0);
    cr_assert_eq (json_count (json_get (asked, "cleanup_details")), 1);
    const struct json *cleaned = result_of (1, "cleanup_image_sessions", "{'orphaned':true}");
    cr_assert_eq (json_get_number (cleaned, "sessions_cleaned", -1), 1);
    cr_assert_eq (json_get_number (result_of (1, "get_image_session_stats", "{}"), "total", -1), 1);
}

Test (sim_image, a_session_of_a_client_that_left_is_adopted_as_it_is)
{
    claim (1, ME, 1, 1);
    claim (2, OTHER, 1, 1);
    result_of (2, "create_session", "{'session_id':'theirs','name':'n','state_data':{'a':1}}");
    result_of (2, "evaluate", "{'session_id':'theirs','code':'x := 7'}");
    expect_error (ask (1, "adopt_session", "{'session_id':'theirs'}"), "PermissionDenied");
    sim_image_disconnected (image, 2, now);
    const struct json *adopted = result_of (1, "adopt_session", "{'session_id':'theirs'}");
    cr_assert_str_eq (json_get_text (adopted, "client_id"), ME);
    cr_assert_eq (json_get_number (json_get (adopted, "session_state"), "a", -1), 1);
    const struct json *list = result_of (1, "list_image_sessions", "{}");
    cr_assert_eq (json_get_number (list, "orphaned_count", -1), 0);
    const struct json *value = result_of (1, "evaluate", "{'session_id':'theirs','code':'x'}");
    cr_assert_str_eq (json_get_text (value, "result"), "7");
    expect_error (ask (1, "adopt_session", "{'session_id':'none'}"), "SessionNotFound");
}

Test (sim_image, nobody_adopts_more_sessions_than_a_client_may_have)
{
    claim (1, ME, 1, 1);
    claim (2, OTHER, 1, 1);
    result_of (2, "create_session", "{'session_id':'theirs'}");
    sim_image_disconnected (image, 2, now);
    for (int count = 0; count < 5; count++)
        result_of (1, "create_session", "{}");
    expect_error (ask (1, "adopt_session", "{'session_id':'theirs'}"), "SessionLimitExceeded");
}

Test (sim_image, an_expired_session_of_nobody_goes_by_itself)
{
    claim (1, ME, 1, 1);
    claim (2, OTHER, 1, 1);
    result_of (1, "subscribe", "{'events':['session_expired']}");
    result_of (2, "create_session", "{'session_id':'theirs','timeout':10}");
    sim_image_disconnected (image, 2, now);
    cr_assert_lt (sim_image_deadline (image), STUI_NEVER);
    advance (300000);
    cr_assert (find (1, NULL));
    cr_assert_str_eq (json_get_text (last, "event"), "session_expired");
}

/* ---- events ------------------------------------------------------------------------------------ */

Test (sim_image, transcript_events_are_numbered_and_fetched_again)
{
    claim (1, ME, 1, 1);
    result_of (1, "subscribe", "{'events':['transcript']}");
    int number = request (1, "evaluate", "{'code':'Transcript showCr: #one'}");
    cr_assert (find (1, NULL));
    cr_assert_eq (json_get_number (last, "seq", 0), 1);
    cr_assert_str_eq (json_get_text (json_get (last, "data"), "text"), "one\n");
    cr_assert_eq (outbox.items[0].action, SIM_SEND_EVENT);
    cr_assert_not_null (strstr (outbox.items[1].text, id_of (number)), "events come first");
    sim_outbox_clear (&outbox);

    sim_image_disconnected (image, 1, now);
    claim (2, ME, 1, 2);
    result_of (2, "evaluate", "{'code':'Transcript showCr: #two'}");
    number = request (2, "subscribe", "{'events':['transcript'],'last_seq':1}");
    cr_assert (find (2, id_of (number)));
    cr_assert_eq (json_get_number (json_get (last, "result"), "oldest_seq", 0), 1);
    cr_assert_eq (json_get_number (json_get (last, "result"), "last_seq", 0), 2);
    cr_assert (find (2, NULL));
    cr_assert_eq (json_get_number (last, "seq", 0), 2);
    cr_assert_eq (outbox.count, 2);
}

Test (sim_image, says_that_it_ends)
{
    claim (1, ME, 1, 1);
    result_of (1, "subscribe", "{'events':['image_quitting']}");
    sim_image_quit (image, now, &outbox);
    cr_assert (find (1, NULL));
    cr_assert_str_eq (json_get_text (last, "event"), "image_quitting");
}

Test (sim_image, forgotten_clients_take_their_ids_along)
{
    claim (1, ME, 1, 1);
    int number = request (1, "evaluate", "{'code':'3'}");
    sim_outbox_clear (&outbox);
    sim_image_disconnected (image, 1, now);
    for (int i = 0; i < SIM_CLIENTS_MAX; i++) {
        char *client = stui_printf ("client-%d", i);
        claim ((uint64_t) (10 + i), client, 1, 1);
        free (client);
    }
    sim_image_disconnected (image, 10, now);
    claim (100, ME, 1, 2);
    cr_assert_str_eq (state_of (100, number), "forgotten");
}
