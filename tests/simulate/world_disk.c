/* world_disk.c: what is on the store's disk: records with their generations, and the archive, which
 * keeps to store_archive.h: each step moves all or nothing. One that failed may be found done when
 * the database is opened again. The number of a generation is never used twice: that is what the
 * ledger is for. */

#include "simulate/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/keys.h"
#include "actors/records.h"
#include "actors/store_work.h"
#include "runtime/alloc.h"

/* ---- Records ------------------------------------------------------------------------------------- */

static struct world_record *
record_find (const struct world_store *store, const char *key)
{
    for (size_t index = 0; index < store->record_count; index++)
        if (strcmp (store->records[index].key, key) == 0)
            return &store->records[index];
    return NULL;
}

static struct world_record *
record_make (struct world_store *store, const char *key)
{
    struct world_record *record = record_find (store, key);
    if (record)
        return record;
    stui_grow (&store->records, &store->record_capacity, store->record_count,
               sizeof *store->records);
    record = &store->records[store->record_count++];
    *record = (struct world_record){.key = stui_strdup (key)};
    return record;
}

static void
record_clear (struct world_record *record)
{
    for (int index = 0; index < 3; index++) {
        free (record->bytes[index]);
        record->bytes[index] = NULL;
    }
    record->work = 0;
}

const struct world_record *
world_disk_find (const struct world *world, const char *key)
{
    const struct world_record *record = record_find (&world->store, key);
    return record && record->bytes[0] ? record : NULL;
}

static void
record_write (struct world *world, struct world_record *record, const char *key, const char *body,
              uint64_t generation)
{
    record->generations[0] = generation;
    record->bytes[0] =
        records_encode (key, body, false, generation, world_wall_ms (world), &record->sizes[0]);
}

void
world_disk_write (struct world *world, const struct store_write *write)
{
    struct world_store *store = &world->store;
    if (write->kind == STORE_WRITE_EVENT)
        return;
    if (write->kind == STORE_WRITE_IDENTITY) {
        json_destroy (&store->counters_synced);
        store->counters_synced = json_copy (store->counters);
        return;
    }
    if (write->kind == STORE_WRITE_HELD)
        world_await_stored (world, write->body);
    struct world_record *record = record_make (store, write->subject);
    uint64_t work =
        write->kind == STORE_WRITE_SESSION ? store_work_of (write->body, strlen (write->body)) : 0;
    /* One with the same work takes the newest one's place (store_work.h). */
    bool replaces = work && work == record->work;
    free (record->bytes[replaces ? 0 : 2]);
    for (int index = 2; index > 0 && !replaces; index--) {
        record->bytes[index] = record->bytes[index - 1];
        record->sizes[index] = record->sizes[index - 1];
        record->generations[index] = record->generations[index - 1];
    }
    record->work = work;
    char key[KEYS_SIZE + 32];
    snprintf (key, sizeof key, "%s%016llx", record->key,
              (unsigned long long) record->generations[0] + 1);
    record_write (world, record, key, write->body, record->generations[0] + 1);
}

/* The newest good record under RECORD. */
static bool
record_choose (const struct world_record *record, struct record *chosen)
{
    struct records_candidate candidates[3];
    enum records_verdict verdicts[3];
    size_t count = 0;
    if (strncmp (record->key, KEYS_ARCHIVE, strlen (KEYS_ARCHIVE)) == 0)
        return records_decode (record->key, record->bytes[0], record->sizes[0], chosen)
               == RECORDS_GOOD;
    for (int index = 3; index-- > 0;) /* oldest first */
        if (record->bytes[index])
            candidates[count++] = (struct records_candidate){
                record->bytes[index], record->sizes[index], record->generations[index]};
    return records_choose (record->key, candidates, count, verdicts, chosen) >= 0;
}

struct json *
world_disk_read (struct world *world, const struct world_record *record)
{
    struct record chosen;
    if (!record_choose (record, &chosen)) {
        world_fail (world, "no good record under %s", record->key);
        return NULL;
    }
    struct json *json = json_parse (chosen.body, chosen.body_size, NULL);
    json_set_number (json, "generation", (int64_t) chosen.generation);
    return json;
}

/* ---- Sessions, in both places ------------------------------------------------------------------- */

static struct world_record *
session_record (struct world *world, const char *key, const char *id, bool archived)
{
    char name[KEYS_SIZE];
    int err =
        archived ? keys_archive (name, key, id, NULL) : keys_session_prefix (name, key, id, NULL);
    struct world_record *record = err ? NULL : record_find (&world->store, name);
    return record && record->bytes[0] ? record : NULL;
}

struct json *
world_disk_session (struct world *world, const char *key, const char *id, bool archived)
{
    const struct world_record *record = session_record (world, key, id, archived);
    return record ? world_disk_read (world, record) : NULL;
}

