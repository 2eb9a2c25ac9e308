#include "model/model.h"

static const char *const names[] = {
    [CW_PRECISION_AUTO] = "auto",
    [CW_PRECISION_F32] = "f32",
    [CW_PRECISION_BF16] = "bf16",
    [CW_PRECISION_INT8] = "int8",
};

const char *
cw_precision_to_string(CwPrecision precision)
{
    return (guint)precision < G_N_ELEMENTS(names) ? names[precision] : "unknown";
}

gboolean
cw_precision_from_string(const char *name, CwPrecision *precision)
{
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_str_equal(name, names[i])) {
            *precision = (CwPrecision)i;
            return TRUE;
        }
    return FALSE;
}

CwProductType
cw_precision_product_type(CwPrecision precision)
{
    switch (precision) {
    case CW_PRECISION_BF16:
        return CW_PRODUCT_BF16;
    case CW_PRECISION_INT8:
        return CW_PRODUCT_INT8;
    case CW_PRECISION_AUTO:
    case CW_PRECISION_F32:
        break;
    }
    return CW_PRODUCT_F32;
}
