/* Vocabularies in each format that publishers use, and those that must be refused. */
#include "fixture.h"

#include <clipwatch/tokenizer.h>

#include "base/dirs.h"
#include "base/json_write.h"

#include <string.h>
#include <unistd.h>

#define PIPELINE                                                                             \
    "\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFC\"},"             \
    "{\"type\":\"Lowercase\"}]},\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":" \
    "[{\"type\":\"Split\"},{\"type\":\"ByteLevel\"}]},"

typedef struct {
    char *dir;
    char *vocab;  /* the embedded model's vocab.json */
    char *merges; /* its merges.txt */
} Starter;

static void
set_up(Starter *starter, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *vocab = cw_dirs_find("models/starter/vocab.json", "file", &error);
    g_autofree char *merges = cw_dirs_find("models/starter/merges.txt", "file", &error);
    g_assert_no_error(error);
    starter->dir = cw_test_make_dir();
    g_assert_true(g_file_get_contents(vocab, &starter->vocab, NULL, NULL));
    g_assert_true(g_file_get_contents(merges, &starter->merges, NULL, NULL));
}

static void
tear_down(Starter *starter, gconstpointer data)
{
    cw_test_remove_dir(starter->dir);
    g_free(starter->dir);
    g_free(starter->vocab);
    g_free(starter->merges);
}

static char *
replace(const char *text, const char *from, const char *to)
{
    g_auto(GStrv) pieces = g_strsplit(text, from, 2);
    g_assert_nonnull(pieces[1]);
    return g_strjoinv(to, pieces);
}

/* Opens the two files; NULL with error. */
static CwTokenizer *
open_pair(const Starter *starter, const char *vocab, const char *merges, GError **error)
{
    g_free(cw_test_write(starter->dir, "vocab.json", vocab, -1));
    g_free(cw_test_write(starter->dir, "merges.txt", merges, -1));
    return cw_tokenizer_open(starter->dir, error);
}

/* tokenizer.json as Hugging Face writes it; pairs: merges as two strings each. (transfer full) */
static char *
write_tokenizer_json(const Starter *starter, const char *pipeline, const char *model,
                     gboolean pairs)
{
    g_autoptr(GString) json = g_string_new("{\"version\":\"1.0\",");
    g_autofree char *name = g_build_filename("json", "tokenizer.json", NULL);
    g_auto(GStrv) lines = g_strsplit(starter->merges, "\n", -1);
    g_string_append_printf(json, "%s\"model\":{%s\"vocab\":%s,\"merges\":[", pipeline, model,
                           starter->vocab);
    for (guint i = 1, n = 0; lines[i]; i++) {
        g_auto(GStrv) words = g_strsplit(lines[i], " ", 2);
        if (lines[i][0] == '\0')
            continue;
        g_string_append(json, n++ > 0 ? "," : "");
        if (pairs) {
            g_string_append_c(json, '[');
            cw_json_write_string(json, words[0]);
            g_string_append_c(json, ',');
            cw_json_write_string(json, words[1]);
            g_string_append_c(json, ']');
        } else {
            cw_json_write_string(json, lines[i]);
        }
    }
    g_string_append(json, "]}}");
    return cw_test_write(starter->dir, name, json->str, (gssize)json->len);
}

static void
test_same_digest(Starter *starter, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwTokenizer) pair = open_pair(starter, starter->vocab, starter->merges, &error);
    g_assert_no_error(error);
    for (guint pairs = 0; pairs < 2; pairs++) {
        g_autofree char *path =
            write_tokenizer_json(starter, PIPELINE,
                                 pairs ? "\"type\":\"BPE\",\"continuing_subword_prefix\":\"\","
                                         "\"end_of_word_suffix\":\"</w>\","
                                       : "\"end_of_word_suffix\":\"</w>\",",
                                 (gboolean)pairs);
        g_autoptr(CwTokenizer) json = cw_tokenizer_open(path, &error);
        g_assert_no_error(error);
        g_assert_cmpstr(cw_tokenizer_get_digest(json), ==, cw_tokenizer_get_digest(pair));
        g_autoptr(GArray) ids = cw_tokenizer_encode(json, "a parking lot at night", &error);
        g_autoptr(GArray) same = cw_tokenizer_encode(pair, "a parking lot at night", &error);
        g_assert_no_error(error);
        g_assert_cmpmem(ids->data, ids->len * 4, same->data, same->len * 4);
    }
}

static void
test_other_kinds(Starter *starter, gconstpointer data)
{
    static const struct {
        const char *pipeline, *model, *fault;
    } kinds[] = {
        {PIPELINE, "\"type\":\"WordPiece\",", "its model is no BPE"},
        {PIPELINE, "\"type\":\"BPE\",", "its words do not end in </w>"},
        {PIPELINE, "\"end_of_word_suffix\":\"</w>\",\"continuing_subword_prefix\":\"##\",",
         "its words do not end in </w>"},
        {"\"pre_tokenizer\":{\"type\":\"ByteLevel\"},",
         "\"type\":\"BPE\",\"end_of_word_suffix\":\"</w>\",", "does not make lower case"},
        {"\"normalizer\":{\"type\":\"Lowercase\"},",
         "\"type\":\"BPE\",\"end_of_word_suffix\":\"</w>\",", "is not byte-level"},
        {"\"normalizer\":[],\"pre_tokenizer\":7,",
         "\"type\":\"BPE\",\"end_of_word_suffix\":\"</w>\",", "does not make lower case"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        GError *error = NULL;
        g_autofree char *path =
            write_tokenizer_json(starter, kinds[i].pipeline, kinds[i].model, FALSE);
        g_assert_null(cw_tokenizer_open(path, &error));
        cw_test_expect_error(&error, CW_ERROR, CW_ERROR_UNSUPPORTED, path, kinds[i].fault,
                             "only CLIP's tokenizer", NULL);
    }
}

static void
expect_fault(const Starter *starter, char *vocab, char *merges, int code, const char *place,
             const char *what)
{
    GError *error = NULL;
    g_assert_null(open_pair(starter, vocab ? vocab : starter->vocab,
                            merges ? merges : starter->merges, &error));
    g_assert_true(g_utf8_validate(error->message, -1, NULL));
    cw_test_expect_error(&error, CW_ERROR, code, place, what, NULL);
    g_free(vocab);
    g_free(merges);
}

static void
test_vocab_faults(Starter *starter, gconstpointer data)
{
    expect_fault(starter, g_strdup("[]"), NULL, CW_ERROR_FORMAT, "vocab.json", "not an object");
    expect_fault(starter, g_strdup("{\"a\":"), NULL, CW_ERROR_FORMAT, "vocab.json", "");
    expect_fault(starter, g_strdup("{\"a\":0,\"b\":0}"), NULL, CW_ERROR_FORMAT, "vocab.json",
                 "the token \"b\" or its id 0 is there twice");
    expect_fault(starter, g_strdup("{\"a\":-1}"), NULL, CW_ERROR_FORMAT, "vocab.json", "-1");
    expect_fault(starter, g_strdup("{\"a\":1e9}"), NULL, CW_ERROR_FORMAT, "vocab.json", "1048575");
    expect_fault(starter, g_strdup("{\"\":0}"), NULL, CW_ERROR_FORMAT, "vocab.json",
                 "a token of 0 bytes");
    expect_fault(starter, g_strdup("{\"\\u001b[2J\":0,\"b\":0}"), g_strdup(""), CW_ERROR_FORMAT,
                 "vocab.json", "\"b\"");
    expect_fault(starter, replace(starter->vocab, "{", "{\"gap\": 4000, "), NULL, CW_ERROR_FORMAT,
                 "vocab.json", "no token has id 2048");
    expect_fault(starter, replace(starter->vocab, "<|endoftext|>", "<|end|>"), NULL,
                 CW_ERROR_FORMAT, "vocab.json", "no <|startoftext|> and <|endoftext|>");
    expect_fault(starter, g_strdup("{\"a\":0}"), g_strdup("#version: 0.2\n"), CW_ERROR_UNSUPPORTED,
                 "vocab.json", "not CLIP's byte-level vocabulary");
}

static void
test_merge_faults(Starter *starter, gconstpointer data)
{
    g_auto(GStrv) lines = g_strsplit(starter->merges, "\n", 3);
    expect_fault(starter, NULL, g_strdup("#version: 0.2\na b c\n"), CW_ERROR_FORMAT,
                 "merges.txt:2: ", "a merge is two symbols");
    expect_fault(starter, NULL, g_strdup("#version: 0.2\n\nalone\n"), CW_ERROR_FORMAT,
                 "merges.txt:3: ", "a merge is two symbols");
    expect_fault(starter, NULL, g_strdup("#version: 0.2\n\xe7\x81\xab b\n"), CW_ERROR_FORMAT,
                 "merges.txt:2: ", "\xe7\x81\xab\", which is not in the vocabulary");
    expect_fault(starter, NULL,
                 g_strdup("#version: 0.2\n\x1b"
                          "c b\n"),
                 CW_ERROR_FORMAT, "merges.txt:2: ", "\\u001bc");
    expect_fault(starter, NULL, g_strdup_printf("%s\n%s\n%s\n", lines[0], lines[1], lines[1]),
                 CW_ERROR_FORMAT, "merges.txt:3: ", "is there twice");
    expect_fault(starter, NULL, g_strdup("\xff\xfe\n"), CW_ERROR_FORMAT, "merges.txt",
                 "not UTF-8 text");
}

/* bpe_simple_vocab_16e6.txt.gz, inflated by the test's own means. */
static char *
inflate_release(const Starter *starter, gsize *length)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path =
        cw_dirs_find("models/tokenizer/bpe_simple_vocab_16e6.txt.gz", "file", &error);
    const char *const command[] = {"gzip", "-dc", path, NULL};
    char *text = NULL;
    g_assert_true(g_spawn_sync(NULL, (char **)command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &text,
                               NULL, NULL, &error));
    g_assert_no_error(error);
    *length = strlen(text);
    return text;
}

static void
test_release(Starter *starter, gconstpointer data)
{
    GError *error = NULL;
    gsize length;
    g_autofree char *text = inflate_release(starter, &length);
    g_autofree char *packed_path =
        cw_dirs_find("models/tokenizer/bpe_simple_vocab_16e6.txt.gz", "file", NULL);
    g_free(cw_test_write(starter->dir, "bpe_simple_vocab_16e6.txt", text, (gssize)length));
    g_autoptr(CwTokenizer) packed = cw_tokenizer_open(packed_path, NULL);
    g_autoptr(CwTokenizer) plain = cw_tokenizer_open(starter->dir, NULL);
    g_assert_cmpstr(cw_tokenizer_get_digest(plain), ==, cw_tokenizer_get_digest(packed));
    g_autofree char *cut = cw_test_write(starter->dir, "cut.txt", text, 5000);
    g_assert_null(cw_tokenizer_open(cut, &error));
    g_assert_nonnull(error);
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT, cut, NULL);
    g_autofree char *bytes = NULL;
    g_assert_true(g_file_get_contents(packed_path, &bytes, &length, NULL));
    g_autofree char *damaged = cw_test_write(starter->dir, "cut.txt.gz", bytes, 100000);
    g_assert_null(cw_tokenizer_open(damaged, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT, damaged, "damaged or cut", NULL);
}

/* Whole lines, but too few of them. */
static void
test_short_release(Starter *starter, gconstpointer data)
{
    GError *error = NULL;
    gsize length;
    g_autofree char *text = inflate_release(starter, &length);
    char *end = text;
    for (guint i = 0; i < 1001; i++)
        end = strchr(end, '\n') + 1;
    g_autofree char *path = cw_test_write(starter->dir, "bpe.txt", text, end - text);
    g_assert_null(cw_tokenizer_open(path, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT, path,
                         "1000 merges, the release has at least 48894", NULL);
}

static void
test_missing(Starter *starter, gconstpointer data)
{
    GError *error = NULL;
    g_autofree char *none = g_build_filename(starter->dir, "none.txt", NULL);
    g_assert_null(cw_tokenizer_open(none, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_IO, none, NULL);
    g_assert_null(cw_tokenizer_open(starter->dir, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_NOT_FOUND, starter->dir,
                         "no vocab.json with merges.txt", NULL);
    g_autofree char *piece = cw_test_write(starter->dir, "spiece.model", "x", 1);
    g_assert_null(cw_tokenizer_open(starter->dir, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_UNSUPPORTED, piece, "sentencepiece", NULL);
    g_assert_null(cw_tokenizer_open(piece, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_UNSUPPORTED, piece, "tokenizer.json", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, test) \
    g_test_add("/text/vocabularies/" name, Starter, NULL, set_up, test, tear_down)
    ADD("every format gives one digest and the same ids", test_same_digest);
    ADD("a tokenizer.json of another kind is refused", test_other_kinds);
    ADD("faults of vocab.json are told", test_vocab_faults);
    ADD("faults of merges.txt are told with their line", test_merge_faults);
    ADD("the release opens packed and plain, and not when cut", test_release);
    ADD("a release with too few merges is refused", test_short_release);
    ADD("what is missing or of another kind is told", test_missing);
#undef ADD
    return g_test_run();
}
