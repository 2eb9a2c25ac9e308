#include "lint/words.h"

#include <string.h>

/* Words that change nothing of what is to be seen. */
static const char *const fillers[] = {"a",  "an", "and", "are", "at",   "by",   "from", "in",
                                      "is", "of", "on",  "the", "some", "that", "with", NULL};

static void
append_word(GPtrArray *words, GString *word)
{
    if (word->len == 0)
        return;
    if (word->len > 3 && word->str[word->len - 1] == 's' && word->str[word->len - 2] != 's')
        g_string_truncate(word, word->len - 1);
    g_ptr_array_add(words, g_strdup(word->str));
    g_string_truncate(word, 0);
}

GPtrArray *
cw_words_split(const char *text)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) word = g_string_new(NULL);
    for (const char *at = text; *at; at = g_utf8_next_char(at)) {
        const gunichar character = g_utf8_get_char(at);
        if (g_unichar_isalnum(character) || g_unichar_ismark(character))
            g_string_append_unichar(word, g_unichar_tolower(character));
        else
            append_word(words, word);
    }
    append_word(words, word);
    return words;
}

gboolean
cw_words_contain(const char *const *list, const char *word)
{
    for (; *list; list++)
        if (strcmp(*list, word) == 0)
            return TRUE;
    return FALSE;
}

static int
compare_words(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char *
cw_words_make_key(const GPtrArray *words, const char *const *without)
{
    g_autoptr(GPtrArray) kept = g_ptr_array_new();
    for (guint i = 0; i < words->len; i++)
        if (!cw_words_contain(fillers, words->pdata[i]) &&
            !cw_words_contain(without, words->pdata[i]))
            g_ptr_array_add(kept, words->pdata[i]);
    g_ptr_array_sort(kept, compare_words);
    GString *key = g_string_new(NULL);
    for (guint i = 0; i < kept->len; i++)
        if (i == 0 || strcmp(kept->pdata[i], kept->pdata[i - 1]) != 0)
            g_string_append_printf(key, "%s%s", key->len > 0 ? " " : "", (char *)kept->pdata[i]);
    return g_string_free(key, FALSE);
}
