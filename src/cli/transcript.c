/* transcript.c: `stui transcript`: what images wrote on their transcripts, line by line, and with --follow
 * what they write from now on. A line of one image is put together from the pieces in which it came. */

#include "cli/command.h"
#include "cli/images.h"
#include "cli/render.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "runtime/pieces.h"
#include "runtime/tape.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    LINES_COUNT = 50, /* shown without -n */
    LINES_MAX = 1000000,
    WAIT_S = 5, /* for images that are not online, without --wait */
    WAIT_MAX_S = 86400,
    PAGE_BYTES = 262144,
    FOLLOWED_MAX = STUI_TERMINAL_ROOM - 16, /* an open request each */
    AGAIN_MS = 500,                         /* until a supervisor that ended is asked again */
};

/* What `transcript_get` waits for. */
enum { WAIT_NEWS = 1, WAIT_ALL = 2 };

struct reel {         /* one image's */
    const char *name; /* borrowed from names */
    struct tape tape;
    char *partial; /* owned: a line whose end has not come; NULL … */
    int64_t partial_ms;
    struct pieces pieces; /* … and how it comes */
    int64_t latest_ms;    /* of its lines so far */
    uint64_t ref;         /* of the open request; 0 */
};

struct line {
    int64_t at_ms,
        sort_ms;  /* what is sorted by never falls: a clock that was set back moves no line
                             * before those of the same image that came earlier */
    size_t order; /* of its coming: lines of one moment stay as they came */
    const char *name;
    char *text;   /* owned; of --json the whole object */
    bool is_mark; /* no text of the image */
};

struct transcript_run {
    const struct cli_options *cli;
    struct client *client; /* owned */
    struct reel *reels;    /* owned */
    size_t reel_count;
    struct line *lines; /* owned; not printed yet */
    size_t line_count, line_capacity, coming;
};

/* ---- pieces become lines -------------------------------------------------------------------------- */

static void
line_add (struct transcript_run *self, struct reel *reel, int64_t at_ms, char *text, bool mark)
{
    reel->latest_ms = at_ms > reel->latest_ms ? at_ms : reel->latest_ms;
    stui_grow (&self->lines, &self->line_capacity, self->line_count, sizeof *self->lines);
    self->lines[self->line_count++] =
        (struct line){at_ms, reel->latest_ms, self->coming++, reel->name, text, mark};
}

/* The line that was begun is over, as far as it came. */
static void
reel_flush (struct transcript_run *self, struct reel *reel)
{
    if (reel->partial != NULL)
        line_add (self, reel, reel->partial_ms, reel->partial, false);
    reel->partial = NULL;
    reel->pieces.size = 0;
}

static void
reel_text (struct transcript_run *self, struct reel *reel, const char *text, int64_t at_ms)
{
    struct pieces_part part;
    while (pieces_next (&reel->pieces, &text, &part)) {
        bool goes_on = reel->partial != NULL;
        char *line =
            stui_printf ("%s%.*s", goes_on ? reel->partial : "", (int) part.size, part.text);
        reel->partial_ms = goes_on ? reel->partial_ms : at_ms;
        free (reel->partial);
        reel->partial = line;
        if (part.ends)
            reel_flush (self, reel);
    }
}

static void
reel_entry (struct transcript_run *self, struct reel *reel, const struct json *entry)
{
    const char *text = json_get_text (entry, "text"), *kind = json_get_text (entry, "kind");
    int64_t at_ms = json_get_number (entry, "at_ms", 0);
    if (text == NULL || kind == NULL)
        return;
    if (self->cli->json) {
        struct json *out = json_object (), *its = json_copy (entry);
        json_set_text (out, "image", reel->name);
        for (const struct json *one = json_first (its); one != NULL; one = json_next (one))
            if (strcmp (json_key (one), "position") != 0)
                json_set (out, json_key (one), json_copy (one));
        line_add (self, reel, at_ms, json_print (out), false);
        json_destroy (&its);
        json_destroy (&out);
    }
    else if (strcmp (kind, "text") == 0)
        reel_text (self, reel, text, at_ms);
    else {
        reel_flush (self, reel);
        line_add (self, reel, at_ms, stui_strdup (text), true);
    }
}

/* Takes an answer of `transcript_get`; how many entries it had. */
static size_t
reel_take (struct transcript_run *self, struct reel *reel, const struct json *answer)
{
    const struct json *entries = json_get (answer, "entries");
    const struct json *entry = tape_first_new (&reel->tape, entries);
    for (; entry != NULL; entry = json_next (entry)) {
        reel_entry (self, reel, entry);
        tape_pass (&reel->tape, entry);
    }
    /* Also past what was had before, which may be all. */
    const struct json *last = json_at (entries, json_count (entries) - 1);
    reel->tape.after = (uint64_t) json_get_number (last, "position", (int64_t) reel->tape.after);
    return json_count (entries);
}

