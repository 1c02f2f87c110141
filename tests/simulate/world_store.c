/* world_store.c: the store on a modelled disk, under the real store_policy and records. A batch
 * takes time; one that fails may be on the disk or not; what was answered is. As store.c does,
 * it serves what came while it wrote, then writes again. */

#include "simulate/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/keys.h"
#include "actors/records.h"
#include "runtime/alloc.h"

static const char store_id[] = "store#1";
static const char client_id[] = "01234567-89ab-7cde-8f01-23456789abcd";

/* ---- The disk ---------------------------------------------------------------------------------- */

static struct world_record *
disk_find (const struct world_store *store, const char *key)
{
    for (size_t index = 0; index < store->record_count; index++)
        if (strcmp (store->records[index].key, key) == 0)
            return &store->records[index];
    return NULL;
}

static void
disk_write (struct world *world, const struct store_write *write)
{
    struct world_store *store = &world->store;
    if (write->kind == STORE_WRITE_EVENT)
        return;
    if (write->kind == STORE_WRITE_IDENTITY) {
        json_destroy (&store->counters_synced);
        store->counters_synced = json_copy (store->counters);
        return;
    }
    struct world_record *record = disk_find (store, write->subject);
    if (!record) {
        stui_grow (&store->records, &store->record_capacity, store->record_count,
                   sizeof *store->records);
        record = &store->records[store->record_count++];
        *record = (struct world_record){.key = stui_strdup (write->subject)};
    }
    free (record->bytes[2]);
    for (int index = 2; index > 0; index--) {
        record->bytes[index] = record->bytes[index - 1];
        record->sizes[index] = record->sizes[index - 1];
        record->generations[index] = record->generations[index - 1];
    }
    record->generations[0]++;
    char key[KEYS_SIZE + 32];
    snprintf (key, sizeof key, "%s%016llx", record->key,
              (unsigned long long) record->generations[0]);
    record->bytes[0] = records_encode (key, write->body, false, record->generations[0],
                                       world_wall_ms (world), &record->sizes[0]);
}

/* The newest good body under RECORD, as a tree; caller owns. */
static struct json *
disk_read (struct world *world, const struct world_record *record)
{
    struct records_candidate candidates[3];
    enum records_verdict verdicts[3];
    struct record chosen;
    size_t count = 0;
    for (int index = 3; index-- > 0;) /* oldest first */
        if (record->bytes[index])
            candidates[count++] = (struct records_candidate){
                record->bytes[index], record->sizes[index], record->generations[index]};
    if (records_choose (record->key, candidates, count, verdicts, &chosen) < 0) {
        world_fail (world, "no good record under %s", record->key);
        return NULL;
    }
    struct json *json = json_parse (chosen.body, chosen.body_size, NULL);
    json_set_number (json, "generation", (int64_t) chosen.generation);
    return json;
}

/* The stored record of session ID under KEY, or NULL; caller owns. */
static struct json *
disk_session (struct world *world, const char *key, const char *id)
{
    char prefix[KEYS_SIZE];
    const struct world_record *record = NULL;
    if (keys_session_prefix (prefix, key, id, NULL) == 0)
        record = disk_find (&world->store, prefix);
    return record ? disk_read (world, record) : NULL;
}

bool
world_store_is_open (struct world *world, const char *key, const char *id)
{
    struct json *json = disk_session (world, key, id);
    bool open = json_get_bool (json, "open", false);
    json_destroy (&json);
    return open;
}

int64_t
world_store_text (struct world *world, const char *key, const char *id)
{
    struct json *json = disk_session (world, key, id);
    int64_t text = json_get_number (json_get (json, "context"), "text", -1);
    json_destroy (&json);
    return text;
}

/* ---- Answers ------------------------------------------------------------------------------------- */

static void
answer (struct world *world, const struct msg *request, struct json *result)
{
    char *text = json_print (result);
    world_send (world, store_id, msg_ok (request, text));
    free (text);
    json_destroy (&result);
}

static void
refuse (struct world *world, const struct msg *request)
{
    world_send (world, store_id, msg_error (request, STUI_E_STORAGE, "the disk is full", NULL));
}

