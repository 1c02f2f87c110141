/* test_netwatch_network.c: the netwatch actor and the kernel: interfaces and addresses of a network
 * namespace that the test itself makes. Without the right to make one there is nothing to test. */

#include <criterion/criterion.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "actors/netwatch.h"
#include "support/switchboard.h"

static struct switchboard board;
static zactor_t *actor;

static void
setup (void)
{
    if (unshare (CLONE_NEWNET) != 0)
        cr_skip_test ("no network namespace can be made here: %s", strerror (errno));
    switchboard_open (&board);
}

static void
teardown (void)
{
    if (actor)
        switchboard_stop (&board, &actor);
    if (board.router)
        switchboard_close (&board);
}

TestSuite (netwatch_network, .init = setup, .fini = teardown);

static void
start (int look_ms)
{
    struct netwatch_args args = {.servers = "127.0.0.1:9", .timeout_ms = 1000, .look_ms = look_ms};
    actor = switchboard_start (&board, netwatch_actor, "netwatch", &args);
    struct msg *ask = msg_new ("test#1", MSG_RESOLVE, 1, "127.0.0.1");
    struct msg *answer = switchboard_ask (&board, "netwatch", &ask); /* it listens by then */
    msg_destroy (&answer);
}

static void
loopback (bool up)
{
    struct ifreq request = {.ifr_name = "lo"};
    int fd = socket (AF_INET, SOCK_DGRAM, 0);
    cr_assert_eq (ioctl (fd, SIOCGIFFLAGS, &request), 0);
    request.ifr_flags = (short) (up ? request.ifr_flags | IFF_UP : request.ifr_flags & ~IFF_UP);
    cr_assert_eq (ioctl (fd, SIOCSIFFLAGS, &request), 0);
    close (fd);
}

static void
expect_told (void)
{
    struct msg *event = switchboard_expect (&board, MSG_EVENTS_PUT);
    cr_assert_not_null (strstr (msg_text (event, 0), "\"network_changed\""), "%s",
                        msg_text (event, 0));
    msg_destroy (&event);
    struct msg *changed = switchboard_expect (&board, MSG_NETWORK_CHANGED);
    cr_assert_not_null (strstr (msg_text (changed, 0), "an interface"), "%s",
                        msg_text (changed, 0));
    msg_destroy (&changed);
}

Test (netwatch_network, an_interface_that_comes_and_goes_is_told)
{
    start (0);
    loopback (true);
    expect_told ();
    loopback (false);
    expect_told ();
}

Test (netwatch_network, without_rtnetlink_it_is_seen_by_looking)
{
    start (20);
    loopback (true);
    expect_told ();
    loopback (false);
    expect_told ();
}
