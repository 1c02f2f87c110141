/* resolver_cares.c: see resolver_cares.h. Owns the c-ares channel, and with it its sockets. */

#include "actors/resolver_cares.h"

#include <arpa/inet.h>
#include <ares.h>
#include <netdb.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/log.h"

struct resolver {
    ares_channel channel; /* owned */
    struct resolver_calls calls;
    char *servers; /* owned, may be NULL */
    int timeout_ms, tries;
    struct timespec system_read; /* the age of resolv.conf when the channel was made */
};

struct question { /* owned by c-ares until it calls back */
    struct resolver *resolver;
    const char *host; /* borrowed from who asked */
    void *context;
};

static void
resolver_watch (void *owner, ares_socket_t fd, int readable, int writable)
{
    struct resolver *self = owner;
    self->calls.watch (self->calls.owner, fd, readable != 0, writable != 0);
}

static struct timespec
system_changed (void)
{
    struct stat found;
    return stat ("/etc/resolv.conf", &found) == 0 ? found.st_mtim : (struct timespec){0};
}

static int
resolver_open (struct resolver *self, struct stui_cause *cause)
{
    char lookups[] = "fb"; /* files first, then DNS */
    struct ares_options options = {
        .timeout = self->timeout_ms,
        .tries = self->tries,
        .lookups = lookups,
        .sock_state_cb = resolver_watch,
        .sock_state_cb_data = self,
    };
    self->system_read = system_changed ();
    int rc = ares_init_options (&self->channel, &options,
                                ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS
                                    | ARES_OPT_SOCK_STATE_CB);
    if (rc != ARES_SUCCESS) {
        self->channel = NULL;
        return stui_fail (cause, STUI_E_SYSTEM, "names cannot be resolved: %s", ares_strerror (rc));
    }
    if (self->servers && (rc = ares_set_servers_ports_csv (self->channel, self->servers)) != 0)
        return stui_fail (cause, STUI_E_SYSTEM, "the name servers '%.80s' are not usable: %s",
                          self->servers, ares_strerror (rc));
    return 0;
}

struct resolver *
resolver_new (const char *servers, int timeout_ms, int tries, const struct resolver_calls *calls,
              struct stui_cause *cause)
{
    int rc = ares_library_init (ARES_LIB_INIT_ALL); /* counted by c-ares; does nothing on Linux */
    if (rc != ARES_SUCCESS) {
        stui_fail (cause, STUI_E_SYSTEM, "c-ares cannot start: %s", ares_strerror (rc));
        return NULL;
    }
    struct resolver *self = stui_alloc (sizeof *self);
    self->calls = *calls;
    self->servers = servers ? stui_strdup (servers) : NULL;
    self->timeout_ms = timeout_ms;
    self->tries = tries;
    if (resolver_open (self, cause) < 0)
        resolver_destroy (&self);
    return self;
}

void
resolver_destroy (struct resolver **self_p)
{
    struct resolver *self = self_p ? *self_p : NULL;
    if (!self)
        return;
    if (self->channel)
        ares_destroy (self->channel);
    ares_library_cleanup ();
    free (self->servers);
    free (self);
    *self_p = NULL;
}

/* The numeric text of NODE; NULL for a family that nobody connects to. */
static const char *
node_text (const struct ares_addrinfo_node *node, char text[NI_MAXHOST])
{
    if (node->ai_family != AF_INET && node->ai_family != AF_INET6)
        return NULL;
    int rc =
        getnameinfo (node->ai_addr, node->ai_addrlen, text, NI_MAXHOST, NULL, 0, NI_NUMERICHOST);
    return rc == 0 ? text : NULL;
}

static int
status_cause (int status, const char *host, struct stui_cause *cause)
{
    switch (status) {
    case ARES_ENOTFOUND:
    case ARES_ENODATA:
        return stui_fail (cause, STUI_E_NOT_FOUND, "no address is known for %.80s: check the name",
                          host);
    case ARES_EBADNAME:
    case ARES_EBADSTR:
        return stui_fail (cause, STUI_E_NOT_FOUND, "%.80s is not a possible host name", host);
    case ARES_EDESTRUCTION:
    case ARES_ECANCELLED:
        return stui_fail (cause, STUI_E_STOPPING,
                          "the question for %.80s was given up: the name servers changed", host);
    case ARES_ETIMEOUT:
        return stui_fail (cause, STUI_E_TIMEOUT,
                          "no name server answered in time when asked for %.80s", host);
    default: /* may pass: a server that is down, refuses or fails */
        return stui_fail (cause, STUI_E_TIMEOUT,
                          "the name servers did not answer when asked for %.80s: %s", host,
                          ares_strerror (status));
    }
}

static void
resolver_answered (void *context, int status, int timeouts, struct ares_addrinfo *found)
{
    (void) timeouts;
    struct question *question = context;
    struct resolver *self = question->resolver;
    struct stui_cause cause = {0};
    struct json *addresses = json_array ();
    char text[NI_MAXHOST];
    for (struct ares_addrinfo_node *node = found ? found->nodes : NULL; node; node = node->ai_next)
        if (node_text (node, text))
            json_push (addresses, json_string (text));
    if (found)
        ares_freeaddrinfo (found);
    if (json_count (addresses) == 0) {
        json_destroy (&addresses);
        status_cause (status == ARES_SUCCESS ? ARES_ENODATA : status, question->host, &cause);
    }
    self->calls.answered (self->calls.owner, question->context, addresses, &cause);
    free (question);
}

/* c-ares reads resolv.conf once; a laptop changes networks, a dashboard runs for months. What was asked
 * of the servers before is given up: they may be dead, and asked without end. */
static void
resolver_refresh (struct resolver *self)
{
    struct timespec now = system_changed ();
    if (self->servers
        || (now.tv_sec == self->system_read.tv_sec && now.tv_nsec == self->system_read.tv_nsec))
        return;
    ares_channel before = self->channel;
    struct stui_cause cause = {0};
    if (resolver_open (self, &cause) < 0) {
        log_warn ("resolver", "the changed name servers are not used: %s", cause.text);
        self->channel = before;
        return;
    }
    ares_destroy (before);
}

void
resolver_ask (struct resolver *self, const char *host, void *context)
{
    resolver_refresh (self);
    struct question *question = stui_alloc (sizeof *question);
    *question = (struct question){.resolver = self, .host = host, .context = context};
    struct ares_addrinfo_hints hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    ares_getaddrinfo (self->channel, host, NULL, &hints, resolver_answered, question);
}

void
resolver_process (struct resolver *self, int fd, bool readable, bool writable)
{
    ares_process_fd (self->channel, readable ? fd : ARES_SOCKET_BAD,
                     writable ? fd : ARES_SOCKET_BAD);
}

int64_t
resolver_wait_ms (struct resolver *self)
{
    struct timeval left;
    if (!ares_timeout (self->channel, NULL, &left))
        return -1;
    return (int64_t) left.tv_sec * 1000 + (left.tv_usec + 999) / 1000;
}
