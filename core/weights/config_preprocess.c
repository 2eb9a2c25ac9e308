#include "weights/config_keys.h"
#include "weights/config_read.h"

#include <math.h>

/* One number for all colours, or one for each. */
static gboolean
read_colors(CwJsonValue object, const char *key, double min, float out[3], GError **error)
{
    const CwJsonValue value = cw_json_member(object, key);
    if (!cw_json_is_present(value))
        return TRUE;
    double number;
    if (!cw_json_is_array(value)) {
        if (!cw_json_value_double(value, min, 1, &number, error))
            return FALSE;
        out[0] = out[1] = out[2] = (float)number;
        return TRUE;
    }
    if (cw_json_length(value) != 3)
        return cw_config_refuse(object, key, "must hold three numbers, for red, green and blue",
                                error);
    const void *cursor = NULL;
    CwJsonValue element;
    for (guint i = 0; cw_json_next(value, &cursor, &element, NULL); i++) {
        if (!cw_json_value_double(element, min, 1, &number, error))
            return FALSE;
        out[i] = (float)number;
    }
    return TRUE;
}

/* A side, or a pair of equal sides; out is left alone when the key is absent. */
static gboolean
read_side(CwJsonValue object, const char *key, guint *out, GError **error)
{
    const CwJsonValue value = cw_json_member(object, key);
    gint64 side;
    if (!cw_json_is_present(value))
        return TRUE;
    if (!cw_json_is_array(value)) {
        if (!cw_json_value_int(value, 1, CW_MAX_IMAGE_SIZE, &side, error))
            return FALSE;
        *out = (guint)side;
        return TRUE;
    }
    const void *cursor = NULL;
    CwJsonValue element;
    gint64 first = 0;
    for (guint i = 0; cw_json_next(value, &cursor, &element, NULL); i++) {
        if (!cw_json_value_int(element, 1, CW_MAX_IMAGE_SIZE, &side, error))
            return FALSE;
        first = i ? first : side;
        if (side != first)
            return cw_config_refuse(object, key, "is not square, only square inputs are supported",
                                    error);
    }
    if (cw_json_length(value) != 2)
        return cw_config_refuse(object, key, "must be one number or two", error);
    *out = (guint)first;
    return TRUE;
}

static gboolean
check_side(CwJsonValue object, const char *key, guint side, guint expected, GError **error)
{
    if (side == expected)
        return TRUE;
    g_autofree char *what =
        g_strdup_printf("is %u but the network's input is %u pixels wide", side, expected);
    return cw_config_refuse(object, key, what, error);
}

static const CwKeyRules openclip_rules = {
    .used = CW_KEYS("size", "mean", "std", "interpolation", "resize_mode"),
    .ignored = CW_KEYS("fill_color"), /* of resize_mode "longest" alone */
    .only = (const CwKeyText[]){{"mode", "RGB"}, {NULL, NULL}},
};

gboolean
cw_config_read_openclip_preprocess(CwJsonValue object, CwPreprocess *preprocess, GError **error)
{
    CwPreprocess result = *preprocess;
    guint side = preprocess->width;
    const char *interpolation, *resize_mode;
    if (!cw_config_check_keys(object, &openclip_rules, error) ||
        !read_side(object, "size", &side, error) ||
        !check_side(object, "size", side, preprocess->width, error) ||
        !read_colors(object, "mean", 0, result.mean, error) ||
        !read_colors(object, "std", 1e-3, result.std, error) ||
        !cw_json_get_string_or(object, "interpolation", NULL, &interpolation, error) ||
        !cw_json_get_string_or(object, "resize_mode", NULL, &resize_mode, error))
        return FALSE;
    /* "random" concerns training; open_clip then evaluates with bicubic. */
    if (g_strcmp0(interpolation, "bilinear") == 0)
        result.interpolation = CW_INTERPOLATION_BILINEAR;
    else if (g_strcmp0(interpolation, "bicubic") == 0 || g_strcmp0(interpolation, "random") == 0)
        result.interpolation = CW_INTERPOLATION_BICUBIC;
    else if (interpolation)
        return cw_config_refuse(object, "interpolation", "must be bicubic or bilinear", error);
    if (g_strcmp0(resize_mode, "squash") == 0)
        result.resize_mode = CW_RESIZE_SQUASH;
    else if (g_strcmp0(resize_mode, "shortest") == 0)
        result.resize_mode = CW_RESIZE_SHORTEST;
    else if (resize_mode)
        return cw_config_refuse(object, "resize_mode", "must be shortest or squash", error);
    *preprocess = result;
    return TRUE;
}

