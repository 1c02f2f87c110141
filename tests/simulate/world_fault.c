/* world_fault.c: what goes wrong, at random moments until the calm; and the calm, which mends all.
 * Each seed leaves some kinds of fault out, so that the others meet in other ways. */

#include "simulate/world.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"

static const int64_t month_ms = INT64_C (30) * 86400000;

static struct world_image *
any_image (struct world *world)
{
    return &world->images[world_between (world, 0, world->image_count - 1)];
}

/* A link that both ends believe in; NULL. */
static struct world_link *
any_link (struct world *world)
{
    struct world_link *found = NULL;
    int64_t seen = 0;
    for (size_t index = 0; index < world->link_count; index++) {
        struct world_link *link = world->links[index];
        if (link && link->stui_open && link->image_open && !link->silent
            && world_between (world, 0, seen++) == 0)
            found = link;
    }
    return found;
}

static void
later (struct world *world, world_run *run, uint64_t number, int index, int64_t longest_us)
{
    world_push (world,
                (struct world_event){.at_us = world->now_us + world_between (world, 1, longest_us),
                                     .run = run,
                                     .number = number,
                                     .index = index});
}

/* ---- The network ------------------------------------------------------------------------------------- */

static void
fault_cut (struct world *world)
{
    struct world_link *link = any_link (world);
    if (!link)
        return;
    world_fault_note (world, WORLD_FAULT_CUT, "FAULT link %llu is cut",
                      (unsigned long long) link->number);
    world_net_cut (world, link->number);
}

static void
silence_ends (struct world *world, struct world_event *event)
{
    world_net_heal (world, event->number);
}

static void
fault_silence (struct world *world)
{
    struct world_link *link = any_link (world);
    if (!link)
        return;
    world_fault_note (world, WORLD_FAULT_SILENCE, "FAULT link %llu falls silent",
                      (unsigned long long) link->number);
    link->silent = true;
    later (world, silence_ends, link->number, 0,
           world_chance (world, 50) ? 3 * WORLD_S : 40 * WORLD_S);
}

static void
fault_half_open (struct world *world)
{
    struct world_link *link = any_link (world);
    if (!link)
        return;
    world_fault_note (world, WORLD_FAULT_HALF_OPEN, "FAULT link %llu is half-open",
                      (unsigned long long) link->number);
    world_net_drop (world, link->number, false);
}

static void
black_hole_ends (struct world *world, struct world_event *event)
{
    struct world_image *image = &world->images[event->index];
    image->black = false;
    for (size_t index = 0; index < world->link_count; index++)
        if (world->links[index] && world->links[index]->target == event->index)
            world_net_heal (world, index + 1);
}

static void
fault_black_hole (struct world *world)
{
    struct world_image *image = any_image (world);
    if (image->black)
        return;
    world_fault_note (world, WORLD_FAULT_BLACK_HOLE, "FAULT packets to image %d vanish",
                      image->index);
    image->black = true;
    for (size_t index = 0; index < world->link_count; index++)
        if (world->links[index] && world->links[index]->target == image->index)
            world->links[index]->silent = true;
    later (world, black_hole_ends, 0, image->index, 20 * WORLD_S);
}

/* ---- Images -------------------------------------------------------------------------------------------- */

static void
image_returns (struct world *world, struct world_event *event)
{
    struct world_image *image = &world->images[event->index];
    if (!image->running)
        world_image_start (world, image, world_chance (world, 50), event->number);
}

static void
image_dies (struct world *world, bool replaced)
{
    struct world_image *image = any_image (world);
    if (!image->running)
        return;
    world_fault_note (world, replaced ? WORLD_FAULT_IMAGE_REPLACED : WORLD_FAULT_IMAGE_KILLED,
                      "FAULT image %d is killed", image->index);
    world_image_kill (world, image);
    later (world, image_returns, replaced, image->index,
           world_chance (world, 70) ? 2 * WORLD_S : 30 * WORLD_S);
}

static void
fault_kill (struct world *world)
{
    image_dies (world, false);
}

static void
fault_replace (struct world *world)
{
    image_dies (world, true);
}

