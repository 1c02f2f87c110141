/* test_fleet.c: the list of images, its supervisors and who hears of them, step by step. Long: its
 * fixture serves all of them. */

#include "actors/fleet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "actors/reaper.h"
#include "runtime/alloc.h"
#include "runtime/json.h"
#include "unit/fleet_fixture.h"

static void
assert_verdict (struct fleet *fleet, const char *peer, const char *image, const char *boot,
                const char *expected)
{
    char *result = NULL;
    tell (fleet, 0, msg_new (peer, MSG_JUDGE, 2, image, boot));
    cr_assert_eq (taken (fleet, MSG_OK, NULL, &result), 1);
    struct json *json = json_parse_text (result);
    cr_assert_str_eq (json_get_text (json, "verdict"), expected);
    json_destroy (&json);
    free (result);
}

/* ---- Supervisors --------------------------------------------------------------------------------- */

Test (fleet, one_that_ends_unexpectedly_is_started_again_and_not_for_ever)
{
    struct fleet fleet;
    fleet_start (&fleet);
    for (int restart = 1; restart <= FLEET_RESTARTS_MAX; restart++) {
        fleet_ended (&fleet, "image/one#1", "crashed", 1000 + restart);
        cr_assert_eq (spawned (&fleet), 1);
        fleet_up (&fleet, "image/one#1", 1000 + restart);
    }
    fleet_ended (&fleet, "image/one#1", "crashed", 1100);
    cr_assert_eq (spawned (&fleet), 0);
    cr_assert_eq (fleet_find (&fleet, "one")->life, FLEET_BROKEN);
    tell (&fleet, 1200, msg_new ("ui#1", MSG_CONNECT, 3, "[\"one\"]"));
    cr_assert_eq (spawned (&fleet), 1, "the user's word counts anew");
    fleet_fini (&fleet);
}

Test (fleet, restarts_far_apart_are_no_reason_to_give_up)
{
    struct fleet fleet;
    fleet_start (&fleet);
    for (int restart = 1; restart <= 50; restart++) {
        fleet_ended (&fleet, "image/one#1", "crashed", restart * FLEET_RESTARTS_MS);
        cr_assert_eq (spawned (&fleet), 1);
        fleet_up (&fleet, "image/one#1", restart * FLEET_RESTARTS_MS);
    }
    fleet_fini (&fleet);
}

Test (fleet, all_look_at_their_links_when_the_network_changed)
{
    struct fleet fleet;
    char *why = NULL;
    fleet_start (&fleet);
    tell (&fleet, 1000, msg_new ("netwatch#1", MSG_NETWORK_CHANGED, 0, "a route"));
    cr_assert_eq (taken (&fleet, MSG_LOOK, NULL, &why), 2);
    cr_assert_str_eq (why, "a route");
    free (why);
    fleet_fini (&fleet);
}

Test (fleet, all_supervisors_hear_that_a_terminal_has_gone)
{
    struct fleet fleet;
    char *who = NULL;
    fleet_start (&fleet);
    tell (&fleet, 1000, msg_new ("control#1", MSG_TERMINAL_GONE, 0, "it"));
    cr_assert_eq (taken (&fleet, MSG_TERMINAL_GONE, NULL, &who), 2);
    cr_assert_str_eq (who, "it");
    free (who);
    fleet_fini (&fleet);
}

Test (fleet, new_settings_restart_its_supervisor)
{
    struct fleet fleet;
    fleet_start (&fleet);
    list (&fleet, ONE_B "," TWO);
    cr_assert_eq (taken (&fleet, MSG_FINISH, NULL, NULL), 1);
    fleet_ended (&fleet, "image/one#1", "", 10);
    cr_assert_eq (spawned (&fleet), 1);
    fleet_fini (&fleet);
}

/* Symptom: an image whose settings changed twice within a second never came back. */
Test (fleet, settings_changed_again_while_it_ends_still_restart_it)
{
    struct fleet fleet;
    fleet_start (&fleet);
    list (&fleet, ONE_B "," TWO);
    list (&fleet, ONE_C "," TWO);
    taken (&fleet, MSG_FINISH, NULL, NULL);
    fleet_ended (&fleet, "image/one#1", "", 10);
    cr_assert_eq (spawned (&fleet), 1);
    fleet_fini (&fleet);
}

/* Symptom: an image that was removed and added again at once had no supervisor. */
Test (fleet, one_removed_and_added_again_comes_back)
{
    struct fleet fleet;
    fleet_start (&fleet);
    list (&fleet, TWO);
    list (&fleet, ONE "," TWO);
    taken (&fleet, MSG_FINISH, NULL, NULL);
    fleet_ended (&fleet, "image/one#1", "", 10);
    cr_assert_eq (spawned (&fleet), 1);
    fleet_fini (&fleet);
}

Test (fleet, a_removed_one_is_told_to_end_and_forgotten)
{
    struct fleet fleet;
    fleet_start (&fleet);
    list (&fleet, TWO);
    cr_assert_eq (taken (&fleet, MSG_FINISH, NULL, NULL), 1);
    fleet_ended (&fleet, "image/one#1", "", 10);
    cr_assert_null (fleet_find (&fleet, "one"));
    cr_assert_eq (spawned (&fleet), 0);
    fleet_fini (&fleet);
}

