/* A policy as its file says it. */
#pragma once

#include "policy/match.h"

#include <clipwatch/policy.h>

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
} CwPolicyCheck;

typedef struct {
    CwPolicyCheck check;
    char *id, *why, *source;
    CwPolicyAction action;
    guint64 lists;       /* bits */
    guint64 of;          /* bits; 0: none named */
    guint64 beside;      /* FORBIDDEN: only where another class of the set is of these; 0: always */
    gboolean background; /* COUNTER_CLASSES: and one is the background */
    gint64 least_ppm;    /* THRESHOLD: a lower one is warned of */
    gint64 refuse_ppm;   /* and one below this refused */
    gint64 least_classes; /* BALANCE */
    gint64 most_ppm;
} CwPolicyRule;

/* What a list consists of; its index is that of the matcher. */
typedef struct {
    CwListKind kind;
    GPtrArray *files; /* of "LANGUAGE SHA-256" */
} CwPolicyList;

struct _CwPolicy {
    gatomicrefcount references;
    CwPolicyInfo info;
    char *id, *file, *digest;
    CwMatcher *matcher;
    GArray *lists; /* of CwPolicyList */
    GArray *rules; /* of CwPolicyRule */
};

/* "forbidden" and the like, as files have it; static. */
const char *cw_policy_check_name(CwPolicyCheck check);

/* Reads a policy's text; its lists lie in directory. file stands for it in messages. */
CwPolicy *cw_policy_parse(const char *text, gsize length, const char *file, const char *directory,
                          GError **error);

/* What in the text names a person or tells one apart: a name, a title with a name, an e-mail
 * address, a number plate; as a phrase for messages. (transfer full); NULL: nothing. */
char *cw_policy_find_name(const char *text);
