/* test_kiosk.c: the wall: what it samples, how it lays out tiles, what it asks for, and that it
 * changes nothing by itself but on its tick. */

#include "unit/ui_fixture.h"

#include "ui/present.h"

static struct stage stage;

/* COUNT images in STATE, numbered from FIRST. */
static char *
images_text (int version, int first, int count, const char *state, double latency_ms)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream (&text, &size);
    fprintf (file, "{\"version\":%d,\"removed\":[],\"images\":[", version);
    for (int number = first; number < first + count; number++)
        fprintf (file,
                 "%s{\"name\":\"image-%d\",\"address\":\"tcp://h:%d\",\"state\":\"%s\","
                 "\"latency_ms\":%f,\"since_ms\":%lld}",
                 number > first ? "," : "", number, number, state, latency_ms,
                 (long long) stage.now.wall_ms);
    fprintf (file, "]}");
    fclose (file);
    return text;
}

static void
tell (int version, int first, int count, const char *state, double latency_ms)
{
    char *text = images_text (version, first, count, state, latency_ms);
    if (!stage_asked (&stage, MSG_WATCH))
        stage_pass (&stage, KIOSK_FRAME_MS + 10);
    stage_ok (&stage, MSG_WATCH, text);
    free (text);
}

static void
setup (void)
{
    stage_open_kiosk (&stage);
    stage_give (&stage, msg_new ("relay", MSG_LINKED, 0, (uint64_t) 4711));
}

static void
teardown (void)
{
    stage_close (&stage);
}

TestSuite (kiosk, .init = setup, .fini = teardown);

static void
expect_shown (int rows, int columns, const char *text, bool shown)
{
    char *screen = stage_screen (&stage, rows, columns);
    cr_assert_eq (strstr (screen, text) != NULL, shown, "'%s' %s\n%s", text,
                  shown ? "is not in" : "is in", screen);
    free (screen);
}

/* ---- what it shows -------------------------------------------------------------------------- */

Test (kiosk, the_worst_come_first_and_are_on_every_page)
{
    tell (1, 1, 400, "online", 2);
    tell (2, 400, 1, "failed", -1);
    struct kiosk *kiosk = stage.ui.kiosk;
    cr_assert_str_eq (stage.ui.model.images[kiosk->order[0]].name, "image-400");
    for (size_t page = 0; page < 6; page++) {
        expect_shown (24, 80, "image-400", true);
        expect_shown (24, 80, "! 1 failed", true);
        stage_pass (&stage, KIOSK_TICK_MS * KIOSK_PAGE_TICKS);
    }
}

Test (kiosk, every_image_comes_on_some_page)
{
    enum { COUNT = 1000, ROWS = 24, COLUMNS = 80 };
    static bool seen[COUNT];
    tell (1, 0, COUNT, "online", 2);
    struct kiosk_layout layout = {.pages = 1};
    for (size_t turn = 0; turn < layout.pages; turn++) {
        char *screen = stage_screen (&stage, ROWS, COLUMNS);
        layout = kiosk_layout ((struct rect){0, 0, ROWS, COLUMNS}, COUNT, stage.ui.kiosk->ticks);
        for (char *at = screen; (at = strstr (at, "image-")); at++)
            seen[atoi (at + strlen ("image-"))] = true;
        free (screen);
        stage_pass (&stage, KIOSK_TICK_MS * KIOSK_PAGE_TICKS);
    }
    for (int number = 0; number < COUNT; number++)
        cr_assert (seen[number], "image-%d was on none of %zu pages", number, layout.pages);
}

Test (kiosk, what_is_not_online_is_old_and_says_how_old)
{
    tell (1, 1, 3, "online", 2);
    tell (2, 2, 1, "offline", -1);
    stage_pass (&stage, 61000);
    expect_shown (24, 80, "offline 1 min", true);
    expect_shown (24, 80, "online 1 min", true);
    stage_give (&stage, msg_new ("relay", MSG_UNLINKED, 0, "the owner was killed"));
    stage_pass (&stage, 11000);
    expect_shown (24, 80, "was online, 10 s old", true);
    expect_shown (24, 80, "was offline, 10 s old", true);
    expect_shown (24, 80, "the owner was killed", true);
    expect_shown (24, 80, "unlinked 10 s", true);
}

