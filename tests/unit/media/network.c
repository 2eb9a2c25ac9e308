/* Addresses: a server on the loopback interface that says what each test has it say. */
#include "fixture.h"
#include "png_file.h"

#include "media/media.h"

#include <gio/gio.h>
#include <string.h>

typedef struct {
    GSocketService *service;
    guint16 port;
    char *path; /* of the one resource */
    char *body;
    gsize length;
    gint n_others; /* requests for anything else */
} Server;

static gboolean
serve(GThreadedSocketService *service, GSocketConnection *connection, GObject *source,
      gpointer data)
{
    Server *server = data;
    GInputStream *input = g_io_stream_get_input_stream(G_IO_STREAM(connection));
    GOutputStream *output = g_io_stream_get_output_stream(G_IO_STREAM(connection));
    char request[4096] = "";
    gsize length = 0;
    while (length < sizeof request - 1 && !strstr(request, "\r\n\r\n")) {
        const gssize n =
            g_input_stream_read(input, request + length, sizeof request - 1 - length, NULL, NULL);
        if (n <= 0)
            return TRUE;
        length += (gsize)n;
        request[length] = '\0';
    }
    g_autofree char *wanted = g_strdup_printf("GET %s ", server->path);
    g_autofree char *header = g_strdup_printf("HTTP/1.1 200 OK\r\nContent-Length: %" G_GSIZE_FORMAT
                                              "\r\nConnection: close\r\n\r\n",
                                              server->length);
    if (g_str_has_prefix(request, wanted)) {
        g_output_stream_write_all(output, header, strlen(header), NULL, NULL, NULL);
        g_output_stream_write_all(output, server->body, server->length, NULL, NULL, NULL);
    } else {
        g_atomic_int_inc(&server->n_others);
    }
    g_io_stream_close(G_IO_STREAM(connection), NULL, NULL);
    return TRUE;
}

static Server *
start_server(const char *path, const char *body, gsize length)
{
    g_autoptr(GError) error = NULL;
    Server *server = g_new0(Server, 1);
    g_autoptr(GInetAddress) loopback = g_inet_address_new_loopback(G_SOCKET_FAMILY_IPV4);
    g_autoptr(GSocketAddress) any_port = g_inet_socket_address_new(loopback, 0);
    g_autoptr(GSocketAddress) bound = NULL;
    server->path = g_strdup(path);
    server->body = g_memdup2(body, length);
    server->length = length;
    server->service = g_threaded_socket_service_new(4);
    g_socket_listener_add_address(G_SOCKET_LISTENER(server->service), any_port,
                                  G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL, &bound,
                                  &error);
    g_assert_no_error(error);
    server->port = g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(bound));
    g_signal_connect(server->service, "run", G_CALLBACK(serve), server);
    g_socket_service_start(server->service);
    return server;
}

static void
stop_server(Server *server)
{
    g_socket_service_stop(server->service);
    g_socket_listener_close(G_SOCKET_LISTENER(server->service));
    g_object_unref(server->service);
    g_free(server->path);
    g_free(server->body);
    g_free(server);
}

typedef struct {
    char *address;
    CwMedia *media;
    GError *error;
    gint is_done;
} Opening;

/* The service accepts in the main loop, so the blocking call has a thread of its own. */
static gpointer
open_in_thread(gpointer data)
{
    Opening *opening = data;
    opening->media = cw_media_open(opening->address, &opening->error);
    g_atomic_int_set(&opening->is_done, TRUE);
    g_main_context_wakeup(NULL);
    return NULL;
}

static CwMedia *
open_address(const Server *server, const char *path, GError **error)
{
    Opening opening = {.address = g_strdup_printf("http://127.0.0.1:%u%s", server->port, path)};
    GThread *thread = g_thread_new("open", open_in_thread, &opening);
    while (!g_atomic_int_get(&opening.is_done))
        g_main_context_iteration(NULL, TRUE);
    g_thread_join(thread);
    g_free(opening.address);
    if (opening.error)
        g_propagate_error(error, opening.error);
    return opening.media;
}

static void
make_png(char **bytes, gsize *length)
{
    g_autofree char *dir = cw_test_make_dir();
    g_autofree char *path = g_build_filename(dir, "a.png", NULL);
    guint8 rgb[3 * 20 * 10];
    for (guint i = 0; i < sizeof rgb; i++)
        rgb[i] = (guint8)(i * 11);
    cw_test_write_png(path, rgb, 20, 10);
    g_assert_true(g_file_get_contents(path, bytes, length, NULL));
    cw_test_remove_dir(dir);
}

static void
test_picture(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *png = NULL;
    gsize length;
    make_png(&png, &length);
    Server *server = start_server("/camera/still", png, length);
    g_autoptr(CwMedia) media = open_address(server, "/camera/still", &error);
    g_assert_no_error(error);
    CwFrame frame;
    CwFrameFormat format;
    double time;
    g_assert_cmpint(cw_media_next(media, 0.0, &frame, &format, &time, &error), ==, CW_MEDIA_FRAME);
    g_assert_no_error(error);
    g_assert_cmpuint(format.width, ==, 20);
    g_assert_cmpuint(format.height, ==, 10);
    stop_server(server);
}

/* What a server sends must not make this machine's files be read. */
static void
test_playlist(void)
{
    static const char *const playlists[] = {
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile /etc/passwd\n",
    };
    for (guint i = 0; i < G_N_ELEMENTS(playlists); i++) {
        g_autoptr(GError) error = NULL;
        Server *server = start_server("/list.m3u8", playlists[i], strlen(playlists[i]));
        g_autoptr(CwMedia) media = open_address(server, "/list.m3u8", &error);
        g_assert_null(media);
        g_assert_nonnull(strstr(error->message, "/list.m3u8: "));
        stop_server(server);
    }
}

static void
test_nothing_there(void)
{
    g_autoptr(GError) error = NULL;
    Server *server = start_server("/there", "x", 1);
    g_autoptr(CwMedia) media = open_address(server, "/elsewhere", &error);
    g_assert_null(media);
    g_assert_nonnull(strstr(error->message, "/elsewhere: cannot be opened"));
    g_assert_cmpint(g_atomic_int_get(&server->n_others), >=, 1);
    stop_server(server);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/media/network/a picture is read from a server", test_picture);
    g_test_add_func("/media/network/a server's playlist opens no file of this machine",
                    test_playlist);
    g_test_add_func("/media/network/an address with nothing there is refused", test_nothing_there);
    return g_test_run();
}
