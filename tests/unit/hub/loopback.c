#include "loopback.h"

#include <libsoup/soup.h>
#include <string.h>

struct _Loopback {
    GThread *thread;
    GMainContext *context;
    GMainLoop *loop;
    SoupServer *server;
    char *url;
    LoopbackManners manners;
    GHashTable *files; /* name to GBytes */
    GMutex mutex;      /* guards log and is_ready */
    GCond cond;
    GString *log;
    gboolean is_ready;
};

static char *
digest_of(GBytes *bytes)
{
    return g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, bytes);
}

static void
note(Loopback *loopback, SoupServerMessage *message, const char *path)
{
    SoupMessageHeaders *headers = soup_server_message_get_request_headers(message);
    const char *range = soup_message_headers_get_one(headers, "Range");
    const char *if_range = soup_message_headers_get_one(headers, "If-Range");
    g_mutex_lock(&loopback->mutex);
    g_string_append_printf(loopback->log, "%s %s", soup_server_message_get_method(message), path);
    if (range)
        g_string_append_printf(loopback->log, " range=%s", range);
    if (if_range)
        g_string_append_printf(loopback->log, " if-range=%s", if_range);
    g_string_append_c(loopback->log, '\n');
    g_mutex_unlock(&loopback->mutex);
}

static void
answer_listing(Loopback *loopback, SoupServerMessage *message)
{
    g_autoptr(GString) json =
        g_string_new("{\"id\":\"" LOOPBACK_ID "\",\"sha\":\"" LOOPBACK_COMMIT "\",\"siblings\":[");
    GHashTableIter iter;
    gpointer name;
    g_hash_table_iter_init(&iter, loopback->files);
    while (g_hash_table_iter_next(&iter, &name, NULL))
        g_string_append_printf(json, "{\"rfilename\":\"%s\"},", (char *)name);
    g_string_append(json, "{\"rfilename\":\"../../../etc/passwd\"}]}");
    const char *text = loopback->manners.listing ? loopback->manners.listing : json->str;
    soup_server_message_set_status(message, 200, NULL);
    soup_server_message_set_response(message, "application/json", SOUP_MEMORY_COPY, text,
                                     strlen(text));
}

/* Writes an answer past SoupServer, which would make it a proper one, and ends the connection. */
static void
send_raw(SoupServerMessage *message, const char *head, const guint8 *data, gsize length)
{
    g_autoptr(GIOStream) stream = soup_server_message_steal_connection(message);
    GOutputStream *out = g_io_stream_get_output_stream(stream);
    g_output_stream_write_all(out, head, strlen(head), NULL, NULL, NULL);
    g_output_stream_write_all(out, data, length, NULL, NULL, NULL);
    g_io_stream_close(stream, NULL, NULL);
}

/* The first bytes of an answer that promises more. */
static void
break_off(Loopback *loopback, SoupServerMessage *message, const guint8 *data, gsize length,
          gsize start)
{
    g_autofree char *head = g_strdup_printf(
        "HTTP/1.1 %s\r\nETag: \"bytes\"\r\nContent-Length: %" G_GSIZE_FORMAT
        "\r\nContent-Range: bytes %" G_GSIZE_FORMAT "-%" G_GSIZE_FORMAT "/%" G_GSIZE_FORMAT
        "\r\n\r\n",
        start ? "206 Partial Content" : "200 OK", length - start, start, length - 1, length);
    send_raw(message, head, data + start, MIN(loopback->manners.drop_after, length - start));
}

static gsize
read_start(SoupServerMessage *message, gsize length)
{
    SoupMessageHeaders *headers = soup_server_message_get_request_headers(message);
    const char *range = soup_message_headers_get_one(headers, "Range");
    return range ? MIN((gsize)g_ascii_strtoull(range + strlen("bytes="), NULL, 10), length) : 0;
}

