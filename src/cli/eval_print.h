/* eval_print.h: an image's answer to `evaluate`, as text for people and as --json has it, and the
 * exit status that it means. */

#ifndef STUI_CLI_EVAL_PRINT_H
#define STUI_CLI_EVAL_PRINT_H

#include "cli/cli.h"

struct json;
struct reply;

/* Prints the REPLY of image NAME: what it answered to stdout, what went wrong to stderr (with
 * --json all to stdout). SEVERAL: with the image's name before it. An enum stui_exit. */
int eval_print (const struct cli_options *cli, const char *name, bool several,
                const struct reply *reply);

/* The error REPLY of image NAME, on stderr: its type, eval_explain's sentence, the stack. */
void eval_print_error (const char *name, bool several, const struct reply *reply);
/* What an error REPLY means to a person: with the line of the code where it has one, and what to do.
 * Caller frees. Pure but for the heap. */
char *eval_explain (const struct reply *reply);

/* The exit status that REPLY means. Pure. */
int eval_exit (const struct reply *reply);
/* The object that --json prints. Caller owns. Pure but for the heap. */
struct json *eval_json (const char *name, const struct reply *reply);

#endif
