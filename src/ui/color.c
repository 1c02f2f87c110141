/* color.c: see color.h. Pure. */

#include "ui/color.h"

#include <stddef.h>

enum { CUBE_FIRST = 16, GREY_FIRST = 232, GREY_COUNT = 24 };

/* The sixteen as xterm has them; users' palettes differ, but not in which is red. */
static const uint32_t sixteen[16] = {
    0x000000, 0xCD0000, 0x00CD00, 0xCDCD00, 0x0000EE, 0xCD00CD, 0x00CDCD, 0xE5E5E5,
    0x7F7F7F, 0xFF0000, 0x00FF00, 0xFFFF00, 0x5C5CFF, 0xFF00FF, 0x00FFFF, 0xFFFFFF,
};

/* The levels of the 6 x 6 x 6 cube. */
static const uint8_t cube_level[6] = {0, 95, 135, 175, 215, 255};

static uint32_t
color_rgb (uint32_t color)
{
    uint32_t index = color & 0xFF;
    if (color >> 24 == 2)
        return color & 0xFFFFFF;
    if (index < CUBE_FIRST)
        return sixteen[index];
    if (index >= GREY_FIRST)
        return (8 + 10 * (index - GREY_FIRST)) * 0x010101;
    index -= CUBE_FIRST;
    return (uint32_t) cube_level[index / 36] << 16 | (uint32_t) cube_level[index / 6 % 6] << 8
           | cube_level[index % 6];
}

/* How unlike two colours are: the square of their distance, weighted as eyes are. */
static unsigned
color_distance (uint32_t one, uint32_t other)
{
    int red = (int) (one >> 16 & 0xFF) - (int) (other >> 16 & 0xFF);
    int green = (int) (one >> 8 & 0xFF) - (int) (other >> 8 & 0xFF);
    int blue = (int) (one & 0xFF) - (int) (other & 0xFF);
    return (unsigned) (3 * red * red + 6 * green * green + blue * blue);
}

static unsigned
nearest_level (unsigned value)
{
    return value < 48 ? 0 : value < 115 ? 1 : (value - 35) / 40;
}

static uint32_t
nearest_of_256 (uint32_t rgb)
{
    unsigned red = rgb >> 16 & 0xFF, green = rgb >> 8 & 0xFF, blue = rgb & 0xFF;
    uint32_t cube = COLOR_INDEX (CUBE_FIRST + 36 * nearest_level (red) + 6 * nearest_level (green)
                                 + nearest_level (blue));
    unsigned light = (red + green + blue) / 3;
    unsigned step = light < 8 ? 0 : (light - 3) / 10;
    uint32_t grey = COLOR_INDEX (GREY_FIRST + (step < GREY_COUNT ? step : GREY_COUNT - 1));
    return color_distance (color_rgb (grey), rgb) < color_distance (color_rgb (cube), rgb) ? grey
                                                                                           : cube;
}

static uint32_t
nearest_of_16 (uint32_t rgb)
{
    unsigned best = 0;
    for (unsigned index = 1; index < 16; index++)
        if (color_distance (sixteen[index], rgb) < color_distance (sixteen[best], rgb))
            best = index;
    return COLOR_INDEX (best);
}

uint32_t
color_at_depth (uint32_t color, enum color_depth depth)
{
    if (color == COLOR_DEFAULT || depth == COLOR_TRUE)
        return color;
    if (depth == COLOR_MONO)
        return COLOR_DEFAULT;
    if (color >> 24 == 1 && (depth == COLOR_256 || (color & 0xFF) < 16))
        return color;
    return depth == COLOR_256 ? nearest_of_256 (color_rgb (color))
                              : nearest_of_16 (color_rgb (color));
}
