/* orphans.c: what becomes of a session whose image goes: a table of cases, each a script of what
 * happens and what must have come of it. One image, one terminal, the real supervisor, fleet and
 * reaper with the times that are the default: 15 minutes, 30 days, 7 days.
 *
 * Long times pass in leaps: stui stands still for most of each hour, which the reaper counts, and
 * then runs until all that was due is done. */

#include "simulate/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTES(count) ((count) *INT64_C (60000))
#define HOURS(count)   ((count) *INT64_C (3600000))
#define DAYS(count)    ((count) *INT64_C (86400000))

enum {
    LEAP_MS = 40 * 60000,
    RUN_MS = 15000, /* after each leap: some attempts to connect */
    STEPS_MAX = 12,
};

enum what {
    END,
    GOES,      /* the image, or the network to it */
    RETURNS,   /* it is there again, as it was */
    IS_REBORN, /* it is there again, with a new boot_id and nothing in it */
    PASS,      /* so many ms, while stui runs */
    OFF,       /* stui is off for so long */
    JUMP,      /* the clock does */
    SLEEP,     /* the machine, for so long */
    UNTIL,     /* time passes until the reaper sends this verb */
    KILL,      /* stui, and it starts again at once */
    FAIL,      /* the disk fails from here on (1), or works again (0) */
    UNDO,      /* the user has it back */
    OPEN,      /* and opens it */
    IS,        /* the supervisor has it in this state */
    ARCHIVED,  /* it is in the archive, and nowhere else */
    DELETED,
};

struct step {
    enum what what;
    int64_t amount;
};

