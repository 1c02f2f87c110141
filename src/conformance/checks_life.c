/* checks_life.c: the section Life of a connection: introducing, claiming, tokens, fencing. */

#include <stdio.h>
#include <string.h>

#include "conformance/parts.h"
#include "runtime/json.h"

enum {
    CLOSE_MS = 5000,
    WRONG_TOKEN_MS = 1000, /* the page's delay */
    WAITING = 3,           /* evaluations that wait when their connection is fenced */
};

static const struct kit_answer *
hello (struct kit_line *line, const char *client_id, int64_t generation, int64_t counter)
{
    struct kit *kit = line->kit;
    const char *token = kit_token (kit);
    if (!token)
        return kit_ask (line, "hello",
                        "{'client_id':'%s','protocol':'1.1',"
                        "'client_epoch':{'generation':%lld,'counter':%lld}}",
                        client_id, (long long) generation, (long long) counter);
    return kit_ask (line, "hello",
                    "{'client_id':'%s','protocol':'1.1','token':'%s',"
                    "'client_epoch':{'generation':%lld,'counter':%lld}}",
                    client_id, token, (long long) generation, (long long) counter);
}

/* ---- who is there ------------------------------------------------------------------------------- */

static void
check_introduction (struct kit *kit)
{
    struct kit_line *line = kit_connect (kit);
    const char *parameters = kit_hello_parameters (kit, kit_client (kit), false);
    const struct kit_answer *answer = kit_ask_raw (line, NULL, "hello", parameters);
    kit_has (answer, "result",
             "image_id:S image_name:s boot_id:S dialect:S dialect_version:s vm_version:s host:s "
             "pid:n started_at:t protocol:S capabilities:l max_message_bytes:n");
    kit_counts (answer, "result.max_message_bytes", STUI_MESSAGE_MAX);
    kit_expect (kit, strncmp (kit_string (answer, "result.protocol"), "1.", 2) == 0,
                "the protocol to be 1.…, got %s", kit_string (answer, "result.protocol"));
    const struct kit_answer *again = kit_ask_raw (kit_connect (kit), NULL, "hello", parameters);
    kit_says (again, "result.image_id", kit_string (answer, "result.image_id"));
    kit_says (again, "result.boot_id", kit_string (answer, "result.boot_id"));
}

static void
check_capabilities (struct kit *kit)
{
    static const char *const always[] = {
        "hello",
        "ping",
        "create_session",
        "restore_session",
        "update_session_state",
        "close_session",
        "get_session_info",
        "list_client_sessions",
        "get_session_statistics",
    };
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        kit_expect (kit, kit_can (kit, always[i]), "%s among the capabilities, got none",
                    always[i]);
}

static void
check_introduced_only (struct kit *kit)
{
    static const char *const closed[] = {
        "evaluate",  "create_session",       "get_result",          "subscribe",
        "interrupt", "list_client_sessions", "list_image_sessions",
    };
    struct kit_line *line = kit_introduce (kit, kit_client (kit));
    kit_says (kit_ask (line, "ping", "{'message':'there?'}"), "result.message", "there?");
    for (size_t i = 0; i < sizeof closed / sizeof *closed; i++)
        if (kit_can (kit, closed[i]))
            kit_refuses (kit_ask (line, closed[i], "{'code':'3','id':'x','client_id':'x'}"),
                         "PermissionDenied");
    kit_succeeds (
        kit_ask_raw (line, NULL, "hello", kit_hello_parameters (kit, kit_client (kit), false)));
}

static void
check_before_hello (struct kit *kit)
{
    struct kit_line *line = kit_connect (kit);
    kit_says (kit_ask (line, "ping", "{}"), "result.message", "pong");
    if (kit_can (kit, "evaluate"))
        kit_refuses (kit_ask (line, "evaluate", "{'code':'3'}"), "PermissionDenied");
    if (kit_can (kit, "get_result"))
        kit_refuses (kit_ask (line, "get_result", "{}"), "PermissionDenied");
}

static void
check_claim (struct kit *kit)
{
    struct kit_line *line = kit_introduce (kit, kit_client (kit));
    kit_next_epoch (kit);
    kit_succeeds (
        kit_ask_raw (line, NULL, "hello", kit_hello_parameters (kit, kit_client (kit), true)));
    const struct kit_answer *list = kit_ask (line, "list_client_sessions", "{}");
    kit_says (list, "result.client_id", kit_client (kit));
}

static void
check_ping (struct kit *kit)
{
    struct kit_line *line = kit_introduce (kit, kit_client (kit));
    const struct kit_answer *answer = kit_ask (line, "ping", "{'message':'there?'}");
    kit_has (answer, "result", "message:s status:s uptime:n");
    kit_says (answer, "result.status", "ok");
    kit_says (answer, "result.message", "there?");
}

