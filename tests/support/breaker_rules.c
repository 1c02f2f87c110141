/* breaker_rules.c: the broken servers: each row breaks one rule of docs/protocol.md. Long, because
 * there are many and each is a few lines. See breaker.h. */

#include "support/breaker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "runtime/random.h"
#include "runtime/uuid.h"

static bool
is_text (const struct json *json, const char *key, const char *text)
{
    const char *got = json_get_text (json, key);
    return got && strcmp (got, text) == 0;
}

static bool
is_answer_to (const struct breaker_turn *turn, const char *command)
{
    return strcmp (turn->command, command) == 0;
}

/* A member of the body that is an object and may be changed; NULL. */
static struct json *
part (struct breaker_turn *turn, const char *key)
{
    return (struct json *) json_get (turn->json, key);
}

static void
rename_error (struct breaker_turn *turn, const char *from, const char *to)
{
    if (is_text (turn->json, "error_type", from))
        json_set_text (breaker_change (turn), "error_type", to);
}

/* ---- transport --------------------------------------------------------------------------------- */

static void
greeting_of_version_3 (char *greeting)
{
    greeting[10] = 3;
}

static bool
is_pong (const char *bytes, size_t size)
{
    return size > 5 && memcmp (bytes, "\4PONG", 5) == 0;
}

static void
lose_envelope (struct breaker_turn *turn)
{
    turn->loses_envelope = true;
}

/* ---- messages ------------------------------------------------------------------------------------- */

static void
note_bad_request (struct breaker_turn *turn)
{
    if (!turn->json)
        ++*breaker_number (turn);
}

static void
forget_id (struct breaker_turn *turn)
{
    if (*breaker_number (turn) > 0 && is_text (turn->json, "error_type", "InvalidRequest")) {
        --*breaker_number (turn);
        json_set (breaker_change (turn), "id", json_null ());
    }
}

static void
cut_milliseconds (struct breaker_turn *turn)
{
    const char *stamp = json_get_text (turn->json, "timestamp");
    if (!stamp || json_get (turn->json, "event"))
        return;
    char *cut = stui_printf ("%.19sZ", stamp);
    json_set_text (breaker_change (turn), "timestamp", cut);
    free (cut);
}

static void
answer_twice (struct breaker_turn *turn)
{
    if (is_answer_to (turn, "ping"))
        breaker_send_down (turn, turn->text);
}

static void
confuse_unknown (struct breaker_turn *turn)
{
    rename_error (turn, "UnknownCommand", "UnsupportedOperation");
}

static void
confuse_unsupported (struct breaker_turn *turn)
{
    rename_error (turn, "UnsupportedOperation", "UnknownCommand");
}

static void
forget_too_large_id (struct breaker_turn *turn)
{
    if (is_text (turn->json, "error_type", "MessageTooLarge"))
        json_set (breaker_change (turn), "id", json_null ());
}

/* ---- life of a connection --------------------------------------------------------------------------- */

static void
drop_fenced (struct breaker_turn *turn)
{
    turn->is_dropped =
        is_text (turn->json, "error_type", "Fenced") && json_is_null (json_get (turn->json, "id"));
}

static void
forget_winner (struct breaker_turn *turn)
{
    if (is_text (turn->json, "error_type", "Fenced"))
        json_set (breaker_change (turn), "details", json_object ());
}

/* A connection that has not claimed does so, as somebody, before it evaluates. */
static void
claim_before_evaluating (struct breaker_turn *turn)
{
    if (is_answer_to (turn, "hello")
        && json_get (json_get (turn->json, "parameters"), "client_epoch"))
        *breaker_number (turn) = 1;
    if (!is_answer_to (turn, "evaluate") || *breaker_number (turn) > 0)
        return;
    *breaker_number (turn) = 1;
    char *hello = stui_printf ("{\"id\":\"breaker\",\"command\":\"hello\",\"parameters\":{"
                               "\"client_id\":\"breaker\",\"protocol\":\"1.1\","
                               "\"client_epoch\":{\"generation\":%lld,\"counter\":1}}}",
                               (long long) clock_mono_us ());
    breaker_send_up (turn, hello);
    free (hello);
}

static void
drop_own_answer (struct breaker_turn *turn)
{
    turn->is_dropped = is_text (turn->json, "id", "breaker");
}

