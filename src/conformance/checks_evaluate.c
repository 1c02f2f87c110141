/* checks_evaluate.c: the section Evaluating: what an evaluation answers, variables, order. The code
 * is what every Smalltalk and the simulated images understand. */

#include <stdio.h>
#include <string.h>

#include "conformance/check.h"
#include "runtime/json.h"

enum {
    PRINTED_MAX = 1000000, /* characters */
    STACK_MAX = 50,
    IN_ORDER = 10,
    SIDE_BY_SIDE_MS = 2000, /* for what does not wait for a loop beside it */
    EVALUATIONS_MAX = 512,
};

static void
check_print_it (struct kit *kit)
{
    static const struct {
        const char *code, *result;
    } rows[] = {
        {"3 + 4", "7"},
        {"'it''s'", "'it''s'"},
        {"| a | a := 3. a * a", "9"},
        {"[:x | x + 1] value: 41", "42"},
        {"3 > 4", "false"},
        {"nil", "nil"},
        {"", "nil"},
        {"[Error signal: 'x'. 1] on: Error do: [:e | e return: 8]", "8"},
    };
    struct kit_line *line = kit_claim (kit);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        kit_prints (line, NULL, rows[i].code, rows[i].result);
}

static void
check_result_fields (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const struct kit_answer *answer =
        kit_ask (line, "evaluate", "{'code':'3 + 4','mode':'printIt'}");
    kit_has (answer, "result",
             "result:s result_type:S has_error:b execution_time:n stack:l truncated:b");
    kit_is (answer, "result.has_error", false);
    kit_is (answer, "result.truncated", false);
    kit_equals (answer, "result.stack", "[]");
}

static void
check_modes (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const struct kit_answer *done = kit_ask (line, "evaluate", "{'code':'3 + 4','mode':'doIt'}");
    kit_says (done, "result.result", "");
    kit_is (done, "result.has_error", false);
    const struct kit_answer *inspected =
        kit_ask (line, "evaluate", "{'code':'3 + 4','mode':'inspectIt'}");
    kit_says (inspected, "result.result", "7");
    kit_says (kit_ask (line, "evaluate", "{'code':'3 + 4'}"), "result.result", "7");
}

static void
check_exception (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const struct kit_answer *answer = kit_evaluate (line, NULL, "Error signal: 'oh no'");
    kit_succeeds (answer);
    kit_is (answer, "result.has_error", true);
    kit_says (answer, "result.result", "oh no");
    kit_says (answer, "result.result_type", "Error");
    kit_expect (kit, kit_size (answer, "result.stack") > 0, "a stack with the exception, got none");
    answer = kit_evaluate (line, NULL, "nil kitDoesNotUnderstand");
    kit_is (answer, "result.has_error", true);
    kit_says (answer, "result.result_type", "MessageNotUnderstood");
    kit_is (kit_evaluate (line, NULL, "1/0"), "result.has_error", true);
}

static void
check_stack (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const struct kit_answer *answer = kit_evaluate (
        line, NULL,
        "| b | b := nil. b := [:n | n = 0 ifTrue: [Error signal: 'deep'] ifFalse: [b value: n - "
        "1]]. b value: 100");
    kit_is (answer, "result.has_error", true);
    kit_has (answer, "result", "stack:l");
    size_t lines = kit_size (answer, "result.stack");
    kit_expect (kit, lines > 0 && lines <= STACK_MAX, "a stack of 1 to %d lines, got %zu",
                STACK_MAX, lines);
}

static void
check_truncation (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const struct kit_answer *answer = kit_evaluate (line, NULL, "Array new: 400000");
    kit_is (answer, "result.truncated", true);
    size_t characters = 0;
    for (const char *c = kit_string (answer, "result.result"); *c; c++)
        characters += (*c & 0xC0) != 0x80;
    kit_expect (kit, characters == PRINTED_MAX, "a print string of %d characters, got %zu",
                PRINTED_MAX, characters);
}

static void
check_compile_error (struct kit *kit)
{
    static const struct {
        const char *code;
        int line;
    } rows[] = {
        {"kitNobodyDeclared + 1", 1},
        {"1 + 2.\n3 + kitNobodyDeclared", 2},
        {"1 + 2.\n\n3 + 4.\nkitNobodyDeclared", 4},
        {"1.\n 3 ] foo", 2},
    };
    struct kit_line *line = kit_claim (kit);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct kit_answer *answer = kit_evaluate (line, NULL, rows[i].code);
        kit_refuses (answer, "CompileError");
        kit_counts (answer, "details.line", rows[i].line);
        if (kit_value (answer, "details.column"))
            kit_ranges (answer, "details.column", 1, (int64_t) strlen (rows[i].code) + 1);
    }
}

