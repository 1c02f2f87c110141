/* sim_message.h: one message on its way in a simulated image, for the files that carry it out:
 * sim_prims.c (which finds out whose it is), sim_prims_values.c (integers, characters, texts,
 * arrays), sim_prims_classes.c (classes, and the only ones of theirs). Pure. */

#ifndef STUI_SIM_MESSAGE_H
#define STUI_SIM_MESSAGE_H

#include "sim/sim_run.h"

#define SIM_SELECTORS(X)                                                                           \
    X (PLUS, "+")                                                                                  \
    X (MINUS, "-")                                                                                 \
    X (TIMES, "*")                                                                                 \
    X (DIVIDED, "/")                                                                               \
    X (QUOTIENT, "//")                                                                             \
    X (MODULO, "\\\\")                                                                             \
    X (LESS, "<")                                                                                  \
    X (GREATER, ">")                                                                               \
    X (LESS_EQUAL, "<=")                                                                           \
    X (GREATER_EQUAL, ">=")                                                                        \
    X (EQUAL, "=")                                                                                 \
    X (UNEQUAL, "~=")                                                                              \
    X (SAME, "==")                                                                                 \
    X (DIFFERENT, "~~")                                                                            \
    X (COMMA, ",")                                                                                 \
    X (AND, "&")                                                                                   \
    X (OR, "|")                                                                                    \
    X (AND_LAZY, "and:")                                                                           \
    X (OR_LAZY, "or:")                                                                             \
    X (NOT, "not")                                                                                 \
    X (IF_TRUE, "ifTrue:")                                                                         \
    X (IF_FALSE, "ifFalse:")                                                                       \
    X (IF_TRUE_FALSE, "ifTrue:ifFalse:")                                                           \
    X (IF_FALSE_TRUE, "ifFalse:ifTrue:")                                                           \
    X (IF_NIL, "ifNil:")                                                                           \
    X (IF_NOT_NIL, "ifNotNil:")                                                                    \
    X (IF_NIL_NOT_NIL, "ifNil:ifNotNil:")                                                          \
    X (IS_NIL, "isNil")                                                                            \
    X (NOT_NIL, "notNil")                                                                          \
    X (CLASS, "class")                                                                             \
    X (IS_KIND_OF, "isKindOf:")                                                                    \
    X (SUPERCLASS, "superclass")                                                                   \
    X (CATEGORY, "category")                                                                       \
    X (COMMENT, "comment")                                                                         \
    X (COMMENT_PUT, "comment:")                                                                    \
    X (SUBCLASS, "subclass:")                                                                      \
    X (SUBCLASS_POOLS, "subclass:instanceVariableNames:classVariableNames:poolDictionaries:"       \
                       "category:")                                                                \
    X (SUBCLASS_CATEGORY, "subclass:instanceVariableNames:classVariableNames:category:")           \
    X (SUBCLASS_PACKAGE, "subclass:instanceVariableNames:classVariableNames:package:")             \
    X (NAME, "name")                                                                               \
    X (YOURSELF, "yourself")                                                                       \
    X (IS_STRING, "isString")                                                                      \
    X (IS_SYMBOL, "isSymbol")                                                                      \
    X (IS_INTEGER, "isInteger")                                                                    \
    X (PRINT_STRING, "printString")                                                                \
    X (DISPLAY_STRING, "displayString")                                                            \
    X (PRINT_NL, "printNl")                                                                        \
    X (DISPLAY_NL, "displayNl")                                                                    \
    X (ERROR, "error:")                                                                            \
    X (VALUE, "value")                                                                             \
    X (VALUE_1, "value:")                                                                          \
    X (VALUE_2, "value:value:")                                                                    \
    X (VALUE_3, "value:value:value:")                                                              \
    X (NUM_ARGS, "numArgs")                                                                        \
    X (ON_DO, "on:do:")                                                                            \
    X (ENSURE, "ensure:")                                                                          \
    X (IF_CURTAILED, "ifCurtailed:")                                                               \
    X (ABS, "abs")                                                                                 \
    X (NEGATED, "negated")                                                                         \
    X (MIN, "min:")                                                                                \
    X (MAX, "max:")                                                                                \
    X (BETWEEN, "between:and:")                                                                    \
    X (EVEN, "even")                                                                               \
    X (ODD, "odd")                                                                                 \
    X (TO, "to:")                                                                                  \
    X (SQUARED, "squared")                                                                         \
    X (FACTORIAL, "factorial")                                                                     \
    X (AS_CHARACTER, "asCharacter")                                                                \
    X (AS_INTEGER, "asInteger")                                                                    \
    X (AS_STRING, "asString")                                                                      \
    X (AS_SYMBOL, "asSymbol")                                                                      \
    X (SIZE, "size")                                                                               \
    X (IS_EMPTY, "isEmpty")                                                                        \
    X (NOT_EMPTY, "notEmpty")                                                                      \
    X (REVERSE, "reverse")                                                                         \
    X (REVERSED, "reversed")                                                                       \
    X (UPPERCASE, "asUppercase")                                                                   \
    X (LOWERCASE, "asLowercase")                                                                   \
    X (AT, "at:")                                                                                  \
    X (AT_PUT, "at:put:")                                                                          \
    X (FIRST, "first")                                                                             \
    X (LAST, "last")                                                                               \
    X (COPY, "copyFrom:to:")                                                                       \
    X (INCLUDES, "includes:")                                                                      \
    X (INCLUDES_STRING, "includesSubstring:")                                                      \
    X (NEW, "new")                                                                                 \
    X (NEW_SIZE, "new:")                                                                           \
    X (WITH, "with:")                                                                              \
    X (SIGNAL, "signal")                                                                           \
    X (SIGNAL_TEXT, "signal:")                                                                     \
    X (MESSAGE_TEXT, "messageText")                                                                \
    X (DESCRIPTION, "description")                                                                 \
    X (RETURN, "return:")                                                                          \
    X (RETURN_NIL, "return")                                                                       \
    X (RETRY, "retry")                                                                             \
    X (FOR_MILLISECONDS, "forMilliseconds:")                                                       \
    X (FOR_SECONDS, "forSeconds:")                                                                 \
    X (WAIT, "wait")                                                                               \
    X (NEXT, "next")                                                                               \
    X (RESET, "reset")                                                                             \
    X (AT_IF_ABSENT, "at:ifAbsent:")                                                               \
    X (INCLUDES_KEY, "includesKey:")                                                               \
    X (VERSION, "version")                                                                         \
    X (SHOW, "show:")                                                                              \
    X (SHOW_CR, "showCr:")                                                                         \
    X (DISPLAY, "display:")                                                                        \
    X (PRINT, "print:")                                                                            \
    X (CR, "cr")                                                                                   \
    X (NL, "nl")                                                                                   \
    X (TAB, "tab")                                                                                 \
    X (SPACE, "space")                                                                             \
    X (FLUSH, "flush")

