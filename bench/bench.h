/* bench.h: one row of the table that `make bench` prints: a figure of ours beside a reference
 * measured in the same run, on the same machine, in turns, and their ratio against a budget. */

#ifndef STUI_BENCH_H
#define STUI_BENCH_H

#include <stddef.h>
#include <stdint.h>

/* Prints a row; returns 0 when RATIO is within LIMIT or the difference within SLACK, else 1. */
int bench_row (const char *what, const char *unit, double ours, double reference, double limit,
               double slack);
/* A row whose budget is a least ratio. */
int bench_row_least (const char *what, const char *unit, double ours, double reference,
                     double least);

/* The value at PERCENT of COUNT samples; sorts them. */
int64_t bench_percentile (int64_t *samples, size_t count, int percent);

/* The benches: how many rows missed their budget. */
int bench_evaluate (void);
int bench_saves (void);

#endif
