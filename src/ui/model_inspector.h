/* model_inspector.h: the object that is inspected, as a tree of what was looked at so far: each node has the
 * image's id of its object, by which its fields are asked for. What the terminal has of it; the objects
 * are the image's, and gone when it is started anew: then the tree stays as it was last seen. Owned by
 * the ui. Pure but for the heap. */

#ifndef STUI_UI_MODEL_INSPECTOR_H
#define STUI_UI_MODEL_INSPECTOR_H

#include <stui/types.h>

struct json;

enum {
    INSPECTOR_PAGE = 100,      /* fields asked for at once */
    INSPECTOR_NODES_MAX = 900, /* known at a time: an image keeps 1,000 objects for a session */
    INSPECTOR_PATH_MAX = 16,   /* steps of the path that is kept */
    INSPECTOR_NAME_BYTES = 200,
};

struct inspector_node {
    uint64_t number; /* of the question for its fields; never used again */
    char *name, *value, *class_name, *object_id; /* owned; the id may be NULL */
    bool expanded, asked;
    bool more_wanted; /* the next page of its fields */
    bool stale;       /* its fields are to be had anew */
    int64_t size;     /* of its fields; -1: not known yet */
    struct inspector_node *parent;
    struct inspector_node **children; /* owned */
    size_t count, capacity;
};

/* A row of the tree as it is shown. */
struct inspector_row {
    struct inspector_node *node;
    int depth;
    bool more; /* it stands for those fields of NODE that were not fetched */
};

struct model_inspector {
    char image[STUI_NAME_MAX + 1];
    char session[STUI_UUID_LEN + 1];
    struct inspector_node *root; /* owned; its name is the code; NULL: nothing is inspected */
    uint64_t last_number;
    size_t node_count;
    struct inspector_row *rows; /* owned */
    size_t row_count, row_capacity;
    size_t selected;          /* a place in rows */
    char why[STUI_CAUSE_MAX]; /* the objects are gone, and why; empty: they are there */
    char **path;              /* owned: names still to be opened, outermost first */
    size_t path_count, path_at;
};

/* Empties it; numbers go on, so that a late answer is no other node's. */
void model_inspector_fini (struct model_inspector *self);

/* CODE was evaluated in SESSION of IMAGE; RESULT is the answer, with its object_id. */
void model_inspector_open (struct model_inspector *self, const char *image, const char *session,
                           const char *code, const struct json *result);
/* The answer to `inspect` about the node NUMBER. */
void model_inspector_take (struct model_inspector *self, uint64_t number,
                           const struct json *result);
/* It was refused; GONE: its object is not there any more. */
void model_inspector_refused (struct model_inspector *self, uint64_t number, const char *why,
                              bool gone);

/* The row under the cursor; NULL: nothing is inspected. */
struct inspector_row *model_inspector_selected (const struct model_inspector *self);
/* Makes the rows anew; the cursor stays on its node. */
void model_inspector_arrange (struct model_inspector *self);
/* The fields of NODE are to be asked for again; those that are there stay until the answer comes. */
void model_inspector_refresh (struct model_inspector *self, struct inspector_node *node);
/* A node that wants its fields asked for, from *FROM on: because it was opened, or the path leads there;
 * NULL. */
struct inspector_node *model_inspector_wants (struct model_inspector *self, int64_t *from);
/* The ids of all objects here, a JSON array for `release`. Caller owns. */
struct json *model_inspector_ids (const struct model_inspector *self);

/* {code, value, class, path}: what is kept of it with the session; and that back: the objects are to
 * be had again by evaluating the code. Caller owns. */
struct json *model_inspector_record (const struct model_inspector *self);
void model_inspector_load (struct model_inspector *self, const char *image, const char *session,
                           const struct json *record);
/* The names that lead to the node under the cursor, to be opened after the next model_inspector_open. */
void model_inspector_keep_path (struct model_inspector *self);
void model_inspector_forget_path (struct model_inspector *self);

#endif