/* Symptom: who waited for an image to come up waited for ever when it was removed. */
Test (fleet, connect_is_answered_when_its_image_is_removed)
{
    struct fleet fleet;
    fleet_start (&fleet);
    list (&fleet, ONE_B "," TWO);
    tell (&fleet, 0, msg_new ("ui#1", MSG_CONNECT, 3, "[\"one\"]"));
    list (&fleet, TWO);
    taken (&fleet, MSG_FINISH, NULL, NULL);
    fleet_ended (&fleet, "image/one#1", "", 10);
    cr_assert_eq (taken (&fleet, MSG_ERROR, NULL, NULL), 1);
    cr_assert_eq (fleet.connecter_count, 0);
    fleet_fini (&fleet);
}

Test (fleet, connect_is_answered_when_all_are_up)
{
    struct fleet fleet;
    fleet_start (&fleet);
    tell (&fleet, 0, msg_new ("ui#1", MSG_CONNECT, 3, "[]"));
    cr_assert_eq (taken (&fleet, MSG_OK, NULL, NULL), 1);
    fleet_ended (&fleet, "image/one#1", "crashed", 10);
    tell (&fleet, 10, msg_new ("ui#1", MSG_CONNECT, 4, "[\"one\",\"two\"]"));
    cr_assert_eq (taken (&fleet, MSG_OK, NULL, NULL), 0);
    fleet_up (&fleet, "image/one#3", 20);
    cr_assert_eq (taken (&fleet, MSG_OK, NULL, NULL), 1);
    tell (&fleet, 20, msg_new ("ui#1", MSG_CONNECT, 5, "[\"nobody\"]"));
    cr_assert_eq (taken (&fleet, MSG_ERROR, NULL, NULL), 1);
    fleet_fini (&fleet);
}

Test (fleet, drain_is_answered_when_all_have_ended)
{
    struct fleet fleet;
    fleet_start (&fleet);
    tell (&fleet, 0, msg_new ("main#1", MSG_DRAIN, 9));
    cr_assert_eq (taken (&fleet, MSG_FINISH, NULL, NULL), 2);
    fleet_ended (&fleet, "image/one#1", "", 10);
    cr_assert_eq (taken (&fleet, MSG_OK, NULL, NULL), 0);
    fleet_ended (&fleet, "image/two#2", "", 20);
    cr_assert_eq (taken (&fleet, MSG_OK, NULL, NULL), 1);
    fleet_fini (&fleet);
}

/* ---- Identity -------------------------------------------------------------------------------------- */

Test (fleet, judges_whose_an_image_is)
{
    struct fleet fleet;
    fleet_start (&fleet);
    assert_verdict (&fleet, "image/one#1", "A", "boot", "ours");
    assert_verdict (&fleet, "image/two#2", "A", "boot", "alias");
    assert_verdict (&fleet, "image/two#2", "A", "other boot", "copy");
    report (&fleet, "image/one#1", "offline", "A", "boot");
    report (&fleet, "image/two#2", "offline", "", "");
    assert_verdict (&fleet, "image/two#2", "A", "boot", "moved");
    assert_verdict (&fleet, "image/one#1", "B", "boot", "new");
    fleet_fini (&fleet);
}

/* Symptom: two names for one image were both called another route to the other, and neither could be
 * used: the second was judged before the first had told what it was. */
Test (fleet, two_routes_judged_at_once_are_one_image_and_one_alias)
{
    struct fleet fleet;
    fleet_start (&fleet);
    report (&fleet, "image/one#1", "connecting", "A", "");
    report (&fleet, "image/two#2", "connecting", "A", "");
    assert_verdict (&fleet, "image/two#2", "A", "boot", "alias");
    report (&fleet, "image/two#2", "connecting", "A", ""); /* it was on its way */
    assert_verdict (&fleet, "image/one#1", "A", "boot", "ours");
    fleet_fini (&fleet);
}

/* Symptom: the return of an image whose first report said that it is online was no return: what was counted
 * of its absence was void an hour later only, and not at all when stui was killed before. */
Test (fleet, an_image_returns_when_it_is_judged)
{
    struct fleet fleet;
    fleet_start (&fleet);
    uint64_t returns = fleet.returns;
    assert_verdict (&fleet, "image/one#1", "A", "boot", "ours");
    report (&fleet, "image/one#1", "online", "A", "boot");
    cr_assert_eq (fleet.returns, returns + 1);
    fleet_fini (&fleet);
}

/* One and two are up, and have not read yet what is known of their images. */
static void
start_unread (struct fleet *fleet)
{
    fleet_init (fleet);
    list (fleet, ONE "," TWO);
    tell (fleet, 0, msg_new ("store#1", MSG_OPENED, 0, "client", (uint64_t) 5));
    fleet_up (fleet, "image/one#1", 0);
    fleet_up (fleet, "image/two#2", 0);
    taken (fleet, MSG_VERB_COUNT, NULL, NULL);
}

/* Two is asked about while one has not read yet what is known of its image. */
static void
ask_early (struct fleet *fleet)
{
    start_unread (fleet);
    loaded (fleet, "image/two#2", "");
    taken (fleet, MSG_VERB_COUNT, NULL, NULL);
    tell (fleet, 0, msg_new ("image/two#2", MSG_JUDGE, 9, "A", "boot"));
    cr_assert_eq (taken (fleet, MSG_OK, NULL, NULL), 0, "it is judged too early");
}

