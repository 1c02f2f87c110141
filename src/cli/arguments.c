/* arguments.c: see arguments.h. */

#include "cli/arguments.h"

#include "cli/suggest.h"
#include "runtime/alloc.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS_MAX 604800 /* a week: nobody waits longer on purpose */

static void
arguments_add (struct arguments *self, const char *name, const char *value)
{
    stui_grow (&self->items, &self->capacity, self->count, sizeof *self->items);
    self->items[self->count++] = (struct argument){.name = name, .value = value};
}

static const struct option_row *
table_find (const struct option_row *table, const char *name, size_t length, char letter)
{
    for (const struct option_row *row = table; row != NULL && row->name != NULL; row++)
        if (name != NULL ? strlen (row->name) == length && memcmp (row->name, name, length) == 0
                         : row->letter == letter)
            return row;
    return NULL;
}

static int
arguments_unknown (const char *name, size_t length, const struct option_row *own,
                   const struct option_row *common, struct stui_cause *cause)
{
    enum { KNOWN_MAX = 64 };
    const char *known[KNOWN_MAX];
    size_t count = 0;
    for (const struct option_row *row = own; row != NULL && row->name != NULL; row++)
        if (count < KNOWN_MAX)
            known[count++] = row->name;
    for (const struct option_row *row = common; row != NULL && row->name != NULL; row++)
        if (count < KNOWN_MAX)
            known[count++] = row->name;

    char *word = stui_strndup (name, length);
    char *near = suggest_text (word, known, count);
    int err = stui_fail (cause, STUI_E_INVALID_REQUEST, "unknown option '--%s'%s", word, near);
    free (near);
    free (word);
    return err;
}

/* --name, --name=VALUE, --name VALUE. Returns words taken, 1 or 2. */
static int
arguments_read_long (struct arguments *self, const struct option_row *own,
                     const struct option_row *common, int count, char *const *words,
                     struct stui_cause *cause)
{
    const char *name = words[0] + 2;
    const char *equals = strchr (name, '=');
    size_t length = equals != NULL ? (size_t) (equals - name) : strlen (name);
    const struct option_row *row = table_find (own, name, length, 0);
    if (row == NULL)
        row = table_find (common, name, length, 0);
    if (row == NULL)
        return arguments_unknown (name, length, own, common, cause);

    if (row->argument == NULL && equals != NULL)
        return stui_fail (cause, STUI_E_INVALID_REQUEST, "option '--%s' takes no value", row->name);
    if (row->argument != NULL && equals == NULL && count < 2)
        return stui_fail (cause, STUI_E_INVALID_REQUEST, "option '--%s' needs its %s", row->name,
                          row->argument);
    if (row->argument == NULL || equals != NULL) {
        arguments_add (self, row->name, equals != NULL ? equals + 1 : "");
        return 1;
    }
    arguments_add (self, row->name, words[1]);
    return 2;
}

/* "-5" is a number, not an option, wherever no option is a digit: what it is for says what is wrong with it. */
static bool
is_operand (const char *word, const struct option_row *own)
{
    bool digit = word[0] == '-' && word[1] >= '0' && word[1] <= '9';
    return word[0] != '-' || word[1] == '\0'
           || (digit && table_find (own, NULL, 0, word[1]) == NULL);
}

/* -n, -nVALUE, -n VALUE, -fn VALUE. Returns words taken, 1 or 2. */
static int
arguments_read_short (struct arguments *self, const struct option_row *own,
                      const struct option_row *common, int count, char *const *words,
                      struct stui_cause *cause)
{
    for (const char *letter = words[0] + 1; *letter != '\0'; letter++) {
        const struct option_row *row = table_find (own, NULL, 0, *letter);
        if (row == NULL)
            row = table_find (common, NULL, 0, *letter);
        if (row == NULL)
            return stui_fail (cause, STUI_E_INVALID_REQUEST, "unknown option '-%c'", *letter);
        if (row->argument == NULL) {
            arguments_add (self, row->name, "");
            continue;
        }
        if (letter[1] != '\0') {
            arguments_add (self, row->name, letter + 1);
            return 1;
        }
        if (count < 2)
            return stui_fail (cause, STUI_E_INVALID_REQUEST, "option '-%c' needs its %s", *letter,
                              row->argument);
        arguments_add (self, row->name, words[1]);
        return 2;
    }
    return 1;
}