/* ---- tokens --------------------------------------------------------------------------------------- */

static void
check_token_missing (struct kit *kit)
{
    static const char *const commands[] = {"ping", "get_session_statistics", "create_session",
                                           "evaluate"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        struct kit_line *line = kit_connect (kit);
        kit_refuses (kit_ask (line, commands[i], "{'client_id':'x','code':'3'}"),
                     "AuthenticationError");
    }
    kit_refuses (kit_ask (kit_connect (kit), "hello", "{'client_id':'%s','protocol':'1.1'}",
                          kit_client (kit)),
                 "AuthenticationError");
}

static void
check_token_wrong (struct kit *kit)
{
    int64_t begun_ms = kit_now_ms ();
    struct kit_line *line = kit_connect (kit);
    kit_refuses (kit_ask (line, "hello",
                          "{'client_id':'%s','protocol':'1.1','token':'surely not the token'}",
                          kit_client (kit)),
                 "AuthenticationError");
    int64_t took_ms = kit_now_ms () - begun_ms;
    kit_expect (kit, took_ms >= WRONG_TOKEN_MS - 50,
                "a wrong token to be answered after a second, got it after %lld ms",
                (long long) took_ms);
    kit_expect (kit, kit_closes (line, CLOSE_MS),
                "the connection to be closed after a wrong token, got it open");
}

/* ---- epochs ------------------------------------------------------------------------------------------ */

static void
check_lower_epoch (struct kit *kit)
{
    int64_t generation, counter;
    kit_claim (kit);
    kit_epoch (kit, &generation, &counter);
    struct kit_line *line = kit_introduce (kit, kit_client (kit));
    const int64_t lower[][2] = {
        {generation, counter - 1}, {generation - 1, counter + 9}, {generation, counter}};
    for (size_t i = 0; i < 3; i++) {
        const struct kit_answer *refusal = hello (line, kit_client (kit), lower[i][0], lower[i][1]);
        kit_refuses (refusal, "Fenced");
        kit_counts (refusal, "details.generation", generation);
        kit_counts (refusal, "details.counter", counter);
    }
    kit_says (kit_ask (line, "ping", "{'message':'as it was'}"), "result.message", "as it was");
    kit_refuses (kit_ask (line, "list_client_sessions", "{}"), "PermissionDenied");
}

static void
check_same_epoch (struct kit *kit)
{
    int64_t generation, counter;
    struct kit_line *line = kit_claim (kit);
    kit_epoch (kit, &generation, &counter);
    kit_succeeds (hello (line, kit_client (kit), generation, counter));
    kit_succeeds (kit_ask (line, "list_client_sessions", "{}"));
}

static void
check_one_client (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    kit_next_epoch (kit);
    const struct kit_answer *answer =
        kit_ask_raw (line, NULL, "hello", kit_hello_parameters (kit, kit_other_client (kit), true));
    kit_says (answer, "status", "error");
    const struct kit_answer *list = kit_ask (line, "list_client_sessions", "{}");
    kit_says (list, "result.client_id", kit_client (kit));
}

/* ---- fencing --------------------------------------------------------------------------------------------- */

static void
expect_fenced (struct kit_line *older)
{
    struct kit *kit = older->kit;
    const struct kit_answer *news;
    do
        news = kit_next (older);
    while (kit_goes_on (kit) && *kit_string (news, "id")); /* an answer of before */
    kit_expect (kit, strcmp (kit_string (news, "error_type"), "Fenced") == 0,
                "the older connection to be told Fenced, got %s", kit_string (news, "error_type"));
    kit_lacks (news, "id");
    kit_expect (kit, kit_closes (older, CLOSE_MS),
                "the older connection to be closed, got it open after %d s", CLOSE_MS / 1000);
}

static void
check_fencing (struct kit *kit)
{
    struct kit_line *older = kit_claim (kit);
    struct kit_line *newer = kit_claim (kit);
    expect_fenced (older);
    kit_succeeds (kit_ask (newer, "list_client_sessions", "{}"));
}

static void
check_client_case (struct kit *kit)
{
    char upper[KIT_ID_SIZE];
    snprintf (upper, sizeof upper, "%s", kit_client (kit));
    for (char *c = upper; *c; c++)
        *c = (char) (*c >= 'a' && *c <= 'z' ? *c - 0x20 : *c);
    struct kit_line *older = kit_claim (kit);
    kit_claim_as (kit, upper);
    expect_fenced (older);
}

static void
check_others_unfenced (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    kit_claim_as (kit, kit_other_client (kit));
    const struct kit_answer *list = kit_ask (line, "list_client_sessions", "{}");
    kit_says (list, "result.client_id", kit_client (kit));
}

