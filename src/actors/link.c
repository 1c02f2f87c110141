/* link.c: see link.h. Pure. */

#include "actors/link.h"

#include <assert.h>

/* What is said of it: nothing, something only when it has lasted, something at once. */
enum telling { QUIET, LATER, SAY };

struct row {
    enum link_state next;
    enum link_act act;
    enum telling telling;
    bool is_expected;
};

#define ON(event, next, act, telling) [LINK_##event] = {LINK_##next, LINK_DO_##act, telling, true}

static const struct row table[LINK_STATE_COUNT][LINK_EVENT_COUNT] = {
    [LINK_APART] = {ON (CONNECTED, GREETING, GREET, QUIET), ON (NOBODY, LAUNCHING, LAUNCH, SAY),
                    ON (HELD, PAUSED, NOTHING, LATER), ON (FAILED, PAUSED, NOTHING, SAY)},
    [LINK_LAUNCHING] = {ON (READY, APART, TRY, QUIET), ON (LOST_RACE, PAUSED, DROP, QUIET),
                        ON (NO_OWNER, PAUSED, DROP, SAY), ON (TIME, PAUSED, DROP, SAY)},
    /* One that closes before it has greeted was just leaving. */
    [LINK_GREETING] = {ON (GREETED, LINKED, ANNOUNCE, QUIET), ON (CLOSED, PAUSED, DROP, LATER),
                       ON (MISMATCHED, REFUSED, DROP, SAY), ON (FAILED, PAUSED, DROP, SAY),
                       ON (DISMISSED, STOPPED, DROP, SAY), ON (TIME, PAUSED, DROP, SAY)},
    [LINK_LINKED] = {ON (CLOSED, PAUSED, DROP, SAY), ON (DISMISSED, STOPPED, DROP, SAY)},
    [LINK_PAUSED] = {ON (TIME, APART, TRY, QUIET), ON (WAKE, APART, TRY, QUIET)},
    [LINK_REFUSED] = {ON (TIME, PEEKING, TRY, QUIET), ON (WAKE, APART, TRY, QUIET)},
    [LINK_PEEKING] = {ON (CONNECTED, GREETING, GREET, QUIET), ON (NOBODY, REFUSED, NOTHING, QUIET),
                      ON (HELD, REFUSED, NOTHING, QUIET), ON (FAILED, REFUSED, NOTHING, QUIET)},
    [LINK_STOPPED] = {ON (TIME, LOOKING, TRY, QUIET), ON (WAKE, APART, TRY, QUIET),
                      ON (WANTED, APART, TRY, QUIET)},
    [LINK_LOOKING] = {ON (CONNECTED, GREETING, GREET, QUIET), ON (NOBODY, STOPPED, NOTHING, QUIET),
                      ON (HELD, STOPPED, NOTHING, QUIET), ON (FAILED, STOPPED, NOTHING, QUIET)},
};
static_assert (sizeof table == sizeof (struct row) * LINK_STATE_COUNT * LINK_EVENT_COUNT,
               "a row per state and event");

void
link_begin (struct link *self, int64_t now_ms)
{
    *self = (struct link){
        .state = LINK_APART,
        .deadline_ms = STUI_NEVER,
        .since_ms = now_ms,
        .pause_ms = LINK_PAUSE_FIRST_MS,
        .look_ms = LINK_LOOK_MS,
    };
}

/* A pause, doubled for the next time. */
static int64_t
link_pause (struct link *self)
{
    int64_t pause_ms = self->pause_ms;
    self->pause_ms = pause_ms * 2 < LINK_PAUSE_MOST_MS ? pause_ms * 2 : LINK_PAUSE_MOST_MS;
    return pause_ms;
}

/* The same between looks. */
static int64_t
link_look (struct link *self)
{
    int64_t look_ms = self->look_ms;
    self->look_ms = look_ms * 2 < LINK_LOOK_MOST_MS ? look_ms * 2 : LINK_LOOK_MOST_MS;
    return look_ms;
}

static int64_t
link_patience (struct link *self)
{
    switch (self->state) {
    case LINK_LAUNCHING:
        return LINK_LAUNCH_MS;
    case LINK_GREETING:
        return LINK_HELLO_MS;
    case LINK_PAUSED:
        return link_pause (self);
    case LINK_STOPPED:
        return LINK_LOOK_MS;
    case LINK_REFUSED:
        return link_look (self);
    default:
        return -1;
    }
}

struct link_step
link_take (struct link *self, enum link_event event, int64_t now_ms)
{
    const struct row *row = &table[self->state][event];
    if (!row->is_expected)
        return (struct link_step){LINK_DO_NOTHING, false};
    int64_t lasted_ms = now_ms - self->since_ms;
    bool was_linked = self->state == LINK_LINKED;
    bool held = was_linked && lasted_ms >= LINK_STEADY_MS;
    if (held || event == LINK_WAKE)
        self->pause_ms = LINK_PAUSE_FIRST_MS;
    self->state = row->next;
    if (self->state == LINK_LINKED || event == LINK_WAKE)
        self->look_ms = LINK_LOOK_MS;
    if (was_linked || self->state == LINK_LINKED)
        self->since_ms = now_ms;
    bool at_once = held && self->state == LINK_PAUSED;
    int64_t patience_ms = at_once ? 0 : link_patience (self);
    self->deadline_ms = patience_ms < 0 ? STUI_NEVER : now_ms + patience_ms;
    bool is_said = row->telling == SAY || (row->telling == LATER && lasted_ms >= LINK_HELD_MS);
    return (struct link_step){row->act, is_said};
}
