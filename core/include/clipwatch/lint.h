/* What is doubtful about prompts before they are used: docs/PROMPTS.md lists the rules. */
#pragma once

#include <clipwatch/classify.h>
#include <clipwatch/policy.h>

G_BEGIN_DECLS

typedef enum {
    CW_SEVERITY_NOTE = 0, /* works, and could be better */
    CW_SEVERITY_WARNING,  /* its answers cannot be relied on */
    CW_SEVERITY_REFUSAL,  /* may not, or cannot, be used */
} CwSeverity;

typedef struct {
    CwSeverity severity;
    const char *rule; /* "near-duplicate", "cut-text" …; static */
    const char *file; /* these three as the prompts have them */
    const char *set;
    const char *label;       /* NULL: the set as a whole */
    guint line;              /* of the class, or of the set's first */
    const char *other_label; /* the other class of a pair, or NULL */
    guint other_line;
    double figure;          /* what was counted or measured, in words in the reason; NAN: nothing */
    char *reason;           /* what is doubtful, and why */
    const char *suggestion; /* what would be right; static */
} CwFinding;

/* The findings on some prompts, in the order in which they were made; holds a reference to the
 * prompts. */
typedef struct _CwLint CwLint;

/* Holds every class of every set against the rules of wording, and every text against the context
 * of the model (NULL: its length is not looked at). The time is linear in the texts, and no
 * text is encoded. CW_ERROR_UNSUPPORTED for a model whose tokenizer is not supported. */
CW_API CwLint *cw_lint_new(CwPrompts *prompts, const CwModel *model, GError **error);
CW_API void cw_lint_free(CwLint *lint);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwLint, cw_lint_free)

/* Adds what the policy says of the prompts; in its mode AUDIT nothing is refused. */
CW_API void cw_lint_add_policy(CwLint *lint, CwPolicy *policy);

CW_API guint cw_lint_get_n_findings(const CwLint *lint);
CW_API const CwFinding *cw_lint_get_finding(const CwLint *lint, guint i);

/* Whether the prompts may be used: nothing is refused. */
CW_API gboolean cw_lint_allows(const CwLint *lint);

/* "note", "warning", "refusal"; static. */
CW_API const char *cw_severity_to_string(CwSeverity severity);

G_END_DECLS
