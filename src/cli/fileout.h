/* fileout.h: the parts of a source that is filed out, put together. Pure but for the heap. */

#ifndef STUI_CLI_FILEOUT_H
#define STUI_CLI_FILEOUT_H

#include <stui/types.h>

struct json;

struct fileout_text {    /* zeroed: nothing yet */
    char *bytes;         /* owned, NUL-terminated; NULL before the first part */
    size_t size;         /* in bytes */
    int64_t from, total; /* in characters: where the next part begins, how many there are */
};

/* Adds the result PART of a file_out that was asked for from SELF->from on: 1 when there is more, 0
 * when that was all, or an error with CAUSE: CONFLICT when the source changed meanwhile. */
int fileout_add (struct fileout_text *self, const struct json *part, struct stui_cause *cause);
void fileout_text_fini (struct fileout_text *self);

#endif
