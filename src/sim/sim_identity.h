/* sim_identity.h: who a simulated image is: the id that stays with its name, as the GNU Smalltalk
 * launcher keeps it, in $XDG_STATE_HOME/stui-image/NAME.id. Owns those files while it writes. */

#ifndef STUI_SIM_IDENTITY_H
#define STUI_SIM_IDENTITY_H

#include <stui/types.h>

/* The id of NAME into ID: the kept one, else a new one that is put there, whole or not at all. 0,
 * or SYSTEM with CAUSE. */
int sim_identity_load (const char *name, char id[STUI_UUID_LEN + 1], struct stui_cause *cause);

/* A fresh random UUID (version 4). */
void sim_identity_new (char id[STUI_UUID_LEN + 1]);

#endif
