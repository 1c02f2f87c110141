/* test_session_conflict.c: what becomes of a session whose image holds another version, as its user
 * chooses. */

#include "unit/session_fixture.h"

#include "runtime/alloc.h"

#define THEIRS                                                                                     \
    "{\"version\":4,\"last_modified\":\"2026-01-31T10:30:00.000Z\",\"session_state\":{\"text\":9}" \
    "}"

/* One with text 1 here and text 9, of somebody else's, on the image. */
static struct session *
session_in_conflict (struct sessions *set)
{
    struct session *session = session_in_step (set);
    sessions_offline (set, 3000);
    save (set, 3000);
    sessions_online (set, false, 4000);
    put (set, SESSION_OP_RESTORE);
    cr_assert_eq (answer (session, THEIRS, NULL), SESSION_CONFLICT);
    cr_assert (session->conflict);
    cr_assert_eq (json_get_number (json_get (session->theirs, "state"), "text", 0), 9);
    return session;
}

Test (session_conflict, in_a_conflict_mine_goes_over_the_version_that_was_shown)
{
    struct sessions set = {0};
    struct session *session = session_in_conflict (&set);
    session_resolve (session, SESSION_KEEP_MINE);
    put (&set, SESSION_OP_RESTORE);
    cr_assert_eq (answer (session, THEIRS, NULL), SESSION_OVERWRITES);
    save (&set, 9000);
    cr_assert_eq (sessions_due (&set), session);
    struct json *parameters = session_wire_begin (session, "client");
    cr_assert_eq (json_get_number (parameters, "base_version", 0), 4);
    cr_assert_eq (json_get_number (json_get (parameters, "state_data"), "text", 0), 1);
    json_destroy (&parameters);
    cr_assert_eq (answer (session, "{\"version\":5}", NULL), SESSION_IN_STEP);
    cr_assert_eq (session->state, STUI_SESSION_RESTORED);
    cr_assert_not (session->conflict);
    cr_assert_null (session->theirs);
    sessions_fini (&set);
}

Test (session_conflict, in_a_conflict_theirs_comes_in_place_of_mine)
{
    struct sessions set = {0};
    struct session *session = session_in_conflict (&set);
    session_resolve (session, SESSION_KEEP_THEIRS);
    put (&set, SESSION_OP_RESTORE);
    cr_assert_eq (answer (session, THEIRS, NULL), SESSION_RESOLVED);
    cr_assert_eq (json_get_number (session->context, "text", 0), 9);
    cr_assert_eq (session->version, 4);
    cr_assert_eq (sessions_save_due (&set, 0), session, "it is stored at once");
    save (&set, 9000);
    cr_assert_null (sessions_due (&set), "the image is told nothing that it has");
    sessions_fini (&set);
}

Test (session_conflict, in_a_conflict_both_are_kept_apart)
{
    struct sessions set = {0};
    struct session *session = session_in_conflict (&set);
    session_resolve (session, SESSION_KEEP_BOTH);
    put (&set, SESSION_OP_RESTORE);
    cr_assert_eq (answer (session, THEIRS, NULL), SESSION_PARTED);
    cr_assert_eq (json_get_number (session->context, "text", 0), 9);
    cr_assert_eq (json_get_number (session->parted, "text", 0), 1);
    sessions_fini (&set);
}

Test (session_conflict, a_conflict_whose_image_goes_while_it_is_settled_is_a_conflict_again)
{
    struct sessions set = {0};
    struct session *session = session_in_conflict (&set);
    session_resolve (session, SESSION_KEEP_THEIRS);
    put (&set, SESSION_OP_RESTORE);
    sessions_offline (&set, 5000);
    cr_assert (session->conflict);
    cr_assert_eq (json_get_number (session->context, "text", 0), 1);
    sessions_online (&set, false, 6000);
    save (&set, 6000);
    put (&set, SESSION_OP_RESTORE);
    cr_assert_eq (answer (session, THEIRS, NULL), SESSION_CONFLICT, "the choice was for then");
    sessions_fini (&set);
}

/* Symptom: `session diff` of a conflict that an update had met showed the image's version as empty. */
Test (session_conflict, a_conflict_that_an_update_meets_keeps_theirs_from_its_details)
{
    struct sessions set = {0};
    struct session *session = session_in_step (&set);
    edit (session, "{\"text\":2}", 5000);
    save (&set, 9000);
    put (&set, SESSION_OP_UPDATE);
    struct json *details = json_parse_text (THEIRS);
    cr_assert_eq (session_wire_end (session, NULL, "Conflict", "no", details, 0), SESSION_CONFLICT);
    json_destroy (&details);
    cr_assert_eq (json_get_number (session->theirs, "version", 0), 4);
    cr_assert_eq (json_get_number (json_get (session->theirs, "state"), "text", 0), 9);
    sessions_open (&set, session, 9000);
    cr_assert_null (session->theirs, "it is asked for anew");
    sessions_fini (&set);
}

/* Symptom: `--keep theirs` took a state that could never be saved, and mine was gone. */
Test (session_conflict, in_a_conflict_a_version_that_is_too_large_keeps_mine)
{
    struct sessions set = {0};
    struct session *session = session_in_conflict (&set);
    char *text = stui_alloc (STUI_SESSION_MAX + 1);
    memset (text, 'x', STUI_SESSION_MAX);
    char *theirs = stui_printf ("{\"version\":4,\"session_state\":{\"text\":\"%s\"}}", text);
    session_resolve (session, SESSION_KEEP_BOTH);
    put (&set, SESSION_OP_RESTORE);
    cr_assert_eq (answer (session, theirs, NULL), SESSION_CONFLICT);
    cr_assert_eq (json_get_number (session->context, "text", 0), 1);
    cr_assert_not_null (strstr (session->reason, "larger than a session may be"));
    free (theirs);
    free (text);
    sessions_fini (&set);
}

Test (session_conflict, an_image_whose_version_is_no_object_keeps_mine)
{
    struct sessions set = {0};
    struct session *session = session_in_conflict (&set);
    session_resolve (session, SESSION_KEEP_THEIRS);
    put (&set, SESSION_OP_RESTORE);
    cr_assert_eq (answer (session, "{\"version\":4,\"session_state\":7}", NULL), SESSION_CONFLICT);
    cr_assert_eq (json_get_number (session->context, "text", 0), 1);
    cr_assert_not_null (strstr (session->reason, "keep yours"));
    sessions_fini (&set);
}
