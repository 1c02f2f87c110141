/* session_context.c: what the places of a session's context must be, where an export brings them: all that
 * stui reads itself, down to each step of an undo list, so that what is wrong is said and not found out by
 * a screen. What it does not read is anybody's. Part of sessions.h. Pure but for the heap. */

#include "actors/sessions.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "runtime/clock.h"
#include "runtime/json.h"

enum context_kind {
    CONTEXT_TEXT,
    CONTEXT_TIME,
    CONTEXT_NUMBER, /* of 0 or more */
    CONTEXT_BOOL,
    CONTEXT_OBJECT,
    CONTEXT_OBJECT_OR_TEXT,
    CONTEXT_TEXTS,   /* a list of texts */
    CONTEXT_OBJECTS, /* a list of objects */
    CONTEXT_LIST,    /* of anything */
    CONTEXT_KIND_COUNT
};

static const char *const kind_words[] = {
    [CONTEXT_TEXT] = "a text",
    [CONTEXT_TIME] = "a time like 2026-01-31T10:30:00.123Z",
    [CONTEXT_NUMBER] = "a number of 0 or more",
    [CONTEXT_BOOL] = "true or false",
    [CONTEXT_OBJECT] = "an object",
    [CONTEXT_OBJECT_OR_TEXT] = "an object",
    [CONTEXT_TEXTS] = "a list of texts",
    [CONTEXT_OBJECTS] = "a list of objects",
    [CONTEXT_LIST] = "a list",
};
static_assert (sizeof kind_words / sizeof *kind_words == CONTEXT_KIND_COUNT, "a word for each");

/* A member that an object may have. */
struct context_place {
    const char *key;
    enum context_kind kind;
    bool nullable;
    bool needed;
    const struct context_place *members; /* of it, or of each in its list; NULL: anything */
};

static const struct context_place edit_places[] = {
    {.key = "at", .kind = CONTEXT_NUMBER, .needed = true},
    {.key = "removed", .kind = CONTEXT_TEXT, .needed = true},
    {.key = "inserted", .kind = CONTEXT_TEXT, .needed = true},
    {.key = "cursor", .kind = CONTEXT_NUMBER},
    {.key = "mark", .kind = CONTEXT_NUMBER},
    {.key = "typed", .kind = CONTEXT_BOOL},
    {0},
};

static const struct context_place undo_places[] = {
    {.key = "done", .kind = CONTEXT_NUMBER},
    {.key = "edits", .kind = CONTEXT_OBJECTS, .members = edit_places},
    {0},
};

/* Of the text that is shown, and of each other one. */
#define BUFFER_PLACES(PLACE)                                                                       \
    PLACE (.key = "text", .kind = CONTEXT_TEXT)                                                    \
    PLACE (.key = "cursor", .kind = CONTEXT_NUMBER)                                                \
    PLACE (.key = "selection", .kind = CONTEXT_NUMBER, .nullable = true)                           \
    PLACE (.key = "undo", .kind = CONTEXT_OBJECT, .members = undo_places)                          \
    PLACE (.key = "name", .kind = CONTEXT_TEXT)                                                    \
    PLACE (.key = "file", .kind = CONTEXT_TEXT)
#define PLACE(...) {__VA_ARGS__},

static const struct context_place buffer_places[] = {BUFFER_PLACES (PLACE){0}};

static const struct context_place workspace_places[] = {
    BUFFER_PLACES (PLACE) //
    {.key = "place", .kind = CONTEXT_NUMBER},
    {.key = "buffers", .kind = CONTEXT_OBJECTS, .members = buffer_places},
    {0},
};

static const struct context_place result_places[] = {
    {.key = "code", .kind = CONTEXT_TEXT},     {.key = "mode", .kind = CONTEXT_TEXT},
    {.key = "kind", .kind = CONTEXT_TEXT},     {.key = "result", .kind = CONTEXT_TEXT},
    {.key = "error", .kind = CONTEXT_TEXT},    {.key = "at", .kind = CONTEXT_TIME},
    {.key = "asked_by", .kind = CONTEXT_TEXT}, {0},
};

static const struct context_place view_places[] = {
    {.key = "screen", .kind = CONTEXT_TEXT},
    {.key = "answers", .kind = CONTEXT_TEXT},
    {0},
};

/* A pane, or a split with two of the same. */
static const struct context_place pane_places[] = {
    {.key = "split", .kind = CONTEXT_TEXT},
    {.key = "share", .kind = CONTEXT_NUMBER},
    {.key = "panes", .kind = CONTEXT_OBJECTS, .members = pane_places},
    {.key = "screen", .kind = CONTEXT_TEXT},
    {.key = "image", .kind = CONTEXT_TEXT},
    {.key = "session", .kind = CONTEXT_TEXT},
    {.key = "transcript", .kind = CONTEXT_TEXT},
    {.key = "filter", .kind = CONTEXT_TEXT},
    {0},
};

