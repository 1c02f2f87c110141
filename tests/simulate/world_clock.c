/* world_clock.c: the virtual clock: a heap of what is to happen, the trace with its hash, and the
 * first failure. */

#include "simulate/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"

static bool
event_before (const struct world_event *one, const struct world_event *other)
{
    return one->at_us != other->at_us ? one->at_us < other->at_us : one->order < other->order;
}

static void
event_swap (struct world_event *one, struct world_event *other)
{
    struct world_event kept = *one;
    *one = *other;
    *other = kept;
}

void
world_push (struct world *world, struct world_event event)
{
    event.order = ++world->last_order;
    stui_grow (&world->events, &world->event_capacity, world->event_count, sizeof *world->events);
    size_t at = world->event_count++;
    world->events[at] = event;
    for (; at > 0 && event_before (&world->events[at], &world->events[(at - 1) / 2]);
         at = (at - 1) / 2)
        event_swap (&world->events[at], &world->events[(at - 1) / 2]);
}

static struct world_event
event_pop (struct world *world)
{
    struct world_event first = world->events[0];
    world->events[0] = world->events[--world->event_count];
    for (size_t at = 0;;) {
        size_t least = at, left = 2 * at + 1;
        for (size_t child = left; child < left + 2 && child < world->event_count; child++)
            if (event_before (&world->events[child], &world->events[least]))
                least = child;
        if (least == at)
            return first;
        event_swap (&world->events[at], &world->events[least]);
        at = least;
    }
}

static void
event_fini (struct world_event *event)
{
    free (event->text);
    msg_destroy (&event->msg);
}

bool
world_step (struct world *world)
{
    if (world->event_count == 0)
        return false;
    struct world_event event = event_pop (world);
    if (event.at_us > world->now_us)
        world->now_us = event.at_us;
    if (event.epoch == 0 || (event.epoch == world->epoch && world->up)) {
        world->steps++;
        event.run (world, &event);
        world_check_step (world);
    }
    event_fini (&event);
    return true;
}

void
world_events_fini (struct world *world)
{
    for (size_t index = 0; index < world->event_count; index++)
        event_fini (&world->events[index]);
    free (world->events);
}

int64_t
world_between (struct world *world, int64_t low, int64_t high)
{
    return low + (int64_t) random_below (&world->random, (uint64_t) (high - low + 1));
}

bool
world_chance (struct world *world, int percent)
{
    return world_between (world, 0, 99) < percent;
}

int64_t
world_wall_ms (const struct world *world)
{
    return world->wall_base_ms + world->slept_ms + world->now_us / WORLD_MS;
}

void
world_uuid (struct world *world, char text[STUI_UUID_LEN + 1])
{
    uuid_next (&world->uuid, world->now_us / WORLD_MS + 1, &world->ids, text);
}

static void
trace_line (struct world *world, const char *format, va_list args)
{
    char line[1024];
    int length = snprintf (line, sizeof line, "%10.3f ", (double) world->now_us / 1e6);
    vsnprintf (line + length, sizeof line - (size_t) length, format, args);
    for (const char *at = line; *at; at++) /* FNV-1a */
        world->hash = (world->hash ^ (unsigned char) *at) * UINT64_C (0x100000001b3);
    if (world->trace)
        puts (line);
}

void
world_trace (struct world *world, const char *format, ...)
{
    va_list args;
    va_start (args, format);
    trace_line (world, format, args);
    va_end (args);
}

void
world_fault_note (struct world *world, enum world_fault fault, const char *format, ...)
{
    world->faults[fault]++;
    va_list args;
    va_start (args, format);
    trace_line (world, format, args);
    va_end (args);
}

void
world_fail (struct world *world, const char *format, ...)
{
    if (world->failed)
        return;
    world->failed = true;
    va_list args;
    va_start (args, format);
    vsnprintf (world->failure, sizeof world->failure, format, args);
    va_end (args);
    world_trace (world, "BROKEN: %s", world->failure);
}