static void
change_boot_id (struct breaker_turn *turn)
{
    struct json *result = part (turn, "result");
    char boot_id[STUI_UUID_LEN + 1];
    struct uuid_source source = {0};
    struct random_source random = {(uint64_t) clock_mono_us ()};
    if (!is_answer_to (turn, "hello") || !result)
        return;
    uuid_next (&source, clock_wall_ms (), &random, boot_id);
    json_set_text (result, "boot_id", boot_id);
    breaker_change (turn);
}

/* ---- at most once --------------------------------------------------------------------------------------- */

/* A repeated evaluation gets another id, and its answer the old one back. */
static void
run_again (struct breaker_turn *turn)
{
    const char *id = json_get_text (turn->json, "id");
    char fresh[STUI_UUID_LEN + 1];
    struct uuid_source source = {0};
    struct random_source random = {(uint64_t) clock_mono_us ()};
    if (!is_answer_to (turn, "evaluate") || !breaker_put (turn, id, NULL))
        return;
    uuid_next (&source, clock_wall_ms (), &random, fresh);
    breaker_put (turn, fresh, id);
    json_set_text (breaker_change (turn), "id", fresh);
}

static void
give_id_back (struct breaker_turn *turn)
{
    const char *id = json_get_text (turn->json, "id");
    const char *former = id ? breaker_found (turn, id) : NULL;
    if (former)
        json_set_text (breaker_change (turn), "id", former);
}

static void
deny_done (struct breaker_turn *turn)
{
    struct json *result = part (turn, "result");
    if (!is_answer_to (turn, "get_result") || !is_text (result, "state", "done"))
        return;
    json_set_text (result, "state", "never_run");
    json_set (result, "reply", NULL);
    breaker_change (turn);
}

/* ---- evaluating ----------------------------------------------------------------------------------------------- */

static bool
is_exception (const struct breaker_turn *turn)
{
    return is_answer_to (turn, "evaluate")
           && json_get_bool (json_get (turn->json, "result"), "has_error", false);
}

static void
exception_as_error (struct breaker_turn *turn)
{
    if (!is_exception (turn))
        return;
    struct json *json = breaker_change (turn);
    json_set_text (json, "status", "error");
    json_set_text (json, "error", "the code raised an exception");
    json_set_text (json, "error_type", "EvaluationError");
    json_set (json, "details", json_object ());
    json_set (json, "result", NULL);
}

static void
forget_has_error (struct breaker_turn *turn)
{
    if (!is_exception (turn))
        return;
    json_set_bool (part (turn, "result"), "has_error", false);
    breaker_change (turn);
}

static void
wrong_line (struct breaker_turn *turn)
{
    struct json *details = part (turn, "details");
    if (!is_text (turn->json, "error_type", "CompileError"))
        return;
    json_set_number (details, "line", json_get_number (details, "line", 0) + 1);
    breaker_change (turn);
}

static void
note_do_it (struct breaker_turn *turn)
{
    if (is_text (json_get (turn->json, "parameters"), "mode", "doIt"))
        breaker_put (turn, json_get_text (turn->json, "id"), "doIt");
}

static void
print_do_it (struct breaker_turn *turn)
{
    const char *id = json_get_text (turn->json, "id");
    if (!id || !breaker_found (turn, id) || !part (turn, "result"))
        return;
    json_set_text (part (turn, "result"), "result", "7");
    breaker_change (turn);
}

static void
deny_truncation (struct breaker_turn *turn)
{
    /* The body is too long for the breaker to parse: the word is found as text. */
    char *at = strstr (turn->text, "\"truncated\":true");
    if (!at)
        return;
    turn->replaced = stui_printf ("%.*s\"truncated\":false%s", (int) (at - turn->text), turn->text,
                                  at + strlen ("\"truncated\":true"));
}

static void
always_interrupted (struct breaker_turn *turn)
{
    struct json *result = part (turn, "result");
    if (!is_answer_to (turn, "interrupt") || !result)
        return;
    json_set_bool (result, "interrupted", true);
    breaker_change (turn);
}

/* The answer of an evaluation that this connection interrupts is held until interrupt's own has
 * passed. */
static void
note_interrupt (struct breaker_turn *turn)
{
    *breaker_number (turn) += is_answer_to (turn, "interrupt");
}

