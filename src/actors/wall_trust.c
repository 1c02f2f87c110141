/* wall_trust.c: see wall_trust.h. */

#include "actors/wall_trust.h"

#include "runtime/json.h"

void
wall_trust_load (struct wall_trust *self, const struct json *saved)
{
    *self = (struct wall_trust){.trusted_ms = json_get_number (saved, "trusted_ms", 0),
                                .doubted_ms = json_get_number (saved, "doubted_ms", 0)};
}

struct json *
wall_trust_save (const struct wall_trust *self)
{
    struct json *saved = json_object ();
    json_set_number (saved, "trusted_ms", self->trusted_ms);
    json_set_number (saved, "doubted_ms", self->doubted_ms);
    return saved;
}

int64_t
wall_trust_look (struct wall_trust *self, int64_t ran_ms, int64_t wall_ms)
{
    int64_t passed_ms = self->ran_ms > 0 && ran_ms > self->ran_ms ? ran_ms - self->ran_ms : 0;
    self->ran_ms = ran_ms;
    bool doubts = self->trusted_ms > 0
                  && wall_ms - (self->trusted_ms + passed_ms) > WALL_TRUST_AHEAD_MS
                  && self->doubted_ms + passed_ms < WALL_TRUST_RUN_MS;
    self->trusted_ms = doubts ? self->trusted_ms + passed_ms : wall_ms;
    /* At least 1: it is a doubt from the first look on. */
    self->doubted_ms = doubts ? self->doubted_ms + (passed_ms > 0 ? passed_ms : 1) : 0;
    return self->trusted_ms;
}

bool
wall_trust_doubts (const struct wall_trust *self)
{
    return self->doubted_ms > 0;
}
