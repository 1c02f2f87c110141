/* run.c: see chaos.h: the conductor. One thread polls the stui under test and starting images, and sends
 * the proxy, another thread, its orders. A run goes through the phases below, in their order. Long,
 * because all of it works on the one struct of the run. */

#include "chaos/chaos.h"

#include <assert.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <unistd.h>

#include "chaos/fault_log.h"
#include "chaos/leave.h"
#include "chaos/live.h"
#include "chaos/proxy.h"
#include "chaos/terminal.h"
#include "chaos/usage.h"
#include "chaos/workload.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/config.h"
#include "runtime/json.h"
#include "runtime/log.h"
#include "runtime/path.h"
#include "runtime/sig.h"

enum {
    START_PATIENCE_MS = 120000, /* all at once load their sources on few cores */
    ATTACH_PATIENCE_MS = 15000, /* somebody's own image runs already */
    SETTLE_PATIENCE_MS = 90000,
    DRAIN_PATIENCE_MS = 10000, /* an answer that is not there then does not come */
    LEAK_PATIENCE_MS = 10000,  /* what is on its way out may go */
    LEAK_FEWER_MS = 5000,      /* links that are missing may come back */
    LEAK_LOOK_MS = 100,
    SIGNAL_TWIN_MS = 500, /* one ^C may come as two: for the process and for its group */
    LEAVE_PATIENCE_MS =
        30000, /* for an image that is away; then its sessions expire by themselves */
    SNAPSHOT_PATIENCE_MS = 5000,
    SESSIONS_OPEN_MAX = 240,
    OWN_POLLS = 3,    /* signals, stui, the terminal; then the images' processes */
    LAZY_THREADS = 1, /* LevelDB's own, once there is something to compact */
};

static_assert ((int) CHAOS_IMAGES_MAX == (int) HOSTS_IMAGES_MAX,
               "the command line knows the former");

enum phase {
    PHASE_STARTING,  /* images are, until all listen */
    PHASE_ATTACHING, /* stui is, until all images are online */
    PHASE_MAKING,    /* sessions, until each has answered once */
    PHASE_FAULTS,    /* the plan's */
    PHASE_SETTLING,  /* until each session has answered once more */
    PHASE_DRAINING,  /* nothing more is asked, until what was is answered */
    PHASE_LEAVING,   /* of an image that is not ours: until it is as it was */
    PHASE_LEAKS,     /* until nothing is left that was not there before */
    PHASE_DONE
};

/* An image that is asked to save itself, before it is killed. */
struct saving {
    uint64_t ref;
    size_t fault; /* index in the plan */
    int64_t deadline_ms;
};

struct run {
    const struct chaos_options *options;
    struct chaos_result *result;
    struct stui_cause *cause;
    enum phase phase;
    int64_t begun_ms, deadline_ms; /* of the phase */
    struct hosts hosts;
    struct proxy *proxy; /* owned */
    struct launch_options launch_options;
    struct chaos_owner owner;
    struct terminal terminal; /* that takes over */
    struct workload workload;
    struct plan plan;
    size_t next_fault;
    int64_t faults_begun_ms; /* when they could */
    bool *is_active;         /* owned: by fault of the plan: it has begun and not ended */
    size_t first_active;     /* none before it is */
    struct saving *savings;  /* owned */
    size_t saving_count, saving_capacity;
    uint64_t watch_ref, watch_version;
    bool *is_online; /* owned, by image */
    struct chaos_growth before;
    struct live live;
    int64_t next_sample_ms, last_cpu_ms;
    struct leave leave;
    bool is_stopping; /* a signal came, and all that is left is to leave */
    int leak_fd;      /* owned: planted; -1 */
};

static int run_fail (struct run *self, int err, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));

static int
run_fail (struct run *self, int err, const char *format, ...)
{
    va_list args;
    va_start (args, format);
    stui_vfail (self->cause, err, format, args);
    va_end (args);
    return err;
}

static void
run_enter (struct run *self, enum phase phase, int64_t patience_ms)
{
    self->phase = phase;
    self->begun_ms = clock_mono_ms ();
    self->deadline_ms = self->begun_ms + patience_ms;
}

/* ---- starting ------------------------------------------------------------------------------- */

