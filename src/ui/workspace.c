/* workspace.c: see workspace.h. */

#include "ui/workspace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "ui/conflict.h"
#include "runtime/utf8.h"
#include "ui/workspace_buffers.h"

static const char *const mode_wire[EVAL_MODE_COUNT] = {"doIt", "printIt", "inspectIt"};
static const char *const mode_words[EVAL_MODE_COUNT] = {"do it", "print it", "inspect it"};
/* In the session; one that ran when it was stored is in doubt when it is read again. */
static const char *const kind_words[OUTPUT_KIND_COUNT] = {
    [OUTPUT_RUNNING] = "running", [OUTPUT_RESULT] = "result",     [OUTPUT_RAISED] = "raised",
    [OUTPUT_REFUSED] = "refused", [OUTPUT_IN_DOUBT] = "in_doubt", [OUTPUT_HELD] = "held",
};

const char *
eval_mode_wire (enum eval_mode mode)
{
    return mode_wire[mode];
}

const char *
eval_mode_word (enum eval_mode mode)
{
    return mode_words[mode];
}

struct workspace *
workspace_new (const char *image, const char *session)
{
    struct workspace *self = stui_alloc (sizeof *self);
    snprintf (self->image, sizeof self->image, "%s", image);
    snprintf (self->session, sizeof self->session, "%s", session);
    self->write_due_ms = self->retry_ms = self->outcomes_ms = STUI_NEVER;
    buffers_init (self);
    return self;
}

static void
output_fini (struct output *output)
{
    free (output->code);
    free (output->text);
    free (output->tag);
}

static void
history_clear (struct workspace *self)
{
    for (size_t index = 0; index < self->history_count; index++)
        free (self->history[index]);
    self->history_count = 0;
}

void
workspace_destroy (struct workspace **self_p)
{
    struct workspace *self = self_p ? *self_p : NULL;
    if (!self)
        return;
    for (size_t index = 0; index < self->output_count; index++)
        output_fini (&self->outputs[index]);
    free (self->outputs);
    history_clear (self);
    free (self->history);
    free (self->name);
    free (self->differs);
    buffers_fini (self);
    free (self);
    *self_p = NULL;
}

const char *
workspace_full_why (const struct workspace *self, char why[WORKSPACE_WHY_SIZE])
{
    size_t held = self->editor.size;
    if (self->editor.others > 0)
        snprintf (why, WORKSPACE_WHY_SIZE,
                  "The workspace is full: its buffers hold %d KB together, nothing was added",
                  EDITOR_TEXT_MAX / 1024);
    else if (held > EDITOR_TEXT_MAX)
        snprintf (why, WORKSPACE_WHY_SIZE,
                  "This text came with %zu KB, %d KB can be typed: it stays whole, and can only be "
                  "made shorter",
                  held / 1024, EDITOR_TEXT_MAX / 1024);
    else
        snprintf (why, WORKSPACE_WHY_SIZE,
                  "The workspace is full: it holds %d KB, nothing was added",
                  EDITOR_TEXT_MAX / 1024);
    return why;
}

bool
workspace_is_editable (const struct workspace *self)
{
    /* Text typed while nothing is known of the session is kept and joins it; of one that nobody holds
     * any more it is written when the lease is here. */
    return self->mine || self->was_mine || !self->loaded || (!self->holder[0] && self->change > 0);
}

bool
workspace_is_saved (const struct workspace *self)
{
    return self->loaded && self->saved == self->edited;
}

void
workspace_note_edit (struct workspace *self, struct ui_now now)
{
    self->edited++;
    if (self->wanted && self->mine) {
        self->write_due_ms = now.mono_ms;
        return;
    }
    if (self->write_due_ms != STUI_NEVER)
        return;
    int64_t earliest = self->wrote_ms + WORKSPACE_WRITE_MS;
    self->write_due_ms = earliest > now.mono_ms ? earliest : now.mono_ms;
}

/* ---- outputs -------------------------------------------------------------------------------- */

static char *
text_of_size (const char *text, size_t limit)
{
    size_t size = strlen (text);
    return stui_strndup (text, utf8_cut (text, size, limit));
}

