/* routes.c: see routes.h. Hash tables of names, of actors by id, and of open requests by (requester, ref); each actor
 * also lists what is open with it, so that its end costs no search. Pure but for the heap. */

#include "actors/routes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/checksum.h"
#include "runtime/alloc.h"
#include "runtime/table.h"

struct actor_entry;

struct open_request {
    struct table_link link;
    char from[STUI_ACTOR_ID_MAX + 1];
    uint64_t ref;
    enum msg_verb verb;
    struct actor_entry *to;               /* borrowed */
    struct open_request *previous, *next; /* among those open with `to` */
};

struct actor_entry {
    struct table_link link;
    char id[STUI_ACTOR_ID_MAX + 1];
    struct open_request *first; /* open with it; owned */
    size_t open, watched;       /* watched: those of them that only wait for news */
};

struct name_entry {
    struct table_link link;
    char name[STUI_ACTOR_ID_MAX + 1];
    struct actor_entry *bearer; /* who bears it now; borrowed; NULL: nobody */
};

struct routes {
    struct table names;    /* of name_entry; owned */
    struct table actors;   /* of actor_entry, by id; owned */
    struct table requests; /* of open_request */
    size_t open;
    struct routes_counts counts;
};

/* What crosses the switchboard is looked up several times on its way: by copies, not by printf. */
static void
id_copy (char to[STUI_ACTOR_ID_MAX + 1], const char *from)
{
    size_t length = strnlen (from, STUI_ACTOR_ID_MAX);
    memcpy (to, from, length);
    to[length] = '\0';
}

static uint64_t
text_hash (const char *text)
{
    return checksum_xxh64 (text, strlen (text));
}

/* An odd factor, so that refs which follow each other come to different buckets. */
static uint64_t
request_hash (const char *from, uint64_t ref)
{
    return text_hash (from) + ref * UINT64_C (0x9E3779B97F4A7C15);
}

struct routes *
routes_new (void)
{
    return stui_alloc (sizeof (struct routes));
}

static void
actor_free (void *context, void *member)
{
    (void) context;
    struct actor_entry *actor = member;
    while (actor->first) {
        struct open_request *request = actor->first;
        actor->first = request->next;
        free (request);
    }
    free (actor);
}

static void
name_free (void *context, void *member)
{
    (void) context;
    free (member);
}

void
routes_destroy (struct routes **self_p)
{
    struct routes *self = self_p ? *self_p : NULL;
    if (!self)
        return;
    table_each (&self->actors, actor_free, NULL); /* with the requests that they list */
    table_each (&self->names, name_free, NULL);
    table_fini (&self->requests);
    table_fini (&self->actors);
    table_fini (&self->names);
    free (self);
    *self_p = NULL;
}

struct routes_counts *
routes_counts (struct routes *self)
{
    return &self->counts;
}

void
routes_name_of (const char *id, char *name)
{
    size_t length = strcspn (id, "#");
    if (length > STUI_ACTOR_ID_MAX)
        length = STUI_ACTOR_ID_MAX;
    memcpy (name, id, length);
    name[length] = '\0';
}

static struct actor_entry *
actor_get (const struct routes *self, const char *id)
{
    struct actor_entry *actor = table_first (&self->actors, text_hash (id));
    while (actor && strcmp (actor->id, id) != 0)
        actor = table_next (actor);
    return actor;
}

static struct name_entry *
name_get (const struct routes *self, const char *text)
{
    struct name_entry *name = table_first (&self->names, text_hash (text));
    while (name && strcmp (name->name, text) != 0)
        name = table_next (name);
    return name;
}

/* The actor of a name or a routing id; NULL when nobody is up under it. */
static struct actor_entry *
actor_of (const struct routes *self, const char *name_or_id)
{
    if (strchr (name_or_id, '#'))
        return actor_get (self, name_or_id);
    const struct name_entry *name = name_get (self, name_or_id);
    return name ? name->bearer : NULL;
}

void
routes_up (struct routes *self, const char *id)
{
    if (actor_get (self, id))
        return; /* said twice: heard once */
    struct actor_entry *actor = stui_alloc (sizeof *actor);
    id_copy (actor->id, id);
    table_add (&self->actors, actor, text_hash (actor->id));
    char text[STUI_ACTOR_ID_MAX + 1];
    routes_name_of (id, text);
    struct name_entry *name = name_get (self, text);
    if (!name) {
        name = stui_alloc (sizeof *name);
        id_copy (name->name, text);
        table_add (&self->names, name, text_hash (name->name));
    }
    name->bearer = actor;
}

bool
routes_is_up (const struct routes *self, const char *name_or_id)
{
    return actor_of (self, name_or_id) != NULL;
}

/* ---- Open requests ----------------------------------------------------------------------------- */

/* Whether it may be answered only when there is news: it takes no place from what is to be done. The supervisor
 * bounds how many of each wait. */
static bool
verb_watches (enum msg_verb verb)
{
    return verb == MSG_SESSION_WATCH || verb == MSG_TRANSCRIPT_GET || verb == MSG_AWAIT;
}

static void
request_open (struct routes *self, const char *from, uint64_t ref, enum msg_verb verb,
              struct actor_entry *to)
{
    struct open_request *request = stui_alloc (sizeof *request);
    id_copy (request->from, from);
    request->ref = ref;
    request->verb = verb;
    request->to = to;
    request->next = to->first;
    if (to->first)
        to->first->previous = request;
    to->first = request;
    to->open++;
    to->watched += verb_watches (verb);
    self->open++;
    table_add (&self->requests, request, request_hash (request->from, ref));
}

