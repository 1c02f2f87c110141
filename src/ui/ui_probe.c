/* ui_probe.c: see ui_probe.h. Pure but for the heap. */

#include "ui/ui_probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/attempt.h"
#include "runtime/json.h"
#include "ui/layout.h"
#include "ui/ui_step.h"

enum {
    TITLE_WIDTH = 11,
    VERDICT_WIDTH = 11,
    STEPS_ROWS = 8,     /* with fewer rows left … */
    STEPS_COLUMNS = 50, /* … or columns only what came of it is said */
    ROOMY_ROWS = 14,    /* with more there is a blank line */
};

void
ui_probe_reset (struct ui_probe *self)
{
    json_destroy (&self->target);
    json_destroy (&self->result);
    self->stage = UI_PROBE_IDLE;
    self->image[0] = '\0';
    self->why[0] = '\0';
    self->number = 0;
}

void
ui_probe_fini (struct ui_probe *self)
{
    ui_probe_reset (self);
    *self = (struct ui_probe){0};
}

/* ---- asking --------------------------------------------------------------------------------- */

static void
probe_fail (struct ui_probe *self, const char *why)
{
    self->stage = UI_PROBE_BAD;
    snprintf (self->why, sizeof self->why, "%s", why);
}

static void
probe_ask (struct ui *ui, struct ui_probe *self, enum ui_probe_stage stage, struct msg *msg)
{
    struct ui_ask *ask = ui_ask (ui, UI_ASK_PROBE, self->image, msg);
    self->stage = stage;
    if (ask)
        ask->listing = self->number;
    else
        probe_fail (self, "too many answers are awaited: try it again");
}

static void
probe_try (struct ui *ui, struct ui_probe *self)
{
    char *text = json_print (self->target);
    probe_ask (ui, self, UI_PROBE_TRYING, msg_new ("registry", MSG_PROBE, ui->last_ref + 1, text));
    free (text);
}

static void
probe_begin (struct ui *ui, struct ui_probe *self)
{
    ui_probe_reset (self);
    self->number = ui->last_ref + 1; /* no other attempt has it */
    self->began_ms = ui->now.mono_ms;
}

void
ui_probe_image (struct ui *ui, struct ui_probe *self, const char *name)
{
    char kept[STUI_NAME_MAX + 1]; /* NAME may be what is reset */
    snprintf (kept, sizeof kept, "%s", name);
    probe_begin (ui, self);
    memcpy (self->image, kept, sizeof kept);
    probe_ask (ui, self, UI_PROBE_SETTINGS,
               msg_new ("main", MSG_CONFIG_GET, ui->last_ref + 1, self->image));
}

void
ui_probe_target (struct ui *ui, struct ui_probe *self, struct json *target)
{
    struct json *file = json_take (target, "token_file");
    probe_begin (ui, self);
    self->target = target;
    if (file)
        probe_ask (ui, self, UI_PROBE_TOKEN,
                   msg_new ("worker", MSG_FILE_READ, ui->last_ref + 1, json_text (file)));
    else
        probe_try (ui, self);
    json_destroy (&file);
}

/* ---- answers -------------------------------------------------------------------------------- */

static void
take_settings (struct ui *ui, struct ui_probe *self, const struct json *result)
{
    static const char *const keys[] = {"address", "via", "token_secret", "server_key",
                                       "client_key_secret"};
    const struct json *settings = json_first (json_get (result, "images"));
    self->target = json_object ();
    for (size_t index = 0; index < sizeof keys / sizeof *keys; index++) {
        const char *value = json_get_text (settings, keys[index]);
        if (value && *value)
            json_set_text (self->target, keys[index], value);
    }
    const char *file = json_get_text (settings, "token_file");
    if (file && *file)
        probe_ask (ui, self, UI_PROBE_TOKEN,
                   msg_new ("worker", MSG_FILE_READ, ui->last_ref + 1, file));
    else
        probe_try (ui, self);
}

static void
take_token (struct ui *ui, struct ui_probe *self, const struct json *result)
{
    const char *text = json_get_text (result, "text");
    char *token = stui_strndup (text ? text : "", text ? strcspn (text, "\r\n") : 0);
    json_set_text (self->target, "token", token);
    free (token);
    probe_try (ui, self);
}

static struct ui_probe *
probe_of (struct ui *ui, uint64_t number)
{
    struct ui_probe *const probes[] = {&ui->diagnosis, &ui->welcome.probe};
    for (size_t index = 0; index < sizeof probes / sizeof *probes; index++)
        if (number != 0 && probes[index]->number == number)
            return probes[index];
    return NULL;
}

void
ui_probe_answer (struct ui *ui, const struct ui_ask *ask, const struct msg *msg,
                 const struct json *result)
{
    struct ui_probe *self = probe_of (ui, ask->listing);
    if (!self)
        return;
    if (self->stage == UI_PROBE_SETTINGS && result)
        take_settings (ui, self, result);
    else if (self->stage == UI_PROBE_TOKEN && result)
        take_token (ui, self, result);
    else if (result) {
        self->stage = UI_PROBE_GOOD;
        self->result = json_copy (result);
    }
    else {
        probe_fail (self, msg->verb == MSG_ERROR ? msg_text (msg, 1) : "the answer was damaged");
        if (msg->verb == MSG_ERROR)
            self->result = json_parse_text (msg_text (msg, 2));
    }
}

