/* test_sim_debug.c: objects of a simulated image inspected, and evaluations that an exception
 * suspended: looked at, gone on with, ended. */

#include "sim_fixture.h"

static void
setup_claimed (void)
{
    setup ();
    claim (1, ME, 1, 1);
    result_of (1, "create_session", "{'session_id':'s'}");
}

TestSuite (sim_inspect, .init = setup_claimed, .fini = teardown, .timeout = 60);
TestSuite (sim_debug, .init = setup_claimed, .fini = teardown, .timeout = 60);

/* ---- objects --------------------------------------------------------------------------------- */

static const struct json *
inspect (const char *target)
{
    char *parameters = stui_printf ("{'session_id':'s','target':'%s'}", target);
    const struct json *result = result_of (1, "inspect", parameters);
    free (parameters);
    return result;
}

static void
file_in (const char *source)
{
    char *parameters = stui_printf ("{'source':'%s'}", source);
    const struct json *result = result_of (1, "file_in", parameters);
    cr_assert_eq (json_get_number (result, "error_count", -1), 0, "%s",
                  json_get_text (json_first (json_get (result, "errors")), "text"));
    free (parameters);
}

Test (sim_inspect, elements_are_fields_by_number)
{
    const struct json *result = inspect ("#(3 `four` #(5))");
    const struct json *info = json_get (result, "object_info");
    cr_assert_str_eq (json_get_text (info, "class"), "Array");
    cr_assert_str_eq (json_get_text (info, "print_string"), "(3 'four' (5 ) )");
    cr_assert (json_get_bool (info, "is_indexable", false));
    cr_assert_eq (json_get_number (result, "size", 0), 3);
    const struct json *field = json_at (json_get (result, "fields"), 1);
    cr_assert_str_eq (json_get_text (field, "name"), "2");
    cr_assert_str_eq (json_get_text (field, "value"), "'four'");
    cr_assert_str_eq (json_get_text (field, "class"), "String");
}

Test (sim_inspect, variables_are_fields_by_name)
{
    file_in (
        "Object subclass: #P instanceVariableNames: `x y` classVariableNames: `Z` package: ``! "
        "!P methodsFor: `a`! x: n x := n! !");
    const struct json *result = inspect ("P new x: 7; yourself");
    const struct json *field = json_first (json_get (result, "fields"));
    cr_assert_str_eq (json_get_text (field, "name"), "x");
    cr_assert_str_eq (json_get_text (field, "value"), "7");
    cr_assert_eq (json_get_number (result, "size", 0), 2);
    result = inspect ("P");
    cr_assert_str_eq (json_get_text (json_first (json_get (result, "fields")), "name"), "Z");
    result = inspect ("Error new");
    cr_assert_str_eq (json_get_text (json_first (json_get (result, "fields")), "name"),
                      "messageText");
    cr_assert_eq (json_get_number (inspect ("3"), "size", -1), 0);
}

Test (sim_inspect, goes_on_by_the_ids_of_fields)
{
    const struct json *result = inspect ("#(1 #(2 3))");
    char *id = stui_strdup (json_get_text (json_at (json_get (result, "fields"), 1), "object_id"));
    char *parameters = stui_printf ("{'session_id':'s','object_id':'%s','from':1,'count':1}", id);
    result = result_of (1, "inspect", parameters);
    cr_assert_eq (json_get_number (result, "size", 0), 2);
    cr_assert_eq (json_get_number (result, "from", 0), 1);
    cr_assert_eq (json_count (json_get (result, "fields")), 1);
    cr_assert_str_eq (json_get_text (json_first (json_get (result, "fields")), "value"), "3");
    cr_assert_str_eq (json_get_text (json_get (result, "object_info"), "object_id"), id);
    free (parameters);
    parameters = stui_printf ("{'session_id':'s','object_ids':['%s','o999','x']}", id);
    cr_assert_eq (json_get_number (result_of (1, "release", parameters), "released", 0), 1);
    cr_assert_eq (json_get_number (result_of (1, "release", parameters), "released", -1), 0);
    free (parameters);
    parameters = stui_printf ("{'session_id':'s','object_id':'%s'}", id);
    expect_error (ask (1, "inspect", parameters), "ObjectNotFound");
    free (parameters);
    free (id);
}

