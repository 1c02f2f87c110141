/* sim_prims.c: the messages that values of a simulated image understand: one function for each
 * kind of receiver, tried from the narrowest to what every object understands. A message is found
 * by its name in a table of words. Owns nothing. */

#include "sim/sim_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/utf8.h"

#define SELECTORS(X)                                                                               \
    X (PLUS, "+") X (MINUS, "-") X (TIMES, "*") X (DIVIDED, "/") X (QUOTIENT, "//")                \
    X (MODULO, "\\\\") X (LESS, "<") X (GREATER, ">") X (LESS_EQUAL, "<=") X (GREATER_EQUAL, ">=") \
    X (EQUAL, "=") X (UNEQUAL, "~=") X (SAME, "==") X (DIFFERENT, "~~") X (COMMA, ",")             \
    X (AND, "&") X (OR, "|") X (AND_LAZY, "and:") X (OR_LAZY, "or:") X (NOT, "not")                \
    X (IF_TRUE, "ifTrue:") X (IF_FALSE, "ifFalse:") X (IF_TRUE_FALSE, "ifTrue:ifFalse:")           \
    X (IF_FALSE_TRUE, "ifFalse:ifTrue:") X (IF_NIL, "ifNil:") X (IF_NOT_NIL, "ifNotNil:")          \
    X (IF_NIL_NOT_NIL, "ifNil:ifNotNil:") X (IS_NIL, "isNil") X (NOT_NIL, "notNil")                \
    X (CLASS, "class") X (NAME, "name") X (YOURSELF, "yourself") X (IS_STRING, "isString")         \
    X (IS_SYMBOL, "isSymbol") X (IS_INTEGER, "isInteger") X (PRINT_STRING, "printString")          \
    X (DISPLAY_STRING, "displayString") X (PRINT_NL, "printNl") X (DISPLAY_NL, "displayNl")        \
    X (ERROR, "error:") X (VALUE, "value") X (VALUE_1, "value:") X (VALUE_2, "value:value:")       \
    X (VALUE_3, "value:value:value:") X (NUM_ARGS, "numArgs") X (ON_DO, "on:do:")                  \
    X (ABS, "abs") X (NEGATED, "negated") X (MIN, "min:") X (MAX, "max:")                          \
    X (BETWEEN, "between:and:") X (EVEN, "even") X (ODD, "odd") X (TO, "to:") X (SQUARED, "squared") \
    X (FACTORIAL, "factorial") X (AS_CHARACTER, "asCharacter") X (AS_INTEGER, "asInteger")         \
    X (AS_STRING, "asString") X (AS_SYMBOL, "asSymbol") X (SIZE, "size") X (IS_EMPTY, "isEmpty")   \
    X (NOT_EMPTY, "notEmpty") X (REVERSE, "reverse") X (REVERSED, "reversed")                      \
    X (UPPERCASE, "asUppercase") X (LOWERCASE, "asLowercase") X (AT, "at:") X (AT_PUT, "at:put:")  \
    X (FIRST, "first") X (LAST, "last") X (COPY, "copyFrom:to:") X (INCLUDES, "includes:")         \
    X (INCLUDES_STRING, "includesSubstring:") X (NEW, "new") X (NEW_SIZE, "new:")                  \
    X (WITH, "with:") X (SIGNAL, "signal")                           \
    X (SIGNAL_TEXT, "signal:") X (MESSAGE_TEXT, "messageText") X (DESCRIPTION, "description")      \
    X (RETURN, "return:") X (RETURN_NIL, "return") X (FOR_MILLISECONDS, "forMilliseconds:")        \
    X (FOR_SECONDS, "forSeconds:") X (WAIT, "wait") X (NEXT, "next") X (RESET, "reset")            \
    X (AT_IF_ABSENT, "at:ifAbsent:") X (INCLUDES_KEY, "includesKey:") X (VERSION, "version")       \
    X (SHOW, "show:") X (SHOW_CR, "showCr:") X (DISPLAY, "display:") X (PRINT, "print:")           \
    X (CR, "cr") X (NL, "nl") X (TAB, "tab") X (SPACE, "space") X (FLUSH, "flush")

enum selector {
#define X(symbol, word) SELECTOR_##symbol,
    SELECTORS (X)
#undef X
        SELECTOR_COUNT
};

static const char *const words[SELECTOR_COUNT] = {
#define X(symbol, word) [SELECTOR_##symbol] = word,
    SELECTORS (X)
#undef X
};

/* One message on its way. */
struct message {
    struct sim_run *run;
    const char *word;
    struct sim_value receiver;
    const struct sim_value *arguments;
    size_t count;
    struct sim_value *result;
};

static enum sim_sent
answer (const struct message *self, struct sim_value value)
{
    *self->result = value;
    return SIM_SENT_VALUE;
}

