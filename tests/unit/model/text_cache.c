/* Text embeddings on disk: found again, never believed when damaged, bounded. */
#include "fixture.h"

#include "model/text_cache.h"

#include <string.h>

#define DIM 8

static const char *const texts[] = {"a street", "a forest"};

static void
fill(float *values, float start)
{
    for (guint i = 0; i < 2 * DIM; i++)
        values[i] = start + (float)i;
}

static CwTextCache *
open_cache(const char *directory, const char *space)
{
    return cw_text_cache_new(directory, space, DIM, CW_TEXT_CACHE_FILE_BYTES,
                             CW_TEXT_CACHE_DIRECTORY_BYTES);
}

/* The only file below directory, (transfer full). */
static char *
find_only_file(const char *directory)
{
    g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
    const char *name = g_dir_read_name(dir);
    g_assert_nonnull(name);
    g_assert_null(g_dir_read_name(dir));
    return g_build_filename(directory, name, NULL);
}

static void
test_kept(void)
{
    g_autofree char *directory = cw_test_make_dir();
    float written[2 * DIM], read[DIM];
    fill(written, 1);
    {
        g_autoptr(CwTextCache) cache = open_cache(directory, "space");
        g_assert_false(cw_text_cache_get(cache, texts[0], read));
        cw_text_cache_put(cache, texts, 2, written);
        g_assert_true(cw_text_cache_get(cache, texts[1], read));
    }
    g_autoptr(CwTextCache) again = open_cache(directory, "space");
    cw_text_cache_refresh(again);
    g_assert_true(cw_text_cache_get(again, texts[1], read));
    g_assert_cmpmem(read, sizeof read, written + DIM, sizeof read);
    g_assert_false(cw_text_cache_get(again, "a lake", read));
    g_autoptr(CwTextCache) other = open_cache(directory, "another space");
    cw_text_cache_refresh(other);
    g_assert_false(cw_text_cache_get(other, texts[1], read));
    cw_test_remove_dir(directory);
}

static void
test_seen_by_others(void)
{
    g_autofree char *directory = cw_test_make_dir();
    g_autoptr(CwTextCache) reader = open_cache(directory, "space");
    g_autoptr(CwTextCache) writer = open_cache(directory, "space");
    float written[2 * DIM], read[DIM];
    fill(written, 3);
    cw_text_cache_refresh(reader);
    cw_text_cache_put(writer, texts, 2, written);
    cw_text_cache_refresh(reader);
    g_assert_true(cw_text_cache_get(reader, texts[0], read));
    g_assert_cmpmem(read, sizeof read, written, sizeof read);
    cw_test_remove_dir(directory);
}

/* Every single byte flipped, and every length cut: an entry is either the one written or a miss. */
static void
test_damaged(void)
{
    g_autofree char *directory = cw_test_make_dir();
    float written[2 * DIM], read[DIM];
    fill(written, 5);
    {
        g_autoptr(CwTextCache) cache = open_cache(directory, "space");
        cw_text_cache_put(cache, texts, 2, written);
    }
    g_autofree char *path = find_only_file(directory);
    g_autofree char *contents = NULL;
    gsize length;
    guint n_missed = 0;
    g_assert_true(g_file_get_contents(path, &contents, &length, NULL));
    for (gsize i = 0; i < 2 * length; i++) {
        g_autofree char *bytes = g_memdup2(contents, length);
        if (i < length)
            bytes[i] ^= 0x10;
        g_assert_true(
            g_file_set_contents(path, bytes, (gssize)(i < length ? length : i - length), NULL));
        g_autoptr(CwTextCache) cache = open_cache(directory, "space");
        cw_text_cache_refresh(cache);
        for (guint t = 0; t < 2; t++)
            if (cw_text_cache_get(cache, texts[t], read))
                g_assert_cmpmem(read, sizeof read, written + t * DIM, sizeof read);
            else
                n_missed++;
    }
    g_assert_cmpuint(n_missed, >, 0);
    /* And it goes on after the damage. */
    g_autoptr(CwTextCache) cache = open_cache(directory, "space");
    cw_text_cache_put(cache, texts, 2, written);
    g_assert_true(cw_text_cache_get(cache, texts[0], read));
    cw_test_remove_dir(directory);
}

static void
test_unwritable(void)
{
    g_autofree char *directory = cw_test_make_dir();
    g_autofree char *file = cw_test_write(directory, "not-a-folder", "x", 1);
    g_autoptr(CwTextCache) cache = open_cache(file, "space");
    float written[2 * DIM], read[DIM];
    fill(written, 7);
    cw_text_cache_put(cache, texts, 2, written);
    cw_text_cache_refresh(cache);
    cw_text_cache_get(cache, texts[0], read); /* hit or miss, but no crash and no complaint */
    cw_test_remove_dir(directory);
}

static void
test_bounded(void)
{
    g_autofree char *directory = cw_test_make_dir();
    const guint64 bound = 4096;
    g_autoptr(CwTextCache) cache = cw_text_cache_new(directory, "space", DIM, bound, 2 * bound);
    float values[DIM] = {1, 2, 3, 4, 5, 6, 7, 8}, read[DIM];
    char text[32];
    for (guint i = 0; i < 500; i++) {
        const char *one = text;
        g_snprintf(text, sizeof text, "text %u", i);
        cw_text_cache_put(cache, &one, 1, values);
    }
    g_autofree char *path = find_only_file(directory);
    g_autofree char *contents = NULL;
    gsize length;
    g_assert_true(g_file_get_contents(path, &contents, &length, NULL));
    g_assert_cmpuint(length, <=, bound);
    g_assert_true(cw_text_cache_get(cache, text, read));
    cw_test_remove_dir(directory);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/text_cache/keeps embeddings between runs", test_kept);
    g_test_add_func("/model/text_cache/shows what others wrote", test_seen_by_others);
    g_test_add_func("/model/text_cache/believes no damaged byte", test_damaged);
    g_test_add_func("/model/text_cache/lives without a folder to write to", test_unwritable);
    g_test_add_func("/model/text_cache/stays within its bound", test_bounded);
    return g_test_run();
}
