/* sim_secret.h: comparing what a peer shows with what it should know. Pure. */

#ifndef STUI_SIM_SECRET_H
#define STUI_SIM_SECRET_H

#include <stui/types.h>

/* Whether the SIZE bytes at GIVEN are SECRET. All of them are compared, so that the time it takes
 * says nothing of where they differ. */
bool sim_secret_is (const char *secret, const char *given, size_t size);

#endif
