/* fault_log.c: see fault_log.h. Columns between tabs. Owns nothing. */

#include "chaos/fault_log.h"

#include <inttypes.h>

void
fault_log_begin (FILE *out)
{
    if (out != NULL)
        fputs ("# at_ms\tuntil_ms\twhat\tway\tamount\timage\tbegan_ms\n", out);
}

void
fault_log_note (FILE *out, const struct plan_fault *fault, const char *image, int64_t began_ms)
{
    static const char *const ways[FAULT_WAY_COUNT] = {
        [FAULT_BOTH] = "both", [FAULT_UP] = "up", [FAULT_BACK] = "down"};
    if (out == NULL)
        return;
    const struct fault_row *row = &fault_rows[fault->what];
    fprintf (out, "%" PRId64 "\t%" PRId64 "\t%s\t%s\t%" PRId64 "\t%s\t%" PRId64 "\n", fault->at_ms,
             fault->until_ms, row->word, row->place == FAULT_ON_LINK ? ways[fault->way] : "-",
             fault->amount, row->place == FAULT_ON_STUI ? "-" : image, began_ms);
}
