/* world_reaper.c: the reaper, glued to the switchboard as registry.c does it; and what must hold of
 * it, from what the world knows by itself: how long stui ran without an image, what a supervisor
 * held when it forgot, whether the clock jumped. */

#include "simulate/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"

enum {
    NEWS_US = 2 * WORLD_S, /* so long it may take until registry hears that an image is back */
    DISK_US = 1 * WORLD_S, /* and until what is to be archived is on the disk */
};

int64_t
world_ran_us (const struct world *world)
{
    return world->reaper.ran_us + (world->up ? world->now_us - world->reaper.started_us : 0);
}

/* ---- When images were there ------------------------------------------------------------------------ */

static struct world_stay *
stay_find (struct world *world, const char *key)
{
    struct world_reaper *self = &world->reaper;
    for (size_t index = 0; index < self->stay_count; index++)
        if (strcmp (self->stays[index].key, key) == 0)
            return &self->stays[index];
    stui_grow (&self->stays, &self->stay_capacity, self->stay_count, sizeof *self->stays);
    struct world_stay *stay = &self->stays[self->stay_count++];
    *stay = (struct world_stay){.from_us = -1};
    snprintf (stay->key, sizeof stay->key, "%s", key);
    return stay;
}

/* SUPER is live with the image of KEY. */
static void
stay_note (struct world *world, const char *key)
{
    struct world_stay *stay = stay_find (world, key);
    int64_t now_us = world_ran_us (world);
    if (stay->from_us < 0 || now_us - stay->to_us > NEWS_US) {
        stay->before_us = stay->from_us < 0 ? 0 : stay->to_us;
        stay->from_us = now_us;
    }
    stay->to_us = now_us;
}

/* For how long at most the image of KEY was away, as far as registry can know. */
static int64_t
stay_away_us (struct world *world, const char *key)
{
    const struct world_stay *stay = stay_find (world, key);
    int64_t now_us = world_ran_us (world);
    bool is_news = stay->from_us >= 0 && now_us - stay->from_us < NEWS_US;
    return now_us - (stay->from_us < 0 ? 0 : is_news ? stay->before_us : stay->to_us);
}

/* ---- What must hold ------------------------------------------------------------------------------- */

/* Whether the reaper has a question about session ID open, or its word is on its way to SUPER, which
 * may be reading its sessions anew before it hears it. */
static bool
is_waited_for (struct world *world, const struct supervise *pure, const char *id)
{
    const struct reaper *reaper = &world->reaper.pure;
    const struct world_known_session *known = world_session_known (world, id);
    for (int index = 0; index < REAPER_FLIGHTS; index++)
        if (reaper->flights[index].ref && strcmp (reaper->flights[index].row->id, id) == 0)
            return true;
    bool reads = pure->loading || strcmp (pure->wanted_key, pure->sessions.key) != 0;
    return reads || !known || world->now_us - known->told_us < NEWS_US;
}

void
world_check_frozen (struct world *world, const struct world_super *super)
{
    const struct supervise *pure = &super->pure;
    if (pure->phase == LIFE_LIVE && pure->sessions.online && pure->sessions.key[0])
        stay_note (world, pure->sessions.key);
    for (size_t index = 0; index < pure->sessions.count; index++) {
        const struct session *session = pure->sessions.items[index];
        if (!session->frozen)
            continue;
        if (session->saved != session->change || session->saving)
            world_fail (world, "%s: session %s may go, with work that is not saved", pure->name,
                        session->id);
        if (session->open && pure->sessions.online)
            world_fail (world, "%s: session %s may go, and its image is back", pure->name,
                        session->id);
        if (!is_waited_for (world, pure, session->id))
            world_fail (world, "%s: session %s stays frozen", pure->name, session->id);
        if (requests_find_about (&pure->requests, REQUEST_COMMAND, session->id))
            world_fail (world, "%s: session %s may go, and code runs in it", pure->name,
                        session->id);
    }
}

void
world_check_reaped (struct world *world, const struct world_super *super,
                    const struct session *before, int64_t text)
{
    const struct sessions *sessions = &super->pure.sessions;
    const struct session *session = sessions_find (sessions, before->id);
    if (session)
        return; /* somebody went on with it; or its supervisor reads them anew, and hears this then */
    int places;
    int64_t kept = world_disk_anywhere (world, before->id, &places);
    bool split = before->frozen == false; /* it goes on here under another id */
    if (!split && (before->saved != before->change || kept < text))
        world_fail (world, "session %s is forgotten with text %lld; %lld is on the disk",
                    before->id, (long long) text, (long long) kept);
}

