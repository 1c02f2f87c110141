/* test_actor.c: the life that every actor shares, seen from a bare switchboard: what is answered
 * when a message is not understood, whom a turn serves first, when an actor ends. The probe is an
 * actor made of what one test wants to watch; it shares memory with the test only where messages
 * order the access. */

#include <stui/actor.h>

#include <semaphore.h>
#include <stdatomic.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "runtime/clock.h"
#include "support/switchboard.h"

enum { PIPES = 2 };

struct probe {
    struct actor *actor; /* owned by its thread */
    struct actor_table table;
    int pipes[PIPES][2]; /* read end, write end */
    int readers[PIPES];
    atomic_int handled; /* messages of the mailbox */
    atomic_int read[PIPES];
    atomic_int turns;
    int handled_before_reader;
    int64_t deadline_ms, called_ms;
    sem_t entered, go; /* the first message's handler waits between the two */
};

static struct switchboard board;
static struct probe probe;
static zactor_t *thread;

static void
probe_actor (zsock_t *pipe, void *args)
{
    struct probe *self = (struct probe *) ((const struct actor_args *) args)->extra;
    self->actor = actor_open (pipe, args);
    actor_ready (self->actor);
    actor_run (self->actor, &self->table, self);
    actor_close (&self->actor, NULL);
}

/* ---- What a probe can do ---------------------------------------------------------------- */

static void
probe_answer (void *owner, const struct msg *msg)
{
    struct probe *self = owner;
    atomic_fetch_add (&self->handled, 1);
    actor_answer (self->actor, msg, NULL);
}

static void
probe_count (void *owner, const struct msg *msg)
{
    (void) msg;
    atomic_fetch_add (&((struct probe *) owner)->handled, 1);
}

/* The first one stops here, so that the test can fill mailbox and pipes meanwhile. */
static void
probe_pause (void *owner, const struct msg *msg)
{
    struct probe *self = owner;
    (void) msg;
    if (atomic_fetch_add (&self->handled, 1) > 0)
        return;
    sem_post (&self->entered);
    sem_wait (&self->go);
}

static void
probe_turn (void *owner)
{
    atomic_fetch_add (&((struct probe *) owner)->turns, 1);
}

static const struct actor_verb answers_retry[] = {{MSG_RETRY, probe_answer}, {0, NULL}};
static const struct actor_verb counts_ticks[] = {
    {MSG_TICK, probe_count}, {MSG_RETRY, probe_answer}, {0, NULL}};
static const struct actor_verb pauses_at_tick[] = {
    {MSG_TICK, probe_pause}, {MSG_RETRY, probe_answer}, {0, NULL}};

static void
setup (void)
{
    switchboard_open (&board);
    sem_init (&probe.entered, 0, 0);
    sem_init (&probe.go, 0, 0);
    for (int index = 0; index < PIPES; index++)
        cr_assert_eq (pipe (probe.pipes[index]), 0);
}

static void
start (struct actor_table table)
{
    probe.table = table;
    thread = switchboard_start (&board, probe_actor, "probe", &probe);
}

static void
teardown (void)
{
    if (thread)
        switchboard_stop (&board, &thread);
    switchboard_close (&board);
    for (int index = 0; index < PIPES; index++) {
        close (probe.pipes[index][0]);
        close (probe.pipes[index][1]);
    }
}

/* Sends bytes that msg_new would not make. */
static void
send_bytes (const char *bytes, size_t size)
{
    zmsg_t *frames = zmsg_new ();
    zmsg_addstrf (frames, "probe#%llu", (unsigned long long) board.incarnations);
    zmsg_addmem (frames, bytes, size);
    cr_assert_eq (zmsg_send (&frames, board.router), 0);
}

/* The same: FROM, then the given words up to NULL. */
static void
send_words (const char *const *words)
{
    char bytes[256] = "test#1";
    size_t size = MSG_PEER_SIZE;
    for (; *words; words++) {
        memcpy (bytes + size, *words, strlen (*words) + 1);
        size += strlen (*words) + 1;
    }
    send_bytes (bytes, size);
}

static void
send_tick (void)
{
    struct msg *tick = msg_new ("registry#1", MSG_TICK, 0, (uint64_t) 1);
    switchboard_send (&board, "probe", &tick);
}

/* The probe has worked through all that was sent before. */
static void
await_retry_answered (void)
{
    struct msg *retry = msg_new ("test#1", MSG_RETRY, 4711);
    struct msg *answer = switchboard_ask (&board, "probe", &retry);
    cr_assert_eq (answer->verb, MSG_OK);
    msg_destroy (&answer);
}

