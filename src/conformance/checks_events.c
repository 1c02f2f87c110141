/* checks_events.c: the section Events: numbers, replay, filters, and each event that can be had
 * without ending or saving the image. */

#include <string.h>

#include "conformance/check.h"
#include "runtime/json.h"

enum {
    NAMES_MAX = 16,
    FLOOD_MS = 30000,
    EVENT_TEXT_MAX = 65536, /* bytes in one event */
    HASTY_TEXTS = 60,       /* of HASTY_BYTES each: more than is kept of what comes at once */
    HASTY_BYTES = 65537,    /* 4 times 16 KB, and the end of the line */
};

/* A text that nobody else writes. */
static const char *
own_text (struct kit *kit, const char *text)
{
    return kit_text (kit, "kit %s %s", text, kit_id (kit));
}

/* The line's end may come as an event of its own. */
static const struct kit_answer *
heard (struct kit_line *line, const char *text)
{
    return kit_event_with (line, "transcript", "data.text", text);
}

/* Evaluates what writes TEXT, and waits for its answer. */
static void
write_text (struct kit_line *line, const char *session, const char *text)
{
    kit_prints (line, session, kit_text (kit_of (line), "Transcript showCr: '%s'. 1", text), "1");
}

/* Writes TEXT without a session, and waits for its event; its number. */
static int64_t
written (struct kit_line *line, const char *text)
{
    write_text (line, NULL, text);
    return kit_number (heard (line, text), "seq");
}

/* Whether an event with TEXT has come already: the answer of a later request has. */
static bool
has_heard (struct kit_line *line, const char *text)
{
    const struct kit_answer *event;
    kit_succeeds (kit_ask (line, "ping", "{}"));
    while ((event = kit_find_event (line, "transcript", 0)) != NULL)
        if (strstr (kit_string (event, "data.text"), text))
            return true;
    return false;
}

static void
check_transcript (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}"), *text = own_text (kit, "one");
    const struct kit_answer *answer = kit_ask (line, "subscribe", "{'events':['transcript']}");
    kit_has (answer, "result", "subscribed:l oldest_seq:n last_seq:n");
    kit_equals (answer, "result.subscribed", "[\"transcript\"]");
    const char *id = kit_start (line, session, kit_text (kit, "Transcript showCr: '%s'. 3", text));
    const struct kit_answer *event = heard (line, text), *result = kit_await (line, id);
    kit_has (event, "", "event:S seq:n session_id:z data:o timestamp:t");
    kit_says (event, "session_id", session);
    kit_counts (event, "data.lost_bytes", 0);
    kit_says (result, "result.result", "3");
    kit_expect (kit, kit_order (event) < kit_order (result),
                "an evaluation's text before its answer, got it after");
    text = own_text (kit, "two");
    write_text (line, NULL, text);
    kit_lacks (heard (line, text), "session_id");
}

static void
check_numbers (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const struct kit_answer *answer = kit_ask (line, "subscribe", "{'events':['transcript']}");
    int64_t last = kit_number (answer, "result.last_seq");
    for (int i = 0; i < 3; i++) {
        int64_t seq = written (line, own_text (kit, "counted"));
        kit_expect (kit, seq > last, "a seq above %lld, got %lld", (long long) last,
                    (long long) seq);
        last = seq;
    }
    answer = kit_ask (line, "subscribe", "{'events':['transcript']}");
    kit_ranges (answer, "result.last_seq", last, INT32_MAX);
    kit_ranges (answer, "result.oldest_seq", 1, last);
}

static void
check_replay (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *one = own_text (kit, "first"), *other = own_text (kit, "second");
    kit_succeeds (kit_ask (line, "subscribe", "{'events':['transcript']}"));
    int64_t first = written (line, one), second = written (line, other);
    kit_hang_up (line);
    line = kit_claim (kit);
    const struct kit_answer *answer =
        kit_ask (line, "subscribe", "{'events':['transcript'],'last_seq':%lld}", (long long) first);
    const struct kit_answer *event = heard (line, other);
    kit_counts (event, "seq", second);
    kit_expect (kit, kit_order (answer) < kit_order (event),
                "old events after subscribe's answer, got them before");
    kit_ranges (answer, "result.last_seq", second, INT32_MAX);
    kit_succeeds (kit_ask (line, "subscribe", "{'events':['transcript'],'last_seq':%lld}",
                           (long long) second));
    int64_t third = written (line, own_text (kit, "third"));
    kit_expect (kit, third > second, "a seq above %lld, got %lld", (long long) second,
                (long long) third);
}

/* 1 MB of events is kept: after more than that the first are gone. */
static void
check_gap (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    kit_succeeds (kit_ask (line, "subscribe", "{'events':['transcript']}"));
    int64_t first = written (line, own_text (kit, "before the flood"));
    kit_succeeds (kit_ask (line, "subscribe", "{'events':[]}"));
    const char *flood = kit_start (
        line, NULL,
        "| t | t := 'kit '. [t size < 60000] whileTrue: [t := t , t]. 1 to: 40 do: [:i | "
        "Transcript showCr: t. (Delay forMilliseconds: 15) wait]. 1");
    kit_says (kit_await_for (line, flood, FLOOD_MS), "result.result", "1");
    const struct kit_answer *answer = kit_ask (line, "subscribe", "{'events':[],'last_seq':0}");
    kit_expect (kit, kit_number (answer, "result.oldest_seq") > first,
                "oldest_seq above %lld after more than 1 MB of events, got %lld", (long long) first,
                (long long) kit_number (answer, "result.oldest_seq"));
    kit_ranges (answer, "result.last_seq", kit_number (answer, "result.oldest_seq"), INT32_MAX);
}

