/* fleet_states.c: what is known of each image: the states that supervisors report, who watches
 * them, and whose identity is whose. Pure but for the heap. */

#include "actors/fleet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/life.h"
#include "actors/reaper.h"
#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/json_scan.h"
#include "runtime/json_write.h"

static void
text_take (char *target, size_t size, const char *source)
{
    snprintf (target, size, "%s", source ? source : "");
}

void
fleet_heard (struct fleet *self, struct fleet_image *image)
{
    image->heard_ms = self->now_ms;
    image->asking = false;
    if (image->stuck) {
        image->stuck = false;
        fleet_changed (self, image);
    }
}

/* An image without supervisor has a state too. */
static struct json *
image_state (const struct fleet_image *image)
{
    struct json *state = image->state ? json_parse_text (image->state) : json_object ();
    struct json *settings = json_parse_text (image->settings);
    bool disabled = json_get_bool (settings, "disabled", false);
    json_set_text (state, "name", image->name);
    json_set_text (state, "address", json_get_text (settings, "address"));
    json_set_text (state, "via", json_get_text (settings, "via"));
    const struct json *tags = json_get (settings, "tags");
    json_set (state, "tags", tags ? json_copy (tags) : json_null ());
    json_set_bool (state, "protected", json_get_bool (settings, "protected", false));
    json_destroy (&settings);
    json_set_bool (state, "stuck", image->stuck);
    if (image->life == FLEET_BROKEN) {
        json_set_text (state, "state", "failed");
        char *cause = stui_printf ("its supervisor ended too often%s%s: 'stui image retry'",
                                   image->why[0] ? ": " : "", image->why);
        json_set_text (state, "cause", cause);
        free (cause);
    }
    if (!image->state) {
        static const char *const unknown[] = {"image_id", "boot_id", "dialect", "latency_ms",
                                              "next_retry_ms"};
        for (size_t index = 0; index < sizeof unknown / sizeof *unknown; index++)
            json_set (state, unknown[index], json_null ());
        if (image->life != FLEET_BROKEN) {
            json_set_text (state, "state", disabled ? "disabled" : "waiting");
            json_set (state, "cause", json_null ());
        }
        json_set_text (state, "phase", disabled ? "disabled" : "waiting");
        json_set_text (state, "network", "unknown");
        json_set_text (state, "link", "down");
        json_set_text (state, "image", "unknown");
        json_set_text (state, "evaluator", "unknown");
        json_set_number (state, "sessions", 0);
        json_set_number (state, "orphans", 0);
        json_set_number (state, "held", 0);
        json_set_number (state, "in_doubt", 0);
        json_set_number (state, "settled", 0);
        json_set_number (state, "attempt", 0);
    }
    return state;
}

/* A text that grows; it has no NUL. */
struct text {
    char *bytes; /* owned */
    size_t size, capacity;
};

static void
text_add (struct text *self, const char *bytes, size_t size)
{
    if (self->size + size > self->capacity) {
        self->capacity = 2 * (self->size + size);
        self->bytes = stui_realloc (self->bytes, self->capacity);
    }
    memcpy (self->bytes + self->size, bytes, size);
    self->size += size;
}

/* What image_state adds to a report, as members: `,"tags":…,"protected":…,"stuck":`. */
static const char *
image_beside (struct fleet_image *image)
{
    if (image->beside)
        return image->beside;
    struct json *settings = json_parse_text (image->settings);
    const struct json *given = json_get (settings, "tags");
    char *tags = given ? json_print (given) : NULL;
    image->beside = stui_printf (",\"tags\":%s,\"protected\":%s,\"stuck\":", tags ? tags : "null",
                                 json_get_bool (settings, "protected", false) ? "true" : "false");
    free (tags);
    json_destroy (&settings);
    return image->beside;
}

/* Adds what image_state says of IMAGE: its report as it stands, where that is a supervisor's. A thousand
 * images that come back are told in as many trees otherwise. */
static void
image_state_add (struct fleet_image *image, struct text *text)
{
    static const char begin[] = "{\"name\":\""; /* and its address, and so on */
    size_t size = image->state ? strlen (image->state) : 0;
    bool stands = image->current && image->life != FLEET_BROKEN && size > sizeof begin
                  && memcmp (image->state, begin, sizeof begin - 1) == 0
                  && image->state[size - 1] == '}';
    if (stands) {
        const char *beside = image_beside (image), *stuck = image->stuck ? "true}" : "false}";
        text_add (text, image->state, size - 1);
        text_add (text, beside, strlen (beside));
        text_add (text, stuck, strlen (stuck));
        return;
    }
    struct json *state = image_state (image);
    char *printed = json_print (state);
    text_add (text, printed, strlen (printed));
    free (printed);
    json_destroy (&state);
}

