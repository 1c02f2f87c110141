/* store_connections.h: the connections of images in the database (history.h), and which images are
 * favourites or were used lately. Part of store_db; told the time: NOW_MS only rises and means
 * nothing to another run, WALL_MS is the time of day.
 *
 * last/NAME is the newest connection as it is; it carries the run that wrote it and when. One that
 * ended stands under connection/NAME/SEQ as well. When a run ends without a word its connections
 * stay open in the database: the next one ends them when it begins, with the time at which
 * meta/alive says that stui last ran.
 *
 * Damage here costs history, never sessions: a record that is not whole is set aside like all
 * others, and nothing else is done about it. */

#ifndef STUI_ACTORS_STORE_CONNECTIONS_H
#define STUI_ACTORS_STORE_CONNECTIONS_H

#include "actors/store_db.h"

enum {
    STORE_CONNECTIONS_SAVE = 64,    /* in one message */
    STORE_CONNECTIONS_READ = 1000,  /* the newest are looked at, should folding have failed */
    STORE_CONNECTIONS_ALIVE = 1000, /* ms: what is written anyway says so often that stui runs … */
    STORE_CONNECTIONS_BEAT = 60000, /* … and, while images are connected, a write of its own */
    STORE_MARKS_RECENTS = 50,
    STORE_MARKS_FAVOURITES = 1000,
    STORE_MARKS_MARKED = 1000,
    STORE_MARKS_LAYOUTS = 50,
    STORE_MARKS_LAYOUT_BYTES = 16384, /* many times what eight panes take */
};

/* Ends what an earlier run left open, once. */
void store_connections_begin (struct store_db *db, int64_t wall_ms);

/* What meta/alive is now. Caller frees. */
char *store_connections_alive (const struct store_db *db, int64_t now_ms, int64_t wall_ms);

/* TEXT is an array of rows; each becomes a write by PUT. 0, or an error with CAUSE: none did. */
typedef void store_connections_put (void *context, enum store_write_kind kind, const char *key,
                                    char **body, bool last);
int store_connections_save (const struct store_db *db, const char *name, const char *text,
                            int64_t now_ms, store_connections_put *put, void *context,
                            struct stui_cause *cause);

/* The number of the newest connection of NAME into *SEQ, 0: none. When it is open, its supervisor is
 * gone: it is ended, by PUT. */
int store_connections_last (struct store_db *db, const struct store_policy *waiting,
                            const char *name, int64_t now_ms, int64_t wall_ms,
                            store_connections_put *put, void *context, uint64_t *seq,
                            struct stui_cause *cause);

/* What image_history answers; caller owns. */
int store_connections_report (struct store_db *db, const struct store_policy *waiting,
                              const char *name, size_t limit, int64_t now_ms, int64_t wall_ms,
                              struct json **result, struct stui_cause *cause);

/* The connection under KEY was written: folds the oldest ones when there are too many. */
void store_connections_fold (struct store_db *db, const char *key, int64_t wall_ms);

/* {favourites, recents, marked, layouts}, as `image_marks` answers; caller owns. */
int store_marks_load (struct store_db *db, const struct store_policy *waiting, struct json **marks,
                      struct stui_cause *cause);
/* Both move NAME to the front. */
void store_marks_set (struct json *marks, const char *name, bool favourite);
void store_marks_use (struct json *marks, const char *name, int64_t wall_ms);
/* CHANGES, {mark: [name…], unmark: [name…]}: what others marked stays as it is. */
int store_marks_mark (struct json *marks, const struct json *changes, struct stui_cause *cause);
/* The layout NAME has PANES; NULL: there is none of that name any more. STUI_E_EXISTS: it is there, and is not to
 * be REPLACEd. */
int store_marks_layout (struct json *marks, const char *name, const struct json *panes,
                        bool replace, struct stui_cause *cause);

#endif