static struct output *
output_open (struct workspace *self)
{
    size_t old = 0; /* the oldest that nobody waits for makes room */
    if (self->output_count >= WORKSPACE_OUTPUTS_MAX) {
        while (old < self->output_count && self->outputs[old].kind == OUTPUT_RUNNING)
            old++;
        if (old < self->output_count) {
            output_fini (&self->outputs[old]);
            memmove (self->outputs + old, self->outputs + old + 1,
                     (--self->output_count - old) * sizeof *self->outputs);
        }
    }
    stui_grow (&self->outputs, &self->output_capacity, self->output_count, sizeof *self->outputs);
    struct output *output = &self->outputs[self->output_count++];
    *output = (struct output){.anchor = -1};
    return output;
}

static void
history_add (struct workspace *self, const char *code)
{
    self->history_back = 0;
    if (self->history_count > 0 && strcmp (self->history[self->history_count - 1], code) == 0)
        return;
    if (self->history_count == WORKSPACE_HISTORY_MAX) {
        free (self->history[0]);
        memmove (self->history, self->history + 1, --self->history_count * sizeof *self->history);
    }
    stui_grow (&self->history, &self->history_capacity, self->history_count, sizeof *self->history);
    self->history[self->history_count++] = stui_strdup (code);
}

struct output *
workspace_add_output (struct workspace *self, enum eval_mode mode, const char *code, size_t size,
                      struct ui_now now)
{
    struct output *output = output_open (self);
    output->mode = mode;
    output->code = stui_strndup (code, size);
    output->at_ms = now.wall_ms;
    output->began_ms = now.mono_ms;
    history_add (self, output->code);
    self->results_up = 0;
    return output;
}

struct output *
workspace_find_output (struct workspace *self, uint64_t ref)
{
    for (size_t index = self->output_count; ref && index-- > 0;)
        if (self->outputs[index].ref == ref)
            return &self->outputs[index];
    return NULL;
}

struct output *
workspace_running (struct workspace *self)
{
    for (size_t index = self->output_count; index-- > 0;)
        if (self->outputs[index].kind == OUTPUT_RUNNING)
            return &self->outputs[index];
    return NULL;
}

struct output *
workspace_awaited (struct workspace *self)
{
    struct output *running = workspace_running (self);
    for (size_t index = self->output_count; !running && index-- > 0;)
        if (self->outputs[index].kind == OUTPUT_IN_DOUBT && self->outputs[index].ref)
            running = &self->outputs[index];
    return running;
}

struct output *
workspace_interruptible (struct workspace *self)
{
    for (size_t index = 0; index < self->output_count; index++)
        if (self->outputs[index].kind == OUTPUT_RUNNING && !self->outputs[index].interrupting)
            return &self->outputs[index];
    return workspace_awaited (self);
}

void
workspace_end_output (struct workspace *self, struct output *output, enum output_kind kind,
                      const char *text, struct ui_now now)
{
    free (output->text);
    output->text = text_of_size (text ? text : "", WORKSPACE_TEXT_BYTES);
    output->kind = kind;
    output->ref = 0;
    if (!self->mine)
        return; /* only who holds the lease writes the session */
    self->outputs_edited = true;
    workspace_note_edit (self, now);
}

size_t
workspace_ended_outputs (const struct workspace *self)
{
    size_t ended = 0;
    for (size_t index = 0; index < self->output_count; index++)
        ended += self->outputs[index].kind != OUTPUT_RUNNING;
    return ended;
}

void
workspace_clear_outputs (struct workspace *self, struct ui_now now)
{
    size_t kept = 0;
    for (size_t index = 0; index < self->output_count; index++)
        if (self->outputs[index].kind == OUTPUT_RUNNING)
            self->outputs[kept++] = self->outputs[index];
        else
            output_fini (&self->outputs[index]);
    self->output_count = kept;
    self->results_up = 0;
    if (!self->mine)
        return;
    self->outputs_edited = true;
    workspace_note_edit (self, now);
}

const char *
workspace_history (const struct workspace *self, size_t back)
{
    return back > 0 && back <= self->history_count ? self->history[self->history_count - back]
                                                   : NULL;
}

/* ---- writing -------------------------------------------------------------------------------- */

