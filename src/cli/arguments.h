/* arguments.h: what stands behind the command's name: options and operands, read by tables of
 * options that the help is printed from too. Pure but for the heap. */

#ifndef STUI_CLI_ARGUMENTS_H
#define STUI_CLI_ARGUMENTS_H

#include <stui/types.h>

struct option_row {       /* tables of these end with a NULL name */
    const char *name;     /* "timeout": given as --timeout */
    char letter;          /* 'e': also as -e; 0: none */
    const char *argument; /* "SECONDS"; NULL: a flag */
    const char *help;     /* one line */
};

struct argument {
    const char *name;  /* of the option; NULL: an operand */
    const char *value; /* "" of a flag */
};

/* Borrows the words that it was read from. */
struct arguments {
    struct argument *items; /* owned, in the order given */
    size_t count, capacity;
};

/* Adds the options (of the tables OWN and COMMON, either may be NULL) and operands of COUNT
 * words to ARGUMENTS: --name VALUE, --name=VALUE, -n VALUE, -nVALUE, flags together (-fv);
 * after "--" all are operands; "-" is one. STOP_AT_OPERAND: reads no further than the first
 * operand, which it does not take. Returns how many words it took, or INVALID_REQUEST with
 * CAUSE: what is wrong, and the near miss. */
int arguments_read (struct arguments *self, const struct option_row *own,
                    const struct option_row *common, int count, char *const *words,
                    bool stop_at_operand, struct stui_cause *cause);
void arguments_fini (struct arguments *self);

/* The last value of option NAME, or NULL when it was not given. */
const char *arguments_value (const struct arguments *self, const char *name);
bool arguments_has (const struct arguments *self, const char *name);
/* The values of a repeated option one by one: *CURSOR starts at 0; NULL after the last. */
const char *arguments_next (const struct arguments *self, const char *name, size_t *cursor);

size_t arguments_operands (const struct arguments *self);
/* The operand with this INDEX; NULL when there are fewer. */
const char *arguments_operand (const struct arguments *self, size_t index);

/* Seconds ("2", "0.5") of option NAME in ms, or OTHERWISE when it was not given. Below 0, and
 * INVALID_REQUEST with CAUSE, when it is no number, less than LOW_MS or above a week. */
int64_t arguments_seconds_ms (const struct arguments *self, const char *name, int64_t otherwise,
                              int64_t low_ms, struct stui_cause *cause);
/* A whole number from LOW to HIGH, in the same way. */
int64_t arguments_number (const struct arguments *self, const char *name, int64_t otherwise,
                          int64_t low, int64_t high, struct stui_cause *cause);
/* The same for a TEXT that is called WHAT. */
int64_t arguments_to_number (const char *what, const char *text, int64_t low, int64_t high,
                             struct stui_cause *cause);

#endif