void
fleet_answers (struct fleet *self, struct fleet_image *image, bool answers)
{
    if (image->answers && !answers)
        image->gone_ms = self->now_ms;
    self->returns += !image->answers && answers;
    image->answers = answers;
}

bool
fleet_reaper_look (const void *fleet, size_t index, struct reaper_image *look)
{
    const struct fleet *self = fleet;
    if (index >= self->image_count)
        return false;
    const struct fleet_image *image = self->images[index];
    bool up = image->life == FLEET_UP;
    *look = (struct reaper_image){.name = image->name,
                                  .key = image->key_known && !image->leaving ? image->key : NULL,
                                  .image_id = image->image_id,
                                  .id = up ? image->id : "",
                                  .starting = image->life == FLEET_STARTING,
                                  .answers = image->answers,
                                  .stuck = image->stuck,
                                  .away = up && strcmp (image->word, "offline") == 0,
                                  .gone_ms = image->gone_ms,
                                  .reap_after_ms = image->reap_after_ms,
                                  .undo_for_ms = image->undo_for_ms};
    return true;
}

void
fleet_changed (struct fleet *self, struct fleet_image *image)
{
    image->version = ++self->version;
}

static bool
watcher_flush (struct fleet *self, const struct fleet_watcher *watcher)
{
    if (watcher->version >= self->version && self->version > 0 && !self->finishing)
        return false;
    struct text images = {0};
    for (size_t index = 0; index < self->image_count; index++) {
        if (self->images[index]->removed || self->images[index]->version <= watcher->version)
            continue;
        text_add (&images, images.size == 0 ? "[" : ",", 1);
        image_state_add (self->images[index], &images);
    }
    text_add (&images, "[", images.size == 0);
    text_add (&images, "]", sizeof "]");
    struct json *removed = json_array ();
    for (const struct json *gone = json_first (self->removed); gone; gone = json_next (gone))
        if ((uint64_t) json_value (gone, 0) > watcher->version)
            json_push (removed, json_string (json_key (gone)));
    struct json *alerts = fleet_alerts_since (self, watcher->version);
    char *removed_text = json_print (removed), *alerts_text = json_print (alerts);
    struct json_write result;
    json_write_begin (&result);
    json_write_number (&result, "version", (int64_t) self->version);
    json_write_json (&result, "images", images.bytes);
    json_write_json (&result, "removed", removed_text);
    json_write_text (&result, "store_trouble", self->store_trouble);
    json_write_number (&result, "marks", (int64_t) self->marks);
    json_write_json (&result, "alerts", alerts_text);
    char *text = json_write_end (&result);
    fleet_send (self, msg_new (watcher->peer, MSG_OK, watcher->ref, text));
    free (text);
    free (removed_text);
    free (alerts_text);
    free (images.bytes);
    json_destroy (&removed);
    json_destroy (&alerts);
    return true;
}

void
fleet_flush (struct fleet *self)
{
    if ((!self->opened || !self->listed) && !self->finishing)
        return; /* there is no list yet */
    size_t kept = 0;
    for (size_t index = 0; index < self->watcher_count; index++)
        if (!watcher_flush (self, &self->watchers[index]))
            self->watchers[kept++] = self->watchers[index];
    self->watcher_count = kept;
}

void
fleet_watch (struct fleet *self, const struct msg *msg)
{
    stui_grow (&self->watchers, &self->watcher_capacity, self->watcher_count,
               sizeof *self->watchers);
    struct fleet_watcher *watcher = &self->watchers[self->watcher_count++];
    *watcher = (struct fleet_watcher){.ref = msg->ref, .version = msg_number (msg, 0)};
    snprintf (watcher->peer, sizeof watcher->peer, "%s", msg->peer);
}

/* It concerns no image, but whoever watches images shows it. */
void
fleet_store_trouble (struct fleet *self, const struct msg *msg)
{
    text_take (self->store_trouble, sizeof self->store_trouble, msg_text (msg, 0));
    alerts_store (&self->alerts, self->store_trouble, self->now_ms);
    fleet_alerts_time (self);
    self->version++;
}

void
fleet_marks_changed (struct fleet *self, const struct msg *msg)
{
    self->marks = msg_number (msg, 0);
    self->version++;
}

/* ---- Identity ------------------------------------------------------------------------------------ */

/* PEER's attempt is over: what waits of it is not judged, for that would be believed. */
static void
judge_withdraw (struct fleet *self, const char *peer)
{
    size_t kept = 0;
    for (size_t index = 0; index < self->judgement_count; index++) {
        struct fleet_judgement judgement = self->judgements[index];
        if (strcmp (judgement.msg->peer, peer) != 0) {
            self->judgements[kept++] = judgement;
            continue;
        }
        fleet_send (self, msg_error (judgement.msg, STUI_E_INVALID_REQUEST,
                                     "the attempt that it was asked for is over", NULL));
        msg_destroy (&judgement.msg);
    }
    self->judgement_count = kept;
}

