/* checks_once.c: the section At most once: what became of a request, and that none runs twice. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/check.h"
#include "runtime/json.h"

enum {
    REPLIES_KEPT = 256,
    IDS_KEPT = 10000,
    PIPELINED = 500, /* requests on their way at a time */
    MANY_MS = 60000,
};

static const char *
state_of (struct kit_line *line, const char *id, const char *wanted)
{
    const struct kit_answer *answer = kit_ask (line, "get_result", "{'id':'%s'}", id);
    kit_says (answer, "result.state", wanted);
    return kit_string (answer, "result.state");
}

static void
check_repeated (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}"), *id = kit_id (kit);
    char upper[KIT_ID_SIZE];
    const char *once = kit_text (kit, "{\"session_id\":\"%s\",\"code\":\"n := n + 1\"}", session);
    kit_prints (line, session, "n := 0", "0");
    kit_says (kit_ask_raw (line, id, "evaluate", once), "result.result", "1");
    const struct kit_answer *again = kit_ask_raw (line, id, "evaluate", once);
    kit_prints (line, session, "n", "1");
    kit_says (again, "result.state", "done");
    kit_says (again, "result.id", id);
    kit_says (again, "result.reply.result.result", "1");
    snprintf (upper, sizeof upper, "%s", id);
    for (char *c = upper; *c; c++)
        *c = (char) (*c >= 'a' && *c <= 'f' ? *c - 0x20 : *c);
    again = kit_ask_raw (line, upper, "evaluate", once);
    kit_says (again, "result.state", "done");
    kit_prints (line, session, "n", "1");
}

/* The same for a command that is no evaluation, on the next connection of the client. */
static void
check_repeated_later (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}"), *id = kit_id (kit);
    const char *update =
        kit_text (kit, "{\"session_id\":\"%s\",\"state_data\":{\"a\":1}}", session);
    kit_counts (kit_ask_raw (line, id, "update_session_state", update), "result.version", 2);
    kit_hang_up (line);
    line = kit_claim (kit);
    const struct kit_answer *again = kit_ask_raw (line, id, "update_session_state", update);
    kit_says (again, "result.state", "done");
    kit_counts (again, "result.reply.result.version", 2);
    kit_counts (kit_ask (line, "get_session_info", "{'session_id':'%s'}", session),
                "result.version", 2);
}

static void
check_done (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *id = kit_start (line, NULL, "3 + 4");
    const struct kit_answer *answer = kit_await (line, id);
    kit_says (answer, "result.result", "7");
    const struct kit_answer *result = kit_ask (line, "get_result", "{'id':'%s'}", id);
    kit_says (result, "result.state", "done");
    kit_says (result, "result.id", id);
    kit_expect (kit,
                !kit_goes_on (kit)
                    || json_equal (kit_value (answer, ""), kit_value (result, "result.reply")),
                "the whole answer as it was sent in result.reply, got another one");
}

static void
check_errors_kept (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *id = kit_send (line, "close_session", "{'session_id':'%s'}", kit_id (kit));
    kit_refuses (kit_await (line, id), "SessionNotFound");
    const struct kit_answer *result = kit_ask (line, "get_result", "{'id':'%s'}", id);
    kit_says (result, "result.state", "done");
    kit_says (result, "result.reply.error_type", "SessionNotFound");
}

static void
check_running (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}");
    const char *id = kit_start (line, session, "[true] whileTrue: [nil]");
    const char *waiting = kit_start (line, session, "3");
    kit_await_busy (line, id);
    state_of (line, id, "running");
    state_of (line, waiting, "running");
    kit_ask (line, "interrupt", "{'id':'%s'}", id);
    state_of (line, id, "done");
}

static void
check_never_run (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *never = kit_id (kit);
    kit_lacks (kit_ask (line, "get_result", "{'id':'%s'}", never), "result.reply");
    state_of (line, never, "never_run");
}

static void
check_reads_not_kept (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *id = kit_send (line, "list_client_sessions", "{}");
    kit_succeeds (kit_await (line, id));
    state_of (line, id, "never_run");
    kit_has (kit_ask_raw (line, id, "list_client_sessions", "{}"), "result", "sessions:a");
}

