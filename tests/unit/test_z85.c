/* test_z85.c: keys of CURVE as texts, against libzmq's own. */

#include "runtime/z85.h"

#include <string.h>

#include <criterion/criterion.h>
#include <zmq.h>

#include "runtime/random.h"

Test (z85, agrees_with_libzmq)
{
    struct random_source random = {.state = 7};
    for (int round = 0; round < 1000; round++) {
        unsigned char key[Z85_KEY_BYTES], back[Z85_KEY_BYTES];
        char text[Z85_KEY_CHARACTERS + 1], theirs[Z85_KEY_CHARACTERS + 1];
        for (size_t i = 0; i < sizeof key; i++)
            key[i] = (unsigned char) random_below (&random, 256);
        z85_from_key (key, text);
        cr_assert_str_eq (text, zmq_z85_encode (theirs, key, sizeof key));
        cr_assert (z85_to_key (text, back));
        cr_assert_arr_eq (back, key, sizeof key);
    }
}

Test (z85, what_is_no_key_is_refused)
{
    static const char *const wrong[] = {
        "",
        "short",
        "0123456789012345678901234567890123456789x",
        "012345678901234567890123456789012345678 ",
        "01234567890123456789012345678901234567\"9",
        "#####01234567890123456789012345678901234", /* above 2^32 */
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_expect_not (z85_to_key (wrong[i], NULL), "%s", wrong[i]);
}
