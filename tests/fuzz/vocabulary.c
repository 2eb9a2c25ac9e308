/* Opens any bytes as a tokenizer.json, a merge list and a vocab.json; what opens must encode. */
#include "fuzz.h"

#include <clipwatch/tokenizer.h>

#include "text/load.h"

#include <glib/gstdio.h>
#include <unistd.h>

static void
check_vocabulary(CwVocabulary *vocabulary, GError **place)
{
    g_autoptr(GError) error = g_steal_pointer(place);
    g_assert_true((vocabulary == NULL) == (error != NULL));
    if (!vocabulary) {
        g_assert_true(error->domain == CW_ERROR && g_utf8_validate(error->message, -1, NULL));
        return;
    }
    gint32 symbols[3];
    for (guint i = 0; i < 3; i++)
        symbols[i] = cw_vocabulary_byte(vocabulary, (guint8)('a' + i), i == 2);
    const guint n = cw_vocabulary_merge(vocabulary, symbols, 3);
    g_assert_true(n >= 1 && n <= 3);
    for (guint i = 0; i < n; i++)
        g_assert_nonnull(cw_vocabulary_token(vocabulary, symbols[i]));
    cw_vocabulary_free(vocabulary);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *path = NULL;
    const int fd = g_file_open_tmp("clipwatch-fuzz-XXXXXX", &path, NULL);
    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(write(fd, data, size), ==, size);
    close(fd);
    GError *error = NULL;
    check_vocabulary(cw_vocabulary_load_tokenizer_json(path, &error), &error);
    check_vocabulary(cw_vocabulary_load_release(path, &error), &error);
    check_vocabulary(cw_vocabulary_load_pair(path, path, &error), &error);
    g_unlink(path);
    return 0;
}