bool
world_disk_is_open (struct world *world, const char *id)
{
    bool open = false;
    for (size_t index = 0; !open && index < world->store.record_count; index++) {
        const struct world_record *record = &world->store.records[index];
        bool meant = strncmp (record->key, KEYS_SESSIONS, strlen (KEYS_SESSIONS)) == 0
                     && record->bytes[0] && strstr (record->key, id);
        struct json *json = meant ? world_disk_read (world, record) : NULL;
        open = json_get_bool (json, "open", false);
        json_destroy (&json);
    }
    return open;
}

int64_t
world_disk_anywhere (struct world *world, const char *id, int *places)
{
    int64_t newest = -1;
    *places = 0;
    for (size_t index = 0; index < world->store.record_count; index++) {
        const struct world_record *record = &world->store.records[index];
        bool session = strncmp (record->key, KEYS_SESSIONS, strlen (KEYS_SESSIONS)) == 0;
        bool archived = strncmp (record->key, KEYS_ARCHIVE, strlen (KEYS_ARCHIVE)) == 0;
        if (!record->bytes[0] || (!session && !archived) || !strstr (record->key, id))
            continue;
        struct json *json = world_disk_read (world, record);
        int64_t text = json_get_number (json_get (json, "context"), "text", -1);
        newest = text > newest ? text : newest;
        *places += session;
        json_destroy (&json);
    }
    return newest;
}

int64_t
world_disk_text (struct world *world, const char *key, const char *id, bool archived)
{
    struct json *json = world_disk_session (world, key, id, archived);
    int64_t text = json_get_number (json_get (json, "context"), "text", -1);
    json_destroy (&json);
    return text;
}

/* ---- The archive ---------------------------------------------------------------------------------- */

static void
archive_put (struct world *world, const char *key, const char *id, const char *about, int64_t at_us)
{
    char name[KEYS_SIZE];
    struct world_record *record = session_record (world, key, id, false);
    struct json *json = world_disk_read (world, record), *archived = json_parse_text (about);
    json_set (json, "generation", NULL);
    json_set (json, "archived", archived);
    char *body = json_print (json);
    uint64_t generation = record->generations[0];
    record_clear (record);
    keys_archive (name, key, id, NULL);
    record = record_make (&world->store, name);
    record_clear (record);
    record_write (world, record, name, body, generation);
    free (body);
    json_destroy (&json);
    world_session_archived (world, id, at_us);
}

static void
archive_back (struct world *world, const char *key, const char *id)
{
    char name[KEYS_SIZE];
    struct world_record *record = session_record (world, key, id, true);
    struct json *json = world_disk_read (world, record);
    bool was_open = json_get_bool (json, "open", false);
    record_clear (record);
    json_set (json, "archived", NULL);
    json_set (json, "generation", NULL);
    json_set_text (json, "state", stui_session_state_word (STUI_SESSION_STORED));
    json_set_bool (json, "open", false);
    if (was_open)
        json_set_bool (json, "left_there", true);
    char *body = json_print (json);
    keys_session_prefix (name, key, id, NULL);
    struct store_write write = {.kind = STORE_WRITE_SESSION, .subject = name, .body = body};
    world_disk_write (world, &write);
    free (body);
    json_destroy (&json);
}

/* As arrival_body and store_archive_carry have it: under another image's key from then on. */
static void
archive_carry (struct world *world, const char *key, const char *id, const char *about_text)
{
    char name[KEYS_SIZE];
    struct json *about = json_parse_text (about_text);
    const char *to = json_get_text (about, "to");
    struct world_record *record = session_record (world, key, id, false);
    struct json *json = world_disk_read (world, record);
    bool was_open = json_get_bool (json, "open", false);
    uint64_t generation = record->generations[0];
    record_clear (record);
    json_set (json, "generation", NULL);
    json_set_text (json, "state", stui_session_state_word (STUI_SESSION_STORED));
    json_set_bool (json, "open", false);
    if (!json_get_bool (about, "same", false))
        json_set (json, "left_there", NULL);
    else if (was_open)
        json_set_bool (json, "left_there", true);
    json_set_text (json, "image_id", to);
    json_set_text (json, "image", json_get_text (about, "image"));
    json_set (json, "adopted_from", json_take (about, "from"));
    char *body = json_print (json);
    keys_session_prefix (name, to, id, NULL);
    record = record_make (&world->store, name);
    if (record->generations[0] < generation)
        record->generations[0] = generation;
    struct store_write write = {.kind = STORE_WRITE_SESSION, .subject = name, .body = body};
    world_disk_write (world, &write);
    world_session_carried (world, id, to, json_get_text (about, "image"));
    free (body);
    json_destroy (&json);
    json_destroy (&about);
}

