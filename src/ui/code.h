/* code.h: Smalltalk as an editor reads it: tokens of any text, finished or not, and brackets that belong
 * together. Nothing here judges whether code compiles; what cannot be read is a token too, and the
 * tokens of a text follow each other without gaps but blanks. Linear in the text's size. Pure. */

#ifndef STUI_UI_CODE_H
#define STUI_UI_CODE_H

#include <stdbool.h>
#include <stddef.h>

enum code_kind {
    CODE_END,
    CODE_NAME,       /* a variable, or a unary selector */
    CODE_GLOBAL,     /* a name that begins with a capital: a class or another global */
    CODE_PSEUDO,     /* self super nil true false thisContext */
    CODE_KEYWORD,    /* "at:", of a message; "at:put:" only in symbols */
    CODE_BINARY,     /* "+", ">=", "|", "^" */
    CODE_ASSIGNMENT, /* ":=", "_" between blanks */
    CODE_NUMBER,     /* "12", "16r1F", "1.5e3", "2/3" is three tokens */
    CODE_STRING,     /* with its quotes */
    CODE_SYMBOL,     /* "#foo", "#at:put:", "#+", "#'a b'" */
    CODE_CHARACTER,  /* "$a" */
    CODE_COMMENT,    /* with its quotes */
    CODE_OPEN,       /* "(", "[", "{"; "#(", "#[", "#{" and "##(" of literals */
    CODE_CLOSE,      /* ")", "]", "}" */
    CODE_MARK,       /* ".", ";", ":", "!" */
    CODE_OTHER,      /* what begins nothing */
    CODE_KIND_COUNT
};

struct code_token {
    enum code_kind kind;
    size_t at, size;
    bool literal;    /* of CODE_OPEN: of a literal array */
    bool unfinished; /* a string, comment or symbol whose quote does not come */
};

/* The first token of TEXT, SIZE bytes, at or behind AT, which is a place between two tokens. CODE_END,
 * of no bytes, at the end. */
struct code_token code_next (const char *text, size_t size, size_t at);

enum code_match {
    CODE_MATCH_NONE,  /* there is no bracket beside that place */
    CODE_MATCH_FOUND, /* *ONE and *OTHER are its brackets */
    CODE_MATCH_WRONG, /* *ONE has none that belongs to it; *OTHER, when it is not *ONE, stands there instead */
};
/* The bracket left of AT, or else the one right of it, and the one that belongs to it: places of one
 * byte each. Brackets in comments, strings and literals like $( are text. */
enum code_match code_match (const char *text, size_t size, size_t at, size_t *one, size_t *other);

/* What the bracket or quote at AT encloses, [*START, *END); false when there is none, or it encloses
 * nothing. */
bool code_enclosed (const char *text, size_t size, size_t at, size_t *start, size_t *end);

/* Where the word begins that ends at AT and that may be completed: a name, or a keyword with its colons
 * in it; AT when there is none: in a comment, a string, a number. */
size_t code_word_before (const char *text, size_t size, size_t at);

#endif
