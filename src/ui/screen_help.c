/* screen_help.c: every command with its keys, from the command table, those of the screen that was left
 * first. Pure. */

#include <string.h>

#include "ui/commands.h"
#include "ui/layout.h"
#include "ui/ui_step.h"

enum {
    FLOW_COLUMNS = 100, /* for each column of the page */
    LIST_KEYS = 9,      /* widths of the fields */
    TEXT_KEYS = 13,
    NAME = 18,
    NARROW = 76, /* below it there is one field of keys and no name */
    NARROW_KEYS = 10,
    FOREWORD_GAP = 8,
};

static const char foreword[] = "in text, printable keys, Tab and Enter are text";

/* One line of the page: a heading, a blank line, or a command. */
static void
line_draw (const struct ui *ui, struct grid *grid, struct rect area, const char *heading,
           const struct command *command)
{
    struct style key = style_of (grid, ROLE_KEY), normal = style_of (grid, ROLE_NORMAL);
    struct style dim = style_of (grid, ROLE_DIM);
    int column = 1;
    if (heading)
        grid_string (grid, area, 0, 0, style_of (grid, ROLE_TITLE), heading);
    if (!command)
        return;
    const char *list = keymap_keys (&ui->keymap, KEYMAP_LIST, command);
    const char *text = keymap_keys (&ui->keymap, KEYMAP_TEXT, command);
    if (area.columns < NARROW) {
        const char *keys = *list ? list : *text ? text : command->name;
        column = grid_field (grid, area, 0, column, NARROW_KEYS, key, keys, strlen (keys)) + 1;
    }
    else {
        column = grid_field (grid, area, 0, column, LIST_KEYS, key, list, strlen (list)) + 1;
        column = grid_field (grid, area, 0, column, TEXT_KEYS, key, text, strlen (text)) + 1;
        column =
            grid_field (grid, area, 0, column, NAME, dim, command->name, strlen (command->name));
    }
    grid_field (grid, area, 0, column, area.columns - column, normal, command->help,
                strlen (command->help));
}

static void
captions_draw (struct grid *grid, struct rect area)
{
    struct style dim = style_of (grid, ROLE_DIM);
    grid_string (grid, area, 0, 1, dim, "in lists");
    grid_string (grid, area, 0, 1 + LIST_KEYS + 1, dim, "in text");
    int column = grid_string (grid, area, 0, 1 + LIST_KEYS + 1 + TEXT_KEYS + 1, dim, "command");
    if (area.columns > column + FOREWORD_GAP + (int) strlen (foreword))
        grid_string (grid, area, 0, area.columns - (int) strlen (foreword), dim, foreword);
}

/* The group that stands at PLACE: first what the screen has from which help was called, then the rest in
 * the table's order. */
static enum command_group
group_at (const struct ui *ui, int place)
{
    enum command_group here = screen_of (ui->before)->group;
    if (place == 0)
        return here;
    return (enum command_group) (place <= (int) here ? place - 1 : place);
}

/* Draws line LINE of the page into AREA when it is the one wanted. Returns how many there are. */
static int
page_line (const struct ui *ui, struct grid *grid, struct rect area, int wanted)
{
    int line = 0;
    for (int place = 0; place < COMMAND_GROUP_COUNT; place++) {
        enum command_group group = group_at (ui, place);
        if (line++ == wanted)
            line_draw (ui, grid, area, commands_group_title (group), NULL);
        for (const struct command *row = commands_first (); row; row = commands_next (row))
            if (row->group == group && line++ == wanted)
                line_draw (ui, grid, area, NULL, row);
        line++; /* blank */
    }
    return line - 1;
}

static void
help_draw (struct ui *ui, struct grid *grid, struct rect area)
{
    int across = area.columns / FLOW_COLUMNS > 1 ? area.columns / FLOW_COLUMNS : 1;
    area = rect_inset (area, 0, 1);
    int each = area.columns / across;
    if (each >= NARROW)
        captions_draw (grid, rect_cut_rows (&area, 1));
    int count = page_line (ui, grid, (struct rect){0}, -1);
    int most = count - area.rows * across;
    ui->help_top = ui->help_top > most ? most : ui->help_top;
    ui->help_top = ui->help_top < 0 ? 0 : ui->help_top;
    for (int column = 0; column < across; column++)
        for (int row = 0; row < area.rows; row++) {
            struct rect line = {area.row + row, area.column + column * each, 1,
                                each - (column + 1 < across ? 2 : 0)};
            page_line (ui, grid, line, ui->help_top + column * area.rows + row);
        }
    ui->list_area = area;
}

static int
help_act (struct ui *ui, int request)
{
    int page = ui->list_area.rows > 1 ? ui->list_area.rows - 1 : 1;
    switch (request) {
    case EDITOR_UP:
        ui->help_top--;
        return SCREEN_DONE;
    case EDITOR_DOWN:
        ui->help_top++;
        return SCREEN_DONE;
    case EDITOR_PAGE_UP:
        ui->help_top -= page;
        return SCREEN_DONE;
    case EDITOR_PAGE_DOWN:
        ui->help_top += page;
        return SCREEN_DONE;
    case EDITOR_TEXT_START:
        ui->help_top = 0;
        return SCREEN_DONE;
    case EDITOR_TEXT_END:
        ui->help_top = 1000; /* drawing finds the last page */
        return SCREEN_DONE;
    default:
        return request;
    }
}

static const char *const hints[] = {"back", "page-down", "page-up", "command", "images", NULL};

const struct screen screen_help = {
    .name = "help",
    .title = "Help",
    .hints = hints,
    .draw = help_draw,
    .act = help_act,
};
