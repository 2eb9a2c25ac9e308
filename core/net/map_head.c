#include "net/map_head.h"

#include <string.h>

/* The probe through the queries' map, once: [width]. In double, so that nothing is lost before all
 * pictures. */
static const float *
project_probe(CwParameters *parameters, gsize width)
{
    const gint64 dims[] = {(gint64)width, (gint64)width};
    const float *probe = cw_parameters_vector(parameters, "image.head", "probe", width);
    const float *bias = cw_parameters_vector(parameters, "image.head.attn.q", "bias", width);
    const CwTensor *weight = cw_parameters_view(parameters, "image.head.attn.q", "weight", 2, dims);
    float *query = cw_parameters_allocate_packed(parameters, width);
    g_autofree float *row = g_new(float, width);
    for (gsize i = 0; query && !parameters->packing.filled && i < width; i++) {
        double sum = bias[i];
        cw_tensor_row_to_f32(weight, i, row);
        for (gsize j = 0; j < width; j++)
            sum += (double)row[j] * probe[j];
        query[i] = (float)sum;
    }
    return query;
}

CwMapHead
cw_map_head_take(CwParameters *parameters, const CwImageConfig *config)
{
    const gsize width = config->width;
    CwMapHead head = {.n_heads = config->n_heads, .activation = config->activation};
    head.query = project_probe(parameters, width);
    head.kv = cw_attention_take_keys_values(parameters, "image.head.attn", width);
    head.out = cw_parameters_linear(parameters, "image.head.attn.out", width, width, TRUE);
    head.norm = cw_parameters_norm(parameters, "image.head.norm", width, config->norm_eps);
    head.fc1 =
        cw_parameters_linear(parameters, "image.head.mlp.fc1", width, config->mlp_width, TRUE);
    head.fc2 =
        cw_parameters_linear(parameters, "image.head.mlp.fc2", config->mlp_width, width, TRUE);
    return head;
}

CwMapHeadScratch
cw_map_head_take_scratch(const CwMapHead *head, CwArena *arena, guint batch, gsize n_tokens)
{
    const gsize width = head->out.n_in, n_rows = batch * n_tokens;
    const CwProductType type = head->out.w.type;
    CwMapHeadScratch s = {.n_tokens = n_tokens};
    s.tokens = cw_operand_take_unnormalised(arena, type, n_rows, width);
    s.attended = cw_operand_take_unnormalised(arena, type, batch, width);
    s.normalised = cw_operand_take(arena, type, batch, width);
    s.activated = cw_operand_take_unnormalised(arena, type, batch, head->fc1.n_out);
    s.kv = cw_arena_floats(arena, n_rows, 2 * width);
    s.q = cw_arena_floats(arena, batch, width);
    s.y = cw_arena_floats(arena, batch, width);
    s.hidden = cw_arena_floats(arena, batch, head->fc1.n_out);
    s.attention = cw_attention_take_scratch(arena, type, n_tokens, width / head->n_heads);
    return s;
}

void
cw_map_head_run(const CwMapHead *head, const CwNetRun *run, CwMapHeadScratch *s,
                CwSequence *sequences, const float *x, guint batch, float *features)
{
    const gsize width = head->out.n_in;
    cw_operand_set(&s->tokens, run, x, batch * s->n_tokens);
    cw_linear_run(&head->kv, run, &s->tokens, batch * s->n_tokens, CW_STORE, s->kv);
    for (guint i = 0; i < batch; i++) {
        memcpy(s->q + i * width, head->query, width * sizeof *s->q);
        sequences[i] = (CwSequence){i, 1, i * s->n_tokens, s->n_tokens};
    }
    const CwAttention attention = {
        .q = s->q,
        .k = s->kv,
        .v = s->kv + width,
        .out = s->y,
        .width = width,
        .kv_stride = 2 * width,
        .n_heads = head->n_heads,
        .sequences = sequences,
        .n_sequences = batch,
        .scratch = &s->attention,
    };
    cw_attention_run(&attention, run);
    cw_operand_set(&s->attended, run, s->y, batch);
    cw_linear_run(&head->out, run, &s->attended, batch, CW_STORE, features);
    cw_operand_set_normalised(&s->normalised, &head->norm, run, features, batch);
    cw_linear_run_activated(&head->fc1, run, head->activation, &s->normalised, batch, s->hidden,
                            &s->activated);
    cw_linear_run(&head->fc2, run, &s->activated, batch, CW_ACCUMULATE, features);
}
