#include <gst/gst.h>

#define PACKAGE "clipwatch"

static gboolean
plugin_init(GstPlugin *plugin)
{
    return plugin != NULL;
}

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, clipwatch,
                  "Watches video with words: zero-shot classification with CLIP", plugin_init,
                  PACKAGE_VERSION, "MIT/X11", "clipwatch", "https://example.org/clipwatch")
