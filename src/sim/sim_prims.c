/* sim_prims.c: the messages that values of a simulated image understand: one function for each
 * kind of receiver, tried from the narrowest to what every object understands. A message is found
 * by its name in a table of words. Owns nothing. */

#include "sim/sim_message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const words[SIM_SEL_COUNT] = {
#define X(symbol, word) [SIM_SEL_##symbol] = word,
    SIM_SELECTORS (X)
#undef X
};

/* ---- answers ------------------------------------------------------------------------------- */

enum sim_sent
sim_answer (const struct sim_message *self, struct sim_value value)
{
    *self->result = value;
    return SIM_SENT_VALUE;
}

enum sim_sent
sim_answer_integer (const struct sim_message *self, int64_t number)
{
    if (number > SIM_INTEGER_MAX || number < -SIM_INTEGER_MAX)
        return sim_run_raise (self->run, SIM_CLASS_LIMITED, self->receiver, self->word,
                              "a simulated image has no integers beyond 2^53");
    return sim_answer (self, sim_integer (number));
}

enum sim_sent
sim_answer_text (const struct sim_message *self, const char *text, size_t size)
{
    return sim_answer (self, sim_heap_text (&self->run->world->heap, SIM_SHAPE_STRING, text, size));
}

/* The print string or display string of the receiver. */
enum sim_sent
sim_answer_printed (const struct sim_message *self, bool displays)
{
    size_t size;
    char *text = sim_print (self->receiver, displays, SIM_RESULT_MAX, &size, NULL);
    enum sim_sent sent = sim_answer_text (self, text, size);
    free (text);
    return sent;
}

enum sim_sent
sim_wrong_argument (const struct sim_message *self, const char *wanted)
{
    return sim_run_raise (self->run, SIM_CLASS_WRONG_VALUE, self->receiver, self->word,
                          "the argument of %s must be %s", self->word, wanted);
}

/* VALUE, or what the block that it is comes to. */
enum sim_sent
sim_answer_lazily (const struct sim_message *self, struct sim_value value)
{
    return sim_is (value, SIM_SHAPE_BLOCK) ? sim_run_activate (self->run, value, NULL, 0)
                                           : sim_answer (self, value);
}

struct sim_value
sim_argument (const struct sim_message *self, size_t index)
{
    return self->arguments[index];
}

void
sim_write_value (const struct sim_message *self, struct sim_value value, bool displays)
{
    size_t size;
    char *text = sim_print (value, displays, SIM_RESULT_MAX, &size, NULL);
    sim_run_write (self->run, text, size);
    free (text);
}

/* ---- true, false, nil ---------------------------------------------------------------------- */

static enum sim_sent
send_to_boolean (const struct sim_message *self, enum sim_selector selector)
{
    bool is_true = self->receiver.kind == SIM_TRUE;
    switch (selector) {
    case SIM_SEL_IF_TRUE:
        return is_true ? sim_answer_lazily (self, sim_argument (self, 0))
                       : sim_answer (self, sim_nil ());
    case SIM_SEL_IF_FALSE:
        return is_true ? sim_answer (self, sim_nil ())
                       : sim_answer_lazily (self, sim_argument (self, 0));
    case SIM_SEL_IF_TRUE_FALSE:
        return sim_answer_lazily (self, sim_argument (self, is_true ? 0 : 1));
    case SIM_SEL_IF_FALSE_TRUE:
        return sim_answer_lazily (self, sim_argument (self, is_true ? 1 : 0));
    case SIM_SEL_AND:
    case SIM_SEL_AND_LAZY:
        return is_true ? sim_answer_lazily (self, sim_argument (self, 0))
                       : sim_answer (self, self->receiver);
    case SIM_SEL_OR:
    case SIM_SEL_OR_LAZY:
        return is_true ? sim_answer (self, self->receiver)
                       : sim_answer_lazily (self, sim_argument (self, 0));
    case SIM_SEL_NOT:
        return sim_answer (self, sim_bool (!is_true));
    default:
        return SIM_SENT_UNKNOWN;
    }
}

/* ---- blocks, delays, exceptions ------------------------------------------------------------- */

static int64_t
block_arguments (struct sim_value block)
{
    const struct sim_value *parts = block.object->values;
    return parts[SIM_BLOCK_CODE].object->code->blocks[parts[SIM_BLOCK_INDEX].number].arguments;
}

static enum sim_sent
send_on_do (const struct sim_message *self)
{
    struct sim_value handled = sim_argument (self, 0), handler = sim_argument (self, 1);
    if (!sim_is_class (handled) || !sim_inherits_kernel (handled, SIM_CLASS_EXCEPTION))
        return sim_wrong_argument (self, "a class of exceptions");
    if (!sim_is (handler, SIM_SHAPE_BLOCK))
        return sim_wrong_argument (self, "a block");
    enum sim_sent sent = sim_run_activate (self->run, self->receiver, NULL, 0);
    if (sent == SIM_SENT_FRAME) {
        struct sim_frame *frame = &self->run->frames[self->run->frame_count - 1];
        frame->has_handler = true;
        frame->handled = handled;
        frame->handler = handler;
    }
    return sent;
}

