/* store_export.c: see store_export.h. Keys come in their order, a session's generations after each
 * other, so its newest one is known when the key after it is met: it is held until then. */

#include "actors/store_export.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actors/records.h"
#include "actors/store_db.h"
#include "actors/store_files.h"
#include "actors/store_index.h"
#include "actors/store_seal.h"
#include "actors/store_vault.h"
#include "runtime/alloc.h"
#include "runtime/lines.h"

enum { NAME_DIGITS = 8 };

static const size_t sync_bytes = 4 << 20; /* so that the last sync has not all of it to do */

static int
export_fail (const struct store_export *self, const char *doing, struct stui_cause *cause)
{
    return stui_fail (cause, STUI_E_STORAGE, "%.150s cannot be %s: %s", self->name, doing,
                      strerror (errno));
}

/* Appends a line to the text, and frees it. */
static void
export_keep (struct store_export *self, char *line, size_t size)
{
    if (self->text_size + size + 1 > self->text_capacity) {
        self->text_capacity = 2 * (self->text_size + size + 1);
        self->text = stui_realloc (self->text, self->text_capacity);
    }
    memcpy (self->text + self->text_size, line, size);
    self->text_size += size;
    self->text[self->text_size] = '\0';
    self->bytes += size;
    free (line);
}

/* Writes a line, which is freed. */
static int
export_write (struct store_export *self, char *line, size_t size, struct stui_cause *cause)
{
    int err = 0;
    if (self->fd < 0) {
        export_keep (self, line, size);
        return 0;
    }
    for (size_t done = 0; !err && done < size;) {
        ssize_t written = write (self->fd, line + done, size - done);
        if (written > 0)
            done += (size_t) written;
        else if (errno != EINTR)
            err = export_fail (self, "written", cause);
    }
    free (line);
    self->bytes += size;
    if (!err && self->bytes - self->synced_bytes >= sync_bytes) {
        self->synced_bytes = self->bytes;
        if (fdatasync (self->fd) < 0)
            err = export_fail (self, "synced", cause);
    }
    return err;
}

static int
export_write_record (struct store_export *self, const char *key, const char *record,
                     size_t record_size, struct stui_cause *cause)
{
    size_t size;
    char *line = dump_record (&self->dump, key, record, record_size, &size);
    return export_write (self, line, size, cause);
}

/* The record meta/vault, but with the backup's own body. */
static int
export_write_vault (struct store_export *self, const struct record *record,
                    struct stui_cause *cause)
{
    size_t size;
    char *value = records_encode (KEYS_VAULT, self->vault, false, record->generation,
                                  record->written_at_ms, &size);
    int err = export_write_record (self, KEYS_VAULT, value, size, cause);
    free (value);
    return err;
}

static int
export_write_held (struct store_export *self, struct stui_cause *cause)
{
    int err = self->held
                  ? export_write_record (self, self->held_key, self->held, self->held_size, cause)
                  : 0;
    free (self->held);
    self->held = NULL;
    return err;
}

