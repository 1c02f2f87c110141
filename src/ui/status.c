/* status.c: see status.h. */

#include "ui/status.h"

#include <stdio.h>
#include <string.h>

#include "ui/commands.h"
#include "ui/layout.h"
#include "ui/text.h"
#include "ui/ui_step.h"
#include "ui/ui_waits.h"

enum {
    FLEET_COLUMNS = 60, /* from here on the fleet is summed up on every screen */
    STATUS_TAGS_MAX = 400,
    STATUS_TAGS_LEAST = 3,
    HOLDER_SHOWN = 6, /* characters of a terminal's id */
    LINE_MARGINS = 2, /* columns left and right of what the last line says */
    LINE_ROWS_MAX = 3,
};

/* ---- the title ------------------------------------------------------------------------------ */

/* "2 online, 1 offline": the words of the fleet, most telling first, as many as fit WIDTH. */
static void
fleet_text (const struct model *model, size_t width, char *text, size_t size)
{
    static const enum stui_image_state order[] = {
        STUI_IMAGE_FAILED,      STUI_IMAGE_OFFLINE,    STUI_IMAGE_SUSPECT,
        STUI_IMAGE_ONLINE,      STUI_IMAGE_CONNECTING, STUI_IMAGE_RESOLVING,
        STUI_IMAGE_HANDSHAKING, STUI_IMAGE_WAITING,    STUI_IMAGE_DISABLED,
    };
    size_t used = 0;
    text[0] = '\0';
    for (size_t index = 0; index < sizeof order / sizeof *order; index++) {
        size_t count = model->state_counts[order[index]];
        char part[48];
        if (count == 0)
            continue;
        int length = snprintf (part, sizeof part, "%s%zu %s", used ? ", " : "", count,
                               stui_image_state_word (order[index]));
        if (used + (size_t) length > width || used + (size_t) length >= size)
            break;
        memcpy (text + used, part, (size_t) length + 1);
        used += (size_t) length;
    }
}

void
status_draw_title (const struct ui *ui, struct grid *grid, struct rect area)
{
    const struct screen *screen = screen_of (ui->screen);
    char fleet[160];
    bool has_room =
        area.columns >= FLEET_COLUMNS || !screen->draw_title || ui->screen == SCREEN_IMAGES;
    fleet_text (&ui->model, has_room ? (size_t) area.columns / 2 : 0, fleet, sizeof fleet);
    int width = (int) strlen (fleet);
    struct rect right = rect_cut_columns (&area, -(width + 1));
    grid_string (grid, right, 0, 0, style_of (grid, ROLE_DIM), fleet);
    int column = grid_string (grid, area, 0, 1, style_of (grid, ROLE_DIM), "stui  ");
    column = grid_string (grid, area, 0, column, style_of (grid, ROLE_TITLE), screen->title);
    rect_cut_columns (&area, column + 2);
    if (screen->draw_title)
        screen->draw_title (ui, grid, area);
}

/* The image that a pane is about, and its NAME: empty, it is about none. */
static const struct model_image *
pane_image (const struct ui *ui, const char **name)
{
    const struct model_transcript *transcript = &ui->transcript;
    *name = "";
    if (ui->screen == SCREEN_WORKSPACE && ui->current)
        *name = ui->current->image;
    else if (ui->screen == SCREEN_TRANSCRIPT)
        *name = transcript->image[0] ? transcript->image : "all images";
    else if (ui->screen == SCREEN_INSPECTOR && ui->inspector.root)
        *name = ui->inspector.image;
    return model_find (&ui->model, *name);
}

/* NAME, how its image is, protected or not, its tags. The word of its state goes when there is no room for
 * both it and what follows. Returns the column after it. */
