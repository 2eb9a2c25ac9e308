/* Reads any bytes as an open_clip_config.json; what is accepted must lie within all bounds. */
#include "fuzz.h"
#include "weights/config_read.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwJson) json = cw_json_parse((const char *)data, size, "input", &error);
    CwModelConfig config;
    if (!json)
        return 0;
    if (!cw_config_from_openclip(json, &config, &error)) {
        g_assert_nonnull(error);
        return 0;
    }
    g_assert_no_error(error);
    g_assert_true(cw_config_check(&config, "input", NULL));
    g_assert_cmpuint(config.preprocess.width, ==, config.image.image_size);
    return 0;
}
