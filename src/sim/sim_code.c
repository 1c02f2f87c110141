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

struct slot { /* a name in the source */
    const char *text;
    size_t size;
};

struct scope { /* a block that is being compiled */
    struct scope *outer;
    struct slot slots[SIM_SLOTS_MAX];
    size_t count;
};

#define NONE SIZE_MAX

struct compiler {
    const char *source;
    size_t size, at;
    int depth;
    uint32_t line;      /* of LINE_AT */
    size_t line_at;     /* how far lines were counted */
    struct token token; /* the next one, not yet taken */
    size_t receiver_end; /* the instruction behind the receiver of the last message; else NONE */
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
    size_t size = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4, left = self->size - self->at;
    if (left < size || utf8_valid_prefix (self->source + self->at, size) < size)
        give_up (self, token->at, "$ begins a character, but none follows");
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

/* Whether a minus stands right before digits. */
static bool
is_minus (const struct compiler *self)
{
    return self->token.kind == TOKEN_BINARY && self->token.size == 1 && *self->token.text == '-'
           && is_digit (peek (self, 0));
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
            if (scope->slots[i].size == size && memcmp (scope->slots[i].text, name, size) == 0) {
                *slot = i;
                return true;
            }
        *depth += scope->count > 0;
    }
    return false;
}

static void
add_slot (struct compiler *self, const struct token *name)
{
    struct scope *scope = self->scope;
    if (scope->count == SIM_SLOTS_MAX)
        give_up (self, name->at, "a block has too many variables");
    scope->slots[scope->count].text = name->text;
    scope->slots[scope->count++].size = name->size;
}

/* 0 nil (self is nil in a doit), 1 true, 2 false; -1: NAME is none of them. */
static int
constant_of (const struct token *name)
{
    static const char *const words[] = {"nil", "true", "false", "self"};
    for (int i = 0; i < 4; i++)
        if (strlen (words[i]) == name->size && memcmp (words[i], name->text, name->size) == 0)
            return i % 3;
    return -1;
}

/* ---- loops --------------------------------------------------------------------------------- */

/* How loops are compiled, with receiver and arguments on the stack (the receiver deepest). Words:
 * iN pushes N; pN copies the value N below the top; sN takes the top and puts it N below what is
 * then the top; d drops; ":" is where ";" goes back to; "?" takes a value and, when that is false,
 * goes behind ";"; Array and nil push that; all else is a message. */
static const struct {
    const char *selector, *words;
} loops[] = {
    {"repeat", ": p0 value d ;"},
    {"whileTrue", ": p0 value ? ; d nil"},
    {"whileFalse", ": p0 value not ? ; d nil"},
    {"whileTrue:", ": p1 value ? p0 value d ; d d nil"},
    {"whileFalse:", ": p1 value not ? p0 value d ; d d nil"},
    {"timesRepeat:", "i1 : p0 p3 <= ? p1 value d i1 + ; d d"},
    {"to:do:", "p2 : p0 p3 <= ? p1 p1 value: d i1 + ; d d d"},
    {"do:", "i1 : p0 p3 size <= ? p1 p3 p2 at: value: d i1 + ; d d"},
    {"collect:", "Array p2 size new: i1 : p0 p4 size <= ? "
                 "p1 p1 p4 p6 p2 at: value: at:put: d i1 + ; d s1 d"},
    {"inject:into:", "i1 : p0 p4 size <= ? p1 p3 p5 p3 at: value:value: s2 i1 + ; d d s0"},
};

static size_t
selector_arguments (const char *selector, size_t size)
{
    size_t colons = 0;
    for (size_t i = 0; i < size; i++)
        colons += selector[i] == ':';
    return is_binary (selector[0]) ? 1 : colons;
}