static void
interrupt_first (struct breaker_turn *turn)
{
    if (is_answer_to (turn, "evaluate") && *breaker_number (turn) > 0
        && is_text (json_get (turn->json, "details"), "reason", "interrupted"))
        breaker_hold (turn);
    else if (is_answer_to (turn, "interrupt")) {
        --*breaker_number (turn);
        breaker_release (turn);
    }
}

enum { PING_DELAY_MS = 3000 };

/* While something runs, the first ping is answered at once and later ones late. */
static void
late_pings (struct breaker_turn *turn)
{
    bool is_busy = json_get (json_get (turn->json, "result"), "busy_with") != NULL;
    if (is_answer_to (turn, "ping") && is_busy && ++*breaker_number (turn) > 1)
        breaker_delay (turn, PING_DELAY_MS);
}

/* ---- sessions ---------------------------------------------------------------------------------------------------- */

static void
confuse_missing_session (struct breaker_turn *turn)
{
    rename_error (turn, "SessionNotFound", "SessionError");
}

static void
keep_version (struct breaker_turn *turn)
{
    struct json *result = part (turn, "result");
    if (!is_answer_to (turn, "update_session_state") || !json_get (result, "version"))
        return;
    json_set_number (result, "version", 1);
    breaker_change (turn);
}

static void
ignore_base_version (struct breaker_turn *turn)
{
    struct json *parameters = part (turn, "parameters");
    if (!json_get (parameters, "base_version"))
        return;
    json_set (parameters, "base_version", NULL);
    breaker_change (turn);
}

static void
write_state_anew (struct breaker_turn *turn)
{
    char *at = strstr (turn->text, "1.50");
    if (!at)
        return;
    turn->replaced =
        stui_printf ("%.*s1.5%s", (int) (at - turn->text), turn->text, at + strlen ("1.50"));
}

static void
accept_sixth (struct breaker_turn *turn)
{
    if (!is_text (turn->json, "error_type", "SessionLimitExceeded"))
        return;
    struct json *json = breaker_change (turn), *result = json_object ();
    json_set_text (result, "session_id", "one-more");
    json_set_text (json, "status", "success");
    json_set (json, "result", result);
    json_set (json, "error_type", NULL);
}

static void
forget_is_busy (struct breaker_turn *turn)
{
    struct json *result = part (turn, "result");
    if (!is_answer_to (turn, "get_session_info") || !result)
        return;
    json_set (result, "is_busy", NULL);
    breaker_change (turn);
}

/* ---- events ---------------------------------------------------------------------------------------------------------- */

static void
forget_seq (struct breaker_turn *turn)
{
    if (json_get (turn->json, "event"))
        json_set (breaker_change (turn), "seq", NULL);
}

static void
repeat_seq (struct breaker_turn *turn)
{
    int64_t seq = json_get_number (turn->json, "seq", 0);
    if (!json_get (turn->json, "event"))
        return;
    if (*breaker_number (turn) == 0)
        *breaker_number (turn) = seq;
    json_set_number (breaker_change (turn), "seq", *breaker_number (turn));
}

static void
ignore_member (struct breaker_turn *turn, const char *command, const char *key)
{
    struct json *parameters = part (turn, "parameters");
    if (!is_answer_to (turn, command) || !json_get (parameters, key))
        return;
    json_set (parameters, key, NULL);
    breaker_change (turn);
}

static void
ignore_last_seq (struct breaker_turn *turn)
{
    if (json_get_number (json_get (turn->json, "parameters"), "last_seq", 0) > 0)
        ignore_member (turn, "subscribe", "last_seq");
}

static void
ignore_filter (struct breaker_turn *turn)
{
    ignore_member (turn, "subscribe", "session_id");
}

static void
note_evaluate (struct breaker_turn *turn)
{
    *breaker_number (turn) += is_answer_to (turn, "evaluate");
}

static void
text_after_answer (struct breaker_turn *turn)
{
    if (is_text (turn->json, "event", "transcript") && *breaker_number (turn) > 0)
        breaker_hold (turn);
    else if (is_answer_to (turn, "evaluate")) {
        --*breaker_number (turn);
        breaker_release (turn);
    }
}

/* All begin with an exception. */
#define DEBUGGED                                                                                   \
    "debug-suspended debug-stack debug-locals debug-evaluate debug-proceed debug-running "         \
    "debug-step "                                                                                  \
    "debug-restart debug-terminate debug-limit debug-wrong debug-unsupported"

/* ---- the image as a whole --------------------------------------------------------------------------- */

