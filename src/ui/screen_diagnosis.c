/* screen_diagnosis.c: what an attempt at one image found, step by step, what stui does about it and what
 * its user can do. Pure. */

#include <stdio.h>
#include <string.h>

#include "ui/details.h"
#include "ui/layout.h"
#include "ui/ui_step.h"

enum { ROOMY_ROWS = 16 }; /* with more there are blank lines */

static void
diagnosis_draw_title (const struct ui *ui, struct grid *grid, struct rect area)
{
    grid_string (grid, area, 0, 0, style_of (grid, ROLE_NORMAL), ui->diagnosis.image);
}

/* What its supervisor makes of it, below the attempt, which may be older. */
static int
supervisor_draw (const struct model_image *image, enum ui_probe_stage stage, struct grid *grid,
                 struct rect area, int row, bool roomy)
{
    char text[STUI_CAUSE_MAX + 64];
    row += roomy;
    snprintf (text, sizeof text, "%s %s%s%s", theme_image_symbol (image->state),
              stui_image_state_word (image->state), image->cause ? ": " : "",
              image->cause ? image->cause : "");
    row =
        layout_paragraph (grid, area, row, style_of (grid, theme_image_role (image->state)), text);
    if (image->state == STUI_IMAGE_DISABLED)
        return layout_paragraph (grid, area, row, style_of (grid, ROLE_NORMAL),
                                 "It is let go, as you asked; r takes it up");
    bool well = image->state == STUI_IMAGE_ONLINE;
    if (well && stage == UI_PROBE_BAD)
        return layout_paragraph (grid, area, row, style_of (grid, ROLE_NORMAL),
                                 "It has come since what stands above was found; D tries it again");
    return layout_paragraph (grid, area, row, style_of (grid, ROLE_DIM),
                             well ? "" : stui_trouble_next (image->trouble));
}

/* All of it from ROW on, for a screen of SELF's rows. */
static int
lines_draw (const struct ui *ui, struct grid *grid, struct rect area, int row)
{
    const struct ui_probe *probe = &ui->diagnosis;
    const struct model_image *image = model_find (&ui->model, probe->image);
    bool roomy = ui->rows > ROOMY_ROWS;
    row = ui_probe_draw (ui, probe, grid, area, row);
    if (image)
        row = supervisor_draw (image, probe->stage, grid, area, row, roomy);
    if (probe->stage != UI_PROBE_GOOD || !image || image->state != STUI_IMAGE_ONLINE)
        return row;
    row += roomy;
    grid_printf (grid, area, row, 0, style_of (grid, ROLE_SUCCESS), "%s is well", image->name);
    return row + 1;
}

static void
diagnosis_draw (struct ui *ui, struct grid *grid, struct rect area)
{
    area = rect_inset (area, 0, 1);
    if (ui->diagnosis.stage == UI_PROBE_IDLE) {
        layout_notice (grid, area, "Nothing was diagnosed yet.",
                       "D on the screen of images tries one, step by step");
        return;
    }
    rect_cut_rows (&area, area.rows > 10);
    details_draw_alone (ui, grid, area, lines_draw);
}

static int
diagnosis_act (struct ui *ui, int request)
{
    if (details_scroll (ui, request))
        return SCREEN_DONE;
    if (request != SCREEN_OPEN || !model_find (&ui->model, ui->diagnosis.image))
        return request;
    ui_open (ui, ui->diagnosis.image, true);
    return SCREEN_DONE;
}

static const char *const hints[] = {"back",       "help", "diagnose", "retry",
                                    "edit-image", "open", "images",   NULL};

const struct screen screen_diagnosis = {
    .name = "diagnosis",
    .title = "Diagnosis",
    .group = COMMAND_IMAGES,
    .hints = hints,
    .draw_title = diagnosis_draw_title,
    .draw = diagnosis_draw,
    .act = diagnosis_act,
};
