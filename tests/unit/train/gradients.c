/* Every part's gradients against central differences. Compiled with CwReal as double. */
#include "train/loss.h"
#include "train/parts.h"

#define STEP      1e-5
#define TOLERANCE 1e-4 /* of the larger of the two */
#define NOISE     1e-8 /* what rounding leaves of a gradient that is zero */

/* Numbers of one kind, made where they stand and freed together. */
typedef struct {
    GRand *random;
    GPtrArray *memory;
} Numbers;

static Numbers
begin(void)
{
    return (Numbers){g_rand_new_with_seed(7), g_ptr_array_new_with_free_func(g_free)};
}

static void
end(Numbers *numbers)
{
    g_rand_free(numbers->random);
    g_ptr_array_unref(numbers->memory);
}

static CwReal *
take_zeros(Numbers *numbers, gsize n)
{
    CwReal *x = g_new0(CwReal, n);
    g_ptr_array_add(numbers->memory, x);
    return x;
}

static CwReal *
take(Numbers *numbers, gsize n)
{
    CwReal *x = take_zeros(numbers, n);
    for (gsize i = 0; i < n; i++)
        x[i] = g_rand_double_range(numbers->random, -1, 1);
    return x;
}

/* A part's outputs weighted with fixed numbers, so that it has one result. */
typedef struct {
    void (*run)(gpointer part, CwReal *y);
    gpointer part;
    gsize n_out;
    CwReal *y, *weights; /* weights are the gradient of y */
} Probe;

static CwReal
measure(const Probe *probe)
{
    CwReal sum = 0;
    probe->run(probe->part, probe->y);
    for (gsize i = 0; i < probe->n_out; i++)
        sum += probe->y[i] * probe->weights[i];
    return sum;
}

/* x: what the probe reads; dx: what its part says of it. */
static void
check(const Probe *probe, const char *name, const CwReal *x, gsize n, const CwReal *dx)
{
    CwReal *moved = (CwReal *)x;
    for (gsize i = 0; i < n; i++) {
        const CwReal old = moved[i];
        moved[i] = old + STEP;
        const CwReal above = measure(probe);
        moved[i] = old - STEP;
        const CwReal below = measure(probe);
        moved[i] = old;
        const CwReal slope = (above - below) / (2 * STEP);
        if (fabs(slope - dx[i]) > TOLERANCE * MAX(fabs(slope), fabs(dx[i])) + NOISE)
            g_error("%s[%" G_GSIZE_FORMAT "]: gradient %g, difference %g", name, i, dx[i], slope);
    }
}

static Probe
make_probe(Numbers *numbers, void (*run)(gpointer part, CwReal *y), gpointer part, gsize n_out)
{
    return (Probe){run, part, n_out, take_zeros(numbers, n_out), take(numbers, n_out)};
}

typedef struct {
    CwTrainLinear linear;
    CwReal *x;
} Linear;

static void
run_linear(gpointer part, CwReal *y)
{
    const Linear *p = part;
    cw_train_linear_forward(&p->linear, p->x, 5, y);
}

static void
test_linear(void)
{
    Numbers n = begin();
    Linear p = {{7, 3, take(&n, 21), take(&n, 3), take_zeros(&n, 21), take_zeros(&n, 3)},
                take(&n, 35)};
    CwReal *dx = take_zeros(&n, 35);
    const Probe probe = make_probe(&n, run_linear, &p, 15);
    cw_train_linear_backward(&p.linear, p.x, probe.weights, 5, dx);
    check(&probe, "x", p.x, 35, dx);
    check(&probe, "w", p.linear.w, 21, p.linear.dw);
    check(&probe, "bias", p.linear.bias, 3, p.linear.dbias);
    end(&n);
}

static void
test_accumulation(void)
{
    Numbers n = begin();
    const CwTrainLinear linear = {
        7, 3, take(&n, 21), take(&n, 3), take_zeros(&n, 21), take_zeros(&n, 3)};
    const CwReal *x = take(&n, 35), *dy = take(&n, 15);
    cw_train_linear_backward(&linear, x, dy, 5, NULL);
    const CwReal once = linear.dw[4], bias_once = linear.dbias[1];
    cw_train_linear_backward(&linear, x, dy, 5, NULL);
    g_assert_cmpfloat_with_epsilon(linear.dw[4], 2 * once, 1e-12);
    g_assert_cmpfloat_with_epsilon(linear.dbias[1], 2 * bias_once, 1e-12);
    g_assert_cmpfloat(once, !=, 0);
    end(&n);
}

