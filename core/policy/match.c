#include "policy/match.h"

#include "policy/fold.h"
#include "policy/forms.h"

#include <string.h>

/* Words shorter than this are too like others to be found by likeness; from LONG on two slips are
 * forgiven. */
#define LEAST_LIKE 6
#define LONG       10

/* Words between the parts of an entry where it has '~'. */
#define MAX_GAP 2

/* Entries that are matched by their beginning or ending. */
typedef struct {
    char *text;
    gboolean at_end;
    guint item;
} Affix;

typedef struct {
    guint part; /* an item, or a list where is_list */
    guint gap;  /* words that may lie before it */
    gboolean is_list;
} Part;

typedef struct {
    char *entry;
    guint list, n_parts;
    Part parts[CW_MATCH_MAX_PARTS];
} Pattern;

typedef struct {
    char *name;
    CwListKind kind;
    guint n_entries;
} List;

struct _CwMatcher {
    GArray *lists;        /* of List */
    GHashTable *items;    /* "language:word" -> item + 1 */
    guint64 exact;        /* lists that are not matched by likeness */
    GArray *item_lists;   /* [item] guint64: the lists that have it as an entry of one word */
    GPtrArray *starts;    /* [item] GArray of Pattern *: that begin with it */
    GPtrArray *patterns;  /* of Pattern */
    GPtrArray *floating;  /* of Pattern: that begin with any word of a list */
    GHashTable *forms;    /* form -> GArray of items */
    GHashTable *squeezed; /* the same of squeezed forms */
    GHashTable *ordinary; /* forms that are never taken for another word */
    GArray *affixes;      /* of Affix */
};

static void
clear_list(gpointer list)
{
    g_free(((List *)list)->name);
}

static void
clear_affix(gpointer affix)
{
    g_free(((Affix *)affix)->text);
}

static void
free_pattern(gpointer pattern)
{
    g_free(((Pattern *)pattern)->entry);
    g_free(pattern);
}

CwMatcher *
cw_matcher_new(void)
{
    CwMatcher *matcher = g_new0(CwMatcher, 1);
    matcher->lists = g_array_new(FALSE, TRUE, sizeof(List));
    g_array_set_clear_func(matcher->lists, clear_list);
    matcher->items = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    matcher->item_lists = g_array_new(FALSE, TRUE, sizeof(guint64));
    matcher->starts = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    matcher->patterns = g_ptr_array_new_with_free_func(free_pattern);
    matcher->floating = g_ptr_array_new();
    matcher->forms =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
    matcher->squeezed =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
    matcher->ordinary = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    matcher->affixes = g_array_new(FALSE, TRUE, sizeof(Affix));
    g_array_set_clear_func(matcher->affixes, clear_affix);
    return matcher;
}

void
cw_matcher_free(CwMatcher *matcher)
{
    if (!matcher)
        return;
    g_array_unref(matcher->lists);
    g_hash_table_unref(matcher->items);
    g_array_unref(matcher->item_lists);
    g_ptr_array_unref(matcher->starts);
    g_ptr_array_unref(matcher->floating);
    g_ptr_array_unref(matcher->patterns);
    g_hash_table_unref(matcher->forms);
    g_hash_table_unref(matcher->squeezed);
    g_hash_table_unref(matcher->ordinary);
    g_array_unref(matcher->affixes);
    g_free(matcher);
}

int
cw_matcher_find_list(const CwMatcher *matcher, const char *name)
{
    for (guint i = 0; i < matcher->lists->len; i++)
        if (g_str_equal(cw_matcher_list_name(matcher, i), name))
            return (int)i;
    return -1;
}

const char *
cw_matcher_list_name(const CwMatcher *matcher, guint list)
{
    return g_array_index(matcher->lists, List, list).name;
}

guint
cw_matcher_add_list(CwMatcher *matcher, const char *name, CwListKind kind)
{
    const List list = {g_strdup(name), kind, 0};
    g_assert(matcher->lists->len < CW_MATCH_MAX_LISTS);
    g_array_append_val(matcher->lists, list);
    if (kind == CW_LIST_EXACT)
        matcher->exact |= G_GUINT64_CONSTANT(1) << (matcher->lists->len - 1);
    return matcher->lists->len - 1;
}

