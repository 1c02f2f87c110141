/* raw_peer.h: a peer of an image that speaks ZMTP by hand over a socket, for tests of what no
 * library would send: half a message, a wrong password, nothing at all. */

#ifndef TEST_SUPPORT_RAW_PEER_H
#define TEST_SUPPORT_RAW_PEER_H

#include <stdbool.h>
#include <stddef.h>

/* A TCP connection to that port on loopback; whatever is read from it comes within 30 s. With
 * RECEIVE_BYTES above 0 the kernel keeps about so much that was not read. */
int raw_connect (int port, int receive_bytes);

/* Reads exactly so many bytes; fewer when the image closes before. */
size_t raw_read (int fd, unsigned char *bytes, size_t size);
/* Writes all; false when the image has closed. */
bool raw_write (int fd, const void *bytes, size_t size);

/* Greets with that mechanism and expects the same back. */
void raw_greet (int fd, const char *mechanism);
/* Sends a command, and takes the one that comes back: its size, 0 when the image closed. */
size_t raw_exchange (int fd, const void *command, size_t size, unsigned char answer[256]);
/* Greets with NULL and exchanges READY, as a DEALER. */
void raw_shake_hands (int fd);

/* Frames BODY as a DEALER's message (empty delimiter, then body) into BYTES, which has room for
 * SIZE + 16; the size. */
size_t raw_frame (const void *body, size_t size, unsigned char *bytes);
/* Sends it; false when the image has closed. */
bool raw_send (int fd, const void *body, size_t size);

/* Takes the bytes that have come, without waiting; false when the image has closed. */
bool raw_drain (int fd);
/* Waits until the image closes, reading what comes. False: not within 30 s. */
bool raw_await_close (int fd);

#endif
