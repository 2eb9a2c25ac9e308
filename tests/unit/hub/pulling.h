/* A loopback hub that holds a small checkpoint, and a place to pull it to. */
#pragma once

#include "hub/hub.h"
#include "loopback.h"

#define WEIGHTS_BYTES 1000000

typedef struct {
    Loopback *hub;
    LoopbackManners *manners;
    char *dir; /* of models */
    guint8 *weights;
    CwHubOptions options;
    guint64 told, told_size; /* the last progress */
} Pulling;

/* For g_test_add(): the hub holds config.json, model.safetensors and tokenizer.json. */
void pulling_set_up(Pulling *pulling, gconstpointer data);
void pulling_tear_down(Pulling *pulling, gconstpointer data);

/* Pulls LOOPBACK_ID and asserts that it succeeds, and that the weights are right. */
void pulling_succeed(Pulling *pulling);

/* Pulls LOOPBACK_ID and asserts that it fails so and leaves nothing that looks like a model. */
void pulling_fail(Pulling *pulling, int code, const char *message);

/* A file of the pulled model, (transfer full). */
char *pulling_path(Pulling *pulling, const char *file);

/* The name of the one entry of the directory of models that ends so, (transfer full); or NULL. */
char *pulling_find(Pulling *pulling, const char *suffix);
