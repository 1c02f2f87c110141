/* test_cli_lists.c: which sessions are listed, and when an image needs no more waiting for. */

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/images.h"
#include "cli/session_list.h"
#include "runtime/json.h"

static struct json *list;

static void
merge (const char *live, const char *stored)
{
    struct json *records = json_parse_text (stored);
    list = json_parse_text (live);
    session_list_merge (list, records);
    json_destroy (&records);
}

static const char *
state_of (size_t index)
{
    return json_get_text (json_at (list, index), "state");
}

Test (cli_lists, a_live_session_wins_over_its_record)
{
    merge ("[{\"session_id\":\"a\",\"state\":\"modified\",\"image\":\"one\"}]",
           "[{\"session_id\":\"a\",\"state\":\"restored\",\"open\":true},"
           "{\"session_id\":\"b\",\"state\":\"restored\",\"open\":false}]");
    cr_assert_eq (json_count (list), 2);
    cr_assert_str_eq (state_of (0), "modified");
    cr_assert_str_eq (state_of (1), "stored");
    json_destroy (&list);
}

Test (cli_lists, without_a_supervisor_nothing_is_on_an_image)
{
    merge ("[]", "[{\"session_id\":\"a\",\"state\":\"modified\",\"open\":true},"
                 "{\"session_id\":\"b\",\"state\":\"closed\",\"open\":false},"
                 "{\"session_id\":\"c\",\"state\":\"orphaned\",\"open\":true}]");
    cr_assert_str_eq (state_of (0), "preserved");
    cr_assert_str_eq (state_of (1), "closed");
    cr_assert_str_eq (state_of (2), "orphaned");
    json_destroy (&list);
}

Test (cli_lists, a_session_is_found_by_the_beginning_of_its_id)
{
    size_t matches;
    merge ("[]", "[{\"session_id\":\"abc\"},{\"session_id\":\"abd\"},{\"session_id\":\"ab\"}]");
    cr_assert_str_eq (json_get_text (session_list_find (list, "abd", &matches), "session_id"),
                      "abd");
    cr_assert_str_eq (json_get_text (session_list_find (list, "ab", &matches), "session_id"), "ab",
                      "a whole id is no beginning");
    cr_assert_null (session_list_find (list, "a", &matches));
    cr_assert_eq (matches, 3);
    cr_assert_null (session_list_find (list, "x", &matches));
    cr_assert_eq (matches, 0);
    json_destroy (&list);
}

Test (cli_lists, a_session_is_looked_for_in_the_images_that_are_meant)
{
    struct json *names = json_parse_text ("[\"one\"]");
    cr_redirect_stderr ();
    merge ("[]", "[{\"session_id\":\"abc\",\"image\":\"one\"},"
                 "{\"session_id\":\"abd\",\"image\":\"two\"}]");
    const struct json *found = session_list_choose (list, names, "ab");
    cr_assert_str_eq (json_get_text (found, "session_id"), "abc");
    cr_assert_null (session_list_choose (list, names, "abd"));
    cr_assert_null (session_list_choose (list, NULL, "ab"));
    json_destroy (&names);
    json_destroy (&list);
}

/* Symptom: of two images with a session of one id, the one that was listed first was meant, in silence. */
Test (cli_lists, one_id_in_two_images_is_two_sessions_and_their_image_tells_them_apart)
{
    cr_redirect_stderr ();
    merge ("[{\"session_id\":\"abc\",\"image\":\"one\",\"image_id\":\"i\",\"state\":\"restored\"}]",
           "[{\"session_id\":\"abc\",\"image\":\"one\",\"image_id\":\"i\",\"name\":\"a\"},"
           "{\"session_id\":\"abc\",\"image\":\"two\",\"image_id\":\"j\",\"name\":\"b\"}]");
    cr_assert_eq (json_count (list), 2);
    cr_assert_null (session_list_choose (list, NULL, "abc"));
    fflush (stderr);
    cr_assert_stderr_eq_str ("stui: 2 sessions begin with 'abc': abc (in one), abc (b, in two); "
                             "give more of the id, or IMAGE/ID\n");
    cr_assert_str_eq (json_get_text (session_list_choose (list, NULL, "two/ab"), "image_id"), "j");
    cr_assert_str_eq (json_get_text (session_list_choose (list, NULL, "one/abc"), "image_id"), "i");
    size_t matches;
    cr_assert_null (session_list_find (list, "three/abc", &matches));
    cr_assert_eq (matches, 0);
    struct json *name = session_list_name (json_at (list, 1));
    char *text = json_print (name);
    cr_assert_str_eq (text, "{\"session_id\":\"abc\",\"image_id\":\"j\"}");
    free (text);
    json_destroy (&name);
    json_destroy (&list);
}

