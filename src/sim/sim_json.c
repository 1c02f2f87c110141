/* sim_json.c: a reader of JSON that rewrites. Structure and numbers are checked here, strings and
 * words by json_parse, which is given all that is written, and all that is left out before that.
 *
 * The members of all objects still open lie on one stack, as places in what was written. When an
 * object closes, its own are sorted by what their keys spell, so that n keys cost n log n
 * comparisons whatever a peer chose them to be. */

#include "sim/sim_json.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "sim/sim_zmtp.h"

enum {
    KEPT_DEPTH = 60,       /* commands look three levels deep, json_parse takes 64 */
    DIGITS_MAX = 15,       /* before the point; as json_parse */
    NUMBER_BYTES_MAX = 60, /* the same */
    VALUES_MAX = 1000000,  /* the same */
};

struct member {
    const char *key; /* borrowed from what is read, or DECODED */
    size_t key_size;
    char *decoded;            /* owned; NULL: the key has no escapes */
    size_t start, value, end; /* in what was written */
    bool is_dropped;
};

struct reader {
    const char *at, *end;
    struct sim_bytes out;
    struct member *members; /* owned; of all open objects, innermost last */
    size_t count, room, values;
    int depth;
    bool is_too_deep;
};

static bool read_value (struct reader *self);

static void
skip_space (struct reader *self)
{
    while (self->at < self->end && memchr (" \t\r\n", *self->at, 4))
        self->at++;
}

/* The next byte that is no white space; 0 at the end. */
static char
next (struct reader *self)
{
    skip_space (self);
    return self->at < self->end ? *self->at : '\0';
}

/* Writes it too. */
static bool
take (struct reader *self, char wanted)
{
    if (next (self) != wanted)
        return false;
    self->at++;
    sim_bytes_append (&self->out, &wanted, 1);
    return true;
}

/* Behind the closing quote of the string at AT; NULL: it has none. */
static const char *
string_end (const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++)
        at += *at == '\\';
    return at < end ? at + 1 : NULL;
}

static bool
read_string (struct reader *self)
{
    const char *end = string_end (self->at, self->end);
    if (!end)
        return false;
    sim_bytes_append (&self->out, self->at, (size_t) (end - self->at));
    self->at = end;
    return true;
}

/* ---- numbers and words --------------------------------------------------------------------- */

static size_t
digits (const char **at, const char *end)
{
    const char *first = *at;
    while (*at < end && **at >= '0' && **at <= '9')
        ++*at;
    return (size_t) (*at - first);
}

/* Whether it is a number that json_parse refuses for its length only. */
static bool
is_long_number (const char *at, const char *end)
{
    const char *start = at;
    at += at < end && *at == '-';
    const char *first = at;
    size_t whole = digits (&at, end);
    if (whole == 0 || (whole > 1 && *first == '0'))
        return false;
    if (at < end && *at == '.' && (at++, digits (&at, end)) == 0)
        return false;
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        at += at < end && (*at == '-' || *at == '+');
        if (digits (&at, end) == 0)
            return false;
    }
    return at == end && (whole > DIGITS_MAX || at - start > NUMBER_BYTES_MAX);
}

/* A number or a word. */
static bool
read_plain (struct reader *self)
{
    const char *start = self->at;
    while (self->at < self->end && !memchr (" \t\r\n,:[]{}\"", *self->at, 11))
        self->at++;
    if (is_long_number (start, self->at))
        sim_bytes_append (&self->out, "1e15", 4);
    else
        sim_bytes_append (&self->out, start, (size_t) (self->at - start));
    return self->at > start;
}

/* ---- what is left out ---------------------------------------------------------------------- */

static bool
is_json (const struct reader *self, size_t from, size_t to)
{
    struct json *json = json_parse (self->out.bytes + from, to - from, NULL);
    bool good = json != NULL;
    json_destroy (&json);
    return good;
}

/* ---- members ------------------------------------------------------------------------------- */

static int
by_key (const void *one_p, const void *other_p)
{
    const struct member *one = one_p, *other = other_p;
    size_t common = one->key_size < other->key_size ? one->key_size : other->key_size;
    int order = memcmp (one->key, other->key, common);
    if (order == 0 && one->key_size != other->key_size)
        order = one->key_size < other->key_size ? -1 : 1;
    return order != 0 ? order : one->start < other->start ? -1 : one->start > other->start;
}

static int
by_place (const void *one_p, const void *other_p)
{
    const struct member *one = one_p, *other = other_p;
    return one->start < other->start ? -1 : one->start > other->start;
}

/* Marks those of which another one follows. False: one of them is no JSON. */
static bool
mark_doubles (struct reader *self, struct member *members, size_t count, bool *has_some)
{
    qsort (members, count, sizeof *members, by_key);
    for (size_t i = 0; i + 1 < count; i++) {
        struct member *one = &members[i], *following = one + 1;
        one->is_dropped = one->key_size == following->key_size
                          && memcmp (one->key, following->key, one->key_size) == 0;
        *has_some |= one->is_dropped;
        if (one->is_dropped && !is_json (self, one->value, one->end))
            return false;
    }
    qsort (members, count, sizeof *members, by_place);
    return true;
}

