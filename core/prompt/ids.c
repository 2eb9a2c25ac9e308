#include "prompt/set.h"

#include <string.h>

#define MAX_DERIVED_BYTES 48

/* The label's ASCII letters and digits in lower case, everything else one '-'. *lost: whether a
 * letter had no ASCII form. (transfer full) */
static char *
fold_label(const char *label, gboolean *lost)
{
    g_autofree char *decomposed = g_utf8_normalize(label, -1, G_NORMALIZE_ALL);
    GString *id = g_string_new(NULL);
    *lost = FALSE;
    for (const char *p = decomposed; *p && id->len < MAX_DERIVED_BYTES; p = g_utf8_next_char(p)) {
        const gunichar c = g_utf8_get_char(p);
        if (c < 128 && g_ascii_isalnum((char)c))
            g_string_append_c(id, g_ascii_tolower((char)c));
        else if (g_unichar_isalnum(c))
            *lost = TRUE;
        else if (!g_unichar_ismark(c) && id->len > 0 && id->str[id->len - 1] != '-')
            g_string_append_c(id, '-');
    }
    while (id->len > 0 && id->str[id->len - 1] == '-')
        g_string_truncate(id, id->len - 1);
    return g_string_free(id, FALSE);
}

/* Stable for a label: where letters were lost, part of its digest tells it from others. */
static char *
derive_id(const char *label)
{
    gboolean lost;
    g_autofree char *folded = fold_label(label, &lost);
    if (folded[0] != '\0' && !lost)
        return g_steal_pointer(&folded);
    g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, label, -1);
    return g_strdup_printf("%s%s%.8s", folded, folded[0] ? "-" : "", digest);
}

gboolean
cw_prompt_assign_ids(CwSetDraft *set, const char *file, GError **error)
{
    g_autoptr(GHashTable) taken = g_hash_table_new(g_str_hash, g_str_equal);
    /* The last number given to each derived id: thousands of labels may share one. */
    g_autoptr(GHashTable) numbers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < set->classes->len; i++) {
        CwClassDraft *draft = g_ptr_array_index(set->classes, i);
        if (draft->id && !g_hash_table_add(taken, draft->id))
            return cw_prompt_fail(error, file, draft->line,
                                  "id '%s' is already another class's: choose another", draft->id);
    }
    for (guint i = 0; i < set->classes->len; i++) {
        CwClassDraft *draft = g_ptr_array_index(set->classes, i);
        if (draft->id)
            continue;
        g_autofree char *derived = derive_id(draft->label);
        draft->id = g_strdup(derived);
        guint n = MAX(GPOINTER_TO_UINT(g_hash_table_lookup(numbers, derived)), 1);
        while (g_hash_table_contains(taken, draft->id)) {
            g_free(draft->id);
            draft->id = g_strdup_printf("%s-%u", derived, ++n);
        }
        g_hash_table_add(taken, draft->id);
        g_hash_table_insert(numbers, g_steal_pointer(&derived), GUINT_TO_POINTER(n));
    }
    return TRUE;
}
