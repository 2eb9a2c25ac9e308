#include "audit/writer.h"
#include "audit/log_open.h"

#include <string.h>

/* Records that may wait: at ten decisions a second from sixteen cameras, six seconds of a disk that
 * stands still. */
#define CAPACITY 1024

/* A seal says that nothing was left out, also when nothing happened. */
#define SEAL_US (60 * (gint64)G_USEC_PER_SEC)

/* A log that failed is read anew before it is written again: not more often than this. */
#define RETRY_US ((gint64)G_USEC_PER_SEC)

typedef struct {
    char *type, *value;
    CwAuditWrittenFunc written;
    gpointer data;
} Item;

/* What could not be written. */
typedef struct {
    guint64 n;
    gint64 from_us, to_us;
} Loss;

struct _CwAuditWriter {
    guint references; /* guarded by the registry's lock */
    char *path;       /* in the registry */
    char *dir, *key_dir;
    GThread *thread;

    GMutex lock;    /* guards what stands below */
    GCond work;     /* something waits, or stopping */
    GCond done;     /* all that waited is told */
    GQueue waiting; /* of Item */
    gboolean writing, stopping;
    Loss loss;
    char *new_key;

    /* Of the thread. */
    CwAuditLog *log; /* NULL after a failure */
    gint64 seal_us, retry_us;
    GError *error; /* of the last failure */
};

typedef struct {
    GMutex lock; /* guards writers and every writer's count of references */
    GHashTable *writers;
} Registry;

static gpointer
make_registry(gpointer unused)
{
    static Registry registry;
    registry.writers = g_hash_table_new(g_str_hash, g_str_equal);
    return &registry;
}

static Registry *
get_registry(void)
{
    static GOnce once = G_ONCE_INIT;
    return g_once(&once, make_registry, NULL);
}

static void
free_item(Item *item)
{
    g_free(item->type);
    g_free(item->value);
    g_free(item);
}

static void
add_loss(CwAuditWriter *writer, guint64 n)
{
    const gint64 now_us = g_get_real_time();
    if (writer->loss.n == 0)
        writer->loss.from_us = now_us;
    writer->loss.to_us = now_us;
    writer->loss.n += n;
}

static gboolean
open_log(CwAuditWriter *writer, GError **error)
{
    const CwAuditLogOptions options = {.dir = writer->dir, .key_dir = writer->key_dir};
    writer->log = cw_audit_log_open(&options, error);
    writer->seal_us = g_get_monotonic_time() + SEAL_US;
    return writer->log != NULL;
}

static gboolean
reopen_log(CwAuditWriter *writer, GError **error)
{
    if (writer->log)
        return TRUE;
    if (g_get_monotonic_time() < writer->retry_us) {
        g_propagate_error(error, g_error_copy(writer->error));
        return FALSE;
    }
    return open_log(writer, error);
}

static gboolean
append_gap(CwAuditWriter *writer, GError **error)
{
    g_mutex_lock(&writer->lock);
    const Loss loss = writer->loss;
    g_mutex_unlock(&writer->lock);
    if (loss.n == 0)
        return TRUE;
    g_autofree char *value =
        g_strdup_printf("{\"count\":%" G_GUINT64_FORMAT ",\"from\":%" G_GINT64_FORMAT
                        ",\"to\":%" G_GINT64_FORMAT "}",
                        loss.n, loss.from_us, loss.to_us);
    if (!cw_audit_log_append(writer->log, "gap", value, strlen(value), NULL, error) ||
        !cw_audit_log_sync(writer->log, error))
        return FALSE;
    g_mutex_lock(&writer->lock);
    writer->loss.n -= loss.n;
    writer->loss.from_us = loss.to_us;
    g_mutex_unlock(&writer->lock);
    return TRUE;
}

static gboolean
append_items(CwAuditWriter *writer, const GQueue *items, GError **error)
{
    for (const GList *link = items->head; link; link = link->next) {
        const Item *item = link->data;
        if (!cw_audit_log_append(writer->log, item->type, item->value, strlen(item->value), NULL,
                                 error))
            return FALSE;
    }
    return cw_audit_log_sync(writer->log, error);
}

static gboolean
seal_in_time(CwAuditWriter *writer, GError **error)
{
    if (g_get_monotonic_time() < writer->seal_us)
        return TRUE;
    writer->seal_us = g_get_monotonic_time() + SEAL_US;
    return cw_audit_log_seal(writer->log, error);
}

/* The log is given up: what the disk holds of it is found out when it is opened again. */
static void
give_up(CwAuditWriter *writer, GError *error)
{
    g_clear_pointer(&writer->log, cw_audit_log_free);
    g_clear_error(&writer->error);
    writer->error = error;
    writer->retry_us = g_get_monotonic_time() + RETRY_US;
}

/* items may be empty: then it is time for a seal. */
static void
write_batch(CwAuditWriter *writer, GQueue *items)
{
    GError *error = NULL;
    const gboolean written = reopen_log(writer, &error) && append_gap(writer, &error) &&
                             append_items(writer, items, &error);
    if (!written) {
        g_mutex_lock(&writer->lock);
        add_loss(writer, items->length);
        g_mutex_unlock(&writer->lock);
    }
    for (const GList *link = items->head; link; link = link->next) {
        const Item *item = link->data;
        if (item->written)
            item->written(error, item->data);
    }
    g_queue_clear_full(items, (GDestroyNotify)free_item);
    if (written)
        seal_in_time(writer, &error);
    if (error)
        give_up(writer, error);
}

