/* model_inspector.c: see model_inspector.h. Pure but for the heap. */

#include "ui/model_inspector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/utf8.h"

static char *
text_or (const struct json *json, const char *key, const char *otherwise)
{
    const char *text = json_get_text (json, key);
    return stui_strdup (text ? text : otherwise);
}

static void
node_texts_free (struct inspector_node *node)
{
    free (node->name);
    free (node->value);
    free (node->class_name);
    free (node->object_id);
}

static void
children_free (struct model_inspector *self, struct inspector_node *node)
{
    for (size_t index = 0; index < node->count; index++) {
        children_free (self, node->children[index]);
        node_texts_free (node->children[index]);
        free (node->children[index]);
        self->node_count--;
    }
    free (node->children);
    node->children = NULL;
    node->count = node->capacity = 0;
}

static void
path_free (struct model_inspector *self)
{
    for (size_t index = 0; index < self->path_count; index++)
        free (self->path[index]);
    free (self->path);
    self->path = NULL;
    self->path_count = self->path_at = 0;
}

static void
root_free (struct model_inspector *self)
{
    if (!self->root)
        return;
    children_free (self, self->root);
    node_texts_free (self->root);
    free (self->root);
    self->root = NULL;
    self->node_count = 0;
    self->row_count = self->selected = 0;
}

void
model_inspector_fini (struct model_inspector *self)
{
    root_free (self);
    path_free (self);
    free (self->rows);
    *self = (struct model_inspector){.last_number = self->last_number};
}

static struct inspector_node *
node_new (struct model_inspector *self, struct inspector_node *parent)
{
    struct inspector_node *node = stui_alloc (sizeof *node);
    *node = (struct inspector_node){.number = ++self->last_number, .size = -1, .parent = parent};
    self->node_count++;
    return node;
}

/* ---- the tree ---------------------------------------------------------------------------------- */

static void
root_set (struct model_inspector *self, const char *image, const char *session, const char *code)
{
    root_free (self);
    snprintf (self->image, sizeof self->image, "%s", image);
    snprintf (self->session, sizeof self->session, "%s", session);
    self->why[0] = '\0';
    self->root = node_new (self, NULL);
    self->root->name = stui_strdup (code);
    self->root->expanded = true;
}

void
model_inspector_open (struct model_inspector *self, const char *image, const char *session,
                      const char *code, const struct json *result)
{
    root_set (self, image, session, code);
    self->root->value = text_or (result, "result", "");
    self->root->class_name = text_or (result, "result_type", "");
    self->root->object_id = text_or (result, "object_id", "");
    self->path_at = 0;
    model_inspector_arrange (self);
}

static struct inspector_node *
node_find (struct inspector_node *node, uint64_t number)
{
    if (!node || node->number == number)
        return node;
    for (size_t index = 0; index < node->count; index++) {
        struct inspector_node *found = node_find (node->children[index], number);
        if (found)
            return found;
    }
    return NULL;
}

static void
child_add (struct model_inspector *self, struct inspector_node *parent, const struct json *field)
{
    struct inspector_node *node = node_new (self, parent);
    const char *id = json_get_text (field, "object_id");
    node->name = text_or (field, "name", "?");
    node->value = text_or (field, "value", "");
    node->class_name = text_or (field, "class", "");
    node->object_id = id ? stui_strdup (id) : NULL;
    stui_grow (&parent->children, &parent->capacity, parent->count, sizeof *parent->children);
    parent->children[parent->count++] = node;
}

/* The path leads on from NODE, whose fields are there now. */
static void
path_follow (struct model_inspector *self, struct inspector_node *node)
{
    const char *name = self->path_at < self->path_count ? self->path[self->path_at] : NULL;
    for (size_t index = 0; name && index < node->count; index++) {
        if (strcmp (node->children[index]->name, name) != 0)
            continue;
        bool last = ++self->path_at == self->path_count;
        node->children[index]->expanded = !last;
        model_inspector_arrange (self);
        for (size_t row = 0; row < self->row_count; row++)
            if (self->rows[row].node == node->children[index] && !self->rows[row].more)
                self->selected = row;
        return;
    }
    self->path_at = self->path_count; /* it does not lead further any more */
}