static void
fault_gone (struct world *world)
{
    struct world_image *image = any_image (world);
    if (!image->running)
        return;
    world_fault_note (world, WORLD_FAULT_IMAGE_GONE, "FAULT image %d is gone for long",
                      image->index);
    world_image_kill (world, image);
    world_push (world,
                (struct world_event){.at_us = world->now_us
                                              + world_between (world, 15 * WORLD_S, 60 * WORLD_S),
                                     .run = image_returns,
                                     .index = image->index});
}

static void
image_thaws (struct world *world, struct world_event *event)
{
    struct world_image *image = &world->images[event->index];
    if (image->running && image->frozen && image->boot == event->number)
        world_image_thaw (world, image);
}

static void
fault_freeze (struct world *world)
{
    struct world_image *image = any_image (world);
    if (!image->running || image->frozen)
        return;
    world_fault_note (world, WORLD_FAULT_IMAGE_FROZEN, "FAULT image %d is stopped", image->index);
    image->frozen = true;
    later (world, image_thaws, image->boot, image->index,
           world_chance (world, 60) ? 4 * WORLD_S : 30 * WORLD_S);
}

static void
refusal_ends (struct world *world, struct world_event *event)
{
    world->images[event->index].refuses = false;
}

static void
fault_refuse (struct world *world)
{
    struct world_image *image = any_image (world);
    world_fault_note (world, WORLD_FAULT_IMAGE_REFUSES, "FAULT image %d refuses at times",
                      image->index);
    image->refuses = true;
    later (world, refusal_ends, 0, image->index, 5 * WORLD_S);
}

static void
fault_foreign_edit (struct world *world)
{
    world_fault_note (world, WORLD_FAULT_FOREIGN_EDIT, "FAULT somebody else writes into a session");
    world_image_foreign_edit (world, any_image (world));
}

static void
fault_malformed (struct world *world)
{
    struct world_link *link = any_link (world);
    if (!link)
        return;
    world_fault_note (world, WORLD_FAULT_MALFORMED, "FAULT link %llu brings nonsense",
                      (unsigned long long) link->number);
    static const char *const texts[] = {
        "{\"id\":",
        "[]",
        "{\"id\":\"x\",\"status\":\"maybe\"}",
        "{\"id\":\"nobody\",\"status\":\"success\",\"result\":{}}",
        "{\"event\":\"transcript\",\"seq\":1,\"data\":{}}",
        "{\"id\":null,\"status\":\"error\",\"error\":\"what?\",\"error_type\":\"InvalidRequest\"}",
    };
    world_net_down (world, link->number, texts[world_between (world, 0, 5)]);
}

/* ---- stui ------------------------------------------------------------------------------------------------ */

/* Whatever is on its way goes on: what changed may have hurt nothing. */
static void
fault_network (struct world *world)
{
    if (!world->up)
        return;
    world_fault_note (world, WORLD_FAULT_NETWORK, "FAULT the network changes");
    world_send (world, "netwatch#1", msg_new ("registry", MSG_NETWORK_CHANGED, 0, "a route"));
}

static void
network_changes (struct world *world, struct world_event *event)
{
    (void) event;
    if (!world->calm)
        fault_network (world);
}

static void
fault_supervisor (struct world *world)
{
    struct world_node *node =
        world_node_of_image (world, (int) world_between (world, 0, world->image_count - 1));
    if (!world->up || !node)
        return;
    world_fault_note (world, WORLD_FAULT_SUPERVISOR_KILLED, "FAULT %s is killed", node->id);
    world_node_end (world, node, "killed by the simulation");
    if (world_chance (world, 30)) /* while the next one reads what is known */
        later (world, network_changes, 0, 0, 50 * WORLD_MS);
}

static void
disk_works (struct world *world, struct world_event *event)
{
    (void) event;
    world->store.broken = false;
}

static void
fault_disk (struct world *world)
{
    world_fault_note (world, WORLD_FAULT_DISK, "FAULT the disk fails");
    world->store.broken = true;
    later (world, disk_works, 0, 0, world_chance (world, 70) ? 500 * WORLD_MS : 10 * WORLD_S);
}

