/* clipwatch bench: how fast this machine is. */
#include "cli/command.h"
#include "cli/output.h"
#include "eval/bench.h"

#define NAME "bench"

#define MAX_BATCH 1024

typedef struct {
    int n_threads;
    int batch;
    double seconds;
    char *precision;
} Arguments;

/* One benchmark; model is NULL where none was named and none is needed. */
static gboolean
run_bench(const char *what, const char *model_name, CwPrecision precision,
          const Arguments *arguments, GString *json, GError **error)
{
    CwBenchOptions options = {.n_threads = (guint)arguments->n_threads,
                              .batch = (guint)arguments->batch,
                              .seconds = arguments->seconds};
    if (g_str_equal(what, "open"))
        return cw_bench_open(model_name ? model_name : "starter", options.seconds, json, error);
    if (!model_name && g_str_equal(what, "text"))
        model_name = "starter";
    g_autoptr(CwModel) model = model_name ? cw_model_open(model_name, precision, error) : NULL;
    if (model_name && !model)
        return FALSE;
    options.model = model;
    if (!model && precision != CW_PRECISION_AUTO && precision != CW_PRECISION_F32) {
        g_set_error(error, CW_ERROR, CW_ERROR_UNSUPPORTED,
                    "precision %s is not implemented; use f32 or auto",
                    cw_precision_to_string(precision));
        return FALSE;
    }
    if (g_str_equal(what, "encoder"))
        return cw_bench_encoder(&options, json, error);
    if (g_str_equal(what, "text"))
        return cw_bench_text(&options, json, error);
    return cw_bench_image(&options, json, error);
}

static gboolean
is_known(const char *what)
{
    static const char *const known[] = {"encoder", "image", "open", "text", NULL};
    return g_strv_contains(known, what);
}

int
cw_command_bench(int argc, char **argv)
{
    Arguments arguments = {.n_threads = 0, .batch = 1, .seconds = 3};
    CwPrecision precision = CW_PRECISION_AUTO;
    const GOptionEntry entries[] = {
        {"threads", 't', 0, G_OPTION_ARG_INT, &arguments.n_threads,
         "Threads to use (default: one per CPU)", "N"},
        {"batch", 'b', 0, G_OPTION_ARG_INT, &arguments.batch,
         "Pictures or texts at once (default: 1)", "N"},
        {"seconds", 's', 0, G_OPTION_ARG_DOUBLE, &arguments.seconds,
         "How long to measure (default: 3)", "SECONDS"},
        {"precision", 'p', 0, G_OPTION_ARG_STRING, &arguments.precision,
         "auto, f32, bf16 or int8 (default: auto)", "PRECISION"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    const char *examples =
        "  clipwatch bench encoder --threads 1 --batch 8\n"
        "      the image tower in ViT-B/32's shape with random weights, in turn with OpenBLAS "
        "alone\n"
        "  clipwatch bench encoder starter\n"
        "  clipwatch bench text --batch 64 clip-vit-b-32\n"
        "  clipwatch bench image           a 1080p I420 frame to network input\n"
        "  clipwatch bench open starter    opening a model\n\n"
        "Each prints one JSON line: medians with the 10th and 90th percentile.\n";
    int exit_code;
    if (!cw_command_parse(&argc, &argv, NAME, "encoder|text|image|open [MODEL]", examples, entries,
                          &exit_code))
        return exit_code;
    g_autofree char *precision_name = arguments.precision;
    if (argc < 2 || argc > 3 || !is_known(argv[1]))
        return cw_command_misuse(NAME, "name one of encoder, text, image and open, and at most one "
                                       "model");
    if (arguments.n_threads < 0 || arguments.batch < 1 || arguments.batch > MAX_BATCH ||
        !(arguments.seconds >= 0 && arguments.seconds <= 3600))
        return cw_command_misuse(NAME,
                                 "threads from 0, a batch of 1 to 1024, and 0 to 3600 seconds");
    if (precision_name && !cw_precision_from_string(precision_name, &precision))
        return cw_command_misuse(NAME, "precision is auto, f32, bf16 or int8");
    g_autoptr(GString) json = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    if (!run_bench(argv[1], argv[2], precision, &arguments, json, &error))
        return cw_command_fail(NAME, CW_EXIT_USAGE, error);
    return cw_output_line(json->str) ? CW_EXIT_OK : CW_EXIT_FAILED;
}
