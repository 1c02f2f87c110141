/* input.c: see input.h. The one file that knows libtermkey, which is made without a descriptor and
 * pushed whole characters and sequences, so that it never has to wait for the rest of one: cutting
 * the stream into such tokens is done here, and so is the waiting.
 *
 *     bytes -> pending -> token -> paste, reply, or termkey -> key, mouse
 *
 * One token is taken when termkey has nothing more to say, so events keep their order. */

#include "ui/input.h"

#include <stdlib.h>
#include <string.h>
#include <termkey.h>

#include "runtime/alloc.h"
#include "runtime/utf8.h"
#include "ui/buffer.h"
#include "ui/text.h"

static const char paste_begin[] = "\033[200~", paste_end[] = "\033[201~";

/* What pending begins with. */
enum token_type {
    TOKEN_NONE,    /* nothing, or half of one: more bytes or the deadline decide */
    TOKEN_KEYS,    /* for termkey */
    TOKEN_PASTE,   /* a paste begins */
    TOKEN_REPLY,   /* of the terminal's */
    TOKEN_IGNORED, /* well-formed, of no interest: focus, the end of no paste */
    TOKEN_BROKEN,  /* malformed */
    TOKEN_ENDLESS, /* the start of a CSI sequence that is too long */
    TOKEN_STRING,  /* the start of a string that is too long */
};

struct token {
    enum token_type type;
    size_t size;
};

struct input {
    TermKey *termkey;         /* owned */
    struct buffer pending;    /* owned; bytes that are not in a token yet */
    int64_t fed_ms;           /* when the last bytes came */
    bool waiting;             /* pending begins with half a token */
    bool prefixed;            /* termkey has an ESC: a key, or Alt with the next one */
    bool pasting;             /* pending is paste up to paste_end */
    enum token_type skipping; /* what is too long, up to its end; TOKEN_NONE */
    struct buffer paste;      /* owned; at most INPUT_PASTE_MAX */
    bool paste_cut;
    char *text; /* owned; what the last event lent */
    uint64_t dropped;
};

/* ---- life ---- */

/* terminfo's key_mouse makes termkey take SGR reports for those of X10. */
static const char *
hide_mouse (const char *name, const char *value, void *data)
{
    (void) data;
    return strcmp (name, "key_mouse") == 0 ? NULL : value;
}

struct input *
input_new (const char *term, struct stui_cause *cause)
{
    if (!term)
        term = "xterm";
    int flags =
        TERMKEY_FLAG_UTF8 | TERMKEY_FLAG_NOTERMIOS | TERMKEY_FLAG_NOSTART | TERMKEY_FLAG_CONVERTKP;
    TermKey *termkey = termkey_new_abstract (term, flags);
    if (termkey) {
        termkey_hook_terminfo_getstr (termkey, hide_mouse, NULL);
        termkey_set_canonflags (termkey, TERMKEY_CANON_DELBS);
    }
    if (!termkey || !termkey_start (termkey)) {
        if (termkey)
            termkey_destroy (termkey);
        stui_fail (cause, STUI_E_UNSUPPORTED,
                   "the keys of a terminal of type %s are not known; set TERM to one that is",
                   term);
        return NULL;
    }
    struct input *self = stui_alloc (sizeof *self);
    self->termkey = termkey;
    return self;
}

void
input_destroy (struct input **self_p)
{
    struct input *self = *self_p;
    *self_p = NULL;
    if (!self)
        return;
    termkey_destroy (self->termkey);
    buffer_fini (&self->pending);
    buffer_fini (&self->paste);
    free (self->text);
    free (self);
}

/* ---- tokens ---- */

static bool
is_between (char byte, unsigned char low, unsigned char high)
{
    return (unsigned char) byte >= low && (unsigned char) byte <= high;
}

/* Whether libtermkey 0.22 can be given a CSI sequence of these PARAMETERS and so many
 * INTERMEDIATES: it reads beyond its tables for some intermediates, which keys do not have, and for
 * numbers that overflow; the greatest that means something is a codepoint of 7 digits. */
