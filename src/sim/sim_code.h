/* sim_code.h: the little language of simulated images, compiled: source text in, instructions for
 * a stack machine out. Pure but for the heap.
 *
 * It is the part of Smalltalk's expressions that people try an image with: literals, variables,
 * assignments, messages with their precedence, cascades, blocks with arguments and temporaries; and
 * methods made of them. Loops are compiled to jumps around `value`, unless their receiver turns out
 * to be an object of a defined class, so that the machine has no primitive that calls back. */

#ifndef STUI_SIM_CODE_H
#define STUI_SIM_CODE_H

#include <stui/types.h>

enum {
    SIM_SOURCE_MAX = 1048576, /* bytes of code in one evaluation, as in every image */
    SIM_NAMES_MAX = 4096,     /* names in one piece of code: they are looked up one by one */
    SIM_SLOTS_MAX = 255,      /* temporaries of one block */
    SIM_NESTING_MAX = 200,    /* brackets: the compiler recurses */
    SIM_SELECTOR_MAX = 128,   /* bytes of one */
    SIM_ARGUMENTS_MAX = 15,   /* of one message */
};

#define SIM_INTEGER_MAX INT64_C (9007199254740991) /* 2^53 - 1: beyond, JSON readers round */

enum sim_op {
    SIM_OP_CONSTANT,   /* a: 0 nil, 1 true, 2 false */
    SIM_OP_INTEGER,    /* number */
    SIM_OP_CHARACTER,  /* number */
    SIM_OP_STRING,     /* a: of texts */
    SIM_OP_SYMBOL,     /* a: of texts */
    SIM_OP_ARRAY,      /* a elements from the stack */
    SIM_OP_LOAD_SLOT,  /* a: environments outward, b: slot */
    SIM_OP_STORE_SLOT, /* the same; the value stays on the stack */
    SIM_OP_LOAD_NAME,  /* a: of names: a variable of the session, else a global */
    SIM_OP_STORE_NAME,
    SIM_OP_LOAD_SELF,
    SIM_OP_BLOCK,      /* a: of blocks */
    SIM_OP_SEND,       /* a: of selectors, b: arguments */
    SIM_OP_SEND_SUPER, /* the same; methods are looked for above the class of this one */
    SIM_OP_POP,
    SIM_OP_PICK,        /* a: copies the value so far below the top */
    SIM_OP_PLACE,       /* takes the top; a: puts it so far below what is then the top */
    SIM_OP_JUMP,        /* a: instruction */
    SIM_OP_JUMP_UNLESS, /* the same, when the value that it takes is false */
    SIM_OP_JUMP_OBJECT, /* the same, when the value b below the top is of a defined class */
    SIM_OP_RETURN,      /* from the block */
    SIM_OP_FINISH,      /* from the method, or the whole code, whose value it takes */
    SIM_OP_COUNT
};

struct sim_instruction {
    uint8_t op;
    uint8_t b;
    uint32_t line;
    union {
        uint32_t a;
        int64_t number;
    };
};

struct sim_text { /* owned; NUL-terminated, but may hold NULs */
    char *text;
    size_t size;
};

struct sim_block { /* block 0 is the code itself */
    uint32_t start;
    uint32_t line;
    uint8_t arguments;
    uint8_t slots;  /* arguments first; with none it needs no environment of its own */
    uint32_t outer; /* the block around it; of block 0: 0 */
    char *names;    /* owned: of the slots, a blank behind each; NULL: there are none */
};

/* A name that is no temporary. */
struct sim_name {
    char *text; /* owned */
    bool is_assigned;
    size_t first_read; /* 1 and the byte at which it is first read; 0: never */
    size_t first_assigned;
};

struct sim_selector_row {
    char *text;      /* owned */
    bool is_written; /* in the source; else it is only a part of how a loop is compiled */
};

struct sim_code {
    struct sim_instruction *instructions;
    struct sim_block *blocks;
    struct sim_text *texts;
    struct sim_name *names;
    struct sim_selector_row *selectors;
    size_t instruction_count, instruction_room, block_count, block_room, text_count, text_room;
    size_t name_count, name_room, selector_count, selector_room;
    char *selector;     /* owned: of a method; NULL: this is an expression */
    size_t pattern_end; /* the byte behind a method's pattern */
};

/* Why a source is no code: where, from 1, and what. */
struct sim_fault {
    int line, column;
    char text[STUI_CAUSE_MAX];
};

/* NULL and *FAULT when SOURCE (SIZE bytes of UTF-8) does not compile. Caller owns the result. */
struct sim_code *sim_code_new (const char *source, size_t size, struct sim_fault *fault);
/* The same of a method: its pattern, then its body. */
struct sim_code *sim_code_new_method (const char *source, size_t size, struct sim_fault *fault);
void sim_code_destroy (struct sim_code **self);

bool sim_code_sends (const struct sim_code *self, const char *selector);
/* The name of slot INDEX of a block: *SIZE bytes, borrowed. */
const char *sim_block_name (const struct sim_block *block, size_t index, size_t *size);
/* How many arguments a message has. */
size_t sim_selector_arguments (const char *selector, size_t size);

/* Fills FAULT with a sentence about the byte at OFFSET of SOURCE. */
void sim_fault_set (struct sim_fault *fault, const char *source, size_t offset, const char *format,
                    ...) __attribute__ ((format (printf, 4, 5)));

#endif
