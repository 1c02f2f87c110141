/* checks_sessions.c: the section Sessions: the seven session commands of a claimed connection. */

#include <string.h>

#include "conformance/check.h"
#include "runtime/json.h"

enum {
    SESSIONS_MAX = 5,
    TIMEOUT_MAX_S = 31536000,
    DEFAULT_TIMEOUT_S = 3600,
    EXPIRED_MS = 1300, /* after this a session with a timeout of 1 s is expired */
};

static const char info_fields[] =
    "session_id:S client_id:S name:z? created_at:t timeout:n is_active:b version:n "
    "last_modified:t last_accessed:t time_until_expiry:n is_expired:b is_busy:b context_bytes:n";

static void
check_create (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const struct kit_answer *answer = kit_ask (line, "create_session", "{'name':'kit'}");
    kit_has (answer, "result",
             "session_id:S client_id:S name:s created_at:t timeout:n is_active:b version:n");
    kit_says (answer, "result.name", "kit");
    kit_says (answer, "result.client_id", kit_client (kit));
    kit_counts (answer, "result.timeout", DEFAULT_TIMEOUT_S);
    kit_counts (answer, "result.version", 1);
    kit_is (answer, "result.is_active", true);
}

static void
check_create_again (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *id = kit_id (kit);
    const struct kit_answer *made = kit_ask (
        line, "create_session", "{'session_id':'%s','name':'kit','state_data':{'a':1}}", id);
    kit_says (made, "result.session_id", id);
    const struct kit_answer *again = kit_ask (
        line, "create_session", "{'session_id':'%s','name':'other','state_data':{'a':2}}", id);
    kit_says (again, "result.session_id", id);
    kit_says (again, "result.name", "kit");
    kit_equals (again, "result.session_state", "{\"a\":1}");
    kit_counts (again, "result.version", 1);
    kit_counts (kit_ask (line, "list_client_sessions", "{}"), "result.session_count", 1);
}

static void
check_create_limits (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *longest = kit_repeated (kit, "", "x", 128, "");
    kit_counts (kit_ask (line, "create_session", "{'timeout':1}"), "result.timeout", 1);
    kit_counts (kit_ask (line, "create_session", "{'timeout':%d}", TIMEOUT_MAX_S), "result.timeout",
                TIMEOUT_MAX_S);
    kit_refuses (kit_ask (line, "create_session", "{'timeout':0}"), "InvalidRequest");
    kit_refuses (kit_ask (line, "create_session", "{'timeout':%d}", TIMEOUT_MAX_S + 1),
                 "InvalidRequest");
    kit_says (kit_ask (line, "create_session", "{'session_id':'%s'}", longest), "result.session_id",
              longest);
    kit_refuses (kit_ask (line, "create_session", "{'session_id':'%sx'}", longest),
                 "InvalidRequest");
    kit_refuses (kit_ask (line, "create_session", "{'session_id':''}"), "InvalidRequest");
}

static void
check_restore (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *full = kit_session (line, "{'state_data':{'workspace_context':{'w':1},"
                                          "'inspector_state':{'i':2},'object_registry':{'o':3}}}");
    const char *empty = kit_session (line, "{}");
    const struct kit_answer *answer =
        kit_ask (line, "restore_session", "{'session_id':'%s'}", full);
    kit_has (answer, "result",
             "session_id:S client_id:S created_at:t timeout:n is_active:b version:n "
             "last_modified:t session_state:o workspace_context:o inspector_state:o "
             "object_registry:o");
    kit_equals (answer, "result.workspace_context", "{\"w\":1}");
    kit_equals (answer, "result.inspector_state", "{\"i\":2}");
    kit_equals (answer, "result.object_registry", "{\"o\":3}");
    answer = kit_ask (line, "restore_session", "{'session_id':'%s'}", empty);
    kit_equals (answer, "result.session_state", "{}");
    kit_equals (answer, "result.workspace_context", "{}");
    kit_equals (answer, "result.inspector_state", "{}");
    kit_equals (answer, "result.object_registry", "{}");
}

