/* screen.c: the screens by their ids, and the frame that is drawn around each. Pure. */

#include "ui/screen.h"

#include <string.h>

#include "ui/layout.h"
#include "ui/status.h"
#include "ui/ui_kiosk.h"
#include "ui/ui_step.h"

const struct screen *
screen_of (enum screen_id id)
{
    static const struct screen *const screens[SCREEN_COUNT] = {
        [SCREEN_IMAGES] = &screen_images,
        [SCREEN_WORKSPACE] = &screen_workspace,
        [SCREEN_SESSIONS] = &screen_sessions,
        [SCREEN_EVENTS] = &screen_events,
        [SCREEN_HELD] = &screen_held,
        [SCREEN_HELP] = &screen_help,
        [SCREEN_CLEANUP] = &screen_cleanup,
        [SCREEN_IMAGE] = &screen_image,
        [SCREEN_EDIT] = &screen_edit,
        [SCREEN_DIAGNOSIS] = &screen_diagnosis,
        [SCREEN_FAN] = &screen_fan,
        [SCREEN_WELCOME] = &screen_welcome,
        [SCREEN_TRANSCRIPT] = &screen_transcript,
        [SCREEN_INSPECTOR] = &screen_inspector,
    };
    return screens[id];
}

int
screen_from_name (const char *name)
{
    for (int id = 0; id < SCREEN_COUNT; id++)
        if (strcmp (screen_of ((enum screen_id) id)->name, name) == 0)
            return id;
    return -1;
}

/* Too small for anything but saying so. */
static void
draw_too_small (struct grid *grid)
{
    struct rect area = grid_area (grid);
    int row = grid_printf (grid, area, 0, 0, style_of (grid, ROLE_WARNING), "stui needs %dx%d",
                           UI_COLUMNS_MIN, UI_ROWS_MIN)
              > 0;
    grid_printf (grid, area, row, 0, style_of (grid, ROLE_NORMAL), "this is %dx%d", grid->columns,
                 grid->rows);
}

static void
draw_all (struct ui *self, struct grid *grid)
{
    self->rows = grid->rows;
    self->columns = grid->columns;
    if (grid->rows < UI_ROWS_MIN || grid->columns < UI_COLUMNS_MIN) {
        draw_too_small (grid);
        return;
    }
    if (self->kiosk) {
        ui_kiosk_draw (self, grid);
        return;
    }
    bool is_typing = self->prompt.kind != PROMPT_CLOSED;
    int line_rows = is_typing ? 1 : status_line_rows (self, grid->columns);
    struct layout layout = layout_of (grid_area (grid), line_rows);
    ui_panes_draw (self, grid, layout.panes);
    /* What is said of a line while it is typed stands above it. */
    if (is_typing && self->model.message[0])
        status_draw_line (self, grid, layout.status);
    else
        status_draw (self, grid, layout.status);
    if (!is_typing) {
        status_draw_line (self, grid, layout.line);
        return;
    }
    prompt_draw_candidates (self, grid, layout.content);
    prompt_draw (self, grid, layout.line);
}

void
ui_draw (struct ui *self, struct grid *grid)
{
    grid_clear (grid);
    draw_all (self, grid);
    theme_finish (grid);
}
