#include "audit/segments.h"

#include <string.h>

#define SUFFIX   ".audit"
#define N_DIGITS 16

static void
clear_segment(gpointer segment)
{
    g_free(((CwAuditSegment *)segment)->path);
}

static int
compare_segments(gconstpointer a, gconstpointer b)
{
    const CwAuditSegment *left = a, *right = b;
    return left->first < right->first ? -1 : left->first > right->first;
}

GArray *
cw_audit_segments_list(const char *dir, GError **error)
{
    g_autoptr(GError) reason = NULL;
    g_autoptr(GDir) folder = g_dir_open(dir, 0, &reason);
    if (!folder) {
        g_set_error_literal(error, CW_ERROR, CW_ERROR_IO, reason->message);
        return NULL;
    }
    GArray *segments = g_array_new(FALSE, FALSE, sizeof(CwAuditSegment));
    g_array_set_clear_func(segments, clear_segment);
    for (const char *name; (name = g_dir_read_name(folder));) {
        if (strspn(name, "0123456789") != N_DIGITS || !g_str_equal(name + N_DIGITS, SUFFIX))
            continue;
        const CwAuditSegment segment = {g_ascii_strtoull(name, NULL, 10),
                                        g_build_filename(dir, name, NULL)};
        g_array_append_val(segments, segment);
    }
    g_array_sort(segments, compare_segments);
    return segments;
}

char *
cw_audit_segment_path(const char *dir, guint64 first)
{
    g_autofree char *name = g_strdup_printf("%0*" G_GUINT64_FORMAT SUFFIX, N_DIGITS, first);
    return g_build_filename(dir, name, NULL);
}
