/* sim_world.c: worlds and scopes, the objects that inspectors hold, and the collection of what nobody
 * reaches: it begins at scopes, globals, definitions, stacks and frames. A world owns its heap, its
 * globals, its definitions and its lists. */

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "sim/sim_run.h"

/* ---- worlds and scopes --------------------------------------------------------------------- */

struct sim_world *
sim_world_new (void)
{
    return stui_alloc (sizeof (struct sim_world));
}

void
sim_world_destroy (struct sim_world **self_p)
{
    struct sim_world *self = *self_p;
    if (!self)
        return;
    sim_variables_fini (&self->globals);
    sim_library_destroy (&self->library);
    sim_heap_fini (&self->heap);
    free (self);
    *self_p = NULL;
}

size_t
sim_world_bytes (const struct sim_world *self)
{
    return self->heap.bytes;
}

size_t
sim_world_objects (const struct sim_world *self)
{
    size_t count = 0;
    for (const struct sim_object *object = self->heap.objects; object; object = object->next)
        count++;
    return count;
}

struct sim_scope *
sim_scope_new (struct sim_world *world)
{
    struct sim_scope *self = stui_alloc (sizeof *self);
    self->world = world;
    self->next = world->scopes;
    world->scopes = self;
    return self;
}

void
sim_scope_destroy (struct sim_scope **self_p)
{
    struct sim_scope *self = *self_p;
    if (!self)
        return;
    struct sim_scope **link = &self->world->scopes;
    while (*link != self)
        link = &(*link)->next;
    *link = self->next;
    sim_variables_fini (&self->variables);
    if (self->held)
        free (self->held->rows);
    free (self->held);
    free (self);
    *self_p = NULL;
}

static void
mark_run (const struct sim_run *run, struct sim_heap *heap)
{
    for (size_t i = 0; i < run->stack_count; i++)
        sim_heap_mark (heap, run->stack[i]);
    for (size_t i = 0; i < run->frame_count; i++) {
        sim_heap_mark (heap, run->frames[i].code);
        sim_heap_mark (heap, run->frames[i].environment);
        sim_heap_mark (heap, run->frames[i].receiver);
        sim_heap_mark (heap, run->frames[i].handled);
        sim_heap_mark (heap, run->frames[i].handler);
        sim_heap_mark (heap, run->frames[i].exception);
        sim_heap_mark (heap, run->frames[i].cleanup);
        sim_heap_mark (heap, run->frames[i].pending);
    }
    sim_heap_mark (heap, run->exception);
    sim_heap_mark (heap, run->value);
}

void
sim_world_collect (struct sim_world *self)
{
    sim_variables_mark (&self->globals, &self->heap);
    sim_library_mark (self->library, &self->heap);
    for (struct sim_scope *scope = self->scopes; scope; scope = scope->next) {
        sim_variables_mark (&scope->variables, &self->heap);
        for (size_t i = 0; scope->held && i < scope->held->count; i++)
            sim_heap_mark (&self->heap, scope->held->rows[i].value);
    }
    for (struct sim_run *run = self->runs; run; run = run->next)
        mark_run (run, &self->heap);
    sim_heap_sweep (&self->heap);
}
