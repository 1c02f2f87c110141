/* sim_class.c: classes and methods by name: arrays that are searched, methods sorted by selector so
 * that a class of thousands of them costs a send little. */

#include "sim/sim_class.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "runtime/alloc.h"

/* ---- names and variables ----------------------------------------------------------------- */

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

void
sim_variables_mark (const struct sim_variables *self, struct sim_heap *heap)
{
    for (size_t i = 0; i < self->count; i++)
        sim_heap_mark (heap, self->items[i].value);
}

void
sim_variables_fini (struct sim_variables *self)
{
    for (size_t i = 0; i < self->count; i++)
        free (self->items[i].name);
    free (self->items);
    *self = (struct sim_variables){0};
}

void
sim_names_add (struct sim_names *self, const char *name, size_t size)
{
    stui_grow (&self->items, &self->room, self->count, sizeof *self->items);
    self->items[self->count++] = stui_strndup (name, size);
}

bool
sim_names_have (const struct sim_names *self, const char *name)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp (self->items[i], name) == 0)
            return true;
    return false;
}

void
sim_names_fini (struct sim_names *self)
{
    for (size_t i = 0; i < self->count; i++)
        free (self->items[i]);
    free (self->items);
    *self = (struct sim_names){0};
}

int
sim_compare_names (const char *one, const char *other)
{
    int order = strcasecmp (one, other);
    return order ? order : strcmp (one, other);
}

/* ---- bodies -------------------------------------------------------------------------------- */

struct sim_class_body *
sim_class_body_new (const char *name)
{
    struct sim_class_body *self = stui_alloc (sizeof *self);
    self->name = stui_strdup (name);
    self->package = stui_strdup ("");
    self->comment = stui_strdup ("");
    return self;
}

void
sim_class_body_destroy (struct sim_class_body **self_p)
{
    struct sim_class_body *self = *self_p;
    if (!self)
        return;
    for (int side = 0; side < SIM_SIDE_COUNT; side++) {
        for (size_t i = 0; i < self->methods[side].count; i++) {
            free (self->methods[side].items[i].selector);
            free (self->methods[side].items[i].category);
            free (self->methods[side].items[i].source);
        }
        free (self->methods[side].items);
        sim_names_fini (&self->names[side]);
    }
    sim_variables_fini (&self->class_variables);
    sim_variables_fini (&self->own);
    free (self->name);
    free (self->package);
    free (self->comment);
    free (self);
    *self_p = NULL;
}

void
sim_class_body_mark (const struct sim_class_body *self, struct sim_heap *heap)
{
    sim_variables_mark (&self->class_variables, heap);
    sim_variables_mark (&self->own, heap);
    for (int side = 0; side < SIM_SIDE_COUNT; side++)
        for (size_t i = 0; i < self->methods[side].count; i++)
            sim_heap_mark (heap, self->methods[side].items[i].code);
}

void
sim_library_destroy (struct sim_library **self_p)
{
    struct sim_library *self = *self_p;
    if (!self)
        return;
    for (int i = 0; i < SIM_CLASS_COUNT; i++)
        sim_class_body_destroy (&self->added[i]);
    free (self->classes);
    free (self);
    *self_p = NULL;
}

void
sim_library_mark (const struct sim_library *self, struct sim_heap *heap)
{
    for (size_t i = 0; self && i < self->class_count; i++)
        sim_heap_mark (heap, self->classes[i]);
    for (int i = 0; self && i < SIM_CLASS_COUNT; i++)
        if (self->added[i])
            sim_class_body_mark (self->added[i], heap);
}

/* ---- finding --------------------------------------------------------------------------------- */

bool
sim_library_find (const struct sim_library *self, const char *name, struct sim_value *class)
{
    for (size_t i = 0; self && i < self->class_count; i++)
        if (strcmp (self->classes[i].object->body->name, name) == 0) {
            *class = self->classes[i];
            return true;
        }
    for (int i = 0; i < SIM_CLASS_COUNT; i++)
        if (strcmp (sim_kernel_names[i], name) == 0) {
            *class = sim_class_value ((enum sim_class) i);
            return true;
        }
    return false;
}

