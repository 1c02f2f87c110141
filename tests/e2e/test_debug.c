/* test_debug.c: debugging in a real image: an evaluation that raises stays where it is, can be looked
 * at, changed, gone on with, begun anew and ended, and never leaks. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/image.h"
#include "support/wire_expect.h"

static struct image image;
static struct wire_client *client;
static char session[WIRE_ID_SIZE];

/* A method whose block fails at line 4; SHOP's answer tells what the argument became. */
#define SHOP                                                                                       \
    "Object subclass: #StuiTestShop instanceVariableNames: 'total' classVariableNames: '' "        \
    "poolDictionaries: '' category: 'x'"
#define SHOP_SELL                                                                                  \
    "StuiTestShop compile: 'sell: count [\n| price |\nprice := count * 2. total := 10.\n"          \
    "#(5) do: [:each | | sum | sum := price + each. total := sum frobnicate].\n^total -> price ]'"

static void
s_start (void)
{
    cr_assert_eq (image_start (&image, "debug", NULL, 0, NULL), 0);
    client = wire_claimed (&image, WIRE_CLIENT_A);
    wire_create_session (client, session);
    wire_do (client, NULL, SHOP);
    wire_do (client, NULL, SHOP_SELL);
}

static void
s_stop (void)
{
    wire_client_destroy (&client);
    image_stop (&image);
}

TestSuite (debug, .init = s_start, .fini = s_stop, .timeout = 120);

/* ---- helpers ---- */

/* Evaluates code that raises, and takes the id of what is suspended then. */
static void
s_suspend (const char *code, char debug_id[64])
{
    cJSON *answer = wire_evaluate_with (client, session, code, wire_json ("{'on_error':'debug'}"));
    cr_assert (cJSON_IsTrue (wire_item (answer, "result.has_error")), "%s: %s", code,
               wire_string (answer, "error"));
    snprintf (debug_id, 64, "%s", wire_string (answer, "result.debug_id"));
    cr_assert_str_neq (debug_id, "");
    cJSON_Delete (answer);
}

/* MORE is taken over, or NULL. */
static cJSON *
s_debug (const char *debug_id, const char *operation, cJSON *more)
{
    cJSON *parameters = more ? more : cJSON_CreateObject ();
    cJSON_AddStringToObject (parameters, "session_id", session);
    cJSON_AddStringToObject (parameters, "debug_id", debug_id);
    cJSON_AddStringToObject (parameters, "operation", operation);
    return wire_client_call (client, "debug", parameters);
}

static cJSON *
s_code (int frame, const char *code)
{
    cJSON *parameters = wire_json ("{'frame':%d}", frame);
    cJSON_AddStringToObject (parameters, "code", code);
    return parameters;
}

/* Expects frame INDEX of the stack in ANSWER to be that. */
static void
s_expect_frame (const cJSON *answer, int index, const char *class, const char *selector, int line,
                const char *receiver)
{
    const cJSON *frame = cJSON_GetArrayItem (wire_item (answer, "result.stack"), index);
    cr_expect_eq ((int) wire_number (frame, "index"), index);
    cr_expect_str_eq (wire_string (frame, "class_name"), class);
    cr_expect_str_eq (wire_string (frame, "selector"), selector);
    cr_expect_str_eq (wire_string (frame, "side"), "instance");
    cr_expect_eq ((int) wire_number (frame, "line"), line, "line %d",
                  (int) wire_number (frame, "line"));
    cr_expect_str_eq (wire_string (frame, "receiver"), receiver);
}

/* Expects one of the locals to have that value; NULL: not to be there. */
static void
s_expect_local (const char *debug_id, int frame, const char *name, const char *value)
{
    cJSON *answer = s_debug (debug_id, "locals", wire_json ("{'frame':%d}", frame));
    const char *found = NULL;
    const cJSON *local;
    cJSON_ArrayForEach (
        local,
        wire_item (answer, "result.locals")) if (!found
                                                 && strcmp (wire_string (local, "name"), name) == 0)
        found = wire_string (local, "value");
    cr_expect (value ? found && strcmp (found, value) == 0 : !found, "%s in frame %d is %s, not %s",
               name, frame, found ? found : "not there", value ? value : "not there");
    cJSON_Delete (answer);
}

