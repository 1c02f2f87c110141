/* test_screen_events.c: the events screen: golden screens, and what its filter does. */

#include "unit/golden_fixture.h"

static void
give_events (void)
{
    stage_ok (&stage, MSG_EVENTS_GET, "{\"events\":[],\"last_seq\":6}");
    stage_pass (&stage, 1);
    stage_ok (&stage, MSG_EVENTS_GET,
              "{\"last_seq\":6,\"events\":["
              "{\"seq\":1,\"at_ms\":1769855100000,\"image\":\"accounts\",\"kind\":\"online\","
              "\"text\":\"connected\"},"
              "{\"seq\":2,\"at_ms\":1769855160000,\"image\":\"build-farm\",\"kind\":\"offline\","
              "\"text\":\"the connection was closed (by the image), 0 pings missed; tried again by "
              "itself\"},"
              "{\"seq\":3,\"at_ms\":1769855220000,\"image\":\"accounts\",\"kind\":"
              "\"session_restored\",\"text\":\"session year's end\"},"
              "{\"seq\":4,\"at_ms\":1769855280000,\"image\":\"\",\"kind\":\"damaged\","
              "\"text\":\"1 damaged session record was set aside\"},"
              "{\"seq\":5,\"at_ms\":1769855340000,\"image\":\"build-farm\",\"kind\":\"online\","
              "\"text\":\"connected\"},"
              "{\"seq\":6,\"at_ms\":1769855400000,\"image\":\"lab\",\"kind\":\"in_doubt\","
              "\"text\":\"evaluate 0192: the image was started again meanwhile\"}]}");
}

static void
setup (void)
{
    stage_open (&stage, "");
    stage_give (&stage, msg_new ("relay", MSG_LINKED, 0, (uint64_t) 4711));
    stage_ok (&stage, MSG_WATCH,
              "{\"version\":1,\"removed\":[],\"images\":[{\"name\":\"accounts\",\"state\":"
              "\"online\"}]}");
    give_events ();
    stage_pass (&stage, 100);
    stage_keys (&stage, "3");
}

static void
show_filtered (void)
{
    setup ();
    stage_type (&stage, "/kind=online\n");
}

static void
show_whole (void)
{
    setup ();
    stage_keys (&stage, "Home j Enter");
}

Test (screens, events_are_as_they_should_be)
{
    check_all ("events", setup);
    check_all ("events-whole", show_whole);
    check_all ("events-filter", show_filtered);
}

static void
teardown (void)
{
    stage_close (&stage);
}

TestSuite (screen_events, .init = setup, .fini = teardown);

Test (screen_events, a_filter_works_while_it_is_typed)
{
    stage_type (&stage, "/in_d");
    cr_assert (stage_shows (&stage, 80, "evaluate 0192"));
    cr_assert_not (stage_shows (&stage, 80, "connected"));
    stage_keys (&stage, "Esc");
    cr_assert (stage_shows (&stage, 80, "connected"));
}

Test (screen_events, a_command_filters_by_kind_and_image)
{
    stage_keys (&stage, "1");
    stage_type (&stage, ":events kind=online image=build\n");
    cr_assert (stage_shows (&stage, 80, "1 of 6 match"));
    cr_assert (stage_shows (&stage, 80, "connected"));
    cr_assert_not (stage_shows (&stage, 80, "accounts     "));
}

Test (screen_events, escape_takes_the_filter_away_before_the_screen)
{
    stage_type (&stage, "/damaged\n");
    cr_assert (stage_shows (&stage, 80, "1 of 6 match"));
    stage_keys (&stage, "Esc");
    cr_assert_eq (stage.ui.screen, SCREEN_EVENTS);
    cr_assert (stage_shows (&stage, 80, "session year's end"));
    stage_keys (&stage, "Esc");
    cr_assert_eq (stage.ui.screen, SCREEN_IMAGES);
}

Test (screen_events, a_filter_that_nothing_passes_says_so)
{
    stage_type (&stage, "/nobody\n");
    cr_assert (stage_shows (&stage, 80, "No event matches the filter."));
}

Test (screen_events, the_filter_of_events_leaves_images_alone)
{
    stage_type (&stage, "/damaged\n");
    stage_keys (&stage, "1");
    cr_assert (stage_shows (&stage, 80, "accounts"));
    cr_assert_str_eq (stage.ui.model.filter, "");
}

/* Symptom: at 80 columns the end of a cause, which says what can be done, was cut off and shown nowhere. */
Test (screen_events, enter_shows_all_of_an_event)
{
    stage_keys (&stage, "Home j");
    cr_assert_not (stage_shows (&stage, 80, "tried again by"));
    stage_keys (&stage, "Enter");
    cr_assert (stage_shows (&stage, 80, "tried again by"));
    cr_assert (stage_shows (&stage, 80, "10:26:00  build-farm  offline"));
    stage_keys (&stage, "j");
    cr_assert (stage_shows (&stage, 80, "10:27:00  accounts  session_restored"),
               "it follows the cursor");
    stage_keys (&stage, "Esc");
    cr_assert_not (stage_shows (&stage, 80, "10:27:00  accounts  session_restored"));
    cr_assert_eq (stage.ui.screen, SCREEN_EVENTS);
}

static void
give_one_more (void)
{
    stage_ok (&stage, MSG_EVENTS_GET,
              "{\"last_seq\":7,\"events\":[{\"seq\":7,\"at_ms\":1769855460000,\"image\":\"lab\","
              "\"kind\":\"online\",\"text\":\"connected\"}]}");
}

Test (screen_events, the_cursor_stays_on_its_event_and_on_the_newest_goes_along)
{
    stage_keys (&stage, "Enter");
    cr_assert (stage_shows (&stage, 80, "10:30:00  lab  in_doubt"));
    give_one_more ();
    cr_assert (stage_shows (&stage, 80, "10:31:00  lab  online"));
    stage_keys (&stage, "k k");
    cr_assert (stage_shows (&stage, 80, "10:29:00  build-farm  online"));
    stage_type (&stage, "/damaged\n");
    cr_assert (stage_shows (&stage, 80, "10:28:00  damaged"), "of what the filter leaves");
}