/* The configuration has the proxy's addresses, and timings that show much in a short run. */
static int
run_configure (struct run *self)
{
    char *text = stui_strdup ("# written by stui chaos\n[stui]\nping_ms = 500\n"
                              "handshake_ms = 3000\nbackoff_max_ms = 2000\n"
                              "busy_patience_ms = 20000\n");
    for (size_t i = 0; i < self->hosts.image_count; i++) {
        char *longer = stui_printf ("%s[image \"%s\"]\naddress = tcp://127.0.0.1:%d\n", text,
                                    self->hosts.images[i].name, (int) proxy_port (self->proxy, i));
        free (text);
        text = longer;
    }
    if (self->options->attached.name != NULL) {
        char *longer = config_edit_set (text, self->options->attached.name,
                                        self->options->attached.settings, self->cause);
        free (text);
        if (longer == NULL)
            return self->cause->err;
        text = longer;
    }
    int err = path_replace (self->options->config_path, text, strlen (text), 0600, self->cause);
    free (text);
    return err;
}

static int
run_start (struct run *self)
{
    const struct chaos_options *options = self->options;
    const struct hosts_options of_hosts = {
        .launcher = options->launcher,
        .gst = options->gst,
        .program = options->program,
        .directory = options->directory,
        .images = options->images,
        .attached = options->attached.name,
        .attached_port = options->attached.port,
    };
    run_enter (self, PHASE_STARTING, START_PATIENCE_MS);
    self->proxy = proxy_new (options->images, options->seed, self->cause);
    if (self->proxy == NULL)
        return self->cause->err;
    int err = hosts_start (&self->hosts, &of_hosts, self->cause);
    if (options->attached.name != NULL)
        proxy_aim_at (self->proxy, 0, options->attached.address, options->attached.address_size);
    return err < 0 ? err : run_configure (self);
}

static int64_t
run_total_ms (const struct run *self)
{
    return self->options->duration_ms * (int64_t) self->options->scenario_count;
}

static void
run_start_workload (struct run *self)
{
    size_t each = 1;
    for (size_t i = 0; i < self->options->scenario_count; i++)
        if ((size_t) self->options->scenarios[i]->sessions > each)
            each = (size_t) self->options->scenarios[i]->sessions;
    if (each * self->options->images > SESSIONS_OPEN_MAX)
        each = SESSIONS_OPEN_MAX / self->options->images;
    const struct workload_options options = {
        .images = self->hosts.images,
        .image_count = self->hosts.image_count,
        .sessions_each = each > 0 ? each : 1,
        .pace_ms = self->options->scenarios[0]->pace_ms,
        .plant = self->options->plant,
    };
    workload_init (&self->workload, &options, &self->owner);
}

/* ---- the images' processes ------------------------------------------------------------------ */

static void
run_aim (struct run *self, const struct host *host)
{
    for (size_t i = host->first; i < host->first + host->count; i++)
        proxy_aim (self->proxy, i, self->hosts.images[i].port);
}

static void
run_kill_host (struct run *self, struct host *host)
{
    host_kill (&self->hosts, host);
    run_aim (self, host);
    workload_note_images_end (&self->workload, host->first, host->count);
}

static int
run_turn_hosts (struct run *self, const struct pollfd *ready)
{
    for (size_t i = 0; i < self->hosts.count; i++) {
        if (ready[i].revents == 0)
            continue;
        int rc = host_turn (&self->hosts, &self->hosts.hosts[i], self->cause);
        if (rc < 0)
            return rc;
        if (rc == 1)
            run_aim (self, &self->hosts.hosts[i]);
    }
    return 0;
}

/* ---- faults --------------------------------------------------------------------------------- */

static void
run_ask_save (struct run *self, size_t fault, int64_t now_ms)
{
    char peer[STUI_ACTOR_ID_MAX + 1];
    snprintf (peer, sizeof peer, "image/%s",
              self->hosts.images[self->plan.faults[fault].image].name);
    struct msg *request =
        msg_new (peer, MSG_COMMAND, 0, "snapshot", "{}", (uint64_t) SNAPSHOT_PATIENCE_MS, "");
    uint64_t ref = chaos_owner_send (&self->owner, &request);
    workload_note_save (&self->workload, self->plan.faults[fault].image);
    stui_grow (&self->savings, &self->saving_capacity, self->saving_count, sizeof *self->savings);
    self->savings[self->saving_count++] =
        (struct saving){ref, fault, now_ms + SNAPSHOT_PATIENCE_MS};
}

