/* test_supervise_await.c: what became of an evaluation is told to whoever asks by its tag: while it is held,
 * while it is fetched, and after it was settled. */

#include "unit/supervise_fixture.h"

static void
begin (void)
{
    setup ();
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
}

TestSuite (supervise_await, .init = begin, .fini = teardown);

#define CODE "{\"code\":\"3+4\"}"
#define TAG  "a terminal/7"
#define SENT                                                                                       \
    "{\"held\":{\"entries\":[{\"id\":\"a\",\"state\":\"sent\",\"command\":\"evaluate\","           \
    "\"parameters\":{\"code\":\"3+4\"},\"request\":\"0199c82c-0000-7000-8000-00000000000b\","      \
    "\"asked_by\":\"" TAG "\",\"boot_id\":\"boot\"}]}}"
#define HELD                                                                                       \
    "{\"held\":{\"entries\":[{\"id\":\"a\",\"state\":\"held\",\"command\":\"evaluate\","           \
    "\"parameters\":{\"code\":\"3+4\"},\"asked_by\":\"" TAG "\"}]}}"

static void
await (uint64_t ref)
{
    tell (msg_new (TERMINAL, MSG_AWAIT, ref, TAG));
}

/* The answer to the last question is MSG_OK or MSG_ERROR, and says TEXT. */
static void
expect_answer (enum msg_verb verb, const char *text)
{
    const struct msg *msg = sent_find (verb, TERMINAL);
    cr_assert_not_null (msg, "no %s came", msg_word (verb));
    bool said = false;
    for (int field = 0; field < msg->field_count; field++)
        said = said || strstr (msg_text (msg, field), text);
    cr_assert (said, "%s in '%s'", text, msg_text (msg, 0));
    forget ();
}

static void
expect_no_answer (void)
{
    cr_assert_null (sent_find (MSG_OK, TERMINAL));
    cr_assert_null (sent_find (MSG_ERROR, TERMINAL));
}

/* The image is online as BOOT; asked for what an earlier run had sent, it says STATE (NULL: nothing). */
static void
fetch (const char *boot, const char *state)
{
    come_online (boot, "ours", NULL);
    answer (MSG_SESSIONS_LOAD, "{\"sessions\":[],\"damaged\":0}");
    const struct request *question = requests_find_about (&self.requests, REQUEST_RESULT,
                                                          "0199c82c-0000-7000-8000-00000000000b");
    char *text = state ? stui_printf ("{\"id\":\"%s\",\"status\":\"success\",\"result\":%s}",
                                      question->id, state)
                       : NULL;
    if (text)
        supervise_receive (&self, text, strlen (text), now ());
    free (text);
}

#define DONE                                                                                       \
    "{\"state\":\"done\",\"reply\":{\"id\":\"0199c82c-0000-7000-8000-00000000000b\","              \
    "\"status\":\"success\",\"result\":{\"result\":\"7\"}}}"

/* Symptom: what ran when stui was killed stayed in doubt for who had asked for it, though the next start
 * fetched its answer. */
Test (supervise_await, who_comes_back_before_the_answer_is_fetched_gets_it)
{
    await (1);
    expect_no_answer ();
    answer (MSG_HELD_LOAD, SENT);
    expect_no_answer ();
    fetch ("boot", DONE);
    char *events = json_print (self.events);
    cr_assert_null (strstr (events, "nobody waited"), "%s", events);
    free (events);
    expect_answer (MSG_OK, "\"7\"");
    cr_assert_eq (held_count_doubtful (&self.held), 0);
}

Test (supervise_await, who_comes_back_after_it_gets_it_too)
{
    answer (MSG_HELD_LOAD, SENT);
    fetch ("boot", DONE);
    expect_no_answer ();
    await (1);
    expect_answer (MSG_OK, "\"7\"");
}

/* Symptom: an answer of the store's that was no JSON, as one that is nested too deep, ended stui. */
Test (supervise_await, a_list_that_cannot_be_read_is_said_and_ends_nothing)
{
    answer (MSG_HELD_LOAD, "[[");
    await (1);
    expect_answer (MSG_ERROR, "cannot be read");
}

/* Symptom: the terminal that had come back for the answer died as it came, and the next one was told that nothing
 * was known of it; no event said so either. */
Test (supervise_await, what_one_that_came_back_got_is_told_to_the_next_and_is_an_event)
{
    await (1);
    answer (MSG_HELD_LOAD, SENT);
    fetch ("boot", DONE);
    char *events = json_print (self.events);
    cr_assert_not_null (strstr (events, "'3+4', which was asked about again, answered: 7"), "%s",
                        events);
    free (events);
    expect_answer (MSG_OK, "\"7\"");
    await (2);
    expect_answer (MSG_OK, "\"7\"");
}

