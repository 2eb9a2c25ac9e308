/* Pulls that succeed, whatever the network does on the way. */
#include "pulling.h"
#include "fixture.h"
#include "weights/lock.h"

#include <glib/gstdio.h>
#include <string.h>

static void
test_installs_with_a_lock_file(Pulling *pulling, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *digest =
        g_compute_checksum_for_data(G_CHECKSUM_SHA256, pulling->weights, WEIGHTS_BYTES);
    pulling_succeed(pulling);
    g_autofree char *path = pulling_path(pulling, NULL);
    g_autoptr(CwLock) lock = cw_lock_read(path, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(lock->source, ==, LOOPBACK_ID);
    g_assert_cmpstr(lock->commit, ==, LOOPBACK_COMMIT);
    g_assert_cmpuint(lock->entries->len, ==, 3);
    const CwLockEntry *weights = lock->entries->pdata[0];
    g_assert_cmpstr(weights->file, ==, "model.safetensors");
    g_assert_cmpuint(weights->size, ==, WEIGHTS_BYTES);
    g_assert_cmpstr(weights->sha256, ==, digest);
    g_assert_true(weights->known);
    const CwLockEntry *config = lock->entries->pdata[1];
    g_assert_cmpstr(config->file, ==, "config.json");
    g_assert_false(config->known);
    g_assert_cmpuint(pulling->told, ==, WEIGHTS_BYTES + 4);
    g_assert_cmpuint(pulling->told_size, ==, WEIGHTS_BYTES + 4);
}

static void
test_second_pull_makes_no_request(Pulling *pulling, gconstpointer data)
{
    pulling_succeed(pulling);
    g_free(loopback_take_log(pulling->hub));
    pulling_succeed(pulling);
    g_autofree char *log = loopback_take_log(pulling->hub);
    g_assert_cmpstr(log, ==, "");
}

static void
test_prefers_open_clip_and_leaves_pickles(Pulling *pulling, gconstpointer data)
{
    loopback_add(pulling->hub, "open_clip_config.json", "{}", 2);
    loopback_add(pulling->hub, "open_clip_model.safetensors", "abc", 3);
    loopback_add(pulling->hub, "pytorch_model.bin", "abc", 3);
    g_autofree char *path = cw_hub_pull(LOOPBACK_ID, &pulling->options, NULL);
    g_assert_nonnull(path);
    g_autofree char *log = loopback_take_log(pulling->hub);
    g_assert_nonnull(strstr(log, "open_clip_model.safetensors"));
    g_assert_null(strstr(log, "/model.safetensors"));
    g_assert_null(strstr(log, ".bin"));
}

static void
test_fetches_shards_of_an_index(Pulling *pulling, gconstpointer data)
{
    static const char index[] = "{\"weight_map\":{\"a\":\"open_clip_model-1.safetensors\","
                                "\"b\":\"open_clip_model-2.safetensors\","
                                "\"c\":\"open_clip_model-1.safetensors\"}}";
    g_autoptr(GError) error = NULL;
    loopback_add(pulling->hub, "open_clip_config.json", "{}", 2);
    loopback_add(pulling->hub, "open_clip_model.safetensors.index.json", index, strlen(index));
    loopback_add(pulling->hub, "open_clip_model-1.safetensors", "abc", 3);
    loopback_add(pulling->hub, "open_clip_model-2.safetensors", "defg", 4);
    g_autofree char *path = cw_hub_pull(LOOPBACK_ID, &pulling->options, &error);
    g_assert_no_error(error);
    g_autoptr(CwLock) lock = cw_lock_read(path, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(lock->entries->len, ==, 5);
    g_assert_true(cw_lock_verify(path, &error));
}

static void
test_dropped_connections_are_resumed(Pulling *pulling, gconstpointer data)
{
    pulling->manners->n_drops = 8;
    pulling->manners->drop_after = 100000;
    pulling_succeed(pulling);
    g_autofree char *log = loopback_take_log(pulling->hub);
    g_assert_nonnull(strstr(log, "range=bytes=100000- if-range=\"bytes\"\n"));
    g_assert_nonnull(strstr(log, "range=bytes=800000- if-range=\"bytes\"\n"));
}

/* Lets a pull break before its weights arrive, and puts what one that broke later would have left.
 */
static void
leave_staged(Pulling *pulling, const char *file, const void *data, gssize length)
{
    pulling->manners->n_drops = 1000;
    pulling_fail(pulling, CW_ERROR_IO, "after 0 bytes");
    pulling->manners->n_drops = 0;
    g_autofree char *half = pulling_find(pulling, ".pull");
    g_autofree char *staged = g_build_filename(pulling->dir, half, NULL);
    g_free(cw_test_write(staged, file, data, length));
    g_free(loopback_take_log(pulling->hub));
}

static void
test_broken_pull_is_taken_up_by_the_next(Pulling *pulling, gconstpointer data)
{
    leave_staged(pulling, "model.safetensors.part", pulling->weights, 600000);
    pulling_succeed(pulling);
    g_autofree char *log = loopback_take_log(pulling->hub);
    g_assert_nonnull(strstr(log, "/cdn/model.safetensors range=bytes=600000-\n"));
}

static void
test_whole_file_of_a_broken_pull_is_not_fetched_again(Pulling *pulling, gconstpointer data)
{
    leave_staged(pulling, "model.safetensors", pulling->weights, WEIGHTS_BYTES);
    pulling_succeed(pulling);
    g_autofree char *log = loopback_take_log(pulling->hub);
    g_assert_null(strstr(log, "/cdn/model.safetensors"));
}

static void
test_wrong_part_of_an_earlier_pull_is_fetched_afresh(Pulling *pulling, gconstpointer data)
{
    leave_staged(pulling, "model.safetensors.part", "something else", -1);
    pulling_succeed(pulling);
}

static void
test_server_that_ignores_ranges(Pulling *pulling, gconstpointer data)
{
    pulling->manners->n_drops = 2;
    pulling->manners->drop_after = 300000;
    pulling->manners->ignores_range = TRUE;
    pulling_succeed(pulling);
}

static void
test_answers_without_a_length(Pulling *pulling, gconstpointer data)
{
    pulling->manners->has_no_length = TRUE;
    pulling_succeed(pulling);
}

static void
test_passing_refusals_are_waited_out(Pulling *pulling, gconstpointer data)
{
    pulling->manners->n_refusals = 3;
    pulling->manners->status = 503;
    pulling_succeed(pulling);
}

static void
test_too_many_requests_are_waited_out(Pulling *pulling, gconstpointer data)
{
    const gint64 start = g_get_monotonic_time();
    pulling->manners->n_refusals = 1;
    pulling->manners->status = 429;
    pulling->manners->retry_after = "1";
    pulling_succeed(pulling);
    /* Believed up to 120 times the first wait, which is 1 ms here. */
    g_assert_cmpint(g_get_monotonic_time() - start, >=, 120000);
}

static void
test_force_repairs_a_damaged_model(Pulling *pulling, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    pulling_succeed(pulling);
    g_autofree char *path = pulling_path(pulling, "config.json");
    g_assert_true(g_file_set_contents(path, "[]", 2, NULL));
    g_assert_null(cw_hub_pull(LOOPBACK_ID, &pulling->options, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_MISMATCH, "config.json", "SHA-256 is",
                         "changed or damaged", NULL);
    pulling->options.force = TRUE;
    pulling_succeed(pulling);
    g_autofree char *old = pulling_find(pulling, ".old");
    g_assert_null(old);
    pulling->options.force = FALSE;
    pulling_succeed(pulling);
}

static void
test_address_with_a_digest(Pulling *pulling, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *url =
        g_strconcat(loopback_get_url(pulling->hub), "/any/model.safetensors?x=1", NULL);
    g_autofree char *digest =
        g_compute_checksum_for_data(G_CHECKSUM_SHA256, pulling->weights, WEIGHTS_BYTES);
    g_autofree char *upper = g_ascii_strup(digest, -1);
    pulling->options.sha256 = upper;
    pulling->manners->n_drops = 1;
    pulling->manners->drop_after = 10;
    g_autofree char *path = cw_hub_pull(url, &pulling->options, &error);
    g_assert_no_error(error);
    g_assert_true(g_str_has_suffix(path, "/model"));
    g_autoptr(CwLock) lock = cw_lock_read(path, &error);
    g_assert_no_error(error);
    const CwLockEntry *entry = lock->entries->pdata[0];
    g_assert_cmpstr(entry->file, ==, "release.safetensors");
    g_assert_cmpstr(entry->sha256, ==, digest);
}

#define CASE(name, function) \
    g_test_add("/hub/pull/" name, Pulling, NULL, pulling_set_up, function, pulling_tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    CASE("installs-with-a-lock-file", test_installs_with_a_lock_file);
    CASE("second-pull-makes-no-request", test_second_pull_makes_no_request);
    CASE("prefers-open-clip-and-leaves-pickles", test_prefers_open_clip_and_leaves_pickles);
    CASE("fetches-shards-of-an-index", test_fetches_shards_of_an_index);
    CASE("dropped-connections-are-resumed", test_dropped_connections_are_resumed);
    CASE("broken-pull-is-taken-up-by-the-next", test_broken_pull_is_taken_up_by_the_next);
    CASE("whole-file-of-a-broken-pull-is-not-fetched-again",
         test_whole_file_of_a_broken_pull_is_not_fetched_again);
    CASE("wrong-part-of-an-earlier-pull-is-fetched-afresh",
         test_wrong_part_of_an_earlier_pull_is_fetched_afresh);
    CASE("server-that-ignores-ranges", test_server_that_ignores_ranges);
    CASE("answers-without-a-length", test_answers_without_a_length);
    CASE("passing-refusals-are-waited-out", test_passing_refusals_are_waited_out);
    CASE("too-many-requests-are-waited-out", test_too_many_requests_are_waited_out);
    CASE("force-repairs-a-damaged-model", test_force_repairs_a_damaged_model);
    CASE("address-with-a-digest", test_address_with_a_digest);
    return g_test_run();
}
