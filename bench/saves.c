/* saves.c: saves of 64 supervisors, synced, through the store actor and its grouping, beside LevelDB's own
 * synced batches of the same changes, in turns: for each save a record as the store writes it, and the oldest of
 * four generations deleted, in a database with the store's options (engine_leveldb). Three ways of saving:
 *
 *   threads   64 threads, as supervisors are, each with a mailbox of its own, save a session, wait until it is
 *             confirmed, and save it again. Beside them 64 threads that each write such changes straight into
 *             LevelDB, synced, and again: it gathers those who wait into one batch itself. Both have as many
 *             threads, which save as often and wait for each save
 *   at once   one thread saves a session of all 64 at the same moment, and nobody saves again before all are
 *             confirmed: what comes is one batch. LevelDB's is of 64 saves as well, made and written by the one
 *             thread that wants it, so nobody waits for anybody there: what is ours around one batch
 *   going on  one thread has two sessions of each supervisor under way and sends one again as soon as it is
 *             confirmed: while a batch is being synced others arrive. LevelDB writes batches of the very sizes
 *             that the store made (counted where the store hands them to LevelDB), in one thread: what is ours
 *             around batches that follow each other
 *
 * The budget is about the first: only there LevelDB does what the store is asked for, to take records of many and to
 * tell each that its own is on the disk. In none is a save compared with a batch of another size that we chose.
 *
 * On a machine that is busy with other things each thread waits for the CPU. The last row is what is ours alone:
 * all of the threads go before the rest of the machine (SCHED_FIFO), where we may ask for that. A disk stalls now
 * and then, for either: medians.
 */

#include "bench.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pthread.h>
#include <sched.h>
#include <stui/actor.h>

#include "actors/engine.h"
#include "actors/keys.h"
#include "actors/records.h"
#include "actors/registry.h"
#include "actors/store.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/digits.h"

enum {
    SUPERVISORS = 64,
    SESSIONS = 2, /* of each, under way, when they go on */
    ROUNDS = 50,
    THREADS_ROUNDS = 150, /* of the threads, whose turns the scheduler deals out */
    EACH_SAVES = 10,      /* of each thread in a round */
    ROUND_SAVES = EACH_SAVES * SUPERVISORS,
    RECORD_BYTES = 1024,
    BATCHES_MAX = 2 * ROUND_SAVES,
    BATCH_MAX =
        2 * SESSIONS * SUPERVISORS, /* saves in one; the store has records of its own to add */
};

struct place;

/* One of the 64 threads; in a round its own, between rounds its place's. */
struct saver {
    struct place *place;
    zsock_t *mailbox; /* owned */
    pthread_t thread;
    char image[32], prefix[KEYS_SIZE];
    uint64_t number, ref;
    uint64_t generation; /* the newest one that was written into LevelDB alone */
    int64_t start_us, end_us;
};

/* What both write into, in a directory of its own. */
struct place {
    char directory[32];
    zactor_t *registry, *store;
    zsock_t *mailbox;
    struct engine *direct; /* owned: LevelDB alone */
    char *value;           /* owned: a record as it lies in the database */
    size_t value_size;
    char session[SESSIONS][STUI_UUID_LEN + 1];
    char *record[SESSIONS]; /* owned; of each of a supervisor's sessions */
    uint64_t ref;
    struct saver savers[SUPERVISORS];
    pthread_barrier_t barrier;     /* of them and who measures */
    void (*task) (struct saver *); /* what they do next; NULL: they end */
};

/* ---- LevelDB alone ------------------------------------------------------------------------------- */

/* One batch of COUNT saves of the supervisors from FIRST on, synced; as fast as the database can: of each the new
 * generation, and away with the one that is too many. */
static void
direct_write (struct place *self, size_t first, size_t count)
{
    struct engine_change changes[2 * BATCH_MAX];
    char keys[2 * BATCH_MAX][KEYS_SIZE];
    size_t used = 0;
    assert (count <= BATCH_MAX);
    for (size_t index = 0; index < count; index++) {
        struct saver *saver = &self->savers[(first + index) % SUPERVISORS];
        uint64_t generation = ++saver->generation;
        digits_hex (stpcpy (keys[used], saver->prefix), generation);
        changes[used] = (struct engine_change){keys[used], self->value, self->value_size};
        used++;
        if (generation <= RECORDS_GENERATIONS)
            continue;
        digits_hex (stpcpy (keys[used], saver->prefix), generation - RECORDS_GENERATIONS);
        changes[used] = (struct engine_change){keys[used], NULL, 0};
        used++;
    }
    engine_leveldb.write (self->direct, changes, used, NULL);
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
    direct_write (self, 0, SUPERVISORS);
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
        direct_write (self, 0, batches[index]);
    *ours_us = middle_us - start_us;
    *direct_us = clock_mono_us () - middle_us;
}

/* ---- Threads ------------------------------------------------------------------------------------- */

