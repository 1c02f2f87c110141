/* pty.h: the program on a terminal of its own, 80x24 unless said: what its user types goes in, what he would see
 * is a screen (emulator.h) on which the test waits for text. */

#ifndef TESTS_SUPPORT_PTY_H
#define TESTS_SUPPORT_PTY_H

#include <stdbool.h>
#include <sys/types.h>

struct emulator;

enum { PTY_ROWS = 24, PTY_COLUMNS = 80 };

struct pty {
    pid_t pid;   /* 0: ended and waited for */
    int process; /* owned while pid is: its pidfd */
    int rows, columns;
    int fd, slave;           /* owned: the user's side, and the terminal itself, kept to look at */
    struct emulator *screen; /* owned */
    char *written;           /* owned: all that it wrote so far, with a NUL */
    size_t written_size, written_capacity;
};

/* Starts stui ($STUI) with WORDS (ending with NULL) in a session of its own. */
void pty_start (struct pty *self, const char *const *words);
#define pty_stui(self, ...) pty_start (self, (const char *const[]){__VA_ARGS__, NULL})

/* The same on a terminal of ROWS by COLUMNS that calls itself TERM. */
void pty_start_on (struct pty *self, int rows, int columns, const char *term,
                   const char *const *words);

void pty_type (struct pty *self, const char *keys);

/* Waits until the screen shows TEXT, or shows it no more. Fails the test, with the screen, when that
 * takes longer than RUN_GUARD_MS. */
void pty_await (struct pty *self, const char *text);
void pty_await_gone (struct pty *self, const char *text);
/* Reads what there is, and whether TEXT is shown now. */
bool pty_shows (struct pty *self, const char *text);

/* Whether it has written BYTES to the terminal by now, whatever they did there. */
bool pty_wrote (struct pty *self, const char *bytes);

/* Waits until it is stopped (^Z), without waiting for its end. */
void pty_await_stopped (struct pty *self);
/* Sends SIGNAL (0: none), waits for the end and returns the status as run_end does. Then the
 * terminal can still be looked at. */
int pty_end (struct pty *self, int signal_number);
/* The terminal is no more, as when its window is closed: the program may find out. */
void pty_vanish (struct pty *self);
/* Whether the terminal is as pty_start left it: its modes, and the screen that is not ours. */
bool pty_is_clean (struct pty *self);
/* Kills it if it still runs, and frees everything; accepts a zeroed one. */
void pty_close (struct pty *self);

#endif
