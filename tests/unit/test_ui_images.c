/* test_ui_images.c: what is done on the screen of images: filters, sparklines, marks, a diagnosis, an edit,
 * protection, details; and what a frame of it costs. */

#include "unit/ui_fixture.h"

#include "ui/commands.h"
#include "ui/image_filter.h"
#include "ui/present.h"

static struct stage stage;

static const char images[] =
    "{\"version\":7,\"images\":["
    "{\"name\":\"api\",\"address\":\"tcp://10.0.0.1:1\",\"state\":\"online\",\"tags\":\"web, eu\","
    "\"latency_ms\":0.5,\"since_ms\":1769855300000},"
    "{\"name\":\"batch\",\"address\":\"tcp://10.0.0.2:1\",\"state\":\"offline\","
    "\"cause\":\"the connection was refused\",\"since_ms\":1769855395000},"
    "{\"name\":\"shop\",\"address\":\"tcp://shop.example:1\",\"state\":\"online\",\"tags\":\"web\","
    "\"latency_ms\":40,\"protected\":true,\"since_ms\":1769855200000}]}";

static void
setup (void)
{
    stage_open (&stage, "");
    stage_give (&stage, msg_new ("relay", MSG_LINKED, 0, (uint64_t) 10));
    stage_ok (&stage, MSG_WATCH, images);
}

static void
teardown (void)
{
    stage_close (&stage);
}

TestSuite (ui_images, .init = setup, .fini = teardown);

static void
run (const char *line)
{
    commands_run_line (&stage.ui, line);
    stage_settle (&stage);
}

static void
expect_shown (const char *text)
{
    char *screen = stage_screen (&stage, 24, 80);
    cr_assert_not_null (strstr (screen, text), "'%s' is not in\n%s", text, screen);
    free (screen);
}

static void
expect_said (const char *text)
{
    cr_assert_not_null (strstr (stage.ui.model.message, text), "'%s' was said",
                        stage.ui.model.message);
}

/* The first letters of the images that are shown. */
static const char *
shown (void)
{
    static char letters[8];
    const struct model *model = &stage.ui.model;
    for (size_t place = 0; place < model->shown_count; place++)
        letters[place] = model->images[model->shown[place]].name[0];
    letters[model->shown_count] = '\0';
    return letters;
}

/* ---- filter and order ----------------------------------------------------------------------- */

Test (ui_images, filters_have_words_that_all_fit_and_may_be_inverse_or_fuzzy)
{
    static const struct {
        const char *filter, *left;
    } cases[] = {
        {"", "abs"},
        {"web", "as"},
        {"!web", "b"},
        {"tag:web", "as"},
        {"tag:we", ""},
        {"!tag:eu", "bs"},
        {"state:off", "b"},
        {"!state:offline", "as"},
        {"state:on web", "as"},
        {"web !10.0", "s"},
        {"~sp", "s"},
        {"~bh", "b"},
        {"~hb", ""},
        {"!~a", "s"},
        {"name:op", "s"},
        {"address:10.", "ab"},
        {"!", "abs"},
        {"~", "abs"},
        {"tag:", "abs"},
        {"REFUSED", "b"},
        {"  web   eu ", "a"},
        {"nothing", ""},
    };
    for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
        model_set_filter (&stage.ui.model, cases[index].filter);
        cr_assert_str_eq (shown (), cases[index].left, "%s leaves %s", cases[index].filter,
                          shown ());
    }
}

Test (ui_images, the_slash_takes_an_inverse_filter)
{
    stage_keys (&stage, "/");
    stage_type (&stage, "!state:offline\n");
    expect_shown ("2 of 3 with !state:offline");
    cr_assert_str_eq (shown (), "as");
}

Test (ui_images, sorting_by_change_has_the_newest_first)
{
    run ("sort change");
    cr_assert_str_eq (shown (), "bas");
    stage_keys (&stage, "S");
    cr_assert_str_eq (shown (), "sab");
}

/* ---- sparklines ----------------------------------------------------------------------------- */

Test (ui_images, a_sparkline_is_empty_until_there_is_a_value)
{
    struct spark spark;
    char text[SPARK_TEXT_SIZE];
    spark_init (&spark);
    cr_assert_str_eq (spark_text (&spark, text), "");
    spark_push (&spark, 0.2);
    spark_push (&spark, -1);
    spark_push (&spark, 5000);
    cr_assert_str_eq (spark_text (&spark, text), "         ▁ █");
    for (int index = 0; index < SPARK_SIZE; index++)
        spark_push (&spark, 20);
    cr_assert_str_eq (spark_text (&spark, text), "▄▄▄▄▄▄▄▄▄▄▄▄");
}

