#include "net/map_head.h"

#include <string.h>

/* The probe times the query matrix, once: [width]. */
static const float *
project_probe(CwParameters *parameters, const CwLinear *q)
{
    const float *probe = cw_parameters_vector(parameters, "image.head", "probe", q->n_in);
    float *query = cw_parameters_allocate(parameters, q->n_out);
    if (!parameters->error) {
        const CwNetRun run = {.n_threads = 1};
        cw_linear_run(q, &run, probe, 1, CW_STORE, query);
    }
    return query;
}

CwMapHead
cw_map_head_take(CwParameters *parameters, const CwImageConfig *config)
{
    const gsize width = config->width;
    CwMapHead head = {.n_heads = config->n_heads, .activation = config->activation};
    CwLinear q = cw_parameters_linear(parameters, "image.head.attn.q", width, width, TRUE);
    head.query = project_probe(parameters, &q);
    head.k = cw_parameters_linear(parameters, "image.head.attn.k", width, width, TRUE);
    head.v = cw_parameters_linear(parameters, "image.head.attn.v", width, width, TRUE);
    head.out = cw_parameters_linear(parameters, "image.head.attn.out", width, width, TRUE);
    head.norm = cw_parameters_norm(parameters, "image.head.norm", width, config->norm_eps);
    head.fc1 =
        cw_parameters_linear(parameters, "image.head.mlp.fc1", width, config->mlp_width, TRUE);
    head.fc2 =
        cw_parameters_linear(parameters, "image.head.mlp.fc2", config->mlp_width, width, TRUE);
    return head;
}

CwMapHeadScratch
cw_map_head_take_scratch(const CwMapHead *head, CwArena *arena, guint batch)
{
    CwMapHeadScratch scratch;
    scratch.q = cw_arena_floats(arena, batch, head->out.n_in);
    scratch.y = cw_arena_floats(arena, batch, head->out.n_in);
    scratch.hidden = cw_arena_floats(arena, batch, head->fc1.n_out);
    return scratch;
}

void
cw_map_head_run(const CwMapHead *head, const CwNetRun *run, const CwMapHeadScratch *scratch,
                CwSequence *sequences, float *scores, const float *x, gsize n_tokens, guint batch,
                float *k, float *v, float *features)
{
    const gsize width = head->out.n_in;
    cw_linear_run(&head->k, run, x, batch * n_tokens, CW_STORE, k);
    cw_linear_run(&head->v, run, x, batch * n_tokens, CW_STORE, v);
    for (guint i = 0; i < batch; i++) {
        memcpy(scratch->q + i * width, head->query, width * sizeof *scratch->q);
        sequences[i] = (CwSequence){i, 1, i * n_tokens, n_tokens};
    }
    const CwAttention attention = {
        .q = scratch->q,
        .k = k,
        .v = v,
        .out = scratch->y,
        .width = width,
        .n_heads = head->n_heads,
        .sequences = sequences,
        .n_sequences = batch,
        .scores = scores,
    };
    cw_attention_run(&attention, run);
    cw_linear_run(&head->out, run, scratch->y, batch, CW_STORE, features);
    cw_layer_norm_run(&head->norm, run, features, batch, scratch->y);
    cw_linear_run_activated(&head->fc1, run, head->activation, scratch->y, batch, scratch->hidden);
    cw_linear_run(&head->fc2, run, scratch->hidden, batch, CW_ACCUMULATE, features);
}
