/* sim_run.h: what a run is made of, for the files that work on it: its world (sim_world.c), the
 * machine (sim_eval.c), and the messages that it understands (sim_prims*.c). Pure. */

#ifndef STUI_SIM_RUN_H
#define STUI_SIM_RUN_H

#include "sim/sim_eval.h"

struct sim_variable {
    char *name; /* owned */
    struct sim_value value;
};

struct sim_variables {          /* a scope's, or the world's globals */
    struct sim_variable *items; /* owned */
    size_t count, room;
};

struct sim_world {
    struct sim_heap heap;
    struct sim_variables globals;
    struct sim_scope *scopes; /* all of them, for the collector */
    struct sim_run *runs;
    int64_t counter; /* of `Counter next` */
};

struct sim_scope {
    struct sim_scope *next;
    struct sim_world *world; /* borrowed */
    struct sim_variables variables;
};

struct sim_frame { /* one activation of a block */
    struct sim_value code, environment;
    uint32_t block, at;                /* next instruction */
    size_t base;                       /* of the stack: its values lie above */
    bool has_handler;                  /* it is the receiver of on:do: */
    struct sim_value handled, handler; /* which exceptions, and the block for them */
    struct sim_value exception;        /* that this block, a handler, handles; else nil */
};

struct sim_run {
    struct sim_run *next;
    struct sim_world *world;  /* borrowed */
    struct sim_scope *scope;  /* borrowed */
    struct sim_frame *frames; /* owned; innermost last */
    size_t frame_count, frame_room;
    struct sim_value *stack; /* owned */
    size_t stack_count, stack_room;
    size_t live_before; /* bytes of the heap that were in use when it began */
    enum sim_progress progress;
    int64_t wait_ms;
    char *text; /* owned: of the outcome */
    size_t text_size;
    const char *type;
    bool has_error, is_truncated;
    char *lines[SIM_STACK_LINES_MAX]; /* owned */
    size_t line_count;
    char *transcript; /* owned */
    size_t transcript_size, transcript_room, transcript_lost;
};

/* Frees what nobody reaches. Between two instructions. */
void sim_world_collect (struct sim_world *self);

/* What a message came to. */
enum sim_sent {
    SIM_SENT_VALUE,   /* *RESULT is its value */
    SIM_SENT_FRAME,   /* a block was activated, whose value it will be */
    SIM_SENT_RAISED,  /* an exception was raised and has found its handler, or ended the run */
    SIM_SENT_WAIT,    /* *RESULT is its value after wait_ms */
    SIM_SENT_LARGE,   /* it asks for more memory than there is */
    SIM_SENT_UNKNOWN, /* the receiver does not understand it */
};

/* Sends SELECTOR with COUNT ARGUMENTS. The caller has taken receiver and arguments off the
 * stack; nothing is collected meanwhile. */
enum sim_sent sim_send (struct sim_run *run, const char *selector, struct sim_value receiver,
                        const struct sim_value *arguments, size_t count, struct sim_value *result);

/* Activates BLOCK with COUNT ARGUMENTS. */
enum sim_sent sim_run_activate (struct sim_run *run, struct sim_value block,
                                const struct sim_value *arguments, size_t count);
/* Raises an exception of CLASS; its handler goes on, or the run ends with it. RECEIVER and SELECTOR
 * (NULL: none) name the innermost line of its stack. */
enum sim_sent sim_run_raise (struct sim_run *run, enum sim_class class, struct sim_value receiver,
                             const char *selector, const char *format, ...)
    __attribute__ ((format (printf, 5, 6)));
/* The same with an exception that is there already. */
enum sim_sent sim_run_signal (struct sim_run *run, struct sim_value exception,
                              struct sim_value receiver, const char *selector);
/* Ends the handler block of EXCEPTION with VALUE for its on:do:; UNKNOWN when none runs. */
enum sim_sent sim_run_return (struct sim_run *run, struct sim_value exception,
                              struct sim_value value);

void sim_run_write (struct sim_run *run, const char *text, size_t size); /* to the Transcript */

struct sim_value *sim_variables_find (const struct sim_variables *self, const char *name,
                                      size_t size);
/* Declares NAME as nil when it is not there. */
struct sim_value *sim_variables_declare (struct sim_variables *self, const char *name, size_t size);

#endif
