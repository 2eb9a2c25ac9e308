#include "hub/names.h"
#include "weights/lock.h"

#include <string.h>

/* Identifiers as open_clip's list of pretrained models and the publishers' pages give them.
 * OpenAI's and MetaCLIP's weights are taken from the copies in safetensors form. */
static const CwHubEntry entries[] = {
    {"clip-rn50", "timm/resnet50_clip.openai", "OpenAI, ModifiedResNet"},
    {"clip-rn101", "timm/resnet101_clip.openai", "OpenAI, ModifiedResNet"},
    {"clip-rn50x4", "timm/resnet50x4_clip.openai", "OpenAI, ModifiedResNet, 288 px"},
    {"clip-rn50x16", "timm/resnet50x16_clip.openai", "OpenAI, ModifiedResNet, 384 px"},
    {"clip-rn50x64", "timm/resnet50x64_clip.openai", "OpenAI, ModifiedResNet, 448 px"},
    {"clip-vit-b-32", "openai/clip-vit-base-patch32", "OpenAI"},
    {"clip-vit-b-16", "timm/vit_base_patch16_clip_224.openai", "OpenAI"},
    {"clip-vit-l-14", "openai/clip-vit-large-patch14", "OpenAI"},
    {"clip-vit-l-14-336", "timm/vit_large_patch14_clip_336.openai", "OpenAI, 336 px"},
    {"laion400m-vit-b-32", "timm/vit_base_patch32_clip_224.laion400m_e32", "LAION-400M"},
    {"laion400m-vit-b-16", "timm/vit_base_patch16_clip_224.laion400m_e32", "LAION-400M"},
    {"laion400m-vit-l-14", "timm/vit_large_patch14_clip_224.laion400m_e32", "LAION-400M"},
    {"laion2b-vit-b-32", "laion/CLIP-ViT-B-32-laion2B-s34B-b79K", "LAION-2B"},
    {"laion2b-vit-b-16", "laion/CLIP-ViT-B-16-laion2B-s34B-b88K", "LAION-2B"},
    {"laion2b-vit-l-14", "laion/CLIP-ViT-L-14-laion2B-s32B-b82K", "LAION-2B"},
    {"laion2b-vit-h-14", "laion/CLIP-ViT-H-14-laion2B-s32B-b79K", "LAION-2B"},
    {"laion2b-vit-g-14", "laion/CLIP-ViT-g-14-laion2B-s34B-b88K", "LAION-2B"},
    {"laion2b-vit-bigg-14", "laion/CLIP-ViT-bigG-14-laion2B-39B-b160k", "LAION-2B"},
    {"datacomp-vit-b-32", "laion/CLIP-ViT-B-32-DataComp.XL-s13B-b90K", "DataComp-1B"},
    {"datacomp-vit-b-32-256", "laion/CLIP-ViT-B-32-256x256-DataComp-s34B-b86K",
     "DataComp-1B, 256 px"},
    {"datacomp-vit-b-16", "laion/CLIP-ViT-B-16-DataComp.XL-s13B-b90K", "DataComp-1B"},
    {"datacomp-vit-l-14", "laion/CLIP-ViT-L-14-DataComp.XL-s13B-b90K", "DataComp-1B"},
    {"dfn2b-vit-b-16", "apple/DFN2B-CLIP-ViT-B-16", "Apple, DFN-2B"},
    {"dfn2b-vit-l-14", "apple/DFN2B-CLIP-ViT-L-14", "Apple, DFN-2B"},
    {"dfn5b-vit-h-14", "apple/DFN5B-CLIP-ViT-H-14", "Apple, DFN-5B"},
    {"dfn5b-vit-h-14-378", "apple/DFN5B-CLIP-ViT-H-14-378", "Apple, DFN-5B, 378 px"},
    {"metaclip-vit-b-32", "timm/vit_base_patch32_clip_224.metaclip_2pt5b", "Meta, 2.5 billion"},
    {"metaclip-vit-b-16", "timm/vit_base_patch16_clip_224.metaclip_2pt5b", "Meta, 2.5 billion"},
    {"metaclip-vit-l-14", "timm/vit_large_patch14_clip_224.metaclip_2pt5b", "Meta, 2.5 billion"},
    {"metaclip-vit-h-14", "timm/vit_huge_patch14_clip_224.metaclip_2pt5b", "Meta, 2.5 billion"},
    {"metaclip-400m-vit-b-32", "timm/vit_base_patch32_clip_224.metaclip_400m", "Meta, 400 million"},
    {"metaclip-400m-vit-b-16", "timm/vit_base_patch16_clip_224.metaclip_400m", "Meta, 400 million"},
    {"tinyclip-vit-8m-16", "wkcn/TinyCLIP-ViT-8M-16-Text-3M-YFCC15M", "TinyCLIP, YFCC15M"},
    {"tinyclip-vit-39m-16", "wkcn/TinyCLIP-ViT-39M-16-Text-19M-YFCC15M", "TinyCLIP, YFCC15M"},
    {"tinyclip-vit-40m-32", "wkcn/TinyCLIP-ViT-40M-32-Text-19M-LAION400M", "TinyCLIP, LAION-400M"},
    {"tinyclip-vit-61m-32", "wkcn/TinyCLIP-ViT-61M-32-Text-29M-LAION400M", "TinyCLIP, LAION-400M"},
    {NULL},
};

