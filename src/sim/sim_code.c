/* sim_code.c: tokens, then one pass of recursive descent that emits as it reads. Owns nothing
 * beyond the code that it makes. What is wrong is said once: the first fault ends the reading. */

#include "sim/sim_code.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/utf8.h"

enum token_kind {
    TOKEN_END,
    TOKEN_NAME,    /* foo */
    TOKEN_KEYWORD, /* foo: */
    TOKEN_BINARY,  /* + // , */
    TOKEN_INTEGER,
    TOKEN_CHARACTER,
    TOKEN_STRING,
    TOKEN_SYMBOL,
    TOKEN_ASSIGN,
    TOKEN_MARK, /* one of ( ) [ ] { } . ; ^ : and "#(" as '#' */
};

struct token {
    enum token_kind kind;
    size_t at;         /* byte of the source at which it begins */
    const char *text;  /* of a name, keyword, operator: in the source */
    size_t size;
    int64_t number;    /* of an integer or character */
    char mark;
    struct sim_text string; /* of a string or symbol; owned until it is taken */
};

struct slot {
    char *name; /* owned; NULL: a hidden one */
};

struct scope { /* a block that is being compiled */
    struct scope *outer;
    struct slot slots[SIM_SLOTS_MAX];
    size_t count;
};

struct compiler {
    const char *source;
    size_t size, at;
    int depth;
    uint32_t line;      /* of LINE_AT */
    size_t line_at;     /* how far lines were counted */
    struct token token; /* the next one, not yet taken */
    struct scope *scope;
    struct sim_code *code;
    struct sim_fault *fault;
    jmp_buf gave_up; /* out of any depth of the descent */
};

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

static _Noreturn void
give_up (struct compiler *self, size_t at, const char *text)
{
    sim_fault_set (self->fault, self->source, at < self->size ? at : self->size, "%s", text);
    longjmp (self->gave_up, 1);
}

/* ---- tokens ------------------------------------------------------------------------------ */

