/* A camera on loopback for the README's commands: serves colour bars for a few seconds to
 * whoever asks. Prints its address and runs until its standard input closes. */
#include <gst/gst.h>
#include <gst/rtsp-server/rtsp-server.h>

#define PIPELINE                                                     \
    "( videotestsrc num-buffers=60 is-live=true "                    \
    "! video/x-raw,format=I420,width=320,height=240,framerate=15/1 " \
    "! jpegenc ! rtpjpegpay name=pay0 )"

static gboolean
quit_on_hangup(GIOChannel *channel, GIOCondition condition, gpointer loop)
{
    g_main_loop_quit(loop);
    return G_SOURCE_REMOVE;
}

int
main(int argc, char **argv)
{
    gst_init(&argc, &argv);
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    g_autoptr(GstRTSPServer) server = gst_rtsp_server_new();
    g_autoptr(GstRTSPMountPoints) mounts = gst_rtsp_server_get_mount_points(server);
    GstRTSPMediaFactory *factory = gst_rtsp_media_factory_new();
    gst_rtsp_media_factory_set_launch(factory, PIPELINE);
    gst_rtsp_mount_points_add_factory(mounts, "/stream", factory);
    gst_rtsp_server_set_address(server, "127.0.0.1");
    gst_rtsp_server_set_service(server, "0");
    if (gst_rtsp_server_attach(server, NULL) == 0)
        return 1;
    g_print("rtsp://127.0.0.1:%d/stream\n", gst_rtsp_server_get_bound_port(server));
    g_autoptr(GIOChannel) input = g_io_channel_unix_new(0);
    g_io_add_watch(input, G_IO_HUP | G_IO_IN, quit_on_hangup, loop);
    g_main_loop_run(loop);
    return 0;
}
