#include "gstclipsourcemessage.h"

#include <string.h>

gchar *
gst_clip_source_get_public_uri(const gchar *uri)
{
    g_autoptr(GstUri) parsed = gst_uri_from_string(uri);
    if (!parsed)
        return g_strdup("");
    if (!gst_uri_get_userinfo(parsed) && !strchr(uri, '?'))
        return g_strdup(uri); /* as it was written */
    gst_uri_set_userinfo(parsed, NULL);
    gst_uri_set_query_table(parsed, NULL);
    return gst_uri_to_string(parsed);
}

gchar *
gst_clip_source_hide_uri(const gchar *text, const gchar *uri, const gchar *public_uri)
{
    GString *hidden = g_string_new(text);
    g_string_replace(hidden, uri, public_uri, 0);
    return g_string_free(hidden, FALSE);
}

GstStructure *
gst_clip_source_message_new(const gchar *state, const gchar *uri, guint attempt,
                            const gchar *reason, const GError *error, GstClockTime delay,
                            GstClockTime running_time)
{
    g_autofree gchar *public_uri = gst_clip_source_get_public_uri(uri);
    g_autofree gchar *text =
        gst_clip_source_hide_uri(error ? error->message : NULL, uri, public_uri);
    return gst_structure_new("clipsource", "state", G_TYPE_STRING, state, "uri", G_TYPE_STRING,
                             public_uri, "attempt", G_TYPE_UINT, attempt, "reason", G_TYPE_STRING,
                             reason ? reason : "", "text", G_TYPE_STRING, text, "delay",
                             GST_TYPE_CLOCK_TIME, delay, "running-time", GST_TYPE_CLOCK_TIME,
                             running_time, NULL);
}