static void
blame_somebody (struct breaker_turn *turn)
{
    struct json *details = part (turn, "details");
    if (!is_text (details, "reason", "memory"))
        return;
    json_set_text (details, "reason", "interrupted");
    breaker_change (turn);
}

static void
forget_lost_text (struct breaker_turn *turn)
{
    struct json *data = part (turn, "data");
    if (json_get_number (data, "lost_bytes", 0) == 0)
        return;
    json_set_number (data, "lost_bytes", 0);
    breaker_change (turn);
}

static void
clean_up_more (struct breaker_turn *turn)
{
    struct json *parameters = part (turn, "parameters");
    if (!is_answer_to (turn, "cleanup_image_sessions") || json_get (parameters, "orphaned")
        || json_get (parameters, "dry_run"))
        return;
    json_set_bool (parameters, "orphaned", true);
    breaker_change (turn);
}

static void
adopt_by_word_alone (struct breaker_turn *turn)
{
    if (!is_answer_to (turn, "adopt_session"))
        return;
    json_set_text (turn->json, "command", "restore_session");
    breaker_change (turn);
}

static void
fail_to_save (struct breaker_turn *turn)
{
    if (is_answer_to (turn, "snapshot"))
        rename_error (turn, "UnsupportedOperation", "InternalError");
}