static void
answer_bytes(Loopback *loopback, SoupServerMessage *message, GBytes *bytes, gboolean is_weights)
{
    LoopbackManners *manners = &loopback->manners;
    SoupMessageHeaders *headers = soup_server_message_get_response_headers(message);
    SoupMessageBody *body = soup_server_message_get_response_body(message);
    gsize length;
    g_autofree guint8 *data =
        g_memdup2(g_bytes_get_data(bytes, NULL), length = g_bytes_get_size(bytes));
    gsize start = manners->ignores_range ? 0 : read_start(message, length);
    const gboolean is_get = g_str_equal(soup_server_message_get_method(message), "GET");
    if (manners->sends_wrong_bytes && is_weights)
        data[length / 2] ^= 1;
    if (is_get && is_weights && manners->n_drops > 0) {
        manners->n_drops--;
        break_off(loopback, message, data, length, start);
        return;
    }
    if (is_get && manners->has_no_length) {
        send_raw(message, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", data, length);
        return;
    }
    /* SoupServer cuts a body to the range that was asked for by itself: here nothing is left to it.
     */
    soup_message_headers_remove(soup_server_message_get_request_headers(message), "Range");
    if (manners->sends_bad_range && start > 0)
        start++;
    soup_server_message_set_status(message, start ? 206 : 200, NULL);
    soup_message_headers_replace(headers, "ETag", "\"bytes\"");
    if (start)
        soup_message_headers_set_content_range(headers, (goffset)start, (goffset)length - 1,
                                               (goffset)length);
    soup_message_body_append(body, SOUP_MEMORY_COPY, data + start, length - start);
    soup_message_body_complete(body);
}

/* The hub's own answer: what it says of the file, and for weights where the bytes are. */
static void
answer_resolve(Loopback *loopback, SoupServerMessage *message, const char *name, GBytes *bytes)
{
    const LoopbackManners *manners = &loopback->manners;
    SoupMessageHeaders *headers = soup_server_message_get_response_headers(message);
    const gboolean is_weights = g_str_has_suffix(name, ".safetensors");
    soup_message_headers_replace(headers, "X-Repo-Commit", LOOPBACK_COMMIT);
    if (is_weights) {
        g_autofree char *digest = digest_of(bytes);
        g_autofree char *quoted = g_strdup_printf("\"%s\"", digest);
        g_autofree char *size = g_strdup_printf(
            "%" G_GINT64_FORMAT, (gint64)g_bytes_get_size(bytes) + manners->size_lie);
        soup_message_headers_replace(headers, "X-Linked-Etag", quoted);
        soup_message_headers_replace(headers, "X-Linked-Size", size);
    }
    if (is_weights || manners->redirect) {
        g_autofree char *cdn = g_strdup_printf("/cdn/%s", name);
        soup_server_message_set_status(message, 302, NULL);
        soup_message_headers_replace(headers, "Location",
                                     manners->redirect ? manners->redirect : cdn);
        return;
    }
    answer_bytes(loopback, message, bytes, FALSE);
}

static void
handle(SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query,
       gpointer user_data)
{
    Loopback *loopback = user_data;
    LoopbackManners *manners = &loopback->manners;
    const char *name = strrchr(path, '/') + 1;
    GBytes *bytes = g_hash_table_lookup(loopback->files, name);
    note(loopback, message, path);
    if (g_str_has_prefix(path, "/api/models/" LOOPBACK_ID "/revision/")) {
        answer_listing(loopback, message);
    } else if (!bytes) {
        soup_server_message_set_status(message, 404, NULL);
    } else if (manners->n_refusals > 0) {
        manners->n_refusals--;
        if (manners->retry_after)
            soup_message_headers_replace(soup_server_message_get_response_headers(message),
                                         "Retry-After", manners->retry_after);
        soup_server_message_set_status(message, manners->status, NULL);
    } else if (g_str_has_prefix(path, "/" LOOPBACK_ID "/resolve/" LOOPBACK_COMMIT "/")) {
        answer_resolve(loopback, message, name, bytes);
    } else {
        answer_bytes(loopback, message, bytes, TRUE);
    }
}

static gpointer
serve(gpointer user_data)
{
    Loopback *loopback = user_data;
    g_autoptr(GError) error = NULL;
    g_main_context_push_thread_default(loopback->context);
    loopback->server = soup_server_new(NULL, NULL);
    soup_server_add_handler(loopback->server, NULL, handle, loopback, NULL);
    soup_server_listen_local(loopback->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
    g_assert_no_error(error);
    GSList *uris = soup_server_get_uris(loopback->server);
    g_mutex_lock(&loopback->mutex);
    loopback->url = g_strdup_printf("http://127.0.0.1:%d", g_uri_get_port(uris->data));
    loopback->is_ready = TRUE;
    g_cond_signal(&loopback->cond);
    g_mutex_unlock(&loopback->mutex);
    g_slist_free_full(uris, (GDestroyNotify)g_uri_unref);
    g_main_loop_run(loopback->loop);
    soup_server_disconnect(loopback->server);
    g_object_unref(loopback->server);
    g_main_context_pop_thread_default(loopback->context);
    return NULL;
}

Loopback *
loopback_new(void)
{
    Loopback *loopback = g_new0(Loopback, 1);
    loopback->files =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref);
    loopback->log = g_string_new(NULL);
    g_mutex_init(&loopback->mutex);
    g_cond_init(&loopback->cond);
    loopback->context = g_main_context_new();
    loopback->loop = g_main_loop_new(loopback->context, FALSE);
    loopback->thread = g_thread_new("loopback", serve, loopback);
    g_mutex_lock(&loopback->mutex);
    while (!loopback->is_ready)
        g_cond_wait(&loopback->cond, &loopback->mutex);
    g_mutex_unlock(&loopback->mutex);
    return loopback;
}

static gboolean
quit(gpointer loop)
{
    g_main_loop_quit(loop);
    return G_SOURCE_REMOVE;
}

void
loopback_free(Loopback *loopback)
{
    if (!loopback)
        return;
    g_autoptr(GSource) source = g_idle_source_new();
    g_source_set_callback(source, quit, loopback->loop, NULL);
    g_source_attach(source, loopback->context);
    g_thread_join(loopback->thread);
    g_main_loop_unref(loopback->loop);
    g_main_context_unref(loopback->context);
    g_hash_table_unref(loopback->files);
    g_string_free(loopback->log, TRUE);
    g_mutex_clear(&loopback->mutex);
    g_cond_clear(&loopback->cond);
    g_free(loopback->url);
    g_free(loopback);
}

const char *
loopback_get_url(Loopback *loopback)
{
    return loopback->url;
}

LoopbackManners *
loopback_get_manners(Loopback *loopback)
{
    return &loopback->manners;
}

void
loopback_add(Loopback *loopback, const char *name, const void *data, gsize length)
{
    g_hash_table_replace(loopback->files, g_strdup(name), g_bytes_new(data, length));
}

char *
loopback_take_log(Loopback *loopback)
{
    g_mutex_lock(&loopback->mutex);
    char *log = g_strdup(loopback->log->str);
    g_string_truncate(loopback->log, 0);
    g_mutex_unlock(&loopback->mutex);
    return log;
}