/* Symptom: after a start the image was called two's before one had read that it is its own: both had the
 * sessions, and what was edited by way of one was written over by two. */
Test (fleet, nobodys_image_is_judged_once_the_others_have_said_which_theirs_are)
{
    struct fleet fleet;
    char *answer = NULL;
    ask_early (&fleet);
    loaded (&fleet, "image/one#1", "A");
    cr_assert_eq (taken (&fleet, MSG_OK, NULL, &answer), 2,
                  "the report's answer, and the judgement");
    cr_assert_not_null (strstr (answer, "\"alias\""), "%s", answer);
    free (answer);
    fleet_fini (&fleet);
}

/* Symptom: a judgement that waited for an attempt that was over was believed: two names had one image. */
Test (fleet, what_waits_of_an_attempt_that_is_over_is_not_judged)
{
    struct fleet fleet;
    ask_early (&fleet);
    tell (&fleet, 0,
          msg_new ("image/two#2", MSG_STATE, 1, "{\"state\":\"offline\",\"phase\":\"identity\"}"));
    cr_assert_eq (taken (&fleet, MSG_ERROR, NULL, NULL), 0, "it is being judged");
    tell (&fleet, 0,
          msg_new ("image/two#2", MSG_STATE, 1, "{\"state\":\"offline\",\"phase\":\"waiting\"}"));
    cr_assert_eq (taken (&fleet, MSG_ERROR, NULL, NULL), 1);
    tell (&fleet, 0, msg_new ("image/two#2", MSG_JUDGE, 10, "A", "boot"));
    tell (&fleet, 0, msg_new ("image/two#2", MSG_JUDGE, 11, "A", "boot"));
    cr_assert_eq (taken (&fleet, MSG_ERROR, NULL, NULL), 1, "the newest counts");
    cr_assert_eq (fleet.judgement_count, 1);
    fleet_fini (&fleet);
}

/* Symptom: the disk could not be read for longer than an attempt takes; both names had the sessions. */
Test (fleet, an_image_is_not_judged_while_what_is_known_of_another_cannot_be_read)
{
    struct fleet fleet;
    ask_early (&fleet);
    cr_assert_leq (fleet_deadline (&fleet), FLEET_JUDGE_MS);
    fleet_time (&fleet, FLEET_JUDGE_MS);
    cr_assert_eq (fleet.action_count, 1);
    cr_assert_eq (fleet.actions[0].msg->verb, MSG_ERROR);
    cr_assert_not_null (strstr (msg_text (fleet.actions[0].msg, 1), "one cannot be read"));
    taken (&fleet, MSG_VERB_COUNT, NULL, NULL);
    loaded (&fleet, "image/one#1", "A");
    taken (&fleet, MSG_VERB_COUNT, NULL, NULL);
    assert_verdict (&fleet, "image/two#2", "A", "boot", "alias");
    fleet_fini (&fleet);
}

/* What is known of one image may be unreadable for long, as where a newer stui wrote it. */
Test (fleet, an_image_that_has_its_sessions_is_not_kept_waiting_for_another)
{
    struct fleet fleet;
    ask_early (&fleet);
    loaded (&fleet, "image/two#2", "A");
    taken (&fleet, MSG_VERB_COUNT, NULL, NULL);
    assert_verdict (&fleet, "image/two#2", "A", "boot", "ours");
    tell (&fleet, 0, msg_new ("image/two#2", MSG_JUDGE, 9, "B", "boot"));
    cr_assert_eq (taken (&fleet, MSG_OK, NULL, NULL), 0, "that one may be another's");
    fleet_fini (&fleet);
}

/* Symptom (seed 418): an image's supervisor had ended, and the next one could not read yet which image it
 * has; another route to that one was called its own meanwhile, and both had the sessions. */
Test (fleet, one_that_cannot_read_yet_which_image_it_has_keeps_it)
{
    struct fleet fleet;
    fleet_start (&fleet);
    assert_verdict (&fleet, "image/one#1", "A", "boot", "ours");
    assert_verdict (&fleet, "image/two#2", "A", "boot", "alias");
    fleet_ended (&fleet, "image/one#1", "crashed", 10);
    fleet_up (&fleet, "image/one#3", 20);
    tell (&fleet, 20, msg_new ("image/one#3", MSG_STATE, 1, "{\"state\":\"waiting\"}"));
    taken (&fleet, MSG_VERB_COUNT, NULL, NULL);
    assert_verdict (&fleet, "image/two#2", "A", "boot", "alias");
    fleet_fini (&fleet);
}

/* Symptom (seed 41033): two names found the way to one image at once, and it became that of the one which
 * had none of its sessions: both had them, and the newer text was written over. */
Test (fleet, of_two_that_have_found_one_image_it_is_whose_its_sessions_are)
{
    struct fleet fleet;
    fleet_start (&fleet);
    loaded (&fleet, "image/one#1", "A");
    tell (&fleet, 0,
          msg_new ("image/two#2", MSG_STATE, 1,
                   "{\"state\":\"handshaking\",\"image_id\":\"A\",\"key\":\"\"}"));
    taken (&fleet, MSG_VERB_COUNT, NULL, NULL);
    assert_verdict (&fleet, "image/one#1", "A", "boot", "ours");
    assert_verdict (&fleet, "image/two#2", "A", "boot", "alias");
    fleet_fini (&fleet);
}