/* The fields of NODE go; a cursor among them stays on NODE. */
static void
children_forget (struct model_inspector *self, struct inspector_node *node)
{
    const struct inspector_row *row = model_inspector_selected (self);
    const struct inspector_node *at = row ? row->node : NULL;
    while (at && at != node)
        at = at->parent;
    for (size_t place = 0; at && place < self->row_count; place++)
        if (self->rows[place].node == node && !self->rows[place].more) {
            self->selected = place;
            break;
        }
    children_free (self, node);
}

void
model_inspector_take (struct model_inspector *self, uint64_t number, const struct json *result)
{
    struct inspector_node *node = node_find (self->root, number);
    int64_t from = json_get_number (result, "from", 0);
    if (!node || (node->stale && from != 0))
        return; /* of the list as it was before it was asked for anew */
    const char *print_string = json_get_text (json_get (result, "object_info"), "print_string");
    if (node->stale)
        children_forget (self, node);
    bool first = node->count == 0;
    node->asked = node->more_wanted = node->stale = false;
    int64_t size = json_get_number (result, "size", 0), has = (int64_t) node->count;
    node->size = size > has ? size : has; /* never unknown again: it was answered */
    if (print_string && first) {
        free (node->value);
        node->value = stui_strdup (print_string);
    }
    if (from != (int64_t) node->count) { /* of a list that was cleared meanwhile */
        model_inspector_arrange (self);
        return;
    }
    const struct json *field = json_first (json_get (result, "fields"));
    if (!field)
        node->size = (int64_t) node->count; /* it has shrunk */
    for (; field && self->node_count < INSPECTOR_NODES_MAX; field = json_next (field))
        child_add (self, node, field);
    if (node->size < (int64_t) node->count)
        node->size = (int64_t) node->count;
    model_inspector_arrange (self);
    path_follow (self, node);
}

void
model_inspector_refused (struct model_inspector *self, uint64_t number, const char *why, bool gone)
{
    struct inspector_node *node = node_find (self->root, number);
    if (!node)
        return;
    node->asked = node->more_wanted = node->stale = false;
    node->expanded = node->count > 0;
    if (gone)
        snprintf (self->why, sizeof self->why, "%s", why);
    model_inspector_arrange (self);
}

void
model_inspector_refresh (struct model_inspector *self, struct inspector_node *node)
{
    node->stale = true;
    node->asked = false;
    node->expanded = true;
    model_inspector_arrange (self);
}

/* ---- rows --------------------------------------------------------------------------------------- */

static void
row_add (struct model_inspector *self, struct inspector_node *node, int depth, bool more)
{
    stui_grow (&self->rows, &self->row_capacity, self->row_count, sizeof *self->rows);
    self->rows[self->row_count++] = (struct inspector_row){node, depth, more};
}

static void
rows_add (struct model_inspector *self, struct inspector_node *node, int depth)
{
    row_add (self, node, depth, false);
    if (!node->expanded)
        return;
    for (size_t index = 0; index < node->count; index++)
        rows_add (self, node->children[index], depth + 1);
    if (node->count > 0 && node->size > (int64_t) node->count)
        row_add (self, node, depth + 1, true);
}

void
model_inspector_arrange (struct model_inspector *self)
{
    const struct inspector_row *row = model_inspector_selected (self);
    /* Where more was asked for stands the first of it then: the cursor stays at that place. */
    uint64_t number = row && !row->more ? row->node->number : 0;
    self->row_count = 0;
    if (self->root)
        rows_add (self, self->root, 0);
    for (size_t place = 0; place < self->row_count; place++)
        if (self->rows[place].node->number == number && !self->rows[place].more)
            self->selected = place;
    if (self->selected >= self->row_count)
        self->selected = self->row_count > 0 ? self->row_count - 1 : 0;
}