/* What was asked of it is answered by nobody, and the next one counts its refs anew. */
static void
run_kill_owner (struct run *self, int64_t now_ms)
{
    chaos_owner_kill (&self->owner);
    workload_note_owner_end (&self->workload, now_ms);
    self->watch_ref = 0;
    for (size_t i = 0; i < self->saving_count; i++)
        self->savings[i].ref = 0;
}

static int
run_begin_fault (struct run *self, size_t index, int64_t now_ms)
{
    const struct plan_fault *fault = &self->plan.faults[index];
    struct host *host = hosts_of_image (&self->hosts, fault->image);
    self->result->faults++;
    self->result->faults_of[fault->what]++;
    self->is_active[index] = true;
    live_note_fault (&self->live, fault, true);
    fault_log_note (self->options->fault_log, fault, self->hosts.images[fault->image].name,
                    now_ms - self->begun_ms);
    switch (fault->what) {
    case FAULT_KILL:
        run_kill_host (self, host);
        break;
    case FAULT_STOP:
        host_stop (host, true);
        break;
    case FAULT_SNAPSHOT:
        run_ask_save (self, index, now_ms);
        break;
    case FAULT_KILL_STUI: /* and nobody starts another one, until the fault ends */
        terminal_freeze (&self->terminal, true);
        run_kill_owner (self, now_ms);
        break;
    case FAULT_TAKE_OVER:
        run_kill_owner (self, now_ms);
        break;
    default:
        proxy_fault_begin (self->proxy, index, fault);
    }
    return 0;
}

static int
run_end_fault (struct run *self, size_t index, int64_t now_ms)
{
    const struct plan_fault *fault = &self->plan.faults[index];
    struct host *host = hosts_of_image (&self->hosts, fault->image);
    int err = 0;
    self->is_active[index] = false;
    live_note_fault (&self->live, fault, false);
    switch (fault->what) {
    case FAULT_KILL:
    case FAULT_SNAPSHOT:
        err = host_restart (&self->hosts, host, self->cause);
        break;
    case FAULT_STOP:
        host_stop (host, false);
        break;
    case FAULT_TAKE_OVER:
        chaos_owner_await (&self->owner, now_ms);
        break;
    case FAULT_KILL_STUI:
        terminal_freeze (&self->terminal, false);
        err = chaos_owner_start (&self->owner, self->cause);
        break;
    default:
        proxy_fault_end (self->proxy, index, fault);
    }
    bool is_of_all = fault_rows[fault->what].place == FAULT_ON_STUI;
    size_t first = fault_rows[fault->what].place == FAULT_ON_PROCESS ? host->first : fault->image;
    size_t last = is_of_all                                           ? self->hosts.image_count - 1
                  : fault_rows[fault->what].place == FAULT_ON_PROCESS ? first + host->count - 1
                                                                      : first;
    for (size_t image = is_of_all ? 0 : first; image <= last; image++)
        recovery_begin (&self->workload.recovery, image, fault_rows[fault->what].word, now_ms);
    return err;
}

/* An image saved itself, or cannot, or takes too long: it is killed, and then its fault can end. */
static void
run_end_savings (struct run *self, uint64_t ref, int64_t now_ms)
{
    size_t kept = 0;
    for (size_t i = 0; i < self->saving_count; i++) {
        const struct saving saving = self->savings[i];
        if (saving.ref != 0 && saving.ref != ref && saving.deadline_ms > now_ms) {
            self->savings[kept++] = saving;
            continue;
        }
        run_kill_host (self, hosts_of_image (&self->hosts, self->plan.faults[saving.fault].image));
    }
    self->saving_count = kept;
}

static bool
fault_is_saving (const struct run *self, size_t index)
{
    for (size_t i = 0; i < self->saving_count; i++)
        if (self->savings[i].fault == index)
            return true;
    return false;
}