/* ---- out ---------------------------------------------------------------------------------------- */

static int
line_compare (const void *one, const void *other)
{
    const struct line *left = one, *right = other;
    if (left->sort_ms != right->sort_ms)
        return left->sort_ms < right->sort_ms ? -1 : 1;
    return left->order < right->order ? -1 : left->order > right->order;
}

static void
line_print (const struct transcript_run *self, const struct line *line)
{
    if (self->cli->json) {
        printf ("%s\n", line->text);
        return;
    }
    time_t seconds = (time_t) (line->at_ms / 1000);
    struct tm local;
    char when[32];
    localtime_r (&seconds, &local);
    strftime (when, sizeof when, "%Y-%m-%d %H:%M:%S", &local);
    char *text = render_line (line->text);
    if (self->reel_count > 1)
        printf ("%s  %-12s %s%s%s\n", when, line->name, line->is_mark ? "-- " : "", text,
                line->is_mark ? " --" : "");
    else
        printf ("%s  %s%s%s\n", when, line->is_mark ? "-- " : "", text, line->is_mark ? " --" : "");
    free (text);
}

/* Prints the last MOST lines in the order of their times, and forgets all. */
static void
lines_print (struct transcript_run *self, size_t most)
{
    if (self->line_count > 0)
        qsort (self->lines, self->line_count, sizeof *self->lines, line_compare);
    for (size_t index = 0; index < self->line_count; index++) {
        if (index + most >= self->line_count)
            line_print (self, &self->lines[index]);
        free (self->lines[index].text);
    }
    self->line_count = 0;
}

/* ---- reading ------------------------------------------------------------------------------------- */

static struct msg *
reel_question (const struct reel *reel, int wait)
{
    char peer[STUI_ACTOR_ID_MAX + 1];
    snprintf (peer, sizeof peer, "image/%s", reel->name);
    return msg_new (peer, MSG_TRANSCRIPT_GET, 0, reel->tape.after, (uint64_t) PAGE_BYTES,
                    (uint64_t) wait);
}

/* All that there is of it. False after saying why not. */
static bool
reel_read (struct transcript_run *self, struct reel *reel)
{
    for (size_t got = 1; got > 0;) {
        struct json *answer = images_ask (self->client, reel_question (reel, WAIT_ALL));
        if (answer == NULL)
            return false;
        got = reel_take (self, reel, answer);
        const char *why = json_get_text (answer, "why");
        if (got == 0 && why != NULL)
            cli_complain ("%s: %s", reel->name, why);
        json_destroy (&answer);
    }
    return true;
}

static bool
reel_ask (struct transcript_run *self, struct reel *reel, struct stui_cause *cause)
{
    struct msg *question = reel_question (reel, WAIT_NEWS);
    reel->ref = client_send (self->client, &question, cause);
    return reel->ref != 0;
}

/* The answer to the open request of one tape. False when it cannot go on. */
static bool
follow_take (struct transcript_run *self, const struct reply *reply, int64_t *again_ms)
{
    struct stui_cause cause = {0};
    for (size_t index = 0; index < self->reel_count; index++) {
        struct reel *reel = &self->reels[index];
        if (reel->ref != reply->ref)
            continue;
        reel->ref = 0;
        if (reply->err == 0) {
            reel_take (self, reel, reply->json);
            lines_print (self, SIZE_MAX / 2);
            if (reel_ask (self, reel, &cause))
                return true;
            cli_complain ("%s", cause.text);
            return false;
        }
        if (reply->err != STUI_E_ACTOR_ENDED) {
            cli_complain ("%s: %s", reel->name, reply->text);
            return false;
        }
        *again_ms = clock_mono_ms () + AGAIN_MS;
    }
    return true;
}

/* Those whose supervisor had ended are asked again. */
static bool
follow_ask (struct transcript_run *self)
{
    struct stui_cause cause = {0};
    for (size_t index = 0; index < self->reel_count; index++)
        if (self->reels[index].ref == 0 && !reel_ask (self, &self->reels[index], &cause)) {
            cli_complain ("%s", cause.text);
            return false;
        }
    return true;
}

/* Prints lines as they come, until a signal ends the program or nobody can read them. */
static int
transcript_follow (struct transcript_run *self)
{
    int64_t again_ms = STUI_NEVER;
    bool goes_on = follow_ask (self);
    while (goes_on && cli_flush ()) {
        struct reply reply = {0};
        struct stui_cause cause = {0};
        switch (client_next (self->client, again_ms, &reply, &cause)) {
        case CLIENT_REPLY:
            goes_on = follow_take (self, &reply, &again_ms);
            reply_fini (&reply);
            break;
        case CLIENT_TIMEOUT:
            again_ms = STUI_NEVER;
            goes_on = follow_ask (self);
            break;
        default:
            cli_complain ("%s", cause.text[0] != '\0' ? cause.text : "interrupted");
            goes_on = false;
        }
    }
    return STUI_EXIT_FAILED;
}

