/* Holding a model against golden results: what passes, what fails, and files that make no sense. */
#include "fixture.h"
#include "safetensors_writer.h"

#include "base/dirs.h"
#include "eval/golden.h"

#include <math.h>

typedef struct {
    CwModel *model;
    char *dir;
    CwGoldenResult result;
} Fixture;

static void
set_up(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    f->model = cw_model_open("starter", CW_PRECISION_F32, &error);
    g_assert_no_error(error);
    f->dir = cw_test_make_dir();
}

static void
tear_down(Fixture *f, gconstpointer unused)
{
    cw_model_unref(f->model);
    cw_test_remove_dir(f->dir);
    g_free(f->dir);
}

/* Text ids of one row "start, 5, end" and an embedding of that many numbers. */
static char *
write_texts(const Fixture *f, gint32 id, gint64 context, gint64 dim)
{
    g_autoptr(CwTestTensors) tensors = cw_test_tensors_new();
    gint32 ids[64] = {2046, id, 2047};
    float embedding[512] = {1};
    cw_test_tensors_add_raw(tensors, "input_ids", CW_DTYPE_I32, 2, (gint64[]){1, context}, ids);
    cw_test_tensors_add(tensors, "text_embeds", CW_DTYPE_F32, 2, (gint64[]){1, dim}, embedding);
    return cw_test_tensors_write(tensors, f->dir, "golden.safetensors", NULL);
}

static void
test_own_golden(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = cw_dirs_find("models/starter/golden.safetensors", "file", &error);
    g_assert_true(cw_golden_compare(f->model, 1, path, &f->result, &error));
    g_assert_cmpuint(f->result.image.n, ==, 8);
    g_assert_cmpuint(f->result.text.n, ==, 8);
    const CwGoldenBound bound = cw_golden_bound(CW_PRECISION_F32);
    g_assert_true(cw_golden_passed(&f->result, &bound));
    g_assert_false(cw_golden_passed(&f->result, &(CwGoldenBound){0, -1}));
}

static void
test_wrong_result(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = write_texts(f, 5, 32, 256);
    g_assert_true(cw_golden_compare(f->model, 1, path, &f->result, &error));
    g_assert_cmpuint(f->result.image.n, ==, 0);
    g_assert_cmpuint(f->result.text.n, ==, 1);
    const CwGoldenBound bound = cw_golden_bound(CW_PRECISION_F32);
    g_assert_false(cw_golden_passed(&f->result, &bound));
    g_assert_cmpfloat(f->result.text.min_cosine, <, 0.9);
}

static void
test_refusals(Fixture *f, gconstpointer unused)
{
    GError *error = NULL;
    g_autofree char *shape = write_texts(f, 5, 31, 256);
    g_assert_false(cw_golden_compare(f->model, 1, shape, &f->result, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_MISMATCH, "input_ids", "31", "32", NULL);
    g_autofree char *dim = write_texts(f, 5, 32, 255);
    g_assert_false(cw_golden_compare(f->model, 1, dim, &f->result, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_MISMATCH, "text_embeds", "256", NULL);
    g_autofree char *id = write_texts(f, 2048, 32, 256);
    g_assert_false(cw_golden_compare(f->model, 1, id, &f->result, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_ARGUMENT, "input_ids", "2048", NULL);
    g_assert_false(cw_golden_compare(f->model, 1, "/nonexistent.safetensors", &f->result, &error));
    g_assert_nonnull(error);
    g_clear_error(&error);
}

static void
test_half_a_pair(Fixture *f, gconstpointer unused)
{
    g_autoptr(CwTestTensors) tensors = cw_test_tensors_new();
    GError *error = NULL;
    float embedding[256] = {1};
    cw_test_tensors_add(tensors, "text_embeds", CW_DTYPE_F32, 2, (gint64[]){1, 256}, embedding);
    g_autofree char *path = cw_test_tensors_write(tensors, f->dir, "half.safetensors", NULL);
    g_assert_false(cw_golden_compare(f->model, 1, path, &f->result, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT, "input_ids", NULL);
}

static void
test_not_finite(Fixture *f, gconstpointer unused)
{
    g_autoptr(CwTestTensors) tensors = cw_test_tensors_new();
    GError *error = NULL;
    float embedding[256] = {NAN};
    gint32 ids[32] = {2046, 5, 2047};
    cw_test_tensors_add_raw(tensors, "input_ids", CW_DTYPE_I32, 2, (gint64[]){1, 32}, ids);
    cw_test_tensors_add(tensors, "text_embeds", CW_DTYPE_F32, 2, (gint64[]){1, 256}, embedding);
    g_autofree char *path = cw_test_tensors_write(tensors, f->dir, "nan.safetensors", NULL);
    g_assert_false(cw_golden_compare(f->model, 1, path, &f->result, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT, "text_embeds", "finite", NULL);
}

#define ADD(name, func) g_test_add(name, Fixture, NULL, set_up, func, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/eval/golden/passes what the model's own golden says", test_own_golden);
    ADD("/eval/golden/fails what is computed otherwise", test_wrong_result);
    ADD("/eval/golden/refuses shapes and ids of another model", test_refusals);
    ADD("/eval/golden/refuses half a pair", test_half_a_pair);
    ADD("/eval/golden/refuses numbers that are not finite", test_not_finite);
    return g_test_run();
}
