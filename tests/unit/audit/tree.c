/* core/audit: the Merkle tree against the vectors of RFC 6962, canonical JSON against what it
 * refuses. */
#include "audit/canonical.h"
#include "audit/tree.h"

#include "fixture.h"

#include <string.h>

static void
test_roots(void)
{
    static const struct {
        const char *leaf;
        gsize length;
        const char *root; /* after this leaf */
    } steps[] = {
        {"", 0, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
        {"\x00", 1, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"},
        {"\x10", 1, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"},
        {"\x20\x21", 2, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"},
        {"\x30\x31", 2, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"},
        {"\x40\x41\x42\x43", 4, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"},
        {"\x50\x51\x52\x53\x54\x55\x56\x57", 8,
         "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"},
        {"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16,
         "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"},
    };
    char hex[65];
    g_autoptr(CwAuditTree) tree = cw_audit_tree_new();
    CwAuditHash root = cw_audit_tree_root(tree);
    cw_audit_hash_hex(&root, hex);
    g_assert_cmpstr(hex, ==, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (guint i = 0; i < G_N_ELEMENTS(steps); i++) {
        const CwAuditHash leaf = cw_audit_tree_leaf(tree, steps[i].leaf, steps[i].length);
        cw_audit_tree_add(tree, &leaf);
        root = cw_audit_tree_root(tree);
        cw_audit_hash_hex(&root, hex);
        g_assert_cmpstr(hex, ==, steps[i].root);
    }
}

static void
test_canonical(void)
{
    static const char *const good[] = {"{}", "{\"a\":[],\"b\":{\"c\":-1}}",
                                       "{\"a\":\"\xC3\xBC\\n\\u0001\\\"\"}",
                                       "{\"a\":9007199254740992,\"aa\":[true,false,null,0]}"};
    static const char *const bad[] = {"",
                                      "[]",
                                      "{} ",
                                      "{ }",
                                      "{\"a\": 1}",
                                      "{\"a\":1.5}",
                                      "{\"a\":1e3}",
                                      "{\"a\":-0}",
                                      "{\"a\":01}",
                                      "{\"b\":1,\"a\":1}",
                                      "{\"a\":1,\"a\":2}",
                                      "{\"a\":9007199254740993}",
                                      "{\"a\":\"\\u000a\"}",
                                      "{\"a\":\"\\u0041\"}",
                                      "{\"a\":\"\\/\"}",
                                      "{\"a\":\"\xFF\"}",
                                      "{\"a\":\"\n\"}",
                                      "{\"a\":[1,]}",
                                      "{\"a\":1",
                                      "{\"\xC3\xBC\":1}",
                                      "{\"ab\":1,\"a\":1}",
                                      "{\"a\":\"\\u001F\"}"};
    for (guint i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autoptr(GError) error = NULL;
        cw_audit_check_canonical(good[i], strlen(good[i]), &error);
        g_assert_no_error(error);
    }
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        GError *error = NULL;
        g_assert_false(cw_audit_check_canonical(bad[i], strlen(bad[i]), &error));
        cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT, "is not canonical JSON", NULL);
    }
}

static void
test_depth(void)
{
    g_autoptr(GString) deep = g_string_new("{\"a\":");
    GError *error = NULL;
    for (guint i = 0; i < 100000; i++)
        g_string_append_c(deep, '[');
    g_assert_false(cw_audit_check_canonical(deep->str, deep->len, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_LIMIT, "deeper than 32", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/audit/tree/roots-are-those-of-RFC-6962", test_roots);
    g_test_add_func("/audit/canonical/one-spelling-only", test_canonical);
    g_test_add_func("/audit/canonical/depth-is-bounded", test_depth);
    return g_test_run();
}