const CwHubEntry *
cw_hub_list(void)
{
    return entries;
}

void
cw_hub_reference_clear(CwHubReference *reference)
{
    g_clear_pointer(&reference->id, g_free);
    g_clear_pointer(&reference->revision, g_free);
    g_clear_pointer(&reference->url, g_free);
    g_clear_pointer(&reference->name, g_free);
}

static gboolean
refuse(const char *name, const char *what, GError **error)
{
    g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT, "'%s' %s", name, what);
    return FALSE;
}

/* A branch, tag, commit or reference such as "refs/pr/3". */
static gboolean
is_revision(const char *revision)
{
    const gsize length = strlen(revision);
    return length > 0 && length <= 128 && revision[0] != '/' && revision[0] != '.' &&
           !strstr(revision, "..") &&
           strspn(revision, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._-/") == length;
}

/* The last part of an address's path without ".safetensors"; NULL when that is no plain name. */
static char *
name_from_url(const char *url)
{
    g_autoptr(GUri) uri = g_uri_parse(url, G_URI_FLAGS_NONE, NULL);
    g_autofree char *last = uri ? g_path_get_basename(g_uri_get_path(uri)) : g_strdup("");
    if (g_str_has_suffix(last, ".safetensors"))
        last[strlen(last) - strlen(".safetensors")] = '\0';
    return cw_lock_is_plain_name(last) ? g_steal_pointer(&last) : NULL;
}

static gboolean
parse_url(const char *url, const char *revision, const char *as, CwHubReference *reference,
          GError **error)
{
    if (revision)
        return refuse(url, "is an address and has no revisions", error);
    reference->url = g_strdup(url);
    reference->name = as ? g_strdup(as) : name_from_url(url);
    return reference->name ||
           refuse(url, "does not end in a file name to install it under; say which (--as)", error);
}

static gboolean
parse_id(const char *name, const char *revision, CwHubReference *reference, GError **error)
{
    g_auto(GStrv) halves = g_strsplit(name, "@", 2);
    g_auto(GStrv) parts = g_strsplit(halves[0] ? halves[0] : "", "/", 0);
    const char *at = halves[0] ? halves[1] : NULL;
    if (g_strv_length(parts) != 2 || !cw_lock_is_plain_name(parts[0]) ||
        !cw_lock_is_plain_name(parts[1]))
        return refuse(name,
                      "is neither a short name ('clipwatch pull --list') nor a hub id like "
                      "'owner/name' or 'owner/name@revision' nor an https address",
                      error);
    if (at && revision)
        return refuse(name, "names a revision, and so does the option", error);
    reference->id = g_strdup(halves[0]);
    reference->revision = g_strdup(at ? at : revision ? revision : "main");
    reference->name = g_strdup(parts[1]);
    return is_revision(reference->revision) ||
           refuse(reference->revision, "cannot be a revision: a branch, a tag or a commit", error);
}

static const CwHubEntry *
find_entry(const char *name)
{
    for (const CwHubEntry *entry = entries; entry->name; entry++)
        if (g_ascii_strcasecmp(entry->name, name) == 0)
            return entry;
    return NULL;
}

gboolean
cw_hub_reference_parse(const char *name, const char *revision, const char *as,
                       CwHubReference *reference, GError **error)
{
    if (as && !cw_lock_is_plain_name(as))
        return refuse(as, "cannot name a model: letters, digits and '._-' can", error);
    if (strstr(name, "://"))
        return parse_url(name, revision, as, reference, error);
    const CwHubEntry *entry = find_entry(name);
    if (!parse_id(entry ? entry->id : name, revision, reference, error))
        return FALSE;
    if (as || entry) {
        g_free(reference->name);
        reference->name = g_strdup(as ? as : entry->name);
    }
    return TRUE;
}
