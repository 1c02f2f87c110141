/* panes.c: see panes.h. */

#include "ui/panes.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "runtime/json.h"

enum {
    HALF = 500,
    SHARE_ALL = 1000,
    SHARE_MIN = 20, /* what a record may say; places see to the least in rows and columns */
};

static const struct panes_node no_node = {.parent = -1, .first = -1, .second = -1};

/* A place that nothing uses; there is one as long as there are fewer panes than PANES_MAX. */
static int
node_take (struct panes *self)
{
    for (int place = 0; place < PANES_NODES; place++)
        if (!self->nodes[place].used) {
            self->nodes[place] = no_node;
            self->nodes[place].used = true;
            return place;
        }
    assert (!"a tree of so many panes has so many nodes");
    return -1;
}

static void
panes_empty (struct panes *self)
{
    *self = (struct panes){.root = -1, .focus = -1, .fits = true};
    for (int place = 0; place < PANES_NODES; place++)
        self->nodes[place] = no_node;
}

void
panes_init (struct panes *self, const struct pane_view *view)
{
    panes_empty (self);
    self->root = self->focus = node_take (self);
    self->nodes[self->focus].view = *view;
    self->count = 1;
}

/* ---- the tree ------------------------------------------------------------------------------- */

/* NEW stands where OLD stood in its parent, or is the root. */
static void
node_replace (struct panes *self, int old, int new)
{
    int parent = self->nodes[old].parent;
    self->nodes[new].parent = parent;
    if (parent < 0)
        self->root = new;
    else if (self->nodes[parent].first == old)
        self->nodes[parent].first = new;
    else
        self->nodes[parent].second = new;
}

static int
first_pane (const struct panes *self, int node)
{
    while (self->nodes[node].split)
        node = self->nodes[node].first;
    return node;
}

bool
panes_split (struct panes *self, bool beside, struct rect area, char why[PANES_WHY_SIZE])
{
    if (self->count == PANES_MAX) {
        snprintf (why, PANES_WHY_SIZE, "There are %d panes, and no more can be: close one first",
                  PANES_MAX);
        return false;
    }
    struct panes made = *self;
    int old = made.focus, split = node_take (&made), new = node_take (&made);
    node_replace (&made, old, split);
    made.nodes[split].split = true;
    made.nodes[split].beside = beside;
    made.nodes[split].share = HALF;
    made.nodes[split].first = old;
    made.nodes[split].second = new;
    made.nodes[old].parent = made.nodes[new].parent = split;
    made.nodes[new].view = made.nodes[old].view;
    made.focus = new;
    made.count++;
    panes_place (&made, area);
    if (!made.fits) {
        snprintf (why, PANES_WHY_SIZE,
                  "There is no room for it: each pane needs %d columns and %d rows at least",
                  PANE_COLUMNS_MIN, PANE_ROWS_MIN);
        return false;
    }
    *self = made;
    return true;
}

bool
panes_close (struct panes *self)
{
    int gone = self->focus, split = self->nodes[gone].parent;
    if (split < 0)
        return false;
    int other =
        self->nodes[split].first == gone ? self->nodes[split].second : self->nodes[split].first;
    node_replace (self, split, other);
    self->nodes[gone] = no_node;
    self->nodes[split] = no_node;
    self->focus = first_pane (self, other);
    self->count--;
    return true;
}

void
panes_only (struct panes *self)
{
    struct pane_view view = self->nodes[self->focus].view;
    panes_init (self, &view);
}

void
panes_even (struct panes *self)
{
    for (int place = 0; place < PANES_NODES; place++)
        if (self->nodes[place].split)
            self->nodes[place].share = HALF;
}

/* ---- order ---------------------------------------------------------------------------------- */

int
panes_next (const struct panes *self, int node)
{
    if (node < 0)
        return first_pane (self, self->root);
    int parent = self->nodes[node].parent;
    while (parent >= 0 && self->nodes[parent].second == node) {
        node = parent;
        parent = self->nodes[node].parent;
    }
    return parent < 0 ? -1 : first_pane (self, self->nodes[parent].second);
}