/* The order that the question REF is about; NULL: none. */
static const struct reaper_order *
order_of (const struct reaper *pure, uint64_t ref)
{
    for (int index = 0; index < REAPER_FLIGHTS; index++)
        if (pure->flights[index].ref == ref)
            return pure->flights[index].order;
    return NULL;
}

/* Something goes into the archive by itself. */
static void
check_archive (struct world *world, const struct msg *msg)
{
    static const int64_t day_ms = 86400000;
    const char *key = msg_text (msg, 0), *id = msg_text (msg, 1);
    struct json *record = world_disk_session (world, key, id, false);
    const char *state = json_get_text (record, "state");
    int64_t modified_ms = clock_parse (json_get_text (record, "last_modified"));
    /* When an image is replaced the step in which that was counts as a whole. */
    int64_t away_us =
        stay_away_us (world, key) + world->timings.reap_after_s * WORLD_S / REAPER_STEPS;
    if (state && strcmp (state, "closed") == 0) {
        /* By the clock as it was when it was chosen. */
        bool believed = world->reaper.jumped_us == STUI_NEVER;
        int64_t least_ms = REAPER_CLOSED_DAYS * day_ms - 2 * (int64_t) REAPER_JUMP_MS;
        if (believed && world_wall_ms (world) - modified_ms < least_ms)
            world_fail (world, "session %s goes, and was closed a moment ago", id);
    }
    else if (state && away_us + WORLD_MS < world->timings.reap_after_s * WORLD_S)
        world_fail (world, "session %s goes after %.3f s without its image", id,
                    (double) away_us / WORLD_S);
    json_destroy (&record);
}

/* Something is deleted by itself. */
static void
check_drop (struct world *world, const struct msg *msg)
{
    const struct world_known_session *known = world_session_known (world, msg_text (msg, 1));
    int64_t lay_us = known ? world_ran_us (world) - known->archived_us : 0;
    if (known && lay_us + DISK_US < world->timings.undo_for_s * WORLD_S)
        world_fail (world, "session %s is deleted after %.3f s in the archive", known->id,
                    (double) lay_us / WORLD_S);
}

static void
check_sent (struct world *world, const struct msg *msg)
{
    struct world_reaper *self = &world->reaper;
    if (msg->verb == MSG_SESSIONS_LOAD && self->pure.order_count > 0) {
        const struct reaper_order *last = self->pure.orders[self->pure.order_count - 1];
        if (!last->peer[0] || last->kind != REAPER_CLEAN)
            self->cleaning_us = world->now_us;
    }
    if (msg->verb == MSG_REAPED && world_session_known (world, msg_text (msg, 0)))
        world_session_known (world, msg_text (msg, 0))->told_us = world->now_us;
    const struct reaper_order *order = order_of (&self->pure, msg->ref);
    bool moves = msg->verb == MSG_ARCHIVE || msg->verb == MSG_ARCHIVE_DROP;
    if (!moves || !order || order->wish)
        return;
    int64_t suspended_us = REAPER_SUSPENDED_MS * (int64_t) WORLD_MS;
    if (self->jumped_us < self->cleaning_us && self->cleaning_us - self->jumped_us < suspended_us)
        world_fail (world, "session %s goes by itself, though the clock has jumped",
                    msg_text (msg, 1));
    if (msg->verb == MSG_ARCHIVE)
        check_archive (world, msg);
    else
        check_drop (world, msg);
}

bool
world_reaper_is_calm (struct world *world, char *why, size_t size)
{
    const struct reaper *pure = &world->reaper.pure;
    if (pure->order_count == 0 && pure->loaded)
        return true;
    snprintf (why, size, "the reaper has %zu orders and is %s", pure->order_count,
              pure->loaded ? "loaded" : "not loaded");
    return false;
}

static void
check_bounds (struct world *world)
{
    const struct reaper *pure = &world->reaper.pure;
    if (pure->order_count > REAPER_ORDERS_MAX + 2)
        world_fail (world, "the reaper has %zu orders", pure->order_count);
    if (pure->begun && !pure->load_ref && reaper_deadline (pure) == STUI_NEVER)
        world_fail (world, "the reaper waits for nothing");
}

/* ---- As registry glues it ------------------------------------------------------------------------- */

