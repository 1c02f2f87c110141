/* world_check.c: what must hold after each step, and what must hold once nothing goes wrong any
 * more. Looks only. */

#include "simulate/world.h"

#include <stdio.h>
#include <string.h>

/* ---- After each step -------------------------------------------------------------------------------- */

static void
check_bounds (struct world *world, const char *name, const struct supervise *pure)
{
    size_t commands = requests_count_owed (&pure->requests);
    if (commands > STUI_IMAGE_ROOM + SUPERVISE_INTERRUPTS_MAX)
        world_fail (world, "%s holds %zu commands", name, commands);
    if (held_count (&pure->held) > HELD_ALL_MAX || pure->held.count > HELD_ALL_MAX
        || pure->held.bytes > HELD_BYTES_MAX)
        world_fail (world, "%s has %zu held, sent and in doubt, %zu bytes", name, pure->held.count,
                    pure->held.bytes);
    if (pure->requests.count > 2 * STUI_IMAGE_ROOM + HELD_ALL_MAX + pure->sessions.count + 16)
        world_fail (world, "%s holds %zu requests", name, pure->requests.count);
    if (json_count (pure->events) > SUPERVISE_EVENTS_MAX)
        world_fail (world, "%s holds %zu events", name, json_count (pure->events));
    if (pure->follower_count > SUPERVISE_FOLLOWERS_MAX)
        world_fail (world, "%s keeps %zu waiting", name, pure->follower_count);
    if (pure->outcomes.count > OUTCOMES_MAX || pure->outcomes.bytes > OUTCOMES_BYTES_MAX)
        world_fail (world, "%s keeps %zu outcomes, %zu bytes", name, pure->outcomes.count,
                    pure->outcomes.bytes);
    size_t reports = 0;
    for (size_t index = 0; index < pure->ask_count; index++) {
        reports += pure->asks[index].purpose == ASK_STATE;
        for (size_t other = 0; other < index; other++)
            if (pure->asks[index].purpose == ASK_SAVE_SESSION
                && pure->asks[other].purpose == ASK_SAVE_SESSION
                && strcmp (pure->asks[index].session, pure->asks[other].session) == 0)
                world_fail (world, "%s: two saves of session %s are on their way", name,
                            pure->asks[index].session);
    }
    if (reports > 1)
        world_fail (world, "%s: %zu state reports are on their way", name, reports);
    if (pure->ask_count > 40 + pure->sessions.count)
        world_fail (world, "%s waits for %zu answers of other actors", name, pure->ask_count);
}

static bool
asks_for (const struct supervise *pure, enum supervise_purpose purpose)
{
    for (size_t index = 0; index < pure->ask_count; index++)
        if (pure->asks[index].purpose == purpose)
            return true;
    return false;
}

/* It has a deadline, or waits for something that will come. */
static void
check_progress (struct world *world, const char *name, const struct supervise *pure)
{
    bool trying =
        pure->phase != LIFE_LIVE && pure->phase != LIFE_DISABLED && pure->phase != LIFE_FAILED;
    if (pure->finishing)
        return;
    if (trying && pure->loaded && pure->phase_deadline_ms == STUI_NEVER)
        world_fail (world, "%s: phase %s has no deadline", name, life_phase_word (pure->phase));
    if (trying && !pure->loaded && pure->phase_deadline_ms != STUI_NEVER)
        world_fail (world, "%s: is to begin before what is known of it has been read", name);
    if (!pure->loaded && !pure->unread && !asks_for (pure, ASK_IMAGE)
        && !asks_for (pure, ASK_SESSIONS))
        world_fail (world, "%s waits to be loaded, and asks nobody", name);
    if (pure->phase == LIFE_LIVE && !pure->link_open)
        world_fail (world, "%s is live without a link", name);
}