/* Begins and ends what is due AT_MS after the first; *NEXT_MS is when the next is. */
static int
run_turn_faults (struct run *self, int64_t at_ms, int64_t now_ms, int64_t *next_ms)
{
    int err = 0;
    *next_ms = STUI_NEVER;
    run_end_savings (self, 0, now_ms);
    for (size_t i = self->first_active; err == 0 && i < self->next_fault; i++) {
        int64_t until_ms = self->plan.faults[i].until_ms;
        if (i == self->first_active && !self->is_active[i])
            self->first_active++;
        if (!self->is_active[i])
            continue;
        if (until_ms <= at_ms && !fault_is_saving (self, i))
            err = run_end_fault (self, i, now_ms);
        else if (until_ms > at_ms && until_ms < *next_ms)
            *next_ms = until_ms;
    }
    while (err == 0 && self->next_fault < self->plan.count
           && self->plan.faults[self->next_fault].at_ms <= at_ms) {
        size_t index = self->next_fault++;
        err = run_begin_fault (self, index, now_ms);
        *next_ms = at_ms; /* it may end at once */
    }
    if (self->next_fault < self->plan.count && self->plan.faults[self->next_fault].at_ms < *next_ms)
        *next_ms = self->plan.faults[self->next_fault].at_ms;
    return err;
}

static bool
run_faults_are_over (const struct run *self)
{
    if (self->next_fault < self->plan.count || self->saving_count > 0)
        return false;
    for (size_t i = self->first_active; i < self->plan.count; i++)
        if (self->is_active[i])
            return false;
    return true;
}

/* ---- what leaks ----------------------------------------------------------------------------- */

/* Sockets and threads of stui, and sockets of the images. */
static struct chaos_growth
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
static bool
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
static void
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
static void
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

/* ---- the stui under test -------------------------------------------------------------------- */

static void
run_send (struct run *self, struct msg *request, uint64_t *ref)
{
    uint64_t sent = chaos_owner_send (&self->owner, &request);
    if (ref != NULL)
        *ref = sent;
}

static void
run_note_states (struct run *self, const struct msg *answer)
{
    struct json *news = json_parse_text (msg_text (answer, 0));
    self->watch_version = (uint64_t) json_get_number (news, "version", 0);
    const struct json *state = json_first (json_get (news, "images"));
    for (; state != NULL; state = json_next (state)) {
        const char *name = json_get_text (state, "name"), *word = json_get_text (state, "state");
        for (size_t i = 0; name != NULL && word != NULL && i < self->hosts.image_count; i++)
            if (strcmp (self->hosts.images[i].name, name) == 0)
                self->is_online[i] = strcmp (word, "online") == 0;
    }
    json_destroy (&news);
}

static bool
run_all_online (const struct run *self)
{
    for (size_t i = 0; i < self->hosts.image_count; i++)
        if (!self->is_online[i])
            return false;
    return true;
}

static void
run_take (struct run *self, const struct msg *answer, int64_t now_ms)
{
    if (answer->ref == self->watch_ref && answer->verb == MSG_OK) {
        run_note_states (self, answer);
        if (self->phase == PHASE_ATTACHING)
            run_send (self, msg_new ("registry", MSG_WATCH, 0, self->watch_version),
                      &self->watch_ref);
        return;
    }
    for (size_t i = 0; i < self->workload.count; i++)
        if (self->workload.sessions[i].ref == answer->ref && answer->verb == MSG_OK)
            live_note_answer (&self->live, self->workload.sessions[i].image);
    if (self->phase == PHASE_LEAVING)
        leave_take (&self->leave, answer, now_ms);
    workload_take (&self->workload, answer, now_ms);
    run_end_savings (self, answer->ref, now_ms);
}

static int
run_turn_owner (struct run *self, int64_t now_ms)
{
    bool was_attached = self->owner.state == OWNER_ATTACHED;
    int err = chaos_owner_turn (&self->owner, now_ms, self->cause);
    struct msg *answer;
    if (err < 0)
        return err;
    if (!was_attached && self->owner.state == OWNER_ATTACHED) {
        self->result->taken_over += self->owner.is_awaited;
        run_send (self, msg_new ("registry", MSG_CONNECT, 0, "[]"), NULL);
        if (self->phase == PHASE_ATTACHING)
            run_send (self, msg_new ("registry", MSG_WATCH, 0, (uint64_t) 0), &self->watch_ref);
    }
    while ((answer = chaos_owner_next (&self->owner)) != NULL) {
        run_take (self, answer, now_ms);
        msg_destroy (&answer);
    }
    return 0;
}

