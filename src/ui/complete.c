/* complete.c: see complete.h. */

#include "ui/complete.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "runtime/alloc.h"
#include "ui/chooser.h"
#include "ui/code.h"

bool
complete_matches (const char *word, size_t word_size, const char *prefix, size_t size)
{
    return word_size > size && strncasecmp (word, prefix, size) == 0;
}

/* The word in TOKEN, without what makes it a symbol; its kind's name; NULL when it is no word. */
static const char *
word_of (const struct code_token *token, const char *text, size_t *at, size_t *size)
{
    static const char *const notes[CODE_KIND_COUNT] = {
        [CODE_NAME] = "name",        [CODE_GLOBAL] = "global", [CODE_PSEUDO] = "pseudo",
        [CODE_KEYWORD] = "selector", [CODE_SYMBOL] = "symbol",
    };
    *at = token->at;
    *size = token->size;
    if (token->kind != CODE_SYMBOL)
        return notes[token->kind];
    while (*size > 0 && text[*at] == '#') {
        (*at)++;
        (*size)--;
    }
    bool is_word = *size > 0 && !strchr ("'+-*/\\<>=~@%|&?,^`", text[*at]);
    return is_word ? notes[CODE_SYMBOL] : NULL;
}

struct found {
    size_t at, size;
    const char *note;
};

static void
add_found (struct chooser *chooser, const char *text, const struct found *found, size_t count,
           const char *prefix, size_t prefix_size)
{
    for (int exact = 1; exact >= 0; exact--)
        for (size_t index = count; index-- > 0;)
            if ((memcmp (text + found[index].at, prefix, prefix_size) == 0) == exact)
                chooser_add (chooser, text + found[index].at, found[index].size, found[index].note);
}

void
complete_from_text (struct chooser *chooser, const char *text, size_t size, const char *prefix,
                    size_t prefix_size, size_t skip)
{
    struct found *found = NULL;
    size_t count = 0, capacity = 0;
    for (struct code_token token = code_next (text, size, 0); token.kind != CODE_END;
         token = code_next (text, size, token.at + token.size)) {
        struct found one;
        one.note = word_of (&token, text, &one.at, &one.size);
        if (!one.note || one.at == skip
            || !complete_matches (text + one.at, one.size, prefix, prefix_size))
            continue;
        stui_grow (&found, &capacity, count, sizeof *found);
        found[count++] = one;
    }
    add_found (chooser, text, found, count, prefix, prefix_size);
    free (found);
}

void
complete_from_pseudo (struct chooser *chooser, const char *prefix, size_t prefix_size)
{
    static const char *const names[] = {"self", "super", "nil", "true", "false", "thisContext"};
    for (size_t index = 0; index < sizeof names / sizeof *names; index++)
        if (complete_matches (names[index], strlen (names[index]), prefix, prefix_size))
            chooser_add (chooser, names[index], strlen (names[index]), "pseudo");
}

char *
complete_typed (const char *selector, bool symbol, size_t *cursor)
{
    size_t size = strlen (selector);
    char *typed = stui_alloc (2 * size + 1);
    size_t out = 0;
    *cursor = 0;
    for (size_t at = 0; at < size; at++) {
        typed[out++] = selector[at];
        if (selector[at] != ':' || symbol)
            continue;
        typed[out++] = ' ';
        if (*cursor == 0)
            *cursor = out;
    }
    typed[out] = '\0';
    *cursor = *cursor ? *cursor : out;
    return typed;
}
