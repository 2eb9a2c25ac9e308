"""Runs every command of the README, in its order, as a reader would: in the source folder, with a video
and a picture of their own, a camera (an RTSP server on loopback) and a hub (an HTTP server on loopback
that serves a small random model). Arguments: build folder, RTSP server, checkpoint generator.

A command counts as true when it exits with 0 and prints what the table says. A command that is in the
README and not in the table fails the test."""

import functools
import http.server
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
EVENT = '"schema":"clipwatch.event/1"'

# command as it stands in the README: what its output must hold
COMMANDS = {
    "./examples/quickstart": "18 of 18 as expected",
    "./examples/quickstart video.mp4": EVENT,
    "./tests/run": None,  # this test is part of it
    "meson devenv -C build -w .": "",
    "gst-launch-1.0 -m rtspsrc location=rtsp://camera.local/stream ! decodebin ! clipclassify "
    "prompts=parking ! fakesink": "clipclassify",
    "gst-launch-1.0 -m filesrc location=video.mp4 ! decodebin ! clipclassify "
    "prompts=prompts/parking.txt sync=true ! fakesink": "clipclassify",
    "clipwatch classify --prompts scene video.mp4 picture.png": "picture.png",
    "clipwatch pull --list": "clip-vit-b-32",
    "clipwatch pull clip-vit-b-32": "",
    "clipwatch info clip-vit-b-32": "vit",
    "clipwatch classify --model clip-vit-b-32 --prompts scene picture.png": "picture.png",
}
