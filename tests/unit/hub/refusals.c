/* Pulls that must fail: each with its reason, and without leaving a model. */
#include "pulling.h"
#include "fixture.h"
#include "hub/staging.h"
#include "weights/lock.h"

#include <string.h>

static void
test_wrong_bytes(Pulling *pulling, gconstpointer data)
{
    pulling->manners->sends_wrong_bytes = TRUE;
    pulling_fail(pulling, CW_ERROR_MISMATCH, "wrong bytes: SHA-256 is ");
    g_autofree char *half = pulling_find(pulling, ".pull");
    g_autofree char *part = g_build_filename(pulling->dir, half, "model.safetensors.part", NULL);
    g_assert_false(g_file_test(part, G_FILE_TEST_EXISTS));
}

static void
test_more_bytes_than_announced(Pulling *pulling, gconstpointer data)
{
    pulling->manners->size_lie = -1;
    pulling_fail(pulling, CW_ERROR_MISMATCH, "has 1000000 bytes where 999999 were announced");
    pulling->manners->has_no_length = TRUE;
    pulling_fail(pulling, CW_ERROR_MISMATCH, "more bytes than were announced");
}

static void
test_fewer_bytes_than_announced(Pulling *pulling, gconstpointer data)
{
    pulling->manners->size_lie = 1;
    pulling->manners->has_no_length = TRUE;
    pulling_fail(pulling, CW_ERROR_IO, "ends after 1000000 of 1000001 bytes");
}

static void
test_another_range(Pulling *pulling, gconstpointer data)
{
    pulling->manners->n_drops = 1;
    pulling->manners->drop_after = 500;
    pulling->manners->sends_bad_range = TRUE;
    pulling_fail(pulling, CW_ERROR_IO, "another range than was asked for");
}

static void
test_larger_than_allowed(Pulling *pulling, gconstpointer data)
{
    pulling->options.max_bytes = WEIGHTS_BYTES - 1;
    pulling_fail(pulling, CW_ERROR_LIMIT, "larger than 999999 bytes together");
    g_autofree char *log = loopback_take_log(pulling->hub);
    g_assert_null(strstr(log, "GET /owner"));
}

static void
test_statuses(Pulling *pulling, gconstpointer data)
{
    static const struct {
        guint status;
        int code;
        const char *message;
    } cases[] = {
        {404, CW_ERROR_NOT_FOUND, "says 404: no such thing"},
        {401, CW_ERROR_NOT_FOUND, "says 401: there is no such repository, or it needs an account"},
        {403, CW_ERROR_NOT_FOUND, "says 403"},
        {500, CW_ERROR_IO, "says 500"},
        {418, CW_ERROR_IO, "says 418"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        pulling->manners->n_refusals = 1000;
        pulling->manners->status = cases[i].status;
        pulling_fail(pulling, cases[i].code, cases[i].message);
    }
}

static void
test_no_such_repository(Pulling *pulling, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(cw_hub_pull("owner/other", &pulling->options, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_NOT_FOUND, "owner/other", "404", NULL);
}

static void
test_redirects_that_lead_nowhere_good(Pulling *pulling, gconstpointer data)
{
    static const struct {
        const char *location, *message;
        int code;
    } cases[] = {
        {"/" LOOPBACK_ID "/resolve/" LOOPBACK_COMMIT "/config.json", "more than 5 redirects",
         CW_ERROR_IO},
        {"http://192.0.2.1/config.json", "http is allowed to this machine alone",
         CW_ERROR_ARGUMENT},
        {"file:///etc/passwd", "not an https address", CW_ERROR_ARGUMENT},
        {"http://[bad", "without a place to go", CW_ERROR_IO},
    };
    loopback_add(pulling->hub, "model.safetensors", "", 0);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        pulling->manners->redirect = cases[i].location;
        pulling_fail(pulling, cases[i].code, cases[i].message);
    }
}

static void
test_pickled_weights_only(Pulling *pulling, gconstpointer data)
{
    pulling->manners->listing = "{\"sha\":\"" LOOPBACK_COMMIT "\",\"siblings\":["
                                "{\"rfilename\":\"config.json\"},"
                                "{\"rfilename\":\"pytorch_model.bin\"}]}";
    pulling_fail(pulling, CW_ERROR_UNSUPPORTED, "its pickled weights are never read");
}

static void
test_listings(Pulling *pulling, gconstpointer data)
{
    static const struct {
        const char *listing, *message;
        int code;
    } cases[] = {
        {"not JSON", ":1", CW_ERROR_FORMAT},
        {"{\"siblings\":[]}", "sha", CW_ERROR_FORMAT},
        {"{\"sha\":\"../../main\",\"siblings\":[]}", "is no commit", CW_ERROR_FORMAT},
        {"{\"sha\":\"" LOOPBACK_COMMIT "\",\"siblings\":[{\"rfilename\":7}]}", "rfilename",
         CW_ERROR_FORMAT},
        {"{\"sha\":\"" LOOPBACK_COMMIT "\",\"siblings\":[]}", "no CLIP checkpoint",
         CW_ERROR_UNSUPPORTED},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        pulling->manners->listing = cases[i].listing;
        pulling_fail(pulling, cases[i].code, cases[i].message);
    }
}

static void
test_hostile_names_in_an_index(Pulling *pulling, gconstpointer data)
{
    static const char *const names[] = {"../../../etc/passwd", "/etc/x.safetensors",
                                        "..\\\\x.safetensors", ".hidden.safetensors",
                                        "config.json"};
    loopback_add(pulling->hub, "open_clip_config.json", "{}", 2);
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *index = g_strdup_printf("{\"weight_map\":{\"a\":\"%s\"}}", names[i]);
        loopback_add(pulling->hub, "open_clip_model.safetensors.index.json", index, strlen(index));
        pulling_fail(pulling, CW_ERROR_FORMAT, "is not the plain name of a safetensors file");
    }
    static const char missing[] = "{\"weight_map\":{\"a\":\"other.safetensors\"}}";
    loopback_add(pulling->hub, "open_clip_model.safetensors.index.json", missing, strlen(missing));
    pulling_fail(pulling, CW_ERROR_FORMAT, "'other.safetensors' is not in the repository");
}

