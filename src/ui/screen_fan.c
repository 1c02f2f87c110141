/* screen_fan.c: one evaluation in many images: how far it is, what most answered, and a row for each
 * image, in which what differs stands out; beside or below it the whole answer of the one under the
 * cursor. Pure. */

#include <stdio.h>
#include <string.h>

#include "runtime/words.h"
#include "ui/details.h"
#include "ui/layout.h"
#include "ui/list.h"
#include "ui/text.h"
#include "ui/ui_fan.h"

enum { NAME_WIDTH_MIN = 8, NAME_WIDTH_MAX = 24, STATE_WIDTH = 8, TOOK_WIDTH = 8, TOOK_FROM = 56 };

static int
name_width (const struct model_fan *fan, int total)
{
    int longest = NAME_WIDTH_MIN, most = total / 4;
    for (size_t index = 0; index < fan->count; index++) {
        int size = (int) strlen (fan->rows[index].image);
        longest = size > longest ? size : longest;
    }
    most = most > NAME_WIDTH_MAX ? NAME_WIDTH_MAX : most < NAME_WIDTH_MIN ? NAME_WIDTH_MIN : most;
    return longest < most ? longest : most;
}

/* Its first line; from where it differs on it is shown so. */
static void
answer_draw (const struct model_fan *fan, struct grid *grid, struct rect area, int column,
             const struct fan_row *row, bool selected)
{
    const char *text = row->text ? row->text : "";
    size_t size = strcspn (text, "\r\n"), common = model_fan_common (fan, row);
    bool answered = row->state == FAN_ANSWERED || row->state == FAN_RAISED;
    struct style plain = list_style (grid, answered ? ROLE_NORMAL : ROLE_DIM, selected);
    struct rect value = area;
    rect_cut_columns (&value, column);
    if (!row->differs) {
        grid_field (grid, value, 0, 0, value.columns - 1, plain, text, size);
        return;
    }
    int next = grid_text (grid, value, 0, 0, plain, text, common);
    if (next < value.columns - 1)
        grid_field (grid, value, 0, next, value.columns - 1 - next,
                    list_style (grid, ROLE_MATCH, selected), text + common, size - common);
}

/* One row, or the titles when ROW is NULL. */
static void
row_draw (const struct ui *ui, struct grid *grid, struct rect area, const struct fan_row *row,
          bool selected)
{
    char took[WORDS_SIZE] = "";
    struct style dim = list_style (grid, ROLE_DIM, selected), state = dim;
    if (selected)
        grid_fill (grid, area, list_style (grid, ROLE_NORMAL, true));
    if (row) {
        state =
            list_style (grid, row->differs ? ROLE_MATCH : fan_state_role (row->state), selected);
        grid_string (grid, area, 0, 1, state, row->differs ? "*" : fan_state_symbol (row->state));
    }
    int column = list_field (grid, area, 3, name_width (&ui->fan, area.columns),
                             row ? list_style (grid, ROLE_NORMAL, selected) : dim,
                             row ? row->image : "image");
    column =
        list_field (grid, area, column, STATE_WIDTH, state,
                    !row                                         ? "state"
                    : row->differs && row->state == FAN_ANSWERED ? "differs"
                                                                 : fan_state_word (row->state));
    if (area.columns >= TOOK_FROM)
        column = list_field (grid, area, column, -TOOK_WIDTH, dim,
                             !row               ? "took"
                             : row->took_ms < 0 ? ""
                                                : words_duration (row->took_ms, took));
    if (row)
        answer_draw (&ui->fan, grid, area, column, row, selected);
    else
        list_field (grid, area, column, area.columns - column - 1, dim, "answer");
}

/* "12 of 40 ended, 2 differ, 1 raised, 1 held, 26 waiting" */
static void
progress_draw (const struct model_fan *fan, struct grid *grid, struct rect area)
{
    size_t ended = model_fan_ended (fan);
    enum role role = ended == fan->count ? ROLE_SUCCESS : ROLE_PENDING;
    int column =
        grid_printf (grid, area, 0, 1, style_of (grid, role), "%zu of %zu", ended, fan->count);
    if (fan->differing > 0)
        column = grid_printf (grid, area, 0, column, style_of (grid, ROLE_MATCH), ", %zu differ%s",
                              fan->differing, fan->differing == 1 ? "s" : "");
    for (int state = FAN_STATE_COUNT; state-- > 0;)
        if (fan->counts[state] > 0 && state != FAN_ANSWERED)
            column = grid_printf (
                grid, area, 0, column, style_of (grid, fan_state_role ((enum fan_state) state)),
                ", %zu %s", fan->counts[state], fan_state_word ((enum fan_state) state));
}