static void
note_form(GHashTable *table, const char *form, guint item)
{
    GArray *items = g_hash_table_lookup(table, form);
    if (!items) {
        items = g_array_new(FALSE, FALSE, sizeof(guint));
        g_hash_table_insert(table, g_strdup(form), items);
    }
    for (guint i = 0; i < items->len; i++)
        if (g_array_index(items, guint, i) == item)
            return;
    g_array_append_val(items, item);
}

typedef struct {
    CwMatcher *matcher;
    guint item;
} NewForm;

static void
add_form(const char *form, gpointer user_data)
{
    const NewForm *new = user_data;
    g_autofree char *skeleton = cw_fold_skeleton(form);
    g_autofree char *squeezed = cw_fold_squeeze(form);
    note_form(new->matcher->forms, form, new->item);
    note_form(new->matcher->forms, skeleton, new->item);
    note_form(new->matcher->squeezed, squeezed, new->item);
}

/* The item of a folded word or affix, made where it is new. */
static guint
intern_item(CwMatcher *matcher, const char *word, const char *language)
{
    const gsize length = strlen(word);
    g_autofree char *key = g_strconcat(language, ":", word, NULL);
    const gpointer known = g_hash_table_lookup(matcher->items, key);
    if (known)
        return GPOINTER_TO_UINT(known) - 1;
    const guint item = matcher->item_lists->len;
    g_array_set_size(matcher->item_lists, item + 1);
    g_ptr_array_add(matcher->starts, g_ptr_array_new());
    g_hash_table_insert(matcher->items, g_steal_pointer(&key), GUINT_TO_POINTER(item + 1));
    if (word[0] == '*' || word[length - 1] == '*') {
        const gboolean at_end = word[0] == '*';
        const Affix affix = {at_end ? g_strdup(word + 1) : g_strndup(word, length - 1), at_end,
                             item};
        g_array_append_val(matcher->affixes, affix);
    } else {
        NewForm new = {matcher, item};
        cw_forms_add(word, language, add_form, &new);
    }
    return item;
}

static gboolean
fail(GError **error, int code, const char *entry, const char *what)
{
    g_set_error(error, CW_ERROR, code, "'%s' %s", entry, what);
    return FALSE;
}

static gboolean
is_affix_fit(const char *word)
{
    const char *star = strchr(word, '*');
    return !star ||
           (strlen(word) > 4 && !strchr(star + 1, '*') && (star == word || star[1] == '\0'));
}

/* Reads the entry's words into the pattern. */
static gboolean
read_parts(CwMatcher *matcher, Pattern *pattern, const char *entry, const char *language,
           GError **error)
{
    g_autofree char *folded = cw_fold(entry);
    g_auto(GStrv) words = g_strsplit(folded, " ", -1);
    guint gap = 0;
    for (char **word = words; *word; word++) {
        if (**word == '\0')
            continue;
        if (g_str_equal(*word, "~") && pattern->n_parts > 0) {
            gap = MAX_GAP;
            continue;
        }
        if (pattern->n_parts == CW_MATCH_MAX_PARTS)
            return fail(error, CW_ERROR_LIMIT, entry, "has more than 8 words");
        Part *part = &pattern->parts[pattern->n_parts++];
        *part = (Part){.gap = gap, .is_list = **word == '@'};
        gap = 0;
        if (!is_affix_fit(*word))
            return fail(error, CW_ERROR_FORMAT, entry,
                        "has a '*' that is not one end of a word of at least four letters");
        if (part->is_list) {
            const int list = cw_matcher_find_list(matcher, *word + 1);
            if (list < 0)
                return fail(error, CW_ERROR_FORMAT, entry,
                            "names a list that does not come before");
            part->part = (guint)list;
        } else {
            part->part = intern_item(matcher, *word, language);
        }
    }
    if (pattern->n_parts == 0 || gap > 0)
        return fail(error, CW_ERROR_FORMAT, entry, "ends where a word is missing");
    return TRUE;
}

