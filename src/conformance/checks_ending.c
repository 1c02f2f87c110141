/* checks_ending.c: the section Evaluating, second part: interrupting, time limits, and how an
 * evaluation ends. */

#include <string.h>

#include "conformance/check.h"
#include "runtime/json.h"

enum { ENDING_MS = 5000 /* for the hardest to be over: 1 s by the page */ };

static const char loop_code[] = "[true] whileTrue: [nil]";

/* Interrupts ID, which runs, and expects HOW (NULL: any) in both answers. */
static void
expect_interrupted (struct kit_line *line, const char *id, const char *how)
{
    struct kit *kit = kit_of (line);
    const char *asked = kit_send (line, "interrupt", "{'id':'%s'}", id);
    const struct kit_answer *answer = kit_await_for (line, asked, ENDING_MS);
    kit_is (answer, "result.interrupted", true);
    if (how)
        kit_says (answer, "result.how", how);
    const struct kit_answer *ended = kit_await (line, id);
    kit_refuses (ended, "EvaluationError");
    kit_says (ended, "details.reason", "interrupted");
    kit_says (ended, "details.how", kit_string (answer, "result.how"));
    kit_expect (kit, kit_order (ended) < kit_order (answer),
                "interrupt to be answered after the evaluation, got it before");
}

static void
check_interrupt (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *id = kit_start (line, NULL, loop_code);
    kit_await_busy (line, id);
    expect_interrupted (line, id, "terminated");
    id = kit_start (line, NULL, "(Delay forSeconds: 1000) wait");
    kit_await_busy (line, id);
    expect_interrupted (line, id, "terminated");
    kit_prints (line, NULL, "3 + 4", "7");
}

static void
check_interrupt_ensure (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}");
    kit_prints (line, session, "ensured := 0. started := 0", "0");
    const char *id =
        kit_start (line, session, "[started := 1. [true] whileTrue: [nil]] ensure: [ensured := 1]");
    kit_await_busy (line, id);
    kit_prints (line, NULL, "(Delay forMilliseconds: 100) wait. 1", "1");
    expect_interrupted (line, id, "terminated");
    kit_prints (line, session, "started * 10 + ensured", "11");
}

static void
check_interrupt_retry (struct kit *kit)
{
    static const char *const codes[] = {
        "[[true] whileTrue: [nil]] on: Exception do: [:e | e retry]",
        "[[true] whileTrue: [nil]] ensure: [[true] whileTrue: [nil]]",
    };
    struct kit_line *line = kit_claim (kit);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        const char *id = kit_start (line, NULL, codes[i]);
        kit_await_busy (line, id);
        kit_prints (line, NULL, "(Delay forMilliseconds: 50) wait. 1", "1");
        expect_interrupted (line, id, NULL);
    }
}

static void
check_interrupt_waiting (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}");
    kit_prints (line, session, "n := 0", "0");
    const char *first = kit_start (line, session, loop_code);
    const char *second = kit_start (line, session, "n := n + 1");
    kit_await_busy (line, first);
    expect_interrupted (line, second, "not_begun");
    expect_interrupted (line, first, NULL);
    kit_prints (line, session, "n", "0");
}

static void
check_interrupt_nothing (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *over = kit_start (line, NULL, "3");
    kit_await (line, over);
    const struct kit_answer *answer = kit_ask (line, "interrupt", "{'id':'%s'}", over);
    kit_is (answer, "result.interrupted", false);
    kit_says (answer, "result.how", "not_running");
    answer = kit_ask (line, "interrupt", "{'id':'%s'}", kit_id (kit));
    kit_is (answer, "result.interrupted", false);
    kit_says (answer, "result.how", "not_running");
}

static void
check_interrupt_other (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    struct kit_line *other = kit_claim_as (kit, kit_other_client (kit));
    const char *id = kit_start (line, NULL, loop_code);
    kit_await_busy (line, id);
    kit_is (kit_ask (other, "interrupt", "{'id':'%s'}", id), "result.interrupted", true);
    kit_refuses (kit_await (line, id), "EvaluationError");
}

