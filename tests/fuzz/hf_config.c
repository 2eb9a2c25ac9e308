/* Reads any bytes as a config.json and, behind the first NUL, a preprocessor_config.json. */
#include "fuzz.h"
#include "weights/config_read.h"

#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *nul = size ? memchr(text, '\0', size) : NULL;
    const gsize length = nul ? (gsize)(nul - text) : size;
    g_autoptr(GError) error = NULL;
    g_autoptr(CwJson) json = cw_json_parse(text, length, "input", NULL);
    g_autoptr(CwJson) preprocessor =
        nul ? cw_json_parse(nul + 1, size - length - 1, "preprocessor", NULL) : NULL;
    CwModelConfig config;
    if (!json)
        return 0;
    if (!cw_config_from_hf(json, preprocessor, &config, &error)) {
        g_assert_nonnull(error);
        return 0;
    }
    g_assert_no_error(error);
    g_assert_true(cw_config_check(&config, "input", NULL));
    g_assert_cmpuint(config.preprocess.width, ==, config.image.image_size);
    return 0;
}