static bool
is_safe (const char *parameters, size_t size, size_t intermediates)
{
    enum { DIGITS_MAX = 7 };
    size_t digits = 0;
    for (size_t at = 0; at < size && digits <= DIGITS_MAX; at++)
        digits = is_between (parameters[at], '0', '9') ? digits + 1 : 0;
    return intermediates == 0 && digits <= DIGITS_MAX;
}

/* A CSI sequence: ESC [, parameters, intermediates, a final byte (ECMA-48). */
static struct token
token_csi (const char *bytes, size_t size)
{
    size_t at = 2;
    while (at < size && is_between (bytes[at], 0x30, 0x3F))
        at++;
    size_t parameters = at;
    while (at < size && is_between (bytes[at], 0x20, 0x3F))
        at++;
    if (at >= INPUT_SEQUENCE_MAX)
        return (struct token){TOKEN_ENDLESS, at};
    if (at == size)
        return (struct token){TOKEN_NONE, 0};
    if (!is_between (bytes[at], 0x40, 0x7E))
        return (struct token){TOKEN_BROKEN, at};
    char final = bytes[at++];
    if (final == 'M' && parameters == 2) /* an X10 mouse report: three more bytes, of any value */
        return size < at + 3 ? (struct token){TOKEN_NONE, 0} : (struct token){TOKEN_KEYS, at + 3};
    if (final == '~' && at == sizeof paste_begin - 1 && memcmp (bytes, paste_begin, at) == 0)
        return (struct token){TOKEN_PASTE, at};
    if (final == '~' && at == sizeof paste_end - 1 && memcmp (bytes, paste_end, at) == 0)
        return (struct token){TOKEN_IGNORED, at};
    if (parameters > 2 && strchr ("?>=", bytes[2]))
        return (struct token){TOKEN_REPLY, at};
    if (parameters > 2 && bytes[2] == '<' && final != 'M' && final != 'm')
        return (struct token){TOKEN_IGNORED, at}; /* no mouse: termkey would read beyond a table */
    bool focus = parameters == 2 && (final == 'I' || final == 'O');
    if (focus || !is_safe (bytes + 2, parameters - 2, at - 1 - parameters))
        return (struct token){TOKEN_IGNORED, at};
    return (struct token){TOKEN_KEYS, at};
}

/* How many bytes a string takes with its end, BEL or ST; 0 when the end is not there. */
static size_t
string_size (const char *bytes, size_t size)
{
    for (size_t at = 0; at < size; at++) {
        if (bytes[at] == '\a')
            return at + 1;
        if (bytes[at] == '\033' && at + 1 < size && bytes[at + 1] == '\\')
            return at + 2;
    }
    return 0;
}

/* OSC and DCS strings; what does not go on like an answer to a question is M-] or M-P. */
static struct token
token_string (const char *bytes, size_t size)
{
    if (size < 3)
        return (struct token){TOKEN_NONE, 0};
    bool answer = is_between (bytes[2], '0', '9') || (bytes[1] == 'P' && strchr ("!$>+", bytes[2]));
    if (!answer || bytes[2] == '\0')
        return (struct token){TOKEN_KEYS, 2};
    size_t length = string_size (bytes + 2, size - 2);
    if (length > 0 && length + 2 <= INPUT_SEQUENCE_MAX)
        return (struct token){TOKEN_REPLY, length + 2};
    if (size > INPUT_SEQUENCE_MAX)
        return (struct token){TOKEN_STRING, 2};
    return (struct token){TOKEN_NONE, 0};
}

static struct token
token_escape (const char *bytes, size_t size)
{
    if (size == 1)
        return (struct token){TOKEN_NONE, 0};
    switch (bytes[1]) {
    case '[':
        return token_csi (bytes, size);
    case ']':
    case 'P':
        return token_string (bytes, size);
    case 'O':
        if (size < 3)
            return (struct token){TOKEN_NONE, 0};
        return (struct token){TOKEN_KEYS, is_between (bytes[2], 0x40, 0x7E) ? 3 : 2};
    default: /* Esc, or Alt with what comes */
        return (struct token){TOKEN_KEYS,
                              is_between (bytes[1], 0, 0x7F) && bytes[1] != '\033' ? 2 : 1};
    }
}