/* Symptom: an alias stayed one, and refused all, after the image that it was another route to had
 * been taken off the list or let go. */
Test (fleet, an_alias_is_judged_anew_when_its_image_goes)
{
    struct fleet fleet;
    fleet_start (&fleet);
    assert_verdict (&fleet, "image/one#1", "A", "boot", "ours");
    assert_verdict (&fleet, "image/two#2", "A", "boot", "alias");
    list (&fleet, TWO);
    cr_assert_eq (taken (&fleet, MSG_FINISH, NULL, NULL), 1);
    fleet_ended (&fleet, "image/one#1", "", 10);
    cr_assert_eq (taken (&fleet, MSG_FINISH, NULL, NULL), 1);
    fleet_ended (&fleet, "image/two#2", "", 20);
    cr_assert_eq (spawned (&fleet), 1);
    fleet_up (&fleet, "image/two#3", 20);
    assert_verdict (&fleet, "image/two#3", "A", "boot", "ours");
    fleet_fini (&fleet);
    fleet_start (&fleet);
    assert_verdict (&fleet, "image/one#1", "A", "boot", "ours");
    assert_verdict (&fleet, "image/two#2", "A", "boot", "alias");
    char *text = stui_strdup ("{\"state\":\"disabled\",\"image_id\":\"A\",\"boot_id\":\"boot\"}");
    tell (&fleet, 0, msg_new ("image/one#1", MSG_STATE, 1, text));
    free (text);
    cr_assert_eq (taken (&fleet, MSG_FINISH, NULL, NULL), 1);
    fleet_fini (&fleet);
}

/* ---- Permits --------------------------------------------------------------------------------------- */

static void
ask_permits (struct fleet *fleet, int count, uint64_t failures, int64_t now_ms)
{
    for (int index = 0; index < count; index++) {
        char peer[64];
        snprintf (peer, sizeof peer, "image/p%llu-%d#1", (unsigned long long) failures, index);
        tell (fleet, now_ms, msg_new (peer, MSG_PERMIT, 1, failures));
    }
}

Test (fleet, permits_go_to_the_fewest_failures_first)
{
    struct fleet fleet;
    fleet_init (&fleet);
    ask_permits (&fleet, FLEET_PERMITS, 0, 0);
    cr_assert_eq (taken (&fleet, MSG_OK, NULL, NULL), FLEET_PERMITS);
    ask_permits (&fleet, 1, 9, 0);
    ask_permits (&fleet, 1, 2, 0);
    cr_assert_eq (fleet.action_count, 0);
    tell (&fleet, 0, msg_new ("image/p0-3#1", MSG_PERMIT_RETURN, 0));
    cr_assert_eq (fleet.action_count, 1);
    cr_assert_str_eq (fleet.actions[0].msg->peer, "image/p2-0#1");
    fleet_fini (&fleet);
}

Test (fleet, a_permit_is_given_on_after_its_time)
{
    struct fleet fleet;
    fleet_init (&fleet);
    ask_permits (&fleet, FLEET_PERMITS + 1, 0, 0);
    cr_assert_eq (fleet_deadline (&fleet), FLEET_PERMIT_MS);
    taken (&fleet, MSG_OK, NULL, NULL);
    fleet_time (&fleet, FLEET_PERMIT_MS);
    cr_assert_eq (taken (&fleet, MSG_OK, NULL, NULL), 1);
    fleet_fini (&fleet);
}

Test (fleet, an_actor_that_ended_holds_no_permit_and_asks_for_none)
{
    struct fleet fleet;
    fleet_init (&fleet);
    ask_permits (&fleet, FLEET_PERMITS + 2, 0, 0);
    fleet_ended (&fleet, "image/p0-64#1", "", 0);
    fleet_ended (&fleet, "image/p0-1#1", "", 0);
    cr_assert_eq (fleet.asking_count, 0);
    cr_assert_eq (fleet.granted_count, FLEET_PERMITS);
    fleet_fini (&fleet);
}

/* Symptom: a thousand new images that were connected to on a busy machine were in vain attempted again and
 * again, while the supervisors that still read what they know had no processor: after three minutes a
 * fifth of them had not begun, and none was online. */
Test (fleet, a_new_image_is_not_attempted_while_others_read_which_theirs_are)
{
    struct fleet fleet;
    start_unread (&fleet);
    loaded (&fleet, "image/one#1", "");
    taken (&fleet, MSG_VERB_COUNT, NULL, NULL);
    tell (&fleet, 0, msg_new ("image/one#1", MSG_PERMIT, 7, (uint64_t) 0));
    cr_assert_eq (taken (&fleet, MSG_OK, NULL, NULL), 0);
    loaded (&fleet, "image/two#2", "");
    cr_assert_eq (fleet.granted_count, 1);
    cr_assert_eq (taken (&fleet, MSG_OK, NULL, NULL), 2, "the report's answer, and the permit");
    fleet_fini (&fleet);
}

