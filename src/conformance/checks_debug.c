/* checks_debug.c: the section Debugging: evaluations that are suspended where they raised. What a
 * dialect cannot do it says in capabilities, and that is checked too. */

#include <string.h>

#include "conformance/check.h"
#include "runtime/json.h"

enum { SUSPENDED_MAX = 8 };

static const char raises[] = "kitStep := 1. Error signal: 'oh no'. kitStep := 2. 42";

/* Evaluates CODE with on_error debug; the debug_id. */
static const char *
suspend (struct kit_line *line, const char *session, const char *code)
{
    const struct kit_answer *answer = kit_ask (
        line, "evaluate", "{'session_id':'%s','code':'%s','on_error':'debug'}", session, code);
    kit_is (answer, "result.has_error", true);
    kit_has (answer, "result", "debug_id:S stack:l");
    return kit_string (answer, "result.debug_id");
}

static const struct kit_answer *
operate (struct kit_line *line, const char *session, const char *debug, const char *operation)
{
    return kit_ask (line, "debug", "{'session_id':'%s','debug_id':'%s','operation':'%s'}", session,
                    debug, operation);
}

/* Whether the image can do OPERATION; the check ends as not applicable when not. */
static bool
can (struct kit *kit, const char *operation)
{
    if (!kit_can (kit, kit_text (kit, "no:debug:%s", operation)))
        return true;
    kit_skip (kit, "the image says no:debug:%s", operation);
    return false;
}

static void
check_suspended (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}");
    bool hears = kit_can (kit, "subscribe") && kit_can (kit, "event:debugger_opened");
    if (hears)
        kit_succeeds (kit_ask (line, "subscribe", "{'events':['debugger_opened']}"));
    const char *debug = suspend (line, session, raises);
    if (hears) {
        const struct kit_answer *event =
            kit_event_with (line, "debugger_opened", "data.debug_id", debug);
        kit_has (event, "data", "id:S error:s error_type:S");
        kit_says (event, "data.error_type", "Error");
        kit_says (event, "data.error", "oh no");
    }
    kit_prints (line, session, "kitStep", "1");
}

static void
check_stack (struct kit *kit)
{
    if (!can (kit, "stack"))
        return;
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}");
    const char *debug = suspend (line, session, raises);
    const struct kit_answer *answer = operate (line, session, debug, "stack");
    kit_has (answer, "result", "state:S stack:a error:s error_type:S");
    kit_says (answer, "result.state", "suspended");
    kit_says (answer, "result.error", "oh no");
    kit_says (answer, "result.error_type", "Error");
    kit_has (answer, "result.stack.0", "index:n class_name:s side:s selector:s line:n receiver:s");
    kit_counts (answer, "result.stack.0.index", 0);
}

static void
check_locals (struct kit *kit)
{
    if (!can (kit, "locals"))
        return;
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}");
    const char *debug = suspend (line, session, raises);
    const struct kit_answer *answer = operate (line, session, debug, "locals");
    kit_has (answer, "result", "state:S locals:a");
    kit_says (answer, "result.locals.0.name", "self");
    kit_has (answer, "result.locals.0", "name:S value:s class:S object_id:S");
}

static void
check_evaluate (struct kit *kit)
{
    if (!can (kit, "evaluate"))
        return;
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}");
    const char *debug = suspend (line, session, raises);
    const struct kit_answer *answer = kit_ask (
        line, "debug", "{'session_id':'%s','debug_id':'%s','operation':'evaluate','code':'3 + 4'}",
        session, debug);
    kit_says (answer, "result.result", "7");
    kit_is (answer, "result.has_error", false);
    kit_has (answer, "result", "state:S");
}

static void
check_proceed (struct kit *kit)
{
    if (!can (kit, "proceed"))
        return;
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}");
    const char *debug = suspend (line, session, raises);
    const struct kit_answer *answer = operate (line, session, debug, "proceed");
    kit_says (answer, "result.state", "done");
    kit_says (answer, "result.result", "42");
    kit_is (answer, "result.has_error", false);
    kit_prints (line, session, "kitStep", "2");
    kit_refuses (operate (line, session, debug, "stack"), "ObjectNotFound");
    debug = suspend (line, session, "Error signal: 'first'. Error signal: 'second'. 3");
    answer = operate (line, session, debug, "proceed");
    kit_says (answer, "result.state", "suspended");
    kit_says (answer, "result.error", "second");
    kit_has (answer, "result", "stack:a error_type:S");
}

static void
check_running (struct kit *kit)
{
    static const char *const operations[] = {"locals", "evaluate", "proceed"};
    if (!can (kit, "proceed"))
        return;
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}");
    const char *debug = suspend (line, session, "Error signal: 'oh no'. [true] whileTrue: [nil]");
    const char *going = kit_send (
        line, "debug", "{'session_id':'%s','debug_id':'%s','operation':'proceed','timeout_ms':%d}",
        session, debug, KIT_LOOP_MS);
    kit_await_busy (line, going);
    if (!kit_can (kit, "no:debug:stack"))
        kit_says (operate (line, session, debug, "stack"), "result.state", "running");
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        if (kit_can (kit, kit_text (kit, "no:debug:%s", operations[i])))
            continue;
        const struct kit_answer *answer = kit_ask (
            line, "debug", "{'session_id':'%s','debug_id':'%s','operation':'%s','code':'3'}",
            session, debug, operations[i]);
        kit_refuses (answer, "EvaluationError");
        kit_says (answer, "details.reason", "running");
        kit_says (answer, "details.id", going);
    }
    kit_ask (line, "interrupt", "{'id':'%s'}", going);
    kit_says (kit_await (line, going), "details.reason", "interrupted");
}

