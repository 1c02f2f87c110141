/* golden.h: golden screens: a screen in four sizes, as text, and as a map of styles for terminals with
 * colours and without, compared with what tests/golden holds; a program run with STUI_GOLDEN=write
 * (make golden) writes them anew. */

#ifndef TESTS_UNIT_GOLDEN_H
#define TESTS_UNIT_GOLDEN_H

#include "unit/ui_fixture.h"

#include <errno.h>
#include <sys/stat.h>

#include "runtime/path.h"

#define GOLDEN "tests/golden"

static const struct {
    int columns, rows;
} golden_sizes[] = {{40, 10}, {80, 24}, {120, 40}, {200, 50}};

/* A letter for each style that is seen, in the order of their coming. */
struct golden_legend {
    struct style styles[40];
    int count;
};

static inline char
golden_letter (struct golden_legend *legend, const struct cell *cell)
{
    int index = 0;
    while (index < legend->count
           && (legend->styles[index].fg != cell->fg || legend->styles[index].bg != cell->bg
               || legend->styles[index].attributes != cell->attributes))
        index++;
    cr_assert_lt (index, 40);
    if (index == legend->count)
        legend->styles[legend->count++] = (struct style){cell->fg, cell->bg, cell->attributes};
    return (char) (index < 26 ? 'a' + index : 'A' + index - 26);
}

/* The grid's text, then its styles, a letter a cell, the default left blank. */
static inline char *
golden_text (const struct grid *grid)
{
    struct golden_legend legend = {.count = 1};
    char *out = NULL, *text = grid_to_text (grid);
    size_t size;
    FILE *file = open_memstream (&out, &size);
    fprintf (file, "%s\n", text);
    for (int row = 0; row < grid->rows; row++) {
        char line[GRID_COLUMNS_MAX + 1];
        int length = 0;
        for (int column = 0; column < grid->columns; column++) {
            char letter = golden_letter (&legend, grid_at (grid, row, column));
            line[column] = letter == 'a' ? ' ' : letter;
            length = letter == 'a' ? length : column + 1;
        }
        fprintf (file, "%.*s\n", length, line);
    }
    for (int index = 1; index < legend.count; index++)
        fprintf (file, "%c fg %08x bg %08x attributes %02x\n",
                 index < 26 ? 'a' + index : 'A' + index - 26, legend.styles[index].fg,
                 legend.styles[index].bg, legend.styles[index].attributes);
    fclose (file);
    free (text);
    return out;
}

static inline void
golden_check (struct stage *stage, const char *name, int columns, int rows, bool mono)
{
    char path[120];
    snprintf (path, sizeof path, GOLDEN "/%s-%dx%d-%s.txt", name, columns, rows,
              mono ? "mono" : "color");
    struct grid grid;
    grid_init (&grid, rows, columns);
    grid.theme = mono ? STUI_THEME_MONO : STUI_THEME_TERMINAL;
    ui_draw (&stage->ui, &grid);
    char *is = golden_text (&grid);
    grid_fini (&grid);
    const char *mode = getenv ("STUI_GOLDEN");
    struct stui_cause cause = {0};
    if (mode && strcmp (mode, "write") == 0) {
        cr_assert (mkdir (GOLDEN, 0755) == 0 || errno == EEXIST);
        cr_assert_eq (path_replace (path, is, strlen (is), 0644, &cause), 0, "%s", cause.text);
    }
    else {
        char *should = path_read (path, 1 << 20, &cause);
        cr_assert_not_null (should, "%s; make golden writes it", cause.text);
        cr_assert_str_eq (is, should, "%s differs: make golden, then look at the difference", path);
        free (should);
    }
    free (is);
}

/* Shows the screen once, and looks at it in each size; the next SHOW begins anew. */
static inline void
golden_check_all (struct stage *stage, const char *name, void (*show) (void))
{
    for (size_t index = 0; index < sizeof golden_sizes / sizeof *golden_sizes; index++)
        for (int mono = 0; mono < 2; mono++) {
            show ();
            golden_check (stage, name, golden_sizes[index].columns, golden_sizes[index].rows, mono);
            stage_close (stage);
        }
}

#endif