static void
check_sessions (struct world *world, const char *name, const struct supervise *pure)
{
    for (size_t index = 0; index < pure->sessions.count; index++) {
        const struct session *session = pure->sessions.items[index];
        bool resting =
            session->state == STUI_SESSION_CLOSED || session->state == STUI_SESSION_STORED;
        if (session->open == resting)
            world_fail (world, "%s: session %s is %s and %s", name, session->id,
                        session->open ? "open" : "not open",
                        stui_session_state_word (session->state));
        if (session->saved == session->change && session->generation == 0)
            world_fail (world, "%s: session %s is taken for saved, and never was", name,
                        session->id);
        if (session->state == STUI_SESSION_FAILED && !session->reason[0])
            world_fail (world, "%s: session %s failed without a reason", name, session->id);
        if (session->on_wire != SESSION_OP_NONE
            && !requests_find_about (&pure->requests, REQUEST_SESSION, session->id))
            world_fail (world, "%s: session %s waits for an answer to what was not sent", name,
                        session->id);
    }
}

/* Nobody is in conflict with himself. */
static void
check_conflicts (struct world *world, const struct world_super *super)
{
    struct world_image *image = &world->images[world->list[super->image].target];
    for (size_t index = 0; index < super->pure.sessions.count; index++) {
        const struct session *session = super->pure.sessions.items[index];
        const struct json *theirs = json_get (session->theirs, "state");
        if (!session->conflict || !json_is_object (theirs) || json_get (theirs, "foreign"))
            continue;
        if (world_image_session (image, session->id))
            world_fail (world, "%s: session %s is in conflict with a version from here: %s",
                        super->pure.name, session->id, session->reason);
    }
}

/* One that hears nothing is not taken to be there for longer than its settings say. */
static void
check_patience (struct world *world, const char *name, const struct supervise *pure)
{
    const struct config_timings *timings = &pure->timings;
    int64_t longest_ms =
        (timings->offline_after + 3) * timings->ping_ms + timings->busy_patience_ms;
    int64_t silent_ms = world->now_us / WORLD_MS - pure->heard_ms;
    if (world->now_us - world->leapt_us < longest_ms * WORLD_MS)
        return; /* it did not run to hear anything */
    if (pure->phase == LIFE_LIVE && !pure->rep && !pure->finishing && silent_ms > longest_ms)
        world_fail (world, "%s is taken to be online, and was silent for %lld ms", name,
                    (long long) silent_ms);
}

/* The sessions of an image have one writer. */
static void
check_writers (struct world *world, const struct supervise *pure)
{
    const struct sessions *sessions = &pure->sessions;
    for (size_t index = 0; sessions->online && index < world->node_count; index++) {
        const struct world_super *other = world->nodes[index]->super;
        if (other && &other->pure != pure && other->pure.sessions.online
            && strcmp (other->pure.sessions.key, sessions->key) == 0)
            world_fail (world, "the sessions of %s have two writers: %s and %s", sessions->key,
                        pure->name, other->pure.name);
    }
}

void
world_check_answer (struct world *world, const struct world_super *super, const struct msg *msg)
{
    bool tells = msg->verb == MSG_OK && strstr (msg_text (msg, 0), "\"saved\":true");
    for (size_t index = 0; tells && index < super->pure.sessions.count; index++) {
        const struct session *session = super->pure.sessions.items[index];
        struct world_known_session *known = world_session_known (world, session->id);
        int64_t text = json_get_number (session->context, "text", -1);
        int places;
        if (session->saved != session->change || !known || text <= known->on_disk)
            continue;
        known->on_disk = world_disk_anywhere (world, session->id, &places);
        if (known->on_disk < text)
            world_fail (
                world, "%s: text %lld of session %s is said to be saved; %lld is on the disk",
                super->pure.name, (long long) text, session->id, (long long) known->on_disk);
    }
}

