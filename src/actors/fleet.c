/* fleet.c: see fleet.h. The list and its supervisors: one step a verb, in the order of msg.h; then
 * what time does. Pure but for the heap. */

#include "actors/fleet.h"

#include <search.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/config.h"
#include "runtime/json.h"

static void
fleet_do (struct fleet *self, struct fleet_action action)
{
    stui_grow (&self->actions, &self->action_capacity, self->action_count, sizeof *self->actions);
    self->actions[self->action_count++] = action;
}

void
fleet_send (struct fleet *self, struct msg *msg)
{
    fleet_do (self, (struct fleet_action){.what = FLEET_SEND, .msg = msg});
}

void
fleet_ok (struct fleet *self, const struct msg *msg, struct json *result)
{
    char *text = json_print (result);
    fleet_send (self, msg_ok (msg, text));
    free (text);
    json_destroy (&result);
}

static int
actor_compare (const void *one, const void *other)
{
    return strcmp (one, other);
}

static void
image_free (struct fleet_image *image)
{
    free (image->settings);
    free (image->state);
    free (image->beside);
    free (image);
}

void
fleet_init (struct fleet *self)
{
    *self = (struct fleet){.removed = json_object ()};
    alerts_init (&self->alerts);
}

void
fleet_actions_clear (struct fleet *self)
{
    self->action_count = 0;
}

void
fleet_fini (struct fleet *self)
{
    fleet_judge_fini (self);
    for (size_t index = 0; index < self->image_count; index++) {
        tdelete (self->images[index]->actor, &self->by_actor, actor_compare);
        image_free (self->images[index]);
    }
    for (size_t index = 0; index < self->connecter_count; index++)
        fleet_connecter_clear (&self->connecters[index]);
    for (size_t index = 0; index < self->action_count; index++) {
        msg_destroy (&self->actions[index].msg);
        free (self->actions[index].name);
        free (self->actions[index].settings);
    }
    free (self->images);
    free (self->granted);
    free (self->asking);
    free (self->watchers);
    free (self->connecters);
    free (self->actions);
    json_destroy (&self->removed);
    fleet_alerts_fini (self);
    *self = (struct fleet){0};
}

/* The nodes of the tree are the names inside the images. */
static struct fleet_image *
image_by_actor (const struct fleet *self, const char *actor)
{
    char *const *node = tfind (actor, &self->by_actor, actor_compare);
    return node ? (struct fleet_image *) (*node - offsetof (struct fleet_image, actor)) : NULL;
}

struct fleet_image *
fleet_find (const struct fleet *self, const char *name)
{
    char actor[STUI_ACTOR_ID_MAX + 1];
    if (strlen (name) > STUI_NAME_MAX)
        return NULL;
    snprintf (actor, sizeof actor, "image/%s", name);
    return image_by_actor (self, actor);
}

struct fleet_image *
fleet_image_of (const struct fleet *self, const char *actor)
{
    char name[STUI_ACTOR_ID_MAX + 1];
    size_t length = strcspn (actor, "#");
    if (length >= sizeof name)
        return NULL;
    memcpy (name, actor, length);
    name[length] = '\0';
    return image_by_actor (self, name);
}

/* ---- Supervisors --------------------------------------------------------------------------------- */

void
fleet_spawn (struct fleet *self, struct fleet_image *image)
{
    if (!self->opened || self->finishing || image->life != FLEET_IDLE)
        return;
    char *settings = fleet_spawn_settings (self, image);
    image->begun = true;
    image->life = FLEET_STARTING;
    fleet_reading (self);
    fleet_do (self, (struct fleet_action){.what = FLEET_SPAWN,
                                          .name = stui_strdup (image->actor),
                                          .settings = settings});
}

/* A stuck supervisor is not waited for: its thread is left to itself, its name is free again. */
static void
image_give_up (struct fleet *self, struct fleet_image *image)
{
    fleet_do (self, (struct fleet_action){.what = FLEET_GIVE_UP, .name = stui_strdup (image->id)});
    fleet_permits_drop (self, image->id);
    image->life = FLEET_IDLE;
    image->id[0] = '\0';
    image->stuck = image->asking = false;
    fleet_answers (self, image, false);
    fleet_send (self, msg_new ("main", MSG_ABANDONED, 0, image->name, ++self->given_up));
    fleet_changed (self, image);
}

