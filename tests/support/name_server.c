/* name_server.c: see name_server.h. Of DNS (RFC 1035) it knows one question of a message, and answers
 * for A records alone. */

#include "support/name_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HEADER = 12, MESSAGE_MAX = 512, TYPE_A = 1, ANSWER = 16, PORT = 53 };

static _Noreturn void
fail (const char *what)
{
    fprintf (stderr, "name server: %s: %s\n", what, strerror (errno));
    abort ();
}

void
name_server_use (const struct name_server *self, const char *server)
{
    FILE *file = fopen (self->path, "w"); /* the same file: it is mounted */
    if (!file || fprintf (file, "nameserver %s\n", server) < 0 || fclose (file) != 0)
        fail (self->path);
}

bool
name_server_open (struct name_server *self, const char *directory, const char *server)
{
    *self = (struct name_server){.pid = 0};
    snprintf (self->path, sizeof self->path, "%s/resolv.conf", directory);
    name_server_use (self, server);
    return unshare (CLONE_NEWNS) == 0 && mount ("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0
           && mount (self->path, "/etc/resolv.conf", NULL, MS_BIND, NULL) == 0;
}

static void
server_end (struct name_server *self)
{
    if (self->pid > 0) {
        kill (self->pid, SIGKILL);
        waitpid (self->pid, NULL, 0);
    }
    self->pid = 0;
}

void
name_server_close (struct name_server *self)
{
    server_end (self);
    umount2 ("/etc/resolv.conf", MNT_DETACH);
}

/* Makes the answer of SIZE bytes of a question in place; its size. 0: it is not one. */
static size_t
answer_make (unsigned char *message, size_t size, const struct in_addr *address)
{
    size_t at = HEADER;
    while (at < size && message[at] != 0) /* the labels of the name */
        at += 1u + message[at];
    if (at + 5 > size)
        return 0;
    bool is_a = message[at + 1] == 0 && message[at + 2] == TYPE_A;
    size_t end = at + 5;
    message[2] = 0x84; /* an answer, from who has authority */
    message[3] = 0;
    memset (message + 6, 0, 6); /* counts of records: none … */
    if (!is_a)
        return end;
    message[7] = 1; /* … or one */
    static const unsigned char record[ANSWER - 4] = {0xc0, HEADER, 0, TYPE_A, 0, 1,
                                                     0,    0,      0, 0,      0, 4};
    memcpy (message + end, record, sizeof record);
    memcpy (message + end + sizeof record, address, sizeof *address);
    return end + ANSWER;
}

static _Noreturn void
serve (int sock, const struct in_addr *address)
{
    unsigned char message[MESSAGE_MAX + ANSWER];
    for (;;) {
        struct sockaddr_storage from;
        socklen_t from_size = sizeof from;
        ssize_t got =
            recvfrom (sock, message, MESSAGE_MAX, 0, (struct sockaddr *) &from, &from_size);
        size_t size = got > 0 ? answer_make (message, (size_t) got, address) : 0;
        if (size > 0)
            sendto (sock, message, size, 0, (const struct sockaddr *) &from, from_size);
    }
}

void
name_server_answer (struct name_server *self, const char *address)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons (PORT)};
    struct in_addr answer;
    server_end (self);
    inet_pton (AF_INET, NAME_SERVER_HERE, &here.sin_addr);
    inet_pton (AF_INET, address, &answer);
    int sock = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (sock < 0 || bind (sock, (struct sockaddr *) &here, sizeof here) != 0)
        fail ("port 53");
    self->pid = fork ();
    if (self->pid == 0) {
        prctl (PR_SET_PDEATHSIG, SIGKILL);
        serve (sock, &answer);
    }
    close (sock);
}