static void
emit_loop (struct compiler *self, const char *words)
{
    size_t start = 0, leave = 0;
    for (const char *word = words; *word; word += strspn (word, " ")) {
        size_t size = strcspn (word, " ");
        bool counts = size == 2 && is_digit (word[1]);
        if (counts && word[0] == 'i')
            emit_number (self, SIM_OP_INTEGER, word[1] - '0');
        else if (counts)
            emit (self, word[0] == 'p' ? SIM_OP_PICK : SIM_OP_PLACE, (size_t) (word[1] - '0'), 0);
        else if (*word == ':')
            start = self->code->instruction_count;
        else if (*word == '?') {
            leave = self->code->instruction_count;
            emit (self, SIM_OP_JUMP_UNLESS, 0, 0);
        }
        else if (*word == ';') {
            emit (self, SIM_OP_JUMP, start, 0);
            self->code->instructions[leave].a = (uint32_t) self->code->instruction_count;
        }
        else if (size == 1 && *word == 'd')
            emit (self, SIM_OP_POP, 0, 0);
        else if (*word == 'n' && size == 3 && word[1] == 'i')
            emit (self, SIM_OP_CONSTANT, 0, 0);
        else if (*word == 'A')
            emit (self, SIM_OP_LOAD_NAME, name_index (self, word, size), 0);
        else
            emit_send (self, word, size, selector_arguments (word, size));
        word += size;
    }
}

/* A message to what lies on the stack. */
static void
emit_message (struct compiler *self, const char *selector, size_t size)
{
    for (size_t i = 0; i < sizeof loops / sizeof *loops; i++)
        if (strlen (loops[i].selector) == size && memcmp (loops[i].selector, selector, size) == 0) {
            emit_loop (self, loops[i].words);
            return;
        }
    size_t arguments = selector_arguments (selector, size);
    if (arguments > SIM_ARGUMENTS_MAX)
        give_up (self, self->token.at, "a message has too many arguments");
    emit_send (self, selector, size, arguments);
}

/* ---- the descent --------------------------------------------------------------------------- */

static void read_expression (struct compiler *self);
static void read_statements (struct compiler *self, char closer, size_t opened);

static void
enter (struct compiler *self)
{
    if (++self->depth > SIM_NESTING_MAX)
        give_up (self, self->token.at, "brackets are nested too deeply");
}

static void
read_temporaries (struct compiler *self)
{
    while (is_bar (self)) {
        size_t opened = self->token.at;
        next_token (self);
        for (; self->token.kind == TOKEN_NAME; next_token (self))
            add_slot (self, &self->token);
        if (!is_bar (self))
            give_up (self, opened, "| is missing behind these variables");
        next_token (self);
    }
}

/* The body of block INDEX, its bracket taken, up to and with its closing one. */
static void
read_block_body (struct compiler *self, size_t index, size_t opened)
{
    struct scope scope = {.outer = self->scope};
    self->scope = &scope;
    while (is_mark (self, ':')) {
        next_token (self);
        if (self->token.kind != TOKEN_NAME)
            give_up (self, self->token.at, "the name of an argument is missing");
        add_slot (self, &self->token);
        next_token (self);
    }
    self->code->blocks[index].arguments = (uint8_t) scope.count;
    if (scope.count > 0 && is_bar (self))
        next_token (self);
    else if (scope.count > 0 && !is_mark (self, ']'))
        give_up (self, self->token.at, "| is missing behind the arguments");
    read_temporaries (self);
    self->code->blocks[index].slots = (uint8_t) scope.count;
    self->code->blocks[index].start = (uint32_t) self->code->instruction_count;
    read_statements (self, ']', opened);
    emit (self, SIM_OP_RETURN, 0, 0);
    self->scope = scope.outer;
}

static size_t
add_block (struct compiler *self)
{
    struct sim_code *code = self->code;
    stui_grow (&code->blocks, &code->block_room, code->block_count, sizeof *code->blocks);
    code->blocks[code->block_count].line = self->line;
    return code->block_count++;
}

