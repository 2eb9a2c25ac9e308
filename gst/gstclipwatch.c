#include "gstclipclassify.h"
#include "gstclipmeta.h"
#include "gstclipsampler.h"
#include "gstclipsource.h"

#define PACKAGE "clipwatch"

static gboolean
plugin_init(GstPlugin *plugin)
{
    gst_clip_meta_register();
    return GST_ELEMENT_REGISTER(clipclassify, plugin) &&
           GST_ELEMENT_REGISTER(clipsampler, plugin) && GST_ELEMENT_REGISTER(clipsource, plugin);
}

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, clipwatch,
                  "Watches video with words: zero-shot classification with CLIP", plugin_init,
                  PACKAGE_VERSION, "MIT/X11", "clipwatch", "https://github.com/clipwatch/clipwatch")
