/* oneDNN's matrix products against ours: every product with weights of ViT-B/32's image tower, on
 * one thread, in turn. Usage: products [BATCH]. One JSON line for each precision and product, and
 * one of all. oneDNN gets what it likes: weights in its own order, u8 times s8 into s32 without the
 * scaling and adding up that ours does. */
#include "base/cpu.h"
#include "eval/products.h"
#include "eval/random_weights.h"
#include "kernels/gemm.h"

#include <omp.h>
#include <oneapi/dnnl/dnnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS 0.5 /* for each product, both sides together */

static const char *const names[] = {"f32", "bf16", "int8"};
static const dnnl_data_type_t a_types[] = {dnnl_f32, dnnl_bf16, dnnl_u8};
static const dnnl_data_type_t w_types[] = {dnnl_f32, dnnl_bf16, dnnl_s8};
static const dnnl_data_type_t c_types[] = {dnnl_f32, dnnl_f32, dnnl_s32};

static void
check(dnnl_status_t status, const char *what)
{
    if (status != dnnl_success) {
        fprintf(stderr, "products: oneDNN refuses %s (%d)\n", what, (int)status);
        exit(1);
    }
}

/* Version 3 made a pointer of what was a struct. */
#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t Desc;
#define DESC(desc) (desc)
#else
typedef dnnl_memory_desc_t Desc;
#define DESC(desc) (&(desc))
#endif

static Desc
describe(gsize rows, gsize columns, dnnl_data_type_t type, dnnl_format_tag_t tag)
{
    const dnnl_dims_t dims = {(dnnl_dim_t)rows, (dnnl_dim_t)columns};
    Desc desc;
#if DNNL_VERSION_MAJOR >= 3
    check(dnnl_memory_desc_create_with_tag(&desc, 2, dims, type, tag), "a matrix");
#else
    check(dnnl_memory_desc_init_by_tag(&desc, 2, dims, type, tag), "a matrix");
#endif
    return desc;
}

typedef struct {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    dnnl_primitive_t product;
    dnnl_memory_t a, c, *w; /* w: [n] */
    guint n;
} Theirs;

static dnnl_memory_t
make_memory(const Theirs *theirs, const dnnl_memory_desc_t desc, gsize bytes)
{
    dnnl_memory_t memory;
    void *data;
    check(dnnl_memory_create(&memory, DESC(desc), theirs->engine, DNNL_MEMORY_ALLOCATE), "memory");
    check(dnnl_memory_get_data_handle(memory, &data), "memory");
    memset(data, 0x3f, bytes); /* 0.75 as f32 and bf16, 63 as a byte */
    return memory;
}

static void
open_theirs(Theirs *theirs, CwProductType type, const CwProduct *p)
{
    const Desc a = describe(p->n_rows, p->depth, a_types[type], dnnl_ab);
    const Desc w = describe(p->depth, p->n_columns, w_types[type], dnnl_format_tag_any);
    const Desc c = describe(p->n_rows, p->n_columns, c_types[type], dnnl_ab);
    dnnl_primitive_desc_t chosen;
    check(dnnl_engine_create(&theirs->engine, dnnl_cpu, 0), "an engine");
    check(dnnl_stream_create(&theirs->stream, theirs->engine, dnnl_stream_default_flags),
          "a stream");
#if DNNL_VERSION_MAJOR >= 3
    check(dnnl_matmul_primitive_desc_create(&chosen, theirs->engine, a, w, NULL, c, NULL),
          "a product");
    const dnnl_memory_desc_t packed =
        (dnnl_memory_desc_t)dnnl_primitive_desc_query_md(chosen, dnnl_query_weights_md, 0);
    const gsize w_bytes = dnnl_memory_desc_get_size(packed);
#else
    dnnl_matmul_desc_t desc;
    check(dnnl_matmul_desc_init(&desc, &a, &w, NULL, &c), "a product");
    check(dnnl_primitive_desc_create(&chosen, &desc, NULL, theirs->engine, NULL), "a product");
    const dnnl_memory_desc_t packed =
        *dnnl_primitive_desc_query_md(chosen, dnnl_query_weights_md, 0);
    const gsize w_bytes = dnnl_memory_desc_get_size(&packed);
#endif
    check(dnnl_primitive_create(&theirs->product, chosen), "a product");
    check(dnnl_primitive_desc_destroy(chosen), "a product");
    theirs->a = make_memory(theirs, a, p->n_rows * p->depth * 4 / cw_product_group(type));
    theirs->c = make_memory(theirs, c, p->n_rows * p->n_columns * 4);
    theirs->n = p->count;
    theirs->w = g_new(dnnl_memory_t, p->count);
    for (guint i = 0; i < p->count; i++)
        theirs->w[i] = make_memory(theirs, packed, w_bytes);
}

static void
run_theirs(const Theirs *theirs)
{
    for (guint i = 0; i < theirs->n; i++) {
        const dnnl_exec_arg_t arguments[] = {
            {DNNL_ARG_SRC, theirs->a}, {DNNL_ARG_WEIGHTS, theirs->w[i]}, {DNNL_ARG_DST, theirs->c}};
        check(dnnl_primitive_execute(theirs->product, theirs->stream, 3, arguments), "to run");
    }
    check(dnnl_stream_wait(theirs->stream), "to end");
}

static void
close_theirs(Theirs *theirs)
{
    for (guint i = 0; i < theirs->n; i++)
        dnnl_memory_destroy(theirs->w[i]);
    g_free(theirs->w);
    dnnl_memory_destroy(theirs->a);
    dnnl_memory_destroy(theirs->c);
    dnnl_primitive_destroy(theirs->product);
    dnnl_stream_destroy(theirs->stream);
    dnnl_engine_destroy(theirs->engine);
}

