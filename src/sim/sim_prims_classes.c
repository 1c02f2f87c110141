/* sim_prims_classes.c: what the classes of a simulated image understand, and the only ones of
 * theirs: Smalltalk, Transcript, Counter. */

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "sim/sim_define.h"
#include "sim/sim_message.h"

/* ---- new objects ------------------------------------------------------------------------------ */

static enum sim_sent
make_delay (const struct sim_message *self, int64_t unit_ms)
{
    enum { LONGEST_MS = 86400000 };
    struct sim_value length = sim_argument (self, 0);
    if (length.kind != SIM_INTEGER || length.number < 0 || length.number > LONGEST_MS / unit_ms)
        return sim_wrong_argument (self, "a time of at most a day");
    struct sim_value delay = sim_heap_new (&self->run->world->heap, SIM_SHAPE_DELAY, 1);
    delay.object->values[0] = sim_integer (length.number * unit_ms);
    return sim_answer (self, delay);
}

/* The instance variables of a new instance of CLASS. */
static struct sim_value
new_variables (const struct sim_message *self, struct sim_value class)
{
    size_t size = sim_class_size (self->run->world->library, class);
    return size > 0 ? sim_heap_new (&self->run->world->heap, SIM_SHAPE_ARRAY, size) : sim_nil ();
}

static struct sim_value
new_exception (const struct sim_message *self, struct sim_value text)
{
    struct sim_value exception =
        sim_heap_new (&self->run->world->heap, SIM_SHAPE_EXCEPTION, SIM_EXCEPTION_VALUES);
    exception.object->values[SIM_EXCEPTION_CLASS] = self->receiver;
    exception.object->values[SIM_EXCEPTION_TEXT] = text;
    exception.object->values[SIM_EXCEPTION_VARIABLES] = new_variables (self, self->receiver);
    return exception;
}

static enum sim_sent
new_instance (const struct sim_message *self, enum sim_class kernel)
{
    if (kernel != SIM_CLASS_OBJECT && kernel != SIM_CLASS_COUNT)
        return sim_run_raise (self->run, SIM_CLASS_LIMITED, self->receiver, self->word,
                              "a simulated image has no instances of subclasses of %s",
                              sim_kernel_names[kernel]);
    struct sim_value instance =
        sim_heap_new (&self->run->world->heap, SIM_SHAPE_PLAIN, SIM_PLAIN_VALUES);
    instance.object->values[SIM_PLAIN_CLASS] = self->receiver;
    instance.object->values[SIM_PLAIN_VARIABLES] = new_variables (self, self->receiver);
    return sim_answer (self, instance);
}

/* ---- definitions --------------------------------------------------------------------------- */

/* Adds the words of VALUE, a string, to NAMES. */
static bool
add_words (struct sim_names *names, struct sim_value value)
{
    if (!sim_is_text (value))
        return false;
    const char *at = value.object->text;
    for (at += strspn (at, " \t\r\n"); *at; at += strspn (at, " \t\r\n")) {
        size_t size = strcspn (at, " \t\r\n");
        sim_names_add (names, at, size);
        at += size;
    }
    return true;
}

/* subclass: and its longer forms, as an expression. */
static enum sim_sent
define_subclass (const struct sim_message *self)
{
    struct sim_definition definition = {.kind = SIM_DEFINES_CLASS};
    struct stui_cause cause = {0};
    struct sim_value class = sim_nil (), package = sim_argument (self, self->count - 1);
    bool is_new, is_long = self->count > 1;
    if (!sim_is_text (sim_argument (self, 0)) || (is_long && !sim_is_text (package)))
        return sim_wrong_argument (self, "a symbol for the name and strings for the rest");
    definition.name = stui_strdup (sim_argument (self, 0).object->text);
    definition.superclass = stui_strdup (sim_class_name (self->receiver));
    definition.package = is_long ? stui_strdup (package.object->text) : NULL;
    int rc = !is_long
                     || (add_words (&definition.names, sim_argument (self, 1))
                         && add_words (&definition.class_names, sim_argument (self, 2)))
                 ? sim_define_class (self->run->world, &definition, &is_new, &class, &cause)
                 : stui_fail (&cause, STUI_E_INVALID_REQUEST, "names of variables are strings");
    sim_definition_fini (&definition);
    return rc < 0 ? sim_run_raise (self->run, SIM_CLASS_ERROR, self->receiver, self->word, "%s",
                                   cause.text)
                  : sim_answer (self, class);
}