static enum sim_sent
answer_integer (const struct message *self, int64_t number)
{
    if (number > SIM_INTEGER_MAX || number < -SIM_INTEGER_MAX)
        return sim_run_raise (self->run, SIM_CLASS_LIMITED, self->receiver, self->word,
                              "a simulated image has no integers beyond 2^53");
    return answer (self, sim_integer (number));
}

static enum sim_sent
answer_text (const struct message *self, const char *text, size_t size)
{
    return answer (self, sim_heap_text (&self->run->world->heap, SIM_SHAPE_STRING, text, size));
}

/* The print string or display string of the receiver. */
static enum sim_sent
answer_printed (const struct message *self, bool displays)
{
    size_t size;
    char *text = sim_print (self->receiver, displays, SIM_RESULT_MAX, &size, NULL);
    enum sim_sent sent = answer_text (self, text, size);
    free (text);
    return sent;
}

static enum sim_sent
wrong_argument (const struct message *self, const char *wanted)
{
    return sim_run_raise (self->run, SIM_CLASS_WRONG_VALUE, self->receiver, self->word,
                          "the argument of %s must be %s", self->word, wanted);
}

static enum sim_sent
out_of_bounds (const struct message *self, struct sim_value index)
{
    if (index.kind != SIM_INTEGER)
        return wrong_argument (self, "an integer");
    return sim_run_raise (self->run, SIM_CLASS_OUT_OF_BOUNDS, self->receiver, self->word,
                          "index %lld is out of bounds", (long long) index.number);
}

/* VALUE, or what the block that it is comes to. */
static enum sim_sent
answer_lazily (const struct message *self, struct sim_value value)
{
    return sim_is (value, SIM_SHAPE_BLOCK) ? sim_run_activate (self->run, value, NULL, 0)
                                           : answer (self, value);
}

static struct sim_value
argument (const struct message *self, size_t index)
{
    return self->arguments[index];
}

/* ---- integers and characters ------------------------------------------------------------- */

static int64_t
floor_quotient (int64_t one, int64_t other)
{
    return one / other - (one % other != 0 && (one < 0) != (other < 0));
}

static enum sim_sent
divide (const struct message *self, enum selector selector, int64_t one, int64_t other)
{
    if (other == 0)
        return sim_run_raise (self->run, SIM_CLASS_ZERO_DIVIDE, self->receiver, self->word,
                              "The program attempted to divide a number by zero");
    if (selector == SELECTOR_MODULO)
        return answer_integer (self, one - floor_quotient (one, other) * other);
    if (selector == SELECTOR_DIVIDED && one % other != 0)
        return sim_run_raise (self->run, SIM_CLASS_LIMITED, self->receiver, self->word,
                              "a simulated image has no fractions such as %lld/%lld",
                              (long long) one, (long long) other);
    return answer_integer (self, floor_quotient (one, other));
}

static enum sim_sent
calculate (const struct message *self, enum selector selector)
{
    struct sim_value value = argument (self, 0);
    int64_t one = self->receiver.number, other = value.number, product;
    if (value.kind != SIM_INTEGER)
        return wrong_argument (self, "an integer");
    switch (selector) {
    case SELECTOR_PLUS:
        return answer_integer (self, one + other);
    case SELECTOR_MINUS:
        return answer_integer (self, one - other);
    case SELECTOR_TIMES:
        if (__builtin_mul_overflow (one, other, &product))
            product = INT64_MAX;
        return answer_integer (self, product);
    case SELECTOR_MIN:
        return answer_integer (self, one < other ? one : other);
    case SELECTOR_MAX:
        return answer_integer (self, one > other ? one : other);
    case SELECTOR_LESS:
        return answer (self, sim_bool (one < other));
    case SELECTOR_GREATER:
        return answer (self, sim_bool (one > other));
    case SELECTOR_LESS_EQUAL:
        return answer (self, sim_bool (one <= other));
    case SELECTOR_GREATER_EQUAL:
        return answer (self, sim_bool (one >= other));
    default:
        return divide (self, selector, one, other);
    }
}

static enum sim_sent
make_interval (const struct message *self, struct sim_value last)
{
    enum { ELEMENTS_MAX = 100000 };
    int64_t from = self->receiver.number, count = last.number - from + 1;
    if (last.kind != SIM_INTEGER)
        return wrong_argument (self, "an integer");
    if (count > ELEMENTS_MAX)
        return sim_run_raise (self->run, SIM_CLASS_LIMITED, self->receiver, self->word,
                              "a simulated image has no intervals of more than %d elements",
                              ELEMENTS_MAX);
    struct sim_value array = sim_heap_new (&self->run->world->heap, SIM_SHAPE_ARRAY,
                                           count > 0 ? (size_t) count : 0);
    for (int64_t i = 0; i < count; i++)
        array.object->values[i] = sim_integer (from + i);
    return answer (self, array);
}

