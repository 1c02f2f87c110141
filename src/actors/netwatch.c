/* netwatch.c: the netwatch actor. Owns the resolver and the questions that wait for it, what tells of the
 * network and of sleep, and SSH tunnels (netwatch_tunnels.c). In: `resolve`, and what is asked of tunnels;
 * datagrams of name servers; the kernel's word. Out: addresses, or why there are none; that the network
 * changed; events. Questions for one name asked at the same
 * time share one query. */

#include "actors/netwatch.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <stui/actor.h>

#include "actors/changes.h"
#include "actors/netwatch_tunnels.h"
#include "actors/network.h"
#include "actors/resolver_cares.h"
#include "actors/wakeup.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/event.h"
#include "runtime/json.h"
#include "runtime/log.h"

/* A name that is being asked for, and who waits for it. */
struct query {
    struct query *next;
    char *host;         /* owned */
    struct msg **asked; /* owned, and the requests in it */
    size_t asked_count, asked_capacity;
};

struct watched { /* a descriptor of the resolver's */
    int fd, reader;
};

struct netwatch {
    struct actor *actor;     /* owned */
    struct network *network; /* owned; NULL: its changes are not seen */
    struct wakeup wakeup;
    struct changes changes;           /* not yet told */
    struct netwatch_tunnels *tunnels; /* owned */
    /* of the resolver: how it is made */
    char *servers; /* owned; NULL: the system's */
    int timeout_ms;
    struct resolver *resolver; /* owned; NULL: it could not be had */
    struct query *queries;     /* owned */
    size_t waiting;            /* requests in them */
    struct watched *watched;   /* owned; the first watched_count */
    size_t watched_count, watched_capacity;
};

/* Answers MSG with ADDRESSES, which are borrowed. */
static void
netwatch_answer (struct netwatch *self, const struct msg *msg, const struct json *addresses)
{
    struct json *result = json_object ();
    json_set (result, "addresses", json_copy (addresses));
    char *text = json_print (result);
    actor_answer (self->actor, msg, text);
    free (text);
    json_destroy (&result);
}

/* Whether HOST is an address already, perhaps with a scope (fe80::1%eth0). */
static bool
host_is_numeric (const char *host)
{
    unsigned char address[sizeof (struct in6_addr)];
    if (inet_pton (AF_INET, host, address) == 1)
        return true;
    char *plain = stui_strndup (host, strcspn (host, "%"));
    bool is_numeric = inet_pton (AF_INET6, plain, address) == 1;
    free (plain);
    return is_numeric;
}

/* ---- what the resolver calls ---- */

static void
netwatch_heard (void *owner, void *context, short events)
{
    struct netwatch *self = owner;
    int fd = (int) (intptr_t) context;
    resolver_process (self->resolver, fd, (events & (ZMQ_POLLIN | ZMQ_POLLERR)) != 0,
                      (events & ZMQ_POLLOUT) != 0);
}

static void
netwatch_watch (void *owner, int fd, bool readable, bool writable)
{
    struct netwatch *self = owner;
    short events = (short) ((readable ? ZMQ_POLLIN : 0) | (writable ? ZMQ_POLLOUT : 0));
    size_t slot = 0;
    while (slot < self->watched_count && self->watched[slot].fd != fd)
        slot++;
    if (slot < self->watched_count && events) {
        actor_watch_events (self->actor, self->watched[slot].reader, events);
    }
    else if (slot < self->watched_count) {
        actor_unwatch (self->actor, self->watched[slot].reader);
        self->watched[slot] = self->watched[--self->watched_count];
    }
    else if (events) {
        stui_grow (&self->watched, &self->watched_capacity, slot, sizeof *self->watched);
        void *context = (void *) (intptr_t) fd;
        int reader = actor_watch_fd (self->actor, fd, events, netwatch_heard, context);
        self->watched[self->watched_count++] = (struct watched){.fd = fd, .reader = reader};
    }
}

