/* ui_fixture.h: the ui without terminal and mailbox, for tests of what it does and shows: keys
 * typed by name, messages answered by the test, time moved by hand. */

#ifndef TESTS_UNIT_UI_FIXTURE_H
#define TESTS_UNIT_UI_FIXTURE_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "ui/ui_kiosk.h"
#include "ui/ui_step.h"

#define STAGE_ME    "018f0000-0000-7000-8000-00000000000a"
#define STAGE_OTHER "018f0000-0000-7000-8000-00000000000b"

struct stage {
    struct ui ui;
    struct ui_now now;
    struct msg *sent[4096]; /* owned; all that was sent, answered ones NULL */
    int sent_count;
    int bells, notes, quits, suspends;
};

/* Takes over what a step wants done. */
static inline void
stage_settle (struct stage *self)
{
    for (size_t index = 0; index < self->ui.action_count; index++) {
        struct ui_action *action = &self->ui.actions[index];
        self->bells += action->what == UI_BELL;
        self->notes += action->what == UI_NOTIFY;
        self->quits += action->what == UI_QUIT;
        self->suspends += action->what == UI_SUSPEND;
        if (action->what == UI_SEND) {
            cr_assert_lt (self->sent_count, 4096);
            self->sent[self->sent_count++] = action->msg;
            action->msg = NULL;
        }
    }
    ui_actions_clear (&self->ui);
}

static inline void
stage_begin (struct stage *self, const char *image, bool kiosk)
{
    memset (self, 0, sizeof *self);
    /* 2026-01-31 10:30:00 UTC */
    self->now = (struct ui_now){.mono_ms = 1000000, .wall_ms = 1769855400000};
    ui_init (&self->ui, STAGE_ME, image, false, self->now);
    if (kiosk)
        ui_kiosk_begin (&self->ui);
    ui_begin (&self->ui, self->now);
    stage_settle (self);
}

static inline void
stage_close (struct stage *self)
{
    for (int index = 0; index < self->sent_count; index++)
        msg_destroy (&self->sent[index]);
    ui_fini (&self->ui);
}

static inline void
stage_open (struct stage *self, const char *image)
{
    stage_begin (self, image, false);
}

/* A wall. */
static inline void
stage_open_kiosk (struct stage *self)
{
    stage_begin (self, "", true);
}

/* The last message of VERB that was sent and not answered; NULL. */
static inline struct msg *
stage_asked (const struct stage *self, enum msg_verb verb)
{
    for (int index = self->sent_count; index-- > 0;)
        if (self->sent[index] && self->sent[index]->verb == verb)
            return self->sent[index];
    return NULL;
}

/* How many of VERB wait for an answer. */
static inline int
stage_open_count (const struct stage *self, enum msg_verb verb)
{
    int count = 0;
    for (int index = 0; index < self->sent_count; index++)
        count += self->sent[index] && self->sent[index]->verb == verb;
    return count;
}

/* Gives MSG, which is taken over, to the ui. */
static inline void
stage_give (struct stage *self, struct msg *msg)
{
    ui_take_message (&self->ui, msg, self->now);
    msg_destroy (&msg);
    stage_settle (self);
}

static inline void
stage_forget (struct stage *self, const struct msg *msg)
{
    for (int index = 0; index < self->sent_count; index++)
        if (self->sent[index] == msg)
            msg_destroy (&self->sent[index]);
}

/* Answers the last request of VERB. */
static inline void
stage_ok (struct stage *self, enum msg_verb verb, const char *result)
{
    struct msg *request = stage_asked (self, verb);
    cr_assert_not_null (request, "no %s was asked", msg_word (verb));
    struct msg *answer = msg_ok (request, result);
    stage_forget (self, request);
    stage_give (self, answer);
}

static inline void
stage_error (struct stage *self, enum msg_verb verb, int err, const char *text)
{
    struct msg *request = stage_asked (self, verb);
    cr_assert_not_null (request, "no %s was asked", msg_word (verb));
    struct msg *answer = msg_error (request, err, text, NULL);
    stage_forget (self, request);
    stage_give (self, answer);
}

/* NAMES of keys with blanks between. */
static inline void
stage_keys (struct stage *self, const char *names)
{
    char name[KEY_NAME_SIZE];
    int used;
    for (; sscanf (names, " %23s%n", name, &used) == 1; names += used) {
        struct key key;
        cr_assert (key_parse (name, &key), "%s is no key", name);
        ui_take_key (&self->ui, key, self->now);
        stage_settle (self);
    }
}

/* TEXT typed letter by letter; ASCII. */
static inline void
stage_type (struct stage *self, const char *text)
{
    for (; *text; text++) {
        struct key key = {.codepoint = (unsigned char) *text};
        if (*text == '\n')
            key = (struct key){.symbol = KEY_ENTER};
        ui_take_key (&self->ui, key, self->now);
        stage_settle (self);
    }
}

/* MS pass; the ui is called whenever it wants to be. */
static inline void
stage_pass (struct stage *self, int64_t ms)
{
    int64_t end_ms = self->now.mono_ms + ms;
    for (int turns = 0; self->now.mono_ms < end_ms; turns++) {
        int64_t next_ms = ui_deadline (&self->ui);
        next_ms = next_ms < self->now.mono_ms + 1 ? self->now.mono_ms + 1 : next_ms;
        next_ms = next_ms > end_ms ? end_ms : next_ms;
        self->now.wall_ms += next_ms - self->now.mono_ms;
        self->now.mono_ms = next_ms;
        ui_take_time (&self->ui, self->now);
        stage_settle (self);
        cr_assert_lt (turns, 2000, "a deadline comes again and again");
    }
}

/* A workspace of IMAGE whose session has CONTEXT, held by HOLDER. */
static inline void
stage_workspace (struct stage *self, const char *image, const char *context, const char *holder)
{
    ui_open (&self->ui, image, true);
    stage_settle (self);
    stage_ok (self, MSG_SESSION_LIST,
              "{\"sessions\":[{\"session_id\":\"018f0000-0000-7000-8000-000000000001\","
              "\"name\":\"workspace\",\"state\":\"restored\"}]}");
    char *session = stui_printf ("{\"session_id\":\"018f0000-0000-7000-8000-000000000001\","
                                 "\"name\":\"workspace\",\"state\":\"restored\",\"change\":3,"
                                 "\"holder\":\"%s\",\"context\":%s}",
                                 holder, context);
    stage_ok (self, MSG_SESSION_WATCH, session);
    free (session);
    if (!*holder)
        stage_ok (self, MSG_SESSION_LEASE, "{\"holder\":\"" STAGE_ME "\"}");
}

static inline const char *
stage_text (const struct stage *self)
{
    const struct editor *editor = &self->ui.current->editor;
    return editor->text ? editor->text : "";
}

/* The screen as text; the caller frees. */
static inline char *
stage_screen (struct stage *self, int rows, int columns)
{
    struct grid grid;
    grid_init (&grid, rows, columns);
    ui_draw (&self->ui, &grid);
    char *text = grid_to_text (&grid);
    grid_fini (&grid);
    return text;
}

/* Whether a screen of 24 rows shows TEXT; what is asked of a line that is not wrapped. */
static inline bool
stage_shows (struct stage *self, int columns, const char *text)
{
    char *screen = stage_screen (self, 24, columns);
    bool is = strstr (screen, text) != NULL;
    free (screen);
    return is;
}

#endif