Test (kiosk, stale_tiles_are_dim)
{
    struct grid grid;
    tell (1, 1, 1, "online", 2);
    grid_init (&grid, 24, 80);
    struct style dim = style_of (&grid, ROLE_DIM);
    ui_draw (&stage.ui, &grid);
    cr_assert_str_eq (grid_at (&grid, 2, 2)->bytes, "o"); /* "online", in a box */
    cr_assert_neq (grid_at (&grid, 2, 2)->fg, dim.fg);
    stage_give (&stage, msg_new ("relay", MSG_UNLINKED, 0, "it went"));
    ui_draw (&stage.ui, &grid);
    cr_assert_str_eq (grid_at (&grid, 2, 2)->bytes, "w"); /* "was online" */
    cr_assert_eq (grid_at (&grid, 2, 2)->fg, dim.fg);
    grid_fini (&grid);
}

Test (kiosk, figures_are_asked_for_what_is_shown_one_at_a_time)
{
    tell (1, 1, 3, "online", 2);
    expect_shown (24, 80, "image-1", true);
    for (int number = 1; number <= 3; number++) {
        char name[32];
        stage_pass (&stage, KIOSK_SOON_MS + 10);
        cr_assert_eq (stage_open_count (&stage, MSG_IMAGE_HISTORY), 1);
        snprintf (name, sizeof name, "image-%d", number);
        cr_assert_str_eq (msg_text (stage_asked (&stage, MSG_IMAGE_HISTORY), 0), name);
        stage_ok (&stage, MSG_IMAGE_HISTORY,
                  "{\"connections\":[],\"day\":{\"availability\":0.9871,\"failures\":3,"
                  "\"reconnect_p50_ms\":2400}}");
    }
    stage_pass (&stage, 60000);
    cr_assert_eq (stage_open_count (&stage, MSG_IMAGE_HISTORY), 0, "they are known");
    expect_shown (40, 120, "98.71 % a day", true);
    expect_shown (40, 120, "3 failures", true);
    expect_shown (40, 120, "back in 2 s", true);
    tell (2, 2, 1, "offline", -1);
    stage_pass (&stage, KIOSK_SOON_MS + 10);
    cr_assert_str_eq (msg_text (stage_asked (&stage, MSG_IMAGE_HISTORY), 0), "image-2");
}

Test (kiosk, samples_become_bars_and_outages_crosses)
{
    char text[KIOSK_LINE_SIZE];
    tell (1, 1, 1, "online", 0.5);
    stage_pass (&stage, 2500);
    tell (2, 1, 1, "online", 2500);
    stage_pass (&stage, KIOSK_TICK_MS);
    tell (3, 1, 1, "offline", -1);
    stage_pass (&stage, KIOSK_TICK_MS);
    kiosk_sparkline (stage.ui.kiosk, stage.ui.kiosk->images, 4, text);
    cr_assert_str_eq (text, " ▁█✗");
    kiosk_sparkline (stage.ui.kiosk, stage.ui.kiosk->images, 0, text);
    cr_assert_str_eq (text, "");
}

/* Symptom: a wall had its first sample after two seconds and its next after twelve: until then lines of images
 * that are well were empty but for their names. */
