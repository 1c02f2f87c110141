/* world_board.c: the switchboard and the fleet, glued together as registry.c does it, and the
 * supervisors, whose actions are performed as supervisor.c does it. A message takes some time
 * to the switchboard and some from there; what one actor sends or gets stays in order. */

#include "simulate/world.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"

static const char registry_id[] = "registry#1";

static void board_turn (struct world *world);

/* ---- Actors ---------------------------------------------------------------------------------- */

struct world_node *
world_node_find (const struct world *world, const char *id)
{
    for (size_t index = 0; index < world->node_count; index++)
        if (strcmp (world->nodes[index]->id, id) == 0)
            return world->nodes[index];
    return NULL;
}

struct world_node *
world_node_of_image (const struct world *world, int index)
{
    for (size_t at = 0; at < world->node_count; at++)
        if (world->nodes[at]->super && world->nodes[at]->super->image == index)
            return world->nodes[at];
    return NULL;
}

struct world_node *
world_node_add (struct world *world, enum world_kind kind, const char *id)
{
    struct world_node *node = stui_alloc (sizeof *node);
    node->kind = kind;
    snprintf (node->id, sizeof node->id, "%s", id);
    stui_grow (&world->nodes, &world->node_capacity, world->node_count, sizeof *world->nodes);
    world->nodes[world->node_count++] = node;
    world_send (world, id, msg_new ("registry", MSG_UP, 0));
    return node;
}

static void
node_free (struct world_node *node)
{
    if (node->super)
        supervise_fini (&node->super->pure);
    free (node->super);
    free (node);
}

void
world_node_end (struct world *world, struct world_node *node, const char *why)
{
    world_trace (world, "%s ends: %s", node->id, why);
    if (node->super)
        world_image_leftovers (world);
    if (node->super && node->super->link)
        world_net_close (world, node->super->link);
    world_send (world, node->id, msg_new ("registry", MSG_ENDED, 0, why));
    size_t index = 0;
    while (world->nodes[index] != node)
        index++;
    world->nodes[index] = world->nodes[--world->node_count];
    node_free (node);
}

/* ---- Supervisors ------------------------------------------------------------------------------- */

static void super_after (struct world *world, struct world_node *node);

static struct supervise_now
super_now (const struct world *world)
{
    return (struct supervise_now){world->now_us, world_wall_ms (world)};
}

static void
super_time (struct world *world, struct world_event *event)
{
    struct world_node *node = world_node_find (world, event->text);
    if (!node)
        return;
    struct supervise *pure = &node->super->pure;
    node->super->timer_us = STUI_NEVER;
    int64_t now_ms = world->now_us / WORLD_MS;
    if (supervise_deadline (pure) <= now_ms) {
        supervise_time (pure, super_now (world));
        if (supervise_deadline (pure) <= now_ms && !pure->finishing)
            world_fail (world, "%s: its timer spins: due at %lld ms, and due again after its turn",
                        node->id, (long long) supervise_deadline (pure));
    }
    super_after (world, node);
}

static void
super_arm (struct world *world, struct world_node *node)
{
    int64_t due_ms = supervise_deadline (&node->super->pure);
    if (due_ms == STUI_NEVER)
        return;
    int64_t due_us = due_ms * WORLD_MS > world->now_us ? due_ms * WORLD_MS : world->now_us;
    if (due_us >= node->super->timer_us)
        return;
    node->super->timer_us = due_us;
    world_push (world, (struct world_event){.at_us = due_us,
                                            .run = super_time,
                                            .epoch = world->epoch,
                                            .text = stui_strdup (node->id)});
}

/* As supervisor_perform: what a failed write leads to joins the end. */
static bool
super_perform (struct world *world, struct world_node *node)
{
    struct world_super *super = node->super;
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
                world_held_check_answer (world, node->super, action->msg);
                world_await_check_answer (world, node->super, action->msg);
                world_check_answer (world, node->super, action->msg);
                world_send (world, node->id, action->msg);
                break;
            case SUPERVISE_OPEN:
                if (super->link)
                    world_fail (world, "%s opens a link while it has one", node->id);
                super->link = world_net_open (world, node->id, action->text);
                broken = false;
                break;
            case SUPERVISE_CLOSE:
                if (super->link)
                    world_net_close (world, super->link);
                super->link = 0;
                broken = false;
                break;
            case SUPERVISE_WIRE:
                broken =
                    broken || !super->link || world_net_up (world, super->link, action->text) < 0;
                break;
            case SUPERVISE_LOG:
                break;
            case SUPERVISE_END:
                end = true;
                break;
            }
            free (action->text);
        }
        free (actions);
        if (broken && super->link)
            supervise_link (&super->pure, SUPERVISE_LINK_CLOSED, STUI_TROUBLE_CLOSED,
                            "it takes no more messages", super_now (world));
    }
    return end;
}

