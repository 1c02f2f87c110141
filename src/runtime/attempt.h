/* attempt.h: the steps of one attempt to reach an image, in the words that people are told, and which of
 * them failed: the same on the command line and in the terminal. Pure. */

#ifndef STUI_RUNTIME_ATTEMPT_H
#define STUI_RUNTIME_ATTEMPT_H

#include <stdbool.h>

struct json;

struct attempt_step {
    const char *phase, *title; /* the phase of the attempt, and what it is called */
};

/* Those of an image that is reached directly, or through SSH; the last has no phase. Static. */
const struct attempt_step *attempt_steps (bool tunnelled);

/* Which of STEPS failed, as STATE, the details of a probe's error, has it: the place of the last
 * one's end when it is not known. */
int attempt_failed (const struct attempt_step *steps, const struct json *state);

/* What the image says of itself in RESULT, the answer of a probe, in one line. Caller frees. */
char *attempt_introduction (const struct json *result);

#endif