Test (kiosk, what_is_known_is_shown_at_once)
{
    char text[KIOSK_LINE_SIZE];
    tell (1, 1, 1, "online", 0.5);
    kiosk_sparkline (stage.ui.kiosk, stage.ui.kiosk->images, 2, text);
    cr_assert_str_eq (text, " ▁");
    expect_shown (24, 80, "<1 ms", true);
    tell (2, 2, 1, "connecting", -1);
    kiosk_sparkline (stage.ui.kiosk, stage.ui.kiosk->images + 1, 2, text);
    cr_assert_str_eq (text, "  ", "nothing is known of it yet");
    tell (3, 2, 1, "online", 2500);
    kiosk_sparkline (stage.ui.kiosk, stage.ui.kiosk->images + 1, 2, text);
    cr_assert_str_eq (text, " █", "and of one that comes later");
    stage_pass (&stage, KIOSK_TICK_MS);
    kiosk_sparkline (stage.ui.kiosk, stage.ui.kiosk->images, 4, text);
    cr_assert_str_eq (text, "  ▁▁", "none is taken twice");
}

/* Symptom: the same where each image has a line. */
Test (kiosk, a_line_says_its_state_until_there_are_some_samples)
{
    tell (1, 1, 30, "online", 0.5);
    stage_pass (&stage, 7500);
    expect_shown (24, 80, "image-1      online 7 s", true);
    stage_pass (&stage, 2 * KIOSK_TICK_MS);
    expect_shown (24, 80, "▁▁▁", true);
    expect_shown (24, 80, "online 2", false);
}

Test (kiosk, latency_is_told_in_steps)
{
    static const struct {
        double ms;
        const char *text;
    } rows[] = {{-1, ""}, {0, "<1 ms"}, {1, "<2 ms"}, {4.9, "<5 ms"}, {999, "<1 s"}, {61000, ""}};
    for (size_t index = 0; index < sizeof rows / sizeof *rows; index++) {
        char text[AGE_SIZE];
        cr_assert_str_eq (kiosk_latency (rows[index].ms, text), rows[index].text);
    }
}

/* ---- that it is quiet ----------------------------------------------------------------------- */

Test (kiosk, nothing_is_written_while_nothing_changes)
{
    struct present present;
    struct grid grid;
    struct buffer out = {0};
    tell (1, 1, 12, "online", 2);
    for (int number = 1; number <= 12; number++) {
        char *screen = stage_screen (&stage, 24, 80);
        free (screen);
        stage_pass (&stage, KIOSK_SOON_MS + 10);
        stage_ok (&stage, MSG_IMAGE_HISTORY,
                  "{\"connections\":[],\"day\":{\"availability\":1.0,\"failures\":0}}");
    }
    grid_init (&grid, 24, 80);
    present_init (&present, COLOR_TRUE);
    stage_pass (&stage, (KIOSK_SAMPLES + 1) * KIOSK_TICK_MS); /* its line is full */
    int64_t drift_ms = KIOSK_DRIFT_TICKS * (int64_t) KIOSK_TICK_MS;
    size_t frames = 0;
    for (int64_t ms = 0; ms < 3 * drift_ms; ms += KIOSK_FRAME_MS) {
        ui_draw (&stage.ui, &grid);
        frames += present_frame (&present, &grid, &out) > 0;
        buffer_clear (&out);
        if (stage_asked (&stage, MSG_IMAGE_HISTORY))
            stage_ok (&stage, MSG_IMAGE_HISTORY,
                      "{\"connections\":[],\"day\":{\"availability\":1.0,\"failures\":0}}");
        stage_pass (&stage, KIOSK_FRAME_MS);
    }
    /* The first, three moves, and at most eight ages, from 5 min to 1 h. */
    cr_assert_leq (frames, 12, "%zu frames in 45 minutes", frames);
    cr_assert_geq (frames, 4, "the grid moves each quarter of an hour");
    grid_fini (&grid);
    buffer_fini (&out);
    present_fini (&present);
}

Test (kiosk, keys_but_those_that_end_it_do_nothing)
{
    tell (1, 1, 2, "online", 2);
    int sent = stage.sent_count;
    stage_keys (&stage, ": d r j 2 Enter Esc ^D ^Z F1 a x");
    struct mouse click = {.action = MOUSE_PRESS};
    ui_take_mouse (&stage.ui, &click, stage.now);
    ui_take_paste (&stage.ui, "q", 1, stage.now);
    stage_settle (&stage);
    cr_assert_eq (stage.sent_count, sent);
    cr_assert_eq (stage.bells + stage.quits + stage.suspends, 0);
    cr_assert_eq (stage.ui.workspace_count, 0);
    stage_keys (&stage, "^C");
    cr_assert_eq (stage.quits, 1);
    stage_keys (&stage, "q");
    cr_assert_eq (stage.quits, 2);
}

