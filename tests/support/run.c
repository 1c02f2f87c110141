/* run.c: see run.h. */

#include "support/run.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/path.h"
#include "support/await.h"

enum { WORDS_MAX = 64 };

/* ---- the place -------------------------------------------------------------------------------------- */

void
run_place_open (struct run_place *self, const char *config)
{
    static const char *const places[][2] = {
        {"XDG_STATE_HOME", "state"},
        {"XDG_CONFIG_HOME", "config"},
        {"XDG_RUNTIME_DIR", "run"},
    };
    scratch_open (self->directory);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char *path = stui_printf ("%s/%s", self->directory, places[i][1]);
        cr_assert_eq (mkdir (path, 0700), 0, "%s cannot be made", path);
        setenv (places[i][0], path, 1);
        free (path);
    }
    setenv ("NO_COLOR", "1", 1);
    if (config != NULL)
        run_place_configure (self, config);
}

void
run_place_configure (const struct run_place *self, const char *config)
{
    char *directory = stui_printf ("%s/config/stui", self->directory);
    char *path = stui_printf ("%s/config", directory);
    mkdir (directory, 0700);
    FILE *file = fopen (path, "w");
    cr_assert_not_null (file, "%s cannot be written", path);
    fputs (config, file);
    cr_assert_eq (fclose (file), 0, "%s cannot be written", path);
    free (path);
    free (directory);
}

const char *
run_closed_address (void)
{
    static char text[32];
    /* Bound but not listening: nobody else gets the port, and whoever connects is refused. The
     * descriptor is kept until the test's process ends. */
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl (INADDR_LOOPBACK),
    };
    socklen_t size = sizeof address;
    int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert (fd >= 0 && bind (fd, (struct sockaddr *) &address, size) == 0
               && getsockname (fd, (struct sockaddr *) &address, &size) == 0);
    snprintf (text, sizeof text, "127.0.0.1:%d", ntohs (address.sin_port));
    return text;
}

void
run_place_close (struct run_place *self)
{
    struct run_result stopped = run_stui ("stop");
    run_result_fini (&stopped);
    scratch_close (self->directory);
}

/* ---- processes --------------------------------------------------------------------------------------- */

/* Starts PROGRAM (NULL: stui) with its three descriptors; those above are closed in it. */
static pid_t
spawn (const char *program, const char *const *words, int in, int out, int err)
{
    const char *argv[WORDS_MAX + 2];
    size_t count = 0;
    if (program == NULL)
        program = getenv ("STUI") != NULL ? getenv ("STUI") : "build/stui";
    argv[count++] = program;
    while (*words != NULL && count <= WORDS_MAX)
        argv[count++] = *words++;
    argv[count] = NULL;
    cr_assert_null (*words, "too many words");

    pid_t pid = fork ();
    cr_assert_geq (pid, 0, "no process can be started");
    if (pid > 0)
        return pid;
    sigset_t none;
    sigemptyset (&none);
    sigprocmask (SIG_SETMASK, &none, NULL);
    dup2 (in, STDIN_FILENO);
    dup2 (out, STDOUT_FILENO);
    dup2 (err, STDERR_FILENO);
    close_range (STDERR_FILENO + 1, ~0U, 0);
    execvp (program, (char *const *) argv);
    dprintf (STDERR_FILENO, "%s cannot be run: %s\n", program, strerror (errno));
    _exit (127);
}

static int
status_of (int status)
{
    return WIFSIGNALED (status) ? 128 + WTERMSIG (status) : WEXITSTATUS (status);
}

/* Waits for PID until DEADLINE_MS; kills it and fails the test after that. */
static int
wait_for (pid_t pid, int64_t deadline_ms)
{
    int status;
    bool in_time = await_end (pid, deadline_ms);
    if (!in_time)
        kill (pid, SIGKILL);
    pid_t ended = waitpid (pid, &status, 0);
    cr_assert (in_time, "process %ld did not end in time", (long) pid);
    cr_assert_eq (ended, pid, "process %ld cannot be waited for", (long) pid);
    return status_of (status);
}

/* ---- to its end ----------------------------------------------------------------------------------------- */

/* Reads what has come; notices the end. */
static void
stream_read (struct run_stream *self)
{
    char bytes[65536];
    ssize_t got = read (self->fd, bytes, sizeof bytes);
    if (got < 0 && errno == EINTR)
        return;
    if (got <= 0) {
        close (self->fd);
        self->fd = -1;
        return;
    }
    while (self->size + (size_t) got + 1 > self->capacity)
        stui_grow (&self->text, &self->capacity, self->capacity, 1);
    memcpy (self->text + self->size, bytes, (size_t) got);
    self->size += (size_t) got;
    self->text[self->size] = '\0';
}

/* Writes more of INPUT to FD; closes it after the last byte, or when nobody reads. */
static void
feed (int *fd, const char *input, size_t size, size_t *sent)
{
    ssize_t put = *sent < size ? write (*fd, input + *sent, size - *sent) : 0;
    if (put > 0)
        *sent += (size_t) put;
    if (*sent < size && (put > 0 || errno == EAGAIN || errno == EINTR))
        return;
    close (*fd);
    *fd = -1;
}