void
world_check_super (struct world *world, const struct world_super *super)
{
    const struct supervise *pure = &super->pure;
    check_patience (world, pure->name, pure);
    check_bounds (world, pure->name, pure);
    check_progress (world, pure->name, pure);
    check_sessions (world, pure->name, pure);
    world_check_frozen (world, super);
    check_conflicts (world, super);
    check_writers (world, pure);
    if (pure->link_open != (super->link != 0))
        world_fail (world, "%s: believes its link %s", pure->name,
                    pure->link_open ? "open" : "closed");
}

void
world_check_step (struct world *world)
{
    if (!world->up)
        return;
    if (world->fleet.granted_count > FLEET_PERMITS)
        world_fail (world, "%zu permits are given", world->fleet.granted_count);
    size_t most = (size_t) world->image_count * (STUI_IMAGE_ROOM + 60);
    if (routes_open (world->routes, NULL) > most)
        world_fail (world, "%zu requests are open at the switchboard",
                    routes_open (world->routes, NULL));
}

/* ---- In the calm ---------------------------------------------------------------------------------------- */

/* In step with what the image has, or told why not. */
static bool
session_is_settled (struct world *world, const struct world_super *super,
                    const struct session *session)
{
    struct world_image *image = &world->images[world->list[super->image].target];
    const struct world_isession *there = world_image_session (image, session->id);
    /* A REP image is told of each session every few seconds; that it was is saved a moment later. */
    int64_t unsaved_ms = world->now_us / WORLD_MS - session->unsaved_ms;
    bool renewed = super->pure.sessions.renew && unsaved_ms < SESSION_SAVE_LATEST_MS;
    if (session->saved != session->change && !renewed)
        return false;
    if (!session->open)
        return !there || there->leftover;
    if (session->state == STUI_SESSION_FAILED)
        return session->reason[0] != '\0';
    bool same = there && (there->foreign || json_equal (there->state, session->context));
    return same && session->state == STUI_SESSION_RESTORED;
}

static bool
super_is_calm (struct world *world, int index, char *why, size_t size)
{
    const char *name = world->list[index].name;
    const struct world_node *node = world_node_of_image (world, index);
    const struct fleet_image *listed = fleet_find (&world->fleet, name);
    if (!node || !listed || listed->life != FLEET_UP) {
        snprintf (why, size, "%s has no supervisor", name);
        return false;
    }
    const struct supervise *pure = &node->super->pure;
    if (pure->phase != LIFE_LIVE || pure->suspect) {
        snprintf (why, size, "%s is %s (%s): %s", name,
                  stui_image_state_word (supervise_shown (pure)), life_phase_word (pure->phase),
                  pure->cause.text);
        return false;
    }
    if (requests_count_kind (&pure->requests, REQUEST_COMMAND) > 0 || pure->report_dirty) {
        snprintf (why, size, "%s still owes %zu answers, or a report", name,
                  requests_count_kind (&pure->requests, REQUEST_COMMAND));
        return false;
    }
    if (strcmp (listed->word, stui_image_state_word (supervise_shown (pure))) != 0) {
        snprintf (why, size, "registry believes %s to be %s", name, listed->word);
        return false;
    }
    if (!pure->claimed && !pure->rep)
        return true; /* an alias */
    for (size_t at = 0; at < pure->sessions.count; at++)
        if (!session_is_settled (world, node->super, pure->sessions.items[at])) {
            const struct session *session = pure->sessions.items[at];
            snprintf (
                why, size,
                "%s: session %s is not in step: %s, open %d, change %llu, saved %llu (%llu), told "
                "%llu, due %d, on wire %d: %s",
                name, session->id, stui_session_state_word (session->state), session->open,
                (unsigned long long) session->change, (unsigned long long) session->saved,
                (unsigned long long) session->saving, (unsigned long long) session->told,
                (int) session->due, (int) session->on_wire, session->reason);
            return false;
        }
    return true;
}

