/* Every table of kernels against the one in plain C, byte for byte: those of this machine, and all
 * others as SIMDe carries them out. */
#include "picture.h"

#include "image/plan.h"

#include <string.h>

#if defined(HAVE_SIMDE)
extern const CwImageKernels simde_image_kernels_sse2;
extern const CwImageKernels simde_image_kernels_avx2;
extern const CwImageKernels simde_image_kernels_avxvnni;
extern const CwImageKernels simde_image_kernels_avx512vnni;
extern const CwImageKernels simde_image_kernels_neon;
extern const CwImageKernels simde_image_kernels_neondot;

static const CwImageKernels *const portable[] = {
    &simde_image_kernels_sse2,       &simde_image_kernels_avx2, &simde_image_kernels_avxvnni,
    &simde_image_kernels_avx512vnni, &simde_image_kernels_neon, &simde_image_kernels_neondot,
};
#endif

typedef void (*Check)(const CwImageKernels *kernels);

static void
check_machine(gconstpointer check)
{
    g_assert_true(cw_image_kernels_at(0) == &cw_image_kernels_scalar);
    for (gsize i = 1; cw_image_kernels_at(i); i++) {
        g_test_message("%s", cw_image_kernels_at(i)->name);
        ((Check)check)(cw_image_kernels_at(i));
    }
}

static void
check_portable(gconstpointer check)
{
#if defined(HAVE_SIMDE)
    for (gsize i = 0; i < G_N_ELEMENTS(portable); i++) {
        g_test_message("%s by SIMDe", portable[i]->name);
        ((Check)check)(portable[i]);
    }
#else
    g_test_skip("built without libsimde-dev");
#endif
}

static guint8 *
run_with(const CwImageKernels *kernels, const TestPicture *picture, const CwPreprocess *preprocess,
         CwCrop crop, gsize *size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwImagePlan) plan =
        cw_image_plan_new_with(kernels, &picture->format, preprocess, crop, &error);
    g_assert_no_error(error);
    *size = (gsize)cw_image_plan_get_n_views(plan) * 3 * preprocess->width * preprocess->height;
    guint8 *rgb = g_malloc(*size);
    memset(rgb, 0xa5, *size);
    cw_image_plan_run(plan, &picture->frame, rgb);
    return rgb;
}

static void
check_picture(const CwImageKernels *kernels, const TestPicture *picture,
              const CwPreprocess *preprocess, CwCrop crop)
{
    const CwFrameFormat *f = &picture->format;
    gsize n, n_expected;
    g_autofree guint8 *bytes = run_with(kernels, picture, preprocess, crop, &n);
    g_autofree guint8 *expected =
        run_with(&cw_image_kernels_scalar, picture, preprocess, crop, &n_expected);
    g_assert_cmpuint(n, ==, n_expected);
    if (memcmp(bytes, expected, n) != 0)
        g_error("%s: format %d, %ux%u, orientation %d to %ux%u, mode %d, crop %d differs",
                kernels->name, f->format, f->width, f->height, f->orientation, preprocess->width,
                preprocess->height, preprocess->resize_mode, crop);
}

/* Black and white alone, so that sums reach their ends and beyond. */
static void
make_stark(TestPicture *picture)
{
    for (guint p = 0; p < cw_frame_format_get_n_planes(&picture->format); p++) {
        const guint n_rows = cw_frame_format_get_plane_height(&picture->format, p);
        const guint stride = picture->frame.strides[p];
        const gsize size =
            (gsize)stride * (n_rows - 1) + cw_frame_format_get_min_stride(&picture->format, p);
        for (gsize i = 0; i < size; i++)
            picture->planes[p][i] = picture->planes[p][i] & 1 ? 255 : 0;
    }
}

/* Sizes near 1, near vectors' widths and beyond a piece of a row are all likely. */
static guint
draw_size(GRand *random)
{
    return (guint)g_rand_int_range(random, 1, 2 + (1 << g_rand_int_range(random, 1, 11)));
}

static void
check_random_picture(const CwImageKernels *kernels, guint32 seed)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(seed);
    const CwFrameFormat format = {
        .format = (CwPixelFormat)(seed % CW_PIXEL_LAST),
        .matrix = (CwColorMatrix)g_rand_int_range(random, 0, CW_MATRIX_FCC + 1),
        .range = (CwColorRange)g_rand_int_range(random, 0, CW_RANGE_FULL + 1),
        .width = draw_size(random),
        .height = draw_size(random),
        .par_n = (guint)g_rand_int_range(random, 1, 5),
        .par_d = (guint)g_rand_int_range(random, 1, 5),
        .orientation = (CwOrientation)g_rand_int_range(random, 1, CW_ORIENTATION_270 + 1),
        .interlaced = g_rand_int_range(random, 0, 4) == 0,
    };
    CwPreprocess preprocess = test_preprocess(
        (guint)g_rand_int_range(random, 1, 100), (guint)g_rand_int_range(random, 1, 100),
        (CwResizeMode)g_rand_int_range(random, 0, CW_RESIZE_LONGEST + 1));
    if (g_rand_boolean(random))
        preprocess.interpolation = CW_INTERPOLATION_BILINEAR;
    g_autoptr(TestPicture) picture =
        test_picture_new(&format, (guint)g_rand_int_range(random, 0, 3), seed);
    if (g_rand_boolean(random))
        make_stark(picture);
    check_picture(kernels, picture, &preprocess,
                  (CwCrop)g_rand_int_range(random, 0, CW_CROP_TILES + 1));
}

