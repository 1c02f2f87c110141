/* model.c: see model.h. */

#include "ui/model.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/words.h"
#include "ui/image_filter.h"

enum { SECOND_MS = 1000, MINUTE_MS = 60000, HOUR_MS = 3600000, DAY_MS = 86400000 };

void
model_init (struct model *self)
{
    *self = (struct model){.message_until_ms = STUI_NEVER};
}

static void
image_fini (struct model_image *image)
{
    free (image->cause);
    free (image->system);
    free (image->tags);
    free (image->other);
    free (image->kin);
}

static void
events_forget (struct model *self)
{
    for (size_t index = 0; index < self->event_count; index++)
        free (self->events[index].text);
    self->event_count = 0;
    self->last_seq = 0;
}

void
model_fini (struct model *self)
{
    for (size_t index = 0; index < self->image_count; index++)
        image_fini (&self->images[index]);
    events_forget (self);
    free (self->images);
    free (self->shown);
    free (self->events);
    json_destroy (&self->favourites);
    free (self->marks);
    *self = (struct model){0};
}

/* ---- images by name ------------------------------------------------------------------------- */

/* The place of NAME, or where it would be inserted: image2 stands before image10. */
static size_t
image_place (const struct model *self, const char *name, bool *found)
{
    size_t low = 0, high = self->image_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strverscmp (self->images[middle].name, name);
        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *found = false;
    return low;
}

const struct model_image *
model_find (const struct model *self, const char *name)
{
    bool found;
    size_t place = image_place (self, name, &found);
    return found ? &self->images[place] : NULL;
}

static struct model_image *
image_open (struct model *self, const char *name, struct ui_now now)
{
    bool found;
    size_t place = image_place (self, name, &found);
    if (found)
        return &self->images[place];
    stui_grow (&self->images, &self->image_capacity, self->image_count, sizeof *self->images);
    memmove (self->images + place + 1, self->images + place,
             (self->image_count - place) * sizeof *self->images);
    self->image_count++;
    self->came = true;
    struct model_image *image = &self->images[place];
    *image = (struct model_image){.since_ms = now.mono_ms, .retry_ms = STUI_NEVER};
    snprintf (image->name, sizeof image->name, "%s", name);
    spark_init (&image->latencies);
    image->latency_worst_ms = -1;
    return image;
}

static void
image_remove (struct model *self, const char *name)
{
    bool found;
    size_t place = image_place (self, name, &found);
    if (!found)
        return;
    image_fini (&self->images[place]);
    memmove (self->images + place, self->images + place + 1,
             (--self->image_count - place) * sizeof *self->images);
}

/* ---- what is shown, and in which order ------------------------------------------------------ */

/* What needs somebody's eyes comes first. */
static int
state_rank (enum stui_image_state state)
{
    static const int ranks[STUI_IMAGE_COUNT] = {
        [STUI_IMAGE_FAILED] = 0,      [STUI_IMAGE_OFFLINE] = 1,   [STUI_IMAGE_SUSPECT] = 2,
        [STUI_IMAGE_WAITING] = 3,     [STUI_IMAGE_RESOLVING] = 3, [STUI_IMAGE_CONNECTING] = 3,
        [STUI_IMAGE_HANDSHAKING] = 3, [STUI_IMAGE_ONLINE] = 4,    [STUI_IMAGE_DISABLED] = 5,
    };
    return ranks[state];
}

static int
image_order (const struct model_image *one, const struct model_image *other, enum model_sort sort)
{
    double difference = 0;
    if (sort == SORT_STATE)
        difference = state_rank (one->state) - state_rank (other->state);
    else if (sort == SORT_LATENCY)
        difference = other->latency_ms - one->latency_ms; /* slowest first */
    else if (sort == SORT_SESSIONS)
        difference = (double) (other->sessions - one->sessions);
    else if (sort == SORT_CHANGE)
        difference = (double) (other->since_ms - one->since_ms); /* newest first */
    return difference < 0 ? -1 : difference > 0;
}

/* By the first tag; those without one last. */
static int
group_order (const struct model_image *one, const struct model_image *other)
{
    size_t left_size, right_size;
    const char *left = words_next_tag (one->tags ? one->tags : "", &left_size);
    const char *right = words_next_tag (other->tags ? other->tags : "", &right_size);
    if (left_size == 0 || right_size == 0)
        return (left_size == 0) - (right_size == 0);
    int order = strncmp (left, right, left_size < right_size ? left_size : right_size);
    return order != 0 ? order : (left_size > right_size) - (left_size < right_size);
}

