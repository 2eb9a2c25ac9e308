/* Views of numbers and their conversion to f32. */
#include "weights/weights.h"

#include <math.h>
#include <string.h>

/* The value of an f16 by its definition. */
static double
value_of_f16(guint bits)
{
    const double sign = bits & 0x8000 ? -1 : 1;
    const guint exponent = (bits >> 10) & 31, mantissa = bits & 0x3ff;
    if (exponent == 31)
        return mantissa ? NAN : sign * INFINITY;
    return exponent ? sign * ldexp(1024 + mantissa, (int)exponent - 25)
                    : sign * ldexp(mantissa, -24);
}

static void
test_every_f16_has_its_value(void)
{
    g_autofree guint16 *halves = g_new(guint16, 65536);
    g_autofree float *floats = g_new(float, 65536);
    for (guint i = 0; i < 65536; i++)
        halves[i] = (guint16)i;
    const CwTensor tensor = {halves, CW_DTYPE_F16, 1, {65536}, FALSE};
    cw_tensor_to_f32(&tensor, floats);
    for (guint i = 0; i < 65536; i++) {
        const double expected = value_of_f16(i);
        if (isnan(expected))
            g_assert_true(isnan(floats[i]));
        else
            g_assert_cmpfloat(floats[i], ==, expected);
        g_assert_cmpint(!!signbit(floats[i]), ==, i >> 15);
    }
}

static void
test_bf16_and_f64_are_converted(void)
{
    const guint16 halves[] = {0x3f80, 0xc000, 0x0001, 0x7f80};
    const double doubles[] = {0.1, -3, 1e300, 0};
    float out[4];
    cw_tensor_to_f32(&(CwTensor){halves, CW_DTYPE_BF16, 1, {4}, FALSE}, out);
    g_assert_cmpfloat(out[0], ==, 1);
    g_assert_cmpfloat(out[1], ==, -2);
    g_assert_cmpfloat(out[2], ==, 0x1p-133f);
    g_assert_true(isinf(out[3]));
    cw_tensor_to_f32(&(CwTensor){doubles, CW_DTYPE_F64, 1, {4}, FALSE}, out);
    g_assert_cmpfloat(out[0], ==, 0.1f);
    g_assert_cmpfloat(out[1], ==, -3);
    g_assert_true(isinf(out[2]));
}

static void
test_a_transposed_view_comes_out_in_canonical_order(void)
{
    enum { ROWS = 45, COLUMNS = 70 };
    g_autofree float *stored = g_new(float, ROWS *COLUMNS);
    g_autofree float *out = g_new(float, ROWS *COLUMNS);
    for (guint i = 0; i < ROWS * COLUMNS; i++)
        stored[i] = (float)i;
    const CwTensor view = {stored, CW_DTYPE_F32, 2, {COLUMNS, ROWS}, TRUE};
    g_assert_null(cw_tensor_as_f32(&view));
    cw_tensor_to_f32(&view, out);
    for (guint row = 0; row < ROWS; row++)
        for (guint column = 0; column < COLUMNS; column++)
            g_assert_cmpfloat(out[column * ROWS + row], ==, stored[row * COLUMNS + column]);
}

static void
test_misaligned_data_is_read_but_not_lent(void)
{
    guint8 bytes[2 + 2 * sizeof(float)];
    const float values[] = {1.5f, -2.25f};
    memcpy(bytes + 2, values, sizeof values);
    _Alignas(4) guint8 aligned[sizeof bytes];
    memcpy(aligned, bytes, sizeof bytes);
    CwTensor view = {aligned + 2, CW_DTYPE_F32, 1, {2}, FALSE};
    float out[2];
    g_assert_null(cw_tensor_as_f32(&view));
    cw_tensor_to_f32(&view, out);
    g_assert_cmpmem(out, sizeof out, values, sizeof values);
    view.data = values;
    g_assert_true(cw_tensor_as_f32(&view) == values);
    view.dtype = CW_DTYPE_I32;
    g_assert_null(cw_tensor_as_f32(&view));
}

static void
test_a_scalar_has_one_element(void)
{
    g_assert_cmpuint(cw_tensor_n_elements(&(CwTensor){.n_dims = 0}), ==, 1);
    g_assert_cmpuint(cw_tensor_n_elements(&(CwTensor){.n_dims = 3, .dims = {2, 0, 5}}), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define CASE(name) g_test_add_func("/weights/tensor/" #name, test_##name)
    CASE(every_f16_has_its_value);
    CASE(bf16_and_f64_are_converted);
    CASE(a_transposed_view_comes_out_in_canonical_order);
    CASE(misaligned_data_is_read_but_not_lent);
    CASE(a_scalar_has_one_element);
    return g_test_run();
}
