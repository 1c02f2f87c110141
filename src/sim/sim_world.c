/* sim_world.c: worlds and scopes: variables by name, and the collection of what nobody reaches: it
 * begins at scopes, globals, stacks and frames. A world owns its heap, its globals and its lists. */

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "sim/sim_run.h"

/* ---- variables --------------------------------------------------------------------------- */

struct sim_value *
sim_variables_find (const struct sim_variables *self, const char *name, size_t size)
{
    for (size_t i = 0; i < self->count; i++)
        if (strncmp (self->items[i].name, name, size) == 0 && self->items[i].name[size] == '\0')
            return &self->items[i].value;
    return NULL;
}

struct sim_value *
sim_variables_declare (struct sim_variables *self, const char *name, size_t size)
{
    struct sim_value *found = sim_variables_find (self, name, size);
    if (found)
        return found;
    stui_grow (&self->items, &self->room, self->count, sizeof *self->items);
    self->items[self->count] = (struct sim_variable){.name = stui_strndup (name, size)};
    return &self->items[self->count++].value;
}

static void
variables_mark (const struct sim_variables *self, struct sim_heap *heap)
{
    for (size_t i = 0; i < self->count; i++)
        sim_heap_mark (heap, self->items[i].value);
}

static void
variables_fini (struct sim_variables *self)
{
    for (size_t i = 0; i < self->count; i++)
        free (self->items[i].name);
    free (self->items);
}

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
    variables_fini (&self->globals);
    sim_heap_fini (&self->heap);
    free (self);
    *self_p = NULL;
}

size_t
sim_world_bytes (const struct sim_world *self)
{
    return self->heap.bytes;
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
    variables_fini (&self->variables);
    free (self);
    *self_p = NULL;
}

void
sim_world_collect (struct sim_world *self)
{
    variables_mark (&self->globals, &self->heap);
    for (struct sim_scope *scope = self->scopes; scope; scope = scope->next)
        variables_mark (&scope->variables, &self->heap);
    for (struct sim_run *run = self->runs; run; run = run->next) {
        for (size_t i = 0; i < run->stack_count; i++)
            sim_heap_mark (&self->heap, run->stack[i]);
        for (size_t i = 0; i < run->frame_count; i++) {
            sim_heap_mark (&self->heap, run->frames[i].code);
            sim_heap_mark (&self->heap, run->frames[i].environment);
            sim_heap_mark (&self->heap, run->frames[i].handler);
            sim_heap_mark (&self->heap, run->frames[i].exception);
        }
    }
    sim_heap_sweep (&self->heap);
}
