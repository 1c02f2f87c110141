/* kit.c: a run of the conformance kit: finds out what stands there, runs the rows of the table that
 * apply to it one after another, each with a clean slate, and notes what came of them. See kit.h. */

#include "conformance/kit.h"

#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conformance/parts.h"
#include "runtime/address.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"

/* In the order of the page. */
static const struct kit_section *const sections[] = {
    &kit_transport, &kit_messages, &kit_life,   &kit_once,  &kit_evaluating,
    &kit_ending,    &kit_sessions, &kit_events, &kit_code,  &kit_objects,
    &kit_debugging, &kit_upkeep,   &kit_limits, &kit_older, &kit_patience,
};

enum { SECTIONS = sizeof sections / sizeof *sections };

static const char *const older_commands[] = {
    "create_session",   "restore_session",      "update_session_state",   "close_session",
    "get_session_info", "list_client_sessions", "get_session_statistics", NULL,
};

const char *const kit_commands[] = {
    "hello",
    "ping",
    "create_session",
    "restore_session",
    "update_session_state",
    "close_session",
    "get_session_info",
    "list_client_sessions",
    "get_session_statistics",
    "evaluate",
    "get_result",
    "interrupt",
    "inspect",
    "release",
    "list_variables",
    "list_classes",
    "browse_class",
    "get_method",
    "compile_method",
    "define_class",
    "remove_method",
    "remove_class",
    "rename_category",
    "file_in",
    "file_out",
    "senders",
    "implementors",
    "search_source",
    "complete",
    "system_info",
    "subscribe",
    "debug",
    "snapshot",
    "list_image_sessions",
    "cleanup_image_sessions",
    "adopt_session",
    "get_image_session_stats",
    NULL,
};

/* What a read-only image refuses. */
static const char *const changing_commands[] = {
    "evaluate",     "compile_method",         "define_class", "remove_method",
    "remove_class", "rename_category",        "file_in",      "debug",
    "snapshot",     "cleanup_image_sessions", NULL,
};

static bool
is_among (const char *const *words, const char *word)
{
    for (; words && *words; words++)
        if (strcmp (*words, word) == 0)
            return true;
    return false;
}

/* ---- what checks are told and tell ------------------------------------------------------------- */

bool
kit_goes_on (const struct kit *kit)
{
    return !kit->has_failed && !kit->is_skipped;
}

/* Notes what is SAID, unless something was before. */
__attribute__ ((format (printf, 4, 0))) static void
conclude (struct kit *kit, bool *verdict, const char *before, const char *format, va_list args)
{
    char said[1024];
    if (!kit_goes_on (kit))
        return;
    vsnprintf (said, sizeof said, format, args);
    *verdict = true;
    kit->said = stui_printf ("%s%s", before, said);
}

bool
kit_fail (struct kit *kit, const char *format, ...)
{
    va_list args;
    va_start (args, format);
    conclude (kit, &kit->has_failed, "expected ", format, args);
    va_end (args);
    return false;
}

bool
kit_expect (struct kit *kit, bool holds, const char *format, ...)
{
    if (holds || !kit_goes_on (kit))
        return holds;
    va_list args;
    va_start (args, format);
    conclude (kit, &kit->has_failed, "expected ", format, args);
    va_end (args);
    return false;
}

void
kit_skip (struct kit *kit, const char *format, ...)
{
    va_list args;
    va_start (args, format);
    conclude (kit, &kit->is_skipped, "", format, args);
    va_end (args);
}

char *
kit_keep (struct kit *kit, char *text)
{
    stui_grow (&kit->texts, &kit->text_capacity, kit->text_count, sizeof *kit->texts);
    return kit->texts[kit->text_count++] = text;
}

const char *
kit_text (struct kit *kit, const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start (args, format);
    int size = vasprintf (&text, format, args);
    va_end (args);
    if (size < 0)
        abort ();
    return kit_keep (kit, text);
}

const char *
kit_repeated (struct kit *kit, const char *before, const char *piece, size_t count,
              const char *after)
{
    size_t unit = strlen (piece), head = strlen (before);
    char *text = stui_alloc (head + unit * count + strlen (after) + 1);
    memcpy (text, before, head);
    for (size_t i = 0; i < count; i++)
        memcpy (text + head + i * unit, piece, unit);
    strcpy (text + head + unit * count, after);
    return kit_keep (kit, text);
}

const char *
kit_id (struct kit *kit)
{
    char *id = stui_alloc (KIT_ID_SIZE);
    uuid_next (&kit->uuids, clock_wall_ms (), &kit->random, id);
    return kit_keep (kit, id);
}

const struct json *
kit_hello (const struct kit *kit)
{
    return kit->hello;
}

bool
kit_can (const struct kit *kit, const char *capability)
{
    if (kit->is_older)
        return is_among (older_commands, capability);
    const struct json *list = json_get (kit->hello, "capabilities");
    for (const struct json *one = json_first (list); one; one = json_next (one))
        if (json_text (one) && strcmp (json_text (one), capability) == 0)
            return true;
    return false;
}

