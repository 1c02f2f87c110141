/* held_list.c: see held_list.h. */

#include "cli/held_list.h"

#include "cli/command.h"
#include "cli/images.h"
#include "runtime/json.h"

#include <string.h>

/* What supervisors said: {NAME: [entry…]}. */
static void
collect_reply (void *context, const char *name, const struct reply *reply)
{
    const struct json *held = json_get (reply->json, "held");
    if (reply->err == 0 && held != NULL)
        json_set (context, name, json_copy (held));
}

/* Those of image NAME among ENTRIES that are in STATE, behind LIST. */
static void
list_add (struct json *list, const char *name, const struct json *entries, const char *state)
{
    for (const struct json *one = json_first (entries); one != NULL; one = json_next (one)) {
        const char *its = json_get_text (one, "state");
        if (its == NULL || strcmp (its, state) != 0)
            continue;
        struct json *entry = json_copy (one);
        json_set_text (entry, "image", name);
        json_push (list, entry);
    }
}

struct json *
held_list_collect (struct client *client, const struct json *images, const char *state)
{
    struct json *live = json_object (), *stored = NULL, *list = NULL;
    if (images_ask_each (client, images, MSG_HELD_LIST, collect_reply, live))
        stored = images_ask (client, msg_new ("store", MSG_HELD_LOAD, 0, ""));
    if (stored != NULL) {
        list = json_array ();
        const struct json *kept = json_get (stored, "images"), *one;
        for (one = json_first (live); one != NULL; one = json_next (one))
            list_add (list, json_key (one), one, state);
        for (one = json_first (kept); one != NULL; one = json_next (one))
            if (json_get (live, json_key (one)) == NULL)
                list_add (list, json_key (one), one, state);
        int64_t locked = json_get_number (stored, "locked", 0);
        const char *why = json_get_text (stored, "why");
        if (locked > 0)
            cli_complain ("what is held of %lld image%s is encrypted: %s", (long long) locked,
                          locked == 1 ? "" : "s", why != NULL ? why : "locked");
    }
    json_destroy (&stored);
    json_destroy (&live);
    return list;
}

size_t
held_list_count (const struct json *list, const char *image)
{
    size_t count = 0;
    for (const struct json *one = json_first (list); one != NULL; one = json_next (one)) {
        const char *its = json_get_text (one, "image");
        count += its != NULL && strcmp (its, image) == 0;
    }
    return count;
}

/* Puts ENTRY behind CHOSEN, unless it is there. */
static void
choose_add (struct json *chosen, const struct json *entry)
{
    const char *id = json_get_text (entry, "id");
    for (const struct json *one = json_first (chosen); one != NULL; one = json_next (one))
        if (id == NULL || strcmp (json_get_text (one, "id"), id) == 0)
            return;
    if (id != NULL)
        json_push (chosen, json_copy (entry));
}

size_t
held_list_choose (const struct json *list, const char *word, struct json *chosen)
{
    size_t matches = 0, length = strlen (word);
    const struct json *found = NULL;
    for (const struct json *one = json_first (list); one != NULL; one = json_next (one)) {
        const char *image = json_get_text (one, "image");
        if (image != NULL && strcmp (image, word) == 0) {
            choose_add (chosen, one);
            found = one;
        }
    }
    if (found != NULL)
        return 1;
    for (const struct json *one = json_first (list); one != NULL; one = json_next (one)) {
        const char *id = json_get_text (one, "id");
        if (id == NULL || strncmp (id, word, length) != 0)
            continue;
        matches++;
        found = one;
        if (id[length] == '\0') {
            matches = 1;
            break;
        }
    }
    if (matches == 1)
        choose_add (chosen, found);
    return matches;
}
