/* The image kernels for AVX-VNNI. */
#include "kernels/simd.h"

#include "image/kernels.h"

#include <string.h>

#include "image/vector256_template.c"

#define TABLE cw_image_kernels_avxvnni
#define NAME  "avxvnni"

static inline Vector
dot(Vector sums, Vector bytes, Vector weights)
{
#if defined(CW_SIMDE) /* which knows the same instruction only as AVX-512 encodes it */
    return _mm256_dpbusd_epi32(sums, bytes, weights);
#else
    return _mm256_dpbusd_avx_epi32(sums, bytes, weights);
#endif
}

#define BYTES_LACK 0
#define load_bytes load

#include "image/sums_bytes_template.c"
#include "image/kernels_template.c"
