/* scenario.c: see scenario.h. Lines are told apart by runtime/config_line.c. Pure. */

#include "chaos/scenario.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/config_line.h"

enum { HOUR_MS = 3600000 };

const struct fault_row fault_rows[FAULT_KIND_COUNT] = {
#define X(symbol, word, place, lasts, low, high, unit)                                             \
    [FAULT_##symbol] = {word, place, lasts, low, high, unit},
    FAULTS (X)
#undef X
};

static const char *const way_words[FAULT_WAY_COUNT] = {
    [FAULT_BOTH] = "both",
    [FAULT_UP] = "up",
    [FAULT_BACK] = "down",
};

static const char *const who_words[FAULT_WHO_COUNT] = {
    [FAULT_EACH] = "each",
    [FAULT_ONE] = "one",
    [FAULT_HALF] = "half",
    [FAULT_ALL] = "all",
};

enum key {
    KEY_ABOUT,
    KEY_SESSIONS,
    KEY_PACE,
    KEY_WHAT, /* from here on of a fault */
    KEY_WHO,
    KEY_WAY,
    KEY_FIRST,
    KEY_EVERY,
    KEY_JITTER,
    KEY_FOR,
    KEY_CHANCE,
    KEY_AMOUNT,
    KEY_COUNT
};

static const struct key_row {
    const char *word;
    int64_t low, high; /* of a number */
} key_rows[KEY_COUNT] = {
    [KEY_ABOUT] = {"about", 0, 0},
    [KEY_SESSIONS] = {"sessions", 1, 16},
    [KEY_PACE] = {"pace_ms", 0, HOUR_MS},
    [KEY_WHAT] = {"what", 0, 0},
    [KEY_WHO] = {"who", 0, 0},
    [KEY_WAY] = {"way", 0, 0},
    [KEY_FIRST] = {"first_ms", 0, HOUR_MS},
    [KEY_EVERY] = {"every_ms", 10, HOUR_MS},
    [KEY_JITTER] = {"jitter_ms", 0, HOUR_MS},
    [KEY_FOR] = {"for_ms", 0, HOUR_MS},
    [KEY_CHANCE] = {"chance", 0, 100},
    [KEY_AMOUNT] = {"amount", 1, 1000000000},
};

struct parser {
    const char *name; /* of the file */
    int line;
    bool is_in_scenario;
    int scenario_line; /* where that began; 0: nowhere yet */
    unsigned seen;     /* the keys of this section, by bits */
    struct scenario *scenario;
    struct stui_cause *cause;
};
static_assert (KEY_COUNT <= 32, "the bits of seen");

static int __attribute__ ((format (printf, 3, 4)))
parser_fail (const struct parser *self, int line, const char *format, ...)
{
    char text[STUI_CAUSE_MAX];
    va_list args;
    va_start (args, format);
    vsnprintf (text, sizeof text, format, args);
    va_end (args);
    return stui_fail (self->cause, STUI_E_MALFORMED, "%.100s:%d: %s", self->name, line, text);
}

static int
span_shown (struct config_span span)
{
    size_t size = config_span_size (span);
    return (int) (size < 40 ? size : 40);
}

static struct scenario_fault *
parser_fault (const struct parser *self)
{
    struct scenario *scenario = self->scenario;
    return scenario->count > 0 && !self->is_in_scenario ? &scenario->faults[scenario->count - 1]
                                                        : NULL;
}

/* ---- sections ------------------------------------------------------------------------------- */

/* The section that was read has all that it needs. */
static int
parser_end_section (const struct parser *self)
{
    const struct scenario_fault *fault = parser_fault (self);
    if (fault == NULL)
        return 0;
    const struct fault_row *row = &fault_rows[fault->what];
    if ((self->seen & 1U << KEY_WHAT) == 0)
        return parser_fail (self, fault->line, "the fault \"%s\" lacks its kind, expected what = …",
                            fault->name);
    if (row->place != FAULT_ON_LINK && (self->seen & 1U << KEY_WAY) != 0)
        return parser_fail (self, fault->line,
                            "the fault \"%s\" (%s) hits no connection, expected no way",
                            fault->name, row->word);
    if (fault->amount == 0 && row->high > 0)
        return parser_fail (self, fault->line,
                            "the fault \"%s\" lacks its amount, expected amount = %s", fault->name,
                            row->unit);
    if (row->high > 0 ? fault->amount < row->low || fault->amount > row->high : fault->amount > 0)
        return parser_fail (self, fault->line,
                            row->high > 0
                                ? "the amount of \"%s\" is out of range, expected %lld to %lld"
                                : "the fault \"%s\" takes no amount, expected none",
                            fault->name, (long long) row->low, (long long) row->high);
    if (row->lasts != (fault->for_ms > 0))
        return parser_fail (self, fault->line, "the fault \"%s\" (%s) %s", fault->name, row->word,
                            row->lasts ? "lasts, expected for_ms above 0"
                                       : "is over at once, expected no for_ms");
    return 0;
}

/* [fault "NAME"] or [fault NAME]: the name; an empty one for another header. */
static struct config_span
header_name (struct config_span bare)
{
    static const char word[] = "[fault";
    size_t size = sizeof word - 1;
    const char *end = memchr (bare.start, ']', config_span_size (bare));
    if (end == NULL || (size_t) (end - bare.start) <= size || memcmp (bare.start, word, size) != 0)
        return (struct config_span){bare.start, bare.start};
    const char *start = bare.start + size;
    while (start < end && (*start == ' ' || *start == '"'))
        start++;
    while (end > start && (end[-1] == ' ' || end[-1] == '"'))
        end--;
    return (struct config_span){start, end};
}

static int
parser_begin_fault (struct parser *self, struct config_span name)
{
    struct scenario *scenario = self->scenario;
    for (size_t i = 0; i < scenario->count; i++)
        if (config_span_is (name, scenario->faults[i].name))
            return parser_fail (self, self->line,
                                "the fault \"%s\" a second time, first in line %d, expected "
                                "another name",
                                scenario->faults[i].name, scenario->faults[i].line);
    if (config_span_size (name) > SCENARIO_NAME_MAX)
        return parser_fail (self, self->line, "the fault's name is too long, expected %d bytes",
                            SCENARIO_NAME_MAX);
    if (scenario->count == SCENARIO_FAULTS_MAX)
        return parser_fail (self, self->line, "too many faults, expected %d at most",
                            SCENARIO_FAULTS_MAX);
    struct scenario_fault *fault = &scenario->faults[scenario->count++];
    *fault = (struct scenario_fault){.line = self->line, .every_ms = 5000, .chance = 100};
    snprintf (fault->name, sizeof fault->name, "%.*s", (int) config_span_size (name), name.start);
    self->is_in_scenario = false;
    return 0;
}

static int
parser_begin_section (struct parser *self, const struct config_line *line)
{
    struct config_span name = header_name (line->bare);
    int err = parser_end_section (self);
    self->seen = 0;
    if (err < 0)
        return err;
    if (config_span_size (name) > 0)
        return parser_begin_fault (self, name);
    self->is_in_scenario = memcmp (line->bare.start, "[scenario]", 10) == 0;
    if (self->is_in_scenario && self->scenario_line > 0)
        return parser_fail (self, self->line,
                            "[scenario] a second time, first in line %d, expected once",
                            self->scenario_line);
    if (self->is_in_scenario) {
        self->scenario_line = self->line;
        return 0;
    }
    return parser_fail (self, self->line,
                        "an unknown section %.*s, expected [scenario] or [fault \"NAME\"]",
                        span_shown (line->bare), line->bare.start);
}

/* ---- values --------------------------------------------------------------------------------- */

/* The index of VALUE among COUNT words; -1 after saying which there are. */
static int
parser_choose (const struct parser *self, const char *key, struct config_span value,
               const char *const *words, size_t count)
{
    char known[200] = "";
    for (size_t i = 0; i < count; i++) {
        if (config_span_is (value, words[i]))
            return (int) i;
        size_t size = strlen (known);
        snprintf (known + size, sizeof known - size, "%s%s", i == 0 ? "" : ", ", words[i]);
    }
    return parser_fail (self, self->line, "%s = %.*s, expected one of %s", key, span_shown (value),
                        value.start, known);
}

static int
parser_take_word (struct parser *self, enum key key, struct config_span value)
{
    struct scenario_fault *fault = parser_fault (self);
    const char *kinds[FAULT_KIND_COUNT];
    for (size_t i = 0; i < FAULT_KIND_COUNT; i++)
        kinds[i] = fault_rows[i].word;
    int chosen = key == KEY_WHAT  ? parser_choose (self, "what", value, kinds, FAULT_KIND_COUNT)
                 : key == KEY_WHO ? parser_choose (self, "who", value, who_words, FAULT_WHO_COUNT)
                                  : parser_choose (self, "way", value, way_words, FAULT_WAY_COUNT);
    if (chosen < 0)
        return chosen;
    if (key == KEY_WHAT)
        fault->what = (enum fault_kind) chosen;
    else if (key == KEY_WHO)
        fault->who = (enum fault_who) chosen;
    else
        fault->way = (enum fault_way) chosen;
    return 0;
}

static int
parser_take_number (struct parser *self, enum key key, struct config_span value)
{
    struct scenario_fault *fault = parser_fault (self);
    int64_t *const fields[KEY_COUNT] = {
        [KEY_SESSIONS] = &self->scenario->sessions,
        [KEY_PACE] = &self->scenario->pace_ms,
        [KEY_FIRST] = fault != NULL ? &fault->first_ms : NULL,
        [KEY_EVERY] = fault != NULL ? &fault->every_ms : NULL,
        [KEY_JITTER] = fault != NULL ? &fault->jitter_ms : NULL,
        [KEY_FOR] = fault != NULL ? &fault->for_ms : NULL,
        [KEY_CHANCE] = fault != NULL ? &fault->chance : NULL,
        [KEY_AMOUNT] = fault != NULL ? &fault->amount : NULL,
    };
    const struct key_row *row = &key_rows[key];
    int64_t number = 0;
    bool is_number = value.start < value.end;
    for (const char *at = value.start; is_number && at < value.end; at++) {
        is_number = *at >= '0' && *at <= '9' && number <= row->high;
        number = number * 10 + (*at - '0');
    }
    if (!is_number || number < row->low || number > row->high)
        return parser_fail (self, self->line, "%s = %.*s, expected a whole number, %lld to %lld",
                            row->word, span_shown (value), value.start, (long long) row->low,
                            (long long) row->high);
    *fields[key] = number;
    return 0;
}

static int
parser_take_pair (struct parser *self, const struct config_line *line)
{
    enum key key = 0;
    while (key < KEY_COUNT && !config_span_is (line->word, key_rows[key].word))
        key++;
    if (!self->is_in_scenario && parser_fault (self) == NULL)
        return parser_fail (self, self->line, "a key before any section, expected [scenario]");
    if (key == KEY_COUNT || (key < KEY_WHAT) != self->is_in_scenario)
        return parser_fail (self, self->line, "an unknown key %.*s, expected %s",
                            span_shown (line->word), line->word.start,
                            self->is_in_scenario
                                ? "about, sessions or pace_ms"
                                : "what, who, way, first_ms, every_ms, jitter_ms, for_ms, chance "
                                  "or amount");
    if ((self->seen & 1U << key) != 0)
        return parser_fail (self, self->line, "%s a second time, expected once",
                            key_rows[key].word);
    self->seen |= 1U << key;
    if (key == KEY_ABOUT) {
        snprintf (self->scenario->about, sizeof self->scenario->about, "%.*s",
                  (int) config_span_size (line->value), line->value.start);
        return 0;
    }
    bool is_word = key == KEY_WHAT || key == KEY_WHO || key == KEY_WAY;
    return is_word ? parser_take_word (self, key, line->value)
                   : parser_take_number (self, key, line->value);
}

static int
parser_take (struct parser *self, const struct config_line *line)
{
    switch (line->kind) {
    case CONFIG_LINE_BLANK:
    case CONFIG_LINE_COMMENT:
        return 0;
    case CONFIG_LINE_PAIR:
        return parser_take_pair (self, line);
    case CONFIG_LINE_WRONG:
        return parser_fail (self, self->line, "%.*s, expected %s", span_shown (line->bare),
                            line->bare.start,
                            *line->bare.start == '[' ? "[scenario] or [fault \"NAME\"], and no more"
                                                     : "KEY = VALUE or a [section]");
    default:
        return parser_begin_section (self, line);
    }
}

int
scenario_parse (const char *text, const char *name, struct scenario *scenario,
                struct stui_cause *cause)
{
    struct parser self = {.name = name, .scenario = scenario, .cause = cause};
    struct config_line line;
    const char *at = config_line_start (text);
    int err = 0;
    *scenario = (struct scenario){.sessions = 2, .pace_ms = 100};
    for (; err == 0 && config_line_read (at, &line); at = line.all.end) {
        self.line++;
        err = parser_take (&self, &line);
    }
    if (err == 0)
        err = parser_end_section (&self);
    if (err == 0 && scenario->count == 0)
        err = parser_fail (&self, self.line > 0 ? self.line : 1,
                           "there is no fault, expected [fault \"NAME\"]");
    return err;
}

bool
scenario_has (const struct scenario *scenario, enum fault_kind what)
{
    for (size_t i = 0; i < scenario->count; i++)
        if (scenario->faults[i].what == what)
            return true;
    return false;
}