/* How many processes of evaluations there are in the image, beside the one that counts. */
static int
s_processes (void)
{
    cJSON *answer = wire_client_call (client, "system_info", wire_json ("{'kind':'processes'}"));
    const cJSON *process;
    int count = 0;
    cJSON_ArrayForEach (process, wire_item (answer, "result.processes")) count +=
        strcmp (wire_string (process, "name"), "stui evaluation") == 0;
    cJSON_Delete (answer);
    return count;
}

static void
s_await_processes (int count)
{
    int now;
    for (int i = 0; (now = s_processes ()) != count && i < 2000; i++)
        wire_ping_longest_ms (client, 1);
    cr_expect_eq (now, count, "%d processes", now);
}

/* ---- looking ---- */

Test (debug, a_method_that_fails_opens_the_debugger_with_its_stack_and_locals)
{
    char id[64];
    cJSON_Delete (
        wire_client_call (client, "subscribe", wire_json ("{'events':['debugger_opened']}")));
    cJSON *answer = wire_evaluate_with (client, session, "| n | n := 3.\nStuiTestShop new sell: n",
                                        wire_json ("{'on_error':'debug'}"));
    snprintf (id, sizeof id, "%s", wire_string (answer, "result.debug_id"));
    cr_expect_str_eq (wire_string (answer, "result.result_type"), "MessageNotUnderstood");
    cJSON *event = wire_client_event (client, "debugger_opened");
    cr_expect_str_eq (wire_string (event, "data.debug_id"), id);
    cr_expect_str_eq (wire_string (event, "data.id"), wire_string (answer, "id"));
    cr_expect_str_eq (wire_string (event, "session_id"), session);
    cr_expect_str_eq (wire_string (event, "data.error"),
                      "SmallInteger did not understand #frobnicate");
    cr_expect_str_eq (wire_string (event, "data.error_type"), "MessageNotUnderstood");
    cJSON_Delete (event);
    cJSON_Delete (answer);

    answer = s_debug (id, "stack", NULL);
    cr_expect_str_eq (wire_string (answer, "result.state"), "suspended");
    cr_expect_str_eq (wire_string (answer, "result.error_type"), "MessageNotUnderstood");
    s_expect_frame (answer, 0, "StuiTestShop", "sell:", 4, "a StuiTestShop");
    s_expect_frame (answer, 2, "StuiTestShop", "sell:", 4, "a StuiTestShop");
    s_expect_frame (answer, 3, "UndefinedObject", "doIt", 2, "nil");
    cr_expect_eq (cJSON_GetArraySize (wire_item (answer, "result.stack")), 4);
    cJSON_Delete (answer);

    s_expect_local (id, 0, "self", "a StuiTestShop");
    s_expect_local (id, 0, "total", "10");
    s_expect_local (id, 0, "each", "5");
    s_expect_local (id, 0, "sum", "11");
    s_expect_local (id, 0, "price", "6");
    s_expect_local (id, 2, "count", "3");
    s_expect_local (id, 2, "price", "6");
    s_expect_local (id, 2, "sum", NULL);
    s_expect_local (id, 3, "n", "3");
    wire_expect_error (s_debug (id, "locals", wire_json ("{'frame':4}")), "InvalidRequest");
}

Test (debug, names_of_temporaries_are_found_whatever_the_source_looks_like)
{
    wire_do (client, NULL,
             "StuiTestShop compile: 'at: k put: v [ <category: ''a | b''> \"| no |\" | one two | "
             "one := ''| x |''. two := k | v. (one isNil) ifTrue: [| hid | hid := 3]. "
             "[:p :q || in | in := p. $| foo. in] value: 1 value: 2. ^one ]'");
    char id[64];
    s_suspend ("StuiTestShop new at: true put: false", id);
    s_expect_local (id, 0, "p", "1");
    s_expect_local (id, 0, "q", "2");
    s_expect_local (id, 0, "in", "1");
    s_expect_local (id, 1, "k", "true");
    s_expect_local (id, 1, "v", "false");
    s_expect_local (id, 1, "one", "'| x |'");
    s_expect_local (id, 1, "two", "true");
    s_expect_local (id, 1, "no", NULL);
}

