/* checks_upkeep.c: the commands about the image as a whole: system_info, its sessions, cleaning up;
 * saving it; and what a read-only image refuses. Of others' sessions those are touched that have
 * expired, which the image would remove itself, and one that becomes orphaned between
 * check_cleanup's look and its request (the help says so). */

#include <stdlib.h>
#include <string.h>

#include "conformance/check.h"
#include "runtime/alloc.h"
#include "runtime/json.h"

enum {
    GONE_MS = 5000,    /* for the image to see that a connection has ended */
    SAVING_MS = 60000, /* for it to write its file */
};

static void
check_system_info (struct kit *kit)
{
    static const struct {
        const char *kind, *fields;
    } rows[] = {
        {"all", "memory:o vm:o packages:l processes:a"},
        {"memory", "memory:o"},
        {"vm", "vm:o"},
        {"packages", "packages:l"},
        {"processes", "processes:a"},
    };
    struct kit_line *line = kit_claim (kit);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        kit_has (kit_ask (line, "system_info", "{'kind':'%s'}", rows[i].kind), "result",
                 rows[i].fields);
    const struct kit_answer *all = kit_ask (line, "system_info", "{}");
    kit_has (all, "result", "memory:o vm:o packages:l processes:a");
    kit_has (all, "result.memory", "heap_bytes:n used_bytes:n objects:n");
    kit_has (all, "result.vm", "dialect:S pid:n uptime:n connections:n evaluations:n");
    if (kit_size (all, "result.processes") > 0)
        kit_has (all, "result.processes.0", "name:s priority:n state:s");
}

static void
check_image_sessions (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{'name':'kit'}");
    const struct kit_answer *list = kit_ask (line, "list_image_sessions", "{}");
    kit_has (list, "result", "image_id:S sessions:a total_count:n orphaned_count:n");
    kit_lists (list, "result.sessions", "session_id", session);
    kit_says (list, "result.image_id",
              json_get_text (kit_hello (kit), "image_id")
                  ? json_get_text (kit_hello (kit), "image_id")
                  : "");
    const struct json *row = kit_row_of (list, "result.sessions", "session_id", session);
    char *fault = kit_fields_fault (
        row, "session_id:S client_id:S created_at:t timeout:n version:n last_modified:t "
             "last_accessed:t time_until_expiry:n is_expired:b is_busy:b context_bytes:n "
             "is_orphaned:b");
    kit_expect (kit, !fault, "in a row of list_image_sessions %s", fault ? fault : "");
    free (fault);
    kit_expect (kit, !json_get_bool (row, "is_orphaned", true),
                "a connected client's session not to be orphaned, got it orphaned");
}

/* Waits until the image says that SESSION is orphaned. */
static void
await_orphaned (struct kit_line *line, const char *session)
{
    int64_t deadline_ms = kit_now_ms () + GONE_MS;
    while (kit_goes_on (kit_of (line))) {
        const struct kit_answer *list = kit_ask (line, "list_image_sessions", "{}");
        const struct json *row = kit_row_of (list, "result.sessions", "session_id", session);
        if (json_get_bool (row, "is_orphaned", false))
            return;
        kit_expect (kit_of (line), kit_now_ms () < deadline_ms,
                    "a session of a client that has gone to be orphaned, got none in %d s",
                    GONE_MS / 1000);
    }
}

/* A session of a client that has gone, and a connection of another one. */
static struct kit_line *
orphan (struct kit *kit, const char **session)
{
    struct kit_line *gone = kit_claim_as (kit, kit_other_client (kit));
    struct kit_line *line = kit_claim (kit);
    *session = kit_session (gone, "{}");
    kit_hang_up (gone);
    await_orphaned (line, *session);
    return line;
}

