/* checks_events.c: the section Events: numbers, replay, filters, and each event that can be had
 * without ending or saving the image. */

#include <string.h>

#include "conformance/check.h"
#include "runtime/json.h"

enum { NAMES_MAX = 16 };

static void
check_transcript (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}");
    const struct kit_answer *answer = kit_ask (line, "subscribe", "{'events':['transcript']}");
    kit_has (answer, "result", "subscribed:l oldest_seq:n last_seq:n");
    kit_equals (answer, "result.subscribed", "[\"transcript\"]");
    const char *id = kit_start (line, session, "Transcript showCr: 'kit one'. 3");
    const struct kit_answer *event = kit_event (line, "transcript");
    const struct kit_answer *result = kit_await (line, id);
    kit_has (event, "", "event:S seq:n session_id:z data:o timestamp:t");
    kit_says (event, "session_id", session);
    kit_says (event, "data.text", "kit one\n");
    kit_counts (event, "data.lost_bytes", 0);
    kit_says (result, "result.result", "3");
    kit_expect (kit, kit_order (event) < kit_order (result),
                "an evaluation's text before its answer, got it after");
    kit_prints (line, NULL, "Transcript showCr: 'kit two'. 4", "4");
    event = kit_event (line, "transcript");
    kit_lacks (event, "session_id");
    kit_says (event, "data.text", "kit two\n");
}

/* Writes TEXT without a session, and waits for its event; its number. */
static int64_t
written (struct kit_line *line, const char *text)
{
    kit_prints (line, NULL, kit_text (kit_of (line), "Transcript showCr: '%s'. 1", text), "1");
    const struct kit_answer *event = kit_event (line, "transcript");
    kit_says (event, "data.text", kit_text (kit_of (line), "%s\n", text));
    return kit_number (event, "seq");
}

static void
check_numbers (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const struct kit_answer *answer = kit_ask (line, "subscribe", "{'events':['transcript']}");
    int64_t last = kit_number (answer, "result.last_seq");
    for (int i = 0; i < 3; i++) {
        int64_t seq = written (line, "kit");
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
    kit_succeeds (kit_ask (line, "subscribe", "{'events':['transcript']}"));
    int64_t first = written (line, "kit first"), second = written (line, "kit second");
    kit_hang_up (line);
    line = kit_claim (kit);
    const char *asked = kit_send (line, "subscribe", "{'events':['transcript'],'last_seq':%lld}",
                                  (long long) first);
    const struct kit_answer *answer = kit_await (line, asked);
    const struct kit_answer *event = kit_event (line, "transcript");
    kit_counts (event, "seq", second);
    kit_says (event, "data.text", "kit second\n");
    kit_expect (kit, kit_order (answer) < kit_order (event),
                "old events after subscribe's answer, got them before");
    kit_counts (answer, "result.last_seq", second);
    kit_succeeds (kit_ask (line, "subscribe", "{'events':['transcript'],'last_seq':%lld}",
                           (long long) second));
    int64_t third = written (line, "kit third");
    kit_expect (kit, third > second, "a seq above %lld, got %lld", (long long) second,
                (long long) third);
}

/* 1 MB of events is kept: after more than that the first are gone. */
static void
check_gap (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    kit_succeeds (kit_ask (line, "subscribe", "{'events':['transcript']}"));
    int64_t first = written (line, "kit before the flood");
    kit_succeeds (kit_ask (line, "subscribe", "{'events':[]}"));
    kit_prints (line, NULL,
                "| t | t := 'kit '. [t size < 60000] whileTrue: [t := t , t]. 1 to: 40 do: [:i | "
                "Transcript showCr: t. (Delay forMilliseconds: 15) wait]. 1",
                "1");
    const struct kit_answer *answer = kit_ask (line, "subscribe", "{'events':[],'last_seq':0}");
    kit_expect (kit, kit_number (answer, "result.oldest_seq") > first,
                "oldest_seq above %lld after more than 1 MB of events, got %lld", (long long) first,
                (long long) kit_number (answer, "result.oldest_seq"));
    kit_ranges (answer, "result.last_seq", kit_number (answer, "result.oldest_seq"), INT32_MAX);
}

static void
check_replace (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    kit_succeeds (kit_ask (line, "subscribe", "{'events':['transcript']}"));
    written (line, "kit");
    kit_equals (kit_ask (line, "subscribe", "{'events':[]}"), "result.subscribed", "[]");
    kit_prints (line, NULL, "Transcript showCr: 'kit unheard'. 1", "1");
    kit_succeeds (kit_ask (line, "ping", "{}"));
    kit_expect (kit, !kit_find_event (line, "transcript", 0) || !kit_goes_on (kit),
                "no event after subscribing to none, got one");
}

static void
check_filter (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *one = kit_session (line, "{}"), *other = kit_session (line, "{}");
    kit_succeeds (kit_ask (line, "subscribe", "{'events':['transcript'],'session_id':'%s'}", one));
    kit_prints (line, other, "Transcript showCr: 'kit other'. 1", "1");
    kit_prints (line, one, "Transcript showCr: 'kit one'. 1", "1");
    kit_says (kit_event (line, "transcript"), "data.text", "kit one\n");
    kit_prints (line, NULL, "Transcript showCr: 'kit none'. 1", "1");
    kit_says (kit_event (line, "transcript"), "data.text", "kit none\n");
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
    const struct kit_answer *event = kit_event (line, "evaluation_progress");
    kit_says (event, "data.id", id);
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