Test (cli_lists, what_an_ambiguous_id_may_mean_is_named)
{
    cr_redirect_stderr ();
    merge ("[]", "[{\"session_id\":\"abc\",\"image\":\"one\",\"name\":\"work\"},"
                 "{\"session_id\":\"abd\",\"image\":\"two\",\"name\":\"\"}]");
    cr_assert_null (session_list_choose (list, NULL, "ab"));
    fflush (stderr);
    cr_assert_stderr_eq_str ("stui: 2 sessions begin with 'ab': abc (work, in one), abd (in two); "
                             "give more of the id, or IMAGE/ID\n");
    json_destroy (&list);
}

Test (cli_lists, closed_sessions_are_not_counted_as_stored)
{
    merge ("[{\"session_id\":\"a\",\"image\":\"one\",\"state\":\"restored\"}]",
           "[{\"session_id\":\"b\",\"image\":\"one\",\"state\":\"closed\"},"
           "{\"session_id\":\"c\",\"image\":\"two\",\"state\":\"stored\"}]");
    cr_assert_eq (session_list_count (list, "one"), 1);
    cr_assert_eq (session_list_count (list, "two"), 1);
    cr_assert_eq (session_list_count (list, "three"), 0);
    json_destroy (&list);
}

static bool
settled (const char *state, enum images_patience patience)
{
    struct json *json = json_parse_text (state);
    bool is_settled = images_is_settled (json, patience);
    json_destroy (&json);
    return is_settled;
}

Test (cli_lists, an_image_on_its_way_is_waited_for)
{
    static const char *const on_the_way[] = {"waiting", "resolving", "connecting", "handshaking"};
    for (size_t i = 0; i < sizeof on_the_way / sizeof *on_the_way; i++) {
        char text[64];
        snprintf (text, sizeof text, "{\"state\":\"%s\"}", on_the_way[i]);
        cr_assert_not (settled (text, IMAGES_ATTEMPTED), "%s", text);
    }
    cr_assert_not (images_is_settled (NULL, IMAGES_ATTEMPTED), "nothing is known of it yet");
}

Test (cli_lists, one_failed_attempt_is_enough_unless_it_must_be_online)
{
    cr_assert (settled ("{\"state\":\"offline\"}", IMAGES_ATTEMPTED));
    cr_assert (settled ("{\"state\":\"disabled\"}", IMAGES_ATTEMPTED));
    cr_assert_not (settled ("{\"state\":\"offline\"}", IMAGES_ONLINE));
    cr_assert (settled ("{\"state\":\"online\"}", IMAGES_ONLINE));
    cr_assert (settled ("{\"state\":\"failed\"}", IMAGES_ONLINE));
}

/* Symptom: image10 was listed before image2. */
Test (cli_lists, images_are_in_the_order_in_which_people_count)
{
    struct json *images = json_parse_text ("[{\"name\":\"image10\"},{\"name\":\"b\"},"
                                           "{\"name\":\"image2\"},{\"name\":\"image1\"}]");
    struct json *sorted = images_by_name (images);
    char *text = json_print (sorted);
    cr_assert_str_eq (text, "[{\"name\":\"b\"},{\"name\":\"image1\"},{\"name\":\"image2\"},"
                            "{\"name\":\"image10\"}]");
    free (text);
    json_destroy (&sorted);
    json_destroy (&images);
}
