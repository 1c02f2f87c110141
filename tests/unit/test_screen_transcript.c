/* test_screen_transcript.c: the transcript screen: what is asked for, how lines are put together, what
 * filter and search do, and golden screens. */

#include "runtime/json.h"
#include "unit/golden_fixture.h"

static const char images[] =
    "{\"version\":%d,\"removed\":[],\"images\":[{\"name\":\"accounts\",\"state\":\"online\","
    "\"transcript\":%d},{\"name\":\"build-farm\",\"state\":\"online\",\"transcript\":%d}]}";

/* The states say how far each transcript has come. */
static void
give_states (int version, int accounts, int farm)
{
    stage_pass (&stage, UI_WATCH_MS);
    char *text = stui_printf (images, version, accounts, farm);
    stage_ok (&stage, MSG_WATCH, text);
    free (text);
}

static void
setup (void)
{
    stage_open (&stage, "");
    stage_give (&stage, msg_new ("relay", MSG_LINKED, 0, (uint64_t) 4711));
    char *text = stui_printf (images, 1, 100, 100);
    stage_ok (&stage, MSG_WATCH, text);
    free (text);
}

/* All images are shown, with some lines of each. */
static void
show_all (void)
{
    setup ();
    stage_type (&stage, ":transcript all\n");
    stage_ok (
        &stage, MSG_TRANSCRIPT_GET,
        "{\"first\":51,\"last\":100,\"why\":null,\"entries\":["
        "{\"position\":100,\"at_ms\":1769855330000,\"kind\":\"text\",\"text\":\"sweep begun\\n3 of "
        "14 modules have changed: Kernel, Collections, "
        "Network\\n\",\"boot_id\":\"f\",\"seq\":9}]}");
    stage_ok (
        &stage, MSG_TRANSCRIPT_GET,
        "{\"first\":98,\"last\":100,\"why\":null,\"entries\":["
        "{\"position\":98,\"at_ms\":1769855340000,\"kind\":\"text\",\"text\":\"year's end: 41,870 "
        "accounts\\n\",\"boot_id\":\"b\",\"seq\":1},"
        "{\"position\":99,\"at_ms\":1769855340000,\"kind\":\"gap\",\"text\":\"412 events are "
        "missing here: the image overwrote them before they could be fetched\",\"boot_id\":\"b\","
        "\"seq\":0},"
        "{\"position\":100,\"at_ms\":1769855350000,\"kind\":\"text\",\"text\":\"closing the "
        "books\\nstill \",\"boot_id\":\"b\",\"seq\":414}]}");
}

static void
show_one_filtered (void)
{
    show_all ();
    stage_type (&stage, ":transcript accounts\n");
    stage_type (&stage, "/books\n");
}

Test (screens, transcripts_are_as_they_should_be)
{
    check_all ("transcript", show_all);
    check_all ("transcript-filter", show_one_filtered);
}

static void
teardown (void)
{
    stage_close (&stage);
}

TestSuite (screen_transcript, .init = setup, .fini = teardown);

#define TEXT(position, seq, text)                                                                  \
    "{\"position\":" #position ",\"at_ms\":1769855340000,\"kind\":\"text\",\"text\":\"" text       \
    "\",\"boot_id\":\"b\",\"seq\":" #seq "}"

Test (screen_transcript, nothing_is_asked_for_that_is_not_looked_at)
{
    stage_pass (&stage, 1000);
    cr_assert_eq (stage_open_count (&stage, MSG_TRANSCRIPT_GET), 0);
    stage_keys (&stage, "6"); /* of the image under the cursor */
    cr_assert_eq (stage_open_count (&stage, MSG_TRANSCRIPT_GET), 1);
    cr_assert_str_eq (stage_asked (&stage, MSG_TRANSCRIPT_GET)->peer, "image/accounts");
    stage_keys (&stage, "a");
    cr_assert_eq (stage_open_count (&stage, MSG_TRANSCRIPT_GET), 2);
}

Test (screen_transcript, more_is_asked_for_when_the_state_says_that_there_is_more)
{
    stage_keys (&stage, "6");
    stage_ok (&stage, MSG_TRANSCRIPT_GET, "{\"last\":100,\"entries\":[" TEXT (100, 1, "a\\n") "]}");
    cr_assert_eq (stage_open_count (&stage, MSG_TRANSCRIPT_GET), 0);
    give_states (2, 100, 100);
    cr_assert_eq (stage_open_count (&stage, MSG_TRANSCRIPT_GET), 0);
    give_states (3, 101, 100);
    cr_assert_eq (msg_number (stage_asked (&stage, MSG_TRANSCRIPT_GET), 0), 100);
    stage_ok (&stage, MSG_TRANSCRIPT_GET, "{\"last\":101,\"entries\":[" TEXT (101, 2, "b\\n") "]}");
    cr_assert (stage_shows (&stage, 100, "a\n") && stage_shows (&stage, 100, "b\n"));
}

