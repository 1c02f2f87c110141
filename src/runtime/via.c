/* via.c: see via.h. Pure. */

#include "runtime/via.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char letters[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@:[]%";

/* The length of HOST, which may be followed by :PORT; 0 when it is none. */
static size_t
host_length (const char *host)
{
    if (*host != '[')
        return *host == '-' ? 0 : strcspn (host, ":[]");
    const char *end = strchr (host, ']');
    return end && end > host + 1 ? (size_t) (end + 1 - host) : 0;
}

static bool
port_is_valid (const char *text)
{
    size_t digits = strspn (text, "0123456789");
    return digits > 0 && digits <= 5 && text[digits] == '\0' && *text != '0'
           && atoi (text) <= 65535;
}

int
via_parse (const char *text, struct via *via, struct stui_cause *cause)
{
    *via = (struct via){.port = ""};
    const char *at = strrchr (text, '@');
    const char *host = at ? at + 1 : text;
    size_t length = host_length (host);
    const char *rest = host + length;
    bool good = *text != '-' && at != text && length > 0 && text[strspn (text, letters)] == '\0'
                && strlen (text) < STUI_VIA_MAX
                && (*rest == '\0' || (*rest == ':' && port_is_valid (rest + 1)));
    if (!good)
        return stui_fail (cause, STUI_E_MALFORMED, "via is '%.60s', expected " VIA_EXPECTED, text);
    bool bracketed = *host == '['; /* ssh takes an IPv6 address bare */
    snprintf (via->destination, sizeof via->destination, "%.*s%.*s", (int) (host - text), text,
              (int) length - 2 * bracketed, host + bracketed);
    snprintf (via->port, sizeof via->port, "%s", *rest ? rest + 1 : "");
    return 0;
}
