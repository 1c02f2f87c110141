/* chaos.h: `stui chaos`: a stui of its own, in a temporary profile, works on images that were started
 * for it, while a scenario's faults hit the network between them, the images' processes and stui itself;
 * an independent checker says what survived. The only header that others include.
 *
 * It blocks its caller. Everything that it starts has ended when it returns. */

#ifndef STUI_CHAOS_CHAOS_H
#define STUI_CHAOS_CHAOS_H

#include <stdio.h>

#include "chaos/plant.h"
#include "chaos/samples.h"
#include "chaos/scenario.h"

struct json;

enum { CHAOS_IMAGES_MAX = 240 };

/* Somebody's own image, which the proxy is put before. All borrowed. */
struct chaos_attached {
    const char *name;            /* NULL: none */
    const void *address;         /* a socket's, to connect to */
    size_t address_size;         /* bytes of it */
    uint16_t port;               /* of it */
    const struct json *settings; /* what the run's configuration says of it beside the address */
};

struct chaos_options { /* all borrowed */
    const char *name;  /* of the scenario, or the scenarios, for the report */
    const struct scenario *const *scenarios;
    size_t scenario_count; /* one after the other, with the same stui and the same sessions */
    uint64_t seed;
    size_t images;
    const char *launcher, *gst;     /* of real images; NULL: simulated ones */
    struct chaos_attached attached; /* in the place of either */
    const char *program;            /* stui */
    const char *directory;          /* a private one, where the environment points to (XDG) */
    const char *profile;
    const char *config_path; /* written here */
    int64_t duration_ms;     /* of each one's faults; what is before and after comes on top */
    int64_t settle_ms;       /* patience for sessions that do not answer; 0: 90 s */
    int signal_fd;           /* readable: end early; -1 */
    FILE *live;              /* where the view of the run goes; NULL: nowhere */
    FILE *fault_log;         /* where each fault is noted; NULL: nowhere */
    enum plant_kind plant;   /* tests only */
};

/* Of the process of stui, at the beginning and at the end. */
struct chaos_growth {
    int64_t sockets, threads;
};

struct chaos_result {
    size_t faults, images, sessions;
    uint64_t evaluations, answered, refused;
    uint64_t lost, duplicated, crossed, in_doubt;
    size_t orphans;             /* sessions that did not answer again after the faults */
    struct chaos_growth leaked; /* of stui and of all images */
    size_t left;                /* sessions that are still in the attached image */
    bool left_is_unknown;       /* it could not be asked */
    size_t spared;              /* faults of the scenario that hit images' processes: left out */
    size_t overtaken;           /* faults on a process that another one still hit: left out */
    uint64_t connections, cut, spoilt;
    size_t recovered; /* faults after whose end the image answered again */
    int64_t recovery_p50_ms, recovery_p99_ms, recovery_max_ms; /* of those */
    size_t faults_of[FAULT_KIND_COUNT];
    size_t taken_over;            /* of take-overs: an attached terminal started the next owner */
    struct samples samples;       /* of stui, in the course of the faults */
    char slowest[STUI_CAUSE_MAX]; /* recovery: whose, and after what; empty */
    char wrong_why[512];          /* of the first answer that cannot be explained; empty */
    char orphan_why[STUI_CAUSE_MAX]; /* what was said last to one of them; empty */
    size_t open;         /* evaluations that were not answered yet when it was interrupted, … */
    int64_t ran_ms;      /* … so long after the first fault could come */
    bool is_interrupted; /* what was counted until then is in it, what was still open is not */
};

/* 0, whatever the verdict; or an error with CAUSE when it could not be run to its end. */
int chaos_run (const struct chaos_options *options, struct chaos_result *result,
               struct stui_cause *cause);

/* Whether nothing was lost, ran twice, was crossed, stayed away or leaked. */
bool chaos_survived (const struct chaos_result *result);
/* The verdict in a word: survived, failed, or interrupted when neither can be said. */
const char *chaos_verdict (const struct chaos_result *result);

/* For scripts; caller owns. And for people. */
struct json *chaos_report_json (const struct chaos_options *options,
                                const struct chaos_result *result);
void chaos_report_print (FILE *out, const struct chaos_options *options,
                         const struct chaos_result *result);

#endif
