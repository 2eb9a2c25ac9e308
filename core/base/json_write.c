#include "base/json_write.h"

#include <math.h>
#include <string.h>

static void
append_escaped(GString *json, guint8 byte)
{
    static const char hex[] = "0123456789abcdef";
    const char *shortcut = byte ? strchr("\"\"\\\\\bb\tt\nn\ff\rr", byte) : NULL;
    g_string_append_c(json, '\\');
    if (shortcut) {
        g_string_append_c(json, shortcut[1]);
        return;
    }
    g_string_append_len(json, "u00", 3);
    g_string_append_c(json, hex[byte >> 4]);
    g_string_append_c(json, hex[byte & 15]);
}

void
cw_json_write_string(GString *json, const char *text)
{
    g_string_append_c(json, '"');
    while (*text) {
        const char *end;
        g_utf8_validate(text, -1, &end);
        while (text < end) {
            gsize plain = 0;
            while (text + plain < end && (guint8)text[plain] >= 0x20 && text[plain] != '"' &&
                   text[plain] != '\\')
                plain++;
            g_string_append_len(json, text, (gssize)plain);
            text += plain;
            if (text < end)
                append_escaped(json, (guint8)*text++);
        }
        if (*text) {
            g_string_append_len(json, "\xEF\xBF\xBD", 3);
            text++;
        }
    }
    g_string_append_c(json, '"');
}

void
cw_json_write_key(GString *json, const char *key)
{
    if (json->len > 0 && json->str[json->len - 1] != '{')
        g_string_append_c(json, ',');
    g_string_append_c(json, '"');
    g_string_append(json, key);
    g_string_append_len(json, "\":", 2);
}

/* At least n_digits digits of value, with leading zeros. */
static void
append_digits(GString *json, guint64 value, guint n_digits)
{
    char digits[20];
    guint n = 0;
    do {
        digits[sizeof digits - ++n] = (char)('0' + value % 10);
        value /= 10;
    } while (value || n < n_digits);
    g_string_append_len(json, digits + sizeof digits - n, n);
}

void
cw_json_write_uint(GString *json, guint64 value)
{
    append_digits(json, value, 1);
}

void
cw_json_write_int(GString *json, gint64 value)
{
    if (value < 0)
        g_string_append_c(json, '-');
    append_digits(json, value < 0 ? -(guint64)value : (guint64)value, 1);
}

/* fraction * scale rounded half up, exactly: fraction in [0, 1) as a fixed-point number of three
 * 32-bit limbs, which holds every bit that can matter (a double below 2^-32 times 10^9 is under a
 * half; one above ends within 85 bits). */
static guint64
scale_fraction(double fraction, guint32 scale)
{
    guint32 limbs[3];
    for (guint i = 0; i < 3; i++) {
        fraction = ldexp(fraction, 32);
        limbs[i] = (guint32)fraction;
        fraction -= limbs[i];
    }
    guint64 carry = 0;
    for (guint i = 3; i-- > 0;) {
        const guint64 product = (guint64)limbs[i] * scale + carry;
        limbs[i] = (guint32)product;
        carry = product >> 32;
    }
    return carry + (limbs[0] >> 31);
}

void
cw_json_write_decimal(GString *json, double value, guint n_places)
{
    static const guint32 powers[] = {1,      10,      100,      1000,      10000,
                                     100000, 1000000, 10000000, 100000000, 1000000000};
    g_assert(n_places < G_N_ELEMENTS(powers));
    if (!isfinite(value) || fabs(value) > 9e9) {
        g_string_append_len(json, "null", 4);
        return;
    }
    const guint32 scale = powers[n_places];
    guint64 whole = (guint64)fabs(value);
    guint64 fraction = scale_fraction(fabs(value) - (double)whole, scale);
    if (fraction == scale) {
        whole++;
        fraction = 0;
    }
    if (value < 0 && (whole || fraction))
        g_string_append_c(json, '-');
    append_digits(json, whole, 1);
    if (n_places) {
        g_string_append_c(json, '.');
        append_digits(json, fraction, n_places);
    }
}
