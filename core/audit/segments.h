/* The files of a log: named by the index of their first record. */
#pragma once

#include <clipwatch/error.h>

typedef struct {
    guint64 first;
    char *path;
} CwAuditSegment;

/* CwAuditSegment in order, (transfer full). CW_ERROR_IO when dir cannot be read. */
GArray *cw_audit_segments_list(const char *dir, GError **error);
char *cw_audit_segment_path(const char *dir, guint64 first);
