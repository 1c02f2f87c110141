/* alert_command.c: see alert_command.h. */

#include "actors/alert_command.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/event.h"
#include "runtime/json.h"
#include "runtime/log.h"
#include "runtime/spawn.h"

static void command_next (struct alert_command *self);

void
alert_command_init (struct alert_command *self, struct actor *actor)
{
    *self = (struct alert_command){.actor = actor, .pid_fd = -1, .out_fd = -1};
}

/* ---- What it says ------------------------------------------------------------------------------ */

static void __attribute__ ((format (printf, 2, 3)))
command_failed (struct alert_command *self, const char *format, ...)
{
    char text[STUI_CAUSE_MAX];
    va_list args;
    va_start (args, format);
    vsnprintf (text, sizeof text, format, args);
    va_end (args);
    log_error ("worker", "%s", text);
    struct msg *put =
        event_put (actor_next_ref (self->actor), clock_wall_ms (), "", "alert_command", text);
    actor_send (self->actor, &put);
}

/* Logs what there is of its output, line by line; false at its end. */
static bool
command_read (struct alert_command *self)
{
    char bytes[1024];
    ssize_t size = read (self->out_fd, bytes, sizeof bytes - 1);
    if (size <= 0)
        return size < 0 && (errno == EAGAIN || errno == EINTR);
    bytes[size] = '\0';
    for (char *rest = bytes, *line; (line = strsep (&rest, "\n"));)
        if (*line && self->output_bytes < ALERT_COMMAND_OUTPUT_MAX)
            log_info ("worker", "the alert command says: %s", line);
    self->output_bytes += (size_t) size;
    return true;
}

static void
command_close_output (struct alert_command *self)
{
    if (self->out_fd < 0)
        return;
    actor_unwatch (self->actor, self->out_reader);
    close (self->out_fd);
    self->out_fd = -1;
}

static void
command_output (void *owner, void *context, short events)
{
    struct alert_command *self = context;
    (void) owner;
    (void) events;
    if (!command_read (self))
        command_close_output (self);
}

/* ---- Its end ----------------------------------------------------------------------------------- */

/* Its process is over: STATUS is known. What it left in the background may keep the pipe open. */
static void
command_over (struct alert_command *self, int status)
{
    while (self->out_fd >= 0 && self->output_bytes < ALERT_COMMAND_OUTPUT_MAX) {
        size_t before = self->output_bytes;
        if (!command_read (self) || self->output_bytes == before)
            break;
    }
    command_close_output (self);
    actor_unwatch (self->actor, self->pid_reader);
    close (self->pid_fd);
    self->pid_fd = -1;
    self->pid = 0;
    if (self->ended)
        command_failed (self, "the alert command took more than %d s and was ended",
                        ALERT_COMMAND_MS / 1000);
    else if (WIFSIGNALED (status))
        command_failed (self, "the alert command was ended by signal %d", WTERMSIG (status));
    else if (WEXITSTATUS (status) != 0)
        command_failed (self, "the alert command failed: it ended with status %d",
                        WEXITSTATUS (status));
}

static void
command_ended (void *owner, void *context, short events)
{
    struct alert_command *self = context;
    int status;
    (void) owner;
    (void) events;
    if (waitpid (self->pid, &status, WNOHANG) != self->pid)
        return;
    command_over (self, status);
    command_next (self);
}

int64_t
alert_command_deadline (const struct alert_command *self)
{
    return self->pid && !self->ended ? self->until_ms : STUI_NEVER;
}

void
alert_command_time (struct alert_command *self)
{
    if (clock_mono_ms () < alert_command_deadline (self))
        return;
    self->ended = true;
    kill (-self->pid, SIGKILL);
}

void
alert_command_fini (struct alert_command *self)
{
    int status;
    while (self->waiting_count > 0)
        json_destroy (&self->waiting[--self->waiting_count]);
    if (!self->pid)
        return;
    kill (-self->pid, SIGKILL);
    waitpid (self->pid, &status, 0);
    self->ended = false;
    command_over (self, 0);
}