static enum sim_sent
answer_about_class (const struct sim_message *self, enum sim_selector selector)
{
    struct sim_class_body *body = sim_library_body (self->run->world->library, self->receiver);
    struct stui_cause cause;
    bool is_kernel = self->receiver.kind == SIM_CLASS;
    const char *text = is_kernel ? SIM_KERNEL_PACKAGE : body->package;
    switch (selector) {
    case SIM_SEL_NAME:
        return sim_answer_printed (self, true);
    case SIM_SEL_SUPERCLASS:
        return sim_answer (self, sim_superclass (self->receiver));
    case SIM_SEL_COMMENT:
        text =
            is_kernel ? sim_kernel_comment ((enum sim_class) self->receiver.number) : body->comment;
        return sim_answer_text (self, text, strlen (text));
    case SIM_SEL_CATEGORY:
        return sim_answer_text (self, text, strlen (text));
    case SIM_SEL_COMMENT_PUT:
        if (is_kernel || !sim_is_text (sim_argument (self, 0)))
            return is_kernel ? SIM_SENT_UNKNOWN : sim_wrong_argument (self, "a string");
        if (sim_comment_class (self->run->world, self->receiver,
                               sim_argument (self, 0).object->text, &cause)
            < 0)
            return sim_run_raise (self->run, SIM_CLASS_LIMITED, self->receiver, self->word, "%s",
                                  cause.text);
        return sim_answer (self, self->receiver);
    default:
        return define_subclass (self);
    }
}

/* ---- the only ones of theirs ---------------------------------------------------------------- */

static enum sim_sent
send_to_exception_class (const struct sim_message *self, enum sim_selector selector)
{
    struct sim_value nothing = sim_heap_text (&self->run->world->heap, SIM_SHAPE_STRING, "", 0);
    if (selector == SIM_SEL_NEW)
        return sim_answer (self, new_exception (self, nothing));
    if (selector != SIM_SEL_SIGNAL && selector != SIM_SEL_SIGNAL_TEXT)
        return SIM_SENT_UNKNOWN;
    struct sim_value text = selector == SIM_SEL_SIGNAL ? nothing : sim_argument (self, 0);
    return sim_run_signal (self->run, new_exception (self, text), self->receiver, self->word);
}

static enum sim_sent
make_collection (const struct sim_message *self, enum sim_shape shape, enum sim_selector selector)
{
    size_t unit = shape == SIM_SHAPE_ARRAY ? sizeof (struct sim_value) : 1;
    struct sim_value size = selector == SIM_SEL_NEW_SIZE ? sim_argument (self, 0) : sim_integer (0);
    if (size.kind != SIM_INTEGER || size.number < 0)
        return sim_wrong_argument (self, "an integer that is not negative");
    if ((uint64_t) size.number > SIM_HEAP_GROWTH_MAX / unit)
        return SIM_SENT_LARGE;
    return sim_answer (self, sim_heap_new (&self->run->world->heap, shape, (size_t) size.number));
}

static enum sim_sent
make_with (const struct sim_message *self, enum sim_shape shape)
{
    struct sim_heap *heap = &self->run->world->heap;
    struct sim_value value = sim_argument (self, 0);
    char text[4];
    if (shape == SIM_SHAPE_ARRAY) {
        struct sim_value array = sim_heap_new (heap, SIM_SHAPE_ARRAY, 1);
        array.object->values[0] = value;
        return sim_answer (self, array);
    }
    if (value.kind != SIM_CHARACTER)
        return sim_wrong_argument (self, "a character");
    return sim_answer_text (self, text, sim_encode_point (value.number, text));
}

static enum sim_sent
send_to_counter (const struct sim_message *self, enum sim_selector selector)
{
    int64_t *counter = &self->run->world->counter;
    if (selector == SIM_SEL_RESET)
        *counter = 0;
    else if (selector == SIM_SEL_NEXT)
        ++*counter;
    else if (selector != SIM_SEL_VALUE)
        return SIM_SENT_UNKNOWN;
    return sim_answer (self, sim_integer (*counter));
}

