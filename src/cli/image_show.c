/* image_show.c: `stui image show`: everything known of one image: how it is, how its connections were,
 * what it says of itself and, while it is online, of its memory; and what the configuration has of it. */

#include "cli/command.h"
#include "cli/image.h"
#include "cli/image_capabilities.h"
#include "cli/image_history.h"
#include "cli/images.h"
#include "cli/reaped.h"
#include "cli/render.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"

#include <stdlib.h>
#include <string.h>

enum {
    REACH_PATIENCE_MS = 30000,  /* for one attempt: each of its phases has a limit */
    SYSTEM_PATIENCE_MS = 2000,  /* for what an image says of its memory: it may be busy */
    HISTORY_CONNECTIONS = 1000, /* all that are kept one by one */
    SHOW_INDENT = 2,
    SHOW_KEY_WIDTH = 22,
};

/* ---- asked ------------------------------------------------------------------------------------------- */

/* What image NAME says to system_info of KIND. Caller owns; NULL when it does not say. */
static struct json *
system_ask (struct client *client, const char *name, const char *kind)
{
    char peer[STUI_ACTOR_ID_MAX + 1], parameters[64];
    snprintf (peer, sizeof peer, "image/%s", name);
    snprintf (parameters, sizeof parameters, "{\"kind\":\"%s\"}", kind);
    struct msg *command =
        msg_new (peer, MSG_COMMAND, 0, "system_info", parameters, (uint64_t) 0, "");
    uint64_t ref = client_send (client, &command, NULL);
    int64_t deadline = clock_mono_ms () + SYSTEM_PATIENCE_MS;
    struct reply reply = {0};
    struct json *said = NULL;
    while (ref != 0 && client_next (client, deadline, &reply, NULL) == CLIENT_REPLY) {
        bool ours = reply.ref == ref;
        if (ours && reply.err == 0)
            said = json_take (reply.json, kind);
        reply_fini (&reply);
        if (ours)
            break;
    }
    return said;
}

/* Memory and virtual machine of image NAME, an object that the caller owns; NULL when it says
 * nothing. */
static struct json *
system_collect (struct client *client, const char *name, const struct json *state)
{
    static const char *const kinds[] = {"memory", "vm"};
    const char *word = json_get_text (state, "state");
    struct json *system = json_object ();
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct json *said = word != NULL && strcmp (word, "online") == 0
                                ? system_ask (client, name, kinds[i])
                                : NULL;
        if (said != NULL)
            json_set (system, kinds[i], said);
    }
    if (json_count (system) == 0)
        json_destroy (&system);
    return system;
}

/* Its connections, and whether it is a favourite. Caller owns; NULL after saying why. */
static struct json *
history_ask (struct client *client, const char *name, bool *favourite)
{
    struct json *history = images_ask (
        client, msg_new ("store", MSG_IMAGE_HISTORY, 0, name, (uint64_t) HISTORY_CONNECTIONS));
    struct json *marks =
        history != NULL ? images_ask (client, msg_new ("store", MSG_IMAGE_MARKS, 0)) : NULL;
    *favourite = images_is_favourite (marks, name);
    json_destroy (&marks);
    return history;
}

/* ---- shown ------------------------------------------------------------------------------------------- */

/* What VALUE shows as, in one line: the members of an array with commas between. Caller frees. */
static char *
show_value (const struct json *value)
{
    char *text = json_is_string (value) ? stui_strdup (json_text (value)) : NULL;
    if (json_is_array (value)) {
        text = stui_strdup ("");
        for (const struct json *one = json_first (value); one != NULL; one = json_next (one)) {
            char *word = show_value (one);
            char *longer = stui_printf ("%s%s%s", text, *text != '\0' ? ", " : "", word);
            free (word);
            free (text);
            text = longer;
        }
    }
    if (text == NULL)
        text = json_print (value);
    char *line = render_line (text);
    free (text);
    return line;
}

/* Prints the members of OBJECT that say something, one a line, those of objects in it below. */
static void
show_members (const char *title, const struct json *object, int indent)
{
    char *heading = render_line (title); /* images choose the names of their members */
    printf ("%*s%s\n", indent, "", heading);
    free (heading);
    indent += SHOW_INDENT;
    for (const struct json *member = json_first (object); member != NULL;
         member = json_next (member)) {
        if (json_is_object (member)) {
            show_members (json_key (member), member, indent);
            continue;
        }
        char *line = json_is_null (member) ? stui_strdup ("") : show_value (member);
        char *key = render_line (json_key (member));
        if (*line != '\0')
            printf ("%*s%-*s %s\n", indent, "", SHOW_KEY_WIDTH - indent, key, line);
        free (key);
        free (line);
    }
}

/* What the image said in its hello, in the order in which one asks for it; its capabilities apart. */
static void
show_hello (const struct json *hello, const char *title)
{
    static const char *const keys[] = {"image_name", "dialect",  "dialect_version",  "vm_version",
                                       "host",       "pid",      "started_at",       "image_id",
                                       "boot_id",    "protocol", "max_message_bytes"};
    struct json *shown = json_object ();
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (json_get (hello, keys[i]) != NULL)
            json_set (shown, keys[i], json_copy (json_get (hello, keys[i])));
    show_members (title, shown, 0);
    json_destroy (&shown);
    struct json *groups = image_capabilities_group (json_get (hello, "capabilities"));
    if (json_count (groups) > 0)
        show_members ("what it can do", groups, 0);
    json_destroy (&groups);
}

