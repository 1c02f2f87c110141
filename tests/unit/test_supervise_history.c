/* test_supervise_history.c: which connections a supervisor tells the store of, and what of each. */

#include "unit/supervise_fixture.h"

TestSuite (supervise_history, .init = setup, .fini = teardown);

static void
pass (int64_t ms)
{
    now_ms += ms;
    supervise_time (&self, now ());
}

static struct json *saved; /* the last message's */

/* Takes the oldest message of connections, confirms it; answers its row INDEX. */
static const struct json *
take (size_t index)
{
    struct msg *msg = sent_find (MSG_CONNECTION_SAVE, "store");
    cr_assert_not_null (msg, "no connection was saved");
    json_destroy (&saved);
    saved = json_parse_text (msg_text (msg, 1));
    cr_assert_str_eq (msg_text (msg, 0), "one");
    answer (MSG_CONNECTION_SAVE, "{}");
    return json_at (saved, index);
}

static int64_t
number (const struct json *row, const char *key)
{
    return json_get_number (row, key, -1);
}

static void
fini (void)
{
    json_destroy (&saved);
}

static void
lose (void)
{
    supervise_link (&self, SUPERVISE_LINK_CLOSED, STUI_TROUBLE_CLOSED, "cut", now ());
}

static void
come_back (void)
{
    now_ms = self.phase_deadline_ms;
    supervise_time (&self, now ());
    come_online ("boot", "ours", NULL);
}

Test (supervise_history, one_that_comes_at_once_was_not_down, .fini = fini)
{
    answer (MSG_IMAGE_LOAD, "{\"image\":null,\"connection\":41}");
    now_ms += 70;
    come_online ("boot", "ours", NULL);
    const struct json *row = take (0);
    cr_assert_eq (number (row, "seq"), 42);
    cr_assert_eq (number (row, "down_ms"), 0);
    cr_assert_eq (number (row, "online_at_ms"), wall_ms + now_ms);
    cr_assert_eq (number (row, "ended_at_ms"), 0);
    cr_assert_eq (number (row, "attempts"), 1);
    cr_assert_not (json_get_bool (row, "reconnect", true));
}

Test (supervise_history, a_lost_link_ends_one_and_begins_the_next, .fini = fini)
{
    go_online ();
    take (0);
    forget ();
    now_ms += 5000;
    lose ();
    const struct json *row = take (0);
    cr_assert_eq (number (row, "seq"), 1);
    cr_assert_eq (number (row, "up_ms"), 5000);
    cr_assert_eq (number (row, "ended_at_ms"), wall_ms + now_ms);
    cr_assert (json_get_bool (row, "failed", false));
    cr_assert_str_eq (json_get_text (row, "cause"), "closed");
    cr_assert_not_null (strstr (json_get_text (row, "text"), "cut"));
    row = json_at (saved, 1);
    cr_assert_eq (number (row, "seq"), 2);
    cr_assert_eq (number (row, "online_at_ms"), 0);
    cr_assert (json_get_bool (row, "reconnect", false));

    int64_t lost_ms = now_ms;
    come_back ();
    row = take (0);
    cr_assert_eq (number (row, "seq"), 2);
    cr_assert_eq (number (row, "down_ms"), now_ms - lost_ms);
    cr_assert_eq (number (row, "attempts"), 1);
    cr_assert_eq (number (row, "online_at_ms"), wall_ms + now_ms);
}

/* Symptom: a thousand images that are away wrote a record each time they were tried. */
Test (supervise_history, attempts_that_fail_one_after_another_are_told_once, .fini = fini)
{
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
    int64_t began_ms = now_ms;
    for (int attempt = 0; attempt < 5; attempt++) {
        answer (MSG_PERMIT, "{}");
        now_ms += 100;
        supervise_link (&self, SUPERVISE_LINK_CLOSED, STUI_TROUBLE_REFUSED, "refused", now ());
        if (attempt == 0)
            cr_assert_eq (number (take (0), "down_ms"), 100);
        else
            cr_assert_null (sent_find (MSG_CONNECTION_SAVE, NULL));
        now_ms = self.phase_deadline_ms;
        supervise_time (&self, now ());
    }
    come_online ("boot", "ours", NULL);
    const struct json *row = take (0);
    cr_assert_eq (number (row, "seq"), 1);
    cr_assert_eq (number (row, "down_ms"), now_ms - began_ms);
    cr_assert_eq (number (row, "attempts"), 6);
    cr_assert_not (json_get_bool (row, "reconnect", true), "nobody knows since when it was away");
}

Test (supervise_history, nothing_is_written_while_pings_are_answered, .fini = fini)
{
    go_online ();
    take (0);
    forget ();
    for (int ping = 0; ping < 100; ping++) {
        now_ms = self.next_ping_ms;
        supervise_time (&self, now ());
        reply ("ping", "{}", NULL);
        cr_assert_null (sent_find (MSG_CONNECTION_SAVE, NULL));
        forget ();
    }
}

