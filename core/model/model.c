/* Opening and sharing a model, and what is known of it. */
#include "model/model.h"

#include "base/cpu.h"
#include "base/dirs.h"
#include "model/proof.h"

#include <math.h>
#include <string.h>

/* Training clips the scale at 100 (SigLIP's grows to about 120); far above, the file is damaged. */
#define MAX_LOGIT_SCALE 10000.0
#define MAX_LOGIT_BIAS  10000.0

static char *
find_model(const char *name, GError **error)
{
    if (name[0] == '\0') {
        g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT,
                    "the name of a model is empty; give a directory, a .safetensors file or a "
                    "short name");
        return NULL;
    }
    if (strchr(name, '/') || g_file_test(name, G_FILE_TEST_EXISTS))
        return g_canonicalize_filename(name, NULL);
    g_autofree char *relative = g_build_filename("models", name, NULL);
    char *path = cw_dirs_find(relative, "model", error);
    if (!path && error && *error) {
        g_autofree char *hint = g_strdup_printf("%s; `clipwatch pull %s` downloads a published one",
                                                (*error)->message, name);
        g_free((*error)->message);
        (*error)->message = g_steal_pointer(&hint);
    }
    return path;
}

/* A number that publishers store with no dimension or with one of length 1. */
static gboolean
take_scalar(CwWeights *weights, const char *name, float *value, GError **error)
{
    const gint64 one = 1;
    const CwTensor *tensor = cw_weights_take(weights, name, 0, NULL, NULL);
    if (!tensor)
        tensor = cw_weights_take(weights, name, 1, &one, error);
    if (!tensor)
        return FALSE;
    cw_tensor_to_f32(tensor, value);
    return TRUE;
}

static gboolean
read_logit_numbers(CwModel *model, CwWeights *weights, GError **error)
{
    float stored, bias = 0;
    if (!take_scalar(weights, "logit_scale", &stored, error))
        return FALSE;
    double scale = exp((double)stored);
    if (!(scale > 0 && scale <= MAX_LOGIT_SCALE)) {
        g_set_error(error, CW_ERROR, CW_ERROR_FORMAT,
                    "logit_scale: exp(%g) is not between 0 and %g", (double)stored,
                    MAX_LOGIT_SCALE);
        return FALSE;
    }
    if (model->info.sigmoid && !take_scalar(weights, "logit_bias", &bias, error))
        return FALSE;
    if (!(fabsf(bias) <= MAX_LOGIT_BIAS)) {
        g_set_error(error, CW_ERROR, CW_ERROR_FORMAT, "logit_bias: %g is not between -%g and %g",
                    (double)bias, MAX_LOGIT_BIAS, MAX_LOGIT_BIAS);
        return FALSE;
    }
    model->info.logit_scale = (float)scale;
    model->info.logit_bias = bias;
    return TRUE;
}

static CwPackedCache *
open_packed_cache(const CwModel *model, const char *tower)
{
    g_autofree char *root = cw_dirs_cache();
    g_autofree char *key =
        g_strdup_printf("model %s, %s tower, %s", model->info.digest, tower, model->info.precision);
    return cw_packed_cache_new(root, key);
}

/* Whether the weights are those of two towers; packs nothing. */
static gboolean
check_networks(CwModel *model, GError **error)
{
    const CwModelConfig *config = cw_checkpoint_get_config(model->checkpoint);
    CwWeights *weights = cw_checkpoint_get_weights(model->checkpoint);
    model->info.sigmoid = config->sigmoid;
    model->info.n_parameters = cw_weights_n_parameters(weights);
    return cw_image_net_check(config, weights, error) &&
           cw_text_net_check(config, weights, error) && read_logit_numbers(model, weights, error) &&
           cw_weights_check_consumed(weights, error);
}

static CwProductType
get_product_type(const CwModel *model)
{
    CwPrecision precision = CW_PRECISION_F32;
    cw_precision_from_string(model->info.precision, &precision);
    return cw_precision_product_type(precision);
}

