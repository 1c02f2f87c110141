/* world_net.c: links between supervisors and images, and names. A link is two beliefs, stui's and
 * the image's, that it is open; what was sent on it arrives in order or not at all. */

#include "simulate/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"

struct world_link *
world_net_find (const struct world *world, uint64_t number)
{
    return number > 0 && number <= world->link_count ? world->links[number - 1] : NULL;
}

static void
link_free (struct world_link *link)
{
    for (size_t index = 0; link && index < link->held_count; index++)
        free (link->held[index].text);
    if (link)
        free (link->held);
    free (link);
}

void
world_net_fini (struct world *world)
{
    for (size_t index = 0; index < world->link_count; index++)
        link_free (world->links[index]);
    free (world->links);
}

static void
net_later (struct world *world, world_run *run, uint64_t link, int64_t low_us, int64_t high_us)
{
    world_push (
        world, (struct world_event){.at_us = world->now_us + world_between (world, low_us, high_us),
                                    .run = run,
                                    .number = link});
}

/* ---- The ends go ---------------------------------------------------------------------------------- */

static void
stui_end_closed (struct world *world, struct world_event *event)
{
    struct world_link *link = world_net_find (world, event->number);
    if (!link || !link->stui_open)
        return;
    if (link->silent || world->images[link->target].black) { /* nobody is told: not yet */
        net_later (world, stui_end_closed, event->number, 500 * WORLD_MS, 500 * WORLD_MS);
        return;
    }
    link->stui_open = false;
    world_trace (world, "link %llu closes at stui", (unsigned long long) link->number);
    char super[STUI_ACTOR_ID_MAX + 1];
    memcpy (super, link->super, sizeof super);
    world_super_link (world, super, event->number, SUPERVISE_LINK_CLOSED, "by the image's side");
}

static void
image_end_closed (struct world *world, struct world_event *event)
{
    struct world_link *link = world_net_find (world, event->number);
    if (!link)
        return;
    if (link->silent || world->images[link->target].black) {
        net_later (world, image_end_closed, event->number, 500 * WORLD_MS, 500 * WORLD_MS);
        return;
    }
    if (link->image_open)
        world_trace (world, "link %llu closes at its image", (unsigned long long) link->number);
    link->image_open = false;
    if (!link->stui_open) {
        world->links[link->number - 1] = NULL;
        link_free (link);
    }
}

void
world_net_close (struct world *world, uint64_t number)
{
    struct world_link *link = world_net_find (world, number);
    if (!link)
        return;
    link->stui_open = false;
    /* After what was written before. */
    int64_t after = link->up_us > world->now_us ? link->up_us - world->now_us : 0;
    net_later (world, image_end_closed, number, after + 1, after + 20 * WORLD_MS);
}

void
world_net_drop (struct world *world, uint64_t number, bool told)
{
    struct world_link *link = world_net_find (world, number);
    if (!link)
        return;
    link->image_open = false;
    if (told)
        net_later (world, stui_end_closed, number, 100, 20 * WORLD_MS);
}

void
world_net_cut (struct world *world, uint64_t number)
{
    struct world_link *link = world_net_find (world, number);
    link->lose_up = world_chance (world, 50);
    link->lose_down = world_chance (world, 50);
    net_later (world, stui_end_closed, number, 1, 50 * WORLD_MS);
    net_later (world, image_end_closed, number, 1, 50 * WORLD_MS);
}

/* ---- What is sent ----------------------------------------------------------------------------------- */

static void
up_arrives (struct world *world, struct world_event *event)
{
    struct world_link *link = world_net_find (world, event->number);
    if (!link || !link->image_open || link->lose_up)
        return;
    world_trace (world, "link %llu up %.150s", (unsigned long long) link->number, event->text);
    world_image_receive (world, link, event->text);
}

static void
down_arrives (struct world *world, struct world_event *event)
{
    struct world_link *link = world_net_find (world, event->number);
    if (!link || !link->stui_open || link->lose_down)
        return;
    world_trace (world, "link %llu down %.150s", (unsigned long long) link->number, event->text);
    char super[STUI_ACTOR_ID_MAX + 1];
    memcpy (super, link->super, sizeof super);
    world_super_receive (world, super, event->number, event->text);
}

static void
net_pass (struct world *world, struct world_link *link, bool up, const char *text)
{
    if (link->silent) {
        stui_grow (&link->held, &link->held_capacity, link->held_count, sizeof *link->held);
        link->held[link->held_count++] = (struct world_held){up, stui_strdup (text)};
        return;
    }
    int64_t at =
        world->now_us
        + world_between (world, 200, world_chance (world, 5) ? 300 * WORLD_MS : 4 * WORLD_MS);
    int64_t *last = up ? &link->up_us : &link->down_us;
    *last = at > *last ? at : *last + 1;
    world_push (world, (struct world_event){.at_us = *last,
                                            .run = up ? up_arrives : down_arrives,
                                            .number = link->number,
                                            .text = stui_strdup (text)});
}

