/* config_edit.c: the configuration file rewritten, as functions of its text: comments, order,
 * blank lines and line ends (CRLF too) stay as the user left them. A text and a change come in,
 * a new text goes out, which the caller owns. Pure but for the heap.
 *
 * Nothing is quoted in this file, so a value that would not be read back as it was given is
 * refused (control characters, white space around it, a comment's ';'), and so is any change
 * whose result config_parse refuses: what was written can be loaded. */

#include "runtime/config.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/address.h"
#include "runtime/alloc.h"
#include "runtime/config_line.h"
#include "runtime/json.h"

/* An image's section in a text. */
struct place {
    const char *comments; /* where the comments directly above its header begin */
    struct config_line header;
    struct config_line last; /* its last pair, else the header */
    struct config_line pair; /* the pair of the key looked for; all zero when there is none */
};

/* Whether TEXT has a section of IMAGE; where, and in it KEY (may be NULL). */
static bool
edit_find (const char *text, const char *image, const char *key, struct place *place)
{
    *place = (struct place){.comments = NULL};
    const char *comments = NULL; /* where a run of comment lines began that still goes on */
    bool found = false;
    struct config_line line;
    for (const char *at = config_line_start (text); config_line_read (at, &line);
         at = line.all.end) {
        if (found && config_line_is_section (&line))
            break;
        if (!found && line.kind == CONFIG_LINE_IMAGE && config_span_is (line.word, image)) {
            found = true;
            place->comments = comments ? comments : line.all.start;
            place->header = place->last = line;
        }
        else if (found && line.kind == CONFIG_LINE_PAIR) {
            place->last = line;
            if (key && config_span_is (line.word, key))
                place->pair = line;
        }
        if (line.kind != CONFIG_LINE_COMMENT)
            comments = NULL;
        else if (!comments)
            comments = line.all.start;
    }
    return found;
}

/* The line end that TEXT uses. */
static const char *
edit_line_end (const char *text)
{
    const char *end = strchr (text, '\n');
    return end && end > text && end[-1] == '\r' ? "\r\n" : "\n";
}

/* TEXT with INSERT instead of [FROM, TO). Caller frees. */
static char *
edit_splice (const char *text, const char *from, const char *to, const char *insert)
{
    return stui_printf ("%.*s%s%s", (int) (from - text), text, insert, to);
}

/* Takes TEXT over and gives it back when it can be loaded; else NULL and CAUSE. */
static char *
edit_checked (char *text, struct stui_cause *cause)
{
    struct config config;
    struct stui_cause wrong = {0};
    if (text && config_parse (text, "configuration", &config, &wrong) == 0) {
        config_fini (&config);
        return text;
    }
    if (text)
        stui_fail (cause, wrong.err, "nothing is changed, since this would be wrong: %s",
                   wrong.text);
    free (text);
    return NULL;
}

/* ---- Settings -------------------------------------------------------------------------- */

/* Whether VALUE is read back as it stands when it is written behind `KEY = `. */
static bool
edit_value_is_plain (const char *value)
{
    size_t length = strlen (value);
    if (length == 0 || value[0] == ' ' || value[0] == ';' || value[length - 1] == ' ')
        return false;
    for (size_t index = 0; index < length; index++)
        if ((unsigned char) value[index] < 0x20 || value[index] == 0x7F)
            return false;
    return !strstr (value, " ;");
}

/* The text of one setting, caller frees; NULL and CAUSE when it cannot stand in the file. */
static char *
edit_value (const struct json *setting, struct stui_cause *cause)
{
    const char *key = json_key (setting);
    if (!*key || key[strspn (key, "abcdefghijklmnopqrstuvwxyz_")]) {
        stui_fail (cause, STUI_E_MALFORMED, "'%.40s' is no key of the configuration", key);
        return NULL;
    }
    char *value =
        json_is_string (setting) ? stui_strdup (json_text (setting)) : json_print (setting);
    bool scalar = !json_is_array (setting) && !json_is_object (setting);
    if (scalar && edit_value_is_plain (value))
        return value;
    stui_fail (cause, STUI_E_MALFORMED,
               "the value of %s cannot stand in the configuration, expected one line of text "
               "without control characters, spaces around it or ' ;'",
               key);
    free (value);
    return NULL;
}

