/* text.c: see text.h. The one file that knows utf8proc. Pure but for the heap. */

#include "ui/text.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "runtime/alloc.h"

/* What a character does to the cluster that it is in. */
enum kind {
    KIND_PLAIN,
    KIND_TAB,
    KIND_CONTROL,   /* has a picture */
    KIND_HIDDEN,    /* must not be shown, or cannot be seen */
    KIND_INDICATOR, /* half a flag */
    KIND_MARK,      /* shown upon what is before it */
    KIND_SELECTOR,  /* changes what is before it: left out */
    KIND_MODIFIER,  /* the same, but only of emoji; else a picture of its own */
    KIND_JOINER,    /* means something between letters of some scripts and emoji: left out */
};

enum {
    REPLACEMENT = 0xFFFD,
    DOTTED_CIRCLE = 0x25CC,
    PICTURE_NUL = 0x2400,
    PICTURE_DEL = 0x2421,
    FIRST_INDICATOR = 0x1F1E6,
    FIRST_JOINING = 0x0590, /* no script before Hebrew is written with joiners */
};

/* One character of the source. */
struct character {
    int32_t codepoint; /* REPLACEMENT for a byte that is no UTF-8 */
    size_t size;       /* in bytes */
    bool valid;
};

static struct character
character_at (const char *text, size_t size)
{
    unsigned char first = (unsigned char) *text;
    if (first < 0x80)
        return (struct character){first, 1, true};
    utf8proc_int32_t codepoint;
    utf8proc_ssize_t length = utf8proc_iterate ((const utf8proc_uint8_t *) text,
                                                size < 4 ? (utf8proc_ssize_t) size : 4, &codepoint);
    if (length <= 0)
        return (struct character){REPLACEMENT, 1, false};
    return (struct character){codepoint, (size_t) length, true};
}

/* Where the character before OFFSET begins. */
static size_t
character_before (const char *text, size_t offset)
{
    size_t at = offset - 1;
    while (at > 0 && offset - at < 4 && ((unsigned char) text[at] & 0xC0) == 0x80)
        at--;
    return at + character_at (text + at, offset - at).size == offset ? at : offset - 1;
}

/* Cf and Mn characters that Unicode calls ignorable are drawn as nothing by terminals, and some
 * letters that are blank by definition (the Hangul fillers) are ignorable too. */
static enum kind
kind_of (int32_t codepoint)
{
    if (codepoint == '\t')
        return KIND_TAB;
    if (codepoint < 0x20 || codepoint == 0x7F)
        return KIND_CONTROL;
    if (codepoint < 0x7F)
        return KIND_PLAIN;
    if (codepoint == 0x200C || codepoint == 0x200D)
        return KIND_JOINER;
    if (codepoint >= FIRST_INDICATOR && codepoint < FIRST_INDICATOR + 26)
        return KIND_INDICATOR;
    if (codepoint >= 0x1F3FB && codepoint <= 0x1F3FF)
        return KIND_MODIFIER;
    if (codepoint >= 0xE0020 && codepoint <= 0xE007F)
        return KIND_MODIFIER; /* tags of regional flags */
    const utf8proc_property_t *property = utf8proc_get_property (codepoint);
    switch (property->category) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
        return property->ignorable ? KIND_SELECTOR : KIND_MARK;
    case UTF8PROC_CATEGORY_MC:
        return KIND_PLAIN; /* terminals give spacing marks a column, as the C library does */
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return KIND_HIDDEN;
    default:
        return property->ignorable || utf8proc_charwidth (codepoint) == 0 ? KIND_HIDDEN
                                                                          : KIND_PLAIN;
    }
}

static bool
is_emoji (int32_t codepoint)
{
    return utf8proc_get_property (codepoint)->boundclass
           == UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC;
}

/* Whether all terminals agree about the width: scripts and symbols that have not changed for
 * twenty years. */
