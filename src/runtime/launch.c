/* launch.c: see launch.h. An owner's stdout is a pipe on which it says one line: `ready`, or
 * `failed ERROR_TYPE SENTENCE`. */

#include "runtime/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/log.h"
#include "runtime/path.h"
#include "runtime/spawn.h"

enum { OWNER_FILE_MAX = 4096 };

/* ---- who owns it --------------------------------------------------------------------------- */

/* State letter and start time (clock ticks since boot) of PID; false when there is none. */
static bool
process_look (pid_t pid, char *state, unsigned long long *start)
{
    char path[64], text[1024];
    snprintf (path, sizeof path, "/proc/%ld/stat", (long) pid);
    int fd = open (path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t size = read (fd, text, sizeof text - 1);
    close (fd);
    text[size > 0 ? size : 0] = '\0';

    /* The second field is a name in brackets that may hold anything: count from the last one. */
    char *at = strrchr (text, ')');
    if (at == NULL || sscanf (at + 1, " %c", state) != 1)
        return false;
    char *rest = at + 1, *word = NULL;
    for (int field = 3; field <= 22; field++)
        word = strtok_r (field == 3 ? rest : NULL, " ", &rest);
    *start = word != NULL ? strtoull (word, NULL, 10) : 0;
    return true;
}

struct launch_holder
launch_read_holder (const char *profile)
{
    struct launch_holder holder = {0};
    char *state_dir = path_state (profile);
    char *path = stui_printf ("%s/owner", state_dir);
    char *text = path_read (path, OWNER_FILE_MAX, NULL);

    long pid;
    unsigned long long written, start;
    char state;
    /* The start time tells the owner from a later process that got its number. */
    if (text != NULL && sscanf (text, "%ld %llu", &pid, &written) == 2 && pid > 0
        && process_look ((pid_t) pid, &state, &start) && start == written && state != 'Z'
        && state != 'X') {
        holder.pid = (pid_t) pid;
        holder.stopped = state == 'T' || state == 't';
    }
    free (text);
    free (path);
    free (state_dir);
    return holder;
}

int
launch_fail_stopped (pid_t pid, struct stui_cause *cause)
{
    return stui_fail (cause, STUI_E_OWNED,
                      "owner %ld stopped: continue it (`fg`, or `kill -CONT %ld`), or end it",
                      (long) pid, (long) pid);
}

int
launch_connect (const char *path, bool is_patient, struct stui_cause *cause)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen (path) >= sizeof address.sun_path)
        return stui_fail (cause, STUI_E_SYSTEM, "the control socket's path %s is too long", path);
    memcpy (address.sun_path, path, strlen (path) + 1);
    int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | (is_patient ? 0 : SOCK_NONBLOCK), 0);
    if (fd < 0)
        return stui_fail (cause, STUI_E_SYSTEM, "no socket could be made: %s", strerror (errno));
    if (connect (fd, (struct sockaddr *) &address, sizeof address) == 0)
        return fd;
    int why = errno;
    close (fd);
    if (why == ENOENT || why == ECONNREFUSED)
        return stui_fail (cause, STUI_E_NOT_FOUND, "nobody listens on %s", path);
    return stui_fail (cause, STUI_E_SYSTEM, "the control socket %s refuses: %s", path,
                      strerror (why));
}

/* ---- starting one -------------------------------------------------------------------------- */

/* The words of `stui serve --once` for OPTIONS, ending with NULL. */
static void
launch_words (const struct launch_options *options, const char *words[16])
{
    static const char *const levels[LOG_LEVEL_COUNT] = {
        [LOG_LEVEL_ERROR] = "error",
        [LOG_LEVEL_WARN] = "warn",
        [LOG_LEVEL_INFO] = "info",
        [LOG_LEVEL_DEBUG] = "debug",
    };
    size_t count = 0;
    words[count++] = "stui";
    words[count++] = "serve";
    words[count++] = "--once";
    words[count++] = "--profile";
    words[count++] = options->profile;
    words[count++] = "--config";
    words[count++] = options->config_path;
    words[count++] = "--log-level";
    words[count++] = levels[options->log_level];
    if (options->log_file) {
        words[count++] = "--log-file";
        words[count++] = options->log_file;
    }
    if (options->read_only)
        words[count++] = "--read-only";
    if (options->fresh)
        words[count++] = "--fresh";
    if (options->encrypt_sessions)
        words[count++] = "--encrypt-sessions";
    words[count] = NULL;
}