/* Characters. Single bytes above 0x7F never reach termkey: it takes 0x9B for CSI. */
static struct token
token_text (const char *bytes, size_t size)
{
    size_t length = 0, tail = 1;
    while (length < size && length < INPUT_SEQUENCE_MAX && bytes[length] != '\033')
        length++;
    size_t valid = utf8_valid_prefix (bytes, length);
    if (valid > 0)
        return (struct token){TOKEN_KEYS, valid};
    unsigned char lead = (unsigned char) *bytes;
    size_t whole = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    while (tail < size && is_between (bytes[tail], 0x80, 0xBF))
        tail++;
    return tail == size && size < whole ? (struct token){TOKEN_NONE, 0}
                                        : (struct token){TOKEN_BROKEN, 1};
}

static struct token
token_at (const char *bytes, size_t size)
{
    if (size == 0)
        return (struct token){TOKEN_NONE, 0};
    return *bytes == '\033' ? token_escape (bytes, size) : token_text (bytes, size);
}

/* ---- events ---- */

static void
event_text (struct input *self, struct input_event *event, enum input_type type, char *text,
            size_t size)
{
    free (self->text);
    self->text = text;
    *event = (struct input_event){.type = type, .text = text, .size = size};
}

static char *
copy_of (const char *bytes, size_t size)
{
    char *copy = stui_alloc (size + 1);
    memcpy (copy, bytes, size);
    return copy;
}

static bool
key_from_symbol (TermKeySym symbol, struct key *key)
{
    static const struct {
        TermKeySym theirs;
        enum key_symbol ours;
    } table[] = {
        {TERMKEY_SYM_BACKSPACE, KEY_BACKSPACE},
        {TERMKEY_SYM_TAB, KEY_TAB},
        {TERMKEY_SYM_ENTER, KEY_ENTER},
        {TERMKEY_SYM_ESCAPE, KEY_ESCAPE},
        {TERMKEY_SYM_UP, KEY_UP},
        {TERMKEY_SYM_DOWN, KEY_DOWN},
        {TERMKEY_SYM_LEFT, KEY_LEFT},
        {TERMKEY_SYM_RIGHT, KEY_RIGHT},
        {TERMKEY_SYM_INSERT, KEY_INSERT},
        {TERMKEY_SYM_DELETE, KEY_DELETE},
        {TERMKEY_SYM_DEL, KEY_BACKSPACE},
        {TERMKEY_SYM_HOME, KEY_HOME},
        {TERMKEY_SYM_FIND, KEY_HOME},
        {TERMKEY_SYM_END, KEY_END},
        {TERMKEY_SYM_SELECT, KEY_END},
        {TERMKEY_SYM_PAGEUP, KEY_PAGE_UP},
        {TERMKEY_SYM_PAGEDOWN, KEY_PAGE_DOWN},
    };
    if (symbol == TERMKEY_SYM_SPACE) {
        key->codepoint = ' ';
        return true;
    }
    for (size_t index = 0; index < sizeof table / sizeof *table; index++)
        if (table[index].theirs == symbol) {
            key->symbol = table[index].ours;
            return true;
        }
    return false;
}

static unsigned
modifiers_from (int held)
{
    return (held & TERMKEY_KEYMOD_SHIFT ? KEY_SHIFT : 0u)
           | (held & TERMKEY_KEYMOD_ALT ? KEY_ALT : 0u)
           | (held & TERMKEY_KEYMOD_CTRL ? KEY_CTRL : 0u);
}

static bool
mouse_from (TermKey *termkey, const TermKeyKey *raw, struct input_event *event)
{
    static const enum mouse_action actions[] = {
        [TERMKEY_MOUSE_PRESS] = MOUSE_PRESS,
        [TERMKEY_MOUSE_DRAG] = MOUSE_DRAG,
        [TERMKEY_MOUSE_RELEASE] = MOUSE_RELEASE,
    };
    TermKeyMouseEvent what;
    int button, line, column;
    if (termkey_interpret_mouse (termkey, raw, &what, &button, &line, &column) != TERMKEY_RES_KEY
        || what == TERMKEY_MOUSE_UNKNOWN || line < 1 || column < 1)
        return false;
    struct mouse mouse = {.action = actions[what],
                          .button = button,
                          .row = line - 1,
                          .column = column - 1,
                          .modifiers = modifiers_from (raw->modifiers)};
    if (button > 3) {
        if (what != TERMKEY_MOUSE_PRESS || button > 5)
            return false;
        mouse.action = button == 4 ? MOUSE_WHEEL_UP : MOUSE_WHEEL_DOWN;
        mouse.button = 0;
    }
    *event = (struct input_event){.type = INPUT_MOUSE, .mouse = mouse};
    return true;
}

