/* test_present.c: what the renderer writes, read back from a terminal emulator that is not ours:
 * whatever is drawn, at every size and depth, the emulator's screen equals the front grid after
 * each frame. STUI_TEST_SEED replays a failure, STUI_TEST_FRAMES looks longer. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/random.h"
#include "support/emulator.h"
#include "ui/present.h"

/* A front grid, the renderer, and the terminal at the other end. */
struct stage {
    struct grid front;
    struct present present;
    struct buffer out;
    struct emulator *emulator;
};

static const struct style plain = {0};

static void
stage_open (struct stage *self, int rows, int columns, enum color_depth depth)
{
    *self = (struct stage){0};
    grid_init (&self->front, rows, columns);
    present_init (&self->present, depth);
    self->emulator = emulator_open (rows, columns);
    emulator_feed (self->emulator, "\033[?7l", 5);
}

static void
stage_close (struct stage *self)
{
    grid_fini (&self->front);
    present_fini (&self->present);
    buffer_fini (&self->out);
    emulator_close (&self->emulator);
}

static size_t
stage_frame (struct stage *self)
{
    buffer_clear (&self->out);
    size_t bytes = present_frame (&self->present, &self->front, &self->out);
    cr_assert_eq (bytes, buffer_left (&self->out));
    emulator_feed (self->emulator, buffer_head (&self->out), bytes);
    return bytes;
}

static bool
cell_is_shown (const struct cell *cell, struct emulator_cell shown, enum color_depth depth)
{
    char bytes[CELL_BYTES + 1] = {0};
    memcpy (bytes, cell->bytes, cell->size);
    if (strcmp (bytes, shown.bytes) != 0)
        return false;
    if (cell->width == 0) /* its style is that of its left half */
        return true;
    bool has_ink = strcmp (bytes, " ") != 0 || cell->attributes;
    return cell->width == shown.width && color_at_depth (cell->bg, depth) == shown.bg
           && (!has_ink || color_at_depth (cell->fg, depth) == shown.fg)
           && !(cell->attributes & CELL_BOLD) == !shown.bold
           && !(cell->attributes & CELL_ITALIC) == !shown.italic
           && !(cell->attributes & CELL_UNDERLINE) == !shown.underline
           && !(cell->attributes & CELL_REVERSE) == !shown.reverse
           && !(cell->attributes & CELL_STRIKE) == !shown.strike;
}

/* Fails with WHERE unless the emulator shows the front grid and its cursor. */
static void
stage_check (const struct stage *self, const char *where)
{
    for (int row = 0; row < self->front.rows; row++)
        for (int column = 0; column < self->front.columns; column++) {
            const struct cell *cell = grid_at (&self->front, row, column);
            struct emulator_cell shown = emulator_cell (self->emulator, row, column);
            cr_assert (cell_is_shown (cell, shown, self->present.depth),
                       "%s: row %d column %d is '%.*s' fg %x bg %x attributes %x, "
                       "but '%s' width %d fg %x bg %x is shown",
                       where, row, column, cell->size, cell->bytes, cell->fg, cell->bg,
                       cell->attributes, shown.bytes, shown.width, shown.fg, shown.bg);
        }
    int row, column;
    bool visible;
    emulator_cursor (self->emulator, &row, &column, &visible);
    const struct cursor *cursor = &self->front.cursor;
    cr_assert_eq (visible, cursor->visible, "%s: the cursor's visibility", where);
    cr_assert (!visible || (row == cursor->row && column == cursor->column),
               "%s: the cursor is at %d %d, not %d %d", where, row, column, cursor->row,
               cursor->column);
}

/* ---- random screens ---- */

static const char *const graphemes[] = {
    "a",
    "Z",
    "7",
    " ",
    "  ",
    "      ",
    "                         ",
    "#",
    "é",
    "ß",
    "Ж",
    "λ",
    "…",
    "●",
    "─",
    "┼",
    "█",
    "漢",
    "字",
    "かな",
    "한",
    "ｗ",
    "e\u0301",
    "o\u0308\u0323",
    "漢\u0301",
    "😀",
    "🚀",
    "👍🏽",
    "👨‍👩‍👧",
    "🇩🇪",
    "\u0301",
    "\t",
    "\033[31m",
    "\r",
    "\u202e",
    "\xff",
    "\u2028",
    "word",
    "latency 12 ms",
    "Object subclass: #Foo",
    "क्षि",
    "שלום",
    "ar\u200ccana",
};
enum { GRAPHEME_COUNT = sizeof graphemes / sizeof *graphemes };

static int
pick (struct random_source *random, int below)
{
    return (int) random_below (random, (uint64_t) below);
}

static uint32_t
random_color (struct random_source *random)
{
    switch (pick (random, 5)) {
    case 0:
        return COLOR_INDEX (pick (random, 16));
    case 1:
        return COLOR_INDEX (pick (random, 256));
    case 2:
        return COLOR_RGB (pick (random, 0x1000000));
    default:
        return COLOR_DEFAULT;
    }
}