static struct msg
ticket_request (const struct store_ticket *ticket)
{
    struct msg request = {.ref = ticket->ref};
    snprintf (request.peer, sizeof request.peer, "%s", ticket->peer);
    return request;
}

static void
tickets_refuse (struct world *world)
{
    struct store_policy *policy = &world->store.policy;
    for (size_t index = 0; index < policy->count; index++)
        for (size_t at = 0; at < policy->writes[index].ticket_count; at++) {
            struct msg request = ticket_request (&policy->writes[index].tickets[at]);
            refuse (world, &request);
        }
    store_policy_failed (policy, world->now_us / WORLD_MS);
}

/* ---- Writing --------------------------------------------------------------------------------------- */

static void store_turn (struct world *world);

/* What is on the disk may be told to a terminal as saved from here on. */
static void
write_promise (struct world *world, const struct store_write *write)
{
    if (write->kind != STORE_WRITE_SESSION)
        return;
    struct json *record = json_parse_text (write->body);
    world_promise (world, json_get_text (record, "session_id"), json_get_text (record, "image_id"),
                   json_get_number (json_get (record, "context"), "text", -1));
    json_destroy (&record);
}

static void
store_written (struct world *world, struct world_event *event)
{
    (void) event;
    struct world_store *store = &world->store;
    struct store_policy *policy = &store->policy;
    store->busy = false;
    bool failed = store->broken;
    for (size_t index = 0; index < policy->batch && (!failed || event->number); index++)
        disk_write (world, &policy->writes[index]);
    if (failed) {
        world_trace (world, "the store failed to write");
        tickets_refuse (world);
    }
    else {
        for (size_t index = 0; index < policy->batch; index++) {
            const struct store_write *write = &policy->writes[index];
            if (write->ticket_count > 0)
                write_promise (world, write);
            for (size_t at = 0; at < write->ticket_count; at++) {
                struct msg request = ticket_request (&write->tickets[at]);
                const char *result = write->tickets[at].result;
                world_send (world, store_id,
                            msg_ok (&request, result ? result : "{\"generation\":1}"));
            }
        }
        store_policy_committed (policy);
    }
    store_turn (world);
}

static void
store_reopened (struct world *world, struct world_event *event)
{
    (void) event;
    world->store.busy = false;
    world->store.closed = world->store.broken;
    if (world->store.broken)
        tickets_refuse (world);
    else
        store_policy_reopened (&world->store.policy, 0);
    store_turn (world);
}

static void
store_timer (struct world *world, struct world_event *event)
{
    (void) event;
    world->store.timer_us = STUI_NEVER;
    store_turn (world);
}

static void
store_step (struct world *world)
{
    struct world_store *store = &world->store;
    enum store_policy_action action =
        store_policy_next (&store->policy, false, world->now_us / WORLD_MS);
    if (action == STORE_POLICY_WAIT) {
        int64_t due_ms = store_policy_deadline_ms (&store->policy);
        if (due_ms == STUI_NEVER || due_ms * WORLD_MS >= store->timer_us)
            return;
        store->timer_us = due_ms * WORLD_MS;
        world_push (world, (struct world_event){.at_us = store->timer_us,
                                                .run = store_timer,
                                                .epoch = world->epoch});
        return;
    }
    store->busy = true;
    int64_t worst = world_chance (world, 15) ? 300 * WORLD_MS : 5 * WORLD_MS;
    world_push (world, (struct world_event){
                           .at_us = world->now_us + world_between (world, 500, worst),
                           .run = action == STORE_POLICY_COMMIT ? store_written : store_reopened,
                           .epoch = world->epoch,
                           .number = world_chance (world, 50)});
}

/* Takes TICKET for MSG; RESULT (may be NULL) is copied. */
static void
store_put (struct world *world, const struct msg *msg, enum store_write_kind kind,
           const char *subject, char *body, const char *result)
{
    struct store_ticket ticket = {.ref = msg->ref, .result = result ? stui_strdup (result) : NULL};
    snprintf (ticket.peer, sizeof ticket.peer, "%s", msg->peer);
    if (!store_policy_put (&world->store.policy, kind, subject, &body, &ticket,
                           world->now_us / WORLD_MS))
        refuse (world, msg);
    free (ticket.result);
}