/* ---- the command ---------------------------------------------------------------------------------- */

/* The images that are not online have only what is kept of them: said, and 3 when there is none. */
static int
transcript_settle (struct transcript_run *self, const struct json *names, int64_t wait_ms)
{
    if (!images_connect (self->client, names))
        return STUI_EXIT_FAILED;
    struct json *states = images_settle (self->client, names, IMAGES_ATTEMPTED, wait_ms);
    if (states == NULL)
        return STUI_EXIT_FAILED;
    for (const struct json *name = json_first (names); name != NULL; name = json_next (name)) {
        const char *state = json_get_text (json_get (states, json_text (name)), "state");
        if (state == NULL || strcmp (state, "online") != 0)
            cli_complain ("%s is not online (%s): this is what came before", json_text (name),
                          state != NULL ? state : "unknown");
    }
    json_destroy (&states);
    return STUI_EXIT_DONE;
}

static int
transcript_do (struct transcript_run *self, const struct arguments *arguments,
               const struct json *names, size_t most, int64_t wait_ms)
{
    bool follow = arguments_has (arguments, "follow");
    self->reel_count = json_count (names);
    if (follow && self->reel_count > FOLLOWED_MAX)
        return cli_misuse ("transcript", &command_transcript,
                           "-f follows at most %d images at a time", FOLLOWED_MAX);
    self->reels = stui_alloc ((self->reel_count + 1) * sizeof *self->reels);
    memset (self->reels, 0, (self->reel_count + 1) * sizeof *self->reels);
    for (size_t index = 0; index < self->reel_count; index++)
        self->reels[index].name = json_text (json_at (names, index));
    int exit_status = transcript_settle (self, names, wait_ms);
    for (size_t index = 0; exit_status == STUI_EXIT_DONE && index < self->reel_count; index++)
        if (!reel_read (self, &self->reels[index]))
            exit_status = STUI_EXIT_FAILED;
    for (size_t index = 0; !follow && index < self->reel_count; index++)
        reel_flush (self, &self->reels[index]);
    lines_print (self, most);
    return follow && exit_status == STUI_EXIT_DONE ? transcript_follow (self) : exit_status;
}

static int
transcript_run (const struct cli_options *cli, const struct arguments *arguments)
{
    struct stui_cause cause = {0};
    int64_t most = arguments_number (arguments, "count", LINES_COUNT, 0, LINES_MAX, &cause);
    int64_t wait_s = arguments_number (arguments, "wait", WAIT_S, 0, WAIT_MAX_S, &cause);
    if (cause.err != 0)
        return cli_misuse ("transcript", &command_transcript, "%s", cause.text);
    struct transcript_run self = {.cli = cli, .client = images_open (cli)};
    if (self.client == NULL)
        return STUI_EXIT_FAILED;
    struct json *images = images_config (self.client);
    struct json *names = images != NULL
                             ? images_select (images, arguments, 0, arguments_operands (arguments))
                             : NULL;
    int exit_status = names != NULL
                          ? transcript_do (&self, arguments, names, (size_t) most, wait_s * 1000)
                      : images != NULL ? STUI_EXIT_USAGE
                                       : STUI_EXIT_FAILED;
    for (size_t index = 0; self.reels != NULL && index < self.reel_count; index++)
        free (self.reels[index].partial);
    free (self.reels);
    free (self.lines);
    json_destroy (&names);
    json_destroy (&images);
    client_close (&self.client);
    return exit_status;
}

static const struct option_row transcript_options[] = {
    {"follow", 'f', NULL, "go on with what is written from now, until ^C"},
    {"count", 'n', "COUNT", "at most the last so many lines (50)"},
    {"wait", 0, "SECONDS", "for images that are not online (5)"},
    IMAGES_ALL_OPTION,
    IMAGES_TAG_OPTION,
    {0},
};

const struct command command_transcript = {
    .name = "transcript",
    .usage = "IMAGE… | --all [-f] [-n COUNT]",
    .summary = "what images wrote on their transcripts",
    .help = "One line each: local time, image when there are several, text. What an image wrote\n"
            "while it could not be reached is fetched when it can; where text was lost stands\n"
            "between two dashes what is known of it. With --json one object a piece, as it came:\n"
            "image, at_ms, kind (text, gap, start), text, boot_id, seq, session_id.",
    .options = transcript_options,
    .most = SIZE_MAX,
    .run = transcript_run,
};