static enum sim_sent
send_to_integer (const struct message *self, enum selector selector)
{
    int64_t number = self->receiver.number, product = 1;
    switch (selector) {
    case SELECTOR_PLUS:
    case SELECTOR_MINUS:
    case SELECTOR_TIMES:
    case SELECTOR_DIVIDED:
    case SELECTOR_QUOTIENT:
    case SELECTOR_MODULO:
    case SELECTOR_LESS:
    case SELECTOR_GREATER:
    case SELECTOR_LESS_EQUAL:
    case SELECTOR_GREATER_EQUAL:
    case SELECTOR_MIN:
    case SELECTOR_MAX:
        return calculate (self, selector);
    case SELECTOR_ABS:
        return answer_integer (self, number < 0 ? -number : number);
    case SELECTOR_NEGATED:
        return answer_integer (self, -number);
    case SELECTOR_SQUARED:
        if (__builtin_mul_overflow (number, number, &product))
            product = INT64_MAX;
        return answer_integer (self, product);
    case SELECTOR_FACTORIAL:
        for (int64_t i = 2; i <= number && product <= SIM_INTEGER_MAX; i++)
            if (__builtin_mul_overflow (product, i, &product))
                product = INT64_MAX;
        return answer_integer (self, product);
    case SELECTOR_EVEN:
    case SELECTOR_ODD:
        return answer (self, sim_bool ((number % 2 == 0) == (selector == SELECTOR_EVEN)));
    case SELECTOR_BETWEEN:
        return answer (self, sim_bool (argument (self, 0).kind == SIM_INTEGER
                                       && argument (self, 1).kind == SIM_INTEGER
                                       && argument (self, 0).number <= number
                                       && number <= argument (self, 1).number));
    case SELECTOR_TO:
        return make_interval (self, argument (self, 0));
    case SELECTOR_IS_INTEGER:
        return answer (self, sim_bool (true));
    case SELECTOR_AS_INTEGER:
        return answer (self, self->receiver);
    case SELECTOR_AS_CHARACTER:
        return answer (self, sim_character (number));
    case SELECTOR_AS_STRING:
        return answer_printed (self, true);
    default:
        return SIM_SENT_UNKNOWN;
    }
}

/* The UTF-8 of code point POINT in TEXT; its size. Points that are none become U+FFFD. */
static size_t
encode_point (int64_t point, char text[4])
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

static enum sim_sent
send_to_character (const struct message *self, enum selector selector)
{
    char text[4];
    if (selector == SELECTOR_VALUE || selector == SELECTOR_AS_INTEGER)
        return answer (self, sim_integer (self->receiver.number));
    if (selector != SELECTOR_AS_STRING && selector != SELECTOR_DISPLAY_STRING)
        return SIM_SENT_UNKNOWN;
    return answer_text (self, text, encode_point (self->receiver.number, text));
}

/* ---- true, false, nil ---------------------------------------------------------------------- */

static enum sim_sent
send_to_boolean (const struct message *self, enum selector selector)
{
    bool is_true = self->receiver.kind == SIM_TRUE;
    switch (selector) {
    case SELECTOR_IF_TRUE:
        return is_true ? answer_lazily (self, argument (self, 0)) : answer (self, sim_nil ());
    case SELECTOR_IF_FALSE:
        return is_true ? answer (self, sim_nil ()) : answer_lazily (self, argument (self, 0));
    case SELECTOR_IF_TRUE_FALSE:
        return answer_lazily (self, argument (self, is_true ? 0 : 1));
    case SELECTOR_IF_FALSE_TRUE:
        return answer_lazily (self, argument (self, is_true ? 1 : 0));
    case SELECTOR_AND:
    case SELECTOR_AND_LAZY:
        return is_true ? answer_lazily (self, argument (self, 0)) : answer (self, self->receiver);
    case SELECTOR_OR:
    case SELECTOR_OR_LAZY:
        return is_true ? answer (self, self->receiver) : answer_lazily (self, argument (self, 0));
    case SELECTOR_NOT:
        return answer (self, sim_bool (!is_true));
    default:
        return SIM_SENT_UNKNOWN;
    }
}

/* ---- strings, symbols, arrays --------------------------------------------------------------- */

static bool
is_index (struct sim_value value, size_t count)
{
    return value.kind == SIM_INTEGER && value.number >= 1 && (uint64_t) value.number <= count;
}

