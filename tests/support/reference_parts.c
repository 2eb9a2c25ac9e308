#include "reference_parts.h"

#include <math.h>
#include <string.h>

static void
free_stage(gpointer data)
{
    CwReferenceStage *stage = data;
    g_free(stage->data);
    g_free(stage);
}

CwReference *
cw_reference_new(gsize n_tokens, gsize batch)
{
    CwReference *reference = g_new0(CwReference, 1);
    reference->stages = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_stage);
    reference->n_tokens = n_tokens;
    reference->pooled = g_new0(gsize, batch);
    return reference;
}

void
cw_reference_free(CwReference *reference)
{
    g_hash_table_unref(reference->stages);
    g_free(reference->pooled);
    g_free(reference);
}

void
cw_reference_tell(CwReference *reference, const double *data, gsize n_rows, gsize n_columns,
                  const char *format, ...)
{
    CwReferenceStage *stage = g_new0(CwReferenceStage, 1);
    *stage =
        (CwReferenceStage){n_rows, n_columns, g_memdup2(data, n_rows * n_columns * sizeof *data)};
    va_list arguments;
    va_start(arguments, format);
    g_hash_table_insert(reference->stages, g_strdup_vprintf(format, arguments), stage);
    va_end(arguments);
}

double *
cw_reference_tensor(CwWeights *weights, const char *prefix, const char *name, guint n_dims,
                    const gint64 *dims)
{
    GError *error = NULL;
    g_autofree char *full = g_strdup_printf("%s.%s", prefix, name);
    const CwTensor *tensor = cw_weights_take(weights, full, n_dims, dims, &error);
    g_assert_no_error(error);
    const gsize n = cw_tensor_n_elements(tensor);
    g_autofree float *narrow = g_new(float, n);
    double *wide = g_new(double, n);
    cw_tensor_to_f32(tensor, narrow);
    for (gsize i = 0; i < n; i++)
        wide[i] = narrow[i];
    return wide;
}

double *
cw_reference_vector(CwWeights *weights, const char *prefix, const char *name, gsize n)
{
    return cw_reference_tensor(weights, prefix, name, 1, (gint64[]){(gint64)n});
}

double *
cw_reference_linear(CwWeights *weights, const char *prefix, const double *x, gsize n_rows,
                    gsize n_in, gsize n_out)
{
    const gint64 dims[] = {(gint64)n_out, (gint64)n_in};
    g_autofree char *bias_name = g_strconcat(prefix, ".bias", NULL);
    g_autofree double *w = cw_reference_tensor(weights, prefix, "weight", 2, dims);
    g_autofree double *bias = cw_weights_has(weights, bias_name)
                                  ? cw_reference_vector(weights, prefix, "bias", n_out)
                                  : g_new0(double, n_out);
    double *y = g_new(double, n_rows *n_out);
    for (gsize row = 0; row < n_rows; row++)
        for (gsize o = 0; o < n_out; o++) {
            double sum = bias[o];
            for (gsize i = 0; i < n_in; i++)
                sum += x[row * n_in + i] * w[o * n_in + i];
            y[row * n_out + o] = sum;
        }
    return y;
}

void
cw_reference_layer_norm(CwWeights *weights, const char *prefix, double eps, double *x, gsize n_rows,
                        gsize width)
{
    g_autofree double *gamma = cw_reference_vector(weights, prefix, "weight", width);
    g_autofree double *beta = cw_reference_vector(weights, prefix, "bias", width);
    for (gsize row = 0; row < n_rows; row++, x += width) {
        double mean = 0, variance = 0;
        for (gsize i = 0; i < width; i++)
            mean += x[i] / (double)width;
        for (gsize i = 0; i < width; i++)
            variance += (x[i] - mean) * (x[i] - mean) / (double)width;
        for (gsize i = 0; i < width; i++)
            x[i] = (x[i] - mean) / sqrt(variance + eps) * gamma[i] + beta[i];
    }
}

static double
activate(CwActivation activation, double x)
{
    switch (activation) {
    case CW_ACTIVATION_QUICK_GELU:
        return x / (1 + exp(-1.702 * x));
    case CW_ACTIVATION_GELU:
        return 0.5 * x * (1 + erf(x / sqrt(2)));
    case CW_ACTIVATION_GELU_TANH:
        return 0.5 * x * (1 + tanh(sqrt(2 / G_PI) * (x + 0.044715 * x * x * x)));
    }
    g_assert_not_reached();
}

