/* chaos.c: `stui chaos`: finds the scenario and the images that there can be, makes a temporary profile,
 * has chaos run in it, and prints what came of it. */

#include "chaos/chaos.h"

#include "cli/chaos_attach.h"
#include "cli/command.h"
#include "cli/smalltalk.h"
#include "cli/suggest.h"
#include "cli/temporary.h"
#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/path.h"
#include "runtime/sig.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    REAL_IMAGES = 3,
    SIMULATED_IMAGES = 8,
    REAL_IMAGES_MAX = 64, /* about 20 MB each */
    SECONDS = 60,
    SECONDS_MAX = 86400,
    SCENARIO_BYTES_MAX = 65536,
    SCENARIOS_MAX = 64,
};

#define SEED_MAX 999999999999

/* ---- scenarios ------------------------------------------------------------------------------ */

/* Where the shipped ones lie; NULL: they were not found. Caller frees. */
static char *
scenarios_directory (void)
{
    static const char *const places[] = {"../scenarios", "../lib/stui/scenarios"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char *path = path_beside_program (places[i]);
        if (path != NULL && access (path, R_OK | X_OK) == 0)
            return path;
        free (path);
    }
    return NULL;
}

struct names {
    char *items[SCENARIOS_MAX]; /* owned, by name */
    size_t count;
};

static int
name_compare (const void *one, const void *other)
{
    return strcmp (*(char *const *) one, *(char *const *) other);
}

static void
names_read (struct names *self, const char *directory_path)
{
    DIR *directory = directory_path != NULL ? opendir (directory_path) : NULL;
    struct dirent *entry;
    while (directory != NULL && (entry = readdir (directory)) != NULL) {
        size_t size = strlen (entry->d_name);
        if (size > 4 && strcmp (entry->d_name + size - 4, ".ini") == 0
            && self->count < SCENARIOS_MAX)
            self->items[self->count++] = stui_strndup (entry->d_name, size - 4);
    }
    if (directory != NULL)
        closedir (directory);
    qsort (self->items, self->count, sizeof *self->items, name_compare);
}

static void
names_fini (struct names *self)
{
    while (self->count > 0)
        free (self->items[--self->count]);
}

/* Reads the scenario WORD: a shipped one, or a path. False after saying what is wrong. */
static bool
scenario_read (const char *word, struct scenario *scenario)
{
    struct stui_cause cause = {0};
    struct names names = {0};
    char *directory = scenarios_directory ();
    bool is_path = strchr (word, '/') != NULL || strstr (word, ".ini") != NULL;
    char *path = is_path || directory == NULL ? stui_strdup (word)
                                              : stui_printf ("%s/%s.ini", directory, word);
    char *text = path_read (path, SCENARIO_BYTES_MAX, &cause);
    bool is_read = text != NULL && scenario_parse (text, path, scenario, &cause) == 0;
    names_read (&names, directory);
    if (text == NULL && !is_path) {
        char *near = suggest_text (word, (const char *const *) names.items, names.count);
        cli_complain (
            "there is no scenario '%s'%s; `stui chaos --list` names them, and a file of your "
            "own is named by its path",
            word, near);
        free (near);
    }
    else if (!is_read)
        cli_complain ("%s", cause.text);
    names_fini (&names);
    free (text);
    free (path);
    free (directory);
    return is_read;
}

static int
scenarios_list (const struct cli_options *cli)
{
    struct names names = {0};
    struct json *array = json_array ();
    char *directory = scenarios_directory ();
    names_read (&names, directory);
    for (size_t i = 0; i < names.count; i++) {
        struct scenario scenario;
        struct json *row = json_object ();
        if (scenario_read (names.items[i], &scenario)) {
            json_set_text (row, "scenario", names.items[i]);
            json_set_text (row, "about", scenario.about);
            if (!cli->json)
                printf ("%-18s %s\n", names.items[i], scenario.about);
        }
        json_push (array, row);
    }
    if (cli->json)
        cli_print_json (array);
    else if (names.count == 0)
        cli_complain (
            "no scenarios were found beside this program; one of your own is named by its "
            "path");
    int status = names.count > 0 ? STUI_EXIT_DONE : STUI_EXIT_FAILED;
    json_destroy (&array);
    names_fini (&names);
    free (directory);
    return status;
}

/* ---- the command ---------------------------------------------------------------------------- */

struct chaos {
    struct chaos_options options;
    struct scenario *scenarios;      /* owned */
    const struct scenario **in_turn; /* owned; of these */
    char *name;                      /* owned: theirs, each once */
    FILE *fault_log;                 /* owned */
    struct temporary temporary;
    struct chaos_attach attach;
    char *gst, *launcher, *config_path; /* owned */
};