Test (sim_inspect, an_id_of_a_former_start_finds_nothing)
{
    char *id =
        stui_strdup (json_get_text (json_get (inspect ("#(1)"), "object_info"), "object_id"));
    char *parameters = stui_printf ("{'session_id':'s','object_id':'%s'}", id);
    sim_image_destroy (&image);
    struct sim_image_options options = {
        .name = "sim-1",
        .image_id = "0e0c6a2f-1d0c-4f5b-9a52-0000000000aa",
        .boot_id = "1e0c6a2f-1d0c-4f5b-9a52-0000000000bb",
        .host = "here",
    };
    image = sim_image_new (&options, now);
    claim (1, ME, 1, 2);
    result_of (1, "create_session", "{'session_id':'s'}");
    inspect ("#(2)");
    expect_error (ask (1, "inspect", parameters), "ObjectNotFound");
    free (parameters);
    free (id);
}

Test (sim_inspect, inspect_it_answers_an_id_with_a_session)
{
    const struct json *result =
        result_of (1, "evaluate", "{'session_id':'s','code':'#(1)','mode':'inspectIt'}");
    char *parameters =
        stui_printf ("{'session_id':'s','object_id':'%s'}", json_get_text (result, "object_id"));
    cr_assert_eq (json_get_number (result_of (1, "inspect", parameters), "size", 0), 1);
    result_of (1, "create_session", "{'session_id':'t'}");
    parameters[strlen ("{'session_id':'")] = 't';
    expect_error (ask (1, "inspect", parameters), "ObjectNotFound");
    free (parameters);
    result = result_of (1, "evaluate", "{'code':'#(1)','mode':'inspectIt'}");
    cr_assert_null (json_get (result, "object_id"));
}

Test (sim_inspect, depth_is_bounded_in_width_and_in_all)
{
    printed ("Smalltalk at: #Big put: (1 to: 100)");
    const struct json *result =
        result_of (1, "inspect",
                   "{'session_id':'s','target':'(1 to: 100) collect: [:i | Smalltalk at: #Big]',"
                   "'depth':2}");
    size_t all = 0;
    const struct json *field = json_first (json_get (result, "fields"));
    cr_assert_eq (json_count (json_get (field, "fields")), 20);
    for (; field; field = json_next (field))
        all += json_count (json_get (field, "fields"));
    cr_assert_eq (all, 1000);
    result = result_of (1, "inspect", "{'session_id':'s','target':'#(#(#(#(#(1)))))','depth':5}");
    field = json_first (json_get (result, "fields"));
    for (int depth = 2; depth <= 5; depth++)
        field = json_first (json_get (field, "fields"));
    cr_assert_str_eq (json_get_text (field, "value"), "1");
}

Test (sim_inspect, a_session_holds_a_thousand_objects)
{
    const struct json *result =
        result_of (1, "evaluate", "{'session_id':'s','code':'#first','mode':'inspectIt'}");
    char *first =
        stui_printf ("{'session_id':'s','object_id':'%s'}", json_get_text (result, "object_id"));
    result = result_of (1, "evaluate", "{'session_id':'s','code':'#other','mode':'inspectIt'}");
    char *other =
        stui_printf ("{'session_id':'s','object_id':'%s'}", json_get_text (result, "object_id"));
    for (int i = 0; i < 999; i++) {
        char *parameters =
            stui_printf ("{'session_id':'s','code':'%d','mode':'inspectIt'}", i + 1000);
        result_of (1, "evaluate", parameters);
        free (parameters);
        if (i % 100 == 0)
            result_of (1, "inspect", first);
    }
    result_of (1, "inspect", first);
    expect_error (ask (1, "inspect", other), "ObjectNotFound");
    free (first);
    free (other);
}

Test (sim_inspect, a_target_waits_for_its_turn_an_id_does_not)
{
    const struct json *result =
        result_of (1, "evaluate", "{'session_id':'s','code':'#x','mode':'inspectIt'}");
    char *parameters =
        stui_printf ("{'session_id':'s','object_id':'%s'}", json_get_text (result, "object_id"));
    request (1, "evaluate", "{'session_id':'s','code':'(Delay forSeconds: 1) wait. y := 3'}");
    int waiting = request (1, "inspect", "{'session_id':'s','target':'y'}");
    cr_assert_not (find (1, id_of (waiting)));
    result_of (1, "inspect", parameters);
    free (parameters);
    advance (1000);
    cr_assert (find (1, id_of (waiting)));
    result = json_get (json_get (last, "result"), "object_info");
    cr_assert_str_eq (json_get_text (result, "print_string"), "3");
}

