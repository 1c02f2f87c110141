/* sim_identity.h: who a simulated image is: the id that stays with its name, as the GNU Smalltalk
 * launcher keeps it, in $XDG_STATE_HOME/stui-image/NAME.id. Owns those files while it writes. */

#ifndef STUI_SIM_IDENTITY_H
#define STUI_SIM_IDENTITY_H

#include <stui/types.h>

struct sim_curve_keys;

/* The id of NAME into ID: the kept one, else a new one that is put there, whole or not at all. 0,
 * or SYSTEM with CAUSE. */
int sim_identity_load (const char *name, char id[STUI_UUID_LEN + 1], struct stui_cause *cause);

/* The pair of CURVE of those called NAME-1 … into KEYS: the kept one, out of NAME.curve beside the ids,
 * which nobody else may read, else a new one that is put there. 0; SYSTEM or MALFORMED with CAUSE,
 * and the file stays as it is. */
int sim_identity_keys (const char *name, struct sim_curve_keys *keys, struct stui_cause *cause);

/* A fresh random UUID (version 4). */
void sim_identity_new (char id[STUI_UUID_LEN + 1]);

#endif