static void
check_timeout (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    int64_t begun_ms = kit_now_ms ();
    const struct kit_answer *answer =
        kit_ask (line, "evaluate", "{'code':'%s','timeout_ms':200}", loop_code);
    int64_t took_ms = kit_now_ms () - begun_ms;
    kit_refuses (answer, "EvaluationError");
    kit_says (answer, "details.reason", "timeout");
    kit_has (answer, "details", "how:S");
    kit_expect (kit, took_ms >= 190, "it after 200 ms, got it after %lld", (long long) took_ms);
    kit_says (kit_ask (line, "evaluate", "{'code':'3 + 4','timeout_ms':5000}"), "result.result",
              "7");
}

static void
check_timeout_begins (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}");
    const char *first = kit_start (line, session, "(Delay forMilliseconds: 700) wait. 1");
    const char *second =
        kit_send (line, "evaluate", "{'session_id':'%s','code':'3 + 4','timeout_ms':400}", session);
    kit_says (kit_await (line, first), "result.result", "1");
    kit_says (kit_await (line, second), "result.result", "7");
}

/* Arrays in an array: what every Smalltalk and the simulated images have. */
static void
check_memory (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *id = kit_send (line, "evaluate",
                               "{'code':'| all i | all := Array new: 100000. i := 0. [true] "
                               "whileTrue: [i := i + 1. all at: i put: (Array new: 100000)]',"
                               "'timeout_ms':%d}",
                               KIT_LOOP_MS);
    const struct kit_answer *answer = kit_await_for (line, id, KIT_LOOP_MS + KIT_WAIT_MS);
    kit_refuses (answer, "EvaluationError");
    kit_says (answer, "details.reason", "memory");
    kit_has (answer, "details", "how:S");
    kit_succeeds (kit_ask (line, "ping", "{}"));
    kit_prints (line, NULL, "3 + 4", "7");
}

static void
check_close_ends (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}");
    const char *runs = kit_start (line, session, loop_code);
    const char *waits = kit_start (line, session, "3");
    kit_await_busy (line, runs);
    kit_succeeds (kit_ask (line, "close_session", "{'session_id':'%s'}", session));
    kit_refuses (kit_await (line, runs), "EvaluationError");
    kit_refuses (kit_await (line, waits), "EvaluationError");
}

static const struct kit_check checks[] = {
    {"interrupt", "interrupt ends an evaluation, and is answered after it; both say the same how.",
     KIT_NEWER, "evaluate interrupt", check_interrupt},
    {"interrupt-ensure", "An evaluation that is terminated runs its ensure: blocks.", KIT_NEWER,
     "evaluate interrupt session_variables", check_interrupt_ensure},
    {"interrupt-retry", "Code that handles or ensures itself into another loop is ended too.",
     KIT_NEWER, "evaluate interrupt", check_interrupt_retry},
    {"interrupt-waiting", "What waits for its turn can be interrupted: not_begun.", KIT_NEWER,
     "evaluate interrupt session_variables", check_interrupt_waiting},
    {"interrupt-nothing", "interrupted is false when there is nothing to interrupt.", KIT_NEWER,
     "evaluate interrupt", check_interrupt_nothing},
    {"interrupt-other", "An evaluation of any client can be interrupted.", KIT_NEWER,
     "evaluate interrupt", check_interrupt_other},
    {"timeout", "timeout_ms ends an evaluation: an EvaluationError with the reason timeout.",
     KIT_NEWER, "evaluate", check_timeout},
    {"timeout-begins", "timeout_ms counts from the evaluation's beginning, not from its arrival.",
     KIT_NEWER, "evaluate", check_timeout_begins},
    {"memory",
     "An evaluation that takes more than 256 MB is ended with the reason memory, and the image "
     "goes on.",
     KIT_NEWER, "evaluate", check_memory},
    {"close-ends", "Closing a session ends what runs in it and answers what waits.", KIT_NEWER,
     "evaluate", check_close_ends},
    {0},
};

const struct kit_section kit_ending = {"evaluating", checks};
