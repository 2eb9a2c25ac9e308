/* clipwatch audit: verify a log, show it, name its key, add a person's verdict. */
#include "cli/command.h"
#include "cli/output.h"
#include "audit/key.h"
#include "audit/log.h"
#include "audit/verify.h"
#include "base/json_write.h"

#include <string.h>

#define NAME "audit"

/* Largest note of a head that is read. */
#define MAX_HEAD_BYTES 4096

typedef struct {
    char *key, *key_dir, *head, *type, *verdict;
    char **reviewers;
    gboolean json;
} Options;

typedef struct {
    CwAuditPublic genesis;
    guint64 least_epoch;
    gboolean known;
} Trust;

static void
clear_options(Options *options)
{
    g_free(options->key);
    g_free(options->key_dir);
    g_free(options->head);
    g_free(options->type);
    g_free(options->verdict);
    g_strfreev(options->reviewers);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, clear_options)

/* --key, or this machine's own key of the log, which also remembers how far the log had come. */
static gboolean
find_trust(const Options *options, const char *log, Trust *trust, GError **error)
{
    if (options->key) {
        gsize length;
        g_autofree guint8 *bytes = g_base64_decode(options->key, &length);
        if (length != sizeof trust->genesis.bytes) {
            g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT,
                        "--key '%s' is no public key: 44 characters of base64, as 'clipwatch "
                        "audit keys' prints them",
                        options->key);
            return FALSE;
        }
        memcpy(trust->genesis.bytes, bytes, length);
        trust->known = TRUE;
        return TRUE;
    }
    g_autofree char *default_dir = cw_audit_key_dir();
    g_autofree char *path =
        cw_audit_key_path(options->key_dir ? options->key_dir : default_dir, log);
    CwAuditKey key;
    trust->known = cw_audit_key_load(&key, path, NULL);
    if (trust->known) {
        trust->genesis = key.genesis;
        trust->least_epoch = key.epoch;
    }
    cw_audit_key_wipe(&key);
    return TRUE;
}

static char *
describe_json(const CwAuditReport *report)
{
    GString *json = g_string_new("{");
    g_autofree char *key = g_base64_encode(report->genesis.bytes, sizeof report->genesis.bytes);
    cw_json_write_key(json, "verdict");
    cw_json_write_string(json, cw_audit_verdict_name(report->verdict));
    cw_json_write_key(json, "message");
    if (report->message)
        cw_json_write_string(json, report->message);
    else
        g_string_append(json, "null");
    cw_json_write_key(json, "log");
    cw_json_write_string(json, report->log);
    cw_json_write_key(json, "key");
    cw_json_write_string(json, key);
    cw_json_write_key(json, "records");
    cw_json_write_uint(json, report->n_records);
    cw_json_write_key(json, "sealed");
    cw_json_write_uint(json, report->n_sealed);
    cw_json_write_key(json, "epoch");
    cw_json_write_uint(json, report->epoch);
    g_string_append_c(json, '}');
    return g_string_free(json, FALSE);
}

static char *
describe_line(const CwAuditReport *report, gboolean anchored)
{
    g_autoptr(GString) line = g_string_new(cw_audit_verdict_name(report->verdict));
    if (report->message)
        g_string_append_printf(line, ": %s", report->message);
    g_string_append_printf(line, "; %" G_GUINT64_FORMAT " records, %" G_GUINT64_FORMAT " sealed",
                           report->n_records, report->n_sealed);
    if (report->verdict == CW_AUDIT_OK && !anchored)
        g_string_append(line, "; end unproven (no --head and no key of this log here)");
    return g_string_free(g_steal_pointer(&line), FALSE);
}

/* Verifies under the key that is known for this log. how's genesis is unset when it returns. */
static CwAuditReport *
verify_log(const char *dir, const Options *options, CwAuditVerifyOptions *how, GError **error)
{
    Trust trust = {{{0}}};
    char log[CW_AUDIT_ID_CHARS + 1] = "";
    if (!options->key && !cw_audit_read_log_id(dir, log, error))
        return NULL;
    if (!find_trust(options, log, &trust, error))
        return NULL;
    how->genesis = trust.known ? &trust.genesis : NULL;
    how->least_epoch = trust.least_epoch;
    CwAuditReport *report = cw_audit_verify(dir, how);
    how->genesis = NULL;
    return report;
}

static int
run_verify(const char *dir, const Options *options)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *head = NULL;
    gsize length = 0;
    if (options->head &&
        (!g_file_get_contents(options->head, &head, &length, &error) || length > MAX_HEAD_BYTES))
        return error ? cw_command_fail(NAME, CW_AUDIT_UNREADABLE, error)
                     : cw_command_misuse(NAME, "--head names a file that is no note of a head");
    CwAuditVerifyOptions how = {.head = head};
    g_autoptr(CwAuditReport) report = verify_log(dir, options, &how, &error);
    if (!report)
        return cw_command_fail(NAME, CW_AUDIT_UNREADABLE, error);
    g_autofree char *text =
        options->json ? describe_json(report) : describe_line(report, head || how.least_epoch > 0);
    return cw_output_line(text) ? (int)report->verdict : CW_AUDIT_UNREADABLE;
}

static void
show_record(const CwAuditRecord *record, gpointer data)
{
    const Options *options = data;
    if (options->type && !g_str_equal(options->type, record->type))
        return;
    g_autofree char *line =
        g_strdup_printf("%" G_GUINT64_FORMAT "\t%" G_GINT64_FORMAT "\t%s\t%.*s", record->index,
                        record->utc_us, record->type, (int)record->value_length, record->value);
    cw_output_line(line);
}

