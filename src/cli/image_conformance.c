/* image_conformance.c: `stui image test --conformance`: the conformance kit against one image, as a
 * table or as JSON. The kit runs in this process; an owner is asked only where a configured image
 * is, and where its token. */

#include "cli/images.h"
#include "cli/image.h"
#include "cli/render.h"
#include "cli/suggest.h"
#include "conformance/kit.h"
#include "runtime/address.h"
#include "runtime/alloc.h"
#include "runtime/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct target {
    char *address;     /* owned */
    char *token_file;  /* owned; NULL */
    char *token;       /* owned; NULL */
    bool is_secret;    /* it is in the vault, which gives it to supervisors alone */
    bool is_encrypted; /* it speaks CURVE, which the kit does not */
};

static void
target_fini (struct target *self)
{
    free (self->address);
    free (self->token_file);
    free (self->token);
}

/* The first line of the token file. */
static bool
target_read_token (struct target *self)
{
    char token[STUI_TOKEN_MAX + 2] = "";
    FILE *file = fopen (self->token_file, "re");
    size_t size = file != NULL ? fread (token, 1, sizeof token - 1, file) : 0;
    int fault = file == NULL || ferror (file) ? errno : 0;
    if (file != NULL)
        fclose (file);
    if (fault != 0) {
        cli_complain ("the token file %s cannot be read: %s", self->token_file, strerror (fault));
        return false;
    }
    token[size] = '\0';
    token[strcspn (token, "\r\n")] = '\0';
    if (*token == '\0' || strlen (token) > STUI_TOKEN_MAX) {
        cli_complain ("the token file %s must hold 1 to %d bytes in its first line",
                      self->token_file, STUI_TOKEN_MAX);
        return false;
    }
    self->token = stui_strdup (token);
    return true;
}

/* Where the configured image NAME is, which may be changed. 0, or an exit status after saying what
 * is wrong. */
static int
target_of_name (struct target *self, const struct cli_options *cli, const char *name,
                const struct arguments *arguments)
{
    struct client *client = images_open (cli);
    struct json *images = client != NULL ? images_config (client) : NULL;
    int exit_status = images != NULL ? STUI_EXIT_DONE : STUI_EXIT_FAILED;
    if (images != NULL
        && (!images_require (images, name) || !images_confirm_one (images, name, arguments)))
        exit_status = STUI_EXIT_USAGE;
    else if (images != NULL) {
        const struct json *image = images_find (images, name);
        const char *token_file = json_get_text (image, "token_file");
        self->is_secret = json_get_text (image, "token_secret") != NULL;
        self->is_encrypted = json_get_text (image, "server_key") != NULL;
        self->address = stui_strdup (json_get_text (image, "address"));
        if (json_get_text (image, "via") != NULL) {
            cli_complain ("%s is behind SSH, and the kit connects directly: run it on %s, or give "
                          "it the address of a tunnel of your own (ssh -L)",
                          name, json_get_text (image, "via"));
            exit_status = STUI_EXIT_USAGE;
        }
        self->token_file = token_file != NULL ? stui_strdup (token_file) : NULL;
    }
    json_destroy (&images);
    client_close (&client);
    return exit_status;
}

/* Whether the image at ADDRESS may be changed: a protected one is so under whatever word it is found. */
static int
target_of_address (struct target *self, const struct cli_options *cli, const char *address,
                   const struct arguments *arguments)
{
    struct client *client = images_open (cli);
    struct json *images = client != NULL ? images_config (client) : NULL;
    int exit_status = images != NULL ? STUI_EXIT_DONE : STUI_EXIT_FAILED;
    for (const struct json *image = json_first (images); image != NULL; image = json_next (image)) {
        const char *its_address = json_get_text (image, "address");
        if (its_address != NULL && strcmp (its_address, address) == 0
            && !images_confirm_one (images, json_get_text (image, "name"), arguments))
            exit_status = STUI_EXIT_USAGE;
    }
    self->address = stui_strdup (address);
    json_destroy (&images);
    client_close (&client);
    return exit_status;
}