/* ---- Verbs ------------------------------------------------------------------------------------------- */

static void
take_claim (struct world *world, const struct msg *msg)
{
    struct world_store *store = &world->store;
    if (store->policy.state != STORE_POLICY_HEALTHY) {
        refuse (world, msg);
        return;
    }
    int64_t counter = json_get_number (store->counters, msg_text (msg, 0), 0) + 1;
    json_set_number (store->counters, msg_text (msg, 0), counter);
    char *result = stui_printf ("{\"client_id\":\"%s\",\"generation\":%lld,\"counter\":%lld}",
                                client_id, (long long) store->generation, (long long) counter);
    store_put (world, msg, STORE_WRITE_IDENTITY, KEYS_IDENTITY, NULL, result);
    free (result);
}

static void
take_image_load (struct world *world, const struct msg *msg)
{
    char key[KEYS_SIZE];
    keys_image (key, msg_text (msg, 0), NULL);
    const struct store_write *waiting = store_policy_find (&world->store.policy, key);
    const struct world_record *record = disk_find (&world->store, key);
    struct json *result = json_object ();
    json_set (result, "image",
              waiting  ? json_parse_text (waiting->body)
              : record ? disk_read (world, record)
                       : json_null ());
    answer (world, msg, result);
}

struct json *
world_store_held (struct world *world, const char *name)
{
    char key[KEYS_SIZE];
    keys_held (key, name, NULL);
    const struct world_record *record = disk_find (&world->store, key);
    return record ? disk_read (world, record) : NULL;
}

static void
take_held_load (struct world *world, const struct msg *msg)
{
    char key[KEYS_SIZE];
    keys_held (key, msg_text (msg, 0), NULL);
    const struct store_write *waiting = store_policy_find (&world->store.policy, key);
    struct json *held =
        waiting ? json_parse_text (waiting->body) : world_store_held (world, msg_text (msg, 0));
    struct json *result = json_object ();
    json_set (result, "held", held ? held : json_null ());
    answer (world, msg, result);
}

static void
take_sessions_load (struct world *world, const struct msg *msg)
{
    struct world_store *store = &world->store;
    char prefix[KEYS_SIZE];
    keys_session_prefix (prefix, msg_text (msg, 0), NULL, NULL);
    size_t length = strlen (prefix);
    struct json *sessions = json_array ();
    for (size_t index = 0; index < store->record_count; index++)
        if (strncmp (store->records[index].key, prefix, length) == 0
            && !store_policy_find (&store->policy, store->records[index].key))
            json_push (sessions, disk_read (world, &store->records[index]));
    for (size_t index = 0; index < store->policy.count; index++)
        if (strncmp (store->policy.writes[index].subject, prefix, length) == 0)
            json_push (sessions, json_parse_text (store->policy.writes[index].body));
    struct json *result = json_object ();
    json_set (result, "sessions", sessions);
    json_set_number (result, "damaged", 0);
    answer (world, msg, result);
}

static void
take_session_save (struct world *world, const struct msg *msg)
{
    char prefix[KEYS_SIZE];
    if (keys_session_prefix (prefix, msg_text (msg, 0), msg_text (msg, 1), NULL) != 0)
        world_fail (world, "%s saves under no key", msg->peer);
    else
        store_put (world, msg, STORE_WRITE_SESSION, prefix, stui_strdup (msg_text (msg, 2)), NULL);
}

