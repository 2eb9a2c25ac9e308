/* Rules on words: what CLIP is known to answer badly, whatever the model. The figures are those of
 * section 7.2 of the paper (Radford et al. 2021), of pictures of surveillance cameras. */
#include "lint/lint.h"
#include "lint/words.h"

#include <math.h>
#include <string.h>

#define PAPER_CLOSE 0.511 /* right answers where a close caption is among the choices */

/* Classes with that many times the phrasings of others have steadier vectors than they. */
#define UNBALANCED 4

static const char *const nothing[] = {NULL};
static const char *const negations[] = {"no", "not", "without", NULL};
static const char *const attributes[] = {
    "red",  "green", "blue",   "yellow", "white", "black", "grey",  "gray", "silver", "brown",
    "pink", "beige", "orange", "purple", "small", "large", "big",   "tiny", "little", "open",
    "old",  "new",   "young",  "tall",   "short", "left",  "right", NULL};
/* Things whose look is that of the whole picture. */
static const char *const wholes[] = {"picture", "image", "photo", "frame",
                                     "screen",  "sky",   "scene", NULL};
static const char *const numbers[] = {
    "two",    "three",  "four",     "five",     "six",     "seven",   "eight",   "nine",  "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "hundred", "dozen", NULL};
static const char *const counts[] = {"number of", "exactly",    "at least", "at most",
                                     "more than", "fewer than", "how many", NULL};
static const char *const details[] = {"in the corner",
                                      "in the distance",
                                      "in the background",
                                      "far away",
                                      "distant",
                                      "tiny",
                                      "small",
                                      "holding a",
                                      "wearing",
                                      "in his hand",
                                      "in her hand",
                                      "in a hand",
                                      "on the left",
                                      "on the right",
                                      "number plate",
                                      "licence plate",
                                      "license plate",
                                      "the text",
                                      "the word",
                                      "reading a",
                                      "small detail",
                                      "barely visible",
                                      NULL};

typedef struct {
    const CwPromptClass *class;
    const char *phrasing;
    char *attribute; /* before a noun, or NULL */
    gboolean negated;
} Use;

typedef struct {
    CwLint *lint;
    const CwPromptSet *set;
    GHashTable *keys;    /* of meaning → Use that had it first */
    GHashTable *objects; /* of meaning without negations → Use */
    GHashTable *nouns;   /* with an attribute before them → Use */
    GHashTable *pairs;   /* what was told already: "rule line line" */
} Wording;

static void
free_use(gpointer data)
{
    Use *use = data;
    g_free(use->attribute);
    g_free(use);
}

/* The first use of the key, which this one becomes where there is none: then NULL. Takes key. */
static const Use *
find_use(GHashTable *table, char *key, const Use *use)
{
    const Use *first = g_hash_table_lookup(table, key);
    if (first || !*key) {
        g_free(key);
        return first;
    }
    Use *kept = g_memdup2(use, sizeof *use);
    kept->attribute = g_strdup(use->attribute);
    g_hash_table_insert(table, key, kept);
    return NULL;
}

/* Whether a rule speaks of two classes for the first time. */
static gboolean
is_new_pair(Wording *wording, const char *rule, const Use *a, const Use *b)
{
    return g_hash_table_add(wording->pairs,
                            g_strdup_printf("%s %u %u", rule, a->class->line, b->class->line));
}

static void
check_close(Wording *wording, const Use *use, const Use *other, const char *difference)
{
    if (!is_new_pair(wording, "fine-grained", other, use))
        return;
    cw_lint_add(wording->lint, CW_SEVERITY_WARNING, "fine-grained", wording->set, use->class,
                other->class, PAPER_CLOSE,
                "ask for what fills the view, or measure the pair on your own pictures (--clip)",
                "'%s' and '%s' of '%s' (line %u) differ in %s alone: with such a pair among the "
                "choices 51.1 %% of CLIP's answers were right, and 40.7 %% were the other one",
                use->phrasing, other->phrasing, other->class->label, other->class->line,
                difference);
}

static void
check_attributes(Wording *wording, Use *use, const GPtrArray *words)
{
    for (guint i = 0; i + 1 < words->len; i++) {
        const char *noun = words->pdata[i + 1];
        if (!cw_words_contain(attributes, words->pdata[i]) || cw_words_contain(wholes, noun))
            continue;
        use->attribute = words->pdata[i];
        const Use *other = find_use(wording->nouns, g_strdup(noun), use);
        if (other && other->class != use->class && strcmp(other->attribute, use->attribute) != 0)
            check_close(wording, use, other, "the look of one thing");
    }
    use->attribute = NULL;
}

static void
check_duplicates(Wording *wording, const Use *use, const GPtrArray *words)
{
    const Use *other = find_use(wording->keys, cw_words_make_key(words, nothing), use);
    if (!other)
        return;
    const gboolean is_same = other->class == use->class;
    if (!is_new_pair(wording, "near-duplicate", other, use))
        return;
    if (is_same)
        cw_lint_add(wording->lint, CW_SEVERITY_NOTE, "near-duplicate", wording->set, use->class,
                    NULL, 1, "leave one of them out",
                    "'%s' and '%s' say the same: it counts twice in the class", other->phrasing,
                    use->phrasing);
    else
        cw_lint_add(wording->lint, CW_SEVERITY_WARNING, "near-duplicate", wording->set, use->class,
                    other->class, 1, "make them one class, or say what only one of them shows",
                    "'%s' has the words of '%s' of '%s' (line %u): the two share every picture",
                    use->phrasing, other->phrasing, other->class->label, other->class->line);
}

/* A road with and without a car: one thing that is there or is not. */
static void
check_absence(Wording *wording, const Use *use, const GPtrArray *words)
{
    const Use *other = find_use(wording->objects, cw_words_make_key(words, negations), use);
    if (other && other->class != use->class && other->negated != use->negated)
        check_close(wording, use, other, "whether one thing is there");
}

/* The phrase of the list that the text holds as whole words, or NULL. text: between blanks. */
static const char *
find_phrase(const char *text, const char *const *phrases)
{
    for (; *phrases; phrases++) {
        g_autofree char *phrase = g_strdup_printf(" %s ", *phrases);
        if (strstr(text, phrase))
            return *phrases;
    }
    return NULL;
}

static const char *
find_number(const GPtrArray *words)
{
    for (guint i = 0; i < words->len; i++) {
        const char *word = words->pdata[i];
        if (cw_words_contain(numbers, word) || strspn(word, "0123456789") == strlen(word))
            return word;
    }
    return NULL;
}

static void
check_request(Wording *wording, const Use *use, const GPtrArray *words)
{
    g_autoptr(GString) text = g_string_new(" ");
    for (guint i = 0; i < words->len; i++)
        g_string_append_printf(text, "%s ", (char *)words->pdata[i]);
    const char *number = find_number(words);
    const char *count = number ? number : find_phrase(text->str, counts);
    if (count)
        cw_lint_add(wording->lint, CW_SEVERITY_WARNING, "count", wording->set, use->class, NULL,
                    NAN, "ask for a few, many or none, or use a detector to count",
                    "'%s' asks for a count ('%s'): CLIP does not count", use->phrasing, count);
    const char *detail = find_phrase(text->str, details);
    if (detail)
        cw_lint_add(wording->lint, CW_SEVERITY_WARNING, "small-detail", wording->set, use->class,
                    NULL, NAN, "ask for what fills the view, or look closer with zones",
                    "'%s' asks for a small detail ('%s'): there CLIP is near to chance",
                    use->phrasing, detail);
}

static void
check_phrasing(Wording *wording, const CwPromptClass *class, const char *phrasing)
{
    g_autoptr(GPtrArray) words = cw_words_split(phrasing);
    Use use = {.class = class, .phrasing = phrasing};
    for (guint i = 0; i < words->len; i++)
        use.negated |= cw_words_contain(negations, words->pdata[i]);
    check_duplicates(wording, &use, words);
    check_absence(wording, &use, words);
    check_attributes(wording, &use, words);
    check_request(wording, &use, words);
}

static void
check_set(Wording *wording)
{
    const CwPromptSet *set = wording->set;
    const CwPromptClass *least = &set->classes[0], *most = least;
    gboolean has_background = FALSE;
    for (guint c = 0; c < set->n_classes; c++) {
        const CwPromptClass *class = &set->classes[c];
        has_background |= class->background;
        least = class->n_phrasings < least->n_phrasings ? class : least;
        most = class->n_phrasings > most->n_phrasings ? class : most;
    }
    if (set->scoring == CW_SCORING_EXCLUSIVE && !has_background)
        cw_lint_add(wording->lint, CW_SEVERITY_WARNING, "no-background", set, NULL, NULL,
                    set->n_classes, "add a class [background] for what else the camera sees",
                    "one of the %u classes is the best for any picture, also where none holds",
                    set->n_classes);
    if (most->n_phrasings >= UNBALANCED * least->n_phrasings)
        cw_lint_add(wording->lint, CW_SEVERITY_NOTE, "unbalanced", set, least, most,
                    (double)most->n_phrasings / least->n_phrasings,
                    "give the classes about as many phrasings",
                    "it has %u phrasings and '%s' (line %u) has %u: the vector of many is "
                    "steadier, and nearer to most pictures",
                    least->n_phrasings, most->label, most->line, most->n_phrasings);
}

void
cw_lint_wording(CwLint *lint, const CwPromptSet *set)
{
    g_autoptr(GHashTable) keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_use);
    g_autoptr(GHashTable) objects =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_use);
    g_autoptr(GHashTable) nouns = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_use);
    g_autoptr(GHashTable) pairs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    Wording wording = {lint, set, keys, objects, nouns, pairs};
    check_set(&wording);
    for (guint c = 0; c < set->n_classes; c++)
        for (guint p = 0; p < set->classes[c].n_phrasings; p++)
            check_phrasing(&wording, &set->classes[c], set->classes[c].phrasings[p]);
}