static struct json *
outputs_to_json (const struct workspace *self)
{
    struct json *results = json_array ();
    for (size_t index = 0; index < self->output_count; index++) {
        const struct output *output = &self->outputs[index];
        if (output->kind == OUTPUT_RUNNING)
            continue;
        char at[CLOCK_TEXT_SIZE];
        char *code = text_of_size (output->code, WORKSPACE_STORED_BYTES);
        char *text = text_of_size (output->text ? output->text : "", WORKSPACE_STORED_BYTES);
        struct json *result = json_object ();
        json_set_text (result, "code", code);
        json_set_text (result, "mode", mode_wire[output->mode]);
        json_set_text (result, "kind", kind_words[output->kind]);
        json_set_text (result, output->kind == OUTPUT_RESULT ? "result" : "error", text);
        json_set_text (result, "at", clock_format (output->at_ms, at));
        if (output->tag && (output->kind == OUTPUT_HELD || output->kind == OUTPUT_IN_DOUBT))
            json_set_text (result, "asked_by", output->tag);
        json_push (results, result);
        free (code);
        free (text);
    }
    return results;
}

bool
workspace_wants_lease (const struct workspace *self)
{
    return self->loaded && self->session[0] && !self->asks_lease
           && (self->mine || !self->holder[0]);
}

int64_t
workspace_write_deadline (const struct workspace *self)
{
    return self->mine && self->writes < WORKSPACE_WRITES_MAX ? self->write_due_ms : STUI_NEVER;
}

bool
workspace_write_is_due (const struct workspace *self, int64_t now_ms)
{
    return workspace_write_deadline (self) <= now_ms;
}

struct json *
workspace_write_begin (struct workspace *self, const char *screen, struct ui_now now)
{
    struct json *patch = json_object (), *view = json_object ();
    json_set (patch, "workspace", buffers_to_json (self));
    json_set_text (view, "screen", screen);
    json_set_text (view, "answers", self->beside ? "beside" : "place");
    json_set (patch, "view", view);
    if (self->outputs_edited)
        json_set (patch, "results", outputs_to_json (self));
    self->outputs_edited = false;
    self->writes++;
    self->wrote_ms = now.mono_ms;
    self->write_due_ms = STUI_NEVER;
    return patch;
}

void
workspace_write_end (struct workspace *self, uint64_t edited, bool stored, struct ui_now now)
{
    self->writes--;
    if (stored && edited > self->saved)
        self->saved = edited;
    if (!stored)
        self->outputs_edited = true; /* what it carried is owed again */
    if (!stored && self->write_due_ms == STUI_NEVER)
        self->write_due_ms = now.mono_ms + WORKSPACE_WRITE_MS;
}

/* ---- reading -------------------------------------------------------------------------------- */

static int
word_index (const char *word, const char *const *words, int count, int otherwise)
{
    for (int index = 0; word && index < count; index++)
        if (strcmp (words[index], word) == 0)
            return index;
    return otherwise;
}

/* The one among this terminal's own OUTPUTS that began at AT_MS with CODE; NULL. */
static struct output *
output_own (struct output *outputs, size_t count, int64_t at_ms, const char *code)
{
    for (size_t index = 0; code && index < count; index++)
        if (!outputs[index].foreign && outputs[index].at_ms == at_ms
            && strcmp (outputs[index].code, code) == 0)
            return &outputs[index];
    return NULL;
}

/* The stored outputs in place of those that came from there before; this terminal's own that were
 * stored stay its own, in their place, and what nobody stored stays behind them. */
static void
outputs_from_json (struct workspace *self, const struct json *results)
{
    struct output *own = self->outputs;
    size_t own_count = self->output_count;
    self->outputs = NULL;
    self->output_count = self->output_capacity = 0;
    for (const struct json *result = json_first (results); result; result = json_next (result)) {
        const char *code = json_get_text (result, "code"), *at = json_get_text (result, "at");
        const char *text = json_get_text (result, "result"),
                   *tag = json_get_text (result, "asked_by");
        if (!text)
            text = json_get_text (result, "error");
        struct output *stored = output_own (own, own_count, at ? clock_parse (at) : 0, code);
        struct output *output = output_open (self);
        if (stored) {
            *output = *stored;
            *stored = (struct output){.foreign = true}; /* moved: nothing of it is left */
            continue;
        }
        output->kind = (enum output_kind) word_index (
            json_get_text (result, "kind"), kind_words, OUTPUT_KIND_COUNT,
            json_get_text (result, "result") ? OUTPUT_RESULT : OUTPUT_REFUSED);
        if (output->kind == OUTPUT_RUNNING)
            output->kind = OUTPUT_IN_DOUBT;
        output->mode = (enum eval_mode) word_index (json_get_text (result, "mode"), mode_wire,
                                                    EVAL_MODE_COUNT, EVAL_PRINT);
        output->code = stui_strdup (code ? code : "");
        output->text = text_of_size (text ? text : "", WORKSPACE_TEXT_BYTES);
        output->at_ms = at ? clock_parse (at) : 0;
        output->tag = tag && strlen (tag) < WORKSPACE_TAG_MAX ? stui_strdup (tag) : NULL;
        output->foreign = true;
    }
    for (size_t index = 0; index < own_count; index++)
        if (own[index].foreign)
            output_fini (&own[index]);
        else
            *output_open (self) = own[index];
    free (own);
}

