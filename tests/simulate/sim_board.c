/* sim_board.c: the switchboard and the fleet, glued together as registry.c does it, and the
 * supervisors, whose actions are performed as supervisor.c does it. A message takes some time
 * to the switchboard and some from there; what one actor sends or gets stays in order. */

#include "simulate/sim.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"

static const char registry_id[] = "registry#1";

static void board_turn (struct sim *sim);

/* ---- Actors ---------------------------------------------------------------------------------- */

struct sim_node *
sim_node_find (const struct sim *sim, const char *id)
{
    for (size_t index = 0; index < sim->node_count; index++)
        if (strcmp (sim->nodes[index]->id, id) == 0)
            return sim->nodes[index];
    return NULL;
}

struct sim_node *
sim_node_of_image (const struct sim *sim, int index)
{
    for (size_t at = 0; at < sim->node_count; at++)
        if (sim->nodes[at]->super && sim->nodes[at]->super->image == index)
            return sim->nodes[at];
    return NULL;
}

struct sim_node *
sim_node_add (struct sim *sim, enum sim_kind kind, const char *id)
{
    struct sim_node *node = stui_alloc (sizeof *node);
    node->kind = kind;
    snprintf (node->id, sizeof node->id, "%s", id);
    stui_grow (&sim->nodes, &sim->node_capacity, sim->node_count, sizeof *sim->nodes);
    sim->nodes[sim->node_count++] = node;
    sim_send (sim, id, msg_new ("registry", MSG_UP, 0));
    return node;
}

static void
node_free (struct sim_node *node)
{
    if (node->super)
        supervise_fini (&node->super->pure);
    free (node->super);
    free (node);
}

void
sim_node_end (struct sim *sim, struct sim_node *node, const char *why)
{
    sim_trace (sim, "%s ends: %s", node->id, why);
    if (node->super && node->super->link)
        sim_net_close (sim, node->super->link);
    sim_send (sim, node->id, msg_new ("registry", MSG_ENDED, 0, why));
    size_t index = 0;
    while (sim->nodes[index] != node)
        index++;
    sim->nodes[index] = sim->nodes[--sim->node_count];
    node_free (node);
}

/* ---- Supervisors ------------------------------------------------------------------------------- */

static void super_after (struct sim *sim, struct sim_node *node);

static struct supervise_now
super_now (const struct sim *sim)
{
    return (struct supervise_now){sim->now_us, sim_wall_ms (sim)};
}

static void
super_time (struct sim *sim, struct sim_event *event)
{
    struct sim_node *node = sim_node_find (sim, event->text);
    if (!node)
        return;
    struct supervise *pure = &node->super->pure;
    node->super->timer_us = STUI_NEVER;
    int64_t now_ms = sim->now_us / SIM_MS;
    if (supervise_deadline (pure) <= now_ms) {
        supervise_time (pure, super_now (sim));
        if (supervise_deadline (pure) <= now_ms && !pure->finishing)
            sim_fail (sim, "%s: its timer spins: due at %lld ms, and due again after its turn",
                      node->id, (long long) supervise_deadline (pure));
    }
    super_after (sim, node);
}

static void
super_arm (struct sim *sim, struct sim_node *node)
{
    int64_t due_ms = supervise_deadline (&node->super->pure);
    if (due_ms == STUI_NEVER)
        return;
    int64_t due_us = due_ms * SIM_MS > sim->now_us ? due_ms * SIM_MS : sim->now_us;
    if (due_us >= node->super->timer_us)
        return;
    node->super->timer_us = due_us;
    sim_push (sim, (struct sim_event){.at_us = due_us,
                                      .run = super_time,
                                      .epoch = sim->epoch,
                                      .text = stui_strdup (node->id)});
}

