/* test_history.c: sums and quantiles of connections, over a day, a week, for ever, folded or not; by a
 * clock that may be set. */

#include "actors/history.h"

#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "runtime/json.h"

static const int64_t second = 1000, hour = 3600000, day = 86400000;
static const int64_t noon = INT64_C (1800000000000);

static struct history history;
static struct history_row rows[400];
static size_t count;
static struct json *report;

static void
teardown (void)
{
    history_fini (&history);
    json_destroy (&report);
}

TestSuite (history, .fini = teardown);

/* A connection that was down, then up, until END; it failed. */
static struct history_row *
add (int64_t end, int64_t down_ms, int64_t up_ms)
{
    struct history_row *row = &rows[count++];
    *row = (struct history_row){.seq = count, .from_ms = end - up_ms - down_ms, .attempts = 1};
    row->reconnect = down_ms > 0;
    history_row_advance (row, down_ms);
    row->online_at_ms = end - up_ms;
    history_row_advance (row, up_ms);
    history_row_end (row, end, true, "closed", "cut");
    return row;
}

static const struct json *
sum (const char *window, int64_t now)
{
    json_destroy (&report);
    report = json_object ();
    history_report (&history, rows, count, now, report);
    return json_get (report, window);
}

static int64_t
number (const char *window, const char *key, int64_t now)
{
    return json_get_number (sum (window, now), key, -1);
}

static double
availability (const char *window, int64_t now)
{
    return json_get_real (sum (window, now), "availability", -1);
}

/* All rows but the newest KEPT go into the sums. */
static void
fold (size_t kept, int64_t now)
{
    size_t folded = count - kept;
    for (size_t index = 0; index < folded; index++)
        history_fold (&history, &rows[index], now);
    for (size_t index = folded; index < count; index++)
        rows[index - folded] = rows[index];
    count = kept;
}

Test (history, nothing_is_known_of_an_image_that_never_was_connected)
{
    cr_assert (json_is_null (json_get (sum ("ever", noon), "availability")));
    cr_assert (json_is_null (json_get (sum ("ever", noon), "mtbf_ms")));
    cr_assert (json_is_null (json_get (sum ("ever", noon), "reconnect_p50_ms")));
    cr_assert_eq (number ("ever", "connections", noon), 0);
}

Test (history, a_row_is_what_it_was_after_writing_and_reading)
{
    struct history_row row;
    struct json *json = history_row_to_json (add (noon, 5 * second, hour));
    cr_assert (history_row_from_json (&row, json));
    struct json *again = history_row_to_json (&row);
    cr_assert (json_equal (json, again));
    json_destroy (&again);
    json_destroy (&json);
    json = json_parse_text ("{\"seq\":-3,\"from_ms\":\"x\"}");
    cr_assert_not (history_row_from_json (&row, json));
    json_destroy (&json);
    cr_assert_not (history_row_from_json (&row, NULL));
}

Test (history, what_ended_goes_on_no_more)
{
    struct history_row *row = add (noon, 5 * second, hour);
    history_row_advance (row, hour);
    history_row_advance (row, -hour);
    cr_assert_eq (row->up_ms, hour);
    cr_assert_eq (row->down_ms, 5 * second);
}

Test (history, availability_is_the_share_of_the_time_up)
{
    add (noon - hour, 0, hour);
    add (noon, hour, hour);
    cr_assert_float_eq (availability ("day", noon), 2.0 / 3, 1e-9);
    cr_assert_eq (number ("day", "up_ms", noon), 2 * hour);
    cr_assert_eq (number ("day", "failures", noon), 2);
    cr_assert_eq (number ("day", "mtbf_ms", noon), hour);
    cr_assert_eq (number ("day", "connections", noon), 2);
    cr_assert_eq (number ("day", "reconnects", noon), 1);
    cr_assert_eq (number ("day", "reconnect_p50_ms", noon), hour);
}

Test (history, a_window_has_its_part_of_a_connection)
{
    add (noon - 12 * hour, hour, 24 * hour);
    cr_assert_eq (number ("day", "up_ms", noon), 12 * hour);
    cr_assert_eq (number ("day", "down_ms", noon), 0);
    cr_assert_eq (number ("day", "connections", noon), 0, "it began before");
    cr_assert_eq (number ("day", "failures", noon), 1);
    cr_assert_eq (number ("week", "up_ms", noon), 24 * hour);
    cr_assert_eq (number ("day", "up_ms", noon + 3 * day), 0);
    cr_assert_eq (number ("week", "connections", noon + 8 * day), 0);
    cr_assert_eq (number ("ever", "connections", noon + 8 * day), 1);
}

/* Time in which stui did not run is in no row: it counts neither way. */
Test (history, a_gap_between_connections_counts_neither_as_up_nor_as_down)
{
    add (noon - 10 * hour, 0, hour)->failed = false;
    add (noon, 0, hour)->failed = false;
    cr_assert_float_eq (availability ("day", noon), 1, 1e-9);
    cr_assert (json_is_null (json_get (sum ("day", noon), "mtbf_ms")));
}

Test (history, what_goes_on_counts)
{
    add (noon - hour, 0, hour);
    struct history_row *row = &rows[count++];
    *row = (struct history_row){.seq = 2, .from_ms = noon - hour, .reconnect = true};
    history_row_advance (row, hour);
    cr_assert_float_eq (availability ("day", noon), 0.5, 1e-9);
    cr_assert_eq (number ("day", "reconnects", noon), 0, "it is not back yet");
    row->online_at_ms = noon;
    history_row_advance (row, 2 * hour);
    cr_assert_float_eq (availability ("day", noon + 2 * hour), 0.75, 1e-9);
    cr_assert_eq (number ("day", "failures", noon + 2 * hour), 1);
}

