/* untagged.c: see untagged.h. */

#include "runtime/untagged.h"

#include "runtime/json.h"

struct json *
context_untagged (const struct json *context)
{
    const struct json *results = json_get (context, "results");
    struct json *untagged = json_copy (context);
    if (!json_is_array (results))
        return untagged;
    struct json *untold = json_array ();
    for (const struct json *one = json_first (results); one; one = json_next (one)) {
        struct json *result = json_copy (one);
        if (json_get (one, "asked_by"))
            json_set (result, "asked_by", NULL);
        json_push (untold, result);
    }
    json_set (untagged, "results", untold);
    return untagged;
}