char *
config_edit_add (const char *text, const char *image, const struct json *settings,
                 struct stui_cause *cause)
{
    struct place place;
    if (!address_name_is_valid (image, STUI_NAME_MAX)) {
        stui_fail (cause, STUI_E_MALFORMED,
                   "the image name \"%.70s\" is not valid, expected at most %d of letters, digits, "
                   "'.', '_' and '-'",
                   image, STUI_NAME_MAX);
        return NULL;
    }
    if (edit_find (text, image, NULL, &place)) {
        stui_fail (cause, STUI_E_EXISTS, "the configuration has an image \"%s\" already", image);
        return NULL;
    }
    const char *end = edit_line_end (text);
    size_t size = strlen (text);
    bool open = size > 0 && text[size - 1] != '\n';
    char *grown =
        stui_printf ("%s%s%s[image \"%s\"]%s", text, open ? end : "", size ? end : "", image, end);
    for (const struct json *setting = json_first (settings); setting && grown;
         setting = json_next (setting)) {
        if (json_is_null (setting))
            continue;
        char *value = edit_value (setting, cause);
        char *next =
            value ? stui_printf ("%s%s = %s%s", grown, json_key (setting), value, end) : NULL;
        free (value);
        free (grown);
        grown = next;
    }
    return edit_checked (grown, cause);
}

/* TEXT with KEY of IMAGE, whose section is there, set to VALUE (NULL: removed). Caller frees. */
static char *
edit_set_key (const char *text, const char *image, const char *key, const char *value)
{
    struct place place;
    edit_find (text, image, key, &place);
    bool there = place.pair.all.start != NULL;
    if (!value)
        return there ? edit_splice (text, place.pair.all.start, place.pair.all.end, "")
                     : stui_strdup (text);
    if (there)
        return edit_splice (text, place.pair.value.start, place.pair.value.end, value);
    /* A new line behind the last one, indented as that; which may lack its line end. */
    const struct config_line *last = &place.last;
    const char *end = edit_line_end (text);
    bool open = last->all.end[-1] != '\n';
    char *line =
        stui_printf ("%s%.*s%s = %s%s", open ? end : "", (int) (last->bare.start - last->all.start),
                     last->all.start, key, value, open ? "" : end);
    char *changed = edit_splice (text, last->all.end, last->all.end, line);
    free (line);
    return changed;
}

static void
edit_not_found (const char *image, struct stui_cause *cause)
{
    stui_fail (cause, STUI_E_NOT_FOUND, "the configuration has no image \"%.70s\"", image);
}

char *
config_edit_set (const char *text, const char *image, const struct json *settings,
                 struct stui_cause *cause)
{
    struct place place;
    if (!edit_find (text, image, NULL, &place)) {
        edit_not_found (image, cause);
        return NULL;
    }
    char *changed = stui_strdup (text);
    for (const struct json *setting = json_first (settings); setting && changed;
         setting = json_next (setting)) {
        bool removed = json_is_null (setting);
        char *value = removed ? NULL : edit_value (setting, cause);
        char *next =
            removed || value ? edit_set_key (changed, image, json_key (setting), value) : NULL;
        free (value);
        free (changed);
        changed = next;
    }
    return edit_checked (changed, cause);
}

/* ---- Removing -------------------------------------------------------------------------- */

/* Behind the blank lines from AT on. */
static const char *
edit_skip_blank (const char *at)
{
    struct config_line line;
    while (config_line_read (at, &line) && line.kind == CONFIG_LINE_BLANK)
        at = line.all.end;
    return at;
}

/* Before the blank lines that end at AT. */
static const char *
edit_unskip_blank (const char *text, const char *at)
{
    const char *kept = text;
    struct config_line line;
    for (const char *from = text; from < at && config_line_read (from, &line); from = line.all.end)
        if (line.kind != CONFIG_LINE_BLANK)
            kept = line.all.end;
    return kept;
}

char *
config_edit_remove (const char *text, const char *image, struct stui_cause *cause)
{
    struct place place;
    if (!edit_find (text, image, NULL, &place)) {
        edit_not_found (image, cause);
        return NULL;
    }
    /* One gap goes with the section: that below it, or at the end of the file that above. */
    const char *from = place.comments;
    const char *to = edit_skip_blank (place.last.all.end);
    if (!*to)
        from = edit_unskip_blank (config_line_start (text), from);
    return edit_checked (edit_splice (text, from, to, ""), cause);
}