const char *
kit_token (const struct kit *kit)
{
    return kit->options->token;
}

const char *
kit_client (const struct kit *kit)
{
    return kit->client;
}

const char *
kit_other_client (const struct kit *kit)
{
    return kit->other_client;
}

/* ---- one check ----------------------------------------------------------------------------------- */

static void
forget_check (struct kit *kit)
{
    kit_lines_close (kit);
    kit_answers_free (kit);
    while (kit->text_count > 0)
        free (kit->texts[--kit->text_count]);
    free (kit->said);
    kit->said = NULL;
    kit->has_failed = kit->is_skipped = false;
}

/* Why the image lacks WORD of a check's needs; NULL: it has it. Caller frees. */
static char *
lack_of (const struct kit *kit, const char *word)
{
    if (strcmp (word, "token") == 0)
        return kit->asks_token ? NULL : stui_strdup ("the image asks for no token");
    if (strcmp (word, "open") == 0)
        return !kit->asks_token ? NULL : stui_strdup ("the image asks for a token");
    if (kit_can (kit, "read_only") && is_among (changing_commands, word))
        return stui_strdup ("the image is read-only");
    if (kit_can (kit, word))
        return NULL;
    return strncmp (word, "event:", 6) == 0
               ? stui_printf ("the image does not announce %s", word + 6)
               : stui_printf ("%s is not among the image's capabilities", word);
}

/* Why CHECK does not apply; NULL: it does. Caller frees. */
static char *
why_not (const struct kit *kit, const struct kit_check *check)
{
    if (check->peers == KIT_NEWER && kit->is_older)
        return stui_strdup ("the image knows the seven session commands alone");
    if (check->peers == KIT_OLDER && !kit->is_older)
        return stui_strdup ("the image knows hello");
    for (const char *at = check->needs; at && *at;) {
        char word[64];
        size_t size = strcspn (at, " ");
        snprintf (word, sizeof word, "%.*s", (int) size, at);
        char *lack = lack_of (kit, word);
        if (lack)
            return lack;
        at += size + (at[size] == ' ');
    }
    return NULL;
}

static void
run_check (struct kit *kit, const struct kit_section *section, const struct kit_check *check,
           struct kit_report *report)
{
    stui_grow (&report->rows, &report->capacity, report->count, sizeof *report->rows);
    struct kit_row *row = &report->rows[report->count++];
    int64_t begun_ms = kit_now_ms ();
    *row = (struct kit_row){.section = section->name, .name = check->name, .rule = check->rule};
    row->said = why_not (kit, check);
    row->verdict = KIT_NOT_APPLICABLE;
    if (!row->said) {
        check->run (kit);
        row->said = kit->said;
        row->verdict = kit->has_failed   ? KIT_FAILED
                       : kit->is_skipped ? KIT_NOT_APPLICABLE
                                         : KIT_PASSED;
        kit->said = NULL;
        kit->has_failed = kit->is_skipped = false;
        kit_tidy_up (kit);
    }
    report->counts[row->verdict]++;
    row->took_ms = kit_now_ms () - begun_ms;
    forget_check (kit);
}

/* ---- what stands there ----------------------------------------------------------------------------- */

/* Which of the name's addresses takes connections. */
static int
find_address (struct kit *kit, struct stui_cause *cause)
{
    struct address address;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
    char port[16];
    int err = address_parse (kit->options->address, &address, cause);
    if (err < 0)
        return err;
    snprintf (port, sizeof port, "%d", address.port);
    int fault = getaddrinfo (address.host, port, &hints, &list);
    if (fault != 0)
        return stui_fail (cause, STUI_E_UNREACHABLE, "%s has no address: %s", address.host,
                          gai_strerror (fault));
    int fd = kit_dial_any (kit, list), dialled = errno;
    freeaddrinfo (list);
    if (fd < 0)
        return stui_fail (cause, STUI_E_UNREACHABLE, "%s cannot be reached: %s",
                          kit->options->address, strerror (dialled));
    close (fd);
    return 0;
}

/* Whether an image that refuses hello knows the session commands. */
static int
find_older (struct kit *kit, const struct kit_answer *refusal, struct stui_cause *cause)
{
    const char *said =
        kit_text (kit, "%s: %s", kit_string (refusal, "error_type"), kit_string (refusal, "error"));
    if (strcmp (kit_string (refusal, "error_type"), "AuthenticationError") == 0)
        return stui_fail (cause, STUI_E_AUTHENTICATION,
                          kit->options->token
                              ? "the image refuses the token; --token-file names the right one"
                              : "the image asks for a token: --token-file names the file with it");
    struct kit_line *line = kit_connect (kit);
    const struct kit_answer *statistics = kit_ask (line, "get_session_statistics", "{}");
    if (!kit_succeeds (statistics))
        return stui_fail (cause, STUI_E_UNREACHABLE,
                          "it neither takes hello (%.80s) nor knows the session commands", said);
    kit->is_older = true;
    return 0;
}

