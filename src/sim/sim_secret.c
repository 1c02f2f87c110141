/* sim_secret.c: one comparison. */

#include "sim/sim_secret.h"

#include <string.h>

bool
sim_secret_is (const char *secret, const char *given, size_t size)
{
    size_t wanted = strlen (secret);
    volatile unsigned difference = wanted != size;
    for (size_t i = 0; i < wanted && i < size; i++)
        difference |= (unsigned char) (secret[i] ^ given[i]);
    return difference == 0;
}
