#include "hub/remote.h"

#include <libsoup/soup.h>
#include <string.h>

#define MAX_REDIRECTS 5
#define MAX_TRIES     5
#define TIMEOUT_S     30
#define MAX_WAIT_MS   30000

/* A server's Retry-After is believed up to this many times the first wait (a minute by default). */
#define MAX_PATIENCE 120

struct _CwRemote {
    SoupSession *session;
    guint retry_ms;
};

CwRemote *
cw_remote_new(guint retry_ms)
{
    CwRemote *remote = g_new0(CwRemote, 1);
    g_autofree char *agent = g_strdup_printf("clipwatch/%s", cw_version_string());
    remote->retry_ms = retry_ms;
    remote->session =
        soup_session_new_with_options("timeout", TIMEOUT_S, "user-agent", agent, NULL);
    /* Ranges and digests are of the bytes as they lie on the server. */
    soup_session_remove_feature_by_type(remote->session, SOUP_TYPE_CONTENT_DECODER);
    return remote;
}

void
cw_remote_free(CwRemote *remote)
{
    if (!remote)
        return;
    soup_session_abort(remote->session);
    g_object_unref(remote->session);
    g_free(remote);
}

void
cw_remote_facts_clear(CwRemoteFacts *facts)
{
    g_clear_pointer(&facts->sha256, g_free);
    g_clear_pointer(&facts->etag, g_free);
    facts->size = CW_SIZE_UNKNOWN;
    facts->start = 0;
}

static gboolean
is_loopback(const char *host)
{
    g_autoptr(GInetAddress) address = g_inet_address_new_from_string(host);
    return g_str_equal(host, "localhost") || (address && g_inet_address_get_is_loopback(address));
}

/* Encrypted everywhere, except on this machine; never back from encrypted to plain. */
static gboolean
check_uri(GUri *uri, GUri *from, GError **error)
{
    const char *scheme = g_uri_get_scheme(uri);
    const char *host = g_uri_get_host(uri);
    g_autofree char *text = g_uri_to_string_partial(uri, G_URI_HIDE_PASSWORD | G_URI_HIDE_QUERY);
    const gboolean is_plain = g_str_equal(scheme, "http");
    if ((!is_plain && !g_str_equal(scheme, "https")) || !host || !*host)
        g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT, "%s: not an https address", text);
    else if (is_plain && from && g_str_equal(g_uri_get_scheme(from), "https"))
        g_set_error(error, CW_ERROR, CW_ERROR_IO,
                    "%s: refused: %s redirects here, from https to http", text,
                    g_uri_get_host(from));
    else if (is_plain && !is_loopback(host))
        g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT,
                    "%s: refused: http is allowed to this machine alone; use https", text);
    else
        return TRUE;
    return FALSE;
}

static GUri *
parse_uri(const char *url, GError **error)
{
    g_autoptr(GError) fault = NULL;
    g_autoptr(GUri) uri = g_uri_parse(url, SOUP_HTTP_URI_FLAGS, &fault);
    if (!uri)
        g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT, "%s: %s", url, fault->message);
    return uri && check_uri(uri, NULL, error) ? g_steal_pointer(&uri) : NULL;
}

/* The SHA-256 in an entity tag of 64 hex digits, or NULL. */
static char *
read_sha256(const char *etag)
{
    if (!etag)
        return NULL;
    if (g_str_has_prefix(etag, "W/"))
        etag += 2;
    g_autofree char *text = g_ascii_strdown(etag, -1);
    g_strdelimit(text, "\"", ' ');
    g_strstrip(text);
    return strlen(text) == 64 && strspn(text, G_CSET_DIGITS "abcdef") == 64 ? g_steal_pointer(&text)
                                                                            : NULL;
}

static guint64
read_size(const char *text)
{
    guint64 size;
    return text && g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT64, &size, NULL)
               ? size
               : CW_SIZE_UNKNOWN;
}

/* Facts that only the hub itself may state; kept from the first answer that has them. */
static void
read_announced(SoupMessageHeaders *headers, CwRemoteFacts *facts)
{
    if (facts->sha256)
        return;
    facts->sha256 = read_sha256(soup_message_headers_get_one(headers, "X-Linked-Etag"));
    if (facts->sha256)
        facts->size = read_size(soup_message_headers_get_one(headers, "X-Linked-Size"));
}

