/* run.h: the program itself under test: a private environment, and processes whose output is read
 * while they run, so that nothing can block for ever. $STUI names the program (build/stui). */

#ifndef TESTS_SUPPORT_RUN_H
#define TESTS_SUPPORT_RUN_H

#include <stdbool.h>
#include <sys/types.h>

#include "support/scratch.h"

enum {
    RUN_GUARD_MS = 120000
}; /* a test whose program takes longer fails: twice what the longest took on a busy machine */

/* Where stui finds only what the test put there: XDG_STATE_HOME, XDG_CONFIG_HOME and
 * XDG_RUNTIME_DIR below one directory. */
struct run_place {
    char directory[SCRATCH_SIZE];
};

/* Makes the place and points the environment there. CONFIG (NULL: none) is the text of the
 * configuration file. */
void run_place_open (struct run_place *self, const char *config);
/* Ends an owner that still runs there, and removes everything. */
void run_place_close (struct run_place *self);
/* Replaces the configuration. */
void run_place_configure (const struct run_place *self, const char *config);

/* An address of this machine at which nothing listens for as long as the test runs:
 * "127.0.0.1:PORT", static text. */
const char *run_closed_address (void);

/* What a program did. */
struct run_result {
    int status;      /* its exit status; 128 and the signal that ended it */
    char *out, *err; /* owned: all that it wrote */
};

/* Runs stui with WORDS (ending with NULL; without the program's own name) to its end; INPUT (NULL:
 * none) is its stdin. Fails the test when that takes longer than RUN_GUARD_MS. */
struct run_result run_words (const char *input, const char *const *words);
void run_result_fini (struct run_result *result);

/* The same with the words in place: run_stui ("status", "--json"). */
#define run_stui(...)        run_words (NULL, (const char *const[]){__VA_ARGS__, NULL})
#define run_with(input, ...) run_words (input, (const char *const[]){__VA_ARGS__, NULL})

/* What stui WORDS prints on stdout; it must exit STATUS. Caller frees. */
char *run_printed (int status, const char *const *words);

/* What a program writes, as far as it was read. */
struct run_stream {
    int fd;     /* owned; -1: at its end */
    char *text; /* owned, NUL-terminated; NULL before the first byte */
    size_t size, capacity;
};

/* A program in the background. Its stderr goes to background.err in the place's directory. */
struct run_process {
    pid_t pid;             /* 0: ended and waited for */
    struct run_stream out; /* its stdout */
    size_t taken;          /* bytes of it in lines that run_await has passed */
};

/* Starts stui, or the PROGRAM named (NULL: stui), with WORDS. */
void run_start (struct run_process *self, const struct run_place *place, const char *program,
                const char *const *words);
/* Waits until the next line of its stdout for which IS_IT (LINE, CONTEXT) holds (NULL: any line);
 * lines before it are passed over. The line, without its end, borrowed until the next call. Fails
 * the test when none comes before its end or RUN_GUARD_MS. */
typedef bool run_predicate (const char *line, const void *context);
const char *run_await (struct run_process *self, run_predicate *is_it, const void *context);
/* For run_await: whether LINE contains the text CONTEXT. */
bool run_line_contains (const char *line, const void *context);

/* Starts `stui serve` of PROFILE, with OPTION (NULL: none), and waits until it says in its log, PLACE/serve.log (that of another
 * profile than "default" PLACE/PROFILE.log), that it listens: whoever asks before starts an owner of
 * its own. */
void run_serve (struct run_process *self, const struct run_place *place, const char *profile,
                const char *option);

/* Sends SIGNAL (0: none), waits for the end and returns the status, as in run_result. */
int run_end (struct run_process *self, int signal_number);

#endif