struct run_result
run_words (const char *input, const char *const *words)
{
    int in[2], out[2], err[2];
    int64_t deadline = clock_mono_ms () + RUN_GUARD_MS;
    size_t size = input != NULL ? strlen (input) : 0, sent = 0;
    signal (SIGPIPE, SIG_IGN);
    cr_assert (pipe2 (in, O_CLOEXEC) == 0 && pipe2 (out, O_CLOEXEC) == 0
               && pipe2 (err, O_CLOEXEC) == 0);
    pid_t pid = spawn (NULL, words, in[0], out[1], err[1]);
    close (in[0]);
    close (out[1]);
    close (err[1]);
    fcntl (in[1], F_SETFL, O_NONBLOCK);
    feed (&in[1], input, size, &sent);

    struct run_stream streams[2] = {{.fd = out[0]}, {.fd = err[0]}};
    while (streams[0].fd >= 0 || streams[1].fd >= 0) {
        struct pollfd ready[3] = {
            {.fd = streams[0].fd, .events = POLLIN},
            {.fd = streams[1].fd, .events = POLLIN},
            {.fd = in[1], .events = POLLOUT},
        };
        int64_t left = deadline - clock_mono_ms ();
        if (left <= 0) {
            kill (pid, SIGKILL);
            waitpid (pid, NULL, 0);
            cr_assert_fail ("stui %s did not end in time", words[0]);
        }
        if (poll (ready, 3, (int) left) <= 0)
            continue;
        for (int i = 0; i < 2; i++)
            if (ready[i].revents != 0)
                stream_read (&streams[i]);
        if (ready[2].revents != 0)
            feed (&in[1], input, size, &sent);
    }
    if (in[1] >= 0)
        close (in[1]);
    return (struct run_result){
        .status = wait_for (pid, deadline),
        .out = streams[0].text != NULL ? streams[0].text : stui_strdup (""),
        .err = streams[1].text != NULL ? streams[1].text : stui_strdup (""),
    };
}

char *
run_printed (int status, const char *const *words)
{
    struct run_result result = run_words (NULL, words);
    cr_assert_eq (result.status, status, "%s %s: %d: %s%s", words[0], words[1], result.status,
                  result.out, result.err);
    char *out = result.out;
    result.out = NULL;
    run_result_fini (&result);
    return out;
}

void
run_result_fini (struct run_result *result)
{
    free (result->out);
    free (result->err);
    *result = (struct run_result){0};
}

/* ---- in the background ------------------------------------------------------------------------------------- */

void
run_start (struct run_process *self, const struct run_place *place, const char *program,
           const char *const *words)
{
    int out[2];
    char *path = stui_printf ("%s/background.err", place->directory);
    int err = open (path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int in = open ("/dev/null", O_RDONLY | O_CLOEXEC);
    cr_assert (err >= 0 && in >= 0 && pipe2 (out, O_CLOEXEC) == 0);
    *self = (struct run_process){.out.fd = out[0]};
    self->pid = spawn (program, words, in, out[1], err);
    close (in);
    close (out[1]);
    close (err);
    free (path);
}

/* The next line that was read whole, its end cut off; NULL when there is none yet. */
static const char *
process_line (struct run_process *self)
{
    if (self->out.text == NULL)
        return NULL;
    char *line = self->out.text + self->taken;
    char *end = strchr (line, '\n');
    if (end == NULL)
        return NULL;
    *end = '\0';
    self->taken = (size_t) (end + 1 - self->out.text);
    return line;
}

const char *
run_await (struct run_process *self, run_predicate *is_it, const void *context)
{
    int64_t deadline = clock_mono_ms () + RUN_GUARD_MS;
    for (;;) {
        const char *line;
        while ((line = process_line (self)) != NULL)
            if (is_it == NULL || is_it (line, context))
                return line;
        cr_assert_geq (self->out.fd, 0, "process %ld ended without the line awaited",
                       (long) self->pid);
        int64_t left = deadline - clock_mono_ms ();
        cr_assert_gt (left, 0, "process %ld did not print the line awaited", (long) self->pid);
        struct pollfd ready = {.fd = self->out.fd, .events = POLLIN};
        if (poll (&ready, 1, (int) left) > 0)
            stream_read (&self->out);
    }
}

bool
run_line_contains (const char *line, const void *context)
{
    return strstr (line, context) != NULL;
}

void
run_serve (struct run_process *self, const struct run_place *place, const char *profile,
           const char *option)
{
    int64_t deadline = clock_mono_ms () + RUN_GUARD_MS;
    bool is_default = strcmp (profile, "default") == 0;
    char *log = stui_printf ("%s/%s.log", place->directory, is_default ? "serve" : profile);
    remove (log);
    int watch = await_directory (place->directory);
    run_start (
        self, place, NULL,
        (const char *const[]){"--profile", profile, "serve", "--log-file", log, option, NULL});
    for (bool ready = false; !ready;) {
        siginfo_t info = {0};
        bool came = await_news (watch, self->pid, deadline);
        waitid (P_PID, (id_t) self->pid, &info, WEXITED | WNOHANG | WNOWAIT);
        char *text = path_read (log, 1 << 24, NULL);
        cr_assert (info.si_pid == 0 && came, "serve is not ready: %s",
                   text ? text : "it says nothing");
        ready = text && strstr (text, "listening on ");
        free (text);
    }
    close (watch);
    free (log);
}

int
run_end (struct run_process *self, int signal_number)
{
    int status = 0;
    if (self->pid > 0) {
        if (signal_number != 0)
            kill (self->pid, signal_number);
        status = wait_for (self->pid, clock_mono_ms () + RUN_GUARD_MS);
    }
    if (self->out.fd >= 0)
        close (self->out.fd);
    free (self->out.text);
    *self = (struct run_process){.out.fd = -1};
    return status;
}
