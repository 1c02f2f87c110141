/* versions.h: two versions of a session, as lines that can be compared: which two are meant, and what
 * they are called. For the command line and the terminal. Pure but for the heap. */

#ifndef STUI_RUNTIME_VERSIONS_H
#define STUI_RUNTIME_VERSIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <stui/types.h>

struct json;

struct version {
    char *title; /* owned; harmless to a terminal, as are the lines */
    char *
        lines; /* owned: the name and each member of the context but the undo list, which nobody reads: a
                  * title, then its lines, indented; texts as they are, all else as JSON, an array's elements
                  * a line each */
    const struct json *undo; /* borrowed from what the version was made of */
    int64_t generation;      /* 0: the image's, or not stored yet */
};

void version_fini (struct version *self);

/* Of a session in conflict, WHOLE (session_show): as it is here, and what the image holds. */
void versions_of_conflict (const struct json *whole, struct version *mine, struct version *theirs);

/* Of VERSIONS (session_versions) the one of generation FROM (0: the newest before the other that differs
 * from it, else the one just before it, for a save need not have changed anything) and the one of TO (0: the
 * newest). Negative, with a sentence in CAUSE, when there are no such. */
int versions_choose (const struct json *versions, int64_t from, int64_t to, struct version *older,
                     struct version *newer, struct stui_cause *cause);

/* "9, 8, 7": the generations of VERSIONS. Caller frees. */
char *versions_generations (const struct json *versions);

/* The difference as diff.h shows it. Caller frees. */
char *versions_diff (const struct version *one, const struct version *other);
bool versions_undo_differs (const struct version *one, const struct version *other);

#endif