static void
read_final(SoupMessage *message, gboolean is_hub, CwRemoteFacts *facts)
{
    SoupMessageHeaders *headers = soup_message_get_response_headers(message);
    const char *etag = soup_message_headers_get_one(headers, "ETag");
    goffset start = 0, end = 0, total = -1;
    guint64 size = read_size(soup_message_headers_get_one(headers, "Content-Length"));
    if (soup_message_get_status(message) == SOUP_STATUS_PARTIAL_CONTENT) {
        if (soup_message_headers_get_content_range(headers, &start, &end, &total))
            facts->start = (guint64)start;
        size = total >= 0 ? (guint64)total : CW_SIZE_UNKNOWN;
    }
    if (is_hub && !facts->sha256)
        facts->sha256 = read_sha256(etag);
    if (size != CW_SIZE_UNKNOWN)
        facts->size = size;
    if (etag && etag[0] == '"')
        facts->etag = g_strdup(etag);
}

static gboolean
is_redirect(guint status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* The wait that makes sense before the same request again, 0 for none. */
static guint
wait_after_status(const CwRemote *remote, SoupMessage *message)
{
    const guint status = soup_message_get_status(message);
    if (status != 408 && status != 425 && status != 429 && status < 500)
        return 0;
    const guint64 seconds = read_size(
        soup_message_headers_get_one(soup_message_get_response_headers(message), "Retry-After"));
    if (seconds == CW_SIZE_UNKNOWN)
        return MAX(remote->retry_ms, 1);
    return (guint)CLAMP(MIN(seconds, 3600) * 1000, 1, MAX_PATIENCE * (guint64)remote->retry_ms);
}

static void
refuse_status(SoupMessage *message, const char *url, GError **error)
{
    const guint status = soup_message_get_status(message);
    const char *reason = soup_message_get_reason_phrase(message);
    if (status == 401 || status == 403)
        g_set_error(error, CW_ERROR, CW_ERROR_NOT_FOUND,
                    "%s: the server says %u: there is no such repository, or it needs an account "
                    "or an accepted licence; download it by hand then",
                    url, status);
    else if (status == 404 || status == 410)
        g_set_error(error, CW_ERROR, CW_ERROR_NOT_FOUND, "%s: the server says %u: no such thing",
                    url, status);
    else
        g_set_error(error, CW_ERROR, CW_ERROR_IO, "%s: the server says %u %s", url, status,
                    reason && *reason ? reason : "");
}

gboolean
cw_remote_may_pass(const GError *error)
{
    if (error->domain == G_RESOLVER_ERROR)
        return error->code == G_RESOLVER_ERROR_TEMPORARY_FAILURE;
    if (error->domain == SOUP_SESSION_ERROR)
        return error->code == SOUP_SESSION_ERROR_PARSING ||
               error->code == SOUP_SESSION_ERROR_ENCODING;
    if (error->domain != G_IO_ERROR)
        return FALSE;
    return error->code != G_IO_ERROR_CONNECTION_REFUSED &&
           error->code != G_IO_ERROR_HOST_UNREACHABLE &&
           error->code != G_IO_ERROR_NETWORK_UNREACHABLE && error->code != G_IO_ERROR_CANCELLED;
}

gboolean
cw_remote_wait(CwRemote *remote, guint attempt, guint wait_ms)
{
    if (attempt + 1 >= MAX_TRIES)
        return FALSE;
    const guint backoff = MIN(remote->retry_ms << attempt, MAX_WAIT_MS);
    g_usleep((gulong)MAX(backoff, wait_ms) * 1000);
    return TRUE;
}

static SoupMessage *
new_message(const char *method, GUri *uri, guint64 offset, const char *etag)
{
    SoupMessage *message = soup_message_new_from_uri(method, uri);
    SoupMessageHeaders *headers = soup_message_get_request_headers(message);
    soup_message_add_flags(message, SOUP_MESSAGE_NO_REDIRECT);
    soup_message_headers_replace(headers, "Accept-Encoding", "identity");
    if (offset > 0)
        soup_message_headers_set_range(headers, (goffset)offset, -1);
    if (offset > 0 && etag)
        soup_message_headers_replace(headers, "If-Range", etag);
    return message;
}

/* Where a redirect leads; NULL with an error where it leads nowhere good. */
static GUri *
follow(SoupMessage *message, GUri *from, GError **error)
{
    const char *location =
        soup_message_headers_get_one(soup_message_get_response_headers(message), "Location");
    g_autoptr(GUri) to =
        location ? g_uri_parse_relative(from, location, SOUP_HTTP_URI_FLAGS, NULL) : NULL;
    if (!to) {
        g_set_error(error, CW_ERROR, CW_ERROR_IO, "%s: redirects without a place to go",
                    g_uri_get_host(from));
        return NULL;
    }
    return check_uri(to, from, error) ? g_steal_pointer(&to) : NULL;
}

/* One request through its redirects. HEAD stops where the hub has announced what was asked for. */
static GInputStream *
request(CwRemote *remote, const char *method, const char *url, guint64 offset, const char *etag,
        CwRemoteFacts *facts, guint *wait_ms, GError **error)
{
    cw_remote_facts_clear(facts);
    *wait_ms = 0;
    g_autoptr(GUri) first = parse_uri(url, error);
    g_autoptr(GUri) uri = first ? g_uri_ref(first) : NULL;
    for (guint hops = 0; uri && hops <= MAX_REDIRECTS; hops++) {
        g_autoptr(SoupMessage) message = new_message(method, uri, offset, etag);
        g_autoptr(GError) fault = NULL;
        const gboolean is_hub = g_str_equal(g_uri_get_host(uri), g_uri_get_host(first));
        g_autoptr(GInputStream) body = soup_session_send(remote->session, message, NULL, &fault);
        if (!body) {
            *wait_ms = cw_remote_may_pass(fault) ? MAX(remote->retry_ms, 1) : 0;
            g_set_error(error, CW_ERROR, CW_ERROR_IO, "%s: %s", url, fault->message);
            return NULL;
        }
        const guint status = soup_message_get_status(message);
        if (is_hub)
            read_announced(soup_message_get_response_headers(message), facts);
        if (is_redirect(status) && !(facts->sha256 && g_str_equal(method, "HEAD"))) {
            GUri *next = follow(message, uri, error);
            g_uri_unref(uri);
            uri = next;
            continue;
        }
        if (!is_redirect(status) && status != 200 && status != 206) {
            *wait_ms = wait_after_status(remote, message);
            refuse_status(message, url, error);
            return NULL;
        }
        if (!is_redirect(status))
            read_final(message, is_hub, facts);
        return g_steal_pointer(&body);
    }
    if (uri)
        g_set_error(error, CW_ERROR, CW_ERROR_IO, "%s: more than %d redirects", url, MAX_REDIRECTS);
    return NULL;
}

GInputStream *
cw_remote_open(CwRemote *remote, const char *url, guint64 offset, const char *etag,
               CwRemoteFacts *facts, guint *wait_ms, GError **error)
{
    return request(remote, "GET", url, offset, etag, facts, wait_ms, error);
}

gboolean
cw_remote_ask(CwRemote *remote, const char *url, CwRemoteFacts *facts, GError **error)
{
    for (guint attempt = 0;; attempt++) {
        guint wait_ms;
        g_autoptr(GError) fault = NULL;
        g_autoptr(GInputStream) body =
            request(remote, "HEAD", url, 0, NULL, facts, &wait_ms, &fault);
        if (body)
            return TRUE;
        if (wait_ms == 0 || !cw_remote_wait(remote, attempt, wait_ms)) {
            g_propagate_error(error, g_steal_pointer(&fault));
            return FALSE;
        }
    }
}

/* NULL with *may_pass where the connection broke. */
static GBytes *
read_body(GInputStream *body, const char *url, gsize max_bytes, gboolean *may_pass, GError **error)
{
    g_autoptr(GError) fault = NULL;
    g_autofree guint8 *data = g_try_malloc(max_bytes + 1);
    gsize n = 0;
    *may_pass = FALSE;
    if (!data || !g_input_stream_read_all(body, data, max_bytes + 1, &n, NULL, &fault)) {
        *may_pass = fault && cw_remote_may_pass(fault);
        g_set_error(error, CW_ERROR, CW_ERROR_IO, "%s: %s", url,
                    fault ? fault->message : "out of memory");
        return NULL;
    }
    if (n > max_bytes) {
        g_set_error(error, CW_ERROR, CW_ERROR_LIMIT, "%s: larger than %" G_GSIZE_FORMAT " bytes",
                    url, max_bytes);
        return NULL;
    }
    return g_bytes_new(data, n);
}

GBytes *
cw_remote_read(CwRemote *remote, const char *url, gsize max_bytes, GError **error)
{
    for (guint attempt = 0;; attempt++) {
        guint wait_ms;
        gboolean may_pass = FALSE;
        g_auto(CwRemoteFacts) facts = {0};
        g_autoptr(GError) fault = NULL;
        g_autoptr(GInputStream) body =
            request(remote, "GET", url, 0, NULL, &facts, &wait_ms, &fault);
        GBytes *bytes = body ? read_body(body, url, max_bytes, &may_pass, &fault) : NULL;
        if (bytes)
            return bytes;
        if ((wait_ms == 0 && !may_pass) || !cw_remote_wait(remote, attempt, wait_ms)) {
            g_propagate_error(error, g_steal_pointer(&fault));
            return NULL;
        }
    }
}
