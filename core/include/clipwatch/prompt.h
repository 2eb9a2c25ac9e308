/* Prompt sets: what to look for, in words. The file format is described in docs/PROMPTS.md. */
#pragma once

#include <clipwatch/error.h>

G_BEGIN_DECLS

typedef enum {
    CW_SCORING_EXCLUSIVE = 0, /* one of the classes holds: softmax over the set */
    CW_SCORING_INDEPENDENT,   /* each class stands for itself */
} CwScoring;

typedef enum {
    CW_THRESHOLD_NONE = 0,
    CW_THRESHOLD_PROBABILITY, /* within an exclusive set; or the sigmoid of a pairwise model */
    CW_THRESHOLD_COSINE,
    CW_THRESHOLD_BY_SCORING, /* for defaults only: probability in an exclusive set, else cosine */
    CW_THRESHOLD_Z,          /* these two need a calibration (clipwatch/calibration.h) */
    CW_THRESHOLD_CALIBRATED,
} CwThresholdKind;

typedef struct {
    CwThresholdKind kind;
    double value;
} CwThreshold;

/* When a class is told to begin and to end (clipwatch/episode.h). */
typedef struct {
    CwThresholdKind
        kind;           /* what enter and leave are measured in; NONE: the class has no episodes */
    double enter;       /* least score that is evidence for it; NAN: its threshold */
    double leave;       /* least score that keeps it going, at most enter; NAN: a little less */
    gint64 dwell_ns;    /* how long it must hold before it is told */
    gint64 cooldown_ns; /* how long after its end it is not told again */
    gint64 gap_ns;      /* longest time between two decisions that it outlives */
    guint evidence;     /* k: so many of the last n decisions must agree */
    guint window;       /* n, 1 to CW_EPISODE_MAX_WINDOW */
} CwEpisodeRule;

#define CW_EPISODE_MAX_WINDOW 64

typedef struct {
    const char *label;  /* as written in the file */
    const char *id;     /* short and stable: lower case, digits and '-'; unique in its set */
    const char **texts; /* every phrasing in every template, ready for the tokenizer */
    guint n_texts;
    CwThreshold threshold;  /* kind NONE where the file names none */
    CwEpisodeRule episode;  /* with what the file leaves open still open */
    gboolean background;    /* stands for "none of these": is never emitted */
    guint line;             /* where the file says so, from 1 */
    const char **phrasings; /* as written, before templates */
    guint n_phrasings;
} CwPromptClass;

typedef struct {
    const char *name; /* "@set NAME", or the file's name without directory and ending */
    const char *file; /* where it was read from, for messages; a named set by its full path */
    CwScoring scoring;
    const CwPromptClass *classes;
    guint n_classes;
    const char *digest; /* SHA-256 over all that decides scores, verdicts and episodes, 64 hex
                         * digits */
    const char *template_digest; /* over the templates alone */
    const char *text_digest; /* over scoring, ids, background and texts: thresholds may change */
} CwPromptSet;

/* One or more prompt sets. Immutable, shared by reference, thread-safe. */
typedef struct _CwPrompts CwPrompts;

/* Reads comma-separated files, each a path or the name of an installed set ("scene",
 * "parking.txt"). Bounded: 1 MiB a file, 10,000 classes, 1,000 texts a class. Errors give file,
 * line, what and the remedy. */
CW_API CwPrompts *cw_prompts_load(const char *files, GError **error);

/* The same from memory; name stands for the file in messages and for the set where none is named.
 */
CW_API CwPrompts *cw_prompts_parse(const char *text, gssize length, const char *name,
                                   GError **error);
CW_API CwPrompts *cw_prompts_ref(CwPrompts *prompts);
CW_API void cw_prompts_unref(CwPrompts *prompts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwPrompts, cw_prompts_unref)

/* Prompt files that are looked at again and again, by one thread for all of the process, and read
 * anew when they have changed and then rested for a while: what an editor is still writing is not
 * read, and it does not matter whether it writes in place or puts a new file there. */
typedef struct _CwPromptsWatch CwPromptsWatch;

/* Told of files that were read anew, or of why they could not be (prompts is NULL then); both are
 * valid until the call returns. Called under no lock, one call at a time for all watches; it must
 * not free its own watch. */
typedef void (*CwPromptsChangedFunc)(CwPrompts *prompts, const GError *error, gpointer user_data);

/* files: as for cw_prompts_load(), to be called afterwards: what changes from now on is told. */
CW_API CwPromptsWatch *cw_prompts_watch_new(const char *files, CwPromptsChangedFunc changed,
                                            gpointer user_data, GError **error);

/* Waits for a call under way; afterwards none is made. */
CW_API void cw_prompts_watch_free(CwPromptsWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwPromptsWatch, cw_prompts_watch_free)

CW_API guint cw_prompts_get_n_sets(const CwPrompts *prompts);
CW_API const CwPromptSet *cw_prompts_get_set(const CwPrompts *prompts, guint i);

G_END_DECLS
