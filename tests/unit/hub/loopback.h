/* A hub on this machine's loopback interface that behaves as a test wants it to. */
#pragma once

#include <glib.h>

#define LOOPBACK_COMMIT "0123456789abcdef0123456789abcdef01234567"
#define LOOPBACK_ID     "owner/tiny-clip"

/* What it does. Set before a request is made, never while one is under way. */
typedef struct {
    guint n_drops;            /* so many answers with a body of weights break off … */
    gsize drop_after;         /* … after this many bytes */
    gboolean ignores_range;   /* always sends the whole file */
    gboolean sends_bad_range; /* another range than was asked for */
    gboolean sends_wrong_bytes;
    gint64 size_lie;        /* added to the size that it announces */
    gboolean has_no_length; /* ends with the connection */
    guint n_refusals;       /* so many requests for files are answered with … */
    guint status;           /* … this */
    const char *retry_after;
    const char *redirect; /* where all requests for files lead; NULL: weights to /cdn/ */
    const char *listing;  /* the answer to a request for the list of files; NULL: a true one */
} LoopbackManners;

typedef struct _Loopback Loopback;

Loopback *loopback_new(void);
void loopback_free(Loopback *loopback);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Loopback, loopback_free)

const char *loopback_get_url(Loopback *loopback); /* "http://127.0.0.1:PORT" */
LoopbackManners *loopback_get_manners(Loopback *loopback);

/* Puts a file into the repository; weights (*.safetensors) are announced with their SHA-256. */
void loopback_add(Loopback *loopback, const char *name, const void *data, gsize length);

/* Every request so far: "GET /path range=bytes=7-\n" …, (transfer full); then forgets them. */
char *loopback_take_log(Loopback *loopback);
