/* sim_net.c: links between supervisors and images, and names. A link is two beliefs, stui's and
 * the image's, that it is open; what was sent on it arrives in order or not at all. */

#include "simulate/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"

struct sim_link *
sim_net_find (const struct sim *sim, uint64_t number)
{
    return number > 0 && number <= sim->link_count ? sim->links[number - 1] : NULL;
}

static void
link_free (struct sim_link *link)
{
    for (size_t index = 0; link && index < link->held_count; index++)
        free (link->held[index].text);
    if (link)
        free (link->held);
    free (link);
}

void
sim_net_fini (struct sim *sim)
{
    for (size_t index = 0; index < sim->link_count; index++)
        link_free (sim->links[index]);
    free (sim->links);
}

static void
net_later (struct sim *sim, sim_run *run, uint64_t link, int64_t low_us, int64_t high_us)
{
    sim_push (sim, (struct sim_event){.at_us = sim->now_us + sim_between (sim, low_us, high_us),
                                      .run = run,
                                      .number = link});
}

/* ---- The ends go ---------------------------------------------------------------------------------- */

static void
stui_end_closed (struct sim *sim, struct sim_event *event)
{
    struct sim_link *link = sim_net_find (sim, event->number);
    if (!link || !link->stui_open)
        return;
    if (link->silent || sim->images[link->target].black) { /* nobody is told: not yet */
        net_later (sim, stui_end_closed, event->number, 500 * SIM_MS, 500 * SIM_MS);
        return;
    }
    link->stui_open = false;
    sim_trace (sim, "link %llu closes at stui", (unsigned long long) link->number);
    char super[STUI_ACTOR_ID_MAX + 1];
    memcpy (super, link->super, sizeof super);
    sim_super_link (sim, super, event->number, SUPERVISE_LINK_CLOSED, "by the image's side");
}

static void
image_end_closed (struct sim *sim, struct sim_event *event)
{
    struct sim_link *link = sim_net_find (sim, event->number);
    if (!link)
        return;
    if (link->silent || sim->images[link->target].black) {
        net_later (sim, image_end_closed, event->number, 500 * SIM_MS, 500 * SIM_MS);
        return;
    }
    if (link->image_open)
        sim_trace (sim, "link %llu closes at its image", (unsigned long long) link->number);
    link->image_open = false;
    if (!link->stui_open) {
        sim->links[link->number - 1] = NULL;
        link_free (link);
    }
}

void
sim_net_close (struct sim *sim, uint64_t number)
{
    struct sim_link *link = sim_net_find (sim, number);
    if (!link)
        return;
    link->stui_open = false;
    /* After what was written before. */
    int64_t after = link->up_us > sim->now_us ? link->up_us - sim->now_us : 0;
    net_later (sim, image_end_closed, number, after + 1, after + 20 * SIM_MS);
}

void
sim_net_drop (struct sim *sim, uint64_t number, bool told)
{
    struct sim_link *link = sim_net_find (sim, number);
    if (!link)
        return;
    link->image_open = false;
    if (told)
        net_later (sim, stui_end_closed, number, 100, 20 * SIM_MS);
}

void
sim_net_cut (struct sim *sim, uint64_t number)
{
    struct sim_link *link = sim_net_find (sim, number);
    link->lose_up = sim_chance (sim, 50);
    link->lose_down = sim_chance (sim, 50);
    net_later (sim, stui_end_closed, number, 1, 50 * SIM_MS);
    net_later (sim, image_end_closed, number, 1, 50 * SIM_MS);
}

/* ---- What is sent ----------------------------------------------------------------------------------- */

static void
up_arrives (struct sim *sim, struct sim_event *event)
{
    struct sim_link *link = sim_net_find (sim, event->number);
    if (!link || !link->image_open || link->lose_up)
        return;
    sim_trace (sim, "link %llu up %.150s", (unsigned long long) link->number, event->text);
    sim_image_receive (sim, link, event->text);
}

static void
down_arrives (struct sim *sim, struct sim_event *event)
{
    struct sim_link *link = sim_net_find (sim, event->number);
    if (!link || !link->stui_open || link->lose_down)
        return;
    sim_trace (sim, "link %llu down %.150s", (unsigned long long) link->number, event->text);
    char super[STUI_ACTOR_ID_MAX + 1];
    memcpy (super, link->super, sizeof super);
    sim_super_receive (sim, super, event->number, event->text);
}

static void
net_pass (struct sim *sim, struct sim_link *link, bool up, const char *text)
{
    if (link->silent) {
        stui_grow (&link->held, &link->held_capacity, link->held_count, sizeof *link->held);
        link->held[link->held_count++] = (struct sim_held){up, stui_strdup (text)};
        return;
    }
    int64_t at =
        sim->now_us + sim_between (sim, 200, sim_chance (sim, 5) ? 300 * SIM_MS : 4 * SIM_MS);
    int64_t *last = up ? &link->up_us : &link->down_us;
    *last = at > *last ? at : *last + 1;
    sim_push (sim, (struct sim_event){.at_us = *last,
                                      .run = up ? up_arrives : down_arrives,
                                      .number = link->number,
                                      .text = stui_strdup (text)});
}

