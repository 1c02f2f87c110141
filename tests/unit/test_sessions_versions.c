/* test_sessions_versions.c: a session set whose records are older than what an image has, or than what
 * the store has by now. */

#include "unit/session_fixture.h"

/* What the next owner finds when this one is killed now: SESSION as it was saved last. */
static struct json *
records_of (struct session *session)
{
    struct json *records = json_array ();
    json_push (records, session_save_begin (session, "image", "one"));
    session_save_end (session, true, 1, 0);
    return records;
}

/* Symptom: of a session that was made anew on its image the owner was killed before that was stored;
 * somebody else's version of it there has a lower number than the old one had, and was written over
 * unasked. */
Test (sessions, somebody_elses_version_of_one_made_anew_is_a_conflict_though_its_number_is_lower)
{
    struct sessions set = {0}, next = {0};
    struct session *session = session_in_step (&set);
    session->version = 3;
    sessions_offline (&set, 5000);
    sessions_online (&set, false, 6000);
    put (&set, SESSION_OP_RESTORE);
    cr_assert_eq (answer (session, NULL, "SessionNotFound"), SESSION_SETTLING);
    cr_assert_null (sessions_due (&set), "it would be made before it is stored that it is to be");
    struct json *records = records_of (session);
    put (&set, SESSION_OP_CREATE); /* version 1, and it is killed */
    sessions_load (&next, "image", records);
    sessions_online (&next, false, 7000);
    put (&next, SESSION_OP_RESTORE);
    cr_assert_eq (answer (sessions_find (&next, SESSION_ID),
                          "{\"version\":2,\"session_state\":{\"text\":9}}", NULL),
                  SESSION_CONFLICT);
    json_destroy (&records);
    sessions_fini (&set);
    sessions_fini (&next);
}

/* Symptom: the same with one that was closed there, and opened while the image was away. */
Test (sessions, one_that_was_closed_there_is_asked_for_before_it_is_made_anew)
{
    struct sessions set = {0};
    struct session *session = session_in_step (&set);
    sessions_close (&set, session, 3000, 3000);
    save (&set, 3000);
    put (&set, SESSION_OP_CLOSE);
    cr_assert_eq (answer (session, "{\"closed\":true}", NULL), SESSION_GONE);
    sessions_offline (&set, 4000);
    sessions_open (&set, session, 4000);
    save (&set, 4000);
    sessions_online (&set, false, 5000);
    put (&set, SESSION_OP_RESTORE);
    cr_assert_eq (answer (session, NULL, "SessionNotFound"), SESSION_SETTLING);
    cr_assert_eq (session->version, 0);
    save (&set, 5000);
    put (&set, SESSION_OP_CREATE);
    sessions_fini (&set);
}

/* An image has version 3 of 10:20; then ANSWER comes of a restore. */
static enum session_outcome
restored (struct sessions *set, const char *text)
{
    struct session *session = session_in_step (set);
    edit (session, "{\"text\":2}", 3000);
    save (set, 6000);
    put (set, SESSION_OP_UPDATE);
    answer (session, "{\"version\":3,\"last_modified\":\"2026-01-31T10:20:00.000Z\"}", NULL);
    sessions_offline (set, 7000);
    save (set, 9000);
    sessions_online (set, false, 9000);
    put (set, SESSION_OP_RESTORE);
    return answer (session, text, NULL);
}

/* Symptom: the owner was killed after it had made a closed session anew on its image, while the disk was
 * full; somebody else's version of it there had the number that the closed one had had, and was written
 * over unasked. */
Test (sessions, somebody_elses_version_is_a_conflict_though_its_number_has_been_there_before)
{
    for (int version = 1; version <= 3; version++) {
        struct sessions set = {0};
        char text[160];
        snprintf (text, sizeof text,
                  "{\"version\":%d,\"last_modified\":\"2026-01-31T10:30:00.000Z\","
                  "\"session_state\":{\"text\":9}}",
                  version);
        cr_assert_eq (restored (&set, text), SESSION_CONFLICT, "version %d", version);
        cr_assert_not_null (strstr (set.items[0]->reason, "3 of 2026-01-31T10:20"));
        sessions_fini (&set);
    }
}

/* An older save of the image, and an image that keeps states in another form than it was given them. */
Test (sessions, an_older_or_the_same_version_is_no_conflict)
{
    struct sessions older = {0}, same = {0};
    cr_assert_eq (restored (&older, "{\"version\":2,\"last_modified\":"
                                    "\"2026-01-31T10:10:00.000Z\",\"session_state\":{\"text\":9}}"),
                  SESSION_OLDER);
    cr_assert_eq (restored (&same, "{\"version\":3,\"last_modified\":"
                                   "\"2026-01-31T10:20:00.000Z\",\"session_state\":{\"text\":9}}"),
                  SESSION_SETTLING);
    sessions_fini (&older);
    sessions_fini (&same);
}
