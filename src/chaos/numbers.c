/* numbers.c: see numbers.h. Pure. */

#include "chaos/numbers.h"

#include <stdlib.h>

static int
number_compare (const void *one_p, const void *other_p)
{
    int64_t one = *(const int64_t *) one_p, other = *(const int64_t *) other_p;
    return one < other ? -1 : one > other;
}

void
numbers_sort (int64_t *numbers, size_t count)
{
    if (count > 0)
        qsort (numbers, count, sizeof *numbers, number_compare);
}