Test (screen_transcript, pieces_become_lines)
{
    stage_keys (&stage, "6");
    stage_ok (&stage, MSG_TRANSCRIPT_GET,
              "{\"last\":100,\"entries\":[" TEXT (98, 1, "one \\ntw") "," TEXT (
                  99, 2, "o\\r\\nthr") "," TEXT (100, 3, "ee") "]}");
    cr_assert_eq (stage.ui.transcript.count, 3);
    cr_assert (stage_shows (&stage, 100, " two\n"));
    cr_assert (stage_shows (&stage, 100, " three\n"), "a line that has not ended is shown");
}

/* Symptom: after the owner was another one the same lines stood there twice. */
Test (screen_transcript, what_another_owner_tells_again_is_shown_once)
{
    stage_keys (&stage, "6");
    stage_ok (&stage, MSG_TRANSCRIPT_GET,
              "{\"last\":100,\"entries\":[" TEXT (99, 1, "a\\n") "," TEXT (100, 2, "b\\n") "]}");
    give_states (2, 203, 100);
    stage_ok (&stage, MSG_TRANSCRIPT_GET,
              "{\"last\":203,\"entries\":[" TEXT (201, 1, "a\\n") "," TEXT (
                  202, 2, "b\\n") "," TEXT (203, 3, "c\\n") "]}");
    cr_assert_eq (stage.ui.transcript.count, 3);
}

#define START(position, times)                                                                     \
    "{\"position\":" #position                                                                     \
    ",\"at_ms\":1769855340000,\"kind\":\"start\",\"text\":\"again" times                           \
    "\",\"boot_id\":\"b\",\"seq\":0}"

/* Symptom: a transcript that was open while an image came and went had a line for each time. */
Test (screen_transcript, starts_between_which_nothing_was_written_are_one_line)
{
    stage_keys (&stage, "6");
    stage_ok (&stage, MSG_TRANSCRIPT_GET,
              "{\"last\":101,\"entries\":[" TEXT (100, 1, "a\\n") "," START (101, "") "]}");
    cr_assert_eq (stage.ui.transcript.count, 2);
    give_states (2, 102, 100);
    stage_ok (&stage, MSG_TRANSCRIPT_GET,
              "{\"last\":102,\"entries\":[" START (102, " 2 times") "]}");
    cr_assert_eq (stage.ui.transcript.count, 2);
    cr_assert (stage_shows (&stage, 100, "again 2 times"));
    give_states (3, 104, 100);
    stage_ok (&stage, MSG_TRANSCRIPT_GET,
              "{\"last\":104,\"entries\":[" TEXT (103, 2, "b\\n") "," START (104, "") "]}");
    cr_assert_eq (stage.ui.transcript.count, 4);
}

Test (screen_transcript, a_supervisor_that_ended_is_asked_again)
{
    stage_keys (&stage, "6");
    stage_error (&stage, MSG_TRANSCRIPT_GET, STUI_E_ACTOR_ENDED, "gone");
    cr_assert_eq (stage_open_count (&stage, MSG_TRANSCRIPT_GET), 0);
    stage_pass (&stage, UI_AGAIN_MS);
    cr_assert_eq (stage_open_count (&stage, MSG_TRANSCRIPT_GET), 1);
}

static void
give_lines (int count)
{
    char *list = NULL;
    size_t size;
    FILE *file = open_memstream (&list, &size);
    fprintf (file, "{\"last\":100,\"entries\":[");
    for (int line = 1; line <= count; line++)
        fprintf (file,
                 "%s{\"position\":%d,\"at_ms\":5,\"kind\":\"text\",\"text\":\"line %d%s\\n\","
                 "\"boot_id\":\"b\",\"seq\":%d}",
                 line > 1 ? "," : "", line, line, line % 10 == 7 ? " lucky" : "", line);
    fprintf (file, "]}");
    fclose (file);
    stage_ok (&stage, MSG_TRANSCRIPT_GET, list);
    free (list);
}

