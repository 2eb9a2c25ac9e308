#include "gstclipfault.h"

#include "gstclipsourcemessage.h"

void
gst_clip_fault_clear(GstClipFault *fault)
{
    g_clear_error(&fault->error);
    g_clear_pointer(&fault->debug, g_free);
    fault->reason = NULL;
}

GstClipFault
gst_clip_fault_of_silence(const gchar *reason, GstClockTime timeout)
{
    return (GstClipFault){
        .reason = reason,
        .error = g_error_new(GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ,
                             "No picture for %" G_GUINT64_FORMAT " ms",
                             (guint64)(timeout / GST_MSECOND)),
    };
}

gboolean
gst_clip_fault_is_blemish(const GError *error)
{
    return g_error_matches(error, GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE) ||
           g_error_matches(error, GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT);
}

gboolean
gst_clip_fault_is_mendable(const GstClipFault *fault)
{
    return !g_error_matches(fault->error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN) &&
           !g_error_matches(fault->error, GST_STREAM_ERROR, GST_STREAM_ERROR_CODEC_NOT_FOUND) &&
           !g_error_matches(fault->error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_AUTHORIZED);
}

GstMessage *
gst_clip_fault_to_message(const GstClipFault *fault, GstObject *source, const gchar *uri)
{
    g_autofree gchar *public_uri = gst_clip_source_get_public_uri(uri);
    g_autofree gchar *text = gst_clip_source_hide_uri(fault->error->message, uri, public_uri);
    g_autofree gchar *debug = gst_clip_source_hide_uri(fault->debug, uri, public_uri);
    g_autoptr(GError) error = g_error_new(fault->error->domain, fault->error->code,
                                          "Cannot play %s: %s", public_uri, text);
    return gst_message_new_error(source, error, debug);
}