const struct breaker_rule breaker_rules[] = {
    {.name = "takes any version of ZMTP",
     .check = "low-version",
     .says = "a peer of ZMTP version 2 to be disconnected",
     .on_greeting = greeting_of_version_3},
    {.name = "answers no PING",
     .check = "ping-pong",
     .says = "PONG after PING, got nothing",
     .drops_command = is_pong},
    {.name = "loses the envelope",
     .check = "envelope",
     .says = "frame 0 of the envelope as it was sent (one), got ''",
     .on_reply = lose_envelope},
    {.name = "answers bad requests without their id",
     .check = "no-json",
     .says = "an object without its end: id to be \"a\", got null",
     .follows = "bad-text long-numbers",
     .on_request = note_bad_request,
     .on_reply = forget_id},
    {.name = "writes timestamps without milliseconds",
     .check = "answer-form",
     .says = "timestamp to be a timestamp like",
     .follows = "error-form done",
     .on_reply = cut_milliseconds},
    {.name = "answers twice",
     .check = "one-answer",
     .says = "one answer to ping, got a second",
     .follows = "request-fields",
     .on_reply = answer_twice},
    {.name = "says that unknown commands are not supported",
     .check = "unknown-command",
     .says = "dance to be answered with the error UnknownCommand, got UnsupportedOperation",
     .on_reply = confuse_unknown},
    {.name = "says that it never heard of what it does not support",
     .check = "unsupported",
     .says = "to be answered with the error UnsupportedOperation, got UnknownCommand",
     .on_reply = confuse_unsupported},
    {.name = "gives MessageTooLarge no id",
     .check = "too-large",
     .says = "the message: id to be",
     .on_reply = forget_too_large_id},
    {.name = "does not tell that it has fenced",
     .check = "fencing",
     .says = "a message, got the end of the connection",
     .follows = "client-case fenced-running",
     .on_reply = drop_fenced},
    {.name = "does not tell the winning epoch",
     .check = "lower-epoch",
     .says = "details.generation to be",
     .on_reply = forget_winner},
    {.name = "lets a connection evaluate that has not claimed",
     .check = "introduced-only",
     .says = "evaluate to be answered with the error PermissionDenied",
     .follows = "before-hello",
     .on_request = claim_before_evaluating,
     .on_reply = drop_own_answer},
    {.name = "has another boot_id for each hello",
     .check = "introduction",
     .says = "result.boot_id to be",
     .on_reply = change_boot_id},
    {.name = "runs a repeated id again",
     .check = "repeated",
     .says = "`n` to print 1, got 2",
     .on_request = run_again,
     .on_reply = give_id_back},
    {.name = "says never_run of what is done",
     .check = "done",
     .says = "result.state to be \"done\", got \"never_run\"",
     .follows = "errors-kept running",
     .on_reply = deny_done},
    {.name = "answers an exception as an error",
     .check = "exception",
     .says = "evaluate to succeed, got EvaluationError",
     .follows = "stack debug-without-session " DEBUGGED,
     .on_reply = exception_as_error},
    {.name = "forgets has_error",
     .check = "exception",
     .says = "result.has_error to be true, got false",
     .follows = "stack debug-without-session " DEBUGGED,
     .on_reply = forget_has_error},
    {.name = "says the wrong line of a CompileError",
     .check = "compile-error",
     .says = "details.line to be 1, got 2",
     .follows = "compile-method-error",
     .on_reply = wrong_line},
    {.name = "prints what doIt answers",
     .check = "modes",
     .says = "result.result to be \"\", got \"7\"",
     .on_request = note_do_it,
     .on_reply = print_do_it},
    {.name = "cuts long results without saying so",
     .check = "truncation",
     .says = "result.truncated to be true, got false",
     .on_reply = deny_truncation},
    {.name = "has always interrupted",
     .check = "interrupt-nothing",
     .says = "result.interrupted to be false, got true",
     .on_reply = always_interrupted},
    {.name = "answers interrupt before the evaluation",
     .check = "interrupt",
     .says = "interrupt to be answered after the evaluation, got it before",
     .follows = "interrupt-ensure interrupt-retry interrupt-waiting",
     .on_request = note_interrupt,
     .on_reply = interrupt_first},
    {.name = "is slow to answer pings while something runs",
     .check = "busy",
     .says = "ping to be answered at once while an evaluation runs",
     .on_reply = late_pings},
    {.name = "has a wrong error for a missing session",
     .check = "session-not-found",
     .says = "to be answered with the error SessionNotFound, got SessionError",
     .follows =
         "errors-kept strange-session expired-gives-place cleanup inspect-target debug-wrong "
         "bounded list-variables",
     .on_reply = confuse_missing_session},
    {.name = "does not raise the version",
     .check = "update",
     .says = "result.version to be 2, got 1",
     .follows = "repeated-later",
     .on_reply = keep_version},
    {.name = "ignores base_version",
     .check = "conflict",
     .says = "update_session_state to be answered with the error Conflict",
     .follows = "state-bytes",
     .on_request = ignore_base_version},
    {.name = "writes a session's state anew",
     .check = "state-bytes",
     .says = "to hold the state byte for byte as it was sent, got it in another form",
     .needs_real = true,
     .on_reply = write_state_anew},
    {.name = "takes a sixth session",
     .check = "session-limit",
     .says = "create_session to be answered with the error SessionLimitExceeded",
     .follows = "expired-gives-place",
     .on_reply = accept_sixth},
    {.name = "does not say whether a session is busy",
     .check = "session-info",
     .says = "is_busy to be true or false, got nothing",
     .follows = "session-busy",
     .on_reply = forget_is_busy},
    {.name = "sends events without seq",
     .check = "transcript",
     .says = "seq to be an integer, got nothing",
     .follows = "event-numbers replay",
     .on_reply = forget_seq},
    {.name = "repeats the seq of events",
     .check = "event-numbers",
     .says = "a seq above",
     .follows = "replay",
     .on_reply = repeat_seq},
    {.name = "sends text after the answer",
     .check = "transcript",
     .says = "an evaluation's text before its answer, got it after",
     .on_request = note_evaluate,
     .on_reply = text_after_answer},
    {.name = "ignores last_seq",
     .check = "replay",
     .says = "the event transcript with \"kit second",
     .on_request = ignore_last_seq},
    {.name = "sends events of other sessions",
     .check = "event-filter",
     .says = "no event of another session, got one",
     .on_request = ignore_filter},
    {.name = "blames somebody else for too much memory",
     .check = "memory",
     .says = "details.reason to be \"memory\", got \"interrupted\"",
     .on_reply = blame_somebody},
    {.name = "does not count the text that it lost",
     .check = "hasty",
     .says = "the lost ones counted, got",
     .on_reply = forget_lost_text},
    {.name = "cleans up what has not expired",
     .check = "cleanup-expired",
     .says = "get_session_info to succeed, got SessionNotFound",
     .on_request = clean_up_more},
    {.name = "adopts by word alone",
     .check = "adopt",
     .says = "adopt_session to be answered with the error PermissionDenied",
     .on_request = adopt_by_word_alone},
    {.name = "fails where it cannot save itself",
     .check = "snapshot",
     .says = "snapshot to be answered with the error UnsupportedOperation, got InternalError",
     .follows = "unsupported",
     .on_reply = fail_to_save},
    {0},
};
