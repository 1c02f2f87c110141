/* sim_code.c: one pass of recursive descent over the tokens, which emits as it reads. Owns nothing
 * beyond the code that it makes. It is long because a grammar is easier to follow in one place. */

#include "sim/sim_code.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "sim/sim_token.h"

struct slot { /* a name in the source */
    const char *text;
    size_t size;
};

struct scope { /* a block that is being compiled */
    struct scope *outer;
    size_t block;
    struct slot slots[SIM_SLOTS_MAX];
    size_t count;
};

#define NONE SIZE_MAX

struct compiler {
    struct sim_source in; /* the source, and the next token of it */
    int depth;
    size_t receiver_end; /* the instruction behind the receiver of the last message; else NONE */
    size_t super_end;    /* behind the last `super`: a message to it begins its search above */
    struct scope *scope;
    struct sim_code *code;
};

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
    instruction->line = self->in.line;
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

static size_t
selector_index (struct compiler *self, const char *text, size_t size)
{
    struct sim_code *code = self->code;
    size_t index = 0;
    while (index < code->selector_count
           && (strncmp (code->selectors[index].text, text, size) != 0
               || code->selectors[index].text[size]))
        index++;
    if (index < code->selector_count)
        return index;
    if (index == SIM_NAMES_MAX)
        sim_source_give_up (&self->in, self->in.token.at,
                            "there are too many different messages in this code");
    stui_grow (&code->selectors, &code->selector_room, index, sizeof *code->selectors);
    code->selectors[code->selector_count++].text = stui_strndup (text, size);
    code->selectors[index].is_written = false;
    return index;
}

static void
emit_send (struct compiler *self, const char *selector, size_t size, size_t arguments)
{
    emit (self, SIM_OP_SEND, selector_index (self, selector, size), arguments);
}

