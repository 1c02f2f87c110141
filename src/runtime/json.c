/* json.c: JSON values, over cJSON, whose header nobody else includes. Texts come in and go out;
 * whoever holds a root owns its tree. Pure but for the heap.
 *
 * A struct json is a cJSON node under another name. What cJSON does here: it builds the tree of
 * a text that json_scan found good, links, unlinks and frees nodes. What it does not: it makes
 * no node and prints none. Its makers answer NULL when memory is out (ours end the program in
 * one place); its printer rounds reals, compares keys without case and takes 1e15 for a real.
 *
 * Arrays are lists: json_first, json_next and json_push take the same time however long the
 * array is, json_at and json_count go along it. */

#include "runtime/json.h"

#include <cjson/cJSON.h>

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json_scan.h"
#include "runtime/utf8.h"

/* Whole numbers below this are printed and given out as integers: 15 digits, what json_scan
 * takes. Greater ones are reals (with an exponent), so that all we print can be read again. */
static const double whole_limit = 1e15;

static cJSON *
json_node (const struct json *json)
{
    return (cJSON *) (uintptr_t) json;
}

static struct json *
json_from_node (cJSON *node)
{
    return (struct json *) node;
}

static bool
json_has_type (const struct json *json, int type)
{
    return json && (json_node (json)->type & 0xFF) == type;
}

/* ---- Parsing --------------------------------------------------------------------------- */

struct json *
json_parse (const char *bytes, size_t size, struct stui_cause *cause)
{
    if (json_scan (bytes, size, cause) < 0)
        return NULL;
    cJSON *node = cJSON_ParseWithLength (bytes, size);
    if (!node)
        stui_fail (cause, STUI_E_MALFORMED,
                   "the JSON is right, but cJSON could not build its tree");
    return json_from_node (node);
}

struct json *
json_parse_text (const char *text)
{
    return text ? json_parse (text, strlen (text), NULL) : NULL;
}

void
json_destroy (struct json **json_p)
{
    if (!json_p)
        return;
    cJSON_Delete (json_node (*json_p));
    *json_p = NULL;
}

/* ---- Making ---------------------------------------------------------------------------- */

static struct json *
json_make (int type)
{
    cJSON *node = stui_alloc (sizeof *node);
    node->type = type;
    return json_from_node (node);
}

/* A copy of TEXT in which each byte that is not UTF-8 became U+FFFD: a path or an errno's words
 * may hold such bytes, and a peer would refuse the whole message for them. */
static char *
json_text_copy (const char *text)
{
    static const char replacement[] = "\xEF\xBF\xBD";
    size_t size = strlen (text);
    size_t valid = utf8_valid_prefix (text, size);
    if (valid == size)
        return stui_strdup (text);
    char *copy = stui_alloc (size * (sizeof replacement - 1) + 1);
    size_t length = 0;
    for (;;) {
        memcpy (copy + length, text, valid);
        length += valid;
        if (valid == size)
            return copy;
        memcpy (copy + length, replacement, sizeof replacement - 1);
        length += sizeof replacement - 1;
        text += valid + 1;
        size -= valid + 1;
        valid = utf8_valid_prefix (text, size);
    }
}

struct json *
json_object (void)
{
    return json_make (cJSON_Object);
}

struct json *
json_array (void)
{
    return json_make (cJSON_Array);
}

struct json *
json_string (const char *text)
{
    struct json *json = json_make (cJSON_String);
    json_node (json)->valuestring = json_text_copy (text);
    return json;
}

struct json *
json_number (int64_t value)
{
    char digits[24];
    if (value > -(int64_t) whole_limit && value < (int64_t) whole_limit)
        return json_real ((double) value);
    snprintf (digits, sizeof digits, "%" PRId64, value);
    return json_string (digits);
}

struct json *
json_real (double value)
{
    if (!isfinite (value))
        return json_null ();
    struct json *json = json_make (cJSON_Number);
    json_node (json)->valuedouble = value;
    return json;
}

struct json *
json_bool (bool value)
{
    return json_make (value ? cJSON_True : cJSON_False);
}

struct json *
json_null (void)
{
    return json_make (cJSON_NULL);
}

struct json *
json_copy (const struct json *json)
{
    if (!json)
        return NULL;
    const cJSON *node = json_node (json);
    struct json *copy = json_make (node->type & 0xFF);
    json_node (copy)->valuedouble = node->valuedouble;
    if (node->valuestring)
        json_node (copy)->valuestring = stui_strdup (node->valuestring);
    for (const cJSON *child = node->child; child; child = child->next) {
        struct json *child_copy = json_copy ((const struct json *) child);
        if (child->string)
            json_node (child_copy)->string = stui_strdup (child->string);
        json_push (copy, child_copy);
    }
    return copy;
}

/* ---- Setting --------------------------------------------------------------------------- */

