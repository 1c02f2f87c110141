/* sim_inspect.c: objects of a simulated image as inspectors see them: under ids that a session holds,
 * with their fields. Nothing runs for it: objects are shown as the image itself prints them. */

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "sim/sim_parts.h"
#include "sim/sim_run.h"

enum {
    VALUE_MAX = 1000, /* characters of a field's print string */
    DEPTH_MAX = 5,
    COUNT_MAX = 1000, /* of fields at a time */
    INNER_MAX = 20,   /* fields of a field; more of them are asked for by its object_id */
    ALL_MAX = 1000,   /* of all fields of fields in one answer */
};

/* ---- ids ----------------------------------------------------------------------------------- */

char *
sim_handle_text (const struct sim_image *self, char kind, int64_t number)
{
    return stui_printf ("%c%.8s-%lld", kind, self->boot_id, (long long) number);
}

int64_t
sim_handle_number (const struct sim_image *self, char kind, const char *id)
{
    const char *digits = strrchr (id, '-');
    int64_t number = digits ? strtoll (digits + 1, NULL, 10) : 0;
    char *text = sim_handle_text (self, kind, number);
    bool is_it = strcmp (text, id) == 0;
    free (text);
    return is_it ? number : 0;
}

static struct sim_held_row *
place_for (struct sim_held *held, struct sim_value value)
{
    struct sim_held_row *oldest = NULL;
    for (size_t i = 0; i < held->count; i++) {
        if (sim_identical (held->rows[i].value, value))
            return &held->rows[i];
        if (!oldest || held->rows[i].used < oldest->used)
            oldest = &held->rows[i];
    }
    if (held->count >= SIM_OBJECTS_MAX) {
        oldest->number = 0;
        return oldest;
    }
    stui_grow (&held->rows, &held->room, held->count, sizeof *held->rows);
    held->rows[held->count] = (struct sim_held_row){0};
    return &held->rows[held->count++];
}

char *
sim_hold (struct sim_image *self, struct sim_session *session, struct sim_value value)
{
    if (!session->scope)
        session->scope = sim_scope_new (sim_world_of (self));
    if (!session->scope->held)
        session->scope->held = stui_alloc (sizeof *session->scope->held);
    struct sim_held *held = session->scope->held;
    struct sim_held_row *row = place_for (held, value);
    if (row->number == 0)
        row->number = ++self->last_object;
    row->value = value;
    row->used = ++held->uses;
    return sim_handle_text (self, 'o', row->number);
}

static struct sim_held_row *
find_held (const struct sim_image *self, const struct sim_session *session, const char *id)
{
    struct sim_held *held = session->scope ? session->scope->held : NULL;
    int64_t number = sim_handle_number (self, 'o', id);
    for (size_t i = 0; held && i < held->count; i++)
        if (held->rows[i].number == number)
            return &held->rows[i];
    return NULL;
}

/* ---- fields -------------------------------------------------------------------------------- */

static bool
is_indexable (struct sim_value value)
{
    return sim_is (value, SIM_SHAPE_ARRAY) || sim_is_text (value);
}

/* Adds the names of VALUE's named fields. */
static void
list_names (struct sim_value value, struct sim_names *names)
{
    if (sim_is (value, SIM_SHAPE_EXCEPTION))
        sim_names_add (names, "messageText", strlen ("messageText"));
    if (sim_instance_variables (value))
        sim_class_list_variables (sim_class_of (value), names);
    if (!sim_is (value, SIM_SHAPE_CLASS))
        return;
    const struct sim_class_body *body = value.object->body;
    for (size_t i = 0; i < body->own.count; i++)
        sim_names_add (names, body->own.items[i].name, strlen (body->own.items[i].name));
    for (size_t i = 0; i < body->class_variables.count; i++)
        sim_names_add (names, body->class_variables.items[i].name,
                       strlen (body->class_variables.items[i].name));
}