static struct reaper_now
reaper_now (struct world *world)
{
    struct world_reaper *self = &world->reaper;
    int64_t jump_ms = world->wall_base_ms - self->base_ms;
    int64_t now_ms = world->now_us / WORLD_MS;
    /* One that came before this reaper first looked is nothing that it could know. */
    if (self->pure.looked && (jump_ms > REAPER_JUMP_MS || jump_ms < -REAPER_JUMP_MS))
        self->jumped_us = world->now_us;
    self->base_ms = world->wall_base_ms;
    return (struct reaper_now){now_ms, now_ms + world->slept_ms, world_wall_ms (world)};
}

bool
world_reaper_take (struct world *world, const struct msg *msg)
{
    struct world_reaper *self = &world->reaper;
    if (msg_kind (msg->verb) == MSG_ANSWER)
        reaper_answer (&self->pure, msg, reaper_now (world));
    else if (msg->verb == MSG_CLEANUP || msg->verb == MSG_UNDO_CLEANUP
             || msg->verb == MSG_ADOPT_STORED)
        reaper_message (&self->pure, msg, reaper_now (world));
    else if (msg->verb == MSG_OPENED) {
        self->base_ms = world->wall_base_ms;
        reaper_begin (&self->pure, reaper_now (world));
    }
    else if (msg->verb == MSG_STORE_TROUBLE && msg_text (msg, 0)[0] == '\0')
        reaper_healed (&self->pure, reaper_now (world));
    else if (msg->verb == MSG_IMAGES)
        reaper_settings (&self->pure, world->fleet.reap_after_ms, world->fleet.undo_for_ms);
    else
        return false;
    check_bounds (world);
    return true;
}

static void
reaper_timer (struct world *world, struct world_event *event)
{
    (void) event;
    struct world_reaper *self = &world->reaper;
    int64_t now_ms = world->now_us / WORLD_MS;
    self->timer_us = STUI_NEVER;
    if (reaper_deadline (&self->pure) <= now_ms) {
        reaper_time (&self->pure, reaper_now (world));
        if (reaper_deadline (&self->pure) <= now_ms)
            world_fail (world, "the reaper's timer spins: due again after its turn");
    }
    check_bounds (world);
    world_reaper_turn (world);
}

static void
reaper_arm (struct world *world)
{
    struct world_reaper *self = &world->reaper;
    int64_t due_ms = reaper_deadline (&self->pure);
    if (due_ms == STUI_NEVER)
        return;
    int64_t due_us = due_ms * WORLD_MS > world->now_us ? due_ms * WORLD_MS : world->now_us;
    if (due_us >= self->timer_us)
        return;
    self->timer_us = due_us;
    world_push (world,
                (struct world_event){.at_us = due_us, .run = reaper_timer, .epoch = world->epoch});
}

void
world_reaper_turn (struct world *world)
{
    struct world_reaper *self = &world->reaper;
    struct reaper *pure = &self->pure;
    if (world->reaper.returns != world->fleet.returns)
        reaper_returned (pure, reaper_now (world));
    world->reaper.returns = world->fleet.returns;
    while (pure->out_count > 0) {
        struct msg **out = pure->out;
        size_t count = pure->out_count;
        pure->out = NULL;
        pure->out_count = pure->out_capacity = 0;
        for (size_t index = 0; index < count; index++) {
            world_trace (world, "registry -> %s %s %llu %.90s", out[index]->peer,
                         msg_word (out[index]->verb), (unsigned long long) out[index]->ref,
                         out[index]->field_count > 0 ? out[index]->fields[0] : "");
            check_sent (world, out[index]);
            self->sent[out[index]->verb]++;
            world_fault_reaping (world, out[index]);
            world_board_send (world, &out[index]);
        }
        free (out);
    }
    reaper_arm (world);
}

void
world_reaper_start (struct world *world)
{
    struct world_reaper *self = &world->reaper;
    reaper_init (&self->pure, fleet_reaper_look, &world->fleet);
    self->timer_us = self->jumped_us = STUI_NEVER;
    self->base_ms = world->wall_base_ms;
    self->started_us = world->now_us;
    self->returns = 0;
}

void
world_reaper_stop (struct world *world)
{
    struct world_reaper *self = &world->reaper;
    self->ran_us += world->now_us - self->started_us;
    /* That an image has just come back may be nowhere but in memory. */
    for (size_t index = 0; index < self->stay_count; index++) {
        struct world_stay *stay = &self->stays[index];
        if (stay->from_us >= 0 && self->ran_us - stay->from_us < NEWS_US)
            stay->from_us = stay->to_us = stay->before_us;
    }
    reaper_fini (&self->pure);
}

void
world_reaper_fini (struct world *world)
{
    free (world->reaper.stays);
}
