/* commands.h: every command of the terminal, one row each. Keys, the `:` line and its completion,
 * the hints of the last line and the help come from this table and from nowhere else: adding a
 * command adds a row and its function. Pure. */

#ifndef STUI_UI_COMMANDS_H
#define STUI_UI_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>

struct ui;

enum command_group {
    COMMAND_EVERYWHERE,
    COMMAND_PANES,
    COMMAND_IMAGES,
    COMMAND_SESSIONS,
    COMMAND_CLEANUP,
    COMMAND_HELD,
    COMMAND_EVENTS,
    COMMAND_FAN,
    COMMAND_FORM,
    COMMAND_TRANSCRIPT,
    COMMAND_INSPECTOR,
    COMMAND_WORKSPACE,
    COMMAND_TEXT,
    COMMAND_GROUP_COUNT
};

/* What an argument completes to. */
enum command_completes {
    COMPLETES_NOTHING,
    COMPLETES_IMAGES,
    COMPLETES_SORTS,
    COMPLETES_COMMANDS,
    COMPLETES_VERSIONS, /* of a session in conflict */
    COMPLETES_HELD,     /* what is done about what is held */
    COMPLETES_DOUBT,
    COMPLETES_BUFFERS,
    COMPLETES_ANSWERS,
    COMPLETES_MARKS,  /* which images are marked */
    COMPLETES_FANOUT, /* what is done about an evaluation in many */
    COMPLETES_THEMES,
    COMPLETES_LAYOUTS,
};

struct command {
    const char *name;
    const char *argument; /* as the help shows it: "IMAGE", "[IMAGE]", "" */
    enum command_completes completes;
    const char *list_keys; /* names as in key.h, with blanks between; "" for none */
    const char *text_keys;
    const char *hint; /* one word for the last line */
    const char *help; /* one line */
    enum command_group group;
    /* ARGUMENT is "" when there is none. */
    void (*run) (struct ui *ui, const struct command *self, const char *argument);
    int value;        /* for rows that share a function */
    bool for_screens; /* it is about what a terminal shows, and means nothing without one */
};

/* The table, row by row; NULL after the last. */
const struct command *commands_first (void);
const struct command *commands_next (const struct command *command);
/* The command of NAME, or the only one that begins so; NULL. */
const struct command *commands_find (const char *name, size_t size);
/* The heading of a group. */
const char *commands_group_title (enum command_group group);

/* Runs LINE, as typed behind `:`; what is wrong with it is said to the user. */
void commands_run_line (struct ui *ui, const char *line);

/* Whether the command is an editing key that a one-line field has too. */
int commands_editor_op (const struct command *command); /* -1: it is none */

#endif
