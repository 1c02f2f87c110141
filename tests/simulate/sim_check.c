/* sim_check.c: what must hold after each step, and what must hold once nothing goes wrong any
 * more. Looks only. */

#include "simulate/sim.h"

#include <stdio.h>
#include <string.h>

/* ---- After each step -------------------------------------------------------------------------------- */

static void
check_bounds (struct sim *sim, const char *name, const struct supervise *pure)
{
    size_t commands = requests_count_kind (&pure->requests, REQUEST_COMMAND);
    if (commands > STUI_IMAGE_ROOM + SUPERVISE_INTERRUPTS_MAX)
        sim_fail (sim, "%s holds %zu commands", name, commands);
    if (pure->requests.count > 2 * STUI_IMAGE_ROOM + pure->sessions.count + 16)
        sim_fail (sim, "%s holds %zu requests", name, pure->requests.count);
    if (json_count (pure->events) > SUPERVISE_EVENTS_MAX)
        sim_fail (sim, "%s holds %zu events", name, json_count (pure->events));
    size_t reports = 0;
    for (size_t index = 0; index < pure->ask_count; index++) {
        reports += pure->asks[index].purpose == ASK_STATE;
        for (size_t other = 0; other < index; other++)
            if (pure->asks[index].purpose == ASK_SAVE_SESSION
                && pure->asks[other].purpose == ASK_SAVE_SESSION
                && strcmp (pure->asks[index].session, pure->asks[other].session) == 0)
                sim_fail (sim, "%s: two saves of session %s are on their way", name,
                          pure->asks[index].session);
    }
    if (reports > 1)
        sim_fail (sim, "%s: %zu state reports are on their way", name, reports);
    if (pure->ask_count > 40 + pure->sessions.count)
        sim_fail (sim, "%s waits for %zu answers of other actors", name, pure->ask_count);
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
check_progress (struct sim *sim, const char *name, const struct supervise *pure)
{
    bool trying =
        pure->phase != LIFE_LIVE && pure->phase != LIFE_DISABLED && pure->phase != LIFE_FAILED;
    if (pure->finishing)
        return;
    if (trying && pure->loaded && pure->phase_deadline_ms == STUI_NEVER)
        sim_fail (sim, "%s: phase %s has no deadline", name, life_phase_word (pure->phase));
    if (!pure->loaded && !asks_for (pure, ASK_IMAGE) && !asks_for (pure, ASK_SESSIONS))
        sim_fail (sim, "%s waits to be loaded, and asks nobody", name);
    if (pure->phase == LIFE_LIVE && !pure->link_open)
        sim_fail (sim, "%s is live without a link", name);
}

static void
check_sessions (struct sim *sim, const char *name, const struct supervise *pure)
{
    for (size_t index = 0; index < pure->sessions.count; index++) {
        const struct session *session = pure->sessions.items[index];
        bool resting =
            session->state == STUI_SESSION_CLOSED || session->state == STUI_SESSION_STORED;
        if (session->open == resting)
            sim_fail (sim, "%s: session %s is %s and %s", name, session->id,
                      session->open ? "open" : "not open",
                      stui_session_state_word (session->state));
        if (session->state == STUI_SESSION_FAILED && !session->reason[0])
            sim_fail (sim, "%s: session %s failed without a reason", name, session->id);
        if (session->on_wire != SESSION_OP_NONE
            && !requests_find_about (&pure->requests, REQUEST_SESSION, session->id))
            sim_fail (sim, "%s: session %s waits for an answer to what was not sent", name,
                      session->id);
    }
}

void
sim_check_super (struct sim *sim, const struct sim_super *super)
{
    const struct supervise *pure = &super->pure;
    check_bounds (sim, pure->name, pure);
    check_progress (sim, pure->name, pure);
    check_sessions (sim, pure->name, pure);
    if (pure->link_open != (super->link != 0))
        sim_fail (sim, "%s: believes its link %s", pure->name, pure->link_open ? "open" : "closed");
}

void
sim_check_step (struct sim *sim)
{
    if (!sim->up)
        return;
    if (sim->fleet.granted_count > FLEET_PERMITS)
        sim_fail (sim, "%zu permits are given", sim->fleet.granted_count);
    size_t most = (size_t) sim->image_count * (STUI_IMAGE_ROOM + 60);
    if (routes_open (sim->routes, NULL) > most)
        sim_fail (sim, "%zu requests are open at the switchboard", routes_open (sim->routes, NULL));
}

/* ---- In the calm ---------------------------------------------------------------------------------------- */

/* In step with what the image has, or told why not. */
static bool
session_is_settled (struct sim *sim, const struct sim_super *super, const struct session *session)
{
    struct sim_image *image = &sim->images[sim->list[super->image].target];
    const struct sim_isession *there = sim_image_session (image, session->id);
    if (session->saved != session->change)
        return false;
    if (!session->open)
        return !there;
    if (session->state == STUI_SESSION_FAILED)
        return session->reason[0] != '\0';
    bool same = there && (there->foreign || json_equal (there->state, session->context));
    return same
           && (session->state == STUI_SESSION_RESTORED || session->state == STUI_SESSION_MODIFIED
               || session->state == STUI_SESSION_FRESH);
}

static bool
super_is_calm (struct sim *sim, int index, char *why, size_t size)
{
    const char *name = sim->list[index].name;
    const struct sim_node *node = sim_node_of_image (sim, index);
    const struct fleet_image *listed = fleet_find (&sim->fleet, name);
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
    if (strcmp (json_get_text (listed->state, "state"),
                stui_image_state_word (supervise_shown (pure)))
        != 0) {
        snprintf (why, size, "registry believes %s to be %s", name,
                  json_get_text (listed->state, "state"));
        return false;
    }
    if (!pure->claimed && !pure->rep)
        return true; /* an alias */
    for (size_t at = 0; at < pure->sessions.count; at++)
        if (!session_is_settled (sim, node->super, pure->sessions.items[at])) {
            const struct session *session = pure->sessions.items[at];
            snprintf (why, size,
                      "%s: session %s is not in step: %s, open %d, change %llu, saved %llu, told "
                      "%llu, due %d, on wire %d: %s",
                      name, session->id, stui_session_state_word (session->state), session->open,
                      (unsigned long long) session->change, (unsigned long long) session->saved,
                      (unsigned long long) session->told, (int) session->due,
                      (int) session->on_wire, session->reason);
            return false;
        }
    return true;
}

/* Every promised session is held by the one supervisor of its image, or lies on the disk. */
static bool
session_is_kept (struct sim *sim, const struct sim_known_session *known, char *why, size_t size)
{
    int holders = 0;
    int64_t text = -1;
    for (size_t index = 0; index < sim->node_count; index++) {
        const struct sim_super *super = sim->nodes[index]->super;
        const struct session *session =
            super ? sessions_find (&super->pure.sessions, known->id) : NULL;
        if (!session)
            continue;
        holders++;
        text = json_get_number (session->context, "text", -1);
    }
    int64_t stored = sim_store_text (sim, known->key, known->id);
    if (holders == 0)
        text = stored;
    for (int index = 0; holders == 0 && index < sim->image_count; index++) {
        const struct sim_node *node = sim_node_of_image (sim, index);
        if (node && strcmp (node->super->pure.sessions.key, known->key) == 0) {
            snprintf (why, size, "session %s is missing in %s", known->id, node->id);
            return false;
        }
    }
    if (holders <= 1 && text >= known->promised && stored >= known->promised)
        return true;
    snprintf (why, size, "session %s: text %lld was saved; %d hold it, with %lld; %lld is stored",
              known->id, (long long) known->promised, holders, (long long) text,
              (long long) stored);
    return false;
}

bool
sim_check_calm (struct sim *sim, char *why, size_t size)
{
    if (!sim->up)
        return false;
    for (int index = 0; index < sim->image_count; index++)
        if (!super_is_calm (sim, index, why, size))
            return false;
    for (size_t index = 0; index < sim->question_count; index++) {
        const struct sim_question *question = &sim->questions[index];
        if (question->verdict == SIM_OPEN && !question->watch) {
            snprintf (why, size, "%s of %s (ref %zu, asked at %.3f) was never answered",
                      msg_word (question->verb), question->terminal, index + 1,
                      (double) question->asked_us / SIM_S);
            return false;
        }
    }
    for (size_t index = 0; index < sim->known_count; index++)
        if (sim->known[index].promised >= 0
            && !session_is_kept (sim, &sim->known[index], why, size))
            return false;
    if (routes_open (sim->routes, NULL) > 0 || sim->fleet.granted_count > 0
        || sim->fleet.asking_count > 0 || sim->fleet.connecter_count > 0) {
        snprintf (why, size, "%zu requests are open, %zu permits given, %zu asked for",
                  routes_open (sim->routes, NULL), sim->fleet.granted_count,
                  sim->fleet.asking_count);
        return false;
    }
    return true;
}
