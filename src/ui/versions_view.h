/* versions_view.h: how the versions of a session differ, in the words of the terminal: which there are, and
 * for each its name, texts, inputs and results beside those of the one before it. Members that nobody
 * reads (the cursor, the screen it was left at) are only named where they differ. Pure but for the
 * heap. */

#ifndef STUI_UI_VERSIONS_VIEW_H
#define STUI_UI_VERSIONS_VIEW_H

#include <stdint.h>

#include "ui/model.h"

struct json;

/* Of VERSIONS (session_versions, newest first, at least one) all with what each has otherwise than the one
 * before it; or, when FROM is not 0, versions FROM and TO alone, which are in it. Times are NOW's zone's.
 * Lines that end with a newline: "- " before what the older has, "+ " the newer, "  " both. Caller frees. */
char *versions_view (const struct json *versions, int64_t from, int64_t to, struct ui_now now);

/* The same of a session in conflict, WHOLE (session_show): its own version and the image's. */
char *versions_view_conflict (const struct json *whole, struct ui_now now);

#endif
