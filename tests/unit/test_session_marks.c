/* test_session_marks.c: no session is in conflict with a version of its own, whichever answer was lost and
 * whoever was killed; and what somebody else wrote still is one. */

#include "unit/session_fixture.h"

/* The next owner's, out of RECORD (taken over) as it was stored. */
static struct session *
next_owner (struct sessions *set, struct json *record)
{
    struct json *records = json_array ();
    json_push (records, record);
    sessions_load (set, "image", records);
    json_destroy (&records);
    set->orphan_after_ms = 900000;
    return sessions_find (set, SESSION_ID);
}

/* SESSION's record as it is stored just now. Caller owns. */
static struct json *
stored (struct session *session)
{
    struct json *record = session_save_begin (session, "image", "one");
    session_save_end (session, true, session->generation + 1, 0);
    return record;
}

/* Symptom (seed 158): a create lay unread in an image that was stopped; the session was closed, cleaned away,
 * brought back, opened and edited; then its first text, there by now, was somebody else's. */
Test (session_marks, what_a_late_create_left_there_is_no_conflict)
{
    struct sessions set = {0}, next = {0};
    struct session *session = session_start (&set, true);
    save (&set, 0);
    put (&set, SESSION_OP_CREATE);
    sessions_offline (&set, 50);
    sessions_close (&set, session, 100, 100);
    session = next_owner (&next, stored (session));
    sessions_open (&next, session, 200);
    edit (session, "{\"text\":2}", 300);
    save (&next, 1300);
    sessions_online (&next, false, 2000);
    put (&next, SESSION_OP_RESTORE); /* it is asked what it has before another is made */
    cr_assert_eq (answer (session, "{\"version\":1,\"session_state\":{\"text\":1}}", NULL),
                  SESSION_SETTLING);
    save (&next, 4000);
    put (&next, SESSION_OP_UPDATE);
    sessions_fini (&set);
    sessions_fini (&next);
}

/* Symptom (seed 76): while the disk took nothing a session was made on the image with a text that was not
 * stored; stui was killed, and the next one found it there as somebody else's. */
Test (session_marks, what_is_made_while_the_disk_takes_nothing_is_no_conflict_later)
{
    struct sessions set = {0}, next = {0};
    struct session *session = session_start (&set, false);
    struct json *record = stored (session);
    edit (session, "{\"text\":2}", 100);
    session->unsaved = true;
    sessions_online (&set, false, 200);
    session = sessions_due (&set);
    cr_assert_eq (session->due, SESSION_OP_CREATE);
    struct json *parameters = session_wire_begin (session, "client");
    char *text = json_print (json_get (parameters, "state_data"));
    cr_assert_str_eq (text, "{}", "what is not stored stays here");
    cr_assert_eq (answer (session, "{\"version\":1}", NULL), SESSION_IN_STEP);
    cr_assert_eq (session->state, STUI_SESSION_MODIFIED);
    session = next_owner (&next, record);
    sessions_online (&next, false, 6000);
    put (&next, SESSION_OP_RESTORE);
    cr_assert_eq (answer (session, "{\"version\":1,\"session_state\":{}}", NULL), SESSION_SETTLING);
    cr_assert_eq (session->due, SESSION_OP_UPDATE);
    free (text);
    json_destroy (&parameters);
    sessions_fini (&set);
    sessions_fini (&next);
}

/* The disk works again: the image gets what it was made without. */
Test (session_marks, one_that_was_made_empty_is_told_its_text_once_that_is_stored)
{
    struct sessions set = {0};
    struct session *session = session_start (&set, true);
    session->unsaved = true;
    put (&set, SESSION_OP_CREATE);
    cr_assert_eq (answer (session, "{\"version\":1}", NULL), SESSION_IN_STEP);
    cr_assert_null (sessions_due (&set));
    save (&set, 5000);
    session = sessions_due (&set);
    cr_assert_eq (session->due, SESSION_OP_UPDATE);
    struct json *parameters = session_wire_begin (session, "client");
    cr_assert_eq (json_get_number (json_get (parameters, "state_data"), "text", 0), 1);
    cr_assert_eq (answer (session, "{\"version\":2}", NULL), SESSION_IN_STEP);
    cr_assert_eq (session->state, STUI_SESSION_RESTORED);
    json_destroy (&parameters);
    sessions_fini (&set);
}