int
world_net_up (struct world *world, uint64_t number, const char *text)
{
    struct world_link *link = world_net_find (world, number);
    if (!link || !link->stui_open)
        return -1;
    if (!link->image_open && !link->silent) /* the other end knows nothing of it: a reset */
        net_later (world, stui_end_closed, number, 1 * WORLD_MS, 10 * WORLD_MS);
    else
        net_pass (world, link, true, text);
    return 0;
}

void
world_net_down (struct world *world, uint64_t number, const char *text)
{
    struct world_link *link = world_net_find (world, number);
    if (link && link->image_open)
        net_pass (world, link, false, text);
}

void
world_net_heal (struct world *world, uint64_t number)
{
    struct world_link *link = world_net_find (world, number);
    if (!link || !link->silent)
        return;
    link->silent = false;
    bool reset = world_chance (world, 40);
    world_trace (world, "link %llu %s", (unsigned long long) number,
                 reset ? "is reset" : "passes again");
    for (size_t index = 0; index < link->held_count; index++) {
        if (!reset)
            net_pass (world, link, link->held[index].up, link->held[index].text);
        free (link->held[index].text);
    }
    link->held_count = 0;
    if (reset) {
        net_later (world, stui_end_closed, number, 1, 10 * WORLD_MS);
        net_later (world, image_end_closed, number, 1, 10 * WORLD_MS);
    }
}

/* ---- Opening ------------------------------------------------------------------------------------------ */

static void
link_shakes (struct world *world, struct world_event *event)
{
    struct world_link *link = world_net_find (world, event->number);
    if (!link || !link->stui_open)
        return;
    struct world_image *image = &world->images[link->target];
    if (!image->running) {
        net_later (world, stui_end_closed, event->number, 100, 5 * WORLD_MS);
        return;
    }
    if (image->frozen || image->black || link->silent) {
        net_later (world, link_shakes, event->number, 200 * WORLD_MS, 200 * WORLD_MS);
        return;
    }
    link->image_open = true;
    char super[STUI_ACTOR_ID_MAX + 1];
    memcpy (super, link->super, sizeof super);
    world_super_link (world, super, event->number, SUPERVISE_LINK_HANDSHAKEN, "");
}

static void
link_connects (struct world *world, struct world_event *event)
{
    struct world_link *link = world_net_find (world, event->number);
    if (!link || !link->stui_open)
        return;
    const struct world_image *image = &world->images[link->target];
    if (image->black)
        return; /* no answer, ever */
    if (!image->running) {
        net_later (world, stui_end_closed, event->number, 100, 5 * WORLD_MS);
        return;
    }
    int64_t slow = world_chance (world, 5) ? 4 * WORLD_S : 5 * WORLD_MS;
    net_later (world, link_shakes, event->number, 200, slow);
    char super[STUI_ACTOR_ID_MAX + 1];
    memcpy (super, link->super, sizeof super);
    world_super_link (world, super, event->number, SUPERVISE_LINK_CONNECTED, "");
}

uint64_t
world_net_open (struct world *world, const char *super, const char *endpoint)
{
    struct world_link *link = stui_alloc (sizeof *link);
    unsigned target = WORLD_IMAGES_MAX;
    if (sscanf (endpoint, "tcp://10.0.%*u.%u:", &target) != 1 || target >= WORLD_IMAGES_MAX)
        world_fail (world, "%s connects to %s, which nobody told it", super, endpoint);
    stui_grow (&world->links, &world->link_capacity, world->link_count, sizeof *world->links);
    world->links[world->link_count++] = link;
    link->number = world->link_count;
    link->target = (int) (target % WORLD_IMAGES_MAX);
    link->stui_open = true;
    snprintf (link->super, sizeof link->super, "%s", super);
    world_trace (world, "%s opens link %llu to %s", super, (unsigned long long) link->number,
                 endpoint);
    net_later (world, link_connects, link->number, 100, 20 * WORLD_MS);
    return link->number;
}

/* ---- Names ---------------------------------------------------------------------------------------------- */

static void
name_answers (struct world *world, struct world_event *event)
{
    world_send (world, "netwatch#1", event->msg);
    event->msg = NULL;
}

void
world_netwatch_take (struct world *world, const struct msg *msg)
{
    if (msg->verb != MSG_RESOLVE)
        return;
    unsigned route, target;
    struct msg *answer;
    if (world->names_fail || sscanf (msg_text (msg, 0), "image%u-%u.sim", &target, &route) != 2) {
        answer = msg_error (msg, STUI_E_NOT_FOUND, "there is no such name", NULL);
    }
    else {
        char *result = stui_printf ("{\"addresses\":[\"10.0.%u.%u\"]}", route, target);
        answer = msg_ok (msg, result);
        free (result);
    }
    int64_t delay = world->names_fail && world_chance (world, 50)
                        ? 8 * WORLD_S
                        : world_between (world, 1 * WORLD_MS, 50 * WORLD_MS);
    world_push (world, (struct world_event){.at_us = world->now_us + delay,
                                            .run = name_answers,
                                            .epoch = world->epoch,
                                            .msg = answer});
}
