/* clipwatch pull: downloads a published checkpoint. */
#include "cli/command.h"
#include "cli/output.h"
#include "hub/hub.h"

#include <clipwatch/model.h>

#include <unistd.h>

#define NAME "pull"

/* Time between two updates of the line of progress. */
#define UPDATE_US 100000

typedef struct {
    const char *file; /* the one that was told of last */
    gint64 last_us;
    gboolean is_terminal;
    gboolean has_line; /* an unfinished line stands on the terminal */
} Teller;

static void
draw_bar(const CwHubProgress *progress)
{
    enum { WIDTH = 24 };
    char bar[WIDTH + 1] = {0};
    const double share = progress->size ? (double)progress->done / (double)progress->size : 0;
    g_autofree char *done = g_format_size(progress->done);
    g_autofree char *size = g_format_size(MAX(progress->size, progress->done));
    for (guint i = 0; i < WIDTH; i++)
        bar[i] = (double)i < share * WIDTH ? '#' : '-';
    g_printerr("\r[%s] %3.0f %%  %s of %s  %s\033[K", bar, 100 * share, done, size, progress->file);
}

/* A bar on a terminal; elsewhere a line for each file. */
static void
tell(const CwHubProgress *progress, gpointer user_data)
{
    Teller *teller = user_data;
    const gint64 now = g_get_monotonic_time();
    const gboolean is_new = progress->file != teller->file;
    teller->file = progress->file;
    if (!teller->is_terminal) {
        g_autofree char *size = g_format_size(progress->file_size);
        if (is_new)
            g_printerr("%s (%s)\n", progress->file, size);
        return;
    }
    if (!is_new && progress->done < progress->size && now - teller->last_us < UPDATE_US)
        return;
    teller->last_us = now;
    teller->has_line = TRUE;
    draw_bar(progress);
}

static int
print_list(void)
{
    guint width = 0;
    for (const CwHubEntry *entry = cw_hub_list(); entry->name; entry++)
        width = MAX(width, cw_output_width(entry->name));
    for (const CwHubEntry *entry = cw_hub_list(); entry->name; entry++) {
        g_autoptr(GString) line = g_string_new(NULL);
        cw_output_pad(line, entry->name, width + 2);
        cw_output_pad(line, entry->id, 50);
        g_string_append_printf(line, "  %s", entry->summary);
        if (!cw_output_line(line->str))
            return CW_EXIT_FAILED;
    }
    return CW_EXIT_OK;
}

/* A checkpoint that came whole may still be of a kind that is not implemented: say so now. */
static int
report(const char *path, gboolean is_quiet)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwModel) model = cw_model_open(path, CW_PRECISION_F32, &error);
    if (!cw_output_line(path))
        return CW_EXIT_FAILED;
    if (!model) {
        g_prefix_error(&error, "it is downloaded but cannot be used: ");
        return cw_command_fail(NAME, CW_EXIT_FAILED, error);
    }
    const CwModelInfo *info = cw_model_get_info(model);
    if (!is_quiet)
        g_printerr("%s: %s, %.1f million parameters; use it as model=%s\n", info->name,
                   info->image_tower, (double)info->n_parameters / 1e6, info->name);
    return CW_EXIT_OK;
}

int
cw_command_pull(int argc, char **argv)
{
    CwHubOptions options = {0};
    g_autofree char *hub = NULL, *sha256 = NULL, *revision = NULL, *as = NULL;
    gboolean list = FALSE, is_quiet = FALSE;
    const GOptionEntry entries[] = {
        {"list", 'l', 0, G_OPTION_ARG_NONE, &list, "List the short names", NULL},
        {"as", 0, 0, G_OPTION_ARG_STRING, &as, "Install it under this name", "NAME"},
        {"revision", 'r', 0, G_OPTION_ARG_STRING, &revision, "Branch, tag or commit (main)", "R"},
        {"sha256", 0, 0, G_OPTION_ARG_STRING, &sha256, "What an address must hold", "HEX"},
        {"hub", 0, 0, G_OPTION_ARG_STRING, &hub,
         "Another hub ($CLIPWATCH_HUB, " CW_HUB_DEFAULT_URL ")", "URL"},
        {"force", 'f', 0, G_OPTION_ARG_NONE, &options.force, "Fetch again what is there", NULL},
        {"quiet", 'q', 0, G_OPTION_ARG_NONE, &is_quiet, "No progress", NULL},
        {NULL},
    };
    int exit_code;
    if (!cw_command_parse(&argc, &argv, NAME, "MODEL - download a published checkpoint",
                          "  clipwatch pull --list\n"
                          "  clipwatch pull clip-vit-b-32\n"
                          "  clipwatch pull laion/CLIP-ViT-B-16-laion2B-s34B-b88K@main --as b16\n"
                          "  clipwatch pull https://example.org/m.safetensors --sha256 40d3…\n\n"
                          "MODEL is a short name, a hub id or an address of one safetensors file. "
                          "It is installed\nbelow $XDG_DATA_HOME/clipwatch/models with a lock file "
                          "that every opening is held against;\na pull that broke off goes on "
                          "where it stopped.\n",
                          entries, &exit_code))
        return exit_code;
    if (list)
        return print_list();
    if (argc != 2)
        return cw_command_misuse(NAME, "which model? One short name, hub id or address");
    Teller teller = {.is_terminal = cw_output_is_terminal(STDERR_FILENO)};
    g_autoptr(GError) error = NULL;
    options.hub = hub;
    options.sha256 = sha256;
    options.revision = revision;
    options.as = as;
    options.told = is_quiet ? NULL : tell;
    options.user_data = &teller;
    g_autofree char *path = cw_hub_pull(argv[1], &options, &error);
    if (teller.has_line)
        g_printerr("\n");
    if (!path)
        return cw_command_fail(
            NAME, error->code == CW_ERROR_ARGUMENT ? CW_EXIT_USAGE : CW_EXIT_FAILED, error);
    return report(path, is_quiet);
}
