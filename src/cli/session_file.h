/* session_file.h: sessions as a file carries them, from one profile to another or into a drawer.
 *
 *     {"stui_sessions":1,"sessions":[{"session_id","image","image_id","name","note"?,"tags"?,
 *      "created_at","last_modified","counts":{"evaluations","errors","opened","open_ms"},
 *      "variables"?:{"at","total","list":[{"name","value","class"?},…]},"context":{…}},…]}
 *
 * indented, with a line feed at its end. It says nothing of when and where it was written: what is
 * exported, imported elsewhere and exported there is the same file, byte for byte. Pure but for
 * the heap. */

#ifndef STUI_CLI_SESSION_FILE_H
#define STUI_CLI_SESSION_FILE_H

#include <stui/types.h>

struct json;

enum {
    SESSION_FILE_VERSION = 1,
    SESSION_FILE_BYTES_MAX = 256 << 20, /* of a file that is read: 10,000 sessions have less */
};

/* The second field of `session_import`. */
enum session_file_mode { SESSION_FILE_STORE, SESSION_FILE_OPEN, SESSION_FILE_CHECK };

/* A session as a file has it, out of what `session show` has. Caller owns. */
struct json *session_file_entry (const struct json *shown);
/* The same as the beginning of another session, called NAME (NULL: "NAME copy"). */
struct json *session_file_duplicate (const struct json *shown, const char *name);

/* The whole file's text of ENTRIES (an array); caller frees. */
char *session_file_print (const struct json *entries);
/* The entries of a file's TEXT, as an array that the caller owns. NULL, and in CAUSE what is wrong
 * and where (a line, or which member). What is in the entries is the supervisors' to judge. */
struct json *session_file_parse (const char *text, size_t size, struct stui_cause *cause);

#endif
