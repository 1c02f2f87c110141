/* sig.c: see sig.h. */

#include "runtime/sig.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

static const int handled[] = {SIGINT,  SIGTERM,  SIGHUP,  SIGPIPE, SIGTSTP,
                              SIGCONT, SIGWINCH, SIGUSR1, SIGUSR2};

static sigset_t found; /* the mask before sig_block */

static sigset_t
sig_handled (void)
{
    sigset_t set;
    sigemptyset (&set);
    for (size_t index = 0; index < sizeof handled / sizeof *handled; index++)
        sigaddset (&set, handled[index]);
    return set;
}

void
sig_block (void)
{
    sigset_t set = sig_handled ();
    pthread_sigmask (SIG_BLOCK, &set, &found);
}

void
sig_restore (void)
{
    pthread_sigmask (SIG_SETMASK, &found, NULL);
}

int
sig_open (struct stui_cause *cause)
{
    sigset_t set = sig_handled ();
    int fd = signalfd (-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0)
        return stui_fail (cause, STUI_E_SYSTEM, "signals cannot be received: %s", strerror (errno));
    return fd;
}

int
sig_next (int fd)
{
    struct signalfd_siginfo info;
    return read (fd, &info, sizeof info) == (ssize_t) sizeof info ? (int) info.ssi_signo : 0;
}