static void
check_orphans (struct kit *kit)
{
    const char *session;
    struct kit_line *line = orphan (kit, &session);
    const struct kit_answer *without =
        kit_ask (line, "list_image_sessions", "{'include_orphaned':false}");
    kit_has (without, "result", "sessions:a");
    kit_expect (kit, !kit_row_of (without, "result.sessions", "session_id", session),
                "no orphaned sessions without include_orphaned, got one");
    const struct kit_answer *stats = kit_ask (line, "get_image_session_stats", "{}");
    kit_has (stats, "result",
             "image_id:S total:n active:n orphaned:n context_bytes:n last_activity:t?");
    kit_ranges (stats, "result.orphaned", 1, INT32_MAX);
}

static void
check_dry_run (struct kit *kit)
{
    const char *session;
    struct kit_line *line = orphan (kit, &session);
    const struct kit_answer *dry =
        kit_ask (line, "cleanup_image_sessions", "{'orphaned':true,'dry_run':true}");
    kit_has (dry, "result", "sessions_cleaned:n sessions_remaining:n cleanup_details:a dry_run:b");
    kit_is (dry, "result.dry_run", true);
    kit_counts (dry, "result.sessions_cleaned", 0);
    kit_lists (dry, "result.cleanup_details", "session_id", session);
    kit_has (dry, "result.cleanup_details.0", "session_id:S client_id:S reason:S idle_seconds:n");
    kit_succeeds (kit_ask (line, "get_session_info", "{'session_id':'%s'}", session));
    dry = kit_ask (line, "cleanup_image_sessions",
                   "{'orphaned':true,'dry_run':true,'max_age_hours':1000}");
    kit_expect (kit, !kit_row_of (dry, "result.cleanup_details", "session_id", session),
                "max_age_hours to spare a session of now, got it listed");
    dry = kit_ask (line, "cleanup_image_sessions", "{'dry_run':true}");
    kit_expect (kit, !kit_row_of (dry, "result.cleanup_details", "session_id", session),
                "a session that is not expired to be spared without orphaned, got it listed");
}

/* Waits until SESSION says of itself that it has expired. */
static void
await_expired (struct kit_line *line, const char *session)
{
    int64_t deadline_ms = kit_now_ms () + GONE_MS;
    while (kit_goes_on (kit_of (line))) {
        const struct kit_answer *info =
            kit_ask (line, "get_session_info", "{'session_id':'%s'}", session);
        if (json_get_bool (kit_value (info, "result"), "is_expired", false))
            return;
        kit_expect (kit_of (line), kit_now_ms () < deadline_ms,
                    "a session with a timeout of 1 s to be expired, got none in %d s",
                    GONE_MS / 1000);
    }
}

/* CLEANED took SESSION. */
static void
expect_taken (struct kit_line *line, const struct kit_answer *cleaned, const char *session,
              const char *reason)
{
    kit_counts (cleaned, "result.sessions_cleaned",
                (int64_t) kit_size (cleaned, "result.cleanup_details"));
    kit_lists (cleaned, "result.cleanup_details", "session_id", session);
    const struct json *row = kit_row_of (cleaned, "result.cleanup_details", "session_id", session);
    const char *got = json_get_text (row, "reason");
    kit_expect (kit_of (line), got && strcmp (got, reason) == 0,
                "a session to be cleaned up as %s, got %s", reason, got ? got : "nothing");
    kit_refuses (kit_ask (line, "get_session_info", "{'session_id':'%s'}", session),
                 "SessionNotFound");
}

/* By its age, which takes nobody's session that is in use. */
static void
check_cleanup_expired (struct kit *kit)
{
    struct kit_line *gone = kit_claim_as (kit, kit_other_client (kit));
    struct kit_line *line = kit_claim (kit);
    const char *old = kit_session (gone, "{'timeout':1}"), *young = kit_session (gone, "{}");
    const char *mine = kit_session (line, "{'timeout':1}");
    kit_hang_up (gone);
    await_orphaned (line, young);
    await_expired (line, old);
    await_expired (line, mine);
    expect_taken (line, kit_ask (line, "cleanup_image_sessions", "{}"), old, "expired");
    kit_succeeds (kit_ask (line, "get_session_info", "{'session_id':'%s'}", young));
    kit_succeeds (kit_ask (line, "get_session_info", "{'session_id':'%s'}", mine));
}