Test (supervise_history, letting_go_is_no_failure_and_the_time_after_it_not_down, .fini = fini)
{
    go_online ();
    take (0);
    now_ms += 1000;
    tell (msg_new (TERMINAL, MSG_DISABLE, 2));
    const struct json *row = take (0);
    cr_assert_eq (number (row, "up_ms"), 1000);
    cr_assert_str_eq (json_get_text (row, "cause"), HISTORY_LET_GO);
    cr_assert_not (json_get_bool (row, "failed", true));
    cr_assert_eq (json_count (saved), 1);
    forget ();
    pass (3600000);
    tell (msg_new (TERMINAL, MSG_RETRY, 3));
    come_online ("boot", "ours", NULL);
    row = take (0);
    cr_assert_eq (number (row, "seq"), 2);
    cr_assert_eq (number (row, "down_ms"), 0);
}

Test (supervise_history, an_image_that_waits_for_the_user_is_down, .fini = fini)
{
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
    connect_link ();
    reply ("hello", NULL, "AuthenticationError");
    cr_assert_eq (self.phase, LIFE_FAILED);
    const struct json *row = take (0);
    cr_assert_eq (number (row, "online_at_ms"), 0);
    cr_assert_eq (number (row, "ended_at_ms"), 0);
}

Test (supervise_history, it_ends_with_stui, .fini = fini)
{
    go_online ();
    take (0);
    while (sent_find (MSG_EVENTS_PUT, NULL))
        answer (MSG_EVENTS_PUT, "{\"last_seq\":1}");
    now_ms += 2000;
    supervise_finish (&self, now ());
    cr_assert_eq (ended, 0, "it waits until that is stored");
    const struct json *row = take (0);
    cr_assert_eq (number (row, "up_ms"), 2000);
    cr_assert_str_eq (json_get_text (row, "cause"), HISTORY_STUI_ENDED);
    look ();
    cr_assert_eq (ended, 1);
}

Test (supervise_history, durations_are_not_of_the_clock_that_can_be_set, .fini = fini)
{
    go_online ();
    take (0);
    now_ms += 7000;
    wall_ms -= 3600000;
    lose ();
    const struct json *row = take (0);
    cr_assert_eq (number (row, "up_ms"), 7000);
    cr_assert_eq (number (row, "ended_at_ms"), wall_ms + now_ms);
}

/* One message at a time: what came meanwhile follows, the newest of each connection. */
Test (supervise_history, what_happens_while_the_store_writes_is_told_after_it, .fini = fini)
{
    go_online ();
    struct msg *first = sent_find (MSG_CONNECTION_SAVE, NULL);
    cr_assert_not_null (first);
    for (int round = 0; round < 2 * SUPERVISE_CONNECTIONS_MAX; round++) {
        lose ();
        come_back ();
        struct msg *again = sent_find (MSG_CONNECTION_SAVE, NULL);
        cr_assert_eq (again->ref, first->ref, "another one is on its way");
        for (size_t index = 0; index < sent_count; index++) /* all but that one are forgotten */
            if (sent[index]->verb != MSG_CONNECTION_SAVE)
                sent[index]->verb = MSG_VERB_COUNT;
        while (wired_count > 0)
            free (wired[--wired_count]);
        size_t kept = 0;
        for (size_t index = 0; index < sent_count; index++)
            if (sent[index]->verb == MSG_VERB_COUNT)
                msg_destroy (&sent[index]);
            else
                sent[kept++] = sent[index];
        sent_count = kept;
        first = again;
    }
    take (0);
    take (0);
    cr_assert_leq (json_count (saved), SUPERVISE_CONNECTIONS_MAX);
    cr_assert_geq (json_count (saved), SUPERVISE_CONNECTIONS_MAX - 1);
    const struct json *newest = json_at (saved, json_count (saved) - 1);
    cr_assert_eq (number (newest, "seq"), 2 * SUPERVISE_CONNECTIONS_MAX + 1);
    cr_assert_gt (number (newest, "online_at_ms"), 0);
}

Test (supervise_history, that_somebody_works_with_it_is_told_once_a_minute, .fini = fini)
{
    go_online ();
    tell (msg_new (TERMINAL, MSG_COMMAND, 1, "system_info", "{}", (uint64_t) 0, ""));
    tell (msg_new (TERMINAL, MSG_SESSION_LIST, 2));
    cr_assert_null (sent_find (MSG_IMAGE_USED, NULL), "looking is not working");
    evaluate (3);
    cr_assert_str_eq (msg_text (sent_find (MSG_IMAGE_USED, "store"), 0), "one");
    forget ();
    evaluate (4);
    cr_assert_null (sent_find (MSG_IMAGE_USED, NULL));
    now_ms += SUPERVISE_USED_MS;
    evaluate (5);
    cr_assert_not_null (sent_find (MSG_IMAGE_USED, NULL));
}