static enum sim_sent
send_to_smalltalk (const struct sim_message *self, enum sim_selector selector)
{
    static const char version[] = "stui " STUI_VERSION " simulated image";
    struct sim_variables *globals = &self->run->world->globals;
    if (selector == SIM_SEL_VERSION)
        return sim_answer_text (self, version, strlen (version));
    if (self->count == 0 || !sim_is_text (sim_argument (self, 0)))
        return self->count == 0 ? SIM_SENT_UNKNOWN : sim_wrong_argument (self, "a symbol");
    const struct sim_object *key = sim_argument (self, 0).object;
    struct sim_value *found = sim_variables_find (globals, key->text, key->count);
    switch (selector) {
    case SIM_SEL_AT_PUT:
        if (!found && globals->count == SIM_NAMES_MAX)
            return SIM_SENT_LARGE;
        *sim_variables_declare (globals, key->text, key->count) = sim_argument (self, 1);
        return sim_answer (self, sim_argument (self, 1));
    case SIM_SEL_AT:
        if (!found)
            return sim_run_raise (self->run, SIM_CLASS_NOT_FOUND, self->receiver, self->word,
                                  "key not found: #%.200s", key->text);
        return sim_answer (self, *found);
    case SIM_SEL_AT_IF_ABSENT:
        return found ? sim_answer (self, *found) : sim_answer_lazily (self, sim_argument (self, 1));
    case SIM_SEL_INCLUDES_KEY:
        return sim_answer (self, sim_bool (found != NULL));
    default:
        return SIM_SENT_UNKNOWN;
    }
}

static enum sim_sent
send_to_transcript (const struct sim_message *self, enum sim_selector selector)
{
    switch (selector) {
    case SIM_SEL_SHOW:
    case SIM_SEL_DISPLAY:
    case SIM_SEL_SHOW_CR:
        sim_write_value (self, sim_argument (self, 0), true);
        break;
    case SIM_SEL_PRINT:
        sim_write_value (self, sim_argument (self, 0), false);
        break;
    case SIM_SEL_CR:
    case SIM_SEL_NL:
    case SIM_SEL_FLUSH:
        break;
    case SIM_SEL_TAB:
    case SIM_SEL_SPACE:
        sim_run_write (self->run, selector == SIM_SEL_TAB ? "\t" : " ", 1);
        break;
    default:
        return SIM_SENT_UNKNOWN;
    }
    if (selector == SIM_SEL_SHOW_CR || selector == SIM_SEL_CR || selector == SIM_SEL_NL)
        sim_run_write (self->run, "\n", 1);
    return sim_answer (self, self->receiver);
}

enum sim_sent
sim_send_to_class (const struct sim_message *self, enum sim_selector selector)
{
    enum sim_class class = sim_kernel_class (self->receiver);
    if (selector >= SIM_SEL_SUPERCLASS && selector <= SIM_SEL_NAME && sim_kernel_is_class (class))
        return answer_about_class (self, selector);
    if (sim_inherits_kernel (self->receiver, SIM_CLASS_EXCEPTION))
        return send_to_exception_class (self, selector);
    if (self->receiver.kind == SIM_OBJECT)
        return selector == SIM_SEL_NEW ? new_instance (self, class) : SIM_SENT_UNKNOWN;
    bool is_array = class == SIM_CLASS_ARRAY;
    if ((is_array || class == SIM_CLASS_STRING)
        && (selector == SIM_SEL_NEW || selector == SIM_SEL_NEW_SIZE))
        return make_collection (self, is_array ? SIM_SHAPE_ARRAY : SIM_SHAPE_STRING, selector);
    if ((is_array || class == SIM_CLASS_STRING) && selector == SIM_SEL_WITH)
        return make_with (self, is_array ? SIM_SHAPE_ARRAY : SIM_SHAPE_STRING);
    if (class == SIM_CLASS_DELAY && selector == SIM_SEL_FOR_MILLISECONDS)
        return make_delay (self, 1);
    if (class == SIM_CLASS_DELAY && selector == SIM_SEL_FOR_SECONDS)
        return make_delay (self, 1000);
    if (class == SIM_CLASS_CHARACTER_CLASS && selector == SIM_SEL_VALUE_1
        && sim_argument (self, 0).kind == SIM_INTEGER)
        return sim_answer (self, sim_character (sim_argument (self, 0).number));
    if (class == SIM_CLASS_OBJECT && selector == SIM_SEL_NEW)
        return new_instance (self, class);
    if (class == SIM_CLASS_COUNTER)
        return send_to_counter (self, selector);
    if (class == SIM_CLASS_SMALLTALK)
        return send_to_smalltalk (self, selector);
    if (class == SIM_CLASS_TRANSCRIPT)
        return send_to_transcript (self, selector);
    return SIM_SENT_UNKNOWN;
}
