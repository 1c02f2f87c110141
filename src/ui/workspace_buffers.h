/* workspace_buffers.h: the several texts of a workspace. The one that is shown is the workspace's own
 * editor and view; the others wait here, each with its undo, cursor and file. All are in the session's
 * record. Pure but for the heap. */

#ifndef STUI_UI_WORKSPACE_BUFFERS_H
#define STUI_UI_WORKSPACE_BUFFERS_H

#include "ui/workspace.h"

/* The first buffer of a new workspace; and what all hold goes. */
void buffers_init (struct workspace *self);
void buffers_fini (struct workspace *self);

/* The one shown; borrowed until the next is made or closed. Its editor and view are not in it. */
struct workspace_buffer *buffers_current (const struct workspace *self);
/* The place of NAME; -1. */
int buffers_find (const struct workspace *self, const char *name);
/* The place of the one that has the file PATH; -1. */
int buffers_find_path (const struct workspace *self, const char *path);
/* The buffer NUMBER; borrowed as the one shown; NULL: it was closed. */
struct workspace_buffer *buffers_numbered (const struct workspace *self, uint64_t number);
/* The editor of the buffer NUMBER, wherever it is; NULL: it was closed. */
struct editor *buffers_editor (struct workspace *self, uint64_t number);
/* The text of the buffer at PLACE; borrowed. */
const struct editor *buffers_at (const struct workspace *self, size_t place);

/* Shows the buffer at PLACE. */
void buffers_show (struct workspace *self, size_t place);
/* A new one, shown. NAME is made one that nobody has ("foo", "foo 2"); "" finds one. False: there are
 * WORKSPACE_BUFFERS_MAX. */
bool buffers_add (struct workspace *self, const char *name);
/* Closes the one at PLACE, which is not the only one; the one before it is shown when it was. */
void buffers_close (struct workspace *self, size_t place);

/* The record's member `workspace`: the one shown as editor_to_json has it, with "name" and "file", and
 * "buffers": the same of the others. The caller owns it. */
struct json *buffers_to_json (struct workspace *self);
/* What such a document holds. AS_LEFT as for editor_from_json, and the one shown there is shown here;
 * else the one stays that is shown here, as long as it is in the document. */
void buffers_from_json (struct workspace *self, const struct json *document, bool as_left);

#endif