static bool
is_letter (int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool
is_digit (int c)
{
    return c >= '0' && c <= '9';
}

static bool
is_binary (int c)
{
    return c != 0 && strchr ("+-*/\\<>=~,@%&|?", c);
}

/* The byte OFFSET further on; -1 beyond the end. A NUL is a byte like any other. */
static int
peek (const struct compiler *self, size_t offset)
{
    return self->at + offset < self->size ? (unsigned char) self->source[self->at + offset] : -1;
}

static void
skip_blanks (struct compiler *self)
{
    for (;;) {
        int c = peek (self, 0);
        if (c == '"') {
            size_t start = self->at++;
            while (peek (self, 0) != '"') {
                if (self->at >= self->size)
                    give_up (self, start, "a comment does not end");
                self->at++;
            }
        }
        else if (c != ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f')
            return;
        self->at++;
    }
}

static void
take_word (struct compiler *self)
{
    while (is_letter (peek (self, 0)) || is_digit (peek (self, 0)))
        self->at++;
}

/* A string's content, its doubled quotes undoubled; AT is behind the opening one. */
static struct sim_text
take_quoted (struct compiler *self)
{
    size_t start = self->at - 1, size = 0, from = self->at;
    for (;; self->at++, size++) {
        if (self->at >= self->size)
            give_up (self, start, "a string does not end");
        if (self->source[self->at] == '\'' && peek (self, 1) == '\'')
            self->at++;
        else if (self->source[self->at] == '\'')
            break;
    }
    struct sim_text text = {stui_alloc (size + 1), size};
    for (size_t to = 0; to < size; to++, from++) {
        text.text[to] = self->source[from];
        from += self->source[from] == '\'';
    }
    self->at++;
    return text;
}

static void
take_number (struct compiler *self, struct token *token, bool is_negative)
{
    int64_t number = 0;
    int radix = 10;
    for (;; self->at++) {
        int c = peek (self, 0);
        int digit = is_digit (c) ? c - '0' : radix > 10 && c >= 'A' && c <= 'Z' ? c - 'A' + 10 : 99;
        if (c == 'r' && radix == 10 && number >= 2 && number <= 36) {
            radix = (int) number;
            number = 0;
            continue;
        }
        if (digit >= radix)
            break;
        number = number * radix + digit;
        if (number > SIM_INTEGER_MAX)
            give_up (self, token->at, "a simulated image has no integers beyond 2^53");
    }
    if (peek (self, 0) == '.' && is_digit (peek (self, 1)))
        give_up (self, token->at, "a simulated image has integers only");
    token->kind = TOKEN_INTEGER;
    token->number = is_negative ? -number : number;
}

static struct sim_text
copy_text (const char *text, size_t size)
{
    return (struct sim_text){stui_strndup (text, size), size};
}

/* What stands behind '#': a symbol, or the opening of a literal array. */
static void
take_hash (struct compiler *self, struct token *token)
{
    size_t start = ++self->at;
    int c = peek (self, 0);
    token->kind = TOKEN_SYMBOL;
    if (c == '(') {
        self->at++;
        token->kind = TOKEN_MARK;
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
            if (peek (self, 0) == ':' && peek (self, 1) != '=')
                self->at++;
        } while (is_letter (peek (self, 0)));
    }
    else
        while (is_binary (peek (self, 0)))
            self->at++;
    if (self->at == start)
        give_up (self, token->at, "# begins a symbol or an array, but none follows");
    token->string = copy_text (self->source + start, self->at - start);
}

static void
take_character (struct compiler *self, struct token *token)
{
    static const unsigned char firsts[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    self->at++;
    int c = peek (self, 0);
    if (c < 0)
        give_up (self, token->at, "$ begins a character, but none follows");
    size_t size = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    token->kind = TOKEN_CHARACTER;
    token->number = c & firsts[size];
    for (size_t i = 1; i < size; i++)
        token->number = token->number << 6 | (peek (self, i) & 0x3F);
    self->at += size;
}

static void
take_name (struct compiler *self, struct token *token)
{
    take_word (self);
    bool is_keyword = peek (self, 0) == ':' && peek (self, 1) != '=';
    self->at += is_keyword;
    token->kind = is_keyword ? TOKEN_KEYWORD : TOKEN_NAME;
}

static void
next_token (struct compiler *self)
{
    skip_blanks (self);
    for (; self->line_at < self->at; self->line_at++)
        self->line += self->source[self->line_at] == '\n';
    struct token token = {.at = self->at, .text = self->source + self->at};
    int c = peek (self, 0);
    if (c < 0)
        token.kind = TOKEN_END;
    else if (is_letter (c))
        take_name (self, &token);
    else if (is_digit (c))
        take_number (self, &token, false);
    else if (c == '\'') {
        self->at++;
        token.kind = TOKEN_STRING;
        token.string = take_quoted (self);
    }
    else if (c == '#')
        take_hash (self, &token);
    else if (c == '$')
        take_character (self, &token);
    else if (c == ':' && peek (self, 1) == '=') {
        token.kind = TOKEN_ASSIGN;
        self->at += 2;
    }
    else if (is_binary (c)) {
        token.kind = TOKEN_BINARY;
        while (is_binary (peek (self, 0)) && !(self->at > token.at && peek (self, 0) == '-'))
            self->at++;
    }
    else if (strchr ("()[]{}.;^:", c) && c != 0) {
        token.kind = TOKEN_MARK;
        token.mark = (char) c;
        self->at++;
    }
    else
        give_up (self, token.at, "this character begins nothing");
    token.size = (size_t) (self->source + self->at - token.text);
    self->token = token;
}

static bool
is_mark (const struct compiler *self, char mark)
{
    return self->token.kind == TOKEN_MARK && self->token.mark == mark;
}

static bool
is_bar (const struct compiler *self)
{
    return self->token.kind == TOKEN_BINARY && self->token.size == 1 && *self->token.text == '|';
}

static void
expect_mark (struct compiler *self, char mark, size_t opened)
{
    char text[64];
    if (is_mark (self, mark)) {
        next_token (self);
        return;
    }
    snprintf (text, sizeof text, "%c is missing for this bracket", mark);
    if (self->token.kind == TOKEN_END)
        give_up (self, opened, text);
    snprintf (text, sizeof text, "%c was expected here", mark);
    give_up (self, self->token.at, text);
}

/* ---- emitting ---------------------------------------------------------------------------- */

static struct sim_instruction *
emit (struct compiler *self, enum sim_op op, size_t a, size_t b)
{
    struct sim_code *code = self->code;
    stui_grow (&code->instructions, &code->instruction_room, code->instruction_count,
               sizeof *code->instructions);
    struct sim_instruction *instruction = &code->instructions[code->instruction_count++];
    instruction->op = (uint8_t) op;
    instruction->b = (uint8_t) b;
    instruction->line = self->line;
    instruction->a = (uint32_t) a;
    return instruction;
}

static void
emit_number (struct compiler *self, enum sim_op op, int64_t number)
{
    emit (self, op, 0, 0)->number = number;
}

/* Takes TEXT over. */
static void
emit_text (struct compiler *self, enum sim_op op, struct sim_text text)
{
    struct sim_code *code = self->code;
    stui_grow (&code->texts, &code->text_room, code->text_count, sizeof *code->texts);
    code->texts[code->text_count] = text;
    emit (self, op, code->text_count++, 0);
}

static void
emit_send (struct compiler *self, const char *selector, size_t size, size_t arguments)
{
    struct sim_code *code = self->code;
    size_t index = 0;
    while (index < code->selector_count
           && (strncmp (code->selectors[index], selector, size) != 0 || code->selectors[index][size]))
        index++;
    if (index == code->selector_count) {
        if (index == SIM_NAMES_MAX)
            give_up (self, self->token.at, "there are too many different messages in this code");
        stui_grow (&code->selectors, &code->selector_room, index, sizeof *code->selectors);
        code->selectors[code->selector_count++] = stui_strndup (selector, size);
    }
    emit (self, SIM_OP_SEND, index, arguments);
}

static size_t
name_index (struct compiler *self, const char *text, size_t size)
{
    struct sim_code *code = self->code;
    for (size_t i = 0; i < code->name_count; i++)
        if (strlen (code->names[i].text) == size && memcmp (code->names[i].text, text, size) == 0)
            return i;
    if (code->name_count == SIM_NAMES_MAX)
        give_up (self, self->token.at, "there are too many different names in this code");
    stui_grow (&code->names, &code->name_room, code->name_count, sizeof *code->names);
    code->names[code->name_count].text = stui_strndup (text, size);
    return code->name_count++;
}

/* Where the temporary NAME is: environments outward, and its slot. */
static bool
find_slot (const struct compiler *self, const char *name, size_t size, size_t *depth, size_t *slot)
{
    *depth = 0;
    for (struct scope *scope = self->scope; scope; scope = scope->outer) {
        for (size_t i = scope->count; i-- > 0;)
            if (scope->slots[i].name && strlen (scope->slots[i].name) == size
                && memcmp (scope->slots[i].name, name, size) == 0) {
                *slot = i;
                return true;
            }
        *depth += scope->count > 0;
    }
    return false;
}

static size_t
add_slot (struct compiler *self, const char *name, size_t size)
{
    struct scope *scope = self->scope;
    if (scope->count == SIM_SLOTS_MAX)
        give_up (self, self->token.at, "a block has too many variables");
    scope->slots[scope->count].name = name ? stui_strndup (name, size) : NULL;
    return scope->count++;
}

/* ---- loops --------------------------------------------------------------------------------- */

static void
emit_value (struct compiler *self, size_t slot, size_t arguments)
{
    static const char *const selectors[] = {"value", "value:", "value:value:"};
    (void) slot;
    emit_send (self, selectors[arguments], strlen (selectors[arguments]), arguments);
}

static size_t
emit_jump (struct compiler *self, enum sim_op op)
{
    emit (self, op, 0, 0);
    return self->code->instruction_count - 1;
}

static void
land (struct compiler *self, size_t jump)
{
    self->code->instructions[jump].a = (uint32_t) self->code->instruction_count;
}
