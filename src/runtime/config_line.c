/* config_line.c: lines of the configuration file told apart. Pairs are split as inih splits
 * them: at the first '=' or ':', a ';' behind white space begins a comment. Section headers are
 * read here alone, because inih cuts them at 49 bytes and an image's name may have 64. Pure. */

#include "runtime/config_line.h"

#include <string.h>

static bool
is_space (char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static struct config_span
span_trim (const char *start, const char *end)
{
    while (start < end && is_space (*start))
        start++;
    while (start < end && is_space (end[-1]))
        end--;
    return (struct config_span){start, end};
}

size_t
config_span_size (struct config_span span)
{
    return (size_t) (span.end - span.start);
}

bool
config_span_is (struct config_span span, const char *text)
{
    return config_span_size (span) == strlen (text)
           && memcmp (span.start, text, config_span_size (span)) == 0;
}

bool
config_line_is_section (const struct config_line *line)
{
    return line->kind == CONFIG_LINE_STUI || line->kind == CONFIG_LINE_ALERT
           || line->kind == CONFIG_LINE_KEYS || line->kind == CONFIG_LINE_IMAGE
           || line->kind == CONFIG_LINE_UNKNOWN;
}

const char *
config_line_start (const char *text)
{
    return strncmp (text, "\xEF\xBB\xBF", 3) == 0 ? text + 3 : text;
}

/* From '[' on; behind the ']' only white space or a comment. */
static void
line_read_section (struct config_line *line)
{
    const char *closing = memchr (line->bare.start, ']', config_span_size (line->bare));
    line->kind = CONFIG_LINE_WRONG;
    if (!closing)
        return;
    struct config_span rest = span_trim (closing + 1, line->bare.end);
    if (rest.start < rest.end && *rest.start != ';' && *rest.start != '#')
        return;
    line->kind = CONFIG_LINE_UNKNOWN;
    struct config_span inner = span_trim (line->bare.start + 1, closing);
    if (config_span_is (inner, "stui"))
        line->kind = CONFIG_LINE_STUI;
    else if (config_span_is (inner, "alert"))
        line->kind = CONFIG_LINE_ALERT;
    else if (config_span_is (inner, "keys"))
        line->kind = CONFIG_LINE_KEYS;
    else if (config_span_size (inner) > 5 && memcmp (inner.start, "image", 5) == 0) {
        struct config_span name = span_trim (inner.start + 5, inner.end);
        if (config_span_size (name) < 2 || *name.start != '"' || name.end[-1] != '"')
            return;
        line->kind = CONFIG_LINE_IMAGE;
        line->word = (struct config_span){name.start + 1, name.end - 1};
    }
}

/* Where a comment begins in [AT, END): a ';' behind white space. */
static const char *
line_find_comment (const char *at, const char *end)
{
    for (bool space = false; at < end; space = is_space (*at++))
        if (*at == ';' && space)
            break;
    return at;
}

static void
line_read_pair (struct config_line *line)
{
    const char *end = line->bare.end;
    const char *stop = line_find_comment (line->bare.start, end);
    const char *sign = line->bare.start;
    while (sign < stop && *sign != '=' && *sign != ':')
        sign++;
    line->kind = sign < stop ? CONFIG_LINE_PAIR : CONFIG_LINE_WRONG;
    if (line->kind == CONFIG_LINE_WRONG)
        return;
    line->word = span_trim (line->bare.start, sign);
    line->value = span_trim (sign + 1, line_find_comment (sign + 1, end));
}

bool
config_line_read (const char *at, struct config_line *line)
{
    if (!*at)
        return false;
    const char *end = at + strcspn (at, "\n");
    *line = (struct config_line){.all = {at, *end ? end + 1 : end}, .bare = span_trim (at, end)};
    switch (line->bare.start < line->bare.end ? *line->bare.start : '\0') {
    case '\0':
        line->kind = CONFIG_LINE_BLANK;
        break;
    case ';':
    case '#':
        line->kind = CONFIG_LINE_COMMENT;
        break;
    case '[':
        line_read_section (line);
        break;
    default:
        line_read_pair (line);
    }
    return true;
}
