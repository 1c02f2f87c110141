/* sim_clock.c: the virtual clock: a heap of what is to happen, the trace with its hash, and the
 * first failure. */

#include "simulate/sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"

static bool
event_before (const struct sim_event *one, const struct sim_event *other)
{
    return one->at_us != other->at_us ? one->at_us < other->at_us : one->order < other->order;
}

static void
event_swap (struct sim_event *one, struct sim_event *other)
{
    struct sim_event kept = *one;
    *one = *other;
    *other = kept;
}

void
sim_push (struct sim *sim, struct sim_event event)
{
    event.order = ++sim->last_order;
    stui_grow (&sim->events, &sim->event_capacity, sim->event_count, sizeof *sim->events);
    size_t at = sim->event_count++;
    sim->events[at] = event;
    for (; at > 0 && event_before (&sim->events[at], &sim->events[(at - 1) / 2]); at = (at - 1) / 2)
        event_swap (&sim->events[at], &sim->events[(at - 1) / 2]);
}

static struct sim_event
event_pop (struct sim *sim)
{
    struct sim_event first = sim->events[0];
    sim->events[0] = sim->events[--sim->event_count];
    for (size_t at = 0;;) {
        size_t least = at, left = 2 * at + 1;
        for (size_t child = left; child < left + 2 && child < sim->event_count; child++)
            if (event_before (&sim->events[child], &sim->events[least]))
                least = child;
        if (least == at)
            return first;
        event_swap (&sim->events[at], &sim->events[least]);
        at = least;
    }
}

static void
event_fini (struct sim_event *event)
{
    free (event->text);
    msg_destroy (&event->msg);
}

bool
sim_step (struct sim *sim)
{
    if (sim->event_count == 0)
        return false;
    struct sim_event event = event_pop (sim);
    if (event.at_us > sim->now_us)
        sim->now_us = event.at_us;
    if (event.epoch == 0 || (event.epoch == sim->epoch && sim->up)) {
        sim->steps++;
        event.run (sim, &event);
        sim_check_step (sim);
    }
    event_fini (&event);
    return true;
}

void
sim_events_fini (struct sim *sim)
{
    for (size_t index = 0; index < sim->event_count; index++)
        event_fini (&sim->events[index]);
    free (sim->events);
}

int64_t
sim_between (struct sim *sim, int64_t low, int64_t high)
{
    return low + (int64_t) random_below (&sim->random, (uint64_t) (high - low + 1));
}

bool
sim_chance (struct sim *sim, int percent)
{
    return sim_between (sim, 0, 99) < percent;
}

int64_t
sim_wall_ms (const struct sim *sim)
{
    return sim->wall_base_ms + sim->now_us / SIM_MS;
}

void
sim_uuid (struct sim *sim, char text[STUI_UUID_LEN + 1])
{
    uuid_next (&sim->uuid, sim->now_us / SIM_MS + 1, &sim->ids, text);
}

static void
trace_line (struct sim *sim, const char *format, va_list args)
{
    char line[1024];
    int length = snprintf (line, sizeof line, "%10.3f ", (double) sim->now_us / 1e6);
    vsnprintf (line + length, sizeof line - (size_t) length, format, args);
    for (const char *at = line; *at; at++) /* FNV-1a */
        sim->hash = (sim->hash ^ (unsigned char) *at) * UINT64_C (0x100000001b3);
    if (sim->trace)
        puts (line);
}

void
sim_trace (struct sim *sim, const char *format, ...)
{
    va_list args;
    va_start (args, format);
    trace_line (sim, format, args);
    va_end (args);
}

void
sim_fault_note (struct sim *sim, enum sim_fault fault, const char *format, ...)
{
    sim->faults[fault]++;
    va_list args;
    va_start (args, format);
    trace_line (sim, format, args);
    va_end (args);
}

void
sim_fail (struct sim *sim, const char *format, ...)
{
    if (sim->failed)
        return;
    sim->failed = true;
    va_list args;
    va_start (args, format);
    vsnprintf (sim->failure, sizeof sim->failure, format, args);
    va_end (args);
    sim_trace (sim, "BROKEN: %s", sim->failure);
}
