/* An image encoder whose cost is known, in place of the model's: it can be held inside a call. */
#pragma once

#include <clipwatch/engine.h>

#include <pthread.h>

typedef struct {
    gint64 cpu_us_per_view; /* it keeps its thread busy for so long */
    guint dim;              /* of an embedding */
    pthread_mutex_t lock;   /* guards what stands below */
    pthread_cond_t changed;
    gboolean held;
    gboolean inside;
    guint n_views; /* encoded since the start */
} Encoder;

void encoder_init(Encoder *encoder, gint64 cpu_us_per_view);
void encoder_clear(Encoder *encoder);

/* The starter model's engine with this encoder; shared with nobody. All embeddings are alike. */
CwEngine *encoder_open_engine(Encoder *encoder, double cpu_percent);

/* From now on a call does not return until it is let go. */
void encoder_hold(Encoder *encoder);
void encoder_release(Encoder *encoder);
void encoder_wait_inside(Encoder *encoder);
guint encoder_get_n_views(Encoder *encoder);
