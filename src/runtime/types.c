/* types.c: the words of include/stui/types.h. Pure. */

#include <stui/types.h>

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "runtime/utf8.h"

#define X(name, word) [STUI_ERR_INDEX_##name] = word,
static const char *const err_words[] = {[STUI_ERR_INDEX_NONE] = "ok", STUI_ERRORS (X)};
#undef X
static_assert (sizeof err_words / sizeof *err_words == STUI_ERR_INDEX_COUNT, "a word per error");

const char *
stui_err_word (int err)
{
    if (err > 0 || err <= -STUI_ERR_INDEX_COUNT)
        return err_words[STUI_ERR_INDEX_INTERNAL];
    return err_words[-err];
}

int
stui_err_from_word (const char *word)
{
    for (int index = 1; word && index < STUI_ERR_INDEX_COUNT; index++)
        if (strcmp (err_words[index], word) == 0)
            return -index;
    return STUI_E_INTERNAL;
}

int
stui_vfail (struct stui_cause *cause, int err, const char *format, va_list args)
{
    if (!cause)
        return err;
    vsnprintf (cause->text, sizeof cause->text, format, args);
    utf8_repair (cause->text); /* a character that did not fit whole, here or in a %.80s */
    cause->err = err;
    return err;
}

int
stui_fail (struct stui_cause *cause, int err, const char *format, ...)
{
    va_list args;
    va_start (args, format);
    stui_vfail (cause, err, format, args);
    va_end (args);
    return err;
}

#define X(name, word) word,
#define DEFINE_WORDS(lower, UPPER, LIST)                                                           \
    static const char *const lower##_words[] = {LIST};                                             \
    static_assert (sizeof lower##_words / sizeof *lower##_words == UPPER##_COUNT,                  \
                   "a word per " #lower);                                                          \
    const char *stui_##lower##_word (enum stui_##lower value)                                      \
    {                                                                                              \
        return (unsigned) value < UPPER##_COUNT ? lower##_words[value] : "unknown";                \
    }

DEFINE_WORDS (image_state, STUI_IMAGE, STUI_IMAGE_STATES (X))
DEFINE_WORDS (network, STUI_NETWORK, STUI_NETWORK_LIGHTS (X))
DEFINE_WORDS (link, STUI_LINK, STUI_LINK_LIGHTS (X))
DEFINE_WORDS (answer, STUI_ANSWER, STUI_IMAGE_LIGHTS (X))
DEFINE_WORDS (evaluator, STUI_EVALUATOR, STUI_EVALUATOR_LIGHTS (X))
DEFINE_WORDS (session_state, STUI_SESSION, STUI_SESSION_STATES (X))
DEFINE_WORDS (alert, STUI_ALERT, STUI_ALERT_KINDS (X))

enum stui_session_state
stui_session_state_from_word (const char *word)
{
    int state = 0;
    while (state < STUI_SESSION_COUNT && !(word && strcmp (session_state_words[state], word) == 0))
        state++;
    return (enum stui_session_state) state;
}

static const char *const theme_words[] = {
    [STUI_THEME_TERMINAL] = "terminal", [STUI_THEME_DARK] = "dark",
    [STUI_THEME_LIGHT] = "light",       [STUI_THEME_CONTRAST] = "contrast",
    [STUI_THEME_MONO] = "mono",         [STUI_THEME_COLOR_BLIND] = "color-blind",
};
static_assert (sizeof theme_words / sizeof *theme_words == STUI_THEME_COUNT, "a word a theme");

const char *
stui_theme_word (enum stui_theme theme)
{
    return theme_words[theme];
}

int
stui_theme_from_word (const char *word)
{
    for (int theme = 0; theme < STUI_THEME_COUNT; theme++)
        if (strcmp (theme_words[theme], word) == 0)
            return theme;
    return -1;
}
