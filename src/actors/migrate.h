/* migrate.h: brings the body of a record that an older stui wrote into today's form. Pure.
 *
 * There is one step from each schema to the next, so that a record of any age goes through all
 * steps after its own. It is done when a record is read; what is written is always today's.
 * tests/fixtures/store-schema-N holds what each schema's own code wrote: a schema that lands
 * gets its step here and, before it lands, a fixture of the one before.
 *
 *     schema   what it brought
 *     1        the first one
 *     2        a record names its key; images have generations. Bodies as they were. */

#ifndef STUI_ACTORS_MIGRATE_H
#define STUI_ACTORS_MIGRATE_H

#include "actors/keys.h"

struct json;
struct record;

/* The body of a good RECORD of KIND in today's form, or NULL when it is no JSON object, or
 * still sealed. Caller owns. */
struct json *migrate_body (enum keys_kind kind, const struct record *record);

/* The steps alone, on a body of SCHEMA (changed). */
void migrate_json (enum keys_kind kind, int64_t schema, struct json *body);

#endif
