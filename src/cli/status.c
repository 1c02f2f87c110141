/* status.c: `stui status`: every image as it is now. */

#include "cli/command.h"
#include "cli/images.h"
#include "cli/reaped.h"
#include "cli/render.h"
#include "runtime/json.h"

#include <stdlib.h>
#include <string.h>

enum {
    STATUS_PATIENCE_MS = 30000,         /* an attempt has phases, each with a limit of its own */
    STATUS_DEGRADED_PATIENCE_MS = 2000, /* without a database nothing is attempted */
};

/* The fields of one image, in the order in which they are documented. */
static struct json *
status_image (const struct json *state, const char *name, const struct json *reaped)
{
    static const char *const keys[] = {
        "address",       "state",   "phase",     "image_id",    "boot_id",  "dialect",   "network",
        "link",          "image",   "evaluator", "latency_ms",  "sessions", "orphans",   "attempt",
        "next_retry_ms", "cause",   "trouble",   "stuck",       "tags",     "protected", "held",
        "in_doubt",      "verdict", "other",     "replaced_ms",
    };
    struct json *image = json_object ();
    json_set_text (image, "name", name);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const struct json *value = json_get (state, keys[i]);
        json_set (image, keys[i], value != NULL ? json_copy (value) : json_null ());
    }
    json_set (image, "reaped", reaped_of (reaped, name));
    return image;
}

/* Whether what is saved can be written: {degraded, cause, waiting, events_dropped}. Caller owns. */
static struct json *
status_store (const struct json *store)
{
    static const char *const keys[] = {"degraded", "cause", "waiting", "events_dropped"};
    struct json *short_one = json_object ();
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const struct json *value = json_get (store, keys[i]);
        json_set (short_one, keys[i], value != NULL ? json_copy (value) : json_null ());
    }
    return short_one;
}

static void
status_print_json (const struct json *status, const struct json *store, const struct json *names,
                   const struct json *states, const struct json *reaped)
{
    struct json *out = json_object ();
    json_set_text (out, "profile", json_get_text (status, "profile"));
    json_set_number (out, "owner_pid", json_get_number (status, "owner_pid", 0));
    json_set_number (out, "uptime_s", json_get_number (status, "uptime_s", 0));
    json_set_number (out, "supervisors_given_up",
                     json_get_number (status, "supervisors_given_up", 0));
    json_set (out, "store", status_store (store));
    struct json *images = json_array ();
    for (const struct json *name = json_first (names); name != NULL; name = json_next (name))
        json_push (images,
                   status_image (json_get (states, json_text (name)), json_text (name), reaped));
    json_set (out, "images", images);
    cli_print_json (out);
    json_destroy (&out);
}

static void
status_print (const struct cli_options *cli, const struct json *status, const struct json *store,
              const struct json *names, const struct json *states, const struct json *reaped)
{
    char *uptime = render_duration (json_get_number (status, "uptime_s", 0) * 1000);
    printf ("profile %s, owner %lld, up %s\n", json_get_text (status, "profile"),
            (long long) json_get_number (status, "owner_pid", 0), uptime);
    free (uptime);
    const char *cause = json_get_text (store, "cause");
    if (json_get_bool (store, "degraded", false))
        printf ("degraded: nothing can be saved at the moment, and nothing is lost while stui "
                "runs: %s\n",
                cause != NULL ? cause : "the cause is unknown");
    if (json_get_bool (status, "restart_wanted", false))
        printf (
            "%lld supervisors answered nothing and were given up: stop stui and start it again\n",
            (long long) json_get_number (status, "supervisors_given_up", 0));
    char *cleaned = reaped_text (reaped, NULL);
    if (cleaned != NULL)
        printf ("cleaned away: %s\n", cleaned);
    free (cleaned);
    if (json_count (names) == 0)
        puts ("no images yet; `stui image add NAME ADDRESS` adds one");
    else
        images_print_table (cli, names, states);
}

/* Those of NAMES that will try to connect. Caller owns. */
static struct json *
status_awaited (const struct json *images, const struct json *names)
{
    struct json *awaited = json_array ();
    for (const struct json *name = json_first (names); name != NULL; name = json_next (name))
        if (!json_get_bool (images_find (images, json_text (name)), "disabled", false))
            json_push (awaited, json_copy (name));
    return awaited;
}

/* 3 when an image that should be there is not. */
static int
status_exit (const struct json *names, const struct json *states)
{
    for (const struct json *name = json_first (names); name != NULL; name = json_next (name)) {
        const char *word = json_get_text (json_get (states, json_text (name)), "state");
        if (word == NULL || (strcmp (word, "online") != 0 && strcmp (word, "disabled") != 0))
            return STUI_EXIT_UNREACHABLE;
    }
    return STUI_EXIT_DONE;
}

static int
status_run (const struct cli_options *cli, const struct arguments *arguments)
{
    struct client *client = images_open (cli);
    if (client == NULL)
        return STUI_EXIT_FAILED;
    int exit_status = STUI_EXIT_FAILED;
    struct json *status = NULL, *store = NULL, *states = NULL;
    struct json *images = images_config (client);
    struct json *names = images != NULL ? images_select_or_all (images, arguments) : NULL;
    if (images != NULL && names == NULL)
        exit_status = STUI_EXIT_USAGE;
    if (names != NULL)
        status = images_ask (client, msg_new ("main", MSG_STATUS, 0));
    if (status != NULL)
        store = images_ask (client, msg_new ("store", MSG_STORE_STATUS, 0));
    if (store != NULL
        && images_connect (client, json_count (names) == json_count (images) ? NULL : names)) {
        struct json *awaited = status_awaited (images, names);
        int64_t patience_ms = json_get_bool (store, "degraded", false) ? STATUS_DEGRADED_PATIENCE_MS
                                                                       : STATUS_PATIENCE_MS;
        /* Of no images nothing is ever reported. */
        states = json_count (names) == 0
                     ? json_object ()
                     : images_settle (client, awaited, IMAGES_ATTEMPTED, patience_ms);
        json_destroy (&awaited);
    }
    if (states != NULL) {
        exit_status = status_exit (names, states);
        const struct json *reaped = json_get (store, "reaped");
        if (cli->json)
            status_print_json (status, store, names, states, reaped);
        else
            status_print (cli, status, store, names, states, reaped);
    }
    json_destroy (&states);
    json_destroy (&names);
    json_destroy (&store);
    json_destroy (&status);
    json_destroy (&images);
    client_close (&client);
    return exit_status;
}

static const struct option_row status_options[] = {IMAGES_TAG_OPTION, {0}};

const struct command command_status = {
    .name = "status",
    .usage = "[IMAGE…]",
    .summary = "every image: its state, four lights, latency, sessions, why it is away",
    .help =
        "Waits until each image is online or had one failed attempt. Where no stui runs on the\n"
        "profile, all images are connected for it and let go again. A light that is not known is a "
        "?.\n"
        "Exit status 3 when an image that is not disabled cannot be reached.",
    .options = status_options,
    .most = SIZE_MAX,
    .run = status_run,
};
