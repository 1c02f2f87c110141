/* screen_transcript.c: what images write on their transcripts, newest last: of one image, or of all with
 * their names; where text is missing a line says so. Pure. */

#include <string.h>

#include "ui/layout.h"
#include "ui/ui_step.h"

enum {
    IMAGE_WIDTH = 14,
    TIME_WIDTH = 10, /* with its gap */
    TIME_FROM = 60,  /* columns */
    MARK_WIDTH = 3,
};

/* Where the text of lines stands in AREA: beside their time and their image, where these are told. */
static struct rect
text_area (const struct ui *ui, struct rect area)
{
    rect_cut_columns (&area, 1);
    if (area.columns + 1 >= TIME_FROM)
        rect_cut_columns (&area, TIME_WIDTH);
    if (!ui->transcript.image[0])
        rect_cut_columns (&area, IMAGE_WIDTH + 1);
    rect_cut_columns (&area, -1);
    return area;
}

/* What is not of the image is told apart by a mark before it. */
static struct rect
line_area (const struct transcript_line *line, struct rect text)
{
    if (line->mark)
        rect_cut_columns (&text, MARK_WIDTH);
    return text;
}

static int
line_rows (struct transcript_line *line, struct rect text)
{
    int columns = line_area (line, text).columns;
    if (line->rows > 0 && line->columns == columns && line->wrapped == line->size)
        return line->rows;
    int rows = layout_paragraph_rows (line->text, columns);
    line->rows = rows > 1 ? rows : 1;
    line->columns = columns;
    line->wrapped = line->size;
    return line->rows;
}

/* Its first row at ROW, which may lie above AREA. */
static void
line_draw (const struct ui *ui, struct grid *grid, struct rect area, int row,
           const struct transcript_line *line)
{
    char at[AGE_SIZE];
    const struct model_transcript *transcript = &ui->transcript;
    struct rect text = text_area (ui, area);
    struct style dim = style_of (grid, ROLE_DIM);
    struct style style = style_of (grid, line->mark                          ? ROLE_WARNING
                                         : line->number == transcript->found ? ROLE_SELECTION
                                                                             : ROLE_NORMAL);
    int column = 1;
    if (area.columns >= TIME_FROM)
        column = grid_string (grid, area, row, column, dim,
                              day_time_text (line->at_ms, ui->now.zone_s, at))
                 + 2;
    if (!transcript->image[0])
        grid_field (grid, area, row, column, IMAGE_WIDTH, style_of (grid, ROLE_KEY), line->image,
                    strlen (line->image));
    if (line->mark)
        grid_string (grid, text, row, 0, style, "-- ");
    layout_paragraph (grid, line_area (line, text), row, style, line->text);
}

/* ---- scrolling ------------------------------------------------------------------------------ */

/* The place of the line at the bottom; the count: none passes. One that passes no more, or is forgotten, is
 * the next one that is there. */
static size_t
bottom_place (struct model_transcript *transcript)
{
    size_t newest = model_transcript_next (transcript, transcript->count - 1, true);
    uint64_t oldest =
        transcript->count > transcript->first ? transcript->lines[transcript->first].number : 0;
    if (transcript->count == transcript->first || transcript->last == 0)
        return newest;
    uint64_t number = transcript->last < oldest ? oldest : transcript->last;
    size_t place =
        model_transcript_next (transcript, transcript->first + (size_t) (number - oldest), false);
    if (place == transcript->count)
        return newest;
    if (transcript->lines[place].number != transcript->last)
        transcript->cut = 0;
    return place;
}

/* Goes up by so many rows from (*PLACE, *CUT). Returns how many were missing. */
static int
go_up (const struct model_transcript *transcript, struct rect text, size_t *place, int *cut, int by)
{
    while (by > 0) {
        int left = line_rows (&transcript->lines[*place], text) - 1 - *cut;
        int step = by < left ? by : left;
        size_t before = *place > transcript->first
                            ? model_transcript_next (transcript, *place - 1, true)
                            : transcript->count;
        *cut += step;
        by -= step;
        if (by == 0 || before == transcript->count)
            break;
        *place = before;
        *cut = 0;
        by--;
    }
    return by;
}

static void
go_down (const struct model_transcript *transcript, struct rect text, size_t *place, int *cut,
         int by)
{
    while (by > 0) {
        int step = by < *cut ? by : *cut;
        size_t next = model_transcript_next (transcript, *place + 1, false);
        *cut -= step;
        by -= step;
        if (by == 0 || next == transcript->count)
            break;
        *place = next;
        *cut = line_rows (&transcript->lines[next], text) - 1;
        by--;
    }
}

/* Carries out what is to be scrolled. The first line stands at the top at most. Returns the place of the line
 * at the bottom, and how many rows of AREA stay empty in *ROOM. */
