/* session_list.h: the sessions of a profile: what running supervisors say of theirs, and what the
 * store keeps of the others. */

#ifndef STUI_CLI_SESSION_LIST_H
#define STUI_CLI_SESSION_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct client;
struct json;

/* All sessions, live ones as their supervisors say, as an array of the objects that `session ls
 * --json` prints. IMAGES: the configured ones. Caller owns; NULL after saying why. */
struct json *session_list_collect (struct client *client, const struct json *images);

/* Puts the records of STORED (an array) behind LIVE (an array of sessions that supervisors have),
 * leaving out those in LIVE. Pure but for the heap. */
void session_list_merge (struct json *live, const struct json *stored);

/* The session in LIST whose id is, or alone begins with, ID ("IMAGE/ID": among those of IMAGE). NULL, and
 * in *MATCHES how many begin with it; two images may have sessions of one id. Pure. */
const struct json *session_list_find (const struct json *list, const char *id, size_t *matches);

/* The session of one of the images NAMES (an array; NULL: of any) that ID means in the same way, in
 * LIST. NULL after saying on stderr that there is none, or which ones it may mean. */
const struct json *session_list_choose (const struct json *list, const struct json *names,
                                        const char *id);

/* The sessions in LIST that belong to one of the images NAMES (an array; NULL: to any). Caller owns.
 * Pure but for the heap. */
struct json *session_list_of (const struct json *list, const struct json *names);

/* How many of LIST belong to image NAME and are not closed. Pure. */
size_t session_list_count (const struct json *list, const char *name);

/* What names SESSION and no other image's of that id in a wish (stui/msg.h, `cleanup`). Caller owns. Pure but
 * for the heap. */
struct json *session_list_name (const struct json *session);

/* Whether SESSION does not open for want of its key, after saying so. */
bool session_list_refuses (const struct json *session);

#endif
