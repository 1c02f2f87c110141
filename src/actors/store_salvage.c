/* store_salvage.c: see store_salvage.h. */

#include "actors/store_salvage.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "actors/records.h"

void
store_salvage_note_place (struct store_db *db)
{
    struct stat info;
    bool there = stat (db->path, &info) == 0;
    db->place_device = there ? (uint64_t) info.st_dev : 0;
    db->place_inode = there ? (uint64_t) info.st_ino : 0;
}

bool
store_salvage_is_lost (const struct store_db *db)
{
    struct stat info;
    char current[STUI_CAUSE_MAX * 4];
    if (!db->engine || db->place_inode == 0)
        return false;
    snprintf (current, sizeof current, "%s/CURRENT", db->path);
    return stat (db->path, &info) < 0 || (uint64_t) info.st_dev != db->place_device
           || (uint64_t) info.st_ino != db->place_inode || stat (current, &info) < 0;
}

static bool
take_visit (void *context, const char *bytes, size_t size, const char *value, size_t value_size)
{
    struct store_db *db = context;
    struct record record;
    char key[KEYS_SIZE];
    if (size == 0 || size >= sizeof key)
        return true;
    snprintf (key, sizeof key, "%.*s", (int) size, bytes);
    if (records_decode (key, value, value_size, &record) == RECORDS_DAMAGED)
        return true;
    engine_batch_put (&db->salvage, key, value, value_size);
    return true;
}

void
store_salvage_take (struct store_db *db)
{
    store_salvage_free (db);
    if (db->engine)
        db->functions->scan (db->engine, "", NULL, take_visit, db, NULL);
}

void
store_salvage_each (const struct store_db *db, engine_visitor *visit, void *context)
{
    for (size_t index = 0; index < db->salvage.count; index++) {
        const struct engine_change *one = &db->salvage.changes[index];
        visit (context, one->key, strlen (one->key), one->value, one->size);
    }
}

void
store_salvage_free (struct store_db *db)
{
    engine_batch_fini (&db->salvage);
}
