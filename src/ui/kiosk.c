/* kiosk.c: see kiosk.h. */

#include "ui/kiosk.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"

enum {
    FIRST_MS = 2000, /* from the first image to the first sample, if none is online */
    PAGES_FEW = 6,
    TIGHT_ROWS = 3, /* of a card, where it takes that to have them all on one page */
    GAP = 1,
    BOX_ASPECT = 4, /* columns of a box for each of its rows, about */
};

void
kiosk_init (struct kiosk *self)
{
    *self = (struct kiosk){0};
}

void
kiosk_fini (struct kiosk *self)
{
    if (!self)
        return;
    free (self->images);
    free (self->order);
    *self = (struct kiosk){0};
}

/* ---- images that come and go ---------------------------------------------------------------- */

static bool
is_the_same_list (const struct kiosk *self, const struct model *model)
{
    if (self->count != model->image_count)
        return false;
    for (size_t index = 0; index < self->count; index++)
        if (strcmp (self->images[index].name, model->images[index].name) != 0)
            return false;
    return true;
}

/* Both are in the order of names: what is in one list only came or went. */
static void
images_merge (struct kiosk *self, const struct model *model)
{
    struct kiosk_image *images = stui_alloc ((model->image_count + 1) * sizeof *images);
    size_t old = 0;
    for (size_t index = 0; index < model->image_count; index++) {
        const char *name = model->images[index].name;
        while (old < self->count && strverscmp (self->images[old].name, name) < 0)
            old++;
        if (old < self->count && strcmp (self->images[old].name, name) == 0) {
            images[index] = self->images[old];
            continue;
        }
        images[index] = (struct kiosk_image){
            .latency_ms = -1, .availability = -1, .failures = -1, .reconnect_ms = -1};
        snprintf (images[index].name, sizeof images[index].name, "%s", name);
    }
    free (self->images);
    self->images = images;
    self->count = model->image_count;
    self->order = stui_realloc (self->order, (self->count + 1) * sizeof *self->order);
}

/* What needs somebody's eyes comes first. */
static int
badness (const struct model_image *image)
{
    static const int ranks[STUI_IMAGE_COUNT] = {
        [STUI_IMAGE_FAILED] = 1,      [STUI_IMAGE_OFFLINE] = 2,   [STUI_IMAGE_SUSPECT] = 3,
        [STUI_IMAGE_WAITING] = 4,     [STUI_IMAGE_RESOLVING] = 4, [STUI_IMAGE_CONNECTING] = 4,
        [STUI_IMAGE_HANDSHAKING] = 4, [STUI_IMAGE_ONLINE] = 6,    [STUI_IMAGE_DISABLED] = 7,
    };
    bool waits = image->in_doubt > 0 || image->orphans > 0;
    if (image->stuck)
        return 0;
    return image->state == STUI_IMAGE_ONLINE && waits ? 5 : ranks[image->state];
}

static int
worse (const void *one, const void *other, void *context)
{
    const struct model *model = context;
    size_t left = *(const size_t *) one, right = *(const size_t *) other;
    int order = badness (&model->images[left]) - badness (&model->images[right]);
    return order != 0 ? order : (left > right) - (left < right);
}

/* ---- samples -------------------------------------------------------------------------------- */

static uint8_t
sample_of (const struct model *model, const struct model_image *image)
{
    int level = 0;
    if (model->link != MODEL_LINKED)
        return KIOSK_UNKNOWN;
    if (image->state == STUI_IMAGE_OFFLINE || image->state == STUI_IMAGE_SUSPECT
        || image->state == STUI_IMAGE_FAILED)
        return KIOSK_AWAY;
    if (image->state != STUI_IMAGE_ONLINE || image->latency_ms < 0)
        return KIOSK_UNKNOWN;
    for (double most_ms = 1; level < 7 && image->latency_ms >= most_ms; level++)
        most_ms *= level % 2 ? 10.0 / 3 : 3; /* 1, 3, 10, 30 … 1,000 ms */
    return (uint8_t) (KIOSK_LEVEL + level);
}

static void
sample_all (struct kiosk *self, const struct model *model)
{
    size_t place = (size_t) (self->ticks % KIOSK_SAMPLES);
    for (size_t index = 0; index < self->count; index++) {
        const struct model_image *image = &model->images[index];
        self->images[index].samples[place] = sample_of (model, image);
        if (image->state == STUI_IMAGE_ONLINE && image->latency_ms >= 0)
            self->images[index].latency_ms = image->latency_ms;
    }
    self->ticks++;
}

