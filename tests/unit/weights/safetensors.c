/* Reading safetensors: the file is believed only after everything in its header was checked. */
#include "weights/safetensors.h"
#include "fixture.h"
#include "safetensors_writer.h"

#include <math.h>

static char *dir;

static void
test_tensors_come_back_as_they_were_written(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwTestTensors) tensors = cw_test_tensors_new();
    const float numbers[] = {1, -2.5f, 0x1p-20f, 60000, 0.1f, -0.f};
    const gint64 dims[] = {2, 3};
    cw_test_tensors_add(tensors, "full", CW_DTYPE_F32, 2, dims, numbers);
    cw_test_tensors_add(tensors, "half", CW_DTYPE_F16, 2, dims, numbers);
    cw_test_tensors_add(tensors, "brain", CW_DTYPE_BF16, 1, (gint64[]){6}, numbers);
    cw_test_tensors_add(tensors, "scalar", CW_DTYPE_F32, 0, NULL, numbers + 1);
    cw_test_tensors_add(tensors, "empty", CW_DTYPE_F32, 1, (gint64[]){0}, numbers);
    g_autofree char *path =
        cw_test_tensors_write(tensors, dir, "good.safetensors", "{\"format\":\"pt\"}");
    g_autoptr(CwSafetensors) file = cw_safetensors_open(path, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(cw_safetensors_get_n_tensors(file), ==, 5);
    g_assert_cmpstr(cw_safetensors_get_metadata(file, "format"), ==, "pt");
    g_assert_null(cw_safetensors_get_metadata(file, "no"));

    CwTensor view;
    float out[6];
    g_assert_cmpstr(cw_safetensors_get_tensor(file, 0, &view), ==, "full");
    g_assert_cmpint(view.dtype, ==, CW_DTYPE_F32);
    cw_tensor_to_f32(&view, out);
    g_assert_cmpmem(out, sizeof out, numbers, sizeof numbers);
    g_assert_true(cw_safetensors_find(file, "half", &view));
    cw_tensor_to_f32(&view, out);
    for (guint i = 0; i < 6; i++)
        g_assert_cmpfloat_with_epsilon(out[i], numbers[i], 0x1p-11 * ABS(numbers[i]) + 0x1p-25);
    g_assert_true(cw_safetensors_find(file, "brain", &view));
    cw_tensor_to_f32(&view, out);
    for (guint i = 0; i < 6; i++)
        g_assert_cmpfloat_with_epsilon(out[i], numbers[i], 0x1p-8 * ABS(numbers[i]) + 0x1p-133);
    g_assert_true(cw_safetensors_find(file, "scalar", &view));
    g_assert_cmpuint(view.n_dims, ==, 0);
    cw_tensor_to_f32(&view, out);
    g_assert_cmpfloat(out[0], ==, -2.5f);
    g_assert_false(cw_safetensors_find(file, "no", &view));
}

static void
test_a_header_that_lies_is_refused(void)
{
#define TENSOR(name, type, shape, offsets) \
    "\"" name "\":{\"dtype\":\"" type "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"
    static const struct {
        const char *header;
        gsize n_data;
        CwErrorCode code;
        const char *fragment;
    } cases[] = {
        {"[]", 0, CW_ERROR_FORMAT, "the header is not a JSON object"},
        {"{", 0, CW_ERROR_FORMAT, "(header):1: not valid JSON"},
        {"{\"a\":1}", 0, CW_ERROR_FORMAT, "a is 1, must be an object"},
        {"{\"a\":{}}", 0, CW_ERROR_FORMAT, "a.dtype is missing"},
        {"{" TENSOR("a", "F4", "[1]", "[0,4]") "}", 4, CW_ERROR_UNSUPPORTED,
         "a.dtype 'F4' is not supported"},
        {"{" TENSOR("a.b", "F32", "[1,1,1,1,1]", "[0,4]") "}", 4, CW_ERROR_UNSUPPORTED,
         "[\"a.b\"].shape has more than 4 dimensions"},
        {"{" TENSOR("a", "F32", "[-1]", "[0,4]") "}", 4, CW_ERROR_FORMAT, "a.shape[0] is -1"},
        {"{" TENSOR("a", "F32", "[1.5]", "[0,4]") "}", 4, CW_ERROR_FORMAT, "a.shape[0] is 1.5"},
        {"{" TENSOR("a", "F32", "[\"1\"]", "[0,4]") "}", 4, CW_ERROR_FORMAT,
         "a.shape[0] is the string \"1\""},
        {"{" TENSOR("a", "F32", "[4294967296,4294967296]", "[0,4]") "}", 4, CW_ERROR_LIMIT,
         "a.shape is larger than any memory"},
        {"{" TENSOR("a", "F32", "[1]", "[0]") "}", 4, CW_ERROR_FORMAT,
         "a.data_offsets must be two numbers"},
        {"{" TENSOR("a", "F32", "[1]", "[0,8]") "}", 8, CW_ERROR_FORMAT,
         "tensor 'a' needs 4 bytes by its shape, its offsets hold 8"},
        {"{" TENSOR("a", "F32", "[1]", "[4,0]") "}", 8, CW_ERROR_FORMAT,
         "tensor 'a' claims bytes 4 to 0 of 8"},
        {"{" TENSOR("a", "F32", "[2]", "[0,8]") "}", 7, CW_ERROR_FORMAT,
         "tensor 'a' claims bytes 0 to 8 of 7: damaged or cut off"},
        {"{" TENSOR("a", "F32", "[1]", "[0,4]") "," TENSOR("b", "F32", "[1]", "[2,6]") "}", 6,
         CW_ERROR_FORMAT, "an overlap between a and tensor 'b'"},
        {"{" TENSOR("a", "F32", "[1]", "[0,4]") "," TENSOR("b", "F32", "[1]", "[8,12]") "}", 12,
         CW_ERROR_FORMAT, "a hole between a and tensor 'b'"},
        {"{" TENSOR("a", "F32", "[1]", "[4,8]") "}", 8, CW_ERROR_FORMAT,
         "a hole between the header and tensor 'a'"},
        {"{" TENSOR("a", "F32", "[1]", "[0,4]") "}", 9, CW_ERROR_FORMAT,
         "5 bytes behind the last tensor belong to none"},
        {"{" TENSOR("a", "F32", "[1]", "[0,4]") "," TENSOR("a", "F32", "[1]", "[4,8]") "}", 8,
         CW_ERROR_FORMAT, "a is there twice"},
        {"{" TENSOR("a\\n", "F32", "[1]", "[0,4]") "}", 4, CW_ERROR_FORMAT,
         "a control character in the tensor name 'a\\n'"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],\"more\":0}}", 1,
         CW_ERROR_UNSUPPORTED, "a.more is not a known key"},
    };
