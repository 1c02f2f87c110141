/* test_digits.c: runtime/digits.h beside printf, whose place it takes. */

#include "runtime/digits.h"

#include <inttypes.h>
#include <stdio.h>

#include <criterion/criterion.h>

static void
assert_as_printf (uint64_t number)
{
    char expected[64], text[64];
    snprintf (expected, sizeof expected, "%" PRIu64, number);
    cr_assert_eq (digits_decimal (text, number), text + strlen (expected));
    cr_assert_str_eq (text, expected);
    snprintf (expected, sizeof expected, "%016" PRIx64, number);
    cr_assert_eq (digits_hex (text, number), text + DIGITS_HEX);
    cr_assert_str_eq (text, expected);
}

Test (digits, numbers_are_as_printf_writes_them)
{
    uint64_t power = 1;
    for (int digit = 0; digit < 20; digit++, power *= 10) {
        assert_as_printf (power - 1);
        assert_as_printf (power);
    }
    for (int bit = 0; bit < 64; bit++)
        assert_as_printf ((UINT64_C (1) << bit) + 5);
    assert_as_printf (UINT64_MAX);
}
