/* GLib's locks for the thread sanitizer, which does not see them: they are futexes of GLib's own,
 * in a library that is not instrumented. Linked into a test program these take the place of GLib's
 * functions for the program, the plugin and GStreamer; each calls the real one and tells the
 * sanitizer what it has ordered. Built only where it is in use. */
#include <dlfcn.h>
#include <glib.h>
#include <sanitizer/tsan_interface.h>

#undef g_once_init_enter
#undef g_once_init_leave

/* The real function of that name, found once. */
#define REAL(name)                                                      \
    static __typeof__(&name) real;                                      \
    __typeof__(&name) found = __atomic_load_n(&real, __ATOMIC_RELAXED); \
    if (!found) {                                                       \
        *(void **)&found = dlsym(RTLD_NEXT, #name);                     \
        __atomic_store_n(&real, found, __ATOMIC_RELAXED);               \
    }

#define ACQUIRING(name, type) \
    void name(type *lock)     \
    {                         \
        REAL(name)            \
        found(lock);          \
        __tsan_acquire(lock); \
    }

#define RELEASING(name, type) \
    void name(type *lock)     \
    {                         \
        REAL(name)            \
        __tsan_release(lock); \
        found(lock);          \
    }

#define TRYING(name, type)    \
    gboolean name(type *lock) \
    {                         \
        REAL(name)            \
        if (!found(lock))     \
            return FALSE;     \
        __tsan_acquire(lock); \
        return TRUE;          \
    }

ACQUIRING(g_mutex_lock, GMutex)
RELEASING(g_mutex_unlock, GMutex)
TRYING(g_mutex_trylock, GMutex)
ACQUIRING(g_rec_mutex_lock, GRecMutex)
RELEASING(g_rec_mutex_unlock, GRecMutex)
TRYING(g_rec_mutex_trylock, GRecMutex)
ACQUIRING(g_rw_lock_writer_lock, GRWLock)
RELEASING(g_rw_lock_writer_unlock, GRWLock)
TRYING(g_rw_lock_writer_trylock, GRWLock)
ACQUIRING(g_rw_lock_reader_lock, GRWLock)
RELEASING(g_rw_lock_reader_unlock, GRWLock)
TRYING(g_rw_lock_reader_trylock, GRWLock)

/* A waiter gives its mutex away and takes it again. */
void
g_cond_wait(GCond *cond, GMutex *mutex)
{
    REAL(g_cond_wait)
    __tsan_release(mutex);
    found(cond, mutex);
    __tsan_acquire(mutex);
}

gboolean
g_cond_wait_until(GCond *cond, GMutex *mutex, gint64 end_time)
{
    REAL(g_cond_wait_until)
    __tsan_release(mutex);
    const gboolean signalled = found(cond, mutex, end_time);
    __tsan_acquire(mutex);
    return signalled;
}

gpointer
g_once_impl(GOnce *once, GThreadFunc func, gpointer data)
{
    REAL(g_once_impl)
    gpointer result = found(once, func, data);
    __tsan_release(once); /* what func wrote, for those who find the result ready */
    __tsan_acquire(once);
    return result;
}

gboolean(g_once_init_enter)(volatile void *location)
{
    REAL(g_once_init_enter)
    const gboolean first = found(location);
    if (!first)
        __tsan_acquire((void *)location);
    return first;
}

void(g_once_init_leave)(volatile void *location, gsize result)
{
    REAL(g_once_init_leave)
    __tsan_release((void *)location);
    found(location, result);
}
