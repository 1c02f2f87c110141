/* input.h: what the user does, as a function of the bytes that the terminal sends. Bracketed paste
 * and the terminal's replies are split off first; the rest is libtermkey's. A paste never acts as
 * keys, a cut or malformed sequence never as text; nothing grows without bound. No descriptor, no
 * clock: the caller passes the bytes and the time. (termkey reads terminfo when it is made.)
 *
 *     input_feed (input, bytes, size, now_ms);
 *     while (input_next (input, now_ms, &event)) …
 *     wait until input_deadline_ms at most, then input_next again
 *
 * Resizes are not here: they come as a signal. */

#ifndef STUI_UI_INPUT_H
#define STUI_UI_INPUT_H

#include <stui/types.h>

#include "ui/key.h"

enum {
    INPUT_ESCAPE_MS = 50,      /* an Esc with nothing behind it for so long is the key */
    INPUT_PASTE_MS = 5000,     /* a paste that falls silent for so long has ended */
    INPUT_PASTE_MAX = 1048576, /* bytes of one paste: what a session may hold */
    INPUT_SEQUENCE_MAX = 128,  /* bytes of an escape sequence; longer ones are skipped */
};

enum input_type { INPUT_KEY, INPUT_PASTE, INPUT_MOUSE, INPUT_REPLY, INPUT_TYPE_COUNT };

enum mouse_action {
    MOUSE_PRESS,
    MOUSE_RELEASE,
    MOUSE_DRAG,
    MOUSE_WHEEL_UP,
    MOUSE_WHEEL_DOWN,
    MOUSE_ACTION_COUNT
};

struct mouse {
    enum mouse_action action;
    int button; /* 1 left, 2 middle, 3 right; 0 when not told (some releases), and of the wheel */
    int row, column; /* from 0 */
    unsigned modifiers;
};

struct input_event {
    enum input_type type;
    struct key key;     /* of INPUT_KEY */
    struct mouse mouse; /* of INPUT_MOUSE */
    /* INPUT_PASTE: valid UTF-8 without NUL, LF at line ends. INPUT_REPLY: the sequence from its
     * ESC to its end. NUL-terminated; borrowed until the next input_next or input_feed. */
    const char *text;
    size_t size;
    bool cut; /* of INPUT_PASTE: there was more than INPUT_PASTE_MAX, or its end never came */
};

struct input; /* opaque */

/* Input from a terminal of type TERM ($TERM; NULL as "xterm"). NULL and CAUSE when termkey knows
 * nothing of it. */
struct input *input_new (const char *term, struct stui_cause *cause);
void input_destroy (struct input **self);

/* Takes over SIZE bytes that came at NOW_MS. Take all events before the next call: what is not
 * taken stays in memory. */
void input_feed (struct input *self, const char *bytes, size_t size, int64_t now_ms);
/* The next event that is certain at NOW_MS. False: none (yet). */
bool input_next (struct input *self, int64_t now_ms, struct input_event *event);
/* When input_next may have more without further bytes; STUI_NEVER. */
int64_t input_deadline_ms (const struct input *self);

/* How many sequences were thrown away since the start: too long, malformed, cut. */
uint64_t input_dropped (const struct input *self);

#endif