static struct style
random_style (struct random_source *random)
{
    struct style style = {random_color (random), random_color (random), 0};
    if (pick (random, 2) == 0)
        style.attributes = (uint8_t) pick (random, 64);
    return pick (random, 3) == 0 ? plain : style;
}

static struct rect
random_area (struct random_source *random, const struct grid *grid)
{
    return (struct rect){pick (random, grid->rows + 2) - 1, pick (random, grid->columns + 4) - 2,
                         pick (random, grid->rows + 2), pick (random, grid->columns + 2)};
}

static void
random_text (struct random_source *random, struct grid *grid)
{
    char text[256] = "";
    for (int count = 1 + pick (random, 6); count > 0; count--)
        strcat (text, graphemes[pick (random, GRAPHEME_COUNT)]);
    struct rect area = pick (random, 2) ? grid_area (grid) : random_area (random, grid);
    struct style style = random_style (random);
    int row = pick (random, grid->rows + 1), column = pick (random, grid->columns + 4) - 4;
    if (pick (random, 2))
        grid_string (grid, area, row, column, style, text);
    else
        grid_field (grid, area, row, column, pick (random, 60) - 20, style, text, strlen (text));
}

static void
random_change (struct random_source *random, struct grid *grid)
{
    struct rect area = random_area (random, grid);
    struct style style = random_style (random);
    switch (pick (random, 12)) {
    case 0:
        grid_fill (grid, area, style);
        break;
    case 1:
        grid_restyle (grid, area, style);
        break;
    case 2:
        grid_box (grid, area, style, "Title 漢字");
        break;
    case 3:
        grid_set_cursor (grid, area, pick (random, 5), pick (random, 20),
                         (enum cursor_shape) pick (random, CURSOR_SHAPE_COUNT));
        break;
    case 4:
        grid->cursor.visible = false;
        break;
    case 5:
        if (pick (random, 20) == 0)
            grid_clear (grid);
        break;
    default:
        random_text (random, grid);
    }
}

static void
random_resize (struct random_source *random, struct stage *stage)
{
    int rows = 1 + pick (random, 30), columns = 2 + pick (random, 90);
    grid_resize (&stage->front, rows, columns);
    emulator_resize (stage->emulator, rows, columns);
}

static void
check_seed (uint64_t seed, int frames)
{
    struct random_source random = {seed};
    struct stage stage;
    stage_open (&stage, 1 + pick (&random, 30), 2 + pick (&random, 90),
                (enum color_depth) pick (&random, COLOR_DEPTH_COUNT));
    stage.front.ascii = pick (&random, 8) == 0;
    stage.present.synchronized = pick (&random, 2);
    stage.present.shapes = pick (&random, 2);
    stage.present.erases = pick (&random, 4) > 0;
    for (int frame = 0; frame < frames; frame++) {
        char where[64];
        snprintf (where, sizeof where, "STUI_TEST_SEED=%llu, frame %d", (unsigned long long) seed,
                  frame);
        if (pick (&random, 25) == 0)
            random_resize (&random, &stage);
        for (int changes = pick (&random, 6); changes > 0; changes--)
            random_change (&random, &stage.front);
        stage_frame (&stage);
        stage_check (&stage, where);
        cr_assert_eq (stage_frame (&stage), 0, "%s: a frame that changed nothing", where);
    }
    stage_close (&stage);
}

Test (present, a_foreign_terminal_shows_every_random_screen_exactly, .timeout = 120)
{
    const char *seed = getenv ("STUI_TEST_SEED"), *frames = getenv ("STUI_TEST_FRAMES");
    int count = frames ? atoi (frames) : 4000;
    if (seed) {
        check_seed (strtoull (seed, NULL, 10), count);
        return;
    }
    enum { FRAMES_A_SEED = 40 };
    for (int done = 0; done < count; done += FRAMES_A_SEED)
        check_seed ((uint64_t) done + 1, FRAMES_A_SEED);
}

/* ---- counters ---- */

/* The images screen, as far as bytes are concerned. */
static void
draw_images (struct grid *grid, int changed_ms)
{
    struct style style = {COLOR_INDEX (COLOR_GREEN), COLOR_DEFAULT, 0};
    struct rect all = grid_area (grid);
    for (int row = 0; row < grid->rows; row++) {
        grid_printf (grid, all, row, 0, style, "● image-%03d", row);
        grid_printf (grid, all, row, 20, plain, "online   %6d ms   3 sessions",
                     row == 17 ? changed_ms : 2 + row);
    }
}

