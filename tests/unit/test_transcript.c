/* test_transcript.c: what is kept of an image's transcript: in order, none twice, gaps told. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/transcript.h"
#include "runtime/alloc.h"
#include "runtime/json.h"

#define BOOT  "0199c82c-0000-7000-8000-00000000000b"
#define LATER "0199c82c-0000-7000-8000-00000000000c"

static struct transcript transcript;

static void
setup (void)
{
    transcript_init (&transcript, 1000);
}

static void
teardown (void)
{
    transcript_fini (&transcript);
}

TestSuite (transcript, .init = setup, .fini = teardown);

/* A link to the image of BOOT_ID that has the events from OLDEST to LAST. */
static void
subscribe (const char *boot, int64_t oldest, int64_t last)
{
    transcript_begin (&transcript, boot, 5);
    transcript_subscribed (&transcript, oldest, last, 5);
}

static enum transcript_step
hear (int64_t seq, const char *text)
{
    return transcript_event (&transcript, seq, NULL, text, 0, seq);
}

/* All texts one behind the other, each with its kind's letter before it. Caller frees. */
static char *
told (void)
{
    char *out = NULL;
    size_t size;
    FILE *file = open_memstream (&out, &size);
    struct json *answer = transcript_after (&transcript, 0, SIZE_MAX);
    const struct json *entry = json_first (json_get (answer, "entries"));
    for (; entry; entry = json_next (entry))
        fprintf (file, "%c:%s|", *json_get_text (entry, "kind"), json_get_text (entry, "text"));
    fclose (file);
    json_destroy (&answer);
    return out;
}

static void
expect (const char *wanted)
{
    char *is = told ();
    cr_assert_str_eq (is, wanted);
    free (is);
}

Test (transcript, text_comes_in_order_and_none_twice)
{
    subscribe (BOOT, 1, 0);
    cr_assert_eq (hear (1, "a\n"), TRANSCRIPT_TAKEN);
    cr_assert_eq (hear (2, "b\n"), TRANSCRIPT_TAKEN);
    cr_assert_eq (hear (2, "b\n"), TRANSCRIPT_OLD);
    cr_assert_eq (hear (1, "a\n"), TRANSCRIPT_OLD);
    expect ("t:a\n|t:b\n|");
}

Test (transcript, what_was_written_while_the_link_was_cut_is_replayed_once)
{
    subscribe (BOOT, 1, 0);
    hear (1, "a\n");
    subscribe (BOOT, 1, 3);
    cr_assert_eq (transcript.seq, 1, "the image is asked for what comes after it");
    hear (2, "b\n");
    hear (3, "c\n");
    hear (4, "d\n");
    expect ("t:a\n|t:b\n|t:c\n|t:d\n|");
}

Test (transcript, what_the_image_has_overwritten_is_a_gap)
{
    subscribe (BOOT, 1, 0);
    hear (1, "a\n");
    subscribe (BOOT, 414, 414);
    hear (414, "z\n");
    expect ("t:a\n|g:412 events are missing here: the image overwrote them before they could be "
            "fetched|t:z\n|");
}

/* Symptom: in a list by time the gap stood behind the lines that came after it. */
Test (transcript, times_rise_and_a_gap_is_right_behind_what_was_before_it)
{
    subscribe (BOOT, 1, 0);
    transcript_event (&transcript, 1, NULL, "a", 0, 100);
    transcript_begin (&transcript, BOOT, 900);
    transcript_subscribed (&transcript, 8, 9, 900);
    transcript_event (&transcript, 8, NULL, "b", 0, 500);
    transcript_event (&transcript, 9, NULL, "c", 0, 400); /* its clock was set back */
    cr_assert_eq (transcript.count, 4);
    cr_assert_eq (transcript.items[1].kind, TRANSCRIPT_GAP);
    cr_assert_eq (transcript.items[1].at_ms, 100);
    cr_assert_eq (transcript.items[2].at_ms, 500);
    cr_assert_eq (transcript.items[3].at_ms, 500);
}

Test (transcript, what_came_before_the_first_link_is_no_gap)
{
    subscribe (BOOT, 400, 401);
    hear (400, "y\n");
    hear (401, "z\n");
    expect ("t:y\n|t:z\n|");
}

