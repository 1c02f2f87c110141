/* completion_words.h: words that a shell completes and that no table of commands has: tags, keys of the
 * configuration, kinds of events, commands of the terminal, sessions. */

#ifndef STUI_CLI_COMPLETION_WORDS_H
#define STUI_CLI_COMPLETION_WORDS_H

#include <stdbool.h>

#include "cli/cli.h"

struct option_row;

/* Prints the words of the kind WHAT, one a line, in no order; what is not known is left out, without a
 * word. False when there is no such kind. */
bool completion_words_print (const struct cli_options *cli, const char *what);
/* The kinds, with blanks between. */
const char *completion_words_kinds (void);

/* Which kind the value of OPTION is of, and an operand of the command at PATH with USAGE; NULL: none. */
const char *completion_words_of_option (const struct option_row *option);
const char *completion_words_of_place (const char *path, const char *usage);

#endif
