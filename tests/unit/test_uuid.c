/* test_uuid.c: ids of one generator rise whatever the clock does, also over a restart. */

#include "runtime/uuid.h"

#include <criterion/criterion.h>

#include <string.h>

#include "runtime/random.h"

static struct random_source random_state = {.state = 42};

/* The next id of SOURCE at WALL_MS into LAST, which must be smaller. */
static void
expect_greater (struct uuid_source *source, int64_t wall_ms, char last[STUI_UUID_LEN + 1])
{
    char next[STUI_UUID_LEN + 1];
    uuid_next (source, wall_ms, &random_state, next);
    cr_assert (uuid_is_valid (next), "%s", next);
    cr_assert_eq (next[14], '7');
    cr_assert (strchr ("89ab", next[19]), "%s", next);
    cr_assert_gt (strcmp (next, last), 0, "%s after %s", next, last);
    strcpy (last, next);
}

Test (uuid, carries_the_time)
{
    struct uuid_source source = {0};
    char text[STUI_UUID_LEN + 1];
    uuid_next (&source, 0x017F22E279B0, &random_state, text);
    cr_assert_eq (strncmp (text, "017f22e2-79b0-7", 15), 0, "%s", text);
}

Test (uuid, rises_within_a_millisecond_and_when_the_clock_falls)
{
    struct uuid_source source = {0};
    char last[STUI_UUID_LEN + 1] = "";
    for (int index = 0; index < 10000; index++)
        expect_greater (&source, 1769855400123, last);
    for (int64_t ms = 1769855400123; ms > 1769855400000; ms--)
        expect_greater (&source, ms, last);
    expect_greater (&source, 0, last);
    expect_greater (&source, -1, last);
    expect_greater (&source, 1769855400124, last);
}

Test (uuid, rises_when_its_counter_overflows)
{
    struct uuid_source source = {.last_ms = 1000, .counter = UINT32_MAX - 2};
    char last[STUI_UUID_LEN + 1] = "";
    for (int index = 0; index < 6; index++)
        expect_greater (&source, 1000, last);
    cr_assert_eq (source.last_ms, 1001);
}

Test (uuid, rises_after_an_id_of_an_earlier_run)
{
    struct uuid_source source = {0};
    char last[STUI_UUID_LEN + 1] = "";
    for (int index = 0; index < 1000; index++) {
        expect_greater (&source, 1769855400123, last);
        struct uuid_source restarted = {0};
        uuid_after (&restarted, last);
        expect_greater (&restarted, 1000, last);
        source = restarted;
    }
    char old[STUI_UUID_LEN + 1] = "017f22e2-79b0-7000-8000-000000000000";
    struct uuid_source later = source;
    uuid_after (&later, old);
    cr_assert_eq (later.last_ms, source.last_ms);
    uuid_after (&later, "nonsense");
    uuid_after (&later, NULL);
    cr_assert_eq (later.counter, source.counter);
}

Test (uuid, two_generators_of_one_moment_differ)
{
    struct uuid_source one = {0}, other = {0};
    char first[STUI_UUID_LEN + 1], second[STUI_UUID_LEN + 1];
    uuid_next (&one, 5, &random_state, first);
    uuid_next (&other, 5, &random_state, second);
    cr_assert_str_neq (first, second);
}

Test (uuid, only_the_lower_case_text_form_is_valid)
{
    cr_assert (uuid_is_valid ("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"));
    cr_assert (uuid_is_valid ("00000000-0000-0000-0000-000000000000"));
    cr_assert_not (uuid_is_valid ("017F22E2-79b0-7cc3-98c4-dc0c0c07398f"));
    cr_assert_not (uuid_is_valid ("017f22e2-79b0-7cc3-98c4-dc0c0c07398"));
    cr_assert_not (uuid_is_valid ("017f22e2-79b0-7cc3-98c4-dc0c0c07398ff"));
    cr_assert_not (uuid_is_valid ("017f22e2x79b0-7cc3-98c4-dc0c0c07398f"));
    cr_assert_not (uuid_is_valid ("{17f22e2-79b0-7cc3-98c4-dc0c0c07398}"));
    cr_assert_not (uuid_is_valid (""));
    cr_assert_not (uuid_is_valid (NULL));
}
