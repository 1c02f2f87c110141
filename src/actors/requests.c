/* requests.c: see requests.h. Pure. */

#include "actors/requests.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"

static void
request_free (struct request *request)
{
    free (request->tag);
    free (request->command);
    free (request->parameters);
    free (request);
}

void
requests_fini (struct requests *self)
{
    for (size_t index = 0; index < self->count; index++)
        request_free (self->items[index]);
    free (self->items);
    *self = (struct requests){0};
}

struct request *
requests_add (struct requests *self, enum request_kind kind, const char *command, int64_t now_ms)
{
    struct request *request = stui_alloc (sizeof *request);
    request->kind = kind;
    request->command = stui_strdup (command);
    request->made_ms = now_ms;
    request->deadline_ms = STUI_NEVER;
    stui_grow (&self->items, &self->capacity, self->count, sizeof *self->items);
    self->items[self->count++] = request;
    return request;
}

void
requests_remove (struct requests *self, struct request **request_p)
{
    size_t index = 0;
    while (index < self->count && self->items[index] != *request_p)
        index++;
    if (index == self->count)
        return;
    memmove (self->items + index, self->items + index + 1,
             (self->count - index - 1) * sizeof *self->items);
    self->count--;
    request_free (*request_p);
    *request_p = NULL;
}

struct request *
requests_find (const struct requests *self, const char *id)
{
    for (size_t index = 0; index < self->count; index++)
        if (self->items[index]->id[0] && strcmp (self->items[index]->id, id) == 0)
            return self->items[index];
    return NULL;
}

struct request *
requests_find_tag (const struct requests *self, const char *tag)
{
    for (size_t index = 0; index < self->count; index++) {
        struct request *request = self->items[index];
        if (request->kind != REQUEST_COMMAND)
            continue;
        bool runs = request->state == REQUEST_SENT || request->state == REQUEST_RUNNING;
        if (*tag ? request->tag && strcmp (request->tag, tag) == 0
                 : runs && strcmp (request->command, "evaluate") == 0)
            return request;
    }
    return NULL;
}

struct request *
requests_find_asker (const struct requests *self, const char *peer, uint64_t ref)
{
    for (size_t index = 0; index < self->count; index++) {
        struct request *request = self->items[index];
        if (request->kind == REQUEST_COMMAND && request->ref == ref
            && strcmp (request->peer, peer) == 0)
            return request;
    }
    return NULL;
}

struct request *
requests_find_about (const struct requests *self, enum request_kind kind, const char *about)
{
    for (size_t index = 0; index < self->count; index++)
        if (self->items[index]->kind == kind && strcmp (self->items[index]->about, about) == 0)
            return self->items[index];
    return NULL;
}

size_t
requests_count_owed (const struct requests *self)
{
    size_t count = 0;
    for (size_t index = 0; index < self->count; index++)
        count += self->items[index]->kind == REQUEST_COMMAND && self->items[index]->peer[0];
    return count;
}

size_t
requests_count_kind (const struct requests *self, enum request_kind kind)
{
    size_t count = 0;
    for (size_t index = 0; index < self->count; index++)
        count += self->items[index]->kind == kind;
    return count;
}

size_t
requests_in_flight (const struct requests *self)
{
    size_t count = 0;
    for (size_t index = 0; index < self->count; index++)
        count += self->items[index]->state == REQUEST_SENT;
    return count;
}

const struct request *
requests_oldest_running (const struct requests *self)
{
    for (size_t index = 0; index < self->count; index++) {
        const struct request *request = self->items[index];
        if (request->kind == REQUEST_COMMAND
            && (request->state == REQUEST_SENT || request->state == REQUEST_RUNNING))
            return request;
    }
    return NULL;
}

const struct request *
requests_oldest_owed (const struct requests *self)
{
    for (size_t index = 0; index < self->count; index++)
        if (self->items[index]->state == REQUEST_SENT && self->items[index]->kind != REQUEST_PING)
            return self->items[index];
    return NULL;
}

void
requests_cut (struct requests *self, int64_t now_ms)
{
    size_t kept = 0;
    for (size_t index = 0; index < self->count; index++) {
        struct request *request = self->items[index];
        if (request->kind != REQUEST_COMMAND) {
            request_free (request);
            continue;
        }
        self->items[kept++] = request;
        if (request->state == REQUEST_WAITING)
            continue;
        if (!request->changes && ++request->cuts < REQUEST_CUTS_MAX) {
            request->state = REQUEST_WAITING;
            request->deadline_ms = now_ms + request->wait_ms;
            request->id[0] = '\0'; /* a read that is sent again is another request */
            continue;
        }
        request->cuts += request->changes && request->state == REQUEST_ASKING;
        request->state = REQUEST_LOST;
    }
    self->count = kept;
}

bool
request_waits (const struct request *request, bool live, bool silent)
{
    return request->state == REQUEST_WAITING && (!live || (request->hold && silent));
}

int64_t
requests_deadline (const struct requests *self, bool live, bool silent)
{
    int64_t earliest = STUI_NEVER;
    for (size_t index = 0; index < self->count; index++)
        if (request_waits (self->items[index], live, silent)
            && self->items[index]->deadline_ms < earliest)
            earliest = self->items[index]->deadline_ms;
    return earliest;
}