/* What any reader and writer of JSON would change. */
static const char odd_state[] =
    "{ \"b\" : 1.50,\"a\":[1e2, -0.0 ,12345678901234567890123],  \"\\u00fc\":\"\\/\\u20ac\" }";

static void
expect_odd_state (struct kit *kit, const struct kit_answer *answer, const char *where)
{
    size_t size;
    const char *body = kit_body (answer, &size);
    kit_expect (kit, strstr (body, odd_state) != NULL,
                "%s to hold the state byte for byte as it was sent, got it in another form", where);
}

static void
check_state_bytes (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const struct kit_answer *made = kit_ask_raw (line, NULL, "create_session",
                                                 kit_text (kit, "{\"state_data\":%s}", odd_state));
    const char *session = kit_string (made, "result.session_id");
    kit_has (made, "result", "session_id:S");
    expect_odd_state (kit, kit_ask (line, "restore_session", "{'session_id':'%s'}", session),
                      "restore_session");
    expect_odd_state (kit,
                      kit_ask_raw (line, NULL, "update_session_state",
                                   kit_text (kit, "{\"session_id\":\"%s\",\"state_data\":%s}",
                                             session, odd_state)),
                      "update_session_state");
    expect_odd_state (
        kit,
        kit_ask_raw (line, NULL, "update_session_state",
                     kit_text (kit, "{\"session_id\":\"%s\",\"base_version\":1,\"state_data\":{}}",
                               session)),
        "Conflict");
}

static void
check_update (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{'state_data':{'a':1,'b':2}}");
    const struct kit_answer *answer =
        kit_ask (line, "update_session_state", "{'session_id':'%s','state_data':{'c':3}}", session);
    kit_has (answer, "result",
             "session_id:S last_modified:t session_state:o update_successful:b version:n");
    kit_is (answer, "result.update_successful", true);
    kit_counts (answer, "result.version", 2);
    kit_equals (answer, "result.session_state", "{\"c\":3}");
    kit_equals (kit_ask (line, "restore_session", "{'session_id':'%s'}", session),
                "result.session_state", "{\"c\":3}");
    kit_counts (kit_ask (line, "update_session_state",
                         "{'session_id':'%s','state_data':{},'base_version':2}", session),
                "result.version", 3);
    kit_refuses (kit_ask (line, "update_session_state", "{'session_id':'%s'}", session),
                 "InvalidRequest");
    kit_refuses (
        kit_ask (line, "update_session_state", "{'session_id':'%s','state_data':[]}", session),
        "InvalidRequest");
}

static void
check_conflict (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{'state_data':{'n':1}}");
    kit_succeeds (kit_ask (line, "update_session_state",
                           "{'session_id':'%s','state_data':{'n':2},'base_version':1}", session));
    const struct kit_answer *late =
        kit_ask (line, "update_session_state",
                 "{'session_id':'%s','state_data':{'n':3},'base_version':1}", session);
    kit_refuses (late, "Conflict");
    kit_counts (late, "details.version", 2);
    kit_has (late, "details", "last_modified:t session_state:o");
    kit_equals (late, "details.session_state", "{\"n\":2}");
    kit_equals (kit_ask (line, "restore_session", "{'session_id':'%s'}", session),
                "result.session_state", "{\"n\":2}");
}

static void
check_limit (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *last = NULL;
    for (int i = 0; i < SESSIONS_MAX; i++)
        last = kit_session (line, "{}");
    kit_refuses (kit_ask (line, "create_session", "{}"), "SessionLimitExceeded");
    kit_counts (kit_ask (line, "list_client_sessions", "{}"), "result.session_count", SESSIONS_MAX);
    kit_succeeds (kit_ask (line, "close_session", "{'session_id':'%s'}", last));
    kit_succeeds (kit_ask (line, "create_session", "{}"));
}

