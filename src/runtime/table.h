/* table.h: a hash table of structs that embed a link, which it borrows: nothing is allocated for a member, and whoever
 * holds one takes it out without a search. Owns its buckets alone. Pure but for the heap.
 *
 *     struct thing { struct table_link link; … };      // the link comes first
 *     for (struct thing *thing = table_first (&table, hash); thing; thing = table_next (thing))
 *         if (it is the one) …
 *
 * Hashes are the caller's; members are walked in no order. */

#ifndef STUI_RUNTIME_TABLE_H
#define STUI_RUNTIME_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct table_link {
    struct table_link *next;
    uint64_t hash;
};

/* Embedded; zeroed: empty. */
struct table {
    struct table_link **buckets; /* owned; a power of two of them */
    size_t bucket_count, count;
};

void table_add (struct table *self, void *member, uint64_t hash);
/* MEMBER is in the table. */
void table_remove (struct table *self, void *member);

/* The first member with HASH, and the next one with the same; NULL when there is none. Borrowed. */
void *table_first (const struct table *self, uint64_t hash);
void *table_next (const void *member);

/* Calls VISIT for each; it may free what it is shown, but may change the table in no other way. */
typedef void table_visitor (void *context, void *member);
void table_each (const struct table *self, table_visitor *visit, void *context);

/* Frees the buckets; the members are their owners'. Accepts a zeroed one. */
void table_fini (struct table *self);

#endif
