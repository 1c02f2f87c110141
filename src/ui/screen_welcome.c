/* screen_welcome.c: what greets a newcomer, and whoever asks for it: a new connection with what is wrong
 * with it while it is typed; above it what was open, favourites and recents. Where rows are few only
 * the part that has the keys is shown. Pure. */

#include <stdio.h>
#include <string.h>

#include "ui/layout.h"
#include "ui/list.h"
#include "ui/ui_step.h"

enum {
    ROOMY_ROWS = 18,      /* from here on both parts are shown */
    BESIDE_COLUMNS = 120, /* from here on beside one another */
    FEW_ROWS = 3,         /* of the list while the form has the keys */
    FORM_ROWS = 9,        /* of the form while the list has them */
    KIND_WIDTH = 10,
    IMAGE_WIDTH = 20,
    STATE_WIDTH = 13,
    SESSION_WIDTH = 16,
    SESSION_FROM = 64,
};

static bool
welcome_takes_text (const struct ui *ui)
{
    return ui->welcome.in_form;
}

/* ---- what can be opened --------------------------------------------------------------------- */

static void
row_draw (const struct ui *ui, struct grid *grid, struct rect area, const struct welcome_row *row,
          bool first, bool selected)
{
    static const char *const kinds[] = {"resume", "favourite", "recent"};
    const struct model_image *image = model_find (&ui->model, row->image);
    enum stui_image_state state = image ? image->state : STUI_IMAGE_DISABLED;
    char age[AGE_SIZE] = "", text[STUI_NAME_MAX];
    if (selected)
        grid_fill (grid, area, list_style (grid, ROLE_NORMAL, true));
    int column = list_field (grid, area, 1, KIND_WIDTH, style_of (grid, ROLE_TITLE),
                             first ? kinds[row->kind] : "");
    column = list_field (grid, area, column,
                         area.columns / 3 < IMAGE_WIDTH ? area.columns / 3 : IMAGE_WIDTH,
                         list_style (grid, ROLE_NORMAL, selected), row->image);
    snprintf (text, sizeof text, "%s %s", theme_image_symbol (state),
              stui_image_state_word (state));
    column = list_field (grid, area, column, STATE_WIDTH,
                         list_style (grid, theme_image_role (state), selected), text);
    if (area.columns < SESSION_FROM)
        return;
    column = list_field (grid, area, column, SESSION_WIDTH,
                         list_style (grid, ROLE_NORMAL, selected), row->name);
    if (row->at_ms > 0)
        age_text (ui->now.wall_ms - row->at_ms, age);
    if (age[0])
        grid_printf (grid, area, 0, column, list_style (grid, ROLE_DIM, selected), "%s ago", age);
}

static void
rows_draw (struct ui *ui, struct grid *grid, struct rect area)
{
    struct ui_welcome *self = &ui->welcome;
    int top = layout_scroll (self->top, (int) self->selected, area.rows, (int) self->count);
    self->top = top;
    ui->list_area = area;
    for (size_t place = (size_t) top; place < self->count && area.rows > 0; place++)
        row_draw (ui, grid, rect_cut_rows (&area, 1), &self->rows[place],
                  place == (size_t) top || self->rows[place - 1].kind != self->rows[place].kind,
                  !self->in_form && place == self->selected);
}

/* ---- a new connection ----------------------------------------------------------------------- */

/* What Enter does now. */
static const char *
next_text (const struct ui *ui)
{
    const struct ui_welcome *self = &ui->welcome;
    char address[STUI_ADDRESS_MAX];
    switch (self->probe.stage) {
    case UI_PROBE_GOOD:
        return "Enter adds it, and opens a workspace in it";
    case UI_PROBE_BAD:
        return "Enter adds it all the same: it is tried until it is there";
    default:
        return ui->model.image_count > 0
                       || *form_text (&self->form, WELCOME_ADDRESS, address, sizeof address)
                   ? ""
                   : "No image at hand? Leave with ^Q and type: stui demo";
    }
}

static void
connection_draw (struct ui *ui, struct grid *grid, struct rect area)
{
    struct ui_welcome *self = &ui->welcome;
    bool roomy = area.rows > ROOMY_ROWS / 2;
    if (roomy) {
        grid_string (grid, rect_cut_rows (&area, 1), 0, 0, style_of (grid, ROLE_TITLE),
                     "A new connection");
        rect_cut_rows (&area, 1);
    }
    self->form_area = area;
    int row = form_draw (&self->form, grid, area, 0, self->in_form);
    row += roomy;
    const char *next = next_text (ui);
    struct rect rest = area;
    rest.rows = roomy && *next ? area.rows - 2 : area.rows;
    row = ui_probe_draw (ui, &self->probe, grid, rest, row);
    row += roomy && self->probe.stage >= UI_PROBE_GOOD;
    layout_paragraph (grid, area, row,
                      style_of (grid, self->probe.stage == UI_PROBE_GOOD ? ROLE_SUCCESS : ROLE_DIM),
                      next);
}

