/* wall_trust.h: which time it is, for whoever drops what is old. A machine that starts with a wrong clock
 * has made no jump that anybody could see: so what the time was when stui last ran is kept, and a clock that
 * is much further ahead is believed only once stui has run under it for a day. Until then nothing is old by
 * it, and the time goes on from where it was, as fast as stui runs. A clock that is behind makes nothing old
 * and is believed at once. Pure but for the heap. */

#ifndef STUI_ACTORS_WALL_TRUST_H
#define STUI_ACTORS_WALL_TRUST_H

#include <stui/types.h>

struct json;

#define WALL_TRUST_AHEAD_MS INT64_C (604800000) /* a week: further ahead is doubted */
#define WALL_TRUST_RUN_MS   INT64_C (86400000)  /* under a doubted one, until it is believed */

/* Embedded. Zeroed: nothing is known, so that the first look is believed. */
struct wall_trust {
    int64_t trusted_ms; /* the time that was believed at the last look; 0: none */
    int64_t
        ran_ms; /* of a clock that counts while stui runs: at the last look; 0: none in this run */
    int64_t doubted_ms; /* how long stui has run under a clock that is doubted; 0: none is */
};

/* What was kept of an earlier run, as wall_trust_save made it; NULL: nothing. */
void wall_trust_load (struct wall_trust *self, const struct json *saved);
/* {trusted_ms, doubted_ms}; caller owns. */
struct json *wall_trust_save (const struct wall_trust *self);

/* The time that is believed, at RAN_MS (> 0) of a clock that counts while stui runs and WALL_MS of
 * the wall's. */
int64_t wall_trust_look (struct wall_trust *self, int64_t ran_ms, int64_t wall_ms);

bool wall_trust_doubts (const struct wall_trust *self);

#endif
