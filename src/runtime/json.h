/* json.h: JSON values. Hides the library behind it (cJSON; json.c alone includes its header)
 * and closes its traps: escaped NULs, invalid UTF-8, integers beyond 2^53, unbounded depth.
 * A struct json is a tree; whoever holds the root owns it all. Pure but for the heap. */

#ifndef STUI_RUNTIME_JSON_H
#define STUI_RUNTIME_JSON_H

#include <stui/types.h>

struct json; /* opaque */

/* Parses SIZE bytes of one JSON value with nothing but white space after it. Refuses invalid
 * UTF-8, an escaped NUL, a lone surrogate, nesting above STUI_JSON_DEPTH, numbers of more than
 * 15 digits before the point (ids are strings), double keys, and more than a million values:
 * NULL and CAUSE (MALFORMED, with the byte offset). Caller owns. */
struct json *json_parse (const char *bytes, size_t size, struct stui_cause *cause);

/* As json_parse of a NUL-terminated text that we wrote ourselves; NULL when it is damaged. */
struct json *json_parse_text (const char *text);

/* Compact text; caller frees. Whole numbers below 10^15 as integers, others with a point or an
 * exponent: json_parse reads back whatever is printed. */
char *json_print (const struct json *json);
/* The size of that text, in bytes. */
size_t json_size (const struct json *json);
/* Indented text for people; caller frees. */
char *json_print_pretty (const struct json *json);
/* SIZE bytes of TEXT, which are UTF-8 without a NUL, as a JSON string with its quotes. Caller frees. */
char *json_quote (const char *text, size_t size);

void json_destroy (struct json **json);
struct json *json_copy (const struct json *json);
bool json_equal (const struct json *one, const struct json *other);

/* Making: caller owns. In texts, bytes that are not UTF-8 become U+FFFD; a real that is not
 * finite becomes null; an integer of more than 15 digits, which readers would round, becomes the string
 * of its digits: it is whole for people and scripts, and the getters of numbers answer their default. */
struct json *json_object (void);
struct json *json_array (void);
struct json *json_string (const char *text);
struct json *json_number (int64_t value);
struct json *json_real (double value);
struct json *json_bool (bool value);
struct json *json_null (void);

/* Setting a member replaces it, in place if it is there. The json_set takes VALUE over (NULL:
 * removes the member). NULL text sets null. */
void json_set (struct json *object, const char *key, struct json *value);
void json_set_text (struct json *object, const char *key, const char *text);
void json_set_number (struct json *object, const char *key, int64_t value);
void json_set_real (struct json *object, const char *key, double value);
void json_set_bool (struct json *object, const char *key, bool value);
/* As json_set of a KEY that is known not to be there: looks for nothing, so that many cost no square. */
void json_add (struct json *object, const char *key, struct json *value);
void json_push (struct json *array, struct json *value); /* takes VALUE over */

/* Takes a member out of OBJECT; caller owns it. NULL when it is not there. */
struct json *json_take (struct json *object, const char *key);

/* Reading: borrowed from the tree. On a NULL tree or a missing or differently typed member
 * the getters answer NULL or the given default, never fail. A number that is not whole or not
 * below 10^15 is no int64_t. */
const struct json *json_get (const struct json *object, const char *key);
const char *json_get_text (const struct json *object, const char *key); /* strings only */
int64_t json_get_number (const struct json *object, const char *key, int64_t otherwise);
double json_get_real (const struct json *object, const char *key, double otherwise);
bool json_get_bool (const struct json *object, const char *key, bool otherwise);
bool json_is_object (const struct json *json);
bool json_is_array (const struct json *json);
bool json_is_string (const struct json *json);
bool json_is_number (const struct json *json);
bool json_is_true (const struct json *json);
bool json_is_null (const struct json *json);
const char *json_text (const struct json *json); /* NULL when not a string */
int64_t json_value (const struct json *json, int64_t otherwise);

/* The children of an object or array, in order: for (c = json_first (x); c; c = json_next (c)) */
const struct json *json_first (const struct json *json);
const struct json *json_next (const struct json *json);
const char *json_key (const struct json *member); /* NULL in an array */
size_t json_count (const struct json *json);
const struct json *json_at (const struct json *array, size_t index);

#endif