static void
archive_do (struct world *world, enum msg_verb verb, const char *key, const char *id,
            const char *about, int64_t at_us)
{
    world_trace (world, "the disk has done %s of %s", msg_word (verb), id);
    if (verb == MSG_ARCHIVE)
        archive_put (world, key, id, about, at_us);
    else if (verb == MSG_ARCHIVE_UNDO)
        archive_back (world, key, id);
    else if (verb == MSG_SESSION_CARRY)
        archive_carry (world, key, id, about);
    else {
        struct world_record *record = session_record (world, key, id, true);
        if (record)
            record_clear (record);
        if (!session_record (world, key, id, false))
            world_session_deleted (world, id);
    }
    world_image_leftovers (world);
}

/* Whether the image that ABOUT names has a session ID. */
static bool
carry_is_taken (struct world *world, const char *id, const char *about_text)
{
    char name[KEYS_SIZE];
    struct json *about = json_parse_text (about_text);
    const char *to = json_get_text (about, "to");
    keys_session_prefix (name, to, id, NULL);
    bool taken = session_record (world, to, id, false)
                 || store_policy_find (&world->store.policy, name) != NULL;
    json_destroy (&about);
    return taken;
}

/* Why MSG cannot be done; NULL: it can. */
static const char *
archive_refusal (struct world *world, const struct msg *msg)
{
    char name[KEYS_SIZE];
    const char *key = msg_text (msg, 0), *id = msg_text (msg, 1);
    const struct world_record *record = session_record (world, key, id, false);
    keys_session_prefix (name, key, id, NULL);
    bool waits = store_policy_find (&world->store.policy, name) != NULL;
    bool leaves = msg->verb == MSG_ARCHIVE || msg->verb == MSG_SESSION_CARRY;
    if (leaves && !record)
        return "there is no such session any more";
    if (leaves && (waits || record->generations[0] != msg_number (msg, 2)))
        return "it has been changed meanwhile";
    if (msg->verb == MSG_SESSION_CARRY && carry_is_taken (world, id, msg_text (msg, 3)))
        return "that image has one already";
    if (msg->verb == MSG_ARCHIVE_UNDO && (record || waits))
        return "it is there already";
    if (msg->verb == MSG_ARCHIVE_UNDO && !session_record (world, key, id, true))
        return "it is not in the archive";
    return NULL;
}

const char *
world_archive_step (struct world *world, const struct msg *msg)
{
    struct world_store *store = &world->store;
    bool leaves = msg->verb == MSG_ARCHIVE || msg->verb == MSG_SESSION_CARRY;
    const char *about = leaves ? msg_text (msg, 3) : "{}";
    const char *why = archive_refusal (world, msg);
    if (why)
        return why;
    /* Returns are few: so one in ten meets a disk that fails just then. */
    bool few = msg->verb == MSG_ARCHIVE_UNDO || msg->verb == MSG_SESSION_CARRY;
    bool unlucky = few && !world->calm && world_chance (world, 10);
    if (!store->broken && !store->limbo && !unlucky) {
        archive_do (world, msg->verb, msg_text (msg, 0), msg_text (msg, 1), about,
                    world_ran_us (world));
        return NULL;
    }
    /* Whether it is there after all the next opening shows; until then nothing can be written. */
    if (!store->limbo && world_chance (world, 50)) {
        store->limbo_us = world_ran_us (world);
        store->limbo = leaves ? msg_new ("", msg->verb, 0, msg_text (msg, 0), msg_text (msg, 1),
                                         msg_number (msg, 2), about)
                              : msg_new ("", msg->verb, 0, msg_text (msg, 0), msg_text (msg, 1));
    }
    return "the disk is full";
}

void
world_archive_settle (struct world *world)
{
    struct msg *msg = world->store.limbo;
    world->store.limbo = NULL;
    if (msg && !archive_refusal (world, msg))
        archive_do (world, msg->verb, msg_text (msg, 0), msg_text (msg, 1),
                    msg->verb == MSG_ARCHIVE || msg->verb == MSG_SESSION_CARRY ? msg_text (msg, 3)
                                                                               : "{}",
                    world->store.limbo_us);
    msg_destroy (&msg);
}

struct json *
world_archive_list (struct world *world)
{
    struct json *sessions = json_array ();
    for (size_t index = 0; index < world->store.record_count; index++) {
        const struct world_record *record = &world->store.records[index];
        if (strncmp (record->key, KEYS_ARCHIVE, strlen (KEYS_ARCHIVE)) != 0 || !record->bytes[0])
            continue;
        struct json *json = world_disk_read (world, record);
        if (session_record (world, json_get_text (json, "image_id"),
                            json_get_text (json, "session_id"), false))
            json_set_bool (json, "live", true);
        json_set (json, "context", NULL);
        json_push (sessions, json);
    }
    return sessions;
}
