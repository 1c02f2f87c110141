/* sim_browse.c: the classes of a simulated image as browsers see them, and their sources filed out. */

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "sim/sim_chunk.h"
#include "sim/sim_define.h"
#include "sim/sim_parts.h"
#include "sim/sim_run.h"
#include "sim/sim_zmtp.h"

enum {
    LIMIT_MAX = 10000,
    LIMIT = 500,
    PART_MAX = 262144, /* characters of a source in one answer */
};

/* ---- small words --------------------------------------------------------------------------- */

struct sim_library *
sim_library_of (const struct sim_image *self)
{
    return self->world ? self->world->library : NULL;
}

struct sim_world *
sim_world_of (struct sim_image *self)
{
    if (!self->world)
        self->world = sim_world_new ();
    return self->world;
}

bool
sim_class_at (struct sim_image *self, struct sim_request *request, struct sim_value *class)
{
    const char *name;
    if (!sim_name_at (self, request, "class_name", &name))
        return false;
    if (sim_library_find (sim_library_of (self), name, class)
        && (class->kind != SIM_CLASS || sim_kernel_is_class ((enum sim_class) class->number)))
        return true;
    sim_fail (self, request, STUI_E_CLASS_NOT_FOUND, NULL, "there is no class %s", name);
    return false;
}

bool
sim_side_at (struct sim_image *self, struct sim_request *request, enum sim_side *side)
{
    const char *word;
    if (!sim_text_at (self, request, "side", "instance", &word))
        return false;
    *side = strcmp (word, "class") == 0 ? SIM_SIDE_CLASS : SIM_SIDE_INSTANCE;
    if (*side == SIM_SIDE_CLASS || strcmp (word, "instance") == 0)
        return true;
    sim_fail (self, request, STUI_E_INVALID_REQUEST, NULL, "side must be instance or class");
    return false;
}

bool
sim_range_at (struct sim_image *self, struct sim_request *request, int64_t *limit, int64_t *from)
{
    return sim_integer_at (self, request, "limit", 1, LIMIT_MAX, LIMIT, limit)
           && sim_integer_at (self, request, "from", 0, SIM_NUMBER_MAX, 0, from);
}

const char *
sim_side_word (enum sim_side side)
{
    return side == SIM_SIDE_CLASS ? "class" : "instance";
}

const char *
sim_package_of (const struct sim_library *library, struct sim_value class)
{
    return class.kind == SIM_CLASS ? SIM_KERNEL_PACKAGE
                                   : sim_library_body (library, class)->package;
}

static const char *
comment_of (const struct sim_library *library, struct sim_value class)
{
    return class.kind == SIM_CLASS ? sim_kernel_comment ((enum sim_class) class.number)
                                   : sim_library_body (library, class)->comment;
}

/* Sets a class's name, null for none. */
static void
set_class (struct json *object, const char *key, struct sim_value class)
{
    json_set_text (object, key, class.kind == SIM_NIL ? NULL : sim_class_name (class));
}

static bool
matches_here (const char *pattern, const char *text)
{
    while (*pattern && *pattern != '*' && *text && strncasecmp (pattern, text, 1) == 0) {
        pattern++;
        text++;
    }
    return (*pattern == '\0' && *text == '\0') || *pattern == '*';
}

/* PATTERN with stars for any characters; case aside. Only the last star is ever tried again, so it
 * takes no more than the product of the two lengths. */
static bool
matches (const char *pattern, const char *text)
{
    const char *star = NULL, *retried = NULL;
    if (!strchr (pattern, '*'))
        return strcasestr (text, pattern) != NULL;
    if (!matches_here (pattern, text))
        return false;
    while (*text) {
        if (*pattern == '*') {
            star = ++pattern;
            retried = text;
        }
        else if (*pattern && strncasecmp (pattern, text, 1) == 0) {
            pattern++;
            text++;
        }
        else if (star) {
            pattern = star;
            text = ++retried;
        }
        else
            return false;
    }
    return pattern[strspn (pattern, "*")] == '\0';
}

/* ---- list_classes, packages ---------------------------------------------------------------- */

