/* life.c: the table of life.h. Pure. */

#include "actors/life.h"

#include <assert.h>

static const struct {
    const char *word;
    enum stui_image_state state;
} phases[] = {
#define X(symbol, word, shown) [LIFE_##symbol] = {word, STUI_IMAGE_##shown},
    LIFE_PHASES (X)
#undef X
};
static_assert (sizeof phases / sizeof *phases == LIFE_PHASE_COUNT, "a row per phase");

/* A cell that was not written is {DISABLED, NOTHING}: it reads as "stay". */
#define GO(event, phase, action) [LIFE_EV_##event] = {LIFE_##phase, LIFE_DO_##action}

/* What any attempt has in common, from asking for the permit to the first ping … */
#define ENDS                                                                                       \
    GO (ANEW, PERMITTING, RESTART), GO (DISABLE, DISABLED, LET_GO), GO (TIME, WAITING, RETREAT),   \
        GO (CLOSED, WAITING, RETREAT), GO (REFUSED, FAILED, GIVE_UP)
/* … and until the image has answered: then there is nothing to be tried sooner. */
#define ATTEMPT GO (START, PERMITTING, RESTART), ENDS

static const struct life_step table[LIFE_PHASE_COUNT][LIFE_EV_COUNT] = {
    [LIFE_DISABLED] = {GO (START, PERMITTING, RESTART)},
    [LIFE_FAILED] = {GO (START, PERMITTING, RESTART), GO (DISABLE, DISABLED, LET_GO)},
    [LIFE_WAITING] = {GO (START, PERMITTING, RESTART), GO (DISABLE, DISABLED, LET_GO),
                      GO (TIME, PERMITTING, ASK_PERMIT)},
    /* No permit within its time: the attempt goes on without. */
    [LIFE_PERMITTING] = {GO (START, PERMITTING, NOTHING), GO (DISABLE, DISABLED, LET_GO),
                         GO (GRANTED, RESOLVING, RESOLVE), GO (TIME, RESOLVING, RESOLVE),
                         GO (REFUSED, FAILED, GIVE_UP)},
    [LIFE_RESOLVING] = {ATTEMPT, GO (RESOLVED, CONNECTING, OPEN), GO (UNRESOLVED, WAITING, RETREAT),
                        GO (BEHIND, TUNNELLING, TUNNEL)},
    [LIFE_TUNNELLING] = {ATTEMPT, GO (RESOLVED, CONNECTING, OPEN),
                         GO (UNRESOLVED, WAITING, RETREAT)},
    [LIFE_CONNECTING] = {ATTEMPT, GO (CONNECTED, HANDSHAKING, SHAKE),
                         GO (HANDSHAKEN, INTRODUCING, INTRODUCE)},
    [LIFE_HANDSHAKING] = {ATTEMPT, GO (HANDSHAKEN, INTRODUCING, INTRODUCE)},
    [LIFE_INTRODUCING] = {ATTEMPT, GO (INTRODUCED, JUDGING, JUDGE), GO (REP, PROVING, PROVE)},
    [LIFE_JUDGING] = {ENDS, GO (JUDGED, COUNTING, COUNT), GO (ALIAS, PROVING, PROVE)},
    [LIFE_COUNTING] = {ENDS, GO (COUNTED, CLAIMING, CLAIM), GO (UNCOUNTED, WAITING, RETREAT)},
    [LIFE_CLAIMING] = {ENDS, GO (CLAIMED, PROVING, PROVE)},
    [LIFE_PROVING] = {ENDS, GO (ANSWERED, LIVE, SERVE), GO (SILENT, WAITING, RETREAT)},
    [LIFE_LIVE] = {GO (ANEW, PERMITTING, RESTART), GO (DISABLE, DISABLED, LET_GO),
                   GO (CLOSED, WAITING, RETREAT), GO (SILENT, WAITING, RETREAT),
                   GO (REFUSED, FAILED, GIVE_UP)},
};

struct life_step
life_next (enum life_phase phase, enum life_event event)
{
    assert ((unsigned) phase < LIFE_PHASE_COUNT && (unsigned) event < LIFE_EV_COUNT);
    struct life_step step = table[phase][event];
    if (step.action == LIFE_DO_NOTHING)
        step.next = phase;
    return step;
}

const char *
life_phase_word (enum life_phase phase)
{
    return phases[phase].word;
}

enum stui_image_state
life_phase_state (enum life_phase phase)
{
    return phases[phase].state;
}