static void
majority_draw (const struct model_fan *fan, struct grid *grid, struct rect area)
{
    size_t answered = fan->counts[FAN_ANSWERED] + fan->counts[FAN_RAISED];
    struct style dim = style_of (grid, ROLE_DIM);
    if (answered < 2)
        return;
    if (fan->majority == fan->count) {
        grid_string (grid, area, 0, 1, dim, "no answer has the majority");
        return;
    }
    const char *text = fan->rows[fan->majority].text;
    bool all = fan->majority_count == answered;
    int column = grid_printf (grid, area, 0, 1, dim,
                              all ? "all %zu: " : "%zu of %zu: ", fan->majority_count, answered);
    grid_field (grid, area, 0, column, area.columns - column - 1, style_of (grid, ROLE_RESULT),
                text, strcspn (text, "\r\n"));
}

static int
lines_draw (const struct ui *ui, struct grid *grid, struct rect area, int line)
{
    const struct model_fan *fan = &ui->fan;
    const struct fan_row *row = model_fan_selected (fan);
    if (row->text)
        line = layout_paragraph (grid, area, line, style_of (grid, fan_state_role (row->state)),
                                 row->text);
    if (!row->differs)
        return line;
    grid_string (grid, area, line + 1, 0, style_of (grid, ROLE_DIM), "most answered");
    return layout_paragraph (grid, area, line + 2, style_of (grid, ROLE_RESULT),
                             fan->rows[fan->majority].text);
}

static void
answer_whole_draw (struct ui *ui, struct grid *grid, struct layout_split split)
{
    const struct fan_row *row = model_fan_selected (&ui->fan);
    char title[STUI_NAME_MAX + 40];
    if (!row)
        return;
    snprintf (title, sizeof title, "%s  %s%s", row->image, fan_state_word (row->state),
              row->differs ? ", unlike most" : "");
    details_draw (ui, grid, split, title, lines_draw);
}

static void
fan_draw_title (const struct ui *ui, struct grid *grid, struct rect area)
{
    const char *code = ui->fan.code ? ui->fan.code : "";
    size_t size = strcspn (code, "\r\n");
    grid_field (grid, area, 0, 0, area.columns - 1, style_of (grid, ROLE_NORMAL), code, size);
}

/* How far it is, and what most answered, where rows of images stay seen beside that. */
static void
head_draw (const struct model_fan *fan, struct grid *grid, struct rect *area)
{
    if (area->rows > 1)
        progress_draw (fan, grid, rect_cut_rows (area, 1));
    if (area->rows > 3)
        majority_draw (fan, grid, rect_cut_rows (area, 1));
}

static void
fan_draw (struct ui *ui, struct grid *grid, struct rect area)
{
    struct model_fan *fan = &ui->fan;
    ui->list_area = (struct rect){0};
    if (fan->count == 0) {
        layout_notice (grid, area, "Nothing was evaluated in many images yet.",
                       "Mark images with Space, then :all CODE");
        return;
    }
    model_fan_judge (fan);
    struct layout_split split = details_split (ui, area);
    if (split.list.rows > 0)
        head_draw (fan, grid, &area);
    split = details_split (ui, area);
    if (split.list.rows > 1)
        row_draw (ui, grid, rect_cut_rows (&split.list, 1), NULL, false);
    if (split.list.rows > 0)
        ui->fan_top =
            layout_scroll (ui->fan_top, (int) fan->selected, split.list.rows, (int) fan->count);
    ui->list_area = split.list;
    for (size_t place = (size_t) ui->fan_top; place < fan->count && split.list.rows > 0; place++)
        row_draw (ui, grid, rect_cut_rows (&split.list, 1), &fan->rows[fan->order[place]],
                  place == fan->selected);
    answer_whole_draw (ui, grid, split);
}

/* Enter opens the image's workspace; Esc gives up what was not sent, then leaves. */
static int
fan_act (struct ui *ui, int request)
{
    const struct fan_row *row = model_fan_selected (&ui->fan);
    if (row && details_act (ui, request))
        return SCREEN_DONE;
    if (list_move (request, ui->list_area.rows, ui->fan.count, &ui->fan.selected))
        return SCREEN_DONE;
    if (request == SCREEN_BACK) {
        if (!ui_fan_give_up (ui))
            ui_show (ui, ui->fan_from);
        return SCREEN_DONE;
    }
    if (request != SCREEN_OPEN || !row || !model_find (&ui->model, row->image))
        return request;
    ui_open (ui, row->image, true);
    return SCREEN_DONE;
}

/* A click selects. */
static void
fan_mouse (struct ui *ui, const struct mouse *mouse)
{
    int place = list_pressed (mouse, ui->list_area, ui->fan_top, ui->fan.count);
    if (place >= 0)
        ui->fan.selected = (size_t) place;
}

static const char *const hints[] = {
    "back", "help", "differing-first", "interrupt-all", "open-answering", "next-panel",
    "held", NULL};

const struct screen screen_fan = {
    .name = "fanout",
    .title = "Fan-out",
    .group = COMMAND_FAN,
    .hints = hints,
    .draw_title = fan_draw_title,
    .draw = fan_draw,
    .act = fan_act,
    .mouse = fan_mouse,
};