Test (debug, locals_can_be_inspected)
{
    char id[64], object[64] = "";
    s_suspend ("| d | d := Array with: 7. d foo", id);
    cJSON *answer = s_debug (id, "locals", NULL);
    const cJSON *local;
    cJSON_ArrayForEach (
        local,
        wire_item (answer, "result.locals")) if (strcmp (wire_string (local, "name"), "d") == 0)
        snprintf (object, sizeof object, "%s", wire_string (local, "object_id"));
    cJSON_Delete (answer);
    answer = wire_client_call (client, "inspect",
                               wire_json ("{'session_id':'%s','object_id':'%s'}", session, object));
    const cJSON *fields = wire_item (answer, "result.fields");
    cr_expect_str_eq (wire_string (cJSON_GetArrayItem (fields, 0), "value"), "7");
    cJSON_Delete (answer);
}

/* ---- evaluating in a frame ---- */

Test (debug, code_in_a_frame_sees_and_changes_what_is_there)
{
    char id[64];
    s_suspend ("StuiTestShop new sell: 3", id);
    cJSON *answer = s_debug (id, "evaluate", s_code (0, "price + sum + each + total"));
    cr_expect_str_eq (wire_string (answer, "result.result"), "32");
    cr_expect_str_eq (wire_string (answer, "result.state"), "suspended");
    cJSON_Delete (answer);
    wire_expect (s_debug (id, "evaluate", s_code (0, "self class name")), "result.result",
                 "#StuiTestShop");
    wire_expect (s_debug (id, "evaluate", s_code (2, "price := 100. total := 7. found := self. 3")),
                 "result.result", "3");
    s_expect_local (id, 0, "price", "100");
    s_expect_local (id, 0, "total", "7");
    wire_expect (wire_client_evaluate (client, session, "found class name"), "result.result",
                 "#StuiTestShop");
    answer = s_debug (id, "evaluate", s_code (0, "3.\nself frob"));
    cr_expect (cJSON_IsTrue (wire_item (answer, "result.has_error")));
    cr_expect_str_eq (
        cJSON_GetStringValue (cJSON_GetArrayItem (wire_item (answer, "result.stack"), 0)),
        "the evaluated code (line 2)");
    cr_expect_eq (cJSON_GetArraySize (wire_item (answer, "result.stack")), 1);
    cJSON_Delete (answer);
    answer = s_debug (id, "evaluate", s_code (0, "3.\n unknown"));
    cr_expect_eq ((int) wire_number (answer, "details.line"), 2);
    cr_expect_eq ((int) wire_number (answer, "details.column"), 2);
    wire_expect_error (answer, "CompileError");
}

Test (debug, code_sees_the_self_of_frames_of_every_kind)
{
    static const struct {
        const char *code, *asked, *result;
    } rows[] = {
        {"nil foo", "self", "nil"},
        {"3 zork", "self", "nil"},
        {"#(1 2) do: [:e | e zork]", "e", "1"},
        {"StuiTestShop fails", "self name", "#StuiTestShop"},
        {"StuiTestShop fails", "state", "9"},
        {"1 perform: #fails: with: 5", "self + other", "6"},
    };
    wire_do (client, NULL, "StuiTestShop class instanceVariableNames: 'state'");
    wire_do (client, NULL, "StuiTestShop class compile: 'fails [ state := 9. self zork ]'");
    wire_do (client, NULL, "Integer compile: 'fails: other [ ^other zork ]'");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char id[64];
        s_suspend (rows[i].code, id);
        wire_expect (s_debug (id, "evaluate", s_code (0, rows[i].asked)), "result.result",
                     rows[i].result);
    }
    wire_expect (wire_client_evaluate (client, NULL, "StuiTestShop subclasses size"),
                 "result.result", "0");
}