static void
read_block (struct compiler *self)
{
    size_t opened = self->token.at, index = add_block (self);
    enter (self);
    emit (self, SIM_OP_BLOCK, index, 0);
    emit (self, SIM_OP_JUMP, 0, 0);
    size_t jump = self->code->instruction_count - 1;
    next_token (self);
    read_block_body (self, index, opened);
    self->code->instructions[jump].a = (uint32_t) self->code->instruction_count;
    self->depth--;
}

static void
read_literal_array (struct compiler *self)
{
    size_t opened = self->token.at, count = 0;
    enter (self);
    next_token (self);
    for (; !is_mark (self, ')'); count++) {
        struct token *token = &self->token;
        if (token->kind == TOKEN_END || count > UINT16_MAX)
            give_up (self, opened, count > UINT16_MAX ? "this array is too long"
                                                      : ") is missing for this bracket");
        if (is_mark (self, '(') || is_mark (self, '#')) {
            read_literal_array (self);
            continue;
        }
        if (is_minus (self))
            take_number (self, token, true);
        if (token->kind == TOKEN_INTEGER || token->kind == TOKEN_CHARACTER)
            emit_number (self, token->kind == TOKEN_INTEGER ? SIM_OP_INTEGER : SIM_OP_CHARACTER,
                         token->number);
        else if (token->kind == TOKEN_STRING || token->kind == TOKEN_SYMBOL) {
            emit_text (self, token->kind == TOKEN_STRING ? SIM_OP_STRING : SIM_OP_SYMBOL,
                       token->string);
            token->string.text = NULL;
        }
        else if (token->kind == TOKEN_NAME && constant_of (token) >= 0)
            emit (self, SIM_OP_CONSTANT, (size_t) constant_of (token), 0);
        else if (token->kind == TOKEN_NAME || token->kind == TOKEN_KEYWORD
                 || token->kind == TOKEN_BINARY)
            emit_text (self, SIM_OP_SYMBOL, copy_text (token->text, token->size));
        else
            give_up (self, token->at, "this is no literal");
        next_token (self);
    }
    next_token (self);
    emit (self, SIM_OP_ARRAY, count, 0);
    self->depth--;
}

static void
read_brace_array (struct compiler *self)
{
    size_t opened = self->token.at, count = 0;
    enter (self);
    next_token (self);
    while (!is_mark (self, '}')) {
        read_expression (self);
        count++;
        if (is_mark (self, '.'))
            next_token (self);
        else
            break;
    }
    expect_mark (self, '}', opened);
    emit (self, SIM_OP_ARRAY, count, 0);
    self->depth--;
}

static void
read_name (struct compiler *self)
{
    struct token name = self->token;
    size_t depth, slot;
    next_token (self);
    if (constant_of (&name) >= 0)
        emit (self, SIM_OP_CONSTANT, (size_t) constant_of (&name), 0);
    else if (find_slot (self, name.text, name.size, &depth, &slot))
        emit (self, SIM_OP_LOAD_SLOT, depth, slot);
    else {
        size_t index = name_index (self, name.text, name.size);
        if (self->code->names[index].first_read == 0)
            self->code->names[index].first_read = name.at + 1;
        emit (self, SIM_OP_LOAD_NAME, index, 0);
    }
}

static void
read_primary (struct compiler *self)
{
    struct token *token = &self->token;
    size_t opened = token->at;
    switch (token->kind) {
    case TOKEN_NAME:
        read_name (self);
        return;
    case TOKEN_INTEGER:
    case TOKEN_CHARACTER:
        emit_number (self, token->kind == TOKEN_INTEGER ? SIM_OP_INTEGER : SIM_OP_CHARACTER,
                     token->number);
        break;
    case TOKEN_STRING:
    case TOKEN_SYMBOL:
        emit_text (self, token->kind == TOKEN_STRING ? SIM_OP_STRING : SIM_OP_SYMBOL, token->string);
        token->string.text = NULL;
        break;
    case TOKEN_BINARY:
        if (!is_minus (self))
            give_up (self, token->at, "something is missing before this operator");
        take_number (self, token, true);
        emit_number (self, SIM_OP_INTEGER, token->number);
        break;
    default:
        if (is_mark (self, '[')) {
            read_block (self);
            return;
        }
        if (is_mark (self, '#')) {
            read_literal_array (self);
            return;
        }
        if (is_mark (self, '{')) {
            read_brace_array (self);
            return;
        }
        if (!is_mark (self, '('))
            give_up (self, token->at, "an expression is expected here");
        enter (self);
        next_token (self);
        read_expression (self);
        expect_mark (self, ')', opened);
        self->depth--;
        return;
    }
    next_token (self);
}