static int
shown_order (const void *one, const void *other, void *context)
{
    const struct model *self = context;
    size_t left = *(const size_t *) one, right = *(const size_t *) other;
    int group = self->grouped ? group_order (&self->images[left], &self->images[right]) : 0;
    int order = image_order (&self->images[left], &self->images[right], self->sort);
    if (group != 0)
        return group;
    if (order == 0)
        order = left < right ? -1 : left > right; /* by name */
    return self->reversed ? -order : order;
}

/* Filters and sorts anew. NAME, when it is still shown, is selected; else what came in its place. */
static void
shown_make (struct model *self, const char *name)
{
    self->shown = stui_realloc (self->shown, (self->image_count + 1) * sizeof *self->shown);
    self->shown_count = 0;
    memset (self->state_counts, 0, sizeof self->state_counts);
    for (size_t index = 0; index < self->image_count; index++) {
        self->state_counts[self->images[index].state]++;
        if (image_filter_fits (&self->images[index], self->filter))
            self->shown[self->shown_count++] = index;
    }
    qsort_r (self->shown, self->shown_count, sizeof *self->shown, shown_order, self);
    model_select (self, self->selected);
    model_select_name (self, name);
}

/* The name of what is selected, kept across a new order. */
static void
selected_name (const struct model *self, char name[STUI_NAME_MAX + 1])
{
    const struct model_image *image = model_selected (self);
    snprintf (name, STUI_NAME_MAX + 1, "%s", image ? image->name : "");
}

const struct model_image *
model_selected (const struct model *self)
{
    return self->selected < self->shown_count ? &self->images[self->shown[self->selected]] : NULL;
}

void
model_select (struct model *self, size_t place)
{
    self->selected = place < self->shown_count ? place
                     : self->shown_count > 0   ? self->shown_count - 1
                                               : 0;
}

void
model_select_name (struct model *self, const char *name)
{
    for (size_t place = 0; place < self->shown_count; place++)
        if (strcmp (self->images[self->shown[place]].name, name) == 0)
            self->selected = place;
}

void
model_set_filter (struct model *self, const char *filter)
{
    char name[STUI_NAME_MAX + 1];
    selected_name (self, name);
    if (filter != self->filter) /* what overlaps may not be printed */
        snprintf (self->filter, sizeof self->filter, "%s", filter);
    shown_make (self, name);
}

void
model_set_sort (struct model *self, enum model_sort sort, bool reversed)
{
    char name[STUI_NAME_MAX + 1];
    selected_name (self, name);
    self->sort = sort;
    self->reversed = reversed;
    shown_make (self, name);
}

void
model_set_grouped (struct model *self, bool grouped)
{
    self->grouped = grouped;
    model_set_sort (self, self->sort, self->reversed);
}

const char *
model_group (const struct model *self, size_t place, size_t *size)
{
    const char *tags = self->images[self->shown[place]].tags;
    return words_next_tag (tags ? tags : "", size);
}

const char *
model_sort_word (enum model_sort sort)
{
    static const char *const words[MODEL_SORT_COUNT] = {
        [SORT_NAME] = "name",         [SORT_STATE] = "state",   [SORT_LATENCY] = "latency",
        [SORT_SESSIONS] = "sessions", [SORT_CHANGE] = "change",
    };
    return words[sort];
}

/* ---- answers -------------------------------------------------------------------------------- */

static void
text_set (char **text, const char *value)
{
    free (*text);
    *text = value && *value ? stui_strdup (value) : NULL;
}

/* The value whose word is WORD; OTHERWISE when there is none. */
static int
word_value (const char *word, const char *(*word_of) (int value), int count, int otherwise)
{
    for (int value = 0; word && value < count; value++)
        if (strcmp (word_of (value), word) == 0)
            return value;
    return otherwise;
}

static const char *
state_word (int value)
{
    return stui_image_state_word ((enum stui_image_state) value);
}

static const char *
network_word (int value)
{
    return stui_network_word ((enum stui_network) value);
}

static const char *
link_word (int value)
{
    return stui_link_word ((enum stui_link) value);
}

