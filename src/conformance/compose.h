/* compose.h: JSON written as a format with single quotes in place of double ones, so that a
 * request can be read in the source, and values found in what came back by a path. Pure but for
 * the heap. */

#ifndef STUI_CONFORMANCE_COMPOSE_H
#define STUI_CONFORMANCE_COMPOSE_H

#include <stdarg.h>
#include <stui/types.h>

struct json;

/* FORMAT with its ' as "; %s is a text, escaped as the inside of a JSON string; %d, %lld and %zu
 * are numbers; %% is %. Anything else is our own mistake. Caller frees. */
char *kit_compose (const char *format, ...) __attribute__ ((format (printf, 1, 2)));
char *kit_compose_list (const char *format, va_list args) __attribute__ ((format (printf, 1, 0)));

/* The value at PATH: names of members and indices of arrays with dots between: "result.fields.0".
 * "" is JSON itself. NULL when there is none; borrowed. */
const struct json *kit_at (const struct json *json, const char *path);

/* What JSON is, for a sentence: its text of at most LIMIT bytes, "nothing" for NULL. Caller frees. */
char *kit_shown (const struct json *json, size_t limit);

/* What is wrong with the members of JSON, by FIELDS: "name:s timeout:n" with
 *   s string   n integer   b boolean   o object   a array   l array of strings
 *   S string that is not empty   t timestamp   z string or null
 * and a ? behind one that may be missing. NULL when all is well, else a sentence; caller frees. */
char *kit_fields_fault (const struct json *json, const char *fields);

/* Whether TEXT is a timestamp as the protocol has it: 2026-01-31T10:30:00.123Z. */
bool kit_is_timestamp (const char *text);

#endif
