/* workload.h: what people would do meanwhile: sessions in every image, each with one evaluation after
 * the other, asked of the stui under test as a client of its control socket. What is asked and what
 * comes of it the checker is told. Owns sessions, checker and recovery times; borrows the owner. */

#ifndef STUI_CHAOS_WORKLOAD_H
#define STUI_CHAOS_WORKLOAD_H

#include "chaos/checker.h"
#include "chaos/hosts.h"
#include "chaos/owner.h"
#include "chaos/plan.h"
#include "chaos/plant.h"
#include "chaos/recovery.h"

struct work_session {
    size_t image;
    char id[STUI_UUID_LEN + 1]; /* empty: not made yet */
    uint64_t ref;               /* of the open request; 0: none */
    uint64_t answered_ref;      /* of the evaluation before it, to this owner; 0: none */
    int64_t next_ms;            /* when the next evaluation is due */
    bool has_answered;          /* since the count of answers was begun */
    bool is_declaring; /* the open request declares its variables, and counts for nothing */
};

struct workload {
    const struct host_image *images; /* borrowed */
    struct chaos_owner *owner;       /* borrowed */
    struct work_session *sessions;   /* owned */
    size_t count;
    int64_t pace_ms;
    struct checker checker;
    struct recovery recovery;
    struct plant plant;
    bool is_making;           /* sessions are made, nothing is evaluated yet */
    char why[STUI_CAUSE_MAX]; /* the last sentence of an error that an evaluation met */
};

struct workload_options {
    const struct host_image *images; /* borrowed */
    size_t image_count, sessions_each;
    int64_t pace_ms;
    enum plant_kind plant;
};

void workload_init (struct workload *self, const struct workload_options *options,
                    struct chaos_owner *owner);
void workload_fini (struct workload *self);

/* Sends what is due; when the next is, STUI_NEVER: not before an answer. */
int64_t workload_turn (struct workload *self, int64_t now_ms);
/* Takes an answer, if it is one to a request of ours. */
void workload_take (struct workload *self, const struct msg *answer, int64_t now_ms);

/* The owner went: what was open is in doubt. */
void workload_note_owner_end (struct workload *self, int64_t now_ms);
/* IMAGE is asked to save itself; and it has by now, or will not. */
void workload_note_save (struct workload *self, size_t image);
void workload_note_save_over (struct workload *self, size_t image);
/* The process of images FIRST and COUNT - 1 more ended. */
void workload_note_images_end (struct workload *self, size_t first, size_t count);

/* How many sessions have not answered since workload_count_anew. */
void workload_count_anew (struct workload *self);
size_t workload_silent (const struct workload *self);
/* How many requests are not answered. */
size_t workload_open (const struct workload *self);

#endif
