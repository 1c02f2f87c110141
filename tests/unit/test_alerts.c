/* test_alerts.c: who is alerted to what, and how often, under a clock that the test turns. */

#include "actors/alerts.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { S = 1000, AFTER_MS = 10 * S, QUIET_MS = 300 * S };

static struct alerts alerts;
static int64_t now_ms;
static char heard[4096]; /* the texts of all alerts since they were looked at, one a line */

static void
settings (unsigned on)
{
    alerts_set (&alerts, &(struct alerts_settings){on, AFTER_MS, QUIET_MS});
}

static void
setup (void)
{
    alerts_init (&alerts);
    settings (~0U);
    now_ms = 1000 * S;
    heard[0] = '\0';
}

static void
teardown (void)
{
    alerts_fini (&alerts);
}

static void
hear (void)
{
    struct alert alert;
    while (alerts_next (&alerts, &alert)) {
        strncat (heard, alert.text, sizeof heard - strlen (heard) - 2);
        strcat (heard, "\n");
    }
}

/* Time passes, and whatever is due on the way happens when it is. */
static void
pass (int64_t ms)
{
    int64_t until_ms = now_ms + ms;
    int turns = 0;
    while (alerts_deadline (&alerts) <= until_ms) {
        int64_t due_ms = alerts_deadline (&alerts);
        now_ms = due_ms > now_ms ? due_ms : now_ms;
        alerts_time (&alerts, now_ms);
        hear ();
        cr_assert_lt (++turns, 2000, "deadlines without end");
    }
    now_ms = until_ms;
}

static void
see (struct alerts_image *image, const char *state)
{
    alerts_see (&alerts, image,
                &(struct alerts_sight){.state = state, .cause = "connection refused"}, now_ms);
}

/* What was heard meanwhile is TEXT. */
static void
expect (const char *text)
{
    cr_assert_str_eq (heard, text);
    heard[0] = '\0';
}

Test (alerts, an_image_that_is_away_for_a_second_rings_nobody, .init = setup, .fini = teardown)
{
    struct alerts_image *one = alerts_follow (&alerts, "one");
    see (one, "online");
    for (int round = 0; round < 20; round++) {
        see (one, "offline");
        pass (1 * S);
        see (one, "online");
        pass (5 * S);
    }
    expect ("");
}

Test (alerts, one_that_stays_away_alerts_once_with_its_cause_and_once_when_it_is_back,
      .init = setup, .fini = teardown)
{
    struct alerts_image *one = alerts_follow (&alerts, "one");
    see (one, "offline");
    pass (9 * S);
    expect ("");
    pass (5 * S);
    expect ("one is offline: connection refused\n");
    pass (3600 * S);
    expect ("");
    see (one, "online");
    pass (9 * S);
    expect ("");
    pass (5 * S);
    expect ("one is back after 1 h\n");
    pass (3600 * S);
    expect ("");
}

Test (alerts, a_flapping_image_alerts_once_until_it_was_well_for_a_while, .init = setup,
      .fini = teardown)
{
    struct alerts_image *one = alerts_follow (&alerts, "one");
    for (int round = 0; round < 100; round++) {
        see (one, "offline");
        pass (30 * S);
        see (one, "online");
        pass (30 * S);
    }
    expect ("one is offline: connection refused\none is back after 30 s\n");
    pass (QUIET_MS);
    see (one, "offline");
    pass (30 * S);
    expect ("one is offline: connection refused\n");
}

Test (alerts, one_said_to_be_back_that_stays_away_is_not_kept_quiet_about, .init = setup,
      .fini = teardown)
{
    struct alerts_image *one = alerts_follow (&alerts, "one");
    see (one, "offline");
    pass (30 * S);
    see (one, "online");
    pass (30 * S);
    see (one, "offline");
    expect ("one is offline: connection refused\none is back after 30 s\n");
    pass (QUIET_MS - 10 * S);
    expect ("");
    pass (60 * S);
    expect ("one is offline: connection refused\n");
}

Test (alerts, a_switch_that_dies_gives_one_alert, .init = setup, .fini = teardown)
{
    struct alerts_image *images[200];
    for (int index = 0; index < 200; index++) {
        char name[16];
        snprintf (name, sizeof name, "image%d", index);
        images[index] = alerts_follow (&alerts, name);
        see (images[index], "online");
    }
    for (int index = 0; index < 200; index++) { /* found out within a ping */
        now_ms += 10;
        see (images[index], "offline");
    }
    pass (600 * S);
    expect ("200 images are offline: image0, image1, image2, image3, image4, image5, image6, "
            "image7, …\n");
    for (int index = 0; index < 200; index++)
        see (images[index], "online");
    pass (600 * S);
    expect ("all 200 images are back after 10 min: image0, image1, image2, image3, image4, image5, "
            "image6, "
            "image7, …\n");
}