static const char *
answer_word (int value)
{
    return stui_answer_word ((enum stui_answer) value);
}

static const char *
evaluator_word (int value)
{
    return stui_evaluator_word ((enum stui_evaluator) value);
}

/* "GNU Smalltalk 3.2.5 on host, process 4711"; a version that names its dialect stands alone. */
static void
image_set_system (struct model_image *image, const struct json *state)
{
    const struct json *hello = json_get (state, "hello");
    const char *dialect = json_get_text (state, "dialect");
    const char *version = json_get_text (hello, "dialect_version");
    const char *host = json_get_text (hello, "host");
    if (dialect && version && strstr (version, dialect))
        dialect = NULL;
    char pid[48] = "";
    if (json_get_number (hello, "pid", 0) > 0)
        snprintf (pid, sizeof pid, ", process %lld", (long long) json_get_number (hello, "pid", 0));
    char *text = stui_printf ("%s%s%s%s%s%s", dialect ? dialect : "", dialect && version ? " " : "",
                              version ? version : "", host ? " on " : "", host ? host : "", pid);
    text_set (&image->system, text);
    free (text);
}

static void
image_take (struct model *self, const struct json *state, struct ui_now now)
{
    const char *name = json_get_text (state, "name");
    if (!name || !*name || strlen (name) > STUI_NAME_MAX)
        return;
    struct model_image *image = image_open (self, name, now);
    enum stui_image_state before = image->state;
    image->state = (enum stui_image_state) word_value (json_get_text (state, "state"), state_word,
                                                       STUI_IMAGE_COUNT, STUI_IMAGE_WAITING);
    image->network = (enum stui_network) word_value (json_get_text (state, "network"), network_word,
                                                     STUI_NETWORK_COUNT, 0);
    image->link =
        (enum stui_link) word_value (json_get_text (state, "link"), link_word, STUI_LINK_COUNT, 0);
    image->answer = (enum stui_answer) word_value (json_get_text (state, "image"), answer_word,
                                                   STUI_ANSWER_COUNT, 0);
    image->evaluator = (enum stui_evaluator) word_value (json_get_text (state, "evaluator"),
                                                         evaluator_word, STUI_EVALUATOR_COUNT, 0);
    int64_t since_ms = json_get_number (state, "since_ms", 0);
    if (since_ms > 0)
        image->since_ms = now.mono_ms - (now.wall_ms > since_ms ? now.wall_ms - since_ms : 0);
    else if (image->state != before)
        image->since_ms = now.mono_ms;
    const char *address = json_get_text (state, "address");
    const char *phase = json_get_text (state, "phase");
    const char *via = json_get_text (state, "via");
    snprintf (image->address, sizeof image->address, "%s%s%s", address ? address : "",
              via ? " via " : "", via ? via : "");
    snprintf (image->phase, sizeof image->phase, "%s", phase ? phase : "");
    image->latency_ms = json_get_real (state, "latency_ms", -1);
    if (image->latency_ms > image->latency_worst_ms)
        image->latency_worst_ms = image->latency_ms;
    image->sessions = json_get_number (state, "sessions", 0);
    image->orphans = json_get_number (state, "orphans", 0);
    image->unsaved = json_get_number (state, "unsaved", 0);
    image->held = json_get_number (state, "held", 0);
    image->in_doubt = json_get_number (state, "in_doubt", 0);
    image->settled = json_get_number (state, "settled", 0);
    image->transcript = (uint64_t) json_get_number (state, "transcript", 0);
    image->attempt = json_get_number (state, "attempt", 0);
    int64_t retry = json_get_number (state, "next_retry_ms", -1);
    image->retry_ms = retry < 0 || retry > DAY_MS ? STUI_NEVER : now.mono_ms + retry;
    image->busy_since_ms = json_get_number (state, "busy_since_ms", 0);
    image->is_protected = json_get_bool (state, "protected", false);
    image->stuck = json_get_bool (state, "stuck", false);
    text_set (&image->cause, json_get_text (state, "cause"));
    image->trouble = stui_trouble_from_word (json_get_text (state, "trouble"));
    text_set (&image->tags, json_get_text (state, "tags"));
    const char *verdict = json_get_text (state, "verdict");
    bool alias = verdict && strcmp (verdict, "alias") == 0;
    text_set (&image->other, alias ? json_get_text (state, "other") : NULL);
    char kin[WORDS_KIN_SIZE];
    words_kin (verdict, json_get_text (state, "other"),
               json_get_number (state, "replaced_ms", 0) > 0, kin);
    text_set (&image->kin, kin[0] ? kin : NULL);
    image_set_system (image, state);
}

