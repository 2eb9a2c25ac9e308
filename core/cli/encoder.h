/* Pictures and sampled frames of files to embeddings, several at once. */
#pragma once

#include <clipwatch/image.h>
#include <clipwatch/model.h>

/* Where an embedding comes from. Valid during the call it is passed to. */
typedef struct {
    const char *file;
    double time; /* seconds from the start; NAN for a still picture */
} CwSample;

/* embedding: [embed_dim], unit length. FALSE to stop. */
typedef gboolean (*CwSampleFunc)(const CwSample *sample, const float *embedding,
                                 gpointer user_data);

/* Belongs to one thread; the model must outlive it. */
typedef struct _CwEncoder CwEncoder;

/* interval: seconds between two samples of a video, 0 for every frame. */
CwEncoder *cw_encoder_new(const CwModel *model, CwCrop crop, double interval, CwSampleFunc func,
                          gpointer user_data, GError **error);
void cw_encoder_free(CwEncoder *encoder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwEncoder, cw_encoder_free)

/* Reads a file or address to its end. Its last samples may be told of only by the next call or by
 * the flush. n_damaged: packets that could not be decoded. After an error the encoder goes on with
 * other files. */
gboolean cw_encoder_add(CwEncoder *encoder, const char *location, guint64 *n_damaged,
                        GError **error);

/* Tells of every sample that still waits. FALSE when func has asked to stop, now or before. */
gboolean cw_encoder_flush(CwEncoder *encoder);