/* ---- going on ---- */

Test (debug, proceed_answers_nil_for_what_failed_until_all_is_done)
{
    char id[64];
    s_suspend ("Array with: nil foo with: (self error: 'oh') with: 3", id);
    cJSON *answer = s_debug (id, "proceed", NULL);
    cr_expect_str_eq (wire_string (answer, "result.state"), "suspended");
    cr_expect_str_eq (wire_string (answer, "result.error"), "oh");
    cr_expect_str_eq (wire_string (answer, "result.error_type"), "Error");
    s_expect_frame (answer, 0, "UndefinedObject", "doIt", 1, "nil");
    cJSON_Delete (answer);
    answer = s_debug (id, "proceed", NULL);
    cr_expect_str_eq (wire_string (answer, "result.state"), "done");
    cr_expect_str_eq (wire_string (answer, "result.result"), "(nil nil 3 )");
    cr_expect (cJSON_IsFalse (wire_item (answer, "result.has_error")));
    cJSON_Delete (answer);
    wire_expect_error (s_debug (id, "stack", NULL), "ObjectNotFound");
}

Test (debug, proceed_goes_on_from_every_kind_of_exception)
{
    static const char *const rows[] = {"1 / 0",
                                       "nil foo",
                                       "Error signal: 'x'",
                                       "self halt",
                                       "Exception signal: 'raw'",
                                       "(Array new: 3) at: 9",
                                       "[:x | x] value",
                                       "Error new signal",
                                       "[1 / 0] ensure: [marks := marks + 1]"};
    wire_do (client, session, "marks := 0");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char id[64], code[128];
        snprintf (code, sizeof code, "%s. 40 + 2", rows[i]);
        s_suspend (code, id);
        cJSON *answer = s_debug (id, "proceed", NULL);
        cr_expect_str_eq (wire_string (answer, "result.result"), "42", "%s: %s", rows[i],
                          wire_string (answer, "result.error"));
        cJSON_Delete (answer);
    }
    wire_expect (wire_client_evaluate (client, session, "marks"), "result.result", "1");
}

Test (debug, handlers_of_the_code_are_right_after_proceed)
{
    char id[64];
    s_suspend ("[nil foo. 1 / 0] on: ZeroDivide do: [:e | e return: 8]", id);
    wire_expect (s_debug (id, "proceed", NULL), "result.result", "8");
}

Test (debug, restart_begins_the_frame_anew_with_the_method_as_it_is_now)
{
    char id[64];
    s_suspend ("StuiTestShop new sell: 3", id);
    cJSON *answer = s_debug (id, "restart", wire_json ("{'frame':2}"));
    cr_expect_str_eq (wire_string (answer, "result.state"), "suspended");
    s_expect_frame (answer, 2, "StuiTestShop", "sell:", 4, "a StuiTestShop");
    cr_expect_eq (cJSON_GetArraySize (wire_item (answer, "result.stack")), 4);
    cJSON_Delete (answer);
    s_expect_local (id, 2, "price", "6");
    wire_do (client, NULL, "StuiTestShop compile: 'sell: count [ ^count * 111 ]'");
    answer = s_debug (id, "restart", wire_json ("{'frame':2}"));
    cr_expect_str_eq (wire_string (answer, "result.state"), "done");
    cr_expect_str_eq (wire_string (answer, "result.result"), "333");
    cJSON_Delete (answer);
}

Test (debug, restart_of_blocks_and_of_the_code_itself_runs_ensure_blocks)
{
    char id[64];
    wire_do (client, session, "marks := 0. runs := 0");
    s_suspend ("runs := runs + 1. [#(5) do: [:e | runs > 2 ifFalse: [e foo]]] ensure: [marks := "
               "marks + 1]. runs",
               id);
    cJSON *answer = s_debug (id, "stack", NULL);
    int frames = cJSON_GetArraySize (wire_item (answer, "result.stack"));
    cJSON_Delete (answer);
    wire_expect (s_debug (id, "restart", wire_json ("{'frame':%d}", frames - 1)), "result.state",
                 "suspended");
    wire_expect (wire_client_evaluate (client, session, "marks -> runs"), "result.result", "1->2");
    wire_expect (s_debug (id, "restart", NULL), "result.state", "suspended");
    wire_expect (wire_client_evaluate (client, session, "marks -> runs"), "result.result", "1->2");
    wire_expect (s_debug (id, "restart", wire_json ("{'frame':%d}", frames - 1)), "result.result",
                 "3");
    wire_expect (wire_client_evaluate (client, session, "marks -> runs"), "result.result", "3->3");
}

