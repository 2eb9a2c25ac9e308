/* clipwatch info: what a model is. */
#include "cli/command.h"
#include "cli/output.h"
#include "base/json_write.h"

#include <clipwatch/image.h>
#include <clipwatch/model.h>

#define NAME "info"

/* Columns of the names in the table. */
#define NAME_WIDTH 12

static const char *
resize_mode_name(CwResizeMode mode)
{
    static const char *const names[] = {[CW_RESIZE_SHORTEST] = "shortest",
                                        [CW_RESIZE_SQUASH] = "squash",
                                        [CW_RESIZE_LONGEST] = "longest"};
    return names[mode];
}

static const char *
interpolation_name(CwInterpolation interpolation)
{
    return interpolation == CW_INTERPOLATION_BICUBIC ? "bicubic" : "bilinear";
}

static void
append_triple(GString *json, const char *key, const float *values)
{
    cw_json_write_key(json, key);
    for (guint i = 0; i < 3; i++) {
        g_string_append_c(json, i ? ',' : '[');
        cw_json_write_decimal(json, values[i], 6);
    }
    g_string_append_c(json, ']');
}

static char *
describe_json(const CwModelInfo *info)
{
    GString *json = g_string_new("{");
    const struct {
        const char *key, *value;
    } texts[] = {
        {"name", info->name},
        {"path", info->path},
        {"digest", info->digest},
        {"layout", info->layout},
        {"image_tower", info->image_tower},
        {"activation", info->activation},
        {"storage", info->storage},
        {"precision", info->precision},
        {"resize_mode", resize_mode_name(info->preprocess.resize_mode)},
        {"interpolation", interpolation_name(info->preprocess.interpolation)},
    };
    const struct {
        const char *key;
        guint64 value;
    } numbers[] = {
        {"parameters", info->n_parameters},       {"embed_dim", info->embed_dim},
        {"context_length", info->context_length}, {"vocab_size", info->vocab_size},
        {"image_size", info->preprocess.width},
    };
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        cw_json_write_key(json, texts[i].key);
        cw_json_write_string(json, texts[i].value);
    }
    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++) {
        cw_json_write_key(json, numbers[i].key);
        cw_json_write_uint(json, numbers[i].value);
    }
    append_triple(json, "mean", info->preprocess.mean);
    append_triple(json, "std", info->preprocess.std);
    cw_json_write_key(json, "logit_scale");
    cw_json_write_decimal(json, info->logit_scale, 6);
    cw_json_write_key(json, "logit_bias");
    cw_json_write_decimal(json, info->logit_bias, 6);
    cw_json_write_key(json, "mean_cosine");
    cw_json_write_decimal(json, info->mean_cosine, 6);
    cw_json_write_key(json, "least_cosine");
    cw_json_write_decimal(json, info->least_cosine, 6);
    cw_json_write_key(json, "tokenizer_digest");
    if (info->tokenizer_digest)
        cw_json_write_string(json, info->tokenizer_digest);
    else
        g_string_append(json, "null");
    g_string_append_c(json, '}');
    return g_string_free(json, FALSE);
}

static void append_row(GString *table, const char *name, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

static void
append_row(GString *table, const char *name, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    cw_output_pad(table, name, NAME_WIDTH);
    g_string_append_vprintf(table, format, arguments);
    g_string_append_c(table, '\n');
    va_end(arguments);
}

static char *
describe_table(const CwModel *model, const CwModelInfo *info)
{
    GString *table = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    const CwTokenizer *tokenizer = cw_model_get_tokenizer(model, &error);
    append_row(table, "model", "%s", info->name);
    append_row(table, "path", "%s", info->path);
    append_row(table, "digest", "%s", info->digest);
    append_row(table, "layout", "%s, stored as %s", info->layout, info->storage);
    append_row(table, "image tower", "%s, %s", info->image_tower, info->activation);
    append_row(table, "parameters", "%" G_GUINT64_FORMAT, info->n_parameters);
    append_row(table, "input", "%ux%u, %s, %s", info->preprocess.width, info->preprocess.height,
               resize_mode_name(info->preprocess.resize_mode),
               interpolation_name(info->preprocess.interpolation));
    append_row(table, "space", "%u dimensions, scores by %s", info->embed_dim,
               info->sigmoid ? "sigmoid" : "softmax");
    append_row(table, "text", "%u tokens of %u", info->context_length, info->vocab_size);
    append_row(table, "tokenizer", "%s", tokenizer ? info->tokenizer_digest : error->message);
    g_autoptr(GString) cosines = g_string_new(NULL);
    cw_json_write_decimal(cosines, info->mean_cosine, 6);
    g_string_append(cosines, " mean, ");
    cw_json_write_decimal(cosines, info->least_cosine, 6);
    append_row(table, "runs in", "%s; cosine with f32 %s least", info->precision, cosines->str);
    g_string_truncate(table, table->len - 1);
    return g_string_free(table, FALSE);
}

int
cw_command_info(int argc, char **argv)
{
    gboolean json = FALSE;
    const GOptionEntry entries[] = {
        {"json", 'j', 0, G_OPTION_ARG_NONE, &json, "Print one JSON line", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    const char *examples = "  clipwatch info starter\n"
                           "  clipwatch info --json /models/CLIP-ViT-B-32\n";
    int exit_code;
    if (!cw_command_parse(&argc, &argv, NAME, "MODEL", examples, entries, &exit_code))
        return exit_code;
    if (argc != 2)
        return cw_command_misuse(NAME, "name one model");
    g_autoptr(GError) error = NULL;
    g_autoptr(CwModel) model = cw_model_open(argv[1], CW_PRECISION_AUTO, &error);
    if (!model)
        return cw_command_fail(NAME, CW_EXIT_USAGE, error);
    const CwModelInfo *info = cw_model_get_info(model);
    g_autofree char *text = json ? describe_json(info) : describe_table(model, info);
    return cw_output_line(text) ? CW_EXIT_OK : CW_EXIT_FAILED;
}
