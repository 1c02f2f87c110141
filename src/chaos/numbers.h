/* numbers.h: what recovery times and samples are summed up by. Pure. */

#ifndef STUI_CHAOS_NUMBERS_H
#define STUI_CHAOS_NUMBERS_H

#include <stddef.h>
#include <stdint.h>

/* Sorts them, the smallest first. */
void numbers_sort (int64_t *numbers, size_t count);

#endif