/* One runs and others wait behind it when their connection is fenced. */
static void
check_fenced_waiting (struct kit *kit)
{
    struct kit_line *older = kit_claim (kit);
    const char *session = kit_session (older, "{}"), *waiting[WAITING];
    kit_prints (older, session, "n := 0", "0");
    const char *running = kit_start (older, session, "[n < 1000] whileTrue: [nil]. n");
    kit_await_busy (older, running);
    for (size_t i = 0; i < WAITING; i++)
        waiting[i] = kit_start (older, session, "n := n + 1");
    kit_succeeds (kit_ask (older, "ping", "{}"));
    struct kit_line *newer = kit_claim (kit);
    for (size_t i = 0; i < WAITING; i++)
        kit_says (kit_ask (newer, "get_result", "{'id':'%s'}", waiting[i]), "result.state",
                  "never_run");
    kit_says (kit_ask (newer, "get_result", "{'id':'%s'}", running), "result.state", "running");
    kit_is (kit_ask (newer, "interrupt", "{'id':'%s'}", running), "result.interrupted", true);
    kit_prints (newer, session, "n", "0");
    for (size_t i = 0; i < WAITING; i++)
        kit_says (kit_ask (newer, "get_result", "{'id':'%s'}", waiting[i]), "result.state",
                  "never_run");
}

static void
check_fenced_running (struct kit *kit)
{
    struct kit_line *older = kit_claim (kit);
    const char *id = kit_start (older, NULL, "(Delay forMilliseconds: 1000) wait. 41 + 1");
    kit_await_busy (older, id);
    struct kit_line *newer = kit_claim (kit);
    kit_says (kit_await (newer, id), "result.result", "42");
    expect_fenced (older);
}

/* What an older connection sends after it has lost its place. */
static void
check_fenced_late (struct kit *kit)
{
    struct kit_line *older = kit_claim (kit);
    const char *session = kit_session (older, "{}");
    kit_prints (older, session, "n := 0", "0");
    struct kit_line *newer = kit_claim (kit);
    const char *late = kit_start (older, session, "n := n + 1");
    kit_expect (kit, kit_closes (older, CLOSE_MS),
                "the older connection to be closed, got it open");
    kit_says (kit_ask (newer, "get_result", "{'id':'%s'}", late), "result.state", "never_run");
    kit_prints (newer, session, "n", "0");
}

static const struct kit_check checks[] = {
    {"introduction", "hello says who the image is, the same to everybody.", KIT_NEWER, NULL,
     check_introduction},
    {"capabilities", "The session commands, hello and ping are among the capabilities.", KIT_NEWER,
     NULL, check_capabilities},
    {"introduced-only",
     "A connection that has only introduced itself may hello and ping, nothing else.", KIT_NEWER,
     NULL, check_introduced_only},
    {"before-hello",
     "A connection that never said hello may ping; other than session commands are "
     "PermissionDenied.",
     KIT_NEWER, "open", check_before_hello},
    {"claim", "hello with an epoch claims, and everything is open.", KIT_NEWER, NULL, check_claim},
    {"ping", "ping answers message, status and uptime.", KIT_NEWER, NULL, check_ping},
    {"token-missing", "Without a good hello everything is an AuthenticationError, ping included.",
     KIT_NEWER, "token", check_token_missing},
    {"token-wrong",
     "A wrong token is an AuthenticationError after a second, and the end of the connection.",
     KIT_NEWER, "token", check_token_wrong},
    {"lower-epoch",
     "A lower epoch, or an equal one of another connection, is Fenced with the winning one; the "
     "connection stays as it was.",
     KIT_NEWER, NULL, check_lower_epoch},
    {"same-epoch", "Claiming again with the same epoch on the same connection is harmless.",
     KIT_NEWER, NULL, check_same_epoch},
    {"one-client", "A connection cannot change its client_id once it has claimed.", KIT_NEWER, NULL,
     check_one_client},
    {"fencing",
     "A claim tells the client's older connections Fenced with id null, and closes them.",
     KIT_NEWER, "fencing", check_fencing},
    {"client-case", "client_id is compared in lower case.", KIT_NEWER, "fencing",
     check_client_case},
    {"others-unfenced", "A claim fences no other client.", KIT_NEWER, NULL, check_others_unfenced},
    {"fenced-waiting", "What waits of a fenced connection is discarded: it is never_run, for good.",
     KIT_NEWER, "fencing evaluate get_result interrupt", check_fenced_waiting},
    {"fenced-running",
     "What runs when its connection is fenced goes on, and answers to the newest one.", KIT_NEWER,
     "fencing evaluate", check_fenced_running},
    {"fenced-late", "Nothing that an older connection sent begins after the claim was answered.",
     KIT_NEWER, "fencing evaluate get_result", check_fenced_late},
    {0},
};

const struct kit_section kit_life = {"life of a connection", checks};
