/* store_marks.c: which images are favourites, which were used lately, which are marked by hand, and the named
 * layouts of panes (store_connections.h). There are few of them: one record has all. */

#include "actors/store_connections.h"

#include <string.h>

#include "actors/keys.h"
#include "actors/store_index.h"
#include "runtime/address.h"
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
    static const char *const lists[] = {"favourites", "recents", "marked", "layouts"};
    for (size_t index = 0; index < sizeof lists / sizeof *lists; index++)
        if (!json_is_array (json_get (*marks, lists[index])))
            json_set (*marks, lists[index], json_array ());
    return 0;
}

/* A favourite is a name, a recent and a layout have one. */
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

/* Whether NAMES, an array, has NAME. */
static bool
names_have (const struct json *names, const char *name)
{
    const struct json *one = json_first (names);
    while (one && strcmp (entry_name (one), name) != 0)
        one = json_next (one);
    return one != NULL;
}

int
store_marks_mark (struct json *marks, const struct json *changes, struct stui_cause *cause)
{
    const struct json *mark = json_get (changes, "mark"), *unmark = json_get (changes, "unmark");
    struct json *marked = json_array ();
    for (const struct json *old = json_first (json_get (marks, "marked")); old;
         old = json_next (old))
        if (!names_have (unmark, entry_name (old)) && !names_have (mark, entry_name (old)))
            json_push (marked, json_copy (old));
    for (const struct json *one = json_first (mark); one; one = json_next (one))
        if (address_name_is_valid (entry_name (one), STUI_NAME_MAX))
            json_push (marked, json_string (entry_name (one)));
    size_t count = json_count (marked);
    if (count > STORE_MARKS_MARKED) {
        json_destroy (&marked);
        return stui_fail (cause, STUI_E_INVALID_REQUEST,
                          "%zu images are marked; the marks of %d at most are kept", count,
                          STORE_MARKS_MARKED);
    }
    json_set (marks, "marked", marked);
    return 0;
}

int
store_marks_layout (struct json *marks, const char *name, const struct json *panes, bool replace,
                    struct stui_cause *cause)
{
    bool known = false;
    size_t count = 0;
    const struct json *one = json_first (json_get (marks, "layouts"));
    for (; one; one = json_next (one), count++)
        known = known || strcmp (entry_name (one), name) == 0;
    if (!address_name_is_valid (name, STUI_NAME_MAX))
        return stui_fail (cause, STUI_E_INVALID_REQUEST,
                          "a layout's name is of A-Z a-z 0-9 . _ -, at most %d of them",
                          STUI_NAME_MAX);
    if (panes && json_size (panes) > STORE_MARKS_LAYOUT_BYTES)
        return stui_fail (cause, STUI_E_INVALID_REQUEST, "the layout %s is larger than %d bytes",
                          name, STORE_MARKS_LAYOUT_BYTES);
    if (panes && known && !replace)
        return stui_fail (cause, STUI_E_EXISTS, "the layout %s is there already", name);
    if (panes && !known && count >= STORE_MARKS_LAYOUTS)
        return stui_fail (cause, STUI_E_INVALID_REQUEST,
                          "%d layouts are kept already: delete one (:layout delete NAME)",
                          STORE_MARKS_LAYOUTS);
    struct json *entry = panes ? json_object () : NULL;
    if (entry) {
        json_set_text (entry, "name", name);
        json_set (entry, "panes", json_copy (panes));
    }
    marks_put (marks, "layouts", name, entry, STORE_MARKS_LAYOUTS);
    return 0;
}