typedef struct {
    CwPackedMatrix *w; /* [n] */
    void **memory;     /* [n] */
    void *a;
    float *a_scales, *c;
    gint32 *a_zeros;
    gsize n_rows;
    guint n;
} Ours;

static void
open_ours(Ours *ours, CwProductType type, const CwProduct *p)
{
    const gsize bytes = cw_packed_bytes(type, p->n_columns, p->depth);
    ours->n = p->count;
    ours->n_rows = p->n_rows;
    ours->w = g_new(CwPackedMatrix, p->count);
    ours->memory = g_new(void *, p->count);
    for (guint i = 0; i < p->count; i++) {
        ours->memory[i] = aligned_alloc(CW_LINE_BYTES, bytes);
        g_assert(ours->memory[i]);
        memset(ours->memory[i], 0x3f, bytes);
        ours->w[i] = cw_packed_view(type, p->n_columns, p->depth, ours->memory[i]);
    }
    const gsize row = ours->w[0].n_groups * 4;
    ours->a = g_malloc(p->n_rows * row);
    memset(ours->a, 0x3f, p->n_rows * row);
    ours->a_scales = g_new0(float, p->n_rows);
    ours->a_zeros = g_new0(gint32, p->n_rows);
    ours->c = g_new(float, p->n_rows * p->n_columns);
}

static void
run_ours(const Ours *ours)
{
    for (guint i = 0; i < ours->n; i++) {
        const CwPackedMatrix *w = &ours->w[i];
        const CwGemm gemm = {
            .w = w,
            .n_rows = ours->n_rows,
            .a = ours->a,
            .a_stride = w->n_groups * 4,
            .a_scales = ours->a_scales,
            .a_zeros = ours->a_zeros,
            .c = ours->c,
            .c_stride = w->n_columns,
            .next = &ours->w[(i + 1) % ours->n],
        };
        cw_gemm_run(&gemm, 1);
    }
}

static void
close_ours(Ours *ours)
{
    for (guint i = 0; i < ours->n; i++)
        free(ours->memory[i]);
    g_free(ours->memory);
    g_free(ours->w);
    g_free(ours->a);
    g_free(ours->a_scales);
    g_free(ours->a_zeros);
    g_free(ours->c);
}

static int
compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double
take_median(GArray *values)
{
    qsort(values->data, values->len, sizeof(double), compare);
    return g_array_index(values, double, values->len / 2);
}

/* Milliseconds of one product; medians, in turn. */
static void
measure(CwProductType type, const CwProduct *p, double *ours_ms, double *theirs_ms)
{
    Ours ours;
    Theirs theirs;
    g_autoptr(GArray) a = g_array_new(FALSE, FALSE, sizeof(double));
    g_autoptr(GArray) b = g_array_new(FALSE, FALSE, sizeof(double));
    open_ours(&ours, type, p);
    open_theirs(&theirs, type, p);
    const gint64 end = g_get_monotonic_time() + (gint64)(SECONDS * G_USEC_PER_SEC);
    do {
        const gint64 t0 = g_get_monotonic_time();
        run_ours(&ours);
        const gint64 t1 = g_get_monotonic_time();
        run_theirs(&theirs);
        const double x = (double)(t1 - t0) / 1e3 / p->count;
        const double y = (double)(g_get_monotonic_time() - t1) / 1e3 / p->count;
        g_array_append_val(a, x);
        g_array_append_val(b, y);
    } while (g_get_monotonic_time() < end);
    close_theirs(&theirs);
    close_ours(&ours);
    *ours_ms = take_median(a);
    *theirs_ms = take_median(b);
}

static void
print_line(CwProductType type, guint batch, const CwProduct *p, double ours_ms, double theirs_ms)
{
    printf("{\"bench\":\"products\",\"precision\":\"%s\",\"batch\":%u,", names[type], batch);
    if (p)
        printf("\"rows\":%zu,\"columns\":%zu,\"depth\":%zu,", p->n_rows, p->n_columns, p->depth);
    printf("\"ms\":%.4f,\"onednn_ms\":%.4f,\"faster\":%.3f,\"onednn\":\"%d.%d\"}\n", ours_ms,
           theirs_ms, theirs_ms / ours_ms, dnnl_version()->major, dnnl_version()->minor);
    fflush(stdout);
}

int
main(int argc, char **argv)
{
    const guint64 batch = argc > 1 ? g_ascii_strtoull(argv[1], NULL, 10) : 1;
    if (batch < 1 || batch > 64) {
        fprintf(stderr, "products: a batch of 1 to 64 is wanted\n");
        return 2;
    }
    CwModelConfig config;
    GError *error = NULL;
    if (!cw_random_config("vit-b-32", &config, &error)) {
        fprintf(stderr, "products: %s\n", error->message);
        return 1;
    }
    omp_set_num_threads(1); /* Debian builds oneDNN for OpenMP */
    g_autoptr(GArray) products = cw_products_list(&config, (guint)batch);
    for (guint type = 0; type < CW_PRODUCT_N_TYPES; type++) {
        double ours_total = 0, theirs_total = 0;
        if (type == CW_PRODUCT_BF16 && !cw_cpu_has(CW_CPU_AVX512BF16))
            continue;
        for (guint i = 0; i < products->len; i++) {
            const CwProduct *p = &g_array_index(products, CwProduct, i);
            double ours_ms, theirs_ms;
            if (!p->has_weights)
                continue;
            measure((CwProductType)type, p, &ours_ms, &theirs_ms);
            print_line((CwProductType)type, (guint)batch, p, ours_ms, theirs_ms);
            ours_total += ours_ms * p->count;
            theirs_total += theirs_ms * p->count;
        }
        print_line((CwProductType)type, (guint)batch, NULL, ours_total, theirs_total);
    }
    return 0;
}
