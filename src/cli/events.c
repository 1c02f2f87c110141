/* events.c: `stui events`: what happened, from the store's log of events. With --follow it outlives
 * the owner that it reads from: the numbers of events go on, whoever owns the profile. */

#include "cli/command.h"
#include "cli/event_kinds.h"
#include "cli/images.h"
#include "cli/render.h"
#include "cli/suggest.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    EVENTS_COUNT = 20, /* shown without -n */
    EVENTS_COUNT_MAX = 100000,
    EVENTS_PAGE = 500, /* asked for at once */
    /* `serve` under a service manager is back within this; then an owner is started here. */
    OWNER_GRACE_MS = 5000,
    PAUSE_FIRST_MS = 20, /* between attempts to attach; doubled each time */
    PAUSE_MOST_MS = 500,
};

struct events {
    const struct cli_options *cli;
    struct client *client; /* owned */
    const char *image;     /* only of this one; NULL: all */
    const char *kind;      /* only of this kind; NULL: all */
    struct json **kept;    /* owned: a ring of the last ones */
    size_t most, count;    /* its size, how many were ever put in */
    int64_t last_ms;       /* when the last one happened that was met … */
    int64_t met_ms;        /* … when the numbers began anew: of those up to … */
    uint64_t met_seq;      /* … this number, the older ones were met */
};

static bool
event_has (const struct json *event, const char *key, const char *wanted)
{
    const char *its = json_get_text (event, key);
    return wanted == NULL || (its != NULL && strcmp (its, wanted) == 0);
}

static bool
event_is_wanted (const struct events *self, const struct json *event)
{
    return event_has (event, "image", self->image) && event_has (event, "kind", self->kind);
}

static void
event_print (const struct json *event, bool as_json)
{
    if (as_json) {
        cli_print_json (event);
        return;
    }
    time_t seconds = (time_t) (json_get_number (event, "at_ms", 0) / 1000);
    struct tm local;
    char when[32];
    localtime_r (&seconds, &local);
    strftime (when, sizeof when, "%Y-%m-%d %H:%M:%S", &local);
    const char *image = json_get_text (event, "image"), *kind = json_get_text (event, "kind");
    const char *text = json_get_text (event, "text");
    char *line = render_line (text != NULL ? text : "");
    printf ("%s  %-12s %-18s %s\n", when, image != NULL && *image != '\0' ? image : "-",
            kind != NULL ? kind : "-", line);
    free (line);
}

/* Up to COUNT events after AFTER. The answer, which the caller owns, or NULL after saying why. */
static struct json *
events_get (struct events *self, uint64_t after, uint64_t count, bool wait)
{
    return images_ask (self->client, msg_new ("store", MSG_EVENTS_GET, 0, after, count,
                                              (uint64_t) (wait ? 1 : 0)));
}

static void
events_keep (struct events *self, const struct json *event)
{
    if (self->most == 0 || !event_is_wanted (self, event))
        return;
    struct json **place = &self->kept[self->count++ % self->most];
    json_destroy (place);
    *place = json_copy (event);
}

/* Reads all events there are into the ring. The last number, or -1 after saying why. */
static int64_t
events_read (struct events *self, uint64_t after)
{
    for (;;) {
        struct json *answer = events_get (self, after, EVENTS_PAGE, false);
        if (answer == NULL)
            return -1;
        const struct json *events = json_get (answer, "events"), *event;
        int64_t last = json_get_number (answer, "last_seq", 0);
        size_t got = json_count (events);
        for (event = json_first (events); event != NULL; event = json_next (event)) {
            events_keep (self, event);
            self->last_ms = json_get_number (event, "at_ms", self->last_ms);
            after = (uint64_t) json_get_number (event, "seq", (int64_t) after);
        }
        json_destroy (&answer);
        if (got == 0)
            return last > (int64_t) after ? last : (int64_t) after;
    }
}

