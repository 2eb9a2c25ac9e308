"""No file holds more than one concept by its length: at most 800 lines."""

from source import files, name, report

LIMIT = 800

report(
    {
        f"no source file is longer than {LIMIT} lines": [
            f"{name(path)}: {lines} lines"
            for path in files(".c", ".h", ".py", ".sh", ".build")
            if (lines := len(path.read_text().splitlines())) > LIMIT
        ]
    }
)
