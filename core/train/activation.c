#include "train/parts.h"

/* value and slope at x. */
typedef struct {
    CwReal value, slope;
} Point;

static Point
quick_gelu(CwReal x)
{
    const CwReal factor = (CwReal)1.702, s = 1 / (1 + exp(-factor * x));
    return (Point){x * s, s * (1 + factor * x * (1 - s))};
}

static Point
gelu(CwReal x)
{
    const CwReal phi = (1 + erf(x * (CwReal)G_SQRT2 / 2)) / 2;
    const CwReal density = exp(-x * x / 2) / sqrt(2 * (CwReal)G_PI);
    return (Point){x * phi, phi + x * density};
}

static Point
gelu_tanh(CwReal x)
{
    const CwReal factor = sqrt(2 / (CwReal)G_PI), cubic = (CwReal)0.044715;
    const CwReal t = tanh(factor * (x + cubic * x * x * x));
    const CwReal inner = factor * (1 + 3 * cubic * x * x);
    return (Point){x * (1 + t) / 2, (1 + t + x * (1 - t * t) * inner) / 2};
}

/* Behind a switch outside the loops, so that each loop holds one function. */
#define FORWARD(function)         \
    for (gsize i = 0; i < n; i++) \
    y[i] = function(x[i]).value
#define BACKWARD(function)        \
    for (gsize i = 0; i < n; i++) \
    dx[i] = dy[i] * function(x[i]).slope

void
cw_train_activation_forward(CwActivation activation, const CwReal *x, gsize n, CwReal *y)
{
    switch (activation) {
    case CW_ACTIVATION_QUICK_GELU:
        FORWARD(quick_gelu);
        break;
    case CW_ACTIVATION_GELU:
        FORWARD(gelu);
        break;
    case CW_ACTIVATION_GELU_TANH:
        FORWARD(gelu_tanh);
        break;
    }
}

void
cw_train_activation_backward(CwActivation activation, const CwReal *x, const CwReal *dy, gsize n,
                             CwReal *dx)
{
    switch (activation) {
    case CW_ACTIVATION_QUICK_GELU:
        BACKWARD(quick_gelu);
        break;
    case CW_ACTIVATION_GELU:
        BACKWARD(gelu);
        break;
    case CW_ACTIVATION_GELU_TANH:
        BACKWARD(gelu_tanh);
        break;
    }
}
