/* sshd.c: see sshd.h. */

#include "support/sshd.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "runtime/clock.h"
#include "support/run.h"

#define PROGRAM "/usr/sbin/sshd"

static void __attribute__ ((format (printf, 2, 3)))
shell (const struct sshd *self, const char *format, ...)
{
    char command[2048];
    int length = snprintf (command, sizeof command, "cd '%s' && ", self->directory);
    va_list args;
    va_start (args, format);
    vsnprintf (command + length, sizeof command - (size_t) length, format, args);
    va_end (args);
    cr_assert_eq (system (command), 0, "%s", command);
}

static int
port_find (const char *host)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    inet_pton (AF_INET, host, &address.sin_addr);
    cr_assert_eq (bind (fd, (struct sockaddr *) &address, size), 0, "%s", strerror (errno));
    getsockname (fd, (struct sockaddr *) &address, &size);
    close (fd);
    return ntohs (address.sin_port);
}

void
sshd_open (struct sshd *self, const char *host)
{
    *self = (struct sshd){.pid = 0};
    cr_assert_eq (access (PROGRAM, X_OK), 0, PROGRAM " is not there: scripts/packages.sh check");
    scratch_open (self->directory);
    host = host ? host : "127.0.0.1";
    self->port = port_find (host);
    snprintf (self->via, sizeof self->via, "%s:%d", host, self->port);
    if (geteuid () == 0)
        mkdir ("/run/sshd", 0755);
    for (const char *const *name = (const char *const[]){"host", "other", "user", NULL}; *name;
         name++)
        shell (self, "ssh-keygen -q -t ed25519 -N '' -C '' -f %s", *name);
    shell (self,
           "printf '%%s\\n' 'Port %d' 'ListenAddress %s' \"HostKey $PWD/host\" "
           "\"AuthorizedKeysFile $PWD/authorized\" 'PidFile none' 'UsePAM no' 'StrictModes no' "
           "'PasswordAuthentication no' 'KbdInteractiveAuthentication no' 'LogLevel VERBOSE' "
           ">sshd.base",
           self->port, host);
    shell (self, "printf '%%s\\n' 'Host *' \"UserKnownHostsFile $PWD/known\" "
                 "'GlobalKnownHostsFile /dev/null' \"IdentityFile $PWD/user\" "
                 "'IdentitiesOnly yes' 'IdentityAgent none' >ssh.config");
    shell (self, "printf '#!/bin/sh\\nexec ssh -F %%s \"$@\"\\n' \"$PWD/ssh.config\" >ssh && "
                 "chmod 700 ssh");
    sshd_authorize (self, 1);
    sshd_known (self, 1);
    char ssh[SCRATCH_SIZE + 8];
    snprintf (ssh, sizeof ssh, "%s/ssh", self->directory);
    setenv ("STUI_SSH", ssh, 1);
}

void
sshd_client (const struct sshd *self, const char *lines)
{
    shell (self, "{ echo '%s'; cat ssh.config; } >ssh.new && mv ssh.new ssh.config", lines);
}

void
sshd_authorize (const struct sshd *self, int accepted)
{
    shell (self, accepted ? "cp user.pub authorized" : ": >authorized");
}

void
sshd_known (const struct sshd *self, int known)
{
    if (known == 0)
        shell (self, ": >known");
    else
        shell (self, "printf '[%%s]:%d %%s\\n' %.*s \"$(cat %s.pub)\" >known", self->port,
               (int) strcspn (self->via, ":"), self->via, known > 0 ? "host" : "other");
}

/* ---- Processes ---------------------------------------------------------------------------------- */

/* Calls EACH for every process there is; how often it answered 1. */
static size_t
processes_count (int (*each) (pid_t pid, const void *context), const void *context)
{
    size_t count = 0;
    DIR *directory = opendir ("/proc");
    const struct dirent *entry;
    while ((entry = readdir (directory)) != NULL) {
        long pid = strtol (entry->d_name, NULL, 10);
        if (pid > 0)
            count += (size_t) each ((pid_t) pid, context);
    }
    closedir (directory);
    return count;
}

