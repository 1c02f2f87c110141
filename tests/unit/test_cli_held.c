/* test_cli_held.c: which of those that are held a word on the command line means. */

#include "cli/held_list.h"

#include <criterion/criterion.h>

#include "runtime/json.h"

static struct json *list;

static void
setup (void)
{
    list =
        json_parse_text ("[{\"id\":\"0aa1\",\"image\":\"one\"},{\"id\":\"0aa2\",\"image\":\"one\"},"
                         "{\"id\":\"0b\",\"image\":\"two\"},{\"id\":\"0bc\",\"image\":\"0aa\"}]");
}

static void
teardown (void)
{
    json_destroy (&list);
}

TestSuite (cli_held, .init = setup, .fini = teardown);

/* WORD means so many, and the first that was chosen is FIRST. */
static void
expect_chosen (const char *word, size_t matches, size_t count, const char *first)
{
    struct json *chosen = json_array ();
    cr_assert_eq (held_list_choose (list, word, chosen), matches, "%s", word);
    cr_assert_eq (json_count (chosen), count, "%s", word);
    if (first)
        cr_assert_str_eq (json_get_text (json_first (chosen), "id"), first);
    json_destroy (&chosen);
}

Test (cli_held, a_word_is_an_image_an_id_or_the_beginning_of_one)
{
    expect_chosen ("one", 1, 2, "0aa1");
    expect_chosen ("0aa2", 1, 1, "0aa2");
    expect_chosen ("0b", 1, 1, "0b");
    expect_chosen ("0bc", 1, 1, "0bc");
    expect_chosen ("0aa", 1, 1, "0bc");
    expect_chosen ("0", 4, 0, NULL);
    expect_chosen ("x", 0, 0, NULL);
}

Test (cli_held, what_is_named_twice_is_chosen_once)
{
    struct json *chosen = json_array ();
    held_list_choose (list, "one", chosen);
    held_list_choose (list, "0aa1", chosen);
    cr_assert_eq (json_count (chosen), 2);
    json_destroy (&chosen);
}
