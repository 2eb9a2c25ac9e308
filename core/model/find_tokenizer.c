#include "model/model.h"

#include "base/dirs.h"

/* The size of the vocabulary of OpenAI's release, which most publishers took over. */
#define CLIP_VOCABULARY 49408

static CwTokenizer *
open_clip_vocabulary(GError **error)
{
    g_autofree char *path =
        cw_dirs_find("models/tokenizer/bpe_simple_vocab_16e6.txt.gz", "vocabulary", error);
    return path ? cw_tokenizer_open(path, error) : NULL;
}

static CwTokenizer *
open_tokenizer(const char *directory, guint vocabulary, GError **error)
{
    g_autoptr(GError) own_error = NULL;
    if (directory) {
        CwTokenizer *own = cw_tokenizer_open(directory, &own_error);
        if (own)
            return own;
        if (!g_error_matches(own_error, CW_ERROR, CW_ERROR_NOT_FOUND)) {
            g_propagate_error(error, g_steal_pointer(&own_error));
            return NULL;
        }
    }
    if (vocabulary == CLIP_VOCABULARY)
        return open_clip_vocabulary(error);
    g_set_error(error, CW_ERROR, CW_ERROR_UNSUPPORTED,
                "the checkpoint brings no tokenizer files, and its vocabulary of %u tokens is not "
                "CLIP's own of %u; put tokenizer.json, or vocab.json and merges.txt, beside it",
                vocabulary, CLIP_VOCABULARY);
    return NULL;
}

static gboolean
check_end_token(const CwTokenizer *tokenizer, const CwTextConfig *text, GError **error)
{
    gint32 end = cw_tokenizer_get_end_id(tokenizer);
    gint32 wanted = end;
    if (text->pool == CW_TEXT_POOL_EOS)
        wanted = text->eos_id;
    else if (text->pool == CW_TEXT_POOL_ARGMAX)
        wanted = (gint32)text->vocabulary - 1;
    if (end == wanted)
        return TRUE;
    g_set_error(error, CW_ERROR, CW_ERROR_MISMATCH,
                "the tokenizer ends a text with id %d, but the text tower reads at id %d", end,
                wanted);
    return FALSE;
}

CwTokenizer *
cw_model_find_tokenizer(CwCheckpoint *checkpoint, GError **error)
{
    const CwTextConfig *text = &cw_checkpoint_get_config(checkpoint)->text;
    g_autoptr(CwTokenizer) tokenizer =
        open_tokenizer(cw_checkpoint_get_directory(checkpoint), text->vocabulary, error);
    if (!tokenizer)
        return NULL;
    guint n_tokens = cw_tokenizer_get_n_tokens(tokenizer);
    if (n_tokens != text->vocabulary) {
        g_set_error(error, CW_ERROR, CW_ERROR_MISMATCH,
                    "the tokenizer has %u tokens, but the text tower a vocabulary of %u", n_tokens,
                    text->vocabulary);
        return NULL;
    }
    return check_end_token(tokenizer, text, error) ? g_steal_pointer(&tokenizer) : NULL;
}
