/* run_measure.c: see run.h: what stui and the images use, in the course of the faults and after them. */

#include "chaos/run.h"

#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "chaos/usage.h"
#include "runtime/alloc.h"
#include "runtime/path.h"

enum {
    LEAK_FEWER_MS = 5000, /* links that are missing may come back */
    LAZY_THREADS = 1,     /* LevelDB's own, once there is something to compact */
};

int64_t
run_total_ms (const struct run *self)
{
    return self->options->duration_ms * (int64_t) self->options->scenario_count;
}

/* Sockets and threads of stui, and sockets of the images. */
struct chaos_growth
run_measure (const struct run *self)
{
    struct usage usage = usage_read (chaos_owner_pid (&self->owner));
    struct chaos_growth growth = {usage.sockets, usage.threads};
    for (size_t i = 0; i < self->hosts.count; i++)
        growth.sockets += usage_read (self->hosts.hosts[i].process.pid).sockets;
    return growth;
}

/* Whether there is nothing more than before. While there is less, a link is down still: what leaked would
 * hide in its place. */
bool
run_has_shrunk (struct run *self, int64_t now_ms)
{
    struct chaos_growth now = run_measure (self);
    struct chaos_growth *leaked = &self->result->leaked;
    leaked->sockets = now.sockets > self->before.sockets ? now.sockets - self->before.sockets : 0;
    leaked->threads =
        now.threads > self->before.threads + LAZY_THREADS ? now.threads - self->before.threads : 0;
    bool fewer = now.sockets < self->before.sockets && now_ms - self->begun_ms < LEAK_FEWER_MS;
    return !fewer && leaked->sockets == 0 && leaked->threads == 0;
}

/* Before the settling, in which every session is asked through the proxy: by then it has an end there
 * and in the image, and is seen when what leaks is counted. It shakes hands (ZMTP 3.0, NULL, RFC 23):
 * an image ends a connection that does not. */
void
run_plant_leak (struct run *self)
{
    static const char hello[] = "\xff\0\0\0\0\0\0\0\0\x7f\3\0NULL\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                                "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                                "\4\x1c\5READY\x0bSocket-Type\0\0\0\6"
                                "DEALER";
    static_assert (sizeof hello - 1 == 64 + 30, "a greeting and a READY");
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons (proxy_port (self->proxy, 0)),
                                  .sin_addr.s_addr = htonl (INADDR_LOOPBACK)};
    if (self->options->plant != PLANT_SOCKET_LEAKED || self->leak_fd >= 0)
        return;
    self->leak_fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect (self->leak_fd, (struct sockaddr *) &address, sizeof address) != 0
        || send (self->leak_fd, hello, sizeof hello - 1, MSG_NOSIGNAL)
               != (ssize_t) sizeof hello - 1)
        run_fail (self, STUI_E_SYSTEM, "the planted socket could not be connected");
}

/* Takes a sample of what stui uses when one is due; not while it is away. */
void
run_sample (struct run *self, int64_t at_ms)
{
    pid_t pid = chaos_owner_pid (&self->owner);
    if (at_ms < self->next_sample_ms || self->owner.state != OWNER_ATTACHED || pid == 0)
        return;
    self->next_sample_ms += run_total_ms (self) / SAMPLES_MAX + 1;
    char *state = path_state (self->options->profile), *store = stui_printf ("%s/db", state);
    struct usage usage = usage_read (pid);
    int64_t cpu_ms = usage.cpu_ms - self->last_cpu_ms;
    int64_t figures[SAMPLE_FIGURE_COUNT] = {
        [SAMPLE_resident] = usage.resident_kb,
        [SAMPLE_descriptors] = usage.descriptors,
        [SAMPLE_threads] = usage.threads,
        [SAMPLE_store] = usage_directory_kb (store),
        [SAMPLE_cpu] = cpu_ms >= 0 ? cpu_ms : usage.cpu_ms, /* another process than before */
    };
    self->last_cpu_ms = usage.cpu_ms;
    samples_add (&self->result->samples, figures);
    free (store);
    free (state);
}
