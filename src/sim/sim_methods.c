/* sim_methods.c: the methods of a simulated image: shown, and searched. */

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "sim/sim_define.h"
#include "sim/sim_parts.h"

/* ---- one method ---------------------------------------------------------------------------- */

/* The first comment of SOURCE, if it stands right behind the pattern, which ends at END. Caller
 * frees. */
static char *
first_comment (const char *source, size_t end)
{
    const char *at = source + end + strspn (source + end, " \t\r\n\f");
    if (*at++ != '"')
        return stui_strdup ("");
    const char *close = strchr (at, '"');
    return close ? stui_strndup (at, (size_t) (close - at)) : stui_strdup ("");
}

static struct json *
told_method (struct sim_value class, enum sim_side side, const char *selector, const char *category,
             const char *source)
{
    struct json *method = json_object (), *arguments = json_array ();
    struct sim_fault fault;
    struct sim_code *code = sim_code_new_method (source, strlen (source), &fault);
    char *comment = first_comment (source, code ? code->pattern_end : 0);
    for (size_t i = 0; code && i < code->blocks[0].arguments; i++) {
        size_t size;
        const char *slot = sim_block_name (&code->blocks[0], i, &size);
        char *name = stui_strndup (slot, size);
        json_push (arguments, json_string (name));
        free (name);
    }
    json_set_text (method, "class_name", sim_class_name (class));
    json_set_text (method, "side", sim_side_word (side));
    json_set_text (method, "name", selector);
    json_set_text (method, "category", category);
    json_set_text (method, "source", source);
    json_set_text (method, "comment", comment);
    json_set (method, "arguments", arguments);
    free (comment);
    sim_code_destroy (&code);
    return method;
}

void
sim_get_method (struct sim_image *self, struct sim_request *request)
{
    struct sim_value class;
    enum sim_side side;
    const char *selector;
    if (!sim_class_at (self, request, &class) || !sim_side_at (self, request, &side)
        || !sim_name_at (self, request, "method_name", &selector))
        return;
    const struct sim_method *method =
        sim_library_method (sim_library_of (self), class, side, selector);
    char *category = !method && class.kind == SIM_CLASS
                         ? sim_kernel_category ((enum sim_class) class.number, side, selector)
                         : NULL;
    if (!method && !category) {
        sim_fail (self, request, STUI_E_METHOD_NOT_FOUND, NULL, "%s%s has no method %s",
                  sim_class_name (class), side == SIM_SIDE_CLASS ? " class" : "", selector);
        return;
    }
    char *source = method ? stui_strdup (method->source) : sim_kernel_source (selector);
    struct json *result = json_object ();
    json_set (result, "method",
              told_method (class, side, selector, method ? method->category : category, source));
    free (category);
    free (source);
    sim_succeed (self, request, result);
}

/* ---- searches ------------------------------------------------------------------------------ */

/* Whether a method is one of those wanted. SOURCE and METHOD may be NULL: the image carries it out
 * itself. */
typedef bool search_test (const char *wanted, const char *selector,
                          const struct sim_method *method);

struct search {
    const char *wanted;
    search_test *is_wanted;
    int64_t limit, from, total;
    struct json *rows;
};

static void
search_method (struct search *self, struct sim_value class, enum sim_side side,
               const char *selector, const char *category, const struct sim_method *method)
{
    if (!self->is_wanted (self->wanted, selector, method))
        return;
    int64_t place = self->total++;
    if (place < self->from || place - self->from >= self->limit)
        return;
    struct json *row = json_object ();
    json_set_text (row, "class_name", sim_class_name (class));
    json_set_text (row, "side", sim_side_word (side));
    json_set_text (row, "name", selector);
    json_set_text (row, "category", category);
    json_push (self->rows, row);
}

struct found { /* a method of one side; NAME and CATEGORY are owned */
    char *name, *category;
    const struct sim_method *method;
};

static int
compare_found (const void *one, const void *other)
{
    return sim_compare_names (((const struct found *) one)->name,
                              ((const struct found *) other)->name);
}

static void
search_side (struct search *self, const struct sim_library *library, struct sim_value class,
             enum sim_side side)
{
    const struct sim_class_body *body = sim_library_body (library, class);
    struct sim_word selector, category = {0};
    struct found *list = NULL;
    size_t count = 0, room = 0, at = 0;
    for (size_t i = 0; body && i < body->methods[side].count; i++) {
        const struct sim_method *method = &body->methods[side].items[i];
        stui_grow (&list, &room, count, sizeof *list);
        list[count++] =
            (struct found){stui_strdup (method->selector), stui_strdup (method->category), method};
    }
    while (class.kind == SIM_CLASS
           && sim_kernel_next ((enum sim_class) class.number, side, &at, &selector, &category)) {
        stui_grow (&list, &room, count, sizeof *list);
        list[count] = (struct found){stui_strndup (selector.text, selector.size),
                                     stui_strndup (category.text, category.size), NULL};
        if (!sim_library_method (library, class, side, list[count].name))
            count++;
        else {
            free (list[count].name);
            free (list[count].category);
        }
    }
    if (count > 0)
        qsort (list, count, sizeof *list, compare_found);
    for (size_t i = 0; i < count; i++) {
        search_method (self, class, side, list[i].name, list[i].category, list[i].method);
        free (list[i].name);
        free (list[i].category);
    }
    free (list);
}

/* Answers the rows of the methods that IS_WANTED says. */
static void
search (struct sim_image *self, struct sim_request *request, const char *wanted,
        search_test *is_wanted)
{
    struct search search = {.wanted = wanted, .is_wanted = is_wanted};
    const struct sim_library *library = sim_library_of (self);
    size_t count;
    if (!sim_range_at (self, request, &search.limit, &search.from))
        return;
    search.rows = json_array ();
    struct sim_value *classes = sim_library_list (library, &count);
    for (size_t i = 0; i < count; i++)
        for (int side = 0; side < SIM_SIDE_COUNT; side++)
            search_side (&search, library, classes[i], (enum sim_side) side);
    free (classes);
    struct json *result = json_object ();
    json_set (result, "methods", search.rows);
    json_set_number (result, "total_count", search.total);
    json_set_number (result, "from", search.from);
    sim_succeed (self, request, result);
}

static bool
is_sender (const char *wanted, const char *selector, const struct sim_method *method)
{
    (void) selector;
    return method && sim_code_sends (method->code.object->code, wanted);
}

static bool
is_implementor (const char *wanted, const char *selector, const struct sim_method *method)
{
    (void) method;
    return strcmp (selector, wanted) == 0;
}

static bool
has_text (const char *wanted, const char *selector, const struct sim_method *method)
{
    char *source = method ? NULL : sim_kernel_source (selector);
    bool is_there = strcasestr (method ? method->source : source, wanted) != NULL;
    free (source);
    return is_there;
}

void
sim_senders (struct sim_image *self, struct sim_request *request)
{
    const char *selector;
    if (sim_name_at (self, request, "selector", &selector))
        search (self, request, selector, is_sender);
}

void
sim_implementors (struct sim_image *self, struct sim_request *request)
{
    const char *selector;
    if (sim_name_at (self, request, "selector", &selector))
        search (self, request, selector, is_implementor);
}

void
sim_search_source (struct sim_image *self, struct sim_request *request)
{
    const char *text;
    if (!sim_text_at (self, request, "text", NULL, &text))
        return;
    if (*text)
        search (self, request, text, has_text);
    else
        sim_fail (self, request, STUI_E_INVALID_REQUEST, NULL, "text must not be empty");
}
