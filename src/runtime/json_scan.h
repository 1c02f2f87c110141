/* json_scan.h: whether a text is JSON as stui takes it (RFC 8259 and the limits of json.h),
 * asked before a library sees it. Pure but for the heap. */

#ifndef STUI_RUNTIME_JSON_SCAN_H
#define STUI_RUNTIME_JSON_SCAN_H

#include <stui/types.h>

/* 0 when the SIZE bytes are one value with nothing but white space around it, else
 * STUI_E_MALFORMED, and CAUSE says what is wrong at which byte (the first is 0). */
int json_scan (const char *bytes, size_t size, struct stui_cause *cause);

#endif
