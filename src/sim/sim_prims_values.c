/* sim_prims_values.c: what integers, characters, strings, symbols and arrays of a simulated image
 * understand. */

#include <stdlib.h>
#include <string.h>

#include "sim/sim_message.h"

/* ---- integers and characters ------------------------------------------------------------- */

static int64_t
floor_quotient (int64_t one, int64_t other)
{
    return one / other - (one % other != 0 && (one < 0) != (other < 0));
}

static enum sim_sent
divide (const struct sim_message *self, enum sim_selector selector, int64_t one, int64_t other)
{
    if (other == 0)
        return sim_run_raise (self->run, SIM_CLASS_ZERO_DIVIDE, self->receiver, self->word,
                              "The program attempted to divide a number by zero");
    if (selector == SIM_SEL_MODULO)
        return sim_answer_integer (self, one - floor_quotient (one, other) * other);
    if (selector == SIM_SEL_DIVIDED && one % other != 0)
        return sim_run_raise (self->run, SIM_CLASS_LIMITED, self->receiver, self->word,
                              "a simulated image has no fractions such as %lld/%lld",
                              (long long) one, (long long) other);
    return sim_answer_integer (self, floor_quotient (one, other));
}

static enum sim_sent
calculate (const struct sim_message *self, enum sim_selector selector)
{
    struct sim_value value = sim_argument (self, 0);
    int64_t one = self->receiver.number, other = value.number, product;
    if (value.kind != SIM_INTEGER)
        return sim_wrong_argument (self, "an integer");
    switch (selector) {
    case SIM_SEL_PLUS:
        return sim_answer_integer (self, one + other);
    case SIM_SEL_MINUS:
        return sim_answer_integer (self, one - other);
    case SIM_SEL_TIMES:
        if (__builtin_mul_overflow (one, other, &product))
            product = INT64_MAX;
        return sim_answer_integer (self, product);
    case SIM_SEL_MIN:
        return sim_answer_integer (self, one < other ? one : other);
    case SIM_SEL_MAX:
        return sim_answer_integer (self, one > other ? one : other);
    case SIM_SEL_LESS:
        return sim_answer (self, sim_bool (one < other));
    case SIM_SEL_GREATER:
        return sim_answer (self, sim_bool (one > other));
    case SIM_SEL_LESS_EQUAL:
        return sim_answer (self, sim_bool (one <= other));
    case SIM_SEL_GREATER_EQUAL:
        return sim_answer (self, sim_bool (one >= other));
    default:
        return divide (self, selector, one, other);
    }
}

static enum sim_sent
make_interval (const struct sim_message *self, struct sim_value last)
{
    enum { ELEMENTS_MAX = 100000 };
    int64_t from = self->receiver.number, count = last.number - from + 1;
    if (last.kind != SIM_INTEGER)
        return sim_wrong_argument (self, "an integer");
    if (count > ELEMENTS_MAX)
        return sim_run_raise (self->run, SIM_CLASS_LIMITED, self->receiver, self->word,
                              "a simulated image has no intervals of more than %d elements",
                              ELEMENTS_MAX);
    struct sim_value array =
        sim_heap_new (&self->run->world->heap, SIM_SHAPE_ARRAY, count > 0 ? (size_t) count : 0);
    for (int64_t i = 0; i < count; i++)
        array.object->values[i] = sim_integer (from + i);
    return sim_answer (self, array);
}