static const struct orphan_case {
    const char *name;
    struct step steps[STEPS_MAX];
} cases[] = {
#define PRESERVED                                                                                  \
    {GOES, 0}, {PASS, MINUTES (10)},                                                               \
    {                                                                                              \
        IS, STUI_SESSION_PRESERVED                                                                 \
    }
#define ORPHANED                                                                                   \
    {GOES, 0}, {PASS, MINUTES (20)},                                                               \
    {                                                                                              \
        IS, STUI_SESSION_ORPHANED                                                                  \
    }
#define ASKED                                                                                      \
    {GOES, 0},                                                                                     \
    {                                                                                              \
        UNTIL, MSG_MAY_REAP                                                                        \
    }
#define FROZEN                                                                                     \
    {GOES, 0},                                                                                     \
    {                                                                                              \
        UNTIL, MSG_ARCHIVE                                                                         \
    }
#define REAPED                                                                                     \
    {GOES, 0}, {UNTIL, MSG_REAPED}, {PASS, MINUTES (1)},                                           \
    {                                                                                              \
        ARCHIVED, 0                                                                                \
    }
#define SETTLED                                                                                    \
    {PASS, MINUTES (2)},                                                                           \
    {                                                                                              \
        IS, STUI_SESSION_RESTORED                                                                  \
    }
    {"preserved, the image returns", {PRESERVED, {RETURNS, 0}, SETTLED}},
    {"preserved, the image is reborn", {PRESERVED, {IS_REBORN, 0}, SETTLED}},
    {"orphaned, the image returns", {ORPHANED, {RETURNS, 0}, SETTLED}},
    {"orphaned, the image is reborn", {ORPHANED, {IS_REBORN, 0}, SETTLED}},
    /* Nobody knows yet that it is there: the user finds it in the archive. */
    {"it is asked whether it may go, the image returns",
     {ASKED, {RETURNS, 0}, {PASS, MINUTES (2)}, {ARCHIVED, 0}, {UNDO, 0}, {OPEN, 0}, SETTLED}},
    {"it is asked whether it may go, the image is reborn",
     {ASKED, {IS_REBORN, 0}, {PASS, MINUTES (2)}, {ARCHIVED, 0}, {UNDO, 0}, {OPEN, 0}, SETTLED}},
    {"it is asked whether it may go, stui is killed",
     {ASKED, {KILL, 0}, {PASS, MINUTES (1)}, {IS, STUI_SESSION_ORPHANED}, {RETURNS, 0}, SETTLED}},
    {"frozen, the image returns", {FROZEN, {RETURNS, 0}, {PASS, MINUTES (2)}, {ARCHIVED, 0}}},
    {"frozen, the image is reborn", {FROZEN, {IS_REBORN, 0}, {PASS, MINUTES (2)}, {ARCHIVED, 0}}},
    {"frozen, stui is killed and the image returns", {FROZEN, {KILL, 0}, {RETURNS, 0}, SETTLED}},
    {"frozen, the archive's batch fails",
     {FROZEN,
      {FAIL, 1},
      {PASS, MINUTES (1)},
      {FAIL, 0},
      {PASS, MINUTES (1)},
      {IS, STUI_SESSION_ORPHANED},
      {RETURNS, 0},
      SETTLED}},
    {"archived, the image returns", {REAPED, {RETURNS, 0}, {PASS, MINUTES (2)}, {ARCHIVED, 0}}},
    {"archived, the image is reborn", {REAPED, {IS_REBORN, 0}, {PASS, MINUTES (2)}, {ARCHIVED, 0}}},
    {"archived, it is kept for the undo window",
     {REAPED, {PASS, DAYS (7) - HOURS (2)}, {ARCHIVED, 0}, {PASS, HOURS (4)}, {DELETED, 0}}},
    {"undone, the image returns",
     {REAPED,
      {UNDO, 0},
      {IS, STUI_SESSION_STORED},
      {RETURNS, 0},
      {PASS, MINUTES (2)},
      {OPEN, 0},
      SETTLED}},
    {"undone, the image is reborn",
     {REAPED,
      {UNDO, 0},
      {IS, STUI_SESSION_STORED},
      {IS_REBORN, 0},
      {PASS, MINUTES (2)},
      {OPEN, 0},
      SETTLED}},
    {"deleted, the image returns",
     {REAPED, {PASS, DAYS (8)}, {DELETED, 0}, {RETURNS, 0}, {PASS, MINUTES (2)}, {DELETED, 0}}},
    {"deleted, the image is reborn",
     {REAPED, {PASS, DAYS (8)}, {DELETED, 0}, {IS_REBORN, 0}, {PASS, MINUTES (2)}, {DELETED, 0}}},
    {"stui is off for a month: that does not count",
     {ORPHANED,
      {OFF, DAYS (40)},
      {PASS, DAYS (29)},
      {IS, STUI_SESSION_ORPHANED},
      {PASS, DAYS (2)},
      {ARCHIVED, 0}}},
    {"stui is off for a month: nor for the undo window",
     {REAPED, {OFF, DAYS (40)}, {PASS, DAYS (6)}, {ARCHIVED, 0}, {PASS, DAYS (2)}, {DELETED, 0}}},
    {"an image that was back for half an hour begins anew, though stui was killed then",
     {{GOES, 0},
      {PASS, DAYS (29)},
      {RETURNS, 0},
      SETTLED,
      {KILL, 0},
      {GOES, 0},
      {PASS, DAYS (2)},
      {IS, STUI_SESSION_ORPHANED},
      {PASS, DAYS (29)},
      {ARCHIVED, 0}}},
    {"the clock jumps ahead by a month",
     {ORPHANED,
      {JUMP, DAYS (31)},
      {PASS, DAYS (29)},
      {IS, STUI_SESSION_ORPHANED},
      {PASS, DAYS (2)},
      {ARCHIVED, 0}}},
    {"the clock jumps ahead while it is due: nothing for a day",
     {{GOES, 0},
      {PASS, DAYS (30) - HOURS (3)},
      {JUMP, HOURS (2)},
      {PASS, HOURS (20)},
      {IS, STUI_SESSION_ORPHANED},
      {PASS, HOURS (8)},
      {ARCHIVED, 0}}},
    {"the clock jumps back while it is due: nothing for a day",
     {{GOES, 0},
      {PASS, DAYS (30) - HOURS (3)},
      {JUMP, -HOURS (2)},
      {PASS, HOURS (20)},
      {IS, STUI_SESSION_ORPHANED},
      {PASS, HOURS (8)},
      {ARCHIVED, 0}}},
    {"the machine sleeps each night: no night counts, nothing is suspended",
     {{GOES, 0},
      {PASS, DAYS (30) - HOURS (3)},
      {SLEEP, HOURS (8)},
      {PASS, HOURS (1)},
      {SLEEP, HOURS (8)},
      {IS, STUI_SESSION_ORPHANED},
      {PASS, HOURS (5)},
      {ARCHIVED, 0}}},
    {"the clock jumps by minutes: nothing comes of it",
     {{GOES, 0},
      {PASS, DAYS (30) - HOURS (3)},
      {JUMP, MINUTES (50)},
      {PASS, HOURS (6)},
      {ARCHIVED, 0}}},
    {"the clock jumps back by a month: the archive is kept no longer, and no shorter",
     {REAPED, {JUMP, -DAYS (31)}, {PASS, DAYS (6)}, {ARCHIVED, 0}, {PASS, DAYS (2)}, {DELETED, 0}}},
    {"the clock jumps ahead by a year: the archive is kept",
     {REAPED, {JUMP, DAYS (365)}, {PASS, DAYS (6)}, {ARCHIVED, 0}, {PASS, DAYS (2)}, {DELETED, 0}}},
};

