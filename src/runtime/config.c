/* config.c: the configuration file read into a struct config. The
 * text comes in whole; a sentence FILE:LINE: …, expected … goes out for the first thing that
 * is wrong. Pure but for the heap, and for inih's settings, which are globals of that library;
 * config.c alone includes its header.
 *
 * inih reads the pairs, fed line by line: our reader counts the lines (its handler is not told
 * them), follows the sections (see config_line.c) and refuses lines that inih would cut. What
 * a key means stands in one table, and each value is checked where it is read. It is long so
 * that a key's row, the check of its value and its place in struct config are read together. */

#include "runtime/config.h"

#include <ini.h>

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/address.h"
#include "runtime/alloc.h"
#include "runtime/config_keys.h"
#include "runtime/config_line.h"
#include "runtime/json.h"
#include "runtime/via.h"
#include "runtime/z85.h"

enum config_key {
#define X(key, otherwise, low, high) KEY_##key,
    CONFIG_TIMINGS (X)
#undef X
        KEY_TIMING_COUNT,
    KEY_address = KEY_TIMING_COUNT,
    KEY_via,
    KEY_token_file,
    KEY_token_secret,
    KEY_server_key,
    KEY_client_key_secret,
    KEY_tags,
    KEY_protected,
    KEY_disabled,
    KEY_encrypt_sessions,
    KEY_theme,
    KEY_on,
    KEY_run,
    KEY_bell,
    KEY_notify,
    KEY_after_s,
    KEY_quiet_s,
    KEY_COUNT
};

/* Which section a key may stand in, by bits. */
enum {
    IN_STUI = 1 << CONFIG_LINE_STUI,
    IN_ALERT = 1 << CONFIG_LINE_ALERT,
    IN_IMAGE = 1 << CONFIG_LINE_IMAGE
};

static const struct key_row {
    const char *word;
    int sections;
    int64_t otherwise, low, high; /* of a timing */
} key_rows[] = {
#define X(key, otherwise, low, high) [KEY_##key] = {#key, IN_STUI | IN_IMAGE, otherwise, low, high},
    CONFIG_TIMINGS (X)
#undef X
        [KEY_address] = {"address", IN_IMAGE, 0, 0, 0},
    [KEY_via] = {"via", IN_IMAGE, 0, 0, 0},
    [KEY_token_file] = {"token_file", IN_IMAGE, 0, 0, 0},
    [KEY_token_secret] = {"token_secret", IN_IMAGE, 0, 0, 0},
    [KEY_server_key] = {"server_key", IN_IMAGE, 0, 0, 0},
    [KEY_client_key_secret] = {"client_key_secret", IN_IMAGE, 0, 0, 0},
    [KEY_tags] = {"tags", IN_IMAGE, 0, 0, 0},
    [KEY_protected] = {"protected", IN_IMAGE, 0, 0, 0},
    [KEY_disabled] = {"disabled", IN_IMAGE, 0, 0, 0},
    [KEY_encrypt_sessions] = {"encrypt_sessions", IN_STUI, 0, 0, 0},
    [KEY_theme] = {"theme", IN_STUI, 0, 0, 0},
    [KEY_on] = {"on", IN_ALERT, 0, 0, 0},
    [KEY_run] = {"run", IN_ALERT, 0, 0, 0},
    [KEY_bell] = {"bell", IN_ALERT, 0, 0, 0},
    [KEY_notify] = {"notify", IN_ALERT, 0, 0, 0},
    [KEY_after_s] = {"after_s", IN_ALERT, 10, 0, 86400},
    [KEY_quiet_s] = {"quiet_s", IN_ALERT, 300, 1, 86400},
};
static_assert (sizeof key_rows / sizeof *key_rows == KEY_COUNT, "a row per key");

struct config_key_info
config_key_at (size_t index)
{
    if (index >= KEY_COUNT)
        return (struct config_key_info){.word = NULL};
    const struct key_row *row = &key_rows[index];
    return (struct config_key_info){.word = row->word,
                                    .in_stui = row->sections & IN_STUI,
                                    .in_alert = row->sections & IN_ALERT,
                                    .in_image = row->sections & IN_IMAGE,
                                    .is_number = row->high > 0,
                                    .otherwise = row->otherwise,
                                    .low = row->low,
                                    .high = row->high};
}

