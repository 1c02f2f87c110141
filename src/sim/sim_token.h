/* sim_token.h: the words of a simulated image's code, one after another. What is wrong is said once:
 * the first fault ends the reading, from any depth of it. Pure but for the heap. */

#ifndef STUI_SIM_TOKEN_H
#define STUI_SIM_TOKEN_H

#include <setjmp.h>

#include "sim/sim_code.h"

enum sim_token_kind {
    SIM_TOKEN_END,
    SIM_TOKEN_NAME,    /* foo */
    SIM_TOKEN_KEYWORD, /* foo: */
    SIM_TOKEN_BINARY,  /* + // , */
    SIM_TOKEN_INTEGER,
    SIM_TOKEN_CHARACTER,
    SIM_TOKEN_STRING,
    SIM_TOKEN_SYMBOL,
    SIM_TOKEN_ASSIGN,
    SIM_TOKEN_MARK, /* one of ( ) [ ] { } . ; ^ : and "#(" as '#' */
};

struct sim_token {
    enum sim_token_kind kind;
    size_t at;        /* byte of the source at which it begins */
    const char *text; /* of a name, keyword, operator: in the source */
    size_t size;
    int64_t number; /* of an integer or character */
    char mark;
    struct sim_text string; /* of a string or symbol; owned until it is taken */
};

struct sim_source {   /* what is read, and how far */
    const char *text; /* borrowed; SIZE bytes of it */
    size_t size, at;
    uint32_t line;           /* of LINE_AT */
    size_t line_at;          /* how far lines were counted */
    struct sim_token token;  /* the next one, not yet taken */
    struct sim_fault *fault; /* borrowed */
    jmp_buf gave_up;         /* where a fault leads; set by whoever begins to read */
};

/* Reads the next token. */
void sim_source_next (struct sim_source *self);
void sim_source_skip_blanks (struct sim_source *self);
/* The byte OFFSET further on; -1 beyond the end. A NUL is a byte like any other. */
int sim_source_peek (const struct sim_source *self, size_t offset);
/* Reads a number's digits into TOKEN. */
void sim_source_take_number (struct sim_source *self, struct sim_token *token, bool is_negative);

bool sim_source_is_mark (const struct sim_source *self, char mark);
bool sim_source_is_bar (const struct sim_source *self);
/* Whether a minus stands right before digits. */
bool sim_source_is_minus (const struct sim_source *self);
/* Takes MARK, which closes what was opened at OPENED. */
void sim_source_expect_mark (struct sim_source *self, char mark, size_t opened);

_Noreturn void sim_source_give_up (struct sim_source *self, size_t at, const char *text);

bool sim_is_digit (int c);
bool sim_is_binary (int c); /* of an operator */
struct sim_text sim_copy_text (const char *text, size_t size);

#endif