/* An image of the user's own, when one is named: a STUI_EXIT_USAGE after saying why not. */
static int
chaos_read_attached (const struct cli_options *cli, struct chaos *self,
                     const struct arguments *arguments)
{
    struct stui_cause cause = {0};
    const char *name = arguments_value (arguments, "attach");
    bool is_allowed = arguments_has (arguments, "allow");
    if (name == NULL && is_allowed)
        return cli_misuse ("chaos", &command_chaos, "--allow is for --attach IMAGE");
    if (name == NULL)
        return 0;
    if (arguments_has (arguments, "images") || arguments_has (arguments, "sim"))
        return cli_misuse ("chaos", &command_chaos,
                           "--attach is for an image that runs; --images and --sim start others");
    if (!is_allowed) {
        cli_complain ("chaos did not start %s: it would make sessions there, evaluate in them and "
                      "break its own connections to it; say --allow if that is what you want",
                      name);
        return STUI_EXIT_USAGE;
    }
    if (chaos_attach_find (&self->attach, cli->config_path, name, &self->options.attached, &cause)
        < 0) {
        cli_complain ("%s", cause.text);
        return STUI_EXIT_USAGE;
    }
    self->options.images = 1;
    self->options.launcher = self->options.gst = NULL;
    return 0;
}

/* Reads numbers out of the command line: a STUI_EXIT_USAGE after saying which is wrong. */
static int
chaos_read (struct chaos *self, const struct arguments *arguments)
{
    struct stui_cause cause = {0};
    struct chaos_options *options = &self->options;
    bool is_real = arguments_has (arguments, "images");
    int64_t seed = arguments_number (arguments, "seed", 1, 0, SEED_MAX, &cause);
    int64_t real = arguments_number (arguments, "images", REAL_IMAGES, 1, REAL_IMAGES_MAX, &cause);
    int64_t simulated =
        arguments_number (arguments, "sim", SIMULATED_IMAGES, 1, CHAOS_IMAGES_MAX, &cause);
    int64_t duration_ms = arguments_seconds_ms (arguments, "seconds", SECONDS * 1000, 1000, &cause);
    if (cause.err == 0 && is_real && arguments_has (arguments, "sim"))
        stui_fail (&cause, STUI_E_INVALID_REQUEST,
                   "--images are real ones, --sim are simulated ones: give one of the two");
    if (cause.err != 0)
        return cli_misuse ("chaos", &command_chaos, "%s", cause.text);
    options->seed = (uint64_t) seed;
    options->duration_ms = duration_ms;
    if (!arguments_has (arguments, "sim")) {
        self->gst = smalltalk_find_gst ();
        self->launcher = smalltalk_find_launcher ();
    }
    bool has_real = self->gst != NULL && self->launcher != NULL;
    if (is_real && !has_real) {
        cli_complain (
            "there is no GNU Smalltalk for real images: set STUI_GST, or use simulated ones "
            "(--sim)");
        return STUI_EXIT_USAGE;
    }
    options->gst = has_real ? self->gst : NULL;
    options->launcher = has_real ? self->launcher : NULL;
    options->images = (size_t) (has_real ? real : simulated);
    return 0;
}

static int
chaos_show (const struct cli_options *cli, struct chaos *self)
{
    struct stui_cause cause = {0};
    struct chaos_result result;
    sig_block ();
    self->options.signal_fd = sig_open (&cause);
    int err = chaos_run (&self->options, &result, &cause);
    while (sig_next (self->options.signal_fd) > 0)
        ; /* one that ended the run has done its work */
    close (self->options.signal_fd);
    sig_restore ();
    signal (SIGPIPE,
            SIG_IGN); /* a report that nobody reads: what is ours is removed all the same */
    if (err < 0)
        cli_complain ("%s", cause.text);
    if (err < 0 && !(result.is_interrupted && result.faults > 0))
        return result.is_interrupted           ? CLI_EXIT_INTERRUPTED
               : err == STUI_E_INVALID_REQUEST ? STUI_EXIT_USAGE
               : err == STUI_E_UNREACHABLE     ? STUI_EXIT_UNREACHABLE
                                               : STUI_EXIT_FAILED;
    if (cli->json) {
        struct json *out = chaos_report_json (&self->options, &result);
        cli_print_json (out);
        json_destroy (&out);
    }
    else
        chaos_report_print (stdout, &self->options, &result);
    return !chaos_survived (&result) ? STUI_EXIT_FAILED
           : result.is_interrupted   ? CLI_EXIT_INTERRUPTED
                                     : STUI_EXIT_DONE;
}

/* Whether anything is left of it when no image's process may be hit. */
static bool
scenario_spares_processes (const struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->count; i++)
        if (fault_rows[scenario->faults[i].what].place != FAULT_ON_PROCESS)
            return true;
    return false;
}

static void
chaos_add_name (struct chaos *self, const struct arguments *arguments, size_t index)
{
    const char *word = arguments_operand (arguments, index), *slash = strrchr (word, '/');
    for (size_t i = 0; i < index; i++)
        if (strcmp (arguments_operand (arguments, i), word) == 0)
            return;
    char *longer = stui_printf ("%s%s%s", self->name != NULL ? self->name : "",
                                self->name != NULL ? ", " : "", slash != NULL ? slash + 1 : word);
    free (self->name);
    self->name = longer;
}