Test (fleet, an_image_that_has_sessions_is_attempted_while_others_read)
{
    struct fleet fleet;
    start_unread (&fleet);
    loaded (&fleet, "image/one#1", "A");
    taken (&fleet, MSG_VERB_COUNT, NULL, NULL);
    tell (&fleet, 0, msg_new ("image/one#1", MSG_PERMIT, 7, (uint64_t) 0));
    cr_assert_eq (taken (&fleet, MSG_OK, NULL, NULL), 1);
    fleet_fini (&fleet);
}

/* As where a newer stui wrote it. */
Test (fleet, what_cannot_be_read_holds_up_no_new_image_for_ever)
{
    struct fleet fleet;
    start_unread (&fleet);
    loaded (&fleet, "image/one#1", "");
    tell (&fleet, 0, msg_new ("image/one#1", MSG_PERMIT, 7, (uint64_t) 0));
    taken (&fleet, MSG_VERB_COUNT, NULL, NULL);
    while (fleet.now_ms < FLEET_READING_MS - 1) {
        fleet_time (&fleet, fleet_deadline (&fleet) < FLEET_READING_MS ? fleet_deadline (&fleet)
                                                                       : FLEET_READING_MS - 1);
        cr_assert_eq (fleet.granted_count, 0);
    }
    cr_assert_leq (fleet_deadline (&fleet), FLEET_READING_MS);
    fleet_time (&fleet, FLEET_READING_MS);
    cr_assert_eq (fleet.granted_count, 1);
    fleet_fini (&fleet);
}

/* ---- Silence and watchers ------------------------------------------------------------------------------ */

Test (fleet, one_that_does_not_answer_its_tick_is_shown_as_stuck)
{
    struct fleet fleet;
    fleet_start (&fleet);
    int64_t now_ms = 0;
    for (; now_ms < 20000 && !fleet_find (&fleet, "one")->stuck; now_ms = fleet_deadline (&fleet))
        fleet_time (&fleet, now_ms);
    cr_assert (fleet_find (&fleet, "one")->stuck);
    cr_assert_geq (now_ms, FLEET_STUCK_MS);
    struct reaper_image look;
    cr_assert (fleet_reaper_look (&fleet, 0, &look));
    cr_assert (look.stuck, "the reaper does not ask it");
    tell (&fleet, now_ms, msg_new ("image/one#1", MSG_TOCK, 0, (uint64_t) 1));
    cr_assert_not (fleet_find (&fleet, "one")->stuck);
    fleet_fini (&fleet);
}

/* Symptom: sessions that their supervisor had not saved yet, while another image was at the address, were
 * adopted, and then saved under the old id as well (simulated seed 593). */
Test (fleet, sessions_that_are_not_saved_yet_are_nobodys_to_adopt)
{
    struct fleet fleet;
    struct reaper_image look;
    fleet_start (&fleet);
    tell (&fleet, 0,
          msg_new ("image/one#1", MSG_STATE, 1,
                   "{\"state\":\"online\",\"key\":\"new\",\"leaving\":true}"));
    cr_assert (fleet_reaper_look (&fleet, 0, &look));
    cr_assert_null (look.key, "whose they are is not known");
    tell (&fleet, 0,
          msg_new ("image/one#1", MSG_STATE, 2, "{\"state\":\"online\",\"key\":\"new\"}"));
    cr_assert (fleet_reaper_look (&fleet, 0, &look));
    cr_assert_str_eq (look.key, "new");
    fleet_fini (&fleet);
}

/* FLEET, started, when image one has been found stuck. The time then. */
static int64_t
fleet_stick (struct fleet *fleet)
{
    fleet_start (fleet);
    int64_t now_ms = 0;
    for (; !fleet_find (fleet, "one")->stuck; now_ms = fleet_deadline (fleet)) {
        fleet_time (fleet, now_ms);
        tell (fleet, now_ms, msg_new ("image/two#2", MSG_TOCK, 0, (uint64_t) 1));
    }
    taken (fleet, MSG_VERB_COUNT, NULL, NULL);
    return now_ms;
}

/* The action WHAT among those of FLEET; NULL: none. */
static const struct fleet_action *
action_of (const struct fleet *fleet, enum fleet_do what)
{
    for (size_t index = 0; index < fleet->action_count; index++)
        if (fleet->actions[index].what == what)
            return &fleet->actions[index];
    return NULL;
}

/* Whether MSG (taken over) of ui is answered in place of its receiver. */
static bool
stood_in (struct fleet *fleet, int64_t now_ms, struct msg *msg)
{
    bool answered = fleet_stands_in (fleet, "ui#1", msg, now_ms);
    msg_destroy (&msg);
    return answered;
}

Test (fleet, what_is_asked_of_a_stuck_one_is_refused_at_once)
{
    struct fleet fleet;
    int64_t now_ms = fleet_stick (&fleet);
    cr_assert (stood_in (&fleet, now_ms, msg_new ("image/one", MSG_SESSION_LIST, 7)));
    char *error = NULL;
    cr_assert_eq (taken (&fleet, MSG_ERROR, NULL, &error), 1);
    cr_assert_str_eq (error, "Unreachable");
    cr_assert_not (stood_in (&fleet, now_ms, msg_new ("image/two", MSG_SESSION_LIST, 8)));
    cr_assert_not (stood_in (&fleet, now_ms, msg_new ("image/one#1", MSG_FINISH, 0)), "a report");
    free (error);
    fleet_fini (&fleet);
}

