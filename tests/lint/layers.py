"""Layers depend one way: every include in core/ against core/LAYERS; gst/ and examples/ see only the
public headers."""

import re

from source import ROOT, files, name, report

INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.M)


def read_layers():
    """[(layer, library)], {public header: layer}"""
    order, public = [], {}
    for line in (ROOT / "core/LAYERS").read_text().splitlines():
        if line and not line.startswith("#"):
            layer, library, *headers = line.split()
            order.append(layer)
            public.update({f"clipwatch/{header}": layer for header in headers})
    return order, public


ORDER, PUBLIC = read_layers()


def layer_of(include):
    if include in PUBLIC:
        return PUBLIC[include]
    head = include.split("/")[0]
    return head if head in ORDER and "/" in include else None


def check_core():
    faults = []
    for path in files(".c", ".h", below="core"):
        parts = path.relative_to(ROOT / "core").parts
        own = PUBLIC.get(f"clipwatch/{parts[-1]}") if parts[0] == "include" else parts[0]
        if own not in ORDER:
            faults.append(f"{name(path)}: its layer '{own}' is not in core/LAYERS")
            continue
        for quote, include in INCLUDE.findall(path.read_text()):
            if include.startswith("gst/"):
                faults.append(f"{name(path)}: includes {include}; GStreamer stays in gst/")
            if quote == "<" and include.startswith("clipwatch/") and include not in PUBLIC:
                faults.append(f"{name(path)}: <{include}> is not a public header in core/LAYERS")
            used = layer_of(include)
            if used and ORDER.index(used) > ORDER.index(own):
                faults.append(f"{name(path)}: layer {own} includes {include} of the later {used}")
    return faults


def check_outside(folder):
    faults = []
    for path in files(".c", ".h", below=folder):
        for quote, include in INCLUDE.findall(path.read_text()):
            if layer_of(include) and not include.startswith("clipwatch/"):
                faults.append(f"{name(path)}: includes {include}; only <clipwatch/*.h> is public")
            if quote == '"' and "/" in include:
                faults.append(f'{name(path)}: "{include}" leaves its folder')
    return faults


def check_folders():
    folders = {p.name for p in (ROOT / "core").iterdir() if p.is_dir()} - {"include"}
    return [f"core/{f} and core/LAYERS disagree" for f in folders ^ set(ORDER)]


report(
    {
        "every folder of core/ is a layer and the other way round": check_folders(),
        "layers of core/ include only what stands above them": check_core(),
        "gst/ includes only public headers": check_outside("gst"),
        "examples/ includes only public headers": check_outside("examples"),
    }
)
