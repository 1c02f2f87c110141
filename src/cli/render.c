/* render.c: see render.h. */

#include "cli/render.h"

#include "runtime/alloc.h"
#include "runtime/utf8.h"
#include "runtime/words.h"

#include <inttypes.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define GAP         2 /* blanks between columns */
#define WIDTH_LEAST 4 /* a flexible column is cut no further */

struct render_cell {
    char *text; /* owned */
    size_t width;
    enum render_color color;
};

struct render_table {
    const struct render_column *columns; /* borrowed */
    size_t column_count;
    struct render_cell *cells; /* owned, row by row */
    size_t cell_count, capacity;
};

static const char *const escapes[RENDER_COLOR_COUNT] = {
    [RENDER_PLAIN] = "",       [RENDER_GOOD] = "\033[32m", [RENDER_WARN] = "\033[33m",
    [RENDER_BAD] = "\033[31m", [RENDER_FAINT] = "\033[2m",
};

/* ---- text that grows -------------------------------------------------------------------- */

struct text {
    char *bytes; /* owned, NUL-terminated once anything was added */
    size_t size, capacity;
};

static void
text_add (struct text *self, const char *bytes, size_t size)
{
    while (self->size + size + 1 > self->capacity)
        stui_grow (&self->bytes, &self->capacity, self->capacity, 1);
    memcpy (self->bytes + self->size, bytes, size);
    self->size += size;
    self->bytes[self->size] = '\0';
}

static void
text_add_blanks (struct text *self, size_t count)
{
    while (count-- > 0)
        text_add (self, " ", 1);
}

static char *
text_take (struct text *self)
{
    if (self->bytes == NULL)
        text_add (self, "", 0);
    return self->bytes;
}

/* ---- characters ------------------------------------------------------------------------- */

/* The character at TEXT and its *LENGTH in bytes; a byte that begins none counts as one. */
static wchar_t
character_at (const char *text, size_t *length)
{
    unsigned char lead = (unsigned char) *text;
    size_t more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
    wchar_t value = more == 3   ? lead & 0x07
                    : more == 2 ? lead & 0x0F
                    : more == 1 ? lead & 0x1F
                                : lead;
    for (size_t i = 1; i <= more; i++) {
        unsigned char next = (unsigned char) text[i];
        if ((next & 0xC0) != 0x80) {
            *length = 1;
            return lead;
        }
        value = value << 6 | (next & 0x3F);
    }
    *length = more + 1;
    return value;
}

static size_t
character_width (wchar_t character)
{
    int width = wcwidth (character);
    return width < 0 ? 1 : (size_t) width;
}

/* The bytes of TEXT that take at most WIDTH columns; *TAKEN is how many they take. */
static size_t
bytes_within (const char *text, size_t width, size_t *taken)
{
    size_t bytes = 0, columns = 0, length;
    /* wcwidth knows Unicode only under a UTF-8 locale; the program's own stays what it is. */
    locale_t utf8 = newlocale (LC_CTYPE_MASK, "C.UTF-8", (locale_t) 0);
    locale_t before = utf8 != (locale_t) 0 ? uselocale (utf8) : (locale_t) 0;
    while (text[bytes] != '\0') {
        size_t wide = character_width (character_at (text + bytes, &length));
        if (columns + wide > width)
            break;
        columns += wide;
        bytes += length;
    }
    if (utf8 != (locale_t) 0) {
        uselocale (before);
        freelocale (utf8);
    }
    *taken = columns;
    return bytes;
}

size_t
render_width (const char *text)
{
    size_t width;
    bytes_within (text, SIZE_MAX / 2, &width);
    return width;
}

/* ---- harmless text ----------------------------------------------------------------------- */

static char *
render_harmless (const char *text, bool one_line, size_t indent)
{
    struct text out = {0};
    size_t length;
    for (const char *at = text; *at != '\0'; at += length) {
        wchar_t character = character_at (at, &length);
        if (character == '\r' && at[1] == '\n')
            length = 2;
        bool line_end = character == '\r' || character == '\n';
        if ((line_end && one_line) || (character == '\t' && one_line))
            text_add (&out, " ", 1);
        else if (line_end) {
            text_add (&out, "\n", 1);
            text_add_blanks (&out, at[length] != '\0' ? indent : 0);
        }
        else if (utf8_is_control ((uint32_t) character) && character != '\t') {
            char hex[12];
            snprintf (hex, sizeof hex, "\\x%02X", (unsigned) character);
            text_add (&out, hex, strlen (hex));
        }
        else
            text_add (&out, at, length);
    }
    return text_take (&out);
}

char *
render_line (const char *text)
{
    return render_harmless (text, true, 0);
}

char *
render_block (const char *text, size_t indent)
{
    return render_harmless (text, false, indent);
}

char *
render_paint (const char *text, enum render_color color, bool paint)
{
    if (!paint || color == RENDER_PLAIN)
        return stui_strdup (text);
    return stui_printf ("%s%s\033[0m", escapes[color], text);
}

