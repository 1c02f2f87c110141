/* held.c: see held.h. Pure but for the heap. */

#include "actors/held.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "runtime/utf8.h"

static const char *const state_words[HELD_STATE_COUNT] = {
#define X(name, word) [HELD_STATE_##name] = word,
    HELD_STATES (X)
#undef X
};

bool
held_takes (const char *command)
{
    return strcmp (command, "evaluate") == 0 || strcmp (command, "file_in") == 0;
}

/* ---- The list -------------------------------------------------------------------------------- */

static size_t
entry_bytes (const struct held_entry *entry)
{
    return (entry->parameters ? strlen (entry->parameters) : 0)
           + (entry->code ? strlen (entry->code) : 0);
}

static void
entry_free (struct held_entry *entry)
{
    free (entry->command);
    free (entry->parameters);
    free (entry->code);
    free (entry);
}

void
held_fini (struct held *self)
{
    for (size_t index = 0; index < self->count; index++)
        entry_free (self->items[index]);
    free (self->items);
    *self = (struct held){0};
}

static void
word_copy (char *target, size_t size, const char *source)
{
    snprintf (target, size, "%s", source ? source : "");
    utf8_repair (target);
}

static void
entry_changed (struct held *self, struct held_entry *entry)
{
    entry->change = ++self->change;
}

/* The code that PARAMETERS carry; NULL. Borrowed from them. */
static const char *
code_of (const struct json *parameters)
{
    const char *code = json_get_text (parameters, "code");
    return code ? code : json_get_text (parameters, "source");
}

/* The beginning of the code in PARAMETERS; caller frees. */
static char *
code_cut (const char *parameters)
{
    struct json *json = json_parse_text (parameters);
    const char *code = code_of (json);
    char *cut = code ? stui_strndup (code, utf8_cut (code, strlen (code), HELD_CUT_BYTES))
                     : stui_strdup ("");
    json_destroy (&json);
    return cut;
}

static struct held_entry *
entry_add (struct held *self, const struct held_ask *ask, bool cut)
{
    struct held_entry *entry = stui_alloc (sizeof *entry);
    word_copy (entry->id, sizeof entry->id, ask->id);
    word_copy (entry->image, sizeof entry->image, ask->image);
    word_copy (entry->session, sizeof entry->session, ask->session);
    word_copy (entry->asked_by, sizeof entry->asked_by, ask->asked_by);
    entry->command = stui_strdup (ask->command);
    entry->parameters = cut ? NULL : stui_strdup (ask->parameters);
    entry->code = cut ? code_cut (ask->parameters) : NULL;
    entry->asked_at_ms = ask->asked_at_ms;
    self->bytes += entry_bytes (entry);
    stui_grow (&self->items, &self->capacity, self->count, sizeof *self->items);
    self->items[self->count++] = entry;
    entry_changed (self, entry);
    return entry;
}

static bool
bytes_fit (const struct held *self, size_t bytes)
{
    return bytes <= HELD_BYTES_MAX && self->bytes <= HELD_BYTES_MAX - bytes;
}

struct held_entry *
held_add (struct held *self, const struct held_ask *ask, const char *why, struct stui_cause *cause)
{
    if (held_count (self) >= HELD_MAX || self->count >= HELD_ALL_MAX) {
        stui_fail (cause, STUI_E_QUEUE_FULL,
                   "%d evaluations are held or in doubt already: send, drop or resolve some",
                   (int) held_count (self) + (int) held_count_doubtful (self));
        return NULL;
    }
    if (!bytes_fit (self, strlen (ask->parameters))) {
        stui_fail (cause, STUI_E_QUEUE_FULL,
                   "its code is too long to be held: %d bytes of all together are kept",
                   HELD_BYTES_MAX);
        return NULL;
    }
    struct held_entry *entry = entry_add (self, ask, false);
    word_copy (entry->why, sizeof entry->why, why);
    return entry;
}

struct held_entry *
held_note (struct held *self, const struct held_ask *ask, const char *request, const char *boot)
{
    bool cut = !bytes_fit (self, strlen (ask->parameters));
    if (self->count >= HELD_ALL_MAX || (cut && !bytes_fit (self, HELD_CUT_BYTES)))
        return NULL;
    struct held_entry *entry = entry_add (self, ask, cut);
    held_sent (self, entry, request, boot);
    return entry;
}

bool
held_session_anew (struct held *self, const char *session)
{
    bool any = false;
    for (size_t index = 0; *session && index < self->count; index++) {
        struct held_entry *entry = self->items[index];
        if (entry->anew || strcmp (entry->session, session) != 0)
            continue;
        entry->anew = any = true;
        entry_changed (self, entry);
    }
    return any;
}

