/* scenario.h: a scenario of chaos: which faults hit whom, when and how often; a file in the form of
 * the configuration's (INI), docs/chaos.md tells how to write one. Pure but for the heap.
 *
 *     [scenario]
 *     about = The wireless network comes and goes
 *     [fault "cut"]
 *     what = reset
 *     who = each
 *     every_ms = 4000 */

#ifndef STUI_CHAOS_SCENARIO_H
#define STUI_CHAOS_SCENARIO_H

#include <stui/types.h>

/* On what a fault acts. */
enum fault_place { FAULT_ON_LINK, FAULT_ON_PROCESS, FAULT_ON_STUI };

/* X (symbol, "word", place, whether it lasts, lowest and highest amount (0, 0: takes none),
 * "what the amount is") */
#define FAULTS(X)                                                                                  \
    X (DOWN, "down", FAULT_ON_LINK, true, 0, 0, "")                                                \
    X (REFUSE, "refuse", FAULT_ON_LINK, true, 0, 0, "")                                            \
    X (RESET, "reset", FAULT_ON_LINK, false, 0, 0, "")                                             \
    X (BLACK_HOLE, "black-hole", FAULT_ON_LINK, true, 0, 0, "")                                    \
    X (HALF_CLOSE, "half-close", FAULT_ON_LINK, false, 0, 0, "")                                   \
    X (LATENCY, "latency", FAULT_ON_LINK, true, 1, 60000, "ms")                                    \
    X (BANDWIDTH, "bandwidth", FAULT_ON_LINK, true, 10, 1000000000, "bytes a second")              \
    X (SLICE, "slice", FAULT_ON_LINK, true, 1, 65536, "bytes")                                     \
    X (CORRUPT, "corrupt", FAULT_ON_LINK, true, 1, 1000000000, "bytes of which one is spoilt")     \
    X (LIMIT, "limit", FAULT_ON_LINK, true, 1, 1000000000, "bytes")                                \
    X (SLOW_CLOSE, "slow-close", FAULT_ON_LINK, false, 1, 60000, "ms")                             \
    X (KILL, "kill", FAULT_ON_PROCESS, true, 0, 0, "")                                             \
    X (STOP, "stop", FAULT_ON_PROCESS, true, 0, 0, "")                                             \
    X (SNAPSHOT, "snapshot", FAULT_ON_PROCESS, true, 0, 0, "")                                     \
    X (KILL_STUI, "kill-stui", FAULT_ON_STUI, true, 0, 0, "")                                      \
    X (TAKE_OVER, "take-over", FAULT_ON_STUI, false, 0, 0, "")

enum fault_kind {
#define X(symbol, word, place, lasts, low, high, unit) FAULT_##symbol,
    FAULTS (X)
#undef X
        FAULT_KIND_COUNT
};

struct fault_row {
    const char *word;
    enum fault_place place;
    bool lasts; /* takes for_ms */
    int64_t low, high;
    const char *unit;
};

extern const struct fault_row fault_rows[FAULT_KIND_COUNT];

/* Which of a link's two directions. */
enum fault_way { FAULT_BOTH, FAULT_UP, FAULT_BACK, FAULT_WAY_COUNT }; /* up: to the image */

enum fault_who {
    FAULT_EACH, /* each image by a clock of its own */
    FAULT_ONE,  /* one, another each time */
    FAULT_HALF, /* a half of them, another each time, at once */
    FAULT_ALL,  /* all at once */
    FAULT_WHO_COUNT
};

enum { SCENARIO_NAME_MAX = 40, SCENARIO_ABOUT_MAX = 160, SCENARIO_FAULTS_MAX = 32 };

/* A [fault] section. */
struct scenario_fault {
    char name[SCENARIO_NAME_MAX + 1];
    int line; /* of its header */
    enum fault_kind what;
    enum fault_who who;
    enum fault_way way;
    int64_t first_ms, every_ms, jitter_ms, for_ms;
    int64_t chance; /* in a hundred, each time */
    int64_t amount;
};

struct scenario {
    char about[SCENARIO_ABOUT_MAX + 1];
    int64_t sessions; /* of an image, at most */
    int64_t pace_ms;  /* between a session's answer and its next evaluation */
    struct scenario_fault faults[SCENARIO_FAULTS_MAX];
    size_t count;
};

/* Whether one of its faults is of this kind. */
bool scenario_has (const struct scenario *scenario, enum fault_kind what);

/* Parses TEXT (of the file NAME, for messages). 0, or MALFORMED with CAUSE: file, line, what is wrong
 * and what was expected. */
int scenario_parse (const char *text, const char *name, struct scenario *scenario,
                    struct stui_cause *cause);

#endif