/* Where to begin so that the last ones are met: without a filter their number says. */
static int64_t
events_start (struct events *self)
{
    bool filters = self->image != NULL || self->kind != NULL;
    struct json *answer = !filters ? events_get (self, 0, 1, false) : json_object ();
    if (answer == NULL)
        return -1;
    int64_t last = json_get_number (answer, "last_seq", 0);
    json_destroy (&answer);
    return last > (int64_t) self->most ? last - (int64_t) self->most : 0;
}

static void
events_print_kept (const struct events *self)
{
    size_t shown = self->count < self->most ? self->count : self->most;
    for (size_t i = self->count - shown; i < self->count; i++)
        event_print (self->kept[i % self->most], self->cli->json);
    cli_flush ();
}

/* Attaches to the next owner: one that somebody starts, or after a while one of our own. However long
 * that takes; false after saying why when it can never be. */
static bool
events_attach_again (struct events *self)
{
    long former = (long) client_owner_pid (self->client);
    int64_t grace = clock_mono_ms () + OWNER_GRACE_MS;
    struct stui_cause cause = {0}, said = {0};
    cli_complain ("the stui that owned this profile (process %ld) has gone: waiting for the next",
                  former);
    client_close (&self->client);
    for (int64_t pause_ms = PAUSE_FIRST_MS;; pause_ms *= 2) {
        usleep ((useconds_t) (pause_ms < PAUSE_MOST_MS ? pause_ms : PAUSE_MOST_MS) * 1000);
        bool alone = clock_mono_ms () >= grace;
        self->client = alone ? client_open (self->cli, &cause) : client_attach (self->cli, &cause);
        if (self->client != NULL && client_check_config (self->client, self->cli, &cause) < 0)
            client_close (&self->client);
        if (self->client != NULL)
            break;
        if (cause.err == STUI_E_UNSUPPORTED || cause.err == STUI_E_INVALID_REQUEST) {
            cli_complain ("%s", cause.text);
            return false;
        }
        if (alone && strcmp (said.text, cause.text) != 0) {
            cli_complain ("%s", cause.text);
            said = cause;
        }
    }
    cli_complain ("process %ld owns the profile now: going on with the next event",
                  (long) client_owner_pid (self->client));
    return true;
}

/* Waits for events after AFTER. The answer, which the caller owns, or NULL with CAUSE. */
static struct json *
events_wait (struct events *self, uint64_t after, struct stui_cause *cause)
{
    return client_ask (
        self->client,
        msg_new ("store", MSG_EVENTS_GET, 0, after, (uint64_t) EVENTS_PAGE, (uint64_t) 1), cause);
}

/* Prints what is wanted of the events in ANSWER, which was asked for what comes after AFTER. The number to ask after
 * next: 0 when there are fewer events than that, so that their numbers began anew. What is met again then is told by
 * its time. */
static uint64_t
events_take (struct events *self, const struct json *answer, uint64_t after)
{
    if (json_get_number (answer, "last_seq", 0) < (int64_t) after) {
        cli_complain ("events are numbered anew: the database was restored from a backup, or lost");
        self->met_ms = self->last_ms;
        self->met_seq = (uint64_t) json_get_number (answer, "last_seq", 0);
        return 0;
    }
    const struct json *event = json_first (json_get (answer, "events"));
    for (; event != NULL; event = json_next (event)) {
        int64_t at_ms = json_get_number (event, "at_ms", 0);
        after = (uint64_t) json_get_number (event, "seq", (int64_t) after);
        bool was_met = after <= self->met_seq && at_ms <= self->met_ms;
        if (event_is_wanted (self, event) && !was_met)
            event_print (event, self->cli->json);
        self->last_ms = at_ms > self->last_ms ? at_ms : self->last_ms;
    }
    return after;
}

/* Prints events as they come, until a signal ends the program or nobody can read them. An owner that
 * ends, in whatever order it takes its actors down, does not end it. */