enum sim_sent
sim_send_to_integer (const struct sim_message *self, enum sim_selector selector)
{
    int64_t number = self->receiver.number, product = 1;
    switch (selector) {
    case SIM_SEL_PLUS:
    case SIM_SEL_MINUS:
    case SIM_SEL_TIMES:
    case SIM_SEL_DIVIDED:
    case SIM_SEL_QUOTIENT:
    case SIM_SEL_MODULO:
    case SIM_SEL_LESS:
    case SIM_SEL_GREATER:
    case SIM_SEL_LESS_EQUAL:
    case SIM_SEL_GREATER_EQUAL:
    case SIM_SEL_MIN:
    case SIM_SEL_MAX:
        return calculate (self, selector);
    case SIM_SEL_ABS:
        return sim_answer_integer (self, number < 0 ? -number : number);
    case SIM_SEL_NEGATED:
        return sim_answer_integer (self, -number);
    case SIM_SEL_SQUARED:
        if (__builtin_mul_overflow (number, number, &product))
            product = INT64_MAX;
        return sim_answer_integer (self, product);
    case SIM_SEL_FACTORIAL:
        for (int64_t i = 2; i <= number && product <= SIM_INTEGER_MAX; i++)
            if (__builtin_mul_overflow (product, i, &product))
                product = INT64_MAX;
        return sim_answer_integer (self, product);
    case SIM_SEL_EVEN:
    case SIM_SEL_ODD:
        return sim_answer (self, sim_bool ((number % 2 == 0) == (selector == SIM_SEL_EVEN)));
    case SIM_SEL_BETWEEN:
        return sim_answer (self, sim_bool (sim_argument (self, 0).kind == SIM_INTEGER
                                           && sim_argument (self, 1).kind == SIM_INTEGER
                                           && sim_argument (self, 0).number <= number
                                           && number <= sim_argument (self, 1).number));
    case SIM_SEL_TO:
        return make_interval (self, sim_argument (self, 0));
    case SIM_SEL_IS_INTEGER:
        return sim_answer (self, sim_bool (true));
    case SIM_SEL_AS_INTEGER:
        return sim_answer (self, self->receiver);
    case SIM_SEL_AS_CHARACTER:
        return sim_answer (self, sim_character (number));
    case SIM_SEL_AS_STRING:
        return sim_answer_printed (self, true);
    default:
        return SIM_SENT_UNKNOWN;
    }
}

