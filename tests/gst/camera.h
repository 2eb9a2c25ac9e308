/* A network camera on loopback, and what can go wrong with one: an RTSP server in a thread of its
 * own. All functions may be called from any thread; a fault is in force when they return. */
#pragma once

#include <glib.h>

typedef struct Camera Camera;

typedef struct {
    const char *codec;   /* h264, h265, jpeg or vp8; NULL: h264 */
    guint width, height; /* 0: 320x240 */
    guint rate;          /* pictures in a second; 0: 10 */
    guint gop;           /* pictures from keyframe to keyframe; 0: as many as in a second */
    guint n_pictures;    /* then the stream ends; 0: never */
    const char *clip;    /* an H.264 byte stream to be played in a loop in place of all that */
} CameraPicture;

/* picture NULL: colour bars in H.264. NULL where the encoder is not installed. */
Camera *camera_new(const CameraPicture *picture);
void camera_free(Camera *camera);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Camera, camera_free)

/* Stays the same through all faults. */
const char *camera_get_uri(const Camera *camera);

/* How often somebody began to watch. */
guint camera_get_n_plays(Camera *camera);

/* From now on it asks for a name and a password. */
void camera_protect(Camera *camera, const char *user, const char *password);

/* Closes every connection; new ones are welcome, and see the new picture (NULL: the old one). */
void camera_restart(Camera *camera, const CameraPicture *picture);

/* Off: closes every connection, and nobody listens until it is on again. */
void camera_switch(Camera *camera, gboolean on);

/* Connections stay, pictures stop. */
void camera_stall(Camera *camera, gboolean stall);

/* Ends the stream as a camera does that shuts down in order. */
void camera_end(Camera *camera);

/* Changes the size of the picture in the middle of the stream. */
void camera_resize(Camera *camera, guint width, guint height);

/* Of a thousand packets, so many have bytes changed and as many are lost. */
void camera_corrupt(Camera *camera, guint per_mille);