int
sim_net_up (struct sim *sim, uint64_t number, const char *text)
{
    struct sim_link *link = sim_net_find (sim, number);
    if (!link || !link->stui_open)
        return -1;
    if (!link->image_open && !link->silent) /* the other end knows nothing of it: a reset */
        net_later (sim, stui_end_closed, number, 1 * SIM_MS, 10 * SIM_MS);
    else
        net_pass (sim, link, true, text);
    return 0;
}

void
sim_net_down (struct sim *sim, uint64_t number, const char *text)
{
    struct sim_link *link = sim_net_find (sim, number);
    if (link && link->image_open)
        net_pass (sim, link, false, text);
}

void
sim_net_heal (struct sim *sim, uint64_t number)
{
    struct sim_link *link = sim_net_find (sim, number);
    if (!link || !link->silent)
        return;
    link->silent = false;
    bool reset = sim_chance (sim, 40);
    sim_trace (sim, "link %llu %s", (unsigned long long) number,
               reset ? "is reset" : "passes again");
    for (size_t index = 0; index < link->held_count; index++) {
        if (!reset)
            net_pass (sim, link, link->held[index].up, link->held[index].text);
        free (link->held[index].text);
    }
    link->held_count = 0;
    if (reset) {
        net_later (sim, stui_end_closed, number, 1, 10 * SIM_MS);
        net_later (sim, image_end_closed, number, 1, 10 * SIM_MS);
    }
}

/* ---- Opening ------------------------------------------------------------------------------------------ */

static void
link_shakes (struct sim *sim, struct sim_event *event)
{
    struct sim_link *link = sim_net_find (sim, event->number);
    if (!link || !link->stui_open)
        return;
    struct sim_image *image = &sim->images[link->target];
    if (!image->running) {
        net_later (sim, stui_end_closed, event->number, 100, 5 * SIM_MS);
        return;
    }
    if (image->frozen || image->black || link->silent) {
        net_later (sim, link_shakes, event->number, 200 * SIM_MS, 200 * SIM_MS);
        return;
    }
    link->image_open = true;
    char super[STUI_ACTOR_ID_MAX + 1];
    memcpy (super, link->super, sizeof super);
    sim_super_link (sim, super, event->number, SUPERVISE_LINK_HANDSHAKEN, "");
}

static void
link_connects (struct sim *sim, struct sim_event *event)
{
    struct sim_link *link = sim_net_find (sim, event->number);
    if (!link || !link->stui_open)
        return;
    const struct sim_image *image = &sim->images[link->target];
    if (image->black)
        return; /* no answer, ever */
    if (!image->running) {
        net_later (sim, stui_end_closed, event->number, 100, 5 * SIM_MS);
        return;
    }
    int64_t slow = sim_chance (sim, 5) ? 4 * SIM_S : 5 * SIM_MS;
    net_later (sim, link_shakes, event->number, 200, slow);
    char super[STUI_ACTOR_ID_MAX + 1];
    memcpy (super, link->super, sizeof super);
    sim_super_link (sim, super, event->number, SUPERVISE_LINK_CONNECTED, "");
}

uint64_t
sim_net_open (struct sim *sim, const char *super, const char *endpoint)
{
    struct sim_link *link = stui_alloc (sizeof *link);
    unsigned target = SIM_IMAGES_MAX;
    if (sscanf (endpoint, "tcp://10.0.%*u.%u:", &target) != 1 || target >= SIM_IMAGES_MAX)
        sim_fail (sim, "%s connects to %s, which nobody told it", super, endpoint);
    stui_grow (&sim->links, &sim->link_capacity, sim->link_count, sizeof *sim->links);
    sim->links[sim->link_count++] = link;
    link->number = sim->link_count;
    link->target = (int) (target % SIM_IMAGES_MAX);
    link->stui_open = true;
    snprintf (link->super, sizeof link->super, "%s", super);
    sim_trace (sim, "%s opens link %llu to %s", super, (unsigned long long) link->number, endpoint);
    net_later (sim, link_connects, link->number, 100, 20 * SIM_MS);
    return link->number;
}

/* ---- Names ---------------------------------------------------------------------------------------------- */

static void
name_answers (struct sim *sim, struct sim_event *event)
{
    sim_send (sim, "netwatch#1", event->msg);
    event->msg = NULL;
}

void
sim_netwatch_take (struct sim *sim, const struct msg *msg)
{
    if (msg->verb != MSG_RESOLVE)
        return;
    unsigned route, target;
    struct msg *answer;
    if (sim->names_fail || sscanf (msg_text (msg, 0), "image%u-%u.sim", &target, &route) != 2) {
        answer = msg_error (msg, STUI_E_NOT_FOUND, "there is no such name", NULL);
    }
    else {
        char *result = stui_printf ("{\"addresses\":[\"10.0.%u.%u\"]}", route, target);
        answer = msg_ok (msg, result);
        free (result);
    }
    int64_t delay = sim->names_fail && sim_chance (sim, 50)
                        ? 8 * SIM_S
                        : sim_between (sim, 1 * SIM_MS, 50 * SIM_MS);
    sim_push (sim, (struct sim_event){.at_us = sim->now_us + delay,
                                      .run = name_answers,
                                      .epoch = sim->epoch,
                                      .msg = answer});
}
