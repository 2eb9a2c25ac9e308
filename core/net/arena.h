/* Hands out pieces of the caller's scratch. The same layout code measures (memory NULL) and runs,
 * so that the two cannot drift apart. */
#pragma once

#include <glib.h>

typedef struct {
    char *memory;    /* NULL: only measure */
    gsize used;      /* bytes */
    gboolean failed; /* a size overflowed */
} CwArena;

#define CW_ARENA_ALIGNMENT 64

/* n * m elements of a size, aligned; NULL while measuring or after an overflow. */
static inline void *
cw_arena_take(CwArena *arena, gsize n, gsize m, gsize element)
{
    gsize bytes;
    if (!g_size_checked_mul(&bytes, n, m) || !g_size_checked_mul(&bytes, bytes, element) ||
        !g_size_checked_add(&bytes, bytes, CW_ARENA_ALIGNMENT - 1))
        arena->failed = TRUE;
    bytes &= ~(gsize)(CW_ARENA_ALIGNMENT - 1);
    gsize start = arena->used;
    if (arena->failed || !g_size_checked_add(&arena->used, start, bytes)) {
        arena->failed = TRUE;
        return NULL;
    }
    return arena->memory ? arena->memory + start : NULL;
}

static inline float *
cw_arena_floats(CwArena *arena, gsize n, gsize m)
{
    return cw_arena_take(arena, n, m, sizeof(float));
}
