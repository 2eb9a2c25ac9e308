/* clipwatch bench: how fast this machine is. */
#include "cli/command.h"
#include "cli/output.h"
#include "eval/bench.h"
#include "eval/random_weights.h"

#define NAME "bench"

#define NOT_GIVEN G_MININT

/* Options that not every kind takes. */
typedef enum {
    TAKES_NONE = 0,
    TAKES_THREADS = 1 << 0,
    TAKES_BATCH = 1 << 1,
    TAKES_SHAPE = 1 << 2,
    TAKES_FOREIGN = 1 << 3,
    TAKES_PROMPTS = 1 << 4,
    TAKES_STREAMS = 1 << 5,
    TAKES_FILE = 1 << 6, /* an argument before the model */
} Takes;

typedef struct {
    const char *name;
    CwBenchFunc run;
    guint takes;
} Kind;

static const Kind kinds[] = {
    {"clip", cw_bench_clip, TAKES_FILE | TAKES_THREADS | TAKES_BATCH | TAKES_PROMPTS},
    {"encoder", cw_bench_encoder, TAKES_THREADS | TAKES_BATCH | TAKES_SHAPE | TAKES_FOREIGN},
    {"image", cw_bench_image, TAKES_NONE},
    {"open", cw_bench_open, TAKES_NONE},
    {"streams", cw_bench_streams, TAKES_PROMPTS | TAKES_STREAMS},
    {"text", cw_bench_text, TAKES_THREADS | TAKES_BATCH | TAKES_SHAPE},
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

/* What is wrong with the arguments, (transfer full), or NULL after filling in the options. */
static char *
check(const Kind *kind, const Arguments *arguments, CwBenchOptions *options)
{
    const struct {
        const char *name;
        Takes what;
        int value, min, max, otherwise;
        guint *target;
    } numbers[] = {
        {"threads", TAKES_THREADS, arguments->n_threads, 0, 4096, 0, &options->n_threads},
        {"batch", TAKES_BATCH, arguments->batch, 1, 1024, 1, &options->batch},
        {"foreign", TAKES_FOREIGN, arguments->n_foreign, 0, 256, 0, &options->n_foreign},
        {"streams", TAKES_STREAMS, arguments->max_streams, 1, 4096, 1024, &options->max_streams},
    };
    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++) {
        const gboolean is_given = numbers[i].value != NOT_GIVEN;
        const int value = is_given ? numbers[i].value : numbers[i].otherwise;
        if (is_given && !(kind->takes & numbers[i].what))
            return g_strdup_printf("%s takes no --%s", kind->name, numbers[i].name);
        if (value < numbers[i].min || value > numbers[i].max)
            return g_strdup_printf("--%s is %d to %d", numbers[i].name, numbers[i].min,
                                   numbers[i].max);
        *numbers[i].target = (guint)value;
    }
    if (arguments->shape && !(kind->takes & TAKES_SHAPE))
        return g_strdup_printf("%s takes no --shape", kind->name);
    if (arguments->shape && options->model)
        return g_strdup("a shape is for random weights: name a model or a shape");
    if (arguments->prompts && !(kind->takes & TAKES_PROMPTS))
        return g_strdup_printf("%s takes no --prompts", kind->name);
    if (!(arguments->seconds >= 0 && arguments->seconds <= 3600))
        return g_strdup("--seconds is 0 to 3600");
    if (arguments->precision &&
        !cw_precision_from_string(arguments->precision, &options->precision))
        return g_strdup("--precision is auto, f32, bf16 or int8");
    options->shape = arguments->shape;
    options->prompts = arguments->prompts;
    options->seconds = arguments->seconds;
    return NULL;
}

int
cw_command_bench(int argc, char **argv)
{
    g_auto(Arguments) arguments = {.n_threads = NOT_GIVEN,
                                   .batch = NOT_GIVEN,
                                   .n_foreign = NOT_GIVEN,
                                   .max_streams = NOT_GIVEN,
                                   .seconds = 3};
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
    CwBenchOptions options = {0};
    if (kind->takes & TAKES_FILE && !(options.file = *rest++))
        return cw_command_misuse(NAME, "which file?");
    options.model = *rest;
    if (*rest && rest[1])
        return cw_command_misuse(NAME, "name at most one model");
    g_autofree char *fault = check(kind, &arguments, &options);
    if (fault)
        return cw_command_misuse(NAME, fault);
    g_autoptr(GString) json = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    if (!kind->run(&options, json, &error))
        return cw_command_fail(NAME, CW_EXIT_USAGE, error);
    return cw_output_line(json->str) ? CW_EXIT_OK : CW_EXIT_FAILED;
}
