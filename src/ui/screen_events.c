/* screen_events.c: what happened lately, newest last, as far as the filter lets it pass. Pure. */

#include <string.h>

#include "ui/layout.h"
#include "ui/line_filter.h"
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

static bool
event_passes (const struct model *model, const struct model_event *event)
{
    const struct line_field fields[] = {
        {"image", event->image}, {"kind", event->kind}, {"text", event->text}};
    return line_filter_passes (model->events_filter, fields, sizeof fields / sizeof *fields);
}

static size_t
events_passing (const struct model *model)
{
    size_t count = 0;
    for (size_t index = 0; index < model->event_count; index++)
        count += event_passes (model, &model->events[index]);
    return count;
}

static void
events_draw_title (const struct ui *ui, struct grid *grid, struct rect area)
{
    const struct model *model = &ui->model;
    if (model->events_filter[0])
        grid_printf (grid, area, 0, 0, style_of (grid, ROLE_DIM), "%zu of %zu match /%s",
                     events_passing (model), model->event_count, model->events_filter);
    else if (model->event_count > 0)
        grid_printf (grid, area, 0, 0, style_of (grid, ROLE_DIM), "%zu", model->event_count);
}

static void
events_draw (struct ui *ui, struct grid *grid, struct rect area)
{
    const struct model *model = &ui->model;
    int count = (int) events_passing (model), most = count > area.rows ? count - area.rows : 0;
    ui->list_area = area;
    ui->events_up = ui->events_up > most ? most : ui->events_up;
    if (model->event_count == 0)
        layout_notice (grid, area, "Nothing has happened yet.",
                       "images that come and go, and what becomes of sessions, is told here");
    else if (count == 0)
        layout_notice (grid, area, "No event matches the filter.", "Esc shows all of them");
    int skip = most - ui->events_up, row = 0;
    for (size_t index = 0; row < area.rows && index < model->event_count; index++)
        if (event_passes (model, &model->events[index]) && skip-- <= 0)
            event_draw (ui, grid, area, row++, &model->events[index]);
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
    case SCREEN_BACK:
        if (!ui->model.events_filter[0])
            return request;
        ui->model.events_filter[0] = '\0';
        up = 0;
        break;
    default:
        return request;
    }
    ui->events_up = up < 0 ? 0 : up;
    return SCREEN_DONE;
}

static const char *const hints[] = {"back",   "find-event", "page-up", "page-down", "bottom",
                                    "images", "help",       "command", NULL};

const struct screen screen_events = {
    .name = "events",
    .title = "Events",
    .group = COMMAND_EVENTS,
    .hints = hints,
    .draw_title = events_draw_title,
    .draw = events_draw,
    .act = events_act,
};
