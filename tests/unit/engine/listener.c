#include "listener.h"

void
record_init(Record *record)
{
    *record = (Record){.n_heard = 0};
    pthread_mutex_init(&record->lock, NULL);
    pthread_cond_init(&record->changed, NULL);
}

void
record_clear(Record *record)
{
    pthread_mutex_destroy(&record->lock);
    pthread_cond_destroy(&record->changed);
    g_free(record->last_json);
}

void
listener_decided(const CwDecision *decision, const char *json, gpointer user_data)
{
    Listener *listener = user_data;
    Record *record = listener->record;
    const CwPromptSet *set = cw_classifier_get_set(decision->classifier);
    const CwScore *best = decision->scores->scores;
    pthread_mutex_lock(&record->lock);
    g_assert_cmpuint(record->n_heard, <, LISTENER_MAX);
    Heard *heard = &record->heard[record->n_heard++];
    *heard = (Heard){
        .sequence = decision->sequence,
        .skipped = decision->skipped,
        .running_ns = decision->times.running_time_ns,
        .age_us = decision->age_us,
        .crop = decision->crop,
        .cosine = best->cosine,
        .listener = listener,
    };
    g_strlcpy(heard->zone, decision->zone ? decision->zone : "", sizeof heard->zone);
    g_strlcpy(heard->set, set->name, sizeof heard->set);
    g_strlcpy(heard->best, set->classes[best->class_index].id, sizeof heard->best);
    g_free(record->last_json);
    record->last_json = g_strdup(json);
    listener->inside = TRUE;
    pthread_cond_broadcast(&record->changed);
    while (listener->closed)
        pthread_cond_wait(&record->changed, &record->lock);
    listener->inside = FALSE;
    pthread_mutex_unlock(&record->lock);
}

void
listener_hold(Listener *listener)
{
    pthread_mutex_lock(&listener->record->lock);
    listener->closed = TRUE;
    pthread_mutex_unlock(&listener->record->lock);
}

void
listener_release(Listener *listener)
{
    pthread_mutex_lock(&listener->record->lock);
    listener->closed = FALSE;
    pthread_cond_broadcast(&listener->record->changed);
    pthread_mutex_unlock(&listener->record->lock);
}

void
listener_wait_inside(Listener *listener)
{
    pthread_mutex_lock(&listener->record->lock);
    while (!listener->inside)
        pthread_cond_wait(&listener->record->changed, &listener->record->lock);
    pthread_mutex_unlock(&listener->record->lock);
}
