/* terminal.h: a terminal of stui on a pseudo-terminal, attached beside the run: when the owner is killed it
 * starts the next one, as any attached terminal does. Nothing here waits but its end. */

#ifndef STUI_CHAOS_TERMINAL_H
#define STUI_CHAOS_TERMINAL_H

#include "runtime/launch.h"

enum { TERMINAL_DRAWN_MAX = 65536 };

struct terminal {
    pid_t pid;      /* 0: none */
    int fd;         /* owned: where it draws; -1 */
    char *drawn;    /* owned: what it drew until it was ready; NULL */
    size_t size;    /* of it */
    char word[64];  /* what it draws once it is attached */
    bool is_ready;  /* it did */
    bool is_frozen; /* it does not see that the owner went */
};

/* Zeroed but for FD: none. */
void terminal_init (struct terminal *self);
/* Starts one of the profile in OPTIONS, which is ready when it has drawn WORD. 0, or an error with CAUSE. */
int terminal_start (struct terminal *self, const struct launch_options *options, const char *word,
                    struct stui_cause *cause);
/* Takes what it drew; to be called when its fd can be read. */
void terminal_turn (struct terminal *self);
/* SIGSTOP, SIGCONT. */
void terminal_freeze (struct terminal *self, bool freezes);
/* Ends it in order, or kills it, and waits. Accepts one that was not started. */
void terminal_end (struct terminal *self);

#endif
