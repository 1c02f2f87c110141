/* chaos_attach.h: the user's own image that `stui chaos --attach` puts its proxy before: found in the
 * configuration, judged, and its address resolved. */

#ifndef STUI_CLI_CHAOS_ATTACH_H
#define STUI_CLI_CHAOS_ATTACH_H

#include <sys/socket.h>

#include "chaos/chaos.h"
#include "runtime/config.h"

struct chaos_attach {
    struct config config; /* owned */
    struct sockaddr_storage address;
    struct json *settings; /* owned */
    bool is_read;          /* the configuration was */
};

/* Finds the image NAME of the configuration at CONFIG_PATH, for ATTACHED, which borrows. 0, or an error with
 * CAUSE: why chaos does not go there, and what to do. */
int chaos_attach_find (struct chaos_attach *self, const char *config_path, const char *name,
                       struct chaos_attached *attached, struct stui_cause *cause);
/* Accepts a zeroed one. */
void chaos_attach_fini (struct chaos_attach *self);

#endif
