/* trouble.c: the table of include/stui/trouble.h, asked. Pure. */

#include <stui/trouble.h>

#include <string.h>

static const struct {
    const char *word;
    enum stui_err err;
    const char *next, *advice;
} rows[] = {
#define X(symbol, word, error, next, advice)                                                       \
    [STUI_TROUBLE_##symbol] = {word, STUI_E_##error, next, advice},
    STUI_TROUBLES (X)
#undef X
};

static enum stui_trouble
trouble_known (enum stui_trouble trouble)
{
    return (unsigned) trouble < STUI_TROUBLE_COUNT ? trouble : STUI_TROUBLE_NONE;
}

const char *
stui_trouble_word (enum stui_trouble trouble)
{
    return rows[trouble_known (trouble)].word;
}

enum stui_err
stui_trouble_err (enum stui_trouble trouble)
{
    return rows[trouble_known (trouble)].err;
}

const char *
stui_trouble_next (enum stui_trouble trouble)
{
    return rows[trouble_known (trouble)].next;
}

const char *
stui_trouble_advice (enum stui_trouble trouble)
{
    return rows[trouble_known (trouble)].advice;
}

bool
stui_trouble_waits (enum stui_trouble trouble)
{
    return strcmp (stui_trouble_next (trouble), STUI_WAITS_FOR_YOU) == 0;
}

bool
stui_trouble_is_tunnel (enum stui_trouble trouble)
{
    return trouble >= STUI_TROUBLE_NO_SSH && trouble <= STUI_TROUBLE_TUNNEL_DOWN;
}

enum stui_trouble
stui_trouble_from_word (const char *word)
{
    for (int trouble = 0; word && trouble < STUI_TROUBLE_COUNT; trouble++)
        if (strcmp (rows[trouble].word, word) == 0)
            return (enum stui_trouble) trouble;
    return STUI_TROUBLE_NONE;
}
