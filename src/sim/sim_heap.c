/* sim_heap.c: objects on one list; a collection marks without recursion, so that no chain of
 * objects is too long for the stack. Owns every object. */

#include "sim/sim_heap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/utf8.h"
#include "sim/sim_class.h"

enum {
    ROOM_LEAST = 262144, /* between two collections: with less they cost more than they free */
    ROOM_MOST = 4194304, /* with more, what an evaluation took is noticed too late */
    PRINT_DEPTH_MAX = 8, /* of arrays in arrays, which may hold themselves */
};

const char *const sim_kernel_names[SIM_CLASS_COUNT] = {
#define X(symbol, name, super) [SIM_CLASS_##symbol] = name,
    SIM_CLASSES (X)
#undef X
};

static const enum sim_class superclasses[SIM_CLASS_COUNT] = {
#define X(symbol, name, super) [SIM_CLASS_##symbol] = SIM_CLASS_##super,
    SIM_CLASSES (X)
#undef X
};

/* ---- values ------------------------------------------------------------------------------ */

struct sim_value
sim_nil (void)
{
    return (struct sim_value){.kind = SIM_NIL};
}

struct sim_value
sim_bool (bool value)
{
    return (struct sim_value){.kind = value ? SIM_TRUE : SIM_FALSE};
}

struct sim_value
sim_integer (int64_t number)
{
    return (struct sim_value){.kind = SIM_INTEGER, .number = number};
}

struct sim_value
sim_character (int64_t number)
{
    return (struct sim_value){.kind = SIM_CHARACTER, .number = number};
}

struct sim_value sim_class_value (enum sim_class class)
{
    return (struct sim_value){.kind = SIM_CLASS, .number = class};
}

bool
sim_is (struct sim_value value, enum sim_shape shape)
{
    return value.kind == SIM_OBJECT && value.object->shape == shape;
}

bool
sim_is_text (struct sim_value value)
{
    return sim_is (value, SIM_SHAPE_STRING) || sim_is (value, SIM_SHAPE_SYMBOL);
}

bool
sim_identical (struct sim_value one, struct sim_value other)
{
    if (sim_is (one, SIM_SHAPE_SYMBOL) && sim_is (other, SIM_SHAPE_SYMBOL))
        return one.object->count == other.object->count
               && memcmp (one.object->text, other.object->text, one.object->count) == 0;
    if (one.kind != other.kind)
        return false;
    return one.kind == SIM_OBJECT ? one.object == other.object
                                  : one.kind <= SIM_TRUE || one.number == other.number;
}

static bool
equal_within (struct sim_value one, struct sim_value other, int depth)
{
    if (sim_identical (one, other))
        return true;
    if (one.kind != SIM_OBJECT || other.kind != SIM_OBJECT
        || one.object->shape != other.object->shape || one.object->count != other.object->count)
        return false;
    if (one.object->shape == SIM_SHAPE_STRING)
        return memcmp (one.object->text, other.object->text, one.object->count) == 0;
    if (one.object->shape != SIM_SHAPE_ARRAY || depth == 0)
        return false;
    for (size_t i = 0; i < one.object->count; i++)
        if (!equal_within (one.object->values[i], other.object->values[i], depth - 1))
            return false;
    return true;
}

bool
sim_equal (struct sim_value one, struct sim_value other)
{
    return equal_within (one, other, 2); /* deeper is not worth an endless comparison */
}

/* ---- classes ----------------------------------------------------------------------------- */

bool
sim_is_class (struct sim_value value)
{
    return value.kind == SIM_CLASS || sim_is (value, SIM_SHAPE_CLASS);
}

struct sim_value
sim_class_of (struct sim_value value)
{
    static const enum sim_class simple[] = {
        [SIM_NIL] = SIM_CLASS_UNDEFINED,
        [SIM_FALSE] = SIM_CLASS_FALSE_CLASS,
        [SIM_TRUE] = SIM_CLASS_TRUE_CLASS,
        [SIM_INTEGER] = SIM_CLASS_SMALL_INTEGER,
        [SIM_CHARACTER] = SIM_CLASS_CHARACTER_CLASS,
        [SIM_CLASS] = SIM_CLASS_CLASS_CLASS,
    };
    static const enum sim_class shapes[SIM_SHAPE_COUNT] = {
        [SIM_SHAPE_STRING] = SIM_CLASS_STRING, [SIM_SHAPE_SYMBOL] = SIM_CLASS_SYMBOL,
        [SIM_SHAPE_ARRAY] = SIM_CLASS_ARRAY,   [SIM_SHAPE_BLOCK] = SIM_CLASS_BLOCK,
        [SIM_SHAPE_DELAY] = SIM_CLASS_DELAY,   [SIM_SHAPE_CLASS] = SIM_CLASS_CLASS_CLASS,
    };
    if (value.kind != SIM_OBJECT)
        return sim_class_value (simple[value.kind]);
    if (sim_instance_variables (value))
        return value.object->values[SIM_PLAIN_CLASS];
    return sim_class_value (shapes[value.object->shape]);
}