typedef struct {
    CwTrainNorm norm;
    CwReal *x, *statistics;
} Norm;

static void
run_norm(gpointer part, CwReal *y)
{
    const Norm *p = part;
    cw_train_norm_forward(&p->norm, p->x, 4, y, p->statistics);
}

static void
test_norm(void)
{
    Numbers n = begin();
    Norm p = {{6, 1e-5, take(&n, 6), take(&n, 6), take_zeros(&n, 6), take_zeros(&n, 6)},
              take(&n, 24),
              take_zeros(&n, 8)};
    CwReal *dx = take_zeros(&n, 24);
    const Probe probe = make_probe(&n, run_norm, &p, 24);
    measure(&probe);
    cw_train_norm_backward(&p.norm, p.x, p.statistics, probe.weights, 4, dx);
    check(&probe, "x", p.x, 24, dx);
    check(&probe, "gamma", p.norm.gamma, 6, p.norm.dgamma);
    check(&probe, "beta", p.norm.beta, 6, p.norm.dbeta);
    end(&n);
}

typedef struct {
    CwActivation activation;
    CwReal *x;
} Activation;

static void
run_activation(gpointer part, CwReal *y)
{
    const Activation *p = part;
    cw_train_activation_forward(p->activation, p->x, 20, y);
}

static void
test_activation(gconstpointer data)
{
    Numbers n = begin();
    Activation p = {(CwActivation)GPOINTER_TO_INT(data), take(&n, 20)};
    for (gsize i = 0; i < 20; i++)
        p.x[i] *= 4;
    CwReal *dx = take_zeros(&n, 20);
    const Probe probe = make_probe(&n, run_activation, &p, 20);
    cw_train_activation_backward(p.activation, p.x, probe.weights, 20, dx);
    check(&probe, "x", p.x, 20, dx);
    end(&n);
}

typedef struct {
    CwTrainAttention attention;
    CwReal *qkv, *probabilities;
} Attention;

static void
run_attention(gpointer part, CwReal *y)
{
    const Attention *p = part;
    cw_train_attention_forward(&p->attention, p->qkv, y, p->probabilities);
}

static void
test_attention(gconstpointer data)
{
    Numbers n = begin();
    const gsize starts[] = {0, 4, 5, 8}; /* three sequences of unequal lengths */
    Attention p = {{6, 2, GPOINTER_TO_INT(data), 3, starts}, take(&n, 8 * 18), NULL};
    p.probabilities = take_zeros(&n, cw_train_attention_n_probabilities(&p.attention));
    CwReal *scratch = take_zeros(&n, cw_train_attention_n_scratch(&p.attention));
    CwReal *dqkv = take_zeros(&n, 8 * 18);
    const Probe probe = make_probe(&n, run_attention, &p, 8 * 6);
    measure(&probe);
    cw_train_attention_backward(&p.attention, p.qkv, p.probabilities, probe.weights, scratch, dqkv);
    check(&probe, "qkv", p.qkv, 8 * 18, dqkv);
    end(&n);
}

static void
test_causal(void)
{
    Numbers n = begin();
    const gsize starts[] = {0, 4};
    Attention p = {{6, 2, TRUE, 1, starts}, take(&n, 4 * 18), take_zeros(&n, 32)};
    CwReal *before = take_zeros(&n, 24), *after = take_zeros(&n, 24);
    run_attention(&p, before);
    for (gsize i = 3 * 18; i < 4 * 18; i++)
        p.qkv[i] += 1;
    run_attention(&p, after);
    for (gsize i = 0; i < 3 * 6; i++)
        g_assert_cmpfloat(before[i], ==, after[i]);
    g_assert_cmpfloat(before[18], !=, after[18]);
    end(&n);
}

static const gint32 ids[] = {3, 0, 3, 4};
static const gsize positions[] = {0, 1, 2, 0};

static void
run_tokens(gpointer part, CwReal *y)
{
    cw_train_tokens_forward(part, ids, positions, 4, y);
}

static void
test_tokens(void)
{
    Numbers n = begin();
    CwTrainTokens tokens = {3, take(&n, 15), take(&n, 9), take_zeros(&n, 15), take_zeros(&n, 9)};
    const Probe probe = make_probe(&n, run_tokens, &tokens, 12);
    cw_train_tokens_backward(&tokens, ids, positions, 4, probe.weights);
    check(&probe, "token", tokens.token, 15, tokens.dtoken);
    check(&probe, "position", tokens.position, 9, tokens.dposition);
    end(&n);
}

