/* lan.c: see lan.h. */

#include "support/lan.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* A machine does not do what it is told. */
static _Noreturn void
lan_fail (const char *what)
{
    fprintf (stderr, "lan: '%s' has failed\n", what);
    abort ();
}

/* A namespace with a process in it that waits for its end; opens its descriptor. */
static bool
machine_open (struct lan *self, enum lan_machine machine)
{
    if (unshare (CLONE_NEWNET) != 0)
        return false;
    self->spaces[machine] = open ("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (machine == LAN_HERE)
        return self->spaces[machine] >= 0;
    self->keepers[machine] = fork ();
    if (self->keepers[machine] == 0) {
        prctl (PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            pause ();
    }
    return self->spaces[machine] >= 0 && self->keepers[machine] > 0;
}

void
lan_enter (const struct lan *self, enum lan_machine machine)
{
    if (setns (self->spaces[machine], CLONE_NEWNET) != 0)
        lan_fail ("setns");
}

void
lan_run (const struct lan *self, enum lan_machine machine, const char *command, ...)
{
    char line[512];
    va_list args;
    va_start (args, command);
    vsnprintf (line, sizeof line, command, args);
    va_end (args);
    pid_t shell = fork (); /* the caller stays where it is: ip(8) finds our namespace by our pid */
    if (shell == 0) {
        if (setns (self->spaces[machine], CLONE_NEWNET) == 0)
            execl ("/bin/sh", "sh", "-c", line, (char *) NULL);
        _exit (127);
    }
    int status = -1;
    waitpid (shell, &status, 0);
    if (status != 0)
        lan_fail (line);
}

bool
lan_open (struct lan *self)
{
    *self = (struct lan){.home = open ("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)};
    /* The last one made is the one that the process is in: ours. */
    if (!machine_open (self, LAN_FAR) || !machine_open (self, LAN_ROUTER)
        || !machine_open (self, LAN_HERE))
        return false;
    lan_run (self, LAN_ROUTER,
             "ip link add near type veth peer name wire netns %d && "
             "ip link add far type veth peer name wire netns %d",
             (int) getpid (), (int) self->keepers[LAN_FAR]);
    lan_run (self, LAN_ROUTER,
             "ip address add 10.77.1.1/24 dev near && "
             "ip address add 10.77.2.1/24 dev far && "
             "ip link set near up && ip link set far up && "
             "echo 1 >/proc/sys/net/ipv4/ip_forward");
    lan_run (self, LAN_FAR,
             "ip link set lo up && ip address add " LAN_FAR_HOST "/24 dev wire && "
             "ip link set wire up && ip route add default via 10.77.2.1");
    lan_run (self, LAN_HERE,
             "ip link set lo up && ip address add 10.77.1.2/24 dev wire && "
             "ip link set wire up && ip route add default via 10.77.1.1");
    return true;
}

void
lan_close (struct lan *self)
{
    if (self->home > 0) {
        setns (self->home, CLONE_NEWNET);
        close (self->home);
    }
    for (int machine = 0; machine < LAN_MACHINE_COUNT; machine++) {
        if (self->keepers[machine] > 0) {
            kill (self->keepers[machine], SIGKILL);
            waitpid (self->keepers[machine], NULL, 0);
        }
        if (self->spaces[machine] > 0)
            close (self->spaces[machine]);
    }
    *self = (struct lan){0};
}