static void
check_compile_error_did_not_run (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}");
    kit_prints (line, session, "n := 5", "5");
    kit_refuses (kit_evaluate (line, session, "n := 6.\nn := (n + 1"), "CompileError");
    kit_prints (line, session, "n", "5");
}

/* ---- variables ------------------------------------------------------------------------------------- */

static void
check_variables (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}");
    kit_prints (line, session, "x := 5. y := x + 1. y", "6");
    kit_prints (line, session, "x + y", "11");
    kit_evaluate (line, session, "z := 7. Error signal: 'after it'");
    kit_prints (line, session, "z", "7");
}

static void
check_isolation (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *one = kit_session (line, "{}"), *other = kit_session (line, "{}");
    kit_prints (line, one, "x := 5", "5");
    kit_refuses (kit_evaluate (line, other, "x"), "CompileError");
    kit_prints (line, other, "x := 6", "6");
    kit_prints (line, one, "x", "5");
    kit_refuses (kit_evaluate (line, NULL, "x"), "CompileError");
}

static void
check_list_variables (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}");
    kit_counts (kit_ask (line, "list_variables", "{'session_id':'%s'}", session),
                "result.total_count", 0);
    kit_prints (line, session, "kitSeen := 3 + 4", "7");
    const struct kit_answer *answer =
        kit_ask (line, "list_variables", "{'session_id':'%s'}", session);
    kit_counts (answer, "result.total_count", 1);
    kit_says (answer, "result.variables.0.name", "kitSeen");
    kit_says (answer, "result.variables.0.value", "7");
    kit_refuses (kit_ask (line, "list_variables", "{'session_id':'%s'}", kit_id (kit)),
                 "SessionNotFound");
}

static void
check_thrown_away (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    kit_prints (line, NULL, "kitThrownAway := 5. kitThrownAway + 1", "6");
    kit_refuses (kit_evaluate (line, NULL, "kitThrownAway"), "CompileError");
}

static void
check_temporaries (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}");
    kit_prints (line, session, "| t | t := 1. t", "1");
    kit_refuses (kit_evaluate (line, session, "t"), "CompileError");
}

static void
check_strange_session (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    kit_refuses (kit_evaluate (line, kit_id (kit), "1"), "SessionNotFound");
}

/* ---- order ------------------------------------------------------------------------------------------- */

static void
check_in_order (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}"), *ids[IN_ORDER];
    kit_prints (line, session, "n := 0", "0");
    for (int i = 0; i < IN_ORDER; i++)
        ids[i] = kit_start (line, session,
                            kit_text (kit,
                                      "n = %d ifTrue: [(Delay forMilliseconds: 5) wait. n := n + 1]"
                                      " ifFalse: [n := 1000]. n",
                                      i));
    for (int i = 0; i < IN_ORDER; i++)
        kit_says (kit_await (line, ids[i]), "result.result", kit_text (kit, "%d", i + 1));
}

static void
check_side_by_side (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *one = kit_session (line, "{}"), *other = kit_session (line, "{}");
    const char *loop = kit_start (line, one, "[true] whileTrue: [nil]");
    kit_await_busy (line, loop);
    int64_t begun_ms = kit_now_ms ();
    kit_prints (line, other, "3 + 4", "7");
    kit_prints (line, NULL, "3 + 5", "8");
    const char *second = kit_start (line, NULL, "[true] whileTrue: [nil]");
    kit_prints (line, NULL, "3 + 6", "9");
    int64_t took_ms = kit_now_ms () - begun_ms;
    kit_expect (kit, took_ms < SIDE_BY_SIDE_MS,
                "evaluations beside a loop to go on at once, got them after %lld ms",
                (long long) took_ms);
    kit_ask (line, "interrupt", "{'id':'%s'}", loop);
    kit_ask (line, "interrupt", "{'id':'%s'}", second);
}