static const struct context_place panes_places[] = {
    {.key = "focus", .kind = CONTEXT_NUMBER},
    {.key = "tree", .kind = CONTEXT_OBJECT, .members = pane_places},
    {0},
};

static const struct context_place inspector_places[] = {
    {.key = "code", .kind = CONTEXT_TEXT},
    {.key = "value", .kind = CONTEXT_TEXT},
    {.key = "class", .kind = CONTEXT_TEXT},
    {.key = "path", .kind = CONTEXT_TEXTS},
    {0},
};

static const struct context_place line_places[] = {
    {.key = "position", .kind = CONTEXT_NUMBER}, {.key = "at_ms", .kind = CONTEXT_NUMBER},
    {.key = "kind", .kind = CONTEXT_TEXT},       {.key = "text", .kind = CONTEXT_TEXT},
    {.key = "boot_id", .kind = CONTEXT_TEXT},    {.key = "seq", .kind = CONTEXT_NUMBER},
    {.key = "session_id", .kind = CONTEXT_TEXT}, {0},
};

static const struct context_place transcript_places[] = {
    {.key = "tail", .kind = CONTEXT_OBJECTS, .members = line_places},
    {0},
};

static const struct context_place context_places[] = {
    {.key = "workspace", .kind = CONTEXT_OBJECT_OR_TEXT, .members = workspace_places},
    {.key = "history", .kind = CONTEXT_TEXTS},
    {.key = "results", .kind = CONTEXT_OBJECTS, .members = result_places},
    {.key = "view", .kind = CONTEXT_OBJECT, .nullable = true, .members = view_places},
    {.key = "panes", .kind = CONTEXT_OBJECT, .nullable = true, .members = panes_places},
    {.key = "inspector", .kind = CONTEXT_OBJECT, .nullable = true, .members = inspector_places},
    {.key = "transcript", .kind = CONTEXT_OBJECT, .nullable = true, .members = transcript_places},
    {.key = "browser", .kind = CONTEXT_OBJECT, .nullable = true},
    {0},
};

/* Of what another client has left: what stui writes into itself. The rest may have a form of that client's,
 * which is kept as it is. */
static const struct context_place left_workspace_places[] = {
    {.key = "text", .kind = CONTEXT_TEXT},
    {0},
};

static const struct context_place left_places[] = {
    {.key = "workspace", .kind = CONTEXT_OBJECT_OR_TEXT, .members = left_workspace_places},
    {.key = "history", .kind = CONTEXT_LIST},
    {.key = "results", .kind = CONTEXT_LIST},
    {0},
};

bool
session_is_flag (const struct json *value)
{
    return json_is_true (value)
           || !(json_is_object (value) || json_is_array (value) || json_is_string (value)
                || json_is_number (value) || json_is_null (value));
}

static bool
value_is (const struct json *value, enum context_kind kind)
{
    switch (kind) {
    case CONTEXT_TEXT:
        return json_is_string (value);
    case CONTEXT_TIME:
        return json_is_string (value) && clock_parse (json_text (value)) >= 0;
    case CONTEXT_NUMBER:
        return json_is_number (value) && json_value (value, -1) >= 0;
    case CONTEXT_BOOL:
        return session_is_flag (value);
    case CONTEXT_OBJECT:
        return json_is_object (value);
    case CONTEXT_OBJECT_OR_TEXT:
        return json_is_object (value) || json_is_string (value);
    case CONTEXT_TEXTS:
    case CONTEXT_OBJECTS:
    case CONTEXT_LIST:
        return json_is_array (value);
    case CONTEXT_KIND_COUNT:
        break;
    }
    return false;
}

enum { PATH_BYTES = 160 }; /* of where something is, as far as it is said */

static int places_check (const struct json *object, const struct context_place *places,
                         const char *path, struct stui_cause *cause);

static int
elements_check (const struct json *list, const struct context_place *place, const char *path,
                struct stui_cause *cause)
{
    size_t at = 0;
    int err = 0;
    enum context_kind kind = place->kind == CONTEXT_TEXTS ? CONTEXT_TEXT : CONTEXT_OBJECT;
    for (const struct json *one = json_first (list); one && !err; one = json_next (one), at++) {
        char where[PATH_BYTES];
        snprintf (where, sizeof where, "%s[%zu]", path, at);
        if (!value_is (one, kind))
            return stui_fail (cause, STUI_E_INVALID_REQUEST, "%s must be %s", where,
                              kind_words[kind]);
        if (place->members)
            err = places_check (one, place->members, where, cause);
    }
    return err;
}

static int
place_check (const struct json *value, const struct context_place *place, const char *path,
             struct stui_cause *cause)
{
    if (place->nullable && json_is_null (value))
        return 0;
    if (!value_is (value, place->kind))
        return stui_fail (cause, STUI_E_INVALID_REQUEST, "%s must be %s%s", path,
                          kind_words[place->kind], place->nullable ? ", or null" : "");
    if (json_is_array (value) && place->kind != CONTEXT_LIST)
        return elements_check (value, place, path, cause);
    return place->members && json_is_object (value)
               ? places_check (value, place->members, path, cause)
               : 0;
}

