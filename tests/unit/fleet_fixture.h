/* fleet_fixture.h: a fleet of two images, and messages to it, for tests of its steps. */

#ifndef TESTS_UNIT_FLEET_FIXTURE_H
#define TESTS_UNIT_FLEET_FIXTURE_H

#include "actors/fleet.h"

#include <stdlib.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/json.h"

/* What FLEET asked for: spawns, and the messages of VERB; forgets all. LAST (may be NULL) gets a
 * copy of the first field of the last such message. */
static inline size_t
taken (struct fleet *fleet, enum msg_verb verb, size_t *spawns, char **last)
{
    size_t count = 0;
    if (spawns)
        *spawns = 0;
    for (size_t index = 0; index < fleet->action_count; index++) {
        struct fleet_action *action = &fleet->actions[index];
        if (action->what == FLEET_SPAWN && spawns)
            ++*spawns;
        if (action->what == FLEET_SEND && action->msg->verb == verb) {
            count++;
            if (last) {
                free (*last);
                *last = action->msg->field_count ? stui_strdup (msg_text (action->msg, 0)) : NULL;
            }
        }
        msg_destroy (&action->msg);
        free (action->name);
        free (action->settings);
    }
    fleet_actions_clear (fleet);
    return count;
}

static inline size_t
spawned (struct fleet *fleet)
{
    size_t spawns;
    taken (fleet, MSG_VERB_COUNT, &spawns, NULL);
    return spawns;
}

static inline void
tell (struct fleet *fleet, int64_t now_ms, struct msg *msg)
{
    fleet_message (fleet, msg, now_ms);
    msg_destroy (&msg);
}

static inline void
list (struct fleet *fleet, const char *images)
{
    char *text = stui_printf ("{\"autoconnect\":true,\"images\":[%s]}", images);
    tell (fleet, 0, msg_new ("main#1", MSG_IMAGES, 0, text));
    free (text);
}

#define ONE   "{\"name\":\"one\",\"address\":\"tcp://a:1\"}"
#define ONE_B "{\"name\":\"one\",\"address\":\"tcp://b:1\"}"
#define ONE_C "{\"name\":\"one\",\"address\":\"tcp://c:1\"}"
#define TWO   "{\"name\":\"two\",\"address\":\"tcp://a:2\"}"

static inline void
report (struct fleet *fleet, const char *peer, const char *state, const char *image,
        const char *boot)
{
    char *text = stui_printf ("{\"state\":\"%s\",\"image_id\":\"%s\",\"boot_id\":\"%s\"}", state,
                              image, boot);
    tell (fleet, 0, msg_new (peer, MSG_STATE, 1, text));
    free (text);
    taken (fleet, MSG_VERB_COUNT, NULL, NULL);
}

/* PEER has read what is known of its image: that it is IMAGE, or (empty) nothing. */
static inline void
loaded (struct fleet *fleet, const char *peer, const char *image)
{
    char *text =
        stui_printf ("{\"state\":\"waiting\",\"image_id\":\"%s\",\"key\":\"%s\"}", image, image);
    tell (fleet, 0, msg_new (peer, MSG_STATE, 1, text));
    free (text);
}

/* Images one and two, both up as #1 and #2; what was known of them has been read: nothing. */
static inline void
fleet_start (struct fleet *fleet)
{
    fleet_init (fleet);
    list (fleet, ONE "," TWO);
    cr_assert_eq (spawned (fleet), 0, "nothing runs before the store has opened");
    tell (fleet, 0, msg_new ("store#1", MSG_OPENED, 0, "client", (uint64_t) 5));
    cr_assert_eq (spawned (fleet), 2);
    fleet_up (fleet, "image/one#1", 0);
    fleet_up (fleet, "image/two#2", 0);
    loaded (fleet, "image/one#1", "");
    loaded (fleet, "image/two#2", "");
    taken (fleet, MSG_VERB_COUNT, NULL, NULL);
}

#endif