static const char *
sparkline (const char *name)
{
    static char text[SPARK_TEXT_SIZE];
    return spark_text (&model_find (&stage.ui.model, name)->latencies, text);
}

Test (ui_images, a_sparkline_moves_every_ten_seconds_and_keeps_the_worst)
{
    char before[SPARK_TEXT_SIZE];
    stage_pass (&stage, SPARK_STEP_MS);
    snprintf (before, sizeof before, "%s", sparkline ("api"));
    stage_ok (&stage, MSG_WATCH,
              "{\"version\":8,\"images\":[{\"name\":\"api\",\"state\":\"online\","
              "\"latency_ms\":200}]}");
    stage_pass (&stage, 1000);
    stage_ok (&stage, MSG_WATCH,
              "{\"version\":9,\"images\":[{\"name\":\"api\",\"state\":\"online\","
              "\"latency_ms\":2}]}");
    cr_assert_str_eq (sparkline ("api"), before, "it is drawn anew too early");
    stage_pass (&stage, SPARK_STEP_MS);
    cr_assert_not_null (strstr (sparkline ("api"), "▆"), "the peak is lost: %s", sparkline ("api"));
    stage_pass (&stage, SPARK_STEP_MS);
    cr_assert_not_null (strstr (sparkline ("api"), "▆▂"), "%s", sparkline ("api"));
    cr_assert_str_eq (sparkline ("batch"), "");
    expect_shown ("lately");
}

/* ---- what a frame costs --------------------------------------------------------------------- */

Test (ui_images, a_frame_in_which_only_a_latency_changed_is_small)
{
    struct present present;
    struct buffer out = {0};
    struct grid grid;
    present_init (&present, COLOR_TRUE);
    grid_init (&grid, 50, 200);
    stage_keys (&stage, "G"); /* the details are another image's */
    stage_pass (&stage, 300);
    ui_draw (&stage.ui, &grid);
    cr_assert_gt (present_frame (&present, &grid, &out), 1000);
    ui_draw (&stage.ui, &grid);
    cr_assert_eq (present_frame (&present, &grid, &out), 0, "nothing changed");
    stage_ok (&stage, MSG_WATCH,
              "{\"version\":8,\"images\":[{\"name\":\"api\",\"state\":\"online\","
              "\"tags\":\"web, eu\",\"address\":\"tcp://10.0.0.1:1\",\"latency_ms\":7.3,"
              "\"since_ms\":1769855300000}]}");
    ui_draw (&stage.ui, &grid);
    size_t bytes = present_frame (&present, &grid, &out);
    cr_assert (bytes > 0 && bytes < 64, "%zu bytes", bytes);
    present_fini (&present);
    grid_fini (&grid);
    buffer_fini (&out);
}

/* ---- marks ---------------------------------------------------------------------------------- */

static size_t
marked (void)
{
    return model_marked_count (&stage.ui.model);
}

Test (ui_images, space_marks_and_goes_on_to_the_next)
{
    stage_keys (&stage, "Space Space");
    cr_assert_eq (marked (), 2);
    cr_assert_str_eq (model_selected (&stage.ui.model)->name, "shop");
    expect_shown ("2 marked");
    expect_shown ("+api");
    stage_keys (&stage, "k Space");
    cr_assert_eq (marked (), 1, "a second time takes the mark away");
    stage_keys (&stage, "u");
    cr_assert_eq (marked (), 0);
    expect_said ("1 unmarked; none is marked");
}

Test (ui_images, marks_are_made_by_tag_state_filter_and_name)
{
    static const struct {
        const char *line;
        size_t count;
    } cases[] = {
        {"mark tag=web", 2},     {"mark state=offline", 3}, {"unmark protected", 2},
        {"mark none", 0},        {"mark all", 3},           {"unmark tag:eu", 2},
        {"unmark", 0},           {"mark batch shop", 2},    {"mark none", 0},
        {"mark no-such-one", 0}, {"filter shop", 0},        {"mark filter", 1},
    };
    for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
        run (cases[index].line);
        cr_assert_eq (marked (), cases[index].count, ":%s leaves %zu", cases[index].line,
                      marked ());
    }
}

Test (ui_images, marks_complete_to_the_tags_and_states_that_there_are)
{
    struct prompt_candidate candidates[PROMPT_CANDIDATES_MAX];
    static const char *const expected[] = {"mark tag=web", "mark tag=eu"};
    stage_keys (&stage, ":");
    stage_type (&stage, "mark tag=");
    cr_assert_eq (prompt_candidates (&stage.ui, candidates), 2, "each tag once");
    for (int index = 0; index < 2; index++)
        cr_assert_str_eq (candidates[index].text, expected[index]);
    stage_keys (&stage, "Esc :");
    stage_type (&stage, "mark state=");
    cr_assert_eq (prompt_candidates (&stage.ui, candidates), 2);
}