/* A tick at which nobody looked. */
static void
sample_none (struct kiosk *self)
{
    size_t place = (size_t) (self->ticks % KIOSK_SAMPLES);
    for (size_t index = 0; index < self->count; index++)
        self->images[index].samples[place] = KIOSK_UNKNOWN;
    self->ticks++;
}

/* What is known of an image for the first time is shown at once, in the place of the last sample; the very
 * first sample of all does not wait for others. */
static void
sample_new (struct kiosk *self, const struct model *model, struct ui_now now)
{
    for (size_t index = 0; index < self->count; index++) {
        const struct model_image *image = &model->images[index];
        struct kiosk_image *kept = &self->images[index];
        if (kept->latency_ms >= 0 || sample_of (model, image) < KIOSK_LEVEL)
            continue;
        if (self->ticks == 0) {
            self->tick_ms = now.mono_ms;
            return;
        }
        kept->samples[(self->ticks - 1) % KIOSK_SAMPLES] = sample_of (model, image);
        kept->latency_ms = image->latency_ms;
    }
}

bool
kiosk_has_some (const struct kiosk_image *image)
{
    int count = 0;
    for (size_t place = 0; place < KIOSK_SAMPLES; place++)
        count += image->samples[place] > KIOSK_UNKNOWN;
    return count >= KIOSK_SOME;
}

void
kiosk_take (struct kiosk *self, const struct model *model, struct ui_now now)
{
    if (!is_the_same_list (self, model))
        images_merge (self, model);
    for (size_t index = 0; index < self->count; index++)
        self->order[index] = index;
    if (self->count > 0)
        qsort_r (self->order, self->count, sizeof *self->order, worse, (void *) model);
    if (self->tick_ms == 0 && self->count > 0)
        self->tick_ms = now.mono_ms + FIRST_MS;
    sample_new (self, model, now);
    if (self->last > self->count)
        self->last = self->count;
}

void
kiosk_step (struct kiosk *self, const struct model *model, struct ui_now now)
{
    if (self->tick_ms == 0 || now.mono_ms < self->tick_ms)
        return;
    int64_t due = (now.mono_ms - self->tick_ms) / KIOSK_TICK_MS + 1;
    self->tick_ms += due * KIOSK_TICK_MS;
    /* More than are kept would write the same places again. */
    for (int64_t missed = due - 1 < KIOSK_SAMPLES ? due - 1 : KIOSK_SAMPLES; missed > 0; missed--)
        sample_none (self);
    sample_all (self, model);
}

char *
kiosk_sparkline (const struct kiosk *self, const struct kiosk_image *image, int width,
                 char text[KIOSK_LINE_SIZE])
{
    static const char *const bars[KIOSK_SAMPLE_COUNT] = {
        [KIOSK_NONE] = " ",      [KIOSK_UNKNOWN] = "·",   [KIOSK_AWAY] = "✗",
        [KIOSK_LEVEL] = "▁",     [KIOSK_LEVEL + 1] = "▂", [KIOSK_LEVEL + 2] = "▃",
        [KIOSK_LEVEL + 3] = "▄", [KIOSK_LEVEL + 4] = "▅", [KIOSK_LEVEL + 5] = "▆",
        [KIOSK_LEVEL + 6] = "▇", [KIOSK_LEVEL + 7] = "█",
    };
    char *end = text;
    uint64_t shown = width < KIOSK_SAMPLES ? (uint64_t) (width < 0 ? 0 : width) : KIOSK_SAMPLES;
    *end = '\0';
    for (uint64_t back = shown; back > 0; back--)
        end = stpcpy (end, self->ticks < back
                               ? bars[KIOSK_NONE]
                               : bars[image->samples[(self->ticks - back) % KIOSK_SAMPLES]]);
    return text;
}