/* The UTF-8 of code point POINT in TEXT; its size. Points that are none become U+FFFD. */
size_t
sim_encode_point (int64_t point, char text[4])
{
    if (point < 0 || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
        point = 0xFFFD;
    if (point < 0x80) {
        text[0] = (char) point;
        return 1;
    }
    size_t size = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const unsigned char firsts[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = size; i-- > 1; point >>= 6)
        text[i] = (char) (0x80 | (point & 0x3F));
    text[0] = (char) (firsts[size] | point);
    return size;
}

enum sim_sent
sim_send_to_character (const struct sim_message *self, enum sim_selector selector)
{
    char text[4];
    if (selector == SIM_SEL_VALUE || selector == SIM_SEL_AS_INTEGER)
        return sim_answer (self, sim_integer (self->receiver.number));
    if (selector != SIM_SEL_AS_STRING && selector != SIM_SEL_DISPLAY_STRING)
        return SIM_SENT_UNKNOWN;
    return sim_answer_text (self, text, sim_encode_point (self->receiver.number, text));
}

/* ---- strings, symbols, arrays --------------------------------------------------------------- */

static enum sim_sent
out_of_bounds (const struct sim_message *self, struct sim_value index)
{
    if (index.kind != SIM_INTEGER)
        return sim_wrong_argument (self, "an integer");
    return sim_run_raise (self->run, SIM_CLASS_OUT_OF_BOUNDS, self->receiver, self->word,
                          "index %lld is out of bounds", (long long) index.number);
}

static bool
is_index (struct sim_value value, size_t count)
{
    return value.kind == SIM_INTEGER && value.number >= 1 && (uint64_t) value.number <= count;
}

static enum sim_sent
reverse_text (const struct sim_message *self)
{
    const struct sim_object *text = self->receiver.object;
    struct sim_value reversed =
        sim_heap_new (&self->run->world->heap, SIM_SHAPE_STRING, text->count);
    size_t to = text->count;
    for (size_t at = 0, size; at < text->count; at += size) {
        unsigned char first = (unsigned char) text->text[at];
        size = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
        if (size > text->count - at)
            size = 1;
        to -= size;
        memcpy (reversed.object->text + to, text->text + at, size);
    }
    return sim_answer (self, reversed);
}

static enum sim_sent
change_case (const struct sim_message *self, bool upper)
{
    const struct sim_object *text = self->receiver.object;
    struct sim_value changed =
        sim_heap_text (&self->run->world->heap, SIM_SHAPE_STRING, text->text, text->count);
    for (size_t i = 0; i < text->count; i++) {
        char *c = &changed.object->text[i];
        if (upper ? *c >= 'a' && *c <= 'z' : *c >= 'A' && *c <= 'Z')
            *c ^= 0x20;
    }
    return sim_answer (self, changed);
}

static enum sim_sent
text_to_integer (const struct sim_message *self)
{
    char *end;
    long long number = strtoll (self->receiver.object->text, &end, 10);
    return end == self->receiver.object->text ? sim_answer (self, sim_nil ())
                                              : sim_answer_integer (self, number);
}

static int
compare_texts (const struct sim_object *one, const struct sim_object *other)
{
    size_t least = one->count < other->count ? one->count : other->count;
    int order = memcmp (one->text, other->text, least);
    return order ? order : (one->count > other->count) - (one->count < other->count);
}

static enum sim_sent
compare_text (const struct sim_message *self, enum sim_selector selector)
{
    if (!sim_is_text (sim_argument (self, 0)))
        return sim_wrong_argument (self, "a string");
    int order = compare_texts (self->receiver.object, sim_argument (self, 0).object);
    return sim_answer (self, sim_bool (selector == SIM_SEL_LESS         ? order < 0
                                       : selector == SIM_SEL_GREATER    ? order > 0
                                       : selector == SIM_SEL_LESS_EQUAL ? order <= 0
                                                                        : order >= 0));
}

enum sim_sent
sim_send_to_text (const struct sim_message *self, enum sim_selector selector)
{
    const struct sim_object *text = self->receiver.object;
    switch (selector) {
    case SIM_SEL_LESS:
    case SIM_SEL_GREATER:
    case SIM_SEL_LESS_EQUAL:
    case SIM_SEL_GREATER_EQUAL:
        return compare_text (self, selector);
    case SIM_SEL_REVERSE:
    case SIM_SEL_REVERSED:
        return reverse_text (self);
    case SIM_SEL_UPPERCASE:
    case SIM_SEL_LOWERCASE:
        return change_case (self, selector == SIM_SEL_UPPERCASE);
    case SIM_SEL_AS_SYMBOL:
        return sim_answer (self, sim_heap_text (&self->run->world->heap, SIM_SHAPE_SYMBOL,
                                                text->text, text->count));
    case SIM_SEL_AS_STRING:
        return sim_answer_text (self, text->text, text->count);
    case SIM_SEL_AS_INTEGER:
        return text_to_integer (self);
    case SIM_SEL_IS_STRING:
        return sim_answer (self, sim_bool (true));
    case SIM_SEL_IS_SYMBOL:
        return sim_answer (self, sim_bool (text->shape == SIM_SHAPE_SYMBOL));
    case SIM_SEL_INCLUDES_STRING:
        if (!sim_is_text (sim_argument (self, 0)))
            return sim_wrong_argument (self, "a string");
        return sim_answer (
            self, sim_bool (memmem (text->text, text->count, sim_argument (self, 0).object->text,
                                    sim_argument (self, 0).object->count)
                            != NULL));
    default:
        return SIM_SENT_UNKNOWN;
    }
}

/* Element INDEX (from 0) of a string, symbol or array. */
static struct sim_value
element (const struct sim_object *object, size_t index)
{
    return object->shape == SIM_SHAPE_ARRAY ? object->values[index]
                                            : sim_character ((unsigned char) object->text[index]);
}

static enum sim_sent
put_element (const struct sim_message *self)
{
    struct sim_object *object = self->receiver.object;
    struct sim_value index = sim_argument (self, 0), value = sim_argument (self, 1);
    if (!is_index (index, object->count))
        return out_of_bounds (self, index);
    if (object->shape == SIM_SHAPE_ARRAY)
        object->values[index.number - 1] = value;
    else if (object->shape == SIM_SHAPE_SYMBOL)
        return SIM_SENT_UNKNOWN;
    else if (value.kind != SIM_CHARACTER || value.number > 0xFF)
        return sim_wrong_argument (self, "a character below 256");
    else
        object->text[index.number - 1] = (char) value.number;
    return sim_answer (self, value);
}

static enum sim_sent
copy_part (const struct sim_message *self, size_t from, size_t count)
{
    const struct sim_object *object = self->receiver.object;
    struct sim_heap *heap = &self->run->world->heap;
    if (object->shape != SIM_SHAPE_ARRAY)
        return sim_answer_text (self, object->text + from, count);
    struct sim_value copy = sim_heap_new (heap, SIM_SHAPE_ARRAY, count);
    memcpy (copy.object->values, object->values + from, count * sizeof *object->values);
    return sim_answer (self, copy);
}

static enum sim_sent
copy_from_to (const struct sim_message *self)
{
    struct sim_value from = sim_argument (self, 0), to = sim_argument (self, 1);
    size_t count = self->receiver.object->count;
    bool is_empty = from.kind == SIM_INTEGER && to.kind == SIM_INTEGER
                    && to.number == from.number - 1 && is_index (from, count + 1);
    if (is_empty)
        return copy_part (self, 0, 0);
    if (!is_index (from, count) || !is_index (to, count) || to.number < from.number)
        return out_of_bounds (self, is_index (from, count) ? to : from);
    return copy_part (self, (size_t) from.number - 1, (size_t) (to.number - from.number + 1));
}

static enum sim_sent
concatenate (const struct sim_message *self)
{
    const struct sim_object *one = self->receiver.object;
    struct sim_value value = sim_argument (self, 0);
    bool is_array = one->shape == SIM_SHAPE_ARRAY;
    if (is_array ? !sim_is (value, SIM_SHAPE_ARRAY) : !sim_is_text (value))
        return sim_wrong_argument (self, is_array ? "an array" : "a string");
    const struct sim_object *other = value.object;
    size_t count = one->count + other->count;
    size_t unit = is_array ? sizeof *one->values : 1;
    if (count * unit > SIM_HEAP_GROWTH_MAX)
        return SIM_SENT_LARGE;
    struct sim_value joined = sim_heap_new (&self->run->world->heap,
                                            is_array ? SIM_SHAPE_ARRAY : SIM_SHAPE_STRING, count);
    memcpy (joined.object->text, one->text, one->count * unit);
    memcpy (joined.object->text + one->count * unit, other->text, other->count * unit);
    return sim_answer (self, joined);
}

static enum sim_sent
includes_element (const struct sim_message *self)
{
    const struct sim_object *object = self->receiver.object;
    for (size_t i = 0; i < object->count; i++)
        if (sim_equal (element (object, i), sim_argument (self, 0)))
            return sim_answer (self, sim_bool (true));
    return sim_answer (self, sim_bool (false));
}

enum sim_sent
sim_send_to_collection (const struct sim_message *self, enum sim_selector selector)
{
    const struct sim_object *object = self->receiver.object;
    switch (selector) {
    case SIM_SEL_SIZE:
        return sim_answer (self, sim_integer ((int64_t) object->count));
    case SIM_SEL_IS_EMPTY:
    case SIM_SEL_NOT_EMPTY:
        return sim_answer (self, sim_bool ((object->count == 0) == (selector == SIM_SEL_IS_EMPTY)));
    case SIM_SEL_AT:
        if (!is_index (sim_argument (self, 0), object->count))
            return out_of_bounds (self, sim_argument (self, 0));
        return sim_answer (self, element (object, (size_t) sim_argument (self, 0).number - 1));
    case SIM_SEL_AT_PUT:
        return put_element (self);
    case SIM_SEL_FIRST:
    case SIM_SEL_LAST:
        if (object->count == 0)
            return out_of_bounds (self, sim_integer (selector == SIM_SEL_FIRST));
        return sim_answer (self,
                           element (object, selector == SIM_SEL_FIRST ? 0 : object->count - 1));
    case SIM_SEL_COPY:
        return copy_from_to (self);
    case SIM_SEL_COMMA:
        return concatenate (self);
    case SIM_SEL_INCLUDES:
        return includes_element (self);
    default:
        return SIM_SENT_UNKNOWN;
    }
}
