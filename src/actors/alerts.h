/* alerts.h: when a person is to be alerted, as pure steps: registry tells what it sees of each image
 * and what time it is, and takes the alerts that come of it.
 *
 * For each image and kind there is an episode: it begins when a trouble has lasted for long enough to
 * count (offline: after_ms; all else at once), is alerted to once, and is over when all was well for
 * quiet_ms. So an image that comes and goes alerts once, and once that it is back; when it was said
 * to be back and is away again, it must stay away for quiet_ms before that is said.
 * What comes of one kind within some seconds is one alert, whose text names the images; the next of
 * that kind comes ALERTS_GAP_MS later at the earliest. So a switch that dies rings once.
 *
 * Images that are away at the same time are one outage. When some of them are back and others are not,
 * that is said with how many are not, and the last alert says that all are back, and after how long.
 * An image that was failed by its supervisor, or let go by its user, is not back.
 *
 * Episodes are followed whatever the settings say, so that a changed setting rings for nothing old.
 * Pure but for the heap. */

#ifndef STUI_ACTORS_ALERTS_H
#define STUI_ACTORS_ALERTS_H

#include <stui/types.h>

enum {
    ALERTS_GATHER_MS = 3000, /* supervisors find out about one cause within a ping and a half */
    ALERTS_GAP_MS = 30000,
    ALERTS_NAMES_MAX = 8,    /* in the text of one; then … */
    ALERTS_WAITING_MAX = 16, /* more than there are kinds, in one turn */
};

struct alerts_settings {
    unsigned on; /* bits 1 << enum stui_alert */
    int64_t after_ms, quiet_ms;
};

/* One alert, to be given to people. */
struct alert {
    enum stui_alert kind;
    char image[STUI_NAME_MAX + 1]; /* empty when it is about several, or about none */
    char text[STUI_CAUSE_MAX * 3]; /* a sentence without control characters */
};

/* What is seen of an image; texts may be NULL. */
struct alerts_sight {
    const char *state, *cause;
    const char *image_id, *boot_id;
    int64_t orphans, conflicts, doubts;
};

/* Whether there is trouble, and how much of it people were told. */
struct alerts_episode {
    bool is;          /* now */
    bool said;        /* that it is */
    bool said_back;   /* that it is no more */
    int64_t since_ms; /* of `is` */
};

/* What is followed of one image; the kinds ONLINE and STORE are none of its own. */
struct alerts_image {
    char name[STUI_NAME_MAX + 1];
    char image_id[128], boot_id[80];
    char cause[STUI_CAUSE_MAX];
    struct alerts_episode episodes[STUI_ALERT_COUNT];
    bool out; /* a member of the outage */
};

/* From the alert that images are offline until the one that all of them are back. */
struct alerts_outage {
    size_t images;    /* members; 0: there is none */
    int64_t since_ms; /* when the first of them went */
};

struct alerts {
    struct alerts_settings settings;
    struct alerts_image **images; /* owned, in the order of their coming */
    size_t image_count, image_capacity;
    int64_t
        gather_ms[STUI_ALERT_COUNT];   /* when what is gathered goes out; STUI_NEVER: nothing is */
    int64_t last_ms[STUI_ALERT_COUNT]; /* when the last one went out, if one did: */
    bool went[STUI_ALERT_COUNT];
    bool store_said;
    struct alerts_outage outage;
    int64_t snoozed_until_ms; /* until then alerts come due and are given to nobody */
    int64_t next_ms;          /* when alerts_time has something to do */
    struct alert waiting[ALERTS_WAITING_MAX];
    size_t waiting_count;
};

void alerts_init (struct alerts *self);
void alerts_fini (struct alerts *self);
void alerts_set (struct alerts *self, const struct alerts_settings *settings);

/* Follows an image called NAME, from now on until it is forgotten. Borrowed. */
struct alerts_image *alerts_follow (struct alerts *self, const char *name);
/* *IMAGE is followed no longer; accepts NULL. */
void alerts_forget (struct alerts *self, struct alerts_image **image);

/* The steps. */
void alerts_see (struct alerts *self, struct alerts_image *image, const struct alerts_sight *sight,
                 int64_t now_ms);
/* Nothing can be stored, and WHY; empty: all is well again. */
void alerts_store (struct alerts *self, const char *why, int64_t now_ms);
void alerts_snooze (struct alerts *self, int64_t until_ms);
void alerts_time (struct alerts *self, int64_t now_ms);
int64_t alerts_deadline (const struct alerts *self);

/* Takes the next alert that is due; false when there is none. */
bool alerts_next (struct alerts *self, struct alert *alert);

#endif