/* ---- phases --------------------------------------------------------------------------------- */

static void
run_begin_faults (struct run *self)
{
    const struct plan_site site = {
        .images = self->hosts.image_count,
        .images_per_process = self->hosts.per_process,
        .duration_ms = self->options->duration_ms,
        .spares_processes = self->options->attached.name != NULL,
    };
    self->before = run_measure (self);
    plan_make_series (&self->plan, self->options->scenarios, self->options->scenario_count,
                      self->options->seed, &site);
    fault_log_begin (self->options->fault_log);
    self->result->spared = self->plan.spared;
    self->is_active = stui_alloc (self->plan.count + 1);
    run_enter (self, PHASE_FAULTS, run_total_ms (self));
    self->faults_begun_ms = self->begun_ms;
}

/* What the phases after the faults begin with: only an image that is not ours has to be left. */
static void
run_begin_leaving (struct run *self)
{
    char peer[STUI_ACTOR_ID_MAX + 1];
    self->workload.is_making = true; /* nothing more is asked */
    if (self->options->attached.name == NULL) {
        run_enter (self, PHASE_LEAKS, LEAK_PATIENCE_MS);
        return;
    }
    snprintf (peer, sizeof peer, "image/%s", self->options->attached.name);
    leave_begin (&self->leave, &self->owner, peer);
    run_enter (self, PHASE_LEAVING, LEAVE_PATIENCE_MS);
}

/* A signal: what is ours ends with us, somebody's own image is left first. Faults end at once. */
static int
run_stop (struct run *self)
{
    int err = 0;
    bool is_there = self->phase > PHASE_ATTACHING || self->is_online[0];
    bool is_twin = self->is_stopping && clock_mono_ms () - self->begun_ms < SIGNAL_TWIN_MS;
    while (self->options->attached.name != NULL && sig_next (self->options->signal_fd) > 0)
        ; /* the next one does not wait for this */
    if (is_twin)
        return 0;
    if (self->options->attached.name == NULL || !is_there || self->is_stopping)
        return STUI_E_STOPPING;
    self->is_stopping = true;
    for (size_t i = self->first_active; err == 0 && i < self->next_fault; i++)
        if (self->is_active[i])
            err = run_end_fault (self, i, clock_mono_ms ());
    run_begin_leaving (self);
    return err;
}

/* The same from the faults on: what is not done in time is said in the report. */
static void
run_advance_late (struct run *self, int64_t now_ms)
{
    switch (self->phase) {
    case PHASE_FAULTS:
        if (now_ms < self->deadline_ms || !run_faults_are_over (self)
            || plant_waits (&self->workload.plant))
            break;
        workload_count_anew (&self->workload);
        run_plant_leak (self);
        run_enter (self, PHASE_SETTLING,
                   self->options->settle_ms > 0 ? self->options->settle_ms : SETTLE_PATIENCE_MS);
        break;
    case PHASE_SETTLING:
        self->result->orphans = workload_silent (&self->workload);
        if (self->result->orphans == 0)
            self->workload.is_making = true; /* nothing more is asked */
        if ((self->result->orphans == 0 && workload_open (&self->workload) == 0)
            || now_ms >= self->deadline_ms) {
            self->workload.is_making = true;
            run_enter (self, PHASE_DRAINING, DRAIN_PATIENCE_MS);
        }
        break;
    case PHASE_DRAINING:
        if (workload_open (&self->workload) == 0 || now_ms >= self->deadline_ms)
            run_begin_leaving (self);
        break;
    case PHASE_LEAVING:
        if (self->leave.step == LEAVE_DONE || now_ms >= self->deadline_ms) {
            self->result->left_is_unknown = self->leave.left == SIZE_MAX;
            self->result->left = self->result->left_is_unknown ? 0 : self->leave.left;
            run_enter (self, self->is_stopping ? PHASE_DONE : PHASE_LEAKS, LEAK_PATIENCE_MS);
        }
        break;
    case PHASE_LEAKS:
        if (run_has_shrunk (self, now_ms) || now_ms >= self->deadline_ms)
            self->phase = PHASE_DONE;
        break;
    default:
        break;
    }
}

