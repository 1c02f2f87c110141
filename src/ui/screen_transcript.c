/* screen_transcript.c: what images write on their transcripts, newest last: of one image, or of all with
 * their names; where text is missing a line says so. Pure. */

#include <string.h>

#include "ui/layout.h"
#include "ui/ui_step.h"

enum { IMAGE_WIDTH = 14, TIME_FROM = 60 /* columns */ };

static void
line_draw (const struct ui *ui, struct grid *grid, struct rect area, int row,
           const struct transcript_line *line)
{
    char at[AGE_SIZE];
    const struct model_transcript *transcript = &ui->transcript;
    struct style dim = style_of (grid, ROLE_DIM);
    struct style text = style_of (grid, line->mark                          ? ROLE_WARNING
                                        : line->number == transcript->found ? ROLE_SELECTION
                                                                            : ROLE_NORMAL);
    int column = 1;
    if (area.columns >= TIME_FROM)
        column = grid_string (grid, area, row, column, dim,
                              day_time_text (line->at_ms, ui->now.zone_s, at))
                 + 2;
    if (!transcript->image[0])
        column = grid_field (grid, area, row, column, IMAGE_WIDTH, style_of (grid, ROLE_KEY),
                             line->image, strlen (line->image))
                 + 1;
    if (line->mark)
        column = grid_string (grid, area, row, column, text, "-- ");
    grid_field (grid, area, row, column, area.columns - column - 1, text, line->text, line->size);
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
    if (transcript->up > 0)
        grid_printf (grid, area, 0, column, dim, "  %d more below", transcript->up);
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

static void
transcript_draw (struct ui *ui, struct grid *grid, struct rect area)
{
    struct model_transcript *transcript = &ui->transcript;
    int count = (int) model_transcript_passing (transcript);
    int most = count > area.rows ? count - area.rows : 0;
    ui->list_area = area;
    transcript->up = transcript->up > most ? most : transcript->up;
    if (count == 0)
        notice_draw (ui, grid, area);
    int skip = most - transcript->up, row = 0;
    for (size_t index = transcript->first; row < area.rows && index < transcript->count; index++)
        if (model_transcript_passes (transcript, &transcript->lines[index]) && skip-- <= 0)
            line_draw (ui, grid, area, row++, &transcript->lines[index]);
}

static int
transcript_act (struct ui *ui, int request)
{
    struct model_transcript *transcript = &ui->transcript;
    int page = ui->list_area.rows > 1 ? ui->list_area.rows - 1 : 1;
    switch (request) {
    case EDITOR_UP:
        transcript->up++;
        break;
    case EDITOR_DOWN:
        transcript->up--;
        break;
    case EDITOR_PAGE_UP:
        transcript->up += page;
        break;
    case EDITOR_PAGE_DOWN:
        transcript->up -= page;
        break;
    case EDITOR_TEXT_START:
        transcript->up = TRANSCRIPT_LINES_MAX;
        break;
    case EDITOR_TEXT_END:
        transcript->up = 0;
        break;
    case SCREEN_BACK:
        if (!transcript->filter[0] && !transcript->found)
            return request;
        transcript->filter[0] = '\0';
        transcript->found = 0;
        transcript->up = 0;
        break;
    default:
        return request;
    }
    transcript->up = transcript->up < 0 ? 0 : transcript->up;
    return SCREEN_DONE;
}

static const char *const hints[] = {"back",      "all-images", "filter-lines", "find-text",
                                    "find-next", "help",       "bottom",       NULL};

const struct screen screen_transcript = {
    .name = "transcript",
    .title = "Transcript",
    .group = COMMAND_TRANSCRIPT,
    .hints = hints,
    .draw_title = transcript_draw_title,
    .draw = transcript_draw,
    .act = transcript_act,
};
