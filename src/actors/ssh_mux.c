/* ssh_mux.c: see ssh_mux.h. Numbers are 32 bits, big end first; a packet and a text have their length
 * before them. Pure. */

#include "actors/ssh_mux.h"

#include <stdio.h>
#include <string.h>

enum {
    MUX_VERSION = 4,
    MUX_HELLO = 0x00000001,
    MUX_OPEN_FORWARD = 0x10000006,
    MUX_FORWARD_LOCAL = 1,
    NUMBER_BYTES = 4,
};

static const uint32_t MUX_OK = 0x80000001, MUX_DENIED = 0x80000002, MUX_FAILED = 0x80000003;
static const uint32_t PORT_OF_SOCKET = 0xfffffffe; /* -2: what listens is a socket with a path */

static void
number_put (unsigned char *at, uint32_t number)
{
    for (int byte = 0; byte < NUMBER_BYTES; byte++)
        at[byte] = (unsigned char) (number >> (24 - 8 * byte));
}

static uint32_t
number_get (const unsigned char *at)
{
    return (uint32_t) at[0] << 24 | (uint32_t) at[1] << 16 | (uint32_t) at[2] << 8 | at[3];
}

static size_t
text_put (unsigned char *at, const char *text)
{
    size_t length = strlen (text);
    number_put (at, (uint32_t) length);
    memcpy (at + NUMBER_BYTES, text, length);
    return NUMBER_BYTES + length;
}

size_t
ssh_mux_hello (unsigned char packet[SSH_MUX_PACKET_MAX])
{
    number_put (packet, 2 * NUMBER_BYTES);
    number_put (packet + NUMBER_BYTES, MUX_HELLO);
    number_put (packet + 2 * NUMBER_BYTES, MUX_VERSION);
    return 3 * (size_t) NUMBER_BYTES;
}

size_t
ssh_mux_forward (unsigned char packet[SSH_MUX_PACKET_MAX], uint32_t id, const char *path,
                 const char *host, int port)
{
    if (8 * NUMBER_BYTES + strlen (path) + strlen (host) > SSH_MUX_PACKET_MAX)
        return 0;
    size_t size = NUMBER_BYTES;
    const uint32_t head[] = {MUX_OPEN_FORWARD, id, MUX_FORWARD_LOCAL};
    for (size_t index = 0; index < sizeof head / sizeof *head; index++, size += NUMBER_BYTES)
        number_put (packet + size, head[index]);
    size += text_put (packet + size, path);
    number_put (packet + size, PORT_OF_SOCKET);
    size += NUMBER_BYTES;
    size += text_put (packet + size, host);
    number_put (packet + size, (uint32_t) port);
    size += NUMBER_BYTES;
    number_put (packet, (uint32_t) (size - NUMBER_BYTES));
    return size;
}

int
ssh_mux_take (const unsigned char *bytes, size_t size, struct ssh_mux_answer *answer)
{
    *answer = (struct ssh_mux_answer){.why = ""};
    if (size < NUMBER_BYTES)
        return 0;
    uint32_t length = number_get (bytes);
    if (length < 2 * NUMBER_BYTES || length > SSH_MUX_PACKET_MAX - NUMBER_BYTES)
        return -1;
    if (size < NUMBER_BYTES + length)
        return 0;
    uint32_t type = number_get (bytes + NUMBER_BYTES);
    answer->is_hello = type == MUX_HELLO;
    if (answer->is_hello)
        return number_get (bytes + 2 * NUMBER_BYTES) == MUX_VERSION ? (int) length + NUMBER_BYTES
                                                                    : -1;
    if (type != MUX_OK && type != MUX_DENIED && type != MUX_FAILED)
        return -1;
    answer->id = number_get (bytes + 2 * NUMBER_BYTES);
    answer->ok = type == MUX_OK;
    if (!answer->ok && length >= 3 * NUMBER_BYTES) {
        uint32_t text = number_get (bytes + 3 * NUMBER_BYTES);
        uint32_t room = length - 3 * NUMBER_BYTES;
        snprintf (answer->why, sizeof answer->why, "%.*s", (int) (text < room ? text : room),
                  (const char *) bytes + 4 * NUMBER_BYTES);
    }
    return (int) length + NUMBER_BYTES;
}