/* What is known of a section until its end: which keys it had. */
struct section {
    int line;      /* of its header */
    unsigned seen; /* bits by enum config_key */
};
static_assert (KEY_COUNT <= 32, "the bits of seen");

struct parser {
    const char *name;           /* of the file */
    const char *at;             /* the next line */
    int line;                   /* the number of the one just read */
    enum config_line_kind kind; /* of the section that it stands in; BLANK: none yet */
    struct section stui, alert, keys;
    struct section *images; /* owned; beside config->images */
    size_t image_capacity, section_capacity, binding_capacity;
    struct config *config;
    struct stui_cause *cause;
    bool failed;
};

/* `FILE:LINE: …, expected …`, for the first fault only. Returns 0, as handlers of inih do. */
static int __attribute__ ((format (printf, 3, 4)))
parser_fail (struct parser *self, int line, const char *format, ...)
{
    if (self->failed)
        return 0;
    self->failed = true;
    char text[STUI_CAUSE_MAX];
    va_list args;
    va_start (args, format);
    vsnprintf (text, sizeof text, format, args);
    va_end (args);
    stui_fail (self->cause, STUI_E_MALFORMED, "%.100s:%d: %s", self->name, line, text);
    return 0;
}

/* How many bytes of SPAN a sentence shows, so that its end is seen too. */
static int
span_shown (struct config_span span)
{
    size_t size = config_span_size (span);
    return (int) (size < 60 ? size : 60);
}

static int64_t *
timing_field (struct config_timings *timings, enum config_key key)
{
    switch (key) {
#define X(key, otherwise, low, high)                                                               \
    case KEY_##key:                                                                                \
        return &timings->key;
        CONFIG_TIMINGS (X)
#undef X
    default:
        assert (false);
        return NULL;
    }
}

/* ---- Sections -------------------------------------------------------------------------- */

static struct config_image *
parser_image (struct parser *self)
{
    return &self->config->images[self->config->image_count - 1];
}

static struct section *
parser_section (struct parser *self)
{
    switch (self->kind) {
    case CONFIG_LINE_STUI:
        return &self->stui;
    case CONFIG_LINE_ALERT:
        return &self->alert;
    case CONFIG_LINE_KEYS:
        return &self->keys;
    default:
        return &self->images[self->config->image_count - 1];
    }
}

static void
parser_begin_image (struct parser *self, struct config_span span)
{
    struct config *config = self->config;
    char name[STUI_NAME_MAX + 2];
    snprintf (name, sizeof name, "%.*s", (int) config_span_size (span), span.start);
    if (!address_name_is_valid (name, STUI_NAME_MAX)) {
        parser_fail (self, self->line,
                     "the image name \"%s\" is not valid, expected at most %d of "
                     "letters, digits, '.', '_' and '-'",
                     name, STUI_NAME_MAX);
        return;
    }
    for (size_t index = 0; index < config->image_count; index++)
        if (strcmp (config->images[index].name, name) == 0) {
            parser_fail (self, self->line,
                         "a second section of the image \"%s\", expected one; "
                         "the first is in line %d",
                         name, self->images[index].line);
            return;
        }
    stui_grow (&config->images, &self->image_capacity, config->image_count, sizeof *config->images);
    stui_grow (&self->images, &self->section_capacity, config->image_count, sizeof *self->images);
    self->images[config->image_count] = (struct section){.line = self->line};
    struct config_image *image = &config->images[config->image_count++];
    *image = (struct config_image){.protected_ = false};
    memcpy (image->name, name, strlen (name) + 1);
}

static void
parser_begin_section (struct parser *self, const struct config_line *line)
{
    self->kind = line->kind;
    if (line->kind == CONFIG_LINE_IMAGE)
        parser_begin_image (self, line->word);
    else if (line->kind == CONFIG_LINE_UNKNOWN)
        parser_fail (self, self->line,
                     "an unknown section %.*s, expected [stui], [alert], [keys] or "
                     "[image \"NAME\"]",
                     span_shown (line->bare), line->bare.start);
    else if (parser_section (self)->line == 0)
        parser_section (self)->line = self->line;
}

/* ---- Values ---------------------------------------------------------------------------- */

/* A decimal number in [LOW, HIGH], or -1. */
static int64_t
value_number (const char *value, int64_t low, int64_t high)
{
    size_t digits = strspn (value, "0123456789");
    if (digits == 0 || digits > 15 || value[digits])
        return -1;
    int64_t number = strtoll (value, NULL, 10);
    return number >= low && number <= high ? number : -1;
}

