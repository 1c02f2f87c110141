/* saves.c: saves of 64 supervisors at once, synced, through the store actor and its grouping,
 * beside LevelDB's own synced batches of the same records, 64 a batch, in turns.
 *
 * A save passes three threads and its answer as many, a batch of LevelDB's none: on a machine that is
 * busy with other things each waits for the CPU. The row beside is what is ours alone: all of them go
 * before the rest of the machine (SCHED_FIFO), where we may ask for that. A disk stalls now and then,
 * for either: medians.
 */

#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <leveldb/c.h>
#include <sched.h>
#include <stui/actor.h>

#include "actors/registry.h"
#include "actors/store.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"

enum { SUPERVISORS = 64, ROUNDS = 50, RECORD_BYTES = 1024 };

/* One batch of all records, synced; as fast as the database can. Returns microseconds. */
static int64_t
direct_round (leveldb_t *db, const leveldb_writeoptions_t *options, const char *record, int round)
{
    int64_t start_us = clock_mono_us ();
    leveldb_writebatch_t *batch = leveldb_writebatch_create ();
    for (int index = 0; index < SUPERVISORS; index++) {
        char key[64];
        int length = snprintf (key, sizeof key, "session/image-%d/one/%016x", index, round);
        leveldb_writebatch_put (batch, key, (size_t) length, record, strlen (record));
    }
    char *error = NULL;
    leveldb_write (db, options, batch, &error);
    leveldb_free (error);
    leveldb_writebatch_destroy (batch);
    return clock_mono_us () - start_us;
}

static void
post (zsock_t *sock, struct msg *msg)
{
    mailbox_send (sock, NULL, msg);
    msg_destroy (&msg);
}

/* All saves at once, until each is confirmed. Returns microseconds. */
static int64_t
store_round (zsock_t *mailbox, const char *record, uint64_t *ref)
{
    int64_t start_us = clock_mono_us ();
    for (int index = 0; index < SUPERVISORS; index++) {
        char image[32];
        snprintf (image, sizeof image, "image-%d", index);
        post (mailbox, msg_new ("store", MSG_SESSION_SAVE, ++*ref, image,
                                "00000000-0000-7000-8000-000000000001", record, "{}"));
    }
    for (int confirmed = 0; confirmed < SUPERVISORS;) {
        struct mail mail;
        mailbox_receive (mailbox, 0, &mail);
        confirmed += mail.msg && mail.msg->verb == MSG_OK;
        mail_clear (&mail);
    }
    return clock_mono_us () - start_us;
}

/* The rounds of both in turns, in a profile of their own; medians, in microseconds. */
static bool
measure (const char *record, int64_t *ours_us, int64_t *direct_us)
{
    char dir[] = "/tmp/stui-bench-XXXXXX", state[64], direct[64];
    if (!mkdtemp (dir))
        return false;
    snprintf (state, sizeof state, "%s/profile", dir);
    snprintf (direct, sizeof direct, "%s/direct", dir);
    struct actor_args registry_args = {.name = "registry", .incarnation = 1};
    zactor_t *registry = actor_spawn (registry_actor, &registry_args);
    zsock_t *mailbox = zsock_new (ZMQ_DEALER);
    zsock_set_identity (mailbox, "main#1");
    zsock_connect (mailbox, "%s", ACTOR_SWITCHBOARD);
    post (mailbox, msg_new ("registry", MSG_UP, 0));
    struct store_args extra = {.state_dir = state};
    struct actor_args store_args = {.name = "store", .incarnation = 1, .extra = &extra};
    zactor_t *store = actor_spawn (store_actor, &store_args);
    struct mail opened;
    mailbox_receive (mailbox, 0, &opened);
    mail_clear (&opened);

    leveldb_options_t *options = leveldb_options_create ();
    leveldb_options_set_create_if_missing (options, 1);
    leveldb_writeoptions_t *synced = leveldb_writeoptions_create ();
    leveldb_writeoptions_set_sync (synced, 1);
    char *error = NULL;
    leveldb_t *db = leveldb_open (options, direct, &error);
    int64_t ours[ROUNDS], theirs[ROUNDS];
    uint64_t ref = 0;
    for (int round = 0; db && round < ROUNDS; round++) {
        ours[round] = store_round (mailbox, record, &ref);
        theirs[round] = direct_round (db, synced, record, round);
    }
    if (db) {
        *ours_us = bench_percentile (ours, ROUNDS, 50);
        *direct_us = bench_percentile (theirs, ROUNDS, 50);
        leveldb_close (db);
    }
    leveldb_free (error);
    leveldb_writeoptions_destroy (synced);
    leveldb_options_destroy (options);
    zactor_destroy (&store);
    zactor_destroy (&registry);
    zsock_destroy (&mailbox);
    char *remove = stui_printf ("rm -rf '%s'", dir);
    (void) !system (remove);
    free (remove);
    return db != NULL;
}

void
bench_saves (void)
{
    char text[RECORD_BYTES + 1];
    memset (text, 'x', RECORD_BYTES);
    text[RECORD_BYTES] = '\0';
    char *record = stui_printf ("{\"session_id\":\"00000000-0000-7000-8000-000000000001\","
                                "\"open\":true,\"context\":{\"text\":\"%s\"}}",
                                text);
    const double saves = SUPERVISORS * 1e6;
    struct sched_param first = {.sched_priority = 1}, usual = {0};
    int64_t ours_us, direct_us;
    if (measure (record, &ours_us, &direct_us))
        bench_row_least ("saves of 64 supervisors at once, synced", "/s", saves / (double) ours_us,
                         saves / (double) direct_us, 0.8);
    bool goes_first = sched_setscheduler (0, SCHED_FIFO, &first) == 0;
    if (goes_first && measure (record, &ours_us, &direct_us))
        bench_row_part ("  a save beside LevelDB's batch, before all other work", "us",
                        (double) ours_us / SUPERVISORS, (double) direct_us / SUPERVISORS);
    if (goes_first)
        sched_setscheduler (0, SCHED_OTHER, &usual);
    free (record);
}