/* size: a number or {"shortest_edge"} keeps the shape, {"height", "width"} does not. */
static gboolean
read_hf_size(CwJsonValue object, CwPreprocess *preprocess, GError **error)
{
    static const char *const keys[] = {"shortest_edge", "height", "width", NULL};
    const CwJsonValue size = cw_json_member(object, "size");
    guint side = preprocess->width;
    if (!cw_json_is_object(size)) {
        if (cw_json_is_present(size))
            preprocess->resize_mode = CW_RESIZE_SHORTEST;
        return read_side(object, "size", &side, error) &&
               check_side(object, "size", side, preprocess->width, error);
    }
    const gboolean shortest = cw_json_is_present(cw_json_member(size, "shortest_edge"));
    preprocess->resize_mode = shortest ? CW_RESIZE_SHORTEST : CW_RESIZE_SQUASH;
    if (!cw_json_only_keys(size, keys, error))
        return FALSE;
    if (shortest)
        return read_side(size, "shortest_edge", &side, error) &&
               check_side(size, "shortest_edge", side, preprocess->width, error);
    guint height = side;
    return read_side(size, "height", &height, error) &&
           check_side(size, "height", height, preprocess->height, error) &&
           read_side(size, "width", &side, error) &&
           check_side(size, "width", side, preprocess->width, error);
}

static gboolean
read_hf_crop(CwJsonValue object, CwPreprocess *preprocess, GError **error)
{
    static const char *const keys[] = {"height", "width", NULL};
    gboolean crop;
    guint height = preprocess->height, width = preprocess->width;
    if (!cw_json_get_bool_or(object, "do_center_crop",
                             preprocess->resize_mode == CW_RESIZE_SHORTEST, &crop, error))
        return FALSE;
    if (!crop && preprocess->resize_mode == CW_RESIZE_SHORTEST)
        return cw_config_refuse(object, "do_center_crop",
                                "is false though the size names the shortest edge: the input would "
                                "not be square",
                                error);
    const CwJsonValue size = cw_json_member(object, "crop_size");
    if (!crop)
        return TRUE;
    if (!cw_json_is_object(size))
        return read_side(object, "crop_size", &width, error) &&
               check_side(object, "crop_size", width, preprocess->width, error);
    return cw_json_only_keys(size, keys, error) && read_side(size, "height", &height, error) &&
           check_side(size, "height", height, preprocess->height, error) &&
           read_side(size, "width", &width, error) &&
           check_side(size, "width", width, preprocess->width, error);
}

/* The steps that must be as they always are; normalisation may be off. */
static gboolean
read_hf_steps(CwJsonValue object, CwPreprocess *preprocess, GError **error)
{
    gboolean resize, rescale, normalize;
    double factor;
    gint64 resample;
    if (!cw_json_get_bool_or(object, "do_resize", TRUE, &resize, error) ||
        !cw_json_get_bool_or(object, "do_rescale", TRUE, &rescale, error) ||
        !cw_json_get_bool_or(object, "do_normalize", TRUE, &normalize, error) ||
        !cw_json_get_double_or(object, "rescale_factor", 0, 1, 1 / 255.0, &factor, error) ||
        !cw_json_get_int_or(object, "resample", 0, 5, preprocess->interpolation, &resample, error))
        return FALSE;
    if (!resize)
        return cw_config_refuse(object, "do_resize", "is false, pictures must be resized", error);
    if (!rescale)
        return cw_config_refuse(object, "do_rescale", "is false, white must become 1", error);
    if (fabs(factor - 1 / 255.0) > 1e-6)
        return cw_config_refuse(object, "rescale_factor", "is not 1/255: white must become 1",
                                error);
    if (resample != CW_INTERPOLATION_BICUBIC && resample != CW_INTERPOLATION_BILINEAR)
        return cw_config_refuse(object, "resample", "must be 2 (bilinear) or 3 (bicubic)", error);
    preprocess->interpolation = (CwInterpolation)resample;
    for (guint i = 0; i < 3 && !normalize; i++) {
        preprocess->mean[i] = 0;
        preprocess->std[i] = 1;
    }
    return TRUE;
}

static const CwKeyRules hf_rules = {
    .used = CW_KEYS("crop_size", "do_center_crop", "do_normalize", "do_rescale", "do_resize",
                    "image_mean", "image_std", "resample", "rescale_factor", "size"),
    .ignored = CW_KEYS("_valid_processor_keys", "data_format", "default_to_square", "device",
                       "disable_grouping", "do_convert_rgb", "feature_extractor_type",
                       "image_processor_type", "image_seq_length", "input_data_format", "pad_size",
                       "processor_class", "return_tensors"),
    .off =
        (const CwKeyText[]){
            {"auto_map", "code of its own"},
            {"do_pad", "padding"},
            {"size_divisor", "sizes rounded to a divisor"},
            {NULL, NULL},
        },
};

gboolean
cw_config_read_hf_preprocess(CwJsonValue object, CwPreprocess *preprocess, GError **error)
{
    CwPreprocess result = *preprocess;
    if (!cw_config_check_keys(object, &hf_rules, error) ||
        !read_colors(object, "image_mean", 0, result.mean, error) ||
        !read_colors(object, "image_std", 1e-3, result.std, error) ||
        !read_hf_size(object, &result, error) || !read_hf_crop(object, &result, error) ||
        !read_hf_steps(object, &result, error))
        return FALSE;
    *preprocess = result;
    return TRUE;
}