static void
note_ordinary(const char *form, gpointer user_data)
{
    g_hash_table_add(user_data, g_strdup(form));
}

gboolean
cw_matcher_add(CwMatcher *matcher, guint list, const char *entry, const char *language,
               GError **error)
{
    List *into = &g_array_index(matcher->lists, List, list);
    if (strlen(entry) > CW_MATCH_MAX_ENTRY_BYTES)
        return fail(error, CW_ERROR_LIMIT, entry, "is longer than 128 bytes");
    if (++into->n_entries > CW_MATCH_MAX_ENTRIES)
        return fail(error, CW_ERROR_LIMIT, entry, "is one entry too many: at most 10000 in a list");
    if (into->kind == CW_LIST_EXEMPT && !strchr(entry, ' ')) {
        g_autofree char *folded = cw_fold(entry);
        cw_forms_add(folded, language, note_ordinary, matcher->ordinary);
        return TRUE;
    }
    Pattern *pattern = g_new0(Pattern, 1);
    pattern->entry = g_strdup(entry);
    pattern->list = list;
    g_ptr_array_add(matcher->patterns, pattern);
    if (!read_parts(matcher, pattern, entry, language, error))
        return FALSE;
    const Part *first = &pattern->parts[0];
    g_ptr_array_add(first->is_list ? matcher->floating : matcher->starts->pdata[first->part],
                    pattern);
    if (pattern->n_parts == 1 && !first->is_list)
        g_array_index(matcher->item_lists, guint64, first->part) |= G_GUINT64_CONSTANT(1) << list;
    return TRUE;
}

struct _CwMatching {
    const CwMatcher *matcher;
    GHashTable *known; /* word -> GArray of items */
};

/* A word of the text, or some that were pulled apart. */
typedef struct {
    const char *text; /* owned by words, or by joined */
    const GArray *items;
    guint64 lists; /* of which it is an entry */
    gboolean covered;
} Word;

CwMatching *
cw_matching_new(const CwMatcher *matcher)
{
    CwMatching *matching = g_new0(CwMatching, 1);
    matching->matcher = matcher;
    matching->known =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
    return matching;
}

void
cw_matching_free(CwMatching *matching)
{
    if (!matching)
        return;
    g_hash_table_unref(matching->known);
    g_free(matching);
}

static void
add_items(GArray *items, const GArray *more)
{
    if (more)
        g_array_append_vals(items, more->data, more->len);
}

static void
add_affixes(GArray *items, const CwMatcher *matcher, const char *form)
{
    for (guint i = 0; i < matcher->affixes->len; i++) {
        const Affix *affix = &g_array_index(matcher->affixes, Affix, i);
        if (affix->at_end ? g_str_has_suffix(form, affix->text)
                          : g_str_has_prefix(form, affix->text))
            g_array_append_val(items, affix->item);
    }
}

/* Whether any of the items is to be found by likeness: not where all its lists are exact. */
static gboolean
may_be_alike(const CwMatcher *matcher, const GArray *found)
{
    for (guint i = 0; i < found->len; i++) {
        const guint64 lists =
            g_array_index(matcher->item_lists, guint64, g_array_index(found, guint, i));
        if (lists == 0 || (lists & ~matcher->exact))
            return TRUE;
    }
    return FALSE;
}

/* Misspelt: a letter doubled, left out, put in or swapped. */
static void
add_alike(GArray *items, const CwMatcher *matcher, const char *form)
{
    g_autofree char *squeezed = cw_fold_squeeze(form);
    const gsize length = strlen(form);
    GHashTableIter iter;
    gpointer key, value;
    if (strlen(squeezed) < length)
        add_items(items, g_hash_table_lookup(matcher->squeezed, squeezed));
    if (items->len > 0 || length < LEAST_LIKE)
        return;
    g_hash_table_iter_init(&iter, matcher->forms);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        const char *listed = key;
        const guint most = MIN(strlen(listed), length) >= LONG ? 2 : 1;
        if (strlen(listed) >= LEAST_LIKE && listed[0] == form[0] && may_be_alike(matcher, value) &&
            cw_fold_distance(form, listed, most) <= most)
            add_items(items, value);
    }
}

