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

static const struct msg *
refusal_of (uint64_t ref)
{
    look ();
    for (size_t index = 0; index < sent_count; index++)
        if (sent[index]->verb == MSG_ERROR && sent[index]->ref == ref)
            return sent[index];
    return NULL;
}

/* The store refuses the sessions again and again until WHEN_MS. */
static void
refuse_until (int64_t when_ms)
{
    while (now_ms < when_ms) {
        if (sent_find (MSG_SESSIONS_LOAD, NULL))
            answer (MSG_SESSIONS_LOAD, NULL);
        int64_t due_ms = supervise_deadline (&self);
        now_ms = due_ms <= now_ms ? now_ms + 1 : due_ms < when_ms ? due_ms : when_ms;
        supervise_time (&self, now ());
    }
}

/* Symptom: while the store could not read the sessions of an image, an evaluation in one of them waited
 * for ever, whatever --wait said, and so did the list of them. */
Test (supervise_deferred, what_waits_for_sessions_that_cannot_be_read_is_answered_in_its_time)
{
    tell (msg_new (TERMINAL, MSG_COMMAND, UINT64_C (7), "evaluate",
                   "{\"code\":\"3+4\",\"session_id\":\"" SESSION "\"}", UINT64_C (5000), "tag"));
    tell (msg_new (TERMINAL, MSG_SESSION_LIST, UINT64_C (8)));
    answer (MSG_IMAGE_LOAD, "{\"image\":{\"image_id\":\"" IMAGE "\",\"key\":\"" IMAGE "\"}}");
    int64_t begin_ms = now_ms;
    refuse_until (begin_ms + 4999);
    cr_assert_null (refusal_of (7));
    refuse_until (begin_ms + 5000);
    const struct msg *error = refusal_of (7);
    cr_assert_not_null (error, "it waits on");
    cr_assert_str_eq (msg_text (error, 0), stui_err_word (STUI_E_STORAGE));
    cr_assert_not_null (strstr (msg_text (error, 1), "could not be read in 5 s"), "%s",
                        msg_text (error, 1));
    cr_assert_null (refusal_of (8));
    refuse_until (begin_ms + 10000);
    cr_assert_not_null (refusal_of (8), "it waits on");
    cr_assert_eq (self.deferred_count, 0);
}

/* Nobody would say it again. */
Test (supervise_deferred, what_is_only_reported_waits_on)
{
    answer (MSG_IMAGE_LOAD, "{\"image\":{\"image_id\":\"" IMAGE "\",\"key\":\"" IMAGE "\"}}");
    tell (msg_new ("registry#1", MSG_REAPED, 0, SESSION, UINT64_C (1)));
    refuse_until (now_ms + 60000);
    cr_assert_eq (self.deferred_count, 1);
}