Test (sim_inspect, what_is_wrong_is_told)
{
    const struct json *answer = ask (1, "inspect", "{'session_id':'s','target':'1/0'}");
    expect_error (answer, "EvaluationError");
    const struct json *details = json_get (answer, "details");
    cr_assert_str_eq (json_get_text (details, "reason"), "exception");
    cr_assert_str_eq (json_get_text (details, "error_type"), "ZeroDivide");
    expect_error (ask (1, "inspect", "{'session_id':'s','target':'('}"), "CompileError");
    expect_error (ask (1, "inspect", "{'session_id':'s'}"), "InvalidRequest");
    expect_error (ask (1, "inspect", "{'session_id':'s','target':'3','object_id':'o1'}"),
                  "InvalidRequest");
    expect_error (ask (1, "inspect", "{'session_id':'s','target':'3','depth':6}"),
                  "InvalidRequest");
    expect_error (ask (1, "inspect", "{'session_id':'s','target':'3','count':1001}"),
                  "InvalidRequest");
    expect_error (ask (1, "inspect", "{'session_id':'no','target':'3'}"), "SessionNotFound");
    expect_error (ask (1, "inspect", "{'session_id':'s','object_id':'o7'}"), "ObjectNotFound");
    expect_error (ask (1, "release", "{'session_id':'s','object_ids':'o1'}"), "InvalidRequest");
    expect_error (ask (1, "release", "{'session_id':'s','object_ids':[1]}"), "InvalidRequest");
}

Test (sim_inspect, a_long_print_string_is_cut)
{
    const struct json *result = inspect ("{String new: 5000}");
    const struct json *field = json_first (json_get (result, "fields"));
    cr_assert_eq (strlen (json_get_text (field, "value")), 1 + 999 * 3); /* NULs are shown */
}

/* ---- debugging --------------------------------------------------------------------------------- */

#define CODE                                                                                       \
    "Object subclass: #D instanceVariableNames: `n` classVariableNames: `` package: ``! "          \
    "!D methodsFor: `a`! n: x n := x! outer: a | t | t := a * 2. ^(self inner: t) + 1! "           \
    "inner: b ^#(1) inject: 0 into: [:s :e | s + (b / 0 ifNil: [b])]! !"

/* Suspends CODE; its debug_id. Caller frees. */
static char *
suspend (const char *code)
{
    char *parameters = stui_printf ("{'session_id':'s','code':'%s','on_error':'debug'}", code);
    const struct json *result = result_of (1, "evaluate", parameters);
    free (parameters);
    cr_assert (json_get_bool (result, "has_error", false));
    cr_assert_gt (json_count (json_get (result, "stack")), 0);
    cr_assert_not_null (json_get_text (result, "debug_id"));
    return stui_strdup (json_get_text (result, "debug_id"));
}

/* The answer to OPERATION on ID with MORE parameters. */
static const struct json *
debug_answer (const char *id, const char *operation, const char *more)
{
    char *parameters =
        stui_printf ("{'session_id':'s','debug_id':'%s','operation':'%s'%s}", id, operation, more);
    const struct json *answer = ask (1, "debug", parameters);
    free (parameters);
    return answer;
}

static const struct json *
debug (const char *id, const char *operation, const char *more)
{
    const struct json *answer = debug_answer (id, operation, more);
    cr_assert_str_eq (json_get_text (answer, "status"), "success", "%s: %s", operation,
                      json_get_text (answer, "error"));
    return json_get (answer, "result");
}

static const char *
value_of (const struct json *fields, const char *name)
{
    const struct json *field = json_first (fields);
    while (field && strcmp (json_get_text (field, "name"), name) != 0)
        field = json_next (field);
    return field ? json_get_text (field, "value") : "";
}

Test (sim_debug, an_exception_suspends_and_is_announced)
{
    result_of (1, "subscribe", "{'events':['debugger_opened']}");
    int number = request (1, "evaluate", "{'session_id':'s','code':'1/0','on_error':'debug'}");
    cr_assert (find (1, NULL));
    const struct json *data = json_get (last, "data");
    cr_assert_str_eq (json_get_text (data, "id"), id_of (number));
    cr_assert_str_eq (json_get_text (data, "error_type"), "ZeroDivide");
    char *id = stui_strdup (json_get_text (data, "debug_id"));
    cr_assert (find (1, id_of (number)));
    cr_assert_str_eq (json_get_text (json_get (last, "result"), "debug_id"), id);
    free (id);
    sim_outbox_clear (&outbox);
    const struct json *next = result_of (1, "evaluate", "{'session_id':'s','code':'3'}");
    cr_assert_str_eq (json_get_text (next, "result"), "3", "the session's turn is not over");
    next = result_of (1, "evaluate", "{'code':'1/0','on_error':'debug'}");
    cr_assert_null (json_get (next, "debug_id"), "without a session it is as return");
}