/* As supervisor_perform: what a failed write leads to joins the end. */
static bool
super_perform (struct sim *sim, struct sim_node *node)
{
    struct sim_super *super = node->super;
    bool end = false;
    while (super->pure.action_count > 0) {
        struct supervise_action *actions = super->pure.actions;
        size_t count = super->pure.action_count;
        super->pure.actions = NULL;
        super->pure.action_count = super->pure.action_capacity = 0;
        bool broken = false;
        for (size_t index = 0; index < count; index++) {
            struct supervise_action *action = &actions[index];
            switch (action->what) {
            case SUPERVISE_SEND:
                sim_send (sim, node->id, action->msg);
                break;
            case SUPERVISE_OPEN:
                if (super->link)
                    sim_fail (sim, "%s opens a link while it has one", node->id);
                super->link = sim_net_open (sim, node->id, action->text);
                broken = false;
                break;
            case SUPERVISE_CLOSE:
                if (super->link)
                    sim_net_close (sim, super->link);
                super->link = 0;
                broken = false;
                break;
            case SUPERVISE_WIRE:
                broken = broken || !super->link || sim_net_up (sim, super->link, action->text) < 0;
                break;
            case SUPERVISE_END:
                end = true;
                break;
            }
            free (action->text);
        }
        free (actions);
        if (broken && super->link)
            supervise_link (&super->pure, SUPERVISE_LINK_CLOSED, "it takes no more messages",
                            super_now (sim));
    }
    return end;
}

static void
super_after (struct sim *sim, struct sim_node *node)
{
    bool end = super_perform (sim, node);
    sim_check_super (sim, node->super);
    if (end)
        sim_node_end (sim, node, "");
    else
        super_arm (sim, node);
}

static void
super_message (struct sim *sim, struct sim_node *node, const struct msg *msg)
{
    if (msg->verb == MSG_FINISH)
        supervise_finish (&node->super->pure, super_now (sim));
    else
        supervise_message (&node->super->pure, msg, super_now (sim));
    super_after (sim, node);
}

void
sim_super_link (struct sim *sim, const char *super, uint64_t link, enum supervise_link_event event,
                const char *why)
{
    struct sim_node *node = sim_node_find (sim, super);
    if (!node || node->super->link != link)
        return;
    supervise_link (&node->super->pure, event, why, super_now (sim));
    super_after (sim, node);
}

void
sim_super_receive (struct sim *sim, const char *super, uint64_t link, const char *text)
{
    struct sim_node *node = sim_node_find (sim, super);
    if (!node || node->super->link != link)
        return;
    supervise_receive (&node->super->pure, text, strlen (text), super_now (sim));
    super_after (sim, node);
}

static void
super_spawned (struct sim *sim, struct sim_event *event)
{
    struct json *settings = json_parse_text (event->msg->fields[0]);
    struct sim_node *node = sim_node_add (sim, SIM_SUPERVISOR, event->text);
    node->super = stui_alloc (sizeof *node->super);
    node->super->image = -1;
    node->super->timer_us = STUI_NEVER;
    const char *name = json_get_text (settings, "name");
    for (int index = 0; index < sim->image_count; index++)
        if (strcmp (sim->list[index].name, name) == 0)
            node->super->image = index;
    supervise_init (&node->super->pure, settings, random_next (&sim->random));
    json_destroy (&settings);
    sim_trace (sim, "%s is up", node->id);
    supervise_begin (&node->super->pure, super_now (sim));
    super_after (sim, node);
}

/* ---- Messages ------------------------------------------------------------------------------------ */

static void
trace_message (struct sim *sim, const char *from, const char *to, const struct msg *msg)
{
    const char *field = msg->field_count > 0 ? msg->fields[0] : "";
    sim_trace (sim, "%s -> %s %s %llu %.90s", from, to, msg_word (msg->verb),
               (unsigned long long) msg->ref, field);
}

static void
node_take (struct sim *sim, struct sim_event *event)
{
    struct sim_node *node = sim_node_find (sim, event->text);
    if (!node)
        return; /* it went down with the mailbox */
    trace_message (sim, event->msg->peer, node->id, event->msg);
    switch (node->kind) {
    case SIM_SUPERVISOR:
        super_message (sim, node, event->msg);
        break;
    case SIM_STORE:
        sim_store_take (sim, event->msg);
        break;
    case SIM_NETWATCH:
        sim_netwatch_take (sim, event->msg);
        break;
    case SIM_TERMINAL:
        sim_terminal_take (sim, node->index, event->msg);
        break;
    case SIM_MAIN:
        break;
    }
}

static void board_deliver (struct sim *sim, const char *to, const char *from, struct msg **msg_p);

