/* main_do.h: a command of the terminal without a screen: a ui of its own, whose messages go over the
 * control socket and whose last line is the answer. */

#ifndef STUI_MAIN_DO_H
#define STUI_MAIN_DO_H

#include "cli/cli.h"

do_runner main_do_run;
do_lister main_do_name;

#endif
