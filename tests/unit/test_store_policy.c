/* test_store_policy.c: when the store writes, under a clock that the test turns. */

#include "actors/store_policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"

static bool
put (struct store_policy *policy, enum store_write_kind kind, const char *subject, const char *text,
     uint64_t ref, int64_t now_ms)
{
    struct store_ticket ticket = {.peer = "image/one#1", .ref = ref};
    char *body = stui_strdup (text);
    return store_policy_put (policy, kind, subject, &body, ref ? &ticket : NULL, now_ms);
}

static char *
filled (size_t size)
{
    char *text = stui_alloc (size + 1);
    memset (text, 'x', size);
    return text;
}

/* Brings the policy to where the last batch held COUNT writes. */
static void
after_batch_of (struct store_policy *policy, int count)
{
    for (int index = 0; index < count; index++)
        put (policy, STORE_WRITE_EVENT, "", "{}", 0, 0);
    cr_assert_eq (store_policy_next (policy, false, STORE_POLICY_GROUP_MS), STORE_POLICY_COMMIT);
    store_policy_committed (policy);
}

Test (store_policy, one_alone_does_not_wait)
{
    struct store_policy policy = {0};
    cr_assert_eq (store_policy_next (&policy, false, 0), STORE_POLICY_WAIT);
    cr_assert_eq (store_policy_deadline_ms (&policy), STUI_NEVER);
    cr_assert (put (&policy, STORE_WRITE_SESSION, "session/a/b/", "{}", 1, 0));
    cr_assert_eq (store_policy_next (&policy, false, 0), STORE_POLICY_COMMIT);
    cr_assert_eq (policy.batch, 1);
    cr_assert_not (store_policy_committed (&policy));
    cr_assert_eq (policy.count, 0);
    cr_assert_eq (policy.bytes, 0);
    store_policy_fini (&policy);
}

Test (store_policy, writers_that_come_together_share_a_batch)
{
    struct store_policy policy = {0};
    after_batch_of (&policy, 3);
    put (&policy, STORE_WRITE_SESSION, "session/a/1/", "{}", 1, 100);
    cr_assert_eq (store_policy_next (&policy, false, 100), STORE_POLICY_WAIT);
    cr_assert_eq (store_policy_deadline_ms (&policy), 100 + STORE_POLICY_GROUP_MS);
    put (&policy, STORE_WRITE_SESSION, "session/a/2/", "{}", 2, 101);
    cr_assert_eq (store_policy_next (&policy, false, 101), STORE_POLICY_WAIT);
    put (&policy, STORE_WRITE_SESSION, "session/a/3/", "{}", 3, 101);
    cr_assert_eq (store_policy_next (&policy, false, 101), STORE_POLICY_COMMIT);
    cr_assert_eq (policy.batch, 3);
    store_policy_fini (&policy);
}

/* Symptom: 64 that save at once were written in three batches, each time: a first one that was small was
 * enough for ever. */
Test (store_policy, what_came_while_a_batch_was_written_is_waited_for_the_next_time)
{
    struct store_policy policy = {0};
    put (&policy, STORE_WRITE_SESSION, "session/a/1/", "{}", 1, 100);
    cr_assert_eq (store_policy_next (&policy, false, 100), STORE_POLICY_COMMIT);
    policy.more = true; /* two in the mailbox */
    store_policy_committed (&policy);
    put (&policy, STORE_WRITE_SESSION, "session/a/2/", "{}", 2, 102);
    cr_assert_eq (store_policy_next (&policy, false, 102), STORE_POLICY_WAIT);
    put (&policy, STORE_WRITE_SESSION, "session/a/3/", "{}", 3, 102);
    policy.more = false;
    cr_assert_eq (store_policy_next (&policy, false, 102), STORE_POLICY_COMMIT);
    cr_assert_eq (policy.batch, 2);
    store_policy_committed (&policy);

    for (int index = 1; index <= 3; index++) { /* the next time all three go together */
        char *subject = stui_printf ("session/a/%d/", index);
        put (&policy, STORE_WRITE_SESSION, subject, "{}", 10, 200);
        free (subject);
        cr_assert_eq (store_policy_next (&policy, false, 200),
                      index < 3 ? STORE_POLICY_WAIT : STORE_POLICY_COMMIT);
    }
    cr_assert_eq (policy.batch, 3);
    store_policy_fini (&policy);
}

Test (store_policy, while_more_and_more_come_the_wait_has_an_end)
{
    struct store_policy policy = {0};
    after_batch_of (&policy, 64);
    for (int64_t ms = 0; ms < STORE_POLICY_GROUP_MAX_MS; ms++) {
        put (&policy, STORE_WRITE_EVENT, "", "{}", 1, 100 + ms);
        cr_assert_eq (store_policy_next (&policy, false, 100 + ms), STORE_POLICY_WAIT);
    }
    cr_assert_eq (store_policy_next (&policy, false, 100 + STORE_POLICY_GROUP_MAX_MS),
                  STORE_POLICY_COMMIT);
    store_policy_fini (&policy);
}