Test (ui_images, a_mark_stays_through_news_and_goes_with_its_image)
{
    stage_keys (&stage, "Space");
    stage_pass (&stage, 300);
    stage_ok (&stage, MSG_WATCH,
              "{\"version\":8,\"images\":[{\"name\":\"api\",\"state\":\"suspect\"}]}");
    cr_assert_eq (marked (), 1);
    stage_pass (&stage, 300);
    stage_ok (&stage, MSG_WATCH, "{\"version\":9,\"images\":[],\"removed\":[\"api\"]}");
    cr_assert_eq (marked (), 0);
}

/* ---- diagnosis ------------------------------------------------------------------------------ */

Test (ui_images, a_diagnosis_tries_the_image_as_it_is_configured)
{
    stage_keys (&stage, "j D");
    cr_assert_str_eq (msg_text (stage_asked (&stage, MSG_CONFIG_GET), 0), "batch");
    expect_shown ("its settings are read");
    stage_ok (&stage, MSG_CONFIG_GET,
              "{\"images\":[{\"name\":\"batch\",\"address\":\"tcp://10.0.0.2:1\","
              "\"token_file\":\"/etc/token\"}]}");
    cr_assert_str_eq (msg_text (stage_asked (&stage, MSG_FILE_READ), 0), "/etc/token");
    stage_ok (&stage, MSG_FILE_READ, "{\"text\":\"secret\\n\"}");
    const struct msg *probe = stage_asked (&stage, MSG_PROBE);
    cr_assert_str_eq (msg_text (probe, 0),
                      "{\"address\":\"tcp://10.0.0.2:1\",\"token\":\"secret\"}");
    stage_pass (&stage, 6000);
    expect_shown ("it is tried for 5 s");
    struct msg *answer =
        msg_error (probe, STUI_E_UNREACHABLE, "the connection to 10.0.0.2:1 was refused",
                   "{\"phase\":\"connecting\",\"trouble\":\"refused\"}");
    stage_give (&stage, answer);
    expect_shown ("TCP        ✗ failed");
    expect_shown ("10.0.0.2:1 was refused");
    expect_shown ("handshake  · not tried");
    expect_shown ("you can");
    stage_keys (&stage, "Esc");
    cr_assert_eq (stage.ui.screen, SCREEN_IMAGES);
}

/* Symptom: the image was back, and its diagnosis went on saying that it is not to be had. */
Test (ui_images, a_diagnosis_says_that_the_image_has_come_since)
{
    stage_keys (&stage, "D");
    stage_ok (&stage, MSG_CONFIG_GET,
              "{\"images\":[{\"name\":\"api\",\"address\":\"tcp://a:1\"}]}");
    stage_give (&stage, msg_error (stage_asked (&stage, MSG_PROBE), STUI_E_UNREACHABLE, "refused",
                                   "{\"phase\":\"connecting\",\"trouble\":\"refused\"}"));
    stage_pass (&stage, 300);
    stage_ok (&stage, MSG_WATCH,
              "{\"version\":8,\"images\":[{\"name\":\"api\",\"state\":\"offline\"}]}");
    expect_shown ("TCP        ✗ failed");
    stage_pass (&stage, 300);
    stage_ok (&stage, MSG_WATCH,
              "{\"version\":9,\"images\":[{\"name\":\"api\",\"state\":\"online\"}]}");
    expect_shown ("It has come since what stands above was found; D tries it again");
}

Test (ui_images, an_answer_to_an_earlier_diagnosis_is_not_shown)
{
    stage_keys (&stage, "D");
    stage_ok (&stage, MSG_CONFIG_GET,
              "{\"images\":[{\"name\":\"api\",\"address\":\"tcp://a:1\"}]}");
    struct msg *late =
        msg_error (stage_asked (&stage, MSG_PROBE), STUI_E_TIMEOUT, "too late", NULL);
    stage_keys (&stage, "D");
    stage_give (&stage, late);
    stage_ok (&stage, MSG_CONFIG_GET,
              "{\"images\":[{\"name\":\"api\",\"address\":\"tcp://a:1\"}]}");
    stage_ok (&stage, MSG_PROBE,
              "{\"dialect\":\"Pharo\",\"hello\":{\"image_name\":\"me\"},\"latency_ms\":1.5}");
    expect_shown ("Pharo, calls itself me");
    expect_shown ("1.5 ms");
    expect_shown ("api is well");
}

