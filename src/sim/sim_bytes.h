/* sim_bytes.h: a growing buffer of bytes that come from, or go to, a peer. Pure but for the heap. */

#ifndef STUI_SIM_BYTES_H
#define STUI_SIM_BYTES_H

#include <stddef.h>

struct sim_bytes { /* zeroed is a good start */
    char *bytes;   /* owned */
    size_t size, room;
};

/* So many bytes more; where they are, until the next change. */
char *sim_bytes_extend (struct sim_bytes *self, size_t size);
void sim_bytes_append (struct sim_bytes *self, const void *bytes, size_t size);
void sim_bytes_drop (struct sim_bytes *self, size_t size); /* from the front */
void sim_bytes_fini (struct sim_bytes *self);

#endif
