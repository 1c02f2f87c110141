/* migrate.c: see migrate.h. */

#include "actors/migrate.h"

#include <assert.h>
#include <stddef.h>

#include "actors/records.h"
#include "runtime/json.h"

typedef void migrate_step (enum keys_kind kind, struct json *body);

/* The header changed; no body did. */
static void
migrate_1_to_2 (enum keys_kind kind, struct json *body)
{
    (void) kind, (void) body;
}

/* By the schema that a step leads away from. */
static migrate_step *const migrate_steps[] = {
    [1] = migrate_1_to_2,
};
static_assert (sizeof migrate_steps / sizeof *migrate_steps == RECORDS_SCHEMA,
               "a step from each schema before today's");

void
migrate_json (enum keys_kind kind, int64_t schema, struct json *body)
{
    for (; schema > 0 && schema < RECORDS_SCHEMA; schema++)
        migrate_steps[schema](kind, body);
}

struct json *
migrate_body (enum keys_kind kind, const struct record *record)
{
    if (record->schema > RECORDS_SCHEMA)
        return NULL; /* sealed */
    struct json *body = json_parse (record->body, record->body_size, NULL);
    if (!json_is_object (body))
        json_destroy (&body);
    else
        migrate_json (kind, record->schema, body);
    return body;
}