static void
netwatch_answered (void *owner, void *context, struct json *addresses,
                   const struct stui_cause *cause)
{
    struct netwatch *self = owner;
    struct query *query = context;
    struct query **link = &self->queries;
    while (*link != query)
        link = &(*link)->next;
    *link = query->next;
    self->waiting -= query->asked_count;
    for (size_t index = 0; index < query->asked_count; index++) {
        if (addresses)
            netwatch_answer (self, query->asked[index], addresses);
        else
            actor_refuse (self->actor, query->asked[index], cause->err, "%s", cause->text);
        msg_destroy (&query->asked[index]);
    }
    json_destroy (&addresses);
    free (query->asked);
    free (query->host);
    free (query);
}

/* ---- verbs ---- */

static void
query_join (struct query *query, const struct msg *msg)
{
    stui_grow (&query->asked, &query->asked_capacity, query->asked_count, sizeof *query->asked);
    query->asked[query->asked_count++] =
        msg_new (msg->peer, MSG_RESOLVE, msg->ref, msg_text (msg, 0));
}

static void
netwatch_resolve (void *owner, const struct msg *msg)
{
    struct netwatch *self = owner;
    const char *host = msg_text (msg, 0);
    if (host_is_numeric (host)) {
        struct json *addresses = json_array ();
        json_push (addresses, json_string (host));
        netwatch_answer (self, msg, addresses);
        json_destroy (&addresses);
        return;
    }
    if (!*host) { /* would be asked for as the root */
        actor_refuse (self->actor, msg, STUI_E_NOT_FOUND, "an empty name has no address");
        return;
    }
    if (!self->resolver) {
        actor_refuse (self->actor, msg, STUI_E_SYSTEM,
                      "%.80s cannot be resolved: the resolver did not start", host);
        return;
    }
    if (self->waiting == NETWATCH_WAITING_MAX) {
        actor_refuse (self->actor, msg, STUI_E_QUEUE_FULL,
                      "%d questions for names wait already: ask for %.80s again later",
                      NETWATCH_WAITING_MAX, host);
        return;
    }
    self->waiting++;
    for (struct query *query = self->queries; query; query = query->next)
        if (strcasecmp (query->host, host) == 0) {
            query_join (query, msg);
            return;
        }
    struct query *query = stui_alloc (sizeof *query);
    query->host = stui_strdup (host);
    query_join (query, msg);
    query->next = self->queries;
    self->queries = query;
    resolver_ask (self->resolver, query->host, query);
}

static void
netwatch_tunnel (void *owner, const struct msg *msg)
{
    struct netwatch *self = owner;
    netwatch_tunnels_message (self->tunnels, msg);
}

/* ---- changes ---- */

static void
resolver_start (struct netwatch *self)
{
    struct resolver_calls calls = {
        .watch = netwatch_watch, .answered = netwatch_answered, .owner = self};
    struct stui_cause cause = {0};
    self->resolver = resolver_new (self->servers, self->timeout_ms, NETWATCH_TRIES, &calls, &cause);
    if (!self->resolver) /* numeric addresses go on being answered */
        log_error (actor_id (self->actor), "%s", cause.text);
}

static void
netwatch_event (struct netwatch *self, const char *kind, const char *text)
{
    struct msg *put = event_put (actor_next_ref (self->actor), clock_wall_ms (), "", kind, text);
    actor_send (self->actor, &put);
}

/* A burst is over. Name servers belong to the network that was, and so do questions to them. */
static void
netwatch_tell (struct netwatch *self)
{
    unsigned kinds;
    char *text = changes_take (&self->changes, &kinds);
    log_info (actor_id (self->actor), "%s", text);
    netwatch_event (self,
                    kinds == CHANGES_CLOCK   ? "clock_set"
                    : (kinds & CHANGES_WAKE) ? "woke"
                                             : "network_changed",
                    text);
    if (kinds & ~(unsigned) CHANGES_CLOCK) {
        resolver_destroy (&self->resolver);
        resolver_start (self);
        netwatch_tunnels_changed (self->tunnels); /* first: images look at their links then */
        struct msg *changed = msg_new ("registry", MSG_NETWORK_CHANGED, 0, text);
        actor_send (self->actor, &changed);
    }
    free (text);
}

