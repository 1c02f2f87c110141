/* store_seal.h: what was saved before sessions were to be encrypted. Part of store_db: no clock, blocks
 * on the disk only.
 *
 * Once they are, and the vault is open, all that lies in plain is sealed where it is, in steps; then the
 * engine writes its files anew, so that nothing of before stays in a log or a table, PROFILE/db.before
 * goes when it has been compared, and the exports are made anew. The record meta/sealed says that all of
 * this was done, and what that was then: where it was less than what is done now, it is done once more. It
 * is not there any more once sessions are saved in plain again. What is left then, and
 * said by `stui doctor`: databases set aside as damaged, and damaged records under quarantine/. */

#ifndef STUI_ACTORS_STORE_SEAL_H
#define STUI_ACTORS_STORE_SEAL_H

#include <stui/types.h>

struct store_db;

enum {
    STORE_SEAL_BYTES = 1 << 20, /* looked at in a step */
    STORE_SEAL_MS = 20,         /* between steps */
    STORE_SEAL_SCHEMA = 2,      /* of meta/sealed; 1, not said there: without what images printed */
};

/* Embedded by store_db. Zeroed: nothing is known yet. */
struct store_seal {
    bool done;       /* for this run: nothing is to be done, or it was given up */
    char from[264];  /* a key and a byte: where the next step begins */
    int64_t step_ms; /* when it is due, by whoever asks for it */
    size_t records;  /* that were sealed */
};

/* Whether there is something to do. */
bool store_seal_is_due (const struct store_db *db);

/* Does a part of it. An error with CAUSE: it is given up until the next start. */
int store_seal_step (struct store_db *db, int64_t wall_ms, struct stui_cause *cause);

/* Whether it was all done, as far as the database knows. */
bool store_seal_is_done (struct store_db *db);

/* BODY of an image's record without the tail of what it printed, while sessions are encrypted; the
 * caller owns it. NULL: it is right as it is. */
char *store_seal_image (const struct store_db *db, const char *body);

#endif
