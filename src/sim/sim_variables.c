/* sim_variables.c: which variable a name means where code runs: from the inside out, temporaries that
 * a debugger shows, the variables of self, those of its classes, of the session, of the image. Owns
 * nothing. */

#include <string.h>

#include "sim/sim_run.h"

/* The instance variable NAME of RECEIVER, if code of OWNER's side SIDE sees one. */
static struct sim_value *
instance_variable (const struct sim_run *self, struct sim_value owner, enum sim_side side,
                   struct sim_value receiver, const char *name)
{
    const struct sim_library *library = self->world->library;
    size_t index;
    if (!sim_class_has_variable (library, owner, side, name, &index))
        return NULL;
    if (side == SIM_SIDE_CLASS)
        return sim_is (receiver, SIM_SHAPE_CLASS)
                   ? sim_variables_declare (&receiver.object->body->own, name, strlen (name))
                   : NULL;
    const struct sim_value *values = sim_instance_variables (receiver);
    return values && values->kind == SIM_OBJECT && index < values->object->count
               ? &values->object->values[index]
               : NULL;
}

/* The temporary NAME of the activation in which a debugger evaluates CODE. */
static struct sim_value *
debugged_temporary (const struct sim_object *code, const char *name)
{
    struct sim_value environment = code->values[SIM_CODE_FRAME_ENVIRONMENT];
    if (code->values[SIM_CODE_FRAME_CODE].kind != SIM_OBJECT)
        return NULL;
    const struct sim_block *blocks = code->values[SIM_CODE_FRAME_CODE].object->code->blocks;
    size_t index = (size_t) code->values[SIM_CODE_FRAME_BLOCK].number, size;
    for (;; index = blocks[index].outer) {
        for (size_t i = 0; i < blocks[index].slots; i++) {
            const char *slot = sim_block_name (&blocks[index], i, &size);
            if (strlen (name) == size && memcmp (slot, name, size) == 0)
                return &environment.object->values[i + 1];
        }
        if (index == 0)
            return NULL;
        if (blocks[index].slots > 0)
            environment = environment.object->values[0];
    }
}

struct sim_value *
sim_run_variable (struct sim_run *self, const struct sim_frame *frame, const char *name)
{
    const struct sim_object *code = frame->code.object;
    struct sim_value owner = code->values[SIM_CODE_OWNER];
    bool is_class_side = code->values[SIM_CODE_SIDE].kind == SIM_TRUE;
    struct sim_value *found = debugged_temporary (code, name);
    if (!found)
        found = instance_variable (self, owner, is_class_side ? SIM_SIDE_CLASS : SIM_SIDE_INSTANCE,
                                   frame->receiver, name);
    if (!found)
        found = sim_class_variable (self->world->library, owner, name);
    if (!found && !code->code->selector)
        found = sim_variables_find (&self->scope->variables, name, strlen (name));
    return found ? found : sim_variables_find (&self->world->globals, name, strlen (name));
}
