#include "base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

/* How often a thread looks again before it goes to sleep: waking one costs 25 to 30 us in a virtual
 * machine, about as long as this many looks. */
#define SPIN_LOOKS 4000

/* Threads that one job can use. */
#define MAX_SHARES 64

/* Neighbouring tasks, meant for one thread, in a cache line of its own. */
typedef struct {
    _Alignas(64) atomic_uint next; /* the first unclaimed task */
    guint end;
} Share;

/* A call of cw_pool_run(), on the stack of its caller. */
typedef struct Job {
    CwPoolFunc func;
    gpointer data;
    Share shares[MAX_SHARES];
    guint n_shares;
    guint n_joined;       /* threads that have taken a share; guarded by the pool's lock */
    atomic_uint n_left;   /* tasks not yet finished */
    atomic_uint n_inside; /* workers that may still look at this job */
    struct Job *queued;   /* next in the pool's list; guarded by the pool's lock */
} Job;

/* pthread, not GMutex: the thread sanitizer sees through it. */
typedef struct {
    pthread_mutex_t lock; /* guards jobs, every job's n_joined and queued, n_asleep */
    pthread_cond_t work;
    Job *jobs;
    guint n_asleep;
    atomic_uint n_posted; /* counts jobs ever posted: what idle workers spin on */
    pthread_t *workers;   /* [n_workers], without the callers */
    guint n_workers;
} Pool;

static _Thread_local bool inside_task;

static inline void
pause_briefly(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

guint
cw_pool_n_cpus(void)
{
    cpu_set_t mask;
    if (sched_getaffinity(0, sizeof mask, &mask) == 0 && CPU_COUNT(&mask) > 0)
        return (guint)CPU_COUNT(&mask);
    return g_get_num_processors();
}

/* The next task of a thread's own share, or of another's when that is done. */
static bool
claim_task(Job *job, guint own, guint *index)
{
    for (guint i = 0; i < job->n_shares; i++) {
        Share *share = &job->shares[(own + i) % job->n_shares];
        if (atomic_load(&share->next) >= share->end)
            continue;
        *index = atomic_fetch_add(&share->next, 1);
        if (*index < share->end)
            return true;
    }
    return false;
}

static void
work_on(Job *job, guint share)
{
    guint index;
    inside_task = true;
    while (claim_task(job, share, &index)) {
        job->func(job->data, index);
        atomic_fetch_sub(&job->n_left, 1);
    }
    inside_task = false;
}

/* A job that still wants a helper, entered; or NULL. Called under the lock. */
static Job *
join_job(Pool *pool, guint *share)
{
    for (Job *job = pool->jobs; job; job = job->queued) {
        if (job->n_joined == job->n_shares || atomic_load(&job->n_left) == 0)
            continue;
        *share = job->n_joined++;
        atomic_fetch_add(&job->n_inside, 1);
        return job;
    }
    return NULL;
}

static void *
serve(void *data)
{
    Pool *pool = data;
    for (;;) {
        guint seen = atomic_load(&pool->n_posted);
        pthread_mutex_lock(&pool->lock);
        guint share;
        Job *job = join_job(pool, &share);
        pthread_mutex_unlock(&pool->lock);
        if (job) {
            work_on(job, share);
            atomic_fetch_sub(&job->n_inside, 1); /* the last touch: the job may be gone now */
            continue;
        }
        for (guint i = 0; i < SPIN_LOOKS && atomic_load(&pool->n_posted) == seen; i++)
            pause_briefly();
        if (atomic_load(&pool->n_posted) != seen)
            continue;
        pthread_mutex_lock(&pool->lock);
        pool->n_asleep++;
        while (atomic_load(&pool->n_posted) == seen)
            pthread_cond_wait(&pool->work, &pool->lock);
        pool->n_asleep--;
        pthread_mutex_unlock(&pool->lock);
    }
    return NULL;
}

static Pool the_pool = {.lock = PTHREAD_MUTEX_INITIALIZER, .work = PTHREAD_COND_INITIALIZER};

static void
start_pool(void)
{
    Pool *pool = &the_pool;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    guint n_wanted = cw_pool_n_cpus() - 1;
    pool->workers = g_new(pthread_t, n_wanted);
    for (guint i = 0; i < n_wanted; i++) {
        char name[32];
        if (pthread_create(&pool->workers[i], &attributes, serve, pool) != 0)
            break;
        snprintf(name, sizeof name, "clipwatch-%u", i);
        pthread_setname_np(pool->workers[i], name);
        pool->n_workers++;
    }
    pthread_attr_destroy(&attributes);
}

static void
post(Pool *pool, Job *job)
{
    pthread_mutex_lock(&pool->lock);
    job->queued = pool->jobs;
    pool->jobs = job;
    atomic_fetch_add(&pool->n_posted, 1);
    if (pool->n_asleep > 0)
        pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
}

/* Takes the job out of the list and waits until no worker can touch it any more. */
static void
withdraw(Pool *pool, Job *job)
{
    pthread_mutex_lock(&pool->lock);
    Job **link = &pool->jobs;
    while (*link != job)
        link = &(*link)->queued;
    *link = job->queued;
    pthread_mutex_unlock(&pool->lock);
    for (guint i = 0; atomic_load(&job->n_left) > 0 || atomic_load(&job->n_inside) > 0; i++) {
        if (i < SPIN_LOOKS)
            pause_briefly();
        else
            sched_yield(); /* a worker was taken off its CPU in the middle of a task */
    }
}

static void
prepare_job(Job *job, guint n_threads, guint n_tasks, CwPoolFunc func, gpointer data)
{
    job->func = func;
    job->data = data;
    job->n_shares = MIN(MIN(n_threads, MAX_SHARES), n_tasks);
    job->n_joined = 1; /* the caller */
    for (guint i = 0; i < job->n_shares; i++) {
        atomic_init(&job->shares[i].next, (guint)((guint64)i * n_tasks / job->n_shares));
        job->shares[i].end = (guint)((guint64)(i + 1) * n_tasks / job->n_shares);
    }
    atomic_init(&job->n_left, n_tasks);
    atomic_init(&job->n_inside, 0);
}

static Pool *
get_pool(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start_pool);
    return &the_pool;
}

guint64
cw_pool_get_cpu_ns(void)
{
    const Pool *pool = get_pool();
    guint64 used = 0;
    for (guint i = 0; i < pool->n_workers; i++) {
        clockid_t clock;
        struct timespec time;
        if (pthread_getcpuclockid(pool->workers[i], &clock) == 0 &&
            clock_gettime(clock, &time) == 0)
            used += (guint64)time.tv_sec * 1000000000 + (guint64)time.tv_nsec;
    }
    return used;
}

void
cw_pool_run(guint n_threads, guint n_tasks, CwPoolFunc func, gpointer data)
{
    if (n_tasks <= 1 || n_threads == 1 || inside_task) {
        for (guint i = 0; i < n_tasks; i++)
            func(data, i);
        return;
    }
    Pool *pool = get_pool();
    Job job;
    prepare_job(&job, MIN(n_threads == 0 ? MAX_SHARES : n_threads, pool->n_workers + 1), n_tasks,
                func, data);
    post(pool, &job);
    work_on(&job, 0);
    withdraw(pool, &job);
}
