/* test_clock.c: times as text, both ways, the monotonic clock, and the seeded generator. */

#include "runtime/clock.h"

#include <criterion/criterion.h>

#include <string.h>

#include "runtime/random.h"

static void
expect_both_ways (int64_t wall_ms, const char *expected)
{
    char text[CLOCK_TEXT_SIZE];
    cr_assert_str_eq (clock_format (wall_ms, text), expected);
    cr_assert_eq (clock_parse (text), wall_ms);
}

Test (clock, times_go_into_text_and_back)
{
    expect_both_ways (0, "1970-01-01T00:00:00.000Z");
    expect_both_ways (1769855400123, "2026-01-31T10:30:00.123Z");
    expect_both_ways (1709164800000, "2024-02-29T00:00:00.000Z");
    expect_both_ways (253402300799999, "9999-12-31T23:59:59.999Z");
}

Test (clock, times_that_four_digits_cannot_say_are_clamped)
{
    char text[CLOCK_TEXT_SIZE];
    cr_assert_str_eq (clock_format (INT64_MAX, text), "9999-12-31T23:59:59.999Z");
    cr_assert_str_eq (clock_format (INT64_MIN, text), "1970-01-01T00:00:00.000Z");
}

Test (clock, fractions_are_optional_and_cut_to_milliseconds)
{
    cr_assert_eq (clock_parse ("1970-01-01T00:00:01Z"), 1000);
    cr_assert_eq (clock_parse (NULL), -1, "a record may lack its times");
    cr_assert_eq (clock_parse ("1970-01-01T00:00:01.5Z"), 1500);
    cr_assert_eq (clock_parse ("1970-01-01T00:00:01.123999Z"), 1123);
}

Test (clock, other_texts_are_refused)
{
    static const char *const texts[] = {
        "",
        "2026-01-31",
        "2026-01-31T10:30:00",
        "2026-01-31T10:30:00.Z",
        "2026-01-31T10:30:00.123Zx",
        "2026-02-29T10:30:00Z",
        "2026-04-31T10:30:00Z",
        "2026-13-01T10:30:00Z",
        "2026-01-31T24:00:00Z",
        "2026-01-31T10:60:00Z",
        "2026-01-31T10:30:60Z",
        "2026-01-31 10:30:00Z",
        "-026-01-31T10:30:00Z",
        "1969-12-31T23:59:59Z",
    };
    for (size_t index = 0; index < sizeof texts / sizeof *texts; index++)
        cr_assert_eq (clock_parse (texts[index]), -1, "%s", texts[index]);
}

Test (clock, monotonic_time_does_not_fall)
{
    int64_t before_us = clock_mono_us (), ms = clock_mono_ms (), after_us = clock_mono_us ();
    cr_assert_leq (before_us / 1000, ms);
    cr_assert_leq (ms, after_us / 1000);
    cr_assert_gt (clock_wall_ms (), INT64_C (1700000000000));
}

Test (clock, random_bytes_differ)
{
    char one[32] = "", other[32] = "";
    clock_random (one, sizeof one);
    clock_random (other, sizeof other);
    cr_assert_neq (memcmp (one, other, sizeof one), 0);
}

/* The first values for the seed 1234567 that the algorithm's authors publish. */
Test (random, is_splitmix64)
{
    struct random_source random = {.state = 1234567};
    cr_assert_eq (random_next (&random), UINT64_C (6457827717110365317));
    cr_assert_eq (random_next (&random), UINT64_C (3203168211198807973));
}

Test (random, below_stays_below_and_reaches_all)
{
    struct random_source random = {.state = 1};
    unsigned seen = 0;
    for (int index = 0; index < 1000; index++) {
        uint64_t value = random_below (&random, 7);
        cr_assert_lt (value, 7);
        seen |= 1U << value;
    }
    cr_assert_eq (seen, 0x7F);
    cr_assert_eq (random_below (&random, 0), 0);
    cr_assert_eq (random_below (&random, 1), 0);
}

/* With a bound that 2^64 does not divide by, a remainder alone would favour the lowest third. */
Test (random, below_favours_nobody)
{
    struct random_source random = {.state = 1};
    const uint64_t third = UINT64_C (1) << 62;
    int lowest = 0;
    for (int index = 0; index < 3000; index++)
        lowest += random_below (&random, 3 * third) < third;
    cr_assert (lowest > 850 && lowest < 1150, "%d of 3000 instead of some 1000", lowest);
}