/* ---- the screen ----------------------------------------------------------------------------- */

static void
greeting_draw (const struct ui *ui, struct grid *grid, struct rect area)
{
    bool first = ui->model.image_count == 0;
    layout_paragraph (grid, area, 0, style_of (grid, ROLE_NORMAL),
                      first
                          ? "Welcome. Type where a Smalltalk image listens: it is tried while you "
                            "type."
                          : "Enter opens; Tab goes on to a new connection.");
}

static void
welcome_draw (struct ui *ui, struct grid *grid, struct rect area)
{
    struct ui_welcome *self = &ui->welcome;
    ui->list_area = (struct rect){0};
    self->form_area = (struct rect){0};
    area = rect_inset (area, 0, 1);
    if (area.rows < ROOMY_ROWS) {
        if (self->in_form)
            connection_draw (ui, grid, area);
        else
            rows_draw (ui, grid, area);
        return;
    }
    rect_cut_rows (&area, 1);
    greeting_draw (ui, grid, rect_cut_rows (&area, 2));
    if (self->count > 0 && area.columns >= BESIDE_COLUMNS) {
        struct rect left = rect_cut_columns (&area, area.columns * 3 / 5);
        rect_cut_columns (&left, -2);
        rows_draw (ui, grid, left);
    }
    else if (self->count > 0) {
        int most = self->in_form ? FEW_ROWS : area.rows - FORM_ROWS, rows = (int) self->count;
        rows_draw (ui, grid, rect_cut_rows (&area, rows < most ? rows : most));
        rect_cut_rows (&area, 1);
    }
    connection_draw (ui, grid, area);
}

static int
form_request (struct ui *ui, int request)
{
    struct ui_welcome *self = &ui->welcome;
    size_t before = self->form.fields[self->form.focus].editor.size;
    if (request == EDITOR_UP && self->form.focus == 0 && self->count > 0) {
        self->in_form = false;
        return SCREEN_DONE;
    }
    if (request == SCREEN_NEXT_PANEL) {
        form_next (&self->form, 1);
        if (self->form.focus == 0 && self->count > 0)
            self->in_form = false;
        return SCREEN_DONE;
    }
    if (request > SCREEN_EDIT_LAST || !form_act (&self->form, request))
        return request;
    if (self->form.fields[self->form.focus].editor.size != before && request != EDITOR_UP
        && request != EDITOR_DOWN)
        ui_welcome_typed (ui);
    return SCREEN_DONE;
}

static int
welcome_act (struct ui *ui, int request)
{
    struct ui_welcome *self = &ui->welcome;
    if (request == SCREEN_OPEN) {
        ui_welcome_accept (ui);
        return SCREEN_DONE;
    }
    if (request == SCREEN_BACK)
        return request;
    if (self->in_form)
        return form_request (ui, request);
    bool last = self->selected + 1 >= self->count;
    if (request == SCREEN_NEXT_PANEL || (request == EDITOR_DOWN && last)) {
        self->in_form = true;
        self->form.focus = 0;
        return SCREEN_DONE;
    }
    return list_move (request, ui->list_area.rows, self->count, &self->selected) ? SCREEN_DONE
                                                                                 : request;
}

static void
welcome_mouse (struct ui *ui, const struct mouse *mouse)
{
    struct ui_welcome *self = &ui->welcome;
    int place = list_pressed (mouse, ui->list_area, self->top, self->count);
    if (mouse->action == MOUSE_PRESS
        && form_press (&self->form, self->form_area, mouse->row, mouse->column))
        self->in_form = true;
    else if (place >= 0) {
        bool again = !self->in_form && (size_t) place == self->selected;
        self->in_form = false;
        self->selected = (size_t) place;
        if (again)
            ui_welcome_accept (ui);
    }
}

static const char *const hints[] = {"accept",  "help", "next-field", "images",
                                    "command", "quit", NULL};
static const char *const text_hints[] = {"accept", "next-field", "back", "help", "quit", NULL};

const struct screen screen_welcome = {
    .name = "welcome",
    .title = "Welcome",
    .group = COMMAND_FORM,
    .hints = hints,
    .text_hints = text_hints,
    .takes_text = welcome_takes_text,
    .draw = welcome_draw,
    .act = welcome_act,
    .mouse = welcome_mouse,
    .type = ui_welcome_type,
};