/* The output of one head for one query, written to out[head_width]. */
static void
attend_once(const double *q, const double *k, const double *v, gsize n_keys, gsize width,
            gsize head_width, double *out)
{
    g_autofree double *share = g_new(double, n_keys);
    double largest = -INFINITY, total = 0;
    for (gsize j = 0; j < n_keys; j++) {
        double dot = 0;
        for (gsize c = 0; c < head_width; c++)
            dot += q[c] * k[j * width + c];
        share[j] = dot / sqrt((double)head_width);
        largest = fmax(largest, share[j]);
    }
    for (gsize j = 0; j < n_keys; j++)
        total += share[j] = exp(share[j] - largest);
    for (gsize c = 0; c < head_width; c++) {
        out[c] = 0;
        for (gsize j = 0; j < n_keys; j++)
            out[c] += share[j] / total * v[j * width + c];
    }
}

double *
cw_reference_attend(const double *q, const double *k, const double *v, gsize n_queries,
                    gsize n_keys, gsize width, gsize n_heads, gboolean causal)
{
    const gsize head_width = width / n_heads;
    double *out = g_new(double, n_queries *width);
    for (gsize head = 0; head < n_heads; head++)
        for (gsize i = 0; i < n_queries; i++) {
            const gsize column = head * head_width;
            attend_once(q + i * width + column, k + column, v + column, causal ? i + 1 : n_keys,
                        width, head_width, out + i * width + column);
        }
    return out;
}

double *
cw_reference_attention(CwWeights *weights, const char *prefix, const double *queries,
                       gsize n_queries, const double *keys, gsize n_keys, gsize width,
                       gsize n_heads, gboolean causal)
{
    g_autofree char *q_name = g_strconcat(prefix, ".q", NULL);
    g_autofree char *k_name = g_strconcat(prefix, ".k", NULL);
    g_autofree char *v_name = g_strconcat(prefix, ".v", NULL);
    g_autofree double *q = cw_reference_linear(weights, q_name, queries, n_queries, width, width);
    g_autofree double *k = cw_reference_linear(weights, k_name, keys, n_keys, width, width);
    g_autofree double *v = cw_reference_linear(weights, v_name, keys, n_keys, width, width);
    return cw_reference_attend(q, k, v, n_queries, n_keys, width, n_heads, causal);
}

static void
add_to(double *x, const double *summand, gsize n)
{
    for (gsize i = 0; i < n; i++)
        x[i] += summand[i];
}

void
cw_reference_add_mlp(CwWeights *weights, const char *norm, const char *prefix, double eps,
                     CwActivation activation, double *x, gsize n_rows, gsize width, gsize mlp_width)
{
    g_autofree char *fc1 = g_strconcat(prefix, ".fc1", NULL);
    g_autofree char *fc2 = g_strconcat(prefix, ".fc2", NULL);
    g_autofree double *y = g_memdup2(x, n_rows * width * sizeof *x);
    cw_reference_layer_norm(weights, norm, eps, y, n_rows, width);
    g_autofree double *hidden = cw_reference_linear(weights, fc1, y, n_rows, width, mlp_width);
    for (gsize i = 0; i < n_rows * mlp_width; i++)
        hidden[i] = activate(activation, hidden[i]);
    g_autofree double *out = cw_reference_linear(weights, fc2, hidden, n_rows, mlp_width, width);
    add_to(x, out, n_rows * width);
}

/* x += out(attention(norm1(x))) for one sequence. */
static void
add_self_attention(CwWeights *weights, const char *block, double eps, gsize n_heads,
                   gboolean causal, double *x, gsize n_tokens, gsize width)
{
    g_autofree char *norm = g_strconcat(block, ".norm1", NULL);
    g_autofree char *attention = g_strconcat(block, ".attn", NULL);
    g_autofree char *out_name = g_strconcat(attention, ".out", NULL);
    g_autofree double *y = g_memdup2(x, n_tokens * width * sizeof *x);
    cw_reference_layer_norm(weights, norm, eps, y, n_tokens, width);
    g_autofree double *attended = cw_reference_attention(weights, attention, y, n_tokens, y,
                                                         n_tokens, width, n_heads, causal);
    g_autofree double *out =
        cw_reference_linear(weights, out_name, attended, n_tokens, width, width);
    add_to(x, out, n_tokens * width);
}

void
cw_reference_blocks(CwReference *reference, CwWeights *weights, const char *tower, guint n,
                    gsize n_heads, CwActivation activation, double eps, gboolean causal, double *x,
                    gsize batch, gsize width, gsize mlp_width)
{
    const gsize n_tokens = reference->n_tokens;
    for (guint i = 0; i < n; i++) {
        g_autofree char *block = g_strdup_printf("%s.block.%u", tower, i);
        g_autofree char *norm = g_strconcat(block, ".norm2", NULL);
        g_autofree char *mlp = g_strconcat(block, ".mlp", NULL);
        for (gsize b = 0; b < batch; b++)
            add_self_attention(weights, block, eps, n_heads, causal, x + b * n_tokens * width,
                               n_tokens, width);
        cw_reference_add_mlp(weights, norm, mlp, eps, activation, x, batch * n_tokens, width,
                             mlp_width);
        cw_reference_tell(reference, x, batch * n_tokens, width, "block.%u", i);
    }
}