void
json_push (struct json *array, struct json *value)
{
    cJSON_bool linked = cJSON_AddItemToArray (json_node (array), json_node (value));
    assert (linked);
    (void) linked;
}

void
json_set (struct json *object, const char *key, struct json *value)
{
    assert (json_is_object (object));
    cJSON *old = json_node (json_get (object, key));
    if (value) {
        json_node (value)->string = json_text_copy (key);
        if (old)
            cJSON_ReplaceItemViaPointer (json_node (object), old, json_node (value));
        else
            json_push (object, value);
    }
    else if (old)
        cJSON_Delete (cJSON_DetachItemViaPointer (json_node (object), old));
}

void
json_add (struct json *object, const char *key, struct json *value)
{
    assert (json_is_object (object));
    json_node (value)->string = json_text_copy (key);
    json_push (object, value);
}

void
json_set_text (struct json *object, const char *key, const char *text)
{
    json_set (object, key, text ? json_string (text) : json_null ());
}

void
json_set_number (struct json *object, const char *key, int64_t value)
{
    json_set (object, key, json_number (value));
}

void
json_set_real (struct json *object, const char *key, double value)
{
    json_set (object, key, json_real (value));
}

void
json_set_bool (struct json *object, const char *key, bool value)
{
    json_set (object, key, json_bool (value));
}

struct json *
json_take (struct json *object, const char *key)
{
    cJSON *node = json_node (json_get (object, key));
    if (!node)
        return NULL;
    cJSON_DetachItemViaPointer (json_node (object), node);
    free (node->string); /* it bears no key any more, wherever it goes */
    node->string = NULL;
    return json_from_node (node);
}

/* ---- Reading --------------------------------------------------------------------------- */

const struct json *
json_get (const struct json *object, const char *key)
{
    if (!json_is_object (object))
        return NULL;
    return (const struct json *) cJSON_GetObjectItemCaseSensitive (json_node (object), key);
}

const char *
json_get_text (const struct json *object, const char *key)
{
    return json_text (json_get (object, key));
}

int64_t
json_get_number (const struct json *object, const char *key, int64_t otherwise)
{
    return json_value (json_get (object, key), otherwise);
}

double
json_get_real (const struct json *object, const char *key, double otherwise)
{
    const struct json *member = json_get (object, key);
    return json_is_number (member) ? json_node (member)->valuedouble : otherwise;
}

bool
json_get_bool (const struct json *object, const char *key, bool otherwise)
{
    const struct json *member = json_get (object, key);
    return json_is_true (member) || (otherwise && !json_has_type (member, cJSON_False));
}

bool
json_is_object (const struct json *json)
{
    return json_has_type (json, cJSON_Object);
}

bool
json_is_array (const struct json *json)
{
    return json_has_type (json, cJSON_Array);
}

bool
json_is_string (const struct json *json)
{
    return json_has_type (json, cJSON_String);
}

bool
json_is_number (const struct json *json)
{
    return json_has_type (json, cJSON_Number);
}

bool
json_is_true (const struct json *json)
{
    return json_has_type (json, cJSON_True);
}

bool
json_is_null (const struct json *json)
{
    return json_has_type (json, cJSON_NULL);
}

const char *
json_text (const struct json *json)
{
    return json_is_string (json) ? json_node (json)->valuestring : NULL;
}

static bool
json_is_whole (double number)
{
    return fabs (number) < whole_limit && number == trunc (number);
}

int64_t
json_value (const struct json *json, int64_t otherwise)
{
    if (!json_is_number (json) || !json_is_whole (json_node (json)->valuedouble))
        return otherwise;
    return (int64_t) json_node (json)->valuedouble;
}

const struct json *
json_first (const struct json *json)
{
    return json ? (const struct json *) json_node (json)->child : NULL;
}

const struct json *
json_next (const struct json *json)
{
    return (const struct json *) json_node (json)->next;
}

const char *
json_key (const struct json *member)
{
    return json_node (member)->string;
}

size_t
json_count (const struct json *json)
{
    return json ? (size_t) cJSON_GetArraySize (json_node (json)) : 0;
}

const struct json *
json_at (const struct json *array, size_t index)
{
    const struct json *child = json_first (array);
    while (child && index-- > 0)
        child = json_next (child);
    return child;
}

/* Members may stand in any order; the same order is the fast case. */
bool
json_equal (const struct json *one, const struct json *other)
{
    if (!one || !other || !json_has_type (other, json_node (one)->type & 0xFF))
        return one == other;
    if (json_is_number (one))
        return json_node (one)->valuedouble == json_node (other)->valuedouble;
    if (json_is_string (one))
        return strcmp (json_text (one), json_text (other)) == 0;
    const struct json *left = json_first (one), *right = json_first (other);
    for (; left && right; left = json_next (left), right = json_next (right)) {
        const char *key = json_key (left);
        bool in_order = !key || strcmp (key, json_key (right)) == 0;
        if (!json_equal (left, in_order ? right : json_get (other, key)))
            return false;
    }
    return !left && !right;
}

