/* session_current.h: which session of an image `stui eval` and `stui filein` work in when they are not told: a
 * file of the profile, PROFILE/current, {"stui_current": 1, "sessions": {IMAGE: ID}}, which `stui session
 * switch` alone writes. */

#ifndef STUI_CLI_SESSION_CURRENT_H
#define STUI_CLI_SESSION_CURRENT_H

#include <stui/types.h>

struct json;

/* All of PROFILE's, by image; empty when there are none, or the file is damaged, which is said. Caller owns. */
struct json *session_current_all (const char *profile);
/* That of IMAGE; NULL: none. Caller frees. */
char *session_current (const char *profile, const char *image);
/* It is ID from now on; NULL: none is. */
int session_current_set (const char *profile, const char *image, const char *id,
                         struct stui_cause *cause);

#endif