static bool
is_settled (int32_t codepoint)
{
    static const struct {
        int32_t first, last;
    } ranges[] = {
        {0x0020, 0x02FF},                                     /* Latin */
        {0x0370, 0x052F},                                     /* Greek, Cyrillic */
        {0x2010, 0x2027}, {0x2030, 0x203A}, {0x20A0, 0x20BF}, /* punctuation, currencies */
        {0x2190, 0x2193}, {0x2200, 0x22FF},                   /* arrows, mathematics */
        {0x2400, 0x2426}, {0x2500, 0x25A0}, /* pictures of controls, boxes, blocks */
        {0x25CB, 0x25D7}, {0x2800, 0x28FF}, /* circles, Braille */
        {0x3041, 0x3096}, {0x30A0, 0x30FF}, {0x3400, 0x4DBF},           {0x4E00, 0x9FFF}, /* CJK */
        {0xAC00, 0xD7A3}, {0xFF01, 0xFF60}, {REPLACEMENT, REPLACEMENT},
    };
    for (size_t index = 0; index < sizeof ranges / sizeof *ranges; index++)
        if (codepoint <= ranges[index].last)
            return codepoint >= ranges[index].first;
    return false;
}

size_t
text_encode (uint32_t codepoint, char out[4])
{
    if (codepoint > INT32_MAX || !utf8proc_codepoint_valid ((utf8proc_int32_t) codepoint))
        codepoint = REPLACEMENT;
    return (size_t) utf8proc_encode_char ((utf8proc_int32_t) codepoint, (utf8proc_uint8_t *) out);
}

static void
cluster_show (struct text_cluster *cluster, int32_t codepoint)
{
    char bytes[4];
    size_t size = text_encode ((uint32_t) codepoint, bytes);
    memcpy (cluster->bytes + cluster->size, bytes, size);
    cluster->size = (uint8_t) (cluster->size + size);
}

static void
cluster_begin (struct text_cluster *cluster, int32_t codepoint, bool replaced)
{
    cluster_show (cluster, codepoint);
    cluster->width = utf8proc_charwidth (codepoint) == 2 ? 2 : 1;
    cluster->replaced = replaced;
    cluster->unsettled = !is_settled (codepoint);
}

/* Adds to CLUSTER, begun with BASE, what belongs to it of SIZE bytes at TEXT. Returns how many
 * bytes that is. */
static size_t
cluster_extend (struct text_cluster *cluster, int32_t base, const char *text, size_t size)
{
    size_t at = 0;
    int marks = 0;
    bool joined = false;
    while (at < size && (unsigned char) text[at] >= 0x80) {
        struct character next = character_at (text + at, size - at);
        if (!next.valid || at + next.size > TEXT_SPAN_MAX - 4)
            break;
        enum kind kind = kind_of (next.codepoint);
        bool belongs = kind == KIND_MARK || kind == KIND_SELECTOR
                       || (kind == KIND_MODIFIER && is_emoji (base))
                       || (kind == KIND_JOINER && base >= FIRST_JOINING && !joined);
        if (!belongs)
            break;
        if (kind == KIND_MARK && marks < TEXT_MARKS_MAX) {
            cluster_show (cluster, next.codepoint);
            cluster->unsettled = true;
            marks++;
        }
        joined = kind == KIND_JOINER;
        at += next.size;
    }
    return at;
}

size_t
text_next (const char *text, size_t size, size_t column, struct text_cluster *cluster)
{
    *cluster = (struct text_cluster){0};
    if (size == 0)
        return 0;
    struct character first = character_at (text, size);
    switch (first.valid ? kind_of (first.codepoint) : KIND_HIDDEN) {
    case KIND_TAB:
        cluster_begin (cluster, ' ', false);
        cluster->width = (uint8_t) (TEXT_TAB_WIDTH - column % TEXT_TAB_WIDTH);
        return first.size;
    case KIND_CONTROL:
        cluster_begin (cluster,
                       first.codepoint == 0x7F ? PICTURE_DEL : PICTURE_NUL + first.codepoint, true);
        return first.size;
    case KIND_INDICATOR:
        cluster_begin (cluster, 'A' + first.codepoint - FIRST_INDICATOR, true);
        return first.size;
    case KIND_MARK:
        cluster_begin (cluster, DOTTED_CIRCLE, true);
        return cluster_extend (cluster, DOTTED_CIRCLE, text, size);
    case KIND_MODIFIER: /* upon no emoji: a skin tone is a square, a tag cannot be seen */
        if (first.codepoint < 0xE0000)
            cluster_begin (cluster, first.codepoint, false);
        else
            cluster_begin (cluster, REPLACEMENT, true);
        return first.size;
    case KIND_PLAIN:
        if (first.codepoint < 0x80 && (size == 1 || (unsigned char) text[1] < 0x80)) {
            *cluster = (struct text_cluster){.bytes = {*text}, .size = 1, .width = 1};
            return 1;
        }
        cluster_begin (cluster, first.codepoint, false);
        return first.size
               + cluster_extend (cluster, first.codepoint, text + first.size, size - first.size);
    default:
        cluster_begin (cluster, REPLACEMENT, true);
        return first.size;
    }
}

