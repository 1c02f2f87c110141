/* filein_print.h: an image's answer to `file_in`, as text for people and as --json has it, and the exit
 * status that it means. */

#ifndef STUI_CLI_FILEIN_PRINT_H
#define STUI_CLI_FILEIN_PRINT_H

#include "cli/cli.h"

struct json;
struct reply;

/* Prints the REPLY of image NAME to what came from SOURCE: definitions to stdout, errors with their
 * lines to stderr (with --json all to stdout). SEVERAL: with the image's name before it. An enum
 * stui_exit. */
int filein_print (const struct cli_options *cli, const char *name, bool several, const char *source,
                  const struct reply *reply);

/* The exit status that REPLY means. Pure. */
int filein_exit (const struct reply *reply);
/* The object that --json prints. Caller owns. Pure but for the heap. */
struct json *filein_json (const char *name, const struct reply *reply);
/* What stdout and stderr get of a successful RESULT. Callers free. Pure but for the heap. */
char *filein_definitions (const char *name, bool several, const struct json *result);
char *filein_errors (const char *name, bool several, const char *source, const struct json *result);

#endif
