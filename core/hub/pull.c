#include "hub/hub.h"
#include "base/dirs.h"
#include "hub/download.h"
#include "hub/files.h"
#include "hub/names.h"
#include "hub/staging.h"
#include "weights/checkpoint.h"
#include "weights/lock.h"

#include <string.h>

#define DEFAULT_MAX_BYTES (G_GUINT64_CONSTANT(64) << 30)
#define DEFAULT_RETRY_MS  500
#define MAX_LISTING_BYTES (16 * 1024 * 1024)
#define MAX_SMALL_BYTES   (G_GUINT64_CONSTANT(64) << 20) /* of anything but weights */

/* One pull under way. */
typedef struct {
    const CwHubOptions *options;
    CwRemote *remote;
    CwStaging staging;
    CwLock *lock;
    CwHubProgress progress;
    guint64 finished; /* bytes of the files that are done */
    guint64 max_bytes;
} Pull;

static void
pull_clear(Pull *pull)
{
    g_clear_pointer(&pull->remote, cw_remote_free);
    g_clear_pointer(&pull->lock, cw_lock_free);
    cw_staging_close(&pull->staging);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pull, pull_clear)

typedef struct {
    const char *name;
    char *url;
    guint64 size;
    char *sha256;
} Item;

static void
item_free(gpointer data)
{
    Item *item = data;
    g_free(item->url);
    g_free(item->sha256);
    g_free(item);
}

static void
tell(guint64 done, gpointer user_data)
{
    Pull *pull = user_data;
    pull->progress.file_done = done;
    pull->progress.done = pull->finished + done;
    if (pull->options->told)
        pull->options->told(&pull->progress, pull->options->user_data);
}

/* Fetches one file into the staging directory and enters it into the lock. */
static gboolean
fetch_item(Pull *pull, const Item *item, GError **error)
{
    const gboolean is_weights = g_str_has_suffix(item->name, ".safetensors");
    g_autofree char *path = g_build_filename(pull->staging.path, item->name, NULL);
    const CwDownload download = {
        .url = item->url,
        .path = path,
        .size = item->size,
        .max_bytes = is_weights ? pull->max_bytes - pull->finished : MAX_SMALL_BYTES,
        .sha256 = item->sha256,
        .told = tell,
        .user_data = pull,
    };
    guint64 size;
    pull->progress.file = item->name;
    pull->progress.file_size = item->size == CW_SIZE_UNKNOWN ? 0 : item->size;
    tell(0, pull);
    g_autofree char *sha256 = cw_download(pull->remote, &download, &size, error);
    if (!sha256)
        return FALSE;
    tell(size, pull);
    pull->finished += size;
    cw_lock_add(pull->lock, item->name, size, sha256, item->sha256 != NULL);
    return TRUE;
}

/* Asks for a file's size and digest. */
static Item *
ask_item(Pull *pull, const char *name, GError **error)
{
    g_auto(CwRemoteFacts) facts = {0};
    g_autofree char *url = g_strconcat(pull->lock->url, name, NULL);
    if (!cw_remote_ask(pull->remote, url, &facts, error))
        return NULL;
    Item *item = g_new0(Item, 1);
    item->name = name;
    item->url = g_steal_pointer(&url);
    item->size = facts.size;
    item->sha256 = g_steal_pointer(&facts.sha256);
    return item;
}

/* Counts what is to come before anything is fetched. */
static gboolean
add_size(Pull *pull, const Item *item, GError **error)
{
    if (item->size == CW_SIZE_UNKNOWN)
        return TRUE;
    if (item->size > pull->max_bytes - pull->progress.size) {
        g_set_error(error, CW_ERROR, CW_ERROR_LIMIT,
                    "%s: the files are larger than %" G_GUINT64_FORMAT " bytes together", item->url,
                    pull->max_bytes);
        return FALSE;
    }
    pull->progress.size += item->size;
    return TRUE;
}