/* Field INDEX of VALUE, of which the first ones have names. */
static struct sim_value
field_value (struct sim_value value, size_t named, size_t index)
{
    if (index >= named) {
        const struct sim_object *object = value.object;
        return object->shape == SIM_SHAPE_ARRAY
                   ? object->values[index - named]
                   : sim_character ((unsigned char) object->text[index - named]);
    }
    if (sim_is (value, SIM_SHAPE_CLASS)) {
        const struct sim_class_body *body = value.object->body;
        return index < body->own.count ? body->own.items[index].value
                                       : body->class_variables.items[index - body->own.count].value;
    }
    if (sim_is (value, SIM_SHAPE_EXCEPTION) && index-- == 0)
        return value.object->values[SIM_EXCEPTION_TEXT];
    const struct sim_value *variables = sim_instance_variables (value);
    return variables->kind == SIM_OBJECT && index < variables->object->count
               ? variables->object->values[index]
               : sim_nil ();
}

struct json *
sim_field (struct sim_image *self, struct sim_session *session, const char *name, size_t size,
           struct sim_value value)
{
    struct json *row = json_object ();
    char *copy = stui_strndup (name, size), *id = sim_hold (self, session, value);
    char *printed = sim_print (value, false, VALUE_MAX, NULL, NULL);
    json_set_text (row, "name", copy);
    json_set_text (row, "value", printed);
    json_set_text (row, "class", sim_class_name (sim_class_of (value)));
    json_set_text (row, "object_id", id);
    free (copy);
    free (printed);
    free (id);
    return row;
}

struct fields { /* what is asked for */
    struct sim_image *image;
    struct sim_session *session;
    size_t left; /* of fields of fields */
};

static struct json *list_fields (struct fields *self, struct sim_value value, int64_t depth,
                                 size_t from, size_t count, size_t *size);

/* The first fields of a field, as far as there is room for them. */
static struct json *
list_inner (struct fields *self, struct sim_value value, int64_t depth)
{
    struct sim_names names = {0};
    list_names (value, &names);
    size_t size = names.count + (is_indexable (value) ? value.object->count : 0);
    size_t count = size < INNER_MAX ? size : INNER_MAX;
    count = count < self->left ? count : self->left;
    self->left -= count; /* before what lies deeper takes its share */
    sim_names_fini (&names);
    return list_fields (self, value, depth, 0, count, &size);
}

/* The fields of VALUE, those of fields down to DEPTH; *SIZE: how many there are in all. */
static struct json *
list_fields (struct fields *self, struct sim_value value, int64_t depth, size_t from, size_t count,
             size_t *size)
{
    struct json *list = json_array ();
    struct sim_names names = {0};
    list_names (value, &names);
    *size = names.count + (is_indexable (value) ? value.object->count : 0);
    for (size_t i = from; i < *size && i - from < count; i++) {
        char *name = i < names.count ? stui_strdup (names.items[i])
                                     : stui_printf ("%zu", i - names.count + 1);
        struct sim_value field = field_value (value, names.count, i);
        struct json *row = sim_field (self->image, self->session, name, strlen (name), field);
        if (depth > 1)
            json_set (row, "fields", list_inner (self, field, depth - 1));
        json_push (list, row);
        free (name);
    }
    sim_names_fini (&names);
    return list;
}

/* ---- the commands -------------------------------------------------------------------------- */

struct range {
    int64_t depth, from, count;
};

static bool
range_at (struct sim_image *self, struct sim_request *request, struct range *range)
{
    return sim_integer_at (self, request, "depth", 1, DEPTH_MAX, 1, &range->depth)
           && sim_integer_at (self, request, "from", 0, SIM_NUMBER_MAX, 0, &range->from)
           && sim_integer_at (self, request, "count", 1, COUNT_MAX, 100, &range->count);
}

void
sim_inspect_answer (struct sim_image *self, struct sim_request *request,
                    struct sim_session *session, struct sim_value value)
{
    struct range range;
    if (!range_at (self, request, &range))
        return;
    struct fields fields = {.image = self, .session = session, .left = ALL_MAX};
    struct json *result = json_object (), *info = json_object ();
    size_t size;
    char *printed = sim_print (value, false, VALUE_MAX, NULL, NULL);
    struct json *list =
        list_fields (&fields, value, range.depth, (size_t) range.from, (size_t) range.count, &size);
    char *id = sim_hold (self, session, value); /* last, so that its fields do not push it out */
    json_set_text (info, "object_id", id);
    json_set_text (info, "class", sim_class_name (sim_class_of (value)));
    json_set_text (info, "print_string", printed);
    json_set_bool (info, "is_indexable", is_indexable (value));
    json_set (result, "object_info", info);
    json_set (result, "fields", list);
    json_set_number (result, "size", (int64_t) size);
    json_set_number (result, "from", range.from);
    free (id);
    free (printed);
    sim_succeed (self, request, result);
}

