/* test_fleet_alerts.c: what the fleet sees becomes alerts: for worker, for who watches. */

#include <string.h>

#include "unit/fleet_fixture.h"

static void
list_with_alerts (struct fleet *fleet, const char *images)
{
    char *text = stui_printf ("{\"autoconnect\":true,\"alert\":{\"on\":%u,\"run\":\"ring\","
                              "\"bell\":true,\"notify\":false,"
                              "\"after_s\":10,\"quiet_s\":300},\"images\":[%s]}",
                              (1U << STUI_ALERT_COUNT) - 1, images);
    tell (fleet, 0, msg_new ("main#1", MSG_IMAGES, 0, text));
    free (text);
}

/* Time goes on, deadline by deadline. */
static void
pass_until (struct fleet *fleet, int64_t until_ms)
{
    while (fleet_deadline (fleet) <= until_ms)
        fleet_time (fleet, fleet_deadline (fleet));
}

Test (fleet_alerts, an_image_that_stays_offline_is_told_to_worker_and_to_who_watches)
{
    struct fleet fleet;
    char *alert = NULL, *seen = NULL;
    fleet_start (&fleet);
    list_with_alerts (&fleet, ONE "," TWO);
    report (&fleet, "image/one#1", "offline", "i", "b");
    tell (&fleet, 0, msg_new ("ui#1", MSG_WATCH, 7, fleet.version));
    pass_until (&fleet, 9000);
    cr_assert_eq (taken (&fleet, MSG_ALERT, NULL, NULL), 0);
    pass_until (&fleet, 14000);
    fleet_flush (&fleet);
    for (size_t index = 0; index < fleet.action_count; index++) {
        const struct msg *msg = fleet.actions[index].msg;
        if (msg && msg->verb == MSG_ALERT) {
            cr_assert_null (alert);
            cr_assert_str_eq (msg->peer, "alerter", "a file must not hold it up");
            alert = stui_strdup (msg_text (msg, 0));
        }
        if (msg && msg->verb == MSG_OK)
            seen = stui_strdup (msg_text (msg, 0));
    }
    struct json *json = json_parse_text (alert);
    cr_assert_str_eq (json_get_text (json, "kind"), "offline");
    cr_assert_str_eq (json_get_text (json, "image"), "one");
    cr_assert_str_eq (json_get_text (json, "text"), "one is offline");
    cr_assert_str_eq (json_get_text (json, "run"), "ring");
    json_destroy (&json);
    json = json_parse_text (seen);
    const struct json *first = json_first (json_get (json, "alerts"));
    cr_assert_str_eq (json_get_text (first, "text"), "one is offline");
    cr_assert (json_get_bool (first, "bell", false));
    cr_assert_not (json_get_bool (first, "notify", true));
    cr_assert_null (json_get_text (first, "run"), "the command is nobody's business");
    json_destroy (&json);
    free (alert);
    free (seen);
    taken (&fleet, MSG_VERB_COUNT, NULL, NULL);
    fleet_fini (&fleet);
}

Test (fleet_alerts, whoever_begins_to_watch_is_not_rung_for_what_was)
{
    struct fleet fleet;
    char *seen = NULL;
    fleet_start (&fleet);
    list_with_alerts (&fleet, ONE "," TWO);
    tell (&fleet, 0, msg_new ("store#1", MSG_STORE_TROUBLE, 0, "the disk is full"));
    cr_assert_eq (taken (&fleet, MSG_ALERT, NULL, NULL), 1);
    tell (&fleet, 0, msg_new ("ui#1", MSG_WATCH, 7, (uint64_t) 0));
    fleet_flush (&fleet);
    cr_assert_eq (taken (&fleet, MSG_OK, NULL, &seen), 1);
    struct json *json = json_parse_text (seen);
    cr_assert_eq (json_count (json_get (json, "alerts")), 0);
    json_destroy (&json);
    free (seen);
    fleet_fini (&fleet);
}

Test (fleet_alerts, a_removed_image_rings_no_more_and_snoozed_is_snoozed)
{
    struct fleet fleet;
    fleet_start (&fleet);
    list_with_alerts (&fleet, ONE "," TWO);
    report (&fleet, "image/one#1", "offline", "i", "b");
    report (&fleet, "image/two#2", "offline", "j", "c");
    tell (&fleet, 0, msg_new ("ui#1", MSG_ALERTS_SNOOZE, 8, (uint64_t) 1));
    list_with_alerts (&fleet, TWO);
    fleet_ended (&fleet, "image/one#1", "", 1000);
    cr_assert_null (fleet_find (&fleet, "one"));
    taken (&fleet, MSG_VERB_COUNT, NULL, NULL);
    pass_until (&fleet, 59000);
    cr_assert_eq (taken (&fleet, MSG_ALERT, NULL, NULL), 0);
    fleet_fini (&fleet);
}

Test (fleet_alerts, orphans_conflicts_and_doubts_are_read_from_the_state)
{
    struct fleet fleet;
    char *seen = NULL;
    fleet_start (&fleet);
    list_with_alerts (&fleet, ONE "," TWO);
    tell (&fleet, 0,
          msg_new ("image/one#1", MSG_STATE, 1,
                   "{\"state\":\"online\",\"orphans\":1,\"conflicts\":1,\"in_doubt\":2}"));
    tell (&fleet, 0, msg_new ("ui#1", MSG_WATCH, 7, fleet.version));
    taken (&fleet, MSG_VERB_COUNT, NULL, NULL);
    pass_until (&fleet, 5000);
    fleet_flush (&fleet);
    cr_assert_eq (taken (&fleet, MSG_OK, NULL, &seen), 1);
    cr_assert_not_null (strstr (seen, "one has orphaned sessions"), "%s", seen);
    cr_assert_not_null (strstr (seen, "one has a session in conflict"), "%s", seen);
    cr_assert_not_null (strstr (seen, "one has an evaluation in doubt"), "%s", seen);
    free (seen);
    fleet_fini (&fleet);
}
