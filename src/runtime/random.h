/* random.h: a small seeded generator (splitmix64), so that pure steps and the simulation get
 * their randomness as an argument and a seed replays. Not for secrets. Pure. */

#ifndef STUI_RUNTIME_RANDOM_H
#define STUI_RUNTIME_RANDOM_H

#include <stdint.h>

struct random_source {
    uint64_t state;
};

uint64_t random_next (struct random_source *self);
/* Evenly in [0, BOUND), 0 when BOUND is 0. */
uint64_t random_below (struct random_source *self, uint64_t bound);

#endif
