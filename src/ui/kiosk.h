/* kiosk.h: what the wall knows beside the model (model.h): the last samples of each image, its
 * figures of a day, and how images become tiles, tiles pages, and pages a grid that moves a cell
 * now and then. Everything that changes by itself does so on one tick of ten seconds, so that a wall
 * on which nothing happens is not written to. What it keeps is bounded by the number of images,
 * however long it runs. Owned by the ui. Pure but for the heap. */

#ifndef STUI_UI_KIOSK_H
#define STUI_UI_KIOSK_H

#include "ui/cell.h"
#include "ui/model.h"

enum {
    KIOSK_FRAME_MS = 1000,     /* between two frames */
    KIOSK_TICK_MS = 10000,     /* between two samples */
    KIOSK_SAMPLES = 60,        /* kept of each image: ten minutes */
    KIOSK_SOME = 3,            /* of them say more than the word for a state */
    KIOSK_PAGE_TICKS = 2,      /* for which a page is shown */
    KIOSK_DRIFT_TICKS = 90,    /* until the grid moves: a quarter of an hour */
    KIOSK_FIGURES_MS = 600000, /* until the figures of an image that is shown are asked for again */
    KIOSK_SOON_MS = 100,       /* between two questions about them */
};

/* A sample: a latency from the first of these on, each about three times the one before. */
enum kiosk_sample {
    KIOSK_NONE,    /* before it was known */
    KIOSK_UNKNOWN, /* nobody could tell */
    KIOSK_AWAY,
    KIOSK_LEVEL,
    KIOSK_SAMPLE_COUNT = KIOSK_LEVEL + 8
};

struct kiosk_image {
    char name[STUI_NAME_MAX + 1];
    uint8_t samples[KIOSK_SAMPLES]; /* of enum kiosk_sample; a ring */
    double latency_ms;              /* when the last was taken; below 0: unknown */
    double availability;            /* of a day, of 1; below 0: unknown */
    int64_t failures, reconnect_ms; /* of a day; below 0: unknown */
    int64_t figures_ms;             /* when they are asked for (mono) */
    enum stui_image_state state;    /* in which it was when they were asked for last */
};

enum kiosk_form {
    KIOSK_LINE, /* a line: symbol, name, and its samples or what is wrong */
    KIOSK_CARD, /* three lines and a blank one: with latency, samples and figures */
    KIOSK_BOX,  /* the same in a frame, with a line more, and a chart where there is room */
    KIOSK_FORM_COUNT
};

struct kiosk_layout {
    enum kiosk_form form;
    struct rect title, tiles, line;
    int across, down, width, height; /* tiles, and the size of one */
    size_t pages;                    /* at least 1 */
};

struct kiosk {
    struct kiosk_image *images; /* owned; as many as the model's, in their order */
    size_t count;
    size_t *order;      /* owned; places in the model, worst first */
    uint64_t ticks;     /* so far */
    int64_t tick_ms;    /* when the next is due (mono); 0: no image is known yet */
    int64_t soon_ms;    /* when figures may be asked for */
    bool asking;        /* they are */
    bool shown;         /* a list was drawn: from now on slowly */
    size_t first, last; /* of order: on the page that was drawn last */
};

void kiosk_init (struct kiosk *self);
void kiosk_fini (struct kiosk *self);

/* The model was told something: images come and go, and are put in order. */
void kiosk_take (struct kiosk *self, const struct model *model, struct ui_now now);
/* Takes the samples that are due; what was missed stays empty. */
void kiosk_step (struct kiosk *self, const struct model *model, struct ui_now now);
/* Whether IMAGE has samples enough for a line of them. */
bool kiosk_has_some (const struct kiosk_image *image);
/* When anything that a wall shows changes by itself, or figures are to be asked for (mono). */
int64_t kiosk_deadline (const struct kiosk *self, const struct model *model, struct ui_now now);

/* The image whose figures are to be asked for now; NULL. It counts as asked for. */
const char *kiosk_wants (struct kiosk *self, const struct model *model, struct ui_now now);
/* The answer of an `image_history` about the image NAME. */
void kiosk_take_figures (struct kiosk *self, const char *name, const struct json *answer);

/* Whether what is known of IMAGE is old, and since when (mono). */
bool kiosk_is_stale (const struct model *model, const struct model_image *image, int64_t *since_ms);

/* How COUNT tiles are laid out on a screen: the largest form of which all fit, else the largest that
 * takes a few pages, else lines. TICKS moves it all by a cell at times. */
struct kiosk_layout kiosk_layout (struct rect screen, size_t count, uint64_t ticks);
/* The page that is shown at TICKS. */
size_t kiosk_page (const struct kiosk_layout *layout, uint64_t ticks);
/* The place of tile INDEX of a page. */
struct rect kiosk_tile (const struct kiosk_layout *layout, size_t index);

/* The newest samples as a line of WIDTH columns, the newest at the right: bars, a dot where nobody
 * could tell, a cross where the image was not online. */
enum { KIOSK_LINE_SIZE = 3 * KIOSK_SAMPLES + 1 };
char *kiosk_sparkline (const struct kiosk *self, const struct kiosk_image *image, int width,
                       char text[KIOSK_LINE_SIZE]);
/* The same as a chart of HEIGHT rows: of these ROW, 0 is the lowest. All samples go over the whole WIDTH where
 * that is more. */
enum { KIOSK_CHART_COLUMNS = 300, KIOSK_CHART_SIZE = 3 * KIOSK_CHART_COLUMNS + 1 };
char *kiosk_chart (const struct kiosk *self, const struct kiosk_image *image, int width, int height,
                   int row, char text[KIOSK_CHART_SIZE]);
/* "<2 ms": a latency in steps of 1, 2 and 5, so that it seldom changes; empty: unknown. */
char *kiosk_latency (double latency_ms, char text[AGE_SIZE]);

#endif