/* STATE as people read it: times of day as such, and nothing that only stui itself uses. */
static struct json *
state_for_people (const struct json *state)
{
    static const char *const times[][2] = {
        {"since_ms", "since"}, {"busy_since_ms", "busy_since"}, {"replaced_ms", "replaced"}};
    static const char *const inner[] = {"key",           "verdict",     "other",        "since_ms",
                                        "busy_since_ms", "replaced_ms", "next_retry_ms"};
    char kin[WORDS_KIN_SIZE];
    struct json *shown = json_copy (state);
    for (size_t i = 0; i < sizeof inner / sizeof *inner; i++)
        json_set (shown, inner[i], NULL);
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        char text[CLOCK_TEXT_SIZE];
        int64_t at_ms = json_get_number (state, times[i][0], 0);
        if (at_ms > 0)
            json_set_text (shown, times[i][1], clock_format (at_ms, text));
    }
    int64_t next_ms = json_get_number (state, "next_retry_ms", -1);
    if (next_ms >= 0) {
        char *wait = render_duration (next_ms);
        json_set_text (shown, "next_retry_in", wait);
        free (wait);
    }
    if (*images_kin (state, kin) != '\0')
        json_set_text (shown, "identity", kin);
    return shown;
}

static void
show_print (const struct cli_options *cli, const struct json *settings, const struct json *state,
            const struct json *hello, const struct json *system, const struct json *history,
            const char *cleaned)
{
    const char *word = json_get_text (state, "state");
    bool online = word != NULL && strcmp (word, "online") == 0;
    struct json *shown = state_for_people (state);
    show_members ("as it is now", shown, 0);
    json_destroy (&shown);
    if (history != NULL)
        image_history_print (cli, history);
    if (cleaned != NULL)
        printf ("what was cleaned away of it\n  %s\n", cleaned);
    if (json_is_object (hello))
        show_hello (hello, online ? "what it says of itself" : "what it last said of itself");
    if (system != NULL)
        show_members ("what it says of its system", system, 0);
    else if (online)
        puts (
            "what it says of its system\n  nothing: it does not know system_info, or is too busy");
    show_members ("as the configuration has it", settings, 0);
}

static void
show_print_json (const char *name, const struct json *settings, const struct json *state,
                 const struct json *hello, const struct json *system, const struct json *history,
                 bool favourite, const struct json *reaped)
{
    struct json *all = json_object ();
    json_set_text (all, "name", name);
    json_set_bool (all, "favourite", favourite);
    json_set (all, "settings", json_copy (settings));
    json_set (all, "state", json_copy (state));
    json_set (all, "image", json_is_object (hello) ? json_copy (hello) : json_null ());
    json_set (all, "system", system != NULL ? json_copy (system) : json_null ());
    json_set (all, "history", history != NULL ? json_copy (history) : json_null ());
    json_set (all, "reaped", reaped_of (reaped, name));
    cli_print_json (all);
    json_destroy (&all);
}

static int
image_show_run (const struct cli_options *cli, const struct arguments *arguments)
{
    const char *name = arguments_operand (arguments, 0);
    struct client *client = images_open (cli);
    struct json *images = client != NULL ? images_config (client) : NULL;
    struct json *state = NULL;
    int exit_status = STUI_EXIT_FAILED;
    if (images != NULL && !images_require (images, name))
        exit_status = STUI_EXIT_USAGE;
    else if (images != NULL)
        state = image_settle (client, name, IMAGES_ATTEMPTED, REACH_PATIENCE_MS);
    if (state != NULL) {
        struct json *system = system_collect (client, name, state);
        struct json *hello = json_take (state, "hello");
        const struct json *settings = images_find (images, name);
        bool favourite;
        struct json *history = history_ask (client, name, &favourite);
        struct json *store = images_ask (client, msg_new ("store", MSG_STORE_STATUS, 0));
        const struct json *reaped = json_get (store, "reaped");
        char *cleaned = reaped_text (reaped, name);
        if (cli->json)
            show_print_json (name, settings, state, hello, system, history, favourite, reaped);
        else
            show_print (cli, settings, state, hello, system, history, cleaned);
        free (cleaned);
        json_destroy (&store);
        exit_status = STUI_EXIT_DONE;
        json_destroy (&history);
        json_destroy (&hello);
        json_destroy (&system);
    }
    json_destroy (&state);
    json_destroy (&images);
    client_close (&client);
    return exit_status;
}

const struct command image_show = {
    .name = "show",
    .usage = "NAME",
    .summary = "everything known of one image",
    .help =
        "How it is now; its connections: availability, time between failures and to reconnect,\n"
        "over a day, a week, for ever, and the last few; what was cleaned away of it, by which "
        "rule;\n"
        "what it says of itself: dialect,\n"
        "versions, host, process, since when, what it can do; its memory and virtual machine,\n"
        "while it is online; and its settings.",
    .least = 1,
    .most = 1,
    .run = image_show_run,
};