/* ---- Printing -------------------------------------------------------------------------- */

/* Where a text grows; what does not fit is only measured. */
struct json_output {
    char *bytes;
    size_t size, room;
    int indent; /* spaces a level, 0: compact */
};

static void
output_bytes (struct json_output *output, const char *bytes, size_t size)
{
    if (output->size + size <= output->room)
        memcpy (output->bytes + output->size, bytes, size);
    output->size += size;
}

static void
output_text (struct json_output *output, const char *text)
{
    output_bytes (output, text, strlen (text));
}

static void
output_line (struct json_output *output, int depth)
{
    if (output->indent == 0)
        return;
    output_text (output, "\n");
    for (int spaces = depth * output->indent; spaces > 0; spaces--)
        output_text (output, " ");
}

/* By hand: a large answer on its way to a client is one string, and every second word of it in quotes. */
static void
output_escape (struct json_output *output, char byte)
{
    static const char meanings[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    static const char digits[] = "0123456789abcdef";
    const char *known = memchr (meanings, byte, sizeof meanings - 1);
    if (known)
        output_bytes (output, (const char[]){'\\', letters[known - meanings]}, 2);
    else
        output_bytes (
            output, (const char[]){'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 0xF]}, 6);
}

static void
output_string (struct json_output *output, const char *text, size_t size)
{
    const char *end = text + size;
    output_bytes (output, "\"", 1);
    while (text < end) {
        size_t plain = json_scan_plain (text, (size_t) (end - text));
        output_bytes (output, text, plain);
        text += plain;
        if (text < end)
            output_escape (output, *text++);
    }
    output_bytes (output, "\"", 1);
}

/* Whole numbers as integers; reals by the fewest digits that read back the same, always with
 * an exponent or a point. */
static void
output_number (struct json_output *output, double number)
{
    char text[40];
    if (json_is_whole (number)) {
        snprintf (text, sizeof text, "%" PRId64, (int64_t) number);
        output_text (output, text);
        return;
    }
    bool great = fabs (number) >= whole_limit;
    for (int digits = 15; digits <= 17; digits++) {
        if (great)
            snprintf (text, sizeof text, "%.*e", digits - 1, number);
        else
            snprintf (text, sizeof text, "%.*g", digits, number);
        if (strtod (text, NULL) == number)
            break;
    }
    char *comma = strchr (text, ','); /* a locale's */
    if (comma)
        *comma = '.';
    output_text (output, text);
}

static void
output_value (struct json_output *output, const struct json *json, int depth)
{
    const cJSON *node = json_node (json);
    switch (node->type & 0xFF) {
    case cJSON_False:
        output_text (output, "false");
        return;
    case cJSON_True:
        output_text (output, "true");
        return;
    case cJSON_NULL:
        output_text (output, "null");
        return;
    case cJSON_Number:
        output_number (output, node->valuedouble);
        return;
    case cJSON_String:
        output_string (output, node->valuestring, strlen (node->valuestring));
        return;
    default:;
    }
    bool object = json_is_object (json);
    output_text (output, object ? "{" : "[");
    for (const cJSON *child = node->child; child; child = child->next) {
        output_line (output, depth + 1);
        if (object) {
            output_string (output, child->string, strlen (child->string));
            output_text (output, output->indent ? ": " : ":");
        }
        output_value (output, (const struct json *) child, depth + 1);
        if (child->next)
            output_text (output, ",");
    }
    if (node->child)
        output_line (output, depth);
    output_text (output, object ? "}" : "]");
}

/* Written into a small room, where most fit, and measured by that; else into a room of its size. */
static char *
json_print_indented (const struct json *json, int indent)
{
    char small[1024];
    struct json_output output = {.bytes = small, .room = sizeof small, .indent = indent};
    output_value (&output, json, 0);
    size_t size = output.size;
    char *text = stui_realloc (NULL, size + 1);
    if (size <= sizeof small)
        memcpy (text, small, size);
    else {
        output = (struct json_output){.bytes = text, .room = size, .indent = indent};
        output_value (&output, json, 0);
    }
    text[size] = '\0';
    return text;
}

char *
json_quote (const char *text, size_t size)
{
    struct json_output output = {.bytes = NULL};
    output_string (&output, text, size);
    output.bytes = stui_realloc (NULL, output.size + 1);
    output.room = output.size;
    output.size = 0;
    output_string (&output, text, size);
    output.bytes[output.size] = '\0';
    return output.bytes;
}

char *
json_print (const struct json *json)
{
    return json_print_indented (json, 0);
}

char *
json_print_pretty (const struct json *json)
{
    return json_print_indented (json, 2);
}

size_t
json_size (const struct json *json)
{
    struct json_output output = {.size = 0};
    output_value (&output, json, 0);
    return output.size;
}
