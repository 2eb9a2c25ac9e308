/* The table of canonical tensors: what is taken, what is missing, what is left over. */
#include "weights/weights.h"
#include "fixture.h"

static const float numbers[6];
static const CwTensor matrix = {numbers, CW_DTYPE_F32, 2, {2, 3}, FALSE};

static void
add(CwWeights *weights, const char *name, const char *original)
{
    g_autoptr(GError) error = NULL;
    cw_weights_add(weights, name, original, &matrix, &error);
    g_assert_no_error(error);
}

static void
test_a_tensor_is_taken_by_name_and_shape(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwWeights) weights = cw_weights_new("m.safetensors");
    add(weights, "a", NULL);
    g_assert_true(cw_weights_has(weights, "a"));
    g_assert_false(cw_weights_has(weights, "b"));
    const CwTensor *tensor = cw_weights_take(weights, "a", 2, (gint64[]){2, 3}, &error);
    g_assert_no_error(error);
    g_assert_true(tensor->data == numbers);
    g_assert_true(cw_weights_check_consumed(weights, &error));
    g_assert_cmpuint(cw_weights_n_parameters(weights), ==, 6);
}

static void
test_a_missing_tensor_is_named_with_its_shape(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwWeights) weights = cw_weights_new("m.safetensors");
    g_assert_null(cw_weights_take(weights, "image.patch.bias", 1, (gint64[]){64}, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT,
                         "m.safetensors: tensor image.patch.bias [64] is missing", NULL);
}

static void
test_a_wrong_shape_or_type_is_named_with_what_is_right(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwWeights) weights = cw_weights_new("m.safetensors");
    add(weights, "text.projection.weight", "text_projection");
    g_assert_null(cw_weights_take(weights, "text.projection.weight", 2, (gint64[]){3, 2}, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT,
                         "m.safetensors: tensor 'text_projection' (text.projection.weight) is "
                         "[2][3], must be [3][2]",
                         NULL);
    g_assert_null(cw_weights_take(weights, "text.projection.weight", 0, NULL, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT, "must be []", NULL);

    const CwTensor whole = {numbers, CW_DTYPE_I32, 1, {6}, FALSE};
    g_assert_true(cw_weights_add(weights, "ids", NULL, &whole, &error));
    g_assert_null(cw_weights_take(weights, "ids", 1, (gint64[]){6}, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT, "'ids' (ids) holds i32, must be f32",
                         NULL);
    g_assert_false(cw_weights_check_consumed(weights, &error));
}

static void
test_what_nothing_took_is_named(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwWeights) weights = cw_weights_new("m.safetensors");
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        add(weights, names[i], NULL);
    g_assert_nonnull(cw_weights_take(weights, "b", 2, (gint64[]){2, 3}, &error));
    g_assert_false(cw_weights_check_consumed(weights, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_UNSUPPORTED,
                         "m.safetensors: the configured network has no use for 'a', 'c', 'd', 'e', "
                         "'f' and 1 more",
                         NULL);
}

static void
test_two_tensors_for_one_place_are_refused(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwWeights) weights = cw_weights_new("m.safetensors");
    add(weights, "text.token", "token_embedding.weight");
    g_assert_false(
        cw_weights_add(weights, "text.token", "text.token_embedding.weight", &matrix, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT,
                         "'token_embedding.weight' and 'text.token_embedding.weight' are both "
                         "text.token",
                         NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define CASE(name) g_test_add_func("/weights/weights/" #name, test_##name)
    CASE(a_tensor_is_taken_by_name_and_shape);
    CASE(a_missing_tensor_is_named_with_its_shape);
    CASE(a_wrong_shape_or_type_is_named_with_what_is_right);
    CASE(what_nothing_took_is_named);
    CASE(two_tensors_for_one_place_are_refused);
    return g_test_run();
}
