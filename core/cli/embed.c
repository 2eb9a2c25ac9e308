/* clipwatch embed: pictures and texts as vectors. */
#include "cli/command.h"
#include "cli/encoder.h"
#include "cli/inputs.h"
#include "cli/output.h"
#include "base/json_write.h"

#include <math.h>

#define NAME "embed"

/* Decimals of a vector's numbers: past what f32 of unit length holds. */
#define PLACES 9

typedef struct {
    guint dim;
    gboolean raw;
    GString *line;
    guint n_failed, n_written;
} Embed;

static gboolean
write_vector(Embed *embed, const float *vector)
{
    GString *line = embed->line;
    embed->n_written++;
    if (embed->raw)
        return cw_output_bytes(vector, embed->dim * sizeof *vector);
    cw_json_write_key(line, "embedding");
    g_string_append_c(line, '[');
    for (guint i = 0; i < embed->dim; i++) {
        if (i > 0)
            g_string_append_c(line, ',');
        cw_json_write_decimal(line, vector[i], PLACES);
    }
    g_string_append(line, "]}");
    return cw_output_line(line->str);
}

static gboolean
write_picture(const CwSample *sample, const float *embedding, gpointer user_data)
{
    Embed *embed = user_data;
    g_string_assign(embed->line, "{");
    cw_json_write_key(embed->line, "file");
    cw_json_write_string(embed->line, sample->file);
    cw_json_write_key(embed->line, "time");
    cw_json_write_decimal(embed->line, sample->time, 6);
    return write_vector(embed, embedding);
}

static gboolean
embed_pictures(Embed *embed, const CwModel *model, char **inputs, GError **error)
{
    g_autoptr(CwEncoder) encoder =
        cw_encoder_new(model, CW_CROP_MODEL, 1, write_picture, embed, error);
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
    if (!encoder)
        return FALSE;
    for (char **input = inputs; *input; input++) {
        g_autoptr(GError) fault = NULL;
        if (!cw_inputs_add(files, *input, FALSE, &fault))
            embed->n_failed++, cw_command_fail(NAME, 0, fault);
    }
    for (guint i = 0; i < files->len; i++) {
        guint64 n_damaged;
        g_autoptr(GError) fault = NULL;
        if (!cw_encoder_add(encoder, files->pdata[i], &n_damaged, &fault))
            embed->n_failed++, cw_command_fail(NAME, 0, fault);
    }
    if (!cw_encoder_flush(encoder))
        embed->n_failed++;
    return TRUE;
}

static gboolean
embed_texts(Embed *embed, const CwModel *model, char **texts, GError **error)
{
    g_autofree float *vector = g_new(float, embed->dim);
    g_autoptr(CwWorkspace) workspace = cw_workspace_new(model, 1, 0, error);
    if (!workspace)
        return FALSE;
    for (char **text = texts; *text; text++) {
        g_autoptr(GError) fault = NULL;
        if (!cw_model_encode_texts(model, workspace, (const char *const *)text, 1, vector,
                                   &fault)) {
            embed->n_failed++;
            cw_command_fail(NAME, 0, fault);
            continue;
        }
        g_string_assign(embed->line, "{");
        cw_json_write_key(embed->line, "text");
        cw_json_write_string(embed->line, *text);
        if (!write_vector(embed, vector)) {
            embed->n_failed++;
            break;
        }
    }
    return TRUE;
}

static int
finish(const Embed *embed)
{
    if (embed->n_failed == 0)
        return CW_EXIT_OK;
    return embed->n_written > 0 ? CW_EXIT_FAILED : CW_EXIT_USAGE;
}

int
cw_command_embed(int argc, char **argv)
{
    g_autofree char *name = NULL, *format = NULL, *precision_name = NULL;
    CwPrecision precision = CW_PRECISION_AUTO;
    gboolean is_text = FALSE;
    const GOptionEntry entries[] = {
        {"model", 'm', 0, G_OPTION_ARG_STRING, &name, "Whose vectors (starter)", "MODEL"},
        {"text", 't', 0, G_OPTION_ARG_NONE, &is_text, "The inputs are texts, not files", NULL},
        {"format", 'f', 0, G_OPTION_ARG_STRING, &format, "json (lines) or raw (f32)", "FORMAT"},
        {"precision", 'p', 0, G_OPTION_ARG_STRING, &precision_name,
         "auto, f32, bf16 or int8 (auto)", "PRECISION"},
        {NULL},
    };
    int exit_code;
    if (!cw_command_parse(
            &argc, &argv, NAME, "INPUT… - show pictures and texts as unit vectors",
            "  clipwatch embed door.jpg\n"
            "  clipwatch embed --text 'a photo of a cat.' 'a photo of a dog.'\n"
            "  clipwatch embed --format raw pictures/ > vectors.f32\n\n"
            "Of a video one frame a second is embedded. raw is little-endian f32, one "
            "vector after\nthe other, in the order of the inputs.\n",
            entries, &exit_code))
        return exit_code;
    if (argc < 2)
        return cw_command_misuse(NAME, "what? Files, or texts after --text");
    if (format && !g_str_equal(format, "json") && !g_str_equal(format, "raw"))
        return cw_command_misuse(NAME, "--format is json or raw");
    if (precision_name && !cw_precision_from_string(precision_name, &precision))
        return cw_command_misuse(NAME, "--precision is auto, f32, bf16 or int8");
    g_autoptr(GError) error = NULL;
    g_autoptr(CwModel) model = cw_model_open(name ? name : "starter", precision, &error);
    if (!model)
        return cw_command_fail(NAME, CW_EXIT_USAGE, error);
    g_autoptr(GString) line = g_string_new(NULL);
    Embed embed = {
        .dim = cw_model_get_info(model)->embed_dim,
        .raw = format && g_str_equal(format, "raw"),
        .line = line,
    };
    if (!(is_text ? embed_texts : embed_pictures)(&embed, model, argv + 1, &error))
        return cw_command_fail(NAME, CW_EXIT_FAILED, error);
    return finish(&embed);
}
