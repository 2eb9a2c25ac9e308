/* The life of an engine, and what may be set while it runs. */
#include "engine/internal.h"

#include "image/describe.h"

static void
encode_with_model(gpointer data, const guint8 *rgb, guint n, float *embeddings)
{
    const CwEngine *engine = data;
    cw_model_encode_rgb(engine->model, engine->workspace, rgb, n, embeddings);
}

static gboolean
check_percent(double percent, GError **error)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    if (percent >= 0 && percent <= 100)
        return TRUE;
    g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT, "a CPU budget of %s is not 0 to 100 percent",
                g_ascii_formatd(text, sizeof text, "%g", percent));
    return FALSE;
}

static void
init_locks(CwEngine *engine)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&engine->lock, NULL);
    pthread_cond_init(&engine->work, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

static void
free_parts(CwEngine *engine)
{
    for (guint crop = 0; crop < G_N_ELEMENTS(engine->preprocess_digests); crop++)
        g_free(engine->preprocess_digests[crop]);
    pthread_mutex_destroy(&engine->lock);
    pthread_cond_destroy(&engine->work);
    g_ptr_array_unref(engine->streams);
    g_clear_pointer(&engine->workspace, cw_workspace_free);
    g_free(engine->rgb);
    g_free(engine->embeddings);
    cw_model_unref(engine->model);
    g_free(engine->key);
    g_free(engine);
}

/* What the worker needs, and the worker. */
static gboolean
start_worker(CwEngine *engine, GError **error)
{
    const guint dim = cw_model_get_info(engine->model)->embed_dim;
    if (engine->encode == encode_with_model) {
        engine->workspace =
            cw_workspace_new(engine->model, CW_ENGINE_BATCH, engine->n_threads, error);
        if (!engine->workspace)
            return FALSE;
    }
    engine->rgb = g_try_malloc_n(CW_ENGINE_BATCH, engine->view_bytes);
    engine->embeddings = g_try_new(float, CW_PARTS_MAX_VIEWS *(gsize)dim);
    if (!engine->rgb || !engine->embeddings ||
        pthread_create(&engine->worker, NULL, cw_engine_work, engine) != 0) {
        g_set_error(error, CW_ERROR, CW_ERROR_LIMIT, "no memory or thread for an engine");
        return FALSE;
    }
    pthread_setname_np(engine->worker, "clipwatch");
    return TRUE;
}

CwEngine *
cw_engine_new(CwModel *model, const CwEngineConfig *config, CwEncodeFunc encode,
              gpointer encode_data, GError **error)
{
    const CwModelInfo *info = cw_model_get_info(model);
    if (!check_percent(config->cpu_percent, error))
        return NULL;
    CwEngine *engine = g_new0(CwEngine, 1);
    engine->model = cw_model_ref(model);
    engine->n_threads = config->n_threads;
    engine->cpu_percent = config->cpu_percent;
    engine->is_budget_new = TRUE;
    engine->encode = encode ? encode : encode_with_model;
    engine->encode_data = encode ? encode_data : engine;
    engine->view_bytes = 3 * (gsize)info->preprocess.width * info->preprocess.height;
    engine->streams = g_ptr_array_new();
    cw_load_init(&engine->load);
    init_locks(engine);
    for (guint crop = 0; crop < G_N_ELEMENTS(engine->preprocess_digests); crop++)
        engine->preprocess_digests[crop] = cw_image_digest(&info->preprocess, (CwCrop)crop);
    if (!start_worker(engine, error)) {
        free_parts(engine);
        return NULL;
    }
    return engine;
}

void
cw_engine_free(CwEngine *engine)
{
    pthread_mutex_lock(&engine->lock);
    engine->stopping = TRUE;
    pthread_cond_signal(&engine->work);
    pthread_mutex_unlock(&engine->lock);
    pthread_join(engine->worker, NULL);
    free_parts(engine);
}

CwModel *
cw_engine_get_model(CwEngine *engine)
{
    return engine->model;
}

guint
cw_engine_get_threads(CwEngine *engine)
{
    return engine->n_threads;
}

gboolean
cw_engine_set_cpu_budget(CwEngine *engine, double percent, GError **error)
{
    if (!check_percent(percent, error))
        return FALSE;
    pthread_mutex_lock(&engine->lock);
    engine->cpu_percent = percent;
    engine->is_budget_new = TRUE;
    cw_load_init(&engine->load); /* what a view costs is to be learnt anew */
    pthread_cond_signal(&engine->work);
    pthread_mutex_unlock(&engine->lock);
    return TRUE;
}
