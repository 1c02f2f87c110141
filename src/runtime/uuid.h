/* uuid.h: UUIDs as lower-case text, version 7 (RFC 9562): strictly rising per generator. Pure. */

#ifndef STUI_RUNTIME_UUID_H
#define STUI_RUNTIME_UUID_H

#include <stdbool.h>
#include <stdint.h>
#include <stui/types.h>

struct random_source;

/* One generator, owned by whoever needs rising ids. Zeroed is a good start. */
struct uuid_source {
    int64_t last_ms;
    uint32_t counter; /* rises within a millisecond; carries into the time when it overflows */
};

/* The next id; strictly greater, as text, than all before from SELF, even when WALL_MS falls. */
void uuid_next (struct uuid_source *self, int64_t wall_ms, struct random_source *random,
                char text[STUI_UUID_LEN + 1]);

/* Starts SELF at AFTER (an id handed out by an earlier run), so that the next one is greater. */
void uuid_after (struct uuid_source *self, const char *after);

/* Whether TEXT is a UUID in lower-case text form, of any version. */
bool uuid_is_valid (const char *text);

#endif