static void
check_close (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}");
    const struct kit_answer *closed =
        kit_ask (line, "close_session", "{'session_id':'%s'}", session);
    kit_says (closed, "result.session_id", session);
    kit_is (closed, "result.closed", true);
    kit_counts (kit_ask (line, "list_client_sessions", "{}"), "result.session_count", 0);
}

static void
check_not_found (struct kit *kit)
{
    static const char *const commands[] = {"restore_session", "update_session_state",
                                           "close_session", "get_session_info"};
    struct kit_line *line = kit_claim (kit);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        kit_refuses (
            kit_ask (line, commands[i], "{'session_id':'%s','state_data':{}}", kit_id (kit)),
            "SessionNotFound");
}

static void
check_info (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{'name':'kit','timeout':100}");
    const struct kit_answer *info =
        kit_ask (line, "get_session_info", "{'session_id':'%s'}", session);
    kit_has (info, "result", info_fields);
    kit_says (info, "result.name", "kit");
    kit_ranges (info, "result.time_until_expiry", 80, 100);
    kit_is (info, "result.is_expired", false);
    kit_is (info, "result.is_busy", false);
}

static void
check_is_busy (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}");
    const char *loop = kit_start (line, session, "[true] whileTrue: [nil]");
    kit_await_busy (line, loop);
    kit_is (kit_ask (line, "get_session_info", "{'session_id':'%s'}", session), "result.is_busy",
            true);
    kit_ask (line, "interrupt", "{'id':'%s'}", loop);
    kit_is (kit_ask (line, "get_session_info", "{'session_id':'%s'}", session), "result.is_busy",
            false);
}

static void
check_list_sessions (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{'name':'kit'}");
    const struct kit_answer *list = kit_ask (line, "list_client_sessions", "{}");
    kit_has (list, "result", "client_id:S session_count:n sessions:a");
    kit_lists (list, "result.sessions", "session_id", session);
    kit_has (list, "result.sessions.0", info_fields);
    const struct kit_answer *other =
        kit_ask (line, "list_client_sessions", "{'client_id':'%s'}", kit_other_client (kit));
    kit_counts (other, "result.session_count", 0);
    kit_says (other, "result.client_id", kit_other_client (kit));
}

static void
check_statistics (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    kit_session (line, "{}");
    const struct kit_answer *answer = kit_ask (line, "get_session_statistics", "{}");
    kit_has (answer, "result",
             "total_sessions:n active_clients:n max_sessions_per_client:n default_timeout:n "
             "cleanup_interval:n");
    kit_ranges (answer, "result.total_sessions", 1, INT32_MAX);
    kit_ranges (answer, "result.active_clients", 1, INT32_MAX);
    kit_counts (answer, "result.max_sessions_per_client", SESSIONS_MAX);
    kit_counts (answer, "result.default_timeout", DEFAULT_TIMEOUT_S);
    kit_counts (answer, "result.cleanup_interval", 300);
}

/* Waits EXPIRED_MS for an event that never comes: time itself is the rule here, and what the image
 * sends meanwhile is taken. */
static void
let_expire (struct kit_line *line)
{
    int64_t until_ms = kit_now_ms () + EXPIRED_MS;
    while (kit_goes_on (kit_of (line)) && kit_now_ms () < until_ms)
        kit_find_event (line, "none", until_ms - kit_now_ms ());
}

/* Two sessions, so that one is looked at and the other one used. */
static void
check_expiry (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *looked_at = kit_session (line, "{'timeout':1}");
    const char *used = kit_session (line, "{'timeout':1}");
    let_expire (line);
    kit_is (kit_ask (line, "get_session_info", "{'session_id':'%s'}", looked_at),
            "result.is_expired", true);
    kit_is (kit_ask (line, "get_session_info", "{'session_id':'%s'}", looked_at),
            "result.is_expired", true);
    kit_succeeds (kit_ask (line, "restore_session", "{'session_id':'%s'}", used));
    kit_is (kit_ask (line, "get_session_info", "{'session_id':'%s'}", used), "result.is_expired",
            false);
}

