/* What a person may write after `clipwatch pull`, and what it stands for. */
#pragma once

#include "hub/hub.h"

typedef struct {
    char *id;       /* "owner/name" on a hub; NULL for an address */
    char *revision; /* NULL for an address */
    char *url;      /* the address; NULL for an id */
    char *name;     /* what the model is installed as */
} CwHubReference;

void cw_hub_reference_clear(CwHubReference *reference);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CwHubReference, cw_hub_reference_clear)

/* Fills in reference, which holds nothing yet. revision and as: from the options, may be NULL. */
gboolean cw_hub_reference_parse(const char *name, const char *revision, const char *as,
                                CwHubReference *reference, GError **error);