Test (sim_debug, shows_stack_and_locals)
{
    file_in (CODE);
    char *id = suspend ("| d | d := D new. d n: 5. d outer: 4");
    const struct json *result = debug (id, "stack", "");
    cr_assert_str_eq (json_get_text (result, "state"), "suspended");
    cr_assert_str_eq (json_get_text (result, "error_type"), "ZeroDivide");
    const struct json *stack = json_get (result, "stack"), *frame = json_first (stack);
    cr_assert_str_eq (json_get_text (frame, "selector"), "[] in inner:");
    cr_assert_eq (json_get_number (frame, "index", -1), 0);
    frame = json_at (stack, 2);
    cr_assert_str_eq (json_get_text (frame, "class_name"), "D");
    cr_assert_str_eq (json_get_text (frame, "side"), "instance");
    cr_assert_str_eq (json_get_text (frame, "selector"), "outer:");
    cr_assert_str_eq (json_get_text (frame, "receiver"), "a D");
    cr_assert_eq (json_get_number (frame, "line", 0), 1);
    const struct json *locals = json_get (debug (id, "locals", ",'frame':2"), "locals");
    cr_assert_str_eq (json_get_text (json_first (locals), "name"), "self");
    cr_assert_str_eq (value_of (locals, "n"), "5");
    cr_assert_str_eq (value_of (locals, "a"), "4");
    cr_assert_str_eq (value_of (locals, "t"), "8");
    locals = json_get (debug (id, "locals", ""), "locals");
    cr_assert_str_eq (value_of (locals, "e"), "1");
    cr_assert_str_eq (value_of (locals, "b"), "8", "what is around a block is seen from it");
    expect_error (debug_answer (id, "locals", ",'frame':4"), "InvalidRequest");
    free (id);
}

Test (sim_debug, evaluates_where_it_stopped)
{
    file_in (CODE);
    char *id = suspend ("(D new n: 5; yourself) outer: 4");
    const struct json *result = debug (id, "evaluate", ",'frame':2,'code':'self class -> n'");
    cr_assert (json_get_bool (result, "has_error", false));
    result = debug (id, "evaluate", ",'frame':2,'code':'t + n + a'");
    cr_assert_str_eq (json_get_text (result, "result"), "17");
    cr_assert_str_eq (json_get_text (result, "state"), "suspended");
    debug (id, "evaluate", ",'frame':0,'code':'b := 40. n := 6'");
    cr_assert_str_eq (value_of (json_get (debug (id, "locals", ",'frame':2"), "locals"), "n"), "6");
    expect_error (debug_answer (id, "evaluate", ",'code':'nobody'"), "CompileError");
    expect_error (debug_answer (id, "evaluate", ""), "InvalidRequest");
    result = debug (id, "proceed", "");
    cr_assert_str_eq (json_get_text (result, "result"), "41");
    free (id);
}

Test (sim_debug, proceeds_as_if_the_exception_answered_nil)
{
    char *id = suspend ("x := 1/0. x isNil");
    const struct json *result = debug (id, "proceed", "");
    cr_assert_str_eq (json_get_text (result, "state"), "done");
    cr_assert_str_eq (json_get_text (result, "result"), "true");
    cr_assert_not (json_get_bool (result, "has_error", true));
    expect_error (debug_answer (id, "stack", ""), "ObjectNotFound");
    free (id);
    id = suspend ("(3 ifTrue: [1]) isNil. nil foo. 7");
    result = debug (id, "proceed", "");
    cr_assert_str_eq (json_get_text (result, "state"), "suspended");
    cr_assert_str_eq (json_get_text (result, "error_type"), "MessageNotUnderstood");
    result = debug (id, "proceed", "");
    cr_assert_str_eq (json_get_text (result, "result"), "7");
    free (id);
    id = suspend ("[3] whileTrue. 8");
    result = debug (id, "terminate", "");
    free (id);
}

Test (sim_debug, begins_an_activation_anew)
{
    file_in (CODE);
    char *id = suspend ("(D new n: 5; yourself) outer: 4");
    file_in ("!D methodsFor: `a`! inner: b ^b! !");
    const struct json *result = debug (id, "restart", ",'frame':2");
    cr_assert_str_eq (json_get_text (result, "state"), "done");
    cr_assert_str_eq (json_get_text (result, "result"), "9");
    free (id);
}