Test (debug, terminate_unwinds)
{
    char id[64];
    s_suspend ("[nil foo] ensure: [unwound := 5]", id);
    wire_expect (s_debug (id, "terminate", NULL), "result.state", "terminated");
    wire_expect (wire_client_evaluate (client, session, "unwound"), "result.result", "5");
    wire_expect_error (s_debug (id, "proceed", NULL), "ObjectNotFound");
    s_await_processes (0);
}

Test (debug, what_refuses_to_end_is_destroyed)
{
    char id[64];
    s_suspend ("[nil foo] ensure: [[[true] whileTrue] on: Exception do: [:e | e retry]]", id);
    cJSON *answer = s_debug (id, "terminate", NULL);
    cr_expect_str_eq (wire_string (answer, "result.how"), "destroyed");
    wire_expect (answer, "result.state", "terminated");
    s_suspend ("[nil foo] ensure: [nil bar. nil baz]", id);
    wire_expect (s_debug (id, "terminate", NULL), "result.state", "terminated");
    s_await_processes (0);
}

Test (debug, an_evaluation_that_goes_on_can_be_interrupted_and_timed_out)
{
    char id[64], request[WIRE_ID_SIZE];
    s_suspend ("nil foo. [true] whileTrue", id);
    wire_client_send (
        client, "debug",
        wire_json ("{'session_id':'%s','debug_id':'%s','operation':'proceed'}", session, id),
        request);
    wire_expect (s_debug (id, "stack", NULL), "result.state", "running");
    wire_expect (s_debug (id, "proceed", NULL), "details.reason", "running");
    wire_expect (wire_client_call (client, "interrupt", wire_json ("{'id':'%s'}", request)),
                 "result.how", "terminated");
    wire_expect (wire_client_answer (client, request), "details.reason", "interrupted");
    s_suspend ("nil foo. [true] whileTrue", id);
    wire_expect (s_debug (id, "proceed", wire_json ("{'timeout_ms':50}")), "details.reason",
                 "timeout");
    wire_expect_error (s_debug (id, "stack", NULL), "ObjectNotFound");
    s_await_processes (0);
}

Test (debug, a_suspended_evaluation_lets_the_session_go_on_and_waits_for_its_turn)
{
    char id[64], loop[WIRE_ID_SIZE], proceed[WIRE_ID_SIZE];
    s_suspend ("nil foo. done := true", id);
    wire_expect (wire_client_evaluate (client, session, "3 + 4"), "result.result", "7");
    cJSON *parameters = wire_json ("{'session_id':'%s'}", session);
    cJSON_AddStringToObject (parameters, "code", "[true] whileTrue");
    wire_client_send (client, "evaluate", parameters, loop);
    wire_client_send (
        client, "debug",
        wire_json ("{'session_id':'%s','debug_id':'%s','operation':'proceed'}", session, id),
        proceed);
    /* Taken back before its turn, it is suspended as before. */
    wire_expect (wire_client_call (client, "interrupt", wire_json ("{'id':'%s'}", proceed)),
                 "result.how", "not_begun");
    wire_expect (wire_client_answer (client, proceed), "details.how", "not_begun");
    wire_expect (s_debug (id, "stack", NULL), "result.state", "suspended");
    cJSON_Delete (wire_client_call (client, "interrupt", wire_json ("{'id':'%s'}", loop)));
    wire_expect (s_debug (id, "proceed", NULL), "result.result", "true");
}