size_t
text_previous (const char *text, size_t size, size_t offset)
{
    if (offset > size)
        offset = size;
    if (offset == 0)
        return 0;
    size_t at = offset > 4 * TEXT_SPAN_MAX ? offset - 4 * TEXT_SPAN_MAX : 0;
    while (at > 0 && at < offset - 1 && ((unsigned char) text[at] & 0xC0) == 0x80)
        at++;
    const char *line = memrchr (text + at, '\n', offset - at - 1);
    if (line)
        at = (size_t) (line - text) + 1;
    size_t taken = 0;
    while (at < offset) {
        struct text_cluster cluster;
        taken = text_next (text + at, offset - at, 0, &cluster);
        at += taken;
    }
    return taken;
}

size_t
text_line (const char *text, size_t size, size_t *next)
{
    size_t length = 0;
    while (length < size && text[length] != '\n' && text[length] != '\r')
        length++;
    *next = length;
    if (length < size)
        *next += text[length] == '\r' && length + 1 < size && text[length + 1] == '\n' ? 2 : 1;
    return length;
}

size_t
text_width (const char *text, size_t size, size_t limit)
{
    size_t width = 0;
    struct text_cluster cluster;
    for (size_t at = 0, taken; width < limit; at += taken, width += cluster.width)
        if ((taken = text_next (text + at, size - at, width, &cluster)) == 0)
            break;
    return width < limit ? width : limit;
}

size_t
text_fit (const char *text, size_t size, size_t columns, size_t *width)
{
    size_t at = 0, column = 0, taken;
    struct text_cluster cluster;
    while ((taken = text_next (text + at, size - at, column, &cluster)) > 0
           && column + cluster.width <= columns) {
        at += taken;
        column += cluster.width;
    }
    if (width)
        *width = column;
    return at;
}

/* What is being put together, with room for BYTES and COLUMNS. */
struct line {
    char *out;
    size_t bytes, capacity;
    size_t columns, width;
};

/* Whether it still had room for SIZE bytes that fill WIDTH columns, leaving free as much. */
static bool
line_put (struct line *line, const char *bytes, size_t size, size_t width)
{
    size_t needed = *bytes == ' ' ? width : size; /* a tab is blanks */
    if (line->bytes + needed > line->capacity || line->width + width > line->columns)
        return false;
    if (*bytes == ' ')
        memset (line->out + line->bytes, ' ', width);
    else
        memcpy (line->out + line->bytes, bytes, size);
    line->bytes += needed;
    line->width += width;
    return true;
}

size_t
text_cut (const char *text, size_t size, size_t columns, bool ascii, char *out, size_t capacity)
{
    static const char ellipsis[] = "…";
    if (capacity == 0)
        return 0;
    struct line line = {.out = out, .capacity = capacity - 1, .columns = columns};
    struct line whole = line; /* as it would end, were the ellipsis needed from here on */
    const char *mark = ascii ? "~" : ellipsis;
    size_t mark_size = strlen (mark), taken;
    struct text_cluster cluster;
    for (size_t at = 0; (taken = text_next (text + at, size - at, line.width, &cluster)) > 0;
         at += taken) {
        if (line.width + 1 <= columns && line.bytes + mark_size <= line.capacity)
            whole = line;
        char twin[2] = {text_ascii (cluster.bytes, cluster.size), '?'};
        twin[1] = twin[0];
        bool blank = cluster.bytes[0] == ' ';
        bool fits = ascii && !blank ? line_put (&line, twin, cluster.width, cluster.width)
                                    : line_put (&line, cluster.bytes, cluster.size, cluster.width);
        if (!fits) {
            line = whole;
            line_put (&line, mark, mark_size, 1);
            break;
        }
    }
    out[line.bytes] = '\0';
    return line.width;
}