void
panes_step (struct panes *self, bool back)
{
    int steps = back ? self->count - 1 : 1;
    while (steps-- > 0) {
        int next = panes_next (self, self->focus);
        self->focus = next >= 0 ? next : panes_next (self, -1);
    }
}

int
panes_at (const struct panes *self, int row, int column)
{
    for (int node = panes_next (self, -1); node >= 0; node = panes_next (self, node))
        if (rect_holds (self->nodes[node].area, row, column))
            return node;
    return -1;
}

/* ---- places --------------------------------------------------------------------------------- */

static void
node_least (const struct panes *self, int node, int *rows, int *columns)
{
    const struct panes_node *one = &self->nodes[node];
    int other_rows, other_columns;
    if (!one->split) {
        *rows = PANE_ROWS_MIN;
        *columns = PANE_COLUMNS_MIN;
        return;
    }
    node_least (self, one->first, rows, columns);
    node_least (self, one->second, &other_rows, &other_columns);
    if (one->beside) {
        *rows = *rows > other_rows ? *rows : other_rows;
        *columns += other_columns + 1;
    }
    else {
        *rows += other_rows;
        *columns = *columns > other_columns ? *columns : other_columns;
    }
}

void
panes_least (const struct panes *self, int *rows, int *columns)
{
    node_least (self, self->root, rows, columns);
}

/* How many of SIZE rows or columns the first of a split has: its share, but so many that each has
 * its least. */
static int
first_size (int size, int share, int first_least, int second_least)
{
    int first = (size * share + HALF) / SHARE_ALL;
    first = first > size - second_least ? size - second_least : first;
    return first < first_least ? first_least : first;
}

/* The areas of both nodes of the split NODE. */
static void
split_areas (const struct panes *self, int node, struct rect area, struct rect *first,
             struct rect *second)
{
    const struct panes_node *split = &self->nodes[node];
    int first_rows, first_columns, second_rows, second_columns;
    node_least (self, split->first, &first_rows, &first_columns);
    node_least (self, split->second, &second_rows, &second_columns);
    *second = area;
    if (split->beside) {
        *first = rect_cut_columns (
            second, first_size (area.columns - 1, split->share, first_columns, second_columns));
        rect_cut_columns (second, 1);
    }
    else
        *first =
            rect_cut_rows (second, first_size (area.rows, split->share, first_rows, second_rows));
}

static void
node_place (struct panes *self, int node, struct rect area)
{
    struct rect first, second;
    if (!self->nodes[node].split) {
        self->nodes[node].area = area;
        return;
    }
    split_areas (self, node, area, &first, &second);
    node_place (self, self->nodes[node].first, first);
    node_place (self, self->nodes[node].second, second);
}

void
panes_place (struct panes *self, struct rect area)
{
    int rows, columns;
    panes_least (self, &rows, &columns);
    self->fits = self->count == 1 || (rows <= area.rows && columns <= area.columns);
    for (int place = 0; place < PANES_NODES; place++)
        self->nodes[place].area = (struct rect){0};
    node_place (self, self->fits ? self->root : self->focus, area);
}

/* ---- directions ----------------------------------------------------------------------------- */

/* Whether AREA begins where FROM ends in DIRECTION (beside each other with a column between), and they
 * have a row or a column in common. */
static bool
is_beside (struct rect from, struct rect area, enum panes_direction direction)
{
    bool rows = area.row < from.row + from.rows && from.row < area.row + area.rows;
    bool columns =
        area.column < from.column + from.columns && from.column < area.column + area.columns;
    switch (direction) {
    case PANES_LEFT:
        return rows && area.column + area.columns + 1 == from.column;
    case PANES_RIGHT:
        return rows && from.column + from.columns + 1 == area.column;
    case PANES_UP:
        return columns && area.row + area.rows == from.row;
    default:
        return columns && from.row + from.rows == area.row;
    }
}

