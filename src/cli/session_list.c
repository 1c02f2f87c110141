/* session_list.c: see session_list.h. */

#include "cli/session_list.h"

#include "cli/command.h"
#include "cli/images.h"
#include "cli/render.h"
#include "runtime/alloc.h"
#include "runtime/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What users see of a record whose image has no supervisor: nothing of it is on an image now. */
static const char *
record_state (const struct json *record)
{
    static const char *const lasting[] = {"closed", "orphaned", "failed", "locked"};
    const char *word = json_get_text (record, "state");
    for (size_t i = 0; word != NULL && i < sizeof lasting / sizeof *lasting; i++)
        if (strcmp (word, lasting[i]) == 0)
            return lasting[i];
    return json_get_bool (record, "open", false) ? "preserved" : "stored";
}

static struct json *
record_to_session (const struct json *record)
{
    static const char *const keys[] = {"session_id", "image",  "image_id",   "name",
                                       "state",      "reason", "created_at", "last_modified",
                                       "version",    "bytes"};
    struct json *session = json_object ();
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const struct json *value = json_get (record, keys[i]);
        json_set (session, keys[i], value != NULL ? json_copy (value) : json_null ());
    }
    json_set_text (session, "state", record_state (record));
    if (json_get_bool (record, "current", false))
        json_set_bool (session, "current", true);
    return session;
}

/* Whether FIELD of both is known and the same; OTHERWISE where one does not know it. */
static bool
is_alike (const struct json *one, const struct json *other, const char *field, bool otherwise)
{
    const char *its = json_get_text (one, field), *theirs = json_get_text (other, field);
    return its != NULL && theirs != NULL ? strcmp (its, theirs) == 0 : otherwise;
}

/* The session of RECORD in LIST: the one of the same id in the same image; NULL. */
static const struct json *
list_same (const struct json *list, const struct json *record)
{
    for (const struct json *one = json_first (list); one != NULL; one = json_next (one))
        if (is_alike (one, record, "session_id", false)
            && is_alike (one, record, "image_id", is_alike (one, record, "image", true)))
            return one;
    return NULL;
}

void
session_list_merge (struct json *live, const struct json *stored)
{
    for (const struct json *record = json_first (stored); record != NULL;
         record = json_next (record)) {
        const char *id = json_get_text (record, "session_id");
        if (id != NULL && list_same (live, record) == NULL)
            json_push (live, record_to_session (record));
    }
}

/* Adds what one supervisor answered. One that is not there has no sessions. */
static void
collect_reply (void *context, const char *name, const struct reply *reply)
{
    struct json *list = context;
    (void) name;
    if (reply->err != 0)
        return;
    const struct json *one;
    for (one = json_first (json_get (reply->json, "sessions")); one != NULL; one = json_next (one))
        json_push (list, json_copy (one));
}

/* Sessions of an image that is not in IMAGES are stored, whatever they were when it was removed. Takes LIST
 * over; caller owns the result. */
static struct json *
list_store_unlisted (struct json *list, const struct json *images)
{
    struct json *told = json_array ();
    for (const struct json *one = json_first (list); one != NULL; one = json_next (one)) {
        const char *image = json_get_text (one, "image"), *state = json_get_text (one, "state");
        struct json *copy = json_copy (one);
        if (image != NULL && images_find (images, image) == NULL && state != NULL
            && strcmp (state, "closed") != 0)
            json_set_text (copy, "state", "stored");
        json_push (told, copy);
    }
    json_destroy (&list);
    return told;
}

/* Says how many in the list do not open, and why. */
static void
collect_say_locked (const struct json *stored)
{
    int64_t locked = json_get_number (stored, "locked", 0);
    const char *why = json_get_text (stored, "why");
    if (locked > 0)
        cli_complain ("%lld session%s not open: %s", (long long) locked,
                      locked == 1 ? " does" : "s do", why != NULL ? why : "locked");
}

/* Marks the sessions of LIST whose image is not there any more: not among IMAGES, or, where its
 * supervisor runs, kept under the id of another one. */
static void
collect_gone (struct client *client, const struct json *images, struct json **list)
{
    struct json *answer = images_ask (client, msg_new ("registry", MSG_WATCH, 0, UINT64_C (0)));
    struct json *marked = json_array ();
    if (answer == NULL)
        json_destroy (&marked);
    for (const struct json *one = json_first (answer != NULL ? *list : NULL); one != NULL;
         one = json_next (one)) {
        const char *name = json_get_text (one, "image"), *key = json_get_text (one, "image_id");
        const struct json *state =
            name != NULL ? images_find (json_get (answer, "images"), name) : NULL;
        const char *its = json_get_text (state, "key");
        bool gone = name == NULL || images_find (images, name) == NULL
                    || (its != NULL && *its != '\0' && key != NULL && strcmp (its, key) != 0);
        struct json *session = json_copy (one);
        json_set_bool (session, "image_gone", gone);
        json_push (marked, session);
    }
    json_destroy (&answer);
    json_destroy (list);
    *list = marked;
}