struct inspector_row *
model_inspector_selected (const struct model_inspector *self)
{
    return self->selected < self->row_count ? &self->rows[self->selected] : NULL;
}

struct inspector_node *
model_inspector_wants (struct model_inspector *self, int64_t *from)
{
    if (self->why[0])
        return NULL;
    for (size_t row = 0; row < self->row_count; row++) {
        struct inspector_node *node = self->rows[row].node;
        bool wants = node->size < 0 || node->more_wanted || node->stale;
        if (node->expanded && wants && !node->asked && node->object_id) {
            *from = node->stale ? 0 : (int64_t) node->count;
            return node;
        }
    }
    return NULL;
}

static void
ids_add (const struct inspector_node *node, struct json *ids)
{
    if (node->object_id)
        json_push (ids, json_string (node->object_id));
    for (size_t index = 0; index < node->count; index++)
        ids_add (node->children[index], ids);
}

struct json *
model_inspector_ids (const struct model_inspector *self)
{
    struct json *ids = json_array ();
    if (self->root && !self->why[0])
        ids_add (self->root, ids);
    return ids;
}

/* ---- what is kept --------------------------------------------------------------------------------- */

static void
path_add (struct model_inspector *self, const char *name)
{
    size_t capacity = self->path_count;
    stui_grow (&self->path, &capacity, self->path_count, sizeof *self->path);
    self->path[self->path_count++] =
        stui_strndup (name, utf8_cut (name, strlen (name), INSPECTOR_NAME_BYTES));
}

void
model_inspector_keep_path (struct model_inspector *self)
{
    const char *names[INSPECTOR_PATH_MAX];
    size_t count = 0;
    const struct inspector_row *row = model_inspector_selected (self);
    const struct inspector_node *node = row ? row->node : NULL;
    if (node == self->root && self->path_count > 0 && self->why[0])
        return; /* it was kept, and not reached again yet */
    path_free (self);
    for (; node && node->parent && count < INSPECTOR_PATH_MAX; node = node->parent)
        names[count++] = node->name;
    while (count > 0)
        path_add (self, names[--count]);
}

void
model_inspector_forget_path (struct model_inspector *self)
{
    path_free (self);
}

struct json *
model_inspector_record (const struct model_inspector *self)
{
    struct json *record = json_object (), *path = json_array ();
    const struct inspector_row *row = model_inspector_selected (self);
    const char *names[INSPECTOR_PATH_MAX];
    size_t count = 0;
    const struct inspector_node *node = row ? row->node : NULL;
    for (; node && node->parent && count < INSPECTOR_PATH_MAX; node = node->parent)
        names[count++] = node->name;
    for (size_t index = 0; count == 0 && index < self->path_count; index++)
        json_push (path, json_string (self->path[index]));
    while (count > 0) {
        const char *name = names[--count];
        char *cut = stui_strndup (name, utf8_cut (name, strlen (name), INSPECTOR_NAME_BYTES));
        json_push (path, json_string (cut));
        free (cut);
    }
    if (self->root) {
        char *value = stui_strndup (self->root->value,
                                    utf8_cut (self->root->value, strlen (self->root->value), 1000));
        json_set_text (record, "code", self->root->name);
        json_set_text (record, "value", value);
        json_set_text (record, "class", self->root->class_name);
        free (value);
    }
    json_set (record, "path", path);
    return record;
}

void
model_inspector_load (struct model_inspector *self, const char *image, const char *session,
                      const struct json *record)
{
    const char *code = json_get_text (record, "code");
    if (!code || self->root)
        return;
    root_set (self, image, session, code);
    self->root->value = text_or (record, "value", "");
    self->root->class_name = text_or (record, "class", "");
    self->root->expanded = false;
    path_free (self);
    const struct json *name = json_first (json_get (record, "path"));
    for (; name && self->path_count < INSPECTOR_PATH_MAX; name = json_next (name))
        if (json_text (name))
            path_add (self, json_text (name));
    snprintf (self->why, sizeof self->why,
              "it was left open: its code has not been evaluated again");
    model_inspector_arrange (self);
}
