/* hosts.c: see hosts.h. */

#include "chaos/hosts.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/path.h"

enum { LOG_BYTES_MAX = 65536 };

static bool
hosts_are_real (const struct hosts *self)
{
    return self->options.launcher != NULL;
}

static char *
host_log (const struct hosts *self, const struct host *host)
{
    return stui_printf ("%s/%s.log", self->options.directory, self->images[host->first].name);
}

int
host_restart (struct hosts *self, struct host *host, struct stui_cause *cause)
{
    const char *name = self->images[host->first].name;
    char *log = host_log (self, host);
    char *saved = stui_printf ("%s/%s.im", self->options.directory, name);
    char *prefix = stui_strndup (name, (size_t) (strrchr (name, '-') - name));
    char *count = stui_printf ("%zu", host->count);
    const char *real[] = {
        self->options.launcher, "--name", name, "--port", "0", "--image", saved, NULL};
    const char *simulated[] = {"stui", "sim", count, "--prefix", prefix, NULL};
    struct image_program program = {
        .path = hosts_are_real (self) ? self->options.launcher : self->options.program,
        .words = hosts_are_real (self) ? real : simulated,
        .gst = self->options.gst,
        .log = log,
    };
    int err = image_process_start (&host->process, &program, cause);
    host->is_starting = err == 0;
    host->listening = 0;
    if (err == 0)
        fcntl (host->process.out, F_SETFL, O_NONBLOCK);
    free (count);
    free (prefix);
    free (saved);
    free (log);
    return err;
}

/* One image that listens, and whose process is zeroed: nothing is done to it. */
static void
hosts_attach (struct hosts *self)
{
    self->per_process = self->count = self->image_count = 1;
    self->images = stui_alloc (sizeof *self->images);
    self->hosts = stui_alloc (sizeof *self->hosts);
    self->hosts[0].process.out = -1;
    self->hosts[0].count = self->hosts[0].listening = 1;
    snprintf (self->images[0].name, sizeof self->images[0].name, "%s", self->options.attached);
    self->images[0].port = self->options.attached_port;
}

int
hosts_start (struct hosts *self, const struct hosts_options *options, struct stui_cause *cause)
{
    size_t images = options->images;
    *self = (struct hosts){.options = *options, .image_count = images};
    if (options->attached != NULL) {
        hosts_attach (self);
        return 0;
    }
    self->per_process =
        hosts_are_real (self) ? 1 : (images + HOSTS_PROCESSES_MAX - 1) / HOSTS_PROCESSES_MAX;
    self->count = (images + self->per_process - 1) / self->per_process;
    self->images = stui_alloc (images * sizeof *self->images);
    self->hosts = stui_alloc (self->count * sizeof *self->hosts);
    int err = 0;
    for (size_t i = 0; i < images; i++) {
        size_t host = i / self->per_process, own = i % self->per_process;
        if (hosts_are_real (self))
            snprintf (self->images[i].name, STUI_NAME_MAX, "real-%zu", i + 1);
        else
            snprintf (self->images[i].name, STUI_NAME_MAX, "sim-%zu-%zu", host + 1, own + 1);
        if (own == 0)
            self->hosts[host].first = i;
        self->hosts[host].count++;
    }
    for (size_t i = 0; err == 0 && i < self->count; i++)
        err = host_restart (self, &self->hosts[i], cause);
    return err;
}

void
hosts_end (struct hosts *self)
{
    for (size_t i = 0; i < self->count; i++)
        image_process_end (&self->hosts[i].process);
    free (self->hosts);
    free (self->images);
    *self = (struct hosts){0};
}

struct host *
hosts_of_image (struct hosts *self, size_t image)
{
    return &self->hosts[image / self->per_process];
}

const char *
host_image_peer (const struct host_image *image, char peer[STUI_ACTOR_ID_MAX + 1])
{
    snprintf (peer, STUI_ACTOR_ID_MAX + 1, "image/%s", image->name);
    return peer;
}

bool
hosts_all_listen (const struct hosts *self)
{
    for (size_t i = 0; i < self->image_count; i++)
        if (self->images[i].port == 0)
            return false;
    return true;
}

void
host_kill (struct hosts *self, struct host *host)
{
    image_process_end (&host->process);
    host->is_starting = host->is_stopped = false;
    for (size_t i = 0; i < host->count; i++)
        self->images[host->first + i].port = 0;
}

void
host_stop (struct host *host, bool stops)
{
    if (host->is_stopped != stops)
        image_process_signal (&host->process, stops ? SIGSTOP : SIGCONT);
    host->is_stopped = stops;
}

int
host_fd (const struct host *host)
{
    return host->is_starting ? host->process.out : -1;
}

static int
host_fail (const struct hosts *self, const struct host *host, struct stui_cause *cause)
{
    char *path = host_log (self, host);
    char *said = path_read (path, LOG_BYTES_MAX, NULL);
    int err = stui_fail (cause, STUI_E_SYSTEM, "the image %s does not start: %.*s",
                         self->images[host->first].name,
                         said != NULL ? (int) strcspn (said, "\n") : 0, said != NULL ? said : "");
    free (said);
    free (path);
    return err;
}

int
host_turn (struct hosts *self, struct host *host, struct stui_cause *cause)
{
    char address[STUI_ADDRESS_MAX];
    int taken = 0;
    bool has_ended = image_process_read (&host->process) < 0;
    while (host->listening < host->count
           && (taken = image_process_take (&host->process, address)) == 1)
        self->images[host->first + host->listening++].port =
            (uint16_t) atoi (strrchr (address, ':') + 1);
    if (host->listening == host->count) {
        host->is_starting = false;
        return 1;
    }
    return has_ended || taken < 0 ? host_fail (self, host, cause) : 0;
}
