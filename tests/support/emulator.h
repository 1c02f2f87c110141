/* emulator.h: a terminal that is not ours (libvterm), fed what the renderer writes, so that a test
 * compares what a user would see with what was drawn. Knows cells and colours as numbers only. */

#ifndef TESTS_SUPPORT_EMULATOR_H
#define TESTS_SUPPORT_EMULATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct emulator; /* opaque */

/* A cell as the emulator shows it. */
struct emulator_cell {
    char bytes[32]; /* UTF-8; a blank is " ", a right half is empty */
    int width;
    uint32_t fg, bg;                               /* in the form of ui/color.h */
    bool bold, italic, underline, reverse, strike; /* this emulator knows no dim */
};

struct emulator *emulator_open (int rows, int columns);
void emulator_close (struct emulator **self);
void emulator_resize (struct emulator *self, int rows, int columns);
void emulator_feed (struct emulator *self, const char *bytes, size_t size);

struct emulator_cell emulator_cell (const struct emulator *self, int row, int column);
void emulator_cursor (const struct emulator *self, int *row, int *column, bool *visible);
/* Whether it is in the alternate screen. */
bool emulator_is_alternate (const struct emulator *self);

#endif
