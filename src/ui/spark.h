/* spark.h: the last values of something as a line of bars, one a cell: how an image's latency went. A
 * value is taken every SPARK_STEP_MS, the worst since the one before, so that a line is drawn anew no
 * more often than that. The scale is the same for all and logarithmic: lines can be compared, and one
 * peak does not flatten the rest. Pure. */

#ifndef STUI_UI_SPARK_H
#define STUI_UI_SPARK_H

#include <stdbool.h>
#include <stddef.h>

enum {
    SPARK_SIZE = 12, /* values: two minutes */
    SPARK_STEP_MS = 10000,
    SPARK_TEXT_SIZE = 3 * SPARK_SIZE + 1,
};

struct spark {
    float values[SPARK_SIZE]; /* ms, oldest first; below 0: there was none */
};

/* There is none in all of them. */
void spark_init (struct spark *self);
/* VALUE comes as the newest; below 0: there was none. */
void spark_push (struct spark *self, double value);
/* Whether there was none in all of them. */
bool spark_is_empty (const struct spark *self);
/* The line into TEXT, SPARK_SIZE columns; blanks where there was none; "" when there was none at
 * all. Returns TEXT. */
char *spark_text (const struct spark *self, char text[SPARK_TEXT_SIZE]);

#endif