/* Takes what the fleet itself has to know of a report, a fifth of its members, into the object CONTEXT. */
static void
report_member (void *context, const char *key, size_t key_size, const char *value,
               size_t value_size)
{
    static const char *const wanted[] = {"state",   "phase", "key",     "leaving",   "image_id",
                                         "boot_id", "cause", "orphans", "conflicts", "in_doubt"};
    for (size_t index = 0; index < sizeof wanted / sizeof *wanted; index++)
        if (strlen (wanted[index]) == key_size && memcmp (wanted[index], key, key_size) == 0) {
            struct json *member = json_parse (value, value_size, NULL);
            json_add (context, wanted[index], member ? member : json_null ());
            return;
        }
}

/* Of a report's TEXT what the fleet has to know; NULL when it is no object. Caller owns. */
static struct json *
report_read (const char *text)
{
    struct json *state = json_object ();
    if (json_scan_object (text, strlen (text), report_member, state, NULL) != 0)
        json_destroy (&state);
    return state;
}

void
fleet_state (struct fleet *self, const struct msg *msg)
{
    struct fleet_image *image = fleet_image_of (self, msg->peer);
    struct json *state = report_read (msg_text (msg, 0));
    if (image && state && strcmp (image->id, msg->peer) == 0) {
        free (image->state);
        image->state = stui_strdup (msg_text (msg, 0));
        image->current = true;
        fleet_heard (self, image);
        text_take (image->word, sizeof image->word, json_get_text (state, "state"));
        fleet_answers (self, image,
                       strcmp (image->word, "online") == 0 || strcmp (image->word, "suspect") == 0);
        const char *key = json_get_text (state, "key");
        if (key && !image->key_known)
            fleet_reading (self);
        image->key_known = image->key_known || key;
        image->leaving = json_get_bool (state, "leaving", false);
        if (key)
            text_take (image->key, sizeof image->key, key);
        /* One that has not read yet which image it has does not make it nobody's. */
        const char *image_id = json_get_text (state, "image_id");
        if (key || image_id) {
            text_take (image->image_id, sizeof image->image_id, image_id);
            text_take (image->boot_id, sizeof image->boot_id, json_get_text (state, "boot_id"));
        }
        fleet_alerts_see (self, image, state);
        fleet_changed (self, image);
        if (strcmp (image->word, "disabled") == 0)
            fleet_free_aliases (self, image->name);
    }
    const char *phase = json_get_text (state, "phase");
    if (phase && strcmp (phase, life_phase_word (LIFE_JUDGING)) != 0)
        judge_withdraw (self, msg->peer);
    json_destroy (&state);
    fleet_ok (self, msg, json_object ());
    fleet_judge_waiting (self);
    fleet_permits_known (self);
}

/* The image that RIVAL was answers by way of IMAGE while RIVAL itself does not (yet). It has moved
 * only if RIVAL has tried and failed, and if IMAGE was not known as another route to it: else the
 * sessions would go to and fro between the two, whichever is quicker. */
static bool
route_stays (const struct fleet_image *image, const struct fleet_image *rival)
{
    bool was_alias =
        strcmp (image->verdict, "alias") == 0 && strcmp (image->other, rival->name) == 0;
    if (was_alias && strcmp (rival->word, "disabled") != 0)
        return rival->life == FLEET_UP || rival->life == FLEET_STARTING;
    static const char *const silent[] = {"offline", "failed", "disabled"};
    for (size_t index = 0; index < sizeof silent / sizeof *silent; index++)
        if (strcmp (rival->word, silent[index]) == 0)
            return false;
    return rival->life == FLEET_UP || rival->life == FLEET_STARTING;
}

