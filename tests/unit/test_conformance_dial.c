/* test_conformance_dial.c: which of a name's addresses the conformance kit goes to. */

#include <criterion/criterion.h>
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conformance/parts.h"

/* A socket bound to a free port on loopback, and its address. */
static int
bound (struct sockaddr_in *address)
{
    socklen_t size = sizeof *address;
    int fd = socket (AF_INET, SOCK_STREAM, 0);
    *address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK)};
    cr_assert_eq (bind (fd, (struct sockaddr *) address, size), 0);
    cr_assert_eq (getsockname (fd, (struct sockaddr *) address, &size), 0);
    return fd;
}

/* Symptom: an image on 127.0.0.1 "cannot be reached" by a name whose first address is ::1. */
Test (conformance_dial, goes_on_to_the_first_address_that_takes_a_connection)
{
    struct sockaddr_in addresses[2];
    int closed = bound (&addresses[0]), open = bound (&addresses[1]);
    cr_assert_eq (listen (open, 1), 0);
    struct addrinfo second = {.ai_addr = (struct sockaddr *) &addresses[1],
                              .ai_addrlen = sizeof addresses[1]};
    struct addrinfo first = {.ai_addr = (struct sockaddr *) &addresses[0],
                             .ai_addrlen = sizeof addresses[0],
                             .ai_next = &second};
    struct kit kit = {0};
    int fd = kit_dial_any (&kit, &first);
    cr_assert_geq (fd, 0, "the second address was not tried");
    cr_expect_eq (((struct sockaddr_in *) &kit.address)->sin_port, addresses[1].sin_port);
    close (fd);
    first.ai_next = NULL;
    cr_expect_eq (kit_dial_any (&kit, &first), -1);
    close (closed);
    close (open);
}
