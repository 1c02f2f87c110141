/* checks_older.c: the section Older peers: the seven session commands as a client uses them that
 * knows nothing else: without hello, with ids of any kind. They hold for servers that know no more
 * than these seven, and for every other one that asks for no token. */

#include <string.h>

#include "conformance/check.h"
#include "runtime/json.h"

/* A client_id of this check alone. */
static const char *
old_client (struct kit *kit)
{
    return kit_text (kit, "kit-%s", kit_id (kit));
}

static const char *
old_session (struct kit_line *line, const char *client, const char *state)
{
    struct kit *kit = kit_of (line);
    const struct kit_answer *made =
        kit_ask_raw (line, "kit: any id", "create_session",
                     kit_text (kit, "{\"client_id\":\"%s\",\"state_data\":%s}", client, state));
    kit_has (made, "result", "session_id:S client_id:S created_at:S timeout:n is_active:b");
    kit_says (made, "result.client_id", client);
    return kit_text (kit, "%s", kit_string (made, "result.session_id"));
}

static void
check_create (struct kit *kit)
{
    struct kit_line *line = kit_connect (kit);
    old_session (line, old_client (kit), "{}");
}

static void
check_restore (struct kit *kit)
{
    struct kit_line *line = kit_connect (kit);
    const char *session = old_session (line, old_client (kit), "{\"buffers\":[{\"text\":\"3\"}]}");
    kit_hang_up (line);
    line = kit_connect (kit);
    const struct kit_answer *restored =
        kit_ask (line, "restore_session", "{'session_id':'%s'}", session);
    kit_has (restored, "result", "session_id:S last_modified:S session_state:o");
    kit_equals (restored, "result.session_state", "{\"buffers\":[{\"text\":\"3\"}]}");
}

static void
check_update (struct kit *kit)
{
    struct kit_line *line = kit_connect (kit);
    const char *session = old_session (line, old_client (kit), "{\"a\":1,\"b\":2}");
    const struct kit_answer *updated =
        kit_ask (line, "update_session_state", "{'session_id':'%s','state_data':{'c':3}}", session);
    kit_has (updated, "result", "session_id:S last_modified:S update_successful:b");
    kit_is (updated, "result.update_successful", true);
    kit_equals (kit_ask (line, "restore_session", "{'session_id':'%s'}", session),
                "result.session_state", "{\"c\":3}");
}

static void
check_close (struct kit *kit)
{
    struct kit_line *line = kit_connect (kit);
    const char *session = old_session (line, old_client (kit), "{}");
    const struct kit_answer *closed =
        kit_ask (line, "close_session", "{'session_id':'%s'}", session);
    kit_says (closed, "result.session_id", session);
    kit_is (closed, "result.closed", true);
    kit_says (kit_ask (line, "restore_session", "{'session_id':'%s'}", session), "status", "error");
}

static void
check_list (struct kit *kit)
{
    struct kit_line *line = kit_connect (kit);
    const char *client = old_client (kit), *session = old_session (line, client, "{}");
    const struct kit_answer *list =
        kit_ask (line, "list_client_sessions", "{'client_id':'%s'}", client);
    kit_counts (list, "result.session_count", 1);
    kit_lists (list, "result.sessions", "session_id", session);
}

static void
check_info (struct kit *kit)
{
    struct kit_line *line = kit_connect (kit);
    const char *session = old_session (line, old_client (kit), "{}");
    const struct kit_answer *info =
        kit_ask (line, "get_session_info", "{'session_id':'%s'}", session);
    kit_has (info, "result", "session_id:S time_until_expiry:n is_expired:b");
    kit_says (info, "result.session_id", session);
}

static void
check_statistics (struct kit *kit)
{
    struct kit_line *line = kit_connect (kit);
    kit_has (kit_ask (line, "get_session_statistics", "{}"), "result",
             "total_sessions:n active_clients:n max_sessions_per_client:n default_timeout:n "
             "cleanup_interval:n");
}

static void
check_not_found (struct kit *kit)
{
    static const char *const commands[] = {"restore_session", "update_session_state",
                                           "close_session", "get_session_info"};
    struct kit_line *line = kit_connect (kit);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        kit_says (
            kit_ask (line, commands[i], "{'session_id':'kit: there is none','state_data':{}}"),
            "status", "error");
}

static void
check_ids (struct kit *kit)
{
    struct kit_line *line = kit_connect (kit);
    const char *client = old_client (kit);
    const char *create = kit_text (kit, "{\"client_id\":\"%s\"}", client);
    const struct kit_answer *one = kit_ask_raw (line, "kit: once", "create_session", create);
    const struct kit_answer *two = kit_ask_raw (line, "kit: once", "create_session", create);
    kit_has (one, "result", "session_id:S");
    kit_has (two, "result", "session_id:S");
    kit_expect (
        kit, strcmp (kit_string (one, "result.session_id"), kit_string (two, "result.session_id")),
        "no replies to be kept for a client without hello, got the first one's again");
}

static void
check_unknown (struct kit *kit)
{
    struct kit_line *line = kit_connect (kit);
    kit_says (kit_ask (line, "hello", "{'client_id':'x','protocol':'1.1'}"), "status", "error");
    kit_says (kit_ask (line, "dance", "{}"), "status", "error");
}

static const struct kit_check checks[] = {
    {"older-create", "create_session needs no hello, and takes an id of any kind.", KIT_BOTH,
     "open create_session", check_create},
    {"older-restore", "restore_session answers the state on any connection.", KIT_BOTH,
     "open restore_session", check_restore},
    {"older-update", "update_session_state replaces the whole state.", KIT_BOTH,
     "open update_session_state", check_update},
    {"older-close", "close_session closes: the session cannot be restored.", KIT_BOTH,
     "open close_session", check_close},
    {"older-list", "list_client_sessions lists the sessions of a client.", KIT_BOTH,
     "open list_client_sessions", check_list},
    {"older-info", "get_session_info says when a session expires.", KIT_BOTH,
     "open get_session_info", check_info},
    {"older-statistics", "get_session_statistics answers counts and limits.", KIT_BOTH,
     "open get_session_statistics", check_statistics},
    {"older-not-found", "A session that is not there is an error.", KIT_BOTH,
     "open restore_session", check_not_found},
    {"older-ids", "No replies are kept for a client without hello: an id may be used again.",
     KIT_BOTH, "open create_session", check_ids},
    {"older-unknown", "hello and other commands that are not known are errors of some kind.",
     KIT_OLDER, NULL, check_unknown},
    {0},
};

const struct kit_section kit_older = {"older peers", checks};
