/* main_sim.h: simulated images, lent to the command line, which does not know of src/sim. */

#ifndef STUI_MAIN_SIM_H
#define STUI_MAIN_SIM_H

struct sim_options;
struct stui_cause;

/* Serves simulated images until SIGINT, SIGTERM or SIGHUP; a sim_runner. */
int main_sim_run (const struct sim_options *options, struct stui_cause *cause);
/* A sim_fault_lister. */
void main_sim_list_faults (void (*each) (const char *word, const char *help));

#endif
