/* test_model.c: what the terminal knows of the world: lists that come in parts, filter, order,
 * the selection that stays, ages in steps. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "runtime/json.h"
#include "ui/model.h"
#include "ui/model_sessions.h"

static struct model model;
static struct ui_now now = {.mono_ms = 50000, .wall_ms = 1769855400000};

static void
take (const char *answer)
{
    struct json *json = json_parse_text (answer);
    cr_assert_not_null (json);
    model_take_images (&model, json, now);
    json_destroy (&json);
}

static void
three (void)
{
    model_init (&model);
    take ("{\"version\":1,\"images\":["
          "{\"name\":\"b\",\"address\":\"tcp://h:2\",\"state\":\"offline\",\"cause\":\"refused\"},"
          "{\"name\":\"c\",\"address\":\"tcp://h:3\",\"state\":\"online\",\"latency_ms\":7.5},"
          "{\"name\":\"a\",\"address\":\"tcp://h:1\",\"state\":\"online\",\"latency_ms\":0.5}]}");
}

static void
done (void)
{
    model_fini (&model);
}

/* The names shown, in order. */
static const char *
shown (void)
{
    static char text[256];
    text[0] = '\0';
    for (size_t place = 0; place < model.shown_count; place++)
        strcat (text, model.images[model.shown[place]].name);
    return text;
}

TestSuite (model, .init = three, .fini = done);

Test (model, an_image_behind_a_host_is_shown_with_it)
{
    take ("{\"version\":2,\"images\":[{\"name\":\"b\",\"address\":\"tcp://h:2\","
          "\"via\":\"me@gate\",\"state\":\"online\"}]}");
    cr_assert_str_eq (model_find (&model, "b")->address, "tcp://h:2 via me@gate");
    cr_assert_str_eq (model_find (&model, "a")->address, "tcp://h:1");
}

Test (model, news_change_what_they_name_and_nothing_else)
{
    take ("{\"version\":2,\"images\":[{\"name\":\"b\",\"address\":\"tcp://"
          "h:2\",\"state\":\"online\"}],"
          "\"removed\":[\"c\"]}");
    cr_assert_str_eq (shown (), "ab");
    cr_assert_eq (model_find (&model, "b")->state, STUI_IMAGE_ONLINE);
    cr_assert_null (model_find (&model, "b")->cause);
    cr_assert_eq (model.state_counts[STUI_IMAGE_ONLINE], 2);
}

Test (model, the_list_of_a_new_owner_is_the_whole_list)
{
    model.version = 0;
    take ("{\"version\":1,\"images\":[{\"name\":\"c\",\"state\":\"waiting\"}]}");
    cr_assert_str_eq (shown (), "c");
}

Test (model, the_selected_image_stays_selected)
{
    model_select_name (&model, "b");
    model_set_sort (&model, SORT_STATE, false);
    cr_assert_str_eq (shown (), "bac");
    cr_assert_str_eq (model_selected (&model)->name, "b");
    model_set_sort (&model, SORT_LATENCY, false);
    cr_assert_str_eq (shown (), "cab");
    model_set_sort (&model, SORT_NAME, true);
    cr_assert_str_eq (shown (), "cba");
    cr_assert_str_eq (model_selected (&model)->name, "b");
    model_set_filter (&model, "refus");
    cr_assert_str_eq (shown (), "b");
    model_set_filter (&model, "no such thing");
    cr_assert_null (model_selected (&model));
    model_set_filter (&model, "");
    cr_assert_str_eq (shown (), "cba");
}

Test (model, a_removed_selection_leaves_the_next_one)
{
    model_select_name (&model, "c");
    take ("{\"version\":2,\"images\":[],\"removed\":[\"c\"]}");
    cr_assert_str_eq (model_selected (&model)->name, "b");
}

Test (model, a_state_is_as_old_as_its_last_change)
{
    now.mono_ms += 20000;
    take ("{\"version\":2,\"images\":[{\"name\":\"a\",\"state\":\"online\"},"
          "{\"name\":\"b\",\"state\":\"online\"}]}");
    cr_assert_eq (model_find (&model, "a")->since_ms, 50000);
    cr_assert_eq (model_find (&model, "b")->since_ms, 70000);
}

Test (model, damaged_states_are_taken_as_far_as_they_go)
{
    take ("{\"version\":2,\"images\":[{},5,null,{\"name\":\"\"},{\"name\":5},"
          "{\"name\":\"a\",\"state\":\"strange\",\"latency_ms\":\"x\",\"hello\":[1]}]}");
    cr_assert_str_eq (shown (), "abc");
    cr_assert_eq (model_find (&model, "a")->state, STUI_IMAGE_WAITING);
    cr_assert_lt (model_find (&model, "a")->latency_ms, 0);
}

