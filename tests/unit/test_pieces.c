/* test_pieces.c: lines out of pieces, as a reader of a transcript would put them together. */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/pieces.h"

/* The lines of TEXT as "one|two|" with what has no end yet behind the last bar, onto OUT; caller frees. */
static char *
take (struct pieces *pieces, char *out, const char *text)
{
    struct pieces_part part;
    while (pieces_next (pieces, &text, &part)) {
        char *more =
            stui_printf ("%s%.*s%s", out, (int) part.size, part.text, part.ends ? "|" : "");
        free (out);
        out = more;
    }
    return out;
}

Test (pieces, lines_end_with_any_of_three_wherever_the_pieces_are_cut)
{
    static const char *const texts[] = {"one\ntw", "o\r\nthree\r", "\n", "\nfour\r\r", "five"};
    struct pieces pieces = {0};
    char *out = stui_strdup ("");
    for (size_t index = 0; index < sizeof texts / sizeof *texts; index++)
        out = take (&pieces, out, texts[index]);
    cr_assert_str_eq (out, "one|two|three||four||five");
    free (out);
}

/* Symptom: `stui transcript -f` grew without bound on an image that never ended its line. */
Test (pieces, a_line_without_an_end_goes_on_in_another)
{
    enum { ROUNDS = 200, PIECE = 1000 };
    struct pieces pieces = {0};
    struct pieces_part part;
    size_t line = 0, most = 0, all = 0;
    char text[PIECE * 2 + 1];
    for (int index = 0; index < PIECE; index++)
        memcpy (text + 2 * index, "\xc3\xa9", 3);
    for (int round = 0; round < ROUNDS; round++)
        for (const char *rest = text; pieces_next (&pieces, &rest, &part);) {
            line += part.size;
            all += part.size;
            most = line > most ? line : most;
            line = part.ends ? 0 : line;
            cr_assert_eq (part.size % 2, 0, "a character was cut");
        }
    cr_assert_eq (most, PIECES_LINE_BYTES);
    cr_assert_eq (all, (size_t) ROUNDS * PIECE * 2);
}

Test (pieces, a_full_line_that_ends_then_brings_no_empty_one)
{
    struct pieces pieces = {.size = PIECES_LINE_BYTES};
    char *out = take (&pieces, stui_strdup (""), "\nnext\n");
    cr_assert_str_eq (out, "|next|");
    free (out);
}
