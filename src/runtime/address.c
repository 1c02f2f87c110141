/* address.c: addresses of images, parsed and brought into one form: the same listener spelt in
 * two ways gives one text (lower case, shortest IPv6), which images known by their address
 * rest on. Pure. */

#include "runtime/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    HOST_NAME_MAX_BYTES = 253, /* RFC 1035 */
    HOST_LABEL_MAX_BYTES = 63
};

/* By hand: isalnum asks the locale. */
static bool
is_digit (char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool
is_word (char byte)
{
    return is_digit (byte) || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

bool
address_name_is_valid (const char *name, size_t max)
{
    size_t length = strnlen (name, max + 1);
    if (length == 0 || length > max || strcmp (name, ".") == 0 || strcmp (name, "..") == 0)
        return false;
    for (size_t index = 0; index < length; index++)
        if (!is_word (name[index]) && !strchr ("._-", name[index]))
            return false;
    return true;
}

/* A name that DNS or /etc/hosts could know: labels of letters, digits, '-' and '_'. One whose
 * last label is a number would be an IPv4 address, and was none. */
static bool
host_is_name (const char *host)
{
    size_t length = strlen (host), label = 0;
    bool numeric = true;
    if (length > HOST_NAME_MAX_BYTES)
        return false;
    for (const char *at = host; *at; at++) {
        if (*at == '.') {
            if (label == 0 || at[-1] == '-')
                return false;
            if (at[1]) {
                label = 0;
                numeric = true;
            }
            continue;
        }
        if ((!is_word (*at) && *at != '_' && *at != '-') || (label == 0 && *at == '-'))
            return false;
        numeric = numeric && is_digit (*at);
        if (++label > HOST_LABEL_MAX_BYTES)
            return false;
    }
    return label > 0 && !numeric && host[length - 1] != '-';
}

/* An IPv6 address, with a zone perhaps (fe80::1%eth0), into its shortest form. */
static bool
host_parse_v6 (const char *text, size_t length, struct address *address)
{
    char bare[INET6_ADDRSTRLEN];
    const char *percent = memchr (text, '%', length);
    size_t bare_length = percent ? (size_t) (percent - text) : length;
    if (bare_length >= sizeof bare)
        return false;
    memcpy (bare, text, bare_length);
    bare[bare_length] = '\0';
    struct in6_addr binary;
    if (inet_pton (AF_INET6, bare, &binary) != 1)
        return false;
    inet_ntop (AF_INET6, &binary, bare, sizeof bare);
    char zone[16] = ""; /* as long as an interface's name */
    if (percent) {
        size_t zone_length = length - bare_length - 1;
        if (zone_length >= sizeof zone)
            return false;
        memcpy (zone, percent + 1, zone_length);
        if (!address_name_is_valid (zone, sizeof zone - 1))
            return false;
    }
    snprintf (address->host, sizeof address->host, "%s%s%s", bare, percent ? "%" : "", zone);
    return true;
}

static bool
host_parse (const char *text, size_t length, struct address *address)
{
    if (length >= 2 && text[0] == '[' && text[length - 1] == ']') {
        address->numeric = true;
        return host_parse_v6 (text + 1, length - 2, address);
    }
    if (length == 0 || length >= sizeof address->host)
        return false;
    for (size_t index = 0; index < length; index++) {
        char byte = text[index];
        address->host[index] = byte >= 'A' && byte <= 'Z' ? (char) (byte | 0x20) : byte;
    }
    address->host[length] = '\0';
    struct in_addr binary;
    address->numeric = inet_pton (AF_INET, address->host, &binary) == 1;
    return address->numeric || host_is_name (address->host);
}

/* What an address looks like: the end of every sentence about one that is wrong. */
#define AS_IN ", as in 127.0.0.1:4242"

int
address_parse (const char *text, struct address *address, struct stui_cause *cause)
{
    *address = (struct address){.port = 0};
    const char *rest = text;
    const char *scheme_end = strstr (text, "://");
    if (scheme_end) {
        if (scheme_end - text != 3 || strncasecmp (text, "tcp", 3) != 0)
            return stui_fail (cause, STUI_E_MALFORMED,
                              "the address '%.100s' has a scheme that is not tcp://, expected "
                              "tcp://HOST:PORT" AS_IN,
                              text);
        rest = scheme_end + 3;
    }
    const char *colon = strrchr (rest, ':');
    if (!colon || strchr (colon, ']'))
        return stui_fail (cause, STUI_E_MALFORMED,
                          "the address '%.100s' has no port, expected HOST:PORT" AS_IN, text);
    size_t digits = strspn (colon + 1, "0123456789");
    int port = digits <= 5 ? atoi (colon + 1) : 0;
    if (colon[1 + digits] || colon[1] == '0' || port < 1 || port > 65535)
        return stui_fail (cause, STUI_E_MALFORMED,
                          "the address '%.100s' has the port '%.20s', expected 1 to 65535" AS_IN,
                          text, colon + 1);
    size_t host_length = (size_t) (colon - rest);
    if (*rest != '[' && memchr (rest, ':', host_length))
        return stui_fail (cause, STUI_E_MALFORMED,
                          "the address '%.100s' has colons in its host, expected an IPv6 address "
                          "in brackets" AS_IN,
                          text);
    if (!host_parse (rest, host_length, address))
        return stui_fail (cause, STUI_E_MALFORMED,
                          "the address '%.100s' names no host, expected a name, an IPv4 address "
                          "or an IPv6 address in brackets" AS_IN,
                          text);
    address->port = port;
    return 0;
}

void
address_format (const struct address *address, char *text)
{
    bool v6 = strchr (address->host, ':') != NULL;
    snprintf (text, STUI_ADDRESS_MAX, "tcp://%s%s%s:%d", v6 ? "[" : "", address->host,
              v6 ? "]" : "", address->port);
}
