/* store_work.h: which generations of a session are worth keeping: those that differ in the user's work. Its
 * record says what that is ("work", session_work_mark). A save that brings the same work again, with
 * another note, state or cursor, takes the newest generation's place, so that it pushes no older text
 * out. Part of store_db. */

#ifndef STUI_ACTORS_STORE_WORK_H
#define STUI_ACTORS_STORE_WORK_H

#include "actors/store_db.h"

struct store_index_entry;

/* The mark in BODY, a session's record; 0 when it has none, as one of an older stui. */
uint64_t store_work_of (const char *body, size_t size);

/* Notes the mark of WRITE in it. The generation of ENTRY (NULL: there is none), of WRITE's session, whose
 * place it takes; 0: none's. */
uint64_t store_work_replaces (struct store_db *db, const struct store_index_entry *entry,
                              struct store_write *write);

#endif