static void
stui_returns (struct world *world, struct world_event *event)
{
    (void) event;
    if (!world->up)
        world_board_start (world);
}

static void
fault_stui (struct world *world)
{
    if (!world->up)
        return;
    world_fault_note (world, WORLD_FAULT_STUI_KILLED, "FAULT stui is killed");
    world_board_stop (world);
    later (world, stui_returns, 0, 0, 3 * WORLD_S);
}

/* Clocks go on meanwhile. */
static void
fault_off (struct world *world)
{
    if (!world->up)
        return;
    world_fault_note (world, WORLD_FAULT_STUI_OFF, "FAULT stui is off for a month");
    world_board_stop (world);
    world->wall_base_ms += month_ms;
    world->months++;
    later (world, stui_returns, 0, 0, 3 * WORLD_S);
}

static void
names_work (struct world *world, struct world_event *event)
{
    (void) event;
    world->names_fail = false;
}

static void
fault_names (struct world *world)
{
    world_fault_note (world, WORLD_FAULT_NAMES, "FAULT names do not resolve");
    world->names_fail = true;
    later (world, names_work, 0, 0, 8 * WORLD_S);
}

static void
fault_clock (struct world *world)
{
    const int64_t jumps_ms[] = {-month_ms, -3600000, -60000, -500, 700, 60000, 7200000, month_ms};
    int64_t jump_ms = jumps_ms[world_between (world, 0, 7)];
    world_fault_note (world, WORLD_FAULT_CLOCK, "FAULT the clock jumps by %lld ms",
                      (long long) jump_ms);
    world->wall_base_ms += jump_ms;
    world->months += jump_ms == month_ms || jump_ms == -month_ms;
}

static void
fault_settings (struct world *world)
{
    if (!world->up)
        return;
    world_fault_note (world, WORLD_FAULT_SETTINGS, "FAULT the settings of an image change");
    world->list[world_between (world, 0, world->image_count - 1)].orphan_after_s ^= 1;
    world_images_announce (world);
}

static void
terminal_returns (struct world *world, struct world_event *event)
{
    if (world->up && !world->terminals[event->index].here)
        world_terminal_arrive (world, event->index);
}

static void
fault_terminal (struct world *world)
{
    int index = (int) world_between (world, 0, world->terminal_count - 1);
    if (!world->up || !world->terminals[index].here)
        return;
    world_fault_note (world, WORLD_FAULT_TERMINAL_LEFT, "FAULT %s leaves",
                      world->terminals[index].id);
    world_terminal_leave (world, index);
    later (world, terminal_returns, 0, index, 5 * WORLD_S);
}

/* The next of its messages that asks or moves meets one more fault. */
static void
fault_reaping (struct world *world)
{
    world->reaper.unlucky = true;
}

static void
meanwhile (struct world *world, struct world_event *event)
{
    static void (*const happen[]) (struct world *) = {fault_stui, fault_supervisor, fault_disk,
                                                      fault_off, fault_clock};
    size_t count = sizeof happen / sizeof *happen;
    if (world->calm)
        return;
    if (event->number < count)
        happen[event->number](world);
    else
        for (int index = 0; index < world->image_count; index++)
            if (!world->images[index].running)
                world_image_start (world, &world->images[index], event->number == count, false);
}

void
world_fault_reaping (struct world *world, const struct msg *msg)
{
    bool asks = msg->verb == MSG_MAY_REAP || msg->verb == MSG_ARCHIVE || msg->verb == MSG_REAPED
                || msg->verb == MSG_ARCHIVE_UNDO || msg->verb == MSG_RETURNED
                || msg->verb == MSG_ARCHIVE_DROP || msg->verb == MSG_SESSION_CARRY;
    if (!asks || !world->reaper.unlucky || world->calm)
        return;
    world->reaper.unlucky = false;
    world_fault_note (world, WORLD_FAULT_REAPING, "FAULT something happens around %s",
                      msg_word (msg->verb));
    later (world, meanwhile, (uint64_t) world_between (world, 0, 6), 0, 3 * WORLD_MS);
}

