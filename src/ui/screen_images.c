/* screen_images.c: the list of images: state, four lights, latency, sessions, and what is wrong;
 * beside or below it the details of the one under the cursor, with its last connections. Columns are
 * a table: which there are depends on the width. Pure. */

#include <stdio.h>
#include <string.h>

#include "runtime/words.h"
#include "ui/layout.h"
#include "ui/list.h"
#include "ui/text.h"
#include "ui/ui_step.h"

enum {
    NAME_WIDTH_MIN = 8,
    NAME_WIDTH_MAX = 28,
    NOTE_SIZE = 400,
    DETAILS_MAX = 20,
    LABEL_WIDTH = 11,
    GROUP_WIDTH = 10,
};

/* ---- lights: shape, colour and word --------------------------------------------------------- */

struct light {
    const char *symbol, *word;
    enum role role;
};

#define LIGHT_GOOD(word)                                                                           \
    {                                                                                              \
        "●", word, ROLE_ONLINE                                                                     \
    }
#define LIGHT_BAD(word)                                                                            \
    {                                                                                              \
        "✗", word, ROLE_OFFLINE                                                                    \
    }
#define LIGHT_PART(word)                                                                           \
    {                                                                                              \
        "◐", word, ROLE_SUSPECT                                                                    \
    }
#define LIGHT_UNKNOWN(word)                                                                        \
    {                                                                                              \
        "·", word, ROLE_DIM                                                                        \
    }

static const struct light network_lights[STUI_NETWORK_COUNT] = {
    [STUI_NETWORK_UNKNOWN] = LIGHT_UNKNOWN ("unknown"),
    [STUI_NETWORK_OK] = LIGHT_GOOD ("ok"),
    [STUI_NETWORK_NO_ROUTE] = LIGHT_BAD ("no route"),
    [STUI_NETWORK_NO_NAME] = LIGHT_BAD ("no name"),
};
static const struct light link_lights[STUI_LINK_COUNT] = {
    [STUI_LINK_DOWN] = LIGHT_BAD ("down"),
    [STUI_LINK_HANDSHAKING] = LIGHT_PART ("handshaking"),
    [STUI_LINK_UP] = LIGHT_GOOD ("up"),
};
static const struct light answer_lights[STUI_ANSWER_COUNT] = {
    [STUI_ANSWER_UNKNOWN] = LIGHT_UNKNOWN ("unknown"),
    [STUI_ANSWER_ANSWERS] = LIGHT_GOOD ("answers"),
    [STUI_ANSWER_SILENT] = LIGHT_BAD ("silent"),
};
static const struct light evaluator_lights[STUI_EVALUATOR_COUNT] = {
    [STUI_EVALUATOR_UNKNOWN] = LIGHT_UNKNOWN ("unknown"),
    [STUI_EVALUATOR_IDLE] = LIGHT_GOOD ("idle"),
    [STUI_EVALUATOR_BUSY] = LIGHT_PART ("busy"),
};

enum light_id { LIGHT_NETWORK, LIGHT_LINK, LIGHT_ANSWER, LIGHT_EVALUATOR };

static const struct light *
light_of (const struct model_image *image, enum light_id id)
{
    switch (id) {
    case LIGHT_NETWORK:
        return &network_lights[image->network];
    case LIGHT_LINK:
        return &link_lights[image->link];
    case LIGHT_ANSWER:
        return &answer_lights[image->answer];
    default:
        return &evaluator_lights[image->evaluator];
    }
}

/* ---- words ---------------------------------------------------------------------------------- */

static void
latency_text (const struct model_image *image, char *text, size_t size)
{
    if (image->latency_ms < 0)
        text[0] = '\0';
    else
        snprintf (text, size, image->latency_ms < 10 ? "%.1f ms" : "%.0f ms", image->latency_ms);
}

static void
busy_text (const struct model_image *image, struct ui_now now, char text[AGE_SIZE + 16])
{
    char age[AGE_SIZE];
    age_text (image->busy_since_ms > 0 ? now.wall_ms - image->busy_since_ms : 0, age);
    snprintf (text, AGE_SIZE + 16, age[0] ? "busy for %s" : "busy%s", age);
}