static size_t
process_read (pid_t pid, const char *file, char *text, size_t size)
{
    char path[64];
    snprintf (path, sizeof path, "/proc/%ld/%s", (long) pid, file);
    int fd = open (path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read (fd, text, size - 1);
    if (fd >= 0)
        close (fd);
    text[got > 0 ? got : 0] = '\0';
    return got > 0 ? (size_t) got : 0;
}

static int
process_is_client (pid_t pid, const void *context)
{
    char text[8192];
    size_t size = process_read (pid, "cmdline", text, sizeof text);
    for (size_t index = 0; index < size; index++)
        if (text[index] == '\0')
            text[index] = ' ';
    return strstr (text, "-vNTM") && strstr (text, context);
}

size_t
sshd_count_clients (const char *directory)
{
    return processes_count (process_is_client, directory);
}

void
sshd_await_clients (const char *directory, size_t count)
{
    int64_t deadline = clock_mono_ms () + RUN_GUARD_MS;
    while (sshd_count_clients (directory) != count) {
        cr_assert_lt (clock_mono_ms (), deadline, "%zu ssh, not %zu",
                      sshd_count_clients (directory), count);
        poll (NULL, 0, 10);
    }
}

/* Kills the children of *CONTEXT, and theirs before them. */
static int
process_kill_child (pid_t pid, const void *context)
{
    char text[1024], state;
    long parent = 0;
    process_read (pid, "stat", text, sizeof text);
    const char *end = strrchr (text, ')');
    if (!end || sscanf (end + 1, " %c %ld", &state, &parent) != 2
        || parent != *(const pid_t *) context)
        return 0;
    processes_count (process_kill_child, &pid);
    kill (pid, SIGKILL);
    return 1;
}

void
sshd_kill (struct sshd *self)
{
    if (self->pid == 0)
        return;
    kill (self->pid, SIGSTOP); /* it takes no further connection meanwhile */
    processes_count (process_kill_child, &self->pid);
    kill (self->pid, SIGKILL);
    waitpid (self->pid, NULL, 0);
    self->pid = 0;
}

void
sshd_start (struct sshd *self, const char *line)
{
    char config[SCRATCH_SIZE + 32], log[SCRATCH_SIZE + 32];
    shell (self, "{ cat sshd.base; echo '%s'; } >sshd.config", line ? line : "");
    snprintf (config, sizeof config, "%s/sshd.config", self->directory);
    snprintf (log, sizeof log, "%s/sshd.log", self->directory);
    self->pid = fork ();
    if (self->pid == 0) {
        prctl (PR_SET_PDEATHSIG, SIGKILL);
        execl (PROGRAM, PROGRAM, "-D", "-f", config, "-E", log, (char *) NULL);
        _exit (127);
    }
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons ((uint16_t) self->port)};
    char host[64];
    snprintf (host, sizeof host, "%.*s", (int) strcspn (self->via, ":"), self->via);
    inet_pton (AF_INET, host, &address.sin_addr);
    int64_t deadline = clock_mono_ms () + RUN_GUARD_MS;
    for (;;) {
        int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        int rc = connect (fd, (struct sockaddr *) &address, sizeof address);
        close (fd);
        if (rc == 0)
            return;
        cr_assert_eq (waitpid (self->pid, NULL, WNOHANG), 0, "sshd ended: see %s", log);
        cr_assert_lt (clock_mono_ms (), deadline, "sshd does not listen: see %s", log);
        poll (NULL, 0, 10);
    }
}

void
sshd_close (struct sshd *self)
{
    sshd_kill (self);
    if (self->directory[0])
        scratch_close (self->directory);
    self->directory[0] = '\0';
}