static void
test_hub_that_is_not_there(Pulling *pulling, gconstpointer data)
{
    g_autofree char *url = g_strdup(loopback_get_url(pulling->hub));
    loopback_free(g_steal_pointer(&pulling->hub));
    pulling->options.hub = url;
    pulling_fail(pulling, CW_ERROR_IO, "refused");
    pulling->options.hub = "http://example.org";
    pulling_fail(pulling, CW_ERROR_ARGUMENT, "http is allowed to this machine alone; use https");
    pulling->options.hub = "ftp://127.0.0.1";
    pulling_fail(pulling, CW_ERROR_ARGUMENT, "not an https address");
}

static void
test_what_is_there_already(Pulling *pulling, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    pulling->options.as = "mine";
    g_free(cw_test_write(pulling->dir, "mine/config.json", "{}", 2));
    g_assert_null(cw_hub_pull(LOOPBACK_ID, &pulling->options, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_ARGUMENT, "no pull has put it there", "--as",
                         NULL);
    pulling->options.as = NULL;
    pulling_succeed(pulling);
    g_assert_null(cw_hub_pull("other/tiny-clip", &pulling->options, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_ARGUMENT,
                         "comes from " LOOPBACK_ID "@" LOOPBACK_COMMIT, NULL);
    pulling->options.revision = "ffffffffffffffffffffffffffffffffffffffff";
    g_assert_null(cw_hub_pull(LOOPBACK_ID, &pulling->options, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_ARGUMENT, "--force", NULL);
}

static void
test_addresses_and_digests(Pulling *pulling, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *url = g_strconcat(loopback_get_url(pulling->hub), "/model.safetensors", NULL);
    g_assert_null(cw_hub_pull(url, &pulling->options, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_ARGUMENT, "(--sha256)", NULL);
    pulling->options.sha256 = "abc";
    g_assert_null(cw_hub_pull(url, &pulling->options, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_ARGUMENT, "'abc' is no SHA-256", NULL);
    pulling->options.sha256 = "0000000000000000000000000000000000000000000000000000000000000000";
    g_assert_null(cw_hub_pull(LOOPBACK_ID, &pulling->options, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_ARGUMENT, "the hub announces its own", NULL);
    g_assert_null(cw_hub_pull(url, &pulling->options, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_MISMATCH, "wrong bytes", NULL);
}

static void
test_two_pulls_of_the_same(Pulling *pulling, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *key = g_strdup_printf("%s/" LOOPBACK_ID "/resolve/" LOOPBACK_COMMIT "/",
                                           loopback_get_url(pulling->hub));
    g_auto(CwStaging) staging = {.fd = -1};
    g_assert_true(cw_staging_open(&staging, pulling->dir, "tiny-clip", key, &error));
    pulling_fail(pulling, CW_ERROR_IO, "another process is pulling this model");
    cw_staging_close(&staging);
    pulling_succeed(pulling);
}

#define CASE(name, function) \
    g_test_add("/hub/refuses/" name, Pulling, NULL, pulling_set_up, function, pulling_tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    CASE("wrong-bytes", test_wrong_bytes);
    CASE("more-bytes-than-announced", test_more_bytes_than_announced);
    CASE("fewer-bytes-than-announced", test_fewer_bytes_than_announced);
    CASE("another-range", test_another_range);
    CASE("larger-than-allowed", test_larger_than_allowed);
    CASE("statuses", test_statuses);
    CASE("no-such-repository", test_no_such_repository);
    CASE("redirects-that-lead-nowhere-good", test_redirects_that_lead_nowhere_good);
    CASE("pickled-weights-only", test_pickled_weights_only);
    CASE("listings", test_listings);
    CASE("hostile-names-in-an-index", test_hostile_names_in_an_index);
    CASE("hub-that-is-not-there", test_hub_that_is_not_there);
    CASE("what-is-there-already", test_what_is_there_already);
    CASE("addresses-and-digests", test_addresses_and_digests);
    CASE("two-pulls-of-the-same", test_two_pulls_of_the_same);
    return g_test_run();
}
