/* The engines of this process, by model, precision and id: found while somebody uses them. */
#include "engine/internal.h"

typedef struct {
    pthread_mutex_t lock; /* guards engines and every engine's count of references */
    GHashTable *engines;  /* key -> CwEngine, without a reference of its own */
} Registry;

static gpointer
make_registry(gpointer unused)
{
    static Registry registry = {.lock = PTHREAD_MUTEX_INITIALIZER};
    registry.engines = g_hash_table_new(g_str_hash, g_str_equal);
    return &registry;
}

static Registry *
get_registry(void)
{
    static GOnce once = G_ONCE_INIT;
    return g_once(&once, make_registry, NULL);
}

/* The engine under that key with one more reference, or a new one. Called under the lock. */
static CwEngine *
find_or_make(Registry *registry, const char *key, CwModel *model, const CwEngineConfig *config,
             GError **error)
{
    CwEngine *engine = g_hash_table_lookup(registry->engines, key);
    if (engine) {
        engine->references++;
        return engine;
    }
    engine = cw_engine_new(model, config, NULL, NULL, error);
    if (!engine)
        return NULL;
    engine->references = 1;
    engine->key = g_strdup(key);
    g_hash_table_insert(registry->engines, engine->key, engine);
    return engine;
}

CwEngine *
cw_engine_open_with(const CwEngineConfig *config, GError **error)
{
    Registry *registry = get_registry();
    /* Opening maps the weights; a second opening of the same files costs next to nothing. */
    g_autoptr(CwModel) model = cw_model_open(config->model, config->precision, error);
    if (!model)
        return NULL;
    const CwModelInfo *info = cw_model_get_info(model);
    g_autofree char *key =
        g_strjoin("\n", info->precision, config->id ? config->id : "", info->path, NULL);
    pthread_mutex_lock(&registry->lock);
    CwEngine *engine = find_or_make(registry, key, model, config, error);
    pthread_mutex_unlock(&registry->lock);
    return engine;
}

CwEngine *
cw_engine_open(const char *model, CwPrecision precision, GError **error)
{
    const CwEngineConfig config = {.model = model, .precision = precision};
    return cw_engine_open_with(&config, error);
}

CwEngine *
cw_engine_ref(CwEngine *engine)
{
    Registry *registry = get_registry();
    pthread_mutex_lock(&registry->lock);
    engine->references++;
    pthread_mutex_unlock(&registry->lock);
    return engine;
}

void
cw_engine_unref(CwEngine *engine)
{
    Registry *registry = get_registry();
    pthread_mutex_lock(&registry->lock);
    const gboolean last = --engine->references == 0;
    if (last)
        g_hash_table_remove(registry->engines, engine->key);
    pthread_mutex_unlock(&registry->lock);
    if (last)
        cw_engine_free(engine);
}