Test (store_policy, nobody_waits_longer_than_the_group_time)
{
    struct store_policy policy = {0};
    after_batch_of (&policy, 64);
    put (&policy, STORE_WRITE_SESSION, "session/a/1/", "{}", 1, 100);
    cr_assert_eq (store_policy_next (&policy, false, 100 + STORE_POLICY_GROUP_MS - 1),
                  STORE_POLICY_WAIT);
    cr_assert_eq (store_policy_next (&policy, false, 100 + STORE_POLICY_GROUP_MS),
                  STORE_POLICY_COMMIT);
    store_policy_fini (&policy);
}

Test (store_policy, the_end_waits_for_nobody)
{
    struct store_policy policy = {0};
    after_batch_of (&policy, 64);
    put (&policy, STORE_WRITE_SESSION, "session/a/1/", "{}", 1, 100);
    cr_assert_eq (store_policy_next (&policy, true, 100), STORE_POLICY_COMMIT);
    store_policy_fini (&policy);
}

Test (store_policy, a_newer_write_of_a_subject_replaces_the_waiting_one_and_both_are_confirmed)
{
    struct store_policy policy = {0};
    put (&policy, STORE_WRITE_SESSION, "session/a/1/", "old, and longer", 1, 0);
    put (&policy, STORE_WRITE_SESSION, "session/a/1/", "new", 2, 0);
    put (&policy, STORE_WRITE_IMAGE, "image/one", "image", 3, 0);
    cr_assert_eq (policy.count, 2);
    cr_assert_str_eq (policy.writes[0].body, "new");
    cr_assert_eq (policy.bytes, strlen ("new") + strlen ("image"));
    cr_assert_eq (policy.writes[0].ticket_count, 2);
    cr_assert_eq (policy.writes[0].tickets[0].ref, 1);
    cr_assert_eq (policy.writes[0].tickets[1].ref, 2);
    cr_assert_str_eq (store_policy_find (&policy, "session/a/1/")->body, "new");
    cr_assert_null (store_policy_find (&policy, "session/a/2/"));
    store_policy_fini (&policy);
}

Test (store_policy, events_are_never_conflated_and_keep_their_order)
{
    struct store_policy policy = {0};
    put (&policy, STORE_WRITE_EVENT, "", "one", 1, 0);
    put (&policy, STORE_WRITE_EVENT, "", "two", 2, 0);
    cr_assert_eq (policy.count, 2);
    cr_assert_str_eq (policy.writes[0].body, "one");
    cr_assert_str_eq (policy.writes[1].body, "two");
    store_policy_fini (&policy);
}

Test (store_policy, a_batch_has_a_bound_and_the_rest_follows_at_once)
{
    struct store_policy policy = {0};
    char *body = filled (STUI_SESSION_MAX);
    after_batch_of (&policy, 64);
    for (int index = 0; index < 6; index++) {
        char subject[32];
        snprintf (subject, sizeof subject, "session/a/%d/", index);
        put (&policy, STORE_WRITE_SESSION, subject, body, 1, 100);
    }
    free (body);
    cr_assert_eq (store_policy_next (&policy, false, 100), STORE_POLICY_COMMIT);
    cr_assert_eq (policy.batch, STORE_POLICY_BATCH_BYTES / STUI_SESSION_MAX);
    store_policy_committed (&policy);
    cr_assert_eq (policy.count, 2);
    cr_assert_leq (store_policy_deadline_ms (&policy), 100 + STORE_POLICY_GROUP_MS);
    cr_assert_str_eq (policy.writes[0].subject, "session/a/4/");
    store_policy_fini (&policy);
}

Test (store_policy, after_a_failed_write_everything_is_kept_and_nobody_waits)
{
    struct store_policy policy = {0};
    put (&policy, STORE_WRITE_SESSION, "session/a/1/", "one", 1, 0);
    cr_assert_eq (store_policy_next (&policy, false, 0), STORE_POLICY_COMMIT);
    cr_assert (store_policy_failed (&policy, 1000));
    cr_assert_eq (policy.count, 1);
    cr_assert_eq (policy.writes[0].ticket_count, 0);
    cr_assert_not (put (&policy, STORE_WRITE_SESSION, "session/a/1/", "newer", 2, 1001));
    cr_assert_not (put (&policy, STORE_WRITE_SESSION, "session/a/2/", "other", 3, 1001));
    cr_assert_eq (policy.count, 2);
    cr_assert_str_eq (policy.writes[0].body, "newer");
    cr_assert_eq (policy.writes[0].ticket_count, 0);
    store_policy_fini (&policy);
}

