/* Threads that are busy with something else, as a video decoder is. */
#pragma once

#include <glib.h>

/* They compute from _start to _stop, each as fast as it can. */
typedef struct _CwForeign CwForeign;

/* NULL with G_THREAD_ERROR when the system gives no more threads. */
CwForeign *cw_foreign_start(guint n_threads, GError **error);
void cw_foreign_stop(CwForeign *foreign);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwForeign, cw_foreign_stop)
