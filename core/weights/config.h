/* The hyper-parameters of a CLIP, whoever published it. */
#pragma once

#include <clipwatch/error.h>
#include <clipwatch/frame.h>

/* Bounds on every hyper-parameter that comes from outside. */
#define CW_MAX_LAYERS     128
#define CW_MAX_WIDTH      16384
#define CW_MAX_IMAGE_SIZE 2048
#define CW_MAX_TOKENS     8192
#define CW_MAX_VOCABULARY (1 << 20)

typedef enum {
    CW_ACTIVATION_QUICK_GELU = 0, /* x * sigmoid(1.702 x) */
    CW_ACTIVATION_GELU,           /* x * Phi(x), by erf */
    CW_ACTIVATION_GELU_TANH,      /* the tanh approximation */
} CwActivation;

typedef enum {
    CW_TOWER_VIT = 0,         /* class token, pre- and post-norm, projection matrix */
    CW_TOWER_MODIFIED_RESNET, /* CLIP's ResNet with attention pool */
    CW_TOWER_SIGLIP_VIT,      /* no class token, attention-pool ("MAP") head */
} CwTower;

typedef enum {
    CW_TEXT_POOL_ARGMAX = 0, /* the first position of the largest id */
    CW_TEXT_POOL_EOS,        /* the first position of eos_id */
    CW_TEXT_POOL_LAST,       /* the last position of the context */
} CwTextPool;

typedef struct {
    CwTower tower;
    guint image_size; /* square input, in pixels */
    guint patch;      /* ViT: side of a patch; 0 for ResNet */
    guint width;      /* ViT: of a token; ResNet: planes of the first stage */
    guint n_layers;   /* ViT: blocks */
    guint stages[4];  /* ResNet: blocks per stage */
    guint n_heads;    /* ViT: attention heads; ResNet: of the attention pool */
    guint mlp_width;  /* ViT: hidden units; also of the MAP head */
    CwActivation activation;
    float norm_eps;
} CwImageConfig;

typedef struct {
    guint context;
    guint vocabulary;
    guint width;
    guint n_layers;
    guint n_heads;
    guint mlp_width;
    CwActivation activation;
    float norm_eps;
    gboolean causal;
    CwTextPool pool;
    gint32 eos_id; /* for CW_TEXT_POOL_EOS */
    gint32 pad_id; /* what fills the context after the end token */
    gboolean projection_bias;
} CwTextConfig;

/* Everything that decides the mathematics. */
typedef struct {
    guint embed_dim;
    CwImageConfig image;
    CwTextConfig text;
    CwPreprocess preprocess;
    gboolean sigmoid; /* has a logit bias, probabilities by sigmoid */
} CwModelConfig;

/* "quick_gelu" and so on. Static. */
const char *cw_activation_to_string(CwActivation activation);
const char *cw_tower_to_string(CwTower tower);
