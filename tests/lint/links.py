"""Every relative link and picture in the documents leads to a file."""

import re

from source import files, name, report

LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")

report(
    {
        "links in documents lead somewhere": [
            f"{name(path)}: {target}"
            for path in files(".md")
            for target in LINK.findall(path.read_text())
            if not (path.parent / target).exists()
        ]
    }
)