/* Twelve, of which the last comes back much later: nobody could tell from what was said whether all are. */
Test (alerts, after_an_outage_nobody_said_that_all_images_are_back, .init = setup, .fini = teardown)
{
    struct alerts_image *images[12];
    for (int index = 0; index < 12; index++) {
        char name[16];
        snprintf (name, sizeof name, "i%d", index);
        images[index] = alerts_follow (&alerts, name);
        see (images[index], "offline");
    }
    pass (60 * S);
    expect ("12 images are offline: i0, i1, i2, i3, i4, i5, i6, i7, …\n");
    for (int index = 0; index < 10; index++)
        see (images[index], "online");
    pass (60 * S);
    expect ("10 images are back: i0, i1, i2, i3, i4, i5, i6, i7, …; 2 are not\n");
    see (images[10], "online");
    pass (60 * S);
    expect ("i10 is back; 1 is not\n");
    see (images[11], "online");
    pass (3600 * S);
    expect ("all 12 images are back after 3 min: i0, i1, i2, i3, i4, i5, i6, i7, …\n");
    see (images[3], "offline"); /* that outage is over */
    pass (30 * S);
    see (images[3], "online");
    pass (60 * S);
    expect ("i3 is offline: connection refused\ni3 is back after 30 s\n");
}

/* One that was said to be back flaps on while the others return. */
Test (alerts, one_that_flaps_while_the_others_return_is_said_to_be_away_and_then_that_all_are_back,
      .init = setup, .fini = teardown)
{
    struct alerts_image *one = alerts_follow (&alerts, "one");
    struct alerts_image *two = alerts_follow (&alerts, "two");
    see (one, "offline");
    see (two, "offline");
    pass (60 * S);
    see (one, "online");
    pass (60 * S);
    expect ("2 images are offline: one, two\none is back; 1 is not\n");
    see (one, "offline");
    see (two, "online");
    pass (60 * S);
    expect ("two is back; 1 is not\n");
    see (one, "online");
    pass (3600 * S);
    expect ("all 2 images are back after 3 min: one, two\n");
}

Test (alerts, one_that_failed_or_was_let_go_is_not_said_to_be_back, .init = setup, .fini = teardown)
{
    struct alerts_image *one = alerts_follow (&alerts, "one");
    struct alerts_image *two = alerts_follow (&alerts, "two");
    struct alerts_image *three = alerts_follow (&alerts, "three");
    see (one, "offline");
    see (two, "offline");
    see (three, "offline");
    pass (60 * S);
    expect ("3 images are offline: one, two, three\n");
    see (one, "failed");
    see (two, "disabled");
    pass (60 * S);
    expect ("one has failed: connection refused\n");
    see (three, "online");
    pass (60 * S);
    expect ("three is back; 1 is not\n");
    see (one, "online");
    pass (60 * S);
    expect ("all 2 images are back after 3 min: one, three\n");
}

Test (alerts, an_outage_that_nobody_is_told_the_end_of_does_not_last_into_the_next, .init = setup,
      .fini = teardown)
{
    struct alerts_image *one = alerts_follow (&alerts, "one");
    struct alerts_image *two = alerts_follow (&alerts, "two");
    settings (1U << STUI_ALERT_OFFLINE);
    see (one, "offline");
    pass (30 * S);
    see (one, "online");
    pass (3600 * S);
    expect ("one is offline: connection refused\n");
    settings (~0U);
    see (one, "offline");
    see (two, "offline");
    pass (30 * S);
    see (one, "online");
    pass (20 * S);
    expect ("2 images are offline: one, two\none is back; 1 is not\n");
    alerts_forget (&alerts, &two);
    pass (3600 * S);
    see (one, "offline");
    pass (60 * S);
    see (one, "online");
    pass (60 * S);
    expect ("one is offline: connection refused\none is back after 1 min\n");
}