static int
run_show(const char *dir, const Options *options)
{
    g_autoptr(GError) error = NULL;
    CwAuditVerifyOptions how = {.visit = show_record, .data = (gpointer)options};
    g_autoptr(CwAuditReport) report = verify_log(dir, options, &how, &error);
    if (!report)
        return cw_command_fail(NAME, CW_AUDIT_UNREADABLE, error);
    if (report->message)
        g_printerr("clipwatch audit: %s: %s\n", cw_audit_verdict_name(report->verdict),
                   report->message);
    return report->verdict;
}

static int
run_keys(const char *dir, const Options *options)
{
    g_autoptr(GError) error = NULL;
    CwAuditVerifyOptions how = {NULL};
    g_autoptr(CwAuditReport) report = verify_log(dir, options, &how, &error);
    if (!report)
        return cw_command_fail(NAME, CW_AUDIT_UNREADABLE, error);
    g_autofree char *key = g_base64_encode(report->genesis.bytes, sizeof report->genesis.bytes);
    return cw_output_line(key) ? (int)report->verdict : CW_AUDIT_UNREADABLE;
}

/* Canonical: keys in order, reviewers as they were named. */
static char *
describe_review(const Options *options, guint64 index)
{
    GString *json = g_string_new("{");
    cw_json_write_key(json, "decision");
    cw_json_write_uint(json, index);
    cw_json_write_key(json, "reviewers");
    for (guint i = 0; options->reviewers[i]; i++) {
        g_string_append_c(json, i ? ',' : '[');
        cw_json_write_string(json, options->reviewers[i]);
    }
    g_string_append_c(json, ']');
    cw_json_write_key(json, "verdict");
    cw_json_write_string(json, options->verdict);
    g_string_append_c(json, '}');
    return g_string_free(json, FALSE);
}

static int
run_review(const char *dir, const char *place, const Options *options)
{
    g_autoptr(GError) error = NULL;
    guint64 index;
    char log[CW_AUDIT_ID_CHARS + 1];
    if (!options->verdict || !options->reviewers || !options->reviewers[0])
        return cw_command_misuse(NAME, "a review needs --verdict and --by");
    if (!place || !g_ascii_string_to_unsigned(place, 10, 0, G_MAXINT64, &index, NULL))
        return cw_command_misuse(NAME, "name the record's index, as 'show' prints it");
    if (!cw_audit_read_log_id(dir, log, &error))
        return cw_command_fail(NAME, CW_AUDIT_UNREADABLE, error);
    const CwAuditLogOptions how = {
        .dir = dir, .key_dir = options->key_dir, .durability = CW_AUDIT_DURABLE_RECORD};
    CwAuditLog *writer = cw_audit_log_open(&how, &error);
    if (!writer)
        return cw_command_fail(NAME, CW_EXIT_FAILED, error);
    gboolean done = index < cw_audit_log_size(writer);
    if (!done)
        g_set_error(&error, CW_ERROR, CW_ERROR_NOT_FOUND,
                    "%s: no record %" G_GUINT64_FORMAT " to review; the log has %" G_GUINT64_FORMAT,
                    dir, index, cw_audit_log_size(writer));
    g_autofree char *value = describe_review(options, index);
    done = done && cw_audit_log_append(writer, "review", value, strlen(value), NULL, &error);
    if (!cw_audit_log_close(writer, done ? &error : NULL) || !done)
        return cw_command_fail(NAME, CW_EXIT_FAILED, error);
    return CW_EXIT_OK;
}

int
cw_command_audit(int argc, char **argv)
{
    g_auto(Options) options = {NULL};
    const GOptionEntry entries[] = {
        {"key", 'k', 0, G_OPTION_ARG_STRING, &options.key, "Public key that the log began under",
         "BASE64"},
        {"key-dir", 0, 0, G_OPTION_ARG_FILENAME, &options.key_dir, "Where private keys lie", "DIR"},
        {"head", 0, 0, G_OPTION_ARG_FILENAME, &options.head, "verify: a head kept elsewhere",
         "FILE"},
        {"type", 't', 0, G_OPTION_ARG_STRING, &options.type, "show: records of this type only",
         "TYPE"},
        {"verdict", 0, 0, G_OPTION_ARG_STRING, &options.verdict, "review: what was found", "TEXT"},
        {"by", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.reviewers,
         "review: who looked; once for each person", "NAME"},
        {"json", 'j', 0, G_OPTION_ARG_NONE, &options.json, "verify: print one JSON line", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    const char *examples =
        "  clipwatch audit verify /var/log/clipwatch\n"
        "  clipwatch audit show --type decision /var/log/clipwatch\n"
        "  clipwatch audit keys /var/log/clipwatch\n"
        "  clipwatch audit review --verdict wrong --by ann /var/log/clipwatch 17\n\n"
        "Returns 0 when the log is whole, 1 tampered, 2 torn, 3 unsigned, 4 unreadable.\n";
    int exit_code;
    if (!cw_command_parse(&argc, &argv, NAME, "verify|show|keys|review DIR", examples, entries,
                          &exit_code))
        return exit_code;
    if (argc == 3 && g_str_equal(argv[1], "verify"))
        return run_verify(argv[2], &options);
    if (argc == 3 && g_str_equal(argv[1], "show"))
        return run_show(argv[2], &options);
    if (argc == 3 && g_str_equal(argv[1], "keys"))
        return run_keys(argv[2], &options);
    if ((argc == 3 || argc == 4) && g_str_equal(argv[1], "review"))
        return run_review(argv[2], argv[3], &options);
    return cw_command_misuse(NAME, "say verify, show, keys or review, and name one folder");
}
