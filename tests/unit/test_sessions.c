/* test_sessions.c: a session set under a clock that the test turns, and an image that the test
 * plays. */

#include "unit/session_fixture.h"

#include "runtime/alloc.h"

Test (sessions, a_new_one_is_saved_at_once)
{
    struct sessions set = {0};
    struct session *session = session_start (&set, false);
    cr_assert_eq (sessions_save_due (&set, 0), session);
    cr_assert_eq (sessions_deadline (&set), 0);
    save (&set, 0);
    cr_assert (sessions_all_saved (&set));
    cr_assert_eq (sessions_deadline (&set), STUI_NEVER);
    sessions_fini (&set);
}

Test (sessions, typing_is_saved_after_a_pause_or_two_seconds)
{
    struct sessions set = {0};
    struct session *session = session_start (&set, false);
    save (&set, 0);
    edit (session, "{\"text\":2}", 10000);
    cr_assert_null (sessions_save_due (&set, 10999));
    cr_assert_eq (sessions_save_due (&set, 11000), session);
    for (int64_t at = 10500; at < 12000; at += 500)
        edit (session, "{\"text\":3}", at);
    cr_assert_eq (sessions_deadline (&set), 12000);
    sessions_fini (&set);
}

/* Symptom: under typing, after a save that took long, the stored text was up to 3.5 s old. */
Test (sessions, what_was_typed_first_during_a_long_save_waits_no_longer_than_else)
{
    struct sessions set = {0};
    struct session *session = session_start (&set, false);
    struct json *record = session_save_begin (session, "image", "one");
    json_destroy (&record);
    edit (session, "{\"text\":2}", 100);
    edit (session, "{\"text\":3}", 1400);
    session_save_end (session, true, 1, 1500);
    cr_assert_eq (sessions_deadline (&set), 2100);
    sessions_fini (&set);
}

Test (sessions, one_save_is_on_its_way_at_a_time)
{
    struct sessions set = {0};
    struct session *session = session_start (&set, false);
    struct json *record = session_save_begin (session, "image", "one");
    json_destroy (&record);
    edit (session, "{\"text\":2}", 100);
    cr_assert_null (sessions_save_due (&set, 99999));
    session_save_end (session, true, 1, 200);
    cr_assert_not (sessions_all_saved (&set));
    cr_assert_eq (sessions_save_due (&set, 99999), session);
    sessions_fini (&set);
}

Test (sessions, a_failed_save_is_tried_again)
{
    struct sessions set = {0};
    struct session *session = session_start (&set, false);
    struct json *record = session_save_begin (session, "image", "one");
    json_destroy (&record);
    session_save_end (session, false, 0, 500);
    cr_assert_null (sessions_save_due (&set, 500));
    cr_assert_eq (sessions_save_due (&set, 1500), session);
    sessions_fini (&set);
}

Test (sessions, the_image_is_told_only_what_is_saved)
{
    struct sessions set = {0};
    struct session *session = session_in_step (&set);
    edit (session, "{\"text\":2}", 3000);
    cr_assert_null (sessions_due (&set));
    save (&set, 4000);
    edit (session, "{\"text\":3}", 4001);
    cr_assert_null (sessions_due (&set), "it would tell text 3, which is not saved");
    save (&set, 6000);
    put (&set, SESSION_OP_UPDATE);
    sessions_fini (&set);
}

Test (sessions, an_image_that_comes_back_without_it_gets_it_again)
{
    struct sessions set = {0};
    struct session *session = session_in_step (&set);
    sessions_offline (&set, 5000);
    cr_assert_eq (session->state, STUI_SESSION_PRESERVED);
    sessions_online (&set, false, 6000);
    put (&set, SESSION_OP_RESTORE);
    cr_assert_eq (answer (session, NULL, "SessionNotFound"), SESSION_SETTLING);
    save (&set, 6000);
    put (&set, SESSION_OP_CREATE);
    cr_assert_eq (answer (session, "{\"version\":1}", NULL), SESSION_RECREATED);
    cr_assert_eq (session->state, STUI_SESSION_RESTORED);
    sessions_fini (&set);
}

