/* run_faults.c: see run.h: the plan's faults are begun and ended, those of the network by the proxy's
 * thread; and the images' processes, which some of them hit. */

#include "chaos/run.h"

#include <stdio.h>

#include "chaos/fault_log.h"
#include "runtime/alloc.h"

enum { SNAPSHOT_PATIENCE_MS = 5000 };

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

int
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
    host_image_peer (&self->hosts.images[self->plan.faults[fault].image], peer);
    struct msg *request =
        msg_new (peer, MSG_COMMAND, 0, "snapshot", "{}", (uint64_t) SNAPSHOT_PATIENCE_MS, "");
    uint64_t ref = chaos_owner_send (&self->owner, &request);
    workload_note_save (&self->workload, self->plan.faults[fault].image);
    stui_grow (&self->savings, &self->saving_capacity, self->saving_count, sizeof *self->savings);
    self->savings[self->saving_count++] =
        (struct saving){ref, fault, now_ms + SNAPSHOT_PATIENCE_MS, false};
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

/* Whether a fault on the process of HOST is not over: an image takes longer to save itself than was planned,
 * and each of two that end would start it. */
static bool
run_is_hit (struct run *self, const struct host *host)
{
    for (size_t i = self->first_active; i < self->next_fault; i++) {
        const struct plan_fault *fault = &self->plan.faults[i];
        if (self->is_active[i] && fault_rows[fault->what].place == FAULT_ON_PROCESS
            && hosts_of_image (&self->hosts, fault->image) == host)
            return true;
    }
    return false;
}

static int
run_begin_fault (struct run *self, size_t index, int64_t now_ms)
{
    const struct plan_fault *fault = &self->plan.faults[index];
    struct host *host = hosts_of_image (&self->hosts, fault->image);
    fault_log_note (self->options->fault_log, fault, self->hosts.images[fault->image].name,
                    now_ms - self->begun_ms);
    if (fault_rows[fault->what].place == FAULT_ON_PROCESS && run_is_hit (self, host)) {
        self->result->overtaken++;
        return 0;
    }
    self->result->faults++;
    self->result->faults_of[fault->what]++;
    self->is_active[index] = true;
    live_note_fault (&self->live, fault, true);
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

/* An image saved itself, or cannot, or takes too long: it is killed, and then its fault can end. Of one that
 * took too long the request is in stui still, and its next life may do it. */
void
run_end_savings (struct run *self, uint64_t ref, int64_t now_ms)
{
    size_t kept = 0;
    for (size_t i = 0; i < self->saving_count; i++) {
        struct saving saving = self->savings[i];
        size_t image = self->plan.faults[saving.fault].image;
        bool is_over = saving.ref == 0 || saving.ref == ref;
        if (!saving.is_late && (is_over || saving.deadline_ms <= now_ms)) {
            run_kill_host (self, hosts_of_image (&self->hosts, image));
            saving.is_late = true;
        }
        if (is_over)
            workload_note_save_over (&self->workload, image);
        else
            self->savings[kept++] = saving;
    }
    self->saving_count = kept;
}

static bool
fault_is_saving (const struct run *self, size_t index)
{
    for (size_t i = 0; i < self->saving_count; i++)
        if (self->savings[i].fault == index && !self->savings[i].is_late)
            return true;
    return false;
}

/* Begins and ends what is due AT_MS after the first; *NEXT_MS is when the next is. */
int
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

bool
run_faults_are_over (const struct run *self)
{
    if (self->next_fault < self->plan.count)
        return false;
    for (size_t i = self->first_active; i < self->plan.count; i++)
        if (self->is_active[i])
            return false;
    return true;
}

int
run_stop_faults (struct run *self, int64_t now_ms)
{
    int err = 0;
    for (size_t i = self->first_active; err == 0 && i < self->next_fault; i++)
        if (self->is_active[i])
            err = run_end_fault (self, i, now_ms);
    return err;
}
