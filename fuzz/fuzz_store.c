/* fuzz_store.c: what the disk says, whoever wrote there: a record, a line of a dump, a log of LevelDB,
 * the members of an object. Whatever it is, it is judged, and nothing is read beyond it. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "actors/dump.h"
#include "actors/logscan.h"
#include "actors/migrate.h"
#include "actors/records.h"
#include "runtime/json.h"
#include "runtime/json_scan.h"

static void
take_write (void *context, const char *key, size_t key_size, const char *value, size_t value_size)
{
    struct record record;
    struct keys_key parts;
    (void) context;
    keys_parse (key, key_size, &parts);
    records_decode (NULL, value, value_size, &record);
}

static void
take_member (void *context, const char *key, size_t key_size, const char *value, size_t value_size)
{
    size_t *sum = context;
    for (size_t index = 0; index < key_size; index++)
        *sum += (unsigned char) key[index];
    for (size_t index = 0; index < value_size; index++)
        *sum += (unsigned char) value[index];
}

/* The same bytes with the checksum that they would need, so that what lies behind it is reached. */
static void
take_sealed (const char *text, size_t size)
{
    enum { SEAL = 37 };
    if (size < SEAL)
        return;
    char *sealed = malloc (size);
    struct record record;
    struct dump dump = {0};
    struct dump_entry entry;
    memcpy (sealed, text, size);
    records_seal (sealed, size);
    if (records_decode (NULL, sealed, size, &record) == RECORDS_GOOD) {
        struct json *body = migrate_body (KEYS_KIND_SESSION, &record);
        json_destroy (&body);
    }
    dump_read (&dump, sealed, size, &entry);
    free (sealed);
}

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size)
{
    char *text = malloc (size + 1); /* of its own, so that reading beyond it is seen */
    size_t sum = 0;
    memcpy (text, bytes, size);
    take_sealed (text, size);
    take_write (NULL, text, size < KEYS_SIZE ? size : KEYS_SIZE, text, size);
    logscan_read (text, size, take_write, NULL);
    json_scan_object (text, size, take_member, &sum, NULL);
    free (text);
    return sum == SIZE_MAX;
}
