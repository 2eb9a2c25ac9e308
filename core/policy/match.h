/* Word lists, and which of their entries a text holds however it is spelt. */
#pragma once

#include <clipwatch/error.h>

#define CW_MATCH_MAX_LISTS       64
#define CW_MATCH_MAX_ENTRIES     10000 /* of one list */
#define CW_MATCH_MAX_ENTRY_BYTES 128
#define CW_MATCH_MAX_PARTS       8 /* words of an entry */

/* Lists with their entries. Filled, then immutable and thread-safe. */
typedef struct _CwMatcher CwMatcher;

CwMatcher *cw_matcher_new(void);
void cw_matcher_free(CwMatcher *matcher);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwMatcher, cw_matcher_free)

/* The index of the list of that name; -1: there is none. Its name. */
int cw_matcher_find_list(const CwMatcher *matcher, const char *name);
const char *cw_matcher_list_name(const CwMatcher *matcher, guint list);

typedef enum {
    CW_LIST_LIKENESS = 0, /* misspelt words are found too */
    CW_LIST_EXACT,        /* they are not: words like many others, which only say who is meant */
    CW_LIST_EXEMPT,       /* its words are never taken for misspelt others, and what its phrases
                           * cover no other list sees */
} CwListKind;

/* A new list, fewer than CW_MATCH_MAX_LISTS; its index. */
guint cw_matcher_add_list(CwMatcher *matcher, const char *name, CwListKind kind);

/* "drug dealer", "terroris*", "*dieb", "black ~ @person": words in a row; '~' is up to two words
 * in between, @LIST any one-word entry of a list that is there already. Plurals are those of the
 * language: "en", "de", "es"; others have none. CW_ERROR_FORMAT or CW_ERROR_LIMIT without place. */
gboolean cw_matcher_add(CwMatcher *matcher, guint list, const char *entry, const char *language,
                        GError **error);

/* What was found of one list. */
typedef struct {
    guint list;
    const char *entry; /* as its list has it; owned by the matcher */
    guint first, end;  /* words of the text */
    char *words;       /* those, as they were understood */
} CwMatch;

/* Texts are looked through one after the other; words are looked up once. Not thread-safe. */
typedef struct _CwMatching CwMatching;

CwMatching *cw_matching_new(const CwMatcher *matcher);
void cw_matching_free(CwMatching *matching);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwMatching, cw_matching_free)

/* All matches in the text, of CwMatch, by place; words of the text as folded are in *words where it
 * is not NULL. Both (transfer full). */
GPtrArray *cw_matching_find(CwMatching *matching, const char *text, GPtrArray **words);
