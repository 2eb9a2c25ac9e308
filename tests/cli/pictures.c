/* Writes pictures that the embedded model knows into a directory, as binary PPM. */
#include <stdio.h>

enum { SIDE = 240 };

typedef void (*Painter)(int x, int y, unsigned char rgb[3]);

static void
fill(unsigned char rgb[3], int r, int g, int b)
{
    rgb[0] = (unsigned char)r;
    rgb[1] = (unsigned char)g;
    rgb[2] = (unsigned char)b;
}

static void
paint_bars(int x, int y, unsigned char rgb[3])
{
    static const unsigned char bars[7] = {7, 6, 3, 2, 5, 4, 1}; /* bits: red, green, blue */
    const int bits = bars[x * 7 / SIDE];
    fill(rgb, bits & 4 ? 192 : 0, bits & 2 ? 192 : 0, bits & 1 ? 192 : 0);
}

static void
paint_black(int x, int y, unsigned char rgb[3])
{
    fill(rgb, 0, 0, 0);
}

static void
paint_white(int x, int y, unsigned char rgb[3])
{
    fill(rgb, 255, 255, 255);
}

static void
paint_noise(int x, int y, unsigned char rgb[3])
{
    /* Grey blocks of three pixels: finer ones would be averaged away. */
    unsigned hash = (unsigned)(x / 3) * 73856093u ^ (unsigned)(y / 3) * 19349663u;
    hash = (hash ^ hash >> 13) * 1274126177u;
    const int value = (int)(hash >> 16 & 255);
    fill(rgb, value, value, value);
}

static void
paint_checkerboard(int x, int y, unsigned char rgb[3])
{
    const int value = (x / 30 + y / 30) % 2 ? 255 : 0;
    fill(rgb, value, value, value);
}

static int
write_picture(const char *directory, const char *name, Painter paint)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.ppm", directory, name);
    FILE *file = fopen(path, "wb");
    if (!file)
        return 1;
    fprintf(file, "P6\n%d %d\n255\n", SIDE, SIDE);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            unsigned char rgb[3];
            paint(x, y, rgb);
            fwrite(rgb, 1, sizeof rgb, file);
        }
    return fclose(file) != 0;
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        Painter paint;
    } pictures[] = {
        {"bars", paint_bars},   {"black", paint_black},
        {"white", paint_white}, {"checkerboard", paint_checkerboard},
        {"noise", paint_noise},
    };
    int failed = argc != 2;
    for (unsigned i = 0; !failed && i < sizeof pictures / sizeof *pictures; i++)
        failed = write_picture(argv[1], pictures[i].name, pictures[i].paint);
    return failed;
}
