#include <clipwatch/model.h>

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