int
arguments_read (struct arguments *self, const struct option_row *own,
                const struct option_row *common, int count, char *const *words,
                bool stop_at_operand, struct stui_cause *cause)
{
    int at = 0;
    while (at < count) {
        const char *word = words[at];
        if (strcmp (word, "--") == 0) {
            at++;
            break;
        }
        if (is_operand (word, own)) {
            if (stop_at_operand)
                return at;
            arguments_add (self, NULL, word);
            at++;
            continue;
        }
        int taken = word[1] == '-'
                        ? arguments_read_long (self, own, common, count - at, words + at, cause)
                        : arguments_read_short (self, own, common, count - at, words + at, cause);
        if (taken < 0)
            return taken;
        at += taken;
    }
    if (!stop_at_operand)
        for (; at < count; at++)
            arguments_add (self, NULL, words[at]);
    return at;
}

void
arguments_fini (struct arguments *self)
{
    free (self->items);
    *self = (struct arguments){0};
}

const char *
arguments_next (const struct arguments *self, const char *name, size_t *cursor)
{
    while (*cursor < self->count) {
        const struct argument *item = &self->items[(*cursor)++];
        if (item->name != NULL && strcmp (item->name, name) == 0)
            return item->value;
    }
    return NULL;
}

const char *
arguments_value (const struct arguments *self, const char *name)
{
    const char *last = NULL, *value;
    size_t cursor = 0;
    while ((value = arguments_next (self, name, &cursor)) != NULL)
        last = value;
    return last;
}

bool
arguments_has (const struct arguments *self, const char *name)
{
    return arguments_value (self, name) != NULL;
}

size_t
arguments_operands (const struct arguments *self)
{
    size_t operands = 0;
    for (size_t i = 0; i < self->count; i++)
        operands += self->items[i].name == NULL;
    return operands;
}

const char *
arguments_operand (const struct arguments *self, size_t index)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->items[i].name == NULL && index-- == 0)
            return self->items[i].value;
    return NULL;
}

int64_t
arguments_seconds_ms (const struct arguments *self, const char *name, int64_t otherwise,
                      int64_t low_ms, struct stui_cause *cause)
{
    const char *text = arguments_value (self, name);
    if (text == NULL)
        return otherwise;
    char *end;
    double seconds = strtod (text, &end);
    if (end == text || *end != '\0' || !isfinite (seconds) || seconds > SECONDS_MAX
        || seconds * 1000 < (double) low_ms)
        return stui_fail (cause, STUI_E_INVALID_REQUEST,
                          "--%s takes seconds from %g to %d, not '%s'", name,
                          (double) low_ms / 1000, SECONDS_MAX, text);
    return (int64_t) (seconds * 1000);
}

int64_t
arguments_to_number (const char *what, const char *text, int64_t low, int64_t high,
                     struct stui_cause *cause)
{
    char *end;
    errno = 0;
    long long value = strtoll (text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || value < low || value > high)
        return stui_fail (cause, STUI_E_INVALID_REQUEST,
                          "%s takes a number from %" PRId64 " to %" PRId64 ", not '%s'", what, low,
                          high, text);
    return value;
}

int64_t
arguments_number (const struct arguments *self, const char *name, int64_t otherwise, int64_t low,
                  int64_t high, struct stui_cause *cause)
{
    const char *text = arguments_value (self, name);
    char what[64];
    snprintf (what, sizeof what, "--%s", name);
    return text == NULL ? otherwise : arguments_to_number (what, text, low, high, cause);
}