Test (sessions, what_somebody_else_wrote_is_a_conflict_and_stays)
{
    struct sessions set = {0};
    struct session *session = session_in_step (&set);
    sessions_offline (&set, 5000);
    sessions_online (&set, false, 6000);
    put (&set, SESSION_OP_RESTORE);
    cr_assert_eq (answer (session, "{\"version\":2,\"session_state\":{\"text\":9}}", NULL),
                  SESSION_CONFLICT);
    cr_assert_eq (session->state, STUI_SESSION_FAILED);
    edit (session, "{\"text\":2}", 7000);
    save (&set, 9000);
    cr_assert_null (sessions_due (&set));
    sessions_fini (&set);
}

Test (sessions, an_image_without_versions_conflicts_by_its_time)
{
    struct sessions set = {0};
    struct session *session = session_in_step (&set);
    edit (session, "{\"text\":2}", 3000);
    save (&set, 4000);
    put (&set, SESSION_OP_UPDATE);
    answer (session, "{\"last_modified\":\"2026-01-31T10:30:00.000Z\"}", NULL);
    sessions_offline (&set, 5000);
    sessions_online (&set, true, 6000);
    put (&set, SESSION_OP_RESTORE);
    cr_assert_eq (answer (session,
                          "{\"last_modified\":\"2026-01-31T11:00:00.000Z\","
                          "\"session_state\":{\"text\":9}}",
                          NULL),
                  SESSION_CONFLICT);
    sessions_fini (&set);
}

/* Symptom: after a cut the user's own text was reported as somebody else's. */
Test (sessions, an_update_whose_answer_was_lost_is_no_conflict)
{
    struct sessions set = {0};
    struct session *session = session_in_step (&set);
    edit (session, "{\"text\":2}", 3000);
    save (&set, 4000);
    put (&set, SESSION_OP_UPDATE); /* carried out; the link goes before the answer */
    sessions_offline (&set, 5000);
    edit (session, "{\"text\":3}", 5000);
    sessions_online (&set, false, 6000);
    put (&set, SESSION_OP_RESTORE);
    cr_assert_eq (answer (session, "{\"version\":2,\"session_state\":{\"text\":2}}", NULL),
                  SESSION_SETTLING);
    save (&set, 9000);
    put (&set, SESSION_OP_UPDATE);
    sessions_fini (&set);
}

/* Symptom: the same, after stui itself had been killed in between. */
Test (sessions, an_update_of_an_earlier_run_is_no_conflict)
{
    struct sessions set = {0}, next = {0};
    struct session *session = session_in_step (&set);
    edit (session, "{\"text\":2}", 3000);
    save (&set, 4000);
    put (&set, SESSION_OP_UPDATE);
    edit (session, "{\"text\":3}", 4100);
    struct json *records = json_array ();
    json_push (records, session_save_begin (session, "image", "one"));
    sessions_load (&next, "image", records);
    json_destroy (&records);
    sessions_online (&next, false, 6000);
    put (&next, SESSION_OP_RESTORE);
    cr_assert_eq (answer (sessions_find (&next, SESSION_ID),
                          "{\"version\":2,\"session_state\":{\"text\":2}}", NULL),
                  SESSION_SETTLING);
    sessions_fini (&set);
    sessions_fini (&next);
}

/* Symptom: an image that was killed and started from an older save was "restored", its variables those
 * of then. */
Test (sessions, what_an_older_save_has_is_told_from_what_was_restored)
{
    struct sessions set = {0};
    struct session *session = session_in_step (&set);
    edit (session, "{\"text\":2}", 3000);
    save (&set, 4000);
    put (&set, SESSION_OP_UPDATE);
    cr_assert_eq (answer (session, "{\"version\":2}", NULL), SESSION_IN_STEP);
    save (&set, 9000);
    sessions_offline (&set, 9000);
    sessions_online (&set, false, 9500);
    put (&set, SESSION_OP_RESTORE);
    cr_assert_eq (answer (session,
                          "{\"version\":1,\"last_modified\":\"2026-01-31T10:30:00.000Z\","
                          "\"session_state\":{\"text\":1}}",
                          NULL),
                  SESSION_OLDER);
    cr_assert_str_eq (session->as_of, "2026-01-31T10:30:00.000Z");
    save (&set, 9999);
    put (&set, SESSION_OP_UPDATE);
    sessions_fini (&set);
}

