/* alerts.c: see alerts.h. First the episodes, then what is gathered of them and said, then what is
 * seen. Pure but for the heap. */

#include "actors/alerts.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/utf8.h"
#include "runtime/words.h"

enum { ALERTS_NAMES_SIZE = ALERTS_NAMES_MAX * (STUI_NAME_MAX + 2) + 8 };

/* How each kind is said of one image and of several. */
static const struct {
    const char *one, *several;
} phrases[] = {
    [STUI_ALERT_OFFLINE] = {"is offline", "are offline"},
    [STUI_ALERT_ONLINE] = {"is back", "are back"},
    [STUI_ALERT_FAILED] = {"has failed", "have failed"},
    [STUI_ALERT_RESTARTED] = {"was restarted", "were restarted"},
    [STUI_ALERT_ORPHANED] = {"has orphaned sessions", "have orphaned sessions"},
    [STUI_ALERT_CONFLICT] = {"has a session in conflict", "have sessions in conflict"},
    [STUI_ALERT_DOUBT] = {"has an evaluation in doubt", "have evaluations in doubt"},
    [STUI_ALERT_STORE] = {"stui cannot store anything", ""},
};
static_assert (sizeof phrases / sizeof *phrases == STUI_ALERT_COUNT, "a phrase per kind");

static int64_t
earlier (int64_t one_ms, int64_t other_ms)
{
    return one_ms < other_ms ? one_ms : other_ms;
}

static void
text_take (char *target, size_t size, const char *source)
{
    snprintf (target, size, "%s", source ? source : "");
}

/* ---- Episodes ---------------------------------------------------------------------------------- */

/* How long a trouble must last to count. */
static int64_t
patience_ms (const struct alerts *self, enum stui_alert kind, const struct alerts_episode *episode)
{
    if (episode->said_back)
        return self->settings.quiet_ms;
    return kind == STUI_ALERT_OFFLINE ? self->settings.after_ms : 0;
}

/* When it is to be said that there is trouble of this kind. */
static int64_t
trouble_due_ms (const struct alerts *self, enum stui_alert kind,
                const struct alerts_episode *episode)
{
    bool news = episode->is && (!episode->said || episode->said_back);
    return news ? episode->since_ms + patience_ms (self, kind, episode) : STUI_NEVER;
}

/* When it is to be said that an image is back. */
static int64_t
back_due_ms (const struct alerts *self, const struct alerts_episode *offline)
{
    bool news = !offline->is && offline->said && !offline->said_back
                && self->settings.on & 1U << STUI_ALERT_ONLINE;
    return news ? offline->since_ms + self->settings.after_ms : STUI_NEVER;
}

/* When the episode is over; not before it was said that the image is back. */
static int64_t
end_due_ms (const struct alerts *self, enum stui_alert kind, const struct alerts_episode *episode)
{
    if (kind == STUI_ALERT_OFFLINE && back_due_ms (self, episode) != STUI_NEVER)
        return STUI_NEVER;
    return !episode->is && episode->said ? episode->since_ms + self->settings.quiet_ms : STUI_NEVER;
}

/* When KIND is to be said of IMAGE. */
static int64_t
image_due_ms (const struct alerts *self, const struct alerts_image *image, enum stui_alert kind)
{
    if (kind == STUI_ALERT_ONLINE)
        return back_due_ms (self, &image->episodes[STUI_ALERT_OFFLINE]);
    return trouble_due_ms (self, kind, &image->episodes[kind]);
}

static void
episode_set (struct alerts *self, struct alerts_image *image, enum stui_alert kind, bool is,
             int64_t now_ms)
{
    struct alerts_episode *episode = &image->episodes[kind];
    if (episode->is == is)
        return;
    if (end_due_ms (self, kind, episode) <= now_ms) /* nobody has looked since */
        *episode = (struct alerts_episode){0};
    episode->is = is;
    episode->since_ms = now_ms;
    self->next_ms = now_ms; /* the step of time finds out what that means */
}

/* ---- The outage: all that are away at the same time ---------------------------------------------- */

static void
outage_join (struct alerts *self, struct alerts_image *image)
{
    int64_t since_ms = image->episodes[STUI_ALERT_OFFLINE].since_ms;
    if (self->outage.images == 0 || since_ms < self->outage.since_ms)
        self->outage.since_ms = since_ms;
    if (!image->out)
        self->outage.images++;
    image->out = true;
}