/* Fetches the index of sharded weights and learns from it what else there is. */
static gboolean
fetch_index(Pull *pull, CwHubFiles *files, GHashTable *listed, GError **error)
{
    g_autofree char *path = g_build_filename(pull->staging.path, files->index, NULL);
    Item *item = ask_item(pull, files->index, error);
    gboolean ok = item && add_size(pull, item, error) && fetch_item(pull, item, error);
    g_autoptr(CwJson) index = ok ? cw_json_read_file(path, CW_JSON_MAX_BYTES, error) : NULL;
    ok = index && cw_hub_files_add_shards(files, index, listed, error);
    if (item)
        item_free(item);
    return ok;
}

static gboolean
fetch_files(Pull *pull, CwHubFiles *files, GHashTable *listed, GError **error)
{
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(item_free);
    if (files->index && !fetch_index(pull, files, listed, error))
        return FALSE;
    for (guint i = 0; i < files->files->len; i++) {
        const char *name = files->files->pdata[i];
        if (name == files->index)
            continue;
        Item *item = ask_item(pull, name, error);
        if (!item)
            return FALSE;
        g_ptr_array_add(items, item);
        if (!add_size(pull, item, error))
            return FALSE;
    }
    for (guint i = 0; i < items->len; i++)
        if (!fetch_item(pull, items->pdata[i], error))
            return FALSE;
    return TRUE;
}

static gboolean
is_commit(const char *text)
{
    return strlen(text) == 40 && strspn(text, G_CSET_DIGITS "abcdef") == 40;
}

/* What a repository holds at a revision: its files and the commit they are of. */
static GHashTable *
read_listing(Pull *pull, const char *hub, const CwHubReference *reference, char **commit,
             GError **error)
{
    g_autofree char *revision = g_uri_escape_string(reference->revision, NULL, FALSE);
    g_autofree char *url =
        g_strdup_printf("%s/api/models/%s/revision/%s", hub, reference->id, revision);
    g_autoptr(GBytes) bytes = cw_remote_read(pull->remote, url, MAX_LISTING_BYTES, error);
    if (!bytes)
        return NULL;
    gsize length;
    const char *text = g_bytes_get_data(bytes, &length);
    g_autoptr(CwJson) json = cw_json_parse(text ? text : "", (gssize)length, url, error);
    const char *sha, *file;
    CwJsonValue siblings, entry;
    if (!json || !cw_json_get_string(cw_json_root(json), "sha", &sha, error) ||
        !cw_json_get_array(cw_json_root(json), "siblings", &siblings, error))
        return NULL;
    if (!is_commit(sha)) {
        g_set_error(error, CW_ERROR, CW_ERROR_FORMAT, "%s: sha: '%.80s' is no commit", url, sha);
        return NULL;
    }
    g_autoptr(GHashTable) listed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const void *cursor = NULL;
    while (cw_json_next(siblings, &cursor, &entry, NULL)) {
        if (!cw_json_get_string(entry, "rfilename", &file, error))
            return NULL;
        g_hash_table_add(listed, g_strdup(file));
    }
    *commit = g_strdup(sha);
    return g_steal_pointer(&listed);
}

static gboolean
pull_id(Pull *pull, const char *models, const CwHubReference *reference, GError **error)
{
    const char *set = g_getenv("CLIPWATCH_HUB");
    g_autofree char *hub = g_strdup(pull->options->hub ? pull->options->hub
                                    : set && *set      ? set
                                                       : CW_HUB_DEFAULT_URL);
    while (g_str_has_suffix(hub, "/"))
        hub[strlen(hub) - 1] = '\0';
    g_autofree char *commit = NULL;
    g_autoptr(GHashTable) listed = read_listing(pull, hub, reference, &commit, error);
    g_auto(CwHubFiles) files = {0};
    if (!listed || !cw_hub_files_choose(reference->id, listed, &files, error))
        return FALSE;
    g_autofree char *url = g_strdup_printf("%s/%s/resolve/%s/", hub, reference->id, commit);
    pull->lock = cw_lock_new(reference->id, url, commit);
    return cw_staging_open(&pull->staging, models, reference->name, url, error) &&
           fetch_files(pull, &files, listed, error);
}

