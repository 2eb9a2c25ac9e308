#include "model/proof.h"

#include "base/json.h"
#include "base/json_write.h"
#include "model/model.h"
#include "model/proof_pictures.h"

#include <math.h>
#include <stdlib.h>

#define N_PICTURES 16
#define N_TEXTS    16

#define MAX_FILE_BYTES 4096

gboolean
cw_proof_passes(CwPrecision precision, const CwProof *proof)
{
    static const CwProof bounds[] = {
        [CW_PRECISION_AUTO] = {-1, -1},
        [CW_PRECISION_F32] = {-1, -1},
        [CW_PRECISION_BF16] = {0.9999, 0.9995},
        [CW_PRECISION_INT8] = {0.995, 0.99},
    };
    /* Written so that what is no number does not pass. */
    return proof->mean_cosine >= bounds[precision].mean_cosine &&
           proof->least_cosine >= bounds[precision].least_cosine;
}

static gboolean
fail_memory(GError **error)
{
    g_set_error(error, CW_ERROR, CW_ERROR_LIMIT, "no memory to compare precisions");
    return FALSE;
}

/* features: [N_PICTURES][embed_dim]. One picture after another, so that little memory is needed. */
static gboolean
encode_pictures(const CwModelConfig *config, CwWeights *weights, CwPrecision precision,
                float *features, GError **error)
{
    const guint size = config->image.image_size;
    g_autoptr(CwImageNet) net =
        cw_image_net_new(config, weights, cw_precision_product_type(precision), NULL, error);
    if (!net)
        return FALSE;
    const gsize bytes = cw_image_net_scratch_bytes(net, 1);
    CwNetRun run = {.scratch = aligned_alloc(64, (bytes + 63) & ~(gsize)63)};
    g_autofree guint8 *rgb = g_try_malloc_n(3 * (gsize)size, size);
    const gboolean ready = bytes > 0 && run.scratch && rgb;
    for (guint i = 0; ready && i < N_PICTURES; i++) {
        cw_proof_picture(i, size, rgb);
        cw_image_net_forward(net, &run, (CwNetPictures){.rgb = rgb}, 1,
                             features + i * config->embed_dim);
    }
    free(run.scratch);
    return ready || fail_memory(error);
}

/* Sequences of 3 to 18 tokens before the end, as prompts have them. */
static void
write_ids(const CwTextConfig *text, guint index, gint32 *ids)
{
    const guint n = MIN(3 + index, text->context - 1);
    const gint32 end = text->pool == CW_TEXT_POOL_EOS ? text->eos_id : (gint32)text->vocabulary - 1;
    for (guint i = 0; i < text->context; i++)
        ids[i] = i < n    ? (gint32)((index * 7919u + i * 104729u + 320) % text->vocabulary)
                 : i == n ? end
                          : text->pad_id;
    for (guint i = 0; i < n; i++) /* the end comes once */
        if (ids[i] == end)
            ids[i] = end > 0 ? end - 1 : 0;
}

static gboolean
encode_texts(const CwModelConfig *config, CwWeights *weights, CwPrecision precision,
             float *features, GError **error)
{
    g_autoptr(CwTextNet) net =
        cw_text_net_new(config, weights, cw_precision_product_type(precision), NULL, error);
    if (!net)
        return FALSE;
    const gsize bytes = cw_text_net_scratch_bytes(net, 1);
    CwNetRun run = {.scratch = aligned_alloc(64, (bytes + 63) & ~(gsize)63)};
    g_autofree gint32 *ids = g_try_new(gint32, config->text.context);
    const gboolean ready = bytes > 0 && run.scratch && ids;
    for (guint i = 0; ready && i < N_TEXTS; i++) {
        write_ids(&config->text, i, ids);
        cw_text_net_forward(net, &run, ids, 1, features + i * config->embed_dim);
    }
    free(run.scratch);
    return ready || fail_memory(error);
}

static void
compare(const float *exact, const float *fast, guint n, guint dim, CwProof *proof)
{
    double sum = 0;
    for (guint i = 0; i < n; i++, exact += dim, fast += dim) {
        double dot = 0, a = 0, b = 0;
        for (guint j = 0; j < dim; j++) {
            dot += (double)exact[j] * fast[j];
            a += (double)exact[j] * exact[j];
            b += (double)fast[j] * fast[j];
        }
        const double cosine = a > 0 && b > 0 ? dot / sqrt(a * b) : (a == b ? 1 : 0);
        sum += cosine;
        proof->least_cosine = fmin(proof->least_cosine, cosine);
    }
    proof->mean_cosine = fmin(proof->mean_cosine, sum / n);
}

typedef gboolean (*EncodeFunc)(const CwModelConfig *, CwWeights *, CwPrecision, float *, GError **);

static gboolean
measure(const CwModelConfig *config, CwWeights *weights, CwPrecision precision, CwProof *proof,
        GError **error)
{
    const struct {
        EncodeFunc encode;
        guint n;
    } towers[] = {{encode_pictures, N_PICTURES}, {encode_texts, N_TEXTS}};
    CwProof result = {1, 1};
    for (guint i = 0; i < G_N_ELEMENTS(towers); i++) {
        const gsize n = towers[i].n * (gsize)config->embed_dim;
        g_autofree float *exact = g_try_new(float, n);
        g_autofree float *fast = g_try_new(float, n);
        if (!exact || !fast)
            return fail_memory(error);
        if (!towers[i].encode(config, weights, CW_PRECISION_F32, exact, error) ||
            !towers[i].encode(config, weights, precision, fast, error))
            return FALSE;
        compare(exact, fast, towers[i].n, config->embed_dim, &result);
    }
    *proof = result;
    return TRUE;
}

static gboolean
recall(const char *path, CwProof *proof)
{
    g_autoptr(CwJson) json = cw_json_read_file(path, MAX_FILE_BYTES, NULL);
    return json &&
           cw_json_get_double_or(cw_json_root(json), "mean_cosine", -1, 1.001, -2,
                                 &proof->mean_cosine, NULL) &&
           cw_json_get_double_or(cw_json_root(json), "least_cosine", -1, 1.001, -2,
                                 &proof->least_cosine, NULL) &&
           proof->mean_cosine >= -1 && proof->least_cosine >= -1;
}

static void
keep(const char *path, const CwProof *proof)
{
    g_autofree char *directory = g_path_get_dirname(path);
    g_autoptr(GString) json = g_string_new("{");
    cw_json_write_key(json, "mean_cosine");
    cw_json_write_decimal(json, proof->mean_cosine, 9);
    cw_json_write_key(json, "least_cosine");
    cw_json_write_decimal(json, proof->least_cosine, 9);
    g_string_append(json, "}\n");
    g_mkdir_with_parents(directory, 0700);
    g_file_set_contents(path, json->str, (gssize)json->len, NULL);
}

gboolean
cw_proof_find(const char *directory, const char *key, const CwModelConfig *config,
              CwWeights *weights, CwPrecision precision, CwProof *proof, GError **error)
{
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, key, -1);
    g_autofree char *path = directory ? g_build_filename(directory, "precision", hash, NULL) : NULL;
    if (path && recall(path, proof))
        return TRUE;
    if (!measure(config, weights, precision, proof, error))
        return FALSE;
    if (path)
        keep(path, proof);
    return TRUE;
}