int
panes_toward (const struct panes *self, enum panes_direction direction, struct rect area)
{
    struct panes placed = *self;
    panes_place (&placed, area);
    if (!placed.fits)
        return -1;
    bool across = direction == PANES_LEFT || direction == PANES_RIGHT;
    struct rect from = placed.nodes[self->focus].area;
    int middle = across ? from.row + from.rows / 2 : from.column + from.columns / 2;
    int nearest = -1, best = -1;
    for (int node = panes_next (self, -1); node >= 0; node = panes_next (self, node)) {
        struct rect to = placed.nodes[node].area;
        if (node == self->focus || !is_beside (from, to, direction))
            continue;
        int low = across ? to.row : to.column;
        int high = low + (across ? to.rows : to.columns) - 1;
        int away = middle < low ? low - middle : middle > high ? middle - high : 0;
        if (best < 0 || away < best) {
            nearest = node;
            best = away;
        }
    }
    return nearest;
}

/* The area that NODE has when the root has AREA. */
static struct rect
node_area (const struct panes *self, int node, struct rect area)
{
    int parent = self->nodes[node].parent;
    struct rect first, second;
    if (parent < 0)
        return area;
    split_areas (self, parent, node_area (self, parent, area), &first, &second);
    return self->nodes[parent].first == node ? first : second;
}

/* The innermost split around the pane that has the keys whose border lies across DIRECTION; -1. */
static int
border_of (const struct panes *self, enum panes_direction direction)
{
    bool beside = direction == PANES_LEFT || direction == PANES_RIGHT;
    int node = self->nodes[self->focus].parent;
    while (node >= 0 && self->nodes[node].beside != beside)
        node = self->nodes[node].parent;
    return node;
}

/* How large the first of the split NODE is, and may be: [*LEAST, *MOST]. */
static int
border_room (const struct panes *self, int node, struct rect whole, int *least, int *most)
{
    const struct panes_node *split = &self->nodes[node];
    int rows, columns, other_rows, other_columns;
    struct rect first, second;
    split_areas (self, node, whole, &first, &second);
    node_least (self, split->first, &rows, &columns);
    node_least (self, split->second, &other_rows, &other_columns);
    *least = split->beside ? columns : rows;
    *most = split->beside ? whole.columns - 1 - other_columns : whole.rows - other_rows;
    return split->beside ? first.columns : first.rows;
}

/* The first of the split NODE gets SIZE rows or columns. */
static void
border_place (struct panes *self, int node, struct rect whole, int size)
{
    struct panes_node *split = &self->nodes[node];
    int all = split->beside ? whole.columns - 1 : whole.rows;
    split->share = (size * SHARE_ALL + all / 2) / all;
}

/* Whether all panes have room in AREA. */
static bool
panes_fit (const struct panes *self, struct rect area)
{
    int rows, columns;
    panes_least (self, &rows, &columns);
    return rows <= area.rows && columns <= area.columns;
}

bool
panes_move_border (struct panes *self, enum panes_direction direction, struct rect area)
{
    int node = border_of (self, direction), least, most;
    if (node < 0 || !panes_fit (self, area))
        return false;
    struct rect whole = node_area (self, node, area);
    int wanted = border_room (self, node, whole, &least, &most)
                 + (direction == PANES_LEFT || direction == PANES_UP ? -1 : 1);
    if (wanted < least || wanted > most)
        return false;
    border_place (self, node, whole, wanted);
    return true;
}

int
panes_border_at (const struct panes *self, int row, int column, struct rect area)
{
    for (int node = 0; node < PANES_NODES && panes_fit (self, area); node++) {
        struct rect first, second;
        if (!self->nodes[node].used || !self->nodes[node].split)
            continue;
        split_areas (self, node, node_area (self, node, area), &first, &second);
        struct rect border = {second.row, second.column, 1, second.columns};
        if (self->nodes[node].beside)
            border = (struct rect){second.row, second.column - 1, second.rows, 1};
        if (rect_holds (border, row, column))
            return node;
    }
    return -1;
}

bool
panes_set_border (struct panes *self, int node, int place, struct rect area)
{
    int least, most;
    if (node < 0 || !self->nodes[node].used || !self->nodes[node].split || !panes_fit (self, area))
        return false;
    struct rect whole = node_area (self, node, area);
    int is = border_room (self, node, whole, &least, &most);
    int wanted = place - (self->nodes[node].beside ? whole.column : whole.row);
    wanted = wanted < least ? least : wanted > most ? most : wanted;
    if (wanted == is)
        return false;
    border_place (self, node, whole, wanted);
    return true;
}

