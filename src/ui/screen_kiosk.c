/* screen_kiosk.c: how a wall looks (ui_kiosk.h): a line of sums, tiles, a line of what is worst. What
 * is not known any more is dim and has its age. Pure. */

#include <stdio.h>
#include <string.h>

#include "runtime/words.h"
#include "ui/layout.h"
#include "ui/text.h"
#include "ui/ui_kiosk.h"

enum { CAUSE_FROM = 4, TEXT_SIZE = 160, SPARK_IN_LINE = 8, STATE_IN_LINE = 16, CARD_ROWS = 4 };

/* One tile while it is drawn. */
struct tile {
    const struct ui *ui;
    const struct model_image *image;
    const struct kiosk_image *kept;
    struct grid *grid;
    struct rect area;
    bool stale;
    char age[AGE_SIZE]; /* since when it is in its state, or not known any more */
};

static struct style
tile_style (const struct tile *self, enum role role)
{
    return style_of (self->grid, self->stale ? ROLE_DIM : role);
}

/* The state keeps its colour while somebody tells it. */
static struct style
state_style (const struct tile *self)
{
    bool told = self->ui->model.link == MODEL_LINKED;
    return style_of (self->grid, !told                ? ROLE_DIM
                                 : self->image->stuck ? ROLE_ERROR
                                                      : theme_image_role (self->image->state));
}

/* "offline 5 min", "was online, 5 min old". */
static void
state_text (const struct tile *self, char text[TEXT_SIZE])
{
    const char *word = self->image->stuck ? "stuck" : stui_image_state_word (self->image->state);
    if (self->ui->model.link == MODEL_LINKED)
        snprintf (text, TEXT_SIZE, "%s%s%s", word, self->age[0] ? " " : "", self->age);
    else
        snprintf (text, TEXT_SIZE, "was %s%s%s%s", word, self->age[0] ? ", " : "", self->age,
                  self->age[0] ? " old" : "");
}

/* "99.98 % a day, 2 failures"; empty as long as nothing is known. */
static void
figures_text (const struct tile *self, char text[TEXT_SIZE])
{
    char share[WORDS_SIZE], failures[48] = "";
    const struct kiosk_image *kept = self->kept;
    text[0] = '\0';
    if (kept->availability < 0)
        return;
    if (kept->failures > 0)
        snprintf (failures, sizeof failures, ", %lld failure%s", (long long) kept->failures,
                  kept->failures == 1 ? "" : "s");
    snprintf (text, TEXT_SIZE, "%s a day%s", words_share (kept->availability, share), failures);
}

/* What waits in the image for somebody: "1 in doubt, 2 orphans"; else sessions. */
static void
waits_text (const struct tile *self, char text[TEXT_SIZE])
{
    const struct model_image *image = self->image;
    int used = 0;
    text[0] = '\0';
    if (image->in_doubt > 0)
        used = snprintf (text, TEXT_SIZE, "%lld in doubt", (long long) image->in_doubt);
    if (image->orphans > 0)
        used +=
            snprintf (text + used, (size_t) (TEXT_SIZE - used), "%s%lld orphan%s", used ? ", " : "",
                      (long long) image->orphans, image->orphans == 1 ? "" : "s");
    if (used == 0 && image->sessions > 0)
        snprintf (text, TEXT_SIZE, "%lld session%s", (long long) image->sessions,
                  image->sessions == 1 ? "" : "s");
}

/* RIGHT at the end of ROW, LEFT before it as far as it fits. */
static void
tile_row (const struct tile *self, struct rect area, int row, struct style left_style,
          const char *left, struct style right_style, const char *right)
{
    int width = (int) text_width (right, strlen (right), (size_t) area.columns);
    if (width > 0)
        grid_string (self->grid, area, row, area.columns - width, right_style, right);
    grid_field (self->grid, area, row, 0, area.columns - width - (width > 0), left_style, left,
                strlen (left));
}