enum sim_selector {
#define X(symbol, word) SIM_SEL_##symbol,
    SIM_SELECTORS (X)
#undef X
        SIM_SEL_COUNT
};

/* One message on its way. */
struct sim_message {
    struct sim_run *run;
    const char *word;
    struct sim_value receiver;
    const struct sim_value *arguments;
    size_t count;
    struct sim_value *result;
};

/* What it comes to; UNKNOWN when such a receiver does not understand it. */
enum sim_sent sim_send_to_integer (const struct sim_message *self, enum sim_selector selector);
enum sim_sent sim_send_to_character (const struct sim_message *self, enum sim_selector selector);
enum sim_sent sim_send_to_text (const struct sim_message *self, enum sim_selector selector);
enum sim_sent sim_send_to_collection (const struct sim_message *self, enum sim_selector selector);
enum sim_sent sim_send_to_class (const struct sim_message *self, enum sim_selector selector);

struct sim_value sim_argument (const struct sim_message *self, size_t index);

enum sim_sent sim_answer (const struct sim_message *self, struct sim_value value);
enum sim_sent sim_answer_integer (const struct sim_message *self, int64_t number); /* if it fits */
enum sim_sent sim_answer_text (const struct sim_message *self, const char *text, size_t size);
/* The print string or display string of the receiver. */
enum sim_sent sim_answer_printed (const struct sim_message *self, bool displays);
/* VALUE, or what the block that it is comes to. */
enum sim_sent sim_answer_lazily (const struct sim_message *self, struct sim_value value);
enum sim_sent sim_wrong_argument (const struct sim_message *self, const char *wanted);

/* The UTF-8 of code point POINT in TEXT; its size. Points that are none become U+FFFD. */
size_t sim_encode_point (int64_t point, char text[4]);
/* Writes VALUE to the Transcript. */
void sim_write_value (const struct sim_message *self, struct sim_value value, bool displays);

#endif
