/* place.h: what a bench of the whole program stands on: a directory of its own for state and
 * configuration, the program and simulated images as processes, a client of the owner, and what
 * /proc says of a process. Whatever cannot be had ends the bench with a sentence. */

#ifndef STUI_BENCH_PLACE_H
#define STUI_BENCH_PLACE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cli/client.h"

struct bench_place {
    char directory[32];
    struct cli_options cli; /* names the profile there */
};

/* Points this process's environment there. */
void bench_place_open (struct bench_place *self);
void bench_place_close (struct bench_place *self);
/* Replaces the configuration. */
void bench_place_configure (const struct bench_place *self, const char *text);

/* Starts PROGRAM (NULL: $STUI) with WORDS (ending with NULL). Its stdout goes to *OUT (NULL:
 * nowhere), which the caller closes, its stderr to the file that $BENCH_LOG names, or nowhere. */
pid_t bench_spawn (const char *program, const char *const *words, int *out);
#define bench_stui(...) bench_spawn (NULL, (const char *const[]){__VA_ARGS__, NULL}, NULL)
/* Ends it by SIGNAL; how long that took, and in *CPU_MS (may be NULL) its processor time of that. */
int64_t bench_end_us (pid_t pid, int signal_number, double *cpu_ms);

/* COUNT simulated images on ports from BASE (0: free ones), listening; their configuration, which
 * the caller frees, in *CONFIG (may be NULL). */
pid_t bench_sim (int count, int base, char **config);

/* Starts the reference KIND (bare.c) on the IMAGES on ports from BASE on, and waits until each answered. */
pid_t bench_bare_start (const char *kind, int base, int images, int ping_ms);

/* Opens the place, starts COUNT simulated images on ports from BASE (0: free ones) and configures stui
 * for them, with SETTINGS under [stui]. The images' process. */
pid_t bench_fleet_begin (struct bench_place *self, int count, const char *settings, int base);
/* Starts `stui serve` there. */
pid_t bench_owner_start (const struct bench_place *self);

/* A client of the owner, as soon as it listens. */
struct client *bench_attach (const struct bench_place *self);
/* Watches until COUNT images are in STATE. */
void bench_await_state (struct client *client, int count, const char *state);
/* Sends the request and takes its result, which the caller owns. */
struct json *bench_ask (struct client *client, struct msg *request);
/* Asks each image "sim-1" to "sim-COUNT" by a message made of VERB, and waits for all answers. */
typedef struct msg *bench_request (const char *peer);
void bench_ask_all (struct client *client, int count, bench_request *request);
/* The same, and each result, borrowed, goes to TAKE with CONTEXT, in any order. */
typedef void bench_take (void *context, const struct json *result);
void bench_ask_each (struct client *client, int count, bench_request *request, bench_take *take,
                     void *context);
/* Waits until each of these has sessions, all as they are on the image. */
void bench_await_restored (struct client *client, int count);

/* `stui` on a terminal of 200x50, with OPTION (NULL: none); the bench's side of it in *FD. */
pid_t bench_terminal (const struct bench_place *place, const char *option, int *fd);

/* Entries of its directory WHAT under /proc: "task", its threads; "fd", its descriptors. */
int bench_count (pid_t pid, const char *what);
/* Resident memory, and processor time used so far. */
double bench_resident_kb (pid_t pid);
double bench_cpu_ms (pid_t pid);
/* The same of its threads whose names begin with NAME ("": all), as the scheduler counted it: what
 * runs some us at a time is lost in the clock ticks that others count. */
double bench_threads_cpu_ms (pid_t pid, const char *name);
/* Resident memory of its threads' stacks. */
double bench_stacks_kb (pid_t pid);

/* Sleeps. Benches measure rates over time: nothing could be waited for. */
void bench_pass (int64_t ms);
_Noreturn void bench_fail (const char *format, ...) __attribute__ ((format (printf, 1, 2)));

#endif
