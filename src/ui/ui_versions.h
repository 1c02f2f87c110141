/* ui_versions.h: two versions of a session compared, on the screen of sessions in the list's place: what is
 * asked for it and what is shown. Part of ui_step.h. Pure but for the heap. */

#ifndef STUI_UI_UI_VERSIONS_H
#define STUI_UI_UI_VERSIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <stui/types.h>

#include "ui/cell.h"

struct json;
struct model_session;
struct msg;
struct ui;
struct ui_ask;

struct ui_versions {
    char id[STUI_UUID_LEN + 1]; /* of the session; empty: nothing is compared */
    char image[STUI_NAME_MAX + 1];
    int64_t from, to; /* generations; 0: whichever fit (runtime/versions.h) */
    uint64_t asked;   /* the question whose answer is awaited; an older one comes too late */
    char *text;       /* owned: the difference, line by line; NULL: not here yet */
};

void ui_versions_fini (struct ui_versions *self);

/* Compares versions of SESSION: in a conflict, unless generations are named, this terminal's and the
 * image's. */
void ui_versions_open (struct ui *self, const struct model_session *session, int64_t from,
                       int64_t to);
void ui_versions_close (struct ui *self);
/* Whether that is what the screen of sessions shows now: its session is under the cursor. */
bool ui_versions_are_shown (const struct ui *self);
/* A details_lines (details.h). */
int ui_versions_lines (const struct ui *self, struct grid *grid, struct rect area, int row);

/* ASK, a question of this kind, is not waited for any more. */
void ui_versions_give_up (struct ui *self, const struct ui_ask *ask);
/* RESULT is NULL after an error. */
void ui_versions_answer (struct ui *self, const struct ui_ask *ask, const struct msg *msg,
                         const struct json *result);

#endif
