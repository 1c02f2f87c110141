/* store_marks.c: which images are favourites, and which were used lately (store_connections.h).
 * There are few of them: one record has all. */

#include "actors/store_connections.h"

#include <string.h>

#include "actors/keys.h"
#include "actors/store_index.h"
#include "runtime/json.h"

int
store_marks_load (struct store_db *db, const struct store_policy *waiting, struct json **marks,
                  struct stui_cause *cause)
{
    const struct store_write *write = store_policy_find (waiting, KEYS_MARKS);
    *marks = write ? json_parse (write->body, write->bytes, NULL) : NULL;
    int err = write ? 0 : store_db_closed (db, cause);
    if (!err && !*marks)
        err = store_db_get (db, KEYS_MARKS, marks, cause);
    if (err)
        return err;
    if (!*marks)
        *marks = json_object ();
    static const char *const lists[] = {"favourites", "recents"};
    for (size_t index = 0; index < sizeof lists / sizeof *lists; index++)
        if (!json_is_array (json_get (*marks, lists[index])))
            json_set (*marks, lists[index], json_array ());
    return 0;
}

/* A favourite is a name, a recent has one. */
static const char *
entry_name (const struct json *entry)
{
    const char *name = json_is_object (entry) ? json_get_text (entry, "name") : json_text (entry);
    return name ? name : "";
}

/* LIST of MARKS with ENTRY (NULL: none), which is taken over, at the front, MAX entries at most, and
 * without the one that NAME had. */
static void
marks_put (struct json *marks, const char *list, const char *name, struct json *entry, size_t max)
{
    struct json *entries = json_array ();
    if (entry)
        json_push (entries, entry);
    for (const struct json *old = json_first (json_get (marks, list)); old; old = json_next (old))
        if (strcmp (entry_name (old), name) != 0 && json_count (entries) < max)
            json_push (entries, json_copy (old));
    json_set (marks, list, entries);
}

void
store_marks_set (struct json *marks, const char *name, bool favourite)
{
    marks_put (marks, "favourites", name, favourite ? json_string (name) : NULL,
               STORE_MARKS_FAVOURITES);
}

void
store_marks_use (struct json *marks, const char *name, int64_t wall_ms)
{
    struct json *entry = json_object ();
    json_set_text (entry, "name", name);
    json_set_number (entry, "at_ms", wall_ms);
    marks_put (marks, "recents", name, entry, STORE_MARKS_RECENTS);
}