static void
expect_error (uint64_t ref, const char *type)
{
    struct msg *error = switchboard_expect (&board, MSG_ERROR);
    cr_assert_eq (error->ref, ref);
    cr_assert_str_eq (msg_text (error, 0), type, "%s: %s", msg_text (error, 0),
                      msg_text (error, 1));
    cr_assert_str_eq (error->peer, "test#1");
    msg_destroy (&error);
}

/* ---- What is not understood ---------------------------------------------------------------- */

Test (actor, answers_a_verb_that_its_table_lacks, .init = setup, .fini = teardown)
{
    start ((struct actor_table){.verbs = answers_retry});
    struct msg *disable = msg_new ("test#1", MSG_DISABLE, 12);
    switchboard_send (&board, "probe", &disable);
    expect_error (12, "UnknownVerb");
    await_retry_answered ();
}

Test (actor, answers_a_word_that_is_no_verb, .init = setup, .fini = teardown)
{
    start ((struct actor_table){.verbs = answers_retry});
    send_words ((const char *const[]){"frobnicate", "13", "{}", NULL});
    expect_error (13, "UnknownVerb");
    await_retry_answered ();
}

Test (actor, answers_a_request_with_fields_too_many_or_too_few, .init = setup, .fini = teardown)
{
    start ((struct actor_table){.verbs = answers_retry});
    send_words ((const char *const[]){"retry", "14", "a field that retry has not", NULL});
    expect_error (14, "Malformed");
    send_words ((const char *const[]){"interrupt", "15", NULL});
    expect_error (15, "Malformed");
    await_retry_answered ();
}

Test (actor, keeps_silent_on_a_report_that_it_does_not_understand, .init = setup, .fini = teardown)
{
    start ((struct actor_table){.verbs = answers_retry});
    send_tick ();
    send_words ((const char *const[]){"tick", "0", "not", "two", NULL});
    send_words ((const char *const[]){"frobnicate", "0", NULL});
    send_words ((const char *const[]){NULL});
    await_retry_answered (); /* nothing else came before */
}

Test (actor, bytes_that_are_no_message_are_dropped, .init = setup, .fini = teardown)
{
    start ((struct actor_table){.verbs = answers_retry});
    send_bytes ("", 0);
    send_bytes ("\0\0\0\0", 4);
    char cut[MSG_PEER_SIZE + 7] = "test#1";
    memcpy (cut + MSG_PEER_SIZE,
            "retry\0"
            "7",
            7);
    send_bytes (cut, sizeof cut); /* the last text does not end */
    memset (cut, 'x', MSG_PEER_SIZE);
    send_bytes (cut, sizeof cut); /* nor does the first */
    char several[MSG_PEER_SIZE + 8] = "test#1";
    memcpy (several + MSG_PEER_SIZE,
            "retry\0"
            "8",
            8);
    zmsg_t *frames = zmsg_new ();
    zmsg_addstrf (frames, "probe#%llu", (unsigned long long) board.incarnations);
    for (int part = 0; part < 3; part++)
        zmsg_addmem (frames, several, sizeof several);
    cr_assert_eq (zmsg_send (&frames, board.router), 0);
    await_retry_answered (); /* nothing else came before */
}

Test (actor, passes_answers_by_when_it_asked_for_nothing, .init = setup, .fini = teardown)
{
    start ((struct actor_table){.verbs = answers_retry});
    struct msg *late = msg_new ("store#1", MSG_OK, 99, "{}");
    switchboard_send (&board, "probe", &late);
    await_retry_answered ();
}

/* ---- Readers ------------------------------------------------------------------------------- */

static void
write_byte (int index)
{
    cr_assert_eq (write (probe.pipes[index][1], "x", 1), 1);
}

static void
read_byte (struct probe *self, int index)
{
    char byte;
    if (read (self->pipes[index][0], &byte, 1) == 1)
        atomic_fetch_add (&self->read[index], 1);
}

static void
report_reading (struct probe *self)
{
    struct msg *report = msg_new ("registry", MSG_TOCK, 0, (uint64_t) 1);
    actor_send (self->actor, &report);
}

static void
second_read (void *owner, void *context, short events)
{
    (void) context, (void) events;
    read_byte (owner, 1);
    report_reading (owner);
}

/* Gives its place to the second: in the table of readers that is the very same slot. */
static void
first_gives_way (void *owner, void *context, short events)
{
    (void) context, (void) events;
    struct probe *self = owner;
    read_byte (self, 0);
    actor_unwatch (self->actor, self->readers[0]);
    self->readers[1] =
        actor_watch_fd (self->actor, self->pipes[1][0], ZMQ_POLLIN, second_read, NULL);
    report_reading (self);
}

static void
watch_first (void *owner, const struct msg *msg)
{
    struct probe *self = owner;
    self->readers[0] =
        actor_watch_fd (self->actor, self->pipes[0][0], ZMQ_POLLIN, first_gives_way, NULL);
    actor_answer (self->actor, msg, NULL);
}

