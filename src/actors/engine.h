/* engine.h: the small interface behind which the database stands. Whoever stores speaks to a
 * struct engine_functions, so that another engine, or a failing one, can be put there. One
 * thread owns an engine. All functions may block on the disk, and on nothing else. */

#ifndef STUI_ACTORS_ENGINE_H
#define STUI_ACTORS_ENGINE_H

#include <stui/types.h>

struct engine; /* an open database: opaque, each engine's own */

/* One change of a batch. Borrowed by write. */
struct engine_change {
    const char *key;   /* NUL-terminated */
    const char *value; /* NULL: delete KEY */
    size_t size;
};

/* What scan shows, one call a key, in the order of keys: both borrowed until it returns, and
 * neither NUL-terminated. Answers whether to go on. It may read and write the same engine: a
 * scan shows what was there when it began. */
typedef bool engine_visitor (void *context, const char *key, size_t key_size, const char *value,
                             size_t value_size);

struct engine_functions {
    /* Opens the database in the directory PATH, making it when missing. */
    int (*open) (const char *path, struct engine **engine, struct stui_cause *cause);

    /* The value of KEY: caller frees *VALUE, which is NUL-terminated beyond its SIZE.
     * STUI_E_NOT_FOUND when there is none. */
    int (*get) (struct engine *engine, const char *key, char **value, size_t *size,
                struct stui_cause *cause);

    /* Shows all keys that begin with PREFIX, from FROM on (NULL: from the first). */
    int (*scan) (struct engine *engine, const char *prefix, const char *from, engine_visitor *visit,
                 void *context, struct stui_cause *cause);

    /* All changes or none, later ones over earlier ones; on the disk when it answers 0. After
     * a failure it is not known whether they are there, and the engine must be reopened. */
    int (*write) (struct engine *engine, const struct engine_change *changes, size_t count,
                  struct stui_cause *cause);

    /* Frees *ENGINE and clears it; accepts NULL. */
    void (*close) (struct engine **engine);

    /* Writes all files anew, so that nothing that was deleted or written over stays in them. Takes a
     * second for 60 MB or so. NULL: the engine has no such files. */
    int (*compact) (struct engine *engine, struct stui_cause *cause);

    /* Saves what can be saved of the closed database in PATH, in place. */
    int (*repair) (const char *path, struct stui_cause *cause);
};

/* Failures are STUI_E_STORAGE, or STUI_E_MALFORMED when what is on the disk is damaged, with a
 * cause. A damaged part ends neither scan nor open of the rest where the engine can go on. */
extern const struct engine_functions engine_leveldb;

#endif
