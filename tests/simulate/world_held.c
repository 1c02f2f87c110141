/* world_held.c: what is held and in doubt: users send, drop and resolve it; and what must hold of it:
 * what was told to be held is on the disk then and in its image's list until a user does
 * something about it, over all crashes; nothing of it runs unasked; what was told to be in doubt,
 * or never to have run, is in the list. */

#include "simulate/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The nonce that PARAMETERS carry; -1. */
static int64_t
nonce_of (const char *parameters)
{
    struct json *json = parameters ? json_parse_text (parameters) : NULL;
    int64_t nonce = json_get_number (json, "nonce", -1);
    json_destroy (&json);
    return nonce;
}

static const struct held_entry *
entry_find (const struct held *held, int64_t nonce)
{
    for (size_t index = 0; index < held->count; index++)
        if (nonce_of (held->items[index]->parameters) == nonce)
            return held->items[index];
    return NULL;
}

/* ---- What users do ------------------------------------------------------------------------------------ */

static void
ask_send (struct world *world, int index, int image, const char *to, const struct held_entry *entry,
          uint64_t nonce)
{
    static const int64_t waits[] = {0, 500, 20000};
    uint64_t ref;
    char tag[32];
    struct world_question *question = world_question_new (world, index, image, MSG_HELD_SEND, &ref);
    question->about = nonce + 1;
    world->questions[nonce].sends++;
    snprintf (tag, sizeof tag, "send-%llu", (unsigned long long) ref);
    world_send (world, world->terminals[index].id,
                msg_new (to, MSG_HELD_SEND, ref, entry->id,
                         (uint64_t) waits[world_between (world, 0, 2)], tag, (uint64_t) 1));
}

static void
ask_forget (struct world *world, int index, int image, const char *to,
            const struct held_entry *entry, uint64_t nonce)
{
    uint64_t ref;
    world_question_new (world, index, image, MSG_HELD_DROP, &ref);
    world->questions[nonce].dropped = true;
    world_send (world, world->terminals[index].id, msg_new (to, MSG_HELD_DROP, ref, entry->id));
}

static void
ask_resolve (struct world *world, int index, int image, const char *to,
             const struct held_entry *entry, uint64_t nonce)
{
    static const char *const ways[] = {"ran", "not-ran", "again"};
    uint64_t ref;
    int64_t way = world_between (world, 0, 2);
    world_question_new (world, index, image, MSG_DOUBT_RESOLVE, &ref);
    world->questions[nonce].agains += way == 2;
    world->questions[nonce].dropped = world->questions[nonce].dropped || way != 2;
    world_send (world, world->terminals[index].id,
                msg_new (to, MSG_DOUBT_RESOLVE, ref, entry->id, ways[way]));
}

void
world_held_ask (struct world *world, int index, int image, const char *to)
{
    const struct world_node *node = world_node_of_image (world, image);
    if (!node || node->super->pure.held.count == 0)
        return;
    const struct held *held = &node->super->pure.held;
    /* Often the newest: whoever asked for it may not have been told yet what became of it. */
    int64_t last = (int64_t) held->count - 1;
    const struct held_entry *entry =
        held->items[world_between (world, world_chance (world, 40) ? last : 0, last)];
    int64_t nonce = nonce_of (entry->parameters);
    if (nonce < 0)
        return;
    if (held_is_doubtful (entry))
        ask_resolve (world, index, image, to, entry, (uint64_t) nonce);
    else if (entry->state == HELD_STATE_HELD && world_chance (world, 70))
        ask_send (world, index, image, to, entry, (uint64_t) nonce);
    else if (entry->state == HELD_STATE_HELD && world_chance (world, 40))
        ask_forget (world, index, image, to, entry, (uint64_t) nonce);
}

void
world_held_take (struct world *world, const struct world_question *question, const struct msg *msg)
{
    static const char *const unsent[] = {"NeverRun", "Unreachable", "StorageError", "Stopping",
                                         "QueueFull"};
    struct world_question *about = &world->questions[question->about - 1];
    struct json *result = msg->verb == MSG_OK ? json_parse_text (msg_text (msg, 0)) : NULL;
    if (result && json_get_number (result, "result", -1) != (int64_t) question->about - 1)
        world_fail (world, "what was held as question %llu got another one's answer",
                    (unsigned long long) question->about - 1);
    if (result && about->runs == 0)
        world_fail (world, "question %llu was held, sent, answered ok and never ran",
                    (unsigned long long) question->about - 1);
    json_destroy (&result);
    for (size_t index = 0; msg->verb == MSG_ERROR && index < sizeof unsent / sizeof *unsent;
         index++)
        if (strcmp (msg_text (msg, 0), unsent[index]) == 0) {
            about->sends--;
            if (about->runs > 0 && about->agains == 0 && about->sends == 0)
                world_fail (world, "question %llu was held and ran, and was answered %s",
                            (unsigned long long) question->about - 1, unsent[index]);
        }
}

/* ---- What must hold ------------------------------------------------------------------------------------- */

static bool
disk_has (struct world *world, const char *name, int64_t nonce)
{
    struct json *record = world_store_held (world, name);
    struct held held = {0};
    held_load (&held, record);
    bool found = entry_find (&held, nonce) != NULL;
    held_fini (&held);
    json_destroy (&record);
    return found;
}

void
world_held_check_answer (struct world *world, const struct world_super *super,
                         const struct msg *msg)
{
    if (msg->verb != MSG_ERROR || msg->ref == 0 || msg->ref > world->question_count
        || strncmp (msg->peer, "terminal/", strlen ("terminal/")) != 0)
        return;
    const struct world_question *question = &world->questions[msg->ref - 1];
    uint64_t nonce = question->about ? question->about - 1 : msg->ref - 1;
    const char *type = msg_text (msg, 0);
    const struct held *held = &super->pure.held;
    const struct held_entry *entry = entry_find (held, (int64_t) nonce);
    /* Or it was when this went: what was answered since has given its place up. */
    bool full = held->count + STUI_IMAGE_ROOM >= HELD_ALL_MAX;
    if (!question->evaluation && question->verb != MSG_HELD_SEND)
        return;
    if (strcmp (type, "Held") == 0 && !disk_has (world, super->pure.name, (int64_t) nonce))
        world_fail (world, "question %llu is said to be held, and is not on the disk",
                    (unsigned long long) nonce);
    if (strcmp (type, "Held") == 0 && !entry)
        world_fail (world, "question %llu is said to be held, and was dropped",
                    (unsigned long long) nonce);
    if (strcmp (type, "NeverRun") == 0 && (!entry || entry->state != HELD_STATE_HELD) && !full)
        world_fail (world, "question %llu never ran, and is not held", (unsigned long long) nonce);
    if (strcmp (type, "InDoubt") == 0 && (!entry || entry->state == HELD_STATE_HELD) && !full)
        world_fail (world, "question %llu is in doubt, and is not listed",
                    (unsigned long long) nonce);
}

bool
world_held_is_kept (struct world *world, char *why, size_t size)
{
    for (size_t index = 0; index < world->question_count; index++) {
        const struct world_question *question = &world->questions[index];
        if (question->verdict != WORLD_HELD || question->verb == MSG_AWAIT || question->dropped
            || question->sends > 0)
            continue;
        const struct world_node *node = world_node_of_image (world, question->image);
        const char *name = world->list[question->image].name;
        if (!node || !entry_find (&node->super->pure.held, (int64_t) index)
            || !disk_has (world, name, (int64_t) index)) {
            snprintf (why, size, "question %zu was said to be held, and %s does not have it", index,
                      name);
            return false;
        }
    }
    return true;
}
