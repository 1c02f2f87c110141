/* random.c: splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators,
 * 2014). Pure: a function of its state. */

#include "runtime/random.h"

uint64_t
random_next (struct random_source *self)
{
    uint64_t mixed = self->state += UINT64_C (0x9E3779B97F4A7C15);
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C (0xBF58476D1CE4E5B9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C (0x94D049BB133111EB);
    return mixed ^ (mixed >> 31);
}

uint64_t
random_below (struct random_source *self, uint64_t bound)
{
    if (bound == 0)
        return 0;
    /* The first 2^64 mod BOUND values would come up once more often than the others: skipped. */
    uint64_t uneven = -bound % bound;
    uint64_t value;
    do
        value = random_next (self);
    while (value < uneven);
    return value % bound;
}