/* ---- edit ----------------------------------------------------------------------------------- */

static void
edit_api (void)
{
    stage_keys (&stage, "e");
    stage_ok (&stage, MSG_CONFIG_GET,
              "{\"images\":[{\"name\":\"api\",\"address\":\"tcp://10.0.0.1:1\","
              "\"tags\":\"web, eu\",\"protected\":false}]}");
}

Test (ui_images, an_edit_sets_what_was_changed_and_nothing_else)
{
    edit_api ();
    expect_shown ("tcp://10.0.0.1:1");
    stage_keys (&stage, "Tab");
    stage_type (&stage, "me@gate");
    stage_keys (&stage, "Tab ^A ^K Enter");
    cr_assert_str_eq (msg_text (stage_asked (&stage, MSG_IMAGE_SET), 0), "api");
    cr_assert_str_eq (msg_text (stage_asked (&stage, MSG_IMAGE_SET), 1),
                      "{\"via\":\"me@gate\",\"tags\":null}");
    stage_ok (&stage, MSG_IMAGE_SET, "{}");
    expect_said ("api is changed");
    cr_assert_eq (stage.ui.screen, SCREEN_IMAGES);
}

Test (ui_images, an_edit_says_what_is_wrong_while_one_types_and_sets_nothing)
{
    edit_api ();
    stage_keys (&stage, "Backspace Backspace");
    expect_shown ("has no port");
    stage_keys (&stage, "Enter");
    cr_assert_null (stage_asked (&stage, MSG_IMAGE_SET));
    stage_type (&stage, ":2");
    stage_keys (&stage, "Esc");
    cr_assert_eq (stage.ui.screen, SCREEN_IMAGES);
    cr_assert_null (stage_asked (&stage, MSG_IMAGE_SET), "Esc leaves it as it is");
    edit_api ();
    stage_keys (&stage, "Enter");
    expect_said ("Nothing was changed");
}

/* ---- the rest ------------------------------------------------------------------------------- */

Test (ui_images, protection_is_taken_away_only_when_the_name_was_typed)
{
    run ("protect api");
    cr_assert_str_eq (msg_text (stage_asked (&stage, MSG_IMAGE_SET), 1),
                      "{\"protected\":\"true\"}");
    stage_ok (&stage, MSG_IMAGE_SET, "{}");
    expect_said ("api is protected");
    stage_keys (&stage, "G P");
    stage_type (&stage, "yes\n");
    cr_assert_null (stage_asked (&stage, MSG_IMAGE_SET));
    stage_keys (&stage, "P");
    stage_type (&stage, "shop\n");
    cr_assert_str_eq (msg_text (stage_asked (&stage, MSG_IMAGE_SET), 1), "{\"protected\":null}");
}

Test (ui_images, connect_and_enable_take_up_what_was_stopped)
{
    run ("enable batch");
    cr_assert_str_eq (stage_asked (&stage, MSG_RETRY)->peer, "image/batch");
    run ("connect api");
    cr_assert_str_eq (stage_asked (&stage, MSG_RETRY)->peer, "image/api");
}

Test (ui_images, details_have_a_screen_of_their_own_with_the_keys_of_the_list)
{
    stage_keys (&stage, "j i");
    cr_assert_eq (stage.ui.screen, SCREEN_IMAGE);
    expect_shown ("the connection was refused");
    stage_keys (&stage, "r");
    cr_assert_str_eq (stage_asked (&stage, MSG_RETRY)->peer, "image/batch");
    stage_keys (&stage, "l");
    expect_shown ("shop");
    stage_keys (&stage, "h h");
    expect_shown ("api");
    stage_keys (&stage, "Esc");
    cr_assert_eq (stage.ui.screen, SCREEN_IMAGES);
}

Test (ui_images, an_image_that_was_added_elsewhere_is_connected_too)
{
    stage_ok (&stage, MSG_CONNECT, "{}");
    stage_pass (&stage, 300);
    stage_ok (&stage, MSG_WATCH,
              "{\"version\":8,\"images\":[{\"name\":\"api\",\"state\":\"online\"}]}");
    cr_assert_null (stage_asked (&stage, MSG_CONNECT), "nothing came");
    stage_pass (&stage, 300);
    stage_ok (&stage, MSG_WATCH,
              "{\"version\":9,\"images\":[{\"name\":\"new\",\"state\":\"waiting\"}]}");
    cr_assert_str_eq (msg_text (stage_asked (&stage, MSG_CONNECT), 0), "[]");
}