Test (kiosk, the_owner_is_asked_for_nothing_but_images_and_figures)
{
    tell (1, 1, 2, "online", 2);
    expect_shown (24, 80, "image-1", true);
    stage_pass (&stage, 120000);
    for (int index = 0; index < stage.sent_count; index++) {
        const struct msg *msg = stage.sent[index];
        cr_assert (!msg || msg->verb == MSG_CONNECT || msg->verb == MSG_WATCH
                       || msg->verb == MSG_IMAGE_HISTORY,
                   "it asked for %s", msg_word (msg->verb));
    }
}

/* ---- that it lasts -------------------------------------------------------------------------- */

Test (kiosk, a_month_of_coming_and_going_leaves_no_more_than_is_listed)
{
    struct kiosk *kiosk = stage.ui.kiosk;
    for (int day = 0; day < 30; day++) {
        char *text = images_text (1, day, 20, "online", day);
        if (!stage_asked (&stage, MSG_WATCH))
            stage_pass (&stage, KIOSK_FRAME_MS + 10);
        stage.ui.model.version = 0; /* the whole list of another owner */
        stage_ok (&stage, MSG_WATCH, text);
        free (text);
        while (stage_asked (&stage, MSG_CONNECT)) /* those that are new are connected */
            stage_ok (&stage, MSG_CONNECT, "{}");
        cr_assert_eq (kiosk->count, 20);
        char *screen = stage_screen (&stage, 24, 80);
        free (screen);
        for (size_t index = 0; index < kiosk->count; index++)
            cr_assert_str_eq (kiosk->images[index].name, stage.ui.model.images[index].name);
        stage.now.mono_ms += INT64_C (86400000); /* it slept */
        stage.now.wall_ms += INT64_C (86400000);
        ui_take_time (&stage.ui, stage.now);
        stage_settle (&stage);
    }
    cr_assert_gt (kiosk->ticks, KIOSK_SAMPLES);
    cr_assert_leq (stage.ui.ask_count, 4);
}

Test (kiosk, an_image_keeps_its_samples_when_others_come_and_go)
{
    char before[KIOSK_LINE_SIZE], after[KIOSK_LINE_SIZE];
    tell (1, 5, 1, "online", 400);
    stage_pass (&stage, 3 * KIOSK_TICK_MS);
    kiosk_sparkline (stage.ui.kiosk, stage.ui.kiosk->images, 5, before);
    tell (2, 1, 4, "online", 2);
    cr_assert_str_eq (stage.ui.kiosk->images[4].name, "image-5");
    kiosk_sparkline (stage.ui.kiosk, &stage.ui.kiosk->images[4], 5, after);
    cr_assert_str_eq (before, after);
}

Test (kiosk, tiles_stay_inside_the_screen_and_apart)
{
    static const int sizes[][2] = {{10, 40}, {24, 80}, {40, 120}, {50, 200}, {100, 300}};
    static const size_t counts[] = {1, 7, 40, 300, 1000};
    static char used[100][300];
    for (int size = 0; size < 5; size++)
        for (int many = 0; many < 5; many++)
            for (uint64_t step = 0; step < 4; step++) {
                struct rect screen = {0, 0, sizes[size][0], sizes[size][1]};
                struct kiosk_layout layout =
                    kiosk_layout (screen, counts[many], step * KIOSK_DRIFT_TICKS);
                size_t page = (size_t) (layout.across * layout.down);
                cr_assert_geq (page * layout.pages, counts[many]);
                memset (used, 0, sizeof used);
                for (size_t index = 0; index < page; index++) {
                    struct rect tile = kiosk_tile (&layout, index);
                    for (int row = tile.row; row < tile.row + tile.rows; row++)
                        for (int column = tile.column; column < tile.column + tile.columns;
                             column++) {
                            cr_assert (rect_holds (layout.tiles, row, column)
                                       && rect_holds (screen, row, column));
                            cr_assert_not (used[row][column]++);
                        }
                }
            }
}