/* Symptom: the owner was killed while a user typed, and its own version on the image was a conflict: the
 * terminal had typed on before the image said what it had. */
Test (sessions, what_a_killed_owner_told_the_image_last_is_no_conflict)
{
    struct sessions set = {0}, next = {0}, third = {0};
    struct session *session = session_in_step (&set);
    edit (session, "{\"text\":2}", 3000);
    struct json *records = json_array (), *later = json_array ();
    json_push (records, session_save_begin (session, "image", "one"));
    session_save_end (session, true, 2, 4000);
    put (&set, SESSION_OP_UPDATE); /* version 2, and it is killed */
    sessions_load (&next, "image", records);
    session = sessions_find (&next, SESSION_ID);
    edit (session, "{\"text\":3}", 5000);
    sessions_online (&next, false, 6000);
    put (&next, SESSION_OP_RESTORE);
    json_push (later, session_save_begin (session, "image", "one")); /* and the next one too */
    sessions_load (&third, "image", later);
    session = sessions_find (&third, SESSION_ID);
    edit (session, "{\"text\":4}", 7000);
    sessions_online (&third, false, 8000);
    put (&third, SESSION_OP_RESTORE);
    cr_assert_eq (answer (session, "{\"version\":2,\"session_state\":{\"text\":2}}", NULL),
                  SESSION_SETTLING);
    cr_assert_eq (json_get_number (session->context, "text", 0), 4, "typed last, and told next");
    save (&third, 9999);
    put (&third, SESSION_OP_UPDATE);
    json_destroy (&records);
    json_destroy (&later);
    sessions_fini (&set);
    sessions_fini (&next);
    sessions_fini (&third);
}

/* Symptom: the same with an image whose objects keep no order. */
Test (sessions, what_an_image_gives_back_in_another_order_is_no_conflict)
{
    struct sessions set = {0};
    struct session *session = session_in_step (&set);
    edit (session, "{\"a\":{\"x\":1,\"y\":[2,3]},\"b\":null}", 3000);
    save (&set, 4000);
    put (&set, SESSION_OP_UPDATE);
    edit (session, "{\"text\":2}", 4001);
    sessions_offline (&set, 5000);
    save (&set, 5000);
    sessions_online (&set, false, 6000);
    put (&set, SESSION_OP_RESTORE);
    cr_assert_eq (answer (session,
                          "{\"version\":2,\"session_state\":{\"b\":null,\"a\":{\"y\":[2,3],"
                          "\"x\":1},\"text\":1}}",
                          NULL),
                  SESSION_SETTLING);
    sessions_fini (&set);
}

/* A killed owner's records must not make what somebody else wrote ours. */
Test (sessions, what_no_owner_stored_is_a_conflict_after_a_start)
{
    struct sessions set = {0}, next = {0};
    struct session *session = session_in_step (&set);
    edit (session, "{\"text\":2}", 3000);
    struct json *records = json_array ();
    json_push (records, session_save_begin (session, "image", "one"));
    sessions_load (&next, "image", records);
    sessions_online (&next, false, 6000);
    put (&next, SESSION_OP_RESTORE);
    cr_assert_eq (answer (sessions_find (&next, SESSION_ID),
                          "{\"version\":2,\"session_state\":{\"text\":9}}", NULL),
                  SESSION_CONFLICT);
    json_destroy (&records);
    sessions_fini (&set);
    sessions_fini (&next);
}