Test (actor, readers_come_and_go_in_each_others_handlers, .init = setup, .fini = teardown)
{
    static const struct actor_verb verbs[] = {{MSG_RETRY, watch_first}, {0, NULL}};
    start ((struct actor_table){.verbs = verbs});
    await_retry_answered ();
    write_byte (0);
    struct msg *report = switchboard_expect (&board, MSG_TOCK);
    msg_destroy (&report);
    write_byte (0); /* nobody reads there any more */
    write_byte (1);
    report = switchboard_expect (&board, MSG_TOCK);
    msg_destroy (&report);
    cr_assert_eq (atomic_load (&probe.read[0]), 1);
    cr_assert_eq (atomic_load (&probe.read[1]), 1);
}

/* Whichever is served first takes the other away, which must then not be called any more. */
static void
one_removes_the_other (void *owner, void *context, short events)
{
    (void) events;
    struct probe *self = owner;
    int mine = *(int *) context;
    read_byte (self, mine);
    actor_unwatch (self->actor, self->readers[1 - mine]);
    report_reading (self);
}

static void
watch_both (void *owner, const struct msg *msg)
{
    static int numbers[PIPES] = {0, 1};
    struct probe *self = owner;
    for (int index = 0; index < PIPES; index++)
        self->readers[index] = actor_watch_fd (self->actor, self->pipes[index][0], ZMQ_POLLIN,
                                               one_removes_the_other, &numbers[index]);
    actor_answer (self->actor, msg, NULL);
}

Test (actor, a_reader_removed_in_the_same_turn_is_not_called, .init = setup, .fini = teardown)
{
    static const struct actor_verb verbs[] = {{MSG_RETRY, watch_both}, {0, NULL}};
    start ((struct actor_table){.verbs = verbs});
    write_byte (0);
    write_byte (1);
    await_retry_answered ();
    struct msg *report = switchboard_expect (&board, MSG_TOCK);
    msg_destroy (&report);
    switchboard_stop (&board, &thread);
    cr_assert_eq (atomic_load (&probe.read[0]) + atomic_load (&probe.read[1]), 1);
}

static void
ignore (void *owner, void *context, short events)
{
    (void) context, (void) events;
    read_byte (owner, 0);
    report_reading (owner);
}

/* First without interest, then with. */
static void
toggle_interest (void *owner, const struct msg *msg)
{
    struct probe *self = owner;
    if (atomic_fetch_add (&self->handled, 1) == 0)
        self->readers[0] = actor_watch_fd (self->actor, self->pipes[0][0], 0, ignore, NULL);
    else
        actor_watch_events (self->actor, self->readers[0], ZMQ_POLLIN);
    actor_answer (self->actor, msg, NULL);
}

Test (actor, a_reader_is_called_only_for_the_events_that_it_asked_for, .init = setup,
      .fini = teardown)
{
    static const struct actor_verb verbs[] = {{MSG_RETRY, toggle_interest}, {0, NULL}};
    start ((struct actor_table){.verbs = verbs, .after_turn = probe_turn});
    write_byte (0);
    await_retry_answered ();
    cr_assert_eq (atomic_load (&probe.read[0]), 0);
    await_retry_answered ();
    struct msg *report = switchboard_expect (&board, MSG_TOCK);
    msg_destroy (&report);
    cr_assert_eq (atomic_load (&probe.read[0]), 1);
}

/* ---- Time -------------------------------------------------------------------------------------- */

static int64_t
probe_deadline (void *owner)
{
    return ((struct probe *) owner)->deadline_ms;
}

static void
probe_on_deadline (void *owner)
{
    struct probe *self = owner;
    self->called_ms = clock_mono_ms ();
    self->deadline_ms = STUI_NEVER;
    report_reading (self);
}

Test (actor, is_called_at_its_deadline_and_not_before, .init = setup, .fini = teardown)
{
    enum { WAIT_MS = 30 };
    probe.deadline_ms = clock_mono_ms () + WAIT_MS;
    int64_t wanted_ms = probe.deadline_ms;
    start ((struct actor_table){
        .verbs = answers_retry, .deadline_ms = probe_deadline, .on_deadline = probe_on_deadline});
    struct msg *report = switchboard_expect (&board, MSG_TOCK);
    msg_destroy (&report);
    cr_assert_geq (probe.called_ms, wanted_ms);
    await_retry_answered (); /* and it does not come a second time */
}

Test (actor, is_called_for_a_deadline_long_past_also_while_messages_come, .init = setup,
      .fini = teardown)
{
    probe.deadline_ms = 1;
    start ((struct actor_table){
        .verbs = counts_ticks, .deadline_ms = probe_deadline, .on_deadline = probe_on_deadline});
    for (int count = 0; count < ACTOR_TURN_MAX; count++)
        send_tick ();
    struct msg *report = switchboard_expect (&board, MSG_TOCK);
    msg_destroy (&report);
}

