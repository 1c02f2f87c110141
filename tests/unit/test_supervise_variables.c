/* test_supervise_variables.c: what the variables of a session are is asked for after code ran in it, and kept;
 * and in which session code runs when none is named. */

#include "unit/supervise_fixture.h"

TestSuite (supervise_variables, .init = setup, .fini = teardown);

#define ABLE "\"capabilities\":[\"evaluate\",\"list_variables\"]"

static char id[STUI_UUID_LEN + 1];

/* An image that says MORE of itself, and a session in it. */
static void
begin (const char *more)
{
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
    come ("boot", more);
    answer (MSG_SESSIONS_LOAD, "{\"sessions\":[],\"damaged\":0}");
    tell (msg_new (TERMINAL, MSG_SESSION_NEW, UINT64_C (1), "work", "{}"));
    memcpy (id, self.sessions.items[0]->id, sizeof id);
    answer (MSG_SESSION_SAVE, "{\"generation\":1}");
    reply ("create_session", "{\"version\":1}", NULL);
    forget ();
}

/* Code runs in session WHICH. */
static void
run_in (const char *which)
{
    char *parameters = stui_printf ("{\"code\":\"x := 7\",\"session_id\":\"%s\"}", which);
    tell (msg_new (TERMINAL, MSG_COMMAND, UINT64_C (9), "evaluate", parameters, (uint64_t) 60000,
                   "tag"));
    free (parameters);
    reply ("evaluate", "{\"result\":\"7\"}", NULL);
}

/* The store takes all that it is handed. */
static void
saved (void)
{
    while (sent_find (MSG_SESSION_SAVE, NULL))
        answer (MSG_SESSION_SAVE, "{\"generation\":2}");
}

static bool
is_asked (void)
{
    char *wire = wire_find ("list_variables");
    bool asked = wire != NULL;
    free (wire);
    return asked;
}

/* Symptom: nothing wrote down what the variables of a session were. */
Test (supervise_variables, what_they_are_is_kept_after_code_ran)
{
    begin (ABLE);
    cr_assert_not (is_asked (), "nothing ran so far");
    run_in (id);
    reply ("list_variables",
           "{\"variables\":[{\"name\":\"x\",\"value\":\"7\",\"class\":\"SmallInteger\"}],"
           "\"total_count\":1}",
           NULL);
    struct session *session = self.sessions.items[0];
    struct json *shown = session_to_json (session, &self.sessions, "one", true);
    const struct json *one = json_first (json_get (json_get (shown, "variables"), "list"));
    cr_assert_str_eq (json_get_text (one, "name"), "x");
    cr_assert_str_eq (json_get_text (one, "value"), "7");
    json_destroy (&shown);
    struct json *record = session_save_begin (session, IMAGE, "one");
    cr_assert_not_null (json_get (record, "variables"));
    json_destroy (&record);
}

Test (supervise_variables, they_are_asked_for_twice_a_second_at_most)
{
    begin (ABLE);
    run_in (id);
    reply ("list_variables", "{\"variables\":[],\"total_count\":0}", NULL);
    forget ();
    run_in (id);
    cr_assert_not (is_asked ());
    now_ms += SESSION_VARIABLES_EVERY_MS;
    supervise_time (&self, now ());
    cr_assert (is_asked ());
}

Test (supervise_variables, one_that_did_not_answer_before_a_cut_is_asked_again)
{
    begin (ABLE);
    run_in (id);
    cr_assert (is_asked ());
    forget ();
    cut ();
    come ("boot", ABLE);
    reply ("restore_session", "{\"version\":1,\"session_state\":{}}", NULL);
    now_ms += SESSION_VARIABLES_EVERY_MS;
    supervise_time (&self, now ());
    cr_assert (is_asked ());
}

/* Symptom: a session that was put back on a new image said nothing of what its variables had been. */
Test (supervise_variables, one_that_is_made_anew_keeps_what_they_were)
{
    begin (ABLE);
    run_in (id);
    reply ("list_variables", "{\"variables\":[{\"name\":\"x\",\"value\":\"7\"}]}", NULL);
    saved ();
    forget ();
    cut ();
    come ("another boot", ABLE);
    reply ("restore_session", NULL, "SessionNotFound");
    saved ();
    reply ("create_session", "{\"version\":1}", NULL);
    now_ms += SESSION_VARIABLES_EVERY_MS;
    supervise_time (&self, now ());
    cr_assert_not (is_asked ());
    cr_assert_eq (json_count (json_get (self.sessions.items[0]->variables, "list")), 1);
}

Test (supervise_variables, an_image_that_cannot_tell_them_is_not_asked)
{
    begin ("\"capabilities\":[\"evaluate\",\"session_variables\"]");
    run_in (id);
    cr_assert_not (is_asked ());
}

/* Symptom: the session that was chosen by `session switch` was in no backup, and what closed it left the choice
 * pointing at nothing. */
Test (supervise_variables, code_without_a_session_runs_in_the_current_one_until_that_is_closed)
{
    begin (ABLE);
    run_in (MSG_SESSION_CURRENT);
    cr_assert_eq (self.sessions.items[0]->evaluations, 0, "none is current");
    tell (msg_new (TERMINAL, MSG_SESSION_SET, UINT64_C (3), id, "{\"current\":true}"));
    run_in (MSG_SESSION_CURRENT);
    cr_assert_eq (self.sessions.items[0]->evaluations, 1);
    struct json *record = session_save_begin (self.sessions.items[0], IMAGE, "one");
    cr_assert (json_get_bool (record, "current", false));
    json_destroy (&record);
    tell (msg_new (TERMINAL, MSG_SESSION_CLOSE, UINT64_C (4), id, UINT64_C (0),
                   "stui session close"));
    forget ();
    run_in (MSG_SESSION_CURRENT);
    cr_assert_eq (self.sessions.items[0]->evaluations, 1);
    tell (msg_new (TERMINAL, MSG_SESSION_SET, UINT64_C (5), id, "{\"current\":true}"));
    assert_refused ("InvalidRequest");
}