/* Others may evaluate at the same time, and theirs may have run longer. */
static void
check_busy (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *loop = kit_start (line, NULL, "[true] whileTrue: [nil]");
    kit_await_busy (line, loop);
    int64_t begun_ms = kit_now_ms ();
    const struct kit_answer *ping = kit_ask (line, "ping", "{'message':'busy?'}");
    int64_t took_ms = kit_now_ms () - begun_ms;
    kit_says (ping, "result.message", "busy?");
    kit_has (ping, "result", "busy_with:o");
    kit_has (ping, "result.busy_with", "id:S since:t");
    kit_expect (kit, took_ms < SIDE_BY_SIDE_MS,
                "ping to be answered at once while an evaluation runs, got it after %lld ms",
                (long long) took_ms);
    kit_ask (line, "interrupt", "{'id':'%s'}", loop);
    ping = kit_ask (line, "ping", "{}");
    kit_succeeds (ping);
    kit_expect (kit, strcmp (kit_string (ping, "result.busy_with.id"), loop) != 0,
                "ping not to be busy_with what is over, got it");
}

static void
check_many (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}"), *last = NULL;
    const char *first = kit_start (line, session, "[true] whileTrue: [nil]");
    kit_await_busy (line, first);
    for (int i = 1; i <= EVALUATIONS_MAX && kit_goes_on (kit); i++)
        last = kit_start (line, session, "3");
    kit_refuses (kit_await (line, last), "EvaluationError");
    kit_expect (kit, !kit_has_come (line, first), "the first one to run on, got its answer");
    kit_succeeds (kit_ask (line, "close_session", "{'session_id':'%s'}", session));
}

static void
check_debug_without_session (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const struct kit_answer *answer =
        kit_ask (line, "evaluate", "{'code':'nil kitDoesNotUnderstand','on_error':'debug'}");
    kit_is (answer, "result.has_error", true);
    kit_lacks (answer, "result.debug_id");
}

static const struct kit_check checks[] = {
    {"print-it", "printIt answers the print string.", KIT_NEWER, "evaluate", check_print_it},
    {"result-fields", "An evaluation answers all its fields, each of its type.", KIT_NEWER,
     "evaluate", check_result_fields},
    {"modes", "doIt answers an empty result, inspectIt as printIt, which is the default.",
     KIT_NEWER, "evaluate", check_modes},
    {"exception",
     "An exception that the code does not handle is a success with has_error, its text, its class "
     "and a stack.",
     KIT_NEWER, "evaluate", check_exception},
    {"stack", "A stack has at most 50 lines.", KIT_NEWER, "evaluate", check_stack},
    {"truncation", "A print string is cut after 1,000,000 characters, and truncated is true.",
     KIT_NEWER, "evaluate", check_truncation},
    {"compile-error", "A CompileError says the line, from 1, in the code as sent.", KIT_NEWER,
     "evaluate", check_compile_error},
    {"compile-error-runs-nothing", "Code that does not compile does not run.", KIT_NEWER,
     "evaluate session_variables", check_compile_error_did_not_run},
    {"variables", "What code assigns is a variable of its session.", KIT_NEWER,
     "evaluate session_variables", check_variables},
    {"list-variables", "list_variables says what the variables of a session are.", KIT_NEWER,
     "evaluate list_variables", check_list_variables},
    {"isolation", "Sessions do not see each other's variables.", KIT_NEWER,
     "evaluate session_variables", check_isolation},
    {"thrown-away", "Without a session the scope is thrown away.", KIT_NEWER, "evaluate",
     check_thrown_away},
    {"temporaries", "Temporaries are the evaluation's own.", KIT_NEWER, "evaluate",
     check_temporaries},
    {"strange-session", "evaluate in a session that is not there is SessionNotFound.", KIT_NEWER,
     "evaluate", check_strange_session},
    {"in-order", "Evaluations of a session run one at a time, in order.", KIT_NEWER,
     "evaluate session_variables", check_in_order},
    {"side-by-side", "Different sessions, and evaluations without one, run side by side.",
     KIT_NEWER, "evaluate interrupt", check_side_by_side},
    {"busy", "ping is answered while an evaluation runs, and says which.", KIT_NEWER,
     "evaluate interrupt", check_busy},
    {"many", "At most 512 evaluations run and wait; one more is an EvaluationError.", KIT_NEWER,
     "evaluate", check_many},
    {"debug-without-session", "on_error debug without a session is taken as return.", KIT_NEWER,
     "evaluate", check_debug_without_session},
    {0},
};

const struct kit_section kit_evaluating = {"evaluating", checks};
