#!/usr/bin/env python3
"""Makes WebDataset shards of pictures that a list names in clones of public repositories.

    models/recipe/extra.py LIST.tsv.gz CLASSES.json CLONES OUT

LIST has the columns repository, commit, path and label; CLASSES gives each label its captions, as
`clipwatch train --classes` reads them. CLONES holds a git directory for each repository: OWNER+NAME/repo,
OWNER+NAME.git or OWNER/NAME. OUT/extra-NNN.tar get KEY.jpg, KEY.txt (a caption) and KEY.json (label, source),
in an order that depends on the list alone. A picture that its clone lacks is counted and named.
"""
import csv
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile

PICTURES_PER_SHARD = 10_000


def clone_of(clones, repository):
    joined = repository.replace("/", "+")
    for name in (f"{joined}/repo", f"{joined}.git", f"{repository}/.git", repository):
        path = os.path.join(clones, name)
        if os.path.isdir(path):
            return path
    sys.exit(f"{clones}: no clone of {repository}; git clone it as {joined}.git")


class Pictures:
    """What `git cat-file --batch` gives, one process for each clone."""

    def __init__(self, clones):
        self.clones, self.running = clones, {}

    def read(self, repository, commit, path):
        git = self.running.get(repository)
        if git is None:
            git = self.running[repository] = subprocess.Popen(
                ["git", "-C", clone_of(self.clones, repository), "cat-file", "--batch"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        git.stdin.write(f"{commit}:{path}\n".encode())
        git.stdin.flush()
        head = git.stdout.readline().split()
        if len(head) != 3 or head[1] != b"blob":
            return None
        data = git.stdout.read(int(head[2]))
        git.stdout.read(1)
        return data


def add(shard, name, data):
    member = tarfile.TarInfo(name)
    member.size = len(data)
    shard.addfile(member, io.BytesIO(data))


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    listing, classes, clones, out = sys.argv[1:]
    with open(classes, encoding="utf-8") as file:
        captions = {label: entry["captions"] for label, entry in json.load(file).items()}
    with gzip.open(listing, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    # Mixed by the digest of each path, so that every shard holds every label.
    rows.sort(key=lambda row: hashlib.sha256((row["repository"] + row["path"]).encode()).digest())
    os.makedirs(out, exist_ok=True)
    pictures = Pictures(clones)
    missing, shard = [], None
    for number, row in enumerate(rows):
        if number % PICTURES_PER_SHARD == 0:
            if shard:
                shard.close()
            shard = tarfile.open(os.path.join(out, f"extra-{number // PICTURES_PER_SHARD:03d}.tar"), "w")
            print(f"\r{number} of {len(rows)}", end="", file=sys.stderr, flush=True)
        data = pictures.read(row["repository"], row["commit"], row["path"])
        if data is None:
            missing.append(row["path"])
            continue
        label = row["label"]
        key = f"x{number:06d}"
        add(shard, f"{key}.jpg", data)
        add(shard, f"{key}.txt", captions[label][number % len(captions[label])].encode())
        add(shard, f"{key}.json", json.dumps({"label": label, "source": row["repository"]}).encode())
    shard.close()
    print(f"\r{len(rows) - len(missing)} pictures, {len(missing)} missing", file=sys.stderr)
    for path in missing[:10]:
        print(f"missing: {path}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
