/* Encodes any bytes with the embedded model's vocabulary; what is accepted must decode to the
 * cleaned text's bytes, and fit a context just when it says so. */
#include "fuzz.h"

#include <clipwatch/tokenizer.h>

#include "base/dirs.h"

#include <string.h>

static CwTokenizer *
open_starter(void)
{
    static gsize tokenizer;
    if (g_once_init_enter(&tokenizer)) {
        g_autoptr(GError) error = NULL;
        g_autofree char *path = cw_dirs_find("models/starter", "model", &error);
        g_assert_no_error(error);
        CwTokenizer *opened = cw_tokenizer_open(path, &error);
        g_assert_no_error(error);
        g_once_init_leave(&tokenizer, (gsize)opened);
    }
    return (CwTokenizer *)tokenizer;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autoptr(GError) error = NULL;
    const CwTokenizer *tokenizer = open_starter();
    g_autoptr(GArray) ids = cw_tokenizer_encode(tokenizer, text, &error);
    g_assert_true((ids == NULL) == (error != NULL));
    if (!ids) {
        g_assert_true(g_utf8_validate(error->message, -1, NULL));
        return 0;
    }
    const guint n_tokens = cw_tokenizer_get_n_tokens(tokenizer);
    for (guint i = 0; i < ids->len; i++) {
        const gint32 id = g_array_index(ids, gint32, i);
        g_assert_true(id >= 0 && (guint)id < n_tokens);
        g_assert_cmpint(id, !=, cw_tokenizer_get_start_id(tokenizer));
        g_assert_cmpint(id, !=, cw_tokenizer_get_end_id(tokenizer));
    }
    g_autofree char *decoded =
        cw_tokenizer_decode(tokenizer, (const gint32 *)ids->data, ids->len, &error);
    g_assert_no_error(error);
    g_assert_true(g_utf8_validate(decoded, -1, NULL));
    gint32 context[32];
    guint n_used;
    g_assert_true(cw_tokenizer_encode_context(tokenizer, text, 32, 0, context, &n_used, NULL) ==
                  (ids->len + 2 <= 32));
    return 0;
}
