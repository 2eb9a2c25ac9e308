/* A stream's callback that remembers what it was told and can be held inside a call. */
#pragma once

#include <clipwatch/engine.h>

#include <pthread.h>

#define LISTENER_MAX 1024

typedef struct {
    guint64 sequence;
    guint64 skipped;
    gint64 running_ns;
    gint64 age_us;
    CwCrop crop;
    char zone[32]; /* empty: the whole picture */
    char set[32];
    char best[32]; /* label id of the best class */
    float cosine;  /* of the best class */
    const void *listener;
} Heard;

/* What several listeners heard, in the order in which they did. */
typedef struct {
    pthread_mutex_t lock; /* guards all of it */
    pthread_cond_t changed;
    Heard heard[LISTENER_MAX];
    guint n_heard;
    char *last_json;
} Record;

typedef struct {
    Record *record;
    gboolean closed; /* guarded by the record's lock, like the rest */
    gboolean inside;
} Listener;

void record_init(Record *record);
void record_clear(Record *record);

/* For CwStreamConfig; user_data is a Listener. */
void listener_decided(const CwDecision *decision, const char *json, gpointer user_data);

/* From now on the callback waits where it was told something, until it is let go. */
void listener_hold(Listener *listener);
void listener_release(Listener *listener);

/* Returns when the callback is inside a call. */
void listener_wait_inside(Listener *listener);
