#include "prompt/set.h"

#include "prompt/episode_rule.h"

CwSetDraft *
cw_set_draft_new(const char *name, guint line)
{
    CwSetDraft *draft = g_new0(CwSetDraft, 1);
    draft->name = g_strdup(name);
    draft->templates = g_ptr_array_new_with_free_func(g_free);
    draft->classes = g_ptr_array_new_with_free_func((GDestroyNotify)cw_class_draft_free);
    draft->line = line;
    return draft;
}

void
cw_set_draft_free(CwSetDraft *draft)
{
    g_free(draft->name);
    g_ptr_array_unref(draft->templates);
    g_ptr_array_unref(draft->classes);
    g_free(draft);
}

CwClassDraft *
cw_class_draft_new(guint line)
{
    CwClassDraft *draft = g_new0(CwClassDraft, 1);
    draft->phrasings = g_ptr_array_new_with_free_func(g_free);
    draft->line = line;
    draft->episode = cw_episode_rule_default();
    return draft;
}

void
cw_class_draft_free(CwClassDraft *draft)
{
    g_free(draft->label);
    g_free(draft->id);
    g_ptr_array_unref(draft->phrasings);
    g_free(draft);
}

static void G_GNUC_PRINTF(5, 0) set_error_at(GError **error, CwErrorCode code, const char *file,
                                             guint line, const char *format, va_list arguments)
{
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    g_set_error(error, CW_ERROR, (int)code, "%s:%u: %s", file, line, message);
}

gboolean
cw_prompt_fail(GError **error, const char *file, guint line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    set_error_at(error, CW_ERROR_FORMAT, file, line, format, arguments);
    va_end(arguments);
    return FALSE;
}

gboolean
cw_prompt_fail_limit(GError **error, const char *file, guint line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    set_error_at(error, CW_ERROR_LIMIT, file, line, format, arguments);
    va_end(arguments);
    return FALSE;
}