/* Whoever asked hears at once; what else is open with ID waits for its `ended`. */
static void
board_undelivered (struct sim *sim, const char *id, const struct msg *request)
{
    if (msg_kind (request->verb) != MSG_REQUEST)
        return;
    struct msg *answer = msg_error (request, STUI_E_ACTOR_ENDED, "it is ending", NULL);
    struct route route = routes_pass (sim->routes, id, answer);
    if (route.verdict == ROUTE_FORWARD)
        board_deliver (sim, route.to, registry_id, &answer);
    msg_destroy (&answer);
}

static void
board_deliver (struct sim *sim, const char *to, const char *from, struct msg **msg_p)
{
    struct msg *msg = *msg_p;
    *msg_p = NULL;
    char id[STUI_ACTOR_ID_MAX + 1];
    snprintf (id, sizeof id, "%s", to); /* TO may lie in the message */
    memmove (msg->peer, from, strlen (from) + 1);
    struct sim_node *node = sim_node_find (sim, id);
    if (!node) {
        board_undelivered (sim, id, msg);
        msg_destroy (&msg);
        return;
    }
    int64_t at = sim->now_us + sim_between (sim, 1, 300);
    node->in_us = at > node->in_us ? at : node->in_us + 1;
    sim_push (sim, (struct sim_event){.at_us = node->in_us,
                                      .run = node_take,
                                      .epoch = sim->epoch,
                                      .text = stui_strdup (id),
                                      .msg = msg});
}

static void
board_send (struct sim *sim, struct msg **msg)
{
    struct route route = {ROUTE_DROP, "", NULL};
    if (msg_kind ((*msg)->verb) == MSG_ANSWER && routes_is_up (sim->routes, (*msg)->peer)) {
        route.verdict = ROUTE_FORWARD;
        memcpy (route.to, (*msg)->peer, sizeof route.to);
    }
    else if (msg_kind ((*msg)->verb) != MSG_ANSWER) {
        route = routes_pass (sim->routes, registry_id, *msg);
        msg_destroy (&route.answer);
    }
    if (route.verdict == ROUTE_FORWARD)
        board_deliver (sim, route.to, registry_id, msg);
    msg_destroy (msg);
}

static void
board_answer_lost (void *context, struct msg **answer)
{
    board_send (context, answer);
}

static void
board_local (struct sim *sim, const struct msg *msg)
{
    int64_t now_ms = sim->now_us / SIM_MS;
    trace_message (sim, msg->peer, "registry", msg);
    if (msg->verb == MSG_UP) {
        routes_up (sim->routes, msg->peer);
        fleet_up (&sim->fleet, msg->peer, now_ms);
    }
    else if (msg->verb == MSG_ENDED) {
        routes_ended (sim->routes, msg->peer, board_answer_lost, sim);
        fleet_ended (&sim->fleet, msg->peer, msg_text (msg, 0), now_ms);
    }
    else if (msg_kind (msg->verb) != MSG_ANSWER)
        fleet_message (&sim->fleet, msg, now_ms);
}

/* A message of the actor event->text has reached the switchboard. */
static void
board_take (struct sim *sim, struct sim_event *event)
{
    const char *from = event->text;
    struct route route = routes_pass (sim->routes, from, event->msg);
    switch (route.verdict) {
    case ROUTE_FORWARD:
        board_deliver (sim, route.to, from, &event->msg);
        break;
    case ROUTE_LOCAL:
        snprintf (event->msg->peer, sizeof event->msg->peer, "%s", from);
        board_local (sim, event->msg);
        break;
    case ROUTE_REFUSE:
        board_send (sim, &route.answer);
        break;
    case ROUTE_DROP:
        break;
    }
    board_turn (sim);
}

void
sim_send (struct sim *sim, const char *from, struct msg *msg)
{
    struct sim_node *node = sim_node_find (sim, from);
    assert (node);
    int64_t at = sim->now_us + sim_between (sim, 1, 300);
    node->out_us = at > node->out_us ? at : node->out_us + 1;
    sim_push (sim, (struct sim_event){.at_us = node->out_us,
                                      .run = board_take,
                                      .epoch = sim->epoch,
                                      .text = stui_strdup (from),
                                      .msg = msg});
}

/* ---- The fleet ------------------------------------------------------------------------------------- */

