/* fuzz_ui.c: random keys, pastes, mouse events, messages and times for the whole ui. What is typed
 * and told must never leave a text broken, a request unbounded, a deadline that comes again and
 * again, or a screen that cannot be drawn. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/utf8.h"
#include "ui/text.h"
#include "ui/ui_step.h"

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size);

/* What answers are made of: the fuzzer chooses which one comes to which question. */
static const char *const answers[] = {
    "{}",
    "[]",
    "{\"version\":3,\"images\":[{\"name\":\"a\",\"state\":\"online\",\"latency_ms\":1e9},"
    "{\"name\":\"b\",\"state\":\"offline\",\"next_retry_ms\":5,\"cause\":\"\\u001b[2J\\n\"}]}",
    "{\"version\":0,\"images\":[{\"name\":\"c\",\"protected\":true}],\"removed\":[\"a\",7]}",
    "{\"sessions\":[{\"session_id\":\"s\",\"name\":\"workspace\",\"state\":\"restored\","
    "\"image\":\"a\",\"open\":true,\"last_modified\":\"2026\"}]}",
    "{\"session_id\":\"s\",\"name\":\"w\",\"change\":4,\"holder\":\"\",\"context\":{\"workspace\":"
    "{\"text\":\"a\\u0301\\n\\tb\\r\\nc\",\"cursor\":1,\"selection\":3},\"view\":{\"screen\":"
    "\"workspace\"},\"history\":[\"x\"],\"results\":[{\"code\":\"x\"},{},5]}}",
    "{\"session_id\":\"s\",\"change\":5,\"holder\":\"other\",\"context\":{\"workspace\":5}}",
    "{\"holder\":\"me\"}",
    "{\"result\":\"\\u202e\\u0007\xe4\xb8\xad\",\"result_type\":\"X\",\"has_error\":true,"
    "\"stack\":[{},\"y\"]}",
    "{\"result\":\"7\",\"truncated\":true,\"execution_time\":1}",
    "{\"events\":[{\"seq\":9,\"at_ms\":-1,\"image\":\"a\",\"kind\":\"k\",\"text\":\"t\"}],"
    "\"last_seq\":9}",
};
enum { ANSWERS = sizeof answers / sizeof *answers, OPEN_MAX = 512, SPIN_MAX = 64 };

struct fuzz {
    struct ui ui;
    struct ui_now now;
    struct grid grid;
    struct msg *open[OPEN_MAX]; /* owned; requests without an answer */
    size_t open_count;
};

static void
fuzz_settle (struct fuzz *self)
{
    for (size_t index = 0; index < self->ui.action_count; index++) {
        struct ui_action *action = &self->ui.actions[index];
        if (action->what != UI_SEND)
            continue;
        if (self->open_count == OPEN_MAX)
            msg_destroy (&self->open[--self->open_count]);
        self->open[self->open_count++] = action->msg;
        action->msg = NULL;
    }
    ui_actions_clear (&self->ui);
    assert (self->ui.ask_count <= STUI_TERMINAL_ROOM);
    for (size_t index = 0; index < self->ui.workspace_count; index++) {
        const struct editor *editor = &self->ui.workspaces[index]->editor;
        assert (editor->cursor <= editor->size && editor->mark <= editor->size);
        assert (editor->size == 0 || utf8_is_valid (editor->text, editor->size));
    }
}

static void
fuzz_answer (struct fuzz *self, uint8_t which, uint8_t what)
{
    if (self->open_count == 0)
        return;
    size_t index = which % self->open_count;
    struct msg *request = self->open[index], *answer;
    self->open[index] = self->open[--self->open_count];
    if (what < 0xC0)
        answer = msg_ok (request, answers[what % ANSWERS]);
    else
        answer = msg_error (request, -(int) (what % (STUI_ERR_INDEX_COUNT - 1)) - 1,
                            "why \033[1m not", "{\"line\":2}");
    msg_destroy (&request);
    ui_take_message (&self->ui, answer, self->now);
    msg_destroy (&answer);
}

