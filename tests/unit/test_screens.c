/* test_screens.c: golden screens: each screen in four sizes, as text, and as a map of styles for
 * terminals with colours and without. tests/golden holds what they should be; a program run with
 * STUI_GOLDEN=write (make golden) writes them anew. */

#include "unit/contrast.h"
#include "unit/golden_fixture.h"

/* ---- a fleet with everything in it ---------------------------------------------------------- */

static const char fleet[] =
    "{\"version\":9,\"removed\":[],\"images\":["
    "{\"name\":\"accounts\",\"address\":\"tcp://10.0.0.7:4242\",\"state\":\"online\","
    "\"phase\":\"live\",\"dialect\":\"GNU Smalltalk\",\"hello\":{\"dialect_version\":\"3.2.5\","
    "\"host\":\"ledger\",\"pid\":811},\"network\":\"ok\",\"link\":\"up\",\"image\":\"answers\","
    "\"evaluator\":\"idle\",\"latency_ms\":0.42,\"sessions\":2,\"orphans\":0,\"attempt\":1},"
    "{\"name\":\"build-farm\",\"address\":\"tcp://build.example:7001\",\"state\":\"offline\","
    "\"phase\":\"waiting\",\"dialect\":\"Pharo\",\"network\":\"ok\",\"link\":\"down\","
    "\"image\":\"unknown\",\"evaluator\":\"unknown\",\"latency_ms\":null,\"sessions\":1,"
    "\"orphans\":1,\"attempt\":6,\"next_retry_ms\":2600,"
    "\"cause\":\"the connection to build.example:7001 was refused: is the image started?\"},"
    "{\"name\":\"crunch\",\"address\":\"tcp://10.0.0.9:4242\",\"state\":\"suspect\","
    "\"phase\":\"live\",\"dialect\":\"Squeak\",\"hello\":{\"dialect_version\":\"6.0\","
    "\"host\":\"big\",\"pid\":99},\"network\":\"ok\",\"link\":\"up\",\"image\":\"silent\","
    "\"evaluator\":\"busy\",\"busy_since_ms\":1769855340000,\"latency_ms\":1240.0,\"sessions\":1,"
    "\"orphans\":0,\"attempt\":1,\"cause\":\"3 pings were not answered\"},"
    "{\"name\":\"lab\",\"address\":\"tcp://lab:4242\",\"state\":\"connecting\","
    "\"phase\":\"connecting\",\"network\":\"ok\",\"link\":\"handshaking\",\"image\":\"unknown\","
    "\"evaluator\":\"unknown\",\"latency_ms\":null,\"sessions\":0,\"orphans\":0,\"attempt\":1},"
    "{\"name\":\"old-crm\",\"address\":\"tcp://crm:4242\",\"state\":\"disabled\","
    "\"phase\":\"disabled\",\"network\":\"unknown\",\"link\":\"down\",\"image\":\"unknown\","
    "\"evaluator\":\"unknown\",\"latency_ms\":null,\"sessions\":0,\"orphans\":0,\"attempt\":0},"
    "{\"name\":\"vault\",\"address\":\"tcp://vault:4242\",\"state\":\"failed\","
    "\"phase\":\"failed\",\"network\":\"ok\",\"link\":\"up\",\"image\":\"unknown\","
    "\"evaluator\":\"unknown\",\"latency_ms\":null,\"sessions\":0,\"orphans\":0,\"attempt\":1,"
    "\"protected\":true,\"cause\":\"the image did not take the token: see token_file\"}]}";

static const char work[] =
    "{\"workspace\":{\"text\":\"\\\"How much is owed, and by whom?\\\"\\n"
    "| open |\\n"
    "open := Ledger current invoices reject: [:each | each isPaid].\\n"
    "open inject: 0 into: [:sum :each | sum + each amount]\\n"
    "\\n"
    "\\\"The worst of them\\\"\\n"
    "(open asSortedCollection: [:a :b |\\n\\ta amount > b amount]) first\\n\","
    "\"cursor\":112,\"selection\":null},"
    "\"results\":["
    "{\"code\":\"Smalltalk version\",\"mode\":\"printIt\",\"kind\":\"result\","
    "\"result\":\"'GNU Smalltalk ready\\n\\nst> 3.2.5'\",\"at\":\"2026-01-31T10:12:07Z\"},"
    "{\"code\":\"Ledger current inspect\",\"mode\":\"inspectIt\",\"kind\":\"result\","
    "\"result\":\"class  Ledger\\nprints a Ledger (2,114 invoices)\","
    "\"at\":\"2026-01-31T10:13:55Z\"},"
    "{\"code\":\"open frist\",\"mode\":\"printIt\",\"kind\":\"raised\","
    "\"error\":\"SystemExceptions.NotYetImplemented: doesNotUnderstand: #frist\\n"
    "  Array(Object)>>doesNotUnderstand: #frist (SysExcept.st:1448)\\n"
    "  UndefinedObject>>executeStatements (a String:1)\",\"at\":\"2026-01-31T10:14:31Z\"},"
    "{\"code\":\"Ledger close\",\"mode\":\"doIt\",\"kind\":\"in_doubt\","
    "\"error\":\"the connection was lost while it ran. Nobody can say whether it ran: look before "
    "you repeat it\",\"at\":\"2026-01-31T10:20:00Z\"}]}";