static struct open_request *
request_get (const struct routes *self, const char *from, uint64_t ref)
{
    struct open_request *request = table_first (&self->requests, request_hash (from, ref));
    while (request && (request->ref != ref || strcmp (request->from, from) != 0))
        request = table_next (request);
    return request;
}

static void
request_close (struct routes *self, struct open_request *request)
{
    table_remove (&self->requests, request);
    if (request->previous)
        request->previous->next = request->next;
    else
        request->to->first = request->next;
    if (request->next)
        request->next->previous = request->previous;
    request->to->open--;
    request->to->watched -= verb_watches (request->verb);
    self->open--;
    free (request);
}

void
routes_lend (struct routes *self, const char *from, uint64_t ref, enum msg_verb verb,
             const char *to)
{
    struct actor_entry *actor = actor_of (self, to);
    if (actor && !request_get (self, from, ref))
        request_open (self, from, ref, verb, actor);
}

size_t
routes_open (const struct routes *self, const char *name_or_id)
{
    if (!name_or_id)
        return self->open;
    const struct actor_entry *actor = actor_of (self, name_or_id);
    return actor ? actor->open : 0;
}

bool
routes_is_open (const struct routes *self, const char *from, uint64_t ref)
{
    return request_get (self, from, ref) != NULL;
}

/* ---- Deciding ------------------------------------------------------------------------------------ */

static struct route
route_refuse (struct routes *self, const char *from, const struct msg *msg, int err,
              const char *text)
{
    self->counts.refused++;
    struct route route = {ROUTE_REFUSE, "", NULL};
    route.answer = msg_new (from, MSG_ERROR, msg->ref, stui_err_word (err), text, NULL);
    return route;
}

static struct route
route_answer (struct routes *self, const char *from, const struct msg *msg)
{
    struct route route = {ROUTE_DROP, "", NULL};
    struct open_request *request = request_get (self, msg->peer, msg->ref);
    /* Only whom it was given to may answer it: a late answer of an earlier incarnation may not. */
    if (!request || strcmp (request->to->id, from) != 0) {
        self->counts.late++;
        return route;
    }
    request_close (self, request);
    self->counts.answered++;
    route.verdict = strncmp (msg->peer, "registry#", 9) == 0 ? ROUTE_LOCAL : ROUTE_FORWARD;
    id_copy (route.to, msg->peer);
    return route;
}

struct route
routes_pass (struct routes *self, const char *from, const struct msg *msg)
{
    if (msg_kind (msg->verb) == MSG_ANSWER)
        return route_answer (self, from, msg);
    if (strcmp (msg->peer, "registry") == 0)
        return (struct route){ROUTE_LOCAL, "registry", NULL};
    bool request = msg_kind (msg->verb) == MSG_REQUEST;
    struct actor_entry *actor = actor_of (self, msg->peer);
    if (!actor) {
        char text[STUI_CAUSE_MAX];
        snprintf (text, sizeof text, "%s is not there", msg->peer);
        if (request)
            return route_refuse (self, from, msg, STUI_E_ACTOR_ENDED, text);
        self->counts.unreachable++;
        return (struct route){ROUTE_DROP, "", NULL};
    }
    if (request && request_get (self, from, msg->ref))
        return route_refuse (self, from, msg, STUI_E_INVALID_REQUEST, "this ref is open already");
    bool image = strncmp (actor->id, "image/", 6) == 0;
    /* One that watches waits for as long as it likes: it takes nobody's place. */
    bool counts = request && image && !verb_watches (msg->verb);
    if (counts && actor->open - actor->watched >= STUI_IMAGE_ROOM)
        return route_refuse (self, from, msg, STUI_E_QUEUE_FULL,
                             "queue full: the image owes as many answers as it may");
    if (request)
        request_open (self, from, msg->ref, msg->verb, actor);
    self->counts.forwarded++;
    struct route route = {ROUTE_FORWARD, "", NULL};
    id_copy (route.to, actor->id);
    return route;
}

/* Requests of ID are gathered first: a table must not be changed while it is walked. */
struct walk {
    const char *from;
    struct open_request **found;
    size_t count, capacity;
};

static void
walk_visit (void *context, void *member)
{
    struct walk *walk = context;
    struct open_request *request = member;
    if (strcmp (request->from, walk->from) != 0)
        return;
    stui_grow (&walk->found, &walk->capacity, walk->count, sizeof *walk->found);
    walk->found[walk->count++] = request;
}

void
routes_ended (struct routes *self, const char *id, routes_answer *answer, void *context)
{
    struct actor_entry *actor = actor_get (self, id);
    if (!actor)
        return;
    while (actor->first) {
        struct open_request *request = actor->first;
        /* What was to be sent to an image may have been sent. */
        bool doubt = msg_reaches_image (request->verb);
        char text[STUI_CAUSE_MAX];
        snprintf (text, sizeof text,
                  doubt ? "%s ended before it answered: nobody can say whether it ran"
                        : "%s ended before it answered",
                  id);
        struct msg *error =
            msg_new (request->from, MSG_ERROR, request->ref,
                     stui_err_word (doubt ? STUI_E_IN_DOUBT : STUI_E_ACTOR_ENDED), text, NULL);
        request_close (self, request);
        answer (context, &error);
    }
    struct walk walk = {.from = id};
    table_each (&self->requests, walk_visit, &walk);
    for (size_t index = 0; index < walk.count; index++)
        request_close (self, walk.found[index]);
    free (walk.found);
    char text[STUI_ACTOR_ID_MAX + 1];
    routes_name_of (id, text);
    struct name_entry *name = name_get (self, text);
    if (name && name->bearer == actor)
        name->bearer = NULL;
    table_remove (&self->actors, actor);
    free (actor);
}
