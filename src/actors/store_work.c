/* store_work.c: see store_work.h. */

#include "actors/store_work.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/keys.h"
#include "actors/records.h"
#include "actors/store_index.h"
#include "actors/store_vault.h"

uint64_t
store_work_of (const char *body, size_t size)
{
    /* No text within a JSON text looks like that: its quotes are escaped. The context, most of it, comes
     * after. */
    static const char member[] = ",\"work\":\"";
    enum { DIGITS = 16 };
    const char *at = memmem (body, size, member, sizeof member - 1);
    if (!at || (size_t) (at - body) + sizeof member - 1 + DIGITS > size)
        return 0;
    char digits[DIGITS + 1] = "";
    memcpy (digits, at + sizeof member - 1, DIGITS);
    return strtoull (digits, NULL, 16);
}

/* What is in generation NUMBER of SUBJECT; 0 when that cannot be read. */
static uint64_t
work_stored (struct store_db *db, const char *subject, uint64_t number)
{
    char key[KEYS_SIZE + 16], *value, *plain = NULL;
    size_t size;
    uint64_t work = 0;
    struct record record;
    snprintf (key, sizeof key, "%s%016" PRIx64, subject, number);
    if (db->functions->get (db->engine, key, &value, &size, NULL) != 0)
        return 0;
    if (records_decode (key, value, size, &record) == RECORDS_GOOD
        && store_vault_open_record (db, key, &record, &plain, NULL) == 0)
        work = store_work_of (record.body, record.body_size);
    crypt_free (&plain);
    free (value);
    return work;
}

uint64_t
store_work_replaces (struct store_db *db, const struct store_index_entry *entry,
                     struct store_write *write)
{
    write->work = store_work_of (write->body, strlen (write->body));
    if (!entry || entry->count == 0 || !write->work)
        return 0;
    uint64_t newest = entry->generations[entry->count - 1];
    uint64_t stored = entry->work ? entry->work : work_stored (db, write->subject, newest);
    return stored == write->work ? newest : 0;
}
