/* screen_inspector.c: the object that is inspected, as a tree: name, value and class of each field; below
 * the list, where there is room, the whole value of the one under the cursor. Pure. */

#include <stdio.h>
#include <string.h>

#include "ui/details.h"
#include "ui/layout.h"
#include "ui/list.h"
#include "ui/ui_inspector.h"

enum {
    NAME_SHARE = 3, /* of the width: names with their indentation have a third … */
    NAME_MIN = 14,  /* … but so many columns at least, */
    NAME_MAX = 48,
    CLASS_WIDTH = 20, /* at the right, … */
    CLASS_FROM = 64,  /* … where there are so many columns */
    INDENT = 2,
    DEPTH_MAX = 8, /* what lies deeper is not moved further to the right */
};

static bool
node_opens (const struct inspector_node *node)
{
    return node->object_id && node->size != 0;
}

static void
more_draw (struct grid *grid, struct rect area, const struct inspector_row *row, int indent,
           bool selected)
{
    char text[80];
    snprintf (text, sizeof text,
              row->node->asked ? "fetching more" : "%zu of %lld; Enter fetches more",
              row->node->count, (long long) row->node->size);
    grid_string (grid, area, 0, indent + 3, list_style (grid, ROLE_DIM, selected), text);
}

static void
row_draw (const struct ui *ui, struct grid *grid, struct rect area, const struct inspector_row *row,
          bool selected)
{
    const struct inspector_node *node = row->node;
    int depth = row->depth < DEPTH_MAX ? row->depth : DEPTH_MAX, indent = depth * INDENT;
    int width = area.columns / NAME_SHARE;
    width = width < NAME_MIN ? NAME_MIN : width > NAME_MAX ? NAME_MAX : width;
    struct style normal = list_style (grid, ROLE_NORMAL, selected);
    struct style dim = list_style (grid, ROLE_DIM, selected);
    (void) ui;
    if (selected)
        grid_fill (grid, area, normal);
    if (row->more) {
        more_draw (grid, area, row, indent, selected);
        return;
    }
    grid_string (grid, area, 0, indent + 1, dim,
                 !node_opens (node) ? " "
                 : node->expanded   ? "-"
                                    : "+");
    /* The root's name is code, maybe of several lines: its first one. */
    int column = indent + 3;
    grid_field (grid, area, 0, column, width - indent, list_style (grid, ROLE_KEY, selected),
                node->name, strcspn (node->name, "\r\n"));
    column = width + 4;
    bool classes = area.columns >= CLASS_FROM;
    int room = area.columns - column - 1 - (classes ? CLASS_WIDTH + 1 : 0);
    if (room > 0)
        grid_field (grid, area, 0, column, room, normal, node->value, strlen (node->value));
    if (classes)
        grid_field (grid, area, 0, area.columns - CLASS_WIDTH - 1, CLASS_WIDTH, dim,
                    node->class_name, strlen (node->class_name));
}

static int
lines_draw (const struct ui *ui, struct grid *grid, struct rect area, int at)
{
    const struct model_inspector *inspector = &ui->inspector;
    const struct inspector_row *row = model_inspector_selected (inspector);
    if (inspector->why[0]) {
        at = list_detail (grid, area, at, "gone", ROLE_WARNING, inspector->why);
        at =
            list_detail (grid, area, at, "you can", ROLE_NORMAL,
                         "look at what was seen last; r evaluates the code again, and asks before");
    }
    at = list_detail (grid, area, at, row->node->parent ? "field" : "code", ROLE_DIM,
                      row->node->name);
    at = list_detail (grid, area, at, "value", ROLE_NORMAL, row->node->value);
    if (row->node->size >= 0) {
        char size[40];
        snprintf (size, sizeof size, "%lld", (long long) row->node->size);
        at = list_detail (grid, area, at, "fields", ROLE_DIM, size);
    }
    return at;
}

static void
field_draw (struct ui *ui, struct grid *grid, struct layout_split split)
{
    const struct inspector_row *row = model_inspector_selected (&ui->inspector);
    char title[120];
    if (!row)
        return;
    snprintf (title, sizeof title, "%.60s",
              row->node->class_name[0] ? row->node->class_name : row->node->name);
    details_draw (ui, grid, split, title, lines_draw);
}

static void
inspector_draw_title (const struct ui *ui, struct grid *grid, struct rect area)
{
    const struct model_inspector *inspector = &ui->inspector;
    if (!inspector->root)
        return;
    int column =
        grid_printf (grid, area, 0, 0, style_of (grid, ROLE_DIM), "in %s", inspector->image);
    if (inspector->why[0])
        grid_string (grid, area, 0, column, style_of (grid, ROLE_WARNING),
                     ", its objects are gone");
}