/* Symptom: a session was "restored" and not open, and stayed on the image for ever. */
Test (sessions, one_closed_while_its_create_is_on_the_wire_is_closed_there_too)
{
    struct sessions set = {0};
    struct session *session = session_start (&set, true);
    save (&set, 0);
    put (&set, SESSION_OP_CREATE);
    sessions_close (&set, session, 100, 100);
    cr_assert_eq (answer (session, "{\"version\":1}", NULL), SESSION_SETTLING);
    cr_assert_eq (session->state, STUI_SESSION_CLOSED);
    put (&set, SESSION_OP_CLOSE);
    cr_assert_eq (answer (session, "{\"closed\":true}", NULL), SESSION_GONE);
    cr_assert_null (sessions_due (&set));
    sessions_fini (&set);
}

/* Symptom: the answer to a create was lost, the session closed meanwhile: it stayed there. */
Test (sessions, one_that_may_be_there_is_closed_there)
{
    struct sessions set = {0};
    struct session *session = session_start (&set, true);
    save (&set, 0);
    put (&set, SESSION_OP_CREATE);
    sessions_offline (&set, 50);
    sessions_close (&set, session, 100, 100);
    sessions_online (&set, false, 200);
    put (&set, SESSION_OP_CLOSE);
    cr_assert_eq (answer (session, NULL, "SessionNotFound"), SESSION_GONE);
    cr_assert_null (sessions_due (&set));
    sessions_fini (&set);
}

/* Symptom: the supervisor's timer spun until a REP image had answered. */
Test (sessions, a_renewal_on_the_wire_is_not_due_again)
{
    struct sessions set = {0};
    struct session *session = session_in_step (&set);
    set.renew = true;
    cr_assert_eq (session->lease_ms, 30000);
    int64_t due_ms = sessions_deadline (&set);
    cr_assert_eq (due_ms, 10000);
    sessions_tick (&set, due_ms);
    cr_assert_gt (sessions_deadline (&set), due_ms);
    put (&set, SESSION_OP_UPDATE);
    cr_assert_gt (sessions_deadline (&set), due_ms);
    sessions_fini (&set);
}

/* Symptom: an image that refused an update was asked again as fast as it could answer. */
Test (sessions, a_refused_update_waits_for_the_next_edit)
{
    struct sessions set = {0};
    struct session *session = session_in_step (&set);
    edit (session, "{\"text\":2}", 3000);
    save (&set, 4000);
    put (&set, SESSION_OP_UPDATE);
    cr_assert_eq (answer (session, NULL, "InternalError"), SESSION_REFUSED);
    cr_assert_null (sessions_due (&set));
    edit (session, "{\"text\":3}", 5000);
    save (&set, 6000);
    put (&set, SESSION_OP_UPDATE);
    cr_assert_eq (session->state, STUI_SESSION_MODIFIED);
    sessions_fini (&set);
}

Test (sessions, a_failed_one_is_tried_again_when_it_is_opened)
{
    struct sessions set = {0};
    struct session *session = session_start (&set, true);
    save (&set, 0);
    put (&set, SESSION_OP_CREATE);
    cr_assert_eq (answer (session, NULL, "SessionError"), SESSION_REFUSED);
    cr_assert_null (sessions_due (&set));
    sessions_open (&set, session, 100);
    put (&set, SESSION_OP_RESTORE);
    sessions_fini (&set);
}

Test (sessions, one_gives_its_place_only_when_nobody_edits_it_and_once_it_is_stored)
{
    struct sessions set = {0};
    struct session *session = session_in_step (&set);
    cr_assert (session_may_give_place (session, 5000));
    session_hold (session, "terminal", 5000);
    cr_assert_not (session_may_give_place (session, 7000), "it is being edited");
    cr_assert (session_may_give_place (session, 5000 + SESSION_LEASE_MS));
    edit (session, "{\"text\":2}", 30000);
    session_give_place (session, 30000);
    cr_assert_null (sessions_due (&set), "the image has what nobody else has");
    save (&set, 30000);
    put (&set, SESSION_OP_CLOSE);
    sessions_fini (&set);
}

