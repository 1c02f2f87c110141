/* sim_chunk.h: the chunk format: pieces of source, each ended by a bang; a bang inside a piece is
 * written twice. Pure but for the heap. */

#ifndef STUI_SIM_CHUNK_H
#define STUI_SIM_CHUNK_H

#include <stui/types.h>

struct sim_chunks {   /* what is read, and how far */
    const char *text; /* borrowed; SIZE bytes */
    size_t size, at;
    int line; /* of AT, from 1 */
};

struct sim_chunk {
    char *text; /* owned: without its bang and the blanks around it; "" for an empty one */
    size_t size;
    int line; /* at which it begins */
};

/* The next piece; the last one may lack its bang. False: there is none. The caller frees its text. */
bool sim_chunks_next (struct sim_chunks *self, struct sim_chunk *chunk);

/* TEXT as a piece: its bangs doubled, and one behind it. Caller frees. */
char *sim_chunk_write (const char *text);

#endif