/* "try 4 in 3 s", or the phase of the attempt that is under way; empty when there is none. */
static void
retry_text (const struct model_image *image, struct ui_now now, char *text, size_t size)
{
    bool resting = image->state == STUI_IMAGE_ONLINE || image->state == STUI_IMAGE_SUSPECT
                   || image->state == STUI_IMAGE_DISABLED || image->state == STUI_IMAGE_FAILED;
    text[0] = '\0';
    if (resting)
        return;
    if (image->retry_ms != STUI_NEVER && image->retry_ms > now.mono_ms)
        snprintf (text, size, "try %lld in %lld s", (long long) image->attempt + 1,
                  (long long) (image->retry_ms - now.mono_ms + 999) / 1000);
    else if (image->phase[0] && image->attempt > 0)
        snprintf (text, size, "try %lld, %s", (long long) image->attempt, image->phase);
}

/* What there is to say of an image in one line. */
static enum role
note_text (const struct model_image *image, struct ui_now now, char text[NOTE_SIZE])
{
    char retry[80], busy[AGE_SIZE + 16];
    retry_text (image, now, retry, sizeof retry);
    if (image->other) {
        snprintf (text, NOTE_SIZE, "another route to %s", image->other);
        return ROLE_WARNING;
    }
    if (image->stuck) {
        snprintf (text, NOTE_SIZE, "its supervisor does not answer");
        return ROLE_ERROR;
    }
    if (image->cause && image->state != STUI_IMAGE_ONLINE) {
        snprintf (text, NOTE_SIZE, "%s%s%s", retry, retry[0] ? ": " : "", image->cause);
        return theme_image_role (image->state) == ROLE_FAILED ? ROLE_ERROR : ROLE_NORMAL;
    }
    if (image->evaluator == STUI_EVALUATOR_BUSY) {
        busy_text (image, now, busy);
        snprintf (text, NOTE_SIZE, "%s", busy);
        return ROLE_WARNING;
    }
    if (image->kin && !retry[0]) {
        snprintf (text, NOTE_SIZE, "%s", image->kin);
        return ROLE_WARNING;
    }
    snprintf (text, NOTE_SIZE, "%.*s", NOTE_SIZE - 1,
              retry[0]        ? retry
              : image->system ? image->system
                              : image->address);
    return ROLE_DIM;
}

/* ---- columns -------------------------------------------------------------------------------- */

