#include "pipeline.h"

#define TIME_LIMIT (60 * GST_SECOND)

char *
known_scenes(void)
{
    return g_build_filename(g_getenv("CLIPWATCH_SOURCE"), "examples", "known-scenes.txt", NULL);
}

static void
free_structure(gpointer structure)
{
    gst_structure_free(structure);
}

static Pipeline *
new_pipeline(const char *description)
{
    g_autoptr(GError) error = NULL;
    Pipeline *pipeline = g_new0(Pipeline, 1);
    pipeline->decisions = g_ptr_array_new_with_free_func(free_structure);
    pipeline->episodes = g_ptr_array_new_with_free_func(free_structure);
    pipeline->errors = g_ptr_array_new_with_free_func(g_free);
    pipeline->error_sources = g_ptr_array_new_with_free_func(g_free);
    pipeline->warnings = g_ptr_array_new_with_free_func(g_free);
    pipeline->pipeline = gst_parse_launch(description, &error);
    g_assert_no_error(error);
    if (!GST_IS_PIPELINE(pipeline->pipeline)) {
        GstElement *single = pipeline->pipeline;
        pipeline->pipeline = gst_pipeline_new(NULL);
        gst_bin_add(GST_BIN(pipeline->pipeline), single);
    }
    return pipeline;
}

Pipeline *
pipeline_new(const char *description, ...)
{
    va_list args;
    va_start(args, description);
    g_autofree char *text = g_strdup_vprintf(description, args);
    va_end(args);
    return new_pipeline(text);
}

GstElement *
pipeline_get(Pipeline *pipeline, const char *name)
{
    GstElement *element = gst_bin_get_by_name(GST_BIN(pipeline->pipeline), name);
    g_assert_nonnull(element);
    gst_object_unref(element);
    return element;
}

gboolean
pipeline_set_state(Pipeline *pipeline, GstState state)
{
    GstStateChangeReturn result = gst_element_set_state(pipeline->pipeline, state);
    if (result == GST_STATE_CHANGE_ASYNC)
        result = gst_element_get_state(pipeline->pipeline, NULL, NULL, TIME_LIMIT);
    return result == GST_STATE_CHANGE_SUCCESS || result == GST_STATE_CHANGE_NO_PREROLL;
}

static void
take_message(Pipeline *pipeline, GstMessage *message)
{
    g_autoptr(GError) error = NULL;
    switch (GST_MESSAGE_TYPE(message)) {
    case GST_MESSAGE_ELEMENT:
        if (gst_message_has_name(message, "clipclassify"))
            g_ptr_array_add(pipeline->decisions,
                            gst_structure_copy(gst_message_get_structure(message)));
        else if (gst_message_has_name(message, "clipepisode"))
            g_ptr_array_add(pipeline->episodes,
                            gst_structure_copy(gst_message_get_structure(message)));
        break;
    case GST_MESSAGE_ERROR:
        gst_message_parse_error(message, &error, NULL);
        g_ptr_array_add(pipeline->errors, g_strdup(error->message));
        g_ptr_array_add(pipeline->error_sources, g_strdup(GST_MESSAGE_SRC_NAME(message)));
        break;
    case GST_MESSAGE_WARNING:
        gst_message_parse_warning(message, &error, NULL);
        g_ptr_array_add(pipeline->warnings, g_strdup(error->message));
        break;
    case GST_MESSAGE_EOS:
        pipeline->eos = TRUE;
        break;
    default:
        break;
    }
}

static void
wait_for(Pipeline *pipeline, guint n_decisions, guint n_warnings)
{
    g_autoptr(GstBus) bus = gst_element_get_bus(pipeline->pipeline);
    const gint64 end = g_get_monotonic_time() + TIME_LIMIT / GST_USECOND;
    pipeline->eos = FALSE;
    while (!pipeline->eos && pipeline->errors->len == 0 && pipeline->decisions->len < n_decisions &&
           pipeline->warnings->len < n_warnings) {
        const gint64 left = end - g_get_monotonic_time();
        g_autoptr(GstMessage) message =
            left > 0 ? gst_bus_timed_pop(bus, (GstClockTime)left * GST_USECOND) : NULL;
        if (!message) {
            pipeline->timed_out = TRUE;
            return;
        }
        take_message(pipeline, message);
    }
}

void
pipeline_wait(Pipeline *pipeline, guint n_decisions)
{
    wait_for(pipeline, n_decisions, G_MAXUINT);
}

void
pipeline_wait_warning(Pipeline *pipeline)
{
    wait_for(pipeline, G_MAXUINT, pipeline->warnings->len + 1);
}

/* What was posted besides, without waiting for more. */
static void
take_rest(Pipeline *pipeline)
{
    g_autoptr(GstBus) bus = gst_element_get_bus(pipeline->pipeline);
    for (;;) {
        g_autoptr(GstMessage) message = gst_bus_pop(bus);
        if (!message)
            return;
        take_message(pipeline, message);
    }
}

void
pipeline_play(Pipeline *pipeline)
{
    gst_element_set_state(pipeline->pipeline, GST_STATE_PLAYING);
    pipeline_wait(pipeline, G_MAXUINT);
    take_rest(pipeline);
}

Pipeline *
pipeline_play_new(const char *description, ...)
{
    va_list args;
    va_start(args, description);
    g_autofree char *text = g_strdup_vprintf(description, args);
    va_end(args);
    Pipeline *pipeline = new_pipeline(text);
    pipeline_play(pipeline);
    if (pipeline->errors->len > 0)
        g_test_message("%s: %s", text, (char *)pipeline->errors->pdata[0]);
    g_assert_cmpuint(pipeline->errors->len, ==, 0);
    g_assert_cmpuint(pipeline->warnings->len, ==, 0);
    g_assert_true(pipeline->eos);
    return pipeline;
}

void
pipeline_free(Pipeline *pipeline)
{
    gst_element_set_state(pipeline->pipeline, GST_STATE_NULL);
    gst_object_unref(pipeline->pipeline);
    g_ptr_array_unref(pipeline->decisions);
    g_ptr_array_unref(pipeline->episodes);
    g_ptr_array_unref(pipeline->errors);
    g_ptr_array_unref(pipeline->error_sources);
    g_ptr_array_unref(pipeline->warnings);
    g_free(pipeline);
}

const char *
pipeline_label(const Pipeline *pipeline, guint i)
{
    g_assert_cmpuint(i, <, pipeline->decisions->len);
    return gst_structure_get_string(pipeline->decisions->pdata[i], "label");
}

GstClockTime
pipeline_time(const Pipeline *pipeline, guint i, const char *field)
{
    GstClockTime time = GST_CLOCK_TIME_NONE;
    g_assert_cmpuint(i, <, pipeline->decisions->len);
    g_assert_true(gst_structure_get_clock_time(pipeline->decisions->pdata[i], field, &time));
    return time;
}

guint64
get_stat(GstElement *element, const char *field)
{
    GstStructure *stats = NULL;
    guint64 value = 0;
    g_object_get(element, "stats", &stats, NULL);
    g_assert_true(gst_structure_get_uint64(stats, field, &value));
    gst_structure_free(stats);
    return value;
}