static void
outage_leave (struct alerts *self, struct alerts_image *image)
{
    if (image->out)
        self->outage.images--;
    image->out = false;
}

static void
outage_end (struct alerts *self)
{
    for (size_t index = 0; index < self->image_count; index++)
        self->images[index]->out = false;
    self->outage = (struct alerts_outage){0};
}

/* Whether IMAGE, a member, is away, or back for too short a time to say so. */
static bool
outage_lasts_for (const struct alerts *self, const struct alerts_image *image)
{
    const struct alerts_episode *offline = &image->episodes[STUI_ALERT_OFFLINE];
    return image->out && (offline->is || back_due_ms (self, offline) != STUI_NEVER);
}

/* How many members are not back. */
static size_t
outage_count_away (const struct alerts *self)
{
    size_t away = 0;
    for (size_t index = 0; index < self->image_count; index++)
        away += outage_lasts_for (self, self->images[index]);
    return away;
}

/* What was said of IMAGE by an alert of KIND. */
static void
image_said (struct alerts *self, struct alerts_image *image, enum stui_alert kind, int64_t now_ms)
{
    struct alerts_episode *episode = &image->episodes[kind];
    if (kind == STUI_ALERT_ONLINE) {
        image->episodes[STUI_ALERT_OFFLINE].said_back = true;
        return;
    }
    if (kind == STUI_ALERT_OFFLINE)
        outage_join (self, image);
    episode->said = true;
    episode->said_back = false;
    if (kind == STUI_ALERT_RESTARTED) { /* which is over as soon as it is there */
        episode->is = false;
        episode->since_ms = now_ms;
    }
}

/* ---- What is said ------------------------------------------------------------------------------ */

static void
alert_give (struct alerts *self, struct alert *alert, int64_t now_ms)
{
    self->last_ms[alert->kind] = now_ms;
    self->went[alert->kind] = true;
    if (!(self->settings.on & 1U << alert->kind) || now_ms < self->snoozed_until_ms
        || self->waiting_count == ALERTS_WAITING_MAX)
        return;
    utf8_repair (alert->text);
    utf8_blank_controls (alert->text);
    self->waiting[self->waiting_count++] = *alert;
}

/* Appends to TEXT of SIZE bytes. */
static void
text_add (char *text, size_t size, const char *what, const char *more)
{
    size_t used = strlen (text);
    snprintf (text + used, size - used, "%s%s", what, more);
}

/* NAMES with NAME at the end of them, the COUNTth one. */
static void
names_add (char names[ALERTS_NAMES_SIZE], size_t count, const char *name)
{
    if (count <= ALERTS_NAMES_MAX)
        text_add (names, ALERTS_NAMES_SIZE, count > 1 ? ", " : "", name);
    else if (count == ALERTS_NAMES_MAX + 1)
        text_add (names, ALERTS_NAMES_SIZE, ", …", "");
}

/* Says in TEXT that the outage is over, and how long it took until the last was back. */
static void
outage_say_over (struct alerts *self, char *text, size_t size)
{
    char names[ALERTS_NAMES_SIZE] = "", lasted[WORDS_SIZE];
    int64_t until_ms = self->outage.since_ms;
    size_t count = 0;
    for (size_t index = 0; index < self->image_count; index++) {
        const struct alerts_image *image = self->images[index];
        const struct alerts_episode *offline = &image->episodes[STUI_ALERT_OFFLINE];
        if (!image->out)
            continue;
        names_add (names, ++count, image->name);
        if (offline->since_ms > until_ms)
            until_ms = offline->since_ms;
    }
    words_duration (until_ms - self->outage.since_ms, lasted);
    if (count == 1)
        snprintf (text, size, "%s is back after %s", names, lasted);
    else
        snprintf (text, size, "all %zu images are back after %s: %s", count, lasted, names);
    outage_end (self);
}

/* Adds to TEXT, which says that some are back, how many are not. By that these are told to be away, so
 * that it will be told when they are back. */
static void
outage_say_away (struct alerts *self, size_t away, char *text, size_t size)
{
    size_t used = strlen (text);
    snprintf (text + used, size - used, "; %zu %s not", away, away == 1 ? "is" : "are");
    for (size_t index = 0; index < self->image_count; index++)
        if (outage_lasts_for (self, self->images[index])) {
            self->images[index]->episodes[STUI_ALERT_OFFLINE].said = true;
            self->images[index]->episodes[STUI_ALERT_OFFLINE].said_back = false;
        }
}