int64_t
ui_probe_deadline (const struct ui_probe *self, struct ui_now now)
{
    bool waits = self->stage >= UI_PROBE_SETTINGS && self->stage <= UI_PROBE_TRYING;
    return waits ? self->began_ms + age_next_ms (now.mono_ms - self->began_ms) : STUI_NEVER;
}

/* ---- drawing -------------------------------------------------------------------------------- */

static int
step_draw (struct grid *grid, struct rect area, int row, const char *title, const char *symbol,
           const char *verdict, enum role role, const char *text)
{
    struct style style = style_of (grid, role);
    grid_field (grid, area, row, 0, TITLE_WIDTH, style_of (grid, ROLE_DIM), title, strlen (title));
    int column = grid_string (grid, area, row, TITLE_WIDTH, style, symbol);
    grid_string (grid, area, row, column + 1, style, verdict);
    if (!text || !*text)
        return row + 1;
    struct rect value = area;
    rect_cut_columns (&value, TITLE_WIDTH + VERDICT_WIDTH);
    return layout_paragraph (grid, value, row, style_of (grid, ROLE_NORMAL), text);
}

/* In one sentence, for a small screen. */
static int
short_draw (const struct ui_probe *self, struct grid *grid, struct rect area, int row)
{
    bool good = self->stage == UI_PROBE_GOOD;
    const struct attempt_step *steps = attempt_steps (json_get_text (self->target, "via") != NULL);
    const struct attempt_step *failed = good ? NULL : steps + attempt_failed (steps, self->result);
    char *introduction = good ? attempt_introduction (self->result) : NULL;
    char *text = good ? stui_printf ("● %s, %.1f ms", introduction,
                                     json_get_real (self->result, "latency_ms", 0))
                      : stui_printf ("✗ %s failed: %s", failed->phase ? failed->title : "attempt",
                                     self->why);
    row = layout_paragraph (grid, area, row, style_of (grid, good ? ROLE_ONLINE : ROLE_OFFLINE),
                            text);
    enum stui_trouble trouble = stui_trouble_from_word (json_get_text (self->result, "trouble"));
    free (introduction);
    free (text);
    return good ? row
                : layout_paragraph (grid, area, row, style_of (grid, ROLE_NORMAL),
                                    stui_trouble_advice (trouble));
}

static int
good_draw (const struct ui_probe *self, struct grid *grid, struct rect area, int row)
{
    const char *via = json_get_text (self->result, "via");
    char *introduction = attempt_introduction (self->result);
    char *latency = stui_printf ("%.1f ms", json_get_real (self->result, "latency_ms", 0));
    for (const struct attempt_step *step = attempt_steps (via != NULL); step->phase; step++)
        row = step_draw (grid, area, row, step->title, "●", "ok", ROLE_ONLINE,
                         strcmp (step->phase, "hello") == 0    ? introduction
                         : strcmp (step->phase, "ping") == 0   ? latency
                         : strcmp (step->phase, "tunnel") == 0 ? via
                                                               : NULL);
    free (latency);
    free (introduction);
    return row;
}

/* Steps before the one that failed went well; those after it were not tried. */
static int
bad_draw (const struct ui_probe *self, struct grid *grid, struct rect area, int row, bool roomy)
{
    const struct attempt_step *steps = attempt_steps (json_get_text (self->target, "via") != NULL);
    int failed = attempt_failed (steps, self->result), place = 0;
    bool known = steps[failed].phase != NULL;
    enum stui_trouble trouble = stui_trouble_from_word (json_get_text (self->result, "trouble"));
    for (; known && place < failed; place++)
        row = step_draw (grid, area, row, steps[place].title, "●", "ok", ROLE_ONLINE, NULL);
    row = step_draw (grid, area, row, known ? steps[failed].title : "attempt", "✗", "failed",
                     ROLE_OFFLINE, self->why);
    for (place = failed + 1; known && steps[place].phase; place++)
        row = step_draw (grid, area, row, steps[place].title, "·", "not tried", ROLE_DIM, NULL);
    const char *advice = stui_trouble_advice (trouble);
    if (!*advice)
        return row;
    struct rect value = area;
    row += roomy;
    grid_string (grid, area, row, 0, style_of (grid, ROLE_DIM), "you can");
    rect_cut_columns (&value, TITLE_WIDTH);
    return layout_paragraph (grid, value, row, style_of (grid, ROLE_NORMAL), advice);
}

int
ui_probe_draw (const struct ui *ui, const struct ui_probe *self, struct grid *grid,
               struct rect area, int row)
{
    char age[AGE_SIZE], text[AGE_SIZE + 40];
    int above = row > 0 ? row : 0; /* it may be scrolled */
    bool small = area.rows - above < STEPS_ROWS || area.columns < STEPS_COLUMNS;
    if (small && self->stage >= UI_PROBE_GOOD)
        return short_draw (self, grid, area, row);
    switch (self->stage) {
    case UI_PROBE_IDLE:
        return row;
    case UI_PROBE_GOOD:
        return good_draw (self, grid, area, row);
    case UI_PROBE_BAD:
        return bad_draw (self, grid, area, row, area.rows - above > ROOMY_ROWS);
    default:
        age_text (ui->now.mono_ms - self->began_ms, age);
        snprintf (text, sizeof text, "%s%s%s",
                  self->stage == UI_PROBE_TRYING ? "it is tried" : "its settings are read",
                  age[0] ? " for " : " …", age);
        return step_draw (grid, area, row, "attempt", "→", "trying", ROLE_PENDING, text);
    }
}
