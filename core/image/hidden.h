/* What of a stored picture nobody is shown: what masks cover, and what lies around a zone. */
#pragma once

#include "image/geometry.h"

/* Spans of columns, row by row. Immutable once made. */
typedef struct _CwHidden CwHidden;

/* Masks hide every pixel that they touch, however little; of the rest a zone (NULL: the whole
 * picture) shows every pixel that it touches. Only the region of the geometry is looked at. masks:
 * NULL for none. hidden is NULL where nothing is hidden. CW_ERROR_LIMIT when memory cannot be had.
 */
gboolean cw_hidden_new(const CwGeometry *geometry, const CwZone *zone, const CwZones *masks,
                       CwHidden **hidden, GError **error);
void cw_hidden_free(CwHidden *hidden);

/* Overwrites what is hidden of the n pixels of a stored row from that column on, which lie in rgb,
 * with the fill. Of an interlaced picture rows are those of the upper field. */
void cw_hidden_blank(const CwHidden *hidden, guint row, guint column, guint n, const guint8 fill[3],
                     guint8 *const rgb[3]);