/* All that is due of KIND in one alert. */
static void
kind_give (struct alerts *self, enum stui_alert kind, int64_t now_ms)
{
    struct alert alert = {.kind = kind};
    const struct alerts_image *only = NULL;
    char names[ALERTS_NAMES_SIZE] = "";
    size_t count = 0;
    for (size_t index = 0; index < self->image_count; index++) {
        struct alerts_image *image = self->images[index];
        if (image_due_ms (self, image, kind) > now_ms)
            continue;
        image_said (self, image, kind, now_ms);
        only = image;
        names_add (names, ++count, image->name);
    }
    if (count == 0)
        return;
    bool why = kind == STUI_ALERT_OFFLINE || kind == STUI_ALERT_FAILED;
    if (count == 1) {
        text_take (alert.image, sizeof alert.image, only->name);
        snprintf (alert.text, sizeof alert.text, "%s %s%s%s", only->name, phrases[kind].one,
                  why && only->cause[0] ? ": " : "", why ? only->cause : "");
    }
    else
        snprintf (alert.text, sizeof alert.text, "%zu images %s: %s", count, phrases[kind].several,
                  names);
    if (kind == STUI_ALERT_ONLINE && self->outage.images > 0) {
        size_t away = outage_count_away (self);
        if (away > 0)
            outage_say_away (self, away, alert.text, sizeof alert.text);
        else
            outage_say_over (self, alert.text, sizeof alert.text);
    }
    alert_give (self, &alert, now_ms);
}

/* Whether any image has KIND due by NOW_MS; *NEXT_MS becomes the earliest later one. */
static bool
kind_is_due (const struct alerts *self, enum stui_alert kind, int64_t now_ms, int64_t *next_ms)
{
    bool due = false;
    for (size_t index = 0; index < self->image_count; index++) {
        int64_t due_ms = image_due_ms (self, self->images[index], kind);
        if (due_ms <= now_ms)
            due = true;
        else
            *next_ms = earlier (*next_ms, due_ms);
    }
    return due;
}

static void
kind_time (struct alerts *self, enum stui_alert kind, int64_t now_ms)
{
    if (!kind_is_due (self, kind, now_ms, &self->next_ms)) {
        self->gather_ms[kind] = STUI_NEVER;
        return;
    }
    if (self->gather_ms[kind] == STUI_NEVER) {
        int64_t gap_ms = self->went[kind] ? self->last_ms[kind] + ALERTS_GAP_MS : now_ms;
        self->gather_ms[kind] = now_ms + ALERTS_GATHER_MS;
        if (gap_ms > self->gather_ms[kind])
            self->gather_ms[kind] = gap_ms;
    }
    if (now_ms >= self->gather_ms[kind]) {
        self->gather_ms[kind] = STUI_NEVER;
        kind_give (self, kind, now_ms);
    }
    self->next_ms = earlier (self->next_ms, self->gather_ms[kind]);
}

void
alerts_time (struct alerts *self, int64_t now_ms)
{
    if (now_ms < self->next_ms)
        return;
    self->next_ms = STUI_NEVER;
    for (int kind = 0; kind < STUI_ALERT_COUNT; kind++)
        kind_time (self, (enum stui_alert) kind, now_ms);
    for (size_t index = 0; index < self->image_count; index++)
        for (int kind = 0; kind < STUI_ALERT_COUNT; kind++) {
            struct alerts_episode *episode = &self->images[index]->episodes[kind];
            /* What was just said may have more to come: that it is back, its end. */
            int64_t due_ms = image_due_ms (self, self->images[index], (enum stui_alert) kind);
            if (end_due_ms (self, (enum stui_alert) kind, episode) <= now_ms)
                *episode = (struct alerts_episode){0};
            if (due_ms > now_ms)
                self->next_ms = earlier (self->next_ms, due_ms);
            self->next_ms =
                earlier (self->next_ms, end_due_ms (self, (enum stui_alert) kind, episode));
        }
    if (outage_count_away (self)
        == 0) /* nobody wants to hear of it, or who was away was forgotten */
        outage_end (self);
}

int64_t
alerts_deadline (const struct alerts *self)
{
    return self->next_ms;
}

bool
alerts_next (struct alerts *self, struct alert *alert)
{
    if (self->waiting_count == 0)
        return false;
    *alert = self->waiting[0];
    memmove (self->waiting, self->waiting + 1, --self->waiting_count * sizeof *self->waiting);
    return true;
}

