/* image_capabilities.c: see image_capabilities.h. Pure but for the heap. */

#include "cli/image_capabilities.h"

#include "runtime/json.h"

#include <stdbool.h>
#include <string.h>

enum { GROUP_WORDS_MAX = 16 };

/* A word that ends with a colon stands for all that begin with it. The first group that knows a word has
 * it; the last knows all. */
static const struct {
    const char *title;
    const char *words[GROUP_WORDS_MAX];
} groups[] = {
    {"sessions",
     {"create_session", "restore_session", "update_session_state", "close_session",
      "get_session_info", "list_client_sessions", "get_session_statistics", "list_image_sessions",
      "cleanup_image_sessions", "adopt_session", "get_image_session_stats", "session_variables",
      "list_variables"}},
    {"evaluation", {"evaluate", "interrupt", "get_result", "at_most_once"}},
    {"code",
     {"list_classes", "browse_class", "get_method", "compile_method", "define_class",
      "remove_method", "remove_class", "rename_category", "file_in", "file_out", "senders",
      "implementors", "search_source", "complete"}},
    {"objects", {"inspect", "release"}},
    {"debugging", {"debug", "debug:"}},
    {"image",
     {"hello", "ping", "system_info", "snapshot", "subscribe", "fencing", "plain", "read_only"}},
    {"events", {"event:"}},
    {"not there", {"no:"}},
    {"other", {""}},
};

enum { GROUP_COUNT = sizeof groups / sizeof *groups };

/* Whether WORD of a group means CAPABILITY. */
static bool
word_means (const char *word, const char *capability)
{
    size_t length = strlen (word);
    if (length == 0 || word[length - 1] == ':')
        return strncmp (word, capability, length) == 0;
    return strcmp (word, capability) == 0;
}

static size_t
group_of (const char *capability)
{
    for (size_t group = 0; group < GROUP_COUNT - 1; group++)
        for (size_t i = 0; i < GROUP_WORDS_MAX && groups[group].words[i] != NULL; i++)
            if (word_means (groups[group].words[i], capability))
                return group;
    return GROUP_COUNT - 1;
}

/* What is shown of CAPABILITY in GROUP: not the beginning that the group's title says. */
static const char *
shown_word (size_t group, const char *capability)
{
    const char *first = groups[group].words[0];
    size_t length = strlen (first);
    return length > 0 && first[length - 1] == ':' ? capability + length : capability;
}

struct json *
image_capabilities_group (const struct json *capabilities)
{
    struct json *lists[GROUP_COUNT] = {0};
    for (const struct json *one = json_first (capabilities); one != NULL; one = json_next (one)) {
        const char *capability = json_text (one);
        if (capability == NULL)
            continue;
        size_t group = group_of (capability);
        if (lists[group] == NULL)
            lists[group] = json_array ();
        json_push (lists[group], json_string (shown_word (group, capability)));
    }
    struct json *grouped = json_object ();
    for (size_t group = 0; group < GROUP_COUNT; group++)
        if (lists[group] != NULL)
            json_set (grouped, groups[group].title, lists[group]);
    return grouped;
}