Test (fleet, a_retry_of_a_stuck_one_gives_it_up_and_starts_another)
{
    struct fleet fleet;
    int64_t now_ms = fleet_stick (&fleet);
    cr_assert (stood_in (&fleet, now_ms, msg_new ("image/one", MSG_RETRY, 8)));
    const struct fleet_action *given_up = action_of (&fleet, FLEET_GIVE_UP);
    cr_assert_str_eq (given_up->name, "image/one#1");
    cr_assert_lt (given_up, action_of (&fleet, FLEET_SPAWN), "its name is free before");
    char *image = NULL;
    size_t spawns;
    cr_assert_eq (taken (&fleet, MSG_ABANDONED, &spawns, &image), 1);
    cr_assert_str_eq (image, "one");
    cr_assert_eq (spawns, 1);
    cr_assert_eq (fleet.given_up, 1);
    fleet_up (&fleet, "image/one#3", now_ms);
    fleet_ended (&fleet, "image/one#1", "", now_ms); /* not the one that is up */
    cr_assert_eq (spawned (&fleet), 0);
    cr_assert_eq (fleet_find (&fleet, "one")->life, FLEET_UP);
    fleet_given_up_ended (&fleet);
    cr_assert_eq (fleet.given_up, 0);
    free (image);
    fleet_fini (&fleet);
}

Test (fleet, a_stuck_one_that_ends_by_itself_is_stuck_no_more)
{
    struct fleet fleet;
    int64_t now_ms = fleet_stick (&fleet);
    fleet_ended (&fleet, "image/one#1", "crashed", now_ms);
    cr_assert_not (fleet_find (&fleet, "one")->stuck);
    cr_assert_not (stood_in (&fleet, now_ms, msg_new ("image/one", MSG_RETRY, 8)));
    cr_assert_eq (fleet.given_up, 0);
    fleet_fini (&fleet);
}

Test (fleet, a_stuck_one_that_is_removed_is_not_waited_for)
{
    struct fleet fleet;
    fleet_stick (&fleet);
    list (&fleet, TWO);
    cr_assert_null (fleet_find (&fleet, "one"));
    cr_assert_not_null (action_of (&fleet, FLEET_GIVE_UP));
    fleet_fini (&fleet);
}

/* Symptom: a supervisor that hung when its image was changed, or removed, kept the name for ever. */
Test (fleet, one_that_hangs_while_it_is_to_end_is_given_up)
{
    static const char *const lists[] = {ONE_B "," TWO, TWO};
    for (size_t index = 0; index < 2; index++) {
        struct fleet fleet;
        fleet_start (&fleet);
        list (&fleet, lists[index]);
        cr_assert_eq (taken (&fleet, MSG_FINISH, NULL, NULL), 1);
        const struct fleet_action *given_up = NULL;
        for (int64_t now_ms = 0; !given_up && now_ms <= 20000; now_ms = fleet_deadline (&fleet)) {
            fleet_time (&fleet, now_ms);
            given_up = action_of (&fleet, FLEET_GIVE_UP);
        }
        cr_assert_not_null (given_up);
        cr_assert_str_eq (given_up->name, "image/one#1");
        cr_assert_eq (spawned (&fleet), index == 0 ? 1 : 0);
        cr_assert_eq (fleet_find (&fleet, "one") != NULL, index == 0);
        fleet_fini (&fleet);
    }
}

/* Symptom: a stui that was stopped while a thousand supervisors were being started went on starting them,
 * and waited for each. */
Test (fleet, what_is_not_started_yet_when_stui_stops_is_not_started)
{
    struct fleet fleet;
    fleet_init (&fleet);
    list (&fleet, ONE "," TWO);
    tell (&fleet, 0, msg_new ("store#1", MSG_OPENED, 0, "client", (uint64_t) 5));
    cr_assert_eq (spawned (&fleet), 2);
    fleet_up (&fleet, "image/two#2", 0);
    tell (&fleet, 0, msg_new ("main#1", MSG_DRAIN, 9));
    const struct fleet_action *unspawn = action_of (&fleet, FLEET_UNSPAWN);
    cr_assert_not_null (unspawn);
    cr_assert_str_eq (unspawn->name, "image/one");
    taken (&fleet, MSG_VERB_COUNT, NULL, NULL);
    fleet_ended (&fleet, "image/one", "", 0); /* so registry says: it was waiting still */
    cr_assert_eq (taken (&fleet, MSG_OK, NULL, NULL), 0, "the other one runs");
    fleet_ended (&fleet, "image/two#2", "", 0);
    cr_assert_eq (taken (&fleet, MSG_OK, NULL, NULL), 1);
    fleet_fini (&fleet);
}

/* What image two is sent in a minute in which its supervisor says every SAYS_MS (0: never) that it
 * lives: how often it is asked whether it does. */