/* One that takes over is attached from the start, so that what it takes up is there before. */
static int
run_start_terminal (struct run *self)
{
    for (size_t i = 0; i < self->options->scenario_count; i++)
        if (scenario_has (self->options->scenarios[i], FAULT_TAKE_OVER))
            return terminal_start (&self->terminal, &self->launch_options,
                                   self->hosts.images[0].name, self->cause);
    return 0;
}

/* Goes on to the next phase when this one is done. */
static int
run_advance (struct run *self, int64_t now_ms)
{
    switch (self->phase) {
    case PHASE_STARTING:
        if (!hosts_all_listen (&self->hosts))
            break;
        run_enter (self, PHASE_ATTACHING,
                   self->options->attached.name != NULL ? ATTACH_PATIENCE_MS : START_PATIENCE_MS);
        return chaos_owner_start (&self->owner, self->cause);
    case PHASE_ATTACHING:
        if (!run_all_online (self))
            break;
        self->workload.is_making = false;
        run_enter (self, PHASE_MAKING, START_PATIENCE_MS);
        return run_start_terminal (self);
    case PHASE_MAKING:
        if (workload_silent (&self->workload) == 0
            && (self->terminal.pid == 0 || self->terminal.is_ready))
            run_begin_faults (self);
        break;
    default:
        run_advance_late (self, now_ms);
        return 0;
    }
    if (now_ms >= self->deadline_ms)
        return run_fail (self, STUI_E_TIMEOUT,
                         "before any fault: not all images were ready after %d s: %s",
                         (int) ((self->deadline_ms - self->begun_ms) / 1000),
                         self->workload.why[0] != '\0' ? self->workload.why : "they do not answer");
    return 0;
}

/* Waits until something comes or NEXT_MS; STOPPING on a signal. */
static int
run_wait (struct run *self, struct pollfd *polls, int64_t next_ms)
{
    int64_t now_ms = clock_mono_ms ();
    int64_t left_ms = next_ms > now_ms ? next_ms - now_ms : 0;
    polls[0] = (struct pollfd){.fd = self->options->signal_fd, .events = POLLIN};
    polls[1] = (struct pollfd){.fd = chaos_owner_fd (&self->owner), .events = POLLIN};
    polls[2] = (struct pollfd){.fd = self->terminal.fd, .events = POLLIN};
    for (size_t i = 0; i < self->hosts.count; i++)
        polls[OWN_POLLS + i] =
            (struct pollfd){.fd = host_fd (&self->hosts.hosts[i]), .events = POLLIN};
    if (poll (polls, OWN_POLLS + self->hosts.count,
              (int) (left_ms < LEAK_LOOK_MS ? left_ms : LEAK_LOOK_MS))
        <= 0)
        for (size_t i = 0; i < OWN_POLLS + self->hosts.count; i++)
            polls[i].revents = 0;
    if (polls[2].revents != 0)
        terminal_turn (&self->terminal);
    return polls[0].revents != 0 ? run_stop (self) : 0;
}

static int
run_turn (struct run *self, struct pollfd *polls)
{
    int64_t now_ms = clock_mono_ms ();
    int64_t next_ms =
        self->phase < PHASE_LEAVING ? workload_turn (&self->workload, now_ms) : STUI_NEVER;
    if (self->phase == PHASE_FAULTS) {
        int64_t next_fault_ms;
        int err = run_turn_faults (self, now_ms - self->begun_ms, now_ms, &next_fault_ms);
        if (err < 0)
            return err;
        if (next_fault_ms != STUI_NEVER && self->begun_ms + next_fault_ms < next_ms)
            next_ms = self->begun_ms + next_fault_ms;
        size_t turn = (size_t) ((now_ms - self->begun_ms) / self->options->duration_ms);
        if (turn < self->options->scenario_count)
            self->workload.pace_ms = self->options->scenarios[turn]->pace_ms;
        run_sample (self, now_ms - self->begun_ms);
        live_turn (&self->live, now_ms - self->begun_ms, self->workload.checker.answered);
    }
    if (self->phase == PHASE_LEAVING)
        leave_turn (&self->leave, now_ms);
    int err = run_wait (self, polls, next_ms);
    if (err == 0)
        err = run_turn_hosts (self, polls + OWN_POLLS);
    if (err == 0)
        err = run_turn_owner (self, clock_mono_ms ());
    return err < 0 ? err : run_advance (self, clock_mono_ms ());
}

