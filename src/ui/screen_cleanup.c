/* screen_cleanup.c: the sessions that could be cleaned away, brought back or adopted: which, how old, and
 * why; nothing is moved before the user says yes. Pure. */

#include <stdio.h>
#include <string.h>

#include "runtime/json.h"
#include "runtime/words.h"
#include "ui/layout.h"
#include "ui/list.h"
#include "ui/ui_step.h"

enum { IMAGE_WIDTH = 12, NAME_WIDTH = 16, STATE_WIDTH = 9, AGE_WIDTH = 8, AGE_FROM = 60 };

static const struct {
    const char *title, *empty, *command;
} kinds[] = {
    [CLEANUP_AWAY] = {"into the archive", "There is nothing to clean away.", "cleanup"},
    [CLEANUP_BACK] = {"out of the archive", "The archive is empty.", "undo-cleanup"},
    [CLEANUP_ADOPT] = {"to adopt", "There is nothing to adopt.", "adopt"},
};

/* One row, or the titles when ROW is NULL. */
static void
row_draw (const struct ui *ui, struct grid *grid, struct rect area, const struct json *row,
          bool selected)
{
    char age[WORDS_SIZE];
    struct style dim = list_style (grid, ROLE_DIM, selected);
    struct style normal = list_style (grid, row ? ROLE_NORMAL : ROLE_DIM, selected);
    struct style state = row ? list_style (grid, ROLE_WARNING, selected) : dim;
    const char *image = json_get_text (row, "image");
    if (selected)
        grid_fill (grid, area, list_style (grid, ROLE_NORMAL, true));
    if (row)
        grid_string (grid, area, 0, 1, state, "?");
    int column = list_field (grid, area, 3, IMAGE_WIDTH, normal,
                             !row    ? "image"
                             : image ? image
                                     : ui->cleanup.image);
    column = list_field (grid, area, column, NAME_WIDTH, normal,
                         row ? json_get_text (row, "name") : "session");
    if (area.columns >= AGE_FROM) {
        column = list_field (grid, area, column, STATE_WIDTH, state,
                             row ? json_get_text (row, "state") : "state");
        column =
            list_field (grid, area, column, -AGE_WIDTH, dim,
                        row ? words_duration (json_get_number (row, "age_ms", -1), age) : "age");
    }
    list_field (grid, area, column, area.columns - column - 1, dim,
                row ? json_get_text (row, "why") : "why");
}

static void
cleanup_draw_title (const struct ui *ui, struct grid *grid, struct rect area)
{
    const struct ui_cleanup *cleanup = &ui->cleanup;
    grid_printf (grid, area, 0, 0, style_of (grid, ROLE_DIM), "%zu %s", json_count (cleanup->rows),
                 kinds[cleanup->kind].title);
}

static void
cleanup_draw (struct ui *ui, struct grid *grid, struct rect area)
{
    struct ui_cleanup *cleanup = &ui->cleanup;
    int count = (int) json_count (cleanup->rows);
    ui->list_area = (struct rect){0};
    char under_way[64];
    snprintf (under_way, sizeof under_way, "Under way … %zu of %zu", cleanup->settled,
              ui_cleanup_wanted (cleanup));
    if (count == 0 && cleanup->ordered > 0)
        layout_notice (grid, area, under_way, "What is left is listed when it is done");
    else if (count == 0 && cleanup->found_empty) /* also while it is read again */
        layout_notice (grid, area, kinds[cleanup->kind].empty, "Esc goes back");
    else if (count == 0 && cleanup->why[0])
        layout_notice (grid, area,
                       cleanup->again_ms == STUI_NEVER
                           ? "The list was not read."
                           : "The list could not be read; it is tried again.",
                       cleanup->why);
    else if (!cleanup->rows || (cleanup->open > 0 && count == 0))
        layout_notice (grid, area, cleanup->open > 0 ? "Reading …" : "Nothing was asked for yet.",
                       ":cleanup, :undo-cleanup and :adopt list what they would do");
    else if (count == 0)
        layout_notice (grid, area, kinds[cleanup->kind].empty, "Esc goes back");
    if (count == 0)
        return;
    row_draw (ui, grid, rect_cut_rows (&area, 1), NULL, false);
    cleanup->top = layout_scroll (cleanup->top, (int) cleanup->selected, area.rows, count);
    ui->list_area = area;
    const struct json *row = json_at (cleanup->rows, (size_t) cleanup->top);
    for (int place = cleanup->top; row && area.rows > 0; place++, row = json_next (row))
        row_draw (ui, grid, rect_cut_rows (&area, 1), row, place == (int) cleanup->selected);
}

/* Enter asks whether all that is listed is meant. */
static int
cleanup_act (struct ui *ui, int request)
{
    struct ui_cleanup *cleanup = &ui->cleanup;
    if (list_move (request, ui->list_area.rows, json_count (cleanup->rows), &cleanup->selected))
        return SCREEN_DONE;
    if (request == SCREEN_BACK) {
        ui_show (ui, SCREEN_SESSIONS);
        return SCREEN_DONE;
    }
    if (request != SCREEN_OPEN)
        return request;
    char line[STUI_NAME_MAX + 32];
    snprintf (line, sizeof line, "%s do", kinds[cleanup->kind].command);
    commands_run_line (ui, line);
    return SCREEN_DONE;
}

/* A click selects, a second one asks whether all that is listed is meant. */
static void
cleanup_mouse (struct ui *ui, const struct mouse *mouse)
{
    struct ui_cleanup *cleanup = &ui->cleanup;
    int place = list_pressed (mouse, ui->list_area, cleanup->top, json_count (cleanup->rows));
    if (place < 0)
        return;
    if ((size_t) place == cleanup->selected)
        cleanup_act (ui, SCREEN_OPEN);
    else
        cleanup->selected = (size_t) place;
}

static const char *const hints[] = {"move-listed", "help", "back", "sessions", NULL};

const struct screen screen_cleanup = {
    .name = "cleanup",
    .title = "Cleanup",
    .group = COMMAND_CLEANUP,
    .hints = hints,
    .draw_title = cleanup_draw_title,
    .draw = cleanup_draw,
    .act = cleanup_act,
    .mouse = cleanup_mouse,
};
