/* From each publisher's configuration to CwModelConfig. All of them write config only on success
 * and check it with cw_config_check(). */
#pragma once

#include "base/json.h"
#include "weights/config.h"
#include "weights/safetensors.h"

/* open_clip_config.json. An absent quick_gelu means erf-gelu, as it does for open_clip. */
gboolean cw_config_from_openclip(const CwJson *json, CwModelConfig *config, GError **error);

/* config.json with model_type clip or siglip; preprocessor is preprocessor_config.json, or NULL
 * where the family's own preprocessing applies. */
gboolean cw_config_from_hf(const CwJson *json, const CwJson *preprocessor, CwModelConfig *config,
                           GError **error);

/* A file in the original release's naming that comes without a configuration: sizes are read off
 * the tensors by the release's own rules, heads are 64 wide, and the activation is quick_gelu, for
 * that is what everything published in this form was trained with. Weights trained with another
 * one need a configuration that says so. source names the file in messages. */
gboolean cw_config_infer(const CwSafetensors *file, const char *source, CwModelConfig *config,
                         GError **error);

/* Bounds and consistency between fields: heads divide widths, patches fit, tokens within limits.
 * CW_ERROR_FORMAT or CW_ERROR_LIMIT, with source before the message. */
gboolean cw_config_check(const CwModelConfig *config, const char *source, GError **error);

/* Preprocessing of a family whose files do not say. size: of the square input. */
CwPreprocess cw_config_default_preprocess(guint size, gboolean siglip);

/* The preprocess_cfg of open_clip, and the whole of preprocessor_config.json. preprocess holds the
 * family's defaults and changes only on success. */
gboolean cw_config_read_openclip_preprocess(CwJsonValue object, CwPreprocess *preprocess,
                                            GError **error);
gboolean cw_config_read_hf_preprocess(CwJsonValue object, CwPreprocess *preprocess, GError **error);
