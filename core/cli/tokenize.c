/* clipwatch tokenize: what a text is to a model. */
#include "cli/command.h"
#include "cli/output.h"
#include "base/json_write.h"

#include <clipwatch/model.h>

#include <stdio.h>

#define NAME "tokenize"

typedef struct {
    const CwTokenizer *tokenizer;
    guint context;
    gboolean json;
    guint n_failed;
} Tokenize;

/* The piece of text that one token stands for; a token may hold a part of a character. */
static char *
make_piece(const CwTokenizer *tokenizer, gint32 id)
{
    g_autofree char *piece = cw_tokenizer_decode(tokenizer, &id, 1, NULL);
    return g_utf8_make_valid(piece ? piece : "", -1);
}

static void
append_json(GString *line, const Tokenize *tokenize, const char *text, const GArray *ids)
{
    g_string_append_c(line, '{');
    cw_json_write_key(line, "text");
    cw_json_write_string(line, text);
    cw_json_write_key(line, "ids");
    g_string_append_c(line, '[');
    for (guint i = 0; i < ids->len; i++)
        g_string_append_printf(line, "%s%d", i ? "," : "", g_array_index(ids, gint32, i));
    g_string_append_c(line, ']');
    cw_json_write_key(line, "pieces");
    g_string_append_c(line, '[');
    for (guint i = 0; i < ids->len; i++) {
        g_autofree char *piece = make_piece(tokenize->tokenizer, g_array_index(ids, gint32, i));
        if (i > 0)
            g_string_append_c(line, ',');
        cw_json_write_string(line, piece);
    }
    g_string_append_c(line, ']');
    cw_json_write_key(line, "context_length");
    cw_json_write_uint(line, tokenize->context);
    cw_json_write_key(line, "fits");
    g_string_append(line, ids->len + 2 <= tokenize->context ? "true}" : "false}");
}

static void
append_plain(GString *line, const Tokenize *tokenize, const GArray *ids)
{
    for (guint i = 0; i < ids->len; i++) {
        const gint32 id = g_array_index(ids, gint32, i);
        g_autofree char *piece = make_piece(tokenize->tokenizer, id);
        g_string_append_printf(line, "%s%d|%s|", i ? " " : "", id, piece);
    }
    g_string_append_printf(line, "  (%u of %u with both ends%s)", ids->len + 2, tokenize->context,
                           ids->len + 2 <= tokenize->context ? "" : ": too long");
}

/* FALSE when nothing more can be written. */
static gboolean
tokenize_text(Tokenize *tokenize, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) ids = cw_tokenizer_encode(tokenize->tokenizer, text, &error);
    g_autoptr(GString) line = g_string_new(NULL);
    if (!ids) {
        tokenize->n_failed++;
        cw_command_fail(NAME, 0, error);
        return TRUE;
    }
    if (tokenize->json)
        append_json(line, tokenize, text, ids);
    else
        append_plain(line, tokenize, ids);
    return cw_output_line(line->str);
}

static gboolean
tokenize_input(Tokenize *tokenize)
{
    char *text = NULL;
    size_t room = 0;
    gssize length;
    gboolean ok = TRUE;
    while (ok && (length = getline(&text, &room, stdin)) >= 0) {
        if (length > 0 && text[length - 1] == '\n')
            text[length - 1] = '\0';
        ok = tokenize_text(tokenize, text);
    }
    free(text);
    return ok;
}

int
cw_command_tokenize(int argc, char **argv)
{
    Tokenize tokenize = {0};
    g_autofree char *name = NULL;
    const GOptionEntry entries[] = {
        {"model", 'm', 0, G_OPTION_ARG_STRING, &name, "Whose tokens (starter)", "MODEL"},
        {"json", 'j', 0, G_OPTION_ARG_NONE, &tokenize.json, "One JSON object a line", NULL},
        {NULL},
    };
    int exit_code;
    if (!cw_command_parse(&argc, &argv, NAME, "[TEXT…] - show the tokens of texts",
                          "  clipwatch tokenize 'a photo of a cat.'\n"
                          "  clipwatch tokenize --json --model clip-vit-b-32 < prompts.txt\n\n"
                          "Without TEXT every line of standard input is one.\n",
                          entries, &exit_code))
        return exit_code;
    g_autoptr(GError) error = NULL;
    g_autoptr(CwModel) model = cw_model_open(name ? name : "starter", CW_PRECISION_F32, &error);
    tokenize.tokenizer = model ? cw_model_get_tokenizer(model, &error) : NULL;
    if (!tokenize.tokenizer)
        return cw_command_fail(NAME, CW_EXIT_USAGE, error);
    tokenize.context = cw_model_get_info(model)->context_length;
    gboolean ok = argc > 1 || tokenize_input(&tokenize);
    for (int i = 1; ok && i < argc; i++)
        ok = tokenize_text(&tokenize, argv[i]);
    return ok && tokenize.n_failed == 0 ? CW_EXIT_OK : CW_EXIT_FAILED;
}
