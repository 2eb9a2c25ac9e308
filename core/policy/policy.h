/* A policy as its file says it. */
#pragma once

#include "policy/match.h"

#include <clipwatch/guard.h>

#define CW_POLICY_SCHEMA         "clipwatch-policy/1"
#define CW_POLICY_MAX_FILE_BYTES (1024 * 1024)
#define CW_POLICY_MAX_RULES      256

typedef enum {
    CW_CHECK_FORBIDDEN = 0,   /* no text holds an entry of the lists */
    CW_CHECK_HIDDEN,          /* no text holds characters that do not show */
    CW_CHECK_NAMES,           /* no text names a person, an address or a number plate */
    CW_CHECK_COUNTER_CLASSES, /* beside a class of `of` stand classes of each of the lists */
    CW_CHECK_THRESHOLD,       /* a class of `of` has a threshold, and no lower one */
    CW_CHECK_BALANCE,         /* classes of `of` are not most of a set, nor is the set tiny */
    CW_CHECK_FINE_GRAINED,    /* no two classes differ in one small thing alone */
    /* Of each decision, in the order in which they are held: */
    CW_CHECK_SUPPRESS,   /* classes of `of` are never told */
    CW_CHECK_VETO,       /* one is not told that a class of `lists` comes near */
    CW_CHECK_FLOOR,      /* nor below a probability */
    CW_CHECK_MARGIN,     /* nor where another class is nearly as good */
    CW_CHECK_BACKGROUND, /* nor where it may be none of the classes */
    CW_CHECK_EVIDENCE,   /* nor before it was seen several times */
    CW_CHECK_CLASS,      /* how classes of `of` are told */
} CwPolicyCheck;

#define CW_CHECK_FIRST_OF_DECISIONS CW_CHECK_SUPPRESS
#define CW_N_CHECKS                 (CW_CHECK_CLASS + 1)

/* Most decisions that CW_CHECK_EVIDENCE looks back on. */
#define CW_POLICY_MAX_WINDOW 64

typedef struct {
    CwPolicyCheck check;
    char *id, *why, *source;
    CwPolicyAction action; /* of a check at load */
    CwAction done;         /* of one of decisions */
    guint64 lists;         /* bits */
    guint64 of;            /* bits; 0: none named, which of decisions means all classes */
    guint64 beside;        /* only where a class of the set is of these; 0: always */
    guint64 to;            /* CLASS: told as a class of these */
    gboolean background;   /* COUNTER_CLASSES, VETO: and the background is one of them */
    gint64 least_ppm;      /* THRESHOLD: a lower one is warned of; FLOOR */
    gint64 refuse_ppm;     /* and one below this refused */
    gint64 least_classes;  /* BALANCE */
    gint64 most_ppm;       /* BALANCE, BACKGROUND */
    gint64 logit_ppm;      /* VETO, MARGIN: how near is near, in millionths of a logit */
    gint64 least, window;  /* EVIDENCE: so many of the last decisions */
    gint64 gap_ms;         /* longest time between two of them */
} CwPolicyRule;

/* What a list consists of; its index is that of the matcher. */
typedef struct {
    CwListKind kind;
    GPtrArray *files; /* of "LANGUAGE SHA-256" */
} CwPolicyList;

struct _CwPolicy {
    gatomicrefcount references;
    CwPolicyInfo info;
    CwMonitorConfig monitor;
    char *id, *file, *digest;
    CwMatcher *matcher;
    GArray *lists; /* of CwPolicyList */
    GArray *rules; /* of CwPolicyRule */
};

/* What the words of one class were found to be. */
typedef struct {
    guint64 lists;      /* that it holds entries of */
    guint64 meant;      /* the same without those that a text says are not there */
    GPtrArray *matches; /* of CwMatch, the first of each list */
    GPtrArray *owners;  /* of GPtrArray *, that hold them */
    char *name;         /* what names a person in it; NULL: nothing */
    gunichar hidden;    /* a character that does not show; 0: none */
} CwPolicyClass;

/* [n_classes] of the set, (transfer full). */
CwPolicyClass *cw_policy_classes_new(const CwPolicy *policy, const CwPromptSet *set);
void cw_policy_classes_free(CwPolicyClass *classes, guint n_classes);

/* Whether the rule, of decisions, speaks of the class of that index. */
gboolean cw_policy_rule_concerns(const CwPolicyRule *rule, const CwPolicyClass *classes,
                                 guint n_classes, guint class_index);

/* The first class that a rule of `to` has the others told as; -1: none. */
int cw_policy_rule_find_target(const CwPolicyRule *rule, const CwPolicyClass *classes,
                               guint n_classes);

/* "forbidden" and the like, as files have it; static. */
const char *cw_policy_check_name(CwPolicyCheck check);

/* Reads a policy's text; its lists lie in directory. file stands for it in messages. */
CwPolicy *cw_policy_parse(const char *text, gsize length, const char *file, const char *directory,
                          GError **error);

/* What in the text names a person or tells one apart: a name, a title with a name, an e-mail
 * address, a number plate; as a phrase for messages. (transfer full); NULL: nothing. */
char *cw_policy_find_name(const char *text);