/* The session that the request names. NULL: it has been answered. */
static struct sim_session *
session_at (struct sim_image *self, struct sim_request *request)
{
    const char *id;
    return sim_name_at (self, request, "session_id", &id) ? sim_session_used (self, request, id)
                                                          : NULL;
}

static void
inspect_target (struct sim_image *self, struct sim_request *request)
{
    const char *target;
    if (!sim_text_at (self, request, "target", NULL, &target))
        return;
    if (self->is_read_only)
        sim_fail (self, request, STUI_E_PERMISSION, NULL,
                  "this image is read-only: inspect takes an object_id, and no code");
    else if (strlen (target) > SIM_SOURCE_MAX)
        sim_fail (self, request, STUI_E_INVALID_REQUEST, NULL, "target must have at most %d bytes",
                  SIM_SOURCE_MAX);
    else
        sim_evaluation_add (self, request, SIM_WORK_INSPECT);
}

void
sim_inspect (struct sim_image *self, struct sim_request *request)
{
    struct range range;
    const char *id;
    struct sim_session *session = session_at (self, request);
    if (!session || !range_at (self, request, &range))
        return;
    if (sim_has (request, "object_id") == sim_has (request, "target")) {
        sim_fail (self, request, STUI_E_INVALID_REQUEST, NULL,
                  "inspect takes either object_id or target");
        return;
    }
    if (sim_has (request, "target")) {
        inspect_target (self, request);
        return;
    }
    if (!sim_name_at (self, request, "object_id", &id))
        return;
    const struct sim_held_row *row = find_held (self, session, id);
    if (row)
        sim_inspect_answer (self, request, session, row->value);
    else
        sim_fail (self, request, STUI_E_OBJECT_NOT_FOUND, NULL,
                  "this session holds no object %s: it was let go, or is of a former start of the "
                  "image",
                  id);
}

/* The list object_ids. NULL: it has been answered. */
static const struct json *
ids_at (struct sim_image *self, struct sim_request *request)
{
    const struct json *ids = json_get (request->parameters, "object_ids");
    bool is_list = json_is_array (ids) && json_count (ids) <= SIM_OBJECTS_MAX;
    for (const struct json *id = is_list ? json_first (ids) : NULL; id; id = json_next (id))
        is_list &= json_is_string (id);
    if (!is_list)
        sim_fail (self, request, STUI_E_INVALID_REQUEST, NULL,
                  "object_ids must be a list of at most %d strings", SIM_OBJECTS_MAX);
    return is_list ? ids : NULL;
}

void
sim_release (struct sim_image *self, struct sim_request *request)
{
    struct sim_session *session = session_at (self, request);
    const struct json *ids = session ? ids_at (self, request) : NULL;
    int64_t released = 0;
    if (!ids)
        return;
    for (const struct json *id = json_first (ids); id; id = json_next (id)) {
        struct sim_held_row *row = find_held (self, session, json_text (id));
        if (!row)
            continue;
        struct sim_held *held = session->scope->held;
        *row = held->rows[--held->count];
        released++;
    }
    struct json *result = json_object ();
    json_set_number (result, "released", released);
    sim_succeed (self, request, result);
}

void
sim_list_variables (struct sim_image *self, struct sim_request *request)
{
    struct sim_session *session = session_at (self, request);
    int64_t limit;
    if (!session || !sim_integer_at (self, request, "limit", 1, COUNT_MAX, 100, &limit))
        return;
    const struct sim_variables *variables = session->scope ? &session->scope->variables : NULL;
    size_t total = variables ? variables->count : 0;
    struct json *list = json_array (), *result = json_object ();
    for (size_t i = 0; i < total && i < (size_t) limit; i++) {
        struct sim_value value = variables->items[i].value;
        char *printed = sim_print (value, false, VALUE_MAX, NULL, NULL);
        struct json *row = json_object ();
        json_set_text (row, "name", variables->items[i].name);
        json_set_text (row, "value", printed);
        json_set_text (row, "class", sim_class_name (sim_class_of (value)));
        json_push (list, row);
        free (printed);
    }
    json_set (result, "variables", list);
    json_set_number (result, "total_count", (int64_t) total);
    sim_succeed (self, request, result);
}
