/* sim_fault.c: what goes wrong, at random moments until the calm; and the calm, which mends all.
 * Each seed leaves some kinds of fault out, so that the others meet in other ways. */

#include "simulate/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"

static struct sim_image *
any_image (struct sim *sim)
{
    return &sim->images[sim_between (sim, 0, sim->image_count - 1)];
}

/* A link that both ends believe in; NULL. */
static struct sim_link *
any_link (struct sim *sim)
{
    struct sim_link *found = NULL;
    int64_t seen = 0;
    for (size_t index = 0; index < sim->link_count; index++) {
        struct sim_link *link = sim->links[index];
        if (link && link->stui_open && link->image_open && !link->silent
            && sim_between (sim, 0, seen++) == 0)
            found = link;
    }
    return found;
}

static void
later (struct sim *sim, sim_run *run, uint64_t number, int index, int64_t longest_us)
{
    sim_push (sim, (struct sim_event){.at_us = sim->now_us + sim_between (sim, 1, longest_us),
                                      .run = run,
                                      .number = number,
                                      .index = index});
}

/* ---- The network ------------------------------------------------------------------------------------- */

static void
fault_cut (struct sim *sim)
{
    struct sim_link *link = any_link (sim);
    if (!link)
        return;
    sim_fault_note (sim, SIM_FAULT_CUT, "FAULT link %llu is cut",
                    (unsigned long long) link->number);
    sim_net_cut (sim, link->number);
}

static void
silence_ends (struct sim *sim, struct sim_event *event)
{
    sim_net_heal (sim, event->number);
}

static void
fault_silence (struct sim *sim)
{
    struct sim_link *link = any_link (sim);
    if (!link)
        return;
    sim_fault_note (sim, SIM_FAULT_SILENCE, "FAULT link %llu falls silent",
                    (unsigned long long) link->number);
    link->silent = true;
    later (sim, silence_ends, link->number, 0, sim_chance (sim, 50) ? 3 * SIM_S : 40 * SIM_S);
}

static void
fault_half_open (struct sim *sim)
{
    struct sim_link *link = any_link (sim);
    if (!link)
        return;
    sim_fault_note (sim, SIM_FAULT_HALF_OPEN, "FAULT link %llu is half-open",
                    (unsigned long long) link->number);
    sim_net_drop (sim, link->number, false);
}

static void
black_hole_ends (struct sim *sim, struct sim_event *event)
{
    struct sim_image *image = &sim->images[event->index];
    image->black = false;
    for (size_t index = 0; index < sim->link_count; index++)
        if (sim->links[index] && sim->links[index]->target == event->index)
            sim_net_heal (sim, index + 1);
}

static void
fault_black_hole (struct sim *sim)
{
    struct sim_image *image = any_image (sim);
    if (image->black)
        return;
    sim_fault_note (sim, SIM_FAULT_BLACK_HOLE, "FAULT packets to image %d vanish", image->index);
    image->black = true;
    for (size_t index = 0; index < sim->link_count; index++)
        if (sim->links[index] && sim->links[index]->target == image->index)
            sim->links[index]->silent = true;
    later (sim, black_hole_ends, 0, image->index, 20 * SIM_S);
}

/* ---- Images -------------------------------------------------------------------------------------------- */

static void
image_returns (struct sim *sim, struct sim_event *event)
{
    struct sim_image *image = &sim->images[event->index];
    if (!image->running)
        sim_image_start (sim, image, sim_chance (sim, 50), event->number);
}

static void
image_dies (struct sim *sim, bool replaced)
{
    struct sim_image *image = any_image (sim);
    if (!image->running)
        return;
    sim_fault_note (sim, replaced ? SIM_FAULT_IMAGE_REPLACED : SIM_FAULT_IMAGE_KILLED,
                    "FAULT image %d is killed", image->index);
    sim_image_kill (sim, image);
    later (sim, image_returns, replaced, image->index,
           sim_chance (sim, 70) ? 2 * SIM_S : 30 * SIM_S);
}

static void
fault_kill (struct sim *sim)
{
    image_dies (sim, false);
}

static void
fault_replace (struct sim *sim)
{
    image_dies (sim, true);
}

static void
image_thaws (struct sim *sim, struct sim_event *event)
{
    struct sim_image *image = &sim->images[event->index];
    if (image->running && image->frozen && image->boot == event->number)
        sim_image_thaw (sim, image);
}