static size_t
asked_in_a_minute (int64_t says_ms)
{
    struct fleet fleet;
    fleet_start (&fleet);
    size_t asked = 0;
    int64_t said_ms = 0;
    for (int64_t now_ms = 0; now_ms < 60000; now_ms = fleet_deadline (&fleet)) {
        fleet_time (&fleet, now_ms);
        for (size_t index = 0; index < fleet.action_count; index++) {
            const struct msg *msg = fleet.actions[index].msg;
            asked += msg->verb == MSG_TICK && strcmp (msg->peer, "image/two#2") == 0;
        }
        taken (&fleet, MSG_VERB_COUNT, NULL, NULL);
        if (says_ms && now_ms - said_ms >= says_ms) {
            tell (&fleet, now_ms, msg_new ("image/two#2", MSG_TOCK, 0, (uint64_t) 0));
            said_ms = now_ms;
        }
    }
    fleet_fini (&fleet);
    return asked;
}

Test (fleet, one_that_says_that_it_lives_is_not_asked_and_a_silent_one_once)
{
    cr_assert_eq (asked_in_a_minute (4000), 0);
    cr_assert_eq (asked_in_a_minute (0), 1);
    cr_assert_gt (asked_in_a_minute (15000), 1);
}

/* Symptom: who asked for an image just after a start was told that it is not there. */
Test (fleet, an_image_is_known_to_be_starting_until_it_is_up)
{
    struct fleet fleet;
    fleet_init (&fleet);
    list (&fleet, ONE);
    cr_assert_not (fleet_is_starting (&fleet, "image/one"), "the database is not open");
    tell (&fleet, 0, msg_new ("store#1", MSG_OPENED, 0, "client", (uint64_t) 5));
    cr_assert (fleet_is_starting (&fleet, "image/one"));
    cr_assert_not (fleet_is_starting (&fleet, "image/none"));
    cr_assert_not (fleet_is_starting (&fleet, "store"));
    fleet_up (&fleet, "image/one#1", 0);
    cr_assert_not (fleet_is_starting (&fleet, "image/one"));
    fleet_fini (&fleet);
}

/* Attempts at each second until ATTEMPTS_MS; the moment at which memory is given back for the first time, and how
 * often that is in three minutes. */
static int64_t
tidied_first_ms (int64_t attempts_ms, int *times)
{
    struct fleet fleet;
    int64_t first_ms = 0;
    fleet_start (&fleet);
    *times = 0;
    for (int64_t now_ms = 0; now_ms < 3 * FLEET_TIDY_MAX_MS; now_ms += FLEET_LOOK_MS) {
        if (now_ms <= attempts_ms && now_ms % 1000 == 0)
            ask_permits (&fleet, 1, 0, now_ms);
        fleet_time (&fleet, now_ms);
        if (action_of (&fleet, FLEET_TIDY) && (*times)++ == 0)
            first_ms = now_ms;
        taken (&fleet, MSG_VERB_COUNT, NULL, NULL);
    }
    fleet_fini (&fleet);
    return first_ms;
}

Test (fleet, memory_is_given_back_once_when_attempts_are_over)
{
    int times;
    cr_assert_eq (tidied_first_ms (20 * 1000, &times), 20 * 1000 + FLEET_TIDY_MS);
    cr_assert_eq (times, 1);
}

Test (fleet, memory_is_given_back_though_attempts_never_end)
{
    int times;
    cr_assert_eq (tidied_first_ms (INT64_MAX, &times), FLEET_TIDY_MAX_MS);
    cr_assert_geq (times, 2);
}

Test (fleet, images_have_places_of_their_own_on_the_grid_of_pings)
{
    struct fleet fleet;
    fleet_start (&fleet);
    cr_assert_neq (fleet_find (&fleet, "one")->number, fleet_find (&fleet, "two")->number);
    fleet_fini (&fleet);
}

Test (fleet, a_watch_is_answered_once_with_what_is_newer)
{
    struct fleet fleet;
    char *result = NULL;
    fleet_start (&fleet);
    tell (&fleet, 0, msg_new ("ui#1", MSG_WATCH, 1, (uint64_t) 0));
    fleet_flush (&fleet);
    cr_assert_eq (taken (&fleet, MSG_OK, NULL, &result), 1);
    struct json *json = json_parse_text (result);
    cr_assert_eq (json_count (json_get (json, "images")), 2);
    uint64_t version = (uint64_t) json_get_number (json, "version", 0);
    json_destroy (&json);
    tell (&fleet, 0, msg_new ("ui#1", MSG_WATCH, 2, version));
    fleet_flush (&fleet);
    cr_assert_eq (taken (&fleet, MSG_OK, NULL, NULL), 0, "nothing is newer");
    report (&fleet, "image/two#2", "online", "B", "boot");
    fleet_flush (&fleet);
    cr_assert_eq (taken (&fleet, MSG_OK, NULL, &result), 1);
    json = json_parse_text (result);
    cr_assert_eq (json_count (json_get (json, "images")), 1);
    json_destroy (&json);
    report (&fleet, "image/two#2", "offline", "B", "boot");
    fleet_flush (&fleet);
    cr_assert_eq (fleet.action_count, 0, "the open request is the credit");
    free (result);
    fleet_fini (&fleet);
}

