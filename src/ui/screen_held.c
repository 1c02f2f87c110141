/* screen_held.c: what images have held and in doubt: image, when it was asked for, the code; beside or
 * below it the whole of the one under the cursor and why it is there. Pure. */

#include <stdio.h>
#include <string.h>

#include "ui/details.h"
#include "ui/layout.h"
#include "ui/list.h"
#include "ui/text.h"
#include "ui/ui_step.h"

enum { IMAGE_WIDTH = 14, STATE_WIDTH = 8, AGE_WIDTH = 8, AGE_FROM = 60 };

static char *
asked_text (const struct model_held_entry *entry, struct ui_now now, char age[AGE_SIZE])
{
    age_text (now.wall_ms - entry->asked_ms, age);
    if (!age[0])
        snprintf (age, AGE_SIZE, "now");
    return age;
}

/* One row, or the titles when ENTRY is NULL. */
static void
row_draw (const struct ui *ui, struct grid *grid, struct rect area,
          const struct model_held_entry *entry, bool selected)
{
    char age[AGE_SIZE];
    struct style normal = list_style (grid, entry ? ROLE_NORMAL : ROLE_DIM, selected);
    struct style dim = list_style (grid, ROLE_DIM, selected);
    struct style state =
        entry ? list_style (grid, entry->doubtful ? ROLE_WARNING : ROLE_PENDING, selected) : dim;
    if (selected)
        grid_fill (grid, area, list_style (grid, ROLE_NORMAL, true));
    if (entry)
        grid_string (grid, area, 0, 1, state, entry->doubtful ? "?" : "-");
    int column = list_field (grid, area, 3, IMAGE_WIDTH, normal, entry ? entry->image : "image");
    column = list_field (grid, area, column, STATE_WIDTH, state,
                         !entry            ? "state"
                         : entry->doubtful ? "in doubt"
                                           : "held");
    if (area.columns >= AGE_FROM)
        column = list_field (grid, area, column, -AGE_WIDTH, dim,
                             entry ? asked_text (entry, ui->now, age) : "asked");
    int width = area.columns - column - 1;
    const char *code = entry ? entry->code : "code";
    if (width > 0) /* its first line */
        grid_field (grid, area, 0, column, width, normal, code, strcspn (code, "\r\n"));
}

static int
lines_draw (const struct ui *ui, struct grid *grid, struct rect area, int row)
{
    const struct model_held_entry *entry = model_held_selected (&ui->held);
    const struct model_image *image = model_find (&ui->model, entry->image);
    bool online = image && image->state == STUI_IMAGE_ONLINE;
    char age[AGE_SIZE], asked[AGE_SIZE + 8];
    row = list_detail (grid, area, row, "because", ROLE_WARNING, entry->why);
    row = list_detail (grid, area, row, "beware", ROLE_WARNING,
                       entry->anew ? "its session was made anew since: the variables are gone"
                                   : NULL);
    row = list_detail (grid, area, row, "you can", ROLE_NORMAL,
                       entry->doubtful
                           ? "look at the image; then Enter: it ran, it did not, or once again"
                       : online ? "send it with s, the image is online; or drop it with d"
                                : "send it with s when the image is online, or drop it with d");
    row = list_detail (grid, area, row, entry->cut ? "begins" : "code", ROLE_NORMAL, entry->code);
    snprintf (asked, sizeof asked, "%s ago", asked_text (entry, ui->now, age));
    row =
        list_detail (grid, area, row, "asked", ROLE_NORMAL, strcmp (age, "now") == 0 ? age : asked);
    row = list_detail (grid, area, row, "by", ROLE_DIM, entry->asked_by);
    row = list_detail (grid, area, row, "session", ROLE_DIM, entry->session);
    return list_detail (grid, area, row, "id", ROLE_DIM, entry->id);
}

static void
entry_draw (struct ui *ui, struct grid *grid, struct layout_split split)
{
    const struct model_held_entry *entry = model_held_selected (&ui->held);
    char title[STUI_NAME_MAX + 40];
    if (!entry)
        return;
    snprintf (title, sizeof title, "%s in %s", entry->doubtful ? "In doubt" : "Held", entry->image);
    details_draw (ui, grid, split, title, lines_draw);
}

static void
held_draw_title (const struct ui *ui, struct grid *grid, struct rect area)
{
    if (ui->held.count > 0)
        grid_printf (grid, area, 0, 0, style_of (grid, ROLE_DIM), "%zu", ui->held.count);
}

static void
held_draw (struct ui *ui, struct grid *grid, struct rect area)
{
    const struct model_held *held = &ui->held;
    ui->list_area = (struct rect){0};
    if (held->count == 0) {
        layout_notice (grid, area, "Nothing is held or in doubt.",
                       "Code that is evaluated while its image is away comes here");
        return;
    }
    struct layout_split split = details_split (ui, area);
    row_draw (ui, grid, rect_cut_rows (&split.list, 1), NULL, false);
    if (split.list.rows > 0)
        ui->held_top =
            layout_scroll (ui->held_top, (int) held->selected, split.list.rows, (int) held->count);
    ui->list_area = split.list;
    for (size_t place = (size_t) ui->held_top; place < held->count && split.list.rows > 0; place++)
        row_draw (ui, grid, rect_cut_rows (&split.list, 1), &held->items[place],
                  place == held->selected);
    entry_draw (ui, grid, split);
}

static int
held_act (struct ui *ui, int request)
{
    if (model_held_selected (&ui->held) && details_act (ui, request))
        return SCREEN_DONE;
    if (list_move (request, ui->list_area.rows, ui->held.count, &ui->held.selected))
        return SCREEN_DONE;
    const struct model_held_entry *entry = model_held_selected (&ui->held);
    if (request != SCREEN_OPEN || !entry)
        return request;
    commands_run_line (ui, entry->doubtful ? "doubt resolve" : "held send");
    return SCREEN_DONE;
}

/* A click selects, a second one settles. */
static void
held_mouse (struct ui *ui, const struct mouse *mouse)
{
    int place = list_pressed (mouse, ui->list_area, ui->held_top, ui->held.count);
    if (place < 0)
        return;
    if ((size_t) place == ui->held.selected)
        held_act (ui, SCREEN_OPEN);
    else
        ui->held.selected = (size_t) place;
}

static const char *const hints[] = {"settle-held", "help",   "send-held", "drop-held", "next-panel",
                                    "images",      "events", "back",      NULL};

const struct screen screen_held = {
    .name = "held",
    .title = "Held and in doubt",
    .group = COMMAND_HELD,
    .hints = hints,
    .draw_title = held_draw_title,
    .draw = held_draw,
    .act = held_act,
    .mouse = held_mouse,
};
