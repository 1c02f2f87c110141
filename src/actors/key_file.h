/* key_file.h: the file that holds a profile's root key: PROFILE/key, mode 0600, a regular file of
 * ours, one line of 64 hex digits. Two more names last while the key is changed: a new key lies as
 * `key.new` before the record that it opens is written, and the old one as `key.old` until it is;
 * whichever the record names is the key then. Blocks on the disk only. */

#ifndef STUI_ACTORS_KEY_FILE_H
#define STUI_ACTORS_KEY_FILE_H

#include <stui/types.h>

struct crypt_key;

/* The key in the file PATH; caller destroys it. NULL with CAUSE: NOT_FOUND, or LOCKED with a
 * sentence that says what is wrong with it and what to do. */
struct crypt_key *key_file_read (const char *path, struct stui_cause *cause);

/* Writes KEY into the file PATH, synced. 0, or an error with CAUSE. */
int key_file_write (const char *path, const struct crypt_key *key, struct stui_cause *cause);

/* The key whose id is ID, from PATH or one of its two other names, and has it lie in PATH. NULL
 * with CAUSE, as key_file_read: about PATH. */
struct crypt_key *key_file_find (const char *path, const char *id, struct stui_cause *cause);

/* PATH becomes PATH.aside-STAMP, with the first STAMP from WALL_MS on that is free, when it is there. */
void key_file_put_aside (const char *path, int64_t wall_ms);
/* The key whose id is ID among the files PATH.aside-ANYTHING, which stay as they are; NULL: in none. */
struct crypt_key *key_file_find_aside (const char *path, const char *id);

/* PATH becomes PATH.old, when it is there. */
int key_file_put_by (const char *path, struct stui_cause *cause);
/* PATH.old and PATH.new go. */
void key_file_drop_others (const char *path);

#endif