static void
saver_through_store (struct saver *self)
{
    const struct place *place = self->place;
    for (int saved = 0; saved < EACH_SAVES;) {
        struct letter letter;
        post (self->mailbox, msg_new ("store", MSG_SESSION_SAVE, ++self->ref, self->image,
                                      place->session[0], place->record[0], "{}"));
        mailbox_take (self->mailbox, 0, &letter);
        const struct msg *answer = letter_msg (&letter);
        saved += answer && answer->verb == MSG_OK && answer->ref == self->ref;
        letter_clear (&letter);
    }
}

static void
saver_direct (struct saver *self)
{
    for (int saved = 0; saved < EACH_SAVES; saved++)
        direct_write (self->place, self->number, 1);
}

/* A thread's life: the place's task, between barriers, until there is none. */
static void *
saver_run (void *argument)
{
    struct saver *self = argument;
    struct place *place = self->place;
    for (;;) {
        pthread_barrier_wait (&place->barrier);
        if (!place->task)
            return NULL;
        self->start_us = clock_mono_us ();
        place->task (self);
        self->end_us = clock_mono_us ();
        pthread_barrier_wait (&place->barrier);
    }
}

/* All threads do TASK: from the first one's first save to the last one's last confirmation. */
static int64_t
savers_do (struct place *self, void (*task) (struct saver *))
{
    int64_t start_us = INT64_MAX, end_us = 0;
    self->task = task;
    pthread_barrier_wait (&self->barrier);
    pthread_barrier_wait (&self->barrier);
    for (int number = 0; number < SUPERVISORS; number++) {
        struct saver *saver = &self->savers[number];
        start_us = saver->start_us < start_us ? saver->start_us : start_us;
        end_us = saver->end_us > end_us ? saver->end_us : end_us;
    }
    return end_us - start_us;
}

static void
round_threads (struct place *self, int64_t *ours_us, int64_t *direct_us)
{
    *ours_us = savers_do (self, saver_through_store);
    *direct_us = savers_do (self, saver_direct);
}

static void
savers_open (struct place *self)
{
    pthread_barrier_init (&self->barrier, NULL, SUPERVISORS + 1);
    for (int number = 0; number < SUPERVISORS; number++) {
        struct saver *saver = &self->savers[number];
        *saver = (struct saver){.place = self, .number = (uint64_t) number};
        snprintf (saver->image, sizeof saver->image, "image-%d", number);
        keys_session_prefix (saver->prefix, saver->image, self->session[0], NULL);
        saver->mailbox = zsock_new (ZMQ_DEALER);
        char id[40];
        snprintf (id, sizeof id, "saver-%d#1", number);
        zsock_set_identity (saver->mailbox, id);
        zsock_connect (saver->mailbox, "%s", ACTOR_SWITCHBOARD);
        post (saver->mailbox, msg_new ("registry", MSG_UP, 0));
        pthread_create (&saver->thread, NULL, saver_run, saver);
    }
}

static void
savers_close (struct place *self)
{
    self->task = NULL;
    pthread_barrier_wait (&self->barrier);
    for (int number = 0; number < SUPERVISORS; number++) {
        pthread_join (self->savers[number].thread, NULL);
        zsock_destroy (&self->savers[number].mailbox);
    }
    pthread_barrier_destroy (&self->barrier);
}

/* ---- All ---------------------------------------------------------------------------------------- */

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
    char key[KEYS_SIZE];
    keys_session (key, "image-0", self->session[0], 1, NULL);
    self->value =
        records_encode (key, self->record[0], false, 1, clock_wall_ms (), &self->value_size);
}

static bool
place_open (struct place *self)
{
    static struct engine_functions counted;
    char state[64], direct[64];
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
    savers_open (self);
    return engine_leveldb.open (direct, &self->direct, NULL) == 0;
}

static void
place_close (struct place *self)
{
    engine_leveldb.close (&self->direct);
    free (self->value);
    savers_close (self);
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
    int64_t ours[THREADS_ROUNDS], theirs[THREADS_ROUNDS];
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
    if (measure (round_threads, THREADS_ROUNDS, &ours_us, &direct_us))
        bench_row_least ("saves of 64 supervisors at once, synced", "/s",
                         ROUND_SAVES * 1e6 / ours_us, ROUND_SAVES * 1e6 / direct_us, 0.8);
    if (measure (round_at_once, ROUNDS, &ours_us, &direct_us))
        bench_row_part ("  64 saves by one thread beside one batch of LevelDB's", "/s",
                        SUPERVISORS * 1e6 / ours_us, SUPERVISORS * 1e6 / direct_us);
    if (measure (round_going_on, ROUNDS / 2, &ours_us, &direct_us))
        bench_row_part ("  2 sessions each that go on, beside such batches", "/s",
                        ROUND_SAVES * 1e6 / ours_us, ROUND_SAVES * 1e6 / direct_us);
    bool goes_first = sched_setscheduler (0, SCHED_FIFO, &first) == 0;
    if (goes_first && measure (round_at_once, ROUNDS, &ours_us, &direct_us))
        bench_row_part ("  a save beside LevelDB's batch, before all other work", "us",
                        ours_us / SUPERVISORS, direct_us / SUPERVISORS);
    if (goes_first)
        sched_setscheduler (0, SCHED_OTHER, &usual);
}
