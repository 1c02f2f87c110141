/* msg.c: messages as values: made, checked and read. The vocabulary is include/stui/msg.h's.
 * Pure but for the heap: no socket is seen here (mailbox.c sends and receives). */

#include <stui/msg.h>

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/utf8.h"

struct msg_row {
    const char *word;
    enum msg_kind kind;
    const char *fields;
    const char *meaning;
};

static const struct msg_row rows[] = {
#define X(symbol, word, kind, fields, meaning) [MSG_##symbol] = {word, kind, fields, meaning},
    MSG_VERBS (X)
#undef X
};
static_assert (sizeof rows / sizeof *rows == MSG_VERB_COUNT, "a row per verb");

/* Numbers stay below 2^53, as everywhere in stui: they may become JSON. */
static const uint64_t number_max = (UINT64_C (1) << 53) - 1;

const char *
msg_word (enum msg_verb verb)
{
    return rows[verb].word;
}

enum msg_kind
msg_kind (enum msg_verb verb)
{
    return rows[verb].kind;
}

const char *
msg_fields (enum msg_verb verb)
{
    return rows[verb].fields;
}

const char *
msg_meaning (enum msg_verb verb)
{
    return rows[verb].meaning;
}

bool
msg_reaches_image (enum msg_verb verb)
{
    return verb == MSG_COMMAND || verb == MSG_HOLD || verb == MSG_HELD_SEND;
}

bool
msg_is_for_clients (enum msg_verb verb)
{
    static const char *const senders[] = {"terminal -> ", "anybody -> "};
    if (msg_kind (verb) != MSG_REQUEST)
        return false;
    for (size_t index = 0; index < sizeof senders / sizeof *senders; index++)
        if (strncmp (msg_meaning (verb), senders[index], strlen (senders[index])) == 0)
            return true;
    return false;
}

int
msg_verb_from_word (const char *word)
{
    for (int verb = 0; verb < MSG_VERB_COUNT; verb++)
        if (*rows[verb].word == *word && strcmp (rows[verb].word, word) == 0)
            return verb;
    return -1;
}

/* Takes the texts of the fields over by copying them behind the message, all in one piece. */
static struct msg *
msg_make (const char *peer, enum msg_verb verb, uint64_t ref, const char *const *fields,
          int field_count)
{
    size_t sizes[MSG_FIELDS_MAX], size = 0;
    for (int index = 0; index < field_count; index++)
        size += sizes[index] = strlen (fields[index]) + 1;
    struct msg *self = stui_realloc (NULL, sizeof *self + size);
    *self = (struct msg){.verb = verb};
    memccpy (self->peer, peer, '\0', sizeof self->peer - 1); /* the last byte stays a NUL */
    self->ref = ref;
    self->text_size = size;
    char *text = self->text;
    for (int index = 0; index < field_count; index++) {
        self->fields[self->field_count++] = memcpy (text, fields[index], sizes[index]);
        text += sizes[index];
    }
    return self;
}

struct msg *
msg_new (const char *peer, enum msg_verb verb, uint64_t ref, ...)
{
    const char *fields[MSG_FIELDS_MAX];
    char digits[MSG_FIELDS_MAX][24];
    int count = 0;
    va_list args;
    va_start (args, ref);
    for (const char *form = rows[verb].fields; *form; form++, count++) {
        if (*form == 'u') {
            snprintf (digits[count], sizeof digits[count], "%" PRIu64, va_arg (args, uint64_t));
            fields[count] = digits[count];
        }
        else {
            fields[count] = va_arg (args, const char *);
            if (!fields[count])
                fields[count] = *form == 'j' ? "{}" : "";
        }
    }
    va_end (args);
    return msg_make (peer, verb, ref, fields, count);
}

struct msg *
msg_ok (const struct msg *request, const char *result)
{
    return msg_new (request->peer, MSG_OK, request->ref, result);
}

struct msg *
msg_error (const struct msg *request, int err, const char *text, const char *details)
{
    return msg_new (request->peer, MSG_ERROR, request->ref, stui_err_word (err), text, details);
}

/* A decimal below 2^53 without sign, blanks or leading zeros. */
static bool
number_parse (const char *text, uint64_t *value)
{
    size_t length = strlen (text);
    if (length == 0 || length > 16 || (length > 1 && text[0] == '0'))
        return false;
    *value = 0;
    for (const char *digit = text; *digit; digit++) {
        if (*digit < '0' || *digit > '9')
            return false;
        *value = *value * 10 + (uint64_t) (*digit - '0');
    }
    return *value <= number_max;
}