/* 1, 0, or -1 for neither. */
static int
value_bool (const char *value)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};
    for (int index = 0; index < 8; index++)
        if (strcmp (words[index], value) == 0)
            return index % 2;
    return -1;
}

/* Words between commas. */
static bool
value_is_list (const char *value)
{
    bool word = false;
    for (const char *at = value; *at; at++) {
        if (*at == ',' && !word)
            return false;
        if (*at == ',')
            word = false;
        else if (*at != ' ' && *at != '\t')
            word = true;
    }
    return word;
}

static int
parser_timing (struct parser *self, enum config_key key, const char *value)
{
    const struct key_row *row = &key_rows[key];
    int64_t number = value_number (value, row->low, row->high);
    if (number < 0)
        return parser_fail (self, self->line,
                            "%s is '%.40s', expected a number from %" PRId64 " to %" PRId64,
                            row->word, value, row->low, row->high);
    struct config_timings *timings =
        self->kind == CONFIG_LINE_IMAGE ? &parser_image (self)->timings : &self->config->timings;
    if (key == KEY_after_s)
        self->config->alert.after_s = number;
    else if (key == KEY_quiet_s)
        self->config->alert.quiet_s = number;
    else
        *timing_field (timings, key) = number;
    return 1;
}

static int
parser_address (struct parser *self, const char *value)
{
    struct address address;
    struct stui_cause cause;
    if (address_parse (value, &address, &cause) < 0)
        return parser_fail (self, self->line, "%s", cause.text);
    address_format (&address, parser_image (self)->address);
    return 1;
}

static int
parser_bool (struct parser *self, enum config_key key, const char *value)
{
    int truth = value_bool (value);
    if (truth < 0)
        return parser_fail (self, self->line, "%s is '%.40s', expected true or false",
                            key_rows[key].word, value);
    if (key == KEY_encrypt_sessions) {
        self->config->encrypt_sessions = truth ? CONFIG_ON : CONFIG_OFF;
        return 1;
    }
    if (key == KEY_bell || key == KEY_notify) {
        *(key == KEY_bell ? &self->config->alert.bell : &self->config->alert.notify) = truth;
        return 1;
    }
    struct config_image *image = parser_image (self);
    *(key == KEY_protected ? &image->protected_ : &image->disabled) = truth;
    return 1;
}

/* The kind of alert that the SIZE bytes at WORD name, or -1. */
static int
alert_kind (const char *word, size_t size)
{
    for (int kind = 0; kind < STUI_ALERT_COUNT; kind++) {
        const char *known = stui_alert_word ((enum stui_alert) kind);
        if (strlen (known) == size && memcmp (known, word, size) == 0)
            return kind;
    }
    return -1;
}

/* Kinds of alerts between commas, or `all`. */
static int
parser_alert_on (struct parser *self, const char *value)
{
    unsigned all = (1U << STUI_ALERT_COUNT) - 1, on = strcmp (value, "all") == 0 ? all : 0;
    bool good = on != 0 || value_is_list (value);
    for (const char *at = value; good && on != all && *at; at += *at == ',') {
        at += strspn (at, " \t");
        size_t size = strcspn (at, ","), word = size;
        while (word > 0 && strchr (" \t", at[word - 1]))
            word--;
        int kind = alert_kind (at, word);
        good = kind >= 0;
        on |= good ? 1U << kind : 0;
        at += size;
    }
    if (!good)
        return parser_fail (self, self->line,
                            "on is '%.60s', expected all, or words between commas of offline, "
                            "online, failed, restarted, orphaned, conflict, doubt, store",
                            value);
    self->config->alert.on = on;
    return 1;
}

/* A text into *FIELD when GOOD. */
static int
parser_text (struct parser *self, char **field, enum config_key key, const char *value, bool good,
             const char *expected)
{
    if (!good)
        return parser_fail (self, self->line, "%s is '%.60s', expected %s", key_rows[key].word,
                            value, expected);
    *field = stui_strdup (value);
    return 1;
}

