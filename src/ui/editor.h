/* editor.h: the text of a workspace and what keys do to it: a cursor that moves by what a reader
 * takes for a character, a selection, undo and redo. UTF-8 with LF line ends. Places are byte
 * offsets between clusters. Owns its text, its undo list and its anchors. Pure but for the heap. */

#ifndef STUI_UI_EDITOR_H
#define STUI_UI_EDITOR_H

#include <stdbool.h>
#include <stddef.h>

struct json;

enum {
    EDITOR_TEXT_MAX = 262144,    /* bytes that typing makes at most: a quarter of what a session may
                                  * hold. What comes with a session may be longer: it stays whole,
                                  * and can be shortened */
    EDITOR_UNDO_MAX = 1000,      /* steps */
    EDITOR_UNDO_BYTES = 2097152, /* of removed and inserted text together */
    EDITOR_STORED_STEPS = 200,   /* of undo and redo together, in a record … */
    EDITOR_STORED_BYTES = 16384, /* … and of their text: a record is written with each change */
    EDITOR_ANCHORS_MAX = 16,     /* places remembered: evaluations that owe a print */
};

/* One replacement, kept to be taken back. */
struct editor_edit {
    size_t at;
    char *removed, *inserted; /* owned */
    size_t removed_size, inserted_size;
    size_t cursor, mark; /* before it */
    bool typed;          /* typing or deleting goes on in the same step */
};

struct editor {
    char *text; /* owned; NUL-terminated for convenience, holds no NUL */
    size_t size, capacity;
    size_t cursor, mark;       /* the selection lies between; equal: there is none */
    int goal;                  /* the column that up and down aim at; -1: where the cursor is */
    size_t others;             /* bytes of other texts that share EDITOR_TEXT_MAX with this one */
    bool single_line;          /* line feeds become blanks */
    bool marking;              /* moves select: EDITOR_SET_MARK */
    struct editor_edit *edits; /* owned; [0, done) can be undone, [done, count) redone */
    size_t edit_count, edit_capacity, done, edit_bytes;
    size_t anchors[EDITOR_ANCHORS_MAX];
    bool anchored[EDITOR_ANCHORS_MAX];
};

/* What keys do. */
enum editor_op {
    EDITOR_LEFT,
    EDITOR_RIGHT,
    EDITOR_UP,
    EDITOR_DOWN,
    EDITOR_WORD_LEFT,
    EDITOR_WORD_RIGHT,
    EDITOR_LINE_START,
    EDITOR_LINE_END,
    EDITOR_PAGE_UP,
    EDITOR_PAGE_DOWN,
    EDITOR_TEXT_START,
    EDITOR_TEXT_END,
    EDITOR_MOVE_COUNT, /* the ones above move, with EDITOR_SELECT added they select */
    EDITOR_BACKSPACE = EDITOR_MOVE_COUNT,
    EDITOR_DELETE,
    EDITOR_DELETE_WORD_LEFT,
    EDITOR_DELETE_WORD_RIGHT,
    EDITOR_DELETE_TO_LINE_END,
    EDITOR_UNDO,
    EDITOR_REDO,
    EDITOR_CHANGE_COUNT, /* the ones before it change the text */
    EDITOR_SELECT_ALL = EDITOR_CHANGE_COUNT,
    EDITOR_SELECT_WORD, /* or what the bracket or quote under the cursor encloses */
    EDITOR_SELECT_LINE,
    EDITOR_SET_MARK, /* from here on moves select, until it is said again or the text changes */
    EDITOR_OP_COUNT,
    EDITOR_SELECT = 64,
};

/* Zeroed is an empty editor. */
void editor_fini (struct editor *self);

/* Carries OP out; PAGE is how many lines a page has. False when it did nothing. */
bool editor_do (struct editor *self, int op, int page);

/* TEXT in place of the selection, cursor after it. TYPED joins what was typed just before into
 * one step of undo. False, and nothing changed, when the text would grow beyond EDITOR_TEXT_MAX. */
bool editor_insert (struct editor *self, const char *text, size_t size, bool typed);
/* The same at AT, wherever the cursor is; SELECT makes the inserted text the selection: how a
 * printed result arrives. */
bool editor_insert_at (struct editor *self, size_t at, const char *text, size_t size, bool select);
/* All of the text becomes TEXT, however long, as one step that can be undone; nothing when it is the
 * same. */
void editor_replace_all (struct editor *self, const char *text, size_t size);

/* The selection's bounds. */
size_t editor_selection_start (const struct editor *self);
size_t editor_selection_end (const struct editor *self);
/* What an evaluation means: the selection, or the line of the cursor. */
void editor_code (const struct editor *self, size_t *start, size_t *end);
/* Selects [START, END), the cursor behind it. */
void editor_select (struct editor *self, size_t start, size_t end);
/* Places the cursor at the cluster boundary at or before AT; SELECT keeps the mark. */
void editor_set_cursor (struct editor *self, size_t at, bool select);

/* An anchor stays at its place while text before it changes. Returns its number; -1: none free. */
int editor_anchor (struct editor *self, size_t at);
/* Where it is by now; it is free again. Number -1 answers the cursor. */
size_t editor_anchor_take (struct editor *self, int number);

/* The number of the line that OFFSET is in, from 0; the column that it is shown at. */
int editor_line_of (const struct editor *self, size_t offset);
int editor_column_of (const struct editor *self, size_t offset);
/* Where line LINE begins (the size when there is none), and the offset shown at COLUMN of it. */
size_t editor_line_start (const struct editor *self, int line);
size_t editor_offset_at (const struct editor *self, int line, int column);
int editor_line_count (const struct editor *self);

/* Nothing can be undone or redone any more. */
void editor_forget (struct editor *self);

/* {"text", "cursor", "selection", "undo"}: offsets in bytes; selection is where it began, null
 * without one; undo is {"done", "edits": [{"at", "removed", "inserted", "cursor", "mark",
 * "typed"?}…]}, oldest first, of which the first `done` can be undone and the others redone: the
 * steps nearest to the text as it is, and none of a text beyond EDITOR_TEXT_MAX, for which the record
 * has no room. The caller owns it. */
struct json *editor_to_json (const struct editor *self);
/* What such an object holds, whoever wrote it. AS_LEFT takes cursor, selection and undo list too;
 * else the change is a step of the undo list that is here. */
void editor_from_json (struct editor *self, const struct json *json, bool as_left);

#endif
