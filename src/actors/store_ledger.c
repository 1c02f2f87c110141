/* store_ledger.c: see store_ledger.h. */

#include "actors/store_ledger.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actors/checksum.h"
#include "actors/keys.h"
#include "actors/store_table.h"
#include "runtime/alloc.h"
#include "runtime/digits.h"
#include "runtime/lines.h"
#include "runtime/log.h"
#include "runtime/path.h"

enum {
    SEAL_SIZE = DIGITS_HEX,     /* before the first blank */
    LINE_SIZE = KEYS_SIZE + 64, /* the longest line */
    LINES_SPARE = 4096,         /* overruled lines that are not worth a new file */
};

#define CLIENT_GROUP "client/"

static void
item_free (void **item)
{
    free (*item);
    *item = NULL;
}

static void
group_free (void **item)
{
    zhashx_destroy ((zhashx_t **) item);
}

/* SIZE bytes of FROM, as far as there is room. */
static void
text_copy (char to[KEYS_SIZE], const char *from, size_t size)
{
    size_t fits = size < KEYS_SIZE ? size : KEYS_SIZE - 1;
    memcpy (to, from, fits);
    to[fits] = '\0';
}

/* Takes SUBJECT apart: the group, up to and with the last slash before the name, and the name
 * without a slash at its end. */
static void
subject_split (const char *subject, char group[KEYS_SIZE], char name[KEYS_SIZE])
{
    size_t length = strlen (subject);
    if (length > 0 && subject[length - 1] == '/')
        length--;
    size_t at = length;
    while (at > 0 && subject[at - 1] != '/')
        at--;
    text_copy (group, subject, at);
    text_copy (name, subject + at, length - at);
}

static struct store_ledger_entry *
ledger_find (const struct store_ledger *self, const char *subject)
{
    char group[KEYS_SIZE], name[KEYS_SIZE];
    subject_split (subject, group, name);
    zhashx_t *names = zhashx_lookup (self->groups, group);
    return names ? zhashx_lookup (names, name) : NULL;
}

const struct store_ledger_entry *
store_ledger_find (const struct store_ledger *self, const char *subject)
{
    return ledger_find (self, subject);
}

bool
store_ledger_is_empty (const struct store_ledger *self)
{
    return zhashx_size (self->groups) == (zhashx_lookup (self->groups, CLIENT_GROUP) ? 1 : 0);
}

static struct store_ledger_entry *
ledger_make (struct store_ledger *self, const char *subject)
{
    char group[KEYS_SIZE], name[KEYS_SIZE];
    subject_split (subject, group, name);
    zhashx_t *names = zhashx_lookup (self->groups, group);
    if (!names) {
        names = store_table_new (item_free);
        zhashx_insert (self->groups, group, names);
    }
    struct store_ledger_entry *entry = zhashx_lookup (names, name);
    if (!entry) {
        entry = stui_alloc (sizeof *entry);
        zhashx_insert (names, name, entry);
        self->entries++;
    }
    return entry;
}

/* ---- Reading ----------------------------------------------------------------------------- */

/* A line without its end; whether it is one of ours, and whole. */
static bool
ledger_take_line (struct store_ledger *self, const char *line, size_t size)
{
    char text[LINE_SIZE], seal[DIGITS_HEX + 1], *at;
    struct store_ledger_entry read;
    if (size <= SEAL_SIZE + 1 || size >= sizeof text || line[SEAL_SIZE] != ' ')
        return false;
    const char *rest = line + SEAL_SIZE + 1;
    size_t rest_size = size - SEAL_SIZE - 1;
    digits_hex (seal, checksum_xxh64 (rest, rest_size));
    if (memcmp (seal, line, SEAL_SIZE) != 0)
        return false;
    memcpy (text, rest, rest_size);
    text[rest_size] = '\0';
    read.highest = strtoull (text, &at, 10);
    if (*at != ' ')
        return false;
    read.present = strtoull (at + 1, &at, 10);
    size_t length = strlen (at);
    if (*at != ' ' || length < 2 || length > KEYS_SIZE)
        return false;
    *ledger_make (self, at + 1) = read;
    return true;
}

void
store_ledger_open (struct store_ledger *self, const char *path)
{
    enum { BYTES_MAX = 256 << 20 };
    *self =
        (struct store_ledger){.path = stui_strdup (path), .groups = store_table_new (group_free)};
    FILE *file = fopen (path, "re");
    struct lines lines = {0};
    size_t bad = 0, first_bad = 0;
    while (file && lines.bytes < BYTES_MAX && lines_next (&lines, file, LINE_SIZE)) {
        self->lines++;
        self->stale = self->stale || !lines.ended; /* the next line would be glued to it */
        if (!lines.too_long && ledger_take_line (self, lines.text, lines.size))
            continue;
        first_bad = first_bad ? first_bad : lines.number;
        bad++;
    }
    if (bad > 0)
        log_warn ("store", "%.180s, line %zu: damaged, and passed over with %zu more", path,
                  first_bad, bad - 1);
    lines_fini (&lines);
    if (file)
        fclose (file);
}

