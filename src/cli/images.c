/* images.c: see images.h. */

#include "cli/images.h"

#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/render.h"
#include "cli/suggest.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "runtime/words.h"

#include <stdlib.h>
#include <string.h>

struct client *
images_open (const struct cli_options *cli)
{
    struct stui_cause cause = {0};
    struct client *client = client_open (cli, &cause);
    if (client == NULL)
        cli_complain ("%s", cause.text);
    return client;
}

struct json *
images_ask (struct client *client, struct msg *request)
{
    struct stui_cause cause = {0};
    struct json *result = client_ask (client, request, &cause);
    if (result == NULL)
        cli_complain ("%s", cause.text);
    return result;
}

/* ---- which images ----------------------------------------------------------------------------- */

static int
name_order (const void *one_p, const void *other_p)
{
    const char *one = json_get_text (*(const struct json *const *) one_p, "name");
    const char *other = json_get_text (*(const struct json *const *) other_p, "name");
    return strverscmp (one != NULL ? one : "", other != NULL ? other : "");
}

struct json *
images_by_name (const struct json *images)
{
    size_t count = json_count (images), at = 0;
    const struct json **rows = stui_alloc ((count + 1) * sizeof *rows);
    struct json *sorted = json_array ();
    for (const struct json *image = json_first (images); image != NULL; image = json_next (image))
        rows[at++] = image;
    qsort (rows, count, sizeof *rows, name_order);
    for (at = 0; at < count; at++)
        json_push (sorted, json_copy (rows[at]));
    free (rows);
    return sorted;
}

bool
images_ask_each (struct client *client, const struct json *images, enum msg_verb verb,
                 images_take *take, void *context)
{
    enum { PLACES = STUI_TERMINAL_ROOM / 2 };
    struct {
        uint64_t ref; /* 0: the place is free */
        const char *name;
    } places[PLACES] = {0};
    struct stui_cause cause = {0};
    const struct json *image = json_first (images);
    size_t open = 0;
    while (image != NULL || open > 0) {
        for (size_t i = 0; i < PLACES && image != NULL; i++) {
            char peer[STUI_ACTOR_ID_MAX + 1];
            if (places[i].ref != 0)
                continue;
            places[i].name = json_get_text (image, "name");
            snprintf (peer, sizeof peer, "image/%s", places[i].name);
            struct msg *request = msg_new (peer, verb, 0);
            places[i].ref = client_send (client, &request, &cause);
            image = json_next (image);
            open++;
            if (places[i].ref == 0) {
                cli_complain ("%s", cause.text);
                return false;
            }
        }
        struct reply reply = {0};
        if (client_next (client, STUI_NEVER, &reply, &cause) != CLIENT_REPLY) {
            cli_complain ("%s", cause.text);
            return false;
        }
        for (size_t i = 0; i < PLACES; i++)
            if (places[i].ref == reply.ref) {
                take (context, places[i].name, &reply);
                places[i].ref = 0;
                open--;
            }
        reply_fini (&reply);
    }
    return true;
}

struct json *
images_config (struct client *client)
{
    struct json *answer = images_ask (client, msg_new ("main", MSG_CONFIG_GET, 0, ""));
    struct json *images = answer != NULL ? images_by_name (json_get (answer, "images")) : NULL;
    json_destroy (&answer);
    return images;
}

const struct json *
images_find (const struct json *images, const char *name)
{
    for (const struct json *image = json_first (images); image != NULL; image = json_next (image)) {
        const char *its_name = json_get_text (image, "name");
        if (its_name != NULL && strcmp (its_name, name) == 0)
            return image;
    }
    return NULL;
}

bool
images_require (const struct json *images, const char *name)
{
    if (images_find (images, name) != NULL)
        return true;
    size_t count = 0;
    const char **known = stui_alloc ((json_count (images) + 1) * sizeof *known);
    for (const struct json *image = json_first (images); image != NULL; image = json_next (image))
        if (json_get_text (image, "name") != NULL)
            known[count++] = json_get_text (image, "name");
    char *near = suggest_text (name, known, count);
    cli_complain ("there is no image '%s'%s; `stui image ls` lists them", name, near);
    free (near);
    free (known);
    return false;
}

static bool
names_have (const struct json *names, const char *name)
{
    for (const struct json *one = json_first (names); one != NULL; one = json_next (one))
        if (strcmp (json_text (one), name) == 0)
            return true;
    return false;
}

bool
images_is_favourite (const struct json *marks, const char *name)
{
    return names_have (json_get (marks, "favourites"), name);
}

struct json *
images_used_at (const struct json *marks, const char *name)
{
    const struct json *recent = images_find (json_get (marks, "recents"), name);
    return recent != NULL ? json_number (json_get_number (recent, "at_ms", 0)) : json_null ();
}

/* Adds to NAMES the images that have TAG (NULL: all). */
static void
names_add_tagged (struct json *names, const struct json *images, const char *tag)
{
    for (const struct json *image = json_first (images); image != NULL; image = json_next (image)) {
        const char *name = json_get_text (image, "name");
        if (name != NULL && (tag == NULL || words_have_tag (json_get_text (image, "tags"), tag))
            && !names_have (names, name))
            json_push (names, json_string (name));
    }
}

