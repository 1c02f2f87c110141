/* clock.c: the time and the kernel's randomness, read here and nowhere else. Owns nothing. */

#include "runtime/clock.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

/* The end of the last year that four digits can say. */
static const int64_t latest_ms = INT64_C (253402300799999);

static int64_t
clock_read (clockid_t id, int64_t units_per_second)
{
    struct timespec now;
    clock_gettime (id, &now);
    return now.tv_sec * units_per_second + now.tv_nsec / (1000000000 / units_per_second);
}

int64_t
clock_mono_ms (void)
{
    return clock_read (CLOCK_MONOTONIC, 1000);
}

int64_t
clock_mono_us (void)
{
    return clock_read (CLOCK_MONOTONIC, 1000000);
}

int64_t
clock_boot_ms (void)
{
    return clock_read (CLOCK_BOOTTIME, 1000);
}

int64_t
clock_wall_ms (void)
{
    return clock_read (CLOCK_REALTIME, 1000);
}

char *
clock_format (int64_t wall_ms, char text[CLOCK_TEXT_SIZE])
{
    wall_ms = wall_ms < 0 ? 0 : wall_ms > latest_ms ? latest_ms : wall_ms;
    int ms = (int) (wall_ms % 1000);
    time_t seconds = wall_ms / 1000;
    struct tm tm;
    gmtime_r (&seconds, &tm);
    size_t length = strftime (text, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf (text + length, CLOCK_TEXT_SIZE - length, ".%03dZ", ms);
    return text;
}

/* The number of the COUNT digits at *TEXT, which moves behind them and the letter AFTER; -1
 * when they are not there. */
static int
clock_take (const char **text, int count, char after)
{
    int value = 0;
    for (int index = 0; index < count; index++, (*text)++) {
        if (**text < '0' || **text > '9')
            return -1;
        value = value * 10 + (**text - '0');
    }
    if (after && *(*text)++ != after)
        return -1;
    return value;
}

int64_t
clock_parse (const char *text)
{
    int parts[6];
    if (!text)
        return -1;
    static const struct {
        int digits;
        char after;
    } form[6] = {{4, '-'}, {2, '-'}, {2, 'T'}, {2, ':'}, {2, ':'}, {2, '\0'}};
    for (int index = 0; index < 6; index++) {
        parts[index] = clock_take (&text, form[index].digits, form[index].after);
        if (parts[index] < 0)
            return -1;
    }
    int64_t ms = 0;
    if (*text == '.') {
        int64_t unit = 100;
        for (text++; *text >= '0' && *text <= '9'; text++, unit /= 10)
            ms += (*text - '0') * unit;
        if (text[-1] == '.')
            return -1;
    }
    if (strcmp (text, "Z") != 0)
        return -1;
    struct tm tm = {.tm_year = parts[0] - 1900,
                    .tm_mon = parts[1] - 1,
                    .tm_mday = parts[2],
                    .tm_hour = parts[3],
                    .tm_min = parts[4],
                    .tm_sec = parts[5]};
    struct tm wanted = tm;
    time_t seconds = timegm (&tm);
    /* timegm turns a 31st of April into the 1st of May. */
    bool real = tm.tm_mon == wanted.tm_mon && tm.tm_hour == wanted.tm_hour
                && tm.tm_min == wanted.tm_min && tm.tm_sec == wanted.tm_sec;
    return real && seconds >= 0 ? seconds * 1000 + ms : -1;
}

void
clock_random (void *bytes, size_t size)
{
    char *at = bytes;
    while (size > 0) {
        ssize_t got = getrandom (at, size, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            abort (); /* no kernel that we run on lacks it, and nothing may go on without */
        at += got;
        size -= (size_t) got;
    }
}
