/* history.c: see history.h. From top to bottom: rows, sums, folding, what is reported. */

#include "actors/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"

static const int64_t day_ms = INT64_C (86400000);

/* ---- Rows ------------------------------------------------------------------------------------ */

void
history_row_advance (struct history_row *self, int64_t elapsed_ms)
{
    if (elapsed_ms <= 0 || self->ended_at_ms > 0)
        return;
    if (self->online_at_ms > 0)
        self->up_ms += elapsed_ms;
    else
        self->down_ms += elapsed_ms;
}

void
history_row_end (struct history_row *self, int64_t wall_ms, bool failed, const char *cause,
                 const char *text)
{
    self->ended_at_ms = wall_ms;
    self->failed = failed;
    snprintf (self->cause, sizeof self->cause, "%s", cause);
    snprintf (self->text, sizeof self->text, "%s", text);
}

struct json *
history_row_to_json (const struct history_row *self)
{
    struct json *json = json_object ();
    json_set_number (json, "seq", (int64_t) self->seq);
    json_set_number (json, "from_ms", self->from_ms);
    json_set_number (json, "down_ms", self->down_ms);
    json_set_number (json, "online_at_ms", self->online_at_ms);
    json_set_number (json, "up_ms", self->up_ms);
    json_set_number (json, "ended_at_ms", self->ended_at_ms);
    json_set_number (json, "attempts", self->attempts);
    json_set_bool (json, "reconnect", self->reconnect);
    json_set_bool (json, "failed", self->failed);
    json_set_text (json, "cause", self->ended_at_ms > 0 ? self->cause : NULL);
    json_set_text (json, "text", self->ended_at_ms > 0 ? self->text : NULL);
    return json;
}

/* A number of JSON that is not negative. */
static int64_t
number_of (const struct json *json, const char *key)
{
    int64_t value = json_get_number (json, key, 0);
    return value > 0 ? value : 0;
}

bool
history_row_from_json (struct history_row *self, const struct json *json)
{
    const char *cause = json_get_text (json, "cause"), *text = json_get_text (json, "text");
    *self = (struct history_row){
        .seq = (uint64_t) number_of (json, "seq"),
        .from_ms = number_of (json, "from_ms"),
        .down_ms = number_of (json, "down_ms"),
        .online_at_ms = number_of (json, "online_at_ms"),
        .up_ms = number_of (json, "up_ms"),
        .ended_at_ms = number_of (json, "ended_at_ms"),
        .attempts = number_of (json, "attempts"),
        .reconnect = json_get_bool (json, "reconnect", false),
        .failed = json_get_bool (json, "failed", false),
    };
    snprintf (self->cause, sizeof self->cause, "%s", cause ? cause : "");
    snprintf (self->text, sizeof self->text, "%s", text ? text : "");
    return self->seq > 0 && self->from_ms > 0;
}

/* ---- When it was ----------------------------------------------------------------------------- */

struct span {
    int64_t from, to; /* wall */
};

/* LENGTH from FROM on; not later than NOW, whatever the clock was set to then. */
static struct span
span_of (int64_t from, int64_t length, int64_t now)
{
    int64_t late = from + length > now ? from + length - now : 0;
    return (struct span){from - late, from - late + length};
}

static struct span
row_up (const struct history_row *row, int64_t now)
{
    return span_of (row->online_at_ms > 0 ? row->online_at_ms : row->from_ms, row->up_ms, now);
}

/* It ends where the time up begins, or by itself. */
static struct span
row_down (const struct history_row *row, int64_t now)
{
    if (row->online_at_ms == 0)
        return span_of (row->from_ms, row->down_ms, now);
    int64_t to = row_up (row, now).from;
    return (struct span){to - row->down_ms, to};
}

static int64_t
row_end (const struct history_row *row, int64_t now)
{
    return row->online_at_ms > 0 ? row_up (row, now).to : row_down (row, now).to;
}

static int64_t
span_within (struct span span, int64_t from, int64_t to)
{
    int64_t begin = span.from > from ? span.from : from, end = span.to < to ? span.to : to;
    return end > begin ? end - begin : 0;
}

/* ---- Sums ------------------------------------------------------------------------------------ */

static void
sum_fini (struct history_sum *self)
{
    free (self->bins);
}

static void
sum_add_time (struct history_sum *self, int64_t ms, int64_t count)
{
    size_t at = 0;
    while (at < self->bin_count && self->bins[at].ms < ms)
        at++;
    if (at < self->bin_count && self->bins[at].ms == ms) {
        self->bins[at].count += count;
        return;
    }
    stui_grow (&self->bins, &self->bin_capacity, self->bin_count, sizeof *self->bins);
    memmove (self->bins + at + 1, self->bins + at, (self->bin_count++ - at) * sizeof *self->bins);
    self->bins[at] = (struct history_bin){ms, count};
}