Test (model, events_are_kept_newest_last_and_once)
{
    for (int seq = 1; seq <= MODEL_EVENTS_MAX + 5; seq++) {
        char text[160];
        snprintf (text, sizeof text,
                  "{\"events\":[{\"seq\":%d,\"at_ms\":1,\"image\":\"a\",\"kind\":\"k\","
                  "\"text\":\"t\"}],\"last_seq\":%d}",
                  seq, seq);
        struct json *json = json_parse_text (text);
        model_take_events (&model, json);
        model_take_events (&model, json);
        json_destroy (&json);
    }
    cr_assert_eq (model.event_count, MODEL_EVENTS_MAX);
    cr_assert_eq (model.events[MODEL_EVENTS_MAX - 1].seq, MODEL_EVENTS_MAX + 5);
    cr_assert_eq (model.events[0].seq, 6);
}

/* Symptom: after a database was restored from a backup no event was shown until there were as many as before. */
Test (model, events_that_are_numbered_anew_replace_the_former)
{
    struct json *before = json_parse_text ("{\"events\":[{\"seq\":7,\"at_ms\":1,\"image\":\"a\","
                                           "\"kind\":\"k\",\"text\":\"t\"}],\"last_seq\":9}");
    struct json *after = json_parse_text ("{\"events\":[{\"seq\":2,\"at_ms\":2,\"image\":\"a\","
                                          "\"kind\":\"k\",\"text\":\"u\"}],\"last_seq\":2}");
    model_take_events (&model, before);
    cr_assert_eq (model.last_seq, 9);
    model_take_events (&model, after);
    cr_assert_eq (model.last_seq, 2);
    cr_assert_eq (model.event_count, 1);
    cr_assert_str_eq (model.events[0].text, "u");
    json_destroy (&before);
    json_destroy (&after);
}

Test (model, ages_step)
{
    static const struct {
        int64_t age_ms;
        const char *text;
        int64_t next_ms;
    } rows[] = {
        {0, "", 5000},
        {4999, "", 5000},
        {5000, "5 s", 7000},
        {29999, "20 s", 30000},
        {30000, "30 s", 45000},
        {57000, "45 s", 60000},
        {60000, "1 min", 90000},
        {899999, "10 min", 900000},
        {900000, "15 min", 1200000},
        {3600000, "1 h", 5400000},
        {7199999, "90 min", 7200000},
        {7200000, "2 h", 10800000},
        {86400000, "24 h", 90000000},
        {172800000, "2 d", 259200000},
    };
    for (size_t index = 0; index < sizeof rows / sizeof *rows; index++) {
        char text[AGE_SIZE];
        cr_assert_str_eq (age_text (rows[index].age_ms, text), rows[index].text);
        cr_assert_eq (age_next_ms (rows[index].age_ms), rows[index].next_ms);
    }
}

/* Symptom: what was asked 57 s ago was "asked 30 s ago", and what changed 14 minutes ago "5 min". */
Test (model, an_age_is_never_off_by_more_than_a_third_of_itself)
{
    char before[AGE_SIZE] = "", text[AGE_SIZE];
    int steps = 0;
    for (int64_t age_ms = 5000; age_ms < 10 * (int64_t) 86400000; steps++) {
        int64_t next_ms = age_next_ms (age_ms);
        cr_assert_str_neq (age_text (age_ms, text), before);
        cr_assert_leq (3 * (next_ms - age_ms), next_ms, "%s is shown up to %lld ms", text,
                       (long long) next_ms);
        memcpy (before, text, sizeof before);
        age_ms = next_ms;
    }
    cr_assert_lt (steps, 90, "a screen on which nothing happens is hardly ever drawn");
}

Test (model, wakes_for_the_next_step_of_an_age_and_no_sooner)
{
    struct ui_now later = now;
    later.mono_ms = 50000 + 5001;
    model_set_link (&model, MODEL_LINKED, "", later);
    cr_assert_eq (model_deadline (&model, later), 50000 + 7000);
}

Test (model, local_time_is_told_of_the_zone)
{
    char text[AGE_SIZE];
    cr_assert_str_eq (day_time_text (1769855400000, 0, text), "10:30:00");
    cr_assert_str_eq (day_time_text (1769855400000, -11 * 3600, text), "23:30:00");
    cr_assert_str_eq (day_time_text (0, -3600, text), "23:00:00");
}

