/* reaper_counts.c: see reaper_counts.h. */

#include "actors/reaper_counts.h"

#include "runtime/json.h"

/* One more of KEY. */
static void
counts_raise (struct json *counts, const char *key)
{
    json_set_number (counts, key, json_get_number (counts, key, 0) + 1);
}

bool
reaper_counts_add (struct json *counts, enum reaper_order_kind kind, const struct reaper_row *row,
                   bool asked, int64_t wall_ms)
{
    static const char *const keys[] = {[REAPER_CLEAN] = "reaped",
                                       [REAPER_BACK] = "returned",
                                       [REAPER_DROP] = "deleted",
                                       [REAPER_CARRY] = NULL};
    if (!keys[kind] || row->quiet)
        return false;
    bool full = json_count (counts) >= REAPER_COUNTS_MAX && !json_get (counts, row->image);
    const char *name = full ? "" : row->image;
    struct json *image = json_take (counts, name);
    if (!json_is_object (image)) {
        json_destroy (&image);
        image = json_object ();
        json_set_number (image, "since_ms", wall_ms);
        static const char *const numbers[] = {"reaped", "asked", "returned", "deleted"};
        for (size_t index = 0; index < sizeof numbers / sizeof *numbers; index++)
            json_set_number (image, numbers[index], 0);
        json_set (image, "rules", json_object ());
    }
    const char *why = json_get_text (row->json, "why");
    counts_raise (image, keys[kind]);
    json_set_number (image, "last_ms", wall_ms);
    if (kind == REAPER_CLEAN && asked)
        counts_raise (image, "asked");
    if (kind == REAPER_CLEAN && why) {
        struct json *rules = json_take (image, "rules");
        rules = rules ? rules : json_object ();
        counts_raise (rules, why);
        json_set (image, "rules", rules);
    }
    json_set (counts, name, image);
    return true;
}