static int64_t
share_of (int64_t value, double share)
{
    return (int64_t) ((double) value * share + 0.5);
}

/* SHARE (of 1) of OTHER. */
static void
sum_add (struct history_sum *self, const struct history_sum *other, double share)
{
    self->up_ms += share_of (other->up_ms, share);
    self->down_ms += share_of (other->down_ms, share);
    self->connections += share_of (other->connections, share);
    self->failures += share_of (other->failures, share);
    for (size_t index = 0; index < other->bin_count; index++)
        sum_add_time (self, other->bins[index].ms, share_of (other->bins[index].count, share));
}

/* What of ROW is between FROM and TO. */
static void
sum_add_row (struct history_sum *self, const struct history_row *row, int64_t from, int64_t to,
             int64_t now, int64_t reconnect_ms)
{
    struct span up = row_up (row, now);
    int64_t end = row_end (row, now);
    self->up_ms += span_within (up, from, to);
    self->down_ms += span_within (row_down (row, now), from, to);
    self->failures += row->failed && end >= from && end < to;
    if (row->online_at_ms == 0 || up.from < from || up.from >= to)
        return;
    self->connections++;
    if (row->reconnect)
        sum_add_time (self, reconnect_ms, 1);
}

/* Two digits are kept. */
static int64_t
time_round (int64_t ms)
{
    int64_t unit = 1;
    while (ms / unit >= 100)
        unit *= 10;
    return (ms + unit / 2) / unit * unit;
}

/* ---- Folding --------------------------------------------------------------------------------- */

void
history_fini (struct history *self)
{
    for (size_t index = 0; index < self->day_count; index++)
        sum_fini (&self->days[index]);
    free (self->days);
    sum_fini (&self->ever);
    *self = (struct history){0};
}

static struct history_sum *
history_day (struct history *self, int64_t day)
{
    size_t at = 0;
    while (at < self->day_count && self->days[at].day < day)
        at++;
    if (at < self->day_count && self->days[at].day == day)
        return &self->days[at];
    stui_grow (&self->days, &self->day_capacity, self->day_count, sizeof *self->days);
    memmove (self->days + at + 1, self->days + at, (self->day_count++ - at) * sizeof *self->days);
    self->days[at] = (struct history_sum){.day = day};
    return &self->days[at];
}

/* Days that are too old, and those of a clock that was ahead, become part of the sum for ever. */
static void
history_prune (struct history *self, int64_t today)
{
    for (size_t index = self->day_count; index-- > 0;) {
        struct history_sum day = self->days[index];
        if (day.day <= today && day.day > today - HISTORY_DAYS)
            continue;
        sum_add (&self->ever, &day, 1);
        sum_fini (&day);
        self->day_count--;
        memmove (self->days + index, self->days + index + 1,
                 (self->day_count - index) * sizeof *self->days);
    }
}

void
history_fold (struct history *self, const struct history_row *row, int64_t now_ms)
{
    int64_t today = now_ms / day_ms, oldest = today - HISTORY_DAYS + 1;
    int64_t first = row_down (row, now_ms).from / day_ms, rounded = time_round (row->down_ms);
    if (first < oldest)
        sum_add_row (&self->ever, row, INT64_MIN / 2, oldest * day_ms, now_ms, rounded);
    for (int64_t day = first > oldest ? first : oldest; day <= row_end (row, now_ms) / day_ms;
         day++)
        sum_add_row (history_day (self, day), row, day * day_ms, (day + 1) * day_ms, now_ms,
                     rounded);
    if (row->seq > self->folded)
        self->folded = row->seq;
    history_prune (self, today);
}

static struct json *
sum_to_json (const struct history_sum *self)
{
    struct json *json = json_object (), *bins = json_array ();
    json_set_number (json, "day", self->day);
    json_set_number (json, "up_ms", self->up_ms);
    json_set_number (json, "down_ms", self->down_ms);
    json_set_number (json, "connections", self->connections);
    json_set_number (json, "failures", self->failures);
    for (size_t index = 0; index < self->bin_count; index++) {
        json_push (bins, json_number (self->bins[index].ms));
        json_push (bins, json_number (self->bins[index].count));
    }
    json_set (json, "reconnects", bins);
    return json;
}

