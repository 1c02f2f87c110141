/* commands_images.c: what the commands about one image do; their rows are in commands.c. */

#include "ui/commands_images.h"

#include <stdio.h>
#include <stdlib.h>

#include "runtime/json.h"
#include "ui/ui_step.h"

void
command_image_details (struct ui *ui, const struct command *self, const char *argument)
{
    (void) self;
    const char *image = command_target_image (ui, argument);
    if (!*image)
        return;
    model_set_filter (&ui->model, *argument ? "" : ui->model.filter);
    model_select_name (&ui->model, image);
    ui->image_top = 0;
    ui_show (ui, SCREEN_IMAGE);
}

void
command_image_diagnose (struct ui *ui, const struct command *self, const char *argument)
{
    (void) self;
    const char *image = command_target_image (ui, argument);
    if (!*image)
        return;
    ui_probe_image (ui, &ui->diagnosis, image);
    ui_show (ui, SCREEN_DIAGNOSIS);
}

void
command_image_edit (struct ui *ui, const struct command *self, const char *argument)
{
    (void) self;
    const char *image = command_target_image (ui, argument);
    if (*image && ui->read_only)
        ui_say (ui, ROLE_WARNING, "This terminal was started read-only: nothing is changed");
    else if (*image)
        ui_edit_begin (ui, image);
}

/* Turns it round; a protection is taken away only after the image's name was typed. */
void
command_image_protect (struct ui *ui, const struct command *self, const char *argument)
{
    const char *name = command_target_image (ui, argument);
    const struct model_image *image = *name ? model_find (&ui->model, name) : NULL;
    if (!image
        || (image->is_protected
            && command_asks (ui, self, name, image->name,
                             "%.64s is protected: type its name to end that", image->name)))
        return;
    struct msg *msg =
        msg_new ("main", MSG_IMAGE_SET, ui->last_ref + 1, image->name,
                 image->is_protected ? "{\"protected\":null}" : "{\"protected\":\"true\"}");
    struct ui_ask *ask = ui_ask (ui, UI_ASK_ORDER, "", msg);
    if (ask)
        snprintf (ask->said, sizeof ask->said, "%s is %s", image->name,
                  image->is_protected ? "not protected any more" : "protected");
}

void
command_welcome (struct ui *ui, const struct command *self, const char *argument)
{
    (void) self;
    (void) argument;
    ui_welcome_show (ui, false);
}
