/* Measuring speed: each benchmark gives one JSON line. */
#pragma once

#include <clipwatch/model.h>

/* What a benchmark is asked for; each takes what concerns it. */
typedef struct {
    const char *model;   /* name or path. NULL: random weights in that shape, or, where it takes a
                          * whole model, the embedded one */
    const char *shape;   /* of random weights; NULL: vit-b-32 */
    const char *file;    /* of clip */
    const char *prompts; /* of clip and streams; NULL: scene */
    CwPrecision precision;
    guint n_threads; /* 0: all */
    guint batch;
    guint n_foreign;   /* busy threads beside the encoder */
    guint max_streams; /* where the search for streams ends */
    double seconds;    /* how long to measure, warm-up and probes not counted */
} CwBenchOptions;

/* Appends a line to json. */
typedef gboolean (*CwBenchFunc)(const CwBenchOptions *options, GString *json, GError **error);

/* The image tower, tensor in to embedding out, in turn with OpenBLAS alone on the same matrix
 * products; or undisturbed and beside foreign threads in turn. */
gboolean cw_bench_encoder(const CwBenchOptions *options, GString *json, GError **error);

/* The text tower on prompts of ordinary length. */
gboolean cw_bench_text(const CwBenchOptions *options, GString *json, GError **error);

/* One 1080p I420 picture to network input, one thread. */
gboolean cw_bench_image(const CwBenchOptions *options, GString *json, GError **error);

/* Opening a model. */
gboolean cw_bench_open(const CwBenchOptions *options, GString *json, GError **error);

/* Every frame of a file: decoded, made network input, encoded, held against a prompt file. */
gboolean cw_bench_clip(const CwBenchOptions *options, GString *json, GError **error);

/* How many 1080p streams at one decision a second are held: 95 of 100 decisions are less than a
 * second old. Tries numbers up to max_streams, each for that many seconds (at least one). */
gboolean cw_bench_streams(const CwBenchOptions *options, GString *json, GError **error);

/* Times of repeated runs, in milliseconds. */
typedef struct {
    double median, p10, p90;
    guint n;
} CwTimes;

/* Element type double, shortest first. */
void cw_times_sort(GArray *samples);

/* Of at least one sample; sorts them. */
CwTimes cw_times_of(GArray *samples);

/* Milliseconds since a monotonic time. */
double cw_bench_ms_since(gint64 start_us);

/* Opens the object with the members that every line has: what was measured, the model (NULL:
 * none), the processor and the instruction-set level in use. */
void cw_bench_write_head(GString *json, const char *bench, const char *model);

/* prefix, prefix_p10 and prefix_p90. */
void cw_bench_write_times(GString *json, const char *prefix, CwTimes times);
