/* test_chaos_proxy.c: the proxy of chaos between a client and a server that are plain sockets. */

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "chaos/proxy.h"

enum { GUARD_MS = 20000 };

static struct proxy *proxy;
static int listener, client, server;

static struct sockaddr_in
at_port (uint16_t port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons (port),
                                .sin_addr.s_addr = htonl (INADDR_LOOPBACK)};
}

static void
setup (void)
{
    struct stui_cause cause = {0};
    struct sockaddr_in address = at_port (0);
    socklen_t size = sizeof address;
    listener = socket (AF_INET, SOCK_STREAM, 0);
    client = server = -1;
    cr_assert_eq (bind (listener, (struct sockaddr *) &address, size), 0);
    cr_assert_eq (listen (listener, 8), 0);
    getsockname (listener, (struct sockaddr *) &address, &size);
    proxy = proxy_new (2, 1, &cause);
    cr_assert (proxy, "%s", cause.text);
    proxy_aim (proxy, 0, ntohs (address.sin_port));
}

static void
teardown (void)
{
    proxy_destroy (&proxy);
    close (listener);
    close (client);
    close (server);
}

TestSuite (chaos_proxy, .init = setup, .fini = teardown, .timeout = 60);

static int
dial (size_t link)
{
    struct sockaddr_in address = at_port (proxy_port (proxy, link));
    client = socket (AF_INET, SOCK_STREAM, 0);
    return connect (client, (struct sockaddr *) &address, sizeof address);
}

static void
meet (void)
{
    cr_assert_eq (dial (0), 0);
    server = accept (listener, NULL, NULL);
    cr_assert_geq (server, 0);
}

/* What comes next at FD: a byte, 0 at the end, or a negative errno. */
static int
next_of (int fd)
{
    char byte;
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    cr_assert_eq (poll (&ready, 1, GUARD_MS), 1, "nothing came");
    ssize_t got = recv (fd, &byte, 1, 0);
    return got > 0 ? byte : got == 0 ? 0 : -errno;
}

static void
begin (enum fault_kind what, enum fault_way way, int64_t amount)
{
    const struct plan_fault fault = {.what = what, .way = way, .amount = amount};
    proxy_fault_begin (proxy, 1, &fault);
}

static void
end (enum fault_kind what)
{
    const struct plan_fault fault = {.what = what};
    proxy_fault_end (proxy, 1, &fault);
}

Test (chaos_proxy, passes_both_ways_and_passes_the_end_on)
{
    meet ();
    send (client, "a", 1, 0);
    cr_expect_eq (next_of (server), 'a');
    send (server, "b", 1, 0);
    cr_expect_eq (next_of (client), 'b');
    shutdown (client, SHUT_WR);
    cr_expect_eq (next_of (server), 0);
}

Test (chaos_proxy, who_is_not_there_is_refused)
{
    cr_assert_eq (dial (1), 0); /* the proxy listens, and then has nobody to go to */
    cr_expect_eq (next_of (client), -ECONNRESET);
}

Test (chaos_proxy, a_reset_cuts_what_there_is_and_no_more)
{
    meet ();
    send (client, "a", 1, 0);
    cr_expect_eq (next_of (server), 'a');
    begin (FAULT_RESET, FAULT_BOTH, 0);
    cr_expect_eq (next_of (client), -ECONNRESET);
    close (client);
    close (server);
    meet ();
    cr_expect_eq (proxy_destroy (&proxy).cut, 1);
}

/* The port stays ours while nobody listens there. */
Test (chaos_proxy, down_refuses_until_it_ends)
{
    meet ();
    begin (FAULT_DOWN, FAULT_BOTH, 0);
    cr_expect_eq (next_of (client), -ECONNRESET);
    close (client);
    cr_expect_eq (dial (0), -1);
    cr_expect_eq (errno, ECONNREFUSED);
    close (client);
    close (server);
    end (FAULT_DOWN);
    while (dial (0) != 0) /* until the order has arrived */
        close (client);
    server = accept (listener, NULL, NULL);
    send (client, "a", 1, 0);
    cr_expect_eq (next_of (server), 'a');
}

Test (chaos_proxy, a_black_hole_in_one_direction_leaves_the_other)
{
    meet ();
    begin (FAULT_BLACK_HOLE, FAULT_UP, 0);
    send (server, "b", 1, 0);
    cr_expect_eq (next_of (client), 'b');
    send (client, "a", 1, 0);
    struct pollfd ready = {.fd = server, .events = POLLIN};
    cr_expect_eq (poll (&ready, 1, 0), 0);
    end (FAULT_BLACK_HOLE);
    cr_expect_eq (next_of (server), 'a');
}

Test (chaos_proxy, a_half_close_ends_one_direction)
{
    meet ();
    begin (FAULT_HALF_CLOSE, FAULT_UP, 0);
    cr_expect_eq (next_of (server), 0);
    send (server, "b", 1, 0);
    cr_expect_eq (next_of (client), 'b');
}

Test (chaos_proxy, a_slow_close_ends_one_direction_and_then_all)
{
    meet ();
    begin (FAULT_SLOW_CLOSE, FAULT_UP, 50);
    cr_expect_eq (next_of (server), 0);
    cr_expect_eq (next_of (client), -ECONNRESET);
}

Test (chaos_proxy, limited_data_breaks_off_midway)
{
    meet ();
    begin (FAULT_LIMIT, FAULT_UP, 2);
    send (client, "abcd", 4, 0);
    cr_expect_eq (next_of (server), 'a');
    cr_expect_eq (next_of (server), 'b');
    cr_expect_leq (next_of (server), 0);
}

Test (chaos_proxy, corruption_is_counted)
{
    meet ();
    begin (FAULT_CORRUPT, FAULT_BOTH, 1);
    send (client, "a", 1, 0);
    cr_expect_eq ((char) next_of (server), (char) 0xFF);
    close (client);
    cr_expect_eq (next_of (server), 0);
    close (server);
    server = client = -1;
    cr_expect_eq (proxy_destroy (&proxy).spoilt, 1);
}
