/* run_begin.c: see run.h: how a run begins: plan, configuration, proxy, images, and the sessions' work. */

#include "chaos/run.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/config.h"
#include "runtime/path.h"

enum { SESSIONS_OPEN_MAX = 240 };

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

/* Without a fault nothing would be tried, and the verdict would be worth nothing. */
static int
run_plan (struct run *self)
{
    const struct chaos_options *options = self->options;
    const struct plan_site site = {
        .images = self->hosts.image_count,
        .images_per_process = self->hosts.per_process,
        .duration_ms = options->duration_ms,
        .spares_processes = options->attached.name != NULL,
    };
    plan_make_series (&self->plan, options->scenarios, options->scenario_count, options->seed,
                      &site);
    self->result->spared = self->plan.spared;
    self->is_active = stui_alloc (self->plan.count + 1);
    if (self->plan.count == 0)
        return run_fail (self, STUI_E_INVALID_REQUEST,
                         "no fault of %s falls into %.0f s: nothing would be tried; give more "
                         "--seconds, or its faults an earlier first_ms or a greater chance",
                         options->name, (double) options->duration_ms / 1000);
    return 0;
}

int
run_begin (struct run *self)
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
    self->proxy = proxy_new (options->images, options->seed, self->cause);
    if (self->proxy == NULL)
        return self->cause->err;
    int err = hosts_start (&self->hosts, &of_hosts, self->cause);
    if (options->attached.name != NULL)
        proxy_aim_at (self->proxy, 0, options->attached.address, options->attached.address_size);
    if (err == 0)
        err = run_plan (self);
    return err < 0 ? err : run_configure (self);
}

void
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
