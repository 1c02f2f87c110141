/* screen_events.c: what happened lately, newest last, as far as the filter lets it pass; the one under the cursor
 * is shown whole below the list when that is wanted. Pure. */

#include <stdio.h>
#include <string.h>

#include "ui/details.h"
#include "ui/layout.h"
#include "ui/line_filter.h"
#include "ui/list.h"
#include "ui/ui_step.h"

enum {
    IMAGE_WIDTH = 14,
    KIND_WIDTH = 16,
    KIND_FROM = 64,     /* columns */
    LIST_ROWS_MIN = 3,  /* above an event that is shown whole … */
    WHOLE_ROWS_MIN = 2, /* … which has so many at least: where there are fewer, it has all */
    WHOLE_MARGIN = 6,   /* columns beside its text */
};

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
            const struct model_event *event, bool selected)
{
    char at[AGE_SIZE];
    struct style dim = list_style (grid, ROLE_DIM, selected),
                 normal = list_style (grid, ROLE_NORMAL, selected),
                 kind = list_style (grid, kind_role (event->kind), selected);
    struct rect line = {area.row + row, area.column, 1, area.columns};
    if (selected)
        grid_fill (grid, line, normal);
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

/* How far above the last of COUNT that pass the one under the cursor is, and which it is (NULL: none passes).
 * When it passes no more, or has been forgotten, it is the last one. */
static int
cursor_up (const struct ui *ui, int count, const struct model_event **event)
{
    const struct model *model = &ui->model;
    int up = 0, left = count;
    *event = NULL;
    for (size_t index = 0; index < model->event_count; index++) {
        const struct model_event *one = &model->events[index];
        if (!event_passes (model, one))
            continue;
        left--;
        if (one->seq == ui->event_seq || left == 0)
            *event = one;
        if (one->seq == ui->event_seq) {
            up = left;
            break;
        }
    }
    return up;
}

/* The cursor goes to the event that is UP above the last one; on the last it stays with the newest. */
static void
cursor_set (struct ui *ui, int up)
{
    const struct model *model = &ui->model;
    int left = up;
    ui->event_seq = 0;
    for (size_t index = model->event_count; up > 0 && left >= 0 && index-- > 0;)
        if (event_passes (model, &model->events[index]) && left-- == 0)
            ui->event_seq = model->events[index].seq;
}

static int
lines_draw (const struct ui *ui, struct grid *grid, struct rect area, int row)
{
    const struct model_event *event;
    cursor_up (ui, (int) events_passing (&ui->model), &event);
    return layout_paragraph (grid, area, row, style_of (grid, ROLE_NORMAL), event->text);
}

/* All of EVENT below the list, or in its place where AREA has no room for both; what is left for the list. */
static struct rect
whole_draw (struct ui *ui, struct grid *grid, struct rect area, const struct model_event *event)
{
    char at[AGE_SIZE], title[STUI_NAME_MAX + sizeof event->kind + AGE_SIZE + 8];
    int rows = 1 + layout_paragraph_rows (event->text, area.columns - WHOLE_MARGIN);
    int room = area.rows - LIST_ROWS_MIN;
    if (room < WHOLE_ROWS_MIN)
        room = area.rows;
    if (rows >= area.rows && room == area.rows) /* else keys would move what is not seen */
        ui->details.keys = true;
    struct layout_split split = {.list = area};
    split.details = rect_cut_rows (&split.list, -(rows > room ? room : rows));
    snprintf (title, sizeof title, "%s  %s%s%s", day_time_text (event->at_ms, ui->now.zone_s, at),
              event->image, event->image[0] ? "  " : "", event->kind);
    details_draw (ui, grid, split, title, lines_draw);
    return split.list;
}

static void
events_draw (struct ui *ui, struct grid *grid, struct rect area)
{
    const struct model *model = &ui->model;
    const struct model_event *event;
    int count = (int) events_passing (model), cursor = cursor_up (ui, count, &event);
    if (model->event_count == 0)
        layout_notice (grid, area, "Nothing has happened yet.",
                       "images that come and go, and what becomes of sessions, is told here");
    else if (count == 0)
        layout_notice (grid, area, "No event matches the filter.", "Esc shows all of them");
    if (event && ui->event_open)
        area = whole_draw (ui, grid, area, event);
    ui->list_area = area;
    if (area.rows == 0)
        return;
    int most = count > area.rows ? count - area.rows : 0;
    if (cursor < ui->events_up)
        ui->events_up = cursor;
    if (cursor >= ui->events_up + area.rows)
        ui->events_up = cursor - area.rows + 1;
    ui->events_up = ui->events_up > most ? most : ui->events_up;
    int skip = most - ui->events_up, row = 0;
    for (size_t index = 0; row < area.rows && index < model->event_count; index++)
        if (event_passes (model, &model->events[index]) && skip-- <= 0)
            event_draw (ui, grid, area, row++, &model->events[index],
                        &model->events[index] == event);
}

/* Opens or closes it. */
static void
whole_open (struct ui *ui)
{
    ui->event_open = !ui->event_open;
    ui->details.top = 0;
    ui->details.keys = false;
}

/* Whether REQUEST was for the event that is shown whole; next-panel opens it as well. */
static bool
whole_act (struct ui *ui, int request)
{
    bool alone = ui->event_open && ui->details.area.rows > 0 && ui->list_area.rows == 0;
    if (!ui->event_open && request == SCREEN_NEXT_PANEL)
        ui->event_open = true;
    if (alone && request == SCREEN_BACK)
        ui->event_open = ui->details.keys = false;
    else if (ui->event_open)
        return details_act (ui, request);
    return alone;
}

static int
events_act (struct ui *ui, int request)
{
    const struct model_event *event;
    int count = (int) events_passing (&ui->model), up = cursor_up (ui, count, &event);
    size_t place = (size_t) (count > 0 ? count - 1 - up : 0);
    if (event && whole_act (ui, request))
        return SCREEN_DONE;
    if (list_move (request, ui->list_area.rows, (size_t) count, &place)) {
        cursor_set (ui, count - 1 - (int) place);
        return SCREEN_DONE;
    }
    if (request == SCREEN_OPEN && event)
        whole_open (ui);
    else if (request == SCREEN_BACK && ui->event_open)
        ui->event_open = false;
    else if (request == SCREEN_BACK && ui->model.events_filter[0])
        ui->model.events_filter[0] = '\0';
    else
        return request;
    return SCREEN_DONE;
}

static void
events_mouse (struct ui *ui, const struct mouse *mouse)
{
    int count = (int) events_passing (&ui->model), rows = ui->list_area.rows;
    int top = count > rows ? count - rows - ui->events_up : 0;
    int place = list_pressed (mouse, ui->list_area, top, (size_t) count);
    if (place >= 0)
        cursor_set (ui, count - 1 - place);
}

static const char *const hints[] = {"back",      "whole-event", "find-event", "page-up",
                                    "page-down", "next-panel",  "bottom",     "images",
                                    "help",      "command",     NULL};

const struct screen screen_events = {
    .name = "events",
    .title = "Events",
    .group = COMMAND_EVENTS,
    .hints = hints,
    .draw_title = events_draw_title,
    .draw = events_draw,
    .act = events_act,
    .mouse = events_mouse,
};
