/* A prompt set while it is read: what the lines said, before templates are filled in. */
#pragma once

#include <clipwatch/prompt.h>

/* Bounds on prompt files, which come from outside. */
#define CW_PROMPT_MAX_FILE_BYTES (1024 * 1024)
#define CW_PROMPT_MAX_LINE_BYTES 8192
#define CW_PROMPT_MAX_NAME_BYTES 256 /* of a label or set name: events carry them */
#define CW_PROMPT_MAX_CLASSES    10000
#define CW_PROMPT_MAX_TEXTS      1000               /* of one class: phrasings times templates */
#define CW_PROMPT_MAX_TEXT_BYTES (64 * 1024 * 1024) /* of all texts that are loaded together */
#define CW_PROMPT_MAX_SETS       64

/* What stands where a template takes a phrasing. */
#define CW_TEMPLATE_SLOT "{}"

/* The template of a set that names none. */
#define CW_TEMPLATE_DEFAULT "a photo of {}."

typedef struct {
    char *label;
    char *id;             /* NULL until derived from the label */
    GPtrArray *phrasings; /* of char * */
    CwThreshold threshold;
    CwEpisodeRule episode;
    gboolean background;
    guint line;
} CwClassDraft;

typedef struct {
    char *name;
    CwScoring scoring;
    GPtrArray *templates; /* of char * */
    GPtrArray *classes;   /* of CwClassDraft */
    guint line;           /* of its @set, or 1 */
} CwSetDraft;

CwSetDraft *cw_set_draft_new(const char *name, guint line);
void cw_set_draft_free(CwSetDraft *draft);
CwClassDraft *cw_class_draft_new(guint line);
void cw_class_draft_free(CwClassDraft *draft);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwSetDraft, cw_set_draft_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwClassDraft, cw_class_draft_free)

/* Reads one file's text into drafts: appends CwSetDraft to sets. name stands for the file in
 * messages. */
gboolean cw_prompt_read(const char *text, gsize length, const char *name, GPtrArray *sets,
                        GError **error);

/* "file:line: message", with CW_ERROR_FORMAT. Always FALSE, to be returned. */
gboolean cw_prompt_fail(GError **error, const char *file, guint line, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

/* The same with CW_ERROR_LIMIT. */
gboolean cw_prompt_fail_limit(GError **error, const char *file, guint line, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

/* Reads "[threshold=0.6, background]", without the brackets, into a class. */
gboolean cw_prompt_read_attributes(const char *text, CwScoring scoring, CwClassDraft *draft,
                                   const char *file, GError **error);

/* Gives every class of the set an id of its own. */
gboolean cw_prompt_assign_ids(CwSetDraft *set, const char *file, GError **error);

/* Appends the templates of an installed set ("imagenet-7") to templates; file and line say who
 * asked for it. */
gboolean cw_prompt_load_templates(const char *name, GPtrArray *templates, const char *file,
                                  guint line, GError **error);

/* Checks one template and appends it. */
gboolean cw_prompt_add_template(const char *template, GPtrArray *templates, const char *file,
                                guint line, GError **error);