Test (sessions, a_fresh_start_stores_what_is_open_and_closes_nothing)
{
    struct sessions set = {0};
    struct session *session = session_in_step (&set);
    sessions_offline (&set, 3000);
    save (&set, 3000);
    cr_assert_eq (sessions_store_open (&set, 4000), 1);
    cr_assert_eq (session->state, STUI_SESSION_STORED);
    save (&set, 4000);
    sessions_online (&set, false, 5000);
    cr_assert_null (sessions_due (&set), "the image keeps it, variables and all");
    sessions_open (&set, session, 6000);
    save (&set, 6000);
    put (&set, SESSION_OP_RESTORE);
    sessions_fini (&set);
}

Test (sessions, what_a_fresh_start_left_on_the_image_gives_its_place_first)
{
    struct sessions set = {0};
    struct session *left = session_in_step (&set);
    sessions_store_open (&set, 4000);
    struct session *used =
        sessions_new (&set, "0199c82c-0000-7000-8000-000000000002", "six", NULL, 9000, 0);
    cr_assert (session_may_give_place (left, 9000));
    cr_assert (session_is_older (left, used));
    cr_assert_not (session_is_older (used, left));
    session_give_place (left, 9000);
    cr_assert_not (session_may_give_place (left, 9000), "its close is on its way");
    sessions_fini (&set);
}

Test (sessions, the_close_of_one_goes_before_the_create_that_it_makes_place_for)
{
    struct sessions set = {0};
    struct session *oldest = session_in_step (&set);
    struct session *newest =
        sessions_new (&set, "0199c82c-0000-7000-8000-000000000002", "six", NULL, 9000, 0);
    save (&set, 9000);
    put (&set, SESSION_OP_CREATE);
    cr_assert (session_is_older (oldest, newest));
    cr_assert_eq (answer (newest, NULL, "SessionLimitExceeded"), SESSION_CROWDED);
    session_give_place (oldest, 9000);
    cr_assert_eq (oldest->state, STUI_SESSION_STORED);
    save (&set, 9000);
    put (&set, SESSION_OP_CLOSE);
    cr_assert_null (sessions_due (&set), "the place is not free yet");
    cr_assert_eq (answer (oldest, "{\"closed\":true}", NULL), SESSION_GONE);
    put (&set, SESSION_OP_CREATE);
    cr_assert_eq (answer (newest, "{\"version\":1}", NULL), SESSION_IN_STEP);
    cr_assert_eq (oldest->state, STUI_SESSION_STORED, "it can be opened again");
    sessions_fini (&set);
}

/* Symptom: an image whose answer to a restore cannot be read was asked again at every reconnection,
 * for ever. */
Test (sessions, a_restore_whose_answer_cannot_be_read_is_not_asked_for_without_end)
{
    struct sessions set = {0};
    struct session *session = session_in_step (&set);
    for (int times = 0; times < SESSION_GARBLED_MAX; times++) {
        sessions_offline (&set, 5000);
        sessions_online (&set, false, 6000);
        save (&set, 6000);
        put (&set, SESSION_OP_RESTORE);
        sessions_garbled (&set);
    }
    sessions_offline (&set, 7000);
    sessions_online (&set, false, 8000);
    cr_assert_null (sessions_due (&set));
    cr_assert_eq (session->state, STUI_SESSION_FAILED);
    cr_assert_str_not_empty (session->reason);
    sessions_open (&set, session, 9000);
    save (&set, 9000);
    put (&set, SESSION_OP_RESTORE);
    sessions_fini (&set);
}

/* Symptom: a session was shown as fresh for ever, although the image had it. */
Test (sessions, one_that_the_image_has_is_restored_and_no_longer_fresh)
{
    struct sessions set = {0};
    struct session *session = session_start (&set, true);
    cr_assert_eq (session->state, STUI_SESSION_FRESH);
    save (&set, 0);
    put (&set, SESSION_OP_CREATE);
    cr_assert_eq (session->state, STUI_SESSION_FRESH);
    answer (session, "{\"version\":1}", NULL);
    cr_assert_eq (session->state, STUI_SESSION_RESTORED);
    sessions_fini (&set);
}