/* What is written faster than events are made of it is bounded; what was lost is counted. */
static void
check_hasty (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}");
    int64_t told = 0, written = (int64_t) HASTY_TEXTS * HASTY_BYTES;
    kit_succeeds (
        kit_ask (line, "subscribe", "{'events':['transcript'],'session_id':'%s'}", session));
    const char *id = kit_start (
        line, session,
        kit_text (kit,
                  "| t | t := 'kit!'. [t size < %d] whileTrue: [t := t , t]. 1 to: %d do: [:i | "
                  "Transcript showCr: t]. 1",
                  HASTY_BYTES - 1, HASTY_TEXTS));
    kit_says (kit_await_for (line, id, FLOOD_MS), "result.result", "1");
    const struct kit_answer *event;
    while (told < written && (event = kit_find_event (line, "transcript", 0)) != NULL) {
        int64_t size = (int64_t) strlen (kit_string (event, "data.text"));
        int64_t lost = kit_number (event, "data.lost_bytes");
        kit_expect (kit, size <= EVENT_TEXT_MAX, "at most %d bytes of text in an event, got %lld",
                    EVENT_TEXT_MAX, (long long) size);
        if (lost > 0 || strcmp (kit_string (event, "session_id"), session) == 0)
            told += size + lost;
    }
    kit_expect (kit, told == written,
                "%lld bytes in the events before the answer, the lost ones counted, got %lld",
                (long long) written, (long long) told);
}

static void
check_replace (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *unheard = own_text (kit, "unheard");
    kit_succeeds (kit_ask (line, "subscribe", "{'events':['transcript']}"));
    written (line, own_text (kit, "heard"));
    kit_equals (kit_ask (line, "subscribe", "{'events':[]}"), "result.subscribed", "[]");
    write_text (line, NULL, unheard);
    kit_expect (kit, !has_heard (line, unheard), "no event after subscribing to none, got one");
}

static void
check_filter (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *one = kit_session (line, "{}"), *other = kit_session (line, "{}");
    const char *strange = own_text (kit, "other"), *mine = own_text (kit, "one");
    const char *nobodys = own_text (kit, "none");
    kit_succeeds (kit_ask (line, "subscribe", "{'events':['transcript'],'session_id':'%s'}", one));
    write_text (line, other, strange);
    kit_expect (kit, !has_heard (line, strange), "no event of another session, got one");
    write_text (line, one, mine);
    heard (line, mine);
    write_text (line, NULL, nobodys);
    heard (line, nobodys);
}

static void
check_names (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *many =
        kit_repeated (kit, "{\"events\":[", "\"transcript\",", NAMES_MAX, "\"transcript\"]}");
    const char *most =
        kit_repeated (kit, "{\"events\":[", "\"transcript\",", NAMES_MAX - 1, "\"transcript\"]}");
    kit_succeeds (kit_ask_raw (line, NULL, "subscribe", most));
    kit_refuses (kit_ask_raw (line, NULL, "subscribe", many), "InvalidRequest");
}

static void
check_progress (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    kit_succeeds (kit_ask (line, "subscribe", "{'events':['evaluation_progress']}"));
    const char *id = kit_start (line, NULL, "[true] whileTrue: [nil]");
    const struct kit_answer *event = kit_event_with (line, "evaluation_progress", "data.id", id);
    kit_ranges (event, "data.elapsed_ms", 900, 5000);
    kit_ask (line, "interrupt", "{'id':'%s'}", id);
}

static const struct kit_check checks[] = {
    {"transcript",
     "Text of an evaluation is an event with its session, before the evaluation's answer.",
     KIT_NEWER, "subscribe event:transcript evaluate", check_transcript},
    {"event-numbers", "Events are numbered, rising.", KIT_NEWER,
     "subscribe event:transcript evaluate", check_numbers},
    {"replay", "With last_seq the events with greater numbers follow subscribe's answer.",
     KIT_NEWER, "subscribe event:transcript evaluate", check_replay},
    {"gap", "1 MB of events is kept; oldest_seq tells of the gap.", KIT_NEWER,
     "subscribe event:transcript evaluate", check_gap},
    {"hasty", "Text that comes too fast is lost and counted; an event holds at most 64 KB of it.",
     KIT_NEWER, "subscribe event:transcript evaluate", check_hasty},
    {"resubscribe", "Each subscribe replaces the one before.", KIT_NEWER,
     "subscribe event:transcript evaluate", check_replace},
    {"event-filter", "With session_id only events of that session and of none are sent.", KIT_NEWER,
     "subscribe event:transcript evaluate", check_filter},
    {"event-names", "At most 16 names of events are taken.", KIT_NEWER, "subscribe", check_names},
    {"progress", "Every second of an evaluation that runs for more than one is told.", KIT_NEWER,
     "subscribe event:evaluation_progress evaluate interrupt", check_progress},
    {0},
};

const struct kit_section kit_events = {"events", checks};