static void
judge_now (struct fleet *self, const struct msg *msg)
{
    struct fleet_image *image = fleet_image_of (self, msg->peer);
    const char *image_id = msg_text (msg, 0), *boot_id = msg_text (msg, 1);
    const char *verdict = "ours", *other = "";
    if (image && image->image_id[0] && strcmp (image->image_id, image_id) != 0)
        verdict = "new";
    for (size_t index = 0; index < self->image_count; index++) {
        const struct fleet_image *rival = self->images[index];
        if (rival == image || strcmp (rival->image_id, image_id) != 0)
            continue;
        if (strcmp (rival->verdict, "alias") == 0)
            continue; /* a route, no image of its own */
        if (image && image->key[0] && !rival->key[0] && !rival->answers)
            continue; /* it has found the way there, as IMAGE has, which has the sessions */
        other = rival->name;
        if (rival->answers)
            verdict = strcmp (rival->boot_id, boot_id) == 0 ? "alias" : "copy";
        else
            verdict = image && route_stays (image, rival) ? "alias" : "moved";
        if (rival->answers)
            break;
    }
    if (image && strcmp (verdict, "alias") != 0) {
        /* Believed from here on, so that two routes judged at once are not both ours. */
        text_take (image->image_id, sizeof image->image_id, image_id);
        text_take (image->boot_id, sizeof image->boot_id, boot_id);
        fleet_answers (self, image, true);
    }
    if (image) { /* nor both routes to the other, before either has reported */
        text_take (image->verdict, sizeof image->verdict, verdict);
        text_take (image->other, sizeof image->other, other);
    }
    struct json *result = json_object ();
    json_set_text (result, "verdict", verdict);
    json_set_text (result, "other", other);
    fleet_ok (self, msg, result);
}

/* Whether IMAGE's supervisor, which runs, has not said yet what is known of it. */
static bool
is_unknown (const struct fleet_image *image)
{
    bool starts = image->life == FLEET_STARTING || image->life == FLEET_UP;
    return starts && !image->key_known && !image->stuck;
}

/* While a thousand supervisors start this is asked at every report of each of them: it is mostly the one
 * that was found the last time. */
const struct fleet_image *
fleet_other_unknown (struct fleet *self, const struct fleet_image *image)
{
    for (size_t step = 0; step < self->image_count; step++) {
        size_t index = (self->unknown + step) % self->image_count;
        if (self->images[index] == image || !is_unknown (self->images[index]))
            continue;
        self->unknown = index;
        return self->images[index];
    }
    return NULL;
}

/* Whether IMAGE, which answered as IMAGE_ID, has the sessions of that one: nobody need be waited for. */
static bool
is_its_own (const struct fleet_image *image, const char *image_id)
{
    return strcmp (image->key, image_id) == 0 && strcmp (image->verdict, "alias") != 0;
}

/* Whose is the image that answered at this address? One that was nobody's may be that of another name
 * whose supervisor is just reading what it knows: were it called ours meanwhile, both would have the
 * sessions, and each write over the other's. */
void
fleet_judge (struct fleet *self, const struct msg *msg)
{
    const struct fleet_image *image = fleet_image_of (self, msg->peer);
    judge_withdraw (self, msg->peer);
    if (!image || is_its_own (image, msg_text (msg, 0)) || !fleet_other_unknown (self, image)) {
        judge_now (self, msg);
        return;
    }
    stui_grow (&self->judgements, &self->judgement_capacity, self->judgement_count,
               sizeof *self->judgements);
    self->judgements[self->judgement_count++] = (struct fleet_judgement){
        msg_new (msg->peer, MSG_JUDGE, msg->ref, msg_text (msg, 0), msg_text (msg, 1)),
        self->now_ms + FLEET_JUDGE_MS};
}

/* The attempt has no more time. */
static void
judge_not (struct fleet *self, const struct msg *msg, const struct fleet_image *unknown)
{
    char why[STUI_CAUSE_MAX];
    snprintf (why, sizeof why,
              "whose image this is cannot be told while what is known of %s cannot be read",
              unknown->name);
    fleet_send (self, msg_error (msg, STUI_E_STORAGE, why, NULL));
}

void
fleet_judge_waiting (struct fleet *self)
{
    size_t kept = 0;
    for (size_t index = 0; index < self->judgement_count; index++) {
        struct fleet_judgement judgement = self->judgements[index];
        const struct fleet_image *image = fleet_image_of (self, judgement.msg->peer);
        bool asks = image && strcmp (image->id, judgement.msg->peer) == 0;
        const struct fleet_image *unknown = asks ? fleet_other_unknown (self, image) : NULL;
        if (unknown && self->now_ms < judgement.until_ms) {
            self->judgements[kept++] = judgement;
            continue;
        }
        if (unknown)
            judge_not (self, judgement.msg, unknown);
        else if (asks) /* else it has ended, and its question with it */
            judge_now (self, judgement.msg);
        msg_destroy (&judgement.msg);
    }
    self->judgement_count = kept;
}

int64_t
fleet_judge_deadline (const struct fleet *self)
{
    int64_t earliest = STUI_NEVER;
    for (size_t index = 0; index < self->judgement_count; index++)
        if (self->judgements[index].until_ms < earliest)
            earliest = self->judgements[index].until_ms;
    return earliest;
}

void
fleet_judge_fini (struct fleet *self)
{
    for (size_t index = 0; index < self->judgement_count; index++)
        msg_destroy (&self->judgements[index].msg);
    free (self->judgements);
}
