/* saves.c: saves of 64 supervisors, synced, through the store actor and its grouping, beside LevelDB's own
 * synced batches of the same records, in turns. Two ways of saving:
 *
 *   at once   all 64 save one session at the same moment, and nobody saves again before all are confirmed:
 *             what comes is one batch, and LevelDB's is of 64 records as well
 *   going on  each supervisor has two sessions under way and sends one again as soon as it is confirmed: while
 *             a batch is being synced others arrive, as they do where people work. LevelDB writes batches of
 *             the very sizes that the store made (counted where the store hands them to LevelDB), so what is
 *             compared is the work around a batch, never its size
 *
 * The budget is about both: the first row is what it was always measured by, the second is nearer to life. In
 * neither is a save compared with a batch of another size.
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

#include "actors/engine.h"
#include "actors/registry.h"
#include "actors/store.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"

enum {
    SUPERVISORS = 64,
    SESSIONS = 2, /* of each, under way, when they go on */
    ROUNDS = 50,
    ROUND_SAVES = 10 * SUPERVISORS, /* of one round of going on */
    RECORD_BYTES = 1024,
    BATCHES_MAX = 2 * ROUND_SAVES,
};

/* What both write into, in a directory of its own. */
struct place {
    char directory[32];
    zactor_t *registry, *store;
    zsock_t *mailbox;
    leveldb_options_t *options;
    leveldb_writeoptions_t *synced;
    leveldb_t *db;
    char session[SESSIONS][STUI_UUID_LEN + 1];
    char *record[SESSIONS]; /* owned; of each of a supervisor's sessions */
    uint64_t ref, key;
};

/* ---- LevelDB alone ------------------------------------------------------------------------------- */

/* One batch of COUNT records, synced; as fast as the database can. */
static void
direct_batch (struct place *self, size_t count)
{
    leveldb_writebatch_t *batch = leveldb_writebatch_create ();
    for (size_t index = 0; index < count; index++) {
        char key[64];
        int length = snprintf (key, sizeof key, "session/image-%zu/one/%016llx",
                               index % SUPERVISORS, (unsigned long long) ++self->key);
        leveldb_writebatch_put (batch, key, (size_t) length, self->record[0],
                                strlen (self->record[0]));
    }
    char *error = NULL;
    leveldb_write (self->db, self->synced, batch, &error);
    leveldb_free (error);
    leveldb_writebatch_destroy (batch);
}

/* ---- Through the store --------------------------------------------------------------------------- */

/* The sizes of the store's batches: of the records in them, not of what is deleted. Written by the store's
 * thread; read while nothing is under way, after the answers, which the switchboard has brought since. */
static size_t batches[BATCHES_MAX];
static size_t batch_count;

static int
write_counted (struct engine *engine, const struct engine_change *changes, size_t count,
               struct stui_cause *cause)
{
    size_t puts = 0;
    for (size_t index = 0; index < count; index++)
        puts += changes[index].value != NULL;
    if (batch_count < BATCHES_MAX)
        batches[batch_count++] = puts;
    return engine_leveldb.write (engine, changes, count, cause);
}

static void
post (zsock_t *sock, struct msg *msg)
{
    mailbox_send (sock, NULL, msg);
    msg_destroy (&msg);
}

/* Saves session PLACE: of supervisor PLACE % SUPERVISORS. Its ref tells which it was. */
static void
save_post (struct place *self, uint64_t place)
{
    char image[32];
    uint64_t which = place / SUPERVISORS;
    snprintf (image, sizeof image, "image-%d", (int) (place % SUPERVISORS));
    self->ref += SUPERVISORS * SESSIONS;
    post (self->mailbox, msg_new ("store", MSG_SESSION_SAVE, self->ref + place, image,
                                  self->session[which], self->record[which], "{}"));
}

/* Waits for the next confirmation; which session's. */
static uint64_t
save_take (struct place *self)
{
    for (;;) {
        struct mail mail;
        mailbox_receive (self->mailbox, 0, &mail);
        bool confirmed = mail.msg && mail.msg->verb == MSG_OK;
        uint64_t place = confirmed ? mail.msg->ref % (SUPERVISORS * SESSIONS) : 0;
        mail_clear (&mail);
        if (confirmed)
            return place;
    }
}

/* All saves at once, until each is confirmed; then LevelDB the same. Microseconds. */
static void
round_at_once (struct place *self, int64_t *ours_us, int64_t *direct_us)
{
    int64_t start_us = clock_mono_us ();
    for (uint64_t place = 0; place < SUPERVISORS; place++)
        save_post (self, place);
    for (int confirmed = 0; confirmed < SUPERVISORS; confirmed++)
        save_take (self);
    int64_t middle_us = clock_mono_us ();
    direct_batch (self, SUPERVISORS);
    *ours_us = middle_us - start_us;
    *direct_us = clock_mono_us () - middle_us;
}

/* Each session is saved again when it is confirmed, until there were ROUND_SAVES; then LevelDB, in batches
 * of the same sizes. Microseconds. */