/* The argument runs when the receiver has ended; ifCurtailed: only when it came to no end. */
static enum sim_sent
send_ensure (const struct sim_message *self, bool cleans_always)
{
    struct sim_value cleanup = sim_argument (self, 0);
    if (!sim_is (cleanup, SIM_SHAPE_BLOCK) || block_arguments (cleanup) > 0)
        return sim_wrong_argument (self, "a block without arguments");
    enum sim_sent sent = sim_run_activate (self->run, self->receiver, NULL, 0);
    if (sent == SIM_SENT_FRAME) {
        struct sim_frame *frame = &self->run->frames[self->run->frame_count - 1];
        frame->cleanup = cleanup;
        frame->cleans_always = cleans_always;
    }
    return sent;
}

static enum sim_sent
send_to_block (const struct sim_message *self, enum sim_selector selector)
{
    switch (selector) {
    case SIM_SEL_VALUE:
    case SIM_SEL_VALUE_1:
    case SIM_SEL_VALUE_2:
    case SIM_SEL_VALUE_3:
        return sim_run_activate (self->run, self->receiver, self->arguments, self->count);
    case SIM_SEL_NUM_ARGS:
        return sim_answer (self, sim_integer (block_arguments (self->receiver)));
    case SIM_SEL_ON_DO:
        return send_on_do (self);
    case SIM_SEL_ENSURE:
    case SIM_SEL_IF_CURTAILED:
        return send_ensure (self, selector == SIM_SEL_ENSURE);
    default:
        return SIM_SENT_UNKNOWN;
    }
}

static enum sim_sent
send_to_delay (const struct sim_message *self, enum sim_selector selector)
{
    if (selector != SIM_SEL_WAIT)
        return SIM_SENT_UNKNOWN;
    self->run->wait_ms = self->receiver.object->values[0].number;
    *self->result = self->receiver;
    return SIM_SENT_WAIT;
}

static enum sim_sent
send_to_exception (const struct sim_message *self, enum sim_selector selector)
{
    struct sim_value *text = &self->receiver.object->values[SIM_EXCEPTION_TEXT];
    switch (selector) {
    case SIM_SEL_SIGNAL_TEXT:
        *text = sim_argument (self, 0);
        return sim_run_signal (self->run, self->receiver, self->receiver, self->word);
    case SIM_SEL_SIGNAL:
        return sim_run_signal (self->run, self->receiver, self->receiver, self->word);
    case SIM_SEL_MESSAGE_TEXT:
    case SIM_SEL_DESCRIPTION:
        return sim_answer (self, *text);
    case SIM_SEL_RETURN:
        return sim_run_return (self->run, self->receiver, sim_argument (self, 0));
    case SIM_SEL_RETURN_NIL:
        return sim_run_return (self->run, self->receiver, sim_nil ());
    case SIM_SEL_RETRY:
        return sim_run_retry (self->run, self->receiver);
    default:
        return SIM_SENT_UNKNOWN;
    }
}

/* ---- everybody ------------------------------------------------------------------------------- */

static enum sim_sent
show (const struct sim_message *self, bool displays)
{
    sim_write_value (self, self->receiver, displays);
    sim_run_write (self->run, "\n", 1);
    return sim_answer (self, self->receiver);
}

static enum sim_sent
signal_error (const struct sim_message *self)
{
    struct sim_value exception =
        sim_heap_new (&self->run->world->heap, SIM_SHAPE_EXCEPTION, SIM_EXCEPTION_VALUES);
    exception.object->values[SIM_EXCEPTION_CLASS] = sim_class_value (SIM_CLASS_ERROR);
    exception.object->values[SIM_EXCEPTION_TEXT] = sim_argument (self, 0);
    return sim_run_signal (self->run, exception, self->receiver, self->word);
}

static enum sim_sent
send_if_nil (const struct sim_message *self, enum sim_selector selector)
{
    bool is_nil = self->receiver.kind == SIM_NIL;
    size_t index = selector == SIM_SEL_IF_NIL_NOT_NIL && !is_nil;
    if (selector != SIM_SEL_IF_NIL_NOT_NIL && is_nil != (selector == SIM_SEL_IF_NIL))
        return sim_answer (self, self->receiver);
    struct sim_value block = sim_argument (self, index);
    if (is_nil || !sim_is (block, SIM_SHAPE_BLOCK))
        return sim_answer_lazily (self, block);
    size_t count = block_arguments (block) > 0;
    return sim_run_activate (self->run, block, &self->receiver, count);
}

