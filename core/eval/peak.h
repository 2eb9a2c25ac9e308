/* The ceiling of this machine: multiply-adds on registers alone, measured. */
#pragma once

#include <clipwatch/model.h>

typedef struct {
    const char
        *instruction;      /* what was measured; NULL where no loop is written for the processor */
    double gop_per_second; /* two operations for each multiply-add; NAN without a loop */
} CwPeak;

/* What n_threads (at least 1) workers reach together with the best instruction for that precision
 * that CLIPWATCH_CPU allows, in the best part of that time; AUTO counts as f32. */
CwPeak cw_peak_measure(CwPrecision precision, guint n_threads, double seconds);

/* A measurement with the ceiling beside it, taken before and after: speed drifts on machines that
 * are shared, and two virtual CPUs are at times one core. */
typedef struct {
    CwPrecision precision;
    guint n_threads;
    CwPeak peak;            /* the higher of those taken */
    double threads_speedup; /* f32 by n_threads threads against one; the lower of those taken */
} CwCeiling;

/* Takes the first measurement, 0.1 s for each figure. n_threads 0: one per CPU. */
CwCeiling cw_ceiling_begin(CwPrecision precision, guint n_threads);

/* Takes the second. */
void cw_ceiling_end(CwCeiling *ceiling);

/* Members threads and, with two or more of them, threads_speedup_probe. */
void cw_ceiling_write_threads(const CwCeiling *ceiling, GString *json);

/* Members dense_gflop, peak_instruction, peak_gop_per_second and share_of_peak, of something that
 * is dense_flop operations of work done in ms. */
void cw_ceiling_write_share(const CwCeiling *ceiling, double dense_flop, double ms, GString *json);