/* Another owner takes over, and the store gives it what the last one saved. */
static void
begin_again (void)
{
    const struct msg *saved = sent_find (MSG_HELD_SAVE, NULL);
    cr_assert_not_null (saved, "nothing was saved");
    char *held = stui_printf ("{\"held\":%s}", msg_text (saved, 1));
    teardown ();
    setup ();
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
    answer (MSG_HELD_LOAD, held);
    free (held);
}

/* Symptom: stui was killed again after it had fetched an answer: the next one did not know of it, and the workspace
 * said for ever that nobody could say whether the code ran. */
Test (supervise_await, what_an_owner_fetched_the_next_one_tells)
{
    answer (MSG_HELD_LOAD, SENT);
    fetch ("boot", DONE);
    begin_again ();
    await (1);
    expect_answer (MSG_OK, "\"7\"");
    cr_assert_eq (held_count_doubtful (&self.held), 0);
}

/* Whether the newest list that the store was given says what was settled. */
static void
expect_settled_saved (bool said)
{
    const struct msg *saved = sent_find (MSG_HELD_SAVE, NULL);
    cr_assert_not_null (saved, "nothing was saved");
    cr_assert_eq (strstr (msg_text (saved, 1), "\"settled\"") != NULL, said, "%s",
                  msg_text (saved, 1));
}

/* Another evaluation is sent, so the list is saved. */
static void
evaluate_more (uint64_t ref)
{
    now_ms += SUPERVISE_HELD_MS;
    evaluate (ref);
}

/* Symptom: each evaluation had the store write out and read again all answers that were kept, up to 1 MB. */
Test (supervise_await, what_was_settled_is_saved_once_and_again_after_a_failure)
{
    answer (MSG_HELD_LOAD, SENT);
    fetch ("boot", DONE);
    expect_settled_saved (true);
    answer (MSG_HELD_SAVE, "{}");
    evaluate_more (5);
    expect_settled_saved (false);
    answer (MSG_HELD_SAVE, NULL);
    now_ms += SUPERVISE_LOAD_MS;
    supervise_time (&self, now ());
    expect_settled_saved (true);
}

/* Symptom: the same of code that was dropped. */
Test (supervise_await, what_was_dropped_the_next_owner_tells_too)
{
    answer (MSG_HELD_LOAD, HELD);
    tell (msg_new ("control#2", MSG_HELD_DROP, (uint64_t) 2, "a"));
    begin_again ();
    await (1);
    expect_answer (MSG_ERROR, "dropped");
}

Test (supervise_await, what_the_image_does_not_know_is_in_doubt)
{
    answer (MSG_HELD_LOAD, SENT);
    await (1);
    fetch ("another boot", NULL);
    expect_answer (MSG_ERROR, "InDoubt");
    await (2);
    expect_answer (MSG_ERROR, "InDoubt");
    tell (msg_new (TERMINAL, MSG_DOUBT_RESOLVE, (uint64_t) 3, "a", "not-ran"));
    await (4);
    expect_answer (MSG_ERROR, "NeverRun");
}

/* Symptom: who asked what became of code waited for ever when its image had another name by then, and this one was
 * another route to it. */
Test (supervise_await, what_another_route_to_the_image_was_asked_is_in_doubt)
{
    answer (MSG_HELD_LOAD, SENT);
    tell (msg_new ("control#2", MSG_DISABLE, (uint64_t) 1));
    forget ();
    await (2);
    tell (msg_new ("control#2", MSG_RETRY, (uint64_t) 3));
    expect_no_answer ();
    come_online ("boot", "alias", NULL);
    expect_answer (MSG_ERROR, "another route to the image that two is");
    await (4);
    expect_answer (MSG_ERROR, "another route to the image that two is");
}

/* Symptom: who asked what became of code that was never run, and is held, was told that it is in doubt when stui was
 * stopped before that was stored. */
Test (supervise_await, what_is_held_is_not_in_doubt_when_stui_stops)
{
    answer (MSG_HELD_LOAD, SENT);
    await (1);
    fetch ("boot", "{\"state\":\"never_run\"}");
    supervise_finish (&self, now ());
    expect_answer (MSG_ERROR, "Stopping");
}

Test (supervise_await, what_still_runs_is_in_doubt_when_stui_stops)
{
    answer (MSG_HELD_LOAD, SENT);
    await (1);
    supervise_finish (&self, now ());
    expect_answer (MSG_ERROR, "InDoubt");
}

/* Symptom: `stui doubt ls` said that the image is asked once it is online when it had been asked, and was online. */
Test (supervise_await, what_still_runs_is_listed_as_that)
{
    answer (MSG_HELD_LOAD, SENT);
    await (1);
    fetch ("boot", "{\"state\":\"running\"}");
    expect_no_answer ();
    tell (msg_new (TERMINAL, MSG_HELD_LIST, (uint64_t) 2));
    expect_answer (MSG_OK, "it still ran when the image was asked: its answer is awaited");
}