/* A place in a text is at most behind its end. */
static int
offsets_check (const struct json *buffer, const char *path, struct stui_cause *cause)
{
    static const char *const keys[] = {"cursor", "selection"};
    const char *text = json_get_text (buffer, "text");
    for (size_t at = 0; text && at < sizeof keys / sizeof *keys; at++)
        if (json_get_number (buffer, keys[at], 0) > (int64_t) strlen (text))
            return stui_fail (cause, STUI_E_INVALID_REQUEST,
                              "%s.%s is behind the end of its text of %zu bytes", path, keys[at],
                              strlen (text));
    return 0;
}

static int
undo_check (const struct json *undo, const char *path, struct stui_cause *cause)
{
    size_t count = json_count (json_get (undo, "edits"));
    if (json_get_number (undo, "done", 0) > (int64_t) count)
        return stui_fail (cause, STUI_E_INVALID_REQUEST, "%s.done is more than its %zu edits", path,
                          count);
    return 0;
}

static int
places_check (const struct json *object, const struct context_place *places, const char *path,
              struct stui_cause *cause)
{
    int err = 0;
    for (const struct context_place *place = places; place->key && !err; place++) {
        const struct json *value = json_get (object, place->key);
        char where[PATH_BYTES];
        snprintf (where, sizeof where, "%s.%s", path, place->key);
        if (value)
            err = place_check (value, place, where, cause);
        else if (place->needed)
            err = stui_fail (cause, STUI_E_INVALID_REQUEST, "%s is missing", where);
    }
    if (!err && (places == workspace_places || places == buffer_places))
        err = offsets_check (object, path, cause);
    if (!err && places == undo_places)
        err = undo_check (object, path, cause);
    return err;
}

int
session_context_check (const struct json *context, struct stui_cause *cause)
{
    return places_check (context, context_places, "context", cause);
}

int
session_context_check_left (const struct json *context, struct stui_cause *cause)
{
    return places_check (context, left_places, "context", cause);
}

/* ---- Beside it ------------------------------------------------------------------------------- */

static const struct context_place variable_places[] = {
    {.key = "name", .kind = CONTEXT_TEXT, .needed = true},
    {.key = "value", .kind = CONTEXT_TEXT, .needed = true},
    {.key = "class", .kind = CONTEXT_TEXT},
    {0},
};

static const struct context_place variables_places[] = {
    {.key = "at", .kind = CONTEXT_TIME, .needed = true},
    {.key = "total", .kind = CONTEXT_NUMBER, .needed = true},
    {.key = "list", .kind = CONTEXT_OBJECTS, .needed = true, .members = variable_places},
    {0},
};

/* Refuses VARIABLES, which have more than BYTES: WHY, and the first of them that is beyond. */
static int __attribute__ ((format (printf, 4, 5)))
room_refuse (const struct json *variables, size_t bytes, struct stui_cause *cause, const char *why,
             ...)
{
    const struct json *list = json_get (variables, "list"), *one = json_first (list);
    size_t all = json_size (variables) - json_size (list), at = 0;
    for (; one && json_next (one); one = json_next (one), at++) {
        all += json_size (one) + 1;
        if (all > bytes)
            break;
    }
    struct stui_cause reason;
    va_list args;
    va_start (args, why);
    stui_vfail (&reason, STUI_E_TOO_LARGE, why, args);
    va_end (args);
    const char *name = json_get_text (one, "name");
    return stui_fail (cause, STUI_E_TOO_LARGE, "variables.list[%zu] (%.60s) finds no room: %s", at,
                      name ? name : "?", reason.text);
}

int
session_variables_check (const struct json *variables, struct stui_cause *cause)
{
    static const struct context_place place = {
        .key = "variables", .kind = CONTEXT_OBJECT, .nullable = true, .members = variables_places};
    int err = place_check (variables, &place, "variables", cause);
    if (!err && json_size (variables) > SESSION_VARIABLES_BYTES)
        err = room_refuse (variables, SESSION_VARIABLES_BYTES, cause,
                           "variables has %zu bytes, %d is the most", json_size (variables),
                           SESSION_VARIABLES_BYTES);
    return err;
}

int
session_variables_check_beside (const struct json *variables, const struct json *context,
                                struct stui_cause *cause)
{
    size_t texts = json_size (context), all = texts + json_size (variables);
    int err = session_variables_check (variables, cause);
    if (!err && json_is_object (variables) && all > SESSION_CONTEXT_MAX)
        err = room_refuse (variables, SESSION_CONTEXT_MAX - texts, cause,
                           "the session has %zu bytes with its texts, %d is the most", all,
                           SESSION_CONTEXT_MAX);
    return err;
}
