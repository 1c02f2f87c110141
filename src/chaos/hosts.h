/* hosts.h: the images of a run: processes that chaos started itself, a real image in each, or some
 * simulated ones; killed, stopped and started again. Nothing waits: what a starting one says is polled
 * for by whoever owns them. Or one image of somebody's own, which has no process here. */

#ifndef STUI_CHAOS_HOSTS_H
#define STUI_CHAOS_HOSTS_H

#include "runtime/image_process.h"

enum {
    HOSTS_PROCESSES_MAX = 20, /* of simulated images: above it some share one */
    HOSTS_IMAGES_MAX = 240,   /* each has an evaluation open, and a client 256 at most */
};

struct host_image {
    char name[STUI_NAME_MAX + 1];
    uint16_t port; /* 0: it does not listen */
};

struct host {
    struct image_process process;
    size_t first, count; /* its images */
    size_t listening;    /* so many of them said where */
    bool is_starting, is_stopped;
};

struct hosts_options {    /* all borrowed */
    const char *launcher; /* of real images; NULL: simulated ones */
    const char *gst;
    const char *program;   /* stui itself, for simulated ones */
    const char *directory; /* logs and saved images lie there */
    size_t images;
    const char *attached; /* the name of somebody's own image, the only one; NULL */
    uint16_t attached_port;
};

struct hosts {
    struct hosts_options options;
    struct host_image *images; /* owned */
    struct host *hosts;        /* owned */
    size_t image_count, count, per_process;
};

/* Starts all. 0, or an error with CAUSE; some may run then. */
int hosts_start (struct hosts *self, const struct hosts_options *options, struct stui_cause *cause);
/* Ends all. Accepts a zeroed one. */
void hosts_end (struct hosts *self);

struct host *hosts_of_image (struct hosts *self, size_t image);
/* To whom what concerns IMAGE is sent. PEER. */
const char *host_image_peer (const struct host_image *image, char peer[STUI_ACTOR_ID_MAX + 1]);
bool hosts_all_listen (const struct hosts *self);

/* SIGKILL: it is gone when this returns. */
void host_kill (struct hosts *self, struct host *host);
/* Starts it again, a real image from where it saved itself last, if it did. */
int host_restart (struct hosts *self, struct host *host, struct stui_cause *cause);
/* SIGSTOP, SIGCONT. */
void host_stop (struct host *host, bool stops);

/* What is to be polled while HOST starts; -1: nothing. */
int host_fd (const struct host *host);
/* Takes what it said: 1 when all its images listen, 0 when more is to come; or why it does not start, with
 * CAUSE, which quotes it. */
int host_turn (struct hosts *self, struct host *host, struct stui_cause *cause);

#endif
