/* model.h: what the terminal knows of the world, built from messages alone: the images in the
 * order shown, events, the link to the owner, what was last said to the user. Screens read it.
 * Owned by the ui. Pure but for the heap. */

#ifndef STUI_UI_MODEL_H
#define STUI_UI_MODEL_H

#include <stui/trouble.h>
#include <stui/types.h>

#include "ui/spark.h"
#include "ui/theme.h"

struct json;

/* The time of a step; passed in. */
struct ui_now {
    int64_t mono_ms; /* only rises */
    int64_t wall_ms;
    int zone_s; /* of the local time, east of UTC */
};

struct model_image {
    char name[STUI_NAME_MAX + 1];
    char address[STUI_ADDRESS_MAX + STUI_VIA_MAX]; /* "ADDRESS via HOST" */
    char phase[24];                                /* of the attempt under way */
    enum stui_image_state state;
    enum stui_network network;
    enum stui_link link;
    enum stui_answer answer;
    enum stui_evaluator evaluator;
    double latency_ms; /* below 0: unknown */
    int64_t sessions, orphans, unsaved, attempt;
    int64_t held, in_doubt;
    int64_t settled;           /* of these so many, since its supervisor started */
    uint64_t transcript;       /* how far it has come; 0: unknown */
    int64_t since_ms;          /* mono: when it entered its state, or was seen first */
    int64_t retry_ms;          /* mono: when it is tried again; STUI_NEVER */
    int64_t busy_since_ms;     /* wall; 0: unknown */
    enum stui_trouble trouble; /* of cause */
    char *cause, *system;      /* owned, may be NULL; system: dialect, version, host, process */
    char *kin;                 /* owned, may be NULL: what it is to another image, in words */
    char *tags, *other;      /* owned, may be NULL; other: the image that it is another route to */
    struct spark latencies;  /* how latency_ms went … */
    double latency_worst_ms; /* … and what goes into it next; below 0: nothing */
    bool is_protected, stuck, favourite;
    bool held_told; /* since it is online it was said that something is held */
    bool marked;    /* for what is done in many images */
};

enum model_window { MODEL_DAY, MODEL_WEEK, MODEL_EVER, MODEL_WINDOW_COUNT };

/* Of one window; below 0: unknown. */
struct model_sum {
    double availability; /* of 1 */
    int64_t failures, mtbf_ms, reconnect_p50_ms, reconnect_p99_ms;
};

struct model_connection {
    int64_t online_at_ms, ended_at_ms; /* wall; 0: not yet */
    int64_t up_ms, down_ms;            /* down before it was up */
    char text[STUI_CAUSE_MAX];         /* why it ended */
};

enum { MODEL_CONNECTIONS_MAX = 24 }; /* newest, shown by the details of an image */

/* The connections of one image: the one that was under the cursor last. */
struct model_history {
    char image[STUI_NAME_MAX + 1]; /* empty: none was yet */
    struct model_sum sums[MODEL_WINDOW_COUNT];
    struct model_connection connections[MODEL_CONNECTIONS_MAX]; /* newest first */
    size_t count;
};

enum model_sort {
    SORT_NAME,
    SORT_STATE,
    SORT_LATENCY,
    SORT_SESSIONS,
    SORT_CHANGE,
    MODEL_SORT_COUNT
};

struct model_event {
    int64_t seq, at_ms;
    char image[STUI_NAME_MAX + 1];
    char kind[24];
    char *text; /* owned */
};

/* What news are about. */
enum model_topic {
    MODEL_TOPIC_NONE, /* this and that */
    MODEL_TOPIC_HELD, /* what is held for images that are online: there are no two such */
};

/* What came by itself, and waits for its time in the last line. */
struct model_news {
    enum model_topic topic;
    char text[STUI_CAUSE_MAX * 2];
    enum role role;
};

enum {
    MODEL_EVENTS_MAX = 1000, /* newest, shown by the events screen */
    MODEL_FILTER_MAX = 128,  /* bytes */
    MODEL_MESSAGE_MS = 8000, /* how long a message stays in the last line … */
    MODEL_READ_MS = 3000,    /* … and how long news wait for who reads it */
    MODEL_NEWS_MAX = 8,      /* that wait */
};

enum model_link {
    MODEL_STARTING, /* no owner was reached yet */
    MODEL_LINKED,
    MODEL_STALLED, /* the owner is stopped */
    MODEL_UNLINKED,
};

/* A mark that some terminal made. What was changed here stands until the store has confirmed it, whatever is
 * read from there meanwhile. */
struct model_mark {
    char image[STUI_NAME_MAX + 1];
    bool on;
    uint64_t change; /* the number of the change made here; 0: it is as the store has it */
    bool known;      /* it was set here, or the user was told of it when it was used */
};

/* How many images are marked. */
struct model_marked {
    size_t shown, hidden; /* listed; hidden: by the filter */
    size_t absent;        /* not listed (any more, or yet) */
};

enum { MODEL_RECENTS_MAX = 50 };

/* An image that was worked with. */
struct model_recent {
    char image[STUI_NAME_MAX + 1];
    int64_t used_ms; /* on the wall's clock, when last */
};