static void
build_image_net(CwModel *model, GError **error)
{
    cw_packed_cache_free(model->packed_image); /* of an attempt that failed */
    model->packed_image = open_packed_cache(model, "image");
    const CwNetStore store = cw_packed_cache_store(model->packed_image);
    model->image = cw_image_net_new(cw_checkpoint_get_config(model->checkpoint),
                                    cw_checkpoint_get_weights(model->checkpoint),
                                    get_product_type(model), &store, error);
}

static void
build_text_net(CwModel *model, GError **error)
{
    cw_packed_cache_free(model->packed_text);
    model->packed_text = open_packed_cache(model, "text");
    const CwNetStore store = cw_packed_cache_store(model->packed_text);
    model->text = cw_text_net_new(cw_checkpoint_get_config(model->checkpoint),
                                  cw_checkpoint_get_weights(model->checkpoint),
                                  get_product_type(model), &store, error);
}

const CwImageNet *
cw_model_get_image_net(const CwModel *model, GError **error)
{
    CwModel *self = (CwModel *)model; /* nobody sees the difference but by time */
    pthread_mutex_lock(&self->lock);
    if (!self->image)
        build_image_net(self, error);
    const CwImageNet *image = self->image;
    pthread_mutex_unlock(&self->lock);
    return image;
}

const CwTextNet *
cw_model_get_text_net(const CwModel *model, GError **error)
{
    CwModel *self = (CwModel *)model;
    pthread_mutex_lock(&self->lock);
    if (!self->text)
        build_text_net(self, error);
    const CwTextNet *text = self->text;
    pthread_mutex_unlock(&self->lock);
    return text;
}

static void
fill_info(CwModel *model)
{
    const CwModelConfig *config = cw_checkpoint_get_config(model->checkpoint);
    CwModelInfo *info = &model->info;
    info->name = model->name;
    info->path = model->path;
    info->layout = cw_checkpoint_get_layout(model->checkpoint);
    info->storage = cw_checkpoint_get_storage(model->checkpoint);
    info->image_tower = cw_tower_to_string(config->image.tower);
    info->activation = cw_activation_to_string(config->image.activation);
    info->embed_dim = config->embed_dim;
    info->context_length = config->text.context;
    info->vocab_size = config->text.vocabulary;
    info->preprocess = config->preprocess;
}

/* A kind of tokenizer that is not implemented is told when texts are encoded, not now. */
static gboolean
find_tokenizer(CwModel *model, GError **error)
{
    g_autoptr(GError) fault = NULL;
    model->tokenizer = cw_model_find_tokenizer(model->checkpoint, &fault);
    if (model->tokenizer)
        model->info.tokenizer_digest = cw_tokenizer_get_digest(model->tokenizer);
    else if (g_error_matches(fault, CW_ERROR, CW_ERROR_UNSUPPORTED))
        model->tokenizer_error = g_steal_pointer(&fault);
    else
        g_propagate_error(error, g_steal_pointer(&fault));
    return model->tokenizer || model->tokenizer_error;
}

/* Raised whenever a text would get another embedding from the same files: a mended tokenizer or
 * tower must not be answered from what the old one wrote. */
#define TEXT_EMBEDDING_VERSION 1

static void
make_text_cache(CwModel *model)
{
    g_autofree char *root = cw_dirs_cache();
    if (!root || !model->tokenizer)
        return;
    const CwTextConfig *text = &cw_checkpoint_get_config(model->checkpoint)->text;
    g_autofree char *directory = g_build_filename(root, "texts", NULL);
    g_autofree char *space = g_strdup_printf(
        "version %d, model %s, tokenizer %s, %s, start, ids, end, padded with %d to %u",
        TEXT_EMBEDDING_VERSION, model->info.digest, model->info.tokenizer_digest,
        model->info.precision, text->pad_id, text->context);
    model->texts = cw_text_cache_new(directory, space, model->info.embed_dim,
                                     CW_TEXT_CACHE_FILE_BYTES, CW_TEXT_CACHE_DIRECTORY_BYTES);
}

/* Raised when the arithmetic of a precision changes, so that its accuracy is measured anew. */
#define PROOF_VERSION 2

