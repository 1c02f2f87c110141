/* test_supervise_order.c: an image that the user let go of stays so, and one taken up again too,
 * whatever ends in between. */

#include "supervise_fixture.h"

TestSuite (supervise_order, .init = setup, .fini = teardown);

static bool
saved_as_let_go (void)
{
    const struct msg *save = sent_find (MSG_IMAGE_SAVE, NULL);
    cr_assert_not_null (save);
    struct json *image = json_parse_text (msg_text (save, 1));
    bool let_go = json_get_bool (image, "let_go", false);
    json_destroy (&image);
    return let_go;
}

#define LET_GO "{\"image\":{\"image_id\":\"" IMAGE "\",\"dialect\":\"Cuis\",\"let_go\":true}}"

/* Symptom: an image that was stopped was connected again by the next start. */
Test (supervise_order, an_image_that_was_let_go_stays_so)
{
    go_online ();
    forget ();
    tell (msg_new (TERMINAL, MSG_DISABLE, 1));
    cr_assert (saved_as_let_go ());
    teardown ();
    setup ();
    answer (MSG_IMAGE_LOAD, LET_GO);
    answer (MSG_SESSIONS_LOAD, "{\"sessions\":[],\"damaged\":0}");
    cr_assert_eq (self.phase, LIFE_DISABLED);
    cr_assert_null (sent_find (MSG_PERMIT, NULL));
    cr_assert_str_eq (self.dialect, "Cuis"); /* it is known before it answers */
}

Test (supervise_order, taken_up_again_it_stays_that)
{
    answer (MSG_IMAGE_LOAD, LET_GO);
    answer (MSG_SESSIONS_LOAD, "{\"sessions\":[],\"damaged\":0}");
    forget ();
    tell (msg_new (TERMINAL, MSG_RETRY, 1));
    cr_assert_not (saved_as_let_go ());
    cr_assert_not_null (sent_find (MSG_PERMIT, NULL));
}

Test (supervise_order, an_image_that_never_answered_stays_let_go_too)
{
    answer (MSG_IMAGE_LOAD, "{\"image\":{\"image_id\":\"\",\"let_go\":true}}");
    cr_assert_eq (self.phase, LIFE_DISABLED);
    evaluate (1);
    assert_refused ("Unreachable");
}

Test (supervise_order, what_is_said_while_it_is_read_is_newer)
{
    tell (msg_new (TERMINAL, MSG_RETRY, 1));
    answer (MSG_IMAGE_LOAD, LET_GO);
    cr_assert_not (saved_as_let_go ());
    answer (MSG_SESSIONS_LOAD, "{\"sessions\":[],\"damaged\":0}");
    cr_assert_eq (self.phase, LIFE_PERMITTING);
}

Test (supervise_order, let_go_while_it_is_read_nothing_that_was_known_is_lost)
{
    tell (msg_new (TERMINAL, MSG_DISABLE, 1));
    answer (MSG_IMAGE_LOAD, "{\"image\":{\"image_id\":\"" IMAGE "\",\"boot_id\":\"boot\"}}");
    cr_assert (saved_as_let_go ());
    struct json *image = json_parse_text (msg_text (sent_find (MSG_IMAGE_SAVE, NULL), 1));
    cr_assert_str_eq (json_get_text (image, "image_id"), IMAGE);
    json_destroy (&image);
    cr_assert_eq (self.phase, LIFE_DISABLED);
}

Test (supervise_order, a_command_that_came_before_it_was_read_is_refused)
{
    evaluate (1);
    answer (MSG_IMAGE_LOAD, LET_GO);
    assert_refused ("Unreachable");
}