static void
tile_name (const struct tile *self, struct rect area, int row, const char *right)
{
    int column = grid_string (self->grid, area, row, 0, state_style (self),
                              theme_image_symbol (self->image->state));
    rect_cut_columns (&area, column + 1);
    struct style name = tile_style (self, ROLE_NORMAL);
    name.attributes |= self->stale ? 0 : CELL_BOLD;
    tile_row (self, area, row, name, self->image->name, tile_style (self, ROLE_NORMAL), right);
}

/* Of an image that is well its last samples, once there are some; of others what is wrong: the symbol says
 * the rest where that is too long. */
static void
tile_draw_line (const struct tile *self)
{
    char right[TEXT_SIZE], spark[KIOSK_LINE_SIZE];
    bool told = self->ui->model.link == MODEL_LINKED;
    bool calm = told && self->image->state == STUI_IMAGE_ONLINE && !self->image->stuck;
    struct rect area = self->area;
    state_text (self, right);
    if (text_width (right, strlen (right), STATE_IN_LINE + 1) > STATE_IN_LINE)
        snprintf (right, sizeof right, "%s%s", self->age, told || !self->age[0] ? "" : " old");
    calm = calm && kiosk_has_some (self->kept);
    const char *text =
        calm ? kiosk_sparkline (self->ui->kiosk, self->kept, SPARK_IN_LINE, spark) : right;
    int width = (int) text_width (text, strlen (text), STATE_IN_LINE);
    struct rect end = rect_cut_columns (&area, -width);
    rect_cut_columns (&area, -1);
    grid_string (self->grid, end, 0, 0, calm ? tile_style (self, ROLE_RESULT) : state_style (self),
                 text);
    tile_name (self, area, 0, "");
}

/* What both larger forms have: the state, and the latency at the right. */
static void
tile_state (const struct tile *self, struct rect area, int row)
{
    char state[TEXT_SIZE], latency[AGE_SIZE];
    state_text (self, state);
    if (self->image->is_protected && self->area.rows > CARD_ROWS)
        strncat (state, ", protected", sizeof state - strlen (state) - 1);
    kiosk_latency (self->kept->latency_ms, latency);
    if (self->ui->model.link != MODEL_LINKED)
        latency[0] = '\0'; /* it is old, and the age wants the room */
    tile_row (self, area, row, state_style (self), state, tile_style (self, ROLE_NORMAL), latency);
}

static void
tile_draw_card (const struct tile *self)
{
    char share[WORDS_SIZE] = "", spark[KIOSK_LINE_SIZE];
    struct rect area = self->area;
    tile_name (self, area, 0, self->image->is_protected ? "protected" : "");
    rect_cut_columns (&area, 2);
    tile_state (self, area, 1);
    if (self->kept->availability >= 0)
        words_share (self->kept->availability, share);
    int width = area.columns - (share[0] ? (int) strlen (share) + 1 : 0);
    kiosk_sparkline (self->ui->kiosk, self->kept, width, spark);
    tile_row (self, area, 2, tile_style (self, ROLE_RESULT), spark, tile_style (self, ROLE_NORMAL),
              share);
}

/* Where a box has room beside its chart: what is wrong. */
static void
tile_cause (const struct tile *self, struct rect *area)
{
    const char *cause = self->image->cause;
    bool told = self->ui->model.link == MODEL_LINKED && self->image->state != STUI_IMAGE_ONLINE;
    if (!cause || !told || area->rows < CAUSE_FROM)
        return;
    int rows = layout_paragraph_rows (cause, area->columns);
    rows = rows > area->rows / 2 ? area->rows / 2 : rows;
    layout_paragraph (self->grid, rect_cut_rows (area, rows), 0, tile_style (self, ROLE_NORMAL),
                      cause);
}

