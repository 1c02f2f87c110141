/* kit.h: the conformance kit: tries an image, over connections of its own, against every rule of
 * docs/protocol.md that can be seen from outside. One row of a table is one rule in one sentence
 * and one function (check.h).
 *
 * It changes the image: it makes sessions, evaluates, defines classes whose names begin with
 * StuiConformance, and takes all that away again. It goes by client_ids that it makes for the
 * run, so nobody else is fenced. Blocks its caller; every wait has a deadline. */

#ifndef STUI_CONFORMANCE_KIT_H
#define STUI_CONFORMANCE_KIT_H

#include <stui/types.h>

enum kit_verdict { KIT_PASSED, KIT_FAILED, KIT_NOT_APPLICABLE, KIT_VERDICT_COUNT };

/* "passed", "failed", "not applicable". */
const char *kit_verdict_word (enum kit_verdict verdict);

struct kit_options {           /* all borrowed */
    const char *address;       /* tcp://HOST:PORT */
    const char *token;         /* NULL: none */
    const char *const *checks; /* the names of those to run, ending with NULL; NULL: all */
};

/* What came of one check. */
struct kit_row {
    const char *section, *name, *rule; /* static */
    enum kit_verdict verdict;
    char *said; /* owned: what was expected and what came, or why it does not apply; NULL: passed */
    int64_t took_ms;
};

struct kit_report {
    struct kit_row *rows; /* owned; in the order of the page */
    size_t count, capacity;
    size_t counts[KIT_VERDICT_COUNT];
    char *image;   /* owned: what it says that it is, one line */
    bool is_older; /* it knows the seven session commands and nothing more */
};

/* Runs the checks. 0, whatever their verdicts; or UNREACHABLE or AUTHENTICATION with CAUSE when
 * there is nothing to check. REPORT is filled for kit_report_fini in any case. */
int kit_run (const struct kit_options *options, struct kit_report *report,
             struct stui_cause *cause);
void kit_report_fini (struct kit_report *report);

/* The rows, for those who list them. */
size_t kit_checks_count (void);
/* Row INDEX without a verdict. */
struct kit_row kit_check_at (size_t index);
/* Whether there is a check of that name. */
bool kit_has_check (const char *name);

#endif
