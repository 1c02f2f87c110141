/* frame_curses.h: ncurses as the reference of the renderer: the cells of a grid, shown by it on a terminal of
 * its kind (xterm-256color), whose bytes go where the caller says. It gets the cells as it wants them,
 * ready made: what it costs to work out what they say, and to bring them into its form, is not counted. */

#ifndef STUI_BENCH_FRAME_CURSES_H
#define STUI_BENCH_FRAME_CURSES_H

#include "ui/cell.h"

/* One at a time in a process: ncurses has its state for itself. SINK is a file whose bytes nobody reads; it
 * stays the caller's, and open until the destroy. NULL where ncurses cannot begin. */
struct bench_curses;
struct bench_curses *bench_curses_new (int sink, int rows, int columns);
void bench_curses_destroy (struct bench_curses **self_p);

/* Takes GRID in ncurses' own form: not to be measured. */
void bench_curses_take (struct bench_curses *self, const struct grid *grid);
/* Shows what was taken last: what differs, or with ANEW all of it. */
void bench_curses_frame (struct bench_curses *self, bool anew);

#endif
