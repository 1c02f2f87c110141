/* test_thread_room.c: what every thread of the program is given before it does anything. There are a
 * thousand: an array that one actor would like for itself costs all of them its room, and each start
 * the time to zero it. */

#include <link.h>

#include <criterion/criterion.h>

enum { ROOM_BYTES = 1024 };

/* The program's own segment: it is the first object. */
static int
room_visit (struct dl_phdr_info *object, size_t size, void *context)
{
    (void) size;
    for (int index = 0; index < object->dlpi_phnum; index++)
        if (object->dlpi_phdr[index].p_type == PT_TLS)
            *(size_t *) context += object->dlpi_phdr[index].p_memsz;
    return 1;
}

Test (thread_room, a_thread_is_given_no_array_of_another_ones)
{
    size_t bytes = 0;
    dl_iterate_phdr (room_visit, &bytes);
    cr_expect_leq (bytes, ROOM_BYTES, "every thread is given %zu bytes by the program itself",
                   bytes);
}
