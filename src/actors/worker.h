/* worker.h: the worker actor: reads and writes the files that the user names, and whatever else
 * may block, so that nobody else does. Takes `file_read` and `file_write`; and `alert`, which it keeps
 * as an event and runs the user's command for. */

#ifndef STUI_ACTORS_WORKER_H
#define STUI_ACTORS_WORKER_H

#include <czmq.h>

void worker_actor (zsock_t *pipe, void *args);

#endif