static int
pane_image_draw (struct grid *grid, struct rect area, int column, const char *name,
                 const struct model_image *image)
{
    char cut[STUI_NAME_MAX + 8];
    bool is_protected = image && image->is_protected;
    const char *tags = image && image->tags ? image->tags : "";
    text_cut (name, strlen (name), (size_t) (area.columns / 2), grid->ascii, cut, sizeof cut);
    struct style style = style_of (grid, is_protected ? ROLE_FAILED : ROLE_NORMAL),
                 plain = style_of (grid, ROLE_NORMAL), strong = plain;
    style.attributes |= CELL_BOLD;
    strong.attributes |= CELL_BOLD;
    column = grid_string (grid, area, 0, column, style, cut);
    if (!image)
        return column;
    const char *word = stui_image_state_word (image->state);
    int width = 3 + (int) strlen (word) + (is_protected ? 11 : 0) + (*tags ? 3 : 0)
                + (int) text_width (tags, strlen (tags), (size_t) area.columns);
    bool fits = column + width < area.columns;
    column = grid_printf (grid, area, 0, column, style_of (grid, theme_image_role (image->state)),
                          " %s%s%s", theme_image_symbol (image->state), fits ? " " : "",
                          fits ? word : "");
    if (is_protected)
        column = grid_string (grid, area, 0, column, strong, fits ? ", protected" : " protected");
    int room = area.columns - column - 5;
    char text[STATUS_TAGS_MAX];
    if (!*tags || room < STATUS_TAGS_LEAST)
        return column;
    text_cut (tags, strlen (tags), (size_t) room, grid->ascii, text, sizeof text);
    return grid_printf (grid, area, 0, column, strong, " [%s]", text);
}

/* TEXT at the right of a pane's title, when it has room behind COLUMN; it is cut off AREA. */
static void
pane_mark_draw (struct grid *grid, struct rect *area, int column, const char *text)
{
    int width = (int) strlen (text);
    if (column + width + 2 > area->columns)
        return;
    struct rect right = rect_cut_columns (area, -(width + 1));
    grid_string (grid, right, 0, 0, style_of (grid, ROLE_FOCUS), text);
}

void
status_draw_pane (const struct ui *ui, struct grid *grid, struct rect area)
{
    const struct screen *screen = screen_of (ui->screen);
    const char *name;
    const struct model_image *image = pane_image (ui, &name);
    bool focus = !ui->elsewhere;
    grid_line_across (grid, area, style_of (grid, focus ? ROLE_FOCUS : ROLE_BORDER));
    if (!ui->panes.fits) {
        char hidden[32];
        snprintf (hidden, sizeof hidden, " %d more: no room ", ui->panes.count - 1);
        pane_mark_draw (grid, &area, 0, hidden);
    }
    int column = grid_string (grid, area, 0, 0, style_of (grid, ROLE_FOCUS), focus ? "▶ " : "  ");
    if (*name) {
        column = pane_image_draw (grid, area, column, name, image);
        column = grid_string (grid, area, 0, column, style_of (grid, ROLE_NORMAL), " ");
    }
    int width = (int) strlen (screen->title) + 2;
    if (!*name || column + width < area.columns)
        column = grid_printf (grid, area, 0, column, style_of (grid, ROLE_TITLE),
                              *name ? " %s " : "%s ", screen->title);
    if (focus && ui->panes.fits)
        pane_mark_draw (grid, &area, column, " has the keys ");
}

/* ---- the status line ------------------------------------------------------------------------ */

static const char *
saved_text (const struct workspace *workspace, bool *is_calm)
{
    *is_calm = true;
    if (!workspace->loaded)
        return workspace->editor.size > 0 ? "unsaved" : "opening";
    if (!workspace->session[0]) {
        *is_calm = false;
        return "no session";
    }
    if (!workspace->mine && workspace->holder[0])
        return "read-only";
    *is_calm = workspace_is_saved (workspace);
    return *is_calm ? "saved" : "unsaved";
}

/* The link in words, or that the owner at its other end cannot store anything. */
static void
link_text (const struct ui *ui, char *text, size_t size)
{
    char age[AGE_SIZE];
    const struct model *model = &ui->model;
    age_text (ui->now.mono_ms - model->link_since_ms, age);
    if (model->link == MODEL_STARTING)
        snprintf (text, size, "starting %s", age);
    else if (model->link == MODEL_LINKED)
        snprintf (text, size, "%s", model->store_trouble[0] ? "degraded" : "linked");
    else
        snprintf (text, size, "%s %s", model->link == MODEL_STALLED ? "stalled" : "unlinked", age);
}

