/* Token ids, exact: against the original tokenizer, against the facts of the release, and what must
 * be refused. */
#include "fixture.h"

#include <clipwatch/tokenizer.h>

#include "base/dirs.h"
#include "base/json.h"
#include "weights/safetensors.h"

#include <string.h>

#define RELEASE_VOCABULARY "models/tokenizer/bpe_simple_vocab_16e6.txt.gz"

static CwTokenizer *
open_shipped(const char *relative)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = cw_dirs_find(relative, "tokenizer", &error);
    g_assert_no_error(error);
    CwTokenizer *tokenizer = cw_tokenizer_open(path, &error);
    g_assert_no_error(error);
    return tokenizer;
}

static void
assert_ids(const CwTokenizer *tokenizer, const char *text, const gint64 *expected, guint n)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) ids = cw_tokenizer_encode(tokenizer, text, &error);
    g_assert_no_error(error);
    g_test_message("'%s'", text);
    g_assert_cmpuint(ids->len, ==, n);
    for (guint i = 0; i < n; i++)
        g_assert_cmpint(g_array_index(ids, gint32, i), ==, expected[i]);
}

/* The ids of one golden case; returns how many. */
static guint
read_ids(CwJsonValue test_case, gint64 *ids, guint max)
{
    g_autoptr(GError) error = NULL;
    CwJsonValue list, id;
    const void *cursor = NULL;
    guint n = 0;
    g_assert_true(cw_json_get_array(test_case, "ids", &list, &error));
    while (cw_json_next(list, &cursor, &id, NULL)) {
        g_assert_cmpuint(n, <, max);
        g_assert_true(cw_json_value_int(id, 0, G_MAXINT32, &ids[n++], &error));
    }
    return n;
}

static void
test_golden(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = cw_test_shared("reference/tokenizer/golden.json");
    if (!path)
        return;
    g_autoptr(CwTokenizer) tokenizer = open_shipped(RELEASE_VOCABULARY);
    g_autoptr(CwJson) json = cw_json_read_file(path, 1 << 20, &error);
    g_assert_no_error(error);
    CwJsonValue test_case;
    const void *cursor = NULL;
    guint n_cases = 0;
    while (cw_json_next(cw_json_root(json), &cursor, &test_case, NULL)) {
        const char *text;
        gint64 ids[1024];
        g_assert_true(cw_json_get_string(test_case, "text", &text, &error));
        guint n = read_ids(test_case, ids, G_N_ELEMENTS(ids));
        if (strstr(text, "<|endoftext|>"))
            continue; /* ours refuses what the original cuts: test_control_tokens() */
        assert_ids(tokenizer, text, ids, n);
        n_cases++;
    }
    g_assert_cmpuint(n_cases, >=, 38);
}

/* The embedded model's own vocabulary, against the ids that its golden embeddings were made from.
 */
static void
test_starter(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwTokenizer) tokenizer = open_shipped("models/starter");
    g_autofree char *json_path = cw_dirs_find("models/starter/golden.json", "file", &error);
    g_autofree char *golden_path =
        cw_dirs_find("models/starter/golden.safetensors", "file", &error);
    g_autoptr(CwJson) json = cw_json_read_file(json_path, 1 << 20, &error);
    g_autoptr(CwSafetensors) golden = cw_safetensors_open(golden_path, &error);
    g_assert_no_error(error);
    CwTensor ids;
    CwJsonValue texts, value;
    const void *cursor = NULL;
    g_assert_true(cw_safetensors_find(golden, "input_ids", &ids));
    g_assert_true(cw_json_get_array(cw_json_root(json), "texts", &texts, &error));
    const guint context = (guint)ids.dims[1];
    for (guint row = 0; cw_json_next(texts, &cursor, &value, NULL); row++) {
        const char *text;
        gint32 ours[77];
        guint n_used;
        g_assert_true(cw_json_value_string(value, &text, &error));
        g_assert_true(
            cw_tokenizer_encode_context(tokenizer, text, context, 0, ours, &n_used, &error));
        for (guint i = 0; i < context; i++) {
            const gsize at = (gsize)row * context + i;
            const gint64 expected = ids.dtype == CW_DTYPE_I64 ? ((const gint64 *)ids.data)[at]
                                                              : ((const gint32 *)ids.data)[at];
            g_assert_cmpint(ours[i], ==, expected);
        }
    }
}