int
store_export_begin (struct store_export *self, const struct store_db *db, const char *name,
                    bool everything, int64_t wall_ms, struct stui_cause *cause)
{
    *self = (struct store_export){.name = stui_strdup (name), .everything = everything};
    unlink (name);
    self->fd = open (name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    int err = self->fd < 0 ? export_fail (self, "made", cause) : 0;
    if (!err) {
        size_t size;
        char *line = dump_begin (&self->dump, db->client_id, db->generation, wall_ms, &size);
        err = export_write (self, line, size, cause);
    }
    if (err)
        store_export_cancel (self);
    return err;
}

void
store_export_begin_text (struct store_export *self, const struct store_db *db,
                         const struct store_policy *waiting, char **vault, int64_t wall_ms)
{
    size_t size;
    *self = (struct store_export){
        .fd = -1, .waiting = waiting, .everything = true, .vault = *vault, .wall_ms = wall_ms};
    *vault = NULL;
    char *line = dump_begin (&self->dump, db->client_id, db->generation, wall_ms, &size);
    export_keep (self, line, size);
}

static void
export_close (struct store_export *self)
{
    if (self->fd >= 0)
        close (self->fd);
    free (self->held);
    free (self->vault);
    free (self->text);
    free (self->name);
    memset (self, 0, sizeof *self);
    self->fd = -1;
}

void
store_export_cancel (struct store_export *self)
{
    if (self->name)
        unlink (self->name);
    if (self->name || self->text)
        export_close (self);
}

/* ---- A step ------------------------------------------------------------------------------ */

struct step {
    struct store_export *export;
    struct store_db *db;
    size_t until; /* bytes */
    bool more;    /* stopped before the end */
    int err;
    struct stui_cause *cause;
};

static bool
key_starts (const char *key, size_t size, const char *prefix)
{
    size_t length = strlen (prefix);
    return size >= length && memcmp (key, prefix, length) == 0;
}

/* Has the next step begin behind all keys with PREFIX, which ends with a slash. */
static bool
step_pass_over (struct step *self, const char *prefix)
{
    snprintf (self->export->from, sizeof self->export->from, "%.*s0", (int) strlen (prefix) - 1,
              prefix); /* '0' follows '/' */
    self->more = true;
    return false;
}

static bool
same_session (const char *one, const char *other)
{
    const char *slash = strrchr (one, '/');
    return slash && strncmp (one, other, (size_t) (slash + 1 - one)) == 0;
}

static bool
step_visit (void *context, const char *bytes, size_t size, const char *value, size_t value_size)
{
    struct step *self = context;
    struct store_export *export = self->export;
    if (key_starts (bytes, size, KEYS_QUARANTINE))
        return step_pass_over (self, KEYS_QUARANTINE);
    if (!export->everything && key_starts (bytes, size, KEYS_CONNECTIONS))
        return step_pass_over (self, KEYS_CONNECTIONS);
    if (!export->everything && key_starts (bytes, size, KEYS_EVENTS))
        return step_pass_over (self, KEYS_EVENTS);
    char key[KEYS_SIZE];
    if (size >= sizeof key)
        return true; /* not ours */
    snprintf (key, sizeof key, "%.*s", (int) size, bytes);
    snprintf (export->from, sizeof export->from, "%s\001", key); /* behind this key */

    struct record record;
    if (records_decode (key, value, value_size, &record) == RECORDS_DAMAGED) {
        store_db_set_aside (self->db, key, value, value_size);
        export->damaged++;
        return true;
    }
    bool held = !export->everything && key_starts (bytes, size, KEYS_SESSIONS);
    if (export->held && held && same_session (export->held_key, key)) {
        free (export->held);
        export->held = NULL;
    }
    self->err = export_write_held (export, self->cause);
    if (!self->err && held) {
        export->held = stui_memdup (value, value_size);
        export->held_size = value_size;
        snprintf (export->held_key, sizeof export->held_key, "%s", key);
    }
    else if (!self->err && export->vault && strcmp (key, KEYS_VAULT) == 0)
        self->err = export_write_vault (export, &record, self->cause);
    else if (!self->err)
        self->err = export_write_record (export, key, value, value_size, self->cause);
    self->more = export->bytes >= self->until;
    return !self->err && !self->more;
}

/* What is not in the database yet: each gets the number that it would get now. */
static int
export_write_waiting (struct store_export *self, struct store_db *db, struct stui_cause *cause)
{
    int err = 0;
    for (size_t index = 0; !err && self->waiting && index < self->waiting->count; index++) {
        const struct store_write *write = &self->waiting->writes[index];
        bool is_session = write->kind == STORE_WRITE_SESSION;
        bool is_sealed = is_session || write->kind == STORE_WRITE_HELD; /* when sessions are */
        if (!is_sealed && write->kind != STORE_WRITE_IMAGE)
            continue;
        const struct store_ledger_entry *known = store_ledger_find (&db->ledger, write->subject);
        uint64_t number = (known ? known->highest : 0) + 1;
        char key[KEYS_SIZE + 16];
        if (is_session)
            snprintf (key, sizeof key, "%s%016" PRIx64, write->subject, number);
        else
            snprintf (key, sizeof key, "%s", write->subject);
        size_t size;
        bool sealed = is_sealed && db->vault.encrypts_sessions;
        if (sealed)
            err = store_vault_check_sessions (db, self->wall_ms, cause);
        if (err)
            break;
        char *stripped = is_sealed ? NULL : store_seal_image (db, write->body);
        char *record = store_vault_encode (db, key, stripped ? stripped : write->body, sealed,
                                           number, self->wall_ms, &size);
        err = export_write_record (self, key, record, size, cause);
        free (record);
        free (stripped);
    }
    return err;
}

static int
export_finish (struct store_export *self, struct store_db *db, struct stui_cause *cause)
{
    size_t size;
    int err = export_write_held (self, cause);
    if (!err)
        err = export_write_waiting (self, db, cause);
    if (!err) {
        char *line = dump_end (&self->dump, &size);
        err = export_write (self, line, size, cause);
    }
    if (!err && self->fd >= 0 && fsync (self->fd) < 0)
        err = export_fail (self, "synced", cause);
    return err;
}

int
store_export_step (struct store_export *self, struct store_db *db, struct stui_cause *cause)
{
    struct step step = {
        .export = self, .db = db, .until = self->bytes + STORE_EXPORT_STEP_BYTES, .cause = cause};
    int err = self->waiting ? 0 : store_db_closed (db, cause);
    if (!err && db->engine)
        err = db->functions->scan (db->engine, "", self->from[0] ? self->from : NULL, step_visit,
                                   &step, cause);
    if (!err)
        err = step.err;
    if (!err && step.more)
        return 1;
    if (!err)
        err = export_finish (self, db, cause);
    if (!err && self->damaged > 0 && self->name)
        err = stui_fail (cause, STUI_E_MALFORMED, "%zu damaged records were met", self->damaged);
    if (err)
        store_export_cancel (self);
    else if (self->name)
        export_close (self); /* a text is still to be taken */
    return err;
}

int
store_export_now (struct store_db *db, int64_t wall_ms, struct stui_cause *cause)
{
    struct store_export export;
    char *name = stui_printf ("%s/new", db->exports);
    int err = store_export_begin (&export, db, name, false, wall_ms, cause);
    if (!err)
        do
            err = store_export_step (&export, db, cause);
        while (err > 0);
    if (!err)
        err = store_export_roll (db->exports, name, cause);
    free (name);
    return err;
}

/* ---- The files --------------------------------------------------------------------------- */

static int
name_is_export (const struct dirent *entry)
{
    return strlen (entry->d_name) == NAME_DIGITS + strlen (".jsonl")
           && strspn (entry->d_name, "0123456789") == NAME_DIGITS
           && strcmp (entry->d_name + NAME_DIGITS, ".jsonl") == 0;
}

/* The names of all exports in DIR, rising; the caller frees each and all. */
static int
exports_list (const char *dir, struct dirent ***found)
{
    *found = NULL;
    int count = scandir (dir, found, name_is_export, alphasort);
    return count < 0 ? 0 : count;
}

static void
exports_free (struct dirent **found, int count)
{
    for (int index = 0; index < count; index++)
        free (found[index]);
    free (found);
}

int
store_export_roll (const char *dir, const char *name, struct stui_cause *cause)
{
    struct dirent **found;
    int count = exports_list (dir, &found);
    unsigned long number = count > 0 ? strtoul (found[count - 1]->d_name, NULL, 10) : 0;
    char *place = stui_printf ("%s/%0*lu.jsonl", dir, NAME_DIGITS, number + 1);
    int err = 0;
    if (rename (name, place) < 0)
        err =
            stui_fail (cause, STUI_E_STORAGE, "%.180s cannot be made: %s", place, strerror (errno));
    if (!err)
        err = store_files_sync (dir, cause);
    exports_free (found, count);
    free (place);
    if (!err)
        store_export_keep (dir, STORE_EXPORT_KEPT);
    return err;
}

void
store_export_keep (const char *dir, int keep)
{
    struct dirent **found;
    int count = exports_list (dir, &found);
    for (int index = 0; index + keep < count; index++) {
        char *old = stui_printf ("%s/%s", dir, found[index]->d_name);
        unlink (old);
        free (old);
    }
    exports_free (found, count);
}

/* Opens a plain file: what is none may never end. */
static FILE *
plain_open (const char *name, struct stui_cause *cause)
{
    struct stat info = {0};
    int fd = open (name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    FILE *file = NULL;
    if (fd >= 0 && fstat (fd, &info) == 0 && !S_ISREG (info.st_mode))
        stui_fail (cause, STUI_E_SYSTEM, "%.180s cannot be read: it is no file", name);
    else if (fd < 0 || !(file = fdopen (fd, "re")))
        stui_fail (cause, errno == ENOENT ? STUI_E_NOT_FOUND : STUI_E_SYSTEM,
                   "%.180s cannot be read: %s", name, strerror (errno));
    if (!file && fd >= 0)
        close (fd);
    return file;
}

int
store_export_read (const char *name, struct dump *dump, store_export_visitor *visit, void *context,
                   struct stui_cause *cause)
{
    struct stui_cause why = {0};
    struct lines lines = {0};
    memset (dump, 0, sizeof *dump);
    FILE *file = plain_open (name, &why);
    if (!file)
        return stui_fail (cause, why.err, "%s", why.text);
    while (lines_next (&lines, file, DUMP_LINE_MAX)) {
        struct dump_entry entry;
        bool after_end = dump->ended;
        enum dump_line kind =
            lines.too_long ? DUMP_LINE_DAMAGED : dump_read (dump, lines.text, lines.size, &entry);
        if (kind == DUMP_LINE_RECORD && visit)
            visit (context, entry.key, entry.record, entry.record_size);
        bool good = lines.ended && !after_end && kind != DUMP_LINE_DAMAGED
                    && kind != DUMP_LINE_FOREIGN && (kind == DUMP_LINE_BEGIN || dump->begun);
        if (!good && dump->bad_line == 0)
            dump->bad_line = lines.number;
        dump->too_long = dump->too_long || lines.too_long;
    }
    dump->whole = dump->bad_line == 0 && dump->ended;
    int err = ferror (file) ? stui_fail (cause, STUI_E_SYSTEM, "%.180s cannot be read", name) : 0;
    lines_fini (&lines);
    fclose (file);
    return err;
}

void
store_export_each (const char *dir, store_export_visitor *visit, void *context)
{
    struct dirent **found;
    int count = exports_list (dir, &found);
    for (int index = count; index-- > 0;) {
        char *name = stui_printf ("%s/%s", dir, found[index]->d_name);
        struct dump dump;
        store_export_read (name, &dump, visit, context, NULL);
        free (name);
    }
    exports_free (found, count);
}

size_t
store_export_check (const char *dir, char *name, size_t size)
{
    struct dirent **found;
    int count = exports_list (dir, &found);
    size_t damaged = 0;
    for (int index = 0; index < count; index++) {
        char *path = stui_printf ("%s/%s", dir, found[index]->d_name);
        struct dump dump;
        if (store_export_read (path, &dump, NULL, NULL, NULL) < 0 || !dump.whole) {
            damaged++;
            snprintf (name, size, "%s", found[index]->d_name);
        }
        free (path);
    }
    exports_free (found, count);
    return damaged;
}

size_t
store_export_count (const char *dir, int64_t *made_at_ms)
{
    struct dirent **found;
    int count = exports_list (dir, &found);
    *made_at_ms = 0;
    if (count > 0) {
        char *name = stui_printf ("%s/%s", dir, found[count - 1]->d_name);
        FILE *file = plain_open (name, NULL);
        struct lines lines = {0};
        struct dump dump = {0};
        struct dump_entry entry;
        if (file && lines_next (&lines, file, DUMP_LINE_MAX)
            && dump_read (&dump, lines.text, lines.size, &entry) == DUMP_LINE_BEGIN)
            *made_at_ms = dump.made_at_ms;
        lines_fini (&lines);
        if (file)
            fclose (file);
        free (name);
    }
    exports_free (found, count);
    return (size_t) count;
}
