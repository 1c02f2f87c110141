/* run.h: a run of chaos, whose parts are in run_*.c; run.c conducts. One thread polls the stui under test
 * and starting images, and sends the proxy, another thread, its orders. Of src/chaos alone. */

#ifndef STUI_CHAOS_RUN_H
#define STUI_CHAOS_RUN_H

#include <poll.h>

#include "chaos/chaos.h"
#include "chaos/leave.h"
#include "chaos/live.h"
#include "chaos/proxy.h"
#include "chaos/terminal.h"
#include "chaos/workload.h"

enum phase {
    PHASE_STARTING,  /* images are, until all listen */
    PHASE_ATTACHING, /* stui is, until all images are online */
    PHASE_MAKING,    /* sessions, until each has answered once */
    PHASE_FAULTS,    /* the plan's */
    PHASE_SETTLING,  /* until each session has answered once more */
    PHASE_DRAINING,  /* nothing more is asked, until what was is answered */
    PHASE_LEAVING,   /* of an image that is not ours: until it is as it was */
    PHASE_LEAKS,     /* until nothing is left that was not there before */
    PHASE_DONE
};

/* An image that is asked to save itself, before it is killed. */
struct saving {
    uint64_t ref;
    size_t fault; /* index in the plan */
    int64_t deadline_ms;
    bool is_late; /* it is killed; the request may still be answered, by its next life */
};

struct run {
    const struct chaos_options *options;
    struct chaos_result *result;
    struct stui_cause *cause;
    enum phase phase;
    int64_t begun_ms, deadline_ms; /* of the phase */
    struct hosts hosts;
    struct proxy *proxy; /* owned */
    struct launch_options launch_options;
    struct chaos_owner owner;
    struct terminal terminal; /* that takes over */
    struct workload workload;
    struct plan plan;
    size_t next_fault;
    int64_t faults_begun_ms; /* when they could */
    bool *is_active;         /* owned: by fault of the plan: it has begun and not ended */
    size_t first_active;     /* none before it is */
    struct saving *savings;  /* owned */
    size_t saving_count, saving_capacity;
    uint64_t watch_ref, watch_version;
    bool *is_online; /* owned, by image */
    struct chaos_growth before;
    struct live live;
    int64_t next_sample_ms, last_cpu_ms;
    struct leave leave;
    bool is_stopping;      /* a signal came, and all that is left is to leave */
    enum phase stopped_in; /* it came then */
    int leak_fd;           /* owned: planted; -1 */
};

int run_fail (struct run *self, int err, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));

/* run_begin.c: makes the plan, writes the configuration, starts proxy and images; then the sessions' work. */
int run_begin (struct run *self);
void run_start_workload (struct run *self);

/* run_faults.c: begins and ends what is due AT_MS after the first; *NEXT_MS is when the next is. */
int run_turn_faults (struct run *self, int64_t at_ms, int64_t now_ms, int64_t *next_ms);
bool run_faults_are_over (const struct run *self);
/* Ends them at once. */
int run_stop_faults (struct run *self, int64_t now_ms);
/* An answer with REF, 0: none: an image saved itself, or cannot, or takes too long. */
void run_end_savings (struct run *self, uint64_t ref, int64_t now_ms);
/* READY: one for each process of images. */
int run_turn_hosts (struct run *self, const struct pollfd *ready);

/* run_measure.c: of stui and the images, now; and whether there is nothing more than before. */
struct chaos_growth run_measure (const struct run *self);
bool run_has_shrunk (struct run *self, int64_t now_ms);
void run_plant_leak (struct run *self);
/* Takes a sample of what stui uses when one is due; not while it is away. */
void run_sample (struct run *self, int64_t at_ms);
int64_t run_total_ms (const struct run *self);

/* run_result.c: what came of it; and the sentence of one that was ended by a signal. */
void run_sum_up (struct run *self);
void run_fail_interrupted (struct run *self);

#endif
