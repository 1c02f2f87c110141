/* bench.h: one row of the table that `make bench` prints: a figure of ours, beside it, where there
 * is one, a reference measured in the same run on the same machine, the budget, and whether it was
 * met. */

#ifndef STUI_BENCH_H
#define STUI_BENCH_H

#include <stddef.h>
#include <stdint.h>

#define BENCH_NO_REFERENCE (-1.0)

/* OURS within LIMIT times the reference, or at most SLACK above it. */
void bench_row (const char *what, const char *unit, double ours, double reference, double limit,
                double slack);
/* At least LEAST times the reference. */
void bench_row_least (const char *what, const char *unit, double ours, double reference,
                      double least);
/* At most LIMIT, whatever the reference (BENCH_NO_REFERENCE: none). */
void bench_row_most (const char *what, const char *unit, double ours, double reference,
                     double limit);

/* A part of the row before it, which has no budget of its own. */
void bench_row_part (const char *what, const char *unit, double ours, double reference);

/* The value at PERCENT of COUNT samples; sorts them. */
int64_t bench_percentile (int64_t *samples, size_t count, int percent);

/* What four hops between threads cost by themselves: from here through a thread with a ROUTER to one
 * that echoes, and back the same way, in bare libzmq over inproc. One at a time in a process. */
struct bench_hops;
struct bench_hops *bench_hops_new (void);
void bench_hops_round (struct bench_hops *self);
void bench_hops_destroy (struct bench_hops **self);

/* The benches; each prints its rows. */
void bench_evaluate (void);
void bench_saves (void);
void bench_frame (void);
void bench_loopback (void);
void bench_start (void);
void bench_stop (void);
void bench_return (void);
void bench_network (void);
void bench_flapping (void);
void bench_one_image (void);
void bench_memory (void);
void bench_cpu (void);
void bench_kiosk (void);

/* What the program runs as when it is started as `bench bare …`: the reference of memory and cpu. */
int bench_bare (int argc, char **argv);

#endif
