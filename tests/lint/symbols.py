"""The shared library exports exactly what the public headers declare. Argument: the library."""

import re
import sys

from source import files, report, run

DECLARATION = re.compile(r"\bCW_API\b[^;]*?\b(cw_\w+)\s*\(", re.S)

declared = set()
for header in files(".h", below="core/include"):
    declared |= set(DECLARATION.findall(header.read_text()))
status, output = run("nm", "-D", "--defined-only", "--format=posix", sys.argv[1])
exported = {line.split()[0] for line in output.splitlines()} if status == 0 else set()

report(
    {
        "nm reads the library": [] if status == 0 else [output],
        "every exported symbol is declared in a public header": sorted(exported - declared),
        "every declared function is exported": sorted(declared - exported),
    }
)