Test (fleet, that_nothing_can_be_stored_is_told_to_whoever_watches)
{
    struct fleet fleet;
    char *result = NULL;
    fleet_start (&fleet);
    tell (&fleet, 0, msg_new ("ui#1", MSG_WATCH, 1, fleet.version));
    fleet_flush (&fleet);
    cr_assert_eq (taken (&fleet, MSG_OK, NULL, NULL), 0);
    tell (&fleet, 0, msg_new ("store#1", MSG_STORE_TROUBLE, 0, "the disk is full"));
    fleet_flush (&fleet);
    cr_assert_eq (taken (&fleet, MSG_OK, NULL, &result), 1);
    struct json *json = json_parse_text (result);
    cr_assert_str_eq (json_get_text (json, "store_trouble"), "the disk is full");
    cr_assert_eq (json_count (json_get (json, "images")), 0);
    json_destroy (&json);
    free (result);
    fleet_fini (&fleet);
}

Test (fleet, that_marks_were_changed_is_told_to_whoever_watches)
{
    struct fleet fleet;
    char *result = NULL;
    fleet_start (&fleet);
    tell (&fleet, 0, msg_new ("ui#1", MSG_WATCH, 1, fleet.version));
    fleet_flush (&fleet);
    cr_assert_eq (taken (&fleet, MSG_OK, NULL, NULL), 0);
    tell (&fleet, 0, msg_new ("store#1", MSG_MARKS_CHANGED, 0, (uint64_t) 3));
    fleet_flush (&fleet);
    cr_assert_eq (taken (&fleet, MSG_OK, NULL, &result), 1);
    struct json *json = json_parse_text (result);
    cr_assert_eq (json_get_number (json, "marks", 0), 3);
    json_destroy (&json);
    free (result);
    fleet_fini (&fleet);
}

Test (fleet, an_unknown_request_is_answered)
{
    struct fleet fleet;
    fleet_start (&fleet);
    tell (&fleet, 0, msg_new ("ui#1", MSG_RESOLVE, 1, "host"));
    cr_assert_eq (taken (&fleet, MSG_ERROR, NULL, NULL), 1);
    fleet_fini (&fleet);
}

Test (fleet, other_tags_and_protection_end_no_connection_and_are_told)
{
    struct fleet fleet;
    char *seen = NULL;
    fleet_start (&fleet);
    tell (&fleet, 0, msg_new ("ui#1", MSG_WATCH, 7, fleet.version));
    list (&fleet,
          "{\"name\":\"one\",\"address\":\"tcp://a:1\",\"tags\":\"web\",\"protected\":true}," TWO);
    fleet_flush (&fleet);
    for (size_t index = 0; index < fleet.action_count; index++)
        cr_assert (!fleet.actions[index].msg || fleet.actions[index].msg->verb != MSG_FINISH);
    cr_assert_eq (taken (&fleet, MSG_OK, NULL, &seen), 1);
    cr_assert_not_null (strstr (seen, "\"tags\":\"web\""), "%s", seen);
    cr_assert_not_null (strstr (seen, "\"protected\":true"), "%s", seen);
    cr_assert_eq (fleet_find (&fleet, "one")->life, FLEET_UP);
    free (seen);
    list (&fleet, ONE_B "," TWO);
    cr_assert_eq (taken (&fleet, MSG_FINISH, NULL, NULL), 1, "another address is another matter");
    fleet_fini (&fleet);
}

/* What watchers hear since VERSION is good JSON, with MEMBER in it. */
static void
expect_told (struct fleet *fleet, uint64_t version, const char *member)
{
    char *seen = NULL;
    tell (fleet, 0, msg_new ("ui#1", MSG_WATCH, version + 100, version));
    fleet_flush (fleet);
    cr_assert_eq (taken (fleet, MSG_OK, NULL, &seen), 1);
    struct json *json = json_parse_text (seen);
    cr_assert_not_null (json, "%s", seen);
    cr_assert_not_null (strstr (seen, member), "%s", seen);
    json_destroy (&json);
    free (seen);
}

Test (fleet, a_report_is_told_with_what_the_settings_say_today)
{
    struct fleet fleet;
    fleet_start (&fleet);
    tell (&fleet, 0,
          msg_new ("image/one#1", MSG_STATE, 1,
                   "{\"name\":\"one\",\"address\":\"tcp://a:1\",\"via\":null,\"state\":\"online\","
                   "\"hello\":{\"x\":[]}}"));
    taken (&fleet, MSG_VERB_COUNT, NULL, NULL);
    expect_told (&fleet, fleet.version - 1, "\"hello\":{\"x\":[]},\"tags\":null");
    expect_told (&fleet, fleet.version - 1, "\"tags\":null,\"protected\":false,\"stuck\":false}");
    uint64_t version = fleet.version;
    list (&fleet, "{\"name\":\"one\",\"address\":\"tcp://a:1\",\"tags\":\"a \\\"b\\\"\"}," TWO);
    taken (&fleet, MSG_VERB_COUNT, NULL, NULL);
    expect_told (&fleet, version, "\"tags\":\"a \\\"b\\\"\",\"protected\":false");
    version = fleet.version;
    list (&fleet, "{\"name\":\"one\",\"address\":\"tcp://elsewhere:1\"}," TWO);
    taken (&fleet, MSG_VERB_COUNT, NULL, NULL);
    expect_told (&fleet, version, "tcp://elsewhere:1");
    fleet_fini (&fleet);
}