/* What the store has of build-farm. */
static const char history[] =
    "{\"connections\":["
    "{\"seq\":3,\"from_ms\":1769855392000,\"down_ms\":8000,\"online_at_ms\":0,\"up_ms\":0,"
    "\"ended_at_ms\":0},"
    "{\"seq\":2,\"from_ms\":1769851790000,\"down_ms\":2400,\"online_at_ms\":1769851792400,"
    "\"up_ms\":3599600,\"ended_at_ms\":1769855392000,\"cause\":\"closed\","
    "\"text\":\"the connection was closed (by the image's side), 0 pings missed\"},"
    "{\"seq\":1,\"from_ms\":1769800000000,\"down_ms\":0,\"online_at_ms\":1769800000000,"
    "\"up_ms\":51790000,\"ended_at_ms\":1769851790000,\"cause\":\"silent\","
    "\"text\":\"5 pings unanswered in 10013 ms\"}],"
    "\"day\":{\"availability\":0.99981,\"failures\":2,\"mtbf_ms\":27694800,"
    "\"reconnect_p50_ms\":2400,\"reconnect_p99_ms\":2400},"
    "\"week\":{\"availability\":0.99997,\"failures\":2,\"mtbf_ms\":27694800},"
    "\"ever\":{\"availability\":0.99999,\"failures\":2,\"mtbf_ms\":86400000,"
    "\"reconnect_p50_ms\":2400,\"reconnect_p99_ms\":61000}}";

static void
show_images (void)
{
    stage_open (&stage, "");
    stage_give (&stage, msg_new ("relay", MSG_LINKED, 0, (uint64_t) 4711));
    stage_ok (&stage, MSG_WATCH, fleet);
    stage_pass (&stage, 100); /* no age is due: the count-down says 3 s */
    stage_ok (&stage, MSG_IMAGE_MARKS,
              "{\"favourites\":[\"build-farm\",\"lab\",\"nobody\"],\"recents\":[]}");
    stage_keys (&stage, "j");
    stage_ok (&stage, MSG_IMAGE_HISTORY, "{\"connections\":[]}"); /* of the one left */
    stage_pass (&stage, 100);
    stage_ok (&stage, MSG_IMAGE_HISTORY, history);
}

static void
show_workspace (void)
{
    show_images ();
    stage_workspace (&stage, "accounts", work, "");
    stage_pass (&stage, 1000);
    stage_keys (&stage, "^Home Down Down Down End ^P");
    stage_pass (&stage, 1000);
    stage_ok (&stage, MSG_HOLD,
              "{\"result\":\"41870\",\"result_type\":\"SmallInteger\",\"has_error\":false,"
              "\"execution_time\":3}");
    for (int write = 0; write < 4; write++) {
        if (stage_asked (&stage, MSG_SESSION_WRITE))
            stage_ok (&stage, MSG_SESSION_WRITE, "{\"change\":5}");
        stage_pass (&stage, 300);
    }
    stage_pass (&stage, 10000); /* until the last message is gone */
}

#define ID(n) "018f0000-0000-7000-8000-00000000000" #n