/* The first answer, and the first of a new owner, is the whole list: what it does not name is
 * gone. */
static void
images_drop_absent (struct model *self, const struct json *images)
{
    for (size_t index = self->image_count; index-- > 0;) {
        bool there = false;
        for (const struct json *state = json_first (images); state && !there;
             state = json_next (state)) {
            const char *name = json_get_text (state, "name");
            there = name && strcmp (name, self->images[index].name) == 0;
        }
        if (!there)
            image_remove (self, self->images[index].name);
    }
}

void
model_take_images (struct model *self, const struct json *answer, struct ui_now now)
{
    char name[STUI_NAME_MAX + 1];
    selected_name (self, name);
    const struct json *images = json_get (answer, "images");
    if (self->version == 0)
        images_drop_absent (self, images);
    for (const struct json *gone = json_first (json_get (answer, "removed")); gone;
         gone = json_next (gone))
        if (json_text (gone))
            image_remove (self, json_text (gone));
    for (const struct json *state = json_first (images); state; state = json_next (state))
        image_take (self, state, now);
    self->version = (uint64_t) json_get_number (answer, "version", 0);
    const char *trouble = json_get_text (answer, "store_trouble");
    snprintf (self->store_trouble, sizeof self->store_trouble, "%s", trouble ? trouble : "");
    if (!self->listed)
        self->spark_ms = now.mono_ms + SPARK_STEP_MS;
    self->listed = true;
    model_apply_marks (self);
    shown_make (self, name);
}

static void
event_take (struct model *self, const struct json *json)
{
    int64_t seq = json_get_number (json, "seq", 0);
    const char *image = json_get_text (json, "image"), *kind = json_get_text (json, "kind");
    const char *text = json_get_text (json, "text");
    if (seq <= self->last_seq)
        return;
    self->last_seq = seq;
    if (self->event_count == MODEL_EVENTS_MAX) {
        free (self->events[0].text);
        memmove (self->events, self->events + 1, --self->event_count * sizeof *self->events);
    }
    stui_grow (&self->events, &self->event_capacity, self->event_count, sizeof *self->events);
    struct model_event *event = &self->events[self->event_count++];
    *event = (struct model_event){.seq = seq, .at_ms = json_get_number (json, "at_ms", 0)};
    snprintf (event->image, sizeof event->image, "%s", image ? image : "");
    snprintf (event->kind, sizeof event->kind, "%s", kind ? kind : "");
    event->text = stui_strdup (text ? text : "");
}

void
model_take_events (struct model *self, const struct json *answer)
{
    int64_t last = json_get_number (answer, "last_seq", 0);
    if (last < self->last_seq)
        events_forget (self); /* another database: its numbers began anew */
    for (const struct json *event = json_first (json_get (answer, "events")); event;
         event = json_next (event))
        event_take (self, event);
    self->last_seq = last > self->last_seq ? last : self->last_seq;
}

void
model_set_link (struct model *self, enum model_link link, const char *cause, struct ui_now now)
{
    if (link != self->link)
        self->link_since_ms = now.mono_ms;
    self->link = link;
    snprintf (self->link_cause, sizeof self->link_cause, "%s", cause ? cause : "");
}

/* ---- ages ----------------------------------------------------------------------------------- */

/* None is more than half as much again as the one before: what is shown is at least two thirds. */
static const struct {
    int64_t from_ms;
    const char *text;
} age_steps[] = {
    {5 * SECOND_MS, "5 s"},     {7 * SECOND_MS, "7 s"},     {10 * SECOND_MS, "10 s"},
    {15 * SECOND_MS, "15 s"},   {20 * SECOND_MS, "20 s"},   {30 * SECOND_MS, "30 s"},
    {45 * SECOND_MS, "45 s"},   {MINUTE_MS, "1 min"},       {90 * SECOND_MS, "90 s"},
    {2 * MINUTE_MS, "2 min"},   {3 * MINUTE_MS, "3 min"},   {4 * MINUTE_MS, "4 min"},
    {5 * MINUTE_MS, "5 min"},   {7 * MINUTE_MS, "7 min"},   {10 * MINUTE_MS, "10 min"},
    {15 * MINUTE_MS, "15 min"}, {20 * MINUTE_MS, "20 min"}, {30 * MINUTE_MS, "30 min"},
    {45 * MINUTE_MS, "45 min"}, {HOUR_MS, "1 h"},           {90 * MINUTE_MS, "90 min"},
};

