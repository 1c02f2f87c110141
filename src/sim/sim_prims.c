/* sim_prims.c: the messages that values of a simulated image understand: one function for each
 * kind of receiver, tried from the narrowest to what every object understands. A message is found
 * by its name in a table of words. Owns nothing. */

#include "sim/sim_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/utf8.h"

#define SELECTORS(X)                                                                               \
    X (PLUS, "+") X (MINUS, "-") X (TIMES, "*") X (DIVIDED, "/") X (QUOTIENT, "//")                \
    X (MODULO, "\\\\") X (LESS, "<") X (GREATER, ">") X (LESS_EQUAL, "<=") X (GREATER_EQUAL, ">=") \
    X (EQUAL, "=") X (UNEQUAL, "~=") X (SAME, "==") X (DIFFERENT, "~~") X (COMMA, ",")             \
    X (AND, "&") X (OR, "|") X (AND_LAZY, "and:") X (OR_LAZY, "or:") X (NOT, "not")                \
    X (IF_TRUE, "ifTrue:") X (IF_FALSE, "ifFalse:") X (IF_TRUE_FALSE, "ifTrue:ifFalse:")           \
    X (IF_FALSE_TRUE, "ifFalse:ifTrue:") X (IF_NIL, "ifNil:") X (IF_NOT_NIL, "ifNotNil:")          \
    X (IF_NIL_NOT_NIL, "ifNil:ifNotNil:") X (IS_NIL, "isNil") X (NOT_NIL, "notNil")                \
    X (CLASS, "class") X (NAME, "name") X (YOURSELF, "yourself") X (IS_STRING, "isString")         \
    X (IS_SYMBOL, "isSymbol") X (IS_INTEGER, "isInteger") X (PRINT_STRING, "printString")          \
    X (DISPLAY_STRING, "displayString") X (PRINT_NL, "printNl") X (DISPLAY_NL, "displayNl")        \
    X (ERROR, "error:") X (VALUE, "value") X (VALUE_1, "value:") X (VALUE_2, "value:value:")       \
    X (VALUE_3, "value:value:value:") X (NUM_ARGS, "numArgs") X (ON_DO, "on:do:")                  \
    X (ABS, "abs") X (NEGATED, "negated") X (MIN, "min:") X (MAX, "max:")                          \
    X (BETWEEN, "between:and:") X (EVEN, "even") X (ODD, "odd") X (TO, "to:") X (SQUARED, "squared") \
    X (FACTORIAL, "factorial") X (AS_CHARACTER, "asCharacter") X (AS_INTEGER, "asInteger")         \
    X (AS_STRING, "asString") X (AS_SYMBOL, "asSymbol") X (SIZE, "size") X (IS_EMPTY, "isEmpty")   \
    X (NOT_EMPTY, "notEmpty") X (REVERSE, "reverse") X (REVERSED, "reversed")                      \
    X (UPPERCASE, "asUppercase") X (LOWERCASE, "asLowercase") X (AT, "at:") X (AT_PUT, "at:put:")  \
    X (FIRST, "first") X (LAST, "last") X (COPY, "copyFrom:to:") X (INCLUDES, "includes:")         \
    X (INCLUDES_STRING, "includesSubstring:") X (NEW, "new") X (NEW_SIZE, "new:")                  \
    X (WITH, "with:") X (CHARACTER_VALUE, "value:") X (SIGNAL, "signal")                           \
    X (SIGNAL_TEXT, "signal:") X (MESSAGE_TEXT, "messageText") X (DESCRIPTION, "description")      \
    X (RETURN, "return:") X (RETURN_NIL, "return") X (FOR_MILLISECONDS, "forMilliseconds:")        \
    X (FOR_SECONDS, "forSeconds:") X (WAIT, "wait") X (NEXT, "next") X (RESET, "reset")            \
    X (AT_IF_ABSENT, "at:ifAbsent:") X (INCLUDES_KEY, "includesKey:") X (VERSION, "version")       \
    X (SHOW, "show:") X (SHOW_CR, "showCr:") X (DISPLAY, "display:") X (PRINT, "print:")           \
    X (CR, "cr") X (NL, "nl") X (TAB, "tab") X (SPACE, "space") X (FLUSH, "flush")

enum selector {
#define X(symbol, word) SELECTOR_##symbol,
    SELECTORS (X)
#undef X
        SELECTOR_COUNT
};

static const char *const words[SELECTOR_COUNT] = {
#define X(symbol, word) [SELECTOR_##symbol] = word,
    SELECTORS (X)
#undef X
};

/* One message on its way. */
struct message {
    struct sim_run *run;
    const char *word;
    struct sim_value receiver;
    const struct sim_value *arguments;
    size_t count;
    struct sim_value *result;
};
