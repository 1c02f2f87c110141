/* test_chaos_shaper.c: what a bad network does to a stream, under a clock that the tests turn. */

#include <criterion/criterion.h>
#include <string.h>

#include "chaos/shaper.h"

static struct shaper shaper;

static void
setup (void)
{
    shaper = (struct shaper){.random.state = 1};
}

static void
teardown (void)
{
    shaper_fini (&shaper);
}

TestSuite (chaos_shaper, .init = setup, .fini = teardown);

static void
rules (struct shaper_rules rules)
{
    shaper_set (&shaper, &rules);
}

/* All that may leave at NOW_MS, as a text. */
static const char *
left_at (int64_t now_ms)
{
    static char text[4096];
    const char *bytes;
    size_t size, total = 0;
    while ((size = shaper_ready (&shaper, now_ms, &bytes)) > 0) {
        memcpy (text + total, bytes, size);
        total += size;
        shaper_took (&shaper, size);
    }
    text[total] = '\0';
    return text;
}

Test (chaos_shaper, a_good_network_passes_everything_at_once)
{
    shaper_put (&shaper, 5, "hello", 5);
    shaper_put (&shaper, 5, " you", 4);
    cr_expect_eq (shaper_due_ms (&shaper), 5);
    cr_expect_str_eq (left_at (5), "hello you");
    cr_expect (shaper_is_empty (&shaper));
    cr_expect_eq (shaper_due_ms (&shaper), INT64_MAX);
}

Test (chaos_shaper, latency_delays_with_jitter_and_keeps_the_order)
{
    rules ((struct shaper_rules){.latency_ms = 100});
    shaper_put (&shaper, 0, "a", 1);
    shaper_put (&shaper, 1, "b", 1);
    cr_expect_str_eq (left_at (99), "");
    rules ((struct shaper_rules){0});
    shaper_put (&shaper, 2, "c", 1); /* does not overtake */
    cr_expect_str_eq (left_at (99), "");
    cr_expect_str_eq (left_at (151), "abc");
}

Test (chaos_shaper, bandwidth_lets_so_many_bytes_through_in_a_second)
{
    char block[1000];
    memset (block, 'x', sizeof block);
    rules ((struct shaper_rules){.bytes_per_s = 500});
    shaper_put (&shaper, 0, block, sizeof block);
    size_t half = strlen (left_at (1000));
    cr_expect (half >= 450 && half <= 560, "%zu bytes in a second", half);
    cr_expect_eq (half + strlen (left_at (2100)), sizeof block);
}

Test (chaos_shaper, slices_leave_one_by_one)
{
    rules ((struct shaper_rules){.slice_bytes = 3});
    shaper_put (&shaper, 0, "abcdefgh", 8);
    cr_expect_str_eq (left_at (0), "abc");
    cr_expect_str_eq (left_at (1), "def");
    cr_expect_str_eq (left_at (2), "gh");
}

Test (chaos_shaper, a_black_hole_holds_until_it_ends)
{
    rules ((struct shaper_rules){.holds = true});
    shaper_put (&shaper, 0, "kept", 4);
    cr_expect_eq (shaper_due_ms (&shaper), INT64_MAX);
    cr_expect_str_eq (left_at (100000), "");
    rules ((struct shaper_rules){0});
    cr_expect_str_eq (left_at (100000), "kept");
}

Test (chaos_shaper, what_waits_is_bounded)
{
    static char block[65536];
    rules ((struct shaper_rules){.holds = true});
    for (int i = 0; i < 4; i++) {
        cr_expect (shaper_has_room (&shaper));
        shaper_put (&shaper, 0, block, sizeof block);
    }
    cr_expect_not (shaper_has_room (&shaper));
}

Test (chaos_shaper, limited_data_is_cut_midway)
{
    rules ((struct shaper_rules){.limit_bytes = 6});
    shaper_put (&shaper, 0, "four", 4);
    cr_expect_not (shaper.is_cut);
    shaper_put (&shaper, 0, "more", 4);
    shaper_put (&shaper, 0, "gone", 4);
    cr_expect (shaper.is_cut);
    cr_expect_str_eq (left_at (0), "fourmo");
}

/* Corruption is such that a reader can see it: 0xFF is in no UTF-8 text. */
Test (chaos_shaper, corruption_spoils_one_in_so_many_bytes_visibly)
{
    static char block[4000];
    memset (block, 'x', sizeof block);
    rules ((struct shaper_rules){.corrupt_of = 100});
    shaper_put (&shaper, 0, block, sizeof block);
    const char *text = left_at (0);
    size_t spoilt = 0;
    for (size_t i = 0; i < sizeof block; i++) {
        cr_expect (text[i] == 'x' || text[i] == (char) 0xFF);
        spoilt += text[i] != 'x';
    }
    cr_expect (spoilt > 20 && spoilt < 70, "%zu are spoilt", spoilt);
    cr_expect_eq (spoilt, shaper.spoilt);
}

/* Symptom: a stream that never pauses would have grown the list of pieces for ever. */
Test (chaos_shaper, a_stream_that_never_pauses_stays_small)
{
    const char *bytes;
    rules ((struct shaper_rules){.latency_ms = 4});
    for (int64_t now_ms = 0; now_ms < 20000; now_ms++) {
        shaper_put (&shaper, now_ms, "x", 1);
        if (shaper_ready (&shaper, now_ms, &bytes) > 0)
            shaper_took (&shaper, 1);
    }
    cr_expect_lt (shaper.capacity, 100);
}
