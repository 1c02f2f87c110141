/* checks_objects.c: the section Objects: what inspecting answers, and how long an object is held. */

#include <stdlib.h>
#include <string.h>

#include "conformance/check.h"
#include "runtime/alloc.h"
#include "runtime/json.h"

enum { OBJECTS_MAX = 1000, PIPELINED = 200, MANY_MS = 30000 };

static const struct kit_answer *
inspect_target (struct kit_line *line, const char *session, const char *code)
{
    return kit_ask (line, "inspect", "{'session_id':'%s','target':'%s'}", session, code);
}

static const struct kit_answer *
inspect_object (struct kit_line *line, const char *session, const char *object)
{
    return kit_ask (line, "inspect", "{'session_id':'%s','object_id':'%s'}", session, object);
}

/* The object_id that inspectIt of CODE answers. */
static const char *
object_of (struct kit_line *line, const char *session, const char *code)
{
    const struct kit_answer *answer = kit_ask (
        line, "evaluate", "{'session_id':'%s','code':'%s','mode':'inspectIt'}", session, code);
    kit_has (answer, "result", "object_id:S");
    return kit_string (answer, "result.object_id");
}

static void
check_inspect_it (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}");
    const char *object = object_of (line, session, "#(10 20 30)");
    const struct kit_answer *answer = inspect_object (line, session, object);
    kit_has (answer, "result", "object_info:o fields:a size:n from:n");
    kit_has (answer, "result.object_info", "object_id:S class:S print_string:S is_indexable:b");
    kit_says (answer, "result.object_info.class", "Array");
    kit_is (answer, "result.object_info.is_indexable", true);
    kit_counts (answer, "result.size", 3);
    kit_has (answer, "result.fields.0", "name:S value:S class:S object_id:S");
    kit_says (answer, "result.fields.1.name", "2");
    kit_says (answer, "result.fields.1.value", "20");
    kit_lacks (kit_ask (line, "evaluate", "{'code':'3','mode':'inspectIt'}"), "result.object_id");
    kit_lacks (
        kit_ask (line, "evaluate", "{'code':'3','mode':'printIt','session_id':'%s'}", session),
        "result.object_id");
}

static void
check_target (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}");
    kit_prints (line, session, "kitKept := 42", "42");
    const struct kit_answer *answer = inspect_target (line, session, "kitKept");
    kit_says (answer, "result.object_info.print_string", "42");
    answer = inspect_target (line, session, "Error signal: 'oh no'");
    kit_refuses (answer, "EvaluationError");
    kit_says (answer, "details.reason", "exception");
    kit_says (answer, "details.error_type", "Error");
    kit_refuses (inspect_target (line, session, "kitNobodyDeclared"), "CompileError");
    kit_refuses (inspect_target (line, kit_id (kit), "3"), "SessionNotFound");
}

static void
check_parts (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}");
    const char *object = object_of (line, session, "#(10 20 #(31 32) 40)");
    const struct kit_answer *part =
        kit_ask (line, "inspect", "{'session_id':'%s','object_id':'%s','from':1,'count':2}",
                 session, object);
    kit_counts (part, "result.size", 4);
    kit_counts (part, "result.from", 1);
    kit_says (part, "result.fields.0.name", "2");
    kit_expect (kit, !kit_goes_on (kit) || kit_size (part, "result.fields") == 2,
                "two fields with count 2, got %zu", kit_size (part, "result.fields"));
    kit_lacks (part, "result.fields.1.fields");
    const struct kit_answer *deep = kit_ask (
        line, "inspect", "{'session_id':'%s','object_id':'%s','depth':2}", session, object);
    kit_says (deep, "result.fields.2.fields.1.value", "32");
    static const char *const wrong[] = {"'depth':0", "'depth':6", "'count':0", "'count':1001",
                                        "'from':-1"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char *parameter = stui_strdup (wrong[i]);
        for (char *c = parameter; *c; c++)
            *c = (char) (*c == '\'' ? '"' : *c);
        kit_refuses (kit_ask_raw (line, NULL, "inspect",
                                  kit_text (kit, "{\"session_id\":\"%s\",\"object_id\":\"%s\",%s}",
                                            session, object, parameter)),
                     "InvalidRequest");
        free (parameter);
    }
}

static void
check_held (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}"), *other = kit_session (line, "{}");
    const char *object = object_of (line, session, "#(10)");
    kit_refuses (inspect_object (line, other, object), "ObjectNotFound");
    const char *loop = kit_start (line, session, "[true] whileTrue: [nil]");
    kit_await_busy (line, loop);
    kit_counts (inspect_object (line, session, object), "result.size", 1);
    kit_ask (line, "interrupt", "{'id':'%s'}", loop);
    kit_refuses (inspect_object (line, session, "kit-no-such-object"), "ObjectNotFound");
}

static void
check_release (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}");
    const char *one = object_of (line, session, "#(10)"),
               *other = object_of (line, session, "#(20)");
    kit_counts (kit_ask (line, "release",
                         "{'session_id':'%s','object_ids':['%s','kit-no-such-object']}", session,
                         one),
                "result.released", 1);
    kit_refuses (inspect_object (line, session, one), "ObjectNotFound");
    kit_counts (inspect_object (line, session, other), "result.size", 1);
    const char *many =
        kit_repeated (kit, kit_text (kit, "{\"session_id\":\"%s\",\"object_ids\":[", session),
                      "\"x\",", OBJECTS_MAX, "\"x\"]}");
    kit_refuses (kit_ask_raw (line, NULL, "release", many), "InvalidRequest");
}

static void
check_object_limit (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *session = kit_session (line, "{}"), *last = NULL;
    const char *first = object_of (line, session, "#(10)");
    const char *used = object_of (line, session, "#(20)");
    for (int i = 0; i < OBJECTS_MAX && kit_goes_on (kit); i++) {
        last = kit_send (line, "evaluate",
                         "{'session_id':'%s','code':'Array new: 1','mode':'inspectIt'}", session);
        if (i % PIPELINED == PIPELINED - 1) {
            kit_has (kit_await_for (line, last, MANY_MS), "result", "object_id:S");
            kit_counts (inspect_object (line, session, used), "result.size", 1);
        }
    }
    kit_refuses (inspect_object (line, session, first), "ObjectNotFound");
    kit_counts (inspect_object (line, session, used), "result.size", 1);
}

static const struct kit_check checks[] = {
    {"inspect-it", "inspectIt in a session answers an object_id, which inspect takes.", KIT_NEWER,
     "inspect evaluate", check_inspect_it},
    {"inspect-target",
     "inspect evaluates a target; an exception in it is an EvaluationError that says so.",
     KIT_NEWER, "inspect evaluate", check_target},
    {"inspect-parts", "from, count and depth say which fields are told.", KIT_NEWER,
     "inspect evaluate", check_parts},
    {"inspect-held", "An object is its session's; by object_id inspect waits for no evaluation.",
     KIT_NEWER, "inspect evaluate interrupt", check_held},
    {"release", "release lets go, and says how many were known.", KIT_NEWER,
     "inspect release evaluate", check_release},
    {"object-limit", "A session has at most 1,000 objects: the one not used for longest goes.",
     KIT_NEWER, "inspect evaluate", check_object_limit},
    {0},
};

const struct kit_section kit_objects = {"objects", checks};