static void
super_after (struct world *world, struct world_node *node)
{
    bool end = super_perform (world, node);
    world_check_super (world, node->super);
    if (end)
        world_node_end (world, node, "");
    else
        super_arm (world, node);
}

static void
super_message (struct world *world, struct world_node *node, const struct msg *msg)
{
    struct supervise *pure = &node->super->pure;
    const struct session *session =
        msg->verb == MSG_REAPED ? sessions_find (&pure->sessions, msg_text (msg, 0)) : NULL;
    struct session before = session ? *session : (struct session){0};
    bool deferred = supervise_deferred_awaits (pure); /* it waits until sessions are read */
    const struct session *released = msg->verb == MSG_SESSION_RELEASE && !deferred
                                         ? sessions_find (&pure->sessions, msg_text (msg, 0))
                                         : NULL;
    struct session held = released ? *released : (struct session){0};
    int64_t text = session ? json_get_number (session->context, "text", -1) : -1;
    if (msg->verb == MSG_FINISH)
        supervise_finish (pure, super_now (world));
    else
        supervise_message (pure, msg, super_now (world));
    if (session)
        world_check_reaped (world, node->super, &before, text);
    if (released)
        world_await_check_release (world, node->super, msg, &held);
    super_after (world, node);
}

void
world_super_link (struct world *world, const char *super, uint64_t link,
                  enum supervise_link_event event, const char *why)
{
    struct world_node *node = world_node_find (world, super);
    if (!node || node->super->link != link)
        return;
    supervise_link (&node->super->pure, event, STUI_TROUBLE_CLOSED, why, super_now (world));
    super_after (world, node);
}

void
world_super_receive (struct world *world, const char *super, uint64_t link, const char *text)
{
    struct world_node *node = world_node_find (world, super);
    if (!node || node->super->link != link)
        return;
    supervise_receive (&node->super->pure, text, strlen (text), super_now (world));
    super_after (world, node);
}

static void
super_spawned (struct world *world, struct world_event *event)
{
    struct json *settings = json_parse_text (event->msg->fields[0]);
    struct world_node *node = world_node_add (world, WORLD_SUPERVISOR, event->text);
    node->super = stui_alloc (sizeof *node->super);
    node->super->image = -1;
    node->super->timer_us = STUI_NEVER;
    const char *name = json_get_text (settings, "name");
    for (int index = 0; index < world->image_count; index++)
        if (strcmp (world->list[index].name, name) == 0)
            node->super->image = index;
    supervise_init (&node->super->pure, settings, random_next (&world->random));
    json_destroy (&settings);
    world_trace (world, "%s is up", node->id);
    supervise_begin (&node->super->pure, super_now (world));
    super_after (world, node);
}

/* ---- Messages ------------------------------------------------------------------------------------ */

static void
trace_message (struct world *world, const char *from, const char *to, const struct msg *msg)
{
    const char *field = msg->field_count > 0 ? msg->fields[0] : "";
    world_trace (world, "%s -> %s %s %llu %.90s", from, to, msg_word (msg->verb),
                 (unsigned long long) msg->ref, field);
}

static void
node_take (struct world *world, struct world_event *event)
{
    struct world_node *node = world_node_find (world, event->text);
    if (!node)
        return; /* it went down with the mailbox */
    trace_message (world, event->msg->peer, node->id, event->msg);
    switch (node->kind) {
    case WORLD_SUPERVISOR:
        super_message (world, node, event->msg);
        break;
    case WORLD_STORE:
        world_store_take (world, event->msg);
        break;
    case WORLD_NETWATCH:
        world_netwatch_take (world, event->msg);
        break;
    case WORLD_TERMINAL:
        world_terminal_take (world, node->index, event->msg);
        break;
    case WORLD_MAIN:
        break;
    }
}

static void board_deliver (struct world *world, const char *to, const char *from,
                           struct msg **msg_p);

/* Whoever asked hears at once; what else is open with ID waits for its `ended`. */
static void
board_undelivered (struct world *world, const char *id, const struct msg *request)
{
    if (msg_kind (request->verb) != MSG_REQUEST)
        return;
    struct msg *answer = msg_error (request, STUI_E_ACTOR_ENDED, "it is ending", NULL);
    struct route route = routes_pass (world->routes, id, answer);
    if (route.verdict == ROUTE_FORWARD)
        board_deliver (world, route.to, registry_id, &answer);
    else if (route.verdict == ROUTE_LOCAL)
        world_reaper_take (world, answer);
    msg_destroy (&answer);
}