void
held_sent (struct held *self, struct held_entry *entry, const char *request, const char *boot)
{
    entry->state = HELD_STATE_SENT;
    word_copy (entry->request, sizeof entry->request, request);
    word_copy (entry->boot, sizeof entry->boot, boot);
    entry_changed (self, entry);
}

void
held_unawaited (struct held *self, struct held_entry *entry, const char *why)
{
    entry->earlier = true;
    word_copy (entry->why, sizeof entry->why, why);
    entry_changed (self, entry);
}

void
held_back (struct held *self, struct held_entry *entry, const char *why)
{
    entry->state = HELD_STATE_HELD;
    entry->earlier = false;
    entry->request[0] = entry->boot[0] = '\0';
    word_copy (entry->why, sizeof entry->why, why);
    entry_changed (self, entry);
}

void
held_doubt (struct held *self, struct held_entry *entry, const char *why)
{
    entry->state = HELD_STATE_DOUBT;
    word_copy (entry->why, sizeof entry->why, why);
    entry_changed (self, entry);
}

void
held_remove (struct held *self, struct held_entry **entry_p)
{
    size_t index = 0;
    while (index < self->count && self->items[index] != *entry_p)
        index++;
    if (index == self->count)
        return;
    memmove (self->items + index, self->items + index + 1,
             (self->count - index - 1) * sizeof *self->items);
    self->count--;
    self->bytes -= entry_bytes (*entry_p);
    self->change++;
    entry_free (*entry_p);
    *entry_p = NULL;
}

int
held_resolve (struct held *self, struct held_entry *entry, const char *how,
              struct stui_cause *cause)
{
    bool again = strcmp (how, "again") == 0;
    if (!again && strcmp (how, "ran") != 0 && strcmp (how, "not-ran") != 0)
        return stui_fail (cause, STUI_E_INVALID_REQUEST,
                          "what is in doubt is resolved as ran, not-ran or again, not '%.40s'",
                          how);
    if (again && !entry->parameters)
        return stui_fail (cause, STUI_E_UNSUPPORTED,
                          "only the beginning of its code was kept, so it cannot be sent again");
    if (again)
        held_back (self, entry, "it was in doubt, and is to be sent again");
    else
        held_remove (self, &entry);
    return 0;
}

struct held_entry *
held_find (const struct held *self, const char *id)
{
    for (size_t index = 0; index < self->count; index++)
        if (strcmp (self->items[index]->id, id) == 0)
            return self->items[index];
    return NULL;
}

struct held_entry *
held_find_request (const struct held *self, const char *request)
{
    for (size_t index = 0; *request && index < self->count; index++)
        if (strcmp (self->items[index]->request, request) == 0)
            return self->items[index];
    return NULL;
}

struct held_entry *
held_find_asked (const struct held *self, const char *asked_by)
{
    for (size_t index = self->count; *asked_by && index-- > 0;)
        if (strcmp (self->items[index]->asked_by, asked_by) == 0)
            return self->items[index];
    return NULL;
}

struct held_entry *
held_find_session (const struct held *self, const char *session)
{
    for (size_t index = 0; *session && index < self->count; index++)
        if (strcmp (self->items[index]->session, session) == 0)
            return self->items[index];
    return NULL;
}

bool
held_is_doubtful (const struct held_entry *entry)
{
    return entry->state == HELD_STATE_DOUBT || (entry->state == HELD_STATE_SENT && entry->earlier);
}

size_t
held_count (const struct held *self)
{
    size_t count = 0;
    for (size_t index = 0; index < self->count; index++)
        count += self->items[index]->state == HELD_STATE_HELD;
    return count;
}

size_t
held_count_doubtful (const struct held *self)
{
    size_t count = 0;
    for (size_t index = 0; index < self->count; index++)
        count += held_is_doubtful (self->items[index]);
    return count;
}

/* ---- As the store keeps it -------------------------------------------------------------------- */

static struct json *
entry_to_json (const struct held_entry *entry)
{
    struct json *json = json_object ();
    json_set_text (json, "id", entry->id);
    json_set_text (json, "state", state_words[entry->state]);
    json_set_text (json, "command", entry->command);
    if (entry->parameters)
        json_set (json, "parameters", json_parse_text (entry->parameters));
    else
        json_set_text (json, "code", entry->code);
    json_set_text (json, "image_id", entry->image);
    json_set_text (json, "session_id", entry->session);
    json_set_text (json, "asked_by", entry->asked_by);
    json_set_number (json, "asked_at_ms", entry->asked_at_ms);
    json_set_text (json, "why", entry->why);
    json_set_text (json, "request", entry->request);
    json_set_text (json, "boot_id", entry->boot);
    if (entry->anew)
        json_set_bool (json, "session_anew", true);
    return json;
}