Test (supervise_await, what_was_never_run_is_held)
{
    answer (MSG_HELD_LOAD, SENT);
    await (1);
    fetch ("boot", "{\"state\":\"never_run\"}");
    expect_no_answer ();
    answer (MSG_HELD_SAVE, "{}");
    expect_answer (MSG_ERROR, "Held");
}

/* Symptom: who had asked for what was held was not told what came of it once it was sent. */
Test (supervise_await, what_is_held_is_told_and_so_is_what_comes_of_it)
{
    answer (MSG_HELD_LOAD, HELD);
    fetch ("boot", NULL);
    await (1);
    expect_answer (MSG_ERROR, "Held");
    tell (msg_new ("control#2", MSG_HELD_SEND, (uint64_t) 2, "a", (uint64_t) 0, "sends",
                   (uint64_t) 0));
    await (3);
    answer (MSG_HELD_SAVE, "{}");
    expect_no_answer ();
    reply ("evaluate", "{\"result\":\"7\"}", NULL);
    expect_answer (MSG_OK, "\"7\"");
}

Test (supervise_await, what_was_dropped_is_said)
{
    answer (MSG_HELD_LOAD, HELD);
    fetch ("boot", NULL);
    tell (msg_new ("control#2", MSG_HELD_DROP, (uint64_t) 2, "a"));
    await (3);
    expect_answer (MSG_ERROR, "dropped");
}

/* Symptom: one that was dropped as another was held left the image's report as it was. */
Test (supervise_await, that_something_was_settled_is_in_the_report)
{
    answer (MSG_HELD_LOAD, HELD);
    fetch ("boot", NULL);
    char *before = supervise_state_text (&self);
    cr_assert_not_null (strstr (before, "\"settled\":0"), "%s", before);
    tell (msg_new ("control#2", MSG_HELD_DROP, (uint64_t) 2, "a"));
    char *after = supervise_state_text (&self);
    cr_assert_not_null (strstr (after, "\"settled\":1"), "%s", after);
    free (before);
    free (after);
}

Test (supervise_await, what_nothing_is_known_of_is_not_waited_for)
{
    answer (MSG_HELD_LOAD, "{\"held\":null}");
    await (1);
    expect_answer (MSG_ERROR, "NotFound");
}

Test (supervise_await, who_leaves_is_not_waited_for)
{
    answer (MSG_HELD_LOAD, SENT);
    await (1);
    tell (msg_new ("control#2", MSG_ASKER_GONE, (uint64_t) 0, (uint64_t) 1));
    cr_assert_eq (self.follower_count, 1);
    tell (msg_new (TERMINAL, MSG_ASKER_GONE, (uint64_t) 0, (uint64_t) 1));
    cr_assert_eq (self.follower_count, 0);
}

Test (supervise_await, what_could_not_be_read_is_said)
{
    await (1);
    answer (MSG_HELD_LOAD, NULL);
    expect_answer (MSG_ERROR, "no");
}

/* Symptom: whoever asked by no tag was told what had become of another's code that was asked for without one. */
Test (supervise_await, what_was_asked_for_without_a_tag_is_told_to_nobody)
{
    answer (MSG_HELD_LOAD, "{\"held\":{\"entries\":[{\"id\":\"a\",\"state\":\"held\",\"command\":"
                           "\"evaluate\",\"parameters\":{\"code\":\"3+4\"},\"asked_by\":\"\"}]}}");
    fetch ("boot", NULL);
    tell (msg_new (TERMINAL, MSG_AWAIT, (uint64_t) 1, ""));
    expect_answer (MSG_ERROR, "InvalidRequest");
    tell (msg_new ("control#2", MSG_HELD_DROP, (uint64_t) 2, "a"));
    cr_assert_eq (self.outcomes.count, 0);
    tell (msg_new (TERMINAL, MSG_AWAIT, (uint64_t) 3, ""));
    expect_answer (MSG_ERROR, "InvalidRequest");
}

/* Symptom: nothing bounded how many waited, once they took no place from what is to be done. */
Test (supervise_await, more_than_may_wait_are_refused)
{
    answer (MSG_HELD_LOAD, SENT);
    for (uint64_t ref = 1; ref <= SUPERVISE_FOLLOWERS_MAX; ref++)
        await (ref);
    expect_no_answer ();
    await (SUPERVISE_FOLLOWERS_MAX + 1);
    expect_answer (MSG_ERROR, "QueueFull");
    cr_assert_eq (self.follower_count, SUPERVISE_FOLLOWERS_MAX);
    tell (msg_new (TERMINAL, MSG_ASKER_GONE, (uint64_t) 0, (uint64_t) 1));
    forget ();
    await (1);
    expect_no_answer ();
}
