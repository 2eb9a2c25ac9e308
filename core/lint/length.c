#include "lint/lint.h"

#include <math.h>

/* What most models take; a text above it cannot be moved to them. */
#define COMMON_CONTEXT 77

/* The longest text of the class, in tokens with both ends; 0 after an error. */
static guint
measure_longest(const CwPromptClass *class, const CwTokenizer *tokenizer, GError **error)
{
    guint longest = 0;
    for (guint i = 0; i < class->n_texts; i++) {
        g_autoptr(GArray) ids = cw_tokenizer_encode(tokenizer, class->texts[i], error);
        if (!ids)
            return 0;
        longest = MAX(longest, ids->len + 2);
    }
    return longest;
}

gboolean
cw_lint_length(CwLint *lint, const CwPromptSet *set, const CwModel *model, GError **error)
{
    const CwModelInfo *info = cw_model_get_info(model);
    const CwTokenizer *tokenizer = cw_model_get_tokenizer(model, error);
    if (!tokenizer)
        return FALSE;
    for (guint c = 0; c < set->n_classes; c++) {
        const CwPromptClass *class = &set->classes[c];
        g_autoptr(GError) fault = NULL;
        const guint n_tokens = measure_longest(class, tokenizer, &fault);
        if (fault)
            cw_lint_add(lint, CW_SEVERITY_REFUSAL, "unreadable-text", set, class, NULL, NAN,
                        "write plain words", "%s", fault->message);
        else if (n_tokens > info->context_length)
            cw_lint_add(lint, CW_SEVERITY_REFUSAL, "cut-text", set, class, NULL, n_tokens,
                        "say it in fewer words, or as several phrasings apart by '|'",
                        "a text takes %u tokens and %s reads %u: the rest would be cut", n_tokens,
                        info->name, info->context_length);
        else if (n_tokens > COMMON_CONTEXT)
            cw_lint_add(lint, CW_SEVERITY_NOTE, "cut-text", set, class, NULL, n_tokens,
                        "say it in fewer words, or as several phrasings apart by '|'",
                        "a text takes %u tokens: most models read %d", n_tokens, COMMON_CONTEXT);
    }
    return TRUE;
}