Test (screen_transcript, a_search_goes_from_line_to_line_and_hides_none)
{
    stage_keys (&stage, "6");
    give_lines (100);
    stage_shows (&stage, 100, "");
    stage_type (&stage, ":find-text LUCKY\n");
    cr_assert_eq (stage.ui.transcript.found, 97);
    stage_keys (&stage, "N N");
    cr_assert_eq (stage.ui.transcript.found, 77);
    cr_assert (stage_shows (&stage, 100, "line 77 lucky") && stage_shows (&stage, 100, "line 76"));
    stage_keys (&stage, "n");
    cr_assert_eq (stage.ui.transcript.found, 87);
    stage_type (&stage, ":find-text nowhere\n");
    cr_assert (stage_shows (&stage, 100, "No line that is shown holds 'nowhere'"));
}

Test (screen_transcript, who_reads_further_up_stays_there_when_more_comes)
{
    stage_keys (&stage, "6");
    give_lines (60);
    stage_shows (&stage, 100, "");
    stage_keys (&stage, "Up Up Up");
    cr_assert (stage_shows (&stage, 100, "line 57\n")
               || stage_shows (&stage, 100, "line 57 lucky"));
    cr_assert_not (stage_shows (&stage, 100, "line 58"));
    stage.ui.transcript.tapes[0].had.after = 60;
    give_states (2, 101, 100);
    stage_ok (&stage, MSG_TRANSCRIPT_GET,
              "{\"last\":101,\"entries\":[" TEXT (101, 61, "new\\n") "]}");
    cr_assert_not (stage_shows (&stage, 100, "line 58"));
    stage_keys (&stage, "G");
    cr_assert (stage_shows (&stage, 100, "new"));
}

Test (screen_transcript, what_is_shown_is_saved_to_a_file)
{
    stage_keys (&stage, "6");
    stage_ok (&stage, MSG_TRANSCRIPT_GET,
              "{\"last\":100,\"entries\":[" TEXT (99, 1, "keep\\nleave\\n") "]}");
    stage_type (&stage, "/keep\n");
    stage_type (&stage, ":transcript save books\n");
    cr_assert_null (stage_asked (&stage, MSG_FILE_WRITE));
    cr_assert (stage_shows (&stage, 100, "from / on")); /* nobody said where stui was started */
    stage_type (&stage, ":transcript save /tmp/books\n");
    const struct msg *msg = stage_asked (&stage, MSG_FILE_WRITE);
    cr_assert_str_eq (msg_text (msg, 0), "/tmp/books");
    cr_assert_not_null (strstr (msg_text (msg, 1), "keep\n"));
    cr_assert_null (strstr (msg_text (msg, 1), "leave"));
    stage_ok (&stage, MSG_FILE_WRITE, "{\"bytes\":5}");
    cr_assert (stage_shows (&stage, 100, "1 line is in /tmp/books"));
}

Test (screen_transcript, the_oldest_lines_go_when_there_are_too_many)
{
    struct json *answer = json_object (), *entries = json_array ();
    for (int64_t line = 1; line <= TRANSCRIPT_LINES_MAX + 5; line++) {
        struct json *entry = json_object ();
        json_set_number (entry, "position", line);
        json_set_text (entry, "kind", "text");
        json_set_text (entry, "text", "x\n");
        json_set_text (entry, "boot_id", "b");
        json_set_number (entry, "seq", line);
        json_push (entries, entry);
    }
    json_set (answer, "entries", entries);
    model_transcript_take (&stage.ui.transcript, "accounts", answer);
    json_destroy (&answer);
    const struct model_transcript *transcript = &stage.ui.transcript;
    cr_assert_eq (transcript->count - transcript->first, TRANSCRIPT_LINES_MAX);
    cr_assert_eq (transcript->lines[transcript->first].number, 6);
}

Test (screen_transcript, an_image_that_sends_none_says_why)
{
    stage_keys (&stage, "6");
    stage_ok (&stage, MSG_TRANSCRIPT_GET,
              "{\"last\":100,\"entries\":[],\"why\":\"the server in the image sends no "
              "transcript\"}");
    cr_assert (stage_shows (&stage, 100, "the server in the image sends no transcript"));
}

Test (screen_transcript, a_line_end_of_two_bytes_cut_between_pieces_makes_no_empty_line)
{
    struct model_transcript model = {0};
    struct json *answer =
        json_parse_text ("{\"last\":2,\"entries\":[{\"position\":1,\"kind\":\"text\",\"text\":"
                         "\"one\\r\"},{\"position\":2,\"kind\":\"text\",\"text\":\"\\ntwo\\n\\n"
                         "four\"}]}");
    model_transcript_take (&model, "accounts", answer);
    json_destroy (&answer);
    cr_assert_eq (model.count, 4);
    cr_assert_str_eq (model.lines[1].text, "two");
    cr_assert_str_eq (model.lines[2].text, "", "an empty line that was written is shown");
    model_transcript_fini (&model);
}