static enum sim_sent
reverse_text (const struct message *self)
{
    const struct sim_object *text = self->receiver.object;
    struct sim_value reversed = sim_heap_new (&self->run->world->heap, SIM_SHAPE_STRING, text->count);
    size_t to = text->count;
    for (size_t at = 0, size; at < text->count; at += size) {
        unsigned char first = (unsigned char) text->text[at];
        size = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
        if (size > text->count - at)
            size = 1;
        to -= size;
        memcpy (reversed.object->text + to, text->text + at, size);
    }
    return answer (self, reversed);
}

static enum sim_sent
change_case (const struct message *self, bool upper)
{
    const struct sim_object *text = self->receiver.object;
    struct sim_value changed = sim_heap_text (&self->run->world->heap, SIM_SHAPE_STRING, text->text,
                                              text->count);
    for (size_t i = 0; i < text->count; i++) {
        char *c = &changed.object->text[i];
        if (upper ? *c >= 'a' && *c <= 'z' : *c >= 'A' && *c <= 'Z')
            *c ^= 0x20;
    }
    return answer (self, changed);
}

static enum sim_sent
text_to_integer (const struct message *self)
{
    char *end;
    long long number = strtoll (self->receiver.object->text, &end, 10);
    return end == self->receiver.object->text ? answer (self, sim_nil ())
                                              : answer_integer (self, number);
}

static int
compare_texts (const struct sim_object *one, const struct sim_object *other)
{
    size_t least = one->count < other->count ? one->count : other->count;
    int order = memcmp (one->text, other->text, least);
    return order ? order : (one->count > other->count) - (one->count < other->count);
}

static enum sim_sent
compare_text (const struct message *self, enum selector selector)
{
    if (!sim_is_text (argument (self, 0)))
        return wrong_argument (self, "a string");
    int order = compare_texts (self->receiver.object, argument (self, 0).object);
    return answer (self, sim_bool (selector == SELECTOR_LESS         ? order < 0
                                   : selector == SELECTOR_GREATER    ? order > 0
                                   : selector == SELECTOR_LESS_EQUAL ? order <= 0
                                                                     : order >= 0));
}