/* The items that the word may stand for. */
static const GArray *
look_up(CwMatching *matching, const char *word)
{
    const CwMatcher *matcher = matching->matcher;
    GArray *items = g_hash_table_lookup(matching->known, word);
    if (items)
        return items;
    items = g_array_new(FALSE, FALSE, sizeof(guint));
    g_hash_table_insert(matching->known, g_strdup(word), items);
    g_autofree char *skeleton = cw_fold_skeleton(word);
    g_autofree char *with_i = cw_fold_leet(word, 'i');
    g_autofree char *with_l = cw_fold_leet(word, 'l');
    const char *forms[] = {word, skeleton, with_i, with_l};
    const gboolean is_ordinary = g_hash_table_contains(matcher->ordinary, word);
    for (guint i = 0; i < G_N_ELEMENTS(forms); i++)
        if (forms[i] && (i == 0 || !g_str_equal(forms[i], word))) {
            add_items(items, g_hash_table_lookup(matcher->forms, forms[i]));
            if (!is_ordinary)
                add_affixes(items, matcher, forms[i]);
        }
    for (guint i = 0; i < G_N_ELEMENTS(forms) && items->len == 0 && !is_ordinary; i++)
        if (forms[i])
            add_alike(items, matcher, forms[i]);
    return items;
}

static guint64
lists_of(const CwMatcher *matcher, const GArray *items)
{
    guint64 lists = 0;
    for (guint i = 0; i < items->len; i++)
        lists |= g_array_index(matcher->item_lists, guint64, g_array_index(items, guint, i));
    return lists;
}

static void
append_word(CwMatching *matching, GArray *words, const char *text)
{
    Word word = {.text = text, .items = look_up(matching, text)};
    word.lists = lists_of(matching->matcher, word.items);
    g_array_append_val(words, word);
}

/* Letters one by one: cut into listed words, the longest first. */
static void
append_spelt(CwMatching *matching, GArray *words, const char *letters, GPtrArray *kept)
{
    const CwMatcher *matcher = matching->matcher;
    const gsize length = strlen(letters);
    for (gsize begin = 0; begin < length;) {
        gsize n = MIN(length - begin, 64);
        char *part = NULL;
        for (; n >= 3; n--) {
            part = g_strndup(letters + begin, n);
            if (g_hash_table_contains(matcher->forms, part))
                break;
            g_clear_pointer(&part, g_free);
        }
        if (part) {
            g_ptr_array_add(kept, part);
            append_word(matching, words, part);
        }
        begin += part ? n : 1;
    }
}

/* "t h i e f", "ter rorist": what stands apart in the text and belongs together. */
static void
append_joined(CwMatching *matching, GArray *words, const GPtrArray *texts, GPtrArray *kept)
{
    const CwMatcher *matcher = matching->matcher;
    for (guint i = 0; i < texts->len; i++) {
        g_autoptr(GString) run = g_string_new(texts->pdata[i]);
        guint end = i + 1;
        if (g_utf8_strlen(run->str, -1) == 1) {
            while (end < texts->len && g_utf8_strlen(texts->pdata[end], -1) == 1)
                g_string_append(run, texts->pdata[end++]);
            g_autofree char *plain = cw_fold_leet(run->str, 'i');
            g_autofree char *skeleton = cw_fold_skeleton(run->str);
            if (end - i >= 3) {
                append_spelt(matching, words, plain ? plain : run->str, kept);
                if (!g_str_equal(skeleton, run->str))
                    append_spelt(matching, words, skeleton, kept);
                i = end - 1;
                continue;
            }
            end = i + 1;
            g_string_assign(run, texts->pdata[i]);
        }
        for (; end < texts->len && end < i + 3; end++) {
            g_string_append(run, texts->pdata[end]);
            if (run->len < LEAST_LIKE || !g_hash_table_contains(matcher->forms, run->str))
                continue;
            g_ptr_array_add(kept, g_strdup(run->str));
            append_word(matching, words, kept->pdata[kept->len - 1]);
            /* with the next word, for entries of several */
            if (end + 1 < texts->len)
                append_word(matching, words, texts->pdata[end + 1]);
        }
    }
}