struct model {
    struct model_image *images; /* owned; by name */
    size_t image_count, image_capacity;
    size_t *shown; /* owned; indices of what the filter leaves, sorted */
    size_t shown_count;
    size_t selected; /* a place in shown */
    enum model_sort sort;
    bool reversed, grouped; /* grouped: by tag, the first of each */
    char filter[MODEL_FILTER_MAX];
    uint64_t version;         /* of the last `watch` answer */
    bool listed;              /* there was one */
    bool came;                /* an image came that was not there before; cleared by who looks */
    struct json *favourites;  /* owned: names; NULL */
    struct model_mark *marks; /* owned: of images that are listed and of others */
    size_t mark_count, mark_capacity;
    uint64_t mark_changes; /* made here */
    struct model_recent
        recents[MODEL_RECENTS_MAX]; /* the latest first; images that are not listed any
                                                       more are among them */
    size_t recent_count;
    struct model_history history;
    size_t state_counts[STUI_IMAGE_COUNT];
    int64_t spark_ms;           /* mono: when latencies are taken next */
    struct model_event *events; /* owned; oldest first */
    size_t event_count, event_capacity;
    int64_t last_seq;
    char events_filter[MODEL_FILTER_MAX]; /* see line_filter.h */
    enum model_link link;
    int64_t link_since_ms; /* mono */
    char link_cause[STUI_CAUSE_MAX];
    char store_trouble[STUI_CAUSE_MAX]; /* why nothing can be stored; empty: all is well */
    uint64_t owner_pid;
    char message[STUI_CAUSE_MAX * 2];
    enum role message_role;
    int64_t message_until_ms, message_read_ms; /* mono: goes; may give way to news */
    bool message_is_news;
    enum model_topic message_topic;
    struct model_news news[MODEL_NEWS_MAX]; /* oldest first */
    size_t news_count;
    bool news_pause; /* they wait, whatever the time: a line is typed there */
};

void model_init (struct model *self);
void model_fini (struct model *self);

/* The answer of a `watch`. */
void model_take_images (struct model *self, const struct json *answer, struct ui_now now);
/* The answer of `image_marks`; and what it makes of the images that are listed. */
void model_take_marks (struct model *self, const struct json *answer);
void model_apply_marks (struct model *self);
void model_apply_marked (struct model *self);
/* The answer of `image_history` about IMAGE. */
void model_take_history (struct model *self, const char *image, const struct json *answer);
/* The answer of an `events_get`. */
void model_take_events (struct model *self, const struct json *answer);
void model_set_link (struct model *self, enum model_link link, const char *cause,
                     struct ui_now now);

/* One line for the user, in the last line of the screen for a while (model_news.c). What answers the user's own
 * doing is said: at once, whatever stands there. What comes by itself is told: once the line is free, or what
 * stands there was there for MODEL_READ_MS. News that were not there for as long come again after what was said over
 * them; too many: the oldest go. */
void model_say (struct model *self, struct ui_now now, enum role role, const char *text);
void model_tell (struct model *self, struct ui_now now, enum role role, enum model_topic topic,
                 const char *text);
/* What was told of TOPIC is not so any more. */
void model_recall (struct model *self, struct ui_now now, enum model_topic topic);
/* Whether something of TOPIC stands there or waits, and is not TEXT. */
bool model_told_other (const struct model *self, enum model_topic topic, const char *text);
void model_message_time (struct model *self, struct ui_now now);
int64_t model_message_deadline (const struct model *self);

/* The image; NULL. Borrowed until the next answer. */
const struct model_image *model_find (const struct model *self, const char *name);
/* The one under the cursor of the list; NULL when none is shown. */
const struct model_image *model_selected (const struct model *self);
void model_select (struct model *self, size_t place);
void model_select_name (struct model *self, const char *name);
/* What a new filter or order makes of the list; the selected image stays selected. */
void model_set_filter (struct model *self, const char *filter);
void model_set_sort (struct model *self, enum model_sort sort, bool reversed);
void model_set_grouped (struct model *self, bool grouped);
/* The tag under which the image at PLACE of the list is grouped, and its *SIZE: 0 when it has none. */
const char *model_group (const struct model *self, size_t place, size_t *size);
const char *model_sort_word (enum model_sort sort);

/* Marks (or unmarks) WHICH: all (none: the contrary), filter (what is shown), protected, favourites, tag=TAG,
 * state=WORD or the name of an image. Unmarked are also images that are not listed. False when it is none of
 * these. */
bool model_mark (struct model *self, const char *which, bool on);
/* Turns the mark of the selected image round; false when there is none. */
bool model_mark_turn (struct model *self);
/* Of those that are listed; and all. */
size_t model_marked_count (const struct model *self);
struct model_marked model_marked (const struct model *self);
/* {mark: [name…], unmark: [name…]} of what was changed here and is not confirmed; caller owns. NULL: nothing
 * was. */
struct json *model_marks_owed (const struct model *self);
/* The store has all changes up to the one of NUMBER. */
void model_marks_confirmed (struct model *self, uint64_t number);
/* How many of the listed images that are marked were so neither by this terminal since it was started nor as far
 * as its user was told; the first few of them into NAMES, "a, b and 3 more". From then on they are known. */
size_t model_marks_unknown (const struct model *self, char *names, size_t size);
void model_marks_know (struct model *self);
/* NAMES, an array, are what the store has. */
void model_marks_read (struct model *self, const struct json *names);

/* Time passed: what is due every SPARK_STEP_MS. */
void model_take_time (struct model *self, struct ui_now now);

/* ---- ages, in steps, so that a screen on which nothing happens is not drawn ---- */

enum { AGE_SIZE = 24 };

/* "", then "5 s", "7 s", "10 s" …, "45 s", "1 min", "90 s", "2 min" …, "45 min", "1 h", "90 min", "2 h" …,
 * "47 h", "2 d" …: at least two thirds of what it is. */
char *age_text (int64_t age_ms, char text[AGE_SIZE]);
/* The age at which that text changes next. */
int64_t age_next_ms (int64_t age_ms);
/* When anything that these images show with time changes next (mono). */
int64_t model_deadline (const struct model *self, struct ui_now now);

/* Local "10:30:05" of WALL_MS. */
char *day_time_text (int64_t wall_ms, int zone_s, char text[AGE_SIZE]);

#endif
