#include "eval/foreign.h"

#include <stdatomic.h>

struct _CwForeign {
    GPtrArray *threads;
    atomic_bool stopping;
};

static gpointer
keep_busy(gpointer data)
{
    const CwForeign *foreign = data;
    volatile guint32 value = 1;
    while (!atomic_load_explicit(&foreign->stopping, memory_order_relaxed))
        for (guint i = 0; i < 1000; i++)
            value = value * 1664525u + 1013904223u;
    return NULL;
}

CwForeign *
cw_foreign_start(guint n_threads, GError **error)
{
    g_autoptr(CwForeign) foreign = g_new0(CwForeign, 1);
    foreign->threads = g_ptr_array_new();
    for (guint i = 0; i < n_threads; i++) {
        GThread *thread = g_thread_try_new("foreign", keep_busy, foreign, error);
        if (!thread)
            return NULL;
        g_ptr_array_add(foreign->threads, thread);
    }
    return g_steal_pointer(&foreign);
}

void
cw_foreign_stop(CwForeign *foreign)
{
    if (!foreign)
        return;
    atomic_store(&foreign->stopping, TRUE);
    for (guint i = 0; i < foreign->threads->len; i++)
        g_thread_join(foreign->threads->pdata[i]);
    g_ptr_array_unref(foreign->threads);
    g_free(foreign);
}
