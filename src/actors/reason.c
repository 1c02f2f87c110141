/* reason.c: see reason.h. */

#include "actors/reason.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/address.h"

static const struct {
    int err;
    enum stui_trouble trouble;
    const char *text;
} reasons[] = {
    {ECONNREFUSED, STUI_TROUBLE_REFUSED, "connection refused: nothing listens on that port"},
    {ENETUNREACH, STUI_TROUBLE_NO_ROUTE, "this machine has no route to that address"},
    {EADDRNOTAVAIL, STUI_TROUBLE_NO_ROUTE, "this machine has no address to reach it from"},
    {ENETDOWN, STUI_TROUBLE_NO_ROUTE, "the network is down"},
    {EHOSTUNREACH, STUI_TROUBLE_UNREACHABLE, "the host cannot be reached"},
    {EHOSTDOWN, STUI_TROUBLE_UNREACHABLE, "the host is down"},
    {ETIMEDOUT, STUI_TROUBLE_TIMED_OUT, "the host did not answer"},
    {ECONNRESET, STUI_TROUBLE_CLOSED, "the connection was reset"},
    {EACCES, STUI_TROUBLE_NO_ROUTE, "this machine may not connect there"},
    {EPERM, STUI_TROUBLE_NO_ROUTE, "this machine's firewall does not let it connect there"},
    {0, STUI_TROUBLE_CLOSED, "the connection was refused a moment ago, and would be taken now"},
};

static void
reason_is (struct reason *self, int err)
{
    self->trouble = STUI_TROUBLE_UNREACHABLE;
    self->text = "nothing listens there, or it cannot be reached";
    for (size_t index = 0; index < sizeof reasons / sizeof *reasons; index++)
        if (reasons[index].err == err) {
            self->trouble = reasons[index].trouble;
            self->text = reasons[index].text;
        }
    reason_close (self);
}

void
reason_open (struct reason *self, const char *endpoint)
{
    *self = (struct reason){.fd = -1};
    struct address address;
    char port[8];
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                             .ai_socktype = SOCK_STREAM},
                    *found = NULL;
    if (address_parse (endpoint, &address, NULL) != 0) {
        reason_is (self, -1);
        return;
    }
    snprintf (port, sizeof port, "%d", address.port);
    if (getaddrinfo (address.host, port, &hints, &found) != 0) {
        reason_is (self, -1);
        return;
    }
    self->fd = socket (found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int rc = self->fd < 0 ? -1 : connect (self->fd, found->ai_addr, found->ai_addrlen);
    int err = rc == 0 ? 0 : errno;
    freeaddrinfo (found);
    if (err != EINPROGRESS)
        reason_is (self, err);
}

void
reason_settle (struct reason *self)
{
    int err = 0;
    socklen_t size = sizeof err;
    if (self->fd < 0)
        return;
    getsockopt (self->fd, SOL_SOCKET, SO_ERROR, &err, &size);
    reason_is (self, err);
}

void
reason_close (struct reason *self)
{
    if (self->fd >= 0)
        close (self->fd);
    self->fd = -1;
}
