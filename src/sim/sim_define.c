/* sim_define.c: changes what is defined in a simulated image. What a definition would break is
 * refused before anything is changed. */

#include "sim/sim_define.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "sim/sim_run.h"

static struct sim_library *
library_of (struct sim_world *world)
{
    if (!world->library)
        world->library = stui_alloc (sizeof *world->library);
    return world->library;
}

/* ---- what may be defined ------------------------------------------------------------------- */

static bool
is_identifier (const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    static const char *const reserved[] = {"nil", "true", "false", "self", "super", "thisContext"};
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (strcmp (text, reserved[i]) == 0)
            return false;
    size_t size = strspn (text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
    return *text && strchr (letters, *text) && text[size] == '\0' && size <= SIM_NAME_BYTES_MAX;
}

static int
check_names (const struct sim_names *names, struct stui_cause *cause)
{
    if (names->count > SIM_VARIABLES_MAX)
        return stui_fail (cause, STUI_E_INVALID_REQUEST, "a class has at most %d variables",
                          SIM_VARIABLES_MAX);
    for (size_t i = 0; i < names->count; i++) {
        if (!is_identifier (names->items[i]))
            return stui_fail (cause, STUI_E_INVALID_REQUEST, "'%.100s' is no name of a variable",
                              names->items[i]);
        for (size_t other = 0; other < i; other++)
            if (strcmp (names->items[i], names->items[other]) == 0)
                return stui_fail (cause, STUI_E_INVALID_REQUEST,
                                  "the variable %.100s is there twice", names->items[i]);
    }
    return 0;
}

/* Names of NAMES that SUPERCLASS has already. */
static int
check_inherited (const struct sim_library *library, struct sim_value superclass, enum sim_side side,
                 const struct sim_names *names, struct stui_cause *cause)
{
    size_t ignored;
    for (size_t i = 0; i < names->count; i++)
        if (sim_class_has_variable (library, superclass, side, names->items[i], &ignored))
            return stui_fail (cause, STUI_E_INVALID_REQUEST,
                              "the variable %.100s is inherited from %.100s", names->items[i],
                              sim_class_name (superclass));
    return 0;
}

/* Names that CLASS's subclasses have already. */
static int
check_subclasses (const struct sim_library *library, struct sim_value class, enum sim_side side,
                  const struct sim_names *names, struct stui_cause *cause)
{
    for (size_t i = 0; i < library->class_count; i++) {
        struct sim_value other = library->classes[i];
        if (sim_identical (other, class) || !sim_class_inherits (other, class))
            continue;
        const struct sim_names *own = &other.object->body->names[side];
        for (size_t name = 0; name < names->count; name++)
            if (sim_names_have (own, names->items[name]))
                return stui_fail (cause, STUI_E_INVALID_REQUEST,
                                  "the variable %.100s is defined by the subclass %.100s",
                                  names->items[name], sim_class_name (other));
    }
    return 0;
}

static int
find_superclass (const struct sim_library *library, const char *name, struct sim_value *class,
                 struct stui_cause *cause)
{
    *class = sim_nil ();
    if (!name)
        return 0;
    if (!sim_library_find (library, name, class)
        || (class->kind == SIM_CLASS && !sim_kernel_is_class ((enum sim_class) class->number)))
        return stui_fail (cause, STUI_E_CLASS_NOT_FOUND, "there is no class %.100s", name);
    return 0;
}

/* ---- changing a class ---------------------------------------------------------------------- */

struct layout { /* of a class that is about to change */
    struct sim_value class;
    struct sim_names names;
};

/* Gives INSTANCE room for the variables that its class has now, and moves the values by name. */
static void
move_variables (struct sim_world *world, struct sim_value instance, const struct sim_names *before)
{
    struct sim_value *variables = sim_instance_variables (instance), old = *variables;
    struct sim_names now = {0};
    sim_class_list_variables (sim_class_of (instance), &now);
    *variables =
        now.count > 0 ? sim_heap_new (&world->heap, SIM_SHAPE_ARRAY, now.count) : sim_nil ();
    for (size_t to = 0; to < now.count; to++)
        for (size_t from = 0; old.kind == SIM_OBJECT && from < before->count; from++)
            if (from < old.object->count && strcmp (before->items[from], now.items[to]) == 0)
                variables->object->values[to] = old.object->values[from];
    sim_names_fini (&now);
}

/* Changes CLASS (its names are taken from DEFINITION) and all instances of it and below. */
static void
change_class (struct sim_world *world, struct sim_value class, struct sim_value superclass,
              struct sim_definition *definition)
{
    const struct sim_library *library = world->library;
    struct layout *layouts = stui_alloc (library->class_count * sizeof *layouts);
    size_t count = 0;
    for (size_t i = 0; i < library->class_count; i++)
        if (sim_class_inherits (library->classes[i], class)) {
            layouts[count].class = library->classes[i];
            sim_class_list_variables (library->classes[i], &layouts[count++].names);
        }
    struct sim_names *names = &class.object->body->names[SIM_SIDE_INSTANCE], old = *names;
    *names = definition->names;
    definition->names = old; /* freed with the rest of it */
    class.object->values[0] = superclass;
    for (struct sim_object *object = world->heap.objects; object; object = object->next) {
        struct sim_value instance = {.kind = SIM_OBJECT, .object = object};
        if (!sim_instance_variables (instance))
            continue;
        for (size_t i = 0; i < count; i++)
            if (sim_identical (sim_class_of (instance), layouts[i].class))
                move_variables (world, instance, &layouts[i].names);
    }
    for (size_t i = 0; i < count; i++)
        sim_names_fini (&layouts[i].names);
    free (layouts);
}

static void
set_class_variables (struct sim_class_body *body, const struct sim_names *names)
{
    struct sim_variables kept = {0};
    for (size_t i = 0; i < names->count; i++) {
        size_t size = strlen (names->items[i]);
        const struct sim_value *value =
            sim_variables_find (&body->class_variables, names->items[i], size);
        struct sim_value old = value ? *value : sim_nil ();
        *sim_variables_declare (&kept, names->items[i], size) = old;
    }
    sim_variables_fini (&body->class_variables);
    body->class_variables = kept;
}

static struct sim_value
add_class (struct sim_world *world, const char *name, struct sim_value superclass)
{
    struct sim_library *library = library_of (world);
    struct sim_class_body *body = sim_class_body_new (name);
    struct sim_value class = sim_heap_class (&world->heap, &body);
    class.object->values[0] = superclass;
    stui_grow (&library->classes, &library->class_room, library->class_count, sizeof class);
    return library->classes[library->class_count++] = class;
}

/* A definition of a class that every image has may only say what is so. */
static int
check_kernel (struct sim_value class, struct sim_value superclass,
              const struct sim_definition *definition, struct stui_cause *cause)
{
    if (sim_identical (superclass, sim_superclass (class)) && definition->names.count == 0
        && definition->class_names.count == 0)
        return 0;
    return stui_fail (cause, STUI_E_UNSUPPORTED,
                      "%s is built into the simulated image: methods can be added to it, but its "
                      "definition cannot change",
                      sim_class_name (class));
}

/* Forgets what CLASS and those below keep in variables of their own that they no longer have. */
static void
forget_own (struct sim_library *library, struct sim_value class)
{
    for (size_t i = 0; i < library->class_count; i++) {
        struct sim_value other = library->classes[i];
        struct sim_variables *own = &other.object->body->own, kept = {0};
        size_t ignored;
        if (!sim_class_inherits (other, class))
            continue;
        for (size_t at = 0; at < own->count; at++)
            if (sim_class_has_variable (library, other, SIM_SIDE_CLASS, own->items[at].name,
                                        &ignored))
                *sim_variables_declare (&kept, own->items[at].name, strlen (own->items[at].name)) =
                    own->items[at].value;
        sim_variables_fini (own);
        *own = kept;
    }
}

int
sim_define_class (struct sim_world *world, const struct sim_definition *definition, bool *is_new,
                  struct sim_value *class, struct stui_cause *cause)
{
    struct sim_library *library = library_of (world);
    struct sim_definition mine = *definition;
    struct sim_value superclass;
    char first = *mine.name;
    if (!is_identifier (mine.name) || first < 'A' || first > 'Z')
        return stui_fail (cause, STUI_E_INVALID_REQUEST,
                          "'%.100s' is no name of a class: letters and digits, the first a capital",
                          mine.name);
    if (mine.package && strlen (mine.package) > SIM_NAME_BYTES_MAX)
        return stui_fail (cause, STUI_E_INVALID_REQUEST, "a package has at most %d bytes",
                          SIM_NAME_BYTES_MAX);
    int rc = find_superclass (library, mine.superclass, &superclass, cause);
    if (rc == 0 && (rc = check_names (&mine.names, cause)) == 0)
        rc = check_names (&mine.class_names, cause);
    if (rc < 0)
        return rc;
    *is_new = !sim_library_find (library, mine.name, class);
    if (!*is_new && class->kind == SIM_CLASS)
        return check_kernel (*class, superclass, definition, cause);
    if (!*is_new && sim_class_inherits (superclass, *class))
        return stui_fail (cause, STUI_E_INVALID_REQUEST, "%.100s cannot be below itself",
                          mine.name);
    if (*is_new && library->class_count >= SIM_DEFINED_MAX)
        return stui_fail (cause, STUI_E_UNSUPPORTED, "a simulated image keeps at most %d classes",
                          SIM_DEFINED_MAX);
    rc = check_inherited (library, superclass, SIM_SIDE_INSTANCE, &mine.names, cause);
    if (rc == 0 && !*is_new)
        rc = check_subclasses (library, *class, SIM_SIDE_INSTANCE, &mine.names, cause);
    if (rc < 0)
        return rc;
    if (*is_new)
        *class = add_class (world, mine.name, superclass);
    struct sim_definition taken = {0};
    for (size_t i = 0; i < mine.names.count; i++)
        sim_names_add (&taken.names, mine.names.items[i], strlen (mine.names.items[i]));
    change_class (world, *class, superclass, &taken);
    forget_own (library, *class);
    sim_definition_fini (&taken);
    struct sim_class_body *body = class->object->body;
    set_class_variables (body, &mine.class_names);
    if (mine.package) {
        free (body->package);
        body->package = stui_strdup (mine.package);
    }
    return 0;
}

int
sim_define_class_side (struct sim_world *world, const struct sim_definition *definition,
                       struct sim_value *class, struct stui_cause *cause)
{
    struct sim_library *library = library_of (world);
    int rc = find_superclass (library, definition->name, class, cause);
    if (rc == 0)
        rc = check_names (&definition->names, cause);
    if (rc < 0)
        return rc;
    if (class->kind == SIM_CLASS)
        return check_kernel (*class, sim_superclass (*class), definition, cause);
    rc = check_inherited (library, sim_superclass (*class), SIM_SIDE_CLASS, &definition->names,
                          cause);
    if (rc == 0)
        rc = check_subclasses (library, *class, SIM_SIDE_CLASS, &definition->names, cause);
    if (rc < 0)
        return rc;
    struct sim_names *names = &class->object->body->names[SIM_SIDE_CLASS];
    sim_names_fini (names);
    for (size_t i = 0; i < definition->names.count; i++)
        sim_names_add (names, definition->names.items[i], strlen (definition->names.items[i]));
    forget_own (library, *class);
    return 0;
}

int
sim_define_comment (struct sim_world *world, const struct sim_definition *definition,
                    struct stui_cause *cause)
{
    struct sim_value class;
    int rc = find_superclass (library_of (world), definition->name, &class, cause);
    if (rc < 0)
        return rc;
    if (class.kind == SIM_CLASS)
        return strcmp (sim_kernel_comment ((enum sim_class) class.number), definition->text) == 0
                   ? 0
                   : stui_fail (cause, STUI_E_UNSUPPORTED,
                                "%s is built into the simulated image: its comment cannot change",
                                sim_class_name (class));
    return sim_comment_class (world, class, definition->text, cause);
}

/* Whether ADDED bytes of text may be kept in place of FREED ones. */
static int
check_room (const struct sim_library *library, size_t added, size_t freed, struct stui_cause *cause)
{
    if (library->bytes + added <= SIM_LIBRARY_MAX + freed)
        return 0;
    return stui_fail (cause, STUI_E_UNSUPPORTED,
                      "a simulated image keeps at most %d MB of sources and comments",
                      SIM_LIBRARY_MAX / 1048576);
}

int
sim_comment_class (struct sim_world *world, struct sim_value class, const char *text,
                   struct stui_cause *cause)
{
    struct sim_class_body *body = class.object->body;
    size_t added = strlen (text), freed = strlen (body->comment);
    if (check_room (library_of (world), added, freed, cause) < 0)
        return cause->err;
    world->library->bytes += added - freed;
    free (body->comment);
    body->comment = stui_strdup (text);
    return 0;
}

/* ---- methods ------------------------------------------------------------------------------- */

/* Names that a method uses and nobody knows. */
static bool
check_method_names (struct sim_world *world, struct sim_value class, enum sim_side side,
                    const struct sim_code *code, const char *source, struct sim_fault *fault)
{
    struct sim_value ignored;
    size_t index;
    for (size_t i = 0; i < code->name_count; i++) {
        const struct sim_name *name = &code->names[i];
        size_t first = name->first_read > 0 ? name->first_read : name->first_assigned;
        if (first == 0 || sim_class_has_variable (world->library, class, side, name->text, &index)
            || sim_class_variable (world->library, class, name->text)
            || sim_variables_find (&world->globals, name->text, strlen (name->text)))
            continue;
        bool is_class = sim_library_find (world->library, name->text, &ignored);
        if (is_class && !name->is_assigned)
            continue;
        sim_fault_set (fault, source, (is_class ? name->first_assigned : first) - 1,
                       is_class ? "%.100s is a class and cannot be assigned"
                                : "undeclared variable %.200s",
                       name->text);
        return false;
    }
    return true;
}

static struct sim_class_body *
body_for (struct sim_world *world, struct sim_value class)
{
    struct sim_library *library = library_of (world);
    if (class.kind == SIM_CLASS && !library->added[class.number])
        library->added[class.number] = sim_class_body_new (sim_class_name (class));
    return sim_library_body (library, class);
}

/* The method SELECTOR, in its place. New ones have no category yet. */
static struct sim_method *
method_for (struct sim_methods *methods, const char *selector, bool *is_new)
{
    size_t place = 0;
    while (place < methods->count && strcmp (methods->items[place].selector, selector) < 0)
        place++;
    *is_new = place == methods->count || strcmp (methods->items[place].selector, selector) != 0;
    if (!*is_new)
        return &methods->items[place];
    stui_grow (&methods->items, &methods->room, methods->count, sizeof *methods->items);
    memmove (methods->items + place + 1, methods->items + place,
             (methods->count++ - place) * sizeof *methods->items);
    methods->items[place] = (struct sim_method){.selector = stui_strdup (selector)};
    return &methods->items[place];
}

/* Keeps CODE, which it takes over, as a method. */
static const struct sim_method *
put_method (struct sim_world *world, struct sim_value class, enum sim_side side,
            struct sim_code *code, const char *source, size_t size, const char *category,
            bool *is_new)
{
    struct sim_library *library = library_of (world);
    struct sim_method *method =
        method_for (&body_for (world, class)->methods[side], code->selector, is_new);
    char *given = NULL;
    if (!category && !method->category && class.kind == SIM_CLASS)
        given = sim_kernel_category ((enum sim_class) class.number, side, code->selector);
    if (category || !method->category) {
        free (method->category);
        method->category = given ? given : stui_strdup (category ? category : SIM_UNCLASSIFIED);
    }
    library->method_count += *is_new;
    library->bytes += size - (method->source ? strlen (method->source) : 0);
    free (method->source);
    method->source = stui_strndup (source, size);
    method->code = sim_heap_code (&world->heap, &code);
    method->code.object->values[SIM_CODE_OWNER] = class;
    method->code.object->values[SIM_CODE_SIDE] = sim_bool (side == SIM_SIDE_CLASS);
    return method;
}

int
sim_define_method (struct sim_world *world, struct sim_value class, enum sim_side side,
                   const char *source, size_t size, const char *category, bool *is_new,
                   const struct sim_method **method, struct sim_fault *fault,
                   struct stui_cause *cause)
{
    const struct sim_library *library = library_of (world);
    *fault = (struct sim_fault){.line = 1, .column = 1};
    struct sim_code *code = sim_code_new_method (source, size, fault);
    if (!code || !check_method_names (world, class, side, code, source, fault)) {
        sim_code_destroy (&code);
        return stui_fail (cause, STUI_E_COMPILE, "%s", fault->text);
    }
    const struct sim_method *old = sim_library_method (library, class, side, code->selector);
    size_t freed = old ? strlen (old->source) : 0;
    int rc = !old && library->method_count >= SIM_LIBRARY_METHODS_MAX
                 ? stui_fail (cause, STUI_E_UNSUPPORTED,
                              "a simulated image keeps at most %d methods", SIM_LIBRARY_METHODS_MAX)
                 : check_room (library, size, freed, cause);
    if (rc < 0) {
        sim_code_destroy (&code);
        return rc;
    }
    const struct sim_method *kept =
        put_method (world, class, side, code, source, size, category, is_new);
    if (method)
        *method = kept;
    return 0;
}

int
sim_remove_method (struct sim_world *world, struct sim_value class, enum sim_side side,
                   const char *selector, struct stui_cause *cause)
{
    const struct sim_method *method = sim_library_method (world->library, class, side, selector);
    if (!method && class.kind == SIM_CLASS
        && sim_kernel_has ((enum sim_class) class.number, side, selector))
        return stui_fail (cause, STUI_E_PERMISSION,
                          "%.100s is carried out by the simulated image itself and cannot be "
                          "removed",
                          selector);
    if (!method)
        return stui_fail (cause, STUI_E_METHOD_NOT_FOUND, "%.80s%s has no method %.100s",
                          sim_class_name (class), side == SIM_SIDE_CLASS ? " class" : "", selector);
    struct sim_methods *methods = &sim_library_body (world->library, class)->methods[side];
    size_t place = (size_t) (method - methods->items);
    world->library->bytes -= strlen (method->source);
    world->library->method_count--;
    free (methods->items[place].selector);
    free (methods->items[place].category);
    free (methods->items[place].source);
    memmove (methods->items + place, methods->items + place + 1,
             (--methods->count - place) * sizeof *methods->items);
    return 0;
}

int
sim_remove_class (struct sim_world *world, struct sim_value class, struct stui_cause *cause)
{
    struct sim_library *library = library_of (world);
    if (class.kind == SIM_CLASS)
        return stui_fail (cause, STUI_E_PERMISSION,
                          "%s is built into the simulated image and cannot be removed",
                          sim_class_name (class));
    size_t place = 0;
    for (size_t i = 0; i < library->class_count; i++) {
        if (sim_identical (sim_superclass (library->classes[i]), class))
            return stui_fail (cause, STUI_E_PERMISSION,
                              "%.100s has subclasses, %.100s for one: remove them first",
                              sim_class_name (class), sim_class_name (library->classes[i]));
        if (sim_identical (library->classes[i], class))
            place = i;
    }
    library->bytes -= strlen (class.object->body->comment);
    for (int side = 0; side < SIM_SIDE_COUNT; side++) {
        const struct sim_methods *methods = &class.object->body->methods[side];
        library->method_count -= methods->count;
        for (size_t i = 0; i < methods->count; i++)
            library->bytes -= strlen (methods->items[i].source);
    }
    memmove (library->classes + place, library->classes + place + 1,
             (--library->class_count - place) * sizeof *library->classes);
    return 0;
}

size_t
sim_rename_category (struct sim_world *world, struct sim_value class, enum sim_side side,
                     const char *from, const char *to)
{
    struct sim_class_body *body = sim_library_body (world->library, class);
    size_t moved = 0;
    for (size_t i = 0; body && i < body->methods[side].count; i++) {
        struct sim_method *method = &body->methods[side].items[i];
        if (strcmp (method->category, from) != 0)
            continue;
        free (method->category);
        method->category = stui_strdup (to);
        moved++;
    }
    return moved;
}
