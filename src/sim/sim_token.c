/* sim_token.c: from bytes to tokens. Owns nothing beyond the text of the next one. */

#include "sim/sim_token.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/utf8.h"

/* ---- faults ------------------------------------------------------------------------------ */

void
sim_fault_set (struct sim_fault *fault, const char *source, size_t offset, const char *format, ...)
{
    va_list args;
    fault->line = fault->column = 1;
    for (size_t at = 0; at < offset; at++) {
        bool continues = ((unsigned char) source[at] & 0xC0) == 0x80;
        fault->column = source[at] == '\n' ? 1 : fault->column + !continues;
        fault->line += source[at] == '\n';
    }
    va_start (args, format);
    vsnprintf (fault->text, sizeof fault->text, format, args);
    va_end (args);
    fault->text[utf8_valid_prefix (fault->text, strlen (fault->text))] = '\0';
}

_Noreturn void
sim_source_give_up (struct sim_source *self, size_t at, const char *text)
{
    sim_fault_set (self->fault, self->text, at < self->size ? at : self->size, "%s", text);
    longjmp (self->gave_up, 1);
}

/* ---- tokens ------------------------------------------------------------------------------ */

static bool
is_letter (int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool
sim_is_digit (int c)
{
    return c >= '0' && c <= '9';
}

bool
sim_is_binary (int c)
{
    return c != 0 && strchr ("+-*/\\<>=~,@%&|?", c);
}

/* The byte OFFSET further on; -1 beyond the end. A NUL is a byte like any other. */
int
sim_source_peek (const struct sim_source *self, size_t offset)
{
    return self->at + offset < self->size ? (unsigned char) self->text[self->at + offset] : -1;
}

void
sim_source_skip_blanks (struct sim_source *self)
{
    for (;;) {
        int c = sim_source_peek (self, 0);
        if (c == '"') {
            size_t start = self->at++;
            while (sim_source_peek (self, 0) != '"') {
                if (self->at >= self->size)
                    sim_source_give_up (self, start, "a comment does not end");
                self->at++;
            }
        }
        else if (c != ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f')
            return;
        self->at++;
    }
}

static void
take_word (struct sim_source *self)
{
    while (is_letter (sim_source_peek (self, 0)) || sim_is_digit (sim_source_peek (self, 0)))
        self->at++;
}

/* A string's content, its doubled quotes undoubled; AT is behind the opening one. */
static struct sim_text
take_quoted (struct sim_source *self)
{
    size_t start = self->at - 1, size = 0, from = self->at;
    for (;; self->at++, size++) {
        if (self->at >= self->size)
            sim_source_give_up (self, start, "a string does not end");
        if (self->text[self->at] == '\'' && sim_source_peek (self, 1) == '\'')
            self->at++;
        else if (self->text[self->at] == '\'')
            break;
    }
    struct sim_text text = {stui_alloc (size + 1), size};
    for (size_t to = 0; to < size; to++, from++) {
        text.text[to] = self->text[from];
        from += self->text[from] == '\'';
    }
    self->at++;
    return text;
}

void
sim_source_take_number (struct sim_source *self, struct sim_token *token, bool is_negative)
{
    int64_t number = 0;
    int radix = 10;
    for (;; self->at++) {
        int c = sim_source_peek (self, 0);
        int digit = sim_is_digit (c)                     ? c - '0'
                    : radix > 10 && c >= 'A' && c <= 'Z' ? c - 'A' + 10
                                                         : 99;
        if (c == 'r' && radix == 10 && number >= 2 && number <= 36) {
            radix = (int) number;
            number = 0;
            continue;
        }
        if (digit >= radix)
            break;
        number = number * radix + digit;
        if (number > SIM_INTEGER_MAX)
            sim_source_give_up (self, token->at, "a simulated image has no integers beyond 2^53");
    }
    if (sim_source_peek (self, 0) == '.' && sim_is_digit (sim_source_peek (self, 1)))
        sim_source_give_up (self, token->at, "a simulated image has integers only");
    token->kind = SIM_TOKEN_INTEGER;
    token->number = is_negative ? -number : number;
}

struct sim_text
sim_copy_text (const char *text, size_t size)
{
    return (struct sim_text){stui_strndup (text, size), size};
}

/* What stands behind '#': a symbol, or the opening of a literal array. */
static void
take_hash (struct sim_source *self, struct sim_token *token)
{
    size_t start = ++self->at;
    int c = sim_source_peek (self, 0);
    token->kind = SIM_TOKEN_SYMBOL;
    if (c == '(') {
        self->at++;
        token->kind = SIM_TOKEN_MARK;
        token->mark = '#';
        return;
    }
    if (c == '\'') {
        self->at++;
        token->string = take_quoted (self);
        return;
    }
    if (is_letter (c)) {
        do {
            take_word (self);
            if (sim_source_peek (self, 0) == ':' && sim_source_peek (self, 1) != '=')
                self->at++;
        } while (is_letter (sim_source_peek (self, 0)));
    }
    else
        while (sim_is_binary (sim_source_peek (self, 0)))
            self->at++;
    if (self->at == start)
        sim_source_give_up (self, token->at, "# begins a symbol or an array, but none follows");
    token->string = sim_copy_text (self->text + start, self->at - start);
}

static void
take_character (struct sim_source *self, struct sim_token *token)
{
    static const unsigned char firsts[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    self->at++;
    int c = sim_source_peek (self, 0);
    size_t size = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4, left = self->size - self->at;
    if (left < size || utf8_valid_prefix (self->text + self->at, size) < size)
        sim_source_give_up (self, token->at, "$ begins a character, but none follows");
    token->kind = SIM_TOKEN_CHARACTER;
    token->number = c & firsts[size];
    for (size_t i = 1; i < size; i++)
        token->number = token->number << 6 | (sim_source_peek (self, i) & 0x3F);
    self->at += size;
}

static void
take_name (struct sim_source *self, struct sim_token *token)
{
    take_word (self);
    bool is_keyword = sim_source_peek (self, 0) == ':' && sim_source_peek (self, 1) != '=';
    self->at += is_keyword;
    token->kind = is_keyword ? SIM_TOKEN_KEYWORD : SIM_TOKEN_NAME;
}

void
sim_source_next (struct sim_source *self)
{
    sim_source_skip_blanks (self);
    for (; self->line_at < self->at; self->line_at++)
        self->line += self->text[self->line_at] == '\n';
    struct sim_token token = {.at = self->at, .text = self->text + self->at};
    int c = sim_source_peek (self, 0);
    if (c < 0)
        token.kind = SIM_TOKEN_END;
    else if (is_letter (c))
        take_name (self, &token);
    else if (sim_is_digit (c))
        sim_source_take_number (self, &token, false);
    else if (c == '\'') {
        self->at++;
        token.kind = SIM_TOKEN_STRING;
        token.string = take_quoted (self);
    }
    else if (c == '#')
        take_hash (self, &token);
    else if (c == '$')
        take_character (self, &token);
    else if (c == ':' && sim_source_peek (self, 1) == '=') {
        token.kind = SIM_TOKEN_ASSIGN;
        self->at += 2;
    }
    else if (sim_is_binary (c)) {
        token.kind = SIM_TOKEN_BINARY;
        while (sim_is_binary (sim_source_peek (self, 0))
               && !(self->at > token.at && sim_source_peek (self, 0) == '-'))
            self->at++;
    }
    else if (strchr ("()[]{}.;^:", c) && c != 0) {
        token.kind = SIM_TOKEN_MARK;
        token.mark = (char) c;
        self->at++;
    }
    else
        sim_source_give_up (self, token.at, "this character begins nothing");
    token.size = (size_t) (self->text + self->at - token.text);
    self->token = token;
}

bool
sim_source_is_mark (const struct sim_source *self, char mark)
{
    return self->token.kind == SIM_TOKEN_MARK && self->token.mark == mark;
}

bool
sim_source_is_bar (const struct sim_source *self)
{
    return self->token.kind == SIM_TOKEN_BINARY && self->token.size == 1
           && *self->token.text == '|';
}

/* Whether a minus stands right before digits. */
bool
sim_source_is_minus (const struct sim_source *self)
{
    return self->token.kind == SIM_TOKEN_BINARY && self->token.size == 1 && *self->token.text == '-'
           && sim_is_digit (sim_source_peek (self, 0));
}

void
sim_source_expect_mark (struct sim_source *self, char mark, size_t opened)
{
    char text[64];
    if (sim_source_is_mark (self, mark)) {
        sim_source_next (self);
        return;
    }
    snprintf (text, sizeof text, "%c is missing for this bracket", mark);
    if (self->token.kind == SIM_TOKEN_END)
        sim_source_give_up (self, opened, text);
    snprintf (text, sizeof text, "%c was expected here", mark);
    sim_source_give_up (self, self->token.at, text);
}
