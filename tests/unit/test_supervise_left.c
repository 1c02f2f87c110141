/* test_supervise_left.c: what other clients have left on an image: listed, adopted where the image hands
 * it over, copied where it does not, and never where that cannot be kept. */

#include "unit/supervise_fixture.h"

#define LEFT "0199c82c-0000-7000-8000-0000000000ee"

static const char handing[] = "{\"image_id\":\"" IMAGE "\",\"boot_id\":\"boot\",\"capabilities\":["
                              "\"hello\",\"adopt_session\"]}";

static void
begin (void)
{
    setup ();
    go_online ();
    free (self.hello);
    self.hello = stui_strdup (handing);
    forget ();
}

TestSuite (supervise_left, .init = begin, .fini = teardown);

/* What the image says of the session that was left. */
#define STATE "{\"session_id\":\"" LEFT "\",\"client_id\":\"gone\",\"name\":\"old\",\"version\":3,"
#define WITH  STATE "\"created_at\":\"2026-01-31T10:30:00.123Z\",\"session_state\":{\"a\":1}}"

static void
adopt (void)
{
    tell (msg_new (TERMINAL, MSG_SESSION_ADOPT, UINT64_C (3), LEFT));
}

/* The answer of the terminal, as an object that the caller owns. */
static struct json *
answered (void)
{
    const struct msg *said = sent_find (MSG_OK, TERMINAL);
    cr_assert_not_null (said);
    return json_parse_text (msg_text (said, 0));
}

Test (supervise_left, the_list_says_whose_each_is_and_what_can_be_adopted)
{
    tell (msg_new (TERMINAL, MSG_SESSION_LEFT, UINT64_C (3)));
    reply ("list_image_sessions",
           "{\"sessions\":[{\"session_id\":\"one\",\"client_id\":\"C\",\"is_orphaned\":false},"
           "{\"session_id\":\"two\",\"client_id\":\"gone\",\"is_orphaned\":true,"
           "\"is_expired\":true,\"context_bytes\":7},"
           "{\"session_id\":\"three\",\"client_id\":\"there\",\"is_orphaned\":false},{\"a\":1}]}",
           NULL);
    struct json *list = answered ();
    const struct json *rows = json_get (list, "sessions");
    static const char *const states[] = {"ours", "orphaned", "in use"};
    static const bool adoptable[] = {true, true, false};
    cr_assert_eq (json_count (rows), 3);
    for (size_t at = 0; at < 3; at++) {
        cr_assert_str_eq (json_get_text (json_at (rows, at), "state"), states[at]);
        cr_assert_eq (json_get_bool (json_at (rows, at), "adoptable", false), adoptable[at]);
    }
    cr_assert (strstr (json_get_text (json_at (rows, 0), "why"), "keeps it no more"));
    cr_assert (strstr (json_get_text (json_at (rows, 1), "why"), "expired"));
    cr_assert_eq (json_get_number (json_at (rows, 1), "bytes", 0), 7);
    cr_assert_eq (json_get_number (list, "orphaned", 0), 2);
    json_destroy (&list);
}

Test (supervise_left, what_is_handed_over_is_stored_and_open_under_its_id)
{
    adopt ();
    reply ("restore_session", WITH, NULL);
    cr_assert_eq (self.sessions.count, 0, "nothing before the image has handed it over");
    reply ("adopt_session", WITH, NULL);
    const struct session *session = sessions_find (&self.sessions, LEFT);
    cr_assert_not_null (session);
    cr_assert_null (sent_find (MSG_OK, TERMINAL), "it is not stored yet");
    answer (MSG_SESSION_SAVE, "{\"generation\":1}");
    struct json *said = answered ();
    cr_assert_str_eq (json_get_text (said, "state"), "restored");
    cr_assert_str_eq (json_get_text (said, "name"), "old");
    json_destroy (&said);
    char *updated = wire_find ("update_session_state");
    cr_assert_null (updated, "the image has it as it is");
    cr_assert_eq (session->version, 3);
}

Test (supervise_left, its_client_is_back_meanwhile_nothing_is_kept)
{
    adopt ();
    reply ("restore_session", WITH, NULL);
    reply ("adopt_session", NULL, "PermissionDenied");
    assert_refused ("PermissionDenied");
    cr_assert_eq (self.sessions.count, 0);
}