static void
fault_freeze (struct sim *sim)
{
    struct sim_image *image = any_image (sim);
    if (!image->running || image->frozen)
        return;
    sim_fault_note (sim, SIM_FAULT_IMAGE_FROZEN, "FAULT image %d is stopped", image->index);
    image->frozen = true;
    later (sim, image_thaws, image->boot, image->index,
           sim_chance (sim, 60) ? 4 * SIM_S : 30 * SIM_S);
}

static void
refusal_ends (struct sim *sim, struct sim_event *event)
{
    sim->images[event->index].refuses = false;
}

static void
fault_refuse (struct sim *sim)
{
    struct sim_image *image = any_image (sim);
    sim_fault_note (sim, SIM_FAULT_IMAGE_REFUSES, "FAULT image %d refuses at times", image->index);
    image->refuses = true;
    later (sim, refusal_ends, 0, image->index, 5 * SIM_S);
}

static void
fault_foreign_edit (struct sim *sim)
{
    sim_fault_note (sim, SIM_FAULT_FOREIGN_EDIT, "FAULT somebody else writes into a session");
    sim_image_foreign_edit (sim, any_image (sim));
}

static void
fault_malformed (struct sim *sim)
{
    struct sim_link *link = any_link (sim);
    if (!link)
        return;
    sim_fault_note (sim, SIM_FAULT_MALFORMED, "FAULT link %llu brings nonsense",
                    (unsigned long long) link->number);
    static const char *const texts[] = {
        "{\"id\":",
        "[]",
        "{\"id\":\"x\",\"status\":\"maybe\"}",
        "{\"id\":\"nobody\",\"status\":\"success\",\"result\":{}}",
        "{\"event\":\"transcript\",\"seq\":1,\"data\":{}}",
        "{\"id\":null,\"status\":\"error\",\"error\":\"what?\",\"error_type\":\"InvalidRequest\"}",
    };
    sim_net_down (sim, link->number, texts[sim_between (sim, 0, 5)]);
}

/* ---- stui ------------------------------------------------------------------------------------------------ */

static void
fault_supervisor (struct sim *sim)
{
    struct sim_node *node =
        sim_node_of_image (sim, (int) sim_between (sim, 0, sim->image_count - 1));
    if (!sim->up || !node)
        return;
    sim_fault_note (sim, SIM_FAULT_SUPERVISOR_KILLED, "FAULT %s is killed", node->id);
    sim_node_end (sim, node, "killed by the simulation");
}

static void
disk_works (struct sim *sim, struct sim_event *event)
{
    (void) event;
    sim->store.broken = false;
}

static void
fault_disk (struct sim *sim)
{
    sim_fault_note (sim, SIM_FAULT_DISK, "FAULT the disk fails");
    sim->store.broken = true;
    later (sim, disk_works, 0, 0, sim_chance (sim, 70) ? 500 * SIM_MS : 10 * SIM_S);
}

static void
stui_returns (struct sim *sim, struct sim_event *event)
{
    (void) event;
    if (!sim->up)
        sim_board_start (sim);
}

static void
fault_stui (struct sim *sim)
{
    if (!sim->up)
        return;
    sim_fault_note (sim, SIM_FAULT_STUI_KILLED, "FAULT stui is killed");
    sim_board_stop (sim);
    later (sim, stui_returns, 0, 0, 3 * SIM_S);
}

static void
names_work (struct sim *sim, struct sim_event *event)
{
    (void) event;
    sim->names_fail = false;
}

static void
fault_names (struct sim *sim)
{
    sim_fault_note (sim, SIM_FAULT_NAMES, "FAULT names do not resolve");
    sim->names_fail = true;
    later (sim, names_work, 0, 0, 8 * SIM_S);
}

static void
fault_clock (struct sim *sim)
{
    static const int64_t jumps_ms[] = {-3600000, -60000, -500, 700, 60000, 7200000};
    int64_t jump_ms = jumps_ms[sim_between (sim, 0, 5)];
    sim_fault_note (sim, SIM_FAULT_CLOCK, "FAULT the clock jumps by %lld ms", (long long) jump_ms);
    sim->wall_base_ms += jump_ms;
}

static void
fault_settings (struct sim *sim)
{
    if (!sim->up)
        return;
    sim_fault_note (sim, SIM_FAULT_SETTINGS, "FAULT the settings of an image change");
    sim->list[sim_between (sim, 0, sim->image_count - 1)].orphan_after_s ^= 1;
    sim_images_announce (sim);
}

