/* sim_run.h: what a run is made of, for the files that work on it: its world (sim_world.c), the
 * machine (sim_eval.c), and the messages that it understands (sim_prims*.c). Pure. */

#ifndef STUI_SIM_RUN_H
#define STUI_SIM_RUN_H

#include "sim/sim_class.h"
#include "sim/sim_eval.h"

struct sim_world {
    struct sim_heap heap;
    struct sim_variables globals;
    struct sim_library *library; /* owned; NULL before the first definition */
    struct sim_scope *scopes;    /* all of them, for the collector */
    struct sim_run *runs;
    int64_t counter;    /* of `Counter next` */
    int64_t last_frame; /* its number */
};

struct sim_scope {
    struct sim_scope *next;
    struct sim_world *world; /* borrowed */
    struct sim_variables variables;
    struct sim_held *held; /* owned; what inspectors look at; NULL: nothing yet */
};

enum sim_after {                    /* what comes when frames have been unwound */
                 SIM_AFTER_NOTHING, /* nothing was unwound: the block that was ensured has ended */
                 SIM_AFTER_LEAVE,   /* the innermost frame that is left ends with a value */
                 SIM_AFTER_RESTART, /* it begins anew */
                 SIM_AFTER_FINISH,  /* the code has come to a value */
                 SIM_AFTER_END,     /* the run is over, with what was said of it */
};

struct sim_frame { /* one activation of a block, a method, or the code itself */
    struct sim_value code, environment, receiver;
    int64_t home;                      /* the number of the activation that ^ leaves */
    bool is_home;                      /* which is this one */
    uint32_t block, at;                /* next instruction */
    size_t base;                       /* of the stack: its values lie above */
    bool has_handler;                  /* it is the receiver of on:do: */
    struct sim_value handled, handler; /* which exceptions, and the block for them */
    struct sim_value exception;        /* that this block, a handler, handles; else nil */
    size_t handles;                    /* a handler's: how many frames there are up to its on:do: */
    struct sim_value cleanup;          /* what runs when it is left: a block, or nil */
    bool cleans_always;                /* not only when it is unwound */
    bool is_cleanup;                   /* it is such a block itself; when it ends: */
    enum sim_after after;              /* that, */
    size_t target;                     /* when so many frames are left, */
    struct sim_value pending;          /* with this value */
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
    bool is_debugged;           /* an exception that nobody handles suspends it */
    bool wants_value;           /* suspended where a message was sent, whose value is missing */
    struct sim_value exception; /* for which it is suspended, or that ended it; else nil */
    struct sim_value value;     /* of the code, once it is done */
    bool is_printing;           /* it is: a method printString of the value's class runs */
    enum sim_stop stop;         /* when a step ends */
    size_t stop_depth;
    char *transcript; /* owned */
    size_t transcript_size, transcript_room, transcript_lost;
};

struct sim_held { /* objects by number, for one session */
    struct sim_held_row {
        int64_t number, used; /* by which it is called; when it was used, counted in uses */
        struct sim_value value;
    } * rows; /* owned */
    size_t count, room;
    int64_t uses;
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
/* The same, but only what the image itself carries out. */
enum sim_sent sim_send_kernel (struct sim_run *run, const char *selector, struct sim_value receiver,
                               const struct sim_value *arguments, size_t count,
                               struct sim_value *result);
/* Activates a method that a client defined. */
enum sim_sent sim_run_call (struct sim_run *run, const struct sim_method *method,
                            struct sim_value receiver, const struct sim_value *arguments,
                            size_t count);

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
/* Ends it, and begins the receiver of its on:do: anew; the same. */
enum sim_sent sim_run_retry (struct sim_run *run, struct sim_value exception);

/* Takes frames away until TARGET are left, running what they ensure, then does AFTER. */
void sim_run_unwind (struct sim_run *run, size_t target, enum sim_after after,
                     struct sim_value value);
/* Leaves the innermost block with VALUE. */
void sim_run_leave (struct sim_run *run, struct sim_value value);
void sim_run_push (struct sim_run *run, struct sim_value value); /* onto the stack */
/* The code has come to VALUE. If a client defined how it prints, that runs first. */
void sim_run_finish (struct sim_run *run, struct sim_value value);

/* The variable that code sees by NAME in FRAME of RUN; NULL: none, but it may be a class. */
struct sim_value *sim_run_variable (struct sim_run *run, const struct sim_frame *frame,
                                    const char *name);

/* Sets what the outcome says of EXCEPTION; RECEIVER and SELECTOR as for sim_run_raise. */
void sim_run_describe (struct sim_run *run, struct sim_value exception, struct sim_value receiver,
                       const char *selector);
/* After OP was carried out: a debugger's step may be over. */
void sim_run_end_step (struct sim_run *run, enum sim_op op);
/* What run_new of sim_eval.h does, for code that CODE_OF (an object of shape CODE's values) tells
 * where to look names up, and with SELF. */
struct sim_run *sim_run_begin (struct sim_world *world, struct sim_scope *scope,
                               const struct sim_value context[SIM_CODE_VALUES],
                               struct sim_value self, const char *source, size_t size,
                               struct sim_fault *fault);
/* The line that FRAME is at. */
uint32_t sim_frame_line (const struct sim_frame *frame);

void sim_run_write (struct sim_run *run, const char *text, size_t size); /* to the Transcript */

#endif
