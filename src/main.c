/* main.c: where the program begins: the command line, and what it needs of the rest. */

#include "cli/cli.h"
#include "main_actor.h"
#include "main_do.h"
#include "main_keys.h"
#include "main_restore.h"
#include "main_sim.h"
#include "main_terminal.h"

int
main (int argc, char **argv)
{
    static const struct cli_services services = {
        .run_owner = main_actor_run,
        .run_sim = main_sim_run,
        .list_sim_faults = main_sim_list_faults,
        .run_terminal = main_terminal_run,
        .run_restore = main_restore_run,
        .run_do = main_do_run,
        .do_name = main_do_name,
        .check_keys = main_keys_check,
    };
    return cli_main (argc, argv, &services);
}