static gboolean
matches_part(const Word *word, const Part *part)
{
    if (word->covered)
        return FALSE;
    if (part->is_list)
        return (word->lists >> part->part) & 1;
    for (guint i = 0; i < word->items->len; i++)
        if (g_array_index(word->items, guint, i) == part->part)
            return TRUE;
    return FALSE;
}

/* Where the pattern ends that begins at words[i]; 0: it does not. */
static guint
match_pattern(const Pattern *pattern, const Word *words, guint n_words, guint i)
{
    if (!matches_part(&words[i], &pattern->parts[0]))
        return 0;
    i++;
    for (guint p = 1; p < pattern->n_parts; p++) {
        const Part *part = &pattern->parts[p];
        guint gap = 0;
        while (gap <= part->gap && i + gap < n_words && !matches_part(&words[i + gap], part))
            gap++;
        if (gap > part->gap || i + gap >= n_words)
            return 0;
        i += gap + 1;
    }
    return i;
}

static void
free_match(gpointer match)
{
    g_free(((CwMatch *)match)->words);
    g_free(match);
}

static void
add_match(GPtrArray *matches, const Pattern *pattern, const Word *words, guint first, guint end)
{
    g_autoptr(GString) text = g_string_new(words[first].text);
    for (guint i = first + 1; i < end; i++)
        g_string_append_printf(text, " %s", words[i].text);
    CwMatch *match = g_new(CwMatch, 1);
    *match = (CwMatch){pattern->list, pattern->entry, first, end,
                       g_string_free(g_steal_pointer(&text), FALSE)};
    g_ptr_array_add(matches, match);
}

typedef void (*FoundFunc)(const Pattern *pattern, Word *words, guint first, guint end,
                          GPtrArray *matches);

static void
cover(const Pattern *pattern, Word *words, guint first, guint end, GPtrArray *matches)
{
    for (guint i = first; i < end; i++)
        words[i].covered = TRUE;
}

static void
report(const Pattern *pattern, Word *words, guint first, guint end, GPtrArray *matches)
{
    add_match(matches, pattern, words, first, end);
}

static void
try_patterns(const CwMatcher *matcher, const GPtrArray *patterns, gboolean exempt, GArray *words,
             guint i, FoundFunc found, GPtrArray *matches)
{
    Word *all = (Word *)(void *)words->data;
    for (guint p = 0; p < patterns->len; p++) {
        const Pattern *pattern = patterns->pdata[p];
        const CwListKind kind = g_array_index(matcher->lists, List, pattern->list).kind;
        if ((kind == CW_LIST_EXEMPT) != exempt)
            continue;
        const guint end = match_pattern(pattern, all, words->len, i);
        if (end > 0)
            found(pattern, all, i, end, matches);
    }
}

static void
find_all(const CwMatcher *matcher, GArray *words, gboolean exempt, FoundFunc found,
         GPtrArray *matches)
{
    for (guint i = 0; i < words->len; i++) {
        const Word *word = &g_array_index(words, Word, i);
        for (guint k = 0; k < word->items->len; k++)
            try_patterns(matcher, matcher->starts->pdata[g_array_index(word->items, guint, k)],
                         exempt, words, i, found, matches);
        try_patterns(matcher, matcher->floating, exempt, words, i, found, matches);
    }
}

GPtrArray *
cw_matching_find(CwMatching *matching, const char *text, GPtrArray **words)
{
    g_autofree char *folded = cw_fold(text);
    g_autoptr(GPtrArray) texts = cw_fold_words(folded);
    g_autoptr(GPtrArray) kept = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(Word));
    GPtrArray *matches = g_ptr_array_new_with_free_func(free_match);
    for (guint i = 0; i < texts->len; i++)
        append_word(matching, all, texts->pdata[i]);
    find_all(matching->matcher, all, TRUE, cover, NULL);
    append_joined(matching, all, texts, kept);
    find_all(matching->matcher, all, FALSE, report, matches);
    if (words)
        *words = g_steal_pointer(&texts);
    return matches;
}