Test (alerts, images_that_go_one_after_the_other_ring_twice_a_minute_at_most, .init = setup,
      .fini = teardown)
{
    for (int index = 0; index < 60; index++) {
        char name[16];
        snprintf (name, sizeof name, "image%d", index);
        see (alerts_follow (&alerts, name), "offline");
        pass (1 * S);
    }
    pass (60 * S);
    int lines = 0;
    for (const char *at = heard; (at = strchr (at, '\n')); at++)
        lines++;
    cr_assert_leq (lines, 4, "%s", heard);
    cr_assert_not_null (strstr (heard, "images are offline"));
}

Test (alerts, only_what_was_asked_for_is_given_and_nothing_old_when_that_changes, .init = setup,
      .fini = teardown)
{
    struct alerts_image *one = alerts_follow (&alerts, "one");
    settings (1U << STUI_ALERT_ORPHANED);
    see (one, "offline");
    pass (60 * S);
    expect ("");
    settings (~0U);
    pass (60 * S);
    expect ("");
    alerts_see (&alerts, one, &(struct alerts_sight){.state = "offline", .orphans = 2}, now_ms);
    pass (60 * S);
    expect ("one has orphaned sessions\n");
}

Test (alerts, a_restart_is_another_boot_id_of_the_same_image, .init = setup, .fini = teardown)
{
    struct alerts_image *one = alerts_follow (&alerts, "one");
    struct alerts_sight sight = {.state = "online", .image_id = "i", .boot_id = "a"};
    alerts_see (&alerts, one, &sight, now_ms);
    pass (60 * S);
    expect ("");
    sight.boot_id = "b";
    alerts_see (&alerts, one, &sight, now_ms);
    pass (60 * S);
    sight.boot_id = "c"; /* in a circle: once */
    alerts_see (&alerts, one, &sight, now_ms);
    pass (60 * S);
    expect ("one was restarted\n");
    sight.image_id = "j";
    sight.boot_id = "d";
    alerts_see (&alerts, one, &sight, now_ms + QUIET_MS);
    pass (2 * QUIET_MS);
    expect ("");
}

Test (alerts, conflict_doubt_and_failure_are_said_at_once, .init = setup, .fini = teardown)
{
    struct alerts_image *one = alerts_follow (&alerts, "one");
    alerts_see (&alerts, one,
                &(struct alerts_sight){
                    .state = "failed", .cause = "wrong token", .conflicts = 1, .doubts = 3},
                now_ms);
    pass (5 * S);
    expect ("one has failed: wrong token\none has a session in conflict\n"
            "one has an evaluation in doubt\n");
}

Test (alerts, a_store_that_cannot_write_is_said_and_not_again_soon, .init = setup, .fini = teardown)
{
    alerts_store (&alerts, "the disk is full", now_ms);
    alerts_store (&alerts, "the disk is still full", now_ms + S);
    alerts_store (&alerts, "", now_ms + 2 * S);
    alerts_store (&alerts, "the disk is full", now_ms + 3 * S);
    hear ();
    expect ("stui cannot store anything: the disk is full\n");
    alerts_store (&alerts, "", now_ms + 4 * S);
    alerts_store (&alerts, "again", now_ms + 2 * QUIET_MS);
    hear ();
    expect ("stui cannot store anything: again\n");
}

Test (alerts, snoozed_means_nobody_hears_of_it_later_either, .init = setup, .fini = teardown)
{
    struct alerts_image *one = alerts_follow (&alerts, "one");
    struct alerts_image *two = alerts_follow (&alerts, "two");
    alerts_snooze (&alerts, now_ms + 60 * S);
    see (one, "offline");
    pass (120 * S);
    expect ("");
    see (two, "offline");
    pass (60 * S);
    expect ("two is offline: connection refused\n");
}

Test (alerts, control_characters_of_a_cause_do_not_come_through, .init = setup, .fini = teardown)
{
    struct alerts_image *one = alerts_follow (&alerts, "one");
    alerts_see (&alerts, one,
                &(struct alerts_sight){.state = "failed",
                                       .cause = "a\033]0;x\ab\xc2\x9b"
                                                "c\xe2\x80\xae\xc3\xa4"},
                now_ms);
    pass (5 * S);
    expect ("one has failed: a ]0;x b c \xc3\xa4\n");
}

Test (alerts, a_forgotten_image_is_not_spoken_of, .init = setup, .fini = teardown)
{
    struct alerts_image *one = alerts_follow (&alerts, "one");
    see (one, "offline");
    pass (5 * S);
    alerts_forget (&alerts, &one);
    cr_assert_null (one);
    alerts_forget (&alerts, &one);
    pass (60 * S);
    expect ("");
}