enum render_color
render_state_color (const char *word)
{
    static const struct {
        const char *word;
        enum render_color color;
    } rows[] = {
        {"online", RENDER_GOOD},    {"restored", RENDER_GOOD}, {"fresh", RENDER_GOOD},
        {"suspect", RENDER_WARN},   {"modified", RENDER_WARN}, {"preserved", RENDER_WARN},
        {"offline", RENDER_BAD},    {"failed", RENDER_BAD},    {"orphaned", RENDER_WARN},
        {"disabled", RENDER_FAINT}, {"stored", RENDER_FAINT},  {"closed", RENDER_FAINT},
    };
    for (size_t i = 0; word != NULL && i < sizeof rows / sizeof *rows; i++)
        if (strcmp (rows[i].word, word) == 0)
            return rows[i].color;
    return RENDER_PLAIN;
}

char *
render_duration (int64_t ms)
{
    char text[WORDS_SIZE];
    return stui_strdup (words_duration (ms, text));
}

/* ---- tables ------------------------------------------------------------------------------ */

struct render_table *
render_table_new (const struct render_column *columns)
{
    struct render_table *self = stui_alloc (sizeof *self);
    self->columns = columns;
    while (columns[self->column_count].title != NULL)
        self->column_count++;
    for (size_t i = 0; i < self->column_count; i++)
        render_cell (self, columns[i].title, RENDER_FAINT);
    return self;
}

void
render_table_destroy (struct render_table **self_p)
{
    struct render_table *self = *self_p;
    if (self == NULL)
        return;
    for (size_t i = 0; i < self->cell_count; i++)
        free (self->cells[i].text);
    free (self->cells);
    free (self);
    *self_p = NULL;
}

void
render_cell (struct render_table *self, const char *text, enum render_color color)
{
    stui_grow (&self->cells, &self->capacity, self->cell_count, sizeof *self->cells);
    struct render_cell *cell = &self->cells[self->cell_count++];
    cell->text = render_line (text == NULL || *text == '\0' ? "-" : text);
    cell->width = render_width (cell->text);
    cell->color = color;
}

void
render_cell_number (struct render_table *self, int64_t number)
{
    char text[32] = "-";
    if (number >= 0)
        snprintf (text, sizeof text, "%" PRId64, number);
    render_cell (self, text, RENDER_PLAIN);
}

/* Sets WIDTHS to each column's widest cell, then takes from the widest flexible column until
 * a line fits WIDTH or none can give more. */
static void
render_fit (const struct render_table *self, size_t *widths, size_t width)
{
    size_t total = (self->column_count - 1) * GAP;
    for (size_t i = 0; i < self->cell_count; i++) {
        size_t *column = &widths[i % self->column_count];
        if (self->cells[i].width > *column)
            *column = self->cells[i].width;
    }
    for (size_t i = 0; i < self->column_count; i++)
        total += widths[i];
    while (width > 0 && total > width) {
        size_t widest = self->column_count;
        for (size_t i = 0; i < self->column_count; i++)
            if (self->columns[i].flexible && widths[i] > WIDTH_LEAST
                && (widest == self->column_count || widths[i] > widths[widest]))
                widest = i;
        if (widest == self->column_count)
            break;
        widths[widest]--;
        total--;
    }
}

/* Adds one cell cut to WIDTH, with the blanks that keep its column straight. */
static void
render_put (struct text *out, const struct render_cell *cell, size_t width, bool right, bool last,
            bool color, const char *ellipsis)
{
    size_t taken = cell->width, bytes = strlen (cell->text);
    bool cut = cell->width > width;
    if (cut)
        bytes = bytes_within (cell->text, width > 0 ? width - 1 : 0, &taken);
    size_t fill = width - (cut && width > 0 ? taken + 1 : taken);

    text_add_blanks (out, right ? fill : 0);
    bool paint = color && cell->color != RENDER_PLAIN;
    if (paint)
        text_add (out, escapes[cell->color], strlen (escapes[cell->color]));
    text_add (out, cell->text, bytes);
    if (cut && width > 0)
        text_add (out, ellipsis, strlen (ellipsis));
    if (paint)
        text_add (out, "\033[0m", 4);
    text_add_blanks (out, right || last ? 0 : fill);
}

char *
render_table_text (const struct render_table *self, size_t width, bool color, bool ascii)
{
    size_t *widths = stui_alloc (self->column_count * sizeof *widths);
    render_fit (self, widths, width);

    struct text out = {0};
    for (size_t i = 0; i < self->cell_count; i += self->column_count) {
        size_t room = width > 0 ? width : SIZE_MAX; /* what is left of this line */
        for (size_t j = 0; j < self->column_count && i + j < self->cell_count && room > 0; j++) {
            size_t wide = widths[j] < room ? widths[j] : room;
            bool last = j + 1 == self->column_count || room - wide <= GAP;
            render_put (&out, &self->cells[i + j], wide, self->columns[j].right, last, color,
                        ascii ? "~" : "…");
            room -= wide;
            size_t gap = last ? room : GAP;
            text_add_blanks (&out, last ? 0 : gap);
            room = last ? 0 : room - gap;
        }
        text_add (&out, "\n", 1);
    }
    free (widths);
    return text_take (&out);
}
