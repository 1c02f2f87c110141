/* session_lines.h: a session as lines that can be compared. Pure but for the heap. */

#ifndef STUI_CLI_SESSION_LINES_H
#define STUI_CLI_SESSION_LINES_H

struct json;

/* NAME (may be NULL) and each member of CONTEXT but the undo list, which nobody reads: a title, then its lines, indented; texts as they
 * are, all else as JSON, an array's elements a line each. Characters that would drive a terminal
 * are shown harmless. Caller frees. */
char *session_lines (const char *name, const struct json *context);

#endif
