/* store_files.h: the files of a profile's directory as files: copied, removed, exchanged.
 * Blocks on the disk only. Nothing here opens a database, and nobody opens db/LOCK: a process
 * that opens and closes it loses LevelDB's lock. */

#ifndef STUI_ACTORS_STORE_FILES_H
#define STUI_ACTORS_STORE_FILES_H

#include <stui/types.h>

enum {
    STORE_FILES_ASIDE = 3, /* damaged databases that are kept, the newest */
};

/* Whether PATH holds files of a database, but no CURRENT: LevelDB would begin a new one there
 * and delete them. */
bool store_files_are_headless (const char *path);
/* Hides tables in PATH that do not say where their index lies, within themselves, from LevelDB,
 * which asks for as much memory as a damaged one says: NAME becomes NAME.unsound. It opens well then
 * when the table was only left over from a crash, and misses it otherwise. Tables are else checked
 * by LevelDB. */
void store_files_hide_unsound (const char *path);
/* Gives them their names back; DROP: nobody misses them, they go. */
void store_files_show_unsound (const char *path, bool drop);

/* Removes from the copy PATH what the engine's repair is not to see: logs, and unsound tables. */
void store_files_keep_tables (const char *path);

/* Calls VISIT with the whole of each log in PATH, as far as it can be read. */
typedef void store_files_visitor (void *context, const char *bytes, size_t size);
void store_files_each_log (const char *path, store_files_visitor *visit, void *context);

/* Whether there is no file of a database in PATH. */
bool store_files_are_none (const char *path);

/* Copies the plain files of the directory FROM, which may not be there, into a new one, TO. */
int store_files_copy (const char *from, const char *to, struct stui_cause *cause);

/* The same, so that it costs next to nothing: tables and logs are hard links where LevelDB will not
 * write them again (it may delete them). Those that it may cut off and write anew, under a number
 * that its manifest does not know to be used, are copies; there are few, if any. */
int store_files_rescue (const char *from, const char *to, struct stui_cause *cause);

/* Whether there is room for a copy of the database in PATH and for as much again, which its repair
 * takes; else an error with CAUSE. */
int store_files_room (const char *path, struct stui_cause *cause);

/* Removes a directory of ours with all that is in it. What cannot be removed stays: it does no
 * harm but to the space. */
void store_files_remove (const char *path);

/* Puts the directory NEW in the place of OLD, which becomes ASIDE, in one step where the
 * filesystem can; a crash leaves either in place. The names are on the disk when it returns 0. */
int store_files_replace (const char *old, const char *new, const char *aside,
                         struct stui_cause *cause);

/* Removes all entries beside PATH whose names begin with its last part and SUFFIX, but the KEEP
 * with the greatest names; with KEEP SIZE_MAX only counts them. Answers how many stay. */
size_t store_files_bound (const char *path, const char *suffix, size_t keep);

/* Syncs a directory. */
int store_files_sync (const char *path, struct stui_cause *cause);

/* Whether the disk takes a new file in the directory PATH, with some bytes in it; else an error with
 * CAUSE. The file is gone again. */
int store_files_probe (const char *path, struct stui_cause *cause);

/* Bytes free to us on the filesystem of PATH; 0 when it cannot be told. */
uint64_t store_files_free (const char *path);

#endif