typedef struct {
    CwTrainPatches patches;
    CwReal *pixels, *unfolded, *mapped;
} Patches;

static void
run_patches(gpointer part, CwReal *y)
{
    const Patches *p = part;
    cw_train_patches_forward(&p->patches, p->pixels, 2, p->unfolded, p->mapped, y);
}

static void
test_patches(void)
{
    Numbers n = begin();
    enum { WIDTH = 5, SIZE = 4, N_IN = 12, N_TOKENS = 5 };
    Patches p = {
        .patches = {.size = SIZE,
                    .patch = 2,
                    .map = {N_IN, WIDTH, take(&n, N_IN * WIDTH), NULL, take_zeros(&n, N_IN * WIDTH),
                            NULL},
                    .class_token = take(&n, WIDTH),
                    .position = take(&n, N_TOKENS * WIDTH),
                    .dclass_token = take_zeros(&n, WIDTH),
                    .dposition = take_zeros(&n, N_TOKENS * WIDTH)},
        .pixels = take(&n, 2 * 3 * SIZE * SIZE),
        .unfolded = take_zeros(&n, 2 * 4 * N_IN),
        .mapped = take_zeros(&n, 2 * 4 * WIDTH),
    };
    const Probe probe = make_probe(&n, run_patches, &p, 2 * N_TOKENS * WIDTH);
    measure(&probe);
    cw_train_patches_backward(&p.patches, p.unfolded, probe.weights, 2, p.mapped);
    check(&probe, "map", p.patches.map.w, N_IN * WIDTH, p.patches.map.dw);
    check(&probe, "class_token", p.patches.class_token, WIDTH, p.patches.dclass_token);
    check(&probe, "position", p.patches.position, N_TOKENS * WIDTH, p.patches.dposition);
    /* The first number of the second patch is the third pixel of the first row. */
    g_assert_cmpfloat(p.unfolded[N_IN], ==, p.pixels[2]);
    end(&n);
}

typedef struct {
    CwReal *x, *lengths;
} Normalise;

static void
run_normalise(gpointer part, CwReal *y)
{
    const Normalise *p = part;
    cw_train_normalise_forward(p->x, 3, 5, y, p->lengths);
}

static void
test_normalise(void)
{
    Numbers n = begin();
    Normalise p = {take(&n, 15), take_zeros(&n, 3)};
    CwReal *dx = take_zeros(&n, 15);
    const Probe probe = make_probe(&n, run_normalise, &p, 15);
    measure(&probe);
    cw_train_normalise_backward(probe.y, p.lengths, probe.weights, 3, 5, dx);
    check(&probe, "x", p.x, 15, dx);
    end(&n);
}

typedef CwReal (*LossFunc)(const CwTrainPairs *, CwReal *, CwTrainPairGradients *);

typedef struct {
    LossFunc loss;
    CwTrainPairs pairs;
    CwReal *scratch;
    CwTrainPairGradients gradients;
} Loss;

static void
run_loss(gpointer part, CwReal *y)
{
    Loss *p = part;
    *y = p->loss(&p->pairs, p->scratch, &p->gradients);
}

static const struct {
    const char *name;
    LossFunc run;
} losses[] = {
    {"the contrastive loss", cw_train_contrastive_loss},
    {"the sigmoid loss", cw_train_sigmoid_loss},
};

enum { N_IMAGES = 6, N_TEXTS = 5, LOSS_WIDTH = 4 };

/* Pictures of equal captions, one without its text, and a text without a picture. */
static Loss
make_loss(Numbers *n, LossFunc loss)
{
    static const guint32 image_groups[N_IMAGES] = {0, 1, 2, 1, 4, 1};
    static const guint32 text_groups[N_TEXTS] = {2, 1, 0, 7, 1};
    return (Loss){
        loss,
        {N_IMAGES, N_TEXTS, LOSS_WIDTH, take(n, N_IMAGES * LOSS_WIDTH),
         take(n, N_TEXTS * LOSS_WIDTH), image_groups, text_groups, 1.1, -0.7, 0.1},
        take_zeros(n, 2 * N_IMAGES * N_TEXTS),
        {take_zeros(n, N_IMAGES * LOSS_WIDTH), take_zeros(n, N_TEXTS * LOSS_WIDTH), 0, 0},
    };
}

