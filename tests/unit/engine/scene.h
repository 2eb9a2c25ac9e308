/* Engines, prompts and pictures for the tests of core/engine: the embedded model and plain RGB. */
#pragma once

#include "listener.h"

/* Largest picture that scene_frame() fills. */
#define SCENE_MAX_WIDTH  256
#define SCENE_MAX_HEIGHT 64

#define SCENE_MINUTE_US (60 * G_USEC_PER_SEC)

CwEngine *scene_open_engine(void);
CwPrompts *scene_parse(const char *text);

/* An RGB format, upright, square pixels. */
CwFrameFormat scene_format(guint width, guint height);

/* All bytes of the picture have this value. Valid until the next call in this thread. */
CwFrame scene_frame(guint8 value);

/* Only the running time is known. */
CwFrameTimes scene_time(gint64 running_ns);

/* A stream over "black picture" and "white picture" with every frame sampled and its format set.
 * listener: may be NULL. */
CwStream *scene_open_stream(CwEngine *engine, const char *id, Listener *listener);
