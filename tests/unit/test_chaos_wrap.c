/* test_chaos_wrap.c: lists of chaos in 80 columns. */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "chaos/wrap.h"

static char *text;
static size_t size;

/* Each line of TEXT fits into a terminal of 80 columns. */
static void
expect_narrow (void)
{
    for (const char *line = text; *line != '\0'; line += strcspn (line, "\n") + 1)
        cr_expect_leq (strcspn (line, "\n"), 79, "%.90s", line);
}

Test (chaos_wrap, a_list_goes_on_in_another_line_where_it_does_not_fit)
{
    struct wrap wrap;
    FILE *out = open_memstream (&text, &size);
    wrap_begin (&wrap, out, 5, "list:");
    for (int i = 1; i <= 12; i++)
        wrap_put (&wrap, "%d word-%02d,", i, i);
    wrap_end (&wrap);
    fclose (out);
    cr_expect_str_eq (text, "list: 1 word-01, 2 word-02, 3 word-03, 4 word-04, 5 word-05, "
                            "6 word-06,\n     7 word-07, 8 word-08, 9 word-09, 10 word-10, "
                            "11 word-11, 12 word-12,\n");
    expect_narrow ();
    free (text);
}
