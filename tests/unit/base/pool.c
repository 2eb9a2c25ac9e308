#include "base/pool.h"

#include <pthread.h>
#include <stdatomic.h>

#define N_TASKS 1000

typedef struct {
    guint n_threads;
    atomic_uint runs[N_TASKS]; /* how often each index was called */
} Count;

static void
count_run(gpointer data, guint index)
{
    Count *count = data;
    atomic_fetch_add(&count->runs[index], 1);
}

static void
check_runs(Count *count, guint n_tasks, guint times)
{
    for (guint i = 0; i < N_TASKS; i++)
        g_assert_cmpuint(atomic_load(&count->runs[i]), ==, i < n_tasks ? times : 0);
}

static void
test_every_task_runs_once(void)
{
    static const guint task_counts[] = {0, 1, 2, 3, 17, N_TASKS};
    for (guint n_threads = 0; n_threads <= 5; n_threads++)
        for (guint i = 0; i < G_N_ELEMENTS(task_counts); i++) {
            g_autofree Count *count = g_new0(Count, 1);
            cw_pool_run(n_threads, task_counts[i], count_run, count);
            check_runs(count, task_counts[i], 1);
        }
}

static void
check_thread(gpointer data, guint index)
{
    g_assert_true(pthread_equal(pthread_self(), *(pthread_t *)data));
}

static void
test_one_thread_is_the_caller(void)
{
    pthread_t self = pthread_self();
    cw_pool_run(1, N_TASKS, check_thread, &self);
}

static void
run_nested(gpointer data, guint index)
{
    pthread_t self = pthread_self();
    cw_pool_run(0, 20, check_thread, &self);
    count_run(data, index);
}

static void
test_nested_calls_stay_in_their_thread(void)
{
    g_autofree Count *count = g_new0(Count, 1);
    cw_pool_run(0, 100, run_nested, count);
    check_runs(count, 100, 1);
}

typedef struct {
    atomic_uint n_now, n_most;
} Crowd;

static void
meet(gpointer data, guint index)
{
    Crowd *crowd = data;
    guint n = atomic_fetch_add(&crowd->n_now, 1) + 1, most = atomic_load(&crowd->n_most);
    while (n > most && !atomic_compare_exchange_weak(&crowd->n_most, &most, n))
        ;
    for (volatile guint i = 0; i < 1000; i = i + 1)
        ;
    atomic_fetch_sub(&crowd->n_now, 1);
}

static void
test_no_more_threads_than_asked(void)
{
    for (guint n_threads = 1; n_threads <= 3; n_threads++) {
        Crowd crowd = {0};
        cw_pool_run(n_threads, N_TASKS, meet, &crowd);
        g_assert_cmpuint(atomic_load(&crowd.n_most), <=, n_threads);
    }
}

static void *
call_often(void *data)
{
    Count *count = data;
    for (guint i = 0; i < 200; i++)
        cw_pool_run(count->n_threads, 50, count_run, count);
    return NULL;
}

static void
test_callers_do_not_disturb_each_other(void)
{
    enum { CALLERS = 4 };
    pthread_t threads[CALLERS];
    g_autofree Count *counts = g_new0(Count, CALLERS);
    for (guint i = 0; i < CALLERS; i++) {
        counts[i].n_threads = i;
        g_assert_cmpint(pthread_create(&threads[i], NULL, call_often, &counts[i]), ==, 0);
    }
    for (guint i = 0; i < CALLERS; i++) {
        pthread_join(threads[i], NULL);
        check_runs(&counts[i], 50, 200);
    }
}

static void
write_plainly(gpointer data, guint index)
{
    ((guint *)data)[index] = index + 1;
}

static void
test_writes_are_seen_after_the_call(void)
{
    guint values[N_TASKS] = {0};
    for (guint round = 0; round < 50; round++) {
        cw_pool_run(0, N_TASKS, write_plainly, values);
        for (guint i = 0; i < N_TASKS; i++) {
            g_assert_cmpuint(values[i], ==, i + 1);
            values[i] = 0;
        }
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/pool/every task runs once", test_every_task_runs_once);
    g_test_add_func("/base/pool/one thread is the caller", test_one_thread_is_the_caller);
    g_test_add_func("/base/pool/nested calls stay in their thread",
                    test_nested_calls_stay_in_their_thread);
    g_test_add_func("/base/pool/no more threads than asked", test_no_more_threads_than_asked);
    g_test_add_func("/base/pool/callers do not disturb each other",
                    test_callers_do_not_disturb_each_other);
    g_test_add_func("/base/pool/writes are seen after the call",
                    test_writes_are_seen_after_the_call);
    return g_test_run();
}