Test (supervise_left, an_image_that_hands_nothing_over_keeps_the_old_one_and_a_copy_is_made)
{
    free (self.hello);
    self.hello = stui_strdup ("{\"capabilities\":[\"hello\"]}");
    adopt ();
    reply ("restore_session", WITH, NULL);
    cr_assert_null (wire_find ("adopt_session"));
    cr_assert_eq (self.sessions.count, 1);
    cr_assert_str_neq (self.sessions.items[0]->id, LEFT);
    reply ("restore_session", NULL, "SessionNotFound");
    answer (MSG_SESSION_SAVE, "{\"generation\":1}"); /* it is made there once it is kept here */
    reply ("create_session", "{\"version\":1}", NULL);
    cr_assert_null (wire_find ("close_session"));
    struct json *said = answered ();
    cr_assert_str_eq (json_get_text (said, "state"), "restored");
    json_destroy (&said);
}

Test (supervise_left, what_cannot_be_kept_stays_on_the_image)
{
    static const char *const states[] = {"[1]", "{\"workspace\":7}", "{\"workspace\":{\"text\":7}}",
                                         "{\"history\":\"3\"}"};
    for (size_t at = 0; at < sizeof states / sizeof *states; at++) {
        char *result = stui_printf (STATE "\"session_state\":%s}", states[at]);
        adopt ();
        reply ("restore_session", result, NULL);
        assert_refused ("InvalidRequest");
        cr_assert_null (wire_find ("adopt_session"));
        forget ();
        free (result);
    }
}

/* Symptom: a session whose client keeps its history or its cursor in a form of its own was not adopted. */
Test (supervise_left, what_another_client_wrote_in_its_own_form_is_adopted_as_it_is)
{
    static const char state[] =
        STATE "\"session_state\":{\"history\":[{\"code\":\"3 + 4\"}],"
              "\"workspace\":{\"text\":\"x\",\"cursor\":{\"line\":1}},\"view\":\"own\"}}";
    adopt ();
    reply ("restore_session", state, NULL);
    reply ("adopt_session", state, NULL);
    const struct session *session = sessions_find (&self.sessions, LEFT);
    cr_assert_not_null (session);
    struct json *left = json_parse_text (state);
    cr_assert (json_equal (session->context, json_get (left, "session_state")));
    json_destroy (&left);
}

Test (supervise_left, one_that_is_ours_and_known_is_refused)
{
    adopt ();
    reply ("restore_session", WITH, NULL);
    reply ("adopt_session", WITH, NULL);
    forget ();
    adopt ();
    reply ("restore_session", "{\"session_id\":\"" LEFT "\",\"client_id\":\"c\",\"name\":\"old\"}",
           NULL);
    assert_refused ("AlreadyExists");
}

Test (supervise_left, a_name_that_is_too_long_is_cut_and_an_odd_id_is_mapped)
{
    char *long_name = stui_alloc (400);
    memset (long_name, 'n', 399);
    char *result = stui_printf ("{\"session_id\":\"odd\",\"client_id\":\"gone\",\"name\":\"%s\","
                                "\"session_state\":{}}",
                                long_name);
    adopt ();
    reply ("restore_session", result, NULL);
    reply ("adopt_session", result, NULL);
    cr_assert_eq (strlen (self.sessions.items[0]->name), SESSION_NAME_MAX);
    cr_assert_str_eq (self.sessions.items[0]->remote_id, "odd");
    free (result);
    free (long_name);
}

Test (supervise_left, an_image_that_is_away_is_not_waited_for)
{
    supervise_link (&self, SUPERVISE_LINK_CLOSED, STUI_TROUBLE_CLOSED, "cut", now ());
    adopt ();
    supervise_time (&self, now ());
    assert_refused ("Unreachable");
}

/* Symptom: a session that another client had left with a state nested as deep as a message may be was adopted, and
 * then neither it nor any other session of the image could be read from the store. */
Test (supervise_left, a_state_nested_too_deep_to_be_stored_is_not_adopted)
{
    static const int levels[] = {SESSION_DEPTH_MAX, SESSION_DEPTH_MAX - 1};
    char opened[STUI_JSON_DEPTH], closed[STUI_JSON_DEPTH];
    memset (opened, '[', sizeof opened);
    memset (closed, ']', sizeof closed);
    for (size_t index = 0; index < sizeof levels / sizeof *levels; index++) {
        char *state = stui_printf (STATE "\"session_state\":{\"a\":%.*s%.*s}}", levels[index],
                                   opened, levels[index], closed);
        forget ();
        adopt ();
        reply ("restore_session", state, NULL);
        const struct msg *error = sent_find (MSG_ERROR, TERMINAL);
        cr_assert_eq (error != NULL, index == 0, "%d levels", levels[index] + 1);
        cr_assert (!error || strstr (msg_text (error, 1), "nested deeper"));
        free (state);
    }
}