int
msg_read_envelope (struct msg *self, const char *peer, const char *word, const char *ref,
                   struct stui_cause *cause)
{
    int verb = msg_verb_from_word (word);
    self->field_count = 0;
    self->text_size = 0;
    if (verb < 0)
        return stui_fail (cause, STUI_E_UNKNOWN_VERB,
                          "%s sent the verb '%.40s', which nobody knows", peer, word);
    size_t length = strlen (peer);
    if (length > STUI_ACTOR_ID_MAX || !number_parse (ref, &self->ref))
        return stui_fail (cause, STUI_E_MALFORMED,
                          "%.40s sent %s with the ref '%.20s', not a number", peer, word, ref);
    memcpy (self->peer, peer, length + 1);
    self->verb = (enum msg_verb) verb;
    return 0;
}

/* Field INDEX of a message of PEER: whether TEXT, of LENGTH bytes, has its form. */
static int
field_check (const char *peer, enum msg_verb verb, int index, const char *text, size_t length,
             struct stui_cause *cause)
{
    uint64_t ignored;
    bool good = rows[verb].fields[index] == 'u' ? number_parse (text, &ignored)
                                                : utf8_is_valid (text, length);
    return good ? 0
                : stui_fail (cause, STUI_E_MALFORMED, "%.40s sent %s with a bad field %d", peer,
                             rows[verb].word, index + 1);
}

static int
count_check (const char *peer, enum msg_verb verb, int count, struct stui_cause *cause)
{
    size_t wanted = strlen (rows[verb].fields);
    return (size_t) count == wanted
               ? 0
               : stui_fail (cause, STUI_E_MALFORMED, "%.40s sent %s with %d fields instead of %zu",
                            peer, rows[verb].word, count, wanted);
}

int
msg_read_fields (struct msg *self, const char *text, size_t size, struct stui_cause *cause)
{
    const char *fields[MSG_FIELDS_MAX], *end = text + size;
    size_t lengths[MSG_FIELDS_MAX];
    int count = 0, err = 0;
    for (const char *at = text; at < end; count++) {
        const char *nul = memchr (at, '\0', (size_t) (end - at));
        if (!nul || count == MSG_FIELDS_MAX)
            return stui_fail (cause, STUI_E_MALFORMED,
                              "a message of %zu bytes is not of our vocabulary", size);
        fields[count] = at;
        lengths[count] = (size_t) (nul - at);
        at = nul + 1;
    }
    err = count_check (self->peer, self->verb, count, cause);
    for (int index = 0; !err && index < count; index++)
        err = field_check (self->peer, self->verb, index, fields[index], lengths[index], cause);
    if (err)
        return err;
    memcpy (self->fields, fields, (size_t) count * sizeof *fields);
    self->field_count = count;
    self->text_size = size;
    return 0;
}

struct msg *
msg_from_texts (const char *peer, const char *word, const char *ref, const char *const *fields,
                int field_count, struct stui_cause *cause)
{
    struct msg envelope;
    int err = msg_read_envelope (&envelope, peer, word, ref, cause);
    if (!err)
        err = count_check (peer, envelope.verb, field_count, cause);
    for (int index = 0; !err && index < field_count; index++)
        err =
            field_check (peer, envelope.verb, index, fields[index], strlen (fields[index]), cause);
    return err ? NULL : msg_make (peer, envelope.verb, envelope.ref, fields, field_count);
}

struct msg *
msg_copy (const struct msg *msg)
{
    return msg_make (msg->peer, msg->verb, msg->ref, msg->fields, msg->field_count);
}

const char *
msg_text (const struct msg *msg, int index)
{
    assert (index >= 0 && index < msg->field_count);
    return msg->fields[index];
}

uint64_t
msg_number (const struct msg *msg, int index)
{
    assert (index >= 0 && index < msg->field_count && rows[msg->verb].fields[index] == 'u');
    return strtoull (msg->fields[index], NULL, 10);
}

void
msg_destroy (struct msg **self_p)
{
    if (!self_p)
        return;
    free (*self_p);
    *self_p = NULL;
}
