/* emulator.c: see emulator.h. The one file that knows libvterm. */

#include "support/emulator.h"

#include <stdlib.h>
#include <vterm.h>

#include "runtime/alloc.h"

struct emulator {
    VTerm *vterm;
    VTermScreen *screen;
    bool visible, alternate;
};

static int
on_property (VTermProp property, VTermValue *value, void *user)
{
    struct emulator *self = user;
    if (property == VTERM_PROP_CURSORVISIBLE)
        self->visible = value->boolean;
    else if (property == VTERM_PROP_ALTSCREEN)
        self->alternate = value->boolean;
    return 1;
}

struct emulator *
emulator_open (int rows, int columns)
{
    static const VTermScreenCallbacks callbacks = {.settermprop = on_property};
    struct emulator *self = stui_alloc (sizeof *self);
    self->visible = true;
    self->vterm = vterm_new (rows, columns);
    vterm_set_utf8 (self->vterm, 1);
    self->screen = vterm_obtain_screen (self->vterm);
    vterm_screen_set_callbacks (self->screen, &callbacks, self);
    vterm_screen_enable_altscreen (self->screen, 1);
    vterm_screen_reset (self->screen, 1);
    return self;
}

void
emulator_close (struct emulator **self_p)
{
    if (*self_p)
        vterm_free ((*self_p)->vterm);
    free (*self_p);
    *self_p = NULL;
}

void
emulator_resize (struct emulator *self, int rows, int columns)
{
    vterm_set_size (self->vterm, rows, columns);
}

void
emulator_feed (struct emulator *self, const char *bytes, size_t size)
{
    char answers[256];
    vterm_input_write (self->vterm, bytes, size);
    while (vterm_output_read (self->vterm, answers, sizeof answers) > 0)
        ;
}

static size_t
encode (uint32_t codepoint, char *out)
{
    static const unsigned char leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    size_t size = codepoint < 0x80 ? 1 : codepoint < 0x800 ? 2 : codepoint < 0x10000 ? 3 : 4;
    for (size_t index = size - 1; index > 0; index--, codepoint >>= 6)
        out[index] = (char) (0x80 | (codepoint & 0x3F));
    out[0] = (char) (leads[size] | codepoint);
    return size;
}

static uint32_t
color_of (const VTermColor *color, bool is_default)
{
    if (is_default)
        return 0;
    if (VTERM_COLOR_IS_INDEXED (color))
        return UINT32_C (0x01000000) | color->indexed.idx;
    return UINT32_C (0x02000000) | (uint32_t) color->rgb.red << 16
           | (uint32_t) color->rgb.green << 8 | color->rgb.blue;
}

struct emulator_cell
emulator_cell (const struct emulator *self, int row, int column)
{
    VTermScreenCell cell;
    vterm_screen_get_cell (self->screen, (VTermPos){row, column}, &cell);
    struct emulator_cell shown = {
        .width = cell.width,
        .fg = color_of (&cell.fg, VTERM_COLOR_IS_DEFAULT_FG (&cell.fg)),
        .bg = color_of (&cell.bg, VTERM_COLOR_IS_DEFAULT_BG (&cell.bg)),
        .bold = cell.attrs.bold,
        .italic = cell.attrs.italic,
        .underline = cell.attrs.underline != VTERM_UNDERLINE_OFF,
        .reverse = cell.attrs.reverse,
        .strike = cell.attrs.strike,
    };
    if (cell.chars[0] == UINT32_MAX)
        return shown;
    if (cell.chars[0] == 0)
        shown.bytes[0] = ' ';
    size_t size = 0;
    for (int index = 0; index < VTERM_MAX_CHARS_PER_CELL && cell.chars[index]; index++)
        size += encode (cell.chars[index], shown.bytes + size);
    return shown;
}

void
emulator_cursor (const struct emulator *self, int *row, int *column, bool *visible)
{
    VTermPos place;
    vterm_state_get_cursorpos (vterm_obtain_state (self->vterm), &place);
    *row = place.row;
    *column = place.col;
    *visible = self->visible;
}

bool
emulator_is_alternate (const struct emulator *self)
{
    return self->alternate;
}