/* What the store has. */
static const char stored[] =
    "{\"sessions\":["
    "{\"session_id\":\"" ID (
        1) "\",\"image\":\"accounts\",\"name\":\"workspace\","
           "\"state\":\"restored\",\"open\":true,\"last_modified\":\"2026-01-31T10:29:58.000Z\","
           "\"bytes\":2411,\"counts\":{\"evaluations\":17,\"errors\":2}},"
           "{\"session_id\":\"" ID (
               2) "\",\"image\":\"accounts\",\"name\":\"year's end\","
                  "\"state\":\"failed\",\"open\":true,\"last_modified\":\"2026-01-31T09:30:00."
                  "000Z\","
                  "\"bytes\":81920,\"note\":\"Ada looks at it on "
                  "Monday\",\"tags\":[\"money\",\"yearly\"],"
                  "\"counts\":{\"evaluations\":240,\"errors\":31}},"
                  "{\"session_id\":\"" ID (
                      3) "\",\"image\":\"accounts\",\"name\":\"first steps\","
                         "\"state\":\"closed\",\"last_modified\":\"2026-01-12T09:30:00.000Z\","
                         "\"bytes\":310},"
                         "{\"session_id\":\"" ID (
                             4) "\",\"image\":\"build-farm\",\"name\":\"why is it slow\","
                                "\"state\":\"preserved\",\"open\":true,\"last_modified\":\"2026-01-"
                                "31T08:30:00.000Z\","
                                "\"bytes\":5000,\"counts\":{\"evaluations\":3}},"
                                "{\"session_id\":\"" ID (
                                    5) "\",\"image\":\"gone\",\"name\":\"kept from before\","
                                       "\"state\":\"stored\",\"last_modified\":\"2025-12-31T08:30:"
                                       "00.000Z\",\"bytes\":900}]}";

/* What the supervisor of accounts has. */
static const char live[] =
    "{\"sessions\":["
    "{\"session_id\":\"" ID (
        1) "\",\"image\":\"accounts\",\"name\":\"workspace\","
           "\"state\":\"restored\",\"saved\":true,\"last_modified\":\"2026-01-31T10:29:58.000Z\","
           "\"bytes\":2411,\"counts\":{\"evaluations\":17,\"errors\":2}},"
           "{\"session_id\":\"" ID (
               2) "\",\"image\":\"accounts\",\"name\":\"year's end\","
                  "\"state\":\"failed\",\"saved\":false,\"conflict\":true,\"reason\":\"the image "
                  "holds version 7 "
                  "of 2026-01-31T09:31:00.000Z, which is not from here (5 was the last)\","
                  "\"last_modified\":\"2026-01-31T09:30:00.000Z\",\"bytes\":81920,"
                  "\"note\":\"Ada looks at it on Monday\",\"tags\":[\"money\",\"yearly\"],"
                  "\"counts\":{\"evaluations\":240,\"errors\":31}},"
                  "{\"session_id\":\"" ID (3) "\",\"image\":\"accounts\",\"name\":\"first steps\","
                                              "\"state\":\"closed\",\"saved\":true,\"last_"
                                              "modified\":\"2026-01-12T09:30:00.000Z\","
                                              "\"bytes\":310}]}";

static void
show_sessions (void)
{
    show_images ();
    stage_keys (&stage, "4");
    stage_ok (&stage, MSG_SESSIONS_LOAD, stored);
    stage_error (&stage, MSG_SESSION_LIST, STUI_E_ACTOR_ENDED, "build-farm is not there");
    stage_ok (&stage, MSG_SESSION_LIST, live);
    stage_keys (&stage, "j");
}

/* Two images have some, one of them in doubt. */
static void
show_held (void)
{
    show_images ();
    stage_keys (&stage, "5");
    stage_pass (&stage, 300);
    stage_ok (&stage, MSG_WATCH,
              "{\"version\":2,\"removed\":[],\"images\":[{\"name\":\"accounts\",\"state\":"
              "\"online\",\"address\":\"tcp://127.0.0.1:4001\",\"held\":1,\"in_doubt\":1},"
              "{\"name\":\"build-farm\",\"state\":\"offline\",\"held\":1,"
              "\"address\":\"tcp://build.example:4002\"}]}");
    stage_ok (&stage, MSG_HELD_LIST,
              "{\"held\":[{\"id\":\"" ID (
                  9) "\",\"state\":\"held\",\"code\":\"Farm new sweep\",\"asked_at\":"
                     "\"2026-01-31T08:30:00.000Z\",\"why\":\"build-farm is not online, nothing was "
                     "sent: the connection was refused\"}]}");
    stage_ok (
        &stage, MSG_HELD_LIST,
        "{\"held\":[{\"id\":\"" ID (
            7) "\",\"state\":\"held\",\"code\":\"Account sumAll\",\"asked_at\":"
               "\"2026-01-31T10:25:00.000Z\",\"why\":\"the link went before accounts had begun "
               "it\"},{\"id\":\"" ID (
                   8) "\",\"state\":\"doubt\",\"code\":\"| all |\\nall := Account unpaid.\\nall "
                      "do: "
                      "[:each | each pay]\",\"asked_at\":\"2026-01-31T10:29:00.000Z\","
                      "\"asked_by\":\"evaluate of process 4711\",\"session_id\":\"" ID (
                          1) "\",\"why\":\"the image was started again meanwhile: nobody can say "
                             "whether it ran\"}]}");
    stage_keys (&stage, "g j");
}

