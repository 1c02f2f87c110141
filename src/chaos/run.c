/* run.c: see chaos.h: the conductor. A run goes through the phases, in their order. */

#include "chaos/run.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chaos/fault_log.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "runtime/log.h"
#include "runtime/sig.h"

enum {
    START_PATIENCE_MS = 120000, /* all at once load their sources on few cores */
    ATTACH_PATIENCE_MS = 15000, /* somebody's own image runs already */
    SETTLE_PATIENCE_MS = 90000,
    DRAIN_PATIENCE_MS = 10000, /* an answer that is not there then does not come */
    LEAK_PATIENCE_MS = 10000,  /* what is on its way out may go */
    LEAK_LOOK_MS = 100,
    SIGNAL_TWIN_MS = 500, /* one ^C may come as two: for the process and for its group */
    LEAVE_PATIENCE_MS =
        30000,     /* for an image that is away; then its sessions expire by themselves */
    OWN_POLLS = 3, /* signals, stui, the terminal; then the images' processes */
};

static_assert ((int) CHAOS_IMAGES_MAX == (int) HOSTS_IMAGES_MAX,
               "the command line knows the former");

int
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
        const char *why = json_get_text (state, "cause");
        if (self->phase == PHASE_ATTACHING && name != NULL && why != NULL && *why != '\0') {
            snprintf (self->workload.why, sizeof self->workload.why, "%s: %s", name, why);
            live_wait (&self->live, name, why);
        }
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
    self->before = run_measure (self);
    fault_log_begin (self->options->fault_log);
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
    leave_begin (&self->leave, &self->owner, host_image_peer (&self->hosts.images[0], peer));
    run_enter (self, PHASE_LEAVING, LEAVE_PATIENCE_MS);
}

/* A signal: what is ours ends with us, somebody's own image is left first. Faults end at once. */
static int
run_stop (struct run *self)
{
    bool is_there = self->phase > PHASE_ATTACHING || self->is_online[0];
    bool is_twin = self->is_stopping && clock_mono_ms () - self->begun_ms < SIGNAL_TWIN_MS;
    while (self->options->attached.name != NULL && sig_next (self->options->signal_fd) > 0)
        ; /* the next one does not wait for this */
    if (is_twin)
        return 0;
    if (!self->is_stopping)
        self->stopped_in = self->phase;
    if (self->options->attached.name == NULL || !is_there || self->is_stopping)
        return STUI_E_STOPPING;
    self->is_stopping = true;
    int err = run_stop_faults (self, clock_mono_ms ());
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
        self->workload.why[0] = '\0';
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
        return run_fail (self, STUI_E_UNREACHABLE,
                         "nothing was tried: not all images were ready after %d s: %s",
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
    run_enter (&self, PHASE_STARTING, START_PATIENCE_MS);
    int err = run_begin (&self);
    if (err == 0) {
        live_init (&self.live, options->live, self.hosts.images, self.hosts.image_count, &self.plan,
                   options->attached.name != NULL);
        run_start_workload (&self);
        while (err == 0 && self.phase != PHASE_DONE)
            err = run_turn (&self, polls);
        if (self.is_stopping && err == 0)
            err = STUI_E_STOPPING;
        result->is_interrupted = err == STUI_E_STOPPING;
        run_sum_up (&self);
    }
    result->is_interrupted = err == STUI_E_STOPPING;
    if (result->is_interrupted)
        run_fail_interrupted (&self);
    run_fini (&self);
    return err;
}
