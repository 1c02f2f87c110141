/* transcript.h: what is known here of one image's transcript: its newest text, up to TRANSCRIPT_BYTES of
 * it, and the places where something is missing. Also how far it was read, so that a new link goes on
 * where the last one ended: the image numbers its events for each of its starts (boot_id), and these
 * numbers decide what is new, what was had already, and what is lost.
 *
 * Each entry has a position here besides, which only rises, also from one start of stui to the next:
 * terminals ask by it. Owned by a supervisor. Pure but for the heap. */

#ifndef STUI_ACTORS_TRANSCRIPT_H
#define STUI_ACTORS_TRANSCRIPT_H

#include <stui/types.h>

struct json;

enum {
    TRANSCRIPT_BYTES = 1048576,     /* as much as an image keeps; entries' own memory counts */
    TRANSCRIPT_TEXT_BYTES = 262144, /* of one entry; an image sends at most a quarter of it */
    TRANSCRIPT_TAIL_BYTES = 16384,  /* of text kept in the database */
};

enum transcript_kind {
    TRANSCRIPT_TEXT, /* as the image wrote it: often not whole lines */
    TRANSCRIPT_GAP,  /* text is missing here: `text` says why */
    TRANSCRIPT_START, /* the image was started anew here: gives way to the next one if nothing came between */
    TRANSCRIPT_KIND_COUNT
};

struct transcript_entry {
    uint64_t position;
    enum transcript_kind kind;
    int64_t at_ms;                /* wall: when it was written, rising from entry to entry */
    int64_t seq;                  /* the image's number; 0: none */
    char boot[STUI_UUID_LEN * 2]; /* whose number that is */
    char *session; /* owned: the session whose code wrote it; NULL: none, or unknown */
    char *text;    /* owned */
    size_t size;
};

struct transcript {
    struct transcript_entry *items; /* owned; from `first` on, oldest first */
    size_t first, count, capacity;
    size_t bytes;
    uint64_t last;                /* the newest position */
    char boot[STUI_UUID_LEN * 2]; /* the image's start that is read; empty: none was */
    int64_t seq;                  /* the last event of it that is known; 0: none */
    int64_t sure_seq; /* up to here the image has told all there is: what is not among it is not
                         transcript */
    int starts; /* that the last entry stands for, if it is of a start; 0 as it was loaded: of one */
    bool is_known; /* what is missing of this start has been missed: it, or one before, was read */
};

enum transcript_step {
    TRANSCRIPT_TAKEN,
    TRANSCRIPT_OLD,    /* it was had already */
    TRANSCRIPT_MISSED, /* what comes before it did not come: subscribe again */
};

/* Positions begin above WALL_MS. */
void transcript_init (struct transcript *self, int64_t wall_ms);
void transcript_fini (struct transcript *self);

/* The image of BOOT is about to be subscribed to, from self->seq on. */
void transcript_begin (struct transcript *self, const char *boot, int64_t wall_ms);
/* It answered: OLDEST is the oldest event that it has, LAST the newest. */
void transcript_subscribed (struct transcript *self, int64_t oldest, int64_t last, int64_t wall_ms);
/* The event SEQ came; TEXT is NULL when it is not about the transcript. LOST_BYTES went behind it. */
enum transcript_step transcript_event (struct transcript *self, int64_t seq, const char *session,
                                       const char *text, int64_t lost_bytes, int64_t wall_ms);

/* {entries, first, last}: what comes after the position AFTER, oldest first, at most MAX_BYTES of text
 * (but one entry). Caller owns. */
struct json *transcript_after (const struct transcript *self, uint64_t after, size_t max_bytes);
/* Whether there is anything after it. */
bool transcript_has_after (const struct transcript *self, uint64_t after);

/* What the code of SESSION wrote, the newest TRANSCRIPT_TAIL_BYTES of it, oldest first; NULL: nothing that is
 * known. Caller owns. */
struct json *transcript_tail (const struct transcript *self, const char *session);

/* {boot_id, seq, tail} for the database; and what was kept there. Caller owns. */
struct json *transcript_record (const struct transcript *self);
void transcript_load (struct transcript *self, const struct json *record);

#endif
