#include "eval/golden.h"

#include "weights/safetensors.h"

#include <math.h>
#include <string.h>

/* Inputs that go through a network at once. */
#define BATCH 8

/* More vectors than this in a file are a mistake, not a check. */
#define MAX_VECTORS 100000

/* One opened file and the model it is held against. */
typedef struct {
    const CwModel *model;
    const CwModelInfo *info;
    CwSafetensors *file;
    const char *path;
    CwWorkspace *workspace;
} Check;

static char *
describe_dims(const gint64 *dims, guint n_dims)
{
    GString *text = g_string_new("[");
    for (guint i = 0; i < n_dims; i++)
        g_string_append_printf(text, "%s%" G_GINT64_FORMAT, i ? ", " : "", dims[i]);
    return g_string_free(g_string_append_c(text, ']'), FALSE);
}

/* dims[0] is the number of inputs: any from 1 on. */
static gboolean
check_dims(const Check *check, const char *name, const CwTensor *tensor, const gint64 *dims,
           guint n_dims, GError **error)
{
    gboolean same = tensor->n_dims == n_dims && tensor->dims[0] >= 1 &&
                    tensor->dims[0] <= MAX_VECTORS && (dims[0] < 0 || dims[0] == tensor->dims[0]);
    for (guint i = 1; same && i < n_dims; i++)
        same = tensor->dims[i] == dims[i];
    if (same)
        return TRUE;
    g_autofree char *is = describe_dims(tensor->dims, tensor->n_dims);
    g_autofree char *wanted = describe_dims(dims, n_dims);
    g_set_error(error, CW_ERROR, CW_ERROR_MISMATCH,
                "%s: %s is %s, this model needs %s (-1: any number up to %d)", check->path, name,
                is, wanted, MAX_VECTORS);
    return FALSE;
}

static gboolean
is_floating(CwDtype dtype)
{
    return dtype == CW_DTYPE_F32 || dtype == CW_DTYPE_F16 || dtype == CW_DTYPE_BF16 ||
           dtype == CW_DTYPE_F64;
}

static gboolean
set_dtype_error(const Check *check, const char *name, const CwTensor *tensor, const char *wanted,
                GError **error)
{
    g_set_error(error, CW_ERROR, CW_ERROR_FORMAT, "%s: %s has type %s, expected %s", check->path,
                name, cw_dtype_to_string(tensor->dtype), wanted);
    return FALSE;
}

/* (transfer full): the tensor as f32, every number finite. */
static float *
read_floats(const Check *check, const char *name, const CwTensor *tensor, const gint64 *dims,
            guint n_dims, GError **error)
{
    if (!check_dims(check, name, tensor, dims, n_dims, error))
        return NULL;
    if (!is_floating(tensor->dtype)) {
        set_dtype_error(check, name, tensor, "a floating type", error);
        return NULL;
    }
    gsize n = cw_tensor_n_elements(tensor);
    g_autofree float *values = g_try_new(float, n);
    if (!values) {
        g_set_error(error, CW_ERROR, CW_ERROR_LIMIT, "%s: no memory for %s", check->path, name);
        return NULL;
    }
    cw_tensor_to_f32(tensor, values);
    for (gsize i = 0; i < n; i++)
        if (!isfinite(values[i])) {
            g_set_error(error, CW_ERROR, CW_ERROR_FORMAT,
                        "%s: number %" G_GSIZE_FORMAT " of %s is not finite", check->path, i, name);
            return NULL;
        }
    return g_steal_pointer(&values);
}

/* (transfer full): token ids as the model takes them; their range is checked when they are used. */
static gint32 *
read_ids(const Check *check, const CwTensor *tensor, GError **error)
{
    const gint64 dims[] = {-1, check->info->context_length};
    if (!check_dims(check, "input_ids", tensor, dims, 2, error))
        return NULL;
    if (tensor->dtype != CW_DTYPE_I32 && tensor->dtype != CW_DTYPE_I64) {
        set_dtype_error(check, "input_ids", tensor, "I32 or I64", error);
        return NULL;
    }
    gsize n = cw_tensor_n_elements(tensor);
    g_autofree gint32 *ids = g_try_new(gint32, n);
    if (!ids) {
        g_set_error(error, CW_ERROR, CW_ERROR_LIMIT, "%s: no memory for input_ids", check->path);
        return NULL;
    }
    const guint8 *data = tensor->data;
    for (gsize i = 0; i < n; i++) {
        gint64 wide = 0;
        if (tensor->dtype == CW_DTYPE_I32)
            memcpy(&ids[i], data + i * sizeof(gint32), sizeof(gint32));
        else {
            memcpy(&wide, data + i * sizeof(gint64), sizeof(gint64));
            ids[i] = (gint32)CLAMP(wide, -1, G_MAXINT32);
        }
    }
    return g_steal_pointer(&ids);
}

static void
compare_vectors(const float *ours, const float *theirs, guint n, guint dim, CwGoldenOutput *output)
{
    output->n += n;
    for (guint i = 0; i < n; i++, ours += dim, theirs += dim) {
        double dot = 0, our_square = 0, their_square = 0;
        for (guint j = 0; j < dim; j++) {
            double a = ours[j], b = theirs[j];
            /* Written so that a NaN of ours counts as the worst, not as none. */
            if (!(fabs(a - b) <= output->max_abs_diff))
                output->max_abs_diff = isnan(a) ? INFINITY : fabs(a - b);
            dot += a * b;
            our_square += a * a;
            their_square += b * b;
        }
        double cosine = dot / sqrt(our_square * their_square);
        if (!(cosine >= output->min_cosine))
            output->min_cosine = isnan(cosine) ? -1 : cosine;
    }
}