/* ---- Time ------------------------------------------------------------------------------------------ */

static void
run_for (struct world *world, int64_t ms)
{
    int64_t until_us = world->now_us + ms * WORLD_MS;
    while (!world->failed && world->event_count > 0 && world->events[0].at_us <= until_us)
        world_step (world);
    if (world->now_us < until_us)
        world->now_us = until_us;
}

static void
pass (struct world *world, int64_t ms)
{
    int64_t until_us = world->now_us + ms * WORLD_MS;
    while (!world->failed && world->now_us < until_us) {
        int64_t left_ms = (until_us - world->now_us) / WORLD_MS;
        if (left_ms > LEAP_MS + RUN_MS) {
            world->now_us += LEAP_MS * (int64_t) WORLD_MS;
            world->leapt_us = world->now_us;
        }
        run_for (world, left_ms < RUN_MS ? left_ms + 1 : RUN_MS);
    }
}

static void
pass_until (struct world *world, enum msg_verb verb)
{
    int64_t limit_us = world->now_us + DAYS (40) * WORLD_MS;
    size_t before = world->reaper.sent[verb];
    while (!world->failed && world->reaper.sent[verb] == before) {
        int64_t leap_us = world->now_us + LEAP_MS * (int64_t) WORLD_MS;
        int64_t until_us = leap_us + RUN_MS * (int64_t) WORLD_MS;
        world->now_us = world->leapt_us = leap_us;
        while (!world->failed && world->events[0].at_us <= until_us
               && world->reaper.sent[verb] == before)
            world_step (world);
        if (world->now_us > limit_us)
            world_fail (world, "the reaper never sent %s", msg_word (verb));
    }
}

/* ---- Steps ----------------------------------------------------------------------------------------- */

static struct session *
session_held (const struct world *world)
{
    const struct world_node *node = world_node_of_image (world, 0);
    return node && world->known_count > 0
               ? sessions_find (&node->super->pure.sessions, world->known[0].id)
               : NULL;
}

static void
expect_state (struct world *world, enum stui_session_state state)
{
    const struct session *session = session_held (world);
    const struct world_known_session *known = &world->known[0];
    if (!session || session->state != state)
        world_fail (world, "expected %s, it is %s", stui_session_state_word (state),
                    session ? stui_session_state_word (session->state) : "not there");
    else if (json_get_number (session->context, "text", -1) != 1)
        world_fail (world, "its text is lost");
    else if (world_disk_text (world, known->key, known->id, false) != 1
             || world_disk_text (world, known->key, known->id, true) >= 0)
        world_fail (world, "it is not where it is to be stored, or in the archive as well");
}

