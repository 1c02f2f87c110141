/* alloc.h: the heap, where running out of memory ends the program in one place. Pure. */

#ifndef STUI_RUNTIME_ALLOC_H
#define STUI_RUNTIME_ALLOC_H

#include <stddef.h>

/* Zeroed memory; never NULL. Free with free (). */
void *stui_alloc (size_t bytes) __attribute__ ((malloc, returns_nonnull));
void *stui_realloc (void *memory, size_t bytes) __attribute__ ((returns_nonnull));
char *stui_strdup (const char *text) __attribute__ ((malloc, returns_nonnull));
char *stui_strndup (const char *text, size_t bytes) __attribute__ ((malloc, returns_nonnull));
/* SIZE bytes, whatever they are (MEMORY may be NULL when that is 0), and a NUL behind them. */
char *stui_memdup (const void *memory, size_t size) __attribute__ ((malloc, returns_nonnull));
/* MEMORY as it came from some other allocator; NULL ends the program. */
void *stui_alloc_check (void *memory) __attribute__ ((returns_nonnull));
/* Formatted text of its own. */
char *stui_printf (const char *format, ...)
    __attribute__ ((malloc, returns_nonnull, format (printf, 1, 2)));

/* Gives memory that is free back to the system, as far as whole pages are. Takes some ms when there are
 * hundreds of MB. */
void stui_tidy (void);

/* Makes room for COUNT + 1 elements of SIZE bytes in the growing array *ARRAY of capacity
 * *CAPACITY (both may start as NULL and 0). */
void stui_grow (void *array_p, size_t *capacity, size_t count, size_t size);

#endif
