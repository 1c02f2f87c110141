/* external.h: the user's own editor on a text, in the terminal that was given back to it. It runs in a
 * process group of its own in the foreground, so that its ^C is not ours; it cannot be stopped by ^Z,
 * because nobody would be there to go on. The text is a file of the user's alone, which is removed when it
 * was read. Its end is seen by a pidfd; without one by a pipe that only it has open. Owned by the thread
 * that has the terminal. */

#ifndef STUI_UI_EXTERNAL_H
#define STUI_UI_EXTERNAL_H

#include <stdbool.h>
#include <sys/types.h>

#include <stui/types.h>

struct external {
    pid_t pid;  /* 0: none runs */
    int fd;     /* owned: readable when it has ended */
    char *path; /* owned: the file … */
    char *text; /* owned: … and what was written into it */
};

/* Starts COMMAND ("vi", "code -w") on TEXT. 0, or SYSTEM with CAUSE and nothing is left. */
int external_start (struct external *self, const char *command, const char *text,
                    struct stui_cause *cause);
/* It has ended: takes the foreground of TERMINAL_FD back, and reads what it left. Caller frees; NULL and
 * CAUSE when it failed or its file cannot be read: then the file stays, and CAUSE says where. */
char *external_finish (struct external *self, int terminal_fd, struct stui_cause *cause);
/* Told to end while it runs: hangs it up, and kills it when it goes on. What it had saved by then, and the
 * file is removed; NULL when it saved nothing, or nothing that can be read: then the file stays. Caller
 * frees; accepts one that does not run. */
char *external_hang_up (struct external *self, int terminal_fd);

#endif
