/* log.h: the program's own log, for whoever looks after it. Users see events, not this. Lines
 * go to a file or stderr, never to a terminal that stui draws on. Safe from every thread: one
 * write(2) a line. The descriptor and level are set once by main before threads start. */

#ifndef STUI_RUNTIME_LOG_H
#define STUI_RUNTIME_LOG_H

#include <stui/types.h>

enum log_level {
    LOG_LEVEL_ERROR,
    LOG_LEVEL_WARN,
    LOG_LEVEL_INFO,
    LOG_LEVEL_DEBUG,
    LOG_LEVEL_COUNT
};

/* FD -1: nothing is written. Not owned. */
void log_open (int fd, enum log_level level);
/* Level of "error", "warn", "info", "debug"; -1 for another word. */
int log_level_from_word (const char *word);

/* WHO is the actor's id or the module. One line: time, level, who, text; control characters
 * are shown as \xNN; cut at 2,000 bytes. */
void log_write (enum log_level level, const char *who, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));

#define log_error(who, ...) log_write (LOG_LEVEL_ERROR, who, __VA_ARGS__)
#define log_warn(who, ...)  log_write (LOG_LEVEL_WARN, who, __VA_ARGS__)
#define log_info(who, ...)  log_write (LOG_LEVEL_INFO, who, __VA_ARGS__)
#define log_debug(who, ...) log_write (LOG_LEVEL_DEBUG, who, __VA_ARGS__)

#endif
