/* The pictures on which precisions are compared. */
#pragma once

#include <glib.h>

/* rgb: [3][size][size]. The first four are patterns, all others scenes of noise, each different. */
void cw_proof_picture(guint index, guint size, guint8 *rgb);
