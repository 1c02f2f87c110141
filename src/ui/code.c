/* code.c: see code.h. One pass, no memory but a stack of brackets; characters beyond ASCII count as
 * letters, as the dialects that know them do. */

#include "ui/code.h"

#include <string.h>

enum { DEPTH_MAX = 256 /* brackets in each other; deeper ones are not matched */ };

/* ---- characters ----------------------------------------------------------------------------- */

static bool
is_digit (char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool
is_capital (char byte)
{
    return byte >= 'A' && byte <= 'Z';
}

static bool
is_letter (char byte)
{
    return (byte >= 'a' && byte <= 'z') || is_capital (byte) || byte == '_' || (byte & 0x80);
}

static bool
is_name (char byte)
{
    return is_letter (byte) || is_digit (byte);
}

static bool
is_blank (char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static bool
is_binary (char byte)
{
    return byte && strchr ("+-*/\\<>=~@%|&?,^`", byte);
}

/* ---- tokens --------------------------------------------------------------------------------- */

/* The byte at AT; NUL behind the end. */
static char
peek (const char *text, size_t size, size_t at)
{
    return at < size ? text[at] : '\0';
}

static size_t
name_end (const char *text, size_t size, size_t at)
{
    while (at < size && is_name (text[at]))
        at++;
    return at;
}

/* Behind the quote that ends what the quote at AT begins; a doubled one is a character of it. */
static size_t
quoted_end (const char *text, size_t size, size_t at, bool *unfinished)
{
    char quote = text[at++];
    while (at < size) {
        if (text[at++] != quote)
            continue;
        if (peek (text, size, at) != quote)
            return at;
        at++;
    }
    *unfinished = true;
    return size;
}

/* Digits, a radix, a fraction, an exponent or a scale; what is no part of it is left. */
static size_t
number_end (const char *text, size_t size, size_t at)
{
    while (is_digit (peek (text, size, at)) || peek (text, size, at) == '_')
        at++;
    bool radix = peek (text, size, at) == 'r';
    if (radix) {
        at++;
        at += peek (text, size, at) == '-';
        while (is_digit (peek (text, size, at)) || is_capital (peek (text, size, at)))
            at++;
    }
    if (peek (text, size, at) == '.' && is_digit (peek (text, size, at + 1))) {
        at++;
        while (is_digit (peek (text, size, at)))
            at++;
    }
    char mark = peek (text, size, at);
    if (mark && strchr ("edqs", mark)) {
        size_t digits = at + 1 + (peek (text, size, at + 1) == '-');
        if (is_digit (peek (text, size, digits))) {
            while (is_digit (peek (text, size, digits)))
                digits++;
            return digits;
        }
        return mark == 's' && !is_name (peek (text, size, at + 1)) ? at + 1 : at;
    }
    return at;
}

/* "at:put:"; without KEYWORDS only the first part. */
static size_t
selector_end (const char *text, size_t size, size_t at, bool keywords)
{
    at = name_end (text, size, at);
    while (peek (text, size, at) == ':' && peek (text, size, at + 1) != '=') {
        at++;
        if (!keywords || !is_letter (peek (text, size, at)))
            return at;
        at = name_end (text, size, at);
    }
    return at;
}

static bool
is_pseudo (const char *name, size_t size)
{
    static const char *const names[] = {"self", "super", "nil", "true", "false", "thisContext"};
    for (size_t index = 0; index < sizeof names / sizeof *names; index++)
        if (strlen (names[index]) == size && memcmp (names[index], name, size) == 0)
            return true;
    return false;
}

/* The token of a '#' at AT. */
static void
hash_token (struct code_token *token, const char *text, size_t size, size_t at)
{
    size_t behind = at + 1 + (peek (text, size, at + 1) == '#');
    char first = peek (text, size, behind);
    size_t end = behind;
    token->kind = CODE_SYMBOL;
    if (first == '(' || first == '[' || first == '{') {
        token->kind = CODE_OPEN;
        token->literal = true;
        end++;
    }
    else if (first == '\'')
        end = quoted_end (text, size, behind, &token->unfinished);
    else if (is_letter (first))
        end = selector_end (text, size, behind, true);
    else if (is_digit (first))
        end = name_end (text, size, behind);
    else
        while (is_binary (peek (text, size, end)))
            end++;
    if (end == behind)
        token->kind = CODE_OTHER;
    token->size = end - at;
}

static void
name_token (struct code_token *token, const char *text, size_t size, size_t at)
{
    size_t end = name_end (text, size, at), all = selector_end (text, size, at, false);
    token->kind = CODE_NAME;
    if (end - at == 1 && text[at] == '_') /* the old assignment */
        token->kind = CODE_ASSIGNMENT;
    else if (all > end)
        token->kind = CODE_KEYWORD;
    else if (is_pseudo (text + at, end - at))
        token->kind = CODE_PSEUDO;
    else if (is_capital (text[at]))
        token->kind = CODE_GLOBAL;
    token->size = all - at;
}

/* Of one character, or of a row of such that make a selector. */
static void
sign_token (struct code_token *token, const char *text, size_t size, size_t at)
{
    char first = text[at];
    token->size = 1;
    if (first == ':' && peek (text, size, at + 1) == '=') {
        token->kind = CODE_ASSIGNMENT;
        token->size = 2;
    }
    else if (strchr ("([{", first))
        token->kind = CODE_OPEN;
    else if (strchr (")]}", first))
        token->kind = CODE_CLOSE;
    else if (strchr (".;:!", first))
        token->kind = CODE_MARK;
    else if (first == '^' || first == '|')
        token->kind = CODE_BINARY;
    else if (is_binary (first)) {
        token->kind = CODE_BINARY;
        while (is_binary (peek (text, size, at + token->size))
               && !(text[at + token->size] == '-'
                    && is_digit (peek (text, size, at + token->size + 1))))
            token->size++;
    }
    else
        token->kind = CODE_OTHER;
}

/* Whether a number with a sign begins at AT: "3-4" has none. */
static bool
is_negative (const char *text, size_t size, size_t at)
{
    bool operand = at > 0 && (is_name (text[at - 1]) || strchr (")]}'", text[at - 1]));
    return text[at] == '-' && is_digit (peek (text, size, at + 1)) && !operand;
}

struct code_token
code_next (const char *text, size_t size, size_t at)
{
    while (at < size && is_blank (text[at]))
        at++;
    struct code_token token = {.kind = CODE_END, .at = at};
    if (at >= size)
        return token;
    char first = text[at];
    if (first == '"' || first == '\'') {
        token.kind = first == '"' ? CODE_COMMENT : CODE_STRING;
        token.size = quoted_end (text, size, at, &token.unfinished) - at;
    }
    else if (first == '$') { /* any character, also a blank */
        token.kind = CODE_CHARACTER;
        token.size = at + 1 < size ? 2 : 1;
        while (at + token.size < size && (text[at + token.size] & 0xC0) == 0x80)
            token.size++;
    }
    else if (first == '#')
        hash_token (&token, text, size, at);
    else if (is_digit (first) || is_negative (text, size, at)) {
        token.kind = CODE_NUMBER;
        token.size = number_end (text, size, at + (first == '-')) - at;
    }
    else if (is_letter (first))
        name_token (&token, text, size, at);
    else if (first)
        sign_token (&token, text, size, at);
    else
        token = (struct code_token){.kind = CODE_OTHER, .at = at, .size = 1};
    return token;
}

/* ---- brackets ------------------------------------------------------------------------------- */

static bool
are_pair (char open, char close)
{
    return (open == '(' && close == ')') || (open == '[' && close == ']')
           || (open == '{' && close == '}');
}

/* The bracket of TOKEN itself: the last byte of "#(". */
static size_t
bracket_of (const struct code_token *token)
{
    return token->at + token->size - 1;
}

/* The bracket beside AT, the left one first; SIZE when there is none. */
static size_t
bracket_beside (const char *text, size_t size, size_t at)
{
    size_t right = size;
    for (struct code_token token = code_next (text, size, 0);
         token.kind != CODE_END && token.at <= at;
         token = code_next (text, size, token.at + token.size)) {
        if (token.kind != CODE_OPEN && token.kind != CODE_CLOSE)
            continue;
        if (bracket_of (&token) + 1 == at)
            return bracket_of (&token);
        if (bracket_of (&token) == at || token.at == at)
            right = bracket_of (&token);
    }
    return right;
}

enum code_match
code_match (const char *text, size_t size, size_t at, size_t *one, size_t *other)
{
    size_t stack[DEPTH_MAX], depth = 0;
    size_t wanted = bracket_beside (text, size, at);
    *one = *other = wanted;
    if (wanted == size)
        return CODE_MATCH_NONE;
    for (struct code_token token = code_next (text, size, 0); token.kind != CODE_END;
         token = code_next (text, size, token.at + token.size)) {
        size_t bracket = bracket_of (&token);
        if (token.kind == CODE_OPEN) {
            if (depth == DEPTH_MAX)
                return CODE_MATCH_NONE;
            stack[depth++] = bracket;
        }
        if (token.kind != CODE_CLOSE)
            continue;
        if (depth == 0) { /* it closes nothing: what follows is read as if it were not there */
            if (bracket == wanted)
                return CODE_MATCH_WRONG;
            continue;
        }
        size_t open = stack[--depth];
        if (open == wanted || bracket == wanted) {
            *other = open == wanted ? bracket : open;
            return are_pair (text[open], text[bracket]) ? CODE_MATCH_FOUND : CODE_MATCH_WRONG;
        }
    }
    return CODE_MATCH_WRONG;
}

bool
code_enclosed (const char *text, size_t size, size_t at, size_t *start, size_t *end)
{
    size_t one, other;
    for (struct code_token token = code_next (text, size, 0);
         token.kind != CODE_END && token.at <= at;
         token = code_next (text, size, token.at + token.size)) {
        bool quoted = token.kind == CODE_STRING || token.kind == CODE_COMMENT;
        size_t behind = token.at + token.size;
        if (quoted && !token.unfinished && token.size > 2 && (at == token.at || at + 1 == behind)) {
            *start = token.at + 1;
            *end = behind - 1;
            return true;
        }
    }
    if (code_match (text, size, at + 1, &one, &other) != CODE_MATCH_FOUND || one != at)
        return false;
    *start = (one < other ? one : other) + 1;
    *end = one < other ? other : one;
    return *start < *end;
}

size_t
code_word_before (const char *text, size_t size, size_t at)
{
    struct code_token token = code_next (text, size, 0);
    while (token.kind != CODE_END && token.at + token.size < at)
        token = code_next (text, size, token.at + token.size);
    bool word = token.kind == CODE_NAME || token.kind == CODE_GLOBAL || token.kind == CODE_KEYWORD
                || token.kind == CODE_PSEUDO;
    if (token.kind == CODE_SYMBOL && token.at + 1 < at && is_letter (text[token.at + 1]))
        return token.at + 1;
    return word && token.at < at ? token.at : at;
}
