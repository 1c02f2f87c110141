/* log.c: the program's own log. A line is built on the caller's stack and written with one
 * write(2), which is what keeps lines of many threads apart without a lock. The two statics
 * are set once, before threads start, and only read afterwards. Owns nothing: the descriptor
 * is main's. */

#include "runtime/log.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime/clock.h"
#include "runtime/utf8.h"

enum { LOG_LINE_MAX = 2000 };

static const char *const level_words[] = {
    [LOG_LEVEL_ERROR] = "error",
    [LOG_LEVEL_WARN] = "warn",
    [LOG_LEVEL_INFO] = "info",
    [LOG_LEVEL_DEBUG] = "debug",
};
static_assert (sizeof level_words / sizeof *level_words == LOG_LEVEL_COUNT, "a word per level");

static int log_fd = -1;
static enum log_level log_level = LOG_LEVEL_INFO;

void
log_open (int fd, enum log_level level)
{
    log_fd = fd;
    log_level = level;
}

int
log_level_from_word (const char *word)
{
    for (int level = 0; level < LOG_LEVEL_COUNT; level++)
        if (strcmp (level_words[level], word) == 0)
            return level;
    return -1;
}

/* How many bytes at TEXT are one character that a terminal shows as it is; 0 for controls (C1
 * and bidi too) and for bytes that are not UTF-8. */
static size_t
log_harmless (const char *text)
{
    unsigned char lead = (unsigned char) *text;
    if (lead < 0x80)
        return lead >= 0x20 && lead != 0x7F;
    size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (strnlen (text, length) < length || !utf8_is_valid (text, length))
        return 0;
    uint32_t codepoint = lead & (0x7FU >> length);
    for (size_t at = 1; at < length; at++)
        codepoint = codepoint << 6 | ((unsigned char) text[at] & 0x3F);
    return utf8_is_control (codepoint) ? 0 : length;
}

/* TEXT made harmless, into LINE from LENGTH on, as far as it fits; the new length. */
static size_t
log_append (char line[LOG_LINE_MAX], size_t length, const char *text)
{
    while (*text) {
        char escaped[5];
        size_t taken = log_harmless (text);
        size_t given = taken ? taken : 4;
        if (!taken)
            snprintf (escaped, sizeof escaped, "\\x%02x", (unsigned) *text & 0xFF);
        if (length + given > LOG_LINE_MAX - 1)
            break;
        memcpy (line + length, taken ? text : escaped, given);
        length += given;
        text += taken ? taken : 1;
    }
    return length;
}

void
log_write (enum log_level level, const char *who, const char *format, ...)
{
    if (log_fd < 0 || level > log_level)
        return;
    int saved = errno; /* whoever logs a failure may still need it */
    char text[LOG_LINE_MAX], line[LOG_LINE_MAX], time[CLOCK_TEXT_SIZE];
    va_list args;
    va_start (args, format);
    vsnprintf (text, sizeof text, format, args);
    va_end (args);
    int head = snprintf (line, sizeof line, "%s %-5s ", clock_format (clock_wall_ms (), time),
                         level_words[level]);
    size_t length = log_append (line, (size_t) head, who);
    length = log_append (line, length, ": ");
    length = log_append (line, length, text);
    line[length++] = '\n';
    (void) !write (log_fd, line, length); /* a log that cannot be written has nobody to tell */
    errno = saved;
}
