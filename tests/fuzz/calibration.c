/* Reads any bytes as a calibration; what is read is written and read again. */
#include "classify/calibration.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwCalibration) calibration =
        cw_calibration_parse((const char *)data, size, "input", &error);
    if (!calibration) {
        g_assert_nonnull(error);
        return 0;
    }
    g_assert_no_error(error);
    g_autoptr(GString) first = g_string_new(NULL), second = g_string_new(NULL);
    cw_calibration_write(calibration, first);
    g_autoptr(CwCalibration) again =
        cw_calibration_parse(first->str, first->len, "written", &error);
    g_assert_no_error(error);
    cw_calibration_write(again, second);
    g_assert_cmpstr(first->str, ==, second->str);
    return 0;
}
