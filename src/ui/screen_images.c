/* screen_images.c: the list of images: state, four lights, latency, sessions, and what is wrong;
 * beside or below it the details of the one under the cursor, with its last connections. Columns are
 * a table: which there are depends on the width. Pure. */

#include <stdio.h>
#include <string.h>

#include "ui/image_details.h"
#include "ui/image_words.h"
#include "ui/layout.h"
#include "ui/list.h"
#include "ui/ui_step.h"

enum {
    NAME_WIDTH_MIN = 8,
    NAME_WIDTH_MAX = 28,
    GROUP_WIDTH = 10,
    MARKED_COLUMNS = 12, /* of the title, in which marks are told in words */
};

/* ---- columns -------------------------------------------------------------------------------- */

enum column_id {
    COLUMN_STATE,
    COLUMN_AGE,
    COLUMN_NETWORK, /* the four lights, in their order */
    COLUMN_LINK,
    COLUMN_ANSWER,
    COLUMN_EVALUATOR,
    COLUMN_LATENCY,
    COLUMN_SPARK, /* how it went */
    COLUMN_SESSIONS,
    COLUMN_ORPHANS,
    COLUMN_COUNT
};

enum { WORDS_FROM = 140 }; /* columns from which on lights are words too */

static const struct {
    const char *title;
    int width, wide_width; /* without the gap; negative: at the right */
    int from;              /* columns of the list from which on it is shown */
} columns[COLUMN_COUNT] = {
    [COLUMN_STATE] = {"state", 11, 11, 0},
    [COLUMN_AGE] = {"for", -6, -6, 96},
    [COLUMN_NETWORK] = {"net", 3, 10, 64},
    [COLUMN_LINK] = {"link", 4, 13, 64},
    [COLUMN_ANSWER] = {"image", 5, 9, 64},
    [COLUMN_EVALUATOR] = {"eval", 4, 9, 64},
    [COLUMN_LATENCY] = {"latency", -8, -8, 54},
    [COLUMN_SPARK] = {"lately", SPARK_SIZE, SPARK_SIZE, 128},
    [COLUMN_SESSIONS] = {"sessions", -8, -8, 88},
    [COLUMN_ORPHANS] = {"orphans", -7, -7, 112},
};

static int
column_width (enum column_id id, int total)
{
    if (total < columns[id].from)
        return 0;
    return total >= WORDS_FROM ? columns[id].wide_width : columns[id].width;
}

static int
name_width (const struct model *model, int total)
{
    size_t longest = NAME_WIDTH_MIN;
    for (size_t index = 0; index < model->image_count; index++) {
        size_t size = strlen (model->images[index].name);
        longest = size > longest ? size : longest;
    }
    int most = total / 4 < NAME_WIDTH_MAX ? total / 4 : NAME_WIDTH_MAX;
    return (int) longest < most ? (int) longest : most;
}

static void
count_text (int64_t count, char text[64])
{
    text[0] = '\0';
    if (count != 0)
        snprintf (text, 64, "%lld", (long long) count);
}

static enum role
column_text (const struct model_image *image, enum column_id id, bool words, struct ui_now now,
             char text[64])
{
    const struct image_light *light;
    switch (id) {
    case COLUMN_STATE:
        snprintf (text, 64, "%s", stui_image_state_word (image->state));
        return theme_image_role (image->state);
    case COLUMN_AGE:
        age_text (now.mono_ms - image->since_ms, text);
        return ROLE_DIM;
    case COLUMN_LATENCY:
        image_latency_text (image, text, 64);
        return ROLE_NORMAL;
    case COLUMN_SPARK:
        spark_text (&image->latencies, text);
        return ROLE_DIM;
    case COLUMN_SESSIONS:
        count_text (image->sessions, text);
        return ROLE_NORMAL;
    case COLUMN_ORPHANS:
        count_text (image->orphans, text);
        return ROLE_WARNING;
    default:
        light = image_light (image, (enum image_light_id) (id - COLUMN_NETWORK));
        snprintf (text, 64, words ? "%s %s" : "%s", light->symbol, light->word);
        return light->role;
    }
}

/* The tag of the group that the row at PLACE is in, in the first row of the list and of each group. */
static void
group_draw (const struct model *model, struct grid *grid, struct rect area, size_t place,
            bool first)
{
    size_t size, before_size = 0;
    const char *tag = model_group (model, place, &size);
    const char *before = place > 0 ? model_group (model, place - 1, &before_size) : "";
    bool same = place > 0 && size == before_size && memcmp (tag, before, size) == 0;
    if (same && !first)
        return;
    grid_field (grid, area, 0, 0, area.columns, style_of (grid, ROLE_TITLE), size > 0 ? tag : "-",
                size > 0 ? size : 1);
}