static gboolean
compare_images(const Check *check, const CwTensor *input, const CwTensor *golden,
               CwGoldenOutput *output, GError **error)
{
    const CwPreprocess *size = &check->info->preprocess;
    guint dim = check->info->embed_dim;
    const gint64 input_dims[] = {-1, 3, size->height, size->width};
    const gint64 golden_dims[] = {input->dims[0], dim};
    g_autofree float *pixels =
        read_floats(check, "pixel_values", input, input_dims, G_N_ELEMENTS(input_dims), error);
    g_autofree float *theirs =
        pixels ? read_floats(check, "image_embeds", golden, golden_dims, 2, error) : NULL;
    if (!theirs)
        return FALSE;
    g_autofree float *ours = g_new(float, (gsize)BATCH *dim);
    guint n = (guint)input->dims[0];
    gsize picture = (gsize)3 * size->height * size->width;
    for (guint done = 0; done < n; done += BATCH) {
        guint batch = MIN(BATCH, n - done);
        cw_model_encode_images(check->model, check->workspace, pixels + done * picture, batch,
                               ours);
        compare_vectors(ours, theirs + (gsize)done * dim, batch, dim, output);
    }
    return TRUE;
}

static gboolean
compare_texts(const Check *check, const CwTensor *input, const CwTensor *golden,
              CwGoldenOutput *output, GError **error)
{
    guint dim = check->info->embed_dim;
    const gint64 golden_dims[] = {input->dims[0], dim};
    g_autofree gint32 *ids = read_ids(check, input, error);
    g_autofree float *theirs =
        ids ? read_floats(check, "text_embeds", golden, golden_dims, 2, error) : NULL;
    if (!theirs)
        return FALSE;
    g_autofree float *ours = g_new(float, (gsize)BATCH *dim);
    guint n = (guint)input->dims[0];
    for (guint done = 0; done < n; done += BATCH) {
        guint batch = MIN(BATCH, n - done);
        if (!cw_model_encode_tokens(check->model, check->workspace,
                                    ids + (gsize)done * check->info->context_length, batch, ours,
                                    error)) {
            g_prefix_error(error, "%s: input_ids from row %u on: ", check->path, done);
            return FALSE;
        }
        compare_vectors(ours, theirs + (gsize)done * dim, batch, dim, output);
    }
    return TRUE;
}

/* Both of a pair are there, or neither; one alone is a mistake. */
static gboolean
find_pair(const Check *check, const char *input_name, const char *golden_name, CwTensor *input,
          CwTensor *golden, gboolean *found, GError **error)
{
    gboolean has_input = cw_safetensors_find(check->file, input_name, input);
    gboolean has_golden = cw_safetensors_find(check->file, golden_name, golden);
    *found = has_input && has_golden;
    if (has_input == has_golden)
        return TRUE;
    g_set_error(error, CW_ERROR, CW_ERROR_FORMAT, "%s: has %s but no %s", check->path,
                has_input ? input_name : golden_name, has_input ? golden_name : input_name);
    return FALSE;
}

static gboolean
compare_all(const Check *check, CwGoldenResult *result, GError **error)
{
    CwTensor pixels, image_embeds, ids, text_embeds;
    gboolean has_images, has_texts;
    if (!find_pair(check, "pixel_values", "image_embeds", &pixels, &image_embeds, &has_images,
                   error) ||
        !find_pair(check, "input_ids", "text_embeds", &ids, &text_embeds, &has_texts, error))
        return FALSE;
    if (!has_images && !has_texts) {
        g_set_error(error, CW_ERROR, CW_ERROR_FORMAT,
                    "%s: has neither pixel_values with image_embeds nor input_ids with text_embeds",
                    check->path);
        return FALSE;
    }
    return (!has_images || compare_images(check, &pixels, &image_embeds, &result->image, error)) &&
           (!has_texts || compare_texts(check, &ids, &text_embeds, &result->text, error));
}

gboolean
cw_golden_compare(const CwModel *model, guint n_threads, const char *path, CwGoldenResult *result,
                  GError **error)
{
    g_autoptr(CwSafetensors) file = cw_safetensors_open(path, error);
    if (!file)
        return FALSE;
    g_autoptr(CwWorkspace) workspace = cw_workspace_new(model, BATCH, n_threads, error);
    if (!workspace)
        return FALSE;
    const Check check = {model, cw_model_get_info(model), file, path, workspace};
    CwGoldenResult compared = {.image.min_cosine = 1, .text.min_cosine = 1};
    if (!compare_all(&check, &compared, error))
        return FALSE;
    *result = compared;
    return TRUE;
}

CwGoldenBound
cw_golden_bound(CwPrecision precision)
{
    switch (precision) {
    case CW_PRECISION_BF16:
        return (CwGoldenBound){INFINITY, 0.9995};
    case CW_PRECISION_INT8:
        return (CwGoldenBound){INFINITY, 0.99};
    case CW_PRECISION_AUTO:
    case CW_PRECISION_F32:
        break;
    }
    return (CwGoldenBound){1e-5, -1};
}

static gboolean
is_within(const CwGoldenOutput *output, const CwGoldenBound *bound)
{
    return output->max_abs_diff <= bound->max_abs_diff && output->min_cosine >= bound->min_cosine;
}

gboolean
cw_golden_passed(const CwGoldenResult *result, const CwGoldenBound *bound)
{
    return is_within(&result->image, bound) && is_within(&result->text, bound);
}