/* Symptom: three owners were killed after another, each once it had told the image its text and before it
 * could store that it had; the text of the second was somebody else's for the fourth. */
Test (session_marks, what_any_of_several_killed_owners_told_is_no_conflict)
{
    struct sessions sets[4] = {{0}};
    struct session *session = session_in_step (&sets[0]);
    struct json *record = stored (session);
    for (int owner = 1; owner < 3; owner++) {
        char patch[32];
        snprintf (patch, sizeof patch, "{\"text\":%d}", owner + 1);
        session = next_owner (&sets[owner], record);
        edit (session, patch, 100);
        record = stored (session);
        sessions_online (&sets[owner], false, 200);
        put (&sets[owner], SESSION_OP_RESTORE);
        cr_assert_eq (answer (session, NULL, "SessionNotFound"), SESSION_SETTLING);
        json_destroy (&record);
        record = stored (session);
        put (&sets[owner], SESSION_OP_CREATE); /* and it is killed */
    }
    session = next_owner (&sets[3], record);
    edit (session, "{\"text\":9}", 100);
    sessions_online (&sets[3], false, 200);
    put (&sets[3], SESSION_OP_RESTORE);
    cr_assert_eq (answer (session, "{\"version\":2,\"session_state\":{\"text\":3}}", NULL),
                  SESSION_SETTLING);
    for (int owner = 0; owner < 4; owner++)
        sessions_fini (&sets[owner]);
}

/* Symptom: an image was started from an older save, whose numbers are higher than those of a session that
 * was made anew since: its text of then was somebody else's. */
Test (session_marks, what_an_older_save_has_is_no_conflict_though_its_number_is_higher)
{
    struct sessions set = {0}, next = {0};
    struct session *session = session_in_step (&set);
    edit (session, "{\"text\":2}", 3000);
    save (&set, 4000);
    put (&set, SESSION_OP_UPDATE);
    cr_assert_eq (answer (session, "{\"version\":1}", NULL), SESSION_IN_STEP, "made anew");
    session = next_owner (&next, stored (session));
    sessions_online (&next, false, 6000);
    put (&next, SESSION_OP_RESTORE);
    cr_assert_eq (answer (session, "{\"version\":7,\"session_state\":{\"text\":1}}", NULL),
                  SESSION_SETTLING);
    sessions_fini (&set);
    sessions_fini (&next);
}

/* The oldest goes, so that a record stays small. */
Test (session_marks, a_record_has_the_newest_of_them)
{
    struct sessions set = {0}, next = {0};
    struct session *session = session_start (&set, true);
    for (int text = 0; text <= SESSION_MARKS; text++) {
        char state[32];
        snprintf (state, sizeof state, "{\"text\":%d}", 100 + text % SESSION_MARKS);
        struct json *json = json_parse_text (state);
        session_marks_add (session, json); /* the last one is the first again */
        json_destroy (&json);
    }
    session = next_owner (&next, stored (session));
    struct json *first = json_parse_text ("{\"text\":100}"),
                *second = json_parse_text ("{\"text\":101}"),
                *never = json_parse_text ("{\"text\":99}");
    cr_assert (session_marks_have (session, first));
    cr_assert_not (session_marks_have (session, second), "the oldest went for what is stored here");
    cr_assert_not (session_marks_have (session, never));
    cr_assert_not (session_marks_have (session, NULL));
    json_destroy (&first);
    json_destroy (&second);
    json_destroy (&never);
    sessions_fini (&set);
    sessions_fini (&next);
}