Test (debug, a_debug_request_is_carried_out_once)
{
    char id[64], request[WIRE_ID_SIZE];
    s_suspend ("nil foo. nil bar. 3", id);
    cJSON *parameters =
        wire_json ("{'session_id':'%s','debug_id':'%s','operation':'proceed'}", session, id);
    cJSON *again = cJSON_Duplicate (parameters, true);
    wire_client_send (client, "debug", parameters, request);
    wire_expect (wire_client_answer (client, request), "result.error",
                 "UndefinedObject did not understand #bar");
    wire_client_send_as (client, request, "debug", again);
    cJSON *answer = wire_client_answer (client, request);
    cr_expect_str_eq (wire_string (answer, "result.state"), "done");
    cr_expect_str_eq (wire_string (answer, "result.reply.result.state"), "suspended");
    cJSON_Delete (answer);
    wire_expect (s_debug (id, "proceed", NULL), "result.result", "3");
}

Test (debug, what_cannot_be_done_is_said)
{
    static const char *const steps[] = {"step_into", "step_over", "step_out"};
    char id[64], name[64];
    s_suspend ("nil foo", id);
    cJSON *hello = wire_client_call (
        client, "hello", wire_json ("{'client_id':'%s','protocol':'1.1'}", WIRE_CLIENT_A));
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        bool denied = false;
        const cJSON *capability;
        snprintf (name, sizeof name, "no:debug:%s", steps[i]);
        cJSON_ArrayForEach (capability, wire_item (hello, "result.capabilities")) denied =
            denied || strcmp (cJSON_GetStringValue (capability), name) == 0;
        cr_expect (denied);
        wire_expect_error (s_debug (id, steps[i], NULL), "UnsupportedOperation");
    }
    cJSON_Delete (hello);
    wire_expect_error (s_debug (id, "hop", NULL), "InvalidRequest");
    wire_expect_error (s_debug ("nobody", "stack", NULL), "ObjectNotFound");
    wire_expect (s_debug (id, "terminate", NULL), "result.state", "terminated");
}

Test (debug, without_a_session_debug_is_return)
{
    cJSON *answer =
        wire_evaluate_with (client, NULL, "nil foo", wire_json ("{'on_error':'debug'}"));
    cr_expect (cJSON_IsTrue (wire_item (answer, "result.has_error")));
    cr_expect_null (wire_item (answer, "result.debug_id"));
    cJSON_Delete (answer);
    s_await_processes (0);
}

/* ---- leaking nothing ---- */

Test (debug, a_session_has_eight_and_the_oldest_goes)
{
    char ids[10][64];
    wire_do (client, session, "gone := 0");
    for (int i = 0; i < 10; i++)
        s_suspend ("[nil foo] ensure: [gone := gone + 1]", ids[i]);
    wire_expect_error (s_debug (ids[0], "stack", NULL), "ObjectNotFound");
    wire_expect_error (s_debug (ids[1], "stack", NULL), "ObjectNotFound");
    wire_expect (s_debug (ids[2], "stack", NULL), "result.state", "suspended");
    s_await_processes (8);
    wire_expect (wire_client_evaluate (client, session, "gone"), "result.result", "2");
}

Test (debug, a_closed_session_ends_what_is_suspended_in_it)
{
    char id[64];
    wire_do (client, NULL, "Smalltalk at: #StuiTestGone put: 0");
    for (int i = 0; i < 5; i++)
        s_suspend ("[nil foo] ensure: [Smalltalk at: #StuiTestGone put: (Smalltalk at: "
                   "#StuiTestGone) + 1]",
                   id);
    s_await_processes (5);
    cJSON_Delete (
        wire_client_call (client, "close_session", wire_json ("{'session_id':'%s'}", session)));
    s_await_processes (0);
    wire_expect (wire_client_evaluate (client, NULL, "Smalltalk at: #StuiTestGone"),
                 "result.result", "5");
}

Test (debug, what_is_suspended_outlives_its_connection_and_its_fencing)
{
    char id[64];
    s_suspend ("nil foo. 42", id);
    struct wire_client *newer = wire_client_new (image.port);
    cr_assert (wire_client_claim (newer, WIRE_CLIENT_A, 1, 2, NULL));
    wire_client_destroy (&client);
    client = newer;
    wire_expect (s_debug (id, "proceed", NULL), "result.result", "42");
    s_await_processes (0);
}

