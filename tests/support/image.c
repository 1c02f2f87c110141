/* image.c: Starting and ending real images for tests. See image.h. */

#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *
s_launcher_path (void)
{
    static const char *const places[] = {"smalltalk/gst/stui-image", "../smalltalk/gst/stui-image",
                                         "../../smalltalk/gst/stui-image",
                                         "../../../smalltalk/gst/stui-image"};
    const char *given = getenv ("STUI_IMAGE");
    if (given && *given)
        return given;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (access (places[i], X_OK) == 0)
            return places[i];
    return places[0];
}

/* In the child: end with the parent, lose its signal mask, become the launcher by way of
 * env(1), which keeps the process id. */
static void
s_become_launcher (char *const *argv, int out, int err)
{
    sigset_t none;
    sigemptyset (&none);
    sigprocmask (SIG_SETMASK, &none, NULL);
    prctl (PR_SET_PDEATHSIG, SIGKILL);
    if (out >= 0)
        dup2 (out, STDOUT_FILENO);
    if (err >= 0)
        dup2 (err, STDERR_FILENO);
    execvp (argv[0], argv);
    _exit (127);
}

/* Reads up to the first end of line or the end of file. */
static int
s_read_line (int fd, char *line, size_t size)
{
    size_t used = 0;
    while (used + 1 < size) {
        ssize_t n = read (fd, line + used, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        if (line[used] == '\n') {
            line[used] = 0;
            return 0;
        }
        used++;
    }
    line[used] = 0;
    return -1;
}

/* A free port below those from which the kernel takes the near ends of connections: an image that is
 * started again needs its own, which one of them may have by then. 0: any. */
static int
s_pick_port (void)
{
    enum { FIRST = 10000, PORTS = 22000, TRIES = 20 };
    for (int attempt = 0; attempt < TRIES; attempt++) {
        uint32_t random;
        if (getrandom (&random, sizeof random, 0) != sizeof random)
            break;
        int port = FIRST + (int) (random % PORTS), fd = socket (AF_INET, SOCK_STREAM, 0);
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_port = htons ((uint16_t) port),
                                      .sin_addr.s_addr = htonl (INADDR_LOOPBACK)};
        bool is_free = bind (fd, (struct sockaddr *) &address, sizeof address) == 0;
        close (fd);
        if (is_free)
            return port;
    }
    return 0;
}

static int
s_launch (struct image *self)
{
    char state[300], port[16], line[128];
    snprintf (state, sizeof state, "XDG_STATE_HOME=%s", self->state_dir);
    snprintf (port, sizeof port, "%d", self->port);
    const char *argv[8 + IMAGE_ARGS_MAX] = {
        "env", state, s_launcher_path (), "--name", self->name, "--port", port};
    for (size_t i = 0; self->args[i]; i++)
        argv[7 + i] = self->args[i];
    int ends[2];
    if (pipe2 (ends, O_CLOEXEC) != 0)
        return -1;
    self->pid = fork ();
    if (self->pid == 0)
        s_become_launcher ((char *const *) argv, ends[1], -1);
    close (ends[1]);
    self->out = ends[0];
    const char *colon = NULL;
    if (self->pid > 0 && s_read_line (self->out, line, sizeof line) == 0
        && strncmp (line, "listening on tcp://", 19) == 0)
        colon = strrchr (line, ':');
    if (!colon) {
        fprintf (stderr, "image: %s did not start\n", self->name);
        image_kill (self);
        return -1;
    }
    self->port = atoi (colon + 1);
    snprintf (self->address, sizeof self->address, "%.63s", line + 13);
    return 0;
}

int
image_start (struct image *self, const char *name, const char *state_dir, int port,
             const char *const *args)
{
    memset (self, 0, sizeof *self);
    self->out = -1;
    self->port = port ? port : s_pick_port ();
    snprintf (self->name, sizeof self->name, "%s", name);
    for (size_t i = 0; args && args[i] && i < IMAGE_ARGS_MAX; i++)
        self->args[i] = args[i];
    if (state_dir)
        snprintf (self->state_dir, sizeof self->state_dir, "%s", state_dir);
    else {
        const char *parent = getenv ("TMPDIR");
        snprintf (self->state_dir, sizeof self->state_dir, "%s/stui-image-XXXXXX",
                  parent ? parent : "/tmp");
        if (!mkdtemp (self->state_dir))
            return -1;
        self->owns_state_dir = true;
    }
    return s_launch (self);
}

int
image_restart (struct image *self)
{
    image_kill (self);
    return s_launch (self);
}

int
image_wait (struct image *self)
{
    int status = 0;
    while (self->pid > 0 && waitpid (self->pid, &status, 0) < 0 && errno == EINTR)
        ;
    self->pid = 0;
    if (self->out >= 0)
        close (self->out);
    self->out = -1;
    return status;
}

void
image_kill (struct image *self)
{
    if (self->pid <= 0)
        return;
    kill (self->pid, SIGKILL);
    image_wait (self);
}

static int
s_remove_entry (const char *path, const struct stat *status, int flag, struct FTW *walk)
{
    (void) status;
    (void) flag;
    (void) walk;
    return remove (path);
}

void
image_stop (struct image *self)
{
    image_kill (self);
    if (self->owns_state_dir)
        nftw (self->state_dir, s_remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    self->owns_state_dir = false;
}

long
image_resident_kb (const struct image *self)
{
    char path[64], line[128];
    long kb = -1;
    snprintf (path, sizeof path, "/proc/%d/status", (int) self->pid);
    FILE *file = fopen (path, "r");
    while (file && fgets (line, sizeof line, file))
        if (sscanf (line, "VmRSS: %ld", &kb) == 1)
            break;
    if (file)
        fclose (file);
    return kb;
}

int
image_launcher_status (const char *const *args, char *text, size_t size)
{
    char dir[] = "/tmp/stui-launcher-XXXXXX", state[64];
    if (!mkdtemp (dir))
        return -1;
    snprintf (state, sizeof state, "XDG_STATE_HOME=%s", dir);
    const char *argv[18] = {"env", state, s_launcher_path ()};
    for (size_t i = 0; args && args[i] && i < 14; i++)
        argv[3 + i] = args[i];
    int ends[2];
    if (pipe2 (ends, O_CLOEXEC) != 0)
        return -1;
    pid_t pid = fork ();
    if (pid == 0)
        s_become_launcher ((char *const *) argv, ends[1], ends[1]);
    close (ends[1]);
    size_t used = 0;
    ssize_t n;
    while (used + 1 < size && (n = read (ends[0], text + used, size - 1 - used)) != 0) {
        if (n < 0 && errno != EINTR)
            break;
        used += n > 0 ? (size_t) n : 0;
    }
    text[used] = 0;
    close (ends[0]);
    int status = -1;
    while (pid > 0 && waitpid (pid, &status, 0) < 0 && errno == EINTR)
        ;
    nftw (dir, s_remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    return WIFEXITED (status) ? WEXITSTATUS (status) : -1;
}