static void
expect_archive (struct world *world, int64_t text)
{
    const struct world_known_session *known = &world->known[0];
    int64_t archived = world_disk_text (world, known->key, known->id, true);
    if (session_held (world) || world_disk_text (world, known->key, known->id, false) >= 0)
        world_fail (world, "it is still there");
    else if (archived != text)
        world_fail (world, text < 0 ? "it is still in the archive" : "it is not in the archive");
}

static void
image_goes (struct world *world)
{
    world_image_kill (world, &world->images[0]);
}

static void
restart (struct world *world, int64_t off_ms)
{
    world_board_stop (world);
    world->wall_base_ms += off_ms;
    world_board_start (world);
    run_for (world, 5000);
}

static void
ask (struct world *world, const char *to, enum msg_verb verb, const char *text, const char *more)
{
    world_terminal_ask (world, to, verb, text, more);
    run_for (world, 5000);
    if (!world->answer)
        world_fail (world, "%s was not answered", msg_word (verb));
}

static void
take_step (struct world *world, const struct step *step)
{
    struct world_image *image = &world->images[0];
    switch (step->what) {
    case END:
        break;
    case GOES:
        image_goes (world);
        break;
    case RETURNS:
        image->running = true;
        break;
    case IS_REBORN:
        world_image_start (world, image, false, false);
        break;
    case PASS:
        pass (world, step->amount);
        break;
    case OFF:
        restart (world, step->amount);
        break;
    case KILL:
        restart (world, 0);
        break;
    case JUMP:
        world->wall_base_ms += step->amount;
        break;
    case SLEEP:
        world->slept_ms += step->amount;
        break;
    case UNTIL:
        pass_until (world, (enum msg_verb) step->amount);
        break;
    case FAIL:
        world->store.broken = step->amount != 0;
        break;
    case UNDO:
        ask (world, "registry", MSG_UNDO_CLEANUP, "{\"all\":true}", NULL);
        break;
    case OPEN:
        ask (world, "image/i0", MSG_SESSION_RESTORE, world->known[0].id, NULL);
        break;
    case IS:
        expect_state (world, (enum stui_session_state) step->amount);
        break;
    case ARCHIVED:
        expect_archive (world, 1);
        break;
    case DELETED:
        expect_archive (world, -1);
        break;
    }
}

static bool
case_run (const struct orphan_case *one, bool trace)
{
    static struct world world; /* too large for the stack */
    world_init (&world, 1, trace);
    world.scripted = true;
    world.image_count = world.terminal_count = 1;
    config_timings_from_json (NULL, &world.timings);
    world.list[0] = (struct world_entry_of_list){.orphan_after_s = world.timings.orphan_after_s};
    snprintf (world.list[0].name, sizeof world.list[0].name, "i0");
    snprintf (world.list[0].address, sizeof world.list[0].address, "tcp://10.0.0.0:4000");
    world_image_init (&world, 0, false);
    world_board_start (&world);
    run_for (&world, 5000);
    ask (&world, "image/i0", MSG_SESSION_NEW, "work", "{\"text\":1}");
    run_for (&world, 5000);
    world.calm = true;
    size_t at = 0;
    for (; at < STEPS_MAX && one->steps[at].what != END && !world.failed; at++)
        take_step (&world, &one->steps[at]);
    bool passed = !world.failed;
    if (!passed)
        printf ("orphans: %s: step %zu: %s\n", one->name, at, world.failure);
    world_fini (&world);
    return passed;
}

int
orphans_run (bool trace)
{
    size_t passed = 0, count = sizeof cases / sizeof *cases;
    for (size_t index = 0; index < count; index++)
        passed += case_run (&cases[index], trace);
    printf ("%zu passed, %zu failed\n", passed, count - passed);
    return passed < count;
}
