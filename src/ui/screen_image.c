/* screen_image.c: one image: all that is known of it, and its last connections; what is done to it on
 * the screen of images is done here by the same keys. Pure. */

#include "ui/image_details.h"
#include "ui/layout.h"
#include "ui/list.h"
#include "ui/ui_step.h"

static void
image_draw (struct ui *ui, struct grid *grid, struct rect area)
{
    ui->list_area = (struct rect){0};
    if (!model_selected (&ui->model)) {
        layout_notice (grid, area, "There is no image to be shown.", "1 shows the list of images");
        return;
    }
    int count = image_details_draw_all (ui, grid, area, ui->image_top);
    if (ui->image_top > 0 && ui->image_top >= count)
        ui->image_top = count > 0 ? count - 1 : 0;
}

/* Up and down scroll, left and right go to the images beside it. */
static int
image_act (struct ui *ui, int request)
{
    size_t top = (size_t) ui->image_top;
    if (request == EDITOR_LEFT || request == EDITOR_RIGHT) {
        size_t place = ui->model.selected;
        list_move (request == EDITOR_LEFT ? EDITOR_UP : EDITOR_DOWN, 1, ui->model.shown_count,
                   &place);
        model_select (&ui->model, place);
        ui->image_top = 0;
        return SCREEN_DONE;
    }
    if (request == EDITOR_TEXT_END || !list_move (request, 8, MODEL_CONNECTIONS_MAX, &top)) {
        if (request != SCREEN_OPEN || !model_selected (&ui->model))
            return request;
        ui_open (ui, model_selected (&ui->model)->name, true);
        return SCREEN_DONE;
    }
    ui->image_top = (int) top;
    return SCREEN_DONE;
}

static const char *const hints[] = {"open",  "page-down",  "help",      "back",  "diagnose",
                                    "retry", "edit-image", "favourite", "close", NULL};

const struct screen screen_image = {
    .name = "image-details",
    .title = "Image",
    .group = COMMAND_IMAGES,
    .hints = hints,
    .draw = image_draw,
    .act = image_act,
};
