/* store_table.h: a czmq table whose keys are the store's. They are long and alike, and each save is
 * looked up a dozen times: czmq's own hash, a byte at a time, took longer than all else of that. */

#ifndef STUI_ACTORS_STORE_TABLE_H
#define STUI_ACTORS_STORE_TABLE_H

#include <czmq.h>

/* Caller owns. Keys are copied; items go by DESTROY. */
zhashx_t *store_table_new (zhashx_destructor_fn *destroy);

#endif
