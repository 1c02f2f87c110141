/* wrap.c: see wrap.h. */

#include "chaos/wrap.h"

#include <stdarg.h>
#include <string.h>

enum { COLUMNS = 79, WORD_MAX = 128 };

void
wrap_begin (struct wrap *self, FILE *out, int indent, const char *text)
{
    *self = (struct wrap){.out = out, .indent = indent, .column = (int) strlen (text)};
    fputs (text, out);
}

void
wrap_put (struct wrap *self, const char *format, ...)
{
    char word[WORD_MAX];
    va_list args;
    va_start (args, format);
    vsnprintf (word, sizeof word, format, args);
    va_end (args);
    int size = (int) strlen (word);
    if (self->column + 1 + size > COLUMNS && self->column > self->indent) {
        fprintf (self->out, "\n%*s%s", self->indent, "", word);
        self->column = self->indent + size;
        return;
    }
    fprintf (self->out, " %s", word);
    self->column += 1 + size;
}

void
wrap_end (struct wrap *self)
{
    fputc ('\n', self->out);
}
