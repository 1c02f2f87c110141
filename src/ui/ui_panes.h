/* ui_panes.h: the panes of the ui: which are seen, how they are drawn, what keys and the mouse do to them.
 * The pane that has the keys has its state in the ui itself, where every screen and command finds it; the
 * others' is kept in the tree (panes.h) and changes places with it: when the keys go to another pane, and
 * for as long as another one is drawn. Part of the ui's steps. */

#ifndef STUI_UI_UI_PANES_H
#define STUI_UI_UI_PANES_H

#include "ui/commands.h"
#include "ui/panes.h"
#include "ui/screen.h"

struct json;
struct ui;
struct workspace;

/* One pane, as the ui is. */
void ui_panes_init (struct ui *self);

/* Whether a pane shows SCREEN; WORKSPACE, or works with it; the transcript of IMAGE. */
bool ui_sees (const struct ui *self, enum screen_id screen);
bool ui_sees_workspace (const struct ui *self, const struct workspace *workspace);
bool ui_sees_transcript (const struct ui *self, const char *image);
/* Whether what is drawn now has the keys: it is in the pane that has them, and no line is typed. */
bool ui_has_keys (const struct ui *self);

/* All panes into AREA, each with its title; one alone has the screen's own title. */
void ui_panes_draw (struct ui *self, struct grid *grid, struct rect area);
/* A press gives the keys to the pane under it; the wheel turns in the one under it, whichever has the
 * keys; a border is dragged: then it is done, and true. */
bool ui_panes_mouse (struct ui *self, const struct mouse *mouse);
/* The button was let go. */
void ui_panes_release (struct ui *self);

/* The state of the pane that has the keys into the tree, so that all is there; and that of the one that has
 * them now out of it. */
void ui_panes_put (struct ui *self);
void ui_panes_take (struct ui *self);
/* What is kept of the panes with the session of a WORKSPACE that one of them shows goes into PATCH; and what
 * was kept comes back, at a start at which the user did nothing yet: then true. */
void ui_panes_keep (const struct ui *self, const struct workspace *workspace, struct json *patch);
bool ui_panes_restore (struct ui *self, const struct workspace *workspace,
                       const struct json *session);
/* All panes as panes.h records them, caller owns; and what was recorded takes the place of those there are,
 * false: RECORD is none. */
struct json *ui_panes_record (const struct ui *self);
bool ui_panes_open (struct ui *self, const struct json *record);
/* Closes the pane that has the keys; false when it is the only one. */
bool ui_panes_close (struct ui *self);

/* Commands, see commands.c. VALUE: whether beside; 1 or -1; a panes_direction; the same. */
void command_pane_split (struct ui *ui, const struct command *self, const char *argument);
void command_pane_only (struct ui *ui, const struct command *self, const char *argument);
void command_pane_step (struct ui *ui, const struct command *self, const char *argument);
void command_pane_toward (struct ui *ui, const struct command *self, const char *argument);
void command_pane_border (struct ui *ui, const struct command *self, const char *argument);
void command_pane_even (struct ui *ui, const struct command *self, const char *argument);

#endif