static int
parser_value (struct parser *self, enum config_key key, const char *value)
{
    switch (key) {
    case KEY_address:
        return parser_address (self, value);
    case KEY_via:
        return parser_text (self, &parser_image (self)->via, key, value,
                            via_parse (value, &(struct via){0}, NULL) == 0, VIA_EXPECTED);
    case KEY_token_file:
        return parser_text (self, &parser_image (self)->token_file, key, value, *value,
                            "the path of a file");
    case KEY_server_key:
        return parser_text (self, &parser_image (self)->server_key, key, value,
                            z85_to_key (value, NULL), "a CURVE key of 40 characters (Z85)");
    case KEY_tags:
        return parser_text (self, &parser_image (self)->tags, key, value, value_is_list (value),
                            "words between commas");
    case KEY_token_secret:
    case KEY_client_key_secret:
        return parser_text (self,
                            key == KEY_token_secret ? &parser_image (self)->token_secret
                                                    : &parser_image (self)->client_key_secret,
                            key, value, address_name_is_valid (value, STUI_NAME_MAX),
                            "the name of a secret (`stui secret set NAME`)");
    case KEY_encrypt_sessions:
    case KEY_protected:
    case KEY_disabled:
    case KEY_bell:
    case KEY_notify:
        return parser_bool (self, key, value);
    case KEY_theme:
        if (stui_theme_from_word (value) < 0)
            return parser_fail (self, self->line, "theme is '%.40s', expected " STUI_THEMES, value);
        self->config->theme = (enum stui_theme) stui_theme_from_word (value);
        return 1;
    case KEY_on:
        return parser_alert_on (self, value);
    case KEY_run:
        return parser_text (self, &self->config->alert.run, key, value, *value, "a command");
    default:
        return parser_timing (self, key, value);
    }
}

/* Whether it names a command, and keys that there are, is for those to say who have them. */
static int
parser_binding (struct parser *self, const char *word, const char *value)
{
    struct config *config = self->config;
    for (size_t index = 0; index < config->binding_count; index++)
        if (strcmp (config->bindings[index].command, word) == 0)
            return parser_fail (self, self->line, "%.40s a second time, expected it once", word);
    stui_grow (&config->bindings, &self->binding_capacity, config->binding_count,
               sizeof *config->bindings);
    config->bindings[config->binding_count++] =
        (struct config_binding){stui_strdup (word), stui_strdup (value), self->line};
    return 1;
}

/* ---- inih ------------------------------------------------------------------------------ */

/* A pair, from inih; the section it tells is none of ours. */
static int
parser_pair (void *user, const char *section, const char *word, const char *value)
{
    (void) section;
    struct parser *self = user;
    if (self->failed)
        return 0;
    if (self->kind == CONFIG_LINE_BLANK)
        return parser_fail (
            self, self->line,
            "%.40s before any section, expected [stui], [alert], [keys] or [image \"NAME\"]", word);
    if (self->kind == CONFIG_LINE_KEYS)
        return parser_binding (self, word, value);
    int key = 0;
    while (key < KEY_COUNT && strcmp (key_rows[key].word, word) != 0)
        key++;
    if (key == KEY_COUNT || !(key_rows[key].sections & 1 << self->kind)) {
        static const char *const expected[] = {
            [CONFIG_LINE_STUI] = "encrypt_sessions, theme or a timing, as ping_ms",
            [CONFIG_LINE_ALERT] = "on, run, bell, notify, after_s or quiet_s",
            [CONFIG_LINE_IMAGE] =
                "address, via, token_file, token_secret, server_key, client_key_secret, tags, "
                "protected, disabled or a timing",
        };
        return parser_fail (self, self->line, "%.40s is no key of this section, expected %s", word,
                            expected[self->kind]);
    }
    struct section *at = parser_section (self);
    if (at->seen & 1U << key)
        return parser_fail (self, self->line, "%s a second time, expected it once", word);
    at->seen |= 1U << key;
    return parser_value (self, (enum config_key) key, value);
}

/* The next line for inih, as fgets, but without white space before it, which would make it the
 * continuation of the pair above; a section's header is taken out. */
static char *
parser_line (char *bytes, int room, void *user)
{
    struct parser *self = user;
    struct config_line line;
    if (self->failed || !config_line_read (self->at, &line))
        return NULL;
    self->at = line.all.end;
    self->line++;
    size_t size = config_span_size (line.bare);
    if (size > CONFIG_LINE_MAX) {
        parser_fail (self, self->line, "a line of %zu bytes, expected at most %d", size,
                     CONFIG_LINE_MAX);
        return NULL;
    }
    if (line.kind == CONFIG_LINE_WRONG) {
        parser_fail (self, self->line, "'%.*s' is no setting, expected KEY = VALUE or [SECTION]",
                     span_shown (line.bare), line.bare.start);
        return NULL;
    }
    if (config_line_is_section (&line)) {
        parser_begin_section (self, &line);
        size = 0;
    }
    assert (size + 2 <= (size_t) room);
    memcpy (bytes, line.bare.start, size);
    memcpy (bytes + size, "\n", 2);
    return self->failed ? NULL : bytes;
}

