/* world_store.c: the store on a modelled disk (world_disk.c), under the real store_policy and records.
 * A batch takes time; one that fails may be on the disk or not; what was answered is. As store.c
 * does, it serves what came while it wrote, then writes again. */

#include "simulate/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/keys.h"
#include "runtime/alloc.h"

static const char store_id[] = "store#1";
static const char client_id[] = "01234567-89ab-7cde-8f01-23456789abcd";

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
    if (store_policy_failed (policy, world->now_us / WORLD_MS))
        world_send (world, store_id,
                    msg_new ("registry", MSG_STORE_TROUBLE, 0, "the disk is full"));
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
tickets_answer (struct world *world, const struct store_write *write)
{
    const struct world_record *record = world_disk_find (world, write->subject);
    char stored[64];
    snprintf (stored, sizeof stored, "{\"generation\":%llu}",
              (unsigned long long) (record ? record->generations[0] : 0));
    for (size_t at = 0; at < write->ticket_count; at++) {
        struct msg request = ticket_request (&write->tickets[at]);
        const char *result = write->tickets[at].result;
        world_send (world, store_id, msg_ok (&request, result ? result : stored));
    }
}

static void
store_written (struct world *world, struct world_event *event)
{
    (void) event;
    struct world_store *store = &world->store;
    struct store_policy *policy = &store->policy;
    store->busy = false;
    bool failed = store->broken || store->limbo;
    for (size_t index = 0; index < policy->batch && (!failed || (event->number && !store->limbo));
         index++)
        world_disk_write (world, &policy->writes[index]);
    if (failed) {
        world_trace (world, "the store failed to write");
        tickets_refuse (world);
    }
    else {
        for (size_t index = 0; index < policy->batch; index++) {
            const struct store_write *write = &policy->writes[index];
            if (write->ticket_count > 0)
                write_promise (world, write);
            tickets_answer (world, write);
        }
        if (store_policy_committed (policy))
            world_send (world, store_id, msg_new ("registry", MSG_STORE_TROUBLE, 0, ""));
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
    else {
        world_archive_settle (world);
        store_policy_reopened (&world->store.policy, 0);
    }
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

/* What is under KEY, as MEMBER of the answer. */
static void
take_load (struct world *world, const struct msg *msg, const char *key, const char *member)
{
    const struct store_write *waiting = store_policy_find (&world->store.policy, key);
    const struct world_record *record = world_disk_find (world, key);
    struct json *result = json_object ();
    json_set (result, member,
              waiting  ? json_parse_text (waiting->body)
              : record ? world_disk_read (world, record)
                       : json_null ());
    answer (world, msg, result);
}

struct json *
world_store_held (struct world *world, const char *name)
{
    char key[KEYS_SIZE];
    keys_held (key, name, NULL);
    const struct world_record *record = world_disk_find (world, key);
    return record ? world_disk_read (world, record) : NULL;
}

static void
take_sessions_load (struct world *world, const struct msg *msg)
{
    struct world_store *store = &world->store;
    char prefix[KEYS_SIZE] = KEYS_SESSIONS;
    bool all = msg_text (msg, 0)[0] == '\0';
    if (!all)
        keys_session_prefix (prefix, msg_text (msg, 0), NULL, NULL);
    size_t length = strlen (prefix);
    struct json *sessions = json_array ();
    for (size_t index = 0; index < store->record_count; index++)
        if (strncmp (store->records[index].key, prefix, length) == 0
            && store->records[index].bytes[0]
            && !store_policy_find (&store->policy, store->records[index].key))
            json_push (sessions, world_disk_read (world, &store->records[index]));
    for (size_t index = 0; index < store->policy.count; index++)
        if (strncmp (store->policy.writes[index].subject, prefix, length) == 0) {
            struct json *waiting = json_parse_text (store->policy.writes[index].body);
            json_set_bool (waiting, "waiting", true);
            json_push (sessions, waiting);
        }
    struct json *result = json_object ();
    json_set (result, "sessions", sessions);
    json_set_number (result, "damaged", 0);
    answer (world, msg, result);
}

/* Not while it is degraded: what waited until it can write, a session might have been changed by
 * then. */
static void
take_archive (struct world *world, const struct msg *msg)
{
    const char *why = "the disk is full";
    if (world->store.policy.state == STORE_POLICY_HEALTHY)
        why = world_archive_step (world, msg);
    if (msg->verb == MSG_SESSION_CARRY) {
        char prefix[KEYS_SIZE];
        struct json *about = json_parse_text (msg_text (msg, 3));
        keys_session_prefix (prefix, json_get_text (about, "to"), msg_text (msg, 1), NULL);
        store_lines_forget (world->store.lines, prefix);
        json_destroy (&about);
    }
    if (why) {
        world_send (world, store_id, msg_error (msg, STUI_E_STORAGE, why, NULL));
        return;
    }
    struct json *result = json_object ();
    if (msg->verb == MSG_ARCHIVE_UNDO)
        json_set (result, "session",
                  world_disk_session (world, msg_text (msg, 0), msg_text (msg, 1), false));
    if (msg->verb == MSG_SESSION_CARRY) {
        struct json *about = json_parse_text (msg_text (msg, 3));
        json_set (
            result, "session",
            world_disk_session (world, json_get_text (about, "to"), msg_text (msg, 1), false));
        json_destroy (&about);
    }
    answer (world, msg, result);
}

static void
take_archive_list (struct world *world, const struct msg *msg)
{
    struct json *result = json_object ();
    json_set (result, "sessions", world_archive_list (world));
    answer (world, msg, result);
}

static void
take_session_save (struct world *world, const struct msg *msg)
{
    char prefix[KEYS_SIZE];
    struct json *about = json_parse_text (msg_text (msg, 3));
    if (keys_session_prefix (prefix, msg_text (msg, 0), msg_text (msg, 1), NULL) != 0)
        world_fail (world, "%s saves under no key", msg->peer);
    else if (!store_lines_take (world->store.lines, prefix, msg->peer, about)) {
        world_trace (world, "%s is overtaken: session %s", msg->peer, msg_text (msg, 1));
        world_send (world, store_id, msg_error (msg, STUI_E_CONFLICT, "overtaken", NULL));
    }
    else
        store_put (world, msg, STORE_WRITE_SESSION, prefix, stui_strdup (msg_text (msg, 2)), NULL);
    json_destroy (&about);
}

static void
store_read (struct world *world, const struct msg *msg)
{
    char key[KEYS_SIZE];
    if (world->store.closed)
        refuse (world, msg);
    else if (msg->verb == MSG_SESSIONS_LOAD)
        take_sessions_load (world, msg);
    else if (msg->verb == MSG_ARCHIVE_LIST)
        take_archive_list (world, msg);
    else if (msg->verb == MSG_REAPER_LOAD)
        take_load (world, msg, KEYS_REAPER, "reaper");
    else if (msg->verb == MSG_HELD_LOAD && keys_held (key, msg_text (msg, 0), NULL) == 0)
        take_load (world, msg, key, "held");
    else if (keys_image (key, msg_text (msg, 0), NULL) == 0)
        take_load (world, msg, key, "image");
}

/* What is to be under KEY: TEXT, with what is settled there if it does not say. Caller owns. */
static char *
held_body (struct world *world, const char *key, const char *text)
{
    const struct store_write *waiting = store_policy_find (&world->store.policy, key);
    const struct world_record *record = world_disk_find (world, key);
    struct json *list = json_parse_text (text);
    struct json *stored = waiting  ? json_parse_text (waiting->body)
                          : record ? world_disk_read (world, record)
                                   : NULL;
    if (!json_get (list, "settled") && json_get (stored, "settled"))
        json_set (list, "settled", json_copy (json_get (stored, "settled")));
    char *body = json_print (list);
    json_destroy (&stored);
    json_destroy (&list);
    return body;
}

static void
store_serve (struct world *world, const struct msg *msg)
{
    char key[KEYS_SIZE];
    switch (msg->verb) {
    case MSG_IMAGE_LOAD:
    case MSG_SESSIONS_LOAD:
    case MSG_ARCHIVE_LIST:
    case MSG_REAPER_LOAD:
    case MSG_HELD_LOAD:
        store_read (world, msg);
        break;
    case MSG_ARCHIVE:
    case MSG_ARCHIVE_UNDO:
    case MSG_ARCHIVE_DROP:
    case MSG_SESSION_CARRY:
        take_archive (world, msg);
        break;
    case MSG_CLAIM_NEXT:
        take_claim (world, msg);
        break;
    case MSG_SESSION_SAVE:
        take_session_save (world, msg);
        break;
    case MSG_HELD_SAVE:
        keys_held (key, msg_text (msg, 0), NULL);
        store_put (world, msg, STORE_WRITE_HELD, key, held_body (world, key, msg_text (msg, 1)),
                   "{}");
        break;
    case MSG_IMAGE_SAVE:
        keys_image (key, msg_text (msg, 0), NULL);
        store_put (world, msg, STORE_WRITE_IMAGE, key, stui_strdup (msg_text (msg, 1)), NULL);
        break;
    case MSG_CONNECTION_SAVE:
        keys_last (key, msg_text (msg, 0), NULL);
        store_put (world, msg, STORE_WRITE_META, key, stui_strdup (msg_text (msg, 1)), NULL);
        break;
    case MSG_REAPER_SAVE:
        store_put (world, msg, STORE_WRITE_META, KEYS_REAPER, stui_strdup (msg_text (msg, 0)),
                   NULL);
        break;
    case MSG_EVENTS_PUT:
        store_put (world, msg, STORE_WRITE_EVENT, "", stui_strdup (msg_text (msg, 0)), NULL);
        break;
    default:
        break;
    }
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
    store->lines = store_lines_new ();
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
            world_disk_write (world, &store->policy.writes[index]);
    world_archive_settle (world);
    store_policy_fini (&store->policy);
    zhashx_destroy (&store->lines);
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
