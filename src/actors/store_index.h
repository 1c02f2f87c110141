/* store_index.h: which generations of each session are there. Filled as sessions are met, so
 * that a save need not look and the start need not read what nobody asked for; part of
 * store_db, with what its files share. */

#ifndef STUI_ACTORS_STORE_INDEX_H
#define STUI_ACTORS_STORE_INDEX_H

#include "actors/keys.h"
#include "actors/records.h"
#include "actors/store_db.h"

struct store_index_entry {
    uint64_t generations[RECORDS_GENERATIONS]; /* rising */
    size_t count;
    uint64_t work; /* mark of that in the newest (store_work.h); 0: not looked at */
};

zhashx_t *store_index_new (void);

/* The entry of SUBJECT ("session/IMAGE/SESSION/"), read from the database when it is not known
 * yet; NULL when there is no such session. Borrowed until the next change. */
int store_index_find (struct store_db *db, const char *subject,
                      const struct store_index_entry **entry, struct stui_cause *cause);

/* Notes a generation; the oldest one leaves when there are too many. */
void store_index_add (struct store_db *db, const char *subject, uint64_t generation);
/* WRITE is on the disk: its generation is there, and one whose place it takes is not. */
void store_index_written (struct store_db *db, const struct store_write *write);
void store_index_remove (struct store_db *db, const char *subject, uint64_t generation);

/* What a scan shows, taken apart. Whether SIZE bytes of a key are a session's: KEY, and the SUBJECT of
 * all its generations; whether they are one of our keys, with a whole RECORD in VALUE. */
bool store_index_subject (const char *bytes, size_t size, struct keys_key *key,
                          char subject[KEYS_SIZE]);
bool store_index_record (const char *bytes, size_t size, const char *value, size_t value_size,
                         struct keys_key *key, struct record *record);

/* Reads the keys of all sessions, once. */
int store_index_all (struct store_db *db, struct stui_cause *cause);

/* What people call the image whose sessions lie under IMAGE, as it was learnt; "" when nobody knows. */
void store_index_image_name (struct store_db *db, const char *image, char name[KEYS_IMAGE_MAX + 1]);

/* Moves VALUE of KEY under quarantine/, out of the index too, and makes a notice. */
int store_db_set_aside (struct store_db *db, const char *key, const char *value, size_t size);

/* An event about IMAGE (may be "") to be put by the actor. */
void store_db_notice (struct store_db *db, const char *kind, const char *image, const char *format,
                      ...) __attribute__ ((format (printf, 4, 5)));

/* Reads the record under KEY. *BODY is NULL when there is none, or none that is whole; caller
 * owns. A newer stui's record is an error: nothing may be written over it. */
int store_db_get (struct store_db *db, const char *key, struct json **body,
                  struct stui_cause *cause);

/* A generation for a record that nobody counts: above all that an earlier run, or this one, gave. */
uint64_t store_db_stamp (struct store_db *db);

/* BODY of a session without its context, which is most of it: read up to where the context begins,
 * as the last member (store.c puts it there), and closed. NULL when it is not so; caller owns. */
struct json *store_db_summary (const char *body, size_t body_size);

/* Writes schema and identity, synced. */
int store_db_write_meta (struct store_db *db, int64_t wall_ms, struct stui_cause *cause);

/* 0, or STUI_E_STORAGE while the database is not open. */
int store_db_closed (const struct store_db *db, struct stui_cause *cause);

#endif
