/* screen.h: what a screen is: one file and one const struct of functions. A screen draws itself
 * into cells and acts on requests that keys and commands make of it. It acts on what is its own
 * and hands the request back otherwise. Pure. */

#ifndef STUI_UI_SCREEN_H
#define STUI_UI_SCREEN_H

#include "ui/cell.h"
#include "ui/commands.h"
#include "ui/editor.h"
#include "ui/input.h"

struct ui;

enum screen_id {
    SCREEN_IMAGES,
    SCREEN_WORKSPACE,
    SCREEN_SESSIONS,
    SCREEN_EVENTS,
    SCREEN_HELD,
    SCREEN_HELP,
    SCREEN_CLEANUP,
    SCREEN_IMAGE,
    SCREEN_EDIT,
    SCREEN_DIAGNOSIS,
    SCREEN_FAN,
    SCREEN_WELCOME,
    SCREEN_TRANSCRIPT,
    SCREEN_INSPECTOR,
    SCREEN_COUNT
};

/* Moves are those of an editor, so that one row of the command table serves lists and texts. */
enum screen_request {
    SCREEN_DONE = -1, /* nothing is left to be done */
    SCREEN_EDIT_LAST = 2 * EDITOR_SELECT,
    SCREEN_OPEN, /* what is under the cursor */
    SCREEN_BACK, /* leave the field, or the screen */
    SCREEN_NEXT_PANEL,
};

struct screen {
    const char *name; /* its command and its word in a stored view */
    const char *title;
    enum command_group group;      /* of its own commands: their keys go first */
    const char *const *hints;      /* names of the commands that its last line offers; NULL ends */
    const char *const *text_hints; /* the same while keys are text; may be NULL */
    /* Whether keys are text now; NULL: never. */
    bool (*takes_text) (const struct ui *ui);
    /* What stands beside the title; NULL: nothing. */
    void (*draw_title) (const struct ui *ui, struct grid *grid, struct rect area);
    /* May adapt how far it is scrolled. */
    void (*draw) (struct ui *ui, struct grid *grid, struct rect area);
    /* An editor_op or a screen_request. SCREEN_DONE, or the request that is not for it. */
    int (*act) (struct ui *ui, int request);
    void (*mouse) (struct ui *ui, const struct mouse *mouse); /* NULL: no use for it */
    /* Takes what is typed or pasted while keys are text, but for Enter and Tab, which are requests
     * then; NULL: it goes into the workspace. */
    void (*type) (struct ui *ui, const char *text, size_t size);
};

extern const struct screen screen_images, screen_workspace, screen_sessions, screen_events,
    screen_held, screen_help, screen_cleanup, screen_image, screen_edit, screen_diagnosis,
    screen_fan, screen_welcome, screen_transcript, screen_inspector;

/* The screen of ID. */
const struct screen *screen_of (enum screen_id id);
/* The id of NAME; -1 when it is none. */
int screen_from_name (const char *name);

#endif