static void
board_spawn (struct sim *sim, const char *name, const char *settings)
{
    char id[STUI_ACTOR_ID_MAX + 1];
    snprintf (id, sizeof id, "%s#%llu", name, (unsigned long long) ++sim->incarnation);
    sim_push (sim, (struct sim_event){.at_us = sim->now_us + sim_between (sim, 100, 20 * SIM_MS),
                                      .run = super_spawned,
                                      .epoch = sim->epoch,
                                      .text = stui_strdup (id),
                                      .msg = msg_new ("", MSG_CONNECT, 0, settings)});
}

static void
fleet_timer (struct sim *sim, struct sim_event *event)
{
    (void) event;
    sim->fleet_timer_us = STUI_NEVER;
    int64_t now_ms = sim->now_us / SIM_MS;
    if (fleet_deadline (&sim->fleet) <= now_ms) {
        fleet_time (&sim->fleet, now_ms);
        if (fleet_deadline (&sim->fleet) <= now_ms)
            sim_fail (sim, "the fleet's timer spins: due again after its turn");
    }
    board_turn (sim);
}

static void
board_perform (struct sim *sim)
{
    while (sim->fleet.action_count > 0) {
        struct fleet_action *actions = sim->fleet.actions;
        size_t count = sim->fleet.action_count;
        sim->fleet.actions = NULL;
        sim->fleet.action_count = sim->fleet.action_capacity = 0;
        for (size_t index = 0; index < count; index++) {
            if (actions[index].what == FLEET_SPAWN)
                board_spawn (sim, actions[index].name, actions[index].settings);
            else
                board_send (sim, &actions[index].msg);
            free (actions[index].name);
            free (actions[index].settings);
        }
        free (actions);
    }
}

static void
board_turn (struct sim *sim)
{
    board_perform (sim);
    fleet_flush (&sim->fleet);
    board_perform (sim);
    int64_t due_ms = fleet_deadline (&sim->fleet);
    if (due_ms == STUI_NEVER)
        return;
    int64_t due_us = due_ms * SIM_MS > sim->now_us ? due_ms * SIM_MS : sim->now_us;
    if (due_us >= sim->fleet_timer_us)
        return;
    sim->fleet_timer_us = due_us;
    sim_push (sim, (struct sim_event){.at_us = due_us, .run = fleet_timer, .epoch = sim->epoch});
}

void
sim_images_announce (struct sim *sim)
{
    struct json *body = json_object ();
    struct json *images = json_array ();
    for (int index = 0; index < sim->image_count; index++) {
        const struct sim_entry_of_list *entry = &sim->list[index];
        struct json *image = json_object ();
        json_set_text (image, "name", entry->name);
        json_set_text (image, "address", entry->address);
#define X(key, otherwise, low, high) json_set_number (image, #key, sim->timings.key);
        CONFIG_TIMINGS (X)
#undef X
        json_set_number (image, "orphan_after_s", entry->orphan_after_s);
        json_push (images, image);
    }
    json_set_bool (body, "autoconnect", true);
    json_set (body, "images", images);
    char *text = json_print (body);
    sim_send (sim, "main#1", msg_new ("registry", MSG_IMAGES, 0, text));
    free (text);
    json_destroy (&body);
}

/* ---- stui's life ------------------------------------------------------------------------------------- */

void
sim_board_start (struct sim *sim)
{
    sim->epoch++;
    sim->up = true;
    sim->fleet_timer_us = STUI_NEVER;
    sim->routes = routes_new ();
    fleet_init (&sim->fleet);
    sim_trace (sim, "stui starts, run %llu", (unsigned long long) sim->epoch);
    sim_node_add (sim, SIM_MAIN, "main#1");
    sim_node_add (sim, SIM_NETWATCH, "netwatch#1");
    sim_node_add (sim, SIM_STORE, "store#1");
    sim_store_start (sim);
    sim_images_announce (sim);
    for (int index = 0; index < sim->terminal_count; index++)
        sim_terminal_arrive (sim, index);
}

void
sim_board_stop (struct sim *sim)
{
    for (int index = 0; index < sim->terminal_count; index++)
        sim->terminals[index].here = false;
    sim_question_lost (sim);
    for (size_t index = 0; index < sim->node_count; index++) {
        struct sim_node *node = sim->nodes[index];
        if (node->super && node->super->link)
            sim_net_close (sim, node->super->link);
        node_free (node);
    }
    sim->node_count = 0;
    sim_store_stop (sim);
    fleet_fini (&sim->fleet);
    routes_destroy (&sim->routes);
    sim->up = false;
}