/* How many supervisors hold session ID; *TEXT becomes the text of it that they have. */
static int
session_holders (const struct world *world, const char *id, int64_t *text)
{
    int holders = 0;
    for (size_t index = 0; index < world->node_count; index++) {
        const struct world_super *super = world->nodes[index]->super;
        const struct session *session = super ? sessions_find (&super->pure.sessions, id) : NULL;
        if (!session)
            continue;
        holders++;
        *text = json_get_number (session->context, "text", -1);
    }
    return holders;
}

/* Every promised session is held by the one supervisor of its image, or lies on the disk; what a
 * supervisor holds does not lie in the archive alone. */
static bool
session_is_kept (struct world *world, const struct world_known_session *known, char *why,
                 size_t size)
{
    int64_t stored = world_disk_text (world, known->key, known->id, false), text = stored;
    int64_t archived = world_disk_text (world, known->key, known->id, true);
    int holders = session_holders (world, known->id, &text), places;
    world_disk_anywhere (world, known->id, &places);
    if (places > 1) {
        snprintf (why, size, "session %s is kept under %d images", known->id, places);
        return false;
    }
    if (holders == 0 && stored < 0 && archived >= known->promised)
        return true;
    for (int index = 0; holders == 0 && index < world->image_count; index++) {
        const struct world_node *node = world_node_of_image (world, index);
        if (node && strcmp (node->super->pure.sessions.key, known->key) == 0) {
            snprintf (why, size, "session %s is missing in %s", known->id, node->id);
            return false;
        }
    }
    if (holders <= 1 && text >= known->promised && stored >= known->promised)
        return true;
    snprintf (why, size,
              "session %s: text %lld was saved; %d hold it, with %lld; %lld is stored, %lld in the "
              "archive",
              known->id, (long long) known->promised, holders, (long long) text, (long long) stored,
              (long long) archived);
    return false;
}

/* Nothing waits frozen for a word that does not come. */
static bool
super_is_thawed (const struct world_super *super, char *why, size_t size)
{
    for (size_t at = 0; super && at < super->pure.sessions.count; at++)
        if (super->pure.sessions.items[at]->frozen) {
            snprintf (why, size, "%s: session %s is frozen", super->pure.name,
                      super->pure.sessions.items[at]->id);
            return false;
        }
    return true;
}

bool
world_check_calm (struct world *world, char *why, size_t size)
{
    if (!world->up)
        return false;
    for (int index = 0; index < world->image_count; index++)
        if (!super_is_calm (world, index, why, size))
            return false;
    size_t watches = 0; /* of sessions: the requests that may stay open */
    for (size_t index = 0; index < world->question_count; index++) {
        const struct world_question *question = &world->questions[index];
        watches += question->verdict == WORLD_OPEN && question->verb == MSG_SESSION_WATCH;
        if (question->verdict == WORLD_OPEN && !question->watch) {
            snprintf (why, size, "%s of %s (ref %zu, asked at %.3f) was never answered",
                      msg_word (question->verb), question->terminal, index + 1,
                      (double) question->asked_us / WORLD_S);
            return false;
        }
    }
    if (!world_held_is_kept (world, why, size))
        return false;
    if (!world_reaper_is_calm (world, why, size))
        return false;
    for (size_t index = 0; index < world->node_count; index++)
        if (!super_is_thawed (world->nodes[index]->super, why, size))
            return false;
    for (size_t index = 0; index < world->known_count; index++)
        if (world->known[index].promised >= 0
            && !session_is_kept (world, &world->known[index], why, size))
            return false;
    if (routes_open (world->routes, NULL) > watches || world->fleet.granted_count > 0
        || world->fleet.asking_count > 0 || world->fleet.connecter_count > 0) {
        snprintf (why, size, "%zu requests are open, %zu permits given, %zu asked for",
                  routes_open (world->routes, NULL), world->fleet.granted_count,
                  world->fleet.asking_count);
        return false;
    }
    return true;
}