/* Hello, and whether it would go without the token. */
static int
find_image (struct kit *kit, struct stui_cause *cause)
{
    struct kit_line *line = kit_connect (kit);
    const struct kit_answer *hello =
        kit_ask_raw (line, NULL, "hello", kit_hello_parameters (kit, kit->client, false));
    if (!kit_goes_on (kit))
        return stui_fail (cause, STUI_E_UNREACHABLE,
                          "what listens there does not speak the protocol: %.180s", kit->said);
    if (strcmp (kit_string (hello, "status"), "success") != 0)
        return find_older (kit, hello, cause);
    kit->hello = json_copy (kit_value (hello, "result"));
    if (kit->options->token) {
        line = kit_connect (kit);
        const struct kit_answer *bare =
            kit_ask (line, "hello", "{'client_id':'%s','protocol':'1.1'}", kit->client);
        kit->asks_token = strcmp (kit_string (bare, "error_type"), "AuthenticationError") == 0;
    }
    return 0;
}

static char *
describe (const struct kit *kit)
{
    if (kit->is_older)
        return stui_strdup ("an image that knows the seven session commands alone");
    const char *name = json_get_text (kit->hello, "image_name");
    const char *dialect = json_get_text (kit->hello, "dialect");
    const char *version = json_get_text (kit->hello, "dialect_version");
    return stui_printf ("%s (%s%s%s)", name ? name : "an image", dialect ? dialect : "?",
                        version ? ", " : "", version ? version : "");
}

/* ---- a run -------------------------------------------------------------------------------------------- */

static bool
is_selected (const struct kit_options *options, const char *name)
{
    return !options->checks || is_among (options->checks, name);
}

static void
kit_begin (struct kit *kit, const struct kit_options *options)
{
    clock_random (&kit->random.state, sizeof kit->random.state);
    kit->options = options;
    kit->idle_fd = -1;
    kit->generation = clock_wall_ms () / 1000;
    uuid_next (&kit->uuids, clock_wall_ms (), &kit->random, kit->client);
    uuid_next (&kit->uuids, clock_wall_ms (), &kit->random, kit->other_client);
}

static void
kit_end (struct kit *kit)
{
    forget_check (kit);
    json_destroy (&kit->hello);
    if (kit->idle_fd >= 0)
        close (kit->idle_fd);
    free (kit->lines);
    free (kit->answers);
    free (kit->sent);
    free (kit->texts);
    free (kit->sessions);
}

int
kit_run (const struct kit_options *options, struct kit_report *report, struct stui_cause *cause)
{
    struct kit kit = {0};
    *report = (struct kit_report){0};
    kit_begin (&kit, options);
    int err = find_address (&kit, cause);
    if (err == 0)
        err = find_image (&kit, cause);
    forget_check (&kit);
    if (err == 0) {
        report->image = describe (&kit);
        report->is_older = kit.is_older;
        kit.idle_fd = kit_dial_fd (&kit);
        kit.idle_since_ms = kit_now_ms ();
    }
    for (size_t i = 0; err == 0 && i < SECTIONS; i++)
        for (const struct kit_check *check = sections[i]->checks; check->name; check++)
            if (is_selected (options, check->name))
                run_check (&kit, sections[i], check, report);
    kit_end (&kit);
    return err;
}

void
kit_report_fini (struct kit_report *report)
{
    while (report->count > 0)
        free (report->rows[--report->count].said);
    free (report->rows);
    free (report->image);
    *report = (struct kit_report){0};
}

const char *
kit_verdict_word (enum kit_verdict verdict)
{
    static const char *const words[KIT_VERDICT_COUNT] = {
        [KIT_PASSED] = "passed",
        [KIT_FAILED] = "failed",
        [KIT_NOT_APPLICABLE] = "not applicable",
    };
    return words[verdict];
}

size_t
kit_checks_count (void)
{
    size_t count = 0;
    for (size_t i = 0; i < SECTIONS; i++)
        for (const struct kit_check *check = sections[i]->checks; check->name; check++)
            count++;
    return count;
}

struct kit_row
kit_check_at (size_t index)
{
    for (size_t i = 0; i < SECTIONS; i++)
        for (const struct kit_check *check = sections[i]->checks; check->name; check++)
            if (index-- == 0)
                return (struct kit_row){
                    .section = sections[i]->name, .name = check->name, .rule = check->rule};
    return (struct kit_row){0};
}

bool
kit_has_check (const char *name)
{
    for (size_t i = 0; i < SECTIONS; i++)
        for (const struct kit_check *check = sections[i]->checks; check->name; check++)
            if (strcmp (check->name, name) == 0)
                return true;
    return false;
}
