/* screen_events.c: what happened lately, newest last. Pure. */

#include <string.h>

#include "ui/layout.h"
#include "ui/ui_step.h"

enum { IMAGE_WIDTH = 14, KIND_WIDTH = 16, KIND_FROM = 64 /* columns */ };

/* Kinds that somebody should look at. */
static enum role
kind_role (const char *kind)
{
    static const struct {
        const char *kind;
        enum role role;
    } rows[] = {
        {"online", ROLE_ONLINE},     {"suspect", ROLE_SUSPECT}, {"offline", ROLE_OFFLINE},
        {"failed", ROLE_FAILED},     {"in_doubt", ROLE_ERROR},  {"conflict", ROLE_ERROR},
        {"orphaned", ROLE_WARNING},  {"damaged", ROLE_ERROR},   {"unsaved", ROLE_ERROR},
        {"never_run", ROLE_WARNING},
    };
    for (size_t index = 0; index < sizeof rows / sizeof *rows; index++)
        if (strcmp (rows[index].kind, kind) == 0)
            return rows[index].role;
    return ROLE_NORMAL;
}

static void
event_draw (const struct ui *ui, struct grid *grid, struct rect area, int row,
            const struct model_event *event)
{
    char at[AGE_SIZE];
    struct style dim = style_of (grid, ROLE_DIM), normal = style_of (grid, ROLE_NORMAL);
    struct style kind = style_of (grid, kind_role (event->kind));
    int column =
        grid_string (grid, area, row, 1, dim, day_time_text (event->at_ms, ui->now.zone_s, at)) + 2;
    column = grid_field (grid, area, row, column, IMAGE_WIDTH, normal, event->image,
                         strlen (event->image))
             + 1;
    if (area.columns >= KIND_FROM)
        column = grid_field (grid, area, row, column, KIND_WIDTH, kind, event->kind,
                             strlen (event->kind))
                 + 1;
    grid_field (grid, area, row, column, area.columns - column - 1,
                area.columns >= KIND_FROM ? normal : kind, event->text, strlen (event->text));
}

static void
events_draw (struct ui *ui, struct grid *grid, struct rect area)
{
    const struct model *model = &ui->model;
    int count = (int) model->event_count, most = count > area.rows ? count - area.rows : 0;
    ui->list_area = area;
    ui->events_up = ui->events_up > most ? most : ui->events_up;
    if (count == 0)
        layout_notice (grid, area, "Nothing has happened yet.",
                       "images that come and go, and what becomes of sessions, is told here");
    int first = most - ui->events_up;
    for (int row = 0; row < area.rows && first + row < count; row++)
        event_draw (ui, grid, area, row, &model->events[first + row]);
}

static int
events_act (struct ui *ui, int request)
{
    int page = ui->list_area.rows > 1 ? ui->list_area.rows - 1 : 1;
    int up = ui->events_up;
    switch (request) {
    case EDITOR_UP:
        up++;
        break;
    case EDITOR_DOWN:
        up--;
        break;
    case EDITOR_PAGE_UP:
        up += page;
        break;
    case EDITOR_PAGE_DOWN:
        up -= page;
        break;
    case EDITOR_TEXT_START:
        up = MODEL_EVENTS_MAX;
        break;
    case EDITOR_TEXT_END:
        up = 0;
        break;
    default:
        return request;
    }
    ui->events_up = up < 0 ? 0 : up;
    return SCREEN_DONE;
}

static const char *const hints[] = {"back",   "page-up", "page-down", "bottom",
                                    "images", "help",    "command",   NULL};

const struct screen screen_events = {
    .name = "events",
    .title = "Events",
    .hints = hints,
    .draw = events_draw,
    .act = events_act,
};
