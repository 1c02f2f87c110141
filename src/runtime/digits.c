/* digits.c: see digits.h. */

#include "runtime/digits.h"

#include <string.h>

char *
digits_decimal (char *at, uint64_t number)
{
    char digits[DIGITS_DECIMAL_SIZE];
    char *first = digits + sizeof digits;
    *--first = '\0';
    do
        *--first = (char) ('0' + number % 10);
    while ((number /= 10) > 0);
    size_t size = (size_t) (digits + sizeof digits - first);
    memcpy (at, first, size);
    return at + size - 1;
}

char *
digits_hex (char *at, uint64_t number)
{
    static const char letters[] = "0123456789abcdef";
    for (int digit = DIGITS_HEX - 1; digit >= 0; digit--, number >>= 4)
        at[digit] = letters[number & 0xF];
    at[DIGITS_HEX] = '\0';
    return at + DIGITS_HEX;
}
