#include "eval/peak.h"

#include "base/cpu.h"
#include "base/json_write.h"
#include "base/pool.h"
#include "eval/peak_loops.h"

#include <math.h>

#define PROBE_SECONDS 0.1

/* What a worker takes at a time: short against a probe, long against the clock's step. */
#define CHUNK_US 500

/* A ceiling is the best of so many windows: one that a neighbour disturbed is none. */
#define N_WINDOWS 10

typedef struct {
    CwPrecision precision;
    CwCpuLevel level;
    const char *instruction;
    guint n_ops; /* of one execution */
    void (*run)(unsigned n_rounds);
} Loop;

/* The fastest of each precision first. A precision without a row that may run here is computed in
 * f32. */
static const Loop loops[] = {
#if defined(__x86_64__)
    {CW_PRECISION_INT8, CW_CPU_AVX512VNNI, "vpdpbusd zmm", 128, cw_peak_int8_avx512vnni},
    {CW_PRECISION_INT8, CW_CPU_AVXVNNI, "vpdpbusd ymm", 64, cw_peak_int8_avxvnni},
    {CW_PRECISION_INT8, CW_CPU_AVX2, "vpmaddwd ymm", 32, cw_peak_int16_avx2},
    {CW_PRECISION_BF16, CW_CPU_AVX512BF16, "vdpbf16ps zmm", 64, cw_peak_bf16_avx512bf16},
    {CW_PRECISION_F32, CW_CPU_AVX512VNNI, "vfmadd231ps zmm", 32, cw_peak_f32_avx512},
    {CW_PRECISION_F32, CW_CPU_AVX2, "vfmadd231ps ymm", 16, cw_peak_f32_avx2},
    {CW_PRECISION_F32, CW_CPU_SCALAR, "mulps, addps xmm", 8, cw_peak_f32_scalar},
#elif defined(__aarch64__)
    {CW_PRECISION_INT8, CW_CPU_NEONDOT, "sdot 4s", 32, cw_peak_int8_neondot},
    {CW_PRECISION_F32, CW_CPU_SCALAR, "fmla 4s", 8, cw_peak_f32_scalar},
#endif
    {.run = NULL},
};

static const Loop *
find_loop(CwPrecision precision)
{
    const Loop *loop = loops;
    while (loop->run && !(loop->precision == precision && cw_cpu_has(loop->level)))
        loop++;
    if (!loop->run && precision != CW_PRECISION_F32)
        return find_loop(CW_PRECISION_F32);
    return loop;
}

typedef struct {
    const Loop *loop;
    guint n_rounds;
} Chunk;

static void
run_chunk(gpointer data, guint unused)
{
    const Chunk *chunk = data;
    chunk->loop->run(chunk->n_rounds);
}

/* Rounds that take one thread about CHUNK_US. */
static guint
find_chunk_rounds(const Loop *loop)
{
    guint n_rounds = 1024;
    for (;; n_rounds *= 2) {
        const gint64 start = g_get_monotonic_time();
        loop->run(n_rounds);
        if (g_get_monotonic_time() - start >= CHUNK_US || n_rounds > G_MAXUINT / 4)
            return n_rounds;
    }
}

/* Gop/s of n_threads workers over that time. */
static double
measure_rate(const Loop *loop, guint n_rounds, guint n_threads, double seconds)
{
    Chunk chunk = {loop, n_rounds};
    const guint n_chunks = n_threads * (guint)MAX(1, seconds * 1e6 / CHUNK_US);
    const gint64 start = g_get_monotonic_time();
    cw_pool_run(n_threads, n_chunks, run_chunk, &chunk);
    const gint64 us = MAX(1, g_get_monotonic_time() - start);
    const double n_ops = (double)n_chunks * n_rounds * CW_PEAK_STEPS * loop->n_ops;
    return n_ops / (double)us / 1000;
}

CwPeak
cw_peak_measure(CwPrecision precision, guint n_threads, double seconds)
{
    const Loop *loop = find_loop(precision);
    if (!loop->run)
        return (CwPeak){NULL, NAN};
    const guint n_rounds = find_chunk_rounds(loop);
    CwPeak peak = {loop->instruction, 0};
    for (guint i = 0; i < N_WINDOWS; i++) {
        const double rate = measure_rate(loop, n_rounds, n_threads, seconds / N_WINDOWS);
        peak.gop_per_second = MAX(peak.gop_per_second, rate);
    }
    return peak;
}

/* Over the whole of the time, so that a neighbour who takes a core shows. */
static double
measure_speedup(guint n_threads)
{
    const Loop *loop = find_loop(CW_PRECISION_F32);
    if (!loop->run || n_threads < 2)
        return 1;
    const guint n_rounds = find_chunk_rounds(loop);
    const double one = measure_rate(loop, n_rounds, 1, PROBE_SECONDS);
    return measure_rate(loop, n_rounds, n_threads, PROBE_SECONDS) / one;
}

CwCeiling
cw_ceiling_begin(CwPrecision precision, guint n_threads)
{
    const guint n_cpus = cw_pool_n_cpus();
    CwCeiling ceiling = {.precision = precision,
                         .n_threads = n_threads ? MIN(n_threads, n_cpus) : n_cpus};
    ceiling.peak = cw_peak_measure(precision, ceiling.n_threads, PROBE_SECONDS);
    ceiling.threads_speedup = measure_speedup(ceiling.n_threads);
    return ceiling;
}

void
cw_ceiling_end(CwCeiling *ceiling)
{
    const CwPeak peak = cw_peak_measure(ceiling->precision, ceiling->n_threads, PROBE_SECONDS);
    if (peak.gop_per_second > ceiling->peak.gop_per_second)
        ceiling->peak = peak;
    ceiling->threads_speedup = fmin(ceiling->threads_speedup, measure_speedup(ceiling->n_threads));
}

void
cw_ceiling_write_threads(const CwCeiling *ceiling, GString *json)
{
    cw_json_write_key(json, "threads");
    cw_json_write_uint(json, ceiling->n_threads);
    if (ceiling->n_threads < 2)
        return;
    cw_json_write_key(json, "threads_speedup_probe");
    cw_json_write_decimal(json, ceiling->threads_speedup, 3);
}

void
cw_ceiling_write_share(const CwCeiling *ceiling, double dense_flop, double ms, GString *json)
{
    cw_json_write_key(json, "dense_gflop");
    cw_json_write_decimal(json, dense_flop / 1e9, 3);
    cw_json_write_key(json, "peak_instruction");
    cw_json_write_string(json, ceiling->peak.instruction ? ceiling->peak.instruction : "none");
    cw_json_write_key(json, "peak_gop_per_second");
    cw_json_write_decimal(json, ceiling->peak.gop_per_second, 1);
    cw_json_write_key(json, "share_of_peak");
    cw_json_write_decimal(json, dense_flop / ms / 1e6 / ceiling->peak.gop_per_second, 4);
}
