/* clock.h: the time, read in one place and passed in everywhere else. */

#ifndef STUI_RUNTIME_CLOCK_H
#define STUI_RUNTIME_CLOCK_H

#include <stdint.h>
#include <stddef.h>

/* Milliseconds that only rise (CLOCK_MONOTONIC); since an arbitrary moment. */
int64_t clock_mono_ms (void);
/* Microseconds of the same clock. */
int64_t clock_mono_us (void);
/* Milliseconds that only rise, also while the machine sleeps (CLOCK_BOOTTIME). */
int64_t clock_boot_ms (void);
/* Milliseconds since 1970, UTC; may jump. */
int64_t clock_wall_ms (void);

/* "2026-01-31T10:30:00.123Z" for WALL_MS into TEXT (25 bytes at least). Returns TEXT.
 * Times before 1970 or after 9999 are shown as the nearest of those years. */
enum { CLOCK_TEXT_SIZE = 32 };
char *clock_format (int64_t wall_ms, char text[CLOCK_TEXT_SIZE]);
/* The reverse; -1 when TEXT is NULL, not of that form or before 1970. Fractions are optional, and cut
 * to milliseconds. */
int64_t clock_parse (const char *text);

/* Cryptographically strong random bytes (getrandom). */
void clock_random (void *bytes, size_t size);

#endif
