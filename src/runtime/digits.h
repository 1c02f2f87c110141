/* digits.h: numbers as text without printf, for what is done for every save and every message. Pure. */

#ifndef STUI_RUNTIME_DIGITS_H
#define STUI_RUNTIME_DIGITS_H

#include <stdint.h>

enum {
    DIGITS_DECIMAL_SIZE = 21, /* the longest, and its NUL */
    DIGITS_HEX = 16,          /* digits; without NUL */
};

/* Writes NUMBER as decimal digits and a NUL to AT; the place of the NUL. */
char *digits_decimal (char *at, uint64_t number);
/* Writes NUMBER as sixteen hexadecimal digits in small letters, and a NUL; the place of the NUL. */
char *digits_hex (char *at, uint64_t number);

#endif