static size_t
name_index (struct compiler *self, const char *text, size_t size)
{
    struct sim_code *code = self->code;
    for (size_t i = 0; i < code->name_count; i++)
        if (strlen (code->names[i].text) == size && memcmp (code->names[i].text, text, size) == 0)
            return i;
    if (code->name_count == SIM_NAMES_MAX)
        sim_source_give_up (&self->in, self->in.token.at,
                            "there are too many different names in this code");
    stui_grow (&code->names, &code->name_room, code->name_count, sizeof *code->names);
    code->names[code->name_count] = (struct sim_name){.text = stui_strndup (text, size)};
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

static bool
is_word (const struct sim_token *name, const char *word)
{
    return strlen (word) == name->size && memcmp (word, name->text, name->size) == 0;
}

/* 0 nil, 1 true, 2 false; -1: NAME is none of them. */
static int
constant_of (const struct sim_token *name)
{
    return is_word (name, "nil")     ? 0
           : is_word (name, "true")  ? 1
           : is_word (name, "false") ? 2
                                     : -1;
}

/* A name that stands for itself always, and cannot be assigned. */
static bool
is_reserved (const struct sim_token *name)
{
    return constant_of (name) >= 0 || is_word (name, "self") || is_word (name, "super");
}

static void
add_slot (struct compiler *self, const struct sim_token *name)
{
    struct scope *scope = self->scope;
    if (scope->count == SIM_SLOTS_MAX)
        sim_source_give_up (&self->in, name->at, "a block has too many variables");
    if (is_reserved (name))
        sim_source_give_up (&self->in, name->at, "this name is reserved");
    scope->slots[scope->count].text = name->text;
    scope->slots[scope->count++].size = name->size;
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

size_t
sim_selector_arguments (const char *selector, size_t size)
{
    size_t colons = 0;
    for (size_t i = 0; i < size; i++)
        colons += selector[i] == ':';
    return sim_is_binary (selector[0]) ? 1 : colons;
}

static void
emit_loop (struct compiler *self, const char *words)
{
    size_t start = 0, leave = SIZE_MAX; /* repeat has no test */
    for (const char *word = words; *word; word += strspn (word, " ")) {
        size_t size = strcspn (word, " ");
        bool counts = size == 2 && sim_is_digit (word[1]);
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
            if (leave != SIZE_MAX)
                self->code->instructions[leave].a = (uint32_t) self->code->instruction_count;
        }
        else if (size == 1 && *word == 'd')
            emit (self, SIM_OP_POP, 0, 0);
        else if (*word == 'n' && size == 3 && word[1] == 'i')
            emit (self, SIM_OP_CONSTANT, 0, 0);
        else if (*word == 'A')
            emit (self, SIM_OP_LOAD_NAME, name_index (self, word, size), 0);
        else
            emit_send (self, word, size, sim_selector_arguments (word, size));
        word += size;
    }
}

/* A loop around `value`, and the same as a message to an object that has methods of its own. */
static void
emit_loop_or_send (struct compiler *self, const char *words, const char *selector, size_t size,
                   size_t arguments)
{
    struct sim_code *code = self->code;
    size_t test = code->instruction_count;
    emit (self, SIM_OP_JUMP_OBJECT, 0, arguments);
    emit_loop (self, words);
    size_t jump = code->instruction_count;
    emit (self, SIM_OP_JUMP, 0, 0);
    code->instructions[test].a = (uint32_t) code->instruction_count;
    emit_send (self, selector, size, arguments);
    code->instructions[jump].a = (uint32_t) code->instruction_count;
}

/* A message to what lies on the stack; its receiver's value was there behind RECEIVER_END. */
static void
emit_message (struct compiler *self, const char *selector, size_t size, size_t receiver_end)
{
    size_t arguments = sim_selector_arguments (selector, size), loop = 0;
    if (arguments > SIM_ARGUMENTS_MAX)
        sim_source_give_up (&self->in, self->in.token.at, "a message has too many arguments");
    size_t index = selector_index (self, selector, size);
    self->code->selectors[index].is_written = true;
    while (loop < sizeof loops / sizeof *loops
           && (strncmp (loops[loop].selector, selector, size) != 0 || loops[loop].selector[size]))
        loop++;
    if (receiver_end == self->super_end)
        emit (self, SIM_OP_SEND_SUPER, index, arguments);
    else if (loop < sizeof loops / sizeof *loops)
        emit_loop_or_send (self, loops[loop].words, selector, size, arguments);
    else
        emit (self, SIM_OP_SEND, index, arguments);
    self->receiver_end = receiver_end;
}

/* ---- the descent --------------------------------------------------------------------------- */

static void read_expression (struct compiler *self);
static void read_statements (struct compiler *self, char closer, size_t opened);

static void
enter (struct compiler *self)
{
    if (++self->depth > SIM_NESTING_MAX)
        sim_source_give_up (&self->in, self->in.token.at, "brackets are nested too deeply");
}

static void
read_temporaries (struct compiler *self)
{
    while (sim_source_is_bar (&self->in)) {
        size_t opened = self->in.token.at;
        sim_source_next (&self->in);
        for (; self->in.token.kind == SIM_TOKEN_NAME; sim_source_next (&self->in))
            add_slot (self, &self->in.token);
        if (!sim_source_is_bar (&self->in))
            sim_source_give_up (&self->in, opened, "| is missing behind these variables");
        sim_source_next (&self->in);
    }
}

/* All slots of the block are known: writes down how many, and their names. */
static void
end_slots (struct compiler *self)
{
    const struct scope *scope = self->scope;
    struct sim_block *block = &self->code->blocks[scope->block];
    size_t size = 0;
    block->slots = (uint8_t) scope->count;
    for (size_t i = 0; i < scope->count; i++)
        size += scope->slots[i].size + 1;
    if (size == 0)
        return;
    char *to = block->names = stui_alloc (size + 1);
    for (size_t i = 0; i < scope->count; i++) {
        memcpy (to, scope->slots[i].text, scope->slots[i].size);
        to += scope->slots[i].size;
        *to++ = ' ';
    }
}

/* The body of block INDEX, its bracket taken, up to and with its closing one. */
static void
read_block_body (struct compiler *self, size_t index, size_t opened)
{
    struct scope scope = {.outer = self->scope, .block = index};
    self->code->blocks[index].outer = (uint32_t) self->scope->block;
    self->scope = &scope;
    while (sim_source_is_mark (&self->in, ':')) {
        sim_source_next (&self->in);
        if (self->in.token.kind != SIM_TOKEN_NAME)
            sim_source_give_up (&self->in, self->in.token.at, "the name of an argument is missing");
        add_slot (self, &self->in.token);
        sim_source_next (&self->in);
    }
    self->code->blocks[index].arguments = (uint8_t) scope.count;
    if (scope.count > 0 && sim_source_is_bar (&self->in))
        sim_source_next (&self->in);
    else if (scope.count > 0 && !sim_source_is_mark (&self->in, ']'))
        sim_source_give_up (&self->in, self->in.token.at, "| is missing behind the arguments");
    read_temporaries (self);
    end_slots (self);
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
    code->blocks[code->block_count] = (struct sim_block){.line = self->in.line};
    return code->block_count++;
}

static void
read_block (struct compiler *self)
{
    size_t opened = self->in.token.at, index = add_block (self);
    enter (self);
    emit (self, SIM_OP_BLOCK, index, 0);
    emit (self, SIM_OP_JUMP, 0, 0);
    size_t jump = self->code->instruction_count - 1;
    sim_source_next (&self->in);
    read_block_body (self, index, opened);
    self->code->instructions[jump].a = (uint32_t) self->code->instruction_count;
    self->depth--;
}

static void
read_literal_array (struct compiler *self)
{
    size_t opened = self->in.token.at, count = 0;
    enter (self);
    sim_source_next (&self->in);
    for (; !sim_source_is_mark (&self->in, ')'); count++) {
        struct sim_token *token = &self->in.token;
        if (token->kind == SIM_TOKEN_END || count > UINT16_MAX)
            sim_source_give_up (&self->in, opened,
                                count > UINT16_MAX ? "this array is too long"
                                                   : ") is missing for this bracket");
        if (sim_source_is_mark (&self->in, '(') || sim_source_is_mark (&self->in, '#')) {
            read_literal_array (self);
            continue;
        }
        if (sim_source_is_minus (&self->in))
            sim_source_take_number (&self->in, token, true);
        if (token->kind == SIM_TOKEN_INTEGER || token->kind == SIM_TOKEN_CHARACTER)
            emit_number (self, token->kind == SIM_TOKEN_INTEGER ? SIM_OP_INTEGER : SIM_OP_CHARACTER,
                         token->number);
        else if (token->kind == SIM_TOKEN_STRING || token->kind == SIM_TOKEN_SYMBOL) {
            emit_text (self, token->kind == SIM_TOKEN_STRING ? SIM_OP_STRING : SIM_OP_SYMBOL,
                       token->string);
            token->string.text = NULL;
        }
        else if (token->kind == SIM_TOKEN_NAME && constant_of (token) >= 0)
            emit (self, SIM_OP_CONSTANT, (size_t) constant_of (token), 0);
        else if (token->kind == SIM_TOKEN_NAME || token->kind == SIM_TOKEN_KEYWORD
                 || token->kind == SIM_TOKEN_BINARY)
            emit_text (self, SIM_OP_SYMBOL, sim_copy_text (token->text, token->size));
        else
            sim_source_give_up (&self->in, token->at, "this is no literal");
        sim_source_next (&self->in);
    }
    sim_source_next (&self->in);
    emit (self, SIM_OP_ARRAY, count, 0);
    self->depth--;
}

static void
read_brace_array (struct compiler *self)
{
    size_t opened = self->in.token.at, count = 0;
    enter (self);
    sim_source_next (&self->in);
    while (!sim_source_is_mark (&self->in, '}')) {
        read_expression (self);
        count++;
        if (sim_source_is_mark (&self->in, '.'))
            sim_source_next (&self->in);
        else
            break;
    }
    sim_source_expect_mark (&self->in, '}', opened);
    emit (self, SIM_OP_ARRAY, count, 0);
    self->depth--;
}

static void
read_name (struct compiler *self)
{
    struct sim_token name = self->in.token;
    size_t depth, slot;
    sim_source_next (&self->in);
    if (constant_of (&name) >= 0)
        emit (self, SIM_OP_CONSTANT, (size_t) constant_of (&name), 0);
    else if (is_reserved (&name)) {
        emit (self, SIM_OP_LOAD_SELF, 0, 0);
        if (is_word (&name, "super"))
            self->super_end = self->code->instruction_count;
    }
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
    struct sim_token *token = &self->in.token;
    size_t opened = token->at;
    switch (token->kind) {
    case SIM_TOKEN_NAME:
        read_name (self);
        return;
    case SIM_TOKEN_INTEGER:
    case SIM_TOKEN_CHARACTER:
        emit_number (self, token->kind == SIM_TOKEN_INTEGER ? SIM_OP_INTEGER : SIM_OP_CHARACTER,
                     token->number);
        break;
    case SIM_TOKEN_STRING:
    case SIM_TOKEN_SYMBOL:
        emit_text (self, token->kind == SIM_TOKEN_STRING ? SIM_OP_STRING : SIM_OP_SYMBOL,
                   token->string);
        token->string.text = NULL;
        break;
    case SIM_TOKEN_BINARY:
        if (!sim_source_is_minus (&self->in))
            sim_source_give_up (&self->in, token->at, "something is missing before this operator");
        sim_source_take_number (&self->in, token, true);
        emit_number (self, SIM_OP_INTEGER, token->number);
        break;
    default:
        if (sim_source_is_mark (&self->in, '[')) {
            read_block (self);
            return;
        }
        if (sim_source_is_mark (&self->in, '#')) {
            read_literal_array (self);
            return;
        }
        if (sim_source_is_mark (&self->in, '{')) {
            read_brace_array (self);
            return;
        }
        if (!sim_source_is_mark (&self->in, '('))
            sim_source_give_up (&self->in, token->at, "an expression is expected here");
        enter (self);
        sim_source_next (&self->in);
        read_expression (self);
        sim_source_expect_mark (&self->in, ')', opened);
        self->depth--;
        return;
    }
    sim_source_next (&self->in);
}

static void
read_unaries (struct compiler *self)
{
    while (self->in.token.kind == SIM_TOKEN_NAME) {
        struct sim_token selector = self->in.token;
        size_t receiver_end = self->code->instruction_count;
        sim_source_next (&self->in);
        emit_message (self, selector.text, selector.size, receiver_end);
    }
}

static void
read_binaries (struct compiler *self)
{
    while (self->in.token.kind == SIM_TOKEN_BINARY) {
        struct sim_token selector = self->in.token;
        size_t receiver_end = self->code->instruction_count;
        sim_source_next (&self->in);
        read_primary (self);
        read_unaries (self);
        emit_message (self, selector.text, selector.size, receiver_end);
    }
}

static void
read_keywords (struct compiler *self)
{
    char selector[SIM_SELECTOR_MAX];
    size_t size = 0, receiver_end = self->code->instruction_count;
    while (self->in.token.kind == SIM_TOKEN_KEYWORD) {
        if (size + self->in.token.size > sizeof selector)
            sim_source_give_up (&self->in, self->in.token.at, "this message is too long");
        memcpy (selector + size, self->in.token.text, self->in.token.size);
        size += self->in.token.size;
        sim_source_next (&self->in);
        read_primary (self);
        read_unaries (self);
        read_binaries (self);
    }
    if (size == 0)
        return;
    emit_message (self, selector, size, receiver_end);
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
    code->instructions[at] = (struct sim_instruction){.op = SIM_OP_PICK, .line = self->in.line};
    for (size_t i = at + 1; i < code->instruction_count; i++) {
        struct sim_instruction *moved = &code->instructions[i];
        if (moved->op == SIM_OP_JUMP || moved->op == SIM_OP_JUMP_UNLESS
            || moved->op == SIM_OP_JUMP_OBJECT)
            moved->a += moved->a >= at;
    }
    for (size_t i = 0; i < code->block_count; i++)
        code->blocks[i].start += code->blocks[i].start > at;
}

static void
read_cascade (struct compiler *self)
{
    if (self->receiver_end == NONE)
        sim_source_give_up (&self->in, self->in.token.at, "; needs a message before it");
    keep_receiver (self);
    while (sim_source_is_mark (&self->in, ';')) {
        sim_source_next (&self->in);
        emit (self, SIM_OP_POP, 0, 0);
        emit (self, SIM_OP_PICK, 0, 0);
        if (self->in.token.kind == SIM_TOKEN_NAME) {
            struct sim_token selector = self->in.token;
            sim_source_next (&self->in);
            emit_message (self, selector.text, selector.size, NONE - 1);
        }
        else if (self->in.token.kind == SIM_TOKEN_BINARY
                 || self->in.token.kind == SIM_TOKEN_KEYWORD) {
            read_binaries (self);
            read_keywords (self);
        }
        else
            sim_source_give_up (&self->in, self->in.token.at, "a message is expected here");
    }
    emit (self, SIM_OP_PLACE, 0, 0);
}

static bool
is_assignment_ahead (struct compiler *self)
{
    size_t at = self->in.at;
    sim_source_skip_blanks (&self->in);
    bool is_it = sim_source_peek (&self->in, 0) == ':' && sim_source_peek (&self->in, 1) == '=';
    self->in.at = at;
    return is_it;
}

static void
read_assignment (struct compiler *self)
{
    struct sim_token name = self->in.token;
    size_t depth, slot;
    if (is_reserved (&name))
        sim_source_give_up (&self->in, name.at,
                            "nil, true, false, self and super cannot be assigned");
    enter (self);
    sim_source_next (&self->in);
    sim_source_next (&self->in);
    read_expression (self);
    self->depth--;
    if (find_slot (self, name.text, name.size, &depth, &slot)) {
        emit (self, SIM_OP_STORE_SLOT, depth, slot);
        return;
    }
    size_t index = name_index (self, name.text, name.size);
    if (self->code->names[index].first_assigned == 0)
        self->code->names[index].first_assigned = name.at + 1;
    self->code->names[index].is_assigned = true;
    emit (self, SIM_OP_STORE_NAME, index, 0);
}

static void
read_expression (struct compiler *self)
{
    if (self->in.token.kind == SIM_TOKEN_NAME && is_assignment_ahead (self)) {
        read_assignment (self);
        return;
    }
    self->receiver_end = NONE;
    read_primary (self);
    self->receiver_end = NONE; /* those of the primary are not its own */
    read_unaries (self);
    read_binaries (self);
    read_keywords (self);
    if (sim_source_is_mark (&self->in, ';'))
        read_cascade (self);
}

static bool
is_closer (const struct compiler *self, char closer)
{
    return closer == '\0' ? self->in.token.kind == SIM_TOKEN_END
                          : sim_source_is_mark (&self->in, closer);
}

/* Statements up to and with CLOSER (NUL: the end). They leave one value: the last one's. */
static void
read_statements (struct compiler *self, char closer, size_t opened)
{
    bool has_value = false;
    while (sim_source_is_mark (&self->in, '.'))
        sim_source_next (&self->in);
    while (!is_closer (self, closer)) {
        if (has_value)
            emit (self, SIM_OP_POP, 0, 0);
        has_value = true;
        bool is_return = sim_source_is_mark (&self->in, '^');
        if (is_return)
            sim_source_next (&self->in);
        read_expression (self);
        if (is_return)
            emit (self, SIM_OP_FINISH, 0, 0);
        if (!sim_source_is_mark (&self->in, '.'))
            break;
        while (sim_source_is_mark (&self->in, '.'))
            sim_source_next (&self->in);
    }
    if (!has_value)
        emit (self, SIM_OP_CONSTANT, 0, 0);
    if (closer != '\0')
        sim_source_expect_mark (&self->in, closer, opened);
    else if (self->in.token.kind != SIM_TOKEN_END)
        sim_source_give_up (&self->in, self->in.token.at,
                            "this is one too many, or something is missing before it");
}

/* ---- methods ----------------------------------------------------------------------------------- */

static void
read_argument (struct compiler *self)
{
    sim_source_next (&self->in);
    if (self->in.token.kind != SIM_TOKEN_NAME)
        sim_source_give_up (&self->in, self->in.token.at, "the name of an argument is missing");
    add_slot (self, &self->in.token);
    self->code->pattern_end = self->in.token.at + self->in.token.size;
    sim_source_next (&self->in);
}

/* A method's first line: its selector, with names for the arguments. */
static void
read_pattern (struct compiler *self)
{
    const struct sim_token *token = &self->in.token;
    char selector[SIM_SELECTOR_MAX + 1];
    size_t size = 0;
    enum sim_token_kind kind = token->kind;
    if (kind != SIM_TOKEN_NAME && kind != SIM_TOKEN_BINARY && kind != SIM_TOKEN_KEYWORD)
        sim_source_give_up (&self->in, token->at, "a method begins with its selector");
    do {
        if (size + token->size > SIM_SELECTOR_MAX)
            sim_source_give_up (&self->in, token->at, "this selector is too long");
        memcpy (selector + size, token->text, token->size);
        size += token->size;
        self->code->pattern_end = token->at + token->size;
        if (kind == SIM_TOKEN_NAME)
            sim_source_next (&self->in);
        else
            read_argument (self);
    } while (kind == SIM_TOKEN_KEYWORD && token->kind == SIM_TOKEN_KEYWORD);
    if (self->scope->count > SIM_ARGUMENTS_MAX)
        sim_source_give_up (&self->in, 0, "a method has too many arguments");
    self->code->selector = stui_strndup (selector, size);
    self->code->blocks[0].arguments = (uint8_t) self->scope->count;
}

/* <primitive: 60> and the like mean nothing here. */
static void
skip_pragmas (struct compiler *self)
{
    const struct sim_token *token = &self->in.token;
    while (token->kind == SIM_TOKEN_BINARY && token->size == 1 && *token->text == '<') {
        size_t opened = token->at;
        do {
            free (self->in.token.string.text);
            self->in.token.string.text = NULL;
            sim_source_next (&self->in);
        } while (token->kind != SIM_TOKEN_END && (token->size != 1 || *token->text != '>'));
        if (token->kind == SIM_TOKEN_END)
            sim_source_give_up (&self->in, opened, "> is missing for this bracket");
        sim_source_next (&self->in);
    }
}

/* ---- the whole --------------------------------------------------------------------------------- */

/* False when it gave up. Apart from its caller, so that no variable of the function with setjmp
 * changes behind it. */
static bool
read_code (struct compiler *self, bool is_method)
{
    struct scope scope = {0};
    if (setjmp (self->in.gave_up) != 0)
        return false;
    self->scope = &scope;
    add_block (self);
    sim_source_next (&self->in);
    if (is_method) {
        read_pattern (self);
        skip_pragmas (self);
    }
    read_temporaries (self);
    if (is_method)
        skip_pragmas (self);
    end_slots (self);
    read_statements (self, '\0', 0);
    if (is_method) {
        emit (self, SIM_OP_POP, 0, 0);
        emit (self, SIM_OP_LOAD_SELF, 0, 0);
    }
    emit (self, SIM_OP_FINISH, 0, 0);
    return true;
}

static struct sim_code *
compile (const char *source, size_t size, bool is_method, struct sim_fault *fault)
{
    struct compiler self = {
        .in = {.text = source, .size = size, .line = 1, .fault = fault},
        .super_end = NONE,
    };
    self.code = stui_alloc (sizeof *self.code);
    if (size > SIM_SOURCE_MAX)
        sim_fault_set (fault, source, 0, "code must have at most %d bytes", SIM_SOURCE_MAX);
    else if (read_code (&self, is_method))
        return self.code;
    free (self.in.token.string.text);
    sim_code_destroy (&self.code);
    return NULL;
}

struct sim_code *
sim_code_new (const char *source, size_t size, struct sim_fault *fault)
{
    return compile (source, size, false, fault);
}

struct sim_code *
sim_code_new_method (const char *source, size_t size, struct sim_fault *fault)
{
    return compile (source, size, true, fault);
}

bool
sim_code_sends (const struct sim_code *self, const char *selector)
{
    for (size_t i = 0; i < self->selector_count; i++)
        if (strcmp (self->selectors[i].text, selector) == 0)
            return self->selectors[i].is_written;
    return false;
}

const char *
sim_block_name (const struct sim_block *block, size_t index, size_t *size)
{
    const char *name = block->names;
    while (index-- > 0)
        name = strchr (name, ' ') + 1;
    *size = strcspn (name, " ");
    return name;
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
        free (self->selectors[i].text);
    for (size_t i = 0; i < self->block_count; i++)
        free (self->blocks[i].names);
    free (self->selector);
    free (self->instructions);
    free (self->blocks);
    free (self->texts);
    free (self->names);
    free (self->selectors);
    free (self);
    *self_p = NULL;
}
