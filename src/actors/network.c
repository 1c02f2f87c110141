/* network.c: see network.h. What the kernel says is only that something may have changed: it repeats
 * what it said before whenever an address is renewed or a counter moves. So interfaces and addresses
 * are read whole then, and compared with what they were. */

#include "actors/network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <libmnl/libmnl.h>

#include "actors/changes.h"
#include "runtime/alloc.h"

struct network {
    struct mnl_socket *socket; /* owned; NULL: looks by the timer */
    int timer_fd;              /* owned; -1 */
    char *links, *addresses;   /* owned: as they were when last read */
};

/* ---- What there is -------------------------------------------------------------------------- */

static int
line_compare (const void *one, const void *other)
{
    return strcmp (*(char *const *) one, *(char *const *) other);
}

/* The lines in order, each once, as one text; frees them. */
static char *
lines_join (char **lines, size_t count)
{
    if (count > 0)
        qsort (lines, count, sizeof *lines, line_compare);
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream (&text, &size);
    for (size_t index = 0; index < count; index++)
        if (index == 0 || strcmp (lines[index], lines[index - 1]) != 0)
            fprintf (stream, "%s\n", lines[index]);
    fclose (stream);
    for (size_t index = 0; index < count; index++)
        free (lines[index]);
    free (lines);
    return text;
}

static void
address_text (const struct sockaddr *address, char text[INET6_ADDRSTRLEN])
{
    const void *bytes = address->sa_family == AF_INET
                            ? (const void *) &((const struct sockaddr_in *) address)->sin_addr
                            : (const void *) &((const struct sockaddr_in6 *) address)->sin6_addr;
    inet_ntop (address->sa_family, bytes, text, INET6_ADDRSTRLEN);
}

/* Interfaces with their states, and addresses, each as a text. Callers free. */
static void
network_look (char **links, char **addresses)
{
    char **link_lines = NULL, **address_lines = NULL;
    size_t link_count = 0, link_capacity = 0, address_count = 0, address_capacity = 0;
    struct ifaddrs *list = NULL;
    if (getifaddrs (&list) != 0)
        list = NULL;
    for (const struct ifaddrs *item = list; item; item = item->ifa_next) {
        bool up = (item->ifa_flags & IFF_UP) && (item->ifa_flags & IFF_RUNNING);
        stui_grow (&link_lines, &link_capacity, link_count, sizeof *link_lines);
        link_lines[link_count++] = stui_printf ("%s %s", item->ifa_name, up ? "up" : "down");
        int family = item->ifa_addr ? item->ifa_addr->sa_family : AF_UNSPEC;
        if (family != AF_INET && family != AF_INET6)
            continue;
        char text[INET6_ADDRSTRLEN] = "";
        address_text (item->ifa_addr, text);
        stui_grow (&address_lines, &address_capacity, address_count, sizeof *address_lines);
        address_lines[address_count++] = stui_printf ("%s %s", item->ifa_name, text);
    }
    freeifaddrs (list);
    *links = lines_join (link_lines, link_count);
    *addresses = lines_join (address_lines, address_count);
}

static unsigned
network_compare (struct network *self)
{
    char *links, *addresses;
    unsigned kinds = 0;
    network_look (&links, &addresses);
    if (strcmp (links, self->links) != 0)
        kinds |= CHANGES_LINK;
    if (strcmp (addresses, self->addresses) != 0)
        kinds |= CHANGES_ADDRESS;
    free (self->links);
    free (self->addresses);
    self->links = links;
    self->addresses = addresses;
    return kinds;
}

/* ---- rtnetlink ------------------------------------------------------------------------------ */

/* What one message is about: LINK and ADDRESS, to be looked at, and ROUTE. */
static int
message_kind (const struct nlmsghdr *header, void *kinds_p)
{
    unsigned *kinds = kinds_p;
    if (header->nlmsg_type == RTM_NEWLINK || header->nlmsg_type == RTM_DELLINK
        || header->nlmsg_type == RTM_NEWADDR || header->nlmsg_type == RTM_DELADDR) {
        *kinds |= CHANGES_LINK | CHANGES_ADDRESS;
    }
    else if (header->nlmsg_type == RTM_NEWROUTE || header->nlmsg_type == RTM_DELROUTE) {
        const struct rtmsg *route = mnl_nlmsg_get_payload (header);
        bool cached = (route->rtm_flags & RTM_F_CLONED) != 0;
        if (route->rtm_table == RT_TABLE_MAIN && !cached)
            *kinds |= CHANGES_ROUTE;
    }
    return MNL_CB_OK;
}

static unsigned
netlink_read (struct network *self)
{
    enum { BUFFER_BYTES = 32768 };
    char buffer[BUFFER_BYTES] __attribute__ ((aligned (NLMSG_ALIGNTO)));
    unsigned kinds = 0;
    for (;;) {
        ssize_t size = mnl_socket_recvfrom (self->socket, buffer, sizeof buffer);
        if (size > 0)
            mnl_cb_run (buffer, (size_t) size, 0, 0, message_kind, &kinds);
        else if (size < 0 && errno == ENOBUFS) /* more than the kernel kept for us */
            kinds |= CHANGES_LINK | CHANGES_ADDRESS | CHANGES_ROUTE;
        else if (size == 0 || errno != EINTR)
            break;
    }
    unsigned looked = kinds & CHANGES_LINK ? network_compare (self) : 0;
    return (kinds & CHANGES_ROUTE) | looked;
}

static struct mnl_socket *
netlink_open (void)
{
    struct mnl_socket *socket = mnl_socket_open2 (NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
    unsigned groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE
                      | RTMGRP_IPV6_ROUTE;
    if (socket && mnl_socket_bind (socket, groups, MNL_SOCKET_AUTOPID) != 0) {
        mnl_socket_close (socket);
        socket = NULL;
    }
    return socket;
}

/* ---- Either ---------------------------------------------------------------------------------- */

static int
timer_open (int every_ms)
{
    int fd = timerfd_create (CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    struct timespec interval = {every_ms / 1000, every_ms % 1000 * 1000000L};
    struct itimerspec every = {.it_interval = interval, .it_value = interval};
    if (fd >= 0)
        timerfd_settime (fd, 0, &every, NULL);
    return fd;
}

struct network *
network_open (int look_ms, struct stui_cause *cause)
{
    struct network *self = stui_alloc (sizeof *self);
    self->socket = look_ms ? NULL : netlink_open ();
    self->timer_fd = self->socket ? -1 : timer_open (look_ms ? look_ms : NETWORK_LOOK_MS);
    if (!self->socket && self->timer_fd < 0) {
        stui_fail (cause, STUI_E_SYSTEM, "changes of the network are not seen: %s",
                   strerror (errno));
        free (self);
        return NULL;
    }
    network_look (&self->links, &self->addresses);
    return self;
}

void
network_close (struct network **self_p)
{
    struct network *self = self_p ? *self_p : NULL;
    if (!self)
        return;
    if (self->socket)
        mnl_socket_close (self->socket);
    if (self->timer_fd >= 0)
        close (self->timer_fd);
    free (self->links);
    free (self->addresses);
    free (self);
    *self_p = NULL;
}

int
network_fd (const struct network *self)
{
    return self->socket ? mnl_socket_get_fd (self->socket) : self->timer_fd;
}

unsigned
network_read (struct network *self)
{
    if (self->socket)
        return netlink_read (self);
    uint64_t expired;
    return read (self->timer_fd, &expired, sizeof expired) > 0 ? network_compare (self) : 0;
}
