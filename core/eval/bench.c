#include "eval/bench.h"

#include "base/cpu.h"
#include "base/json_write.h"

#include <string.h>

static int
compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void
cw_times_sort(GArray *samples)
{
    g_array_sort(samples, compare_doubles);
}

CwTimes
cw_times_of(GArray *samples)
{
    const guint n = samples->len;
    cw_times_sort(samples);
    const double *sorted = (const double *)samples->data;
    return (CwTimes){.median = n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2,
                     .p10 = sorted[n / 10],
                     .p90 = sorted[(n - 1) - n / 10],
                     .n = n};
}

double
cw_bench_ms_since(gint64 start_us)
{
    return (double)(g_get_monotonic_time() - start_us) / 1000;
}

/* The processor's name as the kernel tells it. (transfer full) */
static char *
read_cpu_name(void)
{
    g_autofree char *text = NULL;
    if (g_file_get_contents("/proc/cpuinfo", &text, NULL, NULL)) {
        char *line = strstr(text, "model name");
        char *colon = line ? strchr(line, ':') : NULL;
        if (colon) {
            colon[1 + strcspn(colon + 1, "\n")] = '\0';
            return g_strdup(g_strstrip(colon + 1));
        }
    }
    return g_strdup("unknown");
}

void
cw_bench_write_head(GString *json, const char *bench, const char *model)
{
    g_autofree char *cpu = read_cpu_name();
    g_string_append_c(json, '{');
    cw_json_write_key(json, "bench");
    cw_json_write_string(json, bench);
    if (model) {
        cw_json_write_key(json, "model");
        cw_json_write_string(json, model);
    }
    cw_json_write_key(json, "cpu");
    cw_json_write_string(json, cpu);
    cw_json_write_key(json, "isa");
    cw_json_write_string(json, cw_cpu_level_to_string(cw_cpu_level()));
}

void
cw_bench_write_times(GString *json, const char *prefix, CwTimes times)
{
    const struct {
        const char *suffix;
        double value;
    } members[] = {{"", times.median}, {"_p10", times.p10}, {"_p90", times.p90}};
    for (guint i = 0; i < G_N_ELEMENTS(members); i++) {
        g_autofree char *key = g_strconcat(prefix, members[i].suffix, NULL);
        cw_json_write_key(json, key);
        cw_json_write_decimal(json, members[i].value, 4);
    }
}