void
sim_list_classes (struct sim_image *self, struct sim_request *request)
{
    const char *pattern, *package;
    int64_t limit, from, total = 0;
    if (!sim_text_at (self, request, "pattern", "*", &pattern)
        || !sim_text_at (self, request, "package", "", &package)
        || !sim_range_at (self, request, &limit, &from))
        return;
    bool has_package = sim_has (request, "package");
    const struct sim_library *library = sim_library_of (self);
    struct json *result = json_object (), *list = json_array ();
    size_t count;
    struct sim_value *classes = sim_library_list (library, &count);
    for (size_t i = 0; i < count; i++) {
        const char *its = sim_package_of (library, classes[i]);
        if (!matches (pattern, sim_class_name (classes[i]))
            || (has_package && strcmp (its, package) != 0))
            continue;
        int64_t place = total++;
        if (place < from || place - from >= limit)
            continue;
        struct json *row = json_object ();
        set_class (row, "name", classes[i]);
        set_class (row, "superclass", sim_superclass (classes[i]));
        json_set_text (row, "package", its);
        json_push (list, row);
    }
    free (classes);
    json_set (result, "classes", list);
    json_set_number (result, "total_count", total);
    json_set_number (result, "from", from);
    sim_succeed (self, request, result);
}

static int
compare_texts (const void *one, const void *other)
{
    return sim_compare_names (*(const char *const *) one, *(const char *const *) other);
}

/* The texts of COUNT pointers, sorted, each once. */
static struct json *
sorted_once (const char **texts, size_t count)
{
    struct json *list = json_array ();
    qsort (texts, count, sizeof *texts, compare_texts);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || strcmp (texts[i - 1], texts[i]) != 0)
            json_push (list, json_string (texts[i]));
    return list;
}

