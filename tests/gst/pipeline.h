/* Pipelines run to their end, with all that clipclassify and the bus had to say. */
#pragma once

#include <gst/gst.h>

/* The scenes that the embedded model knows, as prompts, (transfer full): the path of a file in
 * examples/. */
char *known_scenes(void);

typedef struct {
    GstElement *pipeline;
    GPtrArray *decisions;     /* of GstStructure: the messages of clipclassify, in order */
    GPtrArray *episodes;      /* the same of clipepisode */
    GPtrArray *errors;        /* of gchar: messages of the bus, in order */
    GPtrArray *error_sources; /* of gchar: names of the elements that posted them */
    GPtrArray *warnings;
    gboolean eos;
    gboolean timed_out;
} Pipeline;

/* Parses a description; asserts that it can be. */
Pipeline *pipeline_new(const char *description, ...) G_GNUC_PRINTF(1, 2);

/* An element of it by name, asserted to exist; lives as long as the pipeline. */
GstElement *pipeline_get(Pipeline *pipeline, const char *name);

/* Sets a state and waits for it; FALSE when it fails or takes longer than a minute. */
gboolean pipeline_set_state(Pipeline *pipeline, GstState state);

/* Takes what is on the bus until there are n decisions in all, EOS or an error, at most a minute.
 */
void pipeline_wait(Pipeline *pipeline, guint n_decisions);

/* The same until there is a warning. */
void pipeline_wait_warning(Pipeline *pipeline);

/* Plays to EOS or an error, at most a minute. */
void pipeline_play(Pipeline *pipeline);

/* The same for this description, asserting that it ends by EOS without error or warning. */
Pipeline *pipeline_play_new(const char *description, ...) G_GNUC_PRINTF(1, 2);

void pipeline_free(Pipeline *pipeline);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pipeline, pipeline_free)

const char *pipeline_label(const Pipeline *pipeline, guint i);
GstClockTime pipeline_time(const Pipeline *pipeline, guint i, const char *field);

/* A number of the element's property stats. */
guint64 get_stat(GstElement *element, const char *field);
