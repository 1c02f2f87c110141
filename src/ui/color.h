/* color.h: colours in one number, and what becomes of them on terminals that have fewer. Pure. */

#ifndef STUI_UI_COLOR_H
#define STUI_UI_COLOR_H

#include <stdint.h>

/* How many colours a terminal has. */
enum color_depth { COLOR_MONO, COLOR_16, COLOR_256, COLOR_TRUE, COLOR_DEPTH_COUNT };

/* A colour: the terminal's default; one of the 256, of which the first 16 are the user's own
 * palette; or red, green, blue. */
#define COLOR_DEFAULT      UINT32_C (0)
#define COLOR_INDEX(index) (UINT32_C (0x01000000) | (uint32_t) (index))
#define COLOR_RGB(rgb)     (UINT32_C (0x02000000) | (uint32_t) (rgb))

enum color_name {
    COLOR_BLACK,
    COLOR_RED,
    COLOR_GREEN,
    COLOR_YELLOW,
    COLOR_BLUE,
    COLOR_MAGENTA,
    COLOR_CYAN,
    COLOR_WHITE,
    COLOR_BRIGHT = 8, /* added to one of the above */
};

/* COLOR as a terminal of DEPTH can show it: itself, or the nearest that there is; on COLOR_MONO
 * always COLOR_DEFAULT. */
uint32_t color_at_depth (uint32_t color, enum color_depth depth);

#endif