static void
history_from_json (struct workspace *self, const struct json *history)
{
    history_clear (self);
    for (const struct json *input = json_first (history); input; input = json_next (input))
        if (json_text (input))
            history_add (self, json_text (input));
}

/* The first text of a session meets what was typed before it came: that stays, below it. */
static void
text_from_json (struct workspace *self, const struct json *document, bool first, struct ui_now now)
{
    char *typed = first && self->editor.size > 0 ? stui_strdup (self->editor.text) : NULL;
    buffers_from_json (self, document, first && !typed);
    const char *text = json_get_text (document, "text");
    if (!typed || strcmp (typed, self->editor.text) == 0 || !text || !*text) {
        free (typed);
        return;
    }
    char *both = stui_printf ("%s\n%s", self->editor.text, typed); /* whole, however long */
    editor_replace_all (&self->editor, both, strlen (both));
    editor_set_cursor (&self->editor, self->editor.size, false);
    workspace_note_edit (self, now);
    free (both);
    free (typed);
}

const char *
workspace_take_session (struct workspace *self, const struct json *session, const char *me,
                        struct ui_now now)
{
    const char *name = json_get_text (session, "name");
    enum stui_session_state state = stui_session_state_from_word (json_get_text (session, "state"));
    const char *holder = json_get_text (session, "holder");
    const struct json *context = json_get (session, "context");
    bool first = !self->loaded;
    free (self->name);
    self->name = stui_strdup (name ? name : "workspace");
    if (state < STUI_SESSION_COUNT)
        self->state = state;
    bool conflict = json_get_bool (session, "conflict", false);
    if (!context && !first) { /* only its state is another one */
        if (conflict != self->conflict)
            self->change = 0; /* how the versions differ comes with the text, which is asked for */
        return NULL;
    }
    self->conflict = conflict;
    free (self->differs);
    self->differs = self->conflict
                        ? conflict_lines (context, json_get (json_get (session, "theirs"), "state"))
                        : NULL;
    self->change = (uint64_t) json_get_number (session, "change", 0);
    if (!first && !self->mine && self->holder[0] && !(holder && *holder))
        self->lease_ms = now.mono_ms + WORKSPACE_GRACE_MS;
    snprintf (self->holder, sizeof self->holder, "%s", holder ? holder : "");
    self->mine = strcmp (self->holder, me) == 0;
    self->was_mine = self->was_mine && !self->holder[0];
    self->trouble[0] = '\0';
    /* Unsaved text is newer than what is told here, unless another terminal has the lease: then
     * its text is shown, and undo has ours. */
    bool unsaved = self->edited != self->saved;
    self->wanted = json_get_bool (session, "wanted", false);
    if (self->wanted && self->mine && unsaved)
        self->write_due_ms = now.mono_ms;
    if (first || !unsaved || (!self->mine && self->holder[0])) {
        text_from_json (self, json_get (context, "workspace"), first, now);
        if (first || !self->mine)
            outputs_from_json (self, json_get (context, "results"));
        if (first)
            history_from_json (self, json_get (context, "history"));
        if (!self->mine && self->holder[0] && !first)
            self->saved = self->edited;
    }
    self->loaded = true;
    const struct json *seen = json_get (context, "view");
    const char *screen = json_get_text (seen, "screen"), *answers = json_get_text (seen, "answers");
    if (first && answers)
        self->beside = strcmp (answers, "beside") == 0;
    return first ? (screen ? screen : "") : NULL;
}