/* How many sessions would be taken for being orphaned. */
static int64_t
orphans_of (struct kit_line *line)
{
    return (int64_t) kit_size (
        kit_ask (line, "cleanup_image_sessions", "{'orphaned':true,'dry_run':true}"),
        "result.cleanup_details");
}

/* cleanup_image_sessions cannot be told which sessions to take: others' are looked for at the very
 * last, and may be those of another run of this kit, which takes them away soon. */
static void
check_cleanup (struct kit *kit)
{
    const char *session;
    struct kit_line *line = orphan (kit, &session);
    const char *mine = kit_session (line, "{}");
    int64_t deadline_ms = kit_now_ms () + GONE_MS;
    while (kit_goes_on (kit) && orphans_of (line) > 1)
        if (kit_now_ms () > deadline_ms)
            kit_skip (kit, "the image holds orphaned sessions of others, which it would take too");
    if (!kit_goes_on (kit))
        return;
    expect_taken (line, kit_ask (line, "cleanup_image_sessions", "{'orphaned':true}"), session,
                  "orphaned");
    kit_succeeds (kit_ask (line, "get_session_info", "{'session_id':'%s'}", mine));
}

/* A session of a client that is there stays its; one of a client that has gone becomes the asker's with
 * its state and its variables, and is orphaned no more. */
static void
check_adopt (struct kit *kit)
{
    struct kit_line *gone = kit_claim_as (kit, kit_other_client (kit));
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (gone, "{'name':'kit','state_data':{'text':'left'}}");
    bool evaluates = kit_can (kit, "evaluate") && kit_can (kit, "session_variables");
    if (evaluates)
        kit_succeeds (
            kit_ask (gone, "evaluate", "{'code':'kit := 3 + 4','session_id':'%s'}", session));
    kit_refuses (kit_ask (line, "adopt_session", "{'session_id':'%s'}", session),
                 "PermissionDenied");
    kit_hang_up (gone);
    await_orphaned (line, session);
    const struct kit_answer *adopted =
        kit_ask (line, "adopt_session", "{'session_id':'%s'}", session);
    kit_says (adopted, "result.client_id", kit_client (kit));
    kit_says (adopted, "result.name", "kit");
    kit_says (adopted, "result.session_state.text", "left");
    kit_succeeds (kit_ask (line, "adopt_session", "{'session_id':'%s'}", session));
    kit_lists (kit_ask (line, "list_client_sessions", "{}"), "result.sessions", "session_id",
               session);
    if (evaluates)
        kit_says (kit_ask (line, "evaluate", "{'code':'kit','session_id':'%s'}", session),
                  "result.result", "7");
}

static void
check_read_only (struct kit *kit)
{
    static const struct {
        const char *command, *parameters;
    } rows[] = {
        {"evaluate", "{'code':'3'}"},
        {"compile_method", "{'class_name':'Object','source':'kitNever ^1'}"},
        {"define_class", "{'class_name':'StuiConformanceNever','source':'Object subclass: "
                         "#StuiConformanceNever'}"},
        {"remove_method", "{'class_name':'Object','method_name':'kitNever'}"},
        {"remove_class", "{'class_name':'StuiConformanceNever'}"},
        {"rename_category", "{'class_name':'Object','old_name':'a','new_name':'b'}"},
        {"file_in", "{'source':'3!'}"},
        {"debug", "{'session_id':'x','debug_id':'x','operation':'stack'}"},
        {"snapshot", "{}"},
        {"cleanup_image_sessions", "{'dry_run':true}"},
    };
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (kit_can (kit, rows[i].command)) {
            char *parameters = stui_strdup (rows[i].parameters);
            for (char *c = parameters; *c; c++)
                *c = (char) (*c == '\'' ? '"' : *c);
            kit_refuses (kit_ask_raw (line, NULL, rows[i].command, parameters), "PermissionDenied");
            free (parameters);
        }
    if (kit_can (kit, "inspect"))
        kit_refuses (kit_ask (line, "inspect", "{'session_id':'%s','target':'3'}", session),
                     "PermissionDenied");
    kit_succeeds (kit_ask (line, "close_session", "{'session_id':'%s'}", session));
}

