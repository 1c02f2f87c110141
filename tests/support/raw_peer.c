/* raw_peer.c: A peer that speaks ZMTP by hand. See raw_peer.h. */

#include "raw_peer.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int
raw_connect (int port, int receive_bytes)
{
    int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons ((uint16_t) port),
                                  .sin_addr.s_addr = htonl (INADDR_LOOPBACK)};
    struct timeval limit = {.tv_sec = 30};
    setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (receive_bytes > 0)
        setsockopt (fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
    cr_assert_eq (connect (fd, (struct sockaddr *) &address, sizeof address), 0);
    return fd;
}

size_t
raw_read (int fd, unsigned char *bytes, size_t size)
{
    size_t used = 0;
    ssize_t n;
    while (used < size && (n = read (fd, bytes + used, size - used)) > 0)
        used += (size_t) n;
    return used;
}

bool
raw_write (int fd, const void *bytes, size_t size)
{
    const char *at = bytes;
    while (size > 0) {
        ssize_t n = send (fd, at, size, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        at += n;
        size -= (size_t) n;
    }
    return true;
}

void
raw_greet (int fd, const char *mechanism)
{
    unsigned char greeting[64] = {0xff, [9] = 0x7f, [10] = 3}, theirs[64];
    memcpy (greeting + 12, mechanism, strlen (mechanism));
    cr_assert (raw_write (fd, greeting, sizeof greeting));
    cr_assert_eq (raw_read (fd, theirs, sizeof theirs), 64);
    cr_expect_eq (memcmp (theirs + 12, mechanism, strlen (mechanism) + 1), 0, "%s", theirs + 12);
}

size_t
raw_exchange (int fd, const void *command, size_t size, unsigned char answer[256])
{
    unsigned char head[2] = {4, (unsigned char) size};
    if (!raw_write (fd, head, 2) || !raw_write (fd, command, size) || raw_read (fd, head, 2) < 2)
        return 0;
    cr_expect_eq (head[0], 4);
    return raw_read (fd, answer, head[1]);
}

void
raw_shake_hands (int fd)
{
    unsigned char answer[256];
    raw_greet (fd, "NULL");
    size_t size = raw_exchange (fd, "\5READY\13Socket-Type\0\0\0\6DEALER", 28, answer);
    cr_assert_geq (size, 28);
    cr_expect_eq (memcmp (answer, "\5READY\13Socket-Type\0\0\0\6ROUTER", 28), 0);
}

size_t
raw_frame (const void *body, size_t size, unsigned char *bytes)
{
    size_t head = 4;
    bytes[0] = 1;
    bytes[1] = 0;
    bytes[2] = size > 255 ? 2 : 0;
    if (size > 255) {
        for (int i = 0; i < 8; i++)
            bytes[3 + i] = (unsigned char) ((unsigned long long) size >> (56 - 8 * i));
        head = 11;
    }
    else
        bytes[3] = (unsigned char) size;
    memcpy (bytes + head, body, size);
    return head + size;
}

bool
raw_send (int fd, const void *body, size_t size)
{
    unsigned char *bytes = malloc (size + 16);
    bool sent = raw_write (fd, bytes, raw_frame (body, size, bytes));
    free (bytes);
    return sent;
}

bool
raw_drain (int fd)
{
    char bytes[65536];
    ssize_t n;
    while ((n = recv (fd, bytes, sizeof bytes, MSG_DONTWAIT)) > 0)
        ;
    return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

bool
raw_await_close (int fd)
{
    char bytes[65536];
    ssize_t n;
    while ((n = read (fd, bytes, sizeof bytes)) > 0)
        ;
    return n == 0 || errno == ECONNRESET;
}