static void
read_unaries (struct compiler *self)
{
    while (self->token.kind == TOKEN_NAME) {
        struct token selector = self->token;
        size_t receiver_end = self->code->instruction_count;
        next_token (self);
        emit_message (self, selector.text, selector.size);
        self->receiver_end = receiver_end;
    }
}

static void
read_binaries (struct compiler *self)
{
    while (self->token.kind == TOKEN_BINARY) {
        struct token selector = self->token;
        size_t receiver_end = self->code->instruction_count;
        next_token (self);
        read_primary (self);
        read_unaries (self);
        emit_message (self, selector.text, selector.size);
        self->receiver_end = receiver_end;
    }
}

static void
read_keywords (struct compiler *self)
{
    char selector[128];
    size_t size = 0, receiver_end = self->code->instruction_count;
    while (self->token.kind == TOKEN_KEYWORD) {
        if (size + self->token.size > sizeof selector)
            give_up (self, self->token.at, "this message is too long");
        memcpy (selector + size, self->token.text, self->token.size);
        size += self->token.size;
        next_token (self);
        read_primary (self);
        read_unaries (self);
        read_binaries (self);
    }
    if (size == 0)
        return;
    emit_message (self, selector, size);
    self->receiver_end = receiver_end;
}

/* Puts a copy of the last message's receiver below everything that came behind it. */
static void
keep_receiver (struct compiler *self)
{
    struct sim_code *code = self->code;
    size_t at = self->receiver_end;
    emit (self, SIM_OP_PICK, 0, 0); /* makes room */
    memmove (code->instructions + at + 1, code->instructions + at,
             (code->instruction_count - 1 - at) * sizeof *code->instructions);
    code->instructions[at] = (struct sim_instruction){.op = SIM_OP_PICK, .line = self->line};
    for (size_t i = at + 1; i < code->instruction_count; i++) {
        struct sim_instruction *moved = &code->instructions[i];
        if (moved->op == SIM_OP_JUMP || moved->op == SIM_OP_JUMP_UNLESS)
            moved->a += moved->a >= at;
    }
    for (size_t i = 0; i < code->block_count; i++)
        code->blocks[i].start += code->blocks[i].start > at;
}

static void
read_cascade (struct compiler *self)
{
    if (self->receiver_end == NONE)
        give_up (self, self->token.at, "; needs a message before it");
    keep_receiver (self);
    while (is_mark (self, ';')) {
        next_token (self);
        emit (self, SIM_OP_POP, 0, 0);
        emit (self, SIM_OP_PICK, 0, 0);
        if (self->token.kind == TOKEN_NAME) {
            struct token selector = self->token;
            next_token (self);
            emit_message (self, selector.text, selector.size);
        }
        else if (self->token.kind == TOKEN_BINARY || self->token.kind == TOKEN_KEYWORD) {
            read_binaries (self);
            read_keywords (self);
        }
        else
            give_up (self, self->token.at, "a message is expected here");
    }
    emit (self, SIM_OP_PLACE, 0, 0);
}

static bool
is_assignment_ahead (struct compiler *self)
{
    size_t at = self->at;
    skip_blanks (self);
    bool is_it = peek (self, 0) == ':' && peek (self, 1) == '=';
    self->at = at;
    return is_it;
}