static void
round_going_on (struct place *self, int64_t *ours_us, int64_t *direct_us)
{
    int sent = SUPERVISORS * SESSIONS;
    batch_count = 0;
    int64_t start_us = clock_mono_us ();
    for (uint64_t place = 0; place < SUPERVISORS * SESSIONS; place++)
        save_post (self, place);
    for (int confirmed = 0; confirmed < ROUND_SAVES; confirmed++) {
        uint64_t place = save_take (self);
        if (sent++ < ROUND_SAVES)
            save_post (self, place);
    }
    int64_t middle_us = clock_mono_us ();
    for (size_t index = 0; index < batch_count; index++)
        direct_batch (self, batches[index]);
    *ours_us = middle_us - start_us;
    *direct_us = clock_mono_us () - middle_us;
}

/* ---- Both ---------------------------------------------------------------------------------------- */

/* The records, as supervisors save them. */
static void
place_records (struct place *self)
{
    char text[RECORD_BYTES + 1];
    memset (text, 'x', RECORD_BYTES);
    text[RECORD_BYTES] = '\0';
    for (int which = 0; which < SESSIONS; which++) {
        snprintf (self->session[which], sizeof self->session[which],
                  "00000000-0000-7000-8000-%012d", which + 1);
        self->record[which] =
            stui_printf ("{\"session_id\":\"%s\",\"open\":true,\"context\":{\"text\":\"%s\"}}",
                         self->session[which], text);
    }
}

static bool
place_open (struct place *self)
{
    static struct engine_functions counted;
    char state[64], direct[64], *error = NULL;
    *self = (struct place){.directory = "/tmp/stui-bench-XXXXXX"};
    if (!mkdtemp (self->directory))
        return false;
    place_records (self);
    snprintf (state, sizeof state, "%s/profile", self->directory);
    snprintf (direct, sizeof direct, "%s/direct", self->directory);
    counted = engine_leveldb;
    counted.write = write_counted;
    struct actor_args registry_args = {.name = "registry", .incarnation = 1};
    self->registry = actor_spawn (registry_actor, &registry_args);
    self->mailbox = zsock_new (ZMQ_DEALER);
    zsock_set_identity (self->mailbox, "main#1");
    zsock_connect (self->mailbox, "%s", ACTOR_SWITCHBOARD);
    post (self->mailbox, msg_new ("registry", MSG_UP, 0));
    struct store_args extra = {.state_dir = state, .engine = &counted};
    struct actor_args store_args = {.name = "store", .incarnation = 1, .extra = &extra};
    self->store = actor_spawn (store_actor, &store_args);
    struct mail opened;
    mailbox_receive (self->mailbox, 0, &opened);
    mail_clear (&opened);
    self->options = leveldb_options_create ();
    leveldb_options_set_create_if_missing (self->options, 1);
    self->synced = leveldb_writeoptions_create ();
    leveldb_writeoptions_set_sync (self->synced, 1);
    self->db = leveldb_open (self->options, direct, &error);
    leveldb_free (error);
    return self->db != NULL;
}

static void
place_close (struct place *self)
{
    if (self->db)
        leveldb_close (self->db);
    leveldb_writeoptions_destroy (self->synced);
    leveldb_options_destroy (self->options);
    zactor_destroy (&self->store);
    zactor_destroy (&self->registry);
    zsock_destroy (&self->mailbox);
    for (int which = 0; which < SESSIONS; which++)
        free (self->record[which]);
    char *remove = stui_printf ("rm -rf '%s'", self->directory);
    (void) !system (remove);
    free (remove);
}

/* COUNT rounds; medians. */
static bool
measure (void (*round) (struct place *, int64_t *, int64_t *), int count, double *ours_us,
         double *direct_us)
{
    int64_t ours[ROUNDS], theirs[ROUNDS];
    struct place place;
    if (!place_open (&place))
        return false;
    for (int index = 0; index < count; index++)
        round (&place, &ours[index], &theirs[index]);
    *ours_us = (double) bench_percentile (ours, (size_t) count, 50);
    *direct_us = (double) bench_percentile (theirs, (size_t) count, 50);
    place_close (&place);
    return true;
}

void
bench_saves (void)
{
    struct sched_param first = {.sched_priority = 1}, usual = {0};
    double ours_us, direct_us;
    if (measure (round_at_once, ROUNDS, &ours_us, &direct_us))
        bench_row_least ("saves of 64 supervisors at once, synced", "/s",
                         SUPERVISORS * 1e6 / ours_us, SUPERVISORS * 1e6 / direct_us, 0.8);
    if (measure (round_going_on, ROUNDS / 2, &ours_us, &direct_us))
        bench_row_least ("saves of 64 supervisors that go on, 2 sessions each", "/s",
                         ROUND_SAVES * 1e6 / ours_us, ROUND_SAVES * 1e6 / direct_us, 0.8);
    bool goes_first = sched_setscheduler (0, SCHED_FIFO, &first) == 0;
    if (goes_first && measure (round_at_once, ROUNDS, &ours_us, &direct_us))
        bench_row_part ("  a save beside LevelDB's batch, before all other work", "us",
                        ours_us / SUPERVISORS, direct_us / SUPERVISORS);
    if (goes_first)
        sched_setscheduler (0, SCHED_OTHER, &usual);
}