Test (transcript, other_events_than_text_leave_no_gap)
{
    subscribe (BOOT, 1, 0);
    hear (1, "a\n");
    cr_assert_eq (hear (2, NULL), TRANSCRIPT_TAKEN);
    cr_assert_eq (hear (3, "b\n"), TRANSCRIPT_TAKEN);
    expect ("t:a\n|t:b\n|");
}

Test (transcript, a_number_that_is_left_out_is_asked_for_and_not_guessed)
{
    subscribe (BOOT, 1, 0);
    hear (1, "a\n");
    cr_assert_eq (hear (4, "d\n"), TRANSCRIPT_MISSED);
    expect ("t:a\n|");
    subscribe (BOOT, 1, 4);
    hear (2, "b\n");
    hear (4, "d\n"); /* 3 was none that we asked for: the image says that it has told all */
    cr_assert_eq (hear (5, "e\n"), TRANSCRIPT_TAKEN);
    expect ("t:a\n|t:b\n|t:d\n|t:e\n|");
}

Test (transcript, a_new_start_of_the_image_is_marked_and_counts_anew)
{
    subscribe (BOOT, 1, 0);
    hear (1, "a\n");
    subscribe (LATER, 1, 1);
    cr_assert_eq (hear (1, "b\n"), TRANSCRIPT_TAKEN);
    char *is = told ();
    cr_assert_not_null (strstr (is, "t:a\n|s:the image was started again"), "%s", is);
    cr_assert_not_null (strstr (is, "t:b\n|"), "%s", is);
    free (is);
}

/* Symptom: an image that came and went for a day had a transcript of nothing else, and what it wrote was pushed out. */
Test (transcript, starts_between_which_nothing_was_written_are_one_entry)
{
    subscribe (BOOT, 1, 0);
    hear (1, "a\n");
    for (int start = 0; start < 1000; start++)
        subscribe (start % 2 ? BOOT : LATER, 1, 0);
    char *is = told ();
    cr_assert_not_null (strstr (is, "t:a\n|s:the image was started again 1000 times; what"), "%s",
                        is);
    cr_assert_null (strstr (strstr (is, "s:") + 1, "s:"), "%s", is);
    free (is);
    hear (1, "b\n");
    subscribe (LATER, 1, 0);
    is = told ();
    cr_assert_not_null (strstr (is, "t:b\n|s:the image was started again; what"), "%s", is);
    free (is);
}

/* Symptom: that the image was started again had the time of the line before it, hours earlier. */
Test (transcript, a_new_start_of_the_image_has_its_own_time)
{
    subscribe (BOOT, 1, 0);
    transcript_event (&transcript, 1, NULL, "a", 0, 100);
    transcript_begin (&transcript, LATER, 900);
    cr_assert_eq (transcript.items[1].at_ms, 900);
    transcript_subscribed (&transcript, 1, 2, 900);
    transcript_event (&transcript, 1, NULL, "b", 0, 950);
    cr_assert_eq (transcript.items[1].at_ms, 900);
    cr_assert_eq (transcript.items[2].at_ms, 950);
}

Test (transcript, a_new_start_is_before_what_the_image_wrote_since)
{
    subscribe (BOOT, 1, 0);
    transcript_event (&transcript, 1, NULL, "a", 0, 100);
    transcript_begin (&transcript, LATER, 900);
    transcript_subscribed (&transcript, 3, 4, 900); /* a gap behind it */
    transcript_event (&transcript, 3, NULL, "b", 0, 500);
    transcript_event (&transcript, 4, NULL, "c", 0, 950);
    for (int place = 1; place < 4; place++)
        cr_assert_eq (transcript.items[place].at_ms, 500, "%d", place);
    cr_assert_eq (transcript.items[4].at_ms, 950);
}

Test (transcript, text_that_came_too_fast_is_a_gap_behind_it)
{
    subscribe (BOOT, 1, 0);
    transcript_event (&transcript, 1, "s", "much", 77, 5);
    expect ("t:much|g:77 bytes are missing here: written faster than they can be kept|");
}

