/* alloc.c: see alloc.h. */

#include "runtime/alloc.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *
stui_alloc_check (void *memory)
{
    if (!memory) {
        fputs ("stui: out of memory\n", stderr);
        abort ();
    }
    return memory;
}

void *
stui_alloc (size_t bytes)
{
    return stui_alloc_check (calloc (1, bytes ? bytes : 1));
}

void *
stui_realloc (void *memory, size_t bytes)
{
    return stui_alloc_check (realloc (memory, bytes ? bytes : 1));
}

char *
stui_strdup (const char *text)
{
    return stui_alloc_check (strdup (text));
}

char *
stui_strndup (const char *text, size_t bytes)
{
    return stui_alloc_check (strndup (text, bytes));
}

char *
stui_memdup (const void *memory, size_t size)
{
    char *copy = stui_realloc (NULL, size + 1);
    if (size > 0)
        memcpy (copy, memory, size);
    copy[size] = '\0';
    return copy;
}

char *
stui_printf (const char *format, ...)
{
    va_list args;
    va_start (args, format);
    char *text = NULL;
    int length = vasprintf (&text, format, args);
    va_end (args);
    return stui_alloc_check (length < 0 ? NULL : text);
}

void
stui_grow (void *array_p, size_t *capacity, size_t count, size_t size)
{
    if (count < *capacity)
        return;
    size_t wanted = *capacity ? *capacity * 2 : 8;
    void *array;
    memcpy (&array, array_p, sizeof array);
    array = stui_realloc (array, wanted * size);
    memset ((char *) array + *capacity * size, 0, (wanted - *capacity) * size);
    memcpy (array_p, &array, sizeof array);
    *capacity = wanted;
}

void
stui_tidy (void)
{
    malloc_trim (0);
}