static void
check_step (struct kit *kit)
{
    static const char *const steps[] = {"step_into", "step_over", "step_out"};
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}");
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        if (kit_can (kit, kit_text (kit, "no:debug:%s", steps[i])))
            continue;
        const char *debug = suspend (line, session, raises);
        const struct kit_answer *answer = operate (line, session, debug, steps[i]);
        kit_has (answer, "result", "state:S");
        const char *state = kit_string (answer, "result.state");
        kit_expect (kit, strcmp (state, "suspended") == 0 || strcmp (state, "done") == 0,
                    "%s to leave it suspended or done, got %s", steps[i], state);
        if (strcmp (state, "suspended") == 0)
            kit_has (answer, "result", "stack:a");
        else
            kit_says (answer, "result.result", "42");
    }
}

static void
check_restart (struct kit *kit)
{
    if (!can (kit, "restart"))
        return;
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}");
    kit_prints (line, session, "kitRuns := 0", "0");
    const char *debug = suspend (line, session, raises);
    const struct kit_answer *answer = operate (line, session, debug, "restart");
    kit_says (answer, "result.state", "suspended");
    kit_says (answer, "result.error", "oh no");
}

static void
check_terminate (struct kit *kit)
{
    if (!can (kit, "terminate"))
        return;
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}");
    kit_prints (line, session, "kitEnsured := 0", "0");
    const char *debug =
        suspend (line, session, "[Error signal: 'oh no'] ensure: [kitEnsured := 1]");
    kit_prints (line, session, "kitEnsured", "0");
    kit_says (operate (line, session, debug, "terminate"), "result.state", "terminated");
    kit_prints (line, session, "kitEnsured", "1");
    kit_refuses (operate (line, session, debug, "terminate"), "ObjectNotFound");
}

static void
check_limit (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}"), *debugs[SUSPENDED_MAX + 1];
    for (int i = 0; i <= SUSPENDED_MAX; i++)
        debugs[i] = suspend (line, session, raises);
    kit_refuses (operate (line, session, debugs[0], "stack"), "ObjectNotFound");
    kit_succeeds (operate (line, session, debugs[1], "stack"));
    kit_succeeds (operate (line, session, debugs[SUSPENDED_MAX], "stack"));
}

static void
check_wrong (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}");
    const char *debug = suspend (line, session, raises);
    kit_refuses (operate (line, session, "kit-no-such-process", "stack"), "ObjectNotFound");
    kit_refuses (operate (line, session, debug, "dance"), "InvalidRequest");
    kit_refuses (operate (line, kit_id (kit), debug, "stack"), "SessionNotFound");
}

static void
check_unsupported (struct kit *kit)
{
    static const char *const operations[] = {
        "stack",    "locals",  "evaluate", "step_into", "step_over",
        "step_out", "proceed", "restart",  "terminate",
    };
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}");
    size_t lacking = 0;
    const char *debug = suspend (line, session, raises);
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        if (kit_can (kit, kit_text (kit, "no:debug:%s", operations[i]))) {
            kit_refuses (operate (line, session, debug, operations[i]), "UnsupportedOperation");
            lacking++;
        }
    if (lacking == 0)
        kit_skip (kit, "the image can do every operation");
}

static const struct kit_check checks[] = {
    {"debug-suspended",
     "With on_error debug code stays suspended where it raised, and the session goes on.",
     KIT_NEWER, "debug evaluate session_variables", check_suspended},
    {"debug-stack", "stack tells the frames, innermost first.", KIT_NEWER, "debug evaluate",
     check_stack},
    {"debug-locals", "locals tells the variables of a frame, self first.", KIT_NEWER,
     "debug evaluate", check_locals},
    {"debug-evaluate", "evaluate runs code in a frame.", KIT_NEWER, "debug evaluate",
     check_evaluate},
    {"debug-proceed", "proceed goes on as if the exception had answered nil.", KIT_NEWER,
     "debug evaluate session_variables", check_proceed},
    {"debug-running",
     "While a suspended evaluation goes on, stack says running, and what else is asked of it is "
     "refused with the id that can be interrupted.",
     KIT_NEWER, "debug evaluate interrupt", check_running},
    {"debug-step", "A step leaves the process suspended elsewhere, or done.", KIT_NEWER,
     "debug evaluate", check_step},
    {"debug-restart", "restart begins the frame anew.", KIT_NEWER, "debug evaluate", check_restart},
    {"debug-terminate", "terminate unwinds: ensure: blocks run.", KIT_NEWER,
     "debug evaluate session_variables", check_terminate},
    {"debug-limit", "A session has at most 8 suspended evaluations: the oldest is terminated.",
     KIT_NEWER, "debug evaluate", check_limit},
    {"debug-wrong", "An unknown debug_id is ObjectNotFound, an unknown operation InvalidRequest.",
     KIT_NEWER, "debug evaluate", check_wrong},
    {"debug-unsupported", "What no:debug:OPERATION says cannot be done is an UnsupportedOperation.",
     KIT_NEWER, "debug evaluate", check_unsupported},
    {0},
};

const struct kit_section kit_debugging = {"debugging", checks};
