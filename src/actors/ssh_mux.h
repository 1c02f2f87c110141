/* ssh_mux.h: what is said to a running ssh over its control socket, so that one process carries any
 * number of forwardings, each added while it runs: the part of OpenSSH's multiplexing protocol, version
 * 4 (PROTOCOL.mux in its sources), that opens them. Pure. */

#ifndef STUI_ACTORS_SSH_MUX_H
#define STUI_ACTORS_SSH_MUX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SSH_MUX_PACKET_MAX = 1024 }; /* of those that we send or understand */

/* Write a packet and return its size. */
size_t ssh_mux_hello (unsigned char packet[SSH_MUX_PACKET_MAX]);
/* Listen on the socket PATH here, connect to HOST:PORT from there. 0 when it is too long. */
size_t ssh_mux_forward (unsigned char packet[SSH_MUX_PACKET_MAX], uint32_t id, const char *path,
                        const char *host, int port);

/* The answer to the request ID. */
struct ssh_mux_answer {
    bool is_hello; /* its own: nothing is answered */
    uint32_t id;
    bool ok;
    char why[128];
};

/* Takes the first packet of SIZE BYTES apart: how many bytes it has; 0 when it is not whole yet; -1 when
 * it is none that we understand. */
int ssh_mux_take (const unsigned char *bytes, size_t size, struct ssh_mux_answer *answer);

#endif
