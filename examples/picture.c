/* The library without GStreamer: classifies one picture (binary PPM) against a prompt file.
 *
 *   picture MODEL PROMPTS PICTURE.ppm */
#include <clipwatch/clipwatch.h>

#include <stdio.h>

/* Reads a P6 picture into bytes owned by the caller; FALSE when it is none. */
static gboolean
read_ppm(const char *path, CwFrameFormat *format, char **contents, const guint8 **pixels)
{
    gsize length = 0;
    int header = 0;
    if (!g_file_get_contents(path, contents, &length, NULL) ||
        sscanf(*contents, "P6 %u %u 255%n", &format->width, &format->height, &header) != 2 ||
        header == 0 || format->width == 0 || format->width > CW_FRAME_MAX_SIDE ||
        format->height == 0 || format->height > CW_FRAME_MAX_SIDE ||
        length < header + 1 + (gsize)format->width * format->height * 3)
        return FALSE;
    *pixels = (const guint8 *)*contents + header + 1;
    return TRUE;
}

/* One picture to one embedding. Returns it, [embed_dim], (transfer full). */
static float *
embed(CwModel *model, const CwFrameFormat *format, const CwFrame *frame, GError **error)
{
    const CwModelInfo *info = cw_model_get_info(model);
    gsize n_values = 3 * (gsize)info->preprocess.width * info->preprocess.height;
    g_autoptr(CwImagePlan) plan =
        cw_image_plan_new(format, &info->preprocess, CW_CROP_MODEL, error);
    g_autoptr(CwWorkspace) workspace = plan ? cw_workspace_new(model, 1, 0, error) : NULL;
    if (!workspace)
        return NULL;
    g_autofree guint8 *rgb = g_malloc(n_values);
    g_autofree float *pixels = g_new(float, n_values);
    float *embedding = g_new(float, info->embed_dim);
    cw_image_plan_run(plan, frame, rgb);
    cw_image_normalize(&info->preprocess, rgb, 1, pixels);
    cw_model_encode_images(model, workspace, pixels, 1, embedding);
    return embedding;
}

static int
classify(const char *model_name, const char *prompt_file, const char *picture, GError **error)
{
    CwFrameFormat format = {
        .format = CW_PIXEL_RGB, .par_n = 1, .par_d = 1, .orientation = CW_ORIENTATION_UPRIGHT};
    CwFrame frame = {0};
    g_autofree char *contents = NULL;
    if (!read_ppm(picture, &format, &contents, &frame.planes[0])) {
        g_set_error(error, CW_ERROR, CW_ERROR_FORMAT, "%s is not a binary PPM", picture);
        return 1;
    }
    frame.strides[0] = format.width * 3;

    g_autoptr(CwModel) model = cw_model_open(model_name, CW_PRECISION_AUTO, error);
    g_autoptr(CwPrompts) prompts = model ? cw_prompts_load(prompt_file, error) : NULL;
    CwThreshold no_threshold = {CW_THRESHOLD_NONE, 0};
    g_autoptr(CwClassifier) classifier =
        prompts ? cw_classifier_new(model, prompts, 0, no_threshold, error) : NULL;
    g_autofree float *embedding = classifier ? embed(model, &format, &frame, error) : NULL;
    if (!embedding)
        return 1;

    g_autoptr(CwScores) scores = cw_scores_new(classifier);
    cw_classifier_score(classifier, embedding, scores);
    const CwPromptSet *set = cw_classifier_get_set(classifier);
    for (guint i = 0; i < scores->n_scores; i++)
        g_print("%.4f  %s\n", scores->scores[i].cosine,
                set->classes[scores->scores[i].class_index].label);
    return 0;
}

int
main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    if (argc != 4) {
        g_printerr("Usage: %s MODEL PROMPTS PICTURE.ppm\n", argv[0]);
        return 2;
    }
    int exit_code = classify(argv[1], argv[2], argv[3], &error);
    if (error)
        g_printerr("%s\n", error->message);
    return exit_code;
}
