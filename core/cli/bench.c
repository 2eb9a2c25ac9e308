/* clipwatch bench: how fast this machine is. */
#include "cli/command.h"
#include "cli/output.h"
#include "eval/bench.h"
#include "eval/random_weights.h"

#define NAME "bench"

#define MAX_BATCH   1024
#define MAX_FOREIGN 256
#define MAX_STREAMS 4096

typedef struct {
    const char *name;
    CwBenchFunc run;
    gboolean takes_file; /* before the model */
} Kind;

static const Kind kinds[] = {
    {"clip", cw_bench_clip, TRUE},        {"encoder", cw_bench_encoder, FALSE},
    {"image", cw_bench_image, FALSE},     {"open", cw_bench_open, FALSE},
    {"streams", cw_bench_streams, FALSE}, {"text", cw_bench_text, FALSE},
};

#define KINDS "clip, encoder, image, open, streams and text"

static const Kind *
find_kind(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (g_str_equal(name, kinds[i].name))
            return &kinds[i];
    return NULL;
}

typedef struct {
    int n_threads, batch, n_foreign, max_streams;
    double seconds;
    char *precision, *shape, *prompts;
} Arguments;

static void
clear_arguments(Arguments *arguments)
{
    g_free(arguments->precision);
    g_free(arguments->shape);
    g_free(arguments->prompts);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Arguments, clear_arguments)

/* What is wrong with them, or NULL after filling in the options. */
static const char *
check(const Arguments *arguments, CwBenchOptions *options)
{
    if (options->model && arguments->shape)
        return "a shape is for random weights: name a model or a shape";
    if (arguments->n_threads < 0 || arguments->batch < 1 || arguments->batch > MAX_BATCH ||
        !(arguments->seconds >= 0 && arguments->seconds <= 3600))
        return "threads from 0, a batch of 1 to 1024, and 0 to 3600 seconds";
    if (arguments->n_foreign < 0 || arguments->n_foreign > MAX_FOREIGN)
        return "0 to 256 foreign threads";
    if (arguments->max_streams < 1 || arguments->max_streams > MAX_STREAMS)
        return "1 to 4096 streams";
    if (arguments->precision &&
        !cw_precision_from_string(arguments->precision, &options->precision))
        return "precision is auto, f32, bf16 or int8";
    options->shape = arguments->shape;
    options->prompts = arguments->prompts;
    options->n_threads = (guint)arguments->n_threads;
    options->batch = (guint)arguments->batch;
    options->n_foreign = (guint)arguments->n_foreign;
    options->max_streams = (guint)arguments->max_streams;
    options->seconds = arguments->seconds;
    return NULL;
}

int
cw_command_bench(int argc, char **argv)
{
    g_auto(Arguments) arguments = {.batch = 1, .max_streams = 1024, .seconds = 3};
    const GOptionEntry entries[] = {
        {"threads", 't', 0, G_OPTION_ARG_INT, &arguments.n_threads,
         "Threads to use (default: one per CPU)", "N"},
        {"batch", 'b', 0, G_OPTION_ARG_INT, &arguments.batch,
         "Pictures or texts at once (default: 1)", "N"},
        {"seconds", 's', 0, G_OPTION_ARG_DOUBLE, &arguments.seconds,
         "How long to measure (default: 3)", "SECONDS"},
        {"precision", 'p', 0, G_OPTION_ARG_STRING, &arguments.precision,
         "auto, f32, bf16 or int8 (default: auto)", "PRECISION"},
        {"shape", 0, 0, G_OPTION_ARG_STRING, &arguments.shape,
         "Of random weights: " CW_RANDOM_SHAPES " (default: vit-b-32)", "SHAPE"},
        {"foreign", 0, 0, G_OPTION_ARG_INT, &arguments.n_foreign,
         "Encoder: also measure beside N busy threads", "N"},
        {"prompts", 0, 0, G_OPTION_ARG_STRING, &arguments.prompts,
         "Clip and streams: prompt files or names of ready ones (default: scene)", "FILE,…"},
        {"streams", 0, 0, G_OPTION_ARG_INT, &arguments.max_streams,
         "Streams: the most to try (default: 1024)", "N"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    const char *examples =
        "  clipwatch bench encoder --threads 1 --batch 8\n"
        "      the image tower in ViT-B/32's shape with random weights, in turn with OpenBLAS "
        "alone\n"
        "  clipwatch bench encoder --shape rn50\n"
        "  clipwatch bench encoder --threads 2 --foreign 1\n"
        "      undisturbed and beside one busy thread, in turn\n"
        "  clipwatch bench encoder starter\n"
        "  clipwatch bench text --batch 64 clip-vit-b-32\n"
        "  clipwatch bench image           a 1080p I420 frame to network input\n"
        "  clipwatch bench open starter    opening a model\n"
        "  clipwatch bench clip yard.mp4   each stage of a frame's way, from decoding to scores\n"
        "  clipwatch bench streams         how many cameras this machine holds; takes a minute\n\n"
        "Each prints one JSON line: medians with the 10th and 90th percentile.\n";
    int exit_code;
    if (!cw_command_parse(&argc, &argv, NAME,
                          "encoder|text|image|open|streams [MODEL]\n  clipwatch bench [OPTION…] "
                          "clip FILE [MODEL]",
                          examples, entries, &exit_code))
        return exit_code;
    const Kind *kind = argc > 1 ? find_kind(argv[1]) : NULL;
    if (!kind)
        return cw_command_misuse(NAME, "name one of " KINDS);
    char **rest = argv + 2;
    CwBenchOptions options = {.file = kind->takes_file ? *rest : NULL};
    if (kind->takes_file && !options.file)
        return cw_command_misuse(NAME, "which file?");
    rest += kind->takes_file;
    options.model = *rest;
    if (*rest && rest[1])
        return cw_command_misuse(NAME, "name at most one model");
    const char *fault = check(&arguments, &options);
    if (fault)
        return cw_command_misuse(NAME, fault);
    g_autoptr(GString) json = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    if (!kind->run(&options, json, &error))
        return cw_command_fail(NAME, CW_EXIT_USAGE, error);
    return cw_output_line(json->str) ? CW_EXIT_OK : CW_EXIT_FAILED;
}
