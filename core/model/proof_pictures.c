/* Pictures that nobody has to ship: what cameras show, as far as sums of noise and simple patterns
 * can have its statistics. */
#include "model/proof_pictures.h"

#include <math.h>

/* The same on every machine, which GRand would be too, but not for every version of GLib. */
static guint32
next_random(guint32 *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static double
random_level(guint32 *state)
{
    return next_random(state) / (double)(1 << 24) * 2 - 1;
}

#define MAX_GRID 64

/* Adds smooth noise of n cells across: amplitude by cell size, as in photographs. */
static void
add_octave(guint n, double amplitude, guint size, guint32 *state, float *plane)
{
    float grid[MAX_GRID + 1][MAX_GRID + 1];
    for (guint y = 0; y <= n; y++)
        for (guint x = 0; x <= n; x++)
            grid[y][x] = (float)(amplitude * random_level(state));
    for (guint y = 0; y < size; y++)
        for (guint x = 0; x < size; x++) {
            const float u = (float)(x * n) / (float)size, v = (float)(y * n) / (float)size;
            const guint i = (guint)u, j = (guint)v;
            const float a = u - (float)i, b = v - (float)j;
            plane[y * size + x] += (1 - b) * ((1 - a) * grid[j][i] + a * grid[j][i + 1]) +
                                   b * ((1 - a) * grid[j + 1][i] + a * grid[j + 1][i + 1]);
        }
}

/* A scene: one brightness and, weaker, two differences of colour. */
static void
draw_noise(guint size, guint32 seed, guint8 *rgb)
{
    const gsize n = (gsize)size * size;
    g_autofree float *planes = g_new0(float, 3 * n);
    guint32 state = seed * 2654435761u + 12345;
    const double base = 60 + 40.0 * (seed % 5);
    for (guint cells = 2; cells <= MAX_GRID && cells <= size; cells *= 2)
        for (guint c = 0; c < 3; c++)
            add_octave(cells, (c == 0 ? 120.0 : 40.0) / sqrt(cells), size, &state, planes + c * n);
    for (gsize i = 0; i < n; i++) {
        const float y = planes[i], u = planes[n + i], v = planes[2 * n + i];
        const float levels[3] = {y + u, y - 0.5f * u - 0.5f * v, y + v};
        for (guint c = 0; c < 3; c++)
            rgb[c * n + i] = (guint8)CLAMP((float)base + levels[c], 0, 255);
    }
}

typedef guint8 (*PatternFunc)(guint x, guint y, guint size, guint channel);

static guint8
bars(guint x, guint y, guint size, guint channel)
{
    return (7 - x * 8 / size) & (1u << (2 - channel)) ? 191 : 0;
}

static guint8
checkers(guint x, guint y, guint size, guint channel)
{
    return (x * 8 / size + y * 8 / size) % 2 ? 235 : 16;
}

static guint8
ramp(guint x, guint y, guint size, guint channel)
{
    return (guint8)((x + (channel == 2 ? 2 : 1) * y) * 255 / (3 * size));
}

static guint8
disc(guint x, guint y, guint size, guint channel)
{
    const double dx = x - size * 0.4, dy = y - size * 0.6;
    return dx * dx + dy * dy < size * size / 16.0 ? (channel == 0 ? 220 : 60) : 30;
}

void
cw_proof_picture(guint index, guint size, guint8 *rgb)
{
    static const PatternFunc patterns[] = {bars, checkers, ramp, disc};
    if (index >= G_N_ELEMENTS(patterns)) {
        draw_noise(size, index, rgb);
        return;
    }
    for (guint c = 0; c < 3; c++)
        for (guint y = 0; y < size; y++)
            for (guint x = 0; x < size; x++)
                *rgb++ = patterns[index](x, y, size, c);
}
