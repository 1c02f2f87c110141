/* demo_images.h: the images of the demo, real ones of GNU Smalltalk in a process each, or simulated
 * ones, all in one process as `stui sim` serves them. Always ended. */

#ifndef STUI_CLI_DEMO_IMAGES_H
#define STUI_CLI_DEMO_IMAGES_H

#include "runtime/image_process.h"

enum { DEMO_IMAGES_MAX = 20 }; /* about 20 MB each */

struct demo_image {
    char name[STUI_NAME_MAX + 1];
    char address[STUI_ADDRESS_MAX]; /* empty until it listens */
    size_t process;                 /* which one it is in */
};

struct demo_process {
    const char *name; /* borrowed: of its log */
    struct image_process process;
};

struct demo_images {
    struct demo_image items[DEMO_IMAGES_MAX];
    struct demo_process processes[DEMO_IMAGES_MAX];
    size_t count, process_count;
    const char *directory; /* borrowed: logs lie there, and what images save */
    const char
        *launcher; /* borrowed; NULL: they are simulated, and none can be started again alone */
};

/* Starts COUNT images with LAUNCHER, of the GNU Smalltalk that STUI_GST names; without a launcher (NULL) simulated
 * ones. 0, or SYSTEM with CAUSE; some may run then. */
int demo_images_start (struct demo_images *self, size_t count, const char *launcher,
                       const char *directory, struct stui_cause *cause);
/* Starts the real image of process INDEX, which has ended, again: with its name, so that it is known, at its
 * address, and as it was saved, if it was. 0, or SYSTEM with CAUSE. */
int demo_images_again (struct demo_images *self, size_t index, struct stui_cause *cause);
/* The process that IMAGE is in. */
pid_t demo_images_pid (const struct demo_images *self, const struct demo_image *image);

/* Waits until all listen. 0; STOPPING when SIGNAL_FD became readable; or an error with CAUSE, which
 * quotes what the image said. */
int demo_images_wait (struct demo_images *self, int signal_fd, struct stui_cause *cause);

/* Ends all that run: asked first, killed after two seconds. */
void demo_images_end (struct demo_images *self);

#endif