static gpointer
run(gpointer data)
{
    CwAuditWriter *writer = data;
    g_mutex_lock(&writer->lock);
    for (;;) {
        gboolean in_time = TRUE;
        while (in_time && writer->waiting.length == 0 && !writer->stopping)
            in_time = g_cond_wait_until(&writer->work, &writer->lock, writer->seal_us);
        if (writer->waiting.length == 0 && writer->stopping && writer->loss.n == 0)
            break;
        const gboolean last = writer->waiting.length == 0 && writer->stopping;
        GQueue batch = writer->waiting;
        g_queue_init(&writer->waiting);
        writer->writing = TRUE;
        g_mutex_unlock(&writer->lock);
        if (last) /* no later chance to say what was lost */
            writer->retry_us = 0;
        if (!in_time && !writer->log)
            writer->seal_us = g_get_monotonic_time() + SEAL_US;
        write_batch(writer, &batch);
        g_mutex_lock(&writer->lock);
        writer->writing = FALSE;
        g_cond_broadcast(&writer->done);
        if (last)
            break;
    }
    g_mutex_unlock(&writer->lock);
    return NULL;
}

static void
free_writer(CwAuditWriter *writer)
{
    if (writer->thread) {
        g_mutex_lock(&writer->lock);
        writer->stopping = TRUE;
        g_cond_signal(&writer->work);
        g_mutex_unlock(&writer->lock);
        g_thread_join(writer->thread);
    }
    cw_audit_log_close(writer->log, NULL); /* what is not sealed now is when it is opened again */
    g_clear_error(&writer->error);
    g_mutex_clear(&writer->lock);
    g_cond_clear(&writer->work);
    g_cond_clear(&writer->done);
    g_free(writer->new_key);
    g_free(writer->path);
    g_free(writer->dir);
    g_free(writer->key_dir);
    g_free(writer);
}

static CwAuditWriter *
make_writer(const char *path, const char *key_dir, GError **error)
{
    CwAuditWriter *writer = g_new0(CwAuditWriter, 1);
    writer->references = 1;
    writer->path = g_strdup(path);
    writer->dir = g_strdup(path);
    writer->key_dir = g_strdup(key_dir);
    g_mutex_init(&writer->lock);
    g_cond_init(&writer->work);
    g_cond_init(&writer->done);
    g_queue_init(&writer->waiting);
    if (!open_log(writer, error)) {
        free_writer(writer);
        return NULL;
    }
    writer->new_key = g_strdup(cw_audit_log_get_new_key(writer->log));
    writer->thread = g_thread_new("clipwatch-audit", run, writer);
    return writer;
}

CwAuditWriter *
cw_audit_writer_open(const char *dir, const char *key_dir, GError **error)
{
    Registry *registry = get_registry();
    g_autofree char *path = g_canonicalize_filename(dir, NULL);
    g_mutex_lock(&registry->lock);
    CwAuditWriter *writer = g_hash_table_lookup(registry->writers, path);
    if (writer)
        writer->references++;
    else if ((writer = make_writer(path, key_dir, error)))
        g_hash_table_insert(registry->writers, writer->path, writer);
    g_mutex_unlock(&registry->lock);
    return writer;
}

/* The lock is held to the end, so that whoever opens the same folder next finds it unlocked. */
void
cw_audit_writer_unref(CwAuditWriter *writer)
{
    Registry *registry = get_registry();
    g_mutex_lock(&registry->lock);
    if (--writer->references == 0) {
        g_hash_table_remove(registry->writers, writer->path);
        free_writer(writer);
    }
    g_mutex_unlock(&registry->lock);
}

void
cw_audit_writer_submit(CwAuditWriter *writer, const char *type, char *value,
                       CwAuditWrittenFunc written, gpointer data)
{
    g_mutex_lock(&writer->lock);
    const gboolean full = writer->waiting.length >= CAPACITY;
    if (full) {
        add_loss(writer, 1);
    } else {
        Item *item = g_new(Item, 1);
        *item = (Item){g_strdup(type), g_steal_pointer(&value), written, data};
        g_queue_push_tail(&writer->waiting, item);
        g_cond_signal(&writer->work);
    }
    g_mutex_unlock(&writer->lock);
    if (!full)
        return;
    g_autoptr(GError) error =
        g_error_new(CW_ERROR, CW_ERROR_LIMIT, "%s: %d records wait for the disk, and no more may",
                    writer->dir, CAPACITY);
    g_free(value);
    if (written)
        written(error, data);
}

void
cw_audit_writer_flush(CwAuditWriter *writer)
{
    g_mutex_lock(&writer->lock);
    while (writer->waiting.length > 0 || writer->writing)
        g_cond_wait(&writer->done, &writer->lock);
    g_mutex_unlock(&writer->lock);
}

char *
cw_audit_writer_take_new_key(CwAuditWriter *writer)
{
    g_mutex_lock(&writer->lock);
    char *path = g_steal_pointer(&writer->new_key);
    g_mutex_unlock(&writer->lock);
    return path;
}
