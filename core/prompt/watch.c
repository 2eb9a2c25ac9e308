/* Looks at files by the clock. Notifications of the kernel would save five looks a second and miss
 * what happens on network file systems and under bind mounts. */
#include "prompt/files.h"

#include <clipwatch/prompt.h>

#include <pthread.h>
#include <sys/stat.h>
#include <time.h>

/* Time between two looks. A file is read at the first look that finds it as it was at the look
 * before: it has rested that long at least, and is in use within half a second of being saved. */
#define LOOK_NS (200 * 1000 * 1000)

/* What tells one state of a file from another; all zero where it is not there. */
typedef struct {
    gint64 mtime_ns;
    gint64 size;
    guint64 device, inode;
} Mark;

struct _CwPromptsWatch {
    char *files;
    char **paths; /* NULL-terminated */
    Mark *marks;  /* of each, at the last look */
    gboolean is_changed;
    CwPromptsChangedFunc changed;
    gpointer user_data;
    gboolean is_busy; /* guarded by the watcher's lock: the thread has it in hand */
};

typedef struct {
    pthread_mutex_t lock; /* guards all of it */
    pthread_cond_t wake;  /* no watch is left */
    pthread_cond_t idle;  /* the thread has let go of a watch */
    GPtrArray *watches;
    gboolean is_running;
} Watcher;

static Watcher watcher = {.lock = PTHREAD_MUTEX_INITIALIZER, .idle = PTHREAD_COND_INITIALIZER};

static void
init_watcher(void)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&watcher.wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    watcher.watches = g_ptr_array_new();
}

static Mark
look_at(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return (Mark){0};
    return (Mark){
        .mtime_ns = (gint64)status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec,
        .size = status.st_size,
        .device = status.st_dev,
        .inode = status.st_ino,
    };
}

static gboolean
is_same(const Mark *a, const Mark *b)
{
    return a->mtime_ns == b->mtime_ns && a->size == b->size && a->device == b->device &&
           a->inode == b->inode;
}

/* Whether any file is not as it was at the last look. */
static gboolean
has_moved(CwPromptsWatch *watch)
{
    gboolean moved = FALSE;
    for (guint i = 0; watch->paths[i]; i++) {
        const Mark mark = look_at(watch->paths[i]);
        moved = moved || !is_same(&mark, &watch->marks[i]);
        watch->marks[i] = mark;
    }
    return moved;
}

static void
look(CwPromptsWatch *watch)
{
    g_autoptr(GError) error = NULL;
    if (has_moved(watch)) {
        watch->is_changed = TRUE;
        return;
    }
    if (!watch->is_changed)
        return;
    g_autoptr(CwPrompts) prompts = cw_prompts_load(watch->files, &error);
    if (has_moved(watch))
        return; /* while it was read: what was read may be half of it */
    watch->is_changed = FALSE;
    watch->changed(prompts, error, watch->user_data);
}

static void
wait_for_next_look(void)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += LOOK_NS;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_cond_timedwait(&watcher.wake, &watcher.lock, &until);
}

static void *
look_again_and_again(void *unused)
{
    pthread_mutex_lock(&watcher.lock);
    while (watcher.watches->len > 0) {
        for (guint i = 0; i < watcher.watches->len; i++) {
            CwPromptsWatch *watch = g_ptr_array_index(watcher.watches, i);
            watch->is_busy = TRUE;
            pthread_mutex_unlock(&watcher.lock);
            look(watch);
            pthread_mutex_lock(&watcher.lock);
            watch->is_busy = FALSE;
            pthread_cond_broadcast(&watcher.idle);
        }
        if (watcher.watches->len > 0)
            wait_for_next_look();
    }
    watcher.is_running = FALSE;
    pthread_mutex_unlock(&watcher.lock);
    return NULL;
}

/* Called under the lock. */
static gboolean
start_thread(void)
{
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    const int status = pthread_create(&thread, &attributes, look_again_and_again, NULL);
    pthread_attr_destroy(&attributes);
    if (status == 0)
        pthread_setname_np(thread, "clipwatch-files");
    return status == 0;
}

static gboolean
add_watch(CwPromptsWatch *watch, GError **error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, init_watcher);
    pthread_mutex_lock(&watcher.lock);
    g_ptr_array_add(watcher.watches, watch);
    if (!watcher.is_running)
        watcher.is_running = start_thread();
    const gboolean done = watcher.is_running;
    if (!done)
        g_ptr_array_remove(watcher.watches, watch);
    pthread_mutex_unlock(&watcher.lock);
    if (!done)
        g_set_error(error, CW_ERROR, CW_ERROR_LIMIT, "no thread to watch '%s'", watch->files);
    return done;
}

static void
free_parts(CwPromptsWatch *watch)
{
    g_free(watch->files);
    g_strfreev(watch->paths);
    g_free(watch->marks);
    g_free(watch);
}

/* Where the files lie, NULL-terminated; (transfer full). */
static char **
find_paths(const char *files, GError **error)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) names = g_strsplit(files, ",", -1);
    for (char **name = names; *name; name++) {
        if (g_strstrip(*name)[0] == '\0')
            continue;
        char *path = cw_prompt_find_file(*name, error);
        if (!path)
            return NULL;
        g_ptr_array_add(paths, path);
    }
    g_ptr_array_add(paths, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&paths), FALSE);
}

CwPromptsWatch *
cw_prompts_watch_new(const char *files, CwPromptsChangedFunc changed, gpointer user_data,
                     GError **error)
{
    char **paths = find_paths(files, error);
    if (!paths)
        return NULL;
    CwPromptsWatch *watch = g_new0(CwPromptsWatch, 1);
    watch->files = g_strdup(files);
    watch->paths = paths;
    watch->marks = g_new0(Mark, g_strv_length(paths) + 1);
    watch->changed = changed;
    watch->user_data = user_data;
    has_moved(watch); /* the state that changes are told from */
    if (!add_watch(watch, error)) {
        free_parts(watch);
        return NULL;
    }
    return watch;
}

void
cw_prompts_watch_free(CwPromptsWatch *watch)
{
    pthread_mutex_lock(&watcher.lock);
    g_ptr_array_remove(watcher.watches, watch);
    while (watch->is_busy)
        pthread_cond_wait(&watcher.idle, &watcher.lock);
    if (watcher.watches->len == 0)
        pthread_cond_signal(&watcher.wake);
    pthread_mutex_unlock(&watcher.lock);
    free_parts(watch);
}