static enum sim_sent
send_to_text (const struct message *self, enum selector selector)
{
    const struct sim_object *text = self->receiver.object;
    switch (selector) {
    case SELECTOR_LESS:
    case SELECTOR_GREATER:
    case SELECTOR_LESS_EQUAL:
    case SELECTOR_GREATER_EQUAL:
        return compare_text (self, selector);
    case SELECTOR_REVERSE:
    case SELECTOR_REVERSED:
        return reverse_text (self);
    case SELECTOR_UPPERCASE:
    case SELECTOR_LOWERCASE:
        return change_case (self, selector == SELECTOR_UPPERCASE);
    case SELECTOR_AS_SYMBOL:
        return answer (self, sim_heap_text (&self->run->world->heap, SIM_SHAPE_SYMBOL, text->text,
                                            text->count));
    case SELECTOR_AS_STRING:
        return answer_text (self, text->text, text->count);
    case SELECTOR_AS_INTEGER:
        return text_to_integer (self);
    case SELECTOR_IS_STRING:
        return answer (self, sim_bool (true));
    case SELECTOR_IS_SYMBOL:
        return answer (self, sim_bool (text->shape == SIM_SHAPE_SYMBOL));
    case SELECTOR_INCLUDES_STRING:
        if (!sim_is_text (argument (self, 0)))
            return wrong_argument (self, "a string");
        return answer (self, sim_bool (memmem (text->text, text->count, argument (self, 0).object->text,
                                               argument (self, 0).object->count)
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
put_element (const struct message *self)
{
    struct sim_object *object = self->receiver.object;
    struct sim_value index = argument (self, 0), value = argument (self, 1);
    if (!is_index (index, object->count))
        return out_of_bounds (self, index);
    if (object->shape == SIM_SHAPE_ARRAY)
        object->values[index.number - 1] = value;
    else if (object->shape == SIM_SHAPE_SYMBOL)
        return SIM_SENT_UNKNOWN;
    else if (value.kind != SIM_CHARACTER || value.number > 0xFF)
        return wrong_argument (self, "a character below 256");
    else
        object->text[index.number - 1] = (char) value.number;
    return answer (self, value);
}

static enum sim_sent
copy_part (const struct message *self, size_t from, size_t count)
{
    const struct sim_object *object = self->receiver.object;
    struct sim_heap *heap = &self->run->world->heap;
    if (object->shape != SIM_SHAPE_ARRAY)
        return answer_text (self, object->text + from, count);
    struct sim_value copy = sim_heap_new (heap, SIM_SHAPE_ARRAY, count);
    memcpy (copy.object->values, object->values + from, count * sizeof *object->values);
    return answer (self, copy);
}

static enum sim_sent
copy_from_to (const struct message *self)
{
    struct sim_value from = argument (self, 0), to = argument (self, 1);
    size_t count = self->receiver.object->count;
    bool is_empty = from.kind == SIM_INTEGER && to.kind == SIM_INTEGER && to.number == from.number - 1
                    && is_index (from, count + 1);
    if (is_empty)
        return copy_part (self, 0, 0);
    if (!is_index (from, count) || !is_index (to, count) || to.number < from.number)
        return out_of_bounds (self, is_index (from, count) ? to : from);
    return copy_part (self, (size_t) from.number - 1, (size_t) (to.number - from.number + 1));
}

static enum sim_sent
concatenate (const struct message *self)
{
    const struct sim_object *one = self->receiver.object;
    struct sim_value value = argument (self, 0);
    bool is_array = one->shape == SIM_SHAPE_ARRAY;
    if (is_array ? !sim_is (value, SIM_SHAPE_ARRAY) : !sim_is_text (value))
        return wrong_argument (self, is_array ? "an array" : "a string");
    const struct sim_object *other = value.object;
    size_t count = one->count + other->count;
    size_t unit = is_array ? sizeof *one->values : 1;
    if (count * unit > SIM_HEAP_GROWTH_MAX)
        return SIM_SENT_LARGE;
    struct sim_value joined = sim_heap_new (&self->run->world->heap,
                                            is_array ? SIM_SHAPE_ARRAY : SIM_SHAPE_STRING, count);
    memcpy (joined.object->text, one->text, one->count * unit);
    memcpy (joined.object->text + one->count * unit, other->text, other->count * unit);
    return answer (self, joined);
}

static enum sim_sent
includes_element (const struct message *self)
{
    const struct sim_object *object = self->receiver.object;
    for (size_t i = 0; i < object->count; i++)
        if (sim_equal (element (object, i), argument (self, 0)))
            return answer (self, sim_bool (true));
    return answer (self, sim_bool (false));
}

static enum sim_sent
send_to_collection (const struct message *self, enum selector selector)
{
    const struct sim_object *object = self->receiver.object;
    switch (selector) {
    case SELECTOR_SIZE:
        return answer (self, sim_integer ((int64_t) object->count));
    case SELECTOR_IS_EMPTY:
    case SELECTOR_NOT_EMPTY:
        return answer (self, sim_bool ((object->count == 0) == (selector == SELECTOR_IS_EMPTY)));
    case SELECTOR_AT:
        if (!is_index (argument (self, 0), object->count))
            return out_of_bounds (self, argument (self, 0));
        return answer (self, element (object, (size_t) argument (self, 0).number - 1));
    case SELECTOR_AT_PUT:
        return put_element (self);
    case SELECTOR_FIRST:
    case SELECTOR_LAST:
        if (object->count == 0)
            return out_of_bounds (self, sim_integer (selector == SELECTOR_FIRST));
        return answer (self, element (object, selector == SELECTOR_FIRST ? 0 : object->count - 1));
    case SELECTOR_COPY:
        return copy_from_to (self);
    case SELECTOR_COMMA:
        return concatenate (self);
    case SELECTOR_INCLUDES:
        return includes_element (self);
    default:
        return SIM_SENT_UNKNOWN;
    }
}

/* ---- blocks, delays, exceptions ------------------------------------------------------------- */

static enum sim_sent
send_on_do (const struct message *self)
{
    struct sim_value handled = argument (self, 0), handler = argument (self, 1);
    if (handled.kind != SIM_CLASS
        || !sim_class_inherits ((enum sim_class) handled.number, SIM_CLASS_EXCEPTION))
        return wrong_argument (self, "a class of exceptions");
    if (!sim_is (handler, SIM_SHAPE_BLOCK))
        return wrong_argument (self, "a block");
    enum sim_sent sent = sim_run_activate (self->run, self->receiver, NULL, 0);
    if (sent == SIM_SENT_FRAME && self->run->frame_count > 0) {
        struct sim_frame *frame = &self->run->frames[self->run->frame_count - 1];
        frame->has_handler = true;
        frame->handled = handled;
        frame->handler = handler;
    }
    return sent;
}

static enum sim_sent
send_to_block (const struct message *self, enum selector selector)
{
    const struct sim_value *parts = self->receiver.object->values;
    switch (selector) {
    case SELECTOR_VALUE:
    case SELECTOR_VALUE_1:
    case SELECTOR_VALUE_2:
    case SELECTOR_VALUE_3:
        return sim_run_activate (self->run, self->receiver, self->arguments, self->count);
    case SELECTOR_NUM_ARGS:
        return answer (self,
                       sim_integer (parts[0].object->code->blocks[parts[2].number].arguments));
    case SELECTOR_ON_DO:
        return send_on_do (self);
    default:
        return SIM_SENT_UNKNOWN;
    }
}

static enum sim_sent
send_to_delay (const struct message *self, enum selector selector)
{
    if (selector != SELECTOR_WAIT)
        return SIM_SENT_UNKNOWN;
    self->run->wait_ms = self->receiver.object->values[0].number;
    *self->result = self->receiver;
    return SIM_SENT_WAIT;
}

static enum sim_sent
send_to_exception (const struct message *self, enum selector selector)
{
    struct sim_value *text = &self->receiver.object->values[1];
    switch (selector) {
    case SELECTOR_SIGNAL_TEXT:
        *text = argument (self, 0);
        return sim_run_signal (self->run, self->receiver, self->receiver, self->word);
    case SELECTOR_SIGNAL:
        return sim_run_signal (self->run, self->receiver, self->receiver, self->word);
    case SELECTOR_MESSAGE_TEXT:
    case SELECTOR_DESCRIPTION:
        return answer (self, *text);
    case SELECTOR_RETURN:
        return sim_run_return (self->run, self->receiver, argument (self, 0));
    case SELECTOR_RETURN_NIL:
        return sim_run_return (self->run, self->receiver, sim_nil ());
    default:
        return SIM_SENT_UNKNOWN;
    }
}

/* ---- classes and the only ones of theirs ---------------------------------------------------- */

static enum sim_sent
make_delay (const struct message *self, int64_t unit_ms)
{
    enum { LONGEST_MS = 86400000 };
    struct sim_value length = argument (self, 0);
    if (length.kind != SIM_INTEGER || length.number < 0 || length.number > LONGEST_MS / unit_ms)
        return wrong_argument (self, "a time of at most a day");
    struct sim_value delay = sim_heap_new (&self->run->world->heap, SIM_SHAPE_DELAY, 1);
    delay.object->values[0] = sim_integer (length.number * unit_ms);
    return answer (self, delay);
}

static struct sim_value
new_exception (const struct message *self, struct sim_value text)
{
    struct sim_value exception = sim_heap_new (&self->run->world->heap, SIM_SHAPE_EXCEPTION, 2);
    exception.object->values[0] = self->receiver;
    exception.object->values[1] = text;
    return exception;
}

static enum sim_sent
send_to_exception_class (const struct message *self, enum selector selector)
{
    struct sim_value nothing = sim_heap_text (&self->run->world->heap, SIM_SHAPE_STRING, "", 0);
    if (selector == SELECTOR_NEW)
        return answer (self, new_exception (self, nothing));
    if (selector != SELECTOR_SIGNAL && selector != SELECTOR_SIGNAL_TEXT)
        return SIM_SENT_UNKNOWN;
    struct sim_value text = selector == SELECTOR_SIGNAL ? nothing : argument (self, 0);
    return sim_run_signal (self->run, new_exception (self, text), self->receiver, self->word);
}

static enum sim_sent
make_collection (const struct message *self, enum sim_shape shape, enum selector selector)
{
    size_t unit = shape == SIM_SHAPE_ARRAY ? sizeof (struct sim_value) : 1;
    struct sim_value size = selector == SELECTOR_NEW_SIZE ? argument (self, 0) : sim_integer (0);
    if (size.kind != SIM_INTEGER || size.number < 0)
        return wrong_argument (self, "an integer that is not negative");
    if ((uint64_t) size.number > SIM_HEAP_GROWTH_MAX / unit)
        return SIM_SENT_LARGE;
    return answer (self, sim_heap_new (&self->run->world->heap, shape, (size_t) size.number));
}

static enum sim_sent
make_with (const struct message *self, enum sim_shape shape)
{
    struct sim_heap *heap = &self->run->world->heap;
    struct sim_value value = argument (self, 0);
    char text[4];
    if (shape == SIM_SHAPE_ARRAY) {
        struct sim_value array = sim_heap_new (heap, SIM_SHAPE_ARRAY, 1);
        array.object->values[0] = value;
        return answer (self, array);
    }
    if (value.kind != SIM_CHARACTER)
        return wrong_argument (self, "a character");
    return answer_text (self, text, encode_point (value.number, text));
}

static enum sim_sent
send_to_counter (const struct message *self, enum selector selector)
{
    int64_t *counter = &self->run->world->counter;
    if (selector == SELECTOR_RESET)
        *counter = 0;
    else if (selector == SELECTOR_NEXT)
        ++*counter;
    else if (selector != SELECTOR_VALUE)
        return SIM_SENT_UNKNOWN;
    return answer (self, sim_integer (*counter));
}

static enum sim_sent
send_to_smalltalk (const struct message *self, enum selector selector)
{
    static const char version[] = "stui " STUI_VERSION " simulated image";
    struct sim_variables *globals = &self->run->world->globals;
    if (selector == SELECTOR_VERSION)
        return answer_text (self, version, strlen (version));
    if (self->count == 0 || !sim_is_text (argument (self, 0)))
        return self->count == 0 ? SIM_SENT_UNKNOWN : wrong_argument (self, "a symbol");
    const struct sim_object *key = argument (self, 0).object;
    struct sim_value *found = sim_variables_find (globals, key->text, key->count);
    switch (selector) {
    case SELECTOR_AT_PUT:
        if (!found && globals->count == SIM_NAMES_MAX)
            return SIM_SENT_LARGE;
        *sim_variables_declare (globals, key->text, key->count) = argument (self, 1);
        return answer (self, argument (self, 1));
    case SELECTOR_AT:
        if (!found)
            return sim_run_raise (self->run, SIM_CLASS_NOT_FOUND, self->receiver, self->word,
                                  "key not found: #%.200s", key->text);
        return answer (self, *found);
    case SELECTOR_AT_IF_ABSENT:
        return found ? answer (self, *found) : answer_lazily (self, argument (self, 1));
    case SELECTOR_INCLUDES_KEY:
        return answer (self, sim_bool (found != NULL));
    default:
        return SIM_SENT_UNKNOWN;
    }
}

static void
write_value (const struct message *self, struct sim_value value, bool displays)
{
    size_t size;
    char *text = sim_print (value, displays, SIM_RESULT_MAX, &size, NULL);
    sim_run_write (self->run, text, size);
    free (text);
}

static enum sim_sent
send_to_transcript (const struct message *self, enum selector selector)
{
    switch (selector) {
    case SELECTOR_SHOW:
    case SELECTOR_DISPLAY:
    case SELECTOR_SHOW_CR:
        write_value (self, argument (self, 0), true);
        break;
    case SELECTOR_PRINT:
        write_value (self, argument (self, 0), false);
        break;
    case SELECTOR_CR:
    case SELECTOR_NL:
    case SELECTOR_FLUSH:
        break;
    case SELECTOR_TAB:
    case SELECTOR_SPACE:
        sim_run_write (self->run, selector == SELECTOR_TAB ? "\t" : " ", 1);
        break;
    default:
        return SIM_SENT_UNKNOWN;
    }
    if (selector == SELECTOR_SHOW_CR || selector == SELECTOR_CR || selector == SELECTOR_NL)
        sim_run_write (self->run, "\n", 1);
    return answer (self, self->receiver);
}

static enum sim_sent
send_to_class (const struct message *self, enum selector selector)
{
    enum sim_class class = (enum sim_class) self->receiver.number;
    if (selector == SELECTOR_NAME)
        return answer_printed (self, true);
    if (sim_class_inherits (class, SIM_CLASS_EXCEPTION))
        return send_to_exception_class (self, selector);
    bool is_array = class == SIM_CLASS_ARRAY;
    if ((is_array || class == SIM_CLASS_STRING)
        && (selector == SELECTOR_NEW || selector == SELECTOR_NEW_SIZE))
        return make_collection (self, is_array ? SIM_SHAPE_ARRAY : SIM_SHAPE_STRING, selector);
    if ((is_array || class == SIM_CLASS_STRING) && selector == SELECTOR_WITH)
        return make_with (self, is_array ? SIM_SHAPE_ARRAY : SIM_SHAPE_STRING);
    if (class == SIM_CLASS_DELAY && selector == SELECTOR_FOR_MILLISECONDS)
        return make_delay (self, 1);
    if (class == SIM_CLASS_DELAY && selector == SELECTOR_FOR_SECONDS)
        return make_delay (self, 1000);
    if (class == SIM_CLASS_CHARACTER_CLASS && selector == SELECTOR_VALUE_1
        && argument (self, 0).kind == SIM_INTEGER)
        return answer (self, sim_character (argument (self, 0).number));
    if (class == SIM_CLASS_OBJECT && selector == SELECTOR_NEW)
        return answer (self, sim_heap_new (&self->run->world->heap, SIM_SHAPE_PLAIN, 0));
    if (class == SIM_CLASS_COUNTER)
        return send_to_counter (self, selector);
    if (class == SIM_CLASS_SMALLTALK)
        return send_to_smalltalk (self, selector);
    if (class == SIM_CLASS_TRANSCRIPT)
        return send_to_transcript (self, selector);
    return SIM_SENT_UNKNOWN;
}

/* ---- everybody ------------------------------------------------------------------------------- */

static enum sim_sent
show (const struct message *self, bool displays)
{
    write_value (self, self->receiver, displays);
    sim_run_write (self->run, "\n", 1);
    return answer (self, self->receiver);
}

static enum sim_sent
signal_error (const struct message *self)
{
    struct sim_value exception = sim_heap_new (&self->run->world->heap, SIM_SHAPE_EXCEPTION, 2);
    exception.object->values[0] = sim_class_value (SIM_CLASS_ERROR);
    exception.object->values[1] = argument (self, 0);
    return sim_run_signal (self->run, exception, self->receiver, self->word);
}

static enum sim_sent
send_if_nil (const struct message *self, enum selector selector)
{
    bool is_nil = self->receiver.kind == SIM_NIL;
    size_t index = selector == SELECTOR_IF_NIL_NOT_NIL && !is_nil;
    if (selector != SELECTOR_IF_NIL_NOT_NIL && is_nil != (selector == SELECTOR_IF_NIL))
        return answer (self, self->receiver);
    struct sim_value block = argument (self, index);
    if (is_nil || !sim_is (block, SIM_SHAPE_BLOCK))
        return answer_lazily (self, block);
    const struct sim_value *parts = block.object->values;
    size_t count = parts[0].object->code->blocks[parts[2].number].arguments > 0;
    return sim_run_activate (self->run, block, &self->receiver, count);
}

static enum sim_sent
send_to_any (const struct message *self, enum selector selector)
{
    switch (selector) {
    case SELECTOR_EQUAL:
    case SELECTOR_UNEQUAL:
        return answer (self, sim_bool (sim_equal (self->receiver, argument (self, 0))
                                       == (selector == SELECTOR_EQUAL)));
    case SELECTOR_SAME:
    case SELECTOR_DIFFERENT:
        return answer (self, sim_bool (sim_identical (self->receiver, argument (self, 0))
                                       == (selector == SELECTOR_SAME)));
    case SELECTOR_IF_NIL:
    case SELECTOR_IF_NOT_NIL:
    case SELECTOR_IF_NIL_NOT_NIL:
        return send_if_nil (self, selector);
    case SELECTOR_IS_NIL:
    case SELECTOR_NOT_NIL:
        return answer (self, sim_bool ((self->receiver.kind == SIM_NIL)
                                       == (selector == SELECTOR_IS_NIL)));
    case SELECTOR_IS_STRING:
    case SELECTOR_IS_SYMBOL:
    case SELECTOR_IS_INTEGER:
        return answer (self, sim_bool (false));
    case SELECTOR_CLASS:
        return answer (self, sim_class_value (sim_class_of (self->receiver)));
    case SELECTOR_YOURSELF:
        return answer (self, self->receiver);
    case SELECTOR_PRINT_STRING:
    case SELECTOR_DISPLAY_STRING:
        return answer_printed (self, selector == SELECTOR_DISPLAY_STRING);
    case SELECTOR_PRINT_NL:
    case SELECTOR_DISPLAY_NL:
        return show (self, selector == SELECTOR_DISPLAY_NL);
    case SELECTOR_ERROR:
        return signal_error (self);
    default:
        return SIM_SENT_UNKNOWN;
    }
}

static enum sim_sent
send_to_object (const struct message *self, enum selector selector)
{
    enum sim_sent sent = SIM_SENT_UNKNOWN;
    switch ((enum sim_shape) self->receiver.object->shape) {
    case SIM_SHAPE_STRING:
    case SIM_SHAPE_SYMBOL:
        sent = send_to_text (self, selector);
        return sent == SIM_SENT_UNKNOWN ? send_to_collection (self, selector) : sent;
    case SIM_SHAPE_ARRAY:
        return send_to_collection (self, selector);
    case SIM_SHAPE_BLOCK:
        return send_to_block (self, selector);
    case SIM_SHAPE_DELAY:
        return send_to_delay (self, selector);
    case SIM_SHAPE_EXCEPTION:
        return send_to_exception (self, selector);
    default:
        return SIM_SENT_UNKNOWN;
    }
}

enum sim_sent
sim_send (struct sim_run *run, const char *word, struct sim_value receiver,
          const struct sim_value *arguments, size_t count, struct sim_value *result)
{
    struct message self = {run, word, receiver, arguments, count, result};
    enum selector selector = 0;
    enum sim_sent sent = SIM_SENT_UNKNOWN;
    while (selector < SELECTOR_COUNT && strcmp (words[selector], word) != 0)
        selector++;
    if (receiver.kind == SIM_INTEGER)
        sent = send_to_integer (&self, selector);
    else if (receiver.kind == SIM_CHARACTER)
        sent = send_to_character (&self, selector);
    else if (receiver.kind == SIM_TRUE || receiver.kind == SIM_FALSE)
        sent = send_to_boolean (&self, selector);
    else if (receiver.kind == SIM_CLASS)
        sent = send_to_class (&self, selector);
    else if (receiver.kind == SIM_OBJECT)
        sent = send_to_object (&self, selector);
    return sent == SIM_SENT_UNKNOWN ? send_to_any (&self, selector) : sent;
}