static void
terminal_returns (struct sim *sim, struct sim_event *event)
{
    if (sim->up && !sim->terminals[event->index].here)
        sim_terminal_arrive (sim, event->index);
}

static void
fault_terminal (struct sim *sim)
{
    int index = (int) sim_between (sim, 0, sim->terminal_count - 1);
    if (!sim->up || !sim->terminals[index].here)
        return;
    sim_fault_note (sim, SIM_FAULT_TERMINAL_LEFT, "FAULT %s leaves", sim->terminals[index].id);
    sim_terminal_leave (sim, index);
    later (sim, terminal_returns, 0, index, 5 * SIM_S);
}

/* ---- The plan ----------------------------------------------------------------------------------------------- */

static const struct {
    int weight;
    void (*happen) (struct sim *sim);
} faults[] = {
    [SIM_FAULT_CUT] = {12, fault_cut},
    [SIM_FAULT_SILENCE] = {6, fault_silence},
    [SIM_FAULT_HALF_OPEN] = {5, fault_half_open},
    [SIM_FAULT_BLACK_HOLE] = {3, fault_black_hole},
    [SIM_FAULT_IMAGE_KILLED] = {6, fault_kill},
    [SIM_FAULT_IMAGE_REPLACED] = {1, fault_replace},
    [SIM_FAULT_IMAGE_FROZEN] = {6, fault_freeze},
    [SIM_FAULT_IMAGE_REFUSES] = {2, fault_refuse},
    [SIM_FAULT_FOREIGN_EDIT] = {2, fault_foreign_edit},
    [SIM_FAULT_MALFORMED] = {3, fault_malformed},
    [SIM_FAULT_SUPERVISOR_KILLED] = {3, fault_supervisor},
    [SIM_FAULT_DISK] = {3, fault_disk},
    [SIM_FAULT_STUI_KILLED] = {1, fault_stui},
    [SIM_FAULT_NAMES] = {2, fault_names},
    [SIM_FAULT_CLOCK] = {2, fault_clock},
    [SIM_FAULT_SETTINGS] = {2, fault_settings},
    [SIM_FAULT_TERMINAL_LEFT] = {3, fault_terminal},
};
_Static_assert(sizeof faults / sizeof *faults == SIM_FAULT_COUNT, "a row per fault");

static void
fault_happens (struct sim *sim, struct sim_event *event)
{
    if (sim->calm)
        return;
    int64_t total = 0;
    for (int kind = 0; kind < SIM_FAULT_COUNT; kind++)
        total += event->number >> kind & 1 ? faults[kind].weight : 0;
    int64_t dice = sim_between (sim, 0, total - 1);
    int kind = -1;
    while (dice >= 0)
        if (event->number >> ++kind & 1)
            dice -= faults[kind].weight;
    faults[kind].happen (sim);
    later (sim, fault_happens, event->number, 0, 2 * SIM_S);
}

static void
calm_comes (struct sim *sim, struct sim_event *event)
{
    (void) event;
    sim_calm_down (sim);
}

void
sim_faults_plan (struct sim *sim, int64_t until_us)
{
    uint64_t kinds = random_next (&sim->random) | random_next (&sim->random) | 1 << SIM_FAULT_CUT;
    later (sim, fault_happens, kinds, 0, 3 * SIM_S);
    sim_push (sim, (struct sim_event){.at_us = until_us, .run = calm_comes});
}

void
sim_calm_down (struct sim *sim)
{
    sim_trace (sim, "calm");
    sim->calm = true;
    sim->names_fail = sim->store.broken = false;
    for (int index = 0; index < sim->image_count; index++) {
        struct sim_image *image = &sim->images[index];
        image->refuses = image->black = false;
        if (!image->running)
            sim_image_start (sim, image, true, false);
        if (image->frozen)
            sim_image_thaw (sim, image);
    }
    for (size_t index = 0; index < sim->link_count; index++)
        sim_net_heal (sim, index + 1);
    /* A connection that the image's end has forgotten is reset by now: keep-alive sees to it. */
    for (size_t index = 0; index < sim->link_count; index++)
        if (sim->links[index] && sim->links[index]->stui_open && !sim->links[index]->image_open)
            sim_net_drop (sim, index + 1, true);
    if (!sim->up)
        sim_board_start (sim);
    for (int index = 0; index < sim->terminal_count; index++)
        if (!sim->terminals[index].here)
            sim_terminal_arrive (sim, index);
}
