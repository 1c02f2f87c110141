/* screen_edit.c: how an image is reached and what it is tagged with, as a form. Pure. */

#include <stdio.h>

#include "ui/layout.h"
#include "ui/ui_step.h"

static bool
edit_takes_text (const struct ui *ui)
{
    return ui->edit.form.count > 0;
}

static void
edit_draw_title (const struct ui *ui, struct grid *grid, struct rect area)
{
    grid_string (grid, area, 0, 0, style_of (grid, ROLE_NORMAL), ui->edit.image);
}

static void
edit_draw (struct ui *ui, struct grid *grid, struct rect area)
{
    struct ui_edit *self = &ui->edit;
    if (self->form.count == 0) {
        layout_notice (grid, area, "Its settings are read …", "Esc goes back");
        return;
    }
    area = rect_inset (area, 0, 1);
    rect_cut_rows (&area, area.rows > 10);
    ui->editor_area = area;
    int row = form_draw (&self->form, grid, area, 0, true);
    layout_paragraph (grid, area, row + (area.rows > 10), style_of (grid, ROLE_DIM),
                      "Enter changes the configuration: what is reached otherwise is connected "
                      "anew, sessions stay. Esc leaves it as it is.");
}

static int
edit_act (struct ui *ui, int request)
{
    struct ui_edit *self = &ui->edit;
    switch (request) {
    case SCREEN_OPEN:
        ui_edit_accept (ui);
        return SCREEN_DONE;
    case SCREEN_BACK:
        ui_show (ui, (enum screen_id) self->from);
        return SCREEN_DONE;
    case SCREEN_NEXT_PANEL:
        form_next (&self->form, 1);
        return SCREEN_DONE;
    default:
        if (request > SCREEN_EDIT_LAST || !form_act (&self->form, request))
            return request;
        ui_edit_check (ui);
        return SCREEN_DONE;
    }
}

static void
edit_mouse (struct ui *ui, const struct mouse *mouse)
{
    if (mouse->action == MOUSE_PRESS)
        form_press (&ui->edit.form, ui->editor_area, mouse->row, mouse->column);
}

static const char *const hints[] = {"back", "help", "images", NULL};
static const char *const text_hints[] = {"accept", "next-field", "back", "help", NULL};

const struct screen screen_edit = {
    .name = "edit-image",
    .title = "Edit image",
    .group = COMMAND_FORM,
    .hints = hints,
    .text_hints = text_hints,
    .takes_text = edit_takes_text,
    .draw_title = edit_draw_title,
    .draw = edit_draw,
    .act = edit_act,
    .mouse = edit_mouse,
    .type = ui_edit_type,
};
