/* test_ui_away.c: what is said of an evaluation whose image is away, until it is back. */

#include "unit/ui_fixture.h"

static struct stage stage;

/* The owner tells that the image is in STATE. */
static void
report (const char *state)
{
    static int version;
    char *news = stui_printf ("{\"version\":%d,\"removed\":[],\"images\":[{\"name\":\"one\","
                              "\"address\":\"tcp://one:1\",\"state\":\"%s\"}]}",
                              ++version, state);
    if (!stage_asked (&stage, MSG_WATCH))
        stage_pass (&stage, 300);
    stage_ok (&stage, MSG_WATCH, news);
    free (news);
}

static void
setup (void)
{
    stage_open (&stage, "");
    report ("online");
    stage_workspace (&stage, "one", "{}", "");
    stage_type (&stage, "3 + 4");
    stage_keys (&stage, "^P");
}

static void
teardown (void)
{
    stage_close (&stage);
}

TestSuite (ui_away, .init = setup, .fini = teardown);

/* Symptom: of two that were asked for ^C ended the second, which only waited, and the first ran on. */
Test (ui_away, an_interrupt_is_of_what_runs_and_not_of_what_waits_for_it)
{
    char *first = stui_strdup (msg_text (stage_asked (&stage, MSG_HOLD), 3));
    stage_keys (&stage, "^P");
    cr_assert (stage_shows (&stage, 80, "running; ^C interrupts it"));
    cr_assert (stage_shows (&stage, 80, "waits for what runs before it"));
    stage_keys (&stage, "^C");
    cr_assert_str_eq (msg_text (stage_asked (&stage, MSG_INTERRUPT), 0), first);
    free (first);
}

/* Symptom: an evaluation whose image was killed was said to run for as long as the image was away, and
 * that ^C interrupts it. */
Test (ui_away, an_evaluation_of_a_killed_image_is_not_said_to_run)
{
    cr_assert (stage_shows (&stage, 80, "running; ^C interrupts it"));
    report ("offline");
    stage_pass (&stage, 60000);
    cr_assert_not (stage_shows (&stage, 80, "running"));
    cr_assert_not (stage_shows (&stage, 80, "interrupts it"));
    cr_assert (stage_shows (&stage, 80, "one is away: what became of it is said once it is back"));
    cr_assert (stage_shows (&stage, 80, "ago;"));
}

Test (ui_away, an_evaluation_of_an_image_that_is_back_runs_on_or_is_in_doubt)
{
    report ("connecting");
    cr_assert (stage_shows (&stage, 80, "one is away"));
    report ("online");
    cr_assert (stage_shows (&stage, 80, "running"));
    stage_error (&stage, MSG_HOLD, STUI_E_IN_DOUBT,
                 "the image was started again meanwhile: nobody can say whether it ran");
    cr_assert_not (stage_shows (&stage, 80, "running"));
    stage_error (&stage, MSG_AWAIT, STUI_E_IN_DOUBT,
                 "the image was started again meanwhile: nobody can say whether it ran");
    cr_assert (stage_shows (&stage, 80, "? the image was started again meanwhile"));
    cr_assert (stage_shows (&stage, 80, "before you repeat it"));
}

/* The session was cleaned away or closed somewhere else, while the image is in STATE. */
static void
take_session_away (const char *state)
{
    report (state);
    stage_pass (&stage, 10000);
    stage_error (&stage, MSG_SESSION_WATCH, STUI_E_SESSION_NOT_FOUND, "there is no such session");
    stage_pass (&stage, UI_AGAIN_MS);
    stage_ok (&stage, MSG_SESSION_LIST, "{\"sessions\":[]}");
}

/* Symptom: a session of a killed image was cleaned away, and the terminal that showed it made another at
 * once, with the same text: the list never became empty. */
Test (ui_away, a_session_put_away_while_its_image_is_gone_is_not_made_anew)
{
    take_session_away ("offline");
    cr_assert_null (stage_asked (&stage, MSG_SESSION_NEW));
    cr_assert (
        stage_shows (&stage, 80, "Its session is not there any more: :undo-cleanup brings back"));
    cr_assert (stage_shows (&stage, 80, "no session"));
    cr_assert_str_eq (stage_text (&stage), "3 + 4");
    stage_pass (&stage, UI_AGAIN_MS);
    stage_ok (&stage, MSG_SESSION_LIST,
              "{\"sessions\":[{\"session_id\":\"018f0000-0000-7000-8000-000000000001\","
              "\"name\":\"workspace\",\"state\":\"orphaned\"}]}");
    cr_assert_not_null (stage_asked (&stage, MSG_SESSION_WATCH), "it was brought back");
    cr_assert_null (stage_asked (&stage, MSG_SESSION_NEW));
}

Test (ui_away, a_session_closed_while_its_image_is_there_is_followed_by_another)
{
    take_session_away ("online");
    cr_assert_not_null (stage_asked (&stage, MSG_SESSION_NEW));
    cr_assert_str_eq (stage_text (&stage), "3 + 4");
}

#define CLOSED                                                                                     \
    "{\"session_id\":\"018f0000-0000-7000-8000-000000000001\",\"name\":\"workspace\","             \
    "\"state\":\"closed\",\"change\":9,\"context\":{},\"closed_by\":\"%s\"}"

/* Symptom: a terminal whose session was closed from elsewhere said only "closed". */
Test (ui_away, a_session_closed_elsewhere_says_by_what_and_which_key_brings_it_back)
{
    static const struct {
        const char *by, *said;
    } cases[] = {
        {"stui session close", "Session workspace was closed by `stui session close`: M-e opens it "
                               "again, its variables are gone"},
        {STAGE_OTHER, "Session workspace was closed by another terminal: M-e opens it again, its "
                      "variables are gone"},
        {STAGE_ME, ""},
    };
    for (size_t at = 0; at < sizeof cases / sizeof *cases; at++) {
        char *news = stui_printf (CLOSED, cases[at].by);
        stage_pass (&stage, 20000);
        stage.ui.current->state = STUI_SESSION_RESTORED;
        stage_ok (&stage, MSG_SESSION_WATCH, news);
        cr_assert_str_eq (stage.ui.model.message, cases[at].said);
        stage_pass (&stage, 20000);
        cr_assert (stage_shows (&stage, 80, "This session is closed: M-e opens it again"));
        free (news);
    }
    stage_keys (&stage, "M-e");
    cr_assert_not_null (stage_asked (&stage, MSG_SESSION_RESTORE));
    stage_ok (&stage, MSG_SESSION_RESTORE, "{\"state\":\"restored\"}");
    cr_assert_str_eq (stage.ui.model.message, "Session workspace is open");
}

/* Symptom: M-e in a terminal that was started read-only opened the closed session in the image. */
Test (ui_away, a_read_only_terminal_opens_no_closed_session_and_names_no_key_for_it)
{
    char *news = stui_printf (CLOSED, "stui session close");
    stage.ui.read_only = true;
    stage_pass (&stage, 20000);
    stage_ok (&stage, MSG_SESSION_WATCH, news);
    cr_assert_str_eq (stage.ui.model.message,
                      "Session workspace was closed by `stui session close`");
    stage_pass (&stage, 20000);
    cr_assert (stage_shows (&stage, 80, "This session is closed"));
    cr_assert_not (stage_shows (&stage, 80, "M-e opens it"));
    stage_keys (&stage, "M-e");
    cr_assert_null (stage_asked (&stage, MSG_SESSION_RESTORE));
    cr_assert_not_null (strstr (stage.ui.model.message, "read-only"));
    free (news);
}