/* ---- the record ----------------------------------------------------------------------------- */

static struct json *
node_record (const struct panes *self, int node, const char *(*name_of) (int screen))
{
    const struct panes_node *one = &self->nodes[node];
    struct json *record = json_object ();
    if (one->split) {
        struct json *both = json_array ();
        json_push (both, node_record (self, one->first, name_of));
        json_push (both, node_record (self, one->second, name_of));
        json_set_text (record, "split", one->beside ? "beside" : "below");
        json_set_number (record, "share", one->share);
        json_set (record, "panes", both);
        return record;
    }
    json_set_text (record, "screen", name_of (one->view.screen));
    json_set_text (record, "image", one->view.image);
    json_set_text (record, "session", one->view.session);
    json_set_text (record, "transcript", one->view.transcript);
    json_set_text (record, "filter", one->view.transcript_filter);
    return record;
}

struct json *
panes_record (const struct panes *self, const char *(*name_of) (int screen))
{
    struct json *record = json_object ();
    int at = 0;
    for (int node = panes_next (self, -1); node >= 0 && node != self->focus;
         node = panes_next (self, node))
        at++;
    json_set_number (record, "focus", at);
    json_set (record, "tree", node_record (self, self->root, name_of));
    return record;
}

static void
text_into (char *out, size_t size, const struct json *record, const char *key)
{
    const char *text = json_get_text (record, key);
    bool fits = text && strlen (text) < size;
    snprintf (out, size, "%s", fits ? text : "");
}

/* How a record is read: what is known of screens, and how much is left of it that can be taken. */
struct reading {
    int (*id_of) (const char *name);
    int otherwise, panes_left, splits_left;
};

/* The node of RECORD under PARENT; -1 when it is none. */
static int
node_read (struct panes *self, const struct json *record, int parent, struct reading *reading)
{
    const char *kind = json_get_text (record, "split");
    int *left = kind ? &reading->splits_left : &reading->panes_left;
    const struct json *both = json_get (record, "panes");
    if (!json_is_object (record) || (*left)-- <= 0 || (kind && json_count (both) != 2))
        return -1;
    int place = node_take (self);
    struct panes_node *node = &self->nodes[place];
    node->parent = parent;
    if (kind) {
        int64_t share = json_get_number (record, "share", HALF);
        node->split = true;
        node->beside = strcmp (kind, "beside") == 0;
        node->share = share < SHARE_MIN || share > SHARE_ALL - SHARE_MIN ? HALF : (int) share;
        node->first = node_read (self, json_at (both, 0), place, reading);
        node->second = node->first < 0 ? -1 : node_read (self, json_at (both, 1), place, reading);
        return node->second < 0 ? -1 : place;
    }
    const char *screen = json_get_text (record, "screen");
    int id = screen ? reading->id_of (screen) : -1;
    node->view.screen = node->view.before = id < 0 ? reading->otherwise : id;
    text_into (node->view.image, sizeof node->view.image, record, "image");
    text_into (node->view.session, sizeof node->view.session, record, "session");
    text_into (node->view.transcript, sizeof node->view.transcript, record, "transcript");
    text_into (node->view.transcript_filter, sizeof node->view.transcript_filter, record, "filter");
    self->count++;
    return place;
}

bool
panes_from_record (struct panes *self, const struct json *record, int (*id_of) (const char *name),
                   int otherwise)
{
    struct panes made;
    struct reading reading = {id_of, otherwise, PANES_MAX, PANES_MAX - 1};
    panes_empty (&made);
    made.root = node_read (&made, json_get (record, "tree"), -1, &reading);
    if (made.root < 0)
        return false;
    made.focus = panes_next (&made, -1);
    int64_t at = json_get_number (record, "focus", 0);
    for (; at > 0 && at < PANES_MAX; at--)
        panes_step (&made, false);
    *self = made;
    return true;
}