static void
check_list (struct kit *kit)
{
    struct kit_line *line = kit_claim_as (kit, kit_other_client (kit));
    const char *session = kit_session (line, "{}");
    const char *first = kit_start (line, session, "3");
    kit_await (line, first);
    const char *second = kit_start (line, NULL, "[true] whileTrue: [nil]");
    kit_await_busy (line, second);
    const struct kit_answer *list = kit_ask (line, "get_result", "{}");
    kit_ask (line, "interrupt", "{'id':'%s'}", second);
    kit_has (list, "result", "results:a total_count:n");
    kit_lists (list, "result.results", "id", first);
    kit_lists (list, "result.results", "id", second);
    const struct json *one = kit_row_of (list, "result.results", "id", first);
    const struct json *other = kit_row_of (list, "result.results", "id", second);
    char *fault = kit_fields_fault (one, "id:S command:S session_id:z state:S");
    kit_expect (kit, !fault, "in a row of results %s", fault ? fault : "");
    free (fault);
    const char *state = json_get_text (one, "state"),
               *session_id = json_get_text (one, "session_id");
    kit_expect (kit, state && strcmp (state, "done") == 0, "an evaluation that is over to be done");
    kit_expect (kit, session_id && strcmp (session_id, session) == 0,
                "the row to name the evaluation's session, got %s",
                session_id ? session_id : "null");
    state = json_get_text (other, "state");
    kit_expect (kit, state && strcmp (state, "running") == 0,
                "an evaluation that runs to be listed as running, got %s", state ? state : "null");
    kit_counts (list, "result.total_count", (int64_t) kit_size (list, "result.results"));
}

/* Sends COUNT requests that change nothing but the table: interrupts of nothing. */
static void
fill_table (struct kit_line *line, size_t count)
{
    struct kit *kit = kit_of (line);
    const char *nothing = kit_id (kit), *last = NULL;
    while (count > 0 && kit_goes_on (kit)) {
        size_t some = count < PIPELINED ? count : PIPELINED;
        for (size_t i = 0; i < some; i++)
            last = kit_send (line, "interrupt", "{'id':'%s'}", nothing);
        kit_await_for (line, last, MANY_MS);
        count -= some;
    }
}

static void
check_bounded (struct kit *kit)
{
    struct kit_line *line = kit_claim_as (kit, kit_other_client (kit));
    const char *before = kit_id (kit);
    const char *first = kit_send (line, "close_session", "{'session_id':'%s'}", kit_id (kit));
    kit_refuses (kit_await (line, first), "SessionNotFound");
    fill_table (line, REPLIES_KEPT + 1);
    const struct kit_answer *result = kit_ask (line, "get_result", "{'id':'%s'}", first);
    kit_says (result, "result.state", "done");
    kit_is (result, "result.reply_dropped", true);
    kit_lacks (result, "result.reply");
    kit_counts (kit_ask (line, "get_result", "{}"), "result.total_count", REPLIES_KEPT);
    fill_table (line, IDS_KEPT);
    state_of (line, first, "forgotten");
    state_of (line, before, "forgotten");
    kit_says (kit_ask_raw (line, before, "create_session", "{}"), "result.state", "forgotten");
    state_of (line, kit_id (kit), "never_run");
}

static const struct kit_check checks[] = {
    {"repeated", "A request whose id is known is answered as by get_result, and not run again.",
     KIT_NEWER, "at_most_once evaluate get_result", check_repeated},
    {"repeated-later", "That holds for other commands and on the client's next connection.",
     KIT_NEWER, "at_most_once get_result", check_repeated_later},
    {"done", "get_result of what is over is done, with the whole answer as it was sent.", KIT_NEWER,
     "at_most_once evaluate get_result", check_done},
    {"errors-kept", "Errors are kept like successes.", KIT_NEWER, "at_most_once get_result",
     check_errors_kept},
    {"running", "get_result of what runs or waits is running.", KIT_NEWER,
     "at_most_once evaluate get_result interrupt", check_running},
    {"never-run", "get_result of an id that never came is never_run.", KIT_NEWER,
     "at_most_once get_result", check_never_run},
    {"reads-not-kept", "Reads are not kept, and may be repeated.", KIT_NEWER,
     "at_most_once get_result", check_reads_not_kept},
    {"results-list", "get_result without id lists what runs and whose reply is kept, oldest first.",
     KIT_NEWER, "at_most_once evaluate get_result interrupt", check_list},
    {"bounded",
     "256 replies and 10,000 ids are kept; what was dropped is told as reply_dropped and "
     "forgotten, never as never_run.",
     KIT_NEWER, "at_most_once get_result interrupt", check_bounded},
    {0},
};

const struct kit_section kit_once = {"at most once", checks};
