/* Measuring speed: each benchmark gives one JSON line. */
#pragma once

#include <clipwatch/model.h>

/* Times of repeated runs, in milliseconds. */
typedef struct {
    double median, p10, p90;
    guint n;
} CwTimes;

/* element type double; sorts it. n > 0. */
CwTimes cw_times_of(GArray *samples);

typedef struct {
    const CwModel *model; /* NULL: random weights in ViT-B/32's shape */
    guint n_threads;      /* 0: all */
    guint batch;
    double seconds; /* how long to measure, warm-up not counted */
} CwBenchOptions;

/* The image tower, tensor in to embedding out, in turn with OpenBLAS alone on the same matrix
 * products. Appends the line to json. */
gboolean cw_bench_encoder(const CwBenchOptions *options, GString *json, GError **error);

/* The text tower on prompts of ordinary length; needs a model. */
gboolean cw_bench_text(const CwBenchOptions *options, GString *json, GError **error);

/* One 1080p I420 picture to network input, one thread. */
gboolean cw_bench_image(const CwBenchOptions *options, GString *json, GError **error);

/* Opening a model: model is its name. */
gboolean cw_bench_open(const char *model, double seconds, GString *json, GError **error);

/* Members that every line has: the processor and the instruction-set level in use. */
void cw_bench_write_machine(GString *json);
void cw_bench_write_times(GString *json, const char *prefix, CwTimes times);
