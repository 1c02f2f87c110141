/* main_sim.c: from the command line's options to a server of simulated images. Owns the server and
 * the signal descriptor while it serves; signals are blocked meanwhile. */

#include "main_sim.h"

#include <stdlib.h>
#include <unistd.h>

#include "cli/cli.h"
#include "runtime/alloc.h"
#include "runtime/crypt.h"
#include "runtime/sig.h"
#include "runtime/z85.h"
#include "sim/sim_curve.h"
#include "sim/sim_identity.h"
#include "sim/sim_server.h"

static void
announce (const struct sim_options *options, const struct sim_server *server,
          const struct sim_curve_keys *keys)
{
    size_t count = sim_server_count (server);
    char server_key[Z85_KEY_CHARACTERS + 1];
    if (keys)
        z85_from_key (keys->public_key, server_key);
    struct sim_listing *list = stui_alloc (count * sizeof *list);
    for (size_t i = 0; i < count; i++)
        list[i] = (struct sim_listing){
            .name = sim_server_name (server, i),
            .image_id = sim_server_image_id (server, i),
            .port = sim_server_port (server, i),
            .server_key = keys ? server_key : NULL,
        };
    options->announce (options, list, count);
    free (list);
}

int
main_sim_run (const struct sim_options *options, struct stui_cause *cause)
{
    struct sim_curve_keys keys = {0};
    if (options->is_encrypted && sim_identity_keys (options->prefix, &keys, cause) < 0)
        return cause->err;
    struct sim_server_options of_server = {
        .count = options->count,
        .base_port = options->base_port,
        .prefix = options->prefix,
        .token = options->token,
        .keys = options->is_encrypted ? &keys : NULL,
        .is_read_only = options->is_read_only,
    };
    sig_block ();
    int signal_fd = sig_open (cause);
    struct sim_server *server =
        signal_fd >= 0 ? sim_server_new (&of_server, signal_fd, cause) : NULL;
    int rc = server ? 0 : cause->err;
    if (server) {
        announce (options, server, of_server.keys);
        sim_server_run (server);
    }
    sim_server_destroy (&server);
    if (signal_fd >= 0)
        close (signal_fd);
    sig_restore ();
    crypt_wipe (&keys, sizeof keys);
    return rc;
}
