#include "encoder.h"

#include "engine/internal.h"

void
encoder_init(Encoder *encoder, gint64 cpu_us_per_view)
{
    *encoder = (Encoder){.cpu_us_per_view = cpu_us_per_view};
    pthread_mutex_init(&encoder->lock, NULL);
    pthread_cond_init(&encoder->changed, NULL);
}

void
encoder_clear(Encoder *encoder)
{
    pthread_mutex_destroy(&encoder->lock);
    pthread_cond_destroy(&encoder->changed);
}

static gint64
get_own_cpu_us(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (gint64)time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

static void
encode(gpointer data, const guint8 *rgb, guint n, float *embeddings)
{
    Encoder *encoder = data;
    const gint64 until = get_own_cpu_us() + n * encoder->cpu_us_per_view;
    while (get_own_cpu_us() < until)
        continue;
    pthread_mutex_lock(&encoder->lock);
    encoder->inside = TRUE;
    pthread_cond_broadcast(&encoder->changed);
    while (encoder->held)
        pthread_cond_wait(&encoder->changed, &encoder->lock);
    encoder->inside = FALSE;
    encoder->n_views += n;
    pthread_mutex_unlock(&encoder->lock);
    for (guint i = 0; i < n * encoder->dim; i++)
        embeddings[i] = i % encoder->dim == 0 ? 1 : 0;
}

CwEngine *
encoder_open_engine(Encoder *encoder, double cpu_percent)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwModel) model = cw_model_open("starter", CW_PRECISION_F32, &error);
    g_assert_no_error(error);
    encoder->dim = cw_model_get_info(model)->embed_dim;
    const CwEngineConfig config = {.cpu_percent = cpu_percent};
    CwEngine *engine = cw_engine_new(model, &config, encode, encoder, &error);
    g_assert_no_error(error);
    engine->references = 1;
    engine->key = g_strdup("of a test");
    return engine;
}

void
encoder_hold(Encoder *encoder)
{
    pthread_mutex_lock(&encoder->lock);
    encoder->held = TRUE;
    pthread_mutex_unlock(&encoder->lock);
}

void
encoder_release(Encoder *encoder)
{
    pthread_mutex_lock(&encoder->lock);
    encoder->held = FALSE;
    pthread_cond_broadcast(&encoder->changed);
    pthread_mutex_unlock(&encoder->lock);
}

void
encoder_wait_inside(Encoder *encoder)
{
    pthread_mutex_lock(&encoder->lock);
    while (!encoder->inside)
        pthread_cond_wait(&encoder->changed, &encoder->lock);
    pthread_mutex_unlock(&encoder->lock);
}

guint
encoder_get_n_views(Encoder *encoder)
{
    pthread_mutex_lock(&encoder->lock);
    const guint n = encoder->n_views;
    pthread_mutex_unlock(&encoder->lock);
    return n;
}
