/* address.h: where an image listens: tcp://HOST:PORT, [v6] in brackets, scheme optional. Pure. */

#ifndef STUI_RUNTIME_ADDRESS_H
#define STUI_RUNTIME_ADDRESS_H

#include <stui/types.h>

struct address {
    char host[256];
    int port;     /* 1..65535 */
    bool numeric; /* HOST needs no resolver */
};

/* 0, or STUI_E_MALFORMED with CAUSE. */
int address_parse (const char *text, struct address *address, struct stui_cause *cause);
/* "tcp://HOST:PORT", lower case, into TEXT (STUI_ADDRESS_MAX). */
void address_format (const struct address *address, char *text);
/* Image and profile names: 1 to MAX of [A-Za-z0-9._-], but not "." and "..", which would be other
 * directories. */
bool address_name_is_valid (const char *name, size_t max);

#endif