/* TEXT at COLUMN when all of it fits. Returns the column after it. */
static int
part_draw (struct grid *grid, struct rect area, int column, struct style style, const char *text)
{
    int width = (int) text_width (text, strlen (text), (size_t) area.columns + 1);
    return column + width > area.columns ? column
                                         : grid_string (grid, area, 0, column, style, text);
}

/* The image's tags in brackets, half of the line at most: what stands behind has room. */
static int
tags_draw (struct grid *grid, struct rect area, int column, struct style style, const char *tags)
{
    char text[STATUS_TAGS_MAX];
    int room = area.columns / 2 - column - 3;
    if (room < STATUS_TAGS_LEAST)
        return column;
    text_cut (tags, strlen (tags), (size_t) room, grid->ascii, text, sizeof text);
    return grid_printf (grid, area, 0, column, style, " [%s]", text);
}

void
status_draw (const struct ui *ui, struct grid *grid, struct rect area)
{
    struct style style = style_of (grid, ROLE_STATUS), strong = style;
    const struct workspace *workspace = ui->current;
    char text[64];
    strong.attributes |= CELL_BOLD;
    grid_fill (grid, area, style);
    link_text (ui, text, sizeof text);
    struct rect right = rect_cut_columns (&area, -((int) strlen (text) + 1));
    char waits[UI_WAITS_TEXT_SIZE];
    bool well = ui->model.link == MODEL_LINKED && !ui->model.store_trouble[0];
    grid_string (grid, right, 0, 0, well ? style : strong, text);
    rect_cut_columns (&area, -1);
    bool is_waiting = ui_waits_text (ui, waits);
    if (!workspace) {
        const char *said = is_waiting ? waits : "no workspace is open";
        grid_field (grid, area, 0, 1, area.columns - 1, is_waiting ? strong : style, said,
                    strlen (said));
        return;
    }
    const struct model_image *image = model_find (&ui->model, workspace->image);
    bool calm;
    const char *saved = saved_text (workspace, &calm);
    /* A protected image's name stands out in colour as well, so that nobody takes it for another. */
    struct style name = image && image->is_protected ? style_of (grid, ROLE_FAILED) : strong;
    int column = grid_string (grid, area, 0, 1, name, workspace->image);
    if (image)
        column =
            grid_printf (grid, area, 0, column + 1, style, "%s %s",
                         theme_image_symbol (image->state), stui_image_state_word (image->state));
    if (image && image->is_protected)
        column = grid_string (grid, area, 0, column, strong, ", protected");
    if (image && image->tags && image->tags[0])
        column = tags_draw (grid, area, column, style, image->tags);
    column = grid_string (grid, area, 0, column, style, "  ");
    column = grid_string (grid, area, 0, column, calm ? style : strong, saved);
    if (is_waiting) { /* behind what nobody may overlook */
        column += 2;
        grid_field (grid, area, 0, column, area.columns - column, strong, waits, strlen (waits));
        return;
    }
    char more[STUI_NAME_MAX + 64];
    if (workspace->loaded && !workspace->mine && workspace->holder[0]) {
        size_t size = strlen (workspace->holder); /* the end of an id tells it from others */
        snprintf (more, sizeof more, ", edited by terminal %s",
                  workspace->holder + (size > HOLDER_SHOWN ? size - HOLDER_SHOWN : 0));
        column = part_draw (grid, area, column, style, more);
    }
    snprintf (more, sizeof more, "  session %.64s, %s", workspace->name ? workspace->name : "",
              stui_session_state_word (workspace->state));
    if (workspace->loaded)
        column = part_draw (grid, area, column, style, more);
    if (workspace->conflict)
        part_draw (grid, area, column, strong, ", conflict");
}

/* ---- the last line -------------------------------------------------------------------------- */

/* The key of the command NAME and its word, when both fit. Returns the column after them. */
static int
hint_draw (const struct ui *ui, struct grid *grid, struct rect area, int column, const char *name)
{
    const struct command *command = commands_find (name, strlen (name));
    char key[KEY_NAME_SIZE];
    ui_key (ui, name, key);
    int width = (int) (text_width (key, strlen (key), KEY_NAME_SIZE) + 1 + strlen (command->hint));
    if (!key[0] || column + width > area.columns)
        return column;
    column = grid_string (grid, area, 0, column, style_of (grid, ROLE_KEY), key);
    return grid_string (grid, area, 0, column + 1, style_of (grid, ROLE_NORMAL), command->hint) + 2;
}

