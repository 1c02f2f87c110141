/* pieces.c: see pieces.h. Pure. */

#include "runtime/pieces.h"

#include <string.h>

#include "runtime/utf8.h"

bool
pieces_next (struct pieces *self, const char **text, struct pieces_part *part)
{
    if (**text == '\0')
        return false; /* the LF may be in the next piece */
    *text += self->returned && **text == '\n';
    self->returned = false;
    if (**text == '\0')
        return false;
    size_t size = strcspn (*text, "\r\n"), room = PIECES_LINE_BYTES - self->size;
    size_t taken = size <= room ? size : utf8_cut (*text, size, room);
    *part = (struct pieces_part){*text, taken, taken < size};
    *text += taken;
    self->size += taken;
    if (taken == size && **text != '\0') {
        part->ends = true;
        self->returned = (*text)[0] == '\r' && (*text)[1] == '\0';
        *text += (*text)[0] == '\r' && (*text)[1] == '\n' ? 2 : 1;
    }
    if (part->ends)
        self->size = 0;
    return true;
}