static void
store_serve (struct world *world, const struct msg *msg)
{
    bool reads =
        msg->verb == MSG_IMAGE_LOAD || msg->verb == MSG_SESSIONS_LOAD || msg->verb == MSG_HELD_LOAD;
    if (reads && world->store.closed)
        refuse (world, msg);
    else if (msg->verb == MSG_CLAIM_NEXT)
        take_claim (world, msg);
    else if (msg->verb == MSG_IMAGE_LOAD)
        take_image_load (world, msg);
    else if (msg->verb == MSG_SESSIONS_LOAD)
        take_sessions_load (world, msg);
    else if (msg->verb == MSG_SESSION_SAVE)
        take_session_save (world, msg);
    else if (msg->verb == MSG_HELD_LOAD)
        take_held_load (world, msg);
    else if (msg->verb == MSG_HELD_SAVE) {
        char key[KEYS_SIZE];
        keys_held (key, msg_text (msg, 0), NULL);
        store_put (world, msg, STORE_WRITE_HELD, key, stui_strdup (msg_text (msg, 1)), "{}");
    }
    else if (msg->verb == MSG_IMAGE_SAVE) {
        char key[KEYS_SIZE];
        keys_image (key, msg_text (msg, 0), NULL);
        store_put (world, msg, STORE_WRITE_IMAGE, key, stui_strdup (msg_text (msg, 1)), NULL);
    }
    else if (msg->verb == MSG_CONNECTION_SAVE) {
        char key[KEYS_SIZE];
        keys_last (key, msg_text (msg, 0), NULL);
        store_put (world, msg, STORE_WRITE_META, key, stui_strdup (msg_text (msg, 1)), NULL);
    }
    else if (msg->verb == MSG_EVENTS_PUT)
        store_put (world, msg, STORE_WRITE_EVENT, "", stui_strdup (msg_text (msg, 0)), NULL);
}

/* Serves what came, then writes when that is due. */
static void
store_turn (struct world *world)
{
    struct world_store *store = &world->store;
    if (store->busy)
        return;
    for (size_t index = 0; index < store->inbox_count; index++) {
        store_serve (world, store->inbox[index]);
        msg_destroy (&store->inbox[index]);
    }
    store->inbox_count = 0;
    store_step (world);
}

void
world_store_take (struct world *world, const struct msg *msg)
{
    struct world_store *store = &world->store;
    stui_grow (&store->inbox, &store->inbox_capacity, store->inbox_count, sizeof *store->inbox);
    const char *fields[MSG_FIELDS_MAX];
    for (int index = 0; index < msg->field_count; index++)
        fields[index] = msg->fields[index];
    char ref[32];
    snprintf (ref, sizeof ref, "%llu", (unsigned long long) msg->ref);
    store->inbox[store->inbox_count++] =
        msg_from_texts (msg->peer, msg_word (msg->verb), ref, fields, msg->field_count, NULL);
    store_turn (world);
}

/* ---- Its life ------------------------------------------------------------------------------------------ */

static void
store_opens (struct world *world, struct world_event *event)
{
    (void) event;
    struct world_store *store = &world->store;
    if (store->broken) {
        world_push (world, (struct world_event){.at_us = world->now_us + 300 * WORLD_MS,
                                                .run = store_opens,
                                                .epoch = world->epoch});
        return;
    }
    int64_t seconds = world_wall_ms (world) / 1000;
    int64_t next = store->generation_synced + 1;
    store->generation = store->generation_synced = next > seconds ? next : seconds;
    world_send (world, store_id,
                msg_new ("registry", MSG_OPENED, 0, client_id, (uint64_t) store->generation));
}

void
world_store_start (struct world *world)
{
    struct world_store *store = &world->store;
    store->timer_us = STUI_NEVER;
    store->busy = store->closed = false;
    if (!store->counters_synced)
        store->counters_synced = json_object ();
    store->counters = json_copy (store->counters_synced);
    world_push (world, (struct world_event){.at_us = world->now_us
                                                     + world_between (world, 1000, 50 * WORLD_MS),
                                            .run = store_opens,
                                            .epoch = world->epoch});
}

void
world_store_stop (struct world *world)
{
    struct world_store *store = &world->store;
    if (store->busy && store->policy.batch > 0 && !store->broken && world_chance (world, 50))
        for (size_t index = 0; index < store->policy.batch; index++)
            disk_write (world, &store->policy.writes[index]);
    store_policy_fini (&store->policy);
    json_destroy (&store->counters);
    for (size_t index = 0; index < store->inbox_count; index++)
        msg_destroy (&store->inbox[index]);
    store->inbox_count = 0;
}

void
world_store_fini (struct world_store *store)
{
    for (size_t index = 0; index < store->record_count; index++) {
        free (store->records[index].key);
        for (int at = 0; at < 3; at++)
            free (store->records[index].bytes[at]);
    }
    free (store->records);
    free (store->inbox);
    json_destroy (&store->counters_synced);
}
