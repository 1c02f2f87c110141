/* image_process.h: a process that serves images, as `stui-image` and `stui sim` do: it says on its
 * stdout, a line for each image, where that listens. It leads a process group, so that whatever it
 * starts ends with it, and is killed when this process ends. */

#ifndef STUI_RUNTIME_IMAGE_PROCESS_H
#define STUI_RUNTIME_IMAGE_PROCESS_H

#include <stui/types.h>

#include <sys/types.h>

struct image_program { /* all borrowed */
    const char *path;
    const char *const *words; /* ending with NULL */
    const char *gst;          /* for STUI_GST; NULL: as it is */
    const char *log;          /* where its stderr goes */
};

struct image_process {
    pid_t pid;      /* 0: ended, and taken note of */
    int out;        /* owned: its stdout; -1 */
    char line[512]; /* what came of its next line so far */
    size_t size;
};

/* 0, or SYSTEM with CAUSE. */
int image_process_start (struct image_process *self, const struct image_program *program,
                         struct stui_cause *cause);

/* Reads what it says; waits when it has said nothing. 0, or ACTOR_ENDED when it ended. */
int image_process_read (struct image_process *self);
/* Where the next image listens: 1 and ADDRESS; 0 when more is to be read; or MALFORMED when it said
 * something else. */
int image_process_take (struct image_process *self, char address[STUI_ADDRESS_MAX]);

/* Sends a signal to all of its group. */
void image_process_signal (const struct image_process *self, int signal_number);
/* Takes note of its end, if it has ended, without waiting. Whether it is gone. */
bool image_process_reap (struct image_process *self);
/* Kills it if it lives, waits for its end, closes. Accepts a zeroed one, and zeroes. */
void image_process_end (struct image_process *self);

#endif