static void
sum_from_json (struct history_sum *self, const struct json *json)
{
    *self = (struct history_sum){
        .day = json_get_number (json, "day", 0),
        .up_ms = number_of (json, "up_ms"),
        .down_ms = number_of (json, "down_ms"),
        .connections = number_of (json, "connections"),
        .failures = number_of (json, "failures"),
    };
    const struct json *bin = json_first (json_get (json, "reconnects"));
    for (; bin && json_next (bin) && self->bin_count < HISTORY_BINS_MAX;
         bin = json_next (json_next (bin)))
        sum_add_time (self, json_value (bin, 0), json_value (json_next (bin), 0));
}

struct json *
history_to_json (const struct history *self)
{
    struct json *json = json_object (), *days = json_array ();
    json_set_number (json, "folded", (int64_t) self->folded);
    for (size_t index = 0; index < self->day_count; index++)
        json_push (days, sum_to_json (&self->days[index]));
    json_set (json, "days", days);
    json_set (json, "ever", sum_to_json (&self->ever));
    return json;
}

void
history_from_json (struct history *self, const struct json *json)
{
    self->folded = (uint64_t) number_of (json, "folded");
    const struct json *day = json_first (json_get (json, "days"));
    for (; day && self->day_count < 2 * HISTORY_DAYS; day = json_next (day)) {
        stui_grow (&self->days, &self->day_capacity, self->day_count, sizeof *self->days);
        sum_from_json (&self->days[self->day_count++], day);
    }
    sum_from_json (&self->ever, json_get (json, "ever"));
}

/* ---- Reporting ------------------------------------------------------------------------------- */

/* The smallest time that PERCENT of all are not above; -1 when there are none. */
static int64_t
sum_quantile (const struct history_sum *self, int percent)
{
    int64_t all = 0, met = 0;
    for (size_t index = 0; index < self->bin_count; index++)
        all += self->bins[index].count;
    int64_t rank = (all * percent + 99) / 100;
    for (size_t index = 0; index < self->bin_count; index++) {
        met += self->bins[index].count;
        if (met >= rank)
            return self->bins[index].ms;
    }
    return -1;
}

static void
report_number (struct json *report, const char *key, bool known, int64_t value)
{
    json_set (report, key, known ? json_number (value) : json_null ());
}

static struct json *
sum_report (const struct history_sum *self)
{
    struct json *report = json_object ();
    int64_t all_ms = self->up_ms + self->down_ms, reconnects = 0;
    for (size_t index = 0; index < self->bin_count; index++)
        reconnects += self->bins[index].count;
    json_set_number (report, "up_ms", self->up_ms);
    json_set_number (report, "down_ms", self->down_ms);
    json_set (report, "availability",
              all_ms > 0 ? json_real ((double) self->up_ms / (double) all_ms) : json_null ());
    json_set_number (report, "connections", self->connections);
    json_set_number (report, "failures", self->failures);
    report_number (report, "mtbf_ms", self->failures > 0,
                   self->up_ms / (self->failures > 0 ? self->failures : 1));
    json_set_number (report, "reconnects", reconnects);
    report_number (report, "reconnect_p50_ms", reconnects > 0, sum_quantile (self, 50));
    report_number (report, "reconnect_p99_ms", reconnects > 0, sum_quantile (self, 99));
    return report;
}

/* What was folded counts by the part of its day that is in the window; rows as they are. */
static struct json *
window_report (const struct history *self, const struct history_row *rows, size_t count,
               int64_t from, int64_t now, bool ever)
{
    struct history_sum sum = {0};
    if (ever)
        sum_add (&sum, &self->ever, 1);
    for (size_t index = 0; index < self->day_count; index++) {
        struct span day = {self->days[index].day * day_ms, (self->days[index].day + 1) * day_ms};
        int64_t within = ever ? day_ms : span_within (day, from, INT64_MAX);
        if (within > 0)
            sum_add (&sum, &self->days[index], (double) within / (double) day_ms);
    }
    for (size_t index = 0; index < count; index++)
        sum_add_row (&sum, &rows[index], from, INT64_MAX, now, rows[index].down_ms);
    struct json *report = sum_report (&sum);
    sum_fini (&sum);
    return report;
}

void
history_report (const struct history *self, const struct history_row *rows, size_t count,
                int64_t now_ms, struct json *report)
{
    json_set (report, "day", window_report (self, rows, count, now_ms - day_ms, now_ms, false));
    json_set (report, "week",
              window_report (self, rows, count, now_ms - 7 * day_ms, now_ms, false));
    json_set (report, "ever", window_report (self, rows, count, INT64_MIN / 2, now_ms, true));
}
