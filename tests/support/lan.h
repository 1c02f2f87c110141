/* lan.h: three machines in one: this test's, which stui runs on, a router, and the one of the images;
 * each a network namespace that goes when the test ends. 10.77.1.2 is here, 10.77.2.2 there. Needs
 * root, and ip(8). What the machines are told to do and cannot ends the program. For tests and
 * benches. Linux. */

#ifndef TESTS_SUPPORT_LAN_H
#define TESTS_SUPPORT_LAN_H

#include <stdbool.h>
#include <sys/types.h>

#define LAN_FAR_HOST "10.77.2.2"

enum lan_machine { LAN_HERE, LAN_ROUTER, LAN_FAR, LAN_MACHINE_COUNT };

struct lan {
    int spaces[LAN_MACHINE_COUNT];    /* owned: descriptors of the namespaces */
    int home;                         /* owned: of where the caller came from */
    pid_t keepers[LAN_MACHINE_COUNT]; /* processes that sit in them; 0 for LAN_HERE */
};

/* Moves the calling thread, which is the process's first, into a namespace of its own, and wires the three.
 * False when that is not permitted here; errno says why. */
bool lan_open (struct lan *self);
/* The caller is where it was before. */
void lan_close (struct lan *self);

/* Runs COMMAND (printf's way) in a shell on MACHINE; its status has to be 0. */
void lan_run (const struct lan *self, enum lan_machine machine, const char *command, ...)
    __attribute__ ((format (printf, 3, 4)));
/* What the caller starts from now on runs on MACHINE. */
void lan_enter (const struct lan *self, enum lan_machine machine);

#endif