/* Of a client that is not connected: its sessions expire, and one gives its place. */
static void
check_expired_gives_place (struct kit *kit)
{
    struct kit_line *line = kit_connect (kit);
    const char *owner = kit_text (kit, "kit-%s", kit_id (kit));
    struct kit_line *watcher = kit_claim (kit);
    const char *sessions[SESSIONS_MAX];
    bool hears = kit_can (kit, "subscribe") && kit_can (kit, "event:session_expired");
    if (hears)
        kit_succeeds (kit_ask (watcher, "subscribe", "{'events':['session_expired']}"));
    for (int i = 0; i < SESSIONS_MAX; i++)
        sessions[i] = kit_session (line, "{'client_id':'%s','timeout':%d}", owner,
                                   i == 0 ? 1 : DEFAULT_TIMEOUT_S);
    kit_refuses (kit_ask (line, "create_session", "{'client_id':'%s'}", owner),
                 "SessionLimitExceeded");
    let_expire (line);
    kit_succeeds (kit_ask (line, "create_session", "{'client_id':'%s'}", owner));
    kit_refuses (kit_ask (line, "get_session_info", "{'session_id':'%s'}", sessions[0]),
                 "SessionNotFound");
    if (!hears)
        return;
    const struct kit_answer *event =
        kit_event_with (watcher, "session_expired", "data.session_id", sessions[0]);
    kit_says (event, "data.client_id", owner);
}

static const struct kit_check checks[] = {
    {"create", "create_session answers a session of version 1 with a timeout of an hour.",
     KIT_NEWER, "create_session", check_create},
    {"create-again", "create_session with an id that exists answers as restore_session.", KIT_NEWER,
     "create_session", check_create_again},
    {"create-limits", "A timeout is from 1 to 31,536,000 s, a session_id has 1 to 128 characters.",
     KIT_NEWER, "create_session", check_create_limits},
    {"restore", "restore_session answers the state and its three parts, {} where there is none.",
     KIT_NEWER, "restore_session", check_restore},
    {"state-bytes", "A session's state is kept byte for byte.", KIT_NEWER,
     "restore_session update_session_state", check_state_bytes},
    {"update", "update_session_state replaces the whole state and raises the version.", KIT_NEWER,
     "update_session_state", check_update},
    {"conflict",
     "An update of another base_version is a Conflict with the image's version and state, and "
     "changes nothing.",
     KIT_NEWER, "update_session_state", check_conflict},
    {"session-limit", "A client has at most 5 open sessions.", KIT_NEWER, "create_session",
     check_limit},
    {"close", "close_session closes the session.", KIT_NEWER, "close_session", check_close},
    {"session-not-found", "A session that is not there is SessionNotFound.", KIT_NEWER,
     "restore_session", check_not_found},
    {"session-info", "get_session_info answers all that the page says.", KIT_NEWER,
     "get_session_info", check_info},
    {"session-busy", "is_busy is true while something runs in a session.", KIT_NEWER,
     "get_session_info evaluate interrupt", check_is_busy},
    {"client-sessions", "list_client_sessions lists the sessions of one client.", KIT_NEWER,
     "list_client_sessions", check_list_sessions},
    {"statistics", "get_session_statistics answers counts and limits.", KIT_NEWER,
     "get_session_statistics", check_statistics},
    {"expiry",
     "A session that nobody used for its timeout is expired; looking at it is no use, using it "
     "revives it.",
     KIT_NEWER, "get_session_info restore_session", check_expiry},
    {"expired-gives-place",
     "An expired session of a client that is not connected goes when its client needs the place.",
     KIT_NEWER, "open create_session", check_expired_gives_place},
    {0},
};

const struct kit_section kit_sessions = {"sessions", checks};
