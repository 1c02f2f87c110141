/* config_line.h: one line of the configuration file: what it is and where its parts lie. What
 * config.c (which reads) and config_edit.c (which rewrites) have to agree on. Pure. */

#ifndef STUI_RUNTIME_CONFIG_LINE_H
#define STUI_RUNTIME_CONFIG_LINE_H

#include <stdbool.h>
#include <stddef.h>

enum {
    /* Bytes of one line, its end not counted; what inih gets as its buffer. The longest
     * sensible line is an alert's command with a few paths. */
    CONFIG_LINE_MAX = 1000,
};

enum config_line_kind {
    CONFIG_LINE_BLANK,
    CONFIG_LINE_COMMENT, /* ; or # first */
    CONFIG_LINE_STUI,    /* [stui] */
    CONFIG_LINE_ALERT,   /* [alert] */
    CONFIG_LINE_KEYS,    /* [keys] */
    CONFIG_LINE_IMAGE,   /* [image "NAME"]: NAME are the bytes of word */
    CONFIG_LINE_PAIR,    /* KEY = VALUE: KEY is word, VALUE value, both trimmed */
    CONFIG_LINE_UNKNOWN, /* another section's header */
    CONFIG_LINE_WRONG,
};

/* Bytes of the text, borrowed. */
struct config_span {
    const char *start, *end;
};

struct config_line {
    enum config_line_kind kind;
    struct config_span all;  /* with its line end */
    struct config_span bare; /* without white space around it */
    struct config_span word, value;
};

/* Where the lines of TEXT begin: behind a byte order mark. */
const char *config_line_start (const char *text);

/* The line at AT into LINE; false at the end of the text. The next one is at line->all.end. */
bool config_line_read (const char *at, struct config_line *line);

bool config_line_is_section (const struct config_line *line);
bool config_span_is (struct config_span span, const char *text);
size_t config_span_size (struct config_span span);

#endif
