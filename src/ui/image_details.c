/* image_details.c: see image_details.h. Pure. */

#include "ui/image_details.h"

#include <stdio.h>
#include <string.h>

#include "runtime/words.h"
#include "ui/image_words.h"
#include "ui/layout.h"
#include "ui/list.h"
#include "ui/ui_step.h"

enum {
    FACTS_MAX = 60,
    LABEL_WIDTH = 11,
    ROOMY_ROWS = 14,
    ACROSS_COLUMNS = 150, /* from here on four short ones stand in a row */
    COLUMN_WIDTH = 26,    /* of one of them */
};

/* ---- details -------------------------------------------------------------------------------- */

struct detail {
    const char *label;
    const char *symbol; /* of a light; NULL */
    char text[IMAGE_NOTE_SIZE];
    enum role role;
    bool wide; /* takes whole lines */
};

struct image_facts {
    struct detail items[FACTS_MAX];
    int count;
};

static void
detail_add (struct image_facts *self, const char *label, enum role role, bool wide,
            const char *text)
{
    if (!text || !*text || self->count == FACTS_MAX)
        return;
    struct detail *detail = &self->items[self->count++];
    *detail = (struct detail){.label = label, .role = role, .wide = wide};
    snprintf (detail->text, sizeof detail->text, "%s", text);
}

/* "98.50 % a day, 99.98 % a week, 99.00 % for ever; 4 h between failures; back in 800 ms, at
 * worst 2 s" */
static void
availability_text (const struct model_history *history, char text[IMAGE_NOTE_SIZE])
{
    char day[WORDS_SIZE], week[WORDS_SIZE], ever[WORDS_SIZE], mtbf[WORDS_SIZE], half[WORDS_SIZE],
        most[WORDS_SIZE];
    const struct model_sum *sum = &history->sums[MODEL_EVER];
    text[0] = '\0';
    if (sum->availability < 0)
        return;
    int size = snprintf (text, IMAGE_NOTE_SIZE, "%s a day, %s a week, %s for ever",
                         words_share (history->sums[MODEL_DAY].availability, day),
                         words_share (history->sums[MODEL_WEEK].availability, week),
                         words_share (sum->availability, ever));
    if (sum->failures > 0)
        size += snprintf (text + size, IMAGE_NOTE_SIZE - (size_t) size, "; %s between failures",
                          words_duration (sum->mtbf_ms, mtbf));
    if (sum->reconnect_p50_ms >= 0)
        snprintf (text + size, IMAGE_NOTE_SIZE - (size_t) size, "; back in %s (p50), %s (p99)",
                  words_duration (sum->reconnect_p50_ms, half),
                  words_duration (sum->reconnect_p99_ms, most));
}

/* "since 10:30:05, after 800 ms down", or "10:20:01 up for 5 min; the connection was closed" */
static void
connection_text (const struct model_connection *connection, struct ui_now now,
                 char text[IMAGE_NOTE_SIZE])
{
    char when[AGE_SIZE], up[WORDS_SIZE], down[WORDS_SIZE];
    bool ended = connection->ended_at_ms > 0, online = connection->online_at_ms > 0;
    int size = 0;
    text[0] = '\0';
    day_time_text (connection->online_at_ms, now.zone_s, when);
    words_duration (connection->up_ms, up);
    words_duration (connection->down_ms, down);
    if (online && ended)
        size = snprintf (text, IMAGE_NOTE_SIZE, "%s up for %s", when, up);
    else if (online)
        size = snprintf (text, IMAGE_NOTE_SIZE, "since %s", when);
    if (connection->down_ms > 0 || !online)
        size += snprintf (text + size, IMAGE_NOTE_SIZE - (size_t) size, "%s%s down",
                          online ? ", after " : "", down);
    if (ended && connection->text[0])
        snprintf (text + size, IMAGE_NOTE_SIZE - (size_t) size, "; %s", connection->text);
}

static void
facts_add_history (struct image_facts *self, const struct model_history *history, struct ui_now now,
                   size_t most)
{
    char text[IMAGE_NOTE_SIZE];
    availability_text (history, text);
    detail_add (self, "history", ROLE_NORMAL, true, text);
    for (size_t index = 0; index < history->count && index < most; index++) {
        connection_text (&history->connections[index], now, text);
        detail_add (self, index == 0 ? "connected" : "before", ROLE_DIM, true, text);
    }
}

