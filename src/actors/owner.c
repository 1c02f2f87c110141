/* owner.c: see owner.h. Reads /proc; holds no state but the descriptor. */

#include "actors/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/alloc.h"

struct process {
    char state; /* as in proc(5): R, S, T, Z…; 0: there is none */
    uint64_t start_ticks;
};

/* At most SIZE - 1 bytes of the file at PATH, NUL-terminated; the length, or -1 with errno. */
static ssize_t
file_read (const char *path, char *text, size_t size)
{
    int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return -1;
    ssize_t length = read (fd, text, size - 1);
    int error = errno;
    close (fd);
    errno = error;
    text[length > 0 ? length : 0] = '\0';
    return length;
}

static struct process
process_look (pid_t pid)
{
    struct process process = {0};
    char path[64], stat[1024];
    snprintf (path, sizeof path, "/proc/%ld/stat", (long) pid);
    if (file_read (path, stat, sizeof stat) <= 0)
        return process;
    /* The name, field 2, may hold blanks and brackets: fields count from its last bracket. */
    const char *at = strrchr (stat, ')');
    char state;
    uint64_t start;
    if (at
        && sscanf (at + 1,
                   " %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
                   "%*s %*s %" SCNu64,
                   &state, &start)
               == 2)
        process = (struct process){state, start};
    return process;
}

int
owner_read (const char *dir, struct owner_holder *holder, struct stui_cause *cause)
{
    *holder = (struct owner_holder){0};
    char *path = stui_printf ("%s/owner", dir);
    char text[64];
    ssize_t length = file_read (path, text, sizeof text);
    int err = 0;
    if (length < 0 && errno != ENOENT)
        err = stui_fail (cause, STUI_E_SYSTEM, "cannot read %.180s: %s", path, strerror (errno));
    free (path);
    long pid;
    uint64_t start;
    if (err || length <= 0 || sscanf (text, "%ld %" SCNu64, &pid, &start) != 2 || pid <= 0)
        return err;
    struct process process = process_look ((pid_t) pid);
    /* A zombie has let go of its lock. */
    if (process.state == 0 || strchr ("ZXx", process.state) || process.start_ticks != start)
        return 0;
    holder->pid = (pid_t) pid;
    holder->stopped = strchr ("Tt", process.state) != NULL;
    return 0;
}

static int
owner_refused (const char *dir, struct stui_cause *cause)
{
    struct owner_holder holder;
    if (owner_read (dir, &holder, NULL) < 0 || holder.pid == 0)
        return stui_fail (cause, STUI_E_OWNED, "the profile in %.150s is in use by another process",
                          dir);
    return stui_fail (cause, STUI_E_OWNED, "the profile in %.130s is in use by process %ld%s", dir,
                      (long) holder.pid,
                      holder.stopped ? ", which is stopped: continue it (kill -CONT) or end it"
                                     : "");
}

int
owner_take (struct owner *self, const char *dir, struct stui_cause *cause)
{
    char *path = stui_printf ("%s/owner", dir);
    int err = 0;
    int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool is_closed = fd < 0 && (errno == EROFS || errno == EACCES || errno == EPERM);
    if (is_closed)
        err =
            stui_fail (cause, STUI_E_SYSTEM,
                       "nothing can be written in %.90s (%s), and stui works in no directory that "
                       "it cannot lock: make it writable; or copy it, and set XDG_STATE_HOME",
                       dir, strerror (errno));
    else if (fd < 0)
        err = stui_fail (cause, STUI_E_SYSTEM, "cannot open %.180s: %s", path, strerror (errno));
    else if (flock (fd, LOCK_EX | LOCK_NB) < 0)
        err = errno == EWOULDBLOCK ? owner_refused (dir, cause)
                                   : stui_fail (cause, STUI_E_SYSTEM, "cannot lock %.180s: %s",
                                                path, strerror (errno));
    if (!err) {
        char text[64];
        int length = snprintf (text, sizeof text, "%ld %" PRIu64 "\n", (long) getpid (),
                               process_look (getpid ()).start_ticks);
        /* On a full disk it is the owner all the same: the lock counts, not what is said of it. */
        bool written =
            pwrite (fd, text, (size_t) length, 0) == length && ftruncate (fd, length) == 0;
        if (!written && (errno == ENOSPC || errno == EDQUOT))
            (void) !ftruncate (fd, 0);
        else if (!written)
            err =
                stui_fail (cause, STUI_E_SYSTEM, "cannot write %.180s: %s", path, strerror (errno));
    }
    if (err && fd >= 0)
        close (fd);
    *self = (struct owner){.held = !err, .fd = fd};
    free (path);
    return err;
}

bool
owner_is_intact (const struct owner *self, const char *dir)
{
    struct stat ours, there;
    char *path = stui_printf ("%s/owner", dir);
    bool intact = self->held && fstat (self->fd, &ours) == 0 && lstat (path, &there) == 0
                  && ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
    free (path);
    return intact;
}

void
owner_release (struct owner *self)
{
    if (!self->held)
        return;
    /* Emptied first: nobody shall be sent to a process that is alive but no longer owns. */
    (void) !ftruncate (self->fd, 0);
    close (self->fd);
    self->held = false;
}