static enum sim_sent
send_to_any (const struct sim_message *self, enum sim_selector selector)
{
    switch (selector) {
    case SIM_SEL_EQUAL:
    case SIM_SEL_UNEQUAL:
        return sim_answer (self, sim_bool (sim_equal (self->receiver, sim_argument (self, 0))
                                           == (selector == SIM_SEL_EQUAL)));
    case SIM_SEL_SAME:
    case SIM_SEL_DIFFERENT:
        return sim_answer (self, sim_bool (sim_identical (self->receiver, sim_argument (self, 0))
                                           == (selector == SIM_SEL_SAME)));
    case SIM_SEL_IF_NIL:
    case SIM_SEL_IF_NOT_NIL:
    case SIM_SEL_IF_NIL_NOT_NIL:
        return send_if_nil (self, selector);
    case SIM_SEL_IS_NIL:
    case SIM_SEL_NOT_NIL:
        return sim_answer (
            self, sim_bool ((self->receiver.kind == SIM_NIL) == (selector == SIM_SEL_IS_NIL)));
    case SIM_SEL_IS_STRING:
    case SIM_SEL_IS_SYMBOL:
    case SIM_SEL_IS_INTEGER:
        return sim_answer (self, sim_bool (false));
    case SIM_SEL_CLASS:
        return sim_answer (self, sim_class_of (self->receiver));
    case SIM_SEL_IS_KIND_OF:
        if (!sim_is_class (sim_argument (self, 0)))
            return sim_wrong_argument (self, "a class");
        return sim_answer (self, sim_bool (sim_class_inherits (sim_class_of (self->receiver),
                                                               sim_argument (self, 0))));
    case SIM_SEL_YOURSELF:
        return sim_answer (self, self->receiver);
    case SIM_SEL_PRINT_STRING:
    case SIM_SEL_DISPLAY_STRING:
        return sim_answer_printed (self, selector == SIM_SEL_DISPLAY_STRING);
    case SIM_SEL_PRINT_NL:
    case SIM_SEL_DISPLAY_NL:
        return show (self, selector == SIM_SEL_DISPLAY_NL);
    case SIM_SEL_ERROR:
        return signal_error (self);
    default:
        return SIM_SENT_UNKNOWN;
    }
}

static enum sim_sent
send_to_object (const struct sim_message *self, enum sim_selector selector)
{
    enum sim_sent sent = SIM_SENT_UNKNOWN;
    switch ((enum sim_shape) self->receiver.object->shape) {
    case SIM_SHAPE_STRING:
    case SIM_SHAPE_SYMBOL:
        sent = sim_send_to_text (self, selector);
        return sent == SIM_SENT_UNKNOWN ? sim_send_to_collection (self, selector) : sent;
    case SIM_SHAPE_ARRAY:
        return sim_send_to_collection (self, selector);
    case SIM_SHAPE_BLOCK:
        return send_to_block (self, selector);
    case SIM_SHAPE_DELAY:
        return send_to_delay (self, selector);
    case SIM_SHAPE_EXCEPTION:
        return send_to_exception (self, selector);
    case SIM_SHAPE_CLASS:
        return sim_send_to_class (self, selector);
    default:
        return SIM_SENT_UNKNOWN;
    }
}

enum sim_sent
sim_send_kernel (struct sim_run *run, const char *word, struct sim_value receiver,
                 const struct sim_value *arguments, size_t count, struct sim_value *result)
{
    struct sim_message self = {run, word, receiver, arguments, count, result};
    enum sim_selector selector = 0;
    enum sim_sent sent = SIM_SENT_UNKNOWN;
    while (selector < SIM_SEL_COUNT && strcmp (words[selector], word) != 0)
        selector++;
    if (selector == SIM_SEL_COUNT || sim_kernel_class (sim_class_of (receiver)) == SIM_CLASS_COUNT)
        return SIM_SENT_UNKNOWN; /* a class below nil has what it defines */
    if (receiver.kind == SIM_INTEGER)
        sent = sim_send_to_integer (&self, selector);
    else if (receiver.kind == SIM_CHARACTER)
        sent = sim_send_to_character (&self, selector);
    else if (receiver.kind == SIM_TRUE || receiver.kind == SIM_FALSE)
        sent = send_to_boolean (&self, selector);
    else if (receiver.kind == SIM_CLASS)
        sent = sim_send_to_class (&self, selector);
    else if (receiver.kind == SIM_OBJECT)
        sent = send_to_object (&self, selector);
    return sent == SIM_SENT_UNKNOWN ? send_to_any (&self, selector) : sent;
}

enum sim_sent
sim_send (struct sim_run *run, const char *word, struct sim_value receiver,
          const struct sim_value *arguments, size_t count, struct sim_value *result)
{
    bool is_class = sim_is_class (receiver);
    const struct sim_method *method =
        sim_library_lookup (run->world->library, is_class ? receiver : sim_class_of (receiver),
                            is_class ? SIM_SIDE_CLASS : SIM_SIDE_INSTANCE, word);
    return method ? sim_run_call (run, method, receiver, arguments, count)
                  : sim_send_kernel (run, word, receiver, arguments, count, result);
}
