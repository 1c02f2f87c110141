/* image_filter.c: see image_filter.h. Pure. */

#include "ui/image_filter.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "runtime/words.h"
#include "ui/model.h"

static bool
has (const char *text, const char *part)
{
    return text && strcasestr (text, part);
}

static bool
fits_anywhere (const struct model_image *image, const char *text)
{
    return has (image->name, text) || has (image->address, text)
           || has (stui_image_state_word (image->state), text) || has (image->tags, text)
           || has (image->cause, text) || has (image->system, text);
}

/* Whether TEXT has the letters of WORD in their order. */
static bool
fits_fuzzily (const char *text, const char *word)
{
    for (; *word && *text; text++)
        if (tolower ((unsigned char) *text) == tolower ((unsigned char) *word))
            word++;
    return *word == '\0';
}

static bool
fits_tag (const struct model_image *image, const char *tag)
{
    return words_have_tag (image->tags, tag);
}

static bool
fits_state (const struct model_image *image, const char *word)
{
    return strncasecmp (stui_image_state_word (image->state), word, strlen (word)) == 0;
}

static bool
fits_name (const struct model_image *image, const char *text)
{
    return has (image->name, text);
}

static bool
fits_address (const struct model_image *image, const char *text)
{
    return has (image->address, text);
}

static bool
word_fits (const struct model_image *image, const char *word)
{
    static const struct {
        const char *key;
        bool (*fits) (const struct model_image *image, const char *value);
    } keys[] = {
        {"tag:", fits_tag},
        {"state:", fits_state},
        {"name:", fits_name},
        {"address:", fits_address},
    };
    bool inverse = *word == '!';
    word += inverse;
    if (!*word || strcmp (word, "~") == 0)
        return true; /* it is only begun */
    if (*word == '~')
        return fits_fuzzily (image->name, word + 1) != inverse;
    for (size_t index = 0; index < sizeof keys / sizeof *keys; index++) {
        size_t size = strlen (keys[index].key);
        if (strncmp (word, keys[index].key, size) == 0)
            return !word[size] || keys[index].fits (image, word + size) != inverse;
    }
    return fits_anywhere (image, word) != inverse;
}

bool
image_filter_fits (const struct model_image *image, const char *filter)
{
    char word[MODEL_FILTER_MAX];
    for (filter += strspn (filter, " "); *filter; filter += strspn (filter, " ")) {
        size_t size = strcspn (filter, " ");
        size_t kept = size < sizeof word ? size : sizeof word - 1;
        memcpy (word, filter, kept);
        word[kept] = '\0';
        if (!word_fits (image, word))
            return false;
        filter += size;
    }
    return true;
}