static void
tile_chart (const struct tile *self, struct rect area)
{
    char line[KIOSK_CHART_SIZE];
    for (int row = 0; row < area.rows; row++)
        grid_string (self->grid, area, row, 0, tile_style (self, ROLE_RESULT),
                     kiosk_chart (self->ui->kiosk, self->kept, area.columns, area.rows,
                                  area.rows - 1 - row, line));
}

static void
tile_draw_box (const struct tile *self)
{
    char title[STUI_NAME_MAX + 16], text[TEXT_SIZE], time[WORDS_SIZE], back[WORDS_SIZE + 16] = "";
    const struct model_image *image = self->image;
    struct rect area = rect_inset (self->area, 1, 2);
    snprintf (title, sizeof title, "%s %s", theme_image_symbol (image->state), image->name);
    grid_box (self->grid, self->area, state_style (self), title);
    tile_state (self, rect_cut_rows (&area, 1), 0);
    struct rect last = rect_cut_rows (&area, -2);
    tile_cause (self, &area);
    tile_chart (self, area);
    area = last;
    figures_text (self, text);
    tile_row (self, area, 0, tile_style (self, ROLE_NORMAL), text, tile_style (self, ROLE_NORMAL),
              "");
    if (self->kept->reconnect_ms >= 0)
        snprintf (back, sizeof back, "back in %s", words_duration (self->kept->reconnect_ms, time));
    bool calm = image->in_doubt + image->orphans == 0;
    waits_text (self, text);
    tile_row (self, area, 1, tile_style (self, calm ? ROLE_NORMAL : ROLE_WARNING), text,
              tile_style (self, ROLE_NORMAL), back);
}

static void
tile_draw (const struct ui *ui, struct grid *grid, const struct kiosk_layout *layout, size_t place,
           struct rect area)
{
    static void (*const draw[KIOSK_FORM_COUNT]) (const struct tile *self) = {
        [KIOSK_LINE] = tile_draw_line, [KIOSK_CARD] = tile_draw_card, [KIOSK_BOX] = tile_draw_box};
    struct tile tile = {
        .ui = ui,
        .image = &ui->model.images[place],
        .kept = &ui->kiosk->images[place],
        .grid = grid,
        .area = area,
    };
    int64_t since_ms;
    tile.stale = kiosk_is_stale (&ui->model, tile.image, &since_ms);
    age_text (ui->now.mono_ms - since_ms, tile.age);
    draw[layout->form](&tile);
}

/* ---- around them ---------------------------------------------------------------------------- */

/* What stands at the right of the title: the page, and the link. */
static void
link_text (const struct ui *ui, const struct kiosk_layout *layout, char text[TEXT_SIZE])
{
    static const char *const words[] = {[MODEL_STARTING] = "starting",
                                        [MODEL_LINKED] = "linked",
                                        [MODEL_STALLED] = "stalled",
                                        [MODEL_UNLINKED] = "unlinked"};
    char age[AGE_SIZE] = "", page[64] = "";
    if (ui->model.link != MODEL_LINKED)
        age_text (ui->now.mono_ms - ui->model.link_since_ms, age);
    if (layout->pages > 1)
        snprintf (page, sizeof page, "page %zu of %zu  ", kiosk_page (layout, ui->kiosk->ticks) + 1,
                  layout->pages);
    snprintf (text, TEXT_SIZE, "%s%s%s%s", page, words[ui->model.link], age[0] ? " " : "", age);
}