struct sim_value sim_superclass (struct sim_value class)
{
    if (class.kind == SIM_OBJECT)
        return class.object->values[0];
    return class.number == SIM_CLASS_OBJECT ? sim_nil ()
                                            : sim_class_value (superclasses[class.number]);
}

const char *sim_class_name (struct sim_value class)
{
    return class.kind == SIM_OBJECT ? class.object->body->name : sim_kernel_names[class.number];
}

bool
sim_class_inherits (struct sim_value class, struct sim_value from)
{
    while (class.kind != SIM_NIL && !sim_identical (class, from))
        class = sim_superclass (class);
    return class.kind != SIM_NIL;
}

enum sim_class sim_kernel_class (struct sim_value class)
{
    while (class.kind == SIM_OBJECT)
        class = sim_superclass (class);
    return class.kind == SIM_NIL ? SIM_CLASS_COUNT : (enum sim_class) class.number;
}

bool
sim_inherits_kernel (struct sim_value class, enum sim_class from)
{
    return sim_class_inherits (class, sim_class_value (from));
}

struct sim_value *
sim_instance_variables (struct sim_value value)
{
    if (sim_is (value, SIM_SHAPE_PLAIN))
        return &value.object->values[SIM_PLAIN_VARIABLES];
    return sim_is (value, SIM_SHAPE_EXCEPTION) ? &value.object->values[SIM_EXCEPTION_VARIABLES]
                                               : NULL;
}

/* ---- memory ------------------------------------------------------------------------------ */

static size_t
object_bytes (const struct sim_object *object)
{
    bool is_text = object->shape == SIM_SHAPE_STRING || object->shape == SIM_SHAPE_SYMBOL;
    size_t bytes =
        sizeof *object + (is_text ? object->count : object->count * sizeof (struct sim_value));
    if (object->shape == SIM_SHAPE_CODE && object->code)
        bytes += object->code->instruction_count * sizeof *object->code->instructions;
    return bytes;
}

static struct sim_object *
object_new (struct sim_heap *self, enum sim_shape shape, size_t count)
{
    bool is_text = shape == SIM_SHAPE_STRING || shape == SIM_SHAPE_SYMBOL;
    struct sim_object *object =
        stui_alloc (sizeof *object + (is_text ? count + 1 : count * sizeof (struct sim_value)));
    object->shape = (uint8_t) shape;
    object->count = count;
    object->text = (char *) object->values;
    object->next = self->objects;
    self->objects = object;
    self->bytes += object_bytes (object);
    if (self->threshold == 0)
        self->threshold = ROOM_LEAST;
    return object;
}

struct sim_value
sim_heap_new (struct sim_heap *self, enum sim_shape shape, size_t count)
{
    return (struct sim_value){.kind = SIM_OBJECT, .object = object_new (self, shape, count)};
}

struct sim_value
sim_heap_text (struct sim_heap *self, enum sim_shape shape, const char *text, size_t size)
{
    struct sim_value value = sim_heap_new (self, shape, size);
    if (size > 0)
        memcpy (value.object->text, text, size);
    return value;
}

struct sim_value
sim_heap_code (struct sim_heap *self, struct sim_code **code)
{
    struct sim_value value = sim_heap_new (self, SIM_SHAPE_CODE, SIM_CODE_VALUES);
    value.object->code = *code;
    self->bytes += (*code)->instruction_count * sizeof *(*code)->instructions;
    *code = NULL;
    return value;
}

struct sim_value
sim_heap_class (struct sim_heap *self, struct sim_class_body **body)
{
    struct sim_value value = sim_heap_new (self, SIM_SHAPE_CLASS, 1);
    value.object->body = *body;
    *body = NULL;
    return value;
}

void
sim_heap_mark (struct sim_heap *self, struct sim_value value)
{
    if (value.kind != SIM_OBJECT || value.object->is_marked)
        return;
    value.object->is_marked = true;
    value.object->gray = self->gray;
    self->gray = value.object;
}

void
sim_heap_sweep (struct sim_heap *self)
{
    while (self->gray) {
        struct sim_object *object = self->gray;
        self->gray = object->gray;
        if (object->shape == SIM_SHAPE_STRING || object->shape == SIM_SHAPE_SYMBOL)
            continue;
        if (object->shape == SIM_SHAPE_CLASS)
            sim_class_body_mark (object->body, self);
        for (size_t i = 0; i < object->count; i++)
            sim_heap_mark (self, object->values[i]);
    }
    self->bytes = 0;
    for (struct sim_object **link = &self->objects; *link;) {
        struct sim_object *object = *link;
        if (object->is_marked) {
            object->is_marked = false;
            self->bytes += object_bytes (object);
            link = &object->next;
            continue;
        }
        *link = object->next;
        if (object->shape == SIM_SHAPE_CODE)
            sim_code_destroy (&object->code);
        if (object->shape == SIM_SHAPE_CLASS)
            sim_class_body_destroy (&object->body);
        free (object);
    }
    self->live = self->bytes;
    size_t room = self->live < ROOM_LEAST  ? ROOM_LEAST
                  : self->live > ROOM_MOST ? ROOM_MOST
                                           : self->live;
    self->threshold = self->live + room;
}

