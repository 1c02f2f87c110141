/* z85.h: keys of CURVE as people write them: 32 bytes as 40 characters of Z85
 * (https://rfc.zeromq.org/spec/32/). Pure. */

#ifndef STUI_RUNTIME_Z85_H
#define STUI_RUNTIME_Z85_H

#include <stdbool.h>

enum {
    Z85_KEY_BYTES = 32,
    Z85_KEY_CHARACTERS = 40,
};

void z85_from_key (const unsigned char key[Z85_KEY_BYTES], char text[Z85_KEY_CHARACTERS + 1]);
/* False, and KEY is not written, when TEXT is no such key. KEY may be NULL. */
bool z85_to_key (const char *text, unsigned char key[Z85_KEY_BYTES]);

#endif