enum column_id {
    COLUMN_STATE,
    COLUMN_AGE,
    COLUMN_NETWORK, /* the four lights, in their order */
    COLUMN_LINK,
    COLUMN_ANSWER,
    COLUMN_EVALUATOR,
    COLUMN_LATENCY,
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
    [COLUMN_STATE] = {"state", 11, 11, 0},       [COLUMN_AGE] = {"for", -6, -6, 96},
    [COLUMN_NETWORK] = {"net", 3, 10, 64},       [COLUMN_LINK] = {"link", 4, 13, 64},
    [COLUMN_ANSWER] = {"image", 5, 9, 64},       [COLUMN_EVALUATOR] = {"eval", 4, 9, 64},
    [COLUMN_LATENCY] = {"latency", -8, -8, 54},  [COLUMN_SESSIONS] = {"sessions", -8, -8, 88},
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
    const struct light *light;
    switch (id) {
    case COLUMN_STATE:
        snprintf (text, 64, "%s", stui_image_state_word (image->state));
        return theme_image_role (image->state);
    case COLUMN_AGE:
        age_text (now.mono_ms - image->since_ms, text);
        return ROLE_DIM;
    case COLUMN_LATENCY:
        latency_text (image, text, 64);
        return ROLE_NORMAL;
    case COLUMN_SESSIONS:
        count_text (image->sessions, text);
        return ROLE_NORMAL;
    case COLUMN_ORPHANS:
        count_text (image->orphans, text);
        return ROLE_WARNING;
    default:
        light = light_of (image, (enum light_id) (id - COLUMN_NETWORK));
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
    const char *name = image ? image->name : "name";
    column = grid_field (grid, area, 0, column, name_width (&ui->model, area.columns),
                         list_style (grid, image ? ROLE_NORMAL : ROLE_DIM, selected), name,
                         strlen (name))
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
    char note[NOTE_SIZE] = "remarks";
    enum role role = image ? note_text (image, ui->now, note) : ROLE_DIM;
    int rest = area.columns - column - 1;
    if (rest > 0)
        grid_field (grid, area, 0, column, rest, list_style (grid, role, selected), note,
                    strlen (note));
}

/* ---- details -------------------------------------------------------------------------------- */

struct detail {
    const char *label;
    const char *symbol; /* of a light; NULL */
    char text[NOTE_SIZE];
    enum role role;
    bool wide; /* takes whole lines */
};

struct details {
    struct detail items[DETAILS_MAX];
    int count;
};

static void
detail_add (struct details *self, const char *label, enum role role, bool wide, const char *text)
{
    if (!text || !*text || self->count == DETAILS_MAX)
        return;
    struct detail *detail = &self->items[self->count++];
    *detail = (struct detail){.label = label, .role = role, .wide = wide};
    snprintf (detail->text, sizeof detail->text, "%s", text);
}

/* "98.50 % a day, 99.98 % a week, 99.00 % for ever; 4 h between failures; back in 800 ms, at
 * worst 2 s" */
static void
availability_text (const struct model_history *history, char text[NOTE_SIZE])
{
    char day[WORDS_SIZE], week[WORDS_SIZE], ever[WORDS_SIZE], mtbf[WORDS_SIZE], half[WORDS_SIZE],
        most[WORDS_SIZE];
    const struct model_sum *sum = &history->sums[MODEL_EVER];
    text[0] = '\0';
    if (sum->availability < 0)
        return;
    int size = snprintf (text, NOTE_SIZE, "%s a day, %s a week, %s for ever",
                         words_share (history->sums[MODEL_DAY].availability, day),
                         words_share (history->sums[MODEL_WEEK].availability, week),
                         words_share (sum->availability, ever));
    if (sum->failures > 0)
        size += snprintf (text + size, NOTE_SIZE - (size_t) size, "; %s between failures",
                          words_duration (sum->mtbf_ms, mtbf));
    if (sum->reconnect_p50_ms >= 0)
        snprintf (text + size, NOTE_SIZE - (size_t) size, "; back in %s (p50), %s (p99)",
                  words_duration (sum->reconnect_p50_ms, half),
                  words_duration (sum->reconnect_p99_ms, most));
}

/* "since 10:30:05, after 800 ms down", or "10:20:01 up for 5 min; the connection was closed" */
static void
connection_text (const struct model_connection *connection, struct ui_now now, char text[NOTE_SIZE])
{
    char when[AGE_SIZE], up[WORDS_SIZE], down[WORDS_SIZE];
    bool ended = connection->ended_at_ms > 0, online = connection->online_at_ms > 0;
    int size = 0;
    text[0] = '\0';
    day_time_text (connection->online_at_ms, now.zone_s, when);
    words_duration (connection->up_ms, up);
    words_duration (connection->down_ms, down);
    if (online && ended)
        size = snprintf (text, NOTE_SIZE, "%s up for %s", when, up);
    else if (online)
        size = snprintf (text, NOTE_SIZE, "since %s", when);
    if (connection->down_ms > 0 || !online)
        size += snprintf (text + size, NOTE_SIZE - (size_t) size, "%s%s down",
                          online ? ", after " : "", down);
    if (ended && connection->text[0])
        snprintf (text + size, NOTE_SIZE - (size_t) size, "; %s", connection->text);
}

static void
details_add_history (struct details *self, const struct model_history *history, struct ui_now now)
{
    char text[NOTE_SIZE];
    availability_text (history, text);
    detail_add (self, "history", ROLE_NORMAL, true, text);
    for (size_t index = 0; index < history->count; index++) {
        connection_text (&history->connections[index], now, text);
        detail_add (self, index == 0 ? "connected" : "before", ROLE_DIM, true, text);
    }
}

static void
details_gather (struct details *self, const struct model *model, const struct model_image *image,
                struct ui_now now)
{
    static const char *const labels[] = {"network", "link", "image", "evaluator"};
    char text[NOTE_SIZE], busy[AGE_SIZE + 16];
    self->count = 0;
    for (int id = LIGHT_NETWORK; id <= LIGHT_EVALUATOR; id++) {
        const struct light *light = light_of (image, (enum light_id) id);
        bool is_busy = id == LIGHT_EVALUATOR && image->evaluator == STUI_EVALUATOR_BUSY;
        busy_text (image, now, busy);
        detail_add (self, labels[id], light->role, false, is_busy ? busy : light->word);
        self->items[id].symbol = light->symbol;
    }
    latency_text (image, text, sizeof text);
    detail_add (self, "latency", ROLE_NORMAL, false, text[0] ? text : "unknown");
    snprintf (text, sizeof text, "%lld%s", (long long) image->sessions,
              image->sessions == 0 ? ""
              : image->unsaved     ? ", not all saved"
                                   : ", all saved");
    detail_add (self, "sessions", ROLE_NORMAL, false, text);
    snprintf (text, sizeof text, "%lld", (long long) image->orphans);
    detail_add (self, "orphans", ROLE_NORMAL, false, text);
    snprintf (text, sizeof text, "%lld, 5 shows them", (long long) image->held);
    detail_add (self, "held", ROLE_WARNING, false, image->held > 0 ? text : NULL);
    snprintf (text, sizeof text, "%lld, 5 shows them", (long long) image->in_doubt);
    detail_add (self, "in doubt", ROLE_WARNING, false, image->in_doubt > 0 ? text : NULL);
    double available = model->history.sums[MODEL_DAY].availability;
    if (strcmp (model->history.image, image->name) == 0 && available >= 0) {
        char share[WORDS_SIZE];
        detail_add (self, "available", ROLE_NORMAL, false, words_share (available, share));
    }
    retry_text (image, now, text, sizeof text);
    detail_add (self, "next", ROLE_PENDING, false, text);
    detail_add (self, "tags", ROLE_NORMAL, false, image->tags);
    detail_add (self, "protected", ROLE_WARNING, false,
                image->is_protected ? "asks before code is sent" : NULL);
    detail_add (self, "address", ROLE_NORMAL, true, image->address);
    detail_add (self, "system", ROLE_NORMAL, true, image->system);
    detail_add (self, image->other ? "alias" : "identity", ROLE_WARNING, true, image->kin);
    if (image->state != STUI_IMAGE_ONLINE && image->cause) {
        detail_add (self, "cause", ROLE_WARNING, true, image->cause);
        detail_add (self, "so", ROLE_NORMAL, true, stui_trouble_next (image->trouble));
        detail_add (self, "you can", ROLE_NORMAL, true, stui_trouble_advice (image->trouble));
    }
    if (strcmp (model->history.image, image->name) == 0)
        details_add_history (self, &model->history, now);
}

static int
detail_draw (struct grid *grid, struct rect area, int row, const struct detail *detail)
{
    grid_field (grid, area, row, 0, LABEL_WIDTH, style_of (grid, ROLE_DIM), detail->label,
                strlen (detail->label));
    struct style style = style_of (grid, detail->role);
    struct rect value = area;
    rect_cut_columns (&value, LABEL_WIDTH);
    if (detail->wide)
        return layout_paragraph (grid, value, row, style, detail->text);
    int column = 0;
    if (detail->symbol)
        column = grid_string (grid, value, row, 0, style, detail->symbol) + 1;
    grid_field (grid, value, row, column, value.columns - column, style, detail->text,
                strlen (detail->text));
    return row + 1;
}

/* Short ones in columns, those of whole lines below them. */
static void
details_draw (const struct ui *ui, struct grid *grid, struct rect area, bool beside)
{
    const struct model_image *image = model_selected (&ui->model);
    if (area.rows == 0 || !image)
        return;
    char age[AGE_SIZE], title[STUI_NAME_MAX + AGE_SIZE + 48];
    age_text (ui->now.mono_ms - image->since_ms, age);
    snprintf (title, sizeof title, "%s%s  %s %s%s%s", image->favourite ? "★ " : "", image->name,
              theme_image_symbol (image->state), stui_image_state_word (image->state),
              age[0] ? " for " : "", age);
    area = list_details (grid, area, beside, title);
    struct details details;
    details_gather (&details, &ui->model, image, ui->now);
    int across = beside ? 1 : 3, shorts = 0, row = 0;
    for (int index = 0; index < details.count; index++)
        shorts += !details.items[index].wide;
    int down = (shorts + across - 1) / across, place = 0;
    for (int index = 0; index < details.count; index++) {
        struct rect cell = area;
        if (details.items[index].wide)
            continue;
        cell.columns = area.columns / across - (across > 1);
        cell.column = area.column + place / down * (area.columns / across);
        detail_draw (grid, cell, place++ % down, &details.items[index]);
    }
    row = down + beside;
    for (int index = 0; index < details.count; index++)
        if (details.items[index].wide && row < area.rows)
            row = detail_draw (grid, area, row, &details.items[index]);
}

/* ---- the screen ----------------------------------------------------------------------------- */

static void
images_draw_title (const struct ui *ui, struct grid *grid, struct rect area)
{
    const struct model *model = &ui->model;
    int column = 0;
    if (model->filter[0])
        column = grid_printf (grid, area, 0, 0, style_of (grid, ROLE_MATCH), "%zu of %zu with %s",
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
    details_draw (ui, grid, split.details, split.beside);
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

static const char *const images_hints[] = {"open",      "help",   "filter", "command",
                                           "retry",     "sort",   "add",    "remove",
                                           "favourite", "events", "close",  NULL};

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