static int
events_follow (struct events *self, uint64_t after)
{
    while (cli_flush ()) {
        struct stui_cause cause = {0};
        struct json *answer = events_wait (self, after, &cause);
        if (answer == NULL && (cause.err == STUI_E_ACTOR_ENDED || cause.err == STUI_E_STOPPING)) {
            if (!events_attach_again (self))
                return STUI_EXIT_FAILED;
            continue;
        }
        if (answer == NULL) {
            cli_complain ("%s", cause.text);
            return STUI_EXIT_FAILED;
        }
        after = events_take (self, answer, after);
        json_destroy (&answer);
    }
    return STUI_EXIT_FAILED; /* why is said at the end */
}

/* Whether KIND (NULL: none) is one that there is. Says that it is none. */
static bool
events_knows_kind (const char *kind)
{
    size_t count = event_kinds_count ();
    for (size_t i = 0; kind != NULL && i < count; i++)
        if (strcmp (event_kinds[i], kind) == 0)
            return true;
    if (kind == NULL)
        return true;
    char *near = suggest_text (kind, event_kinds, count);
    char *all = stui_strdup ("");
    for (size_t i = 0; i < count; i++) {
        char *longer = stui_printf ("%s%s%s", all, i > 0 ? ", " : "", event_kinds[i]);
        free (all);
        all = longer;
    }
    cli_complain ("there are no events of the kind '%s'%s; there are: %s", kind, near, all);
    free (all);
    free (near);
    return false;
}

/* Whether there is an image that the filter means: one that is configured, or one that was removed and
 * whose events are kept. Says that there is none. */
static bool
events_knows_image (const struct events *self)
{
    if (self->image == NULL || self->count > 0)
        return true;
    struct json *images = images_config (self->client);
    bool known = images != NULL && images_require (images, self->image);
    json_destroy (&images);
    return known;
}

static int
events_run (const struct cli_options *cli, const struct arguments *arguments)
{
    struct stui_cause cause = {0};
    int64_t most = arguments_number (arguments, "count", EVENTS_COUNT, 0, EVENTS_COUNT_MAX, &cause);
    if (cause.err != 0)
        return cli_misuse ("events", &command_events, "%s", cause.text);
    const char *kind = arguments_value (arguments, "kind");
    if (!events_knows_kind (kind))
        return STUI_EXIT_USAGE;
    struct events self = {
        .cli = cli,
        .client = images_open (cli),
        .image = arguments_value (arguments, "image"),
        .kind = kind,
        .most = (size_t) most,
    };
    if (self.client == NULL)
        return STUI_EXIT_FAILED;
    self.kept = stui_alloc ((self.most + 1) * sizeof *self.kept);
    int exit_status = STUI_EXIT_FAILED;
    int64_t start = events_start (&self);
    int64_t last = start >= 0 ? events_read (&self, (uint64_t) start) : -1;
    if (last >= 0 && !events_knows_image (&self))
        exit_status = STUI_EXIT_USAGE;
    else if (last >= 0) {
        events_print_kept (&self);
        exit_status = arguments_has (arguments, "follow") ? events_follow (&self, (uint64_t) last)
                                                          : STUI_EXIT_DONE;
    }
    for (size_t i = 0; i < self.most; i++)
        json_destroy (&self.kept[i]);
    free (self.kept);
    client_close (&self.client);
    return exit_status;
}

static const struct option_row events_options[] = {
    {"follow", 'f', NULL, "go on with what happens from now, until ^C"},
    {"image", 0, "NAME", "only of this image"},
    {"kind", 0, "KIND", "only of this kind, as they stand in the list"},
    {"count", 'n', "COUNT", "at most the last so many (20)"},
    {0},
};

const struct command command_events = {
    .name = "events",
    .usage = "[-f] [-n COUNT] [--image NAME] [--kind KIND]",
    .summary = "what happened: connections lost and found, sessions saved, failures",
    .help =
        "One line each: local time, image, kind, text. With -f it goes on when the stui that it\n"
        "reads from ends: it waits for the next one, starts one when none comes within 5 s, says\n"
        "so on stderr, and goes on with the event after the last.",
    .options = events_options,
    .run = events_run,
};
