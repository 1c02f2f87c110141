/* eval_text.h: what an evaluation's answer says to a person. Callers free. Pure but for the heap. */

#ifndef STUI_UI_EVAL_TEXT_H
#define STUI_UI_EVAL_TEXT_H

#include "ui/workspace.h"

struct json;
struct msg;

/* "CLASS: message", then the stack, a line each. */
char *eval_text_raised (const struct json *result);

char *eval_text_result (enum eval_mode mode, const struct json *result);

/* What the answer MSG says of an evaluation in IMAGE, and its KIND; RESULT is NULL when MSG is an error. */
char *eval_text_outcome (const char *image, enum eval_mode mode, const struct msg *msg,
                         const struct json *result, enum output_kind *kind);

/* A failure as a person needs it: what is wrong, and what can be done. */
char *eval_text_refused (int err, const char *why, const struct json *details);

#endif
