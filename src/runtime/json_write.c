/* json_write.c: see json_write.h. What is seldom (a text with something to escape, a real, a very long
 * number) json.c prints. */

#include "runtime/json_write.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/digits.h"
#include "runtime/json.h"
#include "runtime/json_scan.h"
#include "runtime/utf8.h"

enum { ROOM_BYTES = 2048 }; /* most states of an image fit */

static const int64_t number_limit = 1000000000000000; /* beyond, json.h has a string of digits */

static void
write_bytes (struct json_write *self, const char *bytes, size_t size)
{
    if (self->size + size > self->capacity) {
        self->capacity = 2 * (self->size + size);
        self->text = stui_realloc (self->text, self->capacity);
    }
    memcpy (self->text + self->size, bytes, size);
    self->size += size;
}

static void
write_key (struct json_write *self, const char *key)
{
    if (self->size > 1)
        write_bytes (self, ",", 1);
    write_bytes (self, "\"", 1);
    write_bytes (self, key, strlen (key));
    write_bytes (self, "\":", 2);
}

void
json_write_begin (struct json_write *self)
{
    *self = (struct json_write){.text = stui_realloc (NULL, ROOM_BYTES), .capacity = ROOM_BYTES};
    write_bytes (self, "{", 1);
}

void
json_write_json (struct json_write *self, const char *key, const char *json)
{
    const char *value = json ? json : "null";
    write_key (self, key);
    write_bytes (self, value, strlen (value));
}

/* Takes VALUE over. */
static void
write_value (struct json_write *self, const char *key, struct json *value)
{
    char *text = json_print (value);
    json_write_json (self, key, text);
    free (text);
    json_destroy (&value);
}

void
json_write_text (struct json_write *self, const char *key, const char *text)
{
    size_t size = text ? strlen (text) : 0;
    if (!text)
        json_write_null (self, key);
    else if (json_scan_plain (text, size) < size || !utf8_is_valid (text, size))
        write_value (self, key, json_string (text));
    else {
        write_key (self, key);
        write_bytes (self, "\"", 1);
        write_bytes (self, text, size);
        write_bytes (self, "\"", 1);
    }
}

void
json_write_number (struct json_write *self, const char *key, int64_t value)
{
    char digits[DIGITS_DECIMAL_SIZE + 1] = "-";
    if (value <= -number_limit || value >= number_limit) {
        write_value (self, key, json_number (value));
        return;
    }
    digits_decimal (digits + (value < 0), (uint64_t) (value < 0 ? -value : value));
    json_write_json (self, key, digits);
}

void
json_write_real (struct json_write *self, const char *key, double value)
{
    write_value (self, key, json_real (value));
}

void
json_write_bool (struct json_write *self, const char *key, bool value)
{
    json_write_json (self, key, value ? "true" : "false");
}

void
json_write_null (struct json_write *self, const char *key)
{
    json_write_json (self, key, NULL);
}

char *
json_write_end (struct json_write *self)
{
    write_bytes (self, "}", sizeof "}");
    char *text = self->text;
    *self = (struct json_write){0};
    return text;
}