struct json *
held_to_json (const struct held *self)
{
    struct json *json = json_object (), *entries = json_array ();
    for (size_t index = 0; index < self->count; index++)
        json_push (entries, entry_to_json (self->items[index]));
    json_set (json, "entries", entries);
    return json;
}

static int
state_from_word (const char *word)
{
    for (int state = 0; word && state < HELD_STATE_COUNT; state++)
        if (strcmp (state_words[state], word) == 0)
            return state;
    return -1;
}

void
held_doubt_stored (struct json *stored, const char *why)
{
    if (state_from_word (json_get_text (stored, "state")) != HELD_STATE_HELD)
        return;
    json_set_text (stored, "state", state_words[HELD_STATE_DOUBT]);
    json_set_text (stored, "why", why);
}

static void
entry_load (struct held *self, const struct json *json)
{
    const struct json *parameters = json_get (json, "parameters");
    const char *code = json_get_text (json, "code");
    struct held_ask ask = {
        .id = json_get_text (json, "id"),
        .command = json_get_text (json, "command"),
        .image = json_get_text (json, "image_id"),
        .session = json_get_text (json, "session_id"),
        .asked_by = json_get_text (json, "asked_by"),
        .asked_at_ms = json_get_number (json, "asked_at_ms", 0),
    };
    int state = state_from_word (json_get_text (json, "state"));
    bool whole = json_is_object (parameters);
    if (!ask.id || !*ask.id || !ask.command || state < 0 || (!whole && !code)
        || (!whole && state == HELD_STATE_HELD) || held_find (self, ask.id))
        return;
    struct json *made = whole ? json_copy (parameters) : json_object ();
    if (!whole)
        json_set_text (made, "code", code);
    char *text = json_print (made);
    ask.parameters = text;
    struct held_entry *entry = entry_add (self, &ask, !whole);
    entry->state = (enum held_state) state;
    entry->earlier = state == HELD_STATE_SENT;
    entry->anew = json_get_bool (json, "session_anew", false);
    word_copy (entry->request, sizeof entry->request, json_get_text (json, "request"));
    word_copy (entry->boot, sizeof entry->boot, json_get_text (json, "boot_id"));
    word_copy (entry->why, sizeof entry->why,
               entry->earlier ? "stui ended before the answer came: the image is asked what became "
                                "of it once it is online"
                              : json_get_text (json, "why"));
    free (text);
    json_destroy (&made);
}

void
held_load (struct held *self, const struct json *json)
{
    struct held newer = *self;
    *self = (struct held){.change = newer.change};
    for (const struct json *one = json_first (json_get (json, "entries")); one;
         one = json_next (one))
        entry_load (self, one);
    for (size_t index = 0; index < newer.count; index++) {
        stui_grow (&self->items, &self->capacity, self->count, sizeof *self->items);
        self->items[self->count++] = newer.items[index];
        self->bytes += entry_bytes (newer.items[index]);
    }
    free (newer.items);
}

/* ---- As people see it ------------------------------------------------------------------------- */

/* One of them, from its stored form. */
static struct json *
entry_show (const struct json *stored, bool doubtful)
{
    static const char *const words[] = {"id",         "state",    "command", "image_id",
                                        "session_id", "asked_by", "why"};
    const struct json *parameters = json_get (stored, "parameters");
    const char *code = parameters ? code_of (parameters) : json_get_text (stored, "code");
    char at[CLOCK_TEXT_SIZE];
    struct json *shown = json_object ();
    for (size_t index = 0; index < sizeof words / sizeof *words; index++) {
        const char *text = json_get_text (stored, words[index]);
        json_set_text (shown, words[index], text && *text ? text : NULL);
    }
    json_set_text (shown, "state", state_words[doubtful ? HELD_STATE_DOUBT : HELD_STATE_HELD]);
    json_set_text (shown, "code", code ? code : "");
    json_set_text (shown, "mode", json_get_text (parameters, "mode"));
    json_set_bool (shown, "cut", parameters == NULL);
    json_set_bool (shown, "session_anew", json_get_bool (stored, "session_anew", false));
    json_set_text (shown, "asked_at",
                   clock_format (json_get_number (stored, "asked_at_ms", 0), at));
    return shown;
}

struct json *
held_show (const struct held *self)
{
    struct json *list = json_array ();
    for (size_t index = 0; index < self->count; index++) {
        const struct held_entry *entry = self->items[index];
        bool doubtful = held_is_doubtful (entry);
        if (!doubtful && entry->state != HELD_STATE_HELD)
            continue;
        struct json *stored = entry_to_json (entry);
        json_push (list, entry_show (stored, doubtful));
        json_destroy (&stored);
    }
    return list;
}

struct json *
held_show_record (const struct json *record)
{
    struct held held = {0};
    held_load (&held, record);
    struct json *list = held_show (&held);
    held_fini (&held);
    return list;
}