/* Symptom: image10 was listed before image2. */
Test (model, names_are_in_the_order_in_which_people_count)
{
    take ("{\"version\":2,\"images\":[{\"name\":\"image10\"},{\"name\":\"image2\"},"
          "{\"name\":\"image1\"}],\"removed\":[\"a\",\"b\",\"c\"]}");
    cr_assert_str_eq (shown (), "image1image2image10");
    cr_assert_not_null (model_find (&model, "image10"));
}

/* Symptom: "online for 5 s" of an image that had been online for hours, right after the terminal was
 * opened. */
Test (model, an_image_is_online_since_it_came_and_not_since_we_look)
{
    take ("{\"version\":2,\"images\":[{\"name\":\"a\",\"state\":\"online\","
          "\"since_ms\":1769855340000}]}");
    cr_assert_eq (model_find (&model, "a")->since_ms, 50000 - 60000);
}

Test (model, grouped_by_tag_the_first_tag_counts_and_those_without_are_last)
{
    size_t size;
    take ("{\"version\":2,\"images\":[{\"name\":\"a\"},{\"name\":\"b\",\"tags\":\"web, lab\"},"
          "{\"name\":\"c\",\"tags\":\"lab\"},{\"name\":\"d\",\"tags\":\"labor\"},"
          "{\"name\":\"e\",\"tags\":\"lab\"}]}");
    model_set_grouped (&model, true);
    cr_assert_str_eq (shown (), "cedba");
    cr_assert_eq (strncmp (model_group (&model, 0, &size), "lab", size), 0);
    cr_assert_eq (size, 3);
    model_group (&model, 4, &size);
    cr_assert_eq (size, 0);
    model_set_sort (&model, SORT_NAME, true);
    cr_assert_str_eq (shown (), "ecdba", "groups stay in their order");
    model_set_grouped (&model, false);
    cr_assert_str_eq (shown (), "edcba");
}

Test (model, a_filter_by_tag_means_the_whole_tag)
{
    take ("{\"version\":2,\"images\":[{\"name\":\"a\",\"tags\":\"labor\"},"
          "{\"name\":\"b\",\"tags\":\"web, lab\"},{\"name\":\"c\"}]}");
    model_set_filter (&model, "tag:lab");
    cr_assert_str_eq (shown (), "b");
    model_set_filter (&model, "lab");
    cr_assert_str_eq (shown (), "ab");
}

/* What a welcome screen has to show. */
Test (model, knows_what_was_worked_with_and_what_to_go_on_with)
{
    struct json *marks =
        json_parse_text ("{\"favourites\":[\"c\"],\"recents\":[{\"name\":\"b\",\"at_ms\":2000},"
                         "{\"at_ms\":5},{\"name\":\"gone\",\"at_ms\":1000}]}");
    model_take_marks (&model, marks);
    cr_assert (model_find (&model, "c")->favourite);
    cr_assert_eq (model.recent_count, 2);
    cr_assert_str_eq (model.recents[0].image, "b");
    cr_assert_eq (model.recents[0].used_ms, 2000);
    cr_assert_null (model_find (&model, model.recents[1].image), "it is not listed any more");
    model_take_marks (&model, NULL);
    cr_assert_eq (model.recent_count, 0);
    json_destroy (&marks);

    struct model_sessions sessions = {0};
    cr_assert_null (model_sessions_resume (&sessions, ""));
    struct json *stored =
        json_parse_text ("[{\"session_id\":\"00000000-0000-7000-8000-000000000001\",\"image\":"
                         "\"b\",\"name\":\"old\",\"state\":\"stored\","
                         "\"last_modified\":\"2026-01-01T10:00:00.000Z\"},"
                         "{\"session_id\":\"00000000-0000-7000-8000-000000000002\",\"image\":\"b\","
                         "\"name\":\"young\",\"state\":\"stored\","
                         "\"last_modified\":\"2026-01-02T10:00:00.000Z\"},"
                         "{\"session_id\":\"00000000-0000-7000-8000-000000000003\",\"image\":\"b\","
                         "\"name\":\"done\",\"state\":\"closed\","
                         "\"last_modified\":\"2026-01-04T10:00:00.000Z\"},"
                         "{\"session_id\":\"00000000-0000-7000-8000-000000000004\",\"image\":\"c\","
                         "\"name\":\"other\",\"state\":\"stored\","
                         "\"last_modified\":\"2026-01-03T10:00:00.000Z\"}]");
    model_sessions_take_stored (&sessions, stored);
    cr_assert_str_eq (model_sessions_resume (&sessions, "b")->name, "young");
    cr_assert_str_eq (model_sessions_resume (&sessions, "")->name, "other");
    cr_assert_null (model_sessions_resume (&sessions, "a"));
    model_sessions_fini (&sessions);
    json_destroy (&stored);
}