/* One row, or the titles when IMAGE is NULL. */
static void
row_draw (const struct ui *ui, struct grid *grid, struct rect area, const struct model_image *image,
          bool selected)
{
    bool words = area.columns >= WORDS_FROM;
    int column = 3;
    if (selected)
        grid_fill (grid, area, list_style (grid, ROLE_NORMAL, true));
    if (image && image->favourite)
        grid_string (grid, area, 0, 0, list_style (grid, ROLE_WARNING, selected), "★");
    if (image)
        grid_string (grid, area, 0, 1, list_style (grid, theme_image_role (image->state), selected),
                     theme_image_symbol (image->state));
    bool marked = image && image->marked;
    if (marked)
        grid_string (grid, area, 0, 2, list_style (grid, ROLE_MARKED, selected), "+");
    const char *name = image ? image->name : "name";
    column = grid_field (grid, area, 0, column, name_width (&ui->model, area.columns),
                         list_style (grid,
                                     marked  ? ROLE_MARKED
                                     : image ? ROLE_NORMAL
                                             : ROLE_DIM,
                                     selected),
                         name, strlen (name))
             + 2;
    for (int id = 0; id < COLUMN_COUNT; id++) {
        int width = column_width ((enum column_id) id, area.columns);
        char text[64];
        enum role role = ROLE_DIM;
        if (width == 0)
            continue;
        if (image)
            role = column_text (image, (enum column_id) id, words, ui->now, text);
        else
            snprintf (text, sizeof text, "%s", columns[id].title);
        column = grid_field (grid, area, 0, column, width, list_style (grid, role, selected), text,
                             strlen (text))
                 + 2;
    }
    char note[IMAGE_NOTE_SIZE] = "remarks";
    enum role role = image ? image_note_text (image, ui->now, note) : ROLE_DIM;
    int rest = area.columns - column - 1;
    if (rest > 0)
        grid_field (grid, area, 0, column, rest, list_style (grid, role, selected), note,
                    strlen (note));
}

/* ---- the screen ----------------------------------------------------------------------------- */

static void
images_draw_title (const struct ui *ui, struct grid *grid, struct rect area)
{
    const struct model *model = &ui->model;
    int column = 0;
    struct model_marked marked = model_marked (model);
    size_t count = marked.shown + marked.hidden;
    if (count > 0)
        column = grid_printf (grid, area, 0, 0, style_of (grid, ROLE_MARKED),
                              area.columns < MARKED_COLUMNS ? "+%zu" : "%zu marked", count);
    if (marked.hidden > 0 && area.columns >= 2 * MARKED_COLUMNS)
        column = grid_printf (grid, area, 0, column, style_of (grid, ROLE_MARKED), ", %zu hidden",
                              marked.hidden);
    column += count > 0 ? 2 : 0;
    if (model->filter[0])
        column =
            grid_printf (grid, area, 0, column, style_of (grid, ROLE_MATCH), "%zu of %zu with %s",
                         model->shown_count, model->image_count, model->filter)
            + 2;
    if (model->sort != SORT_NAME || model->reversed)
        grid_printf (grid, area, 0, column, style_of (grid, ROLE_DIM), "by %s%s",
                     model_sort_word (model->sort), model->reversed ? ", reversed" : "");
}

static void
images_draw (struct ui *ui, struct grid *grid, struct rect area)
{
    struct model *model = &ui->model;
    ui->list_area = (struct rect){0};
    if (!model->listed)
        layout_notice (grid, area, "Starting …",
                       "the images come as soon as the owner of this "
                       "profile answers");
    else if (model->image_count == 0)
        layout_notice (grid, area, "There is no image yet.",
                       "Press a and type a name and an address: add one 127.0.0.1:4242");
    else if (model->shown_count == 0)
        layout_notice (grid, area, "No image matches the filter.", "Esc shows all of them");
    if (model->shown_count == 0)
        return;
    struct layout_split split = layout_split (area);
    struct rect groups = split.list;
    groups.columns = model->grouped ? GROUP_WIDTH : 0;
    rect_cut_rows (&groups, 1);
    if (model->grouped)
        rect_cut_columns (&split.list, GROUP_WIDTH + 1);
    row_draw (ui, grid, rect_cut_rows (&split.list, 1), NULL, false);
    int count = (int) model->shown_count, cursor = (int) model->selected;
    ui->images_top = layout_scroll (ui->images_top, cursor, split.list.rows, count);
    ui->list_area = split.list;
    for (int place = ui->images_top; place < count && split.list.rows > 0; place++) {
        if (model->grouped)
            group_draw (model, grid, rect_cut_rows (&groups, 1), (size_t) place,
                        place == ui->images_top);
        row_draw (ui, grid, rect_cut_rows (&split.list, 1), &model->images[model->shown[place]],
                  place == cursor);
    }
    image_details_draw (ui, grid, split.details, split.beside);
}

static int
images_act (struct ui *ui, int request)
{
    const struct model_image *image = model_selected (&ui->model);
    size_t place = ui->model.selected;
    if (list_move (request, ui->list_area.rows, ui->model.shown_count, &place)) {
        model_select (&ui->model, place);
        return SCREEN_DONE;
    }
    switch (request) {
    case SCREEN_OPEN:
        if (!image)
            return request;
        ui_open (ui, image->name, true);
        return SCREEN_DONE;
    case SCREEN_BACK:
        if (!ui->model.filter[0])
            return request;
        model_set_filter (&ui->model, "");
        return SCREEN_DONE;
    default:
        return request;
    }
}

/* A click selects, a second one opens. */
static void
images_mouse (struct ui *ui, const struct mouse *mouse)
{
    int place = list_pressed (mouse, ui->list_area, ui->images_top, ui->model.shown_count);
    if (place < 0)
        return;
    if ((size_t) place == ui->model.selected)
        images_act (ui, SCREEN_OPEN);
    else
        model_select (&ui->model, (size_t) place);
}

static const char *const images_hints[] = {
    "open",   "help",     "filter",     "command", "details",   "mark",   "retry", "add", "sort",
    "remove", "diagnose", "edit-image", "all",     "favourite", "events", "close", NULL};

const struct screen screen_images = {
    .name = "images",
    .title = "Images",
    .group = COMMAND_IMAGES,
    .hints = images_hints,
    .draw_title = images_draw_title,
    .draw = images_draw,
    .act = images_act,
    .mouse = images_mouse,
};
