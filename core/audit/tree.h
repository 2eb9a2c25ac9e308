/* The Merkle tree of RFC 6962 over the records of a log, kept as its right edge only. */
#pragma once

#include <clipwatch/error.h>

#define CW_AUDIT_HASH_BYTES 32

typedef struct {
    guint8 bytes[CW_AUDIT_HASH_BYTES];
} CwAuditHash;

/* A growing tree. One thread at a time. */
typedef struct _CwAuditTree CwAuditTree;

CwAuditTree *cw_audit_tree_new(void);
void cw_audit_tree_free(CwAuditTree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwAuditTree, cw_audit_tree_free)

/* H(0x00 ‖ data), the hash of a record. */
CwAuditHash cw_audit_tree_leaf(CwAuditTree *tree, const void *data, gsize length);

/* Appends one leaf; its index is the size before. */
void cw_audit_tree_add(CwAuditTree *tree, const CwAuditHash *leaf);
guint64 cw_audit_tree_size(const CwAuditTree *tree);

/* The root over all leaves so far; H("") of an empty tree. */
CwAuditHash cw_audit_tree_root(CwAuditTree *tree);

gboolean cw_audit_hash_equal(const CwAuditHash *a, const CwAuditHash *b);

/* 64 hex digits and a NUL. */
void cw_audit_hash_hex(const CwAuditHash *hash, char hex[65]);