static void
show_cleanup (void)
{
    show_sessions ();
    stage_type (&stage, ":cleanup\n");
    stage_ok (
        &stage, MSG_CLEANUP,
        "{\"sessions\":[{\"session_id\":\"" ID (
            5) "\",\"image_id\":\"i\",\"image\":\"build-farm\",\"name\":\"nightly\","
               "\"state\":\"orphaned\",\"age_ms\":7200000,\"why\":\"its image is gone\"},"
               "{\"session_id\":\"" ID (3) "\",\"image_id\":\"j\",\"image\":\"accounts\","
                                           "\"name\":\"first steps\",\"state\":\"closed\","
                                           "\"age_ms\":864000000,\"why\":\"it is closed\"}]}");
    stage_keys (&stage, "j");
}

static void
show_help (void)
{
    show_images ();
    stage_keys (&stage, "?");
}

static void
show_command (void)
{
    show_images ();
    stage_keys (&stage, ":");
    stage_type (&stage, "re");
}

/* A wall, some minutes after build-farm went. */
static void
show_kiosk (void)
{
    stage_open_kiosk (&stage);
    stage_give (&stage, msg_new ("relay", MSG_LINKED, 0, (uint64_t) 4711));
    stage_ok (&stage, MSG_WATCH, fleet);
    free (stage_screen (&stage, 40, 120));
    for (int asked = 0; asked < 6; asked++) {
        stage_pass (&stage, KIOSK_SOON_MS + 10);
        stage_ok (&stage, MSG_IMAGE_HISTORY, history);
    }
    stage_pass (&stage, 130000);
}

static void
show_words (void)
{
    show_workspace ();
    stage_keys (&stage, "^End");
    stage_type (&stage, "open in");
    stage_keys (&stage, "M-/");
    stage_ok (&stage, MSG_COMMAND,
              "{\"candidates\":[{\"text\":\"includes:\",\"kind\":\"selector\"},"
              "{\"text\":\"inject:into:\",\"kind\":\"selector\"},"
              "{\"text\":\"invoiceCount\",\"kind\":\"variable\"},"
              "{\"text\":\"Integer\",\"kind\":\"class\"}]}");
    stage_keys (&stage, "Down");
}

static void
show_inputs (void)
{
    show_workspace ();
    stage_keys (&stage, "^R");
    stage_type (&stage, "in");
}

static void
show_buffers (void)
{
    show_workspace ();
    for (int buffer = 0; buffer < 2; buffer++) {
        stage_keys (&stage, "M-x");
        stage_type (&stage, buffer ? "buffer new scratch\n" : "buffer new Ledger-repairs.st\n");
    }
    stage_type (&stage, "Ledger new");
    stage_keys (&stage, "M-O Up");
}

Test (screens, images_are_as_they_should_be)
{
    check_all ("images", show_images);
}

Test (screens, a_workspace_is_as_it_should_be)
{
    check_all ("workspace", show_workspace);
}

Test (screens, sessions_are_as_they_should_be)
{
    check_all ("sessions", show_sessions);
}

Test (screens, held_and_in_doubt_are_as_they_should_be)
{
    check_all ("held", show_held);
}

Test (screens, cleanup_is_as_it_should_be)
{
    check_all ("cleanup", show_cleanup);
}

Test (screens, help_is_as_it_should_be)
{
    check_all ("help", show_help);
}

Test (screens, completion_is_as_it_should_be)
{
    check_all ("command", show_command);
}

Test (screens, completion_of_words_is_as_it_should_be)
{
    check_all ("words", show_words);
}

Test (screens, the_list_of_buffers_is_as_it_should_be)
{
    check_all ("buffers", show_buffers);
}

Test (screens, the_search_in_inputs_is_as_it_should_be)
{
    check_all ("inputs", show_inputs);
}

/* ---- what goldens do not say ---------------------------------------------------------------- */

static void
expect_shown (int rows, int columns, const char *text)
{
    char *screen = stage_screen (&stage, rows, columns);
    cr_assert_not_null (strstr (screen, text), "'%s' is not in\n%s", text, screen);
    free (screen);
}

Test (screens, a_terminal_that_is_too_small_is_told_so)
{
    show_images ();
    expect_shown (9, 80, "stui needs 40x10");
    expect_shown (24, 39, "stui needs 40x10");
    expect_shown (1, 1, "");
    stage_close (&stage);
}