int
launch_begin (struct launch *self, const struct launch_options *options, struct stui_cause *cause)
{
    const char *words[16];
    int ends[2];
    launch_reap (self);
    *self = (struct launch){.former = self->pid ? self->pid : self->former, .fd = -1};
    if (pipe2 (ends, O_CLOEXEC) != 0)
        return stui_fail (cause, STUI_E_SYSTEM, "no pipe could be made: %s", strerror (errno));
    fcntl (ends[0], F_SETFL, O_NONBLOCK);
    launch_words (options, words);
    struct spawn owner = {.program = options->program ? options->program : "/proc/self/exe",
                          .words = words,
                          .out = ends[1],
                          .err = -1};
    int why = spawn_program (&self->pid, &owner);
    close (ends[1]);
    if (why != 0) {
        close (ends[0]);
        self->pid = 0;
        return stui_fail (cause, STUI_E_SYSTEM, "no process could be started: %s", strerror (why));
    }
    self->fd = ends[0];
    return 0;
}

/* Why the owner that said LINE, or ended before it had, is none. */
static int
launch_fail (const char *line, struct stui_cause *cause)
{
    char type[64], sentence[LAUNCH_LINE_MAX];
    if (sscanf (line, "failed %63s %1023[^\n]", type, sentence) == 2)
        return stui_fail (cause, stui_err_from_word (type), "%s", sentence);
    return stui_fail (cause, STUI_E_SYSTEM,
                      "the owner that was started for this profile ended at once; `stui serve` "
                      "shows why");
}

int
launch_look (struct launch *self, struct stui_cause *cause)
{
    for (;;) {
        size_t room = sizeof self->line - 1 - self->size;
        ssize_t got = read (self->fd, self->line + self->size, room);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            return 0;
        self->size += got > 0 ? (size_t) got : 0;
        self->line[self->size] = '\0';
        char *end = strchr (self->line, '\n');
        if (end != NULL)
            *end = '\0';
        if (end == NULL && got > 0)
            continue;
        if (strcmp (self->line, "ready") != 0)
            return launch_fail (self->line, cause);
        launch_end (self);
        return 1;
    }
}

void
launch_end (struct launch *self)
{
    if (self->fd < 0)
        return;
    close (self->fd);
    self->fd = -1;
    if (strcmp (self->line, "ready") != 0)
        kill (self->pid, SIGTERM);
}

void
launch_reap (struct launch *self)
{
    if (self->pid > 0 && waitpid (self->pid, NULL, WNOHANG) != 0)
        self->pid = 0;
    if (self->former > 0 && waitpid (self->former, NULL, WNOHANG) != 0)
        self->former = 0;
}

pid_t
launch_owner (const struct launch_options *options, struct stui_cause *cause)
{
    struct launch launch = {0};
    int rc = launch_begin (&launch, options, cause);
    if (rc < 0)
        return rc;
    int64_t deadline = clock_mono_ms () + LAUNCH_PATIENCE_MS;
    while ((rc = launch_look (&launch, cause)) == 0) {
        int64_t left = deadline - clock_mono_ms ();
        struct pollfd ready = {.fd = launch.fd, .events = POLLIN};
        if (left > 0 && (poll (&ready, 1, (int) left) >= 0 || errno == EINTR))
            continue;
        rc = stui_fail (cause, STUI_E_TIMEOUT,
                        "the owner that was started for this profile was not ready after %d s; "
                        "`stui serve` shows why",
                        LAUNCH_PATIENCE_MS / 1000);
        break;
    }
    launch_end (&launch);
    return rc < 0 ? rc : launch.pid;
}