/* While the details have the keys. */
static const char *const details_hints[] = {"page-down", "back",   "page-up", "next-panel",
                                            "top",       "bottom", "help",    NULL};

/* While a list is open over the text. */
static void
chooser_hints_draw (struct grid *grid, struct rect area)
{
    static const char *const hints[][2] = {
        {"Enter", "take it"}, {"Esc", "leave it"}, {"Down", "next"}, {"Up", "before"}};
    int column = 1;
    for (size_t index = 0; index < sizeof hints / sizeof *hints; index++) {
        column = grid_string (grid, area, 0, column, style_of (grid, ROLE_KEY), hints[index][0]);
        column =
            grid_string (grid, area, 0, column + 1, style_of (grid, ROLE_NORMAL), hints[index][1])
            + 2;
    }
}

static void
hints_draw (const struct ui *ui, struct grid *grid, struct rect area)
{
    const struct screen *screen = screen_of (ui->screen);
    bool text_mode = ui_takes_text (ui);
    bool scrolls = ui->details.keys && ui->details.rows > ui->details.room;
    const char *const *hints = text_mode && screen->text_hints ? screen->text_hints
                               : scrolls                       ? details_hints
                                                               : screen->hints;
    int column = 1;
    if (ui->chooser.kind != CHOOSER_CLOSED) {
        chooser_hints_draw (grid, area);
        return;
    }
    if (ui->panes.count > 1)
        column = hint_draw (ui, grid, area, column, "next-pane");
    if (ui->details.alone && ui->details.rows > ui->details.room)
        column = hint_draw (ui, grid, area, column, "page-down");
    bool panel = details_want_keys (ui); /* there is more to be read: first of all */
    if (panel)
        column = hint_draw (ui, grid, area, column, "next-panel");
    for (; *hints; hints++)
        if (!panel || strcmp (*hints, "next-panel") != 0)
            column = hint_draw (ui, grid, area, column, *hints);
}

/* What is wrong as long as it is wrong; messages of the moment come before it. */
static const char *
standing_trouble (const struct ui *ui)
{
    if (ui->model.link >= MODEL_STALLED && ui->model.link_cause[0])
        return ui->model.link_cause;
    if (ui->model.store_trouble[0])
        return ui->model.store_trouble;
    if (ui->keys_trouble[0])
        return ui->keys_trouble;
    const struct workspace *workspace = ui->screen == SCREEN_WORKSPACE ? ui->current : NULL;
    if (workspace && workspace->trouble[0])
        return workspace->trouble;
    return workspace && workspace->loaded && workspace->state == STUI_SESSION_CLOSED
               ? (ui->read_only ? "This session is closed"
                                : "This session is closed: M-e opens it again")
               : NULL;
}

/* What the last line says, and how; NULL: nothing but what keys do. */
static const char *
line_text (const struct ui *ui, enum role *role)
{
    *role = ui->model.message[0] ? ui->model.message_role : ROLE_WARNING;
    return ui->model.message[0] ? ui->model.message : standing_trouble (ui);
}

int
status_line_rows (const struct ui *ui, int columns)
{
    enum role role;
    const char *text = line_text (ui, &role);
    int rows = text ? layout_paragraph_rows (text, columns - LINE_MARGINS) : 1;
    return rows < 1 ? 1 : rows < LINE_ROWS_MAX ? rows : LINE_ROWS_MAX;
}

/* Wrapped; what is too long for all rows is cut where the last of them ends. */
void
status_draw_line (const struct ui *ui, struct grid *grid, struct rect area)
{
    enum role role;
    const char *text = line_text (ui, &role);
    if (!text) {
        hints_draw (ui, grid, area);
        return;
    }
    struct style style = style_of (grid, role);
    rect_cut_columns (&area, 1);
    rect_cut_columns (&area, -1);
    for (int row = 0; row < area.rows; row++) {
        size_t size = strlen (text), next;
        size_t line = row < area.rows - 1 ? layout_wrap (text, size, area.columns, &next) : size;
        grid_field (grid, area, row, 0, area.columns, style, text, line);
        text += row < area.rows - 1 ? next : size;
    }
}