void
fleet_given_up_ended (struct fleet *self)
{
    fleet_send (self, msg_new ("main", MSG_ABANDONED, 0, "", --self->given_up));
}

static void
image_finish (struct fleet *self, struct fleet_image *image)
{
    if (image->life != FLEET_UP && image->life != FLEET_STARTING)
        return;
    if (image->stuck) {
        image_give_up (self, image);
        return;
    }
    if (image->life == FLEET_UP)
        fleet_send (self, msg_new (image->id, MSG_FINISH, 0));
    else
        fleet_do (self,
                  (struct fleet_action){.what = FLEET_UNSPAWN, .name = stui_strdup (image->actor)});
    image->life = FLEET_ENDING;
}

static void
image_remove (struct fleet *self, size_t index)
{
    struct fleet_image *image = self->images[index];
    fleet_free_aliases (self, image->name);
    json_set_number (self->removed, image->name, (int64_t) ++self->version);
    tdelete (image->actor, &self->by_actor, actor_compare);
    alerts_forget (&self->alerts, &image->alerts);
    image_free (image);
    memmove (self->images + index, self->images + index + 1,
             (self->image_count - index - 1) * sizeof *self->images);
    self->image_count--;
}

void
fleet_up (struct fleet *self, const char *id, int64_t now_ms)
{
    self->now_ms = now_ms;
    struct fleet_image *image = fleet_image_of (self, id);
    if (!image)
        return;
    snprintf (image->id, sizeof image->id, "%s", id);
    image->heard_ms = now_ms;
    image->asking = image->stuck = false;
    if (image->life == FLEET_ENDING) { /* told to end while it started */
        fleet_send (self, msg_new (id, MSG_FINISH, 0));
        return;
    }
    image->life = FLEET_UP;
    fleet_connecters_came (self, image->name, NULL);
}

/* Whether one more restart now is within the intensity. */
static bool
restart_allowed (struct fleet_image *image, int64_t now_ms)
{
    if (image->restarts_ms[0] && now_ms - image->restarts_ms[0] < FLEET_RESTARTS_MS)
        return false;
    memmove (image->restarts_ms, image->restarts_ms + 1,
             sizeof image->restarts_ms - sizeof *image->restarts_ms);
    image->restarts_ms[FLEET_RESTARTS_MAX - 1] = now_ms > 0 ? now_ms : 1;
    return true;
}

static void
drain_check (struct fleet *self)
{
    if (!self->finishing || !self->drain_peer[0])
        return;
    for (size_t index = 0; index < self->image_count; index++)
        if (self->images[index]->life == FLEET_UP || self->images[index]->life == FLEET_ENDING
            || self->images[index]->life == FLEET_STARTING)
            return;
    fleet_send (self, msg_new (self->drain_peer, MSG_OK, self->drain_ref, "{}"));
    self->drain_peer[0] = '\0';
}

void
fleet_free_aliases (struct fleet *self, const char *name)
{
    for (size_t index = 0; index < self->image_count; index++) {
        struct fleet_image *image = self->images[index];
        if (image->removed || strcmp (image->verdict, "alias") != 0
            || strcmp (image->other, name) != 0)
            continue;
        image->verdict[0] = '\0';
        image_finish (self, image);
        image->restart = image->life == FLEET_ENDING; /* it is judged anew */
    }
}

/* IMAGE has no supervisor any more; TOLD: it was to end. It may be gone afterwards. */
static void
image_over (struct fleet *self, struct fleet_image *image, bool told, const char *why)
{
    for (size_t index = 0; image->removed && index < self->image_count; index++)
        if (self->images[index] == image) {
            fleet_connecters_came (self, image->name, "it was removed from the list");
            image_remove (self, index);
            drain_check (self);
            return;
        }
    bool again = !told || image->restart;
    image->restart = false;
    if (again && (told || restart_allowed (image, self->now_ms)))
        fleet_spawn (self, image);
    else if (again) {
        image->life = FLEET_BROKEN;
        struct json *state = json_object ();
        json_set_text (state, "state", "failed");
        json_set_text (state, "cause", why);
        fleet_alerts_see (self, image, state);
        json_destroy (&state);
        fleet_connecters_came (self, image->name,
                               why && *why ? why : "its supervisor ended too often");
    }
    drain_check (self);
}