Test (present, nothing_changed_writes_nothing)
{
    struct stage stage;
    stage_open (&stage, 50, 200, COLOR_TRUE);
    stage.present.synchronized = true;
    draw_images (&stage.front, 12);
    cr_assert_gt (stage_frame (&stage), 0);
    uint64_t bytes = stage.present.bytes, cells = stage.present.cells;
    grid_clear (&stage.front);
    draw_images (&stage.front, 12);
    cr_assert_eq (stage_frame (&stage), 0);
    cr_assert (stage.present.bytes == bytes && stage.present.cells == cells);
    cr_assert_eq (stage.present.frames, 1);
    stage_close (&stage);
}

Test (present, one_latency_figure_is_under_64_bytes_beside_the_pair)
{
    struct stage stage;
    stage_open (&stage, 50, 200, COLOR_TRUE);
    stage.present.synchronized = true;
    draw_images (&stage.front, 12);
    stage_frame (&stage);
    draw_images (&stage.front, 345);
    size_t pair = strlen (PRESENT_BEGIN) + strlen (PRESENT_END);
    size_t bytes = stage_frame (&stage);
    cr_assert_lt (bytes, 64 + pair);
    cr_assert_lt (bytes, 16 + pair, "%zu bytes for three figures", bytes);
    cr_assert_eq (strncmp (buffer_head (&stage.out), PRESENT_BEGIN, strlen (PRESENT_BEGIN)), 0);
    stage_check (&stage, "one figure");
    stage_close (&stage);
}

Test (present, a_line_that_empties_is_erased_with_its_background)
{
    struct stage stage;
    struct style bar = {COLOR_DEFAULT, COLOR_INDEX (COLOR_BLUE), 0};
    stage_open (&stage, 3, 120, COLOR_16);
    grid_fill (&stage.front, (struct rect){1, 0, 1, 120}, bar);
    grid_string (&stage.front, grid_area (&stage.front), 1, 0, bar,
                 "a long line of text that reaches far to the right of the screen");
    stage_frame (&stage);
    grid_fill (&stage.front, (struct rect){1, 0, 1, 120}, bar);
    cr_assert_leq (stage_frame (&stage), 16);
    stage_check (&stage, "erased");
    stage_close (&stage);
}

Test (present, the_last_cell_does_not_scroll)
{
    struct stage stage;
    stage_open (&stage, 4, 10, COLOR_256);
    emulator_feed (stage.emulator, "\033[?7h", 5); /* even with autowrap */
    grid_fill (&stage.front, grid_area (&stage.front), plain);
    for (int row = 0; row < 4; row++)
        grid_string (&stage.front, grid_area (&stage.front), row, 0, plain, "0123456789");
    stage_frame (&stage);
    stage_check (&stage, "full");
    grid_string (&stage.front, grid_area (&stage.front), 3, 8, plain, "漢");
    stage_frame (&stage);
    stage_check (&stage, "wide in the last columns");
    stage_close (&stage);
}

Test (present, who_differs_about_a_width_spoils_one_cell)
{
    struct stage stage;
    stage_open (&stage, 1, 40, COLOR_16);
    grid_string (&stage.front, grid_area (&stage.front), 0, 0, plain, "a😀bc");
    stage_frame (&stage);
    /* Both cells are emptied first, and what follows is placed by its column. */
    cr_assert_not_null (memmem (buffer_head (&stage.out), buffer_left (&stage.out),
                                "  \033[2G😀\033[4Gb", strlen ("  \033[2G😀\033[4Gb")));
    grid_string (&stage.front, grid_area (&stage.front), 0, 1, plain, "🚀");
    stage_frame (&stage);
    cr_assert_not_null (memmem (buffer_head (&stage.out), buffer_left (&stage.out), "🚀\033[4Gb",
                                strlen ("🚀\033[4Gb")));
    stage_check (&stage, "emoji");
    stage_close (&stage);
}

Test (present, colours_become_what_the_terminal_has)
{
    cr_assert_eq (color_at_depth (COLOR_RGB (0xFF0000), COLOR_TRUE), COLOR_RGB (0xFF0000));
    cr_assert_eq (color_at_depth (COLOR_RGB (0xFF0000), COLOR_256), COLOR_INDEX (196));
    cr_assert_eq (color_at_depth (COLOR_RGB (0x808080), COLOR_256), COLOR_INDEX (244));
    cr_assert_eq (color_at_depth (COLOR_RGB (0xFF0000), COLOR_16), COLOR_INDEX (9));
    cr_assert_eq (color_at_depth (COLOR_INDEX (196), COLOR_16), COLOR_INDEX (9));
    cr_assert_eq (color_at_depth (COLOR_INDEX (3), COLOR_16), COLOR_INDEX (3));
    cr_assert_eq (color_at_depth (COLOR_RGB (0xFF0000), COLOR_MONO), COLOR_DEFAULT);
    cr_assert_eq (color_at_depth (COLOR_DEFAULT, COLOR_16), COLOR_DEFAULT);
}