static void
board_deliver (struct world *world, const char *to, const char *from, struct msg **msg_p)
{
    struct msg *msg = *msg_p;
    *msg_p = NULL;
    char id[STUI_ACTOR_ID_MAX + 1];
    snprintf (id, sizeof id, "%s", to); /* TO may lie in the message */
    memmove (msg->peer, from, strlen (from) + 1);
    struct world_node *node = world_node_find (world, id);
    if (!node) {
        board_undelivered (world, id, msg);
        msg_destroy (&msg);
        return;
    }
    int64_t at = world->now_us + world_await_delay (world, id, msg);
    node->in_us = at > node->in_us ? at : node->in_us + 1;
    world_push (world, (struct world_event){.at_us = node->in_us,
                                            .run = node_take,
                                            .epoch = world->epoch,
                                            .text = stui_strdup (id),
                                            .msg = msg});
}

void
world_board_send (struct world *world, struct msg **msg)
{
    struct route route = {ROUTE_DROP, "", NULL};
    if (msg_kind ((*msg)->verb) == MSG_ANSWER && routes_is_up (world->routes, (*msg)->peer)) {
        route.verdict = ROUTE_FORWARD;
        memcpy (route.to, (*msg)->peer, sizeof route.to);
    }
    else if (msg_kind ((*msg)->verb) != MSG_ANSWER) {
        route = routes_pass (world->routes, registry_id, *msg);
        if (route.answer)
            world_reaper_take (world, route.answer);
        msg_destroy (&route.answer);
    }
    if (route.verdict == ROUTE_FORWARD)
        board_deliver (world, route.to, registry_id, msg);
    msg_destroy (msg);
}

static void
board_answer_lost (void *context, struct msg **answer)
{
    if (strcmp ((*answer)->peer, registry_id) == 0) {
        world_reaper_take (context, *answer);
        msg_destroy (answer);
    }
    else
        world_board_send (context, answer);
}

static void
board_local (struct world *world, const struct msg *msg)
{
    int64_t now_ms = world->now_us / WORLD_MS;
    trace_message (world, msg->peer, "registry", msg);
    if (msg->verb == MSG_UP) {
        routes_up (world->routes, msg->peer);
        fleet_up (&world->fleet, msg->peer, now_ms);
    }
    else if (msg->verb == MSG_ENDED) {
        routes_ended (world->routes, msg->peer, board_answer_lost, world);
        fleet_ended (&world->fleet, msg->peer, msg_text (msg, 0), now_ms);
    }
    else if (msg_kind (msg->verb) != MSG_ANSWER && msg->verb != MSG_CLEANUP
             && msg->verb != MSG_UNDO_CLEANUP && msg->verb != MSG_ADOPT_STORED)
        fleet_message (&world->fleet, msg, now_ms);
    world_reaper_take (world, msg);
}

/* A message of the actor event->text has reached the switchboard. */
static void
board_take (struct world *world, struct world_event *event)
{
    const char *from = event->text;
    struct route route = routes_pass (world->routes, from, event->msg);
    switch (route.verdict) {
    case ROUTE_FORWARD:
        board_deliver (world, route.to, from, &event->msg);
        break;
    case ROUTE_LOCAL:
        snprintf (event->msg->peer, sizeof event->msg->peer, "%s", from);
        board_local (world, event->msg);
        break;
    case ROUTE_REFUSE:
        world_board_send (world, &route.answer);
        break;
    case ROUTE_DROP:
        break;
    }
    board_turn (world);
}

void
world_send (struct world *world, const char *from, struct msg *msg)
{
    struct world_node *node = world_node_find (world, from);
    assert (node);
    int64_t at = world->now_us + world_await_delay (world, msg->peer, msg);
    node->out_us = at > node->out_us ? at : node->out_us + 1;
    world_push (world, (struct world_event){.at_us = node->out_us,
                                            .run = board_take,
                                            .epoch = world->epoch,
                                            .text = stui_strdup (from),
                                            .msg = msg});
}

/* ---- The fleet ------------------------------------------------------------------------------------- */

static void
board_spawn (struct world *world, const char *name, const char *settings)
{
    char id[STUI_ACTOR_ID_MAX + 1];
    snprintf (id, sizeof id, "%s#%llu", name, (unsigned long long) ++world->incarnation);
    int64_t worst = world_chance (world, 10) ? 400 * WORLD_MS : 20 * WORLD_MS; /* few are slow */
    world_push (world,
                (struct world_event){.at_us = world->now_us + world_between (world, 100, worst),
                                     .run = super_spawned,
                                     .epoch = world->epoch,
                                     .text = stui_strdup (id),
                                     .msg = msg_new ("", MSG_CONNECT, 0, settings)});
}