Test (store_policy, reopening_is_tried_with_a_growing_delay_until_a_write_succeeds)
{
    struct store_policy policy = {0};
    put (&policy, STORE_WRITE_SESSION, "session/a/1/", "one", 1, 0);
    store_policy_next (&policy, false, 0);
    cr_assert (store_policy_failed (&policy, 0));
    int64_t now = 0, delay = STORE_POLICY_REOPEN_MIN_MS;
    for (int round = 0; round < 10; round++) {
        cr_assert_eq (store_policy_deadline_ms (&policy), now + delay);
        cr_assert_eq (store_policy_next (&policy, false, now + delay - 1), STORE_POLICY_WAIT);
        now += delay;
        cr_assert_eq (store_policy_next (&policy, false, now), STORE_POLICY_REOPEN);
        if (round % 2) {
            /* It opens, but still does not write. */
            store_policy_reopened (&policy, 0);
            cr_assert_eq (store_policy_next (&policy, false, now), STORE_POLICY_COMMIT);
        }
        cr_assert_not (store_policy_failed (&policy, now));
        delay = delay * 2 > STORE_POLICY_REOPEN_MAX_MS ? STORE_POLICY_REOPEN_MAX_MS : delay * 2;
    }
    store_policy_reopened (&policy, 0);
    cr_assert_eq (store_policy_next (&policy, false, now), STORE_POLICY_COMMIT);
    cr_assert (store_policy_committed (&policy));
    cr_assert_eq (policy.state, STORE_POLICY_HEALTHY);
    cr_assert (put (&policy, STORE_WRITE_SESSION, "session/a/1/", "one", 1, now));
    store_policy_next (&policy, false, now);
    cr_assert (store_policy_failed (&policy, now));
    cr_assert_eq (store_policy_deadline_ms (&policy), now + STORE_POLICY_REOPEN_MIN_MS);
    store_policy_fini (&policy);
}

Test (store_policy, while_degraded_events_are_dropped_oldest_first_and_counted)
{
    struct store_policy policy = {0};
    char *body = filled (STORE_POLICY_EVENTS_BYTES / 4);
    put (&policy, STORE_WRITE_SESSION, "session/a/1/", "one", 1, 0);
    store_policy_next (&policy, false, 0);
    store_policy_failed (&policy, 0);
    for (char letter = 'a'; letter < 'g'; letter++) {
        body[0] = letter;
        put (&policy, STORE_WRITE_EVENT, "", body, 1, 0);
    }
    free (body);
    cr_assert_eq (policy.dropped, 2);
    cr_assert_leq (policy.event_bytes, STORE_POLICY_EVENTS_BYTES);
    cr_assert_eq (policy.count, 5);
    cr_assert_str_eq (policy.writes[0].body, "one");
    cr_assert_eq (policy.writes[1].body[0], 'c');
    cr_assert_eq (policy.writes[4].body[0], 'f');
    store_policy_fini (&policy);
}

Test (store_policy, events_that_the_failed_batch_wrote_after_all_do_not_come_twice)
{
    struct store_policy policy = {0};
    put (&policy, STORE_WRITE_EVENT, "", "one", 0, 0);
    put (&policy, STORE_WRITE_EVENT, "", "two", 0, 0);
    store_policy_next (&policy, false, 0);
    policy.writes[0].number = 7;
    policy.writes[1].number = 8;
    store_policy_failed (&policy, 0);
    put (&policy, STORE_WRITE_EVENT, "", "three", 0, 0);
    store_policy_next (&policy, false, STORE_POLICY_REOPEN_MIN_MS);
    store_policy_reopened (&policy, 8);
    cr_assert_eq (policy.count, 1);
    cr_assert_str_eq (policy.writes[0].body, "three");
    store_policy_fini (&policy);
}

/* Symptom: one write that could not be made kept all that came after it from being written. */
Test (store_policy, what_waits_for_its_keys_is_in_no_batch_and_goes_once_they_are_there)
{
    struct store_policy policy = {0};
    put (&policy, STORE_WRITE_SESSION, "session/a/1/", "{}", 1, 0);
    put (&policy, STORE_WRITE_META, "meta/a", "{}", 2, 0);
    put (&policy, STORE_WRITE_HELD, "held/a", "{}", 3, 0);
    cr_assert_eq (store_policy_next (&policy, true, 0), STORE_POLICY_COMMIT);
    cr_assert_eq (store_policy_lock (&policy), 2);
    put (&policy, STORE_WRITE_EVENT, "", "{}", 0, 1);
    cr_assert_eq (store_policy_next (&policy, true, 1), STORE_POLICY_COMMIT);
    cr_assert_eq (policy.batch, 2);
    cr_assert_str_eq (policy.writes[0].subject, "meta/a");
    cr_assert_eq (policy.writes[0].tickets[0].ref, 2);
    store_policy_committed (&policy);
    cr_assert_eq (store_policy_next (&policy, true, 2), STORE_POLICY_WAIT);
    cr_assert_eq (store_policy_deadline_ms (&policy), STUI_NEVER);
    cr_assert_not_null (store_policy_find (&policy, "session/a/1/"), "it is kept");
    store_policy_unlock (&policy);
    cr_assert_eq (store_policy_next (&policy, true, 3), STORE_POLICY_COMMIT);
    cr_assert_eq (policy.batch, 2);
    cr_assert_eq (policy.writes[0].ticket_count, 0);
    store_policy_committed (&policy);
    cr_assert_eq (policy.bytes, 0);
    store_policy_fini (&policy);
}