/* ---- Its beginning ----------------------------------------------------------------------------- */

enum { OWN = 4 }; /* variables that tell of an alert */

/* Whether VARIABLE has the name of one of OURS. STUI_IMAGE means something else to stui itself, and
 * of two variables of one name a shell may take either. */
static bool
environment_has (char *const *ours, const char *variable)
{
    for (int index = 0; index < OWN; index++) {
        size_t size = strcspn (ours[index], "=") + 1;
        if (strncmp (ours[index], variable, size) == 0)
            return true;
    }
    return false;
}

/* What tells of ALERT, and the rest of this process's environment. Caller frees the array and its first
 * OWN. */

static char **
command_environment (const struct alert_command *self, const struct json *alert)
{
    size_t count = 0;
    while (environ[count])
        count++;
    char **all = stui_alloc ((count + OWN + 1) * sizeof *all);
    all[0] = stui_printf ("STUI_ALERT=%s", json_get_text (alert, "kind"));
    all[1] = stui_printf ("STUI_IMAGE=%s", json_get_text (alert, "image"));
    all[2] = stui_printf ("STUI_TEXT=%s", json_get_text (alert, "text"));
    all[3] = stui_printf ("STUI_LEFT_OUT=%" PRIu64, self->left_out);
    size_t used = OWN;
    for (size_t index = 0; index < count; index++)
        if (!environment_has (all, environ[index]))
            all[used++] = environ[index];
    return all;
}

/* 0, or an errno. */
static int
command_start (struct alert_command *self, const struct json *alert)
{
    int ends[2];
    if (pipe2 (ends, O_CLOEXEC) != 0)
        return errno;
    fcntl (ends[0], F_SETFL, O_NONBLOCK);
    const char *const words[] = {"sh", "-c", json_get_text (alert, "run"), NULL};
    char **environment = command_environment (self, alert);
    struct spawn shell = {.program = "/bin/sh",
                          .words = words,
                          .environment = environment,
                          .out = ends[1],
                          .err = ends[1]};
    int why = spawn_program (&self->pid, &shell);
    close (ends[1]);
    for (int index = 0; index < OWN; index++)
        free (environment[index]);
    free (environment);
    int pid_fd = why ? -1 : pidfd_open (self->pid, 0);
    if (!why && pid_fd < 0) {
        why = errno;
        kill (-self->pid, SIGKILL);
        waitpid (self->pid, NULL, 0);
    }
    if (why) {
        close (ends[0]);
        self->pid = 0;
        return why;
    }
    self->pid_fd = pid_fd;
    self->out_fd = ends[0];
    self->pid_reader = actor_watch_fd (self->actor, pid_fd, ZMQ_POLLIN, command_ended, self);
    self->out_reader = actor_watch_fd (self->actor, ends[0], ZMQ_POLLIN, command_output, self);
    self->until_ms = clock_mono_ms () + ALERT_COMMAND_MS;
    self->ended = false;
    self->output_bytes = 0;
    self->left_out = 0;
    return 0;
}

/* The next one that can be started. */
static void
command_next (struct alert_command *self)
{
    while (!self->pid && self->waiting_count > 0) {
        struct json *alert = self->waiting[0];
        memmove (self->waiting, self->waiting + 1, --self->waiting_count * sizeof *self->waiting);
        int why = command_start (self, alert);
        if (why)
            command_failed (self, "the alert command could not be started: %s", strerror (why));
        json_destroy (&alert);
    }
}

void
alert_command_run (struct alert_command *self, struct json **alert)
{
    if (self->waiting_count == ALERT_COMMAND_WAITING_MAX) {
        json_destroy (&self->waiting[0]);
        memmove (self->waiting, self->waiting + 1, --self->waiting_count * sizeof *self->waiting);
        self->left_out++;
        log_error ("worker", "the alert command is slow: %" PRIu64 " alerts were left out",
                   self->left_out);
    }
    self->waiting[self->waiting_count++] = *alert;
    *alert = NULL;
    command_next (self);
}