Test (screens, an_empty_list_says_what_to_do)
{
    stage_open (&stage, "");
    expect_shown (24, 80, "Starting");
    stage_ok (&stage, MSG_WATCH, "{\"version\":1,\"images\":[],\"removed\":[]}");
    expect_shown (24, 80, "Type where a Smalltalk image listens");
    stage_keys (&stage, "M-1");
    expect_shown (24, 80, "There is no image yet");
    stage_close (&stage);
}

Test (screens, hostile_text_of_an_image_is_harmless)
{
    show_images ();
    stage_workspace (&stage, "accounts", "{}", "");
    stage_type (&stage, "x");
    stage_keys (&stage, "^P");
    stage_ok (&stage, MSG_HOLD,
              "{\"result\":\"a\\u001b[2Jb\\u0007\\u202ec\",\"result_type\":\"\\u001b]0;t\\u0007\","
              "\"has_error\":true}");
    char *screen = stage_screen (&stage, 24, 80);
    for (const char *byte = screen; *byte; byte++)
        cr_assert (*byte == '\n' || (unsigned char) *byte >= ' ', "a control character is shown");
    cr_assert_null (strstr (screen, "\u202e"));
    free (screen);
    stage_close (&stage);
}

Test (screens, a_lost_owner_is_said_with_its_cause)
{
    show_images ();
    stage_give (&stage, msg_new ("relay", MSG_UNLINKED, 0, "the owner 4711 was killed"));
    stage_pass (&stage, 11000);
    expect_shown (24, 80, "unlinked 10 s");
    expect_shown (24, 80, "the owner 4711 was killed");
    stage_close (&stage);
}

Test (screens, a_thousand_images_fit_every_size)
{
    stage_open (&stage, "");
    char *list = NULL;
    size_t size;
    FILE *file = open_memstream (&list, &size);
    fprintf (file, "{\"version\":1,\"removed\":[],\"images\":[");
    for (int index = 0; index < 1000; index++)
        fprintf (file,
                 "%s{\"name\":\"image-%04d\",\"address\":\"tcp://h:%d\",\"state\":\"online\"}",
                 index ? "," : "", index, index + 1);
    fprintf (file, "]}");
    fclose (file);
    stage_ok (&stage, MSG_WATCH, list);
    free (list);
    stage_keys (&stage, "G");
    expect_shown (10, 40, "image-0999");
    expect_shown (50, 200, "image-0999");
    stage_keys (&stage, "g");
    expect_shown (24, 80, "image-0000");
    stage_close (&stage);
}

Test (screens, a_wall_is_as_it_should_be)
{
    check_all ("kiosk", show_kiosk);
}

/* ---- themes --------------------------------------------------------------------------------- */

/* Each cell as a terminal of DEPTH has it. */
static void
check_contrast (enum stui_theme theme, enum color_depth depth)
{
    struct grid grid;
    grid_init (&grid, 40, 120);
    grid.theme = theme;
    ui_draw (&stage.ui, &grid);
    for (int at = 0; at < grid.rows * grid.columns; at++) {
        const struct cell *cell = &grid.cells[at];
        bool is_blank = cell->size == 0 || (cell->size == 1 && cell->bytes[0] == ' ');
        cr_assert (cell->bg != COLOR_DEFAULT && (is_blank || cell->fg != COLOR_DEFAULT));
        if (!is_blank)
            cr_assert_geq (
                contrast (color_at_depth (cell->fg, depth), color_at_depth (cell->bg, depth)),
                CONTRAST_LEAST, "'%.*s' at %d %d, %s", cell->size, cell->bytes, at / grid.columns,
                at % grid.columns, stui_theme_word (theme));
    }
    grid_fini (&grid);
}

Test (screens, every_cell_is_readable_in_every_theme)
{
    static void (*const shows[]) (void) = {show_images,  show_workspace, show_sessions, show_held,
                                           show_cleanup, show_help,      show_command,  show_kiosk,
                                           show_words,   show_inputs,    show_buffers};
    static const enum stui_theme themes[] = {STUI_THEME_DARK, STUI_THEME_LIGHT, STUI_THEME_CONTRAST,
                                             STUI_THEME_COLOR_BLIND};
    for (size_t show = 0; show < sizeof shows / sizeof *shows; show++) {
        shows[show]();
        for (size_t theme = 0; theme < sizeof themes / sizeof *themes; theme++) {
            check_contrast (themes[theme], COLOR_TRUE);
            check_contrast (themes[theme], COLOR_256);
        }
        stage_close (&stage);
    }
}