/* ---- The plan ----------------------------------------------------------------------------------------------- */

static const struct {
    int weight;
    void (*happen) (struct world *world);
} faults[] = {
    [WORLD_FAULT_CUT] = {12, fault_cut},
    [WORLD_FAULT_SILENCE] = {6, fault_silence},
    [WORLD_FAULT_HALF_OPEN] = {5, fault_half_open},
    [WORLD_FAULT_BLACK_HOLE] = {3, fault_black_hole},
    [WORLD_FAULT_IMAGE_KILLED] = {6, fault_kill},
    [WORLD_FAULT_IMAGE_REPLACED] = {1, fault_replace},
    [WORLD_FAULT_IMAGE_FROZEN] = {6, fault_freeze},
    [WORLD_FAULT_IMAGE_REFUSES] = {2, fault_refuse},
    [WORLD_FAULT_FOREIGN_EDIT] = {2, fault_foreign_edit},
    [WORLD_FAULT_MALFORMED] = {3, fault_malformed},
    [WORLD_FAULT_SUPERVISOR_KILLED] = {3, fault_supervisor},
    [WORLD_FAULT_DISK] = {3, fault_disk},
    [WORLD_FAULT_STUI_KILLED] = {1, fault_stui},
    [WORLD_FAULT_NAMES] = {2, fault_names},
    [WORLD_FAULT_CLOCK] = {2, fault_clock},
    [WORLD_FAULT_NETWORK] = {4, fault_network},
    [WORLD_FAULT_SETTINGS] = {2, fault_settings},
    [WORLD_FAULT_TERMINAL_LEFT] = {3, fault_terminal},
    [WORLD_FAULT_STUI_OFF] = {1, fault_off},
    [WORLD_FAULT_IMAGE_GONE] = {4, fault_gone},
    [WORLD_FAULT_REAPING] = {5, fault_reaping},
};
static_assert (sizeof faults / sizeof *faults == WORLD_FAULT_COUNT, "a row per fault");

static void
fault_happens (struct world *world, struct world_event *event)
{
    if (world->calm)
        return;
    int64_t total = 0;
    for (int kind = 0; kind < WORLD_FAULT_COUNT; kind++)
        total += event->number >> kind & 1 ? faults[kind].weight : 0;
    int64_t dice = world_between (world, 0, total - 1);
    int kind = -1;
    while (dice >= 0)
        if (event->number >> ++kind & 1)
            dice -= faults[kind].weight;
    faults[kind].happen (world);
    later (world, fault_happens, event->number, 0, 2 * WORLD_S);
}

static void
calm_comes (struct world *world, struct world_event *event)
{
    (void) event;
    world_calm_down (world);
}

void
world_faults_plan (struct world *world, int64_t until_us)
{
    uint64_t kinds =
        random_next (&world->random) | random_next (&world->random) | 1 << WORLD_FAULT_CUT;
    later (world, fault_happens, kinds, 0, 3 * WORLD_S);
    world_push (world, (struct world_event){.at_us = until_us, .run = calm_comes});
}

void
world_calm_down (struct world *world)
{
    world_trace (world, "calm");
    world->calm = true;
    world->names_fail = world->store.broken = false;
    for (int index = 0; index < world->image_count; index++) {
        struct world_image *image = &world->images[index];
        image->refuses = image->black = false;
        if (!image->running)
            world_image_start (world, image, true, false);
        if (image->frozen)
            world_image_thaw (world, image);
    }
    for (size_t index = 0; index < world->link_count; index++)
        world_net_heal (world, index + 1);
    /* A connection that the image's end has forgotten is reset by now: keep-alive sees to it. */
    for (size_t index = 0; index < world->link_count; index++)
        if (world->links[index] && world->links[index]->stui_open
            && !world->links[index]->image_open)
            world_net_drop (world, index + 1, true);
    if (!world->up)
        world_board_start (world);
    for (int index = 0; index < world->terminal_count; index++)
        if (!world->terminals[index].here)
            world_terminal_arrive (world, index);
}