static void
netwatch_changed (void *owner, void *context, short events)
{
    (void) context, (void) events;
    struct netwatch *self = owner;
    changes_note (&self->changes, network_read (self->network), clock_mono_ms ());
}

static void
netwatch_woke (void *owner, void *context, short events)
{
    (void) context, (void) events;
    struct netwatch *self = owner;
    wakeup_read (&self->wakeup, &self->changes);
}

static void
changes_start (struct netwatch *self, int look_ms)
{
    struct stui_cause cause = {0};
    self->network = network_open (look_ms, &cause);
    if (self->network)
        actor_watch_fd (self->actor, network_fd (self->network), ZMQ_POLLIN, netwatch_changed,
                        NULL);
    else
        log_error (actor_id (self->actor), "%s", cause.text);
    wakeup_open (&self->wakeup);
    if (self->wakeup.fd >= 0)
        actor_watch_fd (self->actor, self->wakeup.fd, ZMQ_POLLIN, netwatch_woke, NULL);
}

/* ---- time and life ---- */

static int64_t
netwatch_deadline (void *owner)
{
    struct netwatch *self = owner;
    int64_t wait_ms = self->resolver ? resolver_wait_ms (self->resolver) : -1;
    int64_t resolver = wait_ms < 0 ? STUI_NEVER : clock_mono_ms () + wait_ms;
    int64_t changes = changes_deadline (&self->changes);
    int64_t tunnels = netwatch_tunnels_deadline (self->tunnels);
    int64_t earliest = resolver < changes ? resolver : changes;
    return tunnels < earliest ? tunnels : earliest;
}

static void
netwatch_on_deadline (void *owner)
{
    struct netwatch *self = owner;
    if (self->resolver)
        resolver_process (self->resolver, -1, false, false);
    if (changes_deadline (&self->changes) <= clock_mono_ms ())
        netwatch_tell (self);
    if (netwatch_tunnels_deadline (self->tunnels) <= clock_mono_ms ())
        netwatch_tunnels_time (self->tunnels);
}

static const struct actor_verb netwatch_verbs[] = {
    {MSG_RESOLVE, netwatch_resolve},
    {MSG_TUNNEL, netwatch_tunnel},
    {MSG_TUNNEL_WHY, netwatch_tunnel},
    {MSG_TUNNEL_LEFT, netwatch_tunnel},
    {0, NULL},
};

static const struct actor_table netwatch_table = {
    .verbs = netwatch_verbs,
    .deadline_ms = netwatch_deadline,
    .on_deadline = netwatch_on_deadline,
};

void
netwatch_actor (zsock_t *pipe, void *args)
{
    const struct actor_args *actor_args = args;
    const struct netwatch_args *extra = actor_args->extra;
    struct netwatch self = {.actor = actor_open (pipe, args), .timeout_ms = NETWATCH_TIMEOUT_MS};
    int look_ms = extra ? extra->look_ms : 0;
    self.tunnels = netwatch_tunnels_new (self.actor, extra ? extra->tunnels : NULL);
    if (extra) {
        self.timeout_ms = extra->timeout_ms;
        self.servers = extra->servers ? stui_strdup (extra->servers) : NULL;
        actor_ready (self.actor);
    }
    resolver_start (&self);
    changes_start (&self, look_ms);
    actor_run (self.actor, &netwatch_table, &self);
    netwatch_tunnels_destroy (&self.tunnels);
    resolver_destroy (&self.resolver);
    network_close (&self.network);
    wakeup_close (&self.wakeup);
    free (self.servers);
    free (self.watched);
    actor_close (&self.actor, NULL);
}