Test (sim_debug, steps)
{
    file_in (CODE);
    char *id = suspend ("x := nil foo. x := D new. x n: 3. (x n: 4) yourself. 5");
    const struct json *result = debug (id, "step_over", "");
    cr_assert_str_eq (json_get_text (result, "state"), "suspended");
    cr_assert_eq (json_count (json_get (result, "stack")), 1);
    debug (id, "step_into", "");
    result = debug (id, "stack", "");
    cr_assert_eq (json_count (json_get (result, "stack")), 2, "it is not in n:");
    cr_assert (json_is_null (json_get (result, "error")));
    result = debug (id, "step_out", "");
    cr_assert_eq (json_count (json_get (result, "stack")), 1);
    result = debug (id, "step_over", "");
    cr_assert_eq (json_count (json_get (result, "stack")), 1, "it went into n:");
    result = debug (id, "step_out", "");
    cr_assert_str_eq (json_get_text (result, "state"), "done");
    cr_assert_str_eq (json_get_text (result, "result"), "5");
    free (id);
}

Test (sim_debug, a_handled_exception_suspends_nothing)
{
    const struct json *result = result_of (1, "evaluate",
                                           "{'session_id':'s','on_error':'debug','code':"
                                           "'[1/0] on: ZeroDivide do: [:e | 7]'}");
    cr_assert_str_eq (json_get_text (result, "result"), "7");
}

Test (sim_debug, what_goes_on_is_running_and_can_be_terminated)
{
    char *id = suspend ("nil foo. [true] whileTrue");
    char *parameters = stui_printf ("{'session_id':'s','debug_id':'%s','operation':'proceed'}", id);
    int going = request (1, "debug", parameters);
    free (parameters);
    cr_assert_not (find (1, id_of (going)));
    cr_assert_str_eq (json_get_text (debug (id, "stack", ""), "state"), "running");
    /* Symptom: locals, steps and evaluate were a success with the state `running`. */
    static const char *const refused[] = {"locals",  "evaluate", "step_into", "step_over",
                                          "proceed", "step_out", "restart"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        const struct json *answer = debug_answer (id, refused[i], ",'code':'3'");
        expect_error (answer, "EvaluationError");
        const struct json *details = json_get (answer, "details");
        cr_assert_str_eq (json_get_text (details, "reason"), "running");
        cr_assert_str_eq (json_get_text (details, "id"), id_of (going));
    }
    parameters = stui_printf ("{'session_id':'s','debug_id':'%s','operation':'terminate'}", id);
    int ending = request (1, "debug", parameters);
    free (parameters);
    cr_assert (find (1, id_of (going)));
    expect_error (last, "EvaluationError");
    cr_assert (find (1, id_of (ending)));
    cr_assert_str_eq (json_get_text (json_get (last, "result"), "state"), "terminated");
    sim_outbox_clear (&outbox);
    expect_error (debug_answer (id, "stack", ""), "ObjectNotFound");
    free (id);
}

Test (sim_debug, a_ninth_suspended_evaluation_ends_the_oldest)
{
    char *first = suspend ("nil foo"), *second = suspend ("nil foo");
    for (int i = 0; i < 7; i++)
        free (suspend ("nil foo"));
    expect_error (debug_answer (first, "stack", ""), "ObjectNotFound");
    debug (second, "stack", "");
    debug (second, "terminate", "");
    free (first);
    free (second);
}

Test (sim_debug, closing_the_session_ends_what_is_suspended)
{
    char *id = suspend ("nil foo");
    result_of (1, "close_session", "{'session_id':'s'}");
    expect_error (debug_answer (id, "stack", ""), "SessionNotFound");
    result_of (1, "create_session", "{'session_id':'s'}");
    expect_error (debug_answer (id, "stack", ""), "ObjectNotFound");
    free (id);
}

Test (sim_debug, an_image_that_ends_takes_what_is_suspended_along)
{
    char *id = suspend ("nil foo. [true] whileTrue");
    char *parameters = stui_printf ("{'session_id':'s','debug_id':'%s','operation':'proceed'}", id);
    request (1, "debug", parameters);
    request (1, "evaluate", "{'session_id':'s','code':'3'}");
    free (parameters);
    free (id);
}

Test (sim_debug, wrong_parameters_are_refused)
{
    char *id = suspend ("nil foo");
    expect_error (debug_answer (id, "dance", ""), "InvalidRequest");
    expect_error (debug_answer ("d99", "stack", ""), "ObjectNotFound");
    expect_error (ask (1, "debug", "{'session_id':'s','operation':'stack'}"), "InvalidRequest");
    expect_error (ask (1, "debug", "{'session_id':'n','debug_id':'d1','operation':'stack'}"),
                  "SessionNotFound");
    free (id);
}