static void
read_assignment (struct compiler *self)
{
    struct token name = self->token;
    size_t depth, slot;
    if (constant_of (&name) >= 0)
        give_up (self, name.at, "nil, true, false and self cannot be assigned");
    enter (self);
    next_token (self);
    next_token (self);
    read_expression (self);
    self->depth--;
    if (find_slot (self, name.text, name.size, &depth, &slot)) {
        emit (self, SIM_OP_STORE_SLOT, depth, slot);
        return;
    }
    size_t index = name_index (self, name.text, name.size);
    self->code->names[index].is_assigned = true;
    emit (self, SIM_OP_STORE_NAME, index, 0);
}

static void
read_expression (struct compiler *self)
{
    if (self->token.kind == TOKEN_NAME && is_assignment_ahead (self)) {
        read_assignment (self);
        return;
    }
    self->receiver_end = NONE;
    read_primary (self);
    self->receiver_end = NONE; /* those of the primary are not its own */
    read_unaries (self);
    read_binaries (self);
    read_keywords (self);
    if (is_mark (self, ';'))
        read_cascade (self);
}

static bool
is_closer (const struct compiler *self, char closer)
{
    return closer == '\0' ? self->token.kind == TOKEN_END : is_mark (self, closer);
}

/* Statements up to and with CLOSER (NUL: the end). They leave one value: the last one's. */
static void
read_statements (struct compiler *self, char closer, size_t opened)
{
    bool has_value = false;
    while (is_mark (self, '.'))
        next_token (self);
    while (!is_closer (self, closer)) {
        if (has_value)
            emit (self, SIM_OP_POP, 0, 0);
        has_value = true;
        bool is_return = is_mark (self, '^');
        if (is_return)
            next_token (self);
        read_expression (self);
        if (is_return)
            emit (self, SIM_OP_FINISH, 0, 0);
        if (!is_mark (self, '.'))
            break;
        while (is_mark (self, '.'))
            next_token (self);
    }
    if (!has_value)
        emit (self, SIM_OP_CONSTANT, 0, 0);
    if (closer != '\0')
        expect_mark (self, closer, opened);
    else if (self->token.kind != TOKEN_END)
        give_up (self, self->token.at, "this is one too many, or something is missing before it");
}

/* ---- the whole --------------------------------------------------------------------------------- */

/* False when it gave up. Apart from its caller, so that no variable of the function with setjmp
 * changes behind it. */
static bool
read_code (struct compiler *self)
{
    struct scope scope = {0};
    if (setjmp (self->gave_up) != 0)
        return false;
    self->scope = &scope;
    add_block (self);
    next_token (self);
    read_temporaries (self);
    self->code->blocks[0].slots = (uint8_t) scope.count;
    read_statements (self, '\0', 0);
    emit (self, SIM_OP_FINISH, 0, 0);
    return true;
}

struct sim_code *
sim_code_new (const char *source, size_t size, struct sim_fault *fault)
{
    struct compiler self = {.source = source, .size = size, .line = 1, .fault = fault};
    self.code = stui_alloc (sizeof *self.code);
    if (size > SIM_SOURCE_MAX)
        sim_fault_set (fault, source, 0, "code must have at most %d bytes", SIM_SOURCE_MAX);
    else if (read_code (&self))
        return self.code;
    free (self.token.string.text);
    sim_code_destroy (&self.code);
    return NULL;
}

void
sim_code_destroy (struct sim_code **self_p)
{
    struct sim_code *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->text_count; i++)
        free (self->texts[i].text);
    for (size_t i = 0; i < self->name_count; i++)
        free (self->names[i].text);
    for (size_t i = 0; i < self->selector_count; i++)
        free (self->selectors[i]);
    free (self->instructions);
    free (self->blocks);
    free (self->texts);
    free (self->names);
    free (self->selectors);
    free (self);
    *self_p = NULL;
}
