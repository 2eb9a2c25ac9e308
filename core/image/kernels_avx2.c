/* The image kernels for AVX2. */
#include "kernels/simd.h"

#include "image/kernels.h"

#include <string.h>

#include "image/vector256_template.c"

#define TABLE cw_image_kernels_avx2
#define NAME  "avx2"

#include "image/sums_words_template.c"
#include "image/kernels_template.c"