void
fleet_ended (struct fleet *self, const char *id, const char *why, int64_t now_ms)
{
    self->now_ms = now_ms;
    fleet_permits_drop (self, id);
    struct fleet_image *image = fleet_image_of (self, id);
    if (!image || (image->id[0] && strcmp (image->id, id) != 0))
        return; /* not the one that bears the name now */
    bool told = image->life == FLEET_ENDING;
    image->life = FLEET_IDLE;
    image->id[0] = '\0';
    image->stuck = image->asking = false;
    fleet_answers (self, image, false);
    snprintf (image->why, sizeof image->why, "%s", why ? why : "");
    fleet_changed (self, image);
    image_over (self, image, told, why);
}

/* ---- Verbs ----------------------------------------------------------------------------------------- */

static void
verb_opened (struct fleet *self, const struct msg *msg)
{
    snprintf (self->client_id, sizeof self->client_id, "%s", msg_text (msg, 0));
    self->generation = (int64_t) msg_number (msg, 1);
    self->opened = true;
    self->version++;
    for (size_t index = 0; index < self->image_count; index++)
        if (self->images[index]->wanted)
            fleet_spawn (self, self->images[index]);
}

/* Whether two settings are the same to a supervisor: what differs is registry's own, and no reason to
 * end a connection. */
static bool
settings_serve_alike (const char *one, const struct json *other)
{
    static const char *const ours[] = {"tags", "protected", "reap_after_s", "undo_for_s"};
    struct json *both[] = {json_parse_text (one), json_copy (other)};
    char *texts[2];
    for (size_t index = 0; index < 2; index++) {
        for (size_t key = 0; key < sizeof ours / sizeof *ours; key++)
            json_set (both[index], ours[key], NULL);
        texts[index] = json_print (both[index]);
        json_destroy (&both[index]);
    }
    bool alike = strcmp (texts[0], texts[1]) == 0;
    free (texts[0]);
    free (texts[1]);
    return alike;
}

static void
images_take (struct fleet *self, const struct json *settings)
{
    const char *name = json_get_text (settings, "name");
    if (!name || strlen (name) > STUI_NAME_MAX)
        return;
    struct fleet_image *image = fleet_find (self, name);
    char *text = json_print (settings);
    if (image) {
        bool same = strcmp (image->settings, text) == 0;
        bool alike = same || settings_serve_alike (image->settings, settings);
        image->removed = false;
        free (image->settings);
        image->settings = text;
        free (image->beside);
        image->beside = NULL;
        image->current = image->current && alike;
        if (!alike)
            image_finish (self, image);
        /* What ends now begins again, with the newest settings. */
        image->restart = image->wanted && image->life == FLEET_ENDING;
        if (same)
            return;
    }
    else {
        image = stui_alloc (sizeof *image);
        snprintf (image->name, sizeof image->name, "%s", name);
        snprintf (image->actor, sizeof image->actor, "image/%s", name);
        image->settings = text;
        image->wanted = self->autoconnect;
        image->number = self->numbers++;
        image->alerts = alerts_follow (&self->alerts, name);
        stui_grow (&self->images, &self->image_capacity, self->image_count, sizeof *self->images);
        self->images[self->image_count++] = image;
        tsearch (image->actor, &self->by_actor, actor_compare);
        json_set (self->removed, name, NULL);
    }
    struct config_timings timings;
    config_timings_from_json (settings, &timings);
    image->reap_after_ms = timings.reap_after_s * 1000;
    image->undo_for_ms = timings.undo_for_s * 1000;
    fleet_changed (self, image);
    if (image->wanted && !image->restart)
        fleet_spawn (self, image);
}

