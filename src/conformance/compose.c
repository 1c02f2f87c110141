/* compose.c: requests written readably, answers looked into. See compose.h. */

#include "conformance/compose.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "runtime/utf8.h"

enum { FIELD_MAX = 64 };

struct text {
    char *text;
    size_t size, capacity;
};

static void
text_add (struct text *self, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        stui_grow (&self->text, &self->capacity, self->size + 1, 1);
        self->text[self->size++] = bytes[i];
    }
    stui_grow (&self->text, &self->capacity, self->size, 1);
    self->text[self->size] = '\0';
}

/* TEXT as the inside of a JSON string. */
static void
text_add_escaped (struct text *self, const char *text)
{
    struct json *string = json_string (text);
    char *quoted = json_print (string);
    text_add (self, quoted + 1, strlen (quoted) - 2);
    free (quoted);
    json_destroy (&string);
}

char *
kit_compose_list (const char *format, va_list args)
{
    struct text out = {0};
    text_add (&out, "", 0);
    for (const char *at = format; *at; at++) {
        char *number = NULL;
        if (*at == '\'')
            text_add (&out, "\"", 1);
        else if (*at != '%')
            text_add (&out, at, 1);
        else if (at[1] == '%')
            text_add (&out, ++at, 1);
        else if (at[1] == 's' && ++at)
            text_add_escaped (&out, va_arg (args, const char *));
        else if (at[1] == 'd' && ++at)
            number = stui_printf ("%d", va_arg (args, int));
        else if (strncmp (at, "%lld", 4) == 0 && (at += 3))
            number = stui_printf ("%lld", va_arg (args, long long));
        else if (strncmp (at, "%zu", 3) == 0 && (at += 2))
            number = stui_printf ("%zu", va_arg (args, size_t));
        else
            assert (!"a format that kit_compose does not know");
        if (number)
            text_add (&out, number, strlen (number));
        free (number);
    }
    return out.text;
}

char *
kit_compose (const char *format, ...)
{
    va_list args;
    va_start (args, format);
    char *text = kit_compose_list (format, args);
    va_end (args);
    return text;
}

const struct json *
kit_at (const struct json *json, const char *path)
{
    while (json && *path) {
        char part[FIELD_MAX];
        size_t size = strcspn (path, ".");
        if (size >= sizeof part)
            return NULL;
        memcpy (part, path, size);
        part[size] = '\0';
        json =
            json_is_array (json) ? json_at (json, strtoul (part, NULL, 10)) : json_get (json, part);
        path += size + (path[size] == '.');
    }
    return json;
}

char *
kit_shown (const struct json *json, size_t limit)
{
    if (!json)
        return stui_strdup ("nothing");
    char *text = json_print (json);
    size_t size = strlen (text);
    if (size <= limit)
        return text;
    char *cut = stui_printf ("%.*s…", (int) utf8_cut (text, size, limit), text);
    free (text);
    return cut;
}

bool
kit_is_timestamp (const char *text)
{
    static const char form[] = "dddd-dd-ddTdd:dd:dd.dddZ";
    if (!text || strlen (text) != sizeof form - 1)
        return false;
    for (size_t i = 0; form[i]; i++)
        if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            return false;
    return clock_parse (text) >= 0;
}

static bool
is_text_list (const struct json *value)
{
    if (!json_is_array (value))
        return false;
    for (const struct json *one = json_first (value); one; one = json_next (one))
        if (!json_is_string (one))
            return false;
    return true;
}

/* Whether VALUE is what KIND says, and in *WANTED the kind in words. */
static bool
is_kind (const struct json *value, char kind, const char **wanted)
{
    const char *text = json_text (value);
    switch (kind) {
    case 's':
        *wanted = "a string";
        return text != NULL;
    case 'S':
        *wanted = "a string that is not empty";
        return text && *text;
    case 'z':
        *wanted = "a string or null";
        return text || json_is_null (value);
    case 't':
        *wanted = "a timestamp like 2026-01-31T10:30:00.123Z";
        return kit_is_timestamp (text);
    case 'n':
        *wanted = "an integer";
        return json_is_number (value) && json_value (value, INT64_MIN) != INT64_MIN;
    case 'b':
        *wanted = "true or false";
        return value && !json_is_null (value) && !text && !json_is_number (value)
               && !json_is_object (value) && !json_is_array (value);
    case 'o':
        *wanted = "an object";
        return json_is_object (value);
    case 'a':
        *wanted = "an array";
        return json_is_array (value);
    case 'l':
        *wanted = "an array of strings";
        return is_text_list (value);
    default:
        assert (!"a kind of field that is not known");
        return false;
    }
}

char *
kit_fields_fault (const struct json *json, const char *fields)
{
    while (*fields) {
        char name[FIELD_MAX];
        const char *wanted = NULL;
        size_t size = strcspn (fields, ":");
        assert (size < sizeof name && fields[size] == ':');
        memcpy (name, fields, size);
        name[size] = '\0';
        char kind = fields[size + 1];
        bool optional = fields[size + 2] == '?';
        fields += size + 2 + optional;
        fields += strspn (fields, " ");
        const struct json *value = kit_at (json, name);
        if (optional && (!value || json_is_null (value)))
            continue;
        if (!is_kind (value, kind, &wanted)) {
            char *shown = kit_shown (value, FIELD_MAX);
            char *fault = stui_printf ("%s to be %s, got %s", name, wanted, shown);
            free (shown);
            return fault;
        }
    }
    return NULL;
}
