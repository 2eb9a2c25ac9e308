#include "gstclipmeta.h"

void
gst_clip_meta_register(void)
{
    /* No tags: the meta says nothing about size or colour, so scaling and converting keep it. */
    static const gchar *tags[] = {NULL};
    gst_meta_register_custom(GST_CLIP_META_NAME, tags, NULL, NULL, NULL);
}

void
gst_clip_meta_add(GstBuffer *buffer, const GstStructure *fields)
{
    GstCustomMeta *meta = gst_buffer_get_custom_meta(buffer, GST_CLIP_META_NAME);
    if (!meta)
        meta = gst_buffer_add_custom_meta(buffer, GST_CLIP_META_NAME);
    GstStructure *structure = gst_custom_meta_get_structure(meta);
    const GValue *decisions = gst_structure_get_value(structure, "decisions");
    GValue list = G_VALUE_INIT, value = G_VALUE_INIT;
    if (decisions) {
        g_value_init(&list, GST_TYPE_LIST);
        g_value_copy(decisions, &list);
    } else {
        gst_value_list_init(&list, 1);
    }
    g_value_init(&value, GST_TYPE_STRUCTURE);
    gst_value_set_structure(&value, fields);
    gst_value_list_append_and_take_value(&list, &value);
    gst_structure_take_value(structure, "decisions", &list);
}
