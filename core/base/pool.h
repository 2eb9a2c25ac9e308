/* One fork-join pool for the whole process: a worker per CPU that the process may use. */
#pragma once

#include <glib.h>

/* A piece of work: called once for every index, from any worker or the caller. */
typedef void (*CwPoolFunc)(gpointer data, guint index);

/* CPUs that this process may run on (its affinity mask), at least 1. */
guint cw_pool_n_cpus(void);

/* Runs func for 0..n_tasks-1 on up to n_threads threads (0: all), the caller among them, and
 * returns when all are done. Each thread begins with neighbouring tasks of its own and then helps
 * the others, one task at a time, so that a descheduled worker stalls nobody. Calls from several
 * threads at once are served in turn by whoever is free; a call from within a task runs in that
 * thread alone. Allocates nothing. Thread-safe. */
void cw_pool_run(guint n_threads, guint n_tasks, CwPoolFunc func, gpointer data);

/* CPU time that the pool's own threads have used so far, that of the callers not included. */
guint64 cw_pool_get_cpu_ns(void);
