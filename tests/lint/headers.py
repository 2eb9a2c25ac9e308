"""Every header compiles alone: the public ones in C and in C++, the internal ones in C."""

import shutil
import sys

from source import ROOT, files, name, run, report

FLAGS = ["-fsyntax-only", "-Wall", "-Wextra", "-Werror", f"-I{ROOT}/core/include"]
status, packages = run("pkg-config", "--cflags", "glib-2.0", "gio-2.0")
if status != 0:
    sys.exit("pkg-config does not find glib-2.0")
FLAGS += packages.split()


def compile_alone(compiler, language, include, *flags):
    source = f"#include {include}\n"
    status, output = run(compiler, "-x", language, *FLAGS, *flags, "-", text=source)
    return [f"{include} in {language}: {output.strip().splitlines()[0]}"] if status else []


public, public_cpp, internal = [], [], []
for header in files(".h", below="core/include"):
    include = f"<{header.relative_to(ROOT / 'core/include')}>"
    public += compile_alone("cc", "c", include, "-std=c11", "-pedantic")
    if shutil.which("c++"):
        public_cpp += compile_alone("c++", "c++", include)
for header in files(".h", below="core"):
    if "include" not in header.relative_to(ROOT / "core").parts:
        include = f'"{header.relative_to(ROOT / "core")}"'
        internal += compile_alone("cc", "c", include, "-std=c11", "-D_GNU_SOURCE", f"-I{ROOT}/core")

report(
    {
        "public headers compile alone in C": public,
        "public headers compile alone in C++"
        + ("" if shutil.which("c++") else " # SKIP no C++ compiler"): public_cpp,
        "internal headers compile alone in C": internal,
    }
)