Test (history, quantiles_are_of_times_that_were_met)
{
    for (int64_t index = 1; index <= 200; index++)
        add (noon - (200 - index) * 60 * second, index * 10, second);
    cr_assert_eq (number ("ever", "reconnects", noon), 200);
    cr_assert_eq (number ("ever", "reconnect_p50_ms", noon), 1000);
    cr_assert_eq (number ("ever", "reconnect_p99_ms", noon), 1980);
}

Test (history, folding_changes_sums_by_roundings_only)
{
    for (int64_t index = 0; index < 300; index++)
        add (noon - (300 - index) * 4 * hour, 1234 + index, hour);
    int64_t up = number ("ever", "up_ms", noon), down = number ("ever", "down_ms", noon);
    int64_t week = number ("week", "failures", noon);
    fold (200, noon);
    cr_assert_eq (history.folded, 100);
    cr_assert_eq (number ("ever", "up_ms", noon), up);
    cr_assert_eq (number ("ever", "down_ms", noon), down);
    cr_assert_eq (number ("ever", "connections", noon), 300);
    cr_assert_eq (number ("ever", "failures", noon), 300);
    cr_assert_eq (number ("ever", "reconnects", noon), 300);
    cr_assert_eq (number ("week", "failures", noon), week, "only older ones were folded");
    fold (0, noon);
    cr_assert_eq (number ("ever", "up_ms", noon), up);
    cr_assert_float_eq (number ("week", "failures", noon), week, 4.0, "the day cut by the window");
    cr_assert_float_eq (number ("ever", "reconnect_p50_ms", noon), 1384, 60.0);
}

Test (history, a_long_connection_is_folded_into_each_of_its_days)
{
    add (noon, 0, 3 * day);
    fold (0, noon);
    cr_assert_eq (history.day_count, 4);
    cr_assert_eq (number ("ever", "up_ms", noon), 3 * day);
    cr_assert_float_eq (number ("day", "up_ms", noon), day, day / 2.0);
    cr_assert_eq (number ("ever", "connections", noon), 1);
    cr_assert_eq (number ("ever", "failures", noon), 1);
}

/* Months of an image that fails all the time. */
Test (history, it_does_not_grow)
{
    size_t largest = 0;
    for (int64_t when = 0; when < 200 * day; when += hour / 2) {
        count = 0;
        add (noon + when, 100 + when % 99991, 20 * 60 * second)->seq = (uint64_t) when + 1;
        history_fold (&history, &rows[0], noon + when);
        count = 0;
        if (history.day_count > largest)
            largest = history.day_count;
    }
    cr_assert_leq (largest, HISTORY_DAYS);
    cr_assert_eq (number ("ever", "connections", noon + 200 * day), 200 * 48);
    struct json *json = history_to_json (&history);
    cr_assert_lt (json_size (json), 50000, "%zu", json_size (json));
    json_destroy (&json);
}

Test (history, sums_are_what_they_were_after_writing_and_reading)
{
    for (int64_t index = 0; index < 60; index++)
        add (noon - (60 - index) * 20 * hour, 500 + index, hour);
    fold (0, noon);
    struct json *json = history_to_json (&history);
    history_fini (&history);
    history_from_json (&history, json);
    struct json *again = history_to_json (&history);
    cr_assert (json_equal (json, again));
    json_destroy (&again);
    json_destroy (&json);
    history_fini (&history);
    history_from_json (&history, NULL);
    cr_assert_eq (history.folded, 0);
}

/* ---- A clock that is set ------------------------------------------------------------------------ */

/* Symptom: after the clock was set back the connections of today were of tomorrow, and not counted. */
Test (history, a_clock_that_is_set_back_loses_nothing)
{
    add (noon + 5 * hour, hour, 2 * hour);
    cr_assert_eq (number ("day", "up_ms", noon), 2 * hour);
    cr_assert_eq (number ("day", "down_ms", noon), hour);
    cr_assert_eq (number ("day", "connections", noon), 1);
    cr_assert_eq (number ("day", "failures", noon), 1);
    fold (0, noon);
    cr_assert_eq (number ("day", "up_ms", noon), 2 * hour);
}

/* It began at two, the clock was set back to one, it ended at half past one, an hour and a half later. */
Test (history, a_connection_over_which_the_clock_is_set_back_has_its_length)
{
    struct history_row *row = add (noon, 0, 90 * 60 * second);
    row->from_ms = row->online_at_ms = noon + hour / 2;
    cr_assert_eq (number ("day", "up_ms", noon), 90 * 60 * second);
    fold (0, noon);
    cr_assert_eq (number ("ever", "up_ms", noon), 90 * 60 * second);
    cr_assert_eq (number ("ever", "failures", noon), 1);
}

/* Days of a clock that was a century ahead do not push today's out. */
Test (history, days_of_a_clock_that_was_ahead_go_into_the_sum_for_ever)
{
    const int64_t century = 36500 * day;
    add (noon + century, 0, hour);
    fold (0, noon + century);
    cr_assert_eq (history.day_count, 1);
    add (noon, 0, hour);
    fold (0, noon);
    cr_assert_eq (history.day_count, 1);
    cr_assert_eq (number ("day", "up_ms", noon), hour);
    cr_assert_eq (number ("ever", "up_ms", noon), 2 * hour);
}

Test (history, a_connection_of_a_clock_at_1970_is_folded_at_once)
{
    add (noon, 0, noon - day);
    fold (0, noon);
    cr_assert_leq (history.day_count, HISTORY_DAYS);
    cr_assert_eq (number ("ever", "up_ms", noon), noon - day);
}