Test (kiosk, tiles_that_fit_on_one_page_use_the_whole_screen)
{
    struct rect screen = {0, 0, 28, 100};
    struct kiosk_layout cards = kiosk_layout (screen, 24, 0);
    cr_assert_eq (cards.form, KIOSK_CARD, "there is room for latency and availability");
    cr_assert_eq (cards.pages, 1);
    cr_assert_eq (kiosk_tile (&cards, 23).column, 66);
    struct kiosk_layout lines = kiosk_layout (screen, 60, 0);
    cr_assert_eq (lines.form, KIOSK_LINE);
    cr_assert_eq (lines.pages, 1);
    cr_assert_eq (kiosk_tile (&lines, 59).column, 66, "the last column is not left empty");
    tell (1, 1, 24, "online", 2);
    stage_pass (&stage, 2500);
    char *text = stage_screen (&stage, 28, 100);
    int latencies = 0;
    for (const char *at = text; (at = strstr (at, "<5 ms")); at++)
        latencies++;
    cr_assert_eq (latencies, 24, "%s", text);
    free (text);
}

/* Symptom: eight images on a large wall were small boxes in its upper half. */
Test (kiosk, a_few_boxes_take_the_whole_screen)
{
    static const int counts[] = {1, 2, 3, 5, 8, 12, 18};
    struct rect screen = {0, 0, 40, 120};
    for (size_t index = 0; index < sizeof counts / sizeof *counts; index++) {
        struct kiosk_layout layout = kiosk_layout (screen, (size_t) counts[index], 0);
        cr_assert_eq (layout.form, KIOSK_BOX);
        cr_assert_geq (layout.across * layout.down, counts[index]);
        cr_assert_lt (layout.across * (layout.down - 1), counts[index], "no row is empty");
        cr_assert_gt (layout.across * layout.width, layout.tiles.columns - layout.across);
        cr_assert_gt (layout.down * layout.height, layout.tiles.rows - layout.down);
    }
}

/* Symptom: on a wall of 426x120 the terminal died of a division by zero when there were more boxes than rows. */
Test (kiosk, any_number_of_images_has_its_place_on_a_wall_of_any_size)
{
    static const struct rect screens[] = {
        {0, 0, 120, 426}, {0, 0, 80, 320}, {0, 0, 60, 380}, {0, 0, 50, 267}, {0, 0, 8, 40}};
    for (size_t index = 0; index < sizeof screens / sizeof *screens; index++)
        for (size_t count = 1; count <= 300; count++) {
            struct kiosk_layout layout = kiosk_layout (screens[index], count, 0);
            size_t page = (size_t) (layout.across * layout.down);
            cr_assert_geq (page * layout.pages, count);
        }
}

Test (kiosk, a_box_with_room_has_a_chart_and_says_what_is_wrong)
{
    char line[KIOSK_CHART_SIZE];
    tell (1, 1, 2, "online", 20);
    stage_pass (&stage, 2500 + 2 * KIOSK_TICK_MS);
    const struct kiosk_image *image = &stage.ui.kiosk->images[0];
    /* 20 ms is level 3 of 0 to 7: the half of a chart. */
    cr_assert_str_eq (kiosk_chart (stage.ui.kiosk, image, 3, 2, 0, line), "███");
    cr_assert_str_eq (kiosk_chart (stage.ui.kiosk, image, 3, 2, 1, line), "   ");
    kiosk_chart (stage.ui.kiosk, image, 120, 1, 0, line);
    cr_assert (strstr (line, " ▄▄▄▄▄▄"), "two columns a sample: '%s'", line);
    cr_assert_null (strstr (line, "▄▄▄▄▄▄▄"), "'%s'", line);
}
