/* Policies: what may be asked of a picture of people, and what may be told of the answer. The file
 * format, its threat model and its limits are described in docs/POLICIES.md. */
#pragma once

#include <clipwatch/prompt.h>

G_BEGIN_DECLS

typedef enum {
    CW_POLICY_ENFORCE = 0, /* what a rule refuses is not used */
    CW_POLICY_AUDIT,       /* what a rule would refuse is warned of and used */
} CwPolicyMode;

/* What a rule asks for at load, mildest first. */
typedef enum {
    CW_POLICY_ACCEPT = 0,
    CW_POLICY_WARN,
    CW_POLICY_REFUSE,
} CwPolicyAction;

/* What becomes of a class that a decision would tell, mildest first. */
typedef enum {
    CW_ACTION_EMIT = 0,   /* it is told, and which rule was asked */
    CW_ACTION_AUDIT_ONLY, /* the same, and the audit log has a record of it */
    CW_ACTION_REVIEW,     /* it is told for a person to look at, and is not chosen */
    CW_ACTION_REDACT,     /* it is told without a figure */
    CW_ACTION_GENERALISE, /* another class of the set is told in its place */
    CW_ACTION_SUPPRESS,   /* it is not told */
} CwAction;

/* A policy file with its word lists. Immutable, shared by reference, thread-safe. */
typedef struct _CwPolicy CwPolicy;

/* What is compared with its own past, and how (clipwatch/monitor.h). */
typedef struct {
    gint64 window_s;        /* how much is compared at once: a part of a day */
    gint64 least_decisions; /* fewer in a window, or in what is usual, say nothing */
    gint64 least_windows;   /* days that make what is usual */
    gint64 ratio_ppm;       /* so many times as often, or as seldom, matters */
    gint64 z_ppm;           /* half the width of the intervals, in standard deviations */
} CwMonitorConfig;

typedef struct {
    const char *id;     /* as the file names itself: "strict/1" */
    const char *file;   /* where it was read from */
    const char *digest; /* SHA-256 of the file, which holds those of its lists; 64 hex digits */
    CwPolicyMode mode;
    const CwMonitorConfig *monitor; /* NULL: rates are not followed */
} CwPolicyInfo;

/* One thing that a rule says of a prompt set. */
typedef struct {
    const char *file, *set, *label; /* of the prompts; label NULL: the set as a whole */
    guint line;                     /* of the class, or of the set's first class */
    const char *rule;               /* "S-CRIME" */
    const char *check;              /* what kind of rule it is: "forbidden" */
    char *reason;                   /* what was found where, why it matters, what would be right */
    const char *source;             /* on what evidence the rule stands; may be NULL */
    CwPolicyAction action;
} CwPolicyFinding;

/* All findings on some prompts, in the order of their lines. Borrows from both. */
typedef struct {
    CwPolicyFinding *findings; /* [n_findings] */
    guint n_findings;
    CwPolicyAction action; /* the strictest of them; ACCEPT without any */
    CwPolicy *policy;
    CwPrompts *prompts;
} CwPolicyReport;

/* The name that stands for no policy at all; cw_policy_load() does not take it. */
#define CW_POLICY_OFF "off"

/* Reads a policy: a path, or the name of an installed one ("strict"). Its lists lie beside it. An
 * unknown key, a list whose SHA-256 differs and a rule that names no list are errors that give file
 * and path. Bounded: 1 MiB a file, 64 lists, 256 rules, 10,000 entries a list. */
CW_API CwPolicy *cw_policy_load(const char *policy, GError **error);
CW_API CwPolicy *cw_policy_ref(CwPolicy *policy);
CW_API void cw_policy_unref(CwPolicy *policy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwPolicy, cw_policy_unref)

CW_API const CwPolicyInfo *cw_policy_get_info(const CwPolicy *policy);

/* Whether whatever `than` holds back `policy` holds back too, by its rules alone: each rule of
 * `than` is there under its id with the same check, speaks of no fewer lists, which have all of
 * their files, asks for no less, and no more is exempt. NULL stands for no policy at all, which is
 * looser than any. CW_ERROR_REFUSED says what is looser. */
CW_API gboolean cw_policy_is_tighter(const CwPolicy *policy, const CwPolicy *than, GError **error);

/* "enforce", "audit"; static. */
CW_API const char *cw_policy_mode_name(CwPolicyMode mode);

/* "emit", "audit_only", "review", "redact", "generalise", "suppress", as files have it; static. */
CW_API const char *cw_action_name(CwAction action);

/* "accept", "warn", "refuse"; static. */
CW_API const char *cw_policy_action_name(CwPolicyAction action);

/* Holds every class of every set against the policy. In mode AUDIT nothing is refused: such
 * findings are warnings. Deterministic, without a model. (transfer full) */
CW_API CwPolicyReport *cw_policy_check(CwPolicy *policy, CwPrompts *prompts);
CW_API void cw_policy_report_free(CwPolicyReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwPolicyReport, cw_policy_report_free)

/* The same for those who only want to go on: FALSE with CW_ERROR_REFUSED and the first refusal
 * ("file:line: rule S-CRIME of strict/1 refuses …"), and how many more there are. */
CW_API gboolean cw_policy_admit(CwPolicy *policy, CwPrompts *prompts, GError **error);

G_END_DECLS
