/* store_restored.c: see store_restored.h. */

#include "actors/store_restored.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/engine_batch.h"
#include "actors/keys.h"
#include "actors/records.h"
#include "actors/store_index.h"
#include "runtime/clock.h"
#include "runtime/json.h"

void
store_restored_gather (struct json *helds, const char *key, const char *value, size_t size)
{
    struct keys_key parts;
    struct record record;
    if (keys_parse (key, strlen (key), &parts) == 0
        && (parts.kind == KEYS_KIND_HELD || parts.kind == KEYS_KIND_HELD_ONE)
        && records_decode (key, value, size, &record) == RECORDS_GOOD
        && (int64_t) record.generation > json_get_number (helds, parts.image, 0))
        json_set_number (helds, parts.image, (int64_t) record.generation);
}

void
store_restored_put (struct engine_batch *batch, const struct json *helds, int64_t made_at_ms,
                    int64_t wall_ms)
{
    struct json *body = json_object ();
    size_t size;
    json_set_number (body, "made_at_ms", made_at_ms);
    json_set_number (body, "at_ms", wall_ms);
    json_set (body, "held", json_copy (helds));
    char *text = json_print (body);
    char *value = records_encode (KEYS_RESTORED, text, false, 0, wall_ms, &size);
    engine_batch_take (batch, KEYS_RESTORED, &value, size);
    free (text);
    json_destroy (&body);
}

uint64_t
store_restored_held (struct store_db *db, const char *name, char why[STUI_CAUSE_MAX])
{
    struct json *body = NULL;
    char at[CLOCK_TEXT_SIZE];
    uint64_t generation = 0;
    if (store_db_get (db, KEYS_RESTORED, &body, NULL) == 0)
        generation = (uint64_t) json_get_number (json_get (body, "held"), name, 0);
    if (generation > 0)
        snprintf (why, STUI_CAUSE_MAX,
                  "it came with the backup of %s: it may have been sent since, from here or from "
                  "the profile that the backup is of",
                  clock_format (json_get_number (body, "made_at_ms", 0), at));
    json_destroy (&body);
    return generation;
}