static void
parser_run (struct parser *self)
{
    ini_max_line = CONFIG_LINE_MAX + 3;
    ini_use_stack = true;
    int wrong = ini_parse_stream (parser_line, self, parser_pair, self);
    if (wrong != 0)
        parser_fail (self, wrong > 0 ? wrong : self->line,
                     "this line cannot be read, expected "
                     "KEY = VALUE or [SECTION]");
}

/* ---- The whole ------------------------------------------------------------------------- */

static void
parser_check_timings (struct parser *self, const struct config_timings *timings, int line)
{
    if (timings->backoff_min_ms > timings->backoff_max_ms)
        parser_fail (self, line,
                     "backoff_min_ms is %" PRId64 " and backoff_max_ms %" PRId64
                     ", expected a minimum not above the maximum",
                     timings->backoff_min_ms, timings->backoff_max_ms);
    if (timings->suspect_after >= timings->offline_after)
        parser_fail (self, line,
                     "suspect_after is %" PRId64 " and offline_after %" PRId64
                     ", expected suspect_after below offline_after",
                     timings->suspect_after, timings->offline_after);
}

/* What an image does not set itself it takes from [stui], wherever in the file that stands. */
static void
parser_finish (struct parser *self)
{
    struct config *config = self->config;
    for (int key = 0; key < KEY_TIMING_COUNT; key++)
        if (!(self->stui.seen & 1U << key))
            *timing_field (&config->timings, (enum config_key) key) = key_rows[key].otherwise;
    parser_check_timings (self, &config->timings, self->stui.line);
    for (size_t index = 0; index < config->image_count; index++) {
        struct config_image *image = &config->images[index];
        const struct section *section = &self->images[index];
        for (int key = 0; key < KEY_TIMING_COUNT; key++)
            if (!(section->seen & 1U << key))
                *timing_field (&image->timings, (enum config_key) key) =
                    *timing_field (&config->timings, (enum config_key) key);
        if (!(section->seen & 1U << KEY_address))
            parser_fail (self, section->line,
                         "the image \"%s\" has no address, expected "
                         "address = tcp://HOST:PORT",
                         image->name);
        if (image->token_file && image->token_secret)
            parser_fail (self, section->line,
                         "the image \"%s\" has a token_file and a token_secret, expected one of "
                         "them",
                         image->name);
        if (image->client_key_secret && !image->server_key)
            parser_fail (self, section->line,
                         "the image \"%s\" has a client_key_secret and no server_key, expected "
                         "both or the latter",
                         image->name);
        parser_check_timings (self, &image->timings, section->line);
    }
}

int
config_parse (const char *text, const char *name, struct config *config, struct stui_cause *cause)
{
    *config = (struct config){
        .alert = {.bell = true,
                  .notify = true,
                  .after_s = key_rows[KEY_after_s].otherwise,
                  .quiet_s = key_rows[KEY_quiet_s].otherwise},
    };
    struct parser self = {
        .name = name, .at = config_line_start (text), .config = config, .cause = cause};
    parser_run (&self);
    if (!self.failed)
        parser_finish (&self);
    free (self.images);
    if (!self.failed)
        return 0;
    config_fini (config);
    return STUI_E_MALFORMED;
}

void
config_fini (struct config *config)
{
    if (!config)
        return;
    for (size_t index = 0; index < config->image_count; index++) {
        struct config_image *image = &config->images[index];
        free (image->via);
        free (image->token_file);
        free (image->token_secret);
        free (image->server_key);
        free (image->client_key_secret);
        free (image->tags);
    }
    free (config->images);
    for (size_t index = 0; index < config->binding_count; index++) {
        free (config->bindings[index].command);
        free (config->bindings[index].keys);
    }
    free (config->bindings);
    free (config->alert.run);
    *config = (struct config){.images = NULL};
}

const struct config_image *
config_find (const struct config *config, const char *name)
{
    for (size_t index = 0; index < config->image_count; index++)
        if (strcmp (config->images[index].name, name) == 0)
            return &config->images[index];
    return NULL;
}
