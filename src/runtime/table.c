/* table.c: see table.h. Chains of members in buckets, of which there are at least as many as members. */

#include "runtime/table.h"

#include <stdlib.h>

#include "runtime/alloc.h"

enum { BUCKETS_FIRST = 16 };

static struct table_link **
bucket_of (const struct table *self, uint64_t hash)
{
    return &self->buckets[hash & (self->bucket_count - 1)];
}

static void
table_grow (struct table *self)
{
    struct table grown = {.bucket_count =
                              self->bucket_count ? 2 * self->bucket_count : BUCKETS_FIRST};
    grown.buckets = stui_alloc (grown.bucket_count * sizeof (struct table_link *));
    for (size_t index = 0; index < self->bucket_count; index++) {
        struct table_link *next;
        for (struct table_link *link = self->buckets[index]; link; link = next) {
            next = link->next;
            table_add (&grown, link, link->hash);
        }
    }
    free (self->buckets);
    *self = grown;
}

void
table_add (struct table *self, void *member, uint64_t hash)
{
    if (self->count == self->bucket_count)
        table_grow (self);
    struct table_link *link = member, **bucket = bucket_of (self, hash);
    *link = (struct table_link){*bucket, hash};
    *bucket = link;
    self->count++;
}

void
table_remove (struct table *self, void *member)
{
    struct table_link *link = member, **at = bucket_of (self, link->hash);
    while (*at != link)
        at = &(*at)->next;
    *at = link->next;
    self->count--;
}

static void *
chain_find (struct table_link *link, uint64_t hash)
{
    while (link && link->hash != hash)
        link = link->next;
    return link;
}

void *
table_first (const struct table *self, uint64_t hash)
{
    return self->count > 0 ? chain_find (*bucket_of (self, hash), hash) : NULL;
}

void *
table_next (const void *member)
{
    const struct table_link *link = member;
    return chain_find (link->next, link->hash);
}

void
table_each (const struct table *self, table_visitor *visit, void *context)
{
    for (size_t index = 0; index < self->bucket_count; index++) {
        struct table_link *next;
        for (struct table_link *link = self->buckets[index]; link; link = next) {
            next = link->next;
            visit (context, link);
        }
    }
}

void
table_fini (struct table *self)
{
    free (self->buckets);
    *self = (struct table){0};
}
