/* prompt.h: the line in which commands, filters and confirmations are typed: editing, history,
 * completion. It has the keys while it is open. Owned by the ui. Pure but for the heap. */

#ifndef STUI_UI_PROMPT_H
#define STUI_UI_PROMPT_H

#include "ui/cell.h"
#include "ui/editor.h"
#include "ui/key.h"

struct command;
struct ui;

enum prompt_kind { PROMPT_CLOSED, PROMPT_COMMAND, PROMPT_FILTER, PROMPT_CONFIRM };

enum {
    PROMPT_HISTORY_MAX = 200,
    PROMPT_CANDIDATES_MAX = 64, /* shown are fewer */
    PROMPT_QUESTION_MAX = 200,
    PROMPT_ARGUMENT_MAX = 400,
};

struct prompt {
    enum prompt_kind kind;
    struct editor editor;
    char **history; /* owned; of commands, oldest first */
    size_t history_count, history_capacity, back;
    char *typed; /* owned: what stood there before completion or history; NULL */
    int choice;  /* the candidate taken; -1: none */
    /* of PROMPT_CONFIRM */
    char question[PROMPT_QUESTION_MAX];
    char expected[80];          /* what has to be typed, or … */
    const char *const *choices; /* … of what one letter chooses; borrowed, ending with NULL; NULL */
    const struct command *command;
    char argument[PROMPT_ARGUMENT_MAX];
    bool confirmed; /* while COMMAND runs after the right answer */
};

struct prompt_candidate {
    char text[80];
    const char *help; /* borrowed from the table, or "" */
};

void prompt_fini (struct prompt *self);

/* Opens the line with TEXT in it; that of a filter is selected, so that typing replaces it. */
void prompt_open (struct ui *ui, enum prompt_kind kind, const char *text);
/* Asks QUESTION; when EXPECTED was typed COMMAND is run with ARGUMENT, and prompt.confirmed. */
void prompt_confirm (struct ui *ui, const struct command *command, const char *argument,
                     const char *expected, const char *question);
/* Asks QUESTION: the first letter of one of CHOICES (static, ending with NULL) runs COMMAND with that
 * word. */
void prompt_choose (struct ui *ui, const struct command *command, const char *const *choices,
                    const char *question);
void prompt_key (struct ui *ui, struct key key);
void prompt_paste (struct ui *ui, const char *text, size_t size);

/* What completes the line now; returns how many, at most PROMPT_CANDIDATES_MAX. */
size_t prompt_candidates (const struct ui *ui, struct prompt_candidate *candidates);

/* The line itself, and the list of candidates that stands above it. */
void prompt_draw (const struct ui *ui, struct grid *grid, struct rect line);
void prompt_draw_candidates (const struct ui *ui, struct grid *grid, struct rect above);

#endif