struct json *
sim_packages (const struct sim_image *self)
{
    const struct sim_library *library = sim_library_of (self);
    size_t count;
    struct sim_value *classes = sim_library_list (library, &count);
    const char **names = stui_alloc (count * sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = sim_package_of (library, classes[i]);
    struct json *list = sorted_once (names, count);
    free (names);
    free (classes);
    return list;
}

/* ---- browse_class -------------------------------------------------------------------------- */

static struct json *
told_class (const struct sim_library *library, struct sim_value class, enum sim_side side)
{
    struct json *info = json_object (), *subclasses = json_array ();
    size_t count;
    struct sim_value *classes = sim_library_list (library, &count);
    char *definition = sim_definition_text (library, class, side);
    set_class (info, "name", class);
    set_class (info, "superclass", sim_superclass (class));
    json_set_text (info, "package", sim_package_of (library, class));
    json_set_text (info, "comment", comment_of (library, class));
    json_set_text (info, "definition", definition);
    for (size_t i = 0; i < count; i++)
        if (sim_identical (sim_superclass (classes[i]), class))
            json_push (subclasses, json_string (sim_class_name (classes[i])));
    json_set (info, "subclasses", subclasses);
    json_set_text (info, "side", sim_side_word (side));
    free (definition);
    free (classes);
    return info;
}

struct listed { /* a method in a browser; both owned */
    char *name, *category;
};

static int
compare_listed (const void *one, const void *other)
{
    return sim_compare_names (((const struct listed *) one)->name,
                              ((const struct listed *) other)->name);
}

/* The methods of one side of CLASS: those of clients, and those that the image carries out. */
static struct listed *
list_methods (const struct sim_library *library, struct sim_value class, enum sim_side side,
              size_t *count)
{
    const struct sim_class_body *body = sim_library_body (library, class);
    struct listed *list = NULL;
    size_t room = 0, at = 0;
    struct sim_word selector, category = {0};
    *count = 0;
    for (size_t i = 0; body && i < body->methods[side].count; i++) {
        const struct sim_method *method = &body->methods[side].items[i];
        stui_grow (&list, &room, *count, sizeof *list);
        list[(*count)++] =
            (struct listed){stui_strdup (method->selector), stui_strdup (method->category)};
    }
    while (class.kind == SIM_CLASS
           && sim_kernel_next ((enum sim_class) class.number, side, &at, &selector, &category)) {
        char *name = stui_strndup (selector.text, selector.size);
        if (sim_library_method (library, class, side, name)) {
            free (name);
            continue;
        }
        stui_grow (&list, &room, *count, sizeof *list);
        list[(*count)++] = (struct listed){name, stui_strndup (category.text, category.size)};
    }
    if (*count > 0)
        qsort (list, *count, sizeof *list, compare_listed);
    return list;
}

static void
tell_methods (struct json *result, const struct sim_library *library, struct sim_value class,
              enum sim_side side)
{
    size_t count;
    struct listed *list = list_methods (library, class, side, &count);
    const char **categories = stui_alloc (count * sizeof *categories + 1);
    struct json *methods = json_array ();
    for (size_t i = 0; i < count; i++) {
        struct json *row = json_object ();
        json_set_text (row, "name", list[i].name);
        json_set_text (row, "category", list[i].category);
        json_push (methods, row);
        categories[i] = list[i].category;
    }
    json_set (result, "categories", sorted_once (categories, count));
    json_set (result, "methods", methods);
    for (size_t i = 0; i < count; i++) {
        free (list[i].name);
        free (list[i].category);
    }
    free (categories);
    free (list);
}

void
sim_browse_class (struct sim_image *self, struct sim_request *request)
{
    struct sim_value class;
    enum sim_side side;
    if (!sim_class_at (self, request, &class) || !sim_side_at (self, request, &side))
        return;
    const struct sim_library *library = sim_library_of (self);
    const struct sim_class_body *body = sim_library_body (library, class);
    struct json *result = json_object (), *instance = json_array (), *shared = json_array ();
    json_set (result, "class_info", told_class (library, class, side));
    tell_methods (result, library, class, side);
    for (size_t i = 0; body && i < body->names[side].count; i++)
        json_push (instance, json_string (body->names[side].items[i]));
    for (size_t i = 0; body && i < body->class_variables.count; i++)
        json_push (shared, json_string (body->class_variables.items[i].name));
    json_set (result, "instance_vars", instance);
    json_set (result, "class_vars", shared);
    sim_succeed (self, request, result);
}

/* ---- file_out ------------------------------------------------------------------------------ */

static void
put (struct sim_bytes *out, const char *text)
{
    sim_bytes_append (out, text, strlen (text));
}

/* TEXT as a chunk of its own; freed. */
static void
put_chunk (struct sim_bytes *out, char *text, const char *behind)
{
    char *chunk = sim_chunk_write (text);
    put (out, chunk);
    put (out, behind);
    free (chunk);
    free (text);
}

/* 'TEXT', its quotes doubled. Caller frees. */
static char *
quoted (const char *text)
{
    char *copy = stui_alloc (2 * strlen (text) + 3), *to = copy;
    *to++ = '\'';
    for (; *text; text++) {
        if (*text == '\'')
            *to++ = '\'';
        *to++ = *text;
    }
    *to = '\'';
    return copy;
}

/* The methods of one category, which is that of the one at FIRST. */
static void
put_category (struct sim_bytes *out, const struct sim_class_body *body, enum sim_side side,
              size_t first)
{
    const struct sim_methods *methods = &body->methods[side];
    const char *category = methods->items[first].category;
    char *name = quoted (category);
    put (out, "!");
    put_chunk (out,
               stui_printf ("%s%s methodsFor: %s", body->name,
                            side == SIM_SIDE_CLASS ? " class" : "", name),
               "\n\n");
    free (name);
    for (size_t i = first; i < methods->count; i++)
        if (strcmp (methods->items[i].category, category) == 0)
            put_chunk (out, stui_strdup (methods->items[i].source), "\n\n");
    put (out, " !\n\n");
}

static void
put_class (struct sim_bytes *out, const struct sim_library *library, struct sim_value class)
{
    const struct sim_class_body *body = sim_library_body (library, class);
    char *comment = quoted (comment_of (library, class));
    put_chunk (out, sim_definition_text (library, class, SIM_SIDE_INSTANCE), "\n\n");
    if (strcmp (comment, "''") != 0)
        put_chunk (out, stui_printf ("%s comment: %s", sim_class_name (class), comment), "\n\n");
    if (class.kind == SIM_OBJECT && body->names[SIM_SIDE_CLASS].count > 0)
        put_chunk (out, sim_definition_text (library, class, SIM_SIDE_CLASS), "\n\n");
    free (comment);
    for (int side = 0; body && side < SIM_SIDE_COUNT; side++)
        for (size_t i = 0; i < body->methods[side].count; i++) {
            size_t first = 0;
            while (strcmp (body->methods[side].items[first].category,
                           body->methods[side].items[i].category)
                   != 0)
                first++;
            if (first == i)
                put_category (out, body, (enum sim_side) side, i);
        }
}

static size_t depth_of (struct sim_value class)
{
    size_t depth = 0;
    for (; class.kind != SIM_NIL; class = sim_superclass (class))
        depth++;
    return depth;
}

/* All classes of PACKAGE, none before its superclass. False: there are none. */
static bool
put_package (struct sim_bytes *out, const struct sim_library *library, const char *package)
{
    size_t count, left = 0;
    struct sim_value *classes = sim_library_list (library, &count);
    for (size_t i = 0; i < count; i++)
        if (strcmp (sim_package_of (library, classes[i]), package) == 0)
            classes[left++] = classes[i];
    bool is_there = left > 0;
    for (size_t depth = 1; left > 0; depth++) {
        size_t kept = 0;
        for (size_t i = 0; i < left; i++)
            if (depth_of (classes[i]) == depth)
                put_class (out, library, classes[i]);
            else
                classes[kept++] = classes[i];
        left = kept;
    }
    free (classes);
    return is_there;
}

/* What there is behind COUNT characters of TEXT. */
static const char *
skip_characters (const char *text, int64_t count)
{
    while (*text && count-- > 0)
        do
            text++;
        while (((unsigned char) *text & 0xC0) == 0x80);
    return text;
}

static int64_t
count_characters (const char *text)
{
    int64_t count = 0;
    for (; *text; text++)
        count += ((unsigned char) *text & 0xC0) != 0x80;
    return count;
}

/* Fills OUT with what is asked for. False: it has been answered. */
static bool
file_out_at (struct sim_image *self, struct sim_request *request, struct sim_bytes *out)
{
    const struct sim_library *library = sim_library_of (self);
    const char *package;
    struct sim_value class;
    if (sim_has (request, "class_name") == sim_has (request, "package")) {
        sim_fail (self, request, STUI_E_INVALID_REQUEST, NULL,
                  "file_out takes either class_name or package");
        return false;
    }
    if (sim_has (request, "class_name")) {
        if (!sim_class_at (self, request, &class))
            return false;
        put_class (out, library, class);
        return true;
    }
    if (!sim_text_at (self, request, "package", NULL, &package))
        return false;
    if (put_package (out, library, package))
        return true;
    sim_fail (self, request, STUI_E_CLASS_NOT_FOUND, NULL, "there is no class in the package %s",
              package);
    return false;
}

void
sim_file_out (struct sim_image *self, struct sim_request *request)
{
    int64_t from, count;
    struct sim_bytes out = {0};
    if (!sim_integer_at (self, request, "from", 0, SIM_NUMBER_MAX, 0, &from)
        || !sim_integer_at (self, request, "count", 1, SIM_NUMBER_MAX, PART_MAX, &count))
        return;
    if (file_out_at (self, request, &out)) {
        sim_bytes_append (&out, "", 1);
        const char *begin = skip_characters (out.bytes, from);
        const char *end = skip_characters (begin, count < PART_MAX ? count : PART_MAX);
        char *part = stui_strndup (begin, (size_t) (end - begin));
        struct json *result = json_object ();
        json_set_text (result, "source", part);
        json_set_number (result, "from", from);
        json_set_number (result, "total_size", count_characters (out.bytes));
        free (part);
        sim_succeed (self, request, result);
    }
    sim_bytes_fini (&out);
}