static int
target_of_word (struct target *self, const struct cli_options *cli,
                const struct arguments *arguments)
{
    const char *word = arguments_operand (arguments, 0);
    struct stui_cause cause = {0};
    struct address address;
    char text[STUI_ADDRESS_MAX];
    if (strchr (word, ':') == NULL)
        return target_of_name (self, cli, word, arguments);
    if (address_parse (word, &address, &cause) < 0) {
        cli_complain ("%s", cause.text);
        return STUI_EXIT_USAGE;
    }
    address_format (&address, text);
    return target_of_address (self, cli, text, arguments);
}

static int
target_find (struct target *self, const struct cli_options *cli, const struct arguments *arguments)
{
    int exit_status = target_of_word (self, cli, arguments);
    const char *given = arguments_value (arguments, "token-file");
    self->is_encrypted |= arguments_has (arguments, "server-key");
    if (exit_status == STUI_EXIT_DONE && self->is_encrypted) {
        cli_complain ("the checks are made of bytes in plain, and this image speaks CURVE alone: "
                      "start it without for the time of the test, and name its ADDRESS");
        exit_status = STUI_EXIT_FAILED;
    }
    if (exit_status == STUI_EXIT_DONE && given != NULL) {
        free (self->token_file);
        self->token_file = stui_strdup (given);
    }
    if (exit_status == STUI_EXIT_DONE && self->token_file == NULL && self->is_secret) {
        cli_complain ("its token is a secret, which no command gets to see: name a file that holds "
                      "the token by --token-file");
        exit_status = STUI_EXIT_FAILED;
    }
    if (exit_status == STUI_EXIT_DONE && self->token_file != NULL && !target_read_token (self))
        exit_status = STUI_EXIT_FAILED;
    return exit_status;
}

/* The checks that are asked for. */
struct choice {
    char **names; /* owned, ending with NULL; NULL: all */
    size_t count, capacity;
};

/* Adds the names in LIST, with commas between. The first that is none, which the choice owns; NULL:
 * all are checks. */
static const char *
choice_add (struct choice *self, const char *list)
{
    for (const char *at = list; *at != '\0';) {
        size_t size = strcspn (at, ",");
        char *name = stui_strndup (at, size);
        stui_grow (&self->names, &self->capacity, self->count + 1, sizeof *self->names);
        self->names[self->count++] = name;
        if (!kit_has_check (name))
            return name;
        at += size + (at[size] == ',');
    }
    return NULL;
}