Test (sessions, edits_that_the_image_has_not_been_told_are_modified_until_it_was)
{
    struct sessions set = {0};
    struct session *session = session_start (&set, true);
    save (&set, 0);
    put (&set, SESSION_OP_CREATE);
    edit (session, "{\"text\":2}", 100);
    answer (session, "{\"version\":1}", NULL);
    cr_assert_eq (session->state, STUI_SESSION_MODIFIED);
    save (&set, 5000);
    put (&set, SESSION_OP_UPDATE);
    edit (session, "{\"text\":3}", 5100);
    answer (session, "{\"version\":2}", NULL);
    cr_assert_eq (session->state, STUI_SESSION_MODIFIED, "it has not been told text 3");
    save (&set, 9000);
    put (&set, SESSION_OP_UPDATE);
    answer (session, "{\"version\":3}", NULL);
    cr_assert_eq (session->state, STUI_SESSION_RESTORED);
    save (&set, 20000); /* the marks of the answer */
    cr_assert_null (sessions_due (&set));
    cr_assert_eq (session->state, STUI_SESSION_RESTORED);
    sessions_fini (&set);
}

Test (sessions, preserved_ones_become_orphans_in_time)
{
    struct sessions set = {0};
    struct session *session = session_in_step (&set);
    sessions_offline (&set, 5000);
    save (&set, 5000);
    cr_assert_eq (sessions_deadline (&set), 905000);
    cr_assert_eq (sessions_tick (&set, 904999), 0);
    cr_assert_eq (sessions_tick (&set, 905000), 1);
    cr_assert_eq (session->state, STUI_SESSION_ORPHANED);
    sessions_fini (&set);
}

Test (sessions, inputs_never_make_a_session_too_large_to_be_saved)
{
    struct sessions set = {0};
    struct session *session = session_start (&set, false);
    char *code = stui_alloc (STUI_SESSION_MAX / 4);
    memset (code, 'x', STUI_SESSION_MAX / 4 - 1);
    for (int input = 0; input < 10; input++)
        session_note_input (session, code, 0, 0);
    cr_assert_leq (json_size (session->context), STUI_SESSION_MAX);
    cr_assert_geq (json_count (json_get (session->context, "history")), 3, "the newest are kept");
    free (code);
    code = stui_alloc (STUI_SESSION_MAX + 1);
    memset (code, 'y', STUI_SESSION_MAX);
    session_note_input (session, code, 0, 0);
    cr_assert_leq (json_size (session->context), STUI_SESSION_MAX);
    free (code);
    sessions_fini (&set);
}

Test (sessions, an_answer_without_an_id_keeps_the_one_that_the_image_chose)
{
    struct sessions set = {0};
    struct session *session = session_start (&set, true);
    save (&set, 0);
    put (&set, SESSION_OP_CREATE);
    answer (session, "{\"session_id\":\"theirs\",\"version\":1}", NULL);
    edit (session, "{\"text\":2}", 0);
    save (&set, 5000);
    put (&set, SESSION_OP_UPDATE);
    answer (session, "{\"version\":2}", NULL);
    cr_assert_str_eq (session->remote_id, "theirs");
    sessions_fini (&set);
}

/* Symptom: the session that `stui session switch` had chosen gave its place to a sixth, and code for it was
 * refused from then on. */
Test (sessions, the_current_one_gives_its_place_to_nobody_and_is_current_until_it_is_closed)
{
    struct sessions set = {0};
    struct session *session = session_in_step (&set);
    struct json *about = json_parse_text ("{\"current\":true}");
    cr_assert_eq (session_set_about (session, about, 1000, NULL), 0);
    json_destroy (&about);
    cr_assert_eq (sessions_current (&set), session);
    cr_assert_not (session_may_give_place (session, 5000));
    struct session *other = sessions_new (&set, "0199c82c-0000-7000-8000-000000000002", "other",
                                          json_object (), 6000, 6000);
    other->current = true;
    sessions_set_current (&set, other, 6000);
    cr_assert_eq (sessions_current (&set), other, "an image has one");
    sessions_close (&set, other, 7000, 7000);
    cr_assert_null (sessions_current (&set));
    sessions_fini (&set);
}
