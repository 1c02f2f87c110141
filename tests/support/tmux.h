/* tmux.h: the program in a real terminal multiplexer, as people run it: keys by their names go in, the pane
 * is read back as text. A server of the test's own, whose socket lies in the test's place. */

#ifndef TESTS_SUPPORT_TMUX_H
#define TESTS_SUPPORT_TMUX_H

#include "support/run.h"

struct tmux {
    const struct run_place *place; /* borrowed */
    char *socket;                  /* owned; NULL: no server */
};

/* Starts stui ($STUI) with the OPTIONS (one text) in a pane of COLUMNS by ROWS. */
void tmux_open (struct tmux *self, const struct run_place *place, const char *options, int columns,
                int rows);
/* Starts it in the same pane again, after its end. */
void tmux_again (struct tmux *self, const char *options);
/* Ends the server and what runs there; accepts a zeroed one. */
void tmux_close (struct tmux *self);

/* Types TEXT as it is; or keys as tmux names them ("M-x", "Enter", "C-p"), with blanks between. */
void tmux_type (struct tmux *self, const char *text);
void tmux_keys (struct tmux *self, const char *keys);

/* What the pane shows, a line a row; the caller frees. */
char *tmux_screen (struct tmux *self);
/* Waits until it shows TEXT, or no more. Fails the test, with the screen, after RUN_GUARD_MS. */
void tmux_await (struct tmux *self, const char *text);
void tmux_await_gone (struct tmux *self, const char *text);
/* Waits for the program's end; its exit status. */
int tmux_await_end (struct tmux *self);

#endif