static void
inspector_draw (struct ui *ui, struct grid *grid, struct rect area)
{
    const struct model_inspector *inspector = &ui->inspector;
    ui->list_area = (struct rect){0};
    if (!inspector->root) {
        layout_notice (grid, area, "Nothing is inspected.",
                       "M-i or F4 in a workspace inspects what the code answers");
        return;
    }
    struct layout_split split = details_split (ui, area);
    if (inspector->why[0] && split.details.rows == 0)
        grid_string (grid, rect_cut_rows (&split.list, 1), 0, 1, style_of (grid, ROLE_WARNING),
                     "gone; r evaluates it again");
    if (split.list.rows > 0)
        ui->inspector_top = layout_scroll (ui->inspector_top, (int) inspector->selected,
                                           split.list.rows, (int) inspector->row_count);
    ui->list_area = split.list;
    for (size_t place = (size_t) ui->inspector_top;
         place < inspector->row_count && split.list.rows > 0; place++)
        row_draw (ui, grid, rect_cut_rows (&split.list, 1), &inspector->rows[place],
                  place == inspector->selected);
    field_draw (ui, grid, split);
}

/* Opens what is under the cursor, or goes into it. */
static void
act_right (struct ui *ui, struct inspector_row *row)
{
    struct model_inspector *inspector = &ui->inspector;
    struct inspector_node *node = row->node;
    if (row->more) {
        if (inspector->node_count >= INSPECTOR_NODES_MAX)
            ui_say (ui, ROLE_WARNING,
                    "%d fields are here, and no more fit; r on a field forgets "
                    "what is below it",
                    INSPECTOR_NODES_MAX);
        node->more_wanted = inspector->node_count < INSPECTOR_NODES_MAX;
    }
    else if (node->expanded && node->count > 0)
        inspector->selected++;
    else if (inspector->why[0] && node->count == 0)
        ui_say (ui, ROLE_WARNING, "Its objects are gone; r evaluates the code again");
    else if (node_opens (node)) {
        node->expanded = true;
        model_inspector_arrange (inspector);
    }
    else
        ui_bell (ui);
}

static void
act_left (struct ui *ui, struct inspector_row *row)
{
    struct model_inspector *inspector = &ui->inspector;
    struct inspector_node *node = row->node;
    if (!row->more && node->expanded) {
        node->expanded = false;
        model_inspector_arrange (inspector);
        return;
    }
    struct inspector_node *wanted = row->more ? node : node->parent;
    for (size_t place = 0; wanted && place < inspector->row_count; place++)
        if (inspector->rows[place].node == wanted && !inspector->rows[place].more)
            inspector->selected = place;
    if (!wanted)
        ui_bell (ui);
}

static int
inspector_act (struct ui *ui, int request)
{
    struct model_inspector *inspector = &ui->inspector;
    struct inspector_row *row = model_inspector_selected (inspector);
    if (row && details_act (ui, request))
        return SCREEN_DONE;
    if (request == SCREEN_BACK) {
        command_inspector_close (ui, NULL, "");
        return SCREEN_DONE;
    }
    if (!row)
        return request;
    if (request == EDITOR_RIGHT)
        act_right (ui, row);
    else if (request == EDITOR_LEFT)
        act_left (ui, row);
    else if (request == SCREEN_OPEN && !row->more && row->node->expanded)
        act_left (ui, row);
    else if (request == SCREEN_OPEN)
        act_right (ui, row);
    else if (!list_move (request, ui->list_area.rows, inspector->row_count, &inspector->selected))
        return request;
    return SCREEN_DONE;
}

static void
inspector_mouse (struct ui *ui, const struct mouse *mouse)
{
    struct model_inspector *inspector = &ui->inspector;
    int place = list_pressed (mouse, ui->list_area, ui->inspector_top, inspector->row_count);
    if (place < 0)
        return;
    if ((size_t) place == inspector->selected)
        inspector_act (ui, SCREEN_OPEN);
    else
        inspector->selected = (size_t) place;
}

static const char *const hints[] = {"open-field", "refresh-field", "copy-value", "next-panel",
                                    "help",       "workspace",     "back",       NULL};

const struct screen screen_inspector = {
    .name = "inspector",
    .title = "Inspector",
    .group = COMMAND_INSPECTOR,
    .hints = hints,
    .draw_title = inspector_draw_title,
    .draw = inspector_draw,
    .act = inspector_act,
    .mouse = inspector_mouse,
};
