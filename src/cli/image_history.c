/* image_history.c: see image_history.h. */

#include "cli/image_history.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cli/command.h"
#include "cli/render.h"
#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/words.h"

enum { CONNECTIONS_SHOWN = 5 };

static void
duration_cell (struct render_table *table, int64_t ms)
{
    char text[WORDS_SIZE];
    render_cell (table, words_duration (ms, text), RENDER_PLAIN);
}

static void
sums_print (const struct cli_options *cli, const struct json *history)
{
    static const struct render_column columns[] = {
        {.title = "  PERIOD"},
        {.title = "AVAILABLE", .right = true},
        {.title = "CONNECTIONS", .right = true},
        {.title = "FAILURES", .right = true},
        {.title = "BETWEEN FAILURES", .right = true},
        {.title = "RECONNECT P50", .right = true},
        {.title = "P99", .right = true},
        {0},
    };
    static const char *const periods[][2] = {
        {"day", "  a day"}, {"week", "  a week"}, {"ever", "  for ever"}};
    struct render_table *table = render_table_new (columns);
    for (size_t index = 0; index < sizeof periods / sizeof *periods; index++) {
        const struct json *sum = json_get (history, periods[index][0]);
        char share[WORDS_SIZE];
        render_cell (table, periods[index][1], RENDER_PLAIN);
        render_cell (table, words_share (json_get_real (sum, "availability", -1), share),
                     RENDER_PLAIN);
        render_cell_number (table, json_get_number (sum, "connections", -1));
        render_cell_number (table, json_get_number (sum, "failures", -1));
        duration_cell (table, json_get_number (sum, "mtbf_ms", -1));
        duration_cell (table, json_get_number (sum, "reconnect_p50_ms", -1));
        duration_cell (table, json_get_number (sum, "reconnect_p99_ms", -1));
    }
    cli_print_table (cli, &table);
}

/* "2026-11-26 11:02:03  up 5 min, after 830 ms and 3 attempts; closed: why" */
static void
connection_print (const struct json *row)
{
    char when[32], up[WORDS_SIZE], down[WORDS_SIZE];
    int64_t online_ms = json_get_number (row, "online_at_ms", 0);
    time_t seconds =
        (time_t) ((online_ms > 0 ? online_ms : json_get_number (row, "from_ms", 0)) / 1000);
    struct tm local;
    localtime_r (&seconds, &local);
    strftime (when, sizeof when, "%Y-%m-%d %H:%M:%S", &local);
    words_duration (json_get_number (row, "up_ms", 0), up);
    words_duration (json_get_number (row, "down_ms", 0), down);
    printf ("  %s  ", when);
    if (online_ms == 0)
        printf ("down for %s", down);
    else if (json_get_number (row, "down_ms", 0) > 0)
        printf ("up for %s, after %s down", up, down);
    else
        printf ("up for %s", up);
    const char *cause = json_get_text (row, "cause"), *text = json_get_text (row, "text");
    if (cause != NULL) {
        char *line = render_line (text != NULL ? text : "");
        printf ("; %s: %s", cause, line);
        free (line);
    }
    putchar ('\n');
}

void
image_history_print (const struct cli_options *cli, const struct json *history)
{
    const struct json *row = json_first (json_get (history, "connections"));
    puts ("its connections");
    if (row == NULL) {
        puts ("  none yet");
        return;
    }
    sums_print (cli, history);
    for (int shown = 0; row != NULL && shown < CONNECTIONS_SHOWN; shown++, row = json_next (row))
        connection_print (row);
}