struct json *
session_list_collect (struct client *client, const struct json *images)
{
    struct json *list = json_array ();
    struct json *answer = NULL;
    if (images_ask_each (client, images, MSG_SESSION_LIST, collect_reply, list))
        answer = images_ask (client, msg_new ("store", MSG_SESSIONS_LOAD, 0, ""));
    if (answer == NULL) {
        json_destroy (&list);
        return NULL;
    }
    session_list_merge (list, json_get (answer, "sessions"));
    list = list_store_unlisted (list, images);
    collect_say_locked (answer);
    int64_t damaged = json_get_number (answer, "damaged", 0);
    if (damaged > 0)
        cli_complain ("%lld damaged session records were set aside; `stui events` says which",
                      (long long) damaged);
    json_destroy (&answer);
    collect_gone (client, images, &list);
    return list;
}

/* What in ID, "IMAGE/ID" or "ID", is the id. */
static const char *
id_part (const char *id)
{
    const char *slash = strrchr (id, '/');
    return slash != NULL ? slash + 1 : id;
}

/* Whether ID may mean ONE. */
static bool
is_meant (const struct json *one, const char *id)
{
    const char *its = json_get_text (one, "session_id"), *image = json_get_text (one, "image");
    const char *part = id_part (id);
    size_t size = part > id ? (size_t) (part - id) - 1 : 0;
    return its != NULL && strncmp (its, part, strlen (part)) == 0
           && (part == id
               || (image != NULL && strlen (image) == size && strncmp (image, id, size) == 0));
}

const struct json *
session_list_find (const struct json *list, const char *id, size_t *matches)
{
    const struct json *found = NULL, *whole = NULL;
    size_t wholes = 0;
    *matches = 0;
    for (const struct json *one = json_first (list); one != NULL; one = json_next (one)) {
        if (!is_meant (one, id))
            continue;
        found = one;
        ++*matches;
        if (strlen (id_part (id)) == strlen (json_get_text (one, "session_id"))) {
            whole = one;
            wholes++;
        }
    }
    *matches = wholes > 0 ? wholes : *matches;
    found = wholes > 0 ? whole : found;
    return *matches == 1 ? found : NULL;
}

struct json *
session_list_of (const struct json *list, const struct json *names)
{
    struct json *chosen = json_array ();
    for (const struct json *one = json_first (list); one != NULL; one = json_next (one)) {
        const char *image = json_get_text (one, "image");
        const struct json *name = json_first (names);
        while (name != NULL && (image == NULL || strcmp (json_text (name), image) != 0))
            name = json_next (name);
        if (names == NULL || name != NULL)
            json_push (chosen, json_copy (one));
    }
    return chosen;
}

/* "ID (NAME, in IMAGE), …" of those in LIST that begin with ID, the first few. Caller frees. */
static char *
list_candidates (const struct json *list, const char *id)
{
    enum { CANDIDATES_MAX = 5 };
    char *text = stui_strdup ("");
    size_t count = 0;
    for (const struct json *one = json_first (list); one != NULL; one = json_next (one)) {
        const char *its = json_get_text (one, "session_id"), *name = json_get_text (one, "name");
        const char *image = json_get_text (one, "image");
        if (!is_meant (one, id) || ++count > CANDIDATES_MAX)
            continue;
        char *longer = stui_printf (
            "%s%s%s (%s%sin %s)", text, count > 1 ? ", " : "", its, name != NULL ? name : "",
            name != NULL && *name != '\0' ? ", " : "", image != NULL ? image : "?");
        free (text);
        text = longer;
    }
    if (count <= CANDIDATES_MAX)
        return text;
    char *longer = stui_printf ("%s and %zu more", text, count - CANDIDATES_MAX);
    free (text);
    return longer;
}

const struct json *
session_list_choose (const struct json *list, const struct json *names, const char *id)
{
    size_t matches;
    struct json *meant = session_list_of (list, names);
    const struct json *found = session_list_find (meant, id, &matches);
    const struct json *session = found != NULL ? list_same (list, found) : NULL;
    if (found == NULL && matches > 1) {
        char *candidates = list_candidates (meant, id);
        char *line = render_line (candidates);
        cli_complain ("%zu sessions begin with '%s': %s; give more of the id, or IMAGE/ID", matches,
                      id, line);
        free (line);
        free (candidates);
    }
    else if (found == NULL)
        cli_complain ("there is no session '%s'%s; `stui session ls` lists them", id,
                      names != NULL ? " in the image" : "");
    json_destroy (&meant);
    return session;
}

struct json *
session_list_name (const struct json *session)
{
    const char *key = json_get_text (session, "image_id");
    struct json *name = json_object ();
    json_set_text (name, "session_id", json_get_text (session, "session_id"));
    if (key != NULL && *key != '\0')
        json_set_text (name, "image_id", key);
    return name;
}

size_t
session_list_count (const struct json *list, const char *name)
{
    size_t count = 0;
    for (const struct json *one = json_first (list); one != NULL; one = json_next (one)) {
        const char *image = json_get_text (one, "image"), *state = json_get_text (one, "state");
        if (image != NULL && strcmp (image, name) == 0 && state != NULL
            && strcmp (state, "closed") != 0)
            count++;
    }
    return count;
}

bool
session_list_refuses (const struct json *session)
{
    const char *state = json_get_text (session, "state"), *why = json_get_text (session, "reason");
    if (state == NULL || strcmp (state, "locked") != 0)
        return false;
    cli_complain ("session %s is %s", json_get_text (session, "session_id"),
                  why != NULL ? why : state);
    return true;
}
