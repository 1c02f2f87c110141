/* json_write.h: an object's text, written member by member, without a tree: for what is told often. It is
 * what json_print would print of the same members; texts and numbers are taken as by json.h. Pure. */

#ifndef STUI_RUNTIME_JSON_WRITE_H
#define STUI_RUNTIME_JSON_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_write {
    char *text; /* owned, until json_write_end */
    size_t size, capacity;
};

/* Each KEY once; it has nothing to escape. NULL text is null. */
void json_write_begin (struct json_write *self);
void json_write_text (struct json_write *self, const char *key, const char *text);
void json_write_number (struct json_write *self, const char *key, int64_t value);
void json_write_real (struct json_write *self, const char *key, double value);
void json_write_bool (struct json_write *self, const char *key, bool value);
void json_write_null (struct json_write *self, const char *key);
/* JSON is the value's own text, and good; NULL is null. */
void json_write_json (struct json_write *self, const char *key, const char *json);
/* The text; caller frees. */
char *json_write_end (struct json_write *self);

#endif
