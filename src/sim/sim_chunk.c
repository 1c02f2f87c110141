/* sim_chunk.c: bangs. Owns nothing. */

#include "sim/sim_chunk.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"

static bool
is_blank (char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static void
skip_blanks (struct sim_chunks *self)
{
    for (; self->at < self->size && is_blank (self->text[self->at]); self->at++)
        self->line += self->text[self->at] == '\n';
}

bool
sim_chunks_next (struct sim_chunks *self, struct sim_chunk *chunk)
{
    skip_blanks (self);
    if (self->at >= self->size)
        return false;
    size_t end = self->at, bangs = 0;
    for (; end < self->size; end++) {
        if (self->text[end] != '!')
            continue;
        if (end + 1 >= self->size || self->text[end + 1] != '!')
            break;
        end++;
        bangs++;
    }
    *chunk = (struct sim_chunk){.line = self->line};
    chunk->text = stui_alloc (end - self->at - bangs + 1);
    for (; self->at < end; self->at++) {
        chunk->text[chunk->size++] = self->text[self->at];
        self->line += self->text[self->at] == '\n';
        self->at += self->text[self->at] == '!';
    }
    self->at += self->at < self->size;
    while (chunk->size > 0 && is_blank (chunk->text[chunk->size - 1]))
        chunk->size--;
    chunk->text[chunk->size] = '\0';
    return true;
}

char *
sim_chunk_write (const char *text)
{
    char *chunk = stui_alloc (2 * strlen (text) + 2), *to = chunk;
    for (; *text; text++) {
        if (*text == '!')
            *to++ = '!';
        *to++ = *text;
    }
    *to = '!';
    return chunk;
}
