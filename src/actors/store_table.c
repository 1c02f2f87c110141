/* store_table.c: see store_table.h. */

#include "actors/store_table.h"

#include <string.h>

#include "actors/checksum.h"

static size_t
table_hash (const void *key)
{
    return checksum_xxh64 (key, strlen (key));
}

zhashx_t *
store_table_new (zhashx_destructor_fn *destroy)
{
    zhashx_t *self = zhashx_new ();
    zhashx_set_key_hasher (self, table_hash);
    zhashx_set_destructor (self, destroy);
    return self;
}
