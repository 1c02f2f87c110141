/* sim_server.h: many simulated images in one process, served by one thread: a listener each, and
 * their connections, in one epoll. */

#ifndef STUI_SIM_SERVER_H
#define STUI_SIM_SERVER_H

#include <stui/types.h>

enum { SIM_IMAGES_MAX = 10000 };

struct sim_server;
struct sim_curve_keys;
struct sim_faults;

struct sim_server_options { /* texts are borrowed while the server lives */
    size_t count;
    int base_port;                     /* 0: free ports */
    const char *prefix;                /* of the names: PREFIX-1 … */
    const char *token;                 /* NULL: none is asked for */
    const struct sim_curve_keys *keys; /* of all images; NULL: nothing is encrypted */
    const struct sim_faults *faults;   /* a script of them; NULL: all goes well */
    bool is_read_only;                 /* they refuse whatever evaluates or changes them */
};

/* Binds all ports on the loopback interface. Signals are blocked (sig_block) before; SIGNAL_FD,
 * borrowed, is readable when one waits that ends the serving. NULL and CAUSE when a port is taken,
 * descriptors are too few, or an identity cannot be kept. */
struct sim_server *sim_server_new (const struct sim_server_options *options, int signal_fd,
                                   struct stui_cause *cause);
size_t sim_server_count (const struct sim_server *self);
/* Of image INDEX; borrowed. */
const char *sim_server_name (const struct sim_server *self, size_t index);
const char *sim_server_image_id (const struct sim_server *self, size_t index);
int sim_server_port (const struct sim_server *self, size_t index);
/* Serves until SIGINT, SIGTERM or SIGHUP; then says image_quitting to whoever wants to know. */
void sim_server_run (struct sim_server *self);
void sim_server_destroy (struct sim_server **self);

#endif
