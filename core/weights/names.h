/* How each publisher names its tensors: tables that lead to the canonical names of weights.h. */
#pragma once

#include "weights/weights.h"

typedef enum {
    CW_NAME_KEEP = 0,
    CW_NAME_TRANSPOSE, /* stored [in][out] */
    CW_NAME_SPLIT_QKV, /* three equal row ranges: q, k and v, put for the '@' */
    CW_NAME_SPLIT_KV,  /* two: k and v */
    CW_NAME_SQUEEZE,   /* leading dims of 1 fall away until n_dims are left */
    CW_NAME_IGNORE,    /* known, and of no use to inference */
} CwNameAction;

/* In pattern '#' stands for a number and '*' for "weight" or "bias"; in name they stand for what
 * was found, in the same order. */
typedef struct {
    const char *pattern;
    const char *name;
    CwNameAction action;
    guint n_dims;
} CwNameRow;

/* Rows for the names that start with prefix; the list ends with a NULL pattern. */
typedef struct {
    const char *prefix;
    const CwNameRow *rows;
} CwNameGroup;

/* One publisher's naming of one architecture; the groups end with a NULL prefix. */
typedef struct {
    const char *label; /* for messages: "an open_clip ViT" */
    const CwNameGroup *groups;
} CwNaming;

extern const CwNaming cw_naming_openclip_vit;
extern const CwNaming cw_naming_openclip_resnet;
extern const CwNaming cw_naming_openclip_siglip; /* image tower by timm */
extern const CwNaming cw_naming_hf;              /* CLIPModel and SiglipModel */

extern const CwNameRow cw_name_rows_timm_siglip[];

/* Adds the tensor, as one or several views, under its canonical names. known: set to FALSE, with
 * nothing added and no error, when no row fits. */
gboolean cw_naming_add(const CwNaming *naming, CwWeights *weights, const char *original,
                       const CwTensor *tensor, gboolean *known, GError **error);
