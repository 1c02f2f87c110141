/* main_sim.c: from the command line's options to a server of simulated images. Owns the server and
 * the signal descriptor while it serves; signals are blocked meanwhile. */

#include "main_sim.h"

#include <stdlib.h>
#include <unistd.h>

#include "cli/cli.h"
#include "runtime/alloc.h"
#include "runtime/crypt.h"
#include "runtime/path.h"
#include "runtime/sig.h"
#include "runtime/z85.h"
#include "sim/sim_curve.h"
#include "sim/sim_faults.h"
#include "sim/sim_identity.h"
#include "sim/sim_image.h"
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

/* The script of OPTIONS; NULL with CAUSE, or without one when there is none. Caller owns. */
static struct sim_faults *
read_faults (const struct sim_options *options, struct stui_cause *cause)
{
    if (!options->faults_file)
        return NULL;
    char *text = path_read (options->faults_file, SIM_FAULTS_FILE_MAX, cause);
    if (!text)
        return NULL;
    struct sim_faults *faults =
        sim_faults_read (text, options->faults_file, options->seed, sim_image_knows, cause);
    free (text);
    return faults;
}

void
main_sim_list_faults (void (*each) (const char *word, const char *help))
{
    for (enum sim_faults_kind kind = SIM_FAULTS_NONE + 1; kind < SIM_FAULTS_COUNT; kind++)
        each (sim_faults_word (kind), sim_faults_help (kind));
}

/* Serves what OF_SERVER says. */
static int
serve (const struct sim_options *options, const struct sim_server_options *of_server,
       struct stui_cause *cause)
{
    sig_block ();
    int signal_fd = sig_open (cause);
    struct sim_server *server =
        signal_fd >= 0 ? sim_server_new (of_server, signal_fd, cause) : NULL;
    int rc = server ? 0 : cause->err;
    if (server) {
        announce (options, server, of_server->keys);
        sim_server_run (server);
    }
    sim_server_destroy (&server);
    if (signal_fd >= 0)
        close (signal_fd);
    sig_restore ();
    return rc;
}

int
main_sim_run (const struct sim_options *options, struct stui_cause *cause)
{
    struct sim_curve_keys keys = {0};
    if (options->is_encrypted && sim_identity_keys (options->prefix, &keys, cause) < 0)
        return cause->err;
    struct sim_faults *faults = read_faults (options, cause);
    struct sim_server_options of_server = {
        .count = options->count,
        .base_port = options->base_port,
        .prefix = options->prefix,
        .token = options->token,
        .keys = options->is_encrypted ? &keys : NULL,
        .faults = faults,
        .is_read_only = options->is_read_only,
    };
    int rc = options->faults_file && !faults ? cause->err : serve (options, &of_server, cause);
    sim_faults_destroy (&faults);
    crypt_wipe (&keys, sizeof keys);
    return rc;
}