/* All scenarios that are named: a STUI_EXIT_USAGE after saying what is wrong with one. */
static int
chaos_read_scenarios (struct chaos *self, const struct arguments *arguments)
{
    size_t count = arguments_operands (arguments);
    self->scenarios = stui_alloc (count * sizeof *self->scenarios);
    self->in_turn = stui_alloc (count * sizeof *self->in_turn);
    for (size_t i = 0; i < count; i++) {
        const char *word = arguments_operand (arguments, i);
        self->in_turn[i] = &self->scenarios[i];
        if (!scenario_read (word, &self->scenarios[i]))
            return STUI_EXIT_USAGE;
        if (self->options.attached.name != NULL
            && !scenario_spares_processes (&self->scenarios[i])) {
            cli_complain ("all faults of %s hit the processes of images, and chaos did not start "
                          "%s: choose another scenario (--list)",
                          word, self->options.attached.name);
            return STUI_EXIT_USAGE;
        }
        chaos_add_name (self, arguments, i);
    }
    self->options.name = self->name;
    self->options.scenarios = self->in_turn;
    self->options.scenario_count = count;
    return 0;
}

/* Opens the file that --faults names. */
static bool
chaos_open_log (struct chaos *self, const struct arguments *arguments)
{
    const char *path = arguments_value (arguments, "faults");
    if (path == NULL)
        return true;
    self->options.fault_log = self->fault_log = fopen (path, "we");
    if (self->fault_log == NULL)
        cli_complain ("--faults: the file '%s' cannot be written: %s", path, strerror (errno));
    return self->fault_log != NULL;
}

static int
chaos_do (const struct cli_options *cli, struct chaos *self, const struct arguments *arguments)
{
    int status = chaos_read_scenarios (self, arguments);
    if (status != 0)
        return status;
    if (!chaos_open_log (self, arguments))
        return STUI_EXIT_USAGE;
    if (!temporary_make (&self->temporary, "chaos"))
        return STUI_EXIT_FAILED;
    self->config_path = stui_printf ("%s/config/stui.ini", self->temporary.directory);
    self->options.program = "/proc/self/exe";
    self->options.profile = "chaos";
    self->options.directory = self->temporary.directory;
    self->options.config_path = self->config_path;
    self->options.live = cli->json ? NULL : stdout;
    return chaos_show (cli, self);
}

static int
chaos_run_command (const struct cli_options *cli, const struct arguments *arguments)
{
    struct chaos self = {0};
    if (arguments_has (arguments, "list") && arguments_operands (arguments) > 0)
        return cli_misuse (
            "chaos", &command_chaos,
            "--list names the scenarios that come with stui, and takes none; without "
            "it %s is run",
            arguments_operand (arguments, 0));
    if (arguments_has (arguments, "list"))
        return scenarios_list (cli);
    if (arguments_operands (arguments) == 0)
        return cli_misuse ("chaos", &command_chaos,
                           "no scenario is named; `stui chaos --list` lists them");
    int status = chaos_read (&self, arguments);
    if (status == 0)
        status = chaos_read_attached (cli, &self, arguments);
    if (status == 0)
        status = chaos_do (cli, &self, arguments);
    temporary_remove (&self.temporary);
    chaos_attach_fini (&self.attach);
    if (self.fault_log != NULL)
        fclose (self.fault_log);
    free (self.scenarios);
    free (self.in_turn);
    free (self.name);
    free (self.config_path);
    free (self.launcher);
    free (self.gst);
    return status;
}

static const struct option_row chaos_options[] = {
    {"list", 0, NULL, "name the scenarios that come with stui"},
    {"images", 0, "N", "with N real images (3, where there is a GNU Smalltalk)"},
    {"sim", 0, "N", "with N simulated images (8)"},
    {"attach", 0, "IMAGE", "before this image of yours; with --allow"},
    {"allow", 0, NULL, "that image is touched: sessions are made, used and closed there"},
    {"seconds", 0, "S", "how long there are faults of each scenario (60)"},
    {"faults", 0, "FILE", "note each fault there: what was planned, and when it began"},
    {"seed", 0, "N", "the same seed gives the same faults at the same moments (1)"},
    {0},
};

const struct command command_chaos = {
    .name = "chaos",
    .usage = "SCENARIO… [--images N | --sim N | --attach IMAGE --allow] [--seconds S]",
    .summary = "faults between stui and images, and a verdict on what survived",
    .help =
        "A stui of its own, in a temporary profile, works on images that are started for it, "
        "while\n"
        "the scenario's faults hit the network between them, the images and stui. Each evaluation\n"
        "has a number, each session in an image counts: what was lost, ran twice or came to the\n"
        "wrong place is seen by comparing. Nothing of yours is touched: neither your images nor\n"
        "your profile; but with --attach the proxy stands before an image of yours, where "
        "sessions\n"
        "are made and closed again. SCENARIO is one of --list, or the path of a file of your own;\n"
        "several are run in turn, with the same stui, images and sessions.\n"
        "Exit status: 1 when anything was lost, ran twice, was crossed, stayed away or leaked; 3 "
        "when\n"
        "the images could not be had, so that nothing was tried; 130 after ^C, which ends the run "
        "and\n"
        "reports what was counted until then.",
    .options = chaos_options,
    .most = SCENARIOS_MAX,
    .run = chaos_run_command,
};
