/* panes.h: the panes into which a screen is split: a tree whose leaves are panes and whose inner nodes
 * are splits, one above the other or beside each other, which one has the keys, what each shows, and
 * where each stands in an area. Held in one array without pointers, so that a tree is copied by
 * assigning it. What a pane's screen draws is not known here. Owned by the ui. Pure but for the heap
 * of its record. */

#ifndef STUI_UI_PANES_H
#define STUI_UI_PANES_H

#include <stui/types.h>

#include "ui/cell.h"
#include "ui/details.h"
#include "ui/editor_view.h"

struct json;

enum {
    PANES_MAX = 8, /* more than fit any screen that one reads */
    PANES_NODES = 2 * PANES_MAX - 1,
    PANE_ROWS_MIN = 4,       /* its title, and three of its screen: so that 40x10 takes two */
    PANE_COLUMNS_MIN = 30,   /* below it no line of code is read */
    PANE_FILTER_BYTES = 128, /* of a transcript */
    PANE_SCREEN_MAX = 16,    /* bytes of a screen's name in a record */
};

/* What a pane shows, and how: kept here while another pane has the keys. The one that has them has
 * its own in the ui. */
struct pane_view {
    int screen, before; /* enum screen_id; help goes back to the second */
    uint64_t workspace; /* its number; 0: none */
    char image[STUI_NAME_MAX + 1], session[STUI_UUID_LEN + 1]; /* of that workspace; may be empty */
    struct editor_view view;                                   /* of its text */
    char transcript[STUI_NAME_MAX + 1];                        /* whose; empty: of all images */
    char transcript_filter[PANE_FILTER_BYTES];
    uint64_t transcript_last;
    int transcript_cut, transcript_by;
    struct details details;
    int held_top, images_top, sessions_top, events_up, help_top, image_top, fan_top, inspector_top;
    struct rect list_area, editor_area, results_area; /* of the last frame: for the mouse */
};

/* A pane, or a split of two nodes. */
struct panes_node {
    bool used, split;
    bool beside;               /* of a split: the second is at the right, else below */
    int share;                 /* of a split: of 1,000, what the first has */
    int parent, first, second; /* places in the array; -1: none */
    struct pane_view view;     /* of a pane */
    struct rect area; /* of a pane: where it stood in the last frame, its title too; no rows:
                               nowhere */
};

struct panes {
    struct panes_node nodes[PANES_NODES];
    int root, focus; /* places in the array; focus is a pane */
    int count;       /* of panes */
    bool fits;       /* in the last frame all were drawn, else the one that has the keys alone */
};

enum panes_direction { PANES_LEFT, PANES_RIGHT, PANES_UP, PANES_DOWN, PANES_DIRECTION_COUNT };

/* One pane, that shows VIEW. */
void panes_init (struct panes *self, const struct pane_view *view);

/* Splits the pane that has the keys: the new one shows the same, stands BESIDE it or below it, and
 * gets the keys. False: there would be more than PANES_MAX, or a pane smaller than the least in AREA,
 * which WHY says; then nothing is changed. */
enum { PANES_WHY_SIZE = 160 };
bool panes_split (struct panes *self, bool beside, struct rect area, char why[PANES_WHY_SIZE]);
/* Closes the pane that has the keys; its neighbour in the split takes its place, and the first of it
 * the keys. False: it is the only one. */
bool panes_close (struct panes *self);
/* Only the pane that has the keys stays. */
void panes_only (struct panes *self);

/* The keys go to the next pane (BACK: the one before), in reading order, round and round. */
void panes_step (struct panes *self, bool back);
/* The pane beside the one that has the keys, nearest to its middle; -1: there is none. */
int panes_toward (const struct panes *self, enum panes_direction direction, struct rect area);
/* The next pane after NODE in reading order (-1: the first); -1 after the last. */
int panes_next (const struct panes *self, int node);
/* Which one stands at ROW, COLUMN of the last frame; -1. */
int panes_at (const struct panes *self, int row, int column);

/* Moves the nearest border of the pane that has the keys by one column or row. False: there is none
 * in that direction, or a pane would become smaller than the least. */
bool panes_move_border (struct panes *self, enum panes_direction direction, struct rect area);
/* The split whose border is at ROW, COLUMN: the column between two panes, or the title of a lower one; -1. */
int panes_border_at (const struct panes *self, int row, int column, struct rect area);
/* Moves that of the split NODE to the row or column PLACE, or as near as the least of both sides allows. False: it
 * stands there. */
bool panes_set_border (struct panes *self, int node, int place, struct rect area);
/* All splits halve. */
void panes_even (struct panes *self);

/* Gives each pane its area of AREA; beside each other there is a column between. When one of them would
 * be smaller than the least, only the one that has the keys gets one, all of AREA. */
void panes_place (struct panes *self, struct rect area);
/* The area that all of them need at least, as rows and columns. */
void panes_least (const struct panes *self, int *rows, int *columns);

/* {focus, tree}: a tree is {split: below or beside, share, panes: [tree, tree]} or {screen, image, session,
 * transcript, filter}. Caller owns. NAME_OF says what a screen is called, ID_OF which one a name
 * means, -1: none. */
struct json *panes_record (const struct panes *self, const char *(*name_of) (int screen));
/* That back. False when RECORD is none, or has too many panes; SELF is then as it was. A screen that is
 * not known is OTHERWISE. */
bool panes_from_record (struct panes *self, const struct json *record,
                        int (*id_of) (const char *name), int otherwise);

#endif
