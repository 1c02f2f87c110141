/* session_show.h: a session as people read it. */

#ifndef STUI_CLI_SESSION_SHOW_H
#define STUI_CLI_SESSION_SHOW_H

#include <stdio.h>

struct json;

/* SESSION, with its context, to OUT: one line a fact, then the first lines of its workspace. */
void session_show_print (FILE *out, const struct json *session);

#endif
