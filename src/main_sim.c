/* main_sim.c: from the command line's options to a server of simulated images. Owns the server and
 * the signal descriptor while it serves; signals are blocked meanwhile. */

#include "main_sim.h"

#include <stdlib.h>
#include <unistd.h>

#include "cli/cli.h"
#include "runtime/alloc.h"
#include "runtime/sig.h"
#include "sim/sim_server.h"

static void
announce (const struct sim_options *options, const struct sim_server *server)
{
    size_t count = sim_server_count (server);
    struct sim_listing *list = stui_alloc (count * sizeof *list);
    for (size_t i = 0; i < count; i++)
        list[i] = (struct sim_listing){
            .name = sim_server_name (server, i),
            .image_id = sim_server_image_id (server, i),
            .port = sim_server_port (server, i),
        };
    options->announce (options, list, count);
    free (list);
}

int
main_sim_run (const struct sim_options *options, struct stui_cause *cause)
{
    struct sim_server_options of_server = {
        .count = options->count,
        .base_port = options->base_port,
        .prefix = options->prefix,
        .token = options->token,
        .is_read_only = options->is_read_only,
    };
    sig_block ();
    int signal_fd = sig_open (cause);
    struct sim_server *server =
        signal_fd >= 0 ? sim_server_new (&of_server, signal_fd, cause) : NULL;
    int rc = server ? 0 : cause->err;
    if (server) {
        announce (options, server);
        sim_server_run (server);
    }
    sim_server_destroy (&server);
    if (signal_fd >= 0)
        close (signal_fd);
    sig_restore ();
    return rc;
}