static void
verb_images (struct fleet *self, const struct msg *msg)
{
    struct json *list = json_parse_text (msg_text (msg, 0));
    self->autoconnect = json_get_bool (list, "autoconnect", false);
    self->read_only = json_get_bool (list, "read_only", false);
    self->fresh = json_get_bool (list, "fresh", false);
    self->listed = true;
    struct config_timings timings;
    config_timings_from_json (list, &timings);
    self->reap_after_ms = timings.reap_after_s * 1000;
    self->undo_for_ms = timings.undo_for_s * 1000;
    fleet_alerts_set (self, list);
    for (size_t index = 0; index < self->image_count; index++)
        self->images[index]->removed = true;
    const struct json *images = json_get (list, "images");
    for (const struct json *image = json_first (images); image; image = json_next (image))
        images_take (self, image);
    for (size_t index = 0; index < self->image_count;) {
        struct fleet_image *image = self->images[index];
        if (image->removed) {
            image->restart = false;
            image_finish (self, image);
        }
        if (image->removed && (image->life == FLEET_IDLE || image->life == FLEET_BROKEN)) {
            fleet_connecters_came (self, image->name, "it was removed from the list");
            image_remove (self, index);
            continue;
        }
        index++;
    }
    json_destroy (&list);
}

static void
verb_tock (struct fleet *self, const struct msg *msg)
{
    struct fleet_image *image = fleet_image_of (self, msg->peer);
    if (image && strcmp (image->id, msg->peer) == 0)
        fleet_heard (self, image);
}

bool
fleet_is_starting (const struct fleet *self, const char *peer)
{
    bool may_be = strncmp (peer, "image/", 6) == 0; /* most messages are for others */
    const struct fleet_image *image = may_be ? image_by_actor (self, peer) : NULL;
    return image && image->life == FLEET_STARTING;
}

bool
fleet_stands_in (struct fleet *self, const char *from, const struct msg *msg, int64_t now_ms)
{
    bool request = msg_kind (msg->verb) == MSG_REQUEST && strncmp (msg->peer, "image/", 6) == 0;
    struct fleet_image *image = request ? fleet_image_of (self, msg->peer) : NULL;
    if (!image || !image->stuck)
        return false;
    self->now_ms = now_ms;
    if (msg->verb == MSG_RETRY) {
        image_give_up (self, image);
        fleet_spawn (self, image); /* which tries at once */
        fleet_send (self, msg_new (from, MSG_OK, msg->ref, "{}"));
        return true;
    }
    char text[STUI_CAUSE_MAX];
    snprintf (text, sizeof text,
              "the supervisor of %s has answered nothing for %lld s and was not asked: give it up "
              "by 'stui image retry %s'",
              image->name, (long long) ((now_ms - image->asked_ms) / 1000), image->name);
    fleet_send (
        self, msg_new (from, MSG_ERROR, msg->ref, stui_err_word (STUI_E_UNREACHABLE), text, NULL));
    return true;
}

static void
verb_probe (struct fleet *self, const struct msg *msg)
{
    struct json *settings = json_parse_text (msg_text (msg, 0));
    if (!self->opened || self->finishing || !json_get_text (settings, "address")) {
        fleet_send (self,
                    msg_error (msg, STUI_E_INVALID_REQUEST, "a probe needs an address", NULL));
        json_destroy (&settings);
        return;
    }
    char name[32];
    snprintf (name, sizeof name, "probe/%llu", (unsigned long long) ++self->probes);
    json_set_text (settings, "name", "probe");
    json_set_text (settings, "client_id", self->client_id);
    json_set_text (settings, "probe_for", msg->peer);
    json_set_number (settings, "probe_ref", (int64_t) msg->ref);
    fleet_do (self, (struct fleet_action){.what = FLEET_SPAWN,
                                          .name = stui_strdup (name),
                                          .settings = json_print (settings)});
    json_destroy (&settings);
}

static void
verb_drain (struct fleet *self, const struct msg *msg)
{
    self->finishing = true;
    snprintf (self->drain_peer, sizeof self->drain_peer, "%s", msg->peer);
    self->drain_ref = msg->ref;
    for (size_t index = 0; index < self->image_count; index++) {
        image_finish (self, self->images[index]);
        fleet_connecters_came (self, self->images[index]->name, "stui is stopping");
    }
    drain_check (self);
}

/* To all supervisors, at once. */
static void
pass_on (struct fleet *self, enum msg_verb verb, const struct msg *msg)
{
    for (size_t index = 0; index < self->image_count; index++)
        if (self->images[index]->life == FLEET_UP)
            fleet_send (self, msg_new (self->images[index]->actor, verb, 0, msg_text (msg, 0)));
}

