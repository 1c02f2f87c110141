/* launch.h: a profile's owner as others see it: who it is, the way to its socket, and starting one
 * when there is none: `stui serve --once` in a session of its own, so that ^C in the terminal does
 * not reach it, which ends by itself when its last client has left. */

#ifndef STUI_RUNTIME_LAUNCH_H
#define STUI_RUNTIME_LAUNCH_H

#include <stui/types.h>

#include <sys/types.h>

/* ---- who owns it ---- */

/* What PROFILE/owner says, checked against /proc. */
struct launch_holder {
    pid_t pid;    /* 0: nobody */
    bool stopped; /* suspended: it answers nobody until continued */
};

struct launch_holder launch_read_holder (const char *profile);

/* Fails with the sentence for a stopped owner. */
int launch_fail_stopped (pid_t pid, struct stui_cause *cause);

/* Connects to the control socket at PATH; with IS_PATIENT it waits for a place in the queue, and
 * the descriptor, which the caller closes, blocks. NOT_FOUND with CAUSE when nobody listens. */
int launch_connect (const char *path, bool is_patient, struct stui_cause *cause);

/* ---- starting one ---- */

/* Everything borrowed. */
struct launch_options {
    const char *program; /* NULL: this very program */
    const char *profile;
    const char *config_path;
    const char *log_file;  /* NULL: none */
    int log_level;         /* an enum log_level */
    bool fresh;            /* sessions that were open are stored, not restored */
    bool encrypt_sessions; /* from now on */
    bool read_only;        /* refuse whatever evaluates or changes an image, to everybody */
};

enum {
    LAUNCH_LINE_MAX = 1024,
    /* A large database is checked and a damaged one repaired before an owner is ready. */
    LAUNCH_PATIENCE_MS = 60000,
};

/* An owner that is starting. Zeroed with fd -1: none. */
struct launch {
    pid_t pid;    /* the caller's child; 0: none, or taken note of */
    pid_t former; /* the one before, which may be ending still */
    int fd;       /* owned: where it says what became of it; to be polled */
    char line[LAUNCH_LINE_MAX];
    size_t size;
};

/* Starts an owner without waiting for it; SELF is zeroed, or was used before and has ended. 0 or
 * SYSTEM with CAUSE. */
int launch_begin (struct launch *self, const struct launch_options *options,
                  struct stui_cause *cause);
/* Reads what it said, without waiting: 1 when it is ready; 0 when nothing is known yet; or why it
 * is no owner, with CAUSE: OWNED when another process holds the profile. */
int launch_look (struct launch *self, struct stui_cause *cause);
/* No longer listens to it; one that had not become ready is told to end. */
void launch_end (struct launch *self);
/* Takes note of its end, and of that of the one before, without waiting: no zombie stays. */
void launch_reap (struct launch *self);

/* The three in one: waits until an owner is ready. Its process id, or an error with CAUSE. */
pid_t launch_owner (const struct launch_options *options, struct stui_cause *cause);

#endif
