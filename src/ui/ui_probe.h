/* ui_probe.h: one attempt to reach an image, whoever it is for: the diagnosis of one on the list, or the
 * live test of an address that is typed. It claims nothing. What came of it is kept as the steps of the
 * attempt. Owned by the ui. Pure but for the heap. */

#ifndef STUI_UI_UI_PROBE_H
#define STUI_UI_UI_PROBE_H

#include "ui/cell.h"
#include "ui/model.h"

struct json;
struct msg;
struct ui;
struct ui_ask;

enum ui_probe_stage {
    UI_PROBE_IDLE,     /* nothing was asked for */
    UI_PROBE_SETTINGS, /* how the image is reached is asked for */
    UI_PROBE_TOKEN,    /* its token is read */
    UI_PROBE_TRYING,   /* the attempt is under way */
    UI_PROBE_GOOD,
    UI_PROBE_BAD,
};

struct ui_probe {
    enum ui_probe_stage stage;
    uint64_t number;               /* of the attempt: answers to earlier ones are not looked at */
    char image[STUI_NAME_MAX + 1]; /* on the list; empty: an address */
    struct json *target;           /* owned: how it is reached; NULL */
    struct json *result;           /* owned: what it said, or where it failed; NULL */
    char why[STUI_CAUSE_MAX];      /* of UI_PROBE_BAD */
    int64_t began_ms;              /* mono */
};

void ui_probe_fini (struct ui_probe *self);
/* Forgets what was found; an attempt under way is not waited for. */
void ui_probe_reset (struct ui_probe *self);

/* Tries the image NAME of the list as it is configured. */
void ui_probe_image (struct ui *ui, struct ui_probe *self, const char *name);
/* Tries TARGET, {address, via?…}, which is taken over. */
void ui_probe_target (struct ui *ui, struct ui_probe *self, struct json *target);
/* An answer, for whichever of the ui's probes asked. */
void ui_probe_answer (struct ui *ui, const struct ui_ask *ask, const struct msg *msg,
                      const struct json *result);
/* When what it shows changes with time; STUI_NEVER. */
int64_t ui_probe_deadline (const struct ui_probe *self, struct ui_now now);

/* The steps and what can be done about the one that failed, in AREA from ROW on. Returns the row
 * after them. */
int ui_probe_draw (const struct ui *ui, const struct ui_probe *self, struct grid *grid,
                   struct rect area, int row);

#endif
