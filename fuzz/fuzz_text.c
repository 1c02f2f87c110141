/* fuzz_text.c: text of any origin. Its clusters are harmless and bounded; what was cut to a width
 * keeps it; stepping back comes by the same places; drawing it leaves a grid whole, and what the
 * renderer makes of that has only the escapes that it means to write. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/utf8.h"
#include "ui/present.h"
#include "ui/text.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* No control, no C1 control, no direction, nothing but UTF-8. */
static void
check_harmless (const char *bytes, size_t size)
{
    assert (utf8_is_valid (bytes, size));
    for (size_t at = 0; at < size; at++) {
        unsigned char byte = (unsigned char) bytes[at];
        assert (byte >= 0x20 && byte != 0x7F);
        assert (byte != 0xC2 || (unsigned char) bytes[at + 1] >= 0xA0);
        assert (byte != 0xE2 || memcmp (bytes + at, "\u202E", 3) != 0);
    }
}

static void
check_clusters (const char *text, size_t size)
{
    struct text_cluster cluster;
    size_t at = 0, column = 0, taken, last = 0;
    while ((taken = text_next (text + at, size - at, column, &cluster)) > 0) {
        assert (taken <= TEXT_SPAN_MAX && cluster.size > 0 && cluster.size <= TEXT_CLUSTER_MAX);
        assert (cluster.width >= 1 && (cluster.width <= 2 || cluster.bytes[0] == ' '));
        check_harmless (cluster.bytes, cluster.size);
        at += taken;
        column += cluster.width;
        last = taken;
    }
    assert (at == size);
    if (size < TEXT_SPAN_MAX)
        assert (text_previous (text, size, size) == last);
    for (size_t back = size, steps = 0; back > 0 && steps < 50; steps++) {
        size_t step = text_previous (text, size, back);
        assert (step > 0 && step <= back);
        back -= step;
    }
    for (size_t word = 0; word < size; word = text_word_end (text, size, word))
        assert (text_word_start (text, size, word) <= word);
}

static void
check_cut (const char *text, size_t size, size_t columns, bool ascii)
{
    char out[256];
    size_t width = text_cut (text, size, columns, ascii, out, sizeof out);
    assert (width <= columns);
    check_harmless (out, strlen (out));
    assert (text_width (out, strlen (out), columns + 1) == width);
    assert (text_fit (text, size, columns, &width) <= size && width <= columns);
}

static void
check_drawn (const char *text, size_t size, int column)
{
    struct grid grid;
    struct present present;
    struct buffer out = {0};
    grid_init (&grid, 4, 30);
    present_init (&present, COLOR_16);
    struct rect area = {1, 2, 2, 25};
    grid_text (&grid, area, 0, column, (struct style){0}, text, size);
    grid_field (&grid, area, 1, 0, 20, (struct style){0}, text, size);
    for (int index = 0; index < 4 * 30; index++)
        check_harmless (grid.cells[index].bytes, grid.cells[index].size);
    present_frame (&present, &grid, &out);
    assert (present_frame (&present, &grid, &out) == 0);
    buffer_fini (&out);
    present_fini (&present);
    grid_fini (&grid);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    char *text = malloc (size - 1); /* its own block, so that reading beyond it is noticed */
    memcpy (text, data + 1, size - 1);
    check_clusters (text, size - 1);
    check_cut (text, size - 1, data[0] % 64, data[0] & 64);
    check_drawn (text, size - 1, (signed char) data[0] / 4);
    size_t length;
    char *clean = text_clean (text, size - 1, &length);
    assert (utf8_is_valid (clean, length) && strlen (clean) == length && !strchr (clean, '\r'));
    free (clean);
    free (text);
    return 0;
}
