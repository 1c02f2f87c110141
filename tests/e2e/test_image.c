/* test_image.c: The image side from outside: a real GNU Smalltalk image, started by stui-image, and a bare
 * DEALER. Every rule of docs/protocol.md that can be seen on the wire is checked here; long,
 * because there are many and each is a few lines.
 *
 * Nothing here waits for time to pass but where time is what is tested (a time limit, a
 * cut in the middle of an evaluation); every wait is for an answer, an event or an end. */

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/image.h"
#include "support/wire_client.h"

#define CLIENT_A   "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
#define CLIENT_B   "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"
#define NO_SUCH_ID "ffffffff-ffff-7fff-bfff-ffffffffffff"

static struct image image;
static struct wire_client *client;

static void
s_start (void)
{
    cr_assert_eq (image_start (&image, "test", NULL, 0, NULL), 0);
    client = wire_client_new (image.port);
    cr_assert (wire_client_claim (client, CLIENT_A, 1, 1, NULL));
}

static void
s_stop (void)
{
    wire_client_destroy (&client);
    image_stop (&image);
}

TestSuite (image, .init = s_start, .fini = s_stop, .timeout = 300);

/* ---- helpers ---- */

static long
s_now_ms (void)
{
    struct timespec now;
    clock_gettime (CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Checks one string of a message and frees the message. */
static void
s_expect (cJSON *message, const char *path, const char *value)
{
    cr_expect_str_eq (wire_string (message, path), value, "%s is '%s', not '%s' (error: %s)", path,
                      wire_string (message, path), value, wire_string (message, "error"));
    cJSON_Delete (message);
}

static void
s_expect_error (cJSON *message, const char *type)
{
    cr_expect_str_neq (wire_string (message, "error"), "", "an error has a text");
    s_expect (message, "error_type", type);
}

static void
s_create_session (struct wire_client *with, char id[WIRE_ID_SIZE])
{
    cJSON *answer = wire_client_call (with, "create_session", NULL);
    snprintf (id, WIRE_ID_SIZE, "%s", wire_string (answer, "result.session_id"));
    cr_assert_eq (strlen (id), 36);
    cJSON_Delete (answer);
}

/* get_result's word for that id, waiting while it is "running". An evaluation that never ends fails
 * the test, with the image's processes. */
static void
s_final_state (struct wire_client *with, const char *id, char state[16])
{
    long deadline = s_now_ms () + WIRE_WAIT_MS;
    do {
        cJSON *answer = wire_client_call (with, "get_result", wire_json ("{'id':'%s'}", id));
        snprintf (state, 16, "%s", wire_string (answer, "result.state"));
        cJSON_Delete (answer);
        if (s_now_ms () < deadline)
            continue;
        answer = wire_client_call (with, "system_info", wire_json ("{'kind':'processes'}"));
        char *processes = cJSON_PrintUnformatted (answer);
        cr_assert_fail ("%s runs for ever: %s", id, processes);
    } while (strcmp (state, "running") == 0);
}

static cJSON *
s_code (const char *session_id, const char *code)
{
    cJSON *parameters =
        session_id ? wire_json ("{'session_id':'%s'}", session_id) : cJSON_CreateObject ();
    cJSON_AddStringToObject (parameters, "code", code);
    return parameters;
}

/* ---- identity ---- */

Test (image, hello_tells_who_it_is)
{
    struct wire_client *other = wire_client_new (image.port);
    cJSON *answer = wire_client_call (other, "hello",
                                      wire_json ("{'client_id':'%s','protocol':'1.1'}", CLIENT_B));
    cr_expect_str_eq (wire_string (answer, "result.image_name"), "test");
    cr_expect_str_eq (wire_string (answer, "result.dialect"), "GNU Smalltalk");
    cr_expect_str_eq (wire_string (answer, "result.protocol"), "1.1");
    cr_expect_eq ((int) wire_number (answer, "result.pid"), (int) image.pid);
    cr_expect_eq ((int) wire_number (answer, "result.max_message_bytes"), 10485760);
    cr_expect_eq (strlen (wire_string (answer, "result.image_id")), 36);
    cr_expect_eq (strlen (wire_string (answer, "result.boot_id")), 36);
    cr_expect_eq (strlen (wire_string (answer, "timestamp")), 24);
    cr_expect (cJSON_IsArray (wire_item (answer, "result.capabilities")));
    cJSON_Delete (answer);
    wire_client_destroy (&other);
}

Test (image, a_restarted_image_keeps_its_id_and_port_and_has_a_new_boot_id)
{
    cJSON *before = wire_client_call (client, "hello",
                                      wire_json ("{'client_id':'%s','protocol':'1.1'}", CLIENT_A));
    int port = image.port;
    cr_assert_eq (image_restart (&image), 0);
    cr_expect_eq (image.port, port);
    struct wire_client *again = wire_client_new (image.port);
    cJSON *after = wire_client_call (again, "hello",
                                     wire_json ("{'client_id':'%s','protocol':'1.1'}", CLIENT_A));
    cr_expect_str_eq (wire_string (before, "result.image_id"),
                      wire_string (after, "result.image_id"));
    cr_expect_str_neq (wire_string (before, "result.boot_id"),
                       wire_string (after, "result.boot_id"));
    cJSON_Delete (before);
    cJSON_Delete (after);
    wire_client_destroy (&again);
}

Test (image, a_connection_that_only_introduced_itself_may_only_ping)
{
    struct wire_client *other = wire_client_new (image.port);
    cJSON_Delete (wire_client_call (other, "hello",
                                    wire_json ("{'client_id':'%s','protocol':'1.1'}", CLIENT_B)));
    s_expect (wire_client_call (other, "ping", wire_json ("{'message':'there?'}")),
              "result.message", "there?");
    s_expect_error (wire_client_evaluate (other, NULL, "3"), "PermissionDenied");
    s_expect_error (wire_client_call (other, "create_session", NULL), "PermissionDenied");
    wire_client_destroy (&other);
}

Test (image, the_published_session_commands_need_no_hello)
{
    struct wire_client *old = wire_client_new (image.port);
    wire_client_send_as (old, "any id", "create_session", wire_json ("{'client_id':'old'}"));
    cJSON *answer = wire_client_answer (old, "any id");
    cr_expect_str_eq (wire_string (answer, "result.client_id"), "old");
    cr_expect_eq ((int) wire_number (answer, "result.timeout"), 3600);
    const char *id = wire_string (answer, "result.session_id");
    cJSON *state = wire_json ("{'session_id':'%s','state_data':{'a':1}}", id);
    s_expect (wire_client_call (old, "update_session_state", state), "status", "success");
    s_expect (wire_client_call (old, "restore_session", wire_json ("{'session_id':'%s'}", id)),
              "result.session_id", id);
    s_expect (wire_client_call (old, "list_client_sessions", wire_json ("{'client_id':'old'}")),
              "result.client_id", "old");
    s_expect_error (wire_client_evaluate (old, NULL, "3"), "PermissionDenied");
    s_expect (wire_client_call (old, "close_session", wire_json ("{'session_id':'%s'}", id)),
              "status", "success");
    cJSON_Delete (answer);
    wire_client_destroy (&old);
}

/* ---- evaluating ---- */

Test (image, evaluate_prints_results_and_reports_exceptions)
{
    static const struct {
        const char *code, *result, *type;
        bool has_error;
    } rows[] = {
        {"3 + 4", "7", "SmallInteger", false},
        {"", "nil", "UndefinedObject", false},
        {"| a | a := 3. a * a", "9", "SmallInteger", false},
        {"^ 5", "5", "SmallInteger", false},
        {"'it''s'", "'it''s'", "String", false},
        {"0.1", "0.1", "FloatD", false},
        {"0.1 + 0.2", "0.30000000000000004", "FloatD", false},
        {"1 / 3", "1/3", "Fraction", false},
        {"Fresh := 3. Fresh + 1", "4", "SmallInteger", false},
        {"\"a comment]\" 'a ] string'", "'a ] string'", "String", false},
        {"nil foo", "UndefinedObject did not understand #foo", "MessageNotUnderstood", true},
        {"self error: 'oh'", "oh", "Error", true},
        {"Exception signal: 'raw'", "raw", "Exception", true},
        {"[1/0] on: ZeroDivide do: [:e | e return: 8]", "8", "SmallInteger", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cJSON *answer = wire_client_evaluate (client, NULL, rows[i].code);
        cr_expect_str_eq (wire_string (answer, "result.result"), rows[i].result, "%s: %s",
                          rows[i].code, wire_string (answer, "result.result"));
        cr_expect_str_eq (wire_string (answer, "result.result_type"), rows[i].type, "%s",
                          rows[i].code);
        cr_expect_eq (cJSON_IsTrue (wire_item (answer, "result.has_error")), rows[i].has_error);
        const cJSON *stack = wire_item (answer, "result.stack");
        cr_expect_eq (cJSON_GetArraySize (stack) > 0, rows[i].has_error, "%s", rows[i].code);
        cJSON_Delete (answer);
    }
}

Test (image, compile_errors_say_where)
{
    static const struct {
        const char *code;
        int line, column; //  -1: not said
    } rows[] = {
        {"3 +", 1, -1},
        {"3.\n4 +", 2, -1},
        {"(3", 1, 1},
        {"1.\n 3 ] foo", 2, 4},
        {"'open", 1, 1},
        {"x + 1", 1, 1},
        {"3.\n Zork new", 2, 2},
        {"3 ] value ] x [ [", 1, 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cJSON *answer = wire_client_evaluate (client, NULL, rows[i].code);
        cr_expect_str_eq (wire_string (answer, "error_type"), "CompileError", "%s", rows[i].code);
        cr_expect_eq ((int) wire_number (answer, "details.line"), rows[i].line, "%s", rows[i].code);
        cr_expect_eq ((int) wire_number (answer, "details.column"), rows[i].column, "%s",
                      rows[i].code);
        cJSON_Delete (answer);
    }
}

Test (image, deeply_nested_code_is_refused_not_crashed_on)
{
    static const char *const pieces[] = {"(", "3 + (", "#(", "3 + ", "[:x | ", "{"};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        size_t unit = strlen (pieces[i]), count = 200000 / unit;
        char *code = malloc (count * unit + 2);
        for (size_t k = 0; k < count; k++)
            memcpy (code + k * unit, pieces[i], unit);
        strcpy (code + count * unit, "3");
        s_expect_error (wire_client_evaluate (client, NULL, code), "CompileError");
        free (code);
    }
    s_expect (wire_client_evaluate (client, NULL, "1"), "result.result", "1");
}

Test (image, variables_live_as_long_as_their_session)
{
    char one[WIRE_ID_SIZE], two[WIRE_ID_SIZE];
    s_create_session (client, one);
    s_create_session (client, two);
    s_expect (wire_client_evaluate (client, one, "x := 5. Big := 6. x"), "result.result", "5");
    s_expect (wire_client_evaluate (client, one, "x + Big"), "result.result", "11");
    s_expect_error (wire_client_evaluate (client, two, "x"), "CompileError");
    s_expect_error (wire_client_evaluate (client, NULL, "x"), "CompileError");
    s_expect_error (wire_client_evaluate (client, NO_SUCH_ID, "1"), "SessionNotFound");
}

Test (image, a_session_runs_its_evaluations_in_order)
{
    char session[WIRE_ID_SIZE], ids[20][WIRE_ID_SIZE];
    s_create_session (client, session);
    cJSON_Delete (wire_client_evaluate (client, session, "log := OrderedCollection new"));
    for (int i = 0; i < 20; i++) {
        char code[80];
        snprintf (code, sizeof code, "(Delay forMilliseconds: 1) wait. log add: %d. log size", i);
        wire_client_send (client, "evaluate", s_code (session, code), ids[i]);
    }
    for (int i = 0; i < 20; i++)
        cJSON_Delete (wire_client_answer (client, ids[i]));
    s_expect (wire_client_evaluate (client, session, "log = (0 to: 19) asOrderedCollection"),
              "result.result", "true");
}

Test (image, long_results_are_cut_and_say_so)
{
    cJSON *answer = wire_client_evaluate (client, NULL, "Array new: 2000000");
    cr_expect (cJSON_IsTrue (wire_item (answer, "result.truncated")));
    cr_expect_eq (strlen (wire_string (answer, "result.result")), 1000000);
    cJSON_Delete (answer);
    answer = wire_client_evaluate (client, NULL, "| a | a := OrderedCollection new. a add: a. a");
    cr_expect (cJSON_IsTrue (wire_item (answer, "result.truncated")), "a cycle");
    cJSON_Delete (answer);
}

Test (image, results_are_valid_text_whatever_the_code_answers)
{
    cJSON *answer = wire_client_evaluate (client, NULL,
                                          "String with: (Character value: 255) with: (Character "
                                          "value: 0) with: (Character value: 10) with: $x");
    cr_expect_str_eq (wire_string (answer, "result.result"), "'\xc3\xbf\xe2\x90\x80\nx'");
    cJSON_Delete (answer);
}

/* ---- many at once, and ending them ---- */

Test (image, a_loop_leaves_everything_else_answering)
{
    char loop[WIRE_ID_SIZE];
    wire_client_send (client, "evaluate", s_code (NULL, "[true] whileTrue"), loop);
    for (int i = 0; i < 200; i++) {
        cJSON *answer = wire_client_call (client, "ping", NULL);
        cr_expect_str_eq (wire_string (answer, "result.busy_with.id"), loop);
        cr_expect_eq (strlen (wire_string (answer, "result.busy_with.since")), 24);
        cJSON_Delete (answer);
    }
    s_expect (wire_client_evaluate (client, NULL, "3 + 4"), "result.result", "7");
    s_expect (wire_client_call (client, "interrupt", wire_json ("{'id':'%s'}", loop)), "result.how",
              "terminated");
    s_expect_error (wire_client_answer (client, loop), "EvaluationError");
    cJSON *answer = wire_client_call (client, "ping", NULL);
    cr_expect_null (wire_item (answer, "result.busy_with"));
    cJSON_Delete (answer);
}

Test (image, two_loops_do_not_starve_each_other)
{
    char loop[WIRE_ID_SIZE];
    wire_client_send (client, "evaluate", s_code (NULL, "[true] whileTrue"), loop);
    s_expect (wire_client_evaluate (client, NULL,
                                    "| t c | c := 0. t := Time millisecondClock. "
                                    "[Time millisecondClock - t < 400] whileTrue: [c := c + 1]. "
                                    "c > 20000"),
              "result.result", "true");
}

/* Waits until code that evaluates MARK has evaluated it: it is inside its loop. */
#define MARK "(Smalltalk at: #StuiTestMark put: (Smalltalk at: #StuiTestMark ifAbsent: [0]) + 1)"

static void
s_await_mark (void)
{
    for (bool marked = false; !marked;) {
        cJSON *answer =
            wire_client_evaluate (client, NULL, "(Smalltalk at: #StuiTestMark ifAbsent: [0]) > 0");
        marked = strcmp (wire_string (answer, "result.result"), "true") == 0;
        cJSON_Delete (answer);
    }
}

Test (image, every_loop_can_be_interrupted_and_it_is_said_how)
{
    static const struct {
        const char *code, *how;
    } rows[] = {
        {"[" MARK " > 0] whileTrue", "terminated"},
        {MARK ". (Delay forSeconds: 1000) wait", "terminated"},
        {MARK ". Processor activeProcess suspend", "terminated"},
        {"Processor activeProcess priority: 9. [" MARK " > 0] whileTrue", "terminated"},
        {"[" MARK ". Transcript showCr: 'x'] repeat", "terminated"},
        {"[[" MARK " > 0] whileTrue] ensure: [[true] whileTrue]", "terminated_again"},
        {"[[" MARK " > 0] whileTrue] on: Exception do: [:e | e retry]", "destroyed"},
        {"[[" MARK ". Transcript showCr: 'x'] repeat] on: Exception do: [:e | e retry]",
         "destroyed"},
        {"[[" MARK ". (Delay forMilliseconds: 1) wait] repeat] on: Exception do: [:e | e retry]",
         "destroyed"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char id[WIRE_ID_SIZE];
        cJSON_Delete (wire_client_evaluate (client, NULL, "Smalltalk at: #StuiTestMark put: 0"));
        wire_client_send (client, "evaluate", s_code (NULL, rows[i].code), id);
        s_await_mark ();
        cJSON *answer = wire_client_call (client, "interrupt", wire_json ("{'id':'%s'}", id));
        cr_expect (cJSON_IsTrue (wire_item (answer, "result.interrupted")), "%s", rows[i].code);
        cr_expect_str_eq (wire_string (answer, "result.how"), rows[i].how, "%s: %s", rows[i].code,
                          wire_string (answer, "result.how"));
        cJSON_Delete (answer);
        answer = wire_client_answer (client, id);
        char *said = cJSON_PrintUnformatted (answer);
        cr_expect_str_eq (wire_string (answer, "details.how"), rows[i].how, "%s: %s", rows[i].code,
                          said);
        cJSON_free (said);
        s_expect_error (answer, "EvaluationError");
    }
    s_expect (wire_client_evaluate (client, NULL, "(Delay forMilliseconds: 1) wait. 3"),
              "result.result", "3");
}

Test (image, what_has_not_begun_can_be_interrupted_too)
{
    char session[WIRE_ID_SIZE], first[WIRE_ID_SIZE], second[WIRE_ID_SIZE];
    s_create_session (client, session);
    cJSON_Delete (wire_client_evaluate (client, session, "n := 0"));
    wire_client_send (client, "evaluate", s_code (session, "[true] whileTrue"), first);
    wire_client_send (client, "evaluate", s_code (session, "n := n + 1"), second);
    s_expect (wire_client_call (client, "interrupt", wire_json ("{'id':'%s'}", second)),
              "result.how", "not_begun");
    s_expect_error (wire_client_answer (client, second), "EvaluationError");
    cJSON_Delete (wire_client_call (client, "interrupt", wire_json ("{'id':'%s'}", first)));
    s_expect (wire_client_evaluate (client, session, "n"), "result.result", "0");
    s_expect (wire_client_call (client, "interrupt", wire_json ("{'id':'%s'}", first)),
              "result.how", "not_running");
}

Test (image, limits_of_time_and_memory_end_an_evaluation)
{
    cJSON *parameters = s_code (NULL, "[true] whileTrue");
    cJSON_AddNumberToObject (parameters, "timeout_ms", 100);
    s_expect (wire_client_call (client, "evaluate", parameters), "details.reason", "timeout");
    static const char *const hogs[] = {
        "Object compile: 'stuiDeep [ ^self stuiDeep + 1 ]'. 3 perform: #stuiDeep",
        "| o | o := OrderedCollection new. [o add: (String new: 10000)] repeat",
        "[| o | o := OrderedCollection new. [o add: (String new: 10000)] repeat] "
        "on: Exception do: [:e | e retry]",
    };
    for (size_t i = 0; i < sizeof hogs / sizeof *hogs; i++) {
        s_expect (wire_client_evaluate (client, NULL, hogs[i]), "details.reason", "memory");
        s_expect (wire_client_evaluate (client, NULL, "3 + 4"), "result.result", "7");
    }
    cr_expect_lt (image_resident_kb (&image), 1500L * 1024);
}

Test (image, code_that_ends_its_own_process_is_answered)
{
    s_expect (wire_client_evaluate (client, NULL, "Processor activeProcess terminate"),
              "details.reason", "self");
    s_expect (wire_client_evaluate (client, NULL, "Processor activeProcess primTerminate"),
              "details.reason", "self");
}

/* A process whose last act takes 60 ms is certainly preempted in the middle of it, by the
 * ticker. The image once died of that, and then no request had an answer any more. */
Test (image, a_process_that_is_preempted_while_it_ends_does_not_end_the_image)
{
    cJSON_Delete (wire_client_evaluate (
        client, NULL,
        "(Process subclass: #SlowToEnd) compile: 'suspend [ | t | t := Time millisecondClock. "
        "[Time millisecondClock - t < 60] whileTrue. ^super suspend ]'"));
    s_expect (wire_client_evaluate (client, NULL,
                                    "(Smalltalk at: #SlowToEnd) new onBlock: [] at: 4 suspend: "
                                    "false. (Delay forMilliseconds: 1) wait. 'alive'"),
              "result.result", "'alive'");
}

/* ---- sessions ---- */

Test (image, sessions_have_versions_and_refuse_to_overwrite)
{
    cJSON_Delete (
        wire_client_call (client, "create_session",
                          wire_json ("{'session_id':'S','name':'work',"
                                     "'state_data':{'n':0.5,'object_registry':{'o':1}}}")));
    cJSON *answer = wire_client_call (client, "restore_session", wire_json ("{'session_id':'S'}"));
    cr_expect_eq (wire_number (answer, "result.version"), 1);
    cr_expect_eq (wire_number (answer, "result.session_state.n"), 0.5);
    cr_expect_eq (wire_number (answer, "result.object_registry.o"), 1);
    cr_expect (cJSON_IsObject (wire_item (answer, "result.workspace_context")));
    cJSON_Delete (answer);
    for (int i = 0; i < 2; i++) {
        answer = wire_client_call (
            client, "update_session_state",
            wire_json ("{'session_id':'S','base_version':1,'state_data':{'n':%d}}", i + 7));
        if (i == 0)
            cr_expect_eq (wire_number (answer, "result.version"), 2);
        else {
            cr_expect_str_eq (wire_string (answer, "error_type"), "Conflict");
            cr_expect_eq (wire_number (answer, "details.version"), 2);
            cr_expect_eq (wire_number (answer, "details.session_state.n"), 7);
        }
        cJSON_Delete (answer);
    }
    answer = wire_client_call (client, "create_session", wire_json ("{'session_id':'S'}"));
    cr_expect_eq (wire_number (answer, "result.session_state.n"), 7, "creating again restores");
    s_expect (answer, "result.name", "work");
    s_expect (wire_client_call (client, "close_session", wire_json ("{'session_id':'S'}")),
              "result.session_id", "S");
    s_expect_error (wire_client_call (client, "restore_session", wire_json ("{'session_id':'S'}")),
                    "SessionNotFound");
}

Test (image, a_client_has_at_most_five_sessions)
{
    char id[WIRE_ID_SIZE];
    for (int i = 0; i < 5; i++)
        s_create_session (client, id);
    s_expect_error (wire_client_call (client, "create_session", NULL), "SessionLimitExceeded");
    cJSON *answer = wire_client_call (client, "list_client_sessions", NULL);
    cr_expect_eq (wire_number (answer, "result.session_count"), 5);
    cr_expect_eq (cJSON_GetArraySize (wire_item (answer, "result.sessions")), 5);
    cJSON_Delete (answer);
    answer = wire_client_call (client, "get_session_info", wire_json ("{'session_id':'%s'}", id));
    cr_expect (cJSON_IsFalse (wire_item (answer, "result.is_expired")));
    cr_expect_geq (wire_number (answer, "result.time_until_expiry"), 3500);
    cJSON_Delete (answer);
    cJSON_Delete (
        wire_client_call (client, "close_session", wire_json ("{'session_id':'%s'}", id)));
    s_expect (wire_client_call (client, "create_session", NULL), "status", "success");
    answer = wire_client_call (client, "get_session_statistics", NULL);
    cr_expect_eq (wire_number (answer, "result.total_sessions"), 5);
    cr_expect_eq (wire_number (answer, "result.max_sessions_per_client"), 5);
    cJSON_Delete (answer);
}

Test (image, orphaned_sessions_are_listed_and_cleaned_and_others_are_not)
{
    struct wire_client *other = wire_client_new (image.port);
    char mine[WIRE_ID_SIZE], theirs[WIRE_ID_SIZE];
    cr_assert (wire_client_claim (other, CLIENT_B, 1, 1, NULL));
    s_create_session (client, mine);
    s_create_session (other, theirs);
    wire_client_destroy (&other);
    double orphaned = 0;
    while (orphaned < 1) { //  until the image has seen the connection end
        cJSON *answer = wire_client_call (client, "get_image_session_stats", NULL);
        orphaned = wire_number (answer, "result.orphaned");
        cJSON_Delete (answer);
    }
    cJSON *answer = wire_client_call (client, "cleanup_image_sessions",
                                      wire_json ("{'orphaned':true,'dry_run':true}"));
    cr_expect_eq (wire_number (answer, "result.sessions_cleaned"), 0);
    cr_expect_eq (cJSON_GetArraySize (wire_item (answer, "result.cleanup_details")), 1);
    cJSON_Delete (answer);
    cJSON_Delete (
        wire_client_call (client, "cleanup_image_sessions", wire_json ("{'orphaned':true}")));
    answer = wire_client_call (client, "list_image_sessions", NULL);
    cr_expect_eq (wire_number (answer, "result.total_count"), 1);
    const cJSON *left = cJSON_GetArrayItem (wire_item (answer, "result.sessions"), 0);
    cr_expect_str_eq (wire_string (left, "session_id"), mine);
    cJSON_Delete (answer);
}

/* ---- at most once ---- */

Test (image, a_known_id_is_answered_and_never_run_again)
{
    char session[WIRE_ID_SIZE], id[WIRE_ID_SIZE];
    s_create_session (client, session);
    cJSON_Delete (wire_client_evaluate (client, session, "n := 0"));
    wire_client_send (client, "evaluate", s_code (session, "n := n + 1"), id);
    s_expect (wire_client_answer (client, id), "result.result", "1");
    for (int i = 0; i < 3; i++) {
        wire_client_send_as (client, id, "evaluate", s_code (session, "n := n + 1"));
        cJSON *answer = wire_client_answer (client, id);
        cr_expect_str_eq (wire_string (answer, "result.state"), "done");
        s_expect (answer, "result.reply.result.result", "1");
    }
    s_expect (wire_client_evaluate (client, session, "n"), "result.result", "1");
    wire_id_make (id);
    s_expect (wire_client_call (client, "get_result", wire_json ("{'id':'%s'}", id)),
              "result.state", "never_run");
    s_expect_error (wire_client_call (client, "get_result", wire_json ("{'id':5}")),
                    "InvalidRequest");
}

Test (image, the_table_of_replies_is_bounded_and_never_wrong)
{
    char first[WIRE_ID_SIZE], before[WIRE_ID_SIZE], id[WIRE_ID_SIZE];
    wire_id_make (before);
    wire_client_send (client, "evaluate", s_code (NULL, "1"), first);
    cJSON_Delete (wire_client_answer (client, first));
    for (int i = 0; i < 10300; i++) {
        /* Without a session, refused early: quick, and kept like any other. */
        wire_client_send (client, "close_session", wire_json ("{'session_id':'x'}"), id);
        if (i == 299)
            for (int k = 0; k <= i; k++)
                cJSON_Delete (wire_client_recv (client));
        else if (i > 299)
            cJSON_Delete (wire_client_recv (client));
        if (i == 299) {
            cJSON *answer =
                wire_client_call (client, "get_result", wire_json ("{'id':'%s'}", first));
            cr_expect (cJSON_IsTrue (wire_item (answer, "result.reply_dropped")));
            s_expect (answer, "result.state", "done");
        }
    }
    cJSON *answer = wire_client_call (client, "get_result", NULL);
    cr_expect_eq (wire_number (answer, "result.total_count"), 256);
    cJSON_Delete (answer);
    s_expect (wire_client_call (client, "get_result", wire_json ("{'id':'%s'}", first)),
              "result.state", "forgotten");
    wire_client_send_as (client, before, "evaluate", s_code (NULL, "1"));
    s_expect (wire_client_answer (client, before), "result.state", "forgotten");
    s_expect (wire_client_call (client, "get_result", wire_json ("{'id':'%s'}", id)),
              "result.state", "done");
}

Test (image, an_answer_goes_to_the_newest_connection)
{
    char id[WIRE_ID_SIZE];
    wire_client_send (client, "evaluate",
                      s_code (NULL, "(Delay forMilliseconds: 300) wait. 'late'"), id);
    cJSON_Delete (wire_client_call (client, "ping", NULL));
    wire_client_destroy (&client);
    client = wire_client_new (image.port);
    cr_assert (wire_client_claim (client, CLIENT_A, 1, 2, NULL));
    s_expect (wire_client_call (client, "get_result", wire_json ("{'id':'%s'}", id)),
              "result.state", "running");
    s_expect (wire_client_answer (client, id), "result.result", "'late'");
}

/* Cuts the connection around an evaluation, many times, and compares what get_result says
 * with what a counter in the image says. */
enum cut { CUT_BEFORE_READ, CUT_DURING_EVALUATION, CUT_DURING_REPLY, CUT_COUNT };

static void
s_cut_many_times (enum cut cut, int times)
{
    static const char *const codes[CUT_COUNT] = {
        "n := n + 1. n",
        "(Delay forMilliseconds: 3) wait. n := n + 1. (Delay forMilliseconds: 3) wait. n",
        "n := n + 1. String new: 200000 withAll: $a",
    };
    char session[WIRE_ID_SIZE], id[WIRE_ID_SIZE], state[16];
    int ran = 0, never = 0;
    s_create_session (client, session);
    cJSON_Delete (wire_client_evaluate (client, session, "n := 0"));
    for (int i = 0; i < times; i++) {
        wire_client_send (client, "evaluate", s_code (session, codes[cut]), id);
        if (cut == CUT_DURING_EVALUATION)
            usleep ((useconds_t) (i * 97 % 8000));
        else if (cut == CUT_DURING_REPLY)
            wire_client_poll (client, WIRE_WAIT_MS);
        wire_client_destroy (&client);
        client = wire_client_new (image.port);
        cr_assert (wire_client_claim (client, CLIENT_A, 1, 2 + i, NULL));
        s_final_state (client, id, state);
        if (strcmp (state, "done") == 0)
            ran++;
        else
            never++;
        cr_assert (strcmp (state, "done") == 0 || strcmp (state, "never_run") == 0, "%s", state);
        char want[16];
        snprintf (want, sizeof want, "%d", ran);
        cJSON *answer = wire_client_evaluate (client, session, "n");
        cr_assert_str_eq (wire_string (answer, "result.result"), want, "cut %d: %s, not %s", i,
                          wire_string (answer, "result.result"), want);
        cJSON_Delete (answer);
    }
    cr_expect_eq (ran + never, times);
    if (cut == CUT_DURING_REPLY)
        cr_expect_eq (ran, times);
}

Test (image, nothing_runs_twice_or_is_misreported_when_cut_before_it_is_read)
{
    s_cut_many_times (CUT_BEFORE_READ, 150);
}

Test (image, nothing_runs_twice_or_is_misreported_when_cut_while_it_runs)
{
    s_cut_many_times (CUT_DURING_EVALUATION, 150);
}

Test (image, nothing_runs_twice_or_is_misreported_when_cut_during_the_reply)
{
    s_cut_many_times (CUT_DURING_REPLY, 150);
}

/* ---- fencing ---- */

Test (image, a_newer_epoch_fences_the_older_connection)
{
    struct wire_client *newer = wire_client_new (image.port);
    cr_expect (wire_client_claim (newer, CLIENT_A, 2, 1, NULL));
    cJSON *news = wire_client_recv (client);
    cr_expect (cJSON_IsNull (wire_item (news, "id")));
    s_expect_error (news, "Fenced");
    struct wire_client *third = wire_client_new (image.port);
    static const int epochs[][2] = {{2, 1}, {2, 0}, {1, 9}};
    for (size_t i = 0; i < 3; i++) {
        cJSON *answer = wire_client_call (
            third, "hello",
            wire_json ("{'client_id':'%s','protocol':'1.1','client_epoch':{'generation':%d,"
                       "'counter':%d}}",
                       CLIENT_A, epochs[i][0], epochs[i][1]));
        s_expect_error (answer, "Fenced");
    }
    cr_expect (wire_client_claim (newer, CLIENT_A, 2, 1, NULL), "the same epoch, its own");
    cr_expect (wire_client_claim (third, CLIENT_B, 1, 1, NULL), "another client");
    s_expect (wire_client_evaluate (newer, NULL, "1"), "result.result", "1");
    wire_client_destroy (&third);
    wire_client_destroy (&newer);
}

Test (image, nothing_of_a_fenced_connection_begins_after_the_claim_was_answered)
{
    char session[WIRE_ID_SIZE], ids[5][WIRE_ID_SIZE], state[16];
    int ran = 0;
    s_create_session (client, session);
    cJSON_Delete (wire_client_evaluate (client, session, "n := 0"));
    for (int round = 0; round < 120; round++) {
        struct wire_client *newer = wire_client_new (image.port);
        cJSON_Delete (wire_client_call (
            newer, "hello", wire_json ("{'client_id':'%s','protocol':'1.1'}", CLIENT_A)));
        for (int i = 0; i < 5; i++)
            wire_client_send (client, "evaluate",
                              s_code (session, "(Delay forMilliseconds: 2) wait. n := n + 1"),
                              ids[i]);
        cr_assert (wire_client_claim (newer, CLIENT_A, 1, 2 + round, NULL));
        /* Its sixth: sent by the old connection when it has lost its place already. */
        wire_client_send (client, "evaluate", s_code (session, "n := n + 1000"), NULL);
        for (int i = 0; i < 5; i++) {
            cJSON *answer =
                wire_client_call (newer, "get_result", wire_json ("{'id':'%s'}", ids[i]));
            snprintf (state, sizeof state, "%s", wire_string (answer, "result.state"));
            cJSON_Delete (answer);
            if (strcmp (state, "running") == 0)
                s_final_state (newer, ids[i], state);
            ran += strcmp (state, "done") == 0;
        }
        char want[16];
        snprintf (want, sizeof want, "%d", ran);
        cJSON *answer = wire_client_evaluate (newer, session, "n");
        cr_assert_str_eq (wire_string (answer, "result.result"), want);
        cJSON_Delete (answer);
        wire_client_destroy (&client);
        client = newer;
    }
}

/* ---- events ---- */

Test (image, transcript_text_comes_as_numbered_events_that_can_be_had_again)
{
    char session[WIRE_ID_SIZE];
    s_create_session (client, session);
    s_expect (wire_client_call (client, "subscribe", wire_json ("{'events':['transcript']}")),
              "status", "success");
    cJSON_Delete (wire_client_evaluate (client, session, "Transcript showCr: 'one'. 5 printNl"));
    char text[16] = "";
    int last = 0;
    while (strlen (text) < strlen ("one\n5\n")) { /* in as many events as the image likes */
        cJSON *event = wire_client_event (client, "transcript");
        strncat (text, wire_string (event, "data.text"), sizeof text - strlen (text) - 1);
        cr_expect_str_eq (wire_string (event, "session_id"), session);
        cr_expect_eq (wire_number (event, "seq"), ++last);
        cJSON_Delete (event);
    }
    cr_expect_str_eq (text, "one\n5\n");
    cJSON_Delete (wire_client_evaluate (client, NULL, "Transcript show: 'two'"));
    cJSON *event = wire_client_event (client, "transcript");
    cr_expect_eq (wire_number (event, "seq"), last + 1);
    cJSON_Delete (event);
    wire_client_destroy (&client);
    client = wire_client_new (image.port);
    cr_assert (wire_client_claim (client, CLIENT_A, 1, 2, NULL));
    cJSON *parameters = wire_json ("{'events':['transcript']}");
    cJSON_AddNumberToObject (parameters, "last_seq", last);
    cJSON *answer = wire_client_call (client, "subscribe", parameters);
    cr_expect_eq (wire_number (answer, "result.oldest_seq"), 1);
    cJSON_Delete (answer);
    s_expect (wire_client_event (client, "transcript"), "data.text", "two");
}

Test (image, a_flood_of_transcript_text_is_bounded)
{
    cJSON_Delete (wire_client_call (client, "subscribe", wire_json ("{'events':['transcript']}")));
    cJSON_Delete (
        wire_client_evaluate (client, NULL,
                              "1 to: 30000 do: [:i | Transcript showCr: 'line ', i printString, "
                              "' with some more text to make it long enough to count']"));
    cJSON *answer =
        wire_client_call (client, "subscribe", wire_json ("{'events':[],'last_seq':0}"));
    double oldest = wire_number (answer, "result.oldest_seq");
    cr_expect_gt (oldest, 1, "the ring forgets");
    cr_expect_gt (wire_number (answer, "result.last_seq"), oldest);
    cJSON_Delete (answer);
    cr_expect_lt (image_resident_kb (&image), 100L * 1024);
}

/* ---- hostile messages ---- */

Test (image, every_message_is_answered_whatever_it_holds)
{
    static const struct {
        const char *body, *id, *error_type;
    } rows[] = {
        {"", "", "InvalidRequest"},
        {"{", "", "InvalidRequest"},
        {"[]", "", "InvalidRequest"},
        {"{\"id\":5}", "", "InvalidRequest"},
        {"{\"id\":\"a\"}", "a", "InvalidRequest"},
        {"{\"id\":\"a\",\"command\":[]}", "a", "InvalidRequest"},
        {"{\"id\":\"a\",\"command\":\"ping\",\"parameters\":7}", "a", "InvalidRequest"},
        {"{\"id\":\"a\",\"command\":\"ping\"", "a", "InvalidRequest"},
        {"{\"id\":\"a\",\"command\":\"ping\"} x", "a", "InvalidRequest"},
        {"{\"id\":\"a\",\"command\":\"dance\"}", "a", "UnknownCommand"},
        {"{\"id\":\"a\",\"command\":\"ping\",\"parameters\":{\"message\":\"\xff\"}}", "a",
         "InvalidRequest"},
        {"{\"id\":\"a\",\"command\":\"ping\",\"parameters\":{\"message\":\"\\u0000\"}}", "a",
         "InvalidRequest"},
        {"{\"id\":\"a\",\"command\":\"ping\",\"parameters\":{\"message\":\"\\ud800\"}}", "a",
         "InvalidRequest"},
        {"{\"id\":\"a\",\"command\":\"ping\",\"parameters\":{\"message\":3}}", "a",
         "InvalidRequest"},
        {"{\"id\":\"a\",\"command\":\"subscribe\",\"parameters\":{\"last_seq\":"
         "12345678901234567890}}",
         "a", "InvalidRequest"},
        {"{\"id\":\"a\",\"command\":\"evaluate\",\"parameters\":{\"code\":\"3\"}}", "a",
         "InvalidRequest"}, //  no UUID
        {"{\"id\":\"a\",\"command\":\"browse_class\"}", "a", "InvalidRequest"},
        {"{\"id\":\"a\",\"command\":\"debug\"}", "a", "InvalidRequest"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        wire_client_send_bytes (client, rows[i].body, strlen (rows[i].body));
        cJSON *answer = wire_client_recv (client);
        cr_assert_not_null (answer, "%s", rows[i].body);
        cr_expect_str_eq (wire_string (answer, "id"), rows[i].id, "%s", rows[i].body);
        cr_expect_str_eq (wire_string (answer, "error_type"), rows[i].error_type, "%s: %s",
                          rows[i].body, wire_string (answer, "error_type"));
        cJSON_Delete (answer);
    }
}

Test (image, nesting_bombs_and_giants_are_refused_without_growing)
{
    size_t size = 11000000;
    char *body = malloc (size);
    memset (body, '[', size);
    wire_client_send_bytes (client, body, 1000000);
    s_expect_error (wire_client_recv (client), "InvalidRequest");
    long before = image_resident_kb (&image);
    memcpy (body, "{\"id\":\"giant\",", 14);
    wire_client_send_bytes (client, body, size);
    cJSON *answer = wire_client_recv (client);
    cr_expect_str_eq (wire_string (answer, "id"), "giant");
    s_expect_error (answer, "MessageTooLarge");
    cr_expect_lt (image_resident_kb (&image) - before, 4096);
    s_expect (wire_client_call (client, "ping", NULL), "result.message", "pong");
    free (body);
}

Test (image, peers_that_are_no_zmtp_are_dropped_and_block_nobody)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons ((uint16_t) image.port)};
    to.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
    int half_open[30];
    for (int i = 0; i < 30; i++) {
        half_open[i] = socket (AF_INET, SOCK_STREAM, 0);
        cr_assert_eq (connect (half_open[i], (struct sockaddr *) &to, sizeof to), 0);
    }
    int other = socket (AF_INET, SOCK_STREAM, 0);
    cr_assert_eq (connect (other, (struct sockaddr *) &to, sizeof to), 0);
    char text[200] = "GET / HTTP/1.1\r\nHost: an image, of all things\r\n\r\n................";
    cr_assert_eq (send (other, text, sizeof text, MSG_NOSIGNAL), (ssize_t) sizeof text);
    ssize_t n;
    do
        n = recv (other, text, sizeof text, 0);
    while (n > 0);
    s_expect (wire_client_call (client, "ping", NULL), "result.message", "pong");
    close (other);
    for (int i = 0; i < 30; i++)
        close (half_open[i]);
}

Test (image, a_peer_that_does_not_read_blocks_nobody)
{
    struct wire_client *deaf = wire_client_new (image.port);
    cr_assert (wire_client_claim (deaf, CLIENT_B, 1, 1, NULL));
    for (int i = 0; i < 100; i++)
        wire_client_send (deaf, "evaluate", s_code (NULL, "String new: 900000 withAll: $a"), NULL);
    long slowest = 0;
    for (int i = 0; i < 300; i++) {
        long begin = s_now_ms ();
        s_expect (wire_client_call (client, "ping", NULL), "result.message", "pong");
        long took = s_now_ms () - begin;
        slowest = took > slowest ? took : slowest;
    }
    cr_expect_lt (slowest, 2000);
    wire_client_destroy (&deaf);
}

/* ---- the image's own life ---- */

Test (image_life, a_saved_image_comes_back_with_its_sessions_and_variables, .timeout = 60)
{
    char dir[] = "/tmp/stui-image-test-XXXXXX", file[64], session[WIRE_ID_SIZE], id[WIRE_ID_SIZE];
    cr_assert_not_null (mkdtemp (dir));
    snprintf (file, sizeof file, "%s/saved.im", dir);
    const char *args[] = {"--image", file, NULL};
    struct image saved = {0};
    cr_assert_eq (image_start (&saved, "saved", dir, 0, args), 0);
    struct wire_client *one = wire_client_new (saved.port);
    cr_assert (wire_client_claim (one, CLIENT_A, 1, 1, NULL));
    cJSON_Delete (wire_client_call (one, "subscribe", wire_json ("{'events':['image_saved']}")));
    s_create_session (one, session);
    cJSON_Delete (wire_client_evaluate (one, session, "kept := 42"));
    wire_client_send (one, "evaluate", s_code (session, "[true] whileTrue"), id);
    s_expect (wire_client_call (one, "snapshot", NULL), "status", "success");
    s_expect (wire_client_event (one, "image_saved"), "data.file", file);
    cJSON *before = wire_client_call (one, "hello",
                                      wire_json ("{'client_id':'%s','protocol':'1.1'}", CLIENT_A));
    cr_assert_eq (image_restart (&saved), 0);
    wire_client_destroy (&one);
    one = wire_client_new (saved.port);
    cr_expect_not (wire_client_claim (one, CLIENT_A, 1, 1, NULL), "it remembers the epoch");
    cr_assert (wire_client_claim (one, CLIENT_A, 1, 2, NULL));
    cJSON *after = wire_client_call (one, "hello",
                                     wire_json ("{'client_id':'%s','protocol':'1.1'}", CLIENT_A));
    cr_expect_str_eq (wire_string (before, "result.image_id"),
                      wire_string (after, "result.image_id"));
    cr_expect_str_neq (wire_string (before, "result.boot_id"),
                       wire_string (after, "result.boot_id"));
    s_expect (wire_client_evaluate (one, session, "kept"), "result.result", "42");
    cJSON *loop = wire_client_call (one, "get_result", wire_json ("{'id':'%s'}", id));
    cr_expect_str_eq (wire_string (loop, "result.reply.details.reason"), "restart");
    cJSON_Delete (loop);
    cJSON_Delete (before);
    cJSON_Delete (after);
    wire_client_destroy (&one);
    saved.owns_state_dir = true; //  remove the directory with it
    image_stop (&saved);
}

Test (image, quitting_is_announced)
{
    cJSON_Delete (
        wire_client_call (client, "subscribe", wire_json ("{'events':['image_quitting']}")));
    wire_client_send (client, "evaluate", s_code (NULL, "ObjectMemory quit: 7"), NULL);
    s_expect (wire_client_event (client, "image_quitting"), "event", "image_quitting");
    int status = image_wait (&image);
    cr_expect (WIFEXITED (status) && WEXITSTATUS (status) == 7);
}

Test (image, system_info_tells_of_memory_and_processes)
{
    cJSON *answer = wire_client_call (client, "system_info", NULL);
    cr_expect_gt (wire_number (answer, "result.memory.heap_bytes"), 1000000);
    cr_expect_eq ((int) wire_number (answer, "result.vm.pid"), (int) image.pid);
    cr_expect_gt (cJSON_GetArraySize (wire_item (answer, "result.processes")), 4);
    cJSON_Delete (answer);
    s_expect_error (wire_client_call (client, "system_info", wire_json ("{'kind':'weather'}")),
                    "InvalidRequest");
}

Test (launcher, wrong_arguments_are_refused_with_a_sentence, .timeout = 60)
{
    static const char *const rows[][8] = {
        {"--port", "0"},
        {"--name", "a"},
        {"--name", "a/b", "--port", "0"},
        {"--name", "a", "--port", "many"},
        {"--name", "a", "--port", "65536"},
        {"--name", "a", "--port", "0", "--dance"},
        {"--name", "a", "--port", "0", "--token-file", "/no/such/file"},
    };
    char text[2000];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq (image_launcher_status (rows[i], text, sizeof text), 2, "%s", text);
        cr_expect_eq (strncmp (text, "stui-image: ", 12), 0, "%s", text);
    }
    struct image first = {0};
    cr_assert_eq (image_start (&first, "first", NULL, 0, NULL), 0);
    char port[16];
    snprintf (port, sizeof port, "%d", first.port);
    const char *const taken[] = {"--name", "b", "--port", port, NULL};
    cr_expect_eq (image_launcher_status (taken, text, sizeof text), 1);
    cr_expect_not_null (strstr (text, "Address already in use"), "%s", text);
    image_stop (&first);
}
