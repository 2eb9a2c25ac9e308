#include "audit/tree.h"

#include <openssl/evp.h>
#include <string.h>

/* A tree of 2^53 leaves, the largest that JSON can number, has no more levels. */
#define MAX_LEVELS 54

struct _CwAuditTree {
    EVP_MD *sha256;
    EVP_MD_CTX *context;
    guint64 size;
    /* edge[i] is the root of a full subtree of 2^i leaves where bit i of size is set. */
    CwAuditHash edge[MAX_LEVELS];
};

CwAuditTree *
cw_audit_tree_new(void)
{
    CwAuditTree *tree = g_new0(CwAuditTree, 1);
    tree->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    tree->context = EVP_MD_CTX_new();
    g_assert(tree->sha256 && tree->context);
    return tree;
}

void
cw_audit_tree_free(CwAuditTree *tree)
{
    if (!tree)
        return;
    EVP_MD_CTX_free(tree->context);
    EVP_MD_free(tree->sha256);
    g_free(tree);
}

/* SHA-256 cannot fail on memory that is there; if the library is broken, no hash must come out. */
static CwAuditHash
hash_parts(CwAuditTree *tree, const void *a, gsize a_length, const void *b, gsize b_length)
{
    CwAuditHash hash;
    const gboolean done = EVP_DigestInit_ex2(tree->context, tree->sha256, NULL) == 1 &&
                          EVP_DigestUpdate(tree->context, a, a_length) == 1 &&
                          EVP_DigestUpdate(tree->context, b, b_length) == 1 &&
                          EVP_DigestFinal_ex(tree->context, hash.bytes, NULL) == 1;
    g_assert(done);
    return hash;
}

CwAuditHash
cw_audit_tree_leaf(CwAuditTree *tree, const void *data, gsize length)
{
    return hash_parts(tree, "\0", 1, data, length);
}

static CwAuditHash
hash_node(CwAuditTree *tree, const CwAuditHash *left, const CwAuditHash *right)
{
    guint8 pair[1 + CW_AUDIT_HASH_BYTES];
    pair[0] = 1;
    memcpy(pair + 1, left->bytes, CW_AUDIT_HASH_BYTES);
    return hash_parts(tree, pair, sizeof pair, right->bytes, CW_AUDIT_HASH_BYTES);
}

void
cw_audit_tree_add(CwAuditTree *tree, const CwAuditHash *leaf)
{
    CwAuditHash carry = *leaf;
    guint level = 0;
    for (; tree->size >> level & 1; level++)
        carry = hash_node(tree, &tree->edge[level], &carry);
    tree->edge[level] = carry;
    tree->size++;
}

guint64
cw_audit_tree_size(const CwAuditTree *tree)
{
    return tree->size;
}

CwAuditHash
cw_audit_tree_root(CwAuditTree *tree)
{
    if (tree->size == 0)
        return hash_parts(tree, "", 0, "", 0);
    guint level = 0;
    while (!(tree->size >> level & 1))
        level++;
    CwAuditHash root = tree->edge[level];
    for (level++; level < MAX_LEVELS; level++)
        if (tree->size >> level & 1)
            root = hash_node(tree, &tree->edge[level], &root);
    return root;
}

gboolean
cw_audit_hash_equal(const CwAuditHash *a, const CwAuditHash *b)
{
    return memcmp(a->bytes, b->bytes, CW_AUDIT_HASH_BYTES) == 0;
}

void
cw_audit_hash_hex(const CwAuditHash *hash, char hex[65])
{
    static const char digits[] = "0123456789abcdef";
    for (guint i = 0; i < CW_AUDIT_HASH_BYTES; i++) {
        hex[2 * i] = digits[hash->bytes[i] >> 4];
        hex[2 * i + 1] = digits[hash->bytes[i] & 15];
    }
    hex[64] = '\0';
}
