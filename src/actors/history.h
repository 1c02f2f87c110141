/* history.h: the connections of an image over time: how long each lasted, why it ended, and what
 * becomes of them: availability, time between failures, time to reconnect; over a day, a week, for
 * ever. Pure but for the heap: told the time.
 *
 * A connection begins when stui wants the image, not when it has it: first it is down, then up, then
 * it has ended. So the row of a connection knows the outage before it. As JSON, and in the database:
 *
 *     {"seq":7,"from_ms":…,"down_ms":830,"online_at_ms":…,"up_ms":5000,"ended_at_ms":…,"attempts":3,
 *      "reconnect":true,"failed":true,"cause":"closed","text":"the connection was closed …"}
 *
 * Times of day (from, online_at, ended_at; 0: not yet) are the wall clock's and only say when it
 * was; durations are measured by the clock that only rises. A row that is later than now, of a clock
 * that was set back since, counts as just over. Time in which stui did not run is in no row.
 *
 * When there are more rows than HISTORY_KEPT the oldest are folded into the sums of their (UTC)
 * days, and days older than HISTORY_DAYS into the sum for ever. A sum has its times to reconnect
 * rounded to two digits, with a count each: some dozens, whatever comes. */

#ifndef STUI_ACTORS_HISTORY_H
#define STUI_ACTORS_HISTORY_H

#include <stui/types.h>

struct json;

enum {
    HISTORY_KEPT = 200,      /* connections kept one by one */
    HISTORY_FOLD_EVERY = 64, /* so many more are there before the oldest are folded */
    HISTORY_DAYS = 31,       /* days whose sums are kept */
    HISTORY_BINS_MAX = 1000, /* of two digits each up to 10^12 ms: more cannot be */
};

/* Causes of an end that are no failure; the others are troubles (trouble.h). */
#define HISTORY_ASKED      "asked"      /* retried, while it was up */
#define HISTORY_LET_GO     "let_go"     /* disabled */
#define HISTORY_STUI_ENDED "stui_ended" /* stopped, or killed: ended when it last ran */

struct history_row {
    uint64_t seq;
    int64_t from_ms, online_at_ms, ended_at_ms; /* wall */
    int64_t down_ms, up_ms;
    int64_t attempts;
    bool reconnect; /* it followed a failure: its down_ms is a time to reconnect */
    bool failed;    /* it ended by a failure */
    char cause[24];
    char text[STUI_CAUSE_MAX];
};

/* It went on for ELAPSED_MS as it is. */
void history_row_advance (struct history_row *self, int64_t elapsed_ms);
/* It ended at WALL_MS; CAUSE and TEXT are copied. */
void history_row_end (struct history_row *self, int64_t wall_ms, bool failed, const char *cause,
                      const char *text);

/* Caller owns. */
struct json *history_row_to_json (const struct history_row *self);
/* False when JSON is no row. */
bool history_row_from_json (struct history_row *self, const struct json *json);

/* A time to reconnect, and how often it was met. */
struct history_bin {
    int64_t ms, count;
};

struct history_sum {
    int64_t day; /* since 1970; unused in the sum for ever */
    int64_t up_ms, down_ms, connections, failures;
    struct history_bin *bins; /* owned; rising */
    size_t bin_count, bin_capacity;
};

/* What rows were folded into. Zeroed: nothing yet. */
struct history {
    uint64_t folded;          /* the last row that is in it */
    struct history_sum *days; /* owned; rising */
    size_t day_count, day_capacity;
    struct history_sum ever; /* older than all days */
};

void history_fini (struct history *self);

/* Folds a row that ended. */
void history_fold (struct history *self, const struct history_row *row, int64_t now_ms);

struct json *history_to_json (const struct history *self);
void history_from_json (struct history *self, const struct json *json); /* SELF is zeroed */

/* Puts "day", "week" and "ever" into REPORT, of the sums and COUNT rows that are not in them, the
 * last perhaps still going on:
 * {up_ms, down_ms, availability, connections, failures, mtbf_ms, reconnects, reconnect_p50_ms,
 * reconnect_p99_ms}; availability is of 1; null where there is nothing to judge by. */
void history_report (const struct history *self, const struct history_row *rows, size_t count,
                     int64_t now_ms, struct json *report);

#endif