struct sim_class_body *
sim_library_body (const struct sim_library *self, struct sim_value class)
{
    if (class.kind == SIM_OBJECT)
        return class.object->body;
    return self && class.kind == SIM_CLASS ? self->added[class.number] : NULL;
}

static int
compare_selector (const void *selector, const void *method)
{
    return strcmp (selector, ((const struct sim_method *) method)->selector);
}

const struct sim_method *
sim_library_method (const struct sim_library *self, struct sim_value class, enum sim_side side,
                    const char *selector)
{
    const struct sim_class_body *body = sim_library_body (self, class);
    if (!body || body->methods[side].count == 0)
        return NULL;
    return bsearch (selector, body->methods[side].items, body->methods[side].count,
                    sizeof (struct sim_method), compare_selector);
}

const struct sim_method *
sim_library_lookup (const struct sim_library *self, struct sim_value class, enum sim_side side,
                    const char *selector)
{
    if (!self)
        return NULL;
    for (; class.kind != SIM_NIL; class = sim_superclass (class)) {
        const struct sim_method *method = sim_library_method (self, class, side, selector);
        if (method)
            return method;
        if (class.kind == SIM_CLASS
            && sim_kernel_has ((enum sim_class) class.number, side, selector))
            return NULL;
    }
    if (side == SIM_SIDE_INSTANCE)
        return NULL;
    return sim_library_lookup (self, sim_class_value (SIM_CLASS_CLASS_CLASS), SIM_SIDE_INSTANCE,
                               selector);
}

static int
compare_classes (const void *one, const void *other)
{
    return sim_compare_names (sim_class_name (*(const struct sim_value *) one),
                              sim_class_name (*(const struct sim_value *) other));
}

struct sim_value *
sim_library_list (const struct sim_library *self, size_t *count)
{
    size_t defined = self ? self->class_count : 0;
    struct sim_value *list = stui_alloc ((SIM_CLASS_COUNT + defined) * sizeof *list);
    *count = 0;
    for (int i = 0; i < SIM_CLASS_COUNT; i++)
        if (sim_kernel_is_class ((enum sim_class) i))
            list[(*count)++] = sim_class_value ((enum sim_class) i);
    for (size_t i = 0; i < defined; i++)
        list[(*count)++] = self->classes[i];
    qsort (list, *count, sizeof *list, compare_classes);
    return list;
}

/* ---- variables that code sees ------------------------------------------------------------- */

size_t
sim_class_size (const struct sim_library *self, struct sim_value class)
{
    size_t size = 0;
    for (; class.kind == SIM_OBJECT; class = sim_superclass (class))
        size += sim_library_body (self, class)->names[SIM_SIDE_INSTANCE].count;
    return size;
}

void
sim_class_list_variables (struct sim_value class, struct sim_names *all)
{
    if (class.kind != SIM_OBJECT)
        return;
    sim_class_list_variables (sim_superclass (class), all);
    const struct sim_names *own = &class.object->body->names[SIM_SIDE_INSTANCE];
    for (size_t i = 0; i < own->count; i++)
        sim_names_add (all, own->items[i], strlen (own->items[i]));
}

bool
sim_class_has_variable (const struct sim_library *self, struct sim_value class, enum sim_side side,
                        const char *name, size_t *index)
{
    for (; class.kind == SIM_OBJECT; class = sim_superclass (class)) {
        const struct sim_names *names = &sim_library_body (self, class)->names[side];
        for (size_t i = 0; i < names->count; i++)
            if (strcmp (names->items[i], name) == 0) {
                *index = sim_class_size (self, sim_superclass (class)) + i;
                return true;
            }
    }
    return false;
}

struct sim_value *
sim_class_variable (const struct sim_library *self, struct sim_value class, const char *name)
{
    for (; class.kind == SIM_OBJECT; class = sim_superclass (class)) {
        struct sim_class_body *body = sim_library_body (self, class);
        struct sim_value *found = sim_variables_find (&body->class_variables, name, strlen (name));
        if (found)
            return found;
    }
    return NULL;
}
