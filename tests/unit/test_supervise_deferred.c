/* test_supervise_deferred.c: what waits until the sessions of an image are read. */

#include "unit/supervise_fixture.h"

TestSuite (supervise_deferred, .init = setup, .fini = teardown);

#define SESSION "0199c82c-0000-7000-8000-000000000001"

static void
read_all (void)
{
    answer (MSG_IMAGE_LOAD, "{\"image\":{\"image_id\":\"" IMAGE "\",\"key\":\"" IMAGE "\"}}");
    answer (MSG_SESSIONS_LOAD, "{\"sessions\":[{\"session_id\":\"" SESSION
                               "\",\"name\":\"work\",\"state\":\"stored\",\"context\":{}}],"
                               "\"damaged\":0}");
}

/* Symptom: whoever had asked was gone before the sessions were read, and what he had asked for was
 * done all the same. */
Test (supervise_deferred, what_was_asked_by_one_who_has_left_is_not_done)
{
    tell (msg_new (TERMINAL, MSG_SESSION_RESTORE, UINT64_C (7), SESSION));
    tell (msg_new (TERMINAL, MSG_SESSION_SHOW, UINT64_C (8), SESSION));
    cr_assert_null (sent_find (MSG_ERROR, TERMINAL));
    tell (msg_new (TERMINAL, MSG_ASKER_GONE, 0, UINT64_C (7)));
    assert_refused ("Unreachable");
    cr_assert_eq (sent_find (MSG_ERROR, TERMINAL)->ref, 7);
    read_all ();
    cr_assert_not (sessions_find (&self.sessions, SESSION)->open, "it would be opened for nobody");
    const struct msg *shown = sent_find (MSG_OK, TERMINAL);
    cr_assert_not_null (shown, "the other one is asked for still");
    cr_assert_eq (shown->ref, 8);
}

/* Refs are each asker's own. */
Test (supervise_deferred, what_another_asked_under_the_same_number_is_done)
{
    tell (msg_new (TERMINAL, MSG_SESSION_SHOW, UINT64_C (7), SESSION));
    tell (msg_new ("two#1", MSG_ASKER_GONE, 0, UINT64_C (7)));
    cr_assert_null (sent_find (MSG_ERROR, TERMINAL));
    read_all ();
    cr_assert_not_null (sent_find (MSG_OK, TERMINAL));
}