struct json *
images_names (const struct json *images)
{
    struct json *names = json_array ();
    names_add_tagged (names, images, NULL);
    return names;
}

struct json *
images_select (const struct json *images, const struct arguments *arguments, size_t first,
               size_t last)
{
    struct json *names = json_array ();
    bool known = true;
    for (size_t i = first; i < last; i++) {
        const char *name = arguments_operand (arguments, i);
        known = images_require (images, name) && known;
        if (!names_have (names, name))
            json_push (names, json_string (name));
    }
    const char *tag;
    size_t cursor = 0;
    while (known && (tag = arguments_next (arguments, "tag", &cursor)) != NULL) {
        size_t before = json_count (names);
        names_add_tagged (names, images, tag);
        if (json_count (names) == before && first == last) {
            cli_complain ("no image has the tag '%s'; `stui image ls` shows the tags", tag);
            known = false;
        }
    }
    if (known && arguments_has (arguments, "all"))
        names_add_tagged (names, images, NULL);
    if (known && json_count (names) == 0) {
        cli_complain ("there are no images yet; `stui image add NAME ADDRESS` adds one");
        known = false;
    }
    if (!known)
        json_destroy (&names);
    return names;
}

struct json *
images_select_or_all (const struct json *images, const struct arguments *arguments)
{
    size_t count = arguments_operands (arguments);
    bool meant = count > 0 || arguments_has (arguments, "tag");
    return meant ? images_select (images, arguments, 0, count) : images_names (images);
}

bool
images_is_confirmed (const struct arguments *arguments, const char *name)
{
    const char *confirmed;
    size_t cursor = 0;
    while ((confirmed = arguments_next (arguments, "yes", &cursor)) != NULL)
        if (strcmp (confirmed, name) == 0)
            return true;
    return false;
}

bool
images_confirm (const struct json *images, const struct json *names,
                const struct arguments *arguments)
{
    char *refused = stui_strdup (""), *words = stui_strdup ("");
    size_t count = 0;
    for (const struct json *name = json_first (names); name != NULL; name = json_next (name)) {
        const char *text = json_text (name);
        if (!json_get_bool (images_find (images, text), "protected", false)
            || images_is_confirmed (arguments, text))
            continue;
        char *longer = stui_printf ("%s%s%s", refused, count > 0 ? ", " : "", text);
        char *more = stui_printf ("%s%s--yes %s", words, count > 0 ? " " : "", text);
        free (refused);
        free (words);
        refused = longer;
        words = more;
        count++;
    }
    if (count > 0)
        cli_complain ("%s %s protected, so nothing was sent to any image; if it is to be changed, "
                      "add `%s`",
                      refused, count > 1 ? "are" : "is", words);
    free (words);
    free (refused);
    return count == 0;
}

bool
images_confirm_one (const struct json *images, const char *name, const struct arguments *arguments)
{
    struct json *names = json_array ();
    json_push (names, json_string (name));
    bool confirmed = images_confirm (images, names, arguments);
    json_destroy (&names);
    return confirmed;
}

/* ---- their states ------------------------------------------------------------------------------ */

bool
images_connect (struct client *client, const struct json *names)
{
    char *text = names != NULL ? json_print (names) : stui_strdup ("[]");
    struct json *answer = images_ask (client, msg_new ("registry", MSG_CONNECT, 0, text));
    free (text);
    bool connected = answer != NULL;
    json_destroy (&answer);
    return connected;
}

bool
images_is_settled (const struct json *state, enum images_patience patience)
{
    static const char *const settled[] = {"online", "failed", "suspect", "offline", "disabled"};
    size_t count = patience == IMAGES_ONLINE ? 2 : sizeof settled / sizeof *settled;
    const char *word = json_get_text (state, "state");
    for (size_t i = 0; word != NULL && i < count; i++)
        if (strcmp (word, settled[i]) == 0)
            return true;
    return false;
}

static bool
all_settled (const struct json *names, const struct json *states, enum images_patience patience)
{
    for (const struct json *name = json_first (names); name != NULL; name = json_next (name))
        if (!images_is_settled (json_get (states, json_text (name)), patience))
            return false;
    return true;
}

/* Puts what a `watch` answered into STATES. */
static void
states_update (struct json *states, const struct json *answer)
{
    const struct json *one;
    for (one = json_first (json_get (answer, "images")); one != NULL; one = json_next (one))
        if (json_get_text (one, "name") != NULL)
            json_set (states, json_get_text (one, "name"), json_copy (one));
    for (one = json_first (json_get (answer, "removed")); one != NULL; one = json_next (one))
        if (json_text (one) != NULL)
            json_set (states, json_text (one), NULL);
}