/* ---- the whole ------------------------------------------------------------------------------ */

static void
run_sum_up (struct run *self)
{
    struct chaos_result *result = self->result;
    struct checker *checker = &self->workload.checker;
    struct recovery *recovery = &self->workload.recovery;
    checker_finish (checker);
    result->images = self->hosts.image_count;
    result->sessions = self->workload.count;
    result->evaluations = checker->asked;
    result->answered = checker->answered;
    result->refused = checker->refused;
    result->lost = checker->lost;
    result->duplicated = checker->duplicated;
    result->crossed = checker->crossed;
    result->in_doubt = checker->in_doubt;
    result->recovery_p50_ms = recovery_percentile (recovery, 50);
    result->recovery_p99_ms = recovery_percentile (recovery, 99);
    result->recovery_max_ms = recovery_percentile (recovery, 100);
    if (recovery->slowest.what != NULL)
        snprintf (result->slowest, sizeof result->slowest, "%s, after %s at %.1f s",
                  self->hosts.images[recovery->slowest.image].name, recovery->slowest.what,
                  (double) (recovery->slowest.since_ms - self->faults_begun_ms) / 1000);
    if (checker->first[0] != '\0')
        snprintf (result->wrong_why, sizeof result->wrong_why, "%s: %s",
                  self->hosts.images[self->workload.sessions[checker->first_session].image].name,
                  checker->first);
    if (result->orphans > 0)
        snprintf (result->orphan_why, sizeof result->orphan_why, "%s", self->workload.why);
}

static void
run_fail_interrupted (struct run *self)
{
    const struct chaos_result *result = self->result;
    if (!self->is_stopping)
        run_fail (self, STUI_E_STOPPING, "interrupted");
    else if (self->leave.step == LEAVE_DONE)
        run_fail (self, STUI_E_STOPPING,
                  "interrupted; %s is as it was: this run's sessions are closed",
                  self->options->attached.name);
    else
        run_fail (self, STUI_E_STOPPING,
                  "interrupted before all sessions in %s could be closed; they expire there by "
                  "themselves (%zu were seen)",
                  self->options->attached.name, result->left);
}

static void
run_fini (struct run *self)
{
    terminal_end (&self->terminal); /* first: else it starts another owner */
    chaos_owner_end (&self->owner);
    struct proxy_counts counts = proxy_destroy (&self->proxy);
    self->result->connections = counts.connections;
    self->result->cut = counts.cut;
    self->result->spoilt = counts.spoilt;
    hosts_end (&self->hosts);
    workload_fini (&self->workload);
    plan_fini (&self->plan);
    if (self->leak_fd >= 0)
        close (self->leak_fd);
    free (self->is_active);
    free (self->savings);
    free (self->is_online);
}

int
chaos_run (const struct chaos_options *options, struct chaos_result *result,
           struct stui_cause *cause)
{
    struct run self = {.options = options, .result = result, .cause = cause, .leak_fd = -1};
    struct pollfd polls[OWN_POLLS + CHAOS_IMAGES_MAX];
    self.launch_options = (struct launch_options){
        .program = options->program,
        .profile = options->profile,
        .config_path = options->config_path,
        .log_level = LOG_LEVEL_INFO,
    };
    *result = (struct chaos_result){0};
    self.is_online = stui_alloc (options->images);
    chaos_owner_init (&self.owner, &self.launch_options);
    terminal_init (&self.terminal);
    live_init (&self.live, options->live, options->images);
    int err = run_start (&self);
    if (err == 0) {
        run_start_workload (&self);
        while (err == 0 && self.phase != PHASE_DONE)
            err = run_turn (&self, polls);
        if (self.is_stopping && err == 0)
            err = STUI_E_STOPPING;
        run_sum_up (&self);
    }
    result->is_interrupted = err == STUI_E_STOPPING;
    if (result->is_interrupted)
        run_fail_interrupted (&self);
    run_fini (&self);
    return err;
}

bool
chaos_survived (const struct chaos_result *result)
{
    return result->lost == 0 && result->duplicated == 0 && result->crossed == 0
           && result->orphans == 0 && result->leaked.sockets == 0 && result->leaked.threads == 0
           && result->left == 0 && !result->left_is_unknown;
}