static gboolean
pull_url(Pull *pull, const char *models, const CwHubReference *reference, const char *sha256,
         GError **error)
{
    g_auto(CwRemoteFacts) facts = {0};
    if (!cw_remote_ask(pull->remote, reference->url, &facts, error))
        return FALSE;
    const Item item = {
        .name = CW_CHECKPOINT_BARE_FILE,
        .url = reference->url,
        .size = facts.size,
        .sha256 = (char *)sha256,
    };
    pull->lock = cw_lock_new(reference->url, reference->url, NULL);
    return add_size(pull, &item, error) &&
           cw_staging_open(&pull->staging, models, reference->name, sha256, error) &&
           fetch_item(pull, &item, error);
}

/* One that is there already: the same, and undamaged? */
static gboolean
check_installed(const char *path, const CwHubReference *reference, GError **error)
{
    const char *source = reference->id ? reference->id : reference->url;
    g_autoptr(GError) fault = NULL;
    g_autoptr(CwLock) lock = cw_lock_read(path, &fault);
    if (!lock) {
        g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT,
                    "%s is there, and no pull has put it there (%s); give another name (--as) or "
                    "replace it (--force)",
                    path, fault->message);
        return FALSE;
    }
    const gboolean is_other_commit = reference->revision && is_commit(reference->revision) &&
                                     g_strcmp0(reference->revision, lock->commit) != 0;
    if (!g_str_equal(lock->source, source) || is_other_commit) {
        g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT,
                    "%s is there and comes from %s%s%s; give another name (--as) or replace it "
                    "(--force)",
                    path, lock->source, lock->commit ? "@" : "", lock->commit ? lock->commit : "");
        return FALSE;
    }
    return cw_lock_verify(path, error);
}

static char *
read_sha256(const char *text, GError **error)
{
    g_autofree char *sha256 = g_ascii_strdown(text, -1);
    if (strlen(sha256) == 64 && strspn(sha256, G_CSET_DIGITS "abcdef") == 64)
        return g_steal_pointer(&sha256);
    g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT, "'%s' is no SHA-256: 64 hex digits are", text);
    return NULL;
}

/* An address says nothing of what it holds, a hub says it itself. */
static gboolean
check_sha256(const CwHubReference *reference, const char *sha256, GError **error)
{
    if (!reference->url == !sha256)
        return TRUE;
    g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT,
                sha256 ? "%s: a SHA-256 goes with an address; the hub announces its own"
                       : "%s: an address needs the SHA-256 of what it holds (--sha256)",
                reference->url ? reference->url : reference->id);
    return FALSE;
}

char *
cw_hub_pull(const char *name, const CwHubOptions *options, GError **error)
{
    g_auto(CwHubReference) reference = {0};
    g_autofree char *sha256 = options->sha256 ? read_sha256(options->sha256, error) : NULL;
    if ((options->sha256 && !sha256) ||
        !cw_hub_reference_parse(name, options->revision, options->as, &reference, error) ||
        !check_sha256(&reference, sha256, error))
        return NULL;
    g_autofree char *data = cw_dirs_user_data();
    g_autofree char *models =
        options->models ? g_strdup(options->models) : g_build_filename(data, "models", NULL);
    g_autofree char *path = g_build_filename(models, reference.name, NULL);
    if (!options->force && g_file_test(path, G_FILE_TEST_EXISTS))
        return check_installed(path, &reference, error) ? g_steal_pointer(&path) : NULL;
    g_auto(Pull) pull = {
        .options = options,
        .remote = cw_remote_new(options->retry_ms ? options->retry_ms : DEFAULT_RETRY_MS),
        .max_bytes = options->max_bytes ? options->max_bytes : DEFAULT_MAX_BYTES,
        .staging.fd = -1,
    };
    const gboolean fetched = reference.id ? pull_id(&pull, models, &reference, error)
                                          : pull_url(&pull, models, &reference, sha256, error);
    if (!fetched || !cw_lock_write(pull.lock, pull.staging.path, error) ||
        !cw_staging_install(&pull.staging, error))
        return NULL;
    return g_steal_pointer(&path);
}