/* The bar of sample LEVEL in row ROW from below of a chart of HEIGHT rows. */
static const char *
chart_bar (uint8_t sample, int height, int row)
{
    static const char *const eighths[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    if (sample < KIOSK_LEVEL)
        return row > 0 || sample == KIOSK_NONE ? " " : sample == KIOSK_AWAY ? "✗" : "·";
    int filled = (sample - KIOSK_LEVEL + 1) * height - 8 * row;
    return eighths[filled < 0 ? 0 : filled > 8 ? 8 : filled];
}

char *
kiosk_chart (const struct kiosk *self, const struct kiosk_image *image, int width, int height,
             int row, char text[KIOSK_CHART_SIZE])
{
    char *end = text;
    int shown = width < KIOSK_CHART_COLUMNS ? width : KIOSK_CHART_COLUMNS;
    *end = '\0';
    for (int column = shown; column-- > 0;) {
        /* Where there are more columns than samples, one takes several. */
        uint64_t back =
            1 + (uint64_t) (shown > KIOSK_SAMPLES ? column * KIOSK_SAMPLES / shown : column);
        uint8_t sample =
            self->ticks < back ? KIOSK_NONE : image->samples[(self->ticks - back) % KIOSK_SAMPLES];
        end = stpcpy (end, chart_bar (sample, height, row));
    }
    return text;
}

char *
kiosk_latency (double latency_ms, char text[AGE_SIZE])
{
    static const int steps[] = {1,   2,    5,    10,   20,    50,    100,  200,
                                500, 1000, 2000, 5000, 10000, 20000, 60000};
    text[0] = '\0';
    for (size_t index = 0; latency_ms >= 0 && index < sizeof steps / sizeof *steps; index++)
        if (latency_ms < steps[index]) {
            snprintf (text, AGE_SIZE, steps[index] < 1000 ? "<%d ms" : "<%d s",
                      steps[index] < 1000 ? steps[index] : steps[index] / 1000);
            break;
        }
    return text;
}

/* ---- figures -------------------------------------------------------------------------------- */

/* When those of the image at PLACE are to be asked for. */
static int64_t
figures_due_ms (const struct kiosk *self, const struct model *model, size_t place)
{
    const struct kiosk_image *image = &self->images[place];
    return image->figures_ms == 0 || image->state != model->images[place].state ? self->soon_ms
                                                                                : image->figures_ms;
}

const char *
kiosk_wants (struct kiosk *self, const struct model *model, struct ui_now now)
{
    if (self->asking || model->link != MODEL_LINKED || now.mono_ms < self->soon_ms)
        return NULL;
    for (size_t index = self->first; index < self->last; index++) {
        size_t place = self->order[index];
        if (now.mono_ms < figures_due_ms (self, model, place))
            continue;
        self->images[place].state = model->images[place].state;
        self->images[place].figures_ms = now.mono_ms + KIOSK_FIGURES_MS;
        self->soon_ms = now.mono_ms + KIOSK_SOON_MS;
        return self->images[place].name;
    }
    return NULL;
}

void
kiosk_take_figures (struct kiosk *self, const char *name, const struct json *answer)
{
    const struct json *day = json_get (answer, "day");
    for (size_t index = 0; index < self->count; index++) {
        struct kiosk_image *image = &self->images[index];
        if (strcmp (image->name, name) != 0)
            continue;
        image->availability = json_get_real (day, "availability", -1);
        image->failures = json_get_number (day, "failures", -1);
        image->reconnect_ms = json_get_number (day, "reconnect_p50_ms", -1);
    }
}

/* ---- time ----------------------------------------------------------------------------------- */

bool
kiosk_is_stale (const struct model *model, const struct model_image *image, int64_t *since_ms)
{
    *since_ms = image->since_ms;
    if (model->link != MODEL_LINKED) { /* nobody tells what became of it */
        *since_ms = model->link_since_ms;
        return true;
    }
    return image->stuck || image->state != STUI_IMAGE_ONLINE;
}

static int64_t
earlier (int64_t one_ms, int64_t other_ms)
{
    return one_ms < other_ms ? one_ms : other_ms;
}

static int64_t
age_deadline (int64_t since_ms, int64_t now_ms)
{
    return since_ms + age_next_ms (now_ms > since_ms ? now_ms - since_ms : 0);
}

int64_t
kiosk_deadline (const struct kiosk *self, const struct model *model, struct ui_now now)
{
    int64_t deadline = self->tick_ms != 0 ? self->tick_ms : STUI_NEVER;
    if (model->link != MODEL_LINKED)
        return earlier (deadline, age_deadline (model->link_since_ms, now.mono_ms));
    for (size_t index = self->first; index < self->last; index++) {
        const struct model_image *image = &model->images[self->order[index]];
        deadline = earlier (deadline, age_deadline (image->since_ms, now.mono_ms));
        if (!self->asking) {
            int64_t due_ms = figures_due_ms (self, model, self->order[index]);
            deadline = earlier (deadline, due_ms > self->soon_ms ? due_ms : self->soon_ms);
        }
    }
    return deadline;
}

/* ---- tiles ---------------------------------------------------------------------------------- */

static const struct {
    int width, height;
} forms[KIOSK_FORM_COUNT] = {
    [KIOSK_LINE] = {26, 1},
    [KIOSK_CARD] = {26, 4},
    [KIOSK_BOX] = {38, 6},
};

/* Divides the area of tiles into those of FORM. */
static void
layout_divide (struct kiosk_layout *layout, enum kiosk_form form, size_t count)
{
    layout->form = form;
    layout->across = layout->tiles.columns / forms[form].width;
    layout->height = forms[form].height;
    if (layout->across < 1)
        layout->across = 1;
    size_t needed = (count + (size_t) layout->across - 1) / (size_t) layout->across;
    if (form == KIOSK_CARD && needed > (size_t) (layout->tiles.rows / layout->height)
        && needed <= (size_t) (layout->tiles.rows / TIGHT_ROWS))
        layout->height = TIGHT_ROWS;
    layout->down = layout->tiles.rows / layout->height;
    /* A list that fits goes over all columns. */
    if (form == KIOSK_LINE && needed > 0 && needed < (size_t) layout->down)
        layout->down = (int) needed;
    if (layout->down < 1)
        layout->down = form == KIOSK_LINE ? 1 : 0;
    /* A few in a row are not wider than twice the least. */
    layout->width = layout->tiles.columns / layout->across;
    if (layout->width > 2 * forms[form].width)
        layout->width = 2 * forms[form].width;
    size_t page = (size_t) (layout->across * layout->down);
    layout->pages = page == 0 ? SIZE_MAX : count > page ? (count + page - 1) / page : 1;
}

/* How good it is to have COUNT boxes of WIDTH by HEIGHT, EMPTY places beside them: less is better. A box that is
 * four times as wide as high looks about as wide as two high ones. */
static int
box_cost (int width, int height, int empty)
{
    int high = height * BOX_ASPECT;
    return 100 * (width > high ? width : high) / (width > high ? high : width) + 60 * empty;
}

/* All boxes fit: they take the whole area. */
static void
layout_spread (struct kiosk_layout *layout, size_t count)
{
    int most = layout->across, best = INT_MAX;
    struct rect area = layout->tiles;
    for (int across = 1; across <= most && across <= (int) count; across++) {
        int down = ((int) count + across - 1) / across;
        int width = area.columns / across, height = area.rows / down;
        if (height < forms[KIOSK_BOX].height)
            continue;
        int cost = box_cost (width, height, across * down - (int) count);
        if (cost >= best)
            continue;
        best = cost;
        layout->across = across;
        layout->down = down;
        layout->width = width;
        layout->height = height;
    }
}

struct kiosk_layout
kiosk_layout (struct rect screen, size_t count, uint64_t ticks)
{
    static const struct {
        int row, column;
    } drift[] = {{0, 0}, {0, 1}, {1, 1}, {1, 0}};
    size_t at = (size_t) (ticks / KIOSK_DRIFT_TICKS % (sizeof drift / sizeof *drift));
    struct kiosk_layout layout = {0};
    screen.rows--;
    screen.columns--;
    screen.row += drift[at].row;
    screen.column += drift[at].column;
    layout.title = rect_cut_rows (&screen, 1);
    layout.line = rect_cut_rows (&screen, -1);
    layout.tiles = screen;
    for (size_t most = 1; most <= PAGES_FEW; most += PAGES_FEW - 1)
        for (int form = KIOSK_FORM_COUNT; form-- > 0;) {
            layout_divide (&layout, (enum kiosk_form) form, count);
            if (layout.pages > most)
                continue;
            if (form == KIOSK_BOX && layout.pages == 1)
                layout_spread (&layout, count);
            return layout;
        }
    return layout; /* lines, on as many pages as it takes */
}

size_t
kiosk_page (const struct kiosk_layout *layout, uint64_t ticks)
{
    return (size_t) (ticks / KIOSK_PAGE_TICKS % layout->pages);
}

struct rect
kiosk_tile (const struct kiosk_layout *layout, size_t index)
{
    /* The worst stand together: in the first column of a list, else in the first row. */
    bool list = layout->form == KIOSK_LINE;
    int column = list ? (int) index / layout->down : (int) index % layout->across;
    int row = list ? (int) index % layout->down : (int) index / layout->across;
    return (struct rect){
        .row = layout->tiles.row + row * layout->height,
        .column = layout->tiles.column + column * layout->width,
        .rows = layout->height,
        .columns = layout->width - (layout->form == KIOSK_BOX ? 0 : GAP),
    };
}