Test (debug, two_hundred_suspensions_leave_the_heap_as_it_was)
{
    char id[64];
    long before = 0;
    for (int round = 0; round < 220; round++) {
        s_suspend ("| a | a := Array new: 100000. [a foo] ensure: [a := nil]", id);
        if (round % 3 == 0)
            cJSON_Delete (s_debug (id, "proceed", NULL));
        if (round == 20) {
            wire_do (client, NULL, "ObjectMemory compact");
            before = image_resident_kb (&image);
        }
    }
    wire_do (client, NULL, "ObjectMemory compact");
    long after = image_resident_kb (&image);
    cr_expect_lt (after - before, 30000, "%ld KB more", after - before);
}

Test (debug_life, debug_and_object_ids_are_dead_in_a_saved_image_that_is_started, .timeout = 60)
{
    char dir[] = "/tmp/stui-debug-XXXXXX", file[64], id[64], object[64];
    cr_assert_not_null (mkdtemp (dir));
    snprintf (file, sizeof file, "%s/saved.im", dir);
    const char *const args[] = {"--image", file, NULL};
    cr_assert_eq (image_start (&image, "saved", dir, 0, args), 0);
    client = wire_claimed (&image, WIRE_CLIENT_A);
    wire_create_session (client, session);
    wire_do (client, session, "kept := 7. ended := 0");
    s_suspend ("[nil foo] ensure: [ended := 1]", id);
    cJSON *answer =
        wire_evaluate_with (client, session, "Object new", wire_json ("{'mode':'inspectIt'}"));
    snprintf (object, sizeof object, "%s", wire_string (answer, "result.object_id"));
    cJSON_Delete (answer);
    wire_expect (wire_client_call (client, "snapshot", NULL), "status", "success");
    wire_expect (s_debug (id, "stack", NULL), "result.state", "suspended");
    wire_client_destroy (&client);
    cr_assert_eq (image_restart (&image), 0);
    client = wire_client_new (image.port);
    cr_assert (wire_client_claim (client, WIRE_CLIENT_A, 1, 2, NULL));
    wire_expect_error (s_debug (id, "stack", NULL), "ObjectNotFound");
    wire_expect_error (
        wire_client_call (client, "inspect",
                          wire_json ("{'session_id':'%s','object_id':'%s'}", session, object)),
        "ObjectNotFound");
    wire_expect (wire_client_evaluate (client, session, "kept"), "result.result", "7");
    s_await_processes (0);
    s_suspend ("nil foo. 5", id);
    wire_expect (s_debug (id, "proceed", NULL), "result.result", "5");
    wire_client_destroy (&client);
    image_stop (&image);
    char remove[96];
    snprintf (remove, sizeof remove, "rm -rf %s", dir);
    cr_expect_eq (system (remove), 0);
}

/* ---- progress ---- */

Test (debug, a_long_evaluation_tells_how_long_it_has_run)
{
    char id[WIRE_ID_SIZE];
    cJSON_Delete (
        wire_client_call (client, "subscribe", wire_json ("{'events':['evaluation_progress']}")));
    cJSON *parameters = wire_json ("{'session_id':'%s'}", session);
    cJSON_AddStringToObject (parameters, "code", "[true] whileTrue");
    wire_client_send (client, "evaluate", parameters, id);
    for (int second = 1; second <= 2; second++) {
        cJSON *event = wire_client_event (client, "evaluation_progress");
        int elapsed = (int) wire_number (event, "data.elapsed_ms");
        cr_expect (elapsed >= second * 1000 && elapsed < second * 1000 + 900, "%d ms", elapsed);
        cr_expect_str_eq (wire_string (event, "session_id"), session);
        wire_expect (event, "data.id", id);
    }
    cJSON_Delete (wire_client_call (client, "interrupt", wire_json ("{'id':'%s'}", id)));
}