/* Whether RAW is an event for us, and which. */
static bool
event_from (TermKey *termkey, const TermKeyKey *raw, struct input_event *event)
{
    struct key key = {.modifiers = modifiers_from (raw->modifiers)};
    switch (raw->type) {
    case TERMKEY_TYPE_UNICODE:
        key.codepoint = (uint32_t) raw->code.codepoint;
        if (key.codepoint < ' ' || (key.codepoint >= 0x7F && key.codepoint < 0xA0)
            || key.codepoint > 0x10FFFF)
            return false;
        if (key.modifiers & KEY_CTRL && key.codepoint >= 'A' && key.codepoint <= 'Z')
            key.codepoint += 'a' - 'A';
        key.modifiers &= ~(unsigned) KEY_SHIFT;
        break;
    case TERMKEY_TYPE_KEYSYM:
        if (!key_from_symbol (raw->code.sym, &key))
            return false;
        break;
    case TERMKEY_TYPE_FUNCTION:
        if (raw->code.number < 1 || raw->code.number > KEY_F12 - KEY_F1 + 1)
            return false;
        key.symbol = (enum key_symbol) (KEY_F1 + raw->code.number - 1);
        break;
    case TERMKEY_TYPE_MOUSE:
        return mouse_from (termkey, raw, event);
    default:
        return false;
    }
    *event = (struct input_event){.type = INPUT_KEY, .key = key};
    return true;
}

/* The next event of what termkey has. It is made to decide, for it was given whole tokens: left to
 * itself it would wait for the rest of what only looks like the start of something longer. */
static bool
next_of_termkey (struct input *self, struct input_event *event)
{
    for (;;) {
        TermKeyKey raw;
        if (termkey_getkey_force (self->termkey, &raw) != TERMKEY_RES_KEY)
            return false;
        if (event_from (self->termkey, &raw, event))
            return true;
        self->dropped++;
    }
}

/* ---- pastes ---- */

static void
paste_add (struct input *self, size_t size)
{
    size_t room = INPUT_PASTE_MAX - self->paste.size;
    if (size > room)
        self->paste_cut = true;
    buffer_add (&self->paste, buffer_head (&self->pending), size < room ? size : room);
    buffer_take (&self->pending, size);
}

static void
paste_finish (struct input *self, struct input_event *event)
{
    const char *bytes = buffer_head (&self->paste);
    size_t size = buffer_left (&self->paste), length;
    char *text = text_clean (bytes, size, &length);
    event_text (self, event, INPUT_PASTE, text, length);
    event->cut = self->paste_cut;
    buffer_fini (&self->paste);
    self->pasting = self->paste_cut = false;
}

/* Moves what is certain to be pasted out of pending; true when the end was there, or when nothing
 * more comes. */
static bool
paste_continue (struct input *self, bool late)
{
    enum { END_SIZE = sizeof paste_end - 1 };
    const char *bytes = buffer_head (&self->pending);
    size_t size = buffer_left (&self->pending);
    const char *end = memmem (bytes, size, paste_end, END_SIZE);
    if (end) {
        paste_add (self, (size_t) (end - bytes));
        buffer_take (&self->pending, END_SIZE);
        return true;
    }
    size_t half = size < END_SIZE - 1 ? size : END_SIZE - 1; /* of an end at the end */
    while (half > 0 && memcmp (bytes + size - half, paste_end, half) != 0)
        half--;
    paste_add (self, late ? size : size - half);
    self->paste_cut |= late;
    return late;
}

/* ---- the stream ---- */

void
input_feed (struct input *self, const char *bytes, size_t size, int64_t now_ms)
{
    buffer_add (&self->pending, bytes, size);
    self->fed_ms = now_ms;
    self->waiting = false;
}

