/* wakeup.c: see wakeup.h. */

#include "actors/wakeup.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include "runtime/clock.h"

static struct changes_clocks
clocks_now (void)
{
    return (struct changes_clocks){
        .mono_ms = clock_mono_ms (), .boot_ms = clock_boot_ms (), .wall_ms = clock_wall_ms ()};
}

/* A day ahead: only its being cancelled is of interest. */
static void
wakeup_arm (const struct wakeup *self)
{
    enum { AHEAD_S = 86400 };
    struct itimerspec ahead = {.it_value.tv_sec = clock_wall_ms () / 1000 + AHEAD_S};
    timerfd_settime (self->fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &ahead, NULL);
}

void
wakeup_open (struct wakeup *self)
{
    self->fd = timerfd_create (CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    self->clocks = clocks_now ();
    if (self->fd >= 0)
        wakeup_arm (self);
}

void
wakeup_close (struct wakeup *self)
{
    if (self->fd >= 0)
        close (self->fd);
    self->fd = -1;
}

void
wakeup_read (struct wakeup *self, struct changes *changes)
{
    uint64_t expired;
    (void) !read (self->fd, &expired,
                  sizeof expired); /* or ECANCELED: the clocks say what it was */
    struct changes_clocks now = clocks_now ();
    changes_note_clocks (changes, &self->clocks, &now);
    self->clocks = now;
    wakeup_arm (self);
}
