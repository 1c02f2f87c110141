/* contrast.h: how well one colour is read on another, as WCAG 2.1 computes it. */

#ifndef TESTS_UNIT_CONTRAST_H
#define TESTS_UNIT_CONTRAST_H

#include <criterion/criterion.h>
#include <math.h>
#include <stdint.h>

#define CONTRAST_LEAST 4.5 /* WCAG 2.1, 1.4.3: text */

/* The red, green and blue of COLOR, linear, of 1 (IEC 61966-2-1). */
static inline void
linear_of (uint32_t color, double rgb[3])
{
    static const unsigned levels[] = {0, 95, 135, 175, 215, 255};
    uint32_t index = color & 0xFF, bytes = color & 0xFFFFFF;
    if (color >> 24 == 1 && index >= 232)
        bytes = (8 + 10 * (index - 232)) * 0x010101;
    else if (color >> 24 == 1) {
        cr_assert_geq (index, 16, "of the sixteen nobody knows the colour");
        index -= 16;
        bytes = levels[index / 36] << 16 | levels[index / 6 % 6] << 8 | levels[index % 6];
    }
    for (int part = 0; part < 3; part++) {
        double value = (bytes >> (16 - 8 * part) & 0xFF) / 255.0;
        rgb[part] = value <= 0.04045 ? value / 12.92 : pow ((value + 0.055) / 1.055, 2.4);
    }
}

static inline double
luminance (uint32_t color)
{
    double rgb[3];
    linear_of (color, rgb);
    return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
}

static inline double
contrast (uint32_t one, uint32_t other)
{
    double left = luminance (one) + 0.05, right = luminance (other) + 0.05;
    return left > right ? left / right : right / left;
}

#endif