/* Pushes SIZE bytes of pending to termkey, or as many as it takes. */
static void
push_keys (struct input *self, size_t size)
{
    size_t pushed = termkey_push_bytes (self->termkey, buffer_head (&self->pending), size);
    if (pushed == 0 || pushed == (size_t) -1) { /* it is full of what it cannot read */
        self->dropped++;
        pushed = size;
    }
    buffer_take (&self->pending, pushed);
}

/* A token that was cut: ESC and at most one byte are keys, longer ones are nothing. */
static void
give_up_waiting (struct input *self)
{
    if (buffer_left (&self->pending) <= 2 && *buffer_head (&self->pending) == '\033') {
        push_keys (self, buffer_left (&self->pending));
        return;
    }
    self->dropped++;
    buffer_clear (&self->pending);
}

/* Skips to the end of what is too long; false when it is not there yet. */
static bool
skip_on (struct input *self)
{
    const char *bytes = buffer_head (&self->pending);
    size_t size = buffer_left (&self->pending), length = 0;
    if (self->skipping == TOKEN_STRING) {
        length = string_size (bytes, size);
        bool half = length == 0 && size > 0 && bytes[size - 1] == '\033';
        buffer_take (&self->pending, length > 0 ? length : size - half);
    }
    else {
        while (length < size && is_between (bytes[length], 0x20, 0x3F))
            length++;
        bool final = length < size && is_between (bytes[length], 0x40, 0x7E);
        buffer_take (&self->pending, length + final);
        length = length < size;
    }
    if (length > 0)
        self->skipping = TOKEN_NONE;
    return length > 0;
}

/* Takes the next token; true when it made EVENT. False with waiting set: there is none yet. */
static bool
take_token (struct input *self, struct input_event *event)
{
    const char *bytes = buffer_head (&self->pending);
    struct token token = token_at (bytes, buffer_left (&self->pending));
    switch (token.type) {
    case TOKEN_NONE:
        self->waiting = true;
        return false;
    case TOKEN_KEYS:
        self->prefixed = token.size == 1 && *bytes == '\033';
        push_keys (self, token.size);
        return false;
    case TOKEN_REPLY:
        event_text (self, event, INPUT_REPLY, copy_of (bytes, token.size), token.size);
        buffer_take (&self->pending, token.size);
        return true;
    case TOKEN_PASTE:
        self->pasting = true;
        break;
    case TOKEN_ENDLESS:
    case TOKEN_STRING:
        self->skipping = token.type;
        self->dropped++;
        break;
    case TOKEN_BROKEN:
        self->dropped++;
        break;
    case TOKEN_IGNORED:
        break;
    }
    buffer_take (&self->pending, token.size);
    return false;
}

/* Whether the next token cannot belong to the ESC before it. */
static bool
ends_prefix (const struct input *self)
{
    struct token token = token_at (buffer_head (&self->pending), buffer_left (&self->pending));
    return token.type > TOKEN_KEYS;
}

bool
input_next (struct input *self, int64_t now_ms, struct input_event *event)
{
    for (;;) {
        bool late = now_ms >= input_deadline_ms (self);
        if (self->prefixed && (late || ends_prefix (self)))
            self->prefixed = false;
        if (!self->prefixed && next_of_termkey (self, event))
            return true;
        if (self->pasting) {
            if (!paste_continue (self, late)) {
                self->waiting = true;
                return false;
            }
            paste_finish (self, event);
            return true;
        }
        if (self->skipping && !skip_on (self)) {
            if (!late) {
                self->waiting = true;
                return false;
            }
            self->skipping = TOKEN_NONE;
        }
        if (self->waiting && late) {
            give_up_waiting (self);
            self->waiting = false;
            if (next_of_termkey (self, event))
                return true;
        }
        if (take_token (self, event))
            return true;
        if (self->waiting)
            return false;
    }
}

int64_t
input_deadline_ms (const struct input *self)
{
    if (self->pasting)
        return self->fed_ms + INPUT_PASTE_MS;
    bool half =
        self->prefixed || self->skipping || (self->waiting && buffer_left (&self->pending) > 0);
    return half ? self->fed_ms + INPUT_ESCAPE_MS : STUI_NEVER;
}

uint64_t
input_dropped (const struct input *self)
{
    return self->dropped;
}