/* Who may attempt first is a matter of permits, and of the supervisors' own dice. */
static void
verb_look (struct fleet *self, const struct msg *msg)
{
    pass_on (self, MSG_LOOK, msg);
}

static void
verb_terminal_gone (struct fleet *self, const struct msg *msg)
{
    pass_on (self, MSG_TERMINAL_GONE, msg);
}

static const struct {
    enum msg_verb verb;
    void (*handle) (struct fleet *self, const struct msg *msg);
} verbs[] = {
    {MSG_NETWORK_CHANGED, verb_look},
    {MSG_SECRETS_CHANGED, verb_look},
    {MSG_TERMINAL_GONE, verb_terminal_gone},
    {MSG_OPENED, verb_opened},
    {MSG_IMAGES, verb_images},
    {MSG_CONNECT, fleet_connect},
    {MSG_WATCH, fleet_watch},
    {MSG_STATE, fleet_state},
    {MSG_JUDGE, fleet_judge},
    {MSG_PERMIT, fleet_permit},
    {MSG_PERMIT_RETURN, fleet_permit_return},
    {MSG_TOCK, verb_tock},
    {MSG_PROBE, verb_probe},
    {MSG_DRAIN, verb_drain},
    {MSG_STORE_TROUBLE, fleet_store_trouble},
    {MSG_MARKS_CHANGED, fleet_marks_changed},
    {MSG_ALERTS_SNOOZE, fleet_alerts_snooze},
};

void
fleet_message (struct fleet *self, const struct msg *msg, int64_t now_ms)
{
    self->now_ms = now_ms;
    for (size_t index = 0; index < sizeof verbs / sizeof *verbs; index++)
        if (verbs[index].verb == msg->verb) {
            verbs[index].handle (self, msg);
            return;
        }
    if (msg_kind (msg->verb) == MSG_REQUEST) {
        char text[STUI_CAUSE_MAX];
        snprintf (text, sizeof text, "registry does not know the verb %s", msg_word (msg->verb));
        fleet_send (self, msg_error (msg, STUI_E_UNKNOWN_VERB, text, NULL));
    }
}

/* ---- Time -------------------------------------------------------------------------------------------- */

/* A supervisor that pings tells by itself that it lives; one that has not for some time is asked, and
 * when it does not answer it is stuck. */
static void
image_look (struct fleet *self, struct fleet_image *image)
{
    if (!image->asking && self->now_ms - image->heard_ms >= FLEET_ASK_MS) {
        image->asking = true;
        image->asked_ms = self->now_ms;
        fleet_send (self, msg_new (image->id, MSG_TICK, 0, ++self->tick));
    }
    else if (image->asking && !image->stuck && self->now_ms - image->asked_ms >= FLEET_STUCK_MS) {
        image->stuck = true;
        fleet_changed (self, image);
        if (image->life == FLEET_ENDING) { /* nobody else would: the user has let go of it */
            image_give_up (self, image);
            image_over (self, image, true, NULL);
        }
    }
}

void
fleet_time (struct fleet *self, int64_t now_ms)
{
    self->now_ms = now_ms;
    if (self->look_ms <= now_ms) {
        self->look_ms = now_ms + FLEET_LOOK_MS;
        for (size_t index = self->image_count; index-- > 0;) /* from behind: one may go */
            if (self->images[index]->id[0])
                image_look (self, self->images[index]);
        if (self->tidy_ms > 0 && self->tidy_ms <= now_ms) {
            self->tidy_ms = 0;
            fleet_do (self, (struct fleet_action){.what = FLEET_TIDY});
        }
    }
    fleet_permits_expire (self);
    fleet_judge_waiting (self);
    fleet_alerts_time (self);
}

int64_t
fleet_deadline (const struct fleet *self)
{
    int64_t earliest = self->image_count > 0 ? self->look_ms : STUI_NEVER;
    int64_t judge_ms = fleet_judge_deadline (self), alert_ms = alerts_deadline (&self->alerts);
    int64_t permit_ms = fleet_permits_deadline (self);
    earliest = permit_ms < earliest ? permit_ms : earliest;
    earliest = judge_ms < earliest ? judge_ms : earliest;
    return alert_ms < earliest ? alert_ms : earliest;
}
