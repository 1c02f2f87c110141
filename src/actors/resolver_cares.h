/* resolver_cares.h: names to addresses, without ever blocking: c-ares behind a small interface
 * (resolver_cares.c alone includes its header). The caller polls the descriptors that the
 * resolver names and tells it what happened on them. One thread owns a struct resolver. */

#ifndef STUI_ACTORS_RESOLVER_CARES_H
#define STUI_ACTORS_RESOLVER_CARES_H

#include <stui/types.h>

struct json;
struct resolver; /* opaque */

/* What the resolver calls, with the caller's OWNER. */
struct resolver_calls {
    /* FD is to be polled for these; for neither: forget it, it is about to be closed. */
    void (*watch) (void *owner, int fd, bool readable, bool writable);
    /* The answer to CONTEXT's question: an array of numeric addresses, nearest first, which the
     * callee owns; or NULL and CAUSE (NOT_FOUND, TIMEOUT, STOPPING). */
    void (*answered) (void *owner, void *context, struct json *addresses,
                      const struct stui_cause *cause);
    void *owner;
};

/* SERVERS "ADDRESS:PORT,…" (NULL: those of the system), TIMEOUT_MS of the first of TRIES. NULL
 * and CAUSE when c-ares refuses. */
struct resolver *resolver_new (const char *servers, int timeout_ms, int tries,
                               const struct resolver_calls *calls, struct stui_cause *cause);

/* Answers what is open with STOPPING, and frees. Accepts NULL. */
void resolver_destroy (struct resolver **self);

/* Asks for HOST (borrowed until answered); /etc/hosts is looked at first. The answer may come
 * before this returns. */
void resolver_ask (struct resolver *self, const char *host, void *context);

/* What happened on FD. FD -1: only time passed. */
void resolver_process (struct resolver *self, int fd, bool readable, bool writable);

/* Milliseconds until resolver_process must be called for time alone; -1: not needed. */
int64_t resolver_wait_ms (struct resolver *self);

#endif