enum {
    AGE_STEPS = sizeof age_steps / sizeof *age_steps,
    AGE_HOURS_FROM_MS =
        2 * HOUR_MS, /* by hours and by days from two of them on, for the same reason */
    AGE_DAYS_FROM_MS = 2 * DAY_MS,
};

char *
age_text (int64_t age_ms, char text[AGE_SIZE])
{
    if (age_ms >= AGE_DAYS_FROM_MS)
        snprintf (text, AGE_SIZE, "%lld d", (long long) (age_ms / DAY_MS));
    else if (age_ms >= AGE_HOURS_FROM_MS)
        snprintf (text, AGE_SIZE, "%lld h", (long long) (age_ms / HOUR_MS));
    else {
        text[0] = '\0';
        for (int step = 0; step < AGE_STEPS && age_ms >= age_steps[step].from_ms; step++)
            snprintf (text, AGE_SIZE, "%s", age_steps[step].text);
    }
    return text;
}

int64_t
age_next_ms (int64_t age_ms)
{
    for (int step = 0; step < AGE_STEPS; step++)
        if (age_ms < age_steps[step].from_ms)
            return age_steps[step].from_ms;
    int64_t unit = age_ms < AGE_HOURS_FROM_MS  ? AGE_HOURS_FROM_MS
                   : age_ms < AGE_DAYS_FROM_MS ? HOUR_MS
                                               : DAY_MS;
    return (age_ms / unit + 1) * unit;
}

/* When the age of what began at SINCE_MS is shown differently. */
static int64_t
age_deadline (int64_t since_ms, int64_t now_ms)
{
    return since_ms + age_next_ms (now_ms > since_ms ? now_ms - since_ms : 0);
}

static int64_t
earlier (int64_t one_ms, int64_t other_ms)
{
    return one_ms < other_ms ? one_ms : other_ms;
}

void
model_take_time (struct model *self, struct ui_now now)
{
    if (now.mono_ms < self->spark_ms)
        return;
    for (size_t index = 0; index < self->image_count; index++) {
        struct model_image *image = &self->images[index];
        spark_push (&image->latencies, image->latency_worst_ms);
        image->latency_worst_ms = image->latency_ms;
    }
    self->spark_ms = now.mono_ms + SPARK_STEP_MS;
}

int64_t
model_deadline (const struct model *self, struct ui_now now)
{
    int64_t deadline = model_message_deadline (self);
    if (self->link != MODEL_LINKED)
        deadline = earlier (deadline, age_deadline (self->link_since_ms, now.mono_ms));
    for (size_t index = 0; index < self->image_count; index++) {
        const struct model_image *image = &self->images[index];
        deadline = earlier (deadline, age_deadline (image->since_ms, now.mono_ms));
        if (image->latency_worst_ms >= 0 || !spark_is_empty (&image->latencies))
            deadline = earlier (deadline, self->spark_ms);
        if (image->retry_ms != STUI_NEVER && image->retry_ms > now.mono_ms) {
            int64_t left = image->retry_ms - now.mono_ms; /* shown in whole seconds, rounded up */
            deadline = earlier (deadline, now.mono_ms + (left - 1) % SECOND_MS + 1);
        }
        if (image->evaluator == STUI_EVALUATOR_BUSY && image->busy_since_ms > 0) {
            int64_t since = now.mono_ms - (now.wall_ms - image->busy_since_ms);
            deadline = earlier (deadline, age_deadline (since, now.mono_ms));
        }
    }
    return deadline;
}

char *
day_time_text (int64_t wall_ms, int zone_s, char text[AGE_SIZE])
{
    int64_t seconds = wall_ms / SECOND_MS + zone_s;
    int day = (int) ((seconds % 86400 + 86400) % 86400);
    snprintf (text, AGE_SIZE, "%02d:%02d:%02d", day / 3600, day / 60 % 60, day % 60);
    return text;
}
