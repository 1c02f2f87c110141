/* test_chaos_workload.c: what the sessions of a run of chaos tell the judge of the answers that come. */

#include <criterion/criterion.h>
#include <stdio.h>

#include "chaos/workload.h"

static const struct host_image images[] = {{.name = "one"}, {.name = "two"}};
static struct chaos_owner owner; /* not attached: nothing is sent */
static struct workload workload;

static void
setup (void)
{
    const struct workload_options options = {
        .images = images, .image_count = 2, .sessions_each = 1};
    workload_init (&workload, &options, &owner);
    for (size_t i = 0; i < workload.count; i++)
        snprintf (workload.sessions[i].id, sizeof workload.sessions[i].id, "session-%zu", i);
}

static void
teardown (void)
{
    workload_fini (&workload);
}

TestSuite (chaos_workload, .init = setup, .fini = teardown);

static void
ask (size_t session, uint64_t ref)
{
    checker_ask (&workload.checker, session);
    workload.sessions[session].ref = ref;
}

static void
take (struct msg *answer, uint64_t ref)
{
    answer->ref = ref;
    workload_take (&workload, answer, 0);
    msg_destroy (&answer);
}

/* The answer to the open evaluation of SESSION, the first that runs there. */
static struct msg *
right (size_t session)
{
    char text[120];
    unsigned long long number = workload.checker.sessions[session].open;
    snprintf (text, sizeof text, "{\"result\":\"'%llu 1 %llu'\"}", number, number);
    return msg_new ("client", MSG_OK, 0, text);
}

static void
expect (uint64_t answered, uint64_t refused, uint64_t duplicated)
{
    cr_expect_eq (workload.checker.answered, answered);
    cr_expect_eq (workload.checker.refused, refused);
    cr_expect_eq (workload.checker.lost + workload.checker.crossed, 0);
    cr_expect_eq (workload.checker.duplicated, duplicated);
}

/* Symptom: a stui that answered each evaluation twice survived. */
Test (chaos_workload, an_evaluation_that_is_answered_twice_is_duplicated)
{
    ask (1, 7);
    struct msg *answer = right (1), *again = right (1);
    take (answer, 7);
    expect (1, 0, 0);
    take (again, 7);
    expect (1, 0, 1);
    cr_expect_eq (workload.checker.first_session, 1);
    cr_expect_str_eq (workload.checker.first, "an evaluation was answered a second time");
}

Test (chaos_workload, a_refusal_that_is_followed_by_an_answer_is_duplicated)
{
    ask (0, 7);
    struct msg *answer = right (0);
    take (msg_new ("client", MSG_ERROR, 0, "NeverRun", "it did not run", "{}"), 7);
    take (answer, 7);
    expect (0, 1, 1);
}

/* The next stui begins with the same refs, and what is answered there is something else. */
Test (chaos_workload, an_answer_of_the_next_stui_is_no_second_one)
{
    ask (0, 7);
    take (right (0), 7);
    workload_note_owner_end (&workload, 0);
    take (msg_new ("client", MSG_OK, 0, "{}"), 7);
    expect (1, 0, 0);
}

Test (chaos_workload, what_is_answered_to_other_requests_is_no_second_one)
{
    ask (0, 7);
    take (right (0), 7);
    take (msg_new ("client", MSG_OK, 0, "{}"), 0);
    take (msg_new ("client", MSG_OK, 0, "{}"), 8);
    expect (1, 0, 0);
}
