/* test_screens_panes.c: golden screens of panes. */

#include "unit/golden.h"

#include "ui/commands.h"

static struct stage stage;

static void
answer_session (int number, const char *text)
{
    char *list = stui_printf ("{\"sessions\":[{\"session_id\":\"018f0000-0000-7000-8000-"
                              "00000000000%d\",\"name\":\"workspace\",\"state\":\"restored\"}]}",
                              number);
    char *session =
        stui_printf ("{\"session_id\":\"018f0000-0000-7000-8000-00000000000%d\",\"name\":"
                     "\"workspace\",\"state\":\"restored\",\"change\":3,\"holder\":\"\","
                     "\"context\":{\"workspace\":{\"text\":\"%s\",\"cursor\":0}}}",
                     number, text);
    stage_ok (&stage, MSG_SESSION_LIST, list);
    stage_ok (&stage, MSG_SESSION_WATCH, session);
    stage_ok (&stage, MSG_SESSION_LEASE, "{\"holder\":\"" STAGE_ME "\"}");
    free (list);
    free (session);
}

static void
show_one (void)
{
    stage_open (&stage, "");
    stage_give (&stage, msg_new ("relay", MSG_LINKED, 0, (uint64_t) 4711));
    stage_ok (&stage, MSG_WATCH,
              "{\"version\":1,\"images\":[{\"name\":\"accounts\",\"state\":\"online\",\"tags\":"
              "\"prod, eu\",\"protected\":true},{\"name\":\"lab\",\"state\":\"online\",\"tags\":"
              "\"test\"}]}");
    stage.ui.rows = 50;
    stage.ui.columns = 200;
    ui_open (&stage.ui, "accounts", true);
    stage_settle (&stage);
    answer_session (1, "Ledger current total\\nLedger current entries size");
}

static void
run (const char *line)
{
    commands_run_line (&stage.ui, line);
    stage_settle (&stage);
}

/* Two images beside each other, the transcript of the second below it. */
static void
show_panes (void)
{
    show_one ();
    run ("vsplit lab");
    answer_session (2, "3 + 4");
    run ("split transcript lab");
    stage_keys (&stage, "^O ^O");
}

static void
show_below (void)
{
    show_one ();
    run ("split images");
}

#define GOLDEN_TEST(name, what, show)                                                              \
    Test (screens, what)                                                                           \
    {                                                                                              \
        golden_check_all (&stage, name, show);                                                     \
    }

GOLDEN_TEST ("panes", three_panes_are_as_they_should_be, show_panes)
GOLDEN_TEST ("panes-below", a_pane_below_is_as_it_should_be, show_below)