#undef TENSOR
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *path = cw_test_write_safetensors_header(dir, "bad.safetensors",
                                                                 cases[i].header, cases[i].n_data);
        g_assert_null(cw_safetensors_open(path, &error));
        cw_test_expect_error(&error, CW_ERROR, (int)cases[i].code, "bad.safetensors",
                             cases[i].fragment, NULL);
    }
}

static void
expect_refusal(const void *bytes, gssize length, CwErrorCode code, const char *fragment)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = cw_test_write(dir, "bytes.safetensors", bytes, length);
    g_assert_null(cw_safetensors_open(path, &error));
    cw_test_expect_error(&error, CW_ERROR, (int)code, "bytes.safetensors", fragment, NULL);
}

static void
test_a_file_that_is_cut_off_is_refused(void)
{
    expect_refusal("", 0, CW_ERROR_FORMAT, "0 bytes are too few");
    expect_refusal("\x02\0\0\0", 4, CW_ERROR_FORMAT, "4 bytes are too few");
    expect_refusal("\x09\0\0\0\0\0\0\0{}", 10, CW_ERROR_FORMAT,
                   "the header claims 9 bytes, the file has 2: cut off");
    expect_refusal("\0\0\0\0\0\0\0\x80{}", 10, CW_ERROR_LIMIT,
                   "the header claims 9223372036854775808 bytes");
    expect_refusal("PK\x03\x04 a zip file", -1, CW_ERROR_LIMIT, "no safetensors file");
}

static void
test_what_is_no_file_is_refused(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *missing = g_build_filename(dir, "no.safetensors", NULL);
    g_assert_null(cw_safetensors_open(missing, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_IO, "no.safetensors", NULL);
    g_assert_null(cw_safetensors_open(dir, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_IO, "not a regular file", NULL);
}

static void
test_a_half_rounds_to_nearest_even(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwTestTensors) tensors = cw_test_tensors_new();
    /* Ties above and below, the largest number, overflow, the smallest denormal and half of it. */
    const float numbers[] = {1 + 0x1p-11f, 1 + 0x3p-11f, 65519, 65520, 0x1p-24f, 0x1p-25f};
    const float expected[] = {1, 1 + 0x1p-9f, 65504, HUGE_VALF, 0x1p-24f, 0};
    cw_test_tensors_add(tensors, "half", CW_DTYPE_F16, 1, (gint64[]){6}, numbers);
    g_autofree char *path = cw_test_tensors_write(tensors, dir, "half.safetensors", NULL);
    g_autoptr(CwSafetensors) file = cw_safetensors_open(path, &error);
    g_assert_no_error(error);
    CwTensor view;
    float out[6];
    cw_safetensors_get_tensor(file, 0, &view);
    cw_tensor_to_f32(&view, out);
    g_assert_cmpmem(out, sizeof out, expected, sizeof expected);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    dir = cw_test_make_dir();
#define CASE(name) g_test_add_func("/weights/safetensors/" #name, test_##name)
    CASE(tensors_come_back_as_they_were_written);
    CASE(a_header_that_lies_is_refused);
    CASE(a_file_that_is_cut_off_is_refused);
    CASE(what_is_no_file_is_refused);
    CASE(a_half_rounds_to_nearest_even);
    const int status = g_test_run();
    cw_test_remove_dir(dir);
    g_free(dir);
    return status;
}
