#include "eval/bench.h"

#include "base/json_write.h"
#include "eval/peak.h"
#include "eval/tower.h"

/* Prompts as people write them, phrasings of classes in templates. */
static const char *const templates[] = {
    "a photo of %s.",
    "a blurry photo of %s.",
    "a photo of %s at night.",
    "itap of %s.",
    "a close-up photo of %s.",
    "%s seen from a security camera.",
    "a photo of many of %s.",
    "a black and white photo of %s.",
    "there is %s in the scene.",
    "a low resolution photo of %s.",
};
static const char *const phrases[] = {
    "a dog",
    "a delivery van",
    "an empty parking lot",
    "a person climbing a fence",
    "a red car with open doors",
    "smoke rising from a building",
    "a worker wearing a hard hat",
    "a crowd of people in a square",
    "a bicycle leaning against a wall",
    "a golden retriever puppy on a lawn",
    "a truck",
};

/* Random texts have as many tokens as prompts do, both ends counted. */
#define MIN_TOKENS 6
#define MAX_TOKENS 20

typedef struct {
    gint32 *ids; /* [batch][context] */
    guint n_tokens;
} Texts;

static void
clear_texts(Texts *texts)
{
    g_free(texts->ids);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Texts, clear_texts)

static gboolean
tokenize_prompts(Texts *texts, const CwBenchTower *tower, const CwTokenizer *tokenizer, guint batch,
                 GError **error)
{
    const CwTextConfig *config = &tower->config.text;
    for (guint i = 0; i < batch; i++) {
        const char *phrase = phrases[i % G_N_ELEMENTS(phrases)];
        g_auto(GStrv) halves = g_strsplit(templates[i % G_N_ELEMENTS(templates)], "%s", 2);
        g_autofree char *prompt = g_strconcat(halves[0], phrase, halves[1], NULL);
        guint n_used = 0;
        if (!cw_tokenizer_encode_context(tokenizer, prompt, config->context, config->pad_id,
                                         texts->ids + (gsize)i * config->context, &n_used, error))
            return FALSE;
        texts->n_tokens += n_used;
    }
    return TRUE;
}

/* The largest id ends each text, where both ways of looking for the end find it. */
static void
draw_texts(Texts *texts, const CwTextConfig *config, guint batch)
{
    const gint32 end = (gint32)config->vocabulary - 1;
    g_autoptr(GRand) random = g_rand_new_with_seed(1);
    for (guint i = 0; i < batch; i++) {
        gint32 *ids = texts->ids + (gsize)i * config->context;
        const guint n =
            MIN(config->context, (guint)g_rand_int_range(random, MIN_TOKENS, MAX_TOKENS + 1));
        for (guint j = 0; j + 1 < n; j++)
            ids[j] = g_rand_int_range(random, 0, end);
        ids[n - 1] = config->pool == CW_TEXT_POOL_EOS ? config->eos_id : end;
        for (guint j = n; j < config->context; j++)
            ids[j] = config->pad_id;
        texts->n_tokens += n;
    }
}

static gboolean
make_texts(Texts *texts, const CwBenchTower *tower, guint batch, GError **error)
{
    const CwTokenizer *tokenizer = tower->model ? cw_model_get_tokenizer(tower->model, NULL) : NULL;
    texts->ids = g_new(gint32, (gsize)batch * tower->config.text.context);
    if (tokenizer)
        return tokenize_prompts(texts, tower, tokenizer, batch, error);
    draw_texts(texts, &tower->config.text, batch);
    return TRUE;
}

static void
write_line(const CwBenchTower *tower, const CwCeiling *ceiling, const Texts *texts, guint batch,
           CwTimes times, GString *json)
{
    const double tokens_per_text = (double)texts->n_tokens / batch;
    cw_bench_write_head(json, "text", tower->name);
    cw_json_write_key(json, "precision");
    cw_json_write_string(json, cw_precision_to_string(tower->precision));
    cw_ceiling_write_threads(ceiling, json);
    cw_json_write_key(json, "batch");
    cw_json_write_uint(json, batch);
    cw_json_write_key(json, "tokens_per_text");
    cw_json_write_decimal(json, tokens_per_text, 2);
    cw_bench_write_times(json, "ms_per_text", times);
    cw_json_write_key(json, "texts_per_second");
    cw_json_write_decimal(json, 1000 / times.median, 2);
    cw_json_write_key(json, "tokens_per_second");
    cw_json_write_decimal(json, 1000 / times.median * tokens_per_text, 1);
    cw_json_write_key(json, "weights_bytes");
    cw_json_write_uint(json, tower->weights_bytes);
    cw_json_write_key(json, "runs");
    cw_json_write_uint(json, times.n);
    g_string_append_c(json, '}');
}

gboolean
cw_bench_text(const CwBenchOptions *options, GString *json, GError **error)
{
    g_auto(CwBenchTower) tower = {0};
    g_auto(Texts) texts = {0};
    if (!cw_bench_tower_open(&tower, options, CW_RANDOM_TEXT, error) ||
        !make_texts(&texts, &tower, options->batch, error))
        return FALSE;
    g_autofree float *features = g_new(float, (gsize)options->batch *tower.config.embed_dim);
    g_autoptr(GArray) samples = g_array_new(FALSE, FALSE, sizeof(double));
    cw_text_net_forward(tower.text, &tower.run, texts.ids, options->batch, features);
    CwCeiling ceiling = cw_ceiling_begin(tower.precision, options->n_threads);
    const gint64 end = g_get_monotonic_time() + (gint64)(options->seconds * 1e6);
    do {
        const gint64 start = g_get_monotonic_time();
        cw_text_net_forward(tower.text, &tower.run, texts.ids, options->batch, features);
        const double ms = cw_bench_ms_since(start) / options->batch;
        g_array_append_val(samples, ms);
    } while (g_get_monotonic_time() < end || samples->len < 3);
    cw_ceiling_end(&ceiling);
    write_line(&tower, &ceiling, &texts, options->batch, cw_times_of(samples), json);
    return TRUE;
}