Test (transcript, the_oldest_goes_when_it_is_full)
{
    char *kilobyte = stui_alloc (1025);
    memset (kilobyte, 'x', 1024);
    subscribe (BOOT, 1, 0);
    hear (1, "first");
    for (int64_t seq = 2; seq < 3000; seq++)
        hear (seq, kilobyte);
    hear (3000, "last");
    cr_assert_leq (transcript.bytes, TRANSCRIPT_BYTES);
    cr_assert_gt (transcript.count - transcript.first, 500);
    char *is = told ();
    cr_assert_null (strstr (is, "first"));
    cr_assert_not_null (strstr (is, "last"));
    free (is);
    free (kilobyte);
}

Test (transcript, pages_go_on_at_their_positions)
{
    subscribe (BOOT, 1, 0);
    hear (1, "aaaa");
    hear (2, "bbbb");
    hear (3, "cccc");
    struct json *page = transcript_after (&transcript, 0, 8);
    cr_assert_eq (json_count (json_get (page, "entries")), 2);
    uint64_t at =
        (uint64_t) json_get_number (json_at (json_get (page, "entries"), 1), "position", 0);
    cr_assert_lt (at, (uint64_t) json_get_number (page, "last", 0));
    json_destroy (&page);
    cr_assert (transcript_has_after (&transcript, at));
    page = transcript_after (&transcript, at, 1); /* one at least */
    cr_assert_str_eq (json_get_text (json_at (json_get (page, "entries"), 0), "text"), "cccc");
    json_destroy (&page);
    cr_assert_not (transcript_has_after (&transcript, transcript.last));
    cr_assert (transcript_has_after (&transcript, transcript.last + 5), "no position of ours");
}

/* Symptom: `stui transcript` read the same text for ever, for its position was too long a number. */
Test (transcript, a_position_is_a_number_that_json_keeps)
{
    transcript_fini (&transcript);
    transcript_init (&transcript, INT64_C (9000000000000)); /* in 2255 */
    subscribe (BOOT, 1, 0);
    hear (1, "a");
    struct json *answer = transcript_after (&transcript, 0, 10);
    char *text = json_print (answer);
    struct json *back = json_parse_text (text);
    cr_assert_eq ((uint64_t) json_get_number (back, "last", 0), transcript.last);
    json_destroy (&back);
    json_destroy (&answer);
    free (text);
}

Test (transcript, the_next_start_of_stui_goes_on_where_this_one_ended)
{
    subscribe (BOOT, 1, 0);
    transcript_event (&transcript, 1, "session-1", "a\n", 0, 7);
    hear (2, NULL);
    struct json *record = transcript_record (&transcript);
    uint64_t last = transcript.last;
    transcript_fini (&transcript);
    transcript_init (&transcript, 2000);
    transcript_load (&transcript, record);
    json_destroy (&record);
    cr_assert_gt (transcript.items[0].position, last);
    cr_assert_str_eq (transcript.items[0].session, "session-1");
    cr_assert_eq (transcript.items[0].at_ms, 7);
    cr_assert_eq (transcript.seq, 2);
    subscribe (BOOT, 1, 3);
    hear (3, "b\n");
    expect ("t:a\n|t:b\n|");
}

Test (transcript, the_tail_that_is_kept_is_short)
{
    char *kilobyte = stui_alloc (1025);
    memset (kilobyte, 'x', 1024);
    subscribe (BOOT, 1, 0);
    for (int64_t seq = 1; seq < 100; seq++)
        hear (seq, kilobyte);
    struct json *record = transcript_record (&transcript);
    size_t count = json_count (json_get (record, "tail"));
    cr_assert (count > 5 && count <= TRANSCRIPT_TAIL_BYTES / 1024, "%zu", count);
    json_destroy (&record);
    free (kilobyte);
}

Test (transcript, a_record_of_something_else_is_left_alone)
{
    struct json *record = json_parse_text ("{\"boot_id\":7,\"tail\":\"x\",\"seq\":-3}");
    transcript_load (&transcript, record);
    json_destroy (&record);
    cr_assert_str_eq (transcript.boot, "");
    record = json_parse_text ("{\"boot_id\":\"b\",\"tail\":[1,{\"text\":5},{}],\"seq\":-3}");
    transcript_load (&transcript, record);
    json_destroy (&record);
    cr_assert_eq (transcript.seq, 0);
    cr_assert_eq (transcript.count, 0);
}
