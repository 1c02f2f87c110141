/* json_scan.h: whether a text is JSON as stui takes it (RFC 8259 and the limits of json.h),
 * asked before a library sees it. Pure but for the heap. */

#ifndef STUI_RUNTIME_JSON_SCAN_H
#define STUI_RUNTIME_JSON_SCAN_H

#include <stui/types.h>

/* 0 when the SIZE bytes are one value with nothing but white space around it, else
 * STUI_E_MALFORMED, and CAUSE says what is wrong at which byte (the first is 0). */
int json_scan (const char *bytes, size_t size, struct stui_cause *cause);
/* The same, but how deep arrays and objects are nested in place of 0: 0 for a plain value. */
int json_scan_depth (const char *bytes, size_t size, struct stui_cause *cause);

/* What an object's own members are, in their order; all borrowed from the text. KEY is as it is
 * spelt, without its quotes; VALUE begins and ends with itself. */
typedef void json_scan_member (void *context, const char *key, size_t key_size, const char *value,
                               size_t value_size);

/* The same as json_scan, for an object, whose members are shown on the way: what is shown counts only
 * when it answers 0. For who keeps the text and wants to know little of it. */
int json_scan_object (const char *bytes, size_t size, json_scan_member *visit, void *context,
                      struct stui_cause *cause);
/* As json_scan_object, for an array, whose elements are shown: KEY is "". */
int json_scan_array (const char *bytes, size_t size, json_scan_member *visit, void *context,
                     struct stui_cause *cause);

/* How many of SIZE bytes stand for themselves in a JSON string: up to a quote, a backslash or a control
 * character. */
size_t json_scan_plain (const char *bytes, size_t size);

#endif