static void
facts_gather (struct image_facts *self, const struct model *model, const struct model_image *image,
              struct ui_now now, size_t most)
{
    static const char *const labels[] = {"network", "link", "image", "evaluator"};
    char text[IMAGE_NOTE_SIZE], busy[IMAGE_BUSY_SIZE];
    self->count = 0;
    for (int id = IMAGE_LIGHT_NETWORK; id <= IMAGE_LIGHT_EVALUATOR; id++) {
        const struct image_light *light = image_light (image, (enum image_light_id) id);
        bool is_busy = id == IMAGE_LIGHT_EVALUATOR && image->evaluator == STUI_EVALUATOR_BUSY;
        image_busy_text (image, now, busy);
        detail_add (self, labels[id], light->role, false, is_busy ? busy : light->word);
        self->items[id].symbol = light->symbol;
    }
    image_latency_text (image, text, sizeof text);
    detail_add (self, "latency", ROLE_NORMAL, false, text[0] ? text : "unknown");
    char bars[SPARK_TEXT_SIZE];
    detail_add (self, "lately", ROLE_NORMAL, false, spark_text (&image->latencies, bars));
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
    image_retry_text (image, now, text, sizeof text);
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
        facts_add_history (self, &model->history, now, most);
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

/* Short ones in columns, those of whole lines below them, from the one at FROM on. Returns the row
 * after them. */
static int
facts_draw (struct grid *grid, struct rect area, const struct image_facts *details, int across,
            int row, int from)
{
    int shorts = 0, place = 0, seen = 0;
    for (int index = 0; index < details->count; index++)
        shorts += !details->items[index].wide;
    int down = (shorts + across - 1) / across;
    for (int index = 0; index < details->count; index++) {
        struct rect cell = area;
        if (details->items[index].wide)
            continue;
        cell.columns = area.columns / across - (across > 1);
        cell.column = area.column + place / down * (area.columns / across);
        detail_draw (grid, cell, row + place++ % down, &details->items[index]);
    }
    row += down + (across == 1);
    for (int index = 0; index < details->count; index++)
        if (details->items[index].wide && seen++ >= from && row < area.rows)
            row = detail_draw (grid, area, row, &details->items[index]);
    return row;
}

/* All in whole lines for a narrow screen, what is wrong first, from the one at FROM on. Returns how many
 * there are. */
static int
facts_flow (struct grid *grid, struct rect area, struct image_facts *details, int from)
{
    int row = 0, seen = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int index = 0; index < details->count; index++) {
            struct detail *detail = &details->items[index];
            if (detail->wide == (pass == 0) && seen++ >= from && row < area.rows)
                row = detail_draw (grid, area, row, detail);
        }
    return details->count;
}

/* Its name and state. */
static void
title_text (const struct model_image *image, struct ui_now now, char *title, size_t size)
{
    char age[AGE_SIZE];
    age_text (now.mono_ms - image->since_ms, age);
    snprintf (title, size, "%s%s  %s %s%s%s", image->favourite ? "★ " : "", image->name,
              theme_image_symbol (image->state), stui_image_state_word (image->state),
              age[0] ? " for " : "", age);
}

void
image_details_draw (const struct ui *ui, struct grid *grid, struct rect area, bool beside)
{
    char title[STUI_NAME_MAX + AGE_SIZE + 48];
    const struct model_image *image = model_selected (&ui->model);
    if (area.rows == 0 || !image)
        return;
    title_text (image, ui->now, title, sizeof title);
    area = list_details (grid, area, beside, false, title);
    struct image_facts details;
    facts_gather (&details, &ui->model, image, ui->now, IMAGE_DETAILS_CONNECTIONS);
    facts_draw (grid, area, &details, beside ? 1 : 3, 0, 0);
}

int
image_details_draw_all (const struct ui *ui, struct grid *grid, struct rect area, int from)
{
    char title[STUI_NAME_MAX + AGE_SIZE + 48];
    const struct model_image *image = model_selected (&ui->model);
    if (!image)
        return 0;
    title_text (image, ui->now, title, sizeof title);
    area = rect_inset (area, 0, 1);
    grid_string (grid, rect_cut_rows (&area, 1), 0, 0, style_of (grid, ROLE_TITLE), title);
    rect_cut_rows (&area, area.rows > ROOMY_ROWS);
    struct image_facts details;
    facts_gather (&details, &ui->model, image, ui->now, MODEL_CONNECTIONS_MAX);
    if (area.columns < 2 * COLUMN_WIDTH)
        return facts_flow (grid, area, &details, from);
    int across = area.columns >= ACROSS_COLUMNS ? 4 : area.columns / COLUMN_WIDTH, wide = 0;
    for (int index = 0; index < details.count; index++)
        wide += details.items[index].wide;
    facts_draw (grid, area, &details, across, 0, from);
    return wide;
}
