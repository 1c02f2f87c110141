/* sim_faults_read.c: the file of faults to rules. A line is what config_line.h says that it is. */

#include "sim/sim_faults.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/config_line.h"

enum { VALUE_MAX = 400, EVERY_MAX = 1000000000, IMAGE_MAX = 10000 };

struct parser {
    const char *name; /* of the file */
    int line;
    struct sim_faults *faults;
    bool (*is_command) (const char *word);
    struct stui_cause *cause;
};

/* `FILE:LINE: …, expected …`. Returns false. */
static bool __attribute__ ((format (printf, 2, 3)))
fail (struct parser *self, const char *format, ...)
{
    char text[STUI_CAUSE_MAX];
    va_list args;
    va_start (args, format);
    vsnprintf (text, sizeof text, format, args);
    va_end (args);
    stui_fail (self->cause, STUI_E_MALFORMED, "%.200s:%d: %s", self->name, self->line, text);
    return false;
}

static struct sim_faults_rule *
rule_of (struct parser *self)
{
    return &self->faults->rules[self->faults->count - 1];
}

/* ---- Values ---------------------------------------------------------------------------------- */

/* Digits alone, at most BOUND; -1 otherwise. */
static int64_t
number_of (const char *text, size_t size, int64_t bound)
{
    int64_t number = 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9' || number > bound)
            return -1;
        number = number * 10 + (text[i] - '0');
    }
    return size > 0 && number <= bound ? number : -1;
}

/* "LOW..HIGH", or one number for both. */
static bool
range_of (const char *text, int64_t low, int64_t high, struct sim_faults_range *range)
{
    const char *dots = strstr (text, "..");
    size_t first = dots ? (size_t) (dots - text) : strlen (text);
    range->low = range->high = number_of (text, first, high);
    if (dots)
        range->high = number_of (dots + 2, strlen (dots + 2), high);
    return range->low >= low && range->high >= range->low;
}

static bool
take_range (struct parser *self, const char *key, const char *value, int64_t low, int64_t high,
            struct sim_faults_range *range)
{
    return range_of (value, low, high, range)
           || fail (self, "%s is '%.60s', expected LOW..HIGH from %" PRId64 " to %" PRId64, key,
                    value, low, high);
}

static bool
take_number (struct parser *self, const char *key, const char *value, int64_t low, int64_t high,
             int64_t *number)
{
    *number = number_of (value, strlen (value), high);
    return *number >= low
           || fail (self, "%s is '%.60s', expected a number from %" PRId64 " to %" PRId64, key,
                    value, low, high);
}

static bool
take_chance (struct parser *self, const char *value)
{
    char *end;
    double chance = strspn (value, "0123456789.") == strlen (value) ? strtod (value, &end) : -1;
    rule_of (self)->chance = (int64_t) (chance * SIM_FAULTS_CERTAIN + 0.5);
    return (*value && chance <= 1 && rule_of (self)->chance > 0)
           || fail (self, "chance is '%.60s', expected a number above 0, as 0.05, up to 1", value);
}

/* The next word between commas, from *AT on; false after the last. */
static bool
word_next (const char **at, char word[VALUE_MAX])
{
    *at += strspn (*at, " \t,");
    size_t size = strcspn (*at, ",");
    snprintf (word, VALUE_MAX, "%.*s", (int) size, *at);
    *at += size;
    for (size_t i = strlen (word); i > 0 && (word[i - 1] == ' ' || word[i - 1] == '\t'); i--)
        word[i - 1] = '\0';
    return *word != '\0';
}

static bool
take_images (struct parser *self, const char *value)
{
    struct sim_faults_rule *rule = rule_of (self);
    char word[VALUE_MAX];
    for (const char *at = value; word_next (&at, word); rule->image_count++)
        if (rule->image_count == SIM_FAULTS_SPANS_MAX
            || !range_of (word, 1, IMAGE_MAX, &rule->images[rule->image_count]))
            return fail (self,
                         "images has '%.60s', expected at most %d numbers or LOW..HIGH, as 1..5, 8",
                         word, SIM_FAULTS_SPANS_MAX);
    return rule->image_count > 0
           || fail (self, "images is empty, expected numbers or LOW..HIGH, as 1..5, 8");
}

static bool
take_commands (struct parser *self, const char *value)
{
    struct sim_faults_rule *rule = rule_of (self);
    char word[VALUE_MAX];
    for (const char *at = value; word_next (&at, word);) {
        if (rule->command_count == SIM_FAULTS_COMMANDS_MAX || !self->is_command (word))
            return fail (self,
                         "command has '%.60s', expected at most %d commands of the protocol, "
                         "as evaluate, hello",
                         word, SIM_FAULTS_COMMANDS_MAX);
        rule->commands[rule->command_count++] = stui_strdup (word);
    }
    return rule->command_count > 0
           || fail (self,
                    "command is empty, expected commands of the protocol, as evaluate, hello");
}

static bool
take_identity (struct parser *self, const char *value)
{
    rule_of (self)->is_new_identity = strcmp (value, "new") == 0;
    return rule_of (self)->is_new_identity || strcmp (value, "same") == 0
           || fail (self, "identity is '%.60s', expected same or new", value);
}