/* ---- What is seen ------------------------------------------------------------------------------ */

void
alerts_init (struct alerts *self)
{
    *self = (struct alerts){.next_ms = STUI_NEVER};
    for (int kind = 0; kind < STUI_ALERT_COUNT; kind++)
        self->gather_ms[kind] = STUI_NEVER;
}

void
alerts_fini (struct alerts *self)
{
    for (size_t index = 0; index < self->image_count; index++)
        free (self->images[index]);
    free (self->images);
    *self = (struct alerts){0};
}

void
alerts_set (struct alerts *self, const struct alerts_settings *settings)
{
    self->settings = *settings;
    if (self->image_count > 0)
        self->next_ms = 0; /* all is due at other times now */
}

struct alerts_image *
alerts_follow (struct alerts *self, const char *name)
{
    struct alerts_image *image = stui_alloc (sizeof *image);
    text_take (image->name, sizeof image->name, name);
    stui_grow (&self->images, &self->image_capacity, self->image_count, sizeof *self->images);
    self->images[self->image_count++] = image;
    return image;
}

void
alerts_forget (struct alerts *self, struct alerts_image **image)
{
    for (size_t index = 0; *image && index < self->image_count; index++)
        if (self->images[index] == *image) {
            outage_leave (self, *image);
            self->image_count--;
            memmove (self->images + index, self->images + index + 1,
                     (self->image_count - index) * sizeof *self->images);
            break;
        }
    free (*image);
    *image = NULL;
}

/* The same image with another boot_id has been started anew. */
static void
boot_see (struct alerts *self, struct alerts_image *image, const struct alerts_sight *sight,
          int64_t now_ms)
{
    struct alerts_episode *episode = &image->episodes[STUI_ALERT_RESTARTED];
    if (!sight->image_id || !sight->boot_id)
        return;
    bool same = strcmp (image->image_id, sight->image_id) == 0;
    bool anew = same && strcmp (image->boot_id, sight->boot_id) != 0;
    text_take (image->image_id, sizeof image->image_id, sight->image_id);
    text_take (image->boot_id, sizeof image->boot_id, sight->boot_id);
    if (anew && !episode->said)
        episode_set (self, image, STUI_ALERT_RESTARTED, true, now_ms);
    else if (anew)
        episode->since_ms = now_ms; /* once more: the episode goes on */
}

void
alerts_see (struct alerts *self, struct alerts_image *image, const struct alerts_sight *sight,
            int64_t now_ms)
{
    const char *state = sight->state ? sight->state : "";
    struct alerts_episode *offline = &image->episodes[STUI_ALERT_OFFLINE];
    if (strcmp (state, "disabled") == 0) { /* by its user, who need not be told that it is back */
        *offline = (struct alerts_episode){0};
        outage_leave (self, image);
        self->next_ms = now_ms;
    }
    bool failed = strcmp (state, "failed") == 0;
    const struct {
        enum stui_alert kind;
        bool is;
    } seen[] = {
        {STUI_ALERT_OFFLINE,
         strcmp (state, "offline") == 0 || (failed && offline->is && offline->said)},
        {STUI_ALERT_FAILED, failed},
        {STUI_ALERT_ORPHANED, sight->orphans > 0},
        {STUI_ALERT_CONFLICT, sight->conflicts > 0},
        {STUI_ALERT_DOUBT, sight->doubts > 0},
    };
    text_take (image->cause, sizeof image->cause, sight->cause);
    for (size_t index = 0; index < sizeof seen / sizeof *seen; index++)
        episode_set (self, image, seen[index].kind, seen[index].is, now_ms);
    boot_see (self, image, sight, now_ms);
}

void
alerts_store (struct alerts *self, const char *why, int64_t now_ms)
{
    struct alert alert = {.kind = STUI_ALERT_STORE};
    bool news = *why && !self->store_said;
    bool calm = !self->went[STUI_ALERT_STORE]
                || now_ms - self->last_ms[STUI_ALERT_STORE] >= self->settings.quiet_ms;
    self->store_said = *why != '\0';
    if (!news || !calm)
        return;
    snprintf (alert.text, sizeof alert.text, "%s: %s", phrases[STUI_ALERT_STORE].one, why);
    alert_give (self, &alert, now_ms);
}

void
alerts_snooze (struct alerts *self, int64_t until_ms)
{
    self->snoozed_until_ms = until_ms;
}