void
sim_heap_fini (struct sim_heap *self)
{
    self->gray = NULL;
    sim_heap_sweep (self);
}

/* ---- printing ---------------------------------------------------------------------------- */

struct print {
    char *text; /* owned */
    size_t size, room, characters, limit;
    bool is_truncated, displays;
};

/* Adds the character in the SIZE bytes at TEXT; false when no more fit. */
static bool
print_character (struct print *self, const char *text, size_t size)
{
    if (self->characters == self->limit) {
        self->is_truncated = true;
        return false;
    }
    while (self->size + size >= self->room) {
        self->room = self->room ? self->room * 2 : 64;
        self->text = stui_realloc (self->text, self->room);
    }
    memcpy (self->text + self->size, text, size);
    self->size += size;
    self->characters++;
    return true;
}

/* Adds what a person can be shown of the SIZE bytes; a byte that is no UTF-8 becomes U+FFFD, a NUL
 * U+2400. QUOTE (NUL: none) is doubled. */
static void
print_text (struct print *self, const char *text, size_t size, char quote)
{
    for (size_t at = 0; at < size;) {
        unsigned char first = (unsigned char) text[at];
        size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
        bool is_valid = length <= size - at && utf8_valid_prefix (text + at, length) == length;
        const char *shown = first == 0 ? "\u2400" : is_valid ? text + at : "\uFFFD";
        size_t shown_size = first == 0 || !is_valid ? 3 : length;
        if (!print_character (self, shown, shown_size)
            || (quote && text[at] == quote && !print_character (self, shown, shown_size)))
            return;
        at += is_valid ? length : 1;
    }
}

static void
print_words (struct print *self, const char *words)
{
    print_text (self, words, strlen (words), '\0');
}

static void
print_quoted (struct print *self, const struct sim_object *object)
{
    print_words (self, "'");
    print_text (self, object->text, object->count, '\'');
    print_words (self, "'");
}

static bool
is_plain_symbol (const struct sim_object *object)
{
    for (size_t i = 0; i < object->count; i++)
        if (strchr (" '()\"\t\n\r", object->text[i]))
            return false;
    return object->count > 0;
}

static void
print_code_point (struct print *self, int64_t point)
{
    char text[16];
    size_t size = 0;
    if (point > ' ' && point < 0x7F)
        text[size++] = (char) point;
    else {
        snprintf (text, sizeof text, "<16r%llX>", (unsigned long long) point);
        size = strlen (text);
    }
    print_text (self, text, size, '\0');
}

static void
print_value (struct print *self, struct sim_value value, bool displays, int depth)
{
    char number[32];
    const char *name = sim_class_name (sim_class_of (value));
    if (value.kind == SIM_NIL || value.kind == SIM_TRUE || value.kind == SIM_FALSE)
        print_words (self, value.kind == SIM_NIL    ? "nil"
                           : value.kind == SIM_TRUE ? "true"
                                                    : "false");
    else if (value.kind == SIM_INTEGER) {
        snprintf (number, sizeof number, "%lld", (long long) value.number);
        print_words (self, number);
    }
    else if (value.kind == SIM_CHARACTER) {
        print_words (self, displays ? "" : "$");
        print_code_point (self, value.number);
    }
    else if (sim_is_class (value))
        print_words (self, sim_class_name (value));
    else if (sim_is_text (value) && displays)
        print_text (self, value.object->text, value.object->count, '\0');
    else if (sim_is (value, SIM_SHAPE_STRING))
        print_quoted (self, value.object);
    else if (sim_is (value, SIM_SHAPE_SYMBOL)) {
        print_words (self, "#");
        if (is_plain_symbol (value.object))
            print_text (self, value.object->text, value.object->count, '\0');
        else
            print_quoted (self, value.object);
    }
    else if (sim_is (value, SIM_SHAPE_ARRAY) && depth < PRINT_DEPTH_MAX) {
        print_words (self, "(");
        for (size_t i = 0; i < value.object->count && !self->is_truncated; i++) {
            print_value (self, value.object->values[i], displays, depth + 1);
            print_words (self, " ");
        }
        print_words (self, ")");
    }
    else {
        print_words (self, strchr ("AEIOU", *name) ? "an " : "a ");
        print_words (self, name);
    }
}

char *
sim_print (struct sim_value value, bool displays, size_t limit, size_t *size, bool *is_truncated)
{
    struct print print = {.limit = limit};
    print_value (&print, value, displays, 0);
    if (!print.text)
        print.text = stui_strdup ("");
    print.text[print.size] = '\0';
    if (size)
        *size = print.size;
    if (is_truncated)
        *is_truncated = print.is_truncated;
    return print.text;
}
