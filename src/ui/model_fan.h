/* model_fan.h: one evaluation in many images: what became of it in each, what most of them answered and
 * which differ. Owned by the ui. Pure but for the heap. */

#ifndef STUI_UI_MODEL_FAN_H
#define STUI_UI_MODEL_FAN_H

#include <stui/types.h>

#include "ui/theme.h"

struct json;

enum fan_state {
    FAN_WAITING,  /* for a free place; nothing was sent */
    FAN_SENT,     /* its answer is awaited */
    FAN_ANSWERED, /* from here on it has ended */
    FAN_RAISED,   /* the code raised an error */
    FAN_REFUSED,  /* it was not run */
    FAN_HELD,     /* not sent, and kept until its image is back */
    FAN_DOUBT,    /* nobody can say whether it ran */
    FAN_NOT_SENT, /* given up before its turn */
    FAN_STATE_COUNT
};

struct fan_row {
    char image[STUI_NAME_MAX + 1];
    enum fan_state state;
    bool differs;     /* from what most answered */
    char *text;       /* owned: the answer, the error, or why there is none; NULL: not yet */
    uint64_t hash;    /* of state and text, once it answered */
    uint64_t ref;     /* of the request while its answer is awaited */
    int64_t sent_ms;  /* mono */
    int64_t took_ms;  /* from sent to answered; below 0: not yet */
    int64_t again_ms; /* mono: of one that found no free place, when it is tried again */
};

struct model_fan {
    char *code; /* owned; NULL: none was begun */
    int64_t began_wall_ms;
    struct fan_row *rows; /* owned; in the order of the list */
    size_t count;
    size_t counts[FAN_STATE_COUNT];
    size_t *order;   /* owned: rows as they are shown */
    size_t selected; /* a place in order */
    bool differing_first;
    /* What model_fan_judge found. */
    bool is_judged;
    size_t majority;       /* a row that answered as most did; COUNT: there is none */
    size_t majority_count; /* how many answered so */
    size_t differing;
};

void model_fan_fini (struct model_fan *self);
/* CODE in no image yet; what was there before is forgotten. */
void model_fan_begin (struct model_fan *self, const char *code, int64_t wall_ms);
void model_fan_add (struct model_fan *self, const char *image);

void model_fan_send (struct model_fan *self, struct fan_row *row, uint64_t ref, int64_t now_ms);
/* The row that waits for the answer to REF; NULL. */
struct fan_row *model_fan_find (struct model_fan *self, uint64_t ref);
/* It ended as STATE with TEXT (copied). */
void model_fan_end (struct model_fan *self, struct fan_row *row, enum fan_state state,
                    const char *text, int64_t now_ms);
/* It found no place: it waits until AGAIN_MS. */
void model_fan_wait (struct model_fan *self, struct fan_row *row, int64_t again_ms);
/* What was not sent will not be. Returns how many. */
size_t model_fan_give_up (struct model_fan *self);

/* How many have ended. */
size_t model_fan_ended (const struct model_fan *self);
/* Finds majority and differing rows, and the order; nothing when it is known. An answer has the
 * majority when more images gave it than any other, and at least two did; which class the error was
 * of and what it says belongs to the answer. */
void model_fan_judge (struct model_fan *self);
void model_fan_set_differing_first (struct model_fan *self, bool first);

/* The one under the cursor; NULL. */
const struct fan_row *model_fan_selected (const struct model_fan *self);
/* How many bytes of TEXT, its first line, are as in the majority's answer; all when it does not
 * differ. */
size_t model_fan_common (const struct model_fan *self, const struct fan_row *row);

/* "answered", "in doubt" …; static. */
const char *fan_state_word (enum fan_state state);
const char *fan_state_symbol (enum fan_state state);
enum role fan_state_role (enum fan_state state);

/* All of it for a file, as text or as JSON. The caller frees. */
char *model_fan_export (struct model_fan *self, bool as_json);

#endif
