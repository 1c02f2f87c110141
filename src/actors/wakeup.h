/* wakeup.h: that this machine slept, or that its clock was set. The kernel cancels a timer of the wall
 * clock at either moment, so nothing is asked again and again. Owns a timer; one thread owns it. */

#ifndef STUI_ACTORS_WAKEUP_H
#define STUI_ACTORS_WAKEUP_H

#include "actors/changes.h"

struct wakeup {
    int fd;                       /* owned; to be polled for reading; -1: it cannot be had */
    struct changes_clocks clocks; /* when they were last read */
};

void wakeup_open (struct wakeup *self);
void wakeup_close (struct wakeup *self);
/* After it became readable: what it was goes into CHANGES. */
void wakeup_read (struct wakeup *self, struct changes *changes);

#endif