static const int kind_has[SIM_FAULTS_COUNT] = {
#define X(symbol, word, has, help) [SIM_FAULTS_##symbol] = has,
    SIM_FAULTS (X)
#undef X
};

static bool
take_pair (struct parser *self, const char *key, const char *value)
{
    struct sim_faults_rule *rule = self->faults->count > 0 ? rule_of (self) : NULL;
    if (!rule)
        return fail (self, "%.60s before any section, expected a fault, as [late]", key);
    int has = kind_has[rule->kind];
    if (strcmp (key, "chance") == 0)
        return take_chance (self, value);
    if (strcmp (key, "every") == 0)
        return take_number (self, key, value, 1, EVERY_MAX, &rule->every);
    if (strcmp (key, "after") == 0)
        return take_number (self, key, value, 0, SIM_FAULTS_MS_MAX, &rule->after_ms);
    if (strcmp (key, "images") == 0)
        return take_images (self, value);
    if (strcmp (key, "command") == 0)
        return take_commands (self, value);
    if (strcmp (key, "ms") == 0 && (has & SIM_FAULTS_HAS_MS))
        return take_range (self, key, value, 0, SIM_FAULTS_MS_MAX, &rule->ms);
    if (strcmp (key, "bytes") == 0 && (has & SIM_FAULTS_HAS_BYTES))
        return take_range (self, key, value, 1, SIM_FAULTS_BYTES_MAX, &rule->bytes);
    if (strcmp (key, "identity") == 0 && (has & SIM_FAULTS_HAS_IDENTITY))
        return take_identity (self, value);
    return fail (self,
                 "%.60s is no key of [%s], expected %s%s%severy, chance, after, images or command",
                 key, sim_faults_word (rule->kind), has & SIM_FAULTS_HAS_MS ? "ms, " : "",
                 has & SIM_FAULTS_HAS_BYTES ? "bytes, " : "",
                 has & SIM_FAULTS_HAS_IDENTITY ? "identity, " : "");
}

/* ---- Sections -------------------------------------------------------------------------------- */

/* The rule before is complete. */
static bool
end_rule (struct parser *self)
{
    struct sim_faults_rule *rule = self->faults->count > 0 ? rule_of (self) : NULL;
    if (!rule)
        return true;
    if (rule->chance > 0 && rule->every > 0)
        return fail (self, "[%s] before this line has chance and every, expected one of them",
                     sim_faults_word (rule->kind));
    if (rule->chance == 0 && rule->every == 0)
        rule->every = 1;
    return true;
}

static bool
begin_rule (struct parser *self, struct config_span bare)
{
    char word[VALUE_MAX];
    if (!end_rule (self))
        return false;
    snprintf (word, sizeof word, "%.*s", (int) strcspn (bare.start + 1, "]\n"), bare.start + 1);
    enum sim_faults_kind kind = SIM_FAULTS_NONE + 1;
    while (kind < SIM_FAULTS_COUNT && strcmp (sim_faults_word (kind), word) != 0)
        kind++;
    if (kind == SIM_FAULTS_COUNT)
        return fail (self, "[%.60s] is no fault, expected one of `stui sim --list-faults`", word);
    if (self->faults->count == SIM_FAULTS_RULES_MAX)
        return fail (self, "[%s] is one too many, expected at most %d sections", word,
                     SIM_FAULTS_RULES_MAX);
    self->faults->rules[self->faults->count++] = (struct sim_faults_rule){
        .kind = kind,
        .ms = {200, 3000},
        .bytes = {10500000, 20000000},
    };
    return true;
}

static bool
take_line (struct parser *self, const struct config_line *line)
{
    char key[VALUE_MAX], value[VALUE_MAX];
    if (line->kind == CONFIG_LINE_BLANK || line->kind == CONFIG_LINE_COMMENT)
        return true;
    if (config_line_is_section (line))
        return begin_rule (self, line->bare);
    if (line->kind != CONFIG_LINE_PAIR || config_span_size (line->word) >= VALUE_MAX
        || config_span_size (line->value) >= VALUE_MAX)
        return fail (self,
                     "this is neither a section nor a pair, expected [FAULT] or KEY = VALUE "
                     "of at most %d bytes",
                     VALUE_MAX - 1);
    snprintf (key, sizeof key, "%.*s", (int) config_span_size (line->word), line->word.start);
    snprintf (value, sizeof value, "%.*s", (int) config_span_size (line->value), line->value.start);
    return take_pair (self, key, value);
}

struct sim_faults *
sim_faults_read (const char *text, const char *name, uint64_t seed,
                 bool (*is_command) (const char *word), struct stui_cause *cause)
{
    struct sim_faults *faults = stui_alloc (sizeof *faults);
    struct parser parser = {
        .name = name, .faults = faults, .is_command = is_command, .cause = cause};
    struct config_line line;
    bool is_good = true;
    faults->seed = seed;
    for (const char *at = config_line_start (text); is_good && config_line_read (at, &line);
         at = line.all.end) {
        parser.line++;
        is_good = take_line (&parser, &line);
    }
    is_good = is_good && end_rule (&parser);
    if (is_good && faults->count == 0)
        is_good = fail (&parser, "there is no section, expected a fault, as [late]");
    if (!is_good)
        sim_faults_destroy (&faults);
    return faults;
}