static void
check_snapshot (struct kit *kit)
{
    if (kit_can (kit, "read_only")) {
        kit_skip (kit, "the image is read-only");
        return;
    }
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{'name':'kept'}");
    if (!kit_can (kit, "snapshot")) {
        const struct kit_answer *answer = kit_ask (line, "snapshot", "{}");
        kit_refuses (answer, "UnsupportedOperation");
        kit_expect (kit, *kit_string (answer, "error") != '\0', "a sentence in error, got none");
        return;
    }
    kit_succeeds (kit_ask (line, "subscribe", "{'events':['image_saved']}"));
    const char *id = kit_send (line, "snapshot", "{}");
    const struct kit_answer *answer = kit_await_for (line, id, SAVING_MS);
    kit_is (answer, "result.saved", true);
    kit_has (answer, "result", "saved:b file:z");
    if (kit_can (kit, "event:image_saved"))
        kit_has (kit_event (line, "image_saved"), "data", "file:z");
    kit_says (kit_ask (line, "get_session_info", "{'session_id':'%s'}", session), "result.name",
              "kept");
    kit_succeeds (kit_ask (line, "ping", "{}"));
}

/* Ending the image is left to who owns it; but the event can be had, or it is said that it cannot. */
static void
check_quitting (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    if (kit_can (kit, "event:image_quitting"))
        kit_lists (kit_ask (line, "subscribe", "{'events':['image_quitting']}"),
                   "result.subscribed", NULL, "image_quitting");
    else
        kit_skip (kit, "the image does not say that it tells of its end");
}

static const struct kit_check checks[] = {
    {"system-info", "system_info tells of memory, VM, packages and processes.", KIT_NEWER,
     "system_info", check_system_info},
    {"image-sessions", "list_image_sessions lists the sessions of all clients.", KIT_NEWER,
     "list_image_sessions", check_image_sessions},
    {"orphans", "A session is orphaned when its client has no claimed connection.", KIT_NEWER,
     "list_image_sessions get_image_session_stats", check_orphans},
    {"cleanup-dry-run", "cleanup_image_sessions with dry_run says what it would take.", KIT_NEWER,
     "list_image_sessions cleanup_image_sessions", check_dry_run},
    {"cleanup", "cleanup_image_sessions takes orphaned sessions only.", KIT_NEWER,
     "list_image_sessions cleanup_image_sessions", check_cleanup},
    {"cleanup-expired",
     "Without orphaned it takes expired sessions only, and none whose client is connected.",
     KIT_NEWER, "list_image_sessions cleanup_image_sessions", check_cleanup_expired},
    {"adopt",
     "adopt_session takes over the session of a client that has gone, with all it has, and no "
     "other.",
     KIT_NEWER, "list_image_sessions adopt_session", check_adopt},
    {"snapshot",
     "snapshot saves the image, which announces image_saved and goes on; or it is an "
     "UnsupportedOperation, with a sentence.",
     KIT_NEWER, NULL, check_snapshot},
    {"quitting", "image_quitting can be subscribed to where the image says that it tells of it.",
     KIT_NEWER, "subscribe", check_quitting},
    {"read-only", "A read-only image refuses whatever evaluates or changes it; sessions are kept.",
     KIT_NEWER, "read_only", check_read_only},
    {0},
};

const struct kit_section kit_upkeep = {"the image as a whole", checks};