/* The object that begins at START is read: only the last of each name stays. */
static bool
drop_doubles (struct reader *self, size_t first, size_t start)
{
    struct member *members = self->members + first;
    size_t count = self->count - first, at = start + 1;
    bool has_some = false;
    if (count > 1 && !mark_doubles (self, members, count, &has_some))
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct member *member = &members[i];
        if (has_some && !member->is_dropped) {
            size_t size = member->end - member->start;
            if (at > start + 1)
                self->out.bytes[at++] = ',';
            memmove (self->out.bytes + at, self->out.bytes + member->start, size);
            at += size;
        }
        free (member->decoded);
    }
    self->count = first;
    if (has_some) {
        self->out.bytes[at++] = '}';
        self->out.size = at;
    }
    return true;
}

static bool
read_member (struct reader *self)
{
    struct member member = {.start = self->out.size};
    if (next (self) != '"')
        return false;
    const char *opening = self->at;
    if (!read_string (self))
        return false;
    member.key = opening + 1;
    member.key_size = (size_t) (self->at - opening) - 2;
    if (memchr (member.key, '\\', member.key_size)) {
        struct json *key = json_parse (opening, member.key_size + 2, NULL);
        if (!key)
            return false;
        member.key = member.decoded = stui_strdup (json_text (key));
        member.key_size = strlen (member.key);
        json_destroy (&key);
    }
    stui_grow (&self->members, &self->room, self->count, sizeof *self->members);
    size_t place = self->count++;
    self->members[place] = member;
    if (!take (self, ':'))
        return false;
    self->members[place].value = self->out.size;
    if (!read_value (self))
        return false;
    self->members[place].end = self->out.size;
    return true;
}

/* ---- values -------------------------------------------------------------------------------- */

static bool
read_container (struct reader *self, char opening, char closing)
{
    size_t start = self->out.size, first = self->count;
    if (++self->depth > SIM_JSON_DEPTH) {
        self->is_too_deep = true;
        return false;
    }
    take (self, opening);
    if (!take (self, closing)) {
        do
            if (!(opening == '{' ? read_member (self) : read_value (self)))
                return false;
        while (take (self, ','));
        if (!take (self, closing) || (opening == '{' && !drop_doubles (self, first, start)))
            return false;
    }
    if (self->depth-- == KEPT_DEPTH + 1) {
        if (!is_json (self, start, self->out.size))
            return false;
        self->out.size = start;
        sim_bytes_append (&self->out, "null", 4);
    }
    return true;
}

static bool
read_value (struct reader *self)
{
    if (++self->values > VALUES_MAX)
        return false;
    switch (next (self)) {
    case '{':
        return read_container (self, '{', '}');
    case '[':
        return read_container (self, '[', ']');
    case '"':
        return read_string (self);
    default:
        return read_plain (self);
    }
}

char *
sim_json_plain (const char *bytes, size_t size, size_t *plain_size, struct stui_cause *cause)
{
    struct reader self = {.at = bytes, .end = bytes + size};
    bool good = read_value (&self) && next (&self) == '\0' && self.at == self.end;
    if (self.is_too_deep)
        stui_fail (cause, STUI_E_MALFORMED, "the JSON is wrong at byte %zu: nested deeper than %d",
                   (size_t) (self.at - bytes), SIM_JSON_DEPTH);
    while (self.count > 0)
        free (self.members[--self.count].decoded);
    free (self.members);
    *plain_size = self.out.size;
    if (good)
        return self.out.bytes;
    sim_bytes_fini (&self.out);
    return NULL;
}

/* ---- members as they came ------------------------------------------------------------------ */

/* Behind the value at AT, which is well-formed. */
static const char *
value_end (const char *at, const char *end)
{
    int depth = 0;
    do {
        if (*at == '"')
            at = string_end (at, end);
        else {
            depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
            at++;
        }
    } while (at < end && (depth > 0 || !memchr (",]} \t\r\n", *at, 7)));
    return at;
}

static bool
spells (const char *string, size_t size, const char *key)
{
    if (!memchr (string, '\\', size))
        return size == strlen (key) + 2 && memcmp (string + 1, key, size - 2) == 0;
    struct json *json = json_parse (string, size, NULL);
    bool is_same = json && strcmp (json_text (json), key) == 0;
    json_destroy (&json);
    return is_same;
}

const char *
sim_json_member (const char *object, size_t size, const char *key, size_t *member_size)
{
    struct reader self = {.at = object, .end = object + size};
    const char *found = NULL;
    next (&self);
    self.at++; /* the bracket */
    while (next (&self) == '"') {
        const char *string = self.at, *behind = string_end (string, self.end);
        self.at = behind;
        next (&self);
        self.at++; /* the colon */
        next (&self);
        const char *value = self.at;
        self.at = value_end (value, self.end);
        if (spells (string, (size_t) (behind - string), key)) {
            found = value;
            *member_size = (size_t) (self.at - value);
        }
        if (next (&self) == ',')
            self.at++;
    }
    return found;
}
