/* clipwatch selftest: whether this installation computes what it should. */
#include "cli/command.h"
#include "cli/output.h"
#include "base/json_write.h"
#include "eval/golden.h"

#include <math.h>

#define NAME "selftest"

static void
append_output(GString *json, const char *key, const CwGoldenOutput *output)
{
    cw_json_write_key(json, key);
    if (output->n == 0) {
        g_string_append(json, "null");
        return;
    }
    g_string_append_c(json, '{');
    cw_json_write_key(json, "vectors");
    cw_json_write_uint(json, output->n);
    cw_json_write_key(json, "max_abs_diff");
    cw_json_write_decimal(json, output->max_abs_diff, 9);
    cw_json_write_key(json, "min_cosine");
    cw_json_write_decimal(json, output->min_cosine, 9);
    g_string_append_c(json, '}');
}

static char *
describe(const CwModelInfo *info, const CwGoldenResult *result, const CwGoldenBound *bound)
{
    GString *json = g_string_new("{");
    cw_json_write_key(json, "model");
    cw_json_write_string(json, info->name);
    cw_json_write_key(json, "digest");
    cw_json_write_string(json, info->digest);
    cw_json_write_key(json, "precision");
    cw_json_write_string(json, info->precision);
    append_output(json, "image_embeds", &result->image);
    append_output(json, "text_embeds", &result->text);
    if (isfinite(bound->max_abs_diff)) {
        cw_json_write_key(json, "tolerance");
        cw_json_write_decimal(json, bound->max_abs_diff, 9);
    } else {
        cw_json_write_key(json, "least_cosine");
        cw_json_write_decimal(json, bound->min_cosine, 9);
    }
    cw_json_write_key(json, "passed");
    g_string_append(json, cw_golden_passed(result, bound) ? "true" : "false");
    g_string_append_c(json, '}');
    return g_string_free(json, FALSE);
}

int
cw_command_selftest(int argc, char **argv)
{
    char *golden_option = NULL, *precision_option = NULL;
    double tolerance = -1;
    CwPrecision precision = CW_PRECISION_AUTO;
    const GOptionEntry entries[] = {
        {"golden", 'g', 0, G_OPTION_ARG_FILENAME, &golden_option,
         "Inputs and what they should give (default: golden.safetensors beside the model)", "FILE"},
        {"precision", 'p', 0, G_OPTION_ARG_STRING, &precision_option,
         "auto, f32, bf16 or int8 (default: auto)", "PRECISION"},
        {"tolerance", 't', 0, G_OPTION_ARG_DOUBLE, &tolerance,
         "Largest difference that passes (default: 0.00001 for f32; bf16 and int8 have to reach a "
         "cosine of 0.9995 and 0.99 instead)",
         "X"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    const char *examples =
        "  clipwatch selftest starter\n"
        "  clipwatch selftest ./my-model --golden golden.safetensors --precision f32\n\n"
        "Feeds pixel_values and input_ids of FILE and compares with its image_embeds and "
        "text_embeds.\nPrints one JSON line; exit status 0 when within the tolerance, 1 when not, "
        "2 "
        "on errors.\n";
    int exit_code;
    if (!cw_command_parse(&argc, &argv, NAME, "MODEL", examples, entries, &exit_code))
        return exit_code;
    g_autofree char *golden = golden_option;
    g_autofree char *precision_name = precision_option;
    g_autoptr(GError) error = NULL;
    if (argc != 2)
        return cw_command_misuse(NAME, "name one model");
    if (precision_name && !cw_precision_from_string(precision_name, &precision))
        return cw_command_misuse(NAME, "precision is auto, f32, bf16 or int8");
    if (!(tolerance >= 0 || tolerance == -1))
        return cw_command_misuse(NAME, "a tolerance is not below 0");
    g_autoptr(CwModel) model = cw_model_open(argv[1], precision, &error);
    if (!model)
        return cw_command_fail(NAME, CW_EXIT_USAGE, error);
    const CwModelInfo *info = cw_model_get_info(model);
    if (!golden)
        golden = g_build_filename(info->path, "golden.safetensors", NULL);
    CwGoldenResult result;
    if (!cw_golden_compare(model, 0, golden, &result, &error))
        return cw_command_fail(NAME, CW_EXIT_USAGE, error);
    cw_precision_from_string(info->precision, &precision);
    const CwGoldenBound bound =
        tolerance >= 0 ? (CwGoldenBound){tolerance, -1} : cw_golden_bound(precision);
    g_autofree char *line = describe(info, &result, &bound);
    if (!cw_output_line(line))
        return CW_EXIT_FAILED;
    return cw_golden_passed(&result, &bound) ? CW_EXIT_OK : CW_EXIT_FAILED;
}
