/* test_config_docs.c: docs/configuration.md has each key of the configuration, in the sections where it may
 * stand, with the default and the range that the parser has, and no other. Reads the page: run in the
 * project's directory, as all tests are. */

#include "runtime/config_keys.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

static char page[65536];

static void
setup (void)
{
    FILE *file = fopen ("docs/configuration.md", "r");
    cr_assert_not_null (file);
    page[fread (page, 1, sizeof page - 1, file)] = '\0';
    fclose (file);
}

TestSuite (config_docs, .init = setup);

/* The line of KEY's row behind the heading that begins with SECTION; NULL: it has none there. */
static const char *
row_of (const char *section, const char *key)
{
    char row[80];
    const char *from = strstr (page, section);
    cr_assert_not_null (from, "there is no heading '%s'", section);
    const char *to = strstr (from + strlen (section), "\n## ");
    snprintf (row, sizeof row, "\n| `%s` |", key);
    const char *found = strstr (from, row);
    return found && (!to || found < to) ? found + 1 : NULL;
}

static void
expect_numbers (const char *row, const struct config_key_info *key)
{
    char begin[160];
    snprintf (begin, sizeof begin, "| `%s` | %" PRId64 " | %" PRId64 " | %" PRId64 " | ", key->word,
              key->otherwise, key->low, key->high);
    cr_expect (strncmp (row, begin, strlen (begin)) == 0, "'%.80s' is not '%s'", row, begin);
}

/* Symptom: no page said what the settings were, nor their units and defaults. */
Test (config_docs, each_key_is_there_with_its_default_and_range)
{
    for (size_t index = 0; config_key_at (index).word; index++) {
        struct config_key_info key = config_key_at (index);
        const char *section = key.in_stui && key.in_image ? "\n## Timings"
                              : key.in_stui               ? "\n## `[stui]`"
                              : key.in_image              ? "\n## `[image"
                                                          : "\n## `[alert]`";
        const char *row = row_of (section, key.word);
        cr_expect_not_null (row, "%s has no row below '%s'", key.word, section + 1);
        if (row && key.is_number)
            expect_numbers (row, &key);
    }
}

Test (config_docs, no_row_is_of_a_key_that_is_none)
{
    size_t rows = 0, keys = 0;
    for (const char *at = page; (at = strstr (at, "\n| `")) != NULL; at++)
        rows++;
    while (config_key_at (keys).word)
        keys++;
    cr_assert_eq (rows, keys);
}