struct json *
images_settle (struct client *client, const struct json *names, enum images_patience patience,
               int64_t limit_ms)
{
    int64_t deadline = clock_mono_ms () + limit_ms;
    struct json *states = json_object ();
    struct stui_cause cause = {0};
    uint64_t version = 0;
    for (;;) {
        struct msg *watch = msg_new ("registry", MSG_WATCH, 0, version);
        struct reply reply = {0};
        enum client_turn turn = CLIENT_LOST;
        if (client_send (client, &watch, &cause) != 0)
            turn = client_next (client, deadline, &reply, &cause);
        if (turn == CLIENT_TIMEOUT)
            return states;
        if (turn != CLIENT_REPLY || reply.err != 0) {
            cli_complain ("%s", turn == CLIENT_SIGNAL ? "interrupted"
                                : reply.err != 0      ? reply.text
                                                      : cause.text);
            reply_fini (&reply);
            json_destroy (&states);
            return NULL;
        }
        version = (uint64_t) json_get_number (reply.json, "version", 0);
        states_update (states, reply.json);
        reply_fini (&reply);
        if (all_settled (names, states, patience))
            return states;
    }
}

/* ---- shown -------------------------------------------------------------------------------------- */

/* "ok/up/answers/idle": network, link, image, evaluator; "?" for what is not known. */
static char *
state_lights (const struct json *state)
{
    static const char *const keys[] = {"network", "link", "image", "evaluator"};
    const char *words[4];
    for (size_t i = 0; i < 4; i++) {
        words[i] = json_get_text (state, keys[i]);
        if (words[i] == NULL || strcmp (words[i], "unknown") == 0)
            words[i] = "?";
    }
    return stui_printf ("%s/%s/%s/%s", words[0], words[1], words[2], words[3]);
}

/* NOTE, which it frees, and what waits for the user's word. Caller frees. */
static char *
note_held (char *note, const struct json *state)
{
    long long held = (long long) json_get_number (state, "held", 0);
    long long doubt = (long long) json_get_number (state, "in_doubt", 0);
    char *held_text = held > 0 ? stui_printf ("%lld held", held) : stui_strdup ("");
    char *doubt_text = doubt > 0 ? stui_printf ("%lld in doubt", doubt) : stui_strdup ("");
    char *all = stui_printf ("%s%s%s%s%s", held_text, held > 0 && doubt > 0 ? ", " : "", doubt_text,
                             held + doubt > 0 && *note != '\0' ? "; " : "", note);
    free (doubt_text);
    free (held_text);
    free (note);
    return all;
}

char *
images_kin (const struct json *state, char text[WORDS_KIN_SIZE])
{
    return words_kin (json_get_text (state, "verdict"), json_get_text (state, "other"),
                      json_get_number (state, "replaced_ms", 0) > 0, text);
}

/* Why it is as it is, and what comes next. */
static char *
state_cause (const struct json *state)
{
    const char *cause = json_get_text (state, "cause");
    char kin[WORDS_KIN_SIZE];
    int64_t next_ms = json_get_number (state, "next_retry_ms", -1);
    if (json_get_bool (state, "stuck", false))
        return stui_strdup ("its supervisor does not answer");
    if (cause == NULL || *cause == '\0')
        return stui_strdup (images_kin (state, kin));
    if (next_ms < 0)
        return stui_strdup (cause);
    char *wait = render_duration (next_ms);
    char *note = stui_printf ("%s; attempt %lld, next in %s", cause,
                              (long long) json_get_number (state, "attempt", 0) + 1, wait);
    free (wait);
    return note;
}

static char *
state_note (const struct json *state)
{
    return note_held (state_cause (state), state);
}

void
images_print_table (const struct cli_options *cli, const struct json *names,
                    const struct json *states)
{
    static const struct render_column columns[] = {
        {.title = "IMAGE"},
        {.title = "STATE"},
        {.title = "ADDRESS", .flexible = true},
        {.title = "NET/LINK/IMAGE/EVAL"},
        {.title = "MS", .right = true},
        {.title = "SESSIONS", .right = true},
        {.title = "NOTE", .flexible = true},
        {0},
    };
    struct render_table *table = render_table_new (columns);
    for (const struct json *name = json_first (names); name != NULL; name = json_next (name)) {
        const struct json *state = json_get (states, json_text (name));
        const char *word = json_get_text (state, "state");
        char *lights = state_lights (state), *note = state_note (state);
        double ms = json_get_real (state, "latency_ms", -1);
        char latency[32] = "-";
        if (ms >= 0)
            snprintf (latency, sizeof latency, "%.1f", ms);
        render_cell (table, json_text (name), RENDER_PLAIN);
        render_cell (table, word != NULL ? word : "unknown", render_state_color (word));
        render_cell (table, json_get_text (state, "address"), RENDER_PLAIN);
        render_cell (table, lights, RENDER_PLAIN);
        render_cell (table, latency, RENDER_PLAIN);
        render_cell_number (table, json_get_number (state, "sessions", -1));
        render_cell (table, note, RENDER_PLAIN);
        free (note);
        free (lights);
    }
    cli_print_table (cli, &table);
}
