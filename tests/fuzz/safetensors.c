/* Opens any bytes as a safetensors file, reads every tensor, and infers a configuration. */
#include "fuzz.h"
#include "weights/config_read.h"

#include <unistd.h>

#define MAX_ELEMENTS 65536

static void
read_tensors(const CwSafetensors *file)
{
    for (guint i = 0; i < cw_safetensors_get_n_tensors(file); i++) {
        CwTensor tensor, found;
        const char *name = cw_safetensors_get_tensor(file, i, &tensor);
        g_assert_true(cw_safetensors_find(file, name, &found));
        g_assert_true(found.data == tensor.data);
        const gsize n = cw_tensor_n_elements(&tensor);
        if (tensor.dtype > CW_DTYPE_F64 || n == 0 || n > MAX_ELEMENTS)
            continue;
        g_autofree float *out = g_new(float, n);
        cw_tensor_to_f32(&tensor, out);
        if (tensor.n_dims != 2)
            continue;
        const CwTensor view = {
            tensor.data, tensor.dtype, 2, {tensor.dims[1], tensor.dims[0]}, TRUE};
        cw_tensor_to_f32(&view, out);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *path = NULL;
    const int fd = g_file_open_tmp("clipwatch-fuzz-XXXXXX", &path, NULL);
    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(write(fd, data, size), ==, size);
    close(fd);
    g_autoptr(GError) error = NULL;
    g_autoptr(CwSafetensors) file = cw_safetensors_open(path, &error);
    unlink(path);
    g_assert_true((file == NULL) == (error != NULL));
    if (file) {
        CwModelConfig config;
        read_tensors(file);
        cw_safetensors_get_metadata(file, "format");
        g_assert_true(cw_config_infer(file, "input", &config, &error) == (error == NULL));
    }
    return 0;
}