static void
fleet_timer (struct world *world, struct world_event *event)
{
    (void) event;
    world->fleet_timer_us = STUI_NEVER;
    int64_t now_ms = world->now_us / WORLD_MS;
    if (fleet_deadline (&world->fleet) <= now_ms) {
        fleet_time (&world->fleet, now_ms);
        if (fleet_deadline (&world->fleet) <= now_ms)
            world_fail (world, "the fleet's timer spins: due again after its turn");
    }
    board_turn (world);
}

static void
board_perform (struct world *world)
{
    while (world->fleet.action_count > 0) {
        struct fleet_action *actions = world->fleet.actions;
        size_t count = world->fleet.action_count;
        world->fleet.actions = NULL;
        world->fleet.action_count = world->fleet.action_capacity = 0;
        for (size_t index = 0; index < count; index++) {
            if (actions[index].what == FLEET_SPAWN)
                board_spawn (world, actions[index].name, actions[index].settings);
            else if (actions[index].what == FLEET_GIVE_UP)
                world_fail (world, "a supervisor that answers its ticks was given up");
            else if (actions[index].what == FLEET_SEND)
                world_board_send (world, &actions[index].msg);
            free (actions[index].name);
            free (actions[index].settings);
        }
        free (actions);
    }
}

static void
board_turn (struct world *world)
{
    board_perform (world);
    fleet_flush (&world->fleet);
    board_perform (world);
    world_reaper_turn (world);
    int64_t due_ms = fleet_deadline (&world->fleet);
    if (due_ms == STUI_NEVER)
        return;
    int64_t due_us = due_ms * WORLD_MS > world->now_us ? due_ms * WORLD_MS : world->now_us;
    if (due_us >= world->fleet_timer_us)
        return;
    world->fleet_timer_us = due_us;
    world_push (world,
                (struct world_event){.at_us = due_us, .run = fleet_timer, .epoch = world->epoch});
}

void
world_images_announce (struct world *world)
{
    struct json *body = json_object ();
    struct json *images = json_array ();
    for (int index = 0; index < world->image_count; index++) {
        const struct world_entry_of_list *entry = &world->list[index];
        struct json *image = json_object ();
        json_set_text (image, "name", entry->name);
        json_set_text (image, "address", entry->address);
#define X(key, otherwise, low, high) json_set_number (image, #key, world->timings.key);
        CONFIG_TIMINGS (X)
#undef X
        json_set_number (image, "orphan_after_s", entry->orphan_after_s);
        json_push (images, image);
    }
    json_set_bool (body, "autoconnect", true);
    json_set_number (body, "reap_after_s", world->timings.reap_after_s);
    json_set_number (body, "undo_for_s", world->timings.undo_for_s);
    json_set (body, "images", images);
    char *text = json_print (body);
    world_send (world, "main#1", msg_new ("registry", MSG_IMAGES, 0, text));
    free (text);
    json_destroy (&body);
}

/* ---- stui's life ------------------------------------------------------------------------------------- */

void
world_board_start (struct world *world)
{
    world->epoch++;
    world->up = true;
    world->fleet_timer_us = STUI_NEVER;
    world->routes = routes_new ();
    fleet_init (&world->fleet);
    world_reaper_start (world);
    world_trace (world, "stui starts, run %llu", (unsigned long long) world->epoch);
    world_node_add (world, WORLD_MAIN, "main#1");
    world_node_add (world, WORLD_NETWATCH, "netwatch#1");
    world_node_add (world, WORLD_STORE, "store#1");
    world_store_start (world);
    world_images_announce (world);
    for (int index = 0; index < world->terminal_count; index++)
        world_terminal_arrive (world, index);
}

void
world_board_stop (struct world *world)
{
    for (int index = 0; index < world->terminal_count; index++)
        world->terminals[index].here = false;
    world_question_lost (world);
    for (size_t index = 0; index < world->node_count; index++) {
        struct world_node *node = world->nodes[index];
        if (node->super && node->super->link)
            world_net_close (world, node->super->link);
        node_free (node);
    }
    world->node_count = 0;
    world_image_leftovers (world);
    world_reaper_stop (world);
    world_store_stop (world);
    fleet_fini (&world->fleet);
    routes_destroy (&world->routes);
    world->up = false;
}
