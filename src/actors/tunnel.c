/* tunnel.c: see tunnel.h. Pure but for the heap. */

#include "actors/tunnel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"

struct tunnel *
tunnel_new (const char *name, const struct via *via)
{
    struct tunnel *tunnel = stui_alloc (sizeof *tunnel);
    snprintf (tunnel->name, sizeof tunnel->name, "%s", name);
    tunnel->via = *via;
    tunnel->retry_ms = tunnel->started_ms = INT64_MIN / 2;
    tunnel->idle_ms = tunnel->check_ms = STUI_NEVER;
    return tunnel;
}

void
tunnel_destroy (struct tunnel **tunnel_p)
{
    struct tunnel *tunnel = *tunnel_p;
    for (size_t index = 0; index < tunnel->forward_count; index++) {
        struct tunnel_forward *forward = tunnel->forwards[index];
        for (size_t waiter = 0; waiter < forward->waiter_count; waiter++)
            msg_destroy (&forward->waiters[waiter]);
        free (forward->waiters);
        free (forward);
    }
    for (size_t index = 0; index < tunnel->user_count; index++)
        free (tunnel->users[index]);
    free (tunnel->forwards);
    free (tunnel->users);
    free (tunnel);
    *tunnel_p = NULL;
}

/* ---- Ways ------------------------------------------------------------------------------------ */

struct tunnel_forward *
tunnel_forward_find (const struct tunnel *tunnel, const char *address)
{
    for (size_t index = 0; index < tunnel->forward_count; index++)
        if (strcmp (tunnel->forwards[index]->address, address) == 0)
            return tunnel->forwards[index];
    return NULL;
}

struct tunnel_forward *
tunnel_forward_add (struct tunnel *tunnel, const char *text, const struct address *address)
{
    struct tunnel_forward *forward = stui_alloc (sizeof *forward);
    snprintf (forward->address, sizeof forward->address, "%s", text);
    snprintf (forward->host, sizeof forward->host, "%s", address->host);
    forward->port = address->port;
    forward->id = (uint32_t) tunnel->forward_count + 1;
    stui_grow (&tunnel->forwards, &tunnel->forward_capacity, tunnel->forward_count,
               sizeof (*tunnel->forwards));
    tunnel->forwards[tunnel->forward_count++] = forward;
    return forward;
}

void
tunnel_forward_path (const struct tunnel *tunnel, const struct tunnel_forward *forward,
                     const char *prefix, char path[TUNNEL_PATH_MAX])
{
    snprintf (path, TUNNEL_PATH_MAX, "%s-%u.%u", prefix, tunnel->run, forward->id);
}

void
tunnel_forward_wait (struct tunnel_forward *forward, const struct msg *msg)
{
    stui_grow (&forward->waiters, &forward->waiter_capacity, forward->waiter_count,
               sizeof (*forward->waiters));
    forward->waiters[forward->waiter_count++] = msg_new (
        msg->peer, MSG_TUNNEL, msg->ref, msg_text (msg, 0), msg_text (msg, 1), msg_number (msg, 2));
}

bool
tunnel_is_awaited (const struct tunnel *tunnel)
{
    for (size_t index = 0; index < tunnel->forward_count; index++)
        if (tunnel->forwards[index]->waiter_count > 0)
            return true;
    return false;
}

static size_t
failure_index (const struct tunnel *tunnel, int channel)
{
    size_t at = 0;
    while (at < tunnel->failure_count && tunnel->failures[at].channel != channel)
        at++;
    return at;
}

static void
failure_remove (struct tunnel *tunnel, size_t at)
{
    tunnel->failure_count--;
    memmove (&tunnel->failures[at], &tunnel->failures[at + 1],
             (tunnel->failure_count - at) * sizeof *tunnel->failures);
}

void
tunnel_failure_note (struct tunnel *tunnel, int channel, enum stui_trouble trouble,
                     const char *text)
{
    size_t at = failure_index (tunnel, channel);
    if (at < tunnel->failure_count)
        failure_remove (tunnel, at);
    else if (at == TUNNEL_FAILURES_MAX)
        failure_remove (tunnel, 0);
    tunnel->failures[tunnel->failure_count++] = (struct tunnel_failure){channel, trouble, text};
}

void
tunnel_failure_place (struct tunnel *tunnel, int channel, const char *prefix, const char *path)
{
    size_t at = failure_index (tunnel, channel);
    if (at == tunnel->failure_count)
        return;
    struct tunnel_failure failure = tunnel->failures[at];
    failure_remove (tunnel, at);
    for (size_t index = 0; index < tunnel->forward_count; index++) {
        struct tunnel_forward *forward = tunnel->forwards[index];
        char its_path[TUNNEL_PATH_MAX];
        tunnel_forward_path (tunnel, forward, prefix, its_path);
        if (strcmp (its_path, path) == 0) {
            forward->trouble = failure.trouble;
            forward->text = failure.text;
        }
    }
}

/* ---- Users ----------------------------------------------------------------------------------- */

/* An actor's name, without its incarnation: a supervisor that was started again is the same user. */
static size_t
user_length (const char *peer)
{
    return strcspn (peer, "#");
}

static size_t
tunnel_user_index (const struct tunnel *tunnel, const char *peer)
{
    size_t length = user_length (peer), index = 0;
    while (index < tunnel->user_count
           && (strncmp (tunnel->users[index], peer, length) != 0
               || tunnel->users[index][length] != '\0'))
        index++;
    return index;
}

void
tunnel_user_add (struct tunnel *tunnel, const char *peer)
{
    tunnel->idle_ms = STUI_NEVER;
    if (tunnel_user_index (tunnel, peer) < tunnel->user_count)
        return;
    stui_grow (&tunnel->users, &tunnel->user_capacity, tunnel->user_count, sizeof *tunnel->users);
    tunnel->users[tunnel->user_count++] = stui_strndup (peer, user_length (peer));
}

bool
tunnel_user_remove (struct tunnel *tunnel, const char *peer)
{
    size_t index = tunnel_user_index (tunnel, peer);
    if (index == tunnel->user_count)
        return false;
    free (tunnel->users[index]);
    tunnel->users[index] = tunnel->users[--tunnel->user_count];
    return true;
}
