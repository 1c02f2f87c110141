/* launch.c: see launch.h. */

#include "cli/launch.h"

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/path.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    OWNER_FILE_MAX = 4096,
    READY_LINE_MAX = 1024,
    /* A large database is checked and a damaged one repaired before an owner is ready. */
    READY_PATIENCE_MS = 60000,
};

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

/* ---- starting one -------------------------------------------------------------------------- */

static _Noreturn void
launch_become_owner (const struct cli_options *cli, int ready_fd)
{
    setsid ();
    int null = open ("/dev/null", O_RDWR);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        dup2 (null, fd);
    /* Whatever the caller inherited must not stay open for as long as this owner lives: a shell
     * that reads a pipe would wait for it. */
    close_range (STDERR_FILENO + 1, (unsigned) ready_fd - 1, 0);
    close_range ((unsigned) ready_fd + 1, ~0U, 0);

    struct owner_options options = {
        .profile = cli->profile,
        .config_path = cli->config_path,
        .log_file = cli->log_file,
        .log_level = cli->log_level,
        .autoconnect = false,
        .once = true,
        .read_only = cli->read_only,
        .ready_fd = ready_fd,
    };
    exit (cli->services->run_owner (&options));
}

/* Reads one line of FD into LINE, without its end. False when none came in time. */
static bool
launch_read_line (int fd, char line[READY_LINE_MAX])
{
    int64_t deadline = clock_mono_ms () + READY_PATIENCE_MS;
    size_t size = 0;
    line[0] = '\0';
    for (;;) {
        int64_t left = deadline - clock_mono_ms ();
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        if (left <= 0 || size == READY_LINE_MAX - 1)
            return false;
        if (poll (&ready, 1, (int) left) <= 0)
            continue;
        ssize_t got = read (fd, line + size, READY_LINE_MAX - 1 - size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        size += (size_t) got;
        line[size] = '\0';
        char *end = strchr (line, '\n');
        if (end != NULL) {
            *end = '\0';
            return true;
        }
    }
}

/* Why the owner PID, which said LINE or nothing, is none. */
static int
launch_fail (pid_t pid, const char *line, struct stui_cause *cause)
{
    int status;
    char type[64], sentence[READY_LINE_MAX];
    if (line != NULL && sscanf (line, "failed %63s %1023[^\n]", type, sentence) == 2) {
        waitpid (pid, &status, 0);
        return stui_fail (cause, stui_err_from_word (type), "%s", sentence);
    }
    if (waitpid (pid, &status, WNOHANG) == pid)
        return stui_fail (cause, STUI_E_SYSTEM,
                          "the owner that was started for this profile ended at once (%s %d); "
                          "`stui serve` shows why",
                          WIFSIGNALED (status) ? "signal" : "status",
                          WIFSIGNALED (status) ? WTERMSIG (status) : WEXITSTATUS (status));
    kill (pid, SIGTERM);
    return stui_fail (cause, STUI_E_TIMEOUT,
                      "the owner that was started for this profile was not ready after %d s; "
                      "`stui serve` shows why",
                      READY_PATIENCE_MS / 1000);
}

pid_t
launch_owner (const struct cli_options *cli, struct stui_cause *cause)
{
    int ready[2];
    if (pipe2 (ready, O_CLOEXEC) != 0)
        return stui_fail (cause, STUI_E_SYSTEM, "no pipe could be made: %s", strerror (errno));
    fflush (NULL); /* or the child would print it again */
    pid_t pid = fork ();
    if (pid == 0) {
        close (ready[0]);
        launch_become_owner (cli, ready[1]);
    }
    close (ready[1]);
    if (pid < 0) {
        close (ready[0]);
        return stui_fail (cause, STUI_E_SYSTEM, "no process could be started: %s",
                          strerror (errno));
    }
    char line[READY_LINE_MAX];
    bool complete = launch_read_line (ready[0], line);
    close (ready[0]);
    if (complete && strcmp (line, "ready") == 0)
        return pid;
    return launch_fail (pid, complete ? line : NULL, cause);
}