static void
title_draw (const struct ui *ui, struct grid *grid, const struct kiosk_layout *layout)
{
    static const enum stui_image_state order[] = {
        STUI_IMAGE_FAILED,      STUI_IMAGE_OFFLINE,   STUI_IMAGE_SUSPECT,
        STUI_IMAGE_WAITING,     STUI_IMAGE_RESOLVING, STUI_IMAGE_CONNECTING,
        STUI_IMAGE_HANDSHAKING, STUI_IMAGE_ONLINE,    STUI_IMAGE_DISABLED,
    };
    char text[TEXT_SIZE];
    struct rect area = layout->title;
    bool linked = ui->model.link == MODEL_LINKED;
    link_text (ui, layout, text);
    int width = (int) text_width (text, strlen (text), (size_t) area.columns);
    struct rect right = rect_cut_columns (&area, -width);
    grid_string (grid, right, 0, 0, style_of (grid, linked ? ROLE_DIM : ROLE_WARNING), text);
    rect_cut_columns (&area, -2);
    int column = grid_string (grid, area, 0, 0, style_of (grid, ROLE_TITLE), "stui");
    for (size_t index = 0; index < sizeof order / sizeof *order; index++) {
        size_t count = ui->model.state_counts[order[index]];
        enum role role = linked ? theme_image_role (order[index]) : ROLE_DIM;
        if (count == 0)
            continue;
        snprintf (text, sizeof text, "%s %zu %s", theme_image_symbol (order[index]), count,
                  stui_image_state_word (order[index]));
        width = (int) text_width (text, strlen (text), (size_t) area.columns);
        if (column + 2 + width > area.columns)
            break;
        column = grid_string (grid, area, 0, column + 2, style_of (grid, role), text);
    }
}

/* What is wrong with the link or the owner's disk, else the worst images with their causes, which
 * are on every page so that nobody has to wait for the first. */
static void
line_draw (const struct ui *ui, struct grid *grid, struct rect area)
{
    static const char quits[] = "q quits";
    const struct model *model = &ui->model;
    const char *trouble = model->link != MODEL_LINKED ? model->link_cause : model->store_trouble;
    struct rect right = rect_cut_columns (&area, -(int) (sizeof quits - 1));
    grid_string (grid, right, 0, 0, style_of (grid, ROLE_DIM), quits);
    rect_cut_columns (&area, -2);
    if (trouble[0]) {
        grid_field (grid, area, 0, 0, area.columns, style_of (grid, ROLE_WARNING), trouble,
                    strlen (trouble));
        return;
    }
    int column = 0;
    for (size_t index = 0; model->link == MODEL_LINKED && index < ui->kiosk->count; index++) {
        const struct model_image *image = &model->images[ui->kiosk->order[index]];
        bool bad = image->stuck || image->state == STUI_IMAGE_FAILED
                   || image->state == STUI_IMAGE_OFFLINE || image->state == STUI_IMAGE_SUSPECT;
        if (!bad || column >= area.columns)
            break;
        char text[STUI_NAME_MAX + STUI_CAUSE_MAX + 8];
        snprintf (text, sizeof text, "%s%s%s", image->name, image->cause ? ": " : "",
                  image->cause ? image->cause : "");
        column += column > 0 ? 2 : 0;
        grid_field (grid, area, 0, column, area.columns - column,
                    style_of (grid, theme_image_role (image->state)), text, strlen (text));
        column += (int) text_width (text, strlen (text), (size_t) area.columns + 1);
    }
}

void
ui_kiosk_draw (struct ui *self, struct grid *grid)
{
    struct kiosk *kiosk = self->kiosk;
    struct kiosk_layout layout = kiosk_layout (grid_area (grid), kiosk->count, kiosk->ticks);
    size_t per_page = (size_t) (layout.across * layout.down);
    kiosk->first = kiosk_page (&layout, kiosk->ticks) * per_page;
    kiosk->last = kiosk->first + per_page < kiosk->count ? kiosk->first + per_page : kiosk->count;
    kiosk->shown = self->model.listed;
    title_draw (self, grid, &layout);
    for (size_t index = kiosk->first; index < kiosk->last; index++)
        tile_draw (self, grid, &layout, kiosk->order[index],
                   kiosk_tile (&layout, index - kiosk->first));
    if (kiosk->count == 0)
        layout_notice (grid, layout.tiles,
                       self->model.listed ? "There is no image yet." : "Starting …",
                       self->model.listed ? "`stui image add NAME ADDRESS` adds one"
                                          : "the owner of the profile is looked for");
    line_draw (self, grid, layout.line);
}
