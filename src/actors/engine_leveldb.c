/* engine_leveldb.c: engine.h by LevelDB, which this file alone includes. Owns the database and
 * its options while it is open. Every write is synced; every read is verified. */

#include "actors/engine.h"

#include <leveldb/c.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"

/* Smaller than LevelDB's own 4 and 8 MiB: an idle stui keeps few sessions and many promises
 * about memory. */
static const size_t write_buffer_bytes = 2 << 20;
static const size_t cache_bytes = 1 << 20;
enum { OPEN_FILES_MAX = 64 }; /* of LevelDB's; the images need the descriptors more */

struct engine {
    char *path;
    leveldb_t *db;
    leveldb_cache_t *cache;
    leveldb_options_t *options;
    leveldb_readoptions_t *read;
    leveldb_writeoptions_t *write;
};

static const char doing_open[] = "to open";

/* Turns LevelDB's ERROR, freed here, into a sentence. Its kind is the text's first word. A sector
 * that cannot be read, or a file that went while the database is open, is damage: waiting does
 * not mend it. (At the opening a file that is not there is the database's own place.) */
static int
leveldb_fail (const char *path, const char *doing, char *error, struct stui_cause *cause)
{
    bool damaged = strncmp (error, "Corruption", 10) == 0 || strstr (error, strerrordesc_np (EIO))
                   || strstr (error, strerrordesc_np (EINVAL)) /* an empty file cannot be mapped */
                   || (strncmp (error, "NotFound", 8) == 0 && strcmp (doing, doing_open) != 0);
    int err = damaged ? STUI_E_MALFORMED : STUI_E_STORAGE;
    /* "IO error: FILE: REASON": the reason goes first, where a narrow terminal does not cut it off. */
    bool is_system =
        strncmp (error, "IO error: ", 10) == 0 || strncmp (error, "NotFound: ", 10) == 0;
    const char *reason = is_system ? strrchr (error, ':') : NULL;
    if (reason && reason[1] == ' ')
        stui_fail (cause, err, "%.80s: the database in %.120s refused %s", reason + 2, path, doing);
    else
        stui_fail (cause, err, "the database in %.100s refused %s: %.100s", path, doing, error);
    leveldb_free (error);
    return err;
}

static void
leveldb_engine_close (struct engine **self_p)
{
    struct engine *self = self_p ? *self_p : NULL;
    if (!self)
        return;
    if (self->db)
        leveldb_close (self->db);
    leveldb_writeoptions_destroy (self->write);
    leveldb_readoptions_destroy (self->read);
    leveldb_options_destroy (self->options);
    leveldb_cache_destroy (self->cache); /* after the database, which uses it till the end */
    free (self->path);
    free (self);
    *self_p = NULL;
}

static int
leveldb_engine_open (const char *path, struct engine **engine, struct stui_cause *cause)
{
    struct engine *self = stui_alloc (sizeof *self);
    self->path = stui_strdup (path);
    self->cache = leveldb_cache_create_lru (cache_bytes);
    self->options = leveldb_options_create ();
    leveldb_options_set_create_if_missing (self->options, 1);
    leveldb_options_set_paranoid_checks (self->options, 1);
    leveldb_options_set_write_buffer_size (self->options, write_buffer_bytes);
    leveldb_options_set_max_open_files (self->options, OPEN_FILES_MAX);
    leveldb_options_set_cache (self->options, self->cache);
    self->read = leveldb_readoptions_create ();
    leveldb_readoptions_set_verify_checksums (self->read, 1);
    self->write = leveldb_writeoptions_create ();
    leveldb_writeoptions_set_sync (self->write, 1);
    char *error = NULL;
    self->db = leveldb_open (self->options, path, &error);
    int err = error ? leveldb_fail (self->path, doing_open, error, cause) : 0;
    if (err)
        leveldb_engine_close (&self);
    *engine = self;
    return err;
}

static int
leveldb_engine_get (struct engine *self, const char *key, char **value, size_t *size,
                    struct stui_cause *cause)
{
    char *error = NULL;
    *value = NULL;
    char *found = leveldb_get (self->db, self->read, key, strlen (key), size, &error);
    if (error)
        return leveldb_fail (self->path, "a read", error, cause);
    if (!found)
        return STUI_E_NOT_FOUND;
    *value = stui_memdup (found, *size);
    leveldb_free (found);
    return 0;
}

static int
leveldb_engine_scan (struct engine *self, const char *prefix, const char *from,
                     engine_visitor *visit, void *context, struct stui_cause *cause)
{
    size_t prefix_size = strlen (prefix);
    const char *start = from ? from : prefix;
    leveldb_iterator_t *iterator = leveldb_create_iterator (self->db, self->read);
    leveldb_iter_seek (iterator, start, strlen (start));
    for (bool going = true; going && leveldb_iter_valid (iterator); leveldb_iter_next (iterator)) {
        size_t key_size, value_size;
        const char *key = leveldb_iter_key (iterator, &key_size);
        if (key_size < prefix_size || memcmp (key, prefix, prefix_size) != 0)
            break;
        const char *value = leveldb_iter_value (iterator, &value_size);
        going = visit (context, key, key_size, value, value_size);
    }
    char *error = NULL;
    leveldb_iter_get_error (iterator, &error);
    leveldb_iter_destroy (iterator);
    return error ? leveldb_fail (self->path, "a scan", error, cause) : 0;
}

static int
leveldb_engine_write (struct engine *self, const struct engine_change *changes, size_t count,
                      struct stui_cause *cause)
{
    leveldb_writebatch_t *batch = leveldb_writebatch_create ();
    for (const struct engine_change *change = changes; change < changes + count; change++) {
        if (change->value)
            leveldb_writebatch_put (batch, change->key, strlen (change->key), change->value,
                                    change->size);
        else
            leveldb_writebatch_delete (batch, change->key, strlen (change->key));
    }
    char *error = NULL;
    leveldb_write (self->db, self->write, batch, &error);
    leveldb_writebatch_destroy (batch);
    return error ? leveldb_fail (self->path, "a write", error, cause) : 0;
}

/* LevelDB says nothing of what became of it: a write, which fails when it is broken, does. A log is
 * deleted once another one is begun, and that is what compacting does first; so the write comes
 * before as well, should the log be empty. */
static int
leveldb_engine_compact (struct engine *self, struct stui_cause *cause)
{
    static const struct engine_change none = {"compacted", NULL, 0};
    int err = leveldb_engine_write (self, &none, 1, cause);
    if (!err)
        leveldb_compact_range (self->db, NULL, 0, NULL, 0);
    return err ? err : leveldb_engine_write (self, &none, 1, cause);
}

static int
leveldb_engine_repair (const char *path, struct stui_cause *cause)
{
    leveldb_options_t *options = leveldb_options_create ();
    leveldb_options_set_paranoid_checks (options,
                                         1); /* else damaged blocks are taken at their word */
    char *error = NULL;
    leveldb_repair_db (options, path, &error);
    leveldb_options_destroy (options);
    return error ? leveldb_fail (path, "to be repaired", error, cause) : 0;
}

const struct engine_functions engine_leveldb = {
    .open = leveldb_engine_open,
    .get = leveldb_engine_get,
    .scan = leveldb_engine_scan,
    .write = leveldb_engine_write,
    .close = leveldb_engine_close,
    .compact = leveldb_engine_compact,
    .repair = leveldb_engine_repair,
};
