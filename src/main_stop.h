/* main_stop.h: the order in which an owner stops, and what follows when an actor ends though
 * nobody told it to. Pure. */

#ifndef STUI_MAIN_STOP_H
#define STUI_MAIN_STOP_H

#include <stui/types.h>

/* The actors that main starts, in this order. */
enum main_child {
    MAIN_REGISTRY, /* the switchboard: first to start, last to end */
    MAIN_STORE,
    MAIN_NETWATCH,
    MAIN_WORKER,
    MAIN_ALERTER, /* a worker too: a file on a mount that hangs must not hold up alerts */
    MAIN_CONTROL,
    MAIN_CHILD_COUNT
};

/* Stopping, step by step. Each step asks one actor for one thing, and is over when that is done
 * or its time has come. */
enum main_step {
    MAIN_STEP_RUNNING,
    MAIN_STEP_CLIENTS, /* control: no further clients; those there get their answers */
    MAIN_STEP_CONTROL,
    MAIN_STEP_WORKER,
    MAIN_STEP_ALERTER,
    MAIN_STEP_NETWATCH,
    MAIN_STEP_SUPERVISORS, /* registry: end them; they save, so store must still be there */
    MAIN_STEP_STORE,       /* syncs */
    MAIN_STEP_REGISTRY,    /* nobody needs the switchboard any more */
    MAIN_STEP_COUNT
};

struct main_stop {
    enum main_child child;
    bool is_drain;    /* asks with `drain`; else tells it to end */
    int64_t until_ms; /* after the stop began */
};

/* What STEP asks, and until when. Not for MAIN_STEP_RUNNING. */
const struct main_stop *main_stop_step (enum main_step step);

/* How often an actor was started again lately. Zeroed is a good start. */
enum { MAIN_RESTARTS_MAX = 5, MAIN_RESTARTS_MS = 10000 };
struct main_restarts {
    int64_t at_ms[MAIN_RESTARTS_MAX]; /* the last ones, as a ring */
    unsigned count;
};

/* Whether it may be started again at NOW_MS, which then counts: not for a sixth time in
 * MAIN_RESTARTS_MS. */
bool main_restarts_allow (struct main_restarts *self, int64_t now_ms);

/* CAUSE of the end of actor NAME, which said WHY: "ErrorWord: sentence", or a sentence, or
 * nothing. */
void main_stop_cause (const char *name, const char *why, struct stui_cause *cause);

#endif