void
store_ledger_close (struct store_ledger *self)
{
    if (!self->groups)
        return;
    zhashx_destroy (&self->groups);
    free (self->pending);
    free (self->path);
    memset (self, 0, sizeof *self);
}

/* ---- Writing ----------------------------------------------------------------------------- */

static void
text_add (char **text, size_t *size, size_t *capacity, const char *line, size_t line_size)
{
    if (*size + line_size > *capacity) {
        *capacity = 2 * (*size + line_size);
        *text = stui_realloc (*text, *capacity);
    }
    memcpy (*text + *size, line, line_size);
    *size += line_size;
}

static size_t
line_print (char line[LINE_SIZE], const char *subject, const struct store_ledger_entry *entry)
{
    char *start = line + SEAL_SIZE + 1;
    char *at = digits_decimal (start, entry->highest);
    *at++ = ' ';
    at = digits_decimal (at, entry->present);
    *at++ = ' ';
    at = stpncpy (at, subject, (size_t) (line + LINE_SIZE - at) - 1);
    *digits_hex (line, checksum_xxh64 (start, (size_t) (at - start))) = ' ';
    *at = '\n';
    return (size_t) (at + 1 - line);
}

void
store_ledger_note (struct store_ledger *self, const char *subject, uint64_t present)
{
    char line[LINE_SIZE];
    struct store_ledger_entry *entry = ledger_make (self, subject);
    entry->present = present;
    if (entry->highest < present)
        entry->highest = present;
    if (self->stale)
        return; /* all of it will be written */
    size_t size = line_print (line, subject, entry);
    text_add (&self->pending, &self->pending_size, &self->pending_capacity, line, size);
    self->lines++;
}

/* Opened for each batch: the file may have been removed meanwhile, with the directory. */
static bool
ledger_append (struct store_ledger *self)
{
    int fd = open (self->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool written =
        fd >= 0 && write (fd, self->pending, self->pending_size) == (ssize_t) self->pending_size;
    if (fd >= 0)
        close (fd);
    return written;
}

void
store_ledger_write (struct store_ledger *self)
{
    bool long_winded = self->lines > 2 * self->entries + LINES_SPARE;
    if (!self->stale && !long_winded) {
        self->stale = self->pending_size > 0 && !ledger_append (self);
        self->pending_size = 0;
    }
    if (self->stale || long_winded)
        store_ledger_rewrite (self, NULL);
}

struct print {
    char *text;
    size_t size, capacity;
};

static void
print_visit (void *context, const char *subject, const struct store_ledger_entry *entry)
{
    struct print *self = context;
    char line[LINE_SIZE];
    size_t size = line_print (line, subject, entry);
    text_add (&self->text, &self->size, &self->capacity, line, size);
}

int
store_ledger_rewrite (struct store_ledger *self, struct stui_cause *cause)
{
    struct print print = {0};
    store_ledger_each (self, "", print_visit, &print);
    int err = path_replace (self->path, print.text ? print.text : "", print.size, 0600, cause);
    free (print.text);
    self->stale = err < 0;
    self->pending_size = 0;
    if (!err)
        self->lines = self->entries;
    return err;
}

/* ---- Looking ----------------------------------------------------------------------------- */

static void
group_each (zhashx_t *names, const char *group, store_ledger_visitor *visit, void *context)
{
    bool is_session = strncmp (group, KEYS_SESSIONS, strlen (KEYS_SESSIONS)) == 0;
    for (struct store_ledger_entry *entry = zhashx_first (names); entry;
         entry = zhashx_next (names)) {
        char subject[2 * KEYS_SIZE];
        snprintf (subject, sizeof subject, "%s%s%s", group, (const char *) zhashx_cursor (names),
                  is_session ? "/" : "");
        visit (context, subject, entry);
    }
}

void
store_ledger_each (const struct store_ledger *self, const char *group, store_ledger_visitor *visit,
                   void *context)
{
    zhashx_t *names = zhashx_lookup (self->groups, group);
    if (names) {
        group_each (names, group, visit, context);
        return; /* no group begins with another one */
    }
    for (names = zhashx_first (self->groups); names; names = zhashx_next (self->groups))
        if (strncmp (zhashx_cursor (self->groups), group, strlen (group)) == 0)
            group_each (names, zhashx_cursor (self->groups), visit, context);
}

const char *
store_ledger_client (const struct store_ledger *self)
{
    zhashx_t *names = zhashx_lookup (self->groups, CLIENT_GROUP);
    const char *newest = NULL;
    uint64_t generation = 0;
    for (struct store_ledger_entry *entry = names ? zhashx_first (names) : NULL; entry;
         entry = zhashx_next (names))
        if (entry->present >= generation) {
            generation = entry->present;
            newest = zhashx_cursor (names);
        }
    return newest;
}