static bool
is_word (const char *text, size_t size)
{
    struct character character = character_at (text, size);
    utf8proc_category_t category = utf8proc_category (character.codepoint);
    return character.codepoint == '_'
           || (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO);
}
static_assert (UTF8PROC_CATEGORY_LU < UTF8PROC_CATEGORY_MN
                   && UTF8PROC_CATEGORY_MN < UTF8PROC_CATEGORY_NO,
               "letters, marks and numbers stand together");

size_t
text_word_end (const char *text, size_t size, size_t offset)
{
    while (offset < size && !is_word (text + offset, size - offset))
        offset += character_at (text + offset, size - offset).size;
    while (offset < size && is_word (text + offset, size - offset))
        offset += character_at (text + offset, size - offset).size;
    return offset < size ? offset : size;
}

size_t
text_word_start (const char *text, size_t size, size_t offset)
{
    if (offset > size)
        offset = size;
    bool inside = false;
    while (offset > 0) {
        size_t before = character_before (text, offset);
        bool word = is_word (text + before, offset - before);
        if (inside && !word)
            break;
        inside = word;
        offset = before;
    }
    return offset;
}

char
text_ascii (const char *cluster, size_t size)
{
    static const struct {
        int32_t codepoint;
        char twin;
    } twins[] = {
        {0x00A0, ' '}, {0x00B7, '.'}, {0x00D7, 'x'},  {0x2010, '-'},  {0x2011, '-'}, {0x2012, '-'},
        {0x2013, '-'}, {0x2014, '-'}, {0x2018, '\''}, {0x2019, '\''}, {0x201C, '"'}, {0x201D, '"'},
        {0x2022, '*'}, {0x2026, '~'}, {0x2190, '<'},  {0x2191, '^'},  {0x2192, '>'}, {0x2193, 'v'},
        {0x2194, '='}, {0x2500, '-'}, {0x2502, '|'},  {0x2550, '='},  {0x2551, '|'}, {0x2581, '_'},
        {0x2582, '_'}, {0x2583, '.'}, {0x2584, '-'},  {0x2585, '='},  {0x2586, '+'}, {0x2587, '*'},
        {0x2588, '#'}, {0x2591, '.'}, {0x2592, ':'},  {0x2593, '%'},  {0x25A0, '#'}, {0x25B2, '^'},
        {0x25B6, '>'}, {0x25B8, '>'}, {0x25BA, '>'},  {0x25BC, 'v'},  {0x25BE, 'v'}, {0x25C0, '<'},
        {0x25C6, '*'}, {0x25C7, 'o'}, {0x25CB, 'o'},  {0x25CF, '*'},  {0x25D0, '%'}, {0x25D1, '%'},
        {0x25D2, '%'}, {0x25D3, '%'}, {0x25D4, '%'},  {0x2605, '+'},  {0x2713, 'v'}, {0x2715, 'x'},
        {0x2717, 'x'},
    };
    if (size == 0)
        return ' ';
    int32_t codepoint = character_at (cluster, size).codepoint;
    if (codepoint >= 0x20 && codepoint < 0x7F)
        return (char) codepoint;
    for (size_t index = 0; index < sizeof twins / sizeof *twins; index++)
        if (twins[index].codepoint == codepoint)
            return twins[index].twin;
    return codepoint > 0x2500 && codepoint < 0x2580 ? '+' : '?'; /* corners and crossings */
}

char *
text_clean (const char *bytes, size_t size, size_t *length)
{
    char *text = stui_alloc (3 * size + 1); /* a bad byte or a NUL becomes three */
    size_t out = 0;
    for (size_t at = 0; at < size;) {
        struct character character = character_at (bytes + at, size - at);
        at += character.size;
        if (character.codepoint == '\r') {
            if (at < size && bytes[at] == '\n')
                continue;
            character.codepoint = '\n';
        }
        else if (character.codepoint == 0)
            character.codepoint = PICTURE_NUL;
        out += text_encode ((uint32_t) character.codepoint, text + out);
    }
    text[out] = '\0';
    *length = out;
    return text;
}