static void
fuzz_report (struct fuzz *self, uint8_t what)
{
    struct msg *msg = what % 3 == 0   ? msg_new ("relay", MSG_LINKED, 0, (uint64_t) what)
                      : what % 3 == 1 ? msg_new ("relay", MSG_UNLINKED, 0, "gone")
                                      : msg_new ("relay", MSG_STALLED, 0, what & 4 ? "" : "T");
    ui_take_message (&self->ui, msg, self->now);
    msg_destroy (&msg);
}

/* Time goes from deadline to deadline; one that is due is due no longer once it was served. */
static void
fuzz_pass (struct fuzz *self, int64_t ms)
{
    int64_t end_ms = self->now.mono_ms + ms;
    int spins = 0;
    for (;;) {
        int64_t next_ms = ui_deadline (&self->ui);
        if (next_ms > end_ms)
            break;
        spins = next_ms <= self->now.mono_ms ? spins + 1 : 0;
        assert (spins < SPIN_MAX);
        if (next_ms > self->now.mono_ms) {
            self->now.wall_ms += next_ms - self->now.mono_ms;
            self->now.mono_ms = next_ms;
        }
        ui_take_time (&self->ui, self->now);
        fuzz_settle (self);
    }
    self->now.wall_ms += end_ms - self->now.mono_ms;
    self->now.mono_ms = end_ms;
}

static void
fuzz_step (struct fuzz *self, uint8_t kind, uint8_t one, uint8_t two)
{
    struct key key = {.codepoint = one, .modifiers = two & 7};
    struct mouse mouse = {.action = (enum mouse_action) (two % MOUSE_ACTION_COUNT),
                          .button = two % 4,
                          .row = one % 60,
                          .column = one};
    char pasted[8];
    switch (kind % 8) {
    case 0:
        key = (struct key){.symbol = (enum key_symbol) (one % KEY_COUNT), .modifiers = two & 7};
        ui_take_key (&self->ui, key, self->now);
        break;
    case 1: /* a key of the table */
    case 2:
        if (self->ui.keymap.counts[kind % 2] > 0)
            ui_take_key (
                &self->ui,
                self->ui.keymap.entries[kind % 2][one % self->ui.keymap.counts[kind % 2]].key,
                self->now);
        break;
    case 3:
        key.modifiers = 0;
        key.codepoint = one < 0x80 ? (one < ' ' ? 'x' : one) : (uint32_t) one << 8 | two;
        ui_take_key (&self->ui, key, self->now);
        break;
    case 4:
        ui_take_paste (&self->ui, pasted,
                       text_encode (one == 0     ? 'n'
                                    : one < 0x80 ? one
                                                 : (uint32_t) one * 131u,
                                    pasted),
                       self->now);
        break;
    case 5:
        fuzz_answer (self, one, two);
        break;
    case 6:
        if (one & 1)
            ui_take_mouse (&self->ui, &mouse, self->now);
        else
            fuzz_report (self, two);
        break;
    default:
        fuzz_pass (self, one * (two & 1 ? 7 : 500));
        grid_resize (&self->grid, 1 + one % 60, 1 + two);
        self->grid.theme = (enum stui_theme) (one % STUI_THEME_COUNT);
        self->grid.ascii = two & 2;
        ui_draw (&self->ui, &self->grid);
    }
    fuzz_settle (self);
}

int
LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size)
{
    struct fuzz *self = stui_alloc (sizeof *self);
    self->now = (struct ui_now){.mono_ms = 1000, .wall_ms = 1769855400000};
    grid_init (&self->grid, 24, 80);
    ui_init (&self->ui, "me", size % 2 ? "a" : "", size % 16 == 15, self->now);
    ui_begin (&self->ui, self->now);
    fuzz_settle (self);
    for (size_t at = 0; at + 3 <= size && at < 6000; at += 3)
        fuzz_step (self, bytes[at], bytes[at + 1], bytes[at + 2]);
    ui_draw (&self->ui, &self->grid);
    while (self->open_count > 0)
        msg_destroy (&self->open[--self->open_count]);
    ui_fini (&self->ui);
    grid_fini (&self->grid);
    free (self);
    return 0;
}
