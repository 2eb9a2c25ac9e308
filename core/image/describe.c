#include "image/describe.h"

#include "image/color.h"

#include <string.h>

static const char *const crop_names[] = {
    [CW_CROP_MODEL] = "model",         [CW_CROP_CENTER] = "center", [CW_CROP_SQUASH] = "squash",
    [CW_CROP_LETTERBOX] = "letterbox", [CW_CROP_TILES] = "tiles",
};

static const char *const mode_names[] = {
    [CW_RESIZE_SHORTEST] = "shortest",
    [CW_RESIZE_SQUASH] = "squash",
    [CW_RESIZE_LONGEST] = "longest",
};

const char *
cw_crop_to_string(CwCrop crop)
{
    return (guint)crop < G_N_ELEMENTS(crop_names) ? crop_names[crop] : NULL;
}

gboolean
cw_crop_from_string(const char *name, CwCrop *crop)
{
    for (guint i = 0; i < G_N_ELEMENTS(crop_names); i++) {
        if (strcmp(name, crop_names[i]) == 0) {
            *crop = (CwCrop)i;
            return TRUE;
        }
    }
    return FALSE;
}

static void
append_floats(GString *text, const char *name, const float values[3])
{
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append_printf(text, " %s=", name);
    for (guint c = 0; c < 3; c++) {
        g_ascii_formatd(number, sizeof number, "%.9g", (double)values[c]);
        g_string_append_printf(text, "%s%s", c ? "," : "", number);
    }
}

char *
cw_image_describe(const CwPreprocess *preprocess, CwCrop crop)
{
    const gboolean bicubic = preprocess->interpolation == CW_INTERPOLATION_BICUBIC;
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "input=%ux%u interpolation=%s resize=%s crop=%s",
                           preprocess->width, preprocess->height, bicubic ? "bicubic" : "bilinear",
                           mode_names[preprocess->resize_mode], crop_names[crop]);
    append_floats(text, "mean", preprocess->mean);
    append_floats(text, "std", preprocess->std);
    g_string_append_printf(text, " rule=%d", CW_COLOR_RULE_VERSION);
    return g_string_free(text, FALSE);
}

char *
cw_image_digest(const CwPreprocess *preprocess, CwCrop crop)
{
    g_autofree char *rules = cw_image_describe(preprocess, crop);
    return g_compute_checksum_for_string(G_CHECKSUM_SHA256, rules, -1);
}
