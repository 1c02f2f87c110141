/* fuzz_input.c: a terminal's bytes. The first byte of the input says in which steps the rest is
 * fed; after each step all events are taken, and at the end the deadlines pass. Pastes are valid
 * UTF-8 without NUL and bounded, keys are characters or symbols, and nothing is left waiting. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/utf8.h"
#include "ui/input.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check_event (const struct input_event *event)
{
    char name[KEY_NAME_SIZE];
    struct key same;
    assert (event->type < INPUT_TYPE_COUNT);
    switch (event->type) {
    case INPUT_KEY:
        assert (event->key.symbol < KEY_COUNT);
        assert (event->key.symbol != KEY_NONE || event->key.codepoint >= ' ');
        assert (key_parse (key_name (event->key, name), &same));
        assert (key_is_equal (event->key, same));
        break;
    case INPUT_MOUSE:
        assert (event->mouse.row >= 0 && event->mouse.column >= 0);
        break;
    case INPUT_PASTE:
        assert (utf8_is_valid (event->text, event->size));
        assert (strlen (event->text) == event->size && event->size <= 3 * INPUT_PASTE_MAX);
        break;
    default:
        assert (event->size <= INPUT_SEQUENCE_MAX);
    }
}

static void
take_all (struct input *input, int64_t now_ms)
{
    struct input_event event;
    while (input_next (input, now_ms, &event))
        check_event (&event);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    static struct input *input; /* one for all: every input ends with nothing waiting */
    if (!input)
        input = input_new ("xterm-256color", NULL);
    if (size == 0)
        return 0;
    size_t step = 1 + data[0] % 32;
    int64_t now_ms = 0;
    for (size_t at = 1; at < size; at += step, now_ms++) {
        input_feed (input, (const char *) data + at, step < size - at ? step : size - at, now_ms);
        take_all (input, now_ms);
    }
    for (int rounds = 0; rounds < 4 && input_deadline_ms (input) != STUI_NEVER; rounds++)
        take_all (input, input_deadline_ms (input));
    assert (input_deadline_ms (input) == STUI_NEVER);
    return 0;
}