static void
check_random_pictures(const CwImageKernels *kernels)
{
    for (guint32 seed = 0; seed < 20 * CW_PIXEL_LAST; seed++)
        check_random_picture(kernels, seed);
}

/* Thousands of pixels become one, one becomes hundreds. */
static void
check_extreme_ratios(const CwImageKernels *kernels)
{
    static const struct {
        guint width, height, input_width, input_height;
    } cases[] = {{4099, 3, 1, 7}, {3, 4099, 7, 1},  {1, 1, 300, 5},
                 {2, 2, 5, 300},  {640, 2, 64, 64}, {1031, 65, 2, 130}};
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
        for (guint orientation = 1; orientation <= CW_ORIENTATION_270; orientation++) {
            const CwFrameFormat format = {
                .format = CW_PIXEL_NV12,
                .width = cases[i].width,
                .height = cases[i].height,
                .par_n = 1,
                .par_d = 1,
                .orientation = (CwOrientation)orientation,
            };
            const CwPreprocess preprocess =
                test_preprocess(cases[i].input_width, cases[i].input_height, CW_RESIZE_SQUASH);
            g_autoptr(TestPicture) picture = test_picture_new(&format, 1, i);
            check_picture(kernels, picture, &preprocess, CW_CROP_MODEL);
        }
}

/* Any weights up to the stated bound whose sum Pillow's 32 bits hold. */
static void
check_any_weights(const CwImageKernels *kernels)
{
    enum { N_OUTPUTS = 16 };
    guint8 in[3 * 4 * CW_IMAGE_MAX_LANES], out[CW_IMAGE_MAX_LANES * 3 * N_OUTPUTS];
    guint8 packed[N_OUTPUTS * 16], expected[sizeof out];
    guint first_group[N_OUTPUTS] = {0}, n_groups[N_OUTPUTS];
    const CwImageKernels *const tables[2] = {&cw_image_kernels_scalar, kernels};
    guint8 *const results[2] = {expected, out};
    g_autoptr(GRand) random = g_rand_new_with_seed(3);

    for (guint round = 0; round < 200; round++) {
        gint32 weights[N_OUTPUTS][4];
        for (guint i = 0; i < sizeof in; i++)
            in[i] = (guint8)g_rand_int(random);
        for (guint i = 0; i < N_OUTPUTS; i++) {
            const guint large = (guint)g_rand_int_range(random, 0, 4);
            n_groups[i] = 1;
            for (guint k = 0; k < 4; k++)
                weights[i][k] = k == large
                                    ? g_rand_int_range(random, -CW_WEIGHT_MAX, CW_WEIGHT_MAX + 1)
                                    : g_rand_int_range(random, -300000, 300000);
        }
        for (guint t = 0; t < 2; t++) {
            const gsize pitch = tables[t]->bytes_of_a_weight;
            const CwWeights all = {first_group, n_groups, packed, pitch};
            const CwQuads from = {in, sizeof in, 4 * CW_IMAGE_MAX_LANES};
            const CwQuads to = {results[t], 3 * 4 * N_OUTPUTS, 4 * N_OUTPUTS};
            for (guint i = 0; i < N_OUTPUTS; i++)
                tables[t]->pack_weights(weights[i], packed + i * pitch);
            tables[t]->weigh(&all, 0, N_OUTPUTS, &from, 0, CW_IMAGE_MAX_LANES, &to);
        }
        g_assert_cmpmem(out, sizeof out, expected, sizeof expected);
    }
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *what;
        Check check;
    } cases[] = {
        {"pictures of any kind are the same bytes", check_random_pictures},
        {"extreme ratios are the same bytes", check_extreme_ratios},
        {"any weights give the same bytes", check_any_weights},
    };
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *machine =
            g_strdup_printf("/image/kernels/%s on this machine", cases[i].what);
        g_autofree char *others = g_strdup_printf("/image/kernels/%s on others", cases[i].what);
        g_test_add_data_func(machine, cases[i].check, check_machine);
        g_test_add_data_func(others, cases[i].check, check_portable);
    }
    return g_test_run();
}
