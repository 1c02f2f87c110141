/* no_diff.c: Criterion shows how two texts of its newer assertions differ by libgit2, which brings twenty
 * libraries that each process of a test, and each test is one, would load and start: half of its time. Our
 * tests use the older assertions; so the three functions are here, and say that there is no difference
 * to show. */

#include <git2.h>

int
git_libgit2_init (void)
{
    return 1;
}

int
git_libgit2_shutdown (void)
{
    return 0;
}

int
git_diff_buffers (const void *old_buffer, size_t old_len, const char *old_as_path,
                  const void *new_buffer, size_t new_len, const char *new_as_path,
                  const git_diff_options *options, git_diff_file_cb file_cb,
                  git_diff_binary_cb binary_cb, git_diff_hunk_cb hunk_cb, git_diff_line_cb line_cb,
                  void *payload)
{
    (void) old_buffer, (void) old_len, (void) old_as_path, (void) new_buffer, (void) new_len;
    (void) new_as_path, (void) options, (void) file_cb, (void) binary_cb, (void) hunk_cb;
    (void) line_cb, (void) payload;
    return GIT_ENOTFOUND;
}