static size_t
scroll (struct model_transcript *transcript, struct rect text, int rows, int *room)
{
    size_t place = bottom_place (transcript);
    int cut = transcript->cut, by = transcript->by;
    if (place == transcript->count)
        return place;
    go_up (transcript, text, &place, &cut, by);
    go_down (transcript, text, &place, &cut, -by);
    size_t top = place;
    int top_cut = cut;
    int missing = go_up (transcript, text, &top, &top_cut, rows - 1);
    go_down (transcript, text, &place, &cut, missing);
    size_t newest = model_transcript_next (transcript, transcript->count - 1, true);
    bool follows = place == newest && cut == 0;
    transcript->last = follows ? 0 : transcript->lines[place].number;
    transcript->cut = cut;
    transcript->by = 0;
    top = place;
    top_cut = cut;
    *room = go_up (transcript, text, &top, &top_cut, rows - 1);
    return place;
}

/* How many lines pass below the one at the bottom. */
static size_t
lines_below (const struct model_transcript *transcript)
{
    size_t count = 0;
    for (size_t index = transcript->count; transcript->last > 0 && index-- > transcript->first;) {
        if (transcript->lines[index].number <= transcript->last)
            break;
        count += model_transcript_passes (transcript, &transcript->lines[index]);
    }
    return count;
}

static void
transcript_draw_title (const struct ui *ui, struct grid *grid, struct rect area)
{
    const struct model_transcript *transcript = &ui->transcript;
    struct style dim = style_of (grid, ROLE_DIM);
    int column = grid_printf (grid, area, 0, 0, dim, "%s",
                              transcript->image[0] ? transcript->image : "all images");
    if (transcript->filter[0])
        column = grid_printf (grid, area, 0, column, dim, "  %zu match /%s",
                              model_transcript_passing (transcript), transcript->filter);
    size_t below = lines_below (transcript);
    if (below > 0)
        grid_printf (grid, area, 0, column, dim, "  %zu more below", below);
}

/* What is said where there is no line. */
static void
notice_draw (struct ui *ui, struct grid *grid, struct rect area)
{
    struct model_transcript *transcript = &ui->transcript;
    const struct transcript_tape *tape =
        transcript->image[0] ? model_transcript_tape (transcript, transcript->image) : NULL;
    if (transcript->filter[0])
        layout_notice (grid, area, "No line matches the filter.", "Esc shows all of them");
    else if (tape && tape->why[0])
        layout_notice (grid, area, "There is no transcript of it.", tape->why);
    else
        layout_notice (grid, area, "Nothing was written on the transcript yet.",
                       "Transcript showCr: 'hello' in an image writes here; a shows all images");
}

/* From the line at the bottom upwards, so that only what is seen is wrapped. */
static void
transcript_draw (struct ui *ui, struct grid *grid, struct rect area)
{
    struct model_transcript *transcript = &ui->transcript;
    struct rect text = text_area (ui, area);
    int room = 0;
    ui->list_area = area;
    size_t place = scroll (transcript, text, area.rows, &room);
    if (place == transcript->count) {
        notice_draw (ui, grid, area);
        return;
    }
    int row = area.rows - room + transcript->cut;
    while (row > 0 && place < transcript->count) {
        struct transcript_line *line = &transcript->lines[place];
        row -= line_rows (line, text);
        line_draw (ui, grid, area, row, line);
        place = place > transcript->first ? model_transcript_next (transcript, place - 1, true)
                                          : transcript->count;
    }
}

static int
transcript_act (struct ui *ui, int request)
{
    struct model_transcript *transcript = &ui->transcript;
    int page = ui->list_area.rows > 1 ? ui->list_area.rows - 1 : 1;
    switch (request) {
    case EDITOR_UP:
        transcript->by++;
        break;
    case EDITOR_DOWN:
        transcript->by--;
        break;
    case EDITOR_PAGE_UP:
        transcript->by += page;
        break;
    case EDITOR_PAGE_DOWN:
        transcript->by -= page;
        break;
    case EDITOR_TEXT_START:
        transcript->by = TRANSCRIPT_BY_ALL;
        break;
    case EDITOR_TEXT_END:
        model_transcript_follow (transcript);
        break;
    case SCREEN_BACK:
        if (!transcript->filter[0] && !transcript->found)
            return request;
        transcript->filter[0] = '\0';
        transcript->found = 0;
        model_transcript_follow (transcript);
        break;
    default:
        return request;
    }
    return SCREEN_DONE;
}

static const char *const hints[] = {"back",      "page-up",   "all-images", "filter-lines",
                                    "find-text", "find-next", "page-down",  "help",
                                    "bottom",    NULL};

const struct screen screen_transcript = {
    .name = "transcript",
    .title = "Transcript",
    .group = COMMAND_TRANSCRIPT,
    .hints = hints,
    .draw_title = transcript_draw_title,
    .draw = transcript_draw,
    .act = transcript_act,
};