static void
test_loss(gconstpointer data)
{
    Numbers n = begin();
    Loss p = make_loss(&n, *(const LossFunc *)data);
    Probe probe = make_probe(&n, run_loss, &p, 1);
    probe.weights[0] = 1;
    measure(&probe);
    const CwTrainPairGradients found = p.gradients;
    const gsize n_images = N_IMAGES * LOSS_WIDTH, n_texts = N_TEXTS * LOSS_WIDTH;
    CwReal *images = g_memdup2(found.images, n_images * sizeof(CwReal));
    CwReal *texts = g_memdup2(found.texts, n_texts * sizeof(CwReal));
    check(&probe, "images", p.pairs.images, n_images, images);
    check(&probe, "texts", p.pairs.texts, n_texts, texts);
    check(&probe, "log_scale", &p.pairs.log_scale, 1, &found.log_scale);
    if (p.loss == cw_train_sigmoid_loss)
        check(&probe, "bias", &p.pairs.bias, 1, &found.bias);
    g_free(images);
    g_free(texts);
    end(&n);
}

/* Two equal pictures under equal captions, apart from all others: with the captions in one group
 * the loss cannot be lower than ln 2 (the target is spread), and pulls nothing apart. */
static void
test_duplicates(void)
{
    Numbers n = begin();
    CwReal rows[] = {1, 0, 1, 0}, images[4], texts[4];
    const guint32 same[] = {5, 5}, different[] = {0, 1};
    CwReal *scratch = take_zeros(&n, 8);
    CwTrainPairs pairs = {2, 2, 2, rows, rows, same, same, 3, 0, 0};
    CwTrainPairGradients gradients = {images, texts, 0, 0};
    const CwReal loss = cw_train_contrastive_loss(&pairs, scratch, &gradients);
    g_assert_cmpfloat_with_epsilon(loss, G_LN2, 1e-12);
    for (gsize i = 0; i < 4; i++)
        g_assert_cmpfloat_with_epsilon(images[i], 0, 1e-12);
    rows[3] = 0.1; /* no longer equal, and now torn apart as strangers */
    pairs.image_groups = pairs.text_groups = different;
    cw_train_contrastive_loss(&pairs, scratch, &gradients);
    g_assert_cmpfloat(fabs(images[1]), >, 0.01);
    end(&n);
}

static void
test_clipping(void)
{
    g_assert_cmpfloat_with_epsilon(cw_train_scale(2), exp(2.0), 1e-12);
    g_assert_cmpfloat(cw_train_scale(5), ==, 100);
    g_assert_cmpfloat(cw_train_scale(5000), ==, 100);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/train/gradients/a linear map", test_linear);
    g_test_add_func("/train/gradients/parameters accumulate", test_accumulation);
    g_test_add_func("/train/gradients/a layer norm", test_norm);
    g_test_add_data_func("/train/gradients/quick GELU", GINT_TO_POINTER(CW_ACTIVATION_QUICK_GELU),
                         test_activation);
    g_test_add_data_func("/train/gradients/GELU", GINT_TO_POINTER(CW_ACTIVATION_GELU),
                         test_activation);
    g_test_add_data_func("/train/gradients/GELU by tanh", GINT_TO_POINTER(CW_ACTIVATION_GELU_TANH),
                         test_activation);
    g_test_add_data_func("/train/gradients/attention", GINT_TO_POINTER(FALSE), test_attention);
    g_test_add_data_func("/train/gradients/causal attention", GINT_TO_POINTER(TRUE),
                         test_attention);
    g_test_add_func("/train/gradients/a causal row does not see what follows", test_causal);
    g_test_add_func("/train/gradients/tokens and positions", test_tokens);
    g_test_add_func("/train/gradients/patches", test_patches);
    g_test_add_func("/train/gradients/rows of length one", test_normalise);
    for (gsize i = 0; i < G_N_ELEMENTS(losses); i++) {
        g_autofree char *name = g_strconcat("/train/gradients/", losses[i].name, NULL);
        g_test_add_data_func(name, &losses[i].run, test_loss);
    }
    g_test_add_func("/train/loss/duplicates are not pushed apart", test_duplicates);
    g_test_add_func("/train/loss/the factor is at most 100", test_clipping);
    return g_test_run();
}