/* What there is instead of WRONG, which is no check: the near ones, or else all. Caller frees. */
static char *
choice_known (const char *wrong)
{
    size_t count = kit_checks_count ();
    const char **names = stui_alloc (count * sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = kit_check_at (i).name;
    char *text = suggest_text (wrong, names, count);
    bool near = *text != '\0';
    for (size_t i = 0; i < count && !near; i++) {
        char *longer = stui_printf ("%s%s%s", text, i == 0 ? "; the checks are " : ", ", names[i]);
        free (text);
        text = longer;
    }
    free (names);
    return text;
}

static void
choice_fini (struct choice *self)
{
    while (self->count > 0)
        free (self->names[--self->count]);
    free (self->names);
}

/* ---- what came of it ---------------------------------------------------------------------------- */

static enum render_color
verdict_color (enum kit_verdict verdict)
{
    static const enum render_color colors[KIT_VERDICT_COUNT] = {
        [KIT_PASSED] = RENDER_GOOD,
        [KIT_FAILED] = RENDER_BAD,
        [KIT_NOT_APPLICABLE] = RENDER_FAINT,
    };
    return colors[verdict];
}

/* What was expected stands below the table too, in full: a narrow terminal cuts it there. */
static void
conformance_print (const struct cli_options *cli, const struct kit_report *report)
{
    static const struct render_column columns[] = {
        {.title = "SECTION"},
        {.title = "CHECK"},
        {.title = "VERDICT"},
        {.title = "RULE, OR WHAT CAME", .flexible = true},
        {0},
    };
    struct render_table *table = render_table_new (columns);
    for (size_t i = 0; i < report->count; i++) {
        const struct kit_row *row = &report->rows[i];
        render_cell (table, row->section, RENDER_PLAIN);
        render_cell (table, row->name, RENDER_PLAIN);
        render_cell (table, kit_verdict_word (row->verdict), verdict_color (row->verdict));
        render_cell (table, row->said != NULL ? row->said : row->rule, RENDER_PLAIN);
    }
    cli_print_table (cli, &table);
    for (size_t i = 0; i < report->count; i++) {
        const struct kit_row *row = &report->rows[i];
        if (row->verdict != KIT_FAILED)
            continue;
        char *said = render_line (row->said);
        printf ("\n%s: %s\n  %s\n", row->name, row->rule, said);
        free (said);
    }
    printf ("\n%zu passed, %zu failed, %zu not applicable\n", report->counts[KIT_PASSED],
            report->counts[KIT_FAILED], report->counts[KIT_NOT_APPLICABLE]);
}

static void
conformance_print_json (const char *address, const struct kit_report *report)
{
    struct json *out = json_object (), *rows = json_array ();
    for (size_t i = 0; i < report->count; i++) {
        const struct kit_row *row = &report->rows[i];
        struct json *one = json_object ();
        json_set_text (one, "section", row->section);
        json_set_text (one, "check", row->name);
        json_set_text (one, "rule", row->rule);
        json_set_text (one, "verdict", kit_verdict_word (row->verdict));
        json_set_text (one, "said", row->said);
        json_set_number (one, "took_ms", row->took_ms);
        json_push (rows, one);
    }
    json_set_text (out, "address", address);
    json_set_text (out, "image", report->image);
    json_set_bool (out, "older", report->is_older);
    json_set_number (out, "passed", (int64_t) report->counts[KIT_PASSED]);
    json_set_number (out, "failed", (int64_t) report->counts[KIT_FAILED]);
    json_set_number (out, "not_applicable", (int64_t) report->counts[KIT_NOT_APPLICABLE]);
    json_set (out, "checks", rows);
    cli_print_json (out);
    json_destroy (&out);
}

static int
conformance_run (const struct cli_options *cli, const struct kit_options *options)
{
    struct kit_report report;
    struct stui_cause cause = {0};
    if (!cli->json) {
        printf ("%s is tried against the protocol. This creates sessions in it and defines classes "
                "named StuiConformance…, and takes them away again; nobody is fenced\n\n",
                options->address);
        fflush (stdout);
    }
    int err = kit_run (options, &report, &cause);
    int exit_status = err == STUI_E_AUTHENTICATION    ? STUI_EXIT_FAILED
                      : err != 0                      ? STUI_EXIT_UNREACHABLE
                      : report.counts[KIT_FAILED] > 0 ? STUI_EXIT_FAILED
                                                      : STUI_EXIT_DONE;
    if (err != 0)
        cli_complain ("%s", cause.text);
    else if (cli->json)
        conformance_print_json (options->address, &report);
    else {
        char *image = render_line (report.image);
        printf ("%s\n\n", image);
        free (image);
        conformance_print (cli, &report);
    }
    kit_report_fini (&report);
    return exit_status;
}

int
image_conformance_run (const struct cli_options *cli, const struct arguments *arguments)
{
    const char *wrong = NULL, *list;
    struct target target = {0};
    struct choice choice = {0};
    size_t cursor = 0;
    int exit_status = STUI_EXIT_USAGE;
    while (wrong == NULL && (list = arguments_next (arguments, "check", &cursor)) != NULL)
        wrong = choice_add (&choice, list);
    if (wrong != NULL) {
        char *known = choice_known (wrong);
        cli_misuse ("image test", &image_test, "there is no check '%s'%s", wrong, known);
        free (known);
    }
    else if (cli->read_only)
        exit_status = cli_refuse ("image test --conformance");
    else
        exit_status = target_find (&target, cli, arguments);
    if (wrong == NULL && !cli->read_only && exit_status == STUI_EXIT_DONE) {
        struct kit_options options = {
            .address = target.address,
            .token = target.token,
            .checks = (const char *const *) choice.names,
        };
        exit_status = conformance_run (cli, &options);
    }
    target_fini (&target);
    choice_fini (&choice);
    return exit_status;
}