/* ---- Whom a turn serves ------------------------------------------------------------------------ */

/* The probe hangs in the handler of its first message, and COUNT more wait behind it. */
static void
fill_mailbox (int count)
{
    send_tick ();
    sem_wait (&probe.entered);
    for (; count > 0; count--)
        send_tick ();
}

Test (actor, ends_at_the_stop_word_though_its_mailbox_is_full, .init = setup, .fini = teardown)
{
    start ((struct actor_table){.verbs = pauses_at_tick});
    fill_mailbox (ACTOR_TURN_MAX * 8);
    zstr_send (thread, "$TERM");
    sem_post (&probe.go);
    switchboard_stop (&board, &thread);
    cr_assert_leq (atomic_load (&probe.handled), ACTOR_TURN_MAX); /* the turn that it was in */
}

static void
reader_notes_mailbox (void *owner, void *context, short events)
{
    (void) context, (void) events;
    struct probe *self = owner;
    read_byte (self, 0);
    self->handled_before_reader = atomic_load (&self->handled);
    report_reading (self);
}

static void
watch_noting (void *owner, const struct msg *msg)
{
    struct probe *self = owner;
    self->readers[0] =
        actor_watch_fd (self->actor, self->pipes[0][0], ZMQ_POLLIN, reader_notes_mailbox, NULL);
    actor_answer (self->actor, msg, NULL);
}

Test (actor, serves_a_reader_between_two_loads_of_its_mailbox, .init = setup, .fini = teardown)
{
    static const struct actor_verb verbs[] = {
        {MSG_TICK, probe_pause}, {MSG_RETRY, watch_noting}, {0, NULL}};
    start ((struct actor_table){.verbs = verbs});
    await_retry_answered ();
    fill_mailbox (ACTOR_TURN_MAX * 8);
    write_byte (0);
    sem_post (&probe.go);
    struct msg *report = switchboard_expect (&board, MSG_TOCK);
    msg_destroy (&report);
    cr_assert_leq (probe.handled_before_reader, ACTOR_TURN_MAX);
}

Test (actor, closes_each_turn_once_whatever_it_served, .init = setup, .fini = teardown)
{
    start ((struct actor_table){.verbs = pauses_at_tick, .after_turn = probe_turn});
    fill_mailbox (ACTOR_TURN_MAX * 3);
    sem_post (&probe.go);
    await_retry_answered ();
    switchboard_stop (&board, &thread);
    int least = (ACTOR_TURN_MAX * 3 + 2) / ACTOR_TURN_MAX;
    cr_assert_geq (atomic_load (&probe.turns), least);
    cr_assert_leq (atomic_load (&probe.turns), ACTOR_TURN_MAX * 3 + 4);
}

/* ---- The end --------------------------------------------------------------------------------------- */

Test (actor, ignores_other_words_on_its_control_pipe, .init = setup, .fini = teardown)
{
    start ((struct actor_table){.verbs = answers_retry});
    zstr_send (thread, "TERM");
    zstr_send (thread, "");
    await_retry_answered ();
}

static void
stop_itself (void *owner, const struct msg *msg)
{
    struct probe *self = owner;
    actor_answer (self->actor, msg, NULL);
    actor_stop (self->actor);
}

Test (actor, answers_before_it_ends_and_says_ended_last, .init = setup, .fini = teardown)
{
    static const struct actor_verb verbs[] = {{MSG_RETRY, stop_itself}, {0, NULL}};
    start ((struct actor_table){.verbs = verbs});
    await_retry_answered ();
    struct msg *ended = switchboard_expect (&board, MSG_ENDED);
    cr_assert_str_eq (msg_text (ended, 0), "");
    msg_destroy (&ended);
    zactor_destroy (&thread);
}

Test (actor, numbers_its_requests_without_repeating_one, .init = setup, .fini = teardown)
{
    struct actor_args args = {.name = "main", .incarnation = 7};
    struct actor *main_actor = actor_open (NULL, &args);
    cr_assert_str_eq (actor_id (main_actor), "main#7");
    struct msg *up = switchboard_expect (&board, MSG_UP);
    msg_destroy (&up);
    uint64_t one = actor_next_ref (main_actor);
    cr_assert_gt (one, 0);
    cr_assert_gt (actor_next_ref (main_actor), one);
    actor_close (&main_actor, "done");
    struct msg *ended = switchboard_expect (&board, MSG_ENDED);
    cr_assert_str_eq (msg_text (ended, 0), "done");
    msg_destroy (&ended);
    cr_assert_null (main_actor);
}
