/* sim_change.c: the commands that define classes and methods in a simulated image, change and remove
 * them. */

#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "sim/sim_define.h"
#include "sim/sim_parts.h"
#include "sim/sim_run.h"

static void
answer_cause (struct sim_image *self, struct sim_request *request, const struct stui_cause *cause)
{
    sim_fail (self, request, cause->err, NULL, "%s", cause->text);
}

/* A category that may be missing (*CATEGORY is NULL then). False: it has been answered. */
static bool
category_at (struct sim_image *self, struct sim_request *request, const char **category)
{
    *category = NULL;
    return !sim_has (request, "category") || sim_name_at (self, request, "category", category);
}

/* ---- defining ------------------------------------------------------------------------------ */

void
sim_compile_method (struct sim_image *self, struct sim_request *request)
{
    struct sim_value class;
    enum sim_side side;
    const char *source, *category;
    struct sim_fault fault;
    struct stui_cause cause;
    const struct sim_method *method;
    bool is_new;
    if (!sim_class_at (self, request, &class) || !sim_side_at (self, request, &side)
        || !sim_text_at (self, request, "source", NULL, &source)
        || !category_at (self, request, &category))
        return;
    int rc = sim_define_method (sim_world_of (self), class, side, source, strlen (source), category,
                                &is_new, &method, &fault, &cause);
    if (rc == STUI_E_COMPILE)
        sim_answer_fault (self, request, &fault);
    else if (rc < 0)
        answer_cause (self, request, &cause);
    if (rc < 0)
        return;
    struct json *result = json_object ();
    json_set_text (result, "name", method->selector);
    json_set_text (result, "class_name", sim_class_name (class));
    json_set_text (result, "side", sim_side_word (side));
    json_set_text (result, "category", method->category);
    json_set_bool (result, "is_new", is_new);
    sim_succeed (self, request, result);
}

/* Carries out a definition that was read. */
static int
define (struct sim_image *self, struct sim_definition *definition, const char *package,
        bool *is_new, struct sim_value *class, struct stui_cause *cause)
{
    *is_new = false;
    if (definition->kind == SIM_DEFINES_CLASS_SIDE)
        return sim_define_class_side (sim_world_of (self), definition, class, cause);
    if (!definition->package && package)
        definition->package = stui_strdup (package);
    return sim_define_class (sim_world_of (self), definition, is_new, class, cause);
}

/* Whether DEFINITION is what the request is about. False: it has been answered. */
static bool
is_definition_of (struct sim_image *self, struct sim_request *request,
                  const struct sim_definition *definition, const char *name, enum sim_side side)
{
    bool is_kind =
        definition->kind == (side == SIM_SIDE_CLASS ? SIM_DEFINES_CLASS_SIDE : SIM_DEFINES_CLASS);
    if (!is_kind)
        sim_fail (self, request, STUI_E_INVALID_REQUEST, NULL, "%s",
                  side == SIM_SIDE_CLASS
                      ? "a definition was expected: Name class instanceVariableNames: 'a b'"
                      : "a definition was expected: Superclass subclass: #Name "
                        "instanceVariableNames: 'a b' classVariableNames: 'C' poolDictionaries: '' "
                        "category: 'Package'");
    else if (strcmp (definition->name, name) != 0)
        sim_fail (self, request, STUI_E_INVALID_REQUEST, NULL,
                  "the source defines %.100s, and class_name is %.100s", definition->name, name);
    else
        return true;
    return false;
}

void
sim_define_class_command (struct sim_image *self, struct sim_request *request)
{
    struct sim_definition definition;
    struct sim_fault fault;
    struct sim_value class;
    struct stui_cause cause = {0};
    const char *name, *source, *package;
    enum sim_side side;
    bool is_new;
    if (!sim_name_at (self, request, "class_name", &name) || !sim_side_at (self, request, &side)
        || !sim_text_at (self, request, "source", NULL, &source)
        || !category_at (self, request, &package))
        return;
    if (sim_definition_read (source, strlen (source), &definition, &fault) < 0)
        sim_fail (self, request, STUI_E_INVALID_REQUEST, NULL, "line %d, column %d: %s", fault.line,
                  fault.column, fault.text);
    else if (is_definition_of (self, request, &definition, name, side)) {
        if (define (self, &definition, package, &is_new, &class, &cause) < 0)
            answer_cause (self, request, &cause);
        else {
            struct json *result = json_object ();
            json_set_text (result, "name", sim_class_name (class));
            json_set_text (result, "package", sim_package_of (sim_library_of (self), class));
            json_set_bool (result, "is_new", is_new);
            sim_succeed (self, request, result);
        }
    }
    sim_definition_fini (&definition);
}

/* ---- removing, renaming -------------------------------------------------------------------- */

static void
answer_removed (struct sim_image *self, struct sim_request *request, const char *name, int rc,
                const struct stui_cause *cause)
{
    if (rc < 0) {
        answer_cause (self, request, cause);
        return;
    }
    struct json *result = json_object ();
    json_set_bool (result, "done", true);
    json_set_text (result, "name", name);
    sim_succeed (self, request, result);
}

void
sim_remove_method_command (struct sim_image *self, struct sim_request *request)
{
    struct sim_value class;
    enum sim_side side;
    const char *selector;
    struct stui_cause cause;
    if (!sim_class_at (self, request, &class) || !sim_side_at (self, request, &side)
        || !sim_name_at (self, request, "method_name", &selector))
        return;
    int rc = sim_remove_method (sim_world_of (self), class, side, selector, &cause);
    answer_removed (self, request, selector, rc, &cause);
}

void
sim_remove_class_command (struct sim_image *self, struct sim_request *request)
{
    struct sim_value class;
    struct stui_cause cause;
    if (!sim_class_at (self, request, &class))
        return;
    int rc = sim_remove_class (sim_world_of (self), class, &cause);
    answer_removed (self, request, sim_class_name (class), rc, &cause);
}

void
sim_rename_category_command (struct sim_image *self, struct sim_request *request)
{
    struct sim_value class;
    enum sim_side side;
    const char *from, *to;
    if (!sim_class_at (self, request, &class) || !sim_side_at (self, request, &side)
        || !sim_name_at (self, request, "old_name", &from)
        || !sim_name_at (self, request, "new_name", &to))
        return;
    size_t moved = sim_rename_category (sim_world_of (self), class, side, from, to);
    struct json *result = json_object ();
    json_set_bool (result, "done", true);
    json_set_number (result, "methods", (int64_t) moved);
    sim_succeed (self, request, result);
}