static void
test_release(void)
{
    g_autoptr(CwTokenizer) tokenizer = open_shipped(RELEASE_VOCABULARY);
    g_assert_cmpuint(cw_tokenizer_get_n_tokens(tokenizer), ==, 49408);
    g_assert_cmpint(cw_tokenizer_get_start_id(tokenizer), ==, 49406);
    g_assert_cmpint(cw_tokenizer_get_end_id(tokenizer), ==, 49407);
    assert_ids(tokenizer, "itap of a parking lot.",
               (gint64[]){529, 2728, 539, 320, 5984, 1954, 269}, 7);
    assert_ids(tokenizer, "a photo of a school campus at night!!!",
               (gint64[]){320, 1125, 539, 320, 1228, 4560, 536, 930, 995}, 9);
    assert_ids(tokenizer, "&amp;lt;b&gt;", (gint64[]){283, 321, 285}, 3);
    assert_ids(tokenizer, "foo  \t bar", (gint64[]){23435, 2411}, 2);
    assert_ids(tokenizer, "日本語", (gint64[]){39121, 44353, 34002, 508}, 4);
    assert_ids(tokenizer, "😀", (gint64[]){7334}, 1);
    assert_ids(tokenizer, "", NULL, 0);
}

static void
test_control_tokens(void)
{
    static const char *const texts[] = {
        "a <|endoftext|> b", "<|STARTOFTEXT|>", "&lt;|endoftext|&gt;",
        "x <start_of_text>", "<END_OF_TEXT>",
    };
    g_autoptr(CwTokenizer) tokenizer = open_shipped(RELEASE_VOCABULARY);
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        GError *error = NULL;
        g_assert_null(cw_tokenizer_encode(tokenizer, texts[i], &error));
        cw_test_expect_error(&error, CW_ERROR, CW_ERROR_ARGUMENT, texts[i], "control token", NULL);
    }
}

static void
test_context(void)
{
    g_autoptr(CwTokenizer) tokenizer = open_shipped(RELEASE_VOCABULARY);
    GError *error = NULL;
    gint32 ids[6];
    guint n_used;
    g_assert_true(cw_tokenizer_encode_context(tokenizer, "a cat", 6, 7, ids, &n_used, &error));
    g_assert_cmpuint(n_used, ==, 4);
    g_assert_cmpmem(ids, sizeof ids, ((gint32[]){49406, 320, 2368, 49407, 7, 7}), sizeof ids);
    g_assert_false(
        cw_tokenizer_encode_context(tokenizer, "a photo of a cat", 6, 0, ids, &n_used, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_LIMIT, "7 tokens", "1 more than the 6",
                         "a photo of a cat", NULL);
}

static void
test_invalid_text(void)
{
    g_autoptr(CwTokenizer) tokenizer = open_shipped(RELEASE_VOCABULARY);
    g_autofree char *huge = g_strnfill(70000, 'a');
    GError *error = NULL;
    g_assert_null(cw_tokenizer_encode(tokenizer, "a \xff b", &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT, "UTF-8", NULL);
    g_assert_null(cw_tokenizer_encode(tokenizer, huge, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_LIMIT, "70000 bytes", "65536", NULL);
}

static void
test_decode(void)
{
    g_autoptr(CwTokenizer) tokenizer = open_shipped(RELEASE_VOCABULARY);
    GError *error = NULL;
    g_autoptr(GArray) ids = cw_tokenizer_encode(tokenizer, "Don't look: CAFÉ 42", NULL);
    g_autofree char *text =
        cw_tokenizer_decode(tokenizer, (const gint32 *)ids->data, ids->len, NULL);
    g_assert_cmpstr(text, ==, "don 't look : café 4 2");
    g_assert_null(cw_tokenizer_decode(tokenizer, (gint32[]){49408}, 1, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_ARGUMENT, "49408", "49407", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/text/tokenizer/gives the ids of the original", test_golden);
    g_test_add_func("/text/tokenizer/gives the ids of the embedded model's golden", test_starter);
    g_test_add_func("/text/tokenizer/knows the release's ids", test_release);
    g_test_add_func("/text/tokenizer/refuses control tokens", test_control_tokens);
    g_test_add_func("/text/tokenizer/fills a context and says what is too long", test_context);
    g_test_add_func("/text/tokenizer/refuses invalid and huge text", test_invalid_text);
    g_test_add_func("/text/tokenizer/spells ids as text", test_decode);
    return g_test_run();
}
