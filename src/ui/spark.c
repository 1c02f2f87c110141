/* spark.c: see spark.h. Pure. */

#include "ui/spark.h"

#include <string.h>

void
spark_init (struct spark *self)
{
    for (size_t index = 0; index < SPARK_SIZE; index++)
        self->values[index] = -1;
}

void
spark_push (struct spark *self, double value)
{
    memmove (self->values, self->values + 1, (SPARK_SIZE - 1) * sizeof *self->values);
    self->values[SPARK_SIZE - 1] = (float) value;
}

bool
spark_is_empty (const struct spark *self)
{
    for (size_t index = SPARK_SIZE; index-- > 0;)
        if (self->values[index] >= 0)
            return false;
    return true;
}

static const char *
bar (float value)
{
    /* Below 1 ms it is a machine next door; from 3 s on it is hardly there. */
    static const float steps_ms[] = {1, 3, 10, 30, 100, 300, 3000};
    static const char *const bars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    size_t height = 0;
    if (value < 0)
        return " ";
    while (height < sizeof steps_ms / sizeof *steps_ms && value >= steps_ms[height])
        height++;
    return bars[height];
}

char *
spark_text (const struct spark *self, char text[SPARK_TEXT_SIZE])
{
    size_t size = 0;
    for (size_t index = 0; index < SPARK_SIZE; index++) {
        const char *one = bar (self->values[index]);
        memcpy (text + size, one, strlen (one));
        size += strlen (one);
    }
    text[spark_is_empty (self) ? 0 : size] = '\0';
    return text;
}