/* What the precision costs on this model and machine; f32 nothing. */
static gboolean
measure_precision(CwModel *model, CwPrecision precision, CwProof *proof, GError **error)
{
    *proof = (CwProof){1, 1};
    if (precision == CW_PRECISION_F32)
        return TRUE;
    g_autofree char *root = cw_dirs_cache();
    g_autofree char *key =
        g_strdup_printf("version %d, model %s, %s, %s", PROOF_VERSION, model->info.digest,
                        cw_precision_to_string(precision), cw_cpu_level_to_string(cw_cpu_level()));
    return cw_proof_find(root, key, cw_checkpoint_get_config(model->checkpoint),
                         cw_checkpoint_get_weights(model->checkpoint), precision, proof, error);
}

/* The precision asked for, or of CW_PRECISION_AUTO the fastest that stays within its bounds. */
static gboolean
choose_precision(CwModel *model, CwPrecision wanted, GError **error)
{
    const struct {
        CwPrecision precision;
        gboolean is_faster; /* than the next, on this machine */
    } candidates[] = {
        {CW_PRECISION_INT8, cw_cpu_level() != CW_CPU_SCALAR},
        {CW_PRECISION_BF16, cw_cpu_has(CW_CPU_AVX512BF16)},
        {CW_PRECISION_F32, TRUE},
    };
    CwProof proof;
    for (guint i = 0; i < G_N_ELEMENTS(candidates); i++) {
        const CwPrecision precision = candidates[i].precision;
        if (wanted == CW_PRECISION_AUTO ? !candidates[i].is_faster : wanted != precision)
            continue;
        if (!measure_precision(model, precision, &proof, error))
            return FALSE;
        model->info.precision = cw_precision_to_string(precision);
        if (wanted == precision || cw_proof_passes(precision, &proof))
            break;
    }
    model->info.mean_cosine = proof.mean_cosine;
    model->info.least_cosine = proof.least_cosine;
    return TRUE;
}

static gboolean
open_parts(CwModel *model, CwPrecision precision, GError **error)
{
    model->checkpoint = cw_checkpoint_open(model->path, error);
    if (!model->checkpoint)
        return FALSE;
    fill_info(model);
    model->info.digest = cw_checkpoint_get_digest(model->checkpoint, error);
    if (!model->info.digest)
        return FALSE;
    if (check_networks(model, error) && choose_precision(model, precision, error) &&
        find_tokenizer(model, error))
        return TRUE;
    g_prefix_error(error, "%s: ", model->path);
    return FALSE;
}

CwModel *
cw_model_open(const char *name, CwPrecision precision, GError **error)
{
    g_autofree char *path = find_model(name, error);
    if (!path)
        return NULL;
    g_autoptr(CwModel) model = g_new0(CwModel, 1);
    g_atomic_ref_count_init(&model->refs);
    pthread_mutex_init(&model->lock, NULL);
    model->name = g_path_get_basename(path);
    model->path = g_steal_pointer(&path);
    if (!open_parts(model, precision, error))
        return NULL;
    make_text_cache(model);
    return g_steal_pointer(&model);
}

CwModel *
cw_model_ref(CwModel *model)
{
    g_atomic_ref_count_inc(&model->refs);
    return model;
}

void
cw_model_unref(CwModel *model)
{
    if (!model || !g_atomic_ref_count_dec(&model->refs))
        return;
    g_clear_pointer(&model->texts, cw_text_cache_free);
    g_clear_pointer(&model->tokenizer, cw_tokenizer_unref);
    g_clear_error(&model->tokenizer_error);
    g_clear_pointer(&model->text, cw_text_net_free);
    g_clear_pointer(&model->image, cw_image_net_free);
    cw_packed_cache_free(model->packed_text);
    cw_packed_cache_free(model->packed_image);
    pthread_mutex_destroy(&model->lock);
    g_clear_pointer(&model->checkpoint, cw_checkpoint_free);
    g_free(model->path);
    g_free(model->name);
    g_free(model);
}

const CwModelInfo *
cw_model_get_info(const CwModel *model)
{
    return &model->info;
}

const CwTokenizer *
cw_model_get_tokenizer(const CwModel *model, GError **error)
{
    if (model->tokenizer_error)
        g_set_error(error, model->tokenizer_error->domain, model->tokenizer_error->code, "%s: %s",
                    model->path, model->tokenizer_error->message);
    return model->tokenizer;
}
