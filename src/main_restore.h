/* main_restore.h: a profile restored from a backup, in this process, while nobody owns it. */

#ifndef STUI_MAIN_RESTORE_H
#define STUI_MAIN_RESTORE_H

#include "cli/cli.h"

restore_runner main_restore_run;

#endif
