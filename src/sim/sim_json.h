/* sim_json.h: what docs/protocol.md lets a request hold and json_parse does not take: 100 levels of
 * nesting, two members of one name of which the last counts, numbers of any digits. And members as
 * the text that came, for states that are kept byte for byte. Pure but for the heap. */

#ifndef STUI_SIM_JSON_H
#define STUI_SIM_JSON_H

#include <stui/types.h>

enum { SIM_JSON_DEPTH = 100 };

/* A text for json_parse that means the same to a command: of two members of one name only the last
 * is in it, a number of more than 15 digits is 1e15 (no integer, and refused as such), and what lies
 * deeper than any command looks is null. All that is left out was well-formed. NULL: BYTES are no
 * JSON; CAUSE (of json_parse, for BYTES) is changed only when they are nested too deeply. Caller
 * frees. */
char *sim_json_plain (const char *bytes, size_t size, size_t *plain_size, struct stui_cause *cause);

/* The text of the last member called KEY of an object that is well-formed; NULL: it has none.
 * Borrowed from OBJECT. */
const char *sim_json_member (const char *object, size_t size, const char *key, size_t *member_size);

#endif
